"""Several use cases in one transaction: all of them or none, with one audit entry and one announcement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.services.use_cases import Outcome


def run(
    book: Book,
    name: str,
    requests: Sequence[Mapping[str, Any]],
    *,
    actor: str = "",
    step: Callable[[int, int], object] = lambda _done, _total: None,
) -> Outcome:
    """Runs one use case once per request, all or nothing. `step(done, total)` may raise to give up.

    The result holds `count`, and in `results` what each of them gave back. Raises what the use case raises.
    """
    with book.write(actor) as unit:
        results: list[Any] = []
        for done, request in enumerate(requests):
            step(done, len(requests))
            results.append(use_cases.perform(unit, name, request))
        unit.finish(name, [dict(request) for request in requests])
        result = {"count": len(requests), "results": results}
        return Outcome(result, unit.changes, tuple(unit.warnings))
