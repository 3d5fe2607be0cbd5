"""Writing an invoice or a credit note: head, lines, totals while one types, and the page beside it.

An invoice is kept as a draft (Ctrl+S), issued (Ctrl+Shift+Enter) or issued and printed in one go (Ctrl+Enter); a
credit note, and an invoice that takes the place of another one, is issued at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from crmdesk.models import clock
from crmdesk.models.errors import InvalidInput
from crmdesk.models.fields import optional, pick
from crmdesk.models.specs.documents import CREDIT, INVOICE
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.own_form import FIELDS
from crmdesk.ui.pages.invoices.rate_of_day import RateOfDay
from crmdesk.ui.pages.invoices.saving import Saving
from crmdesk.ui.writing.editor import DocumentEditor

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry

Values = dict[str, Any]
_CUSTOMER, _DATE, _DUE, _CURRENCY, _REFERENCE, _NOTE, _RATE, _TERMS = pick(
    INVOICE, "customer", "date", "due", "currency", "reference", "note", "rate", "discount_terms"
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
_REISSUE_HEAD = (_CUSTOMER, replace(_DATE, required=True), _DUE, _REFERENCE, replace(_REASON, required=True))
_CREDIT_HEAD = (_CUSTOMER, replace(_DATE, required=True), _REASON, _APPLY)


class Editor(DocumentEditor):
    """`kind` is invoice, credit, or reissue: an invoice that takes the place of another one.

    `issued(kind, number, is_printing)` says what was written and whether it goes to the printer.
    """

    issued = Signal(str, str, bool)

    def __init__(self, ctx: Context, kind: str = "invoice") -> None:
        self.is_credit = kind == "credit"
        self.is_reissue = kind == "reissue"
        self.invoice = ""
        """The invoice that a credit note is for, or whose place this one takes."""
        self._own_currency = ""
        self._has_own_due = False
        super().__init__(
            ctx,
            kind,
            _CREDIT_HEAD if self.is_credit else _REISSUE_HEAD if self.is_reissue else _INVOICE_HEAD,
            optional((_NOTE,) if self.has_origin else (_TERMS, _NOTE)),
            spans={"customer": 2, "reason": 2},
        )
        self.head.editor("customer").can_create = not self.has_origin
        self.keep_words = "" if self.has_origin else N_("Save draft")
        self.saving = Saving(ctx, self)
        self.rate = RateOfDay(self)
        self._build_row()
        self._connect()
        self.note.changed.connect(lambda name: self._set_due() if name == "discount_terms" else None)
        self.retranslate()

    @property
    def has_origin(self) -> bool:
        """Whether it is written for an invoice that is there already; then it is no draft ever."""
        return self.is_credit or self.is_reissue

    def _build_row(self) -> None:
        add = self._ctx.commands.add
        show = add(Command(f"{self.kind}.preview", N_("Preview"), self.preview.toggle, "eye", "Ctrl+P"), self)
        self.row.addWidget(button(show, icon="eye"))
        if not self.has_origin:
            save = add(Command("invoice.save", N_("Save draft"), self.save_draft, "save", "Ctrl+S"), self)
            self.row.addWidget(button(save, icon="save"))
        words = (
            N_("Issue the credit note")
            if self.is_credit
            else N_("Issue anew")
            if self.is_reissue
            else N_("Issue")
        )
        issue = add(Command(f"{self.kind}.issue", words, self.issue, "check", "Ctrl+Shift+Return"), self)
        if self.has_origin:
            add(Command(f"{self.kind}.issueToo", words, self.issue, "", "Ctrl+S"), self)
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

    @property
    def own_record(self) -> str:
        """One in the place of another is an invoice."""
        return "credit" if self.is_credit else "invoice"

    # What the frame asks

    def heading_words(self) -> tuple[str, str]:
        """What is being written; it has no number yet."""
        if self.is_credit:
            words = _("Credit note for {invoice}").format(invoice=self.invoice)
        elif self.is_reissue:
            words = _("In place of {invoice}").format(invoice=self.invoice)
        elif self.saving.draft:
            words = _("Draft {number}").format(number=self.saving.draft)
        else:
            words = _("New invoice")
        return words, _("not issued")

    def added_minor(self) -> int:
        """An invoice adds its total; one in the place of another adds what nobody has worked out here."""
        return 0 if self.has_origin else self.lines.totals.total_minor

    def origin(self) -> Values:
        """The invoice it is written for; one in its place has its currency."""
        return {"invoice": self.invoice or None} | (
            {"currency": self._own_currency or None} if self.is_reissue else {}
        )

    def currency(self) -> str:
        """The document's currency; of one that takes the place of another, that one's."""
        return self._own_currency if self.is_reissue and self._own_currency else super().currency()

    def request(self) -> Values | None:
        """The checked request; customer and currency of a re-issue are its original's."""
        found = super().request()
        if found is None or not self.is_reissue:
            return found
        return {name: value for name, value in found.items() if name not in ("customer", "currency")}

    def about(self) -> Values:
        """The state of the draft that is shown."""
        return {"seen": self.saving.seen}

    def begin_again(self, values: Values, entry: Entry) -> None:
        """What a crash left behind counts as not saved."""
        seen = str(entry.about.get("seen") or "")
        self.begin(values, draft=entry.record, is_dirty=True, seen=seen, entry=entry)

    def keep(self, then: Callable[[], object] | None = None) -> None:
        """Keeps the invoice as it is, complete or not."""
        self.saving.keep(then)

    @property
    def is_saving(self) -> bool:
        """Whether something was sent and not answered yet."""
        return self.saving.is_busy

    def let_go(self) -> None:
        """The document is left."""
        self.saving.let_go()

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
        self._own_currency = str(given.get("currency") or "")
        self.saving.begin(draft, seen)
        self.keeper.begin(draft, entry)
        known = set(self.head.field_names())
        head = {name: value for name, value in given.items() if name in known}
        on = given.get("date") or clock.today()
        self.fill(
            {"apply": True, **head, "date": on} if self.is_credit else {**head, "date": on},
            given.get("lines"),
            given.get("discount"),
            {name: given.get(name) for name in self.note.field_names()},
            given.get(FIELDS) if FIELDS in given or draft else None,
        )
        self._has_own_due = bool(given.get("due"))
        self._clean = {} if is_dirty else self.plain_values()
        self.head.editor("customer").setReadOnly(self.has_origin)
        if self.is_reissue and self.invoice:
            self.banner.show_message(
                _(
                    "{invoice} is credited in full on this date, and what was paid on it settles the new one."
                ).format(invoice=self.invoice),
                "info",
            )
        self.settle_in(str(given.get("customer") or ""))

    def worked_out(self) -> None:
        """The value in the book's currency follows."""
        self.rate.follow()

    def customer_known(self) -> None:
        """The due date follows his terms, which stand in the empty field until others are typed."""
        if self._standing is not None and "discount_terms" in self.note.field_names():
            self.note.editor("discount_terms").setPlaceholderText(self._standing.discount_terms)
        self._set_due()

    def _head_changed(self, name: str) -> None:
        if name == "due":
            self._has_own_due = self.head.value("due") is not None
        elif name == "date":
            self._set_due()
        super()._head_changed(name)

    def _set_due(self) -> None:
        """The due date follows date and terms, also those typed here, until somebody types one."""
        if self.is_credit or self._has_own_due or self._standing is None:
            return
        on = self.head.value("date")
        if on is not None:
            from crmdesk.services import invoice_entry

            net = self._net_days()
            days = self._standing.terms_days if net is None else net
            self.head.editor("due").set_value(invoice_entry.due_on(on, days))

    def _net_days(self) -> int | None:
        """The days of the “n/30” in the discount terms typed here; None without them or while they cannot be read."""
        from crmdesk.models import discount_terms

        if "discount_terms" not in self.note.field_names():
            return None
        typed = str(self.note.typed_values().get("discount_terms") or "").strip()
        try:
            return discount_terms.parse(typed).net_days if typed else None
        except InvalidInput:
            return None

    # Saving

    def save_draft(self) -> None:
        """Keeps the invoice as it is, complete or not."""
        self.saving.keep()

    def issue(self, *, is_printing: bool = False) -> None:
        """Issues the document: it gets its number and is locked. `is_printing` goes on to the printer."""
        self.saving.issue(is_printing=is_printing)
