"""Searching all settings: by words of either language, or by the pinyin initials of the Chinese ones."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from crmdesk.models.fields import Field
from crmdesk.models.specs.company import COMPANY, PREFIXES
from crmdesk.text import LANGUAGES, N_, translator


class Setting(NamedTuple):
    """One thing that can be set. `section` is its section's key, `name` the widget's; words are catalogue sources."""

    section: str
    name: str
    label: str
    more: tuple[str, ...] = ()
    """Further words it is found by: its help, its choices, what people call it."""


_FORMS = {"company": "company", "documents": "documents", "taxes": "taxes.rule"}
_OTHERS = (
    Setting("company", "settings.company.chooseLogo", N_("Logo"), (N_("Choose a picture …"),)),
    Setting("taxes", "settings.taxes.rates.table", N_("Tax rates"), (N_("Taxes"),)),
    Setting(
        "accounts",
        "settings.accounts.table",
        N_("Money accounts"),
        (N_("Bank"), N_("Cash"), N_("Payment method")),
    ),
    Setting("look", "settings.look.language", N_("Language"), ("English", "中文")),
    Setting("look", "settings.look.scheme", N_("Colours"), (N_("Light"), N_("Dark"), N_("As the system"))),
    Setting("look", "settings.look.density", N_("Density"), (N_("Comfortable"), N_("Compact"))),
    Setting("look", "settings.look.formats", N_("Numbers, dates and money"), (N_("Formats"), N_("Date"))),
    Setting("lock", "settings.lock.form.until", N_("Locked until"), (N_("Period lock"),)),
    Setting("backup", "settings.backup.now", N_("Back up now"), ()),
    Setting("backup", "settings.backup.saveAs", N_("Save a copy as …"), ("USB",)),
    Setting("backup", "settings.backup.folder", N_("Folder for backups"), (N_("Choose a folder …"),)),
    Setting("backup", "settings.backup.verify", N_("Verify now"), (N_("Check data"),)),
    Setting("backup", "settings.backup.restore", N_("Restore …"), (N_("Restore from a file …"),)),
    Setting("about", "settings.about.check", N_("Check now"), (N_("Check data"),)),
)


def _of_field(section: str, form: str, field: Field) -> Setting:
    more = [field.help, *(choice.label for choice in field.choices)]
    return Setting(section, f"settings.{form}.form.{field.name}", field.label, tuple(filter(None, more)))


def all_settings() -> Iterator[Setting]:
    """Every setting, in the order of the sections."""
    for field in COMPANY:
        if field.section in _FORMS:
            yield _of_field(field.section, _FORMS[field.section], field)
    for field in PREFIXES:
        setting = _of_field("numbering", "numbering", field)
        yield setting._replace(more=(*setting.more, N_("Prefixes of numbers")))
    yield from _OTHERS


@functools.cache
def _words_of(source: str) -> str:
    """Everything a source is found by: each language, and the initials and the syllables of the Chinese."""
    from crmdesk.services import pinyin

    said = [translator(language)(source).lower() for language in LANGUAGES]
    chinese = [text for text in said if not text.isascii()]
    return "\n".join(
        [*said, *(way for text in chinese for way in (*pinyin.all_initials(text), pinyin.syllables(text)))]
    )


def find(typed: str, sections: dict[str, str]) -> list[Setting]:
    """The settings that have every word typed; those whose own name has them come first.

    `sections` names the sections (key -> catalogue source): a setting is found by its section too.
    """
    words = typed.lower().split()
    if not words:
        return []
    near: list[Setting] = []
    far: list[Setting] = []
    for setting in all_settings():
        own = _words_of(setting.label)
        others = [sections.get(setting.section, ""), *setting.more]
        whole = "\n".join((own, *(_words_of(source) for source in others if source)))
        if all(word in own for word in words):
            near.append(setting)
        elif all(word in whole for word in words):
            far.append(setting)
    return [*near, *far]
