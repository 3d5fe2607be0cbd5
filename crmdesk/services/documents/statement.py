"""The statement of account 对账单 in its three styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from crmdesk.models.money import grouped
from crmdesk.models.specs.documents import STATEMENT_LINES
from crmdesk.services.documents import figures
from crmdesk.services.documents.flow import Bottom, Piece, Space
from crmdesk.services.documents.labels import Label
from crmdesk.services.documents.model import (
    BankAccount,
    StatementDoc,
    StatementLine,
    StatementSection,
    StatementStyle,
)
from crmdesk.services.documents.statement_parts import (
    AgeingStrip,
    Closing,
    Slip,
)
from crmdesk.services.documents.stationery import (
    Fact,
    Job,
    Layout,
    Note,
    heading_of,
    layout_of,
    own_facts,
)
from crmdesk.services.documents.table import Align, Cell, Column, Entry, Kind, Row, Table
from crmdesk.text import N_


def layout_statement(job: Job, doc: StatementDoc) -> Layout:
    """The parts of a statement in the order they stand on paper."""
    is_single = len(doc.sections) == 1
    facts: list[Fact] = [
        (job.labels(N_("Period")), _period(job, doc)),
        (job.labels(N_("As at")), figures.day(doc.to_on)),
    ]
    if is_single:
        currency = doc.sections[0].currency
        facts.append((job.labels(N_("Currency")), figures.currency_title(job.labels.language, currency)))
    facts.append((job.labels(N_("Statement style")), job.labels(_STYLES[doc.style])))
    facts += own_facts(job.labels, doc.own)
    heading = heading_of(doc, job.labels(N_("Statement of account")), job.labels(N_("Customer")), facts)
    pieces: list[Piece] = []
    for index, section in enumerate(doc.sections):
        is_last = index == len(doc.sections) - 1
        pieces += _section(job, doc, section, bank=doc.company.bank if is_last else None)
    if doc.note:
        pieces += [Note(job, job.labels(N_("Note")), doc.note), Space(job.look.gap)]
    has_balance = doc.style is not StatementStyle.TRANSACTIONS
    if doc.has_slip and has_balance:
        pieces += [Space(job.look.gap * 0.6), Bottom(Slip(job, doc))]
    return layout_of(job, doc, heading, pieces)


_STYLES = {
    StatementStyle.BALANCE_FORWARD: N_("Balance forward"),
    StatementStyle.OPEN_ITEM: N_("Open items"),
    StatementStyle.TRANSACTIONS: N_("Transactions"),
}


def _period(job: Job, doc: StatementDoc) -> str:
    if doc.style is StatementStyle.OPEN_ITEM:
        return job.labels.one(N_("All open items"))
    if doc.from_on is None:
        return job.labels.one(N_("to {date}"), date=figures.day(doc.to_on))
    return f"{figures.day(doc.from_on)} – {figures.day(doc.to_on)}"


def _section(
    job: Job, doc: StatementDoc, section: StatementSection, *, bank: BankAccount | None
) -> list[Piece]:
    """The table of one currency, its closing balance and its ageing."""
    build = {
        StatementStyle.BALANCE_FORWARD: _balance_forward,
        StatementStyle.OPEN_ITEM: _open_items,
        StatementStyle.TRANSACTIONS: _transactions,
    }[doc.style]
    pieces: list[Piece] = [build(job, doc, section).whole()]
    pieces.append(Space(job.look.gap * (0.5 if job.look.paper.is_compact else 0.9)))
    if doc.style is not StatementStyle.TRANSACTIONS:
        pieces += [Closing(job, section, has_words=doc.has_words, bank=bank), Space(job.look.gap * 0.6)]
        if section.ageing:
            pieces += [AgeingStrip(job, section.ageing, section.currency), Space(job.look.gap * 0.9)]
    if section.deposits_minor:
        held = grouped(section.deposits_minor, section.currency)
        caption = job.labels(N_("Deposits held for you, not part of the balance"))
        pieces += [Note(job, caption, f"{section.currency} {held}"), Space(job.look.gap * 0.6)]
    return pieces


def _title(job: Job, doc: StatementDoc, section: StatementSection) -> str:
    """The currency above its table, where a statement has several."""
    if len(doc.sections) == 1:
        return ""
    return figures.currency_title(job.labels.language, section.currency)


def _entry(job: Job) -> Callable[[StatementLine], Entry]:
    """The cell that names an event; the label of a kind is looked up once."""
    known: dict[str, Label] = {}

    def entry(line: StatementLine) -> Entry:
        label = known.get(line.kind)
        if label is None:
            label = known[line.kind] = job.labels(STATEMENT_LINES.get(line.kind, line.kind))
        return Entry(label, line.description)

    return entry


def _total(job: Job, source: str, *figure_cells: str, kind: Kind = Kind.TOTAL) -> Row:
    """A row of sums: its words stand in the second column, figures at the end."""
    return Row(["", Entry(job.labels(source)), "", *figure_cells], kind)


def _sums(lines: Sequence[StatementLine]) -> tuple[list[int], list[int]]:
    """Running sums of debit and credit; index n is the sum of the first n lines."""
    charged = list(accumulate((line.debit_minor for line in lines), initial=0))
    paid = list(accumulate((line.credit_minor for line in lines), initial=0))
    return charged, paid


def _balance_forward(job: Job, doc: StatementDoc, section: StatementSection) -> Table:
    currency, lines, labels = section.currency, section.lines, job.labels
    entry = _entry(job)
    columns = [
        Column(labels(N_("Date"))),
        Column(labels(N_("Particulars")), flex=1, least=7.5),
        Column(labels(N_("Document no."))),
        Column(labels(N_("Charges")), Align.RIGHT),
        Column(labels(N_("Paid or credited")), Align.RIGHT),
        Column(labels(N_("Balance")), Align.RIGHT),
    ]
    first: list[Cell] = [
        figures.day(doc.from_on),
        Entry(labels(N_("Opening balance"))),
        "",
        "",
        "",
        grouped(section.opening_minor, currency),
    ]
    rows = [Row(first)]
    for line in lines:
        cells: list[Cell] = [
            line.date.isoformat(),
            entry(line),
            line.number,
            grouped(line.debit_minor, currency) if line.debit_minor else "",
            grouped(line.credit_minor, currency) if line.credit_minor else "",
            grouped(line.balance_minor, currency),
        ]
        rows.append(Row(cells))
    charged, paid = _sums(lines)

    def sums(source: str, count: int, balance: int, kind: Kind) -> Row:
        sum_cells = (grouped(charged[count], currency), grouped(paid[count], currency))
        return _total(job, source, *sum_cells, grouped(balance, currency), kind=kind)

    def carry(count: int) -> tuple[Row, Row]:
        done = min(max(count - 1, 0), len(lines))  # the opening balance is the first row
        balance = lines[done - 1].balance_minor if done else section.opening_minor
        return (
            sums(N_("Carried forward"), done, balance, Kind.QUIET),
            sums(N_("Brought forward"), done, balance, Kind.QUIET),
        )

    rows.append(sums(N_("Total and closing balance"), len(lines), section.closing_minor, Kind.TOTAL))
    return Table(job.look, columns, rows, job.width, job.clean, carry, _title(job, doc, section))


def _transactions(job: Job, doc: StatementDoc, section: StatementSection) -> Table:
    currency, lines, labels = section.currency, section.lines, job.labels
    entry = _entry(job)
    columns = [
        Column(labels(N_("Date"))),
        Column(labels(N_("Particulars")), flex=1, least=7.5),
        Column(labels(N_("Document no."))),
        Column(labels(N_("Charges")), Align.RIGHT),
        Column(labels(N_("Paid or credited")), Align.RIGHT),
    ]
    rows: list[Row] = []
    for line in lines:
        cells: list[Cell] = [
            line.date.isoformat(),
            entry(line),
            line.number,
            grouped(line.debit_minor, currency) if line.debit_minor else "",
            grouped(line.credit_minor, currency) if line.credit_minor else "",
        ]
        rows.append(Row(cells))
    charged, paid = _sums(lines)

    def sums(source: str, count: int, kind: Kind) -> Row:
        return _total(
            job, source, grouped(charged[count], currency), grouped(paid[count], currency), kind=kind
        )

    def carry(count: int) -> tuple[Row, Row]:
        done = min(count, len(lines))
        return (
            sums(N_("Carried forward"), done, Kind.QUIET),
            sums(N_("Brought forward"), done, Kind.QUIET),
        )

    rows.append(sums(N_("Total"), len(lines), Kind.TOTAL))
    return Table(job.look, columns, rows, job.width, job.clean, carry, _title(job, doc, section))


def _open_items(job: Job, doc: StatementDoc, section: StatementSection) -> Table:
    """Original, settled and open amount of each item; credits and free payments are negative."""
    currency, labels = section.currency, job.labels
    entry = _entry(job)
    columns = [
        Column(labels(N_("Date"))),
        Column(labels(N_("Particulars")), flex=1, least=6.5),
        Column(labels(N_("Document no."))),
        Column(labels(N_("Due date")), Align.LEFT),
        Column(labels(N_("Days late")), Align.RIGHT),
        Column(labels(N_("Original")), Align.RIGHT),
        Column(labels(N_("Settled")), Align.RIGHT),
        Column(labels(N_("Open amount")), Align.RIGHT),
    ]
    rows: list[Row] = []
    originals: list[int] = []
    opens: list[int] = []
    for line in section.lines:
        original, still_open = original_and_open(line)
        originals.append(original)
        opens.append(still_open)
        late = (doc.to_on - line.due_on).days if line.due_on and still_open > 0 else 0
        cells: list[Cell] = [
            line.date.isoformat(),
            entry(line),
            line.number,
            figures.day(line.due_on),
            str(late) if late > 0 else "",
            grouped(original, currency),
            figures.or_blank(original - still_open, currency),
            grouped(still_open, currency),
        ]
        rows.append(Row(cells))
    sums_original = list(accumulate(originals, initial=0))
    sums_open = list(accumulate(opens, initial=0))

    def sums(source: str, count: int, kind: Kind) -> Row:
        original, still_open = sums_original[count], sums_open[count]
        cells = (original, original - still_open, still_open)
        return _total(job, source, "", "", *(grouped(cell, currency) for cell in cells), kind=kind)

    def carry(count: int) -> tuple[Row, Row]:
        done = min(count, len(opens))
        return (
            sums(N_("Carried forward"), done, Kind.QUIET),
            sums(N_("Brought forward"), done, Kind.QUIET),
        )

    rows.append(sums(N_("Total open"), len(opens), Kind.TOTAL))
    return Table(job.look, columns, rows, job.width, job.clean, carry, _title(job, doc, section))


def original_and_open(line: StatementLine) -> tuple[int, int]:
    """The signed original and open amount of an open item: debit − credit is open, whichever is the larger.

    An invoice has its total as debit and what is settled as credit; a payment or credit note the other way
    round, so that both its amounts are negative.
    """
    still_open = line.open_minor if line.open_minor is not None else line.debit_minor - line.credit_minor
    if line.debit_minor >= line.credit_minor:
        return line.debit_minor, still_open
    return -line.credit_minor, still_open
