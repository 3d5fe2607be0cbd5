"""The filter language: what SQL finds is what plain Python finds, and what is wrong is said."""

from __future__ import annotations

import operator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.services import lists, use_cases
from crmdesk.services.book import Book
from crmdesk.services.lists.filters import parse

FIELDS = lists.spec_of("customers").fields
_OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXTS = ["", "A", "a", "鼎晟", "a%b", "x_y", 'say "hi"', "it's", "b\\c", "and", "(A)"]
_CURRENCIES = ["", "CNY", "JPY", "KWD"]

_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from([text for text in _TEXTS if text]),
            "level": st.sampled_from(_TEXTS),
            "currency": st.sampled_from(_CURRENCIES),
            "credit_limit": st.sampled_from([None, 0, 1, 5, 10, 1000]),
            "terms_days": st.sampled_from([None, 0, 1, 30]),
            "kind": st.sampled_from(["company", "person"]),
        }
    ),
    min_size=1,
    max_size=6,
)

# A condition as (text, what Python makes of it). Rows in Python: the values above, amounts as Decimal.
Check = Any


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _compared(name: str, sign: str, value: Any) -> Check:
    def check(row: dict[str, Any]) -> bool:
        own = row[name]
        if own is None:
            return sign == "!="
        return bool(_OPERATORS[sign](own, value))

    return check


_text_tests = st.builds(
    lambda name, sign, value: (f"{name} {sign} {_quote(value)}", _compared(name, sign, value)),
    st.sampled_from(["name", "level"]),
    st.sampled_from(list(_OPERATORS)),
    st.sampled_from(_TEXTS),
)
_contains_tests = st.builds(
    lambda name, sign, value: (
        f"{name} {sign} {_quote(value)}",
        lambda row: (value.lower() in row[name].lower()) == (sign == "~"),
    ),
    st.sampled_from(["name", "level"]),
    st.sampled_from(["~", "!~"]),
    st.sampled_from([text for text in _TEXTS if text]),
)
_number_tests = st.builds(
    lambda name, sign, value: (f"{name} {sign} {value}", _compared(name, sign, Decimal(value))),
    st.sampled_from(["credit_limit", "terms_days"]),
    st.sampled_from(list(_OPERATORS)),
    st.sampled_from(
        ["0", "0.001", "0.005", "1", "1.00", "4.9999", "5", "30", "30.5", "999.9999999", "1000", "-1"]
    ),
)
_choice_tests = st.builds(
    lambda sign, value: (f"kind {sign} {value}", _compared("kind", sign, value)),
    st.sampled_from(["=", "!="]),
    st.sampled_from(["company", "person"]),
)
_list_tests = st.builds(
    lambda word, values: (
        f"level {word} ({', '.join(map(_quote, values))})",
        lambda row: (row["level"] in values) == (word == "in"),
    ),
    st.sampled_from(["in", "not in"]),
    st.lists(st.sampled_from(_TEXTS), min_size=1, max_size=3),
)
_number_list_tests = st.builds(
    lambda word, values: (
        f"credit_limit {word} ({', '.join(values)})",
        lambda row: (row["credit_limit"] in {Decimal(value) for value in values}) == (word == "in"),
    ),
    st.sampled_from(["in", "not in"]),
    st.lists(st.sampled_from(["0", "1", "0.5", "1000"]), min_size=1, max_size=3),
)
_empty_tests = st.builds(
    lambda name, word: (f"{name} {word} empty", lambda row: (row[name] in (None, "")) == (word == "is")),
    st.sampled_from(["level", "credit_limit", "terms_days"]),
    st.sampled_from(["is", "is not"]),
)
_single = st.one_of(
    _text_tests, _contains_tests, _number_tests, _choice_tests, _list_tests, _number_list_tests, _empty_tests
)


def _joined(word: str, parts: list[tuple[str, Check]]) -> tuple[str, Check]:
    every = all if word == "and" else any
    text = f" {word} ".join(f"({part[0]})" for part in parts)
    return text, lambda row: every(part[1](row) for part in parts)


_FILTERS = st.recursive(
    _single,
    lambda inner: st.one_of(
        st.builds(_joined, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda part: (f"not ({part[0]})", lambda row: not part[1](row)), inner),
    ),
    max_leaves=6,
)


@given(rows=_ROWS, wanted=_FILTERS)
def test_sql_finds_what_python_finds(
    shared_book: Book, rows: list[dict[str, Any]], wanted: tuple[str, Check]
) -> None:
    expression, check = wanted
    with shared_book.write() as unit:
        expected = []
        for number, row in enumerate(rows):
            code = f"K{number}"
            given_values = {name: value for name, value in row.items() if value not in (None, "")}
            use_cases.perform(unit, "customer.create", {"code": code, **given_values})
            numbers = {
                name: None if row[name] is None else Decimal(row[name])
                for name in ("credit_limit", "terms_days")
            }
            if check(row | numbers):
                expected.append(code)
        unit.flush()
        query = lists.Query("customers", filter=expression)
        found = [row["code"] for row in lists.rows(unit.connection, query, lists.ids(unit.connection, query))]
        assert found == expected, expression
        assert lists.count(unit.connection, query) == len(expected)


def test_and_binds_closer_than_or(book: Book) -> None:
    for code, level in (("A", "1"), ("B", "2"), ("C", "3")):
        use_cases.run(book, "customer.create", {"code": code, "name": code, "level": level})

    def codes(expression: str) -> list[str]:
        return [row["code"] for row in lists.as_json(book, "customers", filter=expression)["rows"]]

    assert codes("code = A or code = B and level = 3") == ["A"]
    assert codes("(code = A or code = B) and level = 2") == ["B"]
    assert codes("not code = A and not level = 3") == ["B"]
    assert codes("code IN (A,'C')") == ["A", "C"]
    assert codes("code == A") == codes("not code <> A") == ["A"]
    assert codes("active") == codes("active = yes") == ["A", "B", "C"]
    assert codes("not active") == []
    assert codes("  ") == ["A", "B", "C"]


def test_days_may_be_counted_from_today(book: Book) -> None:
    use_cases.run(book, "customer.create", {"code": "A", "name": "A"})
    line = {"description": "x", "quantity": "1", "unit_price": "10", "tax_rate": "0"}
    for days in (0, 10, 40):
        on = (date(2026, 6, 30) - timedelta(days=days)).isoformat()
        use_cases.run(book, "invoice.issue", {"customer": "A", "date": on, "lines": [line]})

    def days(expression: str) -> list[str]:
        return [
            row["date"] for row in lists.as_json(book, "invoices", filter=expression, sort="date")["rows"]
        ]

    assert days("date = today") == ["2026-06-30"]
    assert days("date >= today-10") == ["2026-06-20", "2026-06-30"]
    assert days("date < today-10") == ["2026-05-21"]
    assert days("date > today+1 or date = 2026-05-21") == ["2026-05-21"]
    assert days("overdue") == ["2026-05-21", "2026-06-20"]


@pytest.mark.parametrize(
    "expression",
    [
        "nme = 1",
        '"name" = A',
        "name",
        "name =",
        "name ~",
        "balance > abc",
        "balance > 1,5",
        "balance > NaN",
        "balance > 1e3",
        "balance > ١",
        "balance > 9999999999999999999",
        "balance ~ 1",
        "kind = dog",
        "kind > company",
        "active = maybe",
        "active > true",
        "name in A",
        "name in (A",
        "name in ()",
        "name in (A,)",
        "name not A",
        "name is A",
        "(name = A",
        "name = A)",
        "name = A name = B",
        "name = A and",
        "and name = A",
        "not",
        'name = "A',
        "name = 'A",
        "name = A; DROP TABLE customer",
        "name = = A",
        "name ! A",
        "categories = x",
        "1 = 1",
        "(" * 60 + "active" + ")" * 60,
        "not " * 60 + "active",
        "name = " + "x" * 5000,
        "created_at => 2026",
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(book: Book, expression: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        lists.as_json(book, "customers", filter=expression)
    assert (caught.value.code, caught.value.field) == (Code.FILTER_INVALID, "filter")
    assert len(caught.value.message) > 10


@given(expression=st.text(alphabet=st.sampled_from("anme=<>!~()'\",\\ 01.-%;\n鼎"), max_size=30))
def test_any_text_is_read_or_refused(expression: str) -> None:
    try:
        parse(expression, FIELDS)
    except InvalidInput as error:
        code = error.code
        assert code is Code.FILTER_INVALID


def test_every_list_takes_a_filter_and_a_sort_on_each_of_its_columns(book: Book) -> None:
    samples = {
        "integer": "1",
        "money": "1.5",
        "price": "1.5",
        "rate": "0.1",
        "quantity": "1",
        "date": "2026-01-01",
    }
    for spec in lists.KINDS.values():
        for column in spec.columns:
            field = column.field
            if column.value is None:
                continue
            value = field.choices[0].value if field.choices else samples.get(field.kind, "x")
            if field.kind == "boolean":
                value = "true"
            if field.name == "region":
                value = "330100"  # a name is refused there
            for expression in (f'{field.name} = "{value}"', f"{field.name} is not empty"):
                if field.sortable:
                    lists.as_json(book, spec.kind, filter=expression, sort=f"-{field.name}")
                else:
                    lists.as_json(book, spec.kind, filter=expression)
