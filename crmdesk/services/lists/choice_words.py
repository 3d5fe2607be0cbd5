"""Choices by their words: a filter takes the label that people see as well as the value that is stored."""

from __future__ import annotations

from collections.abc import Sequence

from crmdesk.models.fields import Choice
from crmdesk.text import _, in_all_languages


def meant(choices: Sequence[Choice], text: str) -> list[str]:
    """The values that a text means: the value itself, or those with that label in any language."""
    if any(one.value == text for one in choices):
        return [text]
    said = text.strip().casefold()
    return [
        one.value
        for one in choices
        if said in {word.casefold() for word in (*in_all_languages(one.label), *one.aliases)}
    ]


def named(choices: Sequence[Choice]) -> str:
    """Every value with its label: `zt (自提), ps (配送)`."""
    labels = [(one.value, _(one.label)) for one in choices]
    return ", ".join(value if label in ("", value) else f"{value} ({label})" for value, label in labels)
