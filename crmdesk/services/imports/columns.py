"""Columns that an import knows: a field of the record, the names it may have over a column, how its cells are read.

Built on the one declaration (`models.fields`), so that a field has the same name, limits and choices in a form, in the
batch language and in a sheet. What differs in sheets: rates are percent, choices may be written in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from crmdesk.models import money, validation
from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.fields import NUMBERS, Field, Kind
from crmdesk.models.specs.custom_fields import OWN_LINE
from crmdesk.services.custom_fields import FORMULA, PREFIX, CustomField
from crmdesk.services.custom_readings import MARK
from crmdesk.services.imports import dates, numbers
from crmdesk.services.imports.clearing import CLEAR_WORDS, Cleared, unwrapped
from crmdesk.services.imports.dates import DateRule
from crmdesk.services.imports.faults import shorten
from crmdesk.services.imports.headers import FieldNames
from crmdesk.services.imports.layout import normalise_name
from crmdesk.services.imports.numbers import NumberRule
from crmdesk.services.imports.values import (
    CellRefused,
    clean_code,
    clean_line,
    clean_text,
    parse_yes_no,
    plain_text,
    refuse_error,
)
from crmdesk.services.imports.wire import Cell
from crmdesk.text import LANGUAGES, N_, _, counted, translator

Reader = Callable[[Cell], Any]
"""Gives a typed value, None for a blank cell, or raises CellRefused."""

_NO_DATE_RULE = DateRule(None)
_MONEY_DECIMALS_MAX = 4
_INTEGER_MAX = 10**9
_SEEN_MAX = 10_000
"""How many different cells of a column are remembered with what they mean."""
_SEPARATORS = re.compile(r"[,，;；、|\n]+")
_BREAKS = re.compile(r"[\x00-\x1f\x7f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

_WORDS: dict[str, dict[str, str]] = {
    "kind": {
        "公司": "company", "企业": "company", "单位": "company", "企业客户": "company", "个体": "company",
        "个体工商户": "company", "组织": "company", "b": "company", "business": "company", "organisation": "company",
        "organization": "company", "个人": "person", "自然人": "person", "个人客户": "person", "individual": "person",
        "private": "person",
    },
    "activity_kind": {
        "电话": "call", "来电": "call", "去电": "call", "通话": "call", "phone": "call", "phonecall": "call",
        "拜访": "visit", "上门": "visit", "上门拜访": "visit", "来访": "visit", "到店": "visit", "会议": "meeting",
        "面谈": "meeting", "邮件": "mail", "电子邮件": "mail", "邮箱": "mail", "email": "mail", "短信": "sms",
        "微信": "wechat", "企业微信": "wechat", "咨询": "enquiry", "询价": "enquiry", "问询": "enquiry",
        "inquiry": "enquiry", "浏览": "browsing", "访问": "browsing", "投诉": "complaint", "建议": "suggestion",
        "表扬": "praise", "备注": "note", "记录": "note", "其他": "note", "other": "note",
    },
    "direction": {"呼入": "in", "来": "in", "inbound": "in", "呼出": "out", "去": "out", "outbound": "out"},
    "gender": {"女": "female", "f": "female", "女士": "female", "男": "male", "m": "male", "先生": "male",
               "其他": "other", "未知": "other"},
    "method": {
        "银行": "bank", "转账": "bank", "银行转账": "bank", "网银": "bank", "电汇": "bank", "汇款": "bank",
        "对公转账": "bank", "transfer": "bank", "wire": "bank", "wiretransfer": "bank", "现金": "cash",
        "微信": "wechat", "微信支付": "wechat", "wechatpay": "wechat", "支付宝": "alipay", "刷卡": "card",
        "银行卡": "card", "pos": "card", "creditcard": "card", "信用卡": "card", "支票": "cheque", "check": "cheque",
        "其他": "other", "其它": "other",
    },
    "tax_kind": {"应税": "taxed", "免税": "exempt", "不征税": "out_of_scope", "征税": "taxed"},
    "allocate": {"最早": "oldest", "先进先出": "oldest", "fifo": "oldest", "到期日": "due", "精确": "exact",
                 "自动": "auto", "不核销": "none", "无": "none"},
}  # fmt: skip
_UNTAXED = {
    "免税": "exempt", "免": "exempt", "免征": "exempt", "免征增值税": "exempt", "exempt": "exempt",
    "taxexempt": "exempt", "vatexempt": "exempt", "不征税": "out_of_scope", "不征": "out_of_scope",
    "outofscope": "out_of_scope",
    "nottaxed": "out_of_scope",
}  # fmt: skip
"""What stands in the column of the tax rate where there is none, as on our own invoices: the kind it means."""
_NO_PERCENT = re.compile(r"(?<![\d.])0(?:\.0+)?\s*[%％]", re.ASCII)
_CURRENCY_WORDS = {
    "人民币": "CNY", "rmb": "CNY", "元": "CNY", "¥": "CNY", "美元": "USD", "美金": "USD", "us$": "USD", "$": "USD",
    "欧元": "EUR", "€": "EUR", "英镑": "GBP", "£": "GBP", "日元": "JPY", "港币": "HKD", "港元": "HKD", "hk$": "HKD",
    "新台币": "TWD", "台币": "TWD", "韩元": "KRW", "新加坡元": "SGD", "澳元": "AUD", "加元": "CAD",
}  # fmt: skip


_PARTS = {"contact": N_("Contact"), "address": N_("Address"), "billing_profile": N_("Billing profile")}


@dataclass(frozen=True, slots=True)
class Untaxed:
    """A tax rate's cell that says in a word why there is no rate."""

    tax_kind: str
    word: str


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """One thing a sheet of a kind may hold."""

    name: str
    """Unique within its kind, the name in a mapping file: `phone`, `contact2_name`, `category:行业`."""
    field: Field
    aliases: tuple[str, ...]
    """Further names over the column, in any language."""
    part: str = ""
    """Which part of the record it belongs to: "" itself, `contact`, `contact2`, `address`, `line` …"""
    is_required: bool = False
    prepare: Callable[[Cell], Cell] | None = None
    """What is done to a cell before it is read."""

    def names(self) -> FieldNames:
        """The names by which a header is compared with it."""
        labels = (
            tuple(translator(language)(self.field.label) for language in LANGUAGES) if not self.part else ()
        )
        return FieldNames(self.name, "", (*labels, *self.aliases))

    def label(self) -> str:
        """Its name for a person: the label, after that of its part."""
        if ":" in self.name:
            return self.field.label
        part = self.part.rstrip("123456789")
        if part not in _PARTS:
            return _(self.field.label)
        return f"{_(_PARTS[part])}{self.part[len(part) :]} · {_(self.field.label)}"


def column(
    field: Field,
    *aliases: str,
    name: str = "",
    part: str = "",
    is_required: bool = False,
    without: Collection[str] = (),
) -> ImportColumn:
    """A column for a field; `without` leaves out aliases that mean something else in this kind of sheet."""
    left_out = {normalise_name(alias) for alias in without}
    known = tuple(alias for alias in (*field.aliases, *aliases) if normalise_name(alias) not in left_out)
    return ImportColumn(name or field.name, field, known, part, is_required)


def renamed(field: Field, **changes: Any) -> Field:
    """A field as a sheet has it, where that differs from the form's."""
    return replace(field, **changes)


OWN_PART = "own"


def own_columns(fields: Iterable[CustomField]) -> tuple[ImportColumn, ...]:
    """The columns of a record's own fields; a formula has none. They are known by label, short name and own.name."""
    return tuple(
        ImportColumn(
            entry.column,
            replace(entry.field, required=False, default=None),
            entry.field.aliases,
            OWN_PART,
        )
        for entry in fields
        if entry.kind != FORMULA
    )


def own_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says of own fields, as `fields` of a use case takes it."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in values.items()
        if name.startswith(PREFIX) and value is not None
    }


def own_column_of(field: str) -> str:
    """The column that a refusal of an own field's value is about; any other name as it is."""
    head, point, name = field.partition(".")
    return PREFIX + name if point and head == OWN_LINE else field


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one file are written: decided once, not cell by cell."""

    number: NumberRule = numbers.PLAIN
    date: DateRule = _NO_DATE_RULE
    currency: str | None = None
    """Set when the whole file is in one currency: then another currency's sign in a cell is refused."""
    known_rates: tuple[Decimal, ...] = ()
    is_fraction: bool = False
    """Rates are written as fractions (0.13), by the user's word."""
    is_exact: bool = False
    """Texts stay sign by sign what they are, and CLEAR_WORDS empty a field."""


def reader_of(entry: ImportColumn, reading: Reading) -> Reader:
    """The function that reads one cell of this column."""
    if not reading.is_exact:
        return _reader_of(entry, reading)
    read = _exact_reader(entry.field) if entry.field.kind in _TEXTS else _reader_of(entry, reading)
    return lambda cell: Cleared(cell) if cell in CLEAR_WORDS else read(unwrapped(cell))


_TEXTS = frozenset(
    {
        *(Kind.TEXT, Kind.LONG_TEXT, Kind.CODE, Kind.PHONE, Kind.EMAIL, Kind.TAX_NUMBER, Kind.LINK),
        Kind.DISCOUNT_TERMS,
    }
)


def _exact_reader(field: Field) -> Reader:
    """Text as the batch language reads it: what the book holds comes back from a sheet as it was."""
    plain = replace(field, required=False, default=None)
    checked = (plain,)
    is_simple = field.kind is not Kind.DISCOUNT_TERMS
    length_max = field.length_max

    def read(cell: Cell) -> str | None:
        refuse_error(cell)
        if isinstance(cell, str):
            if "_xFFF" in cell:  # how a workbook writes the two signs that XML cannot hold
                cell = cell.replace("_xFFFE_", "\ufffe").replace("_xFFFF_", "\uffff")
            if is_simple and cell.isascii() and cell.isprintable() and len(cell) <= length_max:
                return cell.strip() or None
            text: str | None = cell
        else:
            text = clean_code(cell)  # refuses a number that Excel has shortened
        try:
            return validation.check(checked, {field.name: text})[field.name] or None
        except CrmdeskError as error:
            raise CellRefused(error.code, error.message, plain_text(cell), error.hint) from None

    return read


def _reader_of(entry: ImportColumn, reading: Reading) -> Reader:
    field = entry.field
    if field.kind in NUMBERS:
        return _number_reader(field, reading)
    simple = _SIMPLE.get(field.kind)
    if simple is not None:
        return simple(field, reading)
    return _text_reader(field)


def _text_reader(field: Field) -> Reader:
    clean = clean_text if field.kind is Kind.LONG_TEXT else clean_line
    if field.kind in (Kind.CODE, Kind.PHONE, Kind.TAX_NUMBER, Kind.LINK, Kind.DISCOUNT_TERMS):
        clean = clean_code
    controls = _CONTROLS if field.kind is Kind.LONG_TEXT else _BREAKS
    length_max = field.length_max
    odd = "+" if clean is clean_code else "_x"
    normalize = unicodedata.normalize

    def read(cell: Cell) -> str | None:
        # nearly every cell: text without anything to clean but its ends
        if (
            isinstance(cell, str)
            and cell.isprintable()
            and len(cell) <= length_max
            and "  " not in cell
            and "_x" not in cell
            and odd not in cell
        ):
            return normalize("NFC", cell).strip() or None
        text = clean(cell)
        if text is None:
            return None
        if len(text) > length_max:
            raise CellRefused(
                Code.TEXT_TOO_LONG,
                counted(
                    N_("The text has {count} characters; the limit is {limit}."), len(text), limit=length_max
                ),
                text,
                _("Shorten it."),
            )
        if not text.isprintable():
            _refuse_unprintable(text, controls)
        return text

    return read


def _refuse_unprintable(text: str, controls: re.Pattern[str]) -> None:
    is_broken = any("\ud800" <= sign <= "\udfff" for sign in text)
    if is_broken or controls.search(text):
        raise CellRefused(
            Code.CONTROL_CHARS,
            _("The cell holds control characters, as damaged files do."),
            controls.sub("?", text).encode("utf-8", "replace").decode(),
            _("Type the value again, or export the file anew."),
        )


def _number_reader(field: Field, reading: Reading) -> Reader:
    rule, kind, sign = reading.number, field.kind, field.sign
    decimals = {Kind.QUANTITY: money.QUANTITY_DECIMALS_MAX, Kind.PRICE: money.PRICE_DECIMALS_MAX}.get(
        kind, _MONEY_DECIMALS_MAX if reading.currency is None else money.digits(reading.currency)
    )
    if kind is Kind.RATE:
        return _rate_reader(field, reading)
    if kind is Kind.INTEGER:
        return _integer_reader(field, reading)

    def read(cell: Cell) -> Decimal | None:
        number = numbers.parse_decimals(cell, rule, decimals, currency=reading.currency)
        if number is None:
            return None
        _require_sign(cell, number, sign)
        if number.adjusted() > 15:
            raise CellRefused(
                Code.AMOUNT_TOO_LARGE,
                _("The amount is too large; the limit is below 10^15 of the smallest unit."),
                plain_text(cell),
                _("Correct the amount."),
            )
        return number

    return read


def _integer_reader(field: Field, reading: Reading) -> Reader:
    rule, sign = reading.number, field.sign
    seen: dict[Cell, int | None] = {}

    def read(cell: Cell) -> int | None:
        if cell not in seen:
            whole = parse(cell)
            if len(seen) < _SEEN_MAX:
                seen[cell] = whole
            return whole
        return seen[cell]

    def parse(cell: Cell) -> int | None:
        number = numbers.parse_decimals(cell, rule, 0)
        if number is None:
            return None
        _require_sign(cell, number, sign)
        if abs(number) > _INTEGER_MAX:
            raise _out_of_range(cell, None)
        return int(number)

    return read


def _require_sign(cell: Cell, number: Decimal, sign: str) -> None:
    if (sign == "positive" and number <= 0) or (sign == "non_negative" and number < 0):
        raise _out_of_range(cell, _("Write a number above zero.") if sign == "positive" else None)


def _rate_reader(field: Field, reading: Reading) -> Reader:
    rule, known = reading.number, reading.known_rates
    is_tax = field.name == "tax_rate"
    seen: dict[Cell, Decimal | Untaxed | None] = {}

    def read(cell: Cell) -> Decimal | Untaxed | None:
        if cell not in seen:
            rate = parse(cell)
            if len(seen) < _SEEN_MAX:
                seen[cell] = rate
            return rate
        return seen[cell]

    def parse(cell: Cell) -> Decimal | Untaxed | None:
        if is_tax and isinstance(cell, str):
            kind = _UNTAXED.get(normalise_name(_NO_PERCENT.sub("", cell)))
            if kind is not None:
                return Untaxed(kind, cell.strip())
        if reading.is_fraction and not (isinstance(cell, str) and cell.rstrip().endswith(("%", "％"))):
            rate = numbers.parse_number(cell, rule)
        else:
            rate = numbers.parse_rate(cell, rule, known)
        if rate is not None and (not 0 <= rate <= 1 or (is_tax and rate == 1)):
            raise _out_of_range(cell, _("Write it as percent, such as 13%."))
        return rate

    return read


def _out_of_range(cell: Cell, hint: str | None) -> CellRefused:
    text = plain_text(cell)
    return CellRefused(
        Code.OUT_OF_RANGE, _("“{value}” is out of range.").format(value=shorten(text)), text, hint
    )


def _date_reader(field: Field, reading: Reading) -> Reader:
    del field
    rule = reading.date
    seen: dict[Cell, Any] = {}

    def read(cell: Cell) -> Any:
        known = seen.get(cell)
        if known is None:
            known = dates.parse_date(cell, rule)
            if len(seen) < _SEEN_MAX:
                seen[cell] = known
        return known

    return read


def _choice_reader(field: Field, reading: Reading) -> Reader:
    del reading
    words = dict(_WORDS.get(field.name, {}))
    for choice in field.choices:
        words[normalise_name(choice.value)] = choice.value
        for language in LANGUAGES:
            words[normalise_name(translator(language)(choice.label))] = choice.value

    def read(cell: Cell) -> str | None:
        text = clean_line(cell)
        if text is None:
            return None
        value = words.get(normalise_name(text))
        if value is None:
            raise CellRefused(
                Code.INVALID_CHOICE,
                _("“{value}” is not one of {choices}.").format(
                    value=shorten(text), choices=", ".join(_(choice.label) for choice in field.choices)
                ),
                text,
                _("Write one of these words."),
            )
        return value

    return read


def _currency_reader(field: Field, reading: Reading) -> Reader:
    del field, reading

    def read(cell: Cell) -> str | None:
        text = clean_line(cell)
        if text is None:
            return None
        try:
            return money.require_currency(_CURRENCY_WORDS.get(text.casefold(), text.upper()))
        except CrmdeskError as error:
            raise CellRefused(error.code, error.message, text) from None

    return read


def _list_reader(field: Field, reading: Reading) -> Reader:
    del reading
    one = _text_reader(replace(field, kind=Kind.TEXT))
    if field.choices:
        one = _choice_reader(field, Reading())

    def read(cell: Cell) -> list[str] | None:
        text = clean_text(cell)
        if text is None:
            return None
        cells = text.split(MARK) if field.choices and MARK in text else _SEPARATORS.split(text)
        parts = [one(part) for part in cells]
        return list(dict.fromkeys(part for part in parts if part)) or None

    return read


def _yes_no_reader(field: Field, reading: Reading) -> Reader:
    del field, reading
    return parse_yes_no


_SIMPLE: dict[Kind, Callable[[Field, Reading], Reader]] = {
    Kind.DATE: _date_reader,
    Kind.CHOICE: _choice_reader,
    Kind.CURRENCY: _currency_reader,
    Kind.LIST: _list_reader,
    Kind.BOOLEAN: _yes_no_reader,
}


def names_of(entries: Iterable[ImportColumn]) -> list[FieldNames]:
    """What `headers.guess` compares."""
    return [entry.names() for entry in entries]
