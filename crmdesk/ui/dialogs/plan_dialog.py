"""Planning the instalments of a contract: four ways, and what comes of them seen while one types.

What is shown is worked out by the function that the use case itself books with (`plans.preview`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import clock, money
from crmdesk.models.errors import CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, pick
from crmdesk.models.specs.agreements import MUST_HAVE_REASON, PART_FIELDS, PERCENT_FIELDS, PLAN, WAYS
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.hold import Hold
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.line_grid import LineGrid, plain_lines
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.agreement_card import Card, PlanShown
    from crmdesk.services.plans import Preview
    from crmdesk.services.use_cases import Outcome

_DELAY_MS = 120
EQUAL, PERCENT, MONTHLY, BY_HAND = "equal", "percent", "monthly", "by_hand"
_COUNT, _FIRST, _EVERY, _REMAINDER = pick(PLAN, "count", "first_due", "every_months", "remainder")
_SHOWN: dict[str, tuple[str, ...]] = {
    EQUAL: ("count", "first_due", "every_months", "remainder"),
    PERCENT: ("first_due", "every_months", "remainder"),
    MONTHLY: ("count", "first_due", "remainder"),
    BY_HAND: (),
}


def open_plan(ctx: Context, parent: QWidget, card: Card, present: PlanShown | None) -> PlanDialog:
    """Opens the dialog; with a present plan it plans anew what is not billed of it."""
    dialog = PlanDialog(ctx, parent, card, present)
    dialog.show_sheet()
    dialog.form.focus_first()
    dialog.look()
    return dialog


class PlanDialog(Dialog):
    """Left what is asked for, right what comes of it. Ctrl+S plans."""

    def __init__(self, ctx: Context, parent: QWidget, card: Card, present: PlanShown | None) -> None:
        number = card.head.number
        title = _("Plan {number} anew") if present is not None else _("Plan the instalments of {number}")
        total = amount_text(card.head.total_minor, card.head.currency)
        super().__init__(parent, title.format(number=number), name="plan", subtitle=total, width=128)
        self._ctx, self._card = ctx, card
        self._is_again = present is not None
        self._hold: Hold | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self.look)
        sizes = theme().metrics
        self.banner = Banner("plan.banner")
        self.body.addWidget(self.banner)
        sides = QHBoxLayout()
        sides.setSpacing(sizes.space(5))
        left = QVBoxLayout()
        left.setSpacing(sizes.space(3))
        sides.addLayout(left, 5)
        ways = [(choice.value, _(choice.label)) for choice in WAYS]
        self.way = Segments("plan.way", ways, _("Way of planning"))
        self.way.changed.connect(lambda _way: self._way_changed())
        left.addWidget(self.way)
        fields = [replace(_COUNT, default=3), _FIRST, _EVERY, _REMAINDER]
        if self._is_again:
            fields.append(MUST_HAVE_REASON)
        self.form = Form(
            ctx,
            fields,
            {"first_due": clock.today(), "count": 3, "every_months": 1, "remainder": "last"},
            name="plan.form",
            columns_max=2,
            spans={"reason": 2},
            has_shortcuts=False,
            column_em=24,
        )
        self.form.changed.connect(lambda _name: self._timer.start())
        self.form.submitted.connect(self.submit)
        self.form.cancelled.connect(super().reject)
        left.addWidget(self.form)
        self.percents = self._grid(PERCENT_FIELDS, "plan.percents", _("Shares"))
        self.parts = self._grid(PART_FIELDS, "plan.parts", _("Instalments"))
        self.percents.set_lines([{"rate": Decimal("0.3")}, {"rate": Decimal("0.7")}])
        self.parts.set_lines(self._unbilled(present))
        left.addWidget(self.percents)
        left.addWidget(self.parts)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(sizes.space(2))
        sides.addLayout(right, 4)
        right.addWidget(labels.strong(_("What comes of it")))
        self.shown = EntryList("plan.preview")
        self.shown.setAccessibleName(_("What comes of it"))
        self.shown.setMinimumHeight(sizes.row * 8)
        right.addWidget(self.shown, 1)
        self.says = Paragraph("", "caption", "second")
        self.says.setObjectName("plan.says")
        right.addWidget(self.says)
        self.body.addLayout(sides, 1)
        self.add_cancel("plan.cancel")
        self.yes_button = self.add_action(
            _("Plan anew") if self._is_again else _("Plan"),
            "plan.save",
            self.submit,
            kind="primary",
            shortcut="Ctrl+S",
        )
        self._way_changed()
        self.form.mark_clean()
        self._clean = self._typed()

    def _grid(self, fields: Sequence[Field], name: str, words: str) -> LineGrid:
        wide = {"label": 14, "due": 11, "rate": 9, "amount": 13}
        shown = [replace(field, width=wide[field.name], required=False) for field in fields]
        grid = LineGrid(self._ctx, shown, name=name)
        grid.setAccessibleName(words)
        grid.edited.connect(self._timer.start)
        return grid

    def _unbilled(self, present: PlanShown | None) -> list[dict[str, Any]]:
        if present is None:
            return []
        return [
            {
                "label": part.label,
                "due": part.due_on,
                "amount": money.to_decimal(part.amount_minor, self._card.head.currency),
            }
            for part in present.instalments
            if not part.invoice
        ]

    def _way_changed(self) -> None:
        way = self.way.value()
        for field in ("count", "first_due", "every_months", "remainder"):
            self.form.show_field(field, field in _SHOWN[way])
        self.percents.setVisible(way == PERCENT)
        self.parts.setVisible(way == BY_HAND)
        self._timer.start()

    # What stands there

    def arguments(self) -> dict[str, Any]:
        """What the use case is asked for; raises InvalidInput for what cannot be read."""
        way = self.way.value()
        found: dict[str, Any] = {"way": way}
        for name in _SHOWN[way]:
            value = plain(self.form.editor(name).value())
            if value is not None:
                found[name] = value
        if way == PERCENT:
            found["percents"] = plain_lines(self.percents.lines())
        if way == BY_HAND:
            found["parts"] = plain_lines(self.parts.lines())
        return found

    def _typed(self) -> object:
        return (
            self.way.value(),
            self.form.plain_values(),
            plain_lines(self.percents.lines()),
            plain_lines(self.parts.lines()),
        )

    # What comes of it

    def look(self) -> None:
        """Works out what would be planned, and shows it or why it cannot be."""
        self._timer.stop()
        try:
            arguments = self.arguments()
        except InvalidInput as error:
            self._cannot(error)
            return
        number = self._card.head.number

        def work(connection: Any) -> Preview:
            from crmdesk.services import plans

            return plans.preview(connection, number, arguments)

        self._ctx.read(work, owner=self, on_done=self._show, on_error=self._cannot, replaces="preview")

    def _show(self, preview: Preview) -> None:
        self.form.clear_errors()
        currency = preview.currency
        entries = [
            Entry(
                part.label,
                part.due_on.isoformat(),
                figure=amount_text(part.amount_minor, currency),
                chip=_("billed"),
                is_muted=True,
            )
            for part in preview.kept
        ]
        entries += [
            Entry(
                part.label,
                part.due_on.isoformat(),
                figure=amount_text(part.amount_minor, currency),
                chip=_("odd cent") if part.is_odd else "",
                chip_tone="info",
            )
            for part in preview.parts
        ]
        self.shown.set_entries(entries)
        count = len(preview.kept) + len(preview.parts)
        self.says.setText(
            counted(
                N_("{count} instalments, together {total}: exactly the contract."),
                count,
                total=amount_text(preview.total_minor, currency),
            )
        )
        self.says.set_tone("second")

    def _cannot(self, error: Exception) -> bool:
        self.shown.set_entries([])
        self.says.setText(sentence(error) if isinstance(error, CrmdeskError) else str(error))
        self.says.set_tone("danger")
        return True

    # Saving

    def submit(self) -> None:
        """Plans; what is wrong stands under its field or above, and the dialog stays."""
        if self._hold is not None:
            return
        self.banner.hide()
        for grid in (self.percents, self.parts):
            grid.settle()
        if self._is_again and not self.form.value("reason"):
            self.form.set_error("reason", _("Say why it is planned anew; the old plan stays readable."))
            self.form.focus_field("reason")
            return
        try:
            arguments = self.arguments()
        except InvalidInput as error:
            self._failed(error)
            return
        head = self._card.head
        arguments |= {"contract": head.number, "version": head.version}
        if self._is_again:
            arguments["reason"] = self.form.value("reason")
        self._hold = Hold(self.form)

        def failed(error: Exception) -> bool:
            self._free()
            return self._failed(error)

        use_case = "plan.replan" if self._is_again else "plan.create"
        self._ctx.run_use_case(use_case, arguments, owner=self, on_done=self._done, on_error=failed)

    def _free(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.end()

    def _failed(self, error: Exception) -> bool:
        if not self.form.take_error(error):
            self.banner.show_error(error)
        return True

    def _done(self, outcome: Outcome) -> None:
        self._clean = self._typed()
        self.accept()
        self._ctx.notices.toast(
            counted(
                N_("{number} has {count} instalments."),
                len(outcome.result["instalments"]),
                number=self._card.head.number,
            ),
            "good",
        )

    def reject(self) -> None:
        """Asks before what was typed is lost."""
        if self._typed() == self._clean:
            super().reject()
            return
        from crmdesk.ui.kit import dialogs

        dialogs.ask(
            self,
            _("Leave without planning?"),
            _("What was typed here is lost; the contract stays as it is."),
            [
                (_("Discard"), "discard", "danger", super().reject),
                (_("Keep editing"), "stay", "primary", lambda: None),
            ],
            name="leave",
        )
