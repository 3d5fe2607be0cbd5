"""Reminders: a debtor through three levels, exclusions, promises; nobody is reminded twice of the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import lists, promises, reminders, reminders_due, use_cases
from crmdesk.services.book import Book
from crmdesk.services.units import Unit
from tests.services.collecting.conftest import Do
from tests.services.small_book import rows

Bill = Callable[..., str]


def due(book: Book, on: str) -> list[tuple[str, int, str, list[str]]]:
    """Customer, level, total and items of what is due."""
    with book.read() as connection:
        found = reminders_due.load(connection, date.fromisoformat(on))
    return [
        (one.customer, one.level, f"{one.total_minor / 100:.2f}", [item.number for item in one.items])
        for one in found.due
    ]


def held(book: Book, on: str) -> list[tuple[str, str, str]]:
    with book.read() as connection:
        found = reminders_due.load(connection, date.fromisoformat(on))
    return [(one.due.customer, one.kind, one.reason) for one in found.held]


def promise_state(book: Book, on: str) -> list[tuple[str, int]]:
    with book.read() as connection:
        return [(one.state, one.paid_minor) for one in promises.states(connection, date.fromisoformat(on))]


@pytest.fixture
def rules(do: Do) -> Do:
    do("reminder_rule.create", name="soon", days=[-3], channel="in_app")
    do("reminder_rule.create", name="first", days=[7, 14], level=1)
    do("reminder_rule.create", name="second", days=[21], level=2)
    do("reminder_rule.create", name="last", days=[35], level=3, channel="mail")
    do("customer.create", code="A", name="鼎晟贸易")
    return do


def test_a_debtor_through_three_levels(book: Book, rules: Do, bill: Bill) -> None:
    one = bill("A", "2026-01-10", "1000")
    assert due(book, "2026-01-06") == []
    assert due(book, "2026-01-07") == due(book, "2026-01-10") == [("A", 1, "1000.00", [one])], (
        "before it is due"
    )
    assert due(book, "2026-01-11") == [], "and not that it will be due when it is late"
    assert due(book, "2026-01-17") == [("A", 1, "1000.00", [one])]
    first = rules("reminder.record", customer="A", rule="first", date="2026-01-17")
    assert (first["level"], first["total"]) == (1, "1000.00")
    assert due(book, "2026-01-23") == []
    assert due(book, "2026-01-24") == [("A", 1, "1000.00", [one])], "the rule's second threshold"

    made = rules("promise.record", customer="A", amount="400", promised_on="2026-01-30", date="2026-01-24")
    assert due(book, "2026-01-24") == []
    assert held(book, "2026-01-24") == [("A", "promise", "400.00 CNY promised for 2026-01-30.")]
    assert promise_state(book, "2026-01-30") == [("open", 0)]
    assert promise_state(book, "2026-01-31") == [("broken", 0)]
    assert due(book, "2026-01-31") == [("A", 2, "1000.00", [one])], (
        "the next level, two weeks after the first"
    )
    paid = rules("payment.record", customer="A", amount="400", date="2026-01-29", allocate="oldest")["number"]
    assert promise_state(book, "2026-01-31") == [("kept", 400_00)]
    assert due(book, "2026-01-29") == [("A", 1, "600.00", [one])], "a kept promise holds nothing any more"
    rules("payment.reverse", payment=paid, date="2026-02-02", reason="bounced")
    assert promise_state(book, "2026-02-01") == [("kept", 400_00)]
    assert promise_state(book, "2026-02-02") == [("broken", 0)], "the money was taken back"

    assert due(book, "2026-02-03") == [("A", 2, "1000.00", [one])], "the gap since the first has passed"
    rules("reminder.record", customer="A", rule="second", date="2026-02-03")
    assert due(book, "2026-02-09") == [], "a level higher waits for a week, a lower one never comes again"
    assert due(book, "2026-02-14") == [("A", 3, "1000.00", [one])]
    last = rules("reminder.record", customer="A", rule="last", date="2026-02-14", digest="ab")
    assert due(book, "2027-02-14") == []
    rules("reminder.withdraw", reminder=last["reminder"], date="2026-02-15", reason="not posted")
    assert due(book, "2026-02-15") == [("A", 3, "1000.00", [one])], "the same is due again"
    rules("promise.withdraw", promise=made["promise"], date="2026-02-15")
    assert promise_state(book, "2026-02-15") == [("withdrawn", 0)]
    with book.read() as connection:
        log = reminders.of_customer(connection, "A")
    assert [(entry.rule, entry.level, entry.withdrawn_on is None) for entry in log] == [
        ("last", 3, False),
        ("second", 2, True),
        ("first", 1, True),
    ]
    assert [(item.number, item.days_late, item.open_minor) for item in log[1].items] == [(one, 24, 1000_00)]


def test_the_reason_says_how_late_by_which_rule_and_when_before(book: Book, rules: Do, bill: Bill) -> None:
    bill("A", "2026-01-10", "1000")
    rules("reminder.record", customer="A", rule="first", date="2026-01-17")
    with book.read() as connection:
        (one,) = reminders_due.load(connection, date(2026, 1, 24)).due
    assert one.reason == "14 days late, rule “first”, level 1, last reminded 2026-01-17"


def test_exclusions_of_a_customer_and_of_an_invoice(book: Book, rules: Do, bill: Bill) -> None:
    one, two = bill("A", "2026-01-10", "1000"), bill("A", "2026-01-11", "5")
    rules("dunning.hold", customer="A", invoice=one, until="2026-01-20", reason="disputed", date="2026-01-12")
    assert due(book, "2026-01-20") == [("A", 1, "5.00", [two])]
    assert held(book, "2026-01-20") == [("A", "hold", "disputed")]
    assert due(book, "2026-01-21") == [("A", 1, "1005.00", [one, two])]
    rules("dunning.hold", customer="A", reason="at court", date="2026-01-13")
    assert due(book, "2026-01-21") == []
    rules("dunning.unhold", customer="A", date="2026-01-22")
    assert due(book, "2026-01-21") == []
    assert due(book, "2026-01-22") == [("A", 1, "1005.00", [one, two])]


def test_who_has_enough_to_his_credit_is_not_reminded(book: Book, rules: Do, bill: Bill) -> None:
    one = bill("A", "2026-01-10", "1000")
    rules("payment.record", customer="A", amount="999", date="2026-01-12")
    assert due(book, "2026-01-20") == [("A", 1, "1000.00", [one])]
    rules("payment.record", customer="A", amount="1", date="2026-01-12")
    assert due(book, "2026-01-20") == []
    assert held(book, "2026-01-20")[0][1] == "credit"


def test_two_promises_do_not_count_the_same_money(book: Book, rules: Do, bill: Bill) -> None:
    bill("A", "2026-01-10", "1000")
    for day in ("2026-01-20", "2026-01-25"):
        rules("promise.record", customer="A", amount="300", promised_on=day, date="2026-01-12")
    rules("payment.record", customer="A", amount="450", date="2026-01-19", allocate="oldest")
    assert promise_state(book, "2026-01-26") == [("kept", 300_00), ("broken", 150_00)]
    rules("payment.record", customer="A", amount="150", date="2026-01-25", allocate="oldest")
    assert promise_state(book, "2026-01-26") == [("kept", 300_00), ("kept", 300_00)]


def test_groups_least_amounts_and_currencies(book: Book, do: Do, bill: Bill) -> None:
    do(
        "customer.create",
        code="A",
        name="A",
        level="重要",
        categories=[{"dimension": "地区", "path": "华东/上海"}],
    )
    do("customer.create", code="B", name="B", tags=["slow"], currency="EUR")
    a, b = bill("A", "2026-01-10", "10"), bill("B", "2026-01-10", "20")
    for name, group in (
        ("region", {"category": {"dimension": "地区", "path": "华东"}}),
        ("tagged", {"tag": "slow"}),
        ("level", {"customer_level": "重要"}),
    ):
        do("reminder_rule.create", name=name, days=[1], **group)
        wanted = [("B", 1, "20.00", [b])] if name == "tagged" else [("A", 1, "10.00", [a])]
        assert due(book, "2026-02-01") == wanted, name
        do("reminder_rule.update", rule=name, active=False)
    do("reminder_rule.create", name="euro", days=[1], least="20.01", currency="EUR")
    assert due(book, "2026-02-01") == []
    do("reminder_rule.update", rule="euro", least="20.00")
    assert due(book, "2026-02-01") == [("B", 1, "20.00", [b])]
    do("reminder.record", customer="B", rule="euro", date="2026-02-01")
    with pytest.raises(CrmdeskError) as caught:
        do("reminder_rule.delete", rule="euro")
    assert caught.value.code == "in_use"
    do("reminder_rule.delete", rule="tagged")


def listed(book: Book, kind: str, **query: str) -> list[dict[str, Any]]:
    return lists.as_json(book, kind, **query)["rows"]


def test_lists_show_the_same_as_the_reading(book: Book, rules: Do, bill: Bill) -> None:
    one = bill("A", "2026-06-20", "1000")
    two = bill("A", "2026-06-21", "7")
    rules("dunning.hold", customer="A", invoice=two, until="2026-07-15", reason="disputed")
    rules(
        "promise.record", customer="A", amount="7", promised_on="2026-06-25", date="2026-06-22", invoice=two
    )
    answer = lists.as_json(book, "reminders-due")
    (row,) = answer["rows"]
    assert (row["customer"], row["level"], row["total"], row["items"]) == ("A", 1, "1000.00", one)
    assert answer["sums"] == {"CNY": {"total": "1000.00"}}
    assert listed(book, "reminders-due", filter="level >= 2 or total < 1000") == []
    assert len(listed(book, "reminders-due", search="鼎晟", sort="-oldest_days")) == 1
    (row,) = listed(book, "reminders-held")
    assert (row["kind"], row["until"], row["reason"], row["total"]) == (
        "hold",
        "2026-07-15",
        "disputed",
        "7.00",
    )
    assert [row["state"] for row in listed(book, "promises", filter="state = broken")] == ["broken"]
    assert listed(book, "dunning-holds", filter="in_force")[0]["invoice"] == two
    rules("reminder.record", customer="A", rule="first", note="by post")
    (row,) = listed(book, "reminders")
    assert (row["rule"], row["count"], row["total"], row["date"]) == ("first", 1, "1000.00", "2026-06-30")
    assert listed(book, "reminders-due") == []
    assert next((row["name"], row["days"]) for row in listed(book, "reminder-rules")) == ("soon", "-3")


REFUSED = [
    ("reminder_rule.create", {"name": "first", "days": [1]}, "duplicate", "name"),
    ("reminder_rule.create", {"name": "x", "days": []}, "required", "days"),
    ("reminder_rule.create", {"name": "x", "days": ["1.5"]}, "invalid_type", "days"),
    ("reminder_rule.create", {"name": "x", "days": [1], "level": 4}, "out_of_range", "level"),
    ("reminder_rule.create", {"name": "x", "days": [1], "least": "5"}, "required", "currency"),
    ("reminder_rule.create", {"name": "x", "days": [1], "tag": "t"}, "not_found", "tag"),
    ("reminder_rule.create", {"name": "x", "days": [1], "text_en": "{sum}"}, "placeholder_unknown", "text_en"),
    ("reminder_rule.update", {"rule": "first", "tag": "a", "customer_level": "b"}, "invalid_choice", "customer_level"),
    ("dunning.set_text", {"level": 1, "language": "en", "body": "Pay {amount}"}, "placeholder_unknown", "body"),
    ("dunning.set_text", {"level": 4, "language": "en", "body": "Pay"}, "out_of_range", "level"),
    ("dunning.hold", {"customer": "A", "reason": "x", "until": "2026-01-01"}, "date_order", "until"),
    ("dunning.hold", {"customer": "A", "reason": "x", "invoice": "INV-2026-0002"}, "other_customer", "invoice"),
    ("dunning.unhold", {"customer": "A"}, "not_found", "customer"),
    ("promise.record", {"customer": "A", "amount": "1", "promised_on": "2026-01-01"}, "date_order", "promised_on"),
    ("promise.record", {"customer": "A", "amount": "1", "promised_on": "2026-07-01", "invoice": "INV-2026-0003"},
     "nothing_open", "invoice"),
    ("promise.withdraw", {"promise": 999}, "not_found", "promise"),
    ("reminder.record", {"customer": "A"}, "required", "rule"),
    ("reminder.record", {"customer": "A", "rule": "second"}, "nothing_open", "rule"),
    ("reminder.record", {"customer": "A", "level": 1, "items": ["INV-2026-0001"]}, "reminder_level", "level"),
    ("reminder.record", {"customer": "A", "rule": "second", "items": ["INV-2026-0001"]}, "duplicate", "items[0]"),
    ("reminder.record", {"customer": "A", "level": 3, "items": ["INV-2026-0003"]}, "nothing_open", "items[0]"),
    ("reminder.record", {"customer": "B", "level": 3, "items": ["INV-2026-0002"]}, "on_hold", "customer"),
    ("reminder.withdraw", {"reminder": 1}, "not_found", "reminder"),
]  # fmt: skip


def test_what_is_refused_leaves_nothing(book: Book, rules: Do, bill: Bill) -> None:
    rules("customer.create", code="B", name="B")
    bill("A", "2026-01-10", "1000")
    bill("B", "2026-01-10", "1000")
    bill("A", "2026-01-10", "1")
    rules("payment.record", customer="A", amount="1", allocate=[{"invoice": "INV-2026-0003", "amount": "1"}])
    rules("dunning.hold", customer="B", reason="court")
    rules("reminder.record", customer="A", rule="first", date="2026-03-01")
    rules("reminder.record", customer="A", rule="second", date="2026-03-20")
    before = rows(book.path)
    for use_case, arguments, code, field in REFUSED:
        with pytest.raises(CrmdeskError) as caught:
            rules(use_case, **arguments)
        assert (caught.value.code, caught.value.field) == (code, field), (use_case, arguments)
    assert rows(book.path) == before


@given(st.data())
def test_never_twice_never_down_never_held_and_the_sums_agree(shared_book: Book, data: st.DataObject) -> None:
    """Any rules, any days: each reminder is new, levels rise, what is held stays, each item stands in one row."""
    taken: set[tuple[int, int, int]] = set()
    levels: dict[int, int] = {}
    with shared_book.write("test") as unit:  # never finished: nothing of an example is kept
        _do(unit, "customer.create", code="A", name="A")
        _do(unit, "customer.create", code="B", name="B", tags=["t"])
        amounts: dict[str, int] = {}
        for who, day, amount in data.draw(
            st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 40), st.integers(1, 500)), max_size=6)
        ):
            on = date(2026, 1, 1) + timedelta(days=day)
            line = {"description": "x", "quantity": "1", "unit_price": str(amount), "tax_rate": "0"}
            name = _do(unit, "invoice.issue", customer=who, date=on.isoformat(), lines=[line])["number"]
            amounts[name] = amount * 100
        for number, (days, level, least, is_tagged) in enumerate(
            data.draw(
                st.lists(
                    st.tuples(
                        st.lists(st.integers(-5, 30), min_size=1, max_size=3),
                        st.integers(1, 3),
                        st.sampled_from(["0", "200"]),
                        st.booleans(),
                    ),
                    min_size=1,
                    max_size=4,
                )
            )
        ):
            more: dict[str, Any] = {"tag": "t"} if is_tagged else {}
            _do(unit, "reminder_rule.create", name=f"R{number}", days=days, level=level, least=least,
                currency="CNY", **more)  # fmt: skip
        held_numbers = data.draw(st.sets(st.sampled_from(sorted(amounts)), max_size=2)) if amounts else set()
        for name in held_numbers:
            _do(
                unit,
                "dunning.hold",
                customer=_owner(unit, name),
                invoice=name,
                reason="held",
                date="2026-01-01",
            )
        on = date(2026, 1, 1)
        for step in data.draw(st.lists(st.integers(0, 9), max_size=8)):
            on += timedelta(days=step)
            unit.flush_all()
            found = reminders_due.load(unit.connection, on)
            seen = [item.number for one in found.due for item in one.items]
            assert len(seen) == len(set(seen)), "an item stands in one row only"
            assert not set(seen) & held_numbers
            for one in found.due:
                assert one.total_minor == sum(amounts[item.number] for item in one.items)
                for item in one.items:
                    key = (one.rule.id, item.document_id, item.threshold)
                    assert key not in taken, "reminded twice"
                    assert one.level >= levels.get(item.document_id, 0), "a level went down"
            for one in found.due:
                if data.draw(st.booleans()):
                    _do(
                        unit,
                        "reminder.record",
                        customer=one.customer,
                        rule=one.rule.name,
                        date=on.isoformat(),
                    )
                    for item in one.items:
                        taken.add((one.rule.id, item.document_id, item.threshold))
                        levels[item.document_id] = one.level


def _owner(unit: Unit, number: str) -> str:
    from sqlalchemy import select

    from crmdesk.models.tables.customers import customer
    from crmdesk.models.tables.documents import document

    query = select(customer.c.code).join_from(document, customer).where(document.c.number == number)
    return str(unit.execute(query).scalar_one())


def _do(unit: Unit, name: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.perform(unit, name, arguments)
