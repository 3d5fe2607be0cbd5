"""What is known of one customer in tabs: timeline, documents, contacts, profile."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtWidgets import QFrame, QGridLayout, QTabWidget, QVBoxLayout, QWidget

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import customers as specs
from crmdesk.services.customer_agreements import AgreementLine
from crmdesk.services.customer_card import Card
from crmdesk.services.customer_history import Event, Page, Paper
from crmdesk.services.customer_people import People
from crmdesk.text import N_, _, counted
from crmdesk.ui.attachments_panel import AttachmentsPanel
from crmdesk.ui.context import Context
from crmdesk.ui.document_words import PLACES
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import shown
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.own_panel import OwnPanel
from crmdesk.ui.pages.customers.happenings import agreement_entry, paper_entry
from crmdesk.ui.pages.customers.parts import PartsPanel
from crmdesk.ui.pages.customers.people_tab import PeopleTab
from crmdesk.ui.pages.customers.portrait_panel import PortraitPanel
from crmdesk.ui.pages.customers.team_tab import TeamTab
from crmdesk.ui.pages.customers.timeline import TimelinePanel

TIMELINE, DOCUMENTS, SALES, CONTACTS, PROFILE = "timeline", "documents", "sales", "contacts", "profile"
PORTRAIT, TEAM, PEOPLE, FILES = "portrait", "team", "people", "files"
_WIDE = (TIMELINE, PORTRAIT, TEAM, DOCUMENTS, SALES, PEOPLE, FILES, PROFILE)
_NARROW = (TIMELINE, DOCUMENTS, SALES, CONTACTS, PROFILE)
"""Beside the list there is room for five; the page has all."""


class CustomerTabs(Speaking, QTabWidget):
    """`show_all` fills every tab; Enter on a document opens it in its place.

    Without `has_contacts` the page shows `contacts` elsewhere.
    """

    def __init__(self, ctx: Context, place: str, page: QWidget, *, has_contacts: bool = True) -> None:
        super().__init__()
        self._ctx = ctx
        self._filled: tuple[Card, Page, Sequence[Paper], Sequence[AgreementLine], People | None] | None = None
        self.setObjectName(f"{place}.tabs")
        self.setDocumentMode(True)
        self.tabBar().setExpanding(False)
        self.tabBar().setUsesScrollButtons(False)
        self.happened = TimelinePanel(ctx, place, is_wide=not has_contacts)
        self.happened.opened.connect(self._open_event)
        self.timeline = self.happened.list
        self.documents = EntryList(f"{place}.documents")
        self.say(self.documents.setAccessibleName, N_("Documents"))
        self.documents.chosen.connect(self._open)
        self.sales = EntryList(f"{place}.sales")
        self.say(self.sales.setAccessibleName, N_("Sales"))
        self.sales.chosen.connect(self._open_agreement)
        self.contacts = PartsPanel(ctx, place, "contact", has_heading=not has_contacts)
        self.profile = Profile(ctx, place)
        self._tabs = {
            TIMELINE: self.happened,
            DOCUMENTS: self._padded(self.documents),
            SALES: self._padded(self.sales),
            PROFILE: scrolled(self.profile, f"{place}.profile"),
        }
        if has_contacts:
            self._tabs[CONTACTS] = self._padded(self.contacts)
        self.portrait = self.team = self.people = self.files = None
        if not has_contacts:
            self._add_wide(ctx, place, page)
        for name in _NARROW if has_contacts else _WIDE:
            self.addTab(self._tabs[name], "")
        self.retranslate()

    def _add_wide(self, ctx: Context, place: str, page: QWidget) -> None:
        self.portrait = PortraitPanel(ctx, place)
        self.team = TeamTab(ctx, place, page)
        self.people = PeopleTab(ctx, place, page)
        self.files = AttachmentsPanel(ctx, page, f"{place}.files", "customers")
        for name, widget in (
            (PORTRAIT, self.portrait),
            (TEAM, self.team),
            (PEOPLE, self.people),
            (FILES, self.files),
        ):
            self._tabs[name] = widget

    def _padded(self, widget: QWidget) -> QWidget:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, theme().metrics.space(1), 0, 0)
        layout.addWidget(widget)
        return holder

    def show_all(
        self,
        card: Card,
        page: Page,
        papers: Sequence[Paper],
        agreements: Sequence[AgreementLine],
        people: People | None = None,
    ) -> None:
        """Shows a customer. Quotes, contracts and orders have a tab only where there are some."""
        self._filled = (card, page, papers, agreements, people)
        self.sales.set_entries([agreement_entry(line) for line in agreements])
        self.setTabVisible(self.indexOf(self._tabs[SALES]), bool(agreements))
        self.happened.show_page(card.id, card.code, page)
        self.documents.set_entries([paper_entry(paper) for paper in papers])
        self.contacts.show_card(card)
        self.profile.show_card(card)
        if self.portrait is not None:
            self.portrait.show_customer(card.id, card.code)
        if (
            people is not None
            and self.team is not None
            and self.people is not None
            and self.files is not None
        ):
            self.team.show_people(card.code, people)
            self.people.show_people(card.id, card.code, people)
            self.files.show_files("customer", card.code, people.files)
        self._name_tabs()

    def retranslate(self) -> None:
        """Titles with counts."""
        super().retranslate()
        self._name_tabs()
        if self._filled is not None:
            self.show_all(*self._filled)

    def _name_tabs(self) -> None:
        documents = len(self._filled[2]) if self._filled is not None else 0
        agreements = len(self._filled[3]) if self._filled is not None else 0
        contacts = len(self._filled[0].parts["contact"]) if self._filled is not None else 0
        people = self._filled[4] if self._filled is not None else None
        tasks, related, files = (
            (len(people.tasks), len(people.relations), len(people.files)) if people else (0, 0, 0)
        )
        words = {
            TEAM: f"{_('To do')} {tasks or ''}",
            PEOPLE: f"{_('Relations')} {related or ''}",
            FILES: f"{_('Files')} {files or ''}",
            TIMELINE: _("Timeline"),
            PORTRAIT: _("Portrait"),
            DOCUMENTS: f"{_('Documents')} {documents or ''}",
            SALES: f"{_('Sales')} {agreements or ''}",
            CONTACTS: f"{_('Contacts')} {contacts or ''}",
            PROFILE: _("Profile"),
        }
        for name, widget in self._tabs.items():
            self.setTabText(self.indexOf(widget), words[name].strip())

    def choose(self, name: str) -> None:
        """Shows a tab by name."""
        self.setCurrentWidget(self._tabs[name])

    def _open_agreement(self, entry: Entry) -> None:
        self._ctx.go("sales", kind=entry.data.kind, number=entry.data.number)

    def _open(self, entry: Entry) -> None:
        self._open_event(entry.data)

    def _open_event(self, event: Event | Paper) -> None:
        kind, number = event.kind, event.number
        place = PLACES.get(kind.removesuffix("_reversal"))
        if place is not None and number:
            self._ctx.go(place, number=number, kind=kind.removesuffix("_reversal"))


class Profile(Speaking, QWidget):
    """The customer's own facts, addresses, billing profiles and categories."""

    def __init__(self, ctx: Context, place: str) -> None:
        super().__init__()
        self._card: Card | None = None
        space = theme().metrics.space
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, space(2), space(1), space(2))
        layout.setSpacing(space(3.5))
        self._facts = FactGrid()
        layout.addWidget(self._facts)
        self.own = OwnPanel(ctx, place, "customer")
        layout.addWidget(self.own)
        self._parts = [PartsPanel(ctx, place, kind) for kind in ("address", "billing_profile")]
        for panel in self._parts:
            layout.addWidget(panel)
        heading = labels.strong()
        self.say(heading.setText, N_("Categories"))
        layout.addWidget(heading)
        self._categories = FactGrid()
        layout.addWidget(self._categories)
        layout.addStretch(1)

    def show_card(self, card: Card) -> None:
        """Shows a customer."""
        self._card = card
        self._facts.show_facts(
            [
                (_(field.label), _fact(field, card))
                for field in specs.CUSTOMER
                if field.name not in ("code", "name") and _fact(field, card)
            ]
        )
        self.own.show_sections(card.own)
        for panel in self._parts:
            panel.show_card(card)
            panel.fit()
        self._categories.show_facts(list(card.categories) or [("", _("In no category yet."))])

    def retranslate(self) -> None:
        """Says the facts again."""
        super().retranslate()
        if self._card is not None:
            self.show_card(self._card)


def _fact(field: Field, card: Card) -> str:
    value = card.values.get(field.name)
    if field.name == "terms_days":
        return counted(N_("{count} days"), card.terms_days)
    if field.name == "currency":
        return card.currency
    if field.kind is Kind.MONEY and isinstance(value, Decimal):
        minor = money.to_minor(value, card.currency)
        return money.symbol(card.currency) + money.grouped(minor, card.currency)
    return shown(field, value, shows_zero=True) if value not in (None, "") else ""


class FactGrid(QFrame):
    """Pairs of label and text that can be selected."""

    def __init__(self) -> None:
        super().__init__()
        space = theme().metrics.space
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(space(3))
        self._grid.setVerticalSpacing(space(1.5))
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Replaces the pairs."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, words) in enumerate(facts):
            title = labels.caption(name, "second")
            title.setMinimumWidth(theme().metrics.em(10))
            title.setMaximumWidth(theme().metrics.em(20))
            text = labels.Paragraph(words)
            text.setTextInteractionFlags(text.textInteractionFlags().TextSelectableByMouse)
            self._grid.addWidget(title, row, 0)
            self._grid.addWidget(text, row, 1)
