"""What a tax invoice could be asked for, worked out without writing: the window shows it while one types.

What is refused here is refused by `fapiao.request` in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, func, select

from crmdesk.models.errors import Code, Conflict, CrmdeskError
from crmdesk.models.tables.customers import billing_profile, customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.exchange import late_rate
from crmdesk.models.tables.fapiao import fapiao, fapiao_part, fapiao_request, fapiao_void
from crmdesk.services import fapiao_requests, fapiao_worth, invoiced, merged_codes, rates, settings
from crmdesk.services.dialect import among
from crmdesk.services.payment_plan import OpenDocument
from crmdesk.services.rates import Table
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Profile:
    """A billing profile; `id` 0 is what the customer himself says, where he has none."""

    id: int
    title: str
    tax_number: str
    kind: str


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """A customer's bills of one currency that can be asked for, oldest first; `open_minor` of each is what is free."""

    customer: str
    name: str
    is_person: bool
    currency: str
    documents: tuple[OpenDocument, ...]
    other_currencies: tuple[str, ...]
    """Further currencies in which something can be asked for."""
    profiles: tuple[Profile, ...]
    """The primary one first."""
    asked_minor: int
    """What open requests hold already."""
    own_currency: str
    """The book's."""
    bill_rates: Mapping[int, str]
    """The rates that foreign bills were booked at, by document id."""
    table: Table

    def home_currency(self, kind: str) -> str:
        """The currency that a document of this kind is written in."""
        return fapiao_worth.home_currency(self.currency, self.own_currency, kind)

    def rate_of(self, document_id: int, on: date) -> str | None:
        """The rate that a bill gets where none is given: its own, else the table's of the date."""
        return self.bill_rates.get(document_id) or self.table.on(self.currency, on)


def of_customer(
    connection: Connection, code: str, *, currency: str = "", wanted: Sequence[str] = ()
) -> RequestPlan:
    """What can be asked for, in a currency: the one named, else that of the bills `wanted`, else his own.

    Raises NotFound `customer_missing`.
    """
    owner = merged_codes.find_customer(connection, code)
    own = select(document.c.id).where(document.c.customer_id == owner.id)
    rows = invoiced.bills(
        connection, lambda column: column.in_(own.where(document.c.kind.in_(invoiced.BILL_KINDS)))
    )
    free: dict[str, int] = {}
    for bill in rows:
        free[bill.currency] = free.get(bill.currency, 0) + bill.free_minor
    chosen = currency or next((bill.currency for bill in rows if bill.number in set(wanted)), "")
    own_currency = settings.load(connection).currency
    if not chosen:
        usual = owner.currency or own_currency
        chosen = usual if free.get(usual) else next((one for one, amount in free.items() if amount), usual)
    used = [bill for bill in rows if bill.currency == chosen]
    query = select(document.c.id, document.c.kind)
    ids = [bill.document_id for bill in used]
    kinds = {row.id: row.kind for row in connection.execute(query.where(among(document.c.id, ids)))}
    documents = tuple(
        OpenDocument(
            bill.document_id,
            kinds[bill.document_id],
            bill.number,
            "",
            bill.dated_on,
            None,
            bill.billable_minor,
            bill.free_minor,
            0,
        )
        for bill in sorted(used, key=lambda one: (one.dated_on, one.document_id))
        if bill.free_minor
    )
    row = connection.execute(select(customer).where(customer.c.id == owner.id)).one()
    return RequestPlan(
        owner.code,
        owner.name,
        row.kind == "person",
        chosen,
        documents,
        tuple(sorted(one for one, amount in free.items() if amount and one != chosen)),
        _profiles(connection, row),
        sum(bill.requested_minor for bill in used),
        own_currency,
        _bill_rates(connection, documents) if chosen != own_currency else {},
        rates.load(connection) if chosen != own_currency else Table({}, {}),
    )


def _bill_rates(connection: Connection, documents: Sequence[OpenDocument]) -> dict[int, str]:
    query = (
        select(document.c.id, func.coalesce(document.c.rate, late_rate.c.rate))
        .outerjoin(late_rate, late_rate.c.document_id == document.c.id)
        .where(among(document.c.id, [one.document_id for one in documents]))
    )
    return {key: rate for key, rate in connection.execute(query) if rate}


@dataclass(frozen=True, slots=True)
class RedPlan:
    """What of a tax invoice can still be made red, bill by bill; `open_minor` of each is what is not red yet."""

    currency: str
    documents: tuple[OpenDocument, ...]


def of_red(connection: Connection, fapiao_id: int) -> RedPlan:
    """The bills of a blue tax invoice with what is left of each on it, less its valid red ones."""
    void = select(fapiao_void.c.fapiao_id).where(fapiao_void.c.fapiao_id == fapiao.c.id)
    is_own = fapiao.c.id == fapiao_id
    amount = fapiao_part.c.net_minor + fapiao_part.c.tax_minor
    rows = connection.execute(
        select(
            document.c.id,
            document.c.kind,
            document.c.number,
            document.c.dated_on,
            document.c.currency,
            func.sum(case((is_own, amount), else_=0)).label("total"),
            func.sum(amount).label("left"),
        )
        .join_from(fapiao_part, fapiao, fapiao.c.id == fapiao_part.c.fapiao_id)
        .join(document, document.c.id == fapiao_part.c.document_id)
        .where(is_own | ((fapiao.c.origin_id == fapiao_id) & ~void.exists()))
        .group_by(document.c.id)
        .order_by(document.c.dated_on, document.c.id)
    ).all()
    documents = tuple(
        OpenDocument(row.id, row.kind, row.number, "", row.dated_on, None, row.total, row.left, 0)
        for row in rows
        if row.left > 0
    )
    return RedPlan(rows[0].currency if rows else "", documents)


def _profiles(connection: Connection, owner: Any) -> tuple[Profile, ...]:
    query = select(billing_profile).where(billing_profile.c.customer_id == owner.id)
    found = connection.execute(query.order_by(billing_profile.c.is_primary.desc(), billing_profile.c.id))
    profiles = tuple(Profile(one.id, one.title, one.tax_number, one.kind) for one in found)
    return profiles or (Profile(0, owner.name, owner.tax_number, owner.kind),)


def refusal(plan: RequestPlan, kind: str, profile_id: int) -> CrmdeskError | None:
    """Why this kind cannot be asked for with this profile, or nothing."""
    profile = next((one for one in plan.profiles if one.id == profile_id), plan.profiles[0])
    shape = {"kind": profile.kind, "tax_number": profile.tax_number, "title": profile.title}
    return fapiao_requests.kind_refusal("person" if plan.is_person else "company", kind, shape)


def rate_refusal(plan: RequestPlan, kind: str, rows: Sequence[int], on: date) -> CrmdeskError | None:
    """Why the bills at these places of `plan.documents` need a rate that is typed, or nothing."""
    if plan.home_currency(kind) == plan.currency:
        return None
    chosen = (plan.documents[row] for row in rows)
    bare = next((one for one in chosen if plan.rate_of(one.document_id, on) is None), None)
    return fapiao_worth.missing(bare.number, plan.currency, plan.own_currency) if bare is not None else None


def of_bills(connection: Connection, ids: Sequence[int]) -> tuple[str, list[str]]:
    """(customer code, numbers) of bills chosen in a list; drafts and voids are passed over.

    Refuses bills of several customers: a tax invoice has one buyer.
    """
    found = connection.execute(
        select(customer.c.code, document.c.number)
        .join_from(document, customer, customer.c.id == document.c.customer_id)
        .where(among(document.c.id, ids), document.c.kind.in_(invoiced.BILL_KINDS))
        .order_by(document.c.id)
    ).all()
    codes = {code for code, _number in found}
    if len(codes) > 1:
        raise Conflict(
            Code.OTHER_CUSTOMER,
            _("A tax invoice has one buyer: choose invoices of one customer only."),
            field="invoices",
        )
    return next(iter(codes), ""), [number for _code, number in found]


def buyer(connection: Connection, tax_number: str, name: str) -> str:
    """The code of the one customer with that tax number or title, his own or of a billing profile; "" for none."""
    for own, billed, value in (
        (customer.c.tax_number, billing_profile.c.tax_number, tax_number),
        (customer.c.name, billing_profile.c.title, name),
    ):
        if not value:
            continue
        by_profile = select(billing_profile.c.customer_id).where(billed == value)
        codes = connection.execute(
            select(customer.c.code).where((own == value) | customer.c.id.in_(by_profile)).limit(2)
        ).scalars()
        found = list(codes)
        if len(found) == 1:
            return found[0]
    return ""


def request_number(connection: Connection, request_id: int) -> str | None:
    """The number of a request by its id."""
    return connection.execute(
        select(fapiao_request.c.number).where(fapiao_request.c.id == request_id)
    ).scalar()


def request_id(connection: Connection, number: str) -> int | None:
    """The id of a request by its number."""
    return connection.execute(select(fapiao_request.c.id).where(fapiao_request.c.number == number)).scalar()
