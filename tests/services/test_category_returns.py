"""Categories out of use and back: retired and restored, a deletion undone; nobody is put into a retired one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import category_desk, category_tree, check, lists
from crmdesk.services.book import Book
from crmdesk.services.category_tree import Node
from crmdesk.services.exports import archive
from crmdesk.services.imports import run as importing
from crmdesk.services.imports.results import ImportOptions
from tests.services.test_category_merging import do, dump, history, is_clean, refused

TREE = "地区"


@pytest.fixture
def grown(book: Book) -> Book:
    for code, path in (("A", "华东/上海"), ("B", "华东"), ("C", "华北")):
        do(book, "customer.create", code=code, name=code, categories=[{"dimension": TREE, "path": path}])
    return book


def nodes(book: Book) -> dict[str, Node]:
    with book.read() as connection:
        known = {one.name: one.id for one in category_tree.dimensions(connection)}
        return {node.path: node for node in category_tree.tree(connection, known[TREE])}


def message(book: Book, use_case: str, /, **arguments: Any) -> str:
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    assert caught.value.code is Code.INACTIVE
    return caught.value.message


def test_a_retired_category_keeps_who_is_in_it_and_takes_nobody(grown: Book) -> None:
    at = {"dimension": TREE, "path": "华东"}
    do(grown, "segment.create", name="东部客户", rule=f"category = {TREE}/华东")
    assert do(grown, "category.retire", **at) == {**at, "retired": True}
    assert do(grown, "category.retire", **at) == {**at, "retired": True}
    found = nodes(grown)
    assert (found["华东"].count, found["华东"].is_retired, found["华东"].is_retired_itself) == (2, True, True)
    assert (found["华东/上海"].is_retired, found["华东/上海"].is_retired_itself) == (True, False)
    assert not found["华北"].is_retired
    for path in ("华东", "华东/上海"):
        said = message(grown, "category.assign", dimension=TREE, path=path, customer="C")
        assert "华东" in said
        assert "Bring it back" in said
    place = [{"dimension": TREE, "path": "华东/上海"}]
    assert refused(grown, "customer.create", code="D", name="D", categories=place) is Code.INACTIVE
    assert refused(grown, "category.create", dimension=TREE, path="华东/江苏") is Code.INACTIVE
    do(grown, "category.create", dimension=TREE, path="华东/上海")  # is there, and stays as it is
    assert refused(grown, "segment.create", name="x", rule="code = C", **at) is Code.INACTIVE
    assert lists.as_json(grown, "customers", filter=f'category = "{TREE}/华东"')["total"] == 2
    assert lists.as_json(grown, "customers", filter="segment = 东部客户")["total"] == 2
    shown = {row["path"]: row["retired"] for row in lists.as_json(grown, "categories")["rows"]}
    assert shown == {"华东": True, "华东/上海": False, "华北": False}
    do(grown, "category.unassign", **at, customer="B")
    assert is_clean(grown)
    do(grown, "category.restore", **at)
    do(grown, "category.assign", dimension=TREE, path="华东/上海", customer="C")
    assert history(grown) == [("retired", "华东", "华东", 0), ("restored", "华东", "华东", 0)]
    assert is_clean(grown)


def test_below_a_retired_one_nothing_comes_back_alone_and_what_is_moved_out_does(grown: Book) -> None:
    do(grown, "category.retire", dimension=TREE, path="华东/上海")
    do(grown, "category.retire", dimension=TREE, path="华东")
    assert f"“{TREE}/华东”" in message(grown, "category.restore", dimension=TREE, path="华东/上海")
    do(grown, "category.restore", dimension=TREE, path="华东")
    assert nodes(grown)["华东/上海"].is_retired  # it was retired on its own
    do(grown, "category.restore", dimension=TREE, path="华东/上海")
    do(grown, "category.retire", dimension=TREE, path="华东")
    do(grown, "category.move", dimension=TREE, path="华东/上海", parent="华北")
    do(grown, "category.assign", dimension=TREE, path="华北/上海", customer="B")
    assert is_clean(grown)


def test_a_rule_that_gave_it_goes_on_and_may_be_changed(grown: Book) -> None:
    at = {"dimension": TREE, "path": "华北"}
    do(grown, "segment.create", name="给", rule="code in (A, C)", **at)
    do(grown, "category.retire", **at)
    do(grown, "segment.update", segment="给", rule="code in (A, B)", **at)
    assert nodes(grown)["华北"].count == 3
    assert refused(grown, "category.pin", **at, customer="C", reason="x") is Code.INACTIVE
    do(grown, "category.pin", **at, customer="A", reason="x", **{"in": False})
    assert nodes(grown)["华北"].count == 2
    do(grown, "tag.create", tag="旧")
    do(grown, "tag.retire", tag="旧")
    assert refused(grown, "segment.create", name="y", rule="code = C", tag="旧") is Code.INACTIVE
    assert is_clean(grown)


def test_products_stay_in_a_retired_category_and_none_comes_in(book: Book) -> None:
    do(book, "product.create", code="P1", name="茶", price="1", category="饮料/茶")
    do(book, "product.create", code="P2", name="书", price="1")
    do(book, "category.retire", dimension="产品分类", path="饮料", applies_to="product")
    do(book, "product.update", product="P1", name="绿茶", category="饮料/茶")
    assert refused(book, "product.update", product="P2", category="饮料/茶") is Code.INACTIVE
    assert refused(book, "product.update", product="P2", category="饮料/新") is Code.INACTIVE
    assert (
        refused(book, "product.create", code="P3", name="x", price="1", category="饮料/新") is Code.INACTIVE
    )
    assert is_clean(book)


def test_a_merge_before_it_can_still_be_undone(grown: Book) -> None:
    do(grown, "category.retire", dimension=TREE, path="华东")
    before = dump(grown, "category", "customer_category")
    do(grown, "category.merge", dimension=TREE, path="华东", into="华北")
    do(grown, "category.retire", dimension=TREE, path="华北")
    do(grown, "category.restore", dimension=TREE, path="华北")
    with grown.read() as connection:
        tree_id = {one.name: one.id for one in category_tree.dimensions(connection)}[TREE]
        assert category_desk.undoable(connection, tree_id) is not None
    do(grown, "category.undo_merge", dimension=TREE)
    assert dump(grown, "category", "customer_category") == before
    assert is_clean(grown)


def test_a_deleted_category_comes_back_with_note_and_place(grown: Book) -> None:
    for path in ("南", "中", "西"):
        do(grown, "category.create", dimension=TREE, path=path)
    do(grown, "category.move", dimension=TREE, path="中", position=0)
    do(grown, "category.note", dimension=TREE, path="中", note="两湖")
    do(grown, "category.retire", dimension=TREE, path="中")
    do(grown, "segment.create", name="中部", rule=f"category = {TREE}/中")
    before = dump(grown, "category", "segment")
    at = {"dimension": TREE, "path": "中"}
    do(grown, "category.delete", **at)
    assert do(grown, "category.undo_delete", **at) == at
    assert dump(grown, "category", "segment") == before
    assert refused(grown, "category.undo_delete", **at) is Code.NOT_FOUND
    do(grown, "category.delete", **at)
    do(grown, "category.create", **at)
    assert refused(grown, "category.undo_delete", **at) is Code.DUPLICATE
    do(grown, "category.delete", **at)
    do(grown, "category.undo_delete", **at)  # the newer one, whose note was never written
    do(grown, "category.create", dimension=TREE, path="南/下")
    do(grown, "category.delete", dimension=TREE, path="南/下")
    do(grown, "category.delete", dimension=TREE, path="南")
    assert refused(grown, "category.undo_delete", dimension=TREE, path="南/下") is Code.NOT_FOUND
    do(grown, "category.undo_delete", dimension=TREE, path="南")
    do(grown, "category.undo_delete", dimension=TREE, path="南/下")
    assert [one[0] for one in history(grown)].count("recovered") == 4
    assert is_clean(grown)


def test_check_sees_a_flag_that_its_history_does_not_tell(grown: Book) -> None:
    do(grown, "category.retire", dimension=TREE, path="华东")
    do(grown, "tag.create", tag="旧")
    with grown.write() as unit:
        unit.execute(text("UPDATE category SET is_retired = 1 - is_retired"))
        unit.execute(text("UPDATE tag SET is_retired = 1"))
        unit.finish("test", {})
    found = [one for one in check.run(grown)["violations"] if one["code"] == "retired_history"]
    assert len(found) == 4


def test_the_archive_carries_what_is_retired(grown: Book, tmp_path: Path) -> None:
    do(grown, "tag.add", tag="旧", customer="A")
    do(grown, "tag.retire", tag="旧")
    do(grown, "category.retire", dimension=TREE, path="华东")
    path = tmp_path / "archive.xlsx"
    with grown.read() as connection:
        archive.write(connection, path)
    again = importing.run(grown, "archive", path, ImportOptions(mode="upsert"))
    assert (again.created_count, again.updated_count, again.failed_count) == (0, 0, 0)
    tables = ("category", "tag", "category_event", "tag_event", "customer_category")
    with Book.create(tmp_path / "n.crmdesk", name="X", country="CN", currency="CNY", language="zh_CN") as new:
        empty = dump(new, *tables)
        done = importing.run(new, "archive", path, ImportOptions(mode="upsert"))
        assert done.failed_count == 0
        assert {one: node.is_retired_itself for one, node in nodes(new).items()} == {
            "华东": True, "华东/上海": False, "华北": False,
        }  # fmt: skip
        assert lists.as_json(new, "tags")["rows"][0]["retired"]
        assert is_clean(new)
        do(new, "import.undo", batch=done.batch)
        assert dump(new, *tables) == empty
        assert is_clean(new)
    do(grown, "category.restore", dimension=TREE, path="华东")
    do(grown, "tag.restore", tag="旧")
    before = dump(grown, *tables)
    done = importing.run(grown, "archive", path, ImportOptions(mode="upsert"))
    assert (done.created_count, done.updated_count, done.failed_count) == (0, 2, 0)
    assert nodes(grown)["华东"].is_retired
    assert is_clean(grown)
    do(grown, "import.undo", batch=done.batch)
    assert dump(grown, *tables) == before


def test_an_archive_refuses_the_row_that_puts_somebody_in(grown: Book, tmp_path: Path) -> None:
    do(grown, "tag.create", tag="旧")
    path = tmp_path / "archive.xlsx"
    do(grown, "category.assign", dimension=TREE, path="华东", customer="C")
    do(grown, "tag.add", tag="旧", customer="C")
    with grown.read() as connection:
        archive.write(connection, path, [customer_id(grown, "C")])
    do(grown, "category.unassign", dimension=TREE, path="华东", customer="C")
    do(grown, "tag.remove", tag="旧", customer="C")
    do(grown, "category.retire", dimension=TREE, path="华东")
    do(grown, "tag.retire", tag="旧")
    do(grown, "customer.update", customer="C", phone="1")
    done = importing.run(grown, "archive", path, ImportOptions(mode="upsert"))
    refusals = [one.message for one in done.errors if one.code == Code.INACTIVE]
    assert len(refusals) == 1  # the tag's own row brings the tag back, and says so before
    assert "Bring it back into use first" in refusals[0]
    assert is_clean(grown)


def customer_id(book: Book, code: str) -> int:
    with book.read() as connection:
        return int(
            connection.execute(text("SELECT id FROM customer WHERE code = :c"), {"c": code}).scalar_one()
        )


def test_a_category_in_use_goes_neither_into_a_retired_one_nor_below_it(grown: Book) -> None:
    do(grown, "category.create", dimension=TREE, path="华北/上海")
    do(grown, "category.retire", dimension=TREE, path="华东")
    before = dump(grown)
    for into, said in (("华东", "华东"), ("华东/上海", "华东")):
        at = {"dimension": TREE, "path": "华北"}
        for use_case, argument in (
            ("category.merge", "into"),
            ("category.delete", "to"),
            ("category.move", "parent"),
        ):
            with pytest.raises(CrmdeskError) as caught:
                do(grown, use_case, **at, **{argument: into})
            assert (caught.value.code, caught.value.field) == (Code.INACTIVE, argument)
            assert f"“{TREE}/{said}”" in caught.value.message
            assert "Bring it back" in caught.value.message
    assert dump(grown) == before
    do(
        grown, "category.move", dimension=TREE, path="华东/上海", parent="华东", position=0
    )  # it stays where it is
    do(grown, "category.retire", dimension=TREE, path="华北")
    do(grown, "category.move", dimension=TREE, path="华北", parent="华东")
    do(grown, "category.merge", dimension=TREE, path="华东/华北", into="华东")
    assert nodes(grown)["华东/上海"].count == 1
    assert is_clean(grown)


def test_a_merge_is_refused_where_further_down_one_in_use_would_become_a_retired_one(grown: Book) -> None:
    do(grown, "category.create", dimension=TREE, path="华北/上海/浦东")
    do(grown, "category.create", dimension=TREE, path="华东/上海/浦东")
    do(grown, "category.retire", dimension=TREE, path="华东/上海/浦东")
    into = {"dimension": TREE, "path": "华北", "into": "华东"}
    assert f"“{TREE}/华东/上海/浦东”" in message(grown, "category.merge", **into)
    do(grown, "category.retire", dimension=TREE, path="华北/上海")
    assert do(grown, "category.merge", **into)["merged"] == 3
    # a child of the same name as what goes does not meet it, but takes its place
    do(grown, "category.create", dimension=TREE, path="南/南")
    do(grown, "category.retire", dimension=TREE, path="南/南")
    do(grown, "category.merge", dimension=TREE, path="南/南", into="南")
    assert is_clean(grown)


def test_an_archive_makes_no_category_below_a_retired_one(grown: Book, tmp_path: Path) -> None:
    with grown.read() as connection:
        path = archive.write(connection, tmp_path / "x.xlsx")
    do(grown, "category.unassign", dimension=TREE, path="华东/上海", customer="A")
    do(grown, "category.delete", dimension=TREE, path="华东/上海")
    do(grown, "category.retire", dimension=TREE, path="华东")
    # bringing it back is what the file says of it; without that word it stays retired
    for cell in ("", "yes"):
        workbook = openpyxl.load_workbook(path)
        page = workbook["Categories"]
        header = [one.value for one in page[1]]
        for row in page.iter_rows(min_row=2):
            if row[header.index("Category")].value == "华东" and not row[header.index("Customer")].value:
                row[header.index("Retired")].value = cell
        workbook.save(path)
        result = importing.run(grown, "archive", path, ImportOptions(mode="upsert"))
        found = [(one.sheet, str(one.code)) for one in result.errors]
        assert found == [("Categories", "inactive")] * 2  # making it, and putting A into it
        assert "Bring it back" in result.errors[0].message
        assert "华东/上海" not in nodes(grown)
    assert is_clean(grown)
