"""Trees and tags: the tree with its history, moving, merging, notes, the usual trees; tags with their steps."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QWidget

from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.pages.customers.trees.page import TreesPage
from crmdesk.ui.shots import Shot, Stage


def _part(stage: Stage, part: str) -> QWidget:
    page = stage.go("customers", part=part)
    assert isinstance(page, CustomersPage)
    stage.wait(60)
    shown = page.parts.part(part)
    assert shown is not None
    return shown


def _trees(stage: Stage, tree: str = "行业", path: str = "") -> TreesPage:
    shown = _part(stage, "trees")
    assert isinstance(shown, TreesPage)
    shown.search.clear()
    shown.show_target({"tree": tree, "path": path})
    stage.wait(60)
    if not path:
        shown.tree.select("tree")
        stage.wait(60)
    return shown


def _node(stage: Stage, command: str = "", tab: int = 0) -> TreesPage:
    page = _trees(stage, "客户反馈", "建议")
    page.detail.tabs.setCurrentIndex(tab)
    page.tree.setFocus()
    if command:
        stage.choose(command)
        stage.wait(60)
    return page


def _cut(stage: Stage) -> None:
    page = _node(stage)
    page.cut()
    stage.wait(60)


def _after_cut(stage: Stage) -> None:
    page = _node(stage)
    page.leave_cut()
    page.search.setText("查无")
    stage.wait(300)


def _retired(stage: Stage) -> None:
    for name in ("投诉", "表扬"):
        stage.ctx.run_use_case("category.retire", {"dimension": "客户反馈", "path": name})
        stage.settle()
    _trees(stage, "客户反馈", "投诉")


def _merged_tag(stage: Stage) -> None:
    _tags(stage)
    for name in ("旧称", "旧名"):
        stage.ctx.run_use_case("tag.create", {"tag": name})
        stage.settle()
        stage.ctx.run_use_case("tag.merge", {"tag": name, "into": "VIP"})
        stage.settle()
    stage.ctx.run_use_case("tag.undo_merge", {"tag": "VIP"})
    stage.settle()
    view = stage.widget("tags.detail")
    view.findChild(QTabWidget, "tags.detail.tabs").setCurrentIndex(1)
    stage.wait(60)


def _empty_tree(stage: Stage) -> None:
    _trees(stage)
    with stage.ctx.need_book().read() as connection:
        from crmdesk.services import category_tree

        names = [one.name for one in category_tree.dimensions(connection)]
    if "来源" not in names:
        stage.ctx.run_use_case("dimension.create", {"name": "来源"})
        stage.settle()
    _trees(stage, "来源")


def _tags(stage: Stage, name: str = "VIP", command: str = "") -> None:
    _part(stage, "tags")
    stage.go("customers", part="tags", tag=name)
    stage.wait(60)
    if command:
        stage.choose(command)
        stage.wait(60)


def _give_many(stage: Stage) -> None:
    page = stage.go("customers")
    assert isinstance(page, CustomersPage)
    page.show_list()
    page.list.search.clear()
    stage.wait(60)
    page.table.selectAll()
    stage.choose("customers.tagMany")


SHOTS = (
    Shot("trees", _trees),
    Shot("trees-node", _node),
    Shot("trees-people", lambda stage: _node(stage, tab=1)),
    Shot("trees-new", lambda stage: _node(stage, "trees.new")),
    Shot("trees-new-tree", lambda stage: _node(stage, "trees.newTree")),
    Shot("trees-move", lambda stage: _node(stage, "trees.move")),
    Shot("trees-merge", lambda stage: _node(stage, "trees.merge")),
    Shot("trees-put", lambda stage: _node(stage, "trees.put")),
    Shot("trees-note", lambda stage: _node(stage, "trees.note")),
    Shot("trees-undo", lambda stage: _node(stage, "trees.undo")),
    Shot("trees-addresses", lambda stage: _node(stage, "trees.addresses")),
    Shot("trees-more", lambda stage: _node(stage, "trees.more")),
    Shot("trees-cut", _cut),
    Shot("trees-nothing", _after_cut),
    Shot("trees-retired", _retired),
    Shot("trees-empty", _empty_tree),
    Shot("tags-retired", lambda stage: _tags(stage, "旧标签")),
    Shot("tags-new", lambda stage: _tags(stage, "VIP", "tags.new")),
    Shot("tags-rename", lambda stage: _tags(stage, "VIP", "tags.rename")),
    Shot("tags-colour", lambda stage: _tags(stage, "VIP", "tags.recolour")),
    Shot("tags-merge", lambda stage: _tags(stage, "VIP", "tags.merge")),
    Shot("tags-give", lambda stage: _tags(stage, "VIP", "tags.give")),
    Shot("tags-take", lambda stage: _tags(stage, "VIP", "tags.take")),
    Shot("tags-delete", lambda stage: _tags(stage, "VIP", "tags.delete")),
    Shot("tags", _tags),
    Shot("tags-many", _give_many),
    Shot("tags-history", _merged_tag),
)
