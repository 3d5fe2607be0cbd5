"""The menu of a column's title, and the groups of a list as a menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from crmdesk.text import _
from crmdesk.ui.kit.row_source import ShapedSource

if TYPE_CHECKING:
    from crmdesk.ui.kit.list_page import ListPage
    from crmdesk.ui.kit.table_view import TableView


def column_menu(page: ListPage, index: int) -> QMenu:
    """What can be done with one column."""
    table = page.table
    field = table.table_model().columns()[index].field
    menu = QMenu(page)
    menu.setObjectName(f"{page.objectName()}.columnMenu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    add = Adder(menu, f"{page.objectName()}.column")
    if field.sortable:
        add("sortUp", _("Sort ascending"), lambda: page.sort_by(field.name, False))
        add("sortDown", _("Sort descending"), lambda: page.sort_by(field.name, True))
    if page.conditions.can_filter(field.name):
        add("filter", _("Filter …"), lambda: page.conditions.add(field.name))
    if field.name in group_names(table):
        add("group", _("Group by this column"), lambda: page.group_by(field.name))
    menu.addSeparator()
    add("left", _("Move left"), lambda: table.move_column(index, -1))
    add("right", _("Move right"), lambda: table.move_column(index, 1))
    add("hide", _("Hide"), lambda: table.hide_column(index)).setEnabled(len(table.shown_columns()) > 1)
    menu.addSeparator()
    add("all", _("Columns …"), page.choose_columns)
    return menu


def add_groups(page: ListPage, menu: QMenu) -> None:
    """Adds the ways to group a list to a menu, and folding while it is grouped."""
    source = page.table.table_model().source
    if not isinstance(source, ShapedSource) or not source.group_fields:
        return
    menu.addSeparator()
    inner = menu.addMenu(_("Group by"))
    inner.setObjectName(f"{page.objectName()}.groups.menu")
    add = Adder(inner, f"{page.objectName()}.group")
    chosen = page.query().group
    for name, label in (
        ("", _("No groups")),
        *((entry.name, _(entry.label)) for entry in source.group_fields),
    ):
        add(name or "none", label, lambda which=name: page.group_by(which), is_on=name == chosen)
    if chosen:
        add = Adder(menu, f"{page.objectName()}.groups")
        add("fold", _("Fold all groups"), lambda: page.table.fold_all(True))
        add("open", _("Open all groups"), lambda: page.table.fold_all(False))


def group_names(table: TableView) -> set[str]:
    """The fields a list may be grouped by."""
    source = table.table_model().source
    return {entry.name for entry in source.group_fields} if isinstance(source, ShapedSource) else set()


class Adder(NamedTuple):
    """Adds entries to a menu, named after `prefix`; one with `is_on` is ticked or not."""

    menu: QMenu
    prefix: str

    def __call__(
        self, name: str, words: str, callback: Callable[[], object], *, is_on: bool | None = None
    ) -> QAction:
        """One entry that does `callback` when it is chosen."""
        action = self.menu.addAction(words)
        action.setObjectName(f"{self.prefix}.{name}")
        if is_on is not None:
            action.setCheckable(True)
            action.setChecked(is_on)
        action.triggered.connect(lambda _checked=False: callback())
        return action
