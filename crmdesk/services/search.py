"""Finding customers while somebody types: exact code, then prefixes, then the most recent that hold the text.

Any part of code, name, short name, contact name or phone is found, and any part of their pinyin, as initials
or written out; a tax number by its beginning, and the whole code of one who was merged by it. Several words must
all be found. Signs such as % and _ stand for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, text

from crmdesk.models import text_keys
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.search import customer_search
from crmdesk.services import merged_codes, pinyin, search_index
from crmdesk.services.dialect import among
from crmdesk.services.search_index import GRAM, differences, rebuild

__all__ = ["CANDIDATES_MAX", "Found", "all_customers", "condition", "customers", "differences", "rebuild"]

CANDIDATES_MAX = 1_000
"""How many are looked at while somebody types; more are only counted as “1000+”."""

_PREFIXES_MAX = 100
_BLOCK = 500
_SCAN_MAX = 4_000
_SPELLED_SCAN_MAX = 200
_SPELLING_SIGNS_MAX = 150
_LAST = "\U0010ffff"
_TAX_PREFIX_MIN = 6


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of customers, the best first; with `is_capped` there are more of them."""

    ids: list[int]
    is_capped: bool = False


def customers(connection: Connection, typed: str, limit: int = CANDIDATES_MAX) -> Found:
    """What is shown while somebody types; at most `limit` ids. Empty text finds nothing."""
    words = _words(typed)
    if not words:
        return Found([])
    best = _prefixed(connection, typed.strip(), words)
    candidates, is_capped = _holding(connection, words, limit)
    if len(candidates) < limit:
        spelled, is_more = _spelled(connection, words, _SPELLED_SCAN_MAX)
        candidates += spelled
        is_capped = is_capped or is_more
    ids = list(dict.fromkeys((*best, *candidates)))
    return Found(ids[:limit], is_capped or len(ids) > limit)


def all_customers(connection: Connection, typed: str) -> list[int]:
    """Every customer that is found, in order of id: for lists that must be complete."""
    words = _words(typed)
    if not words:
        return []
    ids = set(_holding(connection, words, None)[0])
    ids.update(_by_merged_code(connection, typed))
    ids.update(_spelled(connection, words, None)[0])
    if len(words) == 1 and len(words[0]) >= _TAX_PREFIX_MIN:
        ids.update(connection.execute(select(customer.c.id).where(_tax_prefix(words[0]))).scalars())
    return sorted(ids)


def _words(typed: str) -> list[str]:
    return list(dict.fromkeys(text_keys.folded(typed).split(" "))) if typed.strip() else []


def _from(column: ColumnElement[str], start: str) -> ColumnElement[bool]:
    """Whether a text begins so, as a range that an index answers."""
    return (column >= start) & (column < start + _LAST)


def _tax_prefix(word: str) -> ColumnElement[bool]:
    return _from(customer.c.tax_number, word.upper())


def _prefixed(connection: Connection, typed: str, words: list[str]) -> list[int]:
    """Customers whose code is what was typed, then those whose code, name, initials or number begin so."""
    table = customer.c
    word = words[0]
    spellings = list(dict.fromkeys((typed, typed.upper(), word, word.upper())))
    conditions: list[tuple[ColumnElement[bool], ColumnElement[Any]]] = [
        (table.code.in_(spellings), table.code)
    ]
    if len(words) == 1:
        conditions += [(_from(table.code, spelling), table.code) for spelling in spellings[:2]]
    letters = text_keys.letters_of("".join(words))
    if letters and letters == "".join(words):
        conditions.append((_from(table.name_key, letters), table.name_key))
        if letters.isascii():
            conditions.append((_from(table.initials, letters), table.initials))
            if len(letters) >= _TAX_PREFIX_MIN:
                conditions.append((_tax_prefix(letters), table.tax_number))
        if letters.isdigit():
            conditions.append((_from(table.phone_key, letters), table.phone_key))
    found: list[int] = _by_merged_code(connection, typed)
    for condition, order in conditions:
        query = select(table.id).where(condition).order_by(order).limit(_PREFIXES_MAX)
        found.extend(connection.execute(query).scalars())
    return found


def _by_merged_code(connection: Connection, typed: str) -> list[int]:
    """Who is meant today by the code of a customer that was merged, where all that was typed is one."""
    whole = text_keys.folded(typed)
    spellings = {typed.strip(), typed.strip().upper(), whole, whole.upper()}
    return merged_codes.survivors(connection, spellings)


_MATCH = text(
    "SELECT rowid FROM customer_search WHERE customer_search MATCH :wanted ORDER BY rowid DESC LIMIT :most"
)


def _holding(connection: Connection, words: list[str], limit: int | None) -> tuple[list[int], bool]:
    """Customers that hold every word, the most recent first, and whether there are more."""
    must_verify = any(len(word) > GRAM or _phone_digits(word) for word in words)
    wanted = _query(words)
    most = -1 if limit is None else (_SCAN_MAX if must_verify else limit + 1)
    candidates = list(connection.execute(_MATCH, {"wanted": wanted, "most": most}).scalars())
    if not must_verify:
        return (candidates, False) if limit is None else (candidates[:limit], len(candidates) > limit)
    found: list[int] = []
    for start in range(0, len(candidates), _BLOCK):
        found.extend(_verified(connection, candidates[start : start + _BLOCK], words))
        if limit is not None and len(found) > limit:
            return found[:limit], True
    return found, limit is not None and len(candidates) == most


def _verified(connection: Connection, block: list[int], words: list[str]) -> list[int]:
    """Those that do hold every word: the grams of a long word may come from different places."""
    table = customer.c
    query = select(table.id, table.code, table.name, table.initials, table.phone_key)
    sure: set[int] = set()
    for record_id, *texts in connection.execute(query.where(among(table.id, block))):
        if all(any(word in one.lower() for one in texts) for word in words):
            sure.add(record_id)
    doubtful = [record_id for record_id in block if record_id not in sure]
    for record_id, texts in search_index.read(connection, doubtful) if doubtful else ():
        if all(_holds(texts, word) for word in words):
            sure.add(record_id)
    return [record_id for record_id in block if record_id in sure]


def _spelled(connection: Connection, words: list[str], most: int | None) -> tuple[list[int], bool]:
    """Customers with a Chinese name that is read as the one word typed (dingsheng), and whether there are more."""
    if len(words) != 1:
        return [], False
    found: list[int] = []
    is_capped = False
    for pieces in pinyin.split(words[0]):
        parameters = {"wanted": _spelling_query(pieces), "most": -1 if most is None else most}
        candidates = list(connection.execute(_MATCH, parameters).scalars())
        is_capped = is_capped or len(candidates) == most
        if len(pieces) > 1 and candidates:  # one syllable is one character, and that was looked for itself
            labels = search_index.names(connection, candidates)
            candidates = [one for one in candidates if _is_read_as(labels[one], pieces)]
        found += candidates
    return found, is_capped


def _is_read_as(labels: list[str], pieces: tuple[str, ...]) -> bool:
    return any(pinyin.is_read_as(text_keys.letters_of(text_keys.folded(label)), pieces) for label in labels)


def _spelling_query(pieces: tuple[str, ...]) -> str:
    """The initials one after the other, and for each syllable of few characters one of these."""
    conditions = [_grams("".join(piece[0] for piece in pieces))] if len(pieces) > 1 else []
    for piece in pieces:
        signs = pinyin.characters(piece)
        if len(pieces) == 1:
            signs = signs[:_SPELLING_SIGNS_MAX]
        if 0 < len(signs) <= _SPELLING_SIGNS_MAX:
            conditions.append(" OR ".join(f'"{sign}"*' for sign in signs))
    return " AND ".join(f"({one})" for one in conditions)


def _phone_digits(word: str) -> str:
    """The digits of a word that may be a phone number written with signs, such as 138-0013."""
    return text_keys.digits_of(word) if text_keys.looks_like_phone(word) and not word.isdigit() else ""


def _holds(texts: list[str], word: str) -> bool:
    digits = _phone_digits(word)
    return any(word in one or (digits and digits in one) for one in texts)


def _query(words: list[str]) -> str:
    return " AND ".join(f"({_match(word)})" for word in words)


def _match(word: str) -> str:
    """The full-text query for one word. Tokens are quoted, so that nothing in them is a command."""
    query = _grams(word)
    digits = _phone_digits(word)
    return f"({query}) OR ({_grams(digits)})" if digits else query


def _grams(word: str) -> str:
    stored = search_index.shield(word)
    if len(stored) < GRAM:
        return f'"{stored}"*'
    grams = dict.fromkeys(stored[start : start + GRAM] for start in range(len(stored) - GRAM + 1))
    return " AND ".join(f'"{gram}"' for gram in grams)


def condition(
    connection: Connection, typed: str, target: ColumnElement[int], most: int | None = None
) -> ColumnElement[bool]:
    """A condition on a column of customers' ids: those that are found, or the best `most` of them."""
    words = _words(typed)
    if most is not None:
        return among(target, customers(connection, typed, most).ids)
    if words and all(
        len(word) <= GRAM and not _phone_digits(word) and not pinyin.split(word) for word in words
    ):
        # exact without looking at each one: the database does it alone
        found = select(customer_search.c.rowid).where(
            text("customer_search MATCH :search_wanted").bindparams(search_wanted=_query(words))
        )
        merged = _by_merged_code(connection, typed)
        return target.in_(found) | target.in_(merged) if merged else target.in_(found)
    return among(target, all_customers(connection, typed))
