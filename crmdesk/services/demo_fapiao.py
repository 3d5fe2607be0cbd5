"""Tax invoices of the practice company: some issued, one issued anew, some asked for; the rest waits to be invoiced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from crmdesk.models.specs.fapiao import ORDINARY, SPECIAL
from crmdesk.services import customers, fapiao_requests, use_cases
from crmdesk.services.units import Unit

BILL_COUNT = 24
"""Of the newest invoices; what nobody looks at costs time for nothing."""
_ISSUED, _ASKED = 10, 14
"""Up to which place they are issued, and up to which they are asked for."""
_PREFIX = "2633200000"


def fill(unit: Unit, bills: Sequence[tuple[str, str]], until: date) -> None:
    """Invoices the first of the newest bills (customer, number), asks for a few more, issues one anew."""
    customers = list(dict.fromkeys(code for code, _number in bills[:_ASKED]))
    kinds = {code: _profile(unit, code, at) for at, code in enumerate(customers, 1)}
    for at, (customer, number) in enumerate(bills[:_ASKED], 1):
        values: dict[str, Any] = {
            "customer": customer,
            "invoices": [{"invoice": number}],
            "kind": kinds[customer],
            "date": until.isoformat(),
        }
        if at > _ISSUED:
            _do(unit, "fapiao.request", **values)
            continue
        _do(unit, "fapiao.record", **values, number=_number(at))
        if at % 3:
            _do(unit, "fapiao.deliver", fapiao=_number(at), date=until.isoformat(), channel="email")
    if len(bills) >= _ISSUED:
        _do(
            unit,
            "fapiao.reissue",
            fapiao=_number(3),
            reason="抬头写错",
            number=_number(100),
            date=until.isoformat(),
            new={"number": _number(101)},
        )
        _do(unit, "red_confirmation.open", fapiao=_number(6), reason="return")


def _do(unit: Unit, use_case: str, /, **arguments: Any) -> Any:
    return use_cases.perform(unit, use_case, arguments)


def _number(at: int) -> str:
    return f"{_PREFIX}{at:010d}"


def _profile(unit: Unit, code: str, at: int) -> str:
    """A billing profile for a company; gives the kind of tax invoice that the customer gets."""
    from stdnum.cn import uscc

    owner = customers.find(unit, code)
    own = fapiao_requests.snapshot(unit, owner.id, None)
    if own["kind"] == "person":
        return ORDINARY
    base = f"91330106MA2{at:06d}"
    _do(
        unit,
        "billing_profile.add",
        customer=code,
        title=own["title"],
        tax_number=base + uscc.calc_check_digit(base),
        email=f"caiwu{at}@kehu.example",
    )
    return SPECIAL if at % 2 else ORDINARY
