"""Instalment plans: parts that add up whatever is done, bills to the cent, money that stays with its contract."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import InvalidInput
from crmdesk.models.instalments import cut
from crmdesk.models.specs.agreements import PLAN
from crmdesk.services import agreements, check_agreements, contract_bills, plans, use_cases
from crmdesk.services.book import Book
from crmdesk.services.units import Unit
from tests.services.agreement_story import PAINT, Story, line


@pytest.fixture
def story(book: Book) -> Story:
    return Story(book)


def amounts(result: dict[str, Any]) -> list[str]:
    return [entry["amount"] for entry in result["instalments"]]


@pytest.mark.parametrize(
    ("remainder", "expected"),
    [("first", ["33.34", "33.33", "33.33"]), ("last", ["33.33", "33.33", "33.34"])],
)
def test_a_hundred_in_three(story: Story, remainder: str, expected: list[str]) -> None:
    made = story.do("plan.create", contract=story.contract(), way="equal", count=3, remainder=remainder)
    assert amounts(made) == expected
    assert [entry["odd"] for entry in made["instalments"]] == [text == "33.34" for text in expected]
    assert story.is_clean()


@given(
    total=st.integers(1, 10**14),
    weights=st.lists(st.integers(1, 10**8), min_size=1, max_size=40),
    remainder=st.sampled_from(["first", "last"]),
)
def test_parts_add_up_and_are_within_a_cent(total: int, weights: list[int], remainder: str) -> None:
    parts = cut(total, weights, remainder)
    whole = sum(weights)
    assert sum(amount for amount, _odd in parts) == total
    for (amount, is_odd), weight in zip(parts, weights, strict=True):
        assert amount == total * weight // whole + is_odd


def test_shares_and_months(story: Story) -> None:
    number = story.contract(PAINT | {"unit_price": "1000.01"})
    made = story.do(
        "plan.create",
        contract=number,
        way="percent",
        first_due="2026-01-31",
        date="2026-01-10",
        percents=["0.30", {"rate": "0.60", "due": "2026-06-18", "label": "到货"}, "0.10"],
    )
    assert [one["due"] for one in made["instalments"]] == ["2026-01-31", "2026-06-18", "2026-03-31"]
    assert made["instalments"][1]["label"] == "到货"
    assert amounts(made) == ["300.00", "600.01", "100.00"]
    again = story.do(
        "plan.replan", contract=number, way="monthly", count=4, first_due="2026-10-31", reason="later"
    )
    assert [one["due"] for one in again["instalments"]] == [
        "2026-10-31",
        "2026-11-30",
        "2026-12-31",
        "2027-01-31",
    ]
    assert again["plan"] == 2
    assert story.is_clean()


def test_the_plan_is_the_contract_and_never_more(story: Story) -> None:
    number = story.contract()
    part = {"due": "2026-07-01", "amount": "60.00"}
    with pytest.raises(Exception, match=r"0\.01"):
        story.do("plan.create", contract=number, way="by_hand", parts=[part, part | {"amount": "40.01"}])
    for more, refusal in (
        ({"way": "by_hand", "parts": [part, part]}, ("total_differs", "parts")),
        (
            {"way": "by_hand", "parts": [part, part | {"amount": "40.001"}]},
            ("too_many_decimals", "parts[1].amount"),
        ),
        ({"way": "by_hand"}, ("required", "parts")),
        ({"way": "by_hand", "parts": [{"due": "2025-07-01", "amount": "100"}]}, ("date_order", "due")),
        ({"way": "percent", "percents": ["0.5", "0.4"]}, ("total_differs", "percents")),
        ({"way": "percent", "percents": "0.5"}, ("invalid_type", "percents")),
        ({"way": "percent"}, ("required", "percents")),
        ({"way": "equal"}, ("required", "count")),
        ({"way": "equal", "count": 601}, ("out_of_range", "count")),
        ({"way": "monthly", "count": 600, "every_months": 12}, ("out_of_range", "every_months")),
        ({"way": "equal", "count": 2, "date": "2026-01-04"}, ("date_order", "date")),
    ):
        assert story.refused("plan.create", contract=number, **more) == refusal
    tiny = story.contract(PAINT | {"unit_price": "0.02"})
    assert story.refused("plan.create", contract=tiny, way="equal", count=3) == ("out_of_range", "count")
    returned = line("-5", "0.06") | {"kind": "return"}
    mixed = story.contract(line("100"), returned)
    assert story.refused("plan.create", contract=mixed, way="equal", count=2) == ("out_of_range", "contract")
    assert story.refused("plan.replan", contract=number, way="equal", count=2, reason="x") == (
        "not_found",
        "contract",
    )
    assert story.refused("plan.bill", contract=number) == ("not_found", "contract")
    story.do("plan.create", contract=number, way="equal", count=2)
    assert story.refused("plan.create", contract=number, way="equal", count=2) == ("in_use", "contract")
    assert story.refused("contract.bill", contract=number) == ("in_use", "contract")
    assert story.is_clean()


def test_a_draft_with_a_plan_keeps_its_total_until_the_plan_is_cancelled(story: Story) -> None:
    number = story.do("contract.create", customer="C1", lines=[PAINT])["number"]
    story.do("plan.create", contract=number, way="equal", count=2)
    assert story.refused("plan.bill", contract=number) == ("wrong_state", "contract")
    dearer = [PAINT | {"unit_price": "120.00"}]
    assert story.refused("contract.update", contract=number, lines=dearer) == ("total_differs", "lines")
    story.do("plan.cancel", contract=number, reason="more to do")
    story.do("contract.update", contract=number, lines=dearer)
    made = story.do("plan.create", contract=number, way="equal", count=2)
    assert (made["plan"], amounts(made)) == (3, ["60.00", "60.00"])
    story.do("plan.cancel", contract=number, reason="at once")
    story.do("contract.sign", contract=number)
    assert story.do("contract.bill", contract=number)["total"] == "120.00"
    assert story.is_clean()


def test_a_year_of_a_contract(story: Story) -> None:
    """Deposit, bills, a late change, a void: the figures after each step worked out by hand."""
    number = story.contract(line("700.00"), line("200.00", "0.06"), line("3.00", "0"))
    # 791.00 + 212.00 + 3.00
    made = story.do(
        "plan.create",
        contract=number,
        way="percent",
        percents=["0.3", "0.3", "0.4"],
        first_due="2026-01-31",
        date="2026-01-06",
    )
    assert amounts(made) == ["301.80", "301.80", "402.40"]
    paid = story.do("payment.record", customer="C1", date="2026-01-07", amount="400.00", contract=number)
    assert (paid["allocated"], paid["credit"]) == ("0.00", "400.00")
    # money that is not tied never goes there by itself
    story.do("payment.record", customer="C1", date="2026-01-08", amount="1000.00")
    first = story.do("plan.bill", contract=number, date="2026-01-31")
    assert [(one["instalment"], one["total"], one["open"], one["due"]) for one in first["invoices"]] == [
        (1, "301.80", "0.00", "2026-01-31")
    ]
    assert [(one["payment"], one["amount"], one["date"]) for one in first["allocations"]] == [
        (paid["number"], "301.80", "2026-01-31")
    ]
    assert story.do("plan.bill", contract=number, date="2026-01-31")["invoices"] == []
    assert story.refused("plan.bill", contract=number, instalment=1) == ("is_billed", "instalment")
    assert story.refused("plan.bill", contract=number, instalment=4) == ("not_found", "instalment")
    # billed five days after it was due: it ages from its own date
    second = story.do("plan.bill", contract=number, instalment=2, date="2026-03-05")["invoices"][0]
    assert (second["due"], second["open"]) == ("2026-02-28", "203.60")
    # the rest is put off; what is billed goes on as it is
    again = story.do(
        "plan.replan",
        contract=number,
        way="by_hand",
        reason="snow",
        date="2026-03-10",
        parts=[{"due": "2026-09-30", "amount": "400.00"}, {"due": "2026-10-31", "amount": "2.40"}],
    )
    assert amounts(again) == ["301.80", "301.80", "400.00", "2.40"]
    assert [one["billed"] for one in again["instalments"]] == [True, True, False, False]
    # money for the contract settles its invoices, oldest first, and waits for the next ones
    more = story.do("payment.record", customer="C1", date="2026-03-11", amount="210.00", contract=number)
    assert [(one["invoice"], one["amount"]) for one in more["allocations"]] == [(second["invoice"], "203.60")]
    third = story.do("plan.bill", contract=number, instalment=4, date="2026-03-12")["invoices"][0]
    assert third["open"] == "0.00"
    other = story.do("invoice.issue", customer="C1", date="2026-03-12", lines=[PAINT])["number"]
    assert story.refused(
        "payment.record",
        customer="C1",
        amount="1",
        contract=number,
        allocate=[{"invoice": other, "amount": "1"}],
    ) == ("other_contract", "allocate[0].invoice")
    # a void makes the instalment billable again, and the money waits for it
    story.do("payment.release", payment=more["number"], invoice=third["invoice"], date="2026-03-13")
    story.do("invoice.void", invoice=third["invoice"], date="2026-03-13", reason="typing")
    once_more = story.do("plan.bill", contract=number, due="2026-12-31", date="2026-03-14")
    assert [(one["instalment"], one["open"]) for one in once_more["invoices"]] == [(3, "393.60"), (4, "2.40")]
    rates = sums_by_rate(story.book, number)
    assert rates == {"0.13": (70000, 9100), "0.06": (20000, 1200), "0": (300, 0)}
    with story.book.read() as connection:
        found = agreements.require(connection, "contract", number)
        assert [(one.version, len(one.instalments)) for one in plans.versions(connection, found.id)] == [
            (1, 3),
            (2, 4),
        ]
        assert found.state == "running"
    story.do("contract.finish", contract=number)
    assert story.refused("plan.replan", contract=number, way="equal", count=2, reason="x") == (
        "wrong_state",
        "contract",
    )
    assert story.is_clean()


def sums_by_rate(book: Book, number: str) -> dict[str, tuple[int, int]]:
    """Net and tax of a contract's invoices that stand, by rate."""
    with book.write() as unit:
        found = agreements.find(unit, "contract", number)
        return _billed(unit, found)


def _billed(unit: Unit, found: agreements.Agreement) -> dict[str, tuple[int, int]]:
    left = contract_bills.left_to_bill(unit, found)
    return {
        f"{rate:f}": (group.whole_net_minor - group.net_minor, group.whole_tax_minor - group.tax_minor)
        for (_kind, rate), group in left.items()
    }


LINES = st.lists(
    st.builds(
        lambda cents, rate, included: line(f"{Decimal(cents) / 100:.2f}", rate, included=included),
        st.integers(1, 300_00),
        st.sampled_from(["0.13", "0.06", "0.01", "0"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["bill", "bill", "replan", "pay", "void"]),
        st.integers(1, 12),
        st.sampled_from(["first", "last"]),
    ),
    max_size=8,
)


@given(lines=LINES, count=st.integers(1, 9), steps=STEPS, rounding=st.sampled_from(["line", "document"]))
def test_any_way_any_replan(
    shared_book: Book,
    lines: list[dict[str, Any]],
    count: int,
    steps: list[tuple[str, int, str]],
    rounding: str,
) -> None:
    """Identity 5: parts add up; billed and unbilled are the contract, per rate; what is billed never changes."""
    with shared_book.write() as unit:
        unit.save_settings(rounding=rounding)

        def do(name: str, /, **args: Any) -> dict[str, Any]:
            return use_cases.perform(unit, name, args)

        do("customer.create", code="C1", name="X")
        number = do("contract.create", customer="C1", lines=lines, date="2026-01-01")["number"]
        do("contract.sign", contract=number, date="2026-01-01")
        found = agreements.find(unit, "contract", number)
        count = min(count, found.total_minor)
        do(
            "plan.create",
            contract=number,
            way="equal",
            count=count,
            first_due="2026-02-01",
            date="2026-01-01",
        )
        for step, value, remainder in steps:
            present = plans.current(unit.connection, found.id)
            assert present is not None
            live = {bill.instalment_id: bill for bill in contract_bills.live_bills(unit, found)}
            rest = [entry for entry in present.instalments if entry.root_id not in live]
            if step == "bill" and rest:
                do(
                    "plan.bill",
                    contract=number,
                    instalment=rest[value % len(rest)].position,
                    date="2026-01-05",
                )
            elif step == "replan" and rest:
                room = sum(entry.amount_minor for entry in rest)
                do(
                    "plan.replan",
                    contract=number,
                    way="equal",
                    count=min(value, room),
                    remainder=remainder,
                    reason="x",
                    first_due="2026-03-01",
                    date="2026-01-01",
                )
                after = plans.current(unit.connection, found.id)
                assert after is not None
                kept = {entry.root_id: (entry.due_on, entry.amount_minor) for entry in after.instalments}
                before = {entry.root_id: (entry.due_on, entry.amount_minor) for entry in present.instalments}
                assert all(kept[root] == before[root] for root in live if root is not None)
            elif step == "pay":
                do("payment.record", customer="C1", amount=f"{value}.00", contract=number, date="2026-01-06")
            elif step == "void" and live:
                bill = list(live.values())[value % len(live)]
                if (
                    unit.open_items.get(contract_bills.posted.by_id(unit, bill.document_id)).open_minor
                    == bill.total_minor
                ):
                    do("invoice.void", invoice=bill.number, reason="x", date="2026-01-06")
            present = plans.current(unit.connection, found.id)
            assert present is not None
            assert sum(entry.amount_minor for entry in present.instalments) == found.total_minor
            for group in contract_bills.left_to_bill(unit, found).values():
                assert group.net_minor >= 0
                assert group.tax_minor >= 0
        do("plan.bill", contract=number, due="2199-01-01", date="2026-01-07")
        for group in contract_bills.left_to_bill(unit, found).values():
            assert (group.net_minor, group.tax_minor) == (0, 0)
        unit.open_items.write()
        unit.flush()
        assert list(check_agreements.plans_add_up(unit.connection)) == []
        assert list(check_agreements.totals_agree(unit.connection)) == []


def test_a_plan_that_is_not_its_contract_is_found(story: Story) -> None:
    from crmdesk.services import check, connections

    number = story.contract()
    story.do("plan.create", contract=number, way="equal", count=2)
    raw = connections.connector(story.book.path, is_read_only=False)()
    raw.execute("DROP TRIGGER instalment_no_update")
    raw.execute("UPDATE instalment SET amount_minor = amount_minor + 1 WHERE position = 2")
    raw.commit()
    raw.close()
    codes = {found["code"] for found in check.run(story.book)["violations"]}
    assert {"plan_total", "rows_changed"} <= codes


def test_two_odd_cents_go_where_the_words_say(story: Story) -> None:
    """Largest remainder: no part is more than a cent from another, so the words may not promise one instalment."""
    made = story.do(
        "plan.create",
        contract=story.contract(line("129272.00", "0", included=True)),
        way="equal",
        count=3,
    )
    assert amounts(made) == ["43090.66", "43090.67", "43090.67"]
    assert [entry["odd"] for entry in made["instalments"]] == [False, True, True]
    remainder = next(field for field in PLAN if field.name == "remainder")
    assert [choice.label for choice in remainder.choices] == [
        "First ones, a cent each",
        "Last ones, a cent each",
    ]


@pytest.mark.parametrize(
    ("share", "place"), [("33", "percents[0]"), ("x", "percents[0]"), ({"rate": "33"}, "percents[0].rate")]
)
def test_a_share_is_refused_by_the_name_it_was_written_with(story: Story, share: Any, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        story.do("plan.create", contract=story.contract(), way="percent", percents=[share, "0.67"])
    assert caught.value.field == place
    assert f"“{place}”" in caught.value.message or caught.value.message.startswith(place)
    assert "discount" not in caught.value.message
