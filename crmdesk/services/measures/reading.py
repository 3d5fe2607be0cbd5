"""What a person sees of the measures: each figure with its formula and the numbers it was reckoned from.

The measures of one customer are reckoned when they are asked for (a few milliseconds), so that they are of today even
where the kept rows are not; scales and fitted parameters are those of the last whole reckoning, or the customer stands
alone where there was none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from crmdesk.models import clock, measure_rules, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Choice
from crmdesk.models.measure_rules import CHURN, FORMULAS, Ahead, Facts, Model, Settings, Step, Values
from crmdesk.models.specs.measures import GRADES, RISKS, STAGES
from crmdesk.models.tables.measures import customer_measure, stage_pin
from crmdesk.services import settings as book_settings
from crmdesk.services.measures import facts as gathering
from crmdesk.services.measures import kept
from crmdesk.services.merged_codes import find_customer
from crmdesk.text import N_, _, counted

_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Given:
    """One number a figure was reckoned from, in words; `points` where it earns some."""

    label: str
    value: str
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure: its value (None: says nothing of this customer) as data and in words, formula, inputs, reasons."""

    name: str
    label: str
    value: Any
    shown: str
    formula: str
    inputs: tuple[Given, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pinned:
    """A stage that was set by hand."""

    stage: str
    reason: str
    actor: str
    pinned_at: str


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of one customer on a day; amounts are minor units of `currency`, the book's."""

    customer: str
    name: str
    reckoned_on: date
    currency: str
    model_of: date | None
    """The day scales and parameters were learnt; None: never, so that he is compared with nobody."""
    figures: tuple[Figure, ...]
    pinned: Pinned | None
    unrated_count: int

    def figure(self, name: str) -> Figure:
        """The figure of that name; KeyError for none."""
        return {one.name: one for one in self.figures}[name]


@dataclass(frozen=True, slots=True)
class Part:
    """How many customers have one value of a measure; the amount of the window in minor units of the book."""

    value: Any
    label: str
    count: int
    permille: int
    window_minor: int


def measures_of(connection: Connection, code: str, on: date | None = None) -> Measures:
    """Everything reckoned of one customer. Raises NotFound."""
    owner = find_customer(connection, code)
    on = on or clock.today()
    chosen = kept.read_settings(connection)
    state = kept.read_state(connection)
    found = gathering.gather(connection, on, chosen, [owner.id])[owner.id]
    model = state.model if state is not None else measure_rules.learn([found], on, chosen)
    ahead = Ahead(model, chosen)
    values = measure_rules.reckon(found, on, chosen, model, ahead)
    pin = connection.execute(select(stage_pin).where(stage_pin.c.customer_id == owner.id)).first()
    pinned = None if pin is None else Pinned(pin.stage, pin.reason, pin.actor, pin.pinned_at)
    teller = _Teller(book_settings.load(connection).currency, on, chosen, model, found, values, ahead)
    figures = teller.figures(pinned)
    model_of = state.evaluated_on if state is not None else None
    return Measures(
        owner.code, owner.name, on, teller.currency, model_of, figures, pinned, found.unrated_count
    )


def choice_label(choices: tuple[Choice, ...], value: str | None) -> str:
    """The words of a choice; nothing for none."""
    return next((_(one.label) for one in choices if one.value == value), "")


class _Teller:
    """Puts figures into words."""

    def __init__(
        self,
        currency: str,
        on: date,
        chosen: Settings,
        model: Model,
        facts: Facts,
        values: Values,
        ahead: Ahead,
    ) -> None:
        self.currency = currency
        self._on = on
        self._day = on.toordinal()
        self._chosen = chosen
        self._model = model
        self._facts = facts
        self._values = values
        self._ahead = ahead

    def _amount(self, minor: int) -> str:
        return f"{money.plain(minor, self.currency)} {self.currency}"

    def _days(self, count: int) -> str:
        return counted(N_("{count} days"), count)

    def figures(self, pinned: Pinned | None) -> tuple[Figure, ...]:
        stage = self._stage(pinned)
        if not self._facts.purchases:
            return (stage, self._lead())
        return (stage, self._rfm(), *self._worth(), self._tier(), self._churn(), *self._habits())

    def _stage(self, pinned: Pinned | None) -> Figure:
        facts, chosen = self._facts, self._chosen
        inputs = [
            Given(_("Purchases"), str(facts.purchases)),
            Given(_("Purchases in the window"), str(facts.window_count)),
            Given(_("Loyal from so many purchases"), str(chosen.loyal_count)),
            Given(_("Days until lost"), str(chosen.lost_days)),
        ]
        if facts.purchases:
            inputs[1:1] = [
                Given(_("Days since the first purchase"), str(self._day - facts.first)),
                Given(_("Days since the last purchase"), str(self._day - facts.last)),
            ]
        value = pinned.stage if pinned is not None else self._values.own_stage
        reasons: tuple[str, ...] = ()
        if pinned is not None:
            reasons = (
                _("Set by hand by {who}: {reason}. By the thresholds he would be: {stage}.").format(
                    who=pinned.actor or _("Somebody"),
                    reason=pinned.reason,
                    stage=choice_label(STAGES, self._values.own_stage),
                ),
            )
        shown = choice_label(STAGES, value)
        return Figure(
            "life_stage", _("Life cycle"), value, shown, _(FORMULAS["life_stage"]), tuple(inputs), reasons
        )

    def _lead(self) -> Figure:
        score = self._values.lead_score or 0
        inputs = _points(self._chosen.lead_steps, self._facts.lead or {})
        return Figure("lead_score", _("Lead score"), score, str(score), _(FORMULAS["lead_score"]), inputs)

    def _rfm(self) -> Figure:
        values, facts = self._values, self._facts
        shown = f"{values.rfm_r}{values.rfm_f}{values.rfm_m}"
        inputs = (
            Given(_("Days since the last purchase"), str(self._day - facts.last), values.rfm_r),
            Given(_("Purchases in the window"), str(facts.window_count), values.rfm_f),
            Given(_("Amount of the window, excl. tax"), self._amount(facts.window_minor), values.rfm_m),
            Given(_("Days of the window"), str(self._chosen.window_days)),
        )
        return Figure("rfm", _("RFM"), int(shown), shown, _(FORMULAS["rfm"]), inputs)

    def _worth(self) -> tuple[Figure, ...]:
        values, facts, chosen = self._values, self._facts, self._chosen
        medium, high = self._model.value
        inputs = [Given(_("Bought until today, excl. tax"), self._amount(values.total_minor))]
        model = self._model
        if model.bg_nbd is not None and model.gamma_gamma is not None:
            one, two = model.bg_nbd, model.gamma_gamma
            formula = _(FORMULAS["expected_model"])
            told = (
                Given(_("Came back"), str(facts.purchases - 1)),
                Given(_("Last purchase, days after the first"), str(facts.last - facts.first)),
                Given(_("Known for days"), str(self._day - facts.first)),
                Given(_("Chance that he still buys"), f"{Decimal(values.alive_permille or 0) / 10:f} %"),
                Given(_("Expected purchases"), f"{self._ahead.count(facts, self._day):.2f}"),
                Given(
                    _("Expected amount of one, excl. tax"), self._amount(round(self._ahead.average(facts)))
                ),
                Given("BG/NBD r, α, a, b", f"{one.r:.3f}, {one.alpha:.1f}, {one.a:.3f}, {one.b:.3f}"),
                Given("Gamma-Gamma p, q, v", f"{two.p:.3f}, {two.q:.3f}, {two.v:.1f}"),
            )
        else:
            formula = _(FORMULAS["expected_plain"])
            told = (
                Given(_("Average purchase, excl. tax"), self._amount(values.total_minor // values.purchases)),
                Given(_("Purchases"), str(values.purchases)),
                Given(_("Known for days"), str(self._day - facts.first)),
                Given(_("Days since the last purchase"), str(self._day - facts.last)),
                Given(_("Days until lost"), str(chosen.lost_days)),
            )
        inputs += [
            Given(counted(N_("Expected in the next {count} days"), chosen.ahead_days),
                  self._amount(values.expected_minor)),
        ]  # fmt: skip
        worth = values.clv_minor
        classes = (
            Given(_("Customer lifetime value, excl. tax"), self._amount(worth)),
            Given(_("High from"), self._amount(high)),
            Given(_("Medium from"), self._amount(medium)),
        )
        shown = choice_label(GRADES, values.value_class)
        return (
            Figure(
                "clv",
                _("Customer lifetime value, excl. tax"),
                worth,
                self._amount(worth),
                _(FORMULAS["clv"]),
                tuple(inputs),
            ),
            Figure(
                "expected",
                _("Expected"),
                values.expected_minor,
                self._amount(values.expected_minor),
                formula,
                told,
            ),
            Figure(
                "value_class",
                _("Customer value"),
                values.value_class,
                shown,
                _(FORMULAS["value_class"]),
                classes,
            ),
        )

    def _tier(self) -> Figure:
        limits = ", ".join(money.plain(one, self.currency) for one in self._chosen.tier_limits)
        inputs = (
            Given(_("Amount of the window, excl. tax"), self._amount(self._facts.window_minor)),
            Given(_("Limits of the consumption tiers, excl. tax"), limits),
        )
        value = self._values.tier
        return Figure("tier", _("Consumption tier"), value, str(value), _(FORMULAS["tier"]), inputs)

    def _churn(self) -> Figure:
        values, facts = self._values, self._facts
        found = measure_rules.churn_inputs(facts, self._day, self._chosen, values.alive_permille)
        silent = self._day - facts.last
        texts = {
            "silence": _("His last purchase was {days} days ago.").format(days=silent),
            "falling": _("He bought {percent} % less than in the half of the window before.").format(
                percent=found["falling"]
            ),
            "days_late": _("He pays {days} days late on average.").format(days=found["days_late"]),
            "complaints": counted(N_("He complained {count} times."), found["complaints"]),
            "gone": _("By how he bought he has left with a chance of {percent} %.").format(
                percent=found["gone"]
            ),
        }
        own = measure_rules.rhythm(facts)
        if own is not None:
            texts["rhythm"] = _(
                "He buys every {mean} days (spread {spread}); now {days} days have passed without a purchase."
            ).format(mean=_tenths(own[0]), spread=_tenths(own[1]), days=silent)
        reasons = tuple(
            texts[name]
            for name, points in sorted(
                ((one.name, one.points(found[one.name])) for one in CHURN), key=lambda pair: -pair[1]
            )
            if points
        )
        inputs = (
            *_points(CHURN, found),
            Given(_("Points together"), str(values.risk_points)),
            Given(_("Medium from points"), str(self._chosen.churn_medium)),
            Given(_("High from points"), str(self._chosen.churn_high)),
        )
        shown = choice_label(RISKS, values.churn_risk)
        return Figure(
            "churn_risk",
            _("Churn risk"),
            values.churn_risk,
            shown,
            _(FORMULAS["churn_risk"]),
            inputs,
            reasons,
        )

    def _habits(self) -> tuple[Figure, ...]:
        facts, values = self._facts, self._values
        span, gaps = facts.last - facts.first, facts.purchases - 1
        a_year = (Decimal(365 * gaps) / span).quantize(_TENTH, ROUND_HALF_UP) if span else None
        average = money.divide_round(values.total_minor, facts.purchases)
        often = (
            Given(_("Purchases"), str(facts.purchases)),
            Given(_("Days between the first and the last one"), str(span)),
        )
        spent = (
            Given(_("Bought until today, excl. tax"), self._amount(values.total_minor)),
            Given(_("Purchases"), str(facts.purchases)),
        )
        return (
            Figure("frequency", _("Purchases a year"), a_year, "" if a_year is None else f"{a_year:f}",
                   _(FORMULAS["frequency"]), often),
            Figure("average", _("Average purchase, excl. tax"), average, self._amount(average),
                   _(FORMULAS["average"]), spent),
        )  # fmt: skip


def _tenths(value: float) -> str:
    return f"{value:.1f}"


def _points(steps: tuple[Step, ...], inputs: dict[str, int]) -> tuple[Given, ...]:
    return tuple(
        Given(_(one.label), str(inputs.get(one.name, 0)), one.points(inputs.get(one.name, 0)))
        for one in steps
    )


_KEPT = customer_measure.c
_DISTRIBUTED: dict[str, tuple[ColumnElement[Any], tuple[Choice, ...]]] = {
    "life_stage": (_KEPT.life_stage, STAGES),
    "value_class": (_KEPT.value_class, GRADES),
    "churn_risk": (_KEPT.churn_risk, RISKS),
    "tier": (_KEPT.tier, ()),
    "rfm_r": (_KEPT.rfm_r, ()),
    "rfm_f": (_KEPT.rfm_f, ()),
    "rfm_m": (_KEPT.rfm_m, ()),
    "rfm": (_KEPT.rfm_r * 100 + _KEPT.rfm_f * 10 + _KEPT.rfm_m, ()),
    "lead_score": (_KEPT.lead_score - _KEPT.lead_score % 10, ()),
}
DISTRIBUTED = tuple(_DISTRIBUTED)
"""Measures that `distribution` knows; lead scores by tens."""


def distribution(connection: Connection, measure: str) -> tuple[Part, ...]:
    """How many customers have each value of a measure, as it is kept; customers without a value are left out.

    Choices in their declared order, numbers from the largest on. Raises InvalidInput for an unknown measure.
    """
    if measure not in _DISTRIBUTED:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("“{field}”: “{value}” is not one of {choices}.").format(
                field="by", value=measure[:40], choices=", ".join(_DISTRIBUTED)
            ),
            field="by",
        )
    value, choices = _DISTRIBUTED[measure]
    rows = connection.execute(select(value, func.count(), func.sum(_KEPT.window_minor)).group_by(value)).all()
    known = [(one, count, minor) for one, count, minor in rows if one not in (None, "")]
    total = sum(count for _one, count, _minor in known)
    if choices:
        order = [choice.value for choice in choices]
        known.sort(key=lambda row: order.index(row[0]))
    else:
        known.sort(key=lambda row: -row[0])
    return tuple(
        Part(one, choice_label(choices, one) if choices else str(one), count, 1000 * count // total, minor)
        for one, count, minor in known
    )


@dataclass(frozen=True, slots=True)
class Repurchase:
    """How many customers who bought came back, and how many bought at all."""

    returned: int
    bought: int
    permille: int
    formula: str


def repurchase(connection: Connection) -> Repurchase:
    """The repurchase rate of the book, of the kept rows."""
    bought, returned = (
        connection.execute(select(func.count()).where(_KEPT.purchases >= least)).scalar_one()
        for least in (1, 2)
    )
    return Repurchase(returned, bought, 1000 * returned // bought if bought else 0, _(FORMULAS["repurchase"]))
