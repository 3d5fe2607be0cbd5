"""Customers: create, change, deactivate, activate, delete while unused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock, money, text_keys
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.customers import CUSTOMER, NEW_CUSTOMER
from crmdesk.models.specs.documents import CUSTOMER as CUSTOMER_LINK
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.attachments import attachment
from crmdesk.models.tables.banking import payer_alias
from crmdesk.models.tables.categories import customer_category, customer_category_event, customer_tag
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.models.tables.documents import confirmation, document, draft, print_log
from crmdesk.models.tables.measures import stage_pin
from crmdesk.models.tables.merges import customer_merge, not_duplicate
from crmdesk.models.tables.people import (
    activity,
    comment,
    customer_collaborator,
    customer_relation,
    owner_change,
    task,
)
from crmdesk.models.tables.recurring import recurring
from crmdesk.models.tables.reminders import dunning_hold, promise, reminder
from crmdesk.models.validation import cleared
from crmdesk.services import (
    category_paths,
    codes,
    collaborators,
    custom_values,
    customer_parts,
    dictionaries,
    doubts,
    duplicates,
    tags,
)
from crmdesk.services import search_index as index
from crmdesk.services.customer_lookup import CustomerRow, find, find_active, forget, prefetch, remember
from crmdesk.services.merged_codes import IS_STANDING
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

__all__ = ["CustomerRow", "create", "find", "find_active", "prefetch", "remember"]

VERSION = Field(
    "version",
    Kind.INTEGER,
    N_("Version"),
    help=N_("The version that was shown; another one in the book refuses the change."),
)
CLEAR = Field("clear", Kind.LIST, N_("Fields to empty"))
_TABLE = customer
_DAYS = ("born_on", "next_contact")
_CLEARABLE = tuple(field.name for field in CUSTOMER if field.name not in ("code", "name", "kind"))
_TEXT_NAMES = tuple(
    field.name for field in CUSTOMER if field.name not in ("code", "credit_limit", "terms_days", *_DAYS)
)
_TEXTS = frozenset(_TEXT_NAMES)
_INDEXED = frozenset({"code", "name", "short_name", "phone", "phone2"})
_CREATE_ERRORS = (
    Code.REQUIRED,
    Code.DUPLICATE,
    Code.INVALID_CHOICE,
    Code.TEXT_TOO_LONG,
    Code.CURRENCY_UNKNOWN,
    Code.OUT_OF_RANGE,
    Code.TOO_MANY_DECIMALS,
    Code.AMOUNT_TOO_LARGE,
    Code.INACTIVE,
)


@use_case(
    "customer.create",
    fields=(*NEW_CUSTOMER, values_of("customer")),
    summary=N_("Create a customer, with its contacts, addresses, billing profiles, categories and tags."),
    errors=(*_CREATE_ERRORS, Code.REGION_DIFFERS),
)
def create(unit: Unit, **values: Any) -> dict[str, Any]:
    """Creates a customer and gives its code. Categories and tags that are new are made.

    Everything is checked before the first row is collected. Warns of twins and doubtful values.
    """
    parts: dict[str, list[dict[str, Any]]] = {}
    for kind, argument in _PART_ARGUMENTS:
        if rows := values.get(argument):
            customer_parts.require_one_primary(rows, argument)
            parts[kind] = rows
    categories: list[category_paths.Path] = []
    for position, entry in enumerate(values.get("categories") or ()):
        place = f"categories[{position}].path"
        categories.append(category_paths.parse(entry["dimension"], entry["path"], place))
        category_paths.require_current(unit, categories[-1], field=place)
    tag_names = tags.parse(values["tags"]) if values.get("tags") else []
    tags.require_current(unit, tag_names)
    limit_minor = _limit_minor(unit, values.get("credit_limit"), values.get("currency"))
    own = custom_values.check(
        unit, "customer", values.pop("fields", None), currency=values.get("currency") or ""
    )
    dictionaries.check(unit, "customer", values)
    own_of_contacts = customer_parts.check_new_contacts(unit, parts.get("contact", ()), "contacts")
    for position, row in enumerate(parts.get("address", ())):
        customer_parts.require_fitting(unit, row, f"addresses[{position}].")
    code = codes.claim(unit, customer, "customer", values.get("code"))
    _warn(unit, code, values)
    for kind, rows in parts.items():
        for position, row in enumerate(rows):
            label = f"{_PART_ARGUMENTS_BY_KIND[kind]}[{position}]."
            doubts.warn(unit, row, label)
            if kind == "address":
                customer_parts.place(unit, row, label)

    record_id = unit.next_id()
    # only what is given: of some twenty texts a customer has a few, and the table knows the rest are empty
    texts = {name: value for name, value in values.items() if value and name in _TEXTS}
    texts.setdefault("kind", "company")
    name, phone = texts.setdefault("name", ""), texts.get("phone", "")
    terms_days = values.get("terms_days")
    moment = _moment(unit)
    unit.add(
        customer,
        id=record_id,
        code=code,
        **texts,
        **_keys(name, phone),
        credit_limit_minor=limit_minor,
        terms_days=terms_days,
        born_on=values.get("born_on"),
        next_contact=values.get("next_contact"),
        is_active=True,
        version=1,
        created_at=moment,
        updated_at=moment,
        updated_by=unit.actor,
    )
    remember(
        unit,
        record_id,
        code,
        name,
        texts.get("currency", ""),
        terms_days,
        True,
        limit_minor,
        1,
        texts.get("level", ""),
        texts.get("discount_terms", ""),
    )
    for kind, rows in parts.items():
        customer_parts.write_new(unit, kind, record_id, rows, own_of_contacts if kind == "contact" else ())
    if categories:
        category_paths.put_new(unit, categories, record_id)
    tags.put_new(unit, tag_names, record_id)
    people: list[tuple[str, str, str]] = []
    for row in parts.get("contact", ()):
        people.append((row["name"], row.get("phone") or "", row.get("mobile") or ""))
    custom_values.write(unit, own, record_id)
    more = [value.text or "" for entry, _before, value in own.values if entry.is_searchable]
    short_name, phone2 = texts.get("short_name", ""), texts.get("phone2", "")
    index.add(unit, record_id, index.texts_of(code, name, short_name, phone, people, phone2, more))
    noted = None
    if not unit.is_bulk:
        people_noted = [
            {name: value for name, value in row.items() if name != "fields"} | of_contact.after(unit)
            for row, of_contact in zip(parts.get("contact", ()), own_of_contacts, strict=True)
        ]
        noted = _plain({"code": code, **values, "contacts": people_noted, **own.after(unit)})
    unit.note("customer", record_id, None, noted)
    return {"code": code}


_PART_ARGUMENTS = (("contact", "contacts"), ("address", "addresses"), ("billing_profile", "billing_profiles"))
_PART_ARGUMENTS_BY_KIND = dict(_PART_ARGUMENTS)


@use_case(
    "customer.update",
    fields=(CUSTOMER_LINK, *optional(CUSTOMER), VERSION, CLEAR, values_of("customer")),
    summary=N_("Change a customer; only what is given changes. “clear” names fields to empty."),
    errors=(*_CREATE_ERRORS, Code.CUSTOMER_MISSING, Code.CHANGED_BY),
)
def change(
    unit: Unit,
    *,
    customer: str,
    version: int | None = None,
    clear: list[str] | None = None,
    fields: Any = None,
    **values: Any,
) -> dict[str, Any]:
    """Changes a customer and gives its code and new version. Nothing given, nothing changes."""
    found = find(unit, customer)
    row = _row(unit, found.id)
    if version is not None and version != row["version"]:
        raise changed_by(row)
    wanted = {name: value for name, value in values.items() if value is not None}
    wanted |= dict.fromkeys(cleared(clear, _CLEARABLE, wanted))
    new = _new_values(unit, row, wanted)
    changed = {name: value for name, value in new.items() if row[name] != value}
    own = custom_values.check_change(
        unit,
        "customer",
        found.id,
        fields,
        currency=new.get("currency", row["currency"]),
        currency_before=row["currency"],
    )
    dictionaries.check(unit, "customer", changed)
    if not changed and not own:
        return {"code": found.code, "version": row["version"]}
    if "code" in changed:
        codes.claim(unit, _TABLE, "customer", changed["code"])
    if {"name", "phone", "tax_number", "email", "born_on"} & changed.keys():
        _warn(
            unit,
            found.code,
            {name: changed.get(name) for name in (*_TEXT_NAMES, "born_on")},
            except_id=found.id,
        )
    merged = row | changed
    unit.execute(
        update(_TABLE)
        .where(_TABLE.c.id == found.id)
        .values(
            **changed,
            **_keys(merged["name"], merged["phone"]),
            version=row["version"] + 1,
            updated_at=_moment(unit),
            updated_by=unit.actor,
        )
    )
    if "owner" in changed:
        collaborators.note_owner(unit, found.id, row["owner"], changed["owner"])
    forget(unit, found.code)
    custom_values.write(unit, own, found.id)
    if _INDEXED & changed.keys() or own.is_search_touched:
        index.renew(unit, [found.id])
    unit.note(
        "customer",
        found.id,
        _plain({name: row[name] for name in changed} | own.before(unit)),
        _plain(changed | own.after(unit)),
    )
    return {"code": merged["code"], "version": row["version"] + 1}


def changed_by(row: Any) -> Conflict:
    """The answer for a record that somebody else changed since it was shown (79 of the bad inputs)."""
    return Conflict(
        Code.CHANGED_BY,
        _("{who} changed this record at {when}. Look at the new values, then change it again.").format(
            who=row["updated_by"] or _("Somebody"), when=clock.local_words(row["updated_at"])
        ),
        field="version",
    )


def _new_values(unit: Unit, row: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    new = {name: (wanted[name] or "") for name in (*_TEXT_NAMES, "code") if name in wanted}
    for name in ("code", "name"):
        if name in new and not new[name]:
            raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field=name), field=name)
    for name in ("terms_days", *_DAYS):
        if name in wanted:
            new[name] = wanted[name]
    if "credit_limit" in wanted or "currency" in wanted:
        old_currency = row["currency"] or unit.settings.currency
        limit = wanted.get("credit_limit")
        if "credit_limit" not in wanted and row["credit_limit_minor"] is not None:
            limit = money.to_decimal(row["credit_limit_minor"], old_currency)
        new["credit_limit_minor"] = _limit_minor(unit, limit, new.get("currency", row["currency"]))
    return new


@use_case(
    "customer.deactivate",
    fields=(CUSTOMER_LINK,),
    summary=N_("Deactivate a customer: it stays in the book and gets no new documents."),
    errors=(Code.CUSTOMER_MISSING,),
)
def deactivate(unit: Unit, *, customer: str) -> dict[str, Any]:
    """Deactivates a customer; doing so twice changes nothing."""
    return _set_active(unit, customer, False)


@use_case(
    "customer.activate",
    fields=(CUSTOMER_LINK,),
    summary=N_("Activate a deactivated customer again."),
    errors=(Code.CUSTOMER_MISSING,),
)
def activate(unit: Unit, *, customer: str) -> dict[str, Any]:
    """Activates a customer; doing so twice changes nothing."""
    return _set_active(unit, customer, True)


def _set_active(unit: Unit, code: str, is_active: bool) -> dict[str, Any]:
    found = find(unit, code)
    if found.is_active != is_active:
        unit.execute(
            update(_TABLE)
            .where(_TABLE.c.id == found.id)
            .values(
                is_active=is_active,
                version=_TABLE.c.version + 1,
                updated_at=_moment(unit),
                updated_by=unit.actor,
            )
        )
        forget(unit, found.code)
        unit.note("customer", found.id, {"is_active": not is_active}, {"is_active": is_active})
    return {"code": found.code, "is_active": is_active}


@use_case(
    "customer.delete",
    fields=(CUSTOMER_LINK,),
    summary=N_("Delete a customer that nothing refers to; a used one can only be deactivated."),
    errors=(Code.CUSTOMER_MISSING, Code.IN_USE),
)
def delete(unit: Unit, *, customer: str) -> dict[str, Any]:
    """Deletes an unused customer with its contacts, addresses, billing profiles, categories and tags."""
    found = find(unit, customer)
    if is_used(unit, found.id):
        raise Conflict(
            Code.IN_USE,
            _("{code} {name} is in use and cannot be deleted. Deactivate it instead.").format(
                code=found.code, name=found.name
            ),
            field="customer",
        )
    row = _row(unit, found.id)
    people = unit.execute(select(PARTS["contact"].c.id).where(PARTS["contact"].c.customer_id == found.id))
    custom_values.forget(unit, [found.id, *people.scalars()])
    groups = (customer_category, customer_category_event, customer_tag)
    own = (*groups, payer_alias, customer_collaborator, owner_change)
    for table in (*PARTS.values(), *own, not_duplicate, stage_pin):
        unit.execute(sql_delete(table).where(table.c.customer_id == found.id))
    unit.execute(sql_delete(not_duplicate).where(not_duplicate.c.other_id == found.id))
    index.remove(unit, found.id)
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.id == found.id))
    forget(unit, found.code)
    unit.note("customer", found.id, _plain({name: row[name] for name in ("code", *_TEXT_NAMES)}), None)
    return {"code": found.code}


def has_foreign(connection: Connection, own: str) -> bool:
    """Whether any customer is billed in another currency than the book's."""
    query = select(_TABLE.c.id).where(_TABLE.c.currency.not_in(("", own))).limit(1)
    return connection.execute(query).scalar() is not None


def is_used(unit: Unit, customer_id: int) -> bool:
    """Whether a document, draft, agreement, file, printed statement, slip, promise, reminder, activity, task, comment
    or other customer refers to it."""
    kept = select(attachment.c.id).where(
        attachment.c.record_kind == "customer", attachment.c.record_id == customer_id
    )
    people = select(PARTS["contact"].c.id).where(PARTS["contact"].c.customer_id == customer_id)
    if custom_values.is_linked(unit, "customer", [customer_id]) or custom_values.is_linked(
        unit, "contact", list(unit.execute(people).scalars())
    ):
        return True
    return (
        unit.first(kept.limit(1)) is not None
        or any(
            unit.first(select(table.c.customer_id).where(table.c.customer_id == customer_id).limit(1))
            is not None
            for table in (
                *(document, draft, agreement, recurring, print_log, confirmation),
                *(dunning_hold, promise, reminder),
                *(activity, task, comment, customer_relation),
            )
        )
        or unit.first(
            select(customer_relation.c.id).where(customer_relation.c.other_id == customer_id).limit(1)
        )
        is not None
        or unit.first(  # undoing the merge needs him
            select(customer_merge.c.id).where(customer_merge.c.into_id == customer_id, IS_STANDING).limit(1)
        )
        is not None
    )


def _moment(unit: Unit) -> str:
    """The moment of this unit of work, the same for all its rows."""
    if "moment" not in unit.cache:
        unit.cache["moment"] = clock.stamp(clock.now_utc())
    moment: str = unit.cache["moment"]
    return moment


def _row(unit: Unit, record_id: int) -> dict[str, Any]:
    row = unit.first(select(_TABLE).where(_TABLE.c.id == record_id))
    if row is None:
        raise LookupError(record_id)
    return dict(row._mapping)


def _warn(unit: Unit, code: str, values: dict[str, Any], *, except_id: int | None = None) -> None:
    doubts.warn(unit, values)
    duplicates.warn(
        unit,
        code,
        values.get("name") or "",
        values.get("phone") or "",
        values.get("tax_number") or "",
        except_id=except_id,
    )


def _limit_minor(unit: Unit, limit: Any, currency: str | None) -> int | None:
    return (
        None if limit is None else money.to_minor(limit, currency or unit.settings.currency, "credit_limit")
    )


def _keys(name: str, phone: str) -> dict[str, str]:
    return {
        "name_key": text_keys.name_key(name),
        "phone_key": text_keys.phone_key(phone),
        "initials": duplicates.initials_of(name),
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}
