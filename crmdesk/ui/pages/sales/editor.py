"""Writing a requirement, quote, contract or order. Nothing is lost: Ctrl+S keeps it, complete or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from crmdesk.models import clock
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, optional, pick
from crmdesk.models.specs import agreements as specs
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import changed_meanwhile
from crmdesk.ui.kit.commands import Command, button
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.hold import Hold
from crmdesk.ui.own_form import FIELDS
from crmdesk.ui.own_form import changed as changed_fields
from crmdesk.ui.pages.sales.words import NEW_WORDS, TITLES
from crmdesk.ui.writing import keeping
from crmdesk.ui.writing.editor import DocumentEditor

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.use_cases import Outcome

Values = dict[str, Any]
_FIELDS: dict[str, tuple[Field, ...]] = {
    specs.REQUIREMENT: pick(specs.REQUIREMENT_FIELDS, "customer", "date", "deliver_on", "title", "currency"),
    specs.QUOTE: pick(specs.QUOTE_FIELDS, "customer", "date", "valid_until", "title", "currency"),
    specs.CONTRACT: pick(
        specs.CONTRACT_FIELDS, "customer", "date", "ends_on", "title", "signatories", "currency"
    ),
    specs.ORDER: pick(specs.ORDER_FIELDS, "customer", "date", "deliver_on", "title", "currency"),
}
_MORE: dict[str, tuple[Field, ...]] = {
    specs.REQUIREMENT: pick(specs.REQUIREMENT_FIELDS, "note"),
    specs.ORDER: pick(specs.ORDER_FIELDS, "customisation", "discount_terms", "note"),
    specs.QUOTE: pick(specs.QUOTE_FIELDS, "discount_terms", "note"),
}
_REQUIRED = ("customer", "date")
_SOURCES = (specs.REQUIREMENT, specs.QUOTE, specs.CONTRACT)
_PRINTED = (specs.QUOTE, specs.CONTRACT)


class AgreementEditor(DocumentEditor):
    """`done(kind, number)` says that it was kept and may be shown in its list."""

    done = Signal(str, str)
    keep_words = N_("Save")

    def __init__(self, ctx: Context, kind: str) -> None:
        self.number = ""
        """Of the one that is changed; empty while it is new."""
        self._version = 0
        self._source: tuple[str, str] = ("", "")
        self._turn = 0
        self._is_busy = False
        self._hold: Hold | None = None
        self.has_paper = kind in _PRINTED
        self.back_words = TITLES[kind]
        fields = [replace(field, required=field.name in _REQUIRED) for field in _FIELDS[kind]]
        more = optional(_MORE.get(kind, _MORE[specs.QUOTE]))
        super().__init__(ctx, kind, fields, more, spans={"customer": 2, "title": 2, "signatories": 2})
        self._build_row()
        self._connect()
        self.retranslate()

    def _build_row(self) -> None:
        add = self._ctx.commands.add
        if self.has_paper:
            show = Command(f"{self.kind}.preview", N_("Preview"), self.preview.toggle, "eye", "Ctrl+P")
            self.row.addWidget(button(add(show, self), icon="eye"))
        save = add(Command(f"{self.kind}.save", N_("Save"), self.keep, "save", "Ctrl+S"), self)
        self.row.addWidget(button(save, icon="save"))
        finish = Command(f"{self.kind}.saveAndShow", N_("Save and show"), self.finish, "check", "Ctrl+Return")
        self.row.addWidget(button(add(finish, self), "primary", icon="check"))
        add(Command(f"{self.kind}.leave", N_("Back to the list"), self.leave, "", "Esc"), self)

    # What the frame asks

    def heading_words(self) -> tuple[str, str]:
        """Its number, or that it is new, and what it is made from."""
        if self.number:
            return self.number, ""
        words = _(NEW_WORDS[self.kind])
        return words, _("from {number}").format(number=self._source[1]) if self._source[1] else _(
            "not saved yet"
        )

    def origin(self) -> Values:
        """What a new one is made from."""
        return {self._source[0]: self._source[1]} if self._source[1] and not self.number else {}

    def about(self) -> Values:
        """The version that was shown: another one in the book is not overwritten unasked."""
        return {"version": self._version}

    def typed_values(self) -> Values:
        """With its number, for the page beside it."""
        return super().typed_values() | {"number": self.number}

    @property
    def is_saving(self) -> bool:
        """Whether something was sent and not answered yet."""
        return self._is_busy

    def let_go(self) -> None:
        """The document is left: an answer that is still to come does not concern what stands here then."""
        self._turn += 1
        self._free()

    def _free(self) -> None:
        self._is_busy = False
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.end()

    # Beginning

    def begin(
        self,
        values: Mapping[str, Any] | None = None,
        *,
        number: str = "",
        version: int = 0,
        is_dirty: bool = False,
        entry: Entry | None = None,
    ) -> None:
        """Shows values to begin with, or those of the agreement `number`, read at `version`."""
        given = dict(values or {})
        self.let_go()
        self.number, self._version = number, version
        self._source = next(
            ((name, str(given[name])) for name in _SOURCES if given.get(name) and name != self.kind), ("", "")
        )
        self.keeper.begin(number, entry)
        head = {name: value for name, value in given.items() if name in self.head.field_names()}
        head["date"] = given.get("date") or clock.today()
        more = {name: given.get(name) for name in self.note.field_names()}
        own = given.get(FIELDS) or {} if number else given.get(FIELDS)
        self.fill(head, given.get("lines"), given.get("discount"), more, own)
        self._clean = {} if is_dirty else self.plain_values()
        self.head.editor("customer").setReadOnly(bool(self._source[1]))
        self.settle_in(str(given.get("customer") or ""))

    def begin_again(self, values: Values, entry: Entry) -> None:
        """What a crash left behind counts as not saved."""
        version = int(entry.about.get("version") or 0)
        self.begin(values, number=entry.record, version=version, is_dirty=True, entry=entry)

    # Saving

    def finish(self) -> None:
        """Keeps it and shows it in its list."""
        self.keep(lambda: self.done.emit(self.kind, self.number))

    def keep(self, then: Callable[[], object] | None = None) -> None:
        """Writes it into the book, a new one with the next number; then calls `then`."""
        if self._is_busy:
            return
        request = self.request()
        if request is None:
            return
        if self.number and not self.is_dirty():
            if then is not None:
                then()
            return
        arguments = self._changes(request) if self.number else request
        turn, self._is_busy = self._turn, True
        self._hold = Hold(self.splitter)

        def done(outcome: Outcome) -> None:
            number = str(outcome.result["number"])
            self._ctx.notices.toast(_("{number} is saved.").format(number=number), "good")
            if turn != self._turn:
                return
            self._free()
            self.number, self._version = number, int(outcome.result["version"])
            self._source = ("", "")
            self.mark_clean()
            self.keeper.forget()
            self.keeper.begin(number)
            self.show_heading()
            if then is not None:
                then()

        # The key makes sure that going on after a crash does not write a second one.
        self._ctx.run_use_case(
            f"{self.kind}.update" if self.number else f"{self.kind}.create",
            arguments,
            owner=self,
            on_done=done,
            on_error=lambda error: self._failed(error, turn, then),
            key=None if self.number else self.keeper.key,
        )

    def _changes(self, request: Values) -> Values:
        """What differs from what was shown; `clear` names what was emptied."""
        changed = {name: value for name, value in request.items() if self._clean.get(name) != value}
        emptied = [name for name in self._clean if name not in request and name != "currency"]
        if "lines" in emptied:
            emptied.remove("lines")
            changed["lines"] = []
        if FIELDS in emptied:
            emptied.remove(FIELDS)
        own = changed_fields(self._clean.get(FIELDS) or {}, request.get(FIELDS) or {})
        if own:
            changed[FIELDS] = own
        if emptied:
            changed["clear"] = emptied
        return changed | {self.kind: self.number, "version": self._version or None}

    def _failed(self, error: Exception, turn: int, then: Callable[[], object] | None) -> bool:
        if turn != self._turn:
            return False  # told as a message: the document is not here any more
        self._free()
        if isinstance(error, CrmdeskError) and error.code is Code.CHANGED_BY:
            self._ask_whose(error, then)
            return True
        if self.own.take_error(error):
            return True
        if not (isinstance(error, InvalidInput) and self.head.take_error(error)):
            self.show_error(error)
        return True

    def _ask_whose(self, error: CrmdeskError, then: Callable[[], object] | None) -> None:
        from crmdesk.services import agreement_entry

        number, turn = self.number, self._turn

        def done(found: tuple[Values, str, int]) -> None:
            if turn != self._turn:
                return
            theirs, _number, version = found

            def keep_mine() -> None:
                self._version = version
                self.keep(then)

            changed_meanwhile.ask_whose(
                self,
                sentence(error),
                keeping.differences(self, theirs),
                take_theirs=lambda: self.begin(theirs, number=number, version=version),
                keep_mine=keep_mine,
            )

        self._ctx.read(
            lambda connection: agreement_entry.by_number(connection, self.kind, number),
            owner=self,
            on_done=done,
        )
