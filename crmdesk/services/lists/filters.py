"""The filter language of lists: `open > 0 and due < 2026-03-01 and name ~ "上海"`.

    expression  and, or, not, parentheses
    comparison  field = != < <= > >= value · field ~ value (contains; !~ does not) · field in (value, …)
                field is empty · field is not empty · a yes/no field alone
    value       a word, a number, a date (2026-03-01, today, today-30) or text in "…" or '…'

A comparison with an empty value is false; != and what stands behind `not` are the plain opposite.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import CHOICES, NUMBERS, Field, Kind
from crmdesk.models.money import MINOR_LIMIT, parse_plain
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
_TODAY = re.compile(r"today(?:([+-])([0-9]{1,4}))?", re.ASCII)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SAME = {"==": "=", "<>": "!="}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against typed values; `operator` is = != < <= > >= ~ in or empty."""

    field: str
    operator: str
    values: tuple[Any, ...] = ()


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


def parse(expression: str, fields: Mapping[str, Field]) -> Node | None:
    """The filter as a tree of typed comparisons; None for an empty one.

    Raises InvalidInput `filter_invalid` that names the place and the way out.
    """
    if len(expression) > LENGTH_MAX:
        raise _wrong(_("The filter is too long."))
    tokens = _tokens(expression)
    if not tokens:
        return None
    reader = _Reader(tokens, fields)
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


class _Reader:
    """Reads the tokens by recursive descent."""

    def __init__(self, tokens: list[_Token], fields: Mapping[str, Field]) -> None:
        self._tokens = tokens
        self._place = 0
        self._fields = fields
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
        field = None if token.is_text else self._fields.get(token.text)
        if field is None:
            raise _wrong(
                _("There is no field “{name}” in this list. Known: {known}.").format(
                    name=token.text[:40], known=", ".join(self._fields)
                )
            )
        if self._take("is"):
            is_negated = self._take("not")
            if not self._take("empty"):
                raise _wrong(_("After “is” comes “empty” or “not empty”."))
            node: Node = Comparison(field.name, "empty")
            return Not(node) if is_negated else node
        is_negated = self._take("not")
        if self._take("in"):
            node = Comparison(field.name, "in", self._list(field))
            return Not(node) if is_negated else node
        if is_negated:
            raise _wrong(_("After “{name} not” comes “in”.").format(name=field.name))
        operator = self.token
        if (
            operator is None
            or operator.is_text
            or operator.text not in (*_ORDERED, *_SAME, "=", "!=", "~", "!~")
        ):
            if field.kind is Kind.BOOLEAN:
                return Comparison(field.name, "=", (True,))
            raise _wrong(_("After “{name}” comes = != < <= > >= ~ or in.").format(name=field.name))
        self._place += 1
        return self._compared(field, _SAME.get(operator.text, operator.text))

    def _compared(self, field: Field, operator: str) -> Node:
        value = typed(field, self._next(_("a value")), operator.lstrip("!"))
        if operator == "!~":
            return Not(Comparison(field.name, "~", (value,)))
        return Comparison(field.name, operator, (value,))

    def _list(self, field: Field) -> tuple[Any, ...]:
        if not self._take("("):
            raise _wrong(_("After “in” comes a list such as (A, B)."))
        values = [typed(field, self._next(_("a value")), "=")]
        while self._take(","):
            values.append(typed(field, self._next(_("a value")), "="))
        if not self._take(")"):
            raise _wrong(_("A “)” is missing in the filter."))
        return tuple(values)


def typed(field: Field, token: _Token, operator: str) -> Any:
    """The value of a token as the field's kind wants it, or `filter_invalid`."""
    if not token.is_text and token.text in ("(", ")", ",", *_ORDERED, *_SAME, "=", "!=", "~", "!~"):
        raise _wrong(_("A value is missing after “{name}”.").format(name=field.name))
    kind = field.kind
    if operator == "~" and (kind in NUMBERS or kind in CHOICES or kind in (Kind.DATE, Kind.BOOLEAN)):
        raise _wrong(_("“~” looks for text; “{name}” is not text.").format(name=field.name))
    if operator in _ORDERED and (kind in CHOICES or kind is Kind.BOOLEAN):
        raise _wrong(_("“{name}” has no order; use =, != or in.").format(name=field.name))
    if kind in NUMBERS:
        return _number(field, token.text)
    if kind is Kind.DATE:
        return _day(field, token.text)
    if kind is Kind.BOOLEAN:
        return _boolean(field, token.text)
    if kind in CHOICES:
        values = [choice.value for choice in field.choices]
        if token.text not in values:
            raise _wrong(
                _("“{value}” is not a value of “{name}”. Known: {known}.").format(
                    value=token.text[:40], name=field.name, known=", ".join(values)
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


def _day(field: Field, text: str) -> date:
    match = _TODAY.fullmatch(text.lower())
    if match:
        days = int(match[2] or 0)
        return clock.today() + timedelta(days=-days if match[1] == "-" else days)
    if _ISO_DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
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
