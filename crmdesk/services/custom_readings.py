"""Values of own fields as they are stored and as they are read: by records, typed as lists give them, or plain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, case, cast, select

from crmdesk.models import money
from crmdesk.models.fields import Kind
from crmdesk.models.tables.base import day_of
from crmdesk.models.tables.custom_fields import document_value
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.products import product
from crmdesk.services.custom_fields import FORMULA, PREFIX, RECORDS, CustomField, declared
from crmdesk.services.dialect import among
from crmdesk.services.merged_codes import code_of, survivor_of

REVERSALS = document.c.kind.like("%\\_reversal", escape="\\")
MARK = "|"
"""Around each of several choices."""
LINKED = {"customer": customer, "product": product, "contact": contact}


class Stored(NamedTuple):
    """A value as a row keeps it; both None for no value."""

    text: str | None = None
    number: int | None = None


WIDE_SIGNS = "\uff00-\uffef\u3000"
"""The signs that have another width than usual: Ｍ１, the space of Chinese text, narrow kana."""
_WIDE = re.compile(f"[{WIDE_SIGNS}]+")


def comparable(value: Stored) -> Stored:
    """What two unique values are compared by: the text without differences of width. Case stays a difference."""
    if value.text is None or value.text.isascii():
        return value
    narrow = _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found.group()), value.text)
    return value._replace(text=narrow)


NOTHING = Stored()
"""No value, and no row."""


def read_stored(connection: Connection, record: str, ids: Iterable[int]) -> dict[int, dict[int, Stored]]:
    """Stored values by record and field; a reversal has those of its document."""
    kind = RECORDS[record]
    values = kind.values.c
    if kind.is_posted:
        own = case((REVERSALS, document.c.origin_id), else_=document.c.id)
        query: Any = (
            select(document.c.id, values.field_id, values.text_value, values.number_value)
            .join(document_value, document_value.c.document_id == own)
            .where(among(document.c.id, ids))
        )
    else:
        columns = (kind.key, values.field_id, values.text_value, values.number_value)
        query = select(*columns).where(among(kind.key, ids))
    found: dict[int, dict[int, Stored]] = {}
    for row in connection.execute(query):
        record_id, field_id, text, number = tuple(row)
        found.setdefault(record_id, {})[field_id] = Stored(text, number)
    return found


def typed(entry: CustomField, value: Stored, names: Mapping[tuple[str, int], str]) -> Any:
    """A stored value as lists give it: money as minor units, dates as date, several choices as a tuple.

    `names` are the codes of linked records, as `link_names` gives them.
    """
    kind = entry.field.kind
    if value == NOTHING:
        return None
    if kind is Kind.QUANTITY:
        return Decimal(value.text or "0")
    if kind is Kind.LIST:
        return chosen(value.text or "")
    if kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.CHOICE):
        return value.text
    if value.number is None:
        return None
    if kind is Kind.DATE:
        return day_of(value.number)
    if kind is Kind.BOOLEAN:
        return bool(value.number)
    if kind is Kind.LINK:
        return names.get((entry.target, value.number), "")
    return value.number


def chosen(text: str) -> tuple[str, ...]:
    """Several choices as they are stored, one by one."""
    return tuple(part for part in text.split(MARK) if part)


def fits(entry: CustomField, value: Stored) -> bool:
    """Whether a value is one that its field can have; where a link leads is not looked at."""
    kind = entry.field.kind
    if (
        entry.kind == FORMULA
        or (value.number is None) == entry.is_number
        or (value.text is None) != entry.is_number
    ):
        return False
    if kind is Kind.DATE:
        try:
            day_of(value.number or 0)
        except ValueError:
            return False
    if kind is Kind.BOOLEAN:
        return value.number in (0, 1)
    offered = {choice.value for choice in entry.field.choices}
    if kind is Kind.CHOICE:
        return value.text in offered
    if kind is Kind.LIST:
        return set(chosen(value.text or "")) <= offered
    return True


def link_name(target: str, linked: Any) -> Any:
    """The code of the linked record in SQL, by the column with its id; a contact is known by its id."""
    if target == "contact":
        return cast(linked, Text)
    if target == "customer":  # what a posted document names stays; merged since, he is the survivor
        return code_of(linked)
    table = LINKED[target].alias(f"linked_{target}")
    return select(table.c.code).where(table.c.id == linked).scalar_subquery()


def link_names(
    connection: Connection, found: Iterable[tuple[CustomField, Stored]]
) -> dict[tuple[str, int], str]:
    """What linked records are called by: code, or a contact's id."""
    wanted: dict[str, set[int]] = {}
    for entry, value in found:
        if entry.field.kind is Kind.LINK and value.number is not None:
            wanted.setdefault(entry.target, set()).add(value.number)
    names: dict[tuple[str, int], str] = {}
    for target, ids in wanted.items():
        if target == "contact":
            names.update({(target, one): str(one) for one in ids})
            continue
        table = LINKED[target]
        for one, code in connection.execute(select(table.c.id, table.c.code).where(among(table.c.id, ids))):
            names[target, one] = code
        if target == "customer":  # what a posted document names stays; merged since, he is the survivor
            for one in ids:
                survivor = survivor_of(connection, one) if (target, one) not in names else one
                if survivor != one:
                    query = select(customer.c.code).where(customer.c.id == survivor)
                    names[target, one] = connection.execute(query).scalar() or ""
    return names


def plain(connection: Connection, entry: CustomField, value: Stored, currency: str) -> Any:
    """A stored value as a batch writes it: the form that `fields` of a use case takes."""
    shown = typed(entry, value, link_names(connection, [(entry, value)]))
    if shown is None or shown == "":
        return None
    if entry.field.kind is Kind.MONEY:
        return money.plain(shown, currency)
    if isinstance(shown, Decimal):
        return f"{shown:f}"
    if isinstance(shown, tuple):
        return list(shown)
    return shown.isoformat() if entry.field.kind is Kind.DATE else shown


def of_record(connection: Connection, record: str, record_id: int, currency: str) -> dict[str, Any]:
    """The own fields of one record that have a value, by short name, as `fields` of a use case takes them."""
    own = read_stored(connection, record, [record_id]).get(record_id, {})
    return {
        entry.name: plain(connection, entry, own[entry.id], currency)
        for entry in declared(connection, record)
        if entry.id in own
    }


def columns_of(
    connection: Connection, record: str, fields: Iterable[CustomField], ids: list[int]
) -> dict[int, dict[str, Any]]:
    """Typed values by record and column name (`own.budget`), for a block of a list."""
    by_id = {entry.id: entry for entry in fields}
    every = read_stored(connection, record, ids)
    pairs = [
        (record_id, by_id[field_id], value)
        for record_id, values in every.items()
        for field_id, value in values.items()
        if field_id in by_id
    ]
    names = link_names(connection, [(entry, value) for _id, entry, value in pairs])
    found: dict[int, dict[str, Any]] = {}
    for record_id, entry, value in pairs:
        found.setdefault(record_id, {})[PREFIX + entry.name] = typed(entry, value, names)
    return found
