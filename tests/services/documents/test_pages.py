"""Page breaks: every row once and in order, sums carried and right, no heading and no sum left alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from crmdesk.models.money import grouped
from crmdesk.services.documents.model import StatementDoc, StatementStyle
from crmdesk.services.documents.paper import PAPERS
from crmdesk.services.documents.printing import render
from tests.services.documents.samples import invoice, page_texts, receipt, squeezed, statement

COUNTS = [0, 1, 2, 3, 9, 10, 11, 24, 25, 26, 27, 28, 29, 30, 31, 60, 61]


def numbers_on(text: str) -> list[str]:
    return re.findall(r"DOC-\d{5}", text)


@pytest.mark.parametrize("style", list(StatementStyle))
@pytest.mark.parametrize("paper", list(PAPERS))
def test_every_line_once_and_in_order(paper: str, style: StatementStyle) -> None:
    for count in COUNTS:
        document = statement(count, style)
        pages = page_texts(render([document], paper, "en").pdf)
        found = [number for page in pages for number in numbers_on(squeezed(page))]
        assert found == [line.number for line in document.sections[0].lines], count
        assert_numbered(pages)


def test_a_thousand_lines() -> None:
    document = statement(1000)
    rendered = render([document], "A4", "both")
    pages = page_texts(rendered.pdf)
    found = [number for page in pages for number in numbers_on(squeezed(page))]
    assert found == [f"DOC-{index:05d}" for index in range(1000)]
    assert_carried(document, pages)
    assert 20 < rendered.page_count < 35


def assert_numbered(pages: list[str]) -> None:
    for number, page in enumerate(pages, start=1):
        assert f"Page{number}of{len(pages)}" in squeezed(page)


def assert_carried(document: StatementDoc, pages: list[str]) -> None:
    """The line at a page's foot, the one at the next page's head and the lines themselves say the same."""
    section = document.sections[0]
    done = 0
    for index, page in enumerate(pages):
        text = squeezed(page)
        done += len(numbers_on(text))
        has_rows_before = index > 0 and numbers_on(text)
        if has_rows_before:
            assert "Broughtforward" in text
        if done < len(section.lines):
            debit = sum(line.debit_minor for line in section.lines[:done])
            credit = sum(line.credit_minor for line in section.lines[:done])
            balance = section.lines[done - 1].balance_minor if done else section.opening_minor
            sums = "".join(grouped(minor, "CNY") for minor in (debit, credit, balance))
            assert f"Carriedforward{sums}" in text
            assert f"Broughtforward{sums}" in squeezed(pages[index + 1])
    debit = sum(line.debit_minor for line in section.lines)
    credit = sum(line.credit_minor for line in section.lines)
    sums = "".join(grouped(minor, "CNY") for minor in (debit, credit, section.closing_minor))
    assert f"Totalandclosingbalance{sums}" in squeezed("".join(pages))


@pytest.mark.parametrize("paper", list(PAPERS))
def test_sums_are_carried_over_pages(paper: str) -> None:
    for count in (25, 26, 61, 150):
        document = statement(count)
        assert_carried(document, page_texts(render([document], paper, "en").pdf))


@pytest.mark.parametrize("paper", list(PAPERS))
def test_no_sum_stands_alone(paper: str) -> None:
    """The page with the total also has lines, at every length round a page's end."""
    for count in range(1, 75):
        document = replace(statement(count), has_slip=False)
        pages = [squeezed(page) for page in page_texts(render([document], paper, "en").pdf)]
        (total_page,) = [page for page in pages if "Totalandclosingbalance" in page]
        assert len(numbers_on(total_page)) >= min(count, 2), count
        (closing_page,) = [page for page in pages if "Closingbalance¥" in page or "Closingbalance-" in page]
        assert closing_page is total_page
        for page in pages:
            if "Particulars" in page:
                assert numbers_on(page) or "Openingbalance" in page


@pytest.mark.parametrize("paper", list(PAPERS))
def test_invoice_lines_over_pages(paper: str) -> None:
    for count in (1, 7, 8, 9, 10, 25, 26, 80):
        document = invoice(count)
        pages = page_texts(render([document], paper, "zh_CN").pdf)
        found = [name for page in pages for name in re.findall(r"瓷砖胶\d{4}", squeezed(page))]
        assert found == [line.description for line in document.lines], count
        with_total = [page for page in pages if f"¥{grouped(document.total_minor, 'CNY')}" in squeezed(page)]
        assert len(with_total) == 1
        assert re.search(r"瓷砖胶\d{4}", squeezed(with_total[0]))
        assert len(with_total[0]) > 0


@pytest.mark.parametrize("paper", list(PAPERS))
def test_receipt_with_many_invoices(paper: str) -> None:
    for count in (0, 1, 3, 12, 40):
        document = receipt(count)
        rendered = render([document], paper, "en")
        pages = page_texts(rendered.pdf)
        found = [number for page in pages for number in re.findall(r"INV-2026-\d{4}", squeezed(page))]
        assert found == [item.number for item in document.settled]
        assert sum("Company seal" in page for page in pages) == 1
    assert render([receipt(3)], paper, "both").page_count == 1


def test_the_slip_is_on_the_last_page_once() -> None:
    for paper in PAPERS:
        for count in range(0, 45, 4):
            pages = page_texts(render([statement(count)], paper, "en").pdf)
            assert ["Confirmation slip" in page for page in pages] == [False] * (len(pages) - 1) + [True]
            assert ["Agreed" in page for page in pages][-1]
