"""Picks a record while typing: code, name, pinyin, initials, phone; those picked last come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import shiboken6
from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from crmdesk.models.fields import Field
from crmdesk.text import _
from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme

SHOWN_MAX = 12
_ROWS_SEEN = 8
_ITEM_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class PickItem:
    """One record to pick: `value` goes into the request, `title` is its name, `code` stands quietly beside it."""

    value: str
    title: str
    code: str = ""
    detail: str = ""


class PickerSource(Protocol):
    """Where a picker looks. All three run in a reader lane."""

    def search(self, text: str, limit: int) -> Sequence[PickItem]:
        """The best matches."""
        ...

    def recent(self, values: Sequence[str], limit: int) -> Sequence[PickItem]:
        """What to offer before anything is typed: the values picked last (still there), then others."""
        ...

    def find(self, value: str) -> PickItem | None:
        """One record by its value."""
        ...


class LinkPicker(QLineEdit):
    """A field that holds one record. `value()` is the picked one's value, None for none.

    Typing searches; Up and Down choose, Enter takes; Esc closes the list and brings back what was there.
    With `can_create` the list ends with “Create …”, which emits `create_requested(text)`.
    """

    edited = Signal()
    picked = Signal(object)
    create_requested = Signal(str)

    def __init__(self, host: Host, source: PickerSource, field: Field, *, can_create: bool = False) -> None:
        super().__init__()
        self._host = host
        self._source = source
        self._link = field.link or field.name
        self.can_create = can_create
        self._item: PickItem | None = None
        self._takes_first = False
        self._popup: _Popup | None = None
        self._button = QAction(self)
        set_icon(self._button, "chevrons-up-down", "third")
        self._button.triggered.connect(self._toggle)
        self.addAction(self._button, QLineEdit.ActionPosition.TrailingPosition)
        self.setPlaceholderText(_("Code, name, pinyin or phone"))
        self.textEdited.connect(self._search)

    # Value

    def value(self) -> str | None:
        """What was picked; text that is no record yet counts as nothing picked."""
        return self._item.value if self._item is not None and self.text() == self._item.title else None

    def unpicked_text(self) -> str:
        """What was typed and is no record (yet)."""
        return "" if self.value() is not None else self.text().strip()

    def item(self) -> PickItem | None:
        """The picked record with its words."""
        return self._item if self.value() is not None else None

    def set_value(self, value: Any) -> None:
        """Shows a record by its value; its words come from the source."""
        if value is None or value == "":
            self.set_item(None)
            return
        self.set_item(PickItem(str(value), str(value)))
        source = self._source

        def work(progress: Progress) -> PickItem | None:
            del progress
            return source.find(str(value))

        def done(item: PickItem | None) -> None:
            if item is not None and self._item is not None and self._item.value == str(value):
                self.set_item(item)

        self._host.tasks.run(
            "read", work, owner=self, done=done, failed=self._host.notices.error, replaces="find"
        )

    def begin_typing(self, text: str) -> None:
        """Searches for what was typed elsewhere, with the cursor behind it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.setText(text)
        self._search(text)

    def set_item(self, item: PickItem | None) -> None:
        """Shows a record."""
        self._item = item
        self.setText(item.title if item is not None else "")
        self.setCursorPosition(0)
        self._show_code()

    def take(self, item: PickItem) -> None:
        """Takes a record as if the user had picked it."""
        self.set_item(item)
        self._hide()
        self._host.settings.remember_picked(self._link, item.value)
        self.edited.emit()
        self.picked.emit(item)

    def _show_code(self) -> None:
        code = self._item.code if self._item is not None else ""
        width = self.fontMetrics().horizontalAdvance(code) + theme().metrics.space(2) if code else 0
        self.setTextMargins(0, 0, width, 0)
        self.update()

    # Searching

    def _search(self, text: str) -> None:
        if self._item is not None and text != self._item.title:
            self.setTextMargins(0, 0, 0, 0)
        self.edited.emit()
        self._look(text.strip())

    def _look(self, text: str) -> None:
        source = self._source
        recents = self._host.settings.picked(self._link)

        def work(progress: Progress) -> list[PickItem]:
            del progress
            return list(source.search(text, SHOWN_MAX) if text else source.recent(recents, SHOWN_MAX))

        def done(items: list[PickItem]) -> None:
            if not self.hasFocus() and not self._takes_first:
                return
            if self._takes_first:
                self._takes_first = False
                if items:
                    self.take(items[0])
                    return
            self._show(items, text)

        self._host.tasks.run(
            "read", work, owner=self, done=done, failed=self._host.notices.error, replaces="search"
        )

    def _show(self, items: list[PickItem], text: str) -> None:
        if self._popup is None or not shiboken6.isValid(self._popup):
            self._popup = _Popup(self)
        self._popup.fill(items, text if self.can_create else "")
        self._popup.place()

    def _hide(self) -> None:
        if self._popup is not None and shiboken6.isValid(self._popup):
            self._popup.hide()

    def _toggle(self) -> None:
        if self.is_open():
            self._hide()
        else:
            self.setFocus()
            self._look("")

    def is_open(self) -> bool:
        """Whether the list is shown."""
        return self._popup is not None and shiboken6.isValid(self._popup) and self._popup.isVisible()

    def chosen(self, entry: QListWidgetItem | None) -> None:
        """Takes an entry of the list."""
        if entry is None:
            return
        item = entry.data(_ITEM_ROLE)
        if isinstance(item, PickItem):
            self.take(item)
        else:
            self._hide()
            self.create_requested.emit(str(item))

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, Down, Enter and Esc work on the list."""
        key = event.key()
        popup = self._popup if self.is_open() else None
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            if popup is None:
                self._look("" if self.value() is not None else self.text().strip())
            else:
                popup.move_by(
                    {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS_SEEN}.get(
                        Qt.Key(key), -_ROWS_SEEN
                    )
                )
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and popup is not None:
            self.chosen(popup.current())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.text().strip() and self.value() is None:
            # Typed faster than the answer came: its first match is taken.
            self._takes_first = True
            self._look(self.text().strip())
        elif key == Qt.Key.Key_Escape and popup is not None:
            self._hide()
            if self._item is not None:
                self.set_item(self._item)
        elif key == Qt.Key.Key_F4:
            self._toggle()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def takes_enter(self) -> bool:
        """Whether Enter is for the picker itself and not for the form."""
        return self.is_open() or (bool(self.text().strip()) and self.value() is None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """By keyboard everything is selected, so that typing searches anew."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The list goes; an emptied field means nothing picked."""
        super().focusOutEvent(event)
        if event.reason() is Qt.FocusReason.PopupFocusReason:
            return
        QTimer.singleShot(0, self, self._hide)
        if not self.text().strip():
            self._item = None
            self._show_code()

    def hideEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The list never stays behind."""
        self._hide()
        super().hideEvent(event)  # pyright: ignore[reportArgumentType]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The code, quietly at the right."""
        super().paintEvent(event)
        if self._item is None or not self._item.code or self.text() != self._item.title:
            return
        look = theme()
        painter = QPainter(self)
        painter.setPen(QColor(look.colours.third))
        right = self.width() - look.metrics.icon - look.metrics.space(5)
        painter.drawText(
            QRect(0, 0, right, self.height()),
            int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
            self._item.code,
        )


class _Popup(QFrame):
    """The list under the field: a child of the window, so that the field keeps the focus."""

    def __init__(self, picker: LinkPicker) -> None:
        super().__init__(picker.window())
        self._picker = picker
        self.setProperty("role", "popup")
        self.setObjectName(f"{picker.objectName()}.list")
        layout = QVBoxLayout(self)
        edge = theme().metrics.space(1)
        layout.setContentsMargins(edge, edge, edge, edge)
        self._list = QListWidget()
        self._list.setObjectName(f"{picker.objectName()}.items")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setItemDelegate(_ItemDelegate(self._list))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMouseTracking(True)
        self._list.itemClicked.connect(picker.chosen)
        layout.addWidget(self._list)
        picker.destroyed.connect(self.deleteLater)

    def fill(self, items: list[PickItem], created: str) -> None:
        self._list.clear()
        for item in items:
            entry = QListWidgetItem(f"{item.title} {item.code}".strip())
            entry.setData(_ITEM_ROLE, item)
            self._list.addItem(entry)
        if created:
            entry = QListWidgetItem(_("Create “{name}”").format(name=created))
            entry.setData(_ITEM_ROLE, created)
            self._list.addItem(entry)
        if self._list.count() == 0:
            entry = QListWidgetItem(_("Nothing found"))
            entry.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(entry)
        self._list.setCurrentRow(0)

    def place(self) -> None:
        """Under the field, or over it where there is no room."""
        window = self._picker.window()
        sizes = theme().metrics
        rows = min(self._list.count(), _ROWS_SEEN)
        height = rows * (sizes.tree_row + sizes.space(1)) + sizes.space(3)
        width = max(self._picker.width(), sizes.em(44))
        corner = self._picker.mapTo(window, QPoint(0, self._picker.height() + sizes.space(1)))
        if corner.y() + height > window.height():
            above = self._picker.mapTo(window, QPoint(0, 0)).y() - height - sizes.space(1)
            corner.setY(above if above >= 0 else max(0, window.height() - height))
        corner.setX(max(0, min(corner.x(), window.width() - width)))
        self.setGeometry(QRect(corner, QSize(width, height)))
        self.show()
        self.raise_()

    def move_by(self, rows: int) -> None:
        last = self._list.count() - 1
        self._list.setCurrentRow(min(max(self._list.currentRow() + rows, 0), last))

    def current(self) -> QListWidgetItem | None:
        entry = self._list.currentItem()
        return entry if entry is not None and entry.flags() & Qt.ItemFlag.ItemIsEnabled else None


class _ItemDelegate(QStyledItemDelegate):
    """Name left, code right, both elided."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        sizes = theme().metrics
        return QSize(sizes.em(20), sizes.tree_row + sizes.space(1))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look = theme()
        colours, sizes = look.colours, look.metrics
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        if is_current or state & QStyle.StateFlag.State_MouseOver:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft if is_current else colours.hover))
            painter.drawRoundedRect(rect, sizes.radius_field - 2, sizes.radius_field - 2)
            painter.restore()
        inner = rect.adjusted(sizes.space(2), 0, -sizes.space(2), 0)
        item = index.data(_ITEM_ROLE)
        title = item.title if isinstance(item, PickItem) else str(index.data())
        quiet = " · ".join(filter(None, (item.detail, item.code))) if isinstance(item, PickItem) else ""
        small = sizes.font_of(tokens.SMALL)
        painter.setFont(small)
        quiet = painter.fontMetrics().elidedText(quiet, Qt.TextElideMode.ElideRight, inner.width() // 2)
        quiet_width = painter.fontMetrics().horizontalAdvance(quiet)
        painter.setPen(QColor(colours.second))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignRight | middle), quiet)
        painter.setFont(sizes.font)
        is_record = isinstance(item, PickItem)
        painter.setPen(
            QColor(colours.on_soft if is_current else colours.text if is_record else colours.accent)
        )
        room = inner.width() - quiet_width - sizes.space(2)
        title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignLeft | middle), title)
