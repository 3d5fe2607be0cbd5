"""What the parts of the place are called, their icons, and the tone of a state."""

from __future__ import annotations

from datetime import date

from crmdesk.models.specs import agreements as specs
from crmdesk.text import N_, _

PRODUCTS, REQUIREMENTS, QUOTES, CONTRACTS, ORDERS, INSTALMENTS = (
    "products", "requirements", "quotes", "contracts", "orders", "instalments",
)  # fmt: skip
KINDS = {
    REQUIREMENTS: specs.REQUIREMENT, QUOTES: specs.QUOTE, CONTRACTS: specs.CONTRACT, ORDERS: specs.ORDER,
}  # fmt: skip
"""Of each list the kind of its records; in the other direction `PART_OF`."""
PART_OF = {kind: part for part, kind in KINDS.items()}
TITLES = {
    specs.REQUIREMENT: N_("Requirements"),
    specs.QUOTE: N_("Quotes"),
    specs.CONTRACT: N_("Contracts"),
    specs.ORDER: N_("Orders"),
}
NAMES = {
    specs.REQUIREMENT: N_("Requirement"),
    specs.QUOTE: N_("Quote"),
    specs.CONTRACT: N_("Contract"),
    specs.ORDER: N_("Order"),
    "invoice": N_("Invoice"),
}
NEW_WORDS = {
    specs.REQUIREMENT: N_("New requirement"),
    specs.QUOTE: N_("New quote"),
    specs.CONTRACT: N_("New contract"),
    specs.ORDER: N_("New order"),
}
ICONS = {
    specs.REQUIREMENT: "message-square",
    specs.QUOTE: "file-text",
    specs.CONTRACT: "book",
    specs.ORDER: "inbox",
    "invoice": "receipt",
}


def state_words(kind: str, state: str) -> tuple[str, str]:
    """(words, tone) of a state as a person sees it."""
    if kind == "invoice":
        return (_("Void"), "neutral") if state == "void" else (_("Issued"), "good")
    choices = specs.INSTALMENT_STATES if kind == "instalment" else specs.STATES[kind]
    for choice in choices:
        if choice.value == state:
            return _(choice.label), choice.tone
    return state, "neutral"


def numbered(number: str, revision: int) -> str:
    """A number with the version where there is more than one: Q-2026-0001/2."""
    return f"{number}/{revision}" if revision > 1 else number


def days_words(day: date, today: date) -> str:
    """How long until a day, or since."""
    days = (day - today).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("1 day left")
    if days == -1:
        return _("1 day late")
    return (
        _("{days} days left").format(days=days)
        if days > 0
        else _("{days} days late").format(days=f"{-days:,}")
    )
