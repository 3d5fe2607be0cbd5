"""What a report is asked for on the command line; an option that it makes no use of is refused, never ignored."""

from __future__ import annotations

import argparse
from typing import Any

from crmdesk.models import clock
from crmdesk.models.errors import Code, InvalidInput, WrongUsage
from crmdesk.services.reports.declared import Options, Report
from crmdesk.text import _

_WORDS = {
    "as_of": "--as-of",
    "date_from": "--from",
    "date_to": "--to",
    "by": "--by",
    "basis": "--basis",
    "buckets": "--buckets",
    "account": "--account",
    "rows": "--rows",
    "columns": "--columns",
    "figure": "--figure",
    "filter": "--filter",
    "groups": "--group",
    "against": "--against",
}
"""A field of `Options` -> the option that gives it."""
_ENDS = {"as_of", "date_to"}
"""Two words for one day: the end of a period, and the day a report is as at."""


def options_of(report: Report, arguments: argparse.Namespace) -> Options:
    """The options a command gives. Raises WrongUsage for one that the report, asked so, makes no use of."""
    given: dict[str, Any] = {
        "as_of": arguments.as_of,
        "date_from": arguments.date_from,
        "date_to": arguments.date_to,
        "by": arguments.by,
        "basis": arguments.basis,
        "buckets": arguments.buckets,
        "account": arguments.account,
        "rows": arguments.rows,
        "columns": arguments.columns,
        "figure": arguments.figure,
        "filter": arguments.expression,
        "groups": tuple(arguments.groups),
        "against": arguments.against,
    }
    given = {name: value for name, value in given.items() if value not in (None, "", ())}
    if arguments.as_of and arguments.date_to and arguments.as_of != arguments.date_to:
        raise WrongUsage(
            Code.USAGE, _("--as-of and --to both say where the report ends; give one of them."), field="as_of"
        )
    end = arguments.as_of or arguments.date_to or clock.today()
    whole: dict[str, Any] = {**given, "as_of": end, "date_to": end}
    options = Options(**whole)
    idle = set(report.idle(options))
    if idle & _ENDS:
        idle |= _ENDS
    known = set(report.options) - idle
    if known & _ENDS:
        known |= _ENDS
    for name in given:
        if name not in known:
            taken = [word for one, word in _WORDS.items() if one in known]
            raise WrongUsage(
                Code.USAGE,
                _("The report “{name}”, asked so, makes no use of {option}. It takes: {known}.").format(
                    name=report.name, option=_WORDS[name], known=", ".join(taken) or _("nothing")
                ),
                field=name,
            )
    if options.date_from and options.date_from > options.date_to:
        raise InvalidInput(
            Code.DATE_ORDER,
            _("The period begins ({start}) after it ends ({end}).").format(
                start=options.date_from.isoformat(), end=options.date_to.isoformat()
            ),
            field="from",
        )
    return options
