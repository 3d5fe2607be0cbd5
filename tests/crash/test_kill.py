"""kill -9 at random moments of `crmdesk apply`: what was acknowledged is there, nothing is half done.

A line is acknowledged when its answer has been read. After each kill the book is checked and the next process
starts by giving the acknowledged lines again: by their keys they must be known, with the same results. In the
end the book must hold exactly what the second model says of all lines. A program that acknowledges before it
commits must be found out by the same procedure.
"""

from __future__ import annotations

import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmdesk.services import check, statements
from crmdesk.services.book import Book
from tests.conftest import EFFORT
from tests.scenarios import agreement, invariants
from tests.scenarios.shop_year import TODAY, ShopYear

PROJECT = Path(__file__).resolve().parent.parent.parent
KILLS = {"quick": 3, "normal": 50, "long": 300}[EFFORT]
LINES_A_ROUND = 30
HONEST = (sys.executable, "-m", "crmdesk", "apply")
LIAR = (sys.executable, str(Path(__file__).with_name("hasty_apply.py")))


class Lost(AssertionError):
    """Something that was acknowledged is not there."""


@dataclass
class Round:
    """What one process was given and what it acknowledged before it died."""

    given: list[dict[str, Any]]
    answers: list[dict[str, Any]] = field(default_factory=list)


class Clerk:
    """Gives the lines of a year to processes that are killed, and remembers what was acknowledged."""

    def __init__(self, path: Path, program: tuple[str, ...], year: ShopYear, seed: int) -> None:
        self.path, self.program, self.year = path, program, year
        self.chance = random.Random(seed)
        self.done = 0  # lines whose answers have been read
        self.known: list[tuple[dict[str, Any], dict[str, Any]]] = []  # acknowledged in the last round
        self.kills = self.late_kills = 0

    def work_and_be_killed(self) -> None:
        """One process: the last round's acknowledged lines again, then new ones, then SIGKILL."""
        again = self.known
        new = self.year.lines[self.done : self.done + 400]
        after = len(again) + self.chance.randrange(LINES_A_ROUND)
        told = self._run([line for line, _ in again] + new, after)
        if len(told) < len(again):
            raise Lost(f"only {len(told)} of {len(again)} repeated lines were answered: {told[-1:]}")
        for (line, before), answer in zip(again, told, strict=False):
            if not answer.get("repeated") or answer.get("result") != before["result"]:
                raise Lost(f"acknowledged and gone: {line}\n  before {before}\n  now    {answer}")
        self.known = []
        for number, answer in enumerate(told[len(again) :]):
            line, expected = new[number], self.year.expected[self.done + number]
            if answer["ok"] == bool(expected.refused):
                raise Lost(f"line {line}\n  answered {answer}\n  expected {expected}")
            if answer["ok"]:
                # Only the line that was under way at the kill may have been done without an answer.
                if answer.get("repeated") and number:
                    raise Lost(f"done twice: {line}")
                got = agreement.like(answer["result"], expected.result)
                agreement.demand(got, expected.result, str(line))
                self.known.append((line, answer))
        self.done += len(told) - len(again)

    def _run(self, lines: list[dict[str, Any]], kill_after: int) -> list[dict[str, Any]]:
        environment = os.environ | {"CRMDESK_TODAY": TODAY.isoformat()}
        process = subprocess.Popen(
            [*self.program, str(self.path), "-", "--keep-going"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=PROJECT,
        )
        assert process.stdin
        assert process.stdout
        assert process.stderr
        answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        feeder = threading.Thread(target=_feed, args=(process.stdin, lines), daemon=True)
        reader = threading.Thread(target=_read, args=(process.stdout, answers), daemon=True)
        feeder.start()
        reader.start()
        told: list[dict[str, Any]] = []
        while len(told) < kill_after and (answer := answers.get(timeout=60)):
            told.append(json.loads(answer))
        # anywhere between two answers: before, inside and after a transaction
        time.sleep(self.chance.random() * 0.006)
        process.kill()
        self.kills += 1
        process.wait()
        feeder.join()
        reader.join()
        while not answers.empty():
            answer = answers.get()
            if answer.endswith(b"\n"):
                told.append(json.loads(answer))
        assert b"Traceback" not in process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        return told

    def check_the_book(self) -> None:
        with Book.open(self.path) as book:
            told = check.run(book)
            if not told["clean"]:
                raise Lost(f"the book is not clean: {told['violations']}")
            with book.read() as connection:
                invariants.all_of_them(invariants.Rows(connection))


def _feed(pipe: Any, lines: list[dict[str, Any]]) -> None:
    try:
        with pipe:
            for line in lines:
                pipe.write(json.dumps(line).encode() + b"\n")
                pipe.flush()
    except (BrokenPipeError, ValueError):
        pass  # it was killed


def _read(pipe: Any, answers: queue.SimpleQueue[bytes]) -> None:
    for line in pipe:
        answers.put(line)
    answers.put(b"")


def _new_book(folder: Path) -> Path:
    path = folder / "shop.crmdesk"
    Book.create(path, name="Shop", country="CN", currency="CNY", language="en", rounding="line").close()
    return path


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    path = _new_book(tmp_path)
    year = ShopYear(seed=9, count=KILLS * (LINES_A_ROUND // 2) + 500, is_keyed=True)
    clerk = Clerk(path, HONEST, year, seed=9)
    for _ in range(KILLS):
        clerk.work_and_be_killed()
        clerk.check_the_book()
    assert clerk.kills == KILLS
    assert clerk.done > KILLS * 3
    _finish_and_compare(path, clerk)


def _finish_and_compare(path: Path, clerk: Clerk) -> None:
    """The rest of the year undisturbed; then every figure is the model's."""
    rest = clerk.year.lines[clerk.done :]
    text = "".join(json.dumps(line) + "\n" for line in rest)
    done = subprocess.run(
        [*HONEST, str(path), "-", "--keep-going"],
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
        cwd=PROJECT,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(rest)
    model = clerk.year.model
    with Book.open(path) as book:
        for at in (date(2026, 5, 31), date(2027, 1, 31)):
            agreement.balances(agreement.report_of(book, "balances", as_of=at), model, at)
            for code in model.customers:
                got = statements.as_json(book, code, date_from=None, date_to=at, style="balance-forward")
                agreement.statement(got, model, code, None, at, "balance-forward")
    clerk.check_the_book()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_program_that_answers_too_early_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    clerk = Clerk(_new_book(tmp_path), LIAR, ShopYear(seed=9, count=1500, is_keyed=True), seed=9)
    with pytest.raises(Lost, match="acknowledged and gone"):  # noqa: PT012 — any of the kills may find it
        for _ in range(25):
            clerk.work_and_be_killed()
            clerk.check_the_book()
