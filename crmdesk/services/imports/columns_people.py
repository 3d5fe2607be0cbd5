"""Columns of sheets of activities."""

from __future__ import annotations

from crmdesk.models.specs import people as specs
from crmdesk.models.specs.documents import DATE
from crmdesk.services.imports.columns import column, renamed
from crmdesk.services.imports.columns_documents import PARTY, PARTY_NAME

ACTIVITIES = (
    PARTY,
    PARTY_NAME,
    column(DATE, "跟进日期", "跟进时间", "联系日期", "活动日期", "发生日期", "activity date"),
    column(renamed(specs.ACTIVITY_KIND, name="activity_kind"), name="kind", is_required=True),
    column(specs.TIME),
    column(specs.DIRECTION),
    column(specs.PERSON),
    column(specs.TEXT),
    column(specs.OUTCOME),
    column(specs.PRODUCTS),
    column(specs.NEXT_ON),
    column(specs.DURATION),
)
"""A sheet says “kind” of an activity, too; under that name the words for kinds of customers would be read."""
