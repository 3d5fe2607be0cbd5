"""The place of payments: the list with what each settles, refunds, and the cash book as segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmdesk.text import N_, _
from crmdesk.ui import papers, printer
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import quick_payment
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.document_words import credit_state, method_words
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.pages.payments.bank import BankPage
from crmdesk.ui.pages.payments.cash_book import CashBook
from crmdesk.ui.pages.payments.detail import PaymentView
from crmdesk.ui.pages.payments.set_aside import (
    BILLS,
    DEPOSITS,
    TITLES,
    TRANSFERS,
    make_bills,
    make_deposits,
    make_transfers,
)
from crmdesk.ui.segmented import Part, SegmentedPlace

_WATCHED = ("payment", "refund", "invoice", "customer")
_ORDER = ("number", "date", "name", "method", "amount", "free", "state")
_CHIPS = (
    ("unused", N_("Not used up"), "free > 0 and state != reversed"),
    ("month", N_("Last 30 days"), "date >= today-30"),
    ("reversed", N_("Reversed"), "state = reversed"),
)
LIST, BANK, REFUNDS, CASH = "payments", "bank", "refunds", "cash"
_PART_OF = {"refund": REFUNDS, "bill": BILLS, "deposit": DEPOSITS, "transfer": TRANSFERS}


class PaymentsPlace(SegmentedPlace):
    """Targets: `new` opens quick payment (with `customer`), `number` and `kind`, `id`, or `part`."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(
            "payments",
            (
                Part(LIST, N_("Payments"), self._make_list),
                Part(BANK, N_("Bank lines"), lambda: BankPage(ctx)),
                Part(REFUNDS, N_("Refunds"), self._make_refunds),
                Part(BILLS, TITLES[BILLS], lambda: make_bills(ctx)),
                Part(DEPOSITS, TITLES[DEPOSITS], lambda: make_deposits(ctx)),
                Part(TRANSFERS, TITLES[TRANSFERS], lambda: make_transfers(ctx)),
                Part(CASH, N_("Cash book"), lambda: CashBook(ctx)),
            ),
        )
        self._ctx = ctx
        self.part_asked_for.connect(lambda part: ctx.go("payments", part=part))
        self.show_part(LIST)

    def show_target(self, target: dict[str, Any]) -> None:
        """Shows what was asked for."""
        if target.get("new"):
            quick_payment.open_dialog(self._ctx, self, customer=str(target.get("customer", "")))
        elif target.get("number"):
            self._find(str(target.get("kind", "payment")), str(target["number"]))
        elif target.get("id") is not None:
            self._show_record(LIST, int(target["id"]))
        elif target.get("part"):
            page = self.show_part(str(target["part"]))
            if isinstance(page, ListPage) and target.get("filter"):
                page.show_only(str(target["filter"]), str(target.get("words", "")))

    def import_wanted(self) -> dict[str, str]:
        """What an import from here is of."""
        page = self.part(BANK)
        if self.current_part == BANK and isinstance(page, BankPage):
            return {"kind": "bank", "account": page.account}
        return {}

    def show_start(self) -> None:
        """As the place was when it was first shown."""
        self.show_part(LIST)

    def _find(self, kind: str, number: str) -> None:
        def work(connection: Any) -> tuple[str, int] | None:
            from crmdesk.services import document_facts

            if kind == "bill":  # by its payment
                found = document_facts.find(connection, "payment", number)
                return ("bill", found) if found is not None else None
            return document_facts.home_of(connection, kind, number)

        def done(found: tuple[str, int] | None) -> None:
            if found is not None:
                self._show_record(_PART_OF.get(found[0], LIST), found[1])

        self._ctx.read(work, owner=self, on_done=done)

    def _show_record(self, part: str, record_id: int) -> None:
        self._ctx.remember("document", record_id)
        page = self.show_part(part)
        if isinstance(page, ListPage):
            page.show_record(record_id)

    # The list of payments

    def _make_list(self) -> ListPage:
        source = BookList(self._ctx, "payments")
        at_free = source.place("free")
        columns = source.columns(
            {
                "number": {"width": 14},
                "date": {"is_muted": True},
                "method": {"is_muted": True, "text": _method(source)},
                "amount": {"is_strong": True},
                "free": {"tone": lambda row: "info" if row[at_free] else ""},
                "state": {"text": _state(source, 0), "tone": _state(source, 1), "width": 12},
            },
            order=_ORDER,
            shown=_ORDER,
        )
        page = ListPage(
            self._ctx,
            "payments",
            N_("Payments"),
            source,
            columns,
            kind="payment",
            watch=_WATCHED,
            icon="banknote",
            search_hint=N_("Number, customer or reference"),
            count_words=N_("{count} payments"),
            empty_title=N_("No payments yet"),
            empty_text=N_("Press F6 when money comes in: customer, amount, done."),
        )
        for name, words, expression in _CHIPS:
            chip = filter_chip(_(words), f"payments.filter.{name}", _switch(page, name, expression))
            page.say(chip.setText, words)
            page.say(chip.setAccessibleName, words)
            page.add_filter(chip)
        # The button itself stands in the top bar, on every page.
        receive = self._ctx.commands.add(
            Command("payments.new", N_("Receive"), self._receive, "banknote", "Ctrl+N"), page
        )
        page.add_empty_button(receive, "primary")
        page.add_batch_button(
            Command("payments.printMany", N_("Print receipts"), self._print_many, "printer", "Ctrl+P")
        )
        page.enable_export()
        page.export_requested.connect(
            lambda query, shown: export_list(self._ctx, self, source, query, shown, _("Payments"))
        )
        detail = PaymentView(self._ctx, page)
        page.current_changed.connect(detail.show_document)
        page.set_detail(detail)
        page.opened.connect(lambda _record: detail.allocate_now())
        choose_first(page)
        self.detail = detail
        return page

    def _receive(self) -> None:
        quick_payment.open_dialog(self._ctx, self)

    def _print_many(self) -> None:
        page = self.part(LIST)
        if not isinstance(page, ListPage):
            return
        wanted = page.table.selected_ids()
        source = BookList(self._ctx, "payments")
        at_number, at_state = source.place("number"), source.place("state")

        def work(connection: Any) -> list[str]:
            del connection
            rows = source.fetch(wanted)
            return [str(rows[entry][at_number]) for entry in wanted if rows[entry][at_state] != "reversed"]

        def done(numbers: list[str]) -> None:
            if numbers:
                unique = list(dict.fromkeys(numbers))
                printer.print_paper(
                    self._ctx, self, papers.document_paper("receipt", unique, actor=self._ctx.actor)
                )

        self._ctx.read(work, owner=self, on_done=done)

    # Refunds

    def _make_refunds(self) -> ListPage:
        source = BookList(self._ctx, "refunds")
        columns = source.columns({"date": {"is_muted": True}, "amount": {"is_strong": True}})
        page = ListPage(
            self._ctx,
            "refunds",
            N_("Refunds"),
            source,
            columns,
            kind="refund",
            watch=_WATCHED,
            icon="rotate-ccw",
            search_hint=N_("Number, customer or reference"),
            count_words=N_("{count} refunds"),
            empty_title=N_("No refunds"),
            empty_text=N_(
                "Money paid back to a customer appears here. Begin with the payment it belongs to."
            ),
        )
        page.enable_export()
        page.export_requested.connect(
            lambda query, shown: export_list(self._ctx, self, source, query, shown, _("Refunds"))
        )
        detail = PaymentView(self._ctx, page, "refunds.detail", is_refund=True)
        page.current_changed.connect(detail.show_document)
        page.set_detail(detail)
        choose_first(page)
        return page


def _switch(page: ListPage, name: str, expression: str) -> Callable[[bool], object]:
    return lambda is_on: page.set_filter(name, expression if is_on else None)


def _method(source: BookList) -> Callable[[Row], str]:
    at_method = source.place("method")
    return lambda row: method_words(str(row[at_method] or ""))


def _state(source: BookList, part: int) -> Callable[[Row], str]:
    at_state, at_free, at_amount = source.place("state"), source.place("free"), source.place("amount")

    def words(row: Row) -> str:
        free, amount = row[at_free] or 0, row[at_amount] or 0
        return credit_state(is_reversed=row[at_state] == "reversed", open_minor=free, total_minor=amount)[
            part
        ]

    return words
