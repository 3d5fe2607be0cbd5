"""Any list of the window and of `crmdesk list`: ids, blocks of rows, count and sums of the filtered set."""

from crmdesk.services.lists.columns import Column, Ids, ListSpec, Query
from crmdesk.services.lists.kinds import KINDS, spec_of
from crmdesk.services.lists.own_columns import spec_in
from crmdesk.services.lists.querying import as_json, count, ids, rows, sums

__all__ = [
    "KINDS",
    "Column",
    "Ids",
    "ListSpec",
    "Query",
    "as_json",
    "count",
    "ids",
    "rows",
    "spec_in",
    "spec_of",
    "sums",
]
