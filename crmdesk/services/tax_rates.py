"""Tax rates: a table with validity. Any rate is taken; one that is not in the table warns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.products import TAX_RATE_ROW
from crmdesk.models.tables.products import tax_rate
from crmdesk.services.doubts import warning
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_ID = Field("tax_rate", Kind.INTEGER, N_("Tax rate"), required=True, link="tax_rate")
SMALL_TRADER_RATES = (Decimal("0.01"), Decimal("0.03"))
"""What a small-scale taxpayer (小规模纳税人) charges, the first one in force; 1 % is policy until the end of 2027."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of the table, valid on every day from `valid_from` to `valid_to`, both included."""

    id: int
    name: str
    rate: Decimal
    kind: str
    """taxed, exempt or out_of_scope"""
    valid_from: date | None
    valid_to: date | None
    is_default: bool

    def is_valid_on(self, day: date) -> bool:
        """Whether the rate is in force on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


def all_rates(connection: Connection) -> list[Rate]:
    """The whole table: highest rate first, then the kinds without tax."""
    rows = connection.execute(select(tax_rate).order_by(tax_rate.c.id))
    rates = [
        Rate(row.id, row.name, Decimal(row.rate), row.kind, row.valid_from, row.valid_to, row.is_default)
        for row in rows
    ]
    return sorted(rates, key=lambda rate: (rate.kind != "taxed", -rate.rate))


def rates_on(unit: Unit, day: date) -> list[Rate]:
    """The rates in force on a day."""
    return [rate for rate in _known(unit) if rate.is_valid_on(day)]


def default_on(unit: Unit, day: date) -> Decimal | None:
    """The usual rate on a day: the table's default, or None without one."""
    usual = [rate.rate for rate in rates_on(unit, day) if rate.is_default and rate.kind == "taxed"]
    return usual[0] if usual else None


def warn_if_unknown(unit: Unit, rate: Decimal, on: date, field: str = "tax_rate") -> None:
    """Adds the warning `rate_not_in_table` for a rate that the table does not have on that day."""
    if any(known.kind == "taxed" and known.rate == rate for known in rates_on(unit, on)):
        return
    unit.warnings.append(
        warning(
            Code.RATE_NOT_IN_TABLE,
            _("{rate} % is not a tax rate of {date} in this book. It was taken as it is.").format(
                rate=f"{(rate * 100).normalize():f}", date=on.isoformat()
            ),
            field,
        )
    )


def _known(unit: Unit) -> list[Rate]:
    if tax_rate not in unit.cache:
        unit.flush()
        unit.cache[tax_rate] = all_rates(unit.connection)
    known: list[Rate] = unit.cache[tax_rate]
    return known


def _find(unit: Unit, record_id: int) -> Rate:
    for rate in _known(unit):
        if rate.id == record_id:
            return rate
    raise NotFound(Code.NOT_FOUND, _("This tax rate does not exist any more."), field="tax_rate")


def _check(kind: str, rate: Decimal, valid_from: date | None, valid_to: date | None) -> None:
    if kind != "taxed" and rate:
        raise InvalidInput(Code.OUT_OF_RANGE, _("An exempt or out-of-scope rate is 0."), field="rate")
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise InvalidInput(
            Code.DATE_ORDER, _("The last day of validity is before the first."), field="valid_to"
        )


def _only_default(unit: Unit, record_id: int) -> None:
    """One default at a time."""
    unit.execute(update(tax_rate).where(tax_rate.c.id != record_id).values(is_default=False))


@use_case(
    "tax_rate.create",
    fields=TAX_RATE_ROW,
    summary=N_("Add a tax rate with its validity."),
    errors=(Code.OUT_OF_RANGE, Code.DATE_ORDER),
)
def create(
    unit: Unit,
    *,
    name: str,
    rate: Decimal,
    kind: str = "taxed",
    valid_from: date | None = None,
    valid_to: date | None = None,
    is_default: bool | None = None,
) -> dict[str, Any]:
    """Adds a rate and gives its id."""
    _check(kind, rate, valid_from, valid_to)
    record_id = unit.next_id()
    unit.add(
        tax_rate,
        id=record_id,
        name=name,
        rate=f"{rate:f}",
        kind=kind,
        valid_from=valid_from,
        valid_to=valid_to,
        is_default=bool(is_default),
    )
    if is_default:
        _only_default(unit, record_id)
    unit.cache.pop(tax_rate, None)
    unit.note("tax_rate", record_id, None, {"name": name, "rate": f"{rate:f}", "kind": kind})
    return {"tax_rate": record_id}


@use_case(
    "tax_rate.update",
    fields=(_ID, *optional(TAX_RATE_ROW), Field("clear", Kind.LIST, N_("Fields to empty"))),
    summary=N_("Change a tax rate; documents that were issued keep theirs."),
    errors=(Code.NOT_FOUND, Code.OUT_OF_RANGE, Code.DATE_ORDER),
)
def change(unit: Unit, *, tax_rate: int, clear: list[str] | None = None, **values: Any) -> dict[str, Any]:
    """Changes what is given; `clear` may name valid_from and valid_to."""
    old = _find(unit, tax_rate)
    new = {name: value for name, value in values.items() if value is not None}
    new.update((name, None) for name in clear or () if name in ("valid_from", "valid_to"))
    merged = {name: new.get(name, getattr(old, name)) for name in values}
    _check(merged["kind"], merged["rate"], merged["valid_from"], merged["valid_to"])
    if old.is_default and new.get("is_default") is False:
        raise InvalidInput(
            Code.INVALID_CHOICE, _("Make another rate the default one instead."), field="is_default"
        )
    stored = new | ({"rate": f"{new['rate']:f}"} if "rate" in new else {})
    if stored:
        unit.execute(update(_TABLE).where(_TABLE.c.id == tax_rate).values(**stored))
        if new.get("is_default"):
            _only_default(unit, tax_rate)
        unit.cache.pop(_TABLE, None)
        unit.note("tax_rate", tax_rate, {name: str(getattr(old, name)) for name in new}, stored)
    return {"tax_rate": tax_rate}


@use_case(
    "tax_rate.delete",
    fields=(_ID,),
    summary=N_("Take a tax rate off the table; documents that were issued keep theirs."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def delete(unit: Unit, *, tax_rate: int) -> dict[str, Any]:
    """Deletes a rate that is not the default one."""
    old = _find(unit, tax_rate)
    if old.is_default:
        raise Conflict(
            Code.IN_USE,
            _("{name} is the default rate. Make another one the default first.").format(name=old.name),
            field="tax_rate",
        )
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.id == tax_rate))
    unit.cache.pop(_TABLE, None)
    unit.note("tax_rate", tax_rate, {"name": old.name, "rate": f"{old.rate:f}", "kind": old.kind}, None)
    return {"tax_rate": tax_rate}


def choose_default(unit: Unit, taxpayer: str, on: date) -> None:
    """Makes the usual rate of a kind of Chinese taxpayer the default: 13 % (general), 1 % or else 3 % (small)."""
    wanted = SMALL_TRADER_RATES if taxpayer == "small" else (Decimal("0.13"),)
    for rate in wanted:
        for known in rates_on(unit, on):
            if known.kind == "taxed" and known.rate == rate:
                unit.execute(update(tax_rate).where(tax_rate.c.id == known.id).values(is_default=True))
                _only_default(unit, known.id)
                unit.cache.pop(tax_rate, None)
                unit.changes.everything.add("tax_rate")
                return


_TABLE = tax_rate
