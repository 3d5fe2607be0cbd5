"""Segments and life stages of today, for commands that look at who is in them (the window's is `ui/new_day`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crmdesk.cli.output import tell
from crmdesk.models.errors import BookFault, Conflict
from crmdesk.services.book import Book
from crmdesk.text import _

LISTS = frozenset(
    {
        *("customers", "segments", "segment_members", "segment_events", "stage_moves"),
        *("categories", "category_history", "category_changes", "tags"),  # rules put customers into them
        "reminders_due",  # a reminder rule may be for a tag or a category
    }
)
REPORTS = frozenset({"segments", "matrix", "compare", "measures", "recommendations"})


@contextmanager
def opened(path: str, actor: str, *, uses_members: bool) -> Iterator[Book]:
    """A book; where a command `uses_members`, who is where is first brought up to today, in the name of `actor`.
    In a book that cannot be written to it stays as at its day, which is told beside the result."""
    with Book.open(Path(path)) as book:
        if uses_members:
            _bring_up_to_date(book, actor)
        yield book


def _bring_up_to_date(book: Book, actor: str) -> None:
    from crmdesk.services import new_day

    if not book.is_read_only:
        try:
            new_day.evaluate_if_due(book, actor=actor)
        except (Conflict, BookFault) as error:  # somebody is writing, say: what can be read is still of use
            tell(error.message)
    for words in _what_is_due(book):
        tell(words)


def _what_is_due(book: Book) -> list[str]:
    """Of an earlier day, in sentences."""
    from crmdesk.services import segment_evaluation
    from crmdesk.services.measures import evaluation

    found: list[str] = []
    with book.read() as connection:
        on = evaluation.evaluated_on(connection)
        if on is not None and evaluation.is_due(connection):
            found.append(_("Life stages and other measures are as at {date}.").format(date=on.isoformat()))
        day = segment_evaluation.evaluated_on(connection)
        if day is not None and segment_evaluation.is_due(connection):
            found.append(_("Segments are as at {date}.").format(date=day.isoformat()))
    return found
