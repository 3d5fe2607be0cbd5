"""What the lists of posted documents share: their columns, joins, states and search.

A reversal is a line of its own with negative amounts; dated like its document, neither of the two is shown.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.models.tables.audit import audit_entry
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document, open_item, payment
from crmdesk.models.tables.ledger import money_account
from crmdesk.services import search
from crmdesk.services.dialect import contains
from crmdesk.services.lists.columns import Column, Join, Source
from crmdesk.text import N_

REVERSAL = "_reversal"

ORIGIN = document.alias("origin")
_REVERSED = document.alias("reversing")

CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), link="customer", width=12)
CUSTOMER_NAME = Field("name", Kind.TEXT, N_("Customer name"), width=28)
REASON = Field("reason", Kind.TEXT, N_("Reason"), width=20)
OVERDUE = Field("overdue", Kind.BOOLEAN, N_("Overdue"), width=8)
ENTERED = Field("entered_at", Kind.MOMENT, N_("Entered"), width=18)
ENTERED_BY = Field("entered_by", Kind.TEXT, N_("Entered by"), width=10)

INVOICE_STATES = (
    Choice("draft", N_("Draft"), "neutral"),
    Choice("issued", N_("Not paid"), "info"),
    Choice("part_paid", N_("Part paid"), "warn"),
    Choice("paid", N_("Paid"), "good"),
    Choice("void", N_("Void"), "neutral"),
)
CREDIT_STATES = (
    Choice("free", N_("Unapplied"), "info"),
    Choice("part_applied", N_("Part applied"), "warn"),
    Choice("applied", N_("Applied"), "good"),
    Choice("reversed", N_("Reversed"), "neutral"),
)
PLAIN_STATES = (Choice("posted", N_("Posted"), "good"), Choice("reversed", N_("Reversed"), "neutral"))


def amount(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, sign="any", width=14)


def _pair_joins(kinds: tuple[str, ...]) -> dict[str, Join]:
    reversals = [kind + REVERSAL for kind in kinds]
    return {
        "customer": Join(customer, customer.c.id == document.c.customer_id),
        "origin": Join(ORIGIN, and_(ORIGIN.c.id == document.c.origin_id, document.c.kind.in_(reversals))),
        "reversed": Join(
            _REVERSED, and_(_REVERSED.c.origin_id == document.c.id, _REVERSED.c.kind.in_(reversals))
        ),
        "open": Join(open_item, open_item.c.document_id == document.c.id),
        "payment": Join(
            payment,
            payment.c.document_id
            == case((document.c.kind.in_(reversals), document.c.origin_id), else_=document.c.id),
        ),
        "account": Join(
            money_account, money_account.c.id == payment.c.money_account_id, frozenset({"payment"})
        ),
        "entry": Join(audit_entry, audit_entry.c.id == document.c.audit_id),
    }


def _same_day_pairs(kinds: tuple[str, ...]) -> Any:
    """Ids of documents and reversals of the same day: neither line is shown. There are few of them."""
    pairs = (
        select(_REVERSED.c.id.label("reversal_id"), ORIGIN.c.id.label("original_id"))
        .join(ORIGIN, ORIGIN.c.id == _REVERSED.c.origin_id)
        .where(
            _REVERSED.c.kind.in_([kind + REVERSAL for kind in kinds]),
            _REVERSED.c.dated_on == ORIGIN.c.dated_on,
        )
        .cte("pairs")
    )
    return union_all(select(pairs.c.reversal_id), select(pairs.c.original_id))


class Kinds:
    """Expressions for documents of some kinds and their reversals."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds
        self.reversals = tuple(kind + REVERSAL for kind in kinds)
        self.is_reversal = document.c.kind.in_(self.reversals)

    def where(self, *more: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
        """Both kinds of lines, without pairs of one day."""
        return (
            document.c.kind.in_((*self.kinds, *self.reversals)),
            document.c.id.not_in(_same_day_pairs(self.kinds)),
            *more,
        )

    def signed(self, name: str) -> ColumnElement[int]:
        """An amount of the document, negative on its reversal."""
        return case((self.is_reversal, -document.c[name]), else_=document.c[name])

    def of_origin(self, name: str) -> ColumnElement[int]:
        """An amount that only the document itself keeps, negative on its reversal."""
        return case((self.is_reversal, -ORIGIN.c[name]), else_=document.c[name])

    def columns(self) -> tuple[Column, ...]:
        """What every document has: number, date, customer."""
        need = frozenset({"customer"})
        return (
            Column(specs.NUMBER, document.c.number),
            Column(specs.DATE, document.c.dated_on),
            Column(CUSTOMER, customer.c.code, needs=need, is_shown=False, title="name"),
            Column(CUSTOMER_NAME, customer.c.name, sort=customer.c.initials, needs=need),
        )

    def closing(self) -> tuple[Column, ...]:
        """What stands at the end: reason, note, who entered it and when."""
        reason = func.coalesce(func.nullif(document.c.reason, ""), _REVERSED.c.reason, "", type_=Text())
        return (
            Column(specs.CURRENCY, document.c.currency, is_shown=False),
            Column(REASON, reason, needs=frozenset({"reversed"}), is_shown=False),
            Column(specs.NOTE, document.c.note, is_shown=False),
            Column(ENTERED, audit_entry.c.posted_at, needs=frozenset({"entry"}), is_shown=False),
            Column(ENTERED_BY, audit_entry.c.actor, needs=frozenset({"entry"}), is_shown=False),
        )

    def source(self, *more: ColumnElement[bool], search_in: tuple[ColumnElement[str], ...] = ()) -> Source:
        """Documents with what their columns may need."""
        return Source(
            table=document,
            id=document.c.id,
            columns={},
            where=self.where(*more),
            joins=_pair_joins(self.kinds),
            customer_id=document.c.customer_id,
            search=searcher((document.c.number, document.c.reference, document.c.note, *search_in)),
        )


def searcher(
    columns: tuple[ColumnElement[str], ...], owner: ColumnElement[int] = document.c.customer_id
) -> Any:
    def find(connection: Connection, typed: str, most: int | None) -> ColumnElement[bool]:
        """Every word in number, reference or note, or all of them at the customer."""
        del most
        text = and_(
            *(or_(*(contains(one, word) for one in columns)) for word in typed.split()), literal(True)
        )
        return or_(text, search.condition(connection, typed, owner))

    return find


NEED_OPEN = frozenset({"open"})
NEED_STATE = frozenset({"open", "reversed"})
OPEN = func.coalesce(open_item.c.open_minor, 0, type_=Integer())
DUE = func.coalesce(document.c.due_on, document.c.dated_on, type_=Day())


def debit_state(kinds: Kinds) -> ColumnElement[str]:
    return case(
        (or_(kinds.is_reversal, _REVERSED.c.id.is_not(None)), "void"),
        (OPEN == 0, "paid"),
        (document.c.total_minor > OPEN, "part_paid"),
        else_="issued",
    )


def credit_state(kinds: Kinds) -> ColumnElement[str]:
    return case(
        (or_(kinds.is_reversal, _REVERSED.c.id.is_not(None)), "reversed"),
        (OPEN == 0, "applied"),
        (document.c.total_minor > OPEN, "part_applied"),
        else_="free",
    )


def plain_state(kinds: Kinds) -> ColumnElement[str]:
    return case((or_(kinds.is_reversal, _REVERSED.c.id.is_not(None)), "reversed"), else_="posted")


def state_column(choices: tuple[Choice, ...], value: ColumnElement[str], needs: frozenset[str]) -> Column:
    return Column(Field("state", Kind.STATE, N_("State"), choices=choices, width=10), value, needs=needs)
