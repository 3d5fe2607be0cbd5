"""The tree: what may be dropped where, renaming, what stays open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData
from pytestqt.qtbot import QtBot

from crmdesk.ui.context import Context
from crmdesk.ui.kit.tree import Tree, TreeNode, records_mime

NODES = [
    TreeNode("h", "Category", is_heading=True, may_move=False, may_rename=False),
    TreeNode(1, "Retail", None, 512),
    TreeNode(2, "Online", 1, 188),
    TreeNode(3, "Shop", 1, 324),
    TreeNode(4, "Service", None, 297),
    TreeNode(5, "Deep", 2, 1),
]


@pytest.fixture
def tree(host: Context, qtbot: QtBot) -> Tree:
    made = Tree(host, "customers.tree")
    qtbot.addWidget(made)
    made.set_nodes(NODES)
    made.show()
    return made


def drag(tree: Tree, node_id: object) -> QMimeData:
    return tree._tree_model.mimeData([tree._items[node_id].index()])


def test_a_node_never_goes_under_itself(tree: Tree) -> None:
    assert not tree.may_drop(1, 1)
    assert not tree.may_drop(1, 2)
    assert not tree.may_drop(1, 5)
    assert not tree.may_drop("h", 4)
    assert tree.may_drop(5, 4)
    assert tree.may_drop(2, None)


def test_a_drop_asks_and_changes_nothing_by_itself(tree: Tree) -> None:
    asked: list[tuple[object, object, int]] = []
    tree.moved.connect(lambda *what: asked.append(what))
    assert tree.drop(drag(tree, 5), 4, -1)
    assert not tree.drop(drag(tree, 1), 5, -1)
    assert asked == [(5, 4, 0)]
    assert tree.node(5).parent_id == 2  # type: ignore[union-attr]


def test_positions_between_siblings(tree: Tree) -> None:
    asked: list[tuple[object, object, int]] = []
    tree.moved.connect(lambda *what: asked.append(what))
    assert tree.drop(drag(tree, 2), 1, 2), "below its sibling"
    assert tree.drop(drag(tree, 3), 1, 0), "above it"
    assert not tree.drop(drag(tree, 2), 1, 0), "where it is already"
    assert not tree.drop(drag(tree, 2), 1, 1), "right behind itself is where it is"
    assert asked == [(2, 1, 1), (3, 1, 0)]


def test_rows_of_a_list_dropped_on_a_node(tree: Tree, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tree.records_dropped) as dropped:
        assert tree.drop(records_mime([7, 9]), 4, -1)
    assert dropped.args == [[7, 9], 4]
    assert not tree.drop(records_mime([7]), "h", -1)


def test_renaming_asks_and_keeps_the_old_name_until_done(tree: Tree, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tree.renamed) as asked:
        tree._items[4].setText("  Repairs ")
    assert asked.args == [4, "Repairs"]
    assert tree._items[4].text() == "Service"
    told: list[object] = []
    tree.renamed.connect(lambda *what: told.append(what))
    tree._items[4].setText("   ")
    assert told == []
    assert tree._items[4].text() == "Service"


def test_what_is_shut_and_current_stays_so(tree: Tree, host: Context, qtbot: QtBot) -> None:
    tree.collapse(tree._items[1].index())
    tree.select(4)
    told: list[object] = []
    tree.current_changed.connect(told.append)
    tree.set_nodes([*NODES, TreeNode(6, "New", 4, 0)])
    assert not tree.isExpanded(tree._items[1].index())
    assert tree.isExpanded(tree._items[4].index())
    assert tree.current_id() == 4
    assert told == [], "the list beside it must not be loaded anew"
    other = Tree(host, "customers.tree")
    qtbot.addWidget(other)
    other.set_nodes(NODES)
    assert not other.isExpanded(other._items[1].index()), "also in the next run"
