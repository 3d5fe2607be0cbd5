"""Lists of what the owner made his own: fields, words of dictionaries, shared views."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import custom_fields as specs
from crmdesk.models.specs.dictionaries import DICTIONARIES as NAMES
from crmdesk.models.tables.custom_fields import custom_field
from crmdesk.models.tables.dictionaries import dictionary, dictionary_entry, saved_view
from crmdesk.services import dictionaries
from crmdesk.services.lists.columns import Column, Join, ListSpec, Source
from crmdesk.services.lists.records import searcher
from crmdesk.text import N_

_FLAGS = (
    ("required", N_("Must be given"), True),
    ("unique", N_("Each value once only"), True),
    ("shown", N_("Shown in lists"), False),
    ("printed", N_("Printed on papers"), True),
    ("searchable", N_("Searchable"), False),
    ("active", N_("In use"), True),
)

FIELDS = ListSpec(
    kind="fields",
    label=N_("Own fields"),
    columns=(
        Column(
            Field("record", Kind.CHOICE, N_("Record"), choices=specs.RECORDS, width=12), custom_field.c.record
        ),
        Column(Field("position", Kind.INTEGER, N_("Position"), sign="any", width=6), custom_field.c.position),
        Column(Field("label", Kind.TEXT, N_("Label"), width=18), custom_field.c.label),
        Column(
            Field("label_en", Kind.TEXT, N_("English label"), width=18),
            custom_field.c.label_en,
            is_shown=False,
        ),
        Column(Field("field", Kind.CODE, N_("Short name"), width=14), custom_field.c.name),
        Column(Field("kind", Kind.CHOICE, N_("Kind"), choices=specs.KINDS, width=12), custom_field.c.kind),
        Column(Field("section", Kind.TEXT, N_("Section"), width=14), custom_field.c.section, is_group=True),
        Column(
            Field("formula", Kind.LONG_TEXT, N_("Formula"), width=30), custom_field.c.formula, is_shown=False
        ),
        Column(Field("help", Kind.TEXT, N_("Help"), width=30), custom_field.c.help, is_shown=False),
        *(
            Column(Field(name, Kind.BOOLEAN, label, width=8), custom_field.c[f"is_{name}"], is_shown=is_shown)
            for name, label, is_shown in _FLAGS
        ),
    ),
    source=Source(
        table=custom_field,
        id=custom_field.c.id,
        columns={},
        search=searcher(custom_field.c.label, custom_field.c.label_en, custom_field.c.name),
    ),
    default_sort="position",
    empty_text=N_("No own fields yet. Add one to customers, contracts or payments."),
)


def _fill_words(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """How many records hold each word."""
    used = {name: dictionaries.usage(connection, name) for name in {row["dictionary"] for row in rows}}
    for row in rows:
        row["records"] = used[row["dictionary"]].get(row["name"], 0)


_WORD = dictionary_entry.c
DICTIONARIES = ListSpec(
    kind="dictionaries",
    label=N_("Dictionaries"),
    columns=(
        Column(Field("dictionary", Kind.CHOICE, N_("Dictionary"), choices=NAMES, width=14), _WORD.dictionary),
        Column(Field("position", Kind.INTEGER, N_("Position"), sign="any", width=6), _WORD.position),
        Column(Field("name", Kind.TEXT, N_("Word"), width=18), _WORD.name),
        Column(Field("label_en", Kind.TEXT, N_("English label"), width=18), _WORD.label_en),
        Column(Field("records", Kind.INTEGER, N_("Records"), sign="any", sortable=False, width=8)),
        Column(Field("active", Kind.BOOLEAN, N_("In use"), width=8), _WORD.is_active),
        Column(
            Field("open", Kind.BOOLEAN, N_("Takes other words"), width=8),
            func.coalesce(dictionary.c.is_open, True),
            needs=frozenset({"dictionary"}),
            is_shown=False,
        ),
    ),
    source=Source(
        table=dictionary_entry,
        id=_WORD.id,
        columns={},
        joins={"dictionary": Join(dictionary, dictionary.c.name == _WORD.dictionary)},
        search=searcher(_WORD.name, _WORD.label_en),
    ),
    default_sort="position",
    fill=_fill_words,
    empty_text=N_("No words yet. Add them, or take over those that records have."),
)

VIEWS = ListSpec(
    kind="views",
    label=N_("Shared views"),
    columns=(
        Column(Field("list", Kind.CODE, N_("List"), width=16), saved_view.c.list, is_group=True),
        Column(Field("name", Kind.TEXT, N_("View"), width=24), saved_view.c.name),
        Column(Field("changed_by", Kind.TEXT, N_("By")), saved_view.c.updated_by),
        Column(Field("changed_at", Kind.MOMENT, N_("Changed"), width=18), saved_view.c.updated_at),
    ),
    source=Source(table=saved_view, id=saved_view.c.id, columns={}, search=searcher(saved_view.c.name)),
    default_sort="name",
    empty_text=N_("No shared views yet. Save one from a list."),
)
