"""The confirmation slip of a statement (对账回执): recording what came back, and its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action


def open_slip(ctx: Context, parent: QWidget, code: str, as_of: date, currency: str = "") -> ActionDialog:
    """Asks for the answer of a customer to his statement as at a date."""
    from crmdesk.services import confirmations

    names = ("as_of", "date", "result", "difference", "note")
    fields = [next(field for field in confirmations.FIELDS if field.name == name) for name in names]
    today = clock.today()
    values: dict[str, Any] = {"as_of": as_of, "date": max(today, as_of), "result": confirmations.AGREED}
    fixed: dict[str, Any] = {"customer": code}
    if currency:
        fixed["currency"] = currency
    dialog = open_action(
        ctx,
        parent,
        _("Confirmation slip of {customer}").format(customer=code),
        "statement.confirm",
        [replace(field, required=field.name in ("as_of", "date")) for field in fields],
        values,
        fixed,
        currency,
        name="slip",
        text=_("What the customer wrote on the slip that came back."),
        yes=_("Record"),
        to_arguments=_arguments,
        on_done=lambda _outcome: ctx.notices.toast(_("The slip was recorded.")),
    )

    def follow(_name: str = "") -> None:
        dialog.form.show_field("difference", dialog.form.value("result") == confirmations.DIFFERS)
        dialog.refit()

    dialog.form.changed.connect(follow)
    follow()
    return dialog


def _arguments(given: dict[str, Any]) -> dict[str, Any]:
    """An amount typed before the customer was said to agree is not meant."""
    if given.get("result") == "agreed":
        return {name: value for name, value in given.items() if name != "difference"}
    return given
