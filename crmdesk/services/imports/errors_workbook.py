"""The refused rows as they were, with the reason beside them: correct them and import the workbook again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from crmdesk.models.errors import Code, NotFound, Problem
from crmdesk.services.imports.mapping import ORIGINAL_ROW, REASON
from crmdesk.services.imports.table import Table
from crmdesk.services.imports.wire import Cell, CellError
from crmdesk.services.outgoing import whole_file
from crmdesk.text import _

_EXACT_DIGITS = 15
_CELL_CHARS_MAX = 32_767
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def require_folder(path: Path) -> None:
    """Refuses a target whose folder does not exist, before anything is done."""
    if not path.absolute().parent.is_dir():
        raise NotFound(
            Code.NO_ACCESS,
            _("The folder {folder} does not exist.").format(folder=path.parent),
            field="errors",
        )


def write(path: Path, table: Table, errors: Iterable[Problem]) -> Path:
    """Writes the refused rows under their header; whole or not at all."""
    return _write(path, [("", table, errors)])


def write_sheets(path: Path, parts: Iterable[tuple[Table, Iterable[Problem]]]) -> Path:
    """As `write`, for a workbook of several tables: those with refused rows, each under the name of its sheet."""
    return _write(path, [(table.sheet or "", table, errors) for table, errors in parts])


def write_reason(path: Path, reason: str) -> Path:
    """A workbook that only says why a file was refused as a whole."""
    with whole_file(path) as draft:
        workbook = xlsxwriter.Workbook(str(draft), _OPTIONS)
        sheet = workbook.add_worksheet()
        sheet.set_column(0, 0, 80)
        sheet.write_string(0, 0, _(REASON))
        sheet.write_string(1, 0, reason[:_CELL_CHARS_MAX])
        workbook.close()
    return path


def _write(path: Path, parts: Iterable[tuple[str, Table, Iterable[Problem]]]) -> Path:
    with whole_file(path) as draft:
        workbook = xlsxwriter.Workbook(str(draft), _OPTIONS)
        for name, table, errors in parts:
            by_row: dict[int, list[Problem]] = {}
            for problem in errors:
                if problem.row is not None and problem.row > 0:
                    by_row.setdefault(problem.row, []).append(problem)
            if by_row or not name:
                _fill(workbook, workbook.add_worksheet(name or None), table, by_row)
        workbook.close()
    return path


def _fill(workbook: Any, sheet: Any, table: Table, by_row: dict[int, list[Problem]]) -> None:
    head = workbook.add_format({"bold": True, "bg_color": "#E8ECF1", "bottom": 1, "text_wrap": True})
    reason_format = workbook.add_format({"font_color": "#B42318", "text_wrap": True, "valign": "top"})
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    width = len(table.header)
    sheet.set_column(0, max(width - 1, 0), 16)
    sheet.set_column(width, width, 60)
    sheet.freeze_panes(1, 0)
    for column, name in enumerate((*table.header, _(REASON), _(ORIGINAL_ROW))):
        sheet.write_string(0, column, name, head)
    line = 0
    for number, cells in table.rows():
        problems = by_row.get(number)
        if problems is None:
            continue
        line += 1
        for column, cell in enumerate(cells):
            _write_cell(sheet, line, column, cell, day, moment)
        reasons = "\n".join(
            ": ".join(part for part in (problem.column, _sentence(problem)) if part) for problem in problems
        )
        sheet.write_string(line, width, reasons[:_CELL_CHARS_MAX], reason_format)
        sheet.write_number(line, width + 1, number)


def _sentence(problem: Problem) -> str:
    return f"{problem.message} {problem.hint}" if problem.hint else problem.message


def _write_cell(sheet: Any, line: int, column: int, cell: Cell, day: Any, moment: Any) -> None:
    if cell is None:
        return
    if isinstance(cell, CellError):
        sheet.write_string(line, column, cell.text)
    elif isinstance(cell, dt.datetime):
        sheet.write_datetime(line, column, cell, moment)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(line, column, cell, day)
    elif isinstance(cell, Decimal) and len(cell.as_tuple().digits) <= _EXACT_DIGITS:
        sheet.write_number(line, column, float(cell))
    else:
        sheet.write_string(line, column, str(cell)[:_CELL_CHARS_MAX])
