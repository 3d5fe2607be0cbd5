"""What contracts ask for today: instalments to bill, contracts that end soon.

An instalment that was billed is an invoice, and counted as one: here are only those that were not.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from crmdesk.models.specs.agreements import CONTRACT
from crmdesk.models.tables.agreements import agreement, instalment, plan
from crmdesk.services.contract_figures import InstalmentFigures, at
from crmdesk.services.today_shape import ENDING_DAYS, WEEK_DAYS, Figure, Target


def to_bill(connection: Connection, on: date) -> Figure:
    """Instalments of contracts in force that are overdue or due within the week, and have no invoice."""
    figures = InstalmentFigures(at(on))
    query = (
        select(instalment.c.currency, func.count(), func.sum(instalment.c.amount_minor))
        .join_from(instalment, plan, plan.c.id == instalment.c.plan_id)
        .join(agreement, agreement.c.id == plan.c.contract_id)
        .where(
            agreement.c.state.in_(("draft", "signed", "running", "finished")),
            instalment.c.due_on <= on + timedelta(days=WEEK_DAYS),
            InstalmentFigures.is_present(at(on)),
            figures.invoice == "",
        )
        .group_by(instalment.c.currency)
    )
    rows = connection.execute(query).all()
    words = f"invoice = '' and days <= {WEEK_DAYS} and state != void"
    return Figure(
        sum(row[1] for row in rows),
        {row[0]: row[2] for row in rows},
        Target("sales", {"part": "instalments", "filter": words}),
    )


def ending(connection: Connection, on: date) -> Figure:
    """Contracts that run and end within ENDING_DAYS, or have ended and were not finished."""
    query = select(func.count()).where(
        agreement.c.kind == CONTRACT,
        agreement.c.state.in_(("signed", "running")),
        agreement.c.ends_on <= on + timedelta(days=ENDING_DAYS),
    )
    words = f"days_left <= {ENDING_DAYS} and (state = signed or state = running)"
    return Figure(
        connection.execute(query).scalar_one(), {}, Target("sales", {"part": "contracts", "filter": words})
    )
