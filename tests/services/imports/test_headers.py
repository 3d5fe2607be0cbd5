"""Which column means which field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.services.imports.headers import ACCEPTED, SURE, FieldNames, guess, known_names, score

FIELDS = (
    FieldNames("code", "Code", ("客户编号", "客户编码", "编号", "customer id", "customer no")),
    FieldNames("name", "Name", ("客户名称", "名称", "公司名称", "company name", "customer name")),
    FieldNames("contact_name", "Contact", ("联系人", "contact name")),
    FieldNames("phone", "Phone", ("电话", "联系电话", "手机", "telephone", "mobile")),
    FieldNames("tax_number", "Tax number", ("税号", "纳税人识别号", "统一社会信用代码")),
    FieldNames("credit_limit", "Credit limit", ("信用额度", "授信额度")),
)


def test_chinese_names() -> None:
    found = guess(["客户编号", "客户名称*", "联系人", "联系电话", "税 号", "信用额度（元）", "备注"], FIELDS)
    assert found.mapping == {
        "code": 0, "name": 1, "contact_name": 2, "phone": 3, "tax_number": 4, "credit_limit": 5,
    }  # fmt: skip
    assert found.unmapped == (6,)
    assert all(match.confidence >= SURE for match in found.matches)


def test_english_names() -> None:
    header = ["CustomerID", "CompanyName", "ContactName", "ContactTitle", "TELEPHONE", "Fax"]
    assert guess(header, FIELDS).mapping == {"code": 0, "name": 1, "contact_name": 2, "phone": 4}


def test_near_names_are_proposed_with_less_confidence() -> None:
    assert score("电话", FIELDS[3]) == 1.0
    assert score("ｐｈｏｎｅ ", FIELDS[3]) == 1.0
    assert score("(Phone)", FIELDS[3]) == 1.0
    assert ACCEPTED <= score("客户联系电话", FIELDS[3]) < SURE
    assert ACCEPTED <= score("Custmer name", FIELDS[1]) < SURE
    assert score("城市", FIELDS[1]) == 0.0
    assert score("", FIELDS[1]) == 0.0


def test_one_column_for_one_field() -> None:
    found = guess(["名称", "客户名称", "名称"], FIELDS)
    assert found.mapping == {"name": 0}
    assert found.unmapped == (1, 2)


def test_known_names_are_in_normal_form() -> None:
    assert {"客户编号", "customerid", "taxnumber"} <= known_names(FIELDS)


@pytest.mark.parametrize("word", ["名", "a", "id"])
def test_short_words_need_to_be_equal(word: str) -> None:
    assert score(word, FIELDS[1]) < ACCEPTED


@given(
    st.lists(
        st.one_of(st.text(max_size=12), st.sampled_from(["电话", "Phone", "名称", "编号", "税号"])),
        max_size=12,
    )
)
def test_a_guess_is_one_to_one(header: list[str]) -> None:
    found = guess(header, FIELDS)
    columns = [match.column for match in found.matches]
    assert len(set(columns)) == len(columns)
    assert len(found.mapping) == len(columns)
    assert not set(columns) & set(found.unmapped)
    assert all(ACCEPTED <= match.confidence <= 1 for match in found.matches)
