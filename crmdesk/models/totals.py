"""Totals of a document's lines: net, tax and gross, exact to the smallest unit.

Two rounding rules (domain.md, "Money"): `line` rounds tax on every line, as a Chinese fapiao prints it; `document`
rounds once per group of (rate, kind, inclusive or not), as EN 16931 does, and spreads the result over the lines by
the largest remainder, so that the shown lines always add up to the shown total.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from crmdesk.models import money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import _

Rounding = Literal["line", "document"]
TAXED = "taxed"

_QUANTITY_SCALE = 10**money.QUANTITY_DECIMALS_MAX
_PRICE_SCALE = 10**money.PRICE_DECIMALS_MAX


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount as a rate (0.10 = 10 %) or as an amount in minor units; exactly one is set."""

    rate: Decimal | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class LineInput:
    """What a line is computed from. A negative price is for discount and return lines only (checked elsewhere)."""

    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    tax_kind: str = TAXED
    is_tax_included: bool = False
    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class LineTotal:
    """One line in minor units; `discount` is its own plus its share of the document's discount."""

    net_minor: int
    tax_minor: int
    discount_minor: int

    @property
    def gross_minor(self) -> int:
        """Net and tax."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class Totals:
    """A whole document in minor units; lines add up to the totals."""

    lines: tuple[LineTotal, ...]
    net_minor: int
    tax_minor: int
    discount_minor: int

    @property
    def total_minor(self) -> int:
        """What the customer owes for it."""
        return self.net_minor + self.tax_minor


@functools.lru_cache(maxsize=256)
def _ratio(rate: Decimal) -> tuple[int, int]:
    return rate.as_integer_ratio()


def line_amount_minor(quantity: Decimal, unit_price: Decimal, digits: int) -> int:
    """round(quantity x price) in minor units, exactly: quantity up to 6 decimals, price up to 8."""
    quantity_scaled = int(quantity.scaleb(money.QUANTITY_DECIMALS_MAX, money.EXACT))
    price_scaled = int(unit_price.scaleb(money.PRICE_DECIMALS_MAX, money.EXACT))
    return money.divide_round(quantity_scaled * price_scaled * 10**digits, _QUANTITY_SCALE * _PRICE_SCALE)


def discount_minor(discount: Discount | None, base_minor: int, field: str) -> int:
    """A discount on a base, in minor units; refused when it is more than the base (74 of the bad inputs)."""
    if discount is None:
        return 0
    if discount.rate is not None:
        if not 0 <= discount.rate <= 1:
            raise InvalidInput(
                Code.OUT_OF_RANGE,
                _("{field}: a discount is between 0 and 100 %, not {value} %.").format(
                    field=field, value=(discount.rate * 100).normalize()
                ),
                field=field,
            )
        numerator, denominator = _ratio(discount.rate)
        return money.divide_round(base_minor * numerator, denominator)
    amount = discount.amount_minor or 0
    if amount < 0 or amount > max(base_minor, 0):
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("{field}: a discount cannot be negative or more than the amount it reduces.").format(
                field=field
            ),
            field=field,
        )
    return amount


def _net_of_gross(gross_minor: int, rate: Decimal) -> int:
    numerator, denominator = _ratio(rate)
    return money.divide_round(gross_minor * denominator, denominator + numerator)


def _spread(total: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole parts nearest below each exact share, the missing units by largest remainder, ties by order."""
    parts = [share.numerator // share.denominator for share in shares]
    missing = total - sum(parts)
    order = sorted(range(len(shares)), key=lambda index: (parts[index] - shares[index], index))
    for index in order[:missing]:
        parts[index] += 1
    return parts


def compute(
    lines: Sequence[LineInput], digits: int, rounding: Rounding, discount: Discount | None = None
) -> Totals:
    """Computes a document. `digits` are the currency's decimals. Raises InvalidInput for a discount out of range."""
    bases: list[int] = []
    discounts: list[int] = []
    for index, line in enumerate(lines):
        amount = line_amount_minor(line.quantity, line.unit_price, digits)
        own = discount_minor(line.discount, amount, f"lines[{index}].discount") if line.discount else 0
        bases.append(amount - own)
        discounts.append(own)
    if discount is not None:
        whole = discount_minor(discount, sum(bases), "discount")
        # By the amounts it is taken from. By amounts without tax, a line written without tax would lose more than
        # its part to one written with tax, and with a great discount become negative.
        for index, part in enumerate(money.split(whole, [max(base, 0) for base in bases])):
            bases[index] -= part
            discounts[index] += part
    nets_and_taxes = _by_line(lines, bases) if rounding == "line" else _by_group(lines, bases)
    totals = tuple(
        LineTotal(net, tax, taken) for (net, tax), taken in zip(nets_and_taxes, discounts, strict=True)
    )
    net_minor = sum(line.net_minor for line in totals)
    tax_minor = sum(line.tax_minor for line in totals)
    money.check_limit(net_minor + tax_minor, "lines")
    return Totals(totals, net_minor, tax_minor, sum(discounts))


def _by_line(lines: Sequence[LineInput], bases: Sequence[int]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for line, base in zip(lines, bases, strict=True):
        if line.is_tax_included:
            net = _net_of_gross(base, line.tax_rate)
            result.append((net, base - net))
        else:
            numerator, denominator = _ratio(line.tax_rate)
            result.append((base, money.divide_round(base * numerator, denominator)))
    return result


def _by_group(lines: Sequence[LineInput], bases: Sequence[int]) -> list[tuple[int, int]]:
    groups: dict[tuple[Decimal, str, bool], list[int]] = {}
    for index, line in enumerate(lines):
        groups.setdefault((line.tax_rate, line.tax_kind, line.is_tax_included), []).append(index)
    result: list[tuple[int, int]] = [(0, 0)] * len(lines)
    for (rate, _kind, is_included), members in groups.items():
        numerator, denominator = _ratio(rate)
        base_sum = sum(bases[index] for index in members)
        if is_included:
            net_sum = _net_of_gross(base_sum, rate)
            shares = [Fraction(bases[index] * denominator, denominator + numerator) for index in members]
            for index, net in zip(members, _spread(net_sum, shares), strict=True):
                result[index] = (net, bases[index] - net)
        else:
            tax_sum = money.divide_round(base_sum * numerator, denominator)
            shares = [Fraction(bases[index] * numerator, denominator) for index in members]
            for index, tax in zip(members, _spread(tax_sum, shares), strict=True):
                result[index] = (bases[index], tax)
    return result
