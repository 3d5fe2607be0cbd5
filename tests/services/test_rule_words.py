"""What rules and filters say: taken where it can only mean one thing, refused where it can only be a slip."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import lists, use_cases
from crmdesk.services.book import Book
from tests.services.small_book import do


@pytest.fixture
def shop(book: Book) -> Book:
    """Two customers: one is tagged and in a category."""
    do(book, "customer.create", code="A", name="Alpha", tags=["VIP"],
       categories=[{"dimension": "行业", "path": "零售"}])  # fmt: skip
    do(book, "customer.create", code="B", name="Beta")
    return book


def members(book: Book, name: str) -> list[str]:
    rows = lists.as_json(book, "customers", filter=f'segment has "{name}"', sort="code")["rows"]
    return [row["code"] for row in rows]


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("tags = VIP", "tag in (VIP)"),
        ("categories has 行业/零售", 'category in ("行业/零售")'),
        ("segments = Tagged", "segment in (Tagged)"),
    ],
)
def test_a_rule_takes_the_names_of_columns_for_what_they_show(shop: Book, rule: str, kept: str) -> None:
    do(shop, "segment.create", name="Tagged", rule="tag has VIP")
    do(shop, "segment.create", name="New", rule=rule)
    assert members(shop, "New") == ["A"]
    rows = lists.as_json(shop, "segments", filter="name = New")["rows"]
    assert rows[0]["rule"] == kept


def refusal(book: Book, rule: Any) -> str:
    with pytest.raises(CrmdeskError) as caught:
        do(book, "segment.create", name="x", rule=rule)
    assert (caught.value.code, caught.value.field) == (Code.FILTER_INVALID, "rule")
    return caught.value.message


@pytest.mark.parametrize(
    "tree",
    [
        5,
        {"all": ["tag has VIP"]},
        {"all": [{"field": "balance", "op": ">", "value": 5}]},
        {"field": "balance", "operator": ">", "values": ["5"]},
    ],
)
def test_a_tree_of_another_shape_is_shown_the_right_one(shop: Book, tree: Any) -> None:
    message = refusal(shop, tree)
    right = '{"all": [{"field": "spent", "operator": "at_least", "values": ["10000"], "arguments": ["last_12m"]}]}'
    assert right in message
    assert "not_contains" in message


def test_what_the_refusal_shows_is_a_rule(shop: Book) -> None:
    clause = {"field": "spent", "operator": "at_least", "values": ["10000"], "arguments": ["last_12m"]}
    do(shop, "segment.create", name="x", rule={"all": [clause]})
    assert members(shop, "x") == []


@pytest.mark.parametrize(
    "rule",
    [
        "spent(2026-05-01..2026-04-01) > 0",
        "spent(today..today-30) > 0",
        "born_on in 2026-05-01..2026-04-01",
        "created_at in 2026-05-01..2026-04-01",
        "balance in 20..10",
    ],
)
def test_a_range_that_ends_before_it_begins_is_refused(shop: Book, rule: str) -> None:
    assert "ends before it begins" in refusal(shop, rule)
    with pytest.raises(CrmdeskError) as caught:
        lists.as_json(shop, "customers", filter=rule)
    assert (caught.value.code, caught.value.field) == (Code.FILTER_INVALID, "filter")


@pytest.mark.parametrize(
    "rule", ["spent(2026-04-01..2026-04-01) = 0", "spent(2026-04-01..today-400) = 0", "balance in -5..5"]
)
def test_other_ranges_are_taken(shop: Book, rule: str) -> None:
    do(shop, "segment.create", name="x", rule=rule)
    assert members(shop, "x") == ["A", "B"]


def test_the_code_of_a_place_is_not_its_name(shop: Book) -> None:
    do(shop, "address.add", customer="A", region="440103", street="一路 1")
    assert "place in 广东省" in refusal(shop, "region = 广东省")
    with pytest.raises(CrmdeskError, match="place in 广东省"):
        lists.as_json(shop, "customers", filter="region = 广东省")
    do(shop, "segment.create", name="x", rule="region = 440103 and place in 广东省 and region ~ 44")
    assert members(shop, "x") == ["A"]


def choices_of(book: Book) -> None:
    choices = [
        {"value": "zt", "label": "自提", "label_en": "Pick-up"},
        {"value": "ps", "label": "配送"},
        {"value": "x1", "label": "其他"},
        {"value": "x2", "label": "其他"},
    ]
    for name, kind in (("ch", "choice"), ("many", "multi_choice")):
        do(book, "field.define", record="customer", name=name, label=name, kind=kind, choices=choices)
    do(book, "customer.update", customer="A", fields={"ch": "zt", "many": ["zt", "ps"]})


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("own.ch = '自提'", "own.ch in (zt)"),
        ("own.ch = 'pick-up'", "own.ch in (zt)"),
        ("own.ch in (自提, ps)", "own.ch in (zt, ps)"),
        ("own.many has 配送", "own.many in (ps)"),
        ("own.ch != 配送 and own.many in (配送, Pick-up)", "own.ch not in (ps) and own.many in (ps, zt)"),
        ("kind = 公司", "kind in (company)"),
    ],
)
def test_a_choice_may_be_named_by_its_label(shop: Book, rule: str, kept: str) -> None:
    choices_of(shop)
    do(shop, "customer.update", customer="B", kind="person")
    do(shop, "segment.create", name="x", rule=rule)
    assert members(shop, "x") == ["A"]
    assert lists.as_json(shop, "segments", filter="name = x")["rows"][0]["rule"] == kept
    assert lists.as_json(shop, "customers", filter=rule)["total"] == 1


def test_a_label_that_means_nothing_or_several_is_refused_with_what_there_is(shop: Book) -> None:
    choices_of(shop)
    assert "Known: zt (Pick-up), ps (配送), x1 (其他), x2 (其他)." in refusal(shop, "own.ch = 自取")
    assert "Write the one you mean: x1, x2." in refusal(shop, "own.many has 其他")


@pytest.mark.parametrize("rule", ["nothing = 1", "balance >", "own.ch = 自取", "balance = x"])
def test_what_is_wrong_in_a_rule_stands_in_the_rule(shop: Book, rule: str) -> None:
    choices_of(shop)
    refusal(shop, rule)
    with pytest.raises(CrmdeskError) as caught:
        do(shop, "rule.create", name="x", rule=rule)
    assert (caught.value.code, caught.value.field) == (Code.FILTER_INVALID, "rule")


def test_a_rule_that_contradicts_itself_is_refused_with_both_conditions(shop: Book) -> None:
    assert refusal(shop, "balance > 100 and tag has VIP and balance < 50") == (
        "“Balance more than 100” and “Balance less than 50” can never hold together: nobody would ever be found."
        " Change one of these conditions or take it out."
    )
    assert "“Invoices is 1.5” can never hold:" in refusal(shop, "invoice_count = 1.5")
    do(shop, "segment.create", name="x", rule="tag has VIP")
    with pytest.raises(CrmdeskError, match="can never hold together"):
        do(shop, "segment.update", segment="x", rule="owner = a and owner = b")
    with pytest.raises(CrmdeskError, match="can never hold together"):
        do(shop, "rule.create", rule="tier = 1 and tier = 2", tag="T")
    assert members(shop, "x") == ["A"]
    # a filter that somebody tries just finds nobody
    assert lists.as_json(shop, "customers", filter="balance > 100 and balance < 50")["rows"] == []


def test_an_alternative_that_nobody_can_meet_is_a_warning(shop: Book) -> None:
    rule = "tag has VIP or balance > 100 and balance < 50"
    done = use_cases.run_outcome(shop, "segment.create", {"name": "x", "rule": rule})
    (warning,) = done.warnings
    assert (warning["code"], warning["field"]) == ("filter_invalid", "rule")
    assert warning["message"] == (
        "“Balance more than 100” and “Balance less than 50” can never hold together:"
        " that part of the rule finds nobody."
    )
    assert members(shop, "x") == ["A"]
    done = use_cases.run_outcome(shop, "segment.update", {"segment": "x", "name": "y"})
    assert done.warnings == ()  # the rule was not written anew


def test_a_code_that_means_another_customer_now_is_no_contradiction(shop: Book) -> None:
    do(shop, "customer.create", code="C", name="Gamma")
    rule = "code = A and code = C"
    assert "can never hold together" in refusal(shop, rule)
    do(shop, "customer.merge", into="A", customers=["C"])
    do(shop, "segment.create", name="x", rule=rule)
    assert members(shop, "x") == ["A"]
