"""Month end and currencies in the real window: checklist, closing, reopening, files; reports, revaluation, rates."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmdesk.services import late_rates, vouchers
from crmdesk.ui.pages.statements import closing_files
from crmdesk.ui.shots import Stage
from tests.ui.driving import press, rows

Do = Callable[..., dict[str, Any]]
LINE = {"description": "瓷砖", "quantity": "1", "tax_rate": "0"}


def bill(do: Do, amount: str, on: str = "2026-05-10", **more: Any) -> str:
    lines = [{**LINE, "unit_price": amount}]
    return do("invoice.issue", customer="C1", date=on, lines=lines, **more)["number"]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="C1", name="杭州西溪民宿集群", terms_days=30)


@pytest.fixture
def drafted(do: Do) -> None:
    """An invoice, and a draft that blocks the month."""
    bill(do, "300")
    do("invoice.draft", customer="C1", date="2026-05-20", lines=[{**LINE, "unit_price": "50"}])


def chips(stage: Stage) -> dict[str, str]:
    return {entry.data.code: entry.chip for entry in stage.widget("closing.checklist").entries()}


def locked(stage: Stage) -> date | None:
    return stage.ctx.need_book().settings.lock_date


def test_what_blocks_is_said_with_the_way_out_and_accepted_with_a_reason(stage: Stage, drafted: None) -> None:
    page = stage.go("statements", view="closing")
    assert stage.widget("closing.until").value() == date(2026, 5, 31)
    assert (chips(stage)["drafts"], chips(stage)["check"]) == ("Blocks", "In order")
    press(stage, "Ctrl+Shift+L")
    assert "Drafts dated in the period" in stage.widget("closing.banner").text()
    assert locked(stage) is None
    press(stage, "Ctrl+Shift+A", "Ctrl+Shift+L")
    assert chips(stage)["drafts"] == "Accepted"
    press(stage, "Ctrl+S")
    assert stage.widget("closePeriod").form.error("reason"), "what is open is accepted with a reason only"
    stage.type_into("closePeriod.form.reason", "goes into June")
    press(stage, "Ctrl+S")
    assert locked(stage) == date(2026, 5, 31)
    assert [entry.title for entry in stage.widget("closing.list").entries()] == ["Closed until 2026-05-31"]
    assert page.findChild(type(stage.widget("closing.until")), "closing.until").value() == date(2026, 6, 30)


def test_a_number_opens_its_rows_and_back_leads_to_the_checklist(stage: Stage, drafted: None) -> None:
    stage.go("statements", view="closing")
    press(stage, "Return")
    assert len(rows(stage, "drafts", sort="date")) == stage.widget("drafts.table").model().rowCount() == 1
    press(stage, "Alt+Left")
    assert stage.widget("closing.checklist").isVisible()


def test_rows_without_a_place_of_their_own_are_listed_here(stage: Stage, do: Do) -> None:
    do(
        "recurring.create",
        customer="C1",
        name="Rent",
        lines=[{**LINE, "unit_price": "100"}],
        mode="draft",
        **{"from": "2026-05-01"},
    )
    stage.go("statements", view="closing")
    assert chips(stage)["recurring"] == "Blocks"
    press(stage, "Return")
    assert stage.widget("closing.recurring.table").model().rowCount() == 1


def test_the_newest_closing_is_opened_again_with_a_reason(stage: Stage, do: Do) -> None:
    bill(do, "300")
    do("period.close", until="2026-05-31")
    stage.go("statements", view="closing")
    press(stage, "Ctrl+Shift+U")
    stage.type_into("reopenPeriod.form.reason", "one more invoice")
    press(stage, "Ctrl+S")
    assert locked(stage) is None
    entries = stage.widget("closing.list").entries()
    assert [(entry.title, entry.chip) for entry in entries] == [
        ("2026-05-31 opened again", ""),
        ("Closed until 2026-05-31", "Taken back"),
    ]
    stage.go("settings", section="lock")
    assert stage.widget("settings.lock.form.until").value() is None, "the period lock is in step"


def test_the_checklist_follows_the_book(stage: Stage, drafted: None) -> None:
    stage.go("statements", view="closing")
    stage.ctx.run_use_case("draft.delete", {"draft": f"D{rows(stage, 'drafts', sort='date')[0]['id']}"})
    stage.settle()
    assert chips(stage)["drafts"] == "In order"


def test_sheet_vouchers_and_package_are_written(stage: Stage, do: Do, tmp_path: Path) -> None:
    bill(do, "300")
    stage.go("statements", view="closing")
    assert stage.widget("closing.preview").page_count() == 1
    stage.choose("closing.vouchers")
    dialog = stage.widget("vouchers")
    assert dialog.form.value("from") == date(2026, 5, 1)
    dialog.form.set_value("from", date(2026, 7, 1))
    stage.click("vouchers.save")
    assert "earlier" in dialog.form.error("from")
    stage.close_dialogs()
    path = tmp_path / "may.zip"
    closing_files.write_package(stage.ctx, date(2026, 5, 1), date(2026, 5, 31), path)
    stage.settle()
    with zipfile.ZipFile(path) as archive:
        assert {"closing-sheet.pdf", "vouchers.csv", "contents.txt"} <= set(archive.namelist())


def test_a_package_that_is_cancelled_leaves_no_file(stage: Stage, do: Do, tmp_path: Path) -> None:
    bill(do, "300")
    path = tmp_path / "may.zip"
    closing_files.write_package(stage.ctx, date(2026, 5, 1), date(2026, 5, 31), path)
    for task in stage.ctx.tasks.running():
        task.cancel()
    stage.settle()
    assert list(tmp_path.glob("*.zip")) == []


def test_accounts_get_the_accountants_codes(stage: Stage, do: Do) -> None:
    bill(do, "300")
    stage.go("statements", view="closing")
    stage.choose("closing.codes")
    codes = stage.widget("accountCodes.list")
    codes.select(next(row for row, entry in enumerate(codes.entries()) if entry.data.key == "receivable"))
    press(stage, "Return")
    stage.widget("accountCode.form.code").set_value("112201")
    press(stage, "Ctrl+S")
    with stage.ctx.need_book().read() as connection:
        found = {one.key: one for one in vouchers.coded(connection)}
        lines = list(vouchers.lines(connection, None, date(2026, 6, 30)))
    assert (found["receivable"].code, found["receivable"].is_by_customer) == ("112201", True)
    assert "112201" in {line.code for line in lines}
    entry = next(entry for entry in codes.entries() if entry.data.key == "receivable")
    assert entry.figure == "112201"


# Currencies


def test_what_is_open_in_currencies_is_revalued_and_taken_back(stage: Stage, do: Do) -> None:
    do("rate.set", currency="USD", date="2026-05-01", rate="7")
    do("rate.set", currency="USD", date="2026-06-30", rate="7.1")
    bill(do, "1000", currency="USD")
    stage.go("statements", view="currencies")
    page = stage.widget("currencies.open")
    assert stage.widget("currencies.open.count").text() == "1"
    press(stage, "Ctrl+Shift+R")
    (line,) = stage.widget("revaluation.preview").entries()
    assert (line.title, line.figure) == ("USD · $1,000.00", "¥100.00")
    press(stage, "Ctrl+S")
    assert [row["difference"] for row in rows(stage, "revaluations", sort="date")] == [10_000]
    press(stage, "Ctrl+Shift+R")
    assert "revalued already" in stage.widget("revaluation.banner").text()
    assert not stage.widget("revaluation.save").isEnabled()
    stage.close_dialogs()
    press(stage, "Ctrl+Shift+U")
    press(stage, "Ctrl+S")
    assert rows(stage, "revaluations", sort="date") == []
    page.table.select(1)
    press(stage, "Return")
    assert stage.widget("ageingItems.table").model().rowCount() == 1


def test_a_day_without_a_rate_is_refused_before_anything_is_posted(stage: Stage, do: Do) -> None:
    bill(do, "1000", currency="USD", rate="7")
    stage.go("statements", view="currencies")
    press(stage, "Ctrl+Shift+R")
    assert "no rate" in stage.widget("revaluation.banner").text()
    assert not stage.widget("revaluation.save").isEnabled()


def test_differences_show_both_documents_and_open_the_payment(stage: Stage, do: Do) -> None:
    invoice = bill(do, "1000", currency="USD", rate="7")
    paid = do(
        "payment.record", customer="C1", date="2026-06-01", amount="1000", currency="USD", rate="7.2",
        allocate=[{"invoice": invoice, "amount": "1000"}],
    )["number"]  # fmt: skip
    stage.go("statements", view="currencies", part="differences")
    page = stage.widget("currencies.differences")
    assert stage.widget("currencies.differences.sum.gain").text() == "¥200.00"
    page.table.select(1)
    press(stage, "Return")
    assert stage.widget("payments.detail.number").text() == paid


def test_an_account_of_the_trial_balance_leads_to_its_entries_and_their_documents(
    stage: Stage, do: Do
) -> None:
    line = {"description": "x", "quantity": "1", "unit_price": "100", "tax_rate": "0.13"}
    do("customer.create", code="J1", name="J")
    number = do("invoice.issue", customer="J1", date="2026-06-02", lines=[line])["number"]
    do("payment.record", customer="J1", date="2026-06-03", amount="50")
    stage.go("statements", view="currencies", part="trial")
    trial = stage.widget("currencies.trial")
    table = stage.widget("currencies.trial.table").table_model()
    accounts = [str(trial.rows.raw(row + 1)[0]) for row in range(table.rowCount())]
    for row, account in enumerate(accounts, 1):
        trial.opened.emit(row)
        stage.settle()
        journal = stage.widget("currencies.journal")
        assert stage.widget("currencies.journal.account").text() == f"Account {account}"
        entries = journal.rows.table().rows
        assert entries, account
        assert {entry[6] for entry in entries} == {account}
        debit, credit = (sum(entry[at] for entry in entries) for at in (9, 10))
        shown = trial.rows.raw(row)
        assert (debit, credit) == (shown[4], shown[5]), "the figure is the sum of its entries"
        stage.ctx.back()
        stage.settle()
    trial.opened.emit(accounts.index(next(one for one in accounts if one.startswith("1122"))) + 1)
    stage.settle()
    place = next(
        at
        for at, entry in enumerate(stage.widget("currencies.journal").rows.table().rows, 1)
        if entry[3] == number
    )
    stage.widget("currencies.journal").opened.emit(place)
    stage.settle()
    assert stage.widget("invoices.detail.number").text() == number
    stage.ctx.back()
    stage.settle()
    stage.click("currencies.journal.account")
    assert len({entry[6] for entry in stage.widget("currencies.journal").rows.table().rows}) > 1


def test_an_empty_book_is_told_where_currencies_come_from(stage: Stage) -> None:
    stage.go("statements", view="currencies")
    assert stage.widget("currencies.open.empty").isVisible()
    stage.choose("currencies.rates")
    assert stage.widget("settings.currencies.nothing").isVisible()


# Settings › Currencies


def test_a_rate_is_added_changed_removed_and_brought_back(stage: Stage) -> None:
    stage.go("settings", section="currencies")
    stage.click("settings.currencies.new")
    form = stage.widget("exchangeRate").form
    form.set_value("currency", "USD")
    form.set_value("date", date(2026, 6, 1))
    form.set_value("rate", Decimal("7.0156"))
    press(stage, "Ctrl+S")
    section = stage.widget("settings.currencies")
    assert [(entry.title, entry.figure) for entry in section.currencies.entries()] == [("USD", "7.0156 CNY")]
    section.days.setFocus()
    press(stage, "Return")
    stage.widget("exchangeRate").form.set_value("rate", Decimal("7.02"))
    press(stage, "Ctrl+S")
    assert section.days.entries()[0].figure == "7.02"
    section.days.setFocus()
    press(stage, "Del")
    assert rows(stage, "rates", sort="date") == []


def test_the_books_own_currency_has_no_rate(stage: Stage) -> None:
    stage.go("settings", section="currencies")
    stage.click("settings.currencies.new")
    form = stage.widget("exchangeRate").form
    form.set_value("currency", "CNY")
    form.set_value("rate", Decimal(1))
    press(stage, "Ctrl+S")
    assert "currency of the book" in form.error("currency")


def test_a_pasted_table_is_seen_then_taken(stage: Stage) -> None:
    stage.go("settings", section="currencies")
    stage.click("settings.currencies.paste")
    stage.widget("pasteRates.text").setPlainText(
        "币种\t日期\t汇率\nUSD\t2026-06-01\t7.01\nEUR 2026/6/2 8,2\nabc 7"
    )
    stage.settle()
    assert [entry.chip for entry in stage.widget("pasteRates.found").entries()] == ["Left out", "", ""]
    press(stage, "Ctrl+S")
    found = [(row["currency"], row["rate"]) for row in rows(stage, "rates", sort="currency")]
    assert [(code, Decimal(str(rate))) for code, rate in found] == [
        ("EUR", Decimal("8.2")),
        ("USD", Decimal("7.01")),
    ]


def test_documents_without_a_rate_get_one(stage: Stage, do: Do) -> None:
    bill(do, "1000", currency="USD")
    bill(do, "10", currency="USD")
    stage.go("settings", section="currencies")
    section = stage.widget("settings.currencies")
    assert [(entry.title, entry.figure) for entry in section.waiting.entries()] == [("USD", "2 documents")]
    stage.click("settings.currencies.adopt")
    stage.widget("adoptRate").form.set_value("rate", Decimal("7.03"))
    press(stage, "Ctrl+S")
    with stage.ctx.need_book().read() as connection:
        assert late_rates.waiting(connection) == []
    assert stage.widget("settings.currencies.allRated").isVisible()
