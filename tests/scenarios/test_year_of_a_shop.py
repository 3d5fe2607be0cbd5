"""A random year of a shop by the command line: every figure as the second model has it, at four dates."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmdesk.services import check, statements
from crmdesk.services.book import Book
from tests.conftest import EFFORT
from tests.scenarios import agreement, invariants
from tests.scenarios.shop_year import TODAY, ShopYear

LINES = {"quick": 400, "normal": 1_000, "long": 8_000}[EFFORT]
SEEDS = {"quick": (1,), "normal": (1,), "long": tuple(range(1, 11))}[EFFORT]
_ACCOUNT = re.compile(r"^(Assets:Receivable|Liabilities:CustomerCredit):C\d+$")

_AMOUNT = re.compile(r"(-?[\d.]+) ([A-Z]{3})")
Owed = dict[tuple[str, str], Decimal]


class LivedYear:
    """The year after `crmdesk apply`: the book, the model, and the command line to ask."""

    def __init__(self, path: Path, year: ShopYear, asked: Callable[..., Any]) -> None:
        self.path, self.year, self.asked = path, year, asked

    def exported(self, kind: str, to: Path) -> Path:
        done = self.asked("export", self.path, "--format", kind, "--out", to)
        assert done.code == 0, done.err
        return to

    def owed(self) -> Owed:
        """What each customer owes in the end, by the model."""
        rows = self.year.model.balances(date(2999, 12, 31))["rows"]
        return {(row["customer"], row["currency"]): Decimal(row["balance"]) for row in rows}


@pytest.fixture(
    params=[(seed, rounding) for seed in SEEDS for rounding in ("line", "document")][: len(SEEDS) + 1],
    ids=lambda given: f"{given[1]}-{given[0]}",
)
def lived(
    request: pytest.FixtureRequest,
    crmdesk: Callable[..., Any],
    asked: Callable[..., Any],
    memory_folder: Path,
) -> LivedYear:
    seed, rounding = request.param
    year = ShopYear(seed, LINES, rounding)
    path = memory_folder / "shop.crmdesk"
    assert crmdesk("new", path, "--name", "小店", "--language", "en", "--rounding", rounding).code == 0
    done = crmdesk("apply", path, "-", "--keep-going", stdin=year.as_text())
    answers = [json.loads(line) for line in done.out.splitlines()]
    year.compare_answers(answers)
    assert done.code == 1  # some lines had to be refused
    return LivedYear(path, year, asked)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_figure_agrees_at_four_dates(
    lived: LivedYear, monkeypatch: pytest.MonkeyPatch, memory_folder: Path
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY.isoformat())
    model = lived.year.model
    for at in lived.year.dates():
        told = lived.asked("report", "balances", lived.path, "--as-of", at.isoformat(), "--json")
        agreement.balances(told.json, model, at)
        for basis in ("due", "invoice"):
            told = lived.asked(
                "report", "ageing", lived.path, "--as-of", at.isoformat(), "--basis", basis, "--json"
            )
            agreement.ageing(told.json, model, at, basis)
    with Book.open(lived.path) as book:
        for number, at in enumerate(lived.year.dates()):
            for code in model.customers:
                for style in agreement.STYLES:
                    for start in (None, date(2026, 3, 1)):
                        got = statements.as_json(book, code, date_from=start, date_to=at, style=style)
                        agreement.statement(got, model, code, start, at, style)
            # the command line says the same as the service
            code, style = f"C{number:03d}", agreement.STYLES[number % 3]
            told = lived.asked(
                "statement", lived.path, code, "--to", at.isoformat(), "--style", style, "--json"
            )
            agreement.statement(told.json, model, code, None, at, style)
        with book.read() as connection:
            invariants.all_of_them(invariants.Rows(connection))
        assert check.run(book)["violations"] == []
    assert lived.asked("check", lived.path, "--json").json["clean"] is True
    _the_same_year_again_changes_nothing(lived)
    _other_programs_accept_the_books(lived, memory_folder)


def _the_same_year_again_changes_nothing(lived: LivedYear) -> None:
    """Every line that had a key and was done is only repeated."""
    done = [
        (line, expected)
        for line, expected in zip(lived.year.lines, lived.year.expected, strict=True)
        if "key" in line and not expected.refused and "@" not in json.dumps(line)
    ]
    again = "".join(json.dumps(line) + "\n" for line, _ in done)
    told = lived.asked("apply", lived.path, "-", stdin=again)
    answers = [json.loads(line) for line in told.out.splitlines()]
    assert [answer.get("repeated") for answer in answers] == [True] * len(done)
    assert told.code == 0
    for answer, (_, expected) in zip(answers, done, strict=True):
        got = agreement.like(answer["result"], expected.result)
        agreement.demand(got, expected.result, "a repeated line")


def _other_programs_accept_the_books(lived: LivedYear, folder: Path) -> None:
    owed = lived.owed()
    book = lived.exported("beancount", folder / "shop.beancount")
    bean_check = Path(sys.executable).with_name("bean-check")
    if bean_check.exists():
        judged = subprocess.run([bean_check, book], capture_output=True, timeout=300, text=True)
        assert judged.returncode == 0, judged.stderr[:2000] + judged.stdout[:2000]
        codes, balances = _read_beancount(book)
        assert balances == owed
    else:
        pytest.skip("bean-check is not installed: the beancount export is not judged")
    journal = lived.exported("hledger", folder / "shop.journal")
    hledger = shutil.which("hledger")
    if not hledger:
        pytest.skip("hledger is not installed: the hledger export is not judged")
    subprocess.run([hledger, "-f", journal, "check"], check=True, capture_output=True, timeout=300)
    told = subprocess.run(
        [hledger, "-f", journal, "balance", "--flat", "-O", "csv", "--no-elide", "-N"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert _hledger_balances(told.stdout, codes) == owed


def _read_beancount(book: Path) -> tuple[dict[str, str], Owed]:
    """Account -> customer code, from the metadata of the open directives; and what each customer owes."""
    from beancount import loader
    from beancount.core import data

    entries, errors, _ = loader.load_file(str(book))
    assert errors == []
    codes = {
        entry.account: entry.meta["customer"]
        for entry in entries
        if isinstance(entry, data.Open) and _ACCOUNT.match(entry.account)
    }
    sums: Owed = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, data.Transaction):
            for leg in entry.postings:
                if _ACCOUNT.match(leg.account):
                    sums[codes[leg.account], leg.units.currency] += leg.units.number
    return codes, {key: amount for key, amount in sums.items() if amount}


def _hledger_balances(table: str, codes: dict[str, str]) -> Owed:
    sums: Owed = defaultdict(Decimal)
    for row in csv.reader(io.StringIO(table)):
        if row and _ACCOUNT.match(row[0]):
            for amount, currency in _AMOUNT.findall(row[1]):
                sums[codes[row[0]], currency] += Decimal(amount)
    return {key: amount for key, amount in sums.items() if amount}
