"""Conditions that can never hold together: all of them are found, and none where anything meets them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.models import clauses
from crmdesk.services import lists, segment_rules
from crmdesk.services.book import Book
from crmdesk.services.lists import contradictions
from crmdesk.services.lists.clause_trees import tree_of
from crmdesk.services.lists.contradictions import Contradiction
from crmdesk.services.lists.filters import All, Comparison, Node, Not
from tests.services.small_book import do

TODAY = date(2026, 6, 30)
_SIGNS = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def read(text: str) -> Node:
    node = segment_rules.read(text, TODAY)
    assert node is not None
    return node


def found(text: str) -> Contradiction | None:
    return contradictions.find(read(text))


def named(text: str) -> tuple[list[list[str]], bool]:
    """The groups in the language of rules, and whether the whole rule is impossible."""
    one = found(text)
    assert one is not None, text
    return [[clauses.text_of(tree_of(part)) for part in group] for group in one.groups], one.is_whole


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("balance > 100 and balance < 50", ["balance > 100", "balance < 50"]),
        ("balance > 100 and balance <= 100", ["balance > 100", "balance <= 100"]),
        ("spent(2026) > 5 and spent(2026) in 1..5", ["spent(2026) > 5", "spent(2026) in 1..5"]),
        ("owner = a and owner = b", ["owner = a", "owner = b"]),
        ("owner in (a, b) and owner not in (b, a)", ["owner in (a, b)", "owner not in (b, a)"]),
        ("tier = 1 and name ~ x and tier = 2", ["tier = 1", "tier = 2"]),
        ("tier > 3 and tier < 4", ["tier > 3", "tier < 4"]),
        ("invoice_count = 1.5", ["invoice_count = 1.5"]),
        ("life_stage = lost and life_stage = new", ["life_stage in (lost)", "life_stage in (new)"]),
        ("active and active = false", ["active", "active = false"]),
        ("bought(P1) and bought(P1) = false", ["bought(P1)", "bought(P1) = false"]),
        ("born_on < 2000-01-01 and born_on in 2001", ["born_on < 2000-01-01", "born_on in 2001"]),
        ("credit_limit is empty and credit_limit >= 0", ["credit_limit is empty", "credit_limit >= 0"]),
        ("owner is empty and owner ~ a", ["owner is empty", "owner ~ a"]),
        ("next_contact is empty and next_contact < today", ["next_contact is empty", "next_contact < today"]),
        (
            "owner in (a, b) and owner != a and owner != b and owner != c",
            ["owner in (a, b)", "owner != a", "owner != b"],
        ),
        ("not (tier > 1 or tier is empty) and tier > 1", ["not (tier > 1)", "tier > 1"]),
        ("tag has VIP and (tier = 1 and (tier = 2 and active))", ["tier = 1", "tier = 2"]),
    ],
)  # fmt: skip
def test_what_finds_nobody_names_the_conditions(text: str, group: list[str]) -> None:
    assert named(text) == ([group], True)


@pytest.mark.parametrize(
    "text",
    [
        "balance > 50 and balance < 100",
        "balance >= 100 and balance <= 100",
        "balance > 100 and balance < 100.001",  # a dinar has three digits
        "spent(2026) > 100 and spent(2025) < 50",
        "spent > 100 and spent(2025) < 50",
        "bought(P1) and not bought(P2)",
        "tag has VIP and not tag has VIP",
        "category in 行业 and category not in 行业",
        "owner is empty and owner != a",
        'owner is empty and owner = ""',
        "not (tier > 1) and tier is empty",
        "last_bought < today-30 and last_bought > today-10",
        "owner ~ a and owner !~ a",
        "tier = 1 or tier = 2",
        "not (tier = 1 and tier = 2)",
    ],
)
def test_what_may_find_somebody_is_taken(text: str) -> None:
    assert found(text) is None


def test_an_alternative_that_finds_nobody_is_told_as_such() -> None:
    pair = [["tier = 1", "tier = 2"]]
    assert named("tier = 1 and tier = 2 or active") == (pair, False)
    assert named("(tier = 2 or active) and tier = 1") == ([["tier = 1", "tier = 2"]], False)
    assert named("(tier = 1 or tier = 2) and tier = 3") == (
        [["tier = 3", "tier = 1"], ["tier = 3", "tier = 2"]],
        True,
    )
    assert named("active and not (not (tier = 1 and tier = 2) and tier > 3)") == (pair, False)


# By chance


_COUNTS = st.sampled_from(["0", "1", "2", "3", "0.5", "2.5"])
_MONEY = st.sampled_from(["0", "1", "1.0001", "1.00005", "2"])
_DAYS = st.sampled_from(["2026-01-31", "2026-02-01", "2026-02-02"])
_TEXTS = st.sampled_from(["a", "b", '""'])


def _signed(field: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = st.builds(lambda sign, value: f"{field} {sign} {value}", st.sampled_from(list(_SIGNS)), values)
    listed = st.lists(values, min_size=1, max_size=3).map(lambda some: f"{field} in ({', '.join(some)})")
    empty = st.just(f"{field} is empty")
    each = st.one_of(one, listed, empty)
    return st.one_of(each, each.map(lambda text: f"not ({text})"))


_ONE_FIELD: dict[str, tuple[st.SearchStrategy[str], Sequence[Any]]] = {
    "invoice_count": (
        _signed("invoice_count", _COUNTS),
        [None, *map(Decimal, range(-2, 6))],
    ),
    "balance": (
        _signed("balance", _MONEY) | st.just("balance in 1..2"),
        [None, *(near + Decimal(count) / 10_000 for near in map(Decimal, range(3)) for count in range(-3, 4))],
    ),
    "born_on": (
        _signed("born_on", _DAYS) | st.just("born_on in 2026-01") | st.just("born_on in 2026-02-02..2026-03-01"),
        [None, *(date(2025, 12, 30) + timedelta(days=count) for count in range(70))],
    ),
    "owner": (_signed("owner", _TEXTS), [None, "", "A", "a", "aa", "b", "c"]),
    "active": (
        st.sampled_from(["active", "active = false", "not active", "active is empty", "not (active is empty)"]),
        [None, True, False],
    ),
}  # fmt: skip


def holds(node: Node, row: dict[str, Any]) -> bool:
    """What the language says: nothing meets no comparison but !=; `not` is the plain opposite."""
    if isinstance(node, Not):
        return not holds(node.node, row)
    if not isinstance(node, Comparison):
        each = (holds(one, row) for one in node.nodes)
        return all(each) if isinstance(node, All) else any(each)
    value = row[node.field]
    if node.operator == "empty":
        return value in (None, "")
    if value is None:
        return node.operator == "!="
    if node.operator == "in":
        return value in node.values
    if node.operator == "within":
        first, last = node.values
        return (first is None or first <= value) and (last is None or value <= last)
    return _SIGNS[node.operator](value, node.values[0])


@pytest.mark.parametrize("field", sorted(_ONE_FIELD))
def test_every_contradiction_of_one_field_is_found_and_no_other(field: str) -> None:
    condition, values = _ONE_FIELD[field]

    @settings(max_examples=150, deadline=None)
    @given(st.lists(condition, min_size=1, max_size=5))
    def check(conditions: list[str]) -> None:
        node = read(" and ".join(conditions))
        is_met = any(holds(node, {field: value}) for value in values)
        one = contradictions.find(node)
        assert (one is None) == is_met
        if one is not None:
            (group,) = one.groups
            assert not any(holds(All(group), {field: value}) for value in values)
            for left_out in range(len(group)):
                rest = All((*group[:left_out], *group[left_out + 1 :]))
                assert any(holds(rest, {field: value}) for value in values)

    check()


_CONDITIONS = st.one_of(*(one for one, _values in _ONE_FIELD.values()))
_RULES = st.recursive(
    _CONDITIONS,
    lambda inner: st.builds(
        lambda join, is_not, parts: f"{'not ' if is_not else ''}({join.join(parts)})",
        st.sampled_from([" and ", " or "]),
        st.booleans(),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=8,
)
_ROWS = st.fixed_dictionaries(
    {field: st.sampled_from(list(values)) for field, (_one, values) in _ONE_FIELD.items()}
)


@settings(max_examples=400, deadline=None)
@given(_RULES, _ROWS)
def test_whoever_is_found_contradicts_the_claim(text: str, row: dict[str, Any]) -> None:
    node = read(text)
    one = contradictions.find(node)
    if one is None:
        return
    assert not any(holds(All(group), row) for group in one.groups)
    assert not (one.is_whole and holds(node, row))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_RULES)
def test_the_list_of_customers_says_the_same(book: Book, text: str) -> None:
    if not lists.as_json(book, "customers")["rows"]:
        do(book, "customer.create", code="A", name="甲", owner="a", born_on="2026-02-01")
        do(book, "customer.create", code="B", name="乙")
        line = {"description": "Paint", "quantity": "1", "unit_price": "1", "tax_rate": "0"}
        do(book, "invoice.issue", customer="B", date="2026-06-01", lines=[line])
    one = found(text)
    if one is not None and one.is_whole:
        assert lists.as_json(book, "customers", filter=text)["rows"] == []
