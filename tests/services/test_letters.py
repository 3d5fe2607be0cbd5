"""Group letters and group statements: whom they reach, what they say, what is refused."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path
from typing import Any

import pypdf
import pytest

from crmdesk.cli.main import main
from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import check, groups, letter_recipients, letters, lists, use_cases
from crmdesk.services.book import Book

MM = 72 / 25.4


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def refused(book: Book, use_case: str, /, **arguments: Any) -> Code:
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    return caught.value.code


@pytest.fixture
def shop(book: Book) -> Book:
    for code, name, tags in (("A", "甲公司", ["VIP"]), ("B", "Beta {offer}", ["VIP"]), ("C", "丙", [])):
        address = [{"province": "浙江省", "city": "杭州市", "district": "西湖区", "street": "文三路 1 号"}]
        contact = [{"name": "李经理", "primary": True}] if code == "A" else []
        do(book, "customer.create", code=code, name=name, tags=tags, addresses=address, contacts=contact)
    line = {"description": "x", "quantity": "1", "unit_price": "1234.50", "tax_rate": "0"}
    do(book, "invoice.issue", customer="A", date="2026-05-01", due="2026-05-02", lines=[line])
    do(
        book, "letter_text.save", name="spring", subject_zh="致{name}", offer="九折",
        body_zh="尊敬的{contact}：\n\n贵方余额 {balance}，逾期 {overdue}。\n优惠：{offer}。\n{company} {date}",
        subject_en="To {name}", body_en="Dear {contact}, our offer: {offer}.",
    )  # fmt: skip
    return book


def pages(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def test_each_member_gets_his_own_letter(shop: Book, tmp_path: Path) -> None:
    done = letters.write(shop, groups.parse("tag:VIP"), "spring", tmp_path / "out")
    assert done.customers == ["A", "B"]
    assert len(done.files) == 2
    first, second = (pages(path)[0] for path in done.files)
    for words in ("致甲公司", "尊敬的李经理", "CNY 1,234.50", "优惠：九折", "文三路"):
        assert words in first
    assert "致Beta {offer}" in second  # a customer's name is no template
    assert "CNY 0.00" in second
    prints = lists.as_json(shop, "prints")["rows"]
    assert {(row["kind"], row["number"], row["detail"]) for row in prints} == {
        ("letter", "A", "spring"),
        ("letter", "B", "spring"),
    }
    assert check.run(shop)["clean"]


def test_all_in_one_file_in_two_languages_with_another_offer(shop: Book, tmp_path: Path) -> None:
    options = letters.LetterOptions(language="both", offer="满千减百")
    out = tmp_path / "all.pdf"
    letters.write(shop, groups.parse(""), "spring", out, options, is_consolidated=True)
    shown = pages(out)
    assert len(shown) == 3
    assert all("满千减百" in page and "Dear " in page for page in shown)


SEEN = {"left": (20, 105, 45, 90), "right": (118, 193, 45, 90), "cn": (27, 113, 31.5, 57.5)}
"""Left, right, top and bottom in mm of what the window shows, wherever the sheet lies in its envelope."""


@pytest.mark.parametrize("window", SEEN)
def test_the_address_stands_in_the_window(shop: Book, tmp_path: Path, window: str) -> None:
    assert do(shop, "company.update", letter_window=window)["changed"] == ["letter_window"] * (
        window != "left"
    )
    long = {"province": "广西壮族自治区", "city": "柳州市", "district": "三江侗族自治县"}
    do(
        shop,
        "customer.create",
        code="LONG",
        name="广西壮族自治区三江侗族自治县程阳八寨文化旅游与民族工艺品进出口贸易有限责任公司",
        addresses=[
            long | {"street": "古宜镇侗乡大道与工业园区三号路交叉口东南角一百二十八号综合楼十二层一二〇六室"}
        ],
        contacts=[{"name": "欧阳静怡", "primary": True}],
    )
    left, right, top, bottom = SEEN[window]
    for code, words in (
        ("A", ("甲公司", "李经理", "文三路")),
        ("LONG", ("程阳八寨", "欧阳静怡", "古宜镇", "一二〇六室")),
    ):
        out = tmp_path / f"{code}.pdf"
        letters.write(shop, groups.parse(f"code = {code}"), "spring", out, is_consolidated=True)
        page = pypdf.PdfReader(out).pages[0]
        found: list[tuple[str, float, float]] = []

        def visit(
            text: str, _cm: Any, matrix: Any, _font: Any, _size: Any, *, seen: Any = found, page: Any = page
        ) -> None:
            seen.append((text, matrix[4] / MM, (float(page.mediabox.height) - matrix[5]) / MM))

        page.extract_text(visitor_text=visit)
        head = [one for one in found if one[2] < 95]
        for word in words:
            x, y = next((x, y) for text, x, y in head if word in text.replace("\n", ""))
            assert left - 0.01 <= x <= right, word
            assert top < y <= bottom, word
        sender = [text for text, x, y in head if left <= x <= right and top < y <= bottom and "鼎晟" in text]
        assert bool(sender) == (window != "cn"), "there the head of the sheet stands just above"
        free = {"left": 90, "right": 90, "cn": 71.5}[window]
        assert min(y for text, _x, y in head + found if "致" in text) > free, (
            "the letter is not seen in the window"
        )
    assert check.run(shop)["clean"]


def test_a_renamed_text_leaves_what_was_printed_under_its_old_name(shop: Book, tmp_path: Path) -> None:
    letters.write(shop, groups.parse("code = A"), "spring", tmp_path / "old.pdf", is_consolidated=True)
    do(shop, "letter_text.save", name="summer", body_zh="热")
    assert refused(shop, "letter_text.rename", letter="spring", name="summer") is Code.DUPLICATE
    assert refused(shop, "letter_text.rename", letter="none", name="x") is Code.NOT_FOUND
    assert refused(shop, "letter_text.rename", letter="spring", name=" ") is Code.REQUIRED
    assert do(shop, "letter_text.rename", letter="spring", name=" Spring 2026 ") == {"name": "Spring 2026"}
    assert do(shop, "letter_text.rename", letter="summer", name="summer") == {"name": "summer"}
    with shop.read() as connection:
        assert letters.names(connection) == ["Spring 2026", "summer"]
        assert letters.text_of(connection, "Spring 2026").offer == "九折"
    assert refused(shop, "letter_text.rename", letter="spring", name="x") is Code.NOT_FOUND
    letters.write(shop, groups.parse("code = A"), "Spring 2026", tmp_path / "new.pdf", is_consolidated=True)
    details = [row["detail"] for row in lists.as_json(shop, "prints", sort="printed_at")["rows"]]
    assert details == ["spring", "Spring 2026"]
    assert check.run(shop)["clean"]


def test_own_fields_stand_in_a_letter(shop: Book, tmp_path: Path) -> None:
    """In the words of its language, nothing where there is no value; a retired field's braces are never read."""
    choices = [{"value": "tea", "label": "茶", "label_en": "Tea"}]
    do(shop, "field.define", record="customer", name="gift", kind="choice", label="礼品", choices=choices)
    do(shop, "field.define", record="customer", name="card", kind="text", label="会员卡")
    do(shop, "customer.update", customer="A", fields={"gift": "tea", "card": "{offer}"})
    texts = {"body_zh": "礼品：{own.gift}；卡号 [{own.card}]。", "body_en": "Gift: {own.gift}."}
    do(shop, "letter_text.save", name="gifts", **texts)
    assert refused(shop, "letter_text.save", name="x", body_zh="{own.gifts}") is Code.PLACEHOLDER_UNKNOWN
    both = letters.LetterOptions("both")
    first, second = letters.write(shop, groups.parse("tag:VIP"), "gifts", tmp_path / "out", both).files
    assert "礼品：茶；卡号 [{offer}]" in "".join(pages(first))
    assert "Gift: Tea." in "".join(pages(first))
    assert "礼品：；卡号 []" in "".join(pages(second))
    do(shop, "field.retire", record="customer", field="gift")
    again = letters.write(shop, groups.parse("tag:VIP"), "gifts", tmp_path / "after").files[0]
    assert "礼品：；卡号 [{offer}]" in "".join(pages(again))


def test_refused_letters(shop: Book, tmp_path: Path) -> None:
    assert refused(shop, "letter_text.save", name="x") is Code.REQUIRED
    assert refused(shop, "letter_text.save", name="x", body_en="{nothing}") is Code.PLACEHOLDER_UNKNOWN
    assert refused(shop, "letter_text.save", name="x", body_en="a { b") is Code.PLACEHOLDER_UNKNOWN
    assert refused(shop, "letter_text.delete", name="x") is Code.NOT_FOUND
    do(shop, "letter_text.save", name="zh", body_zh="你好")
    for group, name, options, code in (
        ("tag:VIP", "nothing", None, Code.NOT_FOUND),
        ("code = nobody", "spring", None, Code.NO_DATA),
        ("tag:nobody", "spring", None, Code.FILTER_INVALID),
        ("tag:VIP", "zh", letters.LetterOptions(language="en"), Code.REQUIRED),
    ):
        with pytest.raises(CrmdeskError) as caught:
            letters.write(shop, groups.parse(group), name, tmp_path / "none", options)
        assert caught.value.code is code
    assert not (tmp_path / "none").exists()
    do(shop, "letter_text.save", name="zh", offer="新")
    assert lists.as_json(shop, "letter_texts", filter="name = zh")["rows"][0]["body_zh"] == "你好"
    do(shop, "letter_text.delete", name="zh")
    assert lists.as_json(shop, "letter_texts")["total"] == 1


def test_letters_and_statements_of_groups_on_the_command_line(
    shop: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(shop.path)
    shop.close()
    assert main(["letters", path, "spring", "--tag", "VIP", "--out", str(tmp_path / "l"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["files"]) == 2
    assert main(["statement", path, "--filter", "tags = VIP and code = A", "--json"]) == 0
    assert [one["customer"] for one in json.loads(capsys.readouterr().out)] == ["A"]
    assert main(["statement", path, "--tag", "VIP", "--out", str(tmp_path / "s")]) == 0
    assert len(list((tmp_path / "s").iterdir())) == 2
    capsys.readouterr()
    assert main(["statement", path, "--segment", "x", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "filter_invalid"
    assert main(["statement", path, "--tag", "VIP", "--group", "x", "--json"]) == 2
    assert main(["letters", path, "spring", "--out", str(tmp_path)]) == 2


def test_a_new_book_with_the_usual_trees(tmp_path: Path) -> None:
    path = tmp_path / "new.crmdesk"
    assert main(["new", str(path), "--name", "X", "--starters"]) == 0
    with Book.open(path) as book:
        assert lists.as_json(book, "categories")["total"] > 30
        assert check.run(book)["clean"]


def test_who_is_left_out_and_why(shop: Book) -> None:
    do(shop, "customer.create", code="D", name="无地址", email="d@example.com")
    do(shop, "customer.deactivate", customer="B")
    with shop.read() as connection:

        def reasons(way: str) -> dict[str, str]:
            found = letter_recipients.recipients(connection, groups.parse(""), way)
            return {one.code: one.left_out for one in found}

        assert reasons("paper") == {"A": "", "B": "inactive", "C": "", "D": "no_address"}
        assert reasons("mail") == {"A": "no_email", "B": "inactive", "C": "no_email", "D": ""}
        chosen = groups.Chosen((groups.members(connection, groups.parse("code = C"))[0],))
        assert groups.codes(connection, chosen) == ["C"]


def test_each_in_his_own_language_as_drafts(shop: Book, tmp_path: Path) -> None:
    options = letters.LetterOptions(language=letters.OWN_LANGUAGE)
    with shop.read() as connection:
        made = letters.documents(connection, groups.parse("tag:VIP"), "spring", options)
        assert [(one.party.code, one.language) for one in made] == [("A", "zh_CN"), ("B", "en")]
        chosen = groups.Chosen(tuple(groups.members(connection, groups.parse("tag:VIP"))))
    with pytest.raises(CrmdeskError) as caught:
        letters.write(shop, chosen, "spring", tmp_path / "mail", options, is_mail=True)
    assert caught.value.code is Code.EMAIL_MISSING
    assert not (tmp_path / "mail").exists()
    for code in "AB":
        do(shop, "customer.update", customer=code, email=f"{code.lower()}@example.com")
    done = letters.write(shop, chosen, "spring", tmp_path / "mail", options, is_mail=True)
    assert [one.suffix for one in done.files] == [".eml", ".eml"]
    message = email.message_from_bytes(done.files[1].read_bytes(), policy=email.policy.default)
    assert (message["To"], message["Subject"]) == ("Beta {offer} <b@example.com>", "To Beta {offer}")
    assert done.changes.touches("print_log")


def test_the_nearest_placeholder_is_named(shop: Book) -> None:
    with pytest.raises(CrmdeskError) as caught:
        do(shop, "letter_text.save", name="x", body_en="{nmae}")
    assert "stands for nothing. Did you mean {name}? Known: " in str(caught.value)
