"""What a foreign document is worth and gained, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.text import _
from crmdesk.ui.book_list import amount_text

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts


def gain_words(minor: int, own: str) -> str:
    """“Gain ¥12.00”, “Loss ¥12.00”, or nothing."""
    if not minor:
        return ""
    words = _("Exchange gain {amount}") if minor > 0 else _("Exchange loss {amount}")
    return words.format(amount=amount_text(abs(minor), own))


def worth_lines(facts: Facts) -> list[tuple[str, str]]:
    """(title, value) of what is foreign about a document."""
    worth = facts.worth
    if worth is None:
        return []
    lines = []
    if worth.paid_currency:
        lines.append((_("Money came in as"), amount_text(worth.paid_minor, worth.paid_currency)))
    if facts.currency == worth.own:
        return lines
    if worth.rate is None or worth.base_minor is None:
        lines.append((_("Exchange rate"), _("None yet: Settings › Currencies gives it one.")))
        return lines
    rate = worth.rate if len(worth.rate) <= 10 else f"≈ {float(worth.rate):.6f}"
    lines.append((_("Exchange rate"), rate))
    lines.append((_("Worth"), amount_text(worth.base_minor, worth.own)))
    lines.append((_("Exchange difference"), gain_words(worth.gain_minor, worth.own)))
    return lines
