"""Own fields are as they were defined: values belong to records and fit their fields, links lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, select

from crmdesk.models.fields import Kind
from crmdesk.models.tables.custom_fields import custom_value, document_value
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.merges import customer_merge
from crmdesk.services.custom_fields import RECORDS, CustomField, everything
from crmdesk.services.custom_formulas import problems
from crmdesk.services.custom_readings import LINKED, REVERSALS, Stored, comparable, fits
from crmdesk.services.merged_codes import IS_STANDING
from crmdesk.text import _

Found = Iterator[tuple[str, str, str]]


def values_fit(connection: Connection) -> Found:
    """Every value has its record and is what its field allows; unique ones are; formulas can be reckoned."""
    fields = {entry.id: entry for entry in everything(connection)}
    if not fields:
        return
    yield from _owners(connection, fields)
    for table in (custom_value, document_value):
        yield from _kinds(connection, table, fields)
    for entry in fields.values():
        if entry.is_unique and entry.is_active:
            yield from _unique(connection, entry)
    for entry, reason in problems(connection):
        yield (
            "custom_formula",
            f"custom_field:{entry.id}",
            _("The formula of “{field}” cannot be reckoned: {reason}").format(
                field=entry.field.label, reason=reason
            ),
        )


def _owners(connection: Connection, fields: dict[int, CustomField]) -> Found:
    for record in RECORDS.values():
        ids = [entry.id for entry in fields.values() if entry.record == record.name]
        if not ids:
            continue
        table = record.table
        owners = select(table.c.id)
        if record.kind:
            owners = owners.where(table.c.kind == record.kind)
        query = select(record.key, record.values.c.field_id).where(
            record.values.c.field_id.in_(ids), record.key.not_in(owners)
        )
        for record_id, field_id in connection.execute(query):
            yield (
                "custom_value",
                f"{record.name}:{record_id}",
                _("A value of “{field}” belongs to no record.").format(field=fields[field_id].field.label),
            )


def _kinds(connection: Connection, table: Table, fields: dict[int, CustomField]) -> Found:
    ids: dict[str, set[int]] = {}
    for row in connection.execute(select(*table.c)):
        record_id, field_id, text, number = tuple(row)
        entry = fields[field_id]
        is_posted = RECORDS[entry.record].is_posted
        is_right = is_posted == (table is document_value) and fits(entry, Stored(text, number))
        if is_right and entry.field.kind is Kind.LINK:
            if entry.target not in ids:
                ids[entry.target] = set(connection.execute(select(LINKED[entry.target].c.id)).scalars())
                if entry.target == "customer" and is_posted:  # posted rows go on naming who was merged since
                    merged = select(customer_merge.c.merged_id).where(IS_STANDING)
                    ids[entry.target] |= set(connection.execute(merged).scalars())
            is_right = number in ids[entry.target]
        if not is_right:
            yield (
                "custom_value",
                f"{entry.record}:{record_id}",
                _("The value of “{field}” is none that this field can have.").format(field=entry.field.label),
            )


def _unique(connection: Connection, entry: CustomField) -> Found:
    record = RECORDS[entry.record]
    query = select(record.key, record.values.c.text_value, record.values.c.number_value).where(
        record.values.c.field_id == entry.id
    )
    if record.is_posted:
        query = query.where(
            record.key.not_in(
                select(document.c.origin_id).where(REVERSALS, document.c.origin_id.is_not(None))
            )
        )
    seen: dict[Stored, int] = {}
    for record_id, text, number in connection.execute(query):
        value = comparable(Stored(text, number))
        other = seen.setdefault(value, record_id)
        if other != record_id and not _is_same_record(connection, entry, other, record_id):
            yield (
                "custom_value",
                f"{entry.record}:{record_id}",
                _("Two records share a value of “{field}”, which must be unique.").format(
                    field=entry.field.label
                ),
            )


def _is_same_record(connection: Connection, entry: CustomField, one: int, other: int) -> bool:
    """Versions of one quote, and an invoice that was issued anew for another, may share a value."""
    record = RECORDS[entry.record]
    if record.name == "invoice":
        return _is_credited(connection, one) or _is_credited(connection, other)
    if "number" not in record.table.c:
        return False
    numbers = connection.execute(
        select(record.table.c.number).where(record.table.c.id.in_((one, other)))
    ).scalars()
    return len(set(numbers)) == 1


def _is_credited(connection: Connection, document_id: int) -> bool:
    credited = select(document.c.id).where(document.c.kind == "credit", document.c.origin_id == document_id)
    return connection.execute(credited.limit(1)).first() is not None
