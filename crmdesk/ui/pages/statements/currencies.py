"""Foreign currencies: what is open in them and what it is worth, exchange differences; trial balance and journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.models.spans import range_of
from crmdesk.models.specs.documents import ALLOCATED, EVENTS
from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import revaluation
from crmdesk.ui.document_words import PLACES
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.labels import caption
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Query, Row
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.period_combo import PeriodCombo
from crmdesk.ui.report_file import write_report
from crmdesk.ui.report_rows import ReportRows
from crmdesk.ui.segmented import Part, SegmentedPlace

OPEN, DIFFERENCES, TRIAL, JOURNAL = "open", "differences", "trial", "journal"
_WATCHED = (
    "invoice", "payment", "credit", "refund", "writeoff", "opening", "customer", "rate", "revaluation",
    "transfer", "deposit", "bill",
)  # fmt: skip


class CurrencyReports(SegmentedPlace):
    """Targets: `part` is open, differences, trial or journal (with `account`, `date_from`, `date_to`). Each is a step
    of back and forward."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(
            "currencies",
            (
                Part(OPEN, N_("Open in currencies"), lambda: OpenInCurrencies(ctx)),
                Part(DIFFERENCES, N_("Exchange differences"), lambda: Differences(ctx)),
                Part(TRIAL, N_("Trial balance"), lambda: TrialBalance(ctx)),
                Part(JOURNAL, N_("Journal"), lambda: Journal(ctx)),
            ),
        )
        self.part_asked_for.connect(lambda part: ctx.go("statements", view="currencies", part=part))

    def show_target(self, target: dict[str, Any]) -> None:
        """Shows a part and fills it."""
        page = self.show_part(str(target.get("part") or self.current_part or OPEN))
        if isinstance(page, Journal):
            page.show_account(target)
        elif isinstance(page, ListPage):
            page.reload()


class _Rows(ReportRows):
    """Sums of the columns that matter only: the foot of a list has no room for all."""

    summed: tuple[str, ...] = ()

    def sums(self, query: Query) -> Mapping[str, Decimal | str]:
        """Totals of the columns in `summed`."""
        return {name: value for name, value in super().sums(query).items() if name in self.summed}


class _ReportList(ListPage):
    """A report as a list with its own export."""

    summed: tuple[str, ...] = ()

    def __init__(
        self,
        ctx: Context,
        place: str,
        title: str,
        report: str,
        fields: Sequence[Field],
        columns: Sequence[Column],
        **words: str,
    ) -> None:
        from crmdesk.services.reports.declared import Options

        self.rows = _Rows(ctx, report, fields, Options())
        self.rows.summed = self.summed
        super().__init__(ctx, place, title, self.rows, columns, watch=_WATCHED, **words)  # type: ignore[arg-type]
        self._ctx = ctx
        self._report = report
        self._report_title = title
        self.enable_export()
        self.export_requested.connect(lambda _query, _columns: self.export())
        self.loaded.connect(self._show_notes)

    def _show_notes(self, _count: int) -> None:
        if notes := self.rows.notes():
            self.banner.show_message(" ".join(notes), "warn", _("Exchange rates"), self._rates)

    def _rates(self) -> None:
        self._ctx.go("settings", section="currencies")

    def use(self, **changes: Any) -> None:
        """Other options: the report is filled anew."""
        self.rows.use(replace(self.rows.options, **changes))
        self.reload()

    def add_period(self, period: str = "year") -> None:
        """A choice of the period, in force from the beginning."""
        start, end = range_of(period, clock.today())
        self.rows.use(replace(self.rows.options, date_from=start, date_to=end or clock.today()))
        self.period = PeriodCombo(self._ctx, f"{self._place}.period", period)
        self.period.chosen.connect(
            lambda first, last: self.use(date_from=first, date_to=last or date.max, as_of=last or date.max)
        )
        self.add_filter(self.period)

    def export(self) -> None:
        """The report as PDF, Excel or csv."""
        options = self.rows.options
        end = options.as_of if self._report == "currencies" else options.date_to
        papers.ask_file(
            self._ctx,
            self,
            _("Export what is shown"),
            f"{_(self._report_title)} {end.isoformat()}.xlsx",
            lambda path: write_report(self._ctx, self, self._report, options, path),
        )


def _base(name: str, label: str) -> Field:
    return Field(name, Kind.PRICE, label, sign="any", width=12)


def _money(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, sign="any", width=12)


def _loss(place: int) -> Any:
    def tone(row: Row) -> str:
        value = row[place]
        return "danger" if isinstance(value, Decimal) and value < 0 else ""

    return tone


_CODE = Field("customer", Kind.CODE, N_("Code"), width=9)
_NAME = Field("name", Kind.TEXT, N_("Customer"), width=20)
_CURRENCY = Field("currency", Kind.CURRENCY, N_("Currency"), width=6)
_OPEN = (
    _CODE,
    _NAME,
    _CURRENCY,
    _money("open", N_("Open")),
    _base("carrying", N_("Carrying value")),
    Field("rate", Kind.PRICE, N_("Exchange rate"), width=9),
    _base("value", N_("Value at the rate")),
    _base("unrealised", N_("Unrealised gain")),
    _money("unrated", N_("Open without a rate")),
)


class OpenInCurrencies(_ReportList):
    """Per customer and currency; Enter opens the items behind a line."""

    summed = ("open", "unrealised")

    def __init__(self, ctx: Context) -> None:
        columns = [
            Column(field, is_muted=field.name in ("customer", "rate"), tone=_loss(7) if at == 7 else None)
            for at, field in enumerate(_OPEN)
        ]
        super().__init__(
            ctx,
            "currencies.open",
            N_("Foreign currencies"),
            "currencies",
            _OPEN,
            columns,
            icon="coins",
            search_hint=N_("Code or customer"),
            count_words=N_("{count} rows"),
            empty_title=N_("Nothing is open in a foreign currency"),
            empty_text=N_(
                "Invoices in another currency than the book's appear here with what they are worth."
            ),
        )
        label = caption()
        self.say(label.setText, N_("As at"))
        self.add_filter(label)
        self.as_of: Any = editor_for(Field("as_of", Kind.DATE, N_("As at")), ctx)
        self.as_of.setObjectName("currencies.asOf")
        self.say(self.as_of.setAccessibleName, N_("As at"))
        self.as_of.set_value(clock.today())
        self.as_of.setMaximumWidth(theme().metrics.em(20))
        self.as_of.edited.connect(self._use_day)
        self.add_filter(self.as_of)
        self.add_button(
            Command("currencies.undo", N_("Take back …"), self.undo, "rotate-ccw", "Ctrl+Shift+U")
        )
        self.add_button(
            Command("currencies.revalue", N_("Revalue …"), self.revalue, "trending-up", "Ctrl+Shift+R"),
            "primary",
        )
        rates = ctx.commands.add(
            Command("currencies.rates", N_("Exchange rates"), self._rates, "settings", "Ctrl+Shift+X"), self
        )
        self.add_empty_button(rates)
        self.opened.connect(self._open)

    def _use_day(self) -> None:
        chosen = self.as_of.value()
        if isinstance(chosen, date):
            self.use(as_of=chosen)

    def _open(self, row_id: int) -> None:
        row = self.rows.raw(row_id)
        if row is None:
            return
        self._ctx.go(
            "statements",
            view="items",
            as_of=self.rows.options.as_of,
            basis="due",
            buckets=(30, 60, 90),
            currency=row[2],
            column="total",
            customer=row[0],
            title=f"{row[1]} · {row[2]}",
        )

    def revalue(self) -> None:
        """Shows what a revaluation would post, and posts it."""
        revaluation.open_run(self._ctx, self, self.rows.options.as_of)

    def undo(self) -> None:
        """Asks which revaluation is taken back."""
        revaluation.open_undo(self._ctx, self)


def _difference_fields() -> tuple[Field, ...]:
    from crmdesk.services.reports.currency_reports import DIFFERENCES as KINDS

    return (
        Field("date", Kind.DATE, N_("Date"), width=10),
        Field("kind", Kind.STATE, N_("Kind"), choices=KINDS, width=13),
        _CODE,
        _NAME,
        _CURRENCY,
        Field("credit", Kind.CODE, N_("Payment or credit note"), width=14),
        Field("debit", Kind.CODE, N_("Settled"), width=14),
        _money("amount", N_("Amount")),
        _base("credit_base", N_("Its value")),
        _base("debit_base", N_("Value of what it settles")),
        _base("gain", N_("Gain")),
    )


class Differences(_ReportList):
    """Gains and losses with both documents; Enter opens the payment or credit note."""

    summed = ("gain",)

    def __init__(self, ctx: Context) -> None:
        fields = _difference_fields()
        columns = [
            Column(
                field,
                is_muted=field.name in ("date", "customer"),
                tone=_loss(10) if field.name == "gain" else None,
                is_strong=field.name == "gain",
                is_hidden=field.name == "customer",
            )
            for field in fields
        ]
        super().__init__(
            ctx,
            "currencies.differences",
            N_("Exchange differences"),
            "exchange-differences",
            fields,
            columns,
            icon="trending-up",
            search_hint=N_("Number or customer"),
            count_words=N_("{count} rows"),
            empty_title=N_("No exchange differences"),
            empty_text=N_(
                "They arise when foreign money settles an invoice of another rate. Choose a longer period."
            ),
        )
        self.add_period()
        self.opened.connect(self._open)

    def _open(self, row_id: int) -> None:
        row = self.rows.raw(row_id)
        if row is None or not row[5]:
            return
        number = str(row[5])

        def work(connection: Any) -> str:
            from crmdesk.services import document_facts

            return "payment" if document_facts.find(connection, "payment", number) is not None else "credit"

        def done(kind: str) -> None:
            self._ctx.go("payments" if kind == "payment" else "invoices", number=number, kind=kind)

        self._ctx.read(work, owner=self, on_done=done)


_TRIAL = (
    Field("account", Kind.CODE, N_("Account"), width=8),
    Field("name", Kind.TEXT, N_("Account name"), width=18),
    _CURRENCY,
    _money("opening", N_("Opening")),
    _money("debit", N_("Debit")),
    _money("credit", N_("Credit")),
    replace(_money("balance", N_("Balance")), width=14),
    _base("base_opening", N_("Opening in book currency")),
    _base("base_debit", N_("Debit in book currency")),
    _base("base_credit", N_("Credit in book currency")),
    _base("base_balance", N_("Balance in book currency")),
)


class TrialBalance(_ReportList):
    """Every account per currency, with its value in the book's."""

    summed = ("debit", "credit")

    def __init__(self, ctx: Context) -> None:
        shown_base = ("base_balance",)
        columns = [
            Column(
                field,
                is_hidden=field.name.startswith("base_") and field.name not in shown_base,
                is_strong=field.name == "balance",
            )
            for field in _TRIAL
        ]
        super().__init__(
            ctx,
            "currencies.trial",
            N_("Trial balance"),
            "trial-balance",
            _TRIAL,
            columns,
            icon="book",
            search_hint=N_("Account"),
            count_words=N_("{count} rows"),
            empty_title=N_("Nothing was posted in this period"),
            empty_text=N_("Choose a longer period."),
        )
        self.add_period()
        self.opened.connect(self._open)

    def _open(self, row_id: int) -> None:
        row = self.rows.raw(row_id)
        if row is not None:
            options = self.rows.options
            self._ctx.go(
                "statements",
                view="currencies",
                part=JOURNAL,
                account=str(row[0]),
                date_from=options.date_from,
                date_to=options.date_to,
            )


_JOURNAL = (
    Field("date", Kind.DATE, N_("Date"), width=10),
    Field("kind", Kind.TEXT, N_("Kind"), width=14),
    Field("number", Kind.CODE, N_("Number"), width=14),
    _CODE,
    _NAME,
    Field("account", Kind.CODE, N_("Account"), width=8),
    Field("account_name", Kind.TEXT, N_("Account name"), width=16),
    _CURRENCY,
    _money("debit", N_("Debit")),
    _money("credit", N_("Credit")),
)
_AT_KIND, _AT_NUMBER = 2, 3
"""In a row of the report, which also has the entry's number."""


class Journal(_ReportList):
    """Every line of every entry of a period, of all accounts or of one; Enter opens the document."""

    summed = ("debit", "credit")

    def __init__(self, ctx: Context) -> None:
        columns = [
            Column(
                field,
                is_muted=field.name in ("date", "customer"),
                is_hidden=field.name == "customer",
                text=_kind_text if field.name == "kind" else None,
            )
            for field in _JOURNAL
        ]
        super().__init__(
            ctx,
            "currencies.journal",
            N_("Journal"),
            "journal",
            _JOURNAL,
            columns,
            icon="book",
            search_hint=N_("Number, customer or account"),
            count_words=N_("{count} rows"),
            empty_title=N_("Nothing was posted in this period"),
            empty_text=N_("Choose a longer period."),
        )
        self.add_period()
        self.account = filter_chip(
            "", "currencies.journal.account", lambda is_on: None if is_on else self.use(account="")
        )
        self.account.setChecked(True)
        self.account.hide()
        self.add_filter(self.account)
        self.opened.connect(self._open)

    def show_account(self, target: Mapping[str, Any]) -> None:
        """The entries of one account in a period; without one, as it was."""
        account = str(target.get("account") or "")
        if account:
            self.period.use(target.get("date_from"), target["date_to"])
            self.use(account=account, date_from=target.get("date_from"), date_to=target["date_to"])
        else:
            self.reload()

    def use(self, **changes: Any) -> None:
        """Other options; the chip says which account is shown, and a click on it shows all."""
        super().use(**changes)
        account = self.rows.options.account
        self.account.setText(f"{_('Account')} {account}")
        self.account.setAccessibleName(self.account.text())
        self.account.setChecked(bool(account))
        self.account.setVisible(bool(account))

    def _open(self, row_id: int) -> None:
        row = self.rows.raw(row_id)
        if row is None or not row[_AT_NUMBER]:
            return
        kind = str(row[_AT_KIND]).removesuffix("_reversal")
        if kind in PLACES:
            self._ctx.go(PLACES[kind], number=str(row[_AT_NUMBER]), kind=kind)


def _kind_text(row: Row) -> str:
    return _(EVENTS.get(row[1], ALLOCATED).label)
