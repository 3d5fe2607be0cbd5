"""Fields of dictionaries and of views that everybody sees."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_

DICTIONARIES = (
    Choice("industry", N_("Industry")),
    Choice("source", N_("Source")),
    Choice("stage", N_("Stage")),
    Choice("level", N_("Level")),
    Choice("occupation", N_("Occupation")),
    Choice("role", N_("Role of a contact")),
    Choice("activity_kind", N_("Kind of activity")),
    Choice("unit", N_("Unit of a product")),
)
DICTIONARY = Field(
    "dictionary", Kind.CHOICE, N_("Dictionary"), required=True, choices=DICTIONARIES, sample="source"
)
NAME = Field("name", Kind.TEXT, N_("Word"), required=True, sample="展会", length_max=60)
LABEL_EN = Field("label_en", Kind.TEXT, N_("English label"), sample="Trade fair", length_max=60)
TO = Field("to", Kind.TEXT, N_("New word"), required=True, length_max=60)
INTO = Field("into", Kind.TEXT, N_("Into the word"), required=True, length_max=60)
OPEN = Field(
    "open",
    Kind.BOOLEAN,
    N_("Takes other words"),
    required=True,
    help=N_("Open: another word is taken with a warning. Closed: it is refused."),
)

LIST = Field("list", Kind.CODE, N_("List"), required=True, sample="customers", length_max=40)
VIEW = Field("name", Kind.TEXT, N_("View"), required=True, sample="华东重点户", length_max=40)
STATE = Field(
    "state",
    Kind.ANY,
    N_("State"),
    help=N_("Filter, sort, groups and columns of the list, as the window keeps them."),
)
