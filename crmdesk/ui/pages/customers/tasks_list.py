"""All tasks of the team as a list: what is due, of whom; ticked off in the batch bar, Enter opens the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmdesk.text import N_, _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.list_page import ListPage, filter_chip

if TYPE_CHECKING:
    from crmdesk.ui.kit.row_source import Query

_ORDER = ("title", "state", "due", "assignee", "customer", "customer_name", "note")
_SHOWN = ("title", "state", "due", "assignee", "customer_name", "note")


def make_tasks(ctx: Context) -> ListPage:
    """The list. It is narrowed to what is open until somebody wants more."""
    source = BookList(ctx, "tasks")
    columns = source.columns({"state": {"as_chip": True}}, order=_ORDER, shown=_SHOWN)
    page = ListPage(
        ctx,
        "tasks",
        N_("Tasks of the team"),
        source,
        columns,
        kind="task",
        watch=("task", "customer"),
        icon="square-check",
        search_hint=N_("Task, customer or name"),
        count_words=N_("{count} tasks"),
        empty_title=N_("Nothing is to be done"),
        empty_text=N_("Add tasks on a customer's page with Ctrl+J: what, by when, by whom."),
    )
    page.enable_export()
    chips = (("open", N_("Not done"), "state != done"), ("late", N_("Overdue"), "state = late"))
    for name, words, expression in chips:

        def narrow(is_on: bool, which: str = name, what: str = expression) -> None:
            page.set_filter(which, what if is_on else None)

        chip = filter_chip(_(words), f"tasks.filter.{name}", narrow)
        page.say(chip.setText, words)
        page.say(chip.setAccessibleName, words)
        page.add_filter(chip)

    def row_of(record_id: int) -> Any:
        return source.fetch([record_id])[record_id]

    def tick() -> None:
        for record_id in page.table.selected_ids():
            if row_of(record_id)[source.place("state")] != "done":
                ctx.run_use_case("task.done", {"task": record_id}, owner=page)

    def open_customer(record_id: int) -> None:
        code = row_of(record_id)[source.place("customer")]
        if code:
            ctx.go("customers", code=code, full=True, tab="team")

    def export(query: Query, chosen: list[Any]) -> None:
        export_list(ctx, page, source, query, chosen, _("Tasks of the team"))

    page.opened.connect(open_customer)
    page.export_requested.connect(export)
    page.add_batch_button(Command("tasks.done", N_("Done"), tick, "check", "Alt+D"))
    return page
