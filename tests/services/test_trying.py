"""Limits of the measures tried one after the other: what is kept between two trials changes no figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.services.measures import kept, trying


def test_samples_are_of_the_day_and_few_are_kept(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    with book.read() as connection:
        own = kept.read_settings(connection)
        samples = trying.Samples()
        windows = [replace(own, window_days=days) for days in (30, 60, 90, 120, 150)]
        first = samples.of(connection, windows[0])
        assert samples.of(connection, replace(windows[0], loyal_days=1)) is first
        for one in windows[1:]:
            samples.of(connection, one)
        assert samples.of(connection, windows[0]) is not first  # four windows are kept
        last = samples.of(connection, windows[-1])
        monkeypatch.setenv("CRMDESK_TODAY", "2027-01-01")
        assert samples.of(connection, windows[-1]) is not last


@pytest.fixture
def shop(book: Book) -> Book:
    """Customers who came back more and less often: a fit is found."""
    chance = Random(5)
    with book.write("x") as unit:
        unit.is_bulk = True
        for number in range(40):
            use_cases.perform(unit, "customer.create", {"code": f"C{number}", "name": f"客户{number}"})
            day, left = date(2025, 7, 1) + timedelta(days=chance.randrange(90)), chance.random() * 0.5
            while day <= date(2026, 6, 30):
                price = str(chance.randint(50, 500) + 20 * number)
                line = {"description": "x", "quantity": "1", "unit_price": price, "tax_rate": "0"}
                bill = {"customer": f"C{number}", "date": day.isoformat(), "lines": [line]}
                use_cases.perform(unit, "invoice.issue", bill)
                if chance.random() < left:
                    break
                day += timedelta(days=1 + int(chance.expovariate(0.01 + 0.001 * number)))
        unit.finish("test", {})
    return book


def test_trials_on_one_sample_are_as_on_a_new_one(shop: Book) -> None:
    """Whatever was tried before: neither the fit nor what is expected ahead is of other settings."""
    with shop.read() as connection:
        own = replace(kept.read_settings(connection), fit_least=1)
        taken = trying.sample(connection, own)
        steps: tuple[dict[str, Any], ...] = (
            {}, {"ahead_days": 30}, {"model": "plain"}, {"lost_days": 60}, {"lost_days": 20}, {"model": "auto"},
            {"fit_least": 100}, {"fit_least": 1, "ahead_days": 365}, {"tier_limits": (10_000,)},
        )  # fmt: skip
        chosen, fits = own, set()
        for step in steps:
            chosen = replace(chosen, **step)
            tried = trying.spread(taken, chosen)
            fresh = trying.spread(trying.sample(connection, chosen), chosen)
            assert (tried.counts, tried.stages, tried.model) == (fresh.counts, fresh.stages, fresh.model), (
                step
            )
            fits.add(tried.model.bg_nbd is None)
        assert fits == {True, False}
