"""Tables as files: csv that no program mistakes for formulas, and workbooks with real types, formats and totals.

Text that begins with = + - @ or a control character is quoted with ' in csv (import takes the quote off again) and is
always a string cell in a workbook (finding RF12); a number is none of that and stays a number.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmdesk.models import money
from crmdesk.models.fields import NUMBERS, Field, Kind
from crmdesk.services.outgoing import whole_file
from crmdesk.text import _

# the import takes exactly one ' off such texts again, so a text that has some already gets one more
_FORMULA_START = re.compile("^'*[=+\\-@\t\r\0＝＋－＠]")
_CELL_CHARACTERS_MAX = 32_767
_DIGITS = 15
"""So many digits a number of a workbook keeps, being a double."""
_EXACT = 10**_DIGITS
_FIRST_DAY = date(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was: an earlier day is written as text."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """What is written. Money is in minor units of the row's `currency` value, or of `currency` where a row has none."""

    title: str
    heading: tuple[str, ...]
    """Lines above the table: company, period."""
    fields: Sequence[Field]
    rows: Iterable[Sequence[Any]]
    totals: dict[str, dict[str, int]]
    """currency -> money field -> sum in minor units."""
    currency: str = ""
    heat: tuple[str, ...] = ()
    """Names of columns whose cells a workbook colours by how large they are, each currency by itself."""
    notes: tuple[str, ...] = ()
    """Sentences below the table of a workbook."""
    is_plain: bool = False
    """Header and rows only, for programs that read the file: no title above, no filter buttons."""


def write(table: TableFile, path: Path, form: str) -> Path:
    """Writes the table as `csv` or `xlsx`, whole or not at all."""
    if form == "csv":
        return write_csv(table, path)
    return write_workbook([table], path)


def safe_text(text: str) -> str:
    """Text for csv that a spreadsheet does not run."""
    return "'" + text if _FORMULA_START.match(text) else text


def _currency_at(fields: Sequence[Field]) -> int | None:
    return next((index for index, field in enumerate(fields) if field.name == "currency"), None)


def _total_rows(table: TableFile) -> list[list[Any]]:
    """One row per currency with the sums under their columns and “Total” in the first column."""
    rows: list[list[Any]] = []
    at_currency = _currency_at(table.fields)
    for currency, sums in table.totals.items():
        row: list[Any] = [
            None
            if field.name not in sums
            else sums[field.name]
            if field.kind is Kind.MONEY
            else money.to_decimal(sums[field.name], currency)
            for field in table.fields
        ]
        row[0] = _("Total")
        if at_currency is not None and at_currency > 0:
            row[at_currency] = currency
        rows.append(row)
    return rows


def plain_cell(field: Field, value: Any, currency: str) -> str:
    """A value as csv text: money and numbers plain, dates ISO, choices in words."""
    if value is None:
        return ""
    if field.kind is Kind.MONEY and isinstance(value, int):
        return money.plain(value, currency)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not field.choices:
        return str(value)  # -5 is no formula
    return safe_text(_choice_label(field, value))


def _choice_label(field: Field, value: Any) -> str:
    for choice in field.choices:
        if choice.value == value:
            return _(choice.label)
    return str(value)


def write_csv(table: TableFile, path: Path) -> Path:
    """UTF-8 with a byte-order mark, so that Excel reads the Chinese; only header and rows, no totals."""
    at_currency = _currency_at(table.fields)
    with whole_file(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([_(field.label) for field in table.fields])
        for row in table.rows:
            currency = (row[at_currency] if at_currency is not None else "") or table.currency
            writer.writerow(
                [plain_cell(field, value, currency) for field, value in zip(table.fields, row, strict=True)]
            )
    return path


# Workbooks


def write_workbook(tables: Sequence[TableFile], path: Path) -> Path:
    """One sheet per table, in constant memory."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    with whole_file(path) as draft:
        draft.touch()  # a place that cannot be written is known before the work begins
        book = xlsxwriter.Workbook(
            str(draft),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        try:
            formats = _Formats(book)
            names: set[str] = set()
            for table in tables:
                _write_sheet(book.add_worksheet(_sheet_name(table.title, names)), formats, table)
        finally:
            try:
                book.close()
            except FileCreateError as error:
                raise OSError(*getattr(error.args[0], "args", ())) from error  # a full disk, a missing folder
    return path


def _sheet_name(title: str, used: set[str]) -> str:
    name = "".join(char for char in title if char not in "[]:*?/\\'")[:28] or "Sheet"
    number = 2
    unique = name
    while unique.lower() in used:
        unique = f"{name} {number}"
        number += 1
    used.add(unique.lower())
    return unique


class _Formats:
    """Cell formats of one workbook, made once each."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.note = book.add_format({"font_color": "#62635E"})
        self.head = book.add_format({"bold": True, "bg_color": "#EFEFEB", "bottom": 1, "valign": "top"})
        self.head_right = book.add_format(
            {"bold": True, "bg_color": "#EFEFEB", "bottom": 1, "valign": "top", "align": "right"}
        )

    def number(self, pattern: str, *, is_total: bool = False) -> Any:
        """A number format, bold with a line above in total rows."""
        key = (pattern, is_total)
        if key not in self._made:
            properties: dict[str, Any] = {"num_format": pattern}
            if is_total:
                properties |= {"bold": True, "top": 1}
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def _money_pattern(currency: str) -> str:
    count = money.digits(currency) if currency else 2
    return "#,##0" + ("." + "0" * count if count else "")


def _write_sheet(sheet: Any, formats: _Formats, table: TableFile) -> None:
    fields = table.fields
    for index, field in enumerate(fields):
        sheet.set_column(index, index, max(field.width, 8) * 1.15)
    top = 0
    if not table.is_plain:
        for line, text in enumerate((table.title, *table.heading)):
            if text:
                sheet.write_string(top, 0, text, formats.title if line == 0 else formats.note)
                top += 1
        top += 1
    for index, field in enumerate(fields):
        style = formats.head_right if field.kind in NUMBERS else formats.head
        sheet.write_string(top, index, _(field.label), style)
    sheet.freeze_panes(top + 1, 1)
    writers = [_writer(sheet, formats, field) for field in fields]
    at_currency = _currency_at(fields)
    row_number = top
    for row_number, row in enumerate(table.rows, start=top + 1):
        currency = (row[at_currency] if at_currency is not None else "") or table.currency
        for index, value in enumerate(row):
            if value is not None and value != "":
                writers[index](row_number, index, value, currency, False)
    if row_number > top and not table.is_plain:
        sheet.autofilter(top, 0, row_number, len(fields) - 1)
    for total in _total_rows(table):
        row_number += 1
        currency = total[at_currency] if at_currency is not None else table.currency
        for index, value in enumerate(total):
            if value is None:
                sheet.write_blank(row_number, index, None, formats.number("General", is_total=True))
            elif isinstance(value, str):
                sheet.write_string(row_number, index, value, formats.number("@", is_total=True))
            else:
                writers[index](row_number, index, value, currency, True)
    if table.heat:
        _warm(sheet, table, top + 1)
    for text in table.notes:
        row_number += 2 if text == table.notes[0] else 1
        sheet.write_string(row_number, 0, text, formats.note)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _warm(sheet: Any, table: TableFile, first: int) -> None:
    """A scale of colour over the rows of each currency; the last of them is a total and stays white."""
    at_currency = _currency_at(table.fields)
    columns = [index for index, field in enumerate(table.fields) if field.name in table.heat]
    rows = list(table.rows)
    keys = [row[at_currency] if at_currency is not None else "" for row in rows]
    scale = {"type": "2_color_scale", "min_type": "num", "min_value": 0}
    scale |= {"min_color": "#FFFFFF", "max_color": "#5FB8A3"}
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or keys[end] != keys[start]:
            if columns and end - start > 1:
                sheet.conditional_format(first + start, columns[0], first + end - 2, columns[-1], scale)
            start = end


_Write = Callable[[int, int, Any, str, bool], Any]


def _writer(sheet: Any, formats: _Formats, field: Field) -> _Write:
    """How a cell of this kind is written: looked up once per column, not per cell."""
    text_style = formats.number("@")

    def write_text(row: int, column: int, value: Any, _currency: str, _is_total: bool) -> None:
        text = str(value)
        if len(text) > _CELL_CHARACTERS_MAX:  # Excel's limit; the mark says that there was more
            text = text[: _CELL_CHARACTERS_MAX - 1] + "…"
        sheet.write_string(row, column, text, text_style)

    money_styles: dict[tuple[str, bool], Any] = {}

    def write_money(row: int, column: int, value: Any, currency: str, is_total: bool) -> None:
        style = money_styles.get((currency, is_total))
        if style is None:
            style = formats.number(_money_pattern(currency), is_total=is_total)
            money_styles[currency, is_total] = style
        if abs(value) < _EXACT:
            sheet.write_number(row, column, money.to_decimal(value, currency), style)
        else:  # a double keeps fifteen digits
            sheet.write_string(row, column, money.plain(value, currency), style)

    def write_number(pattern: str) -> _Write:
        style = formats.number(pattern)

        def write_plain(row: int, column: int, value: Any, _currency: str, _is_total: bool) -> None:
            if isinstance(value, Decimal) and len(value.as_tuple().digits) > _DIGITS:
                sheet.write_string(row, column, f"{value:f}", style)
            else:
                sheet.write_number(row, column, value, style)

        return write_plain

    day_style = formats.number("yyyy-mm-dd")

    def write_day(row: int, column: int, value: Any, currency: str, is_total: bool) -> None:
        if isinstance(value, date) and value >= _FIRST_DAY:
            sheet.write_datetime(row, column, value, day_style)
        else:
            write_text(row, column, value, currency, is_total)

    labels = {choice.value: _(choice.label) for choice in field.choices}

    def write_choice(row: int, column: int, value: Any, _currency: str, _is_total: bool) -> None:
        sheet.write_string(row, column, labels.get(value) or str(value))

    yes, no = _("Yes"), _("No")

    def write_flag(row: int, column: int, value: Any, _currency: str, _is_total: bool) -> None:
        sheet.write_string(row, column, yes if value else no)

    by_kind: dict[Kind, _Write] = {
        Kind.MONEY: write_money,
        Kind.QUANTITY: write_number("#,##0.######"),
        Kind.PRICE: write_number("#,##0.00######"),
        Kind.RATE: write_number("0.##%"),
        Kind.INTEGER: write_number("0"),
        Kind.DATE: write_day,
        Kind.CHOICE: write_choice,
        Kind.STATE: write_choice,
        Kind.BOOLEAN: write_flag,
    }
    return by_kind.get(field.kind, write_text)
