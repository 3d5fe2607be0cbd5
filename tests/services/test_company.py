"""The company's details, the book's rules and its pictures."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import company, use_cases
from crmdesk.services.book import Book


def do(book: Book, use_case: str, /, **arguments: Any) -> dict[str, Any]:
    return use_cases.run(book, use_case, arguments)


def refused(book: Book, use_case: str, /, **arguments: Any) -> Code:
    with pytest.raises(CrmdeskError) as caught:
        do(book, use_case, **arguments)
    return caught.value.code


def test_details_change_and_say_which(book: Book) -> None:
    changed = do(
        book, "company.update", phone="021", address="南京路", rounding="line", writeoff_attachment="100"
    )
    assert changed == {"changed": ["address", "phone", "writeoff_attachment"]}
    assert (book.settings.address, book.settings.writeoff_attachment_minor) == ("南京路", 10_000)
    do(book, "company.update", clear=["address"])
    assert book.settings.address == ""
    assert refused(book, "company.update", clear=["name"]) is Code.INVALID_CHOICE
    assert refused(book, "company.update", clear=["currency"]) is Code.INVALID_CHOICE
    assert refused(book, "company.update", currency="USD") is Code.UNKNOWN_FIELD


def test_what_makes_no_sense_is_refused(book: Book) -> None:
    assert refused(book, "company.update", electronic_address_scheme="ZZZ9") is Code.INVALID_CHOICE
    assert refused(book, "company.update", electronic_address_scheme="12345") is Code.INVALID_CHOICE
    for days in ("dunning_gap_days", "dunning_pay_days", "interest_grace_days"):
        with pytest.raises(CrmdeskError, match="at most 3650") as caught:
            do(book, "company.update", **{days: 20260601})
        assert (caught.value.code, caught.value.field) == (Code.OUT_OF_RANGE, days)
    for scheme in ("0204", "9930", "EM"):
        do(book, "company.update", electronic_address_scheme=scheme, dunning_gap_days=3650)
    do(book, "company.update", clear=["electronic_address_scheme"])


def test_prefixes_are_checked_and_stay_once_used(book: Book) -> None:
    do(book, "company.update", prefixes={"invoice": "FP", "customer": "K"})
    assert do(book, "customer.create", name="A")["code"] == "K00001"
    line = {"description": "x", "quantity": "1", "unit_price": "10", "tax_rate": "0"}
    assert (
        do(book, "invoice.issue", customer="K00001", date="2026-05-01", lines=[line])["number"]
        == "FP-2026-0001"
    )
    assert refused(book, "company.update", prefixes={"invoice": "INV"}) is Code.IN_USE
    assert refused(book, "company.update", prefixes={"credit": "FP"}) is Code.INVALID_CHOICE
    assert refused(book, "company.update", prefixes={"credit": "A-B"}) is Code.INVALID_CHOICE
    do(book, "company.update", prefixes={"invoice": "FP", "credit": "HZ"})
    assert book.settings.prefixes["credit"] == "HZ"
    assert book.settings.prefixes["payment"] == "RC"


def picture(form: str, width: int = 40, height: int = 20) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "#0E7C66").save(stream, form)
    return stream.getvalue()


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_logo_is_stored_as_it_is_and_removed(book: Book, form: str) -> None:
    data = picture(form)
    assert do(book, "company.set_picture", content=text_of(data)) == {"width": 40, "height": 20}
    with book.read() as connection:
        assert company.picture_of(connection) == data
        assert company.picture_of(connection, "stamp") is None
    do(book, "company.set_picture", content=text_of(picture("PNG", 10, 10)))
    assert do(book, "company.remove_picture") == {"removed": True}
    assert do(book, "company.remove_picture") == {"removed": False}


def test_what_is_no_picture_is_refused(book: Book) -> None:
    good = picture("PNG")
    assert refused(book, "company.set_picture", content="not base64 !") is Code.IMAGE_INVALID
    assert refused(book, "company.set_picture", content=text_of(b"hello")) is Code.IMAGE_INVALID
    assert refused(book, "company.set_picture", content=text_of(good[:-30])) is Code.IMAGE_INVALID
    assert refused(book, "company.set_picture", content=text_of(picture("GIF"))) is Code.IMAGE_INVALID
    assert refused(book, "company.set_picture", content=text_of(picture("BMP"))) is Code.IMAGE_INVALID
    wide = picture("PNG", 4001, 1)
    assert refused(book, "company.set_picture", content=text_of(wide)) is Code.IMAGE_TOO_LARGE
    with pytest.raises(CrmdeskError) as caught:
        company.check_picture(b"\x89PNG" + bytes(company.PICTURE_BYTES_MAX))
    assert caught.value.code is Code.IMAGE_TOO_LARGE
    # a header that claims 50,000 x 50,000 pixels is refused before anything is decoded
    huge = bytearray(good)
    huge[16:24] = (50_000).to_bytes(4, "big") * 2
    assert refused(book, "company.set_picture", content=text_of(bytes(huge))) in (
        Code.IMAGE_TOO_LARGE,
        Code.IMAGE_INVALID,
    )
    with book.read() as connection:
        assert company.picture_of(connection) is None
