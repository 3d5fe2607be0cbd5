"""Settlement discount terms (现金折扣, “2/10 n/30”): offered, taken, too late, taken back, and the tax question."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.cli.main import main
from crmdesk.models import discount_terms
from crmdesk.services import document_facts, matching, papers, payment_plan, proposed_document, use_cases
from crmdesk.services.documents import model
from tests.scenarios.conftest import a_shop
from tests.scenarios.telling import Teller

TERMS = {"discount_terms": "2/10 net 30"}


def bill(teller: Teller, on: str = "2026-03-01", price: str = "1000.00", **more: Any) -> dict[str, Any]:
    """1,000.00 and 13 % tax, due by the net days of 2/10 net 30."""
    line = {"description": "Paint", "quantity": "1", "unit_price": price, "tax_rate": "0.13"}
    given = {"customer": "C001", "date": on, "lines": [line]}
    return teller.do("invoice.issue", **(given | TERMS | more))


@pytest.fixture
def abroad(memory_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Teller]:
    """A book of a country whose template corrects the tax."""
    with a_shop(memory_folder, monkeypatch, "DE") as found:
        yield found


def test_paid_on_the_tenth_day(teller: Teller) -> None:
    told = bill(teller)
    assert (told["total"], told["due"]) == ("1130.00", "2026-03-31")
    paid = teller.pay("2026-03-11", "1107.40", "exact", take_discount=True)
    assert (paid["allocated"], paid["credit"], paid["discount"]) == ("1130.00", "0.00", "22.60")
    assert paid["allocations"] == [
        {"invoice": told["number"], "amount": "1130.00", "discount": "22.60", "open": "0.00"}
    ]
    assert teller.lines("2026-03-31") == [
        ("03-01", "invoice", "1130.00", "1130.00"),
        ("03-11", "payment", "-1107.40", "22.60"),
        ("03-11", "discount", "-22.60", "0.00"),
    ]
    # in China all of it is finance cost, and the tax stays
    assert [teller.account(role) for role in ("bank", "finance_cost", "tax", "revenue", "receivable")] == [
        "1107.40",
        "22.60",
        "-130.00",
        "-1000.00",
        "0.00",
    ]
    assert teller.report("sales", by="tax_rate").rows[0][-2:] == (13000, 113000)


def test_paid_on_the_eleventh_day(teller: Teller) -> None:
    number = bill(teller)["number"]
    assert (
        teller.refused(
            "payment.record",
            customer="C001",
            date="2026-03-12",
            amount="1107.40",
            allocate="exact",
            take_discount=True,
        )
        == "no_match"
    )
    outcome = use_cases.run_outcome(
        teller.book,
        "payment.record",
        {
            "customer": "C001",
            "date": "2026-03-12",
            "amount": "1107.40",
            "allocate": "oldest",
            "take_discount": True,
        },
    )
    paid = outcome.result
    assert (paid["discount"], paid["allocations"][0]["open"]) == ("0.00", "22.60")
    assert [one["code"] for one in outcome.warnings] == ["discount_late"]
    assert "2026-03-11" in outcome.warnings[0]["message"]
    assert "(days too late: 1)" in outcome.warnings[0]["message"]
    # it may still be granted, with a reason
    teller.do("payment.release", payment=paid["number"], invoice=number, date="2026-03-12")
    told = teller.do(
        "payment.allocate",
        payment=paid["number"],
        invoice=number,
        amount="1130.00",
        date="2026-03-12",
        take_discount=True,
        late_discount="a good customer",
    )
    assert (told["discount"], told["open"], told["credit"]) == ("22.60", "0.00", "0.00")
    assert teller.owes("2026-03-12") == "0.00"


def test_two_invoices_paid_with_one_payment(teller: Teller) -> None:
    bill(teller)
    bill(teller, "2026-03-05", "500.00", discount_terms="3/5 1/20 n/30")
    bill(teller, "2026-03-05", "100.00", discount_terms="none")
    # 1,130.00 − 22.60, 565.00 − 5.65 (the first step is over), 113.00
    paid = teller.pay("2026-03-11", "1666.75", "exact", take_discount=True)
    assert [row.get("discount") for row in paid["allocations"]] == ["22.60", "5.65"]
    assert (paid["discount"], paid["credit"], teller.owes("2026-03-11")) == ("28.25", "0.00", "113.00")
    back = teller.do("payment.reverse", payment=paid["number"], date="2026-03-20", reason="bounced")
    assert sorted(row["amount"] for row in back["released"]) == ["1107.40", "559.35"]
    assert teller.owes("2026-03-20") == "1808.00"
    assert [teller.account(role) for role in ("bank", "finance_cost", "customer_credit")] == ["0.00"] * 3
    assert teller.lines("2026-03-31")[-3:] == [
        ("03-20", "discount", "22.60", "135.60"),
        ("03-20", "discount", "5.65", "141.25"),
        ("03-20", "payment_reversal", "1666.75", "1808.00"),
    ]


def test_a_part_earns_its_part_and_all_parts_the_whole(teller: Teller) -> None:
    number = bill(teller, price="0.90")["number"]  # 1.02: its discount is 0.02
    opened, given = 102, 0
    for day in ("03", "04", "05"):
        told = teller.pay(f"2026-03-{day}", "0.33", "oldest", take_discount=True)
        given += int(told["discount"][-2:])
        opened -= 33 + int(told["discount"][-2:])
        assert teller.open("2026-03-05").get(number, "0.00") == f"0.{opened:02d}"
    told = teller.pay("2026-03-06", "0.01", "oldest", take_discount=True)
    assert (given + int(told["discount"][-2:]), teller.owes("2026-03-06")) == (2, "0.00")


def test_the_tax_is_corrected_abroad(abroad: Teller) -> None:
    bill(abroad)
    paid = abroad.pay("2026-03-11", "1107.40", "auto", take_discount=True)
    assert paid["discount"] == "22.60"
    # 20.00 of the sales and 2.60 of the tax
    assert [abroad.account(role) for role in ("revenue", "tax", "finance_cost", "receivable")] == [
        "-980.00",
        "-127.40",
        "0.00",
        "0.00",
    ]
    (row,) = abroad.report("sales", by="tax_rate").rows
    assert row[-3:] == (98000, 12740, 110740)
    abroad.do("payment.release", payment=paid["number"], invoice="INV-2026-0001", date="2026-03-15")
    assert (abroad.account("revenue"), abroad.account("tax")) == ("-1000.00", "-130.00")
    assert (abroad.owes("2026-03-15"), abroad.open("2026-03-15")["INV-2026-0001"]) == ("22.60", "1130.00")
    (row,) = abroad.report("sales", by="tax_rate").rows
    # taken and taken back in the days of one row: neither is counted
    assert row[-3:] == (100000, 13000, 113000)


def test_rates_and_a_return_share_what_is_taken(abroad: Teller) -> None:
    rates = (("700.00", "0.13"), ("300.00", "0.06"), ("100.00", "0"))
    lines: list[dict[str, Any]] = [
        {"description": rate, "quantity": "1", "unit_price": price, "tax_rate": rate} for price, rate in rates
    ]
    back = {"unit_price": "-100.00", "tax_rate": "0.13", "kind": "return"}
    lines.append({"description": "back", "quantity": "1"} | back)
    abroad.do("invoice.issue", customer="C001", date="2026-03-01", lines=lines, discount_terms="2/10")
    # 600.00 + 78.00, 300.00 + 18.00, 100.00: 1,096.00, of which 2 % are 21.92 = 13.56 + 6.36 + 2.00
    paid = abroad.pay("2026-03-02", "1074.08", "exact", take_discount=True)
    assert paid["discount"] == "21.92"
    assert (abroad.account("revenue"), abroad.account("tax")) == ("-980.00", "-94.08")


def test_what_is_refused_leaves_nothing(teller: Teller) -> None:
    for terms, code in (
        ("2/10 3/20", "out_of_range"),
        ("2/10 2/10", "invalid_choice"),
        ("soon", "invalid_choice"),
        ("0/10", "invalid_choice"),
        ("2/10 n/5", "out_of_range"),
        ("2/9999", "out_of_range"),
    ):
        assert teller.refused("customer.update", customer="C001", discount_terms=terms) == code
    bill(teller)
    given: dict[str, Any] = {
        "customer": "C001",
        "date": "2026-03-02",
        "amount": "1107.40",
        "take_discount": True,
    }
    assert teller.refused("payment.record", **given, discount="1.00") == "invalid_choice"
    assert (
        teller.refused("payment.record", **(given | {"take_discount": False}), late_discount="x")
        == "invalid_choice"
    )
    parts = [
        {"invoice": "INV-2026-0001", "amount": "1130.00"},
        {"invoice": "INV-2026-0001", "amount": "0.01"},
    ]
    assert teller.refused("payment.record", **given, allocate=parts) == "over_allocated"
    paid = teller.pay("2026-03-05", "1107.40", parts[:1], take_discount=True)["number"]
    assert (
        teller.refused("invoice.void", invoice="INV-2026-0001", date="2026-04-01", reason="x")
        == "is_allocated"
    )
    assert (
        teller.refused("refund.record", payment=paid, amount="0.01", method="bank", reason="x")
        == "over_refunded"
    )


def test_terms_come_from_the_customer_and_the_contract(teller: Teller) -> None:
    teller.do("customer.update", customer="C001", discount_terms=" ２％／10、1/20， net 30 ")
    line = {"description": "Paint", "quantity": "1", "unit_price": "1000.00", "tax_rate": "0"}
    told = teller.do("invoice.issue", customer="C001", date="2026-01-01", lines=[line])
    assert told["due"] == "2026-01-31"
    paid = teller.pay("2026-01-15", "990.00", "exact", take_discount=True)
    assert paid["discount"] == "10.00"
    quote = teller.do("quote.create", customer="C001", date="2026-02-01", lines=[line], discount_terms="5/5")[
        "number"
    ]
    teller.do("quote.send", quote=quote, date="2026-02-01")
    teller.do("quote.accept", quote=quote, date="2026-02-01")
    contract = teller.do("contract.create", quote=quote, date="2026-02-01")["number"]
    teller.do("contract.sign", contract=contract, date="2026-02-01")
    teller.do("contract.bill", contract=contract, date="2026-02-02")
    told = teller.pay("2026-02-07", "950.00", contract=contract, allocate="oldest", take_discount=True)
    assert (told["discount"], told["credit"]) == ("50.00", "0.00")


def test_in_a_foreign_currency_the_share_of_the_invoice_goes(teller: Teller) -> None:
    teller.do("customer.create", code="U", name="Abroad", currency="USD")
    bill(teller, customer="U", rate="7")
    paid = teller.pay("2026-03-11", "1107.40", "exact", customer="U", rate="7.1", take_discount=True)
    assert (paid["discount"], paid["exchange_difference"]) == ("22.60", "110.74")
    teller.do(
        "payment.release", payment=paid["number"], invoice="INV-2026-0001", amount="100.00", date="2026-03-12"
    )
    assert teller.open("2026-03-12", "U") == {"INV-2026-0001": "122.60", "RC-2026-0001": "-100.00"}
    # not yet rated: the same, and a rate that comes late values it
    bill(teller, "2026-04-01", customer="U")
    parts = [{"invoice": "INV-2026-0002", "amount": "1130.00"}]
    teller.pay("2026-04-02", "1107.40", parts, customer="U", take_discount=True)
    teller.do("rate.adopt", currency="USD", rate="7")


def test_the_export_balances_and_the_accounts_are_told(teller: Teller, tmp_path: Path) -> None:
    bill(teller)
    paid = teller.pay("2026-03-11", "1107.40", "exact", take_discount=True)["number"]
    assert teller.listed("invoices", "number", "open", "state") == [("INV-2026-0001", "0.00", "paid")]
    with teller.book.read() as connection:
        from crmdesk.services import closing

        figures = closing.totals(connection, None, date(2026, 12, 31))["CNY"]
    assert (figures["received"], figures["discounts"], figures["closing"]) == (-110740, -2260, 0)
    lines = [{"description": "Paint", "quantity": "1", "unit_price": "900.00", "tax_rate": "0.13"}]
    anew = {"invoice": "INV-2026-0001", "date": "2026-04-01", "reason": "x", "lines": lines}
    assert teller.refused("invoice.reissue", **anew) == "is_allocated"
    # all of the release goes back to the day before: only the money is free
    told = teller.do("payment.release", payment=paid, invoice="INV-2026-0001", date="2026-03-20")
    assert (told["discount"], told["open"], told["credit"]) == ("22.60", "1130.00", "1107.40")
    assert teller.account("finance_cost") == "0.00"
    for format_ in ("beancount", "hledger"):
        target = tmp_path / format_
        assert main(["export", str(teller.book.path), "--format", format_, "--out", str(target)]) == 0
        assert target.read_text(encoding="utf-8").count("22.60") == 4  # taken and taken back, two legs each


def test_what_a_payment_earned_is_listed_printed_and_taken_back_there(teller: Teller) -> None:
    """1,130.00 by 1,107.40: receipt, list and facts say 22.60, until what the payment settles is released."""
    number = bill(teller)["number"]
    paid = teller.pay("2026-03-11", "1200.00", "oldest", take_discount=True)["number"]
    with teller.book.read() as connection:
        paper = papers.receipt(connection, paid)
        own = document_facts.load(connection, document_facts.find(connection, "payment", paid) or 0)
        other = document_facts.load(connection, document_facts.find(connection, "invoice", number) or 0)
        home = document_facts.home_of(connection, "discount", "SD-2026-0001")
    assert [(one.number, one.amount_minor, one.open_minor) for one in paper.settled] == [(number, 113000, 0)]
    assert (paper.amount_minor, paper.discount_minor, paper.credit_minor) == (120000, 2260, 9260)
    # what it settles less the discount, and what is kept, is what was received
    assert (
        sum(one.amount_minor for one in paper.settled) + paper.credit_minor - paper.discount_minor == 120000
    )
    assert [(one.number, one.of, one.amount_minor) for one in own.followers] == [
        ("SD-2026-0001", number, 2260)
    ]
    assert [(one.number, one.of) for one in other.links] == [(paid, ""), ("SD-2026-0001", paid)]
    assert home == ("payment", own.document_id)
    columns = ("number", "payment", "invoice", "amount", "state")
    assert teller.listed("discounts", *columns) == [("SD-2026-0001", paid, number, "22.60", "posted")]
    teller.do("payment.release", payment=paid, invoice=number, amount="100.00", date="2026-03-20")
    with teller.book.read() as connection:
        paper = papers.receipt(connection, paid)
        own = document_facts.load(connection, own.document_id)
    assert (paper.discount_minor, paper.credit_minor, own.followers) == (0, 19260, ())
    assert [(one.amount_minor, one.open_minor) for one in paper.settled] == [(100740, 12260)]
    assert sorted(teller.listed("discounts", *columns)) == [
        ("SD-2026-0001", paid, number, "-22.60", "reversed"),
        ("SD-2026-0001", paid, number, "22.60", "reversed"),
    ]


def _offers(teller: Teller, number: str) -> list[tuple[str, int]]:
    with teller.book.read() as connection:
        paper = papers.invoice(connection, number)
    return [(one.last_on.isoformat(), one.amount_minor) for one in paper.discounts]


def test_the_invoice_on_paper_offers_what_may_still_be_kept(teller: Teller) -> None:
    """Of what is open, as F6 would take it; a paid invoice offers nothing and says what was money and what was not."""
    number = bill(teller, discount_terms="2/10 1/20 n/30")["number"]
    assert _offers(teller, number) == [("2026-03-11", 2260), ("2026-03-21", 1130)]
    part = teller.pay("2026-03-05", "500.00", "oldest", take_discount=True)
    left = Decimal("1130.00") - Decimal("500.00") - Decimal(part["discount"])
    two, one = _offers(teller, number)
    assert (two[1], one[1]) == (round(left * 2), round(left * 1))
    rest = teller.pay("2026-03-11", str(left - Decimal(two[1]) / 100), "exact", take_discount=True)
    assert rest["discount"] == f"{Decimal(two[1]) / 100:.2f}"
    assert _offers(teller, number) == []
    with teller.book.read() as connection:
        paper = papers.invoice(connection, number)
    assert (paper.paid_minor, paper.discount_taken_minor, paper.open_minor) == (113000, 2260, 0)
    teller.do("payment.reverse", payment=rest["number"], date="2026-03-12", reason="bounced")
    with teller.book.read() as connection:
        paper = papers.invoice(connection, number)
    assert paper.discount_taken_minor == round(Decimal(part["discount"]) * 100)


def test_the_draft_on_paper_offers_what_the_invoice_will(teller: Teller) -> None:
    line = {
        "description": "Paint",
        "quantity": Decimal(1),
        "unit_price": Decimal(1000),
        "tax_rate": Decimal("0.13"),
    }
    values = {"customer": "C001", "date": date(2026, 3, 1), "lines": [line]}
    shown: dict[str, list[tuple[str, int]]] = {}
    for typed in ("2/10 net 30", "2/", "none"):
        with teller.book.read() as connection:
            paper = proposed_document.document_of(connection, values | {"discount_terms": typed})
        assert isinstance(paper, model.InvoiceDoc)
        shown[typed] = [(one.last_on.isoformat(), one.amount_minor) for one in paper.discounts]
    assert shown == {"2/10 net 30": _offers(teller, bill(teller)["number"]), "2/": [], "none": []}
    assert shown["2/10 net 30"] == [("2026-03-11", 2260)]


@pytest.mark.parametrize("way", ["teller", "abroad"])
def test_other_programs_accept_discounts_of_both_ways(
    way: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Taken, taken late, taken back, and in a foreign currency: the entries balance, and so does each customer."""
    told: Teller = request.getfixturevalue(way)
    bill(told)
    bill(told, "2026-03-05", "500.00", discount_terms="3/5 1/20 n/30")
    told.pay("2026-03-11", "1666.75", "oldest", take_discount=True)
    bill(told, "2026-04-01", "300.00", customer="C002")
    late = told.pay(
        "2026-04-20", "332.22", "oldest", customer="C002", take_discount=True, late_discount="a good customer"
    )
    assert late["discount"] == "6.78"
    told.do("payment.release", payment=late["number"], invoice="INV-2026-0003", date="2026-04-21")
    told.do("customer.create", code="U", name="Abroad", currency="USD")
    bill(told, "2026-05-01", customer="U", rate="7")
    told.pay("2026-05-03", "1107.40", "exact", customer="U", rate="7.1", take_discount=True)
    beans, journal = tmp_path / "book.beancount", tmp_path / "book.journal"
    for format_, target in (("beancount", beans), ("hledger", journal)):
        assert main(["export", str(told.book.path), "--format", format_, "--out", str(target)]) == 0
    loader = pytest.importorskip("beancount.loader")
    entries, errors, _options = loader.load_file(str(beans))
    assert errors == []
    owed: dict[str, Decimal] = {}
    for entry in entries:
        for leg in getattr(entry, "postings", ()):
            if leg.account.startswith(("Assets:Receivable", "Liabilities:CustomerCredit")):
                code = f"{leg.account.rpartition(':')[2]} {leg.units.currency}"
                owed[code] = owed.get(code, Decimal(0)) + leg.units.number
    with told.book.read() as connection:
        effects = connection.exec_driver_sql(
            "SELECT customer_id, currency, sum(effect_minor) FROM document GROUP BY 1, 2"
        ).all()
    wanted = {f"C{customer} {currency}": Decimal(minor).scaleb(-2) for customer, currency, minor in effects}
    assert {code: amount for code, amount in owed.items() if amount} == {
        code: amount for code, amount in wanted.items() if amount
    }
    if shutil.which("hledger"):
        done = subprocess.run(
            ["hledger", "-f", str(journal), "check"], capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


@given(
    opened=st.integers(2, 10**9),
    percent=st.integers(1, 999_999),
    cuts=st.lists(st.integers(1, 10**9), max_size=6),
)
def test_parts_of_a_discount_are_the_whole(opened: int, percent: int, cuts: list[int]) -> None:
    """However an invoice is paid in parts, they earn exactly what one payment would; money never settles too little."""
    rate = Decimal(percent).scaleb(-6)
    left, taken = opened, 0
    for cash in cuts:
        settled = discount_terms.settled_by(rate, left, cash)
        less = discount_terms.part_minor(rate, left, settled)
        assert 0 <= less <= settled <= left
        assert settled - less <= cash
        assert settled == left or settled - less == cash
        taken, left = taken + less, left - settled
    assert taken + discount_terms.part_minor(rate, left, left) == discount_terms.whole_minor(rate, opened)


@given(
    rooms=st.lists(st.integers(1, 5000), min_size=1, max_size=6),
    rates=st.lists(
        st.sampled_from([None, Decimal("0.02"), Decimal("0.5"), Decimal("0.0001")]), min_size=6, max_size=6
    ),
    amount=st.integers(1, 20_000),
    mode=st.sampled_from(["oldest", "due", "auto", "exact"]),
)
def test_what_is_chosen_adds_up(
    rooms: list[int], rates: list[Decimal | None], amount: int, mode: str
) -> None:
    day = date(2026, 1, 1)
    items = [
        payment_plan.OpenDocument(n, "invoice", str(n), "", day, None, room, room, 0)
        for n, room in enumerate(rooms)
    ]
    choice, parts = matching.choose_less(items, rooms, rates[: len(rooms)], amount, mode)
    paid = sum(part.paid_minor for part in parts)
    assert paid <= amount
    assert all(0 < part.settled_minor <= rooms[part.index] for part in parts)
    if choice.is_exact:
        assert paid == amount
    if choice.way in (matching.Way.OLDEST, matching.Way.DUE) and paid < amount:
        assert all(part.settled_minor == rooms[part.index] for part in parts)
    for part in parts:
        rate = rates[part.index]
        most = 0 if rate is None else discount_terms.whole_minor(rate, rooms[part.index])
        assert 0 <= part.discount_minor <= most
