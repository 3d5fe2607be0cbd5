"""The book's own texts of letters to groups of customers."""

from sqlalchemy import Column, Text

from crmdesk.models.tables.base import id_column, table, text_column

letter_text = table(
    "letter_text",
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    text_column("subject_zh"),
    text_column("body_zh"),
    text_column("subject_en"),
    text_column("body_en"),
    text_column("offer"),
    text_column("updated_at"),
)
