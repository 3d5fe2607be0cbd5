"""The sheets of an archive workbook: one declaration by which customers and all that is theirs are written and read.

A customer is told by his code. A contact, an address and a billing profile have a key, which names the book and the
record in it (`3f9a1c-1042`): in this book the key says which one is meant, in another book it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import customers as specs
from crmdesk.models.specs.categories import DIMENSION, PATH, TAG_COLOUR, TAG_NAME
from crmdesk.models.tables.audit import audit_entry
from crmdesk.services.custom_fields import FORMULA, LINK, CustomField
from crmdesk.services.imports.columns import ImportColumn, own_columns
from crmdesk.services.imports.layout import normalise_name
from crmdesk.text import LANGUAGES, N_, translator

KIND = "archive"
CUSTOMERS, CATEGORIES, TAGS = "customers", "categories", "tags"

KEY = Field(
    "key",
    Kind.CODE,
    N_("Key"),
    length_max=60,
    help=N_("Tells which record is meant; leave it as it is, and empty in new rows."),
    width=14,
)
CUSTOMER = Field("customer", Kind.CODE, N_("Customer"), length_max=40, width=12)
ACTIVE = Field("active", Kind.BOOLEAN, N_("Active"), width=6)
RETIRED = Field("retired", Kind.BOOLEAN, N_("Retired"), width=6)

_PREFIX_LENGTH = 6


@dataclass(frozen=True, slots=True)
class ArchiveSheet:
    """One sheet of the workbook; `part` is the kind of record that belongs to a customer, or empty."""

    name: str
    label: str
    fields: tuple[Field, ...]
    required: tuple[str, ...]
    part: str = ""
    record: str = ""
    """The record whose own fields it has, too."""

    def names(self) -> frozenset[str]:
        """What the sheet may be called: its name and its label in every language, without case and signs."""
        labels = (translator(language)(self.label) for language in LANGUAGES)
        return frozenset(normalise_name(name) for name in (self.name, *labels))

    def columns(self, own: Iterable[CustomField] = ()) -> tuple[ImportColumn, ...]:
        """Its columns. They are known by their own names only: nothing is guessed here."""
        declared = tuple(
            ImportColumn(field.name, field, (), is_required=field.name in self.required)
            for field in self.fields
        )
        return declared + tuple(
            replace(entry, aliases=(entry.name, *self._labels(field)))
            for field in self.own(own)
            for entry in own_columns((field,))
        )

    def own(self, own: Iterable[CustomField]) -> list[CustomField]:
        """Those of the book's own fields that the sheet has: what is reckoned and what leads to another record is left
        out, since in another book that record is not there or another one."""
        return [entry for entry in own if entry.record == self.record and entry.kind not in (FORMULA, LINK)]

    def own_fields(self, own: Iterable[CustomField]) -> list[Field]:
        """Own fields as they are written: under their label, or `own.name` where the label is not theirs alone."""
        return [
            replace(entry.field, name=entry.column, label=next(iter(self._labels(entry)), entry.column))
            for entry in self.own(own)
        ]

    def _labels(self, entry: CustomField) -> list[str]:
        """The labels of an own field that mean no other column and read the same in every language."""
        taken = {
            normalise_name(text)
            for field in self.fields
            for text in (field.name, *(translator(language)(field.label) for language in LANGUAGES))
        }
        return [
            label
            for label in dict.fromkeys((entry.field.label, entry.label, entry.label_en))
            if label
            and normalise_name(label) not in taken
            and all(translator(language)(label) == label for language in LANGUAGES)
        ]


def _part(
    name: str, label: str, fields: tuple[Field, ...], required: tuple[str, ...], part: str, record: str = ""
) -> ArchiveSheet:
    plain = tuple(replace(field, default=None) for field in fields)
    return ArchiveSheet(name, label, (KEY, CUSTOMER, *plain), ("customer", *required), part, record)


SHEETS = (
    ArchiveSheet(
        CUSTOMERS,
        N_("Customers"),
        (*(replace(field, default=None) for field in specs.CUSTOMER), ACTIVE),
        ("code",),
        record="customer",
    ),
    _part("contacts", N_("Contacts"), specs.CONTACT, ("name",), "contact", "contact"),
    _part("addresses", N_("Addresses"), specs.ADDRESS, (), "address"),
    _part("billing_profiles", N_("Billing profiles"), specs.BILLING_PROFILE, ("title",), "billing_profile"),
    ArchiveSheet(CATEGORIES, N_("Categories"), (DIMENSION, PATH, CUSTOMER, RETIRED), ("dimension",)),
    ArchiveSheet(TAGS, N_("Tags"), (TAG_NAME, TAG_COLOUR, CUSTOMER, RETIRED), ("tag",)),
)
PART_SHEETS = {sheet.part: sheet for sheet in SHEETS if sheet.part}


def sheet_called(title: str) -> ArchiveSheet | None:
    """The sheet that a title in a workbook means."""
    name = normalise_name(title)
    return next((sheet for sheet in SHEETS if name in sheet.names()), None)


def key_prefix(connection: Connection) -> str:
    """What the keys of a book begin with: the start of its first audit entry's hash, which no other book has."""
    first = connection.execute(select(audit_entry.c.hash).order_by(audit_entry.c.id).limit(1)).scalar_one()
    return bytes(first).hex()[:_PREFIX_LENGTH]


def key_of(prefix: str, record_id: int) -> str:
    """The key of a contact, an address or a billing profile."""
    return f"{prefix}-{record_id}"


def id_in(prefix: str, key: str) -> int | None:
    """The record that a key names in this book; None where it is another book's."""
    head, _dash, number = key.rpartition("-")
    if head != prefix or not (number.isascii() and number.isdigit() and len(number) <= 15):
        return None
    return int(number)
