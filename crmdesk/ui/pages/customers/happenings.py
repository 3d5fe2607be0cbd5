"""Timeline and documents of a customer as entries of a list."""

from __future__ import annotations

from datetime import date

from crmdesk.models import clock, money
from crmdesk.models.specs.agreements import STATES
from crmdesk.models.specs.people import ACTIVITY_KINDS
from crmdesk.services.customer_agreements import AgreementLine
from crmdesk.services.customer_history import Event, Paper, amount_text
from crmdesk.text import _
from crmdesk.ui.book_list import amount_text as agreed_text
from crmdesk.ui.document_words import ICONS, kind_words
from crmdesk.ui.kit.entry_list import Entry

_ICONS = {
    **ICONS,
    "confirmation": "check-circle",
    "change": "pencil",
    "comment": "message-square",
    "task": "square-check",
    "file": "paperclip",
    "print": "printer",
    "reminder": "bell",
    "promise": "calendar",
}
ACTIVITY_ICONS = {
    "call": "phone",
    "visit": "map-pin",
    "meeting": "users",
    "mail": "mail",
    "sms": "message-square",
    "wechat": "message-square",
    "enquiry": "help-circle",
    "browsing": "eye",
    "complaint": "alert-triangle",
    "suggestion": "info",
    "praise": "star",
    "note": "pencil",
}
"""The icon of each kind of activity."""
_ACTIVITY_TONES = {"danger": "danger", "warn": "warn"}
_TONES = {choice.value: choice.tone for choice in ACTIVITY_KINDS}


def _icon(kind: str) -> str:
    return "ban" if kind.endswith("_reversal") else _ICONS.get(kind, "file-text")


def day_words(day: date) -> str:
    """Today, yesterday, month and day of this year, else the whole date."""
    days = (clock.today() - day).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    return day.strftime("%m-%d") if day.year == clock.today().year and days > 0 else day.isoformat()


def event_entry(event: Event) -> Entry:
    """One line of the timeline."""
    return Entry(
        event.title,
        event.detail,
        amount_text(event),
        day_words(event.happened_on),
        ACTIVITY_ICONS.get(event.state, "pencil") if event.kind == "activity" else _icon(event.kind),
        # what people did stands out from what the program wrote by itself
        icon_tone=_ACTIVITY_TONES.get(_TONES.get(event.state, ""), "accent")
        if event.kind == "activity"
        else "third",
        data=event,
    )


def paper_entry(paper: Paper) -> Entry:
    """One document with what is open of it."""
    currency = paper.currency
    chip, tone = _state(paper)
    detail = [kind_words(paper.kind), paper.dated_on.isoformat()]
    if paper.due_on is not None and paper.open_minor:
        detail.append(_("due {date}").format(date=paper.due_on.isoformat()))
    side = ""
    if paper.open_minor and paper.open_minor != abs(paper.total_minor):
        side = _("{amount} open").format(amount=money.grouped(paper.open_minor, currency))
    return Entry(
        paper.number,
        " · ".join(filter(None, detail)),
        money.symbol(currency) + money.grouped(paper.total_minor, currency),
        side,
        _icon(paper.kind),
        chip=chip,
        chip_tone=tone,
        is_muted=paper.is_reversed,
        data=paper,
    )


def _state(paper: Paper) -> tuple[str, str]:
    """Words and tone of a document's state."""
    if paper.is_reversed:
        return (_("Void") if paper.kind in ("invoice", "credit", "opening") else _("Reversed")), "neutral"
    if paper.kind in ("payment", "credit"):
        if not paper.open_minor:
            return "", ""
        is_whole = paper.open_minor == abs(paper.total_minor)
        return (_("Unallocated") if is_whole else _("Part applied")), "info"
    if paper.kind not in ("invoice", "opening"):
        return "", ""
    if not paper.open_minor:
        return _("Settled"), "good"
    if (paper.due_on or paper.dated_on) < clock.today():
        return _("Overdue"), "danger"
    return (_("Part paid"), "warn") if paper.open_minor != abs(paper.total_minor) else (_("Open"), "info")


def agreement_entry(line: AgreementLine) -> Entry:
    """A quote, contract or order of the customer: what it is about, its state, how much of it was received."""
    state = next((one for one in STATES[line.kind] if one.value == line.state), None)
    number = f"{line.number}/{line.revision}" if line.revision > 1 else line.number
    received = (
        _("received {percent} %").format(percent=line.received_percent) if line.received_percent else ""
    )
    return Entry(
        number,
        " · ".join(filter(None, (line.dated_on.isoformat(), line.title))),
        figure=agreed_text(line.total_minor, line.currency) if line.total_minor else "",
        side=received,
        chip=_(state.label) if state is not None else line.state,
        chip_tone=state.tone if state is not None else "neutral",
        data=line,
    )
