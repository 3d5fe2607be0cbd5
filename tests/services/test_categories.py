"""Category trees against a plain model, and the refusals that keep them trees."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables.categories import category, customer_category, dimension
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import segment
from crmdesk.services import axes, category_tree, group_names, groups, lists, segment_rules, use_cases
from crmdesk.services.book import Book
from crmdesk.services.units import Unit

TREE = "树"
CUSTOMERS = ("A", "B", "C", "D")


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def refused(book: Book, use_case: str, /, **arguments: Any) -> Code:
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    return caught.value.code


class Model:
    """A tree as ordered paths, and who is in which."""

    def __init__(self) -> None:
        self.children: dict[tuple[str, ...], list[str]] = {(): []}
        self.members: dict[tuple[str, ...], set[str]] = {}

    def exists(self, path: tuple[str, ...]) -> bool:
        return path in self.children and path != ()

    def create(self, path: tuple[str, ...]) -> None:
        for length in range(1, len(path) + 1):
            if path[:length] not in self.children:
                self.children[path[: length - 1]].append(path[length - 1])
                self.children[path[:length]] = []
                self.members[path[:length]] = set()

    def below(self, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        return [one for one in self.children if one[: len(path)] == path and one != ()]

    def relocate(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        for one in self.below(old):
            target = new + one[len(old) :]
            self.children[target] = self.children.pop(one)
            self.members[target] = self.members.pop(one)

    def move(self, path: tuple[str, ...], parent: tuple[str, ...], position: int | None) -> Code | None:
        if parent[: len(path)] == path:
            return Code.TREE_CYCLE
        new = (*parent, path[-1])
        if new != path and new in self.children:
            return Code.DUPLICATE
        self.children[path[:-1]].remove(path[-1])
        siblings = self.children[parent]
        siblings.insert(len(siblings) if position is None else position, path[-1])
        if new != path:
            self.relocate(path, new)
        return None

    def rename(self, path: tuple[str, ...], name: str) -> Code | None:
        new = (*path[:-1], name)
        if new != path and new in self.children:
            return Code.DUPLICATE
        siblings = self.children[path[:-1]]
        siblings[siblings.index(path[-1])] = name
        if new != path:
            self.relocate(path, new)
        return None

    def delete(self, path: tuple[str, ...]) -> Code | None:
        if self.children[path] or self.members[path]:
            return Code.IN_USE
        del self.children[path], self.members[path]
        self.children[path[:-1]].remove(path[-1])
        return None

    def shown(self) -> list[tuple[str, int, int]]:
        found: list[tuple[str, int, int]] = []

        def walk(path: tuple[str, ...]) -> None:
            for name in self.children[path]:
                one = (*path, name)
                inside = set().union(*(self.members[each] for each in self.below(one)))
                found.append(("/".join(one), len(inside), len(self.members[one])))
                walk(one)

        walk(())
        return found


_PATHS = st.lists(st.sampled_from("甲乙丙"), min_size=1, max_size=4).map(tuple)
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "move", "move", "rename", "delete", "assign", "assign", "unassign"]),
        _PATHS,
        st.one_of(st.just(()), _PATHS),
        st.one_of(st.none(), st.integers(0, 3)),
        st.sampled_from(CUSTOMERS),
        st.sampled_from("甲乙丙丁"),
    ),
    max_size=25,
)


def _step(unit: Unit, model: Model, step: tuple[Any, ...]) -> None:
    action, path, other, position, who, name = step
    at = {"dimension": TREE, "path": "/".join(path)}
    expected: Code | None = None
    if action != "create" and not model.exists(path):
        expected = Code.NOT_FOUND
    elif action == "create":
        model.create(path)
    elif action == "move":
        expected = model.move(path, other, position) if other in model.children else Code.NOT_FOUND
    elif action == "rename":
        expected = model.rename(path, name)
    elif action == "delete":
        expected = model.delete(path)
    elif action == "assign":
        model.members[path].add(who)
    else:
        model.members[path].discard(who)
    if action == "move":
        at |= {"parent": "/".join(other)} | ({} if position is None else {"position": position})
    if action == "rename":
        at |= {"name": name}
    if action.endswith("assign"):
        at |= {"customer": who}
    got: Code | None = None
    try:
        use_cases.perform(unit, f"category.{action}", at)
    except CrmdeskError as error:
        got = error.code
    assert got == expected, step


@given(steps=_STEPS)
def test_any_series_of_changes_agrees_with_the_model(shared_book: Book, steps: list[tuple[Any, ...]]) -> None:
    with shared_book.write() as unit:
        for code in CUSTOMERS:
            use_cases.perform(unit, "customer.create", {"code": code, "name": code})
        tree_id = use_cases.perform(unit, "dimension.create", {"name": TREE})["id"]
        model = Model()
        for step in steps:
            _step(unit, model, step)
        unit.flush()
        shown = category_tree.tree(unit.connection, tree_id)
        assert [(node.path, node.count, node.own_count) for node in shown] == model.shown()
        for node in shown:
            ids = set(unit.connection.execute(category_tree.members(node.id)).scalars())
            assert len(ids) == node.count


@given(paths=st.lists(_PATHS, min_size=2, max_size=12), data=st.data())
def test_handing_over_merges_and_loses_nobody(
    shared_book: Book, paths: list[tuple[str, ...]], data: Any
) -> None:
    with shared_book.write() as unit:
        for number, path in enumerate(paths):
            place = {"dimension": TREE, "path": "/".join(path)}
            values = {"code": f"K{number}", "name": "x", "categories": [place]}
            use_cases.perform(unit, "customer.create", values)
        unit.flush()
        known = sorted({path[:length] for path in paths for length in range(1, len(path) + 1)})
        source, target = data.draw(st.sampled_from(known)), data.draw(st.sampled_from(known))
        arguments = {"dimension": TREE, "path": "/".join(source), "to": "/".join(target)}
        expected: dict[str, set[str]] = {}
        for number, path in enumerate(paths):
            if path[: len(source)] == source:
                path = target + path[len(source) :]
            expected.setdefault("/".join(path), set()).add(f"K{number}")
        if target[: len(source)] == source:
            with pytest.raises(CrmdeskError) as caught:
                use_cases.perform(unit, "category.delete", arguments)
            assert caught.value.code is Code.TREE_CYCLE
            return
        use_cases.perform(unit, "category.delete", arguments)
        tree_id = next(one.id for one in category_tree.dimensions(unit.connection) if one.name == TREE)
        found: dict[str, set[str]] = {}
        for node in category_tree.tree(unit.connection, tree_id):
            query = (
                select(customer.c.code)
                .join(customer_category, customer_category.c.customer_id == customer.c.id)
                .where(customer_category.c.category_id == node.id)
            )
            codes = set(unit.connection.execute(query).scalars())
            if codes:
                found[node.path] = codes
        assert found == expected


def test_a_category_and_its_tree_are_made_as_needed_once(book: Book) -> None:
    one = do(book, "category.create", dimension="新树", path=" 零售 / 线上 ")
    assert one["path"] == "零售/线上"
    assert do(book, "category.create", dimension="新树", path="零售/线上")["id"] == one["id"]
    assert [row["path"] for row in lists.as_json(book, "categories")["rows"]] == ["零售", "零售/线上"]


@pytest.mark.parametrize(
    ("path", "code"),
    [("", Code.REQUIRED), ("/", Code.REQUIRED), ("a//b", Code.REQUIRED), ("长" * 61, Code.TEXT_TOO_LONG)],
)
def test_bad_paths_are_refused(book: Book, path: str, code: Code) -> None:
    assert refused(book, "category.create", dimension="x", path=path) is code
    assert "x" not in [row["name"] for row in lists.as_json(book, "categories")["rows"]]


def test_dimensions_are_renamed_ordered_and_deleted_while_empty(book: Book) -> None:
    def names() -> list[str]:
        with book.read() as connection:
            return [one.name for one in category_tree.dimensions(connection)]

    assert names() == ["行业", "地区", "消费水平", "客户价值"]
    assert refused(book, "dimension.create", name="地区") is Code.DUPLICATE
    do(book, "dimension.reorder", dimension="客户价值", position=0)
    assert names() == ["客户价值", "行业", "地区", "消费水平"]
    do(book, "dimension.rename", dimension="地区", name="区域")
    assert refused(book, "dimension.rename", dimension="行业", name="区域") is Code.DUPLICATE
    do(book, "category.create", dimension="区域", path="华东")
    assert refused(book, "dimension.delete", dimension="区域") is Code.IN_USE
    do(book, "category.delete", dimension="区域", path="华东")
    do(book, "dimension.delete", dimension="区域")
    assert names() == ["客户价值", "行业", "消费水平"]


def test_many_customers_are_assigned_at_once_and_unknown_ones_stop_all(book: Book) -> None:
    codes = [do(book, "customer.create", name=f"x{number}")["code"] for number in range(5)]
    do(book, "category.create", dimension="地区", path="华东/上海")
    at = {"dimension": "地区", "path": "华东/上海"}
    assert refused(book, "category.assign", **at, customers=[codes[0], "nobody"]) is Code.CUSTOMER_MISSING
    assert refused(book, "category.assign", **at) is Code.REQUIRED
    assert do(book, "category.assign", **at, customers=codes[:3]) == {"assigned": 3}
    assert do(book, "category.assign", **at, customers=codes) == {"assigned": 2}
    assert do(book, "category.unassign", **at, customer=codes[0]) == {"unassigned": 1}
    assert do(book, "category.unassign", **at, customer=codes[0]) == {"unassigned": 0}
    with book.read() as connection:
        assert groups.codes(connection, groups.Group("category", "华东")) == codes[1:]
        assert groups.codes(connection, groups.Group("category", "地区/华东/上海")) == codes[1:]
        with pytest.raises(CrmdeskError):
            groups.codes(connection, groups.Group("category", "地区/华北"))


def test_the_tree_filters_the_list(book: Book) -> None:
    for code, place in (("A", "华东/上海"), ("B", "华东"), ("C", "华北")):
        do(book, "customer.create", code=code, name=code, categories=[{"dimension": "地区", "path": place}])
    do(book, "customer.create", code="D", name="D")
    with book.read() as connection:
        tree = next(one for one in category_tree.dimensions(connection) if one.name == "地区")
        east = next(node for node in category_tree.tree(connection, tree.id) if node.path == "华东")
        query = lists.Query("customers", category_id=east.id)
        assert [row["code"] for row in lists.rows(connection, query, lists.ids(connection, query))] == [
            "A",
            "B",
        ]
        assert lists.count(connection, query) == 2
        query = lists.Query("customers", no_category_in=tree.id)
        assert [row["code"] for row in lists.rows(connection, query, lists.ids(connection, query))] == ["D"]


def test_products_have_a_tree_of_their_own(book: Book) -> None:
    do(book, "product.create", code="P1", name="漆", price="1", category="涂料/内墙")
    do(book, "product.create", code="P2", name="刷", price="1", category="工具")
    with book.read() as connection:
        (tree,) = category_tree.dimensions(connection, "product")
        shown = category_tree.tree(connection, tree.id)
        assert [(node.path, node.count) for node in shown] == [("涂料", 1), ("涂料/内墙", 1), ("工具", 1)]
        query = lists.Query("products", category_id=shown[0].id)
        assert lists.count(connection, query) == 1
    at = {"dimension": tree.name, "applies_to": "product"}
    assert refused(book, "category.delete", path="工具", **at) is Code.IN_USE
    do(book, "category.delete", path="工具", to="涂料", **at)
    assert [row["category"] for row in lists.as_json(book, "products")["rows"]] == ["涂料/内墙", "涂料"]


def test_a_deep_branch_is_not_moved_below_the_limit(book: Book) -> None:
    do(book, "category.create", dimension="地区", path="/".join("a" * 15))
    do(book, "category.create", dimension="地区", path="/".join("b" * 6))
    assert (
        refused(book, "category.move", dimension="地区", path="b", parent="/".join("a" * 15))
        is Code.OUT_OF_RANGE
    )
    do(book, "category.move", dimension="地区", path="b", parent="/".join("a" * 14))
    with book.read() as connection:
        assert connection.execute(select(func.count()).select_from(category)).scalar_one() == 21


def test_the_name_of_a_tree_has_no_separator(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", categories=[{"dimension": "a-b", "path": "c"}])
    for use_case, arguments in (
        ("dimension.create", {"name": "x/y"}),
        ("dimension.rename", {"dimension": "a-b", "name": "a/b"}),
        ("customer.create", {"name": "B", "categories": [{"dimension": "x/y", "path": "c"}]}),
    ):
        assert refused(book, use_case, **arguments) is Code.INVALID_CHOICE


def test_a_tree_that_had_a_separator_before_is_read_and_used(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", categories=[{"dimension": "a-b", "path": "c"}])
    with book.write() as unit:
        unit.execute(update(dimension).where(dimension.c.name == "a-b").values(name="a/b"))
        unit.finish("dimension.rename", {})  # as a version before this one took it
    do(book, "customer.create", code="B", name="B", categories=[{"dimension": "a/b", "path": "c"}])
    rows = lists.as_json(book, "customers", sort="code")["rows"]
    assert [row["categories"] for row in rows] == ["a/b: c", "a/b: c"]
    do(book, "dimension.rename", dimension="a/b", name="a/b")
    do(book, "category.create", dimension="a", path="b/c")  # what “a/b/c” has always meant
    assert lists.as_json(book, "customers", filter="category = a/b/c")["total"] == 0
    assert lists.as_json(book, "customers", filter="category = a//b/c")["total"] == 2
    assert lists.as_json(book, "customers", filter="category = a//b")["total"] == 2
    do(book, "segment.create", name="s", rule="category = a//b/c")
    assert lists.as_json(book, "customers", filter="segment = s")["total"] == 2
    do(book, "category.delete", dimension="a", path="b/c")
    do(book, "category.delete", dimension="a", path="b")
    with pytest.raises(CrmdeskError) as caught:
        do(book, "segment.create", name="t", rule="category = a/b/c")
    assert "“a//b/c”" in caught.value.message
    with book.read() as connection:
        axis = axes.load(connection, "category:a/b")
        offered = [one.group.value for one in group_names.named(connection)]
        assert segment_rules.current_tree(connection, *_kept(book, "s")) == segment_rules.current_tree(
            connection, _kept(book, "s")[0].replace("a//b", "a/b"), '[["category", "a/b/c", []]]'
        )
    assert next(one.filter for one in axis.headings if one.key) == 'category = "a//b/c"'
    assert "a//b/c" in offered
    do(book, "dimension.rename", dimension="a/b", name="ab")
    assert lists.as_json(book, "customers", filter="segment = s")["total"] == 2
    assert lists.as_json(book, "customers", filter="category in ab/c")["total"] == 2


def _kept(book: Book, name: str) -> tuple[str, str]:
    with book.read() as connection:
        row = connection.execute(select(segment.c.rule, segment.c.named).where(segment.c.name == name)).one()
        return row.rule, row.named
