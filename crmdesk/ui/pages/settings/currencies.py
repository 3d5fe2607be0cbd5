"""Settings › Currencies: the rates by currency and day, a pasted table, and rates for documents that have none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import CURRENCY, DATE, RATE
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action
from crmdesk.ui.dialogs.paste_rates import open_paste
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.labels import Paragraph, caption
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.settings.section import Section

if TYPE_CHECKING:
    from crmdesk.services.late_rates import Waiting
    from crmdesk.services.rates import Table

_CURRENCY = Field("currency", Kind.CURRENCY, CURRENCY.label, required=True)
_DATE = Field("date", Kind.DATE, DATE.label, required=True)
_RATE = Field("rate", RATE.kind, RATE.label, required=True, takes_whole=RATE.takes_whole)
_DAYS_SHOWN = 6


class _Found(NamedTuple):
    """What the section shows."""

    own: str
    table: Table
    waiting: list[Waiting]


class CurrencySection(Section):
    """Currencies left with their latest rate, the days of the chosen one right; below what has no rate."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "currencies")
        self._found: _Found | None = None
        self._build_rates()
        self._build_waiting()
        kinds = ("rate", "setting", "invoice", "payment", "credit", "opening", "refund")
        ctx.bus.watch(self, kinds, lambda _changes: self.refresh())
        ctx.book_changed.connect(self.refresh)
        self.refresh()

    def _build_rates(self) -> None:
        space = theme().metrics.space
        card = self.add_card(
            N_("Exchange rates"),
            N_(
                "Units of the book's currency for one unit of the other. A document takes the latest rate on or "
                "before its day, unless another is typed."
            ),
        )
        lists = QHBoxLayout()
        lists.setSpacing(space(4))
        self.currencies = EntryList("settings.currencies.table")
        self.say(self.currencies.setAccessibleName, N_("Currencies"))
        self.currencies.current_changed.connect(lambda _entry: self._show_days())
        self.currencies.chosen.connect(lambda entry: self.add(entry.data))
        self.days = EntryList("settings.currencies.days")
        self.say(self.days.setAccessibleName, N_("Rates of the currency"))
        self.days.chosen.connect(self.edit)
        self.days.delete_requested.connect(self.remove)
        lists.addWidget(self.currencies, 1)
        lists.addWidget(self.days, 1)
        card.body.addLayout(lists)
        self.nothing = Paragraph("", "", "second")
        self.nothing.setObjectName("settings.currencies.nothing")
        card.body.addWidget(self.nothing)
        buttons = QHBoxLayout()
        current = self.days.current
        buttons.addWidget(self.make_button("new", N_("Add …"), lambda: self.add(self._chosen()), "primary"))
        buttons.addWidget(self.make_button("paste", N_("Paste a table …"), self.paste))
        self.edit_button = self.make_button("edit", N_("Edit …"), lambda: self.edit(current()))
        self.remove_button = self.make_button("remove", N_("Remove"), lambda: self.remove(current()), "ghost")
        buttons.addWidget(self.edit_button)
        buttons.addWidget(self.remove_button)
        buttons.addStretch(1)
        card.body.addLayout(buttons)
        hint = caption("", "third")
        self.say(hint.setText, N_("Enter changes a rate, Delete removes it. Posted documents keep theirs."))
        card.body.addWidget(hint)

    def _build_waiting(self) -> None:
        card = self.add_card(
            N_("Documents without a rate"),
            N_("Posted while there was no rate: they settle only among themselves until they get one."),
        )
        self.waiting = EntryList("settings.currencies.waiting")
        self.say(self.waiting.setAccessibleName, N_("Documents without a rate"))
        self.waiting.chosen.connect(self.adopt)
        card.body.addWidget(self.waiting)
        self.all_rated = Paragraph("", "", "second")
        self.all_rated.setObjectName("settings.currencies.allRated")
        card.body.addWidget(self.all_rated)
        row = QHBoxLayout()
        self.adopt_button = self.make_button(
            "adopt", N_("Give them a rate …"), lambda: self.adopt(self.waiting.current())
        )
        row.addWidget(self.adopt_button)
        row.addStretch(1)
        card.body.addLayout(row)

    def retranslate(self) -> None:
        """Entries in the new language."""
        super().retranslate()
        if hasattr(self, "adopt_button"):
            self._show()

    # Reading and showing

    def refresh(self) -> None:
        """Reads rates and what has none."""
        if self.ctx.book is None:
            return

        def work(connection: Any) -> _Found:
            from crmdesk.services import late_rates, rates, settings

            own = settings.load(connection).currency
            return _Found(own, rates.load(connection), late_rates.waiting(connection))

        self.ctx.read(work, owner=self, on_done=self._take, replaces="rates")

    def _take(self, found: _Found) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        chosen = self._chosen()
        codes = sorted(found.table.days)
        self.currencies.set_entries([self._currency_entry(code, found) for code in codes])
        if codes:
            self.currencies.select(codes.index(chosen) if chosen in codes else 0)
        self.nothing.setText(
            _("No exchange rates yet. Add one for each foreign currency you bill in, or paste a table.")
        )
        for widget in (self.currencies, self.days, self.edit_button, self.remove_button):
            widget.setVisible(bool(codes))
        self.nothing.setVisible(not codes)
        self._show_days()
        self.waiting.set_entries([_waiting_entry(one) for one in found.waiting])
        self.waiting.setFixedHeight(self.waiting.height_of_all())
        if found.waiting and self.waiting.currentIndex().row() < 0:
            self.waiting.select(0)
        self.waiting.setVisible(bool(found.waiting))
        self.adopt_button.setVisible(bool(found.waiting))
        self.all_rated.setText(_("Every foreign document has its rate."))
        self.all_rated.setVisible(not found.waiting)

    def _currency_entry(self, code: str, found: _Found) -> Entry:
        days = found.table.days[code]
        return Entry(
            code,
            _("since {date}").format(date=days[-1].isoformat()),
            figure=f"{found.table.rates[code][-1]} {found.own}",
            side=_("one rate") if len(days) == 1 else counted(N_("{count} rates"), len(days)),
            icon="coins",
            data=code,
        )

    def _chosen(self) -> str:
        entry = self.currencies.current()
        return str(entry.data) if entry is not None else ""

    def _show_days(self) -> None:
        found, code = self._found, self._chosen()
        entries = []
        if found is not None and code in found.table.days:
            pairs = zip(found.table.days[code], found.table.rates[code], strict=True)
            entries = [
                Entry(day.isoformat(), code, figure=rate, icon="calendar", data=(code, day, rate))
                for day, rate in reversed(list(pairs))
            ]
        self.days.set_entries(entries)
        if entries and self.days.currentIndex().row() < 0:
            self.days.select(0)
        height = (
            self.days.height_of_all()
            // max(len(entries), 1)
            * max(min(max(len(entries), self.currencies.model().rowCount()), _DAYS_SHOWN), 1)
        )
        for one in (self.days, self.currencies):
            one.setFixedHeight(height)

    # Doing

    def add(self, currency: str = "") -> ActionDialog:
        """A new rate, of the chosen currency unless another is named."""
        return self._open({"currency": currency or None, "date": clock.today()}, "rate" if currency else "")

    def edit(self, entry: Entry | None) -> ActionDialog | None:
        """Another rate of the same day."""
        if entry is None:
            return None
        code, day, rate = entry.data
        return self._open({"currency": code, "date": day, "rate": Decimal(rate)}, "rate")

    def _open(self, values: dict[str, Any], first: str) -> ActionDialog:
        dialog = open_action(
            self.ctx,
            self,
            _("Exchange rate"),
            "rate.set",
            (_CURRENCY, _DATE, _RATE),
            values,
            name="exchangeRate",
            text=_("It counts from that day on, until the next one. Documents posted already keep theirs."),
        )
        if first:
            dialog.form.focus_field(first)
        return dialog

    def paste(self) -> None:
        """Many rates at once out of a table."""
        open_paste(self.ctx, self, self._chosen())

    def remove(self, entry: Entry | None) -> None:
        """Takes a rate off; the one before it counts again. A message brings it back."""
        if entry is None:
            return
        code, day, rate = entry.data
        arguments = {"currency": code, "date": day.isoformat()}

        def done(_outcome: Any) -> None:
            self.ctx.notices.toast(
                _("The rate of {currency} from {date} was removed.").format(
                    currency=code, date=day.isoformat()
                ),
                "info",
                _("Undo"),
                lambda: self.ctx.run_use_case("rate.set", {**arguments, "rate": rate}),
            )

        self.ctx.run_use_case("rate.remove", arguments, owner=self, on_done=done)

    def adopt(self, entry: Entry | None) -> ActionDialog | None:
        """One rate for all documents of a currency that have none."""
        if entry is None or self._found is None:
            return None
        one: Waiting = entry.data
        proposed = self._found.table.on(one.currency, one.last)
        if proposed is None and one.currency in self._found.table.rates:
            proposed = self._found.table.rates[one.currency][0]
        return open_action(
            self.ctx,
            self,
            _("A rate for documents in {currency}").format(currency=one.currency),
            "rate.adopt",
            (_RATE,),
            {"rate": Decimal(proposed) if proposed else None},
            {"currency": one.currency},
            name="adoptRate",
            text=counted(
                N_(
                    "All {count} documents in {currency} without a rate get this one, each on its own date. In a "
                    "locked period the entry is dated the first open day. It cannot be changed afterwards."
                ),
                one.count,
                currency=one.currency,
            ),
            yes=_("Give it to all"),
            on_done=lambda outcome: self.ctx.notices.toast(
                counted(N_("{count} documents have a rate now."), outcome.result["documents"]), "good"
            ),
        )


def _waiting_entry(one: Waiting) -> Entry:
    span = one.first.isoformat() if one.first == one.last else _span(one.first, one.last)
    words = _("one document") if one.count == 1 else counted(N_("{count} documents"), one.count)
    return Entry(one.currency, span, figure=words, icon="alert-triangle", data=one)


def _span(first: date, last: date) -> str:
    return f"{first.isoformat()} – {last.isoformat()}"


def create(ctx: Context) -> QWidget:
    """Exchange rates, and documents without one."""
    return CurrencySection(ctx)
