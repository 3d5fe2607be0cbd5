"""Opening balances, many at once: typed by keyboard or pasted from Excel, compared with the old books' total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models import clock, money
from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Field, Kind, optional, required
from crmdesk.models.specs.documents import (
    CURRENCY,
    CUSTOMER,
    DATE,
    DUE,
    NOTE,
    NUMBER,
    RATE,
    REASON,
    SIGNED_AMOUNT,
)
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import ActionDialog, open_action, rate_fields
from crmdesk.ui.form_journal import Keeper, Kept
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Label, Paragraph
from crmdesk.ui.kit.line_grid import LineGrid, plain_lines
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.document_facts import Facts
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.use_cases import Outcome

FORM = "opening_table"
_COLUMNS = (
    replace(CUSTOMER, width=24),
    replace(SIGNED_AMOUNT, width=13),
    *optional(
        (
            replace(DUE, width=11),
            replace(NUMBER, width=14),
            replace(CURRENCY, width=8),
            replace(RATE, width=9),
            replace(NOTE, width=20),
        )
    ),
)
_HEAD = (
    replace(DATE, label=N_("As at"), help=N_("The last day of the old books.")),
    Field(
        "control",
        Kind.MONEY,
        N_("Control total"),
        sign="any",
        help=N_("What the old books say, if you know it."),
    ),
)
_HEIGHT_ROWS = 11


class OpeningTable(Dialog):
    """Ctrl+S records all rows or none; refused rows are marked, and the good ones can then be recorded alone."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        currency: str,
        entry: Entry | None = None,
        *,
        has_foreign: bool = False,
    ) -> None:
        super().__init__(parent, _("Enter many opening balances"), name="openingMany", width=118)
        self._ctx, self._page, self._currency = ctx, parent, currency
        self.body.addWidget(
            Paragraph(
                _(
                    "One row an invoice that was open. A minus is what a customer has to his credit. Rows copied from "
                    "Excel can be pasted with Ctrl+V: customer, amount, due date, number."
                ),
                "caption",
                "second",
            )
        )  # fmt: skip
        self.banner = Banner("openingMany.banner")
        self.body.addWidget(self.banner)
        kept = entry.values if entry is not None and entry.values is not None else {}
        self.form = Form(
            ctx, _HEAD, {"date": clock.today()}, name="openingMany.form", columns_max=3, has_shortcuts=False
        )
        self.form.editor("control").set_currency(currency)
        if kept:
            self.form.restore(kept.get("head") or {})
        self.body.addWidget(self.form)
        columns = [field for field in _COLUMNS if has_foreign or field.name != "rate"]
        self.grid = LineGrid(ctx, columns, pickers=ctx.pickers, name="openingMany.lines")
        self.grid.setAccessibleName(_("Opening balances"))
        self.grid.set_lines(kept.get("lines") or [{}])
        self.grid.setMinimumHeight(self.at_most(theme().metrics.row * _HEIGHT_ROWS, 130))
        self.body.addWidget(self.grid, 1)
        self.totals = Label("", "strong")
        self.totals.setObjectName("openingMany.totals")
        self.body.addWidget(self.totals)
        self.good_button = self.add_action(
            _("Record the good rows"), "openingMany.good", lambda: self.submit(keeps_good=True)
        )
        self.good_button.hide()
        self.add_cancel("openingMany.cancel")
        self.save_button = self.add_action(
            _("Record all"), "openingMany.save", self.submit, kind="primary", shortcut="Ctrl+S"
        )
        self.keeper = Keeper(ctx, self, FORM, self._kept)
        self.keeper.begin("", entry)
        self.grid.edited.connect(self._changed)
        self.grid.typing.connect(self.keeper.touch)
        self.form.changed.connect(lambda _name: self._changed())
        self.finished.connect(lambda _code: self.keeper.forget())
        self._changed()

    def _kept(self) -> Kept | None:
        lines = self.grid.typed_lines()
        if not any(lines):
            return None
        return Kept(
            counted(N_("{count} rows"), len(lines)), {"lines": lines, "head": self.form.typed_values()}, {}
        )

    # Totals

    def sums(self) -> dict[str, Decimal]:
        """What the rows come to, by currency."""
        found: dict[str, Decimal] = {}
        for line in self.grid.lines():
            amount = line.get("amount")
            if isinstance(amount, Decimal):
                currency = str(line.get("currency") or self._currency)
                found[currency] = found.get(currency, Decimal(0)) + amount
        return found

    def _changed(self) -> None:
        self.keeper.touch()
        sums = self.sums()
        told = [_("Rows: {count}").format(count=len(self.grid.lines()))]
        told += [self._amount(amount, currency) for currency, amount in sums.items()]
        control = self._control()
        tone = ""
        if control is not None:
            difference = sums.get(self._currency, Decimal(0)) - control
            tone = "danger" if difference else "good"
            told.append(
                _("differs from the control total by {amount}").format(
                    amount=self._amount(difference, self._currency)
                )
                if difference
                else _("agrees with the control total")
            )
        self.totals.setText(" · ".join(told))
        self.totals.set_tone(tone)

    @staticmethod
    def _amount(amount: Decimal, currency: str) -> str:
        try:
            return amount_text(money.to_minor(amount, currency), currency)
        except CrmdeskError:
            return f"{currency} {amount:f}"

    def _control(self) -> Decimal | None:
        try:
            value = self.form.editor("control").value()
        except CrmdeskError:
            return None
        return value if isinstance(value, Decimal) else None

    # Recording

    def submit(self, *, keeps_good: bool = False) -> None:
        """Finds the customers that were pasted by name, then records."""
        if not self.save_button.isEnabled():
            return
        try:
            head = self.form.values()
            rows = plain_lines(self.grid.value())
        except CrmdeskError as error:
            self.banner.show_error(error)
            return
        if not rows:
            self.banner.show_message(_("Type or paste at least one row."), "warn")
            return
        self._set_busy(True)
        typed = [str(row.get("customer") or "") for row in rows]

        def work(connection: Connection) -> Mapping[str, str]:
            from crmdesk.services import opening_table

            return opening_table.codes_of(connection, typed)

        def found(codes: Mapping[str, str]) -> None:
            sent = [
                row | {"customer": codes.get(str(row.get("customer") or ""), row.get("customer"))}
                for row in rows
            ]
            self._send(head, sent, keeps_good=keeps_good)

        self._ctx.read(work, owner=self, on_done=found, on_error=self._failed)

    def _send(self, head: Mapping[str, Any], rows: list[dict[str, Any]], *, keeps_good: bool) -> None:
        arguments: dict[str, Any] = {"rows": rows, "date": plain(head["date"])}
        if keeps_good:
            arguments["keep_good"] = True
        elif head.get("control") is not None:
            # Currencies without a control total are compared with themselves: nothing is known of them.
            sums = {currency: f"{amount:f}" for currency, amount in self.sums().items()}
            arguments["control"] = sums | {self._currency: f"{head['control']:f}"}
        self._ctx.run_use_case(
            "opening.record_many",
            arguments,
            owner=self,
            on_done=lambda outcome: self._done(outcome, rows),
            on_error=self._failed,
            key=None if keeps_good else self.keeper.key,
        )

    def _done(self, outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> None:
        self._set_busy(False)
        result = outcome.result
        self._ctx.notices.toast(
            _("Opening balances recorded: {count}.").format(count=result["recorded"]), "good"
        )
        if not result["refused"]:
            self.accept()
            return
        refused = [problem["row"] - 1 for problem in result["errors"]]
        self.grid.set_lines([rows[at] for at in refused])
        problems = [
            (at, problem["column"], problem["message"]) for at, problem in enumerate(result["errors"])
        ]
        self._mark(problems, _("These rows are still to be mended. The others are recorded."))
        self.good_button.hide()

    def _failed(self, error: Exception) -> bool:
        self._set_busy(False)
        problems = getattr(error, "problems", ())
        if problems:
            found = [((problem.row or 1) - 1, problem.column, problem.message) for problem in problems]
            self._mark(
                found, _("Nothing is recorded yet. Mend the marked rows, or record the good ones now.")
            )
            self.good_button.show()
        elif not (isinstance(error, CrmdeskError) and self.form.take_error(error)):
            self.banner.show_error(error)
        return True

    def _mark(self, problems: Sequence[tuple[int, str | None, str]], words: str) -> None:
        for row, column, message in problems:
            self.grid.set_error(f"[{row}].{column or 'customer'}", message)
        first = problems[0]
        self.grid.setCurrentIndex(self.grid.line_model().index(first[0], 0))
        self.grid.setFocus()
        self.banner.show_message(
            _("Refused rows: {count}. Row {row}: {message}").format(
                count=len(problems), row=first[0] + 1, message=first[2]
            )
            + " "
            + words,
            "danger",
        )

    def _set_busy(self, is_busy: bool) -> None:
        self.save_button.setEnabled(not is_busy)
        self.good_button.setEnabled(not is_busy)

    def reject(self) -> None:
        """Asks before rows are lost."""
        if not self.grid.lines():
            super().reject()
            return
        dialogs.confirm(
            self._page,
            _("Throw the rows away?"),
            _("Rows that are not recorded: {count}.").format(count=len(self.grid.lines())),
            _("Throw away"),
            super().reject,
            name="openingDiscard",
        )


def open_table(ctx: Context, parent: QWidget, entry: Entry | None = None) -> None:
    """Opens the table, with what a crash left behind if it is that."""

    def work(connection: Connection) -> tuple[str, bool]:
        from crmdesk.services import customers, rates, settings

        currency = settings.load(connection).currency
        has_foreign = bool(rates.load(connection).days) or customers.has_foreign(connection, currency)
        return currency, has_foreign

    def done(found: tuple[str, bool]) -> None:
        currency, has_foreign = found
        dialog = OpeningTable(ctx, parent, currency, entry, has_foreign=has_foreign)
        dialog.show_sheet()
        dialog.grid.setFocus()

    ctx.read(work, owner=parent, on_done=done)


def correct(ctx: Context, parent: QWidget, facts: Facts) -> ActionDialog:
    """Corrects one opening balance: reversed on its own date and recorded anew under its number."""
    return open_action(
        ctx,
        parent,
        _("Correct {number}").format(number=facts.number),
        "opening.correct",
        (
            *optional((SIGNED_AMOUNT, DATE, DUE, NOTE)),
            *rate_fields(facts, N_("Left out, the rate stays as it is."), is_new_money=True),
            required(REASON),
        ),
        {
            "amount": money.to_decimal(facts.effect_minor, facts.currency),
            "date": facts.dated_on,
            "due": facts.due_on,
        },
        {"opening": facts.number},
        name="correct",
        text=_("It is reversed on its own date and recorded anew under its number; both stay in the book."),
        yes=_("Correct"),
        currency=facts.currency,
        on_done=lambda _outcome: ctx.notices.toast(
            _("{number} is corrected.").format(number=facts.number), "good"
        ),
    )
