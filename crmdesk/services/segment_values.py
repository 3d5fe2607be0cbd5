"""What rules look at, as SQL over the customers: for all at once (measures held in a temporary table), or for a few."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    case,
    func,
    insert,
    literal_column,
    select,
)

from crmdesk.models.fields import Kind
from crmdesk.models.tables.customers import customer
from crmdesk.services import settings
from crmdesk.services.custom_fields import PREFIX
from crmdesk.services.dialect import packed
from crmdesk.services.lists import belonging, measures
from crmdesk.services.lists.columns import ListSpec, joined, supplied
from crmdesk.services.lists.conditions import comparisons, condition, digits_of
from crmdesk.services.lists.filters import Comparison, Node


class Look:
    """The values of the comparisons of some rules over a list of customers (`spec`), and the tables they need.
    `held` begins the names of the tables that `hold` makes."""

    def __init__(self, used: Iterable[Comparison], today: date, spec: ListSpec, held: str = "") -> None:
        self.used = list(dict.fromkeys(used))
        self._held = held
        self._tables: list[Table] = []
        if held:
            kept = literal_column(f"{held}.digits", Integer())  # own-sql: the table that `hold` makes
            spec = replace(spec, digits=func.coalesce(kept, 2))
        self._spec = spec
        self.gathering = measures.Gathering(today, held)
        self.values: dict[str, ColumnElement[Any]] = {}
        self._joins: set[str] = set()
        plain = [one for one in self.used if one.field not in belonging.BELONGINGS]
        self.values |= measures.values(self.gathering, plain)
        for one in plain:
            column = spec.column(one.field)
            if one.key in self.values or column is None or column.value is None:
                continue
            own = spec.source.joins.get(one.field) if one.field.startswith(PREFIX) else None
            if own is not None and own.supply is None:
                # a value of an own field is looked up, not joined: SQLite joins 64 tables, a book may have 50 of them
                query = select(column.value).select_from(own.target).where(own.condition)
                self.values[one.key] = query.correlate(customer).scalar_subquery()
            else:
                self.values[one.key] = column.value
                self._joins |= column.needs

    def table(self, chosen: Select[Any] | None = None) -> Any:
        """The customers with what the values need; `chosen` are ids where few are looked at."""
        return measures.joined(joined(self._spec.source, self._joins), self.gathering.joins(chosen))

    def held_table(self) -> Any:
        """The customers with the sums that `hold` keeps."""
        table = joined(self._spec.source, self._joins)
        for held in self._tables:
            table = table.outerjoin(held, held.c.customer_id == customer.c.id)
        return table

    def holds(self, node: Node) -> ColumnElement[bool]:
        """Whether a rule holds of the row's customer."""
        return condition(node, self._spec, self.values, belonging.BELONGINGS)

    def fact(self, one: Comparison) -> ColumnElement[Any]:
        """The value a comparison looks at; of tags, categories, several choices … whether he has them."""
        if one.kind is Kind.LIST:
            return case((self.holds(one), 1), else_=0)
        value = self.values[one.key]
        return case((value, 1), else_=0) if one.kind is Kind.BOOLEAN else value

    def facts(self, node: Node | None) -> ColumnElement[str]:
        """The values of a rule's comparisons in their order, as the text of a JSON list."""
        return packed([self.fact(one) for one in comparisons(node)])

    def parameters(self, connection: Connection, ids: list[int] | None = None) -> dict[str, Any]:
        """What the statements are run with; `ids` where few are looked at."""
        today = self.gathering.today
        return {
            "today": today,
            "book_currency": settings.load(connection).currency,
            **supplied(connection, self._spec.source, self._joins, today, ids),
        }

    def hold(self, connection: Connection, parameters: dict[str, Any]) -> None:
        """Adds everything up once and keeps the sums of all customers in temporary tables, with what the currencies
        are like that have not two digits."""
        digits = measures.temporary(self._held, "customer_id", "digits")
        own = digits_of(measures.OWN_CURRENCY)
        query = select(customer.c.id, own).where(own != 2)
        self._keep(
            connection, digits, insert(digits).from_select(["customer_id", "digits"], query), parameters
        )
        for table, statement in self.gathering.holding():
            self._keep(connection, table, statement, parameters)

    def _keep(self, connection: Connection, table: Table, statement: Any, parameters: dict[str, Any]) -> None:
        table.create(connection)
        self._tables.append(table)
        connection.execute(statement, parameters)

    def release(self, connection: Connection) -> None:
        """Drops what `hold` keeps."""
        for table in self._tables:
            table.drop(connection)
        self._tables.clear()
