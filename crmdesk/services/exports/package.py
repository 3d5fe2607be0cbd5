"""The accountant's package: everything of a period in one archive, with a list of contents and their digests.

Each part is written to a folder of its own first, then packed under a passing name: a break leaves nothing half.
The names inside are always the same, their times too, so that the same book gives the same archive.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models.errors import Cancelled, Code
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.audit import audit_entry
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.services import closing, papers, settings, vouchers
from crmdesk.services.book import Book
from crmdesk.services.exports import list_files, plain_text_ledger, report_files, tables
from crmdesk.services.outgoing import whole_file, write_bytes
from crmdesk.services.reports import declared
from crmdesk.text import N_, _

CONTENTS = "contents.txt"
_MOMENT = (1980, 1, 1, 0, 0, 0)
_AUDIT = (
    Field("entry", Kind.INTEGER, N_("Entry"), width=8),
    Field("at", Kind.TEXT, N_("When"), width=24),
    Field("actor", Kind.TEXT, N_("Who"), width=12),
    Field("use_case", Kind.TEXT, N_("What"), width=24),
    Field("hash", Kind.TEXT, N_("Hash"), width=64),
)
Progress = Callable[[int, int], None]


def voucher_file(
    connection: Connection, start: date | None, end: date, path: Path, form: str, *, is_summed: bool = False
) -> Path:
    """The vouchers of a period as `csv` or `xlsx`, the header in the first row as importers want it."""
    table = tables.TableFile(
        "凭证",
        (),
        vouchers.FIELDS,
        vouchers.rows(connection, start, end, is_summed=is_summed),
        {},
        settings.load(connection).currency,
        is_plain=True,
    )
    return tables.write(table, path, form)


def write(
    book: Book,
    start: date | None,
    end: date,
    out: Path,
    *,
    language: str = "",
    progress: Progress = lambda _done, _total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Writes the package of a period; `is_cancelled` is asked between its parts. Raises Cancelled."""
    with book.read() as connection:
        chosen = language or settings.load(connection).language
    makers = _makers(book, start, end, "zh_CN" if chosen == "both" else chosen)
    with whole_file(out) as draft:
        folder = Path(tempfile.mkdtemp(prefix=".package-", dir=out.parent))
        try:
            for number, (name, make) in enumerate(makers):
                progress(number, len(makers))
                if is_cancelled():
                    raise Cancelled(Code.CANCELLED, _("Stopped; no file was written."))
                make(folder / name)
            _pack(folder, draft)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    progress(len(makers), len(makers))
    return out


def _pack(folder: Path, draft: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    digests = []
    for name in names:
        with (folder / name).open("rb") as stream:
            digests.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {name}")
    (folder / CONTENTS).write_text("\n".join(digests) + "\n", encoding="utf-8", newline="\n")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (CONTENTS, *names):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with (folder / name).open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)


_Maker = tuple[str, Callable[[Path], Any]]


def _makers(book: Book, start: date | None, end: date, language: str) -> list[_Maker]:
    """What is in the package: each name with the function that writes it."""
    options = declared.Options(as_of=end, date_from=start, date_to=end)
    first = f"date >= {start.isoformat()} and " if start else ""
    expression = f"{first}date <= {end.isoformat()}"

    def report(name: str, form: str) -> Callable[[Path], Any]:
        def make(path: Path) -> None:
            with book.read() as connection:
                table = declared.find(name).fill(connection, options)
                report_files.write(table, papers.company_of(connection), path, form, language=language)

        return make

    def read(make: Callable[[Connection, Path], Any]) -> Callable[[Path], Any]:
        def run(path: Path) -> None:
            with book.read() as connection:
                make(connection, path)

        return run

    def listed(kind: str) -> Callable[[Path], Any]:
        return lambda path: list_files.write_list(book, kind, path, "xlsx", filter=expression, sort="date")

    def sheet(connection: Connection, path: Path) -> None:
        from crmdesk.services.documents import closing_sheet

        found = closing.sheet(connection, start, end)
        write_bytes(path, closing_sheet.render(found, papers.company_of(connection), language))

    def statements(connection: Connection, path: Path) -> None:
        from crmdesk.services import statement_files

        codes = _moved(connection, start, end)
        if codes:
            wanted = statement_files.StatementOptions(start, end, language=language)
            statement_files.write_consolidated(connection, codes, path, wanted)

    def ledger(connection: Connection, path: Path) -> None:
        plain_text_ledger.write(path, plain_text_ledger.beancount_lines(connection))

    def audit(connection: Connection, path: Path) -> None:
        rows = _audit_rows(connection, start, end)
        tables.write_csv(tables.TableFile(_("History of changes"), (), _AUDIT, rows, {}), path)

    return [
        ("closing-sheet.pdf", read(sheet)),
        ("trial-balance.xlsx", report("trial-balance", "xlsx")),
        ("trial-balance.csv", report("trial-balance", "csv")),
        ("journal.xlsx", report("journal", "xlsx")),
        ("journal.csv", report("journal", "csv")),
        ("ledger.beancount", read(ledger)),
        ("invoices.xlsx", listed("invoices")),
        ("payments.xlsx", listed("payments")),
        ("ageing.xlsx", report("ageing", "xlsx")),
        ("statements.pdf", read(statements)),
        ("vouchers.xlsx", read(lambda connection, path: voucher_file(connection, start, end, path, "xlsx"))),
        ("vouchers.csv", read(lambda connection, path: voucher_file(connection, start, end, path, "csv"))),
        ("audit.csv", read(audit)),
    ]


def _moved(connection: Connection, start: date | None, end: date) -> list[str]:
    """Codes of the customers with an entry in the period."""
    moved = select(document.c.customer_id).where(document.c.dated_on <= end)
    if start is not None:
        moved = moved.where(document.c.dated_on >= start)
    query = select(customer.c.code).where(customer.c.id.in_(moved)).order_by(customer.c.code)
    return list(connection.execute(query).scalars())


def _audit_rows(connection: Connection, start: date | None, end: date) -> Iterator[tuple[Any, ...]]:
    """Audit entries recorded in the period (UTC), with their hashes."""
    query = select(audit_entry).where(audit_entry.c.posted_at < (end + timedelta(days=1)).isoformat())
    if start is not None:
        query = query.where(audit_entry.c.posted_at >= start.isoformat())
    for row in connection.execute(query.order_by(audit_entry.c.id)):
        yield row.id, row.posted_at, row.actor, row.use_case, bytes(row.hash).hex()
