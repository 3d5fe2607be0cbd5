"""Lists of recurring invoices and of closed periods."""

from __future__ import annotations

from sqlalchemy import and_, literal, or_

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.models.specs.recurring import MODE, UNITS
from crmdesk.models.tables.closings import closing
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.recurring import recurring
from crmdesk.services.dialect import contains
from crmdesk.services.lists.columns import Column, Join, ListSpec, Source
from crmdesk.services.lists.document_kinds import CUSTOMER, CUSTOMER_NAME, amount, searcher
from crmdesk.text import N_

_NEED_CUSTOMER = frozenset({"customer"})

RECURRING = ListSpec(
    kind="recurring",
    label=N_("Recurring invoices"),
    columns=(
        Column(Field("code", Kind.CODE, N_("Code"), width=8), recurring.c.code),
        Column(Field("title", Kind.TEXT, N_("Title"), width=20), recurring.c.name),
        Column(CUSTOMER, customer.c.code, needs=_NEED_CUSTOMER, is_shown=False, title="name"),
        Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=_NEED_CUSTOMER),
        Column(Field("every", Kind.INTEGER, N_("Every"), width=6), recurring.c.every),
        Column(Field("period", Kind.CHOICE, N_("Months or weeks"), choices=UNITS, width=8), recurring.c.unit),
        Column(Field("next", Kind.DATE, N_("Next")), recurring.c.next_on),
        Column(Field("until", Kind.DATE, N_("Until")), recurring.c.ends_on),
        Column(Field("count", Kind.INTEGER, N_("How often"), width=6), recurring.c.times, is_shown=False),
        Column(Field("done", Kind.INTEGER, N_("Made"), sign="any", width=6), recurring.c.done),
        Column(MODE, recurring.c.mode),
        Column(amount("total", N_("Total")), recurring.c.total_minor, is_summed=True),
        Column(specs.CURRENCY, recurring.c.currency, is_shown=False),
        Column(Field("active", Kind.BOOLEAN, N_("Active"), width=6), recurring.c.is_active),
    ),
    source=Source(
        table=recurring,
        id=recurring.c.id,
        columns={},
        joins={"customer": Join(customer, customer.c.id == recurring.c.customer_id)},
        customer_id=recurring.c.customer_id,
        search=searcher((recurring.c.code, recurring.c.name), recurring.c.customer_id),
    ),
    default_sort="next",
    currency=recurring.c.currency,
    empty_text=N_("No recurring invoices. Copy an invoice and say how often it comes."),
)

CLOSING_KINDS = (
    Choice("close", N_("Closed"), "good"),
    Choice("lock", N_("Locked"), "good"),
    Choice("reopen", N_("Reopened"), "warn"),
)
CLOSINGS = ListSpec(
    kind="closings",
    label=N_("Closed periods"),
    columns=(
        Column(Field("until", Kind.DATE, N_("Until")), closing.c.until),
        Column(Field("kind", Kind.STATE, N_("What"), choices=CLOSING_KINDS), closing.c.kind),
        Column(Field("at", Kind.MOMENT, N_("When"), width=18), closing.c.recorded_at),
        Column(Field("actor", Kind.TEXT, N_("By")), closing.c.actor),
        Column(Field("reason", Kind.TEXT, N_("Reason"), width=24), closing.c.reason),
    ),
    source=Source(
        table=closing,
        id=closing.c.id,
        columns={},
        search=lambda _connection, typed, _most: and_(
            *(
                or_(contains(closing.c.reason, word), contains(closing.c.actor, word))
                for word in typed.split()
            ),
            literal(True),
        ),
    ),
    default_sort="-at",
    empty_text=N_("No period was closed yet."),
)
