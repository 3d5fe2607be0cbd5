"""The settings of the measures as forms: which card has which fields, and how lists of limits are written as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.models.measure_rules import LEAD, Settings
from crmdesk.models.specs.measures import CONFIGURE
from crmdesk.text import N_

LEAD_PREFIX = "points_"
_BY_NAME = {field.name: field for field in CONFIGURE}
_SEPARATORS = re.compile(r"[;；、\s]+|[,，](?=\s)")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_SIGNS = str.maketrans("，．０１２３４５６７８９", ",.0123456789")


@dataclass(frozen=True, slots=True)
class CardSpec:
    """One card: `formulas` are names of the formulas it explains, `measures` what its bars show."""

    key: str
    title: str
    formulas: tuple[str, ...]
    fields: tuple[Field, ...]
    measures: tuple[str, ...]
    columns: int = 2


def _number(name: str) -> Field:
    return replace(_BY_NAME[name], required=True, sign="non_negative")


def _list(name: str, text: str, sample: str = "") -> Field:
    return Field(name, Kind.TEXT, _BY_NAME[name].label, help=text, sample=sample, length_max=400)


LISTS = (
    "recency_limits", "frequency_limits", "amount_limits", "value_shares", "value_limits", "tier_limits",
)  # fmt: skip
AMOUNTS = ("amount_limits", "value_limits", "tier_limits")

CARDS = (
    CardSpec(
        "stages", N_("Stages of life"), ("life_stage",),
        (_number("window_days"), _number("new_days"), _number("loyal_days"),
         replace(_number("loyal_count"), label=N_("Purchases that make loyal")),
         _number("lost_days")),
        ("life_stage",),
    ),
    CardSpec(
        "rfm", N_("Recency, frequency and amount (RFM)"), ("rfm",),
        (_list("recency_limits", N_("Four numbers of days, falling. Empty: by rank."), "365; 180; 90; 30"),
         _list("frequency_limits", N_("Four numbers of purchases, rising. Empty: by rank."), "2; 4; 8; 12"),
         _list("amount_limits", N_("Four amounts without tax, rising. Empty: by rank."),
               "1,000; 5,000; 20,000; 100,000")),
        ("rfm_r", "rfm_f", "rfm_m"), 1,
    ),
    CardSpec(
        "tiers", N_("Consumption tiers"), ("tier",),
        (_list("tier_limits", N_("Amounts bought in the window without tax, rising; as many as you like."),
               "10,000; 100,000"),),
        ("tier",),
    ),
    CardSpec(
        "value", N_("Customer value"), ("clv", "expected_plain", "expected_model", "value_class"),
        (_list("value_shares", N_("Two numbers of per cent: high, then medium."), "20; 50"),
         _list("value_limits", N_("Two amounts without tax, medium then high; they go before the shares."),
               "20,000; 100,000"),
         _number("ahead_days"), _number("fit_least"), replace(_BY_NAME["model"], required=True)),
        ("value_class",),
    ),
    CardSpec(
        "churn", N_("Churn risk"), ("churn_risk",),
        (_number("churn_medium"), _number("churn_high")),
        ("churn_risk",),
    ),
    CardSpec(
        "lead", N_("Lead score"), ("lead_score",),
        tuple(Field(LEAD_PREFIX + one.name, Kind.INTEGER, one.label, required=True, sign="non_negative")
              for one in LEAD),
        ("lead_score",),
    ),
)  # fmt: skip
"""The cards in their order."""

MEASURE_WORDS = {
    "life_stage": N_("Life cycle"),
    "rfm_r": N_("Recency score"),
    "rfm_f": N_("Frequency score"),
    "rfm_m": N_("Amount score"),
    "value_class": N_("Customer value"),
    "tier": N_("Consumption tier"),
    "churn_risk": N_("Churn risk"),
    "lead_score": N_("Lead score"),
}


def field_names(card: CardSpec) -> list[str]:
    """The names of its fields."""
    return [field.name for field in card.fields]


def listed(text: str) -> list[str]:
    """Numbers written one after another, with any separator; a comma within a number groups its thousands."""
    parts: list[str] = []
    for part in filter(None, _SEPARATORS.split(text.strip().translate(_SIGNS))):
        if _GROUPED.fullmatch(part):
            parts.append(part.replace(",", ""))
        else:
            parts += [one for one in part.split(",") if one]
    return parts


def values_of(chosen: Settings, currency: str) -> dict[str, Any]:
    """What stands in the fields for these settings."""
    found: dict[str, Any] = {}
    for field in CONFIGURE:
        value = getattr(chosen, field.name)
        if field.name in AMOUNTS:
            found[field.name] = "; ".join(_amount(minor, currency) for minor in value)
        elif field.name in LISTS:
            found[field.name] = "; ".join(map(str, value))
        elif field.name != "lead_points":
            found[field.name] = value
    for one in chosen.lead_steps:
        found[LEAD_PREFIX + one.name] = max(points for _above, points in one.steps)
    return found


def _amount(minor: int, currency: str) -> str:
    """Without decimals where there are none."""
    text = money.grouped(minor, currency)
    whole, point, decimals = text.partition(".")
    return whole if point and not decimals.strip("0") else text


def request_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What `measure.configure` takes, from the values of all fields. Points as the program's own are left out."""
    request: dict[str, Any] = {}
    points: dict[str, int] = {}
    own = {one.name: max(earned for _above, earned in one.steps) for one in LEAD}
    for name, value in values.items():
        if name.startswith(LEAD_PREFIX):
            which = name.removeprefix(LEAD_PREFIX)
            if value is not None and int(value) != own[which]:
                points[which] = int(value)
        elif name in LISTS:
            request[name] = listed(str(value or ""))
        else:  # a number comes out of its field as a decimal
            request[name] = int(value) if isinstance(value, Decimal) else value
    return request | {"lead_points": points}


def limits_of(cuts: Mapping[str, Sequence[int]], currency: str) -> dict[str, str]:
    """Limits that score as the cuts of the scales do today; a scale that nobody filled has none."""
    found: dict[str, str] = {}
    writers: dict[str, Callable[[int], str]] = {
        "recency_limits": lambda cut: str(-cut),
        "frequency_limits": str,
        "amount_limits": lambda cut: _amount(cut, currency),
    }
    for name, write in writers.items():
        numbers = list(dict.fromkeys(cuts[name]))
        if len(numbers) == 4 and min(map(abs, numbers)) >= 0 and (name != "amount_limits" or numbers[0] >= 0):
            found[name] = "; ".join(map(write, numbers))
    return found
