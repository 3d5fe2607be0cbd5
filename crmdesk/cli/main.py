"""The parser of every command, and the one place that turns a refusal into an exit code."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from crmdesk import __version__, text
from crmdesk.cli import output
from crmdesk.cli.parsing import CommandParser, Parser, translate_argparse
from crmdesk.models import clock
from crmdesk.models.errors import Code, CrmdeskError, WrongUsage
from crmdesk.models.money import half_width
from crmdesk.text import N_, _

READER_OPTION = "--read-table-child"
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: str) -> date:
    # fromisoformat alone also takes 20260331 and 2026-W14-2; the years are those that a book can hold
    plain = half_width(value)
    with suppress(ValueError):
        day = date.fromisoformat(plain) if _ISO_DAY.fullmatch(plain) else None
        if day is not None and clock.is_in_years(day):
            return day
        if day is not None:
            raise argparse.ArgumentTypeError(clock.outside_years(plain))
    raise argparse.ArgumentTypeError(_("“{value}” is not a date; write it as 2026-03-31").format(value=value))


def _target(value: str) -> str:
    # only `apply` knows “-”; a file of that name is meant by nobody, and hard to get rid of
    if value == "-":
        raise argparse.ArgumentTypeError(
            _("“-” is not a file; name one (where --out may be left out, JSON is printed)")
        )
    return value


_IMPORT_KINDS = (
    *("customers", "contacts", "archive", "products", "opening-balances", "invoices", "payments"),
    *("activities", "bank"),
)


def _import_kind(value: str) -> str:
    if value not in _IMPORT_KINDS:
        raise argparse.ArgumentTypeError(
            _("“{value}” is not one of {choices}.").format(value=value[:40], choices=", ".join(_IMPORT_KINDS))
        )
    return value


def _count(value: str) -> int:
    plain = half_width(value)
    if not plain.isascii() or not plain.isdigit():
        raise argparse.ArgumentTypeError(_("“{value}” is not a number from 0 on").format(value=value))
    return int(plain)


def _buckets(value: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in value.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(_("buckets are days, such as 30,60,90")) from None


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", dest="as_json", help=_("print one JSON document"))


def _add_as(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="actor", default="", metavar="USER", help=_("who does it"))


def _new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument("--name", required=True)
    parser.add_argument("--country", default="CN")
    parser.add_argument("--currency", default="")
    parser.add_argument("--language", default="zh_CN", choices=sorted(text.LANGUAGES))
    parser.add_argument("--rounding", default="", choices=("line", "document"))
    parser.add_argument("--starters", action="store_true", help=_("with the usual category trees, filled"))


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book", nargs="?")
    parser.add_argument("--no-window", action="store_true")
    parser.add_argument("--customers", type=_count, default=200)
    parser.add_argument("--invoices", type=_count, default=2000)
    parser.add_argument("--until", type=_day)
    parser.add_argument("--seed", type=int, default=1)


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", type=_import_kind, metavar="{" + ",".join(_IMPORT_KINDS) + "}")
    parser.add_argument("file")
    parser.add_argument("--book", required=True)
    parser.add_argument("--mapping", metavar="M.json")
    parser.add_argument(
        "--account", default="", metavar="CODE", help=_("bank: the money account of the file")
    )
    parser.add_argument("--mode", default="create", choices=("create", "update", "upsert"))
    parser.add_argument("--sheet")
    parser.add_argument("--encoding")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--all-or-nothing", action="store_true")
    parser.add_argument("--errors", metavar="OUT.xlsx", type=_target)
    _add_as(parser)


def _undo_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batch")
    parser.add_argument("--book", required=True)
    _add_as(parser)


def _watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument("--once", action="store_true", help=_("look once, import what is there, and end"))
    parser.add_argument("--every", type=_count, default=30, metavar="SECONDS", help=_("how often to look"))
    _add_as(parser)


def _apply(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument("file", nargs="?", default="-")
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--atomic", action="store_true")
    _add_as(parser)


LIST_KINDS = (
    *("customers", "contacts", "duplicates", "merges", "stage_moves", "activities", "tasks", "comments"),
    *("relations", "categories", "category_history", "category_changes", "tags", "tag_history", "segments"),
    *("segment_members", "segment_events", "products", "letter_texts"),
    *("requirements", "quotes", "contracts", "orders", "instalments", "invoices", "drafts", "open_items"),
    *("openings", "credits", "payments", "refunds", "writeoffs", "recoveries", "discounts"),
    *("fapiao_requests", "fapiao", "red_confirmations", "recurring", "closings", "transfers", "deposits"),
    *("bills", "tax_rates", "rates", "revaluations", "money_accounts", "bank_lines", "prints"),
    *("reminders_due", "reminders_held", "reminders", "promises", "dunning_holds", "reminder_rules"),
    *("fields", "dictionaries", "views", "imports", "watched_folders", "watch_log", "audit"),
)


def _list(parser: argparse.ArgumentParser) -> None:
    # written out: the parser of any command loads no tables; a test compares it with services/lists
    parser.add_argument("kind", help=_("one of: {kinds}").format(kinds=", ".join(LIST_KINDS)))
    parser.add_argument("book")
    parser.add_argument("--search", default="")
    parser.add_argument("--filter", default="", dest="expression")
    parser.add_argument(
        "--sort", default="", metavar="FIELD", help=_("a field of the list; -FIELD begins with the last")
    )
    parser.add_argument("--limit", type=_count)
    parser.add_argument("--format", choices=("json", "csv", "xlsx"))
    parser.add_argument("--out", type=_target)
    _add_as(parser)


def _statement(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument("customer", nargs="?")
    _add_groups(parser)
    parser.add_argument("--all", action="store_true", dest="is_all")
    # the customer and every subsidiary below it
    parser.add_argument("--members", action="store_true", dest="has_members")
    parser.add_argument("--consolidated", action="store_true")
    parser.add_argument("--from", type=_day, dest="date_from")
    parser.add_argument("--to", type=_day, dest="date_to")
    parser.add_argument(
        "--style", default="balance-forward", choices=("balance-forward", "open-item", "transactions")
    )
    parser.add_argument("--language", choices=("zh_CN", "en", "both"))
    parser.add_argument("--format", choices=("pdf", "xlsx", "json"))
    parser.add_argument("--paper", default="A4", choices=("A4", "A5", "Letter", "241x140"))
    parser.add_argument("--out", type=_target)
    _add_as(parser)


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help=_("the report; --list names them all"))
    parser.add_argument("book", nargs="?")
    parser.add_argument(
        "--list", action="store_true", dest="is_list", help=_("name every report with its meaning")
    )
    parser.add_argument("--as-of", type=_day)
    parser.add_argument("--from", type=_day, dest="date_from")
    parser.add_argument("--to", type=_day, dest="date_to")
    parser.add_argument("--by")
    parser.add_argument("--basis", choices=("due", "invoice"))
    parser.add_argument("--buckets", type=_buckets)
    parser.add_argument("--account")
    parser.add_argument("--rows", default="", metavar="AXIS", help=_("matrix: what stands in the rows"))
    parser.add_argument("--columns", default="", metavar="AXIS", help=_("matrix: what stands in the columns"))
    parser.add_argument(
        "--figure", default="", choices=("customers", "revenue", "balance", "overdue", "invoices")
    )
    parser.add_argument("--filter", default="", dest="expression", help=_("matrix: only these customers"))
    parser.add_argument(
        "--group",
        action="append",
        default=[],
        dest="groups",
        metavar="GROUP",
        help=_("compare: category:PATH, tag:NAME, segment:NAME or a filter; two to six of them"),
    )
    parser.add_argument("--against", choices=("first", "all"))
    parser.add_argument("--language", choices=("zh_CN", "en"))
    parser.add_argument("--format", choices=("pdf", "xlsx", "csv", "json"))
    parser.add_argument("--out", type=_target)
    _add_as(parser)


def _print(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "kind",
        choices=(
            *("invoice", "receipt", "credit-note", "delivery-note", "quote", "contract"),
            *("fapiao-request", "dunning", "closing"),
        ),
    )
    parser.add_argument("number", help=_("of a reminder: the customer's code"))
    parser.add_argument("book")
    parser.add_argument("--paper", default="", choices=("A4", "A5", "Letter", "241x140", "80mm"))
    parser.add_argument("--language", choices=("zh_CN", "en", "both"))
    parser.add_argument(
        "--einvoice",
        choices=("ubl", "cii", "facturx"),
        help=_("an electronic invoice (EN 16931) instead of a plain PDF"),
    )
    parser.add_argument("--level", type=_count, help=_("of a reminder: 1 to 3"))
    parser.add_argument("--currency", default="", help=_("of a reminder"))
    parser.add_argument("--out", required=True, type=_target)
    _add_as(parser)


def _remind(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument("--as-of", type=_day)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--language", choices=("zh_CN", "en", "both"))
    parser.add_argument("--consolidated", action="store_true", help=_("one PDF of all letters"))
    parser.add_argument("--out", type=_target, metavar="DIR", help=_("a folder; with --consolidated a file"))
    _add_as(parser)


def _add_groups(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--group", metavar="PATH", help=_("the customers of a category and below it"))
    parser.add_argument("--tag", metavar="NAME", help=_("the customers with a tag"))
    parser.add_argument("--segment", metavar="NAME", help=_("the customers of a segment"))
    parser.add_argument(
        "--filter",
        dest="expression",
        metavar="EXPR",
        help=_("those that a filter of the customers list finds"),
    )


def _letters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument("name", help=_("the text (letter_text.save writes it)"))
    _add_groups(parser)
    parser.add_argument("--offer", default="", help=_("what stands for {offer}"))
    parser.add_argument("--language", choices=("zh_CN", "en", "both"))
    parser.add_argument("--paper", default="", choices=("A4", "A5", "Letter"))
    parser.add_argument("--consolidated", action="store_true", help=_("one PDF of all letters"))
    parser.add_argument("--out", type=_target, metavar="DIR", help=_("a folder; with --consolidated a file"))
    _add_as(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument(
        "--format",
        required=True,
        choices=(
            *("beancount", "hledger", "csv", "xlsx", "archive", "vcf"),
            *("vouchers-xlsx", "vouchers-csv", "package"),
        ),
    )
    parser.add_argument("--from", type=_day, dest="date_from")
    parser.add_argument("--to", type=_day, dest="date_to")
    parser.add_argument("--summed", action="store_true", help=_("vouchers: one per day and kind"))
    parser.add_argument("--out", required=True, type=_target)
    _add_as(parser)


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument(
        "--rebuild", action="store_true", help=_("rebuild kept amounts and the search index first")
    )


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book")
    parser.add_argument("--to", required=True, type=_target)


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")
    parser.add_argument("--to", required=True)
    parser.add_argument("--force", action="store_true")


def _bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=_count, default=20_000)
    parser.add_argument("--invoices", type=_count, default=100_000)
    parser.add_argument("--only", default="", help=_("names of measurements, separated by commas"))


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("book", nargs="?")


# command -> (module with a function of that name, its arguments, help)
COMMANDS: dict[str, tuple[str, Any, str]] = {
    "open": ("window", _open, N_("open the window with a book, the last one or the welcome page")),
    "demo": ("window", _demo, N_("make the practice company and open it")),
    "new": ("books", _new, N_("make a new book")),
    "import": (
        "files",
        _import,
        N_(
            "import customers, contacts, an archive, products, openings, invoices, payments or a bank statement"
        ),
    ),
    "undo-import": ("files", _undo_import, N_("take a whole import back")),
    "watch": ("files", _watch, N_("import what appears in the watched folders")),
    "apply": ("books", _apply, N_("run the batch language, one use case per line")),
    "use-cases": ("books", lambda parser: None, N_("list every use case with its arguments")),
    "list": ("papers", _list, N_("print any list of the window")),
    "statement": ("papers", _statement, N_("write statements of account")),
    "report": ("papers", _report, N_("write a report; --list names them")),
    "print": ("papers", _print, N_("write a document as PDF")),
    "remind": ("papers", _remind, N_("write the reminders that are due, and note them")),
    "letters": ("papers", _letters, N_("write letters to a group of customers")),
    "export": ("papers", _export, N_("export the ledger, or everything")),
    "check": ("books", _check, N_("check the file, every ledger identity and the audit chain")),
    "backup": ("books", _backup, N_("write a verified backup while the book is in use")),
    "restore": ("books", _restore, N_("restore a backup")),
    "bench": ("window", _bench, N_("measure this installation against raw SQLite")),
}


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    translate_argparse()
    parser = Parser(prog="crmdesk", description=_("Customers and receivables on one desk."))
    parser.add_argument("--version", action="version", version=f"crmdesk {__version__}")
    commands = parser.add_subparsers(dest="command", metavar=_("command"), parser_class=CommandParser)
    for name, (_module, add, summary) in COMMANDS.items():
        sub = commands.add_parser(name, help=_(summary), description=_(summary))
        add(sub)
        _add_json(sub)
    return parser


def _may_be_a_book(word: str) -> bool:
    """Whether the first word names a file (one that was double-clicked, say) and not a command."""
    return Path(word).suffix != "" or os.path.basename(word) != word or os.path.exists(word)


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code."""
    if arguments and arguments[0] == READER_OPTION:
        from crmdesk.services.imports import child

        return child.main()
    output.use_utf8()
    text.use_language(text.system_language())
    names = list(arguments)
    is_option = bool(names) and names[0].startswith("-")
    if not names or (names[0] not in COMMANDS and not is_option and _may_be_a_book(names[0])):
        names = ["open", *names]  # another word is a mistyped command: refused, it opens no window
    try:
        parsed = make_parser().parse_args(names)
    except WrongUsage as wrong:
        return output.show_error(wrong, as_json="--json" in names)
    except SystemExit as stop:
        return int(stop.code or 0)
    if parsed.command is None:
        make_parser().print_help(sys.stderr)
        return output.USAGE
    return _run(parsed)


def _run(parsed: argparse.Namespace) -> int:
    try:
        return _answer(parsed)
    except OSError as error:  # the answer itself found no room (a full disk behind stdout)
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            output.tell(_("The result could not be written: {reason}.").format(reason=error.strerror))
        return output.REFUSED


def _answer(parsed: argparse.Namespace) -> int:
    import importlib

    module = importlib.import_module(f"crmdesk.cli.{COMMANDS[parsed.command][0]}")
    function = getattr(module, parsed.command.replace("-", "_") + "_command")
    try:
        return function(parsed)
    except CrmdeskError as error:
        return output.show_error(error, as_json=parsed.as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return output.REFUSED
    except KeyboardInterrupt:
        output.tell(_("Stopped. What was acknowledged stays."))
        return output.REFUSED
    except OSError as error:
        problem = CrmdeskError(
            Code.NO_ACCESS,
            _("{file} cannot be used: {reason}.").format(
                file=error.filename or "", reason=error.strerror or str(error)
            ),
        )
        return output.show_error(problem, as_json=parsed.as_json)
    except Exception as error:  # noqa: BLE001 (the last line of defence: a bug is logged, the user gets a sentence)
        return output.show_error(_bug(error), as_json=parsed.as_json)


def _bug(error: Exception) -> CrmdeskError:
    import traceback

    from crmdesk import paths

    log = paths.log_dir() / "errors.log"
    with suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as stream:
            stream.write("".join(traceback.format_exception(error)) + "\n")
    return CrmdeskError(
        Code.INTERNAL,
        _("Something went wrong in crmdesk itself; nothing was half done. Details are in {file}.").format(
            file=log
        ),
    )
