"""How documents are named and what state they are in, in words and tones: one place for lists, details and pickers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmdesk.models.specs.documents import BILL_EVENTS, EVENTS, GROUNDS, METHODS
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amount_text

if TYPE_CHECKING:
    from crmdesk.services.confirmations import Confirmation
    from crmdesk.services.document_facts import Facts

ICONS = {
    "invoice": "file-text",
    "opening": "book",
    "credit": "undo",
    "payment": "banknote",
    "refund": "rotate-ccw",
    "writeoff": "ban",
    "recovery": "coins",
    "discount": "percent",
    "transfer": "users",
    "transfer_out": "users",
    "deposit": "lock",
    "deposit_return": "rotate-ccw",
    "deposit_kept": "coins",
    "deposit_applied": "link",
    "bill_endorsement": "arrow-right",
    "bill_discount": "percent",
    "bill_collection": "banknote",
    "bill_recourse": "ban",
}
PLACES = {
    "invoice": "invoices",
    "credit": "invoices",
    "opening": "invoices",
    "payment": "payments",
    "refund": "payments",
    "writeoff": "invoices",
    "recovery": "invoices",
    **dict.fromkeys(
        (
            "transfer", "transfer_out", "discount", "deposit", "deposit_return", "deposit_kept", "deposit_applied",
            "bill", *BILL_EVENTS,
        ),
        "payments",
    ),
}  # fmt: skip
"""Where a document is shown; the place takes `number` and `kind`. What was made out of another document is shown
there (`document_facts.home_of`)."""
BILL_STATES = {
    "held": (N_("At hand"), "info"),
    "endorsed": (N_("Endorsed"), "neutral"),
    "discounted": (N_("Discounted"), "neutral"),
    "collected": (N_("Collected"), "good"),
    "dishonoured": (N_("Dishonoured"), "danger"),
    "reversed": (N_("Reversed"), "neutral"),
}


def kind_words(kind: str) -> str:
    """What a document is called, also one that takes another back."""
    return _(EVENTS[kind].label) if kind in EVENTS else kind


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
    if facts.kind in ("payment", "credit", "opening", "transfer"):
        return credit_state(
            is_reversed=facts.is_reversed, open_minor=facts.open_minor, total_minor=facts.total_minor
        )
    if facts.is_reversed:
        return _("Reversed"), "neutral"
    if facts.kind == "deposit":
        return deposit_state(is_reversed=False, held_minor=facts.open_minor, total_minor=facts.total_minor)
    return _("Posted"), "good"


def deposit_state(*, is_reversed: bool, held_minor: Any, total_minor: Any) -> tuple[str, str]:
    """(words, tone) of a deposit."""
    if is_reversed:
        return _("Reversed"), "neutral"
    if not held_minor:
        return _("All settled"), "good"
    return (_("Held"), "info") if held_minor == total_minor else (_("Partly returned"), "warn")


def open_words(facts: Facts) -> str:
    """What the second amount of a document is called; empty where it has none."""
    if facts.kind == "invoice" or facts.effect_minor > 0:
        return _("Open") if facts.kind not in ("refund", "transfer_out") else ""
    return {"deposit": _("Held"), "writeoff": _("Not recovered"), "recovery": ""}.get(facts.kind, _("Unused"))


def links_words(facts: Facts) -> tuple[str, str]:
    """(title, what it says while it is empty) of the documents that belong to one."""
    if facts.kind == "invoice" or (facts.effect_minor > 0 and facts.kind not in ("refund", "transfer_out")):
        return _("Settled by"), _("Nothing received yet")
    if facts.kind == "deposit":
        return _("What became of it"), _("All of it is held")
    if facts.kind == "writeoff":
        return _("Invoice and recoveries"), _("Nothing was recovered")
    return _("Settles"), _("Nothing allocated yet")


def slip_words(slip: Confirmation) -> str:
    """What a customer answered to a statement: agreed as at its date, or by how much it differs."""
    day = slip.as_of.isoformat()
    if slip.is_agreed:
        return _("Statement as at {date} confirmed").format(date=day)
    difference = amount_text(slip.difference_minor, slip.currency)
    return _("Statement as at {date} differs by {amount}").format(date=day, amount=difference)
