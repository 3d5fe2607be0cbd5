"""The stage of life after a merge and after its undoing: where a pin came or went with it, the line of history says so.

Left to the reckoning of touched customers, such a move would be told as one by the thresholds, with a limit that nobody
passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from crmdesk.models.tables.measures import stage_pin
from crmdesk.services.dialect import among
from crmdesk.services.measures import evaluation
from crmdesk.services.units import Unit
from crmdesk.text import N_, translator

_CAME = N_("{reason} (came with {code} when the two were merged)")
_STOOD_BEHIND = N_("{reason} (the merge with {code} was undone)")
_WENT = N_("The merge with {code} was undone.")


class Pin(NamedTuple):
    """A stage set by hand."""

    stage: str
    reason: str


def pins(unit: Unit, ids: Iterable[int]) -> dict[int, Pin]:
    """The pins of customers, by their ids."""
    rows = unit.execute(select(stage_pin).where(among(stage_pin.c.customer_id, list(ids))))
    return {row.customer_id: Pin(row.stage, row.reason) for row in rows}


def after_merge(unit: Unit, into_id: int, merged: Iterable[tuple[int, str]], before: dict[int, Pin]) -> None:
    """Reckons the survivor whom a pin came to; `merged` are the ids and codes of the others in their order, `before`
    the pins of all."""
    came_with = next((code for record_id, code in merged if record_id in before), None)
    if came_with is not None and into_id not in before:
        _note(unit, into_id, came_with, _CAME)


def after_undo(unit: Unit, into_id: int, code: str, before: Pin | None) -> None:
    """Reckons the survivor whose pin went back to the customer with a code; `before` is what he had."""
    if pins(unit, [into_id]).get(into_id) != before:
        _note(unit, into_id, code, _STOOD_BEHIND)


def _note(unit: Unit, customer_id: int, code: str, words: str) -> None:
    unit.flush_all()
    # in the language of the book: the line stays
    translate = translator(unit.settings.language)
    pin = pins(unit, [customer_id]).get(customer_id)
    if pin is None:
        way, reason = evaluation.UNPIN, translate(_WENT).format(code=code)
    else:
        way, reason = evaluation.PIN, translate(words).format(reason=pin.reason, code=code)
    evaluation.evaluate_some(unit, [customer_id], way=way, reason=reason)
