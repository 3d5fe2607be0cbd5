"""Searching all settings: by words of either language, or by the pinyin initials of the Chinese ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from crmdesk.models.fields import Field
from crmdesk.models.specs.company import COLLECTING, COMPANY, PREFIXES
from crmdesk.text import N_, in_all_languages
from crmdesk.ui.pages.settings.measure_fields import CARDS


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
    Setting(
        "documents",
        "settings.documents.offsetPaper",
        N_("Where the printer prints"),
        (N_("Print a test page"), N_("To the right (mm)"), N_("Paper")),
    ),
    Setting("documents", "settings.documents.offsets.right", N_("To the right (mm)")),
    Setting("documents", "settings.documents.offsets.down", N_("Down (mm)")),
    Setting("taxes", "settings.taxes.rates.table", N_("Tax rates"), (N_("Taxes"),)),
    Setting(
        "accounts",
        "settings.accounts.table",
        N_("Money accounts"),
        (N_("Bank"), N_("Cash"), N_("Payment method")),
    ),
    Setting(
        "collecting",
        "settings.collecting.notices",
        N_("Show a notice of the day"),
        (N_("Notices"), N_("Reminders")),
    ),
    Setting(
        "currencies",
        "settings.currencies.table",
        N_("Exchange rates"),
        (N_("Currencies"), N_("Foreign currencies"), N_("Paste a table …")),
    ),
    Setting(
        "currencies", "settings.currencies.waiting", N_("Documents without a rate"), (N_("Exchange rate"),)
    ),
    Setting(
        "fields",
        "settings.fields.record",
        N_("Own fields"),
        (N_("New field …"), N_("Formula"), N_("Section")),
    ),
    Setting(
        "words", "settings.words.dictionary", N_("Dictionaries"), (N_("Stage"), N_("Level"), N_("Source"))
    ),
    Setting(
        "watching",
        "settings.watching.new",
        N_("Watched folders"),
        (N_("Import from a file"), N_("Watch a folder"), N_("What came")),
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
    for field in COLLECTING:
        yield _of_field("collecting", "collecting", field)
    for field in PREFIXES:
        setting = _of_field("numbering", "numbering", field)
        yield setting._replace(more=(*setting.more, N_("Prefixes of numbers")))
    for card in CARDS:
        for field in card.fields:
            yield Setting(
                "measures",
                f"settings.measures.{card.key}.{field.name}",
                field.label,
                tuple(filter(None, (card.title, field.help))),
            )
    yield from _OTHERS


def find(typed: str, sections: dict[str, str]) -> list[Setting]:
    """The settings that answer to what was typed, the best first; those whose own name does come before all others.

    `sections` names the sections (key -> catalogue source): a setting is found by its section too.
    """
    from crmdesk.services import word_match

    found: list[tuple[bool, int, Setting]] = []
    for setting in all_settings():
        own = in_all_languages(setting.label)
        rank = word_match.rank(typed, own)
        is_far = rank is None
        if is_far:
            others = (sections.get(setting.section, ""), *setting.more)
            rank = word_match.rank(typed, (*own, *(text for one in others for text in in_all_languages(one))))
        if rank is not None:
            found.append((is_far, rank, setting))
    return [setting for *_rank, setting in sorted(found, key=lambda entry: entry[:2])]
