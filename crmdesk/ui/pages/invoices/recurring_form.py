"""The form of a recurring invoice: who gets it, how often, and its lines. Kept in the journal while one types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import optional, pick
from crmdesk.models.specs.recurring import RECURRING
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.form_journal import Keeper, Kept
from crmdesk.ui.kit import form_merge
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.line_grid import plain_lines
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.writing.document_lines import DocumentLines

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.invoice_entry import Setting
    from crmdesk.services.recurring import Card
    from crmdesk.services.use_cases import Outcome

Values = dict[str, Any]
_WHEN = ("from", "every", "period")
_SCHEDULE = pick(
    RECURRING, "customer", "name", "from", "every", "period", "until", "count", "due_days", "mode"
)
_SCHEDULE = tuple(
    replace(one, label=N_("Months or weeks")) if one.name == "period" else one for one in _SCHEDULE
)
_NOTE = pick(RECURRING, "note")
_FIXED = ("customer", *_WHEN)
"""What stays as it was begun: stop it and begin another one."""


def open_form(
    ctx: Context,
    parent: QWidget,
    values: Mapping[str, Any] | None = None,
    *,
    card: Card | None = None,
    entry: Entry | None = None,
) -> RecurringForm:
    """Opens the form: new (with `values` of an invoice or draft), of a recurring invoice, or left by a crash."""
    dialog = RecurringForm(ctx, parent, values or {}, card, entry)
    dialog.show_sheet()
    (dialog.form if card is None else dialog.lines.grid).setFocus()
    if card is None:
        dialog.form.focus_first()
    return dialog


class RecurringForm(Dialog):
    """Schedule above, lines below. Ctrl+S saves; Esc asks when something would be lost."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        values: Mapping[str, Any],
        card: Card | None,
        entry: Entry | None,
    ) -> None:
        record = card.code if card is not None else ""
        title = _("Recurring invoice {code}").format(code=record) if record else _("New recurring invoice")
        super().__init__(parent, title, name="recurringForm", width=150)
        self._ctx = ctx
        self._record = record
        self._currency = str(values.get("currency") or (card.currency if card is not None else ""))
        self._is_saving = False
        self.banner = Banner("recurringForm.banner")
        self.body.addWidget(self.banner)
        fields = _SCHEDULE if card is None else [one for one in _SCHEDULE if one.name not in _FIXED]
        self.form = Form(
            ctx,
            [replace(one, required=one.name in ("customer", "from")) for one in fields],
            _begin(values, card),
            name="recurringForm",
            pickers=ctx.pickers,
            columns_max=5,
            spans={"customer": 2, "name": 1},
            has_shortcuts=False,
            column_em=22,
        )
        self.form.setObjectName("recurringForm.form")
        self.body.addWidget(self.form)
        self._build_lines(values if card is None else card.content)
        self.add_cancel("recurringForm.cancel")
        self.save_button = self.add_action(
            _("Save"), "recurringForm.save", self.save, kind="primary", shortcut="Ctrl+S"
        )
        self.form.submitted.connect(self._enter_lines)
        self.form.changed.connect(self._changed)
        self.form.cancelled.connect(super().reject)
        self._clean = self.request()
        self.keeper = Keeper(ctx, self, "recurring", self._read)
        self.finished.connect(lambda _code: self.keeper.forget())
        self.keeper.begin(record, entry)
        if entry is not None:
            self._restore(entry)
        ctx.read(_setting, owner=self, on_done=self._use_setting)

    def _build_lines(self, values: Mapping[str, Any]) -> None:
        sizes = theme().metrics
        self.lines = DocumentLines(self._ctx, self, "recurringForm", self.currency)
        self.lines.grid.setAccessibleName(_("Lines"))
        self.lines.grid.setFixedHeight(
            self.at_most(sizes.header + 5 * sizes.row + sizes.space(1), beside=130)
        )
        self.body.addWidget(self.lines.grid)
        below = QHBoxLayout()
        below.setSpacing(sizes.space(6))
        self.note = Form(
            self._ctx,
            optional(_NOTE),
            {"note": values.get("note")},
            name="recurringForm.more",
            columns_max=1,
            has_shortcuts=False,
        )
        below.addWidget(self.note, 3)
        self.lines.panel.setMinimumWidth(sizes.em(40))
        below.addWidget(self.lines.panel, 2)
        self.body.addLayout(below)
        self.lines.show_values(values.get("lines") or (), values.get("discount"))
        self.lines.edited.connect(self._touch)
        self.lines.grid.typing.connect(self._touch)
        self.lines.panel.entered.connect(self.note.focus_first)
        self.note.changed.connect(lambda _name: self._touch())

    def currency(self) -> str:
        """The invoice's, the customer's or the book's."""
        setting: Setting | None = self.lines.setting
        return self._currency or (setting.currency if setting is not None else "CNY")

    def _enter_lines(self) -> None:
        self.lines.grid.setFocus()

    def _touch(self) -> None:
        """Something was typed; the keeper itself is made after the fields."""
        self.keeper.touch()

    def _use_setting(self, setting: Setting) -> None:
        is_clean = self.request() == self._clean
        self.lines.use_setting(setting)
        if is_clean:
            self._clean = self.request()

    def _changed(self, name: str) -> None:
        if name == "customer" and not self._record:
            item = self.form.editor("customer").item()
            self._currency = getattr(item, "currency", "") or ""
            self.lines.work_again()
        self.keeper.touch()

    # Values

    def request(self) -> Values:
        """What stands there as the use case takes it, empty ones left out."""
        given = {name: value for name, value in self.form.plain_values().items() if value not in (None, "")}
        given["lines"] = plain_lines(self.lines.grid.lines())
        note = self.note.value("note")
        if note:
            given["note"] = note
        try:
            discount = plain(self.lines.discount())
        except InvalidInput:
            discount = None
        if discount:
            given["discount"] = discount
        if self._currency:
            given["currency"] = self._currency
        return given

    def is_dirty(self) -> bool:
        """Whether something would be lost."""
        return self.request() != self._clean

    def _read(self) -> Kept | None:
        if not self.is_dirty():
            return None
        values = {
            "form": self.form.typed_values(),
            "lines": plain(self.lines.grid.typed_lines()),
            "discount": self.lines.panel.discount.text(),
            "note": self.note.typed_values(),
        }
        name = "name" if self._record else "customer"
        return Kept(form_merge.words(self.form.editor(name)) or self._record, values, {})

    def _restore(self, entry: Entry) -> None:
        kept = entry.values or {}
        self.form.restore(kept.get("form") or {})
        self.note.restore(kept.get("note") or {})
        self.lines.show_values(kept.get("lines") or (), None)
        self.lines.panel.discount.setText(str(kept.get("discount") or ""))

    # Saving

    def save(self) -> None:
        """Creates it, or changes what it holds from the next date on."""
        if self._is_saving:
            return
        self.lines.grid.settle()
        self.banner.hide()
        try:
            self.form.values()
            self.lines.grid.value()
            self.lines.discount()
        except InvalidInput as error:
            if not self.form.take_error(error):
                self._show_error(error)
            return
        arguments = self.request()
        if not arguments["lines"]:
            self.banner.show_message(_("Write at least one line: what is invoiced each time."), "warn")
            self.lines.grid.setFocus()
            return
        self._is_saving = True
        self.save_button.setEnabled(False)
        self._ctx.run_use_case(
            "recurring.update" if self._record else "recurring.create",
            arguments | ({"recurring": self._record} if self._record else {}),
            owner=self,
            on_done=self._saved,
            on_error=self._failed,
            key=None if self._record else self.keeper.key,
        )

    def _saved(self, outcome: Outcome) -> None:
        code, following = outcome.result["code"], outcome.result["next"]
        words = _("{code} is kept; the next one is of {date}.") if following else _("{code} is kept.")
        self.accept()
        self._ctx.notices.toast(words.format(code=code, date=following), "good")

    def _failed(self, error: Exception) -> bool:
        self._is_saving = False
        self.save_button.setEnabled(True)
        if not self.form.take_error(error):
            self._show_error(error)
        return True

    def _show_error(self, error: Exception) -> None:
        field, words = getattr(error, "field", None) or "", sentence(error)
        if field.startswith("lines["):
            self.lines.grid.set_error(field.removeprefix("lines"), words)
        elif field.partition(".")[0] == "discount":
            self.lines.panel.set_error(words)
        self.banner.show_message(words, "danger")

    def reject(self) -> None:
        """Asks before what was typed is lost."""
        if not self.is_dirty():
            super().reject()
            return
        from crmdesk.ui.kit import dialogs

        dialogs.ask(
            self,
            _("Leave the recurring invoice?"),
            _("What was typed is not saved yet."),
            [
                (_("Discard"), "discard", "danger", super().reject),
                (_("Keep editing"), "stay", "", self.lines.grid.setFocus),
                (_("Save"), "save", "primary", self.save),
            ],
            name="leave",
        )


def _setting(connection: Any) -> Setting:
    from crmdesk.services import invoice_entry

    return invoice_entry.setting_of(connection)


def _begin(values: Mapping[str, Any], card: Card | None) -> Values:
    """What the schedule begins with."""
    if card is None:
        return {"customer": values.get("customer"), "from": clock.today(), "every": 1, "period": "month"}
    return {
        "name": card.title,
        "until": card.ends_on,
        "count": card.times,
        "due_days": card.due_days,
        "mode": card.mode,
    }
