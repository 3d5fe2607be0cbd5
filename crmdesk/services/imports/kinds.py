"""The kinds of table that can be imported: their columns, and who makes records of their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.tables.categories import dimension
from crmdesk.services.custom_fields import CustomField
from crmdesk.services.imports import (
    columns_bank,
    columns_contacts,
    columns_documents,
    columns_masters,
    columns_people,
)
from crmdesk.services.imports.columns import ImportColumn, own_columns
from crmdesk.services.imports.layout import normalise_name
from crmdesk.services.imports.mapping import Mapping
from crmdesk.text import N_, _

if TYPE_CHECKING:
    from crmdesk.services.imports.importing import Importer


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of table. `columns` are those that do not depend on the book."""

    name: str
    label: str
    columns: tuple[ImportColumn, ...]
    has_categories: bool = False
    key: str = "code"
    """The column that names a record."""
    record: str = ""
    """The record whose own fields a sheet may have, too."""


KINDS: dict[str, ImportKind] = {
    kind.name: kind
    for kind in (
        ImportKind(
            "customers", N_("Customers"), columns_masters.CUSTOMERS, has_categories=True, record="customer"
        ),
        ImportKind("contacts", N_("Contacts"), columns_contacts.CONTACTS, key="name", record="contact"),
        ImportKind("products", N_("Products"), columns_masters.PRODUCTS, record="product"),
        ImportKind("opening-balances", N_("Opening balances"), columns_documents.OPENINGS, key="number"),
        ImportKind("invoices", N_("Invoices"), columns_documents.INVOICES, key="number", record="invoice"),
        ImportKind("payments", N_("Payments"), columns_documents.PAYMENTS, key="number", record="payment"),
        ImportKind("activities", N_("Activities"), columns_people.ACTIVITIES, key="date"),
        ImportKind("bank", N_("Bank statement"), columns_bank.BANK, key="reference"),
    )
}
POINT_FORMATS = ("ofx", "mt940", "camt")
"""Formats whose readers give every amount with a decimal point."""


def find(name: str) -> ImportKind:
    """A kind by name, or InvalidInput `format_unknown`."""
    kind = KINDS.get(name)
    if kind is not None:
        return kind
    raise InvalidInput(
        Code.FORMAT_UNKNOWN,
        _("“{kind}” cannot be imported. Known: {known}.").format(kind=name[:40], known=", ".join(KINDS)),
        field="kind",
    )


def dimension_names(connection: Connection) -> list[str]:
    """Names of the book's category trees of customers, in their order."""
    query = (
        select(dimension.c.name).where(dimension.c.applies_to == "customer").order_by(dimension.c.position)
    )
    return list(connection.execute(query).scalars())


def columns_of(
    kind: ImportKind,
    dimensions: Sequence[str],
    header: Sequence[str],
    mapping: Mapping,
    own: Sequence[CustomField] = (),
) -> tuple[ImportColumn, ...]:
    """Every column a table of this kind may have in this book: with its category trees and own fields, and the
    further contacts, trees and price levels that the header or the mapping names."""
    entries = list(kind.columns)
    asked = [
        name for name in (*mapping.columns.values(), *mapping.columns, *header, *mapping.defaults) if name
    ]
    if kind.name == "products":
        levels = [level for name in asked if (level := columns_masters.level_named(name))]
        entries += [columns_masters.price_column(level) for level in dict.fromkeys(levels)]
    if kind.has_categories:
        trees = [*dimensions, *(tree for name in asked if (tree := columns_masters.tree_named(name)))]
        at = next(index for index, entry in enumerate(entries) if entry.name == "industry")
        entries[at:at] = [columns_masters.category_column(tree) for tree in dict.fromkeys(trees)]
        entries += columns_masters.further_contacts([normalise_name(name) for name in asked])
    entries += own_columns(entry for entry in own if entry.record == kind.record)
    return tuple(entries)


def importer_of(kind: ImportKind) -> Callable[..., Importer]:
    """The class that makes records of this kind."""
    if kind.name == "customers":
        from crmdesk.services.imports.customers_importer import CustomersImporter

        return CustomersImporter
    if kind.name == "contacts":
        from crmdesk.services.imports.contacts_importer import ContactsImporter

        return ContactsImporter
    if kind.name == "products":
        from crmdesk.services.imports.products_importer import ProductsImporter

        return ProductsImporter
    if kind.name == "opening-balances":
        from crmdesk.services.imports.openings_importer import OpeningsImporter

        return OpeningsImporter
    if kind.name == "invoices":
        from crmdesk.services.imports.invoices_importer import InvoicesImporter

        return InvoicesImporter
    if kind.name == "activities":
        from crmdesk.services.imports.activities_importer import ActivitiesImporter

        return ActivitiesImporter
    if kind.name == "bank":
        from crmdesk.services.banking.importer import BankImporter

        return BankImporter
    from crmdesk.services.imports.payments_importer import PaymentsImporter

    return PaymentsImporter
