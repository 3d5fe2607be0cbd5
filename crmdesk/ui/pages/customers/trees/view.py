"""One category beside its tree: what it means, who is in it, what was done to it and what can be taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.models.errors import NotFound
from crmdesk.services import category_desk
from crmdesk.services.category_desk import NodeCard
from crmdesk.services.category_tree import Node
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.labels import Label, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.trees.detail_tabs import DetailTabs
from crmdesk.ui.pages.customers.trees.words import both_counts, quoted

_BUTTONS = ("merge", "move", "put", "note", "retire")


class NodeView(Speaking, QWidget):
    """Shows a category, or the whole tree. The page tells when there is something new to read."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._tree_id: int | None = None
        self._node: Node | None = None
        self._sorted = 0
        self.card: NodeCard | None = None
        self.may_undo: Callable[[], bool] = lambda: False
        """Whether the page has anything to take back."""
        self.setObjectName("trees.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space(4), space(4), space(4), space(3))
        column.setSpacing(space(2))
        self.name = labels.heading()
        self.name.setObjectName("trees.detail.name")
        self.path = Label("", "caption", "second")
        self.path.setObjectName("trees.detail.path")
        self.counts = Paragraph("", "", "second")
        self.counts.setObjectName("trees.detail.counts")
        self.note = Paragraph("")
        self.note.setObjectName("trees.detail.note")
        self.rules = Paragraph("", "", "second")
        self.rules.setObjectName("trees.detail.rules")
        for part in (self.name, self.path, self.counts, self.note, self.rules):
            column.addWidget(part)
        self.ways = QWidget()
        self._flow = FlowLayout(self.ways, gap=2)
        column.addWidget(self.ways)
        self.tabs = DetailTabs(ctx, "trees", is_history_first=True)
        self.history, self.people = self.tabs.history, self.tabs.people
        self.say(self.history.setAccessibleName, N_("History of the category"))
        self.say(self.people.setAccessibleName, N_("Customers of the category"))
        column.addWidget(self.tabs, 1)
        self.retranslate()
        self.hide()

    def add_ways(self) -> None:
        """Buttons of the page's commands, once these are there."""
        self.tabs.add_ways(self._flow, _BUTTONS)

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if hasattr(self, "tabs"):
            self.tabs.nothing_done.setText(
                _(
                    "Nothing was done to it yet. Renames, moves, merges and who comes and goes are written here."
                )
            )
            self.tabs.nobody.setText(
                _(
                    "Nobody is in it. Put customers in with Ctrl+G, or drag them onto it in the list of customers."
                )
            )
            self._show()

    def show_place(self, tree_id: int | None, node: Node | None, sorted_count: int) -> None:
        """Reads and shows a category, or the whole tree where there is none, which has so many customers."""
        self._tree_id, self._node, self._sorted = tree_id, node, sorted_count
        if tree_id is None or self._ctx.book is None:
            self.hide()
            return

        def work(connection: category_desk.Connection) -> NodeCard:
            if node is None:
                return category_desk.tree_card(connection, tree_id)
            return category_desk.node_card(connection, node.id)

        self._ctx.read(
            work,
            owner=self,
            on_done=self._take,
            # deleted or merged meanwhile: the tree chooses another one
            on_error=lambda error: isinstance(error, NotFound),
            replaces="card",
        )

    def _take(self, card: NodeCard) -> None:
        if self._tree_id is not None:
            self.card = card
            self._show()
            self.show()

    def _show(self) -> None:
        card, node = self.card, self._node
        if card is None:
            return
        is_tree = node is None
        self.name.setText(card.dimension if is_tree else card.path.rpartition("/")[2])
        self.path.setText(f"{card.dimension} / {card.path.replace('/', ' / ')}")
        self.path.setVisible(not is_tree)
        if node is None:
            self.counts.setText(counted(N_("Sorted in this tree: {count} customers."), self._sorted))
        else:
            self.counts.setText(both_counts(node.own_count, node.count))
        self.note.setText(card.note)
        self.note.setVisible(bool(card.note))
        lines = []
        if node is not None and node.is_retired_itself:
            lines.append(_("Retired: who is in it stays, and nobody is put in any more."))
        elif node is not None and node.is_retired:
            lines.append(_("Out of use, since a category above it is retired."))
        if card.givers:
            words = _("Filled by the rules {names}: {count} of its customers")
            lines.append(words.format(names=quoted(card.givers), count=f"{card.by_rule:,}"))
        if card.lookers:
            lines.append(_("Asked for by the rules {names}").format(names=quoted(card.lookers)))
        self.rules.setText("\n".join(lines))
        self.rules.setVisible(bool(lines))
        self.ways.setVisible(not is_tree)
        self.tabs.show_history(card.history, may_undo=self.may_undo())
        self.tabs.show_people(card.people, node.count if node is not None else None)
