"""What the page of a group reads and asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.models.specs import segments as specs
from crmdesk.services.segment_card import Card
from crmdesk.services.segment_history import Preview
from crmdesk.services.segment_terms import Vocabulary
from crmdesk.text import N_, _

PARENT = Field("parent", Kind.CHOICE, N_("Within the group"), choices=(Choice("", N_("None")),), default="")
_BY_NAME = {field.name: field for field in specs.PLAN}
PLAN = (
    _BY_NAME["note"],
    replace(_BY_NAME["offer"], kind=Kind.TEXT),
    _BY_NAME["owner"],
    _BY_NAME["budget"],
    _BY_NAME["cost"],
)


class Read(NamedTuple):
    """What the page needs of the book."""

    vocabulary: Vocabulary
    card: Card | None


class Tried(NamedTuple):
    """What a rule finds, of how many customers, and how long that took."""

    preview: Preview
    whole: int
    seconds: float


def hint_of(found: Preview) -> str:
    """What stands below those whom a rule finds: how many more there are, or why there may be nobody."""
    if found.count > len(found.sample):
        return _("and {count} more").format(count=f"{found.count - len(found.sample):,}")
    if found.count or found.contradiction:
        return ""
    return _("Nobody fits now. A smaller number or a longer period finds more.")
