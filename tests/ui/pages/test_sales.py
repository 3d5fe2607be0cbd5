"""Sales in the real window: from the wish to the invoice by keyboard, plans, files, refusals, refreshes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.services import agreement_card, agreement_entry, payment_plan, price_levels
from crmdesk.ui import form_journal
from crmdesk.ui.pages.sales.editor import AgreementEditor
from crmdesk.ui.pages.sales.view import AgreementView
from crmdesk.ui.shots import Stage
from tests.ui.driving import press, rows

Do = Callable[..., dict[str, Any]]
LINE = {"description": "油漆", "quantity": "1", "unit_price": "100", "tax_rate": "0"}


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群", terms_days=30, level="A")
    do("product.create", code="P1", name="内墙乳胶漆", unit="桶", price="268.00", tax_rate="0.13")
    do("product.price_set", product="P1", level="A", price="250")


def quoted(do: Do, **more: Any) -> str:
    return do("quote.create", customer="C1", date="2026-06-01", lines=[LINE], **more)["number"]


def signed(do: Do, total: str = "100.00", **more: Any) -> str:
    line = LINE | {"unit_price": total}
    number = do("contract.create", customer="C1", date="2026-06-01", lines=[line], **more)["number"]
    do("contract.sign", contract=number, date="2026-06-02")
    return number


def view_of(stage: Stage, kind: str, number: str) -> AgreementView:
    stage.go("sales", kind=kind, number=number)
    return stage.widget(f"{kind}s.detail", AgreementView)


def card_of(stage: Stage, kind: str, number: str) -> agreement_card.Card:
    with stage.ctx.need_book().read() as connection:
        return agreement_card.by_number(connection, kind, number)


def test_from_the_quote_to_the_signed_contract_by_keyboard(stage: Stage) -> None:
    stage.go("sales", part="quotes")
    press(stage, "Ctrl+N")
    editor = stage.widget("quote.editor", AgreementEditor)
    stage.type("hzxx")
    press(stage, "Return")
    editor.lines.grid.setFocus()
    stage.type("nqrj")
    press(stage, "Return")
    stage.type("4")
    press(stage, "Return")
    assert editor.lines.panel.total.text() == "¥1,130.00", "the price of his level: 4 × 250 and the tax"
    press(stage, "Ctrl+Return")
    view = stage.widget("quotes.detail", AgreementView)
    assert view.state.text() == "Draft"
    press(stage, "Ctrl+Shift+S", "Ctrl+S")
    assert view.state.text() == "Sent"
    press(stage, "Ctrl+Shift+A", "Ctrl+S")
    assert view.state.text() == "Accepted"
    press(stage, "Ctrl+Shift+C")
    contract = stage.widget("contract.editor", AgreementEditor)
    assert contract.lines.panel.total.text() == "¥1,130.00"
    press(stage, "Ctrl+Return")
    (made,) = rows(stage, "contracts")
    assert (made["customer"], made["total"], made["state"]) == ("C1", 113_000, "draft")
    press(stage, "Ctrl+Shift+S", "Ctrl+S")
    assert rows(stage, "contracts")[0]["state"] == "signed"
    detail = stage.widget("contracts.detail", AgreementView)
    chain = [step.kind for step in detail.card.chain] if detail.card else []
    assert chain == ["quote", "contract"]
    stage.click("contracts.detail.chain.0")
    assert stage.widget("quotes.detail.number").text().startswith("Q-")


def test_what_is_written_is_changed_and_emptied_again(stage: Stage, do: Do) -> None:
    number = quoted(do, title="Door", valid_until="2026-07-20")
    view = view_of(stage, "quote", number)
    press(stage, "F2")
    editor = stage.widget("quote.editor", AgreementEditor)
    editor.head.set_value("title", "")
    editor.head.set_value("valid_until", None)
    editor.note.set_value("note", "by hand")
    press(stage, "Ctrl+S")
    assert not editor.is_dirty()
    (row,) = rows(stage, "quotes")
    assert (row["title"], row["valid_until"], row["note"]) == ("", None, "by hand")
    press(stage, "Esc")
    assert view.facts.texts()["Note"] == "by hand"


def test_two_windows_are_asked_whose_words_stay(stage: Stage, do: Do) -> None:
    number = quoted(do, title="Door")
    view_of(stage, "quote", number)
    press(stage, "F2")
    editor = stage.widget("quote.editor", AgreementEditor)
    do("quote.update", quote=number, title="Window")
    editor.head.set_value("title", "Gate")
    press(stage, "Ctrl+S")
    stage.click("changed.mine")
    assert rows(stage, "quotes")[0]["title"] == "Gate"


def test_a_refusal_stands_under_its_field(stage: Stage) -> None:
    stage.go("sales", part="contracts", new=True, customer="C1")
    editor = stage.widget("contract.editor", AgreementEditor)
    editor.head.set_value("ends_on", "2026-01-01")
    press(stage, "Ctrl+S")
    assert "before the date" in editor.head.error("ends_on")
    assert rows(stage, "contracts") == []
    editor.head.set_value("ends_on", None)
    press(stage, "Ctrl+S")
    assert len(rows(stage, "contracts")) == 1


def test_leaving_asks_and_a_crash_loses_nothing(stage: Stage) -> None:
    stage.go("sales", part="orders", new=True, customer="C1")
    editor = stage.widget("order.editor", AgreementEditor)
    editor.head.set_value("title", "Kitchen")
    editor.note.set_value("customisation", "1200 × 600")
    stage.wait(form_journal.KEEP_AFTER_MS + 300)
    assert stage.ctx.journal is not None
    press(stage, "Esc")
    stage.click("leave.stay")
    (entry,) = [one for one in stage.ctx.journal._entries.values() if one.form == "order"]
    press(stage, "Esc")
    stage.click("leave.discard")
    stage.window.page("sales").resume(entry)  # type: ignore[union-attr]
    stage.settle()
    assert editor.head.value("title") == "Kitchen"
    assert editor.note.value("customisation") == "1200 × 600"


def test_an_expired_quote_is_revised_and_both_versions_stay(stage: Stage, do: Do) -> None:
    number = quoted(do, valid_until="2026-06-10")
    do("quote.send", quote=number, date="2026-06-01")
    view = view_of(stage, "quote", number)
    assert view.state.text() == "Expired"
    assert not stage.ctx.commands.find("quotes.accept").isEnabled()  # type: ignore[union-attr]
    press(stage, "Ctrl+Shift+R")
    editor = stage.widget("quote.editor", AgreementEditor)
    assert editor.head.value("valid_until").isoformat() == "2026-07-09"
    press(stage, "Ctrl+Return")
    assert view.number.text() == f"{number}/2"
    assert [entry.chip for entry in view.versions.entries()] == ["Draft", "Revised"]
    view.versions.chosen.emit(view.versions.entries()[1])
    stage.settle()
    assert (view.number.text(), view.state.text()) == (number, "Revised")


def test_a_hundred_in_three_is_planned_billed_and_paid(stage: Stage, do: Do) -> None:
    number = signed(do)
    view = view_of(stage, "contract", number)
    press(stage, "Ctrl+Shift+L")
    dialog = stage.widget("plan")
    shown = [(entry.figure, entry.chip) for entry in dialog.shown.entries()]
    assert shown == [("¥33.33", ""), ("¥33.33", ""), ("¥33.34", "odd cent")]
    dialog.form.set_value("remainder", "first")
    stage.wait(200)
    assert dialog.shown.entries()[0].figure == "¥33.34"
    press(stage, "Ctrl+S")
    assert [entry.figure for entry in view.plan.parts.entries()] == ["¥33.34", "¥33.33", "¥33.33"]
    view.plan.parts.select(1)
    view.plan.parts.setFocus()
    press(stage, "Return", "Ctrl+S")
    (invoice,) = rows(stage, "invoices")
    assert (invoice["total"], invoice["due"].isoformat()) == (3_333, "2026-07-30")
    assert view.money.text("billed") == "¥33.33"
    do("payment.record", customer="C1", contract=number, amount="33.33", date="2026-06-30")
    stage.ctx.bus.publish(_changed("contract"))
    stage.settle()
    assert view.money.text("received") == "¥33.33"
    assert view.money.text("receivedNotInvoiced") == "¥33.33"
    assert [entry.chip for entry in view.plan.parts.entries()][1] == "Complete"


def _changed(kind: str) -> Any:
    from crmdesk.services.changes import Changes

    changes = Changes()
    changes.everything.add(kind)
    return changes


def test_a_plan_is_made_anew_with_a_reason(stage: Stage, do: Do) -> None:
    number = signed(do)
    do("plan.create", contract=number, way="equal", count=2, first_due="2026-07-01", date="2026-06-03")
    view = view_of(stage, "contract", number)
    press(stage, "Ctrl+Shift+L")
    dialog = stage.widget("plan")
    stage.click("plan.way.percent")
    stage.wait(200)
    assert [entry.figure for entry in dialog.shown.entries()] == ["¥30.00", "¥70.00"]
    press(stage, "Ctrl+S")
    assert "why" in dialog.form.error("reason")
    dialog.form.set_value("reason", "客户要求")
    stage.click("plan.way.by_hand")
    dialog.parts.set_cell(0, "amount", Decimal("40.00"))
    stage.wait(200)
    assert "10.00 less than the 100.00" in dialog.says.text()
    dialog.parts.set_cell(1, "amount", Decimal("60.00"))
    stage.wait(200)
    press(stage, "Ctrl+S")
    assert [entry.figure for entry in view.plan.parts.entries()] == ["¥40.00", "¥60.00"]
    assert "客户要求" in view.plan.summary.text()
    assert view.plan.versions.count() == 2


def test_a_void_needs_a_reason(stage: Stage, do: Do) -> None:
    number = signed(do)
    view = view_of(stage, "contract", number)
    stage.choose("contracts.void")
    dialog = stage.widget("contract-void")
    press(stage, "Ctrl+S")
    assert dialog.form.error("reason") == "Please fill in Reason."
    dialog.form.set_value("reason", "x")
    press(stage, "Ctrl+S")
    assert view.state.text() == "Void"


def test_of_a_signed_contract_the_words_can_still_be_changed(stage: Stage, do: Do) -> None:
    number = signed(do, title="Old", signatories="Li / Wang")
    view_of(stage, "contract", number)
    press(stage, "F2")
    dialog = stage.widget("contract-update")
    dialog.form.set_value("title", "New")
    dialog.form.set_value("signatories", "")
    press(stage, "Ctrl+S")
    card = card_of(stage, "contract", number)
    assert (card.head.title, card.head.signatories) == ("New", "")


def test_files_are_kept_saved_and_taken_off(stage: Stage, do: Do, tmp_path: Path) -> None:
    number = signed(do)
    view = view_of(stage, "contract", number)
    view.choose("files")
    assert "Drop a file" in view.files._nothing.text.text()
    scan = tmp_path / "扫描.txt"
    scan.write_text("signed", encoding="utf-8")
    view.files.add_files([scan])
    stage.settle()
    assert [entry.title for entry in view.files.files.entries()] == ["扫描.txt"]
    bad = tmp_path / "run.exe"
    bad.write_bytes(b"MZ")
    view.files.add_files([bad])
    stage.settle()
    assert len(view.files.files.entries()) == 1, "what a double click would run is refused"
    stage.choose("contracts.removeFile")
    stage.click("removeFile.yes")
    assert view.files.files.entries() == []


def test_quick_payment_asks_for_the_contract_only_where_one_runs(stage: Stage, do: Do) -> None:
    do("customer.create", code="C2", name="Nobody")
    number = signed(do, "500.00")
    do("contract.bill", contract=number, date="2026-06-03")
    do("invoice.issue", customer="C1", date="2026-06-01", lines=[LINE])
    stage.press("F6")
    dialog = stage.widget("payment")
    dialog.begin("C2")
    stage.settle()
    assert not dialog.form.editor("contract").isVisible()
    dialog.begin("C1", "500")
    stage.settle()
    assert dialog.form.editor("contract").isVisible()
    assert dialog.table.documents().rowCount() == 2
    dialog.form.set_value("contract", number)
    stage.settle()
    assert dialog.table.documents().rowCount() == 1, "only its own invoices"
    press(stage, "Ctrl+S")
    card = card_of(stage, "contract", number)
    assert card.money is not None
    assert card.money.received_minor == 50_000


def test_receive_of_a_contract_begins_with_it(stage: Stage, do: Do) -> None:
    number = signed(do, "500.00")
    view_of(stage, "contract", number)
    press(stage, "Ctrl+Shift+M")
    dialog = stage.widget("payment")
    assert dialog.form.value("contract") == number
    stage.type("200")
    press(stage, "Ctrl+S")
    with stage.ctx.need_book().read() as connection:
        (running,) = payment_plan.of_customer(connection, "C1").contracts
    assert (running.number, running.unpaid_minor) == (number, 30_000)


def test_the_selection_stays_when_the_list_refreshes(stage: Stage, do: Do) -> None:
    first = quoted(do)
    quoted(do)
    view_of(stage, "quote", first)
    do("quote.send", quote=first, date="2026-06-02")
    stage.ctx.bus.publish(_changed("quote"))
    stage.settle()
    view = stage.widget("quotes.detail", AgreementView)
    assert (view.number.text(), view.state.text()) == (first, "Sent")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("requirements", "Ctrl+N"),
        ("quotes", "send it"),
        ("contracts", "accepted quote"),
        ("orders", "Ctrl+N"),
        ("instalments", "contract"),
    ],
)
def test_empty_lists_teach_the_next_step(stage: Stage, part: str, words: str) -> None:
    stage.go("sales", part=part)
    assert words in stage.widget(f"{part}.empty").text.text()


def test_the_chips_of_the_lists_are_filters_that_work(stage: Stage, do: Do) -> None:
    number = signed(do, ends_on="2026-07-10")
    do("plan.create", contract=number, way="equal", count=2, first_due="2026-06-20", date="2026-06-03")
    for part, names in (
        ("contracts", ("running", "unpaid", "ending")),
        ("instalments", ("overdue", "unbilled")),
        ("quotes", ("waiting", "expired", "accepted")),
        ("orders", ("open", "overdue")),
        ("requirements", ("pending",)),
    ):
        stage.go("sales", part=part)
        page = stage.widget(part)
        for name in names:
            stage.click(f"{part}.filter.{name}")
            assert page.banner.isHidden(), (part, name, page.banner.text())
        count = len(stage.widget(f"{part}.table").table_model().ids) if part == "contracts" else None
        assert count in (1, None)


def test_back_leads_to_the_part_before(stage: Stage) -> None:
    stage.go("sales", part="quotes")
    stage.go("sales", part="contracts")
    press(stage, "Alt+Left")
    assert stage.widget("quotes.empty").isVisible()


def test_what_follows_takes_over_what_stands_there(stage: Stage, do: Do) -> None:
    number = quoted(do, title="Door", note="n")
    with stage.ctx.need_book().read() as connection:
        values = agreement_entry.following(connection, "quote", number)
    assert (values["customer"], values["title"], values["quote"]) == ("C1", "Door", number)
    assert "valid_until" not in values
    assert QApplication.focusWidget() is not None


def test_prices_by_level_are_kept_as_a_list(stage: Stage) -> None:
    stage.go("sales", part="products")
    stage.widget("products.table").selectRow(0)
    press(stage, "Ctrl+Shift+L")
    grid = stage.widget("levelPrices.lines")
    assert [line["level"] for line in grid.lines()] == ["A"]
    grid.set_cell(1, "level", "A")
    grid.set_cell(1, "price", Decimal(1))
    press(stage, "Ctrl+S")
    assert "twice" in stage.widget("levelPrices.banner").text()
    grid.set_cell(1, "level", "B")
    grid.set_cell(0, "price", Decimal(240))
    press(stage, "Ctrl+S")
    with stage.ctx.need_book().read() as connection:
        product_id = rows(stage, "products", sort="code")[0]["id"]
        assert price_levels.prices_of(connection, product_id) == {"A": Decimal(240), "B": Decimal(1)}


def test_the_customer_s_page_lists_and_begins_them(stage: Stage, do: Do) -> None:
    stage.go("customers", code="C1")
    view = stage.widget("customers.detail.tabs")
    assert not view.isTabVisible(view.indexOf(view._tabs["sales"]))
    number = signed(do)
    quoted(do)
    stage.ctx.bus.publish(_changed("customer"))
    stage.settle()
    assert [(entry.title, entry.chip) for entry in view.sales.entries()] == [
        (number, "Signed"),
        ("Q-2026-0001", "Draft"),
    ]
    view.sales.chosen.emit(view.sales.entries()[0])
    stage.settle()
    assert stage.widget("contracts.detail.number").text() == number
    stage.go("sales", part="quotes", new=True, customer="C1")
    assert stage.widget("quote.editor", AgreementEditor).head.value("customer") == "C1"
