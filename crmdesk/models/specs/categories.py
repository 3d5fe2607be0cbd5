"""Fields of category trees and tags."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_

DIMENSION = Field(
    "dimension",
    Kind.TEXT,
    N_("Category tree"),
    required=True,
    sample="行业",
    length_max=60,
)
PATH = Field(
    "path",
    Kind.TEXT,
    N_("Category"),
    required=True,
    aliases=("分类", "客户分类", "类别", "category", "categories", "group"),
    sample="零售/线上",
    length_max=1_000,
    help=N_("Names from the top down, separated by “/”."),
    width=20,
)
CATEGORIES = Field(
    "categories",
    Kind.LINES,
    N_("Categories"),
    aliases=("分类", "客户分类", "category", "categories"),
    fields=(DIMENSION, PATH),
    sample="零售/线上",
    section="groups",
    width=20,
)
APPLIES_TO = Field(
    "applies_to",
    Kind.CHOICE,
    N_("Sorts"),
    choices=(Choice("customer", N_("Customers")), Choice("product", N_("Products"))),
    default="customer",
)
CATEGORY_NAME = Field("name", Kind.TEXT, N_("Name"), required=True, length_max=60)
CATEGORY_NOTE = Field(
    "note",
    Kind.LONG_TEXT,
    N_("What it means"),
    length_max=2_000,
    help=N_("Who belongs here and who does not: whoever sorts the next customer reads it."),
)
TAG_NAME = Field(
    "tag", Kind.TEXT, N_("Tag"), required=True, aliases=("标签", "tag"), sample="重点", length_max=40
)
TAG_COLOUR = Field(
    "colour",
    Kind.CHOICE,
    N_("Colour"),
    choices=(
        Choice("", N_("None")),
        Choice("neutral", N_("Grey"), "neutral"),
        Choice("good", N_("Green"), "good"),
        Choice("info", N_("Blue"), "info"),
        Choice("warn", N_("Amber"), "warn"),
        Choice("danger", N_("Red"), "danger"),
    ),
)

# Whom a use case means: one of these is required.
CUSTOMER = Field("customer", Kind.LINK, N_("Customer"), link="customer")
CUSTOMERS = Field("customers", Kind.LIST, N_("Customers"))
CUSTOMER_FILTER = Field(
    "filter",
    Kind.TEXT,
    N_("Filter"),
    length_max=4_000,
    help=N_("All customers that a filter of the customers list finds."),
)
