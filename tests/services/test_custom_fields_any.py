"""Own fields under any series of operations: the book agrees with a plain model, filters in SQL with the same in
Python, refusals leave nothing, and `check` is clean at the end."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check, lists, use_cases
from crmdesk.services.book import Book

_FIELDS: dict[str, Any] = {
    "t": {"kind": "text"},
    "u": {"kind": "text", "unique": True, "searchable": True},
    "n": {"kind": "number"},
    "m": {"kind": "money"},
    "d": {"kind": "date"},
    "y": {"kind": "yes_no"},
    "c": {"kind": "choice", "choices": [{"value": "one"}, {"value": "two"}]},
    "s": {"kind": "multi_choice", "choices": [{"value": "p"}, {"value": "q"}, {"value": "r"}]},
    "l": {"kind": "link", "target": "customer"},
    "f": {"kind": "formula", "formula": "round(first(own.n, 0) * 2 + own.m, 2)"},
    "g": {"kind": "formula", "formula": 'if(own.y, own.t & "!", first(own.t, "none"))'},
    "h": {"kind": "formula", "formula": "own.d + first(own.n, 0)"},
}


def _value(chance: random.Random, kind: str, codes: list[str]) -> Any:
    if chance.random() < 0.15:
        return None
    return {
        "text": lambda: chance.choice("abcdefgh") * chance.randint(1, 3),
        "number": lambda: f"{chance.randint(-5000, 5000) / 100:.2f}",
        "money": lambda: f"{chance.randint(-9999, 9999) / 100:.2f}",
        "date": lambda: f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
        "yes_no": lambda: chance.random() < 0.5,
        "choice": lambda: chance.choice(("one", "two", "three")),
        "multi_choice": lambda: chance.sample("pqrx", k=chance.randint(1, 3)),
        "link": lambda: chance.choice([*codes, "ghost"]),
    }[kind]()


def _normal(name: str, value: Any) -> Any:
    if value is None:
        return None
    kind = _FIELDS[name]["kind"]
    if kind == "number":
        return f"{Decimal(value).normalize():f}" if Decimal(value) else "0"
    return [one for one in "pqr" if one in value] if kind == "multi_choice" else value


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_series_agrees_with_a_plain_model(memory_file: Path, seed: int) -> None:
    chance = random.Random(seed)
    model: dict[str, dict[str, Any]] = {}
    active = set(_FIELDS)
    with Book.create(memory_file, name="Any") as book:
        for name, details in _FIELDS.items():
            use_cases.run(
                book, "field.define", {"record": "customer", "name": name, "label": name * 2, **details}
            )
        for step in range(120):
            codes = sorted(model)
            act = chance.random()
            try:
                if act < 0.45 or not codes:
                    code = f"C{step:03d}"
                    given = _given(chance, active, codes)
                    use_cases.run(
                        book, "customer.create", {"code": code, "name": f"Firm {step}", "fields": given}
                    )
                    model[code] = {
                        name: _normal(name, value) for name, value in given.items() if value is not None
                    }
                elif act < 0.85:
                    code = chance.choice(codes)
                    given = _given(chance, active, codes)
                    use_cases.run(book, "customer.update", {"customer": code, "fields": given})
                    model[code] |= {name: _normal(name, value) for name, value in given.items()}
                elif act < 0.93:
                    code = chance.choice(codes)
                    use_cases.run(book, "customer.delete", {"customer": code})
                    del model[code]
                else:
                    name = chance.choice("tcs")
                    verb = "retire" if name in active else "restore"
                    use_cases.run(book, f"field.{verb}", {"record": "customer", "field": name})
                    (active.discard if verb == "retire" else active.add)(name)
            except CrmdeskError:
                pass
        for name in _FIELDS.keys() - active:
            use_cases.run(book, "field.restore", {"record": "customer", "field": name})
        rows = lists.as_json(book, "customers")["rows"]
        assert {
            row["code"]: {name: row[f"own.{name}"] for name in _FIELDS if name not in "fgh"} for row in rows
        } == {
            code: {name: values.get(name) for name in _FIELDS if name not in "fgh"}
            for code, values in model.items()
        }
        _filters_agree(book, rows)
        assert check.run(book)["violations"] == []


def _given(chance: random.Random, active: set[str], codes: list[str]) -> dict[str, Any]:
    names = [name for name in sorted(active) if name not in "fgh"]
    chosen = chance.sample(names, k=chance.randint(0, min(5, len(names))))
    return {name: _value(chance, _FIELDS[name]["kind"], codes) for name in chosen}


def _filters_agree(book: Book, rows: list[dict[str, Any]]) -> None:
    """A filter finds in SQL what the rows, reckoned one by one in Python, say."""

    def codes(expression: str) -> set[str]:
        return {row["code"] for row in lists.as_json(book, "customers", filter=expression)["rows"]}

    def those(test: Any) -> set[str]:
        return {row["code"] for row in rows if test(row)}

    def number(row: dict[str, Any], name: str) -> Decimal | None:
        return None if row[name] is None else Decimal(row[name])

    for limit in ("-10", "0", "12.5"):
        for name in ("own.n", "own.m", "own.f"):
            at = Decimal(limit)
            assert codes(f"{name} > {limit}") == those(
                lambda row, name=name, at=at: (n := number(row, name)) is not None and n > at
            )
            assert codes(f"not {name} <= {limit}") == those(
                lambda row, name=name, at=at: (n := number(row, name)) is None or n > at
            )
    assert codes("own.c != one") == those(lambda row: row["own.c"] != "one")
    assert codes("own.s in (p, q)") == those(lambda row: set(row["own.s"] or ()) & {"p", "q"})
    assert codes('own.g ~ "!"') == those(lambda row: "!" in (row["own.g"] or ""))
    assert codes("own.g is empty") == those(lambda row: not row["own.g"])
    assert codes("own.h >= 2026-05-01") == those(lambda row: (row["own.h"] or "") >= "2026-05-01")
    assert codes("own.l is not empty") == those(lambda row: row["own.l"] is not None)
    by_formula = [row["own.f"] for row in lists.as_json(book, "customers", sort="own.f")["rows"]]
    shown = [Decimal(value) for value in by_formula if value is not None]
    assert shown == sorted(shown)
