"""What has to be equal when the program and the second model speak of the same book."""

from __future__ import annotations

from datetime import date
from typing import Any

from crmdesk.services.book import Book
from crmdesk.services.reports import declared
from tests.model.second_model import SecondModel

STYLES = ("balance-forward", "open-item", "transactions")
_LINE = ("date", "kind", "number", "debit", "credit", "balance", "due", "open")
_HEAD = ("customer", "name", "currency", "to", "style", "opening", "closing")


def report_of(book: Book, name: str, **options: Any) -> dict[str, Any]:
    """What `crmdesk report` prints."""
    with book.read() as connection:
        return declared.find(name).fill(connection, declared.Options(**options)).document


class Disagreement(AssertionError):
    """The program and the model say different things."""


def demand(got: Any, expected: Any, what: str) -> None:
    """Equal, or a Disagreement that shows both."""
    if got != expected:
        raise Disagreement(f"{what}\n  program: {got}\n  model:   {expected}")


def like(got: Any, expected: Any) -> Any:
    """Of what the program said the part that the model speaks of as well."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return {key: like(got.get(key), value) for key, value in expected.items()}
    if isinstance(expected, list) and isinstance(got, list) and len(got) == len(expected):
        return [like(one, other) for one, other in zip(got, expected, strict=True)]
    return got


def _rows(got: dict[str, Any], expected: dict[str, Any], what: str) -> None:
    """Every row in order, and all else that is promised; the program may say more beside it."""
    for ours, theirs in zip(got["rows"], expected["rows"], strict=False):
        demand({key: ours.get(key) for key in theirs}, theirs, what)
    demand(len(got["rows"]), len(expected["rows"]), what + ", number of rows")
    for key in expected.keys() - {"rows"}:
        demand(got.get(key), expected[key], f"{what}, {key}")


def balances(got: dict[str, Any], model: SecondModel, at: date) -> None:
    """`report balances` in full."""
    _rows(got, model.balances(at), f"balances as at {at}")


def ageing(got: dict[str, Any], model: SecondModel, at: date, basis: str) -> None:
    """`report ageing` in full."""
    _rows(got, model.ageing(at, basis), f"ageing as at {at} by {basis}")


def statement(
    got: list[dict[str, Any]], model: SecondModel, code: str, start: date | None, end: date, style: str
) -> None:
    """One customer's statement. A customer without any entry may have no object or empty ones."""
    expected = model.statement(code, start, end, style)
    what = f"{style} statement of {code} from {start} to {end}"
    known = {one["currency"] for one in expected}
    for one in got:  # of a currency in which only a deposit is held, or nothing at all
        if one["currency"] not in known:
            demand((one["lines"], float(one["closing"])), ([], 0.0), what)
    got = [one for one in got if one["currency"] in known]
    demand(len(got), len(expected), what + ", number of currencies")
    for ours, theirs in zip(got, expected, strict=True):
        lines = [{key: line[key] for key in _LINE} for line in ours["lines"]]
        for number, (one, other) in enumerate(zip(lines, theirs["lines"], strict=False)):
            demand(one, other, f"{what}, line {number + 1}")
        demand(len(lines), len(theirs["lines"]), what + ", number of lines")
        demand({key: ours[key] for key in _HEAD}, {key: theirs[key] for key in _HEAD}, what)
        if start:
            demand(ours["from"], theirs["from"], what)
        row = {key: ours["ageing"][key] for key in theirs["ageing"]}
        demand(row, theirs["ageing"], what + ", ageing")
