"""Totals of random invoices, splits and exact matches against the second model's arithmetic in Fractions."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from crmdesk.models import money, totals
from crmdesk.models.errors import InvalidInput
from crmdesk.services import matching
from tests.conftest import EFFORT
from tests.model import sums

INVOICES = {"quick": 2_000, "normal": 30_000, "long": 1_000_000}[EFFORT]
MATCHES = {"quick": 300, "normal": 4_000, "long": 100_000}[EFFORT]
CURRENCIES = ("CNY", "CNY", "JPY", "KWD")
RATES = ("0.13", "0.09", "0.06", "0.03", "0.01", "0", "0.2", "0.055", "0.175", "0.99")


def _random_line(chance: random.Random) -> dict[str, Any]:
    price = Fraction(chance.randrange(1, 10 ** chance.randrange(1, 12)), 10 ** chance.randrange(0, 9))
    quantity = Fraction(
        chance.choice((1, 1, 2, 3, 12, chance.randrange(1, 10**7))), 10 ** chance.randrange(0, 7)
    )
    line: dict[str, Any] = {
        "price": price,
        "quantity": quantity,
        "rate": chance.choice(RATES),
        "kind": "taxed",
        "inclusive": chance.random() < 0.3,
        "discount": None,
    }
    if chance.random() < 0.1:
        line |= {"kind": chance.choice(("exempt", "out_of_scope")), "rate": "0"}
    if chance.random() < 0.2:
        line["discount"] = Fraction(chance.randrange(0, 1001), 1000)
    return line


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _by_the_program(
    lines: list[dict[str, Any]], digits: int, rounding: Any, discount: Fraction | None
) -> Any:
    inputs = [
        totals.LineInput(
            _decimal(line["quantity"]),
            _decimal(line["price"]),
            Decimal(line["rate"]),
            line["kind"],
            line["inclusive"],
            None if line["discount"] is None else totals.Discount(rate=_decimal(line["discount"])),
        )
        for line in lines
    ]
    whole = None if discount is None else totals.Discount(rate=_decimal(discount))
    return totals.compute(inputs, digits, rounding, whole)


def _by_the_model(
    lines: list[dict[str, Any]], digits: int, rounding: str, discount: Fraction | None
) -> tuple[int, int]:
    made = []
    for line in lines:
        gross = sums.half_up(line["quantity"] * line["price"] * 10**digits)
        own = sums.half_up(gross * line["discount"]) if line["discount"] is not None else 0
        made.append(sums.Line(gross - own, Fraction(line["rate"]), line["kind"], line["inclusive"]))
    whole = sums.half_up(sum(line.amount for line in made) * discount) if discount is not None else 0
    return sums.totals(made, whole, rounding)


@pytest.mark.parametrize("rounding", ["line", "document"])
@pytest.mark.timeout(3600)
def test_random_invoices_are_right_to_the_cent(rounding: str) -> None:
    chance = random.Random(rounding)
    for number in range(INVOICES // 2):
        lines = [_random_line(chance) for _ in range(chance.choice((1, 1, 2, 3, 5, 20)))]
        digits = sums.DIGITS[chance.choice(CURRENCIES)]
        discount = Fraction(chance.randrange(0, 1001), 1000) if chance.random() < 0.3 else None
        expected = _by_the_model(lines, digits, rounding, discount)
        if sum(expected) >= sums.TOO_LARGE:
            with pytest.raises(InvalidInput, match="too large"):
                _by_the_program(lines, digits, rounding, discount)
            continue
        got = _by_the_program(lines, digits, rounding, discount)
        assert (got.net_minor, got.tax_minor) == expected, (number, lines)
        # what is shown adds up to what is shown
        assert sum(line.net_minor for line in got.lines) == got.net_minor
        assert sum(line.tax_minor for line in got.lines) == got.tax_minor
        assert all(line.net_minor >= 0 and line.tax_minor >= 0 for line in got.lines), (number, lines)


def test_splits_are_the_largest_remainder() -> None:
    chance = random.Random(5)
    for _ in range(5_000):
        weights = [chance.choice((0, 1, chance.randrange(10**9))) for _ in range(chance.randrange(1, 12))]
        total = chance.randrange(10**12)
        if sum(weights):
            assert money.split(total, weights) == sums.split(total, weights)
        parts = money.split(total, weights)
        assert sum(parts) == total


def test_the_only_subset_is_found_and_several_are_seen() -> None:
    chance = random.Random(6)
    seen = {"one": 0, "set": 0, "none": 0, "several": 0}
    for _ in range(MATCHES):
        amounts = [
            chance.randrange(1, chance.choice((30, 1_000, 10**12)))
            for _ in range(chance.choice((1, 3, 5, 7, 9, 11, 13)))
        ]
        chosen = chance.sample(amounts, min(len(amounts), chance.choice((1, 2, 3, 4, 5, 6))))
        target = sum(chosen) + chance.choice((0, 0, 0, 1))
        hits = matching.exact(amounts, target)
        expected = sums.find_exact(amounts, target)
        if isinstance(expected, list):
            assert [sorted(hit) for hit in hits] == [sorted(expected)], (amounts, target)
            seen["one" if len(expected) == 1 else "set"] += 1
        else:
            assert len(hits) == (0 if expected == "no_match" else 2), (amounts, target, expected)
            assert all(sum(amounts[place] for place in hit) == target for hit in hits)
            seen["none" if expected == "no_match" else "several"] += 1
    assert all(seen.values()), seen


def test_a_set_among_many_is_found() -> None:
    """Too many ways for the model to count: a set known to be there is found, and only the 60 oldest are asked."""
    chance = random.Random(7)
    for _ in range(MATCHES // 40):
        amounts = [chance.randrange(1, 10**12) for _ in range(chance.choice((59, 60, 61, 70)))]
        chosen = sorted(chance.sample(range(len(amounts)), chance.choice((2, 3, 4, 5))))
        hits = matching.exact(amounts, sum(amounts[place] for place in chosen))
        if chosen[-1] < 60:
            assert tuple(chosen) in [tuple(sorted(hit)) for hit in hits]
        else:
            assert tuple(chosen) not in [tuple(sorted(hit)) for hit in hits]
