"""Own fields: defined, filled on every kind of record, listed, filtered, summed, retired, and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from crmdesk.cli.main import main
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.tables import METADATA
from crmdesk.services import agreement_paper, check, custom_forms, lists, merge_preview, papers, use_cases
from crmdesk.services.book import Book
from crmdesk.services.documents.printing import render
from crmdesk.services.lists import querying
from tests.services.documents.samples import page_texts

PAINT = {"description": "Paint", "quantity": "1", "unit_price": "100.00", "tax_rate": "0.13"}


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def dump(book: Book) -> list[Any]:
    with book.read() as connection:
        return [
            sorted(map(repr, connection.execute(table.select()).all()))
            for table in METADATA.sorted_tables
            if not table.name.startswith("customer_search")
        ]


def refused(book: Book, use_case: str, /, **arguments: Any) -> tuple[Code, str | None]:
    """The code and the field of a refusal, which leaves the book as it was."""
    before = dump(book)
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    assert dump(book) == before
    return caught.value.code, caught.value.field


def define(book: Book, record: str, name: str, kind: str, **more: Any) -> None:
    do(book, "field.define", record=record, name=name, label=name.upper(), kind=kind, **more)


def clean(book: Book) -> None:
    assert check.run(book)["violations"] == []


def found(book: Book, kind: str, **query: Any) -> list[Any]:
    key = "code" if kind in ("customers", "products") else "number"
    return [row[key] for row in lists.as_json(book, kind, **query)["rows"]]


@pytest.fixture
def fields(book: Book) -> Book:
    define(book, "customer", "color", "choice", choices=[{"value": "red", "label": "红"}, {"value": "blue"}])
    define(
        book,
        "customer",
        "likes",
        "multi_choice",
        choices=[{"value": "tea"}, {"value": "golf"}, {"value": "wine"}],
    )
    define(book, "customer", "budget", "money")
    define(book, "customer", "staff", "number")
    define(book, "customer", "since", "date")
    define(book, "customer", "vip", "yes_no", default=False)
    define(book, "customer", "parent", "link", target="customer")
    define(book, "customer", "nick", "text", unique=True, searchable=True)
    return book


def test_the_life_of_fields_on_customers(fields: Book) -> None:
    book = fields
    do(book, "customer.create", code="A", name="Alpha", fields={
        "color": "red", "likes": ["wine", "tea"], "budget": "1200.50", "staff": "12", "since": "2024-05-01",
        "vip": True, "nick": "阿尔法"})  # fmt: skip
    do(
        book,
        "customer.create",
        code="B",
        name="Beta",
        fields={"color": "blue", "staff": "9.5", "parent": "A"},
    )
    do(book, "customer.create", code="C", name="Gamma")
    rows = {row["code"]: row for row in lists.as_json(book, "customers")["rows"]}
    a = {name: value for name, value in rows["A"].items() if name.startswith("own.")}
    assert a == {
        "own.color": "red", "own.likes": ["tea", "wine"], "own.budget": "1200.50", "own.staff": "12",
        "own.since": "2024-05-01", "own.vip": True, "own.parent": None, "own.nick": "阿尔法"}  # fmt: skip
    assert rows["B"]["own.parent"] == "A"
    assert rows["C"]["own.vip"] is False
    assert rows["C"]["own.color"] is None
    assert lists.as_json(book, "customers")["sums"]["CNY"]["own.budget"] == "1200.50"
    for expression, codes in (
        ('own.color = "red"', "A"),
        ("own.color in (red, blue)", "AB"),
        ("own.color != red", "BC"),
        ("own.color is empty", "C"),
        ("own.likes in (tea, golf)", "A"),
        ("own.likes != tea", "BC"),
        ("own.likes is not empty", "A"),
        ("own.budget > 1200", "A"),
        ("own.budget = 1200.50", "A"),
        ("own.staff < 12", "B"),
        ("own.staff >= 9.5", "AB"),
        ("own.since > 2024-04-30 and own.since < today", "A"),
        ("own.vip", "A"),
        ("not own.vip", "BC"),
        ('own.parent = "A"', "B"),
        ("own.nick ~ 尔", "A"),
    ):
        assert found(book, "customers", filter=expression) == list(codes), expression
    assert found(book, "customers", search="尔法") == ["A"]
    assert found(book, "customers", sort="-own.staff") == ["A", "B", "C"]
    with book.read() as connection:
        grouped = querying.grouped(connection, lists.Query("customers", group="own.color"))
    assert [(group.key, group.count) for group in grouped.groups] == [("red", 1), ("blue", 1), (None, 1)]
    clean(book)

    done = do(book, "customer.update", customer="A", fields={"color": "blue", "likes": None, "nick": "Al"})
    assert done["version"] == 2
    assert do(book, "customer.update", customer="A", fields={"color": "blue"})["version"] == 2
    assert found(book, "customers", search="尔法") == []
    assert found(book, "customers", search="al") == ["A"]
    row = next(row for row in lists.as_json(book, "customers")["rows"] if row["code"] == "A")
    assert (row["own.color"], row["own.likes"], row["own.nick"]) == ("blue", None, "Al")
    assert refused(book, "customer.delete", customer="A")[0] is Code.IN_USE  # B links to it
    do(book, "customer.delete", customer="B")
    clean(book)
    audit = lists.as_json(book, "audit", limit=3)["rows"]
    assert any('"own.color": "red"' in entry["detail"] for entry in audit)


def test_refusals_leave_the_book_alone(fields: Book) -> None:
    book = fields
    do(book, "customer.create", code="A", name="Alpha", fields={"nick": "x"})
    do(book, "field.define", record="customer", name="must", label="Must", kind="text", required=True)
    for given, code, field in (
        ({"colour": "red"}, Code.UNKNOWN_FIELD, "fields.colour"),
        ({"color": "green"}, Code.INVALID_CHOICE, "fields.color"),
        ({"likes": ["tea", "beer"]}, Code.INVALID_CHOICE, "fields.likes"),
        ({"budget": "1.234"}, Code.TOO_MANY_DECIMALS, "fields.budget"),
        ({"staff": "many"}, Code.NUMBER_UNREADABLE, "fields.staff"),
        ({"since": "yesterday"}, Code.DATE_INVALID, "fields.since"),
        ({"vip": "yes"}, Code.INVALID_TYPE, "fields.vip"),
        ({"parent": "Z"}, Code.CUSTOMER_MISSING, "fields.parent"),
        ({"nick": "x"}, Code.DUPLICATE, "fields.nick"),
    ):
        told = refused(book, "customer.create", code="N", name="New", fields={"must": "m", **given})
        assert told == (code, field)
    assert refused(book, "customer.create", code="N", name="New") == (Code.REQUIRED, "fields.must")
    assert refused(book, "customer.create", code="N", name="New", fields=["x"]) == (
        Code.INVALID_TYPE,
        "fields",
    )
    # a record from before a field was made is changed as ever; what it has cannot be emptied
    do(book, "customer.update", customer="A", name="Alpha 2")
    do(book, "customer.update", customer="A", fields={"must": "m"})
    assert refused(book, "customer.update", customer="A", fields={"must": None})[0] is Code.REQUIRED
    clean(book)


def test_fields_are_changed_put_in_order_and_retired(fields: Book) -> None:
    book = fields
    do(book, "customer.create", code="A", name="Alpha", fields={"color": "red", "staff": "3", "nick": "n"})
    do(book, "customer.create", code="B", name="Beta", fields={"staff": "3.00"})
    assert (
        do(book, "field.define", record="customer", label="年度 预算", kind="text")["field"]
        == "niandu_yusuan"
    )
    assert (
        refused(book, "field.define", record="customer", label="年度 预算", kind="text")[0] is Code.DUPLICATE
    )
    assert refused(book, "field.define", record="customer", name="Bad", label="x", kind="text")[1] == "name"
    assert refused(book, "field.define", record="customer", label="x", kind="choice")[1] == "choices"
    assert refused(book, "field.define", record="customer", label="x", kind="link")[1] == "target"
    assert (
        refused(book, "field.define", record="customer", label="x", kind="number", default="a")[1]
        == "default"
    )
    keep_red = refused(book, "field.update", record="customer", field="color", choices=[{"value": "blue"}])
    assert keep_red == (Code.IN_USE, "choices")
    do(book, "field.update", record="customer", field="color", label="颜色",
       choices=[{"value": "red"}, {"value": "green"}])  # fmt: skip
    assert refused(book, "field.update", record="customer", field="staff", unique=True)[1] == "unique"
    ordered = do(book, "field.reorder", record="customer", fields=["nick", "staff"], section="Size")["fields"]
    assert ordered[:3] == ["nick", "staff", "color"]
    listed = lists.as_json(book, "fields", filter="record = customer")["rows"]
    assert [(row["field"], row["section"]) for row in listed[:3]] == [
        ("nick", "Size"), ("staff", "Size"), ("color", "")]  # fmt: skip
    do(book, "field.retire", record="customer", field="nick")
    assert "own.nick" not in lists.as_json(book, "customers")["rows"][0]
    assert refused(book, "customer.update", customer="A", fields={"nick": "y"})[0] is Code.UNKNOWN_FIELD
    with pytest.raises(CrmdeskError) as caught:
        found(book, "customers", filter="own.nick = n")
    assert caught.value.code is Code.FILTER_INVALID
    clean(book)
    do(book, "field.restore", record="customer", field="nick")
    assert found(book, "customers", filter="own.nick = n") == ["A"]
    assert refused(book, "field.retire", record="customer", field="ghost")[0] is Code.NOT_FOUND
    clean(book)


def test_a_refusal_names_the_field_by_its_label(book: Book) -> None:
    do(book, "field.define", record="customer", name="u", label="唯一码", kind="number", required=True)
    for use_case, own in (
        ("customer.create", {}),
        ("customer.create", {"u": "x"}),
        ("customer.update", {"u": None}),
    ):
        if use_case == "customer.update":
            do(book, "customer.create", code="A", name="A", fields={"u": "1"})
        with pytest.raises(InvalidInput) as caught:
            do(
                book,
                use_case,
                **({"customer": "A"} if use_case.endswith("update") else {"name": "N"}),
                fields=own,
            )
        assert caught.value.field == "fields.u"
        assert "唯一码" in caught.value.message
        assert "fields.u" not in caught.value.message


def test_contacts_made_with_their_customer_have_own_fields(book: Book) -> None:
    define(book, "contact", "hobby", "text", required=True)
    define(book, "contact", "badge", "text", unique=True, default=None)
    define(book, "contact", "since", "date")
    people = [
        {"name": "Li", "fields": {"hobby": "chess", "badge": "7", "since": "2026-01-02"}},
        {"name": "Wu"},
    ]
    do(book, "customer.create", code="A", name="Alpha", contacts=people)
    rows = lists.as_json(book, "contacts", filter="own.hobby = chess")["rows"]
    assert [(row["name"], row["own.badge"], row["own.since"]) for row in rows] == [("Li", "7", "2026-01-02")]
    for given, code, field in (
        ([{"name": "x", "fields": {"badge": "8"}}], Code.REQUIRED, "contacts[0].fields.hobby"),
        ([{"name": "x"}, {"name": "y", "fields": 1}], Code.INVALID_TYPE, "contacts[1].fields"),
        ([{"name": "x", "fields": {"nix": "8"}}], Code.UNKNOWN_FIELD, "contacts[0].fields.nix"),
        ([{"name": "x", "fields": {"hobby": "a", "badge": "7"}}], Code.DUPLICATE, "contacts[0].fields.badge"),
        (
            [{"name": one, "fields": {"hobby": "a", "badge": "9"}} for one in ("x", "y")],
            Code.DUPLICATE,
            "contacts[1].fields.badge",
        ),
    ):
        assert refused(book, "customer.create", name="B", contacts=given) == (code, field)
    assert lists.as_json(book, "customers")["total"] == 1
    clean(book)


def test_fields_of_contacts_and_products(book: Book) -> None:
    define(book, "contact", "hobby", "text", required=True)
    define(book, "contact", "cost", "money")
    define(book, "product", "brand", "text")
    define(book, "product", "weight", "number")
    do(book, "customer.create", code="A", name="Alpha", contacts=[{"name": "Li"}])
    assert refused(book, "contact.add", customer="A", name="Wu") == (Code.REQUIRED, "fields.hobby")
    wu = do(book, "contact.add", customer="A", name="Wu", fields={"hobby": "chess", "cost": "5"})["contact"]
    assert [row["name"] for row in lists.as_json(book, "contacts", filter="own.hobby ~ ch and own.cost > 4")["rows"]] \
        == ["Wu"]  # fmt: skip
    do(book, "contact.update", contact=wu, fields={"hobby": "go"})
    assert lists.as_json(book, "contacts", filter="own.hobby = go")["total"] == 1
    define(book, "customer", "friend", "link", target="contact")
    do(book, "customer.create", code="B", name="Beta", fields={"friend": str(wu)})
    assert refused(book, "contact.remove", contact=wu)[0] is Code.IN_USE
    assert refused(book, "customer.delete", customer="A")[0] is Code.IN_USE
    do(book, "customer.update", customer="B", fields={"friend": None})
    do(book, "contact.remove", contact=wu)
    do(book, "product.create", code="P", name="Pen", price="2", fields={"brand": "Hero", "weight": "0.25"})
    assert do(book, "product.update", product="P", fields={"weight": "0.3"})["version"] == 2
    assert found(book, "products", filter="own.weight > 0.25 and own.brand = Hero") == ["P"]
    do(book, "product.delete", product="P")
    clean(book)
    with book.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM custom_value")).scalar_one() == 0


def test_fields_of_documents_are_written_once(book: Book) -> None:
    define(book, "invoice", "project", "text", required=True)
    define(book, "invoice", "margin", "money")
    define(book, "payment", "slip", "text", unique=True)
    define(book, "credit", "cause", "choice", choices=[{"value": "damage"}])
    do(book, "customer.create", code="A", name="Alpha")
    new = {"customer": "A", "date": "2026-06-01", "lines": [PAINT]}
    assert refused(book, "invoice.issue", **new) == (Code.REQUIRED, "fields.project")
    one = do(book, "invoice.issue", **new, fields={"project": "Bridge", "margin": "20.00"})["number"]
    draft = do(book, "invoice.draft", customer="A", lines=[PAINT], fields={"project": "Tunnel"})["draft"]
    two = do(book, "invoice.issue", draft=draft)["number"]
    assert found(book, "invoices", filter="own.project = Bridge") == [one]
    assert (
        lists.as_json(book, "invoices", filter="own.project = Bridge")["sums"]["CNY"]["own.margin"] == "20.00"
    )
    paid = do(book, "payment.record", customer="A", amount="50", date="2026-06-02", fields={"slip": "S1"})[
        "number"
    ]
    again = refused(book, "payment.record", customer="A", amount="60", fields={"slip": "S1"})
    assert again == (Code.DUPLICATE, "fields.slip")
    do(book, "payment.reverse", payment=paid, reason="bounced", date="2026-06-03")
    do(book, "payment.record", customer="A", amount="50", fields={"slip": "S1"})
    do(book, "invoice.void", invoice=one, date="2026-06-10", reason="wrong")
    void = lists.as_json(book, "invoices", filter="own.project = Bridge")
    assert sorted((row["total"], row["own.margin"]) for row in void["rows"]) == [
        ("-100.00", "-20.00"), ("113.00", "20.00")] or void["sums"]["CNY"]["own.margin"] == "0.00"  # fmt: skip
    assert void["sums"]["CNY"]["own.margin"] == "0.00"
    made = do(book, "invoice.reissue", invoice=two, reason="price", lines=[PAINT])["number"]
    assert sorted(found(book, "invoices", filter="own.project = Tunnel")) == sorted([two, made])
    do(book, "credit.issue", customer="A", lines=[PAINT], reason="r", fields={"cause": "damage"})
    assert len(found(book, "credits", filter="own.cause = damage")) == 1
    clean(book)
    with pytest.raises(Exception, match="append-only"), book.engine.connect() as connection:
        connection.execute(text("UPDATE document_value SET text_value = 'x'"))


def test_a_changed_value_of_a_document_is_found(book: Book) -> None:
    define(book, "payment", "slip", "text")
    do(book, "customer.create", code="A", name="Alpha")
    do(book, "payment.record", customer="A", amount="50", fields={"slip": "S1"})
    with book.engine.connect() as connection:
        connection.execute(text("DROP TRIGGER document_value_no_update"))
        connection.execute(text("UPDATE document_value SET text_value = 'S2'"))
        connection.commit()
    assert "rows_changed" in {entry["code"] for entry in check.run(book)["violations"]}


def test_fields_of_agreements(book: Book) -> None:
    define(book, "quote", "ref", "text", unique=True)
    define(book, "contract", "site", "text")
    define(book, "contract", "bond", "money")
    do(book, "customer.create", code="A", name="Alpha")
    quote = do(book, "quote.create", customer="A", lines=[PAINT], fields={"ref": "R1"})["number"]
    do(book, "quote.send", quote=quote)
    do(book, "quote.revise", quote=quote, lines=[PAINT, PAINT])
    assert len(found(book, "quotes", filter="own.ref = R1")) >= 1
    assert (
        refused(book, "quote.create", customer="A", lines=[PAINT], fields={"ref": "R1"})[0] is Code.DUPLICATE
    )
    made = do(book, "contract.create", customer="A", lines=[PAINT], fields={"site": "North", "bond": "10.50"})
    number = made["number"]
    moved = do(book, "contract.update", contract=number, fields={"site": "South"})
    assert moved["version"] > made["version"]
    assert refused(book, "contract.update", contract=number, currency="JPY")[1] == "fields.bond"
    do(book, "contract.update", contract=number, fields={"bond": "11"})
    do(book, "contract.update", contract=number, currency="JPY", lines=[PAINT])
    row = lists.as_json(book, "contracts", filter="own.site = South")["rows"][0]
    assert row["own.bond"] == "11"
    clean(book)


def test_an_amount_follows_the_currency_of_its_customer(book: Book) -> None:
    define(book, "customer", "budget", "money")
    do(book, "customer.create", code="A", name="Alpha", fields={"budget": "10.50"})
    assert refused(book, "customer.update", customer="A", currency="JPY")[1] == "fields.budget"
    do(book, "customer.update", customer="A", currency="KWD")
    assert lists.as_json(book, "customers")["rows"][0]["own.budget"] == "10.500"
    assert found(book, "customers", filter="own.budget = 10.5") == ["A"]
    clean(book)


def test_a_record_does_not_link_to_itself(fields: Book) -> None:
    for code in "AB":
        do(fields, "customer.create", code=code, name=code)
    error = refused(fields, "customer.update", customer="A", fields={"parent": "A"})
    assert error == (Code.INVALID_CHOICE, "fields.parent")
    do(fields, "customer.update", customer="A", fields={"parent": "B"})
    do(fields, "customer.update", customer="B", fields={"parent": "A"})


def test_who_names_his_twin_does_not_name_himself_after_the_merge(fields: Book) -> None:
    do(fields, "customer.create", code="A", name="Alpha")
    do(fields, "customer.create", code="B", name="Beta", fields={"parent": "A"})
    do(fields, "customer.create", code="C", name="Gamma", fields={"parent": "B"})
    do(fields, "customer.update", customer="A", fields={"parent": "B"})
    before = {row["code"]: row["own.parent"] for row in lists.as_json(fields, "customers")["rows"]}
    with fields.read() as connection:
        offered = {
            choice.name: choice.proposed for choice in merge_preview.preview(connection, "A", ["B"]).fields
        }
    assert offered["own.parent"] == "A", "the twin's link to the survivor fills nothing"
    merged = do(fields, "customer.merge", into="A", customers=["B"])["merge"]
    after = {row["code"]: row["own.parent"] for row in lists.as_json(fields, "customers")["rows"]}
    assert [after[code] and after[code][:1] for code in "AC"] == [None, "A"]
    clean(fields)
    do(fields, "customer.unmerge", merge=merged)
    assert {row["code"]: row["own.parent"] for row in lists.as_json(fields, "customers")["rows"]} == before
    do(fields, "customer.update", customer="A", clear=[], fields={"parent": None})
    do(fields, "customer.merge", into="A", customers=["B"])
    assert found(fields, "customers") == ["A", "C"], "a gap is not filled with the survivor himself"
    clean(fields)


def test_formulas_over_columns_and_other_fields(fields: Book) -> None:
    book = fields
    define(book, "customer", "left", "formula", formula="own.budget - balance")
    define(book, "customer", "share", "formula", formula="round(balance / own.budget, 4)")
    define(
        book, "customer", "rank", "formula", formula='if(own.left < 0, "over", if(own.vip, "gold", "plain"))'
    )
    define(book, "customer", "age", "formula", formula="days(today, own.since)")
    do(
        book,
        "customer.create",
        code="A",
        name="Alpha",
        fields={"budget": "200", "since": "2026-06-20", "vip": True},
    )
    do(book, "customer.create", code="B", name="Beta", fields={"budget": "100"})
    do(book, "customer.create", code="C", name="Gamma")
    for code in "AB":
        do(book, "invoice.issue", customer=code, lines=[PAINT])
    rows = {row["code"]: row for row in lists.as_json(book, "customers")["rows"]}
    assert [rows[code]["own.left"] for code in "ABC"] == ["87.00", "-13.00", None]
    assert [rows[code]["own.share"] for code in "ABC"] == ["0.565", "1.13", None]
    assert [rows[code]["own.rank"] for code in "ABC"] == ["gold", "over", "plain"]
    assert [rows[code]["own.age"] for code in "AB"] == ["10", None]
    assert found(book, "customers", filter="own.left < 0") == ["B"]
    assert found(book, "customers", filter="own.left = 87 and own.rank = gold") == ["A"]
    assert found(book, "customers", sort="-own.share") == ["B", "A", "C"]
    assert found(book, "customers", filter="own.age >= 10") == ["A"]
    clean(book)
    circle = refused(book, "field.update", record="customer", field="left", formula="own.budget + own.left")
    assert circle == (Code.FORMULA_INVALID, "formula")
    wrong = refused(
        book, "field.define", record="customer", label="x", kind="formula", formula="own.rank * 2"
    )
    assert wrong == (Code.FORMULA_INVALID, "formula")
    assert refused(book, "field.retire", record="customer", field="left")[0] is Code.IN_USE
    assert refused(book, "customer.update", customer="A", fields={"left": "1"})[0] is Code.INVALID_CHOICE
    clean(book)


def test_what_is_marked_stands_on_the_paper(book: Book) -> None:
    define(book, "invoice", "project", "text", printed=True, label_en="Project")
    define(book, "invoice", "inner", "text")
    define(book, "invoice", "half", "formula", formula="total / 2", printed=True)
    define(book, "payment", "kinds", "multi_choice", printed=True,
           choices=[{"value": "a", "label": "甲", "label_en": "Alpha"}, {"value": "b"}])  # fmt: skip
    do(
        book,
        "field.define",
        record="contract",
        name="site",
        label="工地",
        label_en="Site",
        kind="date",
        printed=True,
    )
    do(book, "customer.create", code="A", name="Alpha")
    number = do(book, "invoice.issue", customer="A", lines=[PAINT], fields={"project": "北桥", "inner": "x"})[
        "number"
    ]
    paid = do(book, "payment.record", customer="A", amount="5", fields={"kinds": ["b", "a"]})["number"]
    signed = do(book, "contract.create", customer="A", lines=[PAINT], fields={"site": "2026-07-01"})["number"]
    with book.read() as connection:
        assert papers.invoice(connection, number).own == (
            ("PROJECT", "Project", "北桥", "北桥"),
            ("HALF", "HALF", "56.50", "56.50"),
        )
        assert papers.receipt(connection, paid).own == (("KINDS", "KINDS", "甲、b", "Alpha, b"),)
        assert agreement_paper.contract(connection, signed).own == (
            ("工地", "Site", "2026-07-01", "2026-07-01"),
        )
        shown = custom_forms.sections(connection, "invoice", 0)
        assert [entry.field.name for entry in shown[0].fields] == ["project", "inner", "half"]


def test_customer_contact_and_product_stand_on_the_papers_too(book: Book, tmp_path: Path) -> None:
    define(book, "customer", "vendor_no", "text", printed=True, label_en="Vendor no.")
    define(book, "contact", "desk", "text", printed=True)
    define(book, "product", "brand", "choice", printed=True, choices=[{"value": "n", "label": "立邦"}])
    define(book, "product", "shelf", "text")
    do(book, "product.create", code="P", name="墙漆", price="10", fields={"brand": "n", "shelf": "S1"})
    do(book, "product.create", code="Q", name="刷子", price="1")
    do(book, "customer.create", code="A", name="Alpha", fields={"vendor_no": "V-7"})
    do(book, "contact.add", customer="A", name="李敏", fields={"desk": "采购部"})
    lines = [{"product": code, "quantity": "1"} for code in "PQ"]
    number = do(book, "invoice.issue", customer="A", lines=lines)["number"]
    signed = do(book, "contract.create", customer="A", lines=lines)["number"]
    paid = do(book, "payment.record", customer="A", amount="5")["number"]
    head = (("VENDOR_NO", "Vendor no.", "V-7", "V-7"), ("DESK", "DESK", "采购部", "采购部"))
    brand = (("BRAND", "BRAND", "立邦", "立邦"),)
    with book.read() as connection:
        bill = papers.invoice(connection, number)
        contract = agreement_paper.contract(connection, signed)
        receipt = papers.receipt(connection, paid)
        assert bill.own == contract.own == receipt.own == head
        assert [line.own for line in bill.lines] == [line.own for line in contract.lines] == [brand, ()]
        statement = papers.statement(connection, "A")
        assert statement.own == head
        words = " ".join(page_texts(render([bill], "A4", "en").pdf))
        account = " ".join(page_texts(render([statement], "A4", "en").pdf))
    for said in ("V-7", "采购部", "BRAND 立邦"):
        assert said in words
    assert "Vendor no." in account
    assert "V-7" in account
    out = tmp_path / "a.xlsx"
    assert main(["statement", str(book.path), "A", "--format", "xlsx", "--out", str(out)]) == 0
    shown = {str(cell.value) for row in openpyxl.load_workbook(out).worksheets[0].iter_rows() for cell in row}
    assert {"V-7", "采购部"} <= shown


def test_a_unique_value_in_bulk_is_free_again_once_its_record_is_gone(book: Book) -> None:
    define(book, "customer", "nick", "text", unique=True)
    define(book, "payment", "slip", "text", unique=True)
    do(book, "customer.create", code="A", name="Alpha", fields={"nick": "x"})
    with book.write() as unit:
        unit.is_bulk = True
        with pytest.raises(CrmdeskError):
            use_cases.perform(unit, "customer.create", {"code": "B", "name": "Beta", "fields": {"nick": "x"}})
        use_cases.perform(unit, "customer.update", {"customer": "A", "fields": {"nick": "y"}})
        use_cases.perform(unit, "customer.create", {"code": "B", "name": "Beta", "fields": {"nick": "x"}})
        use_cases.perform(unit, "customer.delete", {"customer": "B"})
        use_cases.perform(unit, "customer.create", {"code": "C", "name": "Gamma", "fields": {"nick": "x"}})
        with pytest.raises(CrmdeskError):
            use_cases.perform(
                unit, "customer.create", {"code": "D", "name": "Delta", "fields": {"nick": "y"}}
            )
        pay = {"customer": "A", "amount": "5", "fields": {"slip": "1"}}
        first = use_cases.perform(unit, "payment.record", pay)["number"]
        with pytest.raises(CrmdeskError):
            use_cases.perform(unit, "payment.record", pay)
        use_cases.perform(unit, "payment.reverse", {"payment": first, "reason": "bounced"})
        use_cases.perform(unit, "payment.record", pay)
        unit.finish("bulk", {})
    clean(book)


def test_a_unique_text_is_the_same_in_signs_of_any_width(book: Book) -> None:
    """M1, Ｍ１ and a mixture are one number to whoever reads it; m1 is another one."""
    define(book, "customer", "nick", "text", unique=True)
    do(book, "customer.create", code="A", name="A", fields={"nick": "M1"})
    do(book, "customer.create", code="B", name="B", fields={"nick": "Ｋ２"})
    for taken in ("Ｍ１", "Ｍ1", "K2", "Ｋ2", "K２"):
        assert (
            refused(book, "customer.create", code="X", name="X", fields={"nick": taken})[1] == "fields.nick"
        )
        with book.write() as unit:
            unit.is_bulk = True
            with pytest.raises(CrmdeskError):
                use_cases.perform(
                    unit, "customer.create", {"code": "X", "name": "X", "fields": {"nick": taken}}
                )
            unit.finish("test", {})
    do(book, "customer.create", code="C", name="C", fields={"nick": "m1"})
    do(book, "customer.update", customer="B", fields={"nick": "K2"})
    assert check.run(book)["clean"]
    define(book, "customer", "free", "text")
    do(book, "customer.update", customer="A", fields={"free": "7"})
    do(book, "customer.update", customer="B", fields={"free": "７"})
    assert refused(book, "field.update", record="customer", field="free", unique=True)[1] == "unique"
