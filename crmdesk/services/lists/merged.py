"""Names in filters and rules that mean something else now: codes of merged customers the survivor, wherever a filter
names a customer; tags that are spelled another way the tag itself."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from crmdesk.services import merged_codes, tag_names
from crmdesk.services.lists.filters import All, Comparison, Node, Not, Some

_EQUAL = ("=", "!=", "in")


def names_customer(one: Comparison, *, is_of_customers: bool) -> bool:
    """Whether a comparison is with the codes of customers; in the list of customers `code` is one, too."""
    field = one.declared
    is_link = field is not None and field.link == "customer"
    return one.operator in _EQUAL and (is_link or (is_of_customers and one.field == "code"))


def following(connection: Connection, node: Node | None, *, is_of_customers: bool) -> Node | None:
    """The same filter with the codes that those of merged customers mean now, and with tags as they are spelled.

    Of the codes, what was written (`texts`) stays; of the tags not, or a rule would lose its tag by the next rename.
    """
    return None if node is None else _followed(connection, node, is_of_customers)


def _followed(connection: Connection, node: Node, is_of_customers: bool) -> Node:
    if isinstance(node, Not):
        return Not(_followed(connection, node.node, is_of_customers))
    if isinstance(node, All | Some):
        return type(node)(tuple(_followed(connection, one, is_of_customers) for one in node.nodes))
    if is_of_customers and node.field == "tag" and node.operator in _EQUAL:
        names = tag_names.current(connection, node.values)
        return node if names == node.values else replace(node, values=names, texts=names)
    if not names_customer(node, is_of_customers=is_of_customers):
        return node
    codes = [one.strip() for one in node.values]
    merged = merged_codes.taken(connection, codes)  # once for all of a long list
    values = tuple(merged_codes.meant(connection, one) if one in merged else one for one in codes)
    return node if values == node.values else replace(node, values=values)
