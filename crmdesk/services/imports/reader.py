"""Reads one table of a foreign file: checks, a bound child process, and a `Table` to work with.

The one door for imports. Nothing of the file is parsed in this process.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from crmdesk.models.errors import Code, InvalidInput, Problem
from crmdesk.services.imports import process, table, wire
from crmdesk.services.imports.fault_messages import encoding_name, exception_for, note_for, row_refusal
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.limits import Limits
from crmdesk.services.imports.process import Cancel, Progress
from crmdesk.services.imports.table import Table
from crmdesk.text import _

DEFAULT_LIMITS = Limits()


def read_table(
    path: Path,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    known: Collection[str] = (),
    header_row: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    task: str = "",
    keeps_all: bool = False,
) -> Table:
    """Reads a table from xlsx, xlsm, xlsb, xls, ods or delimited text; with the task `wire.STATEMENT` also the
    entries of OFX, QIF, MT940 and CAMT.053 as one, with `wire.CARDS` the visiting cards of a vCard file.

    `known`: normalised names of fields (`headers.known_names`), by which the header row is found among title
    lines. `header_row`: the row number of the header where the user said so. `progress(rows)` is called as
    rows arrive; `cancel()` is asked about ten times a second. `keeps_all`: every row below the header is a record,
    whatever it looks like (a sheet that the program wrote has no comments and no sums).

    Raises InvalidInput, NotFound or (several sheets with data and none named) NeedsConfirmation, each with a
    code of the list, one Problem naming the file, and the way out; Cancelled.
    """
    try:
        check_path(path)
        raw = process.run(path.resolve(), sheet, encoding, limits, progress, cancel, task)
    except ReadFault as fault:
        raise exception_for(fault, path.name) from None
    notes = [
        note_for(code, reason, params, path.name, raw.head.get("sheet")) for code, reason, params in raw.notes
    ]
    notes += _more_notes(path.name, raw.head, is_chosen=encoding is not None)
    refused = {
        row: row_refusal(code, reason, params, path.name, row)
        for row, code, reason, params in raw.head.get("refused", ())
    }
    # a card is a record, whatever it looks like
    keeps_all = keeps_all or raw.head["format"] == "vcf"
    result = table.build(
        path.name, raw, tuple(notes), known, header_row, keeps_all=keeps_all, row_problems=refused
    )
    _refuse_without_rows(result, len(raw.batches) == 0)
    return result


def sheets_of(path: Path, cancel: Cancel | None = None) -> list[str]:
    """The names of the tables in a workbook, in its order. Raises as `read_table`; `no_table` for text."""
    try:
        check_path(path)
        raw = process.run(path.resolve(), None, None, DEFAULT_LIMITS, None, cancel, wire.SHEETS)
    except ReadFault as fault:
        raise exception_for(fault, path.name) from None
    return [sheet["name"] for sheet in raw.head["sheets"] if sheet["is_table"]]


def check_path(path: Path) -> None:
    """Refuses what is no readable file before a child is started. Raises ReadFault."""
    if path.name.startswith("~$"):
        raise ReadFault(Code.OWNER_FILE)
    try:
        status = path.stat()
    except FileNotFoundError:
        raise ReadFault(Code.FILE_MISSING) from None
    except PermissionError:
        raise ReadFault(Code.NO_ACCESS) from None
    except (OSError, ValueError):
        raise ReadFault(Code.FILE_MISSING) from None
    if not stat.S_ISREG(status.st_mode):
        raise ReadFault(Code.NOT_A_FILE)
    if status.st_size == 0:
        raise ReadFault(Code.FILE_EMPTY)
    if not os.access(path, os.R_OK):
        raise ReadFault(Code.NO_ACCESS)


def _more_notes(file: str, head: dict, *, is_chosen: bool) -> list[Problem]:
    notes = []
    if head.get("is_doubtful") and not is_chosen:
        samples = "; ".join(f"{encoding_name(name)}: {text}" for name, text in head["alternatives"])
        notes.append(
            Problem(
                Code.ENCODING_DOUBT,
                _("The encoding is not certain; the text was read as {encoding}.").format(
                    encoding=encoding_name(head["encoding"])
                ),
                file=file,
                value=samples,
                hint=_("Look at the names in the preview; if they are wrong, choose another encoding."),
            )
        )
    hidden = [
        each["name"] for each in head.get("sheets", ()) if each["is_hidden"] and each["name"] != head["sheet"]
    ]
    if hidden:
        notes.append(
            Problem(
                Code.SHEET_HIDDEN,
                _("The workbook also has hidden sheets, which were not read: {sheets}.").format(
                    sheets=", ".join(hidden)
                ),
                file=file,
                sheet=head["sheet"],
            )
        )
    return notes


def _refuse_without_rows(result: Table, is_blank: bool) -> None:
    if is_blank and result.sheet is not None:
        others = [sheet.name for sheet in result.sheets if sheet.name != result.sheet and sheet.is_table]
        message = _("Sheet “{sheet}” is empty.").format(sheet=result.sheet)
        hint = (
            _("Other sheets: {sheets}.").format(sheets=", ".join(others))
            if others
            else _("Choose another file.")
        )
        raise _refusal(result, Code.NO_DATA, message, hint)
    first = result.head(2)
    is_one_row = len(first) == 1
    if is_blank or (
        is_one_row and (result.header_row is None or len([c for c in first[0][1] if c is not None]) < 2)
    ):
        raise _refusal(
            result,
            Code.NO_TABLE,
            _("No header row was found, and nothing below it."),
            _("The first row names the columns, each further row is one record."),
        )
    if result.row_count == 0:
        raise _refusal(
            result,
            Code.NO_DATA,
            _("There are no records below the header."),
            _("Choose another file or sheet."),
        )


def _refusal(result: Table, code: Code, message: str, hint: str) -> InvalidInput:
    problem = result.problem(code, message, hint=hint)
    return InvalidInput(code, f"{result.file}: {message}", field="file", hint=hint, problems=(problem,))
