"""One gettext catalogue for window, documents and command line.

Sources are English. `_()` translates at run time, `N_()` only marks a string for extraction.
"""

from __future__ import annotations

import functools
import gettext
import os
import re
from collections.abc import Callable, Mapping

from crmdesk.paths import resources_dir

DOMAIN = "crmdesk"
LANGUAGES: dict[str, str] = {"zh_CN": "简体中文", "en": "English"}

_current = "en"


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, resources_dir() / "i18n", languages=[language], fallback=True)


def translator(language: str) -> Callable[[str], str]:
    """The translating function of one language, for documents that are not in the window's language."""
    catalogue = _catalogue(supported(language))

    def translate(source: str) -> str:
        return catalogue.gettext(source) if source else ""

    return translate


def in_all_languages(source: str) -> tuple[str, ...]:
    """The words of a source in every language: what is looked for may be typed in any."""
    return tuple(translator(language)(source) for language in LANGUAGES)


def supported(language: str | None) -> str:
    """The nearest language that the program has: any Chinese is zh_CN, all others English."""
    name = (language or "").replace("-", "_")
    return "zh_CN" if name.lower().startswith("zh") else "en"


def use_language(language: str) -> None:
    """Switches `_()` for the whole process."""
    global _current  # noqa: PLW0603 (the one process-wide setting: which language `_` speaks)
    _current = supported(language)


def current_language() -> str:
    """The language `_()` speaks now: zh_CN or en."""
    return _current


def system_language() -> str:
    """The language the system asks for: CRMDESK_LANGUAGE, LC_ALL, LC_MESSAGES, LANG, then the platform's."""
    for name in ("CRMDESK_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value and value not in ("C", "POSIX") and not value.startswith("C."):
            return supported(value)
    import locale  # rarely needed, and at the start

    return supported(locale.getlocale()[0])


def _(source: str) -> str:
    """The sentence in the current language."""
    return _catalogue(_current).gettext(source) if source else ""


_OF_ONE = {" are": " is", " were": " was", " have": " has"}


@functools.cache
def _first_plural(name: str) -> re.Pattern[str]:
    return re.compile(rf"(\{{{name}\}} (?:[a-z]+ )*?)([a-z]+?)(ies|s)\b( are| were| have)?")


def counted(source: str, count: int, **others: object) -> str:
    """A source with `{count}` in the current language, filled in: 1 contract is open, 1,200 contracts are open.

    Sources are in the plural. Of one, the first plural word after the number is put into the singular, and the verb
    that follows it; Chinese has no plural. `others`: what else the source names.
    """
    return counted_each(source, {"count": count}, **others)


def counted_each(source: str, counts: Mapping[str, int], **others: object) -> str:
    """As `counted`, where a source names several numbers: `{read} rows read, {voided} documents voided`.

    A number without a noun of its own is closed by a comma or a full stop: `{created} new, …`.
    """
    words = _(source)
    if _current == "en":
        for name in (name for name, count in counts.items() if count == 1):
            words = _first_plural(name).sub(_singular, words, count=1)
    return words.format(**{name: f"{count:,}" for name, count in counts.items()}, **others)


def _singular(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{'y' if found[3] == 'ies' else ''}{_OF_ONE.get(found[4] or '', '')}"


def N_(source: str) -> str:
    """Marks a string for the catalogue and returns it unchanged."""
    return source
