"""Own fields as a person sees them: on the page of a record, in its form, and on printed paper."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock, money
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.custom_fields import custom_field
from crmdesk.services import settings
from crmdesk.services.custom_fields import FORMULA, RECORDS, CustomField, declared
from crmdesk.services.documents.model import OwnFact
from crmdesk.services.lists.columns import Query
from crmdesk.text import translator


@dataclass(frozen=True, slots=True)
class Shown:
    """One own field of a record. `field` has the short name; `value` is typed as lists give it (money in minor units
    of `currency`), `plain` as `fields` of a use case takes it; None for nothing."""

    field: Field
    column: str
    value: Any
    plain: Any
    currency: str
    is_formula: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A group of the form, in the order that `field.reorder` gave; the title is empty for those without a section."""

    title: str
    fields: tuple[Shown, ...]


def sections(connection: Connection, record: str, record_id: int | None = None) -> tuple[Section, ...]:
    """The own fields of a record by section, with their values; with the defaults where there is no record yet."""
    fields = declared(connection, record)
    row = None
    if record_id is not None and fields:
        row = _rows(connection, record, fields, [record_id]).get(record_id)
    currency = (row or {}).get("currency") or settings.load(connection).currency
    by_title: dict[str, list[Shown]] = {}
    for entry in fields:
        value = row.get(entry.column) if row is not None else None
        plain = plain_of(entry, value, currency) if row is not None else entry.field.default
        shown = Shown(entry.field, entry.column, value, plain, currency, entry.kind == FORMULA)
        by_title.setdefault(entry.section, []).append(shown)
    return tuple(Section(title, tuple(shown)) for title, shown in by_title.items())


def _rows(
    connection: Connection, record: str, fields: Iterable[CustomField], record_ids: Iterable[int]
) -> dict[int, dict[str, Any]]:
    """By id: records as their list shows them with these fields, formulas reckoned; measures only where a formula reads
    one. One that is gone is left out."""
    from crmdesk.services.lists import querying

    columns = frozenset(entry.column for entry in fields)
    wanted = Query(RECORDS[record].list_kind, today=clock.today(), columns=columns)
    return {row["id"]: row for row in querying.rows(connection, wanted, record_ids)}


def plain_of(entry: CustomField, value: Any, currency: str) -> Any:
    """A value of a list as `fields` of a use case takes it."""
    if value is None or value == "":
        return None
    if entry.field.kind is Kind.MONEY:
        return money.plain(value, currency)
    if entry.field.kind is Kind.DATE:
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return list(value) if isinstance(value, tuple) else value


def printed(connection: Connection, record: str, record_id: int) -> tuple[OwnFact, ...]:
    """What of a record's own fields stands on paper: those marked so that have a value."""
    return printed_of_many(connection, record, [record_id]).get(record_id, ())


def printed_of_many(
    connection: Connection, record: str, record_ids: Iterable[int]
) -> dict[int, tuple[OwnFact, ...]]:
    """The same of several records of one kind, by id; those with nothing to print may be missing."""
    printed_ones = {entry.column for entry in declared(connection, record) if entry.is_printed}
    if not printed_ones:
        return {}
    return {
        record_id: tuple(fact for column, fact in facts.items() if column in printed_ones)
        for record_id, facts in facts_of_many(connection, record, record_ids).items()
    }


def facts_of_many(
    connection: Connection, record: str, record_ids: Iterable[int]
) -> dict[int, dict[str, OwnFact]]:
    """By id and column: the own fields of records that have a value, in the order of their form."""
    fields = declared(connection, record)
    if not fields:
        return {}
    choices = {
        field_id: {entry["value"]: entry for entry in json.loads(kept or "[]")}
        for field_id, kept in connection.execute(select(custom_field.c.id, custom_field.c.choices))
    }
    currency = settings.load(connection).currency
    return {
        record_id: _facts(fields, row, row.get("currency") or currency, choices)
        for record_id, row in _rows(connection, record, fields, record_ids).items()
    }


def _facts(
    fields: Iterable[CustomField], row: dict[str, Any], currency: str, choices: dict[int, dict[str, Any]]
) -> dict[str, OwnFact]:
    facts: dict[str, OwnFact] = {}
    for entry in fields:
        value = row.get(entry.column)
        if value is not None and value not in ("", ()):
            first = _words(entry, value, currency, choices[entry.id], "zh_CN")
            facts[entry.column] = OwnFact(
                entry.label,
                entry.label_en or entry.label,
                first,
                _words(entry, value, currency, choices[entry.id], "en"),
            )
    return facts


def _words(entry: CustomField, value: Any, currency: str, choices: dict[str, Any], language: str) -> str:
    kind = entry.field.kind

    def chosen(one: str) -> str:
        known = choices.get(one, {})
        return (language == "en" and known.get("label_en")) or known.get("label") or one

    if kind is Kind.MONEY:
        return money.grouped(value, currency)
    if kind is Kind.DATE:
        return value.isoformat()
    if kind is Kind.BOOLEAN:
        return translator(language)("Yes" if value else "No")
    if kind is Kind.CHOICE:
        return chosen(value)
    if isinstance(value, tuple):
        return ("、" if language == "zh_CN" else ", ").join(map(chosen, value))
    if isinstance(value, Decimal):
        short = value.normalize()
        return f"{short:,f}" if short else "0"
    return str(value)
