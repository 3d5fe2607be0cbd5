"""What a customer will be worth: BG/NBD for how often he comes back, Gamma-Gamma for how much he spends each time.

Fader, Hardie, Lee: “Counting Your Customers” the Easy Way (Marketing Science 24, 2005), equations 6 to 10; Fader,
Hardie: The Gamma-Gamma Model of Monetary Value (2013), equations 2 and 5. Statistics, so floats: money is rounded to
minor units where it leaves this module. Plain Python: equal customers are counted once, sums that depend on one number
only are taken once for it, and the gradient is exact, so that a fit takes a second for any number of customers.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log
from typing import NamedTuple

from crmdesk.models.minimising import minimise

CELL_COUNT_MAX = 5_000
"""More different customers than this are put into cells of like ones (with the cell's means) before a fit."""
_TERMS_MAX = 10_000


class Buyer(NamedTuple):
    """What BG/NBD knows of a customer: repeat purchases, and in the same unit of time when the last one was and how
    long he is known, both since his first purchase. Without repeat purchase `recency` is 0."""

    frequency: int
    recency: float
    age: float


@dataclass(frozen=True, slots=True)
class BgNbd:
    """The four parameters: purchases of living customers are Poisson with rates Gamma(r, alpha); after each purchase
    a customer leaves for good with a chance that is Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, buyer: Buyer) -> float:
        """The probability that he still buys; 1 for who bought once, since one leaves only after a repeat."""
        if buyer.frequency == 0:
            return 1.0
        return 1 / (1 + self._odds(buyer))

    def _odds(self, buyer: Buyer) -> float:
        power = (self.r + buyer.frequency) * log((self.alpha + buyer.age) / (self.alpha + buyer.recency))
        return self.a / (self.b + buyer.frequency - 1) * exp(min(power, 700.0))

    def expected(self, buyer: Buyer, ahead: float) -> float:
        """The number of purchases expected in the time ahead, given how he bought until now."""
        return self.expected_alive(buyer.frequency, buyer.age, ahead) * self.alive(buyer)

    def expected_alive(self, frequency: int, age: float, ahead: float) -> float:
        """As `expected`, before what depends on when he bought last: equal for all of one frequency and age."""
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the formula has a gap at 1, its value none
        b, r, x = self.b, self.r, frequency
        z = ahead / (self.alpha + age + ahead)
        # Euler's transformation of the paper's 2F1: the larger x, the fewer terms
        series = _hyp2f1(a - 1, a + b - 1 - r, a + b + x - 1, z)
        return (a + b + x - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * series)


def _hyp2f1(a: float, b: float, c: float, z: float) -> float:
    """The Gaussian series, for 0 ≤ z < 1 and c > 0."""
    term = total = 1.0
    for n in range(_TERMS_MAX):
        term *= (a + n) * (b + n) / ((c + n) * (1 + n)) * z
        total += term
        if abs(term) <= 1e-12 * abs(total):
            break
    return total


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The three parameters of what a purchase is worth: Gamma(p, ν) with ν itself Gamma(q, v)."""

    p: float
    q: float
    v: float

    def expected(self, frequency: int, average: float) -> float:
        """The amount of his next purchases: between his own average and that of everybody, by how often he bought."""
        if self.p * frequency + self.q <= 1:
            return average
        return self.p * (self.v + frequency * average) / (self.p * frequency + self.q - 1)


def _digamma(x: float) -> float:
    total = 0.0
    while x < 8:
        total -= 1 / x
        x += 1
    square = 1 / (x * x)
    tail = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return total + log(x) - 0.5 / x - tail


_Cells = list[tuple[float, int, float, float]]


def _cells(buyers: Sequence[Buyer]) -> _Cells:
    """(weight, frequency, recency, age) of all different customers, or of cells of like ones if these are too many."""
    counted = Counter(buyers)
    if len(counted) <= CELL_COUNT_MAX:
        return [(float(n), x, recency, age) for (x, recency, age), n in counted.items()]
    width = max(age for _x, _recency, age in counted) / 512
    while True:
        cells: dict[tuple[int, int, int], list[float]] = {}
        for (x, recency, age), n in counted.items():
            # the silence since the last purchase decides, so its cells are the fine ones where it is short
            silence = int(4 * log(1 + (age - recency) / width)) if x else 0
            cell = cells.setdefault((x, silence, int(age / width / 4)), [0.0, 0.0, 0.0])
            cell[0] += n
            cell[1] += n * recency
            cell[2] += n * age
            if len(cells) > CELL_COUNT_MAX:
                break
        else:
            break
        width *= 1.5
    return [(n, x, recency / n, age / n) for (x, _silence, _age), (n, recency, age) in cells.items()]


def fit_bg_nbd(buyers: Sequence[Buyer]) -> BgNbd | None:
    """The parameters of the greatest likelihood, or None where none can be found (nobody came back, or all did)."""
    if not any(one.frequency for one in buyers):
        return None
    whole = sum(one.age for one in buyers) / len(buyers) or 1.0
    # time in units of the mean age: then all four parameters are of like size
    cells = [(n, x, recency / whole, age / whole) for n, x, recency, age in _cells(buyers)]
    by_frequency: dict[int, float] = defaultdict(float)
    once: dict[float, float] = defaultdict(float)
    often: _Cells = []
    for n, x, recency, age in cells:
        by_frequency[x] += n
        if x:
            often.append((n, x, recency, age))
        else:
            once[age] += n
    total = sum(by_frequency.values())

    def loss(point: Sequence[float]) -> tuple[float, list[float]]:
        r, alpha, a, b = map(exp, point)
        value = total * (r * log(alpha) - lgamma(r) + lgamma(a + b) - lgamma(b))
        of_ab = _digamma(a + b)
        by_r, by_alpha = total * (log(alpha) - _digamma(r)), total * r / alpha
        by_a, by_b = total * of_ab, total * (of_ab - _digamma(b))
        for x, n in by_frequency.items():
            value += n * (lgamma(r + x) + lgamma(b + x) - lgamma(a + b + x))
            of_abx = _digamma(a + b + x)
            by_r += n * _digamma(r + x)
            by_a -= n * of_abx
            by_b += n * (_digamma(b + x) - of_abx)
        for age, n in once.items():
            far = log(alpha + age)
            value -= n * r * far
            by_r -= n * far
            by_alpha -= n * r / (alpha + age)
        log_a, per_a = log(a), 1 / a
        for n, x, recency, age in often:
            near, far, power = log(alpha + recency), log(alpha + age), r + x
            left = log_a - log(b + x - 1) - power * near
            stayed = -power * far
            odds = exp(min(stayed - left, 700.0))
            gone = 1 / (1 + odds)  # the share of those of this history who left after their last purchase
            value += n * (left + log(1 + odds))
            by_r -= n * (gone * near + (1 - gone) * far)
            by_alpha -= n * power * (gone / (alpha + recency) + (1 - gone) / (alpha + age))
            by_a += n * gone * per_a
            by_b -= n * gone / (b + x - 1)
        return -value / total, [-g * v / total for g, v in zip(
            (by_r, by_alpha, by_a, by_b), (r, alpha, a, b), strict=True)]  # fmt: skip

    # b starts above 1, where its likelihood has no edge (b + x − 1 is in a denominator)
    found = minimise(loss, [log(0.5), log(0.3), log(0.8), log(2.0)])
    if found is None or max(map(abs, found)) > 12:
        return None
    r, alpha, a, b = map(exp, found)
    return BgNbd(r, alpha * whole, a, b)


def log_likelihood(model: BgNbd, buyers: Iterable[Buyer]) -> float:
    """The logarithm of the likelihood (equation 6), customer by customer: what the fit is measured by."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    value = 0.0
    for one in buyers:
        x = one.frequency
        value += lgamma(r + x) - lgamma(r) + r * log(alpha)
        value += lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x)
        stayed = -(r + x) * log(alpha + one.age)
        if x:
            left = log(a) - log(b + x - 1) - (r + x) * log(alpha + one.recency)
            top = max(stayed, left)
            stayed = top + log(exp(stayed - top) + exp(left - top))
        value += stayed
    return value


def fit_gamma_gamma(repeats: Sequence[tuple[int, float]]) -> GammaGamma | None:
    """The parameters of the greatest likelihood from (number of repeat purchases, their average amount), both above
    0; None where none can be found (too few, or everybody spends the same)."""
    known = [(x, average) for x, average in repeats if x > 0 and average > 0]
    if len(known) < 2:
        return None
    whole = sum(average for _x, average in known) / len(known)
    cells: dict[tuple[int, float], list[float]] = {}
    fineness = 0 if len({*known}) <= CELL_COUNT_MAX else 50
    for x, average in known:
        size = average / whole
        cell = cells.setdefault((x, round(log(size) * fineness) if fineness else size), [0.0, 0.0, 0.0])
        cell[0] += 1
        cell[1] += size
        cell[2] += log(size)
    flat = [(n, x, size / n, logs) for (x, _key), (n, size, logs) in cells.items()]
    by_count: dict[int, float] = defaultdict(float)
    for n, x, _size, _logs in flat:
        by_count[x] += n
    total = float(len(known))
    all_logs = sum(x * logs for _n, x, _size, logs in flat) + sum(n * x * log(x) for x, n in by_count.items())
    minus_logs = sum(logs for *_rest, logs in flat)

    def loss(point: Sequence[float]) -> tuple[float, list[float]]:
        p, q, v = map(exp, point)
        value = total * (q * log(v) - lgamma(q)) + p * all_logs - minus_logs
        by_p, by_q, by_v = all_logs, total * (log(v) - _digamma(q)), total * q / v
        for x, n in by_count.items():
            value += n * (lgamma(p * x + q) - lgamma(p * x))
            of_sum = _digamma(p * x + q)
            by_p += n * x * (of_sum - _digamma(p * x))
            by_q += n * of_sum
        for n, x, size, _logs in flat:
            spent = x * size + v
            far, power = log(spent), p * x + q
            value -= n * power * far
            by_p -= n * x * far
            by_q -= n * far
            by_v -= n * power / spent
        return -value / total, [-g * v_ / total for g, v_ in zip(
            (by_p, by_q, by_v), (p, q, v), strict=True)]  # fmt: skip

    found = minimise(loss, [log(2.0), log(3.0), log(1.0)])
    if found is None or max(map(abs, found)) > 12:
        return None
    p, q, v = map(exp, found)
    return GammaGamma(p, q, v * whole) if math.isfinite(v) else None


def plain_expected(
    average_minor: int, purchases: int, days_known: int, silent_days: int, *, ahead_days: int, lost_days: int
) -> int:
    """Without a model: average purchase × purchases a day × days ahead × (1 − silence ÷ days until he counts as lost).

    Minor units, whole-number arithmetic, rounded down. Who is known for less than the days ahead is taken as if he had
    been known for so long: three purchases in a week are not 150 a year.
    """
    known = max(days_known, ahead_days, 1)
    left = max(0, lost_days - silent_days)
    return max(0, average_minor) * purchases * ahead_days * left // (known * lost_days)
