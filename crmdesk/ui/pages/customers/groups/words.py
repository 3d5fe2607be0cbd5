"""How members and movements of segments read, in one place for list, builder and review."""

from __future__ import annotations

from collections.abc import Sequence

from crmdesk.services.segment_card import Card, Member
from crmdesk.services.segment_history import Found
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amounts_text
from crmdesk.ui.kit.entry_list import Entry
from crmdesk.ui.kit.labels import Chip

WATCHED = ("segment", "segment_member", "customer", "tag", "category")
WAYS = {
    "rule": (N_("Automatic"), "neutral"),
    "pin": (N_("Pinned"), "warn"),
    "static": (N_("Hand-picked"), "info"),
    "merge": (N_("By a merge"), "neutral"),
}
KINDS = {"rule": (N_("By rule"), "info"), "static": (N_("Hand-picked"), "neutral")}
TONES = frozenset({"good", "info", "warn", "danger"})


def member_entry(member: Member, labels: Sequence[str]) -> Entry:
    """A member with the values his group looks at, or with the reason why somebody pinned him."""
    words, tone = WAYS.get(member.way, (N_("Kept out"), "danger"))
    detail = values_words(labels, member.values)
    if member.reason:
        detail = _("By hand: {reason}").format(reason=member.reason)
    elif not detail and member.since is not None:
        detail = _("since {day}").format(day=member.since.isoformat())
    return Entry(member.name, detail, chip=_(words), chip_tone=tone, data=member, is_muted=not member.way)


def member_entries(card: Card) -> list[Entry]:
    """All of a group: what was decided by hand comes first, in or out."""
    by_hand = [one for one in card.members if one.way == "pin"]
    others = [one for one in card.members if one.way != "pin"]
    return [member_entry(one, card.labels) for one in (*by_hand, *card.kept_out, *others)]


def found_entry(found: Found, labels: Sequence[str]) -> Entry:
    """Somebody whom a rule that is being written would find."""
    return Entry(found.name, values_words(labels, found.values), chip=_("Automatic"), data=found)


def values_words(labels: Sequence[str], values: Sequence[str]) -> str:
    """Titles and values side by side."""
    return " · ".join(f"{label} {value}" for label, value in zip(labels, values, strict=False))


def worth_words(card: Card) -> str:
    """What the customers of a group owe and are late with."""
    if not card.sums:
        return ""
    owed = amounts_text({code: one.get("balance", 0) for code, one in card.sums.items()})
    late = amounts_text({code: one.get("overdue", 0) for code, one in card.sums.items()})
    return _("Owed {owed} · overdue {late}").format(owed=owed, late=late)


def show_moved(card: Card, joined: Chip, left: Chip) -> None:
    """How many came and went lately, where anybody did."""
    for chip, count, words in (
        (joined, card.joined, _("+{count} in 7 days")),
        (left, card.left, _("−{count} in 7 days")),
    ):
        chip.setText(words.format(count=count))
        chip.setVisible(count > 0)
