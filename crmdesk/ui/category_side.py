"""The side panel of a list with a category tree: chooses a tree, filters, moves, renames, assigns.

Used by customers and products; `applies_to` says whose trees they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.specs.categories import CATEGORY_NAME
from crmdesk.services import category_tree
from crmdesk.services.changes import Changes
from crmdesk.services.lists import Query, querying
from crmdesk.text import N_, _, counted
from crmdesk.ui import category_nodes
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.delete_tree import ask_delete_tree
from crmdesk.ui.dialogs.one_field import ask_text
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.commands import icon_button
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tree import Tree, TreeNode
from crmdesk.ui.kit.words import Speaking

if TYPE_CHECKING:
    from crmdesk.services.book import Connection

ALL, NONE = "all", "none"
_KEPT = "categories.{applies_to}.dimension"


@dataclass(frozen=True, slots=True)
class _Reading:
    dimensions: list[category_tree.Dimension]
    current: category_tree.Dimension | None
    nodes: list[category_tree.Node]
    total: int | None
    """None while nothing is counted yet."""
    uncategorised: int | None


class CategorySide(Speaking, QWidget):
    """`filter_changed(name, id)` with `category_id`, `no_category_in`, or ("", None) for all."""

    filter_changed = Signal(str, object)
    records_dropped = Signal(list, str, str)
    """Ids, dimension, path: the page assigns them."""

    def __init__(self, ctx: Context, place: str, *, applies_to: str = "customer", all_words: str) -> None:
        super().__init__()
        self._ctx = ctx
        self._place = place
        self._applies_to = applies_to
        self._all_words = all_words
        self._reading = _Reading([], None, [], None, None)
        self._nodes: dict[int, category_tree.Node] = {}
        self.setObjectName(f"{place}.side")
        self.setProperty("role", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._ways: list[tuple[str, Callable[[str], object]]] = []
        self._build()
        self.tree.current_changed.connect(self._filter)
        self.tree.moved.connect(self._move)
        self.tree.renamed.connect(self._rename)
        self.tree.delete_requested.connect(self._delete)
        self.tree.records_dropped.connect(self._drop)
        self.tree.menu_for = self._menu_for
        ctx.bus.watch(self, ("category", "dimension", applies_to), self._take_changes)
        self.retranslate()
        self.reload()

    def _build(self) -> None:
        space = theme().metrics.space
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space(2), space(3), space(2), space(2))
        layout.setSpacing(space(1))
        row = QHBoxLayout()
        row.setContentsMargins(space(1), 0, 0, 0)
        self.chooser = QPushButton()
        self.chooser.setObjectName(f"{self._place}.dimension")
        self.chooser.setProperty("kind", "heading")
        self.chooser.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        set_icon(self.chooser, "chevron-down", "third")
        self.chooser.clicked.connect(self._choose)
        row.addWidget(self.chooser)
        row.addStretch(1)
        self.new_button = icon_button("plus", _("New category"), f"{self._place}.category.new")
        self.new_button.clicked.connect(lambda: self._new(self._current_category()))
        row.addWidget(self.new_button)
        layout.addLayout(row)
        self.tree = Tree(self._ctx, f"{self._place}.tree")
        layout.addWidget(self.tree, 1)
        self._hint = Paragraph("", "caption", "third")
        self._hint.setContentsMargins(space(2), 0, space(2), space(1))
        layout.addWidget(self._hint)

    def retranslate(self) -> None:
        """Fixed nodes, tooltips and the hint."""
        super().retranslate()
        self.new_button.setToolTip(_("New category"))
        self.new_button.setAccessibleName(_("New category"))
        self.tree.setAccessibleName(_("Category tree"))
        self._show()

    # Reading

    def reload(self) -> None:
        """Reads the tree again: one that is not shown yet first by its names, however many have to be counted."""
        wanted = self._ctx.settings.get(_KEPT.format(applies_to=self._applies_to))
        shown = self._reading.current
        if shown is None or (wanted is not None and shown.id != wanted):
            self._ctx.read(
                lambda connection: _read_names(connection, self._applies_to, wanted),
                owner=self,
                on_done=self._take_names,
                replaces="tree.names",
            )
        self._ctx.read(
            lambda connection: _read(connection, self._applies_to, wanted),
            owner=self,
            on_done=self._take,
            replaces="tree",
        )

    def _take_changes(self, changes: Changes) -> None:
        if changes.touches("category", "dimension"):
            self.reload()
            return
        # Most changes of a record (a payment, a phone) move nobody: counting all is cheap, the tree is not.
        kind = _kind_of(self._applies_to)
        self._ctx.read(
            lambda connection: querying.count(connection, Query(kind)),
            owner=self,
            on_done=lambda total: self.reload() if total != self._reading.total else None,
            replaces="total",
        )

    def _take_names(self, reading: _Reading) -> None:
        # what was counted has come sooner, or another tree was chosen meanwhile
        if reading.current is not None and reading.current != self._reading.current:
            self._take(reading)

    def _take(self, reading: _Reading) -> None:
        self._reading = reading
        self._show()
        if self.tree.current_id() is None:
            # What was chosen is gone: everything is shown, and the list has to know.
            self.tree.select(ALL)

    def _show(self) -> None:
        reading = self._reading
        self._nodes = {node.id: node for node in reading.nodes}
        self.chooser.setText(reading.current.name if reading.current else _("Categories"))
        self.chooser.setAccessibleName(_("Category tree: {name}").format(name=self.chooser.text()))
        nodes = [TreeNode(ALL, _(self._all_words), None, reading.total, may_move=False, may_rename=False)]
        is_counted = reading.total is not None
        nodes += category_nodes.in_use(reading.nodes, is_counted=is_counted)
        if reading.current is not None:
            nodes.append(
                TreeNode(
                    NONE,
                    _("Uncategorised"),
                    None,
                    reading.uncategorised,
                    may_move=False,
                    may_rename=False,
                    takes_children=False,
                )
            )
        self.tree.set_nodes(nodes + category_nodes.retired(reading.nodes, is_counted=is_counted))
        self._hint.setText(
            ""
            if reading.nodes
            else _("Sort into as many trees as you need: industry, region, value. Drag rows onto a category.")
        )
        self._hint.setVisible(not reading.nodes)

    def show_all(self) -> None:
        """No category is chosen."""
        self.tree.select(ALL)

    def dimension(self) -> str:
        """The tree that is shown, "" for none."""
        return self._reading.current.name if self._reading.current else ""

    def current_path(self) -> str:
        """The path of the chosen category, "" for none."""
        node = self._nodes.get(self.tree.current_id())
        return node.path if node is not None else ""

    def _current_category(self) -> int | None:
        current = self.tree.current_id()
        return current if current in self._nodes else None

    def _filter(self, node_id: Any) -> None:
        if node_id in self._nodes:
            self.filter_changed.emit("category_id", node_id)
        elif node_id == NONE and self._reading.current is not None:
            self.filter_changed.emit("no_category_in", self._reading.current.id)
        else:
            self.filter_changed.emit("", None)

    # Trees

    def _choose(self) -> None:
        menu = QMenu(self)
        menu.setObjectName(f"{self._place}.dimension.menu")
        for dimension in self._reading.dimensions:
            action = menu.addAction(dimension.name)
            action.setCheckable(True)
            action.setChecked(dimension == self._reading.current)
            action.triggered.connect(lambda _checked=False, which=dimension.id: self._use(which))
        if self._reading.dimensions:
            menu.addSeparator()
        menu.addAction(_("New category tree…")).triggered.connect(self._new_dimension)
        if self._reading.current is not None:
            menu.addAction(_("Rename this tree…")).triggered.connect(self._rename_dimension)
            menu.addAction(_("Delete this tree")).triggered.connect(self._delete_dimension)
        menu.popup(self.chooser.mapToGlobal(QPoint(0, self.chooser.height())))

    def _use(self, dimension_id: int) -> None:
        self._ctx.settings.put(_KEPT.format(applies_to=self._applies_to), dimension_id)
        self.tree.select(ALL)
        self.reload()

    def _new_dimension(self) -> None:
        def given(text: str, form: Any, dialog: dialogs.Dialog) -> None:
            def done(outcome: Any) -> None:
                dialog.accept()
                self._use(outcome.result["id"])

            self._run("dimension.create", {"name": text}, done, form.take_error)

        title = _("New category tree")
        ask_text(self._ctx, self, title, CATEGORY_NAME, given, name=f"{self._place}.newTree")

    def _rename_dimension(self) -> None:
        before = self.dimension()

        def given(text: str, form: Any, dialog: dialogs.Dialog) -> None:
            arguments = {"dimension": before, "name": text}
            self._run("dimension.rename", arguments, lambda _outcome: dialog.accept(), form.take_error)

        ask_text(
            self._ctx,
            self,
            _("Rename this tree"),
            CATEGORY_NAME,
            given,
            value=before,
            name=f"{self._place}.renameTree",
        )

    def _delete_dimension(self) -> None:
        name = f"{self._place}.deleteTree"
        ask_delete_tree(self._ctx, self, self.dimension(), name=name, applies_to=self._applies_to)

    # Categories

    def _run(self, name: str, arguments: dict[str, Any], on_done: Any = None, on_error: Any = None) -> None:
        self._ctx.run_use_case(
            name,
            {**arguments, "applies_to": self._applies_to},
            owner=self,
            on_done=on_done,
            on_error=on_error,
        )

    def add_way(self, words: str, act: Callable[[str], object]) -> None:
        """A line of the menu of every category, with what it does with the category's path."""
        self._ways.append((words, act))

    def _menu_for(self, node_id: Any) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName(f"{self._place}.category.menu")
        parent = node_id if node_id in self._nodes else None
        words = _("New category below") if parent is not None else _("New category")
        menu.addAction(words).triggered.connect(lambda: self._new(parent))
        if parent is not None:
            if not self._nodes[parent].is_retired:
                menu.addAction(_("Rename")).triggered.connect(lambda: self.tree.rename(node_id))
            menu.addAction(_("Delete…")).triggered.connect(lambda: self._delete(node_id))
            path, is_retired = self._nodes[parent].path, self._nodes[parent].is_retired
            words = _("Bring back into use") if is_retired else _("Retire")
            use_case = "category.restore" if is_retired else "category.retire"
            arguments = {"dimension": self.dimension(), "path": path}
            menu.addAction(words).triggered.connect(lambda: self._run(use_case, arguments))
            if self._ways:
                menu.addSeparator()
            for text, act in self._ways:
                menu.addAction(_(text)).triggered.connect(lambda _checked=False, do=act: do(path))
        return menu

    def _new(self, parent_id: int | None) -> None:
        if self._reading.current is None:
            self._new_dimension()
            return
        above = self._nodes[parent_id].path + "/" if parent_id is not None else ""
        dimension = self.dimension()

        def given(text: str, form: Any, dialog: dialogs.Dialog) -> None:
            arguments = {"dimension": dimension, "path": above + text.replace("/", "／")}
            self._run("category.create", arguments, lambda _outcome: dialog.accept(), form.take_error)

        title = (
            _("New category below “{name}”").format(name=self._nodes[parent_id].name)
            if parent_id is not None
            else _("New category")
        )
        ask_text(self._ctx, self, title, CATEGORY_NAME, given, name=f"{self._place}.newCategory")

    def _rename(self, node_id: Any, text: str) -> None:
        node = self._nodes.get(node_id)
        if node is not None:
            self._run(
                "category.rename", {"dimension": self.dimension(), "path": node.path, "name": text}, None
            )

    def _move(self, node_id: Any, parent_id: Any, position: int) -> None:
        node, parent = self._nodes.get(node_id), self._nodes.get(parent_id)
        if node is None:
            return
        if parent is None:
            position = max(position - 1, 0)  # “all” stands before the categories and is none
        above = parent.id if parent is not None else None
        place = category_nodes.place_among(self._reading.nodes, node.id, above, position)
        arguments = {
            "dimension": self.dimension(),
            "path": node.path,
            "parent": parent.path if parent is not None else "",
            **({"position": place} if place is not None else {}),
        }
        self._run("category.move", arguments)

    def _delete(self, node_id: Any) -> None:
        node = self._nodes.get(node_id)
        if node is None or self._reading.total is None:
            return  # what is in it is not known yet
        has_children = any(other.parent_id == node.id for other in self._reading.nodes)
        if not node.own_count and not has_children:
            dialogs.confirm(
                self,
                _("Delete this category?"),
                _("“{name}” is empty.").format(name=node.name),
                _("Delete"),
                lambda: self._delete_now(node, None),
                name=f"{self._place}.deleteCategory",
            )
            return
        self._hand_over(node)

    def _hand_over(self, node: category_tree.Node) -> None:
        """A category in use: another one takes over what is in it."""
        name = f"{self._place}.deleteCategory"
        dialog = dialogs.Dialog(self, _("Delete this category?"), name=name, width=62)
        dialog.body.addWidget(
            Paragraph(
                counted(
                    N_(
                        "“{name}” has {count} records in it and below it. Choose the category that takes them over"
                        " together with what is below."
                    ),
                    node.count,
                    name=node.name,
                )
            )
        )
        choice = Combo()
        choice.setObjectName(f"{name}.to")
        choice.setAccessibleName(_("Hand over to"))
        for other in self._reading.nodes:
            is_within = other.path == node.path or other.path.startswith(f"{node.path}/")
            if not is_within and (node.is_retired or not other.is_retired):
                choice.addItem(other.path)
        dialog.body.addWidget(choice)

        def go_on() -> None:
            dialog.accept()
            self._delete_now(node, choice.currentText())

        dialog.add_cancel(f"{name}.no")
        button = dialog.add_action(_("Hand over and delete"), f"{name}.yes", go_on, kind="danger")
        if not choice.count():
            dialog.body.addWidget(Paragraph(_("There is no other category yet."), "", "warn"))
            choice.hide()
            button.setEnabled(False)
        dialog.show_sheet()

    def _delete_now(self, node: category_tree.Node, to: str | None) -> None:
        arguments = {"dimension": self.dimension(), "path": node.path}
        if to:
            arguments["to"] = to

        def failed(error: Exception) -> bool:
            if isinstance(error, CrmdeskError) and error.code is Code.IN_USE:
                self._hand_over(node)
                return True
            return False

        self._run("category.delete", arguments, None, failed)

    def _drop(self, ids: list[int], node_id: Any) -> None:
        node = self._nodes.get(node_id)
        if node is None:
            self._ctx.notices.toast(_("Drop them on a category."), "info")
        else:
            self.records_dropped.emit(ids, self.dimension(), node.path)


def _kind_of(applies_to: str) -> str:
    return "customers" if applies_to == "customer" else "products"


def _read_names(connection: Connection, applies_to: str, wanted: Any) -> _Reading:
    dimensions = category_tree.dimensions(connection, applies_to)
    current = next((one for one in dimensions if one.id == wanted), dimensions[0] if dimensions else None)
    nodes = category_tree.names(connection, current.id) if current is not None else []
    return _Reading(dimensions, current, nodes, None, None)


def _read(connection: Connection, applies_to: str, wanted: Any) -> _Reading:
    dimensions = category_tree.dimensions(connection, applies_to)
    current = next((one for one in dimensions if one.id == wanted), dimensions[0] if dimensions else None)
    kind = _kind_of(applies_to)
    total = querying.count(connection, Query(kind))
    if current is None:
        return _Reading(dimensions, None, [], total, 0)
    nodes, placed = category_tree.counted(connection, current.id)
    if applies_to == "customer":
        without = total - placed  # asked one by one, a million customers take longer than the whole tree
    else:
        without = querying.count(connection, Query(kind, no_category_in=current.id))
    return _Reading(dimensions, current, nodes, total, without)


WORDS_ALL_CUSTOMERS = N_("All customers")
