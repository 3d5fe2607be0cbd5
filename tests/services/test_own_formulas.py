"""Own fields that are reckoned: over what the ledger and the contacts say of a customer, wherever they are read."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import check, custom_forms, lists, use_cases
from crmdesk.services.book import Book

LINE = {"description": "Paint", "quantity": "1", "tax_rate": "0"}


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def define(book: Book, name: str, formula: str) -> None:
    do(book, "field.define", record="customer", name=name, label=name, kind="formula", formula=formula)


def refused(book: Book, use_case: str, /, **arguments: Any) -> CrmdeskError:
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    return caught.value


@pytest.fixture
def shop(book: Book) -> Book:
    """Three customers; two of them bought, for 10,000 and for 300."""
    for code, price in (("A", "10000"), ("B", "300"), ("C", "")):
        do(book, "customer.create", code=code, name=f"Customer {code}")
        if price:
            do(book, "invoice.issue", customer=code, date="2026-06-01", lines=[{**LINE, "unit_price": price}])
    return book


def column(book: Book, name: str, **query: Any) -> dict[str, Any]:
    return {row["code"]: row[name] for row in lists.as_json(book, "customers", **query)["rows"]}


def test_formulas_over_measures_have_values_everywhere(shop: Book) -> None:
    define(shop, "third", "balance / 3")
    define(shop, "bonus", "spent * 0.1")
    define(shop, "busy", "first(contact_days, 0) + invoice_count")
    define(shop, "both", "own.bonus + own.third * 3")
    assert column(shop, "own.bonus") == {"A": "1000.00", "B": "30.00", "C": "0.00"}
    assert column(shop, "own.both") == {"A": "11000.00", "B": "330.00", "C": "0.00"}
    assert list(column(shop, "code", sort="-own.bonus")) == ["A", "B", "C"]
    assert list(column(shop, "code", filter="own.bonus > 50")) == ["A"]
    assert list(column(shop, "code", filter="own.both = 330 and own.busy = 1")) == ["B"]
    with shop.read() as connection:
        found = lists.ids(connection, lists.Query("customers", filter="code = A"))
        shown = custom_forms.sections(connection, "customer", found[0])[0].fields
        wanted = lists.Query("customers", columns=frozenset({"own.bonus"}))
        narrow = lists.rows(connection, wanted, found)[0]
    assert {one.field.name: one.plain for one in shown}["bonus"] == "1000.00"
    assert narrow["own.bonus"] == 100_000


def test_a_rule_over_a_formula_of_measures_finds_its_customers(shop: Book) -> None:
    define(shop, "bonus", "spent * 0.1")
    do(shop, "segment.create", name="Good", rule="own.bonus > 50")
    assert list(column(shop, "code", filter="segment has Good")) == ["A"]
    do(shop, "invoice.issue", customer="C", date="2026-06-02", lines=[{**LINE, "unit_price": "900"}])
    assert list(column(shop, "code", filter="segment has Good")) == ["A", "C"]
    assert do(shop, "rule.evaluate")["segments"] == []
    assert check.run(shop)["violations"] == []


def test_a_formula_that_a_rule_asks_for_keeps_its_kind(shop: Book) -> None:
    define(shop, "fm", "balance * 2")
    do(shop, "segment.create", name="Much", rule="own.fm > 1000")
    error = refused(shop, "field.update", record="customer", field="fm", formula='name & "!"')
    assert (error.code, "Much" in error.message) == (Code.IN_USE, True)
    do(shop, "field.update", record="customer", field="fm", formula="balance * 0.01")
    assert list(column(shop, "code", filter="segment has Much")) == []
    do(shop, "segment.delete", segment="Much")
    do(shop, "field.update", record="customer", field="fm", formula='name & "!"')
    assert column(shop, "own.fm")["A"] == "Customer A!"
