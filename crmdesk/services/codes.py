"""Codes of customers and products: unique, given by the user or the next of a series such as C00001."""

from __future__ import annotations

import itertools
import unicodedata

from sqlalchemy import Table, func, select

from crmdesk.models import text_keys
from crmdesk.models.errors import Code, Conflict
from crmdesk.models.tables.customers import customer
from crmdesk.services import merged_codes, own_numbers
from crmdesk.services.doubts import warning
from crmdesk.services.units import Unit
from crmdesk.text import _

_DIGITS = 5
_AHEAD = 200
_BULK_ROWS_MAX = 300_000
_LETTERS_MAX = 6
_WIDE = {point: point + 0xFEE0 for point in range(ord("!"), ord("~") + 1)}


def claim(unit: Unit, table: Table, kind: str, code: str | None) -> str:
    """A free code: the given one without surrounding space, or the next of the series that nobody uses.

    Raises Conflict `duplicate`, InvalidInput as `own_numbers.require_usable`. A code that differs from
    another only by case or width warns `code_twin`.
    The caller puts the new record into `unit.cache[(table, code)]`.
    """
    given = (code or "").strip()
    if not given:
        return _next(unit, table, kind)
    own_numbers.require_usable(given, "code")
    taken = _taken_in_bulk(unit, table, given) if unit.is_bulk else None
    if taken is None:
        spellings = _spellings(given)
        taken = {spelling for spelling in spellings if (table, spelling) in unit.cache}
        query = select(table.c.code).where(table.c.code.in_(spellings))
        taken.update(unit.connection.execute(query).scalars())
    if table is customer and given in _of_merged(unit):
        survivor = merged_codes.current_code(unit.connection, given)
        raise Conflict(
            Code.DUPLICATE,
            _(
                "The code “{code}” means {survivor} since that customer was merged into it. Choose another one."
            ).format(code=given, survivor=survivor),
            field="code",
        )
    if given in taken:
        raise Conflict(
            Code.DUPLICATE,
            _("The code “{code}” is taken. Choose another one, or leave it empty.").format(code=given),
            field="code",
        )
    if taken:
        unit.warnings.append(
            warning(
                Code.CODE_TWIN,
                _("The code “{code}” differs from “{other}” only in its writing.").format(
                    code=given, other=min(taken)
                ),
                "code",
                codes=sorted(taken),
            )
        )
    return given


def _of_merged(unit: Unit) -> set[str]:
    """Codes of merged customers, read once a unit: an import asks for every row."""
    if "merged codes" not in unit.cache:
        unit.cache["merged codes"] = merged_codes.taken(unit.connection)
    found: set[str] = unit.cache["merged codes"]
    return found


def _taken_in_bulk(unit: Unit, table: Table, code: str) -> set[str] | None:
    """The code and its twins, from all codes in memory; notes the new one. None when there are too many."""
    key = ("codes", table)
    if key not in unit.cache:
        count = unit.execute(select(func.count()).select_from(table)).scalar_one()
        known: dict[str, tuple[str, ...]] | None = None if count > _BULK_ROWS_MAX else {}
        if known is not None:
            for present in unit.connection.execute(select(table.c.code)).scalars():
                spelling = text_keys.folded(present)
                known[spelling] = (*known.get(spelling, ()), present)
        unit.cache[key] = known
    known = unit.cache[key]
    if known is None:
        return None
    spelling = text_keys.folded(code)
    twins = known.get(spelling, ())
    if code not in twins:
        known[spelling] = (*twins, code)
    if (table, code) in unit.cache:  # the series may have given it
        return {*twins, code}
    return set(twins)


def _spellings(code: str) -> list[str]:
    """The code in every mixture of cases, narrow and wide; of one with many letters only the usual mixtures."""
    narrow = unicodedata.normalize("NFKC", code)
    letters = sum(sign.lower() != sign.upper() for sign in narrow)
    if letters <= _LETTERS_MAX:
        choices = [dict.fromkeys((sign.lower(), sign.upper())) for sign in narrow]
        forms = ["".join(signs) for signs in itertools.product(*choices)]
    else:
        forms = [narrow, narrow.lower(), narrow.upper(), narrow.title()]
    wide = [form.translate(_WIDE) for form in forms]
    return list(dict.fromkeys((code, *forms, *wide)))


def _next(unit: Unit, table: Table, kind: str) -> str:
    prefix = unit.settings.prefixes[kind]
    known: set[str] = unit.cache.setdefault(("codes", kind), set())
    reach: int = unit.cache.get(("codes_until", kind), 0)
    while True:
        value = unit.next_value(kind)
        if value > reach:
            ahead = [f"{prefix}{number:0{_DIGITS}d}" for number in range(value, value + _AHEAD)]
            known.update(
                unit.connection.execute(select(table.c.code).where(table.c.code.in_(ahead))).scalars()
            )
            if table is customer:
                known |= _of_merged(unit)
            reach = unit.cache["codes_until", kind] = value + _AHEAD - 1
        code = f"{prefix}{value:0{_DIGITS}d}"
        if code not in known and (table, code) not in unit.cache:
            return code
