"""What a tax invoice of foreign bills says in the book's currency: the rate of each line and its amounts (折合率).

A fapiao is written in CNY. The sale in foreign money is converted at the middle rate of its day or of the first of
its month, which the seller chooses and keeps to (增值税暂行条例实施细则, art. 15); so a rate may be given. A receipt
(收据) is no tax invoice and says what was billed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from crmdesk.models import money
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.specs.fapiao import RECEIPT
from crmdesk.services import carrying, posted, rates
from crmdesk.services.fapiao_lines import Line
from crmdesk.services.units import Unit
from crmdesk.text import _

_DECIMALS_LEAST = 4
"""So many decimals of a rate are written at least, as the middle rates are published."""


def home_currency(currency: str, own: str, kind: str) -> str:
    """The currency that a document over bills of `currency` is written in, in a book of `own`."""
    return currency if kind == RECEIPT else own


def missing(number: str, currency: str, own: str) -> Conflict:
    """The answer where nobody has said what a bill is worth in the book's currency."""
    return Conflict(
        Code.RATE_MISSING,
        _(
            "A tax invoice is written in {own}; {number} is billed in {currency} and has no exchange rate. Give the "
            "rate here, or put one of that day into the table (rate.set)."
        ).format(own=own, number=number, currency=currency),
        field="rate",
    )


def valued(
    unit: Unit, lines: list[Line], currency: str, kind: str, on: date, given: Decimal | None
) -> list[Line]:
    """The lines with their rate and what they are in the tax document's currency, each rounded once.

    The rate of a bill is the one `given`, else the one it was posted with (or got later), else the table's of the
    date. Raises Conflict `rate_missing`, InvalidInput `out_of_range` for a rate where there is nothing to convert, or
    by which it comes to nothing.
    """
    own = unit.settings.currency
    home = home_currency(currency, own, kind)
    if home == currency:
        _require_no_rate(unit, currency, given)
        return [replace(line, home_net_minor=line.net_minor, home_tax_minor=line.tax_minor) for line in lines]
    known: dict[int, str] = {}
    for line in lines:
        if line.document_id not in known:
            known[line.document_id] = _rate_of(unit, line.document_id, on, given)
    found = [at_rate(line, currency, known[line.document_id], home) for line in lines]
    if sum(line.home_amount_minor for line in found) <= 0:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("At this rate it comes to nothing in {own}. Write how many {own} one {currency} is.").format(
                own=own, currency=currency
            ),
            field="rate",
        )
    return found


def at_rate(line: Line, currency: str, rate: str, home: str) -> Line:
    """A line with what it is at a rate: net and tax rounded on their own, as the line stands on the tax invoice."""
    return replace(
        line,
        rate=rate,
        home_net_minor=carrying.to_base(line.net_minor, currency, rate, home),
        home_tax_minor=carrying.to_base(line.tax_minor, currency, rate, home),
    )


def _require_no_rate(unit: Unit, currency: str, given: Decimal | None) -> None:
    rates.check_given(unit, currency, given)
    if given is not None and currency != unit.settings.currency:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("A receipt says what was billed, in {currency}. Leave the rate out.").format(currency=currency),
            field="rate",
        )


def _rate_of(unit: Unit, document_id: int, on: date, given: Decimal | None) -> str:
    if given is not None:
        return rates.text_of(given)
    bill = posted.by_id(unit, document_id)
    found = carrying.rate_of(unit, bill) or rates.known(unit).on(bill.currency, on)
    if found is None:
        raise missing(bill.number, bill.currency, unit.settings.currency)
    return found


def words(amounts: Iterable[tuple[str, int]], currency: str, home: str) -> str:
    """“USD 1,000.00 × 7.1000”, a part for each rate, from (rate, minor units) of lines; "" where nothing is converted.

    It goes into the note (备注) of the tax invoice, which has no other place for it.
    """
    if currency == home:
        return ""
    sums: dict[str, int] = {}
    for rate, minor in amounts:
        sums[rate] = sums.get(rate, 0) + minor
    return " + ".join(
        f"{currency} {money.grouped(minor, currency)} × {_rate_text(rate)}" for rate, minor in sums.items()
    )


def _rate_text(rate: str) -> str:
    decimals = max(_DECIMALS_LEAST, len(rate.partition(".")[2]))
    return f"{Decimal(rate):.{decimals}f}"
