"""Customers entered twice become one, and two again: `customer.merge`, `customer.unmerge`.

The merged customer's row goes away, everything that hung on it hangs on the survivor, and its code means the survivor
from then on. No posted row changes but for who holds it (`merge_posted`), so documents keep numbers, dates and places.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from crmdesk.models import clock, validation
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs.customers import CUSTOMER
from crmdesk.models.tables.customers import PARTS, customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.merges import customer_merge
from crmdesk.services import (
    category_members,
    custom_values,
    customers,
    merge_belongings,
    merge_posted,
    merge_rows,
    merged_codes,
    segment_merging,
    stage_merging,
)
from crmdesk.services import search_index as index
from crmdesk.services.custom_fields import PREFIX
from crmdesk.services.customer_lookup import CustomerRow, find
from crmdesk.services.dialect import among, contains
from crmdesk.services.merge_values import EMPTIED, FIELDS, GAPS, fills, own_fields, stored_values
from crmdesk.services.merged_codes import IS_STANDING
from crmdesk.services.segment_rules import Rules
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_SHOWN_MAX = 5


@use_case(
    "customer.merge",
    fields=(
        Field("into", Kind.LINK, N_("Customer that stays"), required=True, link="customer"),
        Field("customers", Kind.LIST, N_("Customers that go into it"), required=True),
        Field(
            "fields",
            Kind.ANY,
            N_("Values that stay"),
            help=N_(
                "By field: the code of the customer whose value stays, or the value itself. The book's own fields"
                " by their name in lists (own.budget)."
            ),
            fields=tuple(Field(name, Kind.ANY, field.label) for name, field in FIELDS.items()),
        ),
        customers.CLEAR,
    ),
    summary=N_("Merge customers entered twice into one; documents keep their numbers."),
    errors=(
        Code.REQUIRED,
        Code.CUSTOMER_MISSING,
        Code.INVALID_CHOICE,
        Code.UNKNOWN_FIELD,
        Code.DUPLICATE,
    ),
)
def merge(
    unit: Unit,
    *,
    into: str,
    customers: list[str],
    fields: dict[str, Any] | None = None,
    clear: list[str] | None = None,
) -> dict[str, Any]:
    """Merges customers into one and gives its code and the merges, each of which can be undone by itself.

    Without a word about a field the survivor's value stays; what it has not, the first merged one gives (only what does
    not touch prices and terms: those are chosen).
    """
    unit.flush_all()
    target, merged = check_sides(unit, into, customers)
    picks = check_fields(unit, target, merged, fields or {}, clear or [])
    rules = segment_merging.rules_of(unit)
    pins = stage_merging.pins(unit, [target.id, *(one.id for one in merged)])
    merges = [_merge_one(unit, target, one, picks.get(one.code, {}), rules) for one in merged]
    own = picks.get(target.code, {})
    if own:  # values that belong to no side: undone with the last merge
        _set_fields(unit, target, own, merges[-1])
    unit.flush()
    stage_merging.after_merge(unit, target.id, [(one.id, one.code) for one in merged], pins)
    segment_merging.evaluate(unit, [target.id, *(one.id for one in merged)], rules)
    return {
        "code": target.code,
        "merge": merges[-1],
        "merges": [
            {"merge": record, "customer": one.code} for record, one in zip(merges, merged, strict=True)
        ],
    }


def check_sides(unit: Unit, into: str, codes: list[str]) -> tuple[CustomerRow, list[CustomerRow]]:
    """The survivor and those that go into it. Raises InvalidInput for none, for one twice, for the survivor itself."""
    target = find(unit, into, "into")
    if not codes or not all(isinstance(code, str) for code in codes):
        raise validation.missing("customers")
    found = [find(unit, code, f"customers[{place}]") for place, code in enumerate(codes)]
    ids = [target.id, *(one.id for one in found)]
    for place in range(1, len(ids)):
        if ids[place] in ids[:place]:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("{code} is named twice. A customer is merged into another one, once.").format(
                    code=found[place - 1].code
                ),
                field=f"customers[{place - 1}]",
            )
    return target, found


def check_fields(
    unit: Unit, target: CustomerRow, merged: list[CustomerRow], fields: dict[str, Any], clear: list[str]
) -> dict[str, dict[str, Any]]:
    """Code of a side -> values by field that come from it; under the survivor's own code those that were typed."""
    own = own_fields(unit.connection)
    known_fields = tuple(
        Field(name, Kind.ANY, field.label) for name, field in (*FIELDS.items(), *own.items())
    )
    fields = validation.check((Field("fields", Kind.OBJECT, "", fields=known_fields),), {"fields": fields})[
        "fields"
    ]
    rows = {one.code: stored_values(unit.connection, one.id) for one in (target, *merged)}
    emptied = (*EMPTIED, *own)
    picks: dict[str, dict[str, Any]] = {}
    typed: dict[str, Any] = {}
    fields = {name: value for name, value in fields.items() if value is not None}
    for name, value in fields.items():
        if isinstance(value, str) and value in rows:
            if value != target.code and rows[value][name] != rows[target.code][name]:
                picks.setdefault(value, {})[name] = rows[value][name]
        else:
            typed[name] = value
    for name in clear:
        if name not in emptied or name in fields:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("“{field}” cannot be emptied. These can: {choices}.").format(
                    field=name[:40], choices=", ".join(emptied)
                ),
                field="clear",
            )
        typed[name] = None
    known = dict(rows[target.code])
    for one in merged:
        for name in (*GAPS, *own):
            if (
                name not in fields
                and name not in typed
                and known[name] in (None, "")
                and fills((FIELDS | own)[name], rows[one.code][name], rows)
            ):
                known[name] = rows[one.code][name]
                picks.setdefault(one.code, {})[name] = known[name]
    if typed:
        validation.check(
            optional(CUSTOMER),
            {name: value for name, value in typed.items() if value is not None and name not in own},
            "fields.",
        )
        picks.setdefault(target.code, {}).update(typed)
    return picks


def _merge_one(
    unit: Unit, target: CustomerRow, one: CustomerRow, values: dict[str, Any], rules: Rules | None
) -> int:
    """Moves everything of one customer; gives the merge's id."""
    row = unit.execute(select(customer).where(customer.c.id == one.id)).mappings().one()
    content: dict[str, Any] = {
        "customer": merge_rows.to_json(customer, row),
        "primaries": [merge_rows.primaries(unit, one.id), merge_rows.primaries(unit, target.id)],
        "posted": merge_posted.of_customer(unit, one.id),
        "members": segment_merging.memberships(
            unit, segment_merging.touched(unit, (one.id, target.id), rules)
        ),
        "own": custom_values.take(unit, one.id),
        "linked": [
            *custom_values.relink(unit, one.id, target.id),
            *_relink_kept(unit, one.id, target.id),
        ],
        "fields": {},
    }
    merge_posted.hand_over(unit, content["posted"], one.id, target.id)
    content |= merge_rows.move(unit, one.id, target.id)
    came = [key["category_id"] for key in content["moved"].get("customer_category.customer_id", ())]
    category_members.came(unit, target.id, came, category_members.CUSTOMERS)
    category_members.align(unit, [target.id], category_members.CUSTOMERS)
    merge_rows.set_primaries(unit, target.id, content["primaries"][::-1])
    index.remove(unit, one.id)
    unit.execute(delete(customer).where(customer.c.id == one.id))
    _forget(unit)
    record = unit.next_id()
    unit.add(
        customer_merge,
        id=record,
        into_id=target.id,
        merged_id=one.id,
        code=one.code,
        name=one.name,
        merged_at=clock.stamp(clock.now_utc()),
        actor=unit.actor,
        content=merge_rows.as_text(content),
    )
    index.renew(unit, [target.id])
    told = {"code": one.code, "name": one.name}
    unit.note("customer", target.id, {}, {"merged": told})
    unit.note("customer", one.id, told, None)
    _changed(unit, content["posted"])
    if values:
        _set_fields(unit, target, values, record)
    return record


def _set_fields(unit: Unit, target: CustomerRow, values: dict[str, Any], record: int) -> None:
    """Gives the survivor values by the way every change of a customer takes, and remembers those of before."""
    before = stored_values(unit.connection, target.id)
    _change(unit, target.code, values)
    unit.flush()
    after = stored_values(unit.connection, target.id)
    row = unit.execute(select(customer_merge.c.content).where(customer_merge.c.id == record)).scalar_one()
    content = json.loads(row)
    for name in values:
        if before[name] != after[name]:
            content["fields"].setdefault(name, [_json(before[name]), None])[1] = _json(after[name])
    merge_rows.remember(unit, record, content)


def _change(unit: Unit, code: str, values: dict[str, Any]) -> None:
    own = {name.removeprefix(PREFIX): value for name, value in values.items() if name not in FIELDS}
    values = {name: value for name, value in values.items() if name in FIELDS}
    clear = [name for name, value in values.items() if value in (None, "")]
    given = {name: value for name, value in values.items() if name not in clear}
    checked = validation.check(optional(CUSTOMER), given)
    customers.change(unit, customer=code, clear=clear, fields=own or None, **checked)


@use_case(
    "customer.unmerge",
    fields=(Field("merge", Kind.INTEGER, N_("Merge"), required=True),),
    summary=N_("Undo a merge: the customer is there again with everything that was his."),
    errors=(Code.NOT_FOUND, Code.CANNOT_UNMERGE, Code.DUPLICATE),
)
def unmerge(unit: Unit, *, merge: int) -> dict[str, Any]:
    """Undoes a merge and gives both codes; `went` and `stayed` are the numbers of documents posted since the merge that
    are the returning customer's now, and that stay with the survivor.

    What the survivor got since stays with him, but for what hangs on a document that goes back alone. Refused with what
    to do first: the survivor was merged himself, a payment settles documents of both, a revaluation stands since.
    """
    unit.flush_all()
    record = unit.first(select(customer_merge).where(customer_merge.c.id == merge, IS_STANDING))
    if record is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no merge {id} that could be undone. `crmdesk list merges` shows them.").format(
                id=merge
            ),
            field="merge",
        )
    content = json.loads(record.content)
    target = _require_survivor(unit, record)
    pin = stage_merging.pins(unit, [record.into_id]).get(record.into_id)
    back = _require_split(unit, record, content)
    posted = _posted_since(unit, record, back)
    rules = segment_merging.rules_of(unit)
    stored = merge_rows.from_json(customer, content["customer"])
    unit.execute(insert(customer).values(**stored))
    merge_belongings.take_apart(unit, record, content)
    gone = merge_rows.going_back(unit, content, record.into_id)
    merge_rows.give_back(unit, content, record.merged_id, record.into_id)
    handed = {name: back.goes[name] for name in ("document", "fapiao", "fapiao_request")} | {
        "revaluation_line": back.goes["revaluation_line"],
        "base_entry": back.goes["base_entry"],
    }
    homes = merged_codes.ids_within(unit.connection, record.merged_id)
    merge_posted.hand_over(unit, handed, record.into_id, record.merged_id, undoes=(record.id, homes))
    _agreements_back(unit, back.goes["agreement"], record)
    merge_rows.follow_documents(unit, back.goes["document"], record.into_id, record.merged_id)
    unit.execute(
        update(customer_merge)
        .where(customer_merge.c.id == record.id)
        .values(content="", undone_at=clock.stamp(clock.now_utc()), undone_by=unit.actor)
    )
    _take_in_others(unit, record, gone)
    category_members.align(unit, [record.into_id, record.merged_id], category_members.UNDO)
    own, others = content["primaries"]
    merge_rows.set_primaries(unit, record.merged_id, [own])
    kept = merge_rows.primaries(unit, record.into_id)
    # what was made primary since stays so; what the survivor had before comes back where his primary one went
    merge_rows.set_primaries(unit, record.into_id, [kept, others])
    _forget(unit)
    index.renew(unit, [record.into_id])
    told = {"code": record.code, "name": record.name}
    unit.note("customer", record.into_id, {"merged": told}, {})
    unit.note("customer", record.merged_id, None, told)
    _changed(unit, handed)
    now = stored_values(unit.connection, record.into_id)
    own_links = {name for name, one in own_fields(unit.connection).items() if one.link == "customer"}
    restored = {
        name: before
        for name, (before, after) in content["fields"].items()
        # an own field may have been retired since; whom it names may have been merged himself
        if name in now
        and _json(now[name])
        == (merged_codes.meant(unit.connection, after) if after and name in own_links else after)
    }
    if restored:
        _change(unit, target, restored)
    custom_values.give_back(unit, record.merged_id, content.get("own", {}))
    linked = content.get("linked", [])
    custom_values.relink(unit, record.into_id, record.merged_id, linked)
    _relink_kept(unit, record.into_id, record.merged_id, linked)
    index.renew(unit, [record.merged_id])
    stage_merging.after_undo(unit, record.into_id, record.code, pin)
    segment_merging.evaluate(unit, [record.into_id, record.merged_id], rules)
    segment_merging.restore(unit, content.get("members", []))
    return {"code": target, "customer": record.code, **posted}


def _require_survivor(unit: Unit, record: Row[Any]) -> str:
    code = unit.execute(select(customer.c.code).where(customer.c.id == record.into_id)).scalar()
    if code is None:
        later = unit.first(
            select(customer_merge).where(customer_merge.c.merged_id == record.into_id, IS_STANDING)
        )
        raise Conflict(
            Code.CANNOT_UNMERGE,
            _("{code} {name} was merged itself since. Undo that merge ({id}) first, then this one.").format(
                code=later.code if later else "",
                name=later.name if later else "",
                id=later.id if later else "",
            ),
            field="merge",
        )
    return str(code)


def _require_split(unit: Unit, record: Row[Any], content: dict[str, Any]) -> merge_posted.Split:
    agreements = [key["id"] for key in content["moved"].get("agreement.customer_id", ())]
    theirs: set[merge_posted.Node] = set()
    others = select(customer_merge.c.content).where(
        customer_merge.c.into_id == record.into_id, customer_merge.c.id != record.id, IS_STANDING
    )
    for text in unit.execute(others).scalars():
        other = json.loads(text)
        theirs |= {(table.name, one) for table in merge_posted.ROOTS for one in other["posted"][table.name]}
        theirs |= {("agreement", key["id"]) for key in other["moved"].get("agreement.customer_id", ())}
    back = merge_posted.split(unit, content["posted"], agreements, record.into_id, record.id, theirs)
    if back.clashes:
        raise Conflict(
            Code.CANNOT_UNMERGE,
            _(
                "These belong to both sides since the merge: {pairs}. Take them apart first: release a payment or"
                " credit note as at its own day (payment.release, credit.release), then undo the merge."
            ).format(pairs=_pairs(unit, back.clashes)),
            field="merge",
        )
    days = merge_posted.revalued_since(unit, {"document": back.goes["document"]}, record.into_id, record.id)
    if days:
        raise Conflict(
            Code.CANNOT_UNMERGE,
            _(
                "Open foreign currency was valued for both together on {days}. Undo that first (revaluation.undo),"
                " undo the merge, then value the day again."
            ).format(days=", ".join(day.isoformat() for day in days[:_SHOWN_MAX])),
            field="merge",
        )
    return back


def _posted_since(unit: Unit, record: Row[Any], back: merge_posted.Split) -> dict[str, list[str]]:
    """Numbers of the documents posted since a merge, in their order: those that go back, and those that stay."""
    goes = set(back.goes["document"])
    query = (
        select(document.c.id, document.c.number)
        .where(
            document.c.customer_id == record.into_id,
            document.c.id > record.id,
            document.c.id.not_in(  # what came with somebody merged later was posted for him
                select(merge_posted.moved_row.c.record_id).where(
                    merge_posted.moved_row.c.table_name == document.name
                )
            ),
        )
        .order_by(document.c.id)
    )
    found: dict[str, list[str]] = {"went": [], "stayed": []}
    for document_id, number in unit.execute(query):
        found["went" if document_id in goes else "stayed"].append(number or str(document_id))
    return found


def _pairs(unit: Unit, clashes: list[tuple[merge_posted.Node, merge_posted.Node]]) -> str:
    ids = {node[1] for pair in clashes for node in pair if node[0] == "document"}
    query = select(document.c.id, document.c.number).where(among(document.c.id, ids))
    numbers = {row[0]: row[1] for row in unit.execute(query)}
    for table in (merge_posted.fapiao, merge_posted.fapiao_request, merge_posted.agreement):
        wanted = {node[1] for pair in clashes for node in pair if node[0] == table.name}
        found = unit.execute(select(table.c.id, table.c.number).where(among(table.c.id, wanted)))
        numbers |= {row[0]: row[1] for row in found}
    shown = [" – ".join(numbers.get(node[1], str(node[1])) for node in pair) for pair in clashes[:_SHOWN_MAX]]
    return ", ".join(shown) + (" …" if len(clashes) > _SHOWN_MAX else "")


def _agreements_back(unit: Unit, ids: list[int], record: Row[Any]) -> None:
    """Contracts and orders made since from a quote or contract that goes back."""
    table = merge_posted.agreement
    unit.execute(
        update(table)
        .where(among(table.c.id, ids), table.c.customer_id == record.into_id)
        .values(customer_id=record.merged_id)
    )


def _take_in_others(unit: Unit, record: Row[Any], gone: merge_rows.Taken) -> None:
    """What customers who were merged after this one had too hangs on the survivor by them now."""
    query = select(customer_merge).where(
        customer_merge.c.into_id == record.into_id, customer_merge.c.id > record.id, IS_STANDING
    )
    for other in unit.execute(query.order_by(customer_merge.c.id)).all():
        content = json.loads(other.content)
        if merge_rows.take_in(unit, content, other.into_id, other.merged_id, gone):
            merge_rows.remember(unit, other.id, content)


def _relink_kept(
    unit: Unit, from_id: int, to_id: int, rows: list[list[int]] | None = None
) -> list[list[int]]:
    """As `custom_values.relink`, for the values of customers who are merged themselves: those stay with their merges,
    and name whoever comes back, or stays, when they come back."""
    links = {str(one) for one in custom_values.link_fields(unit, "customer")}
    found: list[list[int]] = []
    if not links or rows == []:
        return found
    # a book of many merges: only those are read in which he can be named
    is_meant = contains(customer_merge.c.content, str(from_id))
    for other in unit.execute(select(customer_merge).where(IS_STANDING, is_meant)).all():
        content = json.loads(other.content)
        for name, value in content.get("own", {}).items():
            place = [other.merged_id, int(name)]
            if name in links and value[1] == from_id and (rows is None or place in rows):
                value[1] = to_id
                found.append(place)
        if found and found[-1][0] == other.merged_id:
            merge_rows.remember(unit, other.id, content)
    return found


def _forget(unit: Unit) -> None:
    """Drops what this unit knows of customers and documents; keys of repeated lines stay known."""
    unit.forget_open_items()
    for key in [key for key in unit.cache if not _is_kept(key)]:
        del unit.cache[key]


def _is_kept(key: Any) -> bool:
    head = key[0] if isinstance(key, tuple) else key
    return getattr(head, "name", head) in ("use_key", "moment", "search room")


def _changed(unit: Unit, posted: dict[str, Any]) -> None:
    for name in ("document", "fapiao", "fapiao_request"):
        for record_id in posted[name]:
            unit.changes.add(name, record_id)
    for kind in PARTS:
        unit.changes.everything.add(kind)


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | list) else str(value)
