"""Commands about files that come in: import, undo-import."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path
from subprocess import list2cmdline
from typing import Any

from crmdesk.cli.output import DONE, REFUSED, problem_line, show, show_json, tell
from crmdesk.models.errors import Problem
from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.services.imports.undo import kept_words
from crmdesk.text import N_, _, counted_each

_LINES_MAX = 50


def import_command(arguments: argparse.Namespace) -> int:
    """crmdesk import: the JSON of cli.md, exit 0 only when no row failed."""
    from crmdesk.services.imports import kinds, mapping, run
    from crmdesk.services.imports.results import ImportOptions

    if arguments.kind != run.ARCHIVE:
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
    text = counted_each(
        N_(
            "{read} rows read: {created} created, {updated} updated, {skipped} skipped, {failed} refused;"
            " {documents} documents."
        ),
        {name: data[name] for name in ("read", "created", "updated", "skipped", "failed", "documents")},
    )
    if is_dry_run:
        return text + " " + _("This was a dry run: nothing was kept.")
    if data["batch"] is not None:
        words = ["crmdesk", "undo-import", str(data["batch"]), "--book", book]
        command = list2cmdline(words) if os.name == "nt" else shlex.join(words)
        return text + " " + _("Take it back with: {command}").format(command=command)
    return text + " " + _("Nothing was changed.")


def undo_import_command(arguments: argparse.Namespace) -> int:
    """crmdesk undo-import"""
    with Book.open(Path(arguments.book)) as book:
        result = use_cases.run(book, "import.undo", {"batch": arguments.batch}, actor=arguments.actor)
    if arguments.as_json:
        show_json(result)
    else:
        show(
            counted_each(
                N_(
                    "Import {batch} ({created} rows created, {updated} updated) is taken back: {removed} records"
                    " removed, {restored} restored, {voided} documents voided. Contacts, addresses and prices go with"
                    " their record."
                ),
                {name: result[name] for name in ("created", "updated", "removed", "restored", "voided")},
                batch=result["batch"],
            )
        )
        if result["kept"]:
            show(kept_words(result["kept"]))
    return DONE


def watch_command(arguments: argparse.Namespace) -> int:
    """crmdesk watch: one look with --once, else until it is stopped; exit 1 when a file was refused."""
    import time

    from crmdesk.services.watching import Look, Watch

    with Book.open(Path(arguments.book)) as book:
        watch = Watch(book, arguments.actor)
        if arguments.once:
            found = watch.look_once()
            _tell_look(found)
            if arguments.as_json:
                show_json(found.as_json())
            return REFUSED if any(file.failed or file.outcome == "failed" for file in found.files) else DONE
        told: Look | None = None
        while True:
            found = watch.look()
            if found.files or told is None or found.missing != told.missing:
                _tell_look(found)
            told = found
            time.sleep(max(1, arguments.every))


def _tell_look(found: Any) -> None:
    for folder in found.missing:
        tell(_("The folder {folder} is not there.").format(folder=folder))
    for file in found.files:
        text = counted_each(
            N_(
                "{file}: {read} rows read, {created} created, {updated} updated, {skipped} skipped, {failed} refused."
            ),
            {name: getattr(file, name) for name in ("read", "created", "updated", "skipped", "failed")},
            file=file.file,
        )
        tell(text + (f" {file.message}" if file.message else ""))
