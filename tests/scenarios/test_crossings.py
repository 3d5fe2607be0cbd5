"""Where two features meet: what each of them does alone is told elsewhere. Every book is clean at the end."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from crmdesk.services import check, contract_figures, invoiced
from crmdesk.services.imports import run
from crmdesk.services.imports.results import ImportOptions
from tests.scenarios.telling import Teller

LINE = {"description": "Paint", "quantity": "1", "unit_price": "100", "tax_rate": "0"}


def test_what_was_passed_on_without_a_rate_gets_none_late(teller: Teller) -> None:
    """Paid for another customer unrated: a late rate waits until that is taken back, and then leaves no cent."""
    for code in ("U1", "U2"):
        teller.do("customer.create", code=code, name=code, currency="USD")
    theirs = teller.invoice("2026-01-05", "33.33", customer="U2")
    own = teller.invoice("2026-01-05", "66.66", customer="U1")
    paid = teller.do(
        "payment.record",
        customer="U1",
        date="2026-01-06",
        amount="99.99",
        on_behalf=True,
        allocate=[{"invoice": theirs, "amount": "33.33"}],
    )
    passed = paid["transfers"][0]["number"]
    assert teller.refused("rate.adopt", currency="USD", rate="7.12345") == "currency_mixed"
    teller.do("transfer.reverse", transfer=passed, date="2026-01-31", reason="pays himself")
    teller.do("rate.adopt", currency="USD", rate="7.12345")
    teller.do("payment.allocate", payment=paid["number"], invoice=own, amount="66.65", date="2026-02-01")
    assert check.run(teller.book)["violations"] == []
    teller.do("payment.reverse", payment=paid["number"], date="2026-02-02", reason="bounced")
    assert (teller.owes("2026-12-31", "U1"), teller.owes("2026-12-31", "U2")) == ("66.66", "33.33")
    assert _credit_worth(teller, "USD") == {}


def _credit_worth(teller: Teller, currency: str) -> dict[str, int]:
    query = """
        SELECT c.code, SUM(p.base_minor) FROM posting p JOIN account a ON a.id = p.account_id
        JOIN customer c ON c.id = p.customer_id WHERE p.currency = ? AND a.role = 'customer_credit' GROUP BY 1"""
    with teller.book.read() as connection:
        rows = connection.exec_driver_sql(query, (currency,)).all()
    return {code: amount for code, amount in rows if amount}


def test_a_payment_bounces_whose_part_was_passed_on_and_used(teller: Teller) -> None:
    theirs = teller.invoice("2026-01-05", "40", customer="C002")
    paid = teller.pay("2026-01-06", "100")["number"]
    passed = teller.do("transfer.record", payment=paid, customer="C002", amount="30", date="2026-01-07")
    teller.do("payment.allocate", payment=passed["number"], invoice=theirs, amount="30", date="2026-01-09")
    assert (
        teller.refused("payment.reverse", payment=paid, date="2026-01-08", reason="bounced") == "date_order"
    )
    assert _unused(teller, "2026-01-08") == {"C001": 70_00, "C002": 30_00}
    teller.do("payment.reverse", payment=paid, date="2026-01-10", reason="bounced")
    assert (teller.owes("2026-01-09"), teller.owes("2026-01-10")) == ("-70.00", "0.00")
    assert (teller.owes("2026-01-09", "C002"), teller.owes("2026-01-10", "C002")) == ("10.00", "40.00")
    assert _unused(teller, "2026-12-31") == {}


def _unused(teller: Teller, at: str) -> dict[str, int]:
    """Money that settles nothing, by customer: as at the day, and with the last event the same as now."""
    with teller.book.read() as connection:
        codes = dict(connection.exec_driver_sql("SELECT id, code FROM customer").all())
        found = invoiced.prepaid(connection, date.fromisoformat(at))
        if at == "2026-12-31":
            assert found == invoiced.prepaid(connection)
    return {codes[owner]: amount for (owner, _currency), amount in found.items()}


def test_a_bill_under_a_tax_invoice_is_not_voided_until_it_is_red(teller: Teller) -> None:
    bill = teller.invoice("2026-01-05", "100")
    number = "2" * 20
    teller.do(
        "fapiao.record", customer="C001", invoices=[{"invoice": bill}], number=number, date="2026-01-06"
    )
    refused = teller.refused("invoice.void", invoice=bill, date="2026-01-07", reason="mistake")
    assert refused == "is_invoiced"
    teller.do("fapiao.red", fapiao=number, reason="wrong_details", number="3" * 20, date="2026-01-07")
    teller.do("invoice.void", invoice=bill, date="2026-01-07", reason="mistake")
    assert teller.owes("2026-12-31") == "0.00"


def test_a_bill_of_exchange_is_dishonoured_after_part_of_it_was_moved(teller: Teller) -> None:
    one, two = teller.invoice("2026-01-05", "60"), teller.invoice("2026-01-06", "60")
    paid = teller.pay(
        "2026-01-07", "80", "oldest", method="bill", bill={"number": "B1", "due_on": "2026-06-30"}
    )["number"]
    moved = {"payment": paid, "from": one, "to": two, "amount": "25", "date": "2026-01-20"}
    teller.do("payment.reallocate", **moved)
    teller.do("bill.discount", bill="B1", date="2026-02-01", fee="1.50")
    assert teller.refused("bill.dishonour", bill="B1", date="2026-01-19", reason="no cover") == "date_order"
    teller.do("bill.dishonour", bill="B1", date="2026-07-01", reason="no cover")
    assert teller.open("2026-06-30") == {one: "25.00", two: "15.00"}
    assert teller.open("2026-07-01") == {one: "60.00", two: "60.00"}
    assert (teller.account("bills"), teller.account("finance_cost")) == ("0.00", "1.50")
    again = teller.refused("payment.reverse", payment=paid, date="2026-07-02", reason="again")
    assert again == "already_reversed"


def test_what_another_customer_and_a_deposit_paid_was_received(teller: Teller) -> None:
    """已回款未开票 and a contract's received count money, whoever it came from."""
    contract = teller.do("contract.create", customer="C001", date="2026-01-05", lines=[LINE])["number"]
    teller.do("contract.sign", contract=contract, date="2026-01-05")
    bill = teller.do("contract.bill", contract=contract, date="2026-01-06")["number"]
    held = teller.do("deposit.receive", customer="C001", date="2026-01-06", amount="20")["number"]
    teller.do(
        "payment.record",
        customer="C002",
        date="2026-01-07",
        amount="50",
        on_behalf=True,
        allocate=[{"invoice": bill, "amount": "50"}],
    )
    keep = {"keep_for": "invoice", "invoice": bill, "amount": "20", "date": "2026-01-08"}
    teller.do("deposit.keep", deposit=held, reason="damage", **keep)
    figures = contract_figures.ContractFigures(contract_figures.at(date(2026, 1, 8)))
    with teller.book.read() as connection:
        from sqlalchemy import select

        from crmdesk.models.tables.agreements import agreement

        received = connection.execute(
            select(figures.received, figures.unpaid).where(agreement.c.number == contract)
        ).one()
        found = invoiced.bills(connection, lambda column: column.isnot(None))
    assert tuple(received) == (70_00, 30_00)
    assert [one.paid_uninvoiced_minor for one in found] == [70_00]


def test_an_import_whose_customers_have_contracts_and_plans_is_not_undone(
    teller: Teller, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("客户编号,客户名称\nX1,西溪民宿\nX2,乙公司\n", "utf-8")
    batch = run.run(teller.book, "customers", file, ImportOptions()).batch
    contract = teller.do("contract.create", customer="X1", date="2026-01-05", lines=[LINE])["number"]
    teller.do(
        "plan.create", contract=contract, date="2026-01-05", way="equal", count=3, first_due="2026-02-01"
    )
    assert teller.refused("import.undo", batch=batch) == "batch_in_use"


def test_the_book_is_clean_after_a_period_was_opened_again(teller: Teller) -> None:
    bill = teller.invoice("2026-01-05", "100")
    teller.do("period.close", until="2026-01-31")
    locked: dict[str, Any] = {"invoice": bill, "date": "2026-01-31", "reason": "mistake"}
    assert teller.refused("invoice.void", **locked) == "period_locked"
    teller.do("period.reopen", until="2026-01-31", reason="forgotten")
    teller.do("invoice.void", **locked)
    assert check.run(teller.book)["violations"] == []
    done = teller.do("period.close", until="2026-01-31")
    assert done["totals"]["CNY"]["closing"] == "0.00"


def test_a_deposit_never_meets_an_invoice_with_a_rate(teller: Teller) -> None:
    """What is taken from it has no value in the book's currency, and it gets none later."""
    teller.do("customer.create", code="U1", name="U1", currency="USD")
    held = teller.do("deposit.receive", customer="U1", date="2026-01-05", amount="50")["number"]
    bill = teller.invoice("2026-01-06", "50", customer="U1", rate="7.1")
    keep = {"keep_for": "invoice", "invoice": bill, "amount": "20", "date": "2026-01-08", "reason": "damage"}
    assert teller.refused("deposit.keep", deposit=held, **keep) == "rate_missing"
    assert teller.refused("rate.adopt", currency="USD", rate="7") == "currency_mixed"


def test_money_without_a_rate_waits_for_one_when_its_contract_is_billed(teller: Teller) -> None:
    teller.do("customer.create", code="U1", name="U1", currency="USD")
    contract = teller.do("contract.create", customer="U1", date="2026-01-05", lines=[LINE])["number"]
    teller.do("contract.sign", contract=contract, date="2026-01-05")
    paid = teller.do("payment.record", customer="U1", date="2026-01-06", amount="60", contract=contract)
    teller.do("rate.set", currency="USD", date="2026-01-07", rate="7.1")
    billed = teller.do("contract.bill", contract=contract, date="2026-01-08")
    assert (billed["open"], billed["allocations"]) == ("100.00", [])
    teller.do("rate.adopt", currency="USD", rate="7")
    teller.do(
        "payment.allocate", payment=paid["number"], invoice=billed["number"], amount="60", date="2026-01-08"
    )
