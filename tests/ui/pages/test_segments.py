"""Segments in the real window: the builder by keyboard, who is in and why, pins, what a payment moves, the review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from crmdesk.models import clauses
from crmdesk.models.specs import segments as specs
from crmdesk.services import segment_history
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.toasts import Toast
from crmdesk.ui.pages.customers.groups.editor import SOON_MS, SegmentEditor
from crmdesk.ui.pages.customers.groups.view import SegmentView
from crmdesk.ui.pages.customers.groups.words import WAYS
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]


def bill(do: Do, code: str, amount: str, on: str = "2026-06-01", **more: Any) -> str:
    line = {"description": "油漆", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do("invoice.issue", customer=code, date=on, lines=[line], **more)["number"]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    retail = [{"dimension": "行业", "path": "零售/线上"}]
    do("customer.create", code="C1", name="杭州西溪民宿集群", tags=["VIP"], categories=retail)
    do("customer.create", code="C2", name="绍兴黄酒行")
    bill(do, "C1", "80000", due="2026-07-31")
    bill(do, "C2", "300", "2026-01-05", due="2026-02-05")


def members(stage: Stage, name: str) -> list[str]:
    return sorted(row["code"] for row in rows(stage, "customers", sort="code", filter=f'segment = "{name}"'))


def lists(stage: Stage) -> CustomersPage:
    page = stage.go("customers", part="segments")
    assert isinstance(page, CustomersPage)
    return page


def view(stage: Stage) -> SegmentView:
    found = lists(stage).segments
    assert found is not None
    return found


def new(stage: Stage) -> SegmentEditor:
    lists(stage)
    stage.press("Ctrl+N")
    page = stage.window.page("customers")
    assert isinstance(page, CustomersPage)
    return page.editor


def condition(stage: Stage, field: str, value: str) -> None:
    """One condition from its field on, hands on the keyboard."""
    stage.type(field)
    stage.press("Return")  # takes the first hit and goes on
    focused = QApplication.focusWidget()
    while focused is not None and not focused.objectName().endswith(
        (".number", ".pick", ".text", ".value.count")
    ):
        stage.press("Return")
        focused = QApplication.focusWidget()
    stage.type(value)


def condition_rest(stage: Stage, value: str) -> None:
    """On to the number that the condition is compared with."""
    focused = QApplication.focusWidget()
    while focused is not None and not focused.objectName().endswith(".number"):
        stage.press("Return")
        focused = QApplication.focusWidget()
    stage.type(value)


def test_a_rule_is_written_by_keyboard_alone(stage: Stage) -> None:
    editor = new(stage)
    stage.type("大客户")
    stage.press("Return")
    stage.press("Return")
    condition(stage, "bought for", "50000")
    stage.wait(SOON_MS + 60)
    assert editor.count.text() == "1 customer"
    assert [entry.title for entry in editor.sample.entries()] == ["杭州西溪民宿集群"]
    assert "customers looked at in" in editor.took.text()
    assert editor.why.ticks() == [
        (True, "Bought for, incl. tax (last 12 months) 80,000.00 CNY", "at least 50,000")
    ]
    stage.press("Return")  # a new condition
    condition(stage, "tag", "VIP")
    stage.press("Return")
    assert clauses.text_of(editor.builder.tree()) == "spent(last 12m) >= 50000 and tag in (VIP)"
    stage.press("Ctrl+S")
    assert members(stage, "大客户") == ["C1"]
    assert stage.widget("segments.detail.name").text() == "大客户"


def test_groups_nest_and_rows_move(stage: Stage) -> None:
    editor = new(stage)
    editor.builder.focus_first()
    condition(stage, "days overdue", "10")
    stage.press("Alt+G")
    condition(stage, "balance", "100")
    stage.press("Alt+N")
    condition(stage, "wechat", "A")
    text = clauses.text_of
    assert text(editor.builder.tree()) == "overdue_days >= 10 and (balance >= 100 or wechat ~ A)"
    stage.press("Alt+Up")
    assert text(editor.builder.tree()) == "overdue_days >= 10 and (wechat ~ A or balance >= 100)"
    stage.press("Alt+Up")
    assert text(editor.builder.tree()) == "overdue_days >= 10 and wechat ~ A and balance >= 100"
    stage.press("Alt+O")
    assert text(editor.builder.tree()).startswith("overdue_days >= 10 or wechat ~ A")
    stage.press("Alt+Del")
    assert text(editor.builder.tree()) == "overdue_days >= 10 or balance >= 100"


def test_kinds_of_activity_owners_and_own_fields_are_chosen_by_keyboard(stage: Stage, do: Do) -> None:
    do("field.define", record="customer", name="nick", label="Nickname", kind="text")
    do("customer.update", customer="C1", owner="王芳", fields={"nick": "老虎"})
    do("activity.log", customer="C1", kind="visit")
    editor = new(stage)
    editor.builder.focus_first()
    condition(stage, "activities", "visit")
    stage.press("Return")
    condition_rest(stage, "1")
    stage.press("Return")
    condition(stage, "nickname", "老虎")
    stage.press("Return")
    condition(stage, "owner", "王芳")
    stage.press("Return")
    text = clauses.text_of(editor.builder.tree())
    assert text == 'activities(visit) >= 1 and own.nick ~ "老虎" and owner in ("王芳")'
    stage.wait(SOON_MS + 60)
    assert editor.count.text() == "1 customer"
    stage.press("Alt+T")
    stage.press("Alt+T")
    assert clauses.text_of(editor.builder.tree()) == text


def test_what_was_quoted_is_chosen_by_keyboard(stage: Stage, do: Do) -> None:
    do("product.create", code="P-01", name="白漆", price="10")
    line = {"product": "P-01", "quantity": "1", "unit_price": "10", "tax_rate": "0"}
    made = do("quote.create", customer="C2", date="2026-06-01", lines=[line])
    do("quote.send", quote=made["number"], date="2026-06-01")
    editor = new(stage)
    editor.builder.focus_first()
    stage.type("quoted product")
    stage.press("Return")
    stage.type("白漆")
    stage.press("Return")
    stage.wait(SOON_MS + 60)
    assert clauses.text_of(editor.builder.tree()) == "quoted(P-01)"
    assert editor.count.text() == "1 customer"
    assert editor.why.ticks() == [(True, "Quoted product (P-01) yes", "")]


def test_text_and_rows_say_the_same(stage: Stage) -> None:
    editor = new(stage)
    written = (
        'spent(last 12m) >= 50000 and last_bought < today-30 and (category in ("行业/零售") or days_to_pay < 15)'
        " and not (bought(P-01) or level = B) and last_bought in last 90d and balance in 10..20"
        " and terms_days is empty and active"
    )
    stage.press("Alt+T")
    editor.builder.text.setPlainText(written)
    stage.press("Alt+T")
    assert not editor.builder.is_text
    rows_say = clauses.text_of(editor.builder.tree())
    stage.press("Alt+T")
    assert editor.builder.text.toPlainText() == rows_say
    assert rows_say == written
    editor.builder.text.setPlainText("spent >")
    stage.press("Alt+T")
    assert editor.builder.is_text
    assert editor.builder.error.text()


def test_conditions_that_exclude_each_other_are_named_beside_the_count(stage: Stage) -> None:
    editor = new(stage)
    stage.type("x")
    editor.builder.focus_first()
    condition(stage, "balance", "100")
    stage.wait(SOON_MS + 60)
    assert editor.contradiction.isHidden()
    stage.press("Alt+T")
    editor.builder.text.setPlainText("balance > 100 and balance < 50")
    stage.wait(SOON_MS + 60)
    assert editor.count.text() == "0 customers"
    assert editor.hint.isHidden()
    assert "“Balance more than 100” and “Balance less than 50” can never" in editor.contradiction.text()
    stage.press("Ctrl+S")
    assert "nobody would ever be found" in editor.builder.error.text()
    editor.builder.text.setPlainText("tag has VIP or balance > 100 and balance < 50")
    stage.wait(SOON_MS + 60)
    assert editor.count.text() == "1 customer"
    assert "that part of the rule finds nobody" in editor.contradiction.text()
    stage.press("Ctrl+S")
    assert members(stage, "x") == ["C1"]
    toasts = [one.text() for one in stage.window.findChildren(Toast) if one.isVisible()]
    assert any("that part of the rule" in text for text in toasts)


def test_what_is_missing_is_said_where_it_is(stage: Stage) -> None:
    editor = new(stage)
    stage.press("Ctrl+S")
    assert editor.head.error("name") == "Please fill in Name."
    stage.type("x")
    stage.press("Ctrl+S")
    assert "at least one condition" in editor.builder.error.text()
    stage.type("balance")
    stage.press("Return")
    stage.press("Ctrl+S")
    row = next(iter(editor.builder.root.rows()))
    assert "Complete this condition" in row.error.text()
    stage.press("Esc")
    stage.click("leave.discard")
    assert rows(stage, "segments", sort="name") == []


def test_a_name_that_is_taken_is_refused_under_it(stage: Stage, do: Do) -> None:
    do("segment.create", name="VIP 组", rule="tag has VIP")
    editor = new(stage)
    stage.type("VIP 组")
    editor.builder.focus_first()
    condition(stage, "balance", "1")
    stage.press("Ctrl+S")
    assert "Choose another name" in editor.head.error("name")


def test_a_payment_moves_a_customer_while_the_window_looks(stage: Stage, do: Do) -> None:
    do("segment.create", name="欠款", rule="overdue > 0")
    do("segment.create", name="已清", rule="invoice_count > 0 and balance <= 0")
    found = view(stage)
    assert [one.title for one in found.members.entries()] == ["绍兴黄酒行"]
    assert found.why.ticks() == [(True, "Overdue 300.00 CNY", "more than 0")]
    ctx = stage.ctx
    ctx.run_use_case(
        "payment.record", {"customer": "C2", "amount": "300", "allocate": "oldest", "date": "2026-06-30"}
    )
    stage.settle()
    assert found.members.entries() == []
    assert next((one.title, one.chip, one.detail) for one in found.history.entries()) == (
        "绍兴黄酒行", "Left", "Overdue: 0.00 CNY (more than 0)",
    )  # fmt: skip
    stage.go("customers", part="segments", segment="已清")
    assert [one.title for one in found.members.entries()] == ["绍兴黄酒行"]
    assert found.why.ticks()[0] == (True, "Invoices 1", "more than 0")
    stage.go("customers", part="movements")
    assert rows(stage, "segment_events", sort="-date")[0]["reason"]


def test_pins_need_a_reason_and_win(stage: Stage, do: Do) -> None:
    do("segment.create", name="VIP 组", rule="tag has VIP")
    found = view(stage)
    stage.press("Ctrl+Shift+O")
    dialog = stage.widget("segmentPin")
    stage.press("Ctrl+S")
    assert dialog.form.error("reason") == "Please fill in Reason."
    stage.type_into("segmentPin.form.reason", "老板说先不算")
    stage.press("Ctrl+S")
    assert members(stage, "VIP 组") == []
    assert [(one.chip, one.detail) for one in found.members.entries()] == [
        ("Kept out", "By hand: 老板说先不算")
    ]
    assert "老板说先不算" in found.why.said.text()
    stage.press("Ctrl+Shift+U")
    assert members(stage, "VIP 组") == ["C1"]


def test_selected_customers_go_into_a_new_list_and_out_again(stage: Stage) -> None:
    page = stage.go("customers")
    assert isinstance(page, CustomersPage)
    page.table.selectAll()
    stage.press("Ctrl+Shift+A", "customers.table")
    stage.type_into("customers.toGroup.form.name", "春季展会")
    stage.press("Ctrl+S")
    assert members(stage, "春季展会") == ["C1", "C2"]
    page.table.selectRow(0)
    stage.press("Ctrl+Shift+U", "customers.table")
    stage.press("Ctrl+S")
    assert len(members(stage, "春季展会")) == 1


def test_an_empty_place_offers_ready_rules_with_one_click(stage: Stage) -> None:
    lists(stage)
    assert stage.widget("segments.empty").title.text() == "Groups that keep themselves"
    stage.click("segments.starter.quiet")
    made = rows(stage, "segments", sort="name")
    assert [(row["name"], row["rule"]) for row in made] == [
        ("High value, gone quiet", "spent(last 12m) >= 50000 and recency_days > 30")
    ]


def test_nested_groups_stand_below_their_parent(stage: Stage, do: Do) -> None:
    do("segment.create", name="乙", rule="balance > 0")
    do("segment.create", name="甲", rule="balance > 1")
    do("segment.create", name="丙", rule="balance > 2", parent="乙")
    page: Any = lists(stage).parts.part("segments")
    names = [page.table.model().index(row, 0).data(Qt.ItemDataRole.DisplayRole).strip() for row in range(3)]
    assert names == ["乙", "└ 丙", "甲"]


def test_a_group_is_changed_renamed_and_asked_about_before_it_is_lost(stage: Stage, do: Do) -> None:
    do("segment.create", name="欠款", rule="overdue > 0", budget="3000")
    lists(stage)
    stage.press("F2")
    page = stage.window.page("customers")
    assert isinstance(page, CustomersPage)
    editor = page.editor
    assert editor.count.text() == "1 customer"
    assert [one.chip for one in editor.sample.entries()] == ["Automatic"]
    assert not editor.is_dirty()
    stage.type_into("segment.head.name", "的人")
    stage.press("Esc")
    stage.click("leave.stay")
    stage.press("Ctrl+S", "segment.head.name")
    assert [row["name"] for row in rows(stage, "segments", sort="name")] == ["的人欠款"]


def test_a_group_that_others_look_at_cannot_be_deleted(stage: Stage, do: Do) -> None:
    do("segment.create", name="欠款", rule="overdue > 0")
    do("segment.create", name="里", rule="balance > 0", parent="欠款")
    lists(stage)
    stage.press("Ctrl+Del")
    stage.click("deleteSegment.yes")
    assert len(rows(stage, "segments", sort="name")) == 2


def test_all_groups_are_evaluated_on_demand(stage: Stage, do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    do("segment.create", name="老客", rule="customer_days > 200")
    assert members(stage, "老客") == []
    monkeypatch.setenv("CRMDESK_TODAY", "2026-12-30")
    lists(stage)
    stage.press("F5")
    assert members(stage, "老客") == ["C1", "C2"]


def test_who_came_and_went_shows_the_reason(stage: Stage, do: Do) -> None:
    do("segment.create", name="欠款", rule="overdue > 0")
    place = stage.go("customers", part="movements")
    assert isinstance(place, CustomersPage)
    page: Any = place.parts.part("movements")
    page.table.selectRow(0)
    stage.settle()
    assert stage.widget("movements.detail.name").text() == "绍兴黄酒行"
    assert stage.widget("movements.detail.reason").text() == "Overdue: 300.00 CNY (more than 0)"
    stage.click("movements.filter.left")
    assert page.table.model().rowCount() == 0


def test_every_way_in_or_out_has_words() -> None:
    """One without words ended the painting of the list, when the history had learnt of merges."""
    assert {choice.value for choice in specs.WAYS} == WAYS.keys()


def test_what_was_typed_survives_a_crash(stage: Stage) -> None:
    editor = new(stage)
    stage.type("半截")
    editor.builder.focus_first()
    condition(stage, "balance", "7")
    kept = editor._kept()
    assert kept is not None
    assert kept.title == "半截"
    assert kept.values["rule"]["parts"][0]["values"] == ["7"]


def test_a_preview_gives_up_when_nobody_waits(stage: Stage) -> None:
    from crmdesk.models.errors import Cancelled

    with stage.ctx.need_book().read() as connection:
        with pytest.raises(Cancelled):
            segment_history.preview(connection, "spent > 1", is_cancelled=lambda: True)
        assert segment_history.preview(connection, "spent > 1").count == 2


def test_no_word_of_a_condition_is_cut(stage: Stage, do: Do) -> None:
    rule = "last_bought in last 6 months and spent(last 12 months) >= 100 and invoices(last quarter) > 1"
    do("segment.create", name="长词", rule=rule)
    stage.go("customers", part="segments", edit="长词")
    stage.settle()
    shown = [
        one
        for one in stage.window.findChildren(Combo)
        if one.isVisible() and one.objectName().startswith("rule.")
    ]
    words = {one.currentText() for one in shown}
    assert {"in the period", "the last", "months", "at least", "Last quarter"} <= words
    cut = [
        one.currentText()
        for one in shown
        if one.fontMetrics().horizontalAdvance(one.currentText()) > one.words_room()
    ]
    assert cut == []
    for word in ("in the period", "Last quarter"):  # a choice that is made later gets its room, too
        one = next(one for one in shown if one.currentText() == word)
        least = one.width()
        one.setCurrentIndex(0)
        one.setCurrentIndex(one.findText(word))
        assert one.width() == least
