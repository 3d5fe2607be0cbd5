"""How alike two customers are, and why: evidence for and against, added up as in record linkage.

What agrees weighs by how seldom it agrees by chance (a tax number hardly ever, a district often); what contradicts
weighs against. No weight was taken from a file of known pairs: those only prove them (`tests/services`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from crmdesk.models import text_keys
from crmdesk.services import pinyin
from crmdesk.text import N_

REASONS = {
    "name": N_("the same name"),
    "legal_form": N_("the names differ in the legal form only"),
    "sound": N_("a name that sounds the same"),
    "name_typo": N_("names that differ by a slip of the pen"),
    "name_part": N_("one name is a part of the other"),
    "phone": N_("the same phone"),
    "tax_number": N_("the same tax number"),
    "tax_number_typo": N_("tax numbers that differ by a slip of the pen"),
    "email": N_("the same e-mail address"),
    "address": N_("the same address"),
    "address_like": N_("nearly the same address"),
    "born_on": N_("the same birthday"),
    "born_on_typo": N_("birthdays that differ by a slip of the pen"),
}
"""Reason -> its words. Strings of `duplicates.REASONS` are among them."""

SAME_FROM = 60
"""From this score on, of 100, a pair is proposed."""

_WEIGHTS = {
    "tax_number": 80,
    "tax_number_typo": 35,
    "name": 60,
    "legal_form": 60,
    "sound": 45,
    "name_typo": 35,
    "name_part": 25,
    "phone": 45,
    "email": 50,
    "address": 30,
    "address_like": 20,
    "born_on": 35,
    "born_on_typo": 15,
}
# three things that agree outweigh one number that does not
_AGAINST = {"tax_number": 30, "name": 35, "born_on": 20, "kind": 30}
_PERSON_NAME, _OTHER_PERSON_NAME = 40, 25
"""Many people have one name, and people change theirs; a firm's is its own."""
_ALIKE, _NEARLY = 0.93, 0.85
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Party:
    """What is compared of one customer, brought into forms that compare alike; made once per customer."""

    id: int
    is_person: bool
    plain: str
    """The name without width, case and space."""
    key: str
    """The name without its legal form, too."""
    sound: str
    """The key in pinyin; a latin key is its own sound."""
    phones: frozenset[str]
    tax_number: str
    emails: frozenset[str]
    address: str
    born_on: str


def latin_key(name: str) -> str:
    """The sound of a name: pinyin for Chinese signs, so that 鼎晟 and Ding Sheng are one."""
    key = text_keys.name_key(name)
    return key if key.isascii() else pinyin.syllables(key)


def person_key(name: str) -> str:
    """A person's name with its words in order, so that Li Na and Na Li are one."""
    return "".join(sorted(re.findall(r"\w+", text_keys.folded(name))))


def party(
    record_id: int,
    *,
    name: str,
    is_person: bool = False,
    phones: tuple[str, ...] = (),
    tax_number: str = "",
    emails: tuple[str, ...] = (),
    address: str = "",
    born_on: str = "",
) -> Party:
    """The comparable forms of a customer. `born_on` is yyyymmdd, `address` its parts with spaces between."""
    return Party(
        record_id,
        is_person,
        text_keys.letters_of(text_keys.folded(name)),
        person_key(name) if is_person else text_keys.name_key(name),
        "" if not name else latin_key(name),
        frozenset(filter(None, map(phone_tail, phones))),
        tax_key(tax_number),
        frozenset(filter(None, (text_keys.folded(one) for one in emails))),
        text_keys.folded(address),
        born_on,
    )


def tax_key(text: str) -> str:
    """A tax number without spaces, signs and case."""
    return text_keys.letters_of(text_keys.folded(text)).upper()


def phone_tail(text: str) -> str:
    """The digits of a phone without what is dialled before them (0, 0086)."""
    return text_keys.phone_key(text).lstrip("0")


def same_phone(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether a number agrees, also where one has no country or area code (at least seven digits are equal)."""
    if not one or not other:
        return False
    if one & other:
        return True
    return any(
        len(short) >= 7 and 1 <= len(long) - len(short) <= 4 and long.endswith(short)
        for left in one
        for right in other
        for short, long in ((left, right), (right, left))
    )


@functools.lru_cache(maxsize=65_536)
def _words(address: str) -> tuple[frozenset[str], str]:
    """(numbers, letters) of an address."""
    return frozenset(_DIGITS.findall(address)), text_keys.letters_of(_DIGITS.sub("", address))


def score(one: Party, other: Party) -> tuple[int, tuple[str, ...]]:
    """(0 to 100, keys of REASONS, the strongest first). 100 is certain, below `SAME_FROM` nothing is proposed."""
    found = list(_for(one, other))
    total = sum(weight for _reason, weight in found) - _against(
        one, other, {reason for reason, _weight in found}
    )
    found.sort(key=lambda entry: -entry[1])
    return max(0, min(100, total)), tuple(reason for reason, _weight in found)


def _for(one: Party, other: Party) -> Iterator[tuple[str, int]]:
    named = _name_reason(one, other)
    if named:
        is_whole = named in ("name", "legal_form")
        yield named, _PERSON_NAME if is_whole and (one.is_person or other.is_person) else _WEIGHTS[named]
    if same_phone(one.phones, other.phones):
        yield "phone", _WEIGHTS["phone"]
    if one.emails & other.emails:
        yield "email", _WEIGHTS["email"]
    if one.tax_number and other.tax_number:
        if one.tax_number == other.tax_number:
            yield "tax_number", _WEIGHTS["tax_number"]
        elif _slip(one.tax_number, other.tax_number):
            yield "tax_number_typo", _WEIGHTS["tax_number_typo"]
    if one.born_on and other.born_on:
        if one.born_on == other.born_on:
            yield "born_on", _WEIGHTS["born_on"]
        elif _slip(one.born_on, other.born_on):
            yield "born_on_typo", _WEIGHTS["born_on_typo"]
    placed = _address_reason(one.address, other.address)
    if placed:
        yield placed, _WEIGHTS[placed]


def _slip(one: str, other: str) -> bool:
    """Whether two numbers differ by one sign or by two that changed places."""
    return OSA.distance(one, other, score_cutoff=1) <= 1


def _name_reason(one: Party, other: Party) -> str:
    if not one.key or not other.key:
        return ""
    if one.plain == other.plain:
        return "name"
    if one.key == other.key:
        return "legal_form" if not one.is_person else "name"
    if len(one.sound) > 3 and (one.sound == other.sound or _sounds_alike(one.key, other.key)):
        return "sound"
    left, right = (one.key, other.key) if not one.is_person else (one.plain, other.plain)
    length = min(len(left), len(right))
    if length >= 4 and OSA.distance(left, right, score_cutoff=1 if length < 9 else 2) <= (
        1 if length < 9 else 2
    ):
        return "name_typo"
    if JaroWinkler.similarity(left, right, score_cutoff=_ALIKE) > 0 and left.isascii():
        return "name_typo"
    short, long = sorted((left, right), key=len)
    if len(short) >= 4 and len(short) * 2 >= len(long) and short in long:
        return "name_part"
    return ""


def _sounds_alike(one: str, other: str) -> bool:
    """Homophones, also by another reading of a character than the usual one: 鼎晟 and 鼎盛."""
    return len(one) == len(other) and all(
        left == right or not set(pinyin.readings(left)).isdisjoint(pinyin.readings(right))
        for left, right in zip(one, other, strict=True)
    )


def _address_reason(one: str, other: str) -> str:
    if not one or not other:
        return ""
    (numbers, letters), (other_numbers, other_letters) = _words(one), _words(other)
    if letters == other_letters and numbers == other_numbers:
        return "address"
    if len(letters) < 4 or len(other_letters) < 4:
        return ""
    if not numbers & other_numbers:
        return ""
    # parts are left out or stand in another order: words are compared as a set as well
    is_near = (
        JaroWinkler.similarity(letters, other_letters, score_cutoff=_NEARLY) > 0
        or fuzz.token_set_ratio(one, other, score_cutoff=100 * _NEARLY) > 0
    )
    return "address_like" if is_near else ""


def _against(one: Party, other: Party, reasons: set[str]) -> int:
    total = 0
    if one.tax_number and other.tax_number and not reasons & {"tax_number", "tax_number_typo"}:
        total += _AGAINST["tax_number"]
    if one.born_on and other.born_on and not reasons & {"born_on", "born_on_typo"}:
        total += _AGAINST["born_on"]
    is_named = reasons & {"name", "legal_form", "sound", "name_typo", "name_part"}
    if one.key and other.key and not is_named:
        total += _OTHER_PERSON_NAME if one.is_person and other.is_person else _AGAINST["name"]
    if one.is_person != other.is_person:
        total += _AGAINST["kind"]
    return total


def blocks(one: Party) -> Iterator[str]:
    """Keys by which candidates are found: two customers of which none agrees are never compared."""
    if one.key:
        yield "n" + one.key
        yield "s" + one.sound
        if len(one.sound) >= 6:
            # a slip of the pen leaves one half of the name as it was
            half = len(one.sound) // 2
            yield "h" + one.sound[:half]
            yield "t" + one.sound[-half:]
    for phone in one.phones:
        yield "p" + phone[-7:]
    if one.tax_number:
        yield "x" + one.tax_number
        if len(one.tax_number) >= 6:
            half = len(one.tax_number) // 2
            yield "y" + one.tax_number[:half]
            yield "z" + one.tax_number[half:]
    for email in one.emails:
        yield "e" + email
    if one.born_on:
        yield "b" + one.born_on
    if one.address:
        numbers, letters = _words(one.address)
        yield "a" + "".join(sorted(numbers)) + letters[:6]
