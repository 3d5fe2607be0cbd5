"""Posted documents: finding them by number and writing new ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from crmdesk.models.errors import Code, Conflict, NotFound
from crmdesk.models.tables.documents import document
from crmdesk.services import own_numbers
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.text import N_, _

REVERSAL = "_reversal"
DRAWN = ("refund", "transfer_out")
"""Kinds that take from what is free of the payment or credit they belong to: paid back, or moved to another one."""
_NUMBERS_PER_QUERY = 500
_ABSENT = object()
"""In the cache: looked up, and not there."""

NOT_FOUND_TEXTS = {
    "invoice": N_("There is no invoice {number}."),
    "credit": N_("There is no credit note {number}."),
    "payment": N_("There is no payment {number}."),
    "refund": N_("There is no refund {number}."),
    "writeoff": N_("There is no write-off {number}."),
    "recovery": N_("There is no recovery {number}."),
    "opening": N_("There is no opening balance {number}."),
    "transfer": N_("There is no transfer {number}."),
    "deposit": N_("There is no deposit {number}."),
    "discount": N_("There is no settlement discount {number}."),
    "deposit_return": N_("There is no returned or kept deposit {number}."),
}


@dataclass(slots=True)
class Posted:
    """A posted document in memory; amounts in minor units of its currency."""

    id: int
    kind: str
    number: str
    generation: int
    customer_id: int
    currency: str
    dated_on: date
    due_on: date | None
    total_minor: int
    effect_minor: int
    discount_minor: int
    origin_id: int | None
    rate: str | None = None
    """Book currency for one unit of a foreign one, as it was posted; `carrying.rate_of` knows later ones, too."""
    reversed_on: date | None = None


_COLUMNS = (
    document.c.id,
    document.c.kind,
    document.c.number,
    document.c.generation,
    document.c.customer_id,
    document.c.currency,
    document.c.dated_on,
    document.c.due_on,
    document.c.total_minor,
    document.c.effect_minor,
    document.c.discount_minor,
    document.c.origin_id,
    document.c.rate,
)


_BY_NUMBER = (
    select(*_COLUMNS)
    .where(document.c.kind.in_(bindparam("kinds", expanding=True)), document.c.number == bindparam("number"))
    .order_by(document.c.generation.desc(), document.c.id)
)


def look_up(unit: Unit, kinds: tuple[str, ...], number: str) -> Posted | None:
    """The newest document of one of the kinds with that number, with the date of its reversal if it has one.

    Never flushes: what this unit wrote is at hand, with its reversal.
    """
    for kind in kinds:
        cached = unit.cache.get(("document", kind, number))
        if cached is None:
            break
        if cached is not _ABSENT:
            return cached
    else:
        return None
    wanted = [*kinds, *(kind + REVERSAL for kind in kinds)]
    rows = list(unit.connection.execute(_BY_NUMBER, {"kinds": wanted, "number": number}).all())
    for kind in kinds:
        cached = unit.cache.get(("document", kind, number))
        if cached is None:
            cached = _newest(unit, kind, rows)
        if cached is not None and cached is not _ABSENT:
            return cached
    return None


def _newest(unit: Unit, kind: str, rows: list[Any]) -> Posted | None:
    """The newest document of a kind among the rows of one number."""
    own = next((row for row in rows if row.kind == kind), None)
    if own is None:
        return None
    found = Posted(*own)
    for row in rows:
        if row.kind == kind + REVERSAL and row.generation == found.generation:
            found.reversed_on = row.dated_on
    remember(unit, found)
    return found


def prefetch(unit: Unit, kinds: Iterable[str], numbers: Iterable[str]) -> None:
    """Looks up many numbers at once, those that do not exist included; an import does so block by block."""
    wanted = list(dict.fromkeys(numbers))
    for kind in kinds:
        missing = [number for number in wanted if ("document", kind, number) not in unit.cache]
        for start in range(0, len(missing), _NUMBERS_PER_QUERY):
            block = missing[start : start + _NUMBERS_PER_QUERY]
            by_number: dict[str, list[Any]] = {number: [] for number in block}
            query = (
                select(*_COLUMNS)
                .where(document.c.kind.in_((kind, kind + REVERSAL)), document.c.number.in_(block))
                .order_by(document.c.generation.desc(), document.c.id)
            )
            for row in unit.connection.execute(query):
                by_number[row.number].append(row)
            for number, rows in by_number.items():
                if _newest(unit, kind, rows) is None:
                    unit.cache["document", kind, number] = _ABSENT


def find(unit: Unit, kinds: tuple[str, ...], number: str, field: str) -> Posted:
    """As `look_up`, or NotFound naming the field."""
    found = look_up(unit, kinds, number)
    if found is None:
        raise NotFound(
            Code.NOT_FOUND, _(NOT_FOUND_TEXTS[kinds[0]]).format(number=f"“{number[:60]}”"), field=field
        )
    return found


def by_id(unit: Unit, document_id: int) -> Posted:
    """The document with that id (which must exist), with the date of its reversal."""
    cached = unit.cache.get(("document", document_id))
    if cached is not None:
        return cached
    found = Posted(*unit.execute(select(*_COLUMNS).where(document.c.id == document_id)).one())
    found.reversed_on = unit.execute(
        select(document.c.dated_on).where(
            document.c.origin_id == document_id, document.c.kind == found.kind + REVERSAL
        )
    ).scalar()
    unit.cache["document", document_id] = found
    return found


def load(unit: Unit, document_ids: Iterable[int]) -> list[Posted]:
    """Many documents by id, in the order of their ids, with the dates of their reversals; kept at hand."""
    ids = list(document_ids)
    reversals = dict(
        unit.execute(
            select(document.c.origin_id, document.c.dated_on).where(
                among(document.c.origin_id, ids), document.c.kind.like("%" + REVERSAL)
            )
        ).all()
    )
    query = select(*_COLUMNS).where(among(document.c.id, ids)).order_by(document.c.id)
    found = [Posted(*row, reversed_on=reversals.get(row.id)) for row in unit.execute(query)]
    for posted in found:
        unit.cache["document", posted.id] = posted
    return found


def remember(unit: Unit, posted: Posted) -> None:
    """Keeps a document at hand for the rest of the unit."""
    unit.cache["document", posted.kind, posted.number] = posted
    unit.cache["document", posted.id] = posted


def require_live(posted: Posted, field: str) -> None:
    """Refuses a document that was voided or reversed (75 of the bad inputs)."""
    if posted.reversed_on is not None:
        raise Conflict(
            Code.REVERSED,
            _("{number} was reversed on {date}; nothing can be booked against it.").format(
                number=posted.number, date=posted.reversed_on.isoformat()
            ),
            field=field,
        )


def claim_number(unit: Unit, kind: str, number: str | None, dated_on: date) -> tuple[str, int]:
    """The number and generation a new document gets: its own, or the next of the series.

    An own number may repeat only that of a reversed document (an import taken back and done again).
    """
    if number is None:
        return unit.next_number(kind, dated_on), 0
    earlier = require_free_number(unit, kind, number)
    if earlier is None:
        unit.take_number(kind, number)
        return number, 0
    return number, earlier.generation + 1


def require_free_number(unit: Unit, kind: str, number: str) -> Posted | None:
    """The reversed document that had the number before, or None; a live one is refused `duplicate`, a new number that
    nobody could name as `own_numbers.require_usable` does."""
    earlier = look_up(unit, (kind,), number)
    if earlier is not None and earlier.reversed_on is None:
        raise Conflict(
            Code.DUPLICATE, _("The number {number} is taken already.").format(number=number), field="number"
        )
    if earlier is None:
        own_numbers.require_usable(number, "number")
    return earlier


def write(
    unit: Unit,
    kind: str,
    number: str,
    generation: int,
    *,
    customer_id: int,
    currency: str,
    dated_on: date,
    total_minor: int,
    effect_minor: int,
    **values: Any,
) -> Posted:
    """Writes a document row and keeps it at hand. The number must have been claimed in this unit."""
    posted = Posted(
        unit.next_id(),
        kind,
        number,
        generation,
        customer_id,
        currency,
        dated_on,
        values.get("due_on"),
        total_minor,
        effect_minor,
        values.get("discount_minor", 0),
        values.get("origin_id"),
        values.get("rate"),
    )
    unit.add(
        document,
        id=posted.id,
        kind=kind,
        number=number,
        generation=generation,
        customer_id=customer_id,
        currency=currency,
        dated_on=dated_on,
        total_minor=total_minor,
        effect_minor=effect_minor,
        **({"net_minor": 0, "tax_minor": 0, "discount_minor": 0} | values),
        audit_id=unit.audit_id,
    )
    if not kind.endswith(REVERSAL):
        remember(unit, posted)
    unit.changes.add(kind.removesuffix(REVERSAL), posted.id if kind == kind.removesuffix(REVERSAL) else 0)
    unit.changes.add("customer", customer_id)
    return posted
