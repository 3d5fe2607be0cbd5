"""RP14 in the window: what was being written when the program died is offered again, whole, for every form."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from crmdesk import paths
from crmdesk.models import clock
from crmdesk.services import customer_card
from crmdesk.services.customer_card import Card
from crmdesk.services.draft_journal import Entry, Journal
from crmdesk.services.lists import Query, querying
from crmdesk.ui import form_journal
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.toasts import Toast
from crmdesk.ui.kit.words import switch_language
from crmdesk.ui.pages.customers.parts import PartsPanel
from crmdesk.ui.pages.invoices.editor import Editor
from crmdesk.ui.shots import Stage, over
from tests.ui.meanwhile import busy_lane, send

Do = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def quick_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise is judged by tests/crash/test_form_kill.py; here nobody needs to wait for it."""
    monkeypatch.setattr(form_journal, "KEEP_AFTER_MS", 50)
    monkeypatch.setattr(form_journal, "LOOK_EVERY_MS", 100)


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群", terms_days=30, phone="0571-1")
    do("product.create", code="P1", name="内墙乳胶漆", unit="桶", price="268.00", tax_rate="0.13")


def kept(stage: Stage) -> list[dict[str, Any]]:
    """The forms on disk that hold something."""
    stage.settle()
    found = [
        entry
        for file in paths.drafts_dir().glob("*.json")
        for entry in json.loads(file.read_text("utf-8", "surrogatepass"))["entries"]
    ]
    return [entry for entry in found if entry["values"] is not None]


def crash(stage: Stage) -> None:
    """The process dies without another word, and the next one opens the book."""
    journal = stage.ctx.journal
    assert journal is not None
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    assert kept(stage), "nothing was kept: there is nothing to come back"
    journal._is_closed = True
    lock = journal._journal._lock
    assert lock is not None
    os.close(lock)
    journal._journal._lock = None
    stage.close_dialogs()
    stage.ctx.open_book(stage.ctx.need_book().path)
    stage.settle()


def offer(stage: Stage) -> str:
    return stage.widget("window.left", Banner).text()


def rows(stage: Stage, kind: str) -> list[dict[str, Any]]:
    with stage.ctx.need_book().read() as connection:
        query = Query(kind)
        return querying.rows(connection, query, querying.ids(connection, query))


def card(stage: Stage) -> Card:
    with stage.ctx.need_book().read() as connection:
        return customer_card.load(connection, customer_card.id_of(connection, "C1") or 0)


def keys(text: str) -> None:
    for sign in text:
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClicks(target, sign)


def is_offered(stage: Stage) -> bool:
    return any(banner.isVisible() for banner in stage.window.findChildren(Banner, "window.left"))


def test_a_new_customer(stage: Stage) -> None:
    stage.go("customers", new=True)
    stage.type_into("customer.form.name", "苏州园林绿化")
    stage.type_into("customer.form.contact_mobile", "13655556666")
    stage.type_into("customer.form.credit_limit", "12x")
    crash(stage)
    assert "苏州园林绿化" in offer(stage)
    stage.click("window.left.action")
    assert not is_offered(stage)
    shown = {name: stage.widget(f"customer.form.{name}").text() for name in ("name", "contact_mobile")}
    assert shown == {"name": "苏州园林绿化", "contact_mobile": "13655556666"}
    assert stage.widget("customer.form.credit_limit").text() == "12x", "as it was typed"
    stage.widget("customer.form.credit_limit").clear()
    stage.press("Ctrl+S", "customer.form.name")
    assert [row["name"] for row in rows(stage, "customers")].count("苏州园林绿化") == 1
    assert kept(stage) == [], "saved is not unfinished any more"


@pytest.mark.parametrize(
    ("kind", "field", "words"),
    [
        ("contact", "name", "陈静"),
        ("address", "street", "文三路 9 号"),
        ("billing_profile", "title", "西溪民宿"),
    ],
)
def test_a_new_part_of_a_customer(stage: Stage, kind: str, field: str, words: str) -> None:
    page = stage.go("customers", code="C1")
    panels = {panel._kind: panel for panel in page.detail.findChildren(PartsPanel)}
    panels[kind].edit(None)
    stage.settle()
    stage.type_into(f"{kind}.form.{field}", words)
    crash(stage)
    assert f"C1 {words}" in offer(stage)
    stage.click("window.left.action")
    assert stage.widget(f"{kind}.form.{field}").text() == words
    stage.press("Ctrl+S", f"{kind}.form.{field}")
    assert [part.values[field] for part in card(stage).parts[kind]] == [words]
    assert kept(stage) == []


def test_changes_of_a_contact_go_on_and_a_removed_one_is_made_anew(stage: Stage, do: Do) -> None:
    do("contact.add", customer="C1", name="李娜", mobile="13800138000")
    page = stage.go("customers", code="C1")
    (contact,) = card(stage).parts["contact"]
    page.detail.tabs.contacts.edit(contact)
    stage.settle()
    stage.type_into("contact.form.role", "财务")
    crash(stage)
    stage.click("window.left.action")
    assert stage.widget("contact.form.role").text() == "财务"
    assert stage.widget("contact.form.mobile").text() == "13800138000"
    crash(stage)
    do("contact.remove", contact=contact.id)
    stage.click("window.left.action")
    stage.press("Ctrl+S", "contact.form.role")
    (again,) = card(stage).parts["contact"]
    assert (again.values["name"], again.values["role"]) == ("李娜", "财务")


def test_changes_of_a_customer_go_on_from_what_was_read(stage: Stage, do: Do) -> None:
    page = stage.go("customers", code="C1")
    page.table.setFocus()
    stage.press("F2")
    stage.type_into("customer.form.short_name", "xixi")
    crash(stage)
    do("customer.update", customer="C1", phone="0571-2")
    stage.click("window.left.action")
    assert stage.widget("customer.form.short_name").text() == "xixi"
    stage.press("Ctrl+S", "customer.form.short_name")
    assert stage.widget("changed.theirs.1", QLabel).text() == "0571-2", (
        "the change of meanwhile is not overwritten"
    )
    stage.click("changed.both")
    row = rows(stage, "customers")[0]
    assert (row["short_name"], row["phone"]) == ("xixi", "0571-2")


def test_an_invoice_with_its_lines_and_the_cell_being_typed(stage: Stage) -> None:
    stage.go("invoices", new=True, customer="C1")
    editor = stage.widget("invoice.editor", Editor)
    editor.lines.grid.set_lines(
        [{"product": "P1", "description": "内墙乳胶漆", "quantity": "3", "unit_price": "268"}]
    )
    stage.type_into("invoice.reference", "PO-77")
    stage.type_into("invoice.totals.discount", "5%")
    grid = editor.lines.grid
    grid.setFocus()
    grid.setCurrentIndex(grid.line_model().index(1, 1))
    keys("half a word")
    crash(stage)
    assert "杭州西溪民宿集群" in offer(stage)
    stage.click("window.left.action")
    again = stage.widget("invoice.editor", Editor)
    lines = again.lines.grid.lines()
    assert (lines[0]["product"], lines[0]["quantity"]) == ("P1", Decimal(3))
    assert lines[1]["description"] == "half a word"
    assert again.head.value("reference") == "PO-77"
    assert again.head.value("customer") == "C1"
    assert stage.widget("invoice.totals.discount").text() == "5%"
    again.lines.grid.line_model().remove(1)
    stage.press("Ctrl+Return")
    assert len(rows(stage, "invoices")) == 1
    assert kept(stage) == []


def test_a_changed_draft_is_kept_as_a_change_of_that_draft(stage: Stage, do: Do) -> None:
    number = do("invoice.draft", customer="C1", note="old")["draft"]
    place = stage.go("invoices")
    place.open_draft(int(number[1:]))
    stage.settle()
    stage.type_into("invoice.reference", "PO-1")
    crash(stage)
    assert number in offer(stage)
    stage.click("window.left.action")
    stage.press("Ctrl+S")
    assert len(rows(stage, "drafts")) == 1, "the same draft, not another one"


def test_a_credit_note(stage: Stage, do: Do) -> None:
    line = {"description": "油漆", "quantity": "2", "unit_price": "50", "tax_rate": "0"}
    number = do("invoice.issue", customer="C1", date="2026-06-01", lines=[line])["number"]
    stage.go("invoices").credit(number)
    stage.settle()
    stage.type_into("credit.reason", "broken")
    crash(stage)
    assert "Credit note" in offer(stage)
    stage.click("window.left.action")
    again = stage.widget("credit.editor", Editor)
    assert again.head.value("reason") == "broken"
    assert again.lines.grid.lines()[0]["quantity"] == Decimal(2)
    stage.press("Ctrl+Return")
    assert len(rows(stage, "credits")) == 1


def test_a_payment_with_the_documents_chosen_by_hand(stage: Stage, do: Do) -> None:
    line = {"description": "x", "quantity": "1", "tax_rate": "0"}
    for price in ("100", "200"):
        do("invoice.issue", customer="C1", date="2026-06-01", lines=[{**line, "unit_price": price}])
    stage.press("F6")
    keys("xixi")
    stage.press("Return")
    stage.type_into("payment.amount", "250")
    table = stage.widget("payment.openItems")
    table.documents().put(0, 5_000)
    table.documents().put(1, 20_000)
    stage.type_into("payment.reference", "wire 9")
    crash(stage)
    assert "250" in offer(stage)
    stage.click("window.left.action")
    assert stage.widget("payment.amount").text() == "250.00"
    assert stage.widget("payment.reference").text() == "wire 9"
    assert stage.widget("payment.openItems").documents().parts() == {0: 5_000, 1: 20_000}
    stage.press("Ctrl+S")
    assert len(rows(stage, "payments")) == 1
    assert kept(stage) == []


def test_a_payment_keeps_what_f11_chose(stage: Stage, do: Do) -> None:
    """13 days later the discount of 2/10 is granted by the key only, also after a crash."""
    do("customer.create", code="C7", name="大理客栈", discount_terms="2/10 n/30")
    line = {"description": "x", "quantity": "1", "unit_price": "1000", "tax_rate": "0"}
    on = (clock.today() - timedelta(days=13)).isoformat()
    do("invoice.issue", customer="C7", date=on, lines=[line])
    stage.press("F6")
    stage.type("C7")
    stage.press("Return")
    stage.type("980")
    stage.press("F11")
    assert stage.widget("payment.openItems").documents().parts() == {0: 100_000}
    crash(stage)
    offer(stage)
    stage.click("window.left.action")
    assert stage.widget("payment.amount").text() == "980.00"
    assert stage.widget("payment.openItems").documents().parts() == {0: 100_000}
    assert "20.00" in stage.widget("payment.offeredDiscount").text()
    stage.press("Ctrl+S")
    assert [row["amount"] for row in rows(stage, "discounts")] == [2_000]


@pytest.mark.parametrize("form", ["payment", "customer"])
def test_a_form_that_is_open_while_the_language_changes_comes_back_in_the_new_one(
    stage: Stage, do: Do, form: str
) -> None:
    if form == "payment":
        bill = {"description": "x", "quantity": "1", "tax_rate": "0", "unit_price": "100"}
        do("invoice.issue", customer="C1", date="2026-06-01", lines=[bill])
        stage.press("F6")
        stage.type("C1")
        stage.press("Return")
        stage.type("60")
        field, typed, words = "payment.amount", "60.00", ("Receive a payment", "收款")
    else:
        stage.go("customers", new=True)
        stage.type_into("customer.form.name", "丽江客栈")
        field, typed, words = "customer.form.name", "丽江客栈", ("New customer", "新客户")
    shown = stage.widget(field).window()
    assert shown.windowTitle() == words[0]
    try:
        switch_language("zh_CN")
        stage.settle()
        again = stage.widget(field).window()
        assert again is not shown
        assert again.windowTitle() == words[1]
        assert stage.widget(field).text() == typed
        assert len([top for top in over(stage.window) if top.isVisible()]) == 1
        stage.wait(form_journal.KEEP_AFTER_MS + 200)
        assert len(kept(stage)) == 1
    finally:
        switch_language("en")
        stage.settle()
    assert stage.widget(field).text() == typed
    stage.press("Ctrl+S")
    assert kept(stage) == []
    assert len(rows(stage, "payments" if form == "payment" else "customers")) == (
        1 if form == "payment" else 2
    )


def test_a_payment_that_was_booked_just_before_the_crash_is_not_booked_twice(stage: Stage, do: Do) -> None:
    stage.press("F6")
    keys("xixi")
    stage.press("Return")
    stage.type_into("payment.amount", "250")
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    before = next(paths.drafts_dir().glob("*.json")).read_bytes()
    stage.press("Ctrl+S")
    assert len(rows(stage, "payments")) == 1
    # The program dies after the book took the payment and before the journal heard of it.
    (paths.drafts_dir() / f"{journal_key(stage)}.0123456789abcdef.json").write_bytes(before)
    stage.ctx.open_book(stage.ctx.need_book().path)
    stage.settle()
    stage.click("window.left.action")
    stage.press("Ctrl+S")
    assert len(rows(stage, "payments")) == 1


def write_something_new(stage: Stage, place: str, field: str) -> None:
    if place == "products":
        stage.go("sales", part=place, new=True)
    else:
        stage.go(place, new=True)
    if place == "products":
        stage.type_into("product.form.price", "12")
    stage.type_into(field, "Brush")


def test_a_payment_that_was_refused_first_is_not_booked_twice_either(stage: Stage, do: Do) -> None:
    line = {"description": "x", "quantity": "1", "unit_price": "250", "tax_rate": "0"}
    number = do("invoice.issue", customer="C1", date="2026-06-01", lines=[line])["number"]
    stage.press("F6")
    keys("xixi")
    stage.press("Return")
    stage.type_into("payment.amount", "250")
    allocate = [{"invoice": number, "amount": "250"}]
    do("payment.record", customer="C1", amount="250", method="cash", allocate=allocate)
    stage.press("Ctrl+S")
    assert len(rows(stage, "payments")) == 1, "its invoice is paid already"
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    before = next(paths.drafts_dir().glob("*.json")).read_bytes()
    stage.press("Ctrl+S")
    assert len(rows(stage, "payments")) == 2
    (paths.drafts_dir() / f"{journal_key(stage)}.0123456789abcdef.json").write_bytes(before)
    stage.ctx.open_book(stage.ctx.need_book().path)
    stage.settle()
    stage.click("window.left.action")
    stage.press("Ctrl+S")
    assert len(rows(stage, "payments")) == 2


def test_what_keys_do_to_a_payment_is_kept_as_well(stage: Stage, do: Do) -> None:
    line = {"description": "x", "quantity": "1", "tax_rate": "0"}
    for on, price in (("2026-06-01", "100.30"), ("2026-06-02", "200")):
        do("invoice.issue", customer="C1", date=on, lines=[{**line, "unit_price": price}])
    stage.press("F6")
    keys("xixi")
    stage.press("Return")
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    stage.press("F8")
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    (payment,) = kept(stage)
    assert (payment["values"]["amount"], payment["values"]["discount"]) == ("300.00", "0.30")
    stage.press("F7")
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    assert kept(stage)[0]["about"]["mode"] == "oldest"


def test_a_payment_comes_back_over_a_form_that_is_being_written(stage: Stage) -> None:
    stage.press("F6")
    keys("xixi")
    stage.press("Return")
    stage.type_into("payment.amount", "250")
    crash(stage)
    stage.go("invoices", new=True, customer="C1")
    stage.type_into("invoice.reference", "PO-1")
    stage.click("window.left.action")
    assert stage.widget("payment.amount").text() == "250.00"
    assert stage.widget("invoice.reference").text() == "PO-1", "nobody has to leave the invoice for it"


@pytest.mark.parametrize(
    ("place", "field"), [("customers", "customer.form.name"), ("products", "product.form.name")]
)
def test_what_was_created_just_before_the_crash_is_not_created_twice(
    stage: Stage, place: str, field: str
) -> None:
    write_something_new(stage, place, field)
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    before = next(paths.drafts_dir().glob("*.json")).read_bytes()
    stage.press("Ctrl+S", field)
    (paths.drafts_dir() / f"{journal_key(stage)}.0123456789abcdef.json").write_bytes(before)
    stage.ctx.open_book(stage.ctx.need_book().path)
    stage.settle()
    stage.click("window.left.action")
    stage.press("Ctrl+S", field)
    assert [row["name"] for row in rows(stage, place)].count("Brush") == 1
    assert not is_offered(stage)


def test_what_was_changed_after_it_was_created_says_that_it_is_there(stage: Stage) -> None:
    write_something_new(stage, "products", "product.form.name")
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    before = next(paths.drafts_dir().glob("*.json")).read_bytes()
    stage.press("Ctrl+S", "product.form.name")
    (paths.drafts_dir() / f"{journal_key(stage)}.0123456789abcdef.json").write_bytes(before)
    stage.ctx.open_book(stage.ctx.need_book().path)
    stage.settle()
    stage.click("window.left.action")
    stage.type_into("product.form.name", "es")
    stage.press("Ctrl+S", "product.form.name")
    assert any("saved already" in toast.text() for toast in stage.window.findChildren(Toast))
    assert len(rows(stage, "products")) == 2


@pytest.mark.parametrize(
    ("place", "field"), [("customers", "customer.form.name"), ("products", "product.form.name")]
)
def test_saving_twice_creates_once(stage: Stage, place: str, field: str) -> None:
    write_something_new(stage, place, field)
    with busy_lane(stage):
        send(stage, "Ctrl+S")
        send(stage, "Ctrl+S")
        assert not stage.widget(field).isEnabled(), "what is typed now would be lost"
    assert [row["name"] for row in rows(stage, place)].count("Brush") == 1


def journal_key(stage: Stage) -> str:
    return Journal(stage.ctx.need_book().path)._key


def test_a_product(stage: Stage) -> None:
    stage.go("sales", part="products", new=True)
    stage.type_into("product.form.name", "Brush")
    stage.type_into("product.form.price", "12*3")
    crash(stage)
    stage.click("window.left.action")
    assert stage.widget("product.form.price").text() == "36.00"
    stage.press("Ctrl+S", "product.form.name")
    assert [row["name"] for row in rows(stage, "products")].count("Brush") == 1


def test_throwing_away_and_bringing_back(stage: Stage) -> None:
    stage.go("sales", part="products", new=True)
    stage.type_into("product.form.name", "Brush")
    crash(stage)
    stage.click("window.left.other")
    assert not is_offered(stage)
    assert kept(stage) == []
    stage.click("toast.action")
    assert "Brush" in offer(stage)
    assert len(kept(stage)) == 1


def test_what_is_not_decided_is_offered_the_next_time_too(stage: Stage) -> None:
    stage.go("sales", part="products", new=True)
    stage.type_into("product.form.name", "Brush")
    crash(stage)
    stage.ctx.open_book(stage.ctx.need_book().path)
    stage.settle()
    assert "Brush" in offer(stage)
    switch_language("zh_CN")
    stage.settle()
    assert stage.widget("window.left.other").text() != "Throw away"
    switch_language("en")


def test_a_form_that_was_discarded_is_gone(stage: Stage) -> None:
    stage.go("customers", new=True)
    stage.type_into("customer.form.name", "x")
    stage.wait(form_journal.KEEP_AFTER_MS + 200)
    assert len(kept(stage)) == 1
    stage.press("Esc", "customer.form.name")
    stage.click("leave.discard")
    assert kept(stage) == []


def test_who_never_pauses_is_kept_all_the_same(stage: Stage) -> None:
    stage.go("customers", new=True)
    for _burst in range(8):
        stage.type_into("customer.form.name", "ab")
        stage.wait(form_journal.KEEP_AFTER_MS // 4)
    assert kept(stage), "the clock runs from the first keystroke"


def test_leaving_a_field_keeps_it_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_journal, "KEEP_AFTER_MS", 3_600_000)
    stage.go("customers", new=True)
    stage.type_into("customer.form.name", "ab")
    assert kept(stage) == []
    QTest.keyClick(stage.widget("customer.form.name"), Qt.Key.Key_Tab)
    assert kept(stage)[0]["values"]["name"] == "ab"


def test_a_damaged_journal_is_told_and_set_aside(stage: Stage) -> None:
    broken = paths.drafts_dir() / f"{journal_key(stage)}.00112233.json"
    broken.write_bytes(b"{")
    stage.ctx.open_book(stage.ctx.need_book().path)
    stage.settle()
    texts = [label.text() for label in stage.window.findChildren(QLabel) if label.isVisible()]
    assert any("set aside" in text for text in texts)
    assert broken.with_name(broken.name + ".damaged").exists()


def test_a_folder_that_cannot_be_written_is_told_once(stage: Stage, own_home: Path) -> None:
    folder = own_home / "drafts"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    stage.go("customers", new=True)
    for _time in range(2):
        stage.type_into("customer.form.name", "a")
        stage.wait(form_journal.KEEP_AFTER_MS + 200)
    texts = [label.text() for label in stage.window.findChildren(QLabel) if label.isVisible()]
    assert sum("against a crash" in text for text in texts) == 1
    folder.unlink()


def test_another_window_on_the_same_record_is_told(stage: Stage) -> None:
    page = stage.go("customers", code="C1")
    page.table.setFocus()
    other = Journal(stage.ctx.need_book().path)
    other.write([Entry("there", "customer", "C1")])
    stage.press("F2")
    assert "another window" in stage.widget("customer.elsewhere", Banner).text()
    other.close()
    stage.wait(form_journal.LOOK_EVERY_MS + 200)
    assert not any(one.isVisible() for one in stage.window.findChildren(Banner, "customer.elsewhere"))


def test_a_draft_changed_in_another_window(stage: Stage, do: Do) -> None:
    number = do("invoice.draft", customer="C1", reference="old")["draft"]
    place = stage.go("invoices")
    place.open_draft(int(number[1:]))
    stage.settle()
    do("invoice.draft", draft=number, customer="C1", reference="theirs")
    stage.widget("invoice.reference").clear()
    stage.type_into("invoice.reference", "mine")
    stage.press("Ctrl+S")
    assert stage.widget("changed.theirs.1", QLabel).text() == "theirs"
    assert stage.widget("changed.mine.1", QLabel).text() == "mine"
    stage.click("changed.theirs")
    assert stage.widget("invoice.reference").text() == "theirs"
    do("invoice.draft", draft=number, customer="C1", reference="again")
    stage.type_into("invoice.reference", "!")
    stage.press("Ctrl+S")
    stage.click("changed.mine")
    assert len(rows(stage, "drafts")) == 1


def test_a_draft_that_changed_is_not_issued_unseen(stage: Stage, do: Do) -> None:
    line = {"description": "x", "quantity": "1", "unit_price": "5", "tax_rate": "0"}
    number = do("invoice.draft", customer="C1", lines=[line])["draft"]
    stage.go("invoices").open_draft(int(number[1:]))
    stage.settle()
    do("invoice.draft", draft=number, customer="C1", lines=[{**line, "unit_price": "9"}])
    stage.press("Ctrl+Return")
    assert stage.widget("changed.stay").isVisible()
    assert [row["state"] for row in rows(stage, "invoices")] == ["draft"]


def test_a_draft_issued_elsewhere_is_not_lost_here(stage: Stage, do: Do) -> None:
    line = {"description": "x", "quantity": "1", "unit_price": "5", "tax_rate": "0"}
    number = do("invoice.draft", customer="C1", lines=[line])["draft"]
    stage.go("invoices").open_draft(int(number[1:]))
    stage.settle()
    do("invoice.issue", draft=number)
    stage.type_into("invoice.reference", "mine")
    stage.press("Ctrl+S")
    assert "issued or thrown away" in stage.widget("invoice.banner", Banner).text()
    stage.press("Ctrl+S")
    assert [row["number"] for row in rows(stage, "drafts")] != [number]
    assert len(rows(stage, "drafts")) == 1


def test_a_product_changed_in_another_window(stage: Stage, do: Do) -> None:
    stage.go("sales")
    page = stage.widget("products.page")
    page.list.table.setFocus()
    page.edit(page.list.table.current_id() or rows_id(stage))
    stage.settle()
    do("product.update", product="P1", price="300")
    stage.widget("product.form.price").clear()
    stage.type_into("product.form.price", "280")
    stage.press("Ctrl+S", "product.form.name")
    stage.click("changed.mine")
    assert rows(stage, "products")[0]["price"] == Decimal(280)


def rows_id(stage: Stage) -> int:
    with stage.ctx.need_book().read() as connection:
        return querying.ids(connection, Query("products"))[0]


def test_a_taking_over_that_could_not_be_written_is_made_up_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was thrown away after that is not offered once more at the next start."""
    book = stage.ctx.need_book().path
    dead = Journal(book)
    dead.write(
        [Entry("e1", "customer", title="x", values={"name": "x"}, typed_at="2026-06-30T06:00:00+00:00")]
    )
    assert dead._lock is not None
    os.close(dead._lock)
    dead._lock = None
    write, calls = Journal.write, []

    def full(journal: Journal, entries: Any) -> None:
        calls.append(journal)
        if len(calls) == 1:
            raise OSError("no space")
        write(journal, entries)

    monkeypatch.setattr(Journal, "write", full)
    stage.ctx.open_book(book)
    stage.settle()
    assert is_offered(stage)
    journal = stage.ctx.journal
    assert journal is not None
    journal.throw_away(journal.left[0])
    stage.settle()
    assert kept(stage) == []
