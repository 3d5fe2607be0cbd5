"""Parts of the view of an agreement: the chain it stands in, its money, its facts, lines and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.specs import agreements as specs
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import number
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.entry_list import Entry
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.sales.words import ICONS, NAMES, days_words, numbered, state_words

if TYPE_CHECKING:
    from crmdesk.services.agreement_card import Card, Step

_CHAIN_MAX = 7
_FIGURES = (
    ("billed", N_("Billed")),
    ("received", N_("Received")),
    ("open", N_("Unpaid")),
    ("fapiao", N_("Tax invoices")),
    ("invoicedNotReceived", N_("Invoiced, unpaid")),
    ("receivedNotInvoiced", N_("Paid, not invoiced")),
)
_COLUMNS = 3


class ChainRow(QWidget):
    """The papers from the wish to the invoice, each a chip that leads there; hidden while there is one only."""

    def __init__(self, ctx: Context, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._ctx = ctx
        self._flow = FlowLayout(self, gap=1.5)
        self._shown: tuple[object, ...] = ()

    def show_chain(self, card: Card) -> None:
        """Shows the chain of a card, the present one marked."""
        steps = card.chain
        self.setVisible(len(steps) > 1)
        words = [self._words(step) for step in steps]
        if (card.head.id, *words) == self._shown:
            return
        self._shown = (card.head.id, *words)
        self._flow.clear()
        for place, step in enumerate(steps[:_CHAIN_MAX]):
            made = plain_button(words[place], f"{self.objectName()}.{place}", "chip", ICONS[step.kind])
            name = f"{_(NAMES[step.kind])} {words[place]}"
            made.setAccessibleName(name)
            made.setToolTip(name)
            if step.kind == card.head.kind and step.number == card.head.number:
                made.setCheckable(True)
                made.setChecked(True)
                made.clicked.connect(lambda _checked=False, button=made: button.setChecked(True))
            else:
                made.clicked.connect(lambda _checked=False, which=step: self._open(which))
            self._flow.addWidget(made)
            made.show()
        if len(steps) > _CHAIN_MAX:
            rest = labels.caption(_("… and {count} more.").format(count=len(steps) - _CHAIN_MAX))
            self._flow.addWidget(rest)
            rest.show()

    def _words(self, step: Step) -> str:
        state, _tone = state_words(step.kind, step.state)
        shown = numbered(step.number, step.revision)
        # An invoice says more than that it was issued only when it does not count any more.
        return shown if step.kind == "invoice" and step.state != "void" else f"{shown} · {state}"

    def _open(self, step: Step) -> None:
        place = "invoices" if step.kind == "invoice" else "sales"
        self._ctx.go(place, kind=step.kind, number=step.number)


class MoneyStrip(Speaking, QWidget):
    """What is billed, received and open of a contract or order; hidden where no money belongs to it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        space = theme().metrics.space
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(space(5))
        grid.setVerticalSpacing(space(0.5))
        self._values: dict[str, labels.Label] = {}
        self._titles: dict[str, labels.Label] = {}
        for place, (part, words) in enumerate(_FIGURES):
            title, value = labels.caption(), labels.strong()
            self.say(title.setText, words)
            value.setObjectName(f"{name}.{part}")
            row, column = place // _COLUMNS * 2, place % _COLUMNS
            grid.addWidget(title, row, column)
            grid.addWidget(value, row + 1, column)
            grid.setColumnStretch(column, 1)
            self._values[part], self._titles[part] = value, title

    def show_money(self, card: Card) -> None:
        """Shows the figures of a card as at today."""
        money, currency = card.money, card.head.currency
        self.setVisible(money is not None and card.state != "void")
        if money is None:
            return
        minors = {
            "billed": money.billed_minor,
            "received": money.received_minor,
            "open": money.unpaid_minor,
            "fapiao": money.fapiao_minor,
            "invoicedNotReceived": money.invoiced_not_received_minor,
            "receivedNotInvoiced": money.received_not_invoiced_minor,
        }
        for part, minor in minors.items():
            words = amount_text(minor, currency) if minor else "—"
            self._values[part].setText(words)
            self._values[part].set_tone("third" if not minor else "warn" if "Invoiced" in part else "")
        percent = f"{money.received_percent} %" if money.received_minor else ""
        self._titles["received"].setText(" ".join(filter(None, (_("Received"), percent))))

    def text(self, part: str) -> str:
        """What a figure shows."""
        return self._values[part].text()


def facts_of(card: Card) -> list[tuple[str, str]]:
    """(title, value) of what is known, in order; what is empty is left out."""
    head, today = card.head, clock.today()
    lines = [(_("Date"), head.dated_on.isoformat())]
    for title, day, states in (
        (_("Valid until"), head.valid_until, ("draft", "sent")),
        (_("Deliver on"), head.deliver_on, ("open", "quoted")),
        (_("Signed on"), head.signed_on, ()),
        (_("Ends on"), head.ends_on, ("signed", "running")),
    ):
        if day is not None:
            rest = days_words(day, today) if card.state in states else ""
            lines.append((title, " · ".join(filter(None, (day.isoformat(), rest)))))
    lines.append((_("Signatories"), head.signatories))
    lines.append((_("Made to order"), head.customisation))
    if head.closed_on is not None and head.reason:
        lines.append((_("Reason"), head.reason))
    lines.append((_("Net"), amount_text(head.net_minor, head.currency) if head.total_minor else ""))
    lines.append((_("Tax"), amount_text(head.tax_minor, head.currency) if head.tax_minor else ""))
    lines.append((_("Note"), head.note))
    changed = head.updated_at.replace("T", " ")[:16]
    lines.append((_("Changed"), " · ".join(filter(None, (changed, head.updated_by)))))
    return [(title, value) for title, value in lines if value]


def line_entries(card: Card) -> list[Entry]:
    """The lines in two rows each: what, how many at which price, and the amount with tax."""
    return [
        Entry(
            line.description,
            " · ".join(
                filter(
                    None,
                    (line.code, f"{number(line.quantity)} {line.unit} × {number(line.unit_price)}".strip()),
                )
            ),
            figure=amount_text(line.net_minor + line.tax_minor, card.head.currency),
        )
        for line in card.lines
    ]


def version_entries(card: Card) -> list[Entry]:
    """Every version of a quote, the newest first; Enter shows it."""
    made: list[Entry] = []
    for step in reversed(card.revisions):
        words, tone = state_words(specs.QUOTE, step.state)
        made.append(
            Entry(
                _("Version {number}").format(number=step.revision),
                step.dated_on.isoformat(),
                figure=amount_text(step.total_minor, card.head.currency),
                chip=words,
                chip_tone=tone,
                is_muted=step.id != card.head.id,
                data=step.id,
            )
        )
    return made
