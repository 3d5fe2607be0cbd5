"""Groups of customers side by side: size, revenue, conversion, repurchase, churn, overdue, days to pay,
satisfaction (B8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, func, select

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.specs.agreements import CONTRACT, ORDER, QUOTE
from crmdesk.models.tables.agreements import agreement, agreement_bill, agreement_link
from crmdesk.models.tables.documents import allocation
from crmdesk.models.tables.people import activity
from crmdesk.services import category_tree, group_figures, groups, settings
from crmdesk.services.collecting import no_collection
from crmdesk.services.dialect import day_count, unindexed
from crmdesk.services.groups import Group
from crmdesk.text import N_, _

GROUPS_MIN, GROUPS_MAX = 2, 6
FIRST, ALL = "first", "all"
YEAR_DAYS = 365

FORMULAS = {
    "customers": N_("Customers: those in the group now."),
    "buyers": N_("Buyers: customers with at least one invoice in the period that was not void by its end."),
    "revenue": N_("Revenue: invoices less credit notes without tax, dated in the period, voids taken out."),
    "average": N_("Revenue per customer: revenue ÷ customers."),
    "conversion": N_("Conversion: quotes of the period that became a contract or order ÷ quotes sent."),
    "billed": N_("Billed: quotes of the period whose contract or order has an invoice ÷ quotes sent."),
    "repurchase": N_("Repurchase: buyers with two or more invoices in the period ÷ buyers."),
    "churn": N_(
        "Churn: buyers of the period before, as long as this one, who bought nothing in it ÷ buyers of that period."
    ),
    "overdue_share": N_(
        "Overdue: what is overdue at the end of the period (today at the latest) ÷ what is owed then."
    ),
    "days_to_pay": N_(
        "Days to pay: days from the invoice to what settled it in the period, weighted by amount."
    ),
    "satisfaction": N_("Satisfaction: praise dated in the period ÷ praise and complaints dated in it."),
    "difference": N_("Difference: revenue per customer against the one it is compared with."),
}
"""What each figure is, in a sentence."""


class Figures(NamedTuple):
    """One group in one currency. Shares are per cent with one decimal; None where there is nothing to divide by."""

    group: Group
    currency: str
    customers: int
    buyers: int
    invoices: int
    revenue_minor: int
    average_minor: int
    quotes: int
    conversion: Decimal | None
    billed: Decimal | None
    repurchase: Decimal | None
    churn: Decimal | None
    overdue_share: Decimal | None
    days_to_pay: Decimal | None
    satisfaction: Decimal | None
    difference_minor: int | None = None
    """Of the average, against the group it is compared with; None for that one itself."""
    difference: Decimal | None = None


class Comparison(NamedTuple):
    """Groups in the order asked for, each in its currencies and the book's own. Where they are compared with all
    customers, these come last."""

    rows: tuple[Figures, ...]
    against: str
    date_from: date
    date_to: date


class _Facts(NamedTuple):
    """What is known of every customer, read once for all groups."""

    sold: group_figures.Sold
    before: dict[int, int]
    owed: group_figures.Owed
    quotes: dict[int, tuple[int, int, int]]
    """customer id -> quotes sent, of them agreed, of them billed"""
    paid: dict[tuple[int, str], tuple[int, int]]
    """(customer id, currency) -> amount × days, amount"""
    said: dict[int, tuple[int, int]]
    """customer id -> praise, praise and complaints"""


def share(part: int, whole: int) -> Decimal | None:
    """Per cent with one decimal; None of nothing."""
    if not whole:
        return None
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def default_groups(connection: Connection) -> list[Group]:
    """The top categories of the first tree that has two: what is compared when nobody says."""
    for tree in category_tree.dimensions(connection):
        top = [node for node in category_tree.tree(connection, tree.id) if node.depth == 0]
        if len(top) >= GROUPS_MIN:
            chosen = sorted(top, key=lambda node: -node.count)[:GROUPS_MAX]
            return [Group("category", category_tree.place(tree.name, node.path)) for node in chosen]
    return []


def compare(
    connection: Connection,
    wanted: Iterable[Group],
    *,
    against: str = FIRST,
    date_from: date | None = None,
    date_to: date | None = None,
) -> Comparison:
    """Compares 2 to 6 groups over a period (without a start: the year up to its end), each against the first or
    against all customers. Groups may overlap. Raises InvalidInput for too few or too many, or one that is not there.
    """
    chosen = list(wanted) or default_groups(connection)
    if not GROUPS_MIN <= len(chosen) <= GROUPS_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("Name {least} to {most} groups to compare; there are {count}.").format(
                least=GROUPS_MIN, most=GROUPS_MAX, count=len(chosen)
            ),
            field="group",
        )
    for at, one in enumerate(chosen):
        if one in chosen[:at]:
            raise InvalidInput(
                Code.DUPLICATE,
                _("“{group}” is named twice. Name each group once.").format(group=one.title[:100]),
                field="group",
            )
    if against not in (FIRST, ALL):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="against", value=against[:40], choices=f"{FIRST}, {ALL}"
            ),
            field="against",
        )
    end = date_to or clock.today()
    start = date_from or end - timedelta(days=YEAR_DAYS - 1)
    with no_collection():
        facts = _read(connection, start, end)
        if against == ALL:
            chosen.append(Group(groups.FILTER, ""))
        own = settings.load(connection).currency
        found = [_reckoned(connection, group, facts, own) for group in chosen]
    reference = found[-1] if against == ALL else found[0]
    rows: list[Figures] = []
    for by_currency in found:
        for currency in sorted(by_currency):
            one = by_currency[currency]
            base = reference.get(currency)
            if by_currency is not reference and base is not None:
                difference = one.average_minor - base.average_minor
                one = one._replace(
                    difference_minor=difference,
                    difference=share(difference, base.average_minor) if base.average_minor > 0 else None,
                )
            rows.append(one)
    return Comparison(tuple(rows), against, start, end)


def _read(connection: Connection, start: date, end: date) -> _Facts:
    length = (end - start).days + 1
    period_before = start - timedelta(days=length), start - timedelta(days=1)
    sold, before = group_figures.sold_in(connection, [(start, end), period_before])
    return _Facts(
        sold,
        before.invoices,
        group_figures.owed(connection, group_figures.owed_on(end)),
        _quotes(connection, start, end),
        paid(connection, start, end),
        _said(connection, start, end),
    )


def _quotes(connection: Connection, start: date, end: date) -> dict[int, tuple[int, int, int]]:
    """Quotes that were sent, by customer: a quote counts once, however many versions it has."""
    quote, made = agreement.alias("quote"), agreement.alias("made")
    query = (
        select(
            quote.c.customer_id,
            quote.c.number,
            func.max(made.c.id.is_not(None)),
            func.max(agreement_bill.c.document_id.is_not(None)),
        )
        .select_from(quote)
        .outerjoin(agreement_link, agreement_link.c.from_id == quote.c.id)
        .outerjoin(
            made,
            (made.c.id == agreement_link.c.to_id)
            & made.c.kind.in_((CONTRACT, ORDER))
            & (made.c.state != "void"),
        )
        .outerjoin(agreement_bill, agreement_bill.c.agreement_id == made.c.id)
        .where(quote.c.kind == QUOTE, quote.c.state != "draft", quote.c.dated_on.between(start, end))
        .group_by(quote.c.customer_id, quote.c.number)
    )
    found: dict[int, tuple[int, int, int]] = {}
    for owner, _number, agreed, billed in group_figures.raw(connection, query):
        known = found.get(owner, (0, 0, 0))
        found[owner] = (known[0] + 1, known[1] + bool(agreed), known[2] + bool(billed))
    return found


def paid(connection: Connection, start: date, end: date) -> dict[tuple[int, str], tuple[int, int]]:
    """How long it took until what was settled in the period was settled. A release takes its part back."""
    days = day_count(allocation.c.dated_on) - day_count(allocation.c.debit_on)
    query = (
        select(
            allocation.c.customer_id,
            allocation.c.currency,
            func.sum(allocation.c.amount_minor * days),
            func.sum(allocation.c.amount_minor),
        )
        # the customers' index has all of it in the order of the groups: by date each row would be looked up and sorted
        .where(unindexed(allocation.c.dated_on).between(start, end), allocation.c.amount_minor > 0)
        .group_by(allocation.c.customer_id, allocation.c.currency)
    )
    return {
        (owner, currency): (weighted, amount)
        for owner, currency, weighted, amount in group_figures.raw(connection, query)
    }


def _said(connection: Connection, start: date, end: date) -> dict[int, tuple[int, int]]:
    """What customers said of us: the praise and the complaints that were written down."""
    is_praise = activity.c.kind == "praise"
    query = (
        select(activity.c.customer_id, func.sum(case((is_praise, 1), else_=0)), func.count())
        .where(activity.c.kind.in_(("praise", "complaint")), activity.c.dated_on.between(start, end))
        .group_by(activity.c.customer_id)
    )
    return {owner: (praise, all_) for owner, praise, all_ in group_figures.raw(connection, query)}


class _Sums:
    """What one group adds up to in one currency."""

    __slots__ = ("amount", "overdue", "owed", "revenue", "weighted")

    def __init__(self) -> None:
        self.revenue = self.owed = self.overdue = self.weighted = self.amount = 0


def _reckoned(connection: Connection, group: Group, facts: _Facts, own: str) -> dict[str, Figures]:
    """The figures of a group by currency; in the book's own one also where it has no amount."""
    ids = groups.members(connection, group)
    bought = [facts.sold.invoices.get(one, 0) for one in ids]
    buyers, repeated = sum(count > 0 for count in bought), sum(count > 1 for count in bought)
    former = [one for one in ids if facts.before.get(one, 0) > 0]
    lost = sum(facts.sold.invoices.get(one, 0) <= 0 for one in former)
    nothing = (0, 0, 0)
    sent, agreed, billed = (sum(facts.quotes.get(one, nothing)[at] for one in ids) for at in range(3))
    praise, said = (sum(facts.said.get(one, (0, 0))[at] for one in ids) for at in range(2))
    sums: dict[str, _Sums] = {own: _Sums()}
    inside = set(ids)
    for source, name in (
        (facts.sold.net, "revenue"),
        (facts.owed.owed, "owed"),
        (facts.owed.overdue, "overdue"),
    ):
        for one in inside & source.keys():
            for currency, minor in source[one].items():
                known = sums.setdefault(currency, _Sums())
                setattr(known, name, getattr(known, name) + minor)
    for (owner, currency), (weighted, amount) in facts.paid.items():
        if owner in inside:
            known = sums.setdefault(currency, _Sums())
            known.weighted += weighted
            known.amount += amount
    blank = Figures(
        group,
        own,
        len(ids),
        buyers,
        sum(bought),
        0,
        0,
        sent,
        share(agreed, sent),
        share(billed, sent),
        share(repeated, buyers),
        share(lost, len(former)),
        None,
        None,
        share(praise, said),
    )
    return {currency: _figures(group, currency, one, blank) for currency, one in sums.items()}


def _figures(group: Group, currency: str, sums: Any, counts: Figures) -> Figures:
    """The amounts of one currency beside the counts of the group, which are the same in each."""
    average = 0
    if counts.customers:
        each = Decimal(sums.revenue) / counts.customers
        average = int(each.quantize(Decimal(1), ROUND_HALF_UP))
    days = None
    if sums.amount:
        days = (Decimal(sums.weighted) / sums.amount).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return counts._replace(
        group=group,
        currency=currency,
        revenue_minor=sums.revenue,
        average_minor=average,
        overdue_share=share(sums.overdue, sums.owed),
        days_to_pay=days,
    )
