"""Statements as files: one, many in a folder, or all consolidated in one PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.services import papers
from crmdesk.services.documents.model import StatementDoc
from crmdesk.services.outgoing import write_bytes
from crmdesk.services.statements import BALANCE_FORWARD
from crmdesk.text import _

CONSOLIDATED_NAME = "statements.pdf"


@dataclass(frozen=True, slots=True)
class StatementOptions:
    """What a statement shows and how it is printed."""

    date_from: date | None = None
    date_to: date | None = None
    style: str = BALANCE_FORWARD
    language: str = "zh_CN"
    paper: str = "A4"
    has_ageing: bool = True
    has_words: bool = True
    has_slip: bool = True
    actor: str = ""


@dataclass(slots=True)
class Written:
    """The files and the characters that the printing font lacks."""

    files: list[Path] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


Progress = Callable[[int, int], None]


def document(connection: Connection, code: str, options: StatementOptions) -> StatementDoc:
    """One customer's statement ready to print."""
    return papers.statement(
        connection,
        code,
        date_from=options.date_from,
        date_to=options.date_to,
        style=options.style,
        has_ageing=options.has_ageing,
        has_words=options.has_words,
        has_slip=options.has_slip,
        actor=options.actor,
    )


def require_customers(codes: list[str]) -> None:
    """Refuses an empty choice."""
    if not codes:
        raise InvalidInput(Code.NO_DATA, _("No customer has an entry up to that date."), field="customer")


def write_one(connection: Connection, code: str, out: Path, form: str, options: StatementOptions) -> Written:
    """One customer's statement as `pdf` or `xlsx`."""
    if form == "pdf":
        return write_consolidated(connection, [code], out, options)
    from crmdesk.services.documents import statement_xlsx

    content = statement_xlsx.statement_workbook(document(connection, code, options), options.language)
    return Written([write_bytes(out, content)])


def write_consolidated(
    connection: Connection,
    codes: list[str],
    out: Path,
    options: StatementOptions,
    progress: Progress = lambda done, total: None,
) -> Written:
    """All statements in one PDF, each beginning on a page of its own."""
    from crmdesk.services.documents import printing

    require_customers(codes)
    rendered = printing.render(
        _documents(connection, codes, options, progress), options.paper, options.language
    )
    return Written([write_bytes(out, rendered.pdf)], set(rendered.missing))


def _documents(
    connection: Connection, codes: list[str], options: StatementOptions, progress: Progress
) -> Iterator[StatementDoc]:
    for number, code in enumerate(codes):
        progress(number, len(codes))
        yield document(connection, code, options)


def write_each(
    connection: Connection,
    codes: list[str],
    folder: Path,
    form: str,
    options: StatementOptions,
    progress: Progress = lambda done, total: None,
) -> Written:
    """One file per customer into a folder, named by code, customer and date."""
    from crmdesk.services.documents import file_names, printing, statement_xlsx

    require_customers(codes)
    folder.mkdir(parents=True, exist_ok=True)
    names = file_names.DistinctNames()
    written = Written()
    for made in _documents(connection, codes, options, progress):
        name = names.take(
            file_names.file_name(f".{form}", number=made.party.code, customer=made.party.name, on=made.to_on)
        )
        if form == "pdf":
            rendered = printing.render([made], options.paper, options.language)
            written.missing |= set(rendered.missing)
            content = rendered.pdf
        else:
            content = statement_xlsx.statement_workbook(made, options.language)
        written.files.append(write_bytes(folder / name, content))
    return written
