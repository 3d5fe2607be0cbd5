"""The frame of writing a document: head, lines, totals while one types, and the page beside it.

Invoices, credit notes, requirements, quotes, contracts and orders are written in it; what saving means is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from crmdesk.models import money
from crmdesk.models.errors import InvalidInput, labelled
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.form_journal import Keeper
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.commands import plain_button
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form, unsaved_words
from crmdesk.ui.kit.labels import Chip
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.line_grid import plain_lines
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.own_form import FIELDS, OwnForm
from crmdesk.ui.segmented import TitledPage
from crmdesk.ui.writing import keeping
from crmdesk.ui.writing.document_lines import DocumentLines
from crmdesk.ui.writing.live_paper import LivePaper
from crmdesk.ui.writing.standing import standing_words

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.invoice_entry import CustomerStanding, Setting
    from crmdesk.services.use_cases import Outcome

Values = dict[str, Any]


class DocumentEditor(Speaking, TitledPage):
    """`kind` prefixes the object names. `left` asks to go back to the list.

    A kind of document says how it is called (`heading_words`), what it adds to what the customer owes
    (`added_minor`), what it is made from (`origin`), and how it is kept (`keep`).
    """

    left = Signal()
    has_paper = True
    """Whether the page is shown beside it."""
    keep_words = ""
    """What keeps it when one leaves; empty where leaving only discards or stays (a catalogue source)."""
    back_words = N_("Invoices")

    @property
    def own_record(self) -> str:
        """Whose own fields it has."""
        return self.kind

    def __init__(
        self, ctx: Context, kind: str, head: Sequence[Field], more: Sequence[Field], *, spans: dict[str, int]
    ) -> None:
        super().__init__(f"{kind}.editor")
        self._ctx = ctx
        self.kind = kind
        self._standing: CustomerStanding | None = None
        self._is_filling = False
        self._clean: Values = {}
        self._build_body(head, more, spans)
        self.keeper = Keeper(ctx, self, kind, lambda: keeping.read(self))
        self.keeper.elsewhere_changed.connect(self._show_elsewhere)
        self._build_head_row()

    # For the kinds

    def heading_words(self) -> tuple[str, str]:
        """What is being written, and the words of its chip."""
        raise NotImplementedError

    def added_minor(self) -> int:
        """What it would add to what the customer owes."""
        return 0

    def origin(self) -> Values:
        """The document that it is made from, by kind."""
        return {}

    def about(self) -> Values:
        """What the journal keeps besides what was typed."""
        return {}

    def begin_again(self, values: Values, entry: Entry) -> None:
        """Begins with what a crash left behind."""
        raise NotImplementedError

    def keep(self, then: Callable[[], object] | None = None) -> None:
        """Keeps what stands there, and calls `then` once it is kept."""
        raise NotImplementedError

    @property
    def is_saving(self) -> bool:
        """Whether something was sent and not answered yet."""
        raise NotImplementedError

    def let_go(self) -> None:
        """The document is left: an answer that is still to come does not concern what stands here then."""
        raise NotImplementedError

    # Building

    def _build_head_row(self) -> None:
        self.back = plain_button("", f"{self.kind}.back", "ghost", "arrow-left")
        self.say(self.back.setText, self.back_words)
        self.say(self.back.setAccessibleName, N_("Back to the list"))
        self.row.addWidget(self.back)
        self.heading = labels.title()
        self.heading.setObjectName(f"{self.kind}.heading")
        self.row.addWidget(self.heading)
        self.chip = Chip()
        self.row.addWidget(self.chip)
        self.row.addStretch(1)

    def _build_body(self, fields: Sequence[Field], more: Sequence[Field], spans: dict[str, int]) -> None:
        sizes = theme().metrics
        self.head = Form(
            self._ctx,
            fields,
            name=self.kind,
            pickers=self._ctx.pickers,
            columns_max=6,
            spans=spans,
            has_shortcuts=False,
            column_em=16,
        )
        self.facts = labels.caption()
        self.facts.setObjectName(f"{self.kind}.standing")
        self.banner = Banner(f"{self.kind}.banner")
        self.elsewhere = Banner(f"{self.kind}.elsewhere")
        self.lines = DocumentLines(self._ctx, self, self.kind, self.currency)
        self.say(self.lines.grid.setAccessibleName, N_("Lines"))
        self.note = Form(self._ctx, more, name=f"{self.kind}.more", columns_max=1, has_shortcuts=False)
        self.own = OwnForm(self._ctx, self.own_record, f"{self.kind}.own")
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
        beside = QVBoxLayout()
        beside.addWidget(self.own)
        beside.addWidget(self.note)
        beside.addStretch(1)
        below.addLayout(beside, 3)
        below.addWidget(self.lines.panel, 2)
        column.addLayout(below)
        self.preview = LivePaper(self._ctx, f"{self.kind}.paper", self.typed_values, self.kind)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        area = scrolled(sheet, f"{self.kind}.scroll")
        area.setProperty("role", "surface")
        self.splitter.addWidget(area)
        self.splitter.addWidget(self.preview)
        if not self.has_paper:
            self.preview.hide()
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.preview.setMinimumWidth(sizes.em(36))
        self.splitter.setSizes([sizes.em(112), sizes.em(46)])
        self.body.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        self.back.clicked.connect(lambda _checked=False: self.leave())
        self.head.changed.connect(self._head_changed)
        self.head.submitted.connect(self._enter_lines)
        self.head.editor("customer").picked.connect(lambda _item: self._customer_picked())
        self.head.editor("customer").create_requested.connect(self._create_customer)
        self.lines.edited.connect(self._changed)
        self.lines.grid.typing.connect(self.keeper.touch)
        self.lines.grid.finished.connect(self._leave_lines)
        self.lines.panel.entered.connect(self._enter_below)
        self.own.changed.connect(self._changed)
        self.note.changed.connect(lambda _name: self._changed())

    def retranslate(self) -> None:
        """Heading and facts."""
        super().retranslate()
        self.show_heading()
        self._show_standing()

    # Beginning

    def fill(
        self, head: Values, lines: Any, discount: Any, more: Values, own: Mapping[str, Any] | None = None
    ) -> None:
        """Shows other values; what is left out is empty. `own`: own fields, None for the defaults of a new one."""
        self._standing = None
        self._is_filling = True
        self.banner.hide()
        self.head.set_values({**dict.fromkeys(self.head.field_names()), **head})
        self.lines.show_values(lines or (), discount)
        self.note.set_values({**dict.fromkeys(self.note.field_names()), **more})
        self.own.show_values(own)
        self._is_filling = False

    def settle_in(self, customer: str) -> None:
        """After `fill`: reads what the book decides, and puts the cursor where writing goes on."""
        # The shell puts the keyboard into the page it shows: that is where writing goes on.
        self.setFocusProxy(self.lines.grid if customer else self.head.editor("customer"))
        self.show_heading()
        self.lines.use_customer(customer)
        self._load_setting()
        if customer:
            self._load_customer(customer)
            self._enter_lines()
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
            self.worked_out()
            self.preview.show_soon()
            if was_clean and not self._clean.get("lines"):
                self._clean = self.plain_values()

        self._ctx.read(work, owner=self, on_done=done, replaces="setting")

    def _load_customer(self, code: str) -> None:
        self.lines.use_customer(code)

        def work(connection: Any) -> CustomerStanding:
            from crmdesk.services import invoice_entry

            return invoice_entry.customer_of(connection, code)

        def done(standing: CustomerStanding) -> None:
            was_clean = not self.is_dirty()
            self._standing = standing
            self._show_standing()
            self.customer_known()
            self._work_again()
            if was_clean:
                self._clean = self.plain_values()

        self._ctx.read(work, owner=self, on_done=done, replaces="customer")

    def customer_known(self) -> None:
        """The customer's terms are known now."""

    def show_heading(self) -> None:
        """What is being written."""
        words, chip = self.heading_words()
        self.heading.setText(words)
        self.chip.setText(chip)
        self.chip.setVisible(bool(chip))

    def _show_standing(self) -> None:
        words, tone = standing_words(self._standing, self._added_to_owed())
        self.facts.setText(words)
        self.facts.set_tone(tone)

    def _added_to_owed(self) -> int:
        """What the document adds in the customer's currency; nothing where there is no rate."""
        minor, setting = self.added_minor(), self.lines.setting
        if not minor or self._standing is None or setting is None:
            return minor
        from crmdesk.services import exposure

        own = self._standing.currency
        return exposure.convert({self.currency(): minor}, own, setting.currency, setting.exchange).minor

    # Following the typing

    def currency(self) -> str:
        """The document's currency: typed, the customer's, the book's."""
        typed = self.head.value("currency") if "currency" in self.head.field_names() else None
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
        if name == "date":
            self._load_setting()
        elif name == "customer" and self.head.value("customer") is None:
            self._standing = None
            self.lines.use_customer("")
            self._show_standing()
        elif name == "currency":
            self._work_again()
        self._changed()

    def _enter_lines(self) -> None:
        self.lines.grid.setFocus(Qt.FocusReason.TabFocusReason)

    def _enter_below(self) -> None:
        """After the totals: own fields, or what else there is to say."""
        (self.own.form or self.note).focus_first()

    def _leave_lines(self) -> None:
        self.lines.panel.discount.setFocus(Qt.FocusReason.TabFocusReason)

    def _work_again(self) -> None:
        self.lines.work_again()
        self.worked_out()
        self.preview.show_soon()

    def worked_out(self) -> None:
        """Totals, currency or day may be others now; a kind of document that shows more of them says so here."""

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
        values |= {name: self.note.value(name) for name in self.note.field_names()} | self.origin()
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
        values |= {name: text for name in self.note.field_names() if (text := plain(self.note.value(name)))}
        try:
            discount = plain(self.lines.discount())
        except InvalidInput:
            discount = None
        if discount:
            values["discount"] = discount
        own = self.own.values()
        if own:
            values[FIELDS] = own
        return values | {name: value for name, value in self.origin().items() if value}

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
        for name in self.head.field_names():
            if self.head.field(name).kind is Kind.DATE:
                self.head.editor(name).settle()
        self.banner.hide()
        try:
            self.head.values()
            self.lines.grid.value()
            self.lines.discount()
            self.own.check()
        except InvalidInput as error:
            if not (self.head.take_error(error) or self.own.take_error(error)):
                self.show_error(error)
            return None
        return self.plain_values()

    # Errors

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
        elif self.own.take_error(error):
            return
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

        def discard() -> None:
            self.mark_clean()
            self.let_go()
            self.keeper.forget()
            then()

        def keep() -> None:
            if self.is_saving:
                # The question stays open: what is being saved is not all that stands here.
                self.may_leave(then)
            else:
                # Asked again, for what was typed while it was being saved.
                self.keep(lambda: self.may_leave(then))

        answers: list[tuple[str, str, str, Callable[[], object]]] = [
            (_("Discard"), "discard", "danger", discard),
            (_("Keep editing"), "stay", "" if self.keep_words else "primary", self._enter_lines),
        ]
        if self.keep_words:
            answers.append((_(self.keep_words), "save", "primary", keep))
        dialogs.ask(
            self,
            _("Leave this document?"),
            unsaved_words(keeping.unsaved_labels(self)),
            answers,
            name="leave",
        )
