"""Which column of a file means which field: by the names over the columns, in Chinese and English.

Pure functions. A suggestion only: saved mappings and the user overrule it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crmdesk.services.imports.layout import normalise_name

SURE = 0.9
"""From here on a match needs no question."""
ACCEPTED = 0.72
"""Below this a name is left unmapped."""
_BRACKETS = re.compile(r"[(（\[【<《].*?[)）\]】>》]")
_REQUIRED = re.compile(r"^[*＊※]+|[*＊※]+$")
_NUMBERED = re.compile(r"^\d+[.、)）]\s*")


@dataclass(frozen=True, slots=True)
class FieldNames:
    """The names under which a field may be found."""

    name: str
    label: str = ""
    aliases: tuple[str, ...] = ()
    """Labels in every language, and whatever other programs call it."""


@dataclass(frozen=True, slots=True)
class Match:
    """A column proposed for a field; confidence 0..1."""

    field: str
    column: int
    confidence: float


@dataclass(frozen=True, slots=True)
class HeaderGuess:
    """What was found; `unmapped` are the columns with a name that fit no field."""

    matches: tuple[Match, ...]
    unmapped: tuple[int, ...]

    @property
    def mapping(self) -> dict[str, int]:
        """Field name -> column index."""
        return {match.field: match.column for match in self.matches}


def known_names(fields: Iterable[FieldNames]) -> frozenset[str]:
    """All names of the fields in normal form, for finding the header row (`read_table(known=…)`)."""
    return frozenset(name for field in fields for name in _names_of(field))


def _names_of(field: FieldNames) -> list[str]:
    names = [normalise_name(text) for text in (field.name, field.label, *field.aliases)]
    return list(dict.fromkeys(name for name in names if name))


def score(header: str, field: FieldNames) -> float:
    """How well a column's name fits a field: 1 the same but for width, case and punctuation, 0 not at all."""
    text = _NUMBERED.sub("", _REQUIRED.sub("", unicodedata.normalize("NFKC", header).strip()))
    whole = normalise_name(text)
    if not whole:
        return 0.0
    names = _names_of(field)
    if whole in names:
        return 1.0
    bare = normalise_name(_BRACKETS.sub("", text))
    if bare and bare != whole and bare in names:
        return 0.95
    return max((_nearness(bare or whole, name) for name in names), default=0.0)


def _nearness(header: str, name: str) -> float:
    shorter, longer = sorted((header, name), key=len)
    if len(shorter) < 2:
        return 0.0
    is_wide = any(sign >= "\u2e80" for sign in shorter)
    if longer.endswith(shorter) and (is_wide or len(shorter) >= 4):
        return 0.6 + 0.3 * len(shorter) / len(longer)  # 客户联系电话 for 联系电话
    if longer.startswith(shorter) and (is_wide or len(shorter) >= 4):
        return 0.55 + 0.3 * len(shorter) / len(longer)
    if is_wide or len(shorter) < 5:
        return 0.0  # one Chinese sign more or less is another word
    ratio = difflib.SequenceMatcher(None, header, name, autojunk=False).ratio()
    return 0.9 * ratio if ratio >= 0.85 else 0.0


def guess(header: Sequence[str], fields: Sequence[FieldNames]) -> HeaderGuess:
    """Gives each field at most one column and each column at most one field, best fits first.

    A name that stands over several columns is proposed for the first of them.
    """
    scored: list[tuple[float, int, int]] = []
    for column, name in enumerate(header):
        if name:
            for order, field in enumerate(fields):
                points = score(name, field)
                if points >= ACCEPTED:
                    scored.append((-points, column, order))
    scored.sort()
    matches: dict[int, Match] = {}
    taken: set[int] = set()
    for points, column, order in scored:
        if column not in taken and order not in matches:
            matches[order] = Match(fields[order].name, column, round(-points, 3))
            taken.add(column)
    return HeaderGuess(
        tuple(matches[order] for order in sorted(matches)),
        tuple(column for column, name in enumerate(header) if name and column not in taken),
    )
