"""Tags: made when first used, renamed, coloured, taken away."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.categories import tag as tag_table
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
    do(book, "tag.rename", tag="VIP", name="贵宾")
    do(book, "tag.recolour", tag="贵宾", colour="warn")
    assert tagged(book)["A"] == "老; 贵宾"
    assert refused(book, "tag.rename", tag="贵宾", name="老") is Code.DUPLICATE
    assert refused(book, "tag.create", tag="老") is Code.DUPLICATE
    assert refused(book, "tag.remove", tag="VIP", customer="A") is Code.NOT_FOUND
    assert refused(book, "tag.add", tag="x" * 41, customer="A") is Code.TEXT_TOO_LONG
    assert refused(book, "tag.delete", tag="老") is Code.IN_USE
    do(book, "tag.remove", tag="老", customers=["A", "B"])
    do(book, "tag.delete", tag="老")
    assert tagged(book) == {"A": "贵宾", "B": ""}
    assert [
        (row["name"], row["colour"], row["customers"]) for row in lists.as_json(book, "tags")["rows"]
    ] == [("贵宾", "warn", 1)]


def test_case_width_and_blanks_make_no_second_tag(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", tags=["VIP", "vip", "ＶＩＰ "])
    do(book, "customer.create", code="B", name="B", tags=["Vip"])
    assert do(book, "tag.add", tag="ｖｉｐ", customers=["A", "B"]) == {"tagged": 0}
    assert tagged(book) == {"A": "VIP", "B": "VIP"}
    with pytest.raises(CrmdeskError, match="VIP") as caught:
        do(book, "tag.create", tag="ｖip")
    assert caught.value.code is Code.DUPLICATE
    do(book, "tag.create", tag="老")
    with pytest.raises(CrmdeskError, match="VIP") as caught:
        do(book, "tag.rename", tag="老", name="vip")
    assert caught.value.code is Code.DUPLICATE
    assert do(book, "tag.rename", tag="VIP", name="vip") == {"tag": "vip"}, "its own spelling may change"
    assert do(book, "tag.remove", tag="VIP", customer="B") == {"untagged": 1}
    assert tagged(book) == {"A": "vip", "B": ""}


def test_filters_and_rules_mean_the_same_tag(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", tags=["VIP"])
    do(book, "customer.create", code="B", name="B")
    for words in ("tag = vip", "tags has ＶＩＰ", "tag in ('Vip', 'vip')", "not tag != vip"):
        assert [row["code"] for row in lists.as_json(book, "customers", filter=words)["rows"]] == ["A"], words
    do(book, "segment.create", name="s", rule="tag = vip")
    do(book, "tag.rename", tag="vip", name="贵宾")
    do(book, "tag.add", tag="贵宾", customer="B")
    rows = lists.as_json(book, "customers", filter="segment = s")["rows"]
    assert [row["code"] for row in rows] == ["A", "B"], "a rule survives the rename of its tag"
    with pytest.raises(CrmdeskError, match="“vip”"):
        lists.as_json(book, "customers", filter="tag in (vip)")


def test_a_known_tag_hides_no_new_one(book: Book) -> None:
    do(book, "tag.create", tag="vip")
    do(book, "customer.create", code="A", name="A", tags=["vip", "=VIP"])
    assert tagged(book) == {"A": "=VIP; vip"}


def test_a_book_that_has_both_keeps_both(book: Book) -> None:
    """From before they were one: the exact spelling comes first, and a merge of the two can be undone."""
    do(book, "tag.create", tag="VIP")
    do(book, "tag.create", tag="x")
    with book.write("test") as unit:
        unit.execute(tag_table.update().where(tag_table.c.name == "x").values(name="vip"))
        unit.finish("test", {})
    do(book, "customer.create", code="A", name="A", tags=["vip", "VIP"])
    do(book, "customer.create", code="B", name="B", tags=["vip", "ＶＩＰ"])
    assert tagged(book) == {"A": "VIP; vip", "B": "VIP; vip"}
    do(book, "tag.merge", tag="vip", into="VIP")
    assert tagged(book) == {"A": "VIP", "B": "VIP"}
    do(book, "tag.undo_merge", tag="VIP")
    assert tagged(book) == {"A": "VIP; vip", "B": "VIP; vip"}


def test_no_tag_in_use_is_merged_into_a_retired_one(book: Book) -> None:
    for name in ("老", "旧", "新"):
        do(book, "tag.create", tag=name)
    do(book, "tag.retire", tag="旧")
    assert refused(book, "tag.merge", tag="新", into="旧") is Code.INACTIVE
    do(book, "tag.retire", tag="老")
    assert do(book, "tag.merge", tag="老", into="旧")["tag"] == "旧", "a retired one may"
