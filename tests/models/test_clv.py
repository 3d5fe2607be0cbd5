"""RFM scores, BG/NBD and Gamma-Gamma: the published figures of CDNOW, and what must hold of any customers."""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.models import clv, rfm
from crmdesk.models.clv import BgNbd, Buyer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "rfm"
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
"""Fader, Hardie, Lee, Marketing Science 24 (2005), table 2: 2 357 customers of CDNOW, weeks 1 to 39; LL −9 582.4."""
PUBLISHED_SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}
"""Fader, Hardie, The Gamma-Gamma Model of Monetary Value (2013), page 6: the 946 who came back."""
END = date(1997, 9, 30)

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets lie beside the repository")


def history() -> dict[int, dict[date, int]]:
    """CDNOW's tenth: customer -> day -> cents spent, until the end of the 39 weeks."""
    found: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for line in (DATA / "CDNOW_sample.txt").read_text("ascii").splitlines():
        _master, number, day, _count, dollars = line.split()
        on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        if on <= END:
            whole, cents = dollars.split(".")
            found[int(number)][on] += int(whole) * 100 + int(cents)
    return found


def buyers() -> list[Buyer]:
    return [
        Buyer(len(days) - 1, (max(days) - min(days)).days / 7, (END - min(days)).days / 7)
        for days in history().values()
    ]


@needs_data
def test_frequency_recency_and_age_of_cdnow_are_the_published_ones() -> None:
    with (DATA / "cdnow_customers_summary.csv").open(encoding="ascii") as file:
        published = {
            int(row["ID"]): (int(row["frequency"]), float(row["recency"]), float(row["T"]))
            for row in csv.DictReader(file)
        }
    found = {
        number: (
            len(days) - 1,
            round((max(days) - min(days)).days / 7, 2),
            round((END - min(days)).days / 7, 2),
        )
        for number, days in history().items()
    }
    assert len(found) == 2357
    assert found == published


@needs_data
def test_the_fit_of_cdnow_is_the_published_one() -> None:
    known = buyers()
    found = clv.fit_bg_nbd(known)
    assert found is not None
    for name, value in PUBLISHED.items():
        assert getattr(found, name) == pytest.approx(value, rel=0.01), name
    assert clv.log_likelihood(found, known) == pytest.approx(-9582.4, abs=0.1)
    assert clv.log_likelihood(found, known) >= clv.log_likelihood(BgNbd(**PUBLISHED), known) - 1e-6
    # customer 1 of the published example: x = 2, t_x = 30.43, T = 38.86; 1.226 purchases in the next 39 weeks
    example = Buyer(2, 30.43, 38.86)
    assert BgNbd(**PUBLISHED).expected(example, 39) == pytest.approx(1.226, abs=0.001)


@needs_data
def test_the_spend_of_cdnow_is_the_published_one() -> None:
    repeats = []
    for days in history().values():
        later = sorted(days)[1:]
        if later:
            repeats.append((len(later), sum(days[on] for on in later) / 100 / len(later)))
    assert len(repeats) == 946
    found = clv.fit_gamma_gamma(repeats)
    assert found is not None
    for name, value in PUBLISHED_SPEND.items():
        assert getattr(found, name) == pytest.approx(value, rel=0.01), name


@needs_data
def test_cells_of_like_customers_hardly_change_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    known = buyers()
    whole = clv.fit_bg_nbd(known)
    monkeypatch.setattr(clv, "CELL_COUNT_MAX", 600)
    rough = clv.fit_bg_nbd(known)
    assert whole is not None
    assert rough is not None
    expected = sum(whole.expected(one, 39) for one in known)
    assert sum(rough.expected(one, 39) for one in known) == pytest.approx(expected, rel=0.01)
    assert clv.log_likelihood(rough, known) == pytest.approx(clv.log_likelihood(whole, known), abs=1)


def test_a_fit_finds_the_parameters_that_made_the_customers() -> None:
    chance = random.Random(5)
    true = BgNbd(0.8, 40.0, 0.9, 3.0)
    made = []
    for _number in range(6000):
        rate, leaving, age = (
            chance.gammavariate(true.r, 1 / true.alpha),
            chance.betavariate(true.a, true.b),
            300.0,
        )
        at = last = 0.0
        count = 0
        while True:
            at += chance.expovariate(rate)
            if at > age:
                break
            count, last = count + 1, at
            if chance.random() < leaving:
                break
        made.append(Buyer(count, last, age))
    found = clv.fit_bg_nbd(made)
    assert found is not None
    assert clv.log_likelihood(found, made) >= clv.log_likelihood(true, made) - 2
    expected = sum(true.expected(one, 100) for one in made)
    assert sum(found.expected(one, 100) for one in made) == pytest.approx(expected, rel=0.1)


def test_what_cannot_be_fitted_gives_no_model() -> None:
    assert clv.fit_bg_nbd([]) is None
    assert clv.fit_bg_nbd([Buyer(0, 0, 10), Buyer(0, 0, 20)]) is None
    assert clv.fit_gamma_gamma([]) is None
    assert clv.fit_gamma_gamma([(3, 10.0)] * 50) is None, "everybody spends the same"


@given(
    st.integers(0, 60), st.floats(0, 1), st.floats(1, 2000), st.floats(1, 1000),
    st.floats(0.05, 5), st.floats(0.5, 300), st.floats(0.05, 5), st.floats(1.05, 9),
)  # fmt: skip
def test_chances_are_chances_and_expectations_rise_with_time(
    count: int, part: float, age: float, ahead: float, r: float, alpha: float, a: float, b: float
) -> None:
    model = BgNbd(r, alpha, a, b)
    buyer = Buyer(count, age * part if count else 0.0, age)
    assert 0 <= model.alive(buyer) <= 1
    near, far = model.expected(buyer, ahead), model.expected(buyer, 2 * ahead)
    assert -1e-6 <= near <= far * (1 + 1e-6) + 1e-6
    assert near <= (r + count) / alpha * ahead * (1 + 1e-6) + 1e-6, "never more than if he surely lived"


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=200), st.randoms())
def test_scores_are_ranks_and_ties_share_the_lower_one(values: list[int], chance: random.Random) -> None:
    scale = rfm.by_rank(values)
    counts = Counter(values)
    for value in counts:
        lower = sum(n for other, n in counts.items() if other < value)
        assert scale.score(value) == 1 + 5 * lower // len(values)
    shuffled = list(values)
    chance.shuffle(shuffled)
    assert rfm.by_rank(shuffled) == scale


def test_a_hundred_different_values_are_twenty_of_each_score() -> None:
    scale = rfm.by_rank(range(100))
    assert Counter(map(scale.score, range(100))) == dict.fromkeys(range(1, 6), 20)


def test_chosen_limits_are_reached_not_passed() -> None:
    scale = rfm.by_limits([10, 20, 30, 40])
    assert [scale.score(value) for value in (9, 10, 19, 20, 39, 40, 400)] == [1, 2, 2, 3, 4, 5, 5]
    assert rfm.by_limits([-365, -30, -90, -180]).score(-100) == 3, "recency: minus its days"


@given(st.lists(st.integers(0, 1000), max_size=100))
@settings(max_examples=50)
def test_shares_take_at_least_what_they_say(values: list[int]) -> None:
    high, medium = rfm.share_cuts(values, (20, 50))
    assert high >= medium
    assert sum(value >= high for value in values) * 100 >= 20 * len(values)
    assert sum(value > high for value in values) * 100 <= 20 * len(values) + 100


def test_the_plain_formula() -> None:
    whole = {"ahead_days": 365, "lost_days": 365}
    assert clv.plain_expected(100_00, 10, 365, 0, **whole) == 1000_00
    assert clv.plain_expected(100_00, 10, 730, 0, **whole) == 500_00
    assert clv.plain_expected(100_00, 1, 7, 0, **whole) == 100_00, "a week is taken as a year"
    assert clv.plain_expected(100_00, 10, 365, 73, **whole) == 800_00
    assert clv.plain_expected(100_00, 10, 900, 400, **whole) == 0
    assert clv.plain_expected(-5, 10, 900, 4, **whole) == 0
