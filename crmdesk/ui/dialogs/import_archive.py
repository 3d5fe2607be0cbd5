"""What the import dialog has besides for an archive: what it would change, cell by cell, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from crmdesk.text import _
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.models.errors import Problem
    from crmdesk.services.imports.differences import Difference

Index = QModelIndex | QPersistentModelIndex
_DISPLAY, _TIP, _INK, _FONT = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.ForegroundRole,
    Qt.ItemDataRole.FontRole,
)


class _Cells(QAbstractTableModel):
    """Rows of texts with the ink of each column: asked for what is seen only, so that thousands cost nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: list[str] = []
        self.rows: list[tuple[str, ...]] = []
        self.inks: dict[int, str] = {}
        self.bold = -1

    def show_rows(self, heads: list[str], rows: list[tuple[str, ...]]) -> None:
        """Takes another set of rows."""
        self.beginResetModel()
        self.heads, self.rows = heads, rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own default)
        return 0 if parent.isValid() else len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == _DISPLAY:
            return self.heads[section]
        return None

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if role in (_DISPLAY, _TIP):
            return self.rows[index.row()][index.column()]
        if role == _INK and index.column() in self.inks:
            return QColor(getattr(theme().colours, self.inks[index.column()]))
        if role == _FONT and index.column() == self.bold:
            font = QFont()
            font.setBold(True)
            return font
        return None


class _Padded(QStyledItemDelegate):
    """Cells begin where the titles over them begin."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        if option.state & QStyle.StateFlag.State_Selected:  # pyright: ignore[reportAttributeAccessIssue]
            painter.fillRect(rect, QColor(theme().colours.accent_soft))
        inner = rect.adjusted(theme().metrics.space(1.75), 0, 0, 0)
        option.rect = inner  # pyright: ignore[reportAttributeAccessIssue]
        super().paint(painter, option, index)


def nothing_changes() -> EmptyState:
    """What an archive that differs in nothing shows."""
    return EmptyState(
        "check-circle",
        _("0 changes"),
        _("The workbook says what the book says. There is nothing to import, and nothing to worry about."),
        "import.same",
    )


class CellTable(QTableView):
    """A quiet table that is only read; Tab leaves it."""

    def __init__(
        self, name: str, words: str, widths: Sequence[int], inks: dict[int, str], bold: int = -1
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.cells = _Cells()
        self.cells.inks, self.cells.bold = inks, bold
        self.setModel(self.cells)
        self.setItemDelegate(_Padded(self))
        self._widths = widths
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme().metrics.row)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.horizontalHeader().setStretchLastSection(True)

    def show_rows(self, heads: list[str], rows: list[tuple[str, ...]]) -> None:
        """Shows rows under their titles; the first is chosen."""
        self.cells.show_rows(heads, rows)
        for column, width in enumerate(self._widths[: len(heads)]):
            self.setColumnWidth(column, theme().metrics.em(width))
        if rows:
            self.setCurrentIndex(self.cells.index(0, 0))


class ArchiveChanges(CellTable):
    """Every cell that the workbook says otherwise than the book, and every record that it adds."""

    def __init__(self) -> None:
        super().__init__(
            "import.changes",
            _("What changes"),
            (18, 7, 14, 24, 34, 34),
            {0: "second", 1: "second", 4: "second"},
            5,
        )

    def show_differences(self, found: Sequence[Difference]) -> None:
        """Shows them in the order of the sheets."""
        heads = [_("Sheet"), _("Row"), _("Customer"), _("Column"), _("Now in the book"), _("In the file")]
        self.show_rows(heads, [_difference_row(one) for one in found])


def _difference_row(one: Difference) -> tuple[str, ...]:
    if one.kind == "new":
        return (one.sheet, str(one.row), one.code, _("(new)"), "—", one.after)
    return (one.sheet, str(one.row), one.code, one.field, one.before or "—", one.after or _("(emptied)"))


class ArchiveRefusals(CellTable):
    """The rows of all sheets that were refused, each with its reason and the way out."""

    def __init__(self) -> None:
        super().__init__(
            "import.archiveErrors",
            _("Refused rows"),
            (18, 7, 20, 24, 70),
            {0: "second", 1: "second", 3: "danger"},
        )

    def show_problems(self, found: Sequence[Problem]) -> None:
        """Shows them in the order of the sheets."""
        heads = [_("Sheet"), _("Row"), _("Column"), _("In the file"), _("Reason")]
        self.show_rows(
            heads,
            [
                (
                    one.sheet or "",
                    str(one.row or ""),
                    str(one.column or ""),
                    str(one.value or ""),
                    " ".join(filter(None, (one.message, one.hint))),
                )
                for one in found
            ],
        )
