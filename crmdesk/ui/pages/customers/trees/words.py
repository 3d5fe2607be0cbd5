"""Lines of a history and of customers in words."""

from __future__ import annotations

from datetime import datetime

from crmdesk.models import clock
from crmdesk.services.category_desk import MEMBERS, Line, Person
from crmdesk.services.category_members import CAUSE_WORDS
from crmdesk.text import N_, _, counted
from crmdesk.ui.kit.entry_list import Entry

_ICONS = {
    "renamed": "pencil",
    "moved": "arrow-right",
    "merged": "folder",
    "deleted": "trash",
    "undone": "undo",
    "retired": "lock",
    "restored": "undo",
    "recovered": "undo",
    MEMBERS: "users",
}


def when(moment: str) -> str:
    """A UTC moment on the clock of this computer: the time of today, else the day."""
    local = datetime.fromisoformat(moment).astimezone()
    return local.strftime("%H:%M") if local.date() == clock.today() else local.date().isoformat()


def _title(line: Line) -> str:
    last = line.after.rpartition("/")[2]
    match line.action:
        case "renamed":
            return _("Renamed to “{name}”").format(name=last)
        case "moved":
            above = line.after.rpartition("/")[0]
            return _("Moved under “{path}”").format(path=above) if above else _("Moved to the top")
        case "merged":
            return _("“{before}” merged into “{after}”").format(before=line.before, after=line.after)
        case "deleted":
            return _("“{path}” deleted").format(path=line.before)
        case "retired":
            return _("Retired")
        case "restored":
            return _("Brought back into use")
        case "recovered":
            return _("“{path}” is back.").format(path=line.after)
        case "undone":
            return _("Merge undone: “{path}” is back").format(path=line.after)
        case _:
            words = N_("{count} customers came in") if line.is_in else N_("{count} customers went out")
            return counted(words, line.count)


def history_entry(line: Line) -> Entry:
    """What was done, to what and by whom, and when."""
    is_members = line.action == MEMBERS
    if is_members:
        about = ", ".join(line.names)
    elif line.action in ("merged", "undone"):
        words = (
            N_("{count} customers handed over")
            if line.action == "merged"
            else N_("{count} customers went back")
        )
        about = counted(words, line.count)
    else:
        about = line.before if line.action != "deleted" else ""
    cause = _(CAUSE_WORDS.get(line.cause, "")) if is_members else ""
    return Entry(
        _title(line),
        " · ".join(filter(None, (cause, line.actor, about) if is_members else (about, line.actor))),
        side=when(line.happened_at),
        icon=_ICONS.get(line.action, "history"),
        chip=_("Undone") if line.is_undone else "",
        is_muted=line.is_undone,
        data=line,
    )


def person_entry(person: Person) -> Entry:
    """A customer with where below he stands, and whether a rule put him there."""
    return Entry(
        person.name,
        " · ".join(filter(None, (person.code, person.path))),
        icon="user",
        chip=_("By a rule") if person.is_by_rule else "",
        chip_tone="info",
        data=person,
    )


def both_counts(own: int, below: int) -> str:
    """How many are in it, and how many with what is below."""
    inside = counted(N_("{count} customers in it"), own)
    if own == below:
        return inside
    return f"{inside} · " + counted(N_("{count} with what is below"), below)


def quoted(names: list[str]) -> str:
    """Names one after another."""
    return ", ".join(f"“{one}”" for one in names)
