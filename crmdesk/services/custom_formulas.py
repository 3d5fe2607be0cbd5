"""Formulas of own fields over a book: what they may read, which of them depend on which, and their results.

A formula reads the columns of its record's list and the other own fields; it is reckoned when it is read, so that
nothing is stored that could be out of date.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from crmdesk.models import formulas, money
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.services.custom_fields import FORMULA, PREFIX, RECORDS, CustomField, declared
from crmdesk.services.units import Unit
from crmdesk.text import _

_KINDS = {
    Kind.INTEGER: formulas.NUMBER,
    Kind.QUANTITY: formulas.NUMBER,
    Kind.PRICE: formulas.NUMBER,
    Kind.RATE: formulas.NUMBER,
    Kind.MONEY: formulas.MONEY,
    Kind.DATE: formulas.DATE,
    Kind.BOOLEAN: formulas.YES_NO,
    **dict.fromkeys(
        (Kind.TEXT, Kind.LONG_TEXT, Kind.CODE, Kind.PHONE, Kind.EMAIL, Kind.TAX_NUMBER, Kind.LINK, Kind.CURRENCY,
         Kind.CHOICE, Kind.STATE),
        formulas.TEXT,
    ),
}  # fmt: skip


def kind_of(field: Field) -> str | None:
    """What a column is to a formula; None for what a formula cannot read (several choices, moments)."""
    return _KINDS.get(field.kind)


def known(fields: Iterable[CustomField], record: str) -> dict[str, str]:
    """Everything a formula of a record may name, with its kind."""
    from crmdesk.services.lists.kinds import spec_of

    spec = spec_of(RECORDS[record].list_kind)
    found = {
        column.field.name: kind
        for column in spec.columns
        if column.value is not None and column.field.label and (kind := kind_of(column.field)) is not None
    }
    return found | {entry.column: kind for entry in fields if (kind := kind_of(entry.field)) is not None}


def check(unit: Unit, record: str, name: str, text: str) -> str:
    """The kind a formula gives. Raises InvalidInput `formula_invalid` in words, with the place, and for a circle."""
    if not text.strip():
        raise InvalidInput(
            Code.REQUIRED, _("“{field}” is required.").format(field="formula"), field="formula"
        )
    return examine(unit.connection, record, name, text).kind


def examine(connection: Connection, record: str, name: str, text: str) -> formulas.Formula:
    """The formula of an own field, read over the book. Raises InvalidInput `formula_invalid`, also for a circle."""
    fields = [entry for entry in declared(connection, record) if entry.name != name]
    own = PREFIX + name
    try:
        formula = formulas.parse(text, known(fields, record))
    except CrmdeskError:
        if own in _names_in(text):
            raise _circle(own) from None
        raise
    by_name = {entry.column: entry for entry in fields if entry.kind == FORMULA}
    waiting, seen = list(formula.names), set()
    while waiting:
        one = waiting.pop()
        if one in by_name and one not in seen:
            seen.add(one)
            names = _names_in(by_name[one].formula)
            if own in names:
                raise _circle(by_name[one].column)
            waiting += names
    return formula


def _circle(name: str) -> InvalidInput:
    return InvalidInput(
        Code.FORMULA_INVALID,
        _("The formula would depend on itself, by way of “{name}”.").format(name=name),
        field="formula",
    )


@functools.lru_cache(maxsize=512)
def _names_in(text: str) -> frozenset[str]:
    """The own fields that a formula names, whether or not they are there."""
    return frozenset(formulas.names_in(text, PREFIX))


def users(unit: Unit, record: str, name: str) -> list[CustomField]:
    """The formula fields in use that read this own field."""
    return [
        entry
        for entry in declared(unit.connection, record)
        if entry.kind == FORMULA and PREFIX + name in _names_in(entry.formula)
    ]


class Formulas:
    """The formulas of a record, read once, in an order in which each finds what it needs."""

    def __init__(self, fields: Iterable[CustomField], record: str) -> None:
        every = list(fields)
        kinds = known(every, record)
        self.entries: list[tuple[CustomField, formulas.Formula]] = []
        self._kinds = kinds
        waiting = [entry for entry in every if entry.kind == FORMULA]
        ready = {name for name in kinds if name not in {entry.column for entry in waiting}}
        while waiting:
            able = [entry for entry in waiting if _names_in(entry.formula) <= ready]
            if not able:
                break  # a circle, or a field that is gone: `check` names it, the list shows nothing
            for entry in able:
                try:
                    self.entries.append((entry, formulas.parse(entry.formula, kinds)))
                except CrmdeskError:
                    pass
                ready.add(entry.column)
            waiting = [entry for entry in waiting if entry.column not in ready]
        self._named = [(entry.column, formula) for entry, formula in self.entries]
        self._read = frozenset().union(*(formula.names for _entry, formula in self.entries))

    def needed(self, name: str) -> frozenset[str]:
        """The columns that a formula needs, through other formulas: those that are no formulas themselves."""
        by_name = {entry.column: formula for entry, formula in self.entries}
        found: set[str] = set()
        waiting = [name]
        while waiting:
            formula = by_name.get(waiting.pop())
            for one in () if formula is None else formula.names:
                (waiting.append if one in by_name else found.add)(one)
        return frozenset(found)

    def add(
        self, row: dict[str, Any], currency: str, today: date, only: frozenset[str] | None = None
    ) -> None:
        """Adds the results to a row of a list, typed as its columns are: amounts in minor units of the currency.

        `only`: these formulas, where the row holds what they need and what those they read give.
        """
        if not self.entries:
            return
        inputs: dict[str, Any] = {"today": today}
        kinds = self._kinds
        for name in self._read:
            value, kind = row.get(name), kinds.get(name)
            if value is not None and kind is not None:
                inputs[name] = _input(value, kind, currency)
        for name, formula in self._named:
            if only is not None and name not in only:
                continue
            value = formula.value(inputs)
            inputs[name] = value
            row[name] = _output(value, formula.kind, currency)

    def through(self, name: str) -> frozenset[str]:
        """A formula and those it reads."""
        by_name = {entry.column: formula for entry, formula in self.entries}
        found: set[str] = set()
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in by_name and one not in found:
                found.add(one)
                waiting += by_name[one].names
        return frozenset(found)


def reckoned(
    formula: formulas.Formula, row: dict[str, Any], kinds: dict[str, str], currency: str, today: date
) -> Any:
    """The result of one formula for one row of a list, typed as a column would have it."""
    inputs: dict[str, Any] = {"today": today}
    for name in formula.names:
        value, kind = row.get(name), kinds.get(name)
        if value is not None and kind is not None:
            inputs[name] = _input(value, kind, currency)
    return _output(formula.value(inputs), formula.kind, currency)


def _input(value: Any, kind: str, currency: str) -> Any:
    if kind == formulas.MONEY:
        return money.to_decimal(value, currency)
    if kind == formulas.NUMBER:
        return value if isinstance(value, Decimal) else Decimal(value)
    if kind == formulas.YES_NO:
        return bool(value)
    return value


def _output(value: Any, kind: str, currency: str) -> Any:
    if value is None or kind != formulas.MONEY:
        return value
    minor = money.round_half_up(money.EXACT.scaleb(value, money.digits(currency)))
    return minor if abs(minor) < money.MINOR_LIMIT else None


def problems(connection: Connection) -> list[tuple[CustomField, str]]:
    """Formula fields in use that cannot be reckoned any more, with the reason."""
    found: list[tuple[CustomField, str]] = []
    for record in RECORDS:
        fields = declared(connection, record)
        if not any(entry.kind == FORMULA for entry in fields):
            continue
        able = {entry.column for entry, _formula in Formulas(fields, record).entries}
        for entry in fields:
            if entry.kind == FORMULA and entry.column not in able:
                reason = _("it depends on itself or on what is gone")
                try:
                    formulas.parse(entry.formula, known(fields, record))
                except CrmdeskError as error:
                    reason = error.message
                found.append((entry, reason))
    return found
