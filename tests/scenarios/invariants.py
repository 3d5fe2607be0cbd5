"""The identities of a ledger, checked on the raw rows of a book: nothing of the program's own arithmetic.

The letters are those of the list of invariants: iB balance, iA allocation, iV reversal, iN numbers, iL lock.
The store is read as any SQLite tool would read it; dates are the numbers yyyymmdd.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.scenarios.agreement import demand

TOO_LARGE = 10**15
_REVERSAL = re.compile(r"_reversal$|^void$")
_NUMBER = re.compile(r"^([A-Z]+)-(\d{4})-(\d{4,})$")


def is_reversal(row: dict[str, Any]) -> bool:
    """Is this document the reversal of another?"""
    return bool(_REVERSAL.search(row["kind"]))


def _not_zero(sums: dict[Any, int]) -> dict[Any, int]:
    return {key: total for key, total in sums.items() if total}


class Rows:
    """The tables of a book, read once."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        documents = self.read(
            "SELECT d.*, c.code AS customer FROM document d "
            "JOIN customer c ON c.id = d.customer_id ORDER BY d.id"
        )
        self.documents = {row["id"]: row for row in documents}
        self.allocations = self.read("SELECT * FROM allocation ORDER BY id")
        self.postings = self.read(
            "SELECT p.*, a.role, c.code AS customer FROM posting p JOIN account a ON a.id = p.account_id "
            "JOIN customer c ON c.id = p.customer_id ORDER BY source_id, position"
        )
        self.open_items = self.read("SELECT * FROM open_item")
        self.reversals = {row["origin_id"]: row for row in documents if is_reversal(row)}

    def read(self, query: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.connection.exec_driver_sql(query).mappings()]


def all_of_them(rows: Rows) -> None:
    """Every invariant that needs no second opinion."""
    postings_balance(rows)
    customers_agree_with_the_ledger(rows)
    nothing_is_used_twice(rows)
    reversals_are_exact(rows)
    numbers_have_no_gaps(rows)
    plans_add_up(rows)
    tax_invoices_cover_no_more(rows)


def postings_balance(rows: Rows) -> None:
    """iB1, iB2, iB5: every posting balances in itself, so every prefix of them does; no leg is nothing."""
    sums: dict[tuple[int, str], int] = defaultdict(int)
    legs: dict[int, int] = defaultdict(int)
    for leg in rows.postings:
        sums[leg["source_id"], leg["currency"]] += leg["amount_minor"]
        legs[leg["source_id"]] += 1
        says_something = bool(leg["amount_minor"] or leg["base_minor"])
        demand((says_something, abs(leg["amount_minor"]) < TOO_LARGE), (True, True), f"iB5 {leg}")
    demand(_not_zero(sums), {}, "iB1 postings that do not balance")
    demand([source for source, count in legs.items() if count < 2], [], "iB1 postings of one leg")


def customers_agree_with_the_ledger(rows: Rows) -> None:
    """iB3: receivable and customer credit of each customer = what his documents did, on every date."""
    ledger: dict[tuple[str, str, int], int] = defaultdict(int)
    for leg in rows.postings:
        if leg["role"] in ("receivable", "customer_credit"):
            ledger[leg["customer"], leg["currency"], leg["dated_on"]] += leg["amount_minor"]
    papers: dict[tuple[str, str, int], int] = defaultdict(int)
    for row in rows.documents.values():
        papers[row["customer"], row["currency"], row["dated_on"]] += row["effect_minor"]
    demand(_not_zero(ledger), _not_zero(papers), "iB3 ledger and papers")


def nothing_is_used_twice(rows: Rows) -> None:
    """iA1 to iA3, iA6: at every date 0 <= open <= total, 0 <= free <= total; the kept amounts are these."""
    events: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in rows.allocations:
        credit, debit = rows.documents[row["credit_id"]], rows.documents[row["debit_id"]]
        demand((credit["customer"], credit["currency"]), (debit["customer"], debit["currency"]), f"iA1 {row}")
        demand(row["dated_on"] >= max(credit["dated_on"], debit["dated_on"]), True, f"iA1 date of {row}")
        for one in (credit, debit):
            events[one["id"]].append((row["dated_on"], row["amount_minor"]))
    for document, row in rows.documents.items():
        if row["kind"] in ("refund", "transfer_out"):
            events[row["origin_id"]].append((row["dated_on"], row["total_minor"]))
            if back := rows.reversals.get(document):
                events[row["origin_id"]].append((back["dated_on"], -row["total_minor"]))
    left: dict[int, int] = {}
    for document, row in rows.documents.items():
        ended = rows.reversals.get(document)
        total, moves = row["total_minor"], events.get(document, [])
        if is_reversal(row) or (ended and not moves):
            continue
        for at in sorted({on for on, _ in moves}):
            used = sum(amount for on, amount in moves if on <= at)
            most = 0 if ended and at >= ended["dated_on"] else total
            demand(0 <= used <= most, True, f"iA2 {row['number']}: {used} of {most} used at {at}")
        left[document] = total - sum(amount for _, amount in moves)
    kept = {row["document_id"]: row["open_minor"] for row in rows.open_items}
    for document, amount in kept.items():
        if document not in rows.reversals and document in left:
            demand(abs(amount), left[document], f"iB4 open amount of {rows.documents[document]['number']}")
        elif document in rows.reversals:
            demand(amount, 0, f"iB4 {rows.documents[document]['number']} is reversed and still open")


def reversals_are_exact(rows: Rows) -> None:
    """iV1 to iV5: one reversal, linked, not earlier, never of a reversal; then nothing is left of the two."""
    origins = [row["origin_id"] for row in rows.documents.values() if is_reversal(row)]
    demand(len(origins), len(set(origins)), "iV3 something was reversed twice")
    legs: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for leg in rows.postings:
        legs[leg["source_id"]].append(leg)
    for origin, reversal in rows.reversals.items():
        row = rows.documents[origin]
        what = f"{reversal['kind']} of {row['number']}"
        demand(is_reversal(row), False, f"iV3 {what}")
        demand((reversal["number"], reversal["customer"]), (row["number"], row["customer"]), f"iV2 {what}")
        demand(reversal["dated_on"] >= row["dated_on"], True, f"iV4 {what}")
        demand(reversal["effect_minor"], -row["effect_minor"], f"iV1 {what}")
        family = {origin, reversal["id"]}
        mine = [a for a in rows.allocations if family & {a["credit_id"], a["debit_id"]}]
        demand(sum(a["amount_minor"] for a in mine), 0, f"iV5 allocations of {what}")
        balance: dict[tuple[Any, ...], int] = defaultdict(int)
        # The move of a first split at a reversal carries the reversal's negated id. What a payment settles when
        # it is recorded is in its own entry, so the moves of an allocation belong to its payment's side.
        moves = (a["id"] for a in mine if a["credit_id"] == origin)
        for source in {*family, -reversal["id"], *moves}:
            for leg in legs[source]:
                balance[leg["role"], leg["money_account_id"], leg["currency"]] += leg["amount_minor"]
        demand(_not_zero(balance), {}, f"iV5 accounts after {what}")


def numbers_have_no_gaps(rows: Rows) -> None:
    """iN1 and iN2: a series of a year is 1..n, in the order of posting."""
    series: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in sorted(rows.documents.values(), key=lambda row: row["id"]):
        match = _NUMBER.match(row["number"])
        if match and not is_reversal(row) and row["kind"] != "transfer_out":  # the pair shares its number
            series[match[1], match[2]].append(int(match[3]))
            demand(match[2], str(row["dated_on"] // 10000), f"iN1 year of {row['number']}")
    for key, numbers in series.items():
        demand(numbers, list(range(1, len(numbers) + 1)), f"iN1 series {key}")


def plans_add_up(rows: Rows) -> None:
    """iI1, iI2: every plan is its contract's total; a contract billed wholly has its net and tax to the cent."""
    plans = rows.read(
        "SELECT a.number, p.version, a.total_minor, SUM(i.amount_minor) AS planned FROM plan p "
        "JOIN agreement a ON a.id = p.contract_id JOIN instalment i ON i.plan_id = p.id GROUP BY p.id"
    )
    for plan in plans:
        demand(plan["planned"], plan["total_minor"], f"iI1 plan {plan['version']} of {plan['number']}")
    bills = rows.read(
        "SELECT a.number, a.total_minor, a.net_minor, SUM(d.total_minor) AS total, SUM(d.net_minor) AS net "
        "FROM agreement_bill b JOIN agreement a ON a.id = b.agreement_id JOIN document d ON d.id = b.document_id "
        "WHERE NOT EXISTS (SELECT 1 FROM document r WHERE r.origin_id = d.id AND r.kind = 'invoice_reversal') "
        "GROUP BY a.id"
    )
    for contract in bills:
        what = f"iI2 bills of {contract['number']}"
        demand(contract["total"] <= contract["total_minor"], True, what)
        if contract["total"] == contract["total_minor"]:
            demand(contract["net"], contract["net_minor"], what)


def tax_invoices_cover_no_more(rows: Rows) -> None:
    """iF1, iF2: what is red of a tax invoice is no more than it; no bill is covered by more than its total."""
    parts = rows.read(
        "SELECT f.number, f.origin_id, f.id, p.document_id, p.amount_minor FROM fapiao_part p "
        "JOIN fapiao f ON f.id = p.fapiao_id "
        "WHERE NOT EXISTS (SELECT 1 FROM fapiao_void v WHERE v.fapiao_id = f.id)"
    )
    chains: dict[tuple[int, int], int] = defaultdict(int)
    covered: dict[int, int] = defaultdict(int)
    for part in parts:
        chains[part["origin_id"] or part["id"], part["document_id"]] += part["amount_minor"]
        covered[part["document_id"]] += part["amount_minor"]
    demand([key for key, left in chains.items() if left < 0], [], "iF1 red above the original")
    for document, amount in covered.items():
        bill = rows.documents[document]
        demand(0 <= amount <= bill["total_minor"], True, f"iF2 {bill['number']} is covered by {amount}")


def digest(connection: Any, until: date) -> str:
    """iL1: everything dated on or before a day, as one figure."""
    last = until.year * 10000 + until.month * 100 + until.day
    seen = hashlib.sha256()
    for query in (
        "SELECT * FROM document WHERE dated_on <= ? ORDER BY id",
        "SELECT * FROM allocation WHERE dated_on <= ? ORDER BY id",
        "SELECT * FROM posting WHERE dated_on <= ? ORDER BY source_id, position",
    ):
        for row in connection.exec_driver_sql(query, (last,)):
            seen.update(repr(tuple(row)).encode())
    return seen.hexdigest()


def moments_do_not_go_back(moments: Iterable[str]) -> None:
    """iN3: the recording moments never decrease."""
    listed = list(moments)
    demand(listed, sorted(listed), "iN3 recording moments")
