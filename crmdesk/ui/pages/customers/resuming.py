"""Forms of the place of customers that a crash left behind: each is opened where it was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from crmdesk.services import customer_card
from crmdesk.services.customer_card import Card
from crmdesk.ui.context import Context
from crmdesk.ui.pages.customers import activity_form
from crmdesk.ui.pages.customers.editor import NAME, CustomerDialog
from crmdesk.ui.pages.customers.groups import SEGMENT_FORM, SEGMENTS
from crmdesk.ui.pages.customers.letters import LETTERS, ways
from crmdesk.ui.pages.customers.parts import resume_part
from crmdesk.ui.pages.customers.trees import CATEGORY_NOTE_FORM, TREES

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.draft_journal import Entry
    from crmdesk.ui.pages.customers.page import CustomersPage


def resume(page: CustomersPage, ctx: Context, entry: Entry) -> None:
    """Goes on with a form."""
    if entry.form == SEGMENT_FORM:
        page.parts.show_part(SEGMENTS)
        page.editor.resume(entry)
        page.show_editor()
    elif entry.form == CATEGORY_NOTE_FORM:
        page.show_parts(TREES).resume(entry)  # type: ignore[attr-defined]
    elif entry.form == ways.TEXT_FORM:
        ctx.go("customers", part=LETTERS)
        ways.open_text(ctx, page, entry)
    elif entry.form != NAME:
        _resume_of_customer(page, ctx, entry)
    elif entry.record:
        _read(page, ctx, entry.record, lambda card: page.edit(card, entry))
    else:
        dialog = CustomerDialog(ctx, page, on_saved=page.created, on_twin=page.show_customer, entry=entry)
        dialog.show_sheet()
        dialog.fields.focus_field("name")


def _resume_of_customer(page: CustomersPage, ctx: Context, entry: Entry) -> None:
    def go_on(card: Card) -> None:
        page.show_customer(card.id)
        if entry.form == activity_form.ACTIVITY:
            activity_form.resume(ctx, page, card.code, entry)
        else:
            resume_part(ctx, page, card, entry)

    _read(page, ctx, str(entry.about.get("customer", "")), go_on)


def _read(page: CustomersPage, ctx: Context, code: str, go_on: Callable[[Card], object]) -> None:
    def work(connection: Connection) -> Card:
        return customer_card.load(connection, customer_card.id_of(connection, code) or 0)

    ctx.read(work, owner=page, on_done=go_on)
