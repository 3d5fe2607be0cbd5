"""What opening an archive reads does not grow with it: by the plan of each query, and by the steps the engine takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, literal, select

from crmdesk.bench import archive, groups
from crmdesk.models.tables.customers import customer
from crmdesk.services import comparing, credit, group_figures, lists, portrait, segment_offers, use_cases
from crmdesk.services.book import Book
from crmdesk.services.dialect import each_value
from crmdesk.services.measures import facts, kept, reading

SMALL, LARGE = 40, 4_000
BIG = (
    "customer",
    "document",
    "allocation",
    "document_line",
    "customer_category",
    "posting",
    "activity",
    "task",
)
"""Tables that grow with the archive."""


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """One of a hundred times as many customers as the other."""
    folder = tmp_path_factory.mktemp("archives")
    made = {count: folder / f"{count}.crmdesk" for count in (SMALL, LARGE)}
    for count, path in made.items():
        with Book.create(path, name="Many", country="CN") as book:
            archive.fill(book, count)
    return made


def steps(path: Path, work: Callable[[Connection], Any]) -> int:
    """Hundreds of steps of SQLite's machine that the queries of some work take: rows read, whatever the clock says."""
    count = 0

    def counted() -> int:
        nonlocal count
        count += 1
        return 0

    with Book.open(path) as book, book.read() as connection:
        work(connection)  # what is kept in memory is read
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(counted, 100)
        try:
            work(connection)
        finally:
            driver.set_progress_handler(None, 0)
    return count


def plans(path: Path, work: Callable[[Connection], Any]) -> list[str]:
    """The lines of the plans of all queries of some work."""
    asked: list[tuple[str, Any]] = []
    with Book.open(path) as book:

        @event.listens_for(book.engine, "before_cursor_execute")
        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
            asked.append((statement, values))

        with book.read() as connection:
            work(connection)
            cursor: Any = connection.connection.cursor()
            return [
                row[3]
                for statement, values in asked
                if statement.lstrip().upper().startswith(("SELECT", "WITH"))
                for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            ]


def page(connection: Connection) -> None:
    """A customer's page, but for what is recommended: that looks at the newest few thousand invoices of all."""
    from crmdesk.ui.pages.customers import detail

    customer_id, code = archive.buyer(connection)
    detail.read(connection, customer_id, (50, None), is_wide=True)
    portrait.load(connection, customer_id)
    reading.measures_of(connection, code)
    segment_offers.offers_of(connection, code)


def block(connection: Connection) -> None:
    query = lists.Query("customers")
    lists.rows(connection, query, lists.ids(connection, query, limit=64))


@pytest.mark.parametrize("work", [page, block])
def test_what_is_looked_at_first_reads_as_much_of_a_large_archive(
    archives: dict[int, Path], work: Callable[[Connection], None]
) -> None:
    small, large = (steps(archives[count], work) for count in (SMALL, LARGE))
    assert large <= 1.5 * small + 20, f"{small} hundreds of steps of {SMALL} customers, {large} of {LARGE}"


def test_the_counter_sees_a_reading_of_everybody(archives: dict[int, Path]) -> None:
    """The control: a query over all customers does grow."""

    def everybody(connection: Connection) -> None:
        connection.execute(select(customer.c.id).where(customer.c.note != "x")).all()

    small, large = (steps(archives[count], everybody) for count in (SMALL, LARGE))
    assert large > 20 * max(small, 1)


def test_a_customers_page_finds_everything_by_an_index(archives: dict[int, Path]) -> None:
    found = plans(archives[LARGE], page)
    assert found
    scanned = [line for line in found if any(line.split()[:2] == ["SCAN", name] for name in BIG)]
    assert not scanned, scanned


def test_the_order_of_all_customers_comes_from_an_index(archives: dict[int, Path]) -> None:
    """The ids of the whole list are read when it opens: in the order of an index, never sorted."""
    found = plans(archives[LARGE], lambda connection: lists.ids(connection, lists.Query("customers")))
    assert found[-1].startswith("SCAN customer USING COVERING INDEX"), found


def test_sums_of_everybody_walk_the_index_of_the_customers(archives: dict[int, Path]) -> None:
    """Measures, comparison and days late: nothing is looked up row by row by its date, and nothing is sorted."""
    day = date(2026, 6, 30)

    def sums(connection: Connection) -> None:
        credit.late_tenths(connection, day, "CNY")
        group_figures.sold_in(connection, [(day - timedelta(days=365), day)])
        comparing.paid(connection, day - timedelta(days=365), day)

    found = plans(archives[LARGE], sums)
    assert not [line for line in found if "ix_allocation_dated_on" in line or "ix_document_dated_on" in line]
    assert [line for line in found if "ix_allocation_customer" in line], found
    reader = plans(
        archives[LARGE], lambda connection: facts.gather(connection, day, kept.read_settings(connection))
    )
    assert any("ix_document_customer" in line for line in reader), reader
    assert not [line for line in reader if "TEMP B-TREE FOR GROUP BY" in line and "customer" in line]


def test_sales_of_two_periods_are_those_of_each(archives: dict[int, Path]) -> None:
    spans = [
        (date(2026, 1, 7), date(2026, 1, 8)),
        (date(2026, 1, 5), date(2026, 1, 6)),
        (None, date(2026, 1, 5)),
    ]
    with Book.open(archives[SMALL]) as book, book.read() as connection:
        assert group_figures.sold_in(connection, spans) == [
            group_figures.sold(connection, start, end) for start, end in spans
        ]
        assert group_figures.sold(connection, None, date(2026, 1, 5)).invoices


def test_each_value_is_every_different_one(book: Book) -> None:
    for number, owner in enumerate(("Bo", "", "An", "Bo", "陈", "An")):
        use_cases.run(book, "customer.create", {"code": f"C{number}", "name": "x", "owner": owner})
    with book.read() as connection:
        assert list(connection.execute(each_value(customer.c.owner)).scalars()) == ["An", "Bo", "陈"]
        assert not connection.execute(each_value(customer.c.owner).where(literal(value=False))).all()


def test_the_benchmark_measures_what_it_names(tmp_path: Path) -> None:
    """Every group of it runs, on a small book; the time it takes is not looked at."""
    names = [
        figure.name
        for measure in (groups.measure_measures, groups.measure_side_by_side, groups.measure_rules)
        for figure in measure(tmp_path, 60, 200)
    ]
    assert any("RFM" in name for name in names)
    assert any("rules again" in name for name in names)
