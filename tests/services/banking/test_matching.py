"""What a line is taken for: by sign after sign, never twice the same invoice, never a guess between two."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.services import matching as sums
from crmdesk.services.banking import matching, states
from crmdesk.services.banking.knowledge import Knowledge, spellings
from crmdesk.services.banking.lines import QUERY, BankLine
from crmdesk.services.banking.matching import Suggestion
from tests.services.banking.conftest import Desk


def suggestions(desk: Desk) -> dict[str, Suggestion]:
    """What is suggested for every waiting line, by the line's reference."""
    with desk.book.read() as connection:
        lines = [BankLine(*row) for row in connection.execute(QUERY.where(states.IS_NEW))]
        found = matching.suggest(connection, lines)
    return {line.reference: found[line.id] for line in lines}


def one(desk: Desk, row: str) -> Suggestion:
    """The suggestion for a single row."""
    reference = row.rpartition(",")[2]
    desk.take_rows(row)
    return suggestions(desk)[reference]


def parts(suggestion: Suggestion) -> dict[str, int]:
    return {part.number: part.amount_minor for part in suggestion.parts}


@pytest.mark.parametrize(
    "payer",
    [
        "上海鼎晟贸易有限公司",
        "上海鼎晟贸易（有限责任公司）",
        " 上海 鼎晟贸易 ",
        "上海鼎晟贸易有限公司浦东分理处",
    ],
)
def test_the_name_and_the_only_amount(desk: Desk, payer: str) -> None:
    number = desk.invoice("C1", "2026-01-05", "200.00")
    desk.invoice("C1", "2026-01-06", "300.00")
    found = one(desk, f"2026-02-01,{payer},,货款,200.00,,R")
    assert (found.kind, found.customer, parts(found)) == ("payment", "C1", {number: 20000})
    assert found.is_sure is ("分理处" not in payer)  # a name within a longer one is a sign, not a proof
    assert found.reasons


def test_the_only_subset_and_the_ambiguous_one(desk: Desk) -> None:
    numbers = [desk.invoice("C1", "2026-01-05", amount) for amount in ("100.00", "250.00", "400.00")]
    found = one(desk, "2026-02-01,上海鼎晟贸易有限公司,,货款,500.00,,R1")
    assert (parts(found), found.is_sure) == ({numbers[0]: 10000, numbers[2]: 40000}, True)
    desk.do("bank.ignore", line=desk.line("R1"), reason="x")
    desk.invoice("C1", "2026-01-05", "150.00")
    found = one(desk, "2026-02-02,上海鼎晟贸易有限公司,,货款,400.00,,R2")
    assert parts(found) == {numbers[2]: 40000}  # a single one goes before sets
    desk.do(
        "bank.confirm",
        line=desk.line("R2"),
        customer="C1",
        allocate=[{"invoice": numbers[2], "amount": "400.00"}],
    )
    desk.invoice("C1", "2026-01-05", "250.00")
    found = one(desk, "2026-02-03,上海鼎晟贸易有限公司,,货款,350.00,,R3")
    assert (found.parts, found.is_sure) == ((), False)
    assert "INV-2026-0001 + INV-2026-0002" in " ".join(found.reasons)
    assert "INV-2026-0001 + INV-2026-0005" in " ".join(found.reasons)


@pytest.mark.parametrize("text", ["付INV-2026-0002货款", "pay 2026-0002", "INV20260002,谢谢"])
def test_a_number_in_the_text(desk: Desk, text: str) -> None:
    desk.invoice("C1", "2026-01-05", "200.00")
    number = desk.invoice("C1", "2026-01-06", "200.00")
    found = one(desk, f'2026-02-01,王五,,"{text}",200.00,,R')
    assert (found.customer, parts(found), found.is_sure) == ("C1", {number: 20000}, True)


def test_a_number_is_a_whole_word(desk: Desk) -> None:
    desk.invoice("C1", "2026-01-05", "201.00")
    assert one(desk, "2026-02-01,王五,,XINV-2026-00019,200.00,,R").kind == "none"
    assert "20260001" not in spellings("2026-0001") - {"20260001"}
    assert spellings("1001") == set()


def test_a_fee_that_the_bank_kept(desk: Desk) -> None:
    number = desk.invoice("C1", "2026-01-05", "1000.00")
    found = one(desk, "2026-02-01,上海鼎晟贸易有限公司,,货款,985.00,,R")
    assert (parts(found), found.fee_minor, found.is_sure) == ({number: 100000}, 1500, False)
    desk.do(
        "bank.confirm", line=desk.line("R"), customer="C1", fee="15.00",
        allocate=[{"invoice": number, "amount": "1000.00"}],
    )  # fmt: skip
    desk.require_clean()


def test_the_discount_offered_makes_the_amount_exact(desk: Desk) -> None:
    """Not a fee that the bank kept: 1,000.00 less 2 %, within its days; a day later it is none."""
    number = desk.invoice("C1", "2026-01-05", "1000.00", discount_terms="2/10 n/30")
    found = one(desk, "2026-01-16,上海鼎晟贸易有限公司,,货款,980.00,,L")
    assert (found.parts[0].discount_minor, found.fee_minor, found.is_sure) == (0, 2000, False)
    found = one(desk, "2026-01-15,上海鼎晟贸易有限公司,,货款,980.00,,R")
    assert (parts(found), found.fee_minor, found.is_sure) == ({number: 100000}, 0, True)
    assert "20.00" in found.reasons[-1]
    told = desk.do("bank.confirm_many", lines=[desk.line("R")])
    assert told
    desk.require_clean()


def test_signs_that_contradict_each_other_suggest_nobody(desk: Desk) -> None:
    desk.do("customer.create", code="C2", name="北京海淀软件有限公司")
    desk.invoice("C2", "2026-01-05", "200.00")
    found = one(desk, "2026-02-01,上海鼎晟贸易有限公司,,INV-2026-0001,200.00,,R")
    assert found.kind == "none"
    assert {candidate.code for candidate in found.candidates} == {"C1", "C2"}
    assert all(candidate.reason for candidate in found.candidates)


def test_two_customers_of_one_name(desk: Desk) -> None:
    desk.do("customer.create", code="C2", name="上海鼎晟贸易有限责任公司")
    found = one(desk, "2026-02-01,上海鼎晟贸易有限公司,,货款,200.00,,R")
    assert (found.kind, len(found.candidates)) == ("none", 2)


def test_what_was_confirmed_is_learnt_and_can_be_forgotten(desk: Desk) -> None:
    number = desk.invoice("C1", "2026-01-05", "200.00")
    desk.invoice("C1", "2026-01-05", "300.00")
    desk.take_rows("2026-02-01,李四,6222021111111111,货款,200.00,,R1")
    assert suggestions(desk)["R1"].confidence < 90
    result = desk.do("bank.confirm", line=desk.line("R1"), customer="C1", allocate="exact")
    assert result["allocations"][0]["invoice"] == number
    assert result["learnt"] == ["李四", "6222021111111111"]
    found = one(desk, "2026-02-02,李四,,货款,300.00,,R2")
    assert (found.customer, found.is_sure) == ("C1", True)
    assert desk.do("bank.forget", customer="C1", name="李四")["forgotten"] == ["李四"]
    assert not suggestions(desk)["R2"].is_sure
    desk.do("bank.learn", customer="C1", account="6222 0211 1111 1112")
    found = one(desk, "2026-02-03,张三,6222021111111112,货款,300.00,,R3")
    assert found.customer == "C1"


def test_a_payer_of_two_customers_is_asked_about(desk: Desk) -> None:
    desk.do("customer.create", code="C2", name="乙")
    for code in ("C1", "C2"):
        desk.do("bank.learn", customer=code, name="集团结算中心")
    found = one(desk, "2026-02-03,集团结算中心,,货款,300.00,,R3")
    assert (found.kind, {candidate.code for candidate in found.candidates}) == ("none", {"C1", "C2"})


def test_two_lines_are_never_given_one_invoice(desk: Desk) -> None:
    number = desk.invoice("C1", "2026-01-05", "200.00")
    desk.take_rows(
        "2026-02-01,上海鼎晟贸易有限公司,,货款,200.00,,R1", "2026-02-01,上海鼎晟贸易有限公司,,货款,200.00,,R2"
    )
    found = suggestions(desk)
    assert parts(found["R1"]) == {number: 20000}
    assert (found["R2"].parts, found["R2"].is_sure) == ((), False)


def test_a_payment_entered_by_hand_is_not_booked_twice(desk: Desk) -> None:
    number = desk.do(
        "payment.record",
        customer="C1",
        date="2026-02-03",
        amount="200.00",
        payer="上海鼎晟贸易",
        allocate="none",
    )["number"]
    desk.do("payment.record", customer="C1", date="2026-03-20", amount="200.00")
    found = one(desk, "2026-02-01,上海鼎晟贸易有限公司,,货款,200.00,,R1")
    assert (found.kind, found.target, found.is_sure) == ("link", number, True)
    assert desk.do("bank.confirm_many")["booked"] == 1
    assert desk.state(desk.line("R1")) == "matched"
    found = one(desk, "2026-02-02,上海鼎晟贸易有限公司,,货款,200.00,,R2")
    assert found.kind == "payment"  # the only one near is taken
    desk.require_clean()


def test_money_that_goes_out(desk: Desk) -> None:
    credit = desk.do("payment.record", customer="C1", date="2026-01-01", amount="70.00")["number"]
    desk.take_rows(
        "2026-02-01,银行,,转账手续费,,1.50,F1",
        "2026-02-02,上海鼎晟贸易有限公司,,退,,70.00,F2",
        "2026-02-03,电力公司,,x,,9.00,F3",
        "2026-03-21,银行,,结息,0.77,,F4",
    )  # fmt: skip
    found = suggestions(desk)
    assert (found["F1"].kind, found["F1"].is_sure) == ("fee", True)
    assert (found["F2"].kind, found["F2"].target, found["F2"].is_sure) == ("refund", credit, False)
    assert found["F3"].kind == "none"
    assert (found["F4"].kind, found["F4"].is_sure) == ("fee", False)


def test_no_query_per_line(desk: Desk) -> None:
    from sqlalchemy import event

    desk.invoice("C1", "2026-01-05", "200.00")
    desk.take_rows(*(f"2026-02-01,上海鼎晟贸易有限公司,,货款,{n}.00,,R{n}" for n in range(1, 60)))
    with desk.book.read() as connection:
        lines = [BankLine(*row) for row in connection.execute(QUERY)]
        count = [0]

        def counted(*_arguments: object) -> None:
            count[0] += 1

        event.listen(desk.book.engine, "before_cursor_execute", counted)
        matching.suggest(connection, lines[:2])
        few, count[0] = count[0], 0
        matching.suggest(connection, lines)
        event.remove(desk.book.engine, "before_cursor_execute", counted)
    assert count[0] == few


@given(st.lists(st.integers(1, 60), max_size=9), st.integers(1, 150))
def test_every_ambiguous_subset_is_named(amounts: list[int], target: int) -> None:
    sets = [
        chosen
        for size in range(2, 6)
        for chosen in combinations(range(len(amounts)), size)
        if sum(amounts[index] for index in chosen) == target
    ]
    assert sorted(sums.subsets(amounts, target, hits_max=10_000)) == sorted(sets)


@given(
    st.lists(st.text("甲乙丙丁abc", min_size=1, max_size=6), max_size=6), st.text("甲乙丙丁abc", max_size=14)
)
def test_names_within_a_text(names: list[str], text: str) -> None:
    known = Knowledge(by_name={name: [1] for name in names})
    known.name_lengths = tuple(sorted({len(name) for name in names}))
    long = {name for name in names if len(name) >= (5 if name.isascii() else 3) and name in text}
    whole = {name for name in long if not any(name != other and name in other for other in long)}
    assert set(known.names_in(text)) == whole
