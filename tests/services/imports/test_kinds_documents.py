"""Opening balances, invoices and payments from tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from crmdesk.models.tables.documents import document, document_line
from crmdesk.models.tables.documents import payment as payment_table
from crmdesk.services.book import Book
from crmdesk.services.imports.results import ImportResult
from tests.services.imports.conftest import balances_of, codes_of, counts, do, dump, require_clean

Take = Callable[..., ImportResult]
LINES = "单号|客户编号|日期|到期日|品名|数量|单价|折扣|税率"


@pytest.fixture
def shop(book: Book) -> Book:
    """A book with two customers and a product."""
    do(book, "customer.create", code="C1", name="甲公司", terms_days=30)
    do(book, "customer.create", code="C2", name="乙公司")
    do(book, "product.create", code="P1", name="涂料", price="100.00", tax_rate="0.13", unit="桶")
    return book


def documents(book: Book, kind: str) -> list[Any]:
    with book.read() as connection:
        return list(
            connection.execute(select(document).where(document.c.kind == kind).order_by(document.c.id))
        )


# Invoices


def test_rows_of_one_number_are_one_invoice(shop: Book, take: Take) -> None:
    result = take(
        shop,
        "invoices",
        LINES,
        "A-1|C1|2026-01-05||涂料|3|100.00|10%|13%",
        "A-2|C2|2026-01-06|2026-02-01|地板|1|50.00||9%",
        "A-1|C1|2026-01-05||瓷砖|2|10.00||13%",
    )
    assert counts(result) == (3, 0, 0, 0)
    assert result.document_count == 2
    first, second = documents(shop, "invoice")
    assert (first.number, first.net_minor, first.tax_minor, first.discount_minor) == (
        "A-1",
        29_000,
        3_770,
        3_000,
    )
    assert first.due_on == date(2026, 2, 4)  # by the customer's terms
    assert (second.number, second.total_minor, second.due_on) == ("A-2", 5_450, date(2026, 2, 1))
    require_clean(shop)


def test_a_bad_row_refuses_its_whole_document(shop: Book, take: Take) -> None:
    before = dump(shop)
    result = take(
        shop,
        "invoices",
        LINES,
        "A-1|C1|2026-01-05||涂料|3|100.00||13%",
        "A-1|C1|2026-01-05||瓷砖|两|10.00||13%",
        "A-1|C1|2026-01-05||地板|1|10.00||13%",
        is_dry_run=True,
    )
    assert counts(result) == (0, 0, 0, 3)
    assert sorted(codes_of(result)) == [(2, "rolled_back"), (3, "number_unreadable"), (4, "rolled_back")]
    assert dump(shop) == before
    good = take(
        shop, "invoices", LINES, "A-1|C1|2026-01-05||涂料|x|1||", "A-2|C1|2026-01-05||瓷砖|1|10.00||13%"
    )
    assert counts(good) == (1, 0, 0, 1)


def test_what_the_service_refuses_names_the_row_and_column(shop: Book, take: Take) -> None:
    do(shop, "period.lock", until="2025-12-31")
    do(shop, "customer.deactivate", customer="C2")
    result = take(
        shop,
        "invoices",
        LINES,
        "A-1|C1|2025-12-31||涂料|1|1.00||13%",
        "A-2|C2|2026-01-01||涂料|1|1.00||13%",
        "A-3|C9|2026-01-01||涂料|1|1.00||13%",
        "A-4||2026-01-01||涂料|1|1.00||13%",
        "A-5|C1|2026-01-10|2026-01-01|涂料|1|1.00||13%",
        "A-6|C1|2026-01-10||涂料|-1|1.00||13%",
        "A-7|C1|2026-01-10||涂料|1|||13%",
        "A-8|C1|2026-02-30||涂料|1|1.00||13%",
    )
    # the price of A-7 is the product's: its description names the only product of that name
    assert codes_of(result) == [
        (2, "period_locked"),
        (3, "inactive"),
        (4, "customer_missing"),
        (5, "customer_missing"),
        (6, "date_order"),
        (7, "no_original"),
        (9, "date_invalid"),
    ]
    assert [problem.column for problem in result.errors] == [
        "日期",
        "客户编号",
        "客户编号",
        "客户编号",
        "到期日",
        "数量",
        "日期",
    ]
    assert documents(shop, "invoice")[0].net_minor == 10_000


@pytest.mark.parametrize(
    "rows",
    [
        ["A-1|C1|2026-01-05||涂料|1|1.00||13%", "A-1|C2|2026-01-05||涂料|2|1.00||13%"],  # another customer
        ["A-1|C1|2026-01-05||涂料|1|1.00||13%", "A-1|C1|2026-01-06||涂料|2|1.00||13%"],  # another date
        # the copy of a row that stands apart from it
        [
            "A-1|C1|2026-01-05||涂料|1|1.00||13%",
            "A-2|C1|2026-01-05||涂料|1|1.00||13%",
            "A-1|C1|2026-01-05||涂料|1|1.00||13%",
        ],
    ],
)
def test_one_number_twice_in_the_file(shop: Book, take: Take, rows: list[str]) -> None:
    result = take(shop, "invoices", LINES, *rows)
    refused = [row for row, code in codes_of(result) if code == "duplicate_in_file"]
    assert refused == [2, len(rows) + 1]
    assert f"2, {len(rows) + 1}" in result.errors[0].message


def test_one_row_per_invoice_with_its_total(shop: Book, take: Take) -> None:
    header = "发票号|客户|日期|价税合计|税率"
    result = take(shop, "invoices", header, "1|甲公司|2026/1/5|100.00|13%", "2|乙公司|2026/1/5|99.99|9%")
    assert counts(result) == (2, 0, 0, 0)
    first, second = documents(shop, "invoice")
    assert (first.net_minor, first.tax_minor) == (8_850, 1_150)
    assert (second.net_minor, second.tax_minor) == (9_173, 826)
    doubled = take(shop, "invoices", header, "3|甲公司|2026/1/5|1.00|13%", "3|甲公司|2026/1/5|2.00|13%")
    assert codes_of(doubled) == [(2, "duplicate_in_file"), (3, "duplicate_in_file")]


def test_stated_amounts_must_agree(shop: Book, take: Take) -> None:
    header = "number|customer|date|description|quantity|unit price|tax rate|tax amount|total"
    wrong = take(shop, "invoices", header, "1|C1|2026-01-05|x|1|31.21|13%|4.35|35.56")
    assert codes_of(wrong) == [(2, "total_differs")]
    assert "0.29" in wrong.errors[0].message
    right = take(shop, "invoices", header, "1|C1|2026-01-05|x|1|31.21|13%|4.06|35.27")
    assert counts(right) == (1, 0, 0, 0)
    decided = {"options": {"totals": "computed"}}
    kept = take(shop, "invoices", header, "2|C1|2026-01-05|x|1|31.21|13%|4.35|35.56", mapping=decided)
    assert counts(kept) == (1, 0, 0, 0)
    assert documents(shop, "invoice")[1].tax_minor == 406
    # the total of the document on every row, or each line's own
    lines = ("number|customer|date|description|quantity|unit price|tax rate|total",)
    take(shop, "invoices", *lines, "3|C1|2026-01-05|x|1|10.00|0%|30.00", "3|C1|2026-01-05|y|2|10.00|0%|30.00")
    take(shop, "invoices", *lines, "4|C1|2026-01-05|x|1|10.00|0%|10.00", "4|C1|2026-01-05|y|2|10.00|0%|20.00")
    assert [row.total_minor for row in documents(shop, "invoice")[2:]] == [3_000, 3_000]


@pytest.mark.parametrize("amount", ["10000000000000", "10000000000000000"])
def test_an_amount_has_a_bound_before_it_is_posted(shop: Book, take: Take, amount: str) -> None:
    """10^15 of the smallest unit is told by the document, what has more digits by the reader of the column."""
    most = take(shop, "invoices", LINES, "A-1|C1|2026-01-05||涂料|1|9999999999999.99||0%")
    assert counts(most) == (1, 0, 0, 0)
    result = take(shop, "invoices", LINES, f"A-2|C1|2026-01-05||涂料|1|{amount}||0%")
    assert codes_of(result) == [(2, "amount_too_large")]
    paid = take(shop, "payments", "客户编号|日期|金额", f"C1|2026-01-05|{amount}")
    assert codes_of(paid) == [(2, "amount_too_large")]
    assert paid.errors[0].column == "金额"


def test_the_rate_is_found_by_the_stated_tax(shop: Book, take: Take) -> None:
    take(shop, "invoices", "number|customer|date|net|tax|total", "1|C1|2026-01-05|1000.00|60.00|1060.00")
    assert (documents(shop, "invoice")[0].net_minor, documents(shop, "invoice")[0].tax_minor) == (
        100_000,
        6_000,
    )
    none = take(
        shop, "invoices", "number|customer|date|net|tax|total", "2|C1|2026-01-05|1000.00|55.00|1055.00"
    )
    assert codes_of(none) == [(2, "total_differs")]


def test_without_tax_in_the_file_there_is_none_and_a_note(shop: Book, take: Take) -> None:
    result = take(shop, "invoices", "number|customer|date|description|amount", "1|C1|2026-01-05|Work|70.00")
    assert documents(shop, "invoice")[0].total_minor == 7_000
    assert any("tax" in note.message for note in result.notes)


@pytest.mark.parametrize(
    ("columns", "cells"),
    [("税率", ""), ("计税方式", "应税"), ("税额", "")],
    ids=["rate", "kind without a rate", "amount of tax"],
)
def test_a_blank_cell_in_a_column_for_tax_is_no_tax_free_sale(
    shop: Book, take: Take, columns: str, cells: str
) -> None:
    header = f"单号|客户编码|日期|品名|数量|单价|{columns}"
    result = take(shop, "invoices", header, f"B1|C1|2026-02-01|油漆|1|100|{cells}")
    assert codes_of(result) == [(2, "required")]
    (problem,) = result.errors
    assert problem.column == columns
    assert "0%" in (problem.hint or "")
    assert documents(shop, "invoice") == []


def test_blank_tax_refuses_its_row_only_and_a_product_s_rate_fills_it(shop: Book, take: Take) -> None:
    header = "单号|客户编码|日期|商品编码|品名|数量|单价|税率"
    rows = (
        "B1|C1|2026-02-01||油漆|1|100|",
        "B2|C1|2026-02-01||油漆|1|100|13%",
        "B3|C1|2026-02-01||油漆|1|100|0%",
        "B4|C1|2026-02-01|P1||1|100|",
    )
    result = take(shop, "invoices", header, *rows)
    assert codes_of(result) == [(2, "required")]
    assert [row.tax_minor for row in documents(shop, "invoice")] == [1_300, 0, 1_300]
    rate = {"defaults": {"tax_rate": "13%"}}
    assert counts(take(shop, "invoices", header, rows[0], mapping=rate)) == (1, 0, 0, 0)


def test_a_stated_tax_that_no_rate_gives_is_not_computed_as_none(shop: Book, take: Take) -> None:
    decided = {"options": {"totals": "computed"}}
    header = "number|customer|date|net|tax|total"
    result = take(shop, "invoices", header, "2|C1|2026-01-05|1000.00|55.00|1055.00", mapping=decided)
    assert codes_of(result) == [(2, "required")]


def test_a_product_without_a_rate_has_the_usual_one_here_as_in_the_window(shop: Book, take: Take) -> None:
    do(shop, "product.create", code="P9", name="Brush", price="100.00")
    typed = do(shop, "invoice.issue", customer="C1", lines=[{"product": "P9", "quantity": "1"}])
    header = "number|customer|date|product code|quantity"
    take(shop, "invoices", header, "1|C1|2026-01-05|P9|1")
    (_typed, listed) = documents(shop, "invoice")
    assert typed["tax"] == "13.00"
    assert listed.tax_minor == 1_300
    take(
        shop,
        "invoices",
        header + "|unit price|tax",
        "2|C1|2026-01-05|P9|1|100|0",
        "3|C1|2026-01-05|P9|1|100|9",
    )
    assert [row.tax_minor for row in documents(shop, "invoice")][2:] == [0, 900], "what is stated counts"


def test_products_by_code(shop: Book, take: Take) -> None:
    header = "number|customer|date|product code|quantity"
    result = take(shop, "invoices", header, "1|C1|2026-01-05|P1|2", "2|C1|2026-01-05|P9|2")
    assert codes_of(result) == [(3, "not_found")]
    assert result.errors[0].column == "product code"
    assert documents(shop, "invoice")[0].total_minor == 22_600
    with shop.read() as connection:
        line = connection.execute(select(document_line)).one()
    assert (line.description, line.unit, line.unit_price) == ("涂料", "桶", "100.00")


def test_the_same_invoices_twice_and_changed(shop: Book, take: Take) -> None:
    rows = (LINES, "A-1|C1|2026-01-05||涂料|3|100.00|10%|13%", "A-1|C1|2026-01-05||瓷砖|2|10.00||13%")
    take(shop, "invoices", *rows)
    before = dump(shop)
    for mode in ("create", "update", "upsert"):
        again = take(shop, "invoices", *rows, mode=mode)
        assert counts(again) == (0, 0, 2, 0)
        assert again.batch is None
    differing = take(shop, "invoices", LINES, "A-1|C1|2026-01-05||涂料|3|100.01|10%|13%", mode="upsert")
    assert codes_of(differing) == [(2, "duplicate_differs")]
    unknown = take(shop, "invoices", LINES, "A-9|C1|2026-01-05||涂料|3|100.01|10%|13%", mode="update")
    assert codes_of(unknown) == [(2, "not_found")]
    assert dump(shop) == before


def test_an_opening_of_nothing_is_refused_by_its_column(shop: Book, take: Take) -> None:
    result = take(shop, "opening-balances", "客户编号|金额|日期", "C1|0|2026-01-01")
    assert codes_of(result) == [(2, "out_of_range")]
    (problem,) = result.errors
    assert problem.column == "金额"
    assert problem.message == "“金额”: 0 is out of range."
    assert "zero" in (problem.hint or "")
    assert documents(shop, "opening") == []


def test_a_voided_invoice_does_not_come_back(shop: Book, take: Take) -> None:
    rows = (LINES, "A-1|C1|2026-01-05||涂料|3|100.00||13%")
    take(shop, "invoices", *rows)
    do(shop, "invoice.void", invoice="A-1", date="2026-01-09", reason="wrong")
    assert counts(take(shop, "invoices", *rows)) == (0, 0, 1, 0)
    assert balances_of(shop) == {}


def test_invoices_without_a_number_are_known_again(shop: Book, take: Take) -> None:
    header = "客户编号|日期|品名|金额"
    rows = ["C1|2026-01-05|涂料|10.00", "C1|2026-01-05|涂料|10.00", "C2|2026-01-06|瓷砖|20.00"]
    assert counts(take(shop, "invoices", header, *rows)) == (3, 0, 0, 0)
    assert counts(take(shop, "invoices", header, *rows)) == (0, 0, 3, 0)
    # a sheet that grew and was sorted brings only what is new
    grown = take(shop, "invoices", header, "C2|2026-02-01|地板|5.00", *reversed(rows))
    assert counts(grown) == (1, 0, 3, 0)
    assert [row.number for row in documents(shop, "invoice")][-1] == "INV-2026-0004"


# Opening balances


def test_openings_by_sign_and_by_side(shop: Book, take: Take) -> None:
    take(
        shop,
        "opening-balances",
        "客户编号|期初余额|日期|到期日",
        "C1|1,200.50|2026-01-01|2026-01-31",
        "C2|-300|2026-01-01|",
    )
    assert balances_of(shop) == {"C1": "1200.50", "C2": "-300.00"}
    sides = take(
        shop,
        "opening-balances",
        "number|customer|date|debit|credit",
        "O1|C1|2026-01-01|10|",
        "O2|C1|2026-01-01||4",
        "O3|C1|2026-01-01|1|1",
        "O4|C1|2026-01-01||",
    )
    assert counts(sides) == (2, 0, 0, 2)
    assert codes_of(sides) == [(4, "both_sides"), (5, "required")]
    assert balances_of(shop)["C1"] == "1206.50"
    again = take(shop, "opening-balances", "客户编号|期初余额|日期|到期日", "C1|1200.5|2026-01-01|2026-01-31")
    assert counts(again) == (0, 0, 1, 0)
    require_clean(shop)


# Payments


@pytest.fixture
def billed(shop: Book) -> Book:
    """Three invoices, two of them of C1."""
    line = {"description": "x", "quantity": "1", "tax_rate": "0"}
    for number, customer, on, price in (
        ("A", "C1", "2026-01-01", "100"),
        ("B", "C1", "2026-02-01", "50"),
        ("C", "C2", "2026-01-01", "30"),
    ):
        do(
            shop,
            "invoice.issue",
            number=number,
            customer=customer,
            date=on,
            lines=[line | {"unit_price": price}],
        )
    return shop


def opens(book: Book) -> dict[str, str]:
    from crmdesk.services import statements

    found = {}
    for code in ("C1", "C2"):
        for statement in statements.as_json(book, code, style="open-item", date_to=date(2026, 12, 31)):
            found |= {line["number"]: line["open"] for line in statement["lines"]}
    return found


def test_payments_settle_the_invoices_they_name(billed: Book, take: Take) -> None:
    header = "收款单号|客户编号|日期|金额|方式|流水号|核销单号"
    result = take(
        billed,
        "payments",
        header,
        "R1|C1|2026-01-20|120.00|银行转账|TX1|A、B",
        "R2|C2|2026-01-21|40|微信|TX2|C",
        "R3|C1|2026-01-22|1|现金||",
        "R4|C2|2026-01-22|1|现金||A",
        "R5|C2|2026-01-22|1|现金||Z",
        "R6|C2|2026-01-23|1|现金||C",
        "R7|C2|2026-01-23|1|黄金||",
    )
    assert codes_of(result) == [
        (5, "other_customer"),
        (6, "not_found"),
        (7, "over_allocated"),
        (8, "invalid_choice"),
    ]
    assert {problem.column for problem in result.errors} == {"核销单号", "方式"}
    assert opens(billed) == {"B": "30.00", "R2": "-10.00", "R3": "-1.00"}
    with billed.read() as connection:
        methods = list(
            connection.execute(select(payment_table.c.method).order_by(payment_table.c.document_id)).scalars()
        )
    assert methods == ["bank", "wechat", "cash"]
    again = take(
        billed,
        "payments",
        header,
        "R1|C1|2026-01-20|120.00|银行转账|TX1|A、B",
        "R2|C2|2026-01-21|41|微信|TX2|C",
    )
    assert counts(again) == (0, 0, 1, 1)
    assert codes_of(again) == [(3, "duplicate_differs")]
    require_clean(billed)


def test_the_discount_of_a_payment_settles_something(billed: Book, take: Take) -> None:
    """The row is refused at its discount; its number is free for the corrected one."""
    header = "收款单号|客户编号|日期|金额|现金折扣|核销单号"
    result = take(billed, "payments", header, "R1|C1|2026-01-20|90|10|A", "R2|C1|2026-01-20|5|1|")
    assert codes_of(result) == [(3, "out_of_range")]
    assert [problem.column for problem in result.errors] == ["现金折扣"]
    assert opens(billed) == {"B": "50.00", "C": "30.00"}


def test_payments_by_mode_in_the_order_of_their_dates(billed: Book, take: Take) -> None:
    rows = ["C1|2026-03-01|60|oldest", "C1|2026-02-10|70|oldest"]
    take(billed, "payments", "customer|date|amount|allocate", *rows)
    assert opens(billed) == {"B": "20.00", "C": "30.00"}
    take(
        billed,
        "payments",
        "customer|date|amount",
        "C2|2026-03-01|30",
        mapping={"defaults": {"allocate": "exact"}},
    )
    assert opens(billed) == {"B": "20.00"}


def test_the_customer_of_a_payment_may_come_from_its_invoice(billed: Book, take: Take) -> None:
    mapping = {"defaults": {"customer": ""}}
    result = take(
        billed, "payments", "date|amount|invoice", "2026-03-01|30|C", "2026-03-01|10|", mapping=mapping
    )
    assert counts(result) == (1, 0, 0, 1)
    assert codes_of(result) == [(3, "customer_missing")]
    assert opens(billed) == {"A": "100.00", "B": "50.00"}


def test_payments_without_a_number_are_known_again(billed: Book, take: Take) -> None:
    table = (
        "客户编号|日期|金额|流水号",
        "C1|2026-01-20|10|TX1",
        "C1|2026-01-20|10|TX1",
        "C1|2026-01-20|10|TX2",
    )
    assert counts(take(billed, "payments", *table)) == (3, 0, 0, 0)
    assert counts(take(billed, "payments", *table)) == (0, 0, 3, 0)
    assert balances_of(billed)["C1"] == "120.00"


def test_other_currencies(shop: Book, take: Take) -> None:
    result = take(
        shop,
        "payments",
        "number|customer|date|amount|currency",
        "1|C1|2026-01-01|100|JPY",
        "2|C1|2026-01-01|100.5|JPY",
        "3|C1|2026-01-01|100|XXZ",
        "4|C1|2026-01-01|100.50|美元",
    )
    assert codes_of(result) == [(3, "too_many_decimals"), (4, "currency_unknown")]
    assert [(row.currency, row.total_minor) for row in documents(shop, "payment")] == [
        ("JPY", 100),
        ("USD", 10_050),
    ]
    mixed = take(shop, "payments", "number|customer|date|amount", "9|C1|2026-01-01|$100.50")
    assert codes_of(mixed) == [(2, "currency_mixed")]


def test_one_invoice_has_one_currency(shop: Book, take: Take) -> None:
    header = "number|customer|date|description|amount|currency"
    result = take(shop, "invoices", header, "1|C1|2026-01-01|x|1|CNY", "1|C1|2026-01-01|y|1|USD")
    assert sorted(codes_of(result)) == [(2, "rolled_back"), (3, "currency_mixed")]


def test_void_documents_in_a_sheet_are_passed_over(shop: Book, take: Take) -> None:
    header = "单号|客户名称|日期|金额|状态"
    result = take(shop, "invoices", header, "1|甲公司|2026-01-01|5|作废", "2|甲公司|2026-01-01|6|已开具")
    assert counts(result) == (1, 0, 1, 0)
    assert balances_of(shop) == {"C1": "6.00"}


def test_the_code_says_who_it_is_and_the_name_only_where_there_is_none(shop: Book, take: Take) -> None:
    header = "客户名称|客户编号|日期|金额"
    rows = ("随便|C1|2026-01-01|5", "乙公司||2026-01-01|6", "没有||2026-01-01|7")
    result = take(shop, "opening-balances", header, *rows)
    assert counts(result) == (2, 0, 0, 1)
    assert codes_of(result) == [(4, "customer_missing")]
    assert balances_of(shop) == {"C1": "5.00", "C2": "6.00"}


def test_percent_cells_of_a_workbook(shop: Book, tmp_path: Any) -> None:
    """A cell that shows 13% holds 0.13; a plain 0.13 is asked about."""
    import openpyxl

    from crmdesk.services.imports import run

    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["number", "customer", "date", "description", "amount", "tax rate"])
    for place, (rate, shown) in enumerate(
        ((0.13, "0%"), (0.005, "0.0%"), (0, "0%"), (13, "0"), (0.13, "0.00"))
    ):
        sheet.append([f"P{place}", "C1", date(2026, 1, 5), "x", 100.1, rate])
        sheet.cell(place + 2, 6).number_format = shown
    workbook.save(tmp_path / "percent.xlsx")
    result = run.run(shop, "invoices", tmp_path / "percent.xlsx")
    assert codes_of(result) == [(6, "rate_ambiguous")]
    assert [row.tax_minor for row in documents(shop, "invoice")] == [1_301, 50, 0, 1_301]


def test_customers_of_another_currency_are_billed_in_it(shop: Book, take: Take) -> None:
    do(shop, "customer.create", code="K", name="Kuwait", currency="KWD")
    header = "number|customer|date|description|amount"
    result = take(shop, "invoices", header, "1|K|2026-01-01|x|1234.567", "2|C1|2026-01-01|x|1234.567")
    assert codes_of(result) == [(3, "too_many_decimals")]
    assert [(row.currency, row.total_minor) for row in documents(shop, "invoice")] == [("KWD", 1_234_567)]


def test_a_word_for_the_tax_kind_may_stand_in_the_column_of_the_rate(shop: Book, take: Take) -> None:
    words = ("免税", "免", "exempt", "Exempt / 0%", "不征税", "Out of scope (0%)", "Not taxed", "0%", "13%")
    lines = [f"{word}-{at}|C1|2026-01-05|x|100|{word}" for at, word in enumerate(words)]
    result = take(shop, "invoices", "number|customer|date|description|amount|税率", *lines)
    assert counts(result) == (len(words), 0, 0, 0), result.errors
    with shop.read() as connection:
        columns = (document_line.c.tax_kind, document_line.c.tax_rate)
        found = connection.execute(select(*columns).order_by(document_line.c.document_id)).all()
    assert [row.tax_kind for row in found] == ["exempt"] * 4 + ["out_of_scope"] * 3 + ["taxed"] * 2
    result = take(
        shop,
        "products",
        "code|name|price|税率|计税方式",
        "Q1|a|1|免税|",
        "P2|b|1|不征税|不征税",
        "P3|c|1|免税|应税",
        "P4|d|1|免税|不征税",
        "P5|e|1|13%|免税",
        "P6|f|1|免费|",
    )
    assert counts(result) == (2, 0, 0, 4)
    assert [
        (one.row, one.column, str(one.code)) for one in sorted(result.errors, key=lambda one: one.row or 0)
    ] == [
        (4, "税率", "invalid_choice"),
        (5, "税率", "invalid_choice"),
        (6, "税率", "out_of_range"),
        (7, "税率", "number_unreadable"),
    ]
