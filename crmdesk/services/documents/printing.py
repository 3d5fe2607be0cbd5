"""From documents to one PDF: the only door to the layouts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.services.documents.agreement import AGREEMENT_TITLES, layout_agreement
from crmdesk.services.documents.canvas import Sheets
from crmdesk.services.documents.delivery import layout_delivery_note
from crmdesk.services.documents.dunning import layout_dunning
from crmdesk.services.documents.fapiao_request import layout_fapiao_request
from crmdesk.services.documents.flow import plan
from crmdesk.services.documents.invoice import layout_credit_note, layout_invoice
from crmdesk.services.documents.labels import Labels
from crmdesk.services.documents.letter import layout_letter
from crmdesk.services.documents.model import (
    AgreementDoc,
    CreditNoteDoc,
    DeliveryNoteDoc,
    Document,
    DunningDoc,
    FapiaoRequestDoc,
    InvoiceDoc,
    LetterDoc,
    ReceiptDoc,
    Rendered,
    StatementDoc,
)
from crmdesk.services.documents.palette import look_for
from crmdesk.services.documents.paper import Paper, paper_named
from crmdesk.services.documents.receipt import layout_receipt
from crmdesk.services.documents.slip import Slip, SlipDocument
from crmdesk.services.documents.statement import layout_statement
from crmdesk.services.documents.stationery import Job, Layout
from crmdesk.text import N_, _


def render(
    documents: Iterable[Document],
    paper: Paper | str = "A4",
    language: str = "zh_CN",
    offset: tuple[float, float] = (0.0, 0.0),
    *,
    values_only: bool = False,
) -> Rendered:
    """One PDF of all documents in their order, each beginning on a page of its own and numbered by itself.

    `language` is zh_CN, en or both. Several documents get an outline. The same documents give the same bytes.
    `offset`: millimetres to the right and down by which everything is moved, for a printer that feeds askew.
    `values_only`: for a form that is pre-printed with frame and words (套打), only what is filled in.
    Raises InvalidInput for an unknown paper or language, and for a roll where the document has no slip.
    """
    sheet = paper_named(paper) if isinstance(paper, str) else paper
    labels = Labels(language)
    # One at a time, so that a whole book's statements need not be in memory; the second tells whether to bookmark.
    waiting = iter(documents)
    ahead = list(islice(waiting, 2))
    if not ahead:
        raise ValueError("nothing to print")
    sheets = Sheets(ahead[0].company.name, language, offset)
    first_pages: list[int] = []
    for document in chain(ahead, waiting):
        first_pages.append(sheets.page_count)
        if sheet.is_roll:
            _draw_slip(sheets, labels, sheet, document, has_bookmark=len(ahead) > 1)
            continue
        look = look_for(_turned(document, sheet))
        own = document.language if isinstance(document, LetterDoc) else ""
        layout = _layout(Job(sheets, look, Labels(own) if own else labels), document)
        if values_only:
            printed = (look.caption, look.head, look.head_second, look.title, look.title_second, look.company)
            sheets.values_only(labels.said, frozenset(printed))
        _draw(sheets, layout, has_bookmark=len(ahead) > 1)
    sheets.entitle(_title(ahead[0], len(first_pages), labels))
    return Rendered(
        pdf=sheets.finish(),
        page_count=sheets.page_count,
        first_pages=tuple(first_pages),
        missing=tuple(sorted(sheets.missing)),
        has_logo_fault=sheets.has_logo_fault,
    )


# The name of each kind of document.
TITLES: dict[type, str] = {
    StatementDoc: N_("Statement of account"),
    InvoiceDoc: N_("Invoice"),
    CreditNoteDoc: N_("Credit note"),
    ReceiptDoc: N_("Receipt"),
    FapiaoRequestDoc: N_("Tax invoice request"),
    DunningDoc: N_("Payment reminder"),
    LetterDoc: N_("Letter"),
    DeliveryNoteDoc: N_("Delivery note"),
}


def _draw_slip(
    sheets: Sheets, labels: Labels, roll: Paper, document: Document, *, has_bookmark: bool
) -> None:
    if not isinstance(document, SlipDocument):
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _(
                "A slip of {paper} is for invoices, credit notes, delivery notes and receipts. Choose another paper."
            ).format(paper=roll.name),
            field="paper",
        )
    slip = Slip(Job(sheets, look_for(roll), labels), document)
    slip.draw(sheets, f"{document.number} {document.party.name}" if has_bookmark else "")


def _turned(document: Document, sheet: Paper) -> Paper:
    """A5 lies on its side for documents with wide lines; statements and letters are long and stand."""
    is_small = sheet.name == "A5"
    is_tall = isinstance(document, StatementDoc | DunningDoc | LetterDoc)
    return sheet.turned() if is_small and not is_tall else sheet


def _layout(job: Job, document: Document) -> Layout:
    if isinstance(document, StatementDoc):
        return layout_statement(job, document)
    if isinstance(document, InvoiceDoc):
        return layout_invoice(job, document)
    if isinstance(document, CreditNoteDoc):
        return layout_credit_note(job, document)
    if isinstance(document, AgreementDoc):
        return layout_agreement(job, document)
    if isinstance(document, FapiaoRequestDoc):
        return layout_fapiao_request(job, document)
    if isinstance(document, DunningDoc):
        return layout_dunning(job, document)
    if isinstance(document, LetterDoc):
        return layout_letter(job, document)
    if isinstance(document, DeliveryNoteDoc):
        return layout_delivery_note(job, document)
    return layout_receipt(job, document)


def _title(document: Document, count: int, labels: Labels) -> str:
    """What a reader shows in its title bar."""
    has_none = isinstance(document, StatementDoc | DunningDoc | LetterDoc)
    number = document.party.name if has_none else document.number
    source = AGREEMENT_TITLES[document.kind] if isinstance(document, AgreementDoc) else TITLES[type(document)]
    name = labels.one(source)
    return f"{name} {number}" if count == 1 else f"{name} ({count})"


def _draw(sheets: Sheets, layout: Layout, *, has_bookmark: bool) -> None:
    paper = layout.look.paper
    pages = plan(paper, layout.pieces, layout.head, layout.next_head, layout.foot.height)
    for number, page in enumerate(pages, start=1):
        sheets.begin(paper)
        if has_bookmark and number == 1:
            sheets.bookmark(layout.bookmark)
        for top, block in page.blocks:
            block.draw(sheets, paper.margin_x, top, paper.inner_width)
        layout.foot.draw(paper.margin_x, number, len(pages))
        sheets.end(layout.stamp, layout.look, layout.head.stamp_down)
