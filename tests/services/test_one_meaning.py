"""Two meanings, two English wordings: what shares a source in the catalogue has one Chinese word for both."""

from __future__ import annotations

import pytest

from crmdesk.models.fields import Choice
from crmdesk.models.specs import custom_fields, documents, fapiao, people, reminders
from crmdesk.services.imports import columns_bank
from crmdesk.services.lists.document_kinds import INVOICE_STATES
from crmdesk.services.lists.kinds import KINDS
from crmdesk.services.reports.currency_reports import DIFFERENCES


def _choice(choices: tuple[Choice, ...], value: str) -> str:
    return next(choice.label for choice in choices if choice.value == value)


def _column(kind: str, name: str) -> str:
    return KINDS[kind].fields[name].label


def _of_bank(name: str) -> str:
    return next(column.field.label for column in columns_bank.BANK if column.field.name == name)


def _how_to_allocate() -> str:
    return next(field.label for field in documents.PAYMENT if field.name == "allocate")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_choice(DIFFERENCES, "allocation"), _how_to_allocate()),
        (_column("deposits", "kept"), _choice(reminders.PROMISE_STATES, "kept")),
        (_column("watch_log", "outcome"), people.OUTCOME.label),
        (_column("dictionaries", "position"), _of_bank("place")),
        (_column("fields", "position"), _of_bank("place")),
        (_column("promises", "paid"), _choice(INVOICE_STATES, "paid")),
        *((_column(kind, kind[:-1]), documents.NUMBER.label) for kind in ("contacts", "relations", "tasks")),
        (_choice(fapiao.REQUEST_STATES, "issued"), _choice(INVOICE_STATES, "issued")),
        (_choice(custom_fields.KINDS, "text"), _of_bank("text")),
        (_choice(custom_fields.KINDS, "number"), documents.NUMBER.label),
        (_choice(people.TASK_STATES, "open"), _column("invoices", "open")),
        (_choice(reminders.PROMISE_STATES, "open"), _column("invoices", "open")),
        (_column("imports", "undone_at"), "Taken back"),  # of a closing: 已反结账
    ],
)
def test_two_meanings_have_two_wordings(one: str, other: str) -> None:
    assert one != other
