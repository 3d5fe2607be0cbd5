"""A shop's story told through use cases, for the tests of what is set aside, closed or repeated."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import lists, statements, use_cases
from crmdesk.services.book import Book
from crmdesk.services.reports import declared
from tests.scenarios.agreement import report_of


class Teller:
    """A book with three customers, and the questions an accountant asks of it."""

    def __init__(self, book: Book) -> None:
        self.book = book
        for number in (1, 2, 3):
            self.do("customer.create", code=f"C{number:03d}", name=f"Customer {number}")

    def do(self, name: str, /, **args: Any) -> dict[str, Any]:
        return use_cases.run(self.book, name, args, actor="teller")

    def refused(self, name: str, /, **args: Any) -> str:
        """The code of a refusal, which leaves every row as it was."""
        before = self.dump()
        with pytest.raises(CrmdeskError) as caught:
            self.do(name, **args)
        assert caught.value.message
        assert caught.value.field
        assert self.dump() == before
        return str(caught.value.code)

    def dump(self) -> str:
        """Every row of every table as one figure."""
        from crmdesk.models.tables import METADATA

        seen = hashlib.sha256()
        with self.book.read() as connection:
            for table in METADATA.sorted_tables:
                if "rowid" not in table.c:
                    for row in connection.execute(table.select().order_by(*table.primary_key.columns)):
                        seen.update(repr((table.name, tuple(row))).encode())
        return seen.hexdigest()

    def invoice(self, on: str, price: str, customer: str = "C001", **more: Any) -> str:
        line = {"description": "Paint", "quantity": "1", "unit_price": price, "tax_rate": "0"}
        return self.do("invoice.issue", customer=customer, date=on, lines=[line], **more)["number"]

    def pay(self, on: str, amount: str, allocate: Any = "none", **more: Any) -> dict[str, Any]:
        given = {"customer": "C001", "date": on, "amount": amount, "allocate": allocate}
        return self.do("payment.record", **(given | more))

    def owes(self, at: str, customer: str = "C001") -> str:
        rows = report_of(self.book, "balances", as_of=date.fromisoformat(at))["rows"]
        return next((row["balance"] for row in rows if row["customer"] == customer), "0.00")

    def open(self, at: str, customer: str = "C001") -> dict[str, str]:
        """Open amounts (free ones negative) by number."""
        told = statements.as_json(self.book, customer, date_to=date.fromisoformat(at), style="open-item")
        return {line["number"]: line["open"] for one in told for line in one["lines"]}

    def lines(self, end: str, customer: str = "C001") -> list[tuple[str, str, str, str]]:
        """(day, kind, debit or −credit, balance); the closing and the ageing's total agree with them."""
        (told,) = statements.as_json(self.book, customer, date_to=date.fromisoformat(end))
        assert told["closing"] == told["ageing"]["total"]
        return [
            (
                line["date"][5:],
                line["kind"],
                line["debit"] if line["debit"] != "0.00" else f"-{line['credit']}",
                line["balance"],
            )
            for line in told["lines"]
        ]

    def account(self, role: str, at: str = "2026-12-31") -> str:
        """The balance of an account in the book's currency (debit positive)."""
        from sqlalchemy import func, select

        from crmdesk.models import money
        from crmdesk.models.tables.ledger import account, posting

        with self.book.read() as connection:
            minor = connection.execute(
                select(func.coalesce(func.sum(posting.c.amount_minor), 0))
                .join_from(posting, account, account.c.id == posting.c.account_id)
                .where(account.c.role == role, posting.c.dated_on <= date.fromisoformat(at))
            ).scalar_one()
        return money.plain(minor, "CNY")

    def listed(self, kind: str, *names: str, expression: str = "") -> list[tuple[Any, ...]]:
        rows = lists.as_json(self.book, kind, filter=expression)["rows"]
        return [tuple(row[name] for name in names) for row in rows]

    def report(self, name: str, **options: Any) -> declared.ReportTable:
        with self.book.read() as connection:
            return declared.find(name).fill(connection, declared.Options(**options))

    def late(self, at: str) -> dict[str, str]:
        rows = report_of(self.book, "ageing", as_of=date.fromisoformat(at))["rows"]
        return {row["customer"]: row["total"] for row in rows}
