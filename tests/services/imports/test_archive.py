"""The archive workbook: out and in again without a change, edited cells as exactly these changes, taken back whole."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crmdesk.cli.main import main
from crmdesk.models.errors import CrmdeskError
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.imports import import_record
from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.services.exports import archive
from crmdesk.services.exports import archive as archive_export
from crmdesk.services.imports import run
from crmdesk.services.imports.results import ImportOptions, ImportResult
from crmdesk.text import use_language
from tests.services.imports.conftest import counts, do, dump, require_clean

NAUGHTY = json.loads(
    (Path("/work/shared/data/naughty_strings") / "blns.json").read_text(encoding="utf-8")
    if Path("/work/shared/data/naughty_strings").is_dir()
    else '["=1+1", "+86", "007", "12345678901234567890", "😀", "مرحبا", "a\\u200bb", "_x0041_"]'
)
OWN = [
    *("=1+1", "+86 1", "-5", "@x", "007", "12345678901234567890", "1.23E+19", "a  b", "'=x", "_x000D_"),
    *(
        "(empty)",
        "(清空)",
        "TRUE",
        "#REF!",
        "2026-01-02",
        "\ufffe",
        "  ",
        "x\u3000y",
        "#1",
        "// c",
        "小计",
        "合计",
    ),
]


def export(book: Book, path: Path) -> Path:
    """The archive of a book."""
    with book.read() as connection:
        return archive.write(connection, path)


def take(book: Book, path: Path, **options: Any) -> ImportResult:
    """Imports an archive."""
    return run.run(book, "archive", path, ImportOptions(**options))


def edit(path: Path, sheet: str, *changes: tuple[str, str, Any]) -> Path:
    """Writes cells of a sheet: (text in the row, header, value)."""
    workbook = openpyxl.load_workbook(path)
    page = workbook[sheet]
    header = [cell.value for cell in page[1]]
    for text, name, value in changes:
        row = next(row for row in page.iter_rows(min_row=2) if text in [cell.value for cell in row])
        row[header.index(name)].value = value
    workbook.save(path)
    return path


def append(path: Path, sheet: str, **values: Any) -> Path:
    """Adds a row to a sheet."""
    workbook = openpyxl.load_workbook(path)
    page = workbook[sheet]
    page.append([values.get(str(cell.value).replace(" ", "_")) for cell in page[1]])
    workbook.save(path)
    return path


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in the sheets, without the keys."""
    found = {}
    for page in openpyxl.load_workbook(path):
        skip = page["A1"].value in ("Key", "记录键")
        found[page.title] = [tuple(cell.value for cell in row)[skip:] for row in page.iter_rows()]
    return found


@pytest.fixture(autouse=True)
def english() -> None:
    use_language("en")


@pytest.fixture
def filled(book: Book) -> Book:
    """Two customers with everything, one deactivated."""
    do(
        book,
        "customer.create",
        code="C1",
        name="甲公司",
        phone="021-1",
        credit_limit="1000.50",
        terms_days=30,
        discount_terms="2/10 n/30",
        contacts=[
            {"name": "李", "mobile": "0138", "born_on": "1990-08-01"},
            {"name": "王", "primary": True, "channel": "wechat"},
        ],
        addresses=[{"kind": "delivery", "street": "s1"}, {"kind": "delivery", "street": "s2"}],
        billing_profiles=[{"kind": "company", "title": "甲", "bank_account": "00123456789012345678"}],
        categories=[{"dimension": "渠道", "path": "线上/直播"}, {"dimension": "大小", "path": "大"}],
        tags=["重点", "=tag"],
    )
    do(book, "customer.create", code="C2", name="乙", kind="person", gender="female", born_on="1900-01-01")
    do(book, "customer.deactivate", customer="C2")
    do(book, "tag.create", tag="unused", colour="good")
    do(book, "dimension.create", name="empty tree")
    do(book, "category.create", dimension="渠道", path="线下")
    return book


TEXTS = st.one_of(
    st.sampled_from(NAUGHTY + OWN), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
)


def clean(text: str, most: int = 60, but: str = "") -> str:
    """A text that the book takes: no control characters, short, none of some signs."""
    kept = "".join(sign for sign in text if (sign >= " " and sign != "\x7f") and sign not in but)
    return kept.encode("utf-8", "ignore").decode()[:most].strip()


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Any]:
    """The arguments of a customer full of naughty texts."""

    def text(most: int = 60, but: str = "", default: str = "") -> str:
        return clean(draw(TEXTS), most, but) or default

    return {
        "name": text(default="n"),
        "note": text() + "\n" + text(),
        "phone": text(),
        "short_name": text(),
        "owner": text(),
        "phone2": text(),
        "wechat": text(),
        "website": text(),
        "channel": draw(st.sampled_from([None, "phone", "wechat", "visit"])),
        "next_contact": draw(st.sampled_from([None, "2026-04-15", "1900-02-28"])),
        "credit_limit": draw(st.sampled_from([None, "0.01", "9999999999999.99", "50000.00"])),
        "born_on": draw(st.one_of(st.none(), st.dates(min_value=_day(1900), max_value=_day(2199)).map(str))),
        "contacts": [
            {"name": text(default="c"), "mobile": text(), "wechat": text(), "note": text()}
            for _ in range(draw(st.integers(0, 3)))
        ],
        "addresses": [
            {
                "street": text(),
                "postal_code": text(20),
                "city": text(),
                "region": draw(st.sampled_from([None, "310106", "999999", "x1"])),
                "country": draw(st.sampled_from([None, "中国", "France"])),
            }
            for _ in range(draw(st.integers(0, 2)))
        ],
        "billing_profiles": [
            {"title": text(default="t"), "bank_account": text()} for _ in range(draw(st.integers(0, 1)))
        ],
        "tags": [text(40, default="g")],
        "categories": [{"dimension": text(30, "/", default="d"), "path": text(30, "/", default="p")}],
    }


def _day(year: int) -> Any:
    from datetime import date

    return date(year, 1, 1)


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(customers(), min_size=1, max_size=12), st.sampled_from(["en", "zh_CN"]))
def test_export_and_import_change_nothing(people: list[dict[str, Any]], language: str) -> None:
    """In the same book 0 changes; in a new book the same archive, whatever the texts."""
    use_language(language)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with Book.create(path / "a.db", name="a") as book, Book.create(path / "b.db", name="b") as other:
            for number, person in enumerate(people):
                code = clean(person["short_name"], 30).lstrip("@").strip()
                try:
                    use_cases.run(book, "customer.create", {"code": f"{code}{number}", **person})
                except CrmdeskError as error:
                    assert error.code == "control_chars"  # noqa: PT017 (a text that no book takes)
            before = dump(book)
            first = export(book, path / "a.xlsx")
            for mode in ("create", "upsert"):
                result = take(book, first, mode=mode)
                assert (result.created_count, result.updated_count, result.failed_count) == (0, 0, 0), (
                    result.errors
                )
            assert dump(book) == before
            result = take(other, first)
            assert result.failed_count == 0, result.errors
            second = rows_of(export(other, path / "b.xlsx"))
            assert second == rows_of(first)
            require_clean(other)


def test_edited_cells_are_exactly_these_changes(filled: Book, tmp_path: Path) -> None:
    path = export(filled, tmp_path / "x.xlsx")
    before = dump(filled)
    edit(path, "Customers", ("C1", "Phone", 123456), ("C1", "Name", "甲 Ltd"))
    edit(path, "Customers", ("C1", "Short name", None), ("C2", "Active", "Yes"))
    edit(path, "Contacts", ("李", "Mobile", "(empty)"), ("李", "Primary", "yes"), ("王", "Primary", "no"))
    edit(path, "Addresses", ("s2", "Street", "s2 new"))
    edit(path, "Categories", ("C1", "Category", "线下"))
    append(path, "Tags", Tag="new", Customer="C2")
    append(path, "Contacts", Customer="C2", Name="赵")
    append(path, "Customers", Code="C3", Name="丙")
    append(path, "Addresses", Customer="C3", Street="s3")
    result = take(filled, path, mode="upsert")
    assert result.failed_count == 0, result.errors
    # C1, C2, two contacts less the one that is only no longer primary, one address, one category
    assert (result.created_count, result.updated_count) == (4, 5)
    after = dump(filled)
    with filled.read() as connection:
        found = {row.name: row for row in connection.execute(_contacts())}
    assert (found["李"].mobile, found["李"].is_primary, found["王"].is_primary) == ("", True, False)
    assert {name for name in before if before[name] != after[name]} <= {
        "customer_category_event",
        *("customer", "contact", "address", "customer_category", "tag", "customer_tag"),
        *("category", "segment_member"),
    }
    assert [row for row in after["category"] if row not in before["category"]] == []
    require_clean(filled)

    undone = do(filled, "import.undo", batch=result.batch)
    assert undone["kept"] == []
    assert dump(filled) == before
    require_clean(filled)


def test_links_that_an_archive_leaves_out_are_named(filled: Book) -> None:
    for name, label in (("agent", "经办人"), ("spare", "备用")):
        do(filled, "field.define", record="customer", name=name, label=label, kind="link", target="customer")
    with filled.read() as connection:
        assert archive_export.left_out(connection) == "", "nobody has one"
    do(filled, "customer.update", customer="C1", fields={"agent": "C2"})
    with filled.read() as connection:
        said = archive_export.left_out(connection)
    assert "经办人" in said
    assert "备用" not in said


def test_own_fields_come_and_go_with_their_records(filled: Book, tmp_path: Path) -> None:
    tones = [{"value": "a,b", "label": "Comma"}, {"value": "c、d"}, {"value": "e"}]
    define = functools.partial(do, filled, "field.define")
    for record in ("customer", "contact"):
        define(record=record, name="budget", label="预算", kind="money")
        define(record=record, name="ratio", label="Ratio", kind="number")
        define(record=record, name="phone", label="电话", kind="text")  # a label that another column has
        define(record=record, name="tones", label="Tones", kind="multi_choice", choices=tones)
        define(record=record, name="since", label="From then", kind="date")
        define(record=record, name="vip", label="VIP", kind="yes_no")
        define(record=record, name="card", label="卡号", kind="text", unique=True)
    values = {
        "budget": "12.50", "ratio": "123456789012.123456", "phone": "(empty)", "tones": ["a,b", "e"],
        "since": "1900-01-15", "vip": False, "card": "_xFFFE_ 1",
    }  # fmt: skip
    with filled.read() as connection:
        people = {row.name: row.id for row in connection.execute(_contacts())}
    do(filled, "customer.update", customer="C1", fields=values)
    do(filled, "contact.update", contact=people["李"], fields=values)
    do(filled, "contact.update", contact=people["王"], fields={"card": "k3"})
    before = dump(filled)
    path = export(filled, tmp_path / "x.xlsx")
    header = [cell.value for cell in openpyxl.load_workbook(path)["Contacts"][1]]
    assert header[-7:] == ["预算", "Ratio", "own.phone", "Tones", "From then", "VIP", "卡号"]
    for mode in ("create", "upsert"):
        same = take(filled, path, mode=mode)
        assert (same.created_count, same.updated_count, same.failed_count) == (0, 0, 0), same.errors
    assert dump(filled) == before

    edit(path, "Customers", ("C1", "预算", 99), ("C1", "VIP", "yes"), ("C1", "卡号", "(empty)"))
    edit(path, "Contacts", ("李", "Tones", "c、d|e"), ("李", "From then", "2020-05-01"))
    append(path, "Contacts", Customer="C2", Name="赵", 卡号="k1")
    append(path, "Contacts", Customer="C2", Name="钱", 卡号="k1")
    append(path, "Customers", Code="C3", Name="丙", VIP="no")
    append(path, "Contacts", Customer="C3", Name="孙", 卡号="k3")
    result = take(filled, path, mode="upsert")
    assert [(problem.column, str(problem.code)) for problem in result.errors] == [
        ("卡号", "duplicate_in_file"),
        ("卡号", "duplicate"),
    ]
    assert (result.created_count, result.updated_count) == (2, 2)
    require_clean(filled)
    do(filled, "import.undo", batch=result.batch)
    assert dump(filled) == before
    require_clean(filled)

    other = tmp_path / "other.db"
    with Book.create(other, name="other") as empty:
        for record in ("customer", "contact"):
            for name, kind in (("budget", "money"), ("ratio", "number"), ("vip", "yes_no"), ("card", "text")):
                label = {"budget": "预算", "vip": "VIP", "card": "卡号"}.get(name, name.title())
                do(empty, "field.define", record=record, name=name, label=label, kind=kind)
        first = export(filled, tmp_path / "y.xlsx")
        assert take(empty, first).failed_count == 0
        again = take(empty, first, mode="upsert")
        assert (again.created_count, again.updated_count, again.failed_count) == (0, 0, 0), again.errors
        require_clean(empty)


def test_own_fields_that_the_book_lacks_are_named_with_the_way_to_them(filled: Book, tmp_path: Path) -> None:
    for name, label in (("budget", "预算"), ("phone", "电话")):  # a label that another column has
        do(filled, "field.define", record="customer", name=name, label=label, kind="text")
    do(filled, "customer.update", customer="C1", fields={"budget": "1", "phone": "2"})
    path = export(filled, tmp_path / "x.xlsx")
    with Book.create(tmp_path / "other.db", name="other") as empty:
        told = [note.message for note in take(empty, path).notes]
        assert len(told) == 2
        assert all("field.define" in sentence for sentence in told)
        assert "“预算” first" in told[0]
        assert "“phone” first" in told[1]
        for name, label in (("budget", "预算"), ("phone", "电话")):
            do(empty, "field.define", record="customer", name=name, label=label, kind="text")
        result = take(empty, path, mode="upsert")
        assert (result.notes, result.updated_count, result.failed_count) == ((), 1, 0)
        require_clean(empty)


def test_what_a_closed_dictionary_refuses_stops_its_row_only(filled: Book, tmp_path: Path) -> None:
    do(filled, "dictionary.add", dictionary="role", name="buyer")
    do(filled, "dictionary.update", dictionary="role", open=False)
    path = export(filled, tmp_path / "x.xlsx")
    edit(path, "Customers", ("C1", "Phone", "021-9"))
    edit(path, "Contacts", ("李", "Role", "cook"), ("王", "Role", "buyer"))
    append(path, "Customers", Code="C3", Name="丙")
    append(path, "Contacts", Customer="C3", Name="孙", Role="cook")
    before = dump(filled)
    result = take(filled, path, mode="upsert")
    assert [(problem.sheet, problem.column) for problem in result.errors] == [("Contacts", "Role")] * 2
    assert (result.created_count, result.updated_count) == (1, 2)
    do(filled, "import.undo", batch=result.batch)
    assert dump(filled) == before
    require_clean(filled)


def test_a_contact_that_is_in_use_stays(filled: Book, tmp_path: Path) -> None:
    path = append(export(filled, tmp_path / "x.xlsx"), "Contacts", Customer="C1", Name="赵")
    batch = take(filled, path, mode="upsert").batch
    with filled.read() as connection:
        contact = next(row.id for row in connection.execute(_contacts()) if row.name == "赵")
    do(filled, "activity.log", customer="C1", kind="call", contact=contact, text="hello")
    with pytest.raises(CrmdeskError, match="C1 · 赵"):
        do(filled, "import.undo", batch=batch)
    do(filled, "contact.anonymise", contact=contact, reason="asked")
    with filled.read() as connection:
        kept = [row.before for row in connection.execute(import_record.select())]
    assert not any("赵" in text for text in kept)


def _contacts() -> Any:
    from crmdesk.models.tables.customers import contact

    return contact.select()


def test_a_row_or_cell_that_is_gone_takes_nothing_away(filled: Book, tmp_path: Path) -> None:
    path = export(filled, tmp_path / "x.xlsx")
    workbook = openpyxl.load_workbook(path)
    for page in workbook:
        page.delete_rows(3, 2)
    workbook["Customers"]["C2"].value = None
    workbook.remove(workbook["Tags"])
    workbook.save(path)
    before = dump(filled)
    assert take(filled, path, mode="upsert").batch is None
    assert dump(filled) == before


def test_an_undo_names_what_was_changed_since(filled: Book, tmp_path: Path) -> None:
    path = export(filled, tmp_path / "x.xlsx")
    edit(path, "Contacts", ("李", "Mobile", "0139"))
    batch = take(filled, path, mode="update").batch
    with filled.read() as connection:
        contact = next(row.id for row in connection.execute(_contacts()) if row.name == "李")
    do(filled, "contact.update", contact=contact, mobile="0140")
    before = dump(filled)
    with pytest.raises(CrmdeskError, match="C1 · 李") as refused:
        do(filled, "import.undo", batch=batch)
    assert refused.value.code == "batch_in_use"
    assert dump(filled) == before
    do(filled, "contact.update", contact=contact, mobile="0139")
    do(filled, "import.undo", batch=batch)
    require_clean(filled)


def test_refused_rows_say_where_and_why(filled: Book, tmp_path: Path) -> None:
    path = export(filled, tmp_path / "x.xlsx")
    append(path, "Contacts", Customer="C9", Name="nobody's")
    append(path, "Contacts", Customer="C2")
    append(path, "Customers", Code="C1", Name="twice")
    append(path, "Customers", Code="C4")
    append(path, "Tags", Customer="C4", Tag="t")
    append(path, "Categories", Category_tree="渠道", Category="a//b")
    edit(path, "Addresses", ("s1", "Customer", "C2"))
    errors = tmp_path / "errors.xlsx"
    result = take(filled, path, mode="upsert", errors_path=errors)
    found = {(problem.sheet, str(problem.code)) for problem in result.errors}
    assert found == {
        ("Contacts", "customer_missing"),
        ("Contacts", "required"),
        ("Customers", "duplicate_in_file"),
        ("Customers", "required"),
        ("Tags", "customer_missing"),
        ("Categories", "required"),
        ("Addresses", "other_customer"),
    }
    assert all(problem.row and problem.message for problem in result.errors)
    assert openpyxl.load_workbook(errors).sheetnames == [
        *("Customers", "Contacts", "Addresses", "Categories", "Tags")
    ]
    # corrected there and imported again
    edit(errors, "Contacts", ("nobody's", "Customer", "C2"))
    again = take(filled, errors, mode="upsert")
    assert again.created_count == 1
    require_clean(filled)


def test_an_address_whose_code_contradicts_its_names_stops_its_row_only(filled: Book, tmp_path: Path) -> None:
    path = export(filled, tmp_path / "x.xlsx")
    edit(path, "Addresses", ("s1", "Region code", "440305"), ("s1", "Province", "北京市"))
    edit(path, "Addresses", ("s2", "Region code", "440305"), ("s2", "City", "深圳"))
    append(path, "Customers", Code="C6", Name="new")
    append(path, "Addresses", Customer="C6", Region_code="440305", District="浦东新区")
    result = take(filled, path, mode="upsert")
    assert [(problem.sheet, str(problem.code)) for problem in result.errors] == [
        ("Addresses", "region_differs"),
        ("Addresses", "region_differs"),
    ]
    assert counts(result)[:2] == (1, 1)
    edit(path, "Addresses", ("s1", "Province", "广东省"), ("浦东新区", "District", "南山区"))
    assert take(filled, path, mode="upsert").errors == ()
    edit(path, "Addresses", ("s1", "Province", "北京市"))  # the code is the one that the book has by now
    again = take(filled, path, mode="upsert")
    assert [str(problem.code) for problem in again.errors] == ["region_differs"]
    require_clean(filled)


def test_modes(filled: Book, tmp_path: Path) -> None:
    path = edit(export(filled, tmp_path / "x.xlsx"), "Customers", ("C1", "Name", "other"))
    append(path, "Customers", Code="C5", Name="new")
    before = dump(filled)
    dry = take(filled, path, mode="upsert", is_dry_run=True)
    assert (counts(dry)[:2], dry.batch) == ((1, 1), None)
    assert take(filled, path, mode="upsert", is_all_or_nothing=True, is_dry_run=True).failed_count == 0
    assert dump(filled) == before
    create = take(filled, path, is_dry_run=True)
    assert [str(problem.code) for problem in create.errors] == ["duplicate_differs"]
    update = take(filled, path, mode="update", is_dry_run=True)
    assert ([str(problem.code) for problem in update.errors], update.updated_count) == (["not_found"], 1)
    refused = take(filled, path, is_all_or_nothing=True)
    assert (refused.failed_count, refused.batch) == (2, None)
    assert dump(filled) == before


def test_a_file_that_is_no_archive_is_refused(
    book: Book, tmp_path: Path, table_file: Callable[..., Path]
) -> None:
    with pytest.raises(CrmdeskError) as refused:
        take(book, table_file("code|name", "C1|x"))
    assert refused.value.code == "no_table"
    workbook = openpyxl.Workbook()
    workbook["Sheet"].append(["a", "b"])
    workbook.save(tmp_path / "other.xlsx")
    with pytest.raises(CrmdeskError) as refused:
        take(book, tmp_path / "other.xlsx")
    assert refused.value.code == "sheet_unknown"


def test_one_sheet_of_an_archive_is_read_by_its_name(filled: Book, tmp_path: Path) -> None:
    path = export(filled, tmp_path / "archive.xlsx")
    titles = list(rows_of(path))
    with pytest.raises(CrmdeskError) as refused:
        take(filled, path, sheet="Nope")
    assert refused.value.code == "sheet_unknown"
    assert all(title in refused.value.message for title in ("Nope", *titles))
    whole, part = take(filled, path), take(filled, path, sheet=f" {titles[0].upper()}")
    assert whole.read_count > part.read_count == len(rows_of(path)[titles[0]]) - 1
    assert part.notes == ()


def test_the_same_by_the_command_line(
    filled: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = str(filled.path), tmp_path / "other.db"
    filled.close()
    out = str(tmp_path / "archive.xlsx")
    assert main(["export", path, "--format", "archive", "--out", out]) == 0
    Book.create(other, name="other").close()
    capsys.readouterr()
    assert main(["import", "archive", out, "--book", str(other), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["failed"] == 0
    assert first["created"] > 10
    assert main(["import", "archive", out, "--book", str(other), "--mode", "upsert", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["batch"] is None
    assert main(["undo-import", first["batch"], "--book", str(other), "--json"]) == 0
    capsys.readouterr()
    assert main(["check", str(other)]) == 0


def test_what_would_change_is_told_cell_by_cell(book: Book, tmp_path: Path) -> None:
    """A trial says which cell of whom says otherwise, and with what; the same file says nothing."""
    do(
        book,
        "customer.create",
        code="C1",
        name="甲",
        credit_limit="1000",
        contacts=[{"name": "王", "mobile": "138"}],
        categories=[{"dimension": "行业", "path": "零售"}],
    )
    path = export(book, tmp_path / "archive.xlsx")
    same = take(book, path, mode="upsert", is_dry_run=True)
    assert (same.differences, same.difference_count) == ((), 0)
    edit(path, "Customers", ("C1", "Name", "甲二"), ("C1", "Credit limit", 2500), ("C1", "Active", "no"))
    edit(path, "Contacts", ("王", "Mobile", "139"))
    append(path, "Contacts", Customer="C1", Name="李")
    append(path, "Tags", Tag="新", Customer="C1")
    found = take(book, path, mode="upsert", is_dry_run=True)
    told = [(one.sheet, one.code, one.field, one.before, one.after) for one in found.differences]
    assert told == [
        ("Customers", "C1", "Name", "甲", "甲二"),
        ("Customers", "C1", "Credit limit", "1000.00", "2500.00"),
        ("Customers", "C1", "Active", "Yes", "No"),
        ("Contacts", "C1", "Mobile", "138", "139"),
        ("Contacts", "C1", "", "", "李"),
        ("Tags", "C1", "", "", "新"),
    ]
    assert found.difference_count == 6
    assert take(book, path, mode="upsert").difference_count == 6
    assert take(book, path, mode="upsert").difference_count == 0


def test_an_archive_of_some_customers_has_theirs_only(book: Book, tmp_path: Path) -> None:
    for code, tag in (("C1", "甲签"), ("C2", "乙签")):
        do(
            book,
            "customer.create",
            code=code,
            name=code,
            contacts=[{"name": f"{code} contact"}],
            categories=[{"dimension": "行业", "path": code}],
            tags=[tag],
        )
    with book.read() as connection:
        chosen = [connection.execute(select(customer.c.id).where(customer.c.code == "C2")).scalar_one()]
        path = archive.write(connection, tmp_path / "some.xlsx", chosen)
    workbook = openpyxl.load_workbook(path)
    texts = {str(cell.value) for page in workbook for row in page.iter_rows(min_row=2) for cell in row}
    assert not {"C1", "C1 contact", "甲签"} & texts
    assert {"C2", "C2 contact", "乙签"} <= texts
    assert take(book, path, mode="upsert").created_count == 0
