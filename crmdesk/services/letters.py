"""Letters to a group (mail merge): one text, filled for each customer, as one PDF, one a customer, or drafts (B7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, select

from crmdesk.models import clock, money
from crmdesk.models.errors import Code, InvalidInput
from crmdesk.models.tables.customers import customer
from crmdesk.models.tables.letters import letter_text
from crmdesk.services import (
    custom_fields,
    custom_forms,
    dunning_texts,
    group_figures,
    groups,
    letter_texts,
    mail_drafts,
    papers,
    settings,
    use_cases,
)
from crmdesk.services.book import Book
from crmdesk.services.changes import Changes
from crmdesk.services.dialect import among
from crmdesk.services.documents import file_names, model
from crmdesk.services.dunning_papers import languages_of
from crmdesk.services.groups import Chosen, Group
from crmdesk.services.outgoing import write_bytes
from crmdesk.text import _

KIND = "letter"
CONSOLIDATED_NAME = "letters.pdf"
OWN_LANGUAGE = "own"
"""Each customer in his own language, as far as the text has it."""


@dataclass(frozen=True, slots=True)
class LetterOptions:
    """How letters are written. Without a language the book's; `offer` goes before that of the text."""

    language: str = ""
    paper: str = ""
    offer: str = ""
    on: date | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is stored, or as it is being written."""

    name: str = ""
    subject_zh: str = ""
    body_zh: str = ""
    subject_en: str = ""
    body_en: str = ""
    offer: str = ""

    def words(self, language: str) -> tuple[str, str]:
        """Subject and body of a language; both empty where there is none."""
        return (self.subject_en, self.body_en) if language == "en" else (self.subject_zh, self.body_zh)

    def language_for(self, name: str) -> str:
        """A customer's language: Chinese where his name is written so, else English; what the text has instead of
        what it lacks."""
        own = "zh_CN" if any("\u4e00" <= sign <= "\u9fff" for sign in name) else "en"
        other = "en" if own == "zh_CN" else "zh_CN"
        return own if self.words(own)[1] or not self.words(other)[1] else other


@dataclass(slots=True)
class Written:
    """The files, whom they are for, characters that the printing font lacks, and what was noted in the log."""

    files: list[Path] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    changes: Changes = field(default_factory=Changes)


def text_of(connection: Connection, name: str) -> Text:
    """A stored text. Raises NotFound."""
    return _text(connection, letter_text.c.name == name, name)


def text_by_id(connection: Connection, text_id: int) -> Text:
    """A stored text by its id. Raises NotFound."""
    return _text(connection, letter_text.c.id == text_id, str(text_id))


def _text(connection: Connection, wanted: ColumnElement[bool], named: str) -> Text:
    row = connection.execute(select(letter_text).where(wanted)).first()
    if row is None:
        raise letter_texts.missing(named)
    return Text(row.name, row.subject_zh, row.body_zh, row.subject_en, row.body_en, row.offer)


def names(connection: Connection) -> list[str]:
    """The names of all texts."""
    return list(connection.execute(select(letter_text.c.name).order_by(letter_text.c.name)).scalars())


def documents(
    connection: Connection, group: Group | Chosen, name: str, options: LetterOptions | None = None
) -> list[model.LetterDoc]:
    """One letter for each member of the group, by code, as it would be printed now.

    Raises NotFound for an unknown text, InvalidInput `no_data` for a group of nobody, `required` where the text lacks
    the language.
    """
    return list(_documents(connection, group, name, options or LetterOptions()))


def _documents(
    connection: Connection, group: Group | Chosen, name: str, options: LetterOptions
) -> Iterator[model.LetterDoc]:
    text = text_of(connection, name)
    if options.language != OWN_LANGUAGE:
        for language in languages_of(options.language or settings.load(connection).language):
            if not text.words(language)[1]:
                raise InvalidInput(
                    Code.REQUIRED,
                    _(
                        "The letter “{name}” has no text in this language. Write it, or choose another one."
                    ).format(name=name),
                    field="language",
                )
    ids = groups.members(connection, group)
    if not ids:
        raise InvalidInput(Code.NO_DATA, _("The group has no customers."), field="group")
    yield from drawn(connection, ids, text, options)


def drawn(
    connection: Connection, ids: Sequence[int], text: Text, options: LetterOptions
) -> Iterator[model.LetterDoc]:
    """One letter for each of these customers, by code, of a text that need not be stored."""
    own = settings.load(connection)
    company = papers.company_of(connection)
    texts = [part for one in ("zh_CN", "en") for part in text.words(one)]
    known = letter_texts.placeholders(connection, with_retired=True)
    for part in texts:
        dunning_texts.require_known(part, "letter", known)
    is_own_asked = any("{" + custom_fields.PREFIX in part for part in texts)
    facts = custom_forms.facts_of_many(connection, "customer", ids) if is_own_asked else {}
    owed = group_figures.owed_now(connection, ids)
    on = options.on or clock.today()
    people = connection.execute(
        select(customer.c.id, customer.c.code, customer.c.name, customer.c.currency)
        .where(among(customer.c.id, ids))
        .order_by(customer.c.code)
    ).all()
    for person in people:
        party = papers.party_of(connection, person.id)
        currency = person.currency or own.currency
        language = options.language or own.language
        if language == OWN_LANGUAGE:
            language = text.language_for(person.name)
        used = languages_of(language)
        words = [text.words(one) for one in used]
        own_facts = facts.get(person.id, {})
        values = {
            "name": person.name,
            "code": person.code,
            "contact": party.contact or person.name,
            "balance": _amounts(owed.balance.get(person.id, {}), currency),
            "overdue": _amounts(owed.overdue.get(person.id, {}), currency),
            "offer": options.offer or text.offer,
            "company": own.name,
            "date": on.isoformat(),
        }
        filled = [values | _own_words(known, own_facts, one) for one in used]
        yield model.LetterDoc(
            company,
            party,
            on,
            tuple(dunning_texts.filled(one[0], said) for one, said in zip(words, filled, strict=True)),
            tuple(dunning_texts.filled(one[1], said) for one, said in zip(words, filled, strict=True)),
            language,
            window=own.letter_window,
            mark=model.PrintMark(clock.today(), options.actor),
        )


def _own_words(known: Mapping[str, str], facts: Mapping[str, model.OwnFact], language: str) -> dict[str, str]:
    """Own fields as a letter of a language says them; nothing where the customer has no value."""
    said = dict.fromkeys((name for name in known if name.startswith(custom_fields.PREFIX)), "")
    return said | {name: fact.text_en if language == "en" else fact.text for name, fact in facts.items()}


def _amounts(by_currency: dict[str, int], own: str) -> str:
    """CNY 1,234.00; USD 5.00. Currencies are never added together."""
    found = {currency: minor for currency, minor in by_currency.items() if minor} or {own: 0}
    return "; ".join(f"{code} {money.grouped(minor, code)}" for code, minor in sorted(found.items()))


def rendered(
    connection: Connection, made: Iterable[model.LetterDoc], options: LetterOptions
) -> model.Rendered:
    """Letters as one PDF, each beginning on a page of its own."""
    from crmdesk.services.documents import printing

    own = settings.load(connection)
    language = options.language or own.language
    return printing.render(
        made, options.paper or own.paper, own.language if language == OWN_LANGUAGE else language
    )


def write(
    book: Book,
    group: Group | Chosen,
    name: str,
    out: Path,
    options: LetterOptions | None = None,
    *,
    is_consolidated: bool = False,
    is_mail: bool = False,
    step: Callable[[int, int], object] = lambda done, total: None,
) -> Written:
    """Writes the letters into one PDF, or into a folder as PDFs or as drafts of e-mails with the PDF attached.

    They are noted in the log once they are whole.

    `step` is called before each file and may raise to stop; then nothing is noted. Raises Conflict `email_missing` for
    a draft to somebody without an address.
    """
    chosen = options or LetterOptions()
    with book.read() as connection:
        made = documents(connection, group, name, chosen)
        done = Written(customers=[one.party.code for one in made])
        if is_consolidated:
            whole = rendered(connection, made, chosen)
            target = out / CONSOLIDATED_NAME if out.is_dir() else out
            done.files.append(write_bytes(target, whole.pdf))
            done.missing |= set(whole.missing)
        else:
            _write_each(connection, group, made, out, chosen, done, step, is_mail=is_mail)
    if not book.is_read_only:
        log = {
            "kind": KIND,
            "entries": done.customers,
            "channel": "mail" if is_mail else "pdf",
            "detail": name,
        }
        done.changes.merge(use_cases.run_outcome(book, "print.log", log, actor=chosen.actor).changes)
    return done


def _write_each(
    connection: Connection,
    group: Group | Chosen,
    made: Sequence[model.LetterDoc],
    out: Path,
    options: LetterOptions,
    done: Written,
    step: Callable[[int, int], object],
    *,
    is_mail: bool,
) -> None:
    recipients: dict[str, tuple[str, str]] = {}
    if is_mail:  # who has no address is told before anything is written
        wanted = select(customer.c.code, customer.c.id).where(
            among(customer.c.id, groups.members(connection, group))
        )
        ids = {row.code: row.id for row in connection.execute(wanted.order_by(customer.c.code))}
        found = mail_drafts.required(connection, list(ids.values()))
        recipients = {code: found[record_id] for code, record_id in ids.items()}
    out.mkdir(parents=True, exist_ok=True)
    taken = file_names.DistinctNames()
    for number, one in enumerate(made):
        step(number, len(made))
        page = rendered(connection, [one], options)
        done.missing |= set(page.missing)
        code, party = one.party.code, one.party.name
        file = file_names.file_name(".pdf", number=code, customer=party, on=one.dated_on)
        content = page.pdf
        if is_mail:
            content = mail_drafts.draft(recipients[code], one, page.pdf, file)
            file = file_names.file_name(".eml", number=code, customer=party, on=one.dated_on)
        done.files.append(write_bytes(out / taken.take(file), content))
