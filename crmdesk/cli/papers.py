"""Commands that read and write papers: list, statement, report, print, export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from crmdesk.cli import members
from crmdesk.cli.output import DONE, show, show_json, tell
from crmdesk.models.errors import Code, Conflict, InvalidInput, Problem, WrongUsage
from crmdesk.services import settings, use_cases
from crmdesk.services.book import Book
from crmdesk.services.outgoing import write_bytes
from crmdesk.text import N_, _, counted

_SUFFIXES = ("pdf", "xlsx", "csv", "json")


def _format_of(arguments: argparse.Namespace, default: str) -> str:
    """--format, else by the name of --out, else the default (JSON with --json)."""
    if arguments.format:
        return arguments.format
    if arguments.as_json and not arguments.out:
        return "json"
    suffix = Path(arguments.out).suffix.removeprefix(".").lower() if arguments.out else ""
    return suffix if suffix in _SUFFIXES else default


def _require_out(arguments: argparse.Namespace) -> Path:
    if not arguments.out:
        raise WrongUsage(Code.REQUIRED, _("Name the file to write with --out."), field="out")
    return Path(arguments.out)


def _wrote(arguments: argparse.Namespace, files: list[Path]) -> int:
    if arguments.as_json:
        show_json({"files": [str(path) for path in files]})
    else:
        for path in files:
            show(_("Written: {file}").format(file=path))
    return DONE


def _json(arguments: argparse.Namespace, document: Any) -> int:
    """A JSON document: on stdout, or in --out (and with --json also on stdout)."""
    from crmdesk.cli.output import json_text

    if arguments.out:
        write_bytes(Path(arguments.out), (json_text(document) + "\n").encode())
        if not arguments.as_json:
            show(_("Written: {file}").format(file=arguments.out))
            return DONE
    show_json(document)
    return DONE


def list_command(arguments: argparse.Namespace) -> int:
    """crmdesk list"""
    from crmdesk.services import lists
    from crmdesk.services.exports import list_files

    form = _format_of(arguments, "json")
    uses_members = arguments.kind in members.LISTS
    with members.opened(arguments.book, arguments.actor, uses_members=uses_members) as book:
        query = {
            "search": arguments.search,
            "filter": arguments.expression,
            "sort": arguments.sort,
            "limit": arguments.limit,
        }
        if form == "json":
            return _json(arguments, lists.as_json(book, arguments.kind, **query))
        path = list_files.write_list(book, arguments.kind, _require_out(arguments), form, **query)
    return _wrote(arguments, [path])


def _group(arguments: argparse.Namespace) -> Any:
    """The group that --group, --tag, --segment or --filter names; None without any of them, several are refused."""
    from crmdesk.services.groups import FILTER, Group

    named = [
        Group(kind, value)
        for kind, value in (
            ("category", arguments.group),
            ("tag", arguments.tag),
            ("segment", arguments.segment),
            (FILTER, arguments.expression),
        )
        if value is not None
    ]
    if len(named) > 1:
        raise WrongUsage(
            Code.USAGE,
            _("Name one of --group, --tag, --segment and --filter; a filter can join them."),
            field="group",
        )
    return named[0] if named else None


def letters_command(arguments: argparse.Namespace) -> int:
    """crmdesk letters"""
    from crmdesk.services import letters

    group = _group(arguments)
    if group is None:
        raise WrongUsage(
            Code.REQUIRED, _("Name whom to write to: --group, --tag, --segment or --filter."), field="group"
        )
    options = letters.LetterOptions(
        arguments.language or "", arguments.paper, arguments.offer, actor=arguments.actor
    )
    with members.opened(arguments.book, arguments.actor, uses_members=True) as book:
        done = letters.write(
            book, group, arguments.name, _require_out(arguments), options,
            is_consolidated=arguments.consolidated,
        )  # fmt: skip
    _tell_missing(tuple(sorted(done.missing)))
    return _wrote(arguments, done.files)


# Statements


def _chosen(connection: Connection, arguments: argparse.Namespace) -> list[str]:
    from crmdesk.services import statements

    if arguments.is_all:
        return statements.customers_with_entries(connection, arguments.date_to)
    group = _group(arguments)
    if group is not None:
        from crmdesk.services import groups

        return groups.codes(connection, group)
    if arguments.customer and arguments.has_members:
        from crmdesk.services import customer_card, relations

        record_id = customer_card.id_of(connection, arguments.customer)
        if record_id is not None:
            return [member.code for member in relations.below(connection, record_id)]
    if arguments.customer:
        return [arguments.customer]
    raise WrongUsage(Code.REQUIRED, _("Name a customer's code, --group PATH or --all."), field="customer")


def statement_command(arguments: argparse.Namespace) -> int:
    """crmdesk statement"""
    from crmdesk import text
    from crmdesk.services import statements

    form = _format_of(arguments, "pdf" if arguments.out else "json")
    is_many = arguments.is_all or arguments.has_members or _group(arguments) is not None
    uses_members = _group(arguments) is not None
    with members.opened(arguments.book, arguments.actor, uses_members=uses_members) as book:
        with book.read() as connection:
            codes = _chosen(connection, arguments)
            language = arguments.language or settings.load(connection).language
        if form == "json":
            translate = text.translator(language if language != "both" else "zh_CN")
            documents: list[Any] = []
            for code in codes:
                documents += statements.as_json(
                    book,
                    code,
                    date_from=arguments.date_from,
                    date_to=arguments.date_to,
                    style=arguments.style,
                    translate=translate,
                )
            return _json(arguments, documents)
        files = _write_statements(book, arguments, codes, form, language, is_many=is_many)
        if not book.is_read_only and files:
            log = {"kind": "statement", "entries": codes, "channel": form}
            use_cases.run(book, "print.log", log, actor=arguments.actor)
    return _wrote(arguments, files)


def _write_statements(
    book: Book, arguments: argparse.Namespace, codes: list[str], form: str, language: str, *, is_many: bool
) -> list[Path]:
    from crmdesk.services import statement_files as files

    out = _require_out(arguments)
    options = files.StatementOptions(
        arguments.date_from, arguments.date_to, arguments.style, language, arguments.paper
    )
    with book.read() as connection:
        if not is_many:
            written = files.write_one(connection, codes[0], out, form, options)
        elif arguments.consolidated and form == "pdf":
            target = out / files.CONSOLIDATED_NAME if out.is_dir() else out
            written = files.write_consolidated(connection, codes, target, options)
        else:
            written = files.write_each(connection, codes, out, form, options)
    _tell_missing(tuple(sorted(written.missing)))
    return written.files


def _tell_missing(characters: tuple[str, ...]) -> None:
    if characters:
        tell(
            _("The printing font lacks these characters; they appear as 〓: {characters}").format(
                characters=" ".join(characters)
            )
        )


# Reports, documents, exports


def report_command(arguments: argparse.Namespace) -> int:
    """crmdesk report"""
    from crmdesk import text
    from crmdesk.cli import report_options
    from crmdesk.services.reports import declared

    if arguments.is_list:
        reports = declared.all_reports().values()
        if arguments.as_json:
            show_json({"reports": [{"name": one.name, "title": _(one.title)} for one in reports]})
        else:
            for one in reports:
                show(f"{one.name}: {_(one.summary)}")
        return DONE
    if not arguments.name or not arguments.book:
        raise WrongUsage(
            Code.REQUIRED, _("Name a report and a book; --list names the reports."), field="name"
        )
    report = declared.find(arguments.name)
    form = _format_of(arguments, "json")
    if arguments.language:
        text.use_language(arguments.language)
    options = report_options.options_of(report, arguments)
    uses_members = report.name in members.REPORTS
    opened = members.opened(arguments.book, arguments.actor, uses_members=uses_members)
    with opened as book, book.read() as connection:
        table = report.fill(connection, options)
        if form == "json":
            return _json(arguments, table.document)
        from crmdesk.services import papers
        from crmdesk.services.exports import report_files

        company = papers.company_of(connection)
        path = report_files.write(
            table, company, _require_out(arguments), form, language=text.current_language()
        )
    return _wrote(arguments, [path])


def print_command(arguments: argparse.Namespace) -> int:
    """crmdesk print"""
    from crmdesk.models import clock
    from crmdesk.services import dunning_papers, papers

    if arguments.einvoice:
        return _print_einvoice(arguments)
    if arguments.kind == "closing":
        return _print_closing(arguments)
    with Book.open(Path(arguments.book)) as book:
        with book.read() as connection:
            options = {
                "paper": arguments.paper,
                "language": arguments.language or "",
                "actor": arguments.actor,
            }
            if arguments.kind == dunning_papers.KIND:
                today = clock.today()
                due = dunning_papers.overdue(
                    connection, arguments.number, today, level=arguments.level, currency=arguments.currency
                )
                rendered = dunning_papers.pdf(connection, [due], today, **options)
            else:
                rendered = papers.pdf(connection, arguments.kind, [arguments.number], **options)
        _tell_missing(rendered.missing)
        path = write_bytes(Path(arguments.out), rendered.pdf)
        if not book.is_read_only:
            log = {"kind": arguments.kind, "entries": [arguments.number], "channel": "pdf"}
            use_cases.run(book, "print.log", log, actor=arguments.actor)
    return _wrote(arguments, [path])


def _print_einvoice(arguments: argparse.Namespace) -> int:
    from crmdesk.services.einvoice import files
    from crmdesk.services.einvoice.gather import KINDS

    if arguments.kind not in KINDS:
        raise WrongUsage(
            Code.USAGE, _("Only invoices and credit notes become electronic invoices."), field="einvoice"
        )
    with Book.open(Path(arguments.book)) as book:
        with book.read() as connection:
            content = files.make(
                connection,
                arguments.kind,
                arguments.number,
                arguments.einvoice,
                paper=arguments.paper,
                language=arguments.language or "",
                actor=arguments.actor,
            )
        path = write_bytes(Path(arguments.out), content)
        if not book.is_read_only:
            log = {"kind": arguments.kind, "entries": [arguments.number], "channel": "file"}
            use_cases.run(book, "print.log", log, actor=arguments.actor)
    return _wrote(arguments, [path])


def remind_command(arguments: argparse.Namespace) -> int:
    """crmdesk remind"""
    from crmdesk.models import clock
    from crmdesk.services import dunning_papers, reminder_rules, reminders_due

    on = arguments.as_of or clock.today()
    with members.opened(arguments.book, arguments.actor, uses_members=True) as book:
        with book.read() as connection:
            found = reminders_due.load(connection, on)
            has_rules = any(rule.is_active for rule in reminder_rules.all_rules(connection))
        if arguments.dry_run:
            return _tell_due(arguments, found, has_rules=has_rules)
        dues = [due for due in found.due if due.rule.channel in dunning_papers.PAPER_CHANNELS]
        out = _require_out(arguments)
        options = {"language": arguments.language or "", "actor": arguments.actor}
        if not arguments.consolidated:
            done = dunning_papers.remind(book, dues, on, out, **options)
        elif dues:
            path = out / dunning_papers.CONSOLIDATED_NAME if out.is_dir() else out
            done = dunning_papers.remind_in_one(book, dues, on, path, **options)
        else:
            done = dunning_papers.Reminded()
    if not found.due:
        tell(_nobody(has_rules=has_rules))
    _tell_missing(tuple(sorted(done.missing)))
    for _customer, error in done.refused:
        tell(error.message)
    if done.refused:
        problems = tuple(Problem(error.code, error.message, value=code) for code, error in done.refused)
        for path in done.files:
            tell(_("Written: {file}").format(file=path))
        raise Conflict(
            Code.EMAIL_MISSING,
            counted(N_("{count} reminders could not be written; the others were."), len(done.refused)),
            problems=problems,
        )
    return _wrote(arguments, done.files)


def _nobody(*, has_rules: bool) -> str:
    """Why nothing was written, and where there is no rule yet how one is made."""
    if has_rules:
        return _("Nobody is to be reminded.")
    return _(
        "Nobody is to be reminded: there is no rule in use. Make one in the window (Statements, Reminders, Rules) "
        "or with crmdesk apply: {line}"
    ).format(line='{"do": "reminder_rule.create", "name": "letters", "days": [7, 21, 45]}')


def _tell_due(arguments: argparse.Namespace, found: Any, *, has_rules: bool) -> int:
    """What would be written, and what is held back; nothing is."""
    from crmdesk.models import money

    def plain(due: Any, reason: str) -> dict[str, Any]:
        return {
            "customer": due.customer,
            "name": due.name,
            "rule": due.rule.name,
            "level": due.level,
            "channel": due.rule.channel,
            "currency": due.currency,
            "total": money.plain(due.total_minor, due.currency),
            "items": [item.number for item in due.items],
            "reason": reason,
        }

    due = [plain(one, one.reason) for one in found.due]
    held = [plain(one.due, one.reason) for one in found.held]
    if arguments.as_json:
        show_json({"due": due, "held": held})
        return DONE
    for title, rows in ((_("To be reminded:"), due), (_("Not reminded:"), held)):
        if rows:
            show(title)
        for row in rows:
            show(f"  {row['customer']} {row['name']}: {row['currency']} {row['total']} ({row['reason']})")
    if not due and not held:
        show(_nobody(has_rules=has_rules))
    return DONE


def _print_closing(arguments: argparse.Namespace) -> int:
    """crmdesk print closing DAY: the sheet of the period closed with that day."""
    from crmdesk.models import validation
    from crmdesk.models.fields import Field, Kind
    from crmdesk.services import closing, papers
    from crmdesk.services.documents import closing_sheet

    field = Field("number", Kind.DATE, "number", required=True)
    until = validation.check((field,), {"number": arguments.number})["number"]
    with Book.open(Path(arguments.book)) as book, book.read() as connection:
        own = settings.load(connection)
        content = closing_sheet.render(
            closing.load(connection, until),
            papers.company_of(connection),
            arguments.language or own.language,
            arguments.paper or "A4",
        )
    return _wrote(arguments, [write_bytes(Path(arguments.out), content)])


def _export_period(arguments: argparse.Namespace) -> int:
    """Vouchers, or the accountant's package, of a period."""
    from crmdesk.models import clock
    from crmdesk.services.exports import package

    end = arguments.date_to or clock.today()
    if arguments.date_from and arguments.date_from > end:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The period begins ({start}) after it ends ({end}).").format(
                start=arguments.date_from.isoformat(), end=end.isoformat()
            ),
            field="from",
        )
    out = Path(arguments.out)
    with Book.open(Path(arguments.book)) as book:
        if arguments.format == "package":
            return _wrote(arguments, [package.write(book, arguments.date_from, end, out)])
        form = arguments.format.removeprefix("vouchers-")
        with book.read() as connection:
            path = package.voucher_file(
                connection, arguments.date_from, end, out, form, is_summed=arguments.summed
            )
    return _wrote(arguments, [path])


def export_command(arguments: argparse.Namespace) -> int:
    """crmdesk export"""
    if arguments.format == "package" or arguments.format.startswith("vouchers-"):
        return _export_period(arguments)
    from crmdesk.services.exports import everything, plain_text_ledger

    out = Path(arguments.out)
    lines = plain_text_ledger.FORMATS.get(arguments.format)
    opened = members.opened(arguments.book, arguments.actor, uses_members=lines is None)
    with opened as book, book.read() as connection:
        if lines is not None:
            files = [plain_text_ledger.write(out, lines(connection))]
        elif arguments.format == "archive":
            from crmdesk.services.exports import archive

            files = [archive.write(connection, out)]
            if missing := archive.left_out(connection):
                tell(missing)
        elif arguments.format == "vcf":
            from crmdesk.services.exports import cards

            cards.write(connection, out)
            files = [out]
        elif arguments.format == "csv":
            files = everything.write_csv(connection, out)
        else:
            files = everything.write_workbook(connection, out)
    return _wrote(arguments, files)
