"""Notices of the day: one a rule, promises beside them, each with the rows it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from crmdesk.services import lists, notices
from crmdesk.services.book import Book
from crmdesk.services.lists import querying
from tests.services.collecting.conftest import Do


def test_each_notice_has_its_rows(book: Book, do: Do, bill: Callable[..., str]) -> None:
    do("reminder_rule.create", name='It\'s “due” "today"', days=[0], channel="notice")
    do("reminder_rule.create", name="letters", days=[30], channel="letter")
    for code, currency, day in (
        ("A", "CNY", "30"),
        ("B", "EUR", "30"),
        ("C", "CNY", "01"),
        ("D", "CNY", "30"),
    ):
        do("customer.create", code=code, name=code, currency=currency)
        bill(code, f"2026-06-{day}", "100")
    do("promise.record", customer="D", amount="5", promised_on="2026-06-30")
    do("promise.record", customer="A", amount="7", promised_on="2026-06-29", date="2026-06-20")
    with book.read() as connection:
        found = notices.notices(connection, date(2026, 6, 30))
        assert [(one.key.split(":")[0], one.title, one.text) for one in found] == [
            ("rule", 'It\'s “due” "today"', "Customers: 3; CNY 200.00, EUR 100.00"),
            ("promises_due", "Payments promised for today", "Customers: 1; CNY 5.00"),
            ("promises_broken", "Promises not kept yesterday", "Customers: 1; CNY 7.00"),
        ]
        for one in found:
            query = lists.Query(str(one.target.wanted["part"]), filter=str(one.target.wanted["filter"]))
            assert querying.count(connection, query) == one.row_count
            name = "total" if one.key.startswith("rule") else "left"
            sums = querying.sums(connection, query)
            assert dict(one.minors) == {code: amounts[name] for code, amounts in sums.items()}
