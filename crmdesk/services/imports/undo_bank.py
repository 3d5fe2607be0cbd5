"""Taking an imported bank statement back: its lines go, unless something was booked for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, select

from crmdesk.models import money
from crmdesk.models.tables.banking import bank_file, bank_ignored, bank_line, bank_match
from crmdesk.services.banking import states
from crmdesk.services.units import Unit
from crmdesk.text import _

_SHOWN_MAX = 20


class BankLines:
    """The files and lines that one import brought."""

    def __init__(self, unit: Unit, batch_id: int) -> None:
        self._unit = unit
        self._files = select(bank_file.c.id).where(bank_file.c.batch_id == batch_id)
        self._lines: Any = select(bank_line.c.id).where(bank_line.c.file_id.in_(self._files))

    def used_since(self) -> Iterator[str]:
        """Lines that stand for something in the book; a reversal of that sets them free."""
        query = (
            select(bank_line.c.booked_on, bank_line.c.amount_minor, bank_line.c.currency)
            .where(bank_line.c.file_id.in_(self._files), states.IS_TAKEN)
            .order_by(bank_line.c.id)
            .limit(_SHOWN_MAX)
        )
        for row in self._unit.execute(query):
            yield _("the line of {date} over {amount} is booked").format(
                date=row.booked_on.isoformat(), amount=money.plain(row.amount_minor, row.currency)
            )

    def take_back(self) -> int:
        """Deletes lines and files, with what was noted about them; gives the number of lines."""
        unit = self._unit
        unit.execute(delete(bank_match).where(bank_match.c.bank_line_id.in_(self._lines)))
        unit.execute(delete(bank_ignored).where(bank_ignored.c.bank_line_id.in_(self._lines)))
        count = unit.execute(delete(bank_line).where(bank_line.c.file_id.in_(self._files))).rowcount
        files = list(unit.execute(self._files).scalars())
        if files:
            unit.execute(delete(bank_file).where(bank_file.c.id.in_(files)))
            unit.changes.everything.add("bank_line")
        return count
