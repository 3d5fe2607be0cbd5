"""What is kept of the measures: settings, the model learnt of all customers, one row for each of them."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from crmdesk.models.clv import BgNbd, GammaGamma
from crmdesk.models.measure_rules import Facts, Model, Settings, Values
from crmdesk.models.rfm import Scale
from crmdesk.models.tables.base import day_number
from crmdesk.models.tables.measures import customer_measure, measure_state
from crmdesk.services import settings as book_settings

COLUMNS = tuple(column.name for column in customer_measure.columns)
_DEFAULTS = Settings()
_STATE = select(measure_state.c.evaluated_on, measure_state.c.evaluated_at, measure_state.c.model)
_PAIRS = "lead_points"


class State(NamedTuple):
    """When all customers were last reckoned, and what was learnt of them."""

    evaluated_on: date
    evaluated_at: str
    model: Model


def read_settings(connection: Connection) -> Settings:
    """The settings of the book; what nobody chose is the program's."""
    return settings_of(book_settings.load(connection).measures)


def settings_of(stored: dict[str, Any]) -> Settings:
    """Settings from what the book keeps of them."""
    values: dict[str, Any] = {}
    for one in fields(Settings):
        if one.name in stored:
            value = stored[one.name]
            if one.name == _PAIRS:
                value = tuple((name, points) for name, points in value)
            values[one.name] = tuple(value) if isinstance(value, list) else value
    return Settings(**values)


def plain_settings(chosen: Settings) -> dict[str, Any]:
    """What the book keeps: only what differs from the program's own."""
    return {name: value for name, value in asdict(chosen).items() if value != getattr(_DEFAULTS, name)}


def read_state(connection: Connection) -> State | None:
    """The state, or None where customers were never reckoned."""
    row = connection.execute(_STATE).first()
    return None if row is None else State(row.evaluated_on, row.evaluated_at, model_of(row.model))


def model_text(model: Model) -> str:
    """A model as JSON; its numbers come back exactly."""
    fitted = None
    if model.bg_nbd is not None and model.gamma_gamma is not None:
        fitted = [list(asdict(model.bg_nbd).values()), list(asdict(model.gamma_gamma).values())]
    return json.dumps(
        {
            "scales": [list(scale.cuts) for scale in (model.recency, model.frequency, model.amount)],
            "value": list(model.value),
            "fitted": fitted,
        }
    )


def model_of(text: str) -> Model:
    """The model of a JSON text."""
    kept = json.loads(text)
    recency, frequency, amount = (Scale(tuple(cuts)) for cuts in kept["scales"])
    medium, high = kept["value"]
    if kept["fitted"] is None:
        return Model(recency, frequency, amount, (medium, high))
    first, second = kept["fitted"]
    return Model(recency, frequency, amount, (medium, high), BgNbd(*first), GammaGamma(*second))


def row_of(customer_id: int, on: date, values: Values, stage: str) -> tuple[Any, ...]:
    """A row of `customer_measure` as it is stored; `stage` may be pinned."""
    return (
        customer_id,
        day_number(on),
        1,
        values.first_on and day_number(values.first_on),
        values.last_on and day_number(values.last_on),
        values.purchases,
        values.window_count,
        values.window_minor,
        values.total_minor,
        values.rfm_r,
        values.rfm_f,
        values.rfm_m,
        values.expected_minor,
        values.clv_minor,
        values.value_class,
        values.tier,
        stage,
        values.risk_points,
        values.churn_risk,
        values.alive_permille,
        values.lead_score,
        values.product_id,
    )


def move_facts(facts: Facts) -> str:
    """What decided a move, for its line in the history."""
    return json.dumps(
        {
            "last": facts.last and date.fromordinal(facts.last).isoformat(),
            "first": facts.first and date.fromordinal(facts.first).isoformat(),
            "purchases": facts.purchases,
            "window_count": facts.window_count,
        }
    )
