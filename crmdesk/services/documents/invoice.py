"""Invoice 应收单 and credit note 贷项通知单: the same line table, other words and other facts."""

from __future__ import annotations

from decimal import Decimal

from crmdesk.models.discount_terms import percent
from crmdesk.models.money import grouped
from crmdesk.services.documents import figures
from crmdesk.services.documents.flow import Block, Piece, Space
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import (
    BankAccount,
    CreditNoteDoc,
    InvoiceDoc,
    InvoiceLine,
    PricedPaper,
    Standing,
)
from crmdesk.services.documents.payment_details import Captioned, PayTo, amount_in_words
from crmdesk.services.documents.stationery import (
    Fact,
    Job,
    Layout,
    heading_of,
    layout_of,
    own_facts,
    standing_banner,
)
from crmdesk.services.documents.table import Align, Cell, Column, Entry, Row, Table
from crmdesk.services.documents.totals import Sum, Totals
from crmdesk.text import N_


def layout_invoice(job: Job, doc: InvoiceDoc) -> Layout:
    """The parts of an invoice in the order they stand on paper."""
    labels = job.labels
    facts: list[Fact] = [(labels(N_("Date")), figures.day(doc.issued_on))]
    if doc.due_on:
        facts.append((labels(N_("Due date")), figures.day(doc.due_on)))
    if doc.terms:
        facts.append((labels(N_("Payment terms")), doc.terms))
    if doc.reference:
        facts.append((labels(N_("Reference")), doc.reference))
    facts += own_facts(labels, doc.own)
    facts.append((labels(N_("Currency")), figures.currency_title(labels.language, doc.currency)))
    head = heading_of(doc, labels(N_("Invoice")), labels(N_("Customer")), facts, doc.number)
    after: list[Sum] = []
    paid = (doc.paid_minor or 0) - doc.discount_taken_minor
    if paid:
        after.append(Sum(labels(N_("Paid or credited")), grouped(paid, doc.currency)))
    if doc.discount_taken_minor:
        after.append(Sum(labels(N_("Settlement discount")), grouped(doc.discount_taken_minor, doc.currency)))
    if doc.open_minor is not None and doc.open_minor != doc.total_minor:
        after.append(Sum(labels(N_("Open amount")), grouped(doc.open_minor, doc.currency), is_strong=True))
    may_be_paid = doc.standing in (Standing.VALID, Standing.DRAFT)
    for step in doc.discounts if may_be_paid else ():
        caption = labels(
            N_("Discount {rate} if paid by {date}"),
            rate=f"{percent(step.rate)}%",
            date=figures.day(step.last_on),
        )
        after.append(Sum(caption, grouped(-step.amount_minor, doc.currency)))
    bank = doc.company.bank if may_be_paid else None
    pieces = body_of(job, doc, labels(N_("Total due")), after, bank)
    return layout_of(job, doc, head, pieces)


def layout_credit_note(job: Job, doc: CreditNoteDoc) -> Layout:
    """The parts of a credit note; it names its reason and the invoice it reduces."""
    labels = job.labels
    facts: list[Fact] = [(labels(N_("Date")), figures.day(doc.issued_on))]
    if doc.original_number:
        facts.append((labels(N_("For invoice")), doc.original_number))
    if doc.original_on:
        facts.append((labels(N_("Invoice date")), figures.day(doc.original_on)))
    facts.append((labels(N_("Currency")), figures.currency_title(labels.language, doc.currency)))
    facts += own_facts(labels, doc.own)
    head = heading_of(doc, labels(N_("Credit note")), labels(N_("Customer")), facts, doc.number)
    after: list[Sum] = []
    if doc.open_minor is not None:
        caption = labels(N_("Not yet applied"))
        after.append(Sum(caption, grouped(doc.open_minor, doc.currency), is_strong=True))
    pieces = body_of(job, doc, labels(N_("Total credited")), after, None)
    return layout_of(job, doc, head, pieces)


def body_of(
    job: Job,
    doc: PricedPaper,
    total_caption: Label,
    after: list[Sum],
    bank: BankAccount | None,
) -> list[Piece]:
    """Banner, lines, totals and the amount in words."""
    pieces = standing_banner(job, doc)
    table = line_table(job, doc.lines, doc.currency)
    pieces += [table.whole(), Space(job.look.gap * 0.45)]
    pieces += [_totals(job, doc, total_caption, after, bank), Space(job.look.gap * 0.8)]
    return pieces


def _totals(
    job: Job,
    doc: PricedPaper,
    total_caption: Label,
    after: list[Sum],
    bank: BankAccount | None,
) -> Totals:
    labels, currency = job.labels, doc.currency
    before: list[Sum] = []
    if doc.discount_minor:
        text = grouped(doc.discount_minor, currency)
        before.append(Sum(labels(N_("Discount included above")), text))
    before += net_and_taxes(job, doc)
    main = Sum(total_caption, figures.signed(doc.total_minor, currency), is_strong=True)

    def beside(width: float) -> list[Block]:
        blocks: list[Block] = [amount_in_words(job, doc.total_minor, currency, width)]
        if bank is not None:
            blocks.append(PayTo(job, bank, width))
        reason = doc.reason if isinstance(doc, CreditNoteDoc) else ""
        for caption, text in ((N_("Reason"), reason), (N_("Note"), doc.note)):
            if text:
                lines = [job.clean(line) for line in text.splitlines()]
                blocks.append(
                    Captioned(job.look, labels(caption), lines, job.look.small, width, is_below=True)
                )
        return blocks

    return Totals(job, before, main, after, beside)


def net_and_taxes(job: Job, doc: PricedPaper) -> list[Sum]:
    """The net amount, and the tax of each rate on its part of it."""
    labels, currency = job.labels, doc.currency
    sums = [Sum(labels(N_("Net amount")), grouped(doc.net_minor, currency))]
    for tax in doc.tax_totals:
        rate = figures.rate_text(labels, tax.tax_kind, tax.tax_rate)
        caption = labels(N_("Tax {rate} on {net}"), rate=rate, net=grouped(tax.net_minor, currency))
        sums.append(Sum(caption, grouped(tax.tax_minor, currency)))
    return sums


def has_tax(lines: tuple[InvoiceLine, ...]) -> bool:
    """Whether the lines have anything to say about tax; a book without taxes prints no tax columns."""
    return any(line.tax_minor or line.tax_rate or line.tax_kind != "rate" for line in lines)


def line_table(job: Job, lines: tuple[InvoiceLine, ...], currency: str) -> Table:
    """The lines with the columns they need: unit, discount and tax only where some line has them."""
    labels = job.labels
    included = [line.is_tax_included for line in lines]
    is_mixed = any(included) and not all(included)
    included_word = labels.one(N_("incl."))
    price_caption = N_("Price incl. tax") if lines and all(included) else N_("Unit price")
    shows_unit = any(line.unit for line in lines)
    shows_discount = any(line.discount_minor for line in lines)
    shows_tax = has_tax(lines)
    columns = [Column(Label("#"), Align.RIGHT), Column(labels(N_("Item")), flex=1, least=9)]
    if shows_unit:
        columns.append(Column(labels(N_("Unit"))))
    columns.append(Column(labels(N_("Quantity")), Align.RIGHT))
    columns.append(Column(labels(price_caption), Align.RIGHT))
    if shows_discount:
        columns.append(Column(labels(N_("Discount")), Align.RIGHT))
    if shows_tax:
        columns.append(Column(labels(N_("Tax rate")), Align.RIGHT))
    columns.append(Column(labels(N_("Net amount")), Align.RIGHT))
    if shows_tax:
        columns.append(Column(labels(N_("Tax")), Align.RIGHT))
        columns.append(Column(labels(N_("Gross")), Align.RIGHT))
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        cells: list[Cell] = [str(number), _described(job, line)]
        if shows_unit:
            cells.append(line.unit)
        cells.append(figures.quantity(line.quantity))
        price = figures.price(line.unit_price, currency)
        cells.append(f"{price} {included_word}" if is_mixed and line.is_tax_included else price)
        if shows_discount:
            cells.append(figures.or_blank(-line.discount_minor, currency))
        if shows_tax:
            cells.append(figures.rate_text(labels, line.tax_kind, line.tax_rate or Decimal(0)))
        cells.append(grouped(line.net_minor, currency))
        if shows_tax:
            cells += [grouped(line.tax_minor, currency), grouped(line.gross_minor, currency)]
        rows.append(Row(cells))
    return Table(job.look, columns, rows, job.width, job.clean)


def _described(job: Job, line: InvoiceLine) -> Entry:
    """The description with code, specification and the product's own fields behind or below it."""
    note = " · ".join(part for part in (line.code, line.specification, *own_words(job, line)) if part)
    return Entry(Label(line.description), note)


def own_words(job: Job, line: InvoiceLine) -> list[str]:
    """The own fields of a line's product as they stand in a table: “Brand Nippon”."""
    return [f"{label.joined} {said.joined}" for label, said in own_facts(job.labels, line.own)]
