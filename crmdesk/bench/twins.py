"""Possible duplicates: all pairs of a whole archive, and those of what is being typed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice, pairwise
from pathlib import Path

from sqlalchemy import Connection, text

from crmdesk.bench.ledger import practice
from crmdesk.bench.timing import Figure, calls_of, median_of, once
from crmdesk.models import text_keys
from crmdesk.services import duplicate_pairs, duplicates, similarity
from crmdesk.services.book import Book

_TYPED = 12
"""Customers whose values are typed again."""
_BY_KEYS = "SELECT id, code, name FROM customer WHERE name_key = :name OR phone_key = :phone LIMIT 6"


def measure_twins(folder: Path, customer_count: int, invoice_count: int) -> Iterator[Figure]:
    """The search beside rapidfuzz alone on as many pairs of names; typing beside a look at both indexes."""
    with Book.open(practice(folder, customer_count, invoice_count)) as book, book.read() as connection:
        count = _compared(connection)
        seconds = once(lambda: duplicate_pairs.pairs(connection))
        names = list(connection.execute(text("SELECT name FROM customer ORDER BY name_key")).scalars())
        yield Figure(
            f"search for duplicates among {customer_count:,}",
            seconds,
            once(lambda: _library_alone(names, count)),
            "s",
            "≤ 20 s at 100,000",
            note=f"{count:,} pairs compared",
        )
        yield from _while_typing(connection)


def _compared(connection: Connection) -> int:
    """How many pairs a search compares."""
    with calls_of(similarity, "score") as calls:
        duplicate_pairs.pairs(connection)
    return len(calls)


def _library_alone(names: list[str], count: int) -> None:
    from rapidfuzz.distance import JaroWinkler

    for one, other in islice(pairwise(cycle(names)), count):
        JaroWinkler.similarity(one, other)


def _while_typing(connection: Connection) -> Iterator[Figure]:
    """Name and phone of a customer who is there, as after each pause of the fingers: the slowest counts."""
    query = text(
        "SELECT name, phone FROM customer WHERE name != '' AND phone != '' ORDER BY id DESC LIMIT :most"
    )
    slowest, floor = 0.0, 0.0
    for name, phone in connection.execute(query, {"most": _TYPED}).tuples().all():
        keys = {"name": text_keys.name_key(name), "phone": text_keys.phone_key(phone)}

        def ours(name: str = name, phone: str = phone) -> None:
            duplicates.duplicates(connection, name=name, phone=phone)

        def plain(keys: dict[str, str] = keys) -> None:
            connection.execute(text(_BY_KEYS), keys).all()

        seconds = median_of(ours)
        if seconds > slowest:
            slowest, floor = seconds, median_of(plain)
    yield Figure("duplicates while typing", slowest * 1000, floor * 1000, "ms", "≤ 15 ms at 100,000")
