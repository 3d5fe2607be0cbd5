"""The one declaration: a `Field` drives form editor, table column, filter, import header, Excel type, PDF column.

What a kind means to one consumer sits in one dictionary of that consumer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal


class Kind(StrEnum):
    """How a value is read, shown and compared."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CODE = "code"
    PHONE = "phone"
    EMAIL = "email"
    TAX_NUMBER = "tax_number"
    DISCOUNT_TERMS = "discount_terms"
    INTEGER = "integer"
    QUANTITY = "quantity"
    PRICE = "price"
    MONEY = "money"
    RATE = "rate"
    DATE = "date"
    MOMENT = "moment"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CURRENCY = "currency"
    LINK = "link"
    STATE = "state"
    LINES = "lines"
    LIST = "list"
    OBJECT = "object"
    FILE = "file"
    """The path of a file on this computer; only forms have such a field, a use case takes an OBJECT."""
    ANY = "any"


TEXTS = frozenset(
    {
        Kind.TEXT,
        Kind.LONG_TEXT,
        Kind.CODE,
        Kind.PHONE,
        Kind.EMAIL,
        Kind.TAX_NUMBER,
        Kind.LINK,
        Kind.CURRENCY,
        Kind.DISCOUNT_TERMS,
    }
)
"""Kinds whose values are words: letters typed in a list sorted by them go to the row that begins so."""
NUMBERS = frozenset({Kind.INTEGER, Kind.QUANTITY, Kind.PRICE, Kind.MONEY, Kind.RATE})
CHOICES = frozenset({Kind.CHOICE, Kind.STATE})


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a CHOICE or STATE field; `tone` (neutral, good, warn, danger, info) colours its chip."""

    value: str
    label: str
    tone: str = "neutral"
    aliases: tuple[str, ...] = ()
    """Its labels in every language, where they stand in no catalogue."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is known about a record. `label`, `help` and choice labels are catalogue sources (English)."""

    name: str
    kind: Kind
    label: str
    required: bool = False
    choices: tuple[Choice, ...] = ()
    link: str | None = None
    aliases: tuple[str, ...] = ()
    sample: str = ""
    sortable: bool = True
    help: str = ""
    length_max: int = 200
    default: Any = None
    sign: Literal["positive", "non_negative", "any"] = "positive"
    """Which numbers a MONEY, PRICE, QUANTITY or INTEGER field takes."""
    most: int | None = None
    """The largest number an INTEGER field takes."""
    takes_whole: bool = False
    """Whether a RATE may be 1: a discount may take everything, a tax never does."""
    decimals_max: int | None = None
    """How many decimals a PRICE may have where that is not the usual number."""
    grouping: int = 0
    """A CODE of digits is shown in groups of so many while it is typed; its value has no spaces."""
    fields: tuple[Field, ...] = ()
    section: str = ""
    width: int = 12
    """Width of its column in characters."""


def pick(fields: Iterable[Field], *names: str) -> tuple[Field, ...]:
    """The named fields, in that order."""
    by_name = {field.name: field for field in fields}
    return tuple(by_name[name] for name in names)


def required(field: Field) -> Field:
    """The same field, but it must be given."""
    return replace(field, required=True)


def optional(fields: Iterable[Field]) -> tuple[Field, ...]:
    """The same fields, none of them required and without defaults (an update changes only what is given)."""
    return tuple(replace(field, required=False, default=None) for field in fields)
