"""Measures and segments of today: what the window does on a new day and the command line before it looks at members.

Measures come first, because rules may ask for them; both in one transaction, so that nobody sees the stages of today
beside the groups of yesterday.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from crmdesk.models import clock
from crmdesk.services import segment_evaluation, segment_rules, segment_touched, segments
from crmdesk.services.book import Book
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.lists.measured import MEASURED
from crmdesk.services.measures import evaluation
from crmdesk.services.use_cases import Outcome

_OF_MEASURES = 0.6
"""The share of the time that the measures take; the rules take the rest."""
_MEASURED = frozenset(one.field.name for one in MEASURED)


def evaluate_if_due(
    book: Book,
    *,
    actor: str = "",
    progress: Callable[[float], None] = lambda _done: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Outcome | None:
    """Brings measures and members of segments up to today where a day, or a write of many records, left them behind;
    None when there is nothing to do. Raises Cancelled, and the book is as it was."""
    if book.is_read_only:
        return None
    with book.read() as connection:
        are_measures_due = _are_measures_due(connection)
        if not are_measures_due and not segment_evaluation.is_due(connection):
            return None
    return _evaluate(book, are_measures_due, actor, progress, is_cancelled)


def evaluate_all(
    book: Book,
    *,
    actor: str = "",
    progress: Callable[[float], None] = lambda _done: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """All rules for everybody whether that is due or not, and the measures where they are due. Raises Cancelled."""
    with book.read() as connection:
        are_measures_due = _are_measures_due(connection)
    return _evaluate(book, are_measures_due, actor, progress, is_cancelled)


def _are_measures_due(connection: Connection) -> bool:
    """A book keeps measures once somebody had them reckoned, and from the first rule on that asks for them: without
    any such a rule would find nobody for ever."""
    if evaluation.evaluated_on(connection) is None:
        rules = segment_rules.load(connection, clock.today()).ordered
        return any(one.field in _MEASURED for rule in rules for one in comparisons(rule.node))
    return evaluation.is_due(connection)


def _evaluate(
    book: Book,
    are_measures_due: bool,
    actor: str,
    progress: Callable[[float], None],
    is_cancelled: Callable[[], bool],
) -> Outcome:
    """As the use cases `measure.evaluate` and `rule.evaluate`, all as at today."""
    begun = _OF_MEASURES if are_measures_due else 0.0
    with book.write(actor) as unit:
        result: dict[str, Any] = {}
        if are_measures_due:
            result |= evaluation.evaluate(
                unit, progress=lambda done: progress(done * begun), is_cancelled=is_cancelled
            )
        if not are_measures_due or segment_evaluation.evaluated_on(unit.connection) is not None:
            counts = segment_evaluation.evaluate(
                unit,
                clock.today(),
                progress=lambda done: progress(begun + done * (1 - begun)),
                is_cancelled=is_cancelled,
            )
            result |= segments.moved_words(unit, counts)
            unit.cache[segment_touched.EVALUATED] = True
        unit.finish("measure.evaluate" if are_measures_due else "rule.evaluate", {})
        return Outcome(result, unit.changes, tuple(unit.warnings))
