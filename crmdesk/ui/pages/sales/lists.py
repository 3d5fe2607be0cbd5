"""The lists of requirements, quotes, contracts, orders and instalments: columns, filters, words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from crmdesk.models import clock
from crmdesk.text import N_, _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.pages.sales.words import (
    CONTRACTS,
    ICONS,
    INSTALMENTS,
    KINDS,
    ORDERS,
    QUOTES,
    REQUIREMENTS,
    TITLES,
)

_WATCHED = ("requirement", "quote", "contract", "order", "invoice", "payment", "credit", "customer")
_ORDERS: dict[str, tuple[str, ...]] = {
    REQUIREMENTS: ("number", "date", "name", "title", "deliver_on", "total", "state"),
    QUOTES: ("number", "revision", "date", "name", "title", "valid_until", "total", "state"),
    CONTRACTS: ("number", "name", "title", "ends_on", "total", "received_percent", "unpaid", "state"),
    ORDERS: ("number", "date", "name", "title", "deliver_on", "total", "billed", "state"),
    INSTALMENTS: ("due", "contract", "label", "name", "amount", "received", "open", "invoice", "state"),
}
_WORDS = {
    REQUIREMENTS: (
        N_("{count} requirements"),
        N_("No requirements yet"),
        N_("Write down with Ctrl+N what a customer asks for; a quote is made from it."),
    ),
    QUOTES: (
        N_("{count} quotes"),
        N_("No quotes yet"),
        N_("Write one with Ctrl+N and send it; what the customer accepts becomes a contract or an order."),
    ),
    CONTRACTS: (
        N_("{count} contracts"),
        N_("No contracts yet"),
        N_("Make one from an accepted quote, or write it with Ctrl+N. Then plan its instalments."),
    ),
    ORDERS: (
        N_("{count} orders"),
        N_("No orders yet"),
        N_("Make one from a quote or a contract, or write it with Ctrl+N."),
    ),
    INSTALMENTS: (
        N_("{count} instalments"),
        N_("No instalments yet"),
        N_("Plan them on a contract: what is due when, and what has been received of it, is seen here."),
    ),
}
_CHIPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    REQUIREMENTS: (("pending", N_("Pending"), "state = open"),),
    QUOTES: (
        ("waiting", N_("Waiting for an answer"), "state = sent"),
        ("expired", N_("Expired"), "state = expired"),
        ("accepted", N_("Accepted"), "state = accepted"),
    ),
    CONTRACTS: (
        ("running", N_("In progress"), "state = signed or state = running"),
        ("unpaid", N_("Unpaid"), "unpaid > 0 and state != void"),
        ("ending", N_("Ends within 30 days"), "days_left >= 0 and days_left <= 30 and state != void"),
    ),
    ORDERS: (
        ("open", N_("To be delivered"), "state = open"),
        ("overdue", N_("Overdue"), "overdue"),
    ),
    INSTALMENTS: (
        ("overdue", N_("Overdue"), "overdue"),
        ("week", N_("Due within 7 days"), "open > 0 and days >= 0 and days <= 7"),
        ("unbilled", N_("Not billed"), "invoice = ''"),
    ),
}


def titles() -> dict[str, str]:
    """The catalogue sources of the lists' names."""
    return {**{part: TITLES[kind] for part, kind in KINDS.items()}, INSTALMENTS: N_("Instalments")}


def make_list(ctx: Context, part: str) -> ListPage:
    """One of the lists with its filters; the place adds commands and the detail."""
    source = BookList(ctx, part)
    order = _ORDERS[part]
    count_words, empty_title, empty_text = _WORDS[part]
    title = titles()[part]
    kind = KINDS.get(part, "")
    page = ListPage(
        ctx,
        part,
        title,
        source,
        source.columns(_changes(source), order=order, shown=order),
        kind=kind,
        watch=_WATCHED,
        icon=ICONS.get(kind, "calendar"),
        search_hint=N_("Number, customer or subject"),
        count_words=count_words,
        empty_title=empty_title,
        empty_text=empty_text,
    )
    for name, words, expression in _CHIPS[part]:
        chip = filter_chip(_(words), f"{part}.filter.{name}", _switch(page, name, expression))
        page.say(chip.setText, words)
        page.say(chip.setAccessibleName, words)
        page.add_filter(chip)
    page.enable_export()
    page.export_requested.connect(lambda query, shown: export_list(ctx, page, source, query, shown, _(title)))
    choose_first(page)
    return page


def _switch(page: ListPage, name: str, expression: str) -> Callable[[bool], object]:
    return lambda is_on: page.set_filter(name, expression if is_on else None)


def _changes(source: BookList) -> dict[str, dict[str, Any]]:
    names = [field.name for field in source.fields]
    changes: dict[str, dict[str, Any]] = {
        "number": {"width": 12},
        "date": {"is_muted": True, "width": 10},
        "name": {"width": 13},
        "title": {"width": 12},
        "revision": {"is_muted": True, "width": 5},
        "total": {"is_strong": True, "width": 11},
        "amount": {"is_strong": True, "width": 12},
        "label": {"width": 9},
        "contract": {"width": 13},
        "invoice": {"width": 13},
        "received_percent": {"text": _percent(source), "shows_zero": True, "width": 8},
        "unpaid": {"width": 11},
        "billed": {"width": 11},
        "valid_until": {"tone": _late(source, "valid_until", "sent", "expired"), "width": 10},
        "deliver_on": {"tone": _late(source, "deliver_on", "open"), "width": 10},
        "ends_on": {"tone": _late(source, "ends_on", "signed", "running"), "width": 10},
        "state": {"width": 12},
        "due": {"tone": _late(source, "due", "overdue"), "width": 10},
    }
    return {name: change for name, change in changes.items() if name in names}


def _percent(source: BookList) -> Callable[[Row], str]:
    if "received_percent" not in [field.name for field in source.fields]:
        return lambda _row: ""
    at = source.place("received_percent")
    return lambda row: f"{row[at] or 0} %"


def _late(source: BookList, name: str, *states: str) -> Callable[[Row], str]:
    """Danger for a day that has passed while the state is one of these."""
    if name not in [field.name for field in source.fields]:
        return lambda _row: ""
    at_day, at_state = source.place(name), source.place("state")

    def tone(row: Row) -> str:
        day = row[at_day]
        is_late = isinstance(day, date) and day < clock.today() and row[at_state] in states
        return "danger" if is_late else ""

    return tone
