"""Rules and measures over all customers, after one payment, groups side by side: beside plain sums of the same rows."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from crmdesk.bench.ledger import practice
from crmdesk.bench.timing import Figure, calls_of, median_of, once, paired, reading
from crmdesk.models import clock
from crmdesk.services import (
    comparing,
    credit,
    matrix,
    segment_evaluation,
    segment_touched,
    use_cases,
)
from crmdesk.services.book import Book
from crmdesk.services.groups import FILTER, Group
from crmdesk.services.measures import evaluation, facts
from crmdesk.services.units import Unit

RULES = (
    *(
        f"spent(last {months}m) >= {least}"
        for months in (3, 6, 12, 24)
        for least in (10_000, 50_000, 200_000)
    ),
    *(f"recency_days > {days}" for days in (30, 60, 90, 180, 365)),
    *(f"overdue > {least}" for least in (0, 1_000, 10_000)),
    *(f"invoice_count >= {count}" for count in (1, 3, 5, 10, 20)),
    *(f"average(last 12m) >= {least}" for least in (5_000, 20_000)),
    *(f"invoices(last {days}d) > 0" for days in (7, 14, 30, 60, 90)),
    "overdue_days > 30",
    "overdue_days > 60",
    "days_to_pay > 30",
    "days_to_pay < 15 and invoice_count > 3",
    "balance > 0",
    "balance <= 0 and invoice_count > 0",
    "received(last 12m) >= 100000",
    "customer_days <= 90",
    "customer_days > 365",
    "level = A and spent > 1000",
    "not level = A and balance > 1000",
    "first_bought in this year",
    "spent(this year) > 5000",
    "quotes > 0",
    "contacted(last 30d) > 0",
    "open_tasks > 0",
    "life_stage = lost",
    "value_class = high",
    "churn_risk = high",
    "tier = 3",
)
"""What an owner could ask: amounts of periods, silence, overdue, habits of paying, words, being in touch, measures."""
COMPARED = RULES[0], RULES[12], RULES[17], RULES[20], "life_stage = lost", "value_class = high"
PAYMENTS = 30
# Every source that the rules look at, summed by customer once, in the order of the customers: the least that any way
# of evaluating them has to read.
_SUMS = (
    "SELECT customer_id, sum(effect_minor), count(*), min(dated_on), max(dated_on) FROM document"
    " WHERE +kind IN ('invoice', 'credit') GROUP BY customer_id",
    "SELECT customer_id, sum(amount_minor), max(dated_on) FROM allocation GROUP BY customer_id",
    "SELECT customer_id, sum(open_minor), min(due_on) FROM open_item GROUP BY customer_id",
    "SELECT customer_id, segment_id FROM segment_member",
)
_BOUGHT = (
    "SELECT customer_id, sum(net_minor), count(DISTINCT dated_on), min(dated_on), max(dated_on) FROM document"
    " WHERE +kind = 'invoice' GROUP BY customer_id"
)
_OF_TWO = (
    "SELECT coalesce(c.level, ''), sum(d.net_minor) FROM customer c LEFT JOIN document d ON d.customer_id = c.id"
    " AND +d.kind = 'invoice' GROUP BY coalesce(c.level, '')"
)
_OTHER_MEASURES = ((facts, "_favourites"), (credit, "late_tenths"), (facts, "_add_leads"))
"""What the same pass gathers besides, and neither RFM nor CLV is reckoned of."""


class _Left(Exception):
    """Ends a unit without writing it."""


def _plain(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(text(statement)).all()  # own-sql: the statements above


def _unkept(book: Book, work: Callable[[Unit], Any]) -> Callable[[], None]:
    """Does it in a transaction that is then taken back, so that the next run finds the same book."""

    def run() -> None:
        try:
            with book.write("bench") as unit:
                work(unit)
                raise _Left
        except _Left:
            pass

    return run


def give_rules(book: Book) -> None:
    """Makes a segment of each rule, all in one transaction, and finds their members once."""
    with book.write("bench") as unit:
        unit.is_bulk = True
        for place, rule in enumerate(RULES, start=1):
            use_cases.perform(unit, "segment.create", {"name": f"Bench {place}", "rule": rule})
        unit.finish("bench", {})


def _copy(folder: Path, customer_count: int, invoice_count: int) -> Book:
    path = folder / "groups.crmdesk"
    if not path.exists():
        shutil.copyfile(practice(folder, customer_count, invoice_count), path)
        with Book.open(path) as book:
            use_cases.run(book, "measure.evaluate", {})
            give_rules(book)
    return Book.open(path)


def measure_rules(folder: Path, customer_count: int, invoice_count: int) -> Iterator[Figure]:
    """All rules for everybody, nobody moving; then what one payment costs with them, and the segments' part of it."""
    with _copy(folder, customer_count, invoice_count) as book:
        with book.read() as connection:
            count = connection.execute(text("SELECT count(*) FROM segment WHERE rule != ''")).scalar_one()
        ours, floor = paired(
            _unkept(book, lambda unit: segment_evaluation.evaluate(unit, clock.today())),
            reading(book, _plain, *_SUMS),
            runs=3,
        )
        yield Figure(
            f"{count} rules for {customer_count:,} customers", ours, floor, "s", "≤ 5 s at 100,000/1,000,000"
        )
        yield from _after_payment(book, count)


def _after_payment(book: Book, rule_count: int) -> Iterator[Figure]:
    with book.read() as connection:
        codes = list(
            connection.execute(
                text("SELECT code FROM customer WHERE id IN (SELECT customer_id FROM open_item) LIMIT :most"),
                {"most": PAYMENTS + 1},
            ).scalars()
        )
    payment = {"date": clock.today(), "amount": "10.00", "allocate": "oldest"}
    whole: list[float] = []
    with (
        calls_of(segment_touched, "after_write") as of_segments,
        calls_of(evaluation, "after_write") as of_measures,
    ):
        for code in codes:  # the first one compiles the rules
            whole.append(
                once(lambda code=code: use_cases.run(book, "payment.record", {"customer": code, **payment}))
            )
    goal = "≤ 10 ms"
    for name, spent, limit in (
        (f"one payment: {rule_count} rules again", of_segments, goal),
        ("one payment: its customer's measures again", of_measures, ""),
        (f"one payment in a book with {rule_count} rules", whole, ""),
    ):
        yield Figure(name, statistics.median(spent[1:]) * 1000, None, "ms", limit)


def measure_measures(folder: Path, customer_count: int, invoice_count: int) -> Iterator[Figure]:
    """RFM, customer value and all else that is kept of customers, for everybody: read, fitted, reckoned, written."""
    with _copy(folder, customer_count, invoice_count) as book, ExitStack() as timing:
        others = [timing.enter_context(calls_of(module, name)) for module, name in _OTHER_MEASURES]
        ours, floor = paired(_unkept(book, evaluation.evaluate), reading(book, _plain, _BOUGHT), runs=3)
        apart = sum(statistics.median(spent[1:]) for spent in others)
        yield Figure(
            f"RFM, CLV and what follows from them, of {customer_count:,}",
            ours - apart,
            floor,
            "s",
            "≤ 3 s at 100,000",
        )
        name = f"with favourites, lateness and scores of leads, of {customer_count:,}"
        yield Figure(name, ours, floor, "s", note=_cpu(book))


def _cpu(book: Book) -> str:
    """CPU seconds of one more run: what a busy machine does not change so much."""
    start = time.process_time()
    _unkept(book, evaluation.evaluate)()
    return f"CPU {time.process_time() - start:.2f} s"


def measure_side_by_side(folder: Path, customer_count: int, invoice_count: int) -> Iterator[Figure]:
    """A matrix and a comparison of six rules."""
    with _copy(folder, customer_count, invoice_count) as book:
        ours, floor = paired(
            reading(book, matrix.matrix, "life_stage", "level", figure=matrix.REVENUE),
            reading(book, _plain, _OF_TWO),
            runs=3,
        )
        yield Figure("matrix of revenue, stage × level", ours, floor, "s")
        seconds = median_of(reading(book, comparing.compare, [Group(FILTER, one) for one in COMPARED]), 3)
        yield Figure(f"comparison of {len(COMPARED)} groups", seconds, None, "s")
