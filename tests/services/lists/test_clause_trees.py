"""A rule as text, as a tree and as text again: the same rule; periods stay words."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models import clauses, spans
from crmdesk.models.clauses import Clause, Group
from crmdesk.services import segment_rules
from crmdesk.services.lists.clause_trees import tree_of

TODAY = date(2026, 6, 30)

_TEXTS = st.sampled_from(["A", "鼎晟", 'say "hi"', "and", "a b", "in", "b\\c", "today"])
_NUMBERS = st.sampled_from(["0", "1", "-5", "1000.50"])
_DAYS = st.sampled_from(["2026-01-31", "today", "today-90d", "today+2w", "today-3m"])
_PERIODS = st.sampled_from(
    ["month", "last_quarter", "last_30d", "last_12m", "next_2w", "2026", "2026-02", "today"]
)
_SIGNS = st.sampled_from(
    [clauses.LESS, clauses.AT_MOST, clauses.MORE, clauses.AT_LEAST, clauses.IS, clauses.IS_NOT]
)


def _one(value: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.tuples(value)


def _clause(
    field: Any, operator: Any, values: Any = None, arguments: Any = None
) -> st.SearchStrategy[Clause]:
    nothing = st.just(())
    given_values = nothing if values is None else values
    return st.builds(Clause, field, operator, given_values, nothing if arguments is None else arguments)


_CLAUSES = st.one_of(
    _clause(st.sampled_from(["spent", "balance", "invoice_count"]), _SIGNS, _one(_NUMBERS)),
    _clause(st.just("spent"), _SIGNS, _one(_NUMBERS), _one(_PERIODS)),
    _clause(st.just("balance"), st.just(clauses.BETWEEN), st.tuples(_NUMBERS, _NUMBERS)),
    _clause(st.just("last_bought"), _SIGNS, _one(_DAYS)),
    _clause(st.just("last_bought"), st.just(clauses.PERIOD), _one(_PERIODS)),
    _clause(st.just("last_bought"), st.just(clauses.BETWEEN), st.tuples(_DAYS, _DAYS)),
    _clause(st.just("name"), st.sampled_from([clauses.CONTAINS, clauses.NOT_CONTAINS]), _one(_TEXTS)),
    _clause(
        st.sampled_from(["tag", "category", "segment", "level"]),
        st.sampled_from([clauses.ANY_OF, clauses.NONE_OF]),
        st.lists(_TEXTS, min_size=1, max_size=3).map(tuple),
    ),
    _clause(st.just("stage"), st.sampled_from([clauses.EMPTY, clauses.NOT_EMPTY])),
    _clause(st.just("active"), st.sampled_from([clauses.YES, clauses.NO])),
    _clause(st.just("bought"), st.just(clauses.YES), None, st.tuples(_TEXTS, _PERIODS)),
)
_TREES = st.recursive(
    _CLAUSES,
    lambda inner: st.builds(
        Group,
        st.sampled_from([clauses.ALL, clauses.ANY, clauses.NONE]),
        st.lists(inner, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=8,
)


@given(_TREES)
def test_a_tree_written_and_read_is_the_same_rule(tree: clauses.Tree) -> None:
    text = clauses.text_of(tree)
    again = tree_of(segment_rules.read(text, TODAY))
    assert clauses.text_of(again) == clauses.text_of(
        tree_of(segment_rules.read(clauses.text_of(again), TODAY))
    )
    assert segment_rules.read(clauses.text_of(again), TODAY) == segment_rules.read(text, TODAY)
    assert clauses.tree_from_plain(json.loads(json.dumps(clauses.tree_as_plain(again)))) == again


@given(_CLAUSES)
def test_a_clause_comes_back_as_it_was(clause: Clause) -> None:
    assert tree_of(segment_rules.read(clauses.text_of(clause), TODAY)) == Group(clauses.ALL, (clause,))


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("last 30d", "2026-06-01", "2026-06-30"),
        ("last 12 months", "2025-07-01", "2026-06-30"),
        ("next 2 weeks", "2026-06-30", "2026-07-13"),
        ("this quarter", "2026-04-01", "2026-06-30"),
        ("last month", "2026-05-01", "2026-05-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-01-01..today-1m", "2026-01-01", "2026-05-30"),
    ],
)
def test_periods_in_words(words: str, first: str, last: str) -> None:
    name = spans.period_said(words)
    assert spans.range_of(name, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))
    assert spans.period_said(spans.words_of(name)) == name


@pytest.mark.parametrize(
    "words", ["", "soon", "last", "last 0 days", "last 5 moons", "2026-13", "x..y", ".."]
)
def test_what_is_no_period(words: str) -> None:
    assert spans.period_said(words) == ""


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 600), st.sampled_from("dwmy"))
def test_shifting_there_and_back_ends_near(day: date, count: int, unit: str) -> None:
    back = spans.shifted(spans.shifted(day, count, unit), -count, unit)
    assert abs((back - day).days) <= 3
