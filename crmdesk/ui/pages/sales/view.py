"""One requirement, quote, contract or order beside its list: state, money, chain, next steps, and its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from crmdesk.models.specs import agreements as specs
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.attachments_panel import AttachmentsPanel
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.print_options import open_print_options
from crmdesk.ui.document_view import FactsGrid
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import Command, button, icon_button, plain_button
from crmdesk.ui.kit.controls import EmptyState
from crmdesk.ui.kit.entry_list import EntryList
from crmdesk.ui.kit.labels import Chip
from crmdesk.ui.kit.layouts import FlowLayout, scrolled
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.own_panel import OwnPanel
from crmdesk.ui.pages.sales import steps
from crmdesk.ui.pages.sales.card_parts import ChainRow, MoneyStrip, facts_of, line_entries, version_entries
from crmdesk.ui.pages.sales.plan_panel import PlanPanel
from crmdesk.ui.pages.sales.words import ICONS, numbered, state_words

if TYPE_CHECKING:
    from crmdesk.services.agreement_card import Card

_WATCHED = ("requirement", "quote", "contract", "order", "invoice", "payment", "credit", "customer")
_PRINTED = (specs.QUOTE, specs.CONTRACT)
_CHOOSE = {
    specs.REQUIREMENT: N_("Choose a requirement to see it here."),
    specs.QUOTE: N_("Choose a quote to see it here."),
    specs.CONTRACT: N_("Choose a contract to see its money and its instalments here."),
    specs.ORDER: N_("Choose an order to see it here."),
}
DETAILS, PLAN, PAPER, FILES = "details", "plan", "paper", "files"


class AgreementView(Speaking, QWidget):
    """`change_requested(id)` asks the place for its editor. Its commands work in the whole page of the list."""

    change_requested = Signal(int)

    def __init__(self, ctx: Context, page: ListPage, part: str, kind: str) -> None:
        super().__init__()
        self.ctx, self.page, self.part, self.kind = ctx, page, part, kind
        self.card: Card | None = None
        self._id: int | None = None
        self._paper_of: tuple[int, int] = (0, 0)
        self._actions: list[tuple[QAction, Callable[[Card], bool]]] = []
        self.setObjectName(f"{part}.detail")
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        self._nobody = EmptyState(ICONS[kind], "", "", f"{part}.detail.nobody")
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self._content())
        outer.addWidget(self._stack)
        ctx.bus.watch(self, _WATCHED, lambda _changes: self.reload())
        self.retranslate()

    # Building

    def _content(self) -> QWidget:
        space = theme().metrics.space
        name = self.objectName()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4), space(4), space(4), 0)
        column.setSpacing(space(2.5))
        head = QHBoxLayout()
        head.setSpacing(space(2))
        self.number = labels.heading()
        self.number.setObjectName(f"{name}.number")
        self.state = Chip()
        self.state.setObjectName(f"{name}.state")
        self.total = labels.figure()
        self.total.setObjectName(f"{name}.total")
        head.addWidget(self.number)
        head.addWidget(self.state)
        head.addStretch(1)
        head.addWidget(self.total)
        column.addLayout(head)
        line = QHBoxLayout()
        self.customer = plain_button("", f"{name}.customer", "link")
        self.customer.clicked.connect(lambda _checked=False: self._go_to_customer())
        self.subject = labels.caption()
        self.subject.setObjectName(f"{name}.subject")
        line.addWidget(self.customer)
        line.addWidget(self.subject, 1)
        column.addLayout(line)
        self.chain = ChainRow(self.ctx, f"{name}.chain")
        column.addWidget(self.chain)
        self.money = MoneyStrip(f"{name}.money")
        column.addWidget(self.money)
        holder = QWidget()
        self._row = FlowLayout(holder, gap=2)
        column.addWidget(holder)
        self._add_actions()
        self.tabs = QTabWidget()
        self.tabs.setObjectName(f"{name}.tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(False)
        self._pages = self._tab_pages(name)
        for one in self._pages.values():
            self.tabs.addTab(one, "")
        self.tabs.currentChanged.connect(lambda _index: self._show_paper())
        column.addWidget(self.tabs, 1)
        return content

    def _tab_pages(self, name: str) -> dict[str, QWidget]:
        space = theme().metrics.space
        details = QWidget()
        column = QVBoxLayout(details)
        column.setContentsMargins(0, space(2), 0, 0)
        column.setSpacing(space(2))
        self.facts = FactsGrid(f"{name}.facts")
        self.lines = EntryList(f"{name}.lines")
        self.say(self.lines.setAccessibleName, N_("Lines"))
        column.addWidget(self.facts)
        self.own = OwnPanel(self.ctx, name, self.kind)
        column.addWidget(self.own)
        column.addWidget(self.lines)
        self.versions = EntryList(f"{name}.versions")
        self.say(self.versions.setAccessibleName, N_("Versions"))
        self.versions.chosen.connect(lambda entry: self.page.show_record(int(entry.data)))
        self._versions_title = labels.strong()
        self.say(self._versions_title.setText, N_("Versions"))
        column.addWidget(self._versions_title)
        column.addWidget(self.versions)
        column.addStretch(1)
        made: dict[str, QWidget] = {}
        if self.kind == specs.CONTRACT:
            self.plan = PlanPanel(self.ctx, f"{name}.plan")
            self.plan.bill_requested.connect(lambda position: steps.bill_one(self, position))
            made[PLAN] = self.plan
        # Many facts, a low window: they scroll, nothing is squeezed.
        made[DETAILS] = scrolled(details, f"{name}.scroll")
        if self.kind in _PRINTED:
            self.paper = PagePreview(f"{name}.paper")
            self.paper.fit_width()
            made[PAPER] = self.paper
        self.files = AttachmentsPanel(self.ctx, self.page, f"{name}.files", self.part)
        made[FILES] = self.files
        return made

    def _add_actions(self) -> None:
        """Buttons for what comes next, a menu for the rest; each one a command of the page."""
        name = self.objectName()
        self._menu = QMenu(self)
        self._menu.setObjectName(f"{name}.menu")
        for step in steps.of_kind(self.kind):
            action = self.ctx.commands.add(
                Command(
                    f"{self.part}.{step.name}",
                    step.words,
                    self._runner(step),
                    step.icon,
                    step.key,
                    tip=step.tip,
                ),
                self.page,
            )
            if step.is_rare:
                self._menu.addAction(action)
            else:
                self._row.addWidget(button(action, icon=step.icon))
            self._actions.append((action, step.when))
        self._more = icon_button("more-horizontal", "", f"{name}.more", kind="")
        self.say(self._more.setAccessibleName, N_("More"))
        self.say(self._more.setToolTip, N_("More"))
        self._more.clicked.connect(
            lambda _checked=False: self._menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))
        )
        self._row.addWidget(self._more)

    def _runner(self, step: steps.Step) -> Callable[[], None]:
        def run() -> None:
            if self.card is not None and step.when(self.card):
                step.run(self, self.card)

        return run

    # Showing

    def show_agreement(self, agreement_id: int | None) -> None:
        """Reads and shows one; None shows nothing."""
        if agreement_id != self._id:
            self._id = agreement_id
            self.reload()

    def reload(self) -> None:
        """Reads the same one again."""
        wanted = self._id
        if wanted is None or self.ctx.book is None:
            self._show(None)
            return

        def work(connection: Any) -> Card:
            from crmdesk.services import agreement_card

            return agreement_card.load(connection, wanted)

        def failed(_error: Exception) -> bool:
            self._show(None)  # it is gone from the list as well
            return True

        self.ctx.read(work, owner=self, on_done=self._show, on_error=failed, replaces="card")

    def _show(self, card: Card | None) -> None:
        self.card = card
        self._stack.setCurrentIndex(0 if card is None else 1)
        for action, when in self._actions:
            is_possible = card is not None and when(card)
            action.setEnabled(is_possible)
            action.setVisible(is_possible)
        for place in range(self._row.count()):
            item = self._row.itemAt(place)
            made = item.widget() if item is not None else None
            if made is not None and made is not self._more:
                action = self.ctx.commands.find(made.objectName())
                made.setVisible(action is not None and action.isVisible())
        self._more.setVisible(any(action.isVisible() for action in self._menu.actions()))
        self._row.invalidate()
        if card is not None:
            self._fill(card)

    def _fill(self, card: Card) -> None:
        head = card.head
        self.number.setText(numbered(head.number, head.revision))
        words, tone = state_words(head.kind, card.state)
        self.state.setText(words)
        self.state.set_tone(tone)
        self.total.setText(amount_text(head.total_minor, head.currency) if head.total_minor else "")
        self.customer.setText(card.customer_name)
        self.customer.setAccessibleName(card.customer_name)
        self.subject.setText(head.title)
        self.chain.show_chain(card)
        self.money.show_money(card)
        self.facts.set_facts(facts_of(card))
        self.own.show_record(head.id)
        self.lines.set_entries(line_entries(card))
        self.lines.setFixedHeight(self.lines.height_of_all())
        self.lines.setVisible(bool(card.lines))
        has_versions = len(card.revisions) > 1
        self.versions.set_entries(version_entries(card) if has_versions else [])
        self.versions.setVisible(has_versions)
        self._versions_title.setVisible(has_versions)
        self.versions.setFixedHeight(self.versions.height_of_all())
        if self.kind == specs.CONTRACT:
            self.plan.show_card(card)
        self.files.show_files(head.kind, numbered(head.number, head.revision), card.attachments)
        self._name_tabs()
        self._show_paper()

    def _name_tabs(self) -> None:
        files = len(self.card.attachments) if self.card is not None else 0
        words = {
            DETAILS: _("Details"),
            PLAN: _("Instalments"),
            PAPER: _("Page"),
            FILES: f"{_('Files')} {files or ''}".strip(),
        }
        for name, one in self._pages.items():
            self.tabs.setTabText(self.tabs.indexOf(one), words[name])

    def retranslate(self) -> None:
        """Computed words."""
        super().retranslate()
        self._nobody.set_words(_("Nothing chosen"), _(_CHOOSE[self.kind]))
        self._name_tabs()
        if self.card is not None:
            self._paper_of = (0, 0)
            self._fill(self.card)

    def choose(self, name: str) -> None:
        """Shows a tab by name."""
        self.tabs.setCurrentWidget(self._pages[name])

    def _show_paper(self) -> None:
        card = self.card
        if card is None or PAPER not in self._pages or self.tabs.currentWidget() is not self._pages[PAPER]:
            return
        wanted = (card.head.id, card.head.version)
        if wanted != self._paper_of:
            self._paper_of = wanted
            papers.show(self.ctx, self.paper, self._paper(card))

    def _paper(self, card: Card) -> papers.Paper:
        number = numbered(card.head.number, card.head.revision)
        return papers.document_paper(self.kind, [number], actor=self.ctx.actor, party=card.customer_name)

    # What is done

    def open_whole(self) -> None:
        """Enter: writes on while that is possible, else shows the instalments or the page."""
        card = self.card
        if card is None or card.head.id != self.page.table.current_id():
            return
        if steps.can_write(card):
            self.change_requested.emit(card.head.id)
        else:
            self.choose(PLAN if PLAN in self._pages else PAPER if PAPER in self._pages else DETAILS)

    def print_it(self, card: Card) -> None:
        """Asks for paper and language, then prints."""
        open_print_options(self.ctx, self, self.kind, [numbered(card.head.number, card.head.revision)])

    def save_pdf(self, card: Card) -> None:
        """Saves the page as a file."""
        papers.save_pdf(self.ctx, self, self._paper(card))

    def _go_to_customer(self) -> None:
        if self.card is not None:
            self.ctx.go("customers", code=self.card.customer)
