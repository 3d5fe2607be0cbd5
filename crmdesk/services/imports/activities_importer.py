"""Rows of activities: calls, visits, enquiries … one a row, told by all that the row says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.people import activity, activity_product
from crmdesk.services import activities
from crmdesk.services.imports.documents import DocumentsImporter, Sheaf
from crmdesk.services.posted import Posted
from crmdesk.services.units import Unit

_FIELDS = (
    "date",
    "kind",
    "time",
    "direction",
    "person",
    "text",
    "outcome",
    "products",
    "next_on",
    "duration",
)


class ActivitiesImporter(DocumentsImporter):
    """Logs activities. They have no number: the same row never comes twice."""

    posted_kind = "activity"

    def content(self, sheaf: Sheaf) -> tuple[Any, ...]:
        """Customer and everything in the row."""
        values = sheaf.first.values
        return (sheaf.customer, *(str(values.get(name)) for name in _FIELDS))

    def book(self, sheaf: Sheaf) -> str:
        """Logs the activity and gives its id."""
        values = {name: value for name, value in sheaf.first.values.items() if name in _FIELDS}
        return str(activities.log(self.unit, customer=sheaf.customer, **values)["activity"])

    def finish(self) -> None:
        """Logs them by date; they are no documents."""
        super().finish()
        self.tally.documents = 0

    def is_equal(self, sheaf: Sheaf, found: Posted) -> bool:
        """Never asked: an activity has no number that the book could know."""
        del sheaf, found
        return False


def take_back(unit: Unit, first_id: int, last_id: int) -> int:
    """Removes the activities that an import made, with the next contacts they planned; gives their number."""
    own = activity.c.id.between(first_id, last_id)
    planned = unit.execute(
        select(activity.c.customer_id, activity.c.next_on).where(own, activity.c.next_on.is_not(None))
    ).all()
    unit.execute(delete(activity_product).where(activity_product.c.activity_id.between(first_id, last_id)))
    count = int(unit.execute(delete(activity).where(own)).rowcount)
    for customer_id, next_on in planned:
        activities.move_next(unit, customer_id, next_on, None)
    if count:
        unit.changes.everything |= {"activity", customer.name}
    return count
