"""Invoices in the real window: lists and filters, the editor by keyboard, drafts, issue, credit notes, void."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from crmdesk.services import invoice_entry, proposed_document
from crmdesk.ui import form_journal, printer
from crmdesk.ui.pages.invoices.editor import Editor
from crmdesk.ui.shots import Stage
from tests.ui.driving import press, rows
from tests.ui.meanwhile import busy_lane, send

Do = Callable[..., dict[str, Any]]


def invoices(stage: Stage) -> list[dict[str, Any]]:
    return rows(stage, "invoices", filter="state != draft")


def bill(do: Do, amount: str, on: str = "2026-06-01", customer: str = "C1", **more: Any) -> str:
    line = {"description": "油漆", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do("invoice.issue", customer=customer, date=on, lines=[line], **more)["number"]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群", terms_days=30, credit_limit="1000")
    do("product.create", code="P1", name="内墙乳胶漆", unit="桶", price="268.00", tax_rate="0.13")
    do("product.create", code="P2", name="外墙漆", price="113.00", tax_rate="0.13", tax_included=True)


def opened(stage: Stage, **target: Any) -> Editor:
    stage.go("invoices", new=True, **target)
    return stage.widget("invoice.editor", Editor)


def test_an_invoice_wholly_by_keyboard(stage: Stage) -> None:
    """Ctrl+N, customer, two lines, Ctrl+Enter: no mouse, no reading back."""
    stage.go("invoices")
    press(stage, "Ctrl+N")
    editor = stage.widget("invoice.editor", Editor)
    stage.type("hzxx")
    press(stage, "Return")
    assert editor.head.editor("customer").text() == "杭州西溪民宿集群"
    assert editor.head.value("due").isoformat() == "2026-07-30", "terms of the customer"
    press(stage, "Return", "Return", "Return", "Return")  # date, due, reference, currency
    stage.type("nqrj")
    press(stage, "Return")  # takes the product, goes to the quantity
    stage.type("3")
    press(stage, "Return", "Return")  # quantity, unit
    stage.type("250")
    press(stage, "Return", "Return", "Return", "Return")  # price, discount, rate, included: next line
    stage.type("P2")
    press(stage, "Return")
    stage.type("2")
    press(stage, "Return")
    assert editor.lines.panel.total.text() == "¥1,073.50"
    press(stage, "Ctrl+Return")
    (invoice,) = invoices(stage)
    assert (invoice["customer"], invoice["total"], invoice["net"]) == ("C1", 107_350, 95_000)
    assert invoice["due"].isoformat() == "2026-07-30"
    assert stage.widget("invoices.detail.number").text() == invoice["number"], (
        "the list shows what was issued"
    )


def test_totals_follow_the_typing_with_the_books_rounding(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines(
        [{"description": "x", "quantity": "3", "unit_price": "0.333", "tax_rate": "0.13"}]
    )
    stage.settle()
    assert editor.lines.panel.total.text() == "¥1.13"
    stage.type_into("invoice.totals.discount", "50%")
    assert editor.lines.panel.total.text() == "¥0.57"
    assert editor.lines.grid.computed()[0]["gross"] == Decimal("0.57")
    stage.type_into("invoice.totals.discount", "")
    editor.lines.panel.discount.selectAll()
    stage.type_into("invoice.totals.discount", "7")
    assert "more than the amount" in editor.lines.panel.error.text()


def test_a_line_of_words_gets_the_usual_rate(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    model = editor.lines.grid.line_model()
    editor.lines.grid.set_cell(0, "description", "送货")
    editor.lines.grid.set_cell(0, "quantity", Decimal(1))
    editor.lines.grid.set_cell(0, "unit_price", Decimal(100))
    stage.settle()
    assert model.value(0, "tax_rate") == Decimal("0.13")
    assert editor.lines.panel.total.text() == "¥113.00"


def test_a_negative_price_becomes_a_return(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    for row, (words, price) in enumerate((("漆", "100"), ("退桶", "-10"))):
        editor.lines.grid.set_cell(row, "description", words)
        editor.lines.grid.set_cell(row, "quantity", Decimal(1))
        editor.lines.grid.set_cell(row, "unit_price", Decimal(price))
    stage.settle()
    press(stage, "Ctrl+Shift+Return")
    assert invoices(stage)[0]["total"] == 10_170


@pytest.mark.parametrize(("keys", "is_printed"), [("Ctrl+Return", True), ("Ctrl+Shift+Return", False)])
def test_one_key_issues_and_prints_another_only_issues(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, keys: str, is_printed: bool
) -> None:
    printed: list[str] = []
    monkeypatch.setattr(printer, "print_paper", lambda _ctx, _parent, paper: printed.append(paper.title))
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_cell(0, "description", "漆")
    editor.lines.grid.set_cell(0, "quantity", Decimal(1))
    editor.lines.grid.set_cell(0, "unit_price", Decimal(100))
    stage.settle()
    press(stage, keys)
    (invoice,) = invoices(stage)
    assert [invoice["number"] in title for title in printed] == [True] * is_printed


def test_the_due_date_follows_until_one_is_typed(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.head.set_value("date", "2026-05-01")
    stage.settle()
    assert editor.head.value("due").isoformat() == "2026-05-31"
    editor.head.set_value("due", "2026-06-15")
    editor.head.set_value("date", "2026-05-10")
    stage.settle()
    assert editor.head.value("due").isoformat() == "2026-06-15"


def test_how_the_customer_stands_is_told(stage: Stage, do: Do) -> None:
    bill(do, "900", "2026-05-01")
    editor = opened(stage, customer="C1")
    assert editor.facts.text() == "Owes ¥900.00 · overdue ¥900.00 · credit limit ¥1,000.00 · terms 30 days"
    editor.lines.grid.set_lines([{"description": "x", "quantity": "1", "unit_price": "200", "tax_rate": "0"}])
    editor.lines.grid.edited.emit()
    stage.settle()
    assert "over the limit" in editor.facts.text()


def test_a_draft_is_kept_changed_and_issued(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines([{"description": "x", "quantity": "1", "unit_price": "50", "tax_rate": "0"}])
    press(stage, "Ctrl+S")
    assert [row["total"] for row in rows(stage, "drafts")] == [5_000]
    assert not editor.is_dirty()
    stage.click("invoice.back")
    stage.go("invoices", part="drafts")
    stage.widget("drafts.table").select_first()
    press(stage, "F2")
    editor = stage.widget("invoice.editor", Editor)
    assert editor.heading.text().startswith("Draft D")
    editor.lines.grid.set_cell(0, "unit_price", Decimal(70))
    press(stage, "Ctrl+Return")
    assert [row["total"] for row in invoices(stage)] == [7_000]
    assert rows(stage, "drafts") == []


def test_the_terms_typed_here_move_the_due_date_and_stay_in_the_draft(stage: Stage, do: Do) -> None:
    do("customer.update", customer="C1", discount_terms="1/5 n/20")
    editor = opened(stage, customer="C1")
    on = editor.head.value("date")
    assert editor.head.value("due") == on + timedelta(days=20)
    assert editor.note.editor("discount_terms").placeholderText() == "1/5 n/20"
    editor.lines.grid.set_lines([{"description": "x", "quantity": "1", "unit_price": "50", "tax_rate": "0"}])
    stage.type_into("invoice.more.discount_terms", "2/10 n/4")
    assert editor.head.value("due") == on + timedelta(
        days=20
    )  # refused as it stands: due within the discount
    stage.type("5")
    assert editor.head.value("due") == on + timedelta(days=45)
    press(stage, "Ctrl+S")
    stage.click("invoice.back")
    stage.go("invoices", part="drafts")
    stage.widget("drafts.table").select_first()
    press(stage, "F2")
    editor = stage.widget("invoice.editor", Editor)
    assert editor.note.value("discount_terms") == "2/10 n/45"
    assert not editor.is_dirty()
    press(stage, "Ctrl+Return")
    assert [row["due"] for row in invoices(stage)] == [on + timedelta(days=45)]


def test_an_unfinished_draft_can_be_kept_but_not_issued(stage: Stage) -> None:
    editor = opened(stage)
    editor.lines.grid.set_cell(0, "description", "只有品名")
    press(stage, "Ctrl+Return")
    assert editor.head.error("customer") == "Please fill in Customer."
    assert invoices(stage) == []
    editor.head.editor("customer").set_value("C1")
    stage.settle()
    press(stage, "Ctrl+Return")
    assert "Row 1, Quantity" in editor.banner.text()
    assert invoices(stage) == []


def test_errors_of_a_line_are_marked_in_their_cell(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines(
        [
            {"description": "a", "quantity": "1", "unit_price": "1", "tax_rate": "0"},
            {"description": "b", "quantity": "0.0000001", "unit_price": "1", "tax_rate": "0"},
        ]
    )
    press(stage, "Ctrl+Return")
    assert editor.lines.grid.line_model().error(1, "quantity")
    assert invoices(stage) == []


def test_leaving_asks_and_can_keep_the_draft(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines([{"description": "x", "quantity": "1", "unit_price": "50", "tax_rate": "0"}])
    stage.window.go("payments", {})
    stage.settle()
    assert stage.window.current_place() == "invoices"
    stage.click("leave.save")
    assert stage.window.current_place() == "payments"
    assert len(rows(stage, "drafts")) == 1


def references(stage: Stage) -> list[str | None]:
    """What stands in the drafts of the book."""
    with stage.ctx.need_book().read() as connection:
        found = [invoice_entry.of_draft(connection, row["number"])[0] for row in rows(stage, "drafts")]
    return [values.get("reference") for values in found]


LINE = {"description": "x", "quantity": "1", "unit_price": "50", "tax_rate": "0"}


def test_what_is_typed_while_a_draft_is_saved_is_not_taken_for_saved(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_journal, "KEEP_AFTER_MS", 20)
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines([LINE])
    with busy_lane(stage):
        send(stage, "Ctrl+S")
        editor.head.editor("reference").setFocus()
        stage.type("PO-9")
    assert references(stage) == [None]
    assert editor.is_dirty()
    stage.wait(100)
    kept = [entry for entry in stage.ctx.journal._entries.values() if entry.values]  # type: ignore[union-attr]
    assert [(entry.record, entry.values["head"]["reference"]) for entry in kept] == [
        (editor.saving.draft, "PO-9")
    ]
    press(stage, "Ctrl+S")
    assert references(stage) == ["PO-9"]
    assert not editor.is_dirty()


def test_nothing_can_be_typed_while_a_document_is_being_issued(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines([LINE])
    stage.widget("invoice.reference").setFocus()
    with busy_lane(stage):
        send(stage, "Ctrl+Return")
        assert not editor.splitter.isEnabled()
    assert editor.splitter.isEnabled()
    assert len(invoices(stage)) == 1
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines([{**LINE, "quantity": "0.0000001"}])
    stage.widget("invoice.reference").setFocus()
    press(stage, "Ctrl+Return")
    assert editor.splitter.isEnabled()
    assert stage.widget("invoice.reference").hasFocus(), "one goes on where one was"


def test_a_draft_that_could_not_be_kept_leaves_nothing_armed(stage: Stage, do: Do) -> None:
    number = do("invoice.draft", customer="C1", reference="old")["draft"]
    stage.go("invoices").open_draft(int(number[1:]))
    stage.settle()
    editor = stage.widget("invoice.editor", Editor)
    do("invoice.draft", draft=number, customer="C1", reference="theirs")
    stage.type_into("invoice.reference", "mine")
    stage.window.go("payments", {})
    stage.settle()
    stage.click("leave.save")
    stage.click("changed.stay")
    assert stage.window.current_place() == "invoices"
    editor.saving.draft = editor.saving.seen = ""
    press(stage, "Ctrl+S")
    assert len(rows(stage, "drafts")) == 2
    assert stage.window.current_place() == "invoices", "this time nobody asked to leave"


def test_keeping_mine_goes_where_one_was_going(stage: Stage, do: Do) -> None:
    number = do("invoice.draft", customer="C1", reference="old")["draft"]
    stage.go("invoices").open_draft(int(number[1:]))
    stage.settle()
    do("invoice.draft", draft=number, customer="C1", reference="theirs")
    stage.type_into("invoice.reference", "mine")
    stage.window.go("payments", {})
    stage.settle()
    stage.click("leave.save")
    stage.click("changed.mine")
    assert stage.window.current_place() == "payments"
    assert references(stage) == ["mineold"]


def test_leaving_while_a_draft_is_being_saved(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines([LINE])
    with busy_lane(stage):
        send(stage, "Ctrl+S")
        stage.window.go("payments", {})
        QTest.mouseClick(stage.widget("leave.save"), Qt.MouseButton.LeftButton)
        assert stage.widget("leave.save").isVisible(), "it cannot be answered yet"
    assert stage.window.current_place() == "invoices"
    stage.click("leave.save")
    assert stage.window.current_place() == "payments"
    assert len(rows(stage, "drafts")) == 1


def test_a_late_answer_does_not_touch_the_next_document(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.lines.grid.set_lines([LINE])
    with busy_lane(stage):
        send(stage, "Ctrl+S")
        stage.window.go("invoices", {"new": True})
        QTest.mouseClick(stage.widget("leave.discard"), Qt.MouseButton.LeftButton)
        editor.lines.grid.set_lines([{**LINE, "description": "another"}])
    assert editor.saving.draft == ""
    assert editor.is_dirty()
    press(stage, "Ctrl+S")
    assert len(rows(stage, "drafts")) == 2


def test_leaving_without_words_does_not_ask(stage: Stage) -> None:
    opened(stage, customer="C1")
    press(stage, "Esc")
    assert stage.widget("invoices.empty").isVisible()


def test_filters_of_the_list(stage: Stage, do: Do) -> None:
    late, fresh = bill(do, "10", "2026-04-01"), bill(do, "20", "2026-06-20")
    part = bill(do, "30", "2026-06-21")
    do("payment.record", customer="C1", amount="5", allocate=[{"invoice": part, "amount": "5"}])
    stage.go("invoices")
    table = stage.widget("invoices.table")

    def shown() -> list[str]:
        source = table.table_model()
        return [source.cell(row, 0) for row in range(len(source.ids))]

    assert shown() == [part, fresh, late]
    assert stage.widget("invoices.sum.open").text() == "¥55.00"
    stage.click("invoices.filter.overdue")
    assert shown() == [late]
    stage.click("invoices.filter.overdue")
    state = stage.widget("invoices.filter.state")
    state.setCurrentIndex(state.findData("part_paid"))
    state.activated.emit(state.currentIndex())
    stage.settle()
    assert shown() == [part]
    state.setCurrentIndex(0)
    state.activated.emit(0)
    period = stage.widget("invoices.filter.period")
    period.setCurrentIndex(period.findData("month"))
    period.activated.emit(period.currentIndex())
    stage.settle()
    assert shown() == [part, fresh]
    stage.type_into("invoices.search", late)
    assert shown() == []


def test_states_carry_words(stage: Stage, do: Do) -> None:
    bill(do, "10", "2026-04-01")
    paid = bill(do, "20", "2026-06-20")
    do("payment.record", customer="C1", amount="20", allocate=[{"invoice": paid, "amount": "20"}])
    stage.go("invoices")
    model = stage.widget("invoices.table").table_model()
    names = [column.field.name for column in model.columns()]
    cells = [model.cell(row, names.index("state")) for row in range(2)]
    assert cells == ["Paid", "Overdue 60 days"]


def test_the_page_of_an_invoice_is_shown_beside_the_list(stage: Stage, do: Do) -> None:
    number = bill(do, "10")
    stage.go("invoices", number=number)
    view = stage.widget("invoices.detail")
    view.tabs.setCurrentIndex(1)
    stage.settle()
    assert view.paper.page_count() == 1
    assert view.facts_grid.texts()["Due date"] == "2026-07-01"


def test_a_copy_is_written_with_the_same_lines(stage: Stage, do: Do) -> None:
    number = bill(do, "12.34")
    stage.go("invoices", number=number)
    stage.choose("invoices.detail.copy")
    editor = stage.widget("invoice.editor", Editor)
    assert editor.is_dirty(), "nothing of it is kept yet"
    press(stage, "Ctrl+Return")
    assert [row["total"] for row in invoices(stage)] == [1_234, 1_234]


def test_a_credit_note_takes_the_lines_over_and_settles_its_invoice(stage: Stage, do: Do) -> None:
    number = bill(do, "100")
    stage.go("invoices", number=number)
    stage.choose("invoices.detail.credit")
    editor = stage.widget("credit.editor", Editor)
    press(stage, "Ctrl+Return")
    assert editor.head.error("reason") == "Please fill in Reason."
    editor.head.set_value("reason", "退货")
    editor.lines.grid.set_cell(0, "unit_price", Decimal(40))
    press(stage, "Ctrl+Return")
    (note,) = rows(stage, "credits")
    assert (note["invoice"], note["total"], note["open"], note["reason"]) == (number, 4_000, 0, "退货")
    assert invoices(stage)[0]["open"] == 6_000


def test_an_invoice_is_issued_anew_with_what_was_paid_on_it(stage: Stage, do: Do) -> None:
    number = bill(do, "100", "2026-06-20")
    do("payment.record", customer="C1", amount="60", allocate=[{"invoice": number, "amount": "60"}])
    stage.go("invoices", number=number)
    press(stage, "Ctrl+Alt+R")
    editor = stage.widget("reissue.editor", Editor)
    assert editor.heading.text() == f"In place of {number}"
    press(stage, "Ctrl+Return")
    assert editor.head.error("reason") == "Please fill in Reason."
    assert len(invoices(stage)) == 1, "nothing is written before it is complete"
    editor.head.set_value("reason", "抬头有误")
    editor.lines.grid.set_cell(0, "unit_price", Decimal(80))
    press(stage, "Ctrl+Shift+Return")
    by_number = {row["number"]: row for row in invoices(stage)}
    (new,) = set(by_number) - {number}
    assert (by_number[new]["total"], by_number[new]["open"], by_number[number]["open"]) == (8_000, 2_000, 0)
    assert by_number[new]["date"] != by_number[number]["date"]
    assert by_number[new]["due"] == by_number[number]["due"]
    (note,) = rows(stage, "credits")
    assert (note["invoice"], note["total"], note["reason"]) == (number, 10_000, "抬头有误")

    def chain(part: str) -> list[tuple[str, str]]:
        entries = stage.widget(f"{part}.detail").links.entries()
        return [
            (entry.title, entry.detail.partition(" · ")[2]) for entry in entries if entry.icon == "refresh-cw"
        ]

    assert chain("invoices") == [(number, "This one was issued in its place")]
    stage.go("invoices", number=number)
    assert chain("invoices") == [(new, "Issued in place of this one")]
    stage.go("invoices", number=note["number"], kind="credit")
    assert chain("credits") == [(new, "Issued in place of the credited invoice")]


def test_a_reissue_beyond_the_limit_asks_for_the_reason(stage: Stage, do: Do) -> None:
    do("company.update", credit_policy="refuse")
    number = bill(do, "900", "2026-06-20")
    stage.go("invoices", number=number)
    press(stage, "Ctrl+Alt+R")
    editor = stage.widget("reissue.editor", Editor)
    editor.head.set_value("reason", "price")
    editor.lines.grid.set_cell(0, "unit_price", Decimal(1_001))
    press(stage, "Ctrl+Return")
    assert [row["open"] for row in invoices(stage)] == [90_000], "nothing is half done"
    stage.type_into("overLimit.form.override_reason", "boss agreed")
    stage.click("overLimit.save")
    assert sorted(row["open"] for row in invoices(stage)) == [0, 100_100]


def test_void_asks_for_the_reason(stage: Stage, do: Do) -> None:
    number = bill(do, "100", "2026-06-20")
    stage.go("invoices", number=number)
    stage.choose("invoices.detail.void")
    stage.click("void.save")
    dialog = stage.widget("void")
    assert dialog.form.error("reason") == "Please fill in Reason."
    dialog.form.set_value("reason", "开错")
    stage.click("void.save")
    assert stage.widget("invoices.detail.state").text() == "Void"
    with stage.ctx.need_book().read() as connection:
        from crmdesk.services import document_facts

        found = document_facts.find(connection, "invoice", number)
        assert found is not None
        assert document_facts.load(connection, found).reversal_reason == "开错"


def test_a_paid_invoice_is_released_before_it_is_voided(stage: Stage, do: Do) -> None:
    number = bill(do, "100", "2026-06-20")
    do("payment.record", customer="C1", amount="100", allocate=[{"invoice": number, "amount": "100"}])
    stage.go("invoices", number=number)
    stage.choose("invoices.detail.void")
    dialog = stage.widget("void")
    dialog.form.set_value("reason", "错")
    stage.click("void.save")
    assert "Release them first" in dialog.banner.text() + dialog.form.error("reason")
    dialog.form.mark_clean()
    dialog.reject()
    view = stage.widget("invoices.detail")
    view.tabs.setCurrentIndex(0)
    view.links.select(0)
    view.links.setFocus()
    QTest.keyClick(view.links, Qt.Key.Key_Delete)
    stage.settle()
    stage.click("release.save")
    assert invoices(stage)[0]["open"] == 10_000


def test_write_off_with_its_ground(stage: Stage, do: Do) -> None:
    number = bill(do, "100.30", "2026-06-20")
    stage.go("invoices", number=number)
    stage.choose("invoices.detail.writeoff")
    dialog = stage.widget("writeoff")
    assert dialog.form.value("amount") == Decimal("100.30")
    dialog.form.set_value("amount", "0.30")
    dialog.form.set_value("reason", "尾差")
    stage.click("writeoff.save")
    assert invoices(stage)[0]["open"] == 10_000
    assert rows(stage, "writeoffs")[0]["amount"] == 30


def test_printing_chooses_paper_and_language(stage: Stage, do: Do) -> None:
    number = bill(do, "100")
    stage.go("invoices", number=number)
    stage.click("invoices.detail.print")
    dialog = stage.widget("print")
    assert dialog.preview.page_count() == 1
    stage.click("print.paper.A5")
    page = dialog.preview._sheet.pages[0]
    assert page.width > page.height, "A5 lies on its side"
    stage.click("print.language.en")
    assert stage.ctx.settings.text("print.language") == "en"
    stage.click("print.paper.80mm")
    page = dialog.preview._sheet.pages[0]
    assert page.height > page.width, "a slip is as long as it needs to be"
    assert stage.ctx.settings.text("print.paper") == "80mm"


def test_batch_printing_takes_the_selected_ones(stage: Stage, do: Do) -> None:
    numbers = [bill(do, str(amount)) for amount in (1, 2, 3)]
    stage.go("invoices")
    stage.widget("invoices.table").selectAll()
    stage.choose("invoices.printMany")
    assert stage.widget("print").preview.page_count() == 3
    assert sorted(stage.widget("print").chosen().entries) == sorted(numbers)


def test_everything_follows_the_language(stage: Stage, do: Do) -> None:
    number = bill(do, "10")
    stage.go("invoices", number=number)
    stage.window.use_language("zh_CN")
    stage.settle()
    assert stage.widget("invoices.segments.invoices").text() == "应收单"
    stage.window.use_language("en")
    stage.settle()
    assert stage.widget("invoices.segments.invoices").text() == "Invoices"


# Paste from Excel


def cell(editor: Editor, row: int, name: str) -> str:
    model = editor.lines.grid.line_model()
    return model.text_at(row, next(at for at, field in enumerate(model.columns()) if field.name == name))


def pasted(stage: Stage, text: str) -> Editor:
    editor = opened(stage, customer="C1")
    QApplication.clipboard().setText(text)
    editor.lines.grid.setFocus()
    press(stage, "Ctrl+V")
    return editor


def test_product_quantity_price_discount_tax(stage: Stage) -> None:
    """Codes and names in one block; what is given stays, what is missing comes from the product."""
    editor = pasted(stage, "P1\t3\t250\t5%\t9%\n外墙漆\t2\r\n")
    first, second = editor.lines.grid.lines()
    assert (first["product"], first["description"], first["unit"]) == ("P1", "内墙乳胶漆", "桶")
    assert (first["quantity"], first["unit_price"], first["tax_rate"]) == (3, 250, Decimal("0.09"))
    assert first["discount"] == {"rate": Decimal("0.05")}
    assert (second["product"], second["unit_price"], second["tax_included"]) == ("P2", 113, True)


def test_many_products_are_worked_out_together(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    total = proposed_document.total

    def counting(inputs: Any, *others: Any) -> Any:
        counts.append(1)
        return total(inputs, *others)

    monkeypatch.setattr(proposed_document, "total", counting)
    editor = pasted(stage, "P1\t3\n外墙漆\t2\n" * 20)
    assert len(editor.lines.grid.lines()) == 40
    assert sum(line.gross_minor for line in editor.lines.totals.lines) == 20 * (90_852 + 22_600)
    assert len(counts) < 12, "once a change, not once a cell"


def test_titles_name_the_columns(stage: Stage) -> None:
    editor = pasted(stage, "Unit price\tDescription\tQuantity\n5\tNails\t100")
    assert editor.lines.grid.lines()[0]["description"] == "Nails"
    assert (cell(editor, 0, "quantity"), cell(editor, 0, "unit_price")) == ("100", "5.00")


def test_lines_with_a_title_of_a_computed_column_can_be_issued(stage: Stage) -> None:
    editor = pasted(stage, "Product\tQuantity\tPrice\tAmount with tax\tKind\nP1\t3\t250\t999\tdiscount")
    line = editor.lines.grid.lines()[0]
    assert (line["product"], line["quantity"]) == ("P1", 3)
    assert not {"gross", "kind"} & line.keys()
    press(stage, "Ctrl+Return")
    assert len(invoices(stage)) == 1


def test_an_unknown_product_and_a_bad_number_are_marked_and_kept(stage: Stage) -> None:
    editor = pasted(stage, "X9\t1\t10\nP1\tone\t5\nP2\t2\t7")
    model = editor.lines.grid.line_model()
    assert "no product “X9”" in model.error(0, "product")
    assert cell(editor, 0, "product") == "X9"
    assert "one" in model.error(1, "quantity")
    assert cell(editor, 1, "quantity") == "one"
    assert not model.error(2, "product")
    press(stage, "Ctrl+Return")
    assert not invoices(stage), "nothing is issued with a marked cell"
    press(stage, "Ctrl+Z")
    assert editor.lines.grid.lines() == [], "a paste is taken back whole"


def test_an_exempt_product_keeps_its_own_tax(stage: Stage, do: Do) -> None:
    do("product.create", code="P3", name="图书", price="20", tax_kind="exempt")
    editor = pasted(stage, "P3\t4")
    line = editor.lines.grid.lines()[0]
    assert line["tax_kind"] == "exempt"
    assert "tax_rate" not in line


def test_a_code_typed_and_left_by_tab_finds_its_product(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    editor.lines.grid.setFocus()
    stage.type("P1")
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClick(target, Qt.Key.Key_Tab)
    stage.settle()
    assert editor.lines.grid.lines()[0]["description"] == "内墙乳胶漆"


def test_what_leaving_would_lose_is_named(stage: Stage) -> None:
    editor = opened(stage, customer="C1")
    stage.type_into("invoice.reference", "PO-1")
    editor.lines.grid.set_lines([{"description": "x"}])
    press(stage, "Esc")
    dialog = stage.widget("leave")
    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "Not saved yet: Reference, Lines." in texts
    stage.click("leave.discard")
