"""Quotes and contracts as they are printed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models import clock
from crmdesk.models.discount_terms import NONE
from crmdesk.models.specs.agreements import CONTRACT, QUOTE
from crmdesk.models.tables.products import product
from crmdesk.models.totals import TAXED
from crmdesk.services import agreement_lines, agreements, custom_forms, papers, plans
from crmdesk.services.agreements import Agreement
from crmdesk.services.dialect import among
from crmdesk.services.documents import model

_STANDINGS = {
    "draft": model.Standing.DRAFT,
    "void": model.Standing.VOID,
    "expired": model.Standing.EXPIRED,
    "declined": model.Standing.DECLINED,
    "revised": model.Standing.REVISED,
}


def lines_of(connection: Connection, found: Agreement) -> tuple[model.InvoiceLine, ...]:
    """The lines of an agreement with their amounts, as they are shown and printed."""
    kept = json.loads(found.content)["lines"]
    ids = {line["product_id"] for line in kept} - {None}
    products: dict[int, Any] = {}
    if ids:
        query = select(product.c.id, product.c.code, product.c.specification).where(among(product.c.id, ids))
        products = {row.id: row for row in connection.execute(query)}
    own = custom_forms.printed_of_many(connection, "product", ids) if ids else {}
    totals = agreement_lines.totals_of(found.content, found.currency)
    lines: list[model.InvoiceLine] = []
    for line, amounts in zip(kept, totals.lines, strict=True):
        known = products.get(line["product_id"])
        lines.append(
            model.InvoiceLine(
                line["description"],
                Decimal(line["quantity"]),
                Decimal(line["unit_price"]),
                amounts.net_minor,
                amounts.tax_minor,
                known.code if known else "",
                known.specification if known else "",
                line["unit"],
                amounts.discount_minor,
                "rate" if line["tax_kind"] == TAXED else line["tax_kind"],
                Decimal(line["tax_rate"]) if line["tax_kind"] == TAXED else None,
                line["tax_included"],
                own.get(line["product_id"], ()),
            )
        )
    return tuple(lines)


def document_of(
    connection: Connection, kind: str, number: str, actor: str = "", on: date | None = None
) -> model.AgreementDoc:
    """A quote or contract ready to print, as it stands on a day (default today). Raises NotFound."""
    found = agreements.require(connection, kind, number)
    lines = lines_of(connection, found)
    state = found.state_on(on or clock.today())
    present = plans.current(connection, found.id) if kind == CONTRACT else None
    standing = _STANDINGS.get(state, model.Standing.VALID)
    return model.AgreementDoc(
        papers.company_of(connection),
        papers.party_of(connection, found.customer_id),
        found.number,
        found.dated_on,
        found.currency,
        lines,
        papers.tax_totals(lines),
        found.net_minor,
        found.tax_minor,
        found.total_minor,
        model.AgreementKind(kind),
        title=found.title,
        revision=found.revision,
        valid_until=found.valid_until,
        ends_on=found.ends_on,
        signed_on=found.signed_on,
        signatories=found.signatories,
        discount_terms="" if found.discount_terms == NONE else found.discount_terms,
        discount_minor=sum(line.discount_minor for line in lines),
        instalments=tuple(
            model.DueLine(part.label, part.due_on, part.amount_minor)
            for part in (present.instalments if present else ())
        ),
        note=found.note,
        standing=standing,
        # an expired quote is so since the day after its last one, which stands among the facts
        standing_on=found.closed_on if state in ("void", "declined", "revised") else None,
        standing_reason=found.reason if state in ("void", "declined") else "",
        mark=papers.print_mark(connection, kind, found.number, actor),
        own=papers.own_of(connection, found.customer_id, kind, found.id),
    )


def quote(connection: Connection, number: str, actor: str = "") -> model.AgreementDoc:
    """A quote (报价单) ready to print."""
    return document_of(connection, QUOTE, number, actor)


def contract(connection: Connection, number: str, actor: str = "") -> model.AgreementDoc:
    """A contract (合同) ready to print."""
    return document_of(connection, CONTRACT, number, actor)
