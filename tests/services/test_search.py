"""Search: against a plain scan over random customers, its order, its index, and signs that mean something to SQL."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from crmdesk.models import text_keys
from crmdesk.services import customers, pinyin, search, search_index, use_cases
from crmdesk.services.book import Book
from crmdesk.services.units import Unit

# few different signs, so that texts meet often
_SIGNS = st.sampled_from([*list("鼎晟贸易单重庆aAbB1390%_'\\\"*- （("), "有限公司", "Ltd", "Ａ", "\u3000"])
_NAMES = st.lists(_SIGNS, min_size=1, max_size=8).map("".join).filter(lambda name: bool(name.strip()))
_PHONES = st.text(alphabet="0139 -+", max_size=12)
_PEOPLE = st.lists(st.fixed_dictionaries({"name": _NAMES, "mobile": _PHONES}), max_size=2)
_CUSTOMERS = st.lists(
    st.fixed_dictionaries({"name": _NAMES, "short_name": _NAMES, "phone": _PHONES, "contacts": _PEOPLE}),
    min_size=1,
    max_size=6,
)


def _create(unit: Unit, **values: object) -> int:
    code = str(use_cases.perform(unit, "customer.create", values)["code"])
    unit.flush()
    return customers.find(unit, code).id


def _texts(code: str, values: dict[str, object]) -> set[str]:
    """Every text a customer is found by, written down independently of the index."""
    found = {code.lower()}
    people = [dict(person) for person in values.get("contacts", [])]  # type: ignore[attr-defined]
    for name in (values["name"], values.get("short_name", ""), *(person["name"] for person in people)):
        folded = text_keys.folded(str(name))
        letters = "".join(filter(str.isalnum, folded))
        choices = [
            sorted({pinyin.initials(sign), *pinyin.other_initials(sign).get(0, "")}) for sign in letters
        ]
        ways = {"".join(way) for way in itertools.product(*choices)}
        found |= {folded, letters} | (ways if len(ways) <= 8 else set())
    for phone in (values.get("phone", ""), *(person["mobile"] for person in people)):
        found.add("".join(sign for sign in str(phone) if sign in "0123456789"))
    return found


def _has(texts: set[str], word: str) -> bool:
    digits = "".join(sign for sign in word if sign in "0123456789")
    is_phone = bool(digits) and not word.isdigit() and all(sign in "0123456789+-(). /#*转" for sign in word)
    return any(word in one or (is_phone and digits in one) for one in texts)


@given(rows=_CUSTOMERS, typed=st.one_of(_NAMES, _PHONES, st.text(alphabet="dsmyzcxq ", max_size=5)))
def test_search_finds_what_a_scan_finds(shared_book: Book, rows: list[dict[str, object]], typed: str) -> None:
    with shared_book.write() as unit:
        texts = {}
        for number, values in enumerate(rows):
            code = f"K{number}"
            texts[_create(unit, code=code, **values)] = _texts(code, values)
        words = text_keys.folded(typed).split(" ")
        expected = (
            [one for one in texts if all(_has(texts[one], word) for word in words)] if words != [""] else []
        )
        assert search.all_customers(unit.connection, typed) == expected
        shown = search.customers(unit.connection, typed)
        assert sorted(shown.ids) == expected
        assert not shown.is_capped


@given(rows=_CUSTOMERS)
def test_the_index_is_what_a_rebuild_makes(shared_book: Book, rows: list[dict[str, object]]) -> None:
    with shared_book.write() as unit:
        ids = [_create(unit, code=f"K{number}", **values) for number, values in enumerate(rows)]
        assert search.differences(unit.connection) == []
        before = _terms(unit)
        assert search.rebuild(unit.connection) == len(ids)
        assert _terms(unit) == before


def _terms(unit: Unit) -> set[tuple[str, int]]:
    sql = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, customer_search, instance)"
    unit.connection.execute(text(sql))
    try:
        return {
            (term, doc) for term, doc in unit.connection.execute(text("SELECT term, doc FROM temp.terms"))
        }
    finally:
        unit.connection.execute(text("DROP TABLE temp.terms"))


def test_a_changed_index_is_found_out(book: Book) -> None:
    with book.write() as unit:
        right, wrong, missing = (_create(unit, name=name) for name in ("甲公司", "乙公司", "丙公司"))
        unit.connection.execute(text("DELETE FROM customer_search WHERE rowid = :one"), {"one": missing})
        unit.connection.execute(text("DELETE FROM customer_search WHERE rowid = :one"), {"one": wrong})
        sql = text("INSERT INTO customer_search (rowid, content) VALUES (:one, 'xyz')")
        unit.connection.execute(sql, [{"one": wrong}, {"one": 999}])
        found = search.differences(unit.connection)
    assert right not in found
    assert sorted(found) == sorted(f"customer:{one}" for one in (wrong, missing, 999))


def test_exact_code_comes_first_then_beginnings_then_the_most_recent(book: Book) -> None:
    with book.write() as unit:
        inside = _create(unit, code="X1", name="大鼎晟")
        later = _create(unit, code="X2", name="小鼎晟")
        begins = _create(unit, code="X3", name="鼎晟贸易")
        longer = _create(unit, code="鼎晟9", name="别的")
        exact = _create(unit, code="鼎晟", name="无关")
        assert search.customers(unit.connection, "鼎晟").ids == [exact, longer, begins, later, inside]


def test_more_hits_than_wanted_are_only_counted_as_more(book: Book) -> None:
    with book.write() as unit:
        ids = [_create(unit, code=f"K{number:02d}", name=f"大鼎{number}") for number in range(30)]
        found = search.customers(unit.connection, "鼎", 10)
        assert found.ids == list(reversed(ids))[:10]
        assert found.is_capped
        assert search.all_customers(unit.connection, "鼎") == ids


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("鼎晟", 1),
        ("海鼎晟贸", 1),
        ("上海 有限", 1),
        ("有限 上海", 1),
        ("shds", 1),
        ("dsmy", 1),
        ("cq", 1),
        ("zq", 1),
        ("szx", 1),
        ("13800138000", 1),
        ("138-0013", 1),
        ("8000", 1),
        ("李娜", 1),
        ("dingsheng", 1),
        ("shanghaiding", 1),
        ("dingsh", 1),
        ("maoyi", 1),
        ("chongqing", 1),
        ("zhongqing", 1),
        ("shan", 1),
        ("lina", 1),
        ("dingmao", 0),
        ("ln", 1),
        ("913501", 1),
        ("acme", 1),
        ("CME TR", 1),
        ("100%", 1),
        ("1000", 0),
        ("%", 1),
        ("_", 0),
        ("'; DROP TABLE customer", 0),
        ('"', 0),
        ("*", 0),
        ("NEAR(a b)", 0),
        ("acme OR shds", 0),
        ("鼎晟 -贸易", 0),
        ("content : 鼎", 0),
        ("   ", 0),
    ],
)
def test_what_is_typed_and_what_is_found(book: Book, typed: str, expected: int) -> None:
    use_cases.run(
        book,
        "customer.create",
        {
            "name": "上海鼎晟贸易有限公司",
            "tax_number": "91350100M000100Y43",
            "phone": "+86 138-0013-8000",
            "contacts": [{"name": "李娜"}],
        },
    )
    use_cases.run(book, "customer.create", {"name": "重庆单志祥"})
    use_cases.run(book, "customer.create", {"name": "Acme Trading 100%棉"})
    with book.read() as connection:
        assert len(search.customers(connection, typed).ids) == expected
        assert len(search.all_customers(connection, typed)) == expected


def test_the_index_follows_changes_of_customers_and_contacts(book: Book) -> None:
    def hits(typed: str) -> int:
        with book.read() as connection:
            return len(search.customers(connection, typed).ids)

    code = use_cases.run(book, "customer.create", {"name": "旧名字"})["code"]
    use_cases.run(book, "customer.update", {"customer": code, "name": "新名字"})
    assert (hits("旧"), hits("新")) == (0, 1)
    contact = use_cases.run(book, "contact.add", {"customer": code, "name": "王五", "mobile": "13912345678"})
    assert hits("王五") == hits("5678") == 1
    use_cases.run(book, "contact.update", {**contact, "name": "赵六"})
    assert (hits("王五"), hits("赵六")) == (0, 1)
    use_cases.run(book, "contact.remove", contact)
    assert hits("赵六") == 0
    use_cases.run(book, "customer.delete", {"customer": code})
    assert hits("新名字") == 0
    with book.read() as connection:
        assert search.differences(connection) == []


def test_naughty_strings_are_found_as_they_are(book: Book, shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))
    with book.write() as unit:
        stored = {}
        for name in strings:
            try:
                stored[_create(unit, name=name)] = name
            except use_cases.InvalidInput:
                continue  # empty, or control characters: refused with a reason
        assert len(stored) > 400
        for record_id, name in stored.items():
            if len(text_keys.folded(name)) <= 60 and text_keys.folded(name):
                assert record_id in search.all_customers(unit.connection, name), name
        assert search.differences(unit.connection) == []


def test_the_tokens_of_a_text_are_its_parts() -> None:
    assert search_index.tokens(["abcdef"]) == "abcd bcde cdef def ef f"
    assert " " not in search_index.tokens([" "])
