"""The filter language of lists: `open > 0 and due < 2026-03-01 and name ~ "上海"`.

    expression  and, or, not, parentheses
    comparison  field = != < <= > >= value · field ~ value (contains; !~ does not) · field in (value, …)
                field is empty · field is not empty · a yes/no field alone
                day in period · number in 10..20 · tag has "VIP" (in a set: has and in are the same)
    field       a name, or a measure of a period or a product: spent(last 12 months), bought("P-01", 2026)
    value       a word, a number, a date (2026-03-01, today, today-30, today - 3 months) or text in "…" or '…'
    period      today · this month · last quarter · last 90d · last 12 months · next 14d · 2026 · 2026-03 ·
                2026-01-01..today (weeks, months, quarters, years; d w m y)

A comparison with an empty value is false; != and what stands behind `not` are the plain opposite.
Grouping rules are written in the same language over the list of customers (`services/rules`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import CHOICES, NUMBERS, Field, Kind
from crmdesk.models.money import MINOR_LIMIT, parse_plain
from crmdesk.models.spans import RANGE, day_said, period_said, range_of
from crmdesk.services.lists import choice_words
from crmdesk.text import _

LENGTH_MAX = 4_000
_DEPTH_MAX = 40

_ORDERED = ("<", "<=", ">", ">=")

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign><=|>=|!=|<>|==|!~|[=<>~(),])
    | (?P<word>[^\s"'<>=!~(),]+)
    )""",
    re.VERBOSE,
)
_SIGNED = re.compile(r"[+-]([0-9]{1,4}[a-z]*)?", re.ASCII)
_COUNT = re.compile(r"(.*?[0-9])([a-z]+)?", re.ASCII)
_UNIT_WORDS = {name + end: name[0] for name in ("day", "week", "month", "year") for end in ("", "s")}
_SAME = {"==": "=", "<>": "!="}


@dataclass(frozen=True, slots=True)
class Call:
    """A measure that is asked with arguments. `takes` names them: period, or a kind of record (product,
    product_category); those from `required` on may be left out."""

    field: Field
    takes: tuple[str, ...]
    required: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against typed values; `operator` is = != < <= > >= ~ in, within (from … to, None is open) or empty."""

    field: str
    operator: str
    values: tuple[Any, ...] = ()
    kind: Kind = Kind.TEXT
    arguments: tuple[str, ...] = ()
    """Of a measure: names of periods, codes or paths of records."""
    texts: tuple[str, ...] = ()
    """The values as they were written, for periods their name: what a rule keeps."""
    declared: Field | None = dataclasses.field(default=None, compare=False, repr=False)
    """The field as it is declared: its words and its choices."""

    @property
    def key(self) -> str:
        """The field with its arguments: what is one value of a row."""
        return key_of(self.field, self.arguments)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a node."""

    node: Node


@dataclass(frozen=True, slots=True)
class All:
    """Every node holds."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one node holds."""

    nodes: tuple[Node, ...]


Node = Comparison | Not | All | Some


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    is_text: bool
    place: int


def key_of(field: str, arguments: tuple[str, ...] = ()) -> str:
    """The name of a field, or of a measure with its arguments: spent(last_12m)."""
    return f"{field}({', '.join(arguments)})" if arguments else field


def parse(
    expression: str,
    fields: Mapping[str, Field],
    calls: Mapping[str, Call] | None = None,
    today: date | None = None,
) -> Node | None:
    """The filter as a tree of typed comparisons; None for an empty one. `today` is the day it is asked on.

    Raises InvalidInput `filter_invalid` that names the place and the way out.
    """
    if len(expression) > LENGTH_MAX:
        raise _wrong(_("The filter is too long."))
    tokens = _tokens(expression)
    if not tokens:
        return None
    reader = _Reader(tokens, fields, calls or {}, today or clock.today())
    node = reader.any_of()
    if reader.token is not None:
        raise _wrong(_("“{text}” is not expected here. Join conditions with “and” or “or”.").format(
            text=reader.token.text
        ))  # fmt: skip
    return node


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(Code.FILTER_INVALID, message, field="filter")


def _tokens(expression: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while expression[place:].strip():
        match = _TOKEN.match(expression, place)
        if match is None:
            raise _wrong(
                _("The filter cannot be read from “{text}” on. Is a quote open?").format(
                    text=expression[place:].strip()[:30]
                )
            )
        is_text = match["text"] is not None
        text = re.sub(r"\\(.)", r"\1", match["text"][1:-1], flags=re.DOTALL) if is_text else match[0].strip()
        found.append(_Token(text, is_text, place))
        place = match.end()
    return found


def _compared(
    field: Field,
    operator: str,
    values: tuple[Any, ...],
    arguments: tuple[str, ...],
    texts: tuple[str, ...] = (),
) -> Comparison:
    return Comparison(field.name, operator, values, field.kind, arguments, texts, declared=field)


class _Reader:
    """Reads the tokens by recursive descent."""

    def __init__(
        self, tokens: list[_Token], fields: Mapping[str, Field], calls: Mapping[str, Call], today: date
    ) -> None:
        self._tokens = tokens
        self._place = 0
        self._fields = fields
        self._calls = calls
        self._today = today
        self._depth = 0

    @property
    def token(self) -> _Token | None:
        """The token to be read next."""
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _is_next(self, *words: str) -> bool:
        token = self.token
        return token is not None and not token.is_text and token.text.lower() in words

    def _take(self, *words: str) -> bool:
        if self._is_next(*words):
            self._place += 1
            return True
        return False

    def _next(self, expected: str) -> _Token:
        token = self.token
        if token is None:
            raise _wrong(_("The filter ends too early: {expected} is missing.").format(expected=expected))
        self._place += 1
        return token

    def any_of(self) -> Node:
        """One or more conditions joined by `or`."""
        nodes = [self._all_of()]
        while self._take("or"):
            nodes.append(self._all_of())
        return nodes[0] if len(nodes) == 1 else Some(tuple(nodes))

    def _all_of(self) -> Node:
        nodes = [self._one()]
        while self._take("and"):
            nodes.append(self._one())
        return nodes[0] if len(nodes) == 1 else All(tuple(nodes))

    def _one(self) -> Node:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise _wrong(_("The filter is nested too deep."))
        try:
            if self._take("not"):
                return Not(self._one())
            if self._take("("):
                node = self.any_of()
                if not self._take(")"):
                    raise _wrong(_("A “)” is missing in the filter."))
                return node
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Node:
        token = self._next(_("a field"))
        call = None if token.is_text else self._calls.get(token.text)
        arguments: tuple[str, ...] = ()
        if call is not None and (self._is_next("(") or token.text not in self._fields):
            field: Field | None = call.field
            arguments = self._arguments(token.text, call)
        else:
            field = None if token.is_text else self._fields.get(token.text)
        if field is None:
            raise _wrong(
                _("There is no field “{name}” in this list. Known: {known}.").format(
                    name=token.text[:40], known=", ".join({**self._fields, **self._calls})
                )
            )
        if self._take("is"):
            is_negated = self._take("not")
            if not self._take("empty"):
                raise _wrong(_("After “is” comes “empty” or “not empty”."))
            node: Node = _compared(field, "empty", (), arguments)
            return Not(node) if is_negated else node
        is_negated = self._take("not")
        if self._take("in", "has"):
            node = self._among(field, arguments)
            return Not(node) if is_negated else node
        if is_negated:
            raise _wrong(_("After “{name} not” comes “in”.").format(name=field.name))
        return self._signed(field, arguments)

    def _signed(self, field: Field, arguments: tuple[str, ...]) -> Node:
        """A sign and a value; a yes/no field may stand alone."""
        operator = self.token
        if (
            operator is None
            or operator.is_text
            or operator.text not in (*_ORDERED, *_SAME, "=", "!=", "~", "!~")
        ):
            if field.kind is Kind.BOOLEAN:
                return _compared(field, "=", (True,), arguments, ("true",))
            raise _wrong(_("After “{name}” comes = != < <= > >= ~ or in.").format(name=field.name))
        self._place += 1
        sign = _SAME.get(operator.text, operator.text)
        token = self._value(field)
        if field.kind is Kind.LIST:
            if sign in _ORDERED or (field.choices and sign in ("~", "!~")):
                raise _wrong(_("After “{name}” comes “has” or “in”.").format(name=field.name))
            operator_said = "~" if sign in ("~", "!~") else "in"
            value = _member(field, token, self._today)
            node: Node = _compared(field, operator_said, (value,), arguments, (token.text,))
            return Not(node) if sign in ("!=", "!~") else node
        value = typed(field, token, sign.lstrip("!"), self._today)
        if sign == "!~":
            return Not(_compared(field, "~", (value,), arguments, (token.text,)))
        return _compared(field, sign, (value,), arguments, (token.text,))

    def _value(self, field: Field) -> _Token:
        """The next value; of a day also “today - 90 days”, which is several words."""
        token = self._next(_("a value"))
        if field.choices:
            return _chosen(field, token)
        if field.kind not in (Kind.DATE, Kind.MOMENT) or token.is_text:
            return token
        text = token.text.lower()
        following = self.token
        is_signed = following is not None and not following.is_text and _SIGNED.fullmatch(following.text)
        if text == "today" and following is not None and is_signed:
            self._place += 1
            text += following.text.lower()
            if text[-1] in "+-":
                text += self._next(_("a number of days")).text.lower()
        if text.startswith("today") and text[-1].isdigit() and self._is_next(*_UNIT_WORDS):
            text += self._next("").text.lower()
        match = _COUNT.fullmatch(text) if text.startswith("today") else None
        if match and match[2] in _UNIT_WORDS:
            text = match[1] + _UNIT_WORDS[match[2]]
        return _Token(text if text.startswith("today") else token.text, is_text=False, place=token.place)

    def _among(self, field: Field, arguments: tuple[str, ...]) -> Node:
        """What follows `in`: a list, a period or range, or a single member of a set."""
        if self._is_next("("):
            tokens = self._list(field)
            values = tuple(
                _member(field, token, self._today)
                if field.kind is Kind.LIST
                else typed(field, token, "=", self._today)
                for token in tokens
            )
            texts = tuple(token.text for token in tokens)
            return _compared(field, "in", values, arguments, texts)
        if field.kind is Kind.LIST:
            one = self._value(field)
            value = _member(field, one, self._today)
            return _compared(field, "in", (value,), arguments, (one.text,))
        if field.kind in (Kind.DATE, Kind.MOMENT):
            name = self._period()
            if not name:
                raise _wrong(
                    _("After “{name} in” comes a period such as last 90d, this month or 2026.").format(
                        name=field.name
                    )
                )
            ends: tuple[Any, ...] = range_of(name, self._today)
            if field.kind is Kind.MOMENT:
                first, last = ends
                after = last + timedelta(days=1) if last not in (None, date.max) else None
                ends = (_midnight(first) if first else None, _midnight(after) if after else None)
            return _compared(field, "within", ends, arguments, (name,))
        if field.kind in NUMBERS and self.token is not None and RANGE in self.token.text:
            text = self._next("").text
            first_text, _dots, last_text = text.partition(RANGE)
            if not first_text and not last_text:
                raise _wrong(_("A value is missing after “{name}”.").format(name=field.name))
            ends = tuple(_number(field, end) if end else None for end in (first_text, last_text))
            return _compared(field, "within", ends, arguments, (text,))
        raise _wrong(_("After “in” comes a list such as (A, B)."))

    def _period(self) -> str:
        """The name of the period that the next words say, the longest reading; "" if they say none."""
        words: list[str] = []
        for token in self._tokens[self._place : self._place + 3]:
            words.append(token.text)
        for count in range(len(words), 0, -1):
            name = period_said(" ".join(words[:count]))
            if name:
                self._place += count
                return name
        return ""

    def _arguments(self, name: str, call: Call) -> tuple[str, ...]:
        """What stands in the brackets of a measure, checked against what it takes."""
        found: list[str] = []
        if self._take("("):
            while not self._take(")"):
                if found and not self._take(","):
                    raise _wrong(_("A “)” is missing in the filter."))
                found.append(self._argument(name, call, len(found)))
        if len(found) < call.required:
            raise _wrong(
                _("“{name}” needs {arguments} in brackets.").format(
                    name=name, arguments=", ".join(call.takes)
                )
            )
        return tuple(found)

    def _argument(self, name: str, call: Call, place: int) -> str:
        if place >= len(call.takes):
            raise _wrong(
                _("“{name}” takes {arguments} in brackets, and nothing more.").format(
                    name=name, arguments=", ".join(call.takes)
                )
            )
        if call.takes[place] != "period":
            return self._next(_("a value")).text
        said = self._period()
        if not said:
            raise _wrong(
                _("“{name}” wants a period such as last 12 months, this year or 2026.").format(name=name)
            )
        return said

    def _list(self, field: Field) -> list[_Token]:
        if not self._take("("):
            raise _wrong(_("After “in” comes a list such as (A, B)."))
        found = [self._value(field)]
        while self._take(","):
            found.append(self._value(field))
        if not self._take(")"):
            raise _wrong(_("A “)” is missing in the filter."))
        return found


def _chosen(field: Field, token: _Token) -> _Token:
    """A choice that was named by its label as its value: that is what a rule keeps. Anything else as it stands."""
    values = choice_words.meant(field.choices, token.text)
    if len(values) > 1:
        raise _wrong(
            _(
                "“{value}” is the label of several values of “{name}”. Write the one you mean: {known}."
            ).format(value=token.text[:40], name=field.name, known=", ".join(values))
        )
    return dataclasses.replace(token, text=values[0], is_text=True) if values else token


def _member(field: Field, token: _Token, today: date) -> str:
    """A member of a set: one of the field's choices where it has some, else a name that the list looks for."""
    return typed(field, token, "=", today) if field.choices else token.text


def typed(field: Field, token: _Token, operator: str, today: date) -> Any:
    """The value of a token as the field's kind wants it, or `filter_invalid`."""
    if not token.is_text and token.text in ("(", ")", ",", *_ORDERED, *_SAME, "=", "!=", "~", "!~"):
        raise _wrong(_("A value is missing after “{name}”.").format(name=field.name))
    kind = field.kind
    if operator == "~" and (
        kind in NUMBERS or kind in CHOICES or kind in (Kind.DATE, Kind.BOOLEAN, Kind.LIST)
    ):
        raise _wrong(_("“~” looks for text; “{name}” is not text.").format(name=field.name))
    if operator in _ORDERED and (kind in CHOICES or kind in (Kind.BOOLEAN, Kind.LIST)):
        raise _wrong(_("“{name}” has no order; use =, != or in.").format(name=field.name))
    if kind in NUMBERS:
        return _number(field, token.text)
    if kind is Kind.DATE:
        return _day(field, token.text, today)
    if kind is Kind.MOMENT and token.text.startswith("today"):
        day = _day(field, token.text, today)
        return _midnight(day + timedelta(days=1) if operator in (">", "<=") else day)
    if kind is Kind.BOOLEAN:
        return _boolean(field, token.text)
    if kind in CHOICES or kind is Kind.LIST:
        values = [choice.value for choice in field.choices]
        if token.text not in values:
            raise _wrong(
                _("“{value}” is not a value of “{name}”. Known: {known}.").format(
                    value=token.text[:40], name=field.name, known=choice_words.named(field.choices)
                )
            )
    return token.text


def _number(field: Field, text: str) -> Decimal:
    try:
        number = parse_plain(text, field.name)
    except CrmdeskError as error:
        raise _wrong(error.message) from None
    if abs(number) >= MINOR_LIMIT:
        raise _wrong(_("“{name}”: the number is too large.").format(name=field.name))
    return number


def _midnight(day: date) -> str:
    """The beginning of a day where the user is, as moments are stored."""
    return clock.stamp(datetime.combine(day, time()).astimezone().astimezone(UTC))


def _day(field: Field, text: str, today: date) -> date:
    day = day_said(text, today)
    if day is not None:
        return day
    raise _wrong(
        _("“{name}”: “{value}” is not a date. Write 2026-03-31, today or today-30.").format(
            name=field.name, value=text[:40]
        )
    )


def _boolean(field: Field, text: str) -> bool:
    if text.lower() in ("true", "yes", "1"):
        return True
    if text.lower() in ("false", "no", "0"):
        return False
    raise _wrong(_("“{name}” is true or false.").format(name=field.name))
