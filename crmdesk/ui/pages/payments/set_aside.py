"""Money that is no plain payment: bills of exchange, deposits, transfers between customers. Lists and details."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from crmdesk.models import clock
from crmdesk.text import N_, _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import set_aside_actions as actions
from crmdesk.ui.dialogs import taking_back
from crmdesk.ui.dialogs.allocate import open_allocate
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.document_view import NOTHING, DocumentView, facts_lines
from crmdesk.ui.document_words import BILL_STATES, credit_state, deposit_state
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts, Link

BILLS, DEPOSITS, TRANSFERS = "bills", "deposits", "transfers"
TITLES = {BILLS: N_("Bills of exchange"), DEPOSITS: N_("Deposits"), TRANSFERS: N_("Transfers")}
_DUE_SOON_DAYS = 7
_When = Callable[["Facts"], bool]


class _View(DocumentView):
    """A document with actions that are commands of its page, so that their keys are heard in the list as well."""

    def __init__(self, ctx: Context, page: ListPage, part: str, icon: str) -> None:
        super().__init__(ctx, f"{part}.detail", icon, NOTHING)
        self._part = part
        self._page = page
        self.release_requested.connect(self._take_back)
        self._command(
            N_("Take back what is chosen beside the list"), "release", self._take_back_current, "Ctrl+R"
        )

    def _command(self, words: str, name: str, callback: Callable[[], object], shortcut: str) -> None:
        self._ctx.commands.add(Command(f"{self._part}.{name}", words, callback, "", shortcut), self._page)

    def action(
        self,
        words: str,
        name: str,
        open_dialog: Callable[[Context, Any, Facts], object],
        shortcut: str,
        when: _When,
        **look: str,
    ) -> Callable[[], None]:
        """A button with its command; gives what Enter in the list may do as well."""

        def run(facts: Facts) -> None:
            open_dialog(self._ctx, self, facts)

        def run_now() -> None:
            if self.facts is not None and when(self.facts):
                run(self.facts)

        if look.pop("is_more", ""):
            self.add_more(words, name, run, when=when, icon=look.get("icon", ""))
        else:
            made = self.add_button(words, name, run, when=when, **look)
            self.say(lambda text: made.setToolTip(f"{text.rstrip(' …')}  {shortcut}"), words)
        self._command(words, name, run_now, shortcut)
        return run_now

    def _take_back_current(self) -> None:
        entry = self.links.current() or next(iter(self.links.entries()), None)
        if entry is not None and entry.data is not None:
            self._take_back(entry.data)

    def _take_back(self, link: Link) -> None:
        if self.facts is not None:
            taking_back.take_back(self._ctx, self, self.facts, link)


class BillView(_View):
    """A bill of exchange with its payment."""

    def __init__(self, ctx: Context, page: ListPage) -> None:
        super().__init__(ctx, page, BILLS, "receipt")
        self.collect = self.action(
            N_("Collect"), "collect", actions.collect_bill, "Ctrl+L", _is_at_hand, icon="banknote", kind="primary"
        )  # fmt: skip
        self.action(N_("Discount at the bank"), "discount", actions.discount_bill, "Ctrl+D", _is_at_hand)
        self.action(N_("Endorse"), "endorse", actions.endorse_bill, "Ctrl+E", _is_at_hand)
        self.action(N_("Take back"), "undo", actions.undo_bill, "Ctrl+Shift+Z", _is_gone)
        self.action(
            N_("Dishonoured …"), "dishonour", actions.dishonour_bill, "Ctrl+Shift+D", _may_fail,
            icon="ban", is_more="yes",
        )  # fmt: skip
        self.add_more(N_("Show the payment"), "payment", self._show_payment, icon="banknote")

    def _show_payment(self, facts: Facts) -> None:
        self._ctx.go("payments", number=facts.number, kind="payment")

    def show_facts(self, facts: Facts) -> None:
        """The bill's own number and state stand at the head; its payment is a fact of it."""
        super().show_facts(facts)
        bill = facts.bill
        if bill is None:
            return
        self.number.setText(bill.number)
        words, tone = BILL_STATES[bill.state]
        self.state.setText(_(words))
        self.state.set_tone(tone)
        lines = [line for line in facts_lines(facts) if line[1] not in (bill.number, bill.due_on.isoformat())]
        self.facts_grid.set_facts([(_("Payment"), facts.number), *lines])
        title, figure = self._amounts[1]
        days = (bill.due_on - clock.today()).days
        title.setText(_("Due date"))
        figure.setText(bill.due_on.isoformat())
        tone = "danger" if days < 0 else "warn" if days <= _DUE_SOON_DAYS else ""
        figure.set_tone(tone if bill.state == "held" else "")


class DepositView(_View):
    """A deposit and what became of it."""

    def __init__(self, ctx: Context, page: ListPage) -> None:
        super().__init__(ctx, page, DEPOSITS, "lock")
        self.give_back = self.action(
            N_("Give back"), "return", actions.return_deposit, "Ctrl+L", _is_held, icon="rotate-ccw"
        )
        self.action(N_("Settle an invoice"), "apply", actions.apply_deposit, "Ctrl+E", _is_held, icon="link")
        self.action(
            N_("Keep …"), "keep", actions.keep_deposit, "Ctrl+D", _is_held, icon="coins", is_more="yes"
        )
        self.action(
            N_("Reverse …"), "reverse", actions.reverse_deposit, "Ctrl+Shift+D", _is_untouched,
            icon="ban", is_more="yes",
        )  # fmt: skip


class TransferView(_View):
    """What a customer got from another one, and what it settles."""

    def __init__(self, ctx: Context, page: ListPage) -> None:
        super().__init__(ctx, page, TRANSFERS, "users")
        self.allocate = self.action(
            N_("Allocate"),
            "allocate",
            open_allocate,
            "Ctrl+L",
            lambda facts: facts.open_minor > 0 and not facts.is_reversed,
            icon="link",
            kind="primary",
        )
        self.action(
            N_("Reverse"),
            "reverse",
            lambda ctx, parent, facts: taking_back.reverse(
                ctx, parent, "transfer", facts.number, facts.dated_on
            ),
            "Ctrl+Shift+D",
            lambda facts: not facts.is_reversed,
            kind="danger",
        )


def _is_at_hand(facts: Facts) -> bool:
    return facts.bill is not None and facts.bill.state == "held"


def _is_gone(facts: Facts) -> bool:
    return facts.bill is not None and facts.bill.state in ("endorsed", "discounted", "collected")


def _may_fail(facts: Facts) -> bool:
    return facts.bill is not None and facts.bill.state in ("held", "endorsed", "discounted")


def _is_held(facts: Facts) -> bool:
    return facts.open_minor > 0 and not facts.is_reversed


def _is_untouched(facts: Facts) -> bool:
    return facts.open_minor == facts.total_minor and not facts.is_reversed


# The lists


def make_bills(ctx: Context) -> ListPage:
    """Bills of exchange, the next due first."""
    source = BookList(ctx, BILLS)
    at_due, at_state = source.place("due"), source.place("state")

    def due_tone(row: Row) -> str:
        day = row[at_due]
        if row[at_state] != "held" or not isinstance(day, date):
            return "third"
        days = (day - clock.today()).days
        return "danger" if days < 0 else "warn" if days <= _DUE_SOON_DAYS else ""

    columns = source.columns(
        {
            "bill": {"width": 26},
            "due": {"tone": due_tone},
            "amount": {"is_strong": True},
            "state": {
                "text": lambda row: _(BILL_STATES[str(row[at_state])][0]),
                "tone": lambda row: BILL_STATES[str(row[at_state])][1],
                "width": 10,
            },
        },
        order=("bill", "due", "name", "amount", "state"),
        shown=("bill", "due", "name", "amount", "state"),
    )
    page = _page(
        ctx,
        source,
        columns,
        "receipt",
        N_("Bill, drawer, bank, customer or payment"),
        N_("{count} bills"),
        N_("No bills of exchange"),
        N_("Press F6 and choose the method “Bill of exchange”: the bill is kept here until it is due."),
    )
    _add_chips(
        page,
        BILLS,
        ("held", N_("At hand"), "state = held"),
        ("due", N_("Due within a week"), f"state = held and due <= today+{_DUE_SOON_DAYS}"),
    )
    view = BillView(ctx, page)
    _add_detail(page, view, view.collect)
    return page


def make_deposits(ctx: Context) -> ListPage:
    """Deposits with what is still held of each."""
    source = BookList(ctx, DEPOSITS)
    at_held, at_amount, at_state = (source.place(name) for name in ("held", "amount", "state"))

    def state(row: Row) -> tuple[str, str]:
        return deposit_state(
            is_reversed=row[at_state] == "reversed", held_minor=row[at_held], total_minor=row[at_amount]
        )

    columns = source.columns(
        {
            "number": {"width": 13},
            "date": {"is_muted": True},
            "held": {"is_strong": True},
            "state": {"text": lambda row: state(row)[0], "tone": lambda row: state(row)[1], "width": 16},
        },
        order=("number", "date", "name", "amount", "held", "state"),
        shown=("number", "date", "name", "amount", "held", "state"),
    )
    page = _page(
        ctx,
        source,
        columns,
        "lock",
        N_("Number, customer or contract"),
        N_("{count} deposits"),
        N_("No deposits"),
        N_("A deposit (押金) is money that goes back to the customer. Record one with Ctrl+N."),
    )
    receive = page.add_button(
        Command(
            "deposits.new", N_("Receive a deposit"), lambda: actions.receive_deposit(ctx, page), "plus", "Ctrl+N"
        ),
        "primary",
    )  # fmt: skip
    page.add_empty_button(receive, "primary")
    _add_chips(page, DEPOSITS, ("held", N_("Held"), "held > 0"))
    view = DepositView(ctx, page)
    _add_detail(page, view, view.give_back)
    return page


def make_transfers(ctx: Context) -> ListPage:
    """What customers paid for each other."""
    source = BookList(ctx, TRANSFERS)
    at_free, at_amount, at_state = (source.place(name) for name in ("free", "amount", "state"))

    def state(row: Row) -> tuple[str, str]:
        return credit_state(
            is_reversed=row[at_state] == "reversed",
            open_minor=row[at_free] or 0,
            total_minor=row[at_amount] or 0,
        )

    columns = source.columns(
        {
            "number": {"width": 13},
            "date": {"is_muted": True},
            "amount": {"is_strong": True},
            "free": {"tone": lambda row: "info" if row[at_free] else ""},
            "state": {"text": lambda row: state(row)[0], "tone": lambda row: state(row)[1], "width": 16},
        },
        order=("number", "date", "payer", "name", "amount", "free", "state"),
        shown=("number", "date", "payer", "name", "amount", "free", "state"),
    )
    page = _page(
        ctx,
        source,
        columns,
        "users",
        N_("Number or customer"),
        N_("{count} transfers"),
        N_("Nobody paid for another customer yet"),
        N_("Begin with the payment: “Use for another customer …” lets it settle what somebody else owes."),
    )
    view = TransferView(ctx, page)
    _add_detail(page, view, view.allocate)
    return page


def _page(
    ctx: Context,
    source: BookList,
    columns: Any,
    icon: str,
    search_hint: str,
    count_words: str,
    empty_title: str,
    empty_text: str,
) -> ListPage:
    kind = source.kind
    page = ListPage(
        ctx,
        kind,
        TITLES[kind],
        source,
        columns,
        kind=kind.removesuffix("s"),
        watch=DocumentView.WATCHED,
        icon=icon,
        search_hint=search_hint,
        count_words=count_words,
        empty_title=empty_title,
        empty_text=empty_text,
    )
    page.enable_export()
    page.export_requested.connect(
        lambda query, shown: export_list(ctx, page, source, query, shown, _(TITLES[kind]))
    )
    choose_first(page)
    return page


def _add_chips(page: ListPage, part: str, *chips: tuple[str, str, str]) -> None:
    for name, words, expression in chips:

        def switch(is_on: bool, name: str = name, expression: str = expression) -> None:
            page.set_filter(name, expression if is_on else None)

        chip = filter_chip(_(words), f"{part}.filter.{name}", switch)
        page.say(chip.setText, words)
        page.say(chip.setAccessibleName, words)
        page.add_filter(chip)


def _add_detail(page: ListPage, view: DocumentView, on_enter: Callable[[], None]) -> None:
    page.current_changed.connect(view.show_document)
    page.set_detail(view)
    page.opened.connect(lambda _record: on_enter())
