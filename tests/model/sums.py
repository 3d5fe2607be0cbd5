"""Money of the second model: whole minor units and Fractions, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
TOO_LARGE = 10**15


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    whole = floor(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def minor(text: str, currency: str) -> int:
    """Minor units of a decimal string; raises ValueError when it has more digits than the currency."""
    value = Fraction(text) * 10 ** DIGITS[currency]
    if value.denominator != 1:
        raise ValueError(text)
    return int(value)


def decimal(amount: int, currency: str) -> str:
    """The decimal string with exactly the digits of the currency."""
    digits = DIGITS[currency]
    sign, body = ("-" if amount < 0 else ""), str(abs(amount)).rjust(digits + 1, "0")
    return sign + (f"{body[:-digits]}.{body[-digits:]}" if digits else body)


def split(total: int, weights: list[int]) -> list[int]:
    """Largest remainder, ties by order."""
    whole = sum(weights)
    exact = [Fraction(total * weight, whole) if whole else Fraction(0) for weight in weights]
    parts = [floor(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


@dataclass
class Line:
    """One priced line: `amount` as entered after its own discount (with the tax in it when `inclusive`)."""

    amount: int
    rate: Fraction
    kind: str
    inclusive: bool


def totals(lines: list[Line], discount: int, rounding: str) -> tuple[int, int]:
    """(net, tax) of a document after its document discount, by the book's rounding rule."""
    # "spread over the lines by net": net of their own discounts, as they are written
    shares = split(discount, [line.amount for line in lines]) if discount else [0] * len(lines)
    left = [line.amount - share for line, share in zip(lines, shares, strict=True)]
    groups: dict[tuple[Any, ...], int] = {}
    for place, (line, amount) in enumerate(zip(lines, left, strict=True)):
        key = (line.rate, line.kind, line.inclusive)
        groups_key = (place, *key) if rounding == "line" else key
        groups[groups_key] = groups.get(groups_key, 0) + amount
    net = tax = 0
    for (*_, rate, _kind, inclusive), amount in groups.items():
        if inclusive:
            group_net = half_up(amount / (1 + rate))
            group_tax = amount - group_net
        else:
            group_net, group_tax = amount, half_up(amount * rate)
        net, tax = net + group_net, tax + group_tax
    return net, tax


def find_exact(opens: list[int], target: int) -> list[int] | str:
    """Indices of the one invoice, or the only subset of 2–5 of the 60 oldest, that make up the target."""
    single = [i for i, amount in enumerate(opens) if amount == target]
    if single:
        return single if len(single) == 1 else "ambiguous"
    ways: list[dict[int, tuple[int, tuple[int, ...]]]] = [{0: (1, ())}, {}, {}, {}, {}, {}]
    for i, amount in enumerate(opens[:60]):
        for size in range(4, -1, -1):
            for total, (count, witness) in list(ways[size].items()):
                if total + amount <= target:
                    known = ways[size + 1].get(total + amount, (0, ()))[0]
                    ways[size + 1][total + amount] = (known + count, (*witness, i))
    found = [ways[size][target] for size in range(2, 6) if target in ways[size]]
    if not found:
        return "no_match"
    return list(found[0][1]) if sum(count for count, _ in found) == 1 else "ambiguous"
