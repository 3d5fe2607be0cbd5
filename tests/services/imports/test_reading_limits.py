"""The reading child: its bounds, its end, and what crosses the pipe. Bad input 61 of the list (sizes)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from crmdesk.models.errors import Cancelled, Code, CrmdeskError
from crmdesk.services.imports import process
from crmdesk.services.imports.limits import Limits
from crmdesk.services.imports.reader import read_table
from tests.services.imports.samples import grid, make_xlsx, sheet_xml

MIB = 1024 * 1024


def big_workbook(path: Path, rows: int, columns: int = 8) -> Path:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("客户")
    sheet.write_row(0, 0, [f"列{column}" for column in range(columns)])
    rng = random.Random(7)
    for row in range(1, rows + 1):
        sheet.write_row(
            row, 0, [f"C{row:06d}", *(f"客户名称{rng.random()}" for _ in range(columns - 2)), row / 4]
        )
    book.close()
    return path


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return big_workbook(tmp_path_factory.mktemp("big") / "big.xlsx", 30_000)


def refusal(path: Path, limits: Limits) -> CrmdeskError:
    with pytest.raises(CrmdeskError) as caught:
        read_table(path, limits=limits)
    return caught.value


def test_many_rows_come_in_batches_and_order(workbook: Path) -> None:
    seen: list[int] = []
    table = read_table(workbook, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 30_001  # the header is a row that was read
    assert table.row_count == 30_000
    numbers = [number for batch in table.batches() for number, _cells in batch]
    assert numbers == list(range(2, 30_002))
    assert [cells[7] for _number, cells in table.preview(3)] == [
        Decimal("0.25"),
        Decimal("0.5"),
        Decimal("0.75"),
    ]
    assert max(len(batch) for batch in table.batches()) <= 1_000


def test_200000_rows_of_text(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text("code,name\n" + "".join(f"C{n},客户{n}\n" for n in range(200_000)), encoding="utf-8")
    assert read_table(path).row_count == 200_000


def test_too_many_columns(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(
        ",".join(f"c{n}" for n in range(2_000)) + "\n" + ",".join("1" * 2_000) + "\n", encoding="utf-8"
    )
    assert refusal(path, Limits()).code is Code.TOO_MANY_COLUMNS
    cells = "".join(f"<c><v>{n}</v></c>" for n in range(2_000))
    path = make_xlsx(tmp_path / "wide.xlsx", {"S": sheet_xml(f'<row r="1">{cells}</row>')})
    assert refusal(path, Limits()).code is Code.TOO_MANY_COLUMNS


def test_time_is_bounded(workbook: Path) -> None:
    start = time.monotonic()
    error = refusal(workbook, Limits(seconds=0))
    assert error.code is Code.FILE_TOO_COMPLEX
    assert time.monotonic() - start < 15


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere other means bound the memory")
def test_memory_is_bounded(workbook: Path) -> None:
    error = refusal(workbook, Limits(memory_bytes=48 * MIB))
    assert error.code is Code.FILE_TOO_LARGE
    assert "48 MB" in error.message


def test_a_large_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" * 1000, encoding="utf-8")
    assert refusal(path, Limits(unpacked_bytes=1_000)).code is Code.FILE_TOO_LARGE


def test_cancel_ends_the_child(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def remember(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(process.subprocess, "Popen", remember)
    with pytest.raises(Cancelled) as caught:
        read_table(workbook, cancel=lambda: True)
    assert caught.value.code is Code.CANCELLED
    (child,) = started
    assert child.returncode is not None


def test_a_child_killed_from_outside_is_an_answer(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    popen = subprocess.Popen

    def killed(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        child = popen(*arguments, **options)  # type: ignore[call-overload]
        child.kill()
        return child

    monkeypatch.setattr(process.subprocess, "Popen", killed)
    assert refusal(workbook, Limits()).code in (Code.FILE_TOO_COMPLEX, Code.FILE_DAMAGED)


def test_a_child_that_cannot_start_is_no_fault_of_the_file(
    workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "child_command", lambda: [sys.executable, "-m", "crmdesk.no_such_module"])
    assert refusal(workbook, Limits()).code is Code.READER_FAILED


@pytest.mark.skipif(sys.platform == "win32", reason="a job object bounds the child there")
def test_the_child_binds_itself() -> None:
    program = (
        "import resource, sys\n"
        "from crmdesk.services.imports.limits import Limits, restrict_self\n"
        "restrict_self(Limits(seconds=7))\n"
        "print([resource.getrlimit(kind)[0] for kind in "
        "(resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU, resource.RLIMIT_AS)])\n"
        "try:\n    bytearray(600 * 1024 * 1024)\nexcept MemoryError:\n    print('bound')\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env=process._environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = answer.stdout.splitlines()
    assert lines[0].startswith("[0, 0, 7, ")
    if sys.platform == "linux":
        assert lines == [f"[0, 0, 7, {512 * MIB}]", "bound"]


def test_the_child_imports_little() -> None:
    program = "import sys, crmdesk.services.imports.child as c; print(' '.join(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env=process._environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(answer.stdout.split())
    assert "crmdesk.services.imports.child" in loaded
    assert not loaded & {
        "sqlalchemy",
        "PySide6",
        "openpyxl",
        "babel",
        "gettext",
        "subprocess",
        "crmdesk.text",
    }


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert process.child_command() == [sys.executable, "--read-table-child"]


def test_the_environment_of_the_child_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_HOME", "/somewhere")
    monkeypatch.setenv("SECRET", "x")
    assert not {"CRMDESK_HOME", "SECRET"} & process._environment().keys()


@pytest.mark.skipif(sys.platform == "win32", reason="nothing to ask there")
def test_the_watchdog_sees_memory() -> None:
    resident = process.resident_bytes(os.getpid())
    assert resident is not None
    assert resident > 5 * MIB


def test_names_of_files_in_any_script(tmp_path: Path) -> None:
    folder = tmp_path / "我的 文件 'a' #1 %20"
    folder.mkdir()
    path = make_xlsx(folder / "客户 清单?.xlsx", {"S": sheet_xml(grid([["a", "b"], ["x", 1]]))})
    assert read_table(path).row_count == 1
