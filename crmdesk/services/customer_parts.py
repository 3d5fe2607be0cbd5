"""What belongs to a customer: contacts, addresses, billing profiles. One of each kind is the primary one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs import customers as specs
from crmdesk.models.specs.documents import CUSTOMER as CUSTOMER_LINK
from crmdesk.models.tables.customers import PARTS
from crmdesk.models.validation import cleared
from crmdesk.services import doubts, search_index
from crmdesk.services.customer_lookup import find
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_NOT_TEXT = ("born_on", "primary")
_LABELS = {"contact": N_("contact"), "address": N_("address"), "billing_profile": N_("billing profile")}
CLEAR = Field("clear", Kind.LIST, N_("Fields to empty"))


def require_one_primary(rows: Iterable[Mapping[str, Any]], place: str) -> None:
    """Refuses a list in which several are called the primary one."""
    if sum(bool(row.get("primary")) for row in rows) > 1:
        raise InvalidInput(Code.INVALID_CHOICE, _("Only one of them can be the primary one."), field=place)


def write_new(unit: Unit, kind: str, customer_id: int, rows: list[dict[str, Any]]) -> None:
    """Writes the checked parts of a customer made in this unit; the first is primary if none is named."""
    chosen = next((position for position, row in enumerate(rows) if row.get("primary")), 0)
    for position, row in enumerate(rows):
        _write(unit, kind, customer_id, row, is_primary=position == chosen)


def _write(unit: Unit, kind: str, customer_id: int, values: dict[str, Any], *, is_primary: bool) -> int:
    record_id = unit.next_id()
    stored = {
        name: value if name in _NOT_TEXT else (value or "")
        for name, value in values.items()
        if name != "primary"
    }
    unit.add(PARTS[kind], id=record_id, customer_id=customer_id, **stored, is_primary=is_primary)
    unit.changes.add(kind, record_id)
    return record_id


def _add(unit: Unit, kind: str, customer: str, values: dict[str, Any]) -> dict[str, Any]:
    found = find(unit, customer)
    table = PARTS[kind]
    doubts.warn(unit, values)
    has_others = unit.first(select(table.c.id).where(table.c.customer_id == found.id).limit(1)) is not None
    is_primary = bool(values.get("primary")) or not has_others
    if is_primary and has_others:
        _no_primary(unit, table, found.id)
    record_id = _write(unit, kind, found.id, values, is_primary=is_primary)
    _after(unit, kind, found.id, None, _given(values) | {"id": record_id})
    return {kind: record_id}


def _change(
    unit: Unit, kind: str, record_id: int, clear: list[str] | None, values: dict[str, Any]
) -> dict[str, Any]:
    row = _row(unit, kind, record_id)
    table = PARTS[kind]
    wanted = {name: value for name, value in values.items() if value is not None}
    required = {field.name for field in specs.PARTS[kind] if field.required} | {"primary", "kind"}
    for name in cleared(clear, [name for name in values if name not in required], wanted):
        wanted[name] = None if name in _NOT_TEXT else ""
    for name in required & wanted.keys():
        if wanted[name] == "":
            raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field=name), field=name)
    doubts.warn(unit, wanted)
    is_primary = wanted.pop("primary", None)
    changed = {name: value for name, value in wanted.items() if row[name] != value}
    if is_primary is False and row["is_primary"]:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("One must be the primary one. Make another one primary instead."),
            field="primary",
        )
    if is_primary and not row["is_primary"]:
        _no_primary(unit, table, row["customer_id"])
        changed["is_primary"] = True
    if changed:
        unit.execute(update(table).where(table.c.id == record_id).values(**changed))
        unit.changes.add(kind, record_id)
        before = {name: row[name] for name in changed}
        _after(unit, kind, row["customer_id"], before | {"id": record_id}, changed | {"id": record_id})
    return {kind: record_id}


def _remove(unit: Unit, kind: str, record_id: int) -> dict[str, Any]:
    row = _row(unit, kind, record_id)
    table = PARTS[kind]
    unit.execute(sql_delete(table).where(table.c.id == record_id))
    if row["is_primary"]:
        heir = unit.first(
            select(table.c.id).where(table.c.customer_id == row["customer_id"]).order_by(table.c.id).limit(1)
        )
        if heir is not None:
            unit.execute(update(table).where(table.c.id == heir.id).values(is_primary=True))
            unit.changes.add(kind, heir.id)
    unit.changes.add(kind, record_id)
    _after(unit, kind, row["customer_id"], _given(row), None)
    return {kind: record_id}


def _row(unit: Unit, kind: str, record_id: int) -> dict[str, Any]:
    table = PARTS[kind]
    row = unit.first(select(table).where(table.c.id == record_id))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("This {record} does not exist any more.").format(record=_(_LABELS[kind])),
            field=kind,
        )
    return dict(row._mapping)


def _no_primary(unit: Unit, table: Table, customer_id: int) -> None:
    unit.execute(update(table).where(table.c.customer_id == customer_id).values(is_primary=False))


def _after(
    unit: Unit, kind: str, customer_id: int, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    """Notes the change with the customer, where its timeline looks for it, and renews the search index."""
    unit.note(
        "customer",
        customer_id,
        None if before is None else {kind: before},
        None if after is None else {kind: after},
    )
    if kind == "contact":
        search_index.renew(unit, [customer_id])


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in values.items() if value not in (None, "") and name != "customer_id"
    }


def _link(kind: str) -> Field:
    return Field(kind, Kind.INTEGER, N_("Record"), required=True, link=kind)


_ERRORS = (Code.CUSTOMER_MISSING, Code.REQUIRED, Code.TEXT_TOO_LONG)
_CHANGE_ERRORS = (Code.NOT_FOUND, Code.REQUIRED, Code.INVALID_CHOICE)


@use_case(
    "contact.add",
    fields=(CUSTOMER_LINK, *specs.CONTACT),
    summary=N_("Add a contact to a customer. The first one is the primary one."),
    errors=_ERRORS,
)
def add_contact(unit: Unit, *, customer: str, **values: Any) -> dict[str, Any]:
    """Adds a contact and gives its id."""
    return _add(unit, "contact", customer, values)


@use_case(
    "contact.update",
    fields=(_link("contact"), *optional(specs.CONTACT), CLEAR),
    summary=N_("Change a contact."),
    errors=_CHANGE_ERRORS,
)
def change_contact(
    unit: Unit, *, contact: int, clear: list[str] | None = None, **values: Any
) -> dict[str, Any]:
    """Changes what is given."""
    return _change(unit, "contact", contact, clear, values)


@use_case(
    "contact.remove",
    fields=(_link("contact"),),
    summary=N_("Remove a contact. If it was the primary one, the oldest other one becomes it."),
    errors=(Code.NOT_FOUND,),
)
def remove_contact(unit: Unit, *, contact: int) -> dict[str, Any]:
    """Removes a contact; the audit trail keeps what it was."""
    return _remove(unit, "contact", contact)


@use_case(
    "address.add",
    fields=(CUSTOMER_LINK, *specs.ADDRESS),
    summary=N_("Add an address to a customer. The first one is the primary one."),
    errors=_ERRORS,
)
def add_address(unit: Unit, *, customer: str, **values: Any) -> dict[str, Any]:
    """Adds an address and gives its id."""
    return _add(unit, "address", customer, values)


@use_case(
    "address.update",
    fields=(_link("address"), *optional(specs.ADDRESS), CLEAR),
    summary=N_("Change an address."),
    errors=_CHANGE_ERRORS,
)
def change_address(
    unit: Unit, *, address: int, clear: list[str] | None = None, **values: Any
) -> dict[str, Any]:
    """Changes what is given."""
    return _change(unit, "address", address, clear, values)


@use_case(
    "address.remove",
    fields=(_link("address"),),
    summary=N_("Remove an address. If it was the primary one, the oldest other one becomes it."),
    errors=(Code.NOT_FOUND,),
)
def remove_address(unit: Unit, *, address: int) -> dict[str, Any]:
    """Removes an address; the audit trail keeps what it was."""
    return _remove(unit, "address", address)


@use_case(
    "billing_profile.add",
    fields=(CUSTOMER_LINK, *specs.BILLING_PROFILE),
    summary=N_("Add a billing profile (开票信息) to a customer. The first one is the primary one."),
    errors=_ERRORS,
)
def add_billing_profile(unit: Unit, *, customer: str, **values: Any) -> dict[str, Any]:
    """Adds a billing profile and gives its id. A doubtful tax number warns."""
    return _add(unit, "billing_profile", customer, values)


@use_case(
    "billing_profile.update",
    fields=(_link("billing_profile"), *optional(specs.BILLING_PROFILE), CLEAR),
    summary=N_("Change a billing profile."),
    errors=_CHANGE_ERRORS,
)
def change_billing_profile(
    unit: Unit, *, billing_profile: int, clear: list[str] | None = None, **values: Any
) -> dict[str, Any]:
    """Changes what is given."""
    return _change(unit, "billing_profile", billing_profile, clear, values)


@use_case(
    "billing_profile.remove",
    fields=(_link("billing_profile"),),
    summary=N_("Remove a billing profile. If it was the primary one, the oldest other one becomes it."),
    errors=(Code.NOT_FOUND,),
)
def remove_billing_profile(unit: Unit, *, billing_profile: int) -> dict[str, Any]:
    """Removes a billing profile; the audit trail keeps what it was."""
    return _remove(unit, "billing_profile", billing_profile)
