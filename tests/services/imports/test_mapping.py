"""Which column is which field: guessed, said in a file, remembered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services.book import Book
from crmdesk.services.imports import kinds, mapping, run
from crmdesk.services.imports.mapping import from_plain
from crmdesk.services.imports.results import ImportOptions, ImportResult
from tests.services.imports.conftest import codes_of, counts

Take = Callable[..., ImportResult]
TREES = ("行业", "地区")


def guessed(kind_name: str, header: list[str]) -> dict[str, str]:
    """field -> header"""
    kind = kinds.find(kind_name)
    entries = kinds.columns_of(kind, TREES, header, mapping.EMPTY)
    return {name: header[index] for name, index in mapping.propose(header, entries).by_name.items()}


@pytest.mark.parametrize(
    ("kind", "pairs"),
    [
        ("customers", "编号=code|单位名称=name|联系人=contact_name|手机=phone"),
        ("customers", "客户全称=name|电话=phone|手机号=contact_mobile"),
        ("customers", "公司名称=name|姓名=contact_name"),
        ("customers", "行业=category:行业|Category=category|名称=name"),
        ("customers", "*客户名称=name|纳税人识别号（税号）=tax_number"),
        ("customers", "Company Name=name|E-Mail=email|ZIP code=address_postal_code"),
        ("products", "货号=code|品名=name|规格型号=specification|售价=price"),
        (
            "products",
            "ProductID=code|ProductName=name|CategoryName=category|QuantityPerUnit=specification"
            "|UnitPrice=price|Discontinued=off_sale",
        ),
        (
            "invoices",
            "OrderID=number|CustomerID=customer|OrderDate=date|RequiredDate=due|ProductName=description"
            "|UnitPrice=unit_price|Quantity=quantity|Discount=discount",
        ),
        (
            "invoices",
            "单据编号=number|客户名称=customer|开票日期=date|不含税金额=net|税额=tax|价税合计=total",
        ),
        ("invoices", "Invoice No=number|Client=customer|Date=date|Tax %=tax_rate|Tax=tax|Amount=amount"),
        (
            "payments",
            "收款日期=date|客户名称=customer|收款金额=amount|收款方式=method|流水号=reference|手续费=fee",
        ),
        ("payments", "Date=date|Customer=customer|Amount=amount|Invoice Number=invoice"),
        ("opening-balances", "客户编码=customer|期初余额=amount|币种=currency"),
    ],
)
def test_headers_in_both_languages(kind: str, pairs: str) -> None:
    expected = dict(reversed(pair.split("=")) for pair in pairs.split("|"))
    assert guessed(kind, list(expected.values())) == expected


def test_every_name_of_a_field_is_found_alone() -> None:
    """No alias of a kind means two fields at once, but for those that stand beside another column."""
    for kind in kinds.KINDS.values():
        seen: dict[str, str] = {}
        for entry in kind.columns:
            for name in (entry.name, *entry.aliases):
                normal = mapping.normalise_name(name)
                first = seen.setdefault(normal, entry.name)
                if first != entry.name:
                    assert guessed(kind.name, [name]).keys() == {first}, (kind.name, name)


def test_columns_said_either_way_round(book: Book, take: Take) -> None:
    for given in (
        {"Wer": "name", "Nr": "code"},
        {"name": "Wer", "code": "Nr"},
        {"columns": {"wer": "name", "NR": "code"}},
    ):
        result = take(book, "customers", "Nr|Wer|name", "A|Anna|x", mapping=given, is_dry_run=True)
        assert counts(result) == (1, 0, 0, 0)
    left_out = take(
        book, "customers", "code|name|phone", "A|Anna|12345", mapping={"phone": None, "name": "name"}
    )
    assert "phone" not in str(left_out.notes)


def test_defaults_and_options(book: Book, take: Take) -> None:
    take(book, "customers", "code|name", "A|Anna")
    result = take(
        book,
        "opening-balances",
        "who|amount|on",
        "A|1.234|01/02/2026",
        "A|5|",
        mapping={
            "columns": {"who": "customer", "on": "date"},
            "defaults": {"currency": "USD", "date": "2026-01-01"},
            "options": {"decimal": ",", "dates": "day_first"},
        },
    )
    assert counts(result) == (2, 0, 0, 0)
    from tests.services.imports.conftest import balances_of

    assert balances_of(book) == {"A": "1239.00"}
    undecided = take(book, "opening-balances", "customer|amount|date", "A|1,234|2026-01-01", "A|5|01/02/2026")
    assert codes_of(undecided) == [(2, "number_ambiguous"), (3, "date_ambiguous")]


@pytest.mark.parametrize(
    "given",
    [
        [],
        {"columns": {"Nr": "nonsense"}},
        {"columns": {"Nope": "name", "name": "name"}},
        {"columns": {"code": 5}},
        {"columns": {"code": "name", "name": "name"}},
        {"defaults": {"nonsense": "1"}},
        {"defaults": {"credit_limit": "abc"}},
        {"options": {"decimal": ";"}},
        {"options": {"header_row": 0}},
        {"options": {"speed": "fast"}},
        {"columns": {}, "colour": {}},
    ],
)
def test_a_wrong_mapping_is_refused(book: Book, take: Take, given: object) -> None:
    with pytest.raises(CrmdeskError) as caught:
        take(book, "customers", "code|name", "A|Anna", mapping=given)
    assert caught.value.code == "mapping_invalid"


def test_a_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(
        json.dumps({"columns": {"单位": "name"}, "options": {"header_row": 3}}), encoding="utf-8-sig"
    )
    read = mapping.read_file(path)
    assert (read.columns, read.header_row) == ({"单位": "name"}, 3)
    assert from_plain(read.as_plain()) == read
    path.write_bytes(b"\xff{")
    with pytest.raises(CrmdeskError) as caught:
        mapping.read_file(path)
    assert caught.value.code == "mapping_invalid"
    with pytest.raises(CrmdeskError) as caught:
        mapping.read_file(tmp_path / "none.json")
    assert caught.value.code == "file_missing"


def test_a_mapping_is_remembered_for_the_same_header(
    book: Book, take: Take, table_file: Callable[..., Path]
) -> None:
    rows = ("Nr|Wer", "A|Anna")
    with pytest.raises(CrmdeskError):
        take(book, "customers", *rows)
    dry = take(book, "customers", *rows, mapping={"Nr": "code", "Wer": "name"}, is_dry_run=True)
    assert counts(dry) == (1, 0, 0, 0)
    assert book.settings.import_mappings == {}
    take(book, "customers", *rows, mapping={"Nr": "code", "Wer": "name"})
    again = run.run(book, "customers", table_file("wer|NR", "Bert|B"), ImportOptions())
    assert counts(again) == (1, 0, 0, 0)
    with pytest.raises(CrmdeskError):
        take(book, "products", *rows)


def test_only_so_many_mappings_are_kept() -> None:
    saved: dict[str, object] = {}
    for number in range(mapping.SAVED_MAX + 5):
        saved = mapping.with_saved(saved, "customers", [f"H{number}"], from_plain({f"H{number}": "name"}))
    assert len(saved) == mapping.SAVED_MAX
    assert mapping.saved_for(saved, "customers", ["H0"]) is None
    assert mapping.saved_for(saved, "customers", [f"H{mapping.SAVED_MAX}"]) is not None
    assert mapping.saved_for({mapping.signature("customers", ["a"]): 5}, "customers", ["a"]) is None


def test_unknown_columns_are_told(book: Book, take: Take) -> None:
    result = take(book, "customers", "code|name|shoe size", "A|Anna|38")
    assert [note.column for note in result.notes] == ["shoe size"]
