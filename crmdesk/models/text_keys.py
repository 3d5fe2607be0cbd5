"""Forms of a text that compare alike: for search, for the duplicate warning, for the index.

Text is stored as typed; these forms are only ever compared.
"""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_COMPANY_FORMS = re.compile(
    r"(股份有限责任公司|有限责任公司|股份有限公司|有限公司|公司|(?<=[ .,])(co\.? ?,? ?ltd|pty ltd|ltd|limited"
    r"|inc|incorporated|llc|llp|plc|corp|corporation|gmbh|ag|sa|sarl|bv)\.?)$"
)
_PHONE = re.compile(r"[+\d\s().\-/#*转]+")
_PHONE_DIGITS_MIN = 5


def folded(text: str) -> str:
    """The text without differences of width, case and space: ＡＢＣ  Ltd -> abc ltd.

    NFKC may bring in spaces of its own, so spaces are gathered last.
    """
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def name_key(name: str) -> str:
    """A name without width, case, punctuation and the company form, so that twins have equal keys.

    上海鼎晟贸易有限公司, 上海鼎晟贸易(有限责任公司) and 「上海鼎晟贸易」 are one key. Never empty for a
    name that is not empty.
    """
    plain = folded(name)
    short = _COMPANY_FORMS.sub("", plain.rstrip("()（）. ")).strip()
    for candidate in (short, plain):
        key = "".join(sign for sign in candidate if sign.isalnum())
        if key:
            return key
    return plain


def digits_of(text: str) -> str:
    """The ASCII digits of a phone number, full-width ones included; nothing for text such as n/a."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if "0" <= sign <= "9")


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
    return sorted(
        {
            unicodedata.name(sign, f"U+{ord(sign):04X}")
            for sign in text
            if unicodedata.category(sign) in ("Cf", "Co", "Cn") and sign not in "\u200d\ufe0f"
        }
    )
