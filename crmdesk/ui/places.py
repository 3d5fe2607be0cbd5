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
    Place("products", "package", N_("Products"), f"{_PAGES}.products"),
    Place("invoices", "file-text", N_("Invoices"), f"{_PAGES}.invoices"),
    Place("payments", "banknote", N_("Payments"), f"{_PAGES}.payments"),
    Place("statements", "scale", N_("Statements"), f"{_PAGES}.statements"),
    Place("settings", "settings", N_("Settings"), f"{_PAGES}.settings", is_at_foot=True),
)
PARTS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("invoices", "pencil", N_("Drafts"), {"part": "drafts"}),
    ("invoices", "undo", N_("Credit notes"), {"part": "credits"}),
    ("invoices", "book", N_("Opening items"), {"part": "openings"}),
    ("payments", "rotate-ccw", N_("Refunds"), {"part": "refunds"}),
    ("payments", "wallet", N_("Cash book"), {"part": "cash"}),
    ("statements", "clock", N_("Ageing"), {"view": "ageing"}),
    ("statements", "coins", N_("Currencies"), {"view": "currencies"}),
    ("statements", "trending-up", N_("Exchange differences"), {"view": "currencies", "part": "differences"}),
    ("statements", "book", N_("Trial balance"), {"view": "currencies", "part": "trial"}),
    ("statements", "lock", N_("Month end"), {"view": "closing"}),
)
"""Parts of places that the search finds by name: place, icon, words, target."""

SETTINGS_MODULE = f"{_PAGES}.settings.page"
"""Has `SECTIONS`, of which the search finds each by its name (the third value) and shows it by its key (the first),
and `all_settings()`, of which each is shown by its `name`."""

WELCOME = Place("welcome", "book", N_("Welcome"), f"{_PAGES}.welcome", needs_book=False)

NEW_ACTIONS: tuple[tuple[str, str, str], ...] = (
    ("customers", "user-plus", N_("New customer")),
    ("invoices", "file-plus", N_("New invoice")),
    ("payments", "banknote", N_("New payment")),
    ("products", "package", N_("New product")),
)
"""The “New” menu: the place gets `show_target({"new": True})`."""

FORM_PLACES = {
    "customer": "customers", "contact": "customers", "address": "customers", "billing_profile": "customers",
    "product": "products", "invoice": "invoices", "credit": "invoices",
}  # fmt: skip
"""Whose page has `resume(entry)` for a form that a crash left behind; quick payment is a sheet over any page."""

IMPORT_MODULE = "crmdesk.ui.dialogs.import_file"
"""Import (Ctrl+I, or a file dropped on the window): has `open_dialog(ctx, parent, kind, path)`."""

RECEIVE_MODULE = "crmdesk.ui.dialogs.quick_payment"
"""Quick payment (F6): has `open_dialog(ctx, parent)`."""
