"""Groups of customers by one name: a category, a tag, a segment, or a filter of the customers list.

Every kind is a filter of that list, so that what a group is here and what a window shows for it is the same.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from crmdesk.models.tables.customers import customer
from crmdesk.services import lists
from crmdesk.services.dialect import among
from crmdesk.services.lists.belonging import BELONGINGS
from crmdesk.text import _

LIST = "customers"
FILTER = "filter"
KINDS = tuple(BELONGINGS)
"""Kinds of groups that have a name (a category, a tag, a segment): each is a field of the filter of that list."""
_OWN = re.compile(r"own\.[a-z0-9_]+", re.ASCII)
"""An own field is a kind, too: its groups are those who chose one of its values."""


@dataclass(frozen=True, slots=True)
class Group:
    """`value` is a category's path with its tree in front, a tag's or segment's name, a choice, or a filter."""

    kind: str
    value: str
    called: str = field(default="", compare=False)
    """Its name in words, where that is not the value."""

    @property
    def title(self) -> str:
        """What it is called beside others."""
        return self.called or self.value or _("All customers")

    @property
    def key(self) -> str:
        """As `parse` reads it."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Customers that somebody chose one by one: those selected in a list, or ticked in a dialog."""

    ids: tuple[int, ...]


def parse(text: str) -> Group:
    """`category:地区/华东`, `tag:VIP`, `segment:沉睡客户`, `own.channel:shop`; anything else is a filter, and nothing
    is everybody."""
    kind, separator, value = text.strip().partition(":")
    if separator and (kind in KINDS or _OWN.fullmatch(kind)):
        return Group(kind, value.strip())
    if separator and kind == FILTER:
        return Group(FILTER, value.strip())
    return Group(FILTER, text.strip())


def quoted(text: str) -> str:
    """A text as a value of the filter language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def expression(group: Group) -> str:
    """The filter of the customers list that finds the group's members; empty is everybody."""
    if group.kind == FILTER:
        return group.value
    return f"{group.kind} = {quoted(group.value)}"


def members(connection: Connection, group: Group | Chosen) -> lists.Ids[int]:
    """Ids of the members, by code. Raises InvalidInput `filter_invalid` for a group that does not exist."""
    if isinstance(group, Chosen):
        query = select(customer.c.id).where(among(customer.c.id, group.ids)).order_by(customer.c.code)
        return array("q", connection.execute(query).scalars())
    return lists.ids(connection, lists.Query(LIST, filter=expression(group)))


def codes(connection: Connection, group: Group | Chosen) -> list[str]:
    """Codes of the members, in order."""
    query = select(customer.c.code).where(among(customer.c.id, members(connection, group)))
    return list(connection.execute(query.order_by(customer.c.code)).scalars())
