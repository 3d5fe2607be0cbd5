"""One tag beside the list: how many carry it, by whose word, which rules have to do with it, and who they are."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.models.errors import NotFound
from crmdesk.services import category_desk
from crmdesk.services.category_desk import TagCard
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.labels import Chip, Paragraph
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.trees.detail_tabs import DetailTabs
from crmdesk.ui.pages.customers.trees.words import quoted

_BUTTONS = ("give", "rename", "recolour", "merge", "retire")


class TagView(Speaking, QWidget):
    """Shows the tag of an id. Its commands belong to the list's page, where the hands are."""

    def __init__(self, ctx: Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._id: int | None = None
        self.card: TagCard | None = None
        self.setObjectName("tags.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stack = QStackedWidget()
        self._nobody = EmptyState("tag", "", "", "tags.detail.nobody")
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self._content())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        ctx.bus.watch(self, ("tag", "customer", "segment"), lambda _changes: self._ask())
        self.retranslate()

    def _content(self) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4), space(4), space(4), space(3))
        column.setSpacing(space(2))
        head = QHBoxLayout()
        head.setSpacing(space(2))
        self.name = Chip()
        self.name.setObjectName("tags.detail.name")
        self.retired = Chip("", "warn")
        self.retired.setObjectName("tags.detail.retired")
        head.addWidget(self.name)
        head.addWidget(self.retired)
        head.addStretch(1)
        column.addLayout(head)
        self.counts = labels.strong()
        self.counts.setObjectName("tags.detail.counts")
        self.rules = Paragraph("", "", "second")
        self.rules.setObjectName("tags.detail.rules")
        column.addWidget(self.counts)
        column.addWidget(self.rules)
        self.ways = QWidget()
        self._flow = FlowLayout(self.ways, gap=2)
        column.addWidget(self.ways)
        self.tabs = DetailTabs(self._ctx, "tags", is_history_first=False)
        self.history, self.people = self.tabs.history, self.tabs.people
        self.say(self.history.setAccessibleName, N_("History of the tag"))
        self.say(self.people.setAccessibleName, N_("Customers with the tag"))
        column.addWidget(self.tabs, 1)
        return content

    def add_ways(self) -> None:
        """Buttons of the page's commands, once these are there."""
        self.tabs.add_ways(self._flow, _BUTTONS)

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if hasattr(self, "people"):
            self._nobody.set_words(_("No tag chosen"), _("Choose one to see who carries it."))
            self.tabs.nobody.setText(_("Nobody has it. Give it to customers with Ctrl+G."))
            self.retired.setText(_("Retired"))
            self.tabs.nothing_done.setText(
                _("Nothing was done to it yet. Renames, merges and whether it is in use are written here.")
            )
            self._show()

    def show_tag(self, tag_id: int | None) -> None:
        """Shows a tag; None shows that none is chosen."""
        if tag_id != self._id:
            self._id, self.card = tag_id, None
        if tag_id is None:
            self._stack.setCurrentIndex(0)
        self._ask()

    def _ask(self) -> None:
        tag_id = self._id
        if tag_id is None or self._ctx.book is None:
            return
        self._ctx.read(
            lambda connection: category_desk.tag_card(connection, tag_id),
            owner=self,
            on_done=self._take,
            on_error=lambda error: isinstance(error, NotFound),
            replaces="card",
        )

    def _take(self, card: TagCard) -> None:
        if card.id == self._id:
            self.card = card
            self._show()

    def _show(self) -> None:
        card = self.card
        if card is None:
            return
        self.name.setText(card.name)
        self.name.set_tone(card.colour or "neutral")
        self.retired.setVisible(card.is_retired)
        self.counts.setText(counted(N_("Carried by {count} customers."), card.count))
        lines = []
        if card.by_rule:
            lines.append(
                _("By a rule, which also takes it away again: {count}").format(count=f"{card.by_rule:,}")
            )
        if card.givers:
            lines.append(_("Given by the rules {names}").format(names=quoted(card.givers)))
        if card.lookers:
            lines.append(_("Asked for by the rules {names}").format(names=quoted(card.lookers)))
        if card.is_retired:
            lines.append(_("Retired: it stays where it is and is given to nobody any more."))
        self.rules.setText("\n".join(lines))
        self.rules.setVisible(bool(lines))
        retire = self._ctx.commands.find("tags.retire")
        if retire is not None:
            retire.setText(_("Bring back into use") if card.is_retired else _("Retire"))
        give = self._ctx.commands.find("tags.give")
        if give is not None:
            give.setEnabled(not card.is_retired)
        self.tabs.show_people(card.people, card.count)
        self.tabs.show_history(card.history, may_undo=bool(card.merged))
        self._stack.setCurrentIndex(1)
