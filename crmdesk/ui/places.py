"""The places of the left rail; the shell knows no feature by name.

To add a page: write `crmdesk/ui/pages/<place>.py` with `create(ctx) -> QWidget` and a line here. A page may have
`show_target(target: dict)`, `show_start()` (back to a step without a target), `may_leave(then)` (asks before unsaved
work is left) and `retranslate()`.
"""

from __future__ import annotations

from typing import NamedTuple

from crmdesk.text import N_


class Place(NamedTuple):
    """One button of the left rail: its name is the object name `nav.<name>`, `module` has `create(ctx)`."""

    name: str
    icon: str
    text: str
    module: str
    is_at_foot: bool = False
    needs_book: bool = True


_PAGES = "crmdesk.ui.pages"
PLACES: tuple[Place, ...] = (
    Place("today", "home", N_("Today"), f"{_PAGES}.today"),
    Place("customers", "users", N_("Customers"), f"{_PAGES}.customers"),
    Place("sales", "tag", N_("Sales"), f"{_PAGES}.sales"),
    Place("invoices", "file-text", N_("Invoices"), f"{_PAGES}.invoices"),
    Place("payments", "banknote", N_("Payments"), f"{_PAGES}.payments"),
    Place("statements", "scale", N_("Statements"), f"{_PAGES}.statements"),
    Place("settings", "settings", N_("Settings"), f"{_PAGES}.settings", is_at_foot=True),
)
PARTS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("customers", "sparkles", N_("Segments"), {"part": "segments"}),
    ("customers", "history", N_("Who came and went"), {"part": "movements"}),
    ("customers", "folder", N_("Category trees"), {"part": "trees"}),
    ("customers", "tag", N_("Tags"), {"part": "tags"}),
    ("customers", "trending-up", N_("Moves between life-cycle stages"), {"part": "stage_moves"}),
    ("customers", "mail", N_("Letters to groups"), {"part": "letters"}),
    ("customers", "columns", N_("Matrix"), {"part": "matrix"}),
    ("customers", "scale", N_("Compare groups"), {"part": "compare"}),
    ("customers", "list", N_("Overview of groups"), {"part": "overview"}),
    ("customers", "users", N_("Duplicates"), {"part": "duplicates"}),
    ("customers", "history", N_("Merged customers"), {"part": "merges"}),
    ("customers", "square-check", N_("Tasks of the team"), {"part": "tasks"}),
    ("sales", "package", N_("Products"), {"part": "products"}),
    ("sales", "message-square", N_("Requirements"), {"part": "requirements"}),
    ("sales", "file-text", N_("Quotes"), {"part": "quotes"}),
    ("sales", "book", N_("Contracts"), {"part": "contracts"}),
    ("sales", "inbox", N_("Orders"), {"part": "orders"}),
    ("sales", "calendar", N_("Instalments"), {"part": "instalments"}),
    ("invoices", "pencil", N_("Drafts"), {"part": "drafts"}),
    ("invoices", "refresh-cw", N_("Recurring invoices"), {"part": "recurring"}),
    ("invoices", "undo", N_("Credit notes"), {"part": "credits"}),
    ("invoices", "minus", N_("Write-offs"), {"part": "writeoffs"}),
    ("invoices", "book", N_("Opening items"), {"part": "openings"}),
    ("invoices", "inbox", N_("Tax invoice requests"), {"part": "requests"}),
    ("invoices", "receipt", N_("Tax invoices"), {"part": "fapiao"}),
    ("invoices", "list", N_("Not invoiced"), {"part": "uninvoiced"}),
    ("payments", "credit-card", N_("Bank lines"), {"part": "bank"}),
    ("payments", "rotate-ccw", N_("Refunds"), {"part": "refunds"}),
    ("payments", "receipt", N_("Bills of exchange"), {"part": "bills"}),
    ("payments", "lock", N_("Deposits"), {"part": "deposits"}),
    ("payments", "users", N_("Transfers"), {"part": "transfers"}),
    ("payments", "wallet", N_("Cash book"), {"part": "cash"}),
    ("statements", "clock", N_("Ageing"), {"view": "ageing"}),
    ("statements", "mail", N_("Reminders"), {"view": "reminders"}),
    ("statements", "ban", N_("Held back from reminders"), {"view": "reminders", "part": "reminders_held"}),
    ("statements", "calendar", N_("Promises to pay"), {"view": "reminders", "part": "promises"}),
    ("statements", "history", N_("Reminders sent"), {"view": "reminders", "part": "reminders"}),
    ("statements", "list", N_("Rules for reminders"), {"view": "reminders", "part": "reminder_rules"}),
    ("statements", "coins", N_("Currencies"), {"view": "currencies"}),
    ("statements", "trending-up", N_("Exchange differences"), {"view": "currencies", "part": "differences"}),
    ("statements", "book", N_("Trial balance"), {"view": "currencies", "part": "trial"}),
    ("statements", "lock", N_("Month end"), {"view": "closing"}),
    ("settings", "sparkles", N_("Own fields"), {"section": "fields"}),
    ("settings", "percent", N_("Measures of customers"), {"section": "measures"}),
    ("settings", "book", N_("Dictionaries"), {"section": "words"}),
    ("settings", "folder", N_("Watched folders"), {"section": "watching"}),
)
"""Parts of places that the search finds by name: place, icon, words, target."""

SETTINGS_MODULE = f"{_PAGES}.settings.page"
"""Has `SECTIONS`, of which the search finds each by its name (the third value) and shows it by its key (the first),
and `all_settings()`, of which each is shown by its `name`."""

WELCOME = Place("welcome", "book", N_("Welcome"), f"{_PAGES}.welcome", needs_book=False)


class NewAction(NamedTuple):
    """One line of the “New” menu, the command `new.<name>`: the place gets `show_target({"new": True})` and `part`."""

    name: str
    icon: str
    text: str
    place: str
    part: str = ""


NEW_ACTIONS: tuple[NewAction, ...] = (
    NewAction("customers", "user-plus", N_("New customer"), "customers"),
    NewAction("invoices", "file-plus", N_("New invoice"), "invoices"),
    NewAction("payments", "banknote", N_("New payment"), "payments"),
    NewAction("products", "package", N_("New product"), "sales", "products"),
    NewAction("quotes", "file-text", N_("New quote"), "sales", "quotes"),
    NewAction("contracts", "book", N_("New contract"), "sales", "contracts"),
    NewAction("letters", "mail", N_("New letter text"), "customers", "letters"),
    NewAction("segments", "sparkles", N_("New group"), "customers", "segments"),
)

FORM_PLACES = {
    "customer": "customers", "contact": "customers", "address": "customers", "billing_profile": "customers",
    "segment": "customers", "category_note": "customers", "letter_text": "customers",
    "activity": "customers",
    "product": "sales", "invoice": "invoices", "credit": "invoices",
    "reissue": "invoices",
    "requirement": "sales", "quote": "sales", "contract": "sales", "order": "sales",
    "reminder_rule": "statements", "opening_table": "invoices", "recurring": "invoices",
    "ownField": "settings",
}  # fmt: skip
"""Whose page has `resume(entry)` for a form that a crash left behind; quick payment is a sheet over any page."""

IMPORT_MODULE = "crmdesk.ui.dialogs.import_file"
"""Import (Ctrl+I, or a file dropped on the window): has `open_dialog(ctx, parent, kind, path)`."""

FAPIAO_FILE_MODULE = "crmdesk.ui.dialogs.fapiao_file"
"""An electronic tax invoice dropped on the window: has `open_dialog(ctx, parent, path)`."""
FAPIAO_FILES = (".ofd", ".pdf", ".xml")

RECEIVE_MODULE = "crmdesk.ui.dialogs.quick_payment"
"""Quick payment (F6): has `open_dialog(ctx, parent)`."""
