"""What foreign money and losses are told about: unrated entries, codes that are no money, proofs, rates kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models import money
from crmdesk.models.errors import InvalidInput
from crmdesk.services import check
from crmdesk.services.documents.model import Company
from crmdesk.services.exports import report_files
from crmdesk.services.imports import run
from crmdesk.services.imports.results import ImportOptions
from crmdesk.services.reports.declared import Options, ReportTable
from crmdesk.services.reports.declared import find as find_report
from tests.services.test_currencies import Desk

OPTIONS = Options(as_of=date(2026, 12, 31), date_to=date(2026, 12, 31))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "loose.crmdesk")
    yield made
    assert check.run(made.book)["violations"] == []
    made.book.close()


def _trial(desk: Desk, options: Options = OPTIONS) -> ReportTable:
    with desk.book.read() as connection:
        return find_report("trial-balance").fill(connection, options)


def test_the_trial_balance_says_what_it_leaves_out(desk: Desk, tmp_path: Path) -> None:
    desk.invoice("2026-01-05", "100")
    desk.invoice("2026-01-06", "10000", rate="0.8")
    told = _trial(desk)
    words = "Entries in USD without an exchange rate: 1. The columns in GBP leave them out."
    assert told.notes == (words,)
    assert told.document["notes"] == [words]
    for form in ("pdf", "xlsx"):
        written = report_files.write(told, Company("Desk"), tmp_path / f"trial.{form}", form, language="en")
        assert written.stat().st_size > 1_000
    before = Options(as_of=date(2026, 1, 4), date_to=date(2026, 1, 4))
    assert _trial(desk, before).notes == ()
    desk.do("rate.adopt", currency="USD", rate="0.9")
    assert _trial(desk).notes == ()


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "XDR", "CHE", "USN", "CLF"])
def test_codes_that_are_no_money(code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        money.require_currency(code)
    assert caught.value.code == "currency_unknown"
    assert code in caught.value.message
    assert not money.is_currency(code)


def test_real_money_that_begins_with_x() -> None:
    assert [money.is_currency(code) for code in ("XAF", "XOF", "XPF", "XCD")] == [True] * 4


def _loss(invoice: str, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "invoice": invoice,
        "amount": amount,
        "date": "2026-02-01",
        "ground": "other",
        "reason": "x",
        **more,
    }


def test_a_large_write_off_needs_its_proof(desk: Desk, tmp_path: Path) -> None:
    proof = tmp_path / "decision.pdf"
    proof.write_bytes(b"%PDF-1.4 decided")
    desk.do("company.update", writeoff_attachment="500")
    own = desk.invoice("2026-01-05", "2000", currency="GBP")
    desk.do("writeoff.record", **_loss(own, "400"))
    desk.do("writeoff.record", **_loss(own, "100"))  # the limit itself needs none
    assert desk.refused("writeoff.record", **_loss(own, "0.01")) == ("required", "attachment")
    gone = {"file": str(tmp_path / "gone.pdf")}
    assert desk.refused("writeoff.record", **_loss(own, "1", attachment=gone)) == (
        "file_missing",
        "attachment",
    )
    both = {"file": str(proof), "name": "a.pdf", "content": "eA=="}
    assert desk.refused("writeoff.record", **_loss(own, "1", attachment=both)) == ("required", "attachment")
    number = desk.do("writeoff.record", **_loss(own, "600", attachment={"file": str(proof)}))["number"]
    with desk.book.read() as connection:
        kept = connection.exec_driver_sql(
            "SELECT d.number, a.name FROM attachment a JOIN document d ON d.id = a.record_id"
            " WHERE a.record_kind = 'writeoff'"
        ).all()
    assert [tuple(row) for row in kept] == [(number, "decision.pdf")]


def test_the_limit_counts_in_the_currency_of_the_book(desk: Desk) -> None:
    desk.do("company.update", writeoff_attachment="500")
    rated = desk.invoice("2026-01-05", "2000", rate="0.5")
    desk.do("writeoff.record", **_loss(rated, "1000"))
    assert desk.refused("writeoff.record", **_loss(rated, "1")) == ("required", "attachment")
    unrated = desk.invoice("2026-01-05", "2000")
    assert desk.refused("writeoff.record", **_loss(unrated, "1")) == ("required", "attachment")


def test_a_corrected_opening_keeps_its_rate(desk: Desk) -> None:
    first = desk.do("opening.record", customer="A", date="2026-01-01", amount="100", rate="0.75")["number"]
    desk.do("opening.correct", opening=first, amount="200", reason="typed wrong")
    assert desk.bases()["receivable"] == 15000
    desk.do("opening.correct", opening=first, rate="0.8", reason="wrong rate")
    assert desk.bases()["receivable"] == 16000


def test_a_bank_line_is_money_for_a_contract(desk: Desk, tmp_path: Path) -> None:
    desk.do("customer.create", code="B", name="Beta")
    line = {"description": "Paint", "quantity": "1", "unit_price": "100", "tax_rate": "0"}
    other = desk.invoice("2026-01-01", "100", customer="B")
    contract = desk.do("contract.create", customer="B", date="2026-01-02", lines=[line])["number"]
    desk.do("contract.sign", contract=contract, date="2026-01-02")
    billed = desk.do("contract.bill", contract=contract, date="2026-01-03")["number"]
    file = tmp_path / "bank.csv"
    file.write_text(
        "交易日期,对方户名,对方账号,摘要,收入,支出,流水号\n2026-01-06,Beta,6222,x,100.00,,F1\n", "utf-8"
    )
    run.run(desk.book, "bank", file, ImportOptions())
    with desk.book.read() as connection:
        found = connection.exec_driver_sql("SELECT id FROM bank_line").scalar_one()
    wrong = {"line": found, "customer": "B", "contract": contract}
    assert (
        desk.refused("bank.confirm", **wrong, allocate=[{"invoice": other, "amount": "100"}])[0]
        == "other_contract"
    )
    told = desk.do("bank.confirm", **wrong)
    assert told["allocations"] == [{"invoice": billed, "amount": "100.00", "open": "0.00"}]
