"""The customers' place through its widgets: finding, sorting into trees, entering, changing, many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from crmdesk.services import category_tree, customer_card, customer_history
from crmdesk.services.customer_card import Card
from crmdesk.services.lists import Query, querying
from crmdesk.ui.dialogs import export_list
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import EntryList
from crmdesk.ui.kit.tree import records_mime
from crmdesk.ui.kit.words import switch_language
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Stage

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def page(stage: Stage, do: Do) -> CustomersPage:
    """Three customers: one owes (part of it overdue), one is a person without a category."""
    do(
        "customer.create",
        code="C1",
        name="上海鼎晟贸易有限公司",
        phone="021-62881000",
        level="A",
        terms_days=30,
        categories=[{"dimension": "行业", "path": "零售/线上"}, {"dimension": "地区", "path": "华东"}],
        contacts=[{"name": "李娜", "mobile": "13800138000"}],
    )
    do("customer.create", code="C2", name="杭州西溪民宿", categories=[{"dimension": "行业", "path": "住宿"}])
    do("customer.create", code="C3", name="张伟", kind="person", phone="13912345678")
    for amount, on in (("300", "2026-05-01"), ("1200.5", "2026-06-20")):
        line = {"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
        do("invoice.issue", customer="C1", date=on, lines=[line])
    made = stage.go("customers")
    assert isinstance(made, CustomersPage)
    return made


def card(stage: Stage, code: str) -> Card:
    with stage.ctx.need_book().read() as connection:
        found = customer_card.id_of(connection, code)
        assert found is not None
        return customer_card.load(connection, found)


def codes(page: CustomersPage) -> list[str]:
    rows = page.source.fetch(list(page.table.table_model().ids))
    return [rows[one][0] for one in page.table.table_model().ids]


def choose(stage: Stage, page: CustomersPage, code: str) -> int:
    found = card(stage, code).id
    page.table.select(found)
    stage.settle()
    return found


def search(stage: Stage, page: CustomersPage, text: str) -> None:
    page.list.search.setText(text)
    stage.settle()


def answer(stage: Stage, name: str) -> None:
    stage.click(name)
    stage.settle()


# Finding


def test_the_list_shows_who_owes_what(stage: Stage, page: CustomersPage) -> None:
    model = page.table.table_model()
    columns = [column.field.name for column in model.columns()]
    shown = {model.cell(row, columns.index("code")): row for row in range(3)}
    row = shown["C1"]
    assert model.cell(row, columns.index("balance")) == "1,500.50"
    assert model.cell(row, columns.index("overdue")) == "300.00"
    assert model.cell(row, columns.index("contact")) == "李娜"
    assert model.cell(shown["C2"], columns.index("balance")) == "—"
    assert stage.widget("customers.sum.balance", QLabel).text() == "¥1,500.50"
    assert stage.widget("customers.footer.count", QLabel).text() == "3 customers"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("西溪", ["C2"]),
        ("dsmy", ["C1"]),
        ("zw", ["C3"]),
        ("138001", ["C1"]),
        ("6288", ["C1"]),
        ("c3", ["C3"]),
        ("no such", []),
    ],
)
def test_typing_finds_by_name_initials_phone_and_code(
    stage: Stage, page: CustomersPage, typed: str, found: list[str]
) -> None:
    search(stage, page, typed)
    assert codes(page) == found


def test_an_exact_code_comes_first(stage: Stage, page: CustomersPage, do: Do) -> None:
    do("customer.create", code="A1", name="C2 路口小店")
    search(stage, page, "C2")
    assert codes(page) == ["C2", "A1"]


def test_chips_filter(stage: Stage, page: CustomersPage) -> None:
    stage.click("customers.filter.overdue")
    assert codes(page) == ["C1"]
    stage.click("customers.filter.overdue")
    assert len(codes(page)) == 3


def test_an_empty_book_teaches_the_next_step(stage: Stage) -> None:
    stage.go("customers")
    assert stage.widget("customers.empty").isVisible()
    assert stage.widget("customers.new.empty").isVisible()
    assert stage.widget("window.import.empty").isVisible()
    stage.click("customers.new.empty")
    stage.type_into("customer.form.name", "First")
    stage.press("Ctrl+S", "customer.form.name")
    assert stage.widget("customers.table").isVisible()
    assert stage.widget("customers.side").tree.node("all").count == 1


# The tree


def node(page: CustomersPage, title: str) -> Any:
    return next(entry.id for entry in page.side._reading.nodes if entry.name == title)


def test_the_tree_counts_what_is_below_and_filters(stage: Stage, page: CustomersPage) -> None:
    tree = page.side.tree
    counts = {tree.node(one.id).title: tree.node(one.id).count for one in page.side._reading.nodes}  # type: ignore[union-attr]
    assert counts == {"零售": 1, "线上": 1, "住宿": 1}
    assert (tree.node("all").count, tree.node("none").count) == (3, 1)  # type: ignore[union-attr]
    tree.select(node(page, "零售"))
    stage.settle()
    assert codes(page) == ["C1"]
    tree.select("none")
    stage.settle()
    assert codes(page) == ["C3"]
    tree.select("all")
    stage.settle()
    assert len(codes(page)) == 3


def test_a_tree_shows_its_names_before_everybody_is_counted(
    stage: Stage, page: CustomersPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    right = category_tree.counted

    def slow(*asked: Any) -> Any:
        gate.wait(5)
        return right(*asked)

    monkeypatch.setattr(category_tree, "counted", slow)
    stage.click("customers.dimension")
    menu = stage.widget("customers.dimension.menu")
    next(action for action in menu.actions() if action.text() == "地区").trigger()
    qtbot.waitUntil(lambda: page.side.dimension() == "地区")
    tree = page.side.tree
    east = node(page, "华东")
    assert [tree.node(one).count for one in (east, "all", "none")] == [None, None, None]  # type: ignore[union-attr]
    page.side._delete(east)
    assert page.findChild(Dialog) is None, "what is in it is not known yet"
    gate.set()
    stage.settle()
    assert [tree.node(one).count for one in (east, "all", "none")] == [1, 3, 2]  # type: ignore[union-attr]


def test_another_tree_is_chosen(stage: Stage, page: CustomersPage) -> None:
    stage.click("customers.dimension")
    menu = stage.widget("customers.dimension.menu")
    next(action for action in menu.actions() if action.text() == "地区").trigger()
    stage.settle()
    assert page.side.dimension() == "地区"
    assert [entry.name for entry in page.side._reading.nodes] == ["华东"]


def test_a_category_is_renamed_in_place(stage: Stage, page: CustomersPage) -> None:
    tree = page.side.tree
    tree.rename(node(page, "住宿"))
    editor = stage.widget("customers.tree.rename")
    editor.setText("民宿酒店")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    stage.settle()
    assert ("行业", "民宿酒店") in card(stage, "C2").categories


def test_dragging_a_category_moves_it(stage: Stage, page: CustomersPage) -> None:
    tree = page.side.tree
    index = tree.model().index(2, 0)
    assert index.data() == "住宿"
    dragged = tree.model().mimeData([index])
    assert tree.drop(dragged, node(page, "零售"), -1)
    stage.settle()
    assert ("行业", "零售/住宿") in card(stage, "C2").categories


def test_customers_dropped_on_a_category_are_in_it_and_out_again(stage: Stage, page: CustomersPage) -> None:
    ids = [card(stage, code).id for code in ("C2", "C3")]
    page.side.tree.drop(records_mime(ids), node(page, "线上"), -1)
    stage.settle()
    assert ("行业", "零售/线上") in card(stage, "C3").categories
    assert ("行业", "零售/线上") in card(stage, "C2").categories
    answer(stage, "toast.action")
    assert card(stage, "C3").categories == ()
    assert card(stage, "C2").categories == (("行业", "住宿"),)


def test_a_new_category_and_its_removal(stage: Stage, page: CustomersPage) -> None:
    page.side.tree.select(node(page, "零售"))
    stage.settle()
    stage.click("customers.category.new")
    stage.type_into("customers.newCategory.form.name", "批发")
    stage.press("Ctrl+S", "customers.newCategory.form.name")
    assert [entry.path for entry in page.side._reading.nodes if entry.name == "批发"] == ["零售/批发"]
    page.side.tree.select(node(page, "批发"))
    stage.settle()
    QTest.keyClick(page.side.tree, Qt.Key.Key_Delete)
    stage.settle()
    answer(stage, "customers.deleteCategory.yes")
    assert "批发" not in [entry.name for entry in page.side._reading.nodes]
    assert page.side.tree.current_id() == "all"
    assert len(codes(page)) == 3, "the list is no longer filtered by a category that is gone"


def test_a_category_in_use_hands_over(stage: Stage, page: CustomersPage) -> None:
    page.side._delete(node(page, "住宿"))
    stage.settle()
    choice = stage.widget("customers.deleteCategory.to", QComboBox)
    assert [choice.itemText(index) for index in range(choice.count())] == ["零售", "零售/线上"]
    choice.setCurrentText("零售")
    answer(stage, "customers.deleteCategory.yes")
    assert card(stage, "C2").categories == (("行业", "零售"),)


# The detail


def test_the_detail_shows_balance_age_and_history(stage: Stage, page: CustomersPage) -> None:
    choose(stage, page, "C1")
    assert stage.widget("customers.detail.name", QLabel).text() == "上海鼎晟贸易有限公司"
    assert stage.widget("customers.detail.balance", QLabel).text() == "¥1,500.50"
    chips = [chip.text() for chip in page.detail.head.findChildren(QLabel)]
    assert "30 days overdue" in chips
    ages = {label.text() for label in page.detail.receivable.findChildren(QLabel)}
    assert {"Not due ¥1,200.50", "1–30 days ¥300.00"} <= ages
    titles = [entry.title for entry in page.detail.tabs.timeline.entries()]
    assert titles[:1] == ["Customer created"]
    assert set(titles[1:]) == {"Invoice INV-2026-0001", "Invoice INV-2026-0002"}
    states = {entry.title: entry.chip for entry in page.detail.tabs.documents.entries()}
    assert states == {"INV-2026-0001": "Overdue", "INV-2026-0002": "Open"}


def test_credit_is_an_amount_to_his_credit_and_a_part_used_payment_says_so(
    stage: Stage, page: CustomersPage
) -> None:
    stage.ctx.run_use_case(
        "payment.record", {"customer": "C1", "amount": "6000", "date": "2026-06-30", "allocate": "oldest"}
    )
    stage.settle()
    choose(stage, page, "C1")
    assert stage.widget("customers.detail.balance", QLabel).text() == "\u2212¥4,499.50"
    ages = {label.text() for label in page.detail.receivable.findChildren(QLabel)}
    assert "Customer credit ¥4,499.50" in ages
    states = {entry.title: entry.chip for entry in page.detail.tabs.documents.entries()}
    assert states["RC-2026-0001"] == "Part applied"


def test_the_detail_follows_what_is_booked(stage: Stage, page: CustomersPage) -> None:
    choose(stage, page, "C1")
    stage.ctx.run_use_case(
        "payment.record", {"customer": "C1", "amount": "300", "date": "2026-06-30", "allocate": "oldest"}
    )
    stage.settle()
    assert stage.widget("customers.detail.balance", QLabel).text() == "¥1,200.50"
    assert stage.widget("customers.sum.overdue", QLabel).text() == "—"
    assert "settles INV-2026-0001" in page.detail.tabs.timeline.entries()[0].detail


def test_enter_opens_the_page_and_escape_returns(stage: Stage, page: CustomersPage) -> None:
    choose(stage, page, "C1")
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    stage.settle()
    assert page.currentWidget() is page.full
    assert stage.widget("customers.full.name", QLabel).text() == "上海鼎晟贸易有限公司"
    stage.press("Esc")
    assert page.currentWidget() is page.parts


def test_f6_receives_from_the_customer_that_is_shown(stage: Stage, page: CustomersPage) -> None:
    choose(stage, page, "C1")
    stage.press("F6")
    assert stage.widget("payment.customer", QLineEdit).text() == "上海鼎晟贸易有限公司"
    stage.close_dialogs()
    stage.click("customers.detail.receive")
    assert stage.widget("payment.customer", QLineEdit).text() == "上海鼎晟贸易有限公司"


def test_a_target_shows_its_customer_in_spite_of_filters(stage: Stage, page: CustomersPage) -> None:
    search(stage, page, "西溪")
    stage.go("customers", code="C3")
    assert page.detail.whole is not None
    assert page.detail.whole.card.code == "C3"
    assert page.table.current_id() == page.detail.whole.card.id


def test_everything_speaks_the_other_language_at_once(stage: Stage, page: CustomersPage) -> None:
    choose(stage, page, "C1")
    before = stage.widget("customers.segments.customers").text()
    switch_language("zh_CN")
    stage.settle()
    assert stage.widget("customers.segments.customers").text() != before
    switch_language("en")
    stage.settle()
    assert stage.widget("customers.segments.customers").text() == before


# Entering and changing


def test_a_customer_is_entered_by_keyboard(stage: Stage, page: CustomersPage) -> None:
    page.side.tree.select(node(page, "线上"))
    stage.settle()
    page.table.setFocus()
    stage.press("Ctrl+N")
    stage.type_into("customer.form.name", "苏州园林绿化")
    stage.type_into("customer.form.contact_mobile", "13655556666")
    stage.type_into("customer.form.terms_days", "45")
    stage.press("Ctrl+S", "customer.form.name")
    made = card(stage, "C00001")
    assert (made.name, made.terms_days) == ("苏州园林绿化", 45)
    assert made.categories == (("行业", "零售/线上"),)
    assert made.parts["contact"][0].values["mobile"] == "13655556666"
    assert page.table.current_id() == made.id, "the new one is chosen"


def test_what_is_missing_is_said_under_its_field(stage: Stage, page: CustomersPage) -> None:
    stage.click("customers.new")
    stage.press("Ctrl+S", "customer.form.name")
    assert stage.widget("customer.form.name.error", QLabel).text() == "Please fill in Name."
    with stage.ctx.need_book().read() as connection:
        assert querying.count(connection, Query("customers")) == 3


def test_a_taken_code_is_said_under_its_field(stage: Stage, page: CustomersPage) -> None:
    stage.click("customers.new")
    stage.type_into("customer.form.code", "C1")
    stage.type_into("customer.form.name", "x")
    stage.press("Ctrl+S", "customer.form.name")
    assert "C1" in stage.widget("customer.form.code.error", QLabel).text()


def test_a_possible_twin_is_told_while_typing(stage: Stage, page: CustomersPage) -> None:
    stage.click("customers.new")
    stage.type_into("customer.form.name", "上海鼎成贸易有限公司")
    stage.wait(400)
    banner = stage.widget("customer.twins", Banner)
    assert "C1" in banner.text()
    assert "sounds the same" in banner.text()
    stage.click("customer.twins.action")
    answer(stage, "leave.discard")
    assert page.detail.whole is not None
    assert page.detail.whole.card.code == "C1"


def test_escape_asks_before_what_was_typed_is_lost(stage: Stage, page: CustomersPage) -> None:
    stage.click("customers.new")
    stage.type_into("customer.form.name", "x")
    stage.press("Esc", "customer.form.name")
    assert stage.widget("leave", Dialog).isVisible()
    answer(stage, "leave.stay")
    assert stage.widget("customer", Dialog).isVisible()


def test_a_customer_is_changed_and_a_field_emptied(stage: Stage, page: CustomersPage) -> None:
    choose(stage, page, "C1")
    page.table.setFocus()
    stage.press("F2")
    stage.widget("customer.form.phone").clear()
    stage.type_into("customer.form.short_name", "dingsheng")
    stage.press("Ctrl+S", "customer.form.name")
    changed = card(stage, "C1")
    assert (changed.values["phone"], changed.values["short_name"]) == ("", "dingsheng")
    assert changed.values["level"] == "A", "what was not touched stays"
    with stage.ctx.need_book().read() as connection:
        events = customer_history.timeline(connection, changed.id)
    lines = [event.detail for event in events if event.title == "Details changed"]
    assert lines == ["Short name: — → dingsheng · Phone: 021-62881000 → —"]


def test_somebody_elses_change_is_not_overwritten(stage: Stage, page: CustomersPage, do: Do) -> None:
    choose(stage, page, "C1")
    page.table.setFocus()
    stage.press("F2")
    do("customer.update", customer="C1", phone="021-1111")
    stage.type_into("customer.form.short_name", "x")
    stage.press("Ctrl+S", "customer.form.name")
    assert stage.widget("changed.theirs.1", QLabel).text() == "021-1111"
    assert card(stage, "C1").values["phone"] == "021-1111"
    stage.click("changed.both")
    after = card(stage, "C1").values
    assert (after["phone"], after["short_name"]) == ("021-1111", "x"), "both stay"


@pytest.mark.parametrize(("answer", "phone"), [("changed.mine", "021-3333"), ("changed.theirs", "021-2222")])
def test_where_both_changed_a_field_one_is_chosen(
    stage: Stage, page: CustomersPage, do: Do, answer: str, phone: str
) -> None:
    choose(stage, page, "C1")
    page.table.setFocus()
    stage.press("F2")
    do("customer.update", customer="C1", phone="021-2222")
    stage.widget("customer.form.phone").clear()
    stage.type_into("customer.form.phone", "021-3333")
    stage.press("Ctrl+S", "customer.form.phone")
    stage.click(answer)
    if answer == "changed.theirs":
        assert stage.widget("customer.form.phone").text() == phone, "shown, to go on from"
        stage.press("Esc", "customer.form.phone")
    assert card(stage, "C1").values["phone"] == phone


def test_fields_of_a_person_appear_for_a_person(stage: Stage, page: CustomersPage) -> None:
    stage.click("customers.new")
    dialog = stage.widget("customer", Dialog)
    assert not dialog.fields.editor("born_on").isVisible()
    kind = stage.widget("customer.form.kind", QComboBox)
    kind.setCurrentIndex(kind.findData("person"))
    kind.edited.emit()  # type: ignore[attr-defined]
    stage.settle()
    assert dialog.fields.editor("born_on").isVisible()


# Contacts, addresses, billing profiles


def test_contacts_are_added_changed_and_removed(stage: Stage, page: CustomersPage) -> None:
    choose(stage, page, "C1")
    page.detail.tabs.choose("contacts")
    stage.click("customers.detail.contact.add")
    stage.type_into("contact.form.name", "王芳")
    stage.type_into("contact.form.mobile", "13700001111")
    stage.press("Ctrl+S", "contact.form.name")
    names = [part.values["name"] for part in card(stage, "C1").parts["contact"]]
    assert names == ["李娜", "王芳"]

    entries = stage.widget("customers.detail.contact.list", EntryList)
    entries.select(1)
    entries.setFocus()
    QTest.keyClick(entries, Qt.Key.Key_Return)
    stage.settle()
    stage.widget("contact.form.mobile").clear()
    stage.type_into("contact.form.role", "boss")
    stage.press("Ctrl+S", "contact.form.name")
    part = card(stage, "C1").parts["contact"][1]
    assert (part.values["role"], part.values["mobile"]) == ("boss", "")

    entries.select(1)
    QTest.keyClick(entries, Qt.Key.Key_Delete)
    stage.settle()
    answer(stage, "customers.detail.contact.remove.yes")
    assert [part.values["name"] for part in card(stage, "C1").parts["contact"]] == ["李娜"]


def test_a_billing_profile_with_a_doubtful_number_is_taken_with_a_warning(
    stage: Stage, page: CustomersPage
) -> None:
    choose(stage, page, "C1")
    page.detail.tabs.choose("profile")
    stage.settle()
    stage.click("customers.detail.billing_profile.add")
    stage.type_into("billing_profile.form.title", "Dingsheng")
    stage.type_into("billing_profile.form.tax_number", "91350100M000100Y44")
    stage.press("Ctrl+S", "billing_profile.form.title")
    assert card(stage, "C1").parts["billing_profile"][0].values["tax_number"] == "91350100M000100Y44"
    assert "91350100M000100Y44" in stage.widget("toast").text()


# Many at once


def test_many_are_deactivated_and_activated_again(stage: Stage, page: CustomersPage) -> None:
    page.table.selectAll()
    stage.settle()
    stage.click("customers.deactivateMany")
    answer(stage, "customers.deactivate.yes")
    assert [card(stage, code).is_active for code in ("C1", "C2", "C3")] == [False, False, False]
    answer(stage, "toast.action")
    assert [card(stage, code).is_active for code in ("C1", "C2", "C3")] == [True, True, True]


def test_many_are_put_into_a_category_by_typing_its_name(stage: Stage, page: CustomersPage) -> None:
    page.table.selectAll()
    stage.settle()
    stage.click("customers.assignMany")
    stage.type_into("customers.assign.search", "华东")
    stage.settle()
    answer(stage, "customers.assign.choose")
    assert all(("地区", "华东") in card(stage, code).categories for code in ("C1", "C2", "C3"))


def test_tags_are_given_and_taken(stage: Stage, page: CustomersPage, do: Do) -> None:
    do("tag.add", tag="重点", customer="C1")
    choose(stage, page, "C1")
    whole = page.detail.whole
    assert whole is not None
    stage.click("customers.detail.more")
    next(action for action in stage.widget("customers.menu").actions() if action.text() == "Tags…").trigger()
    stage.settle()
    stage.widget("customers.tags.form.tags").clear()
    stage.type_into("customers.tags.form.tags", "VIP, old")
    stage.press("Ctrl+S", "customers.tags.form.tags")
    assert [tag.name for tag in card(stage, "C1").tags] == ["VIP", "old"]


def test_a_used_customer_is_not_deleted_an_unused_one_is(stage: Stage, page: CustomersPage) -> None:
    from crmdesk.ui.pages.customers import batch

    for code in ("C1", "C2"):
        batch.delete(stage.ctx, page, card(stage, code), lambda: None)
        stage.settle()
        answer(stage, "customers.delete.yes")
    assert "Deactivate it instead" in stage.widget("toast").text()
    assert sorted(codes(page)) == ["C1", "C3"]


def test_the_file_holds_what_is_shown(stage: Stage, page: CustomersPage, tmp_path: Path) -> None:
    search(stage, page, "贸易")
    target = tmp_path / "customers.csv"
    export_list.write(stage.ctx, page, page.source, page.list.query(), page.table.shown_columns(), target)
    stage.settle()
    lines = target.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Code,Name,Contact,Level,Balance,Overdue")
    assert len(lines) == 2
    assert lines[1].startswith("C1,上海鼎晟贸易有限公司,李娜,A,1500.50,300.00")
