"""What a customer belongs to, as conditions of filters and rules: tags, categories (those below included), segments,
the place where he is (what lies below it included), who works on him besides his owner.

The fields are `tag`, `category`, `segment`, `place` and `collaborator`; the names of the list's columns (`tags`,
`categories`, `segments`) are taken for the same, in filters and in rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, literal, or_, select

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.categories import category, customer_category, customer_tag, tag
from crmdesk.models.tables.customers import address, customer
from crmdesk.models.tables.people import customer_collaborator
from crmdesk.models.tables.products import product
from crmdesk.models.tables.segments import segment, segment_member
from crmdesk.services import category_tree, regions
from crmdesk.services.dialect import begins, contains
from crmdesk.text import N_, _

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Belonging:
    """A set that a customer may be in; `test` of no names is whether he is in any at all."""

    field: Field
    test: Callable[[Names], ColumnElement[bool]]
    said: Callable[[str], ColumnElement[bool]]
    """Whether he is in one whose name contains a text."""
    named: Callable[[str], Any]
    """A query of the records of that name: empty where there is none."""


def _is_in(member: ColumnElement[Any], owner: ColumnElement[Any], wanted: Any = None) -> ColumnElement[bool]:
    """Whether the row's customer is in any of the wanted ones; of all, without."""
    query = select(member).where(owner == customer.c.id)
    if wanted is not None:
        query = query.where(wanted)
    return query.correlate(customer).exists()


def _tagged(names: Names) -> ColumnElement[bool]:
    column = customer_tag.c.tag_id
    wanted = column.in_(select(tag.c.id).where(tag.c.name.in_(names))) if names else None
    return _is_in(column, customer_tag.c.customer_id, wanted)


def _tag_said(text: str) -> ColumnElement[bool]:
    column = customer_tag.c.tag_id
    named = select(tag.c.id).where(contains(tag.c.name, text))
    return _is_in(column, customer_tag.c.customer_id, column.in_(named))


def _placed(names: Names) -> ColumnElement[bool]:
    column = customer_category.c.category_id
    wanted = or_(*(column.in_(category_tree.branches(name)) for name in names)) if names else None
    return _is_in(column, customer_category.c.customer_id, wanted)


def _placed_itself(names: Names) -> ColumnElement[bool]:
    column = customer_category.c.category_id
    wanted = or_(*(column.in_(category_tree.nodes_at(name)) for name in names)) if names else None
    return _is_in(column, customer_category.c.customer_id, wanted)


def _category_said(text: str) -> ColumnElement[bool]:
    column = customer_category.c.category_id
    named = select(category.c.id).where(contains(category.c.name, text))
    return _is_in(column, customer_category.c.customer_id, column.in_(named))


def _grouped(names: Names) -> ColumnElement[bool]:
    column = segment_member.c.segment_id
    return _is_in(column, segment_member.c.customer_id, column.in_(_segments(names)) if names else None)


def _segment_said(text: str) -> ColumnElement[bool]:
    column = segment_member.c.segment_id
    named = select(segment.c.id).where(contains(segment.c.name, text), segment.c.deleted_at == "")
    return _is_in(column, segment_member.c.customer_id, column.in_(named))


def _segments(names: Names) -> Any:
    return select(segment.c.id).where(segment.c.name.in_(names), segment.c.deleted_at == "")


def _located(names: Names) -> ColumnElement[bool]:
    """In any of some places or below them: by the code of the primary address, by what was typed where it has none."""
    places = [place for name in names if (place := regions.named(name)) is not None]
    wanted = or_(false(), *map(_is_at, places)) if names else address.c.region != ""
    return _is_in(address.c.id, address.c.customer_id, and_(address.c.is_primary.is_(True), wanted))


def _is_at(place: regions.Region) -> ColumnElement[bool]:
    levels = (
        (address.c.province, place.province),
        (address.c.city, place.city),
        (address.c.district, place.district),
    )
    typed = [column.in_((name, regions.short(name))) for column, name in levels if name]
    return or_(begins(address.c.region, place.beginning), and_(address.c.region == "", *typed))


def _located_said(text: str) -> ColumnElement[bool]:
    levels = (address.c.province, address.c.city, address.c.district)
    said = or_(*(contains(column, text) for column in levels))
    return _is_in(address.c.id, address.c.customer_id, and_(address.c.is_primary.is_(True), said))


def _worked_on(names: Names) -> ColumnElement[bool]:
    column = customer_collaborator.c.name
    return _is_in(column, customer_collaborator.c.customer_id, column.in_(names) if names else None)


def _worked_on_said(text: str) -> ColumnElement[bool]:
    column = customer_collaborator.c.name
    return _is_in(column, customer_collaborator.c.customer_id, contains(column, text))


def _one_named(name: str) -> Any:
    """1 where anybody of that name works on a customer."""
    known = customer_collaborator.c.name
    return select(literal(1)).where(select(known).where(known == name).exists())


BELONGINGS: Mapping[str, Belonging] = {
    one.field.name: one
    for one in (
        Belonging(
            Field("tag", Kind.LIST, N_("Tag"), sortable=False),
            _tagged,
            _tag_said,
            lambda name: select(tag.c.id).where(tag.c.name == name),
        ),
        Belonging(
            Field("category", Kind.LIST, N_("Category"), sortable=False),
            _placed,
            _category_said,
            category_tree.nodes_at,
        ),
        Belonging(
            Field("segment", Kind.LIST, N_("Segment"), sortable=False),
            _grouped,
            _segment_said,
            lambda name: _segments((name,)),
        ),
        Belonging(
            Field("place", Kind.LIST, N_("Region"), sortable=False),
            _located,
            _located_said,
            lambda name: select(literal(1)).where(literal(regions.named(name) is not None)),
        ),
        Belonging(
            Field("collaborator", Kind.LIST, N_("Collaborator"), sortable=False),
            _worked_on,
            _worked_on_said,
            _one_named,
        ),
    )
}
"""What rules and filters may name."""

PLAIN = frozenset({"place", "collaborator"})
"""What is no record of the book: nothing is renamed behind a rule."""

_ITSELF = Belonging(
    Field("category_itself", Kind.LIST, N_("Category"), sortable=False),
    _placed_itself,
    _category_said,
    category_tree.nodes_at,
)
"""For the cells of a matrix: not those of the categories below."""

LISTED: Mapping[str, Belonging] = {**BELONGINGS, _ITSELF.field.name: _ITSELF}
"""What filters of the list may name."""

COLUMNS: Mapping[str, Field] = {
    "tags": BELONGINGS["tag"].field,
    "categories": BELONGINGS["category"].field,
    "segments": BELONGINGS["segment"].field,
}
"""The names of the list's columns, which mean the same."""

FIELDS: Mapping[str, Field] = {**{name: one.field for name, one in LISTED.items()}, **COLUMNS}
"""The words of a filter."""

_ARGUMENTS: Mapping[str, Callable[[str], Any]] = {
    "product": lambda code: select(product.c.id).where(product.c.code == code),
    "product_category": lambda path: category_tree.nodes_at(path, "product"),
}
_MISSING = {
    "tag": N_("There is no tag “{name}”."),
    "category": N_("There is no category “{name}”. Write names from the top down, such as 行业/零售."),
    "category_itself": N_("There is no category “{name}”. Write names from the top down, such as 行业/零售."),
    "segment": N_("There is no segment “{name}”."),
    "place": N_("There is no place “{name}”. Write 浙江省/杭州市, or a code such as 3301."),
    "collaborator": N_("Nobody called “{name}” works on a customer. Add the collaborator first."),
    "product": N_("There is no product “{name}”."),
    "product_category": N_("There is no product category “{name}”."),
}


_PLACES = ("category", "category_itself")


def _is_tree(connection: Connection, name: str) -> bool:
    """Whether a tree of customers has that name: one without a category yet is no mistake."""
    (named, *below) = category_tree.parts_of(name)
    return not below and any(tree.name == named for tree in category_tree.dimensions(connection))


def ids_named(connection: Connection, kind: str, name: str) -> list[int]:
    """The records that a rule means by a name: tag, category, segment, product or product_category."""
    query = LISTED[kind].named(name) if kind in LISTED else _ARGUMENTS[kind](name)
    return list(connection.execute(query).scalars())


def require(connection: Connection, kind: str, name: str, field: str = "filter") -> list[int]:
    """As `ids_named`; raises InvalidInput `filter_invalid` where there is none."""
    found = ids_named(connection, kind, name)
    if not found and not (kind in _PLACES and _is_tree(connection, name)):
        meant = category_tree.spelled(connection, name) if kind in _PLACES else name
        if meant != name:
            raise InvalidInput(
                Code.FILTER_INVALID,
                _("Write “{name}”: a “/” that belongs to the name of a category tree is doubled.").format(
                    name=meant[:100]
                ),
                field=field,
            )
        raise InvalidInput(Code.FILTER_INVALID, _(_MISSING[kind]).format(name=name[:60]), field=field)
    return found
