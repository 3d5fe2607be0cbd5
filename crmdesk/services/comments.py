"""Comments (A11): what the team says to each other on a record, with mentions and hand-over notes.

@name in the text mentions somebody. Chinese has no space behind a name, so that names the book knows (owners,
collaborators, who has tasks or wrote something) are looked for first, the longest one that fits.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, union, update

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, optional
from crmdesk.models.specs import people as specs
from crmdesk.models.tables.customers import customer as customer_table
from crmdesk.models.tables.people import comment as _TABLE
from crmdesk.models.tables.people import comment_mention, customer_collaborator, task
from crmdesk.services import record_refs
from crmdesk.services.dialect import each_value
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

_AT = re.compile(r"(?<![\w.])[@＠]([\w·.\-]{1,60})")
_NAME_LENGTH_MAX = 60
_COMMENT = Field("comment", Kind.INTEGER, N_("Comment"), required=True, link="comment")


@use_case(
    "comment.add",
    fields=(*record_refs.REFERENCE, specs.COMMENT_TEXT, specs.HANDOVER, specs.MENTIONS),
    summary=N_(
        "Say something to the team on a customer, a document or an agreement; @name mentions somebody."
    ),
    errors=(Code.CUSTOMER_MISSING, Code.NOT_FOUND, Code.REQUIRED, Code.TEXT_TOO_LONG),
)
def add(
    unit: Unit,
    *,
    text: str,
    kind: str | None = None,
    number: str | None = None,
    customer: str | None = None,
    handover: bool | None = None,
    mentions: list[str] | None = None,
) -> dict[str, Any]:
    """Adds a comment and gives its id and whom it mentions."""
    record = record_refs.find(unit, kind, number, customer)
    _require_text(text)
    names = _mentioned(unit, text, mentions or ())
    record_id = unit.next_id()
    unit.add(
        _TABLE,
        id=record_id,
        record_kind=record.kind,
        record_id=record.id,
        customer_id=record.customer_id,
        is_handover=bool(handover),
        text=text,
        said_on=clock.today(),
        actor=unit.actor,
        recorded_at=clock.stamp(clock.now_utc()),
    )
    for name in names:
        unit.add(comment_mention, comment_id=record_id, name=name)
    _note(unit, record_id, record.customer_id, None, {"text": text, "record": record.id, "kind": record.kind})
    return {"comment": record_id, "mentions": names}


@use_case(
    "comment.update",
    fields=(_COMMENT, *optional((specs.COMMENT_TEXT, specs.HANDOVER))),
    summary=N_("Correct a comment; the history keeps what it was."),
    errors=(Code.NOT_FOUND, Code.REQUIRED),
)
def change(
    unit: Unit, *, comment: int, text: str | None = None, handover: bool | None = None
) -> dict[str, Any]:
    """Changes the words; mentions are those of the new words."""
    row = _row(unit, comment)
    changed: dict[str, Any] = {}
    if text is not None and text != row["text"]:
        _require_text(text)
        changed["text"] = text
    if handover is not None and handover != row["is_handover"]:
        changed["is_handover"] = handover
    if changed:
        names = _mentioned(unit, text, ()) if text is not None else None
        moment = clock.stamp(clock.now_utc())
        unit.execute(update(_TABLE).where(_TABLE.c.id == comment).values(**changed, changed_at=moment))
        if names is not None:
            unit.execute(sql_delete(comment_mention).where(comment_mention.c.comment_id == comment))
            for name in names:
                unit.add(comment_mention, comment_id=comment, name=name)
        _note(unit, comment, row["customer_id"], {name: row[name] for name in changed}, changed)
    return {"comment": comment}


@use_case(
    "comment.remove",
    fields=(_COMMENT,),
    summary=N_("Remove a comment; the history keeps it."),
    errors=(Code.NOT_FOUND,),
)
def remove(unit: Unit, *, comment: int) -> dict[str, Any]:
    """Removes a comment with its mentions."""
    row = _row(unit, comment)
    unit.execute(sql_delete(comment_mention).where(comment_mention.c.comment_id == comment))
    unit.execute(sql_delete(_TABLE).where(_TABLE.c.id == comment))
    _note(unit, comment, row["customer_id"], {"text": row["text"], "actor": row["actor"]}, None)
    return {"comment": comment}


def _require_text(text: str) -> None:
    if not text.strip():
        raise InvalidInput(Code.REQUIRED, _("“{field}” is required.").format(field="text"), field="text")


def _mentioned(unit: Unit, text: str, given: Any) -> list[str]:
    found = [name.strip() for name in given if name.strip()]
    written = [match[1].rstrip(".-·") for match in _AT.finditer(text)]
    known = sorted(known_names(unit), key=len, reverse=True) if written else []
    for words in written:
        found.append(next((name for name in known if words.startswith(name)), words))
    return [name[:_NAME_LENGTH_MAX] for name in dict.fromkeys(found) if name]


def known_names(unit: Unit) -> set[str]:
    """Names of the team as far as the book knows them: owners, collaborators, who has tasks or wrote comments."""
    query = union(
        *map(each_value, (customer_table.c.owner, customer_collaborator.c.name, task.c.assignee)),
        select(_TABLE.c.actor),
    )
    return {name for name in unit.execute(query).scalars() if name}


def _row(unit: Unit, comment_id: int) -> dict[str, Any]:
    row = unit.first(select(_TABLE).where(_TABLE.c.id == comment_id))
    if row is None:
        raise NotFound(
            Code.NOT_FOUND,
            _("There is no comment {number}; it may have been removed.").format(number=comment_id),
            field="comment",
        )
    return dict(row._mapping)


def _note(
    unit: Unit,
    comment_id: int,
    customer_id: int | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    unit.note("comment", comment_id, before, after)
    if customer_id is not None:
        unit.changes.add("customer", customer_id)
