"""The list of open items: every invoice, opening balance, payment and credit note that is not settled yet.

It reads the small table of open items only, so it is quick however many documents there are.
"""

from __future__ import annotations

from sqlalchemy import and_, func

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, open_item
from crmdesk.services.lists.columns import TODAY, Column, Join, ListSpec, Source
from crmdesk.services.lists.document_kinds import CUSTOMER, CUSTOMER_NAME, OVERDUE, amount, searcher
from crmdesk.text import N_

item_due = func.coalesce(open_item.c.due_on, open_item.c.dated_on, type_=Day())
"""Without a due date an item's own date counts (domain.md, ageing)."""
item_open = open_item.c.side * open_item.c.open_minor
"""What the item adds to the balance: money to a customer's credit is negative."""

_KIND = Field(
    "kind",
    Kind.CHOICE,
    N_("Kind"),
    choices=(
        Choice("invoice", N_("Invoice")),
        Choice("opening", N_("Opening balance")),
        Choice("payment", N_("Payment")),
        Choice("credit", N_("Credit note")),
        Choice("transfer", N_("Transfer")),
    ),
    width=10,
)
_CUSTOMER = frozenset({"customer"})

OPEN_ITEMS = ListSpec(
    kind="open_items",
    label=N_("Open items"),
    columns=(
        Column(specs.NUMBER, document.c.number),
        Column(_KIND, document.c.kind),
        Column(specs.DATE, open_item.c.dated_on),
        Column(specs.DUE, item_due),
        Column(CUSTOMER, customer.c.code, needs=_CUSTOMER, is_shown=False, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=_CUSTOMER),
        Column(amount("open", N_("Open")), item_open, is_summed=True),
        Column(OVERDUE, and_(open_item.c.side == 1, item_due < TODAY), is_shown=False),
        Column(specs.CURRENCY, open_item.c.currency, is_shown=False),
        Column(specs.REFERENCE, document.c.reference, is_shown=False),
    ),
    source=Source(
        table=open_item.join(document, document.c.id == open_item.c.document_id),
        id=open_item.c.document_id,
        columns={},
        where=(open_item.c.open_minor != 0,),
        joins={"customer": Join(customer, customer.c.id == open_item.c.customer_id)},
        customer_id=open_item.c.customer_id,
        search=searcher((document.c.number, document.c.reference, document.c.note), open_item.c.customer_id),
    ),
    default_sort="due",
    currency=open_item.c.currency,
    empty_text=N_("Nothing is open: everything is paid and every payment is used."),
)
