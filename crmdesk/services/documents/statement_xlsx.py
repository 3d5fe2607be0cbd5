"""A statement as a workbook: one sheet per currency, true dates and numbers, ready to print.

Every text is written as a string and never as a formula or link, whatever it begins with; such texts also
carry the quote prefix, so that they stay texts when the cell is edited. The same statement gives the same
bytes.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmdesk.models.money import digits, to_decimal
from crmdesk.models.specs.documents import STATEMENT_LINES
from crmdesk.services.documents import figures
from crmdesk.services.documents.labels import Labels
from crmdesk.services.documents.model import StatementDoc, StatementSection, StatementStyle
from crmdesk.services.documents.statement import original_and_open
from crmdesk.services.documents.stationery import own_facts
from crmdesk.text import N_

_CELL_MAX = 32_767  # what Excel keeps of a text
_ROW_HEIGHT = 18  # points
_DESCRIPTION_WIDTH = 38  # characters
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_INK, _GREY, _TINT, _RULE = "#1E1F1D", "#62635E", "#F4F4F0", "#8C8D87"


def statement_workbook(doc: StatementDoc, language: str = "zh_CN") -> bytes:
    """The .xlsx file of a statement. `language` is zh_CN, en or both; raises InvalidInput for others."""
    import xlsxwriter

    labels = Labels(language)
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    book: Any = xlsxwriter.Workbook(buffer, options)
    # A fixed moment instead of the clock: what was printed can be compared byte by byte.
    book.set_properties(
        {
            "title": labels.one(N_("Statement of account")),
            "subject": doc.party.name,
            "author": doc.company.name,
            "created": datetime(doc.to_on.year, doc.to_on.month, doc.to_on.day),  # noqa: DTZ001
        }
    )
    formats = _Formats(book, is_chinese=labels.has_chinese)
    for section in doc.sections:
        _Sheet(book.add_worksheet(section.currency), formats, labels, doc, section).write()
    book.close()
    return buffer.getvalue()


class _Formats:
    """The cell formats, made once each."""

    def __init__(self, book: Any, *, is_chinese: bool) -> None:
        self._book = book
        # faces that come with the systems; a workbook cannot carry its own
        self._face = "Microsoft YaHei" if is_chinese else "Calibri"
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        """The format with these properties on top of the common ones."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            common = {"font_name": self._face, "font_size": 10, "font_color": _INK, "valign": "vcenter"}
            self._made[key] = self._book.add_format(common | properties)
        return self._made[key]


class _Sheet:
    """One currency of a statement on one sheet."""

    def __init__(
        self, sheet: Any, formats: _Formats, labels: Labels, doc: StatementDoc, section: StatementSection
    ) -> None:
        self.sheet = sheet
        self.formats = formats
        self.labels = labels
        self.doc = doc
        self.section = section
        places = digits(section.currency)
        plain = "#,##0" + ("." + "0" * places if places else "")
        self.money = f"{plain};[Red]-{plain}"
        self.row = 0

    def write(self) -> None:
        """Head, table, closing balance, ageing; then how it looks on paper."""
        columns = self._columns()
        self._head(len(columns))
        table_row = self.row
        self._table(columns)
        self._closing()
        self._ageing()
        self._page(columns, table_row)

    # -------------------------------------------------------------- cells

    def text(self, column: int, text: str, **properties: Any) -> None:
        """A string, whatever it looks like."""
        text = "".join(char for char in text if char >= " " or char in "\t\n")[:_CELL_MAX]
        if text.startswith(_RISKY):
            properties["quote_prefix"] = True
        if text or properties.get("bg_color") or properties.get("top") or properties.get("bottom"):
            self.sheet.write_string(self.row, column, text, self.formats.get(**properties))

    def amount(self, column: int, minor: int, **properties: Any) -> None:
        """A number with the digits of its currency."""
        value: Decimal = to_decimal(minor, self.section.currency)
        form = self.formats.get(num_format=self.money, align="right", **properties)
        self.sheet.write_number(self.row, column, value, form)

    def day(self, column: int, value: date | None, **properties: Any) -> None:
        """A true date."""
        if value is None:
            return
        form = self.formats.get(num_format="yyyy-mm-dd", align="left", **properties)
        self.sheet.write_datetime(self.row, column, value, form)

    # -------------------------------------------------------------- parts

    def _columns(self) -> list[tuple[str, float, bool]]:
        """English title, width in characters and whether it holds money."""
        style = self.doc.style
        common = [
            (N_("Date"), 12, False),
            (N_("Particulars"), _DESCRIPTION_WIDTH, False),
            (N_("Document no."), 18, False),
        ]
        if style is StatementStyle.OPEN_ITEM:
            return [
                *common,
                (N_("Due date"), 12, False),
                (N_("Original"), 16, True),
                (N_("Settled"), 16, True),
                (N_("Open amount"), 16, True),
            ]
        money = [(N_("Charges"), 16, True), (N_("Paid or credited"), 16, True)]
        if style is StatementStyle.BALANCE_FORWARD:
            money.append((N_("Balance"), 16, True))
        return [*common, *money]

    def _head(self, columns: int) -> None:
        doc, labels = self.doc, self.labels
        self.text(0, doc.company.name, bold=True, font_size=14)
        title = labels(N_("Statement of account")).joined
        self.text(columns - 1, title, bold=True, font_size=14, align="right")
        self.row += 1
        contact = " · ".join(part for part in (doc.company.address, doc.company.phone) if part)
        self.text(0, contact, font_color=_GREY)
        self.row += 2
        period = figures.day(doc.to_on)
        if doc.from_on and doc.style is not StatementStyle.OPEN_ITEM:
            period = f"{figures.day(doc.from_on)} – {period}"
        facts = [
            (N_("Customer"), " ".join(part for part in (doc.party.code, doc.party.name) if part)),
            (N_("Tax no."), doc.party.tax_number),
            (N_("Address"), doc.party.address),
            (N_("Period"), period),
            (N_("Currency"), figures.currency_title(labels.language, self.section.currency)),
        ]
        for source, value in facts:
            if value:
                self.text(0, labels(source).joined, font_color=_GREY)
                self.text(1, value, bold=source == N_("Customer"))
                self.row += 1
        for label, said in own_facts(labels, doc.own):
            self.text(0, label.joined, font_color=_GREY)
            self.text(1, said.joined)
            self.row += 1
        self.row += 1

    def _table(self, columns: list[tuple[str, float, bool]]) -> None:
        for index, (source, _width, is_money) in enumerate(columns):
            title = self.labels(source)
            text = f"{title.first}\n{title.second}" if title.second else title.first
            align = "right" if is_money else "left"
            head = {"bold": True, "bg_color": _TINT, "bottom": 1, "bottom_color": _RULE, "text_wrap": True}
            self.text(index, text, align=align, **head)
        if self.labels.language == "both":
            self.sheet.set_row(self.row, 30)
        self.row += 1
        writers: dict[StatementStyle, Callable[[], None]] = {
            StatementStyle.BALANCE_FORWARD: self._balance_rows,
            StatementStyle.TRANSACTIONS: self._balance_rows,
            StatementStyle.OPEN_ITEM: self._open_rows,
        }
        writers[self.doc.style]()

    def _description(self, kind: str, description: str) -> None:
        """Kind and words of an event; the row grows with them, as not every program does by itself."""
        label = self.labels(STATEMENT_LINES.get(kind, kind)).joined
        text = f"{label}  {description}" if description else label
        self.text(1, text, text_wrap=True)
        units = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
        lines = min(-(-units * 11 // (_DESCRIPTION_WIDTH * 10)) + text.count("\n"), 12)
        if lines > 1:
            self.sheet.set_row(self.row, 4 + 14 * lines)

    def _balance_rows(self) -> None:
        section = self.section
        has_balance = self.doc.style is StatementStyle.BALANCE_FORWARD
        charged = paid = 0
        if has_balance:
            self.day(0, self.doc.from_on)
            self.text(1, self.labels(N_("Opening balance")).joined)
            self.amount(5, section.opening_minor)
            self.row += 1
        for line in section.lines:
            self.day(0, line.date)
            self._description(line.kind, line.description)
            self.text(2, line.number)
            if line.debit_minor:
                self.amount(3, line.debit_minor)
            if line.credit_minor:
                self.amount(4, line.credit_minor)
            if has_balance:
                self.amount(5, line.balance_minor)
            charged += line.debit_minor
            paid += line.credit_minor
            self.row += 1
        totals = [charged, paid, *([section.closing_minor] if has_balance else [])]
        source = N_("Total and closing balance") if has_balance else N_("Total")
        self._total(source, 3, totals)

    def _open_rows(self) -> None:
        sum_original = sum_open = 0
        for line in self.section.lines:
            original, still_open = original_and_open(line)
            self.day(0, line.date)
            self._description(line.kind, line.description)
            self.text(2, line.number)
            self.day(3, line.due_on)
            self.amount(4, original)
            self.amount(5, original - still_open)
            self.amount(6, still_open)
            sum_original += original
            sum_open += still_open
            self.row += 1
        self._total(N_("Total open"), 4, [sum_original, sum_original - sum_open, sum_open])

    def _total(self, source: str, first: int, amounts: list[int]) -> None:
        edge = {"bold": True, "top": 1, "top_color": _RULE, "bottom": 1, "bottom_color": _RULE}
        for column in range(first):
            self.text(column, self.labels(source).joined if column == 1 else "", **edge)
        for offset, minor in enumerate(amounts):
            self.amount(first + offset, minor, **edge)
        self.row += 2

    def _closing(self) -> None:
        section, doc = self.section, self.doc
        if doc.style is StatementStyle.TRANSACTIONS:
            return
        self.text(0, self.labels(N_("Closing balance")).joined, font_color=_GREY)
        self.row += 1
        self.sheet.set_row(self.row, 24)
        self.sheet.merge_range(self.row, 0, self.row, 1, "", self.formats.get())
        left = {"num_format": self.money, "align": "left", "bold": True, "font_size": 16}
        value = to_decimal(section.closing_minor, section.currency)
        self.sheet.write_number(self.row, 0, value, self.formats.get(**left))
        self.row += 1
        for words in (
            figures.in_words(self.labels, section.closing_minor, section.currency) if doc.has_words else []
        ):
            self.text(0, words, font_color=_GREY)
            self.row += 1
        self.row += 1

    def _ageing(self) -> None:
        ageing = self.section.ageing
        if ageing is None or self.doc.style is StatementStyle.TRANSACTIONS:
            return
        labels = self.labels
        rows = [(labels(N_("Not due")).joined, ageing.not_due_minor)]
        for bucket in ageing.buckets:
            source = N_("{first}–{last} days") if bucket.last is not None else N_("{first}+ days")
            rows.append((labels(source, first=bucket.first, last=bucket.last).joined, bucket.amount_minor))
        rows.append((labels(N_("Unallocated")).joined, ageing.unallocated_minor))
        head = {"bold": True, "bg_color": _TINT, "bottom": 1, "bottom_color": _RULE}
        self.text(1, labels(N_("Ageing")).joined, **head)
        self.text(2, self.section.currency, align="right", **head)
        self.row += 1
        for text, minor in rows:
            self.text(1, text)
            self.amount(2, minor)
            self.row += 1
        edge = {"bold": True, "top": 1, "top_color": _RULE}
        self.text(1, labels(N_("Total")).joined, **edge)
        self.amount(2, ageing.total_minor, **edge)
        self.row += 2

    def _page(self, columns: list[tuple[str, float, bool]], table_row: int) -> None:
        """Widths, frozen head, and how it prints: A4, one page wide, the head on every page."""
        sheet = self.sheet
        sheet.set_default_row(_ROW_HEIGHT)
        for index, (_source, width, _is_money) in enumerate(columns):
            sheet.set_column(index, index, width)
        sheet.freeze_panes(table_row + 1, 0)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        if len(columns) > 6:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(table_row)
        sheet.set_margins(left=0.6, right=0.6, top=0.6, bottom=0.7)
        # In a header or footer “&” begins a code.
        name = self.doc.party.name.replace("&", "&&")[:80]
        sheet.set_footer(f"&L&8{name}&R&8&P / &N")
