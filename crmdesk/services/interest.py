"""Late interest: what each item of a customer has borne, day by day, and the invoice that bills it.

A day bears interest on what was open when it began, from the day after the due date (of an opening balance: not before
its own date). What is paid within the days of grace bears none; what is paid later bears it from the due date. Each
item is rounded once, half up. A day that a live interest invoice bills is never billed again, the days of a void one
are billed anew, and interest bears no interest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select, union_all

from crmdesk.models import clock, money, validation
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.documents import CURRENCY, CUSTOMER, DATE, DUE, INVOICE, NOTE, TAX_KIND_CHOICES
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.documents import allocation, document
from crmdesk.models.tables.reminders import interest_charge
from crmdesk.models.totals import TAXED
from crmdesk.services import customers, invoices, merged_codes, settings
from crmdesk.services.dialect import among
from crmdesk.services.open_items import DEBIT_KINDS
from crmdesk.services.posted import REVERSAL
from crmdesk.services.settings import BookSettings
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, translator

_DAY = timedelta(days=1)
_COMMON, _LEAP = 365, 366


class Terms(NamedTuple):
    """How interest is reckoned."""

    rate: Decimal
    """A year, as a fraction."""
    grace_days: int
    basis: str
    """360, 365 or actual."""


class Span(NamedTuple):
    """Days, both included, on which the same amount bore interest."""

    from_on: date
    until_on: date
    open_minor: int

    @property
    def days(self) -> int:
        """How many days."""
        return (self.until_on - self.from_on).days + 1


class Charge(NamedTuple):
    """What a bill charges of one item for days on end, both included."""

    from_on: date
    until_on: date
    interest_minor: int


Days = tuple[date, date]
"""From and until, both included."""


class ItemInterest(NamedTuple):
    """The interest of one item that is not billed yet."""

    document_id: int
    kind: str
    number: str
    currency: str
    due_on: date
    spans: tuple[Span, ...]
    interest_minor: int
    charges: tuple[Charge, ...]
    """One for the days on end between those billed already: more than one after an earlier bill became void."""

    @property
    def days(self) -> int:
        """How many days bore interest."""
        return sum(span.days for span in self.spans)


def terms_of(own: BookSettings) -> Terms | None:
    """The book's terms; None where it charges no interest."""
    if not own.interest_rate:
        return None
    return Terms(Decimal(own.interest_rate), own.interest_grace_days, own.interest_basis)


def spans_of(
    total_minor: int,
    due_on: date,
    events: Iterable[tuple[date, int]],
    terms: Terms,
    as_of: date,
    billed: Collection[Days] = (),
) -> tuple[Span, ...]:
    """The days of an item that bear interest up to a day and are not among the ones billed. `events` settle (+) or
    reopen (−) it on their dates."""
    free_until = due_on + timedelta(days=terms.grace_days)
    first = due_on + _DAY
    if as_of <= free_until or first > as_of:
        return ()
    by_day = sorted(events)
    starts = {first}
    starts |= {day for start, end in billed for day in (start, end + _DAY) if first < day <= as_of}
    starts |= {when + _DAY for when, _amount in by_day if when > free_until and first < when + _DAY <= as_of}
    if terms.basis == "actual":
        starts |= {date(year, 1, 1) for year in range(first.year + 1, as_of.year + 1)}
    ordered = sorted(starts)
    spans: list[Span] = []
    for start, following in zip(ordered, [*ordered[1:], as_of + _DAY], strict=True):
        if any(from_on <= start <= until_on for from_on, until_on in billed):
            continue
        seen = max(start - _DAY, free_until)
        left = total_minor - sum(amount for when, amount in by_day if when <= seen)
        if left > 0:
            spans.append(Span(start, following - _DAY, left))
    return tuple(spans)


def interest_minor(spans: Iterable[Span], terms: Terms) -> int:
    """The interest of an item's days: exact, then rounded half up once."""
    top, bottom = terms.rate.as_integer_ratio()
    return money.divide_round(top * _weight(spans, terms), bottom * _year_days(terms) * _LEAP)


def _weight(spans: Iterable[Span], terms: Terms) -> int:
    """Open amounts times their days, in parts of a year that leap years and others share."""
    common = leap = 0
    for span in spans:
        if terms.basis == "actual" and _is_leap(span.from_on.year):
            leap += span.open_minor * span.days
        else:
            common += span.open_minor * span.days
    return common * _LEAP + leap * _year_days(terms)


def _year_days(terms: Terms) -> int:
    """The days of a year that is no leap year by the basis."""
    return 360 if terms.basis == "360" else _COMMON


def charges_of(
    spans: Sequence[Span], terms: Terms, as_of: date, billed: Iterable[Days]
) -> tuple[Charge, ...]:
    """An item's interest by the days on end that a bill up to a day charges, none of which is billed already.

    It is rounded once for all of them and split by the largest remainder. A charge reaches to the day before the next
    ones billed, or to `as_of`, also where nothing was open at its end: those days are then done with.
    """
    if not spans:
        return ()
    later = sorted(from_on for from_on, _until_on in billed if spans[0].from_on < from_on <= as_of)
    groups: dict[date, list[Span]] = {}
    for span in spans:
        until_on = next((from_on - _DAY for from_on in later if from_on > span.from_on), as_of)
        groups.setdefault(until_on, []).append(span)
    parts = money.spread(interest_minor(spans, terms), [_weight(group, terms) for group in groups.values()])
    return tuple(
        Charge(group[0].from_on, until_on, minor)
        for (until_on, group), minor in zip(groups.items(), parts, strict=True)
    )


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def interest(
    connection: Connection, code: str, as_of: date | None = None, *, currency: str = ""
) -> list[ItemInterest]:
    """The unbilled interest of a customer's items up to a day, oldest due first; none where the book charges none.

    Also of items that were paid late. Raises NotFound for an unknown code.
    """
    owner = merged_codes.find_customer(connection, code)
    return of_customer(connection, owner.id, as_of or clock.today(), currency=currency)


def of_customer(
    connection: Connection, customer_id: int, as_of: date, *, currency: str = ""
) -> list[ItemInterest]:
    """As `interest`, by id."""
    terms = terms_of(settings.load(connection))
    if terms is None:
        return []
    back = document.alias("back")
    due = func.coalesce(document.c.due_on, document.c.dated_on, type_=Day())
    query = (
        select(
            document.c.id,
            document.c.kind,
            document.c.number,
            document.c.currency,
            document.c.total_minor,
            document.c.dated_on,
            due.label("due_on"),
        )
        .where(
            document.c.customer_id == customer_id,
            document.c.kind.in_(DEBIT_KINDS),
            document.c.effect_minor > 0,
            due < as_of,
            document.c.dated_on < as_of,
            ~select(back.c.id)
            .where(
                back.c.origin_id == document.c.id, back.c.kind.in_([kind + REVERSAL for kind in DEBIT_KINDS])
            )
            .exists(),
            document.c.id.not_in(select(interest_charge.c.invoice_id)),
        )
        .order_by(due, document.c.id)
    )
    if currency:
        query = query.where(document.c.currency == currency)
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    events: dict[int, list[tuple[date, int]]] = {}
    parts = select(allocation.c.debit_id, allocation.c.dated_on, allocation.c.amount_minor).where(
        among(allocation.c.debit_id, ids)
    )
    for debit_id, when, amount in connection.execute(parts):
        events.setdefault(debit_id, []).append((when, amount))
    billed = _billed(connection, customer_id, ids)
    found: list[ItemInterest] = []
    for row in rows:
        base = max(row.due_on, row.dated_on)
        done = billed.get(row.id, ())
        spans = spans_of(row.total_minor, base, events.get(row.id, ()), terms, as_of, done)
        minor = interest_minor(spans, terms)
        if minor:
            charges = charges_of(spans, terms, as_of, done)
            found.append(
                ItemInterest(row.id, row.kind, row.number, row.currency, row.due_on, spans, minor, charges)
            )
    return found


def _billed(connection: Connection, customer_id: int, ids: Iterable[int]) -> dict[int, list[Days]]:
    """The days of items whose interest is billed by invoices that were not voided.

    A corrected opening balance is another document under the same number: what was billed of the one before it is
    billed, whatever its amount is now.
    """
    back, earlier = document.alias("back"), document.alias("earlier")
    wanted = among(document.c.id, ids)
    of_item = select(document.c.id, document.c.id.label("charged_id")).where(wanted)
    of_former = (
        select(document.c.id, earlier.c.id)
        .join_from(
            document,
            earlier,
            and_(
                earlier.c.kind == "opening",
                earlier.c.number == document.c.number,
                earlier.c.customer_id == document.c.customer_id,
                earlier.c.currency == document.c.currency,
                earlier.c.id < document.c.id,
            ),
        )
        .where(document.c.kind == "opening", document.c.customer_id == customer_id, wanted)
    )
    charged = union_all(of_item, of_former).subquery("charged")
    query = (
        select(charged.c.id, interest_charge.c.from_on, interest_charge.c.until_on)
        .join_from(charged, interest_charge, interest_charge.c.document_id == charged.c.charged_id)
        .where(
            ~select(back.c.id)
            .where(back.c.origin_id == interest_charge.c.invoice_id, back.c.kind == "invoice" + REVERSAL)
            .exists(),
        )
    )
    found: dict[int, list[Days]] = {}
    for record_id, from_on, until_on in connection.execute(query):
        found.setdefault(record_id, []).append((from_on, until_on))
    return found


@use_case(
    "interest.bill",
    fields=(
        CUSTOMER,
        Field("as_of", Kind.DATE, N_("Up to and including"), help=N_("Left out: the date of the invoice.")),
        DATE,
        DUE,
        CURRENCY,
        Field("tax_rate", Kind.RATE, N_("Tax rate")),
        Field("tax_kind", Kind.CHOICE, N_("Tax kind"), choices=TAX_KIND_CHOICES),
        NOTE,
    ),
    summary=N_("Bill a customer's late interest: one line per item; no day is ever billed twice."),
    errors=(Code.CUSTOMER_MISSING, Code.REQUIRED, Code.NOTHING_OPEN, Code.DATE_ORDER, Code.PERIOD_LOCKED),
)
def bill(
    unit: Unit,
    *,
    customer: str,
    as_of: date | None,
    date: date | None,
    due: date | None,
    currency: str | None,
    tax_rate: Decimal | None,
    tax_kind: str | None,
    note: str | None,
) -> dict[str, Any]:
    """Issues the invoice. Whether interest is taxed is asked every time: `tax_rate`, or `tax_kind` exempt or
    out_of_scope."""
    owner = customers.find_active(unit, customer)
    own = currency or owner.currency
    on = date or clock.today()
    until = as_of or on
    if tax_rate is None and tax_kind in (None, TAXED):
        raise InvalidInput(
            Code.REQUIRED,
            _("Say whether the interest is taxed: a tax rate, or the tax kind exempt or out_of_scope."),
            field="tax_rate",
        )
    if until > on:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("Interest up to {until} cannot be billed on {date} already.").format(
                until=until.isoformat(), date=on.isoformat()
            ),
            field="as_of",
        )
    if terms_of(unit.settings) is None:
        raise Conflict(
            Code.NOTHING_OPEN,
            _("The book charges no late interest. Set a rate in the settings (interest_rate) first."),
            field="customer",
        )
    unit.flush()
    items = of_customer(unit.connection, owner.id, until, currency=own)
    if not items:
        raise Conflict(
            Code.NOTHING_OPEN,
            _("Up to {until} {customer} has no late interest in {currency} that is not billed yet.").format(
                until=until.isoformat(), customer=owner.code, currency=own
            ),
            field="customer",
        )
    words = translator(unit.settings.language)(N_("Late interest on {number}, {start} to {end}, {days} days"))
    tax = {"tax_rate": f"{tax_rate:f}"} if tax_rate is not None else {}
    if tax_kind is not None:
        tax["tax_kind"] = tax_kind
    lines = [
        {
            "description": words.format(
                number=item.number,
                start=item.spans[0].from_on.isoformat(),
                end=item.spans[-1].until_on.isoformat(),
                days=item.days,
            ),
            "quantity": "1",
            "unit_price": money.plain(item.interest_minor, own),
            **tax,
        }
        for item in items
    ]
    given = {"customer": owner.code, "date": on, "due": due, "currency": own, "lines": lines, "note": note}
    values = validation.check(optional(INVOICE), given)
    result = invoices.issue_values(unit, values, override=words)
    invoice_id = unit.cache["document", "invoice", result["number"]].id
    for item in items:
        for charge in item.charges:
            unit.add(interest_charge, invoice_id=invoice_id, document_id=item.document_id, **charge._asdict())
    return result | {
        "items": [
            {
                "invoice": item.number,
                "from": item.spans[0].from_on.isoformat(),
                "until": item.spans[-1].until_on.isoformat(),
                "days": item.days,
                "amount": money.plain(item.interest_minor, own),
            }
            for item in items
        ]
    }
