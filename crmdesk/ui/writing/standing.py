"""How a customer stands, in one line over a document that is being written for him."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.text import _
from crmdesk.ui.book_list import amount_text

if TYPE_CHECKING:
    from crmdesk.services.invoice_entry import CustomerStanding


def standing_words(standing: CustomerStanding | None, added_minor: int) -> tuple[str, str]:
    """(sentence, tone). `added_minor` is what the document would add to what he owes, in his currency."""
    if standing is None:
        return _("Choose the customer by code, name, pinyin, initials or phone."), "third"
    parts = [_("Owes {amount}").format(amount=amount_text(standing.balance_minor, standing.currency))]
    if standing.overdue_minor:
        parts.append(
            _("overdue {amount}").format(amount=amount_text(standing.overdue_minor, standing.currency))
        )
    if standing.credit_limit_minor is not None:
        limit = amount_text(standing.credit_limit_minor, standing.currency)
        parts.append(_("credit limit {amount}").format(amount=limit))
    parts.append(_("terms {days} days").format(days=standing.terms_days))
    over = standing.credit_limit_minor is not None and (
        standing.used.minor + added_minor > standing.credit_limit_minor
    )
    if over:
        parts.append(_("over the limit with this document"))
    if not standing.is_active:
        parts.append(_("deactivated: no new documents"))
    if standing.credit_limit_minor is not None and standing.used.unrated:
        from crmdesk.services.exposure import unrated_words

        parts.append(unrated_words(standing.used.unrated))
    is_bad = standing.overdue_minor or over or not standing.is_active
    return " · ".join(parts), "danger" if is_bad else "second"
