"""Customers and products from tables: what a row becomes, keys, modes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from crmdesk.models.errors import InvalidInput
from crmdesk.models.tables.categories import category, customer_category, customer_tag, dimension, tag
from crmdesk.models.tables.customers import address, billing_profile, contact, customer
from crmdesk.models.tables.products import product
from crmdesk.services import category_tree
from crmdesk.services.book import Book
from crmdesk.services.imports.results import ImportResult
from tests.services.imports.conftest import codes_of, counts, do, dump, require_clean

Take = Callable[..., ImportResult]


def rows_of(book: Book, table: Any, *names: str) -> list[tuple[Any, ...]]:
    with book.read() as connection:
        return [
            tuple(row)
            for row in connection.execute(select(*(table.c[name] for name in names)).order_by(table.c.id))
        ]


def paths(book: Book, code: str) -> set[tuple[str, str]]:
    """(tree, path) of a customer's categories."""
    with book.read() as connection:
        nodes = {row.id: row for row in connection.execute(select(category))}
        trees = dict(connection.execute(select(dimension.c.id, dimension.c.name)).all())
        query = select(customer_category.c.category_id).join(
            customer, customer.c.id == customer_category.c.customer_id
        )
        found = set()
        for record_id in connection.execute(query.where(customer.c.code == code)).scalars():
            names, node = [], nodes[record_id]
            while node is not None:
                names.append(node.name)
                node = nodes.get(node.parent_id)
            found.add((trees[nodes[record_id].dimension_id], "/".join(reversed(names))))
        return found


def test_a_row_becomes_a_customer_with_all_that_belongs_to_it(book: Book, take: Take) -> None:
    result = take(
        book,
        "customers",
        "客户编号|客户名称|联系人|职务|联系人手机|联系电话|税号|行业|地区|城市|地址|开户行|银行账号|标签|账期|信用额度|备注",
        "C001|上海鼎晟贸易有限公司|李娜|采购经理|13800138000|021-62881000|91350100M000100Y43|零售/线上|华东/上海|上海市"
        "|南京西路 1266 号|工商银行|1001244109300001234|重点、老客户|30|50,000.00|好客户",
    )
    assert counts(result) == (1, 0, 0, 0)
    with book.read() as connection:
        row = connection.execute(select(customer)).one()
    assert (row.code, row.name, row.phone) == ("C001", "上海鼎晟贸易有限公司", "021-62881000")
    assert (row.terms_days, row.credit_limit_minor, row.note) == (30, 5_000_000, "好客户")
    assert rows_of(book, contact, "name", "role", "mobile", "is_primary") == [
        ("李娜", "采购经理", "13800138000", True)
    ]
    assert rows_of(book, address, "city", "street") == [("上海市", "南京西路 1266 号")]
    assert rows_of(book, billing_profile, "title", "bank", "bank_account") == [
        ("上海鼎晟贸易有限公司", "工商银行", "1001244109300001234")
    ]
    assert paths(book, "C001") == {("行业", "零售/线上"), ("地区", "华东/上海")}
    assert {name for (name,) in rows_of(book, tag, "name")} == {"重点", "老客户"}
    require_clean(book)


def test_several_contacts_and_trees_by_header(book: Book, take: Take) -> None:
    take(
        book,
        "customers",
        "名称|联系人1|联系人1电话|联系人2|联系人2电话|category:渠道|分类",
        "甲公司|张三|111111|李四|222222|直营/门店|制造/机械",
    )
    assert rows_of(book, contact, "name", "phone", "is_primary") == [
        ("张三", "111111", True),
        ("李四", "222222", False),
    ]
    # a column that only says 分类 means the first tree of the book
    assert paths(book, "C00001") == {("渠道", "直营/门店"), ("行业", "制造/机械")}


def test_headers_of_the_northwind_kind(new_book: Callable[..., Book], take: Take) -> None:
    book = new_book(country="US", currency="USD", language="en")
    take(
        book,
        "customers",
        "CustomerID|CompanyName|ContactName|ContactTitle|Address|City|Region|PostalCode|Country|Phone|Fax",
        "ALFKI|Alfreds Futterkiste|Maria Anders|Sales Representative|Obere Str. 57|Berlin|BE|12209"
        "|Germany|030-0074321|x",
    )
    assert rows_of(book, customer, "code", "name", "phone") == [
        ("ALFKI", "Alfreds Futterkiste", "030-0074321")
    ]
    assert rows_of(book, contact, "name", "role") == [("Maria Anders", "Sales Representative")]
    assert rows_of(book, address, "street", "city", "province", "postal_code", "country") == [
        ("Obere Str. 57", "Berlin", "BE", "12209", "Germany")
    ]


def test_a_list_of_people(book: Book, take: Take) -> None:
    take(book, "customers", "姓名|手机|性别|生日", "张伟|13800138000|男|1990-05-20", "张伟|13900139000|男|")
    assert rows_of(book, customer, "name", "kind", "gender", "phone") == [
        ("张伟", "person", "male", "13800138000"),
        ("张伟", "person", "male", "13900139000"),
    ]
    again = take(
        book, "customers", "姓名|手机|性别|生日", "张伟|13800138000|男|1990-05-20", "张伟|13900139000|男|"
    )
    assert counts(again) == (0, 0, 2, 0)


def test_existing_codes_by_mode(book: Book, take: Take) -> None:
    take(book, "customers", "code|name|phone", "A|Anna|11111", "B|Bert|22222")
    before = dump(book)
    table = ("code|name|phone", "A|Anna|11111", "B|Bert|33333", "C|Carl|44444")
    created = take(book, "customers", *table, is_dry_run=True)
    assert counts(created) == (1, 0, 1, 1)
    assert codes_of(created) == [(3, "duplicate_differs")]
    updated = take(book, "customers", *table, mode="update", is_dry_run=True)
    assert counts(updated) == (0, 1, 1, 1)
    assert codes_of(updated) == [(4, "not_found")]
    assert dump(book) == before
    assert counts(take(book, "customers", *table, mode="upsert")) == (1, 1, 1, 0)
    assert rows_of(book, customer, "code", "phone") == [("A", "11111"), ("B", "33333"), ("C", "44444")]
    assert counts(take(book, "customers", *table, mode="upsert")) == (0, 0, 3, 0)


def test_a_blank_cell_changes_nothing(book: Book, take: Take) -> None:
    take(book, "customers", "code|name|phone|note", "A|Anna|11111|old")
    result = take(book, "customers", "code|name|phone|note", "A|Anna||new", mode="update")
    assert counts(result) == (0, 1, 0, 0)
    assert rows_of(book, customer, "phone", "note") == [("11111", "new")]


def test_an_update_reaches_contacts_categories_and_tags(book: Book, take: Take) -> None:
    header = "code|name|联系人|联系人电话|行业|标签"
    take(book, "customers", header, "A|Anna|Li|11111|零售/线上|老")
    result = take(book, "customers", header, "A|Anna|Li|22222|批发|老,新", mode="upsert")
    assert counts(result) == (0, 1, 0, 0)
    assert rows_of(book, contact, "name", "phone") == [("Li", "22222")]
    assert paths(book, "A") == {("行业", "批发")}
    with book.read() as connection:
        assert len(connection.execute(select(customer_tag)).all()) == 2
    take(book, "customers", "code|name|联系人", "A|Anna|Wang", mode="upsert")
    assert rows_of(book, contact, "name", "is_primary") == [("Li", True), ("Wang", False)]
    require_clean(book)


def test_doubles_in_the_file_are_all_refused(book: Book, take: Take) -> None:
    result = take(book, "customers", "code|name", "A|Anna", "B|Bert", "A|Other")
    assert counts(result) == (1, 0, 0, 2)
    assert codes_of(result) == [(2, "duplicate_in_file"), (4, "duplicate_in_file")]
    assert "2, 4" in result.errors[0].message


def test_without_a_code_the_name_is_the_key(book: Book, take: Take) -> None:
    do(book, "customer.create", code="X1", name="上海 鼎晟")
    result = take(book, "customers", "名称|电话", "上海　鼎晟|", "新客户|12345")
    assert counts(result) == (1, 0, 1, 0)
    do(book, "customer.create", code="X2", name="新客户")
    twice = take(book, "customers", "名称|备注", "新客户|?")
    assert codes_of(twice) == [(2, "ambiguous")]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("A||1", "required", "name"),
        ("A|Anna|abc", "number_unreadable", "credit limit"),
        ("A|Anna|1.0055", "too_many_decimals", "credit limit"),
        ("A|Anna|-1", "out_of_range", "credit limit"),
        ("A|Anna|1e9", "number_unreadable", "credit limit"),
        ("1.23E+19|Anna|1", "id_rounded", "code"),
        (f"A|{'x' * 201}|1", "text_too_long", "name"),
        ("A|Anna|10000000000000000", "amount_too_large", "credit limit"),
    ],
)
def test_a_bad_cell_refuses_its_row_and_no_other(
    book: Book, take: Take, row: str, code: str, column: str
) -> None:
    result = take(book, "customers", "code|name|credit limit", row, "B|Bert|5")
    assert counts(result) == (1, 0, 0, 1)
    assert codes_of(result) == [(2, code)]
    assert result.errors[0].column == column


def test_bad_categories_name_their_column(book: Book, take: Take) -> None:
    result = take(book, "customers", "名称|行业", "甲|零售//线上", f"乙|{'长' * 61}", "丙|零售")
    assert counts(result) == (1, 0, 0, 2)
    assert {problem.column for problem in result.errors} == {"行业"}


def test_naughty_texts_are_kept_as_they_are(book: Book, take: Take, shared_data: Any) -> None:
    lines = (shared_data / "naughty_strings" / "blns.txt").read_text(encoding="utf-8").splitlines()
    texts = [
        line.strip() for line in lines if line.strip() and not line.startswith("#") and line.isprintable()
    ]
    texts = [text for text in texts if "  " not in text and len(text) <= 200]
    result = take(
        book,
        "customers",
        ["code", "name", "note"],
        *([f"N{i}", f"名 {i}", text] for i, text in enumerate(texts)),
    )
    assert result.failed_count == 0
    stored = dict(rows_of(book, customer, "code", "note"))
    import unicodedata

    assert [stored[f"N{i}"] for i in range(len(texts))] == [
        unicodedata.normalize("NFC", text) for text in texts
    ]


# Products


def test_products_with_paths_and_percent_rates(book: Book, take: Take) -> None:
    header = "商品编码|商品名称|规格|单位|分类|单价|税率|含税|停售"
    result = take(
        book, "products", header, "P1|涂料|18L|桶|涂料/内墙|268.50|13%|是|否", "P2|刷子||把|工具|9.9|9|否|是"
    )
    assert counts(result) == (2, 0, 0, 0)
    assert rows_of(book, product, "code", "price", "tax_rate", "is_tax_included", "is_on_sale") == [
        ("P1", "268.50", "0.13", True, True),
        ("P2", "9.9", "0.09", False, False),
    ]
    assert counts(take(book, "products", header, "P1|涂料|18L|桶|涂料/内墙|268.5|13|是|否")) == (0, 0, 1, 0)
    changed = take(book, "products", header, "P1|涂料|20L|桶|涂料/外墙|270|13%|是|否", mode="update")
    assert counts(changed) == (0, 1, 0, 0)
    assert rows_of(book, product, "specification", "price")[0] == ("20L", "270")
    require_clean(book)


def test_a_bare_fraction_as_a_rate_is_asked_about(book: Book, take: Take) -> None:
    table = ("code|name|price|tax rate", "P1|Paint|1|0.13")
    assert codes_of(take(book, "products", *table)) == [(2, "rate_ambiguous")]
    told = take(book, "products", *table, mapping={"options": {"rates": "fraction"}})
    assert counts(told) == (1, 0, 0, 0)
    assert rows_of(book, product, "tax_rate") == [("0.13",)]


def test_a_table_without_names_is_refused_with_what_it_has(book: Book, take: Take) -> None:
    with pytest.raises(InvalidInput) as caught:
        take(book, "customers", "colour|size", "red|1", "blue|2")
    assert caught.value.code == "header_unmapped"
    assert "colour" in caught.value.message
    assert caught.value.problems[0].file == "table.csv"


def test_a_doubled_header_is_refused_when_it_is_used(book: Book, take: Take) -> None:
    with pytest.raises(InvalidInput) as caught:
        take(book, "customers", "name|phone|phone", "Anna|1|2", "Bert|3|4")
    assert caught.value.code == "header_duplicate"
    fine = take(book, "customers", "name|junk|junk", "Anna|1|2", "Bert|3|4")
    assert counts(fine) == (2, 0, 0, 0)
    assert "header_duplicate" in {str(note.code) for note in fine.notes}


def test_a_code_that_begins_with_an_at_sign_is_refused_at_its_cell(
    book: Book, take: Callable[..., ImportResult]
) -> None:
    result = take(book, "customers", "code|name", "@x|Anna", "C2|Ben")
    assert counts(result) == (1, 0, 0, 1)
    assert [(one.row, one.column, one.code) for one in result.errors] == [(2, "code", "invalid_choice")]


def test_one_column_names_several_trees(book: Book, take: Callable[..., ImportResult]) -> None:
    """行业/零售; 地区/上海 in a column of categories, and several contacts, in one sheet."""
    rows = (
        "编号|名称|分类|标签|联系人|联系人手机|联系人2|联系人手机2",
        "C1|甲|行业/零售/线上; 地区/上海|重点；新|李|13800138000|王|13900139000",
        "C2|乙|零售/线下||赵|||",
    )
    result = take(book, "customers", *rows)
    assert counts(result) == (2, 0, 0, 0), result.errors
    with book.read() as connection:
        ids = {row.code: row.id for row in connection.execute(customer.select())}
        places = category_tree.categories_of(connection, list(ids.values()))
        people = [row.name for row in connection.execute(contact.select().order_by(contact.c.id))]
    assert places == {
        ids["C1"]: [("行业", "零售/线上"), ("地区", "上海")],
        ids["C2"]: [("行业", "零售/线下")],
    }
    assert people == ["李", "王", "赵"]
    assert counts(take(book, "customers", *rows)) == (0, 0, 2, 0)
    do(book, "import.undo", batch=result.batch)
    require_clean(book)


def test_a_row_that_puts_somebody_into_a_retired_category_is_refused_with_the_way_out(
    book: Book, take: Take
) -> None:
    do(book, "customer.create", code="C1", name="甲", categories=[{"dimension": "行业", "path": "零售"}])
    do(book, "customer.create", code="C2", name="乙")
    do(book, "tag.create", tag="旧")
    do(book, "tag.retire", tag="旧")
    do(book, "category.retire", dimension="行业", path="零售")
    do(book, "customer.create", code="C4", name="丁")
    result = take(
        book,
        "customers",
        "编码|名称|分类|标签|电话",
        "C1|甲|行业: 零售||1",  # is in it, and stays
        "C2|乙|行业: 零售/线上||2",
        "C3|丙|行业: 零售||3",
        "C4|丁||旧|4",
        mode="upsert",
    )
    assert [(one.row, one.code) for one in result.errors] == [
        (3, "inactive"),
        (4, "inactive"),
        (5, "inactive"),
    ]
    assert all("back into use first" in one.message for one in result.errors)
    assert paths(book, "C1") == {("行业", "零售")}
    assert paths(book, "C2") == set()
    assert ("C3",) not in rows_of(book, customer, "code")
    require_clean(book)


REGION_ROWS = "code|name|region code|province|city|district|street"


def test_a_code_of_a_place_that_the_names_contradict_stops_its_row_only(book: Book, take: Take) -> None:
    result = take(
        book,
        "customers",
        REGION_ROWS,
        "C1|甲|440305|广东|深圳|南山|一路",
        "C2|乙|440305|北京市|||二路",
        "C3|丙|440305||||三路",
    )
    assert counts(result) == (2, 0, 0, 1)
    (problem,) = result.errors
    assert (str(problem.code), problem.row, problem.column, problem.value) == (
        *("region_differs", 3, "region code"),
        "440305",
    )
    names = ("region", "province", "city", "district")
    assert rows_of(book, address, *names) == [
        ("440305", "广东", "深圳", "南山"),
        ("440305", "广东省", "深圳市", "南山区"),
    ]
    # other names under the code that the book has: the row's own code still counts
    again = take(book, "customers", REGION_ROWS, "C1|甲|440305|广东|深圳|福田|一路", mode="update")
    assert [str(problem.code) for problem in again.errors] == ["region_differs"]
    kept = take(book, "customers", REGION_ROWS, "C1|甲|440305|广东|深圳|粤海街道|一路", mode="update")
    assert counts(kept) == (0, 1, 0, 0)
    assert rows_of(book, address, *names)[0] == ("440305", "广东", "深圳", "粤海街道")
    only = take(book, "customers", "code|name|region code", "C1|甲|110105", mode="update")
    assert [str(problem.code) for problem in only.errors] == ["region_differs"]
    require_clean(book)
