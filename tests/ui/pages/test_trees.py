"""Trees and tags in the real window, by the keyboard: every step, its refusal, its way back, what other programs do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk.services import category_tree
from crmdesk.ui.dialogs.category_picker import places
from crmdesk.ui.kit.toasts import Toast
from crmdesk.ui.pages.customers.trees.page import TreesPage
from crmdesk.ui.shots import Stage
from tests.ui.driving import press, rows

Do = Callable[..., dict[str, Any]]
TREE = "地区"


@pytest.fixture(autouse=True)
def customers(do: Do) -> None:
    for code in "ABCD":
        do("customer.create", code=code, name=f"客户{code}")


@pytest.fixture
def regions(do: Do) -> None:
    for path in ("华东/上海", "华北/上海", "华南"):
        do("category.create", dimension=TREE, path=path)
    do("category.assign", dimension=TREE, path="华东/上海", customers=["A", "B"])
    do("category.assign", dimension=TREE, path="华北/上海", customers=["B", "C"])


def trees(stage: Stage, tree: str = TREE, path: str = "") -> TreesPage:
    page = stage.go("customers", part="trees", tree=tree, path=path)
    found = page.findChild(TreesPage)
    assert found is not None
    stage.settle()
    assert found.tree_name() == tree
    return found


def paths(stage: Stage, tree: str = TREE) -> list[str]:
    with stage.ctx.need_book().read() as connection:
        known = {one.name: one.id for one in category_tree.dimensions(connection)}
        return [node.path for node in category_tree.tree(connection, known[tree])]


def tags(stage: Stage) -> dict[str, tuple[int, str, bool]]:
    found = rows(stage, "tags", sort="name")
    return {row["name"]: (row["customers"], row["colour"], row["retired"]) for row in found}


def last_toast(stage: Stage) -> str:
    shown = [one for one in stage.window.findChildren(Toast) if one.isVisible()]
    return shown[-1].text() if shown else ""


# Trees


def test_the_usual_trees_are_made_where_they_are_missing(stage: Stage) -> None:
    page = trees(stage)
    keys = [entry.data for entry in page.missing.entries()]
    assert "industry" in keys
    page.missing.select(keys.index("industry"))
    page.missing.setFocus()
    stage.press("Return")
    assert page.tree_name() == "行业"
    assert "零售业/线上" in paths(stage, "行业")
    assert "industry" not in [entry.data for entry in page.missing.entries()]
    stage.choose("trees.starters")
    assert page.missing.entries() == []
    page.steps.make_starters("region")  # as if somebody else had been quicker
    stage.settle()
    assert "There already: 地区" in last_toast(stage)


def test_a_category_is_made_below_the_chosen_one(stage: Stage, regions: None) -> None:
    page = trees(stage, path="华东")
    assert page.current_node() is not None
    stage.press("Ctrl+N", "trees.tree")
    stage.type("江苏/苏州")
    stage.press("Return")
    assert "华东/江苏/苏州" in paths(stage)
    node = page.current_node()
    assert node is not None
    assert node.path == "华东/江苏/苏州"


def test_renaming_in_place_is_refused_below_the_field_and_can_be_taken_back(
    stage: Stage, regions: None
) -> None:
    page = trees(stage, path="华东")
    page.tree.setFocus()
    node = page.current_node()
    assert node is not None
    page.tree.renamed.emit(node.id, "华北")
    stage.settle()
    form = stage.widget("trees.renameCategory.form")
    assert "华北" in form.error("name")
    form.set_value("name", "东部")
    form.submit()
    stage.settle()
    assert paths(stage)[0] == "东部"
    assert "东部" in last_toast(stage)
    stage.press("Ctrl+Z", "trees.tree")
    assert paths(stage)[0] == "华东"


def test_cut_and_paste_move_a_category_and_its_neighbours_are_ordered(stage: Stage, regions: None) -> None:
    page = trees(stage, path="华南")
    page.tree.setFocus()
    press(stage, "Ctrl+X")
    assert "华南" in page.banner.text()
    page.tree.select(next(node.id for node in page.desk.nodes if node.path == "华东"))
    press(stage, "Ctrl+V")
    assert "华东/华南" in paths(stage)
    node = page.current_node()
    assert node is not None
    assert node.path == "华东/华南"
    press(stage, "Alt+Up")
    assert paths(stage)[:2] == ["华东", "华东/华南"]
    press(stage, "Ctrl+Z")
    assert "华南" in paths(stage)
    page.tree.select("tree")
    press(stage, "Ctrl+V")
    assert "Ctrl+X" in last_toast(stage)


def test_moving_under_its_own_child_is_not_offered_and_dropping_moves(stage: Stage, regions: None) -> None:
    page = trees(stage, path="华东")
    stage.press("Ctrl+M", "trees.tree")
    offered = [entry.title for entry in stage.widget("trees.moveTo.list").entries()]
    assert offered == ["华北", "华北/上海", "华南"]
    stage.press("Ctrl+S")
    assert "华北/华东/上海" in paths(stage)
    press(stage, "Ctrl+Z")
    assert paths(stage)[0] == "华东"  # among its neighbours too, not at their end
    stage.press("Ctrl+M", "trees.tree")
    stage.press("Ctrl+S")
    ids = {node.path: node.id for node in page.desk.nodes}
    assert not page.tree.may_drop(ids["华北"], ids["华北/华东"])
    page.tree.moved.emit(ids["华北/华东"], "tree", 0)
    stage.settle()
    assert paths(stage)[0] == "华东"


def test_a_merge_shows_whom_it_touches_and_is_taken_back(stage: Stage, regions: None) -> None:
    page = trees(stage, path="华北")
    stage.press("Ctrl+Shift+J", "trees.tree")
    dialog = stage.widget("trees.mergeInto")
    assert dialog.headline.text() == "New there: 1 · in both already, kept once: 1"
    assert "上海" in dialog.sentences.text()
    assert [entry.title for entry in dialog.people.entries()] == ["客户B", "客户C"]
    stage.type("华东")
    stage.wait(300)
    stage.press("Ctrl+S")
    assert paths(stage) == ["华东", "华东/上海", "华南"]
    assert [entry.data.action for entry in page.detail.history.entries()] == ["merged"]
    page.tree.setFocus()
    press(stage, "Ctrl+Z")
    assert "华北/上海" in paths(stage)


def test_the_last_merge_of_another_day_is_undone_after_a_question(
    stage: Stage, regions: None, do: Do
) -> None:
    do("category.merge", dimension=TREE, path="华北", into="华东")
    page = trees(stage, path="华东")
    assert page.desk.undoable_id is not None
    stage.press("Ctrl+Z", "trees.tree")
    stage.click("trees.undoMerge.yes")
    assert "华北/上海" in paths(stage)
    stage.press("Ctrl+Z", "trees.tree")
    assert "nothing to take back" in last_toast(stage)


def test_one_in_use_is_handed_over_and_an_empty_one_goes_at_once(stage: Stage, regions: None) -> None:
    page = trees(stage, path="华南")
    page.tree.setFocus()
    press(stage, "Del")
    assert "华南" not in paths(stage)
    press(stage, "Ctrl+Z")
    assert "华南" in paths(stage)
    trees(stage, path="华东")
    press(stage, "Del")
    assert stage.widget("trees.mergeInto").yes_button.isEnabled()


def test_a_retired_category_stands_apart_and_is_offered_nowhere(stage: Stage, regions: None) -> None:
    page = trees(stage, path="华东")
    press_on_tree(stage, page, "Ctrl+R")
    assert "2 customers stay" in last_toast(stage)
    ids = {node.path: node.id for node in page.desk.nodes}
    assert page.tree.children_of("tree") == [ids["华北"], ids["华南"]]
    assert page.tree.children_of("retired") == [ids["华东"]]
    node = page.tree.node(ids["华东/上海"])
    assert node is not None
    assert (node.title, node.parent_id, node.count) == ("上海", ids["华东"], 2)
    assert "nobody is put in" in page.detail.rules.text()
    action = stage.ctx.commands.find("trees.put")
    assert action is not None
    assert not action.isEnabled()
    page.tree.select(ids["华东/上海"])
    stage.settle()
    assert "above it" in page.detail.rules.text()
    press(stage, "Ctrl+R")
    assert "华东" in last_toast(stage)  # it comes back with the one above it
    page.tree.select(ids["华北"])
    press(stage, "Ctrl+M")
    assert [entry.title for entry in stage.widget("trees.moveTo.list").entries()] == ["华南"]
    press(stage, "Esc")
    with stage.ctx.need_book().read() as connection:
        assert (TREE, "华东/上海") not in places(connection, "customer")
        assert (TREE, "华北/上海") in places(connection, "customer")
    page.tree.setFocus()
    page.tree.moved.emit(ids["华南"], "tree", 0)  # before 华北, which is second among all
    stage.settle()
    assert paths(stage)[2:4] == ["华南", "华北"]
    press(stage, "Ctrl+Z")
    press(stage, "Ctrl+Z")
    assert page.tree.children_of("retired") == []
    assert paths(stage)[0] == "华东"


def test_undoing_a_deletion_brings_note_and_place_back(stage: Stage, regions: None, do: Do) -> None:
    do("category.move", dimension=TREE, path="华南", position=1)
    do("category.note", dimension=TREE, path="华南", note="两广")
    page = trees(stage, path="华南")
    press_on_tree(stage, page, "Del")
    assert "华南" not in paths(stage)
    press(stage, "Ctrl+Z")
    assert paths(stage).index("华南") < paths(stage).index("华北")
    trees(stage, path="华南")
    assert page.detail.note.text() == "两广"
    assert [entry.data.action for entry in page.detail.history.entries()] == ["recovered", "deleted"]


def press_on_tree(stage: Stage, page: TreesPage, keys: str) -> None:
    page.tree.setFocus()
    press(stage, keys)
    stage.settle()


def test_a_note_is_written_and_shown(stage: Stage, regions: None) -> None:
    page = trees(stage, path="华东")
    stage.press("Ctrl+E", "trees.tree")
    stage.type("江浙沪皖")
    stage.press("Ctrl+S")
    assert page.detail.note.text() == "江浙沪皖"


def test_a_group_is_put_into_a_category_by_a_filter(stage: Stage, regions: None) -> None:
    page = trees(stage, path="华南")
    stage.press("Ctrl+G", "trees.tree")
    stage.type("code in (A, D")
    stage.wait(300)
    assert stage.widget("trees.whom.refusal").text()
    assert not stage.widget("trees.whom").yes_button.isEnabled()
    stage.type(")")
    stage.wait(300)
    assert stage.widget("trees.whom.count").text() == "2 customers"
    stage.press("Ctrl+S")
    assert page.detail.counts.text() == "2 customers in it"
    assert [entry.title for entry in page.detail.people.entries()] == ["客户A", "客户D"]


def test_what_another_program_does_is_seen_and_the_cursor_stays(stage: Stage, regions: None, do: Do) -> None:
    page = trees(stage, path="华东")
    stage.ctx.run_use_case("category.create", {"dimension": TREE, "path": "西南"})
    stage.settle()
    assert "西南" in [node.name for node in page.desk.nodes]
    node = page.current_node()
    assert node is not None
    assert node.path == "华东"
    page.search.setText("上海")
    stage.wait(300)
    assert page.tree.children_of("tree") == [
        one.id for one in page.desk.nodes if one.name in ("华东", "华北")
    ]


def test_the_cursor_and_the_search_do_not_count_the_tree_again(
    stage: Stage, regions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = trees(stage, path="华东")
    counted: list[int] = []
    monkeypatch.setattr(category_tree, "_counts", lambda _connection, tree, _parents: counted.append(tree))
    page.tree.setFocus()
    press(stage, "Down")
    assert page.detail.name.text() == "上海"
    assert page.detail.counts.text() == "2 customers in it"
    page.search.setText("华南")
    stage.wait(300)
    assert page.detail.name.text() == TREE
    assert page.detail.counts.text() == "Sorted in this tree: 3 customers."
    assert counted == []


def test_trees_are_named_ordered_and_deleted(stage: Stage, regions: None) -> None:
    page = trees(stage)
    stage.press("Ctrl+Shift+K", "trees.tree")
    stage.type("来源")
    stage.press("Return")
    assert page.tree_name() == "来源"
    assert page.hint.isVisible()
    before = [one.name for one in page.desk.trees]
    page.trees.setFocus()
    press(stage, "Alt+Up")
    after = [one.name for one in page.desk.trees]
    assert after.index("来源") == before.index("来源") - 1
    press(stage, "Del")
    stage.click("trees.deleteTree.yes")
    assert "来源" not in [one.name for one in page.desk.trees]


def test_the_customers_of_a_category_are_shown_in_the_list(stage: Stage, regions: None) -> None:
    trees(stage, path="华东")
    stage.press("Alt+L", "trees.tree")
    assert stage.window.page("customers").table.table_model().record_count == 2  # type: ignore[union-attr]
    stage.window.go("customers", {"part": "trees"})
    stage.settle()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.objectName() == "trees.tree"


# Tags


@pytest.fixture
def tagged(do: Do) -> None:
    do("tag.add", tag="VIP", customers=["A", "B"])
    do("tag.add", tag="大客户", customers=["B"])
    do("tag.create", tag="展会")


def test_no_tags_teach_the_next_step(stage: Stage) -> None:
    stage.go("customers", part="tags")
    assert stage.widget("tags.empty").isVisible()
    stage.click("tags.new.empty")
    stage.type("VIP")
    stage.press("Ctrl+S")
    assert tags(stage) == {"VIP": (0, "", False)}


def test_a_tag_is_renamed_coloured_retired_and_brought_back(stage: Stage, tagged: None) -> None:
    stage.go("customers", part="tags", tag="VIP")
    view = stage.widget("tags.detail")
    assert view.counts.text() == "Carried by 2 customers."
    stage.press("F2", "tags.table")
    stage.widget("tagRename.form").set_value("name", "大客户")
    stage.press("Return")
    assert "merge" in stage.widget("tagRename.form").error("name")
    stage.widget("tagRename.form").set_value("name", "贵宾")
    stage.press("Return")
    stage.press("Ctrl+E", "tags.table")
    stage.widget("tagColour.form").set_value("colour", "warn")
    stage.press("Ctrl+S")
    stage.press("Ctrl+R", "tags.table")
    assert tags(stage)["贵宾"] == (2, "warn", True)
    assert view.retired.isVisible()
    stage.press("Ctrl+R", "tags.table")
    assert tags(stage)["贵宾"] == (2, "warn", False)


def test_no_tag_is_lost_without_saying_how_many_carry_it(stage: Stage, tagged: None) -> None:
    stage.go("customers", part="tags", tag="VIP")
    stage.press("Ctrl+Del", "tags.table")
    stage.click("tagDelete.merge")
    dialog = stage.widget("tagMerge")
    stage.type("大客户")
    stage.wait(300)
    assert [entry.chip for entry in dialog.people.entries()] == ["comes new", "is in both"]
    stage.press("Ctrl+S")
    assert tags(stage)["大客户"][0] == 2
    assert "VIP" not in tags(stage)
    stage.go("customers", part="tags", tag="展会")
    stage.press("Ctrl+Del", "tags.table")
    assert "展会" not in tags(stage)


def test_a_merge_of_tags_is_told_and_taken_back(stage: Stage, tagged: None, do: Do) -> None:
    do("tag.recolour", tag="VIP", colour="warn")
    do("tag.merge", tag="VIP", into="大客户")
    stage.go("customers", part="tags", tag="大客户")
    view = stage.widget("tags.detail")
    assert [entry.title for entry in view.history.entries()] == ["“VIP” merged into “大客户”"]
    stage.press("Ctrl+Z", "tags.table")
    stage.click("tagUndo.yes")
    assert tags(stage) == {"VIP": (2, "warn", False), "大客户": (1, "", False), "展会": (0, "", False)}
    assert [entry.data.action for entry in view.history.entries()] == ["undone", "merged"]
    stage.press("Ctrl+Z", "tags.table")
    assert "Nothing was merged" in last_toast(stage)


def test_a_tag_is_given_to_whom_a_filter_finds_and_taken_again(stage: Stage, tagged: None) -> None:
    stage.go("customers", part="tags", tag="VIP")
    stage.press("Ctrl+G", "tags.table")
    stage.type("code >= B")
    stage.wait(300)
    assert stage.widget("tagGive.count").text() == "3 customers · without it so far: 2"
    stage.press("Ctrl+S")
    assert tags(stage)["VIP"][0] == 4
    stage.press("Ctrl+Shift+U", "tags.table")
    stage.press("Ctrl+S")
    assert tags(stage)["VIP"][0] == 0


def test_a_retired_tag_is_offered_to_no_tag_in_use(stage: Stage, tagged: None, do: Do) -> None:
    do("tag.retire", tag="展会")
    stage.go("customers", part="tags", tag="VIP")
    stage.press("Ctrl+Shift+J", "tags.table")
    assert [entry.title for entry in stage.widget("tagMerge.list").entries()] == ["大客户"]


def test_another_spelling_offers_no_new_tag(stage: Stage, tagged: None) -> None:
    page: Any = stage.go("customers")
    page.table.selectAll()
    stage.press("Ctrl+Shift+K", "customers.table")
    stage.type("ｖｉｐ")
    stage.wait(300)
    assert [entry.title for entry in stage.widget("customers.tagMany.list").entries()] == ["VIP"]
    stage.press("Ctrl+S")
    assert tags(stage)["VIP"][0] == 4
    stage.go("customers", part="tags", tag="vip")
    assert stage.widget("tags.detail").name.text() == "VIP"


def test_selected_customers_get_a_tag_that_is_made_by_the_way(stage: Stage) -> None:
    page: Any = stage.go("customers")
    page.table.selectAll()
    stage.press("Ctrl+Shift+K", "customers.table")
    stage.type("春季展会")
    stage.wait(300)
    stage.press("Ctrl+S")
    assert tags(stage)["春季展会"][0] == 4
