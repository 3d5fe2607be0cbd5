"""The lists of segments, their members, and who came and went."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select

from crmdesk.models import clauses
from crmdesk.models.fields import Field, Kind, pick
from crmdesk.models.specs import segments as specs
from crmdesk.models.tables.categories import tag
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import open_item
from crmdesk.models.tables.segments import segment, segment_event, segment_member, segment_pin
from crmdesk.services import settings
from crmdesk.services.dialect import among, contains
from crmdesk.services.lists.columns import BOOK_CURRENCY, Column, ListSpec, Source
from crmdesk.text import N_

_SEGMENT = Field("segment", Kind.LINK, N_("Segment"), link="segment", width=18)
_WAY = Field("way", Kind.STATE, N_("Way"), choices=specs.WAYS, width=10)
_BY_NAME = {field.name: field for field in specs.PLAN}


def _count(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(table)
        .where(table.c.segment_id == segment.c.id, *conditions)
        .correlate(segment)
        .scalar_subquery()
    )


def _searched(*columns: ColumnElement[str]) -> Any:
    def search(connection: Connection, typed: str, most: int | None) -> ColumnElement[bool]:
        del connection, most
        return and_(
            *(or_(*(contains(one, word) for one in columns)) for word in typed.split()), literal(True)
        )

    return search


def _fill(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """The rule of each as text, with the names that its tags and categories have now; what moved lately; what is
    owed by its customers."""
    from crmdesk.services import segment_card, segment_rules  # rules are read by the lists' own language

    kept = {row.id: row for row in connection.execute(select(segment.c.id, segment.c.rule, segment.c.named))}
    for row in rows:
        found = kept[row["id"]]
        tree = segment_rules.current_tree(connection, found.rule, found.named)
        row["rule"] = clauses.text_of(tree) if tree.parts else ""
    moved = segment_card.moved_lately(connection)
    owed = _owed(connection, [row["id"] for row in rows])
    for row in rows:
        row["joined"], row["left"] = moved.get(row["id"], (0, 0))
        row["owed"] = owed.get(row["id"], 0)


def _owed(connection: Connection, ids: list[int]) -> dict[int, int]:
    """What the customers of each owe in the book's currency, less what they have to their credit."""
    own = settings.load(connection).currency
    query = (
        select(segment_member.c.segment_id, func.sum(open_item.c.side * open_item.c.open_minor))
        .join_from(segment_member, open_item, open_item.c.customer_id == segment_member.c.customer_id)
        .where(among(segment_member.c.segment_id, ids), open_item.c.currency == own)
        .group_by(segment_member.c.segment_id)
    )
    return {row[0]: int(row[1]) for row in connection.execute(query)}


_PARENT = segment.alias("parent_segment")
_GIVEN = tag.alias("given_tag")

SEGMENTS = ListSpec(
    kind="segments",
    label=N_("Segments"),
    columns=(
        Column(specs.NAME, segment.c.name),
        Column(Field("kind", Kind.STATE, N_("Kind"), choices=specs.KINDS, width=8), segment.c.kind),
        Column(Field("members", Kind.INTEGER, N_("Customers"), width=9), _count(segment_member)),
        Column(Field("joined", Kind.INTEGER, N_("Joined in 7 days"), sortable=False, width=9)),
        Column(Field("left", Kind.INTEGER, N_("Left in 7 days"), sortable=False, width=9)),
        Column(Field("owed", Kind.MONEY, N_("Owed"), sign="any", sortable=False, width=13)),
        Column(
            Field("pinned", Kind.INTEGER, N_("Pinned"), width=8),
            # one who was never used may be deleted, and his pins go at the next evaluation
            _count(
                segment_pin,
                segment.c.kind == "rule",
                segment_pin.c.customer_id.in_(select(customer.c.id)),
            ),
            is_shown=False,
        ),
        Column(Field("rule", Kind.TEXT, N_("Rule"), sortable=False, width=40)),
        Column(
            Field("parent", Kind.LINK, N_("Within"), link="segment", width=14),
            func.coalesce(_PARENT.c.name, ""),
            is_shown=False,
        ),
        Column(
            Field("tag", Kind.TEXT, N_("Gives the tag"), width=12),
            func.coalesce(_GIVEN.c.name, ""),
            is_shown=False,
        ),
        *(Column(field, segment.c[field.name]) for field in pick(specs.PLAN, "owner", "note", "offer")),
        Column(_BY_NAME["budget"], segment.c.budget_minor, is_summed=True),
        Column(_BY_NAME["cost"], segment.c.cost_minor, is_summed=True),
        Column(Field("currency", Kind.CURRENCY, N_("Currency"), width=6), BOOK_CURRENCY, is_shown=False),
        Column(_BY_NAME["position"], segment.c.position, is_shown=False),
        Column(_BY_NAME["active"], segment.c.is_active, is_shown=False),
    ),
    source=Source(
        table=segment.outerjoin(_PARENT, _PARENT.c.id == segment.c.parent_id).outerjoin(
            _GIVEN, _GIVEN.c.id == segment.c.tag_id
        ),
        id=segment.c.id,
        columns={},
        where=(segment.c.deleted_at == "",),
        search=_searched(segment.c.name, segment.c.note, segment.c.owner),
    ),
    default_sort="position",
    currency=BOOK_CURRENCY,
    fill=_fill,
    empty_text=N_(
        "No segments yet. Make a rule, such as spent(last 12 months) >= 10000, or fill a list by hand."
    ),
)

_OF_CUSTOMER = (
    Column(
        Field("customer", Kind.LINK, N_("Customer"), link="customer"), customer.c.code, title="customer_name"
    ),
    Column(Field("customer_name", Kind.TEXT, N_("Customer name"), width=28), customer.c.name),
)

_PIN = segment_pin.alias("member_pin")


def _joined_because(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Why he is here: the reason of his pin, else what the rule saw when he came."""
    from crmdesk.services import segment_history

    ids = [row["id"] for row in rows if not row["reason"]]
    said = segment_history.reasons(connection, ids) if ids else {}
    for row in rows:
        row["reason"] = row["reason"] or said.get(row["id"], "")


SEGMENT_MEMBERS = ListSpec(
    kind="segment_members",
    label=N_("Customers in segments"),
    columns=(
        Column(_SEGMENT, segment.c.name, is_group=True),
        *_OF_CUSTOMER,
        Column(_WAY, segment_member.c.way),
        Column(Field("since", Kind.DATE, N_("Since")), segment_member.c.since_on),
        Column(Field("reason", Kind.TEXT, N_("Reason"), width=24), func.coalesce(_PIN.c.reason, "")),
        Column(Field("pinned_by", Kind.TEXT, N_("Pinned by"), width=10), func.coalesce(_PIN.c.actor, "")),
    ),
    source=Source(
        table=segment_member.join(segment, segment.c.id == segment_member.c.segment_id)
        .join(customer, customer.c.id == segment_member.c.customer_id)
        .outerjoin(
            _PIN,
            and_(
                _PIN.c.segment_id == segment_member.c.segment_id,
                _PIN.c.customer_id == segment_member.c.customer_id,
            ),
        ),
        id=segment_member.c.event_id,
        columns={},
        customer_id=segment_member.c.customer_id,
        search=_searched(segment.c.name, customer.c.code, customer.c.name),
    ),
    default_sort="segment",
    fill=_joined_because,
    empty_text=N_("No segment has a customer yet."),
)


def _reasons(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """What each rule saw then, in a sentence."""
    from crmdesk.services import segment_history

    said = segment_history.reasons(connection, [row["id"] for row in rows])
    for row in rows:
        row["reason"] = said.get(row["id"], "")


SEGMENT_EVENTS = ListSpec(
    kind="segment_events",
    label=N_("Who came and went"),
    columns=(
        Column(Field("date", Kind.DATE, N_("Date")), segment_event.c.dated_on),
        Column(_SEGMENT, segment.c.name, is_group=True),
        *_OF_CUSTOMER,
        Column(Field("joined", Kind.BOOLEAN, N_("Came in"), width=8), segment_event.c.is_joined),
        Column(_WAY, segment_event.c.way),
        Column(
            Field("happened_at", Kind.MOMENT, N_("Moment"), width=18),
            segment_event.c.happened_at,
            is_shown=False,
        ),
        Column(Field("reason", Kind.TEXT, N_("Reason"), sortable=False, width=40)),
    ),
    source=Source(
        table=segment_event.join(segment, segment.c.id == segment_event.c.segment_id).join(
            customer, customer.c.id == segment_event.c.customer_id
        ),
        id=segment_event.c.id,
        columns={},
        customer_id=segment_event.c.customer_id,
        search=_searched(segment.c.name, customer.c.code, customer.c.name),
    ),
    default_sort="-date",
    fill=_reasons,
    empty_text=N_("Nobody came or went yet."),
)
