"""Rules about the lines of quotes: who was quoted what, and never bought it; beside a model in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import check, lists, segment_history, segment_terms, segment_why
from crmdesk.services.book import Book
from tests.services.small_book import do

TODAY = "2026-06-30"
RULES = {
    "P1": "quoted(P1)",
    "P1 this year": "quoted(P1, this year)",
    "not P1": "not quoted(P1)",
    "paint": "quoted_category(涂料)",
    "white of 2025": "quoted_category(涂料/白, 2025)",
    "never": "quoted_unbought",
    "never this year": "quoted_unbought(this year)",
    "P1 never": "quoted(P1) and not bought(P1)",
}


def line(product: str) -> dict[str, Any]:
    return {"product": product, "quantity": "1", "unit_price": "10", "tax_rate": "0"}


def fill(book: Book) -> None:
    do(book, "product.create", code="P1", name="白漆", price="10", category="涂料/白")
    do(book, "product.create", code="P2", name="刷子", price="5", category="工具")
    for code in ("A", "B"):
        do(book, "customer.create", code=code, name=code)
    for name, rule in RULES.items():
        do(book, "segment.create", name=name, rule=rule)


def members(book: Book) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in RULES}
    for row in lists.as_json(book, "segment_members")["rows"]:
        found[row["segment"]].add(row["customer"])
    return found


def send(book: Book, customer: str, *products: str, on: str = "2026-06-01") -> str:
    made = do(book, "quote.create", customer=customer, date=on, lines=[line(one) for one in products])
    do(book, "quote.send", quote=made["number"], date=on)
    return made["number"]


@dataclass
class Version:
    """A version of a quote, as the model keeps it."""

    customer: str
    on: str
    products: set[str]
    is_draft: bool = True


@dataclass
class Model:
    """What the rules mean, said once more without SQL."""

    versions: list[Version] = field(default_factory=list)
    bought: list[tuple[str, str]] = field(default_factory=list)
    categories: dict[str, str] = field(default_factory=lambda: {"P1": "涂料/白", "P2": "工具"})

    def members(self) -> dict[str, set[str]]:
        sent = [
            (one.customer, product, one.on)
            for one in self.versions
            if not one.is_draft
            for product in one.products
        ]
        p1 = {who for who, product, _on in sent if product == "P1"}
        unbought = [(who, on) for who, product, on in sent if (who, product) not in self.bought]
        return {
            "P1": p1,
            "P1 this year": {who for who, product, on in sent if product == "P1" and on >= "2026"},
            "not P1": {"A", "B"} - p1,
            "paint": {who for who, product, _on in sent if self.categories[product].startswith("涂料")},
            "white of 2025": {
                who for who, product, on in sent if self.categories[product] == "涂料/白" and on < "2026"
            },
            "never": {who for who, _on in unbought},
            "never this year": {who for who, on in unbought if on >= "2026"},
            "P1 never": {who for who in p1 if (who, "P1") not in self.bought},
        }


_WHOLE = [
    ("quote", "A", ("P1",), "2026-02-20"),
    ("send", "A", (), "2026-02-20"),
    ("bill", "A", ("P1", "P2"), "2026-02-20"),
    ("void", "A", (), "2026-02-20"),
    ("move", "A", ("P1",), "2026-02-20"),
    ("revise", "A", ("P2",), "2026-02-20"),
    ("change", "A", ("P1", "P2"), "2026-02-20"),
    ("send", "A", (), "2026-02-20"),
    ("quote", "B", ("P1",), "2025-11-05"),
    ("send", "B", (), "2025-11-05"),
    ("move", "B", ("P1",), "2025-11-05"),
    ("decline", "A", (), "2025-11-05"),
]
"""Every kind of step, none of which may be refused."""
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["quote", "quote", "send", "send", "revise", "change", "decline", "bill", "void", "move"]
        ),
        st.sampled_from(["A", "B"]),
        st.sampled_from([("P1",), ("P2",), ("P1", "P2"), ()]),
        st.sampled_from(["2025-11-05", "2026-02-20"]),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_STEPS)
@example(_WHOLE)
def test_members_are_those_of_the_plain_model_after_every_write(
    memory_file: Path, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, str, tuple[str, ...], str]]
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", TODAY)
    memory_file.unlink(missing_ok=True)
    with Book.create(memory_file, name="K") as book:
        fill(book)
        world = _World(book)
        for step in steps:
            world.take(*step)
            assert members(book) == world.model.members(), step
        assert world.skipped == 0 or steps != _WHOLE
        assert do(book, "rule.evaluate")["segments"] == []
        assert check.run(book)["violations"] == []


_REFUSED = (Code.WRONG_STATE, Code.NO_LINES, Code.DATE_ORDER, Code.REQUIRED)


class _World:
    """Takes each step in the book and, unless it was refused, in the model."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.model = Model()
        self.skipped = 0
        self.last: dict[str, tuple[str, Version]] = {}
        self.bills: dict[str, tuple[str, list[tuple[str, str]]]] = {}

    def take(self, step: str, code: str, products: tuple[str, ...], on: str) -> None:
        try:
            getattr(self, step)(code, products, on)
        except KeyError:
            self.skipped += 1  # there is nothing yet to do it to
        except CrmdeskError as refused:
            if refused.code not in _REFUSED:
                raise
            self.skipped += 1

    def quote(self, code: str, products: tuple[str, ...], on: str) -> None:
        lines = [line(one) for one in products]
        made = do(self.book, "quote.create", customer=code, date=on, lines=lines)
        self.last[code] = made["number"], Version(code, on, set(products))
        self.model.versions.append(self.last[code][1])

    def send(self, code: str, products: tuple[str, ...], on: str) -> None:
        del products
        number, version = self.last[code]
        do(self.book, "quote.send", quote=number, date=version.on)
        version.is_draft = False

    def change(self, code: str, products: tuple[str, ...], on: str) -> None:
        del on
        number, version = self.last[code]
        do(self.book, "quote.update", quote=number, lines=[line(one) for one in products])
        version.products = set(products)

    def revise(self, code: str, products: tuple[str, ...], on: str) -> None:
        number, _version = self.last[code]
        lines = [line(one) for one in products]
        do(self.book, "quote.revise", quote=number, date=TODAY, lines=lines)
        self.last[code] = number, Version(code, TODAY, set(products))
        self.model.versions.append(self.last[code][1])

    def decline(self, code: str, products: tuple[str, ...], on: str) -> None:
        do(self.book, "quote.decline", quote=self.last[code][0], date=TODAY)

    def bill(self, code: str, products: tuple[str, ...], on: str) -> None:
        lines = [line(one) for one in products]
        made = do(self.book, "invoice.issue", customer=code, date=on, lines=lines)
        pairs = [(code, one) for one in products]
        self.bills[code] = made["number"], pairs
        self.model.bought += pairs

    def void(self, code: str, products: tuple[str, ...], on: str) -> None:
        number, pairs = self.bills.pop(code)
        do(self.book, "invoice.void", invoice=number, date=TODAY, reason="x")
        for pair in pairs:
            self.model.bought.remove(pair)

    def move(self, code: str, products: tuple[str, ...], on: str) -> None:
        for one in products:
            path = "涂料/白" if self.model.categories[one] == "工具" else "工具"
            do(self.book, "product.update", product=one, category=path)
            self.model.categories[one] = path


@pytest.fixture
def shop(book: Book) -> Book:
    fill(book)
    return book


def test_a_quote_that_is_sent_and_what_is_bought_of_it(shop: Book) -> None:
    made = do(shop, "quote.create", customer="A", date="2026-06-01", lines=[line("P1"), line("P2")])
    assert members(shop)["P1"] == set()  # a draft is nobody's offer yet
    do(shop, "quote.send", quote=made["number"], date="2026-06-02")
    assert members(shop)["P1"] == members(shop)["never"] == members(shop)["P1 never"] == {"A"}
    do(shop, "invoice.issue", customer="A", date="2026-06-03", lines=[line("P1")])
    assert members(shop)["P1 never"] == set()
    assert members(shop)["never"] == {"A"}  # the brush
    do(shop, "invoice.issue", customer="A", date="2026-06-03", lines=[line("P2")])
    assert members(shop)["never"] == set()
    do(shop, "quote.revise", quote=made["number"], date="2026-06-04", lines=[line("P2")])
    assert members(shop)["P1"] == {"A"}  # the first version said it to him


def test_why_a_customer_is_in_it(shop: Book) -> None:
    send(shop, "A", "P1")
    with shop.read() as connection:
        why = segment_why.explain(connection, "P1 never", "A", "en").sentence
        other = segment_why.explain(connection, "never this year", "B", "en").sentence
        paint = segment_why.explain(connection, "paint", "A", "en").sentence
        seen = segment_history.preview(connection, "quoted_unbought(last 12 months)", "en")
    assert why == "A is in “P1 never” because: Quoted product (P1): yes; Bought product (P1): no."
    assert other == "B is not in “never this year” because: Quoted, not bought (this year): no."
    assert paint == "A is in “paint” because: Quoted from category (涂料): yes."
    assert (seen.count, seen.labels) == (1, ("Quoted, not bought (last 12 months)",))
    assert [(one.code, one.values) for one in seen.sample] == [("A", ("yes",))]


def test_a_merged_customer_brings_his_quotes(shop: Book) -> None:
    send(shop, "B", "P1")
    assert members(shop)["P1"] == {"B"}
    do(shop, "customer.merge", into="A", customers=["B"])
    assert members(shop)["P1"] == {"A"}
    assert check.run(shop)["violations"] == []


def test_a_product_that_gets_another_code_stays_named(shop: Book) -> None:
    send(shop, "A", "P1")
    do(shop, "product.update", product="P1", code="N1")
    send(shop, "B", "N1")
    assert members(shop)["P1"] == {"A", "B"}
    assert members(shop)["never"] == {"A", "B"}
    assert check.run(shop)["violations"] == []


def test_the_builder_offers_them_and_lists_find_by_them(shop: Book) -> None:
    send(shop, "A", "P1")
    with shop.read() as connection:
        terms = {one.name: one for one in segment_terms.read(connection).terms}
    assert {terms[name].section for name in ("quoted", "quoted_category", "quoted_unbought")} == {
        segment_terms.TALKS
    }
    assert (terms["quoted"].takes, terms["quoted"].required) == (("product", "period"), 1)
    for rule in RULES.values():
        assert lists.as_json(shop, "customers", filter=rule)["total"] in (0, 1)


@pytest.mark.parametrize("rule", ["quoted(P9)", "quoted_category(无)", "quoted", "quoted_unbought(P1)"])
def test_what_is_not_there_is_refused(shop: Book, rule: str) -> None:
    with pytest.raises(CrmdeskError) as refused:
        do(shop, "segment.create", name="x", rule=rule)
    assert refused.value.code == Code.FILTER_INVALID
