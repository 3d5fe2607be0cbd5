"""One red-letter confirmation (红字信息确认单) beside its list: state, tax invoice, what can be done with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.models.specs import fapiao as specs
from crmdesk.text import N_, _
from crmdesk.ui import fapiao_words as words
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import fapiao_actions as actions
from crmdesk.ui.dialogs import fapiao_red
from crmdesk.ui.document_view import NOTHING
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.pages.invoices.fapiao_detail import FapiaoEntries

if TYPE_CHECKING:
    from crmdesk.services.fapiao_facts import ConfirmationFacts, FapiaoFacts


class Shown(NamedTuple):
    """A confirmation with its tax invoice, of one moment."""

    slip: ConfirmationFacts
    facts: FapiaoFacts

    @property
    def customer(self) -> str:
        """The code, as a document has it."""
        return self.facts.customer

    @property
    def customer_name(self) -> str:
        """The name, as a document has it."""
        return self.facts.customer_name


class SlipView(FapiaoEntries):
    """Confirm it, refuse it, take it back, issue the red tax invoice on it. `page` hears the keys."""

    def __init__(self, ctx: Context, page: QWidget) -> None:
        super().__init__(ctx, "slips.detail", "file-text", NOTHING)
        self.add_button(
            N_("Confirmed by the other side"), "confirm", self._confirm, icon="check", when=_is_pending
        )
        self.add_button(N_("Make red …"), "red", self._red, icon="undo", kind="primary", when=_is_confirmed)
        self.add_more(N_("Confirmation refused …"), "refuse", self._refuse, icon="ban", when=_is_pending)
        self.add_more(
            N_("Withdraw the confirmation …"), "withdraw", self._withdraw, icon="undo", when=_is_open
        )
        for name, text, run, when, icon, key in (
            ("confirm", N_("Confirmed by the other side"), self._confirm, _is_pending, "check", "Ctrl+L"),
            ("red", N_("Make red …"), self._red, _is_confirmed, "undo", "Ctrl+R"),
            ("refuse", N_("Confirmation refused …"), self._refuse, _is_pending, "ban", ""),
            ("withdraw", N_("Withdraw the confirmation …"), self._withdraw, _is_open, "undo", "Ctrl+Shift+D"),
        ):
            ctx.commands.add(Command(f"slips.{name}", text, self.when(run, when), icon, key), page)

    @staticmethod
    def read_facts(connection: Any, document_id: int) -> Shown | None:
        """The confirmation of an id with its tax invoice."""
        from crmdesk.services import fapiao_facts

        slip = next(iter(fapiao_facts.confirmations(connection, confirmation_id=document_id)), None)
        return Shown(slip, fapiao_facts.load(connection, slip.fapiao_id)) if slip is not None else None

    def show_facts(self, facts: Shown) -> None:
        """Fills everything in the language in force."""
        slip, one = facts
        self.show_head(facts, slip.number, *words.state(specs.CONFIRMATION_STATES, slip.state))
        left = one.link.home_total_minor - one.home_red_minor
        self.show_amounts(
            (_("To be made red"), amount_text(slip.total_minor, slip.currency), ""),
            (_("Not red yet"), amount_text(left, slip.currency), "second"),
        )
        ends = datetime.fromisoformat(slip.opened_at) + timedelta(hours=specs.CONFIRMATION_HOURS)
        lines = [
            (_("Reason"), words.label(specs.RED_REASONS, slip.reason)),
            (_("Opened by"), words.label(specs.SIDES, slip.opened_by)),
            (_("Opened"), clock.local_words(slip.opened_at)),
            (_("Expires"), clock.local_words(clock.stamp(ends)) if slip.state == specs.PENDING else ""),
            (_("Why it ended"), slip.state_reason),
            (_("Note"), slip.note),
        ]
        self.facts_grid.set_facts([(title, value) for title, value in lines if value])
        self.show_entries(_("Original, red and new, and what belongs to them"), self.chain_entries(one))

    def open_fapiao(self) -> None:
        """Enter: to the tax invoice it is for."""
        if self.facts is not None:
            self._ctx.go("invoices", fapiao=self.facts.slip.fapiao_id)

    def _confirm(self, shown: Shown) -> None:
        actions.confirm(self._ctx, self, shown.slip)

    def _red(self, shown: Shown) -> None:
        fapiao_red.red(self._ctx, self, shown.facts, [shown.slip], shown.slip.reason)

    def _refuse(self, shown: Shown) -> None:
        actions.end_confirmation(self._ctx, self, shown.slip, "refuse")

    def _withdraw(self, shown: Shown) -> None:
        actions.end_confirmation(self._ctx, self, shown.slip, "withdraw")


def _is_pending(shown: Shown) -> bool:
    return shown.slip.state == specs.PENDING


def _is_confirmed(shown: Shown) -> bool:
    return shown.slip.state == specs.CONFIRMED


def _is_open(shown: Shown) -> bool:
    return shown.slip.state in (specs.PENDING, specs.CONFIRMED)
