"""The ways to a letter or statements for many: from selected customers, from a category, from a segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from crmdesk.services import category_tree
from crmdesk.services.groups import Chosen, Group
from crmdesk.text import N_, counted
from crmdesk.ui.category_side import CategorySide
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry

TEXT_FORM = "letter_text"
"""Its name in the journal of forms."""
LETTER_KEY, STATEMENTS_KEY = "Ctrl+Shift+W", "Ctrl+Shift+S"


def open_letters(ctx: Context, page: QWidget, group: Group | Chosen, title: str) -> None:
    """The dialog, imported when it is first wanted: a day that begins with a customer needs no printer."""
    from crmdesk.ui.dialogs import group_letters

    group_letters.open_letters(ctx, page, group, title)


def open_statements(ctx: Context, page: QWidget, group: Group | Chosen, title: str) -> None:
    """The dialog, imported when it is first wanted."""
    from crmdesk.ui.dialogs import group_statements

    group_statements.open_statements(ctx, page, group, title)


def open_text(ctx: Context, page: QWidget, entry: Entry | None = None) -> None:
    """The form of a new text, or one that a crash left behind."""
    from crmdesk.ui.dialogs import letter_text

    letter_text.open_text(ctx, page, entry.record if entry is not None else "", entry=entry)


def letters_to(ctx: Context, page: QWidget, ids: Sequence[int]) -> None:
    """A letter to customers that are selected."""
    if ids:
        open_letters(ctx, page, Chosen(tuple(ids)), counted(N_("{count} customers"), len(ids)))


def statements_of(ctx: Context, page: QWidget, ids: Sequence[int]) -> None:
    """Statements of customers that are selected."""
    if ids:
        open_statements(ctx, page, Chosen(tuple(ids)), counted(N_("{count} customers"), len(ids)))


def add_for_selection(ctx: Context, owner: QWidget, page: ListPage) -> None:
    """Their commands for the list; the bar of selected customers has no room left, so they are in the menu and on
    their keys."""
    for name, words, act, icon, keys in (
        ("letters", N_("Letters to the selected customers"), letters_to, "mail", LETTER_KEY),
        ("statements", N_("Statements of the selected customers"), statements_of, "scale", STATEMENTS_KEY),
    ):
        ctx.commands.add(
            Command(
                f"customers.{name}",
                words,
                lambda do=act: do(ctx, owner, page.table.selected_ids()),
                icon,
                keys,
            ),
            page,
        )


def add_for_categories(ctx: Context, owner: QWidget, side: CategorySide) -> None:
    """Their lines in the menu of a category."""

    def group(path: str) -> Group:
        return Group("category", category_tree.place(side.dimension(), path))

    side.add_way(
        N_("Letters to its customers …"),
        lambda path: open_letters(ctx, owner, group(path), path.rpartition("/")[2]),
    )
    side.add_way(
        N_("Statements of its customers …"),
        lambda path: open_statements(ctx, owner, group(path), path.rpartition("/")[2]),
    )
