"""Commands about files that come in: import, undo-import."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from crmdesk.cli.output import DONE, REFUSED, problem_line, show, show_json, tell
from crmdesk.models.errors import Problem
from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.services.imports.undo import kept_words
from crmdesk.text import _

_LINES_MAX = 50


def import_command(arguments: argparse.Namespace) -> int:
    """crmdesk import: the JSON of cli.md, exit 0 only when no row failed."""
    from crmdesk.services.imports import kinds, mapping, run
    from crmdesk.services.imports.results import ImportOptions

    kinds.find(arguments.kind)
    given = mapping.read_file(Path(arguments.mapping)) if arguments.mapping else None
    options = ImportOptions(
        mode=arguments.mode,
        mapping=given,
        sheet=arguments.sheet,
        encoding=arguments.encoding,
        is_dry_run=arguments.dry_run,
        is_all_or_nothing=arguments.all_or_nothing,
        errors_path=Path(arguments.errors) if arguments.errors else None,
        actor=arguments.actor,
        account=arguments.account,
    )
    with Book.open(Path(arguments.book)) as book:
        result = run.run(book, arguments.kind, Path(arguments.file), options)
    data = result.as_json()
    _tell_problems(result.notes, _("note"))
    if arguments.as_json:
        show_json(data)
    else:
        _tell_problems(result.errors, _("refused"))
        show(_summary(data, arguments.book, is_dry_run=arguments.dry_run))
    if result.errors_path is not None:
        text = _("The refused rows are in {file}: correct them there and import it again.")
        tell(text.format(file=result.errors_path))
    return DONE if result.failed_count == 0 else REFUSED


def _tell_problems(problems: tuple[Problem, ...], word: str) -> None:
    for problem in problems[:_LINES_MAX]:
        tell(f"{word}: {problem.code}: {problem_line(problem)}")
    if len(problems) > _LINES_MAX:
        tell(_("… and {count} more.").format(count=len(problems) - _LINES_MAX))


def _summary(data: dict[str, Any], book: str, *, is_dry_run: bool) -> str:
    text = _(
        "{read} rows read: {created} created, {updated} updated, {skipped} skipped, {failed} refused;"
        " {documents} documents."
    ).format(
        **{name: data[name] for name in ("read", "created", "updated", "skipped", "failed", "documents")}
    )
    if is_dry_run:
        return text + " " + _("This was a dry run: nothing was kept.")
    if data["batch"] is not None:
        way_back = _('Take it back with: crmdesk undo-import {batch} --book "{book}"')
        return f"{text} {way_back.format(batch=data['batch'], book=book)}"
    return text + " " + _("Nothing was changed.")


def undo_import_command(arguments: argparse.Namespace) -> int:
    """crmdesk undo-import"""
    with Book.open(Path(arguments.book)) as book:
        result = use_cases.run(book, "import.undo", {"batch": arguments.batch}, actor=arguments.actor)
    if arguments.as_json:
        show_json(result)
    else:
        text = _(
            "Import {batch} is taken back: {removed} records removed, {restored} restored, {voided} documents voided."
        )
        show(text.format(**result))
        if result["kept"]:
            show(kept_words(result["kept"]))
    return DONE
