"""Rows of products: told by their code, or without one by their name."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crmdesk.models import text_keys
from crmdesk.models.errors import Code, Conflict, CrmdeskError
from crmdesk.models.specs.products import LEVEL_PRICE
from crmdesk.models.tables.products import product
from crmdesk.services import category_paths, custom_fields, custom_values, price_levels, products
from crmdesk.services.imports.columns import own_column_of, own_values
from crmdesk.services.imports.importing import Running
from crmdesk.services.imports.masters import MasterImporter
from crmdesk.services.imports.plan import PlannedRow
from crmdesk.text import _

_CODES_PER_QUERY = 500
_STORED = {"tax_included": "is_tax_included", "on_sale": "is_on_sale", "category": "category_id"}


@dataclass(frozen=True, slots=True)
class _Change:
    values: dict[str, Any]
    is_revived: bool = False
    prices: dict[str, Decimal] = field(default_factory=dict)
    """By level, where they are not what the book has."""

    @property
    def names(self) -> list[str]:
        own = [custom_fields.PREFIX + name for name in self.values.get("fields", ())]
        levels = [LEVEL_PRICE + level for level in self.prices]
        return [*(name for name in self.values if name != "fields"), *own, *levels]


class ProductsImporter(MasterImporter):
    """Makes and changes products."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        self._by_code: dict[str, Any] = {}
        self._by_name: dict[str, list[Any]] = {}

    def key_of(self, row: PlannedRow) -> Any:
        """The code, or the name."""
        return row.values.get("code") or (text_keys.folded(row.values["name"]),)

    def key_column(self, row: PlannedRow) -> str:
        """Which column holds the key."""
        return "code" if "code" in row.values else "name"

    def require(self, row: PlannedRow) -> str | None:
        """The name must be given."""
        return None if row.values.get("name") else "name"

    def load(self, rows: list[PlannedRow]) -> None:
        """Looks up what the book has of a block of rows."""
        self._by_code = self._load(
            product.c.code, [row.values["code"] for row in rows if "code" in row.values]
        )
        names = [text_keys.name_key(row.values["name"]) for row in rows if "code" not in row.values]
        self._by_name = {}
        for row in self._load(product.c.name_key, names).values():
            self._by_name.setdefault(text_keys.folded(row.name), []).append(row)

    def _load(self, column: Any, values: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for start in range(0, len(values), _CODES_PER_QUERY):
            block = values[start : start + _CODES_PER_QUERY]
            for row in self.unit.execute(select(product).where(column.in_(block))):
                found[row.code] = row
        return found

    def find(self, row: PlannedRow) -> Any | None:
        """The product a row is about."""
        if "code" in row.values:
            return self._by_code.get(row.values["code"])
        found = self._by_name.get(text_keys.folded(row.values["name"]), [])
        if len(found) > 1:
            raise Conflict(
                Code.AMBIGUOUS,
                _("Several products are called “{name}”: {codes}. Give the code.").format(
                    name=row.values["name"][:40], codes=", ".join(each.code for each in found[:5])
                ),
                field="name",
            )
        return found[0] if found else None

    def _arguments(self, row: PlannedRow) -> dict[str, Any]:
        values = dict(row.values)
        off_sale = values.pop("off_sale", None)
        if off_sale is not None:
            values.setdefault("on_sale", not off_sale)
        own = own_values(values)
        values = {
            name: value
            for name, value in values.items()
            if not name.startswith((custom_fields.PREFIX, LEVEL_PRICE))
        }
        return values | {"fields": own} if own else values

    def _prices(self, row: PlannedRow) -> dict[str, Decimal]:
        """What the row says of the prices by customer level."""
        return {
            name.removeprefix(LEVEL_PRICE): value
            for name, value in row.values.items()
            if name.startswith(LEVEL_PRICE) and value is not None
        }

    def create(self, row: PlannedRow) -> None:
        """Makes a product; one without a price is free until it gets one."""
        values = self._arguments(row)
        values.setdefault("price", Decimal(0))
        made = products.create(self.unit, **values)
        for level, price in self._prices(row).items():
            price_levels.set_price(self.unit, product=made["code"], level=level, price=price)

    def difference(self, row: PlannedRow, found: Any) -> _Change | None:
        """What the row says otherwise than the book."""
        changed = {
            name: value
            for name, value in self._arguments(row).items()
            if name != "code" and not self._is_same(found, name, value)
        }
        if changed.get("fields"):
            checked = custom_values.check_change(self.unit, "product", found.id, changed.pop("fields"))
            own = self._arguments(row)["fields"]
            differing = {entry.name: own[entry.name] for entry, _before, _after in checked.values}
            changed |= {"fields": differing} if differing else {}
        prices = self._prices(row)
        if prices:
            present = price_levels.prices_of(self.unit.connection, found.id)
            prices = {level: price for level, price in prices.items() if present.get(level) != price}
        return _Change(changed, prices=prices) if changed or prices else None

    def _is_same(self, found: Any, name: str, value: Any) -> bool:
        if name == "fields":
            return False  # compared on their own
        stored = getattr(found, _STORED.get(name, name))
        if name == "category":
            return stored is not None and self._category_id(value) == stored
        if isinstance(value, Decimal):
            return stored is not None and Decimal(stored) == value
        return stored == value

    def _category_id(self, path: str) -> int | None:
        trees = category_paths.dimensions(self.unit, "product")
        if not trees:
            return None
        try:
            return category_paths.find(self.unit, category_paths.parse(next(iter(trees)), path), "product")
        except CrmdeskError:
            return None  # a path that is not there yet differs from any that is

    def apply(self, row: PlannedRow, found: Any, change: _Change) -> None:
        """Changes a product to what its row says."""
        del row
        own = custom_values.kept(self.unit, "product", found.id) if "fields" in change.values else None
        done = products.change(self.unit, product=found.code, **change.values)
        before = {name: getattr(found, name) for name in product.c.keys() if name != "id"}  # noqa: SIM118
        kept = {"row": before, "version": done["version"]} | ({"revived": True} if change.is_revived else {})
        kept |= {} if own is None else {"own": own}
        if change.prices:
            present = price_levels.prices_of(self.unit.connection, found.id)
            kept["prices"] = {
                level: [f"{present[level]:f}" if level in present else None, f"{price:f}"]
                for level, price in change.prices.items()
            }
            for level, price in change.prices.items():
                price_levels.set_price(self.unit, product=found.code, level=level, price=price)
        self.batch.record_change("product", found.id, kept)

    def revive(self, row: PlannedRow, found: Any) -> bool:
        """Puts a product on sale that an undone import could only take off, and changes it to what its row says."""
        if found.is_on_sale or not self.batch.may_revive("product", found.id, found.version):
            return False
        change = self.difference(row, found) or _Change({})
        is_on_sale = self._arguments(row).get("on_sale", True)
        self.apply(
            row,
            found,
            _Change(change.values | {"on_sale": is_on_sale}, is_revived=True, prices=change.prices),
        )
        return True

    def column_of(self, error: CrmdeskError) -> str:
        """Which column a refusal is about."""
        return own_column_of(error.field or "name")
