"""Finding anything from one line of typing: commands and places, customers, documents by number, products.

Every query is bound by an index and a limit, so that a keystroke stays quick in a book of a million customers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, select

from crmdesk.models import text_keys
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.products import product
from crmdesk.models.tables.settings import series, taken_number
from crmdesk.services import picking, settings, word_match
from crmdesk.services.dialect import among
from crmdesk.services.posted import REVERSAL
from crmdesk.services.units import number_of

CUSTOMERS_MAX, DOCUMENTS_MAX, PRODUCTS_MAX, CHOICES_MAX = 6, 6, 4, 12
KINDS = ("invoice", "credit", "payment", "refund", "opening", "writeoff", "recovery", "transfer", "deposit")
"""Kinds of documents that are found by number; a reversal carries the number of its document and is not."""

CUSTOMER, PRODUCT, DOCUMENT = "customer", "product", "document"
_LAST = "\U0010ffff"
_PREFIX_MIN = 2
_RUNNING_DIGITS_MAX = 7


class Choice(NamedTuple):
    """Something the program itself offers. `texts`: what it is called, in the window's language first."""

    key: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CustomerHit:
    """A customer; `rank` as in word_match."""

    id: int
    code: str
    name: str
    phone: str
    is_active: bool
    rank: int = word_match.HOLDS


@dataclass(frozen=True, slots=True)
class ProductHit:
    """A product on sale."""

    id: int
    code: str
    name: str
    specification: str
    rank: int = word_match.HOLDS


@dataclass(frozen=True, slots=True)
class DocumentHit:
    """A posted document; the amount is its total in minor units of its currency."""

    id: int
    kind: str
    number: str
    customer: str
    customer_name: str
    currency: str
    total_minor: int
    dated_on: date
    is_reversed: bool
    rank: int = word_match.BEGINS


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, the best of each kind first. `verb` is to be done with one of `objects`: 对账 西溪."""

    choices: list[tuple[Choice, int]] = field(default_factory=list)
    customers: list[CustomerHit] = field(default_factory=list)
    documents: list[DocumentHit] = field(default_factory=list)
    products: list[ProductHit] = field(default_factory=list)
    verb: str = ""
    objects: list[CustomerHit] = field(default_factory=list)


def find(
    connection: Connection | None, typed: str, choices: Sequence[Choice], verbs: Sequence[Choice] = ()
) -> Answer:
    """Everything that answers to what was typed; without a book (None) only choices."""
    matching = find_choices(typed, choices)
    if connection is None:
        return Answer(matching)
    verb, objects = _find_deed(connection, typed, verbs)
    return Answer(
        matching,
        find_customers(connection, typed),
        find_documents(connection, typed),
        find_products(connection, typed),
        verb,
        objects,
    )


def find_choices(typed: str, choices: Sequence[Choice], limit: int = CHOICES_MAX) -> list[tuple[Choice, int]]:
    """Choices with their ranks; equals stay in the given order."""
    found = [
        (choice, rank) for choice in choices if (rank := word_match.rank(typed, choice.texts)) is not None
    ]
    return sorted(found, key=lambda pair: pair[1])[:limit]


def find_customers(connection: Connection, typed: str, limit: int = CUSTOMERS_MAX) -> list[CustomerHit]:
    """As the customer picker finds them: code, name, pinyin, initials, phone."""
    codes = [pick.code for pick in picking.customers(connection, typed, limit)]
    by_code = {hit.code: hit for hit in _customers(connection, customer.c.code.in_(codes))} if codes else {}
    hits = [by_code[code] for code in codes]
    return [
        replace(hit, rank=found)
        if (found := word_match.rank(typed, (hit.code, hit.name, hit.phone))) is not None
        else hit
        for hit in hits
    ]


def find_products(connection: Connection, typed: str, limit: int = PRODUCTS_MAX) -> list[ProductHit]:
    """As the product picker finds them."""
    codes = [pick.code for pick in picking.products(connection, typed, limit)]
    by_code = {hit.code: hit for hit in _products(connection, product.c.code.in_(codes))} if codes else {}
    hits = [by_code[code] for code in codes]
    return [
        replace(hit, rank=found)
        if (found := word_match.rank(typed, (hit.code, hit.name))) is not None
        else hit
        for hit in hits
    ]


def find_documents(connection: Connection, typed: str, limit: int = DOCUMENTS_MAX) -> list[DocumentHit]:
    """Documents whose number is what was typed, or begins so (the newest first), or ends in that running number:
    42 finds INV-2026-0042."""
    wanted = text_keys.folded(typed)
    if not wanted:
        return []
    spellings = list(dict.fromkeys((typed.strip(), wanted, wanted.upper())))
    ranks: dict[int, int] = {}
    conditions: list[tuple[int, ColumnElement[bool]]] = [(word_match.EXACT, document.c.number.in_(spellings))]
    running = _running_numbers(connection, wanted)
    if running:
        conditions.append((word_match.BEGINS, document.c.number.in_(running)))
    if len(wanted) >= _PREFIX_MIN:
        conditions += [
            (word_match.BEGINS, (document.c.number >= one) & (document.c.number < one + _LAST))
            for one in spellings
        ]
    for rank, condition in conditions:
        for kind in KINDS:  # one by one: each is a short walk through the index of kind and number
            query = (
                select(document.c.id)
                .where(document.c.kind == kind, condition)
                .order_by(document.c.number.desc(), document.c.generation.desc())
                .limit(limit)
            )
            for document_id in connection.execute(query).scalars():
                ranks.setdefault(document_id, rank)
    hits = _documents(connection, among(document.c.id, ranks))
    hits.sort(key=lambda hit: (ranks[hit.id], -hit.dated_on.toordinal(), -hit.id))
    newest: dict[tuple[str, str], DocumentHit] = {}
    for hit in hits:  # a number that came again after an undone import: the page shows its newest document
        best = newest.get((hit.kind, hit.number))
        if best is None or hit.id > best.id:
            newest[hit.kind, hit.number] = hit
    return [replace(hit, rank=ranks[hit.id]) for hit in newest.values()][:limit]


def _running_numbers(connection: Connection, wanted: str) -> list[str]:
    """The full numbers that a running number stands for, in every series that has got so far, and those ahead of a
    series that an imported document brought along.
    """
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= _RUNNING_DIGITS_MAX):
        return []
    prefixes = settings.load(connection).prefixes
    value = int(wanted)
    drawn = select(series.c.kind, series.c.year).where(series.c.last >= value)
    brought = select(taken_number.c.kind, taken_number.c.year).where(taken_number.c.value == value)
    rows = connection.execute(drawn.union(brought))
    return [number_of(prefixes[row.kind], row.year, value) for row in rows if row.kind in prefixes]


def _find_deed(connection: Connection, typed: str, verbs: Sequence[Choice]) -> tuple[str, list[CustomerHit]]:
    """A verb before or behind a customer: 对账 西溪, 西溪 收款, 对账西溪, statement xixi."""
    for verb, rest in _readings(typed, verbs):
        objects = find_customers(connection, rest)
        if objects:
            return verb, objects
    return "", []


def _readings(typed: str, verbs: Sequence[Choice]) -> list[tuple[str, str]]:
    words = text_keys.folded(typed).split(" ")
    cuts = [
        pair
        for at in range(len(words) - 1, 0, -1)
        for pair in (
            (" ".join(words[:at]), " ".join(words[at:])),
            (" ".join(words[at:]), " ".join(words[:at])),
        )
    ]
    found = []
    for said, rest in cuts:
        fitting = find_choices(said, verbs, 1)
        if fitting and fitting[0][1] <= word_match.WORD_BEGINS:
            found.append((fitting[0][0].key, rest))
    whole = " ".join(words)
    for verb in verbs:  # Chinese is written without spaces
        for text in verb.texts:
            said = text_keys.folded(text)
            if said.isascii() or whole == said:
                continue
            if whole.startswith(said):
                found.append((verb.key, whole.removeprefix(said).strip()))
            elif whole.endswith(said):
                found.append((verb.key, whole.removesuffix(said).strip()))
    return found


def known(
    connection: Connection, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], CustomerHit | ProductHit | DocumentHit]:
    """Those of some records (kind and id) that are still there."""
    ids: dict[str, list[int]] = {}
    for kind, record_id in wanted:
        ids.setdefault(kind, []).append(record_id)
    found: dict[tuple[str, int], CustomerHit | ProductHit | DocumentHit] = {}
    for hit in _customers(connection, among(customer.c.id, ids.get(CUSTOMER, ()))):
        found[CUSTOMER, hit.id] = hit
    for hit in _products(connection, among(product.c.id, ids.get(PRODUCT, ()))):
        found[PRODUCT, hit.id] = hit
    for hit in _documents(connection, among(document.c.id, ids.get(DOCUMENT, ()))):
        found[DOCUMENT, hit.id] = hit
    return found


def _customers(connection: Connection, condition: ColumnElement[bool]) -> list[CustomerHit]:
    columns = (customer.c.id, customer.c.code, customer.c.name, customer.c.phone, customer.c.is_active)
    return [CustomerHit(*row) for row in connection.execute(select(*columns).where(condition))]


def _products(connection: Connection, condition: ColumnElement[bool]) -> list[ProductHit]:
    columns = (product.c.id, product.c.code, product.c.name, product.c.specification)
    return [ProductHit(*row) for row in connection.execute(select(*columns).where(condition))]


def _documents(connection: Connection, condition: ColumnElement[bool]) -> list[DocumentHit]:
    back = document.alias("back")
    is_reversed = exists().where(back.c.origin_id == document.c.id, back.c.kind == document.c.kind + REVERSAL)
    query = (
        select(
            document.c.id,
            document.c.kind,
            document.c.number,
            customer.c.code,
            customer.c.name,
            document.c.currency,
            document.c.total_minor,
            document.c.dated_on,
            is_reversed,
        )
        .join_from(document, customer, customer.c.id == document.c.customer_id)
        .where(condition, document.c.kind.in_(KINDS))
    )
    return [DocumentHit(*row[:8], bool(row[8])) for row in connection.execute(query)]
