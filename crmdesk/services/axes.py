"""What customers may be crossed and compared by: each axis sorts them under headings, and each heading is a filter.

Axes are the category trees (`category:地区`, or a branch: `category:地区/浙江省`), the tags (`tag`), the segments
(`segment`), every column of the customers list by which it may be grouped (a new one there is an axis at once), the
book's own fields among them (`own.channel`), and those of several choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from crmdesk.models.errors import Code, NotFound
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.categories import category, customer_category, customer_tag, dimension, tag
from crmdesk.models.tables.custom_fields import custom_value
from crmdesk.models.tables.segments import segment, segment_member
from crmdesk.services import category_tree, lists
from crmdesk.services.category_paths import path_of
from crmdesk.services.custom_fields import CustomField, declared
from crmdesk.services.custom_readings import MARK
from crmdesk.services.group_figures import raw
from crmdesk.services.groups import LIST, quoted
from crmdesk.services.lists import querying
from crmdesk.services.lists.grouping import Group as ListGroup
from crmdesk.services.lists.grouping import in_order
from crmdesk.services.lists.own_columns import spec_in
from crmdesk.text import _

CATEGORY = "category:"
TAG, SEGMENT = "tag", "segment"


class AxisName(NamedTuple):
    """One axis to choose: its name for reports, and what it is called."""

    name: str
    title: str


class Heading(NamedTuple):
    """One row or column: `filter` finds its customers in the customers list."""

    key: str
    title: str
    filter: str


class Axis(NamedTuple):
    """Headings in order, and under which of them each customer stands (most under one; some under several)."""

    name: str
    title: str
    headings: tuple[Heading, ...]
    places: dict[int, tuple[int, ...]]
    rest: int
    """The heading of those who are in no place of `places`."""


def axes(connection: Connection) -> list[AxisName]:
    """The axes of a book: trees first, then tags and segments, then columns, then own fields of several choices."""
    found = [AxisName(CATEGORY + tree.name, tree.name) for tree in category_tree.dimensions(connection)]
    found += [AxisName(TAG, _("Tags")), AxisName(SEGMENT, _("Segments"))]
    found += [AxisName(field.name, _(field.label)) for field in querying.group_fields(LIST, connection)]
    found += [AxisName(one.column, one.field.label) for one in _of_several(connection)]
    return found


def _of_several(connection: Connection) -> list[CustomField]:
    return [one for one in declared(connection, "customer") if one.field.kind is Kind.LIST]


def usual(connection: Connection) -> tuple[str, str]:
    """What is crossed when nobody says: the first tree with categories, and the level."""
    filled = set(connection.execute(select(category.c.dimension_id).distinct()).scalars())
    trees = [tree.name for tree in category_tree.dimensions(connection) if tree.id in filled]
    return CATEGORY + trees[0] if trees else "owner", "level"


def load(connection: Connection, name: str) -> Axis:
    """An axis with its headings, by its name or, where only one is called so, by what it is called (行业). Raises
    NotFound for an unknown one, naming those that may be meant or those there are."""
    known = axes(connection)
    if not name.startswith(CATEGORY) and name not in [one.name for one in known]:
        name = _meant(connection, known, name)
    if name.startswith(CATEGORY):
        return _of_tree(connection, name)
    if name == TAG:
        return _of_tags(connection)
    if name == SEGMENT:
        return _of_segments(connection)
    several = next((one for one in _of_several(connection) if one.column == name), None)
    return _of_column(connection, name) if several is None else _of_choices(connection, several)


def _meant(connection: Connection, known: list[AxisName], said: str) -> str:
    """The axis that a bare name means."""
    bare = said.strip()
    called = [one.name for one in known if one.title == bare]
    if len(called) == 1:
        return called[0]
    near = called or [one.name for one in known if one.name == f"own.{bare}"]
    if not near and bare:
        near = [CATEGORY + bare] if connection.execute(category_tree.nodes_at(bare)).first() else []
    if near:
        message = _("Customers cannot be sorted by “{name}”. Did you mean {names}?").format(
            name=said[:60], names=_(" or ").join(near)
        )
    else:
        message = _("Customers cannot be sorted by “{name}”. Known: {known}.").format(
            name=said[:60], known=", ".join(one.name for one in known)
        )
    raise NotFound(Code.NOT_FOUND, message, field="by")


def _of_tree(connection: Connection, name: str) -> Axis:
    path = name.removeprefix(CATEGORY).strip()
    trees = [tree.id for tree in category_tree.dimensions(connection) if tree.name == path]
    nodes = [] if trees else list(connection.execute(category_tree.nodes_at(path)).scalars())
    if len(nodes) + len(trees) != 1:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no category “{path}”. Write tree and names, such as {sample}.").format(
                path=path[:100], sample="地区/华东"
            ),
            field="by",
        )
    base = nodes[0] if nodes else None
    of_tree = (
        trees[0]
        if trees
        else connection.execute(select(category.c.dimension_id).where(category.c.id == base)).scalar_one()
    )
    rows = {
        row.id: row
        for row in connection.execute(
            select(category)
            .where(category.c.dimension_id == of_tree)
            .order_by(category.c.position, category.c.id)
        )
    }
    tree_name = connection.execute(select(dimension.c.name).where(dimension.c.id == of_tree)).scalar_one()
    whole = category_tree.place(tree_name, "" if base is None else path_of(rows, base))
    headings = [
        Heading(row.name, row.name, f"category = {quoted(f'{whole}/{row.name}')}")
        for row in rows.values()
        if row.parent_id == base
    ]
    place = {row.id: at for at, row in enumerate(row for row in rows.values() if row.parent_id == base)}
    if base is not None:
        place[base] = len(headings)
        headings.append(Heading("", _("Directly in it"), f"category_itself = {quoted(whole)}"))
    under: dict[int, int | None] = {}
    for one in rows:
        under[one] = next((place[above] for above in _upwards(rows, one) if above in place), None)
    places: dict[int, set[int]] = {}
    query = select(customer_category.c.customer_id, customer_category.c.category_id).where(
        customer_category.c.category_id.in_(select(category.c.id).where(category.c.dimension_id == of_tree))
    )
    for owner, category_id in raw(connection, query):
        at = under[category_id]
        if at is not None:
            places.setdefault(owner, set()).add(at)
    headings.append(Heading("", _("In no category"), f"not category = {quoted(whole)}"))
    found = {owner: tuple(sorted(spots)) for owner, spots in places.items()}
    return Axis(name, whole, tuple(headings), found, len(headings) - 1)


def _upwards(rows: dict[int, Any], category_id: int) -> Iterator[int]:
    current: int | None = category_id
    while current is not None:
        yield current
        current = rows[current].parent_id


def _of_tags(connection: Connection) -> Axis:
    names = raw(connection, select(tag.c.id, tag.c.name).order_by(tag.c.name))
    given = raw(connection, select(customer_tag.c.customer_id, customer_tag.c.tag_id))
    return _of_sets(TAG, _("Tags"), names, given, _("Without a tag"))


def _of_segments(connection: Connection) -> Axis:
    own = segment.c
    listed = select(own.id, own.name).where(own.deleted_at == "").order_by(own.position, own.name)
    members = select(segment_member.c.customer_id, segment_member.c.segment_id)
    return _of_sets(
        SEGMENT, _("Segments"), raw(connection, listed), raw(connection, members), _("In no segment")
    )


def _of_sets(
    name: str, title: str, names: list[tuple[Any, ...]], given: list[tuple[Any, ...]], without: str
) -> Axis:
    """An axis of records that a customer may have several of: (id, name) in order, and (customer, id)."""
    place = {record_id: at for at, (record_id, _name) in enumerate(names)}
    headings = [Heading(one, one, f"{name} = {quoted(one)}") for _id, one in names]
    headings.append(Heading("", without, f"{name} is empty"))
    places: dict[int, list[int]] = {}
    for owner, record_id in given:
        if record_id in place:
            places.setdefault(owner, []).append(place[record_id])
    found = {owner: tuple(sorted(spots)) for owner, spots in places.items()}
    return Axis(name, title, tuple(headings), found, len(headings) - 1)


def _of_choices(connection: Connection, own: CustomField) -> Axis:
    """An own field of several choices: who chose two of them stands under both."""
    choices = own.field.choices
    place = {one.value: at for at, one in enumerate(choices)}
    headings = [Heading(one.value, one.label, f"{own.column} = {quoted(one.value)}") for one in choices]
    headings.append(Heading("", _("(empty)"), f"{own.column} is empty"))
    query = select(custom_value.c.record_id, custom_value.c.text_value).where(
        custom_value.c.field_id == own.id, custom_value.c.text_value != ""
    )
    found = {
        owner: tuple(sorted(place[one] for one in text.split(MARK) if one in place))
        for owner, text in raw(connection, query)
    }
    return Axis(own.column, own.field.label, tuple(headings), found, len(headings) - 1)


def _of_column(connection: Connection, name: str) -> Axis:
    field = spec_in(connection, LIST).fields[name]
    pairs = querying.keys(connection, lists.Query(LIST), name)
    known = [ListGroup(key, 0) for key in dict.fromkeys(key for _owner, key in pairs) if key is not None]
    ordered = [known[at].key for at in in_order(known, field, is_descending=None)]
    place = {key: at for at, key in enumerate(ordered)}
    headings = [Heading(str(key), _title(field, key), condition(field, key)) for key in ordered]
    headings.append(Heading("", _("(empty)"), f"{name} is empty"))
    found = {owner: (place[key],) for owner, key in pairs if key is not None}
    return Axis(name, _(field.label), tuple(headings), found, len(headings) - 1)


def _title(field: Field, key: Any) -> str:
    if field.kind is Kind.BOOLEAN:
        return _("Yes") if key else _("No")
    if field.kind is Kind.DATE:
        return f"{key // 100}-{key % 100:02d}"
    for choice in field.choices:
        if choice.value == key:
            return _(choice.label)
    return str(key)


def condition(field: Field, key: Any) -> str:
    """The filter that finds the rows of one group of a list: a value, yes or no, or a month."""
    if field.kind is Kind.BOOLEAN:
        # “not” would find those, too, of whom nothing is said
        return field.name if key else f"{field.name} = false"
    if field.kind is Kind.DATE:
        year, month = divmod(key, 100)
        until = f"{year + month // 12}-{month % 12 + 1:02d}-01"
        return f"{field.name} >= {year}-{month:02d}-01 and {field.name} < {until}"
    return f"{field.name} = {quoted(str(key))}"
