"""Search as you type over many customers."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from pathlib import Path

from crmdesk.bench.timing import Figure, once
from crmdesk.models import clock, text_keys
from crmdesk.models.tables.customers import customer
from crmdesk.services import demo_words as words
from crmdesk.services import search, search_index
from crmdesk.services.book import Book

BATCH = 50_000
GOAL = "≤ 20 ms at 1,000,000"


def fill(book: Book, count: int) -> None:
    """Customers by the row, with their search entries, as an import writes them."""
    chance = random.Random(11)
    made = 0
    made_at = clock.stamp(clock.now_utc())
    while made < count:
        with book.write() as unit:
            unit.is_bulk = True
            for _number in range(min(BATCH, count - made)):
                made += 1
                town = chance.choice(words.PLACES)[1].removesuffix("市")
                name = (
                    f"{town}{chance.choice(words.MARKS)}{chance.choice(words.MARKS)}"
                    f"{chance.choice(words.TRADES)[0]}{chance.choice(words.FORMS)}"
                )
                code = f"C{made:07d}"
                phone = "1" + chance.choice("3578") + "".join(chance.choices("0123456789", k=9))
                record_id = unit.next_id()
                unit.add(
                    customer,
                    id=record_id,
                    code=code,
                    kind="company",
                    name=name,
                    phone=phone,
                    phone_key=text_keys.phone_key(phone),
                    name_key=text_keys.folded(name),
                    created_at=made_at,
                    is_active=True,
                    version=1,
                )
                search_index.add(unit, record_id, search_index.texts_of(code, name, "", phone, ()))
            unit.finish("bench", {})


def measure_search(folder: Path, customer_count: int, _invoices: int) -> Iterator[Figure]:
    """Any one to four characters, initials or digits: the slowest kind is what counts."""
    with Book.create(folder / "search.crmdesk", name="Bench", country="CN") as book:
        seconds = once(lambda: fill(book, customer_count))
        yield Figure(
            f"{customer_count:,} customers written and indexed", customer_count / seconds, None, "/s"
        )
        kinds = {
            "1 character": ("杭", "司", "鼎", "8", "c", "h"),
            "2 characters": ("杭州", "鼎晟", "限公", "13", "hz", "贸易"),
            "3 characters": ("杭州鼎", "易有限", "138", "hzd", "C00"),
            "4 characters": ("杭州鼎晟", "有限公司", "1381", "hzds", "C012"),
            "initials": ("hzdsmy", "shrf", "yxgs"),
            "phone digits": ("13812", "8888", "0571"),
            "exact code": (f"C{customer_count // 2:07d}",),
            "nothing found": ("饕餮魑魅", "zzzzqq", "99999999999"),
        }
        for name, texts in kinds.items():
            worst: list[tuple[float, str]] = []
            for typed in texts:
                with book.read() as connection:
                    search.customers(connection, typed, 50)
                    times = [once(lambda: search.customers(connection, typed, 50)) for _run in range(5)]  # noqa: B023
                worst.append((statistics.median(times) * 1000, typed))
            slowest, typed = max(worst)
            yield Figure(f"search, {name}", slowest, None, "ms", GOAL, note=f"slowest: {typed}")
