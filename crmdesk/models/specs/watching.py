"""Fields of a watched folder, and of the log of its files."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_

FOLDER = Field(
    "folder",
    Kind.TEXT,
    N_("Folder"),
    required=True,
    length_max=1_000,
    sample="/srv/leads",
    help=N_("The whole path of a folder on this computer."),
    width=30,
)
KIND = Field(
    "kind",
    Kind.CHOICE,
    N_("What comes in it"),
    choices=(
        Choice("customers", N_("Customers")),
        Choice("contacts", N_("Contacts")),
        Choice("archive", N_("Archive of customers")),
        Choice("products", N_("Products")),
        Choice("opening-balances", N_("Opening balances")),
        Choice("invoices", N_("Invoices")),
        Choice("payments", N_("Payments")),
        Choice("activities", N_("Activities")),
        Choice("bank", N_("Bank statement")),
    ),
    default="customers",
    width=14,
)
MODE = Field(
    "mode",
    Kind.CHOICE,
    N_("What is known already"),
    choices=(
        Choice("create", N_("Only new records")),
        Choice("update", N_("Only changes")),
        Choice("upsert", N_("New records and changes")),
    ),
    default="create",  # as `import`: what nobody looks at is at least as careful as what somebody does
    help=N_(
        "With only new records, a row that differs from what the book has is refused and changes nothing."
    ),
    width=16,
)
MAPPING = Field(
    "mapping", Kind.ANY, N_("Mapping"), help=N_("As in a mapping file; empty: the header is guessed.")
)
ACTIVE = Field("active", Kind.BOOLEAN, N_("Active"), default=True, width=6)
WATCHED_FOLDER = (
    FOLDER,
    KIND,
    MODE,
    Field("sheet", Kind.TEXT, N_("Sheet"), length_max=60),
    Field("encoding", Kind.TEXT, N_("Encoding"), length_max=30),
    Field("account", Kind.TEXT, N_("Money account"), length_max=40),
    MAPPING,
    ACTIVE,
)

LINE = Field(
    "line",
    Kind.INTEGER,
    N_("Line of the log"),
    required=True,
    help=N_("The id of the line in the list “watch_log”."),
)

OUTCOME = Field(
    "outcome",
    Kind.STATE,
    N_("Outcome of the import"),
    choices=(
        Choice("imported", N_("Imported"), "good"),
        Choice("nothing", N_("Nothing new"), "neutral"),
        Choice("repeated", N_("Imported before"), "neutral"),
        Choice("partly", N_("Partly refused"), "warn"),
        Choice("failed", N_("Refused as a whole"), "danger"),
    ),
    width=12,
)
