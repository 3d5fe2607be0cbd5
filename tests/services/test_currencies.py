"""Foreign currencies: base values, exchange differences at allocation, what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.cli.main import main
from crmdesk.models.errors import CrmdeskError
from crmdesk.services import base_history, check, revaluations, use_cases
from crmdesk.services.book import Book
from crmdesk.services.lists import as_json
from crmdesk.services.reports.declared import Options
from crmdesk.services.reports.declared import find as find_report

_BASES = """
    SELECT a.role, coalesce(sum(p.base_minor), 0) FROM posting p JOIN account a ON a.id = p.account_id
    WHERE p.dated_on <= ? GROUP BY a.role HAVING coalesce(sum(p.base_minor), 0) <> 0"""


class Desk:
    """A book of a British company, one customer in dollars."""

    def __init__(self, path: Path, currency: str = "GBP", country: str = "GB") -> None:
        self.book = Book.create(path, name="Desk", country=country, currency=currency, language="en")
        self.warnings: list[str] = []
        self.do("customer.create", code="A", name="Acme", currency="USD")

    def do(self, name: str, /, **args: Any) -> dict[str, Any]:
        outcome = use_cases.run_outcome(self.book, name, args)
        self.warnings = [warning["code"] for warning in outcome.warnings]
        return outcome.result

    def refused(self, name: str, /, **args: Any) -> tuple[str, str | None]:
        before = self.dump()
        with pytest.raises(CrmdeskError) as caught:
            self.do(name, **args)
        assert self.dump() == before
        return str(caught.value.code), caught.value.field

    def dump(self) -> list[tuple[Any, ...]]:
        with self.book.read() as connection:
            names = [
                row[0]
                for row in connection.exec_driver_sql(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                )
                if "search" not in row[0] and "fts" not in row[0]
            ]
            return [
                (name, *tuple(row))
                for name in names
                for row in connection.exec_driver_sql(f"SELECT * FROM {name}")
            ]

    def rate(self, on: str, rate: str, currency: str = "USD") -> None:
        self.do("rate.set", currency=currency, date=on, rate=rate)

    def invoice(self, on: str, amount: str, tax: str = "0", **more: Any) -> str:
        line = {"description": "Paint", "quantity": "1", "unit_price": amount, "tax_rate": tax}
        return self.do("invoice.issue", **{"customer": "A", "date": on, "lines": [line], **more})["number"]

    def pay(self, on: str, amount: str, allocate: Any = "none", **more: Any) -> dict[str, Any]:
        return self.do(
            "payment.record", **{"customer": "A", "date": on, "amount": amount, "allocate": allocate, **more}
        )

    def bases(self, at: str = "2199-12-31") -> dict[str, int]:
        """What each account holds in pence."""
        with self.book.read() as connection:
            rows = connection.exec_driver_sql(_BASES, (int(at.replace("-", "")),)).all()
        return dict(sorted((role, base) for role, base in rows))

    def assert_clean(self) -> None:
        told = check.run(self.book)
        assert told["violations"] == []


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    own = Desk(tmp_path / "desk.crmdesk")
    yield own
    own.assert_clean()
    own.book.close()


def _gain(bases: dict[str, int]) -> int:
    return -bases.get("other_income", 0) - bases.get("finance_cost", 0)


@pytest.mark.parametrize("parts", [["500.00"], ["71.43"] * 6 + ["71.42"]])
def test_a_gain_of_45_pence_in_one_part_and_in_seven(desk: Desk, parts: list[str]) -> None:
    desk.rate("2026-01-01", "0.6072")
    number = desk.invoice("2026-01-05", "500.00")
    desk.rate("2026-02-01", "0.6081")
    if len(parts) == 1:
        paid = desk.pay("2026-02-10", "500.00", "oldest")
        assert paid["exchange_difference"] == "0.45"
    else:
        paid = desk.pay("2026-02-10", "500.00")
        for part in parts:
            desk.do(
                "payment.allocate", payment=paid["number"], invoice=number, amount=part, date="2026-02-11"
            )
    assert desk.bases() == {"bank": 30405, "other_income": -45, "revenue": -30360}


def test_a_payment_in_parts_reversed_leaves_the_invoice_as_it_was(desk: Desk) -> None:
    desk.rate("2026-01-01", "0.6072")
    number = desk.invoice("2026-01-05", "333.33", tax="0.2")
    before = desk.bases()
    paid = desk.pay(
        "2026-02-10", "400.00", [{"invoice": number, "amount": "100.01"}], rate="0.5511", fee="1.01"
    )
    desk.do("payment.allocate", payment=paid["number"], invoice=number, amount="33.37", date="2026-03-01")
    desk.do("payment.release", payment=paid["number"], invoice=number, amount="50.00", date="2026-03-02")
    desk.do("payment.reverse", payment=paid["number"], date="2026-03-09", reason="bounced")
    assert desk.bases() == before
    desk.do("invoice.void", invoice=number, date="2026-03-10", reason="mistake")
    assert desk.bases() == {}


def test_credits_refunds_and_writeoffs_clear_what_is_carried(desk: Desk) -> None:
    desk.rate("2026-01-01", "0.5")
    first = desk.invoice("2026-01-05", "100.01", rate="0.6")
    line = {"description": "Back", "quantity": "1", "unit_price": "10.00", "tax_rate": "0"}
    # a credit note has the rate of its invoice, so nothing is gained by taking back what was billed
    desk.do(
        "credit.issue", customer="A", invoice=first, date="2026-01-06", lines=[line], reason="x", apply=True
    )
    assert desk.bases() == {"receivable": 5401, "revenue": -5401}
    # one without an invoice has the day's: applied, 10.00 worth 5.00 settle what stands at 6.00
    note = desk.do("credit.issue", customer="A", date="2026-01-07", lines=[line], reason="x")["number"]
    desk.do("credit.apply", credit=note, invoice=first, amount="10.00", date="2026-01-08")
    assert desk.bases() == {"receivable": 4801, "revenue": -4901, "finance_cost": 100}
    loss = desk.do(
        "writeoff.record", invoice=first, amount="30.01", date="2026-01-09", ground="other", reason="gone"
    )["number"]
    assert desk.bases()["bad_debt"] == 1801
    desk.do("writeoff.recover", writeoff=loss, amount="1.00", date="2026-01-10")
    assert desk.bases()["bank"] == 50
    paid = desk.pay("2026-01-11", "60.00", [{"invoice": first, "amount": "50.00"}], rate="0.7")
    assert paid["exchange_difference"] == "5.00"
    desk.rate("2026-01-12", "0.8")
    desk.do(
        "refund.record", payment=paid["number"], amount="10.00", date="2026-01-12", method="bank", reason="x"
    )
    bases = desk.bases()
    assert not {"receivable", "customer_credit"} & bases.keys()
    assert bases["bank"] == 50 + 4200 - 800
    assert bases["finance_cost"] == 100 + 100


def test_without_a_rate_documents_are_taken_and_allocated_among_themselves(desk: Desk) -> None:
    bare = desk.invoice("2026-01-05", "100.00")
    assert desk.warnings == ["rate_missing"]
    paid = desk.pay("2026-01-06", "30.00", "oldest")
    assert (paid["allocated"], paid["rate"], paid["exchange_difference"]) == ("30.00", None, None)
    assert desk.bases() == {}
    desk.rate("2026-01-07", "0.61")
    rated = desk.invoice("2026-01-07", "40.00")
    late = desk.pay("2026-01-08", "110.00", "oldest")
    assert desk.warnings == ["rate_missing"]
    assert [one["invoice"] for one in late["allocations"]] == [rated]
    refused = desk.refused(
        "payment.allocate", payment=late["number"], invoice=bare, amount="1.00", date="2026-01-09"
    )
    assert refused == ("rate_missing", "invoice")
    by_hand = [{"invoice": bare, "amount": "1.00"}]
    assert desk.refused(
        "payment.record", customer="A", date="2026-01-09", amount="1.00", allocate=by_hand
    ) == ("rate_missing", "allocate[0].invoice")
    assert desk.refused(
        "writeoff.record", invoice=bare, amount="1", date="2026-01-09", ground="other", reason="x", rate="1"
    ) == ("rate_missing", "rate")


def test_rates_are_set_replaced_found_and_removed(desk: Desk) -> None:
    desk.rate("2026-01-01", "0.6072000000")
    desk.rate("2026-01-10", "0.1234567891")
    desk.rate("2026-01-10", "0.61")
    assert desk.pay("2026-01-09", "1.00")["rate"] == "0.6072"
    assert desk.pay("2026-01-10", "1.00")["rate"] == "0.61"
    desk.do("rate.remove", currency="USD", date="2026-01-10")
    assert desk.pay("2026-01-11", "1.00")["rate"] == "0.6072"
    assert desk.refused("rate.remove", currency="USD", date="2026-01-10") == ("not_found", "date")
    assert desk.refused("rate.set", currency="GBP", rate="1") == ("invalid_choice", "currency")
    assert desk.refused("rate.set", currency="USD", rate="0") == ("out_of_range", "rate")
    assert desk.refused("rate.set", currency="USD", rate="0.12345678912") == ("too_many_decimals", "rate")
    for name, args in {
        "opening.record": {"amount": "1.00"},
        "payment.record": {"amount": "1.00"},
    }.items():
        refused = desk.refused(name, customer="A", date="2026-01-11", currency="GBP", rate="1.1", **args)
        assert refused == ("out_of_range", "rate")
    desk.pay("2026-01-11", "1.00", currency="GBP", rate="1")


def test_money_that_came_in_another_currency(desk: Desk) -> None:
    desk.rate("2026-01-01", "0.6")
    number = desk.invoice("2026-01-05", "500.00")
    whole = [{"invoice": number, "amount": "500.00"}]
    paid = desk.pay("2026-02-01", "500.00", whole, received={"currency": "GBP", "amount": "303.33"})
    assert (paid["rate"], paid["exchange_difference"]) == ("0.60666", "3.33")
    assert desk.bases() == {"bank": 30333, "other_income": -333, "revenue": -30000}
    desk.do("payment.reverse", payment=paid["number"], date="2026-02-02", reason="bounced")
    assert desk.bases() == {"receivable": 30000, "revenue": -30000}
    # a third currency, by its own rate; the fee is money's cost at the payment's rate
    desk.rate("2026-02-01", "0.9", "EUR")
    third = desk.pay(
        "2026-02-03", "500.00", whole, received={"currency": "EUR", "amount": "340.00"}, fee="10.00"
    )
    assert third["rate"] == "0.6244897959"
    assert desk.bases() == {
        "bank": 30600,
        "finance_cost": 624,
        "other_income": -1224,
        "revenue": -30000,
    }
    # and the other way round: an invoice in the book's own currency
    own = desk.invoice("2026-02-04", "70.00", currency="GBP")
    desk.pay(
        "2026-02-05",
        "70.00",
        [{"invoice": own, "amount": "70.00"}],
        currency="GBP",
        received={"currency": "USD", "amount": "100.00"},
    )
    assert desk.bases()["bank"] == 30600 + 7000
    with desk.book.read() as connection:
        money = connection.exec_driver_sql(
            "SELECT currency, sum(amount_minor) FROM posting WHERE money_account_id IS NOT NULL GROUP BY currency"
        ).all()
    assert sorted(map(tuple, money)) == [("EUR", 34000), ("GBP", 0), ("USD", 10000)]
    refuse = {"customer": "A", "date": "2026-02-05", "amount": "5.00"}
    same = {"currency": "USD", "amount": "5.00"}
    assert desk.refused("payment.record", **refuse, received=same) == ("invalid_choice", "received.currency")
    pounds = {"currency": "GBP", "amount": "5.00"}
    assert desk.refused("payment.record", **refuse, received=pounds, rate="1.5") == ("invalid_choice", "rate")


def test_revaluation_is_posted_taken_back_the_day_after_and_undone(desk: Desk) -> None:
    desk.do("customer.create", code="B", name="Bell", currency="EUR")
    desk.rate("2026-01-01", "0.6")
    desk.rate("2026-01-01", "0.8", "EUR")
    first = desk.invoice("2026-01-05", "500.00")
    desk.invoice("2026-01-05", "100.00", customer="B")
    line = {"description": "Back", "quantity": "1", "unit_price": "50.00", "tax_rate": "0"}
    desk.do("credit.issue", customer="A", date="2026-01-06", lines=[line], reason="x")
    desk.pay("2026-01-20", "80.00", [{"invoice": first, "amount": "20.00"}], rate="0.61")  # 60.00 stay 预收
    before = desk.bases()
    desk.rate("2026-01-31", "0.65")
    desk.rate("2026-01-31", "0.79", "EUR")
    told = desk.do("revaluation.run", date="2026-01-31")
    assert told["currencies"] == [
        {"currency": "EUR", "rate": "0.79", "open": "100.00", "carrying": "80.00", "value": "79.00",
         "difference": "-1.00"},
        {"currency": "USD", "rate": "0.65", "open": "430.00", "carrying": "258.00", "value": "279.50",
         "difference": "21.50"},
    ]  # fmt: skip
    assert desk.bases("2026-01-30") == before
    on = desk.bases("2026-01-31")
    assert on["receivable"] == 27950 + 7900
    assert on["customer_credit"] == before["customer_credit"]
    assert _gain(on) == _gain(before) + 2150 - 100
    assert desk.bases("2026-02-01") == desk.bases() == before
    assert desk.refused("revaluation.run", date="2026-01-31") == ("duplicate", "date")
    rows = as_json(desk.book, "revaluations")
    assert [(row["customer"], row["difference"]) for row in rows["rows"]] == [("A", "21.50"), ("B", "-1.00")]
    assert rows["sums"]["GBP"]["difference"] == "20.50"
    desk.do("revaluation.undo", date="2026-01-31")
    assert desk.bases("2026-01-31") == before
    assert desk.refused("revaluation.undo", date="2026-01-31") == ("not_found", "date")
    desk.do("revaluation.run", date="2026-01-31")
    desk.invoice("2026-02-02", "1.00", currency="CHF")
    assert desk.do("revaluation.run", date="2026-02-03")["currencies"]
    assert desk.warnings == ["rate_missing"]
    desk.invoice("2026-02-02", "1.00", currency="CHF", rate="0.9")
    assert desk.refused("revaluation.run", date="2026-02-04") == ("rate_missing", "date")
    desk.do("period.lock", until="2026-02-28")
    assert desk.refused("revaluation.run", date="2026-02-28") == ("period_locked", "date")
    assert desk.refused("revaluation.undo", date="2026-01-31") == ("period_locked", "date")


def test_a_late_rate_makes_what_a_rate_in_time_would_have_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    held = []
    for name in ("late", "early"):
        own = Desk(tmp_path / f"{name}.crmdesk")
        if name == "early":
            own.rate("2026-01-01", "0.6072")
        first = own.invoice("2026-01-05", "333.33", tax="0.2")
        second = own.invoice("2026-01-06", "77.77")
        gone = own.invoice("2026-01-06", "12.34")
        own.do("invoice.void", invoice=gone, date="2026-01-08", reason="x")
        own.do("opening.record", customer="A", date="2026-01-01", amount="-5.01", number="OB1")
        parts = [{"invoice": first, "amount": "100.01"}, {"invoice": second, "amount": "7.77"}]
        paid = own.pay("2026-01-09", "160.03", parts, fee="1.01", discount="0.55")["number"]
        bounced = own.pay("2026-01-10", "33.33", [{"invoice": first, "amount": "11.11"}])["number"]
        own.do("payment.allocate", payment=bounced, invoice=second, amount="3.33", date="2026-01-11")
        own.do("payment.allocate", payment=paid, invoice=first, amount="0.07", date="2026-01-12")
        own.do("payment.reverse", payment=bounced, date="2026-01-13", reason="x")
        own.do("payment.release", payment=paid, invoice=first, amount="50.00", date="2026-01-14")
        line = {"description": "Back", "quantity": "1", "unit_price": "9.99", "tax_rate": "0.2"}
        own.do(
            "credit.issue",
            customer="A",
            invoice=first,
            date="2026-01-15",
            lines=[line],
            reason="x",
            apply=True,
        )
        back = own.do(
            "refund.record", payment=paid, amount="10.01", date="2026-01-16", method="bank", reason="x"
        )
        own.do("payment.allocate", payment=paid, invoice=second, amount="1.11", date="2026-01-17")
        own.do("refund.reverse", refund=back["number"], date="2026-01-18", reason="x")
        args = {"invoice": second, "amount": "5.55", "ground": "other", "reason": "x"}
        loss = own.do("writeoff.record", date="2026-01-19", **args)["number"]
        own.do("writeoff.recover", writeoff=loss, amount="1.23", date="2026-01-20")
        taken = own.do("writeoff.record", date="2026-01-19", **args)["number"]
        own.do("payment.allocate", payment=paid, invoice=second, amount="2.22", date="2026-01-20")
        own.do("writeoff.reverse", writeoff=taken, date="2026-01-21", reason="x")
        if name == "late":
            own.do("period.lock", until="2026-01-10")
            assert own.bases() == {}
            told = own.do("rate.adopt", currency="USD", rate="0.6072")
            assert told["documents"] == 8
            assert own.do("rate.adopt", currency="USD", rate="0.7")["documents"] == 0
            assert own.bases("2026-01-10") == {}
        # from now on both go on alike
        own.pay("2026-02-01", "9.99", "oldest", rate="0.7")
        own.do("payment.release", payment=paid, invoice=second, date="2026-02-02")
        own.do("payment.reverse", payment=paid, date="2026-02-03", reason="x")
        held.append([own.bases(day) for day in ("2026-01-21", "2026-02-01", "2026-12-31")])
        own.assert_clean()
        own.book.close()
    assert held[0] == held[1]


def _varied(own: Desk) -> None:
    """A book with everything that moves base currency."""
    own.do("customer.create", code="B", name="Bell", currency="JPY")
    own.rate("2026-01-01", "0.6072")
    own.rate("2026-01-01", "0.00531", "JPY")
    first = own.invoice("2026-01-05", "333.33", tax="0.2")
    yen = own.invoice("2026-01-06", "10001", customer="B")
    bare = own.invoice("2026-01-07", "50.00", currency="CHF")
    parts = [{"invoice": first, "amount": "100.01"}]
    own.pay("2026-01-09", "160.03", parts, fee="1.01", rate="0.61")
    whole = [{"invoice": yen, "amount": "10001"}]
    bounced = own.pay(
        "2026-01-10", "10001", whole, customer="B", received={"currency": "USD", "amount": "88.00"}
    )
    own.do("payment.reverse", payment=bounced["number"], date="2026-02-10", reason="x")
    own.pay("2026-01-12", "20.00", [{"invoice": bare, "amount": "20.00"}], currency="CHF")
    own.do("revaluation.run", date="2026-01-31")
    own.do("rate.adopt", currency="CHF", rate="0.88")
    own.pay("2026-02-12", "30.00", [{"invoice": bare, "amount": "30.00"}], currency="CHF", rate="0.9")
    own.invoice("2026-02-13", "77.77", currency="GBP")


def test_reports_agree_with_the_ledger_to_the_penny(desk: Desk) -> None:
    _varied(desk)
    with desk.book.read() as connection:
        for start, end in ((None, "2026-01-31"), ("2026-02-01", "2026-12-31"), (None, "2026-12-31")):
            options = Options(
                date_from=date.fromisoformat(start) if start else None,
                date_to=date.fromisoformat(end),
                as_of=date.fromisoformat(end),
            )
            told = find_report("exchange-differences").fill(connection, options).document
            moved = connection.exec_driver_sql(
                "SELECT -coalesce(sum(p.base_minor), 0) FROM posting p JOIN account a ON a.id = p.account_id "
                "WHERE a.role IN ('other_income', 'finance_cost') AND p.amount_minor = 0 "
                f"AND p.dated_on BETWEEN {(start or '0').replace('-', '')} AND {end.replace('-', '')}"
            ).scalar_one()
            assert Decimal(told["base"]["gain"]) == Decimal(moved) / 100
            assert sum(Decimal(row["gain"]) for row in told["rows"]) == Decimal(moved) / 100
            trial = find_report("trial-balance").fill(connection, replace(options, date_from=None)).document
            held = desk.bases(end)
            rows = [row for row in trial["rows"] if row["account"] == "1110"]
            assert sum(Decimal(row["base_balance"]) for row in rows) == Decimal(held["receivable"]) / 100
            assert trial["base"]["balance"] == "0.00"
            assert trial["base"]["debit"] == trial["base"]["credit"] != "0.00"
    with desk.book.read() as connection:
        wanted = Options(as_of=date(2026, 1, 31))
        table = find_report("currencies").fill(connection, wanted)
        rows = {(row["customer"], row["currency"]): row for row in table.document["rows"]}
        assert rows["A", "CHF"]["open"] == "30.00"
        assert rows["A", "CHF"]["carrying"] == "26.40"
        assert rows["A", "CHF"]["value"] is None
        usd = rows["A", "USD"]  # 399.99 less 100.01, and no revaluation in it
        assert (usd["open"], usd["carrying"], usd["unrealised"]) == ("299.99", "182.15", "0.00")
        found = revaluations.positions(connection, date(2026, 1, 31))
        assert {one.currency for one in found} == {"USD", "CHF"}


@pytest.mark.parametrize("name", ["currencies", "exchange-differences", "trial-balance"])
def test_reports_are_written_in_every_form(desk: Desk, name: str, tmp_path: Path) -> None:
    _varied(desk)
    for form in ("pdf", "xlsx", "csv", "json"):
        out = tmp_path / f"{name}.{form}"
        args = ["report", name, str(desk.book.path), "--format", form, "--out", str(out)]
        assert main(args) == 0
        assert out.stat().st_size > 100


def test_beancount_and_hledger_accept_the_book_and_agree(desk: Desk, tmp_path: Path) -> None:
    _varied(desk)
    beans, journal = tmp_path / "book.beancount", tmp_path / "book.journal"
    assert main(["export", str(desk.book.path), "--format", "beancount", "--out", str(beans)]) == 0
    assert main(["export", str(desk.book.path), "--format", "hledger", "--out", str(journal)]) == 0
    loader = pytest.importorskip("beancount.loader")
    entries, errors, _options = loader.load_file(str(beans))
    assert errors == []
    realization = pytest.importorskip("beancount.core.realization")
    real = realization.realize(entries)
    with desk.book.read() as connection:
        owed = connection.exec_driver_sql(
            "SELECT customer_id, currency, sum(effect_minor) FROM document GROUP BY 1, 2"
        ).all()
    for customer, currency, minor in owed:
        held = Decimal(0)
        for side in ("Assets:Receivable", "Liabilities:CustomerCredit"):
            account = realization.get(real, f"{side}:C{customer}")
            if account is not None:
                held += account.balance.get_currency_units(currency).number
        assert held == Decimal(minor).scaleb(-(0 if currency == "JPY" else 2)), currency
    if shutil.which("hledger"):
        done = subprocess.run(
            ["hledger", "-f", str(journal), "check"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LANG": "C.UTF-8"},
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_the_batch_language_knows_currencies(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[dict[str, Any]] = [
        {"do": "rate.set", "currency": "USD", "date": "2026-01-01", "rate": "0.6072"},
        {
            "do": "invoice.issue",
            "ref": "a",
            "customer": "A",
            "date": "2026-01-05",
            "lines": [{"description": "Paint", "quantity": "1", "unit_price": "500", "tax_rate": "0"}],
        },
        {
            "do": "payment.record",
            "customer": "A",
            "date": "2026-02-01",
            "amount": "500.00",
            "received": {"currency": "GBP", "amount": "304.05"},
            "allocate": [{"invoice": "@a", "amount": "500.00"}],
        },
        {"do": "revaluation.run", "date": "2026-02-28"},
    ]
    file = tmp_path / "lines.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert main(["apply", str(desk.book.path), str(file), "--atomic"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[2]["result"]["exchange_difference"] == "0.45"
    assert told[2]["result"]["rate"] == "0.6081"
    assert told[3]["result"]["currencies"] == []


_RATES = st.decimals("0.0000000001", "2000", places=10).map(lambda rate: f"{rate:f}")


@settings(max_examples=25)
@given(data=st.data(), total=st.integers(1, 100_000), one=_RATES, other=_RATES)
def test_whatever_the_parts_the_gain_is_the_difference_of_the_values(
    data: st.DataObject, total: int, one: str, other: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The gains of a fully settled pair are B(payment) − B(invoice), after any parts, releases and orders."""
    own = Desk(tmp_path_factory.mktemp("any") / "any.crmdesk")
    amount = f"{total // 100}.{total % 100:02d}"
    invoices = [own.invoice("2026-01-05", amount, rate=one) for _ in range(2)]
    payments = [own.pay("2026-01-06", amount, rate=other)["number"] for _ in range(2)]
    left: dict[tuple[str, str], int] = {}
    for _step in range(data.draw(st.integers(0, 8))):
        pair = data.draw(st.tuples(st.sampled_from(payments), st.sampled_from(invoices)))
        taken = left.get(pair, 0)
        if taken and data.draw(st.booleans()):
            back = data.draw(st.integers(1, taken))
            own.do(
                "payment.release",
                payment=pair[0],
                invoice=pair[1],
                amount=f"{back // 100}.{back % 100:02d}",
                date="2026-01-07",
            )
            left[pair] = taken - back
            continue
        free = total - sum(x for (payment, _i), x in left.items() if payment == pair[0])
        due = total - sum(x for (_p, invoice), x in left.items() if invoice == pair[1])
        if not (most := min(free, due)):
            continue
        part = data.draw(st.integers(1, most))
        own.do(
            "payment.allocate",
            payment=pair[0],
            invoice=pair[1],
            amount=f"{part // 100}.{part % 100:02d}",
            date="2026-01-07",
        )
        left[pair] = taken + part
    for payment in payments:
        for invoice in invoices:
            free = total - sum(x for (p, _i), x in left.items() if p == payment)
            due = total - sum(x for (_p, i), x in left.items() if i == invoice)
            if rest := min(free, due):
                left[payment, invoice] = left.get((payment, invoice), 0) + rest
                own.do(
                    "payment.allocate",
                    payment=payment,
                    invoice=invoice,
                    amount=f"{rest // 100}.{rest % 100:02d}",
                    date="2026-01-08",
                )
    bases = own.bases()
    assert not {"receivable", "customer_credit"} & bases.keys()
    assert _gain(bases) == bases.get("bank", 0) + bases.get("revenue", 0)
    with own.book.read() as connection:
        history = base_history.read(connection)
    assert sum(event.gain_minor for event in history.events) == _gain(bases)
    own.assert_clean()
    own.book.close()
