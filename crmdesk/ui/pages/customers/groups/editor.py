"""The full page of a group: its name and rule, whom the rule finds while it is being written, and what is planned."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models import clauses, money
from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice
from crmdesk.models.specs import segments as specs
from crmdesk.services import segment_card, segment_history, segment_terms, segment_why
from crmdesk.services.lists import Query, querying
from crmdesk.services.segment_card import Card
from crmdesk.services.segment_history import Found
from crmdesk.text import N_, _, counted
from crmdesk.ui import form_requests
from crmdesk.ui.context import Context
from crmdesk.ui.form_journal import Keeper, Kept
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.commands import Command, button, icon_button_of
from crmdesk.ui.kit.controls import LoadingBar
from crmdesk.ui.kit.entry_list import EntryList
from crmdesk.ui.kit.faults import sentence
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Chip, Label, Paragraph
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.groups import SEGMENT_FORM
from crmdesk.ui.pages.customers.groups.editor_parts import PARENT, PLAN, Read, Tried, hint_of
from crmdesk.ui.pages.customers.groups.why import WhyCard
from crmdesk.ui.pages.customers.groups.words import WATCHED, found_entry, member_entries, show_moved
from crmdesk.ui.rules.builder import RuleBuilder
from crmdesk.ui.segmented import TitledPage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.use_cases import Outcome

SOON_MS = 200
"""So long nobody types before the rule is tried: what was asked before is given up."""


class SegmentEditor(Speaking, TitledPage):
    """`begin()` a new group, or one by name. `left` comes when it is done with, `saved(name)` after saving."""

    left = Signal()
    saved = Signal(str)

    def __init__(self, ctx: Context) -> None:
        super().__init__("segment")
        self._ctx = ctx
        self.card: Card | None = None
        self.tried: Tried | None = None
        self._clean: Any = None
        self._is_saving = False
        self._title_bar()
        sizes = theme().metrics
        columns = QHBoxLayout()
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        self.body.addLayout(columns, 1)
        self.builder = RuleBuilder(ctx, self)
        columns.addWidget(scrolled(self._form_side(), "segment.scroll"), 1)
        columns.addWidget(labels.rule(is_upright=True))
        side = self._live_side()
        side.setFixedWidth(sizes.em(48))
        columns.addWidget(side)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._try)
        self.builder.changed.connect(self._touched)
        self.head.changed.connect(lambda _name: self.keeper.touch())
        self.plan.changed.connect(lambda _name: self.keeper.touch())
        self.keeper = Keeper(ctx, self, SEGMENT_FORM, self._kept)
        self.keeper.elsewhere_changed.connect(
            lambda words: self.banner.show_message(words, "info") if words else self.banner.hide()
        )
        ctx.bus.watch(self, WATCHED, lambda _changes: self._refresh())
        self.setFocusProxy(self.head)
        self.retranslate()

    # Building

    def _title_bar(self) -> None:
        add = self._ctx.commands.add
        back = add(Command("segment.back", N_("Back to the groups"), self.leave, "arrow-left", "Esc"), self)
        self.row.addWidget(icon_button_of(back))
        self.title = labels.title()
        self.title.setObjectName("segment.title")
        self.row.addWidget(self.title)
        self.row.addStretch(1)
        self.history_action = add(
            Command(
                "segment.history",
                N_("Who came and went"),
                lambda: self._ctx.go("customers", part="movements", **self._asked()),
                "history",
                "Ctrl+H",
            ),
            self,
        )
        self.row.addWidget(button(self.history_action))
        self.save_action = add(Command("segment.save", N_("Save group"), self.save, "", "Ctrl+S"), self)
        self.row.addWidget(button(self.save_action, "primary", has_keys=True))

    def _form_side(self) -> QWidget:
        space = theme().metrics.space
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(space(4.5), space(4), space(4.5), space(4))
        column.setSpacing(space(3))
        self.banner = Banner("segment.banner")
        column.addWidget(self.banner)
        self.head = Form(
            self._ctx, (specs.REQUIRED_NAME, PARENT), {}, name="segment.head", columns_max=3,
            spans={"name": 2}, has_shortcuts=False, column_em=22,
        )  # fmt: skip
        self.head.submitted.connect(self.builder.focus_first)
        column.addWidget(self.head)
        column.addWidget(self.builder)
        self.by_hand = Paragraph("", "", "second")
        self.say(
            self.by_hand.setText,
            N_("This group is filled by hand: only who is put in is here. It has no rule."),
        )
        self.by_hand.hide()
        column.addWidget(self.by_hand)
        self.plan = Form(
            self._ctx, PLAN, {}, name="segment.plan", columns_max=5, spans={"note": 5, "offer": 2},
            has_shortcuts=False, column_em=18,
        )  # fmt: skip
        self.plan.editor("note").setMaximumHeight(theme().metrics.line * 3 + space(3))
        self.plan.editor("note").setMinimumHeight(theme().metrics.line * 2 + space(3))
        self.plan.submitted.connect(self.save)
        column.addWidget(self.plan)
        column.addStretch(1)
        return content

    def _live_side(self) -> QWidget:
        space = theme().metrics.space
        side = QWidget()
        side.setProperty("role", "surface")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(side)
        column.setContentsMargins(space(4), space(3.5), space(4), space(3.5))
        column.setSpacing(space(2))
        head = QHBoxLayout()
        self.count = labels.heading()
        self.count.setObjectName("segment.count")
        head.addWidget(self.count, 1)
        self.joined, self.gone = Chip("", "good"), Chip("", "danger")
        for chip, name in ((self.joined, "joined"), (self.gone, "left")):
            chip.setObjectName(f"segment.{name}")
            head.addWidget(chip)
            chip.hide()
        column.addLayout(head)
        self.loading = LoadingBar()
        column.addWidget(self.loading)
        self.sample = EntryList("segment.sample")
        self.say(self.sample.setAccessibleName, N_("Customers the rule finds"))
        self.sample.current_changed.connect(lambda _entry: self._ask_why())
        self.sample.chosen.connect(
            lambda entry: self.may_leave(lambda: self._ctx.go("customers", code=entry.data.code))
        )
        self.contradiction = Paragraph("", "", "warn")
        self.contradiction.setObjectName("segment.contradiction")
        self.contradiction.hide()
        column.addWidget(self.contradiction)
        column.addWidget(self.sample, 1)
        self.hint = Paragraph("", "", "second")
        self.hint.setObjectName("segment.hint")
        column.addWidget(self.hint)
        self._filler = QWidget()
        column.addWidget(self._filler, 1)
        self.why = WhyCard("segment.why")
        column.addWidget(self.why)
        self.took = Label("", "caption", "second")
        self.took.setObjectName("segment.took")
        column.addWidget(self.took)
        return side

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        if hasattr(self, "keeper"):
            self.title.setText(self.card.name if self.card is not None else _("New group"))

    # Showing

    def begin(self, name: str = "", entry: Entry | None = None) -> None:
        """A new group, one by name, or what was left behind of either."""

        def work(connection: Connection) -> Read:
            found = segment_card.ids_by_name(connection).get(name) if name else None
            card = segment_card.load(connection, found) if found is not None else None
            return Read(segment_terms.read(connection), card)

        self._ctx.read(work, owner=self, on_done=lambda found: self._begin(found, entry), replaces="begin")

    def _begin(self, found: Read, entry: Entry | None) -> None:
        self.card = card = found.card
        vocabulary = found.vocabulary
        own = card.name if card is not None else ""
        above = [Choice(one, one) for one in vocabulary.names["segment"] if one != own]
        self.head.use_choices("parent", (Choice("", N_("None")), *above))
        for name in ("budget", "cost"):
            self.plan.editor(name).set_currency(vocabulary.currency)
        self._show_values(card, vocabulary.currency)
        self.builder.use(vocabulary)
        self.builder.show_tree(card.tree if card is not None else clauses.Group(clauses.ALL))
        is_static = card is not None and card.kind == "static"
        self.builder.setVisible(not is_static)
        self.by_hand.setVisible(is_static)
        self.banner.hide()
        self.history_action.setEnabled(card is not None)
        self._clean = self.builder.state()
        if entry is not None and entry.values is not None:
            self.head.restore(entry.values.get("head") or {})
            self.plan.restore(entry.values.get("plan") or {})
            if entry.values.get("rule"):
                self.builder.show_state(entry.values["rule"])
        self.keeper.begin(own, entry)
        self.retranslate()
        self._show_live()
        if card is None:
            self.head.focus_first()
        elif not is_static:
            self.builder.focus_first()
        else:
            self.plan.focus_first()

    def _show_values(self, card: Card | None, currency: str) -> None:
        self.head.set_values({"name": card.name if card else "", "parent": card.parent if card else ""})
        plan: dict[str, Any] = dict(card.plan) if card is not None else {}
        for name in ("budget", "cost"):
            minor = plan.get(name)
            plan[name] = None if minor is None else money.to_decimal(minor, currency)
        self.plan.set_values({field.name: plan.get(field.name) for field in PLAN})

    def _asked(self) -> dict[str, str]:
        name = self.card.name if self.card else ""
        return {"filter": f"segment = {clauses.quoted(name)}", "words": name}

    # What it is worth keeping

    def is_dirty(self) -> bool:
        """Whether something would be lost."""
        return self.head.is_dirty() or self.plan.is_dirty() or self._has_new_rule()

    def _has_new_rule(self) -> bool:
        return bool(self._clean is not None and self.builder.state() != self._clean)

    def _kept(self) -> Kept | None:
        if not self.is_dirty():
            return None
        values = {
            "head": self.head.typed_values(),
            "plan": self.plan.typed_values(),
            "rule": self.builder.state(),
        }
        return Kept(str(values["head"].get("name") or _("New group")), values, {})

    def resume(self, entry: Entry) -> None:
        """Goes on with what a crash left behind."""
        self.begin(entry.record, entry)

    def may_leave(self, then: Callable[[], object]) -> None:
        """Asks before words are lost."""
        if not self.is_dirty():
            self.keeper.forget()
            then()
            return

        def discard() -> None:
            self.discard()
            then()

        dialogs.ask(
            self,
            _("Save the changes?"),
            _("What you changed in this group has not been saved yet."),
            [
                (_("Discard"), "discard", "danger", discard),
                (_("Keep editing"), "stay", "", lambda: None),
                (_("Save"), "save", "primary", self.save),
            ],
            name="leave",
        )

    def discard(self) -> None:
        """What was changed counts for nothing any more."""
        self.head.mark_clean()
        self.plan.mark_clean()
        self._clean = self.builder.state()
        self.keeper.forget()

    def leave(self) -> None:
        """As Esc."""
        self.may_leave(self.left.emit)

    # Live

    def _touched(self) -> None:
        self.keeper.touch()
        self._soon.start()

    def _refresh(self) -> None:
        """Somebody's payment moved a customer: what is shown here moves with it."""
        card = self.card
        if card is None or self._is_saving or not self.isVisible():
            return

        def done(found: Card) -> None:
            if self.card is not None and found.id == self.card.id:
                self.card = replace(found, version=self.card.version)
                self._show_live()

        self._ctx.read(
            lambda connection: segment_card.load(connection, card.id),
            owner=self,
            on_done=done,
            on_error=lambda _error: True,
            replaces="card",
        )

    def _show_live(self) -> None:
        """Those who are in a saved group; of a new rule those it would find."""
        card = self.card
        is_kept = card is not None and not self._has_new_rule()
        for chip in (self.joined, self.gone):
            chip.hide()
        self.took.setText("")
        if card is None or not is_kept:
            self._soon.start()
            return
        self.tried = None
        self.count.setText(counted(N_("{count} customers"), card.count))
        show_moved(card, self.joined, self.gone)
        people = member_entries(card)
        self._show_people(people, "" if people else _("Nobody is in this group."))

    def _show_people(self, people: list[Any], hint: str, contradiction: str = "") -> None:
        before = self.sample.current()
        self.sample.set_entries(people)
        code = before.data.code if before is not None else ""
        place = next((row for row, one in enumerate(people) if one.data.code == code), 0)
        if people:
            self.sample.select(place)
        self.sample.setVisible(bool(people))
        self._filler.setVisible(not people)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.contradiction.setText(contradiction)
        self.contradiction.setVisible(bool(contradiction))
        self._ask_why()

    def _tree(self) -> clauses.Group | None:
        try:
            tree = self.builder.tree()
        except CrmdeskError as error:
            self.builder.set_error(sentence(error))
            return None
        return tree if tree.parts else None

    def _try(self) -> None:
        """Whom the rule finds as it stands; the answer to what stood before never comes."""
        if self.card is not None and not self._has_new_rule():
            self._show_live()
            return
        tree = self._tree()
        if tree is None:
            self.tried = None
            self.count.setText(_("Whom does the rule find?"))
            self._show_people(
                [], _("Choose a field and a value: count and first customers stand here while you type.")
            )
            return
        book, rule = self._ctx.need_book(), clauses.tree_as_plain(tree)
        self.loading.set_loading(True)

        def work(progress: Progress) -> Tried:
            with book.read() as connection:
                begun = time.perf_counter()
                found = segment_history.preview(connection, rule, is_cancelled=lambda: progress.is_cancelled)
                seconds = time.perf_counter() - begun
                return Tried(found, querying.count(connection, Query("customers")), seconds)

        def failed(error: Exception) -> bool:
            self.loading.set_loading(False)
            if isinstance(error, CrmdeskError):
                self.builder.set_error(sentence(error))
                return True
            return False

        self._ctx.run_heavy(work, owner=self, on_done=self._show_tried, on_error=failed, replaces="try")

    def _show_tried(self, tried: Tried) -> None:
        self.loading.set_loading(False)
        self.tried = tried
        self.builder.set_error("")
        found = tried.preview
        self.count.setText(counted(N_("{count} customers"), found.count))
        people = [found_entry(one, found.labels) for one in found.sample]
        self._show_people(people, hint_of(found), found.contradiction)
        took_ms = max(1, round(tried.seconds * 1000))
        self.took.setText(counted(N_("{count} customers looked at in {time} ms"), tried.whole, time=took_ms))

    def _ask_why(self) -> None:
        entry = self.sample.current()
        if entry is None or self._ctx.book is None:
            self.why.show_why(None)
            return
        code, card, tried = entry.data.code, self.card, self.tried
        is_found = isinstance(entry.data, Found) and tried is not None

        def work(connection: Connection) -> segment_why.Why | None:
            if is_found and tried is not None:
                return segment_why.explain_rule(connection, tried.preview.text, code)
            return segment_why.explain(connection, card.name, code) if card is not None else None

        self._ctx.read(
            work, owner=self, on_done=self.why.show_why, on_error=lambda _error: True, replaces="why"
        )

    # Saving

    def save(self) -> None:
        """Saves; every refusal stands where it belongs."""
        if self._is_saving:
            return
        card = self.card
        try:
            head = form_requests.creation(self.head) if card is None else form_requests.update(self.head)
            plan = form_requests.creation(self.plan) if card is None else form_requests.update(self.plan)
        except CrmdeskError:
            return
        arguments = {**head, **plan}
        emptied = [*head.get("clear", ()), *plan.get("clear", ())]
        if emptied:
            arguments["clear"] = emptied
        is_static = card is not None and card.kind == "static"
        if not is_static:
            if self.builder.show_missing():
                return
            tree = self._tree()
            if tree is None:
                if not self.builder.error.text():
                    self.builder.set_error(
                        _("A group needs at least one condition. Choose a field to begin.")
                    )
                self.builder.focus_first()
                return
            if card is None or self._has_new_rule():
                arguments["rule"] = clauses.tree_as_plain(tree)
        if card is not None:
            if not arguments:
                self.left.emit()
                return
            arguments |= {"segment": card.name, "version": card.version}
        self._is_saving = True
        self._ctx.run_use_case(
            "segment.update" if card is not None else "segment.create",
            arguments,
            owner=self,
            on_done=self._saved,
            on_error=self._failed,
            key=self.keeper.key if card is None else None,
        )

    def _saved(self, outcome: Outcome) -> None:
        self._is_saving = False
        self.discard()
        name = str(outcome.result["segment"])
        self._ctx.notices.toast(
            _("“{name}” saved: {joined} joined, {left} left.").format(
                name=name, joined=outcome.result.get("joined", 0), left=outcome.result.get("left", 0)
            ),
            "good",
        )
        self.saved.emit(name)

    def _failed(self, error: Exception) -> bool:
        self._is_saving = False
        if self.head.take_error(error) or self.plan.take_error(error):
            return True
        if isinstance(error, CrmdeskError) and error.field in ("rule", "filter", "segment"):
            self.builder.set_error(sentence(error))
        else:
            self.banner.show_error(error)
        return True
