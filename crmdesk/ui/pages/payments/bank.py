"""Bank lines (银行流水): the account with both balances, its lines, and what each line probably is (E11)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from crmdesk.models import clock
from crmdesk.text import N_, _, counted
from crmdesk.ui import papers
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import bank_payers, bank_sure, import_file
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.pages.payments.bank_line import BankLineView
from crmdesk.ui.pages.payments.bank_strip import BankStrip
from crmdesk.ui.pages.payments.bank_words import NEW, STATES
from crmdesk.ui.report_file import write_report

if TYPE_CHECKING:
    from crmdesk.services.banking.desk import AccountFacts, Desk
    from crmdesk.services.use_cases import Outcome

_WATCHED = ("bank_line", "payment", "refund", "money_account")
_DESK_WATCHED = (
    *_WATCHED,
    "customer",
    "invoice",
    "opening",
    "credit",
    "writeoff",
    "payer_alias",
    "import_batch",
)
"""What a suggestion may depend on."""
_ORDER = ("date", "payer", "text", "amount", "state")


class BankPage(ListPage):
    """Up and Down choose a line, Enter books it and goes to the next, Space takes an open document, letters search a
    customer."""

    def __init__(self, ctx: Context) -> None:
        source = BookList(ctx, "bank_lines")
        self._at_line, self._at_state = source.place("line"), source.place("state")
        self._ctx = ctx
        self.rows = source
        self.desk: Desk | None = None
        self._next: int | None = None
        self._chips: dict[str, QPushButton] = {}
        self._account_wanted = ""
        columns = source.columns(
            {
                "date": {"is_muted": True},
                "text": {"is_muted": True},
                "amount": {"is_strong": True},
                "state": {"text": self._state_words, "tone": self._state_tone, "width": 11},
            },
            order=_ORDER,
            shown=_ORDER,
        )
        super().__init__(
            ctx,
            "bank",
            N_("Bank lines"),
            source,
            columns,
            kind="bank_line",
            watch=_WATCHED,
            icon="banknote",
            search_hint=N_("Payer, text or reference"),
            count_words=N_("{count} lines"),
            empty_title=N_("No bank statement yet"),
            empty_text=N_(
                "Import the file that your bank, Alipay or WeChat Pay offers for download, or drop it on the window. "
                "Each line is matched with what is open; you only confirm."
            ),
        )
        self.strip = BankStrip()
        outer = self.layout()
        if isinstance(outer, QVBoxLayout):
            outer.insertWidget(1, self.strip)
        self.strip.chosen.connect(self._use_account)
        self._add_chips()
        self._add_commands()
        self.detail = BankLineView(ctx)
        self.detail.offer_commands(self)
        self.detail.done.connect(self._go_on)
        self.detail.choice.customer_chosen.connect(
            lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        )
        self.set_detail(self.detail, 68)
        self.current_changed.connect(self._show_line)
        self.loaded.connect(self._after_load)
        self.opened.connect(lambda _line: self.detail.confirm())
        self.table.installEventFilter(self)
        ctx.bus.watch(self, _DESK_WATCHED, lambda _changes: self.load_desk())

    # Building

    def _add_chips(self) -> None:
        for state, (words, _tone) in STATES.items():
            chip = filter_chip(_(words), f"bank.filter.{state}", self._switch)
            self._chips[state] = chip
            self.add_filter(chip)

    def _add_commands(self) -> None:
        add = self._ctx.commands.add
        self.sure_action = add(
            Command(
                "bank.confirmSure",
                N_("Book all sure ones …"),
                self.book_sure,
                "sparkles",
                "Ctrl+Shift+Return",
                N_("Books every line whose customer and amount fit beyond doubt, after a look"),
            ),
            self,
        )
        report = add(
            Command(
                "bank.report", N_("Reconciliation …"), self.export_report, "scale", "Ctrl+Shift+E",
                N_("The bank reconciliation as PDF, Excel or csv"),
            ),
            self,
        )  # fmt: skip
        payers = add(
            Command("bank.payers", N_("Remembered payers …"), self.show_payers, "users", "Ctrl+Shift+P"), self
        )
        bring = add(
            Command("bank.import", N_("Import a statement …"), self.import_statement, "upload", "Ctrl+N"),
            self,
        )
        self.strip.add_button(self.sure_action)
        self.strip.add_button(bring, is_small=True)
        self.strip.add_button(report, is_small=True)
        self.strip.add_button(payers, is_small=True)
        self.add_empty_button(bring, "primary")
        self.enable_export()
        self.export_requested.connect(
            lambda query, shown: export_list(self._ctx, self, self.rows, query, shown, _("Bank lines"))
        )

    def retranslate(self) -> None:
        """Words with numbers in them."""
        super().retranslate()
        if self._chips:
            self._show_desk_words()

    # The account and its standing

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the account's standing when it is first seen."""
        super().showEvent(event)
        if self.desk is None:
            self.load_desk()

    def load_desk(self) -> None:
        """Reads accounts, counts, balances and suggestions again."""
        if self._ctx.book is None:
            return
        wanted = self.strip.value() if self.strip.account.count() else None
        preferred = self._account_wanted

        def work(connection: Any) -> tuple[list[AccountFacts], Desk]:
            from crmdesk.services.banking import desk

            accounts = desk.accounts(connection)
            known = [(one.code, one.currency) for one in accounts]
            chosen = wanted
            if chosen not in (*known, ("", "")) or (chosen == ("", "") and len(known) == 1):
                busy = sorted(accounts, key=lambda one: (one.code != preferred, -one.waiting_count))
                chosen = (busy[0].code, busy[0].currency) if busy else ("", "")
            return accounts, desk.load(connection, *chosen)

        self._ctx.read(work, owner=self, on_done=self._take_desk, replaces="desk")

    def _take_desk(self, answer: tuple[list[AccountFacts], Desk]) -> None:
        accounts, desk = answer
        self.desk = desk
        self.strip.show_accounts(accounts)
        self.strip.choose(desk.account, desk.currency)
        self.strip.show_position(desk.position)
        if self.rows.base != _base(desk.account, desk.currency):
            self.rows.use_base(_base(desk.account, desk.currency))
            self.reload()
        self._show_desk_words()
        self.table.viewport().update()
        self._show_line(self.table.current_id())

    def _show_desk_words(self) -> None:
        counts = self.desk.counts if self.desk is not None else {}
        for state, chip in self._chips.items():
            words = f"{_(STATES[state][0])} {counts.get(state, 0):,}" if counts else _(STATES[state][0])
            chip.setText(words)
            chip.setAccessibleName(words)
        count = len(self.desk.sure) if self.desk is not None else 0
        self.sure_action.setText(
            _("Book all sure ones ({count}) …").format(count=count) if count else _("Book all sure ones …")
        )
        self.sure_action.setEnabled(count > 0)

    def _use_account(self, account: str, currency: str) -> None:
        self.rows.use_base(_base(account, currency))
        self.reload()
        self.load_desk()

    @property
    def account(self) -> str:
        """The code of the account that is shown; "" for all."""
        return self.strip.value()[0]

    def _switch(self, _is_on: bool) -> None:
        states = [state for state, chip in self._chips.items() if chip.isChecked()]
        self.set_filter("state", " or ".join(f"state = {state}" for state in states) or None)

    def show_only(self, expression: str, words: str) -> None:
        """As every list; the lines of all accounts, since what asks counts them all."""
        if self.strip.account.count() > 1:
            self.strip.choose("", "")
            self._use_account("", "")
        elif self.desk is None:
            self.strip.show_accounts(())
        super().show_only(expression, words)

    # Lines

    def _state_words(self, row: Row) -> str:
        state = str(row[self._at_state])
        one = self.desk.suggestions.get(int(row[self._at_line])) if self.desk is not None else None
        if state == NEW and one is not None and one.kind != "none":
            return _("Sure") if one.is_sure else _("Suggested")
        return _(STATES[state][0]) if state in STATES else state

    def _state_tone(self, row: Row) -> str:
        state = str(row[self._at_state])
        one = self.desk.suggestions.get(int(row[self._at_line])) if self.desk is not None else None
        if state == NEW:
            return "warn" if one is None or one.kind == "none" else "info"
        return STATES[state][1] if state in STATES else ""

    def _show_line(self, line_id: int | None) -> None:
        one = self.desk.suggestions.get(line_id) if self.desk is not None and line_id is not None else None
        self.detail.show_line(line_id, one)

    def _after_load(self, _count: int) -> None:
        wanted, self._next = self._next, None
        if wanted is not None and self.table.select(wanted):
            return
        if self.table.current_id() is None:
            self.table.select_first()

    def next_waiting(self, line_id: int) -> int | None:
        """The next line below that waits, else the first one from the top."""
        if self.desk is None:
            return None
        ids = list(self.table.table_model().ids)
        at = ids.index(line_id) if line_id in ids else -1
        following = [*ids[at + 1 :], *ids[: max(at, 0)]]
        return next((one for one in following if one in self.desk.waiting and one != line_id), None)

    def _go_on(self, line_id: int) -> None:
        self._next = self.next_waiting(line_id)
        if self._next is not None and not self.table.select(self._next):
            self._next = None
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _type_into_search(self, text: str) -> None:
        """Letters are a customer's name here; Ctrl+F leads to the search."""
        if self.detail.is_choosing:
            self.detail.choice.type_customer(text)
        else:
            super()._type_into_search(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Space takes the marked document of the line, Alt+Up and Alt+Down mark another, Right goes to them."""
        if watched is self.table and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            done = self._keys(event)
            if done is not None:
                done()
                return True
        return super().eventFilter(watched, event)

    def _keys(self, event: QKeyEvent) -> Callable[[], object] | None:
        choice = self.detail.choice
        if not self.detail.is_choosing or not choice.table.isVisible():
            return None
        key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if held == Qt.KeyboardModifier.AltModifier and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            return lambda: choice.move_item(1 if key == Qt.Key.Key_Down else -1)
        if held != Qt.KeyboardModifier.NoModifier:
            return None
        if key == Qt.Key.Key_Space:
            return choice.toggle_item
        if key == Qt.Key.Key_Right:
            return lambda: choice.table.setFocus(Qt.FocusReason.TabFocusReason)
        return None

    # All of it

    def book_sure(self) -> None:
        """Shows what is sure, and books it."""
        sure = self.desk.sure if self.desk is not None else []
        if sure:
            bank_sure.open_sure(self._ctx, self, sure, self._sure_booked)

    def _sure_booked(self, outcome: Outcome) -> None:
        count = outcome.result["booked"]
        self._ctx.notices.toast(counted(N_("{count} lines booked."), count))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_payers(self) -> None:
        """Who was learnt to pay for whom."""
        bank_payers.open_payers(self._ctx, self)

    def import_statement(self) -> None:
        """Opens the import for a statement of the account that is shown."""
        import_file.open_dialog(self._ctx, self, "bank", account=self.account)

    def export_report(self) -> None:
        """The reconciliation of the account at the end of its files as PDF, Excel or csv."""
        from crmdesk.services.reports.declared import Options

        position = self.desk.position if self.desk is not None else None
        as_of = position.as_of if position is not None else clock.today()
        options = Options(account=self.account, as_of=as_of)
        name = f"{_('Bank reconciliation')} {as_of.isoformat()}.pdf"

        def write(path: Path) -> None:
            write_report(self._ctx, self, "reconciliation", options, path)

        papers.ask_file(self._ctx, self, _("Bank reconciliation"), name, write)


def _base(account: str, currency: str) -> str:
    return f'account = "{account}" and currency = "{currency}"' if account else ""
