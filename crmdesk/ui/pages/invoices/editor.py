"""Writing an invoice or a credit note: head, lines, totals while one types, and the page beside it.

An invoice is kept as a draft (Ctrl+S), issued (Ctrl+Shift+Enter) or issued and printed in one go (Ctrl+Enter); a
credit note is issued at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from crmdesk.models import clock, money
from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import optional, pick
from crmdesk.models.specs.documents import CREDIT, INVOICE
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.form_journal import Keeper
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.faults import labelled, sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Chip
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.line_grid import plain_lines
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.invoices import keeping, leaving
from crmdesk.ui.pages.invoices.document_lines import DocumentLines
from crmdesk.ui.pages.invoices.live_paper import LivePaper
from crmdesk.ui.pages.invoices.rate_of_day import RateOfDay
from crmdesk.ui.pages.invoices.saving import Saving
from crmdesk.ui.pages.invoices.standing import standing_words
from crmdesk.ui.segmented import TitledPage

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.invoice_entry import CustomerStanding, Setting
    from crmdesk.services.use_cases import Outcome

Values = dict[str, Any]
_CUSTOMER, _DATE, _DUE, _CURRENCY, _REFERENCE, _NOTE, _RATE = pick(
    INVOICE, "customer", "date", "due", "currency", "reference", "note", "rate"
)
_INVOICE_HEAD = (
    _CUSTOMER,
    replace(_DATE, required=True),
    _DUE,
    _REFERENCE,
    _CURRENCY,
    replace(_RATE, help=""),
)
_REASON, _APPLY = pick(CREDIT, "reason", "apply")
_CREDIT_HEAD = (_CUSTOMER, replace(_DATE, required=True), _REASON, _APPLY)


class Editor(Speaking, TitledPage):
    """`kind` is invoice or credit. `left` asks to go back to the list.

    `issued(kind, number, is_printing)` says what was written and whether it goes to the printer.
    """

    left = Signal()
    issued = Signal(str, str, bool)

    def __init__(self, ctx: Context, kind: str = "invoice") -> None:
        super().__init__(f"{kind}.editor")
        self._ctx = ctx
        self.kind = kind
        self.is_credit = kind == "credit"
        self.invoice = ""
        """The invoice that a credit note is for."""
        self._standing: CustomerStanding | None = None
        self._has_own_due = False
        self._is_filling = False
        self._clean: Values = {}
        self._build_body()
        self.saving = Saving(ctx, self)
        self.keeper = Keeper(ctx, self, kind, lambda: keeping.read(self))
        self.keeper.elsewhere_changed.connect(self._show_elsewhere)
        self._build_row()
        self._connect()
        self.retranslate()

    # Building

    def _build_row(self) -> None:
        self.back = plain_button("", f"{self.kind}.back", "ghost", "arrow-left")
        self.say(self.back.setText, N_("Invoices"))
        self.say(self.back.setAccessibleName, N_("Back to the list"))
        self.row.addWidget(self.back)
        self.heading = labels.title()
        self.heading.setObjectName(f"{self.kind}.heading")
        self.row.addWidget(self.heading)
        self.chip = Chip()
        self.row.addWidget(self.chip)
        self.row.addStretch(1)
        add = self._ctx.commands.add
        show = add(Command(f"{self.kind}.preview", N_("Preview"), self.preview.toggle, "eye", "Ctrl+P"), self)
        self.row.addWidget(button(show, icon="eye"))
        if not self.is_credit:
            save = add(Command("invoice.save", N_("Save draft"), self.save_draft, "save", "Ctrl+S"), self)
            self.row.addWidget(button(save, icon="save"))
        words = N_("Issue the credit note") if self.is_credit else N_("Issue")
        issue = add(Command(f"{self.kind}.issue", words, self.issue, "check", "Ctrl+Shift+Return"), self)
        if self.is_credit:
            add(Command("credit.issueToo", words, self.issue, "", "Ctrl+S"), self)
        self.row.addWidget(button(issue, icon="check"))
        both = Command(
            f"{self.kind}.issueAndPrint",
            N_("Issue and print"),
            lambda: self.issue(is_printing=True),
            "printer",
            "Ctrl+Return",
        )
        self.row.addWidget(button(add(both, self), "primary", icon="printer"))
        add(Command(f"{self.kind}.leave", N_("Back to the list"), self.leave, "", "Esc"), self)

    def _build_body(self) -> None:
        sizes = theme().metrics
        fields = _CREDIT_HEAD if self.is_credit else _INVOICE_HEAD
        self.head = Form(
            self._ctx,
            fields,
            name=self.kind,
            pickers=self._ctx.pickers,
            columns_max=6,
            spans={"customer": 2, "reason": 2},
            has_shortcuts=False,
            column_em=16,
        )
        self.head.editor("customer").can_create = not self.is_credit
        self.facts = labels.caption()
        self.facts.setObjectName(f"{self.kind}.standing")
        self.banner = Banner(f"{self.kind}.banner")
        self.elsewhere = Banner(f"{self.kind}.elsewhere")
        self.lines = DocumentLines(self._ctx, self, self.kind, self.currency)
        self.rate = RateOfDay(self)
        self.say(self.lines.grid.setAccessibleName, N_("Lines"))
        self.note = Form(
            self._ctx, optional((_NOTE,)), name=f"{self.kind}.more", columns_max=1, has_shortcuts=False
        )
        self.lines.panel.setMinimumWidth(sizes.em(40))
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(sizes.space(4.5), sizes.space(4), sizes.space(4.5), sizes.space(4))
        column.setSpacing(sizes.space(3))
        column.addWidget(self.elsewhere)
        column.addWidget(self.banner)
        column.addWidget(self.head)
        column.addWidget(self.facts)
        column.addWidget(self.lines.grid, 1)
        hint = labels.caption("", "third")
        self.say(
            hint.setText,
            N_(
                "Enter: next cell · Ctrl+D: repeat the line · Ctrl+Ins: new line · Ctrl+Del: delete it · "
                "Alt+↑↓: move it · Ctrl+V: from Excel · Ctrl+Z: undo"
            ),
        )
        column.addWidget(hint)
        below = QHBoxLayout()
        below.setSpacing(sizes.space(6))
        below.addWidget(self.note, 3)
        below.addWidget(self.lines.panel, 2)
        column.addLayout(below)
        self.preview = LivePaper(self._ctx, f"{self.kind}.paper", self.typed_values, is_credit=self.is_credit)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        area = scrolled(sheet, f"{self.kind}.scroll")
        area.setProperty("role", "surface")
        self.splitter.addWidget(area)
        self.splitter.addWidget(self.preview)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.preview.setMinimumWidth(sizes.em(36))
        self.splitter.setSizes([sizes.em(112), sizes.em(46)])
        self.body.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        self.back.clicked.connect(lambda _checked=False: self.leave())
        self.head.changed.connect(self._head_changed)
        self.head.submitted.connect(self.enter_lines)
        self.head.editor("customer").picked.connect(lambda _item: self._customer_picked())
        self.head.editor("customer").create_requested.connect(self._create_customer)
        self.lines.edited.connect(self._changed)
        self.lines.grid.typing.connect(self.keeper.touch)
        self.lines.grid.finished.connect(self._leave_lines)
        self.lines.panel.entered.connect(self.note.focus_first)
        self.note.changed.connect(lambda _name: self._changed())

    def retranslate(self) -> None:
        """Heading and facts."""
        super().retranslate()
        self.show_heading()
        self._show_standing()

    # Beginning

    def begin(
        self,
        values: Mapping[str, Any] | None = None,
        *,
        draft: str = "",
        is_dirty: bool = False,
        seen: str = "",
        entry: Entry | None = None,
    ) -> None:
        """Shows values (of a draft, a copy, or to begin with); `is_dirty` counts them as not saved yet.

        `seen` is the state of the draft that is shown; `entry` is what a crash left behind of this document.
        """
        given = dict(values or {})
        self.invoice = str(given.get("invoice") or "")
        self.saving.begin(draft, seen)
        self.keeper.begin(draft, entry)
        self._standing = None
        self._is_filling = True
        self.banner.hide()
        on = given.get("date") or clock.today()
        known = set(self.head.field_names())
        empty: Values = dict.fromkeys(known)
        self.head.set_values(
            {
                **empty,
                "apply": True,
                **{name: value for name, value in given.items() if name in known},
                "date": on,
            }
        )
        self._has_own_due = bool(given.get("due"))
        self.lines.show_values(given.get("lines") or (), given.get("discount"))
        self.note.set_values({"note": given.get("note")})
        self._is_filling = False
        self._clean = {} if is_dirty else self.plain_values()
        self.head.editor("customer").setReadOnly(self.is_credit)
        # The shell puts the keyboard into the page it shows: that is where writing goes on.
        self.setFocusProxy(self.lines.grid if given.get("customer") else self.head.editor("customer"))
        self.show_heading()
        self._load_setting()
        if given.get("customer"):
            self._load_customer(str(given["customer"]))
            self.enter_lines()
        else:
            self._show_standing()
            self.head.focus_first()
        self.preview.show_now()

    def _load_setting(self) -> None:
        on = self.head.value("date")

        def work(connection: Any) -> Setting:
            from crmdesk.services import invoice_entry

            return invoice_entry.setting_of(connection, on)

        def done(setting: Setting) -> None:
            was_clean = not self.is_dirty()
            self.lines.use_setting(setting)
            self.rate.follow()
            self.preview.show_soon()
            if was_clean and not self._clean.get("lines"):
                self._clean = self.plain_values()

        self._ctx.read(work, owner=self, on_done=done, replaces="setting")

    def _load_customer(self, code: str) -> None:
        def work(connection: Any) -> CustomerStanding:
            from crmdesk.services import invoice_entry

            return invoice_entry.customer_of(connection, code)

        def done(standing: CustomerStanding) -> None:
            was_clean = not self.is_dirty()
            self._standing = standing
            self._show_standing()
            self._set_due()
            self._work_again()
            if was_clean:
                self._clean = self.plain_values()

        self._ctx.read(work, owner=self, on_done=done, replaces="customer")

    def show_heading(self) -> None:
        """What is being written."""
        if self.is_credit:
            words = _("Credit note for {invoice}").format(invoice=self.invoice)
        elif self.saving.draft:
            words = _("Draft {number}").format(number=self.saving.draft)
        else:
            words = _("New invoice")
        self.heading.setText(words)
        self.chip.setText(_("not issued"))

    def _show_standing(self) -> None:
        words, tone = standing_words(self._standing, 0 if self.is_credit else self.lines.totals.total_minor)
        self.facts.setText(words)
        self.facts.set_tone(tone)

    # Following the typing

    def currency(self) -> str:
        """The document's currency: typed, the customer's, the book's."""
        typed = self.head.value("currency") if not self.is_credit else None
        own = self._standing.currency if self._standing is not None else ""
        usual = self.lines.setting.currency if self.lines.setting is not None else "CNY"
        wanted = str(typed or own or usual)
        return wanted if money.is_currency(wanted) else usual

    def _customer_picked(self) -> None:
        code = self.head.value("customer")
        if code:
            self._load_customer(str(code))
            self.head.focus_next("customer")

    def _create_customer(self, name: str) -> None:
        def done(outcome: Outcome) -> None:
            self.head.set_value("customer", outcome.result["code"])
            self._load_customer(str(outcome.result["code"]))
            self.head.focus_next("customer")

        self._ctx.run_use_case("customer.create", {"name": name}, owner=self, on_done=done)

    def _head_changed(self, name: str) -> None:
        if name == "due":
            self._has_own_due = self.head.value("due") is not None
        elif name == "date":
            self._set_due()
            self._load_setting()
        elif name == "customer" and self.head.value("customer") is None:
            self._standing = None
            self._show_standing()
        elif name == "currency":
            self._work_again()
        self._changed()

    def _set_due(self) -> None:
        """The due date follows date and terms until somebody types one."""
        if self.is_credit or self._has_own_due or self._standing is None:
            return
        on = self.head.value("date")
        if on is not None:
            from crmdesk.services import invoice_entry

            self.head.editor("due").set_value(invoice_entry.due_on(on, self._standing.terms_days))

    def enter_lines(self) -> None:
        """The keyboard goes to the lines."""
        self.lines.grid.setFocus(Qt.FocusReason.TabFocusReason)

    def _leave_lines(self) -> None:
        self.lines.panel.discount.setFocus(Qt.FocusReason.TabFocusReason)

    def _work_again(self) -> None:
        self.lines.work_again()
        self.rate.follow()
        self.preview.show_soon()

    def _changed(self) -> None:
        if self._is_filling:
            return
        self._work_again()
        self._show_standing()
        self.keeper.touch()

    # Values

    def typed_values(self) -> Values:
        """What stands there, typed, without checking: for the preview."""
        values: Values = {name: self.head.value(name) for name in self.head.field_names()}
        values["lines"] = self.lines.grid.lines()
        values["note"] = self.note.value("note")
        values["invoice"] = self.invoice or None
        try:
            values["discount"] = self.lines.discount()
        except InvalidInput:
            values["discount"] = None
        return values

    def plain_values(self) -> Values:
        """What stands there as JSON holds it, empty ones left out: the request, and the check for changes."""
        values = {
            name: plain(value) for name, value in self.head.plain_values().items() if value not in (None, "")
        }
        lines = plain_lines(self.lines.grid.lines())
        if lines:
            values["lines"] = lines
        note = self.note.value("note")
        if note:
            values["note"] = note
        try:
            discount = plain(self.lines.discount())
        except InvalidInput:
            discount = None
        if discount:
            values["discount"] = discount
        if self.invoice:
            values["invoice"] = self.invoice
        return values

    def is_dirty(self) -> bool:
        """Whether something would be lost."""
        return self.plain_values() != self._clean

    def is_saved(self, part: str) -> bool:
        """Whether one part of the document stands as it was saved or shown first."""
        return self.plain_values().get(part) == self._clean.get(part)

    def mark_clean(self, saved: Values | None = None) -> None:
        """Counts what stands there as saved, or what was `saved` of it: more may have been typed since."""
        self._clean = self.plain_values() if saved is None else saved

    def mark_unsaved(self) -> None:
        """Counts everything that stands there as not saved."""
        self._clean = {}

    def request(self) -> Values | None:
        """The checked request, or None after the errors were shown."""
        self.lines.grid.settle()
        for name in ("date", "due"):
            if name in self.head.field_names():
                self.head.editor(name).settle()
        self.banner.hide()
        try:
            self.head.values()
            self.lines.grid.value()
            self.lines.discount()
        except InvalidInput as error:
            if not self.head.take_error(error):
                self.show_error(error)
            return None
        return self.plain_values()

    # Saving

    def save_draft(self) -> None:
        """Keeps the invoice as it is, complete or not."""
        self.saving.keep()

    def issue(self, *, is_printing: bool = False) -> None:
        """Issues the document: it gets its number and is locked. `is_printing` goes on to the printer."""
        self.saving.issue(is_printing=is_printing)

    def _show_elsewhere(self, words: str) -> None:
        if words:
            self.elsewhere.show_message(words, "info")
        else:
            self.elsewhere.hide()

    def show_error(self, error: Exception) -> None:
        """Says what is wrong, and marks the cell or field it is about."""
        field, words = getattr(error, "field", None) or "", sentence(error)
        if field.startswith("lines["):
            path = field.removeprefix("lines")
            words = labelled(words, field, self.lines.grid.cell_words(path))
            self.lines.grid.set_error(path, words)
        elif field.partition(".")[0] == "discount":
            words = labelled(labelled(words, field, _("Discount")), "discount", _("Discount"))
            self.lines.panel.set_error(words)
        self.banner.show_message(words, "danger")

    # Leaving

    def leave(self) -> None:
        """Back to the list; asks when something would be lost."""
        self.may_leave(self.left.emit)

    def may_leave(self, then: Callable[[], object]) -> None:
        """Calls `then` at once, or after the user decided about what is not saved."""
        if not self.is_dirty():
            self.keeper.forget()
            then()
            return
        leaving.ask(self, then)
