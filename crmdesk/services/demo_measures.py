"""What the practice company shows of measures: everybody reckoned, and one stage set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from crmdesk.models import clock
from crmdesk.models.tables.measures import stage_pin
from crmdesk.services import customer_lookup
from crmdesk.services.book import Book
from crmdesk.services.measures import evaluation

_PINNED = "loyal"
_BEFORE_DAYS = 182


def fill(book: Book, codes: Sequence[str], until: date) -> None:
    """Reckons everybody as at the last day."""
    with book.write("demo") as unit:
        unit.is_bulk = True
        if codes:
            unit.add(
                stage_pin,
                customer_id=customer_lookup.find(unit, codes[0]).id,
                stage=_PINNED,
                reason="老板多年的合作伙伴",
                actor="demo",
                pinned_at=clock.stamp(clock.now_utc()),
            )
        # as at half a year before: who came to another stage since stands in the history
        evaluation.evaluate(unit, on=until - timedelta(days=_BEFORE_DAYS))
        evaluation.evaluate(unit, on=until)
        unit.finish("demo.measures", {"until": until.isoformat()})
