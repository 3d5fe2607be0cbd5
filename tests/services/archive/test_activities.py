"""Activities, and the next contact that they plan (A5)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.customers import customer
from crmdesk.services import check, lists, use_cases
from crmdesk.services.book import Book
from tests.services.small_book import do, rows


def listed(book: Book, kind: str, **more: Any) -> list[dict[str, Any]]:
    return lists.as_json(book, kind, **more)["rows"]


def planned(book: Book, code: str) -> Any:
    with book.read() as connection:
        return connection.execute(select(customer.c.next_contact).where(customer.c.code == code)).scalar_one()


def test_the_story_of_an_enquiry(book: Book) -> None:
    do(
        book,
        "customer.create",
        code="A",
        name="鼎晟",
        contacts=[{"name": "李娜"}, {"name": "王五"}, {"name": "王五"}],
    )
    do(book, "product.create", code="P1", name="外墙漆", price="10", tax_rate="0.13")
    done = do(
        book, "activity.log", customer="A", kind="enquiry", date="2026-06-01", time="9:05", direction="in",
        person="李娜", text="二期工程要外墙漆", products=["P1", "P1"], next_on="2026-06-10", duration=12,
    )  # fmt: skip
    assert (done["next_contact"], planned(book, "A")) == ("2026-06-10", date(2026, 6, 10))
    do(book, "activity.log", customer="A", kind="call", date="2026-06-05", text="提前联系")
    assert planned(book, "A") == date(2026, 6, 10), "before the planned day: the plan stays"
    do(book, "activity.log", customer="A", kind="note", date="2026-06-11", text="内部记录")
    assert planned(book, "A") == date(2026, 6, 10), "a note is no contact"
    do(book, "activity.log", customer="A", kind="visit", date="2026-06-12", person="王五")
    assert planned(book, "A") is None, "he was visited"
    do(
        book,
        "activity.log",
        customer="A",
        kind="call",
        date="2026-03-01",
        next_on="2026-03-05",
        text="旧记录",
    )
    assert planned(book, "A") is None, "history that comes late plans nothing"
    found = listed(book, "activities", sort="date")
    assert [(row["kind"], row["person"], row["products"]) for row in found] == [
        ("call", "", ""), ("enquiry", "李娜", "P1"), ("call", "", ""), ("note", "", ""), ("visit", "王五", ""),
    ]  # fmt: skip
    assert found[1]["time"] == "09:05"
    assert listed(book, "customers", filter="last_contact = 2026-06-12")[0]["code"] == "A"
    assert listed(book, "activities", filter="kind = enquiry and text ~ 外墙")[0]["actor"] == "teller"
    assert check.run(book)["clean"]


def test_a_correction_moves_its_own_plan_only(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    one = do(book, "activity.log", customer="A", kind="call", date="2026-06-01", next_on="2026-06-10")[
        "activity"
    ]
    do(book, "activity.update", activity=one, next_on="2026-06-20", text="他出差")
    assert planned(book, "A") == date(2026, 6, 20)
    do(book, "customer.update", customer="A", next_contact="2026-07-01")
    do(book, "activity.update", activity=one, next_on="2026-06-25")
    assert planned(book, "A") == date(2026, 7, 1), "somebody planned otherwise since"
    do(book, "activity.update", activity=one, clear=["text", "next_on"])
    assert listed(book, "activities")[0]["text"] == ""
    do(book, "customer.update", customer="A", clear=["next_contact"])
    other = do(book, "activity.log", customer="A", kind="call", date="2026-06-02", next_on="2026-06-09")[
        "activity"
    ]
    do(book, "activity.remove", activity=other)
    assert planned(book, "A") is None
    entries = [json.loads(row["detail"])["changes"] for row in listed(book, "audit", limit=1)]
    assert entries[0][0]["before"]["next_on"] == "2026-06-09", "the history keeps what was removed"
    assert check.run(book)["clean"]


def test_a_removed_contact_leaves_its_name(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    contact = do(book, "contact.add", customer="A", name="李娜")["contact"]
    do(book, "activity.log", customer="A", kind="call", contact=contact)
    do(book, "contact.remove", contact=contact)
    assert listed(book, "activities")[0]["person"] == "李娜"
    assert check.run(book)["clean"]


REFUSED: list[tuple[dict[str, Any], Code, str]] = [
    ({"customer": "X"}, Code.CUSTOMER_MISSING, "customer"),
    ({"kind": "telepathy"}, Code.INVALID_CHOICE, "kind"),
    ({"next_on": "2026-05-01", "date": "2026-06-01"}, Code.DATE_ORDER, "next_on"),
    ({"time": "25:00"}, Code.INVALID_TYPE, "time"),
    ({"products": ["NO"]}, Code.NOT_FOUND, "products"),
    ({"contact": 1}, Code.NOT_FOUND, "contact"),
    ({"duration": 9999}, Code.OUT_OF_RANGE, "duration"),
]


@pytest.mark.parametrize(("arguments", "code", "field"), REFUSED)
def test_a_refusal_leaves_nothing(book: Book, arguments: dict[str, Any], code: Code, field: str) -> None:
    do(book, "customer.create", code="A", name="A")
    before = rows(book.path)
    with pytest.raises(CrmdeskError) as caught:
        do(book, "activity.log", **{"customer": "A", "kind": "call", **arguments})
    assert (caught.value.code, caught.value.field) == (code, field)
    assert rows(book.path) == before


_KINDS = st.sampled_from(["call", "note", "visit", "browsing"])
_LOGGED = st.lists(st.tuples(_KINDS, st.integers(1, 28), st.none() | st.integers(0, 30)), max_size=12)


@given(logged=_LOGGED)
def test_the_plan_follows_the_newest_words(shared_book: Book, logged: list[Any]) -> None:
    with shared_book.write() as unit:
        use_cases.perform(unit, "customer.create", {"code": "A", "name": "A"})
        plan, newest = None, date.min
        for kind, day, ahead in logged:
            on = date(2026, 5, day)
            wanted = None if ahead is None else date.fromordinal(on.toordinal() + ahead)
            given_date = {} if wanted is None else {"next_on": wanted.isoformat()}
            use_cases.perform(
                unit, "activity.log", {"customer": "A", "kind": kind, "date": on.isoformat(), **given_date}
            )
            if on >= newest:
                newest = on
                is_met = kind in ("call", "visit") and plan is not None and on >= plan
                plan = wanted if wanted is not None else None if is_met else plan
            stored = unit.execute(select(customer.c.next_contact).where(customer.c.code == "A")).scalar_one()
            assert stored == plan
