"""The reading child: opens one foreign file under limits and sends its rows through a pipe.

Started by process.py as `python -m crmdesk.services.imports.child`, or in a frozen program by the hidden
option `--read-table-child`. Reads a request from stdin, writes frames (wire.py) to stdout, never a file, and
imports only what reading needs.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import ReadFault, shorten
from crmdesk.services.imports.limits import Limits, restrict_self
from crmdesk.services.imports.wire import (
    CARDS,
    EINVOICE,
    SHEETS,
    STATEMENT,
    WireCell,
    read_frame,
    unpack,
    write_frame,
)

if TYPE_CHECKING:
    from crmdesk.services.imports.workbook import Source

BATCH_ROWS = 1_000
BATCH_FIRST = 200
"""The first batch is small, so that a preview comes soon."""

Send = Callable[..., None]


def main() -> int:
    """Serves one request; the exit code is 0 also for a refusal, which is a message like any other."""
    gc.disable()  # one short life without cycles
    requests = sys.stdin.buffer
    # the pipe is ours alone: whatever prints by mistake goes to stderr
    answers = os.fdopen(os.dup(1), "wb", buffering=262_144)
    os.dup2(2, 1)
    frame = read_frame(requests)
    if frame is None:
        return 1
    request = unpack(frame[1])

    def send(message: Any, row_count: int = 0) -> None:
        write_frame(answers, message, row_count)
        answers.flush()

    try:
        serve(request, send)
    except BrokenPipeError:
        return 1  # the program is gone or no longer interested
    return 0


def serve(request: dict[str, Any], send: Send) -> None:
    """Answers one request, whatever the file holds: every failure but a lost pipe becomes a `fault`
    message.
    """
    limits = Limits(**request["limits"])
    if request["is_bound"]:
        restrict_self(limits)
    try:
        path, encoding = Path(request["path"]), request["encoding"]
        if request["task"] == EINVOICE:
            from crmdesk.services.einvoice.parsing import parse

            send(("head", parse(path, limits)))
            send(("end", []))
        elif request["task"] == SHEETS:
            read_sheets(path, limits, send)
        elif not (
            (request["task"] == STATEMENT and read_statements(path, encoding, limits, send))
            or (request["task"] == CARDS and read_cards(path, encoding, limits, send))
        ):
            read(path, request["sheet"], encoding, limits, send)
    except ReadFault as fault:
        send(("fault", fault.code.value, fault.reason, fault.params))
    except MemoryError:
        send(("fault", Code.FILE_TOO_LARGE.value, "memory", {"limit": limits.memory_bytes // 1_048_576}))
    except PermissionError:
        send(("fault", Code.FILE_IN_USE.value, "", {}))
    except FileNotFoundError:
        send(("fault", Code.FILE_GONE.value, "", {}))
    except BrokenPipeError:
        raise
    except BaseException as error:  # a panic of the native reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        send(("fault", Code.FILE_DAMAGED.value, "reader", {"detail": type(error).__name__}))


def read(path: Path, sheet: str | None, encoding: str | None, limits: Limits, send: Send) -> None:
    """Reads the file and sends `head`, then batches of rows, then `end`."""
    from crmdesk.services.imports.containers import sniff

    container = sniff(path)
    if container == "text":
        _read_text(path, encoding, limits, send)
        return
    from crmdesk.services.imports.workbook import Source  # needs the native reader, which text does not

    with path.open("rb") as file, path.open("rb") as native:
        _read_workbook(Source(path, file, native, container, limits), sheet, send)


def read_statements(path: Path, encoding: str | None, limits: Limits, send: Send) -> bool:
    """Reads a file in a bank's own format and sends its entries as a table; False for any other file."""
    from crmdesk.services.banking import formats

    name = formats.sniff(path)
    if name is None:
        return False
    head, rows, notes = formats.read(path, name, encoding, limits)
    send(("head", head))
    _send_batches(rows, send)
    send(("end", notes))
    return True


def read_sheets(path: Path, limits: Limits, send: Send) -> None:
    """Sends the names of a workbook's sheets; text has none and is refused."""
    from crmdesk.services.imports.containers import sniff

    container = sniff(path)
    if container == "text":
        raise ReadFault(Code.NO_TABLE, "sheets")
    from crmdesk.services.imports.workbook import Source

    with path.open("rb") as file, path.open("rb") as native:
        source = Source(path, file, native, container, limits)
        send(("head", {"format": source.format, "sheets": source.sheets}))
        send(("end", source.notes))


def read_cards(path: Path, encoding: str | None, limits: Limits, send: Send) -> bool:
    """Reads visiting cards (vCard) and sends them as a table; False for any other file."""
    from crmdesk.services.imports import cards

    if not cards.is_cards(path):
        return False
    head, rows, notes = cards.read(path, encoding, limits)
    send(("head", head))
    _send_batches(rows, send)
    send(("end", notes))
    return True


def _read_workbook(source: Source, sheet: str | None, send: Send) -> None:
    index = source.choose(sheet)
    rows = source.rows(index)
    first = next(rows, None)  # the second look has happened when the first row is there
    head = {
        "format": source.format,
        "sheet": source.sheets[index]["name"],
        "sheets": source.sheets,
        "is_1904": source.is_1904,
    }
    send(("head", head))
    if first is not None:
        _send_batches(_chain(first, rows), send)
    send(("end", source.notes))


def _read_text(path: Path, encoding: str | None, limits: Limits, send: Send) -> None:
    from crmdesk.services.imports import delimited, encodings

    size = path.stat().st_size
    if size > limits.unpacked_bytes:
        raise ReadFault(
            Code.FILE_TOO_LARGE, "size", size=size // 1_000_000, limit=limits.unpacked_bytes // 1_000_000
        )
    notes: list[tuple[str, str, dict[str, str | int]]] = []
    choice = encodings.Choice(encodings.named(encoding)) if encoding else encodings.detect(path)
    _refuse_binary(path, choice.name)
    try:
        delimiter, has_sep_line = delimited.find_delimiter(path, choice.name)
    except UnicodeError as error:
        raise ReadFault(Code.ENCODING_UNKNOWN, "content", encoding=choice.name, row=1) from error
    suffix = path.suffix.lower()
    if suffix in (".xls", ".xlt"):
        notes.append((Code.EXT_MISMATCH.value, "text", {"suffix": suffix, "encoding": choice.name}))
    send(
        (
            "head",
            {
                "format": "csv",
                "encoding": choice.name,
                "is_doubtful": choice.is_doubtful,
                "alternatives": choice.alternatives,
                "delimiter": delimiter,
            },
        )
    )
    records = delimited.records(path, choice.name, delimiter, limits, has_sep_line=has_sep_line)
    _send_batches(_clean_records(records, limits), send)
    send(("end", notes))


def _refuse_binary(path: Path, encoding: str) -> None:
    """A file whose beginning is full of control signs is no text, whatever it decodes as."""
    from crmdesk.services.imports.delimited import open_text

    try:
        with open_text(path, encoding) as file:
            sample = file.read(8_192)
    except UnicodeError:
        return
    strange = sum(sign < " " and sign not in "\t\r\n\x0b\x0c\x1a" for sign in sample)
    if strange * 20 > len(sample) and strange > 4:
        raise ReadFault(Code.FORMAT_UNKNOWN, "binary", format="")


def _clean_records(
    records: Iterable[tuple[int, list[str]]], limits: Limits
) -> Iterator[tuple[int, list[WireCell]]]:
    from crmdesk.services.imports.controls import CONTROL
    from crmdesk.services.imports.delimited import undo_guard

    for row, fields in records:
        if len(fields) > limits.columns_max and any(text.strip() for text in fields[limits.columns_max :]):
            raise ReadFault(Code.TOO_MANY_COLUMNS, count=len(fields), limit=limits.columns_max)
        cells: list[WireCell] = []
        for text in fields:
            if text[:1] == "'":
                text = undo_guard(text)
            text = text.strip()
            if text and not text.isprintable() and CONTROL.search(text):
                cells.append(("e", Code.CONTROL_CHARS.value, shorten(CONTROL.sub("\ufffd", text))))
            else:
                cells.append(text or None)
        if cells.count(None) != len(cells):
            yield row, cells


def _chain(first: tuple[int, list[WireCell]], rest: Iterator[tuple[int, list[WireCell]]]) -> Iterator[Any]:
    yield first
    yield from rest


def _send_batches(rows: Iterable[tuple[int, list[WireCell]]], send: Send) -> None:
    numbers: list[int] = []
    cells: list[list[WireCell]] = []
    size = BATCH_FIRST
    for number, values in rows:
        numbers.append(number)
        cells.append(values)
        if len(numbers) == size:
            send((numbers, cells), len(numbers))
            numbers, cells, size = [], [], BATCH_ROWS
    if numbers:
        send((numbers, cells), len(numbers))


if __name__ == "__main__":
    sys.exit(main())
