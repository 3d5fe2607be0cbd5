"""What is said after a quick payment was booked, and what can be done with its receipt."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from crmdesk.text import N_, _
from crmdesk.ui import papers, printer
from crmdesk.ui.context import Context

if TYPE_CHECKING:
    from crmdesk.services.payment_plan import Plan
    from crmdesk.services.use_cases import Outcome

_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def day_words(day: date) -> str:
    """A day with its weekday, as the head of a payment says it."""
    return f"{day.isoformat()} · {_(_WEEKDAYS[day.weekday()])}"


def tell(
    ctx: Context, window: QWidget, outcome: Outcome, plan: Plan, received: str, *, is_printing: bool
) -> None:
    """Says what was booked (`received` is the amount in words); prints the receipt when asked to."""
    receipt = papers.document_paper(
        "receipt", [str(outcome.result["number"])], actor=ctx.actor, party=plan.name
    )
    settled = len(outcome.result["allocations"])
    if settled > 1:
        words = _("{number}: {amount} from {name}, {count} documents settled.")
    elif settled:
        words = _("{number}: {amount} from {name}, one document settled.")
    else:
        words = _("{number}: {amount} from {name}, kept as credit.")
    ctx.notices.toast(
        words.format(number=outcome.result["number"], amount=received, name=plan.name, count=settled),
        "good",
        _("Copy receipt as picture"),
        lambda: papers.copy_picture(ctx, receipt),
        more=(
            (_("Save as PDF"), lambda: papers.save_pdf(ctx, window, receipt)),
            (_("Print"), lambda: printer.print_paper(ctx, window, receipt)),
        ),
    )
    if is_printing:
        printer.print_paper(ctx, window, receipt)
