"""What the page of trees and tags reads: trees, cards with their history, what a merge would touch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crmdesk.models.errors import CrmdeskError, NotFound
from crmdesk.services import category_desk, merge_reach, use_cases
from crmdesk.services.book import Book

TREE = "地区"


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments, actor="林悦")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    made = Book.create(tmp_path / "b.db", name="x", country="CN", currency="CNY", language="zh_CN")
    for code in "ABCDE":
        do(made, "customer.create", code=code, name=f"客户{code}")
    do(made, "category.create", dimension=TREE, path="华东/上海/浦东")
    do(made, "category.create", dimension=TREE, path="华北/上海")
    for path, codes in (("华东", "A"), ("华东/上海", "BC"), ("华东/上海/浦东", "D"), ("华北/上海", "CE")):
        do(made, "category.assign", dimension=TREE, path=path, customers=list(codes))
    return made


def desk(book: Book, wanted: int | None = None) -> category_desk.Desk:
    with book.read() as connection:
        return category_desk.load(connection, wanted)


def ids(book: Book) -> dict[str, int]:
    known = {one.name: one.id for one in desk(book).trees}
    return {node.path: node.id for node in desk(book, known[TREE]).nodes}


def card(book: Book, path: str) -> category_desk.NodeCard:
    with book.read() as connection:
        return category_desk.node_card(connection, ids(book)[path])


def test_the_desk_has_the_trees_and_the_usual_ones_that_are_missing(book: Book) -> None:
    found = desk(book)
    assert TREE in [one.name for one in found.trees]
    keys = [key for key, _name in found.missing]
    assert "industry" in keys
    assert "region" not in keys
    do(book, "dimension.starters", dimensions=["industry", "life_cycle"])
    assert "industry" not in [key for key, _name in desk(book).missing]
    regions = {one.name: one.id for one in found.trees}[TREE]
    shown = desk(book, regions)
    assert shown.current is not None
    assert (shown.current.name, shown.current.count, shown.total, shown.uncategorised) == (TREE, 5, 5, 0)


def test_the_card_of_a_category_tells_who_is_in_it_and_what_happened(book: Book) -> None:
    do(book, "category.rename", dimension=TREE, path="华北", name="北方")
    do(book, "category.note", dimension=TREE, path="北方/上海", note="分公司")
    found = card(book, "北方/上海")
    assert (found.path, found.note) == ("北方/上海", "分公司")
    assert [one.name for one in found.people] == ["客户C", "客户E"]
    (line,) = found.history
    assert (line.action, line.is_in, line.count, line.actor) == (category_desk.MEMBERS, True, 2, "林悦")
    assert line.names == ("客户C", "客户E")
    (renamed,) = card(book, "北方").history
    assert (renamed.action, renamed.before, renamed.after) == ("renamed", "华北", "北方")
    assert [one.path for one in card(book, "华东").people] == ["", "上海", "上海", "上海/浦东"]
    do(book, "category.note", dimension=TREE, path="北方/上海")
    assert card(book, "北方/上海").note == ""


def test_what_was_merged_stands_in_the_history_of_where_it_went(book: Book) -> None:
    do(book, "category.rename", dimension=TREE, path="华东", name="东部")
    do(book, "category.merge", dimension=TREE, path="华北", into="东部")
    merged = next(one for one in card(book, "东部").history if one.action == "merged")
    assert (merged.before, merged.after, merged.is_undone) == ("华北", "东部", False)
    found = desk(book, {one.name: one.id for one in desk(book).trees}[TREE])
    assert found.undoable_id == merged.id
    do(book, "category.undo_merge", dimension=TREE)
    assert [one.action for one in card(book, "华北").history] == ["undone", "merged"]
    tree_id = {one.name: one.id for one in desk(book).trees}[TREE]
    assert desk(book, tree_id).undoable_id is None
    with book.read() as connection:
        whole = category_desk.tree_card(connection, tree_id)
    assert [one.action for one in whole.history] == ["undone", "merged", "renamed"]


def test_the_reach_of_a_merge_is_what_the_merge_does(book: Book) -> None:
    do(book, "segment.create", name="浦东客户", rule=f"category = {TREE}/华北")
    known = ids(book)
    with book.read() as connection:
        found = merge_reach.of_categories(connection, known["华北"], known["华东"])
    assert (found.joined, found.already, found.merged, found.moved) == (1, 1, ["上海"], [])
    assert found.rules == ["浦东客户"]
    assert [(one.name, is_new) for one, is_new in found.people] == [("客户C", False), ("客户E", True)]
    assert do(book, "category.merge", dimension=TREE, path="华北", into="华东")["joined"] == found.joined


def test_a_tag_and_the_reach_of_its_merge(book: Book) -> None:
    do(book, "tag.add", tag="VIP", customers=["A", "B"])
    do(book, "tag.add", tag="大客户", customers=["B"])
    do(book, "tag.recolour", tag="VIP", colour="warn")
    do(book, "segment.create", name="重点", rule='code = "C"', tag="VIP")
    with book.read() as connection:
        by_name = {row.name: row.id for row in connection.exec_driver_sql("SELECT id, name FROM tag")}
        found = category_desk.tag_card(connection, by_name["VIP"])
        reach = merge_reach.of_tags(connection, by_name["VIP"], by_name["大客户"])
    assert (found.name, found.colour, found.count, found.by_rule, found.givers) == (
        "VIP",
        "warn",
        3,
        1,
        ["重点"],
    )
    assert [one.is_by_rule for one in found.people] == [False, False, True]
    assert (reach.joined, reach.already, reach.rules) == (2, 1, ["重点"])
    assert do(book, "tag.merge", tag="VIP", into="大客户")["tagged"] == reach.joined


def test_what_is_gone_is_refused(book: Book) -> None:
    with book.read() as connection:
        for read in (category_desk.node_card, category_desk.tag_card, category_desk.tree_card):
            with pytest.raises(NotFound):
                read(connection, 999_999)
    with pytest.raises(CrmdeskError):
        do(book, "category.note", dimension=TREE, path="nowhere", note="x")
