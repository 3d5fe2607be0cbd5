"""The portrait of a customer: measures as chips, figures that say how they were reckoned, likes, what to offer.

It is read when it is looked at: measures and recommendations take longer than the rest of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.cards import BarRow, CardGrid
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.layouts import FlowLayout, scrolled
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers import portrait_words as words

if TYPE_CHECKING:
    from crmdesk.services.book import Connection
    from crmdesk.services.measures.reading import Measures
    from crmdesk.services.measures.recommending import Recommendation
    from crmdesk.services.portrait import Portrait
    from crmdesk.services.segment_offers import SegmentOffer

_BARS = 5


@dataclass(frozen=True, slots=True)
class Looks:
    """All that the panel shows, of one moment."""

    portrait: Portrait
    measures: Measures
    offers: tuple[Recommendation, ...]
    deals: tuple[SegmentOffer, ...] = ()
    """What his groups offer him."""


def read(connection: Connection, customer_id: int, code: str) -> Looks:
    """Reads it."""
    from crmdesk.services import portrait, segment_offers
    from crmdesk.services.measures import reading, recommending

    return Looks(
        portrait.load(connection, customer_id),
        reading.measures_of(connection, code),
        recommending.recommend(connection, code, limit=6),
        segment_offers.offers_of(connection, code),
    )


class FactTile(QPushButton):
    """A figure with its name above; pressed, it says how it was reckoned."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "tile")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(True)  # Enter presses it
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space(3), space(2), space(3), space(2))
        column.setSpacing(0)
        self._name = labels.caption("", "second")
        self.value = labels.strong()
        self._note = labels.caption("", "third")
        for part in (self._name, self.value, self._note):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(part)

    def show_fact(self, fact: words.Fact) -> None:
        """Finished words."""
        self._name.setText(fact.label)
        self.value.setText(fact.value)
        self.value.set_tone(fact.tone)
        self._note.setText(fact.note)
        self.setAccessibleName(": ".join(filter(None, (fact.label, fact.value))))
        self.setAccessibleDescription(fact.note)
        self.setToolTip(_("How it was reckoned"))


class PortraitPanel(Speaking, QWidget):
    """`place` prefixes the names."""

    def __init__(self, ctx: Context, place: str) -> None:
        super().__init__()
        self._ctx = ctx
        self._place = place
        self._id: int | None = None
        self._code = ""
        self._is_read = False
        self.looks: Looks | None = None
        space = theme().metrics.space
        body = QWidget()
        column = QVBoxLayout(body)
        ring = theme().metrics.ring
        column.setContentsMargins(ring, space(3), space(2), space(3))
        column.setSpacing(space(3))
        chips = QWidget()
        self.chips = FlowLayout(chips, gap=1.5)
        column.addWidget(chips)
        self.tiles = [FactTile(f"{place}.portrait.{name}") for name in words.FACTS]
        for tile, name in zip(self.tiles, words.FACTS, strict=True):
            tile.clicked.connect(lambda _checked=False, which=name: self._explain(which))
        column.addWidget(CardGrid(self.tiles, most=3, least_em=22))
        self._likes = self._heading(column, N_("What he buys"))
        self.bars = [BarRow(f"{place}.portrait.buys{index}") for index in range(_BARS)]
        for index, bar in enumerate(self.bars):
            bar.clicked.connect(lambda _checked=False, at=index: self._open_product(at))
            column.addWidget(bar)
        self._talked = labels.Paragraph("", "", "second")
        self._talked.setObjectName(f"{place}.portrait.likes")
        column.addWidget(self._talked)
        self._offer_title = self._heading(column, N_("What to offer him"))
        self.offers = EntryList(f"{place}.portrait.offers")
        self.say(self.offers.setAccessibleName, N_("What to offer him"))
        self.offers.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.offers.chosen.connect(self._open_offer)
        column.addWidget(self.offers)
        self._no_offer = labels.Paragraph("", "caption", "second")
        column.addWidget(self._no_offer)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = scrolled(body, f"{place}.portrait")
        outer.addWidget(self.area)
        body.setVisible(False)
        self._body = body

    def _heading(self, column: QVBoxLayout, text: str) -> labels.Label:
        made = labels.strong()
        self.say(made.setText, text)
        column.addWidget(made)
        return made

    # Reading

    def show_customer(self, customer_id: int, code: str) -> None:
        """For another customer, or again after a change; read at once only when it is seen."""
        if customer_id != self._id:
            self._body.setVisible(False)
            self.area.verticalScrollBar().setValue(0)
        self._id, self._code, self._is_read = customer_id, code, False
        if self.isVisible():
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Now it is wanted."""
        super().showEvent(event)
        if not self._is_read:
            self._ask()

    def retranslate(self) -> None:
        """Everything in it is words."""
        super().retranslate()
        self._is_read = False
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        customer_id, code = self._id, self._code
        if customer_id is None:
            return
        self._is_read = True

        def show(looks: Looks) -> None:
            if customer_id == self._id:
                self._show(looks)

        self._ctx.read(
            lambda connection: read(connection, customer_id, code),
            owner=self,
            on_done=show,
            on_error=lambda _error: customer_id != self._id,
            replaces="portrait",
        )

    def _show(self, looks: Looks) -> None:
        self.looks = looks
        self._show_chips(looks.measures)
        facts = words.facts(looks.portrait, looks.measures)
        for tile, name in zip(self.tiles, words.FACTS, strict=True):
            tile.show_fact(facts[name])
        bought = looks.portrait.products[:_BARS]
        longest = max((one.net_minor for one in bought), default=0)
        for bar, share in zip(self.bars, bought, strict=False):
            part = f"{share.share * 100:.0f} %"
            bar.show_share(
                share.name, part, share.net_minor / longest if longest > 0 else 0, "accent", words_em=30
            )
        for index, bar in enumerate(self.bars):
            bar.setVisible(index < len(bought))
        self._talked.setText(words.likes(looks.portrait))
        self._likes.setVisible(bool(bought) or bool(self._talked.text()))
        self._talked.setVisible(bool(self._talked.text()))
        self._show_offers(looks)
        self._body.setVisible(True)

    def _show_chips(self, measures: Measures) -> None:
        self.chips.clear()
        for figure in measures.figures:
            shown = words.chip(figure, measures.currency)
            if shown is None:
                continue
            text, tone = shown
            chip = plain_button(text, f"{self._place}.measure.{figure.name}", "chip")
            labels.set_property(chip, "tone", tone)
            chip.setToolTip("\n".join((*figure.reasons, _("How it was reckoned"))))
            chip.setAutoDefault(True)
            chip.clicked.connect(lambda _checked=False, which=figure.name: self._explain(which))
            self.chips.addWidget(chip)

    def _show_offers(self, looks: Looks) -> None:
        entries = [
            Entry(one.offer, one.reason, side=one.segment, icon="users", icon_tone="accent", data=one)
            for one in looks.deals
        ]
        entries += [
            Entry(one.name, one.reason, side=one.product, icon="sparkles", icon_tone="accent", data=one)
            for one in looks.offers
        ]
        self.offers.set_entries(entries)
        self.offers.setFixedHeight(self.offers.height_of_all())
        self.offers.setVisible(bool(entries))
        self._no_offer.setText(
            ""
            if entries
            else _("Nothing yet: log what he asks for, with its products, or wait for invoices.")
        )
        self._no_offer.setVisible(not entries)

    # Doing

    def _explain(self, name: str) -> None:
        if self.looks is not None:
            from crmdesk.ui.pages.customers.reckoned import ReckonedDialog

            ReckonedDialog(
                self._ctx, self, words.reckoned(name, self.looks.portrait, self.looks.measures)
            ).show_sheet()

    def _open_product(self, at: int) -> None:
        if self.looks is not None:
            self._go_to_product(self.looks.portrait.products[at].id)

    def _open_offer(self, entry: Entry) -> None:
        """The product, or the group whose offer it is."""
        segment = getattr(entry.data, "segment", "")
        if segment:
            self._ctx.go("customers", part="segments", segment=segment)
        else:
            self._go_to_product(entry.data.product_id)

    def _go_to_product(self, product_id: int) -> None:
        self._ctx.go("sales", part="products", id=product_id)
