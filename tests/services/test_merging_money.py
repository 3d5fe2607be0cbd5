"""Merges of customers whose money hangs together: transfers, deposits and bills, in two currencies, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.cli.main import main
from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import check
from crmdesk.services.book import Book
from tests.services.test_merging import balances, clean, do, dump

CODES = ("A", "B", "C", "D")


@pytest.fixture
def held(book: Book) -> Iterator[Book]:
    """Four customers; dollars are worth 7 each."""
    _customers(book)
    yield book
    clean(book)


def _customers(book: Book) -> None:
    do(book, "rate.set", currency="USD", date="2026-01-01", rate="7")
    for code in CODES:
        do(book, "customer.create", code=code, name=f"Firm {code}")


def _passed(book: Book, one: str, other: str, currency: str = "CNY") -> str:
    paid = do(book, "payment.record", customer=one, date="2026-03-03", amount="10.01", currency=currency)
    return do(
        book, "transfer.record", payment=paid["number"], customer=other, amount="3.34", date="2026-03-04"
    )["number"]


@pytest.mark.parametrize("currency", ["CNY", "USD"])
@pytest.mark.parametrize(
    ("into", "customers"), [("A", ["B"]), ("B", ["A"]), ("C", ["A", "B"]), ("C", ["B"]), ("C", ["A"])]
)
def test_a_transfer_follows_both_its_customers(
    held: Book, into: str, customers: list[str], currency: str
) -> None:
    moved = _passed(held, "A", "B", currency)
    before = dump(held)
    merges = do(held, "customer.merge", into=into, customers=customers)["merges"]
    clean(held)
    for entry in reversed(merges):
        do(held, "customer.unmerge", merge=entry["merge"])
        clean(held)
    assert dump(held) == before
    merges = do(held, "customer.merge", into=into, customers=customers)["merges"]
    do(held, "transfer.reverse", transfer=moved, date="2026-03-05", reason="mistake")
    clean(held)
    for entry in merges:
        do(held, "customer.unmerge", merge=entry["merge"])
        clean(held)
    assert balances(held, "2026-06-30") == {"A": "-10.01"}


def test_money_passed_on_since_goes_back_with_what_it_pays(held: Book) -> None:
    record = do(held, "customer.merge", into="A", customers=["B"])["merge"]
    _passed(held, "A", "C")
    _passed(held, "C", "A")
    do(held, "customer.merge", into="A", customers=["C"])
    clean(held)
    do(held, "customer.unmerge", merge=record)


def test_the_ledger_can_be_given_away_after_such_a_merge(held: Book, tmp_path: Path) -> None:
    _passed(held, "A", "B")
    do(held, "customer.merge", into="A", customers=["B"])
    for format in ("beancount", "hledger", "package"):
        to = str(tmp_path / f"out.{format}")
        assert main(["export", str(held.path), "--format", format, "--out", to]) == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "merge",
                "merge",
                "unmerge",
                "transfer",
                "transfer",
                "back",
                "deposit",
                "keep",
                "bill",
                "bank",
                "use",
            ]
        ),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(["CNY", "USD"]),
    ),
    min_size=4,
    max_size=14,
)


class _Desk:
    """Does steps; what the book refuses is left undone."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.standing: list[tuple[int, str, str]] = []
        self.transfers: list[str] = []
        self.deposits: list[str] = []
        self.bills: list[str] = []
        self.drawn = 0

    @property
    def gone(self) -> set[str]:
        """Codes that mean somebody else now."""
        return {merged for _id, merged, _into in self.standing}

    def step(self, step: str, one: int, other: int, currency: str) -> None:
        """One step, of whoever stands behind the two codes now."""
        code, into = CODES[one], CODES[other]
        common: dict[str, Any] = {
            "customer": code,
            "date": "2026-02-01",
            "amount": "10.01",
            "currency": currency,
        }
        line = {"description": "油漆", "quantity": "1", "unit_price": "7.77", "tax_rate": "0"}
        if step == "merge" and code != into and not {code, into} & self.gone:
            self.standing.append(
                (self.do("customer.merge", into=into, customers=[code])["merge"], code, into)
            )
        elif step == "unmerge" and self.standing:
            self.unmerge(self.standing[one % len(self.standing)])
        elif step == "transfer" and self.home(code) != self.home(into):
            self.do("invoice.issue", customer=into, date="2026-02-01", currency=currency, lines=[line])
            paid = self.do("payment.record", **common, allocate="none")["number"]
            moved = self.do(
                "transfer.record",
                payment=paid,
                customer=into,
                amount="3.34",
                date="2026-02-02",
                allocate="oldest",
            )
            self.transfers.append(moved["number"])
        elif step == "back" and self.transfers:
            which = self.transfers.pop(one % len(self.transfers))
            self.do("transfer.reverse", transfer=which, date="2026-02-03", reason="mistake")
        elif step == "deposit":
            self.deposits.append(self.do("deposit.receive", **common)["number"])
        elif step == "keep" and self.deposits:
            which = self.deposits[one % len(self.deposits)]
            self.do("deposit.keep", deposit=which, amount="1", date="2026-02-04", reason="damage")
        elif step == "use":
            self.do("payment.record", **common, allocate="oldest")
        elif step == "bill":
            self.drawn += 1
            number = f"N{self.drawn}"
            bill = {"number": number, "kind": "bank", "due_on": "2026-05-01"}
            self.bills.append(number)
            self.do("payment.record", **common, method="bill", bill=bill, allocate="none")
        elif step == "bank" and self.bills:
            which = self.bills.pop(one % len(self.bills))
            self.do("bill.discount", bill=which, date="2026-02-05", fee="1")

    def do(self, use_case: str, /, **arguments: Any) -> dict[str, Any]:
        """What the book answers."""
        return do(self.book, use_case, **arguments)

    def home(self, code: str) -> str:
        """Who a code means now."""
        return next((self.home(into) for _id, merged, into in self.standing if merged == code), code)

    def unmerge(self, entry: tuple[int, str, str]) -> None:
        """Undoes a merge where the book allows it."""
        try:
            self.do("customer.unmerge", merge=entry[0])
        except CrmdeskError as error:
            if error.code is not Code.CANNOT_UNMERGE:
                raise
        else:
            self.standing.remove(entry)


@settings(max_examples=12, deadline=None)
@given(STEPS)
def test_the_ledger_holds_after_any_sequence(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, str]]
) -> None:
    with Book.create(tmp_path_factory.mktemp("merging") / "book.crmdesk", name="M", currency="CNY") as book:
        _customers(book)
        desk = _Desk(book)
        for step in steps:
            desk.step(*step)
            if step[0] in ("merge", "unmerge", "back"):
                clean(book)
        for entry in reversed(list(desk.standing)):
            desk.unmerge(entry)
            clean(book)
        assert check.run(book)["clean"]
