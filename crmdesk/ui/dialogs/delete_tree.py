"""Asks before a category tree is deleted, from whichever page."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import dialogs


def ask_delete_tree(
    ctx: Context, owner: QWidget, tree: str, *, name: str, applies_to: str = "customer"
) -> None:
    """Deletes the tree after a question; one with categories is refused with the way out. Without a tree, nothing."""
    if not tree:
        return
    arguments = {"dimension": tree, "applies_to": applies_to}
    dialogs.confirm(
        owner,
        _("Delete this tree?"),
        _("“{name}” is deleted if it has no categories.").format(name=tree),
        _("Delete"),
        lambda: ctx.run_use_case("dimension.delete", arguments, owner=owner),
        name=name,
    )
