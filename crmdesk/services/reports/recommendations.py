"""Report `recommendations`: what to offer the customers that a filter finds, each offer and product with its reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.tables.customers import customer
from crmdesk.services import groups, segment_offers
from crmdesk.services.dialect import among
from crmdesk.services.measures import recommending
from crmdesk.services.reports.declared import (
    CUSTOMER_CODE,
    CUSTOMER_NAME,
    Options,
    Report,
    ReportTable,
    as_at_words,
    declare,
    make,
)
from crmdesk.text import N_, _

CUSTOMERS_MAX = 500
"""Each customer's reasons are looked for in his own history: some milliseconds each."""
EACH = 5
_FIELDS = (
    CUSTOMER_CODE,
    CUSTOMER_NAME,
    Field(
        "kind",
        Kind.CHOICE,
        N_("Kind"),
        width=10,
        choices=(
            Choice("offer", N_("Offer of a group")),
            Choice(recommending.ASKED, N_("Asked for")),
            Choice(recommending.DUE, N_("Due again")),
            Choice(recommending.TOGETHER, N_("Goes with it")),
            Choice(recommending.SIMILAR, N_("Others like him")),
        ),
    ),
    Field("product", Kind.CODE, N_("Product"), width=10),
    Field("what", Kind.TEXT, N_("What to offer"), width=24),
    Field("reason", Kind.TEXT, N_("Reason"), width=50),
)


def _fill(connection: Connection, options: Options) -> ReportTable:
    filter_text = options.filter or "active = yes"
    ids = groups.members(connection, groups.Group(groups.FILTER, filter_text))
    if len(ids) > CUSTOMERS_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("{count} customers are too many at once: name at most {max} by a filter.").format(
                count=len(ids), max=CUSTOMERS_MAX
            ),
            field="filter",
        )
    chosen = select(customer.c.code, customer.c.name).where(among(customer.c.id, ids))
    rows: list[tuple[Any, ...]] = []
    for code, name in connection.execute(chosen.order_by(customer.c.code)).all():
        rows += [
            (code, name, "offer", "", one.offer, one.reason)
            for one in segment_offers.offers_of(connection, code)
        ]
        rows += [
            (code, name, one.kind, one.product, one.name, one.reason)
            for one in recommending.recommend(connection, code, limit=EACH)
        ]
    return make(
        "recommendations",
        _("What to offer"),
        as_at_words(clock.today()),
        _FIELDS,
        rows,
        (),
        as_of=clock.today().isoformat(),
        filter=filter_text,
    )


declare(
    Report(
        "recommendations",
        N_("What to offer"),
        N_("Offers of groups and products to offer the customers of a filter, each with its reason."),
        ("filter",),
        _fill,
    )
)
