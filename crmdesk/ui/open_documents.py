"""The table of a customer's open documents with an amount for each: what a payment or a credit settles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from crmdesk.models import money
from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.columns import DASH, number
from crmdesk.ui.kit.delegates import paint_chip
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.number_editors import NumberEditor
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.fapiao_plan import RedPlan, RequestPlan
    from crmdesk.services.payment_plan import OpenDocument, Plan

_Index = QModelIndex | QPersistentModelIndex
MARK, NUMBER, DUE, STATE, TOTAL, OPEN, PART = range(7)
TITLES = (
    N_("Chosen"),
    N_("Document"),
    N_("Due"),
    N_("State"),
    N_("Original"),
    N_("Open"),
    N_("This payment"),
)
_MONEY = (TOTAL, OPEN, PART)
_WIDTHS = {MARK: 4, NUMBER: 16, DUE: 11, STATE: 17, TOTAL: 13, OPEN: 13, PART: 14}
_NARROW = {MARK: 3, NUMBER: 12, DUE: 11, STATE: 0, TOTAL: 0, OPEN: 11, PART: 11}
AMOUNT = Field("amount", Kind.MONEY, N_("This payment"), sign="non_negative")


def lateness(days_late: int, *, is_part_paid: bool = False) -> tuple[str, str]:
    """(words, tone) of an open document's chip."""
    if days_late > 0:
        words = _("Overdue {days} days").format(days=days_late) if days_late != 1 else _("Overdue 1 day")
        return words, "danger"
    if days_late == 0:
        return _("Due today"), "warn"
    return (_("Part paid"), "info") if is_part_paid else (_("Not due"), "neutral")


def _lateness_of(entry: OpenDocument) -> tuple[str, str]:
    return lateness(entry.days_late, is_part_paid=entry.is_part_paid)


class OpenDocumentsModel(QAbstractTableModel):
    """Documents of a plan with the part of each in minor units. `edited(row)` comes when the user changed one."""

    edited = Signal(int)

    def __init__(
        self,
        parent: QObject | None = None,
        part_title: str = TITLES[PART],
        titles: Mapping[int, str] | None = None,
        chip: Callable[[OpenDocument], tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(parent)
        self._titles = {**dict(enumerate(TITLES)), PART: part_title, **(titles or {})}
        self.chip = chip or _lateness_of
        self._documents: tuple[OpenDocument, ...] = ()
        self._currency = "CNY"
        self._parts: dict[int, int] = {}

    def set_plan(self, plan: Plan | RequestPlan | RedPlan | None) -> None:
        """Shows other documents, nothing chosen."""
        self.beginResetModel()
        self._documents = plan.documents if plan is not None else ()
        self._currency = plan.currency if plan is not None else self._currency
        self._parts = {}
        self.endResetModel()

    def set_parts(self, parts: Mapping[int, int]) -> None:
        """Replaces the amounts (by row, minor units) without `edited`."""
        self._parts = {row: part for row, part in parts.items() if part}
        self._repaint()

    def parts(self) -> dict[int, int]:
        """Minor units by row, zero left out."""
        return dict(self._parts)

    def total_minor(self) -> int:
        """All parts together."""
        return sum(self._parts.values())

    def put(self, row: int, minor: int) -> bool:
        """Sets one part as the user does; False when it was more than is open and had to be cut."""
        room = self._documents[row].open_minor
        part = min(max(minor, 0), room)
        if part:
            self._parts[row] = part
        else:
            self._parts.pop(row, None)
        self._repaint()
        self.edited.emit(row)
        return part == minor

    def toggle(self, row: int) -> None:
        """All of it, or nothing."""
        self.put(row, 0 if self._parts.get(row) else self._documents[row].open_minor)

    def document(self, row: int) -> OpenDocument:
        """The document of a row."""
        return self._documents[row]

    @property
    def currency(self) -> str:
        """The currency of all of them."""
        return self._currency

    def part(self, row: int) -> int:
        """What is taken of a row."""
        return self._parts.get(row, 0)

    def _repaint(self) -> None:
        if self._documents:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._documents) - 1, PART))

    def text(self, row: int, column: int) -> str:
        """A cell as it is read."""
        entry = self._documents[row]
        if column == NUMBER:
            number_words = entry.number if entry.kind == "invoice" else f"{entry.number} · {_('Opening')}"
            return f"{number_words} · {entry.owner}" if entry.owner else number_words
        if column == DUE:
            return (entry.due_on or entry.dated_on).isoformat()
        if column == STATE:
            return self.chip(entry)[0]
        if column == MARK:
            return "✓" if self._parts.get(row) else ""
        minor = {TOTAL: entry.total_minor, OPEN: entry.open_minor}.get(column, self.part(row))
        return number(money.to_decimal(minor, self._currency)) if minor else DASH

    # What Qt asks

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  an empty index is immutable
        """The documents."""
        return 0 if parent.isValid() else len(self._documents)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Always the same."""
        return 0 if parent.isValid() else len(TITLES)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Only the amount can be typed."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == PART else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text and alignment."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() in _MONEY else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == NUMBER:
            return self._documents[index.row()].reference or None
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The titles."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if section == MARK else _(self._titles[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in _MONEY else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class OpenDocumentsTable(QTableView):
    """Up and Down choose a row, Space takes all of it or nothing, digits type an amount, Delete takes it away."""

    cut = Signal(int)
    """The typed amount was more than is open of this row."""

    def __init__(
        self,
        name: str,
        part_title: str = TITLES[PART],
        titles: Mapping[int, str] | None = None,
        chip: Callable[[OpenDocument], tuple[str, str]] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self._widths = _WIDTHS
        self._model = OpenDocumentsModel(self, part_title, titles, chip)
        self.setModel(self._model)
        self._delegate = _Delegate(self)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setProperty("role", "lines")
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        theme().changed.connect(self._take_sizes)
        self._take_sizes()

    def documents(self) -> OpenDocumentsModel:
        """The model, typed."""
        return self._model

    def show_less(self) -> None:
        """For a narrow place beside a list: without state and original amount."""
        for column in (STATE, TOTAL):
            self.setColumnHidden(column, True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # As high as there is room: what stands below it shall stay in sight.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._widths = _NARROW
        self._fit()

    def edit_amount(self, row: int, text: str = "") -> None:
        """Opens the amount of a row, with what was typed already."""
        index = self._model.index(row, PART)
        self.setCurrentIndex(index)
        self.edit(index)
        editor = self._delegate.editor
        if editor is not None and text:
            editor.setText(text)
            editor.setCursorPosition(len(text))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the row."""
        row = self.currentIndex().row()
        typed = event.text()
        if row < 0:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space:
            self._model.toggle(row)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._model.put(row, 0)
        elif typed and typed in "0123456789０１２３４５６７８９":
            self.edit_amount(row, typed)
        elif event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.edit_amount(row)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the mark takes the row or leaves it."""
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == MARK and event.button() is Qt.MouseButton.LeftButton:
            self._model.toggle(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click types the amount."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() != MARK:
            self.edit_amount(index.row())

    def take(self, row: int, minor: int) -> None:
        """Takes a typed amount, tells when it was cut, and goes to the next row."""
        if not self._model.put(row, minor):
            self.cut.emit(row)
        if row + 1 < self._model.rowCount():
            self.setCurrentIndex(self._model.index(row + 1, PART))
        self.setFocus()

    def _take_sizes(self) -> None:
        sizes = theme().metrics
        self.verticalHeader().setDefaultSectionSize(sizes.row)
        self.verticalHeader().setMinimumSectionSize(sizes.row)
        self.horizontalHeader().setFixedHeight(sizes.header)
        self.horizontalHeader().setMinimumSectionSize(sizes.em(3))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The document's column takes what is left."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        sizes = theme().metrics
        widths = {column: sizes.em(width) + sizes.cell_padding for column, width in self._widths.items()}
        others = sum(
            width for column, width in widths.items() if column != NUMBER and not self.isColumnHidden(column)
        )
        widths[NUMBER] = max(widths[NUMBER], self.viewport().width() - others)
        for column, width in widths.items():
            self.setColumnWidth(column, width)

    def changeEvent(self, event: QEvent) -> None:
        """Titles and chips follow the language."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self._model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, PART)
            self.viewport().update()


class _Delegate(QStyledItemDelegate):
    """Rows with an amount have a soft fill and an accent edge; the amount is edited in place."""

    def __init__(self, view: OpenDocumentsTable) -> None:
        super().__init__(view)
        self._view = view
        self.editor: NumberEditor | None = None

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        del option
        editor = NumberEditor(AMOUNT)
        editor.setParent(parent)
        editor.set_currency(self._view.documents().currency)
        editor.set_prefix("")
        editor.setProperty("role", "cell")
        editor.setObjectName(f"{self._view.objectName()}.amount")
        editor.setAccessibleName(str(self._view.documents().headerData(PART, Qt.Orientation.Horizontal)))
        del index
        self.editor = editor
        return editor

    def setEditorData(self, editor: Any, index: _Index) -> None:
        model = self._view.documents()
        part = model.part(index.row())
        editor.set_value(money.to_decimal(part, model.currency) if part else None)
        editor.selectAll()

    def setModelData(self, editor: Any, model: Any, index: _Index) -> None:
        del model
        currency = self._view.documents().currency
        try:
            amount = editor.value()
            minor = money.to_minor(amount, currency) if amount is not None else 0
        except InvalidInput:
            return
        self._view.take(index.row(), minor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Tab take the amount; Up and Down too."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched is self.editor:
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._end()
                return False
            keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Up, Qt.Key.Key_Down)
            if event.key() in keys:
                self._end()
                return True
        return super().eventFilter(watched, event)

    def settle(self) -> None:
        """Takes what is being typed."""
        if self.editor is not None:
            self._end()

    def _end(self) -> None:
        editor, self.editor = self.editor, None
        if editor is not None:
            self.commitData.emit(editor)
            self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        del index
        editor.setGeometry(option.rect)  # pyright: ignore[reportAttributeAccessIssue]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        look = theme()
        colours, sizes = look.colours, look.metrics
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        model = self._view.documents()
        row, column = index.row(), index.column()
        is_taken = bool(model.part(row))
        if is_taken:
            painter.fillRect(rect, QColor(colours.accent_soft))
        elif state & QStyle.StateFlag.State_Selected and self._view.hasFocus():
            painter.fillRect(rect, QColor(colours.hover))
        painter.setPen(QPen(QColor(colours.hairline), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if is_taken and column == MARK:
            painter.fillRect(
                QRect(rect.left(), rect.top(), sizes.edge, rect.height()), QColor(colours.accent)
            )
        inner = rect.adjusted(sizes.cell_padding, 0, -sizes.cell_padding, -1)
        if column == MARK:
            self._paint_mark(painter, inner, is_taken=is_taken)
            return
        text = model.text(row, column)
        if column == STATE:
            entry = model.document(row)
            words, tone = model.chip(entry)
            paint_chip(painter, inner, words, tone, sizes.font_of(tokens.SMALL), sizes.chip)
            return
        painter.setFont(sizes.font_of(tokens.TEXT, is_bold=column == PART and text != DASH, has_figures=True))
        quiet = text == DASH or column in (DUE, TOTAL)
        painter.setPen(QColor(colours.third if quiet else colours.text))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(model.data(index, Qt.ItemDataRole.TextAlignmentRole)), shown)
        if column == PART and state & QStyle.StateFlag.State_Selected and self._view.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -2))

    def _paint_mark(self, painter: QPainter, inner: QRect, *, is_taken: bool) -> None:
        edge = theme().metrics.icon
        if is_taken:
            image = pixmap("check", "accent", edge, self._view.devicePixelRatioF())
            painter.drawPixmap(inner.left(), inner.center().y() - edge // 2, image)
