"""A dialog that asks for one text, such as the name of a category."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Field, required
from crmdesk.text import _
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.labels import Paragraph


def ask_text(
    host: Host,
    parent: QWidget,
    title: str,
    field: Field,
    on_given: Callable[[str, Form, Dialog], object],
    *,
    value: str = "",
    yes: str = "",
    name: str = "ask",
    text: str = "",
) -> Dialog:
    """Asks for `field`, below `text`. `on_given(text, form, dialog)` closes the dialog when the text was taken."""
    dialog = Dialog(parent, title, name=name, width=56)
    form = Form(host, (required(field),), {field.name: value}, name=f"{name}.form", columns_max=1)
    if text:
        dialog.body.addWidget(Paragraph(text))
    dialog.body.addWidget(form)

    def submit() -> None:
        try:
            given = form.values()[field.name]
        except InvalidInput:
            return
        on_given(given, form, dialog)

    form.submitted.connect(submit)
    form.cancelled.connect(dialog.reject)
    dialog.add_cancel(f"{name}.cancel")
    dialog.add_action(yes or _("Save"), f"{name}.save", form.submit, kind="primary")
    dialog.show_sheet()
    form.focus_first()
    return dialog
