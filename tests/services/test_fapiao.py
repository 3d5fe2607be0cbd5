"""Tax invoices: asked for, issued, refused, delivered, voided; what of a bill is invoiced and received."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables.customers import customer
from crmdesk.services import check, invoiced, use_cases
from crmdesk.services.book import Book

LINE = {"description": "涂料", "quantity": "3", "unit_price": "100.00", "tax_rate": "0.13"}
OTHER = {"description": "运输", "quantity": "1", "unit_price": "33.33", "tax_rate": "0.09"}


def run(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments, actor="test")


def digits(tail: int) -> str:
    """A number of a fully digital tax invoice."""
    return f"{tail:020d}"


@pytest.fixture
def shop(book: Book) -> Book:
    run(book, "customer.create", code="A", name="上海鼎晟贸易有限公司", tax_number="91350100M000100Y43")
    run(book, "customer.create", code="P", name="张三", kind="person")
    run(book, "invoice.issue", customer="A", date="2026-06-01", lines=[LINE, OTHER], number="B1")
    run(book, "invoice.issue", customer="A", date="2026-06-02", lines=[LINE], number="B2")
    run(book, "invoice.issue", customer="P", date="2026-06-02", lines=[LINE], number="P1")
    return book


def bill(book: Book, number: str) -> invoiced.Bill:
    with book.read() as connection:
        return next(
            one
            for one in invoiced.bills(connection, lambda column: column.isnot(None))
            if one.number == number
        )


def refused(book: Book, use_case: str, /, **arguments: Any) -> str:
    before = dump(book)
    with pytest.raises(CrmdeskError) as caught:
        run(book, use_case, **arguments)
    assert dump(book) == before, "a refusal leaves the book as it was"
    return str(caught.value.code)


def dump(book: Book) -> list[Any]:
    """Every row of the tables that such use cases write."""
    with book.read() as connection:
        return [
            connection.exec_driver_sql(query).all()
            for query in (*QUERIES, "SELECT * FROM red_confirmation_state", "SELECT * FROM series")
        ]


QUERIES = (
    "SELECT * FROM fapiao",
    "SELECT * FROM fapiao_part",
    "SELECT * FROM fapiao_request_state",
    "SELECT * FROM fapiao_void",
    "SELECT * FROM fapiao_delivery",
    "SELECT * FROM document",
    "SELECT * FROM allocation",
    "SELECT * FROM open_item",
    "SELECT * FROM posting",
    "SELECT count(*) FROM audit_entry",
)


def clean(book: Book) -> None:
    found = check.run(book)
    assert found["clean"], found["violations"]


def test_a_request_is_issued_delivered_and_counted(shop: Book) -> None:
    asked = run(shop, "fapiao.request", customer="A", kind="special", invoices=[{"invoice": "B1"}])
    assert asked == {
        "number": "FR-2026-0001",
        "net": "333.33",
        "tax": "42.00",
        "total": "375.33",
        "state": "requested",
    }
    waiting = bill(shop, "B1")
    assert (waiting.requested_minor, waiting.issued_minor, waiting.free_minor) == (375_33, 0, 0)
    made = run(shop, "fapiao.issue", request="FR-2026-0001", number=digits(1), total="375.33")
    assert made["total"] == "375.33"
    run(shop, "fapiao.deliver", fapiao=digits(1), channel="email", to="fin@example.com")
    done = bill(shop, "B1")
    assert (done.requested_minor, done.issued_minor, done.uninvoiced_minor) == (0, 375_33, 0)
    assert done.unpaid_minor == 375_33, "已开票未回款"
    run(shop, "payment.record", customer="A", amount="475.33", allocate="oldest")
    with shop.read() as connection:
        (own,) = invoiced.of_customer(connection, done.customer_id)
    assert (own.unpaid_minor, own.paid_uninvoiced_minor) == (0, 100_00), (
        "已回款未开票: B2 has 100 and no fapiao"
    )
    clean(shop)


def test_parts_of_a_bill_add_up_to_it_in_every_rate(shop: Book) -> None:
    for tail, amount in ((1, "100.00"), (2, "100.01"), (3, None)):
        part = {"invoice": "B1"} | ({"amount": amount} if amount else {})
        run(shop, "fapiao.record", customer="A", invoices=[part], number=digits(tail))
    with shop.read() as connection:
        sums = connection.exec_driver_sql(
            "SELECT tax_rate, sum(net_minor), sum(tax_minor) FROM fapiao_part GROUP BY tax_rate ORDER BY tax_rate"
        ).all()
    assert [tuple(row) for row in sums] == [("0.09", 33_33, 3_00), ("0.13", 300_00, 39_00)]
    assert refused(shop, "fapiao.record", customer="A", invoices=[{"invoice": "B1"}], number=digits(4)) == (
        "over_invoiced"
    )
    clean(shop)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "123"}, "fapiao_number"),
        ({"code": "1234567890"}, "fapiao_number"),
        ({"medium": "paper"}, "fapiao_number"),
        ({"medium": "paper", "number": "12345678", "code": "123"}, "fapiao_number"),
        ({"number": digits(9)}, "duplicate"),
        ({"total": "339.01"}, "total_differs"),
        ({"invoices": []}, "required"),
        ({"invoices": [{"invoice": "B2", "amount": "339.01"}]}, "over_invoiced"),
        ({"invoices": [{"invoice": "B2"}, {"invoice": "B2"}]}, "duplicate"),
        ({"invoices": [{"invoice": "P1"}]}, "other_customer"),
        ({"invoices": [{"invoice": "nothing"}]}, "not_found"),
        ({"profile": "nobody"}, "not_found"),
        ({"customer": "P", "kind": "special", "invoices": [{"invoice": "P1"}]}, "person_not_allowed"),
    ],
)
def test_what_cannot_be_recorded_leaves_nothing(shop: Book, change: dict[str, Any], code: str) -> None:
    run(shop, "fapiao.record", customer="A", invoices=[{"invoice": "B1"}], number=digits(9))
    arguments = {"customer": "A", "invoices": [{"invoice": "B2"}], "number": digits(1)} | change
    assert refused(shop, "fapiao.record", **arguments) == code
    clean(shop)


def test_a_special_one_needs_a_tax_number(shop: Book) -> None:
    run(shop, "customer.create", code="N", name="No number")
    run(shop, "invoice.issue", customer="N", lines=[LINE], number="N1")
    wanted = {"customer": "N", "kind": "special", "invoices": [{"invoice": "N1"}]}
    assert refused(shop, "fapiao.request", **wanted) == "tax_number_missing"
    run(shop, "billing_profile.add", customer="N", title="Its mother", tax_number="91350100M000100Y43")
    run(shop, "fapiao.request", **wanted, profile="Its mother")
    clean(shop)


def test_what_ends_a_request_gives_its_bills_back(shop: Book) -> None:
    for way in ("refuse", "withdraw"):
        asked = run(shop, "fapiao.request", customer="A", invoices=[{"invoice": "B2"}])["number"]
        assert refused(shop, "fapiao.request", customer="A", invoices=[{"invoice": "B2"}]) == "over_invoiced"
        run(shop, f"fapiao.{way}", request=asked, reason="title is wrong")
        assert refused(shop, "fapiao.issue", request=asked, number=digits(1)) == "state_refused"
        assert refused(shop, "fapiao.withdraw", request=asked, reason="again") == "state_refused"
    asked = run(shop, "fapiao.request", customer="A", invoices=[{"invoice": "B2"}])["number"]
    run(shop, "fapiao.issue", request=asked, number=digits(1))
    assert refused(shop, "fapiao.refuse", request=asked, reason="late") == "state_refused"
    clean(shop)


def test_a_bill_credited_after_the_request_is_not_issued_over_it(shop: Book) -> None:
    asked = run(shop, "fapiao.request", customer="A", invoices=[{"invoice": "B2"}])["number"]
    small = {"description": "x", "quantity": "1", "unit_price": "10.00", "tax_rate": "0"}
    run(shop, "credit.issue", customer="A", invoice="B2", lines=[small], reason="damaged")
    assert refused(shop, "fapiao.issue", request=asked, number=digits(1)) == "over_invoiced"
    run(shop, "fapiao.withdraw", request=asked, reason="credited")
    assert run(shop, "fapiao.record", customer="A", invoices=[{"invoice": "B2"}], number=digits(1))[
        "total"
    ] == ("329.00")
    clean(shop)


def test_paper_is_voided_in_its_month_and_asked_for_again(shop: Book) -> None:
    asked = run(shop, "fapiao.request", customer="A", medium="paper", invoices=[{"invoice": "B2"}])["number"]
    paper = {"code": "1234567890", "date": "2026-06-03"}
    run(shop, "fapiao.issue", request=asked, number="00000001", **paper)
    assert refused(shop, "fapiao.void", fapiao="00000001", date="2026-07-01", reason="torn") == "not_voidable"
    assert refused(shop, "invoice.void", invoice="B2", reason="mistake") == "is_invoiced"
    run(shop, "fapiao.void", fapiao="00000001", date="2026-06-30", reason="torn")
    assert bill(shop, "B2").requested_minor == 339_00, "it waits for another number"
    assert refused(shop, "fapiao.issue", request=asked, number="00000001", **paper) == "duplicate"
    run(shop, "fapiao.issue", request=asked, number="00000002", **paper)
    run(shop, "fapiao.record", customer="A", invoices=[{"invoice": "B1"}], number=digits(1))
    assert refused(shop, "fapiao.void", fapiao=digits(1), reason="wrong") == "not_voidable", "数电 never"
    clean(shop)


def test_a_receipt_is_no_tax_invoice(shop: Book) -> None:
    run(shop, "fapiao.record", customer="A", kind="receipt", invoices=[{"invoice": "B2"}], number="R-7")
    assert bill(shop, "B2").uninvoiced_minor == 339_00
    run(shop, "fapiao.record", customer="A", invoices=[{"invoice": "B2"}], number=digits(1))
    clean(shop)


def test_a_date_before_the_bill_warns(shop: Book) -> None:
    arguments = {"customer": "A", "invoices": [{"invoice": "B2"}], "number": digits(1), "date": "2026-05-30"}
    outcome = use_cases.run_outcome(shop, "fapiao.record", arguments)
    assert [entry["code"] for entry in outcome.warnings] == ["date_order"]


def test_as_at_an_earlier_date(shop: Book) -> None:
    from datetime import date

    run(
        shop, "fapiao.record", customer="A", invoices=[{"invoice": "B2"}], number=digits(1), date="2026-06-10"
    )
    with shop.read() as connection:
        owner = connection.execute(select(customer.c.id).where(customer.c.code == "A")).scalar_one()
        by_day = [
            sum(one.issued_minor for one in invoiced.of_customer(connection, owner, date(2026, 6, day)))
            for day in (9, 10)
        ]
    assert by_day == [0, 339_00]


def test_an_opening_balance_is_invoiced_with_its_tax_in_it(shop: Book) -> None:
    run(shop, "opening.record", customer="A", date="2026-01-01", amount="113.00", number="OB1")
    made = run(shop, "fapiao.record", customer="A", invoices=[{"invoice": "OB1"}], number=digits(1))
    assert (made["net"], made["tax"]) == ("100.00", "13.00")
    clean(shop)


def test_lists_and_report_show_what_is_asked_for_and_issued(shop: Book) -> None:
    from datetime import date

    from crmdesk.services import lists
    from crmdesk.services.reports import declared

    run(shop, "fapiao.request", customer="A", invoices=[{"invoice": "B1"}], note="please")
    run(
        shop, "fapiao.record", customer="A", invoices=[{"invoice": "B2"}], number=digits(1), date="2026-06-10"
    )
    run(shop, "fapiao.red", fapiao=digits(1), reason="allowance", amount="39.00", number=digits(2))
    run(shop, "payment.record", customer="P", amount="400.00", date="2026-06-11", allocate="oldest")
    asked = lists.as_json(shop, "fapiao-requests", filter="state = requested")
    assert (asked["total"], asked["sums"]["CNY"]["total"]) == (1, "375.33")
    made = lists.as_json(shop, "fapiao", sort="number")
    assert [(row["number"], row["state"], row["origin"]) for row in made["rows"]] == [
        (digits(1), "part_red", ""),
        (digits(2), "valid", digits(1)),
    ]
    assert made["sums"]["CNY"]["counted"] == "300.00"
    for word in ("please", "上海"):
        assert lists.as_json(shop, "fapiao_requests", search=word)["total"] == 1
    with shop.read() as connection:
        now = declared.find("uninvoiced").fill(connection, declared.Options()).document
        then = declared.find("uninvoiced").fill(connection, declared.Options(as_of=date(2026, 6, 9))).document
        by_bill = declared.find("uninvoiced").fill(connection, declared.Options(by="invoice")).document
    assert [
        (row["customer"], row["uninvoiced"], row["unpaid"], row["paid_uninvoiced"]) for row in now["rows"]
    ] == [
        ("A", "375.33", "300.00", "0.00"),
        ("P", "339.00", "0.00", "400.00"),
    ], "375.33 and 300.00 are what is open: the credit note lessened what is not invoiced"
    assert [(row["customer"], row["uninvoiced"]) for row in then["rows"]] == [
        ("A", "714.33"),
        ("P", "339.00"),
    ]
    assert now["totals"]["CNY"]["uninvoiced"] == "714.33"
    assert [row["invoice"] for row in by_bill["rows"]] == ["B1", "B2", "P1"]


@pytest.mark.parametrize("language", ["zh_CN", "en", "both"])
def test_a_request_is_printed_and_copied(shop: Book, language: str) -> None:
    import pypdfium2

    from crmdesk.services import fapiao_copy, fapiao_facts, papers

    run(
        shop,
        "billing_profile.add",
        customer="A",
        title="鼎晟开票",
        tax_number="91350100M000100Y43",
        bank="工行",
    )
    asked = run(
        shop, "fapiao.request", customer="A", kind="special", invoices=[{"invoice": "B1"}, {"invoice": "B2"}]
    )
    with shop.read() as connection:
        pdf = papers.pdf(connection, "fapiao-request", [asked["number"]], language=language).pdf
        copied = fapiao_copy.copy_fields(fapiao_facts.load_request(connection, asked["number"]))
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    for shown in ("鼎晟开票", "91350100M000100Y43", "714.33", "B1", asked["number"]):
        assert shown in text
    assert dict(copied.fields)["Total in words"] == "柒佰壹拾肆元叁角叁分"
    rows = [row.split("\t") for row in copied.text.splitlines()]
    assert rows[1][:7] == ["涂料", "", "3", "100", "300.00", "13%", "39.00"]
    assert {len(row) for row in rows} == {7}
