"""Texts of group letters: the book's own, in Chinese and English, with placeholders in braces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy import delete as sql_delete

from crmdesk.models import clock
from crmdesk.models.errors import Code, Conflict, InvalidInput, NotFound
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.tables.letters import letter_text
from crmdesk.services import custom_fields, dunning_texts
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _

PLACEHOLDERS = {
    "name": N_("the customer's name"),
    "code": N_("the customer's code"),
    "contact": N_("the contact's name, else the customer's"),
    "balance": N_("what the customer owes now, in each currency"),
    "overdue": N_("what is overdue, in each currency"),
    "offer": N_("the offer of the letter"),
    "company": N_("the name of this company"),
    "date": N_("the date of the letter"),
}
"""What may stand in braces, and what it becomes; own fields of customers beside them (`placeholders`)."""

NAME = Field("name", Kind.TEXT, N_("Name"), required=True, length_max=60)
NEW_NAME = N_("New name")
TEXTS = (
    Field("subject_zh", Kind.TEXT, N_("Subject in Chinese"), length_max=200),
    Field("body_zh", Kind.LONG_TEXT, N_("Text in Chinese"), length_max=8_000),
    Field("subject_en", Kind.TEXT, N_("Subject in English"), length_max=200),
    Field("body_en", Kind.LONG_TEXT, N_("Text in English"), length_max=8_000),
    Field("offer", Kind.TEXT, N_("Offer"), length_max=500),
)


@use_case(
    "letter_text.save",
    fields=(NAME, *TEXTS),
    summary=N_("Write the text of a group letter, or change it; only what is given changes."),
    errors=(Code.REQUIRED, Code.PLACEHOLDER_UNKNOWN),
)
def save(unit: Unit, *, name: str, **texts: str | None) -> dict[str, Any]:
    """Makes or changes a text. A new one needs a body; a placeholder that nothing stands for is refused."""
    row = unit.first(select(letter_text).where(letter_text.c.name == name))
    given = {key: value for key, value in texts.items() if value is not None}
    for key, value in given.items():
        if key != "offer":
            dunning_texts.require_known(value, key, placeholders(unit.connection))
    after = (dict(row._mapping) if row is not None else {}) | given
    if not after.get("body_zh") and not after.get("body_en"):
        raise InvalidInput(
            Code.REQUIRED, _("A letter needs a text, in Chinese or in English."), field="body_zh"
        )
    moment = {"updated_at": clock.stamp(clock.now_utc())}
    if row is None:
        record_id = unit.next_id()
        unit.execute(insert(letter_text).values(id=record_id, name=name, **given, **moment))
    else:
        record_id = row.id
        unit.execute(update(letter_text).where(letter_text.c.id == record_id).values(**given, **moment))
    before = None if row is None else {key: row._mapping[key] for key in given}
    unit.note("letter_text", record_id, before, given)
    return {"name": name}


@use_case(
    "letter_text.rename",
    fields=(
        Field("letter", Kind.TEXT, N_("Letter"), required=True, length_max=60),
        replace(NAME, label=NEW_NAME),
    ),
    summary=N_("Rename the text of a group letter; what was printed keeps the name it was printed with."),
    errors=(Code.NOT_FOUND, Code.DUPLICATE),
)
def rename(unit: Unit, *, letter: str, name: str) -> dict[str, Any]:
    """Gives a text another name; `letter` is the one it has. A name that another text has is refused `duplicate`."""
    row = unit.first(select(letter_text).where(letter_text.c.name == letter))
    if row is None:
        raise missing(letter, "letter")
    name = name.strip()
    taken = unit.first(select(letter_text.c.id).where(letter_text.c.name == name, letter_text.c.id != row.id))
    if taken is not None:
        raise Conflict(
            Code.DUPLICATE,
            _("There is a letter “{name}” already. Choose another name, or delete that one.").format(
                name=name
            ),
            field="name",
        )
    if name != row.name:
        moment = clock.stamp(clock.now_utc())
        unit.execute(
            update(letter_text).where(letter_text.c.id == row.id).values(name=name, updated_at=moment)
        )
        unit.note("letter_text", row.id, {"name": row.name}, {"name": name})
    return {"name": name}


@use_case(
    "letter_text.delete",
    fields=(required(NAME),),
    summary=N_("Delete the text of a group letter."),
    errors=(Code.NOT_FOUND,),
)
def delete(unit: Unit, *, name: str) -> dict[str, Any]:
    """Deletes a text; letters that were written stay what they are."""
    row = unit.first(select(letter_text).where(letter_text.c.name == name))
    if row is None:
        raise missing(name)
    unit.execute(sql_delete(letter_text).where(letter_text.c.id == row.id))
    unit.note("letter_text", row.id, {"name": name}, None)
    return {"name": name}


def placeholders(connection: Connection, *, with_retired: bool = False) -> dict[str, str]:
    """What may stand in braces: `PLACEHOLDERS` and the customers' own fields as {own.name}, with its words.

    A retired one stays known to texts that were written before (`with_retired`).
    """
    own = custom_fields.declared(connection, "customer", with_retired=with_retired)
    return PLACEHOLDERS | {entry.column: entry.label for entry in own}


def missing(name: str, field: str = "name") -> NotFound:
    """The answer for a text that is not there."""
    return NotFound(
        Code.NOT_FOUND,
        _("There is no letter “{name}”. Write it first (letter_text.save).").format(name=name[:60]),
        field=field,
    )
