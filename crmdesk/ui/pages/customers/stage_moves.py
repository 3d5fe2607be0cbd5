"""Who came to another stage of his life as a customer, when and why: the moves that the thresholds make."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.text import N_, _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage

_ORDER = ("date", "customer", "name", "before", "after", "way", "reason")
_TONES = {"potential": "info", "new": "good", "regular": "neutral", "loyal": "good", "lost": "danger"}


def make_stage_moves(ctx: Context, owner: QWidget) -> ListPage:
    """The list; Enter opens the customer, a button the thresholds."""
    source = BookList(ctx, "stage_moves")
    at = {name: source.place(name) for name in ("before", "after", "customer")}
    page = ListPage(
        ctx,
        "stageMoves",
        N_("Moves between life-cycle stages"),
        source,
        source.columns(
            {
                "date": {"width": 10},
                "way": {"width": 16},
                "customer": {"is_muted": True, "width": 9},
                "name": {"width": 26},
                "before": {"as_chip": True, "tone": lambda row: _TONES.get(row[at["before"]], "neutral"), "width": 18},
                "after": {"as_chip": True, "tone": lambda row: _TONES.get(row[at["after"]], "neutral"), "width": 18},
            },
            order=_ORDER,
            shown=_ORDER,
        ),
        watch=("stage_move", "measure", "customer"),
        icon="trending-up",
        search_hint=N_("Customer or reason"),
        count_words=N_("{count} moves"),
        empty_title=N_("Nobody moved yet"),
        empty_text=N_(
            "New, regular, loyal, lost: each customer's stage follows from what he buys. Whoever comes to another one"
            " is written down here."
        ),
    )  # fmt: skip

    def open_customer(row_id: int) -> None:
        row = page.table.table_model().rows_now([row_id]).get(row_id)
        if row is not None:
            ctx.go("customers", code=str(row[at["customer"]]), full=True)

    page.opened.connect(open_customer)
    page.enable_export()
    page.export_requested.connect(
        lambda query, columns: export_list(ctx, owner, source, query, columns, _("Moves"))
    )
    limits = page.add_button(
        Command(
            "stageMoves.settings",
            N_("Thresholds …"),
            lambda: ctx.go("settings", setting="settings.measures.stages.lost_days"),
            "settings",
            "Ctrl+T",
        )
    )
    page.add_empty_button(limits)
    return page
