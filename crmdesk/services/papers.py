"""Fills printed documents from the book: invoice, credit note, receipt, statement; and logs what was printed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, func, select

from crmdesk import text
from crmdesk.models import clock, discount_terms
from crmdesk.models.discount_terms import Terms
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.tables.customers import address, contact, customer
from crmdesk.models.tables.documents import allocation, document, document_line, payment, print_log
from crmdesk.models.tables.ledger import money_account
from crmdesk.models.tables.products import product
from crmdesk.models.tables.settings import picture
from crmdesk.models.totals import TAXED
from crmdesk.services import custom_forms, settings, settled, settlement_discounts, statements
from crmdesk.services.documents import model
from crmdesk.services.posted import NOT_FOUND_TEXTS, REVERSAL
from crmdesk.services.reports import ageing
from crmdesk.text import _

LOGO = "logo"
TAX_KINDS = {TAXED: "rate", "exempt": "exempt", "out_of_scope": "out_of_scope"}
"""How a line is taxed -> what the papers call it."""


def company_of(connection: Connection) -> model.Company:
    """Who issues the documents of this book."""
    own = settings.load(connection)
    logo = connection.execute(select(picture.c.content).where(picture.c.name == LOGO)).scalar()
    bank = model.BankAccount(own.bank, own.name, own.bank_account) if own.bank or own.bank_account else None
    return model.Company(
        own.name, own.address, own.phone, own.email, own.tax_number, bank, logo, own.document_footer
    )


def primary_of(connection: Connection, table: Table, customer_id: int) -> Any:
    """The customer's primary contact, address or billing profile; None without one."""
    own = select(table).where(table.c.customer_id == customer_id)
    return connection.execute(own.order_by(table.c.is_primary.desc()).limit(1)).first()


def party_of(connection: Connection, customer_id: int) -> model.Party:
    """The customer as printed: primary address and contact."""
    row = connection.execute(select(customer).where(customer.c.id == customer_id)).one()
    place = primary_of(connection, address, customer_id)
    person = primary_of(connection, contact, customer_id)
    parts = (place.province, place.city, place.district, place.street) if place else ()
    joiner = "" if any("\u4e00" <= char <= "\u9fff" for part in parts for char in part) else ", "
    return model.Party(
        row.code,
        row.name,
        row.tax_number,
        joiner.join(part for part in parts if part),
        person.name if person else "",
        row.phone or (person.phone or person.mobile if person else ""),
    )


def own_of(
    connection: Connection, customer_id: int, kind: str = "", record_id: int = 0
) -> tuple[model.OwnFact, ...]:
    """The own fields that stand at the head of a paper: of the customer, his primary contact, and the record that the
    paper is of, where it is one."""
    person = primary_of(connection, contact, customer_id)
    return (
        *custom_forms.printed(connection, "customer", customer_id),
        *(custom_forms.printed(connection, "contact", person.id) if person else ()),
        *(custom_forms.printed(connection, kind, record_id) if kind else ()),
    )


def find_document(connection: Connection, kind: str, number: str) -> Any:
    """The newest document of a kind with that number, or NotFound."""
    row = connection.execute(
        select(document)
        .where(document.c.kind == kind, document.c.number == number)
        .order_by(document.c.generation.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound(
            Code.NOT_FOUND, _(NOT_FOUND_TEXTS[kind]).format(number=f"“{number[:60]}”"), field="number"
        )
    return row


def _standing(connection: Connection, row: Any) -> dict[str, Any]:
    back = connection.execute(
        select(document.c.dated_on, document.c.reason).where(
            document.c.origin_id == row.id, document.c.kind == row.kind + REVERSAL
        )
    ).first()
    if back is not None:
        standing = model.Standing.REVERSED if row.kind == "payment" else model.Standing.VOID
        return {"standing": standing, "standing_on": back.dated_on, "standing_reason": back.reason}
    if (
        row.kind == "invoice"
        and row.total_minor > 0
        and settled.credited_minor(connection, row.id) >= row.total_minor
    ):
        return {"standing": model.Standing.CREDITED}
    return {}


def _settled_minor(connection: Connection, document_id: int) -> int:
    return connection.execute(
        select(func.coalesce(func.sum(allocation.c.amount_minor), 0)).where(
            (allocation.c.credit_id == document_id) | (allocation.c.debit_id == document_id)
        )
    ).scalar_one()


def print_mark(connection: Connection, kind: str, number: str, actor: str) -> model.PrintMark:
    """When, by whom and how often a document is printed by now."""
    count = connection.execute(
        select(func.count())
        .select_from(print_log)
        .where(print_log.c.kind == kind, print_log.c.number == number)
    ).scalar_one()
    return model.PrintMark(clock.today(), actor, count + 1)


def _lines(connection: Connection, document_id: int) -> tuple[model.InvoiceLine, ...]:
    rows = connection.execute(
        select(document_line, product.c.code, product.c.specification)
        .join_from(document_line, product, product.c.id == document_line.c.product_id, isouter=True)
        .where(document_line.c.document_id == document_id)
        .order_by(document_line.c.position)
    ).all()
    sold = {row.product_id for row in rows} - {None}
    own = custom_forms.printed_of_many(connection, "product", sold) if sold else {}
    return tuple(
        model.InvoiceLine(
            row.description,
            Decimal(row.quantity),
            Decimal(row.unit_price),
            row.net_minor,
            row.tax_minor,
            row.code or "",
            row.specification or "",
            row.unit,
            row.discount_minor,
            TAX_KINDS[row.tax_kind],
            Decimal(row.tax_rate) if row.tax_kind == TAXED else None,
            bool(row.is_tax_included),
            own.get(row.product_id, ()),
        )
        for row in rows
    )


def tax_totals(lines: tuple[model.InvoiceLine, ...]) -> tuple[model.TaxTotal, ...]:
    """Net and tax by rate and kind, highest rate first."""
    sums: dict[tuple[str, Decimal | None], tuple[int, int]] = {}
    for line in lines:
        net, tax = sums.get((line.tax_kind, line.tax_rate), (0, 0))
        sums[line.tax_kind, line.tax_rate] = (net + line.net_minor, tax + line.tax_minor)
    return tuple(
        model.TaxTotal(net, tax, kind, rate)
        for (kind, rate), (net, tax) in sorted(sums.items(), key=lambda entry: -(entry[0][1] or Decimal(-1)))
    )


def invoice(connection: Connection, number: str, actor: str = "") -> model.InvoiceDoc:
    """An invoice ready to print, as it stands now."""
    row = find_document(connection, "invoice", number)
    lines = _lines(connection, row.id)
    paid = _settled_minor(connection, row.id)
    terms = settlement_discounts.terms_in(row.terms)
    return model.InvoiceDoc(
        company_of(connection),
        party_of(connection, row.customer_id),
        row.number,
        row.dated_on,
        row.currency,
        lines,
        tax_totals(lines),
        row.net_minor,
        row.tax_minor,
        row.total_minor,
        row.due_on,
        paid or None,
        row.total_minor - paid if paid else None,
        discount_minor=row.discount_minor,
        discounts=discount_steps(terms, row.dated_on, row.total_minor - paid),
        discount_taken_minor=_taken_minor(connection, row.id) if terms.steps else 0,
        reference=row.reference,
        note=row.note,
        mark=print_mark(connection, "invoice", row.number, actor),
        own=own_of(connection, row.customer_id, "invoice", row.id),
        **_standing(connection, row),
    )


def discount_steps(terms: Terms, dated_on: date, open_minor: int) -> tuple[model.DiscountStep, ...]:
    """What may be kept of the open amount of an invoice by its terms, each step with its last day; none of nothing."""
    steps = (
        model.DiscountStep(
            step.rate,
            dated_on + timedelta(days=step.days),
            discount_terms.taken_minor(step.rate, open_minor, open_minor),
        )
        for step in terms.steps
    )
    return tuple(step for step in steps if step.amount_minor > 0)


def _taken_minor(connection: Connection, invoice_id: int) -> int:
    """The settlement discounts that an invoice is lessened by, in minor units; what went back is left out."""
    return connection.execute(
        select(func.coalesce(func.sum(allocation.c.amount_minor), 0))
        .join_from(allocation, document, document.c.id == allocation.c.credit_id)
        .where(allocation.c.debit_id == invoice_id, document.c.kind == settlement_discounts.KIND)
    ).scalar_one()


def credit_note(connection: Connection, number: str, actor: str = "") -> model.CreditNoteDoc:
    """A credit note ready to print."""
    row = find_document(connection, "credit", number)
    lines = _lines(connection, row.id)
    original = (
        connection.execute(
            select(document.c.number, document.c.dated_on).where(document.c.id == row.origin_id)
        ).first()
        if row.origin_id
        else None
    )
    return model.CreditNoteDoc(
        company_of(connection),
        party_of(connection, row.customer_id),
        row.number,
        row.dated_on,
        row.currency,
        lines,
        tax_totals(lines),
        row.net_minor,
        row.tax_minor,
        row.total_minor,
        row.reason,
        original.number if original else "",
        original.dated_on if original else None,
        row.total_minor - _settled_minor(connection, row.id),
        discount_minor=row.discount_minor,
        note=row.note,
        mark=print_mark(connection, "credit-note", row.number, actor),
        own=own_of(connection, row.customer_id, "credit", row.id),
        **_standing(connection, row),
    )


def receipt(connection: Connection, number: str, actor: str = "", language: str = "") -> model.ReceiptDoc:
    """A receipt (收款收据) ready to print: what was received and which invoices it settles now."""
    row = find_document(connection, "payment", number)
    money_row = connection.execute(
        select(payment, money_account.c.name.label("account_name"))
        .join_from(payment, money_account, money_account.c.id == payment.c.money_account_id)
        .where(payment.c.document_id == row.id)
    ).one()
    debit = document.alias("debit")
    pairs = connection.execute(
        select(
            debit.c.id,
            debit.c.number,
            debit.c.dated_on,
            debit.c.total_minor,
            func.sum(allocation.c.amount_minor).label("amount"),
        )
        .join_from(allocation, debit, debit.c.id == allocation.c.debit_id)
        .where(allocation.c.credit_id == row.id)
        .group_by(debit.c.id)
        .having(func.sum(allocation.c.amount_minor) != 0)
        .order_by(debit.c.dated_on, debit.c.id)
    ).all()
    earned = _earned_by_debit(connection, row.id)
    parts = tuple(
        model.Settled(
            pair.number,
            pair.amount + earned.get(pair.id, 0),
            pair.dated_on,
            pair.total_minor,
            pair.total_minor - _settled_minor(connection, pair.id),
        )
        for pair in pairs
    )
    less = sum(earned.values())
    used = sum(entry.amount_minor for entry in parts) - less
    return model.ReceiptDoc(
        company_of(connection),
        party_of(connection, row.customer_id),
        row.number,
        row.dated_on,
        row.currency,
        money_row.received_minor,
        money_row.payer,
        _method_label(money_row.method, language or settings.load(connection).language),
        money_row.account_name,
        row.reference,
        parts,
        row.total_minor - used,
        row.discount_minor + less,
        row.note,
        mark=print_mark(connection, "receipt", row.number, actor),
        own=own_of(connection, row.customer_id, "payment", row.id),
        **_standing(connection, row),
    )


def _earned_by_debit(connection: Connection, payment_id: int) -> dict[int, int]:
    """What a payment earned by the terms of each invoice and still has, in minor units; what went back is left out."""
    earned = func.sum(allocation.c.amount_minor)
    rows = connection.execute(
        select(allocation.c.debit_id, earned)
        .join_from(allocation, document, document.c.id == allocation.c.credit_id)
        .where(document.c.origin_id == payment_id, document.c.kind == settlement_discounts.KIND)
        .group_by(allocation.c.debit_id)
        .having(earned != 0)
    )
    return {row.debit_id: row[1] for row in rows}


def _method_label(method: str, language: str) -> str:
    from crmdesk.models.specs.documents import METHODS

    translate = text.translator("en" if language == "en" else "zh_CN")
    return next((translate(choice.label) for choice in METHODS if choice.value == method), method)


def statement(
    connection: Connection,
    code: str,
    *,
    date_from: date | None = None,
    date_to: date | None = None,
    style: str = statements.BALANCE_FORWARD,
    has_ageing: bool = True,
    has_words: bool = True,
    has_slip: bool = True,
    buckets: tuple[int, ...] = ageing.DEFAULT_BUCKETS,
    note: str = "",
    actor: str = "",
) -> model.StatementDoc:
    """A customer's statement ready to print, one section per currency."""
    found = statements.of_customer(
        connection, code, date_from=date_from, date_to=date_to, style=style, buckets=buckets
    )
    sections = tuple(
        model.StatementSection(
            entry.currency,
            entry.opening_minor,
            tuple(
                model.StatementLine(
                    line.dated_on,
                    line.kind,
                    line.number,
                    line.text,
                    line.debit_minor,
                    line.credit_minor,
                    line.balance_minor,
                    line.due_on,
                    line.open_minor,
                )
                for line in entry.lines
            ),
            entry.closing_minor,
            _ageing(entry.ageing, buckets) if has_ageing else None,
            entry.deposits_minor,
        )
        for entry in found
    )
    first = found[0]
    return model.StatementDoc(
        company_of(connection),
        party_of(connection, first.customer_id),
        min(entry.date_from for entry in found) if style != statements.OPEN_ITEM else None,
        first.date_to,
        model.StatementStyle(style),
        sections,
        has_words,
        has_slip,
        note,
        mark=model.PrintMark(clock.today(), actor),
        own=own_of(connection, first.customer_id),
    )


def _ageing(row: ageing.Row, buckets: tuple[int, ...]) -> model.Ageing:
    return model.Ageing(
        row.not_due_minor,
        tuple(
            model.Bucket(first or 0, last, amount)
            for (first, last), amount in zip(ageing.ranges(buckets), row.bucket_minors, strict=True)
        ),
        row.unallocated_minor,
        row.total_minor,
    )


def delivery_note(connection: Connection, number: str, actor: str = "") -> model.DeliveryNoteDoc:
    """The delivery note of an invoice, ready to print."""
    row = find_document(connection, "invoice", number)
    standing = _standing(connection, row)
    if standing.get("standing") is model.Standing.CREDITED:
        standing = {}  # what was delivered stays delivered
    return model.DeliveryNoteDoc(
        company_of(connection),
        party_of(connection, row.customer_id),
        row.number,
        row.dated_on,
        _lines(connection, row.id),
        row.reference,
        row.note,
        mark=print_mark(connection, "delivery-note", row.number, actor),
        **standing,
    )


def _fillers() -> dict[str, Callable[..., model.Document]]:
    from crmdesk.services import agreement_paper, fapiao_paper  # they use what is above

    return {
        "invoice": invoice,
        "delivery-note": delivery_note,
        "credit-note": credit_note,
        "quote": agreement_paper.quote,
        "contract": agreement_paper.contract,
        "fapiao-request": fapiao_paper.request,
    }


def pdf(
    connection: Connection,
    kind: str,
    numbers: list[str],
    *,
    paper: str = "",
    language: str = "",
    actor: str = "",
    values_only: bool = False,
) -> model.Rendered:
    """One PDF of one or many documents of a kind, in the order given; `values_only` for a pre-printed form."""
    from crmdesk.services.documents import printing

    own = settings.load(connection)
    chosen = language or own.language
    if kind == "receipt":
        documents: list[model.Document] = [receipt(connection, number, actor, chosen) for number in numbers]
    else:
        fill = _fillers()[kind]
        documents = [fill(connection, number, actor) for number in numbers]
    sheet = paper or own.paper
    right, down = own.print_offsets.get(sheet, (0, 0))
    return printing.render(documents, sheet, chosen, (right / 10, down / 10), values_only=values_only)
