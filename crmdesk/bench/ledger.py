"""Payments, invoices, ageing, statements, the practice company: beside a bare ORM, plain SQL and a bare canvas."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, registry

from crmdesk.bench.timing import Figure, median_of, once, paired
from crmdesk.models.tables import METADATA
from crmdesk.services import demo, invoices, statements, use_cases
from crmdesk.services.book import Book
from crmdesk.services.reports import ageing

UNTIL = date(2026, 6, 30)


def _book(folder: Path, name: str) -> Book:
    return Book.create(folder / f"{name}.crmdesk", name="Bench", country="CN")


def _orm() -> dict[str, Any]:
    """Bare mapped classes over the same tables."""
    mapping = registry(metadata=METADATA)
    classes: dict[str, Any] = {}
    for name in ("document", "payment", "allocation", "posting", "audit_entry", "audit_detail"):
        classes[name] = type(name.title().replace("_", ""), (), {})
        mapping.map_imperatively(classes[name], METADATA.tables[name])
    return classes


def measure_payment(folder: Path, _customers: int, _invoices: int) -> Iterator[Figure]:
    """One payment with two allocations against a bare ORM transaction that writes the same rows."""
    count = 300
    book = _book(folder, "payment")
    use_cases.run(book, "customer.create", {"code": "C1", "name": "Bench"})
    line = {"description": "Paint", "quantity": "1", "unit_price": "100.00", "tax_rate": "0.13"}
    with book.write() as unit:
        unit.is_bulk = True
        for _number in range(4 * count):
            use_cases.perform(
                unit, "invoice.issue", {"customer": "C1", "date": "2026-01-05", "lines": [line]}
            )
        unit.finish("bench", {})
    with book.read() as connection:
        numbers = list(
            connection.execute(
                text("SELECT number FROM document WHERE kind = 'invoice' ORDER BY id")
            ).scalars()
        )
    given = iter(numbers)

    def pay() -> None:
        parts = [{"invoice": next(given), "amount": "113.00"}, {"invoice": next(given), "amount": "113.00"}]
        use_cases.run(
            book,
            "payment.record",
            {"customer": "C1", "date": "2026-02-01", "amount": "226.00", "allocate": parts},
        )

    floor_book = _book(folder, "payment-floor")
    use_cases.run(floor_book, "customer.create", {"code": "C1", "name": "Bench"})
    classes = _orm()
    with floor_book.read() as connection:
        customer_id = connection.execute(text("SELECT id FROM customer")).scalar_one()
        account_id = connection.execute(text("SELECT min(id) FROM account")).scalar_one()
        money_id = connection.execute(text("SELECT min(id) FROM money_account")).scalar_one()
    ids = iter(range(10**6, 10**9))

    def make(name: str, **values: Any) -> Any:
        record = classes[name]()
        for key, value in values.items():
            setattr(record, key, value)
        return record

    def bare() -> None:
        connection = floor_book.engine.connect().execution_options(is_writing=True)
        with connection, Session(bind=connection) as session:
            audit_id, number = next(ids), next(ids)
            records = [
                make(
                    "audit_entry",
                    id=audit_id,
                    posted_at="",
                    actor="",
                    seat="",
                    use_case="",
                    canonical=b"x" * 300,
                    hash=b"x" * 32,
                ),
                make("audit_detail", audit_id=audit_id, salt=b"x" * 16, content="x" * 400),
                make(
                    "document",
                    id=number,
                    kind="payment",
                    number=f"B{number}",
                    generation=0,
                    customer_id=customer_id,
                    currency="CNY",
                    dated_on=UNTIL,
                    total_minor=1,
                    net_minor=0,
                    tax_minor=0,
                    discount_minor=0,
                    effect_minor=-1,
                    audit_id=audit_id,
                ),
                make(
                    "payment",
                    document_id=number,
                    method="bank",
                    money_account_id=money_id,
                    received_minor=1,
                    fee_minor=0,
                ),
            ]
            session.add_all(records)
            session.flush()  # parents first: the bare classes know no relations
            records = [
                make(
                    "allocation",
                    id=next(ids),
                    credit_id=number,
                    debit_id=number,
                    amount_minor=1,
                    dated_on=UNTIL,
                    customer_id=customer_id,
                    currency="CNY",
                    credit_on=UNTIL,
                    debit_on=UNTIL,
                    debit_due_on=UNTIL,
                    audit_id=audit_id,
                )
                for _part in range(2)
            ]
            records += [
                make(
                    "posting",
                    source_id=number,
                    position=position,
                    dated_on=UNTIL,
                    account_id=account_id,
                    customer_id=customer_id,
                    currency="CNY",
                    amount_minor=1,
                )
                for position in (1, 2)
            ]
            session.add_all(records)
            session.commit()

    ours, floor = paired(pay, bare, runs=count // 3)
    yield Figure("payment with 2 allocations", ours * 1000, floor * 1000, "ms", "≤ 2.5×")
    book.close()
    floor_book.close()


def _invoice_lines(count: int) -> list[bytes]:
    chance = random.Random(7)
    lines = [
        b'{"do": "customer.create", "code": "C%05d", "name": "Customer %d"}' % (n, n) for n in range(500)
    ]
    for _number in range(count):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(180))
        data = {
            "do": "invoice.issue",
            "customer": f"C{chance.randrange(500):05d}",
            "date": day.isoformat(),
            "lines": [
                {
                    "description": "Paint",
                    "quantity": str(chance.randint(1, 50)),
                    "unit_price": f"{chance.randint(100, 99999) / 100:.2f}",
                    "tax_rate": "0.13",
                }
            ],
        }
        lines.append(json.dumps(data).encode())
    return lines


def measure_invoices(folder: Path, _customers: int, _invoices: int) -> Iterator[Figure]:
    """Invoices per second through `apply --atomic`, and through the service as an import calls it."""
    from crmdesk.cli.apply import Run
    from crmdesk.models import validation
    from crmdesk.models.fields import optional
    from crmdesk.models.specs.documents import INVOICE

    count = 20_000
    lines = _invoice_lines(count)
    with _book(folder, "atomic") as book, redirect_stdout(io.StringIO()) as out:
        seconds = once(lambda: Run(book, "", out).atomic(lines))
    yield Figure("invoices, apply --atomic", count / seconds, None, "/s", "≥ 2000/s")
    with _book(folder, "service") as book, book.write() as unit:
        unit.is_bulk = True
        for raw in lines[:500]:
            data = json.loads(raw)
            use_cases.perform(unit, data.pop("do"), data)
        fields = optional(INVOICE)
        rows = [json.loads(raw) for raw in lines[500:]]
        for row in rows:
            del row["do"]

        def issue_all() -> None:
            for row in rows:
                invoices.issue_values(unit, validation.check(fields, row))
            unit.finish("bench", {})

        seconds = once(issue_all)
    yield Figure("invoices, service in bulk", count / seconds, None, "/s", "≥ 5000/s by import")


def measure_practice(folder: Path, customer_count: int, invoice_count: int) -> Iterator[Figure]:
    """Making the practice company of the given size."""
    path = folder / "practice-timed.crmdesk"
    seconds = once(
        lambda: demo.create(
            path, customer_count=customer_count, invoice_count=invoice_count, until=UNTIL
        ).close()
    )
    yield Figure(
        f"practice company {customer_count:,} / {invoice_count:,}",
        seconds,
        None,
        "s",
        "20,000/200,000 ≤ 90 s",
        note=f"{invoice_count / seconds:,.0f} invoices/s with payments",
    )


def practice(folder: Path, customer_count: int, invoice_count: int) -> Path:
    """The practice company of this size, made once for all measurements that look at it."""
    path = folder / "practice.crmdesk"
    if not path.exists():
        demo.create(path, customer_count=customer_count, invoice_count=invoice_count, until=UNTIL).close()
    return path


_PLAIN_AGEING = """
SELECT customer.id, code, name, open_item.currency,
  sum(CASE WHEN coalesce(due_on, dated_on) >= :on AND side = 1 THEN open_minor ELSE 0 END),
  sum(CASE WHEN coalesce(due_on, dated_on) < :on AND coalesce(due_on, dated_on) >= :a AND side = 1
      THEN open_minor ELSE 0 END),
  sum(CASE WHEN coalesce(due_on, dated_on) < :a AND coalesce(due_on, dated_on) >= :b AND side = 1
      THEN open_minor ELSE 0 END),
  sum(CASE WHEN coalesce(due_on, dated_on) < :b AND coalesce(due_on, dated_on) >= :c AND side = 1
      THEN open_minor ELSE 0 END),
  sum(CASE WHEN coalesce(due_on, dated_on) < :c AND side = 1 THEN open_minor ELSE 0 END),
  sum(CASE WHEN side = -1 THEN -open_minor ELSE 0 END)
FROM open_item JOIN customer ON customer.id = open_item.customer_id
WHERE open_item.dated_on <= :on
GROUP BY customer.id, open_item.currency ORDER BY code
"""


def measure_ageing(folder: Path, customer_count: int, invoice_count: int) -> Iterator[Figure]:
    """Ageing of all customers: today beside plain SQL on the kept amounts, and as at dates in the past."""
    with Book.open(practice(folder, customer_count, invoice_count)) as book:
        with book.read() as connection:
            last = connection.execute(text("SELECT max(dated_on) FROM document")).scalar_one()
        on = date(last // 10000, last // 100 % 100, last % 100)
        ends = zip("abc", (30, 60, 90), strict=True)
        days = {"on": last} | {name: int(f"{on - timedelta(days=end):%Y%m%d}") for name, end in ends}

        def today() -> None:
            with book.read() as connection:
                ageing.rows(connection, as_of=on)

        def plain() -> None:
            with book.read() as connection:
                connection.execute(text(_PLAIN_AGEING), days).all()

        ours, floor = paired(today, plain)
        yield Figure(
            f"ageing today, {invoice_count:,} invoices", ours, floor, "s", "≤ 3× plain SQL of the same report"
        )
        for months in (6, 18, 30):
            past = on - timedelta(days=30 * months)

            def at_past(past: date = past) -> None:
                with book.read() as connection:
                    ageing.rows(connection, as_of=past)

            yield Figure(
                f"ageing as at {months} months ago", median_of(at_past, 3), None, "s", "≤ 0.8 s at 1,000,000"
            )


def measure_statement(folder: Path, _customers: int, _invoices: int) -> Iterator[Figure]:
    """A statement of 1,000 and 10,000 entries: the query, and the PDF beside a bare canvas with the fonts loaded."""
    from crmdesk.bench.canvas_floor import bare_pdf
    from crmdesk.services import papers
    from crmdesk.services.documents import printing

    for count in (1_000, 10_000):
        with _book(folder, f"statement-{count}") as book:
            use_cases.run(book, "customer.create", {"code": "C1", "name": "上海鼎晟贸易有限公司"})
            with book.write() as unit:
                unit.is_bulk = True
                for number in range(count):
                    day = date(2024, 1, 1) + timedelta(days=number * 700 // count)
                    line = {
                        "description": "x",
                        "quantity": Decimal(number % 9 + 1),
                        "unit_price": "19.90",
                        "tax_rate": "0.13",
                    }
                    use_cases.perform(unit, "invoice.issue", {"customer": "C1", "date": day, "lines": [line]})
                unit.finish("bench", {})

            def query(book: Book = book) -> Any:
                with book.read() as connection:
                    return statements.of_customer(connection, "C1", date_to=UNTIL)

            yield Figure(
                f"statement of {count:,}: query", median_of(query) * 1000, None, "ms", "≤ 10 ms at 1,000"
            )
            with book.read() as connection:
                document = papers.statement(connection, "C1", date_to=UNTIL)
            entries = document.sections[0].lines
            ours, floor = paired(
                lambda document=document: printing.render([document], "A4", "zh_CN"),
                lambda entries=entries: bare_pdf(entries),
                runs=3,
            )
            yield Figure(f"statement of {count:,}: PDF", ours, floor, "s", "≤ 2× bare canvas")
