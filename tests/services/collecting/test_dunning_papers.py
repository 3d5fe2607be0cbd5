"""Reminders that leave the program: the letter's text, the draft of an e-mail, the run that writes and notes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pypdfium2
import pytest

from crmdesk.cli.main import main
from crmdesk.models.errors import CrmdeskError
from crmdesk.services import dunning_papers, dunning_texts, mail_drafts, reminders, reminders_due
from crmdesk.services.book import Book
from tests.services.collecting.conftest import Do
from tests.services.small_book import rows

Bill = Callable[..., str]


def text_of(pdf: bytes) -> str:
    """All the words of a PDF, without breaks."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "")


@pytest.fixture
def shop(do: Do, bill: Bill) -> Do:
    do("company.update", interest_rate="0.0365", bank="工商银行", bank_account="6222 0000")
    do(
        "customer.create",
        code="A",
        name="鼎晟贸易",
        contacts=[{"name": "林悦", "email": "lin@dingsheng.example"}],
    )
    do("customer.create", code="B", name="O'Hara & Sons")
    do("reminder_rule.create", name="letters", days=[1])
    for code in "AB":
        bill(code, "2026-05-01", "1000")
    bill("A", "2026-06-20", "500")
    do("payment.record", customer="A", amount="100", date="2026-06-25")
    return do


def letter(book: Book, code: str, language: str, level: int | None = None) -> str:
    on = date(2026, 6, 30)
    with book.read() as connection:
        due = dunning_papers.overdue(connection, code, on, level=level)
        return text_of(dunning_papers.pdf(connection, [due], on, language=language).pdf)


def test_the_letter_says_everything(book: Book, shop: Do) -> None:
    english = letter(book, "A", "en")
    for words in (
        "Payment reminder",
        "Dear 林悦",
        "CNY 1,500.00",
        "2026-07-07",
        "INV-2026-0001",
        "60",
        "1,000.00",
        "500.00",
        "6.50",
        "Less your credit, not yet allocated",
        "-100.00",
        "CNY 1,400.00",
        "¥1,400.00",
        "工商银行",
        "6222 0000",
    ):
        assert words in english, words
    assert "壹仟肆佰元整" in letter(book, "A", "zh_CN")
    assert "Final demand" in letter(book, "A", "en", level=3)


def test_credit_lessens_one_of_two_letters_and_none_below_nothing(book: Book, shop: Do) -> None:
    shop("reminder_rule.create", name="others", days=[30])
    with book.read() as connection:
        found = reminders_due.load(connection, date(2026, 6, 30)).due
        own = [one for one in found if one.customer == "A"]
        assert len(own) == 2
        assert sum(one.credit_minor for one in own) == 100_00
        assert sum(one.pay_minor for one in own) == 1400_00
        part = own[0].only([own[0].items[-1].document_id])._replace(credit_minor=9999_00)
        assert part.pay_minor == 0
        assert dunning_papers.letter(connection, part, date(2026, 6, 30)).pay_minor == 0


def test_all_reminders_in_one_file_and_a_word_where_there_is_no_rule(
    book: Book, shop: Do, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "all.pdf"
    assert main(["remind", str(book.path), "--consolidated", "--out", str(target), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": [str(target)]}
    words = text_of(target.read_bytes())
    assert "鼎晟贸易" in words
    assert "O'Hara & Sons" in words
    with book.read() as connection:
        assert [len(reminders.of_customer(connection, code)) for code in "AB"] == [1, 1]
    assert main(["remind", str(book.path), "--consolidated", "--out", str(tmp_path / "again.pdf")]) == 0
    assert "Nobody is to be reminded." in capsys.readouterr().err
    assert not (tmp_path / "again.pdf").exists()
    shop("reminder_rule.update", rule="letters", active=False)
    assert main(["remind", str(book.path), "--dry-run"]) == 0
    told = capsys.readouterr().out
    line = json.loads("{" + told.partition("{")[2])
    shop(line.pop("do"), **line | {"name": "anew"})  # the hint works as it stands


def test_own_words_and_those_of_a_rule(book: Book, shop: Do) -> None:
    shop(
        "dunning.set_text",
        level=1,
        language="en",
        subject="Hello {customer}",
        body="{count} items, {oldest_days} days",
    )
    assert "2 items, 60 days" in letter(book, "A", "en")
    shop("customer.update", customer="A", name="{company}")
    assert "Hello {company}" in letter(book, "A", "en"), "a name is never read as a placeholder"
    shop("reminder_rule.update", rule="letters", text_en="By {pay_by}, level {level}: {interest}")
    with book.read() as connection:
        due = reminders_due.load(connection, date(2026, 6, 30)).due[0]
        made = dunning_papers.letter(connection, due, date(2026, 6, 30), language="both")
    assert made.bodies[1] == "By 2026-07-07, level 1: CNY 6.50"
    assert len(made.subjects) == 2
    shop("dunning.set_text", level=1, language="en", subject="", body="")
    with book.read() as connection:
        own = dunning_texts.words_of(settings_of(book), 1, "en")
    assert own == dunning_texts.own_words(1, "en")


def settings_of(book: Book):
    from crmdesk.services import settings

    with book.read() as connection:
        return settings.load(connection)


def test_the_draft_is_a_message_with_the_same_pdf(book: Book, shop: Do) -> None:
    with book.read() as connection:
        due = reminders_due.load(connection, date(2026, 6, 30)).due[0]
        made = dunning_papers.letter(connection, due, date(2026, 6, 30), language="both")
        rendered = dunning_papers.pdf(connection, [due], date(2026, 6, 30), language="both")
        found = mail_drafts.required(connection, [due.customer_id])
        raw = mail_drafts.draft(found[due.customer_id], made, rendered.pdf, "催款 A.pdf")
        with pytest.raises(CrmdeskError) as caught:
            mail_drafts.required(
                connection, [reminders_due.load(connection, date(2026, 6, 30)).due[1].customer_id]
            )
    assert caught.value.code == "email_missing"
    assert "B O'Hara & Sons" in caught.value.message
    message = message_from_bytes(raw, policy=default)
    assert message["X-Unsent"] == "1"
    assert message["To"] == "林悦 <lin@dingsheng.example>"
    assert message["Subject"] == " / ".join(made.subjects)
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").startswith(made.bodies[0])
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "催款 A.pdf"
    assert attached.get_payload(decode=True) == rendered.pdf


def test_a_run_writes_and_notes_each_once(
    book: Book, shop: Do, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop("reminder_rule.update", rule="letters", channel="mail")
    before = rows(book.path)
    assert main(["remind", str(book.path), "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["customer"], row["total"]) for row in told["due"]] == [("A", "1500.00"), ("B", "1000.00")]
    assert rows(book.path) == before
    out = tmp_path / "out"
    assert main(["remind", str(book.path), "--out", str(out), "--language", "both", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert [problem["code"] for problem in error["problems"]] == ["email_missing"]
    (path,) = out.iterdir()
    assert path.suffix == ".eml"
    with book.read() as connection:
        (entry,) = reminders.of_customer(connection, "A")
        assert reminders.of_customer(connection, "B") == []
    assert (entry.channel, entry.total_minor) == ("mail", 1500_00)
    assert entry.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    shop("reminder_rule.update", rule="letters", channel="letter")
    assert main(["remind", str(book.path), "--out", str(out)]) == 0
    assert sorted(one.suffix for one in out.iterdir()) == [".eml", ".pdf"]
    assert main(["remind", str(book.path), "--out", str(out)]) == 0, "a second time there is nothing"
    assert len(list(out.iterdir())) == 2


def test_a_reminder_is_printed_whatever_the_rules_say(
    book: Book, shop: Do, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "A.pdf"
    assert (
        main(["print", "dunning", "A", str(book.path), "--level", "2", "--language", "en", "--out", str(out)])
        == 0
    )
    assert "Second payment reminder" in text_of(out.read_bytes())
    shop("payment.record", customer="B", amount="1000", allocate="oldest")
    capsys.readouterr()
    assert main(["print", "dunning", "B", str(book.path), "--out", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "nothing_open"
