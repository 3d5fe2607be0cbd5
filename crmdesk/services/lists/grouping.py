"""Groups of a list: what a row's group is in SQL, and in which order the groups stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, func, type_coerce

from crmdesk.models.fields import Field, Kind
from crmdesk.services.lists.columns import Column, Ids

_KINDS = frozenset({Kind.CHOICE, Kind.STATE, Kind.LINK, Kind.DATE, Kind.BOOLEAN, Kind.CURRENCY})


@dataclass(frozen=True, slots=True)
class Group:
    """One group: `key` is a choice's value, a code, a bool or a month as yyyymm; None where the column is empty.

    `sums` by currency in minor units, as those of the whole list.
    """

    key: Any
    count: int
    title: str = ""
    """The name that belongs to a code, where the list knows one."""
    sums: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grouped:
    """The whole filtered set, group after group; the groups' counts add up to the ids."""

    ids: Ids[int]
    groups: tuple[Group, ...]


def can_group(column: Column) -> bool:
    """Whether a list may be grouped by a column."""
    return column.value is not None and (column.field.kind in _KINDS or column.is_group)


def group_key(column: Column, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The group of a row: the month of a date, the value itself of anything else, NULL for nothing."""
    if column.field.kind is Kind.DATE:
        return type_coerce(value, Integer) // 100
    if column.field.kind is Kind.BOOLEAN:
        return type_coerce(value, Integer)
    return func.nullif(value, "", type_=Text())


def in_order(groups: list[Group], entry: Field, *, is_descending: bool | None) -> list[int]:
    """The places of the groups as they are shown: choices as declared, the newest month and yes first.

    `is_descending` is the arrow of a list sorted by the column of its groups, which they follow; None for any other
    list. The empty group stays last.
    """
    from crmdesk.services import pinyin

    choices = [choice.value for choice in entry.choices]
    is_counted = entry.kind in (Kind.DATE, Kind.BOOLEAN)
    is_turned = is_counted if is_descending is None else is_descending

    def rank(place: int) -> Any:
        key = groups[place].key
        if is_counted:
            return (int(key), "")
        if key in choices:
            return (choices.index(key), "")
        return (len(choices), pinyin.syllables(groups[place].title or str(key)).lower())

    filled = [place for place, group in enumerate(groups) if group.key is not None]
    return [
        *sorted(filled, key=rank, reverse=is_turned),
        *(place for place, group in enumerate(groups) if group.key is None),
    ]
