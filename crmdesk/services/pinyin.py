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


@functools.lru_cache(maxsize=256)
def initials(text: str) -> str:
    """The usual first letters: 上海鼎晟 -> shds. What is not Chinese stays as it is."""
    return text.translate(_table().initials)


def other_initials(text: str) -> dict[int, str]:
    """Further first letters by position, of characters with several readings: 重庆 -> {0: "c"}."""
    other = _table().other_initials
    if other.keys().isdisjoint(text):
        return {}
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


_SPLIT_COUNT_MAX = 6
_VOWELS = frozenset("aeiouv")


@functools.cache
def _characters() -> dict[str, str]:
    """The characters that can be read as a syllable."""
    found: dict[str, list[str]] = {}
    table = _table()
    for point, syllable in table.syllables.items():
        found.setdefault(syllable, []).append(chr(point))
    for sign, others in table.other_syllables.items():
        for syllable in others:
            found.setdefault(syllable, []).append(sign)
    return {
        syllable: "".join(sorted(signs, key=_is_rare))
        for syllable, signs in found.items()
        if _VOWELS & set(syllable)
    }


def _is_rare(sign: str) -> bool:
    """Whether a character is not among the 6,763 of GB 2312."""
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def characters(syllable: str) -> str:
    """The characters that can be read as a syllable, the common ones first; empty for no syllable."""
    return _characters().get(syllable, "")


def split(typed: str) -> list[tuple[str, ...]]:
    """The ways to read typed letters as syllables; the last of several may still be incomplete.

    dingsh -> (ding, sh); xian -> (xian), (xi, an). Nothing for what cannot be pinyin.
    """
    known = _characters()
    found: list[tuple[str, ...]] = []

    def walk(rest: str, before: tuple[str, ...]) -> None:
        if len(found) >= _SPLIT_COUNT_MAX:
            return
        if not rest:
            found.append(before)
            return
        for length in range(min(6, len(rest)), 0, -1):
            if rest[:length] in known:
                walk(rest[length:], (*before, rest[:length]))
        if before and len(rest) < 6 and rest not in known and any(one.startswith(rest) for one in known):
            found.append((*before, rest))

    if len(typed) > 1 and typed.isascii() and typed.isalpha():
        walk(typed, ())
    return [one for one in found[:_SPLIT_COUNT_MAX] if any(len(piece) > 1 for piece in one)]


def is_read_as(text: str, pieces: tuple[str, ...]) -> bool:
    """Whether some characters of a text, one after the other, can be read as these syllables."""
    count = len(pieces)
    for start in range(len(text) - count + 1):
        for offset, piece in enumerate(pieces):
            ways = readings(text[start + offset])
            is_last = offset == count - 1 and count > 1
            if not any(way == piece or (is_last and way.startswith(piece)) for way in ways):
                break
        else:
            return True
    return False
