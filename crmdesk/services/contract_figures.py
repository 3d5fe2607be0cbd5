"""What is billed, received and open of contracts and of their instalments as at a date, as expressions for queries.

The list, the report and the card read these and nothing else, so they agree. Everything is decided by the events
dated on or before the date: nothing of it is stored. Amounts in minor units of the contract's currency.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, and_, case, func, literal, or_, select

from crmdesk.models.tables.agreements import (
    agreement,
    agreement_bill,
    instalment,
    instalment_bill,
    payment_contract,
    plan,
)
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.documents import allocation, document
from crmdesk.services.posted import REVERSAL
from crmdesk.services.settled import MONEY_KINDS, refund_events

Moment = ColumnElement[date]

_BACK = document.alias("figure_back")
_CREDIT = document.alias("figure_credit")
_LATER = plan.alias("figure_later_plan")


def at(on: date) -> Moment:
    """A date as the moment of the expressions."""
    return literal(on, Day())


def _is_back(on: Moment) -> ColumnElement[bool]:
    """Whether the document of the query was reversed by then."""
    return (
        select(_BACK.c.id)
        .where(
            _BACK.c.origin_id == document.c.id,
            _BACK.c.kind == document.c.kind + REVERSAL,
            _BACK.c.dated_on <= on,
        )
        .correlate(document)
        .exists()
    )


def bills(on: Moment) -> FromClause:
    """The invoices of agreements that stand at a moment: agreement, document, number, total, root of the instalment."""
    return (
        select(
            agreement_bill.c.agreement_id,
            document.c.id.label("document_id"),
            document.c.number,
            document.c.total_minor,
            instalment_bill.c.instalment_id.label("root_id"),
        )
        .join_from(agreement_bill, document, document.c.id == agreement_bill.c.document_id)
        .outerjoin(instalment_bill, instalment_bill.c.document_id == document.c.id)
        .where(document.c.dated_on <= on, ~_is_back(on))
        .subquery("bills")
    )


def _sum(
    column: ColumnElement[Any], owner: FromClause, *conditions: ColumnElement[bool]
) -> ColumnElement[int]:
    query = select(func.coalesce(func.sum(column), 0, type_=Integer())).where(*conditions)
    return query.correlate(owner).scalar_subquery()


def _settled(on: Moment, owner: FromClause, is_own: Any, *, is_money: bool | None) -> ColumnElement[int]:
    """What was settled of the invoices of a row by then: by money, by something else, or (None) by anything."""
    own = bills(on)
    amounts = (
        select(func.coalesce(func.sum(allocation.c.amount_minor), 0, type_=Integer()))
        .join_from(own, allocation, allocation.c.debit_id == own.c.document_id)
        .where(is_own(own), allocation.c.dated_on <= on)
    )
    if is_money is not None:
        kind = _CREDIT.c.kind.in_(MONEY_KINDS)
        amounts = amounts.join(_CREDIT, _CREDIT.c.id == allocation.c.credit_id).where(
            kind if is_money else ~kind
        )
    return amounts.correlate(owner).scalar_subquery()


class ContractFigures:
    """The figures of the contract (or order) in the row of `agreement`, as at a moment."""

    def __init__(self, on: Moment) -> None:
        def is_own(own: FromClause) -> ColumnElement[bool]:
            return own.c.agreement_id == agreement.c.id

        own = bills(on)
        self.billed = _sum(own.c.total_minor, agreement, is_own(own))
        self.paid = _settled(on, agreement, is_own, is_money=True)
        self.reduced = _settled(on, agreement, is_own, is_money=False)
        self.tied = self._tied(on)
        self.received = self.paid + self.tied
        self.unpaid = agreement.c.total_minor - self.received - self.reduced
        self.percent: ColumnElement[int] = case(
            (agreement.c.total_minor > 0, self.received * 100 // agreement.c.total_minor), else_=0
        )

    @staticmethod
    def _tied(on: Moment) -> ColumnElement[int]:
        """What of the payments named for the contract is still free: neither allocated nor paid back."""
        tie = payment_contract
        of_row = tie.c.contract_id == agreement.c.id
        refunds = refund_events().subquery("refunds")
        received = _sum(
            document.c.total_minor,
            agreement,
            of_row,
            document.c.id == tie.c.document_id,
            document.c.dated_on <= on,
            ~_is_back(on),
        )
        used = _sum(
            allocation.c.amount_minor,
            agreement,
            of_row,
            allocation.c.credit_id == tie.c.document_id,
            allocation.c.dated_on <= on,
        )
        given_back = _sum(
            refunds.c.amount,
            agreement,
            of_row,
            refunds.c.credit_id == tie.c.document_id,
            refunds.c.dated_on <= on,
        )
        return received - used - given_back


class InstalmentFigures:
    """The figures of the instalment in the row of `instalment` (with its `agreement` and `plan`), as at a moment."""

    def __init__(self, on: Moment) -> None:
        def is_own(own: FromClause) -> ColumnElement[bool]:
            return own.c.root_id == instalment.c.root_id

        own = bills(on)
        self.invoice = func.coalesce(
            select(func.min(own.c.number)).where(is_own(own)).correlate(instalment).scalar_subquery(), ""
        )
        self.received = _settled(on, instalment, is_own, is_money=True)
        self.settled = _settled(on, instalment, is_own, is_money=None)
        self.open = instalment.c.amount_minor - self.settled
        self.is_void = or_(
            ~self.is_present(on), and_(agreement.c.state == "void", agreement.c.closed_on <= on)
        )
        self.state: ColumnElement[str] = case(
            (self.is_void, "void"),
            (self.open == 0, "done"),
            (instalment.c.due_on < on, "overdue"),
            (self.settled > 0, "part"),
            else_="pending",
        )

    @staticmethod
    def is_present(on: Moment) -> ColumnElement[bool]:
        """Whether the plan of the row is the one that counts at a moment: the last one dated by then."""
        return and_(
            plan.c.dated_on <= on,
            ~(
                select(_LATER.c.id)
                .where(
                    _LATER.c.contract_id == plan.c.contract_id,
                    _LATER.c.version > plan.c.version,
                    _LATER.c.dated_on <= on,
                )
                .correlate(plan)
                .exists()
            ),
        )
