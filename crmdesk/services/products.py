"""Products: what is sold, at which price and tax, and the lookup of invoice lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, update

from crmdesk.models import clock, text_keys
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.custom_fields import values_of
from crmdesk.models.specs.products import PRODUCT
from crmdesk.models.tables.agreements import agreement
from crmdesk.models.tables.documents import document_line
from crmdesk.models.tables.products import product, product_price
from crmdesk.models.validation import cleared
from crmdesk.services import category_paths, codes, custom_values, dictionaries, duplicates, tax_rates
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What an invoice line takes from its product."""

    id: int
    code: str
    name: str
    specification: str
    unit: str
    price: Decimal
    tax_rate: Decimal | None
    """None: the book's default rate."""
    tax_kind: str
    """taxed, exempt or out_of_scope"""
    is_tax_included: bool
    is_on_sale: bool


_CODES_PER_QUERY = 500


def find(unit: Unit, code: str, field: str = "product") -> ProductRow:
    """The product with this code, or NotFound `not_found`. Looked up once per unit, without flushing."""
    code = code.strip()
    found = unit.cache.get((product, code))
    if found is None:
        prefetch(unit, (code,))
        found = unit.cache.get((product, code))
    if found is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no product with the code “{code}”. Create it first, or check the code.").format(
                code=code[:60]
            ),
            field=field,
        )
    return found


def prefetch(unit: Unit, codes: Iterable[str]) -> None:
    """Looks up many products at once. Unknown codes are passed over."""
    missing = sorted({code.strip() for code in codes if (product, code.strip()) not in unit.cache})
    table = product.c
    for start in range(0, len(missing), _CODES_PER_QUERY):
        query = select(
            table.id,
            table.code,
            table.name,
            table.specification,
            table.unit,
            table.price,
            table.tax_rate,
            table.tax_kind,
            table.is_tax_included,
            table.is_on_sale,
        ).where(table.code.in_(missing[start : start + _CODES_PER_QUERY]))
        for row in unit.connection.execute(query):
            remember(unit, ProductRow(*row[:5], Decimal(row.price), _rate(row.tax_rate), *row[7:]))


def remember(unit: Unit, row: ProductRow) -> None:
    """Puts a product into the unit's cache; one made in this unit is found there."""
    unit.cache[(product, row.code)] = row


def _rate(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


_TABLE = product
_PRODUCT = Field("product", Kind.LINK, N_("Product"), required=True, link="product")
_CLEARABLE = ("specification", "unit", "category", "tax_rate", "note")
_ERRORS = (
    Code.REQUIRED,
    Code.DUPLICATE,
    Code.TEXT_TOO_LONG,
    Code.OUT_OF_RANGE,
    Code.TOO_MANY_DECIMALS,
    Code.AMOUNT_TOO_LARGE,
    Code.INVALID_CHOICE,
    Code.INACTIVE,
)


@use_case(
    "product.create",
    fields=(*PRODUCT, values_of("product")),
    summary=N_("Create a product or a service."),
    errors=_ERRORS,
)
def create(unit: Unit, /, **values: Any) -> dict[str, Any]:
    """Creates a product and gives its code. A category that is new is made."""
    path = _path(unit, values.get("category"))
    if path is not None:
        category_paths.require_current(unit, path, "product", "category")
    kind = values.get("tax_kind") or "taxed"
    _check_tax(kind, values.get("tax_rate"))
    dictionaries.check(unit, "product", values)
    own = custom_values.check(unit, "product", values.get("fields"))
    code = codes.claim(unit, product, "product", values.get("code"))
    if values.get("tax_rate") is not None and kind == "taxed":
        tax_rates.warn_if_unknown(unit, values["tax_rate"], clock.today())
    found = ProductRow(
        id=unit.next_id(),
        code=code,
        name=values["name"],
        specification=values.get("specification") or "",
        unit=values.get("unit") or "",
        price=values["price"],
        tax_rate=values.get("tax_rate"),
        tax_kind=kind,
        is_tax_included=bool(values.get("tax_included")),
        is_on_sale=values.get("on_sale") is not False,
    )
    unit.add(
        product,
        id=found.id,
        code=code,
        name=found.name,
        specification=found.specification,
        unit=found.unit,
        category_id=None if path is None else category_paths.ensure(unit, path, "product"),
        price=_text(found.price),
        tax_rate=_text(found.tax_rate),
        tax_kind=kind,
        is_tax_included=found.is_tax_included,
        is_on_sale=found.is_on_sale,
        note=values.get("note") or "",
        version=1,
        **_keys(found.name),
    )
    remember(unit, found)
    custom_values.write(unit, own, found.id)
    noted = {"code": code, "name": found.name, "price": _text(found.price), **own.after(unit)}
    unit.note("product", found.id, None, noted)
    return {"code": code}


@use_case(
    "product.update",
    fields=(
        _PRODUCT,
        *optional(PRODUCT),
        Field("version", Kind.INTEGER, N_("Version")),
        Field("clear", Kind.LIST, N_("Fields to empty")),
        values_of("product"),
    ),
    summary=N_("Change a product; documents that were issued keep what they say."),
    errors=(*_ERRORS, Code.NOT_FOUND, Code.CHANGED_BY),
)
def change(
    unit: Unit,
    /,
    *,
    product: str,
    version: int | None = None,
    clear: list[str] | None = None,
    fields: Any = None,
    **values: Any,
) -> dict[str, Any]:
    """Changes what is given and gives the code and the new version."""
    found = find(unit, product)
    row: Any = unit.execute(select(_TABLE).where(_TABLE.c.id == found.id)).one()
    if version is not None and version != row.version:
        raise Conflict(
            Code.CHANGED_BY,
            _(
                "The product {code} was changed meanwhile. Look at the new values, then change it again."
            ).format(code=found.code),
            field="version",
        )
    wanted = {name: value for name, value in values.items() if value is not None}
    wanted |= dict.fromkeys(cleared(clear, _CLEARABLE, wanted))
    new = _new_values(unit, row, wanted)
    changed = {name: value for name, value in new.items() if getattr(row, name) != value}
    dictionaries.check(unit, "product", changed)
    own = custom_values.check_change(unit, "product", found.id, fields)
    if not changed and not own:
        return {"code": found.code, "version": row.version}
    if "code" in changed:
        codes.claim(unit, _TABLE, "product", changed["code"])
    unit.execute(
        update(_TABLE)
        .where(_TABLE.c.id == found.id)
        .values(**changed, **_keys(changed.get("name", row.name)), version=row.version + 1)
    )
    unit.cache.pop((_TABLE, found.code), None)
    custom_values.write(unit, own, found.id)
    before = {name: getattr(row, name) for name in changed} | own.before(unit)
    unit.note("product", found.id, before, changed | own.after(unit))
    return {"code": changed.get("code", found.code), "version": row.version + 1}


def _new_values(unit: Unit, row: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    new = {name: wanted[name] or "" for name in ("specification", "unit", "note") if name in wanted}
    for name in ("code", "name"):
        if name in wanted:
            if not wanted[name]:
                raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field=name), field=name)
            new[name] = wanted[name]
    kind = wanted.get("tax_kind", row.tax_kind)
    rate = wanted.get("tax_rate", _rate(row.tax_rate))
    if kind != "taxed" and "tax_rate" not in wanted:
        rate = None
    _check_tax(kind, rate)
    new["tax_kind"], new["tax_rate"] = kind, _text(rate)
    if wanted.get("tax_rate") is not None and kind == "taxed":
        tax_rates.warn_if_unknown(unit, wanted["tax_rate"], clock.today())
    if "price" in wanted:
        new["price"] = _text(wanted["price"])
    for name, column in (("tax_included", "is_tax_included"), ("on_sale", "is_on_sale")):
        if name in wanted:
            new[column] = wanted[name]
    if "category" in wanted:
        path = _path(unit, wanted["category"])
        there = None if path is None else category_paths.id_at(unit, path, "product")
        if path is not None and (there is None or there != row.category_id):  # who is in a retired one stays
            category_paths.require_current(unit, path, "product", "category")
        new["category_id"] = None if path is None else category_paths.ensure(unit, path, "product")
    return new


@use_case(
    "product.delete",
    fields=(_PRODUCT,),
    summary=N_("Delete a product that no document uses; take a used one off sale instead."),
    errors=(Code.NOT_FOUND, Code.IN_USE),
)
def delete(unit: Unit, *, product: str) -> dict[str, Any]:
    """Deletes an unused product."""
    found = find(unit, product)
    query = select(document_line.c.document_id).where(document_line.c.product_id == found.id).limit(1)
    is_linked = custom_values.is_linked(unit, "product", [found.id])
    if is_linked or unit.first(query) is not None or found.id in ids_in_agreements(unit):
        raise Conflict(
            Code.IN_USE,
            _("{code} {name} is on documents and cannot be deleted. Take it off sale instead.").format(
                code=found.code, name=found.name
            ),
            field="product",
        )
    custom_values.forget(unit, [found.id])
    unit.execute(sql_delete(product_price).where(product_price.c.product_id == found.id))
    unit.cache.pop(product_price, None)
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.id == found.id))
    unit.cache.pop((_TABLE, found.code), None)
    unit.note(
        "product", found.id, {"code": found.code, "name": found.name, "price": _text(found.price)}, None
    )
    return {"code": found.code}


def ids_in_agreements(unit: Unit) -> set[int]:
    """The products on lines of requirements, quotes, contracts and orders."""
    return {
        line["product_id"]
        for content in unit.execute(select(agreement.c.content)).scalars()
        for line in json.loads(content)["lines"]
    } - {None}


def _path(unit: Unit, category: str | None) -> category_paths.Path | None:
    """The path of a product's category in the first product tree; a book without one gets “产品分类”."""
    if not category:
        return None
    known = list(category_paths.dimensions(unit, "product"))
    name = known[0] if known else ("产品分类" if unit.settings.language.startswith("zh") else "Products")
    return category_paths.parse(name, category, "category")


def _check_tax(kind: str, rate: Decimal | None) -> None:
    if kind != "taxed" and rate:
        raise InvalidInput(
            Code.OUT_OF_RANGE, _("An exempt or out-of-scope product has no tax rate."), field="tax_rate"
        )


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _keys(name: str) -> dict[str, str]:
    return {"name_key": text_keys.name_key(name), "initials": duplicates.initials_of(name)}
