"""Contacts: visiting cards of every version, both ways; lists of phones and mail programs; whose they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables.customers import contact, customer
from crmdesk.services.book import Book
from crmdesk.services.exports import cards
from crmdesk.services.imports import run
from crmdesk.services.imports.results import ImportOptions, ImportResult
from tests.services.imports.conftest import codes_of, counts, do, dump, require_clean

OLD = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9D=8E;=E5=A8=9C;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9D=8E=
=E5=A8=9C
ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=94=B2=E5=85=AC=E5=8F=B8;=E9=87=87=E8=B4=AD
TEL;CELL;PREF:+86 138-0013-8000
TEL;WORK:021-62881000
BDAY:19900801
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQ
 AAAQABAAD//gA7
END:VCARD
"""
MIDDLE = """BEGIN:VCARD\r
VERSION:3.0\r
N:Wang;Wu;;;\r
FN:Wu Wang\r
ORG:乙 \\; Co\\, Ltd;Sales\r
item1.TEL;type=pref:010-5555 6666\r
item1.X-ABLabel:_$!<Work>!$_\r
EMAIL;type=INTERNET;type=WORK:w@example.com\r
NOTE:one\\ntwo \\\\ thr\r
 ee\r
BDAY:1604-08-01\r
END:VCARD\r
"""
NEW = """BEGIN:VCARD
VERSION:4.0
FN:赵六
TEL;VALUE=uri;TYPE="voice,cell":tel:+8613900139000
IMPP;TYPE=personal:wechat:zhao6
END:VCARD
"""


@pytest.fixture
def firms(book: Book) -> Book:
    """Three customers."""
    do(book, "customer.create", code="C1", name="甲有限公司")
    do(book, "customer.create", code="C2", name="乙 ; Co, Ltd")
    do(book, "customer.create", code="C3", name="丙", phone="13900139000")
    return book


def take(book: Book, path: Path, **options: Any) -> ImportResult:
    return run.run(book, "contacts", path, ImportOptions(**options))


def names(book: Book) -> dict[str, dict[str, Any]]:
    """Contacts by name with their customer's code."""
    with book.read() as connection:
        codes = {row.id: row.code for row in connection.execute(customer.select())}
        return {
            row["name"]: dict(row) | {"customer": codes[row["customer_id"]]}
            for row in connection.execute(contact.select()).mappings()
        }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_cards_of_every_version(firms: Book, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "cards.vcf"
    path.write_bytes((OLD + MIDDLE + NEW).encode(encoding))
    result = take(firms, path)
    assert counts(result) == (3, 0, 0, 0), result.errors
    assert "1 photos and sounds of the cards were left out." in [note.message for note in result.notes]
    found = names(firms)
    li, wang, zhao = found["李娜"], found["Wu Wang"], found["赵六"]
    assert (li["customer"], li["mobile"], li["phone"]) == ("C1", "+86 138-0013-8000", "021-62881000")
    assert str(li["born_on"]) == "1990-08-01"
    assert (wang["customer"], wang["phone"], wang["note"]) == ("C2", "010-5555 6666", "one\ntwo \\ three")
    assert wang["born_on"] is None
    assert (zhao["customer"], zhao["mobile"], zhao["wechat"]) == ("C3", "+8613900139000", "zhao6")
    assert counts(take(firms, path, mode="upsert")) == (0, 0, 3, 0)
    require_clean(firms)


CUT = """BEGIN:VCARD
VERSION:3.0
FN:First
ORG:甲有限公司
TEL:021-1111
BEGIN:VCARD
VERSION:3.0
FN:Second
ORG:甲有限公司
END:VCARD
BEGIN:VCARD
FN:Third
"""


def test_a_card_that_is_cut_off_is_refused_and_the_others_are_taken(firms: Book, tmp_path: Path) -> None:
    path = tmp_path / "cut.vcf"
    path.write_text(CUT, encoding="utf-8")
    result = take(firms, path)
    assert counts(result) == (1, 0, 0, 2)
    assert list(names(firms)) == ["Second"]
    assert [(str(one.code), one.file, one.row) for one in result.errors] == [
        ("file_damaged", "cut.vcf", 1),
        ("file_damaged", "cut.vcf", 11),
    ]
    assert result.errors[1].message == (
        "The card that begins in line 11 is cut off: its END:VCARD is missing."
    )
    refused = take(firms, path, is_all_or_nothing=True, mode="upsert")
    assert refused.batch is None
    path.write_text("BEGIN:VCARD\nFN:合计", encoding="utf-8")  # alone, and like a sum at the end of a table
    assert counts(take(firms, path)) == (0, 0, 0, 1)
    require_clean(firms)


def test_what_a_contact_has_no_place_for_is_told_card_by_card(firms: Book, tmp_path: Path) -> None:
    path = tmp_path / "cards.vcf"
    four = """BEGIN:VCARD
VERSION:4.0
FN:赵六
ORG:甲有限公司
BDAY:--0412
ADR;TYPE=work:;;南京西路\\, 1266 号;上海;;200040;中国
END:VCARD
lost
"""
    plain = "BEGIN:VCARD\nFN:b\nORG:甲有限公司\nADR:;;;;;;\nEND:VCARD\n"
    path.write_text(MIDDLE.replace("\r", "") + four + plain, encoding="utf-8")
    result = take(firms, path)
    assert counts(result) == (3, 0, 0, 0), result.errors
    line = MIDDLE.count("\n") + 1
    assert [note.message for note in result.notes if str(note.code) == "left_out"] == [
        "1 lines are no part of a visiting card and were left out.",
        "Birthdays that are no whole date were left out: 2; a contact’s birthday has its year.",
        "Cards whose addresses were left out: 1; addresses are the customer’s.",
        "The card of Wu Wang in line 1: the birthday 1604-08-01 is no whole date and was left out. Add it with its"
        " year to the contact.",
        f"The card of 赵六 in line {line}: the birthday --0412 is no whole date and was left out. Add it with its"
        " year to the contact.",
        f"The card of 赵六 in line {line}: the address “南京西路, 1266 号 上海 200040 中国” was left out. Add it to"
        " the customer if it is his.",
    ]


def test_cards_out_and_in_change_nothing(firms: Book, tmp_path: Path, new_book: Callable[..., Book]) -> None:
    texts = [
        "=1+1",
        "a;b,c\\d",
        "  x  y",
        "x\ny;z\\n",
        "😀" * 60,
        "مرحبا",
        "007",
        "(empty)",
        "#1",
        "BEGIN:VCARD",
    ]
    for number, text in enumerate(texts):
        do(firms, "contact.add", customer="C1", name=f"{text} {number}".replace("\n", " "), note=text,
           wechat=text.replace("\n", ""), role="r", born_on="1999-12-31", channel="wechat")  # fmt: skip
        do(firms, "contact.add", customer="C2", name="same", mobile=f"1380013800{number}")
    path = tmp_path / "out.vcf"
    with firms.read() as connection:
        cards.write(connection, path)
    assert all(len(line) <= 75 for line in path.read_bytes().split(b"\r\n"))
    before = dump(firms)
    result = take(firms, path, mode="upsert")
    assert counts(result) == (0, 0, 20, 0), result.errors
    assert dump(firms) == before
    other = new_book("other.db")
    for code, name in (("C1", "x"), ("C2", "y")):
        do(other, "customer.create", code=code, name=name)
    assert counts(take(other, path))[0] == 20
    ours, theirs = names(firms), names(other)
    assert {name: one["note"] for name, one in ours.items()} == {
        name: one["note"] for name, one in theirs.items()
    }


def test_a_number_comes_back_to_the_field_it_went_out_of(firms: Book, tmp_path: Path) -> None:
    """A mobile number entered as the phone looks like a mobile; the card of our own says that it is none."""
    do(firms, "contact.add", customer="C1", name="a", phone="13800138000")
    do(firms, "contact.add", customer="C1", name="b", phone="13800138001", mobile="021-62881000")
    do(firms, "contact.add", customer="C1", name="c", phone="13800138002", mobile="13800138003")
    do(firms, "contact.add", customer="C1", name="d", mobile="021-62881001")
    path = tmp_path / "out.vcf"
    with firms.read() as connection:
        cards.write(connection, path)
    before = dump(firms)
    for mode in ("create", "update", "upsert"):
        assert counts(take(firms, path, mode=mode)) == (0, 0, 4, 0), mode
    assert dump(firms) == before


@pytest.fixture
def firm_of_anything(new_book: Callable[..., Book]) -> Book:
    """One customer whose contacts hypothesis writes."""
    made = new_book("anything.db")
    do(made, "customer.create", code="C1", name="甲; a\\,b：有限公司")
    return made


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\\,;:\t= -+"), max_size=60)
_NUMBER = st.from_regex(r"(tel:)?\+?[0-9;,() -]{3,16}", fullmatch=True) | st.sampled_from(
    ["13800138000", "+86 138-0013-8000", "021-62881000 转 8", "tel:110"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=_TEXT.filter(str.strip),
    others=st.fixed_dictionaries(
        {},
        optional={
            "role": _TEXT,
            "phone": _NUMBER,
            "mobile": _NUMBER,
            "email": st.sampled_from(["a@example.com", "o'b+c;d@例子.中国", "李@example.com"]),
            "wechat": _TEXT,
            "born_on": st.dates(date(1900, 1, 1), date(2026, 1, 1)).map(date.isoformat),
            "channel": st.sampled_from(["phone", "wechat", "email"]),
            "note": st.lists(_TEXT, max_size=5).map("\n".join),
        },
    ),
)
def test_any_contact_out_and_in_changes_nothing(
    firm_of_anything: Book, tmp_path: Path, name: str, others: dict[str, str]
) -> None:
    try:
        made = do(firm_of_anything, "contact.add", customer="C1", name=name, **others)
    except CrmdeskError:
        return  # what no contact can have
    path = tmp_path / "out.vcf"
    with firm_of_anything.read() as connection:
        cards.write(connection, path, [int(made["contact"])])
    before = dump(firm_of_anything)
    result = take(firm_of_anything, path, mode="upsert")
    assert counts(result) == (0, 0, 1, 0), result.errors
    assert dump(firm_of_anything) == before


def test_a_card_changes_what_it_says_and_is_taken_back(firms: Book, tmp_path: Path) -> None:
    do(firms, "contact.add", customer="C1", name="李娜", mobile="13800138000", wechat="old")
    before = dump(firms)
    path = tmp_path / "cards.vcf"
    path.write_text(OLD, encoding="utf-8")
    assert [code for _row, code in codes_of(take(firms, path))] == ["duplicate_differs"]
    assert [code for _row, code in codes_of(take(firms, path, mode="update", is_dry_run=True))] == []
    result = take(firms, path, mode="upsert")
    assert counts(result) == (0, 1, 0, 0)
    found = names(firms)["李娜"]
    assert (found["mobile"], found["phone"], found["wechat"]) == ("13800138000", "021-62881000", "old")
    do(firms, "import.undo", batch=result.batch)
    assert dump(firms) == before


@pytest.mark.parametrize(
    "rows",
    [
        ("姓名|部门|手机|企业", "李娜|采购|13800138000|甲"),
        (
            "First Name|Last Name|Company|Mobile Phone|E-mail Address|Business Fax",
            "娜|李|甲有限公司|13800138000||1",
        ),
        ("Name|Organization 1 - Name|Phone 1 - Value", "李娜|甲有限公司|13800138000"),
        ("客户编号|联系人|手机号", "C1|李娜|13800138000"),
    ],
)
def test_lists_of_other_programs(
    firms: Book, take_rows: Callable[..., ImportResult], rows: tuple[str, ...]
) -> None:
    result = take_rows(firms, "contacts", *rows)
    assert counts(result) == (1, 0, 0, 0), result.errors
    found = names(firms)["李娜"]
    assert (found["customer"], found["mobile"]) == ("C1", "13800138000")


@pytest.fixture
def take_rows(take: Callable[..., ImportResult]) -> Callable[..., ImportResult]:
    """Rows written with |; the fixture `take` of all imports, beside this module's own."""
    return take


def test_whose_contact_nobody_can_say(firms: Book, take_rows: Callable[..., ImportResult]) -> None:
    do(firms, "customer.create", code="C4", name="丙")
    before = dump(firms)
    result = take_rows(firms, "contacts", "姓名|公司|手机", "a|丁|1", "b||13811112222", "c|丙|", "|甲|")
    assert [code for _row, code in codes_of(result)] == [
        *("customer_missing", "customer_missing", "ambiguous", "required")
    ]
    assert dump(firms) == before
    assert counts(take_rows(firms, "contacts", "姓名|公司|手机", "c|丙|13900139000"))[0] == 1
    assert names(firms)["c"]["customer"] == "C3"
