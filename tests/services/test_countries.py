"""Countries by code and by name, and addresses that name one that is none."""

from __future__ import annotations

import pytest

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.services import countries
from crmdesk.services.book import Book
from tests.services.small_book import do


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "DE"),
        ("Germany", "DE"),
        ("Frankreich", "FR"),
        ("中国", "CN"),
        ("中国大陆", "CN"),
        ("PRC", "CN"),
        ("France", "FR"),
        ("USA", "US"),
        ("UK", "GB"),
        ("Nirgends", ""),
        ("Infinity", ""),
        ("ZZ", ""),
        ("", ""),
    ],
)
def test_countries_are_known_by_code_and_name(text: str, code: str) -> None:
    assert countries.code_of(text) == code


def test_an_address_is_in_a_country(book: Book) -> None:
    with pytest.raises(CrmdeskError, match="“Infinity” is not a country") as caught:
        do(book, "customer.create", code="C1", name="A", addresses=[{"street": "1", "country": "Infinity"}])
    assert (caught.value.code, caught.value.field) == (Code.COUNTRY_UNKNOWN, "addresses[0].country")
    do(book, "customer.create", code="C1", name="A", addresses=[{"street": "1", "country": "USA"}])
    with pytest.raises(CrmdeskError) as caught:
        do(book, "address.add", customer="C1", street="2", country="Infinity")
    assert (caught.value.code, caught.value.field) == (Code.COUNTRY_UNKNOWN, "country")
    added = do(book, "address.add", customer="C1", street="2", country="France")["address"]
    with pytest.raises(CrmdeskError) as caught:
        do(book, "address.update", address=added, country="Infinity")
    assert caught.value.code is Code.COUNTRY_UNKNOWN
