"""The portrait and the measures of a customer in words: tiles, chips, and how each was reckoned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from crmdesk.models import clock, money
from crmdesk.models.specs.measures import GRADES, RISKS, STAGES
from crmdesk.text import N_, _, counted

if TYPE_CHECKING:
    from datetime import date

    from crmdesk.services.measures.reading import Figure, Measures
    from crmdesk.services.portrait import Portrait

FACTS = (
    "since",
    "interval_days",
    "year_net_minor",
    "net_minor",
    "average_minor",
    "days_late",
    "days_to_pay",
    "contact_count",
    "channel",
)
"""The tiles in their order: since when, how often, how much, how late, how one meets."""
_TONES = {
    "life_stage": {choice.value: choice.tone for choice in STAGES},
    "value_class": {choice.value: choice.tone for choice in GRADES},
    "churn_risk": {choice.value: choice.tone for choice in RISKS},
}
_CHIPS = ("life_stage", "value_class", "churn_risk", "rfm", "clv", "lead_score", "tier")
_SHARE_LATE = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Fact:
    """One tile."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """How a figure came about: the formula, what went into it (name, value, points), and reasons in sentences."""

    title: str
    value: str
    formula: str
    given: tuple[tuple[str, str, int | None], ...] = ()
    reasons: tuple[str, ...] = ()
    note: str = ""
    setting: str = ""
    """The setting that decides it, as the settings know it; empty where nothing can be chosen."""


_SETTINGS = {
    "life_stage": "stages.new_days",
    "rfm": "rfm.recency_limits",
    "clv": "value.ahead_days",
    "expected": "value.model",
    "value_class": "value.value_shares",
    "tier": "tiers.tier_limits",
    "churn_risk": "churn.churn_medium",
    "lead_score": "lead.points_reachable",
}
"""The first setting of a measure, below `settings.measures`."""


def chip(figure: Figure, currency: str) -> tuple[str, str] | None:
    """Words and tone of a measure's chip; None for one that is a figure among the tiles."""
    if figure.name not in _CHIPS or not figure.shown:
        return None
    tone = _TONES.get(figure.name, {}).get(figure.value, "neutral")
    if figure.name == "life_stage":
        return figure.shown, tone
    shown = _amount(figure.value, currency) if figure.name == "clv" else figure.shown
    return f"{figure.label} {shown}", tone


def _amount(minor: int | None, currency: str) -> str:
    if minor is None:
        return "—"
    sign = "\u2212" if minor < 0 else ""
    return sign + money.symbol(currency) + money.grouped(abs(minor), currency)


def _days(value: Decimal | None) -> str:
    return "—" if value is None else _("{count} days").format(count=f"{value.normalize():f}")


def _day(value: date | None) -> str:
    return "—" if value is None else value.isoformat()


def facts(portrait: Portrait, measures: Measures) -> dict[str, Fact]:
    """Every tile by its name."""
    del measures
    own, currency = portrait, portrait.currency
    late = own.late_share or Decimal(0)
    due = own.due_again_on
    often = ""
    if due is not None:
        often = _("due again {date}").format(date=due.isoformat())
    is_waiting = due is not None and due < clock.today()
    share = _("{percent} % of it late").format(percent=f"{late * 100:.0f}") if own.late_share else ""
    last = _("last one {date}").format(date=own.last_on.isoformat()) if own.last_on else ""
    met = _("last {date}").format(date=own.last_contact.isoformat()) if own.last_contact else ""
    planned = _("next {date}").format(date=own.next_contact.isoformat()) if own.next_contact else ""
    sources = {
        "contact": _("said by the contact"),
        "customer": _("said by the customer"),
        "activities": _("by what was used"),
    }
    others = _("besides: {currencies}").format(currencies=", ".join(own.other_currencies))
    invoices = counted(N_("{count} invoices"), own.invoice_count)
    return {
        "since": Fact(
            _("Customer since") if own.is_buyer else _("Known since"),
            _day(own.since),
            last or _("has not bought yet"),
        ),
        "interval_days": Fact(_("Buys every"), _days(own.interval_days), often, "warn" if is_waiting else ""),
        "year_net_minor": Fact(_("Bought in a year"), _amount(own.year_net_minor, currency), _("excl. tax")),
        "net_minor": Fact(
            _("Bought in all"),
            _amount(own.net_minor, currency),
            " · ".join((_("excl. tax"), others if own.other_currencies else invoices)),
        ),
        "average_minor": Fact(_("Average invoice"), _amount(own.average_minor, currency), _("excl. tax")),
        "days_late": Fact(
            _("Pays late by"), _days(own.days_late), share, "danger" if late > _SHARE_LATE else ""
        ),
        "days_to_pay": Fact(_("Takes to pay"), _days(own.days_to_pay), _("from invoice to payment")),
        "contact_count": Fact(
            _("Contacts in a year"),
            str(own.contact_count),
            " · ".join(filter(None, (met, planned))),
            "" if own.next_contact is None or own.next_contact >= clock.today() else "warn",
        ),
        "channel": Fact(_("Best reached by"), own.channel_words or "—", sources.get(own.channel_from, "")),
    }


def likes(portrait: Portrait) -> str:
    """Categories, products talked about, and what he said, in one quiet paragraph."""
    parts = []
    groups = [one for one in portrait.categories if one.share > 0 and one.name]
    if groups:
        told = _(", ").join(f"{one.name} {one.share * 100:.0f} %" for one in groups[:3])
        parts.append(_("By category: {shares}.").format(shares=told))
    wanted = [one for one in portrait.interests if not one.is_bought]
    if wanted:
        names = _(", ").join(one.name for one in wanted[:4])
        parts.append(_("Asked about, not bought yet: {names}.").format(names=names))
    said = [one for one in portrait.feedback if one.kind in ("complaint", "suggestion", "praise")]
    if said:
        told = _(", ").join(f"{one.label} {one.times}" for one in said)
        parts.append(_("What he said: {counts}.").format(counts=told))
    return " ".join(parts)


def reckoned(name: str, portrait: Portrait, measures: Measures) -> Reckoned:
    """How a tile or a chip came about."""
    found = next((one for one in measures.figures if one.name == name), None)
    if found is not None:
        note = (
            _("Compared with all customers as they were on {date}.").format(
                date=measures.model_of.isoformat()
            )
            if measures.model_of is not None
            else _("Not compared with other customers yet.")
        )
        return Reckoned(
            found.label,
            found.shown,
            found.formula,
            tuple((one.label, one.value, one.points) for one in found.inputs),
            found.reasons,
            note,
            f"settings.measures.{_SETTINGS[name]}" if name in _SETTINGS else "",
        )
    from crmdesk.services.portrait import formula

    fact = facts(portrait, measures)[name]
    given: list[tuple[str, str, int | None]] = []
    amount = _amount
    if name in ("net_minor", "average_minor", "interval_days"):
        given.append((_("Invoices"), str(portrait.invoice_count), None))
    if name == "average_minor":
        given.append((_("Bought in all, excl. tax"), amount(portrait.net_minor, portrait.currency), None))
    if name == "interval_days":
        given.append((_("First invoice"), _day(portrait.since), None))
        given.append((_("Last invoice"), _day(portrait.last_on), None))
        given.append((_("Due again"), _day(portrait.due_again_on), None))
    if name == "days_late" and portrait.late_share is not None:
        given.append((_("Part paid late"), f"{portrait.late_share * 100:.1f} %", None))
        given.append((_("Takes to pay"), _days(portrait.days_to_pay), None))
    if name == "contact_count":
        given += [(one.label, str(one.times), None) for one in portrait.feedback]
    return Reckoned(fact.label, fact.value, formula(name), tuple(given))
