"""A new day for measures and segments: one way for the window and the command line."""

from __future__ import annotations

import pytest

from crmdesk.models.errors import Cancelled
from crmdesk.services import check, lists, new_day, segment_evaluation, use_cases
from crmdesk.services.book import Book
from crmdesk.services.measures import evaluation
from tests.services.small_book import do

LINE = {"description": "Paint", "quantity": "1", "unit_price": "100", "tax_rate": "0"}


@pytest.fixture
def shop(book: Book) -> Book:
    """A customer who bought in June, a rule about his days and one about his stage; measures were reckoned."""
    do(book, "customer.create", code="A", name="A")
    do(book, "invoice.issue", customer="A", date="2026-06-01", lines=[LINE])
    do(book, "segment.create", name="Asleep", rule="last_bought < today - 60d")
    do(book, "segment.create", name="Lost", rule="life_stage = lost")
    do(book, "measure.evaluate")
    return book


def members(book: Book) -> dict[str, int]:
    return {row["name"]: row["members"] for row in lists.as_json(book, "segments")["rows"]}


def entries(book: Book) -> list[tuple[str, str]]:
    rows = lists.as_json(book, "audit", sort="-entry", limit=1)["rows"]
    return [(row["use_case"], row["actor"]) for row in rows]


def stage_of(book: Book) -> str:
    return lists.as_json(book, "customers")["rows"][0]["life_stage"]


def test_a_day_that_turns_moves_stages_and_groups_in_one_entry(
    shop: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert new_day.evaluate_if_due(shop) is None
    monkeypatch.setenv("CRMDESK_TODAY", "2027-07-30")
    before = lists.as_json(shop, "audit")["total"]
    told: list[float] = []
    outcome = new_day.evaluate_if_due(shop, actor="li", progress=told.append)
    assert outcome is not None
    assert (outcome.result["moved"], outcome.result["joined"], outcome.result["left"]) == (1, 2, 0)
    assert outcome.changes.touches("measure", "segment_member")
    assert told == sorted(told)
    assert told[-1] <= 1.0
    assert (stage_of(shop), members(shop)) == ("lost", {"Asleep": 1, "Lost": 1})
    assert lists.as_json(shop, "audit")["total"] == before + 1
    assert entries(shop) == [("measure.evaluate", "li")]
    assert new_day.evaluate_if_due(shop) is None
    assert check.run(shop)["violations"] == []


@pytest.mark.parametrize("steps", [0, 3, 6])
def test_given_up_nothing_is_kept(shop: Book, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """In the measures, and in the rules after them."""
    monkeypatch.setenv("CRMDESK_TODAY", "2027-07-30")
    asked: list[int] = []
    with pytest.raises(Cancelled):
        new_day.evaluate_if_due(shop, is_cancelled=lambda: asked.append(1) or len(asked) > steps)  # type: ignore[func-returns-value]
    assert (stage_of(shop), members(shop)) == ("new", {"Asleep": 0, "Lost": 0})
    with shop.read() as connection:
        assert evaluation.is_due(connection)
        assert segment_evaluation.is_due(connection)


def test_what_was_written_in_bulk_is_reckoned(shop: Book) -> None:
    with shop.write("x") as unit:
        unit.is_bulk = True
        use_cases.perform(unit, "invoice.issue", {"customer": "A", "date": "2026-06-02", "lines": [LINE]})
        unit.changes.everything.add("customer")  # as after 2,000 of them
        unit.finish("test", {})
    outcome = new_day.evaluate_if_due(shop)
    assert outcome is not None
    assert outcome.result["changed"] == 1
    assert lists.as_json(shop, "customers")["rows"][0]["purchases"] == 2


def test_a_rule_that_asks_for_a_measure_begins_them(book: Book) -> None:
    """Nobody had them reckoned: without this the rule would find nobody for ever."""
    do(book, "customer.create", code="A", name="A")
    do(book, "invoice.issue", customer="A", date="2026-06-01", lines=[LINE])
    do(book, "segment.create", name="Plain", rule="spent > 1")
    assert new_day.evaluate_if_due(book) is None
    do(book, "segment.create", name="New", rule="life_stage = new")
    assert members(book) == {"Plain": 1, "New": 0}
    assert new_day.evaluate_if_due(book) is not None
    assert members(book) == {"Plain": 1, "New": 1}


def test_on_demand_all_rules_are_evaluated_and_measures_when_due(
    shop: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> list[tuple[str, str]]:
        new_day.evaluate_all(shop)
        return entries(shop)

    assert run() == [("rule.evaluate", "")]
    monkeypatch.setenv("CRMDESK_TODAY", "2027-07-30")
    assert run() == [("measure.evaluate", "")]
    assert members(shop) == {"Asleep": 1, "Lost": 1}


def test_measures_that_somebody_asks_for_on_a_new_day_bring_the_groups_along(
    shop: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a large book members are otherwise as at the day before until the task ran."""
    from crmdesk.services import segment_touched

    monkeypatch.setattr(segment_touched, "SMALL_BOOK", 0)
    monkeypatch.setenv("CRMDESK_TODAY", "2027-07-30")
    do(shop, "measure.evaluate")
    assert members(shop) == {"Asleep": 1, "Lost": 1}
    assert new_day.evaluate_if_due(shop) is None
    assert check.run(shop)["violations"] == []


def test_a_book_that_cannot_be_written_to_is_left_alone(shop: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2027-07-30")
    monkeypatch.setattr(type(shop), "is_read_only", property(lambda _book: True))
    assert new_day.evaluate_if_due(shop) is None


@pytest.mark.parametrize("is_all", [False, True])
def test_what_a_batch_writes_after_it_reckoned_is_not_forgotten(shop: Book, is_all: bool) -> None:
    """`measure.evaluate` in the middle of `apply --atomic`: the invoice behind it counts as well."""
    with shop.write("x") as unit:
        unit.is_bulk = True
        bill = {"customer": "A", "date": "2026-06-02", "lines": [LINE]}
        use_cases.perform(unit, "invoice.issue", bill)
        use_cases.perform(unit, "measure.evaluate", {})
        use_cases.perform(unit, "invoice.issue", bill | {"date": "2026-06-03"})
        if is_all:
            unit.changes.everything.add("customer")
        unit.finish("test", {})
        assert unit.changes.touches("customer")
    assert check.run(shop)["violations"] == []
    new_day.evaluate_if_due(shop)
    assert lists.as_json(shop, "customers")["rows"][0]["purchases"] == 3
