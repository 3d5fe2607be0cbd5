"""Rows of statements that become bank lines: by account, balances checked, each line of a stream once.

A line is known again by the bank's own reference with date and amount, or by all that it says; equal lines of one file
are counted through, so that two true equal lines stay two and a file that overlaps an earlier one brings the rest.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select

from crmdesk.models import money
from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.tables.banking import bank_file, bank_line
from crmdesk.services.banking import balances, wallets
from crmdesk.services.banking.accounts import Owner, Owners
from crmdesk.services.imports import mapping, numbers
from crmdesk.services.imports.importing import Importer, Running
from crmdesk.services.imports.plan import PlannedRow
from crmdesk.services.imports.values import CellRefused
from crmdesk.text import _

_ROWS_NAMED = 10
_TEXT_MAX = 2_000
_NOTHING = frozenset({"", "/", "-", "--"})


@dataclass(slots=True)
class _Entry:
    row: PlannedRow
    booked_on: date
    amount: Decimal
    words: str
    hint: str


@dataclass(slots=True)
class _Statement:
    """One statement of the file, with what of it is a movement."""

    account: str = ""
    currency: str = ""
    method: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    from_on: date | None = None
    to_on: date | None = None
    entries: list[_Entry] = field(default_factory=list)
    has_refused: bool = False


@dataclass(slots=True)
class _Bundle:
    """The statements of one account in one currency."""

    owner: Owner
    currency: str
    statements: list[_Statement]


def fingerprint(
    booked_on: date,
    amount_minor: int,
    currency: str,
    reference: str,
    payer: str,
    payer_account: str,
    text: str,
) -> str:
    """What a line is known by: the bank's reference where it gives one, else all that the line says."""
    said = (reference,) if reference else (payer, payer_account, text)
    plain = tuple("".join(unicodedata.normalize("NFKC", part).casefold().split()) for part in said)
    content = repr((booked_on.isoformat(), amount_minor, currency, *plain))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class BankImporter(Importer):
    """Takes the entries of one file."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        if not any(self.plan.has(name) for name in ("amount", "money_in", "money_out")):
            raise InvalidInput(
                Code.HEADER_UNMAPPED,
                _("{file}: no column is recognised as the amount.").format(file=self.plan.table.file),
                field="file",
                hint=_(
                    "Name a column “Amount”, or two of them “Money in” and “Money out”, or use a mapping."
                ),
            )
        self._rows: list[PlannedRow] = []
        self._passed_over: list[int] = []
        self._stated = self._about_the_table()

    def _about_the_table(self) -> wallets.Stated:
        table = self.plan.table
        if table.facts:
            return wallets.Stated()
        return wallets.stated(
            [*(text for _row, text in table.preamble), *(skipped.text for skipped in table.skipped)]
        )

    def take(self, rows: list[PlannedRow]) -> None:
        """Keeps the rows; a statement is judged as a whole."""
        self._rows += rows

    def finish(self) -> None:
        """Sorts the rows by statement, finds the accounts, checks the balances and writes what is new."""
        statements = self._statements()
        for row in self._rows:
            self._sort_in(row, statements)
        self._tell_passed_over()
        self._compare_sums(statements)
        owners = Owners(self.unit, self.running.options.account)
        bundles: dict[tuple[int, str], _Bundle] = {}
        accounts = {one.account for one in statements}
        for statement in statements:
            try:
                owner = owners.of(statement.account, statement.currency, statement.method)
                currency = statement.currency or owner.currency or self.unit.settings.currency
                money.require_currency(currency)
            except CrmdeskError as error:
                if len(accounts) == 1:
                    raise
                self._refuse(statement, error.code, error.message, error.hint)
                continue
            bundle = bundles.setdefault((owner.id, currency), _Bundle(owner, currency, []))
            if self._is_balanced(statement, currency):
                bundle.statements.append(statement)
        for code, account in owners.learnt():
            self.running.note(
                Code.ACCOUNT_LEARNT,
                _("{code} is account {account} from now on: a file of another account is refused.").format(
                    code=code, account=account
                ),
            )
        for bundle in bundles.values():
            self._write(bundle)
        self.unit.changes.everything.add("bank_line")

    # Statements and their entries

    def _statements(self) -> list[_Statement]:
        facts = self.plan.table.facts.get("statements")
        if facts is None:
            stated = self._stated
            return [
                _Statement(stated.account, method=stated.method, from_on=stated.from_on, to_on=stated.to_on)
            ]
        return [
            _Statement(
                one["account"],
                one["currency"],
                method="bank",  # a wallet has no format of its own
                opening=_number(one["opening"]),
                closing=_number(one["closing"]),
                from_on=_day(one["from"]),
                to_on=_day(one["to"]),
            )
            for one in facts
        ]

    def _sort_in(self, row: PlannedRow, statements: list[_Statement]) -> None:
        values = row.values
        index = values.get("statement", "0")
        place = int(index) if index.isascii() and index.isdigit() and self.plan.table.facts else 0
        statement = statements[min(place, len(statements) - 1)]
        if not row.is_good:
            statement.has_refused = True
            return
        booked_on = values.get("date")
        words = _words(values)
        try:
            if booked_on is None:
                raise CellRefused(Code.REQUIRED, _("The row has no date."), "", _("Fill in the date."))
            amount = self._amount(values, words)
        except CellRefused as refused:
            statement.has_refused = True
            self.running.fail(row.number, refused.code, refused.message, name="date", hint=refused.hint)
            return
        if amount is None:
            self._passed_over.append(row.number)
            return
        currency = values.get("currency") or statement.currency
        if not statement.currency:
            statement.currency = currency
        elif currency != statement.currency:
            statement.has_refused = True
            self.running.fail(
                row.number,
                Code.CURRENCY_MIXED,
                _("The row is in {row}, the statement in {own}; currencies are not mixed.").format(
                    row=currency, own=statement.currency
                ),
                name="currency",
                value=currency,
            )
            return
        hint = values.get("hint") or wallets.hint_of(f"{values.get('category', '')} {words}")
        statement.entries.append(_Entry(row, booked_on, amount, words, hint))

    def _amount(self, values: dict[str, Any], words: str) -> Decimal | None:
        """The signed amount; None for what did not move any money."""
        income, spent = values.get("money_in"), values.get("money_out")
        if income and spent:
            raise CellRefused(
                Code.BOTH_SIDES,
                _("The row has both money in and money out."),
                "",
                _("Split it into two rows."),
            )
        state = values.get("state", "")
        if wallets.has_failed(state):
            return None
        if income is not None or spent is not None:
            return (income or Decimal(0)) - (spent or Decimal(0))
        amount = values.get("amount")
        if amount is None:
            raise CellRefused(Code.REQUIRED, _("The row has no amount."), "", _("Fill in the amount."))
        side = wallets.side_of(values.get("direction", ""))
        if side is None:
            return amount
        if side == wallets.NEITHER:
            side = wallets.neutral_side(state, f"{values.get('category', '')} {words}")
        return None if side == wallets.NEITHER else side * abs(amount)

    def _tell_passed_over(self) -> None:
        rows = self._passed_over
        if rows:
            self.tally.skipped += len(rows)
            named = ", ".join(map(str, rows[:_ROWS_NAMED])) + (" …" if len(rows) > _ROWS_NAMED else "")
            self.running.note(
                Code.NO_DATA,
                _("Rows that moved no money in or out of the account were passed over: {rows}.").format(
                    rows=named
                ),
            )

    def _compare_sums(self, statements: list[_Statement]) -> None:
        """The sums that a sheet states beside its rows; wallets say themselves that they may differ."""
        for side, count, amount in self._stated.sums:
            own = [
                abs(entry.amount)
                for statement in statements
                for entry in statement.entries
                if self._counts(entry, side)
            ]
            if sum(own, Decimal(0)) != amount or (count is not None and count != len(own)):
                text = (
                    _("Money in: the file states {stated} ({count}), its rows add up to {own} ({own_count}).")
                    if side == wallets.IN
                    else _(
                        "Money out: the file states {stated} ({count}), its rows add up to {own} ({own_count})."
                    )
                )
                self.running.note(
                    Code.FOOTER_DIFFERS,
                    text.format(
                        stated=amount,
                        count="–" if count is None else count,
                        own=sum(own, Decimal(0)),
                        own_count=len(own),
                    ),
                )

    @staticmethod
    def _counts(entry: _Entry, side: int) -> bool:
        said = wallets.side_of(entry.row.values.get("direction", ""))
        return said == side if said is not None else (entry.amount > 0) == (side > 0) and entry.amount != 0

    # Balances

    def _is_balanced(self, statement: _Statement, currency: str) -> bool:
        """Whether the statement's balances fit its movements, as far as they are given; else its rows are refused."""
        is_sheet = "statements" not in self.plan.table.facts
        message = (
            self._broken_course(statement, currency) if is_sheet else self._broken_sum(statement, currency)
        )
        if not message:
            return True
        if self.plan.mapping.takes_computed_totals or not statement.entries:
            self.running.note(Code.BALANCE_BROKEN, message)
            return True
        if not is_sheet:
            hint = _(
                "Download the statement again; the option “totals”: “computed” of a mapping takes it as it is."
            )
        elif self._must_follow(statement):
            hint = _(
                "Download the whole list again; of one that was filtered, leave the column “{column}” out in the "
                "mapping."
            ).format(column=self.plan.column_label("balance"))
        else:
            statement.opening = statement.closing = None
            self.running.note(
                Code.BALANCE_BROKEN, message + " " + _("The rows are taken without balances."), name="balance"
            )
            return True
        self._refuse(statement, Code.BALANCE_BROKEN, message, hint, name="balance" if is_sheet else "amount")
        return False

    def _broken_sum(self, statement: _Statement, currency: str) -> str:
        """Opening + movements = closing, where both are given and every row was read; else the sentence."""
        if statement.opening is None or statement.closing is None or statement.has_refused:
            return ""
        moved = sum((entry.amount for entry in statement.entries), Decimal(0))
        difference = statement.closing - statement.opening - moved
        if difference == 0:
            return ""
        return _(
            "Opening {opening} and movements {moved} are not the closing balance {closing}: {by} differ."
        ).format(
            opening=statement.opening, moved=moved, closing=statement.closing, by=f"{difference} {currency}"
        )

    def _broken_course(self, statement: _Statement, currency: str) -> str:
        """Gives a sheet's statement the balances of its rows; the sentence where every row was read and one balance
        does not follow from the one before."""
        if not statement.entries or mapping.is_errors_workbook(self.plan.table.header):
            return ""  # a few rows out of a file: no balance follows from another
        course = balances.follow(
            [
                balances.Step(
                    entry.row.number, entry.booked_on, entry.amount, entry.row.values.get("balance")
                )
                for entry in statement.entries
            ]
        )
        if course is None:
            return ""
        statement.opening, statement.closing = course.opening, course.closing
        # a sheet that was asked for up to a later day says nothing of the time after its last row
        statement.to_on = max(entry.booked_on for entry in statement.entries)
        broken = course.broken
        if broken is None or statement.has_refused:
            return ""
        return _(
            "Row {row}: the balance is {balance}; by row {before} and what moved since it would be {expected}: "
            "{by} differ."
        ).format(
            row=broken.row,
            balance=broken.balance,
            before=broken.before,
            expected=broken.expected,
            by=f"{broken.balance - broken.expected} {currency}",
        )

    def _must_follow(self, statement: _Statement) -> bool:
        """Whether a balance that does not follow speaks against the file.

        A wallet lists what was paid with a bank's card and what moved between its purses, too, which the balance of
        no single purse follows; and a column that only reminds of a balance may be another one (可用余额).
        """
        is_wallet = statement.method in wallets.METHODS
        return not is_wallet and "balance" not in self.plan.assignment.doubtful

    def _refuse(
        self, statement: _Statement, code: Code, message: str, hint: str | None, name: str = "amount"
    ) -> None:
        for entry in statement.entries:
            if entry.row.is_wanted:
                self.running.fail(entry.row.number, code, message, name=name, hint=hint)

    # Writing

    def _write(self, bundle: _Bundle) -> None:
        made = self._made(bundle)
        if not made:
            return
        days = [values["booked_on"] for values in made]
        query = select(bank_line.c.fingerprint, bank_line.c.occurrence).where(
            bank_line.c.money_account_id == bundle.owner.id,
            bank_line.c.booked_on.between(min(days), max(days)),
        )
        known = {(row[0], row[1]) for row in self.unit.execute(query)}
        new = [values for values in made if (values["fingerprint"], values["occurrence"]) not in known]
        self.tally.skipped += len(made) - len(new)
        self.tally.created += len(new)
        if not new:
            return
        file_id = self.unit.next_id()
        # banks print from the newest or from the oldest day; balances follow the days
        parts = sorted(bundle.statements, key=lambda one: one.to_on or date.min)
        opening = next((one.opening for one in parts if one.opening is not None), None)
        closing = next((one.closing for one in reversed(parts) if one.closing is not None), None)
        known_days = [day for one in parts for day in (one.from_on, one.to_on) if day is not None]
        self.unit.add(
            bank_file,
            id=file_id,
            batch_id=self.batch.id,
            digest=self.batch.digest,
            name=self.plan.table.file,
            format=self.plan.table.format,
            money_account_id=bundle.owner.id,
            account=next((one.account for one in parts if one.account), ""),
            currency=bundle.currency,
            from_on=min(days + known_days),
            to_on=max(days + known_days),
            opening_minor=None if opening is None else money.to_minor(opening, bundle.currency),
            closing_minor=None if closing is None else money.to_minor(closing, bundle.currency),
            line_count=len(new),
            skipped_count=len(made) - len(new),
            audit_id=self.unit.audit_id,
        )
        for values in new:
            self.unit.add(
                bank_line,
                id=self.unit.next_id(),
                file_id=file_id,
                money_account_id=bundle.owner.id,
                currency=bundle.currency,
                **values,
            )

    def _made(self, bundle: _Bundle) -> list[dict[str, Any]]:
        """The lines of an account as they would be stored, equal ones counted through."""
        made: list[dict[str, Any]] = []
        seen: Counter[str] = Counter()
        for statement in bundle.statements:
            for entry in statement.entries:
                values = entry.row.values
                try:
                    amount_minor = money.to_minor(entry.amount, bundle.currency)
                except CrmdeskError as error:
                    self.running.fail_by(entry.row, error, "amount")
                    continue
                payer, account = _said(values, "payer"), _said(values, "payer_account")
                reference = _said(values, "reference")
                key = fingerprint(
                    entry.booked_on, amount_minor, bundle.currency, reference, payer, account, entry.words
                )
                seen[key] += 1
                made.append(
                    {
                        "row_number": entry.row.number,
                        "booked_on": entry.booked_on,
                        "value_on": values.get("value_date"),
                        "amount_minor": amount_minor,
                        "payer": payer,
                        "payer_account": account,
                        "text": entry.words,
                        "reference": reference,
                        "hint": entry.hint,
                        "fingerprint": key,
                        "occurrence": seen[key],
                    }
                )
        return made


def _said(values: dict[str, Any], name: str) -> str:
    text = values.get(name, "")
    return "" if text in _NOTHING else text


def _words(values: dict[str, Any]) -> str:
    """What a row says, in one line: its texts without repetitions."""
    names = ("category", "text", "detail", "place", "remark", "own_number")
    parts = dict.fromkeys(text for name in names if (text := _said(values, name)))
    state = values.get("state", "")
    if "退款" in state or "关闭" in state:
        parts[state] = None
    return " ".join(parts)[:_TEXT_MAX]


def _number(text: str | None) -> Decimal | None:
    """A stated balance; one that cannot be read counts as not given."""
    if text is None:
        return None
    try:
        return numbers.parse_number(text, numbers.PLAIN)
    except (CellRefused, InvalidOperation):
        return None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
