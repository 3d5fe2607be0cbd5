"""Stories of a shop, the figures after each step worked out by hand: no model and no generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check, statements, use_cases
from crmdesk.services.book import Book
from tests.scenarios.agreement import report_of

CUSTOMER = "C001"


class Story:
    """A book, and the questions an accountant asks of it."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.do("customer.create", code=CUSTOMER, name="上海鼎晟贸易有限公司")

    def do(self, name: str, /, **args: Any) -> dict[str, Any]:
        return use_cases.run(self.book, name, args, actor="teller")

    def refused(self, name: str, /, **args: Any) -> str:
        with pytest.raises(CrmdeskError) as caught:
            self.do(name, **args)
        assert caught.value.message
        return str(caught.value.code)

    def invoice(self, on: str, price: str, rate: str = "0", customer: str = CUSTOMER, **more: Any) -> str:
        line = {"description": "Paint", "quantity": "1", "unit_price": price, "tax_rate": rate}
        return self.do("invoice.issue", customer=customer, date=on, lines=[line], **more)["number"]

    def pay(self, on: str, amount: str, allocate: Any = "none", **more: Any) -> dict[str, Any]:
        return self.do(
            "payment.record",
            **{"customer": CUSTOMER, "date": on, "amount": amount, "allocate": allocate, **more},
        )

    def owes(self, at: str, customer: str = CUSTOMER) -> str:
        rows = report_of(self.book, "balances", as_of=date.fromisoformat(at))["rows"]
        return next((row["balance"] for row in rows if row["customer"] == customer), "0.00")

    def open(self, at: str) -> dict[str, str]:
        """Open amounts (free ones negative) by number."""
        told = statements.as_json(
            self.book, CUSTOMER, date_from=None, date_to=date.fromisoformat(at), style="open-item"
        )
        return {line["number"]: line["open"] for one in told for line in one["lines"]}

    def statement(self, start: str | None, end: str, style: str = "balance-forward") -> dict[str, Any]:
        (told,) = statements.as_json(
            self.book,
            CUSTOMER,
            style=style,
            date_to=date.fromisoformat(end),
            date_from=date.fromisoformat(start) if start else None,
        )
        return told

    def lines(self, start: str | None, end: str) -> list[tuple[str, str, str, str]]:
        return [
            (
                line["date"][5:],
                line["kind"],
                line["debit"] if line["debit"] != "0.00" else f"-{line['credit']}",
                line["balance"],
            )
            for line in self.statement(start, end)["lines"]
        ]

    def late(self, at: str, basis: str = "due") -> list[str]:
        """not due, 1-30, 31-60, 61-90, 91+, unallocated, total"""
        rows = report_of(
            self.book, "ageing", as_of=date.fromisoformat(at), basis=basis, buckets=(30, 60, 90)
        )["rows"]
        return [
            x for row in rows for x in (row["not_due"], *row["buckets"], row["unallocated"], row["total"])
        ]


@pytest.fixture
def tell(memory_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Story]]:
    """Makes a story; at its end the book must be clean."""
    monkeypatch.setenv("CRMDESK_TODAY", "2026-12-31")
    books: list[Book] = []

    def start(currency: str = "CNY", rounding: str = "line") -> Story:
        path = memory_folder / f"story{len(books)}.crmdesk"
        book = Book.create(
            path, name="A shop", country="CN", currency=currency, language="en", rounding=rounding
        )
        books.append(book)
        return Story(book)

    yield start
    for book in books:
        told = check.run(book)
        book.close()
        assert told["violations"] == []
        assert told["clean"]


def test_the_example_of_the_command_line(tell: Callable[..., Story]) -> None:
    story = tell()
    told = story.do(
        "invoice.issue",
        customer=CUSTOMER,
        date="2026-01-05",
        due="2026-02-04",
        lines=[
            {
                "description": "Paint",
                "quantity": "3",
                "unit_price": "100.00",
                "tax_rate": "0.13",
                "tax_included": False,
            }
        ],
    )
    assert told == {
        "number": "INV-2026-0001",
        "net": "300.00",
        "tax": "39.00",
        "total": "339.00",
        "open": "339.00",
        "due": "2026-02-04",
    }
    told = story.pay("2026-01-20", "200.00", "oldest", method="bank", reference="TX-9")
    assert told == {
        "number": "RC-2026-0001",
        "allocated": "200.00",
        "credit": "0.00",
        "allocations": [{"invoice": "INV-2026-0001", "amount": "200.00", "open": "139.00"}],
    }
    assert story.owes("2026-01-20") == "139.00"
    story.do(
        "payment.release", payment="RC-2026-0001", invoice="INV-2026-0001", amount="50.00", date="2026-01-22"
    )
    assert story.open("2026-01-21") == {"INV-2026-0001": "139.00"}
    assert story.open("2026-01-22") == {"INV-2026-0001": "189.00", "RC-2026-0001": "-50.00"}
    assert story.owes("2026-01-22") == "139.00"
    story.do("payment.reverse", payment="RC-2026-0001", date="2026-01-25", reason="bounced")
    assert story.open("2026-01-24") == {"INV-2026-0001": "189.00", "RC-2026-0001": "-50.00"}
    assert story.open("2026-01-25") == {"INV-2026-0001": "339.00"}
    assert story.lines(None, "2026-01-31") == [
        ("01-05", "invoice", "339.00", "339.00"),
        ("01-20", "payment", "-200.00", "139.00"),
        ("01-25", "payment_reversal", "200.00", "339.00"),
    ]
    assert story.late("2026-02-04") == ["339.00", "0.00", "0.00", "0.00", "0.00", "0.00", "339.00"]
    assert story.late("2026-03-06") == ["0.00", "339.00", "0.00", "0.00", "0.00", "0.00", "339.00"]
    assert story.late("2026-03-07") == ["0.00", "0.00", "339.00", "0.00", "0.00", "0.00", "339.00"]
    assert story.late("2026-01-23") == ["189.00", "0.00", "0.00", "0.00", "0.00", "-50.00", "139.00"]


@pytest.mark.parametrize(
    ("rounding", "tax", "total"), [("line", "2416.50", "14500.00"), ("document", "2416.70", "14500.20")]
)
def test_fifty_lines_of_tax(tell: Callable[..., Story], rounding: str, tax: str, total: str) -> None:
    line = {"description": "Tin", "quantity": "1", "unit_price": "241.67", "tax_rate": "0.20"}
    told = tell(rounding=rounding).do(
        "invoice.issue", customer=CUSTOMER, date="2026-01-05", lines=[line] * 50
    )
    assert (told["net"], told["tax"], told["total"]) == ("12083.50", tax, total)


@pytest.mark.parametrize("rounding", ["line", "document"])
@pytest.mark.parametrize(
    ("rate", "net", "tax"), [("0.13", "88.50", "11.50"), ("0.09", "91.74", "8.26"), ("0.01", "99.01", "0.99")]
)
def test_a_hundred_with_its_tax_in_it(
    tell: Callable[..., Story], rounding: str, rate: str, net: str, tax: str
) -> None:
    line = {
        "description": "Tin",
        "quantity": "1",
        "unit_price": "100",
        "tax_rate": rate,
        "tax_included": True,
    }
    told = tell(rounding=rounding).do("invoice.issue", customer=CUSTOMER, date="2026-01-05", lines=[line])
    assert (told["net"], told["tax"], told["total"]) == (net, tax, "100.00")


def test_discounts_and_rounding_of_one_invoice(tell: Callable[..., Story]) -> None:
    story = tell()
    told = story.do(
        "invoice.issue",
        customer=CUSTOMER,
        date="2026-01-05",
        discount={"amount": "10.00"},
        lines=[
            # 0.333333 × 300 = 99.9999 -> 100.00
            {"description": "A", "quantity": "0.333333", "unit_price": "300", "tax_rate": "0.13"},
            # 60.00 − 10.00
            {
                "description": "B",
                "quantity": "3",
                "unit_price": "20.00",
                "tax_rate": "0.06",
                "discount": {"amount": "10.00"},
            },
        ],
    )
    # 10.00 over 100.00 and 50.00: 6.67 and 3.33; 93.33 × 13 % = 12.13, 46.67 × 6 % = 2.80
    assert (told["net"], told["tax"], told["total"]) == ("140.00", "14.93", "154.93")
    half = {"description": "Half a cent", "quantity": "1", "unit_price": "0.005", "tax_rate": "0"}
    assert story.do("invoice.issue", customer=CUSTOMER, date="2026-01-05", lines=[half])["total"] == "0.01"
    tenth = {
        "description": "T",
        "quantity": "1",
        "unit_price": "33.35",
        "tax_rate": "0",
        "discount": {"rate": "0.1"},
    }  # 3.335 -> 3.34 off
    assert story.do("invoice.issue", customer=CUSTOMER, date="2026-01-05", lines=[tenth])["total"] == "30.01"
    for kind in ("exempt", "out_of_scope"):
        free = {"description": "F", "quantity": "1", "unit_price": "5.00", "tax_kind": kind}
        assert story.do("invoice.issue", customer=CUSTOMER, date="2026-01-05", lines=[free])["tax"] == "0.00"


def test_overpaid_kept_as_credit_used_and_given_back(tell: Callable[..., Story]) -> None:
    story = tell()
    first = story.invoice("2026-01-10", "80.00")
    paid = story.pay("2026-01-15", "100.00", "oldest")
    assert (paid["allocated"], paid["credit"]) == ("80.00", "20.00")
    assert story.owes("2026-01-15") == "-20.00"
    assert story.open("2026-01-15") == {"RC-2026-0001": "-20.00"}
    second = story.invoice("2026-02-01", "15.00")
    assert story.owes("2026-02-01") == "-5.00"
    assert story.refused("payment.allocate", payment="RC-2026-0001", invoice=second, amount="15.01") == (
        "over_allocated"
    )
    story.do("payment.allocate", payment="RC-2026-0001", invoice=second, amount="15.00")
    # by default dated on the later of the two documents
    assert story.open("2026-01-31") == {"RC-2026-0001": "-20.00"}
    assert story.open("2026-02-01") == {"RC-2026-0001": "-5.00"}
    assert (
        story.refused(
            "refund.record",
            payment="RC-2026-0001",
            amount="5.01",
            date="2026-02-03",
            method="cash",
            reason="too much",
        )
        == "over_refunded"
    )
    given = story.do(
        "refund.record",
        payment="RC-2026-0001",
        amount="5.00",
        date="2026-02-03",
        method="cash",
        reason="too much",
    )
    assert given["number"] == "RF-2026-0001"
    assert (story.owes("2026-02-03"), story.open("2026-02-03")) == ("0.00", {})
    assert (
        story.refused("payment.reverse", payment="RC-2026-0001", date="2026-02-05", reason="x")
        == "is_refunded"
    )
    assert story.refused("invoice.void", invoice=first, date="2026-02-05", reason="x") == "is_allocated"
    assert story.lines("2026-02-01", "2026-02-28") == [
        ("02-01", "invoice", "15.00", "-5.00"),
        ("02-03", "refund", "5.00", "0.00"),
    ]
    assert story.statement("2026-02-01", "2026-02-28")["opening"] == "-20.00"


def test_a_void_is_dated_and_keeps_its_number(tell: Callable[..., Story]) -> None:
    story = tell()
    a, b = story.invoice("2026-01-10", "80.00"), story.invoice("2026-01-10", "9.00")
    story.do("invoice.void", invoice=a, date="2026-01-20", reason="wrong customer")
    story.do("invoice.void", invoice=b, date="2026-01-10", reason="typed twice")
    assert story.refused("invoice.void", invoice=a, date="2026-01-21", reason="again") == "already_reversed"
    assert [story.owes(f"2026-01-{day}") for day in ("09", "10", "19", "20")] == [
        "0.00",
        "80.00",
        "80.00",
        "0.00",
    ]
    assert story.late("2026-01-19") == ["0.00", "80.00", "0.00", "0.00", "0.00", "0.00", "80.00"]
    assert story.late("2026-01-20") == []
    assert story.lines(None, "2026-01-31") == [
        ("01-10", "invoice", "80.00", "80.00"),
        ("01-20", "void", "-80.00", "0.00"),
    ]
    assert (
        story.refused(
            "payment.record",
            customer=CUSTOMER,
            date="2026-01-25",
            amount="1.00",
            allocate=[{"invoice": a, "amount": "1.00"}],
        )
        == "reversed"
    )
    assert story.invoice("2026-01-25", "1.00") == "INV-2026-0003"
    assert story.pay("2026-01-25", "1.00")["number"] == "RC-2026-0001"  # the refused one took no number


def test_a_bounced_payment_reopens_what_it_had_paid(tell: Callable[..., Story]) -> None:
    story = tell()
    a, b = story.invoice("2026-01-10", "80.00"), story.invoice("2026-01-12", "50.00")
    story.pay("2026-01-15", "98.00", "oldest", discount="2.00", fee="1.00")
    assert story.open("2026-01-15") == {b: "30.00"}
    assert story.owes("2026-01-15") == "30.00"
    assert (
        story.refused("payment.reverse", payment="RC-2026-0001", date="2026-01-14", reason="x")
        == "date_order"
    )
    story.do("payment.reverse", payment="RC-2026-0001", date="2026-02-15", reason="no funds")
    assert story.open("2026-02-14") == {b: "30.00"}
    assert story.open("2026-02-15") == {a: "80.00", b: "50.00"}
    assert story.lines(None, "2026-02-28")[2:] == [
        ("01-15", "payment", "-98.00", "32.00"),
        ("01-15", "discount", "-2.00", "30.00"),
        ("02-15", "payment_reversal", "98.00", "128.00"),
        ("02-15", "discount", "2.00", "130.00"),
    ]
    assert story.refused("payment.reverse", payment="RC-2026-0001", date="2026-02-16", reason="x") == (
        "already_reversed"
    )
    assert story.refused("payment.allocate", payment="RC-2026-0001", invoice=a, amount="1.00") == "reversed"


def test_given_up_and_paid_after_all(tell: Callable[..., Story]) -> None:
    story = tell()
    a = story.invoice("2026-01-10", "80.00")
    given_up = {"invoice": a, "ground": "small_difference", "reason": "rest"}
    assert story.refused("writeoff.record", amount="80.01", date="2026-03-01", **given_up) == "over_allocated"
    assert (
        story.do("writeoff.record", amount="30.00", date="2026-03-01", **given_up)["number"] == "WO-2026-0001"
    )
    assert (story.owes("2026-02-28"), story.owes("2026-03-01")) == ("80.00", "50.00")
    assert story.open("2026-03-01") == {a: "50.00"}
    story.do("writeoff.recover", writeoff="WO-2026-0001", amount="10.00", date="2026-04-01")
    assert story.owes("2026-04-01") == "50.00"
    assert story.refused("writeoff.recover", writeoff="WO-2026-0001", amount="20.01", date="2026-04-02") == (
        "over_recovered"
    )
    assert story.lines(None, "2026-04-30") == [
        ("01-10", "invoice", "80.00", "80.00"),
        ("03-01", "writeoff", "-30.00", "50.00"),
    ]


def test_a_credit_note_settles_another_invoice_without_money(tell: Callable[..., Story]) -> None:
    story = tell()
    a, b = story.invoice("2026-01-10", "100.00", "0.13"), story.invoice("2026-01-11", "50.00")
    back = {"customer": CUSTOMER, "invoice": a, "reason": "returned"}
    line = {"description": "Back", "quantity": "1", "unit_price": "60.00", "tax_rate": "0.13"}
    told = story.do("credit.issue", date="2026-01-20", lines=[line], **back)
    assert told == {"number": "CN-2026-0001", "total": "67.80", "open": "67.80"}
    assert story.owes("2026-01-20") == "95.20"
    assert story.refused("credit.issue", date="2026-01-20", lines=[line], **back) == "over_credited"
    story.do("credit.apply", credit="CN-2026-0001", invoice=b, amount="50.00", date="2026-01-21")
    assert story.open("2026-01-21") == {a: "113.00", "CN-2026-0001": "-17.80"}
    assert story.late("2026-01-21") == ["0.00", "113.00", "0.00", "0.00", "0.00", "-17.80", "95.20"]
    story.do(
        "refund.record", credit="CN-2026-0001", amount="17.80", date="2026-01-22", method="cash", reason="x"
    )
    assert (story.owes("2026-01-22"), story.open("2026-01-22")) == ("113.00", {a: "113.00"})
    assert story.refused(
        "credit.apply", credit="CN-2026-0001", invoice=a, amount="0.01", date="2026-01-23"
    ) == ("over_allocated")


def test_later_allocations_limit_earlier_dates(tell: Callable[..., Story]) -> None:
    story = tell()
    a = story.invoice("2026-01-01", "100.00")
    story.pay("2026-01-02", "150.00")
    story.do("payment.allocate", payment="RC-2026-0001", invoice=a, amount="60.00", date="2026-03-01")
    assert story.open("2026-02-28") == {a: "100.00", "RC-2026-0001": "-150.00"}
    assert (
        story.refused(
            "payment.allocate", payment="RC-2026-0001", invoice=a, amount="40.01", date="2026-02-01"
        )
        == "over_allocated"
    )
    told = story.pay("2026-02-01", "100.00", "oldest")
    assert [(x["invoice"], x["amount"]) for x in told["allocations"]] == [(a, "40.00")]
    assert story.open("2026-02-01") == {a: "60.00", "RC-2026-0001": "-150.00", "RC-2026-0002": "-60.00"}
    assert story.open("2026-03-01") == {"RC-2026-0001": "-90.00", "RC-2026-0002": "-60.00"}
    assert story.refused(
        "payment.release", payment="RC-2026-0001", invoice=a, amount="60.00", date="2026-02-28"
    ) in ("over_released", "date_order")
    assert story.refused(
        "payment.allocate", payment="RC-2026-0002", invoice=a, amount="1.00", date="2026-01-31"
    ) in ("date_order", "over_allocated")


def test_what_f6_finds(tell: Callable[..., Story]) -> None:
    story = tell()
    a, b, c, d = (
        story.invoice(f"2026-01-0{day}", amount)
        for day, amount in [(4, "10.00"), (3, "25.00"), (2, "40.00"), (1, "40.00")]
    )

    def settled(told: dict[str, Any]) -> dict[str, str]:
        return {x["invoice"]: x["amount"] for x in told["allocations"]}

    exact = {"customer": CUSTOMER, "date": "2026-01-05", "allocate": "exact"}
    assert story.refused("payment.record", amount="40.00", **exact) == "ambiguous"
    assert story.refused("payment.record", amount="41.00", **exact) == "no_match"
    assert story.refused("payment.record", amount="50.00", **exact) == "ambiguous"  # 10 + either 40
    assert settled(story.pay("2026-01-05", "35.00", "exact")) == {a: "10.00", b: "25.00"}
    assert settled(story.pay("2026-01-05", "40.00", "auto")) == {d: "40.00"}  # ambiguous, so the oldest
    assert settled(story.pay("2026-01-05", "40.00", "auto")) == {c: "40.00"}
    assert story.open("2026-01-05") == {}


def test_oldest_first_and_first_due(tell: Callable[..., Story]) -> None:
    story = tell()
    story.do("opening.record", customer=CUSTOMER, date="2026-01-01", amount="5.00", due="2025-11-01")
    a = story.invoice("2026-01-02", "50.00", due="2026-04-01")
    b = story.invoice("2026-01-02", "50.00", due="2026-02-01")
    story.invoice("2026-01-20", "50.00")
    told = story.pay("2026-01-10", "60.00", "oldest")["allocations"]
    assert [(x["invoice"], x["amount"], x["open"]) for x in told] == [
        ("OB-2026-0001", "5.00", "0.00"),
        (a, "50.00", "0.00"),
        (b, "5.00", "45.00"),
    ]
    story.do("payment.reverse", payment="RC-2026-0001", date="2026-01-10", reason="again")
    told = story.pay("2026-01-10", "60.00", "due")["allocations"]
    assert [(x["invoice"], x["amount"]) for x in told] == [
        ("OB-2026-0001", "5.00"),
        (b, "50.00"),
        (a, "5.00"),
    ]


def test_a_locked_period_stays_as_it_was(tell: Callable[..., Story]) -> None:
    story = tell()
    a = story.invoice("2026-01-10", "80.00")
    story.pay("2026-01-20", "80.00")
    before = story.statement("2026-01-01", "2026-01-31", "open-item")
    story.pay("2026-01-25", "1.00")  # entered later, dated earlier: the past changes until it is locked
    assert story.owes("2026-01-31") == "-1.00"
    assert story.refused("period.lock", until="2062-01-31") == "out_of_range", "a mistyped year"
    story.do("period.lock", until="2026-01-31")
    locked = {"date": "2026-01-31"}
    line = {"description": "x", "quantity": "1", "unit_price": "1", "tax_rate": "0"}
    for name, args in [
        ("payment.allocate", {"payment": "RC-2026-0001", "invoice": a, "amount": "1.00"}),
        ("payment.record", {"customer": CUSTOMER, "amount": "1.00", **locked}),
        ("payment.reverse", {"payment": "RC-2026-0001", "reason": "x", **locked}),
        ("invoice.issue", {"customer": CUSTOMER, "lines": [line], **locked}),
        ("invoice.void", {"invoice": a, "reason": "x", **locked}),
        ("credit.issue", {"customer": CUSTOMER, "lines": [line], "reason": "x", **locked}),
        ("opening.record", {"customer": CUSTOMER, "amount": "1.00", **locked}),
        (
            "refund.record",
            {"payment": "RC-2026-0001", "amount": "1.00", "method": "cash", "reason": "x", **locked},
        ),
        ("writeoff.record", {"invoice": a, "amount": "1.00", "ground": "other", "reason": "x", **locked}),
    ]:
        assert story.refused(name, **args) == "period_locked", name
    after = story.statement("2026-01-01", "2026-01-31", "open-item")
    assert [x["number"] for x in after["lines"]] == [x["number"] for x in before["lines"]] + ["RC-2026-0002"]
    story.do("payment.allocate", payment="RC-2026-0001", invoice=a, amount="80.00", date="2026-02-01")
    assert story.statement("2026-01-01", "2026-01-31", "open-item") == after
    assert story.open("2026-02-01") == {"RC-2026-0002": "-1.00"}


def test_drafts_and_refusals_take_no_number(tell: Callable[..., Story]) -> None:
    story = tell()
    line = {"description": "x", "quantity": "1", "unit_price": "7.00", "tax_rate": "0"}
    drafts = [
        story.do("invoice.draft", customer=CUSTOMER, date="2026-01-03", lines=[line])["draft"]
        for _ in range(3)
    ]
    assert story.owes("2026-12-31") == "0.00"
    assert story.invoice("2026-01-02", "1.00") == "INV-2026-0001"
    bad = dict(line, quantity="0")
    assert story.refused("invoice.issue", customer=CUSTOMER, date="2026-01-02", lines=[bad]) == "out_of_range"
    assert story.refused("invoice.issue", customer="NOBODY", date="2026-01-02", lines=[line]) in (
        "not_found",
        "customer_missing",
    )
    assert story.do("invoice.issue", draft=drafts[2])["number"] == "INV-2026-0002"
    assert story.invoice("2025-12-31", "1.00") == "INV-2025-0001"
    assert story.do("invoice.issue", draft=drafts[0])["number"] == "INV-2026-0003"
    story.refused("invoice.issue", draft=drafts[0])
    assert story.owes("2026-12-31") == "16.00"


def test_openings_of_both_signs(tell: Callable[..., Story]) -> None:
    story = tell()
    assert story.do(
        "opening.record",
        customer=CUSTOMER,
        date="2026-01-01",
        amount="120.00",
        due="2025-10-01",
        number="旧-77",
    ) == {"number": "旧-77", "open": "120.00"}
    told = story.do("opening.record", customer=CUSTOMER, date="2026-01-01", amount="-20.00")
    assert told["open"] == "-20.00"
    assert story.owes("2026-01-01") == "100.00"
    assert story.late("2026-01-01") == ["0.00", "0.00", "0.00", "0.00", "120.00", "-20.00", "100.00"]
    assert story.late("2026-01-01", "invoice") == [
        "120.00",
        "0.00",
        "0.00",
        "0.00",
        "0.00",
        "-20.00",
        "100.00",
    ]
    assert story.lines(None, "2026-01-31") == [
        ("01-01", "opening", "120.00", "120.00"),
        ("01-01", "opening", "-20.00", "100.00"),
    ]


@pytest.mark.parametrize(
    ("currency", "price", "paid", "rest"),
    [("JPY", "1234", "1000", "357"), ("KWD", "1234.500", "1000.001", "357.949")],
)
def test_currencies_with_other_digits(
    tell: Callable[..., Story], currency: str, price: str, paid: str, rest: str
) -> None:
    story = tell(currency=currency)
    # JPY 1234 × 10 % = 123.4 -> 123; KWD 1234.500 × 10 % = 123.450
    number = story.invoice("2026-01-01", price, "0.10")
    assert story.pay("2026-01-02", paid, "oldest")["allocations"][0]["open"] == rest
    assert story.open("2026-01-02") == {number: rest}
    assert (
        story.refused(
            "payment.record",
            customer=CUSTOMER,
            date="2026-01-02",
            amount=paid + "01" if "." in paid else paid + ".5",
        )
        == "too_many_decimals"
    )
