"""Records named by a kind and a number, as attachments, tasks and comments name what they belong to."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.agreements import KINDS as AGREEMENT_KINDS
from crmdesk.models.specs.people import RECORD_KINDS
from crmdesk.models.tables.agreements import agreement
from crmdesk.services import agreements, customer_lookup, posted, products
from crmdesk.services.units import Unit
from crmdesk.text import N_, _

KIND = Field("kind", Kind.CHOICE, N_("Kind"), choices=RECORD_KINDS)
NUMBER = Field(
    "number", Kind.CODE, N_("Number"), help=N_("Of the document, or the product's code."), length_max=60
)
CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), link="customer")
REFERENCE = (KIND, NUMBER, CUSTOMER)
"""What a use case takes to name a record; the kind left out, it is a customer."""


class Record(NamedTuple):
    """A record and the customer it belongs to (none for a product)."""

    kind: str
    id: int
    customer_id: int | None


def find(unit: Unit, kind: str | None, number: str | None, customer: str | None) -> Record:
    """The record that a kind and a number (of a customer: the code) name, or NotFound."""
    kind = kind or "customer"
    if kind == "customer":
        if customer and number and number != customer:
            raise InvalidInput(
                Code.REQUIRED,
                _(
                    "Say with “kind” which record {number} is, or leave the number out: the customer is named."
                ).format(number=f"“{number[:60]}”"),
                field="kind",
            )
        code = customer or number
        if not code:
            raise InvalidInput(
                Code.REQUIRED, _("“{field}” is required.").format(field="customer"), field="customer"
            )
        found = customer_lookup.find(unit, code).id
        return Record(kind, found, found)
    if not number:
        raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field="number"), field="number")
    if kind == "product":
        return Record(kind, products.find(unit, number, "number").id, None)
    if kind in AGREEMENT_KINDS:
        record_id = agreements.find(unit, kind, number, "number").id
        owner = unit.execute(select(agreement.c.customer_id).where(agreement.c.id == record_id)).scalar_one()
        return Record(kind, record_id, owner)
    document = posted.find(unit, (kind,), number, "number")
    return Record(kind, document.id, document.customer_id)
