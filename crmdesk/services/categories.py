"""Category trees: several independent dimensions, categories at any depth, and who is in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select, update

from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import (
    APPLIES_TO,
    CATEGORY_NAME,
    CATEGORY_NOTE,
    CUSTOMER,
    CUSTOMER_FILTER,
    CUSTOMERS,
    DIMENSION,
    PATH,
)
from crmdesk.models.tables.categories import category, customer_category, dimension
from crmdesk.models.tables.products import product
from crmdesk.models.tables.segments import segment
from crmdesk.services import (
    category_events,
    category_members,
    category_merging,
    category_paths,
    category_tree,
    customer_lookup,
)
from crmdesk.services.dialect import among
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, counted

_NAME = Field("name", Kind.TEXT, N_("Name"), required=True, length_max=category_paths.NAME_LENGTH_MAX)
_POSITION = Field(
    "position",
    Kind.INTEGER,
    N_("Position"),
    sign="non_negative",
    help=N_("0 is the first; empty is the last."),
)
_PATH_ERRORS = (Code.REQUIRED, Code.TEXT_TOO_LONG, Code.OUT_OF_RANGE, Code.NOT_FOUND)


# Dimensions


@use_case(
    "dimension.create",
    fields=(_NAME, APPLIES_TO),
    summary=N_("Create a category tree."),
    errors=(Code.DUPLICATE, Code.REQUIRED, Code.INVALID_CHOICE),
)
def create_dimension(unit: Unit, *, name: str, applies_to: str = "customer") -> dict[str, Any]:
    """Creates an empty tree, the last in the list."""
    if name in category_paths.dimensions(unit, applies_to):
        raise _taken(name)
    category_paths.check_tree_name(name, "name")
    return {"dimension": name, "id": category_paths.ensure_dimension(unit, name, applies_to)}


@use_case(
    "dimension.rename",
    fields=(DIMENSION, _NAME, APPLIES_TO),
    summary=N_("Rename a category tree."),
    errors=(Code.DUPLICATE, Code.NOT_FOUND, Code.INVALID_CHOICE),
)
def rename_dimension(
    unit: Unit, *, dimension: str, name: str, applies_to: str = "customer"
) -> dict[str, Any]:
    """Gives a tree another name."""
    record_id = category_paths.require_dimension(unit, dimension, applies_to)
    known = category_paths.dimensions(unit, applies_to)
    if known.get(name, record_id) != record_id:
        raise _taken(name)
    if name != dimension.strip():  # one that has it from before may stay as it is
        category_paths.check_tree_name(name, "name")
    unit.execute(update(_DIMENSION).where(_DIMENSION.c.id == record_id).values(name=name))
    category_paths.forget(unit)
    unit.note("dimension", record_id, {"name": dimension}, {"name": name})
    if name != dimension.strip():
        category_events.record(
            unit,
            category_events.RENAMED,
            (applies_to, record_id, name),
            before=dimension.strip(),
            after=name,
        )
    return {"dimension": name}


@use_case(
    "dimension.reorder",
    fields=(
        DIMENSION,
        Field("position", Kind.INTEGER, N_("Position"), required=True, sign="non_negative"),
        APPLIES_TO,
    ),
    summary=N_("Move a category tree to another place in the list; 0 is the first."),
    errors=(Code.NOT_FOUND,),
)
def reorder_dimension(
    unit: Unit, *, dimension: str, position: int, applies_to: str = "customer"
) -> dict[str, Any]:
    """Moves a tree in the list."""
    record_id = category_paths.require_dimension(unit, dimension, applies_to)
    ids = [one for one in category_paths.dimensions(unit, applies_to).values() if one != record_id]
    ids.insert(position, record_id)
    for place, one in enumerate(ids):
        unit.execute(update(_DIMENSION).where(_DIMENSION.c.id == one).values(position=place))
    category_paths.forget(unit)
    unit.note("dimension", record_id, None, {"position": ids.index(record_id)})
    return {"dimension": dimension, "position": ids.index(record_id)}


@use_case(
    "dimension.delete",
    fields=(DIMENSION, APPLIES_TO),
    summary=N_("Delete an empty category tree."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def delete_dimension(unit: Unit, *, dimension: str, applies_to: str = "customer") -> dict[str, Any]:
    """Deletes a tree without categories."""
    record_id = category_paths.require_dimension(unit, dimension, applies_to)
    count = unit.execute(
        select(func.count()).select_from(category).where(category.c.dimension_id == record_id)
    ).scalar_one()
    if count:
        raise Conflict(
            Code.IN_USE,
            counted(N_("{name} has {count} categories. Delete them first."), count, name=dimension),
            field="dimension",
        )
    unit.execute(sql_delete(_DIMENSION).where(_DIMENSION.c.id == record_id))
    category_paths.forget(unit)
    unit.note("dimension", record_id, {"name": dimension}, None)
    return {"dimension": dimension}


_DIMENSION = dimension


def _taken(name: str) -> Conflict:
    return Conflict(
        Code.DUPLICATE,
        _("There is a “{name}” here already. Choose another name.").format(name=name),
        field="name",
    )


# Categories


@use_case(
    "category.create",
    fields=(DIMENSION, PATH, APPLIES_TO),
    summary=N_("Create a category, with those above it that are missing, and its tree if that is new."),
    errors=(*_PATH_ERRORS, Code.INACTIVE),
)
def create(unit: Unit, *, dimension: str, path: str, applies_to: str = "customer") -> dict[str, Any]:
    """Creates what is missing of a path; one that exists stays as it is."""
    parsed = category_paths.parse(dimension, path)
    if category_paths.id_at(unit, parsed, applies_to) is None:
        category_paths.require_current(unit, parsed, applies_to)
    record_id = category_paths.ensure(unit, parsed, applies_to)
    return {"dimension": parsed[0], "path": category_paths.SEPARATOR.join(parsed[1:]), "id": record_id}


@use_case(
    "category.rename",
    fields=(DIMENSION, PATH, CATEGORY_NAME, APPLIES_TO),
    summary=N_("Rename a category."),
    errors=(*_PATH_ERRORS, Code.DUPLICATE),
)
def rename(
    unit: Unit, *, dimension: str, path: str, name: str, applies_to: str = "customer"
) -> dict[str, Any]:
    """Gives a category another name; its siblings must not have it."""
    parsed = category_paths.parse(dimension, path)
    record_id = category_paths.find(unit, parsed, applies_to)
    category_paths.check_name(name, "name")
    row = _node(unit, record_id)
    _require_free(unit, row.dimension_id, row.parent_id, name, record_id)
    unit.execute(update(category).where(category.c.id == record_id).values(name=name))
    category_paths.forget(unit)
    unit.note("category", record_id, {"name": row.name}, {"name": name})
    after = category_paths.SEPARATOR.join((*parsed[1:-1], name))
    if name != row.name:
        _record(unit, category_events.RENAMED, row, parsed, applies_to, after)
    return {"dimension": parsed[0], "path": after}


@use_case(
    "category.note",
    fields=(DIMENSION, PATH, CATEGORY_NOTE, APPLIES_TO),
    summary=N_("Write down what a category means; an empty note takes it away."),
    errors=_PATH_ERRORS,
)
def write_note(
    unit: Unit, *, dimension: str, path: str, note: str | None = None, applies_to: str = "customer"
) -> dict[str, Any]:
    """Gives a category another note, or none."""
    parsed = category_paths.parse(dimension, path)
    record_id = category_paths.find(unit, parsed, applies_to)
    before, after = _node(unit, record_id).note, note or ""
    if after != before:
        unit.execute(update(category).where(category.c.id == record_id).values(note=after))
        unit.note("category", record_id, {"note": before}, {"note": after})
    return {"dimension": parsed[0], "path": category_paths.SEPARATOR.join(parsed[1:]), "note": after}


@use_case(
    "category.move",
    fields=(
        DIMENSION,
        PATH,
        Field("parent", Kind.TEXT, N_("Under"), length_max=1_000, help=N_("Empty is the top of the tree.")),
        _POSITION,
        APPLIES_TO,
    ),
    summary=N_("Move a category under another one, or to another place among its siblings."),
    errors=(*_PATH_ERRORS, Code.TREE_CYCLE, Code.DUPLICATE, Code.INACTIVE),
)
def move(
    unit: Unit,
    *,
    dimension: str,
    path: str,
    parent: str | None = None,
    position: int | None = None,
    applies_to: str = "customer",
) -> dict[str, Any]:
    """Moves a category with everything below it. Under itself or its own child is refused `tree_cycle`, one in use
    under a retired one `inactive`."""
    parsed = category_paths.parse(dimension, path)
    record_id = category_paths.find(unit, parsed, applies_to)
    above: tuple[str, ...] = ()
    parent_id = None
    if parent:
        above = category_paths.parse(dimension, parent, "parent")[1:]
        parent_id = category_paths.find(unit, (parsed[0], *above), applies_to, "parent")
    row = _node(unit, record_id)
    below = set(unit.execute(category_tree.branch(record_id)).scalars())
    if parent_id in below:
        raise Conflict(
            Code.TREE_CYCLE,
            _("“{name}” cannot be moved under itself or under one of its own categories.").format(
                name=row.name
            ),
            field="parent",
        )
    if len(above) + _height(unit, record_id) > category_paths.DEPTH_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("A category tree has at most {count} levels.").format(count=category_paths.DEPTH_MAX),
            field="parent",
        )
    if parent_id is not None and parent_id != row.parent_id:
        category_paths.require_current_target(unit, parsed, (parsed[0], *above), applies_to, "parent")
    _require_free(unit, row.dimension_id, parent_id, row.name, record_id)
    siblings = [one for one in _children(unit, row.dimension_id, parent_id) if one != record_id]
    siblings.insert(len(siblings) if position is None else position, record_id)
    unit.execute(update(category).where(category.c.id == record_id).values(parent_id=parent_id))
    for place, one in enumerate(siblings):
        unit.execute(update(category).where(category.c.id == one).values(position=place))
    category_paths.forget(unit)
    unit.note(
        "category",
        record_id,
        {"parent": row.parent_id},
        {"parent": parent_id, "position": siblings.index(record_id)},
    )
    unit.changes.everything |= {"category", "customer"}  # who is below a category that rules look at
    after = category_paths.SEPARATOR.join((*above, row.name))
    if parent_id != row.parent_id:  # another place among its siblings is no other place in the tree
        _record(unit, category_events.MOVED, row, parsed, applies_to, after)
    return {"dimension": parsed[0], "path": after}


@use_case(
    "category.delete",
    fields=(
        DIMENSION,
        PATH,
        Field("to", Kind.TEXT, N_("Hand over to"), length_max=1_000),
        APPLIES_TO,
    ),
    summary=N_(
        "Delete a category. One in use hands its members and the categories below it over to another one."
    ),
    errors=(*_PATH_ERRORS, Code.IN_USE, Code.TREE_CYCLE, Code.INACTIVE),
)
def delete(
    unit: Unit, *, dimension: str, path: str, to: str | None = None, applies_to: str = "customer"
) -> dict[str, Any]:
    """Deletes a category. With `to` it is merged into that one, and so are categories of one name below."""
    parsed = category_paths.parse(dimension, path)
    record_id = category_paths.find(unit, parsed, applies_to)
    row = _node(unit, record_id)
    if to:
        category_merging.merge_into(unit, dimension, path, to, applies_to, "to")
        return {"dimension": parsed[0], "path": category_paths.SEPARATOR.join(parsed[1:])}
    _require_ungiven(unit, record_id, row.name)
    children = len(_children(unit, row.dimension_id, record_id))
    count = _member_count(unit, record_id)
    if children or count:
        raise Conflict(
            Code.IN_USE,
            counted(
                N_(
                    "“{name}” has {children} categories below it and {count} members."
                    " Say which category takes them over (“to”)."
                ),
                count,
                name=row.name,
                children=children,
            ),
            field="path",
        )
    unit.execute(sql_delete(category).where(category.c.id == record_id))
    category_paths.forget(unit)
    _record(unit, category_events.DELETED, row, parsed, applies_to, "", content=dict(row._mapping))
    unit.note("category", record_id, {"name": row.name, "parent": row.parent_id}, None)
    unit.changes.everything.add("category")
    return {"dimension": parsed[0], "path": category_paths.SEPARATOR.join(parsed[1:])}


def _require_ungiven(unit: Unit, record_id: int, name: str) -> None:
    """Refuses to delete a category that a rule gives."""
    query = select(segment.c.name).where(segment.c.category_id == record_id, segment.c.deleted_at == "")
    users = list(unit.execute(query).scalars())
    if users:
        raise Conflict(
            Code.IN_USE,
            _("These rules give “{name}”: {users}. Change or delete them first.").format(
                name=name, users=", ".join(users)
            ),
            field="path",
        )


def _node(unit: Unit, record_id: int) -> Any:
    row = unit.first(select(category).where(category.c.id == record_id))
    assert row is not None  # found by its path in this unit
    return row


def _children(unit: Unit, dimension_id: int, parent_id: int | None) -> list[int]:
    query = (
        select(category.c.id)
        .where(category.c.dimension_id == dimension_id, category.c.parent_id.is_(parent_id))
        .order_by(category.c.position, category.c.id)
    )
    return list(unit.execute(query).scalars())


def _height(unit: Unit, record_id: int) -> int:
    """Levels of a category and what is below it."""
    level, ids = 0, [record_id]
    while ids:
        level += 1
        ids = list(unit.execute(select(category.c.id).where(among(category.c.parent_id, ids))).scalars())
    return level


def _member_count(unit: Unit, record_id: int) -> int:
    customers = (
        select(func.count())
        .select_from(customer_category)
        .where(customer_category.c.category_id == record_id)
    )
    products = select(func.count()).select_from(product).where(product.c.category_id == record_id)
    return int(unit.execute(customers).scalar_one() + unit.execute(products).scalar_one())


def _require_free(unit: Unit, dimension_id: int, parent_id: int | None, name: str, record_id: int) -> None:
    if category_paths.nodes(unit, dimension_id).get((parent_id, name), record_id) != record_id:
        raise _taken(name)


def _record(
    unit: Unit,
    action: str,
    row: Any,
    parsed: category_paths.Path,
    applies_to: str,
    after: str,
    *,
    content: dict[str, Any] | None = None,
) -> None:
    category_events.record(
        unit,
        action,
        (applies_to, row.dimension_id, parsed[0]),
        category_id=row.id,
        before=category_paths.SEPARATOR.join(parsed[1:]),
        after=after,
        content=content,
    )


# Members


@use_case(
    "category.assign",
    fields=(DIMENSION, PATH, CUSTOMER, CUSTOMERS, CUSTOMER_FILTER),
    summary=N_("Put one or many customers into a category."),
    errors=(*_PATH_ERRORS, Code.CUSTOMER_MISSING, Code.FILTER_INVALID, Code.INACTIVE),
)
def assign(
    unit: Unit,
    *,
    dimension: str,
    path: str,
    customer: str | None = None,
    customers: list[str] | None = None,
    filter: str | None = None,  # noqa: A002 the word of the command line
) -> dict[str, Any]:
    """Puts customers into a category and says how many were not in it before."""
    parsed = category_paths.parse(dimension, path)
    record_id = category_paths.find(unit, parsed)
    category_paths.require_current(unit, parsed)
    ids = customer_lookup.ids_of(unit, customer, customers, filter)
    new = category_members.put(unit, record_id, ids)
    _note_members(unit, new, None, {"dimension": dimension, "category": path})
    return {"assigned": len(new)}


@use_case(
    "category.unassign",
    fields=(DIMENSION, PATH, CUSTOMER, CUSTOMERS, CUSTOMER_FILTER),
    summary=N_("Take one or many customers out of a category."),
    errors=(*_PATH_ERRORS, Code.CUSTOMER_MISSING, Code.FILTER_INVALID, Code.IN_USE),
)
def unassign(
    unit: Unit,
    *,
    dimension: str,
    path: str,
    customer: str | None = None,
    customers: list[str] | None = None,
    filter: str | None = None,  # noqa: A002 the word of the command line
) -> dict[str, Any]:
    """Takes customers out of a category and says how many were in it."""
    record_id = category_paths.find(unit, category_paths.parse(dimension, path))
    ids = customer_lookup.ids_of(unit, customer, customers, filter)
    by_rule = select(func.count()).select_from(customer_category)
    is_meant = (customer_category.c.category_id == record_id) & among(customer_category.c.customer_id, ids)
    if unit.execute(by_rule.where(is_meant, customer_category.c.segment_id.is_not(None))).scalar_one():
        raise Conflict(
            Code.IN_USE,
            _("A rule puts them into “{path}”. Pin them out of it (category.pin) instead.").format(path=path),
            field="path",
        )
    present = category_members.take(unit, record_id, ids)
    _note_members(unit, present, {"dimension": dimension, "category": path}, None)
    return {"unassigned": len(present)}


def _note_members(
    unit: Unit, ids: list[int], before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    for one in ids:
        unit.note("customer", one, before, after)
