"""The lists of the place: invoices, drafts, credit notes, opening items, open items. Columns, chips, words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from crmdesk.models import clock
from crmdesk.text import N_, _
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.document_words import credit_state, debit_state, kind_words
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.period_combo import PeriodCombo

INVOICES, DRAFTS, CREDITS, OPENINGS = "invoices", "drafts", "credits", "openings"
OPEN_ITEMS, WRITEOFFS = "open_items", "writeoffs"
_WATCHED = (
    *("invoice", "draft", "payment", "credit", "opening", "customer"),
    *("fapiao", "writeoff", "deposit", "transfer"),
)
_KINDS = {
    INVOICES: "invoice",
    DRAFTS: "draft",
    CREDITS: "credit",
    OPENINGS: "opening",
    OPEN_ITEMS: "",
    WRITEOFFS: "writeoff",
}
_ORDERS = {
    INVOICES: ("number", "date", "due", "name", "total", "open", "state"),
    DRAFTS: ("number", "date", "name", "total"),
    CREDITS: ("number", "date", "name", "invoice", "total", "open", "state"),
    OPENINGS: ("number", "date", "due", "name", "amount", "open", "state"),
    OPEN_ITEMS: ("number", "kind", "date", "due", "name", "open"),
    WRITEOFFS: ("number", "date", "name", "invoice", "ground", "amount", "state"),
}
_WORDS = {
    INVOICES: (N_("{count} invoices"), N_("No invoices yet"), N_("Write the first one with Ctrl+N.")),
    DRAFTS: (N_("{count} drafts"), N_("No drafts"), N_("What is not finished is kept here, without a number.")),
    CREDITS: (N_("{count} credit notes"), N_("No credit notes"), N_("Begin with the invoice that is to be reduced.")),
    OPENINGS: (
        N_("{count} opening items"),
        N_("No opening balances"),
        N_("Enter or import once what customers owed when you began with this book."),
    ),
    OPEN_ITEMS: (
        N_("{count} open items"),
        N_("Nothing is open"),
        N_("Everything is paid, and every payment is used."),
    ),
    WRITEOFFS: (
        N_("{count} write-offs"),
        N_("No write-offs"),
        N_("What will never be paid is written off at its invoice, with its ground. It can be recovered here."),
    ),
}  # fmt: skip
UNINVOICED = "fapiao = none or fapiao = part"
STATES = (
    ("all", N_("All states"), None),
    ("open", N_("Open"), "open > 0"),
    ("part_paid", N_("Part paid"), "state = part_paid"),
    ("paid", N_("Paid"), "state = paid"),
    ("draft", N_("Draft"), "state = draft"),
    ("void", N_("Void"), "state = void"),
)

_INVOICED: dict[str, Callable[[], str]] = {
    "part": lambda: _("Part invoiced"),
    "full": lambda: _("Tax invoiced"),
}


def make_list(ctx: Context, kind: str) -> ListPage:
    """One of the lists with its filters; the place adds commands and the detail."""
    source = BookList(ctx, kind)
    order = _ORDERS[kind]
    count_words, empty_title, empty_text = _WORDS[kind]
    page = ListPage(
        ctx,
        kind,
        _TITLES[kind],
        source,
        source.columns(_changes(source), order=order, shown=order),
        kind=_KINDS[kind],
        watch=_WATCHED,
        icon="file-text",
        search_hint=N_("Number, customer or reference"),
        count_words=count_words,
        empty_title=empty_title,
        empty_text=empty_text,
    )
    page.enable_export()
    page.export_requested.connect(
        lambda query, shown: export_list(ctx, page, source, query, shown, _(_TITLES[kind]))
    )
    if kind == INVOICES:
        _add_filters(page)
    choose_first(page)
    return page


_TITLES = {
    INVOICES: N_("Invoices"),
    DRAFTS: N_("Drafts"),
    CREDITS: N_("Credit notes"),
    OPENINGS: N_("Opening items"),
    OPEN_ITEMS: N_("Open items"),
    WRITEOFFS: N_("Write-offs"),
}


def titles() -> dict[str, str]:
    """The catalogue sources of the lists' names."""
    return dict(_TITLES)


def _changes(source: BookList) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {
        "number": {"width": 13},
        "date": {"is_muted": True, "width": 10},
    }
    names = [field.name for field in source.fields]
    if "due" in names:
        changes["due"] = {"tone": _late_tone(source), "width": 10}
    for name in ("total", "amount"):
        if name in names:
            changes[name] = {"is_strong": source.kind != INVOICES, "width": 11}
    if "open" in names:
        changes["open"] = {"is_strong": True, "tone": _late_tone(source), "width": 11}
    if source.kind == OPEN_ITEMS:
        at_kind = source.place("kind")
        changes["kind"] = {"text": lambda row: kind_words(str(row[at_kind])), "is_muted": True, "width": 10}
    if source.kind == INVOICES:
        at_fapiao = source.place("fapiao")
        # A chip only where there is something to tell: most bills of most days are not invoiced yet.
        changes["fapiao"] = {"width": 11, "text": lambda row: _INVOICED.get(str(row[at_fapiao]), str)()}
    if "state" in names and source.kind == WRITEOFFS:
        at_state = source.place("state")
        changes["ground"] = {"width": 22}
        changes["state"] = {
            "text": lambda row: _("Reversed") if row[at_state] == "reversed" else _("Posted"),
            "width": 10,
        }
    elif "state" in names and source.kind != DRAFTS:
        words = _credit_words(source) if source.kind == CREDITS else _debit_words(source)
        changes["state"] = {
            "text": lambda row: words(row)[0],
            "tone": lambda row: words(row)[1],
            "width": 16,
        }
    return changes


def _days_late(source: BookList) -> Callable[[Row], int]:
    if "due" not in [field.name for field in source.fields]:
        return lambda _row: 0
    at_due, at_date = source.place("due"), source.place("date")

    def days(row: Row) -> int:
        day = row[at_due] or row[at_date]
        return (clock.today() - day).days if isinstance(day, date) else 0

    return days


def _late_tone(source: BookList) -> Callable[[Row], str]:
    days, at_open = _days_late(source), source.place("open")

    def tone(row: Row) -> str:
        is_late = bool(row[at_open]) and row[at_open] > 0 and days(row) > 0
        return "danger" if is_late else "" if row[at_open] else "third"

    return tone


def _debit_words(source: BookList) -> Callable[[Row], tuple[str, str]]:
    days, at_state, at_open = _days_late(source), source.place("state"), source.place("open")
    at_total = source.place("total" if "total" in [field.name for field in source.fields] else "amount")

    def words(row: Row) -> tuple[str, str]:
        if row[at_state] == "draft":
            return _("Draft"), "neutral"
        if row[at_total] is not None and row[at_total] < 0 and row[at_state] != "void":
            return credit_state(
                is_reversed=False, open_minor=abs(row[at_open] or 0), total_minor=abs(row[at_total])
            )
        return debit_state(
            is_void=row[at_state] == "void",
            open_minor=row[at_open],
            total_minor=row[at_total],
            days_late=days(row),
        )

    return words


def _credit_words(source: BookList) -> Callable[[Row], tuple[str, str]]:
    at_state, at_open, at_total = source.place("state"), source.place("open"), source.place("total")
    return lambda row: credit_state(
        is_reversed=row[at_state] == "reversed", open_minor=row[at_open], total_minor=row[at_total]
    )


def _add_filters(page: ListPage) -> None:
    """State, overdue only, and a range of dates."""
    state = Combo()
    state.setObjectName("invoices.filter.state")
    page.say(state.setAccessibleName, N_("State"))
    for value, words, _expression in STATES:
        state.addItem(_(words), value)
    for index, (_value, words, _expression) in enumerate(STATES):
        page.say(lambda text, at=index: state.setItemText(at, text), words)
    expressions = {value: expression for value, _words, expression in STATES}
    state.activated.connect(lambda _index: page.set_filter("state", expressions[str(state.currentData())]))
    page.add_filter(state)
    chip = filter_chip(
        _("Overdue"),
        "invoices.filter.overdue",
        lambda is_on: page.set_filter("overdue", "overdue" if is_on else None),
    )
    page.say(chip.setText, N_("Overdue"))
    page.say(chip.setAccessibleName, N_("Overdue"))
    page.add_filter(chip)
    bare = filter_chip(
        _("Not invoiced"),
        "invoices.filter.uninvoiced",
        lambda is_on: page.set_filter("uninvoiced", UNINVOICED if is_on else None),
    )
    page.say(bare.setText, N_("Not invoiced"))
    page.say(bare.setAccessibleName, N_("Not invoiced"))
    page.say(bare.setToolTip, N_("Not, or only in part, on a tax invoice"))
    page.add_filter(bare)
    period = PeriodCombo(page.host, "invoices.filter.period")
    period.chosen.connect(lambda first, last: _use_period(page, first, last))
    page.add_filter(period)


def _use_period(page: ListPage, first: date | None, last: date | None) -> None:
    page.set_filter("from", f"date >= {first.isoformat()}" if first is not None else None)
    page.set_filter("to", f"date <= {last.isoformat()}" if last is not None else None)
