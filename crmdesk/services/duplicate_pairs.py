"""Customers that may be entered twice, over the whole book; and what was decided of them (`duplicate.dismiss`)."""

from __future__ import annotations

import gc
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, delete, insert, select

from crmdesk.models import clock
from crmdesk.models.errors import Cancelled, Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.base import day_number
from crmdesk.models.tables.customers import address, billing_profile, contact, customer
from crmdesk.models.tables.merges import not_duplicate
from crmdesk.services.customer_lookup import find
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

if TYPE_CHECKING:
    from crmdesk.services import similarity

Progress = Callable[[int, int], None]

BLOCK_MAX = 60
"""A key that more customers share (the beginning of a name, a switchboard) tells nothing and would be quadratic."""
_ROWS_TOLD = 2_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers that may be one; `score` is 0 to 100, `reasons` are keys of `similarity.REASONS`."""

    customer_id: int
    other_id: int
    score: int
    reasons: tuple[str, ...]


def pairs(
    connection: Connection,
    *,
    progress: Progress = lambda _done, _total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Pair]:
    """Every pair that is proposed, the surest first; dismissed ones are not. Raises Cancelled.

    `progress(done, total)` counts customers, each twice: read, then compared.
    """
    # the collector would walk over a million small parts again and again
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _pairs(connection, progress, is_cancelled)
    finally:
        if was_enabled:
            gc.enable()


def _pairs(connection: Connection, progress: Progress, is_cancelled: Callable[[], bool]) -> list[Pair]:
    from crmdesk.services import similarity  # its library is loaded when somebody looks for twins

    parties = list(_parties(connection))
    total = 2 * len(parties)
    found_by: dict[int, array[int]] = {}
    for place, one in enumerate(parties):
        if place % _ROWS_TOLD == 0:
            progress(place, total)
            if is_cancelled():
                raise Cancelled(Code.CANCELLED, _("Cancelled."))
        for key in similarity.blocks(one):
            found_by.setdefault(hash(key), array("l")).append(place)
    by_place: dict[int, list[array[int]]] = {}
    for places in found_by.values():
        if 1 < len(places) <= BLOCK_MAX:
            for place in places:
                by_place.setdefault(place, []).append(places)
    del found_by
    known = _dismissed(connection)
    found: list[Pair] = []
    for place, one in enumerate(parties):
        if place % _ROWS_TOLD == 0:
            progress(len(parties) + place, total)
            if is_cancelled():
                raise Cancelled(Code.CANCELLED, _("Cancelled."))
        others = {other for block in by_place.get(place, ()) for other in block if other > place}
        for other_place in others:
            other = parties[other_place]
            score, reasons = similarity.score(one, other)
            if score >= similarity.SAME_FROM and (one.id, other.id) not in known:
                found.append(Pair(one.id, other.id, score, reasons))
    progress(total, total)
    found.sort(key=lambda pair: (-pair.score, pair.customer_id, pair.other_id))
    return found


def _dismissed(connection: Connection) -> set[tuple[int, int]]:
    query = select(not_duplicate.c.customer_id, not_duplicate.c.other_id)
    return {(row[0], row[1]) for row in connection.execute(query)}


def _parties(connection: Connection, ids: list[int] | None = None) -> Iterator[Any]:
    """What is compared of every customer (of some), in order of id."""
    from crmdesk.services import similarity

    def of(query: Any, column: Any) -> Any:
        return connection.execute(query if ids is None else query.where(among(column, ids)))

    phones: dict[int, list[str]] = {}
    emails: dict[int, list[str]] = {}
    taxes: dict[int, str] = {}
    places: dict[int, str] = {}
    part = contact.c
    for owner, phone, mobile, email in of(
        select(part.customer_id, part.phone, part.mobile, part.email), part.customer_id
    ):
        phones.setdefault(owner, []).extend((phone, mobile))
        emails.setdefault(owner, []).append(email)
    profile = billing_profile.c
    for owner, number in of(select(profile.customer_id, profile.tax_number), profile.customer_id):
        taxes.setdefault(owner, number)
    part = address.c
    texts = (part.street, part.district, part.city, part.province, part.postal_code)
    for owner, is_primary, *parts in of(select(part.customer_id, part.is_primary, *texts), part.customer_id):
        if is_primary or owner not in places:
            places[owner] = " ".join(filter(None, parts))
    own = customer.c
    query = select(own.id, own.kind, own.name, own.phone, own.tax_number, own.email, own.born_on)
    for record_id, kind, name, phone, number, email, born_on in of(query.order_by(own.id), own.id):
        yield similarity.party(
            record_id,
            name=name,
            is_person=kind == "person",
            phones=(phone, *phones.get(record_id, ())),
            tax_number=number or taxes.get(record_id, ""),
            emails=(email, *emails.get(record_id, ())),
            address=places.get(record_id, ""),
            born_on="" if born_on is None else str(day_number(born_on)),
        )


def compare(connection: Connection, customer_id: int, other_id: int) -> Pair:
    """The score of two customers and its reasons, whatever was decided of them."""
    from crmdesk.services import similarity

    first, second = sorted((customer_id, other_id))
    one, other = _parties(connection, [first, second])
    score, reasons = similarity.score(one, other)
    return Pair(first, second, score, reasons)


def contact_twins(connection: Connection, customer_id: int) -> list[tuple[int, int]]:
    """Contacts of one customer that are entered twice: the same name, or the same mobile or e-mail address."""
    from crmdesk.services import similarity

    part = contact.c
    query = select(part.id, part.name, part.phone, part.mobile, part.email)
    people = [
        similarity.party(row.id, name=row.name, is_person=True, phones=(row.mobile,), emails=(row.email,))
        for row in connection.execute(query.where(part.customer_id == customer_id).order_by(part.id))
    ]
    return same_people(people)


def same_people(people: Sequence[similarity.Party]) -> list[tuple[int, int]]:
    """Ids of those of some persons that are one: the same name, phone or e-mail address."""
    return [
        (one.id, other.id)
        for place, one in enumerate(people)
        for other in people[place + 1 :]
        if one.key == other.key or one.phones & other.phones or one.emails & other.emails
    ]


_CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), required=True, link="customer")
_OTHER = Field("other", Kind.LINK, N_("Other customer"), required=True, link="customer")


@use_case(
    "duplicate.dismiss",
    fields=(
        _CUSTOMER,
        _OTHER,
        Field("undo", Kind.BOOLEAN, N_("Take the decision back"), default=False),
    ),
    summary=N_("Two customers are not the same: they are not proposed as duplicates again."),
    errors=(Code.CUSTOMER_MISSING, Code.INVALID_CHOICE),
)
def dismiss(unit: Unit, *, customer: str, other: str, undo: bool = False) -> dict[str, Any]:
    """Remembers that two customers are two (`undo` forgets it); twice changes nothing."""
    one, second = find(unit, customer), find(unit, other, "other")
    if one.id == second.id:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("{code} is named twice. Name two customers.").format(code=one.code),
            field="other",
        )
    ids = sorted((one.id, second.id))
    which = and_(not_duplicate.c.customer_id == ids[0], not_duplicate.c.other_id == ids[1])
    is_known = unit.first(select(not_duplicate.c.customer_id).where(which)) is not None
    if undo and is_known:
        unit.execute(delete(not_duplicate).where(which))
    if not undo and not is_known:
        unit.execute(
            insert(not_duplicate).values(
                customer_id=ids[0],
                other_id=ids[1],
                decided_at=clock.stamp(clock.now_utc()),
                actor=unit.actor,
            )
        )
    if undo == is_known:
        told = {"not_the_same_as": second.code}
        unit.note("customer", one.id, told if undo else None, None if undo else told)
    return {"customer": one.code, "other": second.code, "dismissed": not undo}
