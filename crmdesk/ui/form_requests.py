"""What a form asks of a use case: arguments of a creation, or of an update with the fields that were emptied."""

from __future__ import annotations

from typing import Any

from crmdesk.ui import own_form
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form


def creation(form: Form) -> dict[str, Any]:
    """What is filled in, as a use case takes it. Raises InvalidInput for a wrong field, which is marked."""
    return own_form.packed(
        {name: plain(value) for name, value in form.values().items() if not is_empty(value)}
    )


def update(form: Form) -> dict[str, Any]:
    """What was changed since it was shown; `clear` names the fields that were emptied. {} when nothing changed."""
    changed = form.changed_values()
    arguments: dict[str, Any] = {name: plain(value) for name, value in changed.items() if not is_empty(value)}
    emptied = [name for name, value in changed.items() if is_empty(value)]
    if emptied:
        arguments["clear"] = emptied
    return own_form.packed(arguments)


def is_empty(value: Any) -> bool:
    """Whether a field holds nothing; false and zero are something."""
    return value is None or value == "" or value == []
