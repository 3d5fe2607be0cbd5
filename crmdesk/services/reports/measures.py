"""Report `measures`: how many customers have each value of a measure, with what they bought in the window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.services import settings
from crmdesk.services.lists.customers import CUSTOMERS
from crmdesk.services.measures import kept, reading
from crmdesk.services.reports.declared import (
    CURRENCY,
    Options,
    Report,
    ReportTable,
    as_at_words,
    declare,
    make,
    money_field,
)
from crmdesk.text import N_, _

_LABEL = Field("label", Kind.TEXT, N_("Meaning"), width=14)
_FIELDS = (
    Field("value", Kind.TEXT, N_("Class or score"), width=12),
    _LABEL,
    Field("customers", Kind.INTEGER, N_("Customers"), sign="any", width=9),
    Field("share", Kind.TEXT, N_("Share"), width=8),
    CURRENCY,
    money_field("amount", N_("Amount of the window, excl. tax")),
)


def _fill(connection: Connection, options: Options) -> ReportTable:
    by = options.by or reading.DISTRIBUTED[0]
    own = settings.load(connection).currency
    state = kept.read_state(connection)
    rows: list[tuple[Any, ...]] = [
        (str(one.value), one.label, one.count, f"{one.permille / 10:.1f}%", own, one.window_minor)
        for one in reading.distribution(connection, by)
    ]
    on = state.evaluated_on if state is not None else clock.today()
    label = next(column.field.label for column in CUSTOMERS.columns if column.field.name == by)
    table = make(
        "measures",
        _("Measures of customers: {name}").format(name=_(label)),
        as_at_words(on),
        _FIELDS,
        rows,
        ("amount",),
        as_of=on.isoformat(),
        by=by,
    )
    # People read the words where a value has some; its code is for who reads the JSON.
    at_label = _FIELDS.index(_LABEL)
    return replace(
        table,
        fields=(*_FIELDS[1:at_label], replace(_LABEL, label=_FIELDS[0].label), *_FIELDS[at_label + 1 :]),
        rows=[row[1:] for row in rows],
    )


declare(
    Report(
        "measures",
        N_("Measures of customers"),
        N_("How many customers are in each stage, class, tier or score, and what they bought in the window."),
        ("by",),
        _fill,
    )
)
