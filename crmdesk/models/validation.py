"""Reads plain data (JSON, form values) into typed values by the fields' declarations, or says what is wrong.

Rules across fields live in the services.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from crmdesk.models import clock, discount_terms, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _, counted

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f]")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def check(fields: Iterable[Field], values: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Typed values by field name; absent optional fields get their default.

    Raises InvalidInput naming the field (with its path, e.g. `lines[0].quantity`).
    """
    known = {field.name: field for field in fields}
    for name in values:
        if name not in known:
            raise InvalidInput(
                Code.UNKNOWN_FIELD,
                _("There is no argument “{name}” here. Known: {known}.").format(
                    name=path + str(name), known=", ".join(known)
                ),
                field=path + str(name),
            )
    result: dict[str, Any] = {}
    for field in known.values():
        value = values.get(field.name)
        place = path + field.name
        if value is None or (value == "" and field.kind not in (Kind.TEXT, Kind.LONG_TEXT)):
            if field.required:
                raise missing(place)
            result[field.name] = field.default
            continue
        checked = _CHECKS[field.kind](field, value, place)
        if field.required and checked in ("", []):
            raise missing(place)
        result[field.name] = checked
    return result


def missing(place: str) -> InvalidInput:
    """The answer for a value that must be given."""
    return InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field=place), field=place)


def cleared(names: Iterable[str] | None, clearable: Iterable[str], given: Container[str] = ()) -> list[str]:
    """The names in `clear` of a change, each a field that may be emptied and is not given a value at once; anything
    else is refused `invalid_choice`.
    """
    may = tuple(clearable)
    wanted = list(names or ())
    for name in wanted:
        if name not in may or name in given:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{field}” cannot be emptied. These can: {choices}.").format(
                    field=name[:40], choices=", ".join(may)
                ),
                field="clear",
            )
    return wanted


def _wrong_type(place: str, expected: str) -> InvalidInput:
    return InvalidInput(
        Code.INVALID_TYPE,
        _("“{field}” must be {expected}.").format(field=place, expected=expected),
        field=place,
    )


def _text(field: Field, value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise _wrong_type(place, _("text"))
    text = unicodedata.normalize("NFC", value).strip()
    pattern = _CONTROL if field.kind is Kind.LONG_TEXT else _CONTROL_OR_BREAK
    if pattern.search(text):
        raise InvalidInput(
            Code.CONTROL_CHARS,
            _("“{field}” contains control characters. Remove them.").format(field=place),
            field=place,
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(
            Code.CONTROL_CHARS, _("“{field}” contains a broken character.").format(field=place), field=place
        ) from None
    if len(text) > field.length_max:
        raise InvalidInput(
            Code.TEXT_TOO_LONG,
            counted(
                N_("“{field}” has {count} characters; the limit is {limit}."),
                len(text),
                field=place,
                limit=field.length_max,
            ),
            field=place,
        )
    return text


def _discount_terms(field: Field, value: Any, place: str) -> str:
    """As they are kept: one way of writing them."""
    text = _text(field, value, place)
    return str(discount_terms.parse(text, place)) if text else ""


def _integer(field: Field, value: Any, place: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", money.half_width(value), re.ASCII):
        value = int(money.half_width(value))
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong_type(place, _("a whole number"))
    if abs(value) > 10**9:
        raise out_of_range(place, value)
    _check_sign(field, Decimal(value), place)
    if field.most is not None and value > field.most:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("“{field}”: {value} is too much; at most {most}.").format(
                field=place, value=value, most=field.most
            ),
            field=place,
        )
    return value


def shown(value: Any) -> str:
    """What somebody gave, for a message: lists, objects, true and null as the JSON he wrote; cut short."""
    is_json = value is None or isinstance(value, bool | list | tuple | dict)
    return (json.dumps(value, ensure_ascii=False, default=str) if is_json else str(value))[:40]


def out_of_range(place: str, value: Any, hint: str | None = None) -> InvalidInput:
    """The answer for a number outside what makes sense."""
    return InvalidInput(
        Code.OUT_OF_RANGE,
        _("“{field}”: {value} is out of range.").format(field=place, value=shown(value)),
        field=place,
        hint=hint,
    )


def _check_sign(field: Field, value: Decimal, place: str) -> None:
    if (field.sign == "positive" and value <= 0) or (field.sign == "non_negative" and value < 0):
        raise out_of_range(place, value)


def decimal_of(value: Any, place: str) -> Decimal:
    """A Decimal from a plain decimal string, an integer or a Decimal; never from a float."""
    if isinstance(value, str):
        return money.parse_plain(value.strip(), place)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _wrong_type(place, _('a number written as text, such as "1234.50"'))
    result = Decimal(value)
    if not result.is_finite() or abs(result.adjusted()) > 40:
        raise InvalidInput(
            Code.NUMBER_UNREADABLE,
            _(
                "{field}: “{value}” is not a number. Write digits with a decimal point, such as 1234.50."
            ).format(field=place, value=shown(value)),
            field=place,
        )
    return result


def _number(decimals_max: int | None) -> Callable[[Field, Any, str], Decimal]:
    def check_number(field: Field, value: Any, place: str) -> Decimal:
        number = decimal_of(value, place)
        _check_sign(field, number, place)
        if number.adjusted() > 15:
            raise InvalidInput(
                Code.AMOUNT_TOO_LARGE,
                _("{field}: the amount is too large; the limit is below 10^15 of the smallest unit.").format(
                    field=place
                ),
                field=place,
            )
        most = decimals_max if field.decimals_max is None else field.decimals_max
        if most is not None and number != number.quantize(Decimal(1).scaleb(-most), context=money.EXACT):
            raise InvalidInput(
                Code.TOO_MANY_DECIMALS,
                counted(
                    N_("{field}: {value} has more than {count} decimals."), most, field=place, value=number
                ),
                field=place,
            )
        return number

    return check_number


def _rate(field: Field, value: Any, place: str) -> Decimal:
    rate = decimal_of(value, place)
    if field.takes_whole and not 0 <= rate <= 1:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("“{field}” is a fraction from 0 to 1; {value} is not. Write 0.05 for 5 %.").format(
                field=place, value=rate
            ),
            field=place,
        )
    if not field.takes_whole and not 0 <= rate < 1:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _(
                "“{field}”: a rate is a fraction from 0 up to (not including) 1; {value} is not. Write 0.13 for 13 %."
            ).format(field=place, value=rate),
            field=place,
        )
    if rate != rate.quantize(Decimal("1e-8"), context=money.EXACT):
        raise InvalidInput(
            Code.TOO_MANY_DECIMALS,
            _("{field}: {value} has more than {count} decimals.").format(field=place, value=rate, count=8),
            field=place,
        )
    return rate


def _day(field: Field, value: Any, place: str) -> date:
    del field
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _ISO_DAY.fullmatch(money.half_width(value)):
        try:
            day = date.fromisoformat(money.half_width(value))
        except ValueError:
            pass
        else:
            if clock.is_in_years(day):
                return day
            raise InvalidInput(
                Code.DATE_INVALID,
                _("“{field}”: “{value}” is not a date between {first} and {last}.").format(
                    field=place, value=shown(value), first=clock.YEAR_MIN, last=clock.YEAR_MAX
                ),
                field=place,
            )
    raise InvalidInput(
        Code.DATE_INVALID,
        _("“{field}”: “{value}” is not a date. Write year-month-day, such as 2026-03-31.").format(
            field=place, value=shown(value)
        ),
        field=place,
    )


def _boolean(field: Field, value: Any, place: str) -> bool:
    del field
    if not isinstance(value, bool):
        raise _wrong_type(place, _("true or false"))
    return value


def _choice(field: Field, value: Any, place: str) -> str:
    values = [choice.value for choice in field.choices]
    if not isinstance(value, str) or value not in values:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field=place, value=shown(value), choices=", ".join(filter(None, values))
            ),
            field=place,
        )
    return value


def _currency(field: Field, value: Any, place: str) -> str:
    del field
    if not isinstance(value, str):
        raise _wrong_type(place, _("text"))
    return money.require_currency(value.strip().upper(), place)


def _lines(field: Field, value: Any, place: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise _wrong_type(place, _("a list of objects"))
    return [check(field.fields, item, f"{place}[{index}].") for index, item in enumerate(value)]


def _list(field: Field, value: Any, place: str) -> list[str]:
    if not isinstance(value, list):
        raise _wrong_type(place, _("a list"))
    texts = [_text(field, item, f"{place}[{index}]") for index, item in enumerate(value)]
    return [_choice(field, text, place) for text in texts] if field.choices else texts


def _object(field: Field, value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong_type(place, _("an object"))
    return check(field.fields, value, f"{place}.")


def _any(field: Field, value: Any, place: str) -> Any:
    del field, place
    return value


_CHECKS: dict[Kind, Callable[[Field, Any, str], Any]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.CODE: _text,
    Kind.PHONE: _text,
    Kind.EMAIL: _text,
    Kind.TAX_NUMBER: _text,
    Kind.DISCOUNT_TERMS: _discount_terms,
    Kind.LINK: _text,
    Kind.STATE: _text,
    Kind.FILE: _text,
    Kind.MOMENT: _text,
    Kind.INTEGER: _integer,
    Kind.QUANTITY: _number(money.QUANTITY_DECIMALS_MAX),
    Kind.PRICE: _number(money.PRICE_DECIMALS_MAX),
    Kind.MONEY: _number(None),
    Kind.RATE: _rate,
    Kind.DATE: _day,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.CURRENCY: _currency,
    Kind.LINES: _lines,
    Kind.LIST: _list,
    Kind.OBJECT: _object,
    Kind.ANY: _any,
}
