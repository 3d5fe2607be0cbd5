"""Customers that may be entered twice: the same name but for form, the same phone, tax number, or sound."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from crmdesk.models import text_keys
from crmdesk.models.errors import Code
from crmdesk.models.tables.customers import contact, customer
from crmdesk.services import pinyin, search
from crmdesk.services.doubts import warning
from crmdesk.services.units import Unit
from crmdesk.text import N_, _

_SHOWN_MAX = 5
_BULK_ROWS_MAX = 200_000
_SOUND_LENGTH_MIN = 3

REASONS = {
    "name": N_("the same name"),
    "phone": N_("the same phone"),
    "tax_number": N_("the same tax number"),
    "sound": N_("a name that sounds the same"),
}


@dataclass(frozen=True, slots=True)
class Twin:
    """A customer that may be the same; `reason` is a key of REASONS."""

    id: int
    code: str
    name: str
    reason: str


def tax_key(text: str) -> str:
    """A tax number without spaces and case."""
    return text.replace(" ", "").upper()


def initials_of(name: str) -> str:
    """The letters of a name with pinyin initials for its Chinese signs: what names are sorted by."""
    letters = text_keys.letters_of(text_keys.folded(name))
    return letters if letters.isascii() else pinyin.initials(letters)


def duplicates(
    connection: Connection,
    *,
    name: str = "",
    phone: str = "",
    tax_number: str = "",
    except_id: int | None = None,
) -> list[Twin]:
    """Customers that may be the one being typed, a handful, the strongest reason first. Quick at any size."""
    found: dict[int, Twin] = {}
    for reason, condition in _conditions(name, phone, tax_number):
        query = select(customer.c.id, customer.c.code, customer.c.name).where(condition).limit(_SHOWN_MAX + 1)
        for row in connection.execute(query):
            if row.id != except_id:
                found.setdefault(row.id, Twin(row.id, row.code, row.name, reason))
    for twin in (*_by_contact(connection, phone), *_by_sound(connection, name)):
        if twin.id != except_id:
            found.setdefault(twin.id, twin)
    return list(found.values())[:_SHOWN_MAX]


def _conditions(name: str, phone: str, tax_number: str) -> list[tuple[str, ColumnElement[bool]]]:
    conditions: list[tuple[str, ColumnElement[bool]]] = []
    if tax_number.strip():
        spellings = (tax_number.strip(), tax_key(tax_number))
        conditions.append(("tax_number", customer.c.tax_number.in_(spellings)))
    if name.strip():
        conditions.append(("name", customer.c.name_key == text_keys.name_key(name)))
    if text_keys.phone_key(phone):
        conditions.append(("phone", customer.c.phone_key == text_keys.phone_key(phone)))
    return conditions


def _by_contact(connection: Connection, phone: str) -> list[Twin]:
    """Customers one of whose contacts has the phone; the search index finds it by its digits."""
    key = text_keys.phone_key(phone)
    if not key:
        return []
    found = search.customers(connection, key, _SHOWN_MAX).ids
    query = (
        select(customer.c.id, customer.c.code, customer.c.name, contact.c.phone, contact.c.mobile)
        .join(contact, contact.c.customer_id == customer.c.id)
        .where(customer.c.id.in_(found))
    )
    return [
        Twin(row.id, row.code, row.name, "phone")
        for row in connection.execute(query)
        if key in (text_keys.phone_key(row.phone), text_keys.phone_key(row.mobile))
    ]


def _by_sound(connection: Connection, name: str) -> list[Twin]:
    """Homophones, such as 鼎晟 and 鼎盛: equal initials by the index, then equal syllables."""
    initials = initials_of(name)
    if len(initials) < _SOUND_LENGTH_MIN or name.isascii():
        return []
    sound = _sound(name)
    query = select(customer.c.id, customer.c.code, customer.c.name).where(customer.c.initials == initials)
    return [
        Twin(row.id, row.code, row.name, "sound")
        for row in connection.execute(query.limit(100))
        if _sound(row.name) == sound
    ]


def _sound(name: str) -> str:
    return pinyin.syllables(text_keys.name_key(name))


@dataclass(slots=True)
class _Known:
    """Keys of all customers in memory, for an import of many rows: key -> code of the first that has it."""

    names: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    tax_numbers: dict[str, str] = field(default_factory=dict)


def warn(
    unit: Unit,
    code: str,
    name: str,
    phone: str,
    tax_number: str,
    *,
    except_id: int | None = None,
    is_new: bool = True,
) -> None:
    """Adds one `possible_duplicate` warning when the customer may exist already."""
    if not unit.is_bulk:
        found = duplicates(
            unit.connection, name=name, phone=phone, tax_number=tax_number, except_id=except_id
        )
        if found:
            _add(unit, name, [(twin.code, twin.reason) for twin in found], [twin.name for twin in found])
        return
    known = _known(unit)
    if known is None or not is_new:
        return
    twins: dict[str, str] = {}
    if tax_number and (other := known.tax_numbers.setdefault(tax_key(tax_number), code)) != code:
        twins[other] = "tax_number"
    if (other := known.names.setdefault(text_keys.name_key(name), code)) != code:
        twins.setdefault(other, "name")
    phone_key = text_keys.phone_key(phone) if phone else ""
    if phone_key and (other := known.phones.setdefault(phone_key, code)) != code:
        twins.setdefault(other, "phone")
    if twins:
        _add(unit, name, list(twins.items()), [])


def _add(unit: Unit, name: str, twins: list[tuple[str, str]], names: list[str]) -> None:
    labels = [
        f"{code} {label}".strip() + f" ({_(REASONS[reason])})"
        for (code, reason), label in zip(twins, names or [""] * len(twins), strict=True)
    ]
    unit.warnings.append(
        warning(
            Code.POSSIBLE_DUPLICATE,
            _("“{name}” may exist already: {twins}.").format(name=name, twins=", ".join(labels)),
            "name",
            customers=[code for code, _reason in twins],
        )
    )


def _known(unit: Unit) -> _Known | None:
    """The keys of every customer; None when there are too many to keep in memory."""
    if "duplicates" not in unit.cache:
        count = unit.execute(select(func.count()).select_from(customer)).scalar_one()
        unit.cache["duplicates"] = None if count > _BULK_ROWS_MAX else _load(unit)
    known: _Known | None = unit.cache["duplicates"]
    return known


def _load(unit: Unit) -> _Known:
    known = _Known()
    table = customer.c
    rows: Any = unit.execute(select(table.code, table.name_key, table.phone_key, table.tax_number))
    for code, name_key, phone_key, tax_number in rows:
        known.names.setdefault(name_key, code)
        if phone_key:
            known.phones.setdefault(phone_key, code)
        if tax_number:
            known.tax_numbers.setdefault(tax_key(tax_number), code)
    return known
