"""The first rows of a list that is still empty, shown while the order of its whole set is read."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from crmdesk.ui.kit.row_source import HeadedSource, Row
from crmdesk.ui.kit.table_model import BLOCK_ROW_COUNT, TableModel
from crmdesk.ui.kit.tasks import Progress, Tasks

if TYPE_CHECKING:
    from crmdesk.ui.kit.table_view import TableView


def show(view: TableView, model: TableModel, tasks: Tasks) -> None:
    """Asked beside every loading; of a million rows the order takes a quarter of a second, their head does not.

    The view is not loaded by that: how many there are is not known yet.
    """
    query, source = view.current_query, model.source
    if model.ids or query.search or query.group or not isinstance(source, HeadedSource):
        return

    def work(progress: Progress) -> tuple[array[int], dict[int, Row]]:
        progress.check()
        ids = source.first(query, BLOCK_ROW_COUNT)
        return ids, dict(source.fetch(ids))

    def done(answer: tuple[array[int], dict[int, Row]]) -> None:
        if query == view.current_query and not model.ids:
            model.set_ids(*answer)

    # the same failure comes from the reading of all, and is told there
    tasks.run("read", work, owner=view, done=done, failed=lambda _error: None, replaces="first")
