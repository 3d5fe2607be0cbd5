"""What belongs to a customer: contacts, addresses, billing profiles. One of each kind is the primary one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs import customers as specs
from crmdesk.models.specs.custom_fields import OWN_LINE, values_of
from crmdesk.models.specs.documents import CUSTOMER as CUSTOMER_LINK
from crmdesk.models.tables.customers import PARTS
from crmdesk.models.tables.people import activity
from crmdesk.models.validation import cleared
from crmdesk.services import (
    countries,
    custom_readings,
    custom_values,
    dictionaries,
    doubts,
    regions,
    search_index,
)
from crmdesk.services.customer_lookup import find
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_NOT_TEXT = ("born_on", "primary")
_PLACE_NAMES = ("province", "city", "district")
_LABELS = {"contact": N_("contact"), "address": N_("address"), "billing_profile": N_("billing profile")}
CLEAR = Field("clear", Kind.LIST, N_("Fields to empty"))


def require_one_primary(rows: Iterable[Mapping[str, Any]], place: str) -> None:
    """Refuses a list in which several are called the primary one."""
    if sum(bool(row.get("primary")) for row in rows) > 1:
        raise InvalidInput(Code.INVALID_CHOICE, _("Only one of them can be the primary one."), field=place)


def place(
    unit: Unit, values: dict[str, Any], field: str = "", stored: Mapping[str, Any] | None = None
) -> None:
    """Completes an address: the code of a place of China by its names, or names by the code. A place that is not in the
    table is taken as it was typed, with a warning; a code that the names contradict is refused (`require_fitting`)."""
    require_fitting(unit, values, field, stored)
    now = _place_said(values, stored)
    if now is None:
        return
    if not _is_in_china(unit, now):
        if now["region"]:
            values["region"] = ""
        return
    typed = [now[name] for name in _PLACE_NAMES]
    code = values.get("region") or ""
    region = regions.by_code(code) if code else None
    if code and region is None:
        _warn_region(unit, code, f"{field}region")
        return
    if region is not None and not any(typed):
        values |= {"province": region.province, "city": region.city, "district": region.district}
        return
    found, unknown = regions.resolve(*typed)
    if unknown:
        _warn_region(unit, unknown, f"{field}{_PLACE_NAMES[typed.index(unknown)]}")
    if region is None:
        values["region"] = found
    elif found and not (code.startswith(found.rstrip("0")) or found.startswith(code.rstrip("0"))):
        _warn_region(unit, code, f"{field}region")


def require_fitting(
    unit: Unit, values: Mapping[str, Any], field: str = "", stored: Mapping[str, Any] | None = None
) -> None:
    """Refuses an address whose code of a place is given and stands for another one than its names say
    (`region_differs`), and a country that is none (`country_unknown`); `stored` holds what a change leaves as it is."""
    _require_country(values, field, stored)
    now = _place_said(values, stored)
    code = values.get("region") or ""
    if now is None or not code or not _is_in_china(unit, now):
        return
    typed = [now[name] for name in _PLACE_NAMES]
    region, at = regions.by_code(code), regions.misfit(code, *typed)
    if region is None or at is None:
        return
    labels = {one.name: one.label for one in specs.ADDRESS}
    raise InvalidInput(
        Code.REGION_DIFFERS,
        _(
            "“{field}”: {code} stands for {place}, but “{name}” says {written}. Correct one of the two, or leave the"
            " code empty: it is found by the names."
        ).format(
            field=_(labels["region"]),
            code=code,
            place=region.path,
            name=_(labels[_PLACE_NAMES[at]]),
            written=typed[at][:60],
        ),
        field=f"{field}region",
    )


def _require_country(values: Mapping[str, Any], field: str, stored: Mapping[str, Any] | None) -> None:
    """An electronic invoice names the buyer's country, and rules go by it. What stands there already may stay."""
    country = (values.get("country") or "").strip()
    if country and country != (stored or {}).get("country") and not countries.code_of(country):
        raise InvalidInput(
            Code.COUNTRY_UNKNOWN,
            _("“{value}” is not a country. Use an ISO code such as CN, DE or US.").format(value=country),
            field=f"{field}country",
        )


def _place_said(values: Mapping[str, Any], stored: Mapping[str, Any] | None) -> dict[str, str] | None:
    """What an address says of its place after a change; None where the change is about something else."""
    names = (*_PLACE_NAMES, "country", "region")
    if not any(values.get(name) is not None for name in names):
        return None
    return {
        name: str((values[name] if values.get(name) is not None else (stored or {}).get(name)) or "").strip()
        for name in names
    }


def _is_in_china(unit: Unit, said: Mapping[str, str]) -> bool:
    country = said["country"].lower()
    return country in regions.CHINA and bool(country or unit.settings.country == "CN")


def _warn_region(unit: Unit, value: str, field: str) -> None:
    unit.warnings.append(
        doubts.warning(
            Code.REGION_DOUBT,
            _("“{value}” is not in the table of places, or does not fit the rest of the address.").format(
                value=value[:60]
            ),
            field,
        )
    )


def check(
    unit: Unit, kind: str, values: Mapping[str, Any], fields: Any, record_id: int | None = None
) -> custom_values.Checked | None:
    """Refuses what a new part, or a change of the one given, may not say: a word that a closed dictionary has not, a
    value of an own field (`fields`). Gives the checked own fields of a contact."""
    dictionaries.check(unit, kind, values)
    if kind != "contact":
        return None
    if record_id is None:
        return custom_values.check(unit, kind, fields)
    return custom_values.check_change(unit, kind, record_id, fields)


def check_new_contacts(
    unit: Unit, rows: Iterable[Mapping[str, Any]], place: str
) -> list[custom_values.Checked]:
    """The own fields of contacts that are made with their customer, checked with their words of dictionaries.

    A contact that gives own fields is asked for the required ones, as in `contact.add`; one that gives none takes the
    defaults. Raises as `custom_values.check`, naming `contacts[0].fields.<name>`.
    """
    checked = []
    taken: set[tuple[int, custom_readings.Stored]] = set()
    for position, row in enumerate(rows):
        at = f"{place}[{position}]."
        dictionaries.check(unit, "contact", row, at)
        given = row.get("fields")
        own = custom_values.check(unit, "contact", given, is_asked=given is not None, line=f"{at}{OWN_LINE}")
        for entry, _before, after in own.values:
            if not entry.is_unique:
                continue
            if (entry.id, custom_readings.comparable(after)) in taken:
                raise Conflict(
                    Code.DUPLICATE,
                    _(
                        "“{field}”: another contact given here has this value already. It must be unique."
                    ).format(field=entry.field.label),
                    field=f"{at}{OWN_LINE}.{entry.name}",
                )
            taken.add((entry.id, custom_readings.comparable(after)))
        checked.append(own)
    return checked


def write_new(
    unit: Unit,
    kind: str,
    customer_id: int,
    rows: list[dict[str, Any]],
    own: Sequence[custom_values.Checked] = (),
) -> None:
    """Writes the checked parts of a customer made in this unit, contacts with their own fields; the first is primary
    if none is named."""
    chosen = next((position for position, row in enumerate(rows) if row.get("primary")), 0)
    for position, row in enumerate(rows):
        values = own[position] if own else None
        _write(unit, kind, customer_id, row, is_primary=position == chosen, own=values)


def _write(
    unit: Unit,
    kind: str,
    customer_id: int,
    values: dict[str, Any],
    *,
    is_primary: bool,
    own: custom_values.Checked | None = None,
) -> int:
    record_id = unit.next_id()
    stored = {
        name: value if name in _NOT_TEXT else (value or "")
        for name, value in values.items()
        if name not in ("primary", "fields")
    }
    unit.add(PARTS[kind], id=record_id, customer_id=customer_id, **stored, is_primary=is_primary)
    if own is not None:
        custom_values.write(unit, own, record_id)
    unit.changes.add(kind, record_id)
    return record_id


def _add(unit: Unit, kind: str, customer: str, values: dict[str, Any]) -> dict[str, Any]:
    found = find(unit, customer)
    table = PARTS[kind]
    doubts.warn(unit, values)
    if kind == "address":
        place(unit, values)
    own = check(unit, kind, values, values.pop("fields", None))
    has_others = unit.first(select(table.c.id).where(table.c.customer_id == found.id).limit(1)) is not None
    is_primary = bool(values.get("primary")) or not has_others
    if is_primary and has_others:
        _no_primary(unit, table, found.id)
    record_id = _write(unit, kind, found.id, values, is_primary=is_primary, own=own)
    told = _given(values) | {"id": record_id} | (own.after(unit) if own else {})
    _after(unit, kind, found.id, None, told)
    return {kind: record_id}


def _change(
    unit: Unit, kind: str, record_id: int, clear: list[str] | None, values: dict[str, Any]
) -> dict[str, Any]:
    row = _row(unit, kind, record_id)
    table = PARTS[kind]
    given = values.pop("fields", None)
    wanted = {name: value for name, value in values.items() if value is not None}
    required = {field.name for field in specs.PARTS[kind] if field.required} | {"primary", "kind"}
    for name in cleared(clear, [name for name in values if name not in required], wanted):
        wanted[name] = None if name in _NOT_TEXT else ""
    for name in required & wanted.keys():
        if wanted[name] == "":
            raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field=name), field=name)
    doubts.warn(unit, wanted)
    if kind == "address":
        place(unit, wanted, stored=row)
    is_primary = wanted.pop("primary", None)
    changed = {name: value for name, value in wanted.items() if row[name] != value}
    own = check(unit, kind, changed, given, record_id)
    if is_primary is False and row["is_primary"]:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("One must be the primary one. Make another one primary instead."),
            field="primary",
        )
    if is_primary and not row["is_primary"]:
        _no_primary(unit, table, row["customer_id"])
        changed["is_primary"] = True
    if changed or own:
        before = {name: row[name] for name in changed} | {"id": record_id}
        if changed:
            unit.execute(update(table).where(table.c.id == record_id).values(**changed))
        after = changed | {"id": record_id}
        if own:
            before |= own.before(unit)
            after |= own.after(unit)
            custom_values.write(unit, own, record_id)
        unit.changes.add(kind, record_id)
        _after(unit, kind, row["customer_id"], before, after)
    return {kind: record_id}


def _remove(unit: Unit, kind: str, record_id: int) -> dict[str, Any]:
    row = _row(unit, kind, record_id)
    table = PARTS[kind]
    if kind == "contact":
        _require_not_linked(unit, record_id)
        custom_values.forget(unit, [record_id])
    if kind == "contact":  # what was talked about with it stays under its name
        own = (activity.c.customer_id == row["customer_id"], activity.c.contact_id == record_id)
        unit.execute(update(activity).where(*own).values(contact_id=None))
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


def _require_not_linked(unit: Unit, contact_id: int) -> None:
    if custom_values.is_linked(unit, "contact", [contact_id]):
        raise Conflict(
            Code.IN_USE,
            _("A field of another record links to this contact. Empty that first."),
            field="contact",
        )


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
    fields=(CUSTOMER_LINK, *specs.CONTACT, values_of("contact")),
    summary=N_("Add a contact to a customer. The first one is the primary one."),
    errors=_ERRORS,
)
def add_contact(unit: Unit, *, customer: str, **values: Any) -> dict[str, Any]:
    """Adds a contact and gives its id."""
    return _add(unit, "contact", customer, values)


@use_case(
    "contact.update",
    fields=(_link("contact"), *optional(specs.CONTACT), CLEAR, values_of("contact")),
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
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def remove_contact(unit: Unit, *, contact: int) -> dict[str, Any]:
    """Removes a contact; the audit trail keeps what it was."""
    return _remove(unit, "contact", contact)


@use_case(
    "address.add",
    fields=(CUSTOMER_LINK, *specs.ADDRESS),
    summary=N_("Add an address to a customer. The first one is the primary one."),
    errors=(*_ERRORS, Code.REGION_DIFFERS, Code.COUNTRY_UNKNOWN),
)
def add_address(unit: Unit, *, customer: str, **values: Any) -> dict[str, Any]:
    """Adds an address and gives its id."""
    return _add(unit, "address", customer, values)


@use_case(
    "address.update",
    fields=(_link("address"), *optional(specs.ADDRESS), CLEAR),
    summary=N_("Change an address."),
    errors=(*_CHANGE_ERRORS, Code.REGION_DIFFERS, Code.COUNTRY_UNKNOWN),
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
