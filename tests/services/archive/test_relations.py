"""Relations between customers: groups are trees, whatever is tried (A9)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import check, customer_card, lists, relations, use_cases
from crmdesk.services.book import Book
from tests.services.small_book import do, invoice, rows


def make(book: Book, codes: str) -> None:
    for code in codes:
        do(book, "customer.create", code=code, name=f"公司{code}")


def group(book: Book, code: str) -> list[tuple[str, int]]:
    with book.read() as connection:
        found = relations.group_of(connection, customer_card.id_of(connection, code) or 0)
        return [(member.code, member.depth) for member in found]


def test_a_group_is_one_tree_from_wherever_one_looks(book: Book) -> None:
    make(book, "ABCDE")
    links = {
        child: do(book, "relation.add", customer=child, kind="parent", other=parent)["relation"]
        for child, parent in (("B", "A"), ("C", "B"), ("D", "A"))
    }
    expected = [("A", 0), ("B", 1), ("C", 2), ("D", 1)]
    assert all(group(book, code) == expected for code in "ABCD")
    assert group(book, "E") == [("E", 0)]
    invoice(book, "C", price="70")
    with book.read() as connection:
        members = relations.below(connection, customer_card.id_of(connection, "B") or 0)
    assert [(one.code, dict(one.balances)) for one in members] == [("B", {}), ("C", {"CNY": 7000})]
    before = rows(book.path)
    for child, parent, code in (
        ("A", "C", Code.TREE_CYCLE), ("C", "D", Code.DUPLICATE), ("A", "A", Code.INVALID_CHOICE),
        ("B", "A", Code.DUPLICATE),
    ):  # fmt: skip
        with pytest.raises(CrmdeskError) as caught:
            do(book, "relation.add", customer=child, kind="parent", other=parent)
        assert caught.value.code is code
    with pytest.raises(CrmdeskError) as caught:
        do(book, "customer.delete", customer="D")
    assert caught.value.code is Code.IN_USE
    assert rows(book.path) == before
    found = lists.as_json(book, "customers", filter="parent = A", sort="code")["rows"]
    assert [row["code"] for row in found] == ["B", "D"]
    do(book, "relation.remove", relation=links["B"])
    assert group(book, "C") == [("B", 0), ("C", 1)]
    assert check.run(book)["clean"]


def test_both_sides_read_the_relation(book: Book) -> None:
    make(book, "AB")
    one = do(book, "relation.add", customer="A", kind="referrer", other="B", since="2026-01-05")["relation"]
    do(book, "relation.update", relation=one, note="展会认识")
    do(book, "relation.add", customer="A", kind="partner", other="B")
    with pytest.raises(CrmdeskError) as caught:
        do(book, "relation.add", customer="B", kind="partner", other="A")
    assert caught.value.code is Code.DUPLICATE, "partners are partners from both sides"
    with book.read() as connection:
        sides = {
            code: [
                (found.kind, found.is_inverse, found.code, found.note)
                for found in relations.of_customer(connection, customer_card.id_of(connection, code) or 0)
            ]
            for code in "AB"
        }
    assert sides == {
        "A": [("partner", False, "B", ""), ("referrer", False, "B", "展会认识")],
        "B": [("partner", True, "A", ""), ("referrer", True, "A", "展会认识")],
    }
    assert [row["kind"] for row in lists.as_json(book, "relations", sort="kind")["rows"]] == [
        "partner",
        "referrer",
    ]
    assert check.run(book)["clean"]


_PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=25)


@given(pairs=_PAIRS)
def test_no_circle_ever(shared_book: Book, pairs: list[Any]) -> None:
    with shared_book.write() as unit:
        for number in range(6):
            use_cases.perform(unit, "customer.create", {"code": f"K{number}", "name": f"K{number}"})
        parents: dict[int, int] = {}

        def above(member: int) -> set[int]:
            found = {member}
            while member in parents:
                member = parents[member]
                found.add(member)
            return found

        for child, parent in pairs:
            is_good = child not in parents and child not in above(parent)
            arguments = {"customer": f"K{child}", "kind": "parent", "other": f"K{parent}"}
            if is_good:
                use_cases.perform(unit, "relation.add", arguments)
                parents[child] = parent
            else:
                with pytest.raises(CrmdeskError):
                    use_cases.perform(unit, "relation.add", arguments)
        unit.flush()
        top = [number for number in range(6) if number not in parents]
        ids = {f"K{number}": unit.cache[key].id for key in unit.cache if isinstance(key, tuple)
               for number in range(6) if key[1] == f"K{number}"}  # fmt: skip
        seen = [one.code for number in top for one in relations.below(unit.connection, ids[f"K{number}"])]
        assert sorted(seen) == [f"K{number}" for number in range(6)]
