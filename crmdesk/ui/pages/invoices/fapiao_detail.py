"""One request or tax invoice beside its list: amounts, chain original → red → new, bills, confirmations, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.specs import fapiao as specs
from crmdesk.text import N_, _
from crmdesk.ui import fapiao_words as words
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.copy_panel import CopyPanel
from crmdesk.ui.dialogs import fapiao_actions as actions
from crmdesk.ui.dialogs import fapiao_red
from crmdesk.ui.dialogs.print_options import open_print_options
from crmdesk.ui.document_view import NOTHING, DocumentView
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.entry_list import Entry
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.fapiao_facts import (
        ChainLink,
        ConfirmationFacts,
        FactLine,
        FapiaoFacts,
        RequestFacts,
    )

_OPEN_SLIPS = (specs.PENDING, specs.CONFIRMED)


class Shown(NamedTuple):
    """A tax invoice with its red-letter confirmations, of one moment."""

    facts: FapiaoFacts
    slips: list[ConfirmationFacts]

    @property
    def customer(self) -> str:
        """The code, as a document has it."""
        return self.facts.customer

    @property
    def customer_name(self) -> str:
        """The name, as a document has it."""
        return self.facts.customer_name

    @property
    def open_slip(self) -> ConfirmationFacts | None:
        """The confirmation that something can still be done with."""
        return next((slip for slip in self.slips if slip.state in _OPEN_SLIPS), None)


class _Way(NamedTuple):
    """Where an entry of the list leads: a place with its target."""

    target: dict[str, Any]


class FapiaoEntries(DocumentView):
    """What the views share: the list of what belongs together leads on by Enter."""

    WATCHED = ("fapiao", "fapiao_request", "red_confirmation", "customer")
    _page: QWidget

    def _open_link(self, entry: Entry) -> None:
        if isinstance(entry.data, _Way):
            self._ctx.go("invoices", **entry.data.target)

    def _ask_release(self, link: object) -> None:
        """Nothing here is released."""

    def show_entries(self, title: str, entries: list[Entry]) -> None:
        """What belongs together, under its title."""
        self.links_title.setText(title)
        self.links.setAccessibleName(title)
        self.links.set_entries(entries)

    def when(self, action: Callable[[Any], Any], when: Callable[[Any], bool]) -> Callable[[], None]:
        """The action over what is shown, where it may be done."""

        def run() -> None:
            if self.facts is not None and when(self.facts):
                action(self.facts)

        return run

    @staticmethod
    def chain_entries(one: FapiaoFacts) -> list[Entry]:
        """The tax invoice with its red and new ones, then its bills."""
        return [_chain_entry(link) for link in one.chain] + _bill_entries(one.lines, one.link.currency)

    def _add_command(
        self,
        name: str,
        text: str,
        action: Callable[[Any], Any],
        when: Callable[[Any], bool],
        icon: str,
        key: str,
    ) -> None:
        self._ctx.commands.add(Command(name, text, self.when(action, when), icon, key), self._page)


class RequestView(FapiaoEntries):
    """A request: issue it, print it, refuse it, withdraw it; its fields to copy."""

    def __init__(self, ctx: Context, page: QWidget) -> None:
        super().__init__(ctx, "requests.detail", "receipt", NOTHING)
        self._page = page  # the hands are in the list
        self.add_button(N_("Issue …"), "issue", self.issue, icon="check", when=_is_requested)
        self.add_button(N_("Print"), "print", self._print, icon="printer")
        self.add_more(N_("Refuse …"), "refuse", self._refuse, icon="ban", when=_is_requested)
        self.add_more(N_("Withdraw …"), "withdraw", self._withdraw, icon="undo", when=_is_requested)
        add = self._add_command
        add("requests.issue", N_("Issue …"), self.issue, _is_requested, "check", "Ctrl+L")
        add("requests.print", N_("Print"), self._print, lambda _facts: True, "printer", "Ctrl+P")
        add("requests.refuse", N_("Refuse …"), self._refuse, _is_requested, "ban", "")
        add("requests.withdraw", N_("Withdraw …"), self._withdraw, _is_requested, "undo", "")

    def build_below(self) -> None:
        """Facts and what belongs to it; the fields for the platform as a tab."""
        self.tabs = QTabWidget()
        self.tabs.setObjectName("requests.detail.tabs")
        facts = QWidget()
        space = theme().metrics.space
        column = QVBoxLayout(facts)
        column.setContentsMargins(0, space(3), 0, 0)
        column.setSpacing(space(3))
        column.addWidget(self.facts_grid)
        column.addWidget(self.links_title)
        column.addWidget(self.links, 1)
        self.copy = CopyPanel("requests.copy", actions.COPY_TITLE)
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(0, space(3), 0, space(2))
        inner.addWidget(self.copy)
        self.tabs.addTab(facts, "")
        self.tabs.addTab(holder, "")
        self.below.addWidget(self.tabs, 1)

    @staticmethod
    def read_facts(connection: Any, document_id: int) -> RequestFacts:
        """The request of an id."""
        from crmdesk.services import fapiao_facts, fapiao_plan

        return fapiao_facts.load_request(
            connection, fapiao_plan.request_number(connection, document_id) or ""
        )

    def show_facts(self, facts: RequestFacts) -> None:
        """Fills everything in the language in force."""
        from crmdesk.services import fapiao_copy

        self.show_head(facts, facts.number, *words.state(specs.REQUEST_STATES, facts.state))
        self.show_amounts(
            (_("Total"), amount_text(facts.home_total_minor, facts.home_currency), ""),
            (_("Tax"), amount_text(facts.home_tax_minor, facts.home_currency), "second"),
        )
        self.facts_grid.set_facts(
            _filled(
                (_("Kind"), words.kind_words(facts.kind, facts.medium)),
                (_("Invoice title"), facts.profile.get("title", "")),
                (_("Tax number"), facts.profile.get("tax_number", "")),
                (_("Date"), facts.dated_on.isoformat()),
                (_("Converted from"), facts.billed_words),
                (_("Changed"), "" if facts.state == specs.REQUESTED else facts.changed_on.isoformat()),
                (_("Reason"), facts.state_reason),
                (_("Note"), facts.note),
            )
        )
        entries = [_chain_entry(link) for link in facts.fapiao] + _bill_entries(facts.lines, facts.currency)
        self.show_entries(_("Invoices and tax invoices"), entries)
        copied = fapiao_copy.copy_fields(facts)
        self.copy.set_fields(copied.fields, copied.text)

    def retranslate(self) -> None:
        """Titles of the tabs."""
        super().retranslate()
        self.tabs.setTabText(0, _("Details"))
        self.tabs.setTabText(1, _(actions.COPY_TITLE))

    def issue(self, facts: RequestFacts) -> None:
        """Opens the dialog that takes the number."""
        actions.issue(self._ctx, self, facts)

    def open_now(self) -> None:
        """Enter in the list: issue what is asked for, show what was issued."""
        facts: RequestFacts | None = self.facts
        if facts is None:
            return
        if _is_requested(facts):
            self.issue(facts)
        elif facts.fapiao:
            self._ctx.go("invoices", fapiao=facts.fapiao[-1].id)

    def _print(self, facts: RequestFacts) -> None:
        open_print_options(self._ctx, self, "fapiao-request", [facts.number])

    def _refuse(self, facts: RequestFacts) -> None:
        actions.refuse(self._ctx, self, facts)

    def _withdraw(self, facts: RequestFacts) -> None:
        actions.withdraw(self._ctx, self, facts)


class FapiaoView(FapiaoEntries):
    """A tax invoice: deliver it, make it red, issue it anew; the state of its red-letter confirmation."""

    def __init__(self, ctx: Context, page: QWidget) -> None:
        super().__init__(ctx, "fapiao.detail", "receipt", NOTHING)
        self._page = page  # the hands are in the list
        self.add_button(N_("Deliver …"), "deliver", self._deliver, icon="mail", when=_can_deliver)
        self.add_button(
            N_("Confirmed by the other side"), "confirm", self._confirm, icon="check", when=_is_pending
        )
        self.add_button(N_("Make red …"), "red", self._red, icon="undo", when=_can_red)
        more = self.add_more
        more(N_("Issue anew …"), "reissue", self._reissue, icon="refresh-cw", when=_can_red)
        more(N_("Red-letter confirmation …"), "slip", self._open_slip, icon="file-text", when=_can_open_slip)
        more(N_("Confirmation refused …"), "slipRefused", self._slip_refused, icon="ban", when=_is_pending)
        more(N_("Withdraw the confirmation …"), "slipWithdraw", self._slip_withdraw, icon="undo",
             when=lambda shown: shown.open_slip is not None)  # fmt: skip
        more(N_("Void …"), "void", self._void, icon="ban", when=_can_void)
        add = self._add_command
        add("fapiao.deliver", N_("Deliver …"), self._deliver, _can_deliver, "mail", "Ctrl+D")
        add("fapiao.red", N_("Make red …"), self._red, _can_red, "undo", "Ctrl+R")
        add("fapiao.reissue", N_("Issue anew …"), self._reissue, _can_red, "refresh-cw", "Ctrl+Alt+R")
        add("fapiao.openConfirmation", N_("Red-letter confirmation …"), self._open_slip, _can_open_slip,
            "file-text", "")  # fmt: skip
        add("fapiao.confirm", N_("Confirmed by the other side"), self._confirm, _is_pending, "check", "")
        add("fapiao.void", N_("Void …"), self._void, _can_void, "ban", "")

    @staticmethod
    def read_facts(connection: Any, document_id: int) -> Shown:
        """The tax invoice of an id with its confirmations."""
        from crmdesk.services import fapiao_facts

        return Shown(
            fapiao_facts.load(connection, document_id), fapiao_facts.confirmations(connection, document_id)
        )

    def show_facts(self, facts: Shown) -> None:
        """Fills everything in the language in force."""
        one, slips = facts
        link = one.link
        self.show_head(facts, actions.number_shown(one), *words.link_state(link))
        left = amount_text(link.home_total_minor - one.home_red_minor, link.home_currency)
        second = (_("Not red yet"), left, "") if one.red_minor else None
        tax = (_("Tax"), amount_text(one.home_tax_minor, link.home_currency), "second")
        tone = "danger" if link.total_minor < 0 else ""
        self.show_amounts((_("Total"), words.total(link), tone), second or tax)
        self.facts_grid.set_facts(_fapiao_lines(one))
        others = one.chain if len(one.chain) > 1 else ()
        entries = [_chain_entry(entry, is_here=entry.id == link.id) for entry in others]
        entries += [_slip_entry(slip) for slip in slips]
        entries += _bill_entries(one.lines, link.currency)
        entries += [
            Entry(number, _("Credit note"), icon="undo", data=_Way({"number": number, "kind": "credit"}))
            for number in one.credits
        ]
        if one.request:
            entries.append(
                Entry(one.request, _("Request"), icon="inbox", data=_Way({"request": one.request}))
            )
        title = _("Original, red and new, and what belongs to them") if others else _("What belongs to it")
        self.show_entries(title, entries)

    def _deliver(self, shown: Shown) -> None:
        actions.deliver(self._ctx, self, shown.facts)

    def _red(self, shown: Shown) -> None:
        fapiao_red.red(self._ctx, self, shown.facts, shown.slips)

    def _reissue(self, shown: Shown) -> None:
        fapiao_red.reissue(self._ctx, self, shown.facts, shown.slips)

    def _open_slip(self, shown: Shown) -> None:
        actions.open_confirmation(self._ctx, self, shown.facts)

    def _confirm(self, shown: Shown) -> None:
        if shown.open_slip is not None:
            actions.confirm(self._ctx, self, shown.open_slip)

    def _slip_refused(self, shown: Shown) -> None:
        if shown.open_slip is not None:
            actions.end_confirmation(self._ctx, self, shown.open_slip, "refuse")

    def _slip_withdraw(self, shown: Shown) -> None:
        if shown.open_slip is not None:
            actions.end_confirmation(self._ctx, self, shown.open_slip, "withdraw")

    def _void(self, shown: Shown) -> None:
        actions.void(self._ctx, self, shown.facts)


def _filled(*lines: tuple[str, str]) -> list[tuple[str, str]]:
    return [(title, value) for title, value in lines if value]


def _fapiao_lines(one: FapiaoFacts) -> list[tuple[str, str]]:
    last = next(iter(one.deliveries), None)
    delivered = ""
    if last is not None:
        channel = words.label(specs.CHANNELS, last.channel)
        delivered = " · ".join(filter(None, (last.delivered_on.isoformat(), channel, last.recipient)))
    elif one.link.color == specs.BLUE and one.voided_on is None:
        delivered = _("Not delivered yet")
    voided = ""
    if one.voided_on is not None:
        voided = " · ".join(filter(None, (one.voided_on.isoformat(), one.void_reason)))
    reason = words.label(specs.RED_REASONS, one.reason)
    return _filled(
        (_("Date"), one.link.dated_on.isoformat()),
        (_("Converted from"), one.billed_words),
        (_("Kind"), words.kind_words(one.kind, one.medium)),
        (_("Invoice title"), one.profile.get("title", "")),
        (_("Tax number"), one.profile.get("tax_number", "")),
        (_("Reason"), reason),
        (_("Delivered"), delivered),
        (_("Voided"), voided),
        (_("Note"), one.note),
    )


def _chain_entry(link: ChainLink, *, is_here: bool = False) -> Entry:
    state, tone = words.link_state(link)
    what = (
        _("Red tax invoice")
        if link.color == specs.RED
        else _("New tax invoice")
        if link.replaces_id is not None
        else _("Tax invoice")
    )
    return Entry(
        words.grouped(link.number),
        " · ".join(filter(None, (link.dated_on.isoformat(), what, _("shown here") if is_here else ""))),
        words.total(link),
        icon="receipt",
        tone="danger" if link.total_minor < 0 else "",
        chip=state,
        chip_tone=tone,
        data=_Way({"fapiao": link.id}),
    )


def _slip_entry(slip: ConfirmationFacts) -> Entry:
    state, tone = words.state(specs.CONFIRMATION_STATES, slip.state)
    return Entry(
        slip.number,
        " · ".join((_("Red-letter confirmation"), clock.local_words(slip.opened_at))),
        amount_text(slip.total_minor, slip.currency),
        icon="file-text",
        chip=state,
        chip_tone=tone,
        data=_Way({"slip": slip.id}),
    )


def _bill_entries(lines: tuple[FactLine, ...], currency: str) -> list[Entry]:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.bill] = sums.get(line.bill, 0) + line.amount_minor
    return [
        Entry(
            number,
            _("Invoice"),
            amount_text(minor, currency),
            icon="file-text",
            tone="danger" if minor < 0 else "",
            data=_Way({"number": number, "kind": "invoice"}),
        )
        for number, minor in sums.items()
    ]


def _is_requested(facts: RequestFacts) -> bool:
    return facts.state == specs.REQUESTED


def _can_deliver(shown: Shown) -> bool:
    return shown.facts.voided_on is None and shown.facts.link.state != specs.ALL_RED


def _can_red(shown: Shown) -> bool:
    one = shown.facts
    return (
        one.link.color == specs.BLUE
        and one.kind != specs.RECEIPT
        and one.link.state in (specs.VALID, specs.PART_RED)
    )


def _can_open_slip(shown: Shown) -> bool:
    return _can_red(shown) and shown.open_slip is None


def _is_pending(shown: Shown) -> bool:
    return shown.open_slip is not None and shown.open_slip.state == specs.PENDING


def _can_void(shown: Shown) -> bool:
    one = shown.facts
    is_voidable = one.medium in specs.VOIDABLE_MEDIA or one.kind == specs.RECEIPT
    return is_voidable and one.voided_on is None and not one.red_minor
