"""Groups, the matrix of two dimensions and the comparison, against plain adding up and by numbers one can follow."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from crmdesk.cli.main import main
from crmdesk.models import money
from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import axes, check, comparing, group_names, groups, lists, use_cases
from crmdesk.services.book import Book
from crmdesk.services.matrix import FIGURES, MONEY, matrix
from crmdesk.services.reports import declared


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def bill(book: Book, customer: str, on: str, amount: str, **more: Any) -> str:
    line = {"description": "x", "quantity": "1", "unit_price": amount, "tax_rate": "0"}
    return do(book, "invoice.issue", customer=customer, date=on, due=on, lines=[line], **more)["number"]


@pytest.fixture
def shop(book: Book) -> Book:
    """A, B in 华东 (B also 线上), C in 华北, D nowhere; A and C have level A, B and D have none."""
    east, north = "地区|华东/上海", "地区|华北"
    for code, level, places, tags in (
        ("A", "A", (east, "行业|零售/线下"), ["VIP"]),
        ("B", "", ("地区|华东", "行业|零售/线上"), ["VIP", '新"客\\户']),
        ("C", "A", (north,), []),
        ("D", "", (), []),
    ):
        categories = [dict(zip(("dimension", "path"), place.split("|"), strict=True)) for place in places]
        do(book, "customer.create", code=code, name=code, level=level, categories=categories, tags=tags)
    first = bill(book, "A", "2026-03-01", "100.00")
    bill(book, "A", "2026-04-01", "50.00")
    bill(book, "B", "2026-05-01", "30.00")
    bill(book, "B", "2025-05-01", "7.00")
    bill(book, "C", "2025-06-01", "20.00")
    gone = bill(book, "D", "2026-05-05", "900.00")
    do(book, "invoice.void", invoice=gone, date="2026-05-06", reason="wrong")
    bill(book, "B", "2026-06-01", "10.00", currency="USD", rate="7.1")
    do(
        book, "payment.record", customer="A", date="2026-03-21", amount="60.00",
        allocate=[{"invoice": first, "amount": "60.00"}],
    )  # fmt: skip
    return book


def own_fields(book: Book) -> None:
    """A choice, several choices and yes/no, each empty for somebody; two segments with a customer in both."""
    choices = [{"value": "zt", "label": "自提"}, {"value": "ps", "label": "配送"}]
    for name, kind in (("ch", "choice"), ("likes", "multi_choice"), ("vip", "yes_no")):
        more = {} if kind == "yes_no" else {"choices": choices}
        do(book, "field.define", record="customer", name=name, label=f"自己{name}", kind=kind, **more)
    for code, values in (
        ("A", {"ch": "zt", "likes": ["zt", "ps"], "vip": True}),
        ("B", {"ch": "ps", "likes": ["ps"], "vip": False}),
        ("C", {"ch": "zt"}),
    ):
        do(book, "customer.update", customer=code, fields=values)
    do(book, "segment.create", name="大户", rule="level = A")
    do(book, "segment.create", name='近"客', rule='tag = "VIP"')


def codes(book: Book, expression: str) -> list[str]:
    return [row["code"] for row in lists.as_json(book, "customers", filter=expression)["rows"]]


def test_groups_are_filters_of_the_customers_list(shop: Book) -> None:
    for text, expected in (
        ("category:地区/华东", "AB"),
        ("category:地区", "ABC"),
        ("category:零售", "AB"),
        ("tag:VIP", "AB"),
        ('tag:新"客\\户', "B"),
        ("filter:level = A", "AC"),
        ("level = A and not categories = 地区/华北", "A"),
        ("categories != 地区/华东", "CD"),
        ("categories in (地区/华东, 地区/华北) and tags is empty", "C"),
        ("categories is empty", "D"),
        ("categories ~ 上海 or tags ~ 客", "AB"),
        ("not tags = VIP", "CD"),
        ("", "ABCD"),
    ):
        with shop.read() as connection:
            assert groups.codes(connection, groups.parse(text)) == list(expected), text
    with shop.read() as connection:
        for text in ("tag:nothing", "category:地区/nothing", "segment:x", "nothing = 1"):
            with pytest.raises(CrmdeskError) as caught:
                groups.codes(connection, groups.parse(text))
            assert caught.value.code is Code.FILTER_INVALID


def test_the_matrix_by_numbers(shop: Book) -> None:
    with shop.read() as connection:
        found = matrix(connection, "category:地区", "level")
        assert [one.title for one in found.rows] == ["华东", "华北", "In no category"]
        assert [one.title for one in found.columns] == ["A", "(empty)"]
        assert [[cell.customers for cell in row] for row in found.cells] == [[1, 1], [1, 0], [0, 1]]
        assert [cell.customers for cell in found.column_totals] == [2, 2]
        assert found.total.customers == 4
        assert found.heat() == ((100, 100), (100, 0), (0, 100))
        sums = matrix(connection, "category:地区/华东", "tag", figure="revenue", date_from=None)
        assert [one.title for one in sums.rows] == ["上海", "Directly in it", "In no category"]
        assert [one.title for one in sums.columns] == ["VIP", '新"客\\户', "Without a tag"]
        assert sums.currencies == ("CNY", "USD")
        assert sums.cells[0][0].sums == {"CNY": 15000}
        assert sums.cells[1][1].sums == {"CNY": 3700, "USD": 1000}
        assert sums.row_totals[1].sums == {"CNY": 3700, "USD": 1000}  # once, though he has two tags
        assert sums.cells[2][2].sums == {"CNY": 2000}  # D's void took its 900 away
        assert sums.total.sums == {"CNY": 20700, "USD": 1000}


def test_every_cell_opens_the_customers_it_counts(shop: Book) -> None:
    own_fields(shop)
    with shop.read() as connection:
        names = [one.name for one in axes.axes(connection)] + ["category:行业/零售"]
    assert {"segment", "own.ch", "own.likes", "own.vip"} <= set(names)
    for base in ("", "level = A or tags = VIP"):
        for at, name in enumerate(names):
            other = names[(at + 3) % len(names)]
            with shop.read() as connection:
                found = matrix(connection, name, other, figure="balance", filter=base)
            for row, total in zip(found.cells, found.row_totals, strict=True):
                for cell in (*row, total):
                    listed = lists.as_json(shop, "customers", filter=cell.filter)
                    assert listed["total"] == cell.customers, (name, other, cell.filter)
                    sums = {code: one["balance"] for code, one in listed["sums"].items()}
                    assert {code: money.plain(minor, code) for code, minor in cell.sums.items()} == sums


def test_segments_and_own_fields_by_numbers(shop: Book) -> None:
    own_fields(shop)
    with shop.read() as connection:
        found = matrix(connection, "own.likes", "segment")
        assert [one.title for one in found.rows] == ["自提", "配送", "(empty)"]
        assert [one.title for one in found.columns] == ["大户", '近"客', "In no segment"]
        assert [[cell.customers for cell in row] for row in found.cells] == [[1, 1, 0], [1, 2, 0], [1, 0, 1]]
        assert [cell.customers for cell in found.row_totals] == [1, 2, 2]
        assert found.total.customers == 4
        truths = matrix(connection, "own.vip", "own.ch")
        assert [one.title for one in truths.rows] == ["Yes", "No", "(empty)"]
        assert [[cell.customers for cell in row] for row in truths.cells] == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert codes(shop, truths.rows[1].filter) == ["B"]


def test_an_axis_may_be_named_as_it_is_called(shop: Book) -> None:
    own_fields(shop)
    with shop.read() as connection:
        assert axes.load(connection, "行业") == axes.load(connection, "category:行业")
        assert axes.load(connection, "自己ch") == axes.load(connection, "own.ch")
        for said, meant in (("ch", "own.ch"), ("行业/零售", "category:行业/零售"), ("华东", "category:华东")):
            with pytest.raises(CrmdeskError) as caught:
                axes.load(connection, said)
            assert str(caught.value).endswith(f"Did you mean {meant}?")
    do(shop, "field.define", record="customer", name="hy", label="行业", kind="yes_no")
    with shop.read() as connection, pytest.raises(CrmdeskError) as caught:
        axes.load(connection, "行业")
    assert str(caught.value).endswith("Did you mean category:行业 or own.hy?")


def test_revenue_is_that_of_the_sales_report(shop: Book) -> None:
    start, end = declared.date(2026, 1, 1), declared.date(2026, 6, 30)
    with shop.read() as connection:
        options = declared.Options(date_from=start, date_to=end)
        sales = declared.find("sales").fill(connection, options).totals
        found = matrix(connection, "owner", "kind", figure="revenue", date_from=start, date_to=end)
        assert found.total.sums == {currency: sums["net"] for currency, sums in sales.items()}
        counted = matrix(connection, "owner", "kind", figure="invoices", date_from=start, date_to=end)
        assert counted.total.invoices == 4


_NAMES = st.sets(st.sampled_from("红黄蓝"))
_CUSTOMER = st.fixed_dictionaries(
    {
        "tag": _NAMES,
        "category:向": st.sets(st.sampled_from("东西")),
        "segment": st.sets(st.sampled_from("甲乙")),
        "own.many": _NAMES,
        "own.one": _NAMES.filter(lambda names: len(names) < 2),
        "own.yes": st.sets(st.sampled_from("01"), max_size=1),
    }
)
_AXES = ("tag", "category:向", "segment", "own.many", "own.one", "own.yes")


@given(
    people=st.lists(_CUSTOMER, min_size=1, max_size=8),
    figure=st.sampled_from([one.value for one in FIGURES]),
    crossed=st.permutations(_AXES).map(lambda names: names[:2]),
)
def test_any_matrix_equals_plain_adding_up(
    shared_book: Book, people: list[Any], figure: str, crossed: list[str]
) -> None:
    across, down = crossed
    choices = [{"value": one, "label": f"{one}的"} for one in "红黄蓝"]
    with shared_book.write() as unit:

        def perform(use_case: str, **values: Any) -> None:
            use_cases.perform(unit, use_case, values)

        for name, kind in (("many", "multi_choice"), ("one", "choice"), ("yes", "yes_no")):
            more = {} if kind == "yes_no" else {"choices": choices}
            perform("field.define", record="customer", name=name, label=name, kind=kind, **more)
        for number, one in enumerate(people):
            own: dict[str, Any] = {"many": sorted(one["own.many"])}
            own |= {"one": next(iter(one["own.one"]))} if one["own.one"] else {}
            own |= {"yes": "1" in one["own.yes"]} if one["own.yes"] else {}
            perform(
                "customer.create", code=f"M{number}", name="x", tags=sorted(one["tag"]), fields=own,
                categories=[{"dimension": "向", "path": place} for place in sorted(one["category:向"])],
            )  # fmt: skip
            line = {"description": "x", "quantity": "1", "unit_price": str(number + 1), "tax_rate": "0"}
            perform("invoice.issue", customer=f"M{number}", date="2026-01-01", due="2026-01-01", lines=[line])
        perform("category.create", dimension="向", path="东")
        for name in "甲乙":
            perform("segment.create", name=name)
            inside = [f"M{number}" for number, one in enumerate(people) if name in one["segment"]]
            if inside:
                perform("segment.add", segment=name, customers=inside)
        unit.flush_all()
        found = matrix(unit.connection, down, across, figure=figure)
    for row, cells in zip(found.rows, found.cells, strict=True):
        for column, cell in zip(found.columns, cells, strict=True):
            here = [
                number
                for number, one in enumerate(people)
                if (row.key in one[down] if row.key else not one[down])
                and (column.key in one[across] if column.key else not one[across])
            ]
            assert cell.customers == len(here)
            if figure in MONEY:
                assert cell.sums == ({"CNY": sum(100 * (one + 1) for one in here)} if here else {})
    assert found.total.customers == len(people)


def test_refused_matrices(shop: Book) -> None:
    with shop.read() as connection:
        for arguments, code in (
            (("nothing", "level"), Code.NOT_FOUND),
            (("category:地区/nothing", "level"), Code.NOT_FOUND),
            (("name", "level"), Code.NOT_FOUND),
        ):
            with pytest.raises(CrmdeskError) as caught:
                matrix(connection, *arguments)
            assert caught.value.code is code
        with pytest.raises(CrmdeskError):
            matrix(connection, "level", "owner", figure="x")
        with pytest.raises(CrmdeskError):
            matrix(connection, "level", "owner", filter="x = 1")


def test_groups_compared_by_numbers(shop: Book) -> None:
    quote = do(
        shop, "quote.create", customer="A", date="2026-02-01",
        lines=[{"description": "x", "quantity": "1", "unit_price": "5", "tax_rate": "0"}],
    )["number"]  # fmt: skip
    do(shop, "quote.send", quote=quote, date="2026-02-01")
    do(shop, "quote.accept", quote=quote, date="2026-02-02")
    do(shop, "contract.create", quote=quote, date="2026-02-03")
    for customer, kind, on in (
        ("A", "praise", "2026-05-01"), ("B", "complaint", "2026-05-02"), ("B", "praise", "2026-05-03"),
        ("B", "complaint", "2025-05-02"), ("A", "call", "2026-05-01"),
    ):  # fmt: skip
        do(shop, "activity.log", customer=customer, kind=kind, date=on)
    with shop.read() as connection:
        found = comparing.compare(
            connection,
            [groups.parse("category:地区/华东"), groups.parse("category:地区/华北")],
            against="all",
        )
    assert (found.date_from.isoformat(), found.date_to.isoformat()) == ("2025-07-01", "2026-06-30")
    by_name = {(one.group.title, one.currency): one for one in found.rows}
    east, north = by_name["地区/华东", "CNY"], by_name["地区/华北", "CNY"]
    assert (east.customers, east.buyers, east.invoices, east.revenue_minor) == (2, 2, 4, 18000)
    assert (east.average_minor, east.difference_minor, east.difference) == (9000, 4500, Decimal("100.0"))
    assert (east.quotes, east.conversion, east.billed) == (1, Decimal("100.0"), Decimal("0.0"))
    assert (east.repurchase, east.churn) == (Decimal("100.0"), Decimal("0.0"))
    assert (east.overdue_share, east.days_to_pay) == (Decimal("100.0"), Decimal("20.0"))
    assert (east.satisfaction, north.satisfaction) == (Decimal("66.7"), None)
    assert (north.buyers, north.churn, north.repurchase) == (0, Decimal("100.0"), None)
    assert by_name["地区/华东", "USD"].revenue_minor == 1000
    assert by_name["All customers", "CNY"].difference_minor is None
    with shop.read() as connection:
        for wanted, against, code in (
            (["tag:VIP"], "first", Code.OUT_OF_RANGE),
            (["tag:VIP"] * 7, "first", Code.OUT_OF_RANGE),
            (["tag:VIP", "level = A"], "x", Code.INVALID_CHOICE),
            (["tag:VIP", "level = A", " tag: VIP"], "first", Code.DUPLICATE),
            (["tag:VIP", "tag:no"], "first", Code.FILTER_INVALID),
        ):
            with pytest.raises(CrmdeskError) as caught:
                comparing.compare(connection, [groups.parse(one) for one in wanted], against=against)
            assert caught.value.code is code


def test_reports_and_their_files(shop: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(shop.path)
    assert check.run(shop)["clean"]
    shop.close()
    matrix_of = [
        "report",
        "matrix",
        path,
        "--rows",
        "category:地区",
        "--columns",
        "level",
        "--figure",
        "balance",
    ]
    assert main([*matrix_of, "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["cells"][0][0] == {
        "customers": 1,
        "filter": 'category = "地区/华东" and level = "A"',
        "sums": {"CNY": "90.00"},
    }
    compare = ["report", "compare", path, "--group", "category:地区/华东", "--group", "tag:VIP"]
    assert main([*compare, "--json"]) == 0
    compared = json.loads(capsys.readouterr().out)
    assert compared["rows"][0]["revenue"] == "180.00"
    assert set(compared["formulas"]) >= {"conversion", "churn"}
    for command in (matrix_of, compare, ["report", "compare", path], ["report", "matrix", path]):
        for form in ("pdf", "xlsx", "csv", "json"):
            out = tmp_path / f"out.{form}"
            assert main([*command, "--out", str(out)]) == 0
            assert out.stat().st_size > 60
    assert main([*matrix_of, "--out", str(tmp_path / "heat.xlsx")]) == 0
    sheet = load_workbook(tmp_path / "heat.xlsx").active
    ranges = [str(heat.sqref) for heat in sheet.conditional_formatting]
    assert ranges
    assert ranges[0].startswith("C")  # the totals below and beside stay white


def test_groups_are_found_by_a_part_of_their_name(shop: Book) -> None:
    do(shop, "segment.create", name="华东大客户", rule='category = "地区/华东" and level = A')
    with shop.read() as connection:
        known = {one.group.key: one.size for one in group_names.named(connection)}
        found = [one.group.key for one in group_names.matching(connection, "华东", 9)]
        assert group_names.find(connection, "tag:VIP") is not None
        assert group_names.find(connection, "tag:nobody") is None
        members = {key: len(groups.members(connection, groups.parse(key))) for key in known}
    assert known == members
    assert set(found) == {"segment:华东大客户", "category:地区/华东", "category:地区/华东/上海"}
    assert found[-1] == "category:地区/华东/上海", "who begins with it comes first"


def test_own_fields_and_bare_names_are_groups(shop: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    own_fields(shop)
    with shop.read() as connection:
        known = {one.group.key: one for one in group_names.named(connection)}
        own = {key: (one.group.title, one.size) for key, one in known.items() if key.startswith("own.")}
        assert own == {
            "own.ch:zt": ("自己ch: 自提", 2), "own.ch:ps": ("自己ch: 配送", 1),
            "own.likes:zt": ("自己likes: 自提", 1), "own.likes:ps": ("自己likes: 配送", 2),
            "own.vip:yes": ("自己vip: Yes", 1), "own.vip:no": ("自己vip: No", 1),
        }  # fmt: skip
        for key, one in known.items():
            assert len(groups.members(connection, groups.parse(key))) == one.size, key
        assert [one.group.key for one in group_names.matching(connection, "自提", 9)] == [
            "own.ch:zt", "own.likes:zt",
        ]  # fmt: skip
        asked: list[Any] = []
        named = group_names.named
        monkeypatch.setattr(group_names, "named", lambda one: asked.append(one) or named(one))
        said = {
            "行业/零售": "category:行业/零售", "大户": "segment:大户", "VIP": "tag:VIP",
            "vip": "tag:VIP", "tag:ＶＩＰ": "tag:VIP", "own.ch:zt": "own.ch:zt", "level = A": "filter:level = A",
        }  # fmt: skip
        assert [one.key for one in group_names.meant(connection, said)] == list(said.values())
        assert len(asked) == 1  # it counts all trees
        group_names.meant(connection, ["category:行业/零售", "tag:VIP", "level = A"])
        assert len(asked) == 1
        options = declared.Options(groups=("大户", "own.ch:ps"))
        rows = declared.find("compare").fill(connection, options).document["rows"]
    assert [(row["group"], row["customers"]) for row in rows if row["currency"] == "CNY"] == [
        ("大户", 2), ("自己ch: 配送", 1),
    ]  # fmt: skip
    do(shop, "tag.create", tag="大户")
    with shop.read() as connection, pytest.raises(CrmdeskError) as caught:
        group_names.meant(connection, ["大户"])
    assert str(caught.value).endswith("Did you mean segment:大户 or tag:大户?")
