"""Category trees: several independent dimensions, categories at any depth, and who is in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, literal, or_, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import APPLIES_TO, CATEGORY_NAME, DIMENSION, PATH
from crmdesk.models.tables.categories import category, customer_category, dimension
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.products import product
from crmdesk.services import category_paths, category_tree, customer_lookup
from crmdesk.services.dialect import among, ids_of
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_NAME = Field("name", Kind.TEXT, N_("Name"), required=True, length_max=category_paths.NAME_LENGTH_MAX)
_POSITION = Field(
    "position",
    Kind.INTEGER,
    N_("Position"),
    sign="non_negative",
    help=N_("0 is the first; empty is the last."),
)
_CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), link="customer")
_CUSTOMERS = Field("customers", Kind.LIST, N_("Customers"))
_PATH_ERRORS = (Code.REQUIRED, Code.TEXT_TOO_LONG, Code.OUT_OF_RANGE, Code.NOT_FOUND)


# Dimensions


@use_case(
    "dimension.create",
    fields=(_NAME, APPLIES_TO),
    summary=N_("Create a category tree."),
    errors=(Code.DUPLICATE, Code.REQUIRED),
)
def create_dimension(unit: Unit, *, name: str, applies_to: str = "customer") -> dict[str, Any]:
    """Creates an empty tree, the last in the list."""
    if name in category_paths.dimensions(unit, applies_to):
        raise _taken(name)
    return {"dimension": name, "id": category_paths.ensure_dimension(unit, name, applies_to)}


@use_case(
    "dimension.rename",
    fields=(DIMENSION, _NAME, APPLIES_TO),
    summary=N_("Rename a category tree."),
    errors=(Code.DUPLICATE, Code.NOT_FOUND),
)
def rename_dimension(
    unit: Unit, *, dimension: str, name: str, applies_to: str = "customer"
) -> dict[str, Any]:
    """Gives a tree another name."""
    record_id = category_paths.require_dimension(unit, dimension, applies_to)
    known = category_paths.dimensions(unit, applies_to)
    if known.get(name, record_id) != record_id:
        raise _taken(name)
    unit.execute(update(_DIMENSION).where(_DIMENSION.c.id == record_id).values(name=name))
    category_paths.forget(unit)
    unit.note("dimension", record_id, {"name": dimension}, {"name": name})
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
            _("{name} has {count} categories. Delete them first.").format(name=dimension, count=count),
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
    errors=_PATH_ERRORS,
)
def create(unit: Unit, *, dimension: str, path: str, applies_to: str = "customer") -> dict[str, Any]:
    """Creates what is missing of a path; one that exists stays as it is."""
    parsed = category_paths.parse(dimension, path)
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
    return {"dimension": parsed[0], "path": category_paths.SEPARATOR.join((*parsed[1:-1], name))}


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
    errors=(*_PATH_ERRORS, Code.TREE_CYCLE, Code.DUPLICATE),
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
    """Moves a category with everything below it. Under itself or its own child is refused `tree_cycle`."""
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
    unit.changes.everything.add("category")
    return {"dimension": parsed[0], "path": category_paths.SEPARATOR.join((*above, row.name))}


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
    errors=(*_PATH_ERRORS, Code.IN_USE, Code.TREE_CYCLE),
)
def delete(
    unit: Unit, *, dimension: str, path: str, to: str | None = None, applies_to: str = "customer"
) -> dict[str, Any]:
    """Deletes a category. With `to` it is merged into that one, and so are categories of one name below."""
    parsed = category_paths.parse(dimension, path)
    record_id = category_paths.find(unit, parsed, applies_to)
    row = _node(unit, record_id)
    if to:
        target_id = category_paths.find(unit, category_paths.parse(dimension, to, "to"), applies_to, "to")
        if target_id in set(unit.execute(category_tree.branch(record_id)).scalars()):
            raise Conflict(
                Code.TREE_CYCLE,
                _("A category cannot be handed over to itself or to one of its own categories."),
                field="to",
            )
        _merge(unit, record_id, target_id, row.dimension_id)
    else:
        children = len(_children(unit, row.dimension_id, record_id))
        count = _member_count(unit, record_id)
        if children or count:
            raise Conflict(
                Code.IN_USE,
                _(
                    "“{name}” has {children} categories below it and {count} members."
                    " Say which category takes them over (“to”)."
                ).format(name=row.name, children=children, count=count),
                field="path",
            )
        unit.execute(sql_delete(category).where(category.c.id == record_id))
    category_paths.forget(unit)
    unit.note("category", record_id, {"name": row.name, "parent": row.parent_id}, {"to": to} if to else None)
    unit.changes.everything.add("category")
    return {"dimension": parsed[0], "path": category_paths.SEPARATOR.join(parsed[1:])}


def _merge(unit: Unit, source_id: int, target_id: int, dimension_id: int) -> None:
    """Hands the members and children of one category to another and deletes it."""
    already = select(customer_category.c.customer_id).where(customer_category.c.category_id == target_id)
    moved = select(customer_category.c.customer_id).where(
        customer_category.c.category_id == source_id, customer_category.c.customer_id.not_in(already)
    )
    ids = list(unit.execute(moved).scalars())
    _insert_members(unit, target_id, ids)
    unit.execute(sql_delete(customer_category).where(customer_category.c.category_id == source_id))
    unit.execute(update(product).where(product.c.category_id == source_id).values(category_id=target_id))
    names = {
        name: one
        for one, name in unit.execute(
            select(category.c.id, category.c.name).where(
                category.c.parent_id == target_id, category.c.id != source_id
            )
        )
    }
    rows = unit.execute(select(category.c.id, category.c.name).where(category.c.parent_id == source_id)).all()
    for child_id, name in rows:
        if name in names:
            _merge(unit, child_id, names[name], dimension_id)
        else:
            unit.execute(update(category).where(category.c.id == child_id).values(parent_id=target_id))
    unit.execute(sql_delete(category).where(category.c.id == source_id))


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


# Members


@use_case(
    "category.assign",
    fields=(DIMENSION, PATH, _CUSTOMER, _CUSTOMERS),
    summary=N_("Put one or many customers into a category."),
    errors=(*_PATH_ERRORS, Code.CUSTOMER_MISSING),
)
def assign(
    unit: Unit,
    *,
    dimension: str,
    path: str,
    customer: str | None = None,
    customers: list[str] | None = None,
) -> dict[str, Any]:
    """Puts customers into a category and says how many were not in it before."""
    record_id = category_paths.find(unit, category_paths.parse(dimension, path))
    ids = customer_lookup.ids_of(unit, customer, customers)
    query = select(customer_category.c.customer_id).where(
        customer_category.c.category_id == record_id, among(customer_category.c.customer_id, ids)
    )
    present = set(unit.execute(query).scalars())
    new = [one for one in ids if one not in present]
    _insert_members(unit, record_id, new)
    _note_members(unit, new, None, {"dimension": dimension, "category": path})
    return {"assigned": len(new)}


@use_case(
    "category.unassign",
    fields=(DIMENSION, PATH, _CUSTOMER, _CUSTOMERS),
    summary=N_("Take one or many customers out of a category."),
    errors=(*_PATH_ERRORS, Code.CUSTOMER_MISSING),
)
def unassign(
    unit: Unit,
    *,
    dimension: str,
    path: str,
    customer: str | None = None,
    customers: list[str] | None = None,
) -> dict[str, Any]:
    """Takes customers out of a category and says how many were in it."""
    record_id = category_paths.find(unit, category_paths.parse(dimension, path))
    ids = customer_lookup.ids_of(unit, customer, customers)
    is_meant = (customer_category.c.category_id == record_id) & among(customer_category.c.customer_id, ids)
    present = list(unit.execute(select(customer_category.c.customer_id).where(is_meant)).scalars())
    unit.execute(sql_delete(customer_category).where(is_meant))
    _note_members(unit, present, {"dimension": dimension, "category": path}, None)
    return {"unassigned": len(present)}


def customer_codes(connection: Connection, path: str) -> list[str]:
    """Codes of the customers in a category or below it, in order; `地区/华东` names the tree first.

    A path without a tree is looked for in every tree. Raises NotFound when no tree has it.
    """
    names = tuple(part.strip() for part in path.strip().strip(category_paths.SEPARATOR).split("/"))
    trees = category_tree.dimensions(connection)
    found = [
        node.id
        for tree in trees
        for node in category_tree.tree(connection, tree.id)
        if node.path in ("/".join(names), "/".join(names[1:]) if names[0] == tree.name else None)
    ]
    if not found:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no category “{path}”. Write tree and names, such as {sample}.").format(
                path=path[:100], sample="地区/华东"
            ),
            field="group",
        )
    chosen = or_(*(category_tree.is_member(customer_table.c.id, one) for one in found))
    return list(
        connection.execute(
            select(customer_table.c.code).where(chosen).order_by(customer_table.c.code)
        ).scalars()
    )


def _insert_members(unit: Unit, category_id: int, ids: list[int]) -> None:
    rows = select(literal(category_id), customer_table.c.id).where(customer_table.c.id.in_(ids_of(ids)))
    unit.execute(insert(customer_category).from_select(["category_id", "customer_id"], rows))


def _note_members(
    unit: Unit, ids: list[int], before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    for one in ids:
        unit.note("customer", one, before, after)
    if ids:
        unit.changes.everything.add("category")
