"""A tree of categories with counts: drag and drop, renaming in place, a menu of the page's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QDropEvent, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from crmdesk.ui.kit import tokens
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.icons import pixmap
from crmdesk.ui.kit.theme import theme

_ID = Qt.ItemDataRole.UserRole
_COUNT = Qt.ItemDataRole.UserRole + 1
_ICON = Qt.ItemDataRole.UserRole + 2
COUNT_EM = 10.5
"""The room of each of two columns of counts."""
RECORDS_MIME = "application/x-crmdesk-ids"
"""Ids dragged from a list, as JSON."""


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One node; `id` is the page's own (an int or a text), `count` includes what is below; None shows none.

    `own` (what is in the node itself) is shown in a column of its own before the count, where it is given.
    """

    id: Any
    title: str
    parent_id: Any = None
    count: int | None = None
    own: int | None = None
    icon: str = ""
    is_faded: bool = False
    """Such as a node that was cut and waits for its new place."""
    is_heading: bool = False
    may_move: bool = True
    may_rename: bool = True
    takes_children: bool = True


class Tree(QTreeView):
    """Shows nodes. `moved(id, parent id or None, position)` and `renamed(id, text)` only ask: the page does it and
    gives new nodes. `records_dropped(ids, node id)` comes when rows of a list were dropped on a node.
    """

    current_changed = Signal(object)
    moved = Signal(object, object, int)
    renamed = Signal(object, str)
    records_dropped = Signal(list, object)
    delete_requested = Signal(object)

    def __init__(self, host: Host, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(name)
        self.setProperty("role", "side")
        self._host = host
        self._nodes: dict[Any, TreeNode] = {}
        self._items: dict[Any, QStandardItem] = {}
        self._is_filling = False
        self.menu_for: Callable[[Any], QMenu | None] = lambda _node_id: None
        self._tree_model = _TreeModel(self)
        self.setModel(self._tree_model)
        self.setItemDelegate(_NodeDelegate(self))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.selectionModel().currentChanged.connect(lambda *_changed: self._tell_current())
        self._tree_model.itemChanged.connect(self._item_changed)
        self.expanded.connect(lambda _index: self._keep_open())
        self.collapsed.connect(lambda _index: self._keep_open())
        theme().changed.connect(self._take_sizes)
        self._take_sizes()

    # Nodes

    def set_nodes(self, nodes: Sequence[TreeNode]) -> None:
        """Replaces the nodes (parents before their children); what was open and current stays so."""
        current = self.current_id()
        kept = self._host.settings.get(f"tree.{self.objectName()}")
        shut = set(map(str, kept)) if isinstance(kept, list) else set()
        is_first = not self._nodes
        if not is_first:
            shut = {str(node_id) for node_id in self._shut()}
        self._is_filling = True
        try:
            self._tree_model.clear()
            self._nodes = {node.id: node for node in nodes}
            self._items = {}
            root = self._tree_model.invisibleRootItem()
            for node in nodes:
                parent = self._items.get(node.parent_id, root)
                item = _item(node)
                self._items[node.id] = item
                parent.appendRow(item)
            for node_id, item in self._items.items():
                self.setExpanded(item.index(), str(node_id) not in shut)
            if current in self._items:
                self.setCurrentIndex(self._items[current].index())
        finally:
            self._is_filling = False

    def node(self, node_id: Any) -> TreeNode | None:
        """A node by its id."""
        return self._nodes.get(node_id)

    def current_id(self) -> Any:
        """The node with the cursor, None for none."""
        index = self.currentIndex()
        return index.data(_ID) if index.isValid() else None

    def select(self, node_id: Any) -> None:
        """Puts the cursor on a node."""
        item = self._items.get(node_id)
        if item is not None:
            self.setCurrentIndex(item.index())

    def rename(self, node_id: Any) -> None:
        """Begins to rename a node in place."""
        item = self._items.get(node_id)
        if item is not None and self._nodes[node_id].may_rename:
            self.setCurrentIndex(item.index())
            self.edit(item.index())

    def children_of(self, node_id: Any) -> list[Any]:
        """Ids of the nodes right below one, in order; of the top ones for None."""
        return [node.id for node in self._nodes.values() if node.parent_id == node_id]

    def is_below(self, node_id: Any, ancestor_id: Any) -> bool:
        """Whether a node is the ancestor itself or somewhere under it."""
        seen: set[Any] = set()
        here = node_id
        while here is not None and here not in seen:
            if here == ancestor_id:
                return True
            seen.add(here)
            node = self._nodes.get(here)
            here = node.parent_id if node is not None else None
        return False

    def may_drop(self, node_id: Any, parent_id: Any) -> bool:
        """Whether a node may be put under another: not under itself, and only where children are taken."""
        node = self._nodes.get(node_id)
        if node is None or not node.may_move or self.is_below(parent_id, node_id):
            return False
        parent = self._nodes.get(parent_id)
        return parent is None or parent.takes_children

    # Drag and drop

    def drop(self, source: QMimeData | None, target_id: Any, position: int) -> bool:
        """What a drop on (position -1) or between (0 and up) the children of a node does; False when nothing."""
        if source is not None and source.hasFormat(RECORDS_MIME):
            ids = json.loads(bytes(source.data(RECORDS_MIME).data()))
            node = self._nodes.get(target_id)
            if node is None or node.is_heading or not ids:
                return False
            self.records_dropped.emit([int(entry) for entry in ids], target_id)
            return True
        moved_id = self._tree_model.dragged_id
        if moved_id is None or not self.may_drop(moved_id, target_id):
            return False
        siblings = self.children_of(target_id)
        place = len(siblings) if position < 0 else min(position, len(siblings))
        if moved_id in siblings:
            before = siblings.index(moved_id)
            if place > before:
                place -= 1  # its own place closes up behind it
            if place == before:
                return False
        self.moved.emit(moved_id, target_id, place)
        return True

    def dropEvent(self, event: QDropEvent) -> None:
        """Asks the page to do what was dropped; the tree itself changes when the new nodes come."""
        index = self.indexAt(event.position().toPoint())
        where = self.dropIndicatorPosition()
        spot = QAbstractItemView.DropIndicatorPosition
        if where is spot.OnItem:
            target, position = index.data(_ID), -1
        elif where in (spot.AboveItem, spot.BelowItem):
            target = index.parent().data(_ID) if index.parent().isValid() else None
            position = index.row() + (1 if where is spot.BelowItem else 0)
        else:
            target, position = None, -1
        self.drop(event.mimeData(), target, position)
        # Never let Qt move the rows itself.
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()

    # Inside

    def drawBranches(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """A chevron beside what can be opened, and nothing else."""
        model = index.model()
        if model is None or not model.hasChildren(index):
            return
        name = "chevron-down" if self.isExpanded(index) else "chevron-right"  # pyright: ignore[reportArgumentType]
        sizes = theme().metrics
        edge = min(sizes.icon - sizes.space(0.5), self.indentation())
        drawing = pixmap(name, "third", edge, self.devicePixelRatioF())
        painter.drawPixmap(rect.right() - edge, rect.center().y() - edge // 2, drawing)

    def _tell_current(self) -> None:
        if not self._is_filling:
            self.current_changed.emit(self.current_id())

    def _item_changed(self, item: QStandardItem) -> None:
        node = self._nodes.get(item.data(_ID))
        if self._is_filling or node is None:
            return
        text = item.text().strip()
        if text != node.title:
            self._is_filling = True
            item.setText(node.title)  # until the page has done it
            self._is_filling = False
            if text:
                self.renamed.emit(node.id, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete asks the page."""
        if event.key() == Qt.Key.Key_Delete and self.current_id() is not None:
            self.delete_requested.emit(self.current_id())
        else:
            super().keyPressEvent(event)

    def _show_menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        menu = self.menu_for(index.data(_ID) if index.isValid() else None)
        if menu is not None:
            menu.popup(self.viewport().mapToGlobal(point))

    def _shut(self) -> list[Any]:
        return [
            node_id
            for node_id, item in self._items.items()
            if item.rowCount() and not self.isExpanded(item.index())
        ]

    def _keep_open(self) -> None:
        if not self._is_filling:
            self._host.settings.put(f"tree.{self.objectName()}", [str(node_id) for node_id in self._shut()])

    def _take_sizes(self) -> None:
        self.setIndentation(theme().metrics.space(4))
        self.setIconSize(QSize(theme().metrics.icon, theme().metrics.icon))
        self.scheduleDelayedItemsLayout()


def records_mime(ids: Collection[int]) -> QMimeData:
    """What a list gives to a drag of its rows."""
    data = QMimeData()
    data.setData(RECORDS_MIME, json.dumps(list(ids)).encode())
    return data


def _item(node: TreeNode) -> QStandardItem:
    item = QStandardItem(node.title)
    item.setData(node.id, _ID)
    item.setData(node.count, _COUNT)
    item.setData(node.icon, _ICON)
    item.setEditable(node.may_rename)
    item.setDragEnabled(node.may_move)
    item.setDropEnabled(not node.is_heading)
    item.setSelectable(not node.is_heading)
    return item


class _TreeModel(QStandardItemModel):
    """Remembers which node is dragged, and takes rows of lists too."""

    def __init__(self, parent: Tree) -> None:
        super().__init__(parent)
        self.dragged_id: Any = None

    def mimeTypes(self) -> list[str]:
        return [*super().mimeTypes(), RECORDS_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        self.dragged_id = indexes[0].data(_ID) if indexes else None
        return super().mimeData(indexes)


class _NodeDelegate(QStyledItemDelegate):
    """Round soft fill for the current node, the count at the right."""

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree)
        self._tree = tree

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        del option, index
        return QSize(theme().metrics.em(10), theme().metrics.tree_row)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look = theme()
        colours, sizes = look.colours, look.metrics
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        node = self._tree.node(index.data(_ID))
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        inner = rect.adjusted(sizes.space(1), 0, -sizes.space(2), 0)
        if is_current or state & QStyle.StateFlag.State_MouseOver:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft if is_current else colours.hairline))
            fill = QRectF(rect).adjusted(0, 1, -sizes.space(1), -1)
            painter.drawRoundedRect(fill, sizes.radius_field - 1, sizes.radius_field - 1)
            painter.restore()
        right = inner.right()
        count = index.data(_COUNT)
        if count is not None:
            painter.setFont(sizes.font_of(tokens.SMALL, has_figures=True))
            painter.setPen(QColor(colours.on_soft if is_current else colours.third))
            words = f"{count:,}"
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)
            own = node.own if node is not None else None
            if own is None:
                right -= painter.fontMetrics().horizontalAdvance(words) + sizes.space(2)
            else:
                right -= sizes.em(COUNT_EM)
                place = QRect(inner.left(), inner.top(), right - inner.left(), inner.height())
                shown = f"{own:,}" if own else "—"
                painter.drawText(
                    place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown
                )
                right -= sizes.em(COUNT_EM)
        left = inner.left()
        icon = index.data(_ICON)
        if icon:
            drawing = pixmap(icon, "accent" if is_current else "third", ratio=self._tree.devicePixelRatioF())
            painter.drawPixmap(left, rect.center().y() - sizes.icon // 2, drawing)
            left += sizes.icon + sizes.space(1.5)
        is_heading = node is not None and node.is_heading
        painter.setFont(sizes.font_of(tokens.TEXT, is_bold=is_current or is_heading))
        painter.setPen(
            QColor(
                colours.third
                if node is not None and node.is_faded
                else colours.on_soft
                if is_current
                else colours.text
                if is_heading
                else colours.second
            )
        )
        room = QRect(left, rect.top(), right - left, rect.height())
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        editor = super().createEditor(parent, option, index)
        editor.setProperty("role", "cell")
        editor.setObjectName(f"{self._tree.objectName()}.rename")
        return editor
