"""Requests for tax invoices as they are printed."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Connection, select

from crmdesk.models.specs import fapiao as fapiao_specs
from crmdesk.models.tables.customers import customer
from crmdesk.models.totals import TAXED
from crmdesk.services import fapiao_copy, fapiao_facts, papers
from crmdesk.services.documents import model


def request(connection: Connection, number: str, actor: str = "") -> model.FapiaoRequestDoc:
    """A request for a tax invoice ready to print, with its billing profile as it was asked for."""
    facts = fapiao_facts.load_request(connection, number)
    owner = connection.execute(select(customer.c.id).where(customer.c.code == facts.customer)).scalar_one()
    lines = tuple(
        model.InvoiceLine(
            line.description,
            Decimal(line.quantity),
            fapiao_copy.price_of(line, facts.home_currency),
            line.home_net_minor,
            line.home_tax_minor,
            unit=line.unit,
            tax_kind="rate" if line.tax_kind == TAXED else line.tax_kind,
            tax_rate=Decimal(line.tax_rate) if line.tax_kind == TAXED else None,
        )
        for line in facts.lines
    )
    kind, medium, state = (
        next(choice.label for choice in choices if choice.value == value)
        for choices, value in (
            (fapiao_specs.KINDS, facts.kind),
            (fapiao_specs.MEDIA, facts.medium),
            (fapiao_specs.REQUEST_STATES, facts.state),
        )
    )
    return model.FapiaoRequestDoc(
        papers.company_of(connection),
        papers.party_of(connection, owner),
        facts.number,
        facts.dated_on,
        facts.home_currency,
        lines,
        papers.tax_totals(lines),
        facts.home_net_minor,
        facts.home_tax_minor,
        facts.home_total_minor,
        kind,
        medium,
        state,
        tuple((label, facts.profile.get(name, "")) for name, label in fapiao_copy.PROFILE_LABELS),
        tuple(dict.fromkeys(line.bill for line in facts.lines)),
        note=facts.note,
        billed=facts.billed_words,
        mark=papers.print_mark(connection, "fapiao-request", facts.number, actor),
    )
