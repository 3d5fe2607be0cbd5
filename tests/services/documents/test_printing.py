"""Every document on every paper in every language: complete, searchable, embedded, the same every time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from crmdesk.models.capitals import capitals, words
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.money import grouped
from crmdesk.services.documents.labels import Labels
from crmdesk.services.documents.model import (
    AgreementDoc,
    Company,
    Document,
    DunningDoc,
    InvoiceDoc,
    Party,
    PrintMark,
    ReceiptDoc,
    Standing,
    StatementDoc,
    StatementStyle,
)
from crmdesk.services.documents.paper import PAPERS, paper_named
from crmdesk.services.documents.printing import render
from crmdesk.services.documents.statement import original_and_open
from tests.services.documents.samples import (
    COMPANY,
    PARTY,
    credit_note,
    every_kind,
    fonts_used,
    invoice,
    lines,
    page_texts,
    png,
    receipt,
    squeezed,
    statement,
)

LANGUAGES = ["zh_CN", "en", "both"]
ONE_EACH = [invoice(), receipt(), statement(), credit_note()]


def amounts_of(document: Document) -> list[str]:
    """Every figure that the document must show."""
    if isinstance(document, StatementDoc):
        found = []
        for section in document.sections:
            minors = []
            for line in section.lines:
                if document.style is StatementStyle.OPEN_ITEM:
                    minors += original_and_open(line)
                else:
                    minors += [line.debit_minor or line.credit_minor]
                if document.style is StatementStyle.BALANCE_FORWARD:
                    minors.append(line.balance_minor)
            if document.style is not StatementStyle.TRANSACTIONS:
                minors.append(section.closing_minor)
                assert section.ageing is not None
                minors += [bucket.amount_minor for bucket in section.ageing.buckets if bucket.amount_minor]
                minors += [section.ageing.not_due_minor, section.ageing.unallocated_minor]
            found += [grouped(minor, section.currency) for minor in minors]
        return found
    if isinstance(document, ReceiptDoc):
        minors = [document.amount_minor, document.credit_minor, -document.discount_minor]
        for item in document.settled:
            minors += [item.amount_minor, item.total_minor or 0, item.open_minor or 0]
    elif isinstance(document, DunningDoc):
        minors = [document.total_minor, document.interest_minor, -document.credit_minor]
        for item in document.lines:
            minors += [item.total_minor, item.open_minor]
    else:
        minors = [document.net_minor, document.total_minor]
        minors += [document.discount_minor] if document.discount_minor else []
        minors += [tax.tax_minor for tax in document.tax_totals] + [
            tax.net_minor for tax in document.tax_totals
        ]
        for line in document.lines:
            minors += [line.net_minor, line.tax_minor, line.gross_minor]
    return [grouped(minor, document.currency) for minor in minors]


def texts_of(document: Document) -> list[str]:
    """Every text of the user's that the document must show."""
    company = document.company
    assert company.bank is not None
    found = [company.name, company.address, company.footer, document.party.name, document.party.address]
    found += [document.party.tax_number, document.party.code, "林悦", "2026-12-01"]
    if isinstance(document, StatementDoc):
        for section in document.sections:
            for line in section.lines:
                found += [line.number, line.description, line.date.isoformat()]
    elif isinstance(document, ReceiptDoc):
        found += [document.payer, document.method, document.account, document.reference, document.cashier]
        found += [item.number for item in document.settled]
    elif isinstance(document, DunningDoc):
        found += [*document.bodies, company.bank.number, document.pay_by.isoformat()]
        for item in document.lines:
            found += [item.number, item.issued_on.isoformat(), item.due_on.isoformat(), str(item.days_late)]
    else:
        found.append(document.number)
        for line in document.lines:
            found += [line.description, line.code, line.specification, line.unit]
        found.append(document.note)
        if isinstance(document, InvoiceDoc):
            found += [document.terms, document.reference, "2026-12-06", company.bank.number]
        elif isinstance(document, AgreementDoc):
            days = (document.valid_until, document.signed_on, document.ends_on)
            found += [document.title, document.signatories, *(day.isoformat() for day in days if day)]
            for part in document.instalments:
                found += [part.label, part.due_on.isoformat(), grouped(part.amount_minor, document.currency)]
        else:
            found += [document.reason, document.original_number]
    return [text for text in found if text]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", list(PAPERS))
@pytest.mark.parametrize("kind", list(every_kind()))
def test_shows_everything_in_text_that_can_be_searched(kind: str, paper: str, language: str) -> None:
    document = every_kind()[kind]
    rendered = render([document], paper, language)
    text = squeezed("".join(page_texts(rendered.pdf)))
    for expected in amounts_of(document) + texts_of(document):
        assert squeezed(expected) in text, expected
    assert rendered.missing == ()
    assert not rendered.has_logo_fault
    used = fonts_used(rendered.pdf)
    assert used
    assert all(used.values()), used
    assert all("NotoSansSC" in name for name in used)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "document", [invoice(), receipt(), statement(), credit_note()], ids=lambda doc: type(doc).__name__
)
def test_amounts_in_words_of_the_language(document: Document, language: str) -> None:
    minor = {
        "InvoiceDoc": lambda: document.total_minor,
        "CreditNoteDoc": lambda: document.total_minor,
        "ReceiptDoc": lambda: document.amount_minor,
        "StatementDoc": lambda: document.sections[0].closing_minor,
    }[type(document).__name__]()
    text = squeezed("".join(page_texts(render([document], "A4", language).pdf)))
    assert (squeezed(capitals(minor, "CNY", named=True)) in text) == (language != "en")
    assert (squeezed(words(minor, "CNY")) in text) == (language != "zh_CN")


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_in_the_language_or_in_both(language: str) -> None:
    text = squeezed("".join(page_texts(render([statement()], "A4", language).pdf)))
    labels = Labels(language)
    for source in (
        "Statement of account",
        "Confirmation slip",
        "Opening balance",
        "Particulars",
        "Unallocated",
    ):
        label = labels(source)
        assert squeezed(label.first) in text
        # the title's second language is set in capitals
        assert squeezed(label.second).lower() in text.lower()


@pytest.mark.parametrize("paper", list(PAPERS))
def test_page_size(paper: str) -> None:
    sheet = PAPERS[paper]
    millimetres = {"A4": (210, 297), "A5": (148, 210), "Letter": (215.9, 279.4), "241x140": (241, 140)}[paper]
    for document in every_kind().values():
        pdf = pypdfium2.PdfDocument(render([document], paper, "en").pdf)
        width, height = pdf[0].get_size()
        pdf.close()
        expected = sorted(side * 72 / 25.4 for side in millimetres)
        assert sorted((width, height)) == pytest.approx(expected, abs=0.05)
        is_statement = isinstance(document, StatementDoc | DunningDoc)
        assert (width > height) == (paper == "241x140" or (paper == "A5" and not is_statement))
        assert sheet.inner_width < width


def test_paper_names() -> None:
    assert paper_named("a4").name == "A4"
    assert paper_named("241×140").name == "241x140"
    assert paper_named(" 241x140 mm ").name == "241x140"
    assert paper_named("LETTER").name == "Letter"
    with pytest.raises(InvalidInput) as refused:
        paper_named("A0")
    assert refused.value.code is Code.INVALID_CHOICE
    assert refused.value.field == "paper"


def test_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        render([invoice()], "A4", "fr")
    assert refused.value.code is Code.INVALID_CHOICE


@pytest.mark.parametrize("kind", list(every_kind()))
def test_same_document_same_bytes(kind: str) -> None:
    first = render([every_kind()[kind]], "A4", "both")
    # another document in between must leave no trace
    render([statement(40)], "A5", "zh_CN")
    second = render([every_kind()[kind]], "A4", "both")
    assert first == second


# ---------------------------------------------------------------- marks


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize(
    "document", [invoice(), receipt(), credit_note(), statement()], ids=lambda doc: type(doc).__name__
)
def test_reprint_is_marked_with_its_count(document: Document, count: int) -> None:
    marked = replace(document, mark=PrintMark(date(2026, 12, 1), "林悦", count))
    for paper in ("A4", "241x140"):
        text = squeezed("".join(page_texts(render([marked], paper, "en").pdf)))
        assert ("Reprint" in text) == (count > 1)
        assert (f"Reprint{count}" in text) == (count > 1)


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("paper", ["A4", "A5", "241x140"])
def test_documents_that_count_no_more_say_so_on_every_page(standing: Standing, paper: str) -> None:
    document = replace(
        invoice(60), standing=standing, standing_on=date(2026, 11, 30), standing_reason="开错客户"
    )
    pages = page_texts(render([document], paper, "en").pdf)
    assert len(pages) > 1
    words = {
        "draft": "DRAFT",
        "void": "VOID",
        "credited": "CREDITED",
        "reversed": "REVERSED",
        "expired": "EXPIRED",
        "declined": "DECLINED",
        "revised": "REVISED",
    }
    word = words.get(standing)
    assert ("开错客户" in squeezed(pages[0])) == (word not in (None, "DRAFT"))
    for page in pages:
        found = [name for name in words.values() if name in page]
        assert found == ([word] if word else [])


def test_a_void_invoice_asks_for_no_payment() -> None:
    assert COMPANY.bank is not None
    number = COMPANY.bank.number
    assert number in squeezed(page_texts(render([invoice()], "A4", "en").pdf)[0])
    void = replace(invoice(), standing=Standing.VOID)
    assert number not in squeezed(page_texts(render([void], "A4", "en").pdf)[0])


# ---------------------------------------------------------------- many in one


def test_consolidated_begins_each_on_its_own_page_and_counts_its_own_pages() -> None:
    documents = [
        replace(statement(count), party=replace(PARTY, code=f"C{count}", name=f"客户{count}"))
        for count in (3, 60, 1)
    ]
    rendered = render(documents, "A4", "en")
    alone = [render([document], "A4", "en").page_count for document in documents]
    assert rendered.page_count == sum(alone)
    assert rendered.first_pages == (0, alone[0], alone[0] + alone[1])
    pages = page_texts(rendered.pdf)
    at = 0
    for document, count in zip(documents, alone, strict=True):
        for number in range(1, count + 1):
            text = squeezed(pages[at])
            assert f"Page{number}of{count}" in text
            assert document.party.name in text
            at += 1
    pdf = pypdfium2.PdfDocument(rendered.pdf)
    outline = [(entry.get_title(), entry.get_dest().get_index()) for entry in pdf.get_toc()]
    pdf.close()
    assert outline == [
        (f"C{count} 客户{count}", page) for count, page in zip((3, 60, 1), rendered.first_pages, strict=True)
    ]


def test_several_kinds_in_one_pdf() -> None:
    rendered = render([invoice(), receipt(), credit_note()], "241x140", "both")
    assert len(rendered.first_pages) == 3
    pages = page_texts(rendered.pdf)
    for first, number in zip(
        rendered.first_pages, ["INV-2026-0342", "RC-2026-0417", "CN-2026-0007"], strict=True
    ):
        assert number in squeezed(pages[first])


def test_nothing_to_print_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="nothing to print"):
        render([], "A4", "en")


# ---------------------------------------------------------------- what may be missing


def test_the_least_a_document_can_have() -> None:
    company, party = Company("A"), Party("", "B")
    least = [
        replace(statement(0), company=company, party=party, from_on=None, mark=PrintMark()),
        replace(statement(0, StatementStyle.OPEN_ITEM), company=company, party=party, mark=PrintMark()),
        replace(
            invoice(1),
            company=company,
            party=party,
            due_on=None,
            terms="",
            reference="",
            note="",
            mark=PrintMark(),
        ),
        replace(receipt(0), company=company, party=party, credit_minor=0, payer="", method="", account=""),
    ]
    for document in least:
        for paper in PAPERS:
            for language in LANGUAGES:
                assert render([document], paper, language).page_count == 1


def test_characters_without_a_glyph_are_reported_and_marked() -> None:
    document = replace(invoice(), party=replace(PARTY, name="𠮷田商店😀\u202e反\u200d转"), note="a\tb\u0007c")
    rendered = render([document], "A4", "zh_CN")
    assert rendered.missing == ("😀", "𠮷")
    text = squeezed(page_texts(rendered.pdf)[0])
    assert "〓田商店〓反转" in text
    assert "abc" in text


@pytest.mark.parametrize(
    "logo", [b"", b"no picture", png()[:60], png(6000, 5000)], ids=["none", "text", "cut", "huge"]
)
def test_a_logo_that_cannot_be_used_is_left_out_and_reported(logo: bytes) -> None:
    document = replace(invoice(), company=replace(COMPANY, logo=logo))
    rendered = render([document], "A4", "en")
    assert rendered.has_logo_fault == bool(logo)
    assert rendered.page_count == 1


def test_tax_columns_only_where_there_is_tax() -> None:
    plain = tuple(replace(line, tax_rate=None, tax_minor=0, tax_kind="rate") for line in lines(3))
    net = sum(line.net_minor for line in plain)
    document = replace(invoice(), lines=plain, tax_totals=(), tax_minor=0, total_minor=net, net_minor=net)
    text = page_texts(render([document], "A4", "en").pdf)[0]
    assert "Tax rate" not in text
    assert "Gross" not in text
    exempt = tuple(replace(line, tax_kind="exempt") for line in plain)
    text = page_texts(render([replace(document, lines=exempt)], "A4", "en").pdf)[0]
    assert "Tax rate" in text
    assert text.count("Exempt") == 3


def test_prices_including_tax_are_named_so() -> None:
    included = tuple(replace(line, is_tax_included=True) for line in lines(2))
    text = page_texts(render([replace(invoice(), lines=included)], "A4", "en").pdf)[0]
    assert "Price incl. tax" in text
    mixed = (included[0], lines(2)[1])
    text = page_texts(render([replace(invoice(), lines=mixed)], "A4", "en").pdf)[0]
    assert "Price incl. tax" not in text
    assert text.count("incl.") == 1
    text = page_texts(render([replace(invoice(), lines=mixed)], "A4", "zh_CN").pdf)[0]
    assert "incl." not in text
    assert text.count("含税") == 1


def test_a_discount_of_lines_is_not_called_one_of_the_whole_document() -> None:
    text = page_texts(render([invoice()], "A4", "zh_CN").pdf)[0]
    assert "以上已含折扣" in text
    assert "整单" not in text


def test_currencies_keep_their_own_digits() -> None:
    document = statement(2, currencies=("JPY", "KWD"))
    text = squeezed("".join(page_texts(render([document], "A4", "en").pdf)))
    for section in document.sections:
        assert grouped(section.closing_minor, section.currency) in text
    assert "3,200,000" in text
    assert "3,200.000" in text


def test_a_statement_of_transactions_shows_no_balance() -> None:
    document = statement(5, StatementStyle.TRANSACTIONS)
    text = squeezed("".join(page_texts(render([document], "A4", "en").pdf)))
    assert "Balance" not in text
    assert "Confirmation" not in text
    for line in document.sections[0].lines:
        assert grouped(line.balance_minor, "CNY") not in text


def test_documents_may_come_one_by_one() -> None:
    many = render((statement(count) for count in (1, 2, 3)), "A4", "en")
    assert many == render([statement(count) for count in (1, 2, 3)], "A4", "en")
    pdf = pypdfium2.PdfDocument(many.pdf)
    assert pdf.get_metadata_value("Title") == "Statement of account (3)"
    assert pdf.get_metadata_value("Author") == COMPANY.name
    pdf.close()


def test_threads_print_the_same() -> None:
    documents = [*every_kind().values()] * 2
    expected = [render([document], "A5", "both").pdf for document in documents]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda document: render([document], "A5", "both").pdf, documents))
    assert found == expected


def test_a_pre_printed_form_gets_values_only() -> None:
    from crmdesk.services.documents.preview import page_images

    document = invoice()
    whole, values = (render([document], "241x140", "zh_CN", values_only=only) for only in (False, True))
    (drawn,), (filled,) = page_images(whole.pdf, 1.0, [0]), page_images(values.pdf, 1.0, [0])
    ink = [sum(byte < 128 for byte in page.rgba[::4]) for page in (drawn, filled)]
    assert 0 < ink[1] < ink[0] * 0.7


def test_the_test_page_is_moved() -> None:
    from crmdesk.services.documents import printer_test

    assert printer_test.render("241x140").pdf != printer_test.render("241x140", (1.5, -2.0)).pdf
