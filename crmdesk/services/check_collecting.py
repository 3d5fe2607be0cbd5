"""What the tables of reminders and interest repeat of others, reckoned anew."""

from __future__ import annotations

from sqlalchemy import Connection, func, or_, select

from crmdesk.models.tables.documents import document
from crmdesk.models.tables.reminders import interest_charge, reminder, reminder_item
from crmdesk.services.check_ledger import Found
from crmdesk.services.posted import REVERSAL
from crmdesk.text import _


def reminders_add_up(connection: Connection) -> Found:
    """The total of a reminder is the sum of its items."""
    total = func.coalesce(func.sum(reminder_item.c.open_minor), 0)
    query = (
        select(reminder.c.id)
        .join_from(reminder, reminder_item, reminder_item.c.reminder_id == reminder.c.id, isouter=True)
        .group_by(reminder.c.id, reminder.c.total_minor)
        .having(total != reminder.c.total_minor)
    )
    for (record_id,) in connection.execute(query):
        yield (
            "reminder",
            f"reminder:{record_id}",
            _("The items of reminder {id} do not add up to its total.").format(id=record_id),
        )


def interest_is_billed_once(connection: Connection) -> Found:
    """An interest invoice is the sum of its charges, and no day of an item stands on two live invoices."""
    sums = (
        select(document.c.id, document.c.number)
        .join_from(interest_charge, document, document.c.id == interest_charge.c.invoice_id)
        .group_by(document.c.id, document.c.number, document.c.net_minor)
        .having(func.sum(interest_charge.c.interest_minor) != document.c.net_minor)
    )
    for record_id, number in connection.execute(sums):
        yield (
            "interest",
            f"document:{record_id}",
            _("The interest on {number} is not the sum of its items.").format(number=number),
        )
    back = document.alias("back")
    voided = select(back.c.origin_id).where(back.c.kind == "invoice" + REVERSAL)
    one, other = interest_charge.alias("one"), interest_charge.alias("other")
    twice = (
        select(one.c.document_id)
        .join(other, other.c.document_id == one.c.document_id)
        .where(
            one.c.invoice_id < other.c.invoice_id,
            one.c.from_on <= other.c.until_on,
            other.c.from_on <= one.c.until_on,
            ~or_(one.c.invoice_id.in_(voided), other.c.invoice_id.in_(voided)),
        )
        .distinct()
    )
    for (record_id,) in connection.execute(twice):
        yield (
            "interest",
            f"document:{record_id}",
            _("Days of document {id} bear interest on two invoices.").format(id=record_id),
        )
