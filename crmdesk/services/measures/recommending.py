"""What to offer a customer, each with its reason: what he asked for, what is due again, what goes with what he buys,
what customers like him buy. The stronger reason comes first; a product is offered once.

Only a bounded part of the book is read (the newest invoices, some customers of his categories), so that the answer
takes the same time in a book of a million invoices.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from crmdesk.models import clock
from crmdesk.models.measure_rules import Settings, window_start
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.categories import category, customer_category
from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.products import product
from crmdesk.services import merged_codes
from crmdesk.services.dialect import among
from crmdesk.services.measures import facts, kept
from crmdesk.text import _

ASKED, DUE, TOGETHER, SIMILAR = "asked", "due", "together", "similar"
OWN_LINES_MAX = 5_000
NEWEST_INVOICES = 3_000
SIMILAR_CUSTOMERS = 100
SIMILAR_INVOICES = 2_000
LIMIT = 10
_PAIR_LEAST = 3
"""Two products go together when they stand on so many invoices at least, and on one in ten of the first one's."""
_AGAIN_LEAST = 3
"""A product has a rhythm after so many purchases."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A product to offer, the kind of its reason, and the reason as a sentence."""

    product_id: int
    product: str
    name: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known of the customer when his reasons are looked for."""

    owner: int
    on: date
    chosen: Settings
    bought: dict[int, list[date]]
    """Product -> days he bought it, rising."""
    names: dict[int, str]
    """Products on sale."""

    def fresh(self, products: Iterable[int]) -> list[int]:
        """Those of these on sale that he never bought."""
        return [one for one in products if one in self.names and one not in self.bought]


Finder = Callable[[Connection, _Look], list[tuple[int, str, str]]]


def recommend(
    connection: Connection, code: str, on: date | None = None, limit: int = LIMIT
) -> tuple[Recommendation, ...]:
    """Products to offer a customer, best reason first. Raises NotFound."""
    owner = merged_codes.find_customer(connection, code).id
    on = on or clock.today()
    on_sale = select(product.c.id, product.c.code, product.c.name).where(product.c.is_on_sale.is_(True))
    codes: dict[int, str] = {}
    names: dict[int, str] = {}
    for record_id, number, name in connection.execute(on_sale):
        codes[record_id], names[record_id] = number, name
    look = _Look(owner, on, kept.read_settings(connection), _own(connection, owner, on), names)
    found: dict[int, Recommendation] = {}
    for finder in FINDERS:
        for product_id, kind, reason in finder(connection, look):
            found.setdefault(
                product_id, Recommendation(product_id, codes[product_id], names[product_id], kind, reason)
            )
        if len(found) >= limit:
            break
    return tuple(found.values())[:limit]


def _own(connection: Connection, owner: int, on: date) -> dict[int, list[date]]:
    """What he bought ever, by product: the days, rising."""
    query = (
        facts.bought_lines(True)
        .where(document.c.customer_id == owner)
        .add_columns(document_line.c.product_id, document.c.dated_on)
        .distinct()
        .order_by(document.c.dated_on.desc())
        .limit(OWN_LINES_MAX)
    )
    found: dict[int, list[date]] = defaultdict(list)
    span = {"start": date.min, "today": on}
    for product_id, dated_on in map(tuple, connection.execute(query, span)):
        found[product_id].append(dated_on)
    return {one: days[::-1] for one, days in found.items()}


def _asked(connection: Connection, look: _Look) -> list[tuple[int, str, str]]:
    """Products of requirements and quotes of the window that he did not buy since."""
    words = {
        "requirement": lambda: _("He asked for it on {date} ({number}) and has not bought it since."),
        "quote": lambda: _("It was quoted on {date} ({number}) and he has not bought it since."),
    }
    query = (
        select(agreement.c.kind, agreement.c.number, agreement.c.dated_on, agreement.c.content)
        .where(
            agreement.c.customer_id == look.owner,
            agreement.c.kind.in_(words),
            agreement.c.state.not_in(["void"]),
            agreement.c.dated_on >= window_start(look.on, look.chosen),
            agreement.c.dated_on <= look.on,
        )
        .order_by(agreement.c.dated_on.desc(), agreement.c.id.desc())
        .limit(50)
    )
    found: list[tuple[int, str, str]] = []
    for kind, number, dated_on, content in connection.execute(query):
        for line in json.loads(content)["lines"]:
            wanted = line.get("product_id")
            days = look.bought.get(wanted, [])
            if wanted in look.names and not (days and days[-1] >= dated_on):
                reason = words[kind]().format(date=dated_on.isoformat(), number=number)
                found.append((wanted, ASKED, reason))
    return found


def _due(connection: Connection, look: _Look) -> list[tuple[int, str, str]]:
    """What he buys again and again and has not bought for as long as usual, or nearly."""
    del connection
    found: list[tuple[int, int, str]] = []
    for product_id, days in look.bought.items():
        if product_id not in look.names or len(days) < _AGAIN_LEAST:
            continue
        span, gaps = (days[-1] - days[0]).days, len(days) - 1
        silent = (look.on - days[-1]).days
        # due from nine tenths of his rhythm on; after four times of it he has turned to something else
        if 10 * silent * gaps >= 9 * span and silent * gaps <= 4 * span:
            reason = _(
                "He buys it every {days} days; the last time was {silent} days ago, on {date}."
            ).format(days=(span + gaps // 2) // gaps, silent=silent, date=days[-1].isoformat())
            found.append((100 * silent * gaps // max(span, 1), product_id, reason))
    return [(product_id, DUE, reason) for _rank, product_id, reason in sorted(found, reverse=True)]


def _lines_of(connection: Connection, documents: Any) -> list[set[int]]:
    """The products of each of some invoices."""
    query = select(document_line.c.document_id, document_line.c.product_id).where(
        among(document_line.c.document_id, documents), document_line.c.product_id.isnot(None)
    )
    baskets: dict[int, set[int]] = defaultdict(set)
    for document_id, product_id in connection.execute(query):
        baskets[document_id].add(product_id)
    return list(baskets.values())


def _together(connection: Connection, look: _Look) -> list[tuple[int, str, str]]:
    """What stands on the same invoices as what he buys, among the newest of the book."""
    newest = (
        select(document.c.id)
        .where(document.c.kind == "invoice", document.c.dated_on <= look.on)
        .order_by(document.c.dated_on.desc())
        .limit(NEWEST_INVOICES)
    )
    single: Counter[int] = Counter()
    pairs: Counter[tuple[int, int]] = Counter()
    for basket in _lines_of(connection, connection.execute(newest).scalars()):
        own = basket & look.bought.keys()
        single.update(own)
        for one in own:
            pairs.update((one, other) for other in basket - own)
    found: list[tuple[int, int, int, int]] = []
    for (one, other), count in pairs.items():
        if count >= _PAIR_LEAST and 10 * count >= single[one] and look.fresh([other]):
            found.append((1000 * count // single[one], count, one, other))
    told: list[tuple[int, str, str]] = []
    bought_names = _names(connection, {one for _share, _count, one, _other in found})
    for share, count, one, other in sorted(found, key=lambda row: (-row[0], -row[1], row[2], row[3])):
        reason = _("Bought together with “{product}” in {percent} % of its invoices ({count}).").format(
            product=bought_names[one], percent=share // 10, count=count
        )
        told.append((other, TOGETHER, reason))
    return told


def _names(connection: Connection, ids: set[int]) -> dict[int, str]:
    query = select(product.c.id, product.c.name).where(among(product.c.id, ids))
    return {row[0]: row[1] for row in connection.execute(query)}


def _similar(connection: Connection, look: _Look) -> list[tuple[int, str, str]]:
    """What customers of the smallest of his categories buy that has enough others in it."""
    own = select(customer_category.c.category_id).where(customer_category.c.customer_id == look.owner)
    sizes = (
        select(customer_category.c.category_id, func.count().label("size"))
        .where(customer_category.c.category_id.in_(own))
        .group_by(customer_category.c.category_id)
        .having(func.count() > _PAIR_LEAST)
        .order_by(func.count(), customer_category.c.category_id)
        .limit(1)
    )
    chosen = connection.execute(sizes).first()
    if chosen is None:
        return []
    label = connection.execute(select(category.c.name).where(category.c.id == chosen[0])).scalar_one()
    others = (
        select(customer_category.c.customer_id)
        .where(customer_category.c.category_id == chosen[0], customer_category.c.customer_id != look.owner)
        .order_by(customer_category.c.customer_id)
        .limit(SIMILAR_CUSTOMERS)
    )
    people = list(connection.execute(others).scalars())
    span = {"start": window_start(look.on, look.chosen), "today": look.on}
    query = (
        facts.bought_lines(True)
        .where(among(document.c.customer_id, people))
        .add_columns(document.c.customer_id, document_line.c.product_id)
        .distinct()
        .limit(SIMILAR_INVOICES)
    )
    buyers: Counter[int] = Counter()
    for _owner, product_id in map(tuple, connection.execute(query, span)):
        buyers[product_id] += 1
    told: list[tuple[int, str, str]] = []
    for product_id, count in sorted(buyers.items(), key=lambda row: (-row[1], row[0])):
        if count >= _PAIR_LEAST and look.fresh([product_id]):
            reason = _("{count} of {others} customers of “{category}” buy it, he has not yet.").format(
                count=count, others=len(people), category=label
            )
            told.append((product_id, SIMILAR, reason))
    return told


FINDERS: tuple[Finder, ...] = (_asked, _due, _together, _similar)
"""Where reasons come from, the strongest first."""
