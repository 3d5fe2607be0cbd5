"""Commands that look at who is in a segment, or in a stage of life, do so as of today."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crmdesk.cli.main import main
from crmdesk.services import check, lists
from crmdesk.services.book import Book
from tests.services.small_book import do

LINE = {"description": "Paint", "quantity": "1", "unit_price": "100", "tax_rate": "0"}
Asked = Callable[..., tuple[dict[str, Any], str]]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A book whose last write was in June: who bought then is asleep, and lost, in the year after."""
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    made = tmp_path / "shop.crmdesk"
    with Book.create(made, name="Shop", language="en") as book:
        place = {"street": "1 Main Street", "city": "York", "country": "GB"}
        do(book, "customer.create", code="A", name="Anna", addresses=[place])
        do(book, "invoice.issue", customer="A", date="2026-06-01", lines=[LINE])
        do(book, "segment.create", name="Asleep", rule="last_bought < today - 60d", offer="Come back")
        do(book, "segment.create", name="Lost", rule="life_stage = lost")
        do(book, "letter_text.save", name="Hello", subject_en="Hello", body_en="Come back.")
        do(book, "measure.evaluate")
    monkeypatch.setenv("CRMDESK_TODAY", "2027-07-30")
    yield made
    made.chmod(0o644)


@pytest.fixture
def asked(path: Path, capsys: pytest.CaptureFixture[str]) -> Asked:
    """The JSON of a command about the book, and what it said beside it."""

    def run(command: str, *words: str) -> tuple[dict[str, Any], str]:
        capsys.readouterr()
        name, *rest = words
        order = [str(path), name] if command == "letters" else [name, str(path)]
        assert main([command, *order, *rest, "--json"]) == 0, capsys.readouterr().out
        told = capsys.readouterr()
        return json.loads(told.out), told.err

    return run


@pytest.mark.parametrize("segment", ["Asleep", "Lost"])
def test_lists_reports_and_letters_are_of_today(
    path: Path, asked: Asked, tmp_path: Path, segment: str
) -> None:
    """Each asked first, of a book nobody wrote to since."""
    before = path.read_bytes()
    for ask, expected in (
        (lambda: asked("list", "customers", "--filter", f"segment = {segment}")[0]["total"], 1),
        (lambda: asked("list", "segment_members")[0]["total"], 2),
        (lambda: {row["members"] for row in asked("list", "segments")[0]["rows"]}, {1}),
        (lambda: {row["customers"] for row in asked("report", "segments")[0]["rows"]}, {1}),
        (lambda: asked("report", "matrix", "--filter", f"segment = {segment}")[0]["total"]["customers"], 1),
        (lambda: [row["what"] for row in asked("report", "recommendations")[0]["rows"]], ["Come back"]),
        (lambda: asked("list", "customers")[0]["rows"][0]["life_stage"], "lost"),
        (lambda: len(asked(
            "letters", "Hello", "--segment", segment, "--language", "en", "--out", str(tmp_path / "out")
        )[0]["files"]), 1),
    ):  # fmt: skip
        path.write_bytes(before)
        assert ask() == expected  # type: ignore[no-untyped-call]
    with Book.open(path) as book:
        assert check.run(book)["violations"] == []


def test_reminders_go_to_whom_a_rule_gives_the_tag_today(
    path: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    with Book.open(path) as book:
        do(book, "segment.create", name="Silent", rule="last_bought < today - 60d", tag="Quiet")
        do(book, "reminder_rule.create", name="Once", days=[30], channel="letter", tag="Quiet")
    monkeypatch.setenv("CRMDESK_TODAY", "2027-07-30")
    before = path.read_bytes()
    assert asked("list", "reminders_due")[0]["total"] == 1
    path.write_bytes(before)
    assert len(asked("remind", "--dry-run")[0]["due"]) == 1


def test_a_list_that_has_no_members_writes_nothing(path: Path, asked: Asked) -> None:
    before = path.read_bytes()
    asked("list", "invoices")
    asked("report", "balances")
    assert path.read_bytes() == before


def test_a_second_look_on_the_same_day_writes_nothing(path: Path, asked: Asked) -> None:
    asked("list", "segments")
    before = path.read_bytes()
    asked("list", "segments")
    assert path.read_bytes() == before


def test_a_book_that_cannot_be_written_to_tells_its_day(path: Path, asked: Asked) -> None:
    with Book.open(path) as book, book.write() as unit:
        unit.connection.exec_driver_sql("CREATE TABLE strange (x)")  # opens for reading only
        unit.finish("test", {})
    found, told = asked("list", "segments")
    assert {row["members"] for row in found["rows"]} == {0}
    assert "Segments are as at 2026-06-30." in told
    assert "Life stages and other measures are as at 2026-06-30." in told


@pytest.mark.parametrize(
    "words",
    [
        ("list", "segments"),
        ("report", "segments"),
        ("statement", "--segment", "Asleep"),
        ("export", "--format", "csv"),
    ],
)
def test_who_asks_stands_in_the_history(path: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """What a command writes before it answers is written by whom `--as` names, as with every other command."""
    command, *rest = words
    order = [rest[0], str(path), *rest[1:]] if command in ("list", "report") else [str(path), *rest]
    if command == "export":
        order += ["--out", str(tmp_path / "out")]
    if command == "statement":
        order += ["--format", "pdf", "--out", str(tmp_path / "out"), "--from", "2026-01-01"]
    assert main([command, *order, "--as", "li"]) == 0
    with Book.open(path) as book:
        rows = lists.as_json(book, "audit", sort="-entry", limit=2)["rows"]
    written = [(row["use_case"], row["actor"]) for row in rows]
    if command == "statement":
        assert written == [("print.log", "li"), ("measure.evaluate", "li")]
    else:
        assert written[0] == ("measure.evaluate", "li")
