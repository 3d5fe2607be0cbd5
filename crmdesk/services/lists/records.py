"""Lists of products, of what the settings hold, of what was printed and imported, and of every change made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, func, literal, or_, select

from crmdesk.models.fields import Field, Kind, pick
from crmdesk.models.specs import products as specs
from crmdesk.models.specs import watching
from crmdesk.models.specs.categories import APPLIES_TO, TAG_COLOUR
from crmdesk.models.specs.papers import CHANNELS, PAPER_KINDS
from crmdesk.models.tables.audit import audit_detail, audit_entry
from crmdesk.models.tables.categories import category, customer_category, customer_tag, dimension, tag
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import print_log
from crmdesk.models.tables.imports import import_batch
from crmdesk.models.tables.ledger import money_account
from crmdesk.models.tables.letters import letter_text
from crmdesk.models.tables.products import product, tax_rate
from crmdesk.services import category_tree
from crmdesk.services.category_paths import path_of
from crmdesk.services.dialect import contains
from crmdesk.services.lists.columns import Column, Join, ListSpec, Source
from crmdesk.text import N_


def searcher(*columns: ColumnElement[str]) -> Any:
    def find(connection: Connection, typed: str, most: int | None) -> ColumnElement[bool]:
        """Every word in one of the columns."""
        del connection, most
        return and_(
            *(or_(*(contains(one, word) for one in columns)) for word in typed.split()), literal(True)
        )

    return find


def _fill_products(connection: Connection, rows: list[dict[str, Any]]) -> None:
    wanted = {row["category_id"] for row in rows} - {None}
    known: dict[int, Any] = {}
    if wanted:
        query = (
            select(category.c.id, category.c.parent_id, category.c.name)
            .join(dimension, dimension.c.id == category.c.dimension_id)
            .where(dimension.c.applies_to == "product")
        )
        known = {row.id: row for row in connection.execute(query)}
    for row in rows:
        record_id = row.pop("category_id")
        row["category"] = "" if record_id is None else path_of(known, record_id)


_CODE, _NAME, _SPECIFICATION, _UNIT, _CATEGORY, _PRICE, _RATE, _TAX_KIND, _INCLUDED, _ON_SALE, _NOTE = (
    specs.PRODUCT
)

PRODUCTS = ListSpec(
    kind="products",
    label=N_("Products"),
    columns=(
        Column(_CODE, product.c.code),
        Column(_NAME, product.c.name, sort=product.c.initials),
        Column(_SPECIFICATION, product.c.specification),
        Column(_UNIT, product.c.unit),
        Column(Field("category", Kind.TEXT, N_("Category"), sortable=False, width=18)),
        Column(_PRICE, product.c.price),
        Column(_RATE, product.c.tax_rate),
        Column(_TAX_KIND, product.c.tax_kind, is_shown=False),
        Column(_INCLUDED, product.c.is_tax_included, is_shown=False),
        Column(_ON_SALE, product.c.is_on_sale),
        Column(_NOTE, product.c.note, is_shown=False),
        Column(Field("category_id", Kind.INTEGER, "", sortable=False), product.c.category_id, is_shown=False),
        Column(Field("version", Kind.INTEGER, "", sortable=False), product.c.version, is_shown=False),
    ),
    source=Source(
        table=product,
        id=product.c.id,
        columns={},
        search=searcher(product.c.code, product.c.name, product.c.specification, product.c.initials),
    ),
    default_sort="code",
    fill=_fill_products,
    category=lambda category_id: product.c.category_id.in_(category_tree.branch(category_id)),
    uncategorised=lambda dimension_id: product.c.category_id.is_(None),
    empty_text=N_("No products yet. Create one, or import a price list."),
)

_RATE_NAME, _RATE_RATE, _RATE_KIND, _RATE_FROM, _RATE_TO, _RATE_DEFAULT = specs.TAX_RATE_ROW

TAX_RATES = ListSpec(
    kind="tax_rates",
    label=N_("Tax rates"),
    columns=(
        Column(_RATE_NAME, tax_rate.c.name),
        Column(_RATE_RATE, tax_rate.c.rate),
        Column(_RATE_KIND, tax_rate.c.kind),
        Column(_RATE_FROM, tax_rate.c.valid_from),
        Column(_RATE_TO, tax_rate.c.valid_to),
        Column(_RATE_DEFAULT, tax_rate.c.is_default),
    ),
    source=Source(table=tax_rate, id=tax_rate.c.id, columns={}, search=searcher(tax_rate.c.name)),
    default_sort="-rate",
    empty_text=N_("No tax rates. Add the ones you charge."),
)

MONEY_ACCOUNTS = ListSpec(
    kind="money_accounts",
    label=N_("Money accounts"),
    columns=(
        *(
            Column(field, money_account.c[field.name])
            for field in pick(
                specs.MONEY_ACCOUNT, "code", "name", "method", "currency", "bank_account", "is_default"
            )
        ),
        Column(Field("active", Kind.BOOLEAN, N_("Active"), width=6), money_account.c.is_active),
    ),
    source=Source(
        table=money_account,
        id=money_account.c.id,
        columns={},
        search=searcher(money_account.c.code, money_account.c.name, money_account.c.bank_account),
    ),
    default_sort="code",
    empty_text=N_("No money accounts."),
)

_TAGGED = select(func.count()).where(customer_tag.c.tag_id == tag.c.id).correlate(tag).scalar_subquery()

TAGS = ListSpec(
    kind="tags",
    label=N_("Tags"),
    columns=(
        Column(Field("name", Kind.TEXT, N_("Name"), width=16), tag.c.name),
        Column(TAG_COLOUR, tag.c.colour),
        Column(Field("customers", Kind.INTEGER, N_("Customers"), sign="any"), _TAGGED),
        Column(Field("retired", Kind.BOOLEAN, N_("Retired"), width=8), tag.c.is_retired),
    ),
    source=Source(table=tag, id=tag.c.id, columns={}, search=searcher(tag.c.name)),
    default_sort="name",
    empty_text=N_("No tags yet."),
)


LETTER_TEXTS = ListSpec(
    kind="letter_texts",
    label=N_("Texts of group letters"),
    columns=(
        Column(Field("name", Kind.TEXT, N_("Name"), width=20), letter_text.c.name),
        Column(Field("subject_zh", Kind.TEXT, N_("Subject in Chinese"), width=28), letter_text.c.subject_zh),
        Column(Field("subject_en", Kind.TEXT, N_("Subject in English"), width=28), letter_text.c.subject_en),
        Column(Field("offer", Kind.TEXT, N_("Offer"), width=20), letter_text.c.offer),
        Column(
            Field("body_zh", Kind.LONG_TEXT, N_("Text in Chinese"), width=40),
            letter_text.c.body_zh,
            is_shown=False,
        ),
        Column(
            Field("body_en", Kind.LONG_TEXT, N_("Text in English"), width=40),
            letter_text.c.body_en,
            is_shown=False,
        ),
        Column(Field("updated_at", Kind.MOMENT, N_("Changed"), width=18), letter_text.c.updated_at),
    ),
    source=Source(
        table=letter_text,
        id=letter_text.c.id,
        columns={},
        search=searcher(letter_text.c.name, letter_text.c.subject_zh, letter_text.c.subject_en),
    ),
    default_sort="name",
    empty_text=N_("No letters yet. Write one, then choose whom it goes to."),
)


def _fill_categories(connection: Connection, rows: list[dict[str, Any]]) -> None:
    query = select(category.c.id, category.c.parent_id, category.c.name)
    known = {row.id: row for row in connection.execute(query)}
    for row in rows:
        row["path"] = path_of(known, row["id"])


_MEMBERS = (
    select(func.count())
    .where(customer_category.c.category_id == category.c.id)
    .correlate(category)
    .scalar_subquery()
)

CATEGORIES = ListSpec(
    kind="categories",
    label=N_("Categories"),
    columns=(
        Column(Field("dimension", Kind.TEXT, N_("Category tree"), width=14), dimension.c.name),
        Column(Field("path", Kind.TEXT, N_("Category"), sortable=False, width=28)),
        Column(Field("name", Kind.TEXT, N_("Name"), width=14), category.c.name),
        Column(Field("customers", Kind.INTEGER, N_("Customers"), sign="any"), _MEMBERS),
        Column(Field("retired", Kind.BOOLEAN, N_("Retired"), width=8), category.c.is_retired),
        Column(APPLIES_TO, dimension.c.applies_to, is_shown=False),
    ),
    source=Source(
        table=category.join(dimension, dimension.c.id == category.c.dimension_id),
        id=category.c.id,
        columns={},
        search=searcher(category.c.name),
    ),
    default_sort="dimension",
    fill=_fill_categories,
    empty_text=N_("No categories yet."),
)

_CUSTOMER_JOIN = {"customer": Join(customer, customer.c.id == print_log.c.customer_id)}
_NEED_CUSTOMER = frozenset({"customer"})

PRINTS = ListSpec(
    kind="prints",
    label=N_("Printed and sent"),
    columns=(
        Column(Field("printed_at", Kind.MOMENT, N_("When"), width=18), print_log.c.printed_at),
        Column(Field("kind", Kind.CHOICE, N_("Document"), choices=PAPER_KINDS), print_log.c.kind),
        Column(Field("number", Kind.CODE, N_("Number"), width=16), print_log.c.number),
        Column(
            Field("customer", Kind.LINK, N_("Customer"), link="customer"),
            func.coalesce(customer.c.code, "", type_=Text()),
            needs=_NEED_CUSTOMER,
            title="name",
        ),
        Column(
            Field("name", Kind.TEXT, N_("Customer name"), width=28),
            func.coalesce(customer.c.name, "", type_=Text()),
            needs=_NEED_CUSTOMER,
        ),
        Column(Field("channel", Kind.CHOICE, N_("Channel"), choices=CHANNELS), print_log.c.channel),
        Column(Field("pages", Kind.INTEGER, N_("Pages"), sign="any", width=6), print_log.c.page_count),
        Column(Field("actor", Kind.TEXT, N_("By")), print_log.c.actor),
        Column(Field("detail", Kind.TEXT, N_("Detail"), width=24), print_log.c.detail),
    ),
    source=Source(
        table=print_log,
        id=print_log.c.id,
        columns={},
        joins=_CUSTOMER_JOIN,
        customer_id=print_log.c.customer_id,
        search=searcher(print_log.c.number, print_log.c.kind, print_log.c.detail),
    ),
    default_sort="-printed_at",
    empty_text=N_("Nothing was printed yet."),
)

_COUNTS = (
    ("read", N_("Read")),
    ("created", N_("Created")),
    ("updated", N_("Updated")),
    ("skipped", N_("Skipped")),
    ("failed", N_("Refused rows")),
)

IMPORTS = ListSpec(
    kind="imports",
    label=N_("Imports"),
    columns=(
        Column(Field("batch", Kind.INTEGER, N_("Batch"), sign="any"), import_batch.c.id),
        Column(Field("imported_at", Kind.MOMENT, N_("When"), width=18), import_batch.c.imported_at),
        Column(Field("kind", Kind.CHOICE, N_("What"), choices=watching.KIND.choices), import_batch.c.kind),
        Column(Field("file", Kind.TEXT, N_("File"), width=28), import_batch.c.file_name),
        *(
            Column(Field(name, Kind.INTEGER, label, sign="any", width=8), import_batch.c[f"{name}_count"])
            for name, label in _COUNTS
        ),
        Column(Field("undone_at", Kind.MOMENT, N_("Taken back on"), width=18), import_batch.c.undone_at),
    ),
    source=Source(
        table=import_batch, id=import_batch.c.id, columns={}, search=searcher(import_batch.c.file_name)
    ),
    default_sort="-imported_at",
    empty_text=N_("Nothing was imported yet."),
)

AUDIT = ListSpec(
    kind="audit",
    label=N_("History of changes"),
    columns=(
        Column(Field("entry", Kind.INTEGER, N_("Entry"), sign="any"), audit_entry.c.id),
        Column(Field("at", Kind.MOMENT, N_("When"), width=18), audit_entry.c.posted_at),
        Column(Field("actor", Kind.TEXT, N_("Who")), audit_entry.c.actor),
        Column(Field("seat", Kind.TEXT, N_("Where"), width=16), audit_entry.c.seat, is_shown=False),
        Column(Field("use_case", Kind.TEXT, N_("What"), width=20), audit_entry.c.use_case),
        Column(
            Field("detail", Kind.LONG_TEXT, N_("Detail"), sortable=False, width=60),
            func.coalesce(audit_detail.c.content, "", type_=Text()),
            needs=frozenset({"detail"}),
        ),
    ),
    source=Source(
        table=audit_entry,
        id=audit_entry.c.id,
        columns={},
        joins={"detail": Join(audit_detail, audit_detail.c.audit_id == audit_entry.c.id)},
        search=lambda connection, typed, most: or_(
            searcher(audit_entry.c.use_case, audit_entry.c.actor)(connection, typed, most),
            audit_entry.c.id.in_(
                select(audit_detail.c.audit_id).where(
                    and_(*(contains(audit_detail.c.content, word) for word in typed.split()), literal(True))
                )
            ),
        ),
    ),
    default_sort="-entry",
    empty_text=N_("Nothing was changed yet."),
)
