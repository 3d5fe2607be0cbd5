"""What formulas are made of: their parts, how kinds are joined, the signs and functions. The language: `formulas`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import Any

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import N_, _

NUMBER, MONEY, TEXT, DATE, YES_NO = "number", "money", "text", "date", "yes_no"
DECIMALS = 6
"""A number that a formula gives has at most so many decimals, halves away from zero."""
_ADJUSTED_MAX = 30
_WIDE = Context(prec=60)
_WORKING = Context(prec=40, rounding=ROUND_HALF_EVEN)
KIND_WORDS = {
    NUMBER: N_("a number"),
    MONEY: N_("an amount"),
    TEXT: N_("text"),
    DATE: N_("a date"),
    YES_NO: N_("yes or no"),
}

Row = Mapping[str, Any]
"""Values by name: Decimal for numbers and amounts, date, str, bool; None where empty. `today` is under that name."""
Run = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a formula: its kind, how it is reckoned, where it stands."""

    kind: str
    run: Run
    place: int


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, text or sign of a formula."""

    text: str
    kind: str
    place: int


def wrong(place: int, what: str) -> InvalidInput:
    """The refusal of a formula, with the place from 1."""
    return InvalidInput(
        Code.FORMULA_INVALID,
        _("The formula, at place {place}: {what}.").format(place=place + 1, what=what),
        field="formula",
    )


def rounded(value: Decimal, digits: int) -> Decimal | None:
    """A number with so many decimals, halves away from zero; None beyond 10^15."""
    if value and value.adjusted() >= 15:
        return None
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=_WIDE) + 0


def family(kind: str) -> str:
    """Kinds that are compared with each other: an amount with a number, too."""
    return NUMBER if kind == MONEY else kind


def mixed(token: Token, left: Part, right: Part) -> InvalidInput:
    """The refusal of two kinds that a sign cannot take."""
    return wrong(
        token.place,
        _("“{sign}” cannot take {one} and {other}").format(
            sign=token.text, one=_(KIND_WORDS[left.kind]), other=_(KIND_WORDS[right.kind])
        ),
    )


def words(value: Any) -> str:
    """A value as `&` joins it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        short = value.normalize(_WORKING)
        return f"{short:f}" if short else "0"
    return value.isoformat() if isinstance(value, date) else str(value)


def _reckoned(work: Callable[[Decimal, Decimal], Decimal], one: Run, other: Run) -> Run:
    def run(row: Row) -> Decimal | None:
        a, b = one(row), other(row)
        if a is None or b is None:
            return None
        try:
            found = work(a, b)
        except DecimalException:
            return None
        return found if not found or abs(found.adjusted()) <= _ADJUSTED_MAX else None

    return run


def added(token: Token, left: Part, right: Part) -> Part:
    """A sum or a difference: of numbers, of amounts, of a date and days, of two dates."""
    kinds = (left.kind, right.kind)
    one, other = left.run, right.run
    is_minus = token.text == "-"
    if kinds == (DATE, DATE) and is_minus:
        return Part(NUMBER, _days(one, other), token.place)
    if kinds == (DATE, NUMBER):
        return Part(DATE, _moved(one, other, -1 if is_minus else 1), token.place)
    if any(family(kind) != NUMBER for kind in kinds):
        raise mixed(token, left, right)
    work = _WORKING.subtract if is_minus else _WORKING.add
    return Part(MONEY if MONEY in kinds else NUMBER, _reckoned(work, one, other), token.place)


def scaled(token: Token, left: Part, right: Part) -> Part:
    """A product or a quotient; two amounts make a ratio."""
    kinds = (left.kind, right.kind)
    if any(family(kind) != NUMBER for kind in kinds):
        raise mixed(token, left, right)
    if token.text == "*":
        if kinds == (MONEY, MONEY):
            raise mixed(token, left, right)
        kind = MONEY if MONEY in kinds else NUMBER
        return Part(kind, _reckoned(_WORKING.multiply, left.run, right.run), token.place)
    if kinds == (NUMBER, MONEY):
        raise mixed(token, left, right)
    kind = MONEY if kinds == (MONEY, NUMBER) else NUMBER
    return Part(kind, _reckoned(_WORKING.divide, left.run, right.run), token.place)


def _days(later: Run, earlier: Run) -> Run:
    def run(row: Row) -> Decimal | None:
        a, b = later(row), earlier(row)
        return None if a is None or b is None else Decimal((a - b).days)

    return run


def _moved(day: Run, days: Run, sign: int) -> Run:
    def run(row: Row) -> date | None:
        a, b = day(row), days(row)
        if a is None or b is None or b.adjusted() > 6:
            return None
        try:
            return a + timedelta(days=sign * int(b))
        except OverflowError:
            return None

    return run


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

# Functions: what they take, what they give

_Made = tuple[str, Run]


def _require(token: Token, part: Part, *kinds: str) -> None:
    if part.kind not in kinds:
        raise wrong(
            part.place,
            _("“{name}” needs {kind} here, not {given}").format(
                name=token.text, kind=_(KIND_WORDS[kinds[0]]), given=_(KIND_WORDS[part.kind])
            ),
        )


def _common(token: Token, parts: list[Part]) -> str:
    """The one kind of several values; an amount and a number are an amount."""
    for part in parts[1:]:
        if family(part.kind) != family(parts[0].kind):
            raise mixed(token, parts[0], part)
    return MONEY if any(part.kind == MONEY for part in parts) else parts[0].kind


def _if(token: Token, parts: list[Part]) -> _Made:
    _require(token, parts[0], YES_NO)
    test, then = parts[0].run, parts[1].run
    other = parts[2].run if len(parts) > 2 else lambda _row: None
    return _common(token, parts[1:]), lambda row: then(row) if test(row) else other(row)


def _round(token: Token, parts: list[Part]) -> _Made:
    for part in parts:
        _require(token, part, NUMBER, MONEY)
    one = parts[0].run
    digits = parts[1].run if len(parts) > 1 else lambda _row: Decimal(0)

    def run(row: Row) -> Decimal | None:
        a, b = one(row), digits(row)
        if a is None or b is None or not -6 <= b <= DECIMALS:
            return None
        return rounded(a, int(b))

    return parts[0].kind, run


def _abs(token: Token, parts: list[Part]) -> _Made:
    _require(token, parts[0], NUMBER, MONEY)
    run = parts[0].run
    return parts[0].kind, lambda row: None if (a := run(row)) is None else abs(a)


def _extreme(choose: Callable[..., Any]) -> Callable[[Token, list[Part]], _Made]:
    def make(token: Token, parts: list[Part]) -> _Made:
        kind = _common(token, parts)
        if kind == YES_NO:
            _require(token, parts[0], NUMBER, MONEY, DATE, TEXT)
        runs = [part.run for part in parts]

        def run(row: Row) -> Any:
            values = [one(row) for one in runs]
            return None if any(value is None for value in values) else choose(values)

        return kind, run

    return make


def _between(token: Token, parts: list[Part]) -> _Made:
    for part in parts:
        _require(token, part, DATE)
    return NUMBER, _days(parts[0].run, parts[1].run)


def _of_date(name: str) -> Callable[[Token, list[Part]], _Made]:
    def make(token: Token, parts: list[Part]) -> _Made:
        _require(token, parts[0], DATE)
        run = parts[0].run
        return NUMBER, lambda row: None if (a := run(row)) is None else Decimal(getattr(a, name))

    return make


def _length(token: Token, parts: list[Part]) -> _Made:
    _require(token, parts[0], TEXT)
    run = parts[0].run
    return NUMBER, lambda row: Decimal(len(run(row) or ""))


def _first(token: Token, parts: list[Part]) -> _Made:
    runs = [part.run for part in parts]

    def run(row: Row) -> Any:
        for one in runs:
            value = one(row)
            if value is not None and value != "":
                return value
        return None

    return _common(token, parts), run


def _empty(_token: Token, parts: list[Part]) -> _Made:
    run = parts[0].run
    return YES_NO, lambda row: (a := run(row)) is None or a == ""


FUNCTIONS: dict[str, tuple[int, int, Callable[[Token, list[Part]], _Made]]] = {
    "if": (2, 3, _if),
    "round": (1, 2, _round),
    "abs": (1, 1, _abs),
    "min": (2, 20, _extreme(min)),
    "max": (2, 20, _extreme(max)),
    "days": (2, 2, _between),
    "year": (1, 1, _of_date("year")),
    "month": (1, 1, _of_date("month")),
    "day": (1, 1, _of_date("day")),
    "length": (1, 1, _length),
    "first": (2, 20, _first),
    "empty": (1, 1, _empty),
}
