"""A dialog around a form: it scrolls when the window is low, and asks before what was typed is lost."""

from __future__ import annotations

from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.theme import theme


class FormDialog(Dialog):
    """`set_form` (a form without shortcuts of its own), then `show_sheet`.

    Esc, Cancel and the cross ask while the form is dirty.
    """

    form: Form | None = None

    def set_form(self, form: Form) -> None:
        """The form, in an area that scrolls when the window is low."""
        self.form = form
        area = scrolled(form, f"{self.objectName()}.scroll")
        margins = self.body.contentsMargins()
        width = self.width() - margins.left() - margins.right() - theme().metrics.space(4)
        wanted = form.height_for(width) + theme().metrics.space(2)
        area.setMinimumHeight(min(wanted, _room(self)))
        self.body.addWidget(area, 1)
        form.cancelled.connect(super().reject)

    def reject(self) -> None:
        """Asks before what was typed is lost."""
        if self.form is not None and self.form.is_dirty():
            self.form.leave(super().reject)
        else:
            super().reject()


def _room(dialog: Dialog) -> int:
    """How high a form may be in the window at hand."""
    window = dialog.parentWidget()
    return (window.height() if window is not None else 700) - theme().metrics.space(76)
