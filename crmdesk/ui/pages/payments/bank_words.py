"""How a bank line is spoken of: its states, how sure a suggestion is, the facts that came with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.text import N_, _

if TYPE_CHECKING:
    from crmdesk.services.banking.desk import LineFacts
    from crmdesk.services.banking.matching import Suggestion

NEW, MATCHED, BOOKED, IGNORED = "new", "matched", "booked", "ignored"
STATES = {
    NEW: (N_("Waiting"), "info"),
    MATCHED: (N_("Tied"), "good"),
    BOOKED: (N_("Booked"), "good"),
    IGNORED: (N_("Set aside"), "neutral"),
}


def certainty(one: Suggestion | None) -> tuple[str, str]:
    """(words, tone) of how much a suggestion can be trusted."""
    if one is None or one.kind == "none":
        return "", "neutral"
    return (_("Sure"), "good") if one.is_sure else (_("Please check"), "warn")


def facts_of(facts: LineFacts) -> list[tuple[str, str]]:
    """(title, value) of what the bank said; what is empty is left out."""
    line = facts.line
    file = _("{file}, row {row}").format(file=facts.file, row=facts.row)
    lines = [
        (_("Text"), line.text),
        (_("Payer's account"), line.payer_account),
        (_("Reference"), " · ".join(filter(None, (line.reference, file)))),
    ]
    return [(title, value) for title, value in lines if value]
