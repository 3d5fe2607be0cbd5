"""The items behind the ageing add up to it, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import event

from crmdesk.models.errors import InvalidInput
from crmdesk.services import demo
from crmdesk.services.book import Book
from crmdesk.services.reports import ageing, ageing_items
from tests.services.small_book import do


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A practice company, and a customer whose papers were taken back after a quiet date in between."""
    path = tmp_path_factory.mktemp("demo") / "demo.crmdesk"
    with demo.create(path, customer_count=30, invoice_count=300, until=date(2026, 6, 30)) as book:
        _tangle(book)
        yield book


def _tangle(book: Book) -> None:
    line = {"description": "Paint", "quantity": "1", "unit_price": "100.00", "tax_rate": "0"}
    do(book, "customer.create", code="TANGLE", name="Tangle")
    _one, two, three = (
        do(book, "invoice.issue", customer="TANGLE", date=f"2026-01-{day}", due="2026-02-01", lines=[line])[
            "number"
        ]
        for day in ("05", "06", "07")
    )
    do(book, "payment.record", customer="TANGLE", date="2026-02-10", amount="150.00", allocate="oldest")
    over = do(book, "payment.record", customer="TANGLE", date="2026-02-11", amount="400.00", allocate="none")
    bounced = do(book, "payment.record", customer="TANGLE", date="2026-02-12", amount="5.00", allocate="none")
    do(
        book,
        "refund.record",
        payment=over["number"],
        date="2026-05-02",
        amount="60.00",
        method="cash",
        reason="x",
    )
    do(book, "invoice.void", invoice=three, date="2026-05-03", reason="twice")
    given_up = do(
        book, "writeoff.record", invoice=two, date="2026-05-04", amount="10.00", ground="other", reason="gone"
    )
    do(book, "payment.reverse", payment=bounced["number"], date="2026-05-20", reason="bounced")
    do(book, "writeoff.reverse", writeoff=given_up["number"], date="2026-06-01", reason="not gone")


@pytest.mark.parametrize("basis", ["due", "invoice"])
@pytest.mark.parametrize(
    "as_of", [date(2026, 6, 30), date(2026, 5, 2), date(2026, 3, 1), date(2026, 2, 10), date(2025, 9, 30)]
)
def test_every_cell_is_the_sum_of_its_items(shop: Book, basis: ageing.Basis, as_of: date) -> None:
    with shop.read() as connection:
        rows = ageing.rows(connection, as_of=as_of, basis=basis)
        assert rows
        for row in rows:
            cells = {"not_due": row.not_due_minor, "unallocated": row.unallocated_minor}
            cells |= {f"bucket_{place}": minor for place, minor in enumerate(row.bucket_minors)}
            cells |= {"total": row.total_minor, "overdue": row.overdue_minor}
            for column, minor in cells.items():
                found = ageing_items.items(
                    connection,
                    as_of=as_of,
                    column=column,
                    currency=row.currency,
                    basis=basis,
                    customer=row.customer,
                )
                assert sum(item.open_minor for item in found) == minor, (row, column, found)


@pytest.mark.parametrize("column", ["bucket_2", "unallocated", "not_due", "overdue", "total"])
@pytest.mark.parametrize("basis", ["due", "invoice"])
def test_only_customers_with_something_in_the_column_are_read(
    shop: Book, basis: ageing.Basis, column: str
) -> None:
    as_of, buckets = date(2026, 6, 30), (10, 20, 40)
    with shop.read() as connection:
        asked: list[str] = []
        event.listen(
            connection, "before_cursor_execute", lambda _one, _cursor, sql, *_rest: asked.append(sql)
        )
        found = ageing_items.items(
            connection, as_of=as_of, column=column, currency="CNY", basis=basis, buckets=buckets
        )
        count, codes = len(asked), {item.customer for item in found}
        assert codes or (basis, column) == ("invoice", "not_due")
        assert count <= 3 * len(codes) + 10
        one_by_one = [
            item
            for row in ageing.rows(connection, as_of=as_of)
            if row.currency == "CNY"
            for item in ageing_items.items(
                connection,
                as_of=as_of,
                column=column,
                currency="CNY",
                basis=basis,
                buckets=buckets,
                customer=row.customer,
            )
        ]
        assert sorted(found) == sorted(one_by_one)


def test_all_customers_together_and_an_unknown_column(shop: Book) -> None:
    with shop.read() as connection:
        as_of = date(2026, 6, 30)
        for currency, total in ageing.totals(ageing.rows(connection, as_of=as_of)).items():
            found = ageing_items.items(connection, as_of=as_of, column="overdue", currency=currency)
            assert sum(item.open_minor for item in found) == total.overdue_minor
        with pytest.raises(InvalidInput):
            ageing_items.items(connection, as_of=as_of, column="bucket_9", currency="CNY")
