"""Retired categories stand apart, and places among those in use are places among all."""

from __future__ import annotations

from crmdesk.services.category_tree import Node
from crmdesk.ui import category_nodes

NODES = [
    Node(1, None, "甲", "甲", 0, 3, 1),
    Node(2, 1, "旧", "甲/旧", 1, 2, 2, is_retired=True, is_retired_itself=True),
    Node(3, 2, "下", "甲/旧/下", 2, 0, 0, is_retired=True),
    Node(4, 1, "新", "甲/新", 1, 0, 0),
    Node(5, None, "乙", "乙", 0, 0, 0, is_retired=True, is_retired_itself=True),
    Node(6, None, "丙", "丙", 0, 0, 0),
]


def test_a_retired_branch_begins_with_its_whole_path() -> None:
    assert [(one.id, one.parent_id) for one in category_nodes.in_use(NODES, top="t")] == [
        (1, "t"), (4, 1), (6, "t"),
    ]  # fmt: skip
    apart = category_nodes.retired(NODES)
    assert [(one.id, one.title, one.parent_id) for one in apart[1:]] == [
        (2, "甲/旧", "retired"), (3, "下", 2), (5, "乙", "retired"),
    ]  # fmt: skip
    assert apart[0].is_heading
    assert category_nodes.retired([one for one in NODES if not one.is_retired]) == []


def test_a_place_among_those_shown_is_one_among_all() -> None:
    assert category_nodes.place_among(NODES, 4, None, 0) == 0
    assert category_nodes.place_among(NODES, 4, None, 1) == 2  # before 丙, behind the retired 乙
    assert category_nodes.place_among(NODES, 4, None, 2) is None
    assert category_nodes.place_among(NODES, 1, None, 0) == 1
