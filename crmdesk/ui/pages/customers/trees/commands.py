"""The commands of the trees' page: words, keys, buttons and the menu that shows them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command, button, native_keys

if TYPE_CHECKING:
    from crmdesk.services.category_tree import Node
    from crmdesk.ui.pages.customers.trees.page import TreesPage


class TreeCommands:
    """Made once by the page; keys of a category are heard in its tree, those of a tree in the list of trees."""

    def __init__(self, ctx: Context, page: TreesPage) -> None:
        self._ctx, self._page = ctx, page
        steps = page.steps
        more = self._command("more", N_("More"), self._open_menu, "more-horizontal", "Ctrl+Shift+M")
        page.row.addWidget(button(more, icon="more-horizontal"))
        new = self._command("new", N_("New category"), steps.new, "plus", "Ctrl+N")
        page.row.addWidget(button(new, "primary", icon="plus"))
        at_tree, at_list = page.tree, page.trees
        self._command("rename", N_("Rename"), page.rename, "pencil", "F2", at_tree)
        self._command("cut", N_("Cut"), page.cut, "", "Ctrl+X", at_tree)
        self._command("paste", N_("Put here what was cut"), page.paste, "", "Ctrl+V", at_tree)
        self._command("up", N_("Up among its neighbours"), lambda: page.shift(-1), "", "Alt+Up", at_tree)
        self._command("down", N_("Down among its neighbours"), lambda: page.shift(1), "", "Alt+Down", at_tree)
        self._command("merge", N_("Merge…"), self._on_node(steps.ask_merge), "", "Ctrl+Shift+J")
        self._command("move", N_("Move…"), self._on_node(steps.ask_move), "", "Ctrl+M")
        self._command("put", N_("Put in …"), self._on_node(steps.put), "", "Ctrl+G")
        self._command("note", N_("Note…"), self._on_node(page.write_note), "", "Ctrl+E")
        self._command("retire", N_("Retire"), self._on_node(steps.retire), "", "Ctrl+R")
        self._command("show", N_("Show its customers in the list"),
                      lambda: steps.show_customers(page.current_node()), "list", "Alt+L")  # fmt: skip
        self._command("undo", N_("Undo the last step"), steps.undo, "undo", "Ctrl+Z")
        self._command("delete", N_("Delete"), page.delete, "trash", "Ctrl+Del", at_tree)
        self._command("newTree", N_("New category tree…"), steps.new_tree, "folder-plus", "Ctrl+Shift+K")
        self._command("renameTree", N_("Rename this tree…"), steps.rename_tree, "", "F2", at_list)
        self._command("treeUp", N_("This tree up"), lambda: steps.shift_tree(-1), "", "Alt+Up", at_list)
        self._command("treeDown", N_("This tree down"), lambda: steps.shift_tree(1), "", "Alt+Down", at_list)
        self._command("deleteTree", N_("Delete this tree"), steps.delete_tree, "trash", "Ctrl+Del", at_list)
        self._command("addresses", N_("Fill from the customers’ addresses…"), steps.from_addresses, "map-pin",
                      "Ctrl+Shift+A")  # fmt: skip
        starters = self._command("starters", N_("Make all the usual trees"), steps.make_starters, "sparkles",
                                 "Ctrl+Shift+S")  # fmt: skip
        for name, kind in ((starters, "primary"), (self.action("newTree"), "")):
            made = button(name, kind)
            made.setObjectName(f"{name.objectName()}.empty")
            page.empty.add_button(made)
        page.starters_button = button(starters, "link")
        page.left_column.addWidget(page.starters_button)

    def _command(
        self, name: str, words: str, act: Any, icon: str = "", keys: str = "", owner: QWidget | None = None
    ) -> QAction:
        return self._ctx.commands.add(Command(f"trees.{name}", words, act, icon, keys), owner or self._page)

    def action(self, name: str) -> QAction:
        """A command by its name."""
        found = self._ctx.commands.find(f"trees.{name}")
        assert found is not None  # added above
        return found

    def show_use(self, node: Node | None) -> None:
        """Words of the command that retires or brings back, and nobody is put into a retired category."""
        is_retired = node is not None and node.is_retired
        self.action("retire").setText(_("Bring back into use") if is_retired else _("Retire"))
        self.action("put").setEnabled(not is_retired)

    def key_of(self, name: str) -> str:
        """The key of a command as the user has it now."""
        return native_keys(self.action(name).shortcut().toString())

    def _on_node(self, act: Any) -> Any:
        """An act on the chosen category; without one it says what to do."""

        def do() -> None:
            node = self._page.current_node()
            if node is None:
                self._ctx.notices.toast(_("Choose a category first."), "info")
            else:
                act(node)

        return do

    def menu(self, *, of_tree: bool = True, of_node: bool = True) -> QMenu:
        """What can be done with the chosen category, with its tree, or with both; cutting and the places among
        neighbours are left to the menu of one of them, so that the smallest screen holds the one of both."""
        menu = QMenu(self._page)
        menu.setObjectName("trees.menu")
        of_node = of_node and self._page.current_node() is not None
        is_one = not (of_tree and of_node)
        has_tree = of_tree and bool(self._page.desk.trees)
        groups = (
            (True, ("new", "undo")),
            (of_node, ("rename", "note", "move", "merge", "retire", "delete")),
            (of_node and is_one, ("cut", "paste", "up", "down")),
            (of_node, ("put", "show")),
            (has_tree, ("renameTree", "addresses", "deleteTree")),
            (has_tree and is_one, ("treeUp", "treeDown")),
            (of_tree, ("newTree", "starters") if self._page.desk.missing else ("newTree",)),
        )
        for is_shown, names in groups:
            if is_shown:
                if menu.actions():
                    menu.addSeparator()
                for name in names:
                    menu.addAction(self.action(name))
        return menu

    def _open_menu(self) -> None:
        at = self._page.findChild(QPushButton, "trees.more") or self._page
        self.menu().popup(at.mapToGlobal(QPoint(0, at.height())))
