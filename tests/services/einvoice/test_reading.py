"""Electronic invoices that come in: each form, what is hostile or broken, and the request that a file answers."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import check, use_cases
from crmdesk.services.book import Book
from crmdesk.services.documents import fonts
from crmdesk.services.einvoice import files, reading
from crmdesk.services.einvoice.reading import ReadInvoice
from tests.services.einvoice.test_writing import line, make_shop

NUMBER = "24312000000012345678"
DIGITAL = f"""<?xml version="1.0" encoding="UTF-8"?>
<EInvoice><Header><EIid>{NUMBER}</EIid><EInvoiceTag>SWEI3200</EInvoiceTag><InherentLabel>
<GeneralOrSpecialVAT><LabelCode>01</LabelCode><LabelName>增值税专用发票</LabelName></GeneralOrSpecialVAT>
</InherentLabel></Header><EInvoiceData>
<SellerInformation><SellerIdNum>91350100M000100Y43</SellerIdNum><SellerName>鼎晟建材</SellerName></SellerInformation>
<BuyerInformation><BuyerIdNum>91310000631696382C</BuyerIdNum><BuyerName>上海买方有限公司</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>300.00</TotalAmWithoutTax><TotalTaxAm>39.00</TotalTaxAm>
<TotalTax-includedAmount>339.00</TotalTax-includedAmount><RequestTime>2026-06-05 10:00:00</RequestTime>
</BasicInformation><IssuItemInformation><ItemName>*涂料*油漆</ItemName><MeaUnits>桶</MeaUnits><Quantity>3</Quantity>
<UnPrice>100</UnPrice><Amount>300.00</Amount><TaxRate>0.13</TaxRate><ComTaxAm>39.00</ComTaxAm></IssuItemInformation>
</EInvoiceData><TaxSupervisionInfo><InvoiceNumber>{NUMBER}</InvoiceNumber><IssueTime>2026-06-05</IssueTime>
</TaxSupervisionInfo></EInvoice>"""
CONTROL = """<?xml version="1.0" encoding="UTF-8"?>
<fp:eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019"><fp:InvoiceCode>031001900111</fp:InvoiceCode>
<fp:InvoiceNo>12345678</fp:InvoiceNo><fp:IssueDate>2026年06月05日</fp:IssueDate>
<fp:Buyer><fp:BuyerName>上海买方有限公司</fp:BuyerName><fp:BuyerTaxID>91310000631696382C</fp:BuyerTaxID></fp:Buyer>
<fp:Seller><fp:SellerName>鼎晟建材</fp:SellerName><fp:SellerTaxID>91350100M000100Y43</fp:SellerTaxID></fp:Seller>
<fp:GoodsInfos><fp:GoodsInfo><fp:Item>油漆</fp:Item><fp:Quantity>3</fp:Quantity><fp:Amount>300.00</fp:Amount>
<fp:TaxScheme>13%</fp:TaxScheme><fp:TaxAmount>39.00</fp:TaxAmount></fp:GoodsInfo></fp:GoodsInfos>
<fp:TaxExclusiveTotalAmount>300.00</fp:TaxExclusiveTotalAmount><fp:TaxTotalAmount>39.00</fp:TaxTotalAmount>
<fp:TaxInclusiveTotalAmount>339.00</fp:TaxInclusiveTotalAmount></fp:eInvoice>"""
OFD_HEAD = '<?xml version="1.0"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"><ofd:DocBody>{}</ofd:DocBody></ofd:OFD>'
CUSTOM = "".join(
    f'<ofd:CustomData Name="{name}">{value}</ofd:CustomData>'
    for name, value in (
        ("发票号码", NUMBER),
        ("开票日期", "2026年06月05日"),
        ("合计金额", "300.00"),
        ("合计税额", "39.00"),
        ("购买方纳税人识别号", "91310000631696382C"),
        ("销售方纳税人识别号", "91350100M000100Y43"),
    )
)


def ofd(path: Path, head: str = "", **parts: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("OFD.xml", OFD_HEAD.format(head))
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def printed(path: Path, *lines: str) -> Path:
    from reportlab.pdfgen.canvas import Canvas

    fonts.face()
    canvas = Canvas(str(path))
    canvas.setFont(fonts.REGULAR, 10)
    for at, text in enumerate(lines):
        canvas.drawString(40, 800 - 20 * at, text)
    canvas.save()
    return path


FORMS = ("xml", "gbk", "ofd", "ofd_head", "pdf")


def make(form: str, folder: Path) -> Path:
    path = folder / f"some.{form[:3]}"
    if form == "xml":
        path.write_text(DIGITAL, encoding="utf-8")
    elif form == "gbk":
        path.write_bytes(DIGITAL.replace("UTF-8", "GBK").encode("gbk"))
    elif form == "ofd":
        ofd(path, **{"Doc_0/Attachs/original_invoice.xml": CONTROL})
    elif form == "ofd_head":
        ofd(path, CUSTOM)
    else:
        printed(path, "电子发票（增值税专用发票）", f"发票号码：{NUMBER}", "开票日期：2026年06月05日",
                "名称：上海买方有限公司", "统一社会信用代码/纳税人识别号：91310000631696382C", "名称：鼎晟建材",
                "统一社会信用代码/纳税人识别号：91350100M000100Y43", "合 计 ¥300.00 ¥39.00",
                "价税合计（大写）叁佰叁拾玖圆整 （小写）¥339.00")  # fmt: skip
    return path


@pytest.mark.parametrize("form", FORMS)
def test_each_form_says_the_same(form: str, tmp_path: Path) -> None:
    found = reading.read_file(make(form, tmp_path))
    assert (found.net, found.tax, found.total) == (Decimal("300"), Decimal("39"), Decimal("339"))
    assert (found.buyer_tax_number, found.seller_tax_number) == ("91310000631696382C", "91350100M000100Y43")
    assert found.dated_on == date(2026, 6, 5)
    assert (found.code, found.number) == (("031001900111", "12345678") if form == "ofd" else ("", NUMBER))
    if form in ("xml", "gbk", "ofd"):
        assert (found.lines[0].net, found.lines[0].tax_rate) == (Decimal("300"), Decimal("0.13"))
        assert found.buyer == "上海买方有限公司"


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><EInvoice>&b;</EInvoice>'


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bomb.xml", BOMB, "file_hostile"),
        ("cut.xml", DIGITAL.encode()[:900], "file_damaged"),
        ("other.xml", b"<html><body>x</body></html>", "einvoice_unreadable"),
        ("text.txt", b"hello", "einvoice_unreadable"),
        ("empty.xml", b"", "file_empty"),
        ("sum.xml", DIGITAL.replace("339.00", "340.00").encode(), "einvoice_unreadable"),
        ("none.xml", DIGITAL.replace("339.00", "").encode(), "einvoice_unreadable"),
        ("nan.xml", DIGITAL.replace("339.00", "NaN").encode(), "einvoice_unreadable"),
        ("cut.pdf", b"%PDF-1.4\nnothing", "file_damaged"),
        ("cut.ofd", b"PK\x03\x04nothing", "file_damaged"),
    ],
)
def test_what_is_broken_or_hostile_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CrmdeskError) as caught:
        reading.read_file(path)
    assert caught.value.code == code
    assert name in caught.value.message


def test_zip_bombs_and_entities_in_an_ofd(tmp_path: Path) -> None:
    huge = ofd(tmp_path / "huge.ofd", **{"Doc_0/Attachs/original_invoice.xml": " " * 50_000_000})
    entities = ofd(tmp_path / "entities.ofd", **{"Doc_0/Attachs/original_invoice.xml": BOMB.decode()})
    plain = tmp_path / "plain.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "x")
    codes = []
    for path in (huge, entities, plain):
        with pytest.raises(CrmdeskError) as caught:
            reading.read_file(path)
        codes.append(str(caught.value.code))
    assert codes == ["file_hostile", "file_hostile", "is_archive"]


def test_what_we_write_is_read_back(tmp_path: Path) -> None:
    with make_shop(tmp_path / "de.crmdesk") as book:
        made = use_cases.run(book, "invoice.issue", {"customer": "K", "date": "2026-05-01", "discount": {"rate": "0.1"},
                             "lines": [line(), line("5.55", tax_rate="0.07")]})  # fmt: skip
        for form in files.FORMS:
            path = tmp_path / f"out{form}{files.SUFFIXES[form]}"
            with book.read() as connection:
                path.write_bytes(files.make(connection, "invoice", made["number"], form, language="en"))
            found = reading.read_file(path)
            assert (found.number, found.dated_on) == (made["number"], date(2026, 5, 1))
            assert [str(found.net), str(found.tax), str(found.total)] == [
                made["net"],
                made["tax"],
                made["total"],
            ]
            assert (found.seller_tax_number, len(found.lines)) == ("DE123456789", 2)


def test_the_files_of_others(shared_data: Path) -> None:
    """Every file: the standard's sums as a plain search of its text finds them, or a refusal."""
    paths = sorted((shared_data / "einvoice").glob("*.xml"))
    if not paths:
        pytest.skip("no electronic invoices among the real-world files")
    for path in paths:
        found = reading.read_file(path)
        root = ET.parse(path).getroot()
        is_ubl = found.format == "ubl"
        for name, value in (
            ("LineExtensionAmount" if is_ubl else "LineTotalAmount", found.line_total),
            ("TaxExclusiveAmount" if is_ubl else "TaxBasisTotalAmount", found.net),
            ("TaxInclusiveAmount" if is_ubl else "GrandTotalAmount", found.total),
            ("PayableAmount" if is_ubl else "DuePayableAmount", found.payable),
        ):
            tag = "LegalMonetaryTotal" if is_ubl else "SpecifiedTradeSettlementHeaderMonetarySummation"
            sums = next(node for node in root.iter() if node.tag.endswith("}" + tag))
            wanted = next(node.text for node in sums if node.tag.endswith("}" + name))
            assert value == Decimal(str(wanted)), (path.name, name)
        assert found.lines
        assert found.seller
        assert found.buyer


def test_a_file_finds_its_request_and_is_issued(book: Book, tmp_path: Path) -> None:
    def run(use_case: str, /, **arguments: Any) -> dict[str, Any]:
        return use_cases.run(book, use_case, arguments, actor="test")

    buyer = {"tax_number": "91310000631696382C", "name": "上海买方有限公司"}
    for code, more in (("A", buyer), ("B", {"name": "Other"})):
        run("customer.create", code=code, **more)
        for tail, price in (("1", "100.00"), ("2", "50.00")):
            run("invoice.issue", customer=code, date="2026-06-01", number=code + tail,
                lines=[{"description": "x", "quantity": "3", "unit_price": price, "tax_rate": "0.13"}])  # fmt: skip
            run("fapiao.request", customer=code, invoices=[{"invoice": code + tail}])
    found = reading.read_file(make("xml", tmp_path))

    def matched(read: ReadInvoice) -> reading.Match:
        with book.read() as connection:
            return reading.match(connection, read)

    first = matched(found)
    assert first.chosen == "FR-2026-0001"
    assert [(one.request, one.reason) for one in first.candidates] == [
        ("FR-2026-0001", "buyer_total"),
        ("FR-2026-0003", "total"),
        ("FR-2026-0002", "buyer"),
    ]
    made = run("fapiao.issue", **reading.issue_arguments(found, first.chosen))
    assert made["total"] == "339.00"
    assert matched(found).chosen == "", "its request is issued; what is left agrees only in part"
    assert check.run(book)["clean"]
