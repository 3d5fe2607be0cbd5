"""Commands about the book itself: new, apply, use-cases, check, backup, restore."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from crmdesk.cli.output import DONE, REFUSED, show, show_json, tell
from crmdesk.models.fields import Field, Kind
from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.text import _


def new_command(arguments: argparse.Namespace) -> int:
    """crmdesk new"""
    from crmdesk.services import templates

    book = Book.create(
        Path(arguments.book),
        name=arguments.name,
        country=arguments.country,
        currency=arguments.currency or templates.currency_for(arguments.country),
        language=arguments.language,
        rounding=arguments.rounding,
    )
    path = book.path
    if arguments.starters:
        use_cases.run(book, "dimension.starters", {})
    book.close()
    if arguments.as_json:
        show_json({"book": str(path)})
    else:
        show(_("The book {file} is ready.").format(file=path))
    return DONE


def _opened(file: str) -> Book:
    """The book, with what was found at opening told beside the result."""
    book = Book.open(Path(file))
    for notice in book.notices:
        tell(notice)
    if book.hindrance is not None:
        tell(book.hindrance.message)
    return book


def apply_command(arguments: argparse.Namespace) -> int:
    """crmdesk apply"""
    from crmdesk.cli import apply

    with _opened(arguments.book) as book:
        run = apply.Run(book, arguments.actor, sys.stdout)
        lines = apply.read_lines(arguments.file)
        if arguments.atomic:
            return run.atomic(lines)
        return run.line_by_line(lines, keep_going=arguments.keep_going)


def _shape(fields: Iterable[Field]) -> str:
    """Arguments as they are written, those that may be left out with a ?: `{name, choices?: [{value, label?}]}`."""
    return f"{{{', '.join(map(_argument, fields))}}}"


def _argument(field: Field) -> str:
    name = field.name if field.required else f"{field.name}?"
    if not field.fields:
        return name
    parts = _shape(field.fields)
    return f"{name}: [{parts}]" if field.kind is Kind.LINES else f"{name}: {parts}"


def use_cases_command(arguments: argparse.Namespace) -> int:
    """crmdesk use-cases"""
    if arguments.as_json:
        show_json(use_cases.describe())
        return DONE
    for case in use_cases.all_use_cases().values():
        show(f"{case.name} {_shape(case.fields)}")
        show(f"    {_(case.summary)}")
    return DONE


def check_command(arguments: argparse.Namespace) -> int:
    """crmdesk check"""
    from crmdesk.services import check

    with _opened(arguments.book) as book:
        if arguments.rebuild:
            from crmdesk.services import rebuild

            rebuild.run(book)
        result = check.run(book)
    if arguments.as_json:
        show_json(result)
    else:
        for entry in result["violations"]:
            show(f"{entry['code']}: {entry['record']}: {entry['message']}")
        counts = ", ".join(
            f"{name} {count}" for name, count in result["checked"].items() if isinstance(count, int)
        )
        show((_("Clean.") if result["clean"] else _("Violations found.")) + f" {counts}")
    return DONE if result["clean"] else REFUSED


def backup_command(arguments: argparse.Namespace) -> int:
    """crmdesk backup"""
    from crmdesk.services import backup

    with _opened(arguments.book) as book:
        path = backup.write(book, Path(arguments.to))
    if arguments.as_json:
        show_json({"files": [str(path)]})
    else:
        show(_("Backup written and verified: {file}").format(file=path))
    return DONE


def restore_command(arguments: argparse.Namespace) -> int:
    """crmdesk restore"""
    from crmdesk.services import backup

    path, kept = backup.restore(Path(arguments.file), Path(arguments.to), is_forced=arguments.force)
    if kept is not None:
        tell(_("The former file was kept as {file}.").format(file=kept))
    if arguments.as_json:
        show_json({"book": str(path)})
    else:
        show(_("Restored: {file}").format(file=path))
    return DONE
