"""Reminders on paper and as drafts of e-mails: filled from the book, written to files, noted in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, Conflict, CrmdeskError
from crmdesk.models.specs.reminders import LEVEL_MAX
from crmdesk.models.tables.documents import document, open_item, print_log
from crmdesk.models.validation import out_of_range
from crmdesk.services import (
    dunning_texts,
    interest,
    mail_drafts,
    merged_codes,
    papers,
    reminders_due,
    settings,
    use_cases,
)
from crmdesk.services.book import Book
from crmdesk.services.changes import Changes
from crmdesk.services.dialect import among
from crmdesk.services.documents import file_names, model
from crmdesk.services.lists.open_items import item_due
from crmdesk.services.outgoing import write_bytes
from crmdesk.services.reminder_rules import Rule
from crmdesk.services.reminders_due import Due, DueItem
from crmdesk.text import _

KIND = "dunning"
CONSOLIDATED_NAME = "reminders.pdf"
PAPER_CHANNELS = ("letter", "mail")
"""Channels that leave the program as a file; the others are shown in it."""


def languages_of(language: str) -> tuple[str, ...]:
    """The languages of a paper: both is Chinese first."""
    return ("zh_CN", "en") if language == "both" else (language,)


def letter(
    connection: Connection, due: Due, on: date, *, language: str = "", actor: str = ""
) -> model.DunningDoc:
    """One reminder ready to print; amounts as they are open now."""
    own = settings.load(connection)
    company = papers.company_of(connection)
    party = papers.party_of(connection, due.customer_id)
    pay_by = on + timedelta(days=own.dunning_pay_days)
    borne = _interest(connection, due, on)
    values = {
        "customer": due.name,
        "contact": party.contact or due.name,
        "company": own.name,
        "total": f"{due.currency} {money.grouped(due.total_minor, due.currency)}",
        "pay": f"{due.currency} {money.grouped(due.pay_minor, due.currency)}",
        "count": str(len(due.items)),
        "oldest_days": str(max(due.oldest_days, 0)),
        "interest": f"{due.currency} {money.grouped(borne, due.currency)}",
        "date": on.isoformat(),
        "pay_by": pay_by.isoformat(),
        "level": str(due.level),
    }
    words = [
        dunning_texts.words_of(
            own, due.level, one, rule_body=due.rule.body(one), is_before=due.oldest_days < 0
        )
        for one in languages_of(language or own.language)
    ]
    totals = dict(
        connection.execute(
            select(document.c.id, document.c.total_minor).where(
                among(document.c.id, [item.document_id for item in due.items])
            )
        ).all()
    )
    return model.DunningDoc(
        company,
        party,
        on,
        due.level,
        due.currency,
        tuple(dunning_texts.filled(one.subject, values) for one in words),
        tuple(dunning_texts.filled(one.body, values) for one in words),
        tuple(
            model.DunningLine(
                item.kind,
                item.number,
                item.dated_on,
                item.due_on,
                item.days_late,
                totals[item.document_id],
                item.open_minor,
            )
            for item in due.items
        ),
        due.total_minor,
        pay_by,
        due.total_minor - due.pay_minor,
        borne,
        mark=model.PrintMark(clock.today(), actor, _count(connection, due.customer) + 1),
    )


def _interest(connection: Connection, due: Due, on: date) -> int:
    """The unbilled late interest of the items of a reminder."""
    ids = {item.document_id for item in due.items}
    found = interest.of_customer(connection, due.customer_id, on, currency=due.currency)
    return sum(item.interest_minor for item in found if item.document_id in ids)


def _count(connection: Connection, code: str) -> int:
    """A letter is one of its day: only the same day's print is a reprint."""
    today = clock.today()
    rows = connection.execute(
        select(print_log.c.printed_at).where(print_log.c.kind == KIND, print_log.c.number == code)
    ).scalars()
    return sum(1 for moment in rows if clock.local_day(moment) == today)


def overdue(
    connection: Connection, code: str, on: date, *, level: int | None = None, currency: str = ""
) -> Due:
    """A reminder of everything that is overdue of a customer in one currency, whatever the rules say.

    The level is the one asked for, else the last one he was reminded at, else 1. Raises NotFound for an unknown code
    and Conflict `nothing_open` when nothing is overdue.
    """
    owner = merged_codes.find_customer(connection, code)
    if level is not None and not 1 <= level <= LEVEL_MAX:
        raise out_of_range("level", level)
    own = currency or owner.currency or settings.load(connection).currency
    query = (
        select(
            open_item.c.document_id,
            document.c.kind,
            document.c.number,
            open_item.c.dated_on,
            item_due.label("due_on"),
            open_item.c.open_minor,
        )
        .join_from(open_item, document, document.c.id == open_item.c.document_id)
        .where(
            open_item.c.customer_id == owner.id,
            open_item.c.currency == own,
            open_item.c.side == 1,
            open_item.c.open_minor != 0,
            item_due < on,
        )
        .order_by(item_due, open_item.c.document_id)
    )
    last = reminders_due.sent(connection, owner.id).last
    items = tuple(
        DueItem(
            row.document_id,
            row.kind,
            row.number,
            row.dated_on,
            row.due_on,
            row.open_minor,
            (on - row.due_on).days,
            0,
            *last.get(row.document_id, reminders_due.NEVER),
        )
        for row in connection.execute(query)
    )
    if not items:
        raise Conflict(
            Code.NOTHING_OPEN,
            _("Nothing of {customer} in {currency} is overdue on {date}.").format(
                customer=code, currency=own, date=on.isoformat()
            ),
            field="customer",
        )
    chosen = level or max(1, *(item.last_level for item in items))
    rule = Rule(0, "", (0,), 0, "", "", None, "", "letter", chosen, "", "", True)
    credit = connection.execute(
        select(func.coalesce(func.sum(open_item.c.open_minor), 0)).where(
            open_item.c.customer_id == owner.id, open_item.c.currency == own, open_item.c.side == -1
        )
    ).scalar_one()
    return Due(
        owner.id,
        owner.code,
        owner.name,
        own,
        rule,
        items,
        sum(item.open_minor for item in items),
        credit,
    )


def pdf(
    connection: Connection,
    dues: Iterable[Due],
    on: date,
    *,
    paper: str = "",
    language: str = "",
    actor: str = "",
) -> model.Rendered:
    """One PDF of many reminders, each beginning on a page of its own."""
    from crmdesk.services.documents import printing

    own = settings.load(connection)
    chosen = language or own.language
    documents = [letter(connection, due, on, language=chosen, actor=actor) for due in dues]
    return printing.render(documents, paper or own.paper, chosen)


class Sheet(NamedTuple):
    """One reminder as a file: its content, its name, characters that the printing font lacks."""

    content: bytes
    name: str
    missing: frozenset[str]

    @property
    def digest(self) -> str:
        """What the log keeps of it."""
        return hashlib.sha256(self.content).hexdigest()


def sheet(
    connection: Connection, due: Due, on: date, channel: str, *, language: str = "", actor: str = ""
) -> Sheet:
    """The PDF of a reminder, or for the channel `mail` the draft with it. Raises Conflict `email_missing`."""
    rendered = pdf(connection, [due], on, language=language, actor=actor)
    name = file_names.file_name(".pdf", number=due.customer, customer=due.name, on=on)
    missing = frozenset(rendered.missing)
    if channel != "mail":
        return Sheet(rendered.pdf, name, missing)
    made = letter(connection, due, on, language=language, actor=actor)
    recipient = mail_drafts.required(connection, [due.customer_id])[due.customer_id]
    content = mail_drafts.draft(recipient, made, rendered.pdf, name)
    return Sheet(
        content, file_names.file_name(".eml", number=due.customer, customer=due.name, on=on), missing
    )


def request(due: Due, on: date, channel: str = "", digest: str = "") -> dict[str, object]:
    """What `reminder.record` takes for exactly these items; without a rule (id 0) by their level."""
    by: dict[str, object] = {"rule": due.rule.name} if due.rule.id else {"level": due.level}
    return by | {
        "customer": due.customer,
        "date": on.isoformat(),
        "currency": due.currency,
        "items": [item.number for item in due.items],
        **({"channel": channel} if channel else {}),
        **({"digest": digest} if digest else {}),
    }


@dataclass(slots=True)
class Reminded:
    """What a run of reminders wrote, noted and could not send."""

    files: list[Path] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    """Characters that the printing font lacks."""
    refused: list[tuple[str, CrmdeskError]] = field(default_factory=list)
    """Customers whose reminder was not written, with the reason."""
    changes: Changes = field(default_factory=Changes)
    """What was noted, for whoever shows it."""
    noted: int = 0


def remind(
    book: Book,
    dues: Iterable[Due],
    on: date,
    folder: Path,
    *,
    language: str = "",
    actor: str = "",
    channel: str = "",
    step: Callable[[], object] = lambda: None,
) -> Reminded:
    """Writes each reminder (a PDF, or an e-mail draft with it) into a folder and notes it in the log at once.

    Each is noted in a transaction of its own after its file is whole: what is in the log is in the folder. A customer
    without an address for e-mails is passed over and told. `channel` (letter or mail) goes before that of the rules;
    `step` is called before each and may raise to stop.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = file_names.DistinctNames()
    done = Reminded()
    for due in dues:
        step()
        with book.read() as connection:
            try:
                made = sheet(connection, due, on, channel or due.rule.channel, language=language, actor=actor)
            except CrmdeskError as error:
                done.refused.append((due.customer, error))
                continue
        done.missing |= made.missing
        done.files.append(write_bytes(folder / names.take(made.name), made.content))
        _note(book, done, request(due, on, channel, made.digest), actor)
    return done


def remind_in_one(
    book: Book, dues: Iterable[Due], on: date, path: Path, *, language: str = "", actor: str = ""
) -> Reminded:
    """Writes all reminders as letters into one PDF, then notes each."""
    chosen = list(dues)
    with book.read() as connection:
        rendered = pdf(connection, chosen, on, language=language, actor=actor)
    done = Reminded([write_bytes(path, rendered.pdf)], set(rendered.missing))
    digest = hashlib.sha256(rendered.pdf).hexdigest()
    for due in chosen:
        _note(book, done, request(due, on, "letter", digest), actor)
    return done


def _note(book: Book, done: Reminded, values: dict[str, object], actor: str) -> None:
    outcome = use_cases.run_outcome(book, "reminder.record", values, actor=actor)
    done.changes.merge(outcome.changes)
    done.noted += 1
