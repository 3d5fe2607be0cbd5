"""How a customer's figures become scores, classes, stages, risks: pure rules over `Facts`, with their settings.

The one place of every formula (B6). Amounts are minor units of the book's currency without tax, less credit notes; a
purchase is a day with at least one invoice that was not taken back. `FORMULAS` says each in words.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import NamedTuple

from crmdesk.models import clv, rfm
from crmdesk.models.clv import BgNbd, Buyer, GammaGamma
from crmdesk.models.rfm import Scale
from crmdesk.text import N_

POTENTIAL, NEW, REGULAR, LOYAL, LOST = STAGES = ("potential", "new", "regular", "loyal", "lost")
HIGH, MEDIUM, LOW = GRADES = ("high", "medium", "low")


class Step(NamedTuple):
    """One input of a sum of points. `steps` are (more than, points), both rising: the last one passed counts."""

    name: str
    label: str
    steps: tuple[tuple[int, int], ...]

    def points(self, value: int) -> int:
        """What a value earns."""
        earned = 0
        for above, points in self.steps:
            if value <= above:
                break
            earned = points
        return earned


CHURN = (
    Step("silence", N_("Days since the last purchase, % of the days until lost"), ((49, 1), (74, 2), (99, 5))),
    Step("rhythm", N_("Beyond his own rhythm, tenths of its spread"), ((10, 1), (20, 2), (40, 3))),
    Step("falling", N_("Fall of the amount, last half of the window against the one before, %"),
         ((24, 1), (49, 2), (74, 3))),
    Step("days_late", N_("Days late when paying, last 12 months"), ((15, 1), (30, 2))),
    Step("complaints", N_("Complaints in the window"), ((0, 1), (1, 2))),
    Step("gone", N_("Chance that he has left, %"), ((50, 2), (75, 3))),
)  # fmt: skip
"""Inputs of the churn risk with the points they earn."""

LEAD = (
    Step("reachable", N_("Phone or e-mail known (1: yes)"), ((0, 10),)),
    Step("contacts", N_("Contact persons"), ((0, 10),)),
    Step("tax_number", N_("Tax number known (1: yes)"), ((0, 5),)),
    Step("classified", N_("Industry known, or a category not given by a rule (1: yes)"), ((0, 5),)),
    Step("source", N_("Source known (1: yes)"), ((0, 5),)),
    Step("enquiries", N_("Enquiries in the window"), ((0, 10), (1, 15))),
    Step("requirements", N_("Requirements written down"), ((0, 15),)),
    Step("quotes", N_("Quotes given"), ((0, 20), (1, 25))),
    Step("recent", N_("Quote or requirement of the last 30 days (1: yes)"), ((0, 10),)),
    Step("contracts", N_("Contracts"), ((0, 30),)),
)
"""Inputs of the lead score with the points they earn; 100 at most."""
LEAD_MAX = 100
LEAD_STEP = 10
"""Lead scores are counted by tens."""
RECENT_DAYS = 30

FORMULAS = {
    "rfm": N_(
        "Recency, frequency and amount, each 1 to 5: by rank among all buyers (each fifth one score, equal values "
        "the lower one) or by the limits chosen in the settings. Recency: days since the last purchase; frequency and "
        "amount: purchases and their amount without tax in the window."
    ),
    "clv": N_(
        "Amount of all purchases until today without tax, less credit notes, plus what is expected in the time ahead."
    ),
    "expected_model": N_(
        "Expected purchases (BG/NBD, from how often he came back, when last, and how long he is known) × expected "
        "amount of one (Gamma-Gamma, between his own average and everybody's), both fitted on this book."
    ),
    "expected_plain": N_(
        "Average purchase × purchases a day × days ahead × (1 − days of silence ÷ days until lost). Who is known for "
        "less than the days ahead counts as known for so long."
    ),
    "value_class": N_(
        "High: among the best so many per cent by customer value, or from the chosen amount on; medium: the next; "
        "low: everybody else who ever bought."
    ),
    "tier": N_("1 plus the number of limits that the amount without tax bought in the window reaches."),
    "life_stage": N_(
        "Potential: never bought. Lost: no purchase for the days until lost. Loyal: known for so many days and so many "
        "purchases in the window. New: first purchase so few days ago. Regular: everybody else."
    ),
    "churn_risk": N_("Sum of the points of its inputs; from so many points on medium, from so many on high."),
    "lead_score": N_("Sum of the points of what is known of somebody who has not bought yet, 100 at most."),
    "frequency": N_("Purchases a year: 365 × (purchases − 1) ÷ days between the first and the last one."),
    "average": N_("Amount of all purchases without tax, less credit notes ÷ number of purchases."),
    "repurchase": N_("Customers with at least two purchases ÷ customers with at least one."),
    "preference": N_("Of the lines of his invoices in the window: how many are of this product or category."),
}
"""Name of a figure -> how it is reckoned, in words."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner of the book has chosen; days, per cent, and minor units of the book's currency."""

    window_days: int = 365
    recency_limits: tuple[int, ...] = ()
    """Four numbers of days, falling; empty: by rank. The last is reached by who bought within so many days."""
    frequency_limits: tuple[int, ...] = ()
    amount_limits: tuple[int, ...] = ()
    value_shares: tuple[int, ...] = (20, 50)
    """The best so many per cent are high, up to so many per cent medium."""
    value_limits: tuple[int, ...] = ()
    """Two amounts, medium then high; they go before the shares."""
    tier_limits: tuple[int, ...] = (1_000_000, 10_000_000)
    new_days: int = 90
    loyal_days: int = 365
    loyal_count: int = 10
    lost_days: int = 365
    ahead_days: int = 365
    model: str = "auto"
    """auto: BG/NBD where at least `fit_least` customers came back; plain: never."""
    fit_least: int = 100
    churn_medium: int = 3
    churn_high: int = 6
    lead_points: tuple[tuple[str, int], ...] = ()
    """Name of an input of `LEAD` -> the points it earns in full, in place of those of the program."""

    @property
    def lead_steps(self) -> tuple[Step, ...]:
        """The inputs of the lead score with the points of this book."""
        own = dict(self.lead_points)
        return tuple(
            one if one.name not in own else one._replace(steps=((0, own[one.name]),)) for one in LEAD
        )


@dataclass(slots=True)
class Facts:
    """What the ledger says of one customer on a day. Days are ordinals, 0: never."""

    first: int = 0
    last: int = 0
    purchases: int = 0
    gap_squares: int = 0
    """Σ (days between two purchases)²; their sum is last − first."""
    window_count: int = 0
    window_minor: int = 0
    earlier_minor: int = 0
    later_minor: int = 0
    """Bought in the first and in the second half of the window."""
    total_minor: int = 0
    repeat_minor: int = 0
    """Billed after the first day, credit notes apart."""
    unrated_count: int = 0
    """Documents of a foreign currency without a rate: no amount counts them."""
    late_tenths: int = 0
    complaints: int = 0
    product_id: int | None = None
    lead: dict[str, int] | None = None
    """Inputs of the lead score, of who has not bought yet."""
    alive: float | None = None
    expected_minor: int | None = None
    """Both reckoned once by `Ahead`; who tries other settings on the same facts empties them."""


Fit = tuple[BgNbd, GammaGamma] | tuple[None, None]


@dataclass(frozen=True, slots=True)
class Model:
    """What the last full reckoning learnt of all customers: scales, limits of value, fitted parameters."""

    recency: Scale
    frequency: Scale
    amount: Scale
    value: tuple[int, int]
    """The least customer value of medium and of high."""
    bg_nbd: BgNbd | None = None
    gamma_gamma: GammaGamma | None = None


class Values(NamedTuple):
    """What is reckoned of one customer; None where it says nothing of him."""

    first_on: date | None
    last_on: date | None
    purchases: int
    window_count: int
    window_minor: int
    total_minor: int
    rfm_r: int | None
    rfm_f: int | None
    rfm_m: int | None
    expected_minor: int
    value_class: str
    tier: int | None
    own_stage: str
    """The stage by the thresholds, whatever was pinned."""
    risk_points: int
    churn_risk: str
    alive_permille: int | None
    lead_score: int | None
    product_id: int | None

    @property
    def clv_minor(self) -> int:
        """Customer value: what was bought and what is expected."""
        return self.total_minor + self.expected_minor


def buyer_of(facts: Facts, day: int) -> Buyer:
    """What BG/NBD knows of a customer, in days."""
    return Buyer(facts.purchases - 1, float(facts.last - facts.first), float(day - facts.first))


def learn(everybody: list[Facts], on: date, settings: Settings, fit: Fit | None = None) -> Model:
    """Scales, limits and parameters from all customers who ever bought. `fit`: what `fitted` found of the same facts
    and settings, where somebody knows it."""
    day = on.toordinal()
    buyers = [one for one in everybody if one.purchases]
    recency = (
        rfm.by_limits([-limit for limit in settings.recency_limits])
        if settings.recency_limits
        else rfm.by_rank([one.last - day for one in buyers])
    )
    frequency = (
        rfm.by_limits(settings.frequency_limits)
        if settings.frequency_limits
        else rfm.by_rank([one.window_count for one in buyers])
    )
    amount = (
        rfm.by_limits(settings.amount_limits)
        if settings.amount_limits
        else rfm.by_rank([one.window_minor for one in buyers])
    )
    bg_nbd, gamma_gamma = fit or fitted(everybody, on, settings)
    model = Model(recency, frequency, amount, (0, 0), bg_nbd, gamma_gamma)
    if settings.value_limits:
        medium, high = settings.value_limits
    else:
        ahead = Ahead(model, settings)
        worth = [one.total_minor + ahead.minor(one, day) for one in buyers]
        high, medium = rfm.share_cuts(worth, settings.value_shares)
    return Model(recency, frequency, amount, (medium, high), bg_nbd, gamma_gamma)


def fitted(everybody: list[Facts], on: date, settings: Settings) -> Fit:
    """The parameters of both models; of the settings only `model` and `fit_least` decide, and no window does."""
    day = on.toordinal()
    buyers = [one for one in everybody if one.purchases]
    repeats = [one for one in buyers if one.purchases > 1]
    if settings.model != "auto" or len(repeats) < settings.fit_least:
        return None, None
    bg_nbd = clv.fit_bg_nbd([buyer_of(one, day) for one in buyers])
    spend = [(one.purchases - 1, one.repeat_minor / (one.purchases - 1)) for one in repeats]
    gamma_gamma = clv.fit_gamma_gamma(spend)
    return (bg_nbd, gamma_gamma) if bg_nbd is not None and gamma_gamma is not None else (None, None)


class Ahead:
    """What customers are expected to buy in the time ahead; what depends on few numbers is reckoned once."""

    def __init__(self, model: Model, settings: Settings) -> None:
        self._model = model
        self._settings = settings
        self._known: dict[tuple[int, int], float] = {}

    def count(self, facts: Facts, day: int) -> float:
        """Expected purchases, by the model."""
        model = self._model.bg_nbd
        if model is None:
            raise LookupError("not fitted")
        key = (facts.purchases - 1, day - facts.first)
        found = self._known.get(key)
        if found is None:
            found = model.expected_alive(key[0], float(key[1]), float(self._settings.ahead_days))
            self._known[key] = found
        return found * self.alive(facts, day, model)

    def alive(self, facts: Facts, day: int, model: BgNbd) -> float:
        """The chance that he still buys, by the model."""
        if facts.alive is None:
            facts.alive = model.alive(buyer_of(facts, day))
        return facts.alive

    def average(self, facts: Facts) -> float:
        """Expected amount of one purchase, by the model; minor units."""
        model = self._model.gamma_gamma
        if model is None:
            raise LookupError("not fitted")
        repeats = facts.purchases - 1
        return max(0.0, model.expected(repeats, facts.repeat_minor / repeats if repeats else 0.0))

    def minor(self, facts: Facts, day: int) -> int:
        """The amount expected in the time ahead; minor units."""
        if facts.expected_minor is None:
            facts.expected_minor = self._minor(facts, day)
        return facts.expected_minor

    def _minor(self, facts: Facts, day: int) -> int:
        if not facts.purchases:
            return 0
        if self._model.bg_nbd is not None:
            return round(max(0.0, self.count(facts, day)) * self.average(facts))
        chosen = self._settings
        return clv.plain_expected(
            facts.total_minor // facts.purchases,
            facts.purchases,
            day - facts.first,
            day - facts.last,
            ahead_days=chosen.ahead_days,
            lost_days=chosen.lost_days,
        )


def stage(facts: Facts, day: int, settings: Settings) -> str:
    """The stage of life by the thresholds."""
    if not facts.purchases:
        return POTENTIAL
    if day - facts.last >= settings.lost_days:
        return LOST
    known = day - facts.first
    if known >= settings.loyal_days and facts.window_count >= settings.loyal_count:
        return LOYAL
    return NEW if known < settings.new_days else REGULAR


def rhythm(facts: Facts) -> tuple[float, float] | None:
    """Mean and spread (standard deviation) of the days between purchases; None before the third purchase."""
    gaps = facts.purchases - 1
    if gaps < 2:
        return None
    mean = (facts.last - facts.first) / gaps
    return mean, sqrt(max(0.0, facts.gap_squares / gaps - mean * mean))


def churn_inputs(facts: Facts, day: int, settings: Settings, alive_permille: int | None) -> dict[str, int]:
    """The inputs of the churn risk by their names in `CHURN`; all 0 or above."""
    silent = day - facts.last
    found = {
        "silence": 100 * silent // settings.lost_days,
        "rhythm": 0,
        "falling": 0,
        "days_late": facts.late_tenths // 10,
        "complaints": facts.complaints,
        "gone": 0 if alive_permille is None else 100 - alive_permille // 10,
    }
    own = rhythm(facts)
    if own is not None:
        mean, spread = own
        # who comes on the dot has no spread: a quarter of the mean is the least that means anything
        found["rhythm"] = max(0, int(10 * (silent - mean) / max(spread, mean / 4, 1.0)))
    if facts.earlier_minor > 0 and facts.later_minor < facts.earlier_minor:
        found["falling"] = 100 - 100 * max(0, facts.later_minor) // facts.earlier_minor
    return found


def churn_points(inputs: dict[str, int]) -> int:
    """The points of all inputs; most are 0 and earn nothing."""
    return sum([one.points(inputs[one.name]) for one in CHURN if inputs[one.name]])


def lead_score(inputs: dict[str, int], settings: Settings) -> int:
    """The points of what is known of somebody who has not bought yet."""
    return min(LEAD_MAX, sum(one.points(inputs.get(one.name, 0)) for one in settings.lead_steps))


def tier(minor: int, settings: Settings) -> int:
    """1 plus the number of limits reached."""
    return 1 + bisect_right(settings.tier_limits, minor)


def reckon(facts: Facts, on: date, settings: Settings, model: Model, ahead: Ahead) -> Values:
    """Everything that is kept of a customer."""
    day = on.toordinal()
    own_stage = stage(facts, day, settings)
    if not facts.purchases:
        score = lead_score(facts.lead or {}, settings)
        nothing = (None, None, None)
        return Values(None, None, 0, 0, 0, facts.total_minor, *nothing, 0, "", None, own_stage, 0, "", None,
                      score, None)  # fmt: skip
    expected = ahead.minor(facts, day)
    worth = facts.total_minor + expected
    medium, high = model.value
    alive = None if model.bg_nbd is None else round(1000 * ahead.alive(facts, day, model.bg_nbd))
    points = churn_points(churn_inputs(facts, day, settings, alive))
    risk = HIGH if points >= settings.churn_high else MEDIUM if points >= settings.churn_medium else LOW
    return Values(
        date.fromordinal(facts.first),
        date.fromordinal(facts.last),
        facts.purchases,
        facts.window_count,
        facts.window_minor,
        facts.total_minor,
        model.recency.score(facts.last - day),
        model.frequency.score(facts.window_count),
        model.amount.score(facts.window_minor),
        expected,
        HIGH if worth >= high else MEDIUM if worth >= medium else LOW,
        tier(facts.window_minor, settings),
        own_stage,
        points,
        risk,
        alive,
        None,
        facts.product_id,
    )


def window_start(on: date, settings: Settings) -> date:
    """The first day of the window: it has `window_days` days and ends today."""
    return on - timedelta(days=settings.window_days - 1)
