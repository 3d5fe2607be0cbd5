"""Taking a whole import back: nothing of it shows, or the answer names what was used since."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables.customers import customer
from crmdesk.services import statements
from crmdesk.services.book import Book
from crmdesk.services.exports.list_files import write_list
from crmdesk.services.imports.results import ImportResult
from tests.services.imports.conftest import balances_of, counts, do, dump, require_clean

Take = Callable[..., ImportResult]
CUSTOMERS = (
    "code|name|联系人|行业|category:渠道|标签|城市|开户行",
    "C1|甲公司|李|零售/线上|直营|新|上海|工行",
    "C2|乙公司|王|批发|加盟||北京|",
)
INVOICES = (
    "number|customer|date|description|amount|tax rate",
    "A|C1|2026-01-05|x|100|0",
    "B|C1|2026-02-05|x|50|0",
    "C|C2|2026-02-05|x|30|0",
)
PAYMENTS = (
    "number|customer|date|amount|invoice",
    "R1|C1|2026-01-20|120|A,B",  # B is dated after the payment: allocated on its own date
    "R2|C2|2026-02-10|10|",
)


def undo(book: Book, result: ImportResult) -> dict[str, object]:
    return do(book, "import.undo", batch=result.batch)


def refusal(book: Book, result: ImportResult) -> CrmdeskError:
    with pytest.raises(CrmdeskError) as caught:
        undo(book, result)
    return caught.value


def test_customers_leave_nothing_behind(book: Book, take: Take) -> None:
    before = dump(book)
    result = take(book, "customers", *CUSTOMERS)
    assert dump(book) != before
    assert undo(book, result) == {
        "batch": result.batch,
        "created": 2,
        "updated": 0,
        "removed": 2,
        "restored": 0,
        "voided": 0,
        "kept": [],
    }
    assert dump(book) == before
    require_clean(book)
    assert counts(take(book, "customers", *CUSTOMERS)) == (2, 0, 0, 0)
    require_clean(book)


def test_changed_customers_get_their_former_values(book: Book, take: Take) -> None:
    take(book, "customers", *CUSTOMERS)
    do(book, "customer.update", customer="C1", phone="12345", credit_limit="10.00")
    before = dump(book)
    result = take(
        book,
        "customers",
        "code|name|phone|credit limit|terms|联系人|职务|行业|标签|生日|城市",
        "C1|甲公司|99999|20.00|30|李|经理|制造|新,大|2000-01-02|苏州",
        "C3|丙公司||||||零售/线上|新||",
        mode="upsert",
    )
    assert counts(result) == (1, 1, 0, 0)
    assert undo(book, result) == {
        "batch": result.batch,
        "created": 1,
        "updated": 1,
        "removed": 1,
        "restored": 1,
        "voided": 0,
        "kept": [],
    }
    assert dump(book) == before
    require_clean(book)


def test_products_come_and_go(book: Book, take: Take) -> None:
    take(book, "products", "code|name|price|category", "P1|Paint|1.00|x/y")
    before = dump(book)
    result = take(
        book, "products", "code|name|price|category", "P1|Paint|2.00|x/z", "P2|New|3|q", mode="upsert"
    )
    assert undo(book, result)["restored"] == 1
    assert dump(book) == before


def test_prices_by_level_come_out_and_in_again_and_go(book: Book, take: Take, tmp_path: Path) -> None:
    """A list of products written as a file brings every level's price into another book; undo takes them back."""
    head = "code|name|price|价格:批发|Price:VIP"
    take(book, "products", head, "P1|Paint|1.00|0.80|0.75", "P2|Brush|2||1.5", "P3|Tape|3||")
    assert prices(book) == {("P1", "VIP"): "0.75", ("P1", "批发"): "0.80", ("P2", "VIP"): "1.5"}
    out = tmp_path / "products.csv"
    write_list(book, "products", out, "csv")
    rows = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))
    header = next(row for row in rows if "Price:VIP" in row or "单价:VIP" in row)
    body = [row for row in rows[rows.index(header) + 1 :] if row and row[0].startswith("P")]
    with Book.create(tmp_path / "other.crmdesk", name="Other", language="en") as other:
        assert not take(other, "products", header, *body).errors
        assert prices(other) == prices(book)
    before = dump(book)
    # a blank cell leaves what there is; only what differs is changed, and named
    result = take(
        book, "products", head, "P1|Paint|1.00|0.85|", "P3|Tape|3|2.5|", "P2|Brush|2||1.50", mode="upsert"
    )
    assert counts(result) == (0, 2, 1, 0)
    assert prices(book)["P1", "批发"] == "0.85"
    assert prices(book)["P3", "批发"] == "2.5"
    refused = take(book, "products", head, "P1|Paint|1.00|-1|", mode="upsert")
    assert [error.column for error in refused.errors] == ["价格:批发"]
    assert undo(book, result)["restored"] == 2
    assert dump(book) == before


def prices(book: Book) -> dict[tuple[str, str], str]:
    with book.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT p.code, l.level, l.price FROM product_price l JOIN product p ON p.id = l.product_id ORDER BY 1, 2"
        )
        return {(code, level): price for code, level, price in rows}


def test_documents_are_reversed_on_their_own_dates(book: Book, take: Take) -> None:
    take(book, "customers", *CUSTOMERS)
    do(book, "opening.record", customer="C1", date="2026-01-01", amount="7.00")
    before = statements.as_json(book, "C1", style="open-item")
    invoices = take(book, "invoices", *INVOICES)
    payments = take(book, "payments", *PAYMENTS)
    openings = take(book, "opening-balances", "customer|date|amount", "C1|2026-01-01|5", "C2|2026-01-01|-8")
    assert balances_of(book) == {"C1": "42.00", "C2": "12.00"}
    assert undo(book, openings)["voided"] == 2
    in_use = refusal(book, invoices)
    assert in_use.code == "batch_in_use"
    assert "R1" in in_use.message
    assert undo(book, payments)["voided"] == 2
    require_clean(book)
    assert undo(book, invoices)["voided"] == 3
    assert statements.as_json(book, "C1", style="open-item") == before
    # a reversed payment stays on the statement with its reversal (cli.md); invoices and openings are gone
    lines = statements.as_json(book, "C1")[0]["lines"]
    assert [line["kind"] for line in lines] == ["opening", "payment", "payment_reversal"]
    assert lines[-1]["balance"] == "7.00"
    require_clean(book)
    # and the same files again
    assert take(book, "invoices", *INVOICES).document_count == 3
    assert take(book, "payments", *PAYMENTS).document_count == 2
    assert take(book, "opening-balances", "customer|date|amount", "C1|2026-01-01|5").document_count == 1
    assert balances_of(book) == {"C1": "42.00", "C2": "20.00"}
    assert counts(take(book, "invoices", *INVOICES)) == (0, 0, 3, 0)
    assert counts(take(book, "opening-balances", "customer|date|amount", "C1|2026-01-01|5")) == (0, 0, 1, 0)
    require_clean(book)


def test_what_was_used_since_is_named(book: Book, take: Take) -> None:
    customers = take(book, "customers", *CUSTOMERS)
    take(book, "products", "code|name|price|tax rate", "P1|Paint|1.00|13%")
    invoices = take(book, "invoices", *INVOICES)
    error = refusal(book, customers)
    assert error.code == "batch_in_use"
    assert "C1" in error.message
    assert "C2" in error.message
    do(book, "credit.issue", customer="C1", invoice="A", date="2026-03-01", reason="x",
       lines=[{"description": "x", "quantity": "1", "unit_price": "1", "tax_rate": "0"}])  # fmt: skip
    assert "CN-2026-0001" in refusal(book, invoices).message
    do(book, "credit.void", credit="CN-2026-0001", date="2026-03-01", reason="x")
    assert undo(book, invoices)["voided"] == 3
    require_clean(book)


def test_what_only_taken_back_documents_stand_on_is_kept_out_of_use(book: Book, take: Take) -> None:
    products_of = ("code|name|price|tax rate|category", "P1|Paint|1.00|13%|x/y", "P2|Glue|1.00|13%|x/z")
    customers, products = take(book, "customers", *CUSTOMERS), take(book, "products", *products_of)
    invoices = take(
        book, "invoices", "number|customer|date|product|quantity|unit price", "A|C1|2026-01-05|P1|2|5"
    )
    assert "C1" in refusal(book, customers).message
    assert "P1" in refusal(book, products).message
    undo(book, invoices)
    assert undo(book, customers) == {
        "batch": customers.batch, "created": 2, "updated": 0, "removed": 1, "restored": 0, "voided": 0, "kept": ["C1"]
    }  # fmt: skip
    assert undo(book, products)["kept"] == ["P1"]
    require_clean(book)
    with pytest.raises(CrmdeskError) as caught:
        do(book, "invoice.issue", customer="C1", lines=[
            {"description": "x", "quantity": "1", "unit_price": "1.00", "tax_rate": "0"}
        ])  # fmt: skip
    assert caught.value.code == "inactive"
    # and the same files again: they are in use as if they had been new
    again = take(book, "customers", *CUSTOMERS)
    assert counts(again) == (2, 0, 0, 0)
    assert counts(take(book, "products", *products_of)) == (2, 0, 0, 0)
    assert counts(take(book, "customers", *CUSTOMERS)) == (0, 0, 2, 0)
    line = {"product": "P1", "quantity": "1"}
    number = do(book, "invoice.issue", customer="C1", lines=[line])["number"]
    assert "C1" in refusal(book, again).message
    do(book, "invoice.void", invoice=number, reason="x")
    assert undo(book, again)["removed"] == 1
    with book.read() as connection:
        assert connection.execute(select(customer.c.code, customer.c.is_active)).all() == [("C1", False)]
    require_clean(book)


def test_what_was_put_out_of_use_on_purpose_stays_so(book: Book, take: Take) -> None:
    """A record that an undo had to leave comes back with its file until somebody has decided otherwise."""
    products_of = ("code|name|price|tax rate", "P1|Paint|1.00|13%")
    customers, products = take(book, "customers", *CUSTOMERS), take(book, "products", *products_of)
    line = {"product": "P1", "quantity": "1"}
    number = do(book, "invoice.issue", customer="C1", lines=[line])["number"]
    do(book, "invoice.void", invoice=number, reason="x")
    undo(book, customers)
    undo(book, products)
    again = take(book, "customers", *CUSTOMERS), take(book, "products", *products_of)
    assert [counts(one)[0] for one in again] == [2, 1]
    for one in again:
        undo(book, one)  # gives back the version that the first undo left
    assert counts(take(book, "customers", *CUSTOMERS))[0] == 2
    assert counts(take(book, "products", *products_of))[0] == 1
    do(book, "customer.deactivate", customer="C1")
    do(book, "product.update", product="P1", on_sale=False)
    assert counts(take(book, "customers", *CUSTOMERS, mode="upsert")) == (0, 0, 2, 0)
    assert counts(take(book, "products", *products_of, mode="upsert")) == (0, 0, 1, 0)
    with book.read() as connection:
        for table, flag in (("customer", "is_active"), ("product", "is_on_sale")):
            query = f"SELECT {flag} FROM {table} WHERE code IN ('C1', 'P1')"
            assert connection.exec_driver_sql(query).scalar() == 0
    require_clean(book)


def test_a_customer_changed_since_stays(book: Book, take: Take) -> None:
    result = take(book, "customers", *CUSTOMERS)
    do(book, "contact.add", customer="C2", name="赵")
    assert "C2" in refusal(book, result).message
    assert "C1" not in refusal(book, result).message
    do(book, "customer.update", customer="C1", note="x")
    assert "C1" in refusal(book, result).message


def test_imports_on_top_of_each_other_are_taken_back_in_turn(book: Book, take: Take) -> None:
    before = dump(book)
    first = take(book, "customers", *CUSTOMERS)
    second = take(book, "customers", "code|name|note", "C1|甲公司|x", mode="update")
    assert refusal(book, first).code == "batch_in_use"
    undo(book, second)
    undo(book, first)
    assert dump(book) == before


def test_a_locked_period_keeps_its_documents(book: Book, take: Take) -> None:
    take(book, "customers", *CUSTOMERS)
    result = take(book, "invoices", *INVOICES)
    do(book, "period.lock", until="2026-01-31")
    before = dump(book)
    assert refusal(book, result).code == "period_locked"
    assert dump(book) == before


def test_a_document_voided_since_stays_voided(book: Book, take: Take) -> None:
    take(book, "customers", *CUSTOMERS)
    result = take(book, "invoices", *INVOICES)
    do(book, "invoice.void", invoice="C", date="2026-03-01", reason="x")
    assert undo(book, result)["voided"] == 2
    require_clean(book)


def test_unknown_and_undone(book: Book, take: Take) -> None:
    result = take(book, "customers", *CUSTOMERS)
    for wrong in ("0", "x", "999999", "１"):
        with pytest.raises(CrmdeskError) as caught:
            do(book, "import.undo", batch=wrong)
        assert caught.value.code == "batch_unknown"
    undo(book, result)
    assert refusal(book, result).code == "batch_undone"


def test_nothing_is_kept_of_whom_an_undone_import_made(book: Book, take: Take) -> None:
    """Kept measures, a stage and a segment set by hand, a word on duplicates: none outlives the customer."""
    do(book, "customer.create", code="A", name="甲公司")
    do(book, "measure.evaluate")
    do(book, "segment.create", name="名单")
    before = dump(book)
    result = take(book, "customers", *CUSTOMERS)
    require_clean(book)
    do(book, "stage.pin", customer="C1", stage="loyal", reason="x")
    do(book, "segment.add", segment="名单", customer="C1")
    do(book, "duplicate.dismiss", customer="A", other="C1")
    undo(book, result)
    require_clean(book)
    after = dump(book)
    told = {"stage_move", "segment_event", "customer_change"}  # what happened stays told
    marked = {"customer_measure", "segment_state"}  # whoever is left is looked at again
    assert {name for name in before if before[name] != after[name]} <= told | marked
    assert [row[0] for row in after["customer_measure"]] == [row[0] for row in before["customer_measure"]]
    do(book, "measure.evaluate")
    require_clean(book)
