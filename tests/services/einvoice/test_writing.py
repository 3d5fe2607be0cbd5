"""Our electronic invoices: schema, schematron, and the standard's sums equal to ours."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.services.einvoice import cii, files, ubl
from crmdesk.services.einvoice.gather import gather
from tests.services.einvoice.judges import complaints


def run(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments, actor="test")


def make_shop(path: Path, rounding: str = "document") -> Book:
    book = Book.create(path, name="Farben GmbH", country="DE", currency="EUR", rounding=rounding)
    run(book, "company.update", tax_number="DE123456789", address="Hauptstr. 1", city="Bonn", postal_code="53111",
        bank_account="DE89 3704 0044 0532 0130 00", phone="+49 228 1", email="a@example.com")  # fmt: skip
    run(book, "customer.create", code="K", name="Käufer & Söhne <KG>", tax_number="FR12345678901",
        addresses=[{"country": "Frankreich", "city": "Paris", "street": "Rue 1", "postal_code": "75001"}])  # fmt: skip
    return book


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    with make_shop(tmp_path / "de.crmdesk") as book:
        yield book


def line(price: str = "100.00", **more: Any) -> dict[str, Any]:
    return {"description": "Paint", "quantity": "3", "unit_price": price, "tax_rate": "0.19"} | more


def both(book: Book, kind: str, number: str) -> tuple[bytes, bytes]:
    with book.read() as connection:
        found = gather(connection, kind, number)
    return ubl.write(found), cii.write(found)


def one(xml: bytes, name: str) -> str:
    """The text of the first element of that local name."""
    return next(str(node.text) for node in etree.fromstring(xml).iter(f"{{*}}{name}"))


def test_an_invoice_and_its_credit_note(shop: Book) -> None:
    run(shop, "product.create", code="P1", name="Lack", unit="kg", price="12.50", tax_rate="0.07")
    number = run(shop, "invoice.issue", customer="K", date="2026-05-01", due="2026-05-31", reference="PO-7",
                 discount={"rate": "0.03"}, note="Danke schön",
                 lines=[line(discount={"amount": "10.00"}), {"product": "P1", "quantity": "2.5"},
                        line("11.90", tax_included=True), line("-5.00", kind="return", quantity="1"),
                        line(tax_rate="0"), line(tax_rate=None, tax_kind="exempt")])["number"]  # fmt: skip
    note = run(shop, "credit.issue", customer="K", invoice=number, date="2026-05-02", reason="returned",
               lines=[line("20.00")])["number"]  # fmt: skip
    for kind, name in (("invoice", number), ("credit-note", note)):
        for xml in both(shop, kind, name):
            assert complaints(xml) == []
    assert "Käufer &amp; Söhne" in both(shop, "invoice", number)[0].decode()


def test_out_of_scope_stands_alone_and_without_a_vat_number(shop: Book) -> None:
    outside = line(tax_rate=None, tax_kind="out_of_scope")
    number = run(shop, "invoice.issue", customer="K", lines=[outside, line()])["number"]
    with pytest.raises(CrmdeskError, match="BT-118"):
        both(shop, "invoice", number)
    run(shop, "company.update", registration_number="HRB 1")
    number = run(shop, "invoice.issue", customer="K", lines=[outside])["number"]
    for xml in both(shop, "invoice", number):
        assert complaints(xml) == []


def test_each_missing_field_is_named_and_nothing_written(shop: Book, tmp_path: Path) -> None:
    run(shop, "company.update", clear=["tax_number"])
    run(shop, "customer.create", code="N", name="Nowhere")
    number = run(shop, "invoice.issue", customer="N", lines=[line()])["number"]
    shop.close()
    out = tmp_path / "out.xml"
    command = [sys.executable, "-m", "crmdesk", "print", "invoice", number, str(tmp_path / "de.crmdesk")]
    done = subprocess.run(
        [*command, "--einvoice", "ubl", "--out", str(out)],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "BT-31" in done.stderr
    assert "BT-55" in done.stderr
    assert not out.exists()


def test_void_is_refused(shop: Book) -> None:
    number = run(shop, "invoice.issue", customer="K", lines=[line()])["number"]
    run(shop, "invoice.void", invoice=number, reason="x")
    with pytest.raises(CrmdeskError) as caught:
        both(shop, "invoice", number)
    assert caught.value.code == "reversed"


def test_the_pdf_carries_the_xml_and_claims_nothing(shop: Book) -> None:
    import facturx
    import pikepdf

    number = run(shop, "invoice.issue", customer="K", lines=[line()])["number"]
    with shop.read() as connection:
        made = files.make(connection, "invoice", number, files.FACTURX, language="en")
        again = files.make(connection, "invoice", number, files.FACTURX, language="en")
    assert made == again
    name, xml = facturx.get_xml_from_pdf(made, check_xsd=True)
    assert name == "factur-x.xml"
    assert xml
    assert complaints(xml) == []
    opened = pypdfium2.PdfDocument(made)
    assert opened.count_attachments() == 1
    assert number in opened[0].get_textpage().get_text_range()
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert pdf.Root.AF[0].AFRelationship == pikepdf.Name.Alternative
        with pdf.open_metadata() as metadata:
            assert "pdfaid" not in str(metadata)
            assert "CrossIndustryDocument" in str(metadata)


def test_the_command_line_writes_each_form(shop: Book, tmp_path: Path) -> None:
    number = run(shop, "invoice.issue", customer="K", lines=[line()])["number"]
    shop.close()
    for form in files.FORMS:
        out = tmp_path / f"{form}.out"
        command = [sys.executable, "-m", "crmdesk", "print", "invoice", number, str(tmp_path / "de.crmdesk")]
        done = subprocess.run(
            [*command, "--einvoice", form, "--out", str(out)],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert out.stat().st_size > 1000


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "description": st.just("x"),
            "quantity": st.sampled_from(["1", "3", "0.333333", "12.5"]),
            "unit_price": st.integers(1, 99_999_99).map(lambda minor: f"{minor // 100}.{minor % 100:02d}"),
            "tax_included": st.booleans(),
        },
        optional={"discount": st.sampled_from([{"rate": "0.1"}, {"rate": "0.333"}])},
    ).flatmap(
        lambda made: st.sampled_from(
            [{"tax_rate": "0.19"}, {"tax_rate": "0.07"}, {"tax_rate": "0"}, {"tax_kind": "exempt"}]
        ).map(lambda tax: made | tax)
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40)
@given(lines=LINES, discount=st.sampled_from([None, {"rate": "0.05"}, {"rate": "0.3333"}]))
@pytest.mark.parametrize("rounding", ["line", "document"])
def test_the_sums_of_the_standard_are_ours(
    rounding: str, lines: list[Any], discount: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    book = _shops.get(rounding)
    if book is None:
        book = _shops[rounding] = make_shop(tmp_path_factory.mktemp("sums") / "x.crmdesk", rounding)
    made = run(
        book, "invoice.issue", customer="K", lines=lines, **({"discount": discount} if discount else {})
    )
    for xml in both(book, "invoice", made["number"]):
        assert complaints(xml) == [], json.dumps(lines)
        is_ubl = b"LegalMonetaryTotal" in xml
        names = (
            ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount")
            if is_ubl
            else ("LineTotalAmount", "TaxBasisTotalAmount", "GrandTotalAmount", "DuePayableAmount")
        )
        root = etree.fromstring(xml)
        tag = "LegalMonetaryTotal" if is_ubl else "SpecifiedTradeSettlementHeaderMonetarySummation"
        sums = next(root.iter(f"{{*}}{tag}"))
        found = [str(sums.findtext(f"{{*}}{name}")) for name in names]
        assert found == [made["net"], made["net"], made["total"], made["total"]]
        assert one(xml, "TaxAmount" if is_ubl else "TaxTotalAmount") == made["tax"]
        net = [Decimal(str(node.text)) for node in root.iter("{*}BasisAmount", "{*}TaxableAmount")]
        assert sum(net) == Decimal(made["net"])


_shops: dict[str, Book] = {}


def test_the_judges_see_what_is_wrong(shop: Book) -> None:
    number = run(shop, "invoice.issue", customer="K", lines=[line()])["number"]
    for xml in both(shop, "invoice", number):
        for good, bad in (
            (b">S<", b">Q<"),
            (b">357.00<", b">358.00<"),
            (number.encode() + b"<", b"<"),
            (b"FR", b"XX"),
        ):
            assert good in xml
            assert complaints(xml.replace(good, bad)), (good, bad)
