"""Documents made for the tests: one company, one customer, as many lines as asked for, sums that add up."""

from __future__ import annotations

import ctypes
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pypdfium2
import pypdfium2.raw as pdfium

from crmdesk.models.money import split
from crmdesk.services.documents.model import (
    Ageing,
    AgreementDoc,
    AgreementKind,
    BankAccount,
    Bucket,
    Company,
    CreditNoteDoc,
    DeliveryNoteDoc,
    Document,
    DueLine,
    DunningDoc,
    DunningLine,
    InvoiceDoc,
    InvoiceLine,
    Party,
    PrintMark,
    ReceiptDoc,
    Settled,
    StatementDoc,
    StatementLine,
    StatementSection,
    StatementStyle,
    TaxTotal,
)


def png(width: int = 60, height: int = 40) -> bytes:
    """A small picture."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGBA", (width, height), (14, 124, 102, 255)).save(buffer, "PNG")
    return buffer.getvalue()


COMPANY = Company(
    name="鼎晟建材商行",
    address="杭州市西湖区文三路188号",
    phone="0571-88120000",
    email="office@dingsheng.example",
    tax_number="91330106MA2AXXXX0K",
    bank=BankAccount("中国工商银行文三路支行", "鼎晟建材商行", "1202020609900123456"),
    logo=png(),
    footer="货款请在到期日前付清。",
)
PARTY = Party(
    code="C00008",
    name="杭州西溪民宿集群",
    tax_number="91330106MA2H3XK81D",
    address="杭州市蒋村街道周家村18号",
    contact="林悦",
    phone="13805712233",
)
MARK = PrintMark(date(2026, 12, 1), "林悦")


def statement(
    count: int = 8,
    style: StatementStyle = StatementStyle.BALANCE_FORWARD,
    currencies: tuple[str, ...] = ("CNY",),
) -> StatementDoc:
    """A statement with `count` lines in each currency; every amount is different."""
    sections = tuple(_section(count, style, currency) for currency in currencies)
    return StatementDoc(COMPANY, PARTY, date(2026, 11, 1), date(2026, 11, 30), style, sections, mark=MARK)


def _section(count: int, style: StatementStyle, currency: str) -> StatementSection:
    is_open = style is StatementStyle.OPEN_ITEM
    opening = 0 if is_open else 3_200_000
    balance = opening
    lines = []
    for index in range(count):
        kind = ("invoice", "payment", "invoice", "credit")[index % 4]
        amount = 100_003 + 7_919 * index
        other = amount // 3 if is_open else 0
        debit, credit = (amount, other) if kind == "invoice" else (other, amount)
        balance += debit - credit
        lines.append(
            StatementLine(
                date=date(2026, 11, 1) + timedelta(days=index % 30),
                kind=kind,
                number=f"DOC-{index:05d}",
                description="内墙乳胶漆二十桶" if index % 5 == 0 else "",
                debit_minor=debit,
                credit_minor=credit,
                balance_minor=balance,
                due_on=date(2026, 11, 9) if kind == "invoice" else None,
                open_minor=debit - credit if is_open else None,
            )
        )
    parts = split(abs(balance), [5, 3, 2, 0, 1])
    parts = parts if balance >= 0 else [-part for part in parts]
    buckets = tuple(
        Bucket(first, last, part)
        for (first, last), part in zip([(1, 30), (31, 60), (61, 90), (91, None)], parts[1:], strict=True)
    )
    ageing = Ageing(parts[0] + 5_000, buckets, -5_000, balance)
    return StatementSection(currency, opening, tuple(lines), balance, ageing)


def lines(count: int) -> tuple[InvoiceLine, ...]:
    """Invoice lines with three tax rates, some with a discount."""
    made = []
    for index in range(count):
        net = 24_167 + 311 * index
        rate = (Decimal("0.13"), Decimal("0.09"), Decimal("0.06"))[index % 3]
        made.append(
            InvoiceLine(
                description=f"瓷砖胶{index:04d}",
                quantity=Decimal(index + 1),
                unit_price=Decimal(net) / 100,
                net_minor=net,
                tax_minor=int(net * rate),
                code=f"P-{index:04d}",
                specification="20 kg",
                unit="袋",
                discount_minor=500 if index % 4 == 2 else 0,
                tax_rate=rate,
            )
        )
    return tuple(made)


def _sums(made: tuple[InvoiceLine, ...]) -> tuple[int, int, tuple[TaxTotal, ...]]:
    rates = sorted({line.tax_rate or Decimal(0) for line in made})
    totals = tuple(
        TaxTotal(
            sum(line.net_minor for line in made if line.tax_rate == rate),
            sum(line.tax_minor for line in made if line.tax_rate == rate),
            tax_rate=rate,
        )
        for rate in rates
    )
    return sum(line.net_minor for line in made), sum(line.tax_minor for line in made), totals


def invoice(count: int = 5) -> InvoiceDoc:
    """An invoice with `count` lines."""
    made = lines(count)
    net, tax, totals = _sums(made)
    return InvoiceDoc(
        company=COMPANY,
        party=PARTY,
        number="INV-2026-0342",
        issued_on=date(2026, 11, 6),
        currency="CNY",
        lines=made,
        tax_totals=totals,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        due_on=date(2026, 12, 6),
        discount_minor=1_234,
        paid_minor=5_000,
        open_minor=net + tax - 5_000,
        terms="月结三十天",
        reference="PO-7788",
        note="请提前一天联系。",
        mark=MARK,
    )


def credit_note(count: int = 3) -> CreditNoteDoc:
    """A credit note with `count` lines."""
    made = lines(count)
    net, tax, totals = _sums(made)
    return CreditNoteDoc(
        company=COMPANY,
        party=PARTY,
        number="CN-2026-0007",
        issued_on=date(2026, 11, 8),
        currency="CNY",
        lines=made,
        tax_totals=totals,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        reason="部分商品破损退回",
        original_number="INV-2026-0331",
        original_on=date(2026, 10, 30),
        open_minor=net + tax,
        mark=MARK,
    )


def receipt(count: int = 3) -> ReceiptDoc:
    """A receipt that settles `count` invoices and leaves some credit."""
    settled = tuple(
        Settled(f"INV-2026-{index:04d}", 150_011 + index * 13, date(2026, 11, 6), 323_105, 99_000 + index)
        for index in range(count)
    )
    return ReceiptDoc(
        company=COMPANY,
        party=PARTY,
        number="RC-2026-0417",
        received_on=date(2026, 11, 21),
        currency="CNY",
        amount_minor=sum(item.amount_minor for item in settled) + 20_000 - 1_000,
        payer="杭州云栖置业有限公司",
        method="银行转账",
        account="工商银行0456",
        reference="TX-998812",
        settled=settled,
        credit_minor=20_000,
        discount_minor=1_000,
        cashier="王小明",
        mark=MARK,
    )


def quote(count: int = 4) -> AgreementDoc:
    """The second version of a quote with `count` lines."""
    made = lines(count)
    net, tax, totals = _sums(made)
    return AgreementDoc(
        kind=AgreementKind.QUOTE,
        company=COMPANY,
        party=PARTY,
        number="Q-2026-0015",
        issued_on=date(2026, 11, 6),
        currency="CNY",
        lines=made,
        tax_totals=totals,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        title="民宿外墙翻新",
        revision=2,
        valid_until=date(2026, 12, 6),
        discount_minor=1_234,
        note="含运费。",
        mark=MARK,
    )


def contract(count: int = 3) -> AgreementDoc:
    """A signed contract with three instalments."""
    made = quote(count)
    parts = split(made.total_minor, [1, 1, 1])
    return replace(
        made,
        kind=AgreementKind.CONTRACT,
        number="HT-2026-0009",
        revision=1,
        valid_until=None,
        signed_on=date(2026, 11, 9),
        ends_on=date(2027, 11, 8),
        signatories="林悦 / 王小明",
        instalments=tuple(
            DueLine(f"第{place}期", date(2026, 12, place), part) for place, part in enumerate(parts, start=1)
        ),
    )


def dunning(count: int = 4) -> DunningDoc:
    """A second reminder of so many items."""
    lines = tuple(
        DunningLine(
            "opening" if at == 0 else "invoice",
            f"INV-2026-{at + 1:04d}",
            date(2026, 1, 1) + timedelta(days=at),
            date(2026, 2, 1) + timedelta(days=at),
            90 - at,
            200_000 + at,
            100_000 + at,
        )
        for at in range(count)
    )
    return DunningDoc(
        COMPANY,
        PARTY,
        date(2026, 5, 2),
        2,
        "CNY",
        ("第二次催款函",),
        ("林悦：\n\n下列款项至今未付。\n请于 2026-05-09 前付清。",),
        lines,
        sum(line.open_minor for line in lines),
        date(2026, 5, 9),
        credit_minor=5_000,
        interest_minor=1_234,
        mark=MARK,
    )


def delivery_note(count: int = 4) -> DeliveryNoteDoc:
    """A delivery note with `count` lines."""
    made = invoice(count)
    return DeliveryNoteDoc(
        made.company, made.party, made.number, made.issued_on, made.lines, reference="PO-7788", mark=MARK
    )


def every_kind() -> dict[str, Document]:
    """One of each document."""
    return {
        "balance-forward": statement(),
        "open-item": statement(6, StatementStyle.OPEN_ITEM),
        "transactions": statement(6, StatementStyle.TRANSACTIONS),
        "two-currencies": statement(4, currencies=("CNY", "USD")),
        "invoice": invoice(),
        "credit-note": credit_note(),
        "receipt": receipt(),
        "quote": quote(),
        "contract": contract(),
        "dunning": dunning(),
    }


LONG = "浙江省杭州市西湖区文三路东部软件园科技大厦国际进出口贸易与供应链管理（集团）股份有限公司第一分公司"
LONG_LATIN = (
    "The Extraordinarily Long-Winded International Trading & Consulting Company of Northern Zhejiang Limited"
)


def stretched(document: Document) -> Document:
    """The same document with names, addresses and numbers as long as people write them."""
    company = replace(
        COMPANY,
        name=LONG + LONG_LATIN,
        address=LONG * 2,
        email="a.very.long.address.of.an.office@department.dingsheng-building-materials.example",
        footer=LONG_LATIN + LONG * 2,
    )
    party = replace(PARTY, name=LONG_LATIN + LONG, address=LONG * 2, contact=LONG_LATIN, code="C" * 30)
    document = replace(document, company=company, party=party, mark=replace(MARK, count=12))
    if isinstance(document, DunningDoc):
        return replace(document, subjects=(LONG,), bodies=(LONG * 12,))
    document = replace(document, note=LONG * 4)
    if isinstance(document, StatementDoc):
        huge = 999_999_999_999_999
        sections = []
        for section in document.sections:
            made = tuple(
                replace(
                    line,
                    description=LONG,
                    number="N" * 26,
                    balance_minor=huge,
                    debit_minor=huge,
                    credit_minor=0,
                )
                for line in section.lines
            )
            sections.append(replace(section, lines=made, opening_minor=-huge, closing_minor=huge))
        return replace(document, sections=tuple(sections))
    if isinstance(document, ReceiptDoc):
        return replace(
            document,
            payer=LONG,
            method=LONG,
            account=LONG,
            reference="X" * 60,
            cashier=LONG,
            amount_minor=999_999_999_999_999,
        )
    made = tuple(
        replace(
            line,
            description=LONG,
            specification=LONG_LATIN,
            unit="立方米每小时",
            net_minor=99_999_999_999_999,
        )
        for line in document.lines
    )
    document = replace(document, lines=made, number="INV-" + "9" * 30)
    if isinstance(document, DeliveryNoteDoc):
        return replace(document, reference="R" * 50)
    document = replace(document, total_minor=999_999_999_999_999)
    if isinstance(document, InvoiceDoc):
        return replace(document, terms=LONG, reference="R" * 50)
    if isinstance(document, AgreementDoc):
        parts = tuple(
            replace(part, label=LONG, amount_minor=999_999_999_999_999) for part in document.instalments
        )
        return replace(document, title=LONG, signatories=LONG_LATIN, instalments=parts)
    return replace(document, reason=LONG * 3, original_number="INV-" + "7" * 30)


# ---------------------------------------------------------------- reading a PDF


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page, as another program reads it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = []
        for page in document:
            textpage = page.get_textpage()
            texts.append(textpage.get_text_range())
            textpage.close()
            page.close()
        return texts
    finally:
        document.close()


def squeezed(text: str) -> str:
    """Without any space or line end, for texts that may be wrapped."""
    return "".join(text.split())


Box = tuple[float, float, float, float]


def text_boxes(pdf: bytes) -> list[list[tuple[str, Box]]]:
    """Every text object of every page with its box (left, bottom, right, top)."""
    document = pypdfium2.PdfDocument(pdf)
    pages = []
    try:
        for page in document:
            textpage = page.get_textpage()
            boxes = []
            for index in range(textpage.count_rects()):
                box = textpage.get_rect(index)
                boxes.append((textpage.get_text_bounded(*box).strip(), box))
            pages.append([entry for entry in boxes if entry[0]])
            textpage.close()
            page.close()
        return pages
    finally:
        document.close()


def fonts_used(pdf: bytes) -> dict[str, bool]:
    """The name of every font that some text is set in → whether it is embedded."""
    document = pypdfium2.PdfDocument(pdf)
    found: dict[str, bool] = {}
    try:
        for page in document:
            for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
                font = pdfium.FPDFTextObj_GetFont(item.raw)
                size = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
                buffer = ctypes.create_string_buffer(size)
                pdfium.FPDFFont_GetBaseFontName(font, buffer, size)
                found[buffer.value.decode()] = bool(pdfium.FPDFFont_GetIsEmbedded(font))
            page.close()
        return found
    finally:
        document.close()
