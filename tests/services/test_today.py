"""The figures of the day are the sums of the rows that they open, and agree with the reports."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from crmdesk.models import clock, money
from crmdesk.models.tables.imports import import_batch
from crmdesk.services import backups_kept, lists, today, today_open, use_cases
from crmdesk.services.book import Book
from crmdesk.services.lists import querying
from crmdesk.services.reports import ageing, declared
from crmdesk.services.today_shape import BackupFacts, Target, Today
from crmdesk.services.units import Unit
from tests.services.small_book import do

TODAY = date(2026, 6, 30)


def line(price: str) -> list[dict[str, Any]]:
    return [{"description": "油漆", "quantity": "1", "unit_price": price, "tax_rate": "0"}]


def invoice(book: Book, customer: str, on: str, price: str, **more: Any) -> str:
    return do(book, "invoice.issue", customer=customer, date=on, lines=line(price), **more)["number"]


def facts(book: Book) -> Today:
    with book.read() as connection:
        return today.load(connection)


_KINDS = {"bank": "bank_lines"} | {
    part: part
    for part in (
        *("open_items", "drafts", "payments", "instalments", "contracts"),
        *("reminders_due", "promises"),
    )
}


def rows_of(connection: Connection, target: Target) -> tuple[int, dict[str, dict[str, int]]]:
    """Count and sums of the list that a target opens, as the window asks for them."""
    kind = _KINDS.get(str(target.wanted.get("part", "")), target.place)
    query = lists.Query(kind, filter=str(target.wanted.get("filter", "")))
    return querying.count(connection, query), querying.sums(connection, query)


def assert_agrees(book: Book) -> Today:
    with book.read() as connection:
        return figures_of(connection)


def figures_of(connection: Connection) -> Today:
    """The facts, every figure checked against the rows that it opens."""
    found = today.load(connection)
    figures = {
        "owed": found.owed,
        "overdue": found.overdue,
        "due_today": found.due_today,
        "due_week": found.due_week,
        "credit": found.credit,
        **{f"bucket {bucket.first}": bucket.figure for bucket in found.buckets},
    }
    for name, figure in figures.items():
        count, sums = rows_of(connection, figure.target)
        assert figure.count == count, name
        assert dict(figure.minors) == {code: amounts["open"] for code, amounts in sums.items()}, name
    count, sums = rows_of(connection, found.drafts.target)
    assert found.drafts.count == count
    assert dict(found.drafts.minors) == {code: amounts["total"] for code, amounts in sums.items()}
    all_due = rows_of(connection, today_open.all_due_target())[0]
    assert all_due == found.overdue.count + found.due_week.count
    count, sums = rows_of(connection, found.to_bill.target)
    assert found.to_bill.count == count
    assert dict(found.to_bill.minors) == {code: amounts["amount"] for code, amounts in sums.items()}
    for figure in (found.over_limit, found.quiet, found.ending, found.bank_lines):
        assert figure.count == rows_of(connection, figure.target)[0]
    collecting = ((found.reminders, "total"), (found.promises_due, "left"), (found.promises_broken, "left"))
    for figure, name in collecting:
        count, sums = rows_of(connection, figure.target)
        assert (figure.count, dict(figure.minors)) == (
            count,
            {code: amounts[name] for code, amounts in sums.items()},
        )
    assert_reports_differ_by_what_is_later(connection, found)
    for month in found.received:
        _count, sums = rows_of(connection, month.target)
        assert without_zero(month.minors) == without_zero(
            {code: amounts["amount"] for code, amounts in sums.items()}
        )
    return found


def assert_reports_differ_by_what_is_later(connection: Connection, found: Today) -> None:
    """Today less what is dated later is the ageing as at today, in every currency."""
    options = declared.Options(as_of=found.on, date_to=found.on)
    ageing = declared.find("ageing").fill(connection, options).document["totals"]
    for code in {*ageing, *found.owed.minors, *found.credit.minors, *found.later.owed, *found.later.credit}:
        then = ageing.get(code, {"not_due": "0", "buckets": ["0"], "unallocated": "0"})
        owed = sum(money.to_minor(Decimal(one), code) for one in [then["not_due"], *then["buckets"]])
        assert found.owed.minors.get(code, 0) - found.later.owed.get(code, 0) == owed
        free = money.to_minor(Decimal(then["unallocated"]), code)
        assert found.credit.minors.get(code, 0) - found.later.credit.get(code, 0) == free


def without_zero(minors: Mapping[str, int]) -> dict[str, int]:
    return {code: minor for code, minor in minors.items() if minor}


def test_an_empty_book_asks_for_nothing(book: Book) -> None:
    found = assert_agrees(book)
    assert not found.has_customers
    assert not found.has_documents
    assert found.overdue.count == found.due_week.count == found.drafts.count == 0
    assert found.due_documents == found.newest == found.debtors == ()
    assert len(found.received) == 12
    assert found.received[-1].first == date(2026, 6, 1)
    assert found.received[0].first == date(2025, 7, 1)
    assert found.currency == "CNY"


@pytest.fixture
def shop(book: Book) -> Book:
    """Two customers; something overdue, due today, due next week, and later."""
    do(book, "customer.create", code="A", name="鼎晟", credit_limit="500")
    do(book, "customer.create", code="B", name="Berlin GmbH", currency="EUR")
    invoice(book, "A", "2026-03-01", "100", due="2026-03-31")
    invoice(book, "A", "2026-06-01", "250", due="2026-06-30")
    invoice(book, "A", "2026-06-02", "300", due="2026-07-07")
    invoice(book, "A", "2026-06-03", "400", due="2026-07-08")
    invoice(book, "B", "2026-05-01", "70", due="2026-05-31")
    do(book, "opening.record", customer="A", date="2026-01-01", amount="30")
    return book


def test_figures_of_a_small_shop(shop: Book) -> None:
    found = assert_agrees(shop)
    assert found.owed.minors == {"CNY": 108_000, "EUR": 7_000}
    assert found.overdue.minors == {"CNY": 13_000, "EUR": 7_000}, "currencies are never added together"
    assert (found.overdue.count, found.late_customers, found.oldest_days) == (3, 2, 180)
    assert (found.due_today.count, found.due_today.minors) == (1, {"CNY": 25_000})
    assert (found.due_week.count, found.due_week.minors) == (2, {"CNY": 55_000})
    assert [(bucket.first, bucket.last, bucket.figure.minors) for bucket in found.buckets] == [
        (None, None, {"CNY": 95_000}),
        (1, 30, {"EUR": 7_000}),
        (31, 60, {}),
        (61, 90, {}),
        (91, None, {"CNY": 13_000}),
    ]
    assert found.over_limit.count == 1, "A owes 1,080 of 500"
    assert [(entry.days_late, entry.open_minor) for entry in found.due_documents] == [
        (180, 3_000),
        (91, 10_000),
        (30, 7_000),
        (0, 25_000),
        (-7, 30_000),
    ]
    assert [(debtor.code, debtor.balance_minor) for debtor in found.debtors] == [("A", 108_000)]
    assert found.newest[0].kind == "opening"
    assert found.newest[0].target == Target("invoices", {"number": "OB-2026-0001", "kind": "opening"})


def test_reminders_and_promises_of_the_day(shop: Book) -> None:
    do(shop, "reminder_rule.create", name="first", days=[0])
    do(shop, "promise.record", customer="B", amount="5", promised_on="2026-06-30")
    do(shop, "promise.record", customer="A", amount="9", promised_on="2026-06-01", date="2026-05-30")
    found = assert_agrees(shop)
    assert (found.reminders.count, found.reminders.minors) == (1, {"CNY": 38_000}), "B promised to pay"
    assert (found.promises_due.count, found.promises_due.minors) == (1, {"EUR": 500})
    assert found.promises_broken.minors == {"CNY": 900}


def test_money_received_is_told_by_month_and_taken_back_where_it_bounced(shop: Book) -> None:
    do(shop, "payment.record", customer="A", date="2026-05-31", amount="100", allocate="oldest")
    paid = do(
        shop, "payment.record", customer="A", date="2026-06-01", amount="40", discount="2", allocate="oldest"
    )["number"]
    do(shop, "payment.record", customer="B", date="2026-06-29", amount="10", allocate="none")
    do(shop, "payment.record", customer="A", date="2025-06-30", amount="9", allocate="none")
    found = assert_agrees(shop)
    assert [month.minors for month in found.received[-2:]] == [{"CNY": 10_000}, {"CNY": 4_000, "EUR": 1_000}]
    do(shop, "payment.reverse", payment=paid, date="2026-06-30", reason="bounced")
    found = assert_agrees(shop)
    assert without_zero(found.received[-1].minors) == {"EUR": 1_000}
    assert found.credit.minors == {"CNY": -900, "EUR": -1_000}


def test_instalments_to_bill_and_contracts_that_end(shop: Book) -> None:
    def signed(ends_on: str) -> str:
        made = do(shop, "contract.create", customer="A", date="2026-05-01", ends_on=ends_on, lines=line("90"))
        do(shop, "contract.sign", contract=made["number"], date="2026-05-01")
        return made["number"]

    first, second = signed("2026-07-30"), signed("2026-07-31")
    for number in (first, second):
        do(
            shop,
            "plan.create",
            contract=number,
            way="equal",
            count=3,
            first_due="2026-06-07",
            date="2026-05-01",
        )
    found = assert_agrees(shop)
    assert (found.to_bill.count, found.to_bill.minors) == (4, {"CNY": 12_000})
    assert found.ending.count == 1, "30 days, not 31"
    do(shop, "plan.bill", contract=first, due="2026-06-30", date="2026-06-30")
    found = assert_agrees(shop)
    assert found.to_bill.count == 3, "what is billed counts as an invoice, once"
    do(shop, "contract.void", contract=second, reason="x", date="2026-06-30")
    assert assert_agrees(shop).to_bill.count == 1


def test_drafts_and_customers_who_stay_away(shop: Book) -> None:
    do(shop, "invoice.draft", customer="A", lines=line("12"))
    do(shop, "customer.create", code="C", name="Quiet")
    do(shop, "customer.create", code="D", name="Long gone")
    invoice(shop, "C", "2026-03-31", "1")
    invoice(shop, "D", "2025-12-31", "1")
    found = assert_agrees(shop)
    assert (found.drafts.count, found.drafts.minors) == (1, {"CNY": 1_200})
    assert found.quiet.count == 1
    invoice(shop, "C", "2026-04-01", "1")
    assert assert_agrees(shop).quiet.count == 0, "90 days ago is not long ago"


def test_imports_with_refused_rows_are_brought_to_mind(book: Book) -> None:
    with book.write("test") as unit:
        for number, (failed, undone) in enumerate([(3, None), (0, None), (2, "2026-06-30T00:00:00.000Z")]):
            unit.add(
                import_batch,
                id=unit.next_id(),
                kind="customers",
                file_name=f"{number}.xlsx",
                file_digest=bytes([number]),
                imported_at=clock.stamp(clock.now_utc()),
                read_count=10,
                created_count=10 - failed,
                updated_count=0,
                skipped_count=0,
                failed_count=failed,
                undone_at=undone,
            )
        unit.finish("test", {})
    (refused,) = facts(book).refused_imports
    assert (refused.file_name, refused.failed_count, refused.read_count) == ("0.xlsx", 3, 10)
    assert refused.target.place == "customers"


def test_rows_tried_again_and_brought_in_are_asked_for_no_more(book: Book) -> None:
    """A retry is a batch of its own, of the same kind and file; one that was taken back answers nothing."""
    later = [("customers", b"file", None), ("customers", b"other", None), ("products", b"file", None)]
    gone = ("customers", b"file", "2026-06-30T00:00:00.000Z")
    for batches, expected in ((later[1:], [3]), ([gone], [3]), (later[:1], [])):
        with book.write("test") as unit:
            unit.execute(import_batch.delete())
            for number, (kind, digest, undone) in enumerate([("customers", b"file", None), *batches]):
                unit.add(
                    import_batch,
                    id=unit.next_id(),
                    kind=kind,
                    file_name="x.csv",
                    file_digest=digest,
                    imported_at=clock.stamp(clock.now_utc()),
                    **dict.fromkeys(("read_count", "created_count", "updated_count", "skipped_count"), 0),
                    failed_count=0 if number else 3,
                    undone_at=undone,
                )
            unit.finish("test", {})
        assert [one.failed_count for one in facts(book).refused_imports] == expected


def test_the_state_of_backups(shop: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    assert today.backup_facts(shop) == BackupFacts(None, 0, True)
    backups_kept.run_automatic(shop)
    found = today.backup_facts(shop)
    assert found.verified_at is not None
    assert not found.is_due
    monkeypatch.setenv("CRMDESK_TODAY", "2026-07-08")
    assert not today.backup_facts(shop).is_old, "nothing changed since then"
    do(shop, "customer.create", code="E", name="New")
    found = today.backup_facts(shop)
    assert found.is_old
    assert found.age_days >= 7


def test_documents_without_a_list_are_found_at_their_customer() -> None:
    assert today_open.document_target("writeoff", "WO-1", "A").wanted == {"code": "A", "full": True}
    assert today_open.document_target("payment_reversal", "RC-1", "A") == Target(
        "payments", {"number": "RC-1", "kind": "payment"}
    )


def test_no_figure_reads_all_documents(shop: Book) -> None:
    """The plan of every query: tables that grow without end are reached by an index or in a range of it."""
    plans: list[str] = []

    def explain(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        del context, many
        # A query that ends with a limit stops after a few rows, whatever its plan.
        if statement.startswith("SELECT") and " LIMIT " not in statement.rsplit("ORDER BY", 1)[-1]:
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(str(row[3]) for row in rows)

    event.listen(shop.engine, "before_cursor_execute", explain)
    try:
        facts(shop)
    finally:
        event.remove(shop.engine, "before_cursor_execute", explain)
    assert any("document" in plan for plan in plans)
    big = ("document", "customer", "payment", "posting", "allocation")
    assert [plan for plan in plans if plan.startswith(tuple(f"SCAN {table}" for table in big))] == []


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "invoice", "pay", "credit", "opening", "draft", "reverse"]),
        st.integers(0, 2),
        st.integers(0, 200),
        st.integers(1, 900),
        st.sampled_from(["CNY", "CNY", "USD"]),
    ),
    min_size=1,
    max_size=14,
)


class TakenBackError(Exception):
    """Ends an example: nothing of it is kept."""


@given(events=EVENTS)
def test_any_series_of_events_agrees_with_the_lists_and_the_report(
    shared_book: Book, events: list[tuple[str, int, int, int, str]]
) -> None:
    with pytest.MonkeyPatch.context() as patch, suppress(TakenBackError), shared_book.write("test") as unit:
        patch.setenv("CRMDESK_TODAY", TODAY.isoformat())
        live(unit, events)
        unit.finish("test", {})
        found = figures_of(unit.connection)
        totals = ageing.totals(ageing.rows(unit.connection, as_of=TODAY))
        for currency, total in totals.items():
            owed, free = found.owed.minors.get(currency, 0), found.credit.minors.get(currency, 0)
            assert found.buckets[0].figure.minors.get(currency, 0) == total.not_due_minor
            late = tuple(bucket.figure.minors.get(currency, 0) for bucket in found.buckets[1:])
            assert late == total.bucket_minors
            assert found.overdue.minors.get(currency, 0) == total.overdue_minor
            assert free == total.unallocated_minor
            assert owed + free == total.total_minor
        assert set(found.owed.minors) | set(found.credit.minors) == set(totals)
        raise TakenBackError


def live(unit: Unit, events: list[tuple[str, int, int, int, str]]) -> None:
    """Lets it all happen; payments come today, so that nothing is settled in the future."""

    def happen(use_case: str, **arguments: Any) -> str:
        return str(use_cases.perform(unit, use_case, arguments).get("number", ""))

    for code in range(3):
        happen("customer.create", code=f"K{code}", name=f"K{code}", credit_limit="400")
    paid: list[str] = []
    for what, customer, days_ago, amount, currency in events:
        on = TODAY - timedelta(days=days_ago)
        values: dict[str, Any] = {"customer": f"K{customer}", "date": on.isoformat(), "currency": currency}
        if what == "invoice":
            due = (on + timedelta(days=amount % 120)).isoformat()
            happen("invoice.issue", **values, due=due, lines=line(str(amount)))
        elif what == "pay":
            values["date"] = TODAY.isoformat()
            paid.append(happen("payment.record", **values, amount=str(amount), allocate="oldest"))
        elif what == "credit":
            happen("credit.issue", **values, reason="returned", lines=line(str(amount)))
        elif what == "opening":
            happen("opening.record", **values, amount=str(amount - 450 or 1))
        elif what == "draft":
            happen("invoice.draft", **values, lines=line(str(amount)))
        elif paid:
            happen("payment.reverse", payment=paid.pop(), date=TODAY.isoformat(), reason="bounced")


def test_what_is_dated_later_is_said_wherever_it_counts(book: Book) -> None:
    """A payment of next week settles in the lists at once, in reports on its day: both say so."""
    do(book, "customer.create", code="A", name="鼎晟")
    sold = [{"description": "x", "quantity": "1", "unit_price": "100", "tax_rate": "0"}]
    number = do(book, "invoice.issue", customer="A", date="2026-06-01", lines=sold)["number"]
    assert "later" not in lists.as_json(book, "open_items")
    assert assert_agrees(book).later == (0, {}, {})
    pay = [{"invoice": number, "amount": "70"}]
    do(book, "payment.record", customer="A", date="2026-07-05", amount="90", allocate=pay)
    do(book, "credit.issue", customer="A", date="2026-06-20", lines=sold, reason="returned")
    found = assert_agrees(book)
    assert found.later == (2, {"CNY": -70_00}, {"CNY": -20_00})
    assert (found.owed.minors, found.credit.minors) == ({"CNY": 30_00}, {"CNY": -120_00})
    assert found.credit_notes == {"CNY": -100_00}
    for kind in ("open_items", "customers", "invoices", "payments"):
        assert lists.as_json(book, kind)["later"] == {"after": "2026-06-30", "events": 2}
    assert "later" not in lists.as_json(book, "products")
