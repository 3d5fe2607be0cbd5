"""How wide the columns of a list are: what the user chose, else what the field asks for, fitted into the room."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmdesk.models.fields import Kind
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.theme import theme

_FLEXIBLE = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.LINK})
_SHRINK = 0.6
"""A column of words may shrink to this share of its wish before a scroll bar comes."""


class ColumnWidths:
    """`title_width(column)` says how much room a title needs; columns are told apart by their field's name."""

    def __init__(self, title_width: Callable[[Column], int]) -> None:
        self._title_width = title_width
        self.chosen: dict[str, int] = {}

    def choose(self, column: Column, width: int) -> None:
        """The user drew a column to a width."""
        self.chosen[column.field.name] = width

    def state(self) -> dict[str, float]:
        """The chosen widths in digits, so that they follow the text size."""
        digit = theme().metrics.digit
        return {name: round(width / digit, 2) for name, width in self.chosen.items()}

    def restore(self, state: Any) -> None:
        """Takes back what `state` gave; anything else is let go."""
        digit = theme().metrics.digit
        if isinstance(state, Mapping):
            self.chosen = {
                str(name): round(width * digit)
                for name, width in state.items()
                if isinstance(width, int | float)
            }

    def fitted(
        self, columns: Sequence[Column], shown: Sequence[int], room: int, keeps: int = -1
    ) -> dict[int, int]:
        """A width for every shown column; one column of words takes what is left, so that no hole gapes.

        Columns of words give way when room is short, never below their title. `keeps` is being drawn by the user.
        """
        wishes = {index: self._wish(columns[index]) for index in shown}
        words = [index for index in shown if columns[index].field.kind in _FLEXIBLE and index != keeps]
        if not words or room <= 0:
            return wishes
        missing = sum(wishes.values()) - room
        if missing > 0:
            most = {index: self._most(columns[index], wishes[index]) for index in words}
            share = min(1.0, missing / max(1, sum(most.values())))
            for index in words:
                wishes[index] -= min(most[index], math.ceil(most[index] * share))
        widest = max(words, key=lambda index: wishes[index])
        wishes[widest] += max(0, room - sum(wishes.values()))
        return wishes

    def _wish(self, column: Column) -> int:
        sizes = theme().metrics
        wish = sizes.em(column.width or column.field.width) + 2 * sizes.cell_padding
        return self.chosen.get(column.field.name) or max(wish, self._title_width(column))

    def _most(self, column: Column, wish: int) -> int:
        """How much a column of words can give."""
        return max(0, wish - max(self._title_width(column), round(wish * _SHRINK)))
