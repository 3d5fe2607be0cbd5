"""Customers: created whole or not at all, changed by version, warned about, never deleted once used."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crmdesk.models.errors import Code, Conflict, CrmdeskError, InvalidInput, NotFound
from crmdesk.models.tables import METADATA
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.services import customers, duplicates, lists, use_cases
from crmdesk.services.book import Book


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments, actor="li")


def warned(book: Book, use_case: str, /, **arguments: Any) -> list[str]:
    return [one["code"] for one in use_cases.run_outcome(book, use_case, arguments).warnings]


def refused(book: Book, use_case: str, /, **arguments: Any) -> CrmdeskError:
    before = _counts(book)
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    assert _counts(book) == before
    return caught.value


def _counts(book: Book) -> dict[str, int]:
    with book.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }


def row_of(book: Book, code: str) -> dict[str, Any]:
    found = lists.as_json(book, "customers", filter=f'code = "{code}"')["rows"]
    assert len(found) == 1
    return found[0]


FULL = {
    "code": " K-1 ",
    "name": "上海鼎晟贸易有限公司",
    "kind": "company",
    "short_name": "鼎晟",
    "phone": "021-6288 1000",
    "email": "a@b.cn",
    "tax_number": "91350100M000100Y43",
    "industry": "批发",
    "source": "展会",
    "stage": "正式",
    "level": "A",
    "owner": "王芳",
    "credit_limit": "50000.50",
    "terms_days": 45,
    "currency": "CNY",
    "note": "第一行\n第二行",
    "categories": [{"dimension": "地区", "path": "华东/上海"}, {"dimension": "自建", "path": "大客户"}],
    "tags": ["重点", "老客户"],
    "contacts": [{"name": "李娜", "mobile": "138 0013 8000"}, {"name": "王五", "primary": True}],
    "addresses": [{"kind": "delivery", "city": "上海", "street": "南京西路 1266 号"}],
    "billing_profiles": [{"title": "上海鼎晟贸易有限公司", "tax_number": "91350100M000100Y43"}],
}


def test_a_customer_is_created_with_everything_that_belongs_to_it(book: Book) -> None:
    outcome = use_cases.run_outcome(book, "customer.create", FULL)
    assert outcome.result == {"code": "K-1"}
    assert outcome.warnings == ()
    row = row_of(book, "K-1")
    for name in (
        "name",
        "short_name",
        "phone",
        "email",
        "tax_number",
        "level",
        "owner",
        "note",
        "terms_days",
    ):
        assert row[name] == FULL[name]
    assert row["credit_limit"] == "50000.50"
    assert row["categories"] == "地区: 华东/上海; 自建: 大客户"
    assert row["tags"] == "老客户; 重点"
    assert row["contact"] == "王五"  # the one that was named the primary one
    with book.read() as connection:
        for table in PARTS.values():
            primary = select(func.count()).select_from(table).where(table.c.is_primary)
            assert connection.execute(primary).scalar_one() == 1


def test_codes_come_from_a_series_that_steps_over_what_is_taken(book: Book) -> None:
    assert do(book, "customer.create", name="A")["code"] == "C00001"
    do(book, "customer.create", code="C00003", name="B")
    assert [do(book, "customer.create", name="x")["code"] for _ in range(3)] == ["C00002", "C00004", "C00005"]
    for number in range(6, 6 + 250):
        do(book, "customer.create", code=f"C{number:05d}", name="many") if number in (6, 7, 255) else None
    assert do(book, "customer.create", name="y")["code"] == "C00008"


def test_codes_made_in_one_bulk_unit_are_distinct(book: Book) -> None:
    with book.write() as unit:
        unit.is_bulk = True
        use_cases.perform(unit, "customer.create", {"code": "C00002", "name": "given"})
        made = [use_cases.perform(unit, "customer.create", {"name": f"n{i}"})["code"] for i in range(3)]
        assert made == ["C00001", "C00003", "C00004"]
        with pytest.raises(Conflict) as caught:
            use_cases.perform(unit, "customer.create", {"code": "C00003", "name": "again"})
        assert caught.value.code is Code.DUPLICATE
        unit.finish("test", {})
    assert refused(book, "customer.create", code="C00004", name="later").code is Code.DUPLICATE


def test_code_twins_warn_and_equal_codes_are_refused(book: Book) -> None:
    do(book, "customer.create", code="Ab1", name="A")
    error = refused(book, "customer.create", code=" Ab1 ", name="B")
    assert (error.code, error.field) == (Code.DUPLICATE, "code")
    assert warned(book, "customer.create", code="AB1", name="B") == ["code_twin"]
    assert warned(book, "customer.create", code="ＡＢ１", name="C") == ["code_twin"]
    assert warned(book, "customer.create", code="Ab2", name="D") == []
    with book.write() as unit:
        unit.is_bulk = True
        use_cases.perform(unit, "customer.create", {"code": "aB2", "name": "E"})
        assert [one["code"] for one in unit.warnings] == ["code_twin"]


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ({}, Code.REQUIRED, "name"),
        ({"name": "  "}, Code.REQUIRED, "name"),
        ({"name": "x" * 201}, Code.TEXT_TOO_LONG, "name"),
        ({"name": "a\x00b"}, Code.CONTROL_CHARS, "name"),
        ({"name": "a", "kind": "dog"}, Code.INVALID_CHOICE, "kind"),
        ({"name": "a", "currency": "XXZ"}, Code.CURRENCY_UNKNOWN, "currency"),
        ({"name": "a", "currency": "JPY", "credit_limit": "0.5"}, Code.TOO_MANY_DECIMALS, "credit_limit"),
        ({"name": "a", "credit_limit": "-1"}, Code.OUT_OF_RANGE, "credit_limit"),
        ({"name": "a", "code": " @x"}, Code.INVALID_CHOICE, "code"),
        ({"name": "a", "credit_limit": "1" + "0" * 14}, Code.AMOUNT_TOO_LARGE, "credit_limit"),
        ({"name": "a", "terms_days": -1}, Code.OUT_OF_RANGE, "terms_days"),
        ({"name": "a", "nmae": "b"}, Code.UNKNOWN_FIELD, "nmae"),
        ({"name": "a", "contacts": [{"role": "x"}]}, Code.REQUIRED, "contacts[0].name"),
        (
            {"name": "a", "contacts": [{"name": "x", "primary": True}, {"name": "y", "primary": True}]},
            Code.INVALID_CHOICE,
            "contacts",
        ),
        (
            {"name": "a", "categories": [{"dimension": "地区", "path": "a//b"}]},
            Code.REQUIRED,
            "categories[0].path",
        ),
        (
            {"name": "a", "categories": [{"dimension": "地区", "path": "/".join("x" * 21)}]},
            Code.OUT_OF_RANGE,
            "categories[0].path",
        ),
        ({"name": "a", "tags": ["", "b"]}, Code.REQUIRED, "tags"),
    ],
)
def test_a_refused_customer_leaves_nothing(
    book: Book, arguments: dict[str, Any], code: Code, field: str
) -> None:
    error = refused(book, "customer.create", **arguments)
    assert (error.code, error.field) == (code, field)
    assert error.message


def test_a_refused_row_of_a_bulk_unit_leaves_the_others_as_they_are(book: Book) -> None:
    with book.write() as unit:
        unit.is_bulk = True
        use_cases.perform(unit, "customer.create", {"code": "A", "name": "good"})
        bad = {"code": "B", "name": "bad", "categories": [{"dimension": "新", "path": "甲/" + "长" * 61}]}
        with pytest.raises(InvalidInput):
            use_cases.perform(unit, "customer.create", bad)
        use_cases.perform(unit, "customer.create", {"code": "B", "name": "good too"})
        unit.finish("test", {})
    assert [row["code"] for row in lists.as_json(book, "customers")["rows"]] == ["A", "B"]
    assert "新" not in [row["dimension"] for row in lists.as_json(book, "categories")["rows"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"tax_number": "91350100M000100Y44"}, ["tax_number_doubt"]),
        ({"tax_number": "12345"}, ["tax_number_doubt"]),
        ({"tax_number": "91350100M000100Y43"}, []),
        ({"tax_number": "310104197001011"}, []),
        ({"email": "x@"}, ["email_doubt"]),
        ({"email": "o'brien+crm@例子.cn"}, []),
        ({"phone": "n/a"}, ["phone_doubt"]),
        ({"phone": "+49 (0)30 123-456"}, []),
        ({"short_name": "abc\u202egpj"}, ["text_doubt"]),
        ({"contacts": [{"name": "x", "email": "nope"}]}, ["email_doubt"]),
        ({"billing_profiles": [{"title": "x", "tax_number": "91350100M000100Y44"}]}, ["tax_number_doubt"]),
    ],
)
def test_doubtful_values_warn_and_are_taken(
    book: Book, arguments: dict[str, Any], expected: list[str]
) -> None:
    assert warned(book, "customer.create", name="张三", **arguments) == expected
    assert lists.as_json(book, "customers")["total"] == 1


def test_a_birthday_to_come_warns(book: Book) -> None:
    assert warned(book, "customer.create", code="A", name="张三", born_on="2026-07-01") == ["date_future"]
    assert warned(book, "customer.update", customer="A", born_on="2026-06-30") == []
    assert warned(book, "customer.update", customer="A", born_on="2027-01-01") == ["date_future"]
    assert warned(book, "customer.update", customer="A", clear=["born_on"]) == []
    contact = {"name": "李四", "born_on": "2062-01-01"}
    assert warned(book, "customer.create", name="王五", contacts=[contact]) == ["date_future"]
    assert warned(book, "contact.add", customer="A", **contact) == ["date_future"]


def test_twins_are_warned_about_with_the_reason(book: Book) -> None:
    do(book, "customer.create", code="A", name="上海鼎晟贸易有限公司", phone="138-0013-8000", tax_number="X1")
    do(
        book,
        "customer.create",
        code="B",
        name="别的",
        contacts=[{"name": "李", "mobile": "+86 139 0013 9000"}],
    )
    with book.read() as connection:

        def twins(**values: str) -> list[tuple[str, str]]:
            return [(twin.code, twin.reason) for twin in duplicates.duplicates(connection, **values)]

        assert twins(name="上海鼎晟贸易（有限责任公司）") == [("A", "name")]
        assert twins(name="上海鼎盛贸易") == []  # sheng and cheng: the usual readings differ
        assert twins(name="上海鼎成贸易有限公司") == [("A", "sound")]
        assert twins(phone="+86 13800138000") == [("A", "phone")]
        assert twins(phone="13900139000") == [("B", "phone")]
        assert twins(tax_number="x1 ") == [("A", "tax_number")]
        assert twins(name="毫不相干", phone="13700137000", tax_number="Y") == []
        assert twins() == []
    outcome = use_cases.run_outcome(book, "customer.create", {"name": "上海鼎晟贸易"})
    assert [one["code"] for one in outcome.warnings] == ["possible_duplicate"]
    assert outcome.warnings[0]["customers"] == ["A"]
    assert warned(book, "customer.update", customer="B", phone="138 0013 8000") == ["possible_duplicate"]
    assert warned(book, "customer.update", customer="A", phone="138 0013 8001") == []


def test_twins_in_a_bulk_unit_are_found_too_the_new_ones_among_them(book: Book) -> None:
    do(book, "customer.create", code="A", name="鼎晟有限公司", phone="13800138000")
    with book.write() as unit:
        unit.is_bulk = True
        for code, name, phone in (
            ("B", "鼎 晟", ""),
            ("C", "华瑞", "13900139000"),
            ("D", "x", "139 0013 9000"),
        ):
            use_cases.perform(unit, "customer.create", {"code": code, "name": name, "phone": phone})
        assert [one["customers"] for one in unit.warnings] == [["A"], ["C"]]


def test_an_update_changes_what_is_given_and_counts_versions(book: Book) -> None:
    do(book, "customer.create", **FULL)
    assert do(book, "customer.update", customer="K-1", level="B", terms_days=0) == {
        "code": "K-1",
        "version": 2,
    }
    row = row_of(book, "K-1")
    assert (row["level"], row["terms_days"], row["name"]) == ("B", 0, FULL["name"])
    assert do(book, "customer.update", customer="K-1", level="B") == {"code": "K-1", "version": 2}
    do(book, "customer.update", customer="K-1", clear=["credit_limit", "note", "phone"])
    row = row_of(book, "K-1")
    assert (row["credit_limit"], row["note"], row["phone"]) == (None, "", "")
    assert do(book, "customer.update", customer="K-1", code="K-2") == {"code": "K-2", "version": 4}
    assert refused(book, "customer.update", customer="K-1", level="C").code is Code.CUSTOMER_MISSING


def test_a_credit_limit_keeps_its_value_when_the_currency_changes(book: Book) -> None:
    do(book, "customer.create", code="A", name="A", credit_limit="1000")
    do(book, "customer.update", customer="A", currency="KWD")
    assert row_of(book, "A")["credit_limit"] == "1000.000"
    do(book, "customer.update", customer="A", credit_limit="0.001")
    assert refused(book, "customer.update", customer="A", currency="JPY").code is Code.TOO_MANY_DECIMALS


def test_a_change_over_another_seat_s_change_is_refused(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    do(book, "customer.update", customer="A", level="B", version=1)
    error = refused(book, "customer.update", customer="A", level="C", version=1)
    assert error.code is Code.CHANGED_BY
    assert "li" in error.message
    assert row_of(book, "A")["level"] == "B"


@pytest.mark.parametrize("name", ["name", "code", "kind", "nothing"])
def test_what_must_be_there_cannot_be_emptied(book: Book, name: str) -> None:
    do(book, "customer.create", code="A", name="A")
    assert refused(book, "customer.update", customer="A", clear=[name]).code is Code.INVALID_CHOICE
    assert refused(book, "customer.update", customer="A", name=" ").code is Code.REQUIRED


LINES = [{"description": "x", "quantity": "1", "unit_price": "10", "tax_rate": "0"}]


def test_a_used_customer_is_deactivated_and_never_deleted(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    do(book, "invoice.issue", customer="A", date="2026-01-05", lines=LINES)
    assert refused(book, "customer.delete", customer="A").code is Code.IN_USE
    assert do(book, "customer.deactivate", customer="A") == {"code": "A", "is_active": False}
    do(book, "customer.deactivate", customer="A")
    assert refused(book, "invoice.issue", customer="A", date="2026-01-06", lines=LINES).code is Code.INACTIVE
    do(book, "customer.activate", customer="A")
    do(book, "invoice.issue", customer="A", date="2026-01-06", lines=LINES)


def test_an_unused_customer_is_deleted_with_all_that_is_its(book: Book) -> None:
    before = _counts(book)
    do(book, "customer.create", **FULL)
    do(book, "customer.delete", customer="K-1")
    after = _counts(book)
    grown = {name for name in after if after[name] != before[name]}
    assert grown <= {
        "audit_entry",
        "audit_detail",
        "customer_change",
        "category",
        "dimension",
        "tag",
        "series",
    }
    assert refused(book, "customer.delete", customer="K-1").code is Code.CUSTOMER_MISSING


def test_lookups_see_customers_of_the_same_unit_and_defaults_of_the_book(book: Book) -> None:
    do(book, "company.update", terms_days=21)
    with book.write() as unit:
        use_cases.perform(
            unit, "customer.create", {"code": "A", "name": "A", "currency": "JPY", "terms_days": 0}
        )
        use_cases.perform(unit, "customer.create", {"code": "B", "name": "B"})
        own, plain = customers.find(unit, " A "), customers.find(unit, "B")
        assert (own.currency, own.terms_days) == ("JPY", 0)
        assert (plain.currency, plain.terms_days) == ("CNY", 21)
        with pytest.raises(NotFound):
            customers.find(unit, "a")
        use_cases.perform(unit, "customer.deactivate", {"customer": "B"})
        with pytest.raises(Conflict):
            customers.find_active(unit, "B")


def test_every_change_is_in_the_audit_trail_with_old_and_new(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    do(book, "customer.update", customer="A", level="B")
    entry = lists.as_json(book, "audit", limit=1)["rows"][0]
    assert (entry["use_case"], entry["actor"]) == ("customer.update", "li")
    change = json.loads(entry["detail"])["changes"][0]
    assert (change["kind"], change["before"], change["after"]) == (
        "customer",
        {"level": ""},
        {"level": "B"},
    ) or (
        change["before"],
        change["after"],
    ) == ({}, {"level": "B"})


def test_naughty_strings_in_every_text_come_back_as_they_went_in(book: Book, shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))
    stored, reasons = {}, set()
    for number, text in enumerate(strings):
        code = f"N{number}"
        try:
            do(book, "customer.create", code=code, name=text, short_name=text[:60], note=text, industry=text)
        except InvalidInput as error:
            reasons.add(error.code)
        else:
            stored[code] = text
    assert reasons <= {Code.REQUIRED, Code.CONTROL_CHARS, Code.TEXT_TOO_LONG}
    assert len(stored) > 400
    for row in lists.as_json(book, "customers")["rows"]:
        expected = unicodedata.normalize("NFC", stored[row["code"]]).strip()
        assert row["name"] == row["industry"] == expected
    with book.read() as connection:
        assert connection.execute(select(func.count()).select_from(customer)).scalar_one() == len(stored)


def test_a_code_that_would_be_read_as_a_reference_is_refused(book: Book) -> None:
    do(book, "customer.create", code="C1", name="x")
    do(book, "product.create", code="P1", name="x", price="1")
    for use_case, arguments in (
        ("customer.create", {"name": "x"}),
        ("customer.update", {"customer": "C1"}),
        ("product.create", {"name": "x", "price": "1"}),
        ("product.update", {"product": "P1"}),
    ):
        error = refused(book, use_case, code=" @x", **arguments)
        assert (error.code, error.field) == (Code.INVALID_CHOICE, "code")
        assert "@" in error.message
    do(book, "customer.create", code="a@b", name="x")


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be set here")
def test_who_changed_a_record_is_told_in_the_users_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        refusal = customers.changed_by({"updated_by": "Ada", "updated_at": "2026-11-22T22:22:05.123Z"})
        assert "2026-11-23 06:22" in refusal.message
        assert "UTC" not in refusal.message
    finally:
        monkeypatch.undo()
        time.tzset()
