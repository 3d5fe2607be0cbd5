"""The words of reminders: the program's own for three levels in two languages, and the book's instead of them.

Placeholders are names in braces; an unknown one is refused with its name, so that no customer ever reads one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.fields import Field, Kind, required
from crmdesk.models.specs.reminders import LANGUAGES, LEVEL, LEVEL_MAX
from crmdesk.models.validation import missing, out_of_range
from crmdesk.services.settings import BookSettings
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import use_case
from crmdesk.text import N_, _, translator

PLACEHOLDERS = {
    "customer": N_("the customer's name"),
    "contact": N_("the contact's name, else the customer's"),
    "company": N_("the name of this company"),
    "total": N_("what is open of the items, with its currency"),
    "pay": N_("what is to be paid: the items less the customer's credit, with its currency"),
    "count": N_("the number of items"),
    "oldest_days": N_("how many days the oldest item is late"),
    "interest": N_("late interest so far, with its currency"),
    "date": N_("the date of the letter"),
    "pay_by": N_("the day until which to pay"),
    "level": N_("the level of the reminder"),
}
"""What may stand in braces, and what it becomes."""

_BRACES = re.compile(r"\{([^{}\n]{0,60})\}")


class Words(NamedTuple):
    """Subject and body as they were written, with their placeholders."""

    subject: str
    body: str


_OWN = {
    1: Words(
        N_("Payment reminder"),
        N_(
            "Dear {contact},\n\nthe items below, {total} in all, are past their due date. Perhaps they escaped your "
            "notice. Please pay {pay} by {pay_by}.\n\nIf the payment is under way, please disregard this letter."
        ),
    ),
    2: Words(
        N_("Second payment reminder"),
        N_(
            "Dear {contact},\n\nin spite of our reminder the items below, {total} in all, are still unpaid; the oldest "
            "is {oldest_days} days late. Please pay {pay} by {pay_by}, or tell us what stands in the way."
        ),
    ),
    3: Words(
        N_("Final demand"),
        N_(
            "Dear {contact},\n\nour earlier reminders were not answered. We demand payment of {pay} by {pay_by} at "
            "the latest. After that day we shall take further steps without another notice, and the costs will be "
            "yours."
        ),
    ),
}
_BEFORE = Words(
    N_("Notice of payment due"),
    N_(
        "Dear {contact},\n\nthis is to remind you that the items below, {total} in all, will soon be due. "
        "Thank you for paying in time."
    ),
)


def own_words(level: int, language: str, *, is_before: bool = False) -> Words:
    """The program's own words; those before the due date ask nobody to pay up."""
    translate = translator(language)
    found = _BEFORE if is_before else _OWN[level]
    return Words(translate(found.subject), translate(found.body))


def words_of(
    settings: BookSettings, level: int, language: str, *, rule_body: str = "", is_before: bool = False
) -> Words:
    """Subject and body of a level in zh_CN or en: the rule's, else the book's, else the program's."""
    found = own_words(level, language, is_before=is_before)
    if not is_before:
        stored = settings.dunning_texts.get(f"{level}.{language}", {})
        found = Words(stored.get("subject") or found.subject, stored.get("body") or found.body)
    return Words(found.subject, rule_body or found.body)


def require_known(text: str, field: str, known: Mapping[str, str] = PLACEHOLDERS) -> None:
    """Refuses a placeholder that nothing stands for, and a brace that has no partner."""
    for name in _BRACES.findall(text):
        if name not in known:
            words = _("“{{{name}}}” stands for nothing.").format(name=name)
            near = difflib.get_close_matches(name.strip().lower(), list(known), 1)
            if near:  # first: the list is long where customers have own fields
                words += " " + _("Did you mean {sample}?").format(sample=f"{{{near[0]}}}")
            words += " " + _("Known: {known}.").format(known=", ".join(f"{{{one}}}" for one in known))
            raise InvalidInput(Code.PLACEHOLDER_UNKNOWN, words, field=field)
    rest = _BRACES.sub("", text)
    if "{" in rest or "}" in rest:
        raise InvalidInput(
            Code.PLACEHOLDER_UNKNOWN,
            _("A brace has no partner. A placeholder looks like {sample}.").format(sample="{total}"),
            field=field,
        )


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced in one pass: a customer's name is never read as a template."""
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), text)


@use_case(
    "dunning.set_text",
    fields=(
        required(LEVEL),
        Field("language", Kind.CHOICE, N_("Language"), choices=LANGUAGES, required=True),
        Field("subject", Kind.TEXT, N_("Subject"), length_max=200),
        Field("body", Kind.LONG_TEXT, N_("Words"), length_max=4_000),
    ),
    summary=N_("Write one's own words for a level of reminders; without words the program's come back."),
    errors=(Code.PLACEHOLDER_UNKNOWN, Code.OUT_OF_RANGE, Code.REQUIRED),
)
def set_text(
    unit: Unit, *, level: int, language: str, subject: str | None, body: str | None
) -> dict[str, Any]:
    """Stores subject and body of a level and language; an empty one is the program's own again."""
    if level > LEVEL_MAX:
        raise out_of_range("level", level)
    if subject is None and body is None:
        raise missing("body")
    require_known(subject or "", "subject")
    require_known(body or "", "body")
    key = f"{level}.{language}"
    stored = dict(unit.settings.dunning_texts)
    before = stored.get(key, {})
    given = {name: text for name, text in (("subject", subject), ("body", body)) if text is not None}
    after = {name: text for name, text in {**before, **given}.items() if text}
    if after:
        stored[key] = after
    else:
        stored.pop(key, None)
    if after != before:
        unit.save_settings(dunning_texts=stored)
        unit.note("company", 0, {key: before}, {key: after})
    words = words_of(unit.settings, level, language)
    return {"level": level, "language": language, "subject": words.subject, "body": words.body}
