"""The quotes, contracts and orders of one customer, for his page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.specs.agreements import CONTRACT, ORDER, QUOTE, REQUIREMENT
from crmdesk.models.tables.agreements import agreement
from crmdesk.services.agreements import shown_state
from crmdesk.services.contract_figures import ContractFigures, at

SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """One of them in a line; amounts in minor units. `state` is what a person sees today."""

    kind: str
    number: str
    revision: int
    title: str
    dated_on: date
    currency: str
    total_minor: int
    state: str
    received_percent: int | None
    """Of contracts only."""


def of_customer(
    connection: Connection, customer_id: int, limit: int = SHOWN_MAX
) -> tuple[AgreementLine, ...]:
    """Contracts first, then orders, quotes and requirements, the newest first; of a quote the newest version only."""
    today = clock.today()
    later = agreement.alias("later")
    is_newest = ~(
        select(later.c.id)
        .where(
            later.c.kind == agreement.c.kind,
            later.c.number == agreement.c.number,
            later.c.revision > agreement.c.revision,
        )
        .exists()
    )
    rows = connection.execute(
        select(
            agreement.c.kind,
            agreement.c.number,
            agreement.c.revision,
            agreement.c.title,
            agreement.c.dated_on,
            agreement.c.currency,
            agreement.c.total_minor,
            agreement.c.state,
            agreement.c.valid_until,
            ContractFigures(at(today)).percent.label("percent"),
        )
        .where(agreement.c.customer_id == customer_id, is_newest)
        .order_by(agreement.c.dated_on.desc(), agreement.c.id.desc())
        .limit(limit)
    ).all()
    order = (CONTRACT, ORDER, QUOTE, REQUIREMENT)
    return tuple(
        AgreementLine(
            row.kind,
            row.number,
            row.revision,
            row.title,
            row.dated_on,
            row.currency,
            row.total_minor,
            shown_state(row.kind, row.state, row.valid_until, today),
            row.percent if row.kind == CONTRACT else None,
        )
        for row in sorted(rows, key=lambda row: order.index(row.kind))
    )
