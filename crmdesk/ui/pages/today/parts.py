"""The cards of the Today page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy

from crmdesk.models import clock, money
from crmdesk.services.today_shape import (
    Bucket,
    Debtor,
    DueTask,
    Month,
    OpenDocument,
    Posted,
    Target,
    ToContact,
)
from crmdesk.text import N_, _
from crmdesk.ui import day_words
from crmdesk.ui.book_list import amount_text, amounts_text
from crmdesk.ui.document_words import ICONS, kind_words
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.bar_chart import Bar, BarChart
from crmdesk.ui.kit.cards import BarRow
from crmdesk.ui.kit.columns import number
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

Go = Callable[[Target, str], object]
_BUCKET_TONES = ("accent", "warn", "warn", "danger", "danger")


class TitledCard(Speaking, labels.Card):
    """A card with its title, and at the right a way to all of it."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._name = name
        head = QHBoxLayout()
        words = labels.strong()
        self.say(words.setText, title)
        head.addWidget(words)
        head.addStretch(1)
        self.head = head
        self.body.addLayout(head)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def add_link(self, name: str, clicked: Callable[[], object]) -> QPushButton:
        """A quiet button in the title's line."""
        made = plain_button("", f"{self._name}.{name}", "link")
        made.setAutoDefault(True)  # Enter presses it
        made.clicked.connect(lambda _checked=False: clicked())
        self.head.addWidget(made)
        return made


class EntriesCard(TitledCard):
    """A card with a list of entries whose data are targets; a quiet sentence when there are none."""

    def __init__(
        self, name: str, title: str, empty: str, go: Go, *, show_all: Callable[[], object] | None = None
    ) -> None:
        super().__init__(name, title)
        # Made before the list: Tab goes as the eye does.
        self._all = None if show_all is None else self.add_link("all", show_all)
        self.list = EntryList(f"{name}.list", opens_on_click=True)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.say(self.list.setAccessibleName, title)
        self.list.chosen.connect(lambda entry: go(entry.data, entry.title) if entry is not None else None)
        self.body.addWidget(self.list)
        self.empty = labels.Paragraph("", "", "second")
        self.say(self.empty.setText, empty)
        self.body.addWidget(self.empty)
        self.body.addStretch(1)

    def say_all(self, words: str, spoken: str, *, is_needed: bool) -> None:
        """The words of the way to all of it; it goes where everything is shown."""
        if self._all is not None:
            self._all.setText(words)
            self._all.setAccessibleName(spoken)
            self._all.setVisible(is_needed)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Replaces what is shown."""
        self.list.set_entries(entries)
        self.list.setVisible(bool(entries))
        self.list.updateGeometry()
        self.empty.setVisible(not entries)


def due_entries(found: Sequence[OpenDocument]) -> list[Entry]:
    """Invoices and opening balances: customer and number, how late, how much."""
    return [
        Entry(
            f"{entry.customer} · {entry.number}",
            day_words.due_words(entry.days_late),
            figure=amount_text(entry.open_minor, entry.currency),
            icon="alert-circle" if entry.days_late > 0 else "clock",
            tone="danger" if entry.days_late > 0 else "",
            data=entry.target,
        )
        for entry in found
    ]


def contact_entries(found: Sequence[ToContact]) -> list[Entry]:
    """Customers to contact: what was said last, and since when they wait."""
    return [
        Entry(
            one.name,
            one.said or _("Nothing was logged yet."),
            side=_waiting(one.due_on),
            icon="phone",
            icon_tone="warn" if one.due_on < clock.today() else "accent",
            data=one.target,
        )
        for one in found
    ]


def task_entries(found: Sequence[DueTask]) -> list[Entry]:
    """Tasks that are due: whose, for whom, how late."""
    return [
        Entry(
            one.title,
            " · ".join(filter(None, (one.customer, one.assignee))),
            side=_waiting(one.due_on),
            icon="square",
            icon_tone="warn" if one.due_on < clock.today() else "accent",
            data=one.target,
        )
        for one in found
    ]


def _waiting(due_on: date) -> str:
    return day_words.due_words((clock.today() - due_on).days)


def newest_entries(found: Sequence[Posted]) -> list[Entry]:
    """Documents as they were posted."""
    made = []
    for entry in found:
        kind = entry.kind.removesuffix("_reversal")
        made.append(
            Entry(
                f"{entry.customer} · {entry.number}",
                kind_words(entry.kind),
                figure=amount_text(entry.amount_minor, entry.currency),
                side=entry.dated_on.isoformat(),
                icon=ICONS.get(kind, "file-text"),
                data=entry.target,
            )
        )
    return made


class BarsCard(TitledCard):
    """A card with bars of shares: ageing, debtors."""

    def __init__(self, name: str, title: str, empty: str, go: Go, words_em: float) -> None:
        super().__init__(name, title)
        self._go = go
        self._words_em = words_em
        self._targets: list[tuple[Target, str]] = []
        self.rows: list[BarRow] = []
        self.empty = labels.Paragraph("", "", "second")
        self.say(self.empty.setText, empty)
        self.body.addWidget(self.empty)
        self.body.addStretch(1)

    def show_shares(self, shares: Sequence[tuple[str, str, int, str, Target]]) -> None:
        """(words, amount, weight, tone, target) of each bar; the longest is the whole width."""
        while len(self.rows) < len(shares):
            index = len(self.rows)
            row = BarRow(f"{self._name}.{index}")
            row.clicked.connect(lambda _checked=False, at=index: self._go(*self._targets[at]))
            self.rows.append(row)
            self.body.insertWidget(self.body.count() - 2, row)
        longest = max((weight for _words, _amount, weight, _tone, _target in shares), default=0)
        self._targets = [(target, words) for words, _amount, _weight, _tone, target in shares]
        for row, (words, amount, weight, tone, _target) in zip(self.rows, shares, strict=False):
            row.show_share(words, amount, weight / longest if longest > 0 else 0, tone, self._words_em)
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(shares))
        self.empty.setVisible(not shares)


def bucket_shares(buckets: Sequence[Bucket], currency: str) -> list[tuple[str, str, int, str, Target]]:
    """Not due, and by how late; bars in the main currency, the others beside their amounts."""
    if not any(bucket.figure.count for bucket in buckets):
        return []
    made = []
    for bucket, tone in zip(buckets, _BUCKET_TONES, strict=True):
        if bucket.first is None:
            words = _("Not due")
        elif bucket.last is None:
            words = _("Over {days} days").format(days=bucket.first - 1)
        else:
            words = _("{first}–{last} days").format(first=bucket.first, last=bucket.last)
        figure = bucket.figure
        made.append((words, amounts_text(figure.minors), figure.minors.get(currency, 0), tone, figure.target))
    return made


def debtor_shares(debtors: Sequence[Debtor], currency: str) -> list[tuple[str, str, int, str, Target]]:
    """Who owes most."""
    return [
        (
            debtor.name,
            amount_text(debtor.balance_minor, currency),
            debtor.balance_minor,
            "info",
            debtor.target,
        )
        for debtor in debtors
    ]


class ReceivedCard(TitledCard):
    """Money received by month."""

    def __init__(self, go: Go) -> None:
        super().__init__("today.received", N_("Money received"))
        self._go = go
        self._months: list[Month] = []
        self._currency = ""
        self.unit = labels.caption("", "second")
        self.head.addWidget(self.unit)
        self.chart = BarChart("today.chart")
        self.chart.setMinimumHeight(theme().metrics.line * 8)
        self.chart.chosen.connect(self._open)
        self.body.addWidget(self.chart, 1)

    def show_months(self, months: Sequence[Month], currency: str) -> None:
        """Twelve bars in one currency; other currencies are told in the words of their month."""
        self._months, self._currency = list(months), currency
        # The axis takes no other currency: they are never added together.
        self.unit.setText(_("12 months · {currency}").format(currency=currency))
        self.chart.show_bars(
            [
                Bar(
                    month.minors.get(currency, 0),
                    day_words.month_words(month.first),
                    number(money.to_decimal(month.minors.get(currency, 0), currency)),
                    f"{month.first:%Y-%m}: {amounts_text(month.minors)}",
                )
                for month in months
            ],
            _("Money received"),
        )

    def _open(self, index: int) -> None:
        month = self._months[index]
        self._go(month.target, _("Received {month}").format(month=f"{month.first:%Y-%m}"))
