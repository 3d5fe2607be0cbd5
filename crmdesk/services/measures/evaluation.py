"""Reckons customers and keeps what comes out: all of them in a task, those a write touched inside its transaction.

Scales, limits of value and fitted parameters are learnt of all customers together, so only the whole reckoning renews
them; between two of them a touched customer is reckoned by those that stand. So each row follows from the ledger, its
own day and the kept model, and `check` can reckon it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, select, update

from crmdesk.models import clock
from crmdesk.models.errors import Cancelled, Code
from crmdesk.models.measure_rules import Ahead, Facts, Settings, learn, reckon
from crmdesk.models.tables.base import day_of
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.documents import document
from crmdesk.models.tables.measures import customer_measure, measure_state, stage_move, stage_pin
from crmdesk.services import inserts
from crmdesk.services.changes import Changes
from crmdesk.services.collecting import no_collection
from crmdesk.services.dialect import among, ids_given
from crmdesk.services.measures import facts as gathering
from crmdesk.services.measures import kept, move_words
from crmdesk.services.measures.kept import State
from crmdesk.services.units import Unit
from crmdesk.text import _, translator

TOUCHED_DOCUMENTS_MAX = 5_000
"""Who has more documents (cash sales of a shop, say) is not reckoned within a write, but marked."""
_NAME = "measures"
_OF_WEIGHT = ("customer", "rate")
"""Kinds of records that measures are reckoned of."""
_STAGE = kept.COLUMNS.index("life_stage")
_EXPECTED = tuple(map(kept.COLUMNS.index, ("expected_minor", "clv_minor")))
# built once: every write asks them
_IS_KEPT = select(measure_state.c.id)
_SOME_ROWS = select(customer_measure).where(customer_measure.c.customer_id.in_(ids_given("ids")))
_SOME_PINS = select(stage_pin.c.customer_id, stage_pin.c.stage).where(
    stage_pin.c.customer_id.in_(ids_given("ids"))
)
_DROP_SOME = delete(customer_measure).where(customer_measure.c.customer_id.in_(ids_given("ids")))
_DROP_GONE = delete(customer_measure).where(customer_measure.c.customer_id.not_in(select(customer.c.id)))
_LARGE = (
    select(document.c.customer_id)
    .where(document.c.customer_id.in_(ids_given("ids")))
    .group_by(document.c.customer_id)
    .having(func.count() > bindparam("most", type_=Integer()))
)
RULE, PIN, UNPIN = "rule", "pin", "unpin"


def is_due(connection: Connection) -> bool:
    """Whether the whole reckoning should run: never done, of an earlier day, or rows were marked since."""
    if evaluated_on(connection) != clock.today():
        return True
    marked = select(customer_measure.c.customer_id).where(customer_measure.c.is_current.is_(False)).limit(1)
    return connection.execute(marked).first() is not None


def evaluated_on(connection: Connection) -> date | None:
    """The day all customers were last reckoned for; None where they never were."""
    return connection.execute(select(measure_state.c.evaluated_on)).scalar()


def evaluate(
    unit: Unit,
    *,
    on: date | None = None,
    progress: Callable[[float], None] = lambda done: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Learns the model anew and reckons every customer as of today (or of `on`, in a book that is being made); tells
    how many rows and stages changed."""

    def step(done: float) -> None:
        if is_cancelled():
            raise Cancelled(Code.CANCELLED, _("Cancelled; nothing was kept."))
        progress(done)

    unit.flush_all()
    on, connection = on or clock.today(), unit.connection
    with no_collection():
        step(0.0)
        chosen = kept.read_settings(connection)
        everybody = gathering.gather(connection, on, chosen)
        step(0.5)
        model = learn(list(everybody.values()), on, chosen)
        step(0.7)
        state = State(on, clock.stamp(clock.now_utc()), model)
        before = _rows(connection, None)
        rows = list(_reckoned(everybody, on, chosen, state, pinned_stages(connection)))
        step(0.9)
        changed = [row for row in rows if before.get(row[0]) != row]
        moved = _note_moves(unit, before, changed, everybody, on, chosen)
        unit.execute(delete(measure_state))
        unit.execute(
            insert(measure_state).values(
                id=1, evaluated_on=on, evaluated_at=state.evaluated_at, model=kept.model_text(model)
            )
        )
        gone = [owner for owner in before if owner not in everybody]
        _replace(connection, [row[0] for row in changed] + gone, changed, is_all=len(changed) == len(rows))
        if changed or gone:
            unit.changes.everything.add("customer")
        unit.changes.everything.add("measure")
        _set_aside(unit)
        step(1.0)
    return {
        "customers": len(rows),
        "changed": len(changed),
        "moved": moved,
        "fitted": model.bg_nbd is not None,
    }


def _set_aside(unit: Unit) -> None:
    """Whom the unit touched until now is reckoned: what it touches from here on (a batch goes on, say) is not."""
    aside: Changes = unit.cache.setdefault(_NAME, Changes())
    for kind in _OF_WEIGHT:
        if kind in unit.changes.everything:
            unit.changes.everything.discard(kind)
            aside.everything.add(kind)
        for record_id in unit.changes.ids.pop(kind, ()):
            aside.add(kind, record_id)


def after_write(unit: Unit) -> None:
    """Called by every unit before its audit entry: reckons the customers it touched, or marks them where they are too
    many or one is too large; the next whole reckoning does those."""
    aside: Changes | None = unit.cache.pop(_NAME, None)
    _reckon_touched(unit)
    if aside is not None:
        unit.changes.merge(aside)


def _reckon_touched(unit: Unit) -> None:
    changes = unit.changes
    touched = changes.ids.get("customer", set())
    is_all = "customer" in changes.everything or changes.touches("rate")
    if not (touched or is_all):
        return
    connection = unit.connection
    if connection.execute(_IS_KEPT).first() is None:
        return
    if is_all:
        connection.execute(_DROP_GONE)  # a row of nobody would never be reckoned again, and `check` finds it
        connection.execute(update(customer_measure).values(is_current=False))
        return
    ids = sorted(touched)
    given = {"ids": json.dumps(ids), "most": TOUCHED_DOCUMENTS_MAX}
    large = set(connection.execute(_LARGE, given).scalars())
    if large:
        connection.execute(
            update(customer_measure)
            .where(among(customer_measure.c.customer_id, large))
            .values(is_current=False)
        )
    evaluate_some(unit, [one for one in ids if one not in large])


def evaluate_some(unit: Unit, ids: list[int], *, way: str = RULE, reason: str = "") -> None:
    """Reckons these customers as of today by the model that stands; their moves are noted with `way` and `reason`."""
    connection = unit.connection
    state = kept.read_state(connection)
    if state is None or not ids:
        return
    chosen, on = kept.read_settings(connection), clock.today()
    found = gathering.gather(connection, on, chosen, ids)
    before = _rows(connection, ids)
    rows = list(_reckoned(found, on, chosen, state, pinned_stages(connection, ids)))
    changed = [row for row in rows if before.get(row[0]) != row]
    _note_moves(unit, before, changed, found, on, chosen, way, reason)
    unit.flush()
    gone = [owner for owner in before if owner not in found]
    _replace(connection, [row[0] for row in changed] + gone, changed)


def _reckoned(
    found: dict[int, Facts], on: date, chosen: Settings, state: State, pins: dict[int, str]
) -> Iterator[tuple[Any, ...]]:
    ahead = Ahead(state.model, chosen)
    for owner, facts in found.items():
        values = reckon(facts, on, chosen, state.model, ahead)
        yield kept.row_of(owner, on, values, pins.get(owner, values.own_stage))


def _rows(connection: Connection, ids: list[int] | None) -> dict[int, tuple[Any, ...]]:
    if ids is None:
        cursor = connection.execute(select(customer_measure)).cursor
    else:
        cursor = connection.execute(_SOME_ROWS, {"ids": json.dumps(ids)}).cursor
    return {} if cursor is None else {row[0]: tuple(row) for row in cursor.fetchall()}


def pinned_stages(connection: Connection, ids: list[int] | None = None) -> dict[int, str]:
    """The stages that customers are pinned to, of these or of all."""
    if ids is None:
        found = connection.execute(select(stage_pin.c.customer_id, stage_pin.c.stage))
    else:
        found = connection.execute(_SOME_PINS, {"ids": json.dumps(ids)})
    return {row.customer_id: row.stage for row in found}


def _note_moves(
    unit: Unit,
    before: dict[int, tuple[Any, ...]],
    changed: Iterable[tuple[Any, ...]],
    found: dict[int, Facts],
    on: date,
    chosen: Settings,
    way: str = RULE,
    reason: str = "",
) -> int:
    """A line of history for whoever came to another stage; the first reckoning of a customer is no move. By the
    thresholds, the reason is the limit that was passed, in the language of the book: the line stays."""
    count = 0
    translate = translator(unit.settings.language)
    for row in changed:
        old = before.get(row[0])
        if old is None or old[_STAGE] == row[_STAGE]:
            continue
        count += 1
        unit.add(
            stage_move,
            id=unit.next_id(),
            customer_id=row[0],
            moved_on=on,
            before=old[_STAGE],
            after=row[_STAGE],
            way=way,
            reason=reason
            if way != RULE
            else move_words.reason(old[_STAGE], row[_STAGE], found[row[0]], on, chosen, translate),
            facts=kept.move_facts(found[row[0]]),
            audit_id=unit.audit_id,
        )
        unit.changes.add("stage_move", row[0])
    return count


def _replace(
    connection: Connection, ids: list[int], rows: list[tuple[Any, ...]], *, is_all: bool = False
) -> None:
    if is_all:
        connection.execute(delete(customer_measure))
    elif ids:
        connection.execute(_DROP_SOME, {"ids": json.dumps(ids)})
    if rows:
        inserts.write(connection, customer_measure, rows)


# What `check` compares


def differences(connection: Connection) -> Iterator[int]:
    """Customers whose kept row is not what the ledger, the row's day and the kept model give, or who have none."""
    state = kept.read_state(connection)
    if state is None:
        return
    chosen = kept.read_settings(connection)
    by_day: dict[int, list[int]] = {}
    stored = _rows(connection, None)
    for row in stored.values():
        by_day.setdefault(row[1], []).append(row[0])
    for number, ids in sorted(by_day.items()):
        on = day_of(number)
        found = gathering.gather(connection, on, chosen, None if len(ids) == len(stored) else ids)
        pins = pinned_stages(connection)
        for row in _reckoned(
            {owner: found[owner] for owner in ids if owner in found}, on, chosen, state, pins
        ):
            if stored[row[0]][2] and not _is_same(row, stored[row[0]]):
                yield row[0]
        yield from (owner for owner in ids if owner not in found)


def _is_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Equal; what comes out of logarithms may differ by a minor unit between two makes of processor."""
    return all(
        a == b or (place in _EXPECTED and abs(a - b) <= 1)
        for place, (a, b) in enumerate(zip(one, other, strict=True))
    )


def rebuild(unit: Unit) -> None:
    """Reckons all customers anew where they are reckoned at all; no move of a stage is lost or made twice."""
    if unit.first(select(measure_state.c.id)) is not None:
        evaluate(unit)
