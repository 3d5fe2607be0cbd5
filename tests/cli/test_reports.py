"""The reports of the command line: sales by every field and in every format, the cash book."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from crmdesk.cli.main import main
from crmdesk.models.tables.documents import document_line
from crmdesk.services.book import Book
from crmdesk.services.reports import declared
from tests.services.small_book import do

Command = Callable[..., str]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    with Book.create(tmp_path / "shop.crmdesk", name="Shop", language="en") as made:
        for code in ("A", "B"):
            do(made, "customer.create", code=code, name=f"Customer {code}")
        yield made


@pytest.fixture
def crmdesk(book: Book, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `crmdesk report` or `export` on the book, which must succeed, and returns what it printed."""

    def run(command: str, *words: str) -> str:
        capsys.readouterr()
        assert main([command, *words[:1], str(book.path), *words[1:]]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return run


def _line(price: str = "100", rate: str = "0.13", **more: Any) -> dict[str, Any]:
    tax = {} if "tax_kind" in more else {"tax_rate": rate}
    return {"description": "Paint", "quantity": "1", "unit_price": price, **tax, **more}


def _issue(book: Book, on: str, *lines: dict[str, Any], customer: str = "A") -> str:
    return do(book, "invoice.issue", customer=customer, date=on, lines=list(lines or (_line(),)))["number"]


def _sales(crmdesk: Command, *words: str) -> list[dict[str, Any]]:
    return json.loads(crmdesk("report", "sales", "--format", "json", *words))["rows"]


def _table(path: Path) -> list[list[Any]]:
    """The rows of a csv, or of a workbook's sheet below its header."""
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))[1:]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at = next(index for index, row in enumerate(rows) if row[-1] in ("Total", "Reference", "合计", "备注"))
    return rows[at + 1 :]


@pytest.mark.parametrize("by", ["customer", "product", "month", "tax_rate"])
def test_sales_by_every_field_in_every_format(book: Book, crmdesk: Command, tmp_path: Path, by: str) -> None:
    do(book, "product.create", code="P1", name="Brush", price="20", tax_rate="0.06")
    _issue(book, "2026-03-05", _line("200"), _line("50", "0"))
    _issue(book, "2025-12-31", {"product": "P1", "quantity": "1"}, customer="B")
    expected = {
        "customer": [("A", "Customer A", "250.00"), ("B", "Customer B", "20.00")],
        "product": [("", "Without product", "250.00"), ("P1", "Brush", "20.00")],
        "month": [("2025-12", "2025-12", "20.00"), ("2026-03", "2026-03", "250.00")],
        "tax_rate": [("0", "0%", "50.00"), ("0.06", "6%", "20.00"), ("0.13", "13%", "200.00")],
    }[by]
    english = ("--language", "en")
    assert [
        (row["key"], row["name"], row["net"]) for row in _sales(crmdesk, "--by", by, *english)
    ] == expected
    for form in ("csv", "xlsx", "pdf"):
        out = tmp_path / f"sales.{form}"
        crmdesk("report", "sales", "--by", by, "--out", str(out), *english)
        if form != "pdf":
            found = [(row[0] or "", row[1], f"{float(row[4]):.2f}") for row in _table(out)]
            assert found[: len(expected)] == expected
    assert out.read_bytes().startswith(b"%PDF")


def test_lines_without_a_product_are_one_row(book: Book, crmdesk: Command) -> None:
    _issue(book, "2026-03-05", _line("10", description="Work"), _line("20", description="Advice"))
    _issue(book, "2026-03-06", _line("30", description="Haulage"))
    rows = _sales(crmdesk, "--by", "product", "--language", "en")
    assert [(row["key"], row["name"], row["documents"], row["net"]) for row in rows] == [
        ("", "Without product", 2, "60.00")
    ]


def test_kinds_of_tax_are_apart_and_one_rate_is_one_row(book: Book, crmdesk: Command) -> None:
    _issue(
        book,
        "2026-03-05",
        _line("1", "0.13"),
        _line("2", "0.130"),
        _line("4", "0.00"),
        _line("8", tax_kind="exempt"),
        _line("16", tax_kind="out_of_scope"),
    )
    rows = _sales(crmdesk, "--by", "tax_rate", "--language", "en")
    assert [(row["key"], row["name"], row["documents"], row["net"]) for row in rows] == [
        ("0", "0%", 1, "4.00"),
        ("0.13", "13%", 1, "3.00"),
        ("exempt", "Exempt", 1, "8.00"),
        ("out_of_scope", "Out of scope", 1, "16.00"),
    ]
    with book.read() as connection:
        stored = connection.execute(document_line.select().order_by(document_line.c.position)).all()
    assert [row.tax_rate for row in stored] == ["0.13", "0.13", "0", "0", "0"]


def test_rates_of_earlier_versions_are_grouped_all_the_same(
    book: Book, crmdesk: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmdesk.services import units

    add = units.Unit.add

    def as_written(self: units.Unit, table: Any, **values: Any) -> None:
        if table is document_line:
            values["tax_rate"] = {"1": "0.130", "2": "0.1300", "3": "0.13"}[values["unit_price"]]
        add(self, table, **values)

    monkeypatch.setattr(units.Unit, "add", as_written)
    _issue(book, "2026-03-05", _line("1"), _line("2"), _line("3"))
    rows = _sales(crmdesk, "--by", "tax_rate")
    assert [(row["key"], row["documents"], row["net"]) for row in rows] == [("0.13", 1, "6.00")]


def test_a_voided_document_is_none_where_its_void_is_too(book: Book, crmdesk: Command) -> None:
    """Both dates in a row: neither is counted; else each stands on its own date, as statements show it."""
    kept = [_issue(book, "2026-03-05"), _issue(book, "2026-03-06", _line("7"))]
    do(book, "invoice.void", invoice=kept[0], date="2026-04-10", reason="wrong")

    def counted(*words: str) -> list[tuple[str, int, str]]:
        return [(row["key"], row["documents"], row["net"]) for row in _sales(crmdesk, *words)]

    assert counted() == [("A", 1, "7.00")]
    assert counted("--to", "2026-03-31") == [("A", 2, "107.00")]
    assert counted("--from", "2026-04-01") == [("A", 1, "-100.00")]
    assert counted("--by", "month") == [("2026-03", 2, "107.00"), ("2026-04", 1, "-100.00")]
    do(book, "invoice.void", invoice=kept[1], date="2026-03-06", reason="wrong")
    assert counted() == []
    assert counted("--by", "month") == [("2026-03", 1, "100.00"), ("2026-04", 1, "-100.00")]


@pytest.mark.parametrize("seed", range(3))
def test_documents_agree_with_a_count_of_its_own_over_random_voids(
    book: Book, crmdesk: Command, seed: int
) -> None:
    chance = random.Random(seed)
    first = date(2026, 1, 1)
    sold: list[tuple[str, date, date | None, int]] = []
    for _index in range(30):
        on = first + timedelta(days=chance.randrange(100))
        customer, price = chance.choice("AB"), chance.randrange(1, 500)
        lines = [_line(str(price), "0"), _line("1", "0")][: chance.randrange(1, 3)]
        number = _issue(book, on.isoformat(), *lines, customer=customer)
        gone = on + timedelta(days=chance.choice((0, 0, 3, 40))) if chance.random() < 0.5 else None
        if gone is not None:
            do(book, "invoice.void", invoice=number, date=gone.isoformat(), reason="x")
        sold.append((customer, on, gone, price + len(lines) - 1))

    for _index in range(8):
        start = first + timedelta(days=chance.randrange(90))
        end = start + timedelta(days=chance.randrange(60))
        for by in ("customer", "month"):
            counts: dict[str, tuple[int, int]] = {}
            for customer, on, gone, net in sold:
                shown = [(day, sign) for day, sign in ((on, 1), (gone, -1)) if day and start <= day <= end]
                keys = [customer if by == "customer" else f"{day:%Y-%m}" for day, _sign in shown]
                if len(keys) == 2 and keys[0] == keys[1]:
                    continue
                for key, (_day, sign) in zip(keys, shown, strict=True):
                    count, total = counts.get(key, (0, 0))
                    counts[key] = (count + 1, total + sign * net)
            rows = _sales(crmdesk, "--by", by, "--from", str(start), "--to", str(end))
            found = {row["key"]: (row["documents"], int(float(row["net"]))) for row in rows}
            assert found == counts
            assert [row["key"] for row in rows] == sorted(counts)


# The cash book


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_account_that_nothing_moved_shows_its_opening(
    book: Book, crmdesk: Command, tmp_path: Path, form: str
) -> None:
    do(book, "payment.record", customer="A", date="2026-01-05", amount="300", method="cash")
    do(book, "payment.record", customer="A", date="2026-01-06", amount="50", method="bank")
    do(book, "payment.record", customer="B", date="2026-03-02", amount="20", method="bank")
    gone = do(book, "payment.record", customer="B", date="2026-01-07", amount="9", method="wechat")["number"]
    do(book, "payment.reverse", payment=gone, date="2026-01-08", reason="x")
    out = tmp_path / f"cash.{form}"
    crmdesk("report", "cash-book", "--from", "2026-03-01", "--out", str(out), "--language", "en")
    document = json.loads(crmdesk("report", "cash-book", "--from", "2026-03-01", "--format", "json"))
    openings = [(row["date"], row["balance"]) for row in document["rows"] if row["kind"] == "opening"]
    assert sorted(openings) == [("2026-03-01", "300.00"), ("2026-03-01", "50.00")]
    assert [row["balance"] for row in document["rows"] if row["kind"] == "payment"] == ["70.00"]
    rows = [row for row in _table(out) if row[2]]
    words = {"opening": "Brought forward", "payment": "Payment"}
    assert [(row[2], float(row[9])) for row in rows] == [
        (words[row["kind"]], float(row["balance"])) for row in document["rows"]
    ]


# No option of a report is ignored in silence


_GIVEN = {
    "as_of": ("--as-of", "2026-06-29"),
    "date_from": ("--from", "2026-01-01"),
    "date_to": ("--to", "2026-06-29"),
    "by": ("--by", "nope"),
    "basis": ("--basis", "invoice"),
    "buckets": ("--buckets", "10,20"),
    "account": ("--account", "nope"),
    "rows": ("--rows", "owner"),
    "columns": ("--columns", "owner"),
    "figure": ("--figure", "revenue"),
    "filter": ("--filter", "level = A"),
    "groups": ("--group", "tag:VIP"),
    "against": ("--against", "all"),
}


@pytest.mark.parametrize("name", sorted(declared.all_reports()))
def test_an_option_a_report_does_not_take_is_refused_by_its_name(
    book: Book, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    taken = set(declared.find(name).options)
    taken |= {"as_of", "date_to"} if taken & {"as_of", "date_to"} else set()
    for option in sorted(_GIVEN.keys() - taken):
        capsys.readouterr()
        assert main(["report", name, str(book.path), *_GIVEN[option], "--json"]) == 2, option
        error = json.loads(capsys.readouterr().out)["error"]
        assert (error["field"], _GIVEN[option][0] in error["message"]) == (option, True)


@pytest.mark.parametrize("name", sorted(declared.all_reports()))
def test_a_report_reads_the_options_it_declares_and_no_others(book: Book, name: str) -> None:
    report = declared.find(name)
    read: set[str] = set()

    class Watched(declared.Options):
        def __getattribute__(self, field: str) -> Any:
            if not field.startswith("_"):
                read.add(field)
            return super().__getattribute__(field)

    for code in ("A", "B"):
        do(book, "tag.add", tag=f"T{code}", customers=[code])
    groups = ("tag:TA", "tag:TB")
    with book.read() as connection:
        for start in (None, date(2026, 1, 1)):
            report.fill(connection, Watched(date_from=start, groups=groups))
    assert read == set(report.options)


@pytest.mark.parametrize(
    ("figure", "refused"),
    [
        ("customers", {"--as-of", "--from", "--to"}),
        ("balance", {"--from"}),
        ("overdue", {"--from"}),
        ("revenue", set[str]()),
        ("invoices", set[str]()),
    ],
)
def test_what_a_matrix_takes_is_of_its_figure(
    book: Book, capsys: pytest.CaptureFixture[str], figure: str, refused: set[str]
) -> None:
    for option in ("--as-of", "--from", "--to"):
        asked = ["report", "matrix", str(book.path), "--figure", figure, option, "2026-01-01", "--json"]
        asked += ["--rows", "owner", "--columns", "level"]
        assert main(asked) == (2 if option in refused else 0), option
        if option in refused:
            assert f"use of {option}" in json.loads(capsys.readouterr().out)["error"]["message"]
        capsys.readouterr()


def test_two_ends_that_differ_are_refused(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    ends = ["--as-of", "2026-01-01", "--to", "2026-02-01"]
    assert main(["report", "balances", str(book.path), *ends, "--json"]) == 2
    assert "--as-of and --to" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_what_groups_owe_is_of_the_day_asked_for_and_of_today_at_the_latest(
    book: Book, crmdesk: Command
) -> None:
    """Segments, matrix and comparison say of any day what balances and ageing say of it."""
    _issue(book, "2026-01-05", _line("100", "0"))
    _issue(book, "2026-03-05", _line("30", "0"), customer="B")
    do(book, "payment.record", customer="A", date="2026-04-10", amount="60", allocate="oldest")
    line = [_line("7", "0")]
    do(book, "invoice.issue", customer="A", date="2026-06-01", due="2026-08-31", lines=line)
    do(book, "segment.create", name="All", rule="invoice_count > 0")

    def figures(end: str) -> tuple[str, str]:
        (row,) = json.loads(crmdesk("report", "segments", "--to", end, "--json"))["rows"]
        for figure in ("balance", "overdue"):
            words = ("--figure", figure, "--rows", "owner", "--columns", "level", "--as-of", end, "--json")
            found = json.loads(crmdesk("report", "matrix", *words))
            assert found["total"].get("sums", {}).get("CNY", "0.00") == row[figure], (figure, end)
        words = ("--group", "segment:All", "--group", "", "--to", end, "--json")
        shares = json.loads(crmdesk("report", "compare", *words))["rows"]
        owed = float(row["balance"])
        assert {one["overdue_share"] for one in shares} == {
            f"{100 * float(row['overdue']) / owed:.1f}" if owed else None
        }
        return row["balance"], row["overdue"]

    ends = ("2025-12-31", "2026-03-31", "2026-04-30", "2026-06-30")
    told = {end: figures(end) for end in ends}
    for end, (balance, overdue) in told.items():
        balances = json.loads(crmdesk("report", "balances", "--as-of", end, "--json"))
        assert balances["totals"].get("CNY", {"balance": "0.00"})["balance"] == balance
        ageing = json.loads(crmdesk("report", "ageing", "--as-of", end, "--json"))["totals"].get("CNY")
        late = sum(map(float, ageing["buckets"])) if ageing else 0
        assert f"{late:.2f}" == overdue
    assert told["2026-03-31"][0] == "130.00"
    assert figures("2026-12-31") == told["2026-06-30"], "nobody owes today what falls due in August"
