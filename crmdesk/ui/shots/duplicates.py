"""Duplicates: pairs side by side, the merge of two and of three, merges and the way back."""

from __future__ import annotations

from crmdesk.ui.dialogs import merge_customers
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Shot, Stage


def _page(stage: Stage) -> CustomersPage:
    page = stage.go("customers", part="duplicates")
    assert isinstance(page, CustomersPage)
    stage.settle()
    return page


def _merge(stage: Stage) -> None:
    _page(stage)
    stage.choose("duplicates.merge")


def _three(stage: Stage) -> None:
    page = stage.go("customers", part="customers")
    assert isinstance(page, CustomersPage)
    page.show_list()
    merge_customers.merge_chosen(stage.ctx, page, page.table.table_model().ids[:3])
    stage.settle()


def _pins(stage: Stage) -> None:
    """Two who are pinned into a segment and out of it."""
    page = stage.go("customers", part="customers")
    assert isinstance(page, CustomersPage)
    page.show_list()
    with stage.ctx.need_book().read() as connection:
        from crmdesk.services.lists import Query, querying

        segments, first = Query("segments", filter="kind = rule"), Query("customers", sort="code")
        chosen = list(querying.ids(connection, first)[:2])
        codes = [str(row["code"]) for row in querying.rows(connection, first, chosen)]
        (name,) = [
            row["name"]
            for row in querying.rows(connection, segments, querying.ids(connection, segments, limit=1))
        ]
    for code, is_in in zip(codes, (False, True), strict=True):
        pin = {"segment": name, "customer": code, "in": is_in, "reason": "老客户"}
        stage.ctx.run_use_case("segment.pin", pin)
        stage.settle()
    merge_customers.merge_chosen(stage.ctx, page, chosen)
    stage.settle()


def _merges(stage: Stage) -> None:
    stage.go("customers", part="merges")


def _undo(stage: Stage) -> None:
    """A merge of two customers, and the question before it is undone."""
    page = stage.go("customers", part="customers")
    assert isinstance(page, CustomersPage)
    page.show_list()
    with stage.ctx.need_book().read() as connection:
        from crmdesk.services.lists import Query, querying

        query = Query("merges", filter="undone_at is empty")
        has_one = bool(querying.ids(connection, query))
        last = Query("customers", sort="-code")
        codes = [
            str(row["code"]) for row in querying.rows(connection, last, querying.ids(connection, last)[:2])
        ]
    if not has_one:
        request = {"into": codes[0], "customers": codes[1:]}
        stage.ctx.run_use_case("customer.merge", request)
        stage.settle()
    stage.go("customers", part="merges")
    stage.choose("merges.undo")


SHOTS = (
    Shot("duplicates", _page),
    Shot("duplicates-merge", _merge),
    Shot("duplicates-merge-three", _three),
    Shot("duplicates-merge-pins", _pins),
    Shot("merges", _merges),
    Shot("merges-undo", _undo),
)
