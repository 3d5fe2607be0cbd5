"""A dialog for one action on a record: a few fields, one use case, errors under their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.documents import RATE
from crmdesk.text import _
from crmdesk.ui.context import Context
from crmdesk.ui.form_requests import is_empty
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph

if TYPE_CHECKING:
    from crmdesk.services.document_facts import Facts
    from crmdesk.services.use_cases import Outcome

Arguments = dict[str, Any]


class ActionDialog(Dialog):
    """Ctrl+S or the main button does it. `to_arguments` makes the request out of the form's plain values."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        title: str,
        use_case: str,
        fields: Sequence[Field],
        values: Mapping[str, Any],
        fixed: Mapping[str, Any],
        *,
        name: str,
        text: str = "",
        yes: str = "",
        kind: str = "primary",
        to_arguments: Callable[[Arguments], Arguments] | None = None,
        on_done: Callable[[Outcome], object] | None = None,
        width: int = 72,
        columns_max: int = 2,
    ) -> None:
        super().__init__(parent, title, name=name, width=width)
        self._ctx = ctx
        self._use_case = use_case
        self._fixed = dict(fixed)
        self._to_arguments = to_arguments
        self._on_done = on_done
        if text:
            self.body.addWidget(Paragraph(text, "", "second"))
        self.banner = Banner(f"{name}.banner")
        self.body.addWidget(self.banner)
        self.form = Form(
            ctx,
            fields,
            values,
            name=f"{name}.form",
            pickers=ctx.pickers,
            columns_max=columns_max,
            has_shortcuts=False,
            column_em=24,
        )
        self.body.addWidget(self.form)
        self.form.submitted.connect(self.submit)
        self.form.cancelled.connect(super().reject)
        self.add_cancel(f"{name}.cancel")
        self.yes_button = self.add_action(
            yes or _("Save"), f"{name}.save", self.submit, kind=kind, shortcut="Ctrl+S"
        )

    def submit(self) -> None:
        """Sends the request; the dialog closes when it was done."""
        if not self.yes_button.isEnabled():
            return
        try:
            values = self.form.values()
        except InvalidInput:
            return
        given = {name: plain(value) for name, value in values.items() if not is_empty(value)}
        arguments = {**self._fixed, **(self._to_arguments(given) if self._to_arguments else given)}
        self.yes_button.setEnabled(False)
        self._ctx.run_use_case(
            self._use_case, arguments, owner=self, on_done=self._done, on_error=self._failed
        )

    def _done(self, outcome: Outcome) -> None:
        self.accept()
        if self._on_done is not None:
            self._on_done(outcome)

    def _failed(self, error: Exception) -> bool:
        self.yes_button.setEnabled(True)
        if not self.form.take_error(error):
            self.banner.show_error(error)
        self.refit()
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """As high as it is at its real width: words wrap, fields stand beside each other."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.refit)

    def refit(self) -> None:
        """As high as what it shows now."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            # Without a text that wraps there is no height for a width.
            wanted = layout.totalHeightForWidth(self.width()) if layout.hasHeightForWidth() else 0
            wanted = wanted or layout.totalSizeHint().height()
            self.resize(self.width(), min(wanted, self.room().height()))

    def reject(self) -> None:
        """Asks before what was typed is lost."""
        self.form.leave(super().reject)


def rate_fields(facts: Facts, help_text: str = "", *, is_new_money: bool = False) -> tuple[Field, ...]:
    """The field of an exchange rate where the document is in a foreign currency, else none. What has no value in the
    book's currency takes no rate, unless new money comes in for it (`is_new_money`)."""
    worth = facts.worth
    if worth is None or facts.currency == worth.own or (worth.base_minor is None and not is_new_money):
        return ()
    return (replace(RATE, required=False, help=help_text or RATE.help),)


def open_action(
    ctx: Context,
    parent: QWidget,
    title: str,
    use_case: str,
    fields: Sequence[Field],
    values: Mapping[str, Any] | None = None,
    fixed: Mapping[str, Any] | None = None,
    currency: str = "",
    **options: Any,
) -> ActionDialog:
    """Opens the dialog with the cursor in its first field; amounts are in `currency`, `options` as `ActionDialog`
    takes them."""
    dialog = ActionDialog(ctx, parent, title, use_case, fields, values or {}, fixed or {}, **options)
    present(dialog, fields, currency)
    return dialog


def present(dialog: ActionDialog, fields: Sequence[Field], currency: str = "") -> None:
    """Shows a dialog that was made, as `open_action` does."""
    for field in fields:
        if field.kind is Kind.MONEY and currency:
            dialog.form.editor(field.name).set_currency(currency)
    dialog.form.mark_clean()
    dialog.show_sheet()
    dialog.form.focus_first()
