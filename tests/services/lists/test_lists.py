"""What lists show: states, reversals, balances, sums, order, and blocks of rows."""

from __future__ import annotations

from array import array
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import lists, use_cases
from crmdesk.services.book import Book


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def line(price: str, rate: str = "0.13") -> list[dict[str, Any]]:
    return [{"description": "油漆", "quantity": "1", "unit_price": price, "tax_rate": rate}]


def table(book: Book, kind: str, *names: str, **query: Any) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in lists.as_json(book, kind, **query)["rows"]]


@pytest.fixture
def customer(book: Book) -> Book:
    """A book with the customer A."""
    do(book, "customer.create", code="A", name="鼎晟")
    return book


def test_an_invoice_s_state_follows_what_happens_to_it(customer: Book) -> None:
    book = customer

    def state() -> list[tuple[Any, ...]]:
        return table(book, "invoices", "state", "open", "overdue")

    draft = do(book, "invoice.draft", customer="A", lines=line("100"), date="2026-06-01")["draft"]
    assert table(book, "invoices", "number", "state", "total") == [(draft, "draft", "113.00")]
    number = do(book, "invoice.issue", draft=draft)["number"]
    assert state() == [("issued", "113.00", True)]
    do(book, "payment.record", customer="A", date="2026-06-02", amount="13", allocate="oldest")
    assert state() == [("part_paid", "100.00", True)]
    paid = do(book, "payment.record", customer="A", date="2026-06-02", amount="100", allocate="oldest")[
        "number"
    ]
    assert state() == [("paid", "0.00", False)]
    do(book, "payment.reverse", payment=paid, date="2026-06-03", reason="bounced")
    assert state() == [("part_paid", "100.00", True)]
    due = do(book, "invoice.issue", customer="A", date="2026-06-30", due="2026-06-30", lines=line("1"))[
        "number"
    ]
    assert table(book, "invoices", "overdue", filter=f'number = "{due}"') == [(False,)]
    assert number != due


def test_a_voided_invoice_and_its_void_are_shown_unless_of_one_day(customer: Book) -> None:
    book = customer
    one = do(book, "invoice.issue", customer="A", date="2026-05-01", lines=line("10"))["number"]
    two = do(book, "invoice.issue", customer="A", date="2026-05-02", lines=line("20"))["number"]
    do(book, "invoice.void", invoice=one, date="2026-05-01", reason="typing")
    do(book, "invoice.void", invoice=two, date="2026-05-09", reason="cancelled")
    shown = table(book, "invoices", "number", "date", "state", "net", "tax", "total", "reason")
    assert shown == [
        (two, "2026-05-09", "void", "-20.00", "-2.60", "-22.60", "cancelled"),
        (two, "2026-05-02", "void", "20.00", "2.60", "22.60", "cancelled"),
    ]
    answer = lists.as_json(book, "invoices")
    assert answer["total"] == 2
    assert answer["sums"] == {"CNY": {"net": "0.00", "tax": "0.00", "total": "0.00", "open": "0.00"}}


def test_payments_show_what_is_free_and_their_reversal(customer: Book) -> None:
    book = customer
    do(book, "invoice.issue", customer="A", date="2026-05-01", lines=line("100", "0"))
    one = do(
        book, "payment.record", customer="A", date="2026-05-02", amount="150", fee="1", allocate="oldest"
    )
    two = do(book, "payment.record", customer="A", date="2026-05-03", amount="7", method="cash", payer="李娜")
    do(book, "payment.reverse", payment=two["number"], date="2026-05-05", reason="bounced")
    shown = table(
        book, "payments", "number", "date", "method", "account", "amount", "free", "fee", "state", "payer"
    )
    assert shown == [
        (two["number"], "2026-05-05", "cash", "CASH", "-7.00", "0.00", "0.00", "reversed", "李娜"),
        (two["number"], "2026-05-03", "cash", "CASH", "7.00", "0.00", "0.00", "reversed", "李娜"),
        (one["number"], "2026-05-02", "bank", "BANK", "150.00", "50.00", "1.00", "part_applied", ""),
    ]


def test_the_other_documents_have_their_lists(customer: Book) -> None:
    book = customer
    number = do(book, "invoice.issue", customer="A", date="2026-05-01", lines=line("100", "0"))["number"]
    credit = do(book, "credit.issue", customer="A", invoice=number, date="2026-05-02", reason="back",
                lines=line("10", "0"))["number"]  # fmt: skip
    paid = do(book, "payment.record", customer="A", date="2026-05-03", amount="30")["number"]
    refund = do(book, "refund.record", payment=paid, amount="5", date="2026-05-04", method="cash", reason="x")
    loss = do(book, "writeoff.record", invoice=number, amount="1", date="2026-05-05", ground="small_difference",
              reason="y")["number"]  # fmt: skip
    do(book, "writeoff.recover", writeoff=loss, amount="1", date="2026-05-06")
    do(book, "opening.record", customer="A", date="2026-01-01", amount="-8", number="OLD-1")
    assert table(book, "credits", "number", "invoice", "total", "open", "state", "reason") == [
        (credit, number, "10.00", "10.00", "free", "back")
    ]
    assert table(book, "refunds", "number", "origin", "method", "amount") == [
        (refund["number"], paid, "cash", "5.00")
    ]
    assert table(book, "writeoffs", "number", "invoice", "ground", "amount", "state") == [
        (loss, number, "small_difference", "1.00", "posted")
    ]
    assert table(book, "recoveries", "writeoff", "amount") == [(loss, "1.00")]
    assert table(book, "openings", "number", "amount", "open") == [("OLD-1", "-8.00", "-8.00")]


def test_customers_show_balance_and_overdue_in_their_own_currency(book: Book) -> None:
    do(book, "customer.create", code="A", name="鼎晟", contacts=[{"name": "李娜"}])
    do(book, "customer.create", code="B", name="日本", currency="JPY")
    do(book, "invoice.issue", customer="A", date="2026-05-01", due="2026-05-31", lines=line("100", "0"))
    do(book, "invoice.issue", customer="A", date="2026-06-01", due="2026-07-31", lines=line("50", "0"))
    do(book, "invoice.issue", customer="A", date="2026-06-01", lines=line("9", "0"), currency="USD")
    do(book, "payment.record", customer="A", date="2026-06-02", amount="20")
    do(book, "invoice.issue", customer="B", date="2026-06-01", lines=line("1000", "0"))
    answer = lists.as_json(book, "customers")
    names = ("code", "balance", "overdue", "currency", "other_balances", "contact", "last_document")
    assert [tuple(row[name] for name in names) for row in answer["rows"]] == [
        ("A", "130.00", "100.00", "CNY", "USD 9.00", "李娜", "2026-06-02"),
        ("B", "1000", "1000", "JPY", "", "", "2026-06-01"),
    ]
    assert answer["sums"] == {
        "CNY": {"balance": "130.00", "overdue": "100.00"},
        "JPY": {"balance": "1000", "overdue": "1000"},
        "USD": {"balance": "9.00", "overdue": "9.00"},
    }
    filtered = lists.as_json(book, "customers", filter="balance > 500")
    assert (filtered["total"], list(filtered["sums"])) == (1, ["JPY"])


def test_sums_and_total_are_of_the_whole_set_whatever_the_limit(customer: Book) -> None:
    for day in range(1, 8):
        do(customer, "invoice.issue", customer="A", date=f"2026-05-{day:02d}", lines=line("10", "0"))
    answer = lists.as_json(customer, "invoices", filter="date > 2026-05-02", sort="date", limit=2)
    assert [row["date"] for row in answer["rows"]] == ["2026-05-03", "2026-05-04"]
    assert answer["total"] == 5
    assert answer["sums"]["CNY"]["total"] == "50.00"


def test_search_reaches_number_reference_and_customer(customer: Book) -> None:
    book = customer
    do(book, "customer.create", code="B", name="重庆华瑞")
    one = do(book, "invoice.issue", customer="A", date="2026-05-01", lines=line("1"), reference="PO-77%")[
        "number"
    ]
    two = do(book, "invoice.issue", customer="B", date="2026-05-02", lines=line("1"))["number"]
    draft = do(book, "invoice.draft", customer="B", lines=line("1"))["draft"]

    def found(typed: str) -> list[str]:
        return [number for (number,) in table(book, "invoices", "number", search=typed)]

    assert found(one) == [one]
    assert found("77%") == [one]
    assert found("77_") == []
    assert found("cqhr") == found("华瑞") == [draft, two]
    assert found("2026 po") == [one]
    assert found("nothing") == []


@given(levels=st.lists(st.sampled_from(["", "A", "B"]), min_size=1, max_size=12), is_descending=st.booleans())
def test_equal_values_stay_in_order_of_entry(
    shared_book: Book, levels: list[str], is_descending: bool
) -> None:
    with shared_book.write() as unit:
        for number, level in enumerate(levels):
            use_cases.perform(
                unit, "customer.create", {"code": f"K{number:02d}", "name": "x", "level": level}
            )
        unit.flush()
        query = lists.Query("customers", sort="-level" if is_descending else "level")
        ids = lists.ids(unit.connection, query)
        shown = [(row["level"], row["code"]) for row in lists.rows(unit.connection, query, ids)]
        expected = sorted((level, f"K{number:02d}") for number, level in enumerate(levels))
        assert shown == (expected[::-1] if is_descending else expected)


def test_ids_are_eight_bytes_each_and_rows_come_in_their_order(customer: Book) -> None:
    for code in ("C", "B"):
        do(customer, "customer.create", code=code, name=code)
    with customer.read() as connection:
        query = lists.Query("customers", sort="-code")
        ids = lists.ids(connection, query)
        assert isinstance(ids, array)
        assert ids.itemsize == 8
        assert [row["code"] for row in lists.rows(connection, query, ids)] == ["C", "B", "A"]
        assert [row["code"] for row in lists.rows(connection, query, [ids[2], 10**12, ids[0]])] == ["A", "C"]
        assert list(lists.ids(connection, query, 2)) == list(ids[:2])
        assert lists.rows(connection, query, []) == []


def test_values_have_their_types_in_rows(customer: Book) -> None:
    do(customer, "invoice.issue", customer="A", date="2026-05-01", lines=line("10"))
    do(customer, "product.create", code="P", name="漆", price="1.50", tax_rate="0.13")
    with customer.read() as connection:
        query = lists.Query("invoices")
        (row,) = lists.rows(connection, query, lists.ids(connection, query))
        assert (row["total"], row["currency"], row["overdue"]) == (1130, "CNY", True)
        assert row["date"].isoformat() == "2026-05-01"
        query = lists.Query("products")
        (row,) = lists.rows(connection, query, lists.ids(connection, query))
        assert (row["price"], row["tax_rate"], row["on_sale"]) == (Decimal("1.50"), Decimal("0.13"), True)


def test_a_customer_s_documents_only(customer: Book) -> None:
    do(customer, "customer.create", code="B", name="B")
    for code in ("A", "B", "B"):
        do(customer, "invoice.issue", customer=code, date="2026-05-01", lines=line("10", "0"))
    with customer.read() as connection:
        ids = {row["code"]: row["id"] for row in _rows(connection, lists.Query("customers"))}
        query = lists.Query("invoices", customer_id=ids["B"])
        assert lists.count(connection, query) == 2
        assert lists.sums(connection, query)["CNY"]["total"] == 2000
        assert [row["customer"] for row in _rows(connection, query)] == ["B", "B"]


def _rows(connection: Any, query: lists.Query) -> list[dict[str, Any]]:
    return lists.rows(connection, query, lists.ids(connection, query))


def test_names_are_sorted_as_they_are_read(book: Book) -> None:
    for code, name in (("1", "周氏"), ("2", "Beta"), ("3", "阿尔法"), ("4", "重庆"), ("5", "鼎晟")):
        do(book, "customer.create", code=code, name=name)
    assert table(book, "customers", "code", sort="name") == [("3",), ("2",), ("5",), ("4",), ("1",)]


@pytest.mark.parametrize(
    ("kind", "sort", "code"),
    [
        ("nothing", "", Code.LIST_UNKNOWN),
        ("customers", "nothing", Code.INVALID_CHOICE),
        ("customers", "categories", Code.INVALID_CHOICE),
        ("customers", "code; DROP TABLE customer", Code.INVALID_CHOICE),
    ],
)
def test_unknown_lists_and_sorts_are_refused(book: Book, kind: str, sort: str, code: Code) -> None:
    with pytest.raises(CrmdeskError) as caught:
        lists.as_json(book, kind, sort=sort)
    assert caught.value.code is code


def test_every_list_answers_on_an_empty_book(book: Book) -> None:
    for kind in lists.KINDS:
        answer = lists.as_json(book, kind.replace("_", "-"))
        assert answer["kind"] == kind
        assert answer["total"] == len(answer["rows"])
        assert lists.spec_of(kind).empty_text


def test_a_customer_s_last_invoice_is_looked_up_among_its_own_documents(customer: Book) -> None:
    """Not among all invoices of the book: a block of rows took 0.7 s of 200,000 so."""
    statements: list[tuple[str, Any]] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any
    ) -> None:
        statements.append((statement, parameters))

    event.listen(customer.engine, "before_cursor_execute", note)
    with customer.read() as connection:
        lists.rows(connection, lists.Query("customers"), lists.ids(connection, lists.Query("customers")))
        rows, parameters = next(one for one in statements if "last_bought" in one[0])
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {rows}", parameters).all()
    assert not [step for step in plan if "ix_document_kind_dated_on" in str(step)]


def test_no_list_has_two_columns_of_one_name() -> None:
    for spec in lists.KINDS.values():
        names = [column.field.name for column in spec.columns]
        assert len(names) == len(set(names)), spec.kind
