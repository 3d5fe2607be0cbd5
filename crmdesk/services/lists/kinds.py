"""The lists there are, by name."""

from __future__ import annotations

from crmdesk.models.errors import Code, NotFound
from crmdesk.services.lists.adaptation import DICTIONARIES, FIELDS, VIEWS
from crmdesk.services.lists.agreements import CONTRACTS, INSTALMENTS, ORDERS, QUOTES, REQUIREMENTS
from crmdesk.services.lists.banking import BANK_LINES
from crmdesk.services.lists.category_lists import CATEGORY_CHANGES, CATEGORY_HISTORY, TAG_HISTORY
from crmdesk.services.lists.columns import ListSpec
from crmdesk.services.lists.customers import CONTACTS, CUSTOMERS
from crmdesk.services.lists.documents import (
    CREDITS,
    DISCOUNTS,
    DRAFTS,
    INVOICES,
    OPENINGS,
    PAYMENTS,
    RECOVERIES,
    REFUNDS,
    WRITEOFFS,
)
from crmdesk.services.lists.duplicates import DUPLICATES, MERGES
from crmdesk.services.lists.exchange import RATES, REVALUATIONS
from crmdesk.services.lists.fapiao import FAPIAO, FAPIAO_REQUESTS, RED_CONFIRMATIONS
from crmdesk.services.lists.measured import STAGE_MOVES
from crmdesk.services.lists.open_items import OPEN_ITEMS
from crmdesk.services.lists.people import ACTIVITIES, COMMENTS, RELATIONS, TASKS
from crmdesk.services.lists.records import (
    AUDIT,
    CATEGORIES,
    IMPORTS,
    LETTER_TEXTS,
    MONEY_ACCOUNTS,
    PRINTS,
    PRODUCTS,
    TAGS,
    TAX_RATES,
)
from crmdesk.services.lists.reminders import (
    DUNNING_HOLDS,
    PROMISES,
    REMINDER_RULES,
    REMINDERS,
    REMINDERS_DUE,
    REMINDERS_HELD,
)
from crmdesk.services.lists.repeated import CLOSINGS, RECURRING
from crmdesk.services.lists.segments import SEGMENT_EVENTS, SEGMENT_MEMBERS, SEGMENTS
from crmdesk.services.lists.set_aside import BILLS, DEPOSITS, TRANSFERS
from crmdesk.services.lists.watching import WATCH_LOG, WATCHED_FOLDERS
from crmdesk.text import _

KINDS: dict[str, ListSpec] = {
    spec.kind: spec
    for spec in (
        CUSTOMERS,
        CONTACTS,
        DUPLICATES,
        MERGES,
        STAGE_MOVES,
        ACTIVITIES,
        TASKS,
        COMMENTS,
        RELATIONS,
        CATEGORIES,
        CATEGORY_HISTORY,
        CATEGORY_CHANGES,
        TAGS,
        TAG_HISTORY,
        SEGMENTS,
        SEGMENT_MEMBERS,
        SEGMENT_EVENTS,
        PRODUCTS,
        REQUIREMENTS,
        QUOTES,
        CONTRACTS,
        ORDERS,
        INSTALMENTS,
        INVOICES,
        DRAFTS,
        OPEN_ITEMS,
        OPENINGS,
        CREDITS,
        PAYMENTS,
        REFUNDS,
        WRITEOFFS,
        RECOVERIES,
        DISCOUNTS,
        FAPIAO_REQUESTS,
        FAPIAO,
        RED_CONFIRMATIONS,
        RECURRING,
        CLOSINGS,
        TRANSFERS,
        DEPOSITS,
        BILLS,
        TAX_RATES,
        RATES,
        REVALUATIONS,
        MONEY_ACCOUNTS,
        BANK_LINES,
        PRINTS,
        REMINDERS_DUE,
        REMINDERS_HELD,
        REMINDERS,
        PROMISES,
        DUNNING_HOLDS,
        REMINDER_RULES,
        LETTER_TEXTS,
        FIELDS,
        DICTIONARIES,
        VIEWS,
        IMPORTS,
        WATCHED_FOLDERS,
        WATCH_LOG,
        AUDIT,
    )
}
"""Every list by the name that `crmdesk list` uses."""


def spec_of(kind: str) -> ListSpec:
    """The declaration of a list, or NotFound `list_unknown`; `tax-rates` is `tax_rates`."""
    found = KINDS.get(kind.replace("-", "_"))
    if found is None:
        raise NotFound(
            Code.LIST_UNKNOWN,
            _("There is no list “{kind}”. Known: {known}.").format(kind=kind[:40], known=", ".join(KINDS)),
            field="kind",
        )
    return found
