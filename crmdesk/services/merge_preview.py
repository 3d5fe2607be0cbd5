"""What a merge would do, before it is done: field by field which value from which side, and what moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from crmdesk.models import money
from crmdesk.models.errors import Code, NotFound
from crmdesk.models.fields import Field
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.measures import stage_pin
from crmdesk.models.tables.segments import segment, segment_pin
from crmdesk.services import duplicate_pairs, merge_rows, similarity
from crmdesk.services.dialect import among
from crmdesk.services.merge_values import FIELDS, GAPS, fills, own_fields, stored_values
from crmdesk.text import N_, _

_LABELS = {
    "contact": N_("Contacts"),
    "address": N_("Addresses"),
    "billing_profile": N_("Billing profiles"),
    "customer_category": N_("Categories"),
    "customer_category_event": N_("History of categories"),
    "customer_tag": N_("Tags"),
    "attachment": N_("Files"),
    "agreement": N_("Quotes, contracts and orders"),
    "draft": N_("Drafts"),
    "recurring": N_("Recurring invoices"),
    "payer_alias": N_("Learnt payers"),
    "reminder": N_("Reminders"),
    "promise": N_("Promises to pay"),
    "segment_pin": N_("Pins in groups"),
    "stage_pin": N_("Stages set by hand"),
}


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field: the value of each side by code, and whose stays unless somebody chooses."""

    name: str
    label: str
    values: Mapping[str, Any]
    proposed: str
    field: Field

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return len({str(value) for value in self.values.values() if value not in (None, "")}) > 1


@dataclass(frozen=True, slots=True)
class Move:
    """How many rows of a table move to the survivor; `label` is their name, the table's where it has none."""

    table: str
    label: str
    count: int


class PinClash(NamedTuple):
    """Two of the customers are pinned into a segment and out of it, or to two stages: whose word stands after the
    merge (`holder`, who stays himself or comes first) and whose waits for its undoing (`other`)."""

    segment: str
    """Empty for the stage of life."""
    holder: str
    other: str
    stays_in: bool
    reason: str
    """Of the pin that stands."""


@dataclass(frozen=True, slots=True)
class Preview:
    """All that a merge would do. Money is decimal text by currency; reasons are keys of `similarity.REASONS`."""

    into: str
    customers: tuple[str, ...]
    fields: tuple[FieldChoice, ...]
    moves: tuple[Move, ...]
    document_count: int
    balances: Mapping[str, Mapping[str, str]]
    """By code, of each side, and under "" what the survivor will have."""
    contact_twins: tuple[tuple[str, str], ...]
    """Names of contacts that will stand twice."""
    pin_clashes: tuple[PinClash, ...]
    score: int
    reasons: tuple[str, ...]
    """How alike the survivor and the first of the others are."""


def preview(connection: Connection, into: str, customers: Sequence[str]) -> Preview:
    """What `customer.merge` would do with these codes. Raises NotFound `customer_missing`."""
    ids = {code: _id_of(connection, code) for code in (into, *customers)}
    rows = {code: stored_values(connection, record) for code, record in ids.items()}
    choices: list[FieldChoice] = []
    own = own_fields(connection)
    for name, field in (FIELDS | own).items():
        values = {code: row[name] for code, row in rows.items()}
        filled = [code for code in ids if values[code] not in (None, "")]
        fitting = [code for code in filled if fills(field, values[code], ids)]
        proposed = into if name not in (*GAPS, *own) or into in filled or not fitting else fitting[0]
        if fitting or into in filled:
            choices.append(FieldChoice(name, _(field.label), values, proposed, field))
    others = [ids[code] for code in customers]
    compared = duplicate_pairs.compare(connection, ids[into], others[0]) if others else None
    return Preview(
        into,
        tuple(customers),
        tuple(choices),
        tuple(_moves(connection, others)),
        connection.execute(
            select(func.count()).select_from(document).where(among(document.c.customer_id, others))
        ).scalar_one(),
        _balances(connection, ids),
        tuple(_twins(connection, list(ids.values()))),
        tuple(_pin_clashes(connection, ids)),
        compared.score if compared else 0,
        compared.reasons if compared else (),
    )


def _id_of(connection: Connection, code: str) -> int:
    found = connection.execute(select(customer.c.id).where(customer.c.code == code.strip())).scalar()
    if found is None:
        raise NotFound(
            Code.CUSTOMER_MISSING,
            _("There is no customer with the code “{code}”. Create it first, or check the code.").format(
                code=code[:60]
            ),
            field="customer",
        )
    return int(found)


def _moves(connection: Connection, ids: list[int]) -> list[Move]:
    counts: dict[str, int] = {}
    for link in merge_rows.links():
        if link.table in merge_rows.STAYS_ASIDE:
            continue
        query = select(func.count()).select_from(link.table).where(among(link.column, ids))
        if link.where is not None:
            query = query.where(link.where)
        counts[link.table.name] = counts.get(link.table.name, 0) + connection.execute(query).scalar_one()
    return [
        Move(name, _(_LABELS[name]) if name in _LABELS else name, count)
        for name, count in counts.items()
        if count
    ]


def _pin_clashes(connection: Connection, ids: Mapping[str, int]) -> list[PinClash]:
    """In the order in which the customers go into the first of them: who is there first keeps his word."""
    codes = {record: code for code, record in ids.items()}
    pin, stage = segment_pin.c, stage_pin.c
    query = (
        select(segment.c.name, pin.customer_id, pin.is_in, pin.reason)
        .join_from(segment_pin, segment, segment.c.id == pin.segment_id)
        .where(among(pin.customer_id, codes), segment.c.deleted_at == "")
        .order_by(segment.c.position, segment.c.id)
    )
    said: dict[str, dict[str, tuple[Any, bool, str]]] = {}
    for name, owner, is_in, reason in connection.execute(query):
        said.setdefault(name, {})[codes[owner]] = (is_in, is_in, reason)
    stages = select(stage.customer_id, stage.stage, stage.reason).where(among(stage.customer_id, codes))
    for owner, name, reason in connection.execute(stages):
        said.setdefault("", {})[codes[owner]] = (name, True, reason)
    found: list[PinClash] = []
    for name, by_code in said.items():
        first, *others = [code for code in ids if code in by_code]
        word, is_in, reason = by_code[first]
        found += [PinClash(name, first, one, is_in, reason) for one in others if by_code[one][0] != word]
    return found


def _balances(connection: Connection, ids: Mapping[str, int]) -> dict[str, dict[str, str]]:
    codes = {record: code for code, record in ids.items()}
    query = (
        select(document.c.customer_id, document.c.currency, func.sum(document.c.effect_minor))
        .where(among(document.c.customer_id, codes))
        .group_by(document.c.customer_id, document.c.currency)
    )
    sums: dict[str, dict[str, int]] = {code: {} for code in (*ids, "")}
    for owner, currency, minor in connection.execute(query):
        sums[codes[owner]][currency] = minor
        sums[""][currency] = sums[""].get(currency, 0) + minor
    return {
        code: {currency: money.plain(minor, currency) for currency, minor in own.items()}
        for code, own in sums.items()
    }


def _twins(connection: Connection, ids: list[int]) -> list[tuple[str, str]]:
    rows = connection.execute(
        select(contact.c.id, contact.c.name, contact.c.mobile, contact.c.email)
        .where(among(contact.c.customer_id, ids))
        .order_by(contact.c.id)
    ).all()
    people = [
        similarity.party(row.id, name=row.name, is_person=True, phones=(row.mobile,), emails=(row.email,))
        for row in rows
    ]
    names = {row.id: row.name for row in rows}
    return [(names[one], names[other]) for one, other in duplicate_pairs.same_people(people)]
