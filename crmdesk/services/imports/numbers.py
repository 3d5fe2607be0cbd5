"""Numbers, amounts and rates out of cells.

Which sign is the decimal one is decided once for a column (or a whole file) from all its values, never value
by value: "1,234" alone says nothing. Only plain digits are numbers: no NaN, exponent, underscore, or digits
of other scripts, all of which `Decimal` would take.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from crmdesk.models.errors import Code
from crmdesk.models.money import EXACT
from crmdesk.services.imports.faults import shorten
from crmdesk.services.imports.values import CellRefused, plain_text, refuse_error
from crmdesk.services.imports.wire import NOISE_MAX, Cell
from crmdesk.text import N_, _, counted


class Mark(StrEnum):
    """The decimal sign."""

    POINT = "."
    COMMA = ","


@dataclass(frozen=True, slots=True)
class NumberRule:
    """How the numbers of a column are written; `decimal` None while only forms like 1,234 were seen."""

    decimal: Mark | None
    sample: str = ""
    """A value that could be read both ways."""

    @property
    def is_ambiguous(self) -> bool:
        """Whether the user has to be asked."""
        return self.decimal is None and bool(self.sample)

    def answered(self, decimal: Mark) -> NumberRule:
        """The rule after the user's answer."""
        return replace(self, decimal=decimal, sample="")


PLAIN = NumberRule(Mark.POINT)

# Full-width forms and look-alikes to their plain signs; only these, so that no other digit becomes one.
_PLAIN_SIGNS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0x00A0: 0x20,
    0x202F: 0x20,
    0x2007: 0x20,
    0x2009: 0x20,
    0xFFE5: 0xA5,
    0xFFE1: 0xA3,
    0xFFE0: 0xA2,
    0x2212: 0x2D,
    0xFE63: 0x2D,
    0x2019: 0x27,
    0x02BC: 0x27,
    0x3002: 0x2E,
}
_CURRENCIES: dict[str, frozenset[str]] = {
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "TWD", "HKD", "MOP"}),
    "圆": frozenset({"CNY"}),
    "円": frozenset({"JPY"}),
    "RMB": frozenset({"CNY"}),
    "人民币": frozenset({"CNY"}),
    "$": frozenset({"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN", "MOP"}),
    "US$": frozenset({"USD"}),
    "HK$": frozenset({"HKD"}),
    "NT$": frozenset({"TWD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "₩": frozenset({"KRW"}),
    "₹": frozenset({"INR"}),
}
_UNIT = "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True)) + "|[A-Z]{3}"
_DRESSED = re.compile(
    rf"(?P<open>\()?\s*(?P<sign1>[-+])?\s*(?P<unit1>{_UNIT})?\s*(?P<sign2>[-+])?\s*"
    r"(?P<body>[0-9.,][0-9., ']*?)\s*"
    rf"(?P<sign3>-)?\s*(?P<unit2>{_UNIT})?\s*(?P<close>\))?\s*(?P<side>CR|DR|Cr|Dr|cr|dr|贷|借)?",
    re.ASCII,
)
_DIGITS = re.compile(r"-?[0-9]{1,40}", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
_NOTHING = frozenset({"-", "--", "—", "——", "–", "/"})


@dataclass(frozen=True, slots=True)
class Dressed:
    """A written number taken apart: digits and marks, sign, currency sign."""

    body: str
    is_negative: bool
    unit: str | None


def undress(text: str) -> Dressed | None:
    """Takes sign, parentheses, currency and CR/DR off a written number; None when it is none.

    (1,234.00), 1,234.00-, -1,234.00 and 1,234.00 CR are negative; two such marks at once are not a number.
    """
    text = text.translate(_PLAIN_SIGNS).strip()
    match = _DRESSED.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]) or (match["unit1"] and match["unit2"]):
        return None
    side = (match["side"] or "").upper()
    marks = [
        bool(match["open"]),
        bool(match["sign1"]),
        bool(match["sign2"]),
        bool(match["sign3"]),
        bool(side),
    ]
    if sum(marks) > 1:
        return None
    is_negative = bool(
        match["open"] or "-" in (match["sign1"], match["sign2"], match["sign3"]) or side in ("CR", "贷")
    )
    return Dressed(match["body"].strip(), is_negative, match["unit1"] or match["unit2"])


def decide_rule(cells: Iterable[Cell]) -> NumberRule:
    """The one rule of a column or file. Numbers of a workbook need none; texts vote, the majority wins.

    Only forms like 1,234 or 1.234 (three digits behind a single mark): ambiguous, with the first as the
    sample.
    """
    votes = {Mark.POINT: 0, Mark.COMMA: 0}
    sample = ""
    for cell in cells:
        if not isinstance(cell, str):
            continue
        dressed = undress(cell.removesuffix("%").removesuffix("％"))
        if dressed is None:
            continue
        vote = _vote(dressed.body)
        if isinstance(vote, Mark):
            votes[vote] += 1
        elif vote and not sample:
            sample = cell
    if votes[Mark.POINT] or votes[Mark.COMMA]:
        return NumberRule(Mark.POINT if votes[Mark.POINT] >= votes[Mark.COMMA] else Mark.COMMA)
    return NumberRule(None, sample)


def _vote(body: str) -> Mark | bool:
    """The decimal sign that a written number proves, True when it could be either, False when it proves
    nothing.
    """
    points, commas = body.count("."), body.count(",")
    if not points and not commas:
        return False
    if points and commas:
        return Mark.POINT if body.rindex(".") > body.rindex(",") else Mark.COMMA
    mark, other = (Mark.POINT, Mark.COMMA) if points else (Mark.COMMA, Mark.POINT)
    if points + commas > 1:
        return other  # several: they group, and the other sign would be the decimal one
    whole, _mark, fraction = body.partition(mark)
    if " " in whole or "'" in whole:
        return mark  # spaces or apostrophes group
    if len(fraction) != 3 or whole in ("", "0") or len(whole) > 3:
        return mark
    return True


def parse_number(cell: Cell, rule: NumberRule, *, currency: str | None = None) -> Decimal | None:
    """The number in a cell; None when blank or a lone dash.

    Raises `number_unreadable`, `number_ambiguous`, and, where a currency is given and the cell names another,
    `currency_mixed`.
    """
    if cell is None:
        return None
    if isinstance(cell, Decimal):
        return cell
    if isinstance(cell, str) and (_DIGITS if rule.decimal is not Mark.POINT else _PLAIN_NUMBER).fullmatch(
        cell
    ):
        return Decimal(cell)
    refuse_error(cell)
    text = plain_text(cell).strip()
    if not text or text in _NOTHING:
        return None
    dressed = undress(text)
    if dressed is None or not isinstance(cell, str):
        raise _unreadable(text)
    if currency is not None and dressed.unit is not None:
        _check_unit(dressed.unit, currency, text)
    elif dressed.unit is not None and dressed.unit not in _CURRENCIES and currency is None:
        raise _unreadable(text)
    number = Decimal(_undecorated(dressed.body, rule, text))
    return -number if dressed.is_negative else number


def _undecorated(body: str, rule: NumberRule, text: str) -> str:
    """The body with a point for the decimal sign and nothing else."""
    vote = _vote(body)
    if vote is False:
        if not _is_grouped(body, " "):
            raise _unreadable(text)
        return "".join(sign for sign in body if sign.isdigit())
    decimal = rule.decimal
    if decimal is None:
        if vote is True:
            raise CellRefused(
                Code.NUMBER_AMBIGUOUS,
                _("“{value}” can be read as a thousand or as a fraction.").format(value=shorten(text)),
                text,
                _("Say which sign is the decimal one, or format the column as numbers."),
            )
        decimal = vote
    group = Mark.COMMA if decimal is Mark.POINT else Mark.POINT
    whole, _mark, fraction = body.partition(decimal)
    if decimal in fraction or group in fraction or (isinstance(vote, Mark) and vote is not decimal):
        raise _unreadable(text)
    if not _is_grouped(whole, group) or (fraction and not fraction.isdigit()) or not (whole or fraction):
        raise _unreadable(text)
    return "".join(sign for sign in whole if sign.isdigit()).rjust(1, "0") + (
        f".{fraction}" if fraction else ""
    )


def _is_grouped(whole: str, group: str) -> bool:
    """Plain digits, or groups of three with one kind of sign between them."""
    if not whole or whole.isdigit():
        return True
    for sign in (group, " ", "'"):
        parts = whole.split(sign)
        if len(parts) > 1:
            return (
                1 <= len(parts[0]) <= 3
                and parts[0].isdigit()
                and all(len(p) == 3 and p.isdigit() for p in parts[1:])
            )
    return False


def _check_unit(unit: str, currency: str, text: str) -> None:
    fitting = _CURRENCIES.get(unit, frozenset({unit}))
    if currency not in fitting:
        raise CellRefused(
            Code.CURRENCY_MIXED,
            _("“{value}” is not an amount in {currency}.").format(value=shorten(text), currency=currency),
            text,
            _("Give each currency its own rows and name it in the currency column."),
        )


def _unreadable(text: str) -> CellRefused:
    return CellRefused(
        Code.NUMBER_UNREADABLE,
        _("“{value}” is not a number.").format(value=shorten(text)),
        text,
        _("Write digits only, such as 1234.50."),
    )


def parse_decimals(
    cell: Cell, rule: NumberRule, decimals_max: int, *, currency: str | None = None
) -> Decimal | None:
    """A quantity or price of at most so many decimals (trailing zeros do not count), or
    `too_many_decimals`.
    """
    number = parse_number(cell, rule, currency=currency)
    return None if number is None else _limited(number, decimals_max, plain_text(cell))


def _limited(number: Decimal, decimals_max: int, text: str) -> Decimal:
    if number.adjusted() > 40:
        raise CellRefused(
            Code.AMOUNT_TOO_LARGE, _("The number is too large."), text, _("Correct the number.")
        )
    step = Decimal(1).scaleb(-decimals_max)
    rounded = number.quantize(step, context=EXACT)
    if rounded != number:
        if len(number.as_tuple().digits) < 15 or abs(rounded - number) > NOISE_MAX:
            raise CellRefused(
                Code.TOO_MANY_DECIMALS,
                counted(N_("“{value}” has more than {count} decimals."), decimals_max, value=shorten(text)),
                text,
                _("Round the value in the source."),
            )
        number = rounded
    return number


def parse_rate(cell: Cell, rule: NumberRule, known_rates: Collection[Decimal] = ()) -> Decimal | None:
    """A rate as a fraction: 13% and a bare 13 are 0.13; None when blank.

    A bare number below 1 (0.13) is asked about, `rate_ambiguous`, unless `known_rates` (fractions of the tax
    table) holds it as percent. Raises `out_of_range` below 0 and above 100 %.
    """
    if isinstance(cell, str):
        text = cell.translate(_PLAIN_SIGNS).strip()
        has_sign = text.endswith("%")
        number = parse_number(text.removesuffix("%").strip() if has_sign else text, rule)
        if number is None and has_sign:
            raise _unreadable(cell)
    else:
        number, has_sign = parse_number(cell, rule), False
    if number is None:
        return None
    fraction = number.scaleb(-2, EXACT)
    if not 0 <= fraction <= 1:
        raise CellRefused(
            Code.OUT_OF_RANGE,
            _("A rate lies between 0 % and 100 %."),
            plain_text(cell),
            _("Write it as percent, such as 13%."),
        )
    if not has_sign and 0 < number < 1 and fraction not in known_rates:
        percent = f"{(number * 100).normalize():f}"
        raise CellRefused(
            Code.RATE_AMBIGUOUS,
            _("Did you mean {percent} %? “{value}” without a sign would be {value} %.").format(
                percent=percent, value=plain_text(cell)
            ),
            plain_text(cell),
            _("Write the rate with a percent sign."),
        )
    return fraction
