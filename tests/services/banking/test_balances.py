"""The balance column of a bank's sheet: followed from row to row in whatever order, kept with its day, or refused."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from crmdesk.services import use_cases
from crmdesk.services.banking import balances, reconciling
from crmdesk.services.banking.balances import Step
from crmdesk.services.imports import mapping
from crmdesk.services.reports import reconciliation
from crmdesk.services.reports.declared import Options
from tests.services.banking.conftest import Desk

HEADER = "交易日期,对方户名,摘要,收入,支出,余额,流水号"
ROWS = (
    "2026-01-05,甲,货款,100.00,,1100.00,R1",
    "2026-01-05,乙,货款,,30.00,1070.00,R2",
    "2026-01-07,丙,货款,20.00,,,R3",
    "2026-01-08,丁,货款,5.00,,1095.00,R4",
)


def take(desk: Desk, *rows: str, header: str = HEADER, above: str = "", **options: Any) -> Any:
    return desk.take(above + "\n".join((header, *rows)) + "\n", **{"account": "BANK", **options})


def codes(result: Any) -> list[tuple[int | None, str]]:
    return [(problem.row, str(problem.code)) for problem in result.errors]


def position(desk: Desk, as_of: str, account: str = "BANK") -> Any:
    with desk.book.read() as connection:
        return reconciling.position(connection, account, "CNY", date.fromisoformat(as_of))


@pytest.mark.parametrize(
    "order",
    [(0, 1, 2, 3), (3, 2, 1, 0), (3, 2, 0, 1), (1, 0, 2, 3)],
    ids=["oldest first", "newest first", "newest day first, its rows oldest first", "days up, rows down"],
)
def test_rows_in_any_order_give_both_balances(desk: Desk, order: tuple[int, ...]) -> None:
    result = take(desk, *(ROWS[index] for index in order))
    assert (result.created_count, result.failed_count) == (4, 0)
    assert "余额" not in {note.column for note in result.notes}
    (file,) = desk.files()
    assert (file.opening_minor, file.closing_minor) == (100_000, 109_500)
    assert (file.from_on, file.to_on) == (date(2026, 1, 5), date(2026, 1, 8))
    desk.require_clean()


def test_the_reconciliation_has_the_bank_s_side(desk: Desk) -> None:
    take(desk, *reversed(ROWS))
    assert (position(desk, "2026-01-31").bank_minor, position(desk, "2026-01-31").bank_on) == (
        109_500,
        date(2026, 1, 8),
    )
    with desk.book.read() as connection:
        report = reconciliation._fill(connection, Options(as_of=date(2026, 1, 31), account="BANK"))
    (account,) = report.document["accounts"]
    # the money that was there before the first row is in no book: that, and nothing else, is not explained
    assert (account["bank"], account["not_booked"], account["difference"]) == ("1095.00", "95.00", "1000.00")


def test_the_day_of_the_balance_is_never_after_the_day_asked_for(desk: Desk) -> None:
    take(desk, *ROWS)
    early = position(desk, "2026-01-06")
    assert (early.bank_minor, early.bank_on) == (107_000, date(2026, 1, 6))
    last = position(desk, "2026-02-01")
    assert (last.bank_minor, last.bank_on) == (109_500, date(2026, 1, 8))


def test_a_bank_s_own_file_as_at_a_day_within_it(desk: Desk, shared_data: Path) -> None:
    """The statement of a month, looked at on its third day."""
    desk.do("money_account.create", code="EUR", name="EUR", method="bank", currency="EUR")
    desk.take(shared_data / "mt940" / "0708271685_09022020_164516.940.txt", account="EUR")
    with desk.book.read() as connection:
        found = reconciling.position(connection, "EUR", "EUR", date(2020, 1, 3))
    assert (found.bank_minor, found.bank_on) == (37_929, date(2020, 1, 3))


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_a_balance_that_does_not_follow(desk: Desk, is_newest_first: bool) -> None:
    rows = [*ROWS[:3], "2026-01-08,丁,货款,5.00,,1096.00,R4"]
    broken, before = (2, 4) if is_newest_first else (5, 3)
    result = take(desk, *(reversed(rows) if is_newest_first else rows))
    assert codes(result) == [(row, "balance_broken") for row in (2, 3, 4, 5)]
    first = result.errors[0]
    assert first.column == "余额"
    for part in (f"{broken}:", "1096.00", f"{before} ", "1095.00", "1.00 CNY"):
        assert part in first.message
    assert "余额" in first.hint
    assert (desk.lines(), desk.files()) == ([], [])


def test_a_filtered_list_is_taken_without_its_balances(desk: Desk) -> None:
    rows = (ROWS[0], ROWS[3])
    assert take(desk, *rows).failed_count == 2
    left_out = mapping.from_plain({"columns": {"余额": None}})
    assert take(desk, *rows, mapping=left_out).created_count == 2
    assert [(file.opening_minor, file.closing_minor) for file in desk.files()] == [(None, None)]
    assert (position(desk, "2026-02-01").bank_minor, position(desk, "2026-02-01").bank_on) == (None, None)


def test_a_filtered_list_taken_as_it_is(desk: Desk) -> None:
    computed = mapping.from_plain({"options": {"totals": "computed"}})
    result = take(desk, ROWS[0], ROWS[3], mapping=computed)
    assert (result.created_count, "balance_broken" in {note.code for note in result.notes}) == (2, True)
    assert desk.files()[0].closing_minor == 109_500


def test_a_refused_row_leaves_the_others(desk: Desk) -> None:
    result = take(desk, ROWS[0], "2026-01-05,乙,货款,,drei,1070.00,R2", *ROWS[2:])
    assert codes(result) == [(3, "number_unreadable")]
    assert (result.created_count, desk.files()[0].closing_minor) == (3, 109_500)


def test_hidden_blank_and_overdrawn_balances(desk: Desk) -> None:
    result = take(
        desk,
        '2026-01-05,甲,货款,1.00,,"xx,yyyy.zz",R1',
        "2026-01-06,甲,货款,2.00,,/,R2",
        "2026-01-07,甲,货款,,50.00,40.00 DR,R3",
        "2026-01-08,甲,货款,60.00,,20.00贷,R4",
        "2026-01-09,甲,货款,3.00,,***,R5",
    )
    assert (result.created_count, result.failed_count) == (5, 0)
    (file,) = desk.files()
    assert (file.opening_minor, file.closing_minor) == (700, 2300)


def test_a_workbook_with_another_name_over_the_balances(desk: Desk, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["记账日期", "摘要", "贷方发生额", "借方发生额", "账户余额(元)"])
    sheet.append([date(2026, 1, 6), "付", None, 0.1, 0.2])
    sheet.append([date(2026, 1, 5), "收", 0.2, None, 0.3])
    path = tmp_path / "bank.xlsx"
    workbook.save(path)
    assert desk.take(path, account="BANK").created_count == 2
    (file,) = desk.files()
    assert (file.opening_minor, file.closing_minor) == (10, 20)


def test_a_learnt_mapping_keeps_the_balances(desk: Desk) -> None:
    header = HEADER.replace("余额", "Stand")
    said = mapping.from_plain({"columns": {"Stand": "balance"}})
    assert take(desk, *ROWS, header=header, mapping=said).created_count == 4
    result = take(desk, "2026-01-09,甲,货款,1.00,,1097.00,R5", ROWS[3], header=header)
    assert codes(result) == [(2, "balance_broken"), (3, "balance_broken")]


def test_a_wallet_s_list_is_no_witness_against_itself(desk: Desk) -> None:
    """It lists what was paid with a bank's card, too."""
    above = "支付宝账户：a@b.cn\n"
    result = take(desk, ROWS[0], ROWS[3], above=above, account="ALIPAY")
    assert (result.created_count, result.failed_count) == (2, 0)
    assert "balance_broken" in {note.code for note in result.notes}
    assert desk.files()[0].closing_minor is None
    assert take(desk, "2026-02-01,甲,货款,1.00,,7.00,R9", above=above, account="ALIPAY").created_count == 1
    assert desk.files()[1].closing_minor == 700


def test_a_column_that_only_reminds_of_a_balance_refuses_nothing(desk: Desk) -> None:
    result = take(desk, ROWS[0], ROWS[3], header=HEADER.replace("余额", "可用余额"))
    assert (result.created_count, result.failed_count) == (2, 0)
    assert desk.files()[0].closing_minor is None


def test_corrected_rows_of_an_errors_workbook_have_no_course(desk: Desk, tmp_path: Path) -> None:
    errors = tmp_path / "errors.xlsx"
    rows = (ROWS[0].replace("100.00,,", "abc,,"), ROWS[1], ROWS[2], ROWS[3].replace("5.00,,", "x,,"))
    assert take(desk, *rows, errors_path=errors).failed_count == 2
    workbook = load_workbook(errors)
    sheet = workbook.active
    assert sheet is not None
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if cell.value in ("abc", "x"):
                corrected = {"abc": "100.00", "x": "5.00"}[str(cell.value)]
                sheet.cell(cell.row or 0, cell.column or 0, corrected)
    workbook.save(errors)
    result = desk.take(errors, account="BANK")
    assert (result.created_count, result.failed_count) == (2, 0)
    assert [file.closing_minor for file in desk.files()] == [107_000 + 2_000, None]
    assert position(desk, "2026-01-08").bank_minor == 109_500


def test_the_afternoon_of_the_last_day_comes_with_the_next_file(desk: Desk) -> None:
    take(desk, *ROWS, above="起始日期：2026-01-01 截止日期：2026-01-31\n")
    assert desk.files()[0].to_on == date(2026, 1, 8), "the end that was asked for is not reached"
    take(desk, ROWS[3], "2026-01-08,戊,货款,2.00,,1097.00,R5", "2026-01-10,己,货款,3.00,,1100.00,R6")
    assert position(desk, "2026-01-08").bank_minor == 109_700
    assert position(desk, "2026-01-09").bank_minor == 109_700
    assert position(desk, "2026-01-10").bank_minor == 110_000


def test_an_import_taken_back_takes_its_balance_with_it(desk: Desk) -> None:
    result = take(desk, *ROWS)
    use_cases.run(desk.book, "import.undo", {"batch": result.batch})
    assert position(desk, "2026-02-01").bank_minor is None


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 10**6), st.booleans(), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_a_true_course_is_never_broken(
    moves: list[tuple[int, int, bool, bool]], is_newest_first: bool, chance: random.Random
) -> None:
    held, on = Decimal(chance.randrange(10**6)), date(2026, 1, 1)
    steps: list[Step] = []
    for row, (days, amount, is_in, is_blank) in enumerate(moves, 2):
        on += timedelta(days)
        held += amount if is_in else -amount
        signed = Decimal(amount if is_in else -amount)
        steps.append(Step(row, on, signed, None if is_blank else held))
    course = balances.follow(steps[::-1] if is_newest_first else steps)
    if course is None:
        assert all(is_blank for *_rest, is_blank in moves)
        return
    assert course.broken is None
    moved = sum((step.amount for step in steps), Decimal(0))
    assert course.closing - course.opening == moved
    if len({step.booked_on for step in steps}) == len(steps):
        assert course.closing == held


@given(st.lists(st.integers(1, 10**6), min_size=3, max_size=10, unique=True), st.data())
def test_one_wrong_balance_is_found(amounts: list[int], data: st.DataObject) -> None:
    """Of money that only comes in, on days of their own: no other order explains it."""
    at = data.draw(st.integers(0, len(amounts) - 1))
    steps: list[Step] = []
    held = Decimal(0)
    for index, amount in enumerate(amounts):
        held += amount
        wrong = Decimal("0.01") if index == at else Decimal(0)
        steps.append(Step(index + 2, date(2026, 1, 1) + timedelta(index), Decimal(amount), held + wrong))
    course = balances.follow(steps)
    assert course is not None
    assert course.broken is not None
    assert course.broken.row in (at + 2, at + 3)
