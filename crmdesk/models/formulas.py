"""Formulas of own fields: a small language read into a tree of typed parts and reckoned in Decimal. Nothing is `eval`.

    expression   numbers 1.5, text "…", yes/no true false, names, today, ( … )
    signs        + - * / (also − × ÷), & joins texts, = != < <= > >=, and or not
    functions    if(condition, then, else) · round(x, digits) · abs(x) · min(a, b …) · max(a, b …)
                 days(later, earlier) · year(d) · month(d) · day(d) · length(t) · first(a, b …) · empty(x)

Kinds are checked before anything is reckoned: number, money, text, date, yes_no. A date and a number of days make a
date, two dates a number of days; two amounts make a ratio. An empty value makes an empty result, except that joining
takes it as no text, `and`, `or` and comparisons as “no” (!= is the opposite of =), and `first` goes on to the next.
Division by nothing, a number beyond the limits and an impossible date are empty, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crmdesk.models.errors import InvalidInput
from crmdesk.models.formula_parts import (
    DATE,
    DECIMALS,
    FUNCTIONS,
    KIND_WORDS,
    MONEY,
    NUMBER,
    TESTS,
    TEXT,
    YES_NO,
    Part,
    Row,
    Run,
    Token,
    added,
    family,
    mixed,
    rounded,
    scaled,
    words,
    wrong,
)
from crmdesk.text import _

__all__ = ["DATE", "MONEY", "NUMBER", "TEXT", "YES_NO", "Formula", "names_in", "parse"]

LENGTH_MAX = 2_000
_DEPTH_MAX = 40
_PARTS_MAX = 400
TEXT_LENGTH_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked formula: what it gives, what it reads, and the function that reckons it for one record."""

    kind: str
    names: frozenset[str]
    run: Run

    def value(self, row: Row) -> Any:
        """The result for a record: a number rounded to six decimals and with no more of them than it has, everything
        else as it comes; None for nothing."""
        found = self.run(row)
        if found is None or found == "":
            return None
        if self.kind == NUMBER:
            number = rounded(found, DECIMALS)
            return None if number is None else Decimal(f"{number:f}".rstrip("0").rstrip("."))
        return found[:TEXT_LENGTH_MAX] if self.kind == TEXT else found


_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|“[^”]*”)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<sign><=|>=|!=|<>|==|[-+*/&=<>(),−×÷≤≥≠，（）])""",
    re.VERBOSE,
)
_SAME = {"−": "-", "×": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "<>": "!=", "==": "=",
         "，": ",", "（": "(", "）": ")"}  # fmt: skip
_COMPARED = frozenset({"=", "!=", "<", "<=", ">", ">="})


def parse(text: str, kinds: Mapping[str, str]) -> Formula:
    """Reads a formula over names of these kinds. Raises InvalidInput `formula_invalid` that names the place."""
    if len(text) > LENGTH_MAX:
        raise wrong(0, _("the formula is too long"))
    reader = _Reader(_tokens(text), kinds, len(text))
    part = reader.expression()
    if reader.token is not None:
        raise wrong(
            reader.token.place, _("“{text}” is not expected here").format(text=reader.token.text[:30])
        )
    return Formula(part.kind, frozenset(reader.names), part.run)


def names_in(text: str, prefix: str) -> set[str]:
    """The names in a formula that begin so, whether or not there is such a field; none of what cannot be read."""
    try:
        return {
            token.text for token in _tokens(text) if token.kind == "name" and token.text.startswith(prefix)
        }
    except InvalidInput:
        return set()


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise wrong(place, _("“{text}” cannot be read").format(text=text[place : place + 12]))
        word = match[0]
        if match.lastgroup == "text":
            word = re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL) if word[0] == '"' else word[1:-1]
        elif match.lastgroup == "sign":
            word = _SAME.get(word, word)
        found.append(Token(word, match.lastgroup, place))
        place = match.end()
    return found


class _Reader:
    """Reads the tokens by recursive descent, and checks kinds on the way."""

    def __init__(self, tokens: list[Token], kinds: Mapping[str, str], end: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._kinds = kinds
        self._end = end
        self._depth = 0
        self._count = 0
        self.names: set[str] = set()

    @property
    def token(self) -> Token | None:
        """The token to be read next."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, *words: str) -> Token | None:
        token = self.token
        if token is not None and token.kind != "text" and token.text.lower() in words:
            self._at += 1
            return token
        return None

    def _need(self, word: str) -> Token:
        found = self._take(word)
        if found is None:
            place = self.token.place if self.token is not None else self._end
            raise wrong(place, _("a “{sign}” is missing").format(sign=word))
        return found

    def expression(self) -> Part:
        """Conditions joined by `or`."""
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise wrong(self.token.place if self.token else self._end, _("too many brackets are nested"))
        try:
            part = self._all_of()
            while token := self._take("or"):
                one, other = part.run, self._yes_no(token, part, self._all_of()).run
                part = Part(YES_NO, lambda row, a=one, b=other: bool(a(row)) or bool(b(row)), token.place)
            return part
        finally:
            self._depth -= 1

    def _all_of(self) -> Part:
        part = self._not()
        while token := self._take("and"):
            one, other = part.run, self._yes_no(token, part, self._not()).run
            part = Part(YES_NO, lambda row, a=one, b=other: bool(a(row)) and bool(b(row)), token.place)
        return part

    def _not(self) -> Part:
        negations = 0
        last = None
        while token := self._take("not"):
            negations, last = negations + 1, token
        part = self._compared()
        if last is None:
            return part
        run = self._yes_no(last, part, part).run
        is_negated = negations % 2 == 1
        return Part(YES_NO, lambda row: bool(run(row)) != is_negated, last.place)

    @staticmethod
    def _yes_no(token: Token, *parts: Part) -> Part:
        for part in parts:
            if part.kind != YES_NO:
                raise wrong(
                    part.place,
                    _("“{sign}” joins conditions; this is {kind}").format(
                        sign=token.text, kind=_(KIND_WORDS[part.kind])
                    ),
                )
        return parts[-1]

    def _compared(self) -> Part:
        left = self._joined()
        token = self.token
        if token is None or token.kind != "sign" or token.text not in _COMPARED:
            return left
        self._at += 1
        right = self._joined()
        sign = token.text
        if family(left.kind) != family(right.kind):
            raise mixed(token, left, right)
        if left.kind == YES_NO and sign not in ("=", "!="):
            raise wrong(token.place, _("yes and no have no order; use = or !="))
        test, one, other = TESTS[sign], left.run, right.run

        def run(row: Row) -> bool:
            a, b = one(row), other(row)
            if a is None or b is None:
                return sign == "!="
            return test(a, b)

        return Part(YES_NO, run, token.place)

    def _joined(self) -> Part:
        part = self._sum()
        while token := self._take("&"):
            other = self._sum()
            for one in (part, other):
                if one.kind == YES_NO:
                    raise wrong(one.place, _("“&” joins texts; use if(…) to make a text of a condition"))
            part = Part(TEXT, lambda row, a=part.run, b=other.run: words(a(row)) + words(b(row)), token.place)
        return part

    def _sum(self) -> Part:
        part = self._product()
        while token := self._take("+", "-"):
            part = added(token, part, self._product())
        return part

    def _product(self) -> Part:
        part = self._unary()
        while token := self._take("*", "/"):
            part = scaled(token, part, self._unary())
        return part

    def _unary(self) -> Part:
        token = self._take("-")
        if token is None:
            return self._primary()
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise wrong(token.place, _("too many brackets are nested"))
        part = self._unary()
        self._depth -= 1
        if part.kind not in (NUMBER, MONEY):
            raise wrong(
                part.place, _("“-” needs a number; this is {kind}").format(kind=_(KIND_WORDS[part.kind]))
            )
        run = part.run
        return Part(part.kind, lambda row: None if (a := run(row)) is None else -a, token.place)

    def _primary(self) -> Part:
        token = self.token
        self._count += 1
        if token is None:
            raise wrong(self._end, _("something is missing here: a number, a text or a field"))
        if self._count > _PARTS_MAX:
            raise wrong(token.place, _("the formula is too long"))
        self._at += 1
        if token.kind == "number":
            number = Decimal(token.text)
            return Part(NUMBER, lambda _row: number, token.place)
        if token.kind == "text":
            text = token.text
            return Part(TEXT, lambda _row: text, token.place)
        if token.text == "(":
            part = self.expression()
            self._need(")")
            return part
        if token.kind == "name":
            return self._named(token)
        raise wrong(token.place, _("“{text}” is not expected here").format(text=token.text))

    def _named(self, token: Token) -> Part:
        name, word = token.text, token.text.lower()
        following = self.token
        if following is not None and following.kind == "sign" and following.text == "(":
            return self._call(token, word)
        if word in ("true", "false"):
            is_true = word == "true"
            return Part(YES_NO, lambda _row: is_true, token.place)
        if word == "today":
            return Part(DATE, lambda row: row.get("today"), token.place)
        kind = self._kinds.get(name)
        if kind is None:
            raise wrong(
                token.place,
                _("there is no field “{name}”. Known: {known}").format(
                    name=name[:40], known=", ".join(sorted(self._kinds))
                ),
            )
        self.names.add(name)
        return Part(kind, lambda row: row.get(name), token.place)

    def _call(self, token: Token, name: str) -> Part:
        if name not in FUNCTIONS:
            raise wrong(
                token.place,
                _("there is no function “{name}”. Known: {known}").format(
                    name=token.text[:40], known=", ".join(sorted(FUNCTIONS))
                ),
            )
        self._need("(")
        parts: list[Part] = []
        if self._take(")") is None:
            parts.append(self.expression())
            while self._take(","):
                parts.append(self.expression())
            self._need(")")
        least, most, make = FUNCTIONS[name]
        if not least <= len(parts) <= most:
            raise wrong(
                token.place,
                _("“{name}” takes {least} to {most} values, not {count}").format(
                    name=name, least=least, most=most, count=len(parts)
                ),
            )
        kind, run = make(token, parts)
        return Part(kind, run, token.place)
