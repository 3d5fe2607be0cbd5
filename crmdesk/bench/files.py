"""Import of customers beside calamine and bare inserts, export beside bare XlsxWriter."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from crmdesk.bench.timing import Figure, once, paired
from crmdesk.models.fields import Field, Kind
from crmdesk.models.tables.customers import customer
from crmdesk.services.book import Book
from crmdesk.services.exports import tables

ROWS = 100_000
_HEADER = ("客户编号", "客户名称", "电话", "税号", "等级", "来源", "账期", "备注")


def _workbook(path: Path) -> None:
    import xlsxwriter

    chance = random.Random(3)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("客户")
    sheet.write_row(0, 0, _HEADER)
    for row in range(1, ROWS + 1):
        sheet.write_row(
            row,
            0,
            (
                f"K{row:06d}",
                f"客户{chance.randrange(10**9):09d}贸易有限公司",
                f"1{chance.randrange(10**10):010d}",
                "",
                chance.choice("ABC"),
                chance.choice(("展会", "网站", "转介绍")),
                chance.choice((0, 15, 30, 60)),
                "备注文字",
            ),
        )
    book.close()


def measure_import(folder: Path, _customers: int, _invoices: int) -> Iterator[Figure]:
    """100,000 customers of 8 columns against calamine + Core insert + the two indexes a customer needs."""
    path = folder / "customers.xlsx"
    _workbook(path)
    seconds, peak_mib = _import_apart(folder, path)
    floor = once(lambda: _bare_import(folder, path))
    yield Figure(f"import of {ROWS:,} customers", seconds, floor, "s", "≤ 3×")
    yield Figure("import: peak memory with its child", peak_mib, None, "MiB", "≤ 512 MiB")


def _import_apart(folder: Path, path: Path) -> tuple[float, float]:
    """The import in a process of its own; its seconds without start-up, and peak memory of both processes."""
    code = (
        "import sys, time, resource\n"
        "from pathlib import Path\n"
        "from crmdesk.services.book import Book\n"
        "from crmdesk.services.imports import run\n"
        "book = Book.create(Path(sys.argv[1]), name='Bench', country='CN')\n"
        "start = time.perf_counter()\n"
        "result = run.run(book, 'customers', Path(sys.argv[2]))\n"
        "seconds = time.perf_counter() - start\n"
        "assert result.created_count == int(sys.argv[3]), result\n"
        "own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(seconds, (own + child) / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "import.crmdesk"), str(path), str(ROWS)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def _bare_import(folder: Path, path: Path) -> None:
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1:]
    with (
        Book.create(folder / "bare.crmdesk", name="Bare", country="CN") as book,
        book.engine.connect().execution_options(is_writing=True) as connection,
    ):
        connection.execute(text("DROP INDEX IF EXISTS ix_customer_phone"))
        connection.execute(text("DROP INDEX IF EXISTS ix_customer_name_key"))
        connection.execute(
            insert(customer),
            [
                {
                    "id": number,
                    "code": row[0],
                    "name": row[1],
                    "phone": row[2],
                    "level": row[4],
                    "source": row[5],
                    "terms_days": int(float(str(row[6]))),
                    "note": row[7],
                    "name_key": row[1],
                    "kind": "company",
                    "is_active": True,
                    "version": 1,
                }
                for number, row in enumerate(rows, start=1000)
            ],
        )
        connection.execute(text("CREATE INDEX ix_customer_phone ON customer (phone)"))
        connection.execute(text("CREATE INDEX ix_customer_name_key ON customer (name_key)"))
        connection.execute(text("CREATE VIRTUAL TABLE bare_search USING fts5(content, tokenize='trigram')"))
        connection.execute(
            text(
                "INSERT INTO bare_search(rowid, content) "
                "SELECT id, code || ' ' || name || ' ' || phone FROM customer"
            )
        )
        connection.commit()


_FIELDS = (
    Field("number", Kind.CODE, "Number", width=16),
    Field("date", Kind.DATE, "Date"),
    Field("customer", Kind.TEXT, "Customer", width=28),
    Field("currency", Kind.CURRENCY, "Currency", width=6),
    Field("total", Kind.MONEY, "Total"),
    Field("open", Kind.MONEY, "Open"),
    Field("state", Kind.TEXT, "State"),
    Field("note", Kind.TEXT, "Note"),
)


def _export_rows() -> list[tuple[Any, ...]]:
    day = date(2026, 3, 31)
    return [
        (f"INV-2026-{n:06d}", day, f"上海鼎晟贸易有限公司{n % 977}", "CNY", n * 7 + 1, n % 5, "paid", "备注")
        for n in range(ROWS)
    ]


def measure_export(folder: Path, _customers: int, _invoices: int) -> Iterator[Figure]:
    """100,000 rows to xlsx with types, formats and totals against XlsxWriter's own time for the same cells."""
    import xlsxwriter

    rows = _export_rows()

    def ours() -> None:
        table = tables.TableFile("Invoices", ("Bench",), _FIELDS, rows, {"CNY": {"total": 1, "open": 1}})
        tables.write(table, folder / "ours.xlsx", "xlsx")

    def bare() -> None:
        book = xlsxwriter.Workbook(str(folder / "bare.xlsx"), {"constant_memory": True})
        sheet = book.add_worksheet()
        day_style = book.add_format({"num_format": "yyyy-mm-dd"})
        money_style = book.add_format({"num_format": "#,##0.00"})
        for number, row in enumerate(rows):
            sheet.write_string(number, 0, row[0])
            sheet.write_datetime(number, 1, row[1], day_style)
            sheet.write_string(number, 2, row[2])
            sheet.write_string(number, 3, row[3])
            sheet.write_number(number, 4, row[4] / 100, money_style)
            sheet.write_number(number, 5, row[5] / 100, money_style)
            sheet.write_string(number, 6, row[6])
            sheet.write_string(number, 7, row[7])
        book.close()

    mine, floor = paired(ours, bare, runs=3)
    yield Figure(f"export of {ROWS:,} rows to xlsx", mine, floor, "s", "≤ 1.3×")
