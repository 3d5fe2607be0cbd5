"""Contacts, addresses and billing profiles: one of each kind is the primary one, whatever happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.customers import PARTS
from crmdesk.services import lists, use_cases
from crmdesk.services.book import Book

SAMPLES: dict[str, dict[str, Any]] = {
    "contact": {"name": "李娜"},
    "address": {"street": "南京路 1 号"},
    "billing_profile": {"title": "鼎晟", "bank_account": "0012"},
}


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def rows(book: Book, kind: str) -> list[Any]:
    with book.read() as connection:
        return list(connection.execute(select(PARTS[kind]).order_by(PARTS[kind].c.id)))


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_first_is_primary_and_another_takes_its_place(book: Book, kind: str) -> None:
    do(book, "customer.create", code="A", name="A")
    sample = SAMPLES[kind]
    first = do(book, f"{kind}.add", customer="A", **sample)[kind]
    second = do(book, f"{kind}.add", customer="A", **sample)[kind]
    assert [row.is_primary for row in rows(book, kind)] == [True, False]
    third = do(book, f"{kind}.add", customer="A", primary=True, **sample)[kind]
    assert [row.id for row in rows(book, kind) if row.is_primary] == [third]
    do(book, f"{kind}.update", **{kind: second}, primary=True)
    assert [row.id for row in rows(book, kind) if row.is_primary] == [second]
    with pytest.raises(CrmdeskError) as caught:
        do(book, f"{kind}.update", **{kind: second}, primary=False)
    assert caught.value.field == "primary"
    do(book, f"{kind}.remove", **{kind: second})
    assert [row.id for row in rows(book, kind) if row.is_primary] == [first]
    with pytest.raises(CrmdeskError) as caught:
        do(book, f"{kind}.update", **{kind: second}, primary=True)
    assert caught.value.code is Code.NOT_FOUND


def test_values_are_changed_and_emptied(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    one = do(book, "contact.add", customer="A", name="李娜", born_on="1990-08-01", wechat="ln")["contact"]
    do(book, "contact.update", contact=one, role="经理", clear=["born_on", "wechat"])
    row = rows(book, "contact")[0]
    assert (row.name, row.role, row.born_on, row.wechat) == ("李娜", "经理", None, "")
    for refused in ({"clear": ["name"]}, {"name": ""}, {"clear": ["x"]}):
        with pytest.raises(CrmdeskError):
            do(book, "contact.update", contact=one, **refused)


def test_changes_are_noted_with_the_customer(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    one = do(book, "contact.add", customer="A", name="李娜")["contact"]
    do(book, "contact.update", contact=one, name="王五")
    entry = json.loads(lists.as_json(book, "audit", limit=1)["rows"][0]["detail"])["changes"][0]
    assert entry["kind"] == "customer"
    assert entry["before"]["contact"] == {"id": one, "name": "李娜"}
    assert entry["after"]["contact"] == {"id": one, "name": "王五"}


_STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "add primary", "make primary", "remove"]), st.integers(0, 9)),
    max_size=20,
)


@given(steps=_STEPS)
def test_there_is_always_exactly_one_primary(shared_book: Book, steps: list[tuple[str, int]]) -> None:
    with shared_book.write() as unit:
        use_cases.perform(unit, "customer.create", {"code": "A", "name": "A"})
        table = PARTS["contact"]
        for step, pick in steps:
            ids = list(unit.execute(select(table.c.id).order_by(table.c.id)).scalars())
            if step.startswith("add"):
                values = {"customer": "A", "name": "x"} | ({"primary": True} if "primary" in step else {})
                use_cases.perform(unit, "contact.add", values)
            elif ids and step == "remove":
                use_cases.perform(unit, "contact.remove", {"contact": ids[pick % len(ids)]})
            elif ids:
                use_cases.perform(unit, "contact.update", {"contact": ids[pick % len(ids)], "primary": True})
            found = unit.execute(select(table.c.is_primary)).scalars().all()
            assert sum(found) == (1 if found else 0)


def test_what_a_list_shows_can_be_changed_by_its_number(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", contacts=[{"name": "李娜"}])
    do(book, "activity.log", customer="A", kind="call", text="hello")
    contact = lists.as_json(book, "contacts")["rows"][0]["contact"]
    activity = lists.as_json(book, "activities")["rows"][0]["activity"]
    do(book, "contact.update", contact=contact, role="经理")
    do(book, "activity.update", activity=activity, text="bye")
    assert lists.as_json(book, "contacts", filter=f"contact = {contact}")["rows"][0]["role"] == "经理"
    assert lists.as_json(book, "activities")["rows"][0]["text"] == "bye"
