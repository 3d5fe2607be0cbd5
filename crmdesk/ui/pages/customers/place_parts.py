"""The parts of the customers' place beside the list. Each is imported when it is first wanted: most days begin with a
customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmdesk.text import N_
from crmdesk.ui.context import Context
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.pages.customers.analysis import COMPARE, MATRIX, OVERVIEW
from crmdesk.ui.pages.customers.groups import MOVEMENTS, SEGMENTS
from crmdesk.ui.pages.customers.letters import LETTERS
from crmdesk.ui.pages.customers.trees import TAGS, TREES
from crmdesk.ui.pages.customers.twins import DUPLICATES, MERGES
from crmdesk.ui.segmented import Part, TitledPage

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from crmdesk.ui.pages.customers.page import CustomersPage

LIST, TASKS = "customers", "tasks"
STAGE_MOVES = "stage_moves"
OTHERS = (
    *(SEGMENTS, MOVEMENTS, STAGE_MOVES, TREES, TAGS, MATRIX, COMPARE, OVERVIEW, LETTERS, DUPLICATES, MERGES),
    TASKS,
)


def parts_of(page: CustomersPage, ctx: Context) -> list[Part]:
    """The parts in their order; groups of customers and double entries have parts of their own."""

    def tasks() -> ListPage:
        from crmdesk.ui.pages.customers.tasks_list import make_tasks

        return make_tasks(ctx)

    def segments() -> ListPage:
        from crmdesk.ui.pages.customers.groups.page_list import make_segments

        made, page.segments = make_segments(ctx, page)
        return made

    def movements() -> ListPage:
        from crmdesk.ui.pages.customers.groups.review import make_review

        return make_review(ctx, page)

    def trees() -> TitledPage:
        from crmdesk.ui.pages.customers.trees.page import TreesPage

        return TreesPage(ctx)

    def tags() -> ListPage:
        from crmdesk.ui.pages.customers.trees.tags_list import make_tags

        return make_tags(ctx, page)

    def stage_moves() -> ListPage:
        from crmdesk.ui.pages.customers.stage_moves import make_stage_moves

        return make_stage_moves(ctx, page)

    def letters() -> ListPage:
        from crmdesk.ui.pages.customers.letters.texts import make_texts

        return make_texts(ctx, page)

    def duplicates() -> ListPage:
        from crmdesk.ui.pages.customers.twins.page_list import TwinsPage

        return TwinsPage(ctx)

    def merges() -> ListPage:
        from crmdesk.ui.pages.customers.twins.page_list import make_merges

        return make_merges(ctx, page)

    def matrix() -> QWidget:
        from crmdesk.ui.pages.customers.analysis.matrix import MatrixPage

        return MatrixPage(ctx)

    def compare() -> QWidget:
        from crmdesk.ui.pages.customers.analysis.compare import ComparePage

        return ComparePage(ctx)

    def overview() -> QWidget:
        from crmdesk.ui.pages.customers.analysis.overview import OverviewPage

        return OverviewPage(ctx)

    return [
        Part(LIST, N_("Customers"), lambda: page.list),
        Part(TASKS, N_("Tasks"), tasks),
        Part(SEGMENTS, N_("Segments"), segments, "segments"),
        Part(MOVEMENTS, N_("Movements"), movements, "segments"),
        Part(STAGE_MOVES, N_("Life stages"), stage_moves, "segments"),
        Part(TREES, N_("Trees"), trees, "trees", N_("Trees and tags")),
        Part(TAGS, N_("Tags"), tags, "trees"),
        Part(MATRIX, N_("Matrix"), matrix, "analysis"),
        Part(COMPARE, N_("Compare"), compare, "analysis"),
        Part(OVERVIEW, N_("Overview"), overview, "analysis"),
        Part(LETTERS, N_("Letters"), letters, "letters"),
        Part(DUPLICATES, N_("Duplicates"), duplicates, "twins"),
        Part(MERGES, N_("Merged"), merges, "twins"),
    ]
