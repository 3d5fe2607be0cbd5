"""Drafts of e-mails (RFC 5322): text, PDF attached, opened by the mail program as a message not yet sent."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy import Connection, select

from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.customers import billing_profile, contact, customer
from crmdesk.services.documents.model import DunningDoc
from crmdesk.services.reminders_due import Due
from crmdesk.text import _

_SEPARATOR = "\n\n— — —\n\n"


def recipient(connection: Connection, customer_id: int) -> tuple[str, str]:
    """Name and address of who gets a customer's invoices.

    The billing profile's recipient (开票信息), else the primary contact, else another one, else the customer's own
    address. Raises Conflict `email_missing` naming the customer.
    """
    profile = billing_profile.c
    person = contact.c
    queries = (
        select(profile.recipient, profile.email)
        .where(profile.customer_id == customer_id, profile.email != "")
        .order_by(profile.is_primary.desc(), profile.id),
        select(person.name, person.email)
        .where(person.customer_id == customer_id, person.email != "")
        .order_by(person.is_primary.desc(), person.id),
        select(customer.c.name, customer.c.email).where(customer.c.id == customer_id, customer.c.email != ""),
    )
    for query in queries:
        row = connection.execute(query.limit(1)).first()
        if row is not None:
            return row[0], row[1]
    owner = connection.execute(
        select(customer.c.code, customer.c.name).where(customer.c.id == customer_id)
    ).one()
    raise Conflict(
        Code.EMAIL_MISSING,
        _("{code} {name} has no e-mail address. Add one to a contact, or send a letter.").format(
            code=owner.code, name=owner.name
        ),
        field="customer",
    )


def draft(connection: Connection, due: Due, made: DunningDoc, pdf: bytes, file_name: str) -> bytes:
    """The message as a file: `X-Unsent: 1` makes mail programs open it as a draft."""
    name, address = recipient(connection, due.customer_id)
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    message["Subject"] = " / ".join(made.subjects)
    message["To"] = _address(name, address)
    if made.company.email:
        message["From"] = _address(made.company.name, made.company.email)
    message.set_content(_SEPARATOR.join(made.bodies) + f"\n\n{made.company.name}\n", cte="base64")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=file_name)
    return message.as_bytes()


def _address(name: str, address: str) -> str:
    """“Name <address>” as a header holds it; an address that the standard does not know is told."""
    from email.headerregistry import Address

    try:
        return str(Address(display_name=name, addr_spec=address))
    except (ValueError, IndexError) as error:
        raise Conflict(
            Code.EMAIL_MISSING,
            _("“{address}” is not an e-mail address. Correct it at the customer's contact.").format(
                address=address[:80]
            ),
            field="customer",
        ) from error
