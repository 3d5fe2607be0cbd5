"""Merging categories and undoing it, the history of trees and of customers, starter trees, regions."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from crmdesk.cli import apply
from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.categories import category, customer_category, customer_tag, tag
from crmdesk.models.tables.customers import customer
from crmdesk.services import (
    category_desk,
    category_members,
    category_tree,
    check,
    dimension_starters,
    lists,
    use_cases,
)
from crmdesk.services.book import Book
from crmdesk.services.category_paths import path_of
from crmdesk.services.units import Unit

TREE = "地区"


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def refused(book: Book, use_case: str, /, **arguments: Any) -> Code:
    before = dump(book)
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    assert dump(book) == before
    return caught.value.code


def dump(book: Book, *names: str) -> dict[str, list[Any]]:
    """The rows of the book's tables; without names of all."""
    with book.read() as connection:
        every = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        wanted = names or [name for name in every if not name.startswith("customer_search")]
        return {
            name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()))
            for name in wanted
        }


def places(book: Book) -> dict[str, set[str]]:
    """Codes by path of one tree."""
    with book.read() as connection:
        rows = {row.id: row for row in connection.execute(select(category))}
        found: dict[str, set[str]] = {path_of(rows, one): set() for one in rows}
        pairs = select(customer_category.c.category_id, customer.c.code).join(
            customer, customer.c.id == customer_category.c.customer_id
        )
        for category_id, code in connection.execute(pairs):
            found[path_of(rows, category_id)].add(code)
        return found


def is_clean(book: Book) -> bool:
    result = check.run(book)
    assert result["violations"] == []
    return bool(result["clean"])


def history(book: Book) -> list[tuple[str, str, str, int]]:
    return [
        (row["action"], row["before"], row["after"], row["members"])
        for row in reversed(lists.as_json(book, "category_history", sort="-at")["rows"])
    ]


@pytest.fixture
def grown(book: Book) -> Book:
    for code, path in (
        ("A", "华东/上海/浦东"),
        ("B", "华东/上海"),
        ("C", "东部/上海"),
        ("D", "东部/上海/浦东"),
        ("E", "东部/江苏"),
        ("F", "东部"),
    ):
        do(book, "customer.create", code=code, name=code, categories=[{"dimension": TREE, "path": path}])
    do(book, "category.assign", dimension=TREE, path="华东/上海", customer="C")  # in both
    return book


def test_a_merge_takes_everybody_along_and_its_undoing_restores_exactly(grown: Book) -> None:
    tables = ("category", "customer_category", "reminder_rule")
    do(
        grown,
        "reminder_rule.create",
        name="east",
        days=[7],
        category={"dimension": TREE, "path": "东部/上海"},
    )
    before, shown = dump(grown, *tables), places(grown)
    assert shown["东部/上海"] == {"C"}
    done = do(grown, "category.merge", dimension=TREE, path="东部", into="华东")
    assert done == {"dimension": TREE, "path": "华东", "joined": 2, "merged": 3}
    assert places(grown) == {
        "华东": {"F"},
        "华东/上海": {"B", "C"},
        "华东/上海/浦东": {"A", "D"},
        "华东/江苏": {"E"},
    }
    (rule,) = lists.as_json(grown, "reminder_rules")["rows"]
    assert "华东/上海" in json.dumps(rule, ensure_ascii=False)
    assert is_clean(grown)
    undone = do(grown, "category.undo_merge", dimension=TREE)
    assert undone == {"dimension": TREE, "path": "东部", "returned": 3}
    assert dump(grown, *tables) == before
    assert is_clean(grown)
    again = do(grown, "category.merge", dimension=TREE, path="东部", into="华东")
    assert again == done
    do(grown, "category.undo_merge", dimension=TREE)
    assert dump(grown, *tables) == before
    assert refused(grown, "category.undo_merge", dimension=TREE) is Code.NOT_FOUND
    merged, undo = ("merged", "东部", "华东", 2), ("undone", "华东", "东部", 3)
    assert history(grown) == [merged, undo, merged, undo]
    flags = [row["undone"] for row in lists.as_json(grown, "category_history")["rows"]]
    assert flags == [False, True, False, True]
    assert is_clean(grown)


def test_merges_are_undone_the_last_one_first_and_not_past_another_change(grown: Book) -> None:
    before = places(grown)
    do(grown, "category.merge", dimension=TREE, path="东部/上海", into="华东/上海")
    do(grown, "category.merge", dimension=TREE, path="东部", into="华东")
    do(grown, "category.undo_merge", dimension=TREE)
    do(grown, "category.undo_merge", dimension=TREE)
    assert places(grown) == before
    do(grown, "category.merge", dimension=TREE, path="东部/上海", into="华东/上海")
    do(grown, "category.rename", dimension=TREE, path="东部", name="东")
    assert refused(grown, "category.undo_merge", dimension=TREE) is Code.WRONG_STATE
    do(grown, "category.merge", dimension=TREE, path="东", into="华东")
    do(grown, "category.create", dimension=TREE, path="东")
    assert refused(grown, "category.undo_merge", dimension=TREE) is Code.DUPLICATE
    assert is_clean(grown)


def test_a_category_merged_into_the_one_above_it(grown: Book) -> None:
    do(grown, "category.create", dimension=TREE, path="华东/上海/上海")
    before = places(grown)
    do(grown, "category.merge", dimension=TREE, path="华东/上海", into="华东")
    assert places(grown)["华东/上海"] == set()  # the inner one has moved up under its own name
    assert places(grown)["华东"] == {"B", "C"}
    do(grown, "category.undo_merge", dimension=TREE)
    assert places(grown) == before


def test_whoever_left_since_stays_out_when_a_merge_is_undone(grown: Book) -> None:
    do(grown, "category.merge", dimension=TREE, path="东部/江苏", into="华东")
    do(grown, "category.unassign", dimension=TREE, path="华东", customer="E")
    do(grown, "customer.create", code="G", name="G", categories=[{"dimension": TREE, "path": "华东"}])
    do(grown, "category.undo_merge", dimension=TREE)
    assert places(grown)["东部/江苏"] == set()
    assert places(grown)["华东"] == {"G"}
    assert is_clean(grown)


def test_refused_merges(grown: Book) -> None:
    merge = {"dimension": TREE, "path": "华东"}
    assert refused(grown, "category.merge", **merge, into="华东/上海") is Code.TREE_CYCLE
    assert refused(grown, "category.merge", **merge, into="华东") is Code.TREE_CYCLE
    assert refused(grown, "category.merge", **merge, into="西部") is Code.NOT_FOUND
    assert refused(grown, "category.merge", **merge) is Code.REQUIRED
    assert refused(grown, "category.undo_merge", dimension="行业") is Code.NOT_FOUND


def test_a_customer_s_own_history_says_when_and_why(grown: Book) -> None:
    do(grown, "category.merge", dimension=TREE, path="东部/江苏", into="华东")
    do(grown, "category.unassign", dimension=TREE, path="华东", customer="E")
    with grown.read() as connection:
        found = category_members.stays(connection, "E")
        first = category_members.stays(connection, "F")
    assert [(one.path, one.entered_cause, one.left_cause) for one in found] == [
        ("华东", "merge", "hand"),
        ("东部/江苏", "", "merge"),
    ]
    assert [(one.path, one.entered_cause, one.left_at) for one in first] == [("东部", "", None)]
    changes = lists.as_json(grown, "category_changes", filter="customer = E and not entered")
    assert [row["path"] for row in changes["rows"]] == ["华东", "东部/江苏"]
    with grown.read() as connection, pytest.raises(CrmdeskError):
        category_members.stays(connection, "nobody")


def test_renaming_and_moving_is_told_and_reordering_is_not(grown: Book) -> None:
    do(grown, "category.move", dimension=TREE, path="东部", position=0)
    do(grown, "category.move", dimension=TREE, path="东部/江苏", parent="华东")
    do(grown, "category.rename", dimension=TREE, path="华东/江苏", name="苏")
    do(grown, "dimension.rename", dimension=TREE, name="区域")
    do(grown, "category.unassign", dimension="区域", path="华东/苏", customer="E")
    do(grown, "category.delete", dimension="区域", path="华东/苏")
    assert history(grown) == [
        ("moved", "东部/江苏", "华东/江苏", 0),
        ("renamed", "华东/江苏", "华东/苏", 0),
        ("renamed", TREE, "区域", 0),
        ("deleted", "华东/苏", "", 0),
    ]


def test_the_usual_trees_come_once_and_leave_alone_what_is_there(book: Book) -> None:
    do(book, "category.create", dimension="行业", path="我的")
    done = do(book, "dimension.starters")
    assert done["dimensions"] == ["消费水平", "客户价值", "产品偏好", "客户行为", "客户反馈", "生命周期"]
    with book.read() as connection:
        names = [one.name for one in category_tree.dimensions(connection)]
        life = next(one for one in category_tree.dimensions(connection) if one.name == "生命周期")
        paths = [node.path for node in category_tree.tree(connection, life.id)]
    assert len(names) == 8
    assert {"忠诚客户/高价值", "新客户/意向"} <= set(paths)
    assert done["there"] == ["行业", "地区"]
    everything = ["行业", "地区", "消费水平", "客户价值", "产品偏好", "客户行为", "客户反馈", "生命周期"]
    for asked in ({}, {"language": "en"}):
        assert do(book, "dimension.starters", **asked) == {
            "dimensions": [],
            "categories": 0,
            "there": everything,
        }
    assert [row["path"] for row in lists.as_json(book, "categories", filter="dimension = 行业")["rows"]] == [
        "我的"
    ]
    assert refused(book, "dimension.starters", dimensions=["x"]) is Code.INVALID_CHOICE
    assert all(
        len(one.paths_zh) == len(one.paths_en) for one in dimension_starters.STARTERS if one.key != "industry"
    )


def test_starters_speak_the_language_of_the_book(tmp_path: Path) -> None:
    with Book.create(tmp_path / "en.crmdesk", name="X", country="DE", currency="EUR", language="en") as made:
        done = do(made, "dimension.starters", dimensions=["life_cycle", "value"])
        assert done["dimensions"] == ["Customer value", "Life cycle"]


def test_starters_speak_the_language_of_those_that_are_there(book: Book) -> None:
    do(book, "company.update", language="en")  # what its template made is Chinese
    assert [name for _key, name in missing(book)][:3] == ["行业", "消费水平", "客户价值"]
    assert "生命周期" in [name for _key, name in missing(book)]
    done = do(book, "dimension.starters", dimensions=["life_cycle"])
    assert (done["dimensions"], done["there"]) == (["生命周期"], [])
    done = do(book, "dimension.starters", dimensions=["value", "feedback"], language="en")
    assert done["dimensions"] == ["客户价值", "Feedback"]  # a tree has one language, that of its name
    paths = {row["path"] for row in lists.as_json(book, "categories", filter="dimension = 客户价值")["rows"]}
    assert paths == {"重点", "普通", "观察"}
    # both languages are there now: the book's
    assert do(book, "dimension.starters", dimensions=["preference"])["dimensions"] == ["Preference"]


def test_the_region_tree_is_made_alone(book: Book) -> None:
    asked = {"dimensions": ["region"]}
    assert do(book, "dimension.starters", **asked) == {"dimensions": [], "categories": 0, "there": ["地区"]}
    do(book, "dimension.delete", dimension="地区")
    assert do(book, "dimension.starters", **asked) == {"dimensions": ["地区"], "categories": 0, "there": []}
    do(book, "dimension.rename", dimension="地区", name="Region")
    assert do(book, "dimension.starters", **asked)["there"] == ["Region"]


def test_of_two_trees_of_one_kind_the_one_with_categories_is_meant(book: Book) -> None:
    do(book, "category.create", dimension="Industry", path="Own")
    asked = {"dimensions": ["industry"]}
    assert do(book, "dimension.starters", **asked) == {
        "dimensions": [],
        "categories": 0,
        "there": ["Industry"],
    }
    assert "industry" not in dict(missing(book))


def missing(book: Book) -> list[tuple[str, str]]:
    with book.read() as connection:
        return category_desk.load(connection).missing


def test_regions_come_from_addresses(book: Book) -> None:
    for code, place in (
        ("A", ("浙江省", "杭州市", "西湖区")),
        ("B", ("上海市", "上海市", "浦东新区")),
        ("C", ("", "", "")),
        ("D", ("浙江省", "", "")),
    ):
        values = dict(zip(("province", "city", "district"), place, strict=True))
        do(book, "customer.create", code=code, name=code, addresses=[{**values, "street": "x"}])
    do(book, "category.create", dimension=TREE, path="海外")
    do(book, "category.assign", dimension=TREE, path="海外", customer="D")
    done = do(book, "category.from_addresses", dimension=TREE)
    assert done == {"dimension": TREE, "placed": 2, "moved": 0, "without_region": 1}
    found = {path: codes for path, codes in places(book).items() if codes}
    assert found == {"浙江省/杭州市/西湖区": {"A"}, "上海市/浦东新区": {"B"}, "海外": {"D"}}
    done = do(book, "category.from_addresses", dimension=TREE, move=True)
    assert (done["placed"], done["moved"]) == (0, 1)
    assert (places(book)["浙江省"], places(book)["海外"]) == ({"D"}, set())
    assert do(book, "category.from_addresses", dimension=TREE, move=True)["moved"] == 0
    assert do(book, "category.from_addresses", dimension="新", filter="code = A")["placed"] == 1
    assert is_clean(book)


# Ten thousand random operations against plain dictionaries of sets


class Shadow:
    """Trees and tags as dictionaries of sets: everything known by path and by name."""

    def __init__(self, codes: str) -> None:
        self.codes = codes
        self.places: dict[tuple[str, ...], set[str]] = {}
        self.tags: dict[str, set[str]] = {}
        self.retired: set[str] = set()
        self.undo: list[dict[tuple[str, ...], set[str]]] = []
        """States before each merge that may still be undone."""

    def create(self, path: tuple[str, ...]) -> None:
        for length in range(1, len(path) + 1):
            if path[:length] not in self.places:
                self.undo.clear()  # undoing past this is possible, but the state before knows nothing of it
            self.places.setdefault(path[:length], set())

    def relocate(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        for path in [one for one in self.places if one[: len(old)] == old]:
            target = new + path[len(old) :]
            self.places.setdefault(target, set()).update(self.places.pop(path))


def _play(unit: Unit, shadow: Shadow, chance: random.Random) -> None:
    names, words = "甲乙丙丁", "红黄蓝绿白"
    action = chance.choices(
        ("create", "move", "rename", "merge", "undo", "assign", "unassign", "tags"),
        (4, 4, 3, 3, 3, 16, 6, 20),
    )[0]
    known = list(shadow.places)
    who = chance.sample(shadow.codes, chance.randint(1, 3))
    if action == "tags":
        _play_tags(unit, shadow, chance, words, who)
        return
    if action == "create" or not known:
        path = tuple(chance.choices(names, k=chance.randint(1, 4)))
        use_cases.perform(unit, "category.create", {"dimension": TREE, "path": "/".join(path)})
        shadow.create(path)
        return
    path = chance.choice(known)
    at = {"dimension": TREE, "path": "/".join(path)}
    try:
        if action in ("assign", "unassign"):
            use_cases.perform(unit, f"category.{action}", {**at, "customers": who})
            change = (
                shadow.places[path].update if action == "assign" else shadow.places[path].difference_update
            )
            change(who)
            shadow.undo.clear()  # undoing is still right, but not the state before any more
        elif action == "move":
            above = chance.choice([(), *known])
            use_cases.perform(unit, "category.move", {**at, "parent": "/".join(above)})
            if (*above, path[-1]) != path:
                shadow.undo.clear()
                shadow.relocate(path, (*above, path[-1]))
        elif action == "rename":
            name = chance.choice(names)
            use_cases.perform(unit, "category.rename", {**at, "name": name})
            if name != path[-1]:
                shadow.undo.clear()
                shadow.relocate(path, (*path[:-1], name))
        elif action == "merge":
            into = chance.choice(known)
            use_cases.perform(unit, "category.merge", {**at, "into": "/".join(into)})
            shadow.undo.append({one: set(codes) for one, codes in shadow.places.items()})
            moved = {one: shadow.places.pop(one) for one in known if one[: len(path)] == path}
            for one, codes in moved.items():
                shadow.places.setdefault(into + one[len(path) :], set()).update(codes)
        elif shadow.undo:
            use_cases.perform(unit, "category.undo_merge", {"dimension": TREE})
            shadow.places = shadow.undo.pop()
    except CrmdeskError as error:
        if error.code not in (Code.TREE_CYCLE, Code.DUPLICATE, Code.OUT_OF_RANGE):
            raise


def _play_tags(unit: Unit, shadow: Shadow, chance: random.Random, words: str, who: list[str]) -> None:
    name, other = chance.choice(words), chance.choice(words)
    action = chance.choices(
        ("add", "remove", "rename", "merge", "retire", "restore", "delete"), (10, 5, 2, 1, 1, 2, 1)
    )[0]
    arguments: dict[str, Any] = {"tag": name}
    if action in ("add", "remove"):
        arguments["customers"] = who
    elif action == "rename":
        arguments["name"] = other
    elif action == "merge":
        arguments["into"] = other
    has_it = name in shadow.tags
    expected: Code | None = None
    if action == "add":
        expected = Code.INACTIVE if name in shadow.retired else None
    elif not has_it:
        expected = Code.NOT_FOUND
    elif action == "rename" and other != name and other in shadow.tags:
        expected = Code.DUPLICATE
    elif action == "merge":
        if other not in shadow.tags:
            expected = Code.NOT_FOUND
        elif other == name:
            expected = Code.INVALID_CHOICE
        elif other in shadow.retired and name not in shadow.retired:
            expected = Code.INACTIVE
    elif action == "delete" and shadow.tags[name]:
        expected = Code.IN_USE
    got: Code | None = None
    try:
        use_cases.perform(unit, f"tag.{action}", arguments)
    except CrmdeskError as error:
        got = error.code
    assert got == expected, (action, name, other)
    if got is not None:
        return
    if action == "add":
        shadow.tags.setdefault(name, set()).update(who)
    elif action == "remove":
        shadow.tags[name].difference_update(who)
    elif action in ("rename", "merge"):
        codes, was_retired = shadow.tags.pop(name), name in shadow.retired
        shadow.retired.discard(name)
        shadow.tags.setdefault(other, set()).update(codes)
        if action == "rename" and was_retired:
            shadow.retired.add(other)
    elif action == "delete":
        del shadow.tags[name]
        shadow.retired.discard(name)
    else:
        (shadow.retired.add if action == "retire" else shadow.retired.discard)(name)


def _compare(unit: Unit, shadow: Shadow) -> None:
    unit.flush()
    connection = unit.connection
    codes = {row.id: row.code for row in connection.execute(select(customer.c.id, customer.c.code))}
    rows = {row.id: row for row in connection.execute(select(category))}
    found: dict[tuple[str, ...], set[str]] = {tuple(path_of(rows, one).split("/")): set() for one in rows}
    for category_id, customer_id in connection.execute(
        select(customer_category.c.category_id, customer_category.c.customer_id)
    ):
        found[tuple(path_of(rows, category_id).split("/"))].add(codes[customer_id])
    assert found == shadow.places
    tags: dict[str, set[str]] = {name: set() for name in connection.execute(select(tag.c.name)).scalars()}
    pairs = select(tag.c.name, customer_tag.c.customer_id).join(tag, tag.c.id == customer_tag.c.tag_id)
    for name, customer_id in connection.execute(pairs):
        tags[name].add(codes[customer_id])
    assert tags == shadow.tags
    retired = set(connection.execute(select(tag.c.name).where(tag.c.is_retired.is_(True))).scalars())
    assert retired == shadow.retired


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_tags_and_categories_survive_random_operations(book: Book, count: int) -> None:
    chance = random.Random(count)
    with book.write() as unit:
        unit.is_bulk = True
        for code in "ABCDEFGH":
            use_cases.perform(unit, "customer.create", {"code": code, "name": code})
        shadow = Shadow("ABCDEFGH")
        for number in range(count):
            _play(unit, shadow, chance)
            if number % 50 == 0:
                _compare(unit, shadow)
        _compare(unit, shadow)
        unit.finish("test", {})
    assert is_clean(book)


def test_the_same_by_the_batch_language(book: Book) -> None:
    lines = [
        {"do": "customer.create", "code": "A", "name": "A", "tags": ["老"]},
        {"do": "customer.create", "code": "B", "name": "B"},
        {"do": "category.create", "dimension": TREE, "path": "华东/上海"},
        {"do": "category.create", "dimension": TREE, "path": "东部/上海"},
        {"do": "category.assign", "dimension": TREE, "path": "东部/上海", "filter": "code in (A, B)"},
        {"do": "category.merge", "dimension": TREE, "path": "东部", "into": "华东"},
        {"do": "category.undo_merge", "dimension": TREE},
        {"do": "tag.add", "tag": "新", "filter": 'categories = "东部"'},
        {"do": "tag.merge", "tag": "老", "into": "新"},
        {"do": "tag.retire", "tag": "新"},
        {"do": "tag.add", "tag": "新", "customer": "A"},
    ]
    out = io.StringIO()
    path = book.path.with_name("lines.jsonl")
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    apply.Run(book, "", out).line_by_line(apply.read_lines(str(path)), keep_going=True)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one["ok"] for one in answers] == [True] * 10 + [False]
    assert answers[-1]["error"]["code"] == "inactive"
    assert answers[7]["result"] == {"tagged": 2}
    assert answers[8]["result"] == {"tag": "新", "tagged": 0}
    rows = lists.as_json(book, "customers", filter='tags = "新" and categories = "地区/东部"')["rows"]
    assert [row["code"] for row in rows] == ["A", "B"]
    assert lists.as_json(book, "tags")["rows"] == [
        {"name": "新", "colour": "", "customers": 2, "retired": True}
    ]
    assert is_clean(book)
