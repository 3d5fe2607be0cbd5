"""Chooses a category of any tree by typing a part of its path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from crmdesk.services import category_tree
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import SearchBox
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.book import Connection

Place = tuple[str, str]
"""A tree's name and a path in it."""


def places(connection: Connection, applies_to: str) -> list[Place]:
    """Every category of every tree that somebody may be put into, in the order they are shown."""
    return [
        (dimension.name, node.path)
        for dimension in category_tree.dimensions(connection, applies_to)
        for node in category_tree.names(connection, dimension.id)
        if not node.is_retired
    ]


def pick_category(
    ctx: Context,
    parent: QWidget,
    title: str,
    on_picked: Callable[[str, str], object],
    *,
    applies_to: str = "customer",
    name: str = "category",
) -> Dialog:
    """Opens the dialog; `on_picked(dimension, path)` comes with Enter or a double click."""
    dialog = Dialog(parent, title, name=name, width=64)
    search = SearchBox(f"{name}.search")
    search.setPlaceholderText(_("Type a part of the category"))
    search.setAccessibleName(search.placeholderText())
    found = EntryList(f"{name}.list")
    found.setAccessibleName(_("Categories"))
    found.setMinimumHeight(dialog.at_most(theme().metrics.row * 9, 62))
    nothing = Paragraph("", "", "second")
    nothing.hide()
    dialog.body.addWidget(search)
    dialog.body.addWidget(found, 1)
    dialog.body.addWidget(nothing)
    known: list[Place] = []

    def show(text: str) -> None:
        words = text.lower().split()
        entries = [
            Entry(path, dimension, icon="folder", data=(dimension, path))
            for dimension, path in known
            if all(word in f"{dimension} {path}".lower() for word in words)
        ]
        found.set_entries(entries)
        if entries:
            found.select(0)
        nothing.setText(_("Nothing matches") if known else _("There are no categories yet."))
        nothing.setVisible(not entries)

    def take(entry: Entry | None) -> None:
        if entry is not None:
            dialog.accept()
            on_picked(*entry.data)

    def filled(read: list[Place]) -> None:
        known.extend(read)
        show(search.text())

    search.searched.connect(show)
    # Enter and Down go into the list, where Enter takes the first hit.
    search.left_down.connect(found.setFocus)
    found.chosen.connect(take)
    ctx.read(lambda connection: places(connection, applies_to), owner=dialog, on_done=filled)
    dialog.add_cancel(f"{name}.cancel")
    dialog.add_action(_("Choose"), f"{name}.choose", lambda: take(found.current()), kind="primary")
    dialog.show_sheet()
    search.setFocus()
    return dialog
