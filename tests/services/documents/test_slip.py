"""Slips of 80 mm: everything on one column, no wider than the roll prints, as long as it needs to be."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest

from crmdesk.models.errors import InvalidInput
from crmdesk.models.money import grouped
from crmdesk.services.documents.model import Document, InvoiceDoc, ReceiptDoc, Standing
from crmdesk.services.documents.paper import ROLL_80, paper_named
from crmdesk.services.documents.printing import render
from tests.services.documents.samples import (
    credit_note,
    delivery_note,
    fonts_used,
    invoice,
    page_texts,
    quote,
    receipt,
    squeezed,
    statement,
    stretched,
    text_boxes,
)
from tests.services.documents.test_overlap import overlaps

SLIPS: dict[str, Document] = {
    "invoice": invoice(),
    "receipt": receipt(),
    "credit note": credit_note(),
    "delivery note": delivery_note(),
    "void": replace(invoice(2), standing=Standing.VOID, standing_reason="写错了"),
    "long names": stretched(invoice(3)),
}


def sizes(pdf: bytes) -> list[tuple[float, float]]:
    document = pypdfium2.PdfDocument(pdf)
    found = [page.get_size() for page in document]
    document.close()
    return found


@pytest.mark.parametrize("language", ["zh_CN", "en", "both"])
@pytest.mark.parametrize("name", list(SLIPS))
def test_a_slip_says_everything_on_one_page(name: str, language: str) -> None:
    document = SLIPS[name]
    rendered = render([document], "80mm", language)
    ((width, height),) = sizes(rendered.pdf)
    assert width == pytest.approx(80 * 72 / 25.4, abs=0.05)
    text = squeezed("".join(page_texts(rendered.pdf)))
    wanted = [document.company.name, document.party.name, document.company.footer]
    if isinstance(document, ReceiptDoc):
        minors = [document.amount_minor, document.credit_minor]
        for item in document.settled:
            wanted.append(item.number)
            minors += [item.amount_minor, item.open_minor or 0]
        wanted += [grouped(minor, document.currency) for minor in minors]
    elif isinstance(document, InvoiceDoc):
        minors = [document.net_minor, document.total_minor]
        minors += [tax.tax_minor for tax in document.tax_totals]
        minors += [line.gross_minor for line in document.lines]
        wanted += [grouped(minor, document.currency) for minor in minors]
        wanted += [line.description for line in document.lines]
    for expected in (*wanted, getattr(document, "number", "")):
        assert squeezed(expected) in text, expected
    assert all(fonts_used(rendered.pdf).values())
    (page,) = text_boxes(rendered.pdf)
    for at, (word, box) in enumerate(page):
        left, bottom, right, top = box
        assert left >= ROLL_80.margin_x - 1, word
        assert right <= width - ROLL_80.margin_x + 1, word
        assert bottom >= ROLL_80.margin_bottom - 3, word
        assert top <= height - ROLL_80.margin_top + 3, word
        for other, other_box in page[at + 1 :]:
            assert not overlaps(box, other_box), (word, other)


def test_it_is_as_long_as_its_lines() -> None:
    lengths = [sizes(render([invoice(count)], "80mm", "zh_CN").pdf)[0][1] for count in (1, 5, 40)]
    assert lengths[0] < lengths[1] < lengths[2]
    long = render([invoice(1000)], "80mm", "en")
    assert long.page_count > 1
    assert max(height for _width, height in sizes(long.pdf)) <= 14_400, "no reader shows more"
    text = squeezed("".join(page_texts(long.pdf)))
    assert all(squeezed(f"{number}. ") in text for number in (1, 500, 1000))


def test_several_slips_are_pages_of_their_own() -> None:
    rendered = render([invoice(), receipt()], "80mm", "zh_CN")
    assert (rendered.page_count, rendered.first_pages) == (2, (0, 1))


def test_the_roll_is_found_by_name_and_only_for_slips() -> None:
    assert paper_named("80mm") is ROLL_80
    assert paper_named("80 MM") is ROLL_80
    for document in (statement(2), quote()):
        with pytest.raises(InvalidInput, match="80mm is for invoices"):
            render([document], "80mm", "zh_CN")
