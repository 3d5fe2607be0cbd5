"""Recurring invoices, the closing of a period, vouchers: a month's end told with its numbers."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from crmdesk.cli.apply import Run, read_lines
from crmdesk.models.errors import Conflict
from crmdesk.models.tables.documents import open_item
from crmdesk.services import closing, lists, recurring, use_cases, vouchers
from tests.scenarios.telling import Teller

RENT = [{"description": "Rent", "quantity": "1", "unit_price": "100.00", "tax_rate": "0"}]
WHY = {"reason": "mistake"}


def test_rent_is_written_every_month(teller: Teller) -> None:
    told = teller.do(
        "recurring.create",
        **{
            "customer": "C001",
            "name": "Rent",
            "lines": RENT,
            "from": "2026-08-31",
            "mode": "issue",
            "due_days": 10,
        },
    )
    assert told == {"code": "R0001", "next": "2026-08-31", "total": "100.00"}
    with teller.book.read() as connection:
        foreseen = recurring.upcoming(connection, date(2026, 11, 30))
    assert [one.dated_on.isoformat()[5:] for one in foreseen] == ["08-31", "09-30", "10-31", "11-30"]
    first = teller.do("recurring.run", until="2026-09-30")
    assert [(one["date"], one["number"]) for one in first["made"]] == [
        ("2026-08-31", "INV-2026-0001"),
        ("2026-09-30", "INV-2026-0002"),
    ]
    assert teller.do("recurring.run", until="2026-09-30")["made"] == []
    assert teller.listed("invoices", "date", "due", "total") == [
        ("2026-09-30", "2026-10-10", "100.00"),
        ("2026-08-31", "2026-09-10", "100.00"),
    ]
    teller.do("period.lock", until="2026-10-31")
    later = teller.do("recurring.run", until="2026-11-30")
    assert [one["date"] for one in later["made"]] == ["2026-11-30"]
    assert [(one["date"], one["code"]) for one in later["problems"]] == [("2026-10-31", "period_locked")]
    assert teller.do("recurring.run")["problems"] == []
    teller.do("recurring.update", recurring="R0001", lines=RENT * 2)
    assert teller.listed("recurring", "code", "next", "done", "total") == [
        ("R0001", "2027-01-31", 5, "200.00")
    ]
    teller.do("recurring.stop", recurring="R0001")
    assert teller.refused("recurring.stop", recurring="R0001") == "inactive"
    assert teller.refused("recurring.update", recurring="R0001", name="x") == "inactive"
    assert teller.do("recurring.run", until="2027-06-30")["made"] == []
    assert teller.refused("customer.delete", customer="C001") == "in_use"


def test_drafts_an_end_and_a_refusal_beside(teller: Teller) -> None:
    base: dict[str, Any] = {"lines": RENT, "from": "2026-12-01", "period": "week"}
    teller.do("recurring.create", customer="C001", **base, count=3)
    teller.do("recurring.create", customer="C002", **base, until="2026-12-08")
    assert teller.refused("recurring.create", customer="C001", **base, until="2026-11-30") == "date_order"
    assert teller.refused("recurring.create", customer="C001", **base, every=0) == "out_of_range"
    assert teller.refused("recurring.run", until="2028-02-01") == "out_of_range"
    assert teller.refused("recurring.run", recurring="R9") == "not_found"
    teller.do("customer.deactivate", customer="C002")
    teller.do("recurring.update", recurring="R0002", mode="issue")
    told = teller.do("recurring.run")
    assert [one["date"] for one in told["made"]] == ["2026-12-01", "2026-12-08", "2026-12-15"]
    assert [(one["recurring"], one["code"]) for one in told["problems"]] == [("R0002", "inactive")]
    assert [row[0] for row in teller.listed("drafts", "date")] == ["2026-12-15", "2026-12-08", "2026-12-01"]
    teller.do("customer.activate", customer="C002")
    assert [one["date"] for one in teller.do("recurring.run")["made"]] == ["2026-12-01", "2026-12-08"]
    assert teller.listed("recurring", "next", "done") == [(None, 3), (None, 2)]


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.sampled_from(["month", "week"]),
    st.integers(1, 24),
    st.integers(0, 200),
)
def test_dates_rise_and_keep_their_day(first: date, unit: str, every: int, index: int) -> None:
    here, following = (recurring.nth_date(first, unit, every, n) for n in (index, index + 1))
    assert following > here >= first
    if unit == "week":
        assert here.weekday() == first.weekday()
    else:
        is_last = (here + timedelta(days=1)).month != here.month
        assert here.day == first.day or (here.day < first.day and is_last)


def _fill(teller: Teller) -> str:
    """A month with a bit of everything; gives a free payment."""
    a = teller.invoice("2026-05-05", "100.00")
    teller.invoice("2026-06-05", "1000.00")
    b = teller.invoice("2026-06-06", "300.00", "C002")
    pay = teller.pay("2026-06-10", "150.00", [{"invoice": a, "amount": "100.00"}], fee="1.00")["number"]
    teller.pay("2026-06-11", "98.00", [{"invoice": b, "amount": "100.00"}], customer="C002", discount="2.00")
    teller.do("writeoff.record", invoice=b, amount="50.00", date="2026-06-20", ground="death", **WHY)
    teller.do("refund.record", payment=pay, amount="20.00", date="2026-06-21", method="bank", **WHY)
    void = teller.invoice("2026-06-22", "7.00")
    teller.do("invoice.void", invoice=void, date="2026-06-23", **WHY)
    teller.do("deposit.receive", customer="C002", date="2026-06-24", amount="500.00", method="cash")
    teller.do(
        "deposit.keep",
        deposit="DP-2026-0001",
        amount="60.00",
        date="2026-06-25",
        keep_for="invoice",
        invoice=b,
        **WHY,
    )
    teller.do("transfer.record", payment=pay, customer="C003", amount="10.00", date="2026-06-26")
    return pay


def test_a_month_is_closed(teller: Teller) -> None:
    _fill(teller)
    teller.do("invoice.draft", customer="C001", date="2026-06-30", lines=RENT)
    teller.do("recurring.create", **{"customer": "C001", "lines": RENT, "from": "2026-06-30"})
    with teller.book.read() as connection:
        items = closing.checklist(connection, date(2026, 6, 30), path=teller.book.path)
        for item in items:  # the numbers are those of the rows
            if item.kind:
                query = lists.Query(item.kind, filter=item.filter)
                assert len(lists.ids(connection, query)) == item.count
    assert {item.code: (item.count, dict(item.minors)) for item in items} == {
        "drafts": (1, {"CNY": 100_00}),
        "recurring": (1, {"CNY": 100_00}),
        "number_gaps": (0, {}),
        "check": (0, {}),
        "unallocated": (2, {"CNY": -30_00}),
        "backup": (1, {}),
    }
    close = {"until": "2026-06-30"}
    assert teller.refused("period.close", **close) == "in_use"
    assert teller.refused("period.close", **close, accepted=["drafts"]) == "in_use"
    assert teller.refused("period.close", **close, accepted=["everything"]) == "invalid_choice"
    assert teller.refused("period.close", until="2028-02-01") == "out_of_range"
    teller.do("period.close", until="2026-05-31")
    told = teller.do("period.close", **close, accepted=["drafts", "recurring"])
    assert told["totals"] == {
        "CNY": {
            "opening": "100.00",
            "brought": "0.00",
            "billed": "1300.00",
            "received": "-248.00",
            "discounts": "-2.00",
            "credited": "0.00",
            "written_off": "-50.00",
            "refunded": "20.00",
            "deposits_applied": "-60.00",
            "closing": "1060.00",
        }
    }
    reported = sum(int(teller.owes("2026-06-30", code).replace(".", "")) for code in ("C001", "C002", "C003"))
    assert reported == 1060_00
    assert (
        teller.refused("payment.record", customer="C001", amount="1.00", date="2026-06-30") == "period_locked"
    )
    assert teller.refused("period.close", **close) == "date_order"
    assert teller.refused("period.reopen", until="2026-05-31", **WHY) == "not_found"
    with teller.book.read() as connection:
        kept = closing.load(connection)
    assert (kept.start, kept.until, kept.totals, kept.is_standing) == (
        date(2026, 6, 1),
        date(2026, 6, 30),
        told["totals"],
        True,
    )
    teller.do("period.reopen", until="2026-06-30", reason="forgotten invoice")
    assert teller.refused("invoice.issue", customer="C001", date="2026-05-31", lines=RENT) == "period_locked"
    teller.invoice("2026-06-30", "1.00")
    assert teller.listed("closings", "until", "kind", "reason") == [
        ("2026-06-30", "reopen", "forgotten invoice"),
        ("2026-06-30", "close", ""),
        ("2026-05-31", "close", ""),
    ]
    assert (
        teller.do("period.close", **close, accepted=["drafts", "recurring"])["totals"]["CNY"]["closing"]
        == "1061.00"
    )
    teller.do("period.reopen", until="2026-06-30", **WHY)
    teller.do("period.reopen", until="2026-05-31", **WHY)
    assert teller.refused("period.reopen", until="2026-05-31", **WHY) == "not_found"
    teller.invoice("2026-01-01", "1.00")


def test_a_closing_sees_what_the_same_transaction_wrote(teller: Teller, tmp_path: Path) -> None:
    """`apply --atomic`: nothing is saved yet, and the closing counts and keeps it all the same."""
    draft: list[dict[str, Any]] = [
        {"do": "invoice.draft", "customer": "C001", "date": "2026-06-30", "lines": RENT}
    ]
    entries: list[dict[str, Any]] = [
        {"do": "invoice.issue", "customer": "C001", "date": "2026-06-10", "lines": RENT},
        {"do": "payment.record", "customer": "C001", "date": "2026-06-12", "amount": "130.00"},
        {"do": "period.close", "until": "2026-06-30"},
    ]

    def apply(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        (tmp_path / "lines").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
        out = io.StringIO()
        Run(teller.book, "teller", out).atomic(read_lines(str(tmp_path / "lines")))
        return [json.loads(line) for line in out.getvalue().splitlines()]

    assert apply([*draft, *entries])[-1]["error"]["code"] == "in_use"
    told = apply(entries)[-1]["result"]
    assert {item["code"]: item["count"] for item in told["checklist"]} == {
        "drafts": 0,
        "recurring": 0,
        "number_gaps": 0,
        "check": 0,
        "unallocated": 1,
        "backup": 1,
    }
    kept = told["totals"]["CNY"]
    assert (kept["billed"], kept["received"], kept["closing"]) == ("100.00", "-130.00", "-30.00")


def test_a_closing_looks_for_faults_in_what_is_not_saved_yet(teller: Teller) -> None:
    teller.invoice("2026-06-10", "100.00")
    with teller.book.write("teller") as unit:
        unit.execute(update(open_item).values(open_minor=1))  # a fault that only this transaction sees
        unit.changes.everything.add("invoice")
        with pytest.raises(Conflict, match=r"ledger|账"):
            use_cases.perform(unit, "period.close", {"until": "2026-06-30"})


def test_a_lock_without_a_closing_is_taken_back_with_a_reason(teller: Teller) -> None:
    """A lock set ahead of today shuts the book until somebody opens it; what lay before it stays as it was."""
    assert teller.refused("period.reopen", until="2026-01-31", **WHY) == "not_found"
    teller.do("period.lock", until="2026-01-31")
    teller.do("period.close", until="2026-03-31")
    teller.do("period.lock", until="2026-12-31")
    assert (
        teller.refused("payment.record", customer="C001", amount="1.00", date="2026-07-01") == "period_locked"
    )
    assert teller.refused("period.reopen", until="2026-12-31") == "required"
    # the lock set after the closing does not go with it, without a word
    assert teller.refused("period.reopen", until="2026-03-31", **WHY) == "not_found"
    assert teller.do("period.reopen", until="2026-12-31", reason="a wrong month") == {"until": "2026-03-31"}
    teller.do("payment.record", customer="C001", amount="1.00", date="2026-07-01")
    assert (
        teller.refused("payment.record", customer="C001", amount="1.00", date="2026-03-31") == "period_locked"
    )
    teller.do("period.lock", until="2026-03-31")  # it stands there already: nothing to take back twice
    assert teller.do("period.reopen", until="2026-03-31", **WHY) == {"until": "2026-01-31"}
    assert teller.do("period.reopen", until="2026-01-31", **WHY) == {"until": None}
    assert teller.listed("closings", "until", "kind", "reason") == [
        ("2026-01-31", "reopen", "mistake"),
        ("2026-03-31", "reopen", "mistake"),
        ("2026-12-31", "reopen", "a wrong month"),
        ("2026-12-31", "lock", ""),
        ("2026-03-31", "close", ""),
        ("2026-01-31", "lock", ""),
    ]


def test_the_closing_sheet_groups_thousands(teller: Teller) -> None:
    import pypdfium2

    from crmdesk.services import papers
    from crmdesk.services.documents import closing_sheet

    teller.do("payment.record", customer="C001", amount="1234567.00", date="2026-06-10")
    teller.do("period.close", until="2026-06-30")
    with teller.book.read() as connection:
        sheet = closing_sheet.render(closing.load(connection), papers.company_of(connection), "en")
    with pypdfium2.PdfDocument(sheet) as document:
        text = document[0].get_textpage().get_text_range()
    assert "-1,234,567.00" in text, "received, among the figures"
    assert "CNY -1,234,567.00" in text, "not used up, in the checklist"


def test_locking_today_is_said_before(teller: Teller) -> None:
    from crmdesk.models import clock
    from crmdesk.services import periods

    today = clock.today()
    assert periods.ahead_words(today - timedelta(days=1)) == ""
    assert today.isoformat() in periods.ahead_words(today)


def test_a_backup_is_seen(teller: Teller) -> None:
    from crmdesk.services import backups_kept

    backups_kept.run_automatic(teller.book)
    with teller.book.read() as connection:
        found = {
            item.code: item.count
            for item in closing.checklist(connection, date(2026, 6, 30), path=teller.book.path)
        }
    assert found["backup"] == 0


def test_the_head_of_the_chain_is_that_of_the_entry_before(teller: Teller) -> None:
    from sqlalchemy import select

    from crmdesk.models.tables.audit import audit_entry

    with teller.book.read() as connection:
        head = connection.execute(
            select(audit_entry.c.hash).order_by(audit_entry.c.id.desc()).limit(1)
        ).scalar_one()
    teller.do("period.close", until="2026-06-30")
    with teller.book.read() as connection:
        assert closing.load(connection, date(2026, 6, 30)).head == bytes(head).hex()


@pytest.mark.parametrize("is_summed", [False, True])
def test_vouchers_are_the_ledger(teller: Teller, is_summed: bool) -> None:
    _fill(teller)
    teller.do("account.code_set", role="receivable", code="112201", name="应收账款-客户")
    teller.do("account.code_set", account="BANK", code="100201", name="工商银行")
    assert teller.refused("account.code_set", code="1") == "required"
    assert teller.refused("account.code_set", role="nothing", code="1") == "not_found"
    with teller.book.read() as connection:
        found = list(vouchers.lines(connection, date(2026, 6, 1), date(2026, 6, 30), is_summed=is_summed))
        every = list(vouchers.lines(connection, None, date(2026, 12, 31), is_summed=is_summed))
    by_voucher: dict[int, int] = defaultdict(int)
    for line in found:
        assert (line.debit_minor == 0) != (line.credit_minor == 0)
        by_voucher[line.number] += line.debit_minor - line.credit_minor
    assert list(by_voucher) == list(range(1, len(by_voucher) + 1))
    assert set(by_voucher.values()) == {0}
    assert next(line.number for line in every if line.dated_on.month == 5) == 1
    trial = teller.report("trial-balance", date_from=date(2026, 6, 1), date_to=date(2026, 6, 30))
    assert (trial.totals["CNY"]["debit"], trial.totals["CNY"]["credit"]) == (
        sum(line.debit_minor for line in found),
        sum(line.credit_minor for line in found),
    )
    own = {line.code for line in found}
    assert {"112201", "100201", "2203", "2241"} <= own
    assert {"1122", "1002"}.isdisjoint(own)
    assert all(bool(line.customer) == (line.code in ("112201", "2203", "2241")) for line in found)


def test_a_missing_number_is_found(teller: Teller) -> None:
    from sqlalchemy import update

    from crmdesk.models.tables.settings import series
    from crmdesk.services import check_numbers

    teller.invoice("2026-01-05", "1.00")
    teller.invoice("2026-01-05", "1.00", number="INV-2026-00A2")  # no number of the series
    with teller.book.write() as unit:  # never finished, so nothing of it is kept
        assert check_numbers.gaps(unit.connection) == []
        unit.connection.execute(update(series).where(series.c.kind == "invoice").values(last=2))
        assert check_numbers.gaps(unit.connection) == [("invoice", 2026, 2)]
