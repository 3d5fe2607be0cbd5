"""Free tags with colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import TAG_COLOUR, TAG_NAME
from crmdesk.models.tables.categories import customer_tag, tag
from crmdesk.services import customer_lookup
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

NAME_LENGTH_MAX = 40
_CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), link="customer")
_CUSTOMERS = Field("customers", Kind.LIST, N_("Customers"))


def parse(names: Iterable[str], field: str = "tags") -> list[str]:
    """Distinct tag names without surrounding space. Raises InvalidInput for empty and long ones."""
    found = list(dict.fromkeys(name.strip() for name in names))
    for name in found:
        if not name or len(name) > NAME_LENGTH_MAX:
            raise InvalidInput(
                Code.TEXT_TOO_LONG if name else Code.REQUIRED,
                _("A tag has 1 to {count} characters.").format(count=NAME_LENGTH_MAX),
                field=field,
            )
    return found


def put_new(unit: Unit, names: Iterable[str], customer_id: int) -> None:
    """Gives tags to a customer that was made in this unit; new tags are made."""
    for name in names:
        unit.add(customer_tag, tag_id=_ensure(unit, name), customer_id=customer_id)


def tags_of(connection: Connection, customer_ids: list[int]) -> dict[int, list[str]]:
    """Names of the tags of some customers."""
    query = (
        select(customer_tag.c.customer_id, tag.c.name)
        .join(tag, tag.c.id == customer_tag.c.tag_id)
        .where(among(customer_tag.c.customer_id, customer_ids))
        .order_by(tag.c.name)
    )
    found: dict[int, list[str]] = {}
    for customer_id, name in connection.execute(query):
        found.setdefault(customer_id, []).append(name)
    return found


def _known(unit: Unit) -> dict[str, int]:
    if tag not in unit.cache:
        unit.cache[tag] = {name: record_id for record_id, name in unit.execute(select(tag.c.id, tag.c.name))}
    known: dict[str, int] = unit.cache[tag]
    return known


def _ensure(unit: Unit, name: str, colour: str = "") -> int:
    known = _known(unit)
    if name not in known:
        known[name] = unit.next_id()
        unit.add(tag, id=known[name], name=name, colour=colour)
        unit.note("tag", known[name], None, {"name": name})
    return known[name]


def find(unit: Unit, name: str, field: str = "tag") -> int:
    """The id of a tag, or NotFound."""
    known = _known(unit)
    if name not in known:
        raise NotFound(Code.NOT_FOUND, _("There is no tag “{name}”.").format(name=name[:60]), field=field)
    return known[name]


@use_case(
    "tag.create",
    fields=(TAG_NAME, TAG_COLOUR),
    summary=N_("Create a tag."),
    errors=(Code.DUPLICATE, Code.REQUIRED),
)
def create(unit: Unit, *, tag: str, colour: str | None = None) -> dict[str, Any]:
    """Creates a tag."""
    if tag in _known(unit):
        raise _taken(tag)
    return {"tag": tag, "id": _ensure(unit, tag, colour or "")}


@use_case(
    "tag.update",
    fields=(TAG_NAME, Field("name", Kind.TEXT, N_("New name"), length_max=NAME_LENGTH_MAX), TAG_COLOUR),
    summary=N_("Rename a tag or give it another colour."),
    errors=(Code.NOT_FOUND, Code.DUPLICATE),
)
def change(unit: Unit, *, tag: str, name: str | None = None, colour: str | None = None) -> dict[str, Any]:
    """Changes what is given."""
    record_id = find(unit, tag)
    changed = {key: value for key, value in (("name", name), ("colour", colour)) if value}
    if name and _known(unit).get(name, record_id) != record_id:
        raise _taken(name)
    if changed:
        unit.execute(update(_TAG).where(_TAG.c.id == record_id).values(**changed))
        unit.cache.pop(_TAG, None)
        unit.note("tag", record_id, {"name": tag}, changed)
        unit.changes.everything.add("tag")
    return {"tag": name or tag}


@use_case(
    "tag.delete",
    fields=(TAG_NAME, Field("force", Kind.BOOLEAN, N_("Also when customers have it"))),
    summary=N_("Delete a tag; with “force” also from the customers that have it."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def delete(unit: Unit, *, tag: str, force: bool | None = None) -> dict[str, Any]:
    """Deletes a tag."""
    record_id = find(unit, tag)
    query = select(func.count()).select_from(customer_tag).where(customer_tag.c.tag_id == record_id)
    count = unit.execute(query).scalar_one()
    if count and not force:
        raise Conflict(
            Code.IN_USE,
            _("{count} customers have the tag “{name}”.").format(count=count, name=tag),
            field="tag",
        )
    unit.execute(sql_delete(customer_tag).where(customer_tag.c.tag_id == record_id))
    unit.execute(sql_delete(_TAG).where(_TAG.c.id == record_id))
    unit.cache.pop(_TAG, None)
    unit.note("tag", record_id, {"name": tag}, None)
    unit.changes.everything.add("tag")
    return {"tag": tag}


@use_case(
    "tag.add",
    fields=(TAG_NAME, _CUSTOMER, _CUSTOMERS),
    summary=N_("Give a tag to one or many customers; a new tag is made."),
    errors=(Code.CUSTOMER_MISSING, Code.REQUIRED),
)
def add(
    unit: Unit, *, tag: str, customer: str | None = None, customers: list[str] | None = None
) -> dict[str, Any]:
    """Gives a tag and says how many customers did not have it before."""
    ids = customer_lookup.ids_of(unit, customer, customers)
    record_id = _ensure(unit, tag)
    present = set(unit.execute(_having(record_id, ids)).scalars())
    new = [one for one in ids if one not in present]
    for one in new:
        unit.add(customer_tag, tag_id=record_id, customer_id=one)
        unit.note("customer", one, None, {"tag": tag})
    return {"tagged": len(new)}


@use_case(
    "tag.remove",
    fields=(TAG_NAME, _CUSTOMER, _CUSTOMERS),
    summary=N_("Take a tag from one or many customers."),
    errors=(Code.CUSTOMER_MISSING, Code.NOT_FOUND, Code.REQUIRED),
)
def remove(
    unit: Unit, *, tag: str, customer: str | None = None, customers: list[str] | None = None
) -> dict[str, Any]:
    """Takes a tag and says how many customers had it."""
    record_id = find(unit, tag)
    ids = customer_lookup.ids_of(unit, customer, customers)
    present = list(unit.execute(_having(record_id, ids)).scalars())
    unit.execute(
        sql_delete(customer_tag).where(
            customer_tag.c.tag_id == record_id, among(customer_tag.c.customer_id, present)
        )
    )
    for one in present:
        unit.note("customer", one, {"tag": tag}, None)
    return {"untagged": len(present)}


_TAG = tag


def _having(tag_id: int, ids: list[int]) -> Any:
    return select(customer_tag.c.customer_id).where(
        customer_tag.c.tag_id == tag_id, among(customer_tag.c.customer_id, ids)
    )


def _taken(name: str) -> Conflict:
    return Conflict(
        Code.DUPLICATE,
        _("There is a “{name}” here already. Choose another name.").format(name=name),
        field="name",
    )
