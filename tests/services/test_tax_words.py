"""Amounts of purchases are counted with tax in some places and without in others: each label says which."""

from __future__ import annotations

from typing import Any

import pytest

from crmdesk.models.specs import measures as measure_specs
from crmdesk.services import lists, segment_why, use_cases
from crmdesk.services.book import Book
from crmdesk.services.lists import measures
from crmdesk.services.matrix import FIGURES, REVENUE
from crmdesk.services.measures import reading
from crmdesk.services.reports import declared

WITH, WITHOUT = "incl. tax", "excl. tax"


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


@pytest.fixture
def shop(book: Book) -> Book:
    """Two customers who paid 13 % on top: 100.00 without tax is 113.00 with it."""
    for code, level in (("A", "A"), ("B", "B")):
        do(book, "customer.create", code=code, name=code, level=level)
        line = {"description": "x", "quantity": "1", "unit_price": "100", "tax_rate": "0.13"}
        do(book, "invoice.issue", customer=code, date="2026-06-01", due="2026-06-01", lines=[line])
    return book


def test_lists_and_rules_count_with_tax_and_say_so(shop: Book) -> None:
    for name in ("spent", "average"):
        assert WITH in measures.MEASURES[name].field.label
        assert WITH in lists.spec_of("customers").fields[name].label
    assert lists.as_json(shop, "customers", filter="spent = 113 and average = 113")["total"] == 2
    with shop.read() as connection:
        why = segment_why.explain_rule(connection, "spent > 100", "A", "en")
    assert why.part is not None
    assert why.part.parts[0].text == "Bought for, incl. tax: 113.00 CNY (more than 100)"


@pytest.mark.parametrize(
    ("report", "columns", "said", "more"),
    [
        ("segments", ("spent",), WITH, {}),
        ("compare", ("revenue", "average", "difference"), WITHOUT, {"groups": ("level = A", "level = B")}),
        ("measures", ("amount",), WITHOUT, {"by": "value_class"}),
    ],
)
def test_reports_say_it_in_their_columns(
    shop: Book, report: str, columns: tuple[str, ...], said: str, more: dict[str, Any]
) -> None:
    with shop.read() as connection:
        table = declared.find(report).fill(connection, declared.Options(**more))
    labels = {column.name: column.label for column in table.fields}
    assert all(said in labels[name] for name in columns)


def test_the_matrix_says_it_in_its_figure() -> None:
    assert next(WITHOUT in one.label for one in FIGURES if one.value == REVENUE)


def test_measures_say_it_where_they_are_shown_and_where_their_limits_are_set(shop: Book) -> None:
    with shop.read() as connection:
        figures = {one.name: one for one in reading.measures_of(connection, "A").figures}
    assert figures["average"].value == 10000
    labels = [figures["clv"].label, figures["average"].label]
    labels += [one.label for one in (*figures["average"].inputs[:1], *figures["tier"].inputs)]
    limits = {"amount_limits", "value_limits", "tier_limits"}
    labels += [one.label for one in measure_specs.CONFIGURE if one.name in limits]
    assert len(labels) == 8
    assert [one for one in labels if WITHOUT not in one] == []
    assert WITHOUT in lists.spec_of("customers").fields["clv"].label
