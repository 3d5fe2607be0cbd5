"""Conditions as plain data: every one a person can choose is read by the filter language, whatever is typed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models import clauses
from crmdesk.models.clauses import Clause
from crmdesk.models.fields import NUMBERS, Choice, Field, Kind
from crmdesk.models.spans import range_of
from crmdesk.services.lists.filters import All, Comparison, Not, parse

STATE = Field("f", Kind.STATE, "F", choices=(Choice("open", "Open"), Choice("paid", "Paid")))


@given(st.text(min_size=1, max_size=60), st.sampled_from([clauses.CONTAINS, clauses.IS, clauses.IS_NOT]))
def test_any_text_comes_through(text: str, operator: str) -> None:
    field = Field("f", Kind.TEXT, "F")
    node = parse(clauses.expression(Clause("f", operator, (text,)), field), {"f": field})
    assert isinstance(node, Comparison)
    assert node.values == (text,)


@given(st.decimals(-(10**9), 10**9, places=2), st.decimals(-(10**9), 10**9, places=2))
def test_any_amounts_come_through(first: Decimal, last: Decimal) -> None:
    field = Field("f", Kind.MONEY, "F")
    clause = Clause("f", clauses.BETWEEN, (f"{first:f}", f"{last:f}"))
    node = parse(clauses.expression(clause, field), {"f": field})
    assert isinstance(node, All)
    assert [one.values for one in node.nodes if isinstance(one, Comparison)] == [(first,), (last,)]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_operator_of_every_kind_is_read(kind: Kind) -> None:
    field = Field("f", kind, "F", choices=STATE.choices)
    samples = {clauses.PERIOD: ("month",), clauses.ANY_OF: ("open", "paid"), clauses.NONE_OF: ("paid",)}
    value = "5" if kind in NUMBERS else "2026-06-30" if kind in clauses.DAYS else "text"
    for operator in clauses.operators(field):
        values = () if operator in clauses.WITHOUT_VALUE else samples.get(operator, (value, value))
        clause = Clause("f", operator, values)
        assert parse(clauses.expression(clause, field), {"f": field}) is not None
        assert clauses.from_plain(json.loads(json.dumps(clauses.as_plain(clause)))) == clause


def test_a_period_is_that_of_the_day_it_is_asked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    field = Field("f", Kind.DATE, "F")
    clause = Clause("f", clauses.PERIOD, ("month",))
    monkeypatch.setenv("CRMDESK_TODAY", "2026-02-10")
    assert clauses.expression(clause, field) == 'f >= "2026-02-01" and f <= "2026-02-28"'
    monkeypatch.setenv("CRMDESK_TODAY", "2026-03-01")
    assert clauses.expression(clause, field) == 'f >= "2026-03-01" and f <= "2026-03-31"'


def test_none_of_is_the_opposite() -> None:
    node = parse(clauses.expression(Clause("f", clauses.NONE_OF, ("open",)), STATE), {"f": STATE})
    assert isinstance(node, Not)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", "2026-02-10", "2026-02-10"),
        ("yesterday", "2026-02-09", "2026-02-09"),
        ("week", "2026-02-09", "2026-02-15"),
        ("last_month", "2026-01-01", "2026-01-31"),
        ("quarter", "2026-01-01", "2026-03-31"),
        ("last_quarter", "2025-10-01", "2025-12-31"),
        ("year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("last_7", "2026-02-04", "2026-02-10"),
    ],
)
def test_periods_by_name(period: str, first: str, last: str) -> None:
    assert range_of(period, date(2026, 2, 10)) == (date.fromisoformat(first), date.fromisoformat(last))
    assert range_of("whenever", date(2026, 2, 10)) == (None, None)


def test_every_period_has_its_days() -> None:
    for day in (date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31)):
        for period in clauses.PERIODS:
            first, last = range_of(period, day)
            assert first is not None
            assert last is not None
            assert first <= last
