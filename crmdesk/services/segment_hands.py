"""What is decided by hand about segments: who is in a static list, who is pinned into or out of one with a rule."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.specs import categories as category_specs
from crmdesk.models.specs import segments as specs
from crmdesk.models.tables.segments import segment as segment_table
from crmdesk.models.tables.segments import segment_pin
from crmdesk.services import category_paths, customer_lookup, segment_touched
from crmdesk.services.dialect import among
from crmdesk.services.segment_rules import RULE, STATIC
from crmdesk.services.segments import find
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_ERRORS = (Code.NOT_FOUND, Code.CUSTOMER_MISSING, Code.REQUIRED, Code.INVALID_CHOICE)


@use_case(
    "segment.add",
    fields=(specs.SEGMENT, specs.CUSTOMER, specs.CUSTOMERS),
    summary=N_("Put one or many customers into a segment that is filled by hand."),
    errors=_ERRORS,
)
def add(
    unit: Unit, *, segment: str, customer: str | None = None, customers: list[str] | None = None
) -> dict[str, Any]:
    """Puts customers into a list and says how many were not in it before."""
    row = _by_hand(unit, segment)
    ids = customer_lookup.ids_of(unit, customer, customers)
    present = set(_pinned(unit, row.id, ids))
    new = [one for one in ids if one not in present]
    _put(unit, row, new, is_in=True, reason="")
    segment_touched.evaluate(unit, new)
    return {"segment": row.name, "added": len(new)}


@use_case(
    "segment.remove",
    fields=(specs.SEGMENT, specs.CUSTOMER, specs.CUSTOMERS),
    summary=N_("Take one or many customers out of a segment that is filled by hand."),
    errors=_ERRORS,
)
def remove(
    unit: Unit, *, segment: str, customer: str | None = None, customers: list[str] | None = None
) -> dict[str, Any]:
    """Takes customers out of a list and says how many were in it."""
    row = _by_hand(unit, segment)
    present = list(_pinned(unit, row.id, customer_lookup.ids_of(unit, customer, customers)))
    _take(unit, row, present)
    segment_touched.evaluate(unit, present)
    return {"segment": row.name, "removed": len(present)}


@use_case(
    "segment.pin",
    fields=(specs.SEGMENT, specs.CUSTOMER, specs.CUSTOMERS, specs.IS_IN, specs.REASON),
    summary=N_("Keep customers in a segment, or out of it, whatever its rule says; the reason is kept."),
    errors=_ERRORS,
)
def pin(
    unit: Unit,
    *,
    segment: str,
    reason: str,
    customer: str | None = None,
    customers: list[str] | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Pins customers; pinned again, the new word and reason take the place of the old ones."""
    row = _by_rule(unit, segment)
    return _pin(unit, row, customer_lookup.ids_of(unit, customer, customers), values.get("in"), reason)


def _pin(unit: Unit, row: Any, ids: list[int], is_in: bool | None, reason: str) -> dict[str, Any]:
    is_in = True if is_in is None else is_in
    unit.execute(
        delete(segment_pin).where(segment_pin.c.segment_id == row.id, among(segment_pin.c.customer_id, ids))
    )
    _put(unit, row, ids, is_in=is_in, reason=reason.strip())
    segment_touched.evaluate(unit, ids)
    return {"segment": row.name, "pinned": len(ids), "in": is_in}


@use_case(
    "segment.unpin",
    fields=(specs.SEGMENT, specs.CUSTOMER, specs.CUSTOMERS),
    summary=N_("Take pins away: the rule decides again."),
    errors=_ERRORS,
)
def unpin(
    unit: Unit, *, segment: str, customer: str | None = None, customers: list[str] | None = None
) -> dict[str, Any]:
    """Takes pins away and says how many there were."""
    row = _by_rule(unit, segment)
    present = list(_pinned(unit, row.id, customer_lookup.ids_of(unit, customer, customers)))
    _take(unit, row, present)
    segment_touched.evaluate(unit, present)
    return {"segment": row.name, "unpinned": len(present)}


@use_case(
    "category.pin",
    fields=(
        category_specs.DIMENSION,
        category_specs.PATH,
        specs.CUSTOMER,
        specs.CUSTOMERS,
        specs.IS_IN,
        specs.REASON,
    ),
    summary=N_("Keep customers in a category that a rule gives, or out of it, whatever the rule says."),
    errors=(*_ERRORS, Code.INACTIVE),
)
def pin_category(
    unit: Unit,
    *,
    dimension: str,
    path: str,
    reason: str,
    customer: str | None = None,
    customers: list[str] | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Pins customers in every rule that gives the category; in one where they are to be in."""
    parsed = category_paths.parse(dimension, path)
    category_id = category_paths.find(unit, parsed)
    if values.get("in") is not False:
        category_paths.require_current(unit, parsed)
    rows = unit.execute(
        select(segment_table)
        .where(segment_table.c.category_id == category_id, segment_table.c.deleted_at == "")
        .order_by(segment_table.c.id)
    ).all()
    if not rows:
        raise NotFound(
            Code.NOT_FOUND,
            _("No rule gives the category “{path}”. Put customers into it by hand.").format(path=path[:60]),
            field="path",
        )
    ids = customer_lookup.ids_of(unit, customer, customers)
    is_in = values.get("in")
    for row in rows if is_in is False else rows[:1]:
        _pin(unit, row, ids, is_in, reason)
    return {"dimension": dimension, "path": path, "pinned": len(ids), "in": is_in is not False}


def _by_hand(unit: Unit, name: str) -> Any:
    row = find(unit, name)
    if row.kind != STATIC:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{name}” keeps itself by a rule. Pin customers into it or out of it instead.").format(
                name=row.name
            ),
            field="segment",
        )
    return row


def _by_rule(unit: Unit, name: str) -> Any:
    row = find(unit, name)
    if row.kind != RULE:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{name}” is filled by hand: put customers in or take them out.").format(name=row.name),
            field="segment",
        )
    return row


def _pinned(unit: Unit, segment_id: int, ids: list[int]) -> Any:
    query = select(segment_pin.c.customer_id).where(
        segment_pin.c.segment_id == segment_id, among(segment_pin.c.customer_id, ids)
    )
    return unit.execute(query).scalars()


def _put(unit: Unit, row: Any, ids: list[int], *, is_in: bool, reason: str) -> None:
    now = clock.stamp(clock.now_utc())
    for one in ids:
        unit.add(
            segment_pin,
            segment_id=row.id,
            customer_id=one,
            is_in=is_in,
            reason=reason,
            actor=unit.actor,
            pinned_at=now,
        )
        unit.note("customer", one, None, {"segment": row.name, "in": is_in, "reason": reason})
    unit.changes.add("segment", row.id)


def _take(unit: Unit, row: Any, ids: list[int]) -> None:
    unit.execute(
        delete(segment_pin).where(segment_pin.c.segment_id == row.id, among(segment_pin.c.customer_id, ids))
    )
    for one in ids:
        unit.note("customer", one, {"segment": row.name, "pinned": True}, None)
    unit.changes.add("segment", row.id)
