"""Merging customers entered twice, and undoing it: numbers at every step, the book as it was at the end."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crmdesk.cli.main import main
from crmdesk.models import money
from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.tables import METADATA
from crmdesk.models.tables.categories import customer_tag, tag
from crmdesk.models.tables.customers import contact, customer
from crmdesk.models.tables.merges import customer_merge, moved_row
from crmdesk.services import check, lists, merge_preview, rebuild, statements, use_cases
from crmdesk.services.book import Book
from crmdesk.services.reports import balances as balance_report

TRACE = (
    "customer_category_event",
    "customer_change",
    "audit_entry",
    "audit_detail",
    "counter",
    "customer_merge",
    "use_key",
    "customer_search",
)
"""What only grows: who did what when."""
STAMPS = ("version", "updated_at", "updated_by")


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments, actor="teller")


def dump(book: Book) -> dict[str, list[Any]]:
    """Every row of the book but for the trace of what was done."""
    found: dict[str, list[Any]] = {}
    with book.read() as connection:
        for table in METADATA.sorted_tables:
            if table.name not in TRACE:
                columns = [column for column in table.columns if column.name not in STAMPS]
                found[table.name] = sorted(map(tuple, connection.execute(select(*columns))), key=repr)
    return found


def clean(book: Book) -> None:
    assert check.run(book)["violations"] == []


def bill(book: Book, customer: str, on: str, price: str, currency: str = "CNY") -> str:
    line = {"description": "油漆", "quantity": "1", "unit_price": price, "tax_rate": "0"}
    return do(book, "invoice.issue", customer=customer, date=on, lines=[line], currency=currency)["number"]


def refused(book: Book, code: Code, use_case: str, /, **arguments: Any) -> CrmdeskError:
    before = dump(book)
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    assert caught.value.code is code
    assert dump(book) == before, "a refusal leaves the book as it was"
    return caught.value


def two(book: Book) -> tuple[str, str]:
    """A and B, the same firm entered twice, each with everything that can hang on a customer."""
    for code, name in (("A", "上海鼎晟贸易有限公司"), ("B", "上海鼎晟贸易有限责任公司")):
        do(
            book, "customer.create", code=code, name=name, tags=["VIP", f"nur {code}"],
            categories=[{"dimension": "行业", "path": "建材"}, {"dimension": "地区", "path": f"华东/{code}"}],
            contacts=[{"name": f"李娜{code}", "phone": "13800001111"}, {"name": "王五", "phone": "021-62881000"}],
            addresses=[{"street": f"{code} 路 1 号"}], billing_profiles=[{"title": name}],
            **({"email": "a@example.com", "credit_limit": "500"} if code == "A" else {}),
        )  # fmt: skip
    one, other = bill(book, "A", "2026-01-10", "300"), bill(book, "B", "2026-02-10", "200")
    do(book, "payment.record", customer="A", date="2026-03-01", amount="100", allocate="oldest")
    do(book, "payment.record", customer="B", date="2026-03-02", amount="50", allocate="none")
    do(book, "fapiao.request", customer="A", invoices=[{"invoice": one}])
    return one, other


def merge(book: Book, **more: Any) -> int:
    return do(book, "customer.merge", into="B", customers=["A"], **more)["merge"]


def balances(book: Book, as_of: str) -> dict[str, str]:
    with book.read() as connection:
        found = balance_report.rows(connection, date.fromisoformat(as_of))
    return {row.code: money.plain(row.balance_minor, row.currency) for row in found}


def statement(book: Book, customer: str) -> list[tuple[str, str]]:
    found = statements.as_json(book, customer, date_from=date(2026, 1, 1))
    return [(line["kind"], line["number"]) for section in found for line in section["lines"]]


def listed(book: Book, kind: str, **more: Any) -> list[dict[str, Any]]:
    return lists.as_json(book, kind, **more)["rows"]


def test_undoing_tells_what_was_posted_since_and_whose_it_is_now(book: Book) -> None:
    one, _other = two(book)
    do(book, "customer.create", code="C", name="Third")
    merges = [merge(book)]
    late = bill(book, "C", "2026-04-01", "7")
    merges += [do(book, "customer.merge", into="B", customers=["C"])["merge"]]
    paid = do(
        book,
        "payment.record",
        customer="B",
        date="2026-04-02",
        amount="20",
        allocate=[{"invoice": one, "amount": "20"}],
    )["number"]
    new = bill(book, "B", "2026-04-03", "5")
    found = do(book, "customer.unmerge", merge=merges[0])
    assert found == {"code": "B", "customer": "A", "went": [paid], "stayed": [new]}, late
    clean(book)


def test_what_was_two_is_one_and_two_again(book: Book) -> None:
    one, other = two(book)
    before = dump(book)
    assert balances(book, "2026-01-31") == {"A": "300.00"}
    assert balances(book, "2026-06-30") == {"A": "200.00", "B": "150.00"}
    record = merge(book)
    clean(book)
    assert balances(book, "2026-01-31") == {"B": "300.00"}, "it holds at every date"
    assert balances(book, "2026-06-30") == {"B": "350.00"}
    assert {number for _kind, number in statement(book, "B")} >= {one, other}
    assert statement(book, "A") == statement(book, "B"), "the old code means the survivor"
    assert [row["code"] for row in listed(book, "customers")] == ["B"]
    assert {row["customer"] for row in listed(book, "invoices")} == {"B"}
    assert {row["number"] for row in listed(book, "invoices")} == {one, other}
    assert len(listed(book, "contacts")) == 4
    (row,) = listed(book, "customers")
    assert row["email"] == "a@example.com", "a gap is filled"
    assert row["credit_limit"] in (None, ""), "what touches terms only changes by choice"
    merged = dump(book)
    assert do(book, "customer.unmerge", merge=record) == {
        "code": "B",
        "customer": "A",
        "went": [],
        "stayed": [],
    }
    clean(book)
    assert dump(book) == before
    merge(book)
    clean(book)
    assert dump(book) == merged
    rebuild.run(book)
    clean(book)
    assert dump(book) == merged


def test_the_preview_says_what_will_be(book: Book) -> None:
    two(book)
    with book.read() as connection:
        told = merge_preview.preview(connection, "B", ["A"])
    assert told.document_count == 2
    assert told.balances == {"A": {"CNY": "200.00"}, "B": {"CNY": "150.00"}, "": {"CNY": "350.00"}}
    assert {move.table: move.count for move in told.moves} == {
        "contact": 2, "address": 1, "billing_profile": 1, "customer_category": 2, "customer_tag": 2
    }  # fmt: skip
    fields = {choice.name: choice for choice in told.fields}
    assert (fields["name"].proposed, fields["name"].differs) == ("B", True)
    assert (fields["email"].proposed, fields["credit_limit"].proposed) == ("A", "B")
    assert ("王五", "王五") in told.contact_twins
    assert "legal_form" in told.reasons


def test_values_are_chosen_field_by_field(book: Book) -> None:
    two(book)
    before = dump(book)
    record = merge(
        book, fields={"name": "A", "credit_limit": "A", "phone": "010-1", "note": "both"}, clear=["email"]
    )
    (row,) = listed(book, "customers")
    assert (row["name"], row["credit_limit"], row["phone"]) == ("上海鼎晟贸易有限公司", "500.00", "010-1")
    assert row["email"] == ""
    do(book, "customer.update", customer="B", phone="010-2")
    do(book, "customer.unmerge", merge=record)
    found = {row["code"]: row for row in listed(book, "customers")}
    assert found["B"]["phone"] == "010-2", "what was changed since stays"
    assert (found["B"]["name"], found["B"]["note"]) == ("上海鼎晟贸易有限责任公司", "")
    do(book, "customer.update", customer="B", clear=["phone"])
    assert dump(book) == before
    clean(book)


def test_refusals(book: Book) -> None:
    two(book)
    refused(book, Code.CUSTOMER_MISSING, "customer.merge", into="B", customers=["X"])
    refused(book, Code.INVALID_CHOICE, "customer.merge", into="B", customers=["B"])
    refused(book, Code.INVALID_CHOICE, "customer.merge", into="B", customers=["A", "A"])
    refused(book, Code.REQUIRED, "customer.merge", into="B", customers=[])
    refused(book, Code.UNKNOWN_FIELD, "customer.merge", into="B", customers=["A"], fields={"code": "A"})
    refused(book, Code.INVALID_CHOICE, "customer.merge", into="B", customers=["A"], clear=["name"])
    refused(book, Code.INVALID_CHOICE, "customer.merge", into="B", customers=["A"], fields={"kind": "tree"})
    refused(
        book,
        Code.TOO_MANY_DECIMALS,
        "customer.merge",
        into="B",
        customers=["A"],
        fields={"credit_limit": "1.005"},
    )
    refused(book, Code.NOT_FOUND, "customer.unmerge", merge=1)
    record = merge(book)
    refused(book, Code.DUPLICATE, "customer.create", code="A", name="new")
    do(book, "customer.unmerge", merge=record)
    refused(book, Code.NOT_FOUND, "customer.unmerge", merge=record)


def test_what_came_since_stays_unless_it_hangs_on_what_goes(book: Book) -> None:
    one, other = two(book)
    record = merge(book)
    late = bill(book, "A", "2026-05-01", "40")  # the old code: the survivor's
    paid = do(
        book, "payment.record", customer="B", date="2026-05-02", amount="200",
        allocate=[{"invoice": one, "amount": "200"}],
    )["number"]  # fmt: skip
    credit = do(
        book, "credit.issue", customer="B", invoice=late, date="2026-05-03", reason="returned",
        lines=[{"description": "油漆", "quantity": "1", "unit_price": "10", "tax_rate": "0"}],
    )["number"]  # fmt: skip
    do(book, "contact.add", customer="B", name="新人")
    do(book, "tag.add", customer="B", tag="neu")
    clean(book)
    do(book, "customer.unmerge", merge=record)
    clean(book)
    assert balances(book, "2026-06-30") == {"B": "180.00"}, "A has paid all, B: 150 + 40 - 10"
    held = {
        row["number"]: row["customer"]
        for kind in ("invoices", "payments", "credits")
        for row in listed(book, kind)
    }
    assert (held[one], held[paid], held[other], held[late], held[credit]) == ("A", "A", "B", "B", "B")
    assert {row["name"] for row in listed(book, "contacts") if row["customer"] == "B"} == {
        "李娜B",
        "王五",
        "新人",
    }
    merge(book)
    clean(book)
    assert balances(book, "2026-06-30") == {"B": "180.00"}


def test_money_that_pays_both_sides_must_be_released_first(book: Book) -> None:
    one, other = two(book)
    record = merge(book)
    paid = do(
        book, "payment.record", customer="B", date="2026-05-02", amount="300",
        allocate=[{"invoice": one, "amount": "200"}, {"invoice": other, "amount": "100"}],
    )["number"]  # fmt: skip
    said = refused(book, Code.CANNOT_UNMERGE, "customer.unmerge", merge=record)
    assert paid in str(said)
    assert other in str(said)
    do(book, "payment.release", payment=paid, invoice=other, date="2026-05-02")
    do(book, "customer.unmerge", merge=record)
    clean(book)
    assert balances(book, "2026-05-31") == {"A": "-100.00", "B": "150.00"}
    merge(book)
    clean(book)
    assert balances(book, "2026-05-31") == {"B": "50.00"}


def test_transfers_between_the_two(book: Book) -> None:
    two(book)
    paid = do(book, "payment.record", customer="A", date="2026-03-03", amount="10")["number"]
    do(book, "transfer.record", payment=paid, customer="B", amount="10", date="2026-03-04")
    before = dump(book)
    record = merge(book)
    clean(book)
    do(book, "customer.unmerge", merge=record)
    clean(book)
    assert dump(book) == before


def test_foreign_money_and_revaluations(book: Book) -> None:
    two(book)
    do(book, "rate.set", currency="EUR", date="2026-01-01", rate="7.5")
    mine, his = bill(book, "A", "2026-02-01", "100", "EUR"), bill(book, "B", "2026-02-02", "10", "EUR")
    do(book, "rate.set", currency="EUR", date="2026-02-28", rate="8")
    do(book, "revaluation.run", date="2026-02-28")
    before = dump(book)
    record = merge(book)
    clean(book)
    do(book, "customer.unmerge", merge=record)
    clean(book)
    assert dump(book) == before
    record = merge(book)
    do(book, "rate.set", currency="EUR", date="2026-03-31", rate="9")
    do(book, "revaluation.run", date="2026-03-31")
    clean(book)
    said = refused(book, Code.CANNOT_UNMERGE, "customer.unmerge", merge=record)
    assert "2026-03-31" in str(said)
    do(book, "revaluation.undo", date="2026-03-31")
    do(book, "revaluation.undo", date="2026-02-28")
    do(book, "customer.unmerge", merge=record)
    clean(book)
    for number, code, amount in ((mine, "A", "100"), (his, "B", "10")):
        do(book, "payment.record", customer=code, date="2026-04-01", amount=amount, currency="EUR",
           allocate=[{"invoice": number, "amount": amount}])  # fmt: skip
    clean(book)


def test_several_and_chains_are_undone_in_any_order_that_is_possible(book: Book) -> None:
    two(book)
    do(book, "customer.create", code="C", name="C", tags=["nur A", "VIP"])
    bill(book, "C", "2026-04-01", "7")
    before = dump(book)
    done = do(book, "customer.merge", into="B", customers=["A", "C"])
    first, second = (one["merge"] for one in done["merges"])
    clean(book)
    assert balances(book, "2026-06-30") == {"B": "357.00"}
    do(book, "customer.unmerge", merge=first)
    clean(book)
    tags = {row["code"]: set(row["tags"].split("; ")) for row in listed(book, "customers")}
    assert tags == {"A": {"VIP", "nur A"}, "B": {"VIP", "nur B", "nur A"}}, "C has that tag, too"
    do(book, "customer.unmerge", merge=second)
    assert dump(book) == before
    first = merge(book)
    second = do(book, "customer.merge", into="C", customers=["B"])["merge"]
    clean(book)
    assert balances(book, "2026-06-30") == {"C": "357.00"}
    assert statement(book, "A") == statement(book, "C")
    assert str(second) in str(refused(book, Code.CANNOT_UNMERGE, "customer.unmerge", merge=first))
    do(book, "customer.unmerge", merge=second)
    do(book, "customer.unmerge", merge=first)
    assert dump(book) == before
    clean(book)


def test_a_row_that_only_changes_hands_is_all_that_the_file_allows(book: Book) -> None:
    one, _other = two(book)
    merge(book)
    for sql in (
        "UPDATE document SET customer_id = customer_id + 0, note = 'x'",
        "UPDATE posting SET amount_minor = 1",
        "UPDATE allocation SET customer_id = 1, amount_minor = 5",
        f"UPDATE document SET customer_id = 1 WHERE number <> '{one}'",
    ):
        with pytest.raises(Exception, match="append-only"), book.write() as unit:
            unit.connection.exec_driver_sql(sql)
    with book.write() as unit:  # what the trigger cannot know, the check finds
        unit.connection.exec_driver_sql("UPDATE moved_row SET posted_for_id = posted_for_id + 1")
        unit.finish("tamper", {})
    codes = {found["code"] for found in check.run(book)["violations"]}
    assert {"holder", "rows_changed"} <= codes


def test_a_wrong_holder_is_found_and_rebuilt(book: Book) -> None:
    two(book)
    do(book, "customer.create", code="C", name="C")
    merge(book)
    before = dump(book)
    with book.write() as unit:
        other = "(SELECT id FROM customer WHERE code = 'C')"
        key = "(SELECT record_id FROM moved_row WHERE table_name = 'document')"
        unit.connection.exec_driver_sql(f"UPDATE document SET customer_id = {other} WHERE id IN {key}")
        unit.finish("tamper", {})
    assert "holder" in {found["code"] for found in check.run(book)["violations"]}
    rebuild.run(book)
    clean(book)
    assert dump(book) == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "unmerge", "tag", "untag", "contact"]), st.integers(0, 3), st.integers(0, 3)
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_nothing_is_lost_by_any_sequence(shared_book: Book, steps: list[tuple[str, int, int]]) -> None:
    """Every contact has one holder; a customer's tags are his and those of who went into him; undone, all is back."""
    codes = ["P0", "P1", "P2", "P3"]
    with shared_book.write() as unit:

        def run(use_case: str, /, **arguments: Any) -> dict[str, Any]:
            return use_cases.perform(unit, use_case, arguments)

        for code in codes:
            run("customer.create", code=code, name=code, tags=[code, "alle"], contacts=[{"name": f"c{code}"}])
        own = {code: {code, "alle"} for code in codes}
        people = {code: [f"c{code}"] for code in codes}
        standing: list[tuple[int, str, str]] = []
        for step, one, other in steps:
            code, into = codes[one], codes[other]
            gone = {merged for _id, merged, _into in standing}
            if step == "merge" and code != into and not {code, into} & gone:
                standing.append((run("customer.merge", into=into, customers=[code])["merge"], code, into))
            elif step == "unmerge" and standing:
                record, merged, holder = standing[one % len(standing)]
                if holder not in gone:
                    run("customer.unmerge", merge=record)
                    standing.remove((record, merged, holder))
            elif step == "tag" and code not in gone:
                fresh = f"t{len(own[code])}{code}"
                own[code].add(fresh)
                run("tag.add", customer=code, tag=fresh)
            elif step == "contact" and code not in gone:
                people[code].append(f"n{len(people[code])}{code}")
                run("contact.add", customer=code, name=people[code][-1])
            _compare(unit, own, people, standing)
        while standing:
            gone = {merged for _id, merged, _into in standing}
            entry = next(entry for entry in standing if entry[2] not in gone)
            run("customer.unmerge", merge=entry[0])
            standing.remove(entry)
        _compare(unit, own, people, standing)


def _compare(unit: Any, own: Any, people: Any, standing: list[tuple[int, str, str]]) -> None:
    into = {merged: holder for _id, merged, holder in standing}

    def home(code: str) -> str:
        return home(into[code]) if code in into else code

    tags: dict[str, set[str]] = {}
    names: dict[str, list[str]] = {}
    for code in own:
        tags.setdefault(home(code), set()).update(own[code])
        names.setdefault(home(code), []).extend(people[code])
    unit.flush()
    found = {row[0]: row[1] for row in unit.execute(select(customer.c.id, customer.c.code))}
    assert set(found.values()) == set(tags)
    held = {code: set[str]() for code in tags}
    for owner, name in unit.execute(
        select(customer_tag.c.customer_id, tag.c.name).join(tag, tag.c.id == customer_tag.c.tag_id)
    ):
        held[found[owner]].add(name)
    assert held == tags
    contacts: dict[str, list[str]] = {code: [] for code in tags}
    primary: dict[str, int] = dict.fromkeys(tags, 0)
    for owner, name, is_primary in unit.execute(
        select(contact.c.customer_id, contact.c.name, contact.c.is_primary)
    ):
        contacts[found[owner]].append(name)
        primary[found[owner]] += is_primary
    assert {code: sorted(all_) for code, all_ in contacts.items()} == {
        code: sorted(all_) for code, all_ in names.items()
    }
    assert set(primary.values()) == {1}


def test_all_of_it_through_apply(book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [
        {"do": "customer.create", "code": "A", "name": "Acme Ltd"},
        {"do": "customer.create", "code": "B", "name": "ACME Limited"},
        {"do": "invoice.issue", "customer": "A", "date": "2026-01-05",
         "lines": [{"description": "x", "quantity": "1", "unit_price": "5", "tax_rate": "0"}]},
        {"do": "customer.merge", "ref": "m", "into": "B", "customers": ["A"]},
        {"do": "payment.record", "customer": "A", "date": "2026-01-06", "amount": "5", "allocate": "oldest"},
    ]  # fmt: skip
    file = tmp_path / "steps.jsonl"
    file.write_text("".join(json.dumps(step) + "\n" for step in steps), encoding="utf-8")
    path = book.path
    book.close()
    assert main(["apply", str(path), str(file), "--atomic"]) == 0, capsys.readouterr()
    with Book.open(path) as again:
        clean(again)
        assert balances(again, "2026-06-30") == {}
        with again.read() as connection:
            record = connection.execute(select(customer_merge.c.id)).scalar_one()
        do(again, "customer.unmerge", merge=record)
        clean(again)
        assert [row["customer"] for kind in ("invoices", "payments") for row in listed(again, kind)] == [
            "A",
            "A",
        ]
        with again.read() as connection:
            handed = list(connection.execute(select(moved_row.c.table_name, moved_row.c.handed_by_id)))
        assert ("document", record) in handed, "the payment was posted for the survivor"


def test_contracts_files_promises_and_exclusions_move_and_come_back(book: Book) -> None:
    two(book)
    paint = {
        "description": "油漆",
        "quantity": "1",
        "unit_price": "100.00",
        "tax_rate": "0",
        "tax_included": True,
    }
    contract = do(book, "contract.create", customer="A", date="2026-01-05", lines=[paint])["number"]
    do(book, "contract.sign", contract=contract, date="2026-01-06")
    do(book, "attachment.add", kind="customer", customer="A", name="a.txt", content="YQ==")
    do(book, "promise.record", customer="A", amount="5", promised_on="2026-07-02", date="2026-06-01")
    do(book, "dunning.hold", customer="A", reason="asked")
    before = dump(book)
    record = merge(book)
    clean(book)
    assert [row["customer"] for row in listed(book, "contracts")] == ["B"]
    do(book, "customer.unmerge", merge=record)
    clean(book)
    assert dump(book) == before
    record = merge(book)
    bill_number = do(book, "contract.bill", contract=contract, date="2026-05-01")["number"]
    do(book, "customer.unmerge", merge=record)
    clean(book)
    held = {row["number"]: row["customer"] for row in listed(book, "invoices")}
    assert held[bill_number] == "A", "the bill of a contract that goes back goes with it"
