"""Use cases of the measures: choosing their settings, reckoning everybody, setting a stage by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select

from crmdesk.models import clock, measure_rules, money
from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.measure_rules import LEAD, LEAD_MAX, Settings
from crmdesk.models.specs.measures import CONFIGURE, PIN, UNPIN
from crmdesk.models.tables.measures import stage_pin
from crmdesk.models.validation import out_of_range
from crmdesk.services import customer_lookup
from crmdesk.services.measures import evaluation, kept
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, counted

DAYS_MAX = 3_650
_LIMIT_COUNT_MAX = 20
_WHOLE = ("window_days", "new_days", "loyal_days", "lost_days", "ahead_days")
_COUNTS = ("loyal_count", "fit_least", "churn_medium", "churn_high")
_COUNT_MAX = 100_000


def choose(before: Settings, values: Mapping[str, Any], currency: str) -> tuple[dict[str, Any], Settings]:
    """What of the given values is new, and the settings with them. Raises InvalidInput for what cannot be."""
    given = {name: value for name, value in values.items() if value is not None}
    new: dict[str, Any] = {}
    for name, value in given.items():
        new[name] = _READERS[name](currency, name, value) if name in _READERS else value
    for name in _WHOLE:
        if name in new and new[name] > DAYS_MAX:
            raise out_of_range(name, new[name])
    for name in _COUNTS:
        if name in new and new[name] > _COUNT_MAX:
            raise out_of_range(name, new[name])
    chosen = replace(before, **new)
    if chosen.churn_high < chosen.churn_medium:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("“{field}” ({value}) must not be below “{other}” ({least}).").format(
                field=_label("churn_high"),
                value=chosen.churn_high,
                other=_label("churn_medium"),
                least=chosen.churn_medium,
            ),
            field="churn_high",
        )
    if chosen.window_days < 2:
        raise out_of_range("window_days", chosen.window_days)
    return new, chosen


@use_case(
    "measure.configure",
    fields=CONFIGURE,
    summary=N_(
        "Choose windows, limits and thresholds of the customers' measures, and reckon everybody by them."
    ),
    errors=(
        Code.INVALID_TYPE,
        Code.INVALID_CHOICE,
        Code.OUT_OF_RANGE,
        Code.TOO_MANY_DECIMALS,
        Code.AMOUNT_TOO_LARGE,
    ),
)
def configure(unit: Unit, **values: Any) -> dict[str, Any]:
    """Changes the settings that are given, reckons everybody anew and tells what came of it."""
    before = kept.read_settings(unit.connection)
    new, chosen = choose(before, values, unit.settings.currency)
    changed = sorted(name for name in new if getattr(before, name) != getattr(chosen, name))
    if changed:
        unit.save_settings(measures=kept.plain_settings(chosen))
        unit.note(
            "company",
            0,
            {name: getattr(before, name) for name in changed},
            {name: getattr(chosen, name) for name in changed},
        )
    return {"settings": changed, **evaluation.evaluate(unit)}


@use_case(
    "measure.evaluate",
    fields=(),
    summary=N_("Reckon the measures of all customers anew, as of today."),
)
def evaluate(unit: Unit) -> dict[str, Any]:
    """Reckons everybody; tells how many customers, how many changed, how many came to another stage."""
    return evaluation.evaluate(unit)


@use_case(
    "stage.pin",
    fields=PIN,
    summary=N_("Set the stage of a customer's life by hand; it holds until it is taken off."),
    errors=(Code.CUSTOMER_MISSING, Code.INVALID_CHOICE, Code.REQUIRED, Code.TEXT_TOO_LONG),
)
def pin(unit: Unit, *, customer: str, stage: str, reason: str) -> dict[str, Any]:
    """Pins a stage; a second pin takes the place of the first."""
    found = customer_lookup.find(unit, customer)
    old = unit.first(select(stage_pin.c.stage, stage_pin.c.reason).where(stage_pin.c.customer_id == found.id))
    unit.execute(delete(stage_pin).where(stage_pin.c.customer_id == found.id))
    unit.add(
        stage_pin,
        customer_id=found.id,
        stage=stage,
        reason=reason,
        actor=unit.actor,
        pinned_at=clock.stamp(clock.now_utc()),
    )
    before = {"life_stage": old.stage, "reason": old.reason} if old is not None else None
    unit.note("customer", found.id, before, {"life_stage": stage, "reason": reason})
    _apply(unit, found.id, evaluation.PIN, reason)
    return {"code": found.code, "stage": stage}


@use_case(
    "stage.unpin",
    fields=UNPIN,
    summary=N_("Let the stage of a customer's life follow the thresholds again."),
    errors=(Code.CUSTOMER_MISSING, Code.NOT_FOUND, Code.TEXT_TOO_LONG),
)
def unpin(unit: Unit, *, customer: str, reason: str | None = None) -> dict[str, Any]:
    """Takes the pin off; the stage is at once the one of the thresholds."""
    found = customer_lookup.find(unit, customer)
    old = unit.first(select(stage_pin.c.stage, stage_pin.c.reason).where(stage_pin.c.customer_id == found.id))
    if old is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("The stage of {code} is not set by hand.").format(code=found.code),
            field="customer",
        )
    unit.execute(delete(stage_pin).where(stage_pin.c.customer_id == found.id))
    unit.note("customer", found.id, {"life_stage": old.stage, "reason": old.reason}, None)
    _apply(unit, found.id, evaluation.UNPIN, reason or "")
    return {"code": found.code}


def _apply(unit: Unit, customer_id: int, way: str, reason: str) -> None:
    """Reckons the customer now, so that the line of his history says it was by hand."""
    unit.flush_all()
    evaluation.evaluate_some(unit, [customer_id], way=way, reason=reason)


# Reading what was given


def _label(name: str) -> str:
    """What a setting is called: windows show these sentences under it."""
    return next(_(one.label) for one in CONFIGURE if one.name == name)


def _numbers(name: str, value: Any, count: int) -> list[Any]:
    if not isinstance(value, list | tuple) or (value and len(value) != count):
        raise InvalidInput(
            Code.INVALID_TYPE,
            counted(
                N_("“{field}” must be a list of {count} numbers, or an empty one."), count, field=_label(name)
            ),
            field=name,
        )
    return list(value)


def _whole(name: str, value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).strip().isdecimal():
        raise InvalidInput(
            Code.INVALID_TYPE, _("“{field}” must be whole numbers.").format(field=_label(name)), field=name
        )
    number = int(value)
    if number > most:
        raise out_of_range(name, number)
    return number


def _ordered(name: str, numbers: list[int], *, is_falling: bool = False) -> tuple[int, ...]:
    wanted = sorted(set(numbers), reverse=is_falling)
    if wanted != numbers:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            (
                _("“{field}”: each number must be smaller than the one before.")
                if is_falling
                else _("“{field}”: each number must be larger than the one before.")
            ).format(field=_label(name)),
            field=name,
        )
    return tuple(numbers)


def _recency(currency: str, name: str, value: Any) -> tuple[int, ...]:
    del currency
    return _ordered(name, [_whole(name, one, DAYS_MAX) for one in _numbers(name, value, 4)], is_falling=True)


def _frequency(currency: str, name: str, value: Any) -> tuple[int, ...]:
    del currency
    return _ordered(name, [_whole(name, one, _COUNT_MAX) for one in _numbers(name, value, 4)])


def _shares(currency: str, name: str, value: Any) -> tuple[int, ...]:
    del currency
    if not value:
        return measure_rules.Settings().value_shares
    return _ordered(name, [_whole(name, one, 100) for one in _numbers(name, value, 2)])


def _amounts(currency: str, name: str, value: Any, count: int) -> tuple[int, ...]:
    minors: list[int] = []
    for one in _numbers(name, value, count):
        if isinstance(one, bool | float) or not isinstance(one, str | int | Decimal):
            raise InvalidInput(
                Code.INVALID_TYPE,
                _('“{field}” must be a list of amounts written as text, such as "10000".').format(
                    field=_label(name)
                ),
                field=name,
            )
        minors.append(money.to_minor(money.parse_plain(str(one), name), currency, name))
    if any(minor < 0 for minor in minors):
        raise out_of_range(name, min(minors))
    return _ordered(name, minors)


def _points(currency: str, name: str, value: Any) -> tuple[tuple[str, int], ...]:
    del currency
    known = [one.name for one in LEAD]
    if not isinstance(value, dict):
        raise InvalidInput(
            Code.INVALID_TYPE,
            _("“{field}” must name inputs and their points.").format(field=_label(name)),
            field=name,
        )
    for one in value:
        if one not in known:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{field}”: “{value}” is not one of {choices}.").format(
                    field=_label(name), value=str(one)[:40], choices=", ".join(known)
                ),
                field=name,
            )
    return tuple(sorted((one, _whole(name, points, LEAD_MAX)) for one, points in value.items()))


def _tiers(currency: str, name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or len(value) > _LIMIT_COUNT_MAX:
        raise out_of_range(name, value)
    return _amounts(currency, name, value, len(value))


_READERS: dict[str, Callable[[str, str, Any], tuple[Any, ...]]] = {
    "recency_limits": _recency,
    "frequency_limits": _frequency,
    "amount_limits": lambda currency, name, value: _amounts(currency, name, value, 4),
    "value_shares": _shares,
    "value_limits": lambda currency, name, value: _amounts(currency, name, value, 2),
    "tier_limits": _tiers,
    "lead_points": _points,
}
