"""What the window needs to write a requirement, quote, contract or order: values to begin with, and the paper of it.

Nothing here writes. Values are those of the use cases `<kind>.create` and `<kind>.update`, as JSON holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from crmdesk.models.specs.agreements import CONTRACT, ORDER, QUOTE, REQUIREMENT
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.customers import customer
from crmdesk.services import agreement_lines, agreements, custom_readings, proposed_document
from crmdesk.services.agreements import Agreement
from crmdesk.services.documents import model

Values = dict[str, Any]
_OWN = {
    REQUIREMENT: ("deliver_on",),
    QUOTE: ("valid_until",),
    CONTRACT: ("ends_on", "signatories"),
    ORDER: ("deliver_on", "customisation"),
}


def find(connection: Connection, kind: str, number: str) -> int | None:
    """The id of the newest agreement of a kind with that number, or None."""
    found = agreements.look_up(connection, kind, number)
    return None if found is None else found.id


def to_change(connection: Connection, agreement_id: int) -> tuple[Values, str, int]:
    """The values of an agreement as they were written, its number, and its version. Raises NotFound."""
    kind = connection.execute(select(agreement.c.kind).where(agreement.c.id == agreement_id)).scalar_one()
    found = agreements.by_id(connection, agreement_id)
    values = _shared(connection, found) | {"date": found.dated_on.isoformat()}
    for name in _OWN[kind]:
        value = getattr(found, name)
        values[name] = value.isoformat() if hasattr(value, "isoformat") else value
    values["fields"] = custom_readings.of_record(connection, kind, agreement_id, found.currency)
    return _filled(values), found.number, found.version


def by_number(connection: Connection, kind: str, number: str) -> tuple[Values, str, int]:
    """As `to_change`, by kind and number. Raises NotFound."""
    return to_change(connection, agreements.require(connection, kind, number).id)


def following(connection: Connection, source_kind: str, number: str) -> Values:
    """What a new agreement takes over from the one it is made from, which its values name. Raises NotFound."""
    found = agreements.require(connection, source_kind, number)
    return _filled(_shared(connection, found) | {source_kind: found.number})


def _shared(connection: Connection, found: Agreement) -> Values:
    code = connection.execute(select(customer.c.code).where(customer.c.id == found.customer_id)).scalar_one()
    return {
        "customer": code,
        "currency": found.currency,
        "title": found.title,
        "note": found.note,
        "discount_terms": found.discount_terms if found.kind != REQUIREMENT else "",
        **agreement_lines.plain_values(connection, found.content),
    }


def _filled(values: Values) -> Values:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def document_of(connection: Connection, kind: str, values: Mapping[str, Any]) -> model.AgreementDoc | None:
    """A quote or contract that is being written (typed values), with a draft's stamp; None without a customer."""
    bill = proposed_document.document_of(connection, values)
    if not isinstance(bill, model.InvoiceDoc):
        return None
    return model.AgreementDoc(
        bill.company,
        bill.party,
        values.get("number") or "—",
        bill.issued_on,
        bill.currency,
        bill.lines,
        bill.tax_totals,
        bill.net_minor,
        bill.tax_minor,
        bill.total_minor,
        model.AgreementKind(kind),
        title=values.get("title") or "",
        revision=values.get("revision") or 1,
        valid_until=values.get("valid_until"),
        ends_on=values.get("ends_on"),
        signatories=values.get("signatories") or "",
        discount_minor=bill.discount_minor or 0,
        note=values.get("note") or "",
        standing=model.Standing.DRAFT,
    )
