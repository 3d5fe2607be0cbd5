"""Pinyin of Chinese text from a table made at build time: initials, and syllables for homophones.

Looking a name up costs a microsecond; the table, made by packaging/make_pinyin.py, is read when first needed.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

from crmdesk.paths import resource


@dataclass(frozen=True, slots=True)
class _Table:
    initials: dict[int, str]
    syllables: dict[int, str]
    other_initials: dict[str, str]
    """Initials of the further readings of a character: 重 -> c."""
    other_syllables: dict[str, tuple[str, ...]]
    ambiguous: frozenset[str]
    """The characters of `other_initials`."""


@functools.cache
def _table() -> _Table:
    initials: dict[int, str] = {}
    syllables: dict[int, str] = {}
    further: dict[str, list[str]] = {}
    with resource("pinyin", "syllables.txt").open(encoding="utf-8") as lines:
        for line in lines:
            syllable, usual, other = line.rstrip("\n").split("\t")
            points = list(map(ord, usual))
            initials.update(dict.fromkeys(points, syllable[0]))
            syllables.update(dict.fromkeys(points, syllable))
            for sign in other:
                further.setdefault(sign, []).append(syllable)
    other_initials = {}
    for sign, readings in further.items():
        letters = {reading[0] for reading in readings} - {initials[ord(sign)]}
        if letters:
            other_initials[sign] = "".join(sorted(letters))
    other_syllables = {sign: tuple(readings) for sign, readings in further.items()}
    return _Table(initials, syllables, other_initials, other_syllables, frozenset(other_initials))


def initials(text: str) -> str:
    """The usual first letters: 上海鼎晟 -> shds. What is not Chinese stays as it is."""
    return text.translate(_table().initials)


def other_initials(text: str) -> dict[int, str]:
    """Further first letters by position, of characters with several readings: 重庆 -> {0: "c"}."""
    other = _table().other_initials
    return {index: other[sign] for index, sign in enumerate(text) if sign in other}


def all_initials(text: str, count_max: int = 8) -> list[str]:
    """Every way to abbreviate a text, the usual one first, at most `count_max` of them: 重庆 -> zq, cq."""
    usual = initials(text)
    if _table().ambiguous.isdisjoint(text):
        return [usual]
    others = other_initials(text)
    choices = [letter + others.get(index, "") for index, letter in enumerate(usual)]
    return ["".join(letters) for letters in itertools.islice(itertools.product(*choices), count_max)]


def syllables(text: str) -> str:
    """The usual reading, without tones and without spaces: 鼎晟 -> dingsheng. Equal for homophones."""
    return text.translate(_table().syllables)


def readings(sign: str) -> tuple[str, ...]:
    """Every syllable one character can be read as, the usual one first; nothing if it is not Chinese."""
    table = _table()
    usual = table.syllables.get(ord(sign))
    return () if usual is None else (usual, *table.other_syllables.get(sign, ()))
