"""The head of a customer, the receivable by age, and the ways on: shared by the detail pane and the full page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from crmdesk.models import money
from crmdesk.services.customer_card import Card as CustomerCard
from crmdesk.services.invoiced import Standing
from crmdesk.services.reports import ageing
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.credit_standing import CreditRow
from crmdesk.ui.document_words import slip_words
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.share_bar import Share, ShareBar
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking

_BUCKET_TONES = ("warn", "warn", "danger", "danger")
_LEVEL_TONES = {"A": "good", "B": "info"}


def amount(minor: int, currency: str) -> str:
    """An amount with its sign of currency and a real minus."""
    sign = "\u2212" if minor < 0 else ""
    return sign + money.symbol(currency) + money.grouped(abs(minor), currency)


def bucket_words(first: int | None, last: int | None) -> str:
    """“1–30 days”, “over 90 days”."""
    if last is None:
        return counted(N_("over {count} days"), (first or 1) - 1)
    return _("{first}–{last} days").format(first=first, last=last)


class Head(QWidget):
    """Initial, name, code and a few facts, chips."""

    def __init__(self, place: str) -> None:
        super().__init__()
        space = theme().metrics.space
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space(2.5))
        row = QHBoxLayout()
        row.setSpacing(space(2.5))
        self._tile = QLabel()
        self._tile.setObjectName(f"{place}.tile")
        self._tile.setProperty("role", "tile")
        self._tile.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self._tile, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        self.name = labels.heading()
        self.name.setObjectName(f"{place}.name")
        self._facts = labels.caption()
        self._facts.setObjectName(f"{place}.facts")
        column.addWidget(self.name)
        column.addWidget(self._facts)
        row.addLayout(column, 1)
        self._row = row
        layout.addLayout(row)
        holder = QWidget()
        holder.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._chips = FlowLayout(holder, gap=1.5)
        layout.addWidget(holder)

    def add_corner(self, widget: QWidget) -> None:
        """Puts a button behind the name."""
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)

    def show_card(self, card: CustomerCard) -> None:
        """Shows a customer."""
        short = card.values.get("short_name") or card.name
        self._tile.setText(_initial(short))
        self.name.setText(card.name)
        address = next(iter(card.parts["address"]), None)
        town = (address.values["district"] or address.values["city"]) if address is not None else ""
        owner = card.values.get("owner")
        facts = [card.code, town, _("Owner {name}").format(name=owner) if owner else ""]
        self._facts.setText(" · ".join(filter(None, facts)))
        self._chips.clear()
        for words, tone, tip in _chips(card):
            chip = labels.Chip(words, tone)
            chip.setToolTip(tip)
            self._chips.addWidget(chip)


def _initial(name: str) -> str:
    """The sign of the tile: the first letter, or for a name with a town in front the one after it."""
    letters = [sign for sign in name if sign.isalnum()]
    return letters[0].upper() if letters else "?"


def _chips(card: CustomerCard) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    if not card.is_active:
        found.append((_("Deactivated"), "neutral", ""))
    level = card.values.get("level")
    if level:
        found.append((_("Level {level}").format(level=level), _LEVEL_TONES.get(level, "neutral"), ""))
    if card.days_late:
        found.append((counted(N_("{count} days overdue"), card.days_late), "danger", ""))
    found += [(tag.name, tag.tone, _("Tag")) for tag in card.tags]
    found += [
        (path.rpartition("/")[2], "neutral", f"{dimension}: {path}") for dimension, path in card.categories
    ]
    return found


class Receivable(Speaking, labels.Card):
    """What the customer owes: the balance, a bar by age, the ages in words; other currencies below."""

    def __init__(self, ctx: Context, place: str) -> None:
        super().__init__("raised")
        self.setObjectName(f"{place}.receivable")
        self._card: CustomerCard | None = None
        self._standings: Sequence[Standing] = ()
        space = theme().metrics.space
        self._title = labels.caption()
        self.balance = labels.figure()
        self.balance.setObjectName(f"{place}.balance")
        self._bar = ShareBar(f"{place}.ageing")
        words = QWidget()
        self._words = FlowLayout(words, gap=1.5)
        self.body.setSpacing(space(1.5))
        self.body.addWidget(self._title)
        self.body.addWidget(self.balance)
        self.body.addWidget(self._bar)
        self.body.addWidget(words)
        self._others = labels.Paragraph("", "caption", "second")
        self._others.setObjectName(f"{place}.otherBalances")
        self.body.addWidget(self._others)
        self.credit = CreditRow(ctx, place)
        self.body.addWidget(self.credit)

    def retranslate(self) -> None:
        """Says it in the language in force."""
        super().retranslate()
        if self._card is not None:
            self.show_card(self._card, self._standings)

    def show_card(self, card: CustomerCard, standings: Sequence[Standing] = ()) -> None:
        """Shows a customer's balances, and what of them is not on a tax invoice where there are some at all."""
        self._card, self._standings = card, standings
        self.credit.show_customer(card.code)
        row, *others = card.balances
        self._title.setText(_("Balance receivable"))
        self.balance.setText(amount(row.total_minor, row.currency))
        self.balance.setAccessibleName(f"{self._title.text()} {self.balance.text()}")
        parts = _ages(row)
        self._bar.set_shares([Share(max(minor, 0), tone, words) for words, minor, tone in parts])
        self._words.clear()
        for words, minor, tone in parts:
            if minor:
                ink = tone if tone in ("warn", "danger") else "second"
                # What he has to his credit is negative in the ageing; so it would read as money owed.
                said = amount(abs(minor), row.currency)
                self._words.addWidget(labels.caption(f"{words} {said}", ink))
        if not any(minor for _words, minor, _tone in parts):
            self._words.addWidget(labels.caption(_("Nothing is open."), "third"))
        lines = [
            _("Also {amount}").format(amount=amount(other.total_minor, other.currency)) for other in others
        ]
        if card.credit_limit_minor is not None:
            limit = amount(card.credit_limit_minor, row.currency)
            left = card.credit_limit_minor - card.used.minor
            lines.append(
                _("Credit limit {limit}, {amount} left").format(
                    limit=limit, amount=amount(left, row.currency)
                )
                if left >= 0
                else _("Credit limit {limit}, exceeded by {amount}").format(
                    limit=limit, amount=amount(-left, row.currency)
                )
            )
            if card.used.unrated:
                from crmdesk.services.exposure import unrated_words

                lines.append(unrated_words(card.used.unrated))
        for one in standings:
            if one.uninvoiced_minor and (one.issued_minor or one.requested_minor):
                words = _("{amount} not on a tax invoice")
                lines.append(words.format(amount=amount(one.uninvoiced_minor, one.currency)))
        if card.confirmation is not None:
            lines.append(slip_words(card.confirmation))
        self._others.setText(" · ".join(lines))
        self._others.setVisible(bool(lines))


def _ages(row: ageing.Row) -> list[tuple[str, int, str]]:
    """(words, minor, tone) of not due, each bucket, and what is free to use."""
    ranges = ageing.ranges(ageing.DEFAULT_BUCKETS)
    found = [(_("Not due"), row.not_due_minor, "accent")]
    for index, (limits, minor) in enumerate(zip(ranges, row.bucket_minors, strict=True)):
        found.append((bucket_words(*limits), minor, _BUCKET_TONES[min(index, 3)]))
    # What the customer has to his credit is told, but it is no part of what is owed.
    found.append((_("Customer credit"), row.unallocated_minor, "info"))
    return found
