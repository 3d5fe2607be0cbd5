"""Printed words in one language or in two at once, from the one catalogue."""

from __future__ import annotations

from typing import NamedTuple

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import LANGUAGES, _, translator

BOTH = "both"


class Label(NamedTuple):
    """A word of a form; `second` is the other language of a bilingual form, else empty."""

    first: str
    second: str = ""

    @property
    def joined(self) -> str:
        """Both languages on one line."""
        return f"{self.first} {self.second}" if self.second else self.first


class Labels:
    """The words of one document: `labels(N_("Due date"))` is a Label in its language or languages."""

    def __init__(self, language: str) -> None:
        """`language` is zh_CN, en or both (Chinese first); `invalid_choice` otherwise."""
        if language not in LANGUAGES and language != BOTH:
            raise InvalidInput(
                Code.INVALID_CHOICE,
                _("There is no language “{value}”. Choose one of: {choices}.").format(
                    value=language[:40], choices=", ".join([*LANGUAGES, BOTH])
                ),
                field="language",
            )
        self.language = language
        self.said: set[str] = set()
        """Every word given so far: what a pre-printed form has already."""
        self.has_chinese = language in ("zh_CN", BOTH)
        self.has_english = language in ("en", BOTH)
        self._first = translator("zh_CN" if language == BOTH else language)
        self._second = translator("en") if language == BOTH else None

    def __call__(self, source: str, **values: object) -> Label:
        """The label of an English source; named placeholders are filled in each language."""
        first = self._first(source)
        second = self._second(source) if self._second else ""
        if values:
            first = first.format(**values)
            second = second.format(**values)
        self.said.update(part for part in (first, second) if part)
        return Label(first, "" if second == first else second)

    def one(self, source: str, **values: object) -> str:
        """The words in the first language only, for places too narrow for two."""
        text = self._first(source)
        text = text.format(**values) if values else text
        self.said.add(text)
        return text

    def own(self, chinese: str, english: str) -> Label:
        """Words that the owner of the book gave himself, in the document's language or languages."""
        if self.language == "en":
            return Label(english)
        return Label(chinese, english if self.has_english and english != chinese else "")

    @property
    def colon(self) -> str:
        """What stands between a caption and its value on one line."""
        return ": " if self.language == "en" else "："
