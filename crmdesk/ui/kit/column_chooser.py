"""The sheet of a list's columns: which are shown and in which order, by mouse and by keyboard; seen at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.kit.commands import native_keys, plain_button
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.table_shape import TableShape
from crmdesk.ui.kit.theme import theme

_ROWS_SEEN = 14
HINT = N_("Space shows or hides a column, {up} and {down} move it; or drag it.")


class ColumnList(QListWidget):
    """Columns with check boxes; `on_changed` is called whenever order or choice changed."""

    def __init__(self, table: TableShape, name: str, on_changed: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(_("Columns"))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self._on_changed = on_changed
        self._is_filling = False
        self.itemChanged.connect(lambda _item: self._tell())
        self.model().rowsMoved.connect(lambda *_moved: self._tell())
        self.fill(table)

    def fill(self, table: TableShape) -> None:
        """Shows the columns as they stand in the table."""
        self._is_filling = True
        self.clear()
        shown = {column.field.name for column in table.shown_columns()}
        for column in table.columns_in_order():
            item = QListWidgetItem(_(column.field.label))
            item.setData(Qt.ItemDataRole.UserRole, column.field.name)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsSelectable
                | Qt.ItemFlag.ItemIsUserCheckable
                | Qt.ItemFlag.ItemIsDragEnabled
            )
            is_shown = column.field.name in shown
            item.setCheckState(Qt.CheckState.Checked if is_shown else Qt.CheckState.Unchecked)
            self.addItem(item)
        self.setCurrentRow(0)
        self._is_filling = False

    def names(self) -> list[str]:
        """The columns in their order."""
        return [str(self.item(row).data(Qt.ItemDataRole.UserRole)) for row in range(self.count())]

    def shown(self) -> list[str]:
        """Those that are checked."""
        return [
            name
            for row, name in enumerate(self.names())
            if self.item(row).checkState() is Qt.CheckState.Checked
        ]

    def move_current(self, by: int) -> None:
        """Moves the current column up or down."""
        row = self.currentRow()
        if 0 <= row < self.count() and 0 <= row + by < self.count():
            self._is_filling = True
            item = self.takeItem(row)
            self.insertItem(row + by, item)
            self.setCurrentRow(row + by)
            self._is_filling = False
            self._on_changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with an arrow moves."""
        ways = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in ways:
            self.move_current(ways[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        if not self._is_filling:
            self._on_changed()


def choose_columns(parent: QWidget, table: TableShape, place: str) -> Dialog:
    """Opens the sheet; every change is seen in the table at once."""
    dialog = Dialog(parent, _("Columns"), name=f"{place}.columnSheet", width=56)
    sizes = theme().metrics

    def apply() -> None:
        if entries.shown():
            table.arrange(entries.names(), entries.shown())
        else:
            entries.fill(table)  # a list without columns shows nothing

    entries = ColumnList(table, f"{place}.columnSheet.list", apply)
    seen = min(_ROWS_SEEN, entries.count()) * sizes.tree_row + sizes.space(2)
    entries.setMinimumHeight(dialog.at_most(seen))
    dialog.body.addWidget(
        Paragraph(_(HINT).format(up=native_keys("Alt+Up"), down=native_keys("Alt+Down")), "caption", "second")
    )
    dialog.body.addWidget(entries, 1)

    def reset() -> None:
        table.use_layout(table.standard_layout())
        entries.fill(table)

    ways = QHBoxLayout()
    for words, name, icon, by in ((_("Up"), "up", "arrow-up", -1), (_("Down"), "down", "arrow-down", 1)):
        made = plain_button(words, f"{place}.columnSheet.{name}", "", icon)
        made.clicked.connect(lambda _checked=False, way=by: entries.move_current(way))
        ways.addWidget(made)
    ways.addStretch(1)
    standard = plain_button(_("Standard columns"), f"{place}.columnSheet.reset", "ghost", "rotate-ccw")
    standard.clicked.connect(lambda _checked=False: reset())
    ways.addWidget(standard)
    dialog.body.addLayout(ways)
    dialog.add_action(_("Done"), f"{place}.columnSheet.done", dialog.accept, kind="primary")
    dialog.show_sheet()
    entries.setFocus(Qt.FocusReason.TabFocusReason)
    return dialog
