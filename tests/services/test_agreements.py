"""Requirements, quotes, contracts and orders: their states, one from the other, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmdesk.cli.main import main
from crmdesk.models.errors import Conflict
from crmdesk.models.specs.agreements import FIRST_STATE, KINDS, STATES, TRANSITIONS
from crmdesk.services import agreements
from crmdesk.services.book import Book
from tests.services.agreement_story import PAINT, Story, line


@pytest.fixture
def story(book: Book) -> Story:
    return Story(book)


def test_the_table_of_states_is_whole() -> None:
    for kind in KINDS:
        known = {choice.value for choice in STATES[kind]} - {"expired"}
        table = TRANSITIONS[kind]
        assert set(table) == known
        reached = {FIRST_STATE[kind]} | {state for steps in table.values() for state in steps}
        assert reached == known


def test_from_the_wish_to_the_invoice(story: Story) -> None:
    """One click each: requirement, quote, contract, order; then the invoice has the contract's amounts."""
    story.do("product.create", code="P1", name="内墙漆", price="100", tax_rate="0.13", unit="桶")
    wish = story.do(
        "requirement.create",
        customer="C1",
        title="民宿翻新",
        lines=[{"product": "P1", "quantity": "3"}],
        date="2026-06-01",
    )
    assert (wish["number"], wish["state"], wish["total"]) == ("RQ-2026-0001", "open", "339.00")
    quote = story.do(
        "quote.create", requirement="RQ-2026-0001", valid_until="2026-07-15", discount={"rate": "0.10"}
    )
    assert (quote["number"], quote["state"], quote["total"], quote["revision"]) == (
        "Q-2026-0001",
        "draft",
        "305.10",
        1,
    )
    with story.book.read() as connection:
        assert agreements.require(connection, "requirement", "RQ-2026-0001").state == "quoted"
    assert story.refused("contract.create", quote="Q-2026-0001") == ("wrong_state", "quote")
    story.do("quote.send", quote="Q-2026-0001")
    assert story.refused("quote.update", quote="Q-2026-0001", title="x") == ("wrong_state", "quote")
    story.do("quote.accept", quote="Q-2026-0001")
    contract = story.do(
        "contract.create", quote="Q-2026-0001", ends_on="2027-06-30", signatories="李娜 / 王强"
    )
    assert (contract["number"], contract["total"]) == ("HT-2026-0001", "305.10")
    assert story.refused("order.create", quote="Q-2026-0001") == ("in_use", "quote")
    assert story.refused("contract.bill", contract="HT-2026-0001") == ("wrong_state", "contract")
    story.do("contract.sign", contract="HT-2026-0001")
    order = story.do("order.create", contract="HT-2026-0001", deliver_on="2026-08-01", customisation="浅灰")
    assert (order["number"], order["state"]) == ("SO-2026-0001", "open")
    assert story.refused("order.bill", order="SO-2026-0001") == ("in_use", "order")
    # neither a new price nor another way of rounding changes what was signed
    story.do("product.update", product="P1", price="250", code="P9")
    with story.book.write() as unit:
        unit.save_settings(rounding="document")
        unit.finish("test", {})
    bill = story.do("contract.bill", contract="HT-2026-0001", due="2026-07-30")
    assert {name: bill[name] for name in ("net", "tax", "total", "open", "due")} == {
        "net": "270.00",
        "tax": "35.10",
        "total": "305.10",
        "open": "305.10",
        "due": "2026-07-30",
    }
    assert story.refused("contract.bill", contract="HT-2026-0001") == ("is_billed", "contract")
    assert story.refused("contract.void", contract="HT-2026-0001", reason="x") == ("is_billed", "contract")
    story.do("invoice.void", invoice=bill["number"], reason="wrong date")
    assert story.refused("contract.void", contract="HT-2026-0001", reason="x") == ("in_use", "contract")
    story.do("order.void", order="SO-2026-0001", reason="cancelled")
    done = story.do("contract.void", contract="HT-2026-0001", reason="cancelled")
    assert done["state"] == "void"
    assert story.refused("product.delete", product="P9") == ("in_use", "product")
    # void, so the quote can become another contract
    assert story.do("contract.create", quote="Q-2026-0001")["number"] == "HT-2026-0002"
    assert story.is_clean()


def test_a_quote_expires_by_the_clock_and_is_revised(story: Story) -> None:
    number = story.do(
        "quote.create", customer="C1", date="2026-06-01", valid_until="2026-06-20", lines=[PAINT]
    )["number"]
    story.do("quote.send", quote=number, date="2026-06-02")
    assert story.refused("quote.accept", quote=number) == ("expired", "quote")
    with story.book.read() as connection:
        found = agreements.require(connection, "quote", number)
        assert found.state == "sent"
        assert [found.state_on(day) for day in (found.valid_until, found.dated_on.replace(day=21))] == [
            "sent",
            "expired",
        ]
    # accepted in time, only entered late
    second = story.do("quote.revise", quote=number, lines=[PAINT | {"unit_price": "90.00"}])
    assert (second["number"], second["revision"], second["total"], second["valid_until"]) == (
        number,
        2,
        "90.00",
        "2026-07-19",
    )
    with story.book.read() as connection:
        assert agreements.require(connection, "quote", f"{number}/1").total_minor == 10000
        assert agreements.require(connection, "quote", f"{number}/1").state == "revised"
        assert agreements.require(connection, "quote", number).revision == 2
    assert story.refused("quote.revise", quote=number) == ("wrong_state", "quote")
    story.do("quote.send", quote=number)
    story.do("quote.decline", quote=number, reason="too dear")
    story.do("quote.revise", quote=number, lines=[PAINT | {"unit_price": "80.00"}], valid_until="2026-07-01")
    story.do("quote.send", quote=number)
    assert story.do("quote.accept", quote=number, date="2026-07-01")["revision"] == 3
    assert story.is_clean()


def test_two_windows_do_not_overwrite_each_other(story: Story) -> None:
    number = story.do("quote.create", customer="C1", lines=[PAINT])["number"]
    assert story.do("quote.update", quote=number, title="one", version=1)["version"] == 2
    for name, more in (("quote.update", {"title": "two"}), ("quote.send", {})):
        assert story.refused(name, quote=number, version=1, **more) == ("changed_by", "version")
    assert story.do("quote.update", quote=number, title="one", version=2)["version"] == 2  # nothing changed


@pytest.mark.parametrize(
    ("name", "arguments", "code", "field"),
    [
        ("requirement.create", {"customer": "C1"}, "required", "title"),
        ("quote.create", {"lines": [PAINT]}, "required", "customer"),
        ("quote.create", {"customer": "C9", "lines": [PAINT]}, "customer_missing", "customer"),
        ("quote.create", {"requirement": "RQ-1"}, "not_found", "requirement"),
        (
            "quote.create",
            {"customer": "C1", "date": "2026-06-10", "valid_until": "2026-06-09"},
            "date_order",
            "valid_until",
        ),
        (
            "quote.create",
            {"customer": "C1", "lines": [PAINT | {"tax_rate": "1"}]},
            "out_of_range",
            "lines[0].tax_rate",
        ),
        ("quote.create", {"customer": "C1", "number": "Q-7"}, "duplicate", "number"),
        ("quote.send", {"quote": "Q-7"}, "no_lines", "lines"),
        ("contract.sign", {"contract": "HT-7", "date": "2026-06-01"}, "date_order", "date"),
        ("contract.finish", {"contract": "HT-7"}, "wrong_state", "contract"),
        ("contract.bill", {"contract": "Q-7"}, "not_found", "contract"),
        ("contract.update", {"contract": "HT-7", "customer": "C2"}, "inactive", "customer"),
        ("order.create", {"customer": "C1"}, "required", "lines"),
        ("order.create", {"contract": "HT-7"}, "wrong_state", "contract"),
        ("order.create", {"contract": "HT-7", "quote": "Q-7"}, "invalid_choice", "contract"),
        (
            "payment.record",
            {"customer": "C3", "amount": "1", "contract": "HT-7"},
            "other_customer",
            "contract",
        ),
        (
            "payment.record",
            {"customer": "C1", "amount": "1", "contract": "HT-7", "currency": "USD"},
            "currency_mixed",
            "contract",
        ),
    ],
)
def test_refusals_change_nothing(story: Story, name: str, arguments: dict, code: str, field: str) -> None:
    story.do("customer.create", code="C2", name="停用")
    story.do("customer.deactivate", customer="C2")
    story.do("customer.create", code="C3", name="别家")
    story.do("quote.create", customer="C1", number="Q-7")
    story.do("contract.create", customer="C1", number="HT-7", lines=[PAINT], date="2026-06-15")
    assert story.refused(name, **arguments) == (code, field)


def test_own_numbers_and_the_series_have_no_gaps(story: Story) -> None:
    story.do("contract.create", customer="C1", number="HT-2026-0002", lines=[PAINT])
    numbers = [story.do("contract.create", customer="C1", lines=[PAINT])["number"] for _ in range(2)]
    assert numbers == ["HT-2026-0001", "HT-2026-0003"]
    story.do("contract.create", customer="C1", number="甲方-88", lines=[PAINT])
    assert (
        story.do("order.create", customer="C1", lines=[PAINT], date="2025-03-01")["number"] == "SO-2025-0001"
    )
    assert story.is_clean()


def test_an_order_of_its_own_is_delivered_and_billed(story: Story) -> None:
    number = story.do("order.create", customer="C1", lines=[line("70")], deliver_on="2026-07-20")["number"]
    story.do("order.update", order=number, lines=[line("80")])
    story.do("order.deliver", order=number)
    bill = story.do("order.bill", order=number)
    assert bill["total"] == "90.40"
    assert story.refused("order.void", order=number, reason="x") == ("wrong_state", "order")
    assert story.is_clean()


def test_totals_changed_behind_the_program_are_found(story: Story) -> None:
    from crmdesk.services import check, connections

    story.contract()
    raw = connections.connector(story.book.path, is_read_only=False)()
    raw.execute("UPDATE agreement SET total_minor = total_minor + 1")
    raw.commit()
    raw.close()
    assert [found["code"] for found in check.run(story.book)["violations"]] == ["agreement_total"]


def test_customers_and_products_in_agreements_stay(story: Story) -> None:
    story.do("requirement.create", customer="C1", title="x")
    assert story.refused("customer.delete", customer="C1") == ("in_use", "customer")


def test_the_same_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    path = tmp_path / "shop.crmdesk"
    Book.create(path, name="Shop", country="CN", currency="CNY").close()
    steps = [
        {"do": "customer.create", "code": "C1", "name": "西溪民宿"},
        {"do": "quote.create", "ref": "q", "customer": "C1", "lines": [PAINT]},
        {"do": "quote.send", "quote": "@q"},
        {"do": "quote.accept", "quote": "@q"},
        {"do": "contract.create", "ref": "c", "quote": "@q"},
        {"do": "contract.sign", "contract": "@c"},
        {
            "do": "plan.create",
            "contract": "@c",
            "way": "equal",
            "count": 3,
            "first_due": "2026-06-30",
            "remainder": "first",
        },
        {"do": "payment.record", "customer": "C1", "amount": "40", "contract": "@c"},
        {"do": "plan.bill", "contract": "@c", "due": "2026-12-31"},
        {"do": "contract.void", "contract": "@c", "reason": "x"},
    ]
    batch = tmp_path / "steps.jsonl"
    batch.write_text("".join(json.dumps(step) + "\n" for step in steps), encoding="utf-8")
    capsys.readouterr()
    assert main(["apply", str(path), str(batch)]) == 1
    told = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [entry["ok"] for entry in told] == [True] * 9 + [False]
    assert [one["amount"] for one in told[6]["result"]["instalments"]] == ["33.34", "33.33", "33.33"]
    assert [one["open"] for one in told[8]["result"]["invoices"]] == ["0.00", "26.67", "33.33"]
    assert told[9]["error"]["code"] == "is_billed"
    assert main(["check", str(path)]) == 0


def test_what_is_at_its_end_is_said_in_a_sentence(story: Story) -> None:
    number = story.contract()
    story.do("contract.bill", contract=number)
    story.do("contract.finish", contract=number)
    with pytest.raises(Conflict) as caught:
        story.do("contract.void", contract=number, reason="x")
    assert caught.value.message == f"{number} is finished; that is its last state."
