"""Categories as nodes of a tree that is shown: those in use in their places, retired ones apart under a heading."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from crmdesk.services.category_tree import Node
from crmdesk.text import _
from crmdesk.ui.kit.tree import TreeNode

RETIRED = "retired"
"""The id of the heading."""


def in_use(
    nodes: Sequence[Node],
    *,
    top: Any = None,
    has_own: bool = False,
    cut: int | None = None,
    moves: bool = True,
    is_counted: bool = True,
) -> list[TreeNode]:
    """The categories that take customers, below `top`. `cut` waits for its new place."""
    return [
        TreeNode(
            node.id,
            node.name,
            node.parent_id if node.parent_id is not None else top,
            node.count if is_counted else None,
            node.own_count if has_own else None,
            is_faded=node.id == cut,
            may_move=moves,
        )
        for node in nodes
        if not node.is_retired
    ]


def retired(nodes: Sequence[Node], *, has_own: bool = False, is_counted: bool = True) -> list[TreeNode]:
    """The heading with the retired categories: each branch begins with its whole path. Empty where there are none."""
    out = [node for node in nodes if node.is_retired]
    if not out:
        return []
    ids = {node.id for node in out}
    heading = TreeNode(
        RETIRED, _("Retired"), may_move=False, may_rename=False, takes_children=False, is_heading=True
    )
    return [heading] + [
        TreeNode(
            node.id,
            node.name if node.parent_id in ids else node.path,
            node.parent_id if node.parent_id in ids else RETIRED,
            node.count if is_counted else None,
            node.own_count if has_own else None,
            is_faded=True,
            may_move=False,
            may_rename=False,  # in place one would rename the path that is shown
            takes_children=False,
        )
        for node in out
    ]


def place_among(nodes: Collection[Node], moved: int, parent_id: int | None, position: int) -> int | None:
    """The place among all siblings, for one among those that are shown in use; None is the last."""
    siblings = [one for one in nodes if one.parent_id == parent_id and one.id != moved]
    seen = [at for at, one in enumerate(siblings) if not one.is_retired]
    return seen[position] if position < len(seen) else None
