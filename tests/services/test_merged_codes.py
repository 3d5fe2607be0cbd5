"""The code of a customer who was merged means the survivor: in the filter of every list, in rules, papers and pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crmdesk.services import (
    category_members,
    confirmations,
    credit,
    customer_card,
    dunning_papers,
    groups,
    interest,
    invoice_entry,
    lists,
    merged_codes,
    picking,
    price_levels,
    print_log,
    reminders,
    segment_history,
    use_cases,
)
from crmdesk.services.book import Book
from crmdesk.services.measures import reading, recommending
from tests.services.test_merging import bill, clean, do, listed

FIRST, OLD, NOW = "X", "A", "B"
"""X was merged into A, and A into B."""
LINE = {"description": "油漆", "quantity": "1", "unit_price": "100", "tax_rate": "0"}
LINKS = [
    (kind, name)
    for kind, spec in lists.KINDS.items()
    for name, field in spec.filtered.items()
    if field.link == "customer"
]
SHOWN = {
    ("invoices", "customer"), ("payments", "customer"), ("quotes", "customer"), ("contracts", "customer"),
    ("orders", "customer"), ("requirements", "customer"), ("activities", "customer"), ("tasks", "customer"),
    ("comments", "customer"), ("relations", "customer"), ("relations", "other"), ("contacts", "customer"),
    ("customers", "parent"), ("drafts", "customer"), ("open_items", "customer"), ("credits", "customer"),
    ("openings", "customer"), ("transfers", "customer"), ("transfers", "payer"), ("deposits", "customer"),
    ("fapiao_requests", "customer"), ("recurring", "customer"), ("promises", "customer"), ("merges", "into"),
    ("dunning_holds", "customer"), ("segment_members", "customer"), ("category_changes", "customer"),
    ("prints", "customer"),
}  # fmt: skip
"""The lists that this book has rows of."""


@pytest.fixture
def merged(book: Book, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Everything was written for X, who went into A, who went into B."""
    monkeypatch.setenv("CRMDESK_NOW", "2026-06-01T08:00:00")
    for code in (FIRST, OLD, NOW, "Y"):
        do(book, "customer.create", code=code, name=f"Firm {code}")
    x: dict[str, Any] = {"customer": FIRST}
    for record in ("customer", "invoice"):
        do(book, "field.define", record=record, name="via", label="Via", kind="link", target="customer")
    own = {"fields": {"via": FIRST}}
    do(book, "contact.add", **x, name="Li Na")
    number = do(book, "invoice.issue", **x, date="2026-01-05", lines=[LINE])["number"]
    do(book, "fapiao.request", **x, invoices=[{"invoice": number}])
    do(book, "invoice.issue", customer="Y", date="2026-01-06", lines=[LINE], **own)
    do(book, "customer.update", customer="Y", **own)
    paid = do(book, "payment.record", **x, date="2026-01-08", amount="30", allocate="none")["number"]
    do(book, "transfer.record", payment=paid, customer="Y", amount="5", date="2026-01-09")
    got = do(book, "payment.record", customer="Y", date="2026-01-08", amount="9", allocate="none")["number"]
    do(book, "transfer.record", payment=got, **x, amount="4", date="2026-01-09")
    do(book, "requirement.create", **x, date="2026-01-03", title="Paint")
    do(book, "quote.create", **x, date="2026-01-03", valid_until="2026-12-31", lines=[LINE])
    contract = do(book, "contract.create", **x, date="2026-01-03", lines=[LINE])["number"]
    do(book, "contract.sign", contract=contract, date="2026-01-04")
    do(book, "order.create", contract=contract, date="2026-01-05")
    do(book, "activity.log", **x, kind="complaint", date="2026-02-01", text="late")
    do(book, "task.create", **x, title="Call")
    do(book, "comment.add", **x, kind="customer", text="ask")
    do(book, "relation.add", customer="Y", kind="parent", other=FIRST)
    do(book, "relation.add", customer=FIRST, kind="partner", other="Y")
    do(book, "promise.record", **x, amount="5", promised_on="2026-07-02", date="2026-05-01")
    do(book, "dunning.hold", **x, reason="asked")
    do(book, "category.create", dimension="行业", path="建材")
    do(book, "category.assign", dimension="行业", path="建材", **x)
    do(book, "deposit.receive", **x, date="2026-02-01", amount="7")
    do(book, "opening.record", **x, date="2026-01-01", amount="7")
    do(book, "credit.issue", **x, date="2026-02-01", lines=[LINE], reason="late")
    do(book, "recurring.create", **x, name="rent", lines=[LINE], period="month", **{"from": "2026-07-01"})
    do(book, "segment.create", name="kin", rule=f"parent = {FIRST} or own.via in ({FIRST}, nobody)")
    do(book, "invoice.draft", **x, lines=[LINE])
    do(book, "segment.create", name="himself", rule=f"code = {FIRST}")
    do(book, "segment.create", name="others", rule=f"parent != {FIRST}")
    do(book, "segment.create", name="list")
    do(book, "segment.add", segment="list", **x)
    do(book, "print.log", kind="statement", entries=[FIRST], channel="pdf")
    for one, into in ((FIRST, OLD), (OLD, NOW)):
        do(book, "customer.merge", into=into, customers=[one])
    return book


def found(book: Book, kind: str, expression: str) -> list[dict[str, Any]]:
    return listed(book, kind, filter=expression)


@pytest.mark.parametrize("code", [FIRST, OLD])
def test_every_list_takes_the_code_of_who_was_merged(merged: Book, code: str) -> None:
    empty = set()
    for kind, name in LINKS:
        now = found(merged, kind, f"{name} = {NOW}")
        if not now:
            empty.add((kind, name))
        for said in (f"{name} = {code}", f"{name} in (nobody, {code})", f"not {name} != {code}"):
            assert found(merged, kind, said) == now, (kind, said)
        others = found(merged, kind, f"{name} != {NOW}")
        assert found(merged, kind, f"{name} != {code}") == others, (kind, name)
        assert all(row[name] == NOW for row in now), (kind, name)
    assert empty & SHOWN == set(), "these lists were to be looked at with rows in them"
    assert [row["code"] for row in found(merged, "customers", f"code = {code}")] == [NOW]
    assert [row["code"] for row in found(merged, "merges", "code = X")] == [FIRST], (
        "there it is the merged one's"
    )


WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in FIRST)
"""As an input method for Chinese types it."""


@pytest.mark.parametrize("code", [FIRST, OLD, FIRST.lower(), WIDE])
def test_the_survivor_is_found_by_it_while_typing(merged: Book, code: str) -> None:
    with merged.read() as connection:
        (best, *_others) = picking.customers(connection, code, 5)
        assert best.code == NOW
        assert [row["code"] for row in listed(merged, "customers", search=code)] == [NOW]
        assert NOW not in [one.code for one in picking.customers(connection, code[:-1] + "?", 5)]


@pytest.mark.parametrize("code", [FIRST, OLD, NOW])
def test_own_links_of_customers_and_of_documents_follow(merged: Book, code: str) -> None:
    for kind in ("customers", "invoices"):
        rows = found(merged, kind, f"own.via = {code}")
        assert [row["own.via"] for row in rows] == [NOW], kind
        assert not found(merged, kind, f"own.via != {code} and own.via is not empty")


def members(book: Book, segment: str) -> list[str]:
    rows = listed(book, "segment_members", filter=f'segment = "{segment}"')
    return sorted(row["customer"] for row in rows)


def test_a_rule_that_names_him_means_the_survivor_and_after_undoing_him(merged: Book) -> None:
    clean(merged)
    assert (members(merged, "kin"), members(merged, "himself")) == (["Y"], [NOW])
    assert members(merged, "others") == [NOW]
    do(merged, "customer.create", code="Z", name="Z")
    do(merged, "relation.add", customer="Z", kind="parent", other=NOW)
    assert members(merged, "kin") == ["Y", "Z"]
    rows = listed(merged, "merges", sort="merge")
    for row in reversed(rows):
        do(merged, "customer.unmerge", merge=row["merge"])
        clean(merged)
    assert (members(merged, "kin"), members(merged, "himself")) == (["Y"], [FIRST])
    assert "Z" in members(merged, "others"), "Z came under B himself and stays there"


def test_who_is_linked_to_him_is_looked_at_again(book: Book) -> None:
    for code in ("A", "B", "KA", "KB"):
        do(book, "customer.create", code=code, name=code)
    for code in ("A", "B"):
        do(book, "relation.add", customer=f"K{code}", kind="parent", other=code)
    do(book, "segment.create", name="kin", rule="parent = A")
    before = listed(book, "segment_members")
    record = do(book, "customer.merge", into="B", customers=["A"])["merge"]
    assert members(book, "kin") == ["KA", "KB"]
    clean(book)
    do(book, "customer.unmerge", merge=record)
    assert listed(book, "segment_members") == before
    clean(book)


def test_papers_pages_and_groups_take_the_old_code(merged: Book) -> None:
    on = date(2026, 6, 1)
    with merged.read() as connection:
        for read in (
            lambda code: merged_codes.find_customer(connection, code).code,
            lambda code: customer_card.id_of(connection, code),
            lambda code: picking.customer_by_code(connection, code),
            lambda code: category_members.stays(connection, code),
            lambda code: confirmations.latest(connection, code),
            lambda code: credit.of_customer(connection, code, on).used_minor,
            lambda code: interest.interest(connection, code, on),
            lambda code: invoice_entry.customer_of(connection, code),
            lambda code: dunning_papers.overdue(connection, code, on).customer,
            lambda code: print_log.of_customer(connection, code),
            lambda code: reminders.of_customer(connection, code),
            lambda code: segment_history.movements(connection, code=code),
            lambda code: reading.measures_of(connection, code),
            lambda code: recommending.recommend(connection, code),
            lambda code: price_levels.level_of(connection, code),
            lambda code: list(groups.members(connection, groups.parse(f"code = {code}"))),
        ):
            assert read(OLD) == read(FIRST) == read(NOW)
        assert print_log.of_customer(connection, OLD)


def test_a_filter_that_chooses_whom_to_change_means_the_survivor(merged: Book) -> None:
    use_cases.run(merged, "tag.add", {"tag": "VIP", "filter": f"code in ({FIRST})"})
    assert [row["code"] for row in found(merged, "customers", "tag = VIP")] == [NOW]
    assert bill(merged, OLD, "2026-02-02", "1") in [
        row["number"] for row in found(merged, "invoices", "customer = X")
    ]
