"""Places of China with their codes: found by what one types, kept with addresses, shown in lists (A2, B1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.services import check, lists, regions, use_cases
from crmdesk.services.book import Book
from tests.services.small_book import do


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("pudong", "上海市/浦东新区"),
        ("pdxq", "上海市/浦东新区"),
        ("浦东", "上海市/浦东新区"),
        ("310115", "上海市/浦东新区"),
        ("上海 静安", "上海市/静安区"),
        ("zhejiang yuhang", "浙江省/杭州市/余杭区"),
        ("zj hz", "浙江省/湖州市"),
        ("chongqing", "重庆市"),
        ("cq", "重庆市"),
        ("xiamen", "福建省/厦门市"),
        ("beijing", "北京市"),
        ("济源", "河南省/济源市"),
    ],
)
def test_a_place_is_found_by_what_one_types(typed: str, path: str) -> None:
    assert path in [region.path for region in regions.find(typed, 2)]


def test_nothing_is_found_by_nothing() -> None:
    assert regions.find("  ") == regions.find("火星") == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("上海", "上海市", "静安区"), ("310106", "")),
        (("上海市", "", "静安"), ("310106", "")),
        (("北京市", "市辖区", "朝阳区"), ("110105", "")),
        (("", "杭州", "余杭"), ("330110", "")),
        (("河南省", "济源市", ""), ("419001", "")),
        (("广东省", "东莞市", ""), ("441900", "")),
        (("广东省", "东莞市", "长安镇"), ("441900", "长安镇")),
        (("浙江", "火星市", ""), ("330000", "火星市")),
        (("火星", "", ""), ("", "火星")),
        (("", "", "朝阳区"), ("", "")),
        (("", "", ""), ("", "")),
    ],
)
def test_names_mean_a_code_as_deep_as_they_are_known(names: Any, expected: Any) -> None:
    assert regions.resolve(*names) == expected


@given(st.sampled_from(sorted(regions._table().by_code)))
def test_every_place_is_found_again_by_its_own_names(code: str) -> None:
    place = regions.by_code(code)
    assert place is not None
    assert regions.resolve(place.province, place.city, place.district) == (code, "")
    assert place in regions.find(f"{place.province} {place.name}" if place.district else place.name, 20)


def test_the_tree_has_every_place_once() -> None:
    found: list[str] = []

    def walk(code: str) -> None:
        for region in regions.children(code):
            found.append(region.code)
            walk(region.code)

    walk("")
    assert sorted(found) == sorted(regions._table().by_code)
    assert len(found) == len(set(found)) > 3_200


def outcome(book: Book, use_case: str, **arguments: Any) -> list[tuple[str, str]]:
    done = use_cases.run_outcome(book, use_case, arguments)
    return [(entry["code"], entry["field"]) for entry in done.warnings]


def test_addresses_know_their_place(book: Book) -> None:
    assert (
        outcome(
            book, "customer.create", code="A", name="甲", addresses=[{"province": "上海", "district": "静安"}]
        )
        == []
    )
    assert (
        outcome(
            book, "customer.create", code="B", name="乙", addresses=[{"region": "330110", "street": "文一路"}]
        )
        == []
    )
    assert outcome(
        book, "customer.create", code="C", name="丙", addresses=[{"province": "火星", "city": "一号"}]
    ) == [("region_doubt", "addresses[0].province")]
    assert (
        outcome(
            book,
            "customer.create",
            code="D",
            name="丁",
            addresses=[{"country": "Deutschland", "city": "Köln"}],
        )
        == []
    )
    assert outcome(book, "address.add", customer="D", region="999999", province="浙江省") == [
        ("region_doubt", "region")
    ]
    found = {row["code"]: row for row in lists.as_json(book, "customers")["rows"]}
    assert {
        code: (row["province"], row["city"], row["district"], row["region"]) for code, row in found.items()
    } == {
        "A": ("上海市", "", "静安区", "310106"),
        "B": ("浙江省", "杭州市", "余杭区", "330110"),
        "C": ("火星", "一号", "", ""),
        "D": ("", "Köln", "", ""),
    }
    for words, codes in (
        ("province = 上海市", "A"),
        ("city = 杭州市", "B"),
        ("province = 火星", "C"),
        ("city = Köln", "D"),
    ):
        assert [row["code"] for row in lists.as_json(book, "customers", filter=words)["rows"]] == [codes]
    rows = lists.as_json(book, "customers", sort="-province")["rows"]
    assert [row["code"] for row in rows][-1] == "D"
    with book.read() as connection:
        groups = lists.querying.grouped(connection, lists.Query("customers", group="province")).groups
    assert sorted((str(group.key), group.count) for group in groups) == [
        ("None", 1), ("上海市", 1), ("浙江省", 1), ("火星", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "names", "at"),
    [
        ("440305", ("北京市", "", ""), 0),
        ("440305", ("广东省", "北京市", ""), 1),
        ("440305", ("广东省", "深圳市", "浦东新区"), 2),
        ("440305", ("", "", "福田"), 2),
        ("440305", ("", "广州", ""), 1),
        ("440300", ("", "", "工农区"), 2),
        ("310106", ("浙江", "", ""), 0),
        # shorter, a level too high or too low, deeper than the code, a heading, or of no place of the table
        ("440305", ("广东", "深圳", "南山"), None),
        ("440305", ("深圳市", "南山区", ""), None),
        ("440305", ("Guangdong", "Shenzhen", "Nanshan"), None),
        ("440305", ("", "", "粤海街道"), None),
        ("440000", ("", "深圳", "南山区"), None),
        ("310106", ("上海", "市辖区", "静安区"), None),
        ("422822", ("湖北", "恩施", "建始"), None),
        ("150102", ("内蒙", "", ""), None),
        ("419001", ("河南", "济源市", ""), None),
        ("441900", ("广东省", "东莞市", "长安"), None),
        ("999999", ("北京市", "", ""), None),
    ],
)
def test_names_contradict_a_code_where_they_mean_another_place(code: str, names: Any, at: int | None) -> None:
    assert regions.misfit(code, *names) == at


@given(st.sampled_from(sorted(regions._table().by_code)))
def test_no_place_contradicts_its_own_names(code: str) -> None:
    place = regions.by_code(code)
    assert place is not None
    assert regions.misfit(code, place.province, place.city, place.district) is None
    plain = [regions.short(name) for name in (place.province, place.city, place.district)]
    assert regions.misfit(code, *plain) is None


SENTENCE = (
    "“Region code”: 440305 stands for 广东省/深圳市/南山区, but “Province” says 北京市. Correct one of the two, or"
    " leave the code empty: it is found by the names."
)


def test_a_code_that_contradicts_the_names_is_refused(book: Book) -> None:
    wrong = {"region": "440305", "province": "北京市"}
    with pytest.raises(InvalidInput) as refused:
        do(book, "customer.create", name="甲", addresses=[{"province": "上海"}, wrong])
    assert (refused.value.code, refused.value.field) == (Code.REGION_DIFFERS, "addresses[1].region")
    assert refused.value.message == SENTENCE
    assert do(book, "customer.create", name="甲")["code"] == "C00001"  # the refused one took no code
    with pytest.raises(InvalidInput) as refused:
        do(book, "address.add", customer="C00001", **wrong)
    assert (refused.value.message, refused.value.field) == (SENTENCE, "region")
    one = do(book, "address.add", customer="C00001", province="北京市")["address"]
    with pytest.raises(InvalidInput) as refused:
        do(book, "address.update", address=one, region="440305")
    assert refused.value.message == SENTENCE
    do(book, "address.update", address=one, region="440305", province="广东")
    assert lists.as_json(book, "customers")["rows"][0]["region"] == "440305"
    do(book, "address.add", customer="C00001", **wrong, country="Germany")  # its code means nothing here


def test_a_changed_address_gets_its_new_code(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    one = do(book, "address.add", customer="A", province="上海市", district="静安区")["address"]
    do(book, "address.update", address=one, district="浦东新区")
    assert lists.as_json(book, "customers")["rows"][0]["region"] == "310115"
    do(book, "address.update", address=one, district="黄浦区", province="上海")
    assert lists.as_json(book, "customers")["rows"][0]["region"] == "310101"
    do(book, "address.update", address=one, street="1 号")
    assert lists.as_json(book, "customers")["rows"][0]["region"] == "310101"
    do(book, "address.update", address=one, country="Germany", province="NRW")
    assert lists.as_json(book, "customers")["rows"][0]["region"] == ""
    assert check.run(book)["clean"]
