"""Free tags with colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import text_keys
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import CUSTOMER, CUSTOMER_FILTER, CUSTOMERS, TAG_COLOUR, TAG_NAME
from crmdesk.models.tables.categories import customer_tag, tag
from crmdesk.models.tables.segments import segment
from crmdesk.services import customer_lookup, tag_events, tag_names
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, counted

NAME_LENGTH_MAX = 40


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
    for name in meant(unit, names):
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


def names_in_use(connection: Connection) -> list[str]:
    """Names of the tags that can be given."""
    query = select(tag.c.name).where(tag.c.is_retired.is_(False)).order_by(tag.c.name)
    return list(connection.execute(query).scalars())


def counts(connection: Connection) -> list[tuple[int, str, int]]:
    """Id and name of every tag, and how many carry it."""
    query = (
        select(tag.c.id, tag.c.name, func.count(customer_tag.c.customer_id))
        .join(customer_tag, customer_tag.c.tag_id == tag.c.id, isouter=True)
        .group_by(tag.c.id)
        .order_by(tag.c.name)
    )
    return [(int(one), str(name), int(count)) for one, name, count in connection.execute(query)]


def _known(unit: Unit) -> dict[str, int]:
    if tag not in unit.cache:
        unit.cache[tag] = {name: record_id for record_id, name in unit.execute(select(tag.c.id, tag.c.name))}
    known: dict[str, int] = unit.cache[tag]
    return known


def _folds(unit: Unit) -> dict[str, list[str]]:
    if tag.c.name not in unit.cache:
        known = _known(unit)
        unit.cache[tag.c.name] = tag_names.folds(sorted(known, key=known.__getitem__))  # the oldest first
    folds: dict[str, list[str]] = unit.cache[tag.c.name]
    return folds


def meant(unit: Unit, names: Iterable[str]) -> list[str]:
    """The tags that names mean, each once: that of exactly this name, else the one that differs in case, width or
    blanks only (VIP, vip and ＶＩＰ are one tag), else a new one."""
    return tag_names.meant(_known(unit), _folds(unit), names)


def one_meant(unit: Unit, name: str) -> str:
    """As `meant`, of one name."""
    return meant(unit, [name])[0]


def id_of(unit: Unit, name: str) -> int | None:
    """The id of the tag that a name means; None for a new one."""
    return _known(unit).get(one_meant(unit, name))


def _retired(unit: Unit) -> set[int]:
    """Ids of the retired tags."""
    if tag.c.is_retired not in unit.cache:
        query = select(tag.c.id).where(tag.c.is_retired.is_(True))
        unit.cache[tag.c.is_retired] = set(unit.execute(query).scalars())
    found: set[int] = unit.cache[tag.c.is_retired]
    return found


def require_current(unit: Unit, names: Iterable[str], field: str = "tags") -> None:
    """Refuses retired tags `inactive`."""
    known, retired = _known(unit), _retired(unit)
    for name in meant(unit, names):
        if known.get(name) in retired:
            raise Conflict(
                Code.INACTIVE,
                _("The tag “{name}” is retired. Bring it back into use first.").format(name=name),
                field=field,
            )


def require_current_target(unit: Unit, source_id: int, into: str) -> None:
    """Refuses `inactive` a merge into a retired tag, unless the one that goes is retired too: who has a tag in use
    would have one that is given to nobody."""
    if source_id not in _retired(unit):
        require_current(unit, [into], "into")


def _ensure(unit: Unit, name: str, colour: str = "") -> int:
    """The id of a tag of exactly this name, which is made where there is none."""
    known = _known(unit)
    if name not in known:
        known[name] = unit.next_id()
        _folds(unit).setdefault(text_keys.folded(name), []).append(name)
        unit.add(tag, id=known[name], name=name, colour=colour)
        unit.note("tag", known[name], None, {"name": name})
    return known[name]


def paint(unit: Unit, name: str, colour: str) -> None:
    """Gives a tag a colour, or none."""
    record_id, name = named(unit, name)
    unit.execute(update(tag).where(tag.c.id == record_id).values(colour=colour))
    unit.note("tag", record_id, None, {"name": name, "colour": colour})
    unit.changes.everything.add("tag")


def others_like(unit: Unit, name: str, record_id: int) -> list[str]:
    """Names of other tags that differ from a name in case, width and blanks at most."""
    known = _known(unit)
    return [one for one in _folds(unit).get(text_keys.folded(name), ()) if known[one] != record_id]


def named(unit: Unit, name: str, field: str = "tag") -> tuple[int, str]:
    """The id of the tag that a name means, and how it is spelled, or NotFound."""
    spelled = one_meant(unit, name)
    found = _known(unit).get(spelled)
    if found is None:
        raise NotFound(Code.NOT_FOUND, _("There is no tag “{name}”.").format(name=name[:60]), field=field)
    return found, spelled


def find(unit: Unit, name: str) -> int:
    """The id of the tag that a name means, or NotFound."""
    return named(unit, name)[0]


@use_case(
    "tag.create",
    fields=(TAG_NAME, TAG_COLOUR),
    summary=N_("Create a tag."),
    errors=(Code.DUPLICATE, Code.REQUIRED),
)
def create(unit: Unit, *, tag: str, colour: str | None = None) -> dict[str, Any]:
    """Creates a tag."""
    if id_of(unit, tag) is not None:
        raise _taken(one_meant(unit, tag))
    return {"tag": tag, "id": _ensure(unit, tag, colour or "")}


@use_case(
    "tag.rename",
    fields=(TAG_NAME, Field("name", Kind.TEXT, N_("New name"), required=True, length_max=NAME_LENGTH_MAX)),
    summary=N_("Rename a tag; whoever has it keeps it."),
    errors=(Code.NOT_FOUND, Code.DUPLICATE),
)
def rename(unit: Unit, *, tag: str, name: str) -> dict[str, Any]:
    """Gives a tag another name. One that is taken is refused `duplicate`: `tag.merge` makes one of two."""
    record_id, tag = named(unit, tag)
    taken = others_like(unit, name, record_id) if name != tag else []
    if taken:
        raise Conflict(
            Code.DUPLICATE,
            _("There is a tag “{name}” already. To make one of the two, merge them.").format(name=taken[0]),
            field="name",
        )
    _set(unit, record_id, {"name": tag}, {"name": name})
    if name != tag:
        tag_events.record(unit, tag_events.RENAMED, record_id, before=tag, after=name)
    return {"tag": name}


@use_case(
    "tag.recolour",
    fields=(TAG_NAME, TAG_COLOUR),
    summary=N_("Give a tag another colour, or none."),
    errors=(Code.NOT_FOUND,),
)
def recolour(unit: Unit, *, tag: str, colour: str | None = None) -> dict[str, Any]:
    """Changes the colour of a tag."""
    record_id, tag = named(unit, tag)
    _set(unit, record_id, None, {"colour": colour or ""})
    return {"tag": tag, "colour": colour or ""}


@use_case(
    "tag.retire",
    fields=(TAG_NAME,),
    summary=N_("Retire a tag: it stays where it is and is given to nobody any more."),
    errors=(Code.NOT_FOUND,),
)
def retire(unit: Unit, *, tag: str) -> dict[str, Any]:
    """Retires a tag; doing so twice changes nothing."""
    return {"tag": mark(unit, tag, is_retired=True), "retired": True}


@use_case(
    "tag.restore",
    fields=(TAG_NAME,),
    summary=N_("Bring a retired tag back into use."),
    errors=(Code.NOT_FOUND,),
)
def restore(unit: Unit, *, tag: str) -> dict[str, Any]:
    """Brings a tag back; doing so twice changes nothing."""
    return {"tag": mark(unit, tag, is_retired=False), "retired": False}


def mark(unit: Unit, name: str, *, is_retired: bool) -> str:
    """Sets whether a tag is retired, with its line of history where that changes anything; gives the tag's name."""
    record_id, name = named(unit, name)
    if (record_id in _retired(unit)) != is_retired:
        _set(unit, record_id, {"is_retired": not is_retired}, {"is_retired": is_retired})
        action = tag_events.RETIRED if is_retired else tag_events.RESTORED
        tag_events.record(unit, action, record_id, before=name, after=name)
    return name


@use_case(
    "tag.delete",
    fields=(TAG_NAME,),
    summary=N_("Delete a tag that nobody has."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def delete(unit: Unit, *, tag: str) -> dict[str, Any]:
    """Deletes an unused tag. One in use is refused `in_use`: no customer loses a tag by the way."""
    record_id, tag = named(unit, tag)
    query = select(func.count()).select_from(customer_tag).where(customer_tag.c.tag_id == record_id)
    count = unit.execute(query).scalar_one()
    users = list(
        unit.execute(
            select(segment.c.name).where(segment.c.tag_id == record_id, segment.c.deleted_at == "")
        ).scalars()
    )
    if users:
        raise Conflict(
            Code.IN_USE,
            _("These rules give “{name}”: {users}. Change or delete them first.").format(
                name=tag, users=", ".join(users)
            ),
            field="tag",
        )
    if count:
        raise Conflict(
            Code.IN_USE,
            counted(
                N_(
                    "{count} customers have the tag “{name}”. Retire it, merge it into another one, "
                    "or take it from them first."
                ),
                count,
                name=tag,
            ),
            field="tag",
        )
    take_away(unit, record_id, tag, None)
    tag_events.record(unit, tag_events.DELETED, record_id, before=tag)
    return {"tag": tag}


def _set(unit: Unit, record_id: int, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    unit.execute(update(_TAG).where(_TAG.c.id == record_id).values(**after))
    forget(unit)
    unit.note("tag", record_id, before, after)
    unit.changes.everything.add("tag")


def take_away(unit: Unit, record_id: int, name: str, after: dict[str, Any] | None) -> None:
    """Takes away a tag that nobody has any more; `after`: what the audit says became of it."""
    unit.execute(sql_delete(_TAG).where(_TAG.c.id == record_id))
    forget(unit)
    unit.note("tag", record_id, {"name": name}, after)
    unit.changes.everything.add("tag")


def forget(unit: Unit) -> None:
    """Drops what is cached of tags after a change to them."""
    unit.cache.pop(_TAG, None)
    unit.cache.pop(_TAG.c.name, None)
    unit.cache.pop(_TAG.c.is_retired, None)


@use_case(
    "tag.add",
    fields=(TAG_NAME, CUSTOMER, CUSTOMERS, CUSTOMER_FILTER),
    summary=N_("Give a tag to one or many customers; a new tag is made."),
    errors=(Code.CUSTOMER_MISSING, Code.REQUIRED, Code.FILTER_INVALID, Code.INACTIVE),
)
def add(
    unit: Unit,
    *,
    tag: str,
    customer: str | None = None,
    customers: list[str] | None = None,
    filter: str | None = None,  # noqa: A002 the word of the command line
) -> dict[str, Any]:
    """Gives a tag and says how many customers did not have it before."""
    tag = one_meant(unit, parse([tag], "tag")[0])
    require_current(unit, [tag], "tag")
    ids = customer_lookup.ids_of(unit, customer, customers, filter)
    record_id = _ensure(unit, tag)
    present = set(unit.execute(_having(record_id, ids)).scalars())
    unit.execute(  # what a rule gave is now given by hand, and no longer the rule's to take away
        update(customer_tag)
        .where(customer_tag.c.tag_id == record_id, among(customer_tag.c.customer_id, ids))
        .values(segment_id=None)
    )
    new = [one for one in ids if one not in present]
    for one in new:
        unit.add(customer_tag, tag_id=record_id, customer_id=one)
        unit.note("customer", one, None, {"tag": tag})
    return {"tagged": len(new)}


@use_case(
    "tag.remove",
    fields=(TAG_NAME, CUSTOMER, CUSTOMERS, CUSTOMER_FILTER),
    summary=N_("Take a tag from one or many customers."),
    errors=(Code.CUSTOMER_MISSING, Code.NOT_FOUND, Code.REQUIRED, Code.FILTER_INVALID, Code.IN_USE),
)
def remove(
    unit: Unit,
    *,
    tag: str,
    customer: str | None = None,
    customers: list[str] | None = None,
    filter: str | None = None,  # noqa: A002 the word of the command line
) -> dict[str, Any]:
    """Takes a tag and says how many customers had it."""
    record_id, tag = named(unit, tag)
    ids = customer_lookup.ids_of(unit, customer, customers, filter)
    present = list(unit.execute(_having(record_id, ids)).scalars())
    given = unit.execute(
        _having(record_id, ids).where(customer_tag.c.segment_id.is_not(None)).limit(1)
    ).first()
    if given is not None:
        raise Conflict(
            Code.IN_USE,
            _("A rule gives the tag “{name}”. Pin them out of the rule (segment.pin) instead.").format(
                name=tag
            ),
            field="tag",
        )
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
