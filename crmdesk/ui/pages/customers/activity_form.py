"""The whole form of an activity: to log one with every detail, and to correct one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.models.errors import InvalidInput
from crmdesk.models.specs import people as specs
from crmdesk.text import _
from crmdesk.ui import form_requests
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.kit.form import Form

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.ui.pages.customers.quick_log import QuickLog

ACTIVITY = "activity"
"""The form's name in the draft journal."""
_FIELDS = tuple(field for field in specs.ACTIVITY if field.name != "contact")
"""A name is enough: one that a contact has is tied to it."""


def log(
    ctx: Context,
    parent: QWidget,
    customer: str,
    values: dict[str, Any],
    line: QuickLog | None = None,
    entry: Entry | None = None,
) -> FormDialog:
    """Logs with every detail, beginning with what stands in the quick line, which is emptied then."""
    given = {"date": clock.today(), **values}
    return _open(ctx, parent, _("Log an activity"), customer, given, None, line, entry)


def change(ctx: Context, parent: QWidget, activity: int) -> None:
    """Corrects an activity."""

    def work(connection: Any) -> dict[str, Any]:
        from crmdesk.services import activities

        return activities.values_of(connection, activity)

    def show(values: dict[str, Any]) -> None:
        _open(ctx, parent, _("Activity"), "", values, activity)

    ctx.read(work, owner=parent, on_done=show)


def resume(ctx: Context, parent: QWidget, customer: str, entry: Entry) -> FormDialog:
    """Goes on with what a crash left behind."""
    activity = entry.about.get("activity")
    title = _("Activity") if activity else _("Log an activity")
    return _open(ctx, parent, title, customer, {"date": clock.today()}, activity, None, entry)


def _open(
    ctx: Context,
    parent: QWidget,
    title: str,
    customer: str,
    values: dict[str, Any],
    activity: int | None,
    line: QuickLog | None = None,
    entry: Entry | None = None,
) -> FormDialog:
    dialog = FormDialog(parent, title, name="activity", width=96)
    form = Form(
        ctx,
        _FIELDS,
        values,
        name="activity.form",
        pickers=ctx.pickers,
        columns_max=3,
        has_shortcuts=False,
        column_em=24,
    )
    dialog.set_form(form)

    def done(_outcome: object) -> None:
        dialog.accept()
        if line is not None:
            line.clear()

    def submit() -> None:
        try:
            request = form_requests.update(form) if activity else form_requests.creation(form)
        except InvalidInput:
            return
        if activity:
            if not request:
                dialog.accept()
                return
            # the record stands for the version: only what was changed is sent
            name, arguments = "activity.update", {"activity": activity, **request}
        else:
            name, arguments = "activity.log", {"customer": customer, **request}
        record = str(activity or "")
        dialog.send(ctx, name, arguments, record=record, on_done=done, on_error=form.take_error)

    form.submitted.connect(submit)
    dialog.add_cancel("activity.cancel")
    words = _("Save") if activity else _("Log")
    dialog.add_action(words, "activity.save", form.submit, kind="primary", shortcut="Ctrl+S")

    def told() -> str:
        return " ".join(filter(None, (customer, str(form.value("text") or "")[:40])))

    about = {"customer": customer, "activity": activity}
    dialog.keep_safe(ctx, ACTIVITY, title=told, about=lambda: about, entry=entry)
    dialog.show_sheet()
    form.focus_field("text" if values.get("kind") else "kind")
    return dialog
