"""Values of own fields: checked by the fields' declarations, written beside their record, read by blocks.

A service calls `check` among its checks and `write` among its writes; what a value is stored as is known here only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from crmdesk.models import money, validation
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound, labelled
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.custom_fields import OWN_LINE
from crmdesk.models.tables.base import day_number
from crmdesk.models.tables.custom_fields import custom_value, document_value
from crmdesk.models.tables.customers import contact
from crmdesk.models.tables.documents import document
from crmdesk.services.custom_fields import FORMULA, RECORDS, CustomField, everything, of_unit
from crmdesk.services.custom_readings import (
    LINKED,
    MARK,
    NOTHING,
    REVERSALS,
    WIDE_SIGNS,
    Stored,
    comparable,
    fits,
    plain,
    read_stored,
)
from crmdesk.services.dialect import among, ids_of
from crmdesk.services.units import Unit
from crmdesk.text import _


@dataclass(frozen=True, slots=True)
class Checked:
    """Checked values of one record: what each field is to hold, and what it held before."""

    record: str
    values: tuple[tuple[CustomField, Stored, Stored], ...] = ()
    """(field, before, after) where the two differ."""
    currency: str = ""
    currency_before: str = ""

    def __bool__(self) -> bool:
        return bool(self.values)

    def before(self, unit: Unit) -> dict[str, Any]:
        """Old values for the audit trail, by column name."""
        currency = self.currency_before or self.currency
        return {
            field.column: plain(unit.connection, field, old, currency) for field, old, _new in self.values
        }

    def after(self, unit: Unit) -> dict[str, Any]:
        """New values for the audit trail, by column name."""
        return {
            field.column: plain(unit.connection, field, new, self.currency)
            for field, _old, new in self.values
        }

    @property
    def is_search_touched(self) -> bool:
        """Whether something changed that the search finds the record by."""
        return any(field.is_searchable for field, _old, _new in self.values)


def check(
    unit: Unit,
    record: str,
    given: Any,
    *,
    currency: str = "",
    is_asked: bool = True,
    except_ids: tuple[int, ...] = (),
    line: str = OWN_LINE,
) -> Checked:
    """The values of a new record's own fields: what is given, else the fields' defaults.

    `is_asked` false: the program itself makes the record (a contract's bill, interest), so nothing is required of it.
    `except_ids`: records whose unique values may come again, since the new one takes their place. `line`: where the
    values were given.
    Raises InvalidInput naming `<line>.<name>` by the sentences of declared fields, Conflict `duplicate`.
    """
    fields = of_unit(unit, record)
    if not fields and not given:
        return Checked(record)
    asked = [entry.field for entry in fields if entry.kind != FORMULA]
    if not is_asked:
        asked = [_not_required(entry) for entry in asked]
    plain_given = {name: value for name, value in _mapping(fields, given, line).items() if value is not None}
    defaults = {
        entry.name: entry.field.default
        for entry in fields
        if entry.field.default is not None and entry.name not in plain_given and entry.kind != FORMULA
    }
    checked = _checked(asked, {**defaults, **plain_given}, line)
    currency = currency or unit.settings.currency
    values = []
    for entry in fields:
        if entry.kind != FORMULA:
            value = stored(unit, entry, checked[entry.name], currency, line)
            if value != NOTHING:
                values.append((entry, NOTHING, value))
    _require_unique(unit, record, values, except_ids, line)
    return Checked(record, tuple(values), currency)


def check_change(
    unit: Unit,
    record: str,
    record_id: int,
    given: Any,
    *,
    currency: str = "",
    currency_before: str = "",
    kept: Mapping[int, Stored] | None = None,
) -> Checked:
    """What a change of a record does to its own fields; null empties one, what is left out stays.

    Where the record's currency changes, amounts stay what they are and refuse to if it has not the digits for them.
    `kept`: what the record has by field id, where the caller has read it already.
    """
    fields = of_unit(unit, record)
    if not fields and not given:
        return Checked(record)
    wanted = _mapping(fields, given)
    own = unit.settings.currency
    currency, currency_before = currency or own, currency_before or own
    asked = optional(entry.field for entry in fields if entry.kind != FORMULA)
    checked = _checked(asked, wanted, OWN_LINE)
    is_moved = currency != currency_before and any(entry.field.kind is Kind.MONEY for entry in fields)
    if not wanted and not is_moved:
        return Checked(record)
    if kept is None:
        unit.flush()
        kept = read_stored(unit.connection, record, [record_id]).get(record_id, {})
    values = []
    for entry in fields:
        before = kept.get(entry.id, NOTHING)
        after = before
        if entry.name in wanted:
            after = stored(unit, entry, checked[entry.name], currency)
            if after == NOTHING and entry.field.required:
                place = f"{OWN_LINE}.{entry.name}"
                raise _labelled(validation.missing(place), place, entry.field)
            if entry.target == record and entry.field.kind is Kind.LINK and after.number == record_id:
                raise InvalidInput(
                    Code.INVALID_CHOICE,
                    _("“{field}” leads to another record, not to itself.").format(field=entry.field.label),
                    field=f"{OWN_LINE}.{entry.name}",
                )
        elif is_moved and entry.field.kind is Kind.MONEY and before.number is not None:
            amount = money.to_decimal(before.number, currency_before)
            after = Stored(number=money.to_minor(amount, currency, f"{OWN_LINE}.{entry.name}"))
        if after != before:
            values.append((entry, before, after))
    _require_unique(unit, record, values, (record_id,))
    return Checked(record, tuple(values), currency, currency_before)


def _checked(fields: Sequence[Field], values: Mapping[str, Any], line: str) -> dict[str, Any]:
    """`validation.check`; what it refuses is told by the label of the field, which is all that people know of it."""
    try:
        return validation.check(fields, values, f"{line}.")
    except InvalidInput as refused:
        for field in fields:
            place = f"{line}.{field.name}"
            if refused.field == place:
                raise _labelled(refused, place, field) from None
        raise


def _labelled(refused: InvalidInput, place: str, field: Field) -> InvalidInput:
    """The same refusal, its sentence with the label; `field` stays the place in the input."""
    message = labelled(refused.message, place, field.label)
    return InvalidInput(refused.code, message, field=place, hint=refused.hint)


def _mapping(fields: Iterable[CustomField], given: Any, line: str = OWN_LINE) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidInput(
            Code.INVALID_TYPE,
            _("“{field}” must be {expected}.").format(field=line, expected=_("an object")),
            field=line,
        )
    computed = {entry.name for entry in fields if entry.kind == FORMULA}
    for name in given:
        if name in computed:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{field}” is reckoned by its formula. Leave it out.").format(field=f"{line}.{name}"),
                field=f"{line}.{name}",
            )
    return {str(name): value for name, value in given.items()}


def _not_required(field: Field) -> Field:
    return optional([field])[0] if field.required else field


def stored(unit: Unit, entry: CustomField, value: Any, currency: str, line: str = OWN_LINE) -> Stored:
    """A typed value as its row keeps it; an empty one is no row."""
    if value is None or value in ("", []):
        return NOTHING
    kind, place = entry.field.kind, f"{line}.{entry.name}"
    if kind is Kind.QUANTITY:
        number = value.normalize()
        return Stored(f"{number:f}" if number else "0")
    if kind is Kind.MONEY:
        return Stored(number=money.to_minor(value, currency, place))
    if kind is Kind.DATE:
        return Stored(number=day_number(value))
    if kind is Kind.BOOLEAN:
        return Stored(number=int(value))
    if kind is Kind.LINK:
        return Stored(number=_linked(unit, entry.target, value, place))
    if kind is Kind.LIST:
        order = [choice.value for choice in entry.field.choices]
        return Stored(MARK + MARK.join(one for one in order if one in value) + MARK)
    return Stored(value)


def _linked(unit: Unit, target: str, value: str, place: str) -> int:
    """The id of the record a link names: customers and products by code, a contact by its id."""
    if target == "customer":
        from crmdesk.services import customer_lookup

        return customer_lookup.find(unit, value, place).id
    if target == "product":
        from crmdesk.services import products

        return products.find(unit, value, place).id
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 18 else 0
    if unit.first(select(contact.c.id).where(contact.c.id == number)) is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("This {record} does not exist any more.").format(record=_("contact")),
            field=place,
        )
    return number


def _require_unique(
    unit: Unit,
    record: str,
    values: Iterable[tuple[CustomField, Stored, Stored]],
    except_ids: tuple[int, ...],
    line: str = OWN_LINE,
) -> None:
    for entry, _before, after in values:
        if entry.is_unique and after != NOTHING:
            holder = _holder(unit, record, entry, after, except_ids)
            if holder is not None:
                raise Conflict(
                    Code.DUPLICATE,
                    _(
                        "“{field}”: another record has this value already ({record}). It must be unique."
                    ).format(field=entry.field.label, record=holder),
                    field=f"{line}.{entry.name}",
                )


def _holder(
    unit: Unit, record: str, entry: CustomField, value: Stored, except_ids: tuple[int, ...]
) -> str | None:
    """What else has a value, as a person knows it. Reversed documents do not count: theirs may come again."""
    kind = RECORDS[record]
    values = kind.values.c
    if unit.is_bulk:
        # a look-up a row would write the waiting rows each time; the values of one field fit into memory
        place = ("custom unique", entry.id)
        if place not in unit.cache:
            query = select(values.text_value, values.number_value).where(values.field_id == entry.id)
            unit.cache[place] = {comparable(Stored(*row)) for row in unit.execute(query)}
        if comparable(value) not in unit.cache[place]:
            return None
    query = select(kind.key).where(values.field_id == entry.id)
    if except_ids:
        query = query.where(kind.key.not_in(except_ids))
    if kind.is_posted:
        query = query.where(kind.key.not_in(_reversed()))
    # by the one column of its kind: the other one would lead SQLite to an index that tells nothing apart
    if entry.is_number:
        is_same = values.number_value == value.number
    else:
        is_same = values.text_value.in_({value.text, comparable(value).text})
    holder_id = unit.execute(query.where(is_same).limit(1)).scalar()
    if holder_id is None and not entry.is_number:
        holder_id = _written_wide(unit, query.add_columns(values.text_value), values.text_value, value)
    return None if holder_id is None else _name_of(unit, kind.name, holder_id)


def _written_wide(unit: Unit, query: Any, column: Any, value: Stored) -> int | None:
    """Who has a text with signs of another width, among the few that hold such signs."""
    wanted = comparable(value).text
    for row in unit.execute(query.where(column.op("GLOB")(f"*[{WIDE_SIGNS}]*"))):
        if comparable(Stored(row[1])).text == wanted:
            return int(row[0])
    return None


def _reversed() -> Any:
    return select(document.c.origin_id).where(REVERSALS, document.c.origin_id.is_not(None))


def _name_of(unit: Unit, record: str, record_id: int) -> str:
    table = RECORDS[record].table
    column = next(table.c[name] for name in ("number", "code", "name") if name in table.c)
    return str(unit.execute(select(column).where(table.c.id == record_id)).scalar() or record_id)


def agrees(unit: Unit, record: str, record_id: int, given: Mapping[str, Any], currency: str) -> bool:
    """Whether a posted document has the own fields that a row says."""
    return not check_change(unit, record, record_id, given, currency=currency, currency_before=currency)


# Writing


def write(unit: Unit, checked: Checked, record_id: int) -> None:
    """Writes checked values of a new or changed record. Noting them in the audit trail is the caller's."""
    if not checked.values:
        return
    posted = RECORDS[checked.record].is_posted
    for entry, before, after in checked.values:
        seen = unit.cache.get(("custom unique", entry.id))
        if seen is not None and after != NOTHING:
            seen.add(comparable(after))
        if before != NOTHING:
            unit.execute(
                delete(custom_value).where(
                    custom_value.c.record_id == record_id, custom_value.c.field_id == entry.id
                )
            )
        if after != NOTHING:
            target, key = (document_value, "document_id") if posted else (custom_value, "record_id")
            unit.add(
                target,
                field_id=entry.id,
                text_value=after.text,
                number_value=after.number,
                **{key: record_id},
            )


def forget(unit: Unit, record_ids: Iterable[int]) -> None:
    """Deletes the values of records that are deleted (ids are unique in the whole book)."""
    unit.execute(delete(custom_value).where(among(custom_value.c.record_id, record_ids)))


def is_linked(unit: Unit, target: str, record_ids: list[int]) -> bool:
    """Whether an own field of some record links to one of these."""
    ids = [entry.id for entry in _all_links(unit, target)]
    return bool(ids) and any(
        unit.first(
            select(table.c.field_id)
            .where(table.c.field_id.in_(ids), among(table.c.number_value, record_ids))
            .limit(1)
        )
        is not None
        for table in (custom_value, document_value)
    )


def linked_among(unit: Unit, target: str, record_ids: list[int]) -> list[int]:
    """Those of some records to which an own field of another one links."""
    ids = [entry.id for entry in _all_links(unit, target)]
    if not ids:
        return []
    queries = (
        select(table.c.number_value).where(
            table.c.field_id.in_(ids),
            among(table.c.number_value, record_ids),
            owner.not_in(ids_of(record_ids)),
        )
        for table, owner in (
            (custom_value, custom_value.c.record_id),
            (document_value, document_value.c.document_id),
        )
    )
    return sorted({one for query in queries for one in unit.execute(query).scalars() if one is not None})


def _all_links(unit: Unit, target: str) -> list[CustomField]:
    return [
        entry
        for entry in everything(unit.connection)
        if entry.field.kind is Kind.LINK and entry.target == target
    ]


def link_fields(unit: Unit, target: str) -> list[int]:
    """The ids of all own fields, retired ones too, that name such records."""
    return [entry.id for entry in _all_links(unit, target)]


def restore(unit: Unit, record_id: int, rows: Mapping[str, Any]) -> None:
    """Gives fields the values they had: {field id: [text, number]}, as `kept` read them (undo of an import)."""
    unit.execute(delete(custom_value).where(custom_value.c.record_id == record_id))
    for field_id, (text, number) in rows.items():
        unit.execute(
            insert(custom_value).values(
                record_id=record_id, field_id=int(field_id), text_value=text, number_value=number
            )
        )


def take(unit: Unit, customer_id: int) -> dict[str, Any]:
    """Takes all values of a customer who is merged away, retired fields' too; gives what `give_back` takes."""
    found = kept(unit, "customer", customer_id)
    forget(unit, [customer_id])
    return found


def give_back(unit: Unit, customer_id: int, rows: Mapping[str, Any]) -> None:
    """Gives a customer who comes back the values that were taken; what a field cannot have any more stays away.

    Raises Conflict `duplicate` where another record has got a unique value since.
    """
    unit.flush()
    fields = {str(entry.id): entry for entry in everything(unit.connection)}
    values = []
    for key, row in rows.items():
        entry, value = fields.get(key), Stored(*row)
        if entry is not None and fits(entry, value) and _has_target(unit, entry, value):
            values.append((entry, NOTHING, value))
    unique = [one for one in values if one[0].is_active]
    _require_unique(unit, "customer", unique, (customer_id,))
    write(unit, Checked("customer", tuple(values)), customer_id)
    unit.flush()


def _has_target(unit: Unit, entry: CustomField, value: Stored) -> bool:
    if entry.field.kind is not Kind.LINK:
        return True
    return (
        unit.first(select(LINKED[entry.target].c.id).where(LINKED[entry.target].c.id == value.number))
        is not None
    )


def relink(
    unit: Unit, from_id: int, to_id: int, rows: Sequence[Sequence[int]] | None = None
) -> Sequence[Sequence[int]]:
    """Lets own fields that name one customer name another one; gives (record, field) of each. `rows`: of these only
    those that still name him. Nobody names himself: the value of the other one goes, and comes back with `rows`."""
    unit.flush()
    values = custom_value.c
    ids = [entry.id for entry in _all_links(unit, "customer")]
    is_named = values.field_id.in_(ids) & (values.number_value == from_id)
    if rows is None:
        query = select(values.record_id, values.field_id).where(is_named)
        rows = [list(row) for row in unit.execute(query.order_by(values.record_id, values.field_id))]
    for record_id, field_id in rows:
        place = (values.record_id == record_id) & (values.field_id == field_id)
        if record_id == to_id:
            unit.execute(delete(custom_value).where(is_named, place))
        elif record_id == from_id and field_id in ids:
            if unit.first(select(values.field_id).where(place)) is None:
                unit.execute(
                    insert(custom_value).values(record_id=record_id, field_id=field_id, number_value=to_id)
                )
        else:
            unit.execute(update(custom_value).where(is_named, place).values(number_value=to_id))
    return rows


def linking_to(unit: Unit, ids: Iterable[int]) -> set[int]:
    """The records whose own fields name one of these customers."""
    fields = [entry.id for entry in _all_links(unit, "customer")]
    values = custom_value.c
    query = select(values.record_id).where(values.field_id.in_(fields), among(values.number_value, ids))
    return set(unit.execute(query).scalars())


def kept(unit: Unit, record: str, record_id: int) -> dict[str, Any]:
    """All values of one record as plain data that `restore` takes."""
    unit.flush()
    own = read_stored(unit.connection, record, [record_id]).get(record_id, {})
    return {str(field_id): [value.text, value.number] for field_id, value in own.items()}
