"""The owner's own fields as declared fields: every place that works over declared fields asks `declared`.

A book's own field is made a `models.fields.Field` at run time; what a kind means is the same as for a declared one.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, select

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.custom_fields import custom_field, custom_value, document_value
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.products import product
from crmdesk.services.units import Unit
from crmdesk.text import N_, current_language

PREFIX = "own."
"""Before the name of an own field in filters, columns, formulas and import headers: no name of ours is in its way."""
FORMULA, LINK = "formula", "link"
OWN_SECTION = N_("Own fields")
_KINDS = {
    "text": Kind.TEXT,
    "long_text": Kind.LONG_TEXT,
    "number": Kind.QUANTITY,
    "money": Kind.MONEY,
    "date": Kind.DATE,
    "choice": Kind.CHOICE,
    "multi_choice": Kind.LIST,
    "yes_no": Kind.BOOLEAN,
    "link": Kind.LINK,
}
_IN_NUMBER = frozenset({Kind.MONEY, Kind.DATE, Kind.BOOLEAN, Kind.LINK})
_WIDTHS = {Kind.TEXT: 16, Kind.LONG_TEXT: 28, Kind.MONEY: 14, Kind.BOOLEAN: 8, Kind.LIST: 18}
_LENGTHS = {Kind.TEXT: 200, Kind.LONG_TEXT: 4_000}


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of record that can have own fields."""

    name: str
    table: Table
    list_kind: str
    """The list that shows its columns."""
    kind: str = ""
    """The value of `kind` in its table, where several records share one."""
    is_posted: bool = False

    @property
    def values(self) -> Table:
        """The table of its values."""
        return document_value if self.is_posted else custom_value

    @property
    def key(self) -> Any:
        """The column of `values` with the record's id."""
        return document_value.c.document_id if self.is_posted else custom_value.c.record_id


RECORDS: dict[str, Record] = {
    entry.name: entry
    for entry in (
        Record("customer", customer, "customers"),
        Record("contact", contact, "contacts"),
        Record("product", product, "products"),
        Record("requirement", agreement, "requirements", "requirement"),
        Record("quote", agreement, "quotes", "quote"),
        Record("contract", agreement, "contracts", "contract"),
        Record("order", agreement, "orders", "order"),
        Record("invoice", document, "invoices", "invoice", is_posted=True),
        Record("credit", document, "credits", "credit", is_posted=True),
        Record("payment", document, "payments", "payment", is_posted=True),
    )
}
BY_LIST = {entry.list_kind: entry for entry in RECORDS.values()}


@dataclass(frozen=True, slots=True)
class CustomField:
    """One own field. `field` is what every consumer of declared fields takes; its name has no prefix."""

    id: int
    record: str
    name: str
    kind: str
    target: str
    formula: str
    section: str
    position: int
    is_unique: bool
    is_shown: bool
    is_printed: bool
    is_searchable: bool
    is_active: bool
    field: Field = field(compare=False)
    label: str = ""
    label_en: str = ""
    choices: tuple[Mapping[str, str], ...] = dataclasses.field(default=(), compare=False)
    """As they were declared: value, label, label_en, tone."""

    @property
    def column(self) -> str:
        """Its name in lists, filters and formulas."""
        return PREFIX + self.name

    @property
    def is_number(self) -> bool:
        """Whether its values stand in `number_value`."""
        return self.field.kind in _IN_NUMBER


_COLUMNS = tuple(custom_field.c)
_ALL = select(*_COLUMNS).order_by(custom_field.c.record, custom_field.c.position, custom_field.c.id)


def everything(connection: Connection) -> tuple[CustomField, ...]:
    """All own fields of the book, retired ones too, by record and position."""
    language = current_language()
    return tuple(_made(tuple(row), language) for row in connection.execute(_ALL))


def declared(connection: Connection, record: str, *, with_retired: bool = False) -> tuple[CustomField, ...]:
    """The own fields of a record (`customer`, `invoice` …) in the order of its form."""
    return tuple(
        entry
        for entry in everything(connection)
        if entry.record == record and (entry.is_active or with_retired)
    )


def of_unit(unit: Unit, record: str) -> tuple[CustomField, ...]:
    """As `declared`, read once per unit of work."""
    if custom_field not in unit.cache:
        by_record: dict[str, list[CustomField]] = {}
        for entry in everything(unit.connection):
            if entry.is_active:
                by_record.setdefault(entry.record, []).append(entry)
        unit.cache[custom_field] = {name: tuple(entries) for name, entries in by_record.items()}
    found: tuple[CustomField, ...] = unit.cache[custom_field].get(record, ())
    return found


def forget(unit: Unit) -> None:
    """After a change of own fields: the unit reads them anew."""
    unit.cache.pop(custom_field, None)
    unit.changes.everything.add("custom_field")


@functools.lru_cache(maxsize=512)
def _made(row: tuple[Any, ...], language: str) -> CustomField:
    """The same row gives the same object: fields are made once until they change."""
    return made_of(dict(zip((column.name for column in _COLUMNS), row, strict=True)), language)


def made_of(values: Mapping[str, Any], language: str = "") -> CustomField:
    """The own field of one row of its table."""
    is_english = language.startswith("en")
    kind = _KINDS[values["detail_kind"] if values["kind"] == FORMULA else values["kind"]]
    choices = tuple(
        Choice(
            entry["value"],
            (is_english and entry.get("label_en")) or entry.get("label") or entry["value"],
            entry.get("tone") or "neutral",
            tuple(entry[name] for name in ("label", "label_en") if entry.get(name)),
        )
        for entry in json.loads(values["choices"] or "[]")
    )
    made = Field(
        values["name"],
        kind,
        (is_english and values["label_en"]) or values["label"],
        required=bool(values["is_required"]),
        choices=choices,
        link=values["detail_kind"] if values["kind"] == LINK else None,
        aliases=tuple(
            text
            for text in (values["label"], values["label_en"], PREFIX + values["name"], values["name"])
            if text
        ),
        help=values["help"],
        length_max=_LENGTHS.get(kind, 200),
        default=json.loads(values["default_value"]) if values["default_value"] else None,
        sign="any",
        section=values["section"] or OWN_SECTION,
        width=_WIDTHS.get(kind, 12),
        sortable=kind is not Kind.LIST,
    )
    return CustomField(
        field=made,
        target=values["detail_kind"],
        choices=tuple(json.loads(values["choices"] or "[]")),
        **{
            name: values[name]
            for name in (
                "id", "record", "name", "kind", "formula", "section", "position", "is_unique",
                "is_shown", "is_printed", "is_searchable", "is_active", "label", "label_en",
            )
        },
    )  # fmt: skip
