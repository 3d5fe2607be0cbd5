"""Reads one electronic invoice inside the bound child: fully digital XML (数电), OFD, PDF, UBL, CII.

Gives a plain dictionary of texts; nothing is trusted but what was found. Chinese element names are those of the files
the tax platform hands out (数电: EInvoice; 税控电子: eInvoice inside the OFD).
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from crmdesk.models.errors import Code
from crmdesk.services.imports.containers import Package, declares_doctype
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.limits import Limits

BYTES_MAX = 50_000_000
LINES_MAX = 10_000
PAGES_MAX = 20
_ENCODING = re.compile(rb"""encoding\s*=\s*["'](gbk|gb2312|gb18030)["']""", re.IGNORECASE)

Found = dict[str, Any]


def parse(path: Path, limits: Limits) -> Found:
    """The invoice in a file, whatever its form. Raises ReadFault."""
    size = path.stat().st_size
    if size > BYTES_MAX:
        raise ReadFault(Code.FILE_TOO_LARGE, "size", size=size // 1_000_000, limit=BYTES_MAX // 1_000_000)
    content = path.read_bytes()
    if content[:5] == b"%PDF-":
        found = _pdf(content, limits)
    elif content[:2] == b"PK":
        found = _ofd(path, limits)
    elif content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        found = _xml(content, path.name)
    else:
        raise ReadFault(Code.EINVOICE_UNREADABLE)
    if found is None:
        raise ReadFault(Code.EINVOICE_UNREADABLE)
    _require_sums(found)
    return found


def _root(content: bytes, name: str) -> ET.Element:
    """The parsed tree. A file with a document type is not opened: no entity is ever expanded."""
    declared = _ENCODING.search(content[:200])
    if declared:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise ReadFault(Code.FILE_DAMAGED, "part", part=name) from error
        content = re.sub(r"^<\?xml[^>]*\?>", "", text.lstrip("\ufeff")).encode()
    if declares_doctype(iter([content]), name):
        raise ReadFault(Code.FILE_HOSTILE, "entities", part=name)
    try:
        return ET.fromstring(content)
    except ET.ParseError as error:
        raise ReadFault(Code.FILE_DAMAGED, "part", part=name) from error


def _xml(content: bytes, name: str) -> Found | None:
    root = _root(content, name)
    reader = _READERS.get(_local(root))
    return reader(root) if reader else None


def _local(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _at(node: ET.Element | None, path: str) -> ET.Element | None:
    """The element at a path of local names, whatever their namespaces."""
    for part in path.split("/"):
        if node is None:
            return None
        node = next((child for child in node if _local(child) == part), None)
    return node


def _text(node: ET.Element | None, path: str = "") -> str:
    found = _at(node, path) if path else node
    return "" if found is None or not found.text else found.text.strip()


def _all(node: ET.Element, name: str) -> list[ET.Element]:
    found = [child for child in node.iter() if _local(child) == name]
    if len(found) > LINES_MAX:
        raise ReadFault(Code.FILE_TOO_COMPLEX)
    return found


def _deep(node: ET.Element, *names: str) -> str:
    """The first text of an element of one of these names, anywhere."""
    for name in names:
        for child in node.iter():
            if _local(child) == name and child.text and child.text.strip():
                return child.text.strip()
    return ""


def _number(text: str) -> str:
    """A plain decimal of 1,234.50, ¥1234.5 or (1.00); "" where it is none."""
    cleaned = re.sub(r"[¥￥,\s]", "", text)
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        return ""
    return f"{value:f}" if value.is_finite() and abs(value.adjusted()) < 16 else ""


def _day(text: str) -> str:
    """ISO of 2024-05-06, 20240506, 2024年05月06日; "" for none."""
    found = re.search(r"(\d{4})\D{0,2}(\d{1,2})\D{0,2}(\d{1,2})", text)
    if not found:
        return ""
    year, month, day = (int(part) for part in found.groups())
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _rate(text: str) -> str:
    """A fraction of 13%, 0.13 or 13; "" for 免税 and the like."""
    number = _number(text.rstrip("%"))
    if not number:
        return ""
    value = Decimal(number)
    return f"{(value / 100 if '%' in text or value >= 1 else value).normalize():f}"


# Fully digital (数电), the element EInvoice


def _digital(root: ET.Element) -> Found:
    data = _at(root, "EInvoiceData")
    basic = _at(data, "BasicInformation")
    label = _text(root, "Header/InherentLabel/GeneralOrSpecialVAT/LabelName") or _deep(
        root, "GeneralOrSpecialVAT"
    )
    lines = [
        {
            "name": _text(node, "ItemName"),
            "unit": _text(node, "MeaUnits"),
            "quantity": _number(_text(node, "Quantity")),
            "net": _number(_text(node, "Amount")),
            "tax_rate": _rate(_text(node, "TaxRate")),
            "tax": _number(_text(node, "ComTaxAm")),
        }
        for node in _all(root, "IssuItemInformation")
    ]
    return {
        "format": "digital_xml",
        "kind": "special" if "专用" in label else "ordinary",
        "medium": "digital",
        "number": _text(root, "TaxSupervisionInfo/InvoiceNumber") or _text(root, "Header/EIid"),
        "code": "",
        "date": _day(_text(root, "TaxSupervisionInfo/IssueTime") or _text(basic, "RequestTime")),
        "seller": _text(data, "SellerInformation/SellerName"),
        "seller_tax_number": _text(data, "SellerInformation/SellerIdNum"),
        "buyer": _text(data, "BuyerInformation/BuyerName"),
        "buyer_tax_number": _text(data, "BuyerInformation/BuyerIdNum"),
        "currency": "CNY",
        "net": _number(_text(basic, "TotalAmWithoutTax")),
        "tax": _number(_text(basic, "TotalTaxAm")),
        "total": _number(_text(basic, "TotalTax-includedAmount")),
        "lines": lines,
    }


# Tax control (税控电子), the element eInvoice inside an OFD


def _tax_control(root: ET.Element) -> Found:
    kind = _deep(root, "TypeCode", "InvoiceTypeCode", "InvoiceType")
    lines = [
        {
            "name": _deep(node, "Item"),
            "unit": _deep(node, "MeasurementDimension"),
            "quantity": _number(_deep(node, "Quantity")),
            "net": _number(_deep(node, "Amount")),
            "tax_rate": _rate(_deep(node, "TaxScheme")),
            "tax": _number(_deep(node, "TaxAmount")),
        }
        for node in _all(root, "GoodsInfo")
    ]
    number = _deep(root, "InvoiceNo")
    return {
        "format": "ofd",
        "kind": "special" if "专用" in kind or kind == "028" else "ordinary",
        "medium": "digital" if len(number) == 20 else "electronic",
        "number": number,
        "code": _deep(root, "InvoiceCode"),
        "date": _day(_deep(root, "IssueDate")),
        "seller": _deep(root, "SellerName"),
        "seller_tax_number": _deep(root, "SellerTaxID"),
        "buyer": _deep(root, "BuyerName"),
        "buyer_tax_number": _deep(root, "BuyerTaxID"),
        "currency": "CNY",
        "net": _number(_deep(root, "TaxExclusiveTotalAmount")),
        "tax": _number(_deep(root, "TaxTotalAmount")),
        "total": _number(_deep(root, "TaxInclusiveTotalAmount")),
        "lines": lines,
    }


_CUSTOM = {
    "发票代码": "code",
    "发票号码": "number",
    "开票日期": "date",
    "销售方名称": "seller",
    "销售方纳税人识别号": "seller_tax_number",
    "购买方名称": "buyer",
    "购买方纳税人识别号": "buyer_tax_number",
    "合计金额": "net",
    "合计税额": "tax",
    "价税合计": "total",
}
"""The names under which an OFD of the tax platform states its facts."""


def _ofd(path: Path, limits: Limits) -> Found | None:
    """An OFD: the original invoice among its attachments, else what its head says."""
    with path.open("rb") as file:
        archive = Package(file, limits)
        archive.refuse_entities()
        names = sorted(name for name in archive.parts if name.endswith(".xml"))
        if "ofd.xml" not in archive.parts:
            raise ReadFault(Code.IS_ARCHIVE, format="zip")
        for name in names:
            if "/attachs/" in f"/{name}" or name.endswith("original_invoice.xml"):
                root = _root(archive.read(name), name)
                reader = _READERS.get(_local(root))
                if reader:
                    return reader(root) | {"format": "ofd"}
        head = _root(archive.read("ofd.xml"), "ofd.xml")
    facts: dict[str, str] = {}
    for node in _all(head, "CustomData"):
        key = _CUSTOM.get(node.get("Name", ""))
        if key and node.text:
            facts[key] = node.text.strip()
    return _from_facts(facts, "ofd") if facts.get("number") else None


def _from_facts(facts: dict[str, str], form: str) -> Found:
    net, tax, total = (_number(facts.get(name, "")) for name in ("net", "tax", "total"))
    if not total and net and tax:
        total = f"{Decimal(net) + Decimal(tax):f}"
    if not net and total and tax:
        net = f"{Decimal(total) - Decimal(tax):f}"
    number = facts["number"]
    return {
        "format": form,
        "kind": facts.get("kind", ""),
        "medium": "digital" if len(number) == 20 else "electronic",
        "number": number,
        "code": facts.get("code", ""),
        "date": _day(facts.get("date", "")),
        "seller": facts.get("seller", ""),
        "seller_tax_number": facts.get("seller_tax_number", ""),
        "buyer": facts.get("buyer", ""),
        "buyer_tax_number": facts.get("buyer_tax_number", ""),
        "currency": "CNY",
        "net": net,
        "tax": tax,
        "total": total,
        "lines": [],
    }


# PDF


def _pdf(content: bytes, limits: Limits) -> Found | None:
    """A PDF: an XML inside it first, its text otherwise."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        code = Code.FILE_ENCRYPTED if "password" in str(error).lower() else Code.FILE_DAMAGED
        raise ReadFault(code, "reader" if code is Code.FILE_DAMAGED else "", detail="PDF") from error
    with document:
        for index in range(min(document.count_attachments(), 50)):
            attachment = document.get_attachment(index)
            if attachment.get_name().lower().endswith(".xml"):
                data = bytes(attachment.get_data())
                if len(data) > limits.unpacked_bytes:
                    raise ReadFault(Code.FILE_TOO_LARGE, "memory", limit=limits.memory_bytes // 1_048_576)
                found = _xml(data, attachment.get_name())
                if found is not None:
                    return found
        pages = [document[at].get_textpage().get_text_range() for at in range(min(len(document), PAGES_MAX))]
    return _printed("\n".join(pages))


_PATTERNS = {
    "number": r"发票号码\s*[:：]?\s*(\d{20}|\d{8})(?!\d)",
    "code": r"发票代码\s*[:：]?\s*(\d{12}|\d{10})(?!\d)",
    "date": r"开票日期\s*[:：]?\s*(\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|\d{8})",
    "total": r"[（(]\s*小写\s*[)）]\s*[¥￥]?\s*(-?[\d,]+\.\d{2})",
}
_SUM = re.compile(r"合\s*计\s*[¥￥]\s*(-?[\d,]+\.\d{2})\s*[¥￥]\s*(-?[\d,]+\.\d{2})")
_NAME = re.compile(r"名\s*称\s*[:：]\s*([^\s:：]+)")
_TAX_ID = re.compile(r"(?:统一社会信用代码(?:/纳税人识别号)?|纳税人识别号)\s*[:：]\s*([0-9A-Z]{15,20})")


def _printed(text: str) -> Found | None:
    """What the text of a printed fapiao says; the buyer stands before the seller on every form."""
    if "发票" not in text:
        return None
    facts: dict[str, str] = {}
    for name, pattern in _PATTERNS.items():
        match = re.search(pattern, text)
        if match:
            facts[name] = match[1]
    if "number" not in facts:
        return None
    sums = _SUM.search(text)
    if sums:
        facts["net"], facts["tax"] = sums[1], sums[2]
    for keys, found in (
        (("buyer", "seller"), _NAME.findall(text)),
        (("buyer_tax_number", "seller_tax_number"), _TAX_ID.findall(text)),
    ):
        if len(found) == 2:
            facts |= dict(zip(keys, found, strict=True))
    facts["kind"] = "special" if "专用发票" in text else "ordinary"
    if not (facts.get("total") or (facts.get("net") and facts.get("tax"))):
        raise ReadFault(Code.EINVOICE_UNREADABLE, "missing", detail="价税合计")
    return _from_facts(facts, "pdf")


# EN 16931


def _ubl(root: ET.Element) -> Found:
    is_credit = _local(root) == "CreditNote"
    sums = _at(root, "LegalMonetaryTotal")
    currency = _text(root, "DocumentCurrencyCode")
    tax = ""
    for node in root:
        if _local(node) == "TaxTotal":
            amount = _at(node, "TaxAmount")
            if amount is not None and amount.get("currencyID") in (currency, None):
                tax = _number(_text(amount))
                break
    quantity = "CreditedQuantity" if is_credit else "InvoicedQuantity"
    lines = [
        {
            "name": _text(node, "Item/Name"),
            "unit": _unit(_at(node, quantity)),
            "quantity": _number(_text(node, quantity)),
            "net": _number(_text(node, "LineExtensionAmount")),
            "tax_rate": _rate(_text(node, "Item/ClassifiedTaxCategory/Percent") + "%"),
            "tax": "",
        }
        for node in root
        if _local(node) == ("CreditNoteLine" if is_credit else "InvoiceLine")
    ]
    seller, buyer = _at(root, "AccountingSupplierParty/Party"), _at(root, "AccountingCustomerParty/Party")
    return {
        "format": "ubl",
        "kind": "credit" if is_credit else "invoice",
        "medium": "",
        "number": _text(root, "ID"),
        "code": "",
        "date": _day(_text(root, "IssueDate")),
        "seller": _ubl_name(seller),
        "seller_tax_number": _text(seller, "PartyTaxScheme/CompanyID"),
        "buyer": _ubl_name(buyer),
        "buyer_tax_number": _text(buyer, "PartyTaxScheme/CompanyID"),
        "currency": currency,
        "line_total": _number(_text(sums, "LineExtensionAmount")),
        "allowances": _number(_text(sums, "AllowanceTotalAmount")),
        "charges": _number(_text(sums, "ChargeTotalAmount")),
        "net": _number(_text(sums, "TaxExclusiveAmount")),
        "tax": tax,
        "total": _number(_text(sums, "TaxInclusiveAmount")),
        "prepaid": _number(_text(sums, "PrepaidAmount")),
        "rounding": _number(_text(sums, "PayableRoundingAmount")),
        "payable": _number(_text(sums, "PayableAmount")),
        "lines": lines,
    }


def _ubl_name(party: ET.Element | None) -> str:
    return _text(party, "PartyLegalEntity/RegistrationName") or _text(party, "PartyName/Name")


def _unit(node: ET.Element | None) -> str:
    return "" if node is None else node.get("unitCode", "")


def _cii(root: ET.Element) -> Found:
    deal = _at(root, "SupplyChainTradeTransaction")
    agreement = _at(deal, "ApplicableHeaderTradeAgreement")
    settlement = _at(deal, "ApplicableHeaderTradeSettlement")
    sums = _at(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    currency = _text(settlement, "InvoiceCurrencyCode")
    tax = ""
    for node in sums if sums is not None else ():
        if _local(node) == "TaxTotalAmount" and node.get("currencyID") in (currency, None):
            tax = _number(_text(node))
            break
    type_code = _text(root, "ExchangedDocument/TypeCode")
    trade = "SpecifiedLineTradeSettlement"
    lines = [
        {
            "name": _text(node, "SpecifiedTradeProduct/Name"),
            "unit": _unit(_at(node, "SpecifiedLineTradeDelivery/BilledQuantity")),
            "quantity": _number(_text(node, "SpecifiedLineTradeDelivery/BilledQuantity")),
            "net": _number(
                _text(node, f"{trade}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount")
            ),
            "tax_rate": _rate(_text(node, f"{trade}/ApplicableTradeTax/RateApplicablePercent") + "%"),
            "tax": "",
        }
        for node in _all(root, "IncludedSupplyChainTradeLineItem")
    ]
    seller, buyer = _at(agreement, "SellerTradeParty"), _at(agreement, "BuyerTradeParty")
    return {
        "format": "cii",
        "kind": "credit" if type_code == "381" else "invoice",
        "medium": "",
        "number": _text(root, "ExchangedDocument/ID"),
        "code": "",
        "date": _day(_text(root, "ExchangedDocument/IssueDateTime/DateTimeString")),
        "seller": _text(seller, "Name"),
        "seller_tax_number": _text(seller, "SpecifiedTaxRegistration/ID"),
        "buyer": _text(buyer, "Name"),
        "buyer_tax_number": _text(buyer, "SpecifiedTaxRegistration/ID"),
        "currency": currency,
        "line_total": _number(_text(sums, "LineTotalAmount")),
        "allowances": _number(_text(sums, "AllowanceTotalAmount")),
        "charges": _number(_text(sums, "ChargeTotalAmount")),
        "net": _number(_text(sums, "TaxBasisTotalAmount")),
        "tax": tax,
        "total": _number(_text(sums, "GrandTotalAmount")),
        "prepaid": _number(_text(sums, "TotalPrepaidAmount")),
        "rounding": _number(_text(sums, "RoundingAmount")),
        "payable": _number(_text(sums, "DuePayableAmount")),
        "lines": lines,
    }


_READERS = {
    "EInvoice": _digital,
    "eInvoice": _tax_control,
    "Invoice": _ubl,
    "CreditNote": _ubl,
    "CrossIndustryInvoice": _cii,
}


def _require_sums(found: Found) -> None:
    """An invoice says its number and its total, and its sums agree (BR-CO-13, 15 and 16 of the standard)."""
    for name in ("number", "total", "net"):
        if not found.get(name):
            raise ReadFault(Code.EINVOICE_UNREADABLE, "missing", detail=name)

    def amount(name: str) -> Decimal:
        return Decimal(found.get(name) or 0)

    net, tax, total = amount("net"), amount("tax"), amount("total")
    if net + tax != total:
        raise ReadFault(Code.EINVOICE_UNREADABLE, "sums", detail=f"{net} + {tax} ≠ {total}")
    if found.get("line_total"):
        before = amount("line_total") - amount("allowances") + amount("charges")
        if before != net:
            raise ReadFault(Code.EINVOICE_UNREADABLE, "sums", detail=f"{before} ≠ {net}")
        due = total - amount("prepaid") + amount("rounding")
        if found.get("payable") and due != amount("payable"):
            raise ReadFault(Code.EINVOICE_UNREADABLE, "sums", detail=f"{due} ≠ {amount('payable')}")
