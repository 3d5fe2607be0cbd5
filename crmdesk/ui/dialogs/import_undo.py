"""Taking back what the import dialog brought in, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmdesk.services.use_cases import Outcome
from crmdesk.text import _

if TYPE_CHECKING:
    from crmdesk.services.book import Book


def take_back(book: Book, actor: str, batches: Sequence[str]) -> Outcome:
    """Undoes imports one after another. The result has `undone` (how many), `kept` and the `error` that ended it."""
    from crmdesk.models.errors import CrmdeskError
    from crmdesk.services import use_cases
    from crmdesk.services.changes import Changes

    changes = Changes()
    kept: list[str] = []
    for undone, batch in enumerate(batches):
        try:
            outcome = use_cases.run_outcome(book, "import.undo", {"batch": batch}, actor=actor)
        except CrmdeskError as error:
            if not undone:
                raise
            # Those before are committed: the lists have to hear of them in any case.
            return Outcome({"kept": kept, "undone": undone, "error": error}, changes)
        changes.merge(outcome.changes)
        kept += outcome.result["kept"]
    return Outcome({"kept": kept, "undone": len(batches), "error": None}, changes)


def undone_words(outcome: Outcome, count: int) -> str:
    """What was taken back of `count` parts, and what stayed."""
    error, kept = outcome.result["error"], outcome.result["kept"]
    texts = [_("The import was taken back.")]
    if error is not None:
        from crmdesk.ui.kit.faults import sentence

        texts = [_("Taken back: {count} of {all} parts.").format(count=outcome.result["undone"], all=count)]
        texts.append(sentence(error))
    if kept:
        from crmdesk.services.imports.undo import kept_words

        texts.append(kept_words(kept))
    return " ".join(texts)
