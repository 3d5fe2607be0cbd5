"""One payment or refund beside the list: what it settles, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from crmdesk.text import N_, _
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import payment_actions, set_aside_actions, taking_back
from crmdesk.ui.dialogs.allocate import open_allocate
from crmdesk.ui.dialogs.print_options import open_print_options
from crmdesk.ui.document_view import NOTHING, DocumentView
from crmdesk.ui.kit.commands import Command

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts, Link


class PaymentView(DocumentView):
    """`is_refund` leaves only what a refund can be done with.

    The commands belong to `page`, so that their keys are heard in its list as well.
    """

    def __init__(
        self, ctx: Context, page: QWidget, place: str = "payments.detail", *, is_refund: bool = False
    ) -> None:
        self.own_record = "" if is_refund else "payment"
        super().__init__(ctx, place, "banknote", NOTHING)
        if is_refund:
            self.add_button(
                N_("Reverse"),
                "reverse",
                self._reverse_refund,
                kind="danger",
                when=lambda facts: not facts.is_reversed,
            )
            reverse = self._now(self._reverse_refund, lambda facts: not facts.is_reversed)
            ctx.commands.add(Command("refunds.reverse", N_("Reverse …"), reverse, "", "Ctrl+Shift+D"), page)
            return
        self.add_button(
            N_("Allocate"), "allocate", self._allocate, icon="link", kind="primary", when=_is_free
        )
        self.add_button(N_("Print"), "print", self._print, icon="printer")
        self.add_more(N_("Save as PDF …"), "pdf", self._save, icon="download")
        self.add_more(N_("Copy as picture"), "picture", self._copy, icon="copy")
        self.add_more(N_("Refund …"), "refund", self._refund, icon="rotate-ccw", when=_is_free)
        self.add_more(
            N_("Use for another customer …"), "transfer", self._transfer, icon="users", when=_is_free
        )
        self.add_more(
            N_("Settle another invoice instead …"),
            "reallocate",
            self._reallocate,
            icon="refresh-cw",
            when=_settles,
        )
        self.add_more(
            N_("Show the bill"),
            "bill",
            self._show_bill,
            icon="receipt",
            when=lambda facts: facts.bill is not None,
        )
        self.add_more(
            N_("Reverse …"), "reverse", self._reverse, icon="ban", when=lambda facts: not facts.is_reversed
        )
        self.release_requested.connect(self._release)
        add = ctx.commands.add
        add(Command("payments.allocate", N_("Allocate"), self.allocate_now, "link", "Ctrl+L"), page)
        for name, words, callback, when, shortcut in (
            ("refund", N_("Refund …"), self._refund, _is_free, "Ctrl+Shift+R"),
            ("transfer", N_("Use for another customer …"), self._transfer, _is_free, "Ctrl+Shift+L"),
            ("reallocate", N_("Settle another invoice instead …"), self._reallocate, _settles, "Ctrl+M"),
            ("reverse", N_("Reverse …"), self._reverse, lambda facts: not facts.is_reversed, "Ctrl+Shift+D"),
        ):
            add(Command(f"payments.{name}", words, self._now(callback, when), "", shortcut), page)
        add(
            Command("payments.release", N_("Release the allocation"), self._release_current, "", "Ctrl+R"),
            page,
        )

    def _now(self, action: Callable[[Facts], object], when: Callable[[Facts], bool]) -> Callable[[], None]:
        def run() -> None:
            if self.facts is not None and when(self.facts):
                action(self.facts)

        return run

    def allocate_now(self) -> None:
        """Opens the allocation when there is something to allocate."""
        if self.facts is not None and _is_free(self.facts):
            self._allocate(self.facts)

    def _allocate(self, facts: Facts) -> None:
        open_allocate(self._ctx, self, facts)

    def _release_current(self) -> None:
        entry = self.links.current()
        if entry is not None and entry.data is not None:
            self._release(entry.data)

    def _release(self, link: Link) -> None:
        if self.facts is not None:
            taking_back.take_back(self._ctx, self, self.facts, link)

    def _transfer(self, facts: Facts) -> None:
        set_aside_actions.transfer(self._ctx, self, facts)

    def _reallocate(self, facts: Facts) -> None:
        """What is chosen beside the list, or the only document that is settled."""
        entry = self.links.current()
        moved = [link for link in facts.links if taking_back.can_move(link)]
        chosen = entry.data if entry is not None and entry.data in moved else None
        if chosen is None and len(moved) == 1:
            chosen = moved[0]
        if chosen is not None:
            taking_back.reallocate(self._ctx, self, facts, chosen)
            return
        self._ctx.notices.toast(_("Choose which of the invoices below it shall not settle any more."), "info")
        self.links.setFocus()

    def _show_bill(self, facts: Facts) -> None:
        self._ctx.go("payments", number=facts.number, kind="bill")

    def _refund(self, facts: Facts) -> None:
        payment_actions.refund(self._ctx, self, facts)

    def _reverse(self, facts: Facts) -> None:
        payment_actions.reverse(self._ctx, self, facts)

    def _reverse_refund(self, facts: Facts) -> None:
        payment_actions.reverse_refund(self._ctx, self, facts)

    def _paper(self, facts: Facts) -> papers.Paper:
        return papers.document_paper(
            "receipt", [facts.number], actor=self._ctx.actor, party=facts.customer_name
        )

    def _print(self, facts: Facts) -> None:
        open_print_options(self._ctx, self, "receipt", [facts.number])

    def _save(self, facts: Facts) -> None:
        papers.save_pdf(self._ctx, self, self._paper(facts))

    def _copy(self, facts: Facts) -> None:
        papers.copy_picture(self._ctx, self._paper(facts))


def _settles(facts: Facts) -> bool:
    return not facts.is_reversed and any(taking_back.can_move(link) for link in facts.links)


def _is_free(facts: Facts) -> bool:
    return facts.open_minor > 0 and not facts.is_reversed
