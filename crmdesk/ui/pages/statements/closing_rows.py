"""The rows that a line of the closing checklist counts, where no other place has a list of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.report_rows import ReportRows

_GAPS = (
    Field("kind", Kind.TEXT, N_("Kind"), width=16),
    Field("year", Kind.INTEGER, N_("Year"), width=8),
    Field("number", Kind.CODE, N_("Missing number"), width=24),
)
_RECONCILIATION = (
    Field("account", Kind.TEXT, N_("Money account"), width=14),
    Field("what", Kind.TEXT, N_("What"), width=22),
    Field("date", Kind.DATE, N_("Date"), width=10),
    Field("number", Kind.TEXT, N_("Number"), width=16),
    Field("who", Kind.TEXT, N_("Other side"), width=22),
    Field("text", Kind.TEXT, N_("Text"), width=22),
    Field("amount", Kind.MONEY, N_("Amount"), sign="any", width=13),
    Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
)
_EMPTY = (N_("Nothing is open any more"), N_("Alt+Left leads back to the checklist."))


def make(ctx: Context, target: dict[str, Any]) -> ListPage:
    """The list that was asked for: {"item", "list", "filter", "until"} as the checklist names it."""
    from crmdesk.services.closing import LABELS

    item, kind = str(target.get("item")), str(target.get("list") or "")
    title = LABELS.get(item, N_("Rows"))
    if item == "number_gaps":
        return _gaps(ctx, title)
    if item == "bank_balance":
        return _balances(ctx, title, target["until"])
    source = BookList(ctx, kind, base=str(target.get("filter") or ""))
    page = ListPage(
        ctx,
        f"closing.{item}",
        title,
        source,
        source.columns(),
        watch=("invoice", "payment", "refund", "recurring", "bank_line", "bank_match", "bank_file"),
        icon="list",
        empty_title=_EMPTY[0],
        empty_text=_EMPTY[1],
    )
    page.enable_export()
    page.export_requested.connect(lambda query, shown: export_list(ctx, page, source, query, shown, _(title)))
    return page


def _gaps(ctx: Context, title: str) -> ListPage:
    from crmdesk.services.reports.declared import Options

    return ListPage(
        ctx,
        "closing.number_gaps",
        title,
        ReportRows(ctx, "number-gaps", _GAPS, Options()),
        [Column(field) for field in _GAPS],
        watch=("invoice", "payment", "credit", "refund"),
        icon="list",
        empty_title=_EMPTY[0],
        empty_text=_EMPTY[1],
    )


def _balances(ctx: Context, title: str, until: date) -> ListPage:
    from crmdesk.services.reports.declared import Options

    return ListPage(
        ctx,
        "closing.bank_balance",
        title,
        ReportRows(ctx, "reconciliation", _RECONCILIATION, Options(as_of=until)),
        [Column(field) for field in _RECONCILIATION],
        watch=("payment", "refund", "bank_line", "bank_match", "bank_file"),
        icon="scale",
        empty_title=_EMPTY[0],
        empty_text=_EMPTY[1],
    )
