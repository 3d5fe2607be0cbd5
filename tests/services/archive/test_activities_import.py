"""Activities come from a table, once, and go again (A5, K1)."""

from __future__ import annotations

from pathlib import Path

from crmdesk.services import check, lists, use_cases
from crmdesk.services.book import Book
from crmdesk.services.imports import run as importing
from crmdesk.services.imports.results import ImportOptions, ImportResult
from tests.services.small_book import do

TABLE = """客户名称,跟进日期,跟进方式,联系人,内容,意向产品,下次联系日期
甲公司,2026-05-01,电话,李娜,问外墙漆,P1,2026-05-09
甲公司,2026/5/9,拜访,李娜,看样,"P1;P2",2026-07-01
乙公司,2026-05-02,微信,,寒暄,,
丙公司,2026-05-02,微信,,没有这家,,
乙公司,2026-05-03,心电感应,,,,
"""


def take(book: Book, folder: Path) -> ImportResult:
    file = folder / "activities.csv"
    file.write_text(TABLE, encoding="utf-8")
    return importing.run(book, "activities", file, ImportOptions())


def test_a_table_of_activities(book: Book, tmp_path: Path) -> None:
    do(book, "customer.create", code="C1", name="甲公司", contacts=[{"name": "李娜"}])
    do(book, "customer.create", code="C2", name="乙公司")
    for code in ("P1", "P2"):
        do(book, "product.create", code=code, name=f"产品{code}", price="1", tax_rate="0")
    first = take(book, tmp_path)
    assert (first.created_count, first.failed_count, first.document_count) == (3, 2, 0)
    assert {(str(one.code), one.row) for one in first.errors} == {
        ("customer_missing", 5),
        ("invalid_choice", 6),
    }
    found = lists.as_json(book, "activities", sort="date")["rows"]
    assert [(row["customer"], row["kind"], row["products"]) for row in found] == [
        ("C1", "call", "P1"), ("C2", "wechat", ""), ("C1", "visit", "P1; P2"),
    ]  # fmt: skip
    assert [row["next_contact"] for row in lists.as_json(book, "customers")["rows"]] == ["2026-07-01", None]
    again = take(book, tmp_path)
    assert (again.created_count, again.skipped_count, again.batch) == (0, 3, None)
    undone = use_cases.run(book, "import.undo", {"batch": first.batch})
    assert undone["removed"] == 3
    assert lists.as_json(book, "activities")["total"] == 0
    assert [row["next_contact"] for row in lists.as_json(book, "customers")["rows"]] == [None, None]
    assert take(book, tmp_path).created_count == 3
    assert check.run(book)["clean"]
