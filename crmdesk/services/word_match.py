"""How well a few typed words answer to a text: as written, by pinyin initials or written out, by English initials.

For what is at hand in small numbers (commands, places, settings) and for showing which part of a found text was
typed. Customers are found by `services/search`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from crmdesk.models import text_keys
from crmdesk.services import pinyin

EXACT, BEGINS, WORD_BEGINS, HOLDS, HOLDS_INITIALS, APART = range(6)
"""Ranks, the best first; APART: every word was found, but not one behind the other."""

_INITIALS_MIN = 2
_SPELLING_MIN = 2


def rank(typed: str, texts: Sequence[str]) -> int | None:
    """The best rank of what was typed among some texts of one thing; None when a word is in none of them."""
    whole = text_keys.folded(typed)
    if not whole:
        return None
    together = _best(whole, texts)
    if together is not None:
        return together
    words = whole.split(" ")
    if len(words) < 2 or any(_best(word, texts) is None for word in words):
        return None
    return APART


def _best(word: str, texts: Sequence[str]) -> int | None:
    ranks = [found for text in texts if (found := _of_text(word, text)) is not None]
    return min(ranks, default=None)


@functools.lru_cache(maxsize=4096)
def _forms(text: str) -> tuple[str, tuple[str, ...], str, str]:
    """Folded, ways to abbreviate the pinyin, pinyin written out, first letters of the words."""
    folded = text_keys.folded(text)
    letters = text_keys.letters_of(folded)
    acronym = "".join(word[0] for word in folded.split(" ")) if " " in folded else ""
    if letters.isascii():
        return folded, (), "", acronym
    return folded, tuple(pinyin.all_initials(letters)), pinyin.syllables(letters), acronym


def _of_text(word: str, text: str) -> int | None:
    if not text:
        return None
    folded, initials, spelled, acronym = _forms(text)
    if folded == word:
        return EXACT
    if folded.startswith(word):
        return BEGINS
    if f" {word}" in folded:
        return WORD_BEGINS
    if word in folded:
        return HOLDS
    letters = text_keys.letters_of(word)
    if not letters.isascii() or len(letters) < _INITIALS_MIN:
        return None
    if any(way.startswith(letters) for way in (*initials, acronym)):
        return WORD_BEGINS
    if len(letters) >= _SPELLING_MIN and spelled.startswith(letters):
        return WORD_BEGINS
    if any(letters in way for way in initials):
        return HOLDS_INITIALS
    if len(letters) >= _SPELLING_MIN and _spelled_at(_pieces(text), letters) is not None:
        return HOLDS_INITIALS
    return None


Span = tuple[int, int]
"""Where a part begins in a text, and how many characters it has."""


def spans(typed: str, text: str) -> tuple[Span, ...]:
    """The parts of a text that were typed, in order, not overlapping."""
    whole = text_keys.folded(typed)
    if not whole or not text:
        return ()
    found = _span(whole, text)
    parts = [found] if found else [one for word in whole.split(" ") if (one := _span(word, text))]
    kept: list[Span] = []
    for start, length in sorted(parts):
        if not kept or start >= sum(kept[-1]):
            kept.append((start, length))
    return tuple(kept)


def _span(word: str, text: str) -> Span | None:
    lowered = text.lower()
    if len(lowered) != len(text):
        return None  # some signs grow when they are lowered; nothing is emphasised then
    start = lowered.find(word)
    if start >= 0:
        return start, len(word)
    letters = text_keys.letters_of(word)
    if not letters.isascii() or len(letters) < _INITIALS_MIN:
        return None
    pieces = _pieces(text)
    for first in range(len(pieces) - len(letters) + 1):
        run = pieces[first : first + len(letters)]
        if all(letter in firsts for letter, (_at, firsts, _spelled) in zip(letters, run, strict=True)):
            return run[0][0], run[-1][0] - run[0][0] + 1
    return _spelled_at(pieces, letters) if len(letters) >= _SPELLING_MIN else None


_Piece = tuple[int, str, str]


@functools.lru_cache(maxsize=1024)
def _pieces(text: str) -> tuple[_Piece, ...]:
    """Of every letter: its place in the text, the initials it may have, its usual reading."""
    found = []
    for at, sign in enumerate(text.lower()):
        if sign.isalnum():
            ways = pinyin.readings(sign)
            found.append((at, "".join(way[0] for way in ways) or sign, ways[0] if ways else sign))
    return tuple(found)


def _spelled_at(pieces: Sequence[_Piece], letters: str) -> Span | None:
    """The characters whose readings, one after the other, begin with these letters: xixi in 杭州西溪."""
    for first in range(len(pieces)):
        reading = ""
        for at, _firsts, spelled in pieces[first:]:
            reading += spelled
            if len(reading) >= len(letters):
                if reading.startswith(letters):
                    return pieces[first][0], at - pieces[first][0] + 1
                break
            if not letters.startswith(reading):
                break
    return None
