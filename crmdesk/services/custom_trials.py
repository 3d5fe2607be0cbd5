"""Trying a formula out before it is saved: what it gives for a real record, and what it may name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.errors import CrmdeskError
from crmdesk.services import settings
from crmdesk.services.custom_fields import RECORDS, declared
from crmdesk.services.custom_formulas import examine, known, reckoned
from crmdesk.services.lists.columns import Query
from crmdesk.services.lists.kinds import spec_of


@dataclass(frozen=True, slots=True)
class Trial:
    """`error` is empty where the formula can be read; `kind` is what it gives (number, money, date, text, yes_no)."""

    error: str = ""
    kind: str = ""
    sample: str = ""
    """What the record is called that it was tried on; empty where the book has none."""
    value: Any = None
    """As lists give it: amounts in minor units of `currency`."""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Nameable:
    """Something a formula may name: `name` as it is written, `label` as people call it."""

    name: str
    label: str


def try_out(connection: Connection, record: str, name: str, text: str) -> Trial:
    """Reads a formula and reckons it for the newest record. Never raises for what was typed."""
    try:
        formula = examine(connection, record, name, text)
    except CrmdeskError as error:
        return Trial(error=error.message)
    row = _newest(connection, record)
    if row is None:
        return Trial(kind=formula.kind)
    currency = row.get("currency") or settings.load(connection).currency
    kinds = known(declared(connection, record), record)
    value = reckoned(formula, row, kinds, currency, clock.today())
    called = next((str(row[one]) for one in ("name", "number", "code") if row.get(one)), str(row["id"]))
    return Trial(kind=formula.kind, sample=called, value=value, currency=currency)


def _newest(connection: Connection, record: str) -> dict[str, Any] | None:
    """The newest record as its list shows it."""
    from crmdesk.services.lists import querying

    kind = RECORDS[record]
    query = select(kind.table.c.id).order_by(kind.table.c.id.desc()).limit(1)
    if kind.kind:
        query = query.where(kind.table.c.kind == kind.kind)
    found = connection.execute(query).scalar()
    if found is None:
        return None
    rows = querying.rows(connection, Query(kind.list_kind, today=clock.today()), [found])
    return rows[0] if rows else None


def nameable(connection: Connection, record: str, except_name: str = "") -> tuple[Nameable, ...]:
    """What a formula of a record may name, own fields first."""
    fields = [entry for entry in declared(connection, record) if entry.name != except_name]
    names = known(fields, record)
    labels = {column.field.name: column.field.label for column in spec_of(RECORDS[record].list_kind).columns}
    own = {entry.column: entry.field.label for entry in fields}
    return tuple(Nameable(name, label) for name, label in {**own, **labels}.items() if name in names)
