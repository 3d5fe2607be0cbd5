"""Terms of a settlement discount (现金折扣) as people write them: “2/10 1/20 n/30”.

2 % of what is settled within 10 days of the invoice, 1 % within 20, the whole within 30. Amounts are minor units.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from crmdesk.models import money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import _

NONE = "none"
"""Terms that say there is no discount, for a document of a customer who usually has one."""
DAYS_MAX = 3650
_PART = re.compile(
    r"n\s*/?\s*(?P<net>[0-9]{1,5})|(?P<percent>[0-9]{1,2}(?:\.[0-9]{1,4})?)\s*%?\s*/\s*(?P<days>[0-9]{1,5})"
)
_GAP = re.compile(r"[\s,;、]*")


class Step(NamedTuple):
    """A part of the price (a fraction) that may be kept by who pays within so many days of the invoice."""

    days: int
    rate: Decimal


class Terms(NamedTuple):
    """Steps by days, each with less than the one before; `net_days`: until the whole is due, None: not said."""

    steps: tuple[Step, ...] = ()
    net_days: int | None = None

    def __str__(self) -> str:
        parts = [f"{percent(step.rate)}/{step.days}" for step in self.steps]
        if self.net_days is not None:
            parts.append(f"n/{self.net_days}")
        return " ".join(parts) or NONE


class Offer(NamedTuple):
    """What may be kept on a day: the rate and the last day on which it may be. `days_late`: days after that day."""

    rate: Decimal
    last_on: date
    days_late: int = 0


def percent(rate: Decimal) -> str:
    """A fraction as percent without trailing zeros: 0.0250 is 2.5."""
    return f"{(rate * 100).normalize():f}"


def parse(text: str, field: str = "discount_terms") -> Terms:
    """Reads terms; refuses what is no terms, days that repeat and a discount that grows with the days."""
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace("net", "n")
    if plain == NONE or plain == "无":
        return Terms()
    steps: dict[int, Decimal] = {}
    net: int | None = None
    at = 0
    while at < len(plain):
        found = _PART.match(plain, at)
        if found is None:
            raise _unreadable(text, field)
        if found["net"] is not None:
            if net is not None:
                raise _unreadable(text, field)
            net = int(found["net"])
        else:
            days, rate = int(found["days"]), Decimal(found["percent"]) / 100
            if days in steps or rate == 0:
                raise _unreadable(text, field)
            steps[days] = rate
        gap = _GAP.match(plain, found.end())
        at = gap.end() if gap else found.end()
        if at == found.end() and at < len(plain):
            raise _unreadable(text, field)
    ordered = tuple(Step(days, steps[days]) for days in sorted(steps))
    if not ordered and net is None:
        raise _unreadable(text, field)
    last = max([step.days for step in ordered] + [net or 0])
    if last > DAYS_MAX:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("“{field}”: {days} days are too many; the most is {most}.").format(
                field=field, days=last, most=DAYS_MAX
            ),
            field=field,
        )
    if any(later.rate >= earlier.rate for earlier, later in itertools.pairwise(ordered)):
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("“{field}”: the discount gets less with the days, as in “2/10 1/20 n/30”.").format(field=field),
            field=field,
        )
    if net is not None and ordered and net < ordered[-1].days:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("“{field}”: the discount cannot be taken after the invoice is due ({days} days).").format(
                field=field, days=net
            ),
            field=field,
        )
    return Terms(ordered, net)


def _unreadable(text: str, field: str) -> InvalidInput:
    return InvalidInput(
        Code.INVALID_CHOICE,
        _(
            "“{field}”: “{value}” cannot be read. Write percent/days and n/days: “2/10 n/30” is 2 % within 10 days, "
            "due within 30; “none” is no discount."
        ).format(field=field, value=text[:40]),
        field=field,
    )


def offered(terms: Terms, dated_on: date, on: date) -> Offer | None:
    """What may be kept of an invoice of a day by who pays on another; None once the last day is over."""
    for step in terms.steps:
        last_on = dated_on + timedelta(days=step.days)
        if on <= last_on:
            return Offer(step.rate, last_on)
    return None


def late(terms: Terms, dated_on: date, on: date) -> Offer | None:
    """The last step of terms whose days are over, with how many days too late it is; None while one is offered."""
    if not terms.steps or offered(terms, dated_on, on) is not None:
        return None
    step = terms.steps[-1]
    last_on = dated_on + timedelta(days=step.days)
    return Offer(step.rate, last_on, (on - last_on).days)


def whole_minor(rate: Decimal, amount_minor: int) -> int:
    """The discount on an amount, rounded once, half up."""
    numerator, denominator = rate.as_integer_ratio()
    return money.divide_round(amount_minor * numerator, denominator)


def part_minor(rate: Decimal, open_minor: int, settled_minor: int) -> int:
    """The discount on settling a part of what is open: the parts of it add up to the discount on the whole."""
    return whole_minor(rate, open_minor) - whole_minor(rate, open_minor - settled_minor)


def taken_minor(rate: Decimal, open_minor: int, settled_minor: int) -> int:
    """As `part_minor`, but nothing where it would be all: of a cent or two nothing would be left to pay."""
    less = part_minor(rate, open_minor, settled_minor)
    return less if less < settled_minor else 0


def settled_by(rate: Decimal, open_minor: int, cash_minor: int) -> int:
    """How much an amount of money settles of what is open with its discount: the least that takes all the money."""
    if cash_minor >= open_minor - whole_minor(rate, open_minor):
        return open_minor
    low, high = cash_minor, open_minor
    while low < high:
        middle = (low + high) // 2
        if middle - part_minor(rate, open_minor, middle) >= cash_minor:
            high = middle
        else:
            low = middle + 1
    return low
