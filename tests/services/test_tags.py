"""Tags: made when first used, renamed, coloured, taken away."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import lists, use_cases
from crmdesk.services.book import Book


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def refused(book: Book, use_case: str, /, **arguments: Any) -> Code:
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    return caught.value.code


def tagged(book: Book) -> dict[str, str]:
    return {row["code"]: row["tags"] for row in lists.as_json(book, "customers")["rows"]}


def test_the_life_of_a_tag(book: Book) -> None:
    for code in "AB":
        do(book, "customer.create", code=code, name=code, tags=["老", " 老 "])
    assert tagged(book) == {"A": "老", "B": "老"}
    assert do(book, "tag.add", tag="VIP", customers=["A", "B"]) == {"tagged": 2}
    assert do(book, "tag.add", tag="VIP", customer="A") == {"tagged": 0}
    assert do(book, "tag.remove", tag="VIP", customers=["B"]) == {"untagged": 1}
    assert tagged(book) == {"A": "VIP; 老", "B": "老"}
    do(book, "tag.update", tag="VIP", name="贵宾", colour="warn")
    assert tagged(book)["A"] == "老; 贵宾"
    assert refused(book, "tag.update", tag="贵宾", name="老") is Code.DUPLICATE
    assert refused(book, "tag.create", tag="老") is Code.DUPLICATE
    assert refused(book, "tag.remove", tag="VIP", customer="A") is Code.NOT_FOUND
    assert refused(book, "tag.add", tag="x" * 41, customer="A") is Code.TEXT_TOO_LONG
    assert refused(book, "tag.delete", tag="老") is Code.IN_USE
    do(book, "tag.delete", tag="老", force=True)
    assert tagged(book) == {"A": "贵宾", "B": ""}
    assert [
        (row["name"], row["colour"], row["customers"]) for row in lists.as_json(book, "tags")["rows"]
    ] == [("贵宾", "warn", 1)]
