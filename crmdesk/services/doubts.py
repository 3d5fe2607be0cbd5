"""Warnings about values that are allowed but look wrong: they never block (71, 70, 73 of the bad inputs)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crmdesk.models import clock, text_keys
from crmdesk.models.errors import Code
from crmdesk.services.units import Unit
from crmdesk.text import _

_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>.]{2,}")
_PHONE_SIGNS = re.compile(r"[+0-9０-９\s()（）.\-–—/#*,;转extEXT]+")
_USCC_LENGTH = 18
_PHONES = ("phone", "phone2", "mobile")
_TEXTS = ("name", "short_name", "title", "role")


def warning(code: Code, message: str, field: str, **more: Any) -> dict[str, Any]:
    """One warning as plain data."""
    return {"code": str(code), "field": field, "message": message, **more}


def warn(unit: Unit, values: Mapping[str, Any], place: str = "") -> None:
    """Adds warnings about e-mails, phones, tax numbers, birthdays to come and hidden signs among typed values."""
    if not _may_be_doubtful(values):
        return
    unit.warnings.extend(found_in(values, unit.settings.country, place))


def _may_be_doubtful(values: Mapping[str, Any]) -> bool:
    """Whether the values need a closer look; nearly none of a hundred thousand imported rows do."""
    if values.get("email") or values.get("tax_number") or values.get("born_on"):
        return True
    for name in _PHONES:
        phone = values.get(name)
        if phone and not (len(phone) >= 5 and phone.isascii() and phone.isdigit()):
            return True
    texts = [value for value in values.values() if value.__class__ is str]
    return not "".join(texts).isprintable()


def found_in(values: Mapping[str, Any], country: str, place: str = "") -> Iterator[dict[str, Any]]:
    """The warnings about some values of a customer, a contact or a billing profile."""
    for name in _TEXTS:
        signs = text_keys.hidden_signs(values.get(name) or "")
        if signs:
            yield warning(
                Code.TEXT_DOUBT,
                _("“{field}” holds invisible signs: {signs}.").format(
                    field=place + name, signs=", ".join(signs)
                ),
                place + name,
            )
    email = values.get("email")
    if email and not _EMAIL.fullmatch(email):
        yield warning(
            Code.EMAIL_DOUBT,
            _("“{value}” does not look like an e-mail address.").format(value=email[:60]),
            place + "email",
        )
    for name in _PHONES:
        phone = values.get(name)
        if phone and not (_PHONE_SIGNS.fullmatch(phone) and len(text_keys.digits_of(phone)) >= 5):
            yield warning(
                Code.PHONE_DOUBT,
                _("“{value}” does not look like a phone number.").format(value=phone[:60]),
                place + name,
            )
    born_on = values.get("born_on")
    if born_on is not None and born_on > clock.today():
        yield warning(
            Code.DATE_FUTURE,
            _("The birthday {value} is after today. Please compare the year.").format(
                value=born_on.isoformat()
            ),
            place + "born_on",
        )
    tax_number = values.get("tax_number")
    if tax_number and country == "CN" and not is_tax_number(tax_number):
        yield warning(
            Code.TAX_NUMBER_DOUBT,
            _(
                "The tax number {value} is not a valid 统一社会信用代码: its check digit or length is"
                " wrong. Please compare it with the licence."
            ).format(value=tax_number[:40]),
            place + "tax_number",
        )


def is_tax_number(text: str) -> bool:
    """Whether a Chinese tax number is plausible: 18 signs with a right check digit (GB 32100-2015), or old.

    The 15-digit numbers of before 2015, and 17 and 20 signs of small traders, have no check digit.
    """
    from stdnum.cn import uscc

    plain = text.replace(" ", "").upper()
    if len(plain) == _USCC_LENGTH and not _is_person(plain):
        return bool(uscc.is_valid(plain))
    return len(plain) in (15, 17, 18, 20) and plain.isalnum() and plain.isascii()


def _is_person(plain: str) -> bool:
    """Whether it is an identity number of a small trader: 18 digits whose last may be X, checked by its own rule."""
    from stdnum.cn import ric

    return plain[:17].isdigit() and bool(ric.is_valid(plain))
