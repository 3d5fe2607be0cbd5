"""The batch language: one JSON object per line, each line one use case in one transaction of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, TextIO

from crmdesk.cli.output import DONE, REFUSED, json_text
from crmdesk.models import validation
from crmdesk.models.errors import BookFault, Code, CrmdeskError, InvalidInput, NotFound
from crmdesk.services import use_cases
from crmdesk.services.book import Book
from crmdesk.services.use_cases import Outcome
from crmdesk.text import _

_IDS = ("activity", "task", "comment", "relation", "contact", "address", "billing_profile", "attachment")
"""What has no number is named by its id."""
_LINKS = frozenset(
    {
        "customer",
        "invoice",
        "payment",
        "credit",
        "draft",
        "writeoff",
        "refund",
        "other",
        *_IDS,
        "product",
        "requirement",
        "quote",
        "contract",
        "order",
        "request",
        "fapiao",
        "confirmation",
        "opening",
        "items",
        "promise",
        "reminder",
        "transfer",
        "deposit",
        "bill",
        "recovery",
        "recurring",
        "entry",
        "from",
        "to",
    }
)
_NAMES = ("number", "code", "draft", "promise", "reminder", *_IDS)


def read_lines(file: str | None) -> Iterator[bytes]:
    """The lines of a file or of standard input, as bytes (so that broken UTF-8 can be named)."""
    if file is None or file == "-":
        yield from sys.stdin.buffer
        return
    try:
        stream = open(file, "rb")  # noqa: SIM115 (closed below; the generator may stop early)
    except OSError as error:
        raise NotFound(
            Code.FILE_MISSING,
            _("{file} cannot be read: {reason}.").format(file=file, reason=error.strerror),
            field="file",
        ) from error
    with stream:
        yield from stream


def _no_constant(name: str) -> Any:
    raise InvalidInput(
        Code.MALFORMED_LINE,
        _("“{value}” in the line is no number of JSON. Write an amount as text, such as {sample}.").format(
            value=name, sample='"1234.50"'
        ),
    )


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different; which of two amounts is meant is not guessed."""
    data = dict(pairs)
    if len(data) != len(pairs):
        names = [name for name, _value in pairs]
        raise InvalidInput(
            Code.MALFORMED_LINE,
            _("“{name}” stands in the line twice. Write each argument once.").format(
                name=next(name for name in names if names.count(name) > 1)[:60]
            ),
        )
    return data


def parse(raw: bytes) -> dict[str, Any] | None:
    """One line as an object; None for a blank line; InvalidInput `malformed_line` otherwise."""
    try:
        text = raw.decode("utf-8-sig").strip()
        if not text:
            return None
        data = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_distinct)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            Code.MALFORMED_LINE,
            _('The line is not a JSON object with “do”. Write one {"do": …} per line.'),
        ) from error
    if not isinstance(data, dict) or not isinstance(data.get("do"), str):
        raise InvalidInput(
            Code.MALFORMED_LINE, _('The line is not a JSON object with “do”. Write one {"do": …} per line.')
        )
    for name in ("ref", "key"):
        if name in data and (not isinstance(data[name], str) or not data[name] or len(data[name]) > 200):
            raise InvalidInput(
                Code.MALFORMED_LINE, _("“{field}” must be a short text.").format(field=name), field=name
            )
    return data


def resolve(value: Any, refs: dict[str, str], name: str = "") -> Any:
    """Replaces `@ref` by the number or code it stands for, where a document or customer is named."""
    if isinstance(value, dict):
        return {key: resolve(part, refs, key) for key, part in value.items()}
    if isinstance(value, list):
        return [resolve(part, refs, name) for part in value]
    if isinstance(value, str) and value.startswith("@") and name in _LINKS:
        if value[1:] not in refs:
            raise InvalidInput(
                Code.UNKNOWN_REF,
                _("“{value}” is not the ref of an earlier line of this run.").format(value=value[:60]),
                field=name,
            )
        return refs[value[1:]]
    return value


def answer(number: int, outcome: Outcome) -> dict[str, Any]:
    """The acknowledgement of a line."""
    data: dict[str, Any] = {"line": number, "ok": True, "result": outcome.result}
    if outcome.is_repeated:
        data["repeated"] = True
    if outcome.warnings:
        data["warnings"] = list(outcome.warnings)
    return data


def refusal(number: int, error: CrmdeskError) -> dict[str, Any]:
    """The refusal of a line."""
    data: dict[str, Any] = {"code": str(error.code)}
    if error.field is not None:
        data["field"] = error.field
    data["message"] = error.message
    return {"line": number, "ok": False, "error": data}


class Run:
    """One run of the batch language over a book."""

    def __init__(self, book: Book, actor: str, out: TextIO) -> None:
        self._book = book
        self._actor = actor
        self._out = out
        self._refs: dict[str, str] = {}

    def _print(self, data: dict[str, Any]) -> None:
        self._out.write(json_text(data, indent=None) + "\n")
        self._out.flush()

    def _bind(self, ref: str | None, result: dict[str, Any]) -> None:
        if ref is None:
            return
        for name in _NAMES:
            if isinstance(result.get(name), str | int):  # promises and reminders have no number but their id
                self._refs[ref] = str(result[name])
                return

    def line_by_line(self, lines: Iterable[bytes], *, keep_going: bool) -> int:
        """Each line commits by itself and is acknowledged after its commit."""
        code = DONE
        for number, raw in enumerate(lines, start=1):
            try:
                data = parse(raw)
                if data is None:
                    continue
                self._print(answer(number, self._do(data)))
            except BookFault:
                raise
            except CrmdeskError as error:
                self._print(refusal(number, error))
                code = REFUSED
                if not keep_going:
                    return code
        return code

    def _do(self, data: dict[str, Any]) -> Outcome:
        name, ref, key, arguments = _split(data)
        resolved = resolve(arguments, self._refs)
        case = use_cases.find(name)
        values = validation.check(case.fields, resolved)
        with self._book.write(self._actor) as unit:
            outcome = use_cases.step(unit, case, values, arguments, key)
        self._bind(ref, outcome.result)
        return outcome

    def atomic(self, lines: Iterable[bytes]) -> int:
        """All lines in one transaction; results are printed after the one commit, or one refusal."""
        answers: list[dict[str, Any]] = []
        number = 0
        try:
            with self._book.write(self._actor) as unit:
                unit.is_bulk = True
                for number, raw in enumerate(lines, start=1):
                    data = parse(raw)
                    if data is None:
                        continue
                    name, ref, key, arguments = _split(data)
                    outcome = use_cases.step_in_bulk(
                        unit, name, resolve(arguments, self._refs), arguments, key
                    )
                    self._bind(ref, outcome.result)
                    answers.append(answer(number, outcome))
                unit.finish("apply", {"line_count": len(answers)})
        except BookFault:
            raise
        except CrmdeskError as error:
            self._print(refusal(number, error))
            return REFUSED
        for data in answers:
            self._out.write(json_text(data, indent=None) + "\n")
        self._out.flush()
        return DONE


def _split(data: dict[str, Any]) -> tuple[str, str | None, str | None, dict[str, Any]]:
    arguments = {name: value for name, value in data.items() if name not in ("do", "ref", "key")}
    return data["do"], data.get("ref"), data.get("key"), arguments
