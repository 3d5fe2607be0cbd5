"""An import as a whole: one transaction, dry run, all or nothing, cancel, refused rows in a workbook, preview."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crmdesk.models.errors import Cancelled, CrmdeskError
from crmdesk.models.tables.audit import audit_entry
from crmdesk.models.tables.imports import import_batch
from crmdesk.services.book import Book
from crmdesk.services.imports import preview, run
from crmdesk.services.imports.mapping import from_plain
from crmdesk.services.imports.results import ImportOptions, ImportResult
from tests.services.imports.conftest import balances_of, codes_of, counts, dump, require_clean

Take = Callable[..., ImportResult]
MIXED = ("code|name|credit limit", "A|Anna|1", "B||2", "C|Carl|x", "D|Dora|4")


def audit(book: Book) -> list[str]:
    with book.read() as connection:
        return list(connection.execute(select(audit_entry.c.use_case).order_by(audit_entry.c.id)).scalars())


def test_an_import_is_one_audit_entry_and_one_batch(book: Book, take: Take) -> None:
    result = take(book, "customers", *MIXED, actor="li")
    assert counts(result) == (2, 0, 0, 2)
    assert audit(book)[1:] == ["import.customers"]
    with book.read() as connection:
        batch = connection.execute(select(import_batch)).one()
    assert (str(batch.id), batch.read_count, batch.created_count, batch.failed_count) == (
        result.batch,
        4,
        2,
        2,
    )
    require_clean(book)


def test_a_dry_run_answers_the_same_and_keeps_nothing(book: Book, take: Take) -> None:
    before, entries = dump(book), audit(book)
    dry = take(book, "customers", *MIXED, is_dry_run=True).as_json()
    assert dump(book) == before
    assert audit(book) == entries
    real = take(book, "customers", *MIXED).as_json()
    assert dry.pop("batch") is None
    assert real.pop("batch") is not None
    assert dry == real


def test_all_or_nothing(book: Book, take: Take) -> None:
    before = dump(book)
    result = take(book, "customers", *MIXED, is_all_or_nothing=True)
    assert counts(result) == (0, 0, 0, 4)
    assert codes_of(result) == [(None, "rolled_back"), (3, "required"), (4, "number_unreadable")]
    assert result.batch is None
    assert dump(book) == before
    fine = take(book, "customers", MIXED[0], MIXED[1], MIXED[4], is_all_or_nothing=True)
    assert counts(fine) == (2, 0, 0, 0)


def test_an_import_that_changes_nothing_leaves_no_trace(book: Book, take: Take) -> None:
    take(book, "customers", "code|name", "A|Anna")
    entries = audit(book)
    assert take(book, "customers", "code|name", "A|Anna", "B|").batch is None
    assert audit(book) == entries


def test_comments_footers_and_repeated_headers_are_read_and_skipped(book: Book, take: Take) -> None:
    result = take(
        book,
        "opening-balances",
        "客户对账期初||",
        "客户编号|日期|金额",
        "# 说明||",
        "客户编号|日期|金额",
        "||",
        "Z|2026-01-01|5",
        "合计||5",
    )
    assert counts(result) == (0, 0, 3, 1)
    assert codes_of(result) == [(6, "customer_missing")]


def test_cancelling_leaves_nothing(book: Book, table_file: Callable[..., Path]) -> None:
    path = table_file("code|name", *(f"K{i}|Name {i}" for i in range(3_000)))
    before = dump(book)
    seen: list[tuple[int, int]] = []
    run.run(book, "customers", path, ImportOptions(is_dry_run=True), progress=lambda *step: seen.append(step))
    assert seen[-1] == (3_000, 3_000)
    assert [done for done, _all in seen] == sorted(done for done, _all in seen)
    for moment in range(6):
        calls = iter([False] * moment)
        with pytest.raises(Cancelled):
            run.run(book, "customers", path, is_cancelled=lambda calls=calls: next(calls, True))
        assert dump(book) == before


def test_refused_rows_go_to_a_workbook_that_can_be_imported_again(
    book: Book, take: Take, tmp_path: Path
) -> None:
    target = tmp_path / "refused.xlsx"
    header = ["code", "name", "credit limit", "note"]
    rows = [
        ["A", "Anna", "1", "=1+1"],
        ["000123456789012345", "", "2", "=cmd|' /C calc'!A0"],
        ["C", "Carl", "x", "+1"],
    ]
    result = take(book, "customers", header, *rows, errors_path=target)
    assert result.errors_path == target
    sheet = openpyxl.load_workbook(target).active
    assert sheet is not None
    found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert found[0] == [*header, "Reason for refusal", "Original row"]
    assert found[1][:4] == ["000123456789012345", None, "2", "=cmd|' /C calc'!A0"]
    assert found[2][:4] == ["C", "Carl", "x", "+1"]
    assert [row[5] for row in found[1:]] == [3, 4]
    assert "name" in found[1][4]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    sheet["B2"], sheet["C3"] = "Berta", 7
    sheet.parent.save(target)
    again = run.run(book, "customers", target)
    assert counts(again) == (2, 0, 0, 0)
    with book.read() as connection:
        from crmdesk.models.tables.customers import customer

        notes = dict(connection.execute(select(customer.c.code, customer.c.note)).all())
    assert notes["000123456789012345"] == "=cmd|' /C calc'!A0"


def test_no_workbook_without_refused_rows_and_none_half_done(book: Book, take: Take, tmp_path: Path) -> None:
    target = tmp_path / "refused.xlsx"
    assert take(book, "customers", "code|name", "A|Anna", errors_path=target).errors_path is None
    assert not target.exists()
    before = dump(book)
    with pytest.raises(CrmdeskError) as caught:
        take(book, "customers", *MIXED, errors_path=tmp_path / "missing" / "x.xlsx")
    assert caught.value.code == "no_access"
    folder = tmp_path / "folder.xlsx"
    folder.mkdir()
    with pytest.raises(CrmdeskError):
        take(book, "customers", *MIXED, errors_path=folder)
    assert dump(book) == before


def test_a_table_without_amounts_is_no_bank_statement(book: Book, take: Take) -> None:
    with pytest.raises(CrmdeskError) as caught:
        take(book, "bank", "日期|余数", "2026-01-02|2")
    assert caught.value.code == "header_unmapped"


def test_the_preview_shows_and_proposes(book: Book, table_file: Callable[..., Path]) -> None:
    path = table_file("客户表|", "客户编号|公司名称|Tel.", "A|甲|1", "B|乙|2")
    shown = preview.preview(book, "customers", path)
    assert (shown.header_row, shown.row_count, shown.refusal) == (2, 2, None)
    assert [(column.header, column.field) for column in shown.columns] == [
        ("客户编号", "code"),
        ("公司名称", "name"),
        ("Tel.", "phone"),
    ]
    assert shown.sample == ((3, ("A", "甲", "1")), (4, ("B", "乙", "2")))
    assert shown.head[0][1][0] == "客户表"
    assert {choice.name for choice in shown.fields if choice.is_required} == {"name"}
    unnamed = preview.preview(book, "customers", path, given=from_plain({"公司名称": None}))
    assert unnamed.refusal is not None
    assert unnamed.refusal.code == "header_unmapped"
    done = run.run(book, "customers", path, ImportOptions(mapping=shown.proposed))
    assert counts(done) == (2, 0, 0, 0)
    require_clean(book)


amounts = st.decimals(min_value="0.01", max_value="9999.99", places=2)
invoice_rows = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 28), st.sampled_from(["C1", "C2"]), amounts),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15)
@given(rows=invoice_rows, seed=st.integers(0, 99))
def test_the_order_of_rows_and_a_second_time_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, str, Any]], seed: int
) -> None:
    """iI2 and iI3: twice is once, permuted rows give the same balances (openings have no number of their own)."""
    folder = tmp_path_factory.mktemp("order")
    lines = [f"{customer},2026-{month:02d}-{day:02d},{amount}" for month, day, customer, amount in rows]
    shuffled = random.Random(seed).sample(lines, len(lines))
    results = []
    for name, order in (("one", lines), ("two", shuffled)):
        path = folder / f"{name}.csv"
        path.write_text("customer,date,amount\n" + "\n".join(order), encoding="utf-8")
        with Book.create(folder / f"{name}.db", name="x") as book:
            customers = folder / "customers.csv"
            customers.write_text("code,name\nC1,One\nC2,Two\n", encoding="utf-8")
            run.run(book, "customers", customers)
            assert run.run(book, "opening-balances", path).created_count == len(rows)
            other = folder / "other.csv"
            other.write_text("customer,date,amount\n" + "\n".join(reversed(order)), encoding="utf-8")
            assert counts(run.run(book, "opening-balances", other)) == (0, 0, len(rows), 0)
            results.append(balances_of(book))
    assert results[0] == results[1]


def test_refused_rows_are_corrected_in_place_and_tried_again(book: Book, take: Take) -> None:
    first = take(book, "customers", *MIXED)
    assert [(one.row, one.cells) for one in first.refused] == [(3, ("B", "", "2")), (4, ("C", "Carl", "x"))]
    corrections = {3: {1: "Bert"}, 4: {2: "3"}}
    only = frozenset(one.row for one in first.refused)
    again = take(book, "customers", *MIXED, corrections=corrections, only_rows=only)
    assert (again.read_count, counts(again)) == (2, (2, 0, 0, 0))
    with book.read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM customer ORDER BY code").scalars().all()
    assert names == ["Anna", "Bert", "Carl", "Dora"]
    require_clean(book)


def test_corrections_may_be_tried_over_the_whole_file(book: Book, take: Take) -> None:
    trial = take(book, "customers", *MIXED, corrections={3: {1: "Bert"}}, is_dry_run=True)
    assert counts(trial) == (3, 0, 0, 1)
    emptied = take(book, "customers", *MIXED, corrections={2: {1: " "}}, is_dry_run=True)
    assert counts(emptied) == (1, 0, 0, 3)
    assert [one.row for one in emptied.refused] == [2, 3, 4]


def _again(
    book: Book, take: Take, kind: str, rows: tuple[str, ...], fix: Any, **options: Any
) -> ImportResult:
    """The refused rows once more, corrected, as the window does it."""
    first = take(book, kind, *rows, **options)
    only = frozenset(problem.row for problem in first.errors if problem.row)
    return take(book, kind, *rows, corrections=fix, only_rows=only, **options)


@pytest.mark.parametrize("is_typo_first", [True, False])
def test_one_of_two_equal_payments_is_booked_when_its_typo_is_corrected(
    book: Book, take: Take, is_typo_first: bool
) -> None:
    """What the file says of the rows that are in already tells a second payment from the same one again."""
    take(book, "customers", "code|name", "C1|Anna")
    good, bad = "C1|2026-03-01|100", "C1|2026-03-01|1oo"
    pair = (bad, good) if is_typo_first else (good, bad)
    rows = ("customer|date|amount", *pair, "C1|2026-03-02|7", "合计||207")
    again = _again(book, take, "payments", rows, {2 if is_typo_first else 3: {2: "100"}})
    assert (again.read_count, counts(again)) == (1, (1, 0, 0, 0))
    assert balances_of(book) == {"C1": "-207.00"}
    whole = (rows[0], good, good, *rows[3:])
    assert counts(take(book, "payments", *whole)) == (0, 0, 4, 0), "every one of them is known now"
    require_clean(book)


def test_a_row_that_was_refused_at_booking_leaves_its_key_to_none_of_its_like(book: Book, take: Take) -> None:
    """The first of two equal rows was refused by the ledger, the second is in the book."""
    take(book, "customers", "code|name", "C1|Anna")
    rows = ("customer|date|amount|account", "C1|2026-03-01|100|Nowhere", "C1|2026-03-01|100|")
    again = _again(book, take, "payments", rows, {2: {3: ""}})
    assert counts(again) == (1, 0, 0, 0)
    assert balances_of(book) == {"C1": "-200.00"}


@pytest.mark.parametrize("mode", ["create", "upsert"])
def test_a_corrected_row_is_not_taken_for_its_namesake(book: Book, take: Take, mode: str) -> None:
    rows = ("name|phone|credit limit", "Wang|13800000001|1", "Wang|13800000002|x")
    again = _again(book, take, "customers", rows, {3: {2: "2"}}, mode=mode)
    assert counts(again) == (1, 0, 0, 0)
    with book.read() as connection:
        found = connection.exec_driver_sql("SELECT name, phone FROM customer ORDER BY phone").all()
    assert [tuple(row) for row in found] == [("Wang", "13800000001"), ("Wang", "13800000002")]


def test_a_corrected_key_that_another_row_has_is_a_double(book: Book, take: Take) -> None:
    rows = ("code|name|credit limit", "A|Anna|1", "B|Bert|x")
    again = _again(book, take, "customers", rows, {3: {0: "A", 2: "2"}}, mode="upsert")
    assert (again.read_count, counts(again)) == (1, (0, 0, 0, 1))
    assert [(one.row, str(one.code)) for one in again.errors] == [(3, "duplicate_in_file")]
    assert "2, 3" in again.errors[0].message, "both are named"
    with book.read() as connection:
        assert connection.exec_driver_sql("SELECT name FROM customer").scalars().all() == ["Anna"]


def test_a_corrected_number_that_another_row_has_is_refused_at_its_own_row(book: Book, take: Take) -> None:
    take(book, "customers", "code|name", "C1|Anna")
    rows = ("customer|number|date|amount", "C1|R1|2026-03-01|100", "C1|R2|2026-03-01|x")
    again = _again(book, take, "payments", rows, {3: {1: "R1", 3: "100"}})
    assert (again.read_count, counts(again)) == (1, (0, 0, 0, 1))
    assert [(one.row, str(one.code)) for one in again.errors] == [(3, "duplicate_in_file")]
    lines = ("customer|number|date|description|quantity|unit price", "C1|I1|2026-03-01|Tea|1|5")
    again = _again(book, take, "invoices", (*lines, "C1|I2|2026-03-01|Cup|x|5"), {3: {1: "I1", 4: "1"}})
    assert counts(again) == (0, 0, 0, 1)
    assert [(one.row, str(one.code)) for one in again.errors] == [(3, "duplicate_differs")]


def test_summing_rows_and_rows_that_are_in_say_nothing_again(book: Book, take: Take) -> None:
    """A total row has no part in how numbers are written; rows not asked for are neither refused nor counted."""
    rows = ("code|name|credit limit", "A|Anna|1", "B||2", "C|Carl|x", "合计||3")
    take(book, "customers", *rows)
    again = take(book, "customers", *rows, corrections={3: {1: "Bert"}}, only_rows=frozenset({3}))
    assert (again.read_count, counts(again)) == (1, (1, 0, 0, 0))
    assert again.errors == ()
