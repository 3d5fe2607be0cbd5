"""Customers entered twice: found with reasons, dismissed for good, measured on a file of known pairs."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmdesk.models.errors import Cancelled, Code
from crmdesk.services import check, duplicate_pairs, similarity
from crmdesk.services.book import Book
from tests.services.test_merging import do, listed, refused

FILE = Path("/work/shared/data/people_duplicates/dataset1.csv")


def firm(name: str, **more: Any) -> similarity.Party:
    return similarity.party(1, name=name, **more)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("ＡＢＣ  Trading Ltd", "abc trading ltd", "name"),
        ("上海鼎晟贸易有限公司", "上海鼎晟贸易有限责任公司", "legal_form"),
        ("上海鼎晟贸易有限公司", "「上海鼎晟贸易」", "legal_form"),
        ("Müller GmbH", "Müller AG", "legal_form"),
        ("Acme Co., Ltd", "ACME Inc.", "legal_form"),
        ("鼎晟贸易有限公司", "鼎盛贸易有限公司", "sound"),
        ("鼎盛贸易有限公司", "Ding Sheng Mao Yi Co., Ltd", "sound"),
        ("Hoffmann Maschinenbau GmbH", "Hofmann Maschinenbau GmbH", "name_typo"),
    ],
)
def test_names_say_why_they_are_one(one: str, other: str, reason: str) -> None:
    for left, right in ((one, other), (other, one)):
        _score, reasons = similarity.score(firm(left), firm(right))
        assert reasons == (reason,)


def test_what_contradicts_weighs_against() -> None:
    same = {"name": "上海鼎晟贸易有限公司"}
    assert similarity.score(firm(**same), firm(**same))[0] >= similarity.SAME_FROM
    numbers = ({"tax_number": "91310000MA1K00001X"}, {"tax_number": "91420100MA4F77723B"})
    found = similarity.score(firm(**same, **numbers[0]), firm(**same, **numbers[1]))
    assert found[0] < similarity.SAME_FROM
    people = [
        similarity.party(1, name="李娜", is_person=True, born_on=day) for day in ("19900101", "19850607")
    ]
    assert similarity.score(*people)[0] < similarity.SAME_FROM


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+86 138 0000 1111", "13800001111"),
        ("021-62881000", "62881000"),
        ("(0211) 555 1234", "+49 211 5551234"),
    ],
)
def test_phones_are_one_with_and_without_prefixes(one: str, other: str) -> None:
    left, right = ({similarity.phone_tail(one)}, {similarity.phone_tail(other)})
    assert similarity.same_phone(frozenset(left), frozenset(right))


TEXT = st.text("abc 李娜公司1", max_size=12)
PARTY = st.builds(
    lambda name, is_person, phone, tax, place, born: similarity.party(
        1, name=name, is_person=is_person, phones=(phone,), tax_number=tax, address=place, born_on=born
    ),
    TEXT, st.booleans(), st.text("0123-", max_size=12), st.text("9AB", max_size=6), TEXT,
    st.sampled_from(["", "19900101", "19900110"]),
)  # fmt: skip


@given(PARTY, PARTY)
def test_a_score_has_no_direction(one: similarity.Party, other: similarity.Party) -> None:
    score, reasons = similarity.score(one, other)
    assert 0 <= score <= 100
    assert (score, set(reasons)) == (similarity.score(other, one)[0], set(similarity.score(other, one)[1]))


def test_pairs_are_listed_and_dismissed_for_good(book: Book) -> None:
    do(book, "customer.create", code="A", name="上海鼎晟贸易有限公司", phone="021-62881000")
    do(book, "customer.create", code="B", name="上海鼎晟贸易有限责任公司", phone="62881000")
    do(book, "customer.create", code="C", name="北京华泰建材有限公司")
    (row,) = listed(book, "duplicates")
    assert (row["customer"], row["other"], row["score"]) == ("A", "B", 100)
    assert row["reasons"]
    refused(book, Code.INVALID_CHOICE, "duplicate.dismiss", customer="A", other="A")
    refused(book, Code.CUSTOMER_MISSING, "duplicate.dismiss", customer="A", other="X")
    for _twice in range(2):
        do(book, "duplicate.dismiss", customer="B", other="A")
    assert listed(book, "duplicates") == []
    do(book, "duplicate.dismiss", customer="A", other="B", undo=True)
    assert len(listed(book, "duplicates")) == 1
    record = do(book, "customer.merge", into="A", customers=["B"])["merge"]
    assert listed(book, "duplicates") == []
    assert [(row["merge"], row["code"], row["into"]) for row in listed(book, "merges")] == [
        (record, "B", "A")
    ]
    assert check.run(book)["clean"]


def test_a_decision_survives_a_merge_and_its_undoing(book: Book) -> None:
    for code in ("A", "B", "C"):
        do(book, "customer.create", code=code, name="鼎晟贸易有限公司")
    do(book, "duplicate.dismiss", customer="A", other="C")
    record = do(book, "customer.merge", into="B", customers=["A"])["merge"]
    assert [(row["customer"], row["other"]) for row in listed(book, "duplicates")] == [("B", "C")]
    do(book, "customer.unmerge", merge=record)
    found = {(row["customer"], row["other"]) for row in listed(book, "duplicates")}
    assert found == {("A", "B"), ("B", "C")}


def test_the_search_can_be_cancelled(book: Book) -> None:
    do(book, "customer.create", code="A", name="A")
    told: list[tuple[int, int]] = []
    with book.read() as connection:
        with pytest.raises(Cancelled):
            duplicate_pairs.pairs(connection, is_cancelled=lambda: True)
        assert duplicate_pairs.pairs(connection, progress=lambda done, all_: told.append((done, all_))) == []
    assert told[-1] == (2, 2)


def test_contacts_entered_twice_are_named(book: Book) -> None:
    people = [{"name": "Li Na"}, {"name": "Na Li"}, {"name": "王五", "mobile": "13800001111"}]
    people.append({"name": "王 武", "mobile": "+86 13800001111"})
    do(book, "customer.create", code="A", name="A", contacts=people)
    ids = [row["id"] for row in lists_contacts(book)]
    with book.read() as connection:
        owner = connection.exec_driver_sql("SELECT id FROM customer").scalar_one()
        assert duplicate_pairs.contact_twins(connection, owner) == [(ids[0], ids[1]), (ids[2], ids[3])]


def lists_contacts(book: Book) -> list[dict[str, Any]]:
    with book.read() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM contact ORDER BY id")
        return [{"id": row[0]} for row in rows]


@pytest.mark.skipif(not FILE.exists(), reason="the file of known pairs is not here")
@pytest.mark.parametrize("part", ["looked at", "not looked at", "all"])
def test_known_pairs_are_found_and_no_others(part: str) -> None:
    """FEBRL, 500 true pairs: recall and precision, also on the half that nobody looked at while weights were set."""
    with FILE.open(encoding="utf-8") as lines:
        rows = [
            {key.strip(): value or "" for key, value in row.items()}
            for row in csv.DictReader(lines, skipinitialspace=True)
        ]
    keep = {"looked at": (0,), "not looked at": (1,), "all": (0, 1)}[part]
    rows = [row for row in rows if int(row["rec_id"].split("-")[1]) % 2 in keep]
    place = ("street_number", "address_1", "address_2", "suburb", "postcode", "state")
    parties = [
        similarity.party(
            number, name=f"{row['given_name']} {row['surname']}".strip(), is_person=True,
            tax_number=row["soc_sec_id"], born_on=row["date_of_birth"].strip(),
            address=" ".join(filter(None, (row[name].strip() for name in place))),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    blocks: dict[str, set[int]] = {}
    people: dict[str, list[int]] = {}
    for party, row in zip(parties, rows, strict=True):
        people.setdefault(row["rec_id"].split("-")[1], []).append(party.id)
        for key in similarity.blocks(party):
            blocks.setdefault(key, set()).add(party.id)
    true = {tuple(ids) for ids in people.values() if len(ids) == 2}
    shared = [ids for ids in blocks.values() if len(ids) <= duplicate_pairs.BLOCK_MAX]
    candidates = {pair for ids in shared for pair in itertools.combinations(sorted(ids), 2)}
    found = {
        (one, other) for one, other in candidates
        if similarity.score(parties[one], parties[other])[0] >= similarity.SAME_FROM
    }  # fmt: skip
    assert len(found & true) / len(true) >= 0.95
    assert len(found & true) / len(found) >= 0.98
