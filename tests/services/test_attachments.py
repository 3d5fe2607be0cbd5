"""Files kept with records: names that do no harm, what is refused, and contents that are proved when read."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from crmdesk.models.errors import CrmdeskError
from crmdesk.services import attached_files, attachments, check, connections, use_cases
from crmdesk.services.book import Book
from tests.services.agreement_story import Story

PDF = b"%PDF-1.7 contract"


@pytest.fixture
def story(book: Book) -> Story:
    return Story(book)


def kept(story: Story, kind: str, record_id: int) -> list[str]:
    with story.book.read() as connection:
        return [one.name for one in attachments.of_record(connection, kind, record_id)]


def add(story: Story, file: Path | str, **more: Any) -> dict[str, Any]:
    return story.do("attachment.add", **({"kind": "customer", "customer": "C1", "file": str(file)} | more))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../x.pdf", "x.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("/etc/passwd", "passwd"),
        ("C:\\x", "x"),
        ("\\\\srv\\x", "x"),
        ("con.pdf", "_con.pdf"),
        ("nul", "_nul"),
        ("a:b.txt", "a-b.txt"),
        ("offer. ", "offer"),
        ("two\nlines.pdf", "two lines.pdf"),
        ("~", "File"),
        (".", "File"),
        ("..", "File"),
        ("", "File"),
        ("$HOME", "$HOME"),
        ("合同\u202efdp.pdf", "合同fdp.pdf"),
        ("-rf.pdf", "rf.pdf"),
    ],
)
def test_names_do_no_harm(given: str, shown: str) -> None:
    assert attached_files.clean_name(given) == shown


@pytest.mark.parametrize("name", ["x" * 300 + ".pdf", "发票" * 60 + ".pdf", "a" + "\u0301" * 200 + ".pdf"])
def test_long_names_keep_their_ending(name: str) -> None:
    cleaned = attached_files.clean_name(name)
    assert len(cleaned.encode()) <= 150
    assert cleaned.endswith(".pdf")
    assert attached_files.clean_name(cleaned) == cleaned


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("invoice.pdf.exe", PDF, ".exe"),
        ("invoice\u202efdp.exe", PDF, ".exe"),
        ("invoice.pdf", b"MZ\x90\x00", ".exe"),
        ("scan.png", b"\x7fELF\x02", ".elf"),
        ("report.pdf", b"<!DOCTYPE html><script>", ".html"),
        ("a.lnk", b"x", ".lnk"),
        ("a.JS", b"x", ".js"),
        ("page.html", b"x", ".html"),
        ("run.pdf ", b"#!/bin/sh\n", ".sh"),
    ],
)
def test_what_runs_by_itself_is_refused_by_its_true_type(
    story: Story, name: str, content: bytes, kind: str
) -> None:
    with pytest.raises(CrmdeskError, match=rf"\{kind}\b") as caught:
        story.do(
            "attachment.add",
            kind="customer",
            customer="C1",
            name=name,
            content=base64.b64encode(content).decode(),
        )
    assert caught.value.code == "type_blocked"


def test_what_is_no_plain_file_is_refused(story: Story, tmp_path: Path) -> None:
    plain = tmp_path / "a.pdf"
    plain.write_bytes(PDF)
    empty, large = tmp_path / "empty.pdf", tmp_path / "large.pdf"
    empty.touch()
    large.touch()
    os.truncate(large, 3 * 1024**3)
    fifo, link = tmp_path / "fifo", tmp_path / "link.pdf"
    os.mkfifo(fifo)
    link.symlink_to(plain)
    for path, code in (
        (tmp_path, "not_a_file"),
        (fifo, "not_a_file"),
        (link, "not_a_file"),
        (Path("/dev/zero"), "not_a_file"),
        (empty, "file_empty"),
        (large, "file_too_large"),
        (tmp_path / "nowhere.pdf", "file_missing"),
        (plain / "below.pdf", "file_missing"),
    ):
        assert story.refused("attachment.add", kind="customer", customer="C1", file=str(path)) == (
            code,
            "file",
        )


def test_a_file_that_goes_away_or_changes_while_it_is_read(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pdf"
    true_open = os.open

    def gone(*given: Any, **more: Any) -> int:
        path.unlink()
        return true_open(*given, **more)

    def grown(*given: Any, **more: Any) -> int:
        with path.open("ab") as stream:
            stream.write(b"more")
        return true_open(*given, **more)

    for trick in (gone, grown):
        path.write_bytes(PDF)
        with monkeypatch.context() as patch:
            patch.setattr(attached_files.os, "open", trick)
            with pytest.raises(CrmdeskError) as caught:
                attached_files.read(path)
        assert caught.value.code == "file_gone"


def test_a_picture_too_large_to_open_is_refused(tmp_path: Path, story: Story) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (50_000, 1)).save(path)
    assert story.refused("attachment.add", kind="customer", customer="C1", file=str(path)) == (
        "image_too_large",
        "file",
    )
    Image.new("1", (50, 50)).save(path)
    assert add(story, path)["name"] == "huge.png"


def test_a_script_in_a_pdf_is_told(story: Story) -> None:
    arguments = {"kind": "customer", "customer": "C1", "name": "../a.pdf",
                 "content": base64.b64encode(PDF + b" /OpenAction << /S /JavaScript /JS (x) >>").decode()}  # fmt: skip
    outcome = use_cases.run_outcome(story.book, "attachment.add", arguments)
    assert [one["code"] for one in outcome.warnings] == ["name_changed", "script_inside"]


def test_on_every_record_once_in_the_book(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "合同扫描件.pdf"
    path.write_bytes(PDF)
    contract = story.contract()
    invoice = story.do("contract.bill", contract=contract, date="2026-06-01")["number"]
    payment = story.do("payment.record", customer="C1", amount="10", date="2026-06-02")["number"]
    loss = story.do("writeoff.record", invoice=invoice, amount="1", date="2026-06-03", ground="small_difference",
                    reason="y")["number"]  # fmt: skip
    for kind, number in (
        ("contract", contract),
        ("invoice", invoice),
        ("payment", payment),
        ("writeoff", loss),
    ):
        assert add(story, path, kind=kind, number=number, customer=None)["name"] == "合同扫描件.pdf"
    told = add(story, path)
    assert told["hash"] == hashlib.sha256(PDF).hexdigest()
    assert told["size"] == len(PDF)
    assert story.refused("attachment.add", kind="contract", number="HT-9", file=str(path)) == (
        "not_found",
        "number",
    )
    assert story.refused("attachment.add", kind="contract", file=str(path)) == ("required", "number")
    assert story.refused("attachment.add", kind="customer", customer="C1") == ("required", "file")
    assert story.refused("attachment.add", kind="customer", customer="C1", content="§") == (
        "invalid_type",
        "content",
    )
    assert story.refused("customer.delete", customer="C1") == ("in_use", "customer")
    with story.book.read() as connection:
        found, data = attachments.content_of(connection, told["attachment"])
        assert data == PDF
        assert kept(story, "customer", found.record_id) == [path.name]
        # saving never replaces another file unasked
        target = attachments.save_as(connection, told["attachment"], tmp_path / "copy.pdf")
        assert target.read_bytes() == PDF
        target.write_bytes(b"mine")
        with pytest.raises(CrmdeskError) as caught:
            attachments.save_as(connection, told["attachment"], target)
        assert caught.value.code == "target_exists"
        assert target.read_bytes() == b"mine"
        folder = tmp_path / "folder"
        folder.mkdir()
        assert attachments.save_as(connection, told["attachment"], folder).name == path.name
    story.do("attachment.remove", attachment=told["attachment"])
    assert kept(story, "customer", found.record_id) == []
    assert story.refused("attachment.remove", attachment=told["attachment"]) == ("not_found", "attachment")
    assert check.run(story.book)["checked"]["attachment"] == 5
    assert story.is_clean()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE blob SET content = x'00'", "attachment_altered"),
        ("DELETE FROM blob", "attachment_missing"),
    ],
)
def test_a_content_changed_behind_the_program(
    story: Story, tmp_path: Path, statement: str, code: str
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    told = add(story, path)
    raw = connections.connector(story.book.path, is_read_only=False)()
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute(statement)
    raw.commit()
    raw.close()
    assert code in {found["code"] for found in check.run(story.book)["violations"]}
    with story.book.read() as connection, pytest.raises(CrmdeskError) as caught:
        attachments.content_of(connection, told["attachment"])
    assert caught.value.code == code
