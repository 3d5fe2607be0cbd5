"""Own fields in imports: known by their labels, read as their kinds say, updated, taken back with the import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from crmdesk.services import check, lists, use_cases
from crmdesk.services.book import Book
from crmdesk.services.custom_fields import everything
from crmdesk.services.imports import template
from crmdesk.services.imports.run import ImportOptions, run


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def sheet(path: Path, *rows: list[Any]) -> Path:
    workbook = Workbook()
    page: Any = workbook.active
    for row in rows:
        page.append(row)
    workbook.save(path)
    return path


def define(book: Book, record: str, name: str, label: str, kind: str, **more: Any) -> None:
    do(book, "field.define", record=record, name=name, label=label, kind=kind, **more)


def own(book: Book, kind: str = "customers") -> dict[str, dict[str, Any]]:
    return {
        row.get("code") or row["number"]: {key: value for key, value in row.items() if key.startswith("own.")}
        for row in lists.as_json(book, kind)["rows"]
    }


def test_customers_come_with_their_own_fields_and_go_again(book: Book, tmp_path: Path) -> None:
    define(book, "customer", "budget", "年度预算", "money")
    likes = [{"value": "tea", "label": "茶"}, {"value": "golf"}]
    define(book, "customer", "likes", "爱好", "multi_choice", choices=likes)
    define(book, "customer", "since", "合作起始", "date")
    define(book, "customer", "vip", "重点户", "yes_no")
    define(book, "customer", "parent", "上级客户", "link", target="customer")
    do(book, "customer.create", code="A", name="甲公司", fields={"budget": "1"})
    head = ["客户编号", "客户名称", "年度预算", "爱好", "合作起始", "重点户", "own.parent"]
    first = sheet(tmp_path / "1.xlsx", head,
                  ["B", "乙公司", "1,200.50", "茶；golf", "2024-05-01", "是", "A"],
                  ["C", "丙公司", "12", "beer", "2024-05-01", "否", None])  # fmt: skip
    told = run(book, "customers", first)
    assert (told.created_count, told.failed_count) == (1, 1)
    assert [(error.column, str(error.code)) for error in told.errors] == [("爱好", "invalid_choice")]
    assert own(book)["B"] == {
        "own.budget": "1200.50", "own.likes": ["tea", "golf"], "own.since": "2024-05-01", "own.vip": True,
        "own.parent": "A"}  # fmt: skip
    assert run(book, "customers", sheet(tmp_path / "2.xlsx", head, ["B", "乙公司", "1200.5", "golf,茶", "2024-05-01",
               "yes", "A"])).skipped_count == 1  # fmt: skip
    changed = run(book, "customers", sheet(tmp_path / "3.xlsx", head[:3], ["A", "甲公司", "99"], ["B", "乙公司", "7"]),
                  ImportOptions(mode="upsert"))  # fmt: skip
    assert changed.updated_count == 2
    assert (own(book)["A"]["own.budget"], own(book)["B"]["own.budget"]) == ("99.00", "7.00")
    assert check.run(book)["violations"] == []
    do(book, "import.undo", batch=changed.batch)
    assert (own(book)["A"]["own.budget"], own(book)["B"]["own.budget"]) == ("1.00", "1200.50")
    do(book, "import.undo", batch=told.batch)
    assert list(own(book)) == ["A"]
    assert check.run(book)["violations"] == []


def test_documents_and_products_come_with_their_own_fields(book: Book, tmp_path: Path) -> None:
    define(book, "payment", "slip", "流水单号", "text", unique=True, required=True)
    define(book, "invoice", "project", "工程项目", "text")
    define(book, "product", "brand", "品牌", "text")
    do(book, "customer.create", code="A", name="甲公司")
    pays = sheet(tmp_path / "p.xlsx", ["单号", "客户编号", "日期", "金额", "流水单号"],
                 ["R1", "A", "2026-06-01", "10", "S1"], ["R2", "A", "2026-06-02", "20", "S1"])  # fmt: skip
    told = run(book, "payments", pays)
    assert (told.created_count, told.failed_count) == (1, 1)
    assert [(error.column, str(error.code)) for error in told.errors] == [("流水单号", "duplicate")]
    assert own(book, "payments") == {"R1": {"own.slip": "S1"}}
    again = run(book, "payments", sheet(tmp_path / "p2.xlsx", ["单号", "客户编号", "日期", "金额", "流水单号"],
                ["R1", "A", "2026-06-01", "10", "S9"]))  # fmt: skip
    assert again.failed_count == 1
    bills = sheet(tmp_path / "i.xlsx", ["单号", "客户编号", "日期", "品名", "数量", "单价", "工程项目"],
                  ["F1", "A", "2026-06-01", "漆", "1", "100", "北桥"],
                  ["F1", "A", "2026-06-01", "刷", "1", "5", None])  # fmt: skip
    assert run(book, "invoices", bills).created_count == 2
    assert own(book, "invoices")["F1"] == {"own.project": "北桥"}
    goods = sheet(tmp_path / "g.xlsx", ["产品编号", "品名", "单价", "品牌"], ["P1", "漆", "100", "立邦"])
    assert run(book, "products", goods).created_count == 1
    assert own(book, "products")["P1"] == {"own.brand": "立邦"}
    goods = sheet(tmp_path / "g2.xlsx", ["产品编号", "品名", "单价", "品牌"], ["P1", "漆", "100", "多乐士"])
    done = run(book, "products", goods, ImportOptions(mode="upsert"))
    assert done.updated_count == 1
    do(book, "import.undo", batch=done.batch)
    assert own(book, "products")["P1"] == {"own.brand": "立邦"}
    assert check.run(book)["violations"] == []


def test_the_template_has_a_column_for_each(book: Book, tmp_path: Path) -> None:
    define(book, "customer", "budget", "年度预算", "money", help="万元")
    define(book, "customer", "left", "剩余", "formula", formula="own.budget")
    with book.read() as connection:
        made = template.write(tmp_path / "t.xlsx", "customers", own=everything(connection))
    page: Any = load_workbook(made).active
    header = [cell.value for cell in page[1]]
    assert "年度预算" in header
    assert "剩余" not in header
