"""The cash book: money accounts with their balances, and every movement of the one chosen (E12)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.models.spans import range_of
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.document_words import kind_words
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.period_combo import PeriodCombo
from crmdesk.ui.report_rows import ReportRows

if TYPE_CHECKING:
    from crmdesk.services.reports.declared import Options


def _money(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, sign="any", width=13)


_FIELDS = (
    Field("date", Kind.DATE, N_("Date"), width=10),
    Field("money_account", Kind.TEXT, N_("Money account"), width=10),
    Field("kind", Kind.TEXT, N_("Kind"), width=19),
    Field("number", Kind.CODE, N_("Number"), width=14),
    Field("name", Kind.TEXT, N_("Customer name"), width=24),
    _money("received", N_("Received")),
    _money("paid", N_("Paid out")),
    _money("balance", N_("Balance")),
    Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
    Field("reference", Kind.TEXT, N_("Reference"), width=14),
)


class CashBook(ListPage):
    """The movements right, the accounts with their balances left."""

    def __init__(self, ctx: Context) -> None:
        from crmdesk.services.reports.declared import Options

        start, end = range_of("month", clock.today())
        self.rows = ReportRows(
            ctx, "cash-book", _FIELDS, Options(date_from=start, date_to=end or clock.today())
        )
        columns = [
            Column(_FIELDS[0], is_muted=True),
            Column(_FIELDS[1], is_muted=True),
            Column(_FIELDS[2], text=_kind),
            Column(_FIELDS[3]),
            Column(_FIELDS[4]),
            Column(_FIELDS[5]),
            Column(_FIELDS[6]),
            Column(_FIELDS[7], is_strong=True, shows_zero=True),
            Column(_FIELDS[8], is_hidden=True),
            Column(_FIELDS[9], is_hidden=True),
        ]
        super().__init__(
            ctx,
            "cash",
            N_("Cash book"),
            self.rows,
            columns,
            watch=("payment", "refund", "money_account"),
            icon="wallet",
            search_hint=N_("Number or customer"),
            count_words=N_("{count} movements"),
            empty_title=N_("No money moved"),
            empty_text=N_("Choose a longer period, or record a payment with F6."),
        )
        self._ctx = ctx
        self._build_filters()
        self.accounts = EntryList("cash.accounts")
        self.say(self.accounts.setAccessibleName, N_("Money accounts"))
        side = QWidget()
        side.setProperty("role", "surface")
        column = QVBoxLayout(side)
        space = theme().metrics.space
        column.setContentsMargins(space(3), space(3), space(3), 0)
        column.setSpacing(space(2))
        heading = labels.strong()
        self.say(heading.setText, N_("Account balances"))
        column.addWidget(heading)
        column.addWidget(self.accounts, 1)
        self.set_side(side, 30)
        self.accounts.current_changed.connect(self._choose_account)
        self.loaded.connect(lambda _count: self._show_balances())
        self.opened.connect(self._open)

    def _build_filters(self) -> None:
        self.period = PeriodCombo(self._ctx, "cash.period", "month")
        self.period.chosen.connect(lambda first, last: self._use(date_from=first, date_to=last or date.max))
        self.add_filter(self.period)

    def _use(self, **changes: Any) -> None:
        from dataclasses import replace

        self.rows.use(replace(self.rows.options, **changes))
        self.banner.hide()
        self.reload()

    def _show_balances(self) -> None:
        """Balances of all accounts at the end of the period, whichever account is shown."""
        wanted: Options = self.rows.options

        def work(connection: Any) -> list[dict[str, str]]:
            from dataclasses import replace

            from crmdesk.services.reports import declared

            table = declared.find("cash-book").fill(connection, replace(wanted, account=""))
            return table.document["accounts"]

        self._ctx.read(work, owner=self, on_done=self._fill_accounts, replaces="balances")

    def _fill_accounts(self, accounts: list[dict[str, str]]) -> None:
        from decimal import Decimal

        from crmdesk.models import money
        from crmdesk.ui.book_list import amount_text

        entries = [Entry(_("All accounts"), _("Every movement"), icon="wallet", data="")]
        for account in accounts:
            minor = money.to_minor(Decimal(account["balance"]), account["currency"])
            entries.append(
                Entry(
                    account["name"],
                    account["account"],
                    amount_text(minor, account["currency"]),
                    icon="coins",
                    tone="danger" if minor < 0 else "",
                    data=account["account"],
                )
            )
        if entries != self.accounts.entries():
            self.accounts.set_entries(entries)

    def _choose_account(self, entry: Entry | None) -> None:
        if entry is not None and entry.data != self.rows.options.account:
            self._use(account=entry.data)

    def _open(self, row_id: int) -> None:
        row = self.rows.raw(row_id)
        if row is not None and row[3]:
            self._ctx.go("payments", number=row[3], kind=str(row[2]).removesuffix("_reversal"))


def _kind(row: Row) -> str:
    kind = str(row[2])
    return _("Brought forward") if kind == "opening" else kind_words(kind)
