"""What the arguments of a plan come to: instalments that add up to the total, the odd cents where they were asked for.

Nothing here reads or writes the book.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, money, validation
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.instalments import Part, cut, month_later
from crmdesk.models.specs.agreements import PERCENT_FIELDS
from crmdesk.text import N_, _, translator

COUNT_MAX = 600


def parts_of(
    total_minor: int, currency: str, values: dict[str, Any], *, first_position: int = 1, language: str = ""
) -> list[Part]:
    """The instalments that the arguments of `plan.create` make of a total. Writes nothing.

    Raises InvalidInput: `required`, `out_of_range`, `total_differs` with the difference.
    """
    if total_minor <= 0:
        raise InvalidInput(
            Code.OUT_OF_RANGE, _("There is nothing to be paid in instalments."), field="contract"
        )
    name = translator(language or "zh_CN")(N_("Instalment {number}"))
    way = values["way"]
    if way == "by_hand":
        parts = _by_hand(total_minor, currency, values, name, first_position)
    else:
        weights, dues, labels = _shares(values) if way == "percent" else _equal(values)
        cuts = cut(total_minor, weights, values["remainder"])
        parts = [
            Part(label or name.format(number=first_position + place), due, amount, is_odd)
            for place, ((amount, is_odd), due, label) in enumerate(zip(cuts, dues, labels, strict=True))
        ]
    if any(part.amount_minor <= 0 for part in parts):
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("{amount} cannot be cut into so many parts. Take fewer instalments.").format(
                amount=money.plain(total_minor, currency)
            ),
            field="count",
        )
    return parts


def _equal(values: dict[str, Any]) -> tuple[list[int], list[date], list[str]]:
    count = values["count"]
    if count is None:
        raise validation.missing("count")
    _require_range("count", count, COUNT_MAX)
    return [1] * count, _dues(values, count), [""] * count


def _dues(values: dict[str, Any], count: int) -> list[date]:
    every = values["every_months"] or 1
    _require_range("every_months", every, 120)
    first = values["first_due"] or clock.today()
    last_year = first.year + (count * every) // 12 + 1
    if last_year > clock.YEAR_MAX:
        raise validation.out_of_range("every_months", every)
    return [month_later(first, place * every) for place in range(count)]


def _require_range(field: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise validation.out_of_range(field, value)


def _shares(values: dict[str, Any]) -> tuple[list[int], list[date], list[str]]:
    given = values["percents"]
    if not given:
        raise validation.missing("percents")
    if not isinstance(given, list):
        raise InvalidInput(Code.INVALID_TYPE, _("“percents” must be a list."), field="percents")
    _require_range("percents", len(given), COUNT_MAX)
    shares = [_share(share, f"percents[{place}]") for place, share in enumerate(given)]
    whole = sum((share["rate"] for share in shares), Decimal(0))
    if whole != 1:
        raise InvalidInput(
            Code.TOTAL_DIFFERS,
            _("The shares add up to {sum} %, not to 100 %.").format(sum=f"{(whole * 100).normalize():f}"),
            field="percents",
        )
    dues = _dues(values, len(shares))
    weights = [int(share["rate"].scaleb(8, money.EXACT)) for share in shares]
    return (
        weights,
        [share["due"] or due for share, due in zip(shares, dues, strict=True)],
        [share["label"] or "" for share in shares],
    )


def _share(given: Any, place: str) -> dict[str, Any]:
    """One share with what is said of it; a bare number is refused under the name it was written by."""
    if isinstance(given, dict):
        return validation.check(PERCENT_FIELDS, given, f"{place}.")
    rate = next(field for field in PERCENT_FIELDS if field.name == "rate")
    bare = validation.check((replace(rate, name=place),), {place: given})
    return {"rate": bare[place], "due": None, "label": None}


def _by_hand(
    total_minor: int, currency: str, values: dict[str, Any], name: str, first_position: int
) -> list[Part]:
    given = values["parts"]
    if not given:
        raise validation.missing("parts")
    _require_range("parts", len(given), COUNT_MAX)
    parts = [
        Part(
            part["label"] or name.format(number=first_position + place),
            part["due"],
            money.to_minor(part["amount"], currency, f"parts[{place}].amount"),
        )
        for place, part in enumerate(given)
    ]
    differs = sum(part.amount_minor for part in parts) - total_minor
    if differs:
        text = (
            _("The instalments are {amount} more than the {total} to be planned.")
            if differs > 0
            else _("The instalments are {amount} less than the {total} to be planned.")
        )
        raise InvalidInput(
            Code.TOTAL_DIFFERS,
            text.format(amount=money.plain(abs(differs), currency), total=money.plain(total_minor, currency)),
            field="parts",
        )
    return parts
