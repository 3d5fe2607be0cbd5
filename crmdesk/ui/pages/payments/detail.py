"""One payment or refund beside the list: what it settles, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.text import N_
from crmdesk.ui import papers
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import payment_actions
from crmdesk.ui.dialogs.allocate import open_allocate
from crmdesk.ui.dialogs.print_options import open_print_options
from crmdesk.ui.document_view import NOTHING, DocumentView
from crmdesk.ui.kit.commands import Command

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts


class PaymentView(DocumentView):
    """`is_refund` leaves only what a refund can be done with."""

    def __init__(self, ctx: Context, place: str = "payments.detail", *, is_refund: bool = False) -> None:
        super().__init__(ctx, place, "banknote", NOTHING)
        if is_refund:
            self.add_button(
                N_("Reverse"),
                "reverse",
                self._reverse_refund,
                kind="danger",
                when=lambda facts: not facts.is_reversed,
            )
            return
        self.add_button(
            N_("Allocate"), "allocate", self._allocate, icon="link", kind="primary", when=_is_free
        )
        self.add_button(N_("Print"), "print", self._print, icon="printer")
        self.add_more(N_("Save as PDF …"), "pdf", self._save, icon="download")
        self.add_more(N_("Copy as picture"), "picture", self._copy, icon="copy")
        self.add_more(N_("Refund …"), "refund", self._refund, icon="rotate-ccw", when=_is_free)
        self.add_more(
            N_("Reverse …"), "reverse", self._reverse, icon="ban", when=lambda facts: not facts.is_reversed
        )
        self.release_requested.connect(self._release)
        add = ctx.commands.add
        add(Command("payments.allocate", N_("Allocate"), self.allocate_now, "link", "Ctrl+L"), self)
        add(
            Command("payments.release", N_("Release the allocation"), self._release_current, "", "Ctrl+R"),
            self,
        )

    def allocate_now(self) -> None:
        """Opens the allocation when there is something to allocate."""
        if self.facts is not None and _is_free(self.facts):
            self._allocate(self.facts)

    def _allocate(self, facts: Facts) -> None:
        open_allocate(self._ctx, self, facts)

    def _release_current(self) -> None:
        entry = self.links.current()
        if entry is not None and entry.data is not None and entry.data.kind != "refund":
            self._release(entry.data)

    def _release(self, link: object) -> None:
        if self.facts is not None and not self.facts.is_reversed:
            payment_actions.release(self._ctx, self, self.facts, link)

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


def _is_free(facts: Facts) -> bool:
    return facts.open_minor > 0 and not facts.is_reversed
