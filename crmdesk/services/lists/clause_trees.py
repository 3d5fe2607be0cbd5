"""The filter language as a tree of clauses: what the window's builder of rules edits, and what a rule keeps."""

from __future__ import annotations

from crmdesk.models import clauses
from crmdesk.models.clauses import Clause, Group, Tree
from crmdesk.models.fields import CHOICES, Kind
from crmdesk.models.spans import RANGE
from crmdesk.services.lists.filters import All, Comparison, Node, Not

_OPERATORS = {
    "=": clauses.IS,
    "!=": clauses.IS_NOT,
    "<": clauses.LESS,
    "<=": clauses.AT_MOST,
    ">": clauses.MORE,
    ">=": clauses.AT_LEAST,
    "~": clauses.CONTAINS,
    "in": clauses.ANY_OF,
    "empty": clauses.EMPTY,
}
_OPPOSITES = {
    clauses.CONTAINS: clauses.NOT_CONTAINS,
    clauses.ANY_OF: clauses.NONE_OF,
    clauses.EMPTY: clauses.NOT_EMPTY,
}


def tree_of(node: Node | None) -> Group:
    """A filter that was read, as the tree it was written as; the root is always a group."""
    if node is None:
        return Group(clauses.ALL)
    tree = _tree(node)
    return tree if isinstance(tree, Group) else Group(clauses.ALL, (tree,))


def _tree(node: Node) -> Tree:
    if isinstance(node, Comparison):
        return _clause(node)
    if isinstance(node, Not):
        inner = _tree(node.node)
        if isinstance(inner, Group):
            parts = inner.parts if inner.kind == clauses.ANY else (inner,)
            return Group(clauses.NONE, parts)
        opposite = _OPPOSITES.get(inner.operator)
        return Group(clauses.NONE, (inner,)) if opposite is None else inner._replace(operator=opposite)
    kind = clauses.ALL if isinstance(node, All) else clauses.ANY
    return Group(kind, tuple(_tree(one) for one in node.nodes))


def _clause(node: Comparison) -> Clause:
    texts = node.texts
    if node.operator == "within":
        if node.kind not in clauses.DAYS:
            first, _dots, last = texts[0].partition(RANGE)
            return Clause(node.field, clauses.BETWEEN, (first, last), node.arguments)
        if RANGE in texts[0]:
            first, _dots, last = texts[0].partition(RANGE)
            return Clause(node.field, clauses.BETWEEN, (first, last), node.arguments)
        return Clause(node.field, clauses.PERIOD, texts, node.arguments)
    if node.kind is Kind.BOOLEAN and node.operator == "=":
        return Clause(node.field, clauses.YES if node.values[0] else clauses.NO, (), node.arguments)
    if node.kind in CHOICES and node.operator == "=":
        return Clause(node.field, clauses.ANY_OF, texts, node.arguments)
    if node.kind in CHOICES and node.operator == "!=":
        return Clause(node.field, clauses.NONE_OF, texts, node.arguments)
    return Clause(node.field, _OPERATORS[node.operator], texts, node.arguments)
