"""The state of a bank line, as SQL: it follows from what was booked for it and from nothing that is stored.

A match counts while its payment, refund or bank entry was not reversed; so a reversal reopens the line by itself.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, or_, select

from crmdesk.models.tables.banking import bank_entry, bank_ignored, bank_line, bank_match
from crmdesk.models.tables.documents import document
from crmdesk.services.posted import REVERSAL

NEW, MATCHED, BOOKED, IGNORED = "new", "matched", "booked", "ignored"

_BACK = document.alias("bank_back")
_ENTRY_BACK = bank_entry.alias("bank_entry_back")

IS_LIVE_MATCH: ColumnElement[bool] = and_(
    ~select(_BACK.c.id)
    .where(
        _BACK.c.origin_id == bank_match.c.document_id,
        _BACK.c.kind.in_(("payment" + REVERSAL, "refund" + REVERSAL)),
    )
    .correlate(bank_match)
    .exists(),
    ~select(_ENTRY_BACK.c.id)
    .where(_ENTRY_BACK.c.origin_id == bank_match.c.entry_id)
    .correlate(bank_match)
    .exists(),
)
"""Whether a row of `bank_match` stands."""


def _live(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(bank_match.c.id)
        .where(bank_match.c.bank_line_id == bank_line.c.id, IS_LIVE_MATCH, *conditions)
        .correlate(bank_line)
    )


IS_TAKEN: ColumnElement[bool] = _live().exists()
"""Whether something in the book stands for the line."""
IS_IGNORED: ColumnElement[bool] = (
    select(bank_ignored.c.bank_line_id)
    .where(bank_ignored.c.bank_line_id == bank_line.c.id)
    .correlate(bank_line)
    .exists()
)
IS_NEW: ColumnElement[bool] = ~or_(IS_TAKEN, IS_IGNORED)
"""Whether the line still waits for somebody."""
STATE: ColumnElement[str] = case(
    (_live(bank_match.c.how == "booked").exists(), BOOKED),
    (IS_TAKEN, MATCHED),
    (IS_IGNORED, IGNORED),
    else_=NEW,
).cast(Text)
