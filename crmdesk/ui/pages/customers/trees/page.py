"""Category trees: the trees at the left, the categories of one in the middle, what is known of one at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.services import category_desk
from crmdesk.services.category_desk import Desk
from crmdesk.services.category_tree import Node
from crmdesk.text import N_, _
from crmdesk.ui import category_nodes
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.controls import EmptyState, SearchBox
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tree import COUNT_EM, Tree, TreeNode
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.trees import TREES, WATCHED
from crmdesk.ui.pages.customers.trees.commands import TreeCommands
from crmdesk.ui.pages.customers.trees.steps import Steps
from crmdesk.ui.pages.customers.trees.view import NodeView
from crmdesk.ui.segmented import TitledPage

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry as LeftEntry

_TOP, _NONE = "tree", "none"
_KEPT = "trees.dimension"
_EMPTY = Desk([], [], None, [], 0, 0, None)


class TreesPage(Speaking, TitledPage):
    """`trees.list` are the trees, `trees.tree` the categories of the chosen one, `trees.detail` one of them."""

    starters_button: QPushButton

    def __init__(self, ctx: Context) -> None:
        super().__init__(TREES)
        self._ctx = ctx
        self.desk = _EMPTY
        self._nodes: dict[int, Node] = {}
        self._cut: int | None = None
        self._wanted_path: str | None = None
        self._wanted_tree = ""
        self._has_loaded = False
        self.steps = Steps(ctx, self)
        self.search = SearchBox("trees.search")
        self.row.addWidget(self.search, 3)
        self.row.addStretch(2)
        self.banner = Banner("trees.banner")
        self.detail = NodeView(ctx)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setObjectName("trees.splitter")
        self.empty = EmptyState("folder", "", "", "trees.empty")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.splitter)
        self._stack.addWidget(self.empty)
        self.body.addWidget(self._stack, 1)
        for part, stretch in ((self._left(), 0), (self._middle(), 1), (self.detail, 0)):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
        em = theme().metrics.em
        self.splitter.setSizes([em(26), em(56), em(58)])
        self._commands = TreeCommands(ctx, self)
        self.detail.add_ways()
        self.detail.may_undo = lambda: self.steps.has_back or self.desk.undoable_id is not None
        self.search.searched.connect(lambda _text: self._show_tree())
        self.search.left_down.connect(self.tree.setFocus)
        self.trees.current_changed.connect(self._chosen_tree)
        self.trees.moved.connect(lambda _id, _parent, position: self.steps.put_tree(position))
        self.trees.renamed.connect(lambda _id, name: self.steps.rename_tree(name))
        self.trees.delete_requested.connect(lambda _id: self.steps.delete_tree())
        self.trees.menu_for = lambda _id: self._commands.menu(of_node=False)
        self.tree.current_changed.connect(lambda _id: self._show_detail())
        self.tree.moved.connect(self._dropped)
        self.tree.renamed.connect(self._renamed)
        self.tree.delete_requested.connect(lambda _id: self.delete())
        self.tree.menu_for = lambda _id: self._commands.menu(of_tree=False)
        self.setFocusProxy(self.tree)
        ctx.bus.watch(self, WATCHED, lambda _changes: self._take_changes())
        self.retranslate()

    # Building

    def _left(self) -> QWidget:
        space = theme().metrics.space
        side = QWidget()
        side.setObjectName("trees.side")
        side.setProperty("role", "side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        side.setMinimumWidth(theme().metrics.em(20))
        column = self.left_column = QVBoxLayout(side)
        column.setContentsMargins(space(3), space(3), space(2), space(3))
        column.setSpacing(space(1.5))
        head = labels.strong()
        self.say(head.setText, N_("Category trees"))
        column.addWidget(head)
        self.trees = Tree(self._ctx, "trees.list")
        self.trees.setRootIsDecorated(False)
        self.say(self.trees.setAccessibleName, N_("Category trees"))
        column.addWidget(self.trees, 1)
        self._missing_head = labels.caption()
        self.say(self._missing_head.setText, N_("Usual trees you do not have"))
        column.addWidget(self._missing_head)
        self.missing = EntryList("trees.missing", opens_on_click=True)
        self.missing.setProperty("role", "side")
        self.say(self.missing.setAccessibleName, N_("Usual trees you do not have"))
        self.missing.chosen.connect(lambda entry: self.steps.make_starters(entry.data))
        column.addWidget(self.missing)
        return side

    def _middle(self) -> QWidget:
        space = theme().metrics.space
        middle = QWidget()
        middle.setProperty("role", "surface")
        middle.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        middle.setMinimumWidth(theme().metrics.em(36))
        column = QVBoxLayout(middle)
        column.setContentsMargins(space(2), space(1), space(2), space(2))
        column.setSpacing(0)
        column.addWidget(self.banner)
        self.banner.hide()
        head = QHBoxLayout()
        head.setContentsMargins(space(2), space(2), space(2), space(1))
        head.setSpacing(0)
        self._heads = [labels.caption(), labels.caption(), labels.caption()]
        for label, words in zip(self._heads, (N_("Category"), N_("In it"), N_("With below")), strict=True):
            self.say(label.setText, words)
        head.addWidget(self._heads[0], 1)
        for label in self._heads[1:]:
            label.setFixedWidth(theme().metrics.em(COUNT_EM))
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            head.addWidget(label)
        column.addLayout(head)
        self.tree = Tree(self._ctx, "trees.tree")
        self.tree.setProperty("role", "tree")
        self.hint = Paragraph("", "", "second")
        self.hint.setObjectName("trees.hint")
        self.hint.setContentsMargins(space(2), space(2), space(2), space(2))
        column.addWidget(self.hint)
        column.addWidget(self.tree, 1)
        return middle

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if hasattr(self, "tree"):
            self.search.setPlaceholderText(_("Find a category"))
            self.search.setAccessibleName(_("Find a category"))
            self.tree.setAccessibleName(_("Category tree"))
            self.empty.set_words(
                _("Sort customers as many ways as you like"),
                _(
                    "Each tree is one question, such as trade, region or value. You see at a glance how many"
                    " customers are where. Begin with the usual ones and change what you like."
                ),
            )
            self._show()

    # Reading

    def showEvent(self, event: Any) -> None:
        """Reads when it is first seen."""
        super().showEvent(event)
        if not self._has_loaded:
            self._has_loaded = True
            self.reload()

    def _take_changes(self) -> None:
        """Reads again at once where it is seen, else when it is seen again: every payment would count all trees."""
        if self.isVisible():
            self.reload()
        else:
            self._has_loaded = False

    def reload(self) -> None:
        """Reads the trees and the chosen one; what was chosen stays."""
        if self._ctx.book is None:
            return
        wanted = self._ctx.settings.get(_KEPT)
        self._ctx.read(
            lambda connection: category_desk.load(connection, wanted),
            owner=self,
            on_done=self._take,
            replaces="desk",
        )

    def _take(self, desk: Desk) -> None:
        self.desk = desk
        if self._wanted_tree:
            named = next((one for one in desk.trees if one.name == self._wanted_tree), None)
            self._wanted_tree = ""
            if named is not None and (desk.current is None or named.id != desk.current.id):
                self.use_tree(named.id)
                return
        self._show()

    def _show(self) -> None:
        desk = self.desk
        self._nodes = {node.id: node for node in desk.nodes}
        if self._cut not in self._nodes:
            self._cut = None
        self._stack.setCurrentIndex(0 if desk.trees or not self._has_loaded else 1)
        self.trees.set_nodes(
            [TreeNode(one.id, one.name, None, one.count, takes_children=False) for one in desk.trees]
        )
        if desk.current is not None and self.trees.current_id() != desk.current.id:
            self.trees.select(desk.current.id)
        self.missing.set_entries(
            [Entry(name, icon="plus", icon_tone="accent", data=key) for key, name in desk.missing]
        )
        is_short = bool(desk.missing)
        self._missing_head.setVisible(is_short)
        self.missing.setVisible(is_short)
        self.starters_button.setVisible(len(desk.missing) > 1)
        self._show_tree()
        self._show_detail()

    def _show_tree(self) -> None:
        desk = self.desk
        if desk.current is None:
            self.tree.set_nodes([])
            return
        shown, is_searched = self._found()
        top = desk.current
        nodes = [
            TreeNode(_TOP, top.name, None, desk.total - desk.uncategorised, icon="folder", may_move=False,
                     may_rename=False)
        ]  # fmt: skip
        found = [node for node in desk.nodes if node.id in shown]
        # while a search leaves some out, places among those that are left would mean nothing
        nodes += category_nodes.in_use(found, top=_TOP, has_own=True, cut=self._cut, moves=not is_searched)
        nodes.append(
            TreeNode(_NONE, _("In no category of this tree"), None, desk.uncategorised, may_move=False,
                     may_rename=False, takes_children=False)
        )  # fmt: skip
        self.tree.set_nodes(nodes + category_nodes.retired(found, has_own=True))
        self._settle(shown)
        self.hint.setText(self._hint(is_searched, bool(shown)))
        self.hint.setVisible(bool(self.hint.text()))

    def _hint(self, is_searched: bool, is_found: bool) -> str:
        if is_searched:
            return "" if is_found else _("No category has that in its name.")
        if self.desk.nodes:
            return ""
        return _(
            "This tree is empty. Make its first category with Ctrl+N; a “/” makes several levels at once. A tree of"
            " regions fills itself from the customers’ addresses."
        )

    def _found(self) -> tuple[set[int], bool]:
        """Ids of the categories that are shown: those with what is searched in their name, and what is above them."""
        words = self.search.text().lower().split()
        if not words:
            return set(self._nodes), False
        shown: set[int] = set()
        for node in self.desk.nodes:
            if all(word in node.name.lower() for word in words):
                above: Node | None = node
                while above is not None:
                    shown.add(above.id)
                    above = self._nodes.get(above.parent_id) if above.parent_id is not None else None
        return shown, True

    def _settle(self, shown: set[int]) -> None:
        """Puts the cursor where it was asked to be, else where it was, else on the whole tree."""
        wanted, self._wanted_path = self._wanted_path, None
        if wanted is not None:
            node = next((one for one in self.desk.nodes if one.path == wanted), None)
            if node is not None and node.id in shown:
                self.tree.select(node.id)
        if self.tree.current_id() is None:
            self.tree.select(_TOP)

    def _show_detail(self) -> None:
        desk = self.desk
        tree_id = desk.current.id if desk.current is not None else None
        node = self.current_node()
        self._commands.show_use(node)
        self.detail.show_place(tree_id, node, desk.total - desk.uncategorised)

    # For the steps

    def tree_name(self) -> str:
        """The name of the chosen tree, "" for none."""
        return self.desk.current.name if self.desk.current is not None else ""

    def current_node(self) -> Node | None:
        """The chosen category; None for the whole tree."""
        return self._nodes.get(self.tree.current_id())

    def parent_of(self, node: Node) -> Node | None:
        """What it stands under; None at the top."""
        return self._nodes.get(node.parent_id) if node.parent_id is not None else None

    def siblings_of(self, node: Node) -> list[Node]:
        """It and its neighbours, in their order."""
        return [one for one in self.desk.nodes if one.parent_id == node.parent_id]

    def use_tree(self, tree_id: int) -> None:
        """Shows a tree."""
        self._ctx.settings.put(_KEPT, tree_id)
        self._cut = None
        self.banner.hide()
        self.reload()

    def show_tree_named(self, name: str) -> None:
        """Shows a tree by its name, once it is there."""
        self._wanted_tree = name
        self.reload()

    def show_path(self, path: str) -> None:
        """Puts the cursor on a category once it is there; it comes with the change that made it."""
        self._wanted_path = path
        self.search.clear()
        self.reload()

    def show_target(self, target: dict[str, Any]) -> None:
        """`tree` and `path` by name show a category."""
        if target.get("tree"):
            self._wanted_path = str(target.get("path") or "") or None
            self.show_tree_named(str(target["tree"]))

    def resume(self, entry: LeftEntry) -> None:
        """Goes on with a note that a crash left behind."""
        self.show_tree_named(str(entry.about.get("dimension", "")))
        self.steps.resume_note(entry)

    # Doing

    def _chosen_tree(self, tree_id: Any) -> None:
        if tree_id is not None and (self.desk.current is None or tree_id != self.desk.current.id):
            self.use_tree(tree_id)

    def rename(self) -> None:
        """Renames in place."""
        node = self.current_node()
        if node is not None and node.is_retired:
            self.steps.ask_name(node)  # apart, it stands there with its whole path
        elif node is not None:
            self.tree.rename(node.id)
        elif self.tree.current_id() == _TOP:
            self.steps.rename_tree()

    def _renamed(self, node_id: Any, name: str) -> None:
        node = self._nodes.get(node_id)
        if node is not None:
            self.steps.rename(node, name)

    def _dropped(self, node_id: Any, parent_id: Any, position: int) -> None:
        node = self._nodes.get(node_id)
        if node is not None:
            parent, place = self._nodes.get(parent_id), None
            if parent_id is not None:  # beside the tree's own name is at its end
                above = parent.id if parent is not None else None
                place = category_nodes.place_among(self.desk.nodes, node.id, above, position)
            self.steps.move(node, parent, place)

    def shift(self, by: int) -> None:
        """One place up or down among its neighbours."""
        node = self.current_node()
        if node is not None:
            self.steps.shift(node, by)

    def cut(self) -> None:
        """Remembers a category; nothing moves before it is put somewhere."""
        node = self.current_node()
        if node is None:
            return
        self._cut = node.id
        self.banner.show_message(
            _("“{name}” waits for its place: choose what it belongs under and press {key}.").format(
                name=node.name, key=self._commands.key_of("paste")
            ),
            "info",
            _("Leave it"),
            self.leave_cut,
        )
        self._show_tree()

    def leave_cut(self) -> None:
        """What was cut stays where it is."""
        self._cut = None
        self.banner.hide()
        self._show_tree()

    def paste(self) -> None:
        """Puts what was cut under the chosen category; on the tree's name, at the top."""
        node = self._nodes.get(self._cut) if self._cut is not None else None
        if node is None:
            self._ctx.notices.toast(
                _("Nothing is cut. Press {key} on the category that is to move.").format(
                    key=self._commands.key_of("cut")
                ),
                "info",
            )
            return
        target = self.current_node()
        self.leave_cut()
        if target is not None and target.id == node.id:
            return
        self.steps.move(node, target, None)

    def delete(self) -> None:
        """Deletes the chosen category, or says what takes it over."""
        node = self.current_node()
        if node is not None:
            self.steps.delete(node)

    def write_note(self, node: Node) -> None:
        """The form of the category's note."""
        card = self.detail.card
        if card is not None and card.id == node.id:
            self.steps.write_note(node.path, card.note)
