"""The list of bank lines."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, literal, or_

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import documents as specs
from crmdesk.models.tables.banking import bank_file, bank_line
from crmdesk.models.tables.ledger import money_account
from crmdesk.services.banking import states
from crmdesk.services.dialect import contains
from crmdesk.services.lists.columns import Column, Join, ListSpec, Source
from crmdesk.services.lists.document_kinds import amount
from crmdesk.text import N_

LINE_STATES = (
    Choice(states.NEW, N_("Waiting"), "info"),
    Choice(states.MATCHED, N_("Tied"), "good"),
    Choice(states.BOOKED, N_("Booked"), "good"),
    Choice(states.IGNORED, N_("Set aside"), "neutral"),
)
LINE_HINTS = (
    Choice("fee", N_("Fee")),
    Choice("interest", N_("Interest")),
    Choice("refund", N_("Refund")),
    Choice("transfer", N_("Own transfer")),
)
"""What the bank's file calls a movement."""
_ACCOUNT, _FILE = frozenset({"account"}), frozenset({"file"})
_SEARCHED = (bank_line.c.payer, bank_line.c.payer_account, bank_line.c.text, bank_line.c.reference)


def _search(connection: Connection, typed: str, most: int | None) -> ColumnElement[bool]:
    del connection, most
    words: list[Any] = [or_(*(contains(one, word) for one in _SEARCHED)) for word in typed.split()]
    return and_(*words, literal(True))


BANK_LINES = ListSpec(
    kind="bank_lines",
    label=N_("Bank lines"),
    columns=(
        Column(Field("line", Kind.INTEGER, N_("Bank line"), sign="any", width=8), bank_line.c.id),
        Column(specs.DATE, bank_line.c.booked_on),
        Column(
            Field("account", Kind.TEXT, N_("Money account"), width=12), money_account.c.code, needs=_ACCOUNT
        ),
        Column(Field("payer", Kind.TEXT, N_("Other side"), width=26), bank_line.c.payer),
        Column(
            Field("payer_account", Kind.TEXT, N_("Account of the other side"), width=20),
            bank_line.c.payer_account,
            is_shown=False,
        ),
        Column(Field("text", Kind.TEXT, N_("Text"), width=32), bank_line.c.text),
        Column(amount("amount", N_("Amount")), bank_line.c.amount_minor, is_summed=True),
        Column(specs.CURRENCY, bank_line.c.currency, is_shown=False),
        Column(
            Field("state", Kind.STATE, N_("State"), choices=LINE_STATES, width=9), states.STATE, is_group=True
        ),
        Column(Field("reference", Kind.TEXT, N_("Reference of the bank"), width=18), bank_line.c.reference),
        Column(Field("value_date", Kind.DATE, N_("Value date")), bank_line.c.value_on, is_shown=False),
        Column(Field("hint", Kind.CHOICE, N_("Hint"), choices=LINE_HINTS), bank_line.c.hint, is_shown=False),
        Column(Field("file", Kind.TEXT, N_("File"), width=20), bank_file.c.name, needs=_FILE, is_shown=False),
        Column(Field("row", Kind.INTEGER, N_("Row"), sign="any"), bank_line.c.row_number, is_shown=False),
    ),
    source=Source(
        table=bank_line,
        id=bank_line.c.id,
        columns={},
        joins={
            "account": Join(money_account, money_account.c.id == bank_line.c.money_account_id),
            "file": Join(bank_file, bank_file.c.id == bank_line.c.file_id),
        },
        search=_search,
    ),
    default_sort="-date",
    currency=bank_line.c.currency,
    empty_text=N_("No bank statement was imported yet."),
)
