"""Fields of the owner's own fields: what `field.define` and its like take."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_

RECORDS = (
    Choice("customer", N_("Customer")),
    Choice("contact", N_("Contact")),
    Choice("product", N_("Product")),
    Choice("requirement", N_("Requirement")),
    Choice("quote", N_("Quote")),
    Choice("contract", N_("Contract")),
    Choice("order", N_("Order")),
    Choice("invoice", N_("Invoice")),
    Choice("credit", N_("Credit note")),
    Choice("payment", N_("Payment")),
)
KINDS = (
    Choice("text", N_("Plain text")),
    Choice("long_text", N_("Long text")),
    Choice("number", N_("Any number")),
    Choice("money", N_("Money")),
    Choice("date", N_("Date")),
    Choice("choice", N_("Choice")),
    Choice("multi_choice", N_("Several choices")),
    Choice("yes_no", N_("Yes or no")),
    Choice("link", N_("Link")),
    Choice("formula", N_("Formula")),
)
TARGETS = (
    Choice("customer", N_("Customer")),
    Choice("product", N_("Product")),
    Choice("contact", N_("Contact")),
)
TONES = (
    Choice("neutral", N_("Grey"), "neutral"),
    Choice("good", N_("Green"), "good"),
    Choice("info", N_("Blue"), "info"),
    Choice("warn", N_("Amber"), "warn"),
    Choice("danger", N_("Red"), "danger"),
)

RECORD = Field("record", Kind.CHOICE, N_("Record"), required=True, choices=RECORDS, sample="customer")
FIELD = Field("field", Kind.CODE, N_("Field"), required=True, sample="budget", length_max=40)
NAME = Field(
    "name",
    Kind.CODE,
    N_("Name in formulas"),
    sample="budget",
    length_max=40,
    help=N_(
        "Small letters a–z, digits and _; used in filters and batches as own.name. Left out, the label makes it."
    ),
)
LABEL = Field("label", Kind.TEXT, N_("Label"), required=True, sample="年度预算", length_max=60)
LABEL_EN = Field("label_en", Kind.TEXT, N_("English label"), sample="Budget", length_max=60)
KIND = Field("kind", Kind.CHOICE, N_("Kind"), required=True, choices=KINDS, sample="text")
TARGET = Field(
    "target",
    Kind.CHOICE,
    N_("Links to"),
    choices=TARGETS,
    help=N_("What a link leads to."),
)
CHOICES = Field(
    "choices",
    Kind.LINES,
    N_("Choices"),
    fields=(
        Field("value", Kind.TEXT, N_("Value"), required=True, length_max=60),
        Field("label", Kind.TEXT, N_("Label"), length_max=60),
        Field("label_en", Kind.TEXT, N_("English label"), length_max=60),
        Field("tone", Kind.CHOICE, N_("Colour"), choices=TONES),
    ),
    help=N_("What may be chosen; the label is the value where it is left out."),
)
FORMULA = Field(
    "formula",
    Kind.LONG_TEXT,
    N_("Formula"),
    length_max=2_000,
    sample="round(balance / own.budget, 2)",
    help=N_(
        "Reckoned from columns of the list and other own fields, such as if(own.budget > 0, balance, 0)."
    ),
)
DEFAULT = Field(
    "default",
    Kind.ANY,
    N_("Default"),
    help=N_("What a new record has where nothing is said."),
)
DETAILS = (
    LABEL_EN,
    CHOICES,
    FORMULA,
    DEFAULT,
    Field("required", Kind.BOOLEAN, N_("Must be given")),
    Field("unique", Kind.BOOLEAN, N_("Each value once only")),
    Field("help", Kind.TEXT, N_("Help"), length_max=300),
    Field("section", Kind.TEXT, N_("Section"), length_max=40, help=N_("Title of its group in the form.")),
    Field("shown", Kind.BOOLEAN, N_("Shown in lists"), help=N_("Whether its column is shown at first.")),
    Field(
        "printed", Kind.BOOLEAN, N_("Printed on papers"), help=N_("Whether it stands on the printed paper.")
    ),
    Field("searchable", Kind.BOOLEAN, N_("Searchable"), help=N_("Whether the search finds records by it.")),
)
SECTIONS = Field(
    "sections",
    Kind.LINES,
    N_("Sections in their order"),
    required=True,
    fields=(
        Field("title", Kind.TEXT, N_("Section"), length_max=40, help=N_("Title of its group in the form.")),
        Field("fields", Kind.LIST, N_("Fields in their order"), required=True),
    ),
)
OWN_LINE = "fields"


def values_of(record: str) -> Field:
    """The argument by which a use case takes the values of a record's own fields."""
    return Field(
        OWN_LINE,
        Kind.ANY,
        N_("Own fields"),
        link=record,
        help=N_('Values of the book\'s own fields by short name, {"budget": "500.00"}; null empties one.'),
    )
