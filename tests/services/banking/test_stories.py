"""Lines that become payments and are taken back again: what the book, the page and the report say after each step."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmdesk.cli.main import main
from crmdesk.models.errors import CrmdeskError
from crmdesk.services.banking import desk as reading
from crmdesk.services.banking import reconciling
from crmdesk.services.book import Book
from crmdesk.services.reports import balances, declared
from tests.services.banking.conftest import HEADER, Desk
from tests.services.small_book import rows as dump

MT940 = (
    ":20:X\n:25:12345678/0001234567\n:28C:1/1\n:60F:C260201CNY0,00\n"
    ":61:2602020202C200,00NTRFNONREF//R1\n:86:166?00GUTSCHRIFT?20付INV-2026-0001货款?32上海鼎晟贸易有限公司\n"
    ":61:2602030203C500,00NTRFNONREF//R2\n:86:166?00GUTSCHRIFT?20货款?32某人\n"
    ":61:2602040204D1,50NCHGNONREF//R3\n:86:Gebuehr\n"
    ":62F:C260228CNY698,50\n-\n"
)


def position(desk: Desk, on: str = "2026-06-30") -> reconciling.Position:
    with desk.book.read() as connection:
        return reconciling.position(connection, "BANK", "CNY", date.fromisoformat(on))


def standing(desk: Desk) -> reading.Desk:
    with desk.book.read() as connection:
        return reading.load(connection, "BANK", "CNY")


def numbers(desk: Desk, reference: str) -> list[str]:
    """What stands in the book for a line."""
    with desk.book.read() as connection:
        facts = reading.line(connection, desk.line(reference))
    assert facts is not None
    return [one.number for one in facts.standing]


def test_a_statement_from_file_to_agreement(desk: Desk) -> None:
    number = desk.invoice("C1", "2026-01-05", "200.00")
    desk.take(MT940)
    first = standing(desk)
    assert first.position is not None
    assert (first.counts["new"], len(first.sure), sum(first.counts.values())) == (3, 2, 3)
    assert (first.position.book_minor, first.position.bank_minor, first.position.difference_minor) == (
        0,
        69850,
        0,
    )
    suggestion = first.suggestions[desk.line("R1")]
    assert (suggestion.customer, suggestion.parts[0].number, suggestion.is_sure) == ("C1", number, True)

    result = desk.do("bank.confirm_many", account="BANK")
    assert (result["booked"], result["left"]) == (2, 1)
    second = standing(desk)
    assert second.position is not None
    assert (second.counts, len(second.sure)) == ({"new": 1, "matched": 0, "booked": 2, "ignored": 0}, 0)
    assert (second.position.book_minor, second.position.sum_of("bank")) == (19850, 50000)
    assert second.position.difference_minor == 0
    assert [numbers(desk, one) for one in ("R1", "R2", "R3")] == [["RC-2026-0001"], [], ["BK-2026-0001"]]

    result = desk.do("bank.confirm", line=desk.line("R2"), customer="C1")
    assert (result["credit"], result["learnt"]) == ("500.00", ["某人"])
    assert position(desk).between == ()
    assert position(desk).book_minor == position(desk).bank_minor == 69850
    # as at an earlier day the line and its payment were not there yet
    assert (position(desk, "2026-02-02").book_minor, position(desk, "2026-02-02").bank_minor) == (
        20000,
        20000,
    )
    desk.require_clean()

    desk.do("payment.reverse", payment=result["number"], date="2026-02-10", reason="bounced")
    assert desk.state(desk.line("R2")) == "new"
    last = position(desk)
    assert (last.book_minor, last.sum_of("bank"), last.sum_of("book"), last.difference_minor) == (
        19850,
        50000,
        0,
        0,
    )
    desk.do("bank.fee_reverse", entry="BK-2026-0001", date="2026-02-11", reason="x")
    assert desk.state(desk.line("R3")) == "new"
    with pytest.raises(CrmdeskError) as caught:
        desk.do("bank.fee_reverse", entry="BK-2026-0001", reason="x")
    assert caught.value.code == "already_reversed"
    assert desk.do("bank.fee", line=desk.line("R3"))["number"] == "BK-2026-0002"
    desk.require_clean()


def test_what_only_the_book_has(desk: Desk) -> None:
    desk.take(MT940)
    desk.do("payment.record", customer="C1", date="2026-02-20", amount="33.00")
    both = position(desk)
    assert [(one.side, one.amount_minor) for one in both.between if one.side == "book"] == [("book", 3300)]
    assert both.difference_minor == 0
    with desk.book.read() as connection:
        table = declared.find("reconciliation").fill(connection, declared.Options(account="BANK"))
    (account,) = table.document["accounts"]
    assert account == {
        "account": "BANK", "currency": "CNY", "book": "33.00", "bank": "698.50", "not_booked": "698.50",
        "not_in_bank": "33.00", "difference": "0.00",
    }  # fmt: skip
    amounts = [row[-1] for row in table.rows]
    assert sum(amounts[:-1]) == amounts[-1] == 69850


def test_refusals_leave_the_book_as_it_is(desk: Desk) -> None:
    desk.do("customer.create", code="C2", name="乙")
    desk.invoice("C2", "2026-01-05", "200.00")
    desk.do("payment.record", customer="C1", date="2026-02-02", amount="200.00", method="cash")
    desk.do("payment.record", customer="C1", date="2026-02-02", amount="201.00")
    done = desk.do("payment.record", customer="C1", date="2026-02-02", amount="200.00")["number"]
    desk.do("payment.reverse", payment=done, date="2026-02-03", reason="x")
    desk.take(MT940)
    line, out = desk.line("R1"), desk.line("R3")
    before = dump(desk.book.path)
    for use_case, arguments, code in (
        ("bank.confirm", {"line": 7, "customer": "C1"}, "not_found"),
        ("bank.confirm", {"line": line, "customer": "C9"}, "customer_missing"),
        ("bank.confirm", {"line": out, "customer": "C1"}, "out_of_range"),
        (
            "bank.confirm",
            {"line": line, "customer": "C1", "allocate": [{"invoice": "INV-2026-0001", "amount": "1.00"}]},
            "other_customer",
        ),
        ("bank.link", {"line": line, "payment": "RC-2026-0001"}, "account_differs"),
        ("bank.link", {"line": line, "payment": "RC-2026-0002"}, "total_differs"),
        ("bank.link", {"line": line, "payment": done}, "reversed"),
        ("bank.link", {"line": line}, "required"),
        ("bank.refund", {"line": line, "payment": "RC-2026-0002", "reason": "x"}, "out_of_range"),
        ("bank.refund", {"line": out, "payment": done, "reason": "x"}, "reversed"),
        ("bank.fee_reverse", {"entry": "BK-2026-0009", "reason": "x"}, "not_found"),
        ("bank.forget", {"customer": "C1", "name": "nobody"}, "not_found"),
        ("bank.learn", {"customer": "C1", "name": "a"}, "required"),
        ("bank.confirm_many", {"lines": ["x"]}, "invalid_type"),
        ("bank.confirm_many", {"lines": [7]}, "not_found"),
    ):
        with pytest.raises(CrmdeskError) as caught:
            desk.do(use_case, **arguments)
        assert caught.value.code == code, (use_case, arguments, caught.value.message)
    assert dump(desk.book.path) == before
    desk.require_clean()


def test_one_line_in_a_locked_period_keeps_all_waiting(desk: Desk) -> None:
    desk.invoice("C1", "2026-01-05", "200.00")
    desk.take(MT940)
    desk.do("period.lock", until="2026-02-03")
    before = dump(desk.book.path)
    with pytest.raises(CrmdeskError) as caught:
        desk.do("bank.confirm_many")
    assert caught.value.code == "period_locked"
    assert len(caught.value.problems) == 1
    assert dump(desk.book.path) == before
    assert desk.do("bank.confirm_many", lines=[desk.line("R3")])["booked"] == 1


def test_lines_set_aside_and_taken_up(desk: Desk) -> None:
    desk.take(MT940)
    line = desk.line("R2")
    desk.do("bank.ignore", line=line, reason="private")
    with pytest.raises(CrmdeskError) as caught:
        desk.do("bank.confirm", line=line, customer="C1")
    assert caught.value.code == "in_use"
    desk.do("bank.reopen", line=line)
    payment = desk.do("payment.record", customer="C1", date="2026-02-05", amount="500.00")["number"]
    desk.do("bank.link", line=line, payment=payment)
    assert desk.state(line) == "matched"
    desk.require_clean()
    desk.do("bank.reopen", line=line)
    assert desk.state(line) == "new"
    desk.do("bank.confirm", line=line, customer="C1")
    with pytest.raises(CrmdeskError) as caught:
        desk.do("bank.reopen", line=line)
    assert caught.value.code == "in_use"
    desk.require_clean()


def test_what_one_unit_posts_is_seen_by_its_matching(desk: Desk, tmp_path: Path) -> None:
    desk.take(MT940)
    commands = tmp_path / "atomic.jsonl"
    line = {"description": "油漆", "quantity": "1", "unit_price": "200.00", "tax_rate": "0"}
    commands.write_text(
        json.dumps({"do": "invoice.issue", "customer": "C1", "date": "2026-01-05", "lines": [line]}) + "\n"
        + json.dumps({"do": "bank.confirm_many", "account": "BANK"}) + "\n"
    )  # fmt: skip
    assert main(["apply", str(desk.book.path), str(commands), "--atomic"]) == 0
    assert {row.reference: row.state for row in desk.lines()} == {"R1": "booked", "R2": "new", "R3": "booked"}
    with desk.book.read() as connection:
        assert balances.rows(connection, date(2026, 6, 30)) == []
    desk.require_clean()


def test_the_command_line_and_the_batch_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    book, statement = str(tmp_path / "b.crmdesk"), tmp_path / "s.csv"
    assert main(["new", book, "--name", "甲"]) == 0
    statement.write_text(
        f"{HEADER}\n2026-02-01,上海鼎晟贸易有限公司,,货款,200.00,,R1\n2026-02-02,银行,,手续费,,2.00,R2\n"
    )
    commands = tmp_path / "a.jsonl"
    commands.write_text('{"do": "customer.create", "code": "C1", "name": "上海鼎晟贸易有限公司"}\n')
    assert main(["apply", book, str(commands)]) == 0
    capsys.readouterr()
    assert main(["import", "bank", str(statement), "--book", book, "--account", "BANK", "--json"]) == 0
    taken = json.loads(capsys.readouterr().out)
    assert (taken["read"], taken["created"], taken["skipped"], taken["failed"]) == (2, 2, 0, 0)
    assert main(["import", "bank", str(statement), "--book", book, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["skipped"] == 2
    assert main(["list", "bank-lines", book, "--filter", "state = new", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["total"] == 2
    assert listed["sums"]["CNY"]["amount"] == "198.00"
    lines = {row["reference"]: row["line"] for row in listed["rows"]}
    commands.write_text(
        json.dumps({"do": "bank.confirm", "line": lines["R1"], "customer": "C1", "ref": "p"}) + "\n"
        + json.dumps({"do": "bank.fee", "line": lines["R2"]}) + "\n"
    )  # fmt: skip
    assert main(["apply", book, str(commands)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["result"]["number"] for answer in answers] == ["RC-2026-0001", "BK-2026-0001"]
    assert main(["report", "reconciliation", book, "--json"]) == 0
    (account,) = json.loads(capsys.readouterr().out)["accounts"]
    assert (account["book"], account["bank"], account["not_booked"]) == ("198.00", None, "0.00")
    assert main(["report", "cash-book", book, "--json"]) == 0
    assert {row["kind"] for row in json.loads(capsys.readouterr().out)["rows"]} == {"payment", "bank"}
    for form in ("beancount", "hledger"):
        assert main(["export", book, "--format", form, "--out", str(tmp_path / form)]) == 0
        assert "bank BK-2026-0001" in (tmp_path / form).read_text()
    capsys.readouterr()
    assert main(["undo-import", taken["batch"], "--book", book]) == 1
    assert "batch_in_use" in capsys.readouterr().err
    assert main(["check", book, "--json"]) == 0


# Any order


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


_names = iter(range(1_000_000))


def new_desk(folder: Path) -> Desk:
    return Desk(Book.create(folder / f"{next(_names)}.crmdesk", name="x"), folder)


entry = st.tuples(st.integers(0, 5), st.sampled_from(["甲", "乙"]), st.sampled_from([100, 200]))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(entry, min_size=1, max_size=10),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=4),
    st.randoms(use_true_random=False),
)
def test_overlapping_files_in_any_order_are_the_stream_once(
    folder: Path, stream: list[tuple[int, str, int]], windows: list[tuple[int, int]], order: Any
) -> None:
    """iI2, iI3 and RP33: files of whole days, some of them twice, in any order."""
    start = date(2026, 2, 1)

    def text(first: int, last: int) -> str:
        chosen = [each for each in stream if first <= each[0] <= last]
        order.shuffle(chosen)
        rows = (
            f"{start + timedelta(days=day)},{name},,货款,{minor / 100:.2f},," for day, name, minor in chosen
        )
        return "\n".join((HEADER, *rows)) + "\n"

    files = [(0, 5), *[(min(pair), max(pair)) for pair in windows]]
    order.shuffle(files)
    desk = new_desk(folder)
    with desk.book:
        for first, last in files:
            if any(first <= each[0] <= last for each in stream):
                result = desk.take(text(first, last))
                assert result.failed_count == 0
        got = sorted(((row.booked_on - start).days, row.payer, row.amount_minor) for row in desk.lines())
        assert got == sorted(stream)
        desk.require_clean()


STEPS = ("confirm", "fee", "ignore", "reopen", "reverse", "undo", "take", "many")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), max_size=12))
def test_any_order_of_steps_keeps_book_and_bank_together(folder: Path, steps: list[tuple[str, int]]) -> None:
    """The ledger balance of the account is the sum of the lines that are booked; `check` finds nothing."""
    rows = [f"2026-02-0{n + 1},{'甲' if n % 2 else '乙'},,货款,{n + 1}0.00,,R{n}" for n in range(4)]
    desk = new_desk(folder)
    with desk.book:
        desk.do("customer.create", code="C1", name="甲")
        desk.invoice("C1", "2026-01-01", "20.00")
        batch = desk.take_rows(*rows).batch
        booked: dict[int, tuple[str, str]] = {}
        for step, number in steps:
            before = dump(desk.book.path)
            try:
                if step == "take":
                    batch = desk.take_rows(*rows).batch or batch
                elif step == "undo":
                    desk.do("import.undo", batch=batch)
                elif step == "many":
                    desk.do("bank.confirm_many")
                else:
                    line = desk.line(f"R{number}")
                    if step == "reverse":
                        kind, name = booked[line]
                        if kind == "fee":
                            desk.do("bank.fee_reverse", entry=name, date="2026-06-30", reason="x")
                        else:
                            desk.do("payment.reverse", payment=name, date="2026-06-30", reason="x")
                    elif step == "confirm":
                        booked[line] = (
                            "payment",
                            desk.do("bank.confirm", line=line, customer="C1")["number"],
                        )
                    elif step == "fee":
                        booked[line] = ("fee", desk.do("bank.fee", line=line)["number"])
                    elif step == "ignore":
                        desk.do("bank.ignore", line=line, reason="x")
                    else:
                        desk.do("bank.reopen", line=line)
            except CrmdeskError:
                assert dump(desk.book.path) == before
            except (KeyError, StopIteration):
                continue  # the line is gone, or nothing was booked from it
        standing = sum(row.amount_minor for row in desk.lines() if row.state == "booked")
        with desk.book.read() as connection:
            own = reconciling.position(connection, "BANK", "CNY", date(2026, 6, 30))
        assert own.book_minor == standing
        assert own.sum_of("bank") == sum(row.amount_minor for row in desk.lines()) - standing
        assert own.sum_of("book") == 0
        desk.require_clean()
