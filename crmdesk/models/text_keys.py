"""Forms of a text that compare alike: for search, for the duplicate warning, for the index.

Text is stored as typed; these forms are only ever compared.
"""

from __future__ import annotations

import functools
import re
import unicodedata

_COMPANY_FORMS = (
    "股份有限责任公司",
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "公司",
)
_LATIN_COMPANY_FORMS = re.compile(
    r"(?<=[ .,])(co\.? ?,? ?ltd|pty ltd|ltd|limited|inc|incorporated|llc|llp|plc|corp|corporation|gmbh|ag|sa"
    r"|sarl|bv)\.?$"
)
_NOT_A_DIGIT = re.compile(r"[^0-9]+")
_PHONE = re.compile(r"[+\d\s().\-/#*转]+")
_PHONE_DIGITS_MIN = 5


@functools.lru_cache(maxsize=256)
def folded(text: str) -> str:
    """The text without differences of width, case and space: ＡＢＣ  Ltd -> abc ltd.

    Normalising twice, since folding the case may bring in signs that NFKC takes apart.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(plain.split())


@functools.lru_cache(maxsize=256)
def name_key(name: str) -> str:
    """A name without width, case, punctuation and the company form, so that twins have equal keys.

    上海鼎晟贸易有限公司, 上海鼎晟贸易(有限责任公司) and 「上海鼎晟贸易」 are one key. Never empty for a
    name that is not empty.
    """
    plain = folded(name)
    for candidate in (_without_form(plain.rstrip("()（）. ")), plain):
        key = letters_of(candidate)
        if key:
            return key
    return plain


def _without_form(plain: str) -> str:
    if plain.isascii():
        return _LATIN_COMPANY_FORMS.sub("", plain)
    for form in _COMPANY_FORMS:
        if plain.endswith(form):
            return plain[: -len(form)]
    return _LATIN_COMPANY_FORMS.sub("", plain)


def letters_of(folded_text: str) -> str:
    """The letters and digits of a folded text."""
    return folded_text if folded_text.isalnum() else "".join(sign for sign in folded_text if sign.isalnum())


def digits_of(text: str) -> str:
    """The ASCII digits of a phone number, full-width ones included; nothing for text such as n/a."""
    if text.isascii() and text.isdigit():
        return text
    return _NOT_A_DIGIT.sub("", text if text.isascii() else unicodedata.normalize("NFKC", text))


def phone_key(text: str) -> str:
    """Digits that tell one phone from another: without +86 or 0086; empty when there are too few."""
    digits = digits_of(text)
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) - len(prefix) >= 10:
            digits = digits[len(prefix) :]
            break
    return digits if len(digits) >= _PHONE_DIGITS_MIN else ""


def looks_like_phone(text: str) -> bool:
    """Whether somebody typing this may mean a phone number written with signs between the digits."""
    return bool(_PHONE.fullmatch(text)) and any(sign.isdigit() for sign in text)


def hidden_signs(text: str) -> list[str]:
    """Names of the invisible or direction-changing signs in a text (they make one name look like another)."""
    if text.isprintable():
        return []
    return sorted(
        {
            unicodedata.name(sign, f"U+{ord(sign):04X}")
            for sign in text
            if unicodedata.category(sign) in ("Cf", "Co", "Cn") and sign not in "\u200d\ufe0f"
        }
    )
