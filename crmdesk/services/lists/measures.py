"""What the ledger says of a customer, as values that lists, filters and grouping rules use: recency, frequency,
amount, average, how late, how long until he pays, what he bought.

A measure declares which sums it needs and what is made of them; `Gathering` collects the sums of all measures that
one reading uses, so that each source (documents, allocations, open items, lines) is read once, grouped by customer.
Another part of the program adds measures by `declare`, and its own source by an entry in `SOURCES`.

Amounts are of the customer's own currency; others are never added (domain.md). A document that was taken back
(voided) counts as if it had never been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    REAL,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy import Column as SqlColumn

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.spans import range_of
from crmdesk.models.specs.people import ACTIVITY_KINDS
from crmdesk.models.tables.base import Day
from crmdesk.models.tables.customers import customer, own_currency
from crmdesk.models.tables.documents import allocation, document, document_line, open_item
from crmdesk.models.tables.products import product
from crmdesk.services import category_tree
from crmdesk.services.dialect import day_count, insert_combining, unindexed
from crmdesk.services.lists.columns import BOOK_CURRENCY, TODAY
from crmdesk.services.lists.filters import Call, Comparison, key_of
from crmdesk.text import N_, _

Arguments = tuple[str, ...]
Conditions = tuple[ColumnElement[bool], ...]
WORDS: Mapping[str, tuple[Choice, ...]] = {"period": (), "activity_kind": ACTIVITY_KINDS}
"""Arguments that are words of the language and name no record, with what they may be (a period says itself)."""
TAKEN_BACK = ("invoice_reversal", "credit_reversal", "payment_reversal")
OWN_CURRENCY = own_currency(BOOK_CURRENCY)
"""The currency a customer is billed in: his own, or the book's."""


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that are added up by customer."""

    customer_id: ColumnElement[int]
    currency: ColumnElement[str] | None
    """None where the rows have no money."""
    dated_on: ColumnElement[date] | None
    """The day of a row that periods are about; None where no period is asked of."""
    select: Callable[[Select[Any], Gathering, bool], Select[Any]]
    """Adds FROM and WHERE to a query; the last says whether few customers are chosen (by index then)."""


def _of_kinds(*kinds: str) -> Callable[[Select[Any], Gathering, bool], Select[Any]]:
    """Documents of some kinds that were not taken back. Walks the index of customers, which holds all that is asked;
    by kind they would have to be sorted first."""

    def chosen(query: Select[Any], gathering: Gathering, few: bool) -> Select[Any]:
        del gathering
        back = document.alias("back")
        query = query.select_from(document).where(unindexed(document.c.kind).in_(kinds))
        is_back = back.c.kind.in_(TAKEN_BACK)
        if few:
            return query.where(~select(literal(1)).where(back.c.origin_id == document.c.id, is_back).exists())
        return query.where(document.c.id.not_in(select(back.c.origin_id).where(is_back)))

    return chosen


def _lines(query: Select[Any], gathering: Gathering, few: bool) -> Select[Any]:
    joined = document.join(document_line, document_line.c.document_id == document.c.id)
    query = _of_kinds("invoice")(query, gathering, few).select_from(joined)
    if few:
        return query
    # the lines of the products asked for are found first: one walk over the lines, few documents looked up
    products = gathering.products.get("lines")
    wanted = or_(*products) if products else true()
    return query.where(document.c.id.in_(select(document_line.c.document_id).where(wanted)))


def all_of(
    rows: FromClause, *when: ColumnElement[bool]
) -> Callable[[Select[Any], Gathering, bool], Select[Any]]:
    """The rows of a table or a join, those for which all these hold."""
    return lambda query, _gathering, _few: query.select_from(rows).where(*when)


SOURCES: dict[str, Source] = {
    "sold": Source(
        document.c.customer_id, document.c.currency, document.c.dated_on, _of_kinds("invoice", "credit")
    ),
    "paid": Source(document.c.customer_id, document.c.currency, document.c.dated_on, _of_kinds("payment")),
    "lines": Source(document.c.customer_id, None, document.c.dated_on, _lines),
    "settled": Source(allocation.c.customer_id, allocation.c.currency, None, all_of(allocation)),
    "open": Source(open_item.c.customer_id, open_item.c.currency, None, all_of(open_item)),
}
"""What sums are taken of. Every row of a source belongs to one customer."""


def _added(known: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(known + new, known, new)


_COMBINED: dict[str, Callable[[Any, Any], Any]] = {
    "sum": _added,
    "min": lambda known, new: func.coalesce(func.min(known, new), known, new),
    "max": lambda known, new: func.coalesce(func.max(known, new), known, new),
}
"""How the sums of two currencies become one; nothing is less than any value."""


def temporary(name: str, key: str, *columns: str) -> Table:
    """A table of this connection alone, which an evaluation creates and drops."""
    return Table(
        name,
        MetaData(),
        SqlColumn(key, Integer, primary_key=True, autoincrement=False),
        *(SqlColumn(column, Integer) for column in columns),
        prefixes=["TEMPORARY"],
    )


class Gathering:
    """The sums that the measures of one reading need, each taken once."""

    def __init__(self, today: date, held: str = "") -> None:
        """`held` stands before the names of tables that keep the sums (`holding`)."""
        self.today = today
        self.products: dict[str, list[ColumnElement[bool]]] = {}
        """Of which products rows are asked for, by source."""
        self._held = held
        self._taken: dict[tuple[str, str, str], tuple[int, ColumnElement[Any], str, bool, Conditions]] = {}

    def take(
        self,
        source: str,
        key: str,
        value: ColumnElement[Any],
        how: str,
        *when: ColumnElement[bool],
        period: str = "",
        is_own: bool = False,
        type_: Any = None,
    ) -> ColumnElement[Any]:
        """A sum (`how`: sum, min or max) over the rows of a source `when` all these hold, as a column; the same key
        of a `period` is taken once. `is_own`: only what is in the customer's own currency."""
        chosen = (*when, *self._within(SOURCES[source].dated_on, period))
        entry = (len(self._taken), value, how, is_own, chosen)
        place, *_rest = self._taken.setdefault((source, key, period), entry)
        return self.column(f"{self._held}of_{source}", place, type_ or Integer())

    @staticmethod
    def column(table: str, place: int, type_: Any = None) -> ColumnElement[Any]:
        """A sum by its number, in the reading or the table that holds it (of which SQLAlchemy must not make a FROM)."""
        return literal_column(f"{table}.a{place}", type_=type_)  # own-sql: names of SOURCES and a number

    def _within(self, column: ColumnElement[date] | None, period: str) -> Conditions:
        """The ends of a period by name; none for "", which is always."""
        if not period or column is None:
            return ()
        first, last = range_of(period, self.today)
        ends = [column >= first] if first else []
        if last:
            ends.append(column <= last)
        return tuple(ends)

    def joins(self, chosen: Select[Any] | None = None) -> list[tuple[FromClause, ColumnElement[bool]]]:
        """One grouped reading per source, to be joined to `customer`; `chosen` are ids where few are wanted."""
        found: list[tuple[FromClause, ColumnElement[bool]]] = []
        for name in self.sources:
            table = self._grouped(name, chosen)
            found.append((table, table.c.customer_id == customer.c.id))
        return found

    @property
    def sources(self) -> list[str]:
        """The sources that sums are taken of."""
        return list(dict.fromkeys(source for source, *_rest in self._taken))

    def _each(self, name: str, chosen: Select[Any] | None) -> Select[Any]:
        """The sums of a source by customer, and by currency where it has money."""
        source = SOURCES[name]
        keys: list[Any] = [source.customer_id.label("customer_id")]
        if source.currency is not None:
            keys.append(source.currency.label("currency"))
        sums: list[Any] = []
        for place, value, how, _own, when in self._of(name):
            added = getattr(func, how)(value)
            sums.append((added.filter(*when) if when else added).label(f"a{place}"))
        chosen_sums: Any = select(*keys, *sums)
        query = source.select(chosen_sums, self, chosen is not None).group_by(*keys)
        if chosen is not None:
            query = query.where(source.customer_id.in_(chosen))
        return query

    def _grouped(self, name: str, chosen: Select[Any] | None) -> Any:
        query, taken = self._each(name, chosen), self._of(name)
        if SOURCES[name].currency is None:
            return query.subquery(f"of_{name}")
        owner, rows = self._by_owner(name, query)
        whole = [
            getattr(func, how)(rows.selected_columns[f"a{place}"]) for place, _value, how, *_rest in taken
        ]
        keyed = rows.with_only_columns(
            owner.c.id.label("customer_id"),
            *(sum_.label(f"a{place}") for sum_, (place, *_rest) in zip(whole, taken, strict=True)),
        )
        return keyed.group_by(owner.c.id).subquery(f"of_{name}")

    def _by_owner(self, name: str, query: Select[Any]) -> tuple[Any, Any]:
        """The customer, and the sums of each of his currencies; those `is_own` only of his own one."""
        each = query.subquery(f"each_{name}")
        owner = customer.alias(f"owner_{name}")
        own = own_currency(BOOK_CURRENCY, owner)
        sums: list[Any] = []
        for place, _value, _how, is_own, _when in self._of(name):
            part: ColumnElement[Any] = each.c[f"a{place}"]
            sums.append((case((each.c.currency == own, part)) if is_own else part).label(f"a{place}"))
        joined_rows = each.join(owner, owner.c.id == each.c.customer_id)
        return owner, select(owner.c.id.label("customer_id"), *sums).select_from(joined_rows)

    def _of(self, name: str) -> list[tuple[int, ColumnElement[Any], str, bool, Conditions]]:
        return [entry for (of, *_rest), entry in self._taken.items() if of == name]

    def holding(self) -> list[tuple[Table, Any]]:
        """A temporary table per source with the sums of all customers, and the statement that fills it: in the order
        of the source's index, without sorting; who has several currencies has their sums put together."""
        found: list[tuple[Table, Any]] = []
        for name in self.sources:
            taken = self._of(name)
            table = temporary(
                f"{self._held}of_{name}", "customer_id", *(f"a{place}" for place, *_rest in taken)
            )
            query = self._each(name, None)
            if SOURCES[name].currency is not None:
                query = self._by_owner(name, query)[1].where(true())
                rules = {f"a{place}": _COMBINED[how] for place, _value, how, *_rest in taken}
                found.append((table, insert_combining(table, query, rules)))
            else:
                found.append((table, insert(table).from_select([one.name for one in table.columns], query)))
        return found


Valuer = Callable[[Gathering, Arguments], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of a customer with the words that explain it. `formula` and `unit` are catalogue sources."""

    field: Field
    formula: str
    unit: str
    value: Valuer
    takes: tuple[str, ...] = ()
    required: int = 0
    is_moving: bool = False
    """Whether it changes from one day to the next although nothing was entered."""


MEASURES: dict[str, Measure] = {}
"""Every measure by name, in the order they are offered."""


def declare(measure: Measure) -> Measure:
    """Adds a measure: it is then a column of the list of customers (without required arguments), a word of its
    filters, and usable in every grouping rule."""
    MEASURES[measure.field.name] = measure
    return measure


def calls() -> dict[str, Call]:
    """What may be asked with arguments."""
    return {name: Call(one.field, one.takes, one.required) for name, one in MEASURES.items() if one.takes}


def values(gathering: Gathering, used: Iterable[Comparison]) -> dict[str, ColumnElement[Any]]:
    """The expressions of the measures that comparisons use, by `Comparison.key`; their sums are gathered."""
    return {
        one.key: MEASURES[one.field].value(gathering, one.arguments) for one in used if one.field in MEASURES
    }


def require_words(one: Comparison, field: str = "filter") -> None:
    """Raises InvalidInput `filter_invalid` for an argument that is none of the words it may be."""
    measure = MEASURES.get(one.field)
    for kind, word in zip(measure.takes if measure is not None else (), one.arguments, strict=False):
        known = [choice.value for choice in WORDS.get(kind, ())]
        if known and word not in known:
            raise InvalidInput(
                Code.FILTER_INVALID,
                _("“{name}”: “{value}” is not known here. Known: {known}.").format(
                    name=one.field, value=word[:40], known=", ".join(known)
                ),
                field=field,
            )


def plain_values(gathering: Gathering, names: Iterable[str]) -> dict[str, ColumnElement[Any]]:
    """The expressions of measures without arguments by name."""
    return {key_of(name): MEASURES[name].value(gathering, ()) for name in names}


def joined(table: Any, joins: Iterable[tuple[FromClause, ColumnElement[bool]]]) -> Any:
    """A FROM with the readings of a gathering; none of them changes how many rows there are."""
    for target, condition in joins:
        table = table.outerjoin(target, condition)
    return table


def shown(
    connection: Connection, names: Iterable[str], ids: Select[Any], parameters: Mapping[str, Any]
) -> dict[int, Any]:
    """Measures without arguments of some customers, as rows by id."""
    gathering = Gathering(parameters["today"])
    wanted = plain_values(gathering, names)
    query = (
        select(customer.c.id, *(value.label(name) for name, value in wanted.items()))
        .select_from(joined(customer, gathering.joins(ids)))
        .where(customer.c.id.in_(ids))
    )
    return {row.id: row for row in connection.execute(query, dict(parameters))}


# What measures are made of


DAYS = N_("days")
COUNT = N_("number")
_PRODUCTS: Mapping[str, Callable[[str], Select[Any]]] = {
    "product": lambda code: select(product.c.id).where(product.c.code == code),
    "product_category": lambda path: select(product.c.id).where(
        product.c.category_id.in_(category_tree.branches(path, "product"))
    ),
}
"""The products that an argument means, by what it names."""


def number(name: str, label: str) -> Field:
    """The field of a measure that counts something."""
    return Field(name, Kind.INTEGER, label, sign="any", width=9)


def argument(arguments: Arguments, place: int = 0) -> str:
    """An argument that may be left out; "" then."""
    return arguments[place] if len(arguments) > place else ""


def or_zero(value: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum, 0 where there was nothing to add."""
    return func.coalesce(value, 0, type_=Integer())


def total(
    source: str,
    key: str,
    *when: ColumnElement[bool],
    of: ColumnElement[Any] | None = None,
    is_own: bool = False,
) -> Valuer:
    """The sum `of` a value (how many rows, without one) in the period that the first argument may name."""
    value = literal(1) if of is None else of
    return lambda gathering, arguments: or_zero(
        gathering.take(source, key, value, "sum", *when, period=argument(arguments), is_own=is_own)
    )


def has_product(source: str, product_id: ColumnElement[int], kind: str) -> Valuer:
    """Whether a row of a source (in the period that the second argument may name) is of a product that the first one
    means (`kind`: product or product_category)."""

    def value(gathering: Gathering, arguments: Arguments) -> ColumnElement[Any]:
        is_of = product_id.in_(_PRODUCTS[kind](arguments[0]))
        gathering.products.setdefault(source, []).append(is_of)
        key, period = f"{kind} {arguments[0]}", argument(arguments, 1)
        return or_zero(gathering.take(source, key, literal(1), "max", is_of, period=period)) > 0

    return value


def end_day(source: str, key: str, how: str, *when: ColumnElement[bool], of: ColumnElement[date]) -> Valuer:
    """The first or last day (`how`: min or max) of the rows of a source."""
    return lambda gathering, _arguments: gathering.take(source, key, of, how, *when, type_=Day())


def days_since(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """Days from a day to today."""
    return day_count(TODAY) - day_count(day)


def as_real(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A sum of products that could pass 64 bits; for statistics only, never for money."""
    return cast(value, REAL)
