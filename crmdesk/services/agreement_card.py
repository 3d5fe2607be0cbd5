"""Everything that the window shows of one requirement, quote, contract or order, read in one moment.

Figures as at a date (today unless told otherwise) come from `contract_figures`, as in the list and the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.specs.agreements import CONTRACT, KINDS, ORDER, QUOTE, TRANSITIONS
from crmdesk.models.tables.agreements import agreement, agreement_link, instalment, plan
from crmdesk.models.tables.customers import customer
from crmdesk.services import agreement_paper, agreements, attachments, contract_bills
from crmdesk.services.agreements import Agreement
from crmdesk.services.attachments import Attachment
from crmdesk.services.contract_figures import ContractFigures, InstalmentFigures, at
from crmdesk.services.dialect import among
from crmdesk.services.documents.model import InvoiceLine
from crmdesk.services.fapiao_totals import fapiao_totals, invoiced_not_received, received_not_invoiced
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Step:
    """One paper of the chain requirement → quote → contract → order → invoice, amounts in minor units."""

    kind: str
    id: int
    """Of the agreement, or of the invoice's document."""
    number: str
    revision: int
    state: str
    """Of an invoice: issued or void."""
    dated_on: date
    total_minor: int


@dataclass(frozen=True, slots=True)
class InstalmentShown:
    """An instalment as at the date: its state is derived, never stored."""

    id: int
    position: int
    label: str
    due_on: date
    amount_minor: int
    state: str
    """pending, part, done, overdue or void (of a plan that was replaced)."""
    received_minor: int
    open_minor: int
    invoice: str
    """The number of the invoice that stands, or empty."""


@dataclass(frozen=True, slots=True)
class PlanShown:
    """One version of the plan, the newest first."""

    version: int
    way: str
    """equal, percent, monthly, by_hand; none for a cancelled plan."""
    dated_on: date
    reason: str
    is_present: bool
    instalments: tuple[InstalmentShown, ...]


@dataclass(frozen=True, slots=True)
class Money:
    """What is billed, received and open of a contract or order, in minor units."""

    billed_minor: int
    received_minor: int
    """Money settled on its invoices, and money tied to it."""
    unpaid_minor: int
    received_percent: int
    fapiao_minor: int

    @property
    def invoiced_not_received_minor(self) -> int:
        """已开票未回款."""
        return invoiced_not_received(self.fapiao_minor, self.received_minor)

    @property
    def received_not_invoiced_minor(self) -> int:
        """已回款未开票."""
        return received_not_invoiced(self.fapiao_minor, self.received_minor)


@dataclass(frozen=True, slots=True)
class Card:
    """One agreement. `state` is what a person sees on the date (a quote may be expired)."""

    head: Agreement
    customer: str
    customer_name: str
    state: str
    steps_possible: tuple[str, ...]
    """The states it can move to by the table."""
    lines: tuple[InvoiceLine, ...]
    revisions: tuple[Step, ...]
    """Every version of a quote, oldest first."""
    chain: tuple[Step, ...]
    plans: tuple[PlanShown, ...]
    money: Money | None
    """Of contracts and orders."""
    attachments: tuple[Attachment, ...]


def load(connection: Connection, agreement_id: int, on: date | None = None) -> Card:
    """The agreement with this id, as at a date. Raises NotFound."""
    if connection.execute(select(agreement.c.id).where(agreement.c.id == agreement_id)).first() is None:
        raise NotFound(Code.NOT_FOUND, _("This document does not exist any more."), field="agreement")
    head = agreements.by_id(connection, agreement_id)
    day = on or clock.today()
    owner = connection.execute(
        select(customer.c.code, customer.c.name).where(customer.c.id == head.customer_id)
    ).one()
    return Card(
        head,
        owner.code,
        owner.name,
        head.state_on(day),
        TRANSITIONS[head.kind][head.state],
        agreement_paper.lines_of(connection, head),
        _revisions(connection, head, day),
        _chain(connection, head, day),
        _plans(connection, head, day) if head.kind == CONTRACT else (),
        money_of(connection, head.id, day) if head.kind in (CONTRACT, ORDER) else None,
        attachments.of_record(connection, head.kind, head.id),
    )


def by_number(connection: Connection, kind: str, number: str, on: date | None = None) -> Card:
    """As `load`, by kind and number; of a quote the newest version. Raises NotFound."""
    return load(connection, agreements.require(connection, kind, number).id, on)


def money_of(connection: Connection, agreement_id: int, on: date) -> Money:
    """The figures of a contract or order as at a date."""
    figures = ContractFigures(at(on))
    row = connection.execute(
        select(
            figures.billed.label("billed"),
            figures.received.label("received"),
            figures.unpaid.label("unpaid"),
            figures.percent.label("percent"),
        )
        .select_from(agreement)
        .where(agreement.c.id == agreement_id)
    ).one()
    fapiao_minor = fapiao_totals(connection, [agreement_id]).get(agreement_id, 0)
    return Money(row.billed, row.received, row.unpaid, row.percent, fapiao_minor=fapiao_minor)


def _step(row: Any, on: date) -> Step:
    state = agreements.shown_state(row.kind, row.state, row.valid_until, on)
    return Step(row.kind, row.id, row.number, row.revision, state, row.dated_on, row.total_minor)


def _revisions(connection: Connection, head: Agreement, on: date) -> tuple[Step, ...]:
    if head.kind != QUOTE:
        return ()
    rows = connection.execute(
        select(agreement)
        .where(agreement.c.kind == QUOTE, agreement.c.number == head.number)
        .order_by(agreement.c.revision)
    )
    return tuple(_step(row, on) for row in rows)


def _chain(connection: Connection, head: Agreement, on: date) -> tuple[Step, ...]:
    """Everything that led here or came of it, in the order of the trade; of quotes the newest of each number."""
    known = {head.id}
    for near, far in (("from_id", "to_id"), ("to_id", "from_id")):
        reached = {head.id}
        while reached:
            query = select(agreement_link.c[far]).where(among(agreement_link.c[near], reached))
            reached = set(connection.execute(query).scalars()) - known
            known |= reached
    rows = connection.execute(select(agreement).where(among(agreement.c.id, known))).all()
    newest: dict[tuple[str, str], Step] = {}
    for row in sorted(rows, key=lambda row: row.revision):
        newest[row.kind, row.number] = _step(row, on)
    steps = sorted(newest.values(), key=lambda step: (KINDS.index(step.kind), step.id))
    bills = [
        Step(
            "invoice",
            bill.document_id,
            bill.number,
            1,
            "issued" if bill.void_on is None or bill.void_on > on else "void",
            bill.dated_on,
            bill.total_minor,
        )
        for bill in contract_bills.bills_of(connection, [step.id for step in steps])
        if bill.dated_on <= on
    ]
    return (*steps, *bills)


def _plans(connection: Connection, head: Agreement, on: date) -> tuple[PlanShown, ...]:
    figures = InstalmentFigures(at(on))
    rows = connection.execute(
        select(
            instalment.c.plan_id,
            instalment.c.id,
            instalment.c.position,
            instalment.c.label,
            instalment.c.due_on,
            instalment.c.amount_minor,
            figures.state.label("state"),
            figures.received.label("received"),
            figures.open.label("open"),
            figures.invoice.label("invoice"),
        )
        .join_from(instalment, plan, plan.c.id == instalment.c.plan_id)
        .join(agreement, agreement.c.id == plan.c.contract_id)
        .where(plan.c.contract_id == head.id)
        .order_by(instalment.c.plan_id, instalment.c.position)
    )
    own: dict[int, list[InstalmentShown]] = {}
    for row in rows:
        own.setdefault(row.plan_id, []).append(InstalmentShown(*row[1:]))
    heads = connection.execute(
        select(plan, InstalmentFigures.is_present(at(on)).label("is_present"))
        .where(plan.c.contract_id == head.id, plan.c.dated_on <= on)
        .order_by(plan.c.version.desc())
    )
    return tuple(
        PlanShown(
            row.version, row.way, row.dated_on, row.reason, bool(row.is_present), tuple(own.get(row.id, ()))
        )
        for row in heads
    )
