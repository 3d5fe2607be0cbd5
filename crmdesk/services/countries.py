"""Countries as people write them: ISO codes, and names in Chinese, English, German and French (the tables of CLDR)."""

from __future__ import annotations

import functools

from crmdesk.services import regions

_LANGUAGES = ("zh", "en", "de", "fr")
_OF_CHINA = "CN"


def code_of(text: str) -> str:
    """The ISO code of a country written as code (of two or three letters) or name; "" for an unknown one."""
    wanted = text.strip().casefold()
    if wanted and wanted in regions.CHINA:
        return _OF_CHINA
    return _known().get(wanted, "")


@functools.cache
def _known() -> dict[str, str]:
    """Codes by how they are written. Reading four tables takes a tenth of a second, so it is done once, when asked."""
    from babel import Locale
    from babel.core import get_global

    english = Locale("en").territories
    # CLDR lists regions of the world (three digits) and ZZ, “unknown region”, too
    codes = {str(code) for code in english if len(str(code)) == 2 and str(code) != "ZZ"}
    found: dict[str, str] = {}
    for language in reversed(_LANGUAGES):  # a name of two countries means the one of the first language
        for code, name in Locale(language).territories.items():
            if str(code) in codes:
                found[name.casefold()] = str(code)
    for alias, meant in get_global("territory_aliases").items():
        if len(meant) == 1 and meant[0] in codes:
            found[str(alias).casefold()] = meant[0]
    return found | {code.casefold(): code for code in codes}
