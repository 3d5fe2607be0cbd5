"""Who came into segments and left them, when and why; what moved since a day; who a rule would find."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from crmdesk.models import clauses, clock
from crmdesk.models.errors import Cancelled, Code, CrmdeskError
from crmdesk.models.fields import Kind
from crmdesk.models.tables.audit import audit_detail
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.segments import (
    segment,
    segment_event,
    segment_pin,
    segment_version,
)
from crmdesk.services import (
    merged_codes,
    segment_contradictions,
    segment_rules,
    segment_why,
    segment_words,
    settings,
)
from crmdesk.services.dialect import among, ids_of
from crmdesk.services.lists import querying
from crmdesk.services.lists.columns import Query
from crmdesk.services.lists.conditions import comparisons
from crmdesk.services.lists.filters import Node
from crmdesk.services.segment_evaluation import PIN
from crmdesk.services.segment_values import Look
from crmdesk.text import _, current_language, translator

SAMPLE = 20
MERGE = "merge"
"""The way of who comes or goes because customers were merged, or a merge was undone."""
IS_COUNTED = segment_event.c.way != MERGE
"""Nobody joined or left by a merge: two rows of one customer became one, or two again."""
_STEPS = 20_000
"""So many steps of SQLite (a millisecond or so) pass between two looks whether somebody still waits."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One customer who came or went; `reason` is what the rule saw then."""

    dated_on: date
    segment: str
    customer: str
    customer_name: str
    is_joined: bool
    way: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """One customer whom a rule finds, with the values it looks at."""

    code: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a rule would find now. `text` is the rule as it is written, `labels` are the titles of the values,
    `contradiction` is a sentence on what of it can never hold."""

    count: int
    text: str
    labels: tuple[str, ...]
    sample: tuple[Found, ...]
    contradiction: str = ""


def preview(
    connection: Connection,
    rule: str | dict[str, Any],
    language: str = "",
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Preview:
    """Count and first customers of a rule that is being written, as text or tree. Raises `filter_invalid`, and
    Cancelled as soon as nobody waits for the answer any more, in the middle of a query as well."""
    with interruptible(connection, is_cancelled):
        today = clock.today()
        tree, node = segment_rules.checked(connection, rule, today)
        text = clauses.text_of(tree)
        query = Query("customers", filter=text)
        ids = querying.ids(connection, query, SAMPLE)
        count = len(ids) if len(ids) < SAMPLE else querying.count(connection, query)
        labels, found = values_of(connection, node, today, ids, language)
        contradiction = segment_contradictions.said(node, translator(language or current_language()))
        return Preview(count, text, labels, tuple(found[one] for one in ids if one in found), contradiction)


def values_of(
    connection: Connection, node: Node | None, today: date, ids: Iterable[int], language: str = ""
) -> tuple[tuple[str, ...], dict[int, Found]]:
    """The titles of what a rule looks at, and some customers with their own values of it."""
    wanted = list(ids)
    used = [one for one in comparisons(node) if one.kind is not Kind.LIST]
    look = Look(used, today, segment_rules.spec_of(connection))
    columns = [look.fact(one) for one in look.used]
    chosen = ids_of(wanted)
    rows = connection.execute(
        select(customer.c.id, customer.c.code, customer.c.name, customer.c.currency, *columns)
        .select_from(look.table(chosen))
        .where(customer.c.id.in_(chosen)),
        look.parameters(connection, wanted),
    )
    words = translator(language or current_language())
    own = settings.load(connection).currency
    found = {
        row.id: Found(
            row.code,
            row.name,
            tuple(
                segment_words.value(one, _stored(fact), row.currency or own, words)
                for one, fact in zip(look.used, tuple(row)[4:], strict=True)
            ),
        )
        for row in rows
    }
    return tuple(segment_words.label(one, words) for one in look.used), found


@contextmanager
def interruptible(connection: Connection, is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Inside it a query ends with Cancelled soon after `is_cancelled` says so: nobody waits for an old answer."""
    cancelled = Cancelled(Code.CANCELLED, _("Cancelled; nothing was changed."))
    if is_cancelled():
        raise cancelled
    raw: Any = connection.connection.driver_connection
    raw.set_progress_handler(is_cancelled, _STEPS)
    try:
        yield
    except OperationalError:
        if is_cancelled():
            raise cancelled from None
        raise
    finally:
        raw.set_progress_handler(None, 0)


def _stored(value: Any) -> Any:
    """A value as an event keeps it: days as numbers."""
    return value.year * 10_000 + value.month * 100 + value.day if isinstance(value, date) else value


def movements(
    connection: Connection,
    *,
    code: str | None = None,
    segment_name: str | None = None,
    since: date | None = None,
    limit: int = 200,
    language: str = "",
) -> list[Movement]:
    """Who came and went, the newest first: of one customer, of one segment, since a day (included)."""
    event = segment_event.c
    query = select(event.id, segment.c.name, customer.c.code, customer.c.name.label("title"), event.is_joined,
        event.way, event.dated_on)  # fmt: skip
    query = query.join_from(segment_event, segment, segment.c.id == event.segment_id).join(
        customer, customer.c.id == event.customer_id
    )
    if code is not None:
        query = query.where(customer.c.code == merged_codes.meant(connection, code))
    if segment_name is not None:
        query = query.where(segment.c.name == segment_name)
    if since is not None:
        query = query.where(event.dated_on >= since)
    rows = connection.execute(query.order_by(event.id.desc()).limit(limit)).all()
    said = reasons(connection, [row.id for row in rows], language)
    return [
        Movement(row.dated_on, row.name, row.code, row.title, row.is_joined, row.way, said.get(row.id, ""))
        for row in rows
    ]


def reasons(connection: Connection, ids: Iterable[int], language: str = "") -> dict[int, str]:
    """What the rules saw at some events, in the words of the rule as it was then; of a pin, its reason."""
    ids = list(ids)
    event = segment_event.c
    query = (
        select(event.id, event.facts, customer.c.currency, segment_version.c.rule, event.dated_on)
        .join_from(segment_event, customer, customer.c.id == event.customer_id)
        .join(
            segment_version,
            (segment_version.c.segment_id == event.segment_id)
            & (segment_version.c.version == _version_then()),
        )
        .where(among(event.id, ids), event.facts != "")
    )
    own = settings.load(connection).currency
    known = segment_rules.fields(segment_rules.spec_of(connection))
    found: dict[int, str] = {}
    for row in connection.execute(query):
        tree = clauses.tree_from_plain(json.loads(row.rule)) if row.rule else None
        try:
            node = segment_rules.read(clauses.text_of(tree), row.dated_on, known) if tree else None
        except (CrmdeskError, ValueError, KeyError):
            continue  # a field that there is no more
        if node is not None:
            found[row.id] = segment_why.facts_said(node, json.loads(row.facts), row.currency or own, language)
    return found | _pin_reasons(connection, ids)


def _pin_reasons(connection: Connection, ids: list[int]) -> dict[int, str]:
    """Why somebody was pinned, by the event that the pin made: as it was said then, in the audit trail; where that is
    not told (a pin that took effect later), the reason of the pin there is."""
    event, pin = segment_event.c, segment_pin.c
    query = (
        select(
            event.id, event.customer_id, event.is_joined, segment.c.name, pin.reason, audit_detail.c.content
        )
        .join_from(segment_event, segment, segment.c.id == event.segment_id)
        .outerjoin(
            segment_pin,
            (pin.segment_id == event.segment_id)
            & (pin.customer_id == event.customer_id)
            & (pin.is_in == event.is_joined),
        )
        .outerjoin(audit_detail, audit_detail.c.audit_id == event.audit_id)
        .where(among(event.id, ids), event.way == PIN)
    )
    found: dict[int, str] = {}
    for row in connection.execute(query):
        said = [
            str(after["reason"])
            for change in (json.loads(row.content)["changes"] if row.content else ())
            if (change["kind"], change["id"]) == ("customer", row.customer_id)
            and (after := change["after"] or {}).get("segment") == row.name
            and after.get("in") == row.is_joined
            and "reason" in after
        ]
        reason = said[-1] if said else row.reason
        if reason:
            found[row.id] = reason
    return found


def _version_then() -> Any:
    """The newest kept version of the rule that is not newer than the event's."""
    return (
        select(func.max(segment_version.c.version))
        .where(
            segment_version.c.segment_id == segment_event.c.segment_id,
            segment_version.c.version <= segment_event.c.version,
        )
        .correlate(segment_event)
        .scalar_subquery()
    )
