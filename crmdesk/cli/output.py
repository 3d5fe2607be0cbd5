"""What commands print: UTF-8 with LF on every system, one JSON document, one line per problem."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

from crmdesk.models.errors import BookFault, CrmdeskError, Problem, WrongUsage
from crmdesk.text import _

DONE, REFUSED, USAGE, UNUSABLE = 0, 1, 2, 3


def use_utf8() -> None:
    """stdin, stdout and stderr in UTF-8 with LF, whatever the locale or code page."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_input = stream is sys.stdin
            stream.reconfigure(
                encoding="utf-8",
                newline=None if is_input else "\n",
                errors="strict" if is_input else "replace",
            )


def json_text(data: Any, *, indent: int | None = 2) -> str:
    """JSON with Chinese left readable."""
    return json.dumps(data, ensure_ascii=False, indent=indent)


def show_json(data: Any) -> None:
    """Prints exactly one JSON document."""
    print(json_text(data))


def show(text: str) -> None:
    """Prints a line for a person."""
    print(text)


def tell(text: str) -> None:
    """Prints progress or a message beside the result."""
    print(text, file=sys.stderr, flush=True)


def problem_line(problem: Problem) -> str:
    """file, sheet, row, column, what, way out, in one line."""
    places = [problem.file or "", problem.sheet or ""]
    if problem.row is not None:
        places.append(_("row {row}").format(row=problem.row))
    if problem.column:
        places.append(problem.column)
    place = " · ".join(part for part in places if part)
    text = f"{place}: {problem.message}" if place else problem.message
    return f"{text} {problem.hint}" if problem.hint else text


def show_error(error: CrmdeskError, *, as_json: bool) -> int:
    """Shows a refusal and returns the exit code that belongs to it."""
    if as_json:
        show_json({"error": error.as_json()})
    else:
        only = error.problems[0] if len(error.problems) == 1 else None
        if only is not None and only.message in error.message:
            tell(f"{error.code}: {problem_line(only)}")  # the same thing, with its row and column
        else:
            is_said = not error.hint or error.hint in error.message
            tell(f"{error.code}: {error.message if is_said else f'{error.message} {error.hint}'}")
            for problem in error.problems:
                tell("  " + problem_line(problem))
    if isinstance(error, WrongUsage):
        return USAGE
    return UNUSABLE if isinstance(error, BookFault) else REFUSED
