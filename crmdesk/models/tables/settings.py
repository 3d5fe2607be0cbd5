"""Settings, counters and number series of the book."""

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Text

from crmdesk.models.tables.base import Big, Blob, table

setting = table(
    "setting",
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

counter = table(
    "counter",
    Column("name", Text, primary_key=True),
    Column("value", Big, nullable=False),
)

series = table(
    "series",
    Column("kind", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("last", Big, nullable=False),
    PrimaryKeyConstraint("kind", "year"),
)

taken_number = table(
    "taken_number",
    Column("kind", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("value", Big, nullable=False),
    PrimaryKeyConstraint("kind", "year", "value"),
)
"""Numbers of a series that a document brought along (imports, openings); the series steps over them."""

picture = table(
    "picture",
    Column("name", Text, primary_key=True),
    Column("content", Blob, nullable=False),
)
