"""The portrait of a customer: what he buys, how often, for how much, how late he pays, what he likes, since when.

Every figure is worked out from the book when it is asked for, in one currency (the customer's own), and says by what
formula (`FORMULAS`). Nothing of it is stored. What was voided counts nowhere; a credit note takes from what it credits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, case, func, select, type_coerce

from crmdesk.models import clock
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.specs import customer_parts, people
from crmdesk.models.tables.base import day_number
from crmdesk.models.tables.categories import category, customer_tag, tag
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.documents import allocation, document, document_line
from crmdesk.models.tables.people import activity, activity_product
from crmdesk.models.tables.products import product
from crmdesk.services import settings
from crmdesk.services.category_paths import path_of
from crmdesk.services.dialect import among, day_count, unindexed
from crmdesk.text import N_, _

YEAR_DAYS = 365
SHOWN = 8
_SOLD = ("invoice", "credit")

FORMULAS = {
    "since": N_("Date of the first invoice that was not voided; before it, the day the record was made"),
    "invoice_count": N_("Invoices that were not voided, in the customer's currency"),
    "net_minor": N_("Sum of the invoices before tax, less credit notes"),
    "year_net_minor": N_("The same, dated within the last 365 days"),
    "average_minor": N_("Sum before tax divided by the number of invoices"),
    "interval_days": N_(
        "Days from the first to the last day with an invoice, divided by the steps between such days"
    ),
    "due_again_on": N_("Last invoice plus the usual days between purchases"),
    "products": N_(
        "Share of each product in the sum before tax of lines with a product, credit notes taken off"
    ),
    "categories": N_("The same by product category; products without one count as “none”"),
    "days_to_pay": N_(
        "Days from invoice to payment, weighted by the amounts settled by payments, over all time"
    ),
    "late_share": N_("Part of what payments settled that came after the due date, over all time"),
    "days_late": N_(
        "Days after the due date, weighted by what payments settled, over all time; paid in time counts as 0"
    ),
    "interests": N_("Products named in enquiries, visits and other activities, the most often named first"),
    "channel": N_(
        "The primary contact's preferred channel, else the customer's, else the one used most in a year"
    ),
    "contact_count": N_("Activities of the last 365 days in which both sides met"),
}
"""How each figure is worked out, by its name."""


class Share(NamedTuple):
    """A product or category with its part in what the customer buys; amounts before tax in minor units."""

    code: str
    name: str
    net_minor: int
    line_count: int
    """Lines of invoices it stands on."""
    share: Decimal
    """Of the whole, as a fraction of 1 with four decimals."""
    id: int = 0
    """Of a product."""


class Interest(NamedTuple):
    """A product that was talked about, how often, and when last."""

    code: str
    name: str
    times: int
    last_on: date
    is_bought: bool


class Feedback(NamedTuple):
    """How many activities of a kind there are, and when the last one was."""

    kind: str
    label: str
    times: int
    last_on: date


@dataclass(frozen=True, slots=True)
class Portrait:
    """All of it, as at a day. Figures that have no base (nothing bought, nothing paid) are None."""

    currency: str
    other_currencies: tuple[str, ...]
    """Currencies of further invoices, which are not in the figures."""
    since: date
    is_buyer: bool
    invoice_count: int
    net_minor: int
    year_net_minor: int
    average_minor: int | None
    last_on: date | None
    interval_days: Decimal | None
    due_again_on: date | None
    products: tuple[Share, ...]
    categories: tuple[Share, ...]
    days_to_pay: Decimal | None
    late_share: Decimal | None
    """A fraction of 1."""
    days_late: Decimal | None
    """The risk grade with its own inputs stands in `services/credit`."""
    interests: tuple[Interest, ...]
    tags: tuple[str, ...]
    feedback: tuple[Feedback, ...]
    """By kind of activity, the most frequent first."""
    channel: str
    """A value of `specs.customer_parts.CHANNELS`, or empty."""
    channel_from: str
    """Where that is known from: contact, customer, activities."""
    contact_count: int
    last_contact: date | None
    next_contact: date | None

    @property
    def channel_words(self) -> str:
        """The preferred channel in the user's language."""
        return next((_(one.label) for one in customer_parts.CHANNELS if one.value == self.channel), "")


def formula(name: str) -> str:
    """How a figure of the portrait is worked out, in the user's language."""
    return _(FORMULAS[name])


def load(connection: Connection, customer_id: int, today: date | None = None) -> Portrait:
    """The portrait of a customer as at a day; NotFound `customer_missing` when it is gone."""
    on = today or clock.today()
    row = connection.execute(select(customer).where(customer.c.id == customer_id)).first()
    if row is None:
        raise NotFound(Code.CUSTOMER_MISSING, _("This customer does not exist any more."), field="customer")
    currency = row.currency or settings.load(connection).currency
    void = _voided(connection, customer_id)
    sold = _sold(connection, customer_id, currency, on, void)
    lines = _lines(connection, customer_id, currency, on, void)
    bought = {one[0] for one in lines}
    met = _activities(connection, customer_id, on)
    channel, channel_from = _channel(connection, row, met)
    contacts = [one for one in met if one.kind in people.CONTACTING]
    return Portrait(
        currency=currency,
        other_currencies=sold.others,
        since=sold.first or clock.local_day(row.created_at),
        is_buyer=sold.invoice_count > 0,
        invoice_count=sold.invoice_count,
        net_minor=sold.net,
        year_net_minor=sold.year,
        average_minor=_rounded(Decimal(sold.net) / sold.invoice_count) if sold.invoice_count else None,
        last_on=sold.last,
        interval_days=sold.interval,
        due_again_on=_due_again(sold),
        products=_shares(_product_names(connection, bought), lines),
        categories=_by_category(connection, lines),
        **_paying(connection, customer_id, currency, on),
        interests=_interests(connection, customer_id, bought),
        tags=_tags(connection, customer_id),
        feedback=tuple(Feedback(one.kind, _(_KINDS[one.kind]), one.times, one.last) for one in met),
        channel=channel,
        channel_from=channel_from,
        contact_count=sum(one.year_times for one in contacts),
        last_contact=max((one.last for one in contacts), default=None),
        next_contact=row.next_contact,
    )


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1)))


def _voided(connection: Connection, customer_id: int) -> list[int]:
    """Invoices and credit notes of a customer that were taken back."""
    query = select(document.c.origin_id).where(
        document.c.customer_id == customer_id, document.c.kind.in_([f"{kind}_reversal" for kind in _SOLD])
    )
    return list(connection.execute(query).scalars())


def _but(void: list[int]) -> tuple[Any, ...]:
    return (~among(document.c.id, void),) if void else ()


class _Sold(NamedTuple):
    invoice_count: int
    net: int
    year: int
    first: date | None
    last: date | None
    day_count: int
    others: tuple[str, ...]

    @property
    def interval(self) -> Decimal | None:
        if self.first is None or self.last is None or self.day_count < 2:
            return None
        return (Decimal((self.last - self.first).days) / (self.day_count - 1)).quantize(Decimal("0.1"))


def _due_again(sold: _Sold) -> date | None:
    if sold.interval is None or sold.last is None:
        return None
    return sold.last + timedelta(days=_rounded(sold.interval))


def _sold(connection: Connection, customer_id: int, currency: str, on: date, void: list[int]) -> _Sold:
    own = document.c
    year = case((own.dated_on > on - timedelta(days=YEAR_DAYS), own.net_minor), else_=0)
    query = (
        select(
            own.kind,
            own.currency,
            func.count(),
            func.sum(own.net_minor),
            func.sum(year),
            func.min(own.dated_on, type_=own.dated_on.type),
            func.max(own.dated_on, type_=own.dated_on.type),
            func.count(own.dated_on.distinct()),
        )
        .where(
            own.customer_id == customer_id,
            unindexed(own.dated_on) <= on,  # by kind and date all invoices of the book would be read
            unindexed(own.kind).in_(_SOLD),
            *_but(void),
        )
        .group_by(own.kind, own.currency)
    )
    count = net = in_year = days = 0
    first = last = None
    others = set()
    for kind, found_in, number, minor, year_minor, begin, end, day_total in connection.execute(query):
        if found_in != currency:
            others.add(found_in)
        elif kind == "invoice":
            count, first, last, days = number, begin, end, day_total
            net, in_year = net + minor, in_year + year_minor
        else:
            net, in_year = net - minor, in_year - year_minor
    return _Sold(count, net, in_year, first, last, days, tuple(sorted(others)))


def _lines(
    connection: Connection, customer_id: int, currency: str, on: date, void: list[int]
) -> list[tuple[int, int | None, int, int]]:
    """Product, its category, sum before tax and number of lines sold, of lines with a product."""
    own, line = document.c, document_line.c
    signed = case((own.kind == "invoice", line.net_minor), else_=-line.net_minor)
    query = (
        select(
            line.product_id,
            func.sum(signed),
            func.sum(case((own.kind == "invoice", 1), else_=0)),
        )
        .join_from(document, document_line, line.document_id == own.id)
        .where(
            own.customer_id == customer_id,
            own.currency == currency,
            own.dated_on <= on,
            own.kind.in_(_SOLD),
            *_but(void),
            line.product_id.is_not(None),
        )
        .group_by(line.product_id)
    )
    rows = connection.execute(query).all()
    places = select(product.c.id, product.c.category_id).where(among(product.c.id, [row[0] for row in rows]))
    category_of = dict(list(connection.execute(places)))
    return [(record_id, category_of.get(record_id), minor, number) for record_id, minor, number in rows]


def _product_names(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    own = product.c
    query = select(own.id, own.code, own.name).where(among(own.id, ids))
    return {row.id: (row.code, row.name) for row in connection.execute(query)}


def _shares(names: dict[int, tuple[str, str]], lines: list[Any]) -> tuple[Share, ...]:
    whole = sum(minor for _product, _category, minor, _count in lines)
    found = [
        Share(*names[record_id], minor, count, _part(minor, whole), record_id)
        for record_id, _category, minor, count in lines
    ]
    return tuple(sorted(found, key=lambda one: (-one.net_minor, one.code))[:SHOWN])


def _part(minor: int, whole: int) -> Decimal:
    return (Decimal(minor) / whole).quantize(Decimal("0.0001")) if whole else Decimal(0)


def _by_category(connection: Connection, lines: list[Any]) -> tuple[Share, ...]:
    whole = sum(minor for _product, _category, minor, _count in lines)
    sums: dict[int | None, list[int]] = {}
    for _record_id, category_id, minor, count in lines:
        entry = sums.setdefault(category_id, [0, 0])
        entry[0] += minor
        entry[1] += count
    known: dict[int, Any] = {}
    if any(key is not None for key in sums):
        query = select(category.c.id, category.c.parent_id, category.c.name)
        known = {row.id: row for row in connection.execute(query)}
    found = [
        Share("", _("none") if key is None else path_of(known, key), minor, count, _part(minor, whole))
        for key, (minor, count) in sums.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.net_minor, one.name))[:SHOWN])


def _paying(connection: Connection, customer_id: int, currency: str, on: date) -> dict[str, Decimal | None]:
    """Days to pay, days late and the late part, from what payments settle; a release takes back what it released."""
    own = allocation.c
    amount = own.amount_minor
    is_late = own.credit_on > own.debit_due_on
    paid = day_count(type_coerce(own.credit_on, Integer))
    days = case((own.credit_on > own.debit_on, paid - day_count(type_coerce(own.debit_on, Integer))), else_=0)
    late_days = paid - day_count(type_coerce(own.debit_due_on, Integer))
    query = (
        select(
            func.sum(amount),
            func.sum(amount * days),
            func.sum(case((is_late, amount), else_=0)),
            func.sum(case((is_late, amount * late_days), else_=0)),
        )
        .join_from(allocation, document, document.c.id == own.credit_id)
        .where(
            own.customer_id == customer_id,
            own.currency == currency,
            own.dated_on <= on,
            document.c.kind == "payment",
        )
    )
    settled, weighted, late, weighted_late = connection.execute(query).one()
    if not settled or settled < 0:
        return {"days_to_pay": None, "late_share": None, "days_late": None}
    return {
        "days_late": (Decimal(weighted_late) / settled).quantize(Decimal("0.1")),
        "days_to_pay": (Decimal(weighted) / settled).quantize(Decimal("0.1")),
        "late_share": (Decimal(late) / settled).quantize(Decimal("0.0001")),
    }


class _Met(NamedTuple):
    kind: str
    times: int
    year_times: int
    last: date


def _activities(connection: Connection, customer_id: int, on: date) -> list[_Met]:
    own = activity.c
    since = on - timedelta(days=YEAR_DAYS)
    query = (
        select(
            own.kind,
            func.count(),
            func.sum(case((own.dated_on > since, 1), else_=0)),
            func.max(own.dated_on, type_=own.dated_on.type),
        )
        .where(own.customer_id == customer_id, own.dated_on <= on)
        .group_by(own.kind)
    )
    found = [_Met(*row) for row in connection.execute(query) if row[0] in _KINDS]
    return sorted(found, key=lambda one: (-one.times, -day_number(one.last)))


def _channel(connection: Connection, row: Any, met: list[_Met]) -> tuple[str, str]:
    own = contact.c
    query = select(own.channel).where(own.customer_id == row.id, own.is_primary.is_(True))
    preferred = connection.execute(query).scalar()
    if preferred:
        return preferred, "contact"
    if row.channel:
        return row.channel, "customer"
    used = [one for one in met if one.kind in people.CHANNEL_OF and one.year_times]
    most = max(used, key=lambda one: one.year_times, default=None)
    return (people.CHANNEL_OF[most.kind], "activities") if most else ("", "")


def _interests(connection: Connection, customer_id: int, bought: set[int]) -> tuple[Interest, ...]:
    own = activity.c
    query = (
        select(
            activity_product.c.product_id,
            func.count().label("times"),
            func.max(own.dated_on, type_=own.dated_on.type),
        )
        .join_from(activity, activity_product, activity_product.c.activity_id == own.id)
        .where(own.customer_id == customer_id)
        .group_by(activity_product.c.product_id)
    )
    rows = connection.execute(query).all()
    names = _product_names(connection, [row[0] for row in rows])
    found = [Interest(*names[one], count, last, one in bought) for one, count, last in rows]
    return tuple(sorted(found, key=lambda one: (-one.times, -day_number(one.last_on), one.code))[:SHOWN])


def _tags(connection: Connection, customer_id: int) -> tuple[str, ...]:
    query = (
        select(tag.c.name)
        .join(customer_tag, customer_tag.c.tag_id == tag.c.id)
        .where(customer_tag.c.customer_id == customer_id)
        .order_by(tag.c.name)
    )
    return tuple(connection.execute(query).scalars())


_KINDS = {choice.value: choice.label for choice in people.ACTIVITY_KINDS}
