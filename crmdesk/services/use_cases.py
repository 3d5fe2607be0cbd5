"""The registry of use cases and the one way to run them: permission, transaction, service, audit, commit, changes.

A line of `crmdesk apply`, a button of the window and a row of an import run the same functions.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from crmdesk.models import validation
from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Field
from crmdesk.models.tables.audit import use_key
from crmdesk.services.book import Book
from crmdesk.services.changes import Changes
from crmdesk.services.units import Unit
from crmdesk.text import _

_FEATURES = (
    "customers",
    "customer_parts",
    "merging",
    "duplicate_pairs",
    "categories",
    "category_merging",
    "category_returns",
    "dimension_starters",
    "category_regions",
    "tags",
    "tag_merging",
    "segments",
    "segment_hands",
    "field_definitions",
    "dictionaries",
    "views",
    "measures.configuring",
    "activities",
    "tasks",
    "comments",
    "relations",
    "collaborators",
    "anonymising",
    "products",
    "price_levels",
    "tax_rates",
    "money_accounts",
    "openings",
    "opening_table",
    "invoices",
    "drafts",
    "credits",
    "payments",
    "payment_allocations",
    "refunds",
    "writeoffs",
    "quotes",
    "contracts",
    "orders",
    "plans",
    "attachments",
    "rates",
    "late_rates",
    "revaluations",
    "transfers",
    "deposits",
    "bill_events",
    "recurring",
    "closing",
    "vouchers",
    "periods",
    "company",
    "print_log",
    "confirmations",
    "fapiao_requests",
    "fapiao_issue",
    "fapiao_confirmations",
    "fapiao_red",
    "invoice_reissue",
    "reminder_rules",
    "dunning_texts",
    "dunning_holds",
    "promises",
    "letter_texts",
    "reminders",
    "interest",
    "imports.undo",
    "watching",
    "banking.aliases",
    "banking.entries",
    "banking.booking",
    "banking.sure",
)

Function = Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class UseCase:
    """One thing a user can do to a book."""

    name: str
    function: Function
    fields: tuple[Field, ...]
    permission: str
    summary: str
    errors: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a use case gave back: its result as plain data, what changed, warnings, and whether a key repeated it."""

    result: dict[str, Any]
    changes: Changes = field(default_factory=Changes)
    warnings: tuple[dict[str, Any], ...] = ()
    is_repeated: bool = False


_registry: dict[str, UseCase] = {}


def use_case(
    name: str,
    *,
    fields: tuple[Field, ...],
    summary: str,
    permission: str = "",
    errors: tuple[Code, ...] = (),
) -> Callable[[Function], Function]:
    """Registers a service function. It takes the unit and one keyword argument per field."""

    def register(function: Function) -> Function:
        if name in _registry:
            raise ValueError(f"two use cases are called {name}")
        _registry[name] = UseCase(name, function, fields, permission or name, summary, errors)
        return function

    return register


def all_use_cases() -> dict[str, UseCase]:
    """Every use case by name."""
    for feature in _FEATURES:
        importlib.import_module(f"crmdesk.services.{feature}")
    return dict(sorted(_registry.items()))


def find(name: str) -> UseCase:
    """A use case by name, or `unknown_use_case`."""
    found = _registry.get(name) or all_use_cases().get(name)
    if found is None:
        raise InvalidInput(
            Code.UNKNOWN_USE_CASE,
            _("There is no use case “{name}”. `crmdesk use-cases` lists them.").format(name=name),
            field="do",
        )
    return found


def perform(unit: Unit, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Runs a use case inside an open unit; the caller finishes and commits."""
    case = find(name)
    return case.function(unit, **validation.check(case.fields, arguments))


def run(
    book: Book, name: str, arguments: Mapping[str, Any], *, actor: str = "", key: str | None = None
) -> dict[str, Any]:
    """Runs one use case in a transaction of its own and returns its result."""
    return run_outcome(book, name, arguments, actor=actor, key=key).result


def run_outcome(
    book: Book, name: str, arguments: Mapping[str, Any], *, actor: str = "", key: str | None = None
) -> Outcome:
    """As `run`, with what changed. `key` makes it idempotent: done once per book, then the first result again."""
    case = find(name)
    values = validation.check(case.fields, arguments)
    with book.write(actor) as unit:
        return step(unit, case, values, arguments, key)


def step(
    unit: Unit, case: UseCase, values: dict[str, Any], arguments: Mapping[str, Any], key: str | None
) -> Outcome:
    """One use case with its audit entry and key; a commit of the unit then makes it durable."""
    if key is not None:
        repeated = _repeated(unit, case.name, arguments, key)
        if repeated is not None:
            return repeated
    result = case.function(unit, **values)
    if key is not None:
        remember_key(unit, case.name, arguments, key, result)
    unit.finish(case.name, arguments)
    return Outcome(result, unit.changes, tuple(unit.warnings))


def step_in_bulk(
    unit: Unit, name: str, resolved: Mapping[str, Any], arguments: Mapping[str, Any], key: str | None
) -> Outcome:
    """One of many use cases in one unit (`apply --atomic`, imports); the caller finishes the unit once.

    `arguments` are what was written, before refs were resolved: they decide whether a key is repeated.
    """
    case = find(name)
    if key is not None:
        repeated = _repeated(unit, name, arguments, key)
        if repeated is not None:
            return repeated
    warnings_before = len(unit.warnings)
    result = case.function(unit, **validation.check(case.fields, resolved))
    if key is not None:
        remember_key(unit, name, arguments, key, result)
    return Outcome(result, unit.changes, tuple(unit.warnings[warnings_before:]))


def _request_digest(name: str, arguments: Mapping[str, Any]) -> bytes:
    text = json.dumps([name, arguments], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).digest()


def remember_key(
    unit: Unit, name: str, arguments: Mapping[str, Any], key: str, result: dict[str, Any]
) -> None:
    """Stores the first result of a key in the same transaction."""
    digest, text = _request_digest(name, arguments), json.dumps(result, ensure_ascii=False)
    unit.cache[use_key, key] = (digest, text)
    unit.add(use_key, key=key, request_digest=digest, result=text, audit_id=unit.audit_id)


def _repeated(unit: Unit, name: str, arguments: Mapping[str, Any], key: str) -> Outcome | None:
    stored = unit.cache.get((use_key, key))
    if stored is None:
        query = select(use_key.c.request_digest, use_key.c.result).where(use_key.c.key == key)
        stored = unit.connection.execute(query).first()
    if stored is None:
        return None
    digest, text = stored
    if digest != _request_digest(name, arguments):
        raise Conflict(
            Code.KEY_REUSED,
            _("The key “{key}” was used before for something else. Use a new key.").format(key=key[:60]),
            field="key",
        )
    return Outcome(json.loads(text), is_repeated=True)


def describe() -> dict[str, Any]:
    """The registry as plain data for `crmdesk use-cases --json`."""
    return {
        "use_cases": [
            {
                "name": case.name,
                "summary": _(case.summary),
                "permission": case.permission,
                "arguments": [_describe_field(entry) for entry in case.fields],
                "errors": [str(code) for code in case.errors],
            }
            for case in all_use_cases().values()
        ],
        "error_codes": [str(code) for code in Code],
    }


def _describe_field(entry: Field) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": entry.name,
        "kind": str(entry.kind),
        "required": entry.required,
        "label": _(entry.label),
    }
    if entry.default is not None:
        data["default"] = entry.default
    if entry.choices:
        data["choices"] = [choice.value for choice in entry.choices]
    if entry.link:
        data["link"] = entry.link
    if entry.fields:
        data["fields"] = [_describe_field(child) for child in entry.fields]
    if entry.help:
        data["help"] = _(entry.help)
    return data
