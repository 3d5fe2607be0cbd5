"""Rounded cash: where small coins are gone, the difference to what was owed is neither fee nor discount."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crmdesk.models import money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.services.units import Unit
from crmdesk.text import _

OFF = ("", "none")


def step_minor(cash_rounding: str, currency: str) -> int:
    """The book's step in minor units; 0 where cash is not rounded, or the currency has no such coin."""
    if cash_rounding in OFF:
        return 0
    step = Decimal(cash_rounding).scaleb(money.digits(currency))
    return int(step) if step == step.to_integral_value() else 0


def rounded(amount_minor: int, step: int) -> int:
    """The amount as it is paid in cash: the nearest multiple of the step, halves up."""
    return (amount_minor + step // 2) // step * step if step else amount_minor


def of_payment(unit: Unit, values: Mapping[str, Any], method: str, received_minor: int, currency: str) -> int:
    """The checked rounding of a payment in minor units: positive where less was taken than settled.

    Only of cash, in a book that rounds cash, when the money itself is a multiple of the step and the difference less.
    """
    given: Decimal = values["rounding"] or Decimal(0)
    if not given:
        return 0
    amount_minor = money.to_minor(abs(given), currency, "rounding") * (1 if given > 0 else -1)
    step = step_minor(unit.settings.cash_rounding, currency)
    if method != "cash" or not step:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _(
                "Only cash is rounded, and only in a book that does so (Settings, Documents). Leave the rounding out."
            ),
            field="rounding",
        )
    if values["discount"]:
        raise InvalidInput(
            Code.INVALID_CHOICE,
            _("A payment has a settlement discount or a rounding, not both."),
            field="rounding",
        )
    if received_minor % step or abs(amount_minor) >= step or received_minor + amount_minor <= 0:
        raise InvalidInput(
            Code.OUT_OF_RANGE,
            _("Cash is rounded to {step}: the money is a multiple of it, and the rounding is less.").format(
                step=money.plain(step, currency)
            ),
            field="rounding",
        )
    return amount_minor
