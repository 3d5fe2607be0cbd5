"""Measures of customers: windows, limits and points with their formulas, and beside them how the book's customers would
spread by what is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.measure_rules import CHURN, FORMULAS, LEAD_MAX, LEAD_STEP, Settings
from crmdesk.models.specs.measures import GRADES, RISKS, STAGES
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amount_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.cards import BarRow
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.settings import measure_fields as fields
from crmdesk.ui.pages.settings.section import Section

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.measures.trying import Samples, Spread
    from crmdesk.services.use_cases import Outcome

NAME = "measures"
WAIT_MS = 250
_TIERS_MAX = 8
_WORDS_EM = 16.0
_ASIDE, _FIGURE_SPACE = 7, "\u2007"
"""What stands behind a count begins in one column: so many figures wide."""
_CHOICES = {"life_stage": STAGES, "value_class": GRADES, "churn_risk": RISKS}
_TONES = {
    "life_stage": {"potential": "info", "new": "good", "regular": "accent", "loyal": "good", "lost": "danger"},
    "value_class": {"high": "good", "medium": "accent", "low": "third"},
    "churn_risk": {"high": "danger", "medium": "warn", "low": "good"},
}  # fmt: skip
_WATCHED = ("measure", "customer", "invoice", "credit", "setting")


class _Read(NamedTuple):
    """What a trial tells: the settings of the book, the facts (None once they were let go), the spread by the book's
    and by the written ones."""

    own: Settings
    currency: str
    samples: Samples | None
    before: Spread
    now: Spread


class Bars(QWidget):
    """How many customers have each value of one measure; a click opens them."""

    def __init__(self, ctx: Context, measure: str, count: int) -> None:
        super().__init__()
        self._ctx, self._measure = ctx, measure
        self._values: list[Any] = []
        self._is_kept = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.title = labels.caption()
        column.addWidget(self.title)
        self.rows = [BarRow(f"settings.{NAME}.{measure}.{index}") for index in range(count)]
        for index, row in enumerate(self.rows):
            row.clicked.connect(lambda _checked=False, at=index: self._open(at))
            column.addWidget(row)

    def show_counts(
        self,
        named: list[tuple[Any, str]],
        now: Mapping[Any, int],
        before: Mapping[Any, int],
        *,
        is_kept: bool,
    ) -> None:
        """`named` are the values in their order with their words; what differs from `before` is told."""
        self.title.setText(_(fields.MEASURE_WORDS[self._measure]))
        self._values = [value for value, _words in named]
        self._is_kept = is_kept
        total = sum(now.values())
        most = max(now.values(), default=0)
        tones = _TONES.get(self._measure, {})
        for row, (value, words) in zip(self.rows, named, strict=False):
            count = now.get(value, 0)
            change = count - before.get(value, 0)
            aside = f"{100 * count / total:.0f} %" if total else ""
            if change:
                aside = f"{change:+,}".replace("-", "−")
            told = f"{count:,}{aside.rjust(_ASIDE, _FIGURE_SPACE)}"
            row.show_share(words, told, count / most if most else 0, tones.get(value, "accent"), _WORDS_EM)
            row.setToolTip(
                _("Show these customers")
                if is_kept
                else _("As they would be. Save first, then they can be shown.")
            )
        for at, row in enumerate(self.rows):
            row.setVisible(at < len(named))

    def _open(self, at: int) -> None:
        """The customers behind a bar; only what is saved can be listed."""
        if not self._is_kept or at >= len(self._values):
            return
        value, name = self._values[at], self._measure
        expression = f"{name} = {value}"
        if name == "lead_score":
            expression = f"lead_score >= {value} and lead_score < {value + LEAD_STEP}"
        words = f"{_(fields.MEASURE_WORDS[name])}: {self.rows[at].words()[0]}"
        self._ctx.go("customers", filter=expression, words=words)


class MeasuresSection(Section):
    """Cards of forms; one button saves them all."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, NAME)
        self._shown: _Read | None = None
        self._samples: Samples | None = None
        """The facts in each window that was tried, while the section is looked at and the book stays as it is."""
        self._turn = 0
        """Counts how often they were let go."""
        self._is_stale = True
        self._soon = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._soon.timeout.connect(self.try_out)
        self.forms: dict[str, Form] = {}
        self.bars: dict[str, Bars] = {}
        self._notes: dict[str, labels.Paragraph] = {}
        self._add_head()
        for card in fields.CARDS:
            self._add_measure(card)
        ctx.bus.watch(self, _WATCHED, lambda _changes: self._changed_elsewhere())
        ctx.book_changed.connect(self._other_book)

    # Building

    def _add_head(self) -> None:
        self.add_card(
            N_("Measures of customers"),
            N_(
                "By these windows and limits customers come to their stage, score and class, and move by themselves as"
                " they buy. The bars show your customers by what is written here, also before you save."
            ),
        )
        space = theme().metrics.space
        self.bar = QWidget()
        """What stays in sight while the cards scroll."""
        self.bar.setProperty("role", "page")
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(space(1), space(2.5), space(6), space(2.5))
        row.setSpacing(space(2))
        self.told = labels.Label("", "", "second")
        self.told.setObjectName(f"settings.{NAME}.told")
        self.save_button = self.make_button("save", N_("Save"), self.submit, "primary")
        self.usual_button = self.make_button("usual", N_("Usual values"), self.usual)
        self.usual_button.setToolTip(_("The program's own windows, limits and points; nothing is saved yet."))
        self.moves_button = self.make_button(
            "moves", N_("Who moved"), lambda: self.ctx.go("customers", part="stage_moves")
        )
        for button in (self.save_button, self.usual_button, self.moves_button):
            row.addWidget(button)
        row.addSpacing(space(2))
        row.addWidget(self.told, 1)

    def _add_measure(self, spec: fields.CardSpec) -> None:
        space = theme().metrics.space
        card = self.add_card(spec.title)
        for formula in spec.formulas:
            words = labels.Paragraph("", "caption", "second")
            words.setObjectName(f"settings.{NAME}.{spec.key}.{formula}")
            self.say(words.setText, FORMULAS[formula])
            card.body.addWidget(words)
        row = QHBoxLayout()
        row.setSpacing(space(6))
        form = Form(
            self.ctx,
            spec.fields,
            name=f"settings.{NAME}.{spec.key}",
            columns_max=spec.columns,
            column_em=24,
            spans={"model": 2},
        )
        form.submitted.connect(self.submit)
        form.changed.connect(lambda _name: self._soon.start())
        self.forms[spec.key] = form
        left = QVBoxLayout()
        left.addWidget(form)
        if spec.key == "rfm":
            self.fifths_button = self.make_button(
                "fifths", N_("Take today's fifths as limits"), self.take_fifths
            )
            line = QHBoxLayout()
            line.addWidget(self.fifths_button)
            line.addStretch(1)
            left.addLayout(line)
        note = labels.Paragraph("", "caption", "second")
        note.setObjectName(f"settings.{NAME}.{spec.key}.note")
        self._notes[spec.key] = note
        left.addWidget(note)
        left.addStretch(1)
        row.addLayout(left, 11)
        right = QVBoxLayout()
        right.setSpacing(space(2))
        for measure in spec.measures:
            bars = Bars(self.ctx, measure, _most_rows(measure))
            self.bars[measure] = bars
            right.addWidget(bars)
        right.addStretch(1)
        row.addLayout(right, 9)
        card.body.addLayout(row)

    def retranslate(self) -> None:
        """Words of the bars."""
        super().retranslate()
        if getattr(self, "_shown", None) is not None:
            self._show_spread()

    # Reading

    def showEvent(self, event: QShowEvent) -> None:
        """Customers are read when the section is looked at."""
        super().showEvent(event)
        if self._is_stale:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Facts of many customers take memory: they are read again when somebody comes back."""
        super().hideEvent(event)
        self._let_go()

    def _let_go(self) -> None:
        self._is_stale, self._samples = True, None
        self._turn += 1
        if self._shown is not None:
            self._shown = self._shown._replace(samples=None)

    def _other_book(self) -> None:
        self._let_go()
        self._shown = None
        for form in self.forms.values():
            form.mark_clean()
        if self.isVisible():
            self.refresh()

    def _changed_elsewhere(self) -> None:
        self._let_go()
        if self.isVisible():
            self._soon.start()

    def is_dirty(self) -> bool:
        """Whether something is written that is not saved."""
        return any(form.is_dirty() for form in self.forms.values())

    def refresh(self) -> None:
        """Settings as the book has them, and its customers."""
        if self.ctx.book is not None:
            self.told.setText(_("Reckoning …"))
            self._read({} if not self.is_dirty() else self._written())

    def try_out(self) -> None:
        """What is written in the forms now, tried on the customers."""
        self._soon.stop()
        if self.ctx.book is None:
            return
        try:
            self._read(self._written())
        except CrmdeskError:
            self.told.setText(_("One field is not right yet."))

    def _written(self) -> dict[str, Any]:
        """The request of what the forms hold; errors stand under their fields."""
        values: dict[str, Any] = {}
        for form in self.forms.values():
            values |= form.values()
        return fields.request_of(values)

    def _read(self, request: dict[str, Any]) -> None:
        known, samples, turn = self._shown, self._samples, self._turn

        def work(connection: Connection) -> _Read:
            from crmdesk.services import settings
            from crmdesk.services.measures import configuring, kept, trying

            held = samples if samples is not None else trying.Samples()
            currency = settings.load(connection).currency
            own = kept.read_settings(connection)
            _new, chosen = configuring.choose(own, request, currency)
            if known is not None and known.samples is held and known.own == own:
                before = known.before
            else:
                before = trying.spread(held.of(connection, own), own)
            now = before if chosen == own else trying.spread(held.of(connection, chosen), chosen)
            return _Read(own, currency, held, before, now)

        self.ctx.read(
            work,
            owner=self,
            on_done=lambda found: self._take(found, turn),
            on_error=self._refused,
            replaces="trial",
            lane="heavy",
        )

    def _take(self, found: _Read, turn: int) -> None:
        self._shown, self._samples, self._is_stale = found, found.samples, False
        if turn != self._turn or not self.isVisible():
            self._let_go()  # the book changed while this was read, or nobody looks any more
        if not self.is_dirty():
            self._fill(found.own)
        self._show_spread()

    def _fill(self, chosen: Settings, *, is_clean: bool = True) -> None:
        currency = self._shown.currency if self._shown is not None else ""
        values = fields.values_of(chosen, currency)
        for card in fields.CARDS:
            form = self.forms[card.key]
            for name in fields.field_names(card):
                form.set_value(name, values[name])
            form.clear_errors()
            if is_clean:
                form.mark_clean()
        self._soon.stop()

    def _refused(self, error: Exception) -> bool:
        """Under its field, in whichever card has it."""
        if not isinstance(error, CrmdeskError):
            return False
        name = str(error.field or "")
        for form in self.forms.values():
            if name in form.field_names():
                self.told.setText(_("One field is not right yet."))
                return form.set_error(name, str(error))
        return False

    # Showing

    def _show_spread(self) -> None:
        found = self._shown
        if found is None:
            return
        is_kept = not self.is_dirty()
        for measure, bars in self.bars.items():
            now, before = found.now.counts[measure], found.before.counts[measure]
            bars.show_counts(self._named(measure, now), now, before, is_kept=is_kept)
        total = len(found.now.stages)
        words = counted(N_("{count} customers"), total)
        moved = found.now.moved_since(found.before)
        if not total:
            words = _("No customers yet: the bars fill as you write down whom you sell to.")
        elif moved:
            words += " · " + _("{count} would come to another stage").format(count=f"{moved:,}")
        elif not is_kept:
            words += " · " + _("nobody would come to another stage")
        self.told.setText(words)
        medium, high = found.now.model.value
        self._notes["value"].setText(
            _("Now: high from {high}, medium from {medium}.").format(
                high=amount_text(high, found.currency), medium=amount_text(medium, found.currency)
            )
            + " "
            + (
                _("Expected by the fitted model.")
                if found.now.model.bg_nbd is not None
                else _("Expected by the plain formula.")
            )
        )
        self._notes["churn"].setText("\n".join(_step_words(one) for one in CHURN))
        self.fifths_button.setEnabled(bool(self._fifths()))
        for key, note in self._notes.items():
            note.setVisible(key in ("value", "churn"))

    def _named(self, measure: str, now: Mapping[Any, int]) -> list[tuple[Any, str]]:
        """The values of a measure in their order, with their words."""
        if measure in _CHOICES:
            return [(one.value, _(one.label)) for one in _CHOICES[measure]]
        if measure == "tier":
            limits = [one.strip() for one in str(self.forms["tiers"].value("tier_limits") or "").split(";")]
            tiers = sorted(set(now) | set(range(1, len(list(filter(None, limits))) + 2)), reverse=True)
            return [(tier, _tier_words(tier, limits)) for tier in tiers][:_TIERS_MAX]
        if measure == "lead_score":
            return [
                (ten, f"{ten}–{ten + LEAD_STEP - 1}" if ten < LEAD_MAX else f"{LEAD_MAX}")
                for ten in range(LEAD_MAX, -1, -LEAD_STEP)
                if ten in now
            ]
        return [(score, str(score)) for score in (5, 4, 3, 2, 1)]

    # Doing

    def usual(self) -> None:
        """The program's own values into the forms; nothing is saved yet."""
        self._fill(Settings(), is_clean=False)
        self.try_out()

    def _fifths(self) -> dict[str, str]:
        if self._shown is None:
            return {}
        model = self._shown.before.model
        cuts = {
            "recency_limits": model.recency.cuts,
            "frequency_limits": model.frequency.cuts,
            "amount_limits": model.amount.cuts,
        }
        return fields.limits_of(cuts, self._shown.currency)

    def take_fifths(self) -> None:
        """The limits between today's fifths stand in the fields: they stay as they are from now on."""
        for name, text in self._fifths().items():
            self.forms["rfm"].set_value(name, text)
        self.try_out()

    def submit(self) -> None:
        """Saves all cards and reckons everybody; what stood before can be brought back."""
        try:
            request = self._written()
        except CrmdeskError:
            return
        before = self._shown
        back = (
            fields.request_of(fields.values_of(before.own, before.currency)) if before is not None else None
        )

        def done(outcome: Outcome) -> None:
            for form in self.forms.values():
                form.mark_clean()
            self.refresh()
            moved = int(outcome.result["moved"])
            words = _("Saved.")
            if moved:
                words = _("Saved; {count} came to another stage.").format(count=f"{moved:,}")
            self.ctx.notices.toast(words, "good", _("Undo") if back else "", lambda: self._undo(back or {}))

        self._run(request, done)

    def _undo(self, request: dict[str, Any]) -> None:
        def done(_outcome: Outcome) -> None:
            for form in self.forms.values():
                form.mark_clean()
            self.refresh()
            self.ctx.notices.toast(_("As before."), "good")

        self._run(request, done)

    def _run(self, request: dict[str, Any], done: Any) -> None:
        self.ctx.run_use_case(
            "measure.configure",
            request,
            owner=self,
            on_done=done,
            on_error=self._refused,
            label=_("Reckoning all customers"),
        )


def _most_rows(measure: str) -> int:
    if measure in _CHOICES:
        return len(_CHOICES[measure])
    return {"tier": _TIERS_MAX, "lead_score": LEAD_MAX // LEAD_STEP + 1}.get(measure, 5)


def _tier_words(tier: int, limits: list[str]) -> str:
    if tier == 1:
        return f"1 · < {limits[0]}" if limits and limits[0] else "1"
    return f"{tier} · ≥ {limits[tier - 2]}" if tier - 2 < len(limits) else str(tier)


def _step_words(step: Any) -> str:
    """Complaints in the window: above 0 1, above 1 2."""
    parts = _(", ").join(
        _("above {limit}: {points}").format(limit=above, points=points) for above, points in step.steps
    )
    return f"{_(step.label)} — {parts}"


def create(ctx: Context) -> MeasuresSection:
    """The section."""
    return MeasuresSection(ctx)
