"""Groups that have a name (categories, tags, segments, choices of own fields), to be found by it and chosen."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Choice, Kind
from crmdesk.models.tables.custom_fields import custom_value
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment, segment_member
from crmdesk.services import category_tree, tag_names, tags
from crmdesk.services.custom_fields import OWN_SECTION, declared
from crmdesk.services.custom_readings import MARK
from crmdesk.services.groups import FILTER, Group, parse
from crmdesk.text import N_, _

CATEGORY, TAG, SEGMENT = "category", "tag", "segment"
LABELS = {CATEGORY: N_("Category"), TAG: N_("Tag"), SEGMENT: N_("Segment")}
_CHOSEN = (Kind.CHOICE, Kind.LIST, Kind.BOOLEAN)
_TRUTHS = (Choice("yes", N_("Yes")), Choice("no", N_("No")))
_BARE = re.compile(r"[^=<>~()\"']+")
"""What may be a name: a filter has one of these signs, or is the name of a yes/no column."""


class Named(NamedTuple):
    """One group and how many customers are in it now."""

    group: Group
    size: int

    @property
    def label(self) -> str:
        """What it is: a category, a tag … (catalogue source)."""
        return LABELS.get(self.group.kind, OWN_SECTION)


def named(connection: Connection) -> list[Named]:
    """Every group with a name: segments in their order, then tags that can be given, then all categories,
    then the choices of own fields and their yes and no."""
    found = [Named(Group(SEGMENT, name), count) for name, count in _segments(connection)]
    current = set(tags.names_in_use(connection))
    found += [
        Named(Group(TAG, name), count) for _id, name, count in tags.counts(connection) if name in current
    ]
    for tree in category_tree.dimensions(connection):
        found += [
            Named(Group(CATEGORY, category_tree.place(tree.name, node.path)), node.count)
            for node in category_tree.tree(connection, tree.id)
        ]
    return found + _of_own_fields(connection)


def _of_own_fields(connection: Connection) -> list[Named]:
    own = {one.id: one for one in declared(connection, "customer") if one.field.kind in _CHOSEN}
    if not own:
        return []
    values = custom_value.c
    query = (
        select(values.field_id, values.text_value, values.number_value, func.count())
        .join_from(custom_value, customer, customer.c.id == values.record_id)
        .where(values.field_id.in_(own))
        .group_by(values.field_id, values.text_value, values.number_value)
    )
    sizes: Counter[tuple[int, str]] = Counter()
    for field_id, text, number, count in connection.execute(query):
        is_truth = own[field_id].field.kind is Kind.BOOLEAN
        for value in ("yes" if number else "no",) if is_truth else str(text or "").split(MARK):
            sizes[field_id, value] += count
    return [
        Named(
            Group(
                one.column,
                choice.value,
                _("{field}: {value}").format(field=one.field.label, value=_(choice.label)),
            ),
            sizes[one.id, choice.value],
        )
        for one in own.values()
        for choice in one.field.choices or _TRUTHS
    ]


def meant(connection: Connection, texts: Iterable[str]) -> list[Group]:
    """The groups that somebody names: each as `groups.parse` reads it, or by its bare name (行业/零售, VIP) where only
    one is called so. Raises InvalidInput for a name of several, naming them."""
    known = functools.cache(
        lambda: [one.group for one in named(connection)]
    )  # counts all trees: once, if at all
    return [_meant(connection, text, known) for text in texts]


def _meant(connection: Connection, text: str, named_groups: Callable[[], list[Group]]) -> Group:
    group = parse(text)
    if group.kind == TAG:
        return Group(TAG, *tag_names.current(connection, (group.value,)))
    if group.kind in LABELS or (group.kind == FILTER and not _BARE.fullmatch(text.strip())):
        return group
    known = named_groups()
    if group.kind != FILTER:
        return next((one for one in known if one == group), group)
    tagged = Group(TAG, *tag_names.current(connection, (text.strip(),)))
    called = [
        one
        for one in known
        if (text.strip() in (one.value, one.title) and one.kind in LABELS) or one == tagged
    ]
    if len(called) > 1:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{name}” may be several groups. Did you mean {names}?").format(
                name=text[:60], names=_(" or ").join(one.key for one in called)
            ),
            field="group",
        )
    return called[0] if called else group


def _segments(connection: Connection) -> list[tuple[str, int]]:
    query = (
        select(segment.c.name, func.count(segment_member.c.customer_id))
        .join_from(segment, segment_member, segment_member.c.segment_id == segment.c.id, isouter=True)
        .where(segment.c.deleted_at == "")
        .group_by(segment.c.id, segment.c.name)
        .order_by(segment.c.position, segment.c.name)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def matching(connection: Connection, text: str, limit: int) -> list[Named]:
    """Groups whose name holds every word that was typed; those that begin with it first, then the larger ones."""
    words = text.casefold().split()
    found = [one for one in named(connection) if all(word in one.group.title.casefold() for word in words)]

    def order(one: Named) -> tuple[bool, int]:
        last = one.group.title.rpartition("/")[2].casefold()
        return not (words and last.startswith(words[0])), -one.size

    return (sorted(found, key=order) if words else found)[:limit]


def find(connection: Connection, key: str) -> Named | None:
    """A group by its key, or None when it is not there (any more)."""
    return next((one for one in named(connection) if one.group.key == key), None)
