"""Drafts of e-mails (RFC 5322): text, PDF attached, opened by the mail program as a message not yet sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy import Connection, select

from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.customers import billing_profile, contact, customer
from crmdesk.services.dialect import among
from crmdesk.services.documents.model import DunningDoc, LetterDoc
from crmdesk.text import _

_SEPARATOR = "\n\n— — —\n\n"


def recipients(connection: Connection, customer_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Name and address of who gets a customer's papers, of those who have an address.

    The billing profile's recipient (开票信息), else the primary contact, else another one, else the customer's own
    address.
    """
    profile, person = billing_profile.c, contact.c
    queries = (
        select(customer.c.id, customer.c.name, customer.c.email).where(
            among(customer.c.id, customer_ids), customer.c.email != ""
        ),
        select(person.customer_id, person.name, person.email)
        .where(among(person.customer_id, customer_ids), person.email != "")
        .order_by(person.is_primary, person.id.desc()),
        select(profile.customer_id, profile.recipient, profile.email)
        .where(among(profile.customer_id, customer_ids), profile.email != "")
        .order_by(profile.is_primary, profile.id.desc()),
    )
    # from the last choice to the first: what comes later takes the place
    return {row[0]: (row[1], row[2]) for query in queries for row in connection.execute(query)}


def required(connection: Connection, customer_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """As `recipients`, of all of them. Raises Conflict `email_missing` naming the first who has no address."""
    found = recipients(connection, customer_ids)
    lacking = next((one for one in customer_ids if one not in found), None)
    if lacking is None:
        return found
    owner = connection.execute(select(customer.c.code, customer.c.name).where(customer.c.id == lacking)).one()
    raise Conflict(
        Code.EMAIL_MISSING,
        _("{code} {name} has no e-mail address. Add one to a contact, or send a letter.").format(
            code=owner.code, name=owner.name
        ),
        field="customer",
    )


def draft(recipient: tuple[str, str], made: DunningDoc | LetterDoc, pdf: bytes, file_name: str) -> bytes:
    """The message as a file: `X-Unsent: 1` makes mail programs open it as a draft."""
    name, address = recipient
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    message["Subject"] = " / ".join(filter(None, made.subjects))
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
