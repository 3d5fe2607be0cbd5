"""A merge of tags leaves history and is taken back exactly: who had which tag, by whose word, rules, colour, use."""

from __future__ import annotations

import random

import pytest

from crmdesk.models.errors import Code
from crmdesk.services import lists
from crmdesk.services.book import Book
from tests.services.test_category_merging import do, dump, is_clean, refused

_TABLES = ("tag", "customer_tag", "segment", "reminder_rule", "segment_member")


def history(book: Book) -> list[tuple[str, str, str, int, bool]]:
    return [
        (row["action"], row["before"], row["after"], row["customers"], row["undone"])
        for row in reversed(lists.as_json(book, "tag_history", sort="-at")["rows"])
    ]


@pytest.fixture
def tagged(book: Book) -> Book:
    for code in "ABCDEF":
        do(book, "customer.create", code=code, name=code)
    do(book, "tag.create", tag="老", colour="warn")
    do(book, "tag.add", tag="老", customers=["A", "B"])
    do(book, "tag.add", tag="新", customers=["B", "C"])
    do(book, "segment.create", name="给老", rule="code in (C, D)", tag="老")
    do(book, "segment.create", name="给新", rule="code in (A, D)", tag="新")
    do(book, "segment.create", name="问老", rule="tag = 老 or tag = 新")
    do(book, "reminder_rule.create", name="old", days=[7], tag="老")
    do(book, "tag.retire", tag="老")
    return book


def carriers(book: Book, name: str) -> list[str]:
    return [row["code"] for row in lists.as_json(book, "customers", filter=f"tag = {name}")["rows"]]


def test_a_merge_of_tags_is_taken_back_exactly(tagged: Book) -> None:
    before = dump(tagged, *_TABLES)
    for _time in (1, 2):
        do(tagged, "tag.merge", tag="老", into="新")
        assert carriers(tagged, "新") == ["A", "B", "C", "D"]
        assert is_clean(tagged)
        assert do(tagged, "tag.undo_merge", tag="新") == {"tag": "老", "returned": 4}
        assert dump(tagged, *_TABLES) == before
        assert is_clean(tagged)
    assert refused(tagged, "tag.undo_merge", tag="新") is Code.NOT_FOUND
    merged, undone = ("merged", "老", "新", 0, True), ("undone", "新", "老", 4, False)
    assert history(tagged) == [("retired", "老", "老", 0, False), merged, undone, merged, undone]


def test_merges_of_tags_are_undone_the_last_one_first_through_renames(tagged: Book) -> None:
    do(tagged, "tag.add", tag="三", customers=["E", "F"])
    before = dump(tagged, *_TABLES)
    do(tagged, "tag.merge", tag="老", into="新")
    do(tagged, "tag.rename", tag="新", name="后")
    do(tagged, "tag.merge", tag="后", into="三")
    assert carriers(tagged, "三") == ["A", "B", "C", "D", "E", "F"]
    assert do(tagged, "tag.undo_merge", tag="三")["tag"] == "后"
    do(tagged, "tag.rename", tag="后", name="新")
    assert do(tagged, "tag.undo_merge", tag="新")["tag"] == "老"
    assert dump(tagged, *_TABLES) == before
    assert is_clean(tagged)


def test_who_lost_the_tag_since_gets_neither_and_the_hand_s_word_stays(tagged: Book) -> None:
    do(tagged, "tag.create", tag="三")
    do(tagged, "tag.merge", tag="老", into="三")
    do(tagged, "tag.remove", tag="三", customer="A")
    do(tagged, "tag.add", tag="三", customers=["D", "E"])
    do(tagged, "tag.undo_merge", tag="三")
    assert carriers(tagged, "老") == ["B", "C", "D"]
    assert carriers(tagged, "三") == ["E"]
    do(tagged, "segment.update", segment="给老", rule="code = B")
    assert carriers(tagged, "老") == ["B", "D"]  # D was given by hand while it was merged
    assert is_clean(tagged)


def test_a_taken_name_stands_in_the_way(tagged: Book) -> None:
    do(tagged, "tag.merge", tag="老", into="新")
    do(tagged, "tag.create", tag="老")
    assert refused(tagged, "tag.undo_merge", tag="新") is Code.DUPLICATE
    do(tagged, "tag.rename", tag="老", name="另")
    do(tagged, "tag.undo_merge", tag="新")
    assert refused(tagged, "tag.undo_merge", tag="x") is Code.NOT_FOUND
    assert is_clean(tagged)


@pytest.mark.parametrize("seed", range(6))
def test_any_merges_taken_back_leave_the_book_as_it_was(tagged: Book, seed: int) -> None:
    chance = random.Random(seed)
    words = ["老", "新", "三", "四"]
    for word in words[2:]:
        do(tagged, "tag.create", tag=word, colour=chance.choice(["", "good", "danger"]))
    for _step in range(6):
        who = chance.sample("ABCDEF", chance.randint(1, 4))
        tag = chance.choice(words[1:])  # the first one is retired
        if chance.random() < 0.7:
            do(tagged, "tag.add", tag=tag, customers=who)
        else:
            do(tagged, "segment.create", name=f"r{_step}", rule=f"code in ({', '.join(who)})", tag=tag)
    retired = {"老", chance.choice(words)}
    for word in retired:
        do(tagged, "tag.retire", tag=word)
    stack, states = [], []
    while len(words) > 1:
        states.append(dump(tagged, *_TABLES))
        source, target = chance.sample(words, 2)
        if target in retired and source not in retired:  # refused; the other way round is not
            source, target = target, source
        do(tagged, "tag.merge", tag=source, into=target)
        words.remove(source)
        stack.append(target)
        assert is_clean(tagged)
        if chance.random() < 0.3:  # one back and forth by the way
            back = do(tagged, "tag.undo_merge", tag=stack.pop())["tag"]
            assert dump(tagged, *_TABLES) == states.pop()
            words.append(back)
    while stack:
        do(tagged, "tag.undo_merge", tag=stack.pop())
        assert dump(tagged, *_TABLES) == states.pop()
        assert is_clean(tagged)
