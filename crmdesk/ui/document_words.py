"""How documents are named and what state they are in, in words and tones: one place for lists, details and pickers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmdesk.models.specs.documents import GROUNDS, METHODS
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text

if TYPE_CHECKING:
    from crmdesk.services.confirmations import Confirmation
    from crmdesk.services.document_facts import Facts

KINDS = {
    "invoice": N_("Invoice"),
    "opening": N_("Opening balance"),
    "credit": N_("Credit note"),
    "payment": N_("Payment"),
    "refund": N_("Refund"),
    "writeoff": N_("Write-off"),
    "recovery": N_("Recovery"),
    "bank": N_("Bank entry"),
}
ICONS = {
    "invoice": "file-text",
    "opening": "book",
    "credit": "undo",
    "payment": "banknote",
    "refund": "rotate-ccw",
    "writeoff": "ban",
}


def kind_words(kind: str) -> str:
    """What a document is called."""
    return _(KINDS[kind]) if kind in KINDS else kind


def method_words(method: str) -> str:
    """How money moved."""
    return next((_(choice.label) for choice in METHODS if choice.value == method), method)


def ground_words(ground: str) -> str:
    """Why a receivable was given up."""
    return next((_(choice.label) for choice in GROUNDS if choice.value == ground), ground)


def late_words(days: int) -> str:
    """How late something is."""
    return _("Overdue 1 day") if days == 1 else _("Overdue {days} days").format(days=days)


def debit_state(*, is_void: bool, open_minor: Any, total_minor: Any, days_late: int) -> tuple[str, str]:
    """(words, tone) of an invoice or opening balance."""
    if is_void:
        return _("Void"), "neutral"
    if not open_minor:
        return _("Paid"), "good"
    if days_late > 0:
        return late_words(days_late), "danger"
    if open_minor < total_minor:
        return _("Part paid"), "warn"
    return (_("Due today"), "warn") if days_late == 0 else (_("Open"), "info")


def credit_state(*, is_reversed: bool, open_minor: Any, total_minor: Any) -> tuple[str, str]:
    """(words, tone) of a payment, a credit note or an opening credit."""
    if is_reversed:
        return _("Reversed"), "neutral"
    if not open_minor:
        return _("Used up"), "good"
    if open_minor < total_minor:
        return _("Partly used"), "warn"
    return _("Unused"), "info"


def state_of(facts: Facts) -> tuple[str, str]:
    """(words, tone) of any document."""
    if facts.kind == "invoice" or (facts.kind == "opening" and facts.effect_minor > 0):
        return debit_state(
            is_void=facts.is_reversed,
            open_minor=facts.open_minor,
            total_minor=facts.total_minor,
            days_late=facts.days_late,
        )
    if facts.kind in ("payment", "credit", "opening"):
        return credit_state(
            is_reversed=facts.is_reversed, open_minor=facts.open_minor, total_minor=facts.total_minor
        )
    return (_("Reversed"), "neutral") if facts.is_reversed else (_("Posted"), "good")


def slip_words(slip: Confirmation) -> str:
    """What a customer answered to a statement: agreed as at its date, or by how much it differs."""
    day = slip.as_of.isoformat()
    if slip.is_agreed:
        return _("Statement as at {date} confirmed").format(date=day)
    difference = amount_text(slip.difference_minor, slip.currency)
    return _("Statement as at {date} differs by {amount}").format(date=day, amount=difference)
