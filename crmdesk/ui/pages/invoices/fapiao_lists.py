"""The parts of the place that are about tax invoices: requests, tax invoices, what is not invoiced yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from crmdesk.models import clock
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs import fapiao as specs
from crmdesk.text import N_, _
from crmdesk.ui import fapiao_words as words
from crmdesk.ui import papers
from crmdesk.ui.book_list import BookList
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import fapiao_file, fapiao_request
from crmdesk.ui.dialogs.export_list import export_list
from crmdesk.ui.dialogs.print_options import open_print_options
from crmdesk.ui.kit.columns import Column
from crmdesk.ui.kit.commands import Command
from crmdesk.ui.kit.first_chosen import choose_first
from crmdesk.ui.kit.list_page import ListPage, filter_chip
from crmdesk.ui.kit.row_source import Row
from crmdesk.ui.pages.invoices.fapiao_detail import FapiaoView, RequestView
from crmdesk.ui.pages.invoices.red_slip import SlipView
from crmdesk.ui.report_rows import ReportRows
from crmdesk.ui.segmented import Part

REQUESTS, FAPIAO, UNINVOICED, SLIPS = "requests", "fapiao", "uninvoiced", "slips"
TITLES = {
    REQUESTS: N_("Requests"),
    FAPIAO: N_("Tax invoices"),
    UNINVOICED: N_("Not invoiced"),
    SLIPS: N_("Red slips"),
}
WATCHED = ("fapiao_request", "fapiao", "red_confirmation", "customer")
_REQUEST_ORDER = ("number", "date", "name", "total", "state", "fapiao")
_FAPIAO_ORDER = ("number", "date", "name", "total", "state", "delivered")
_REQUEST_CHIPS = (
    ("open", N_("To issue"), "state = requested"),
    ("month", N_("Last 30 days"), "date >= today-30"),
)
_FAPIAO_CHIPS = (
    ("deliver", N_("To deliver"), "delivered is empty and color = blue and state = valid"),
    ("red", N_("Red-letter"), "color = red"),
    ("month", N_("Last 30 days"), "date >= today-30"),
)
_SLIP_ORDER = ("number", "opened", "name", "total", "state", "fapiao")
_SLIP_STATES = {
    specs.PENDING: N_("Waiting"),
    specs.CONFIRMED: N_("Confirmed"),
    specs.REFUSED: N_("Refused"),
    specs.WITHDRAWN: N_("Withdrawn"),
    specs.EXPIRED: N_("Expired"),
    specs.USED: N_("Used"),
}
"""Beside the list the state stands in the words of the tax platform; a column has no room for them."""
_SLIP_CHIPS = (
    ("waiting", N_("Waiting"), "state = pending"),
    ("usable", N_("To make red"), "state = confirmed"),
)


def _money(name: str, label: str) -> Field:
    return Field(name, Kind.MONEY, label, sign="any", width=13)


_REPORT = (
    Field("customer", Kind.CODE, N_("Code"), width=10),
    Field("name", Kind.TEXT, N_("Customer"), width=28),
    Field("currency", Kind.CURRENCY, N_("Currency"), width=6),
    _money("billed", N_("Billed")),
    _money("requested", N_("Requested")),
    _money("invoiced", N_("Invoiced")),
    _money("uninvoiced", N_("Not invoiced")),
    _money("unpaid", N_("Invoiced, unpaid")),
    _money("paid_uninvoiced", N_("Paid, not invoiced")),
)
_AT_CUSTOMER = 0


class TaxParts:
    """Makes the parts, and gives the list of invoices its action. `place` owns what it reads."""

    def __init__(self, ctx: Context, place: QWidget) -> None:
        self._ctx = ctx
        self._place = place

    def parts(self) -> list[Part]:
        """The parts in their order."""
        makers = {
            FAPIAO: self.make_fapiao,
            REQUESTS: self.make_requests,
            UNINVOICED: self.make_uninvoiced,
            SLIPS: self.make_slips,
        }
        return [Part(value, TITLES[value], make, FAPIAO) for value, make in makers.items()]

    def find_request(self, number: str, then: Callable[[int], object]) -> None:
        """Calls `then` with the id of a request."""

        def work(connection: Any) -> int | None:
            from crmdesk.services import fapiao_plan

            return fapiao_plan.request_id(connection, number)

        self._ctx.read(
            work, owner=self._place, on_done=lambda found: then(found) if found is not None else None
        )

    # Requests

    def make_requests(self) -> ListPage:
        """What was asked for; Enter issues it."""
        source = BookList(self._ctx, "fapiao_requests")
        columns = source.columns(
            {
                "number": {"width": 14},
                "date": {"is_muted": True, "width": 10},
                "kind": {"is_muted": True, "text": _kind(source), "width": 14},
                "total": {"is_strong": True, "width": 12},
                "state": {"width": 11},
                "fapiao": {"text": _grouped(source, "fapiao"), "is_muted": True},
            },
            order=_REQUEST_ORDER,
            shown=_REQUEST_ORDER,
        )
        page = ListPage(
            self._ctx,
            REQUESTS,
            TITLES[REQUESTS],
            source,
            columns,
            kind="fapiao_request",
            watch=WATCHED,
            icon="inbox",
            search_hint=N_("Number, customer, title or note"),
            count_words=N_("{count} requests"),
            empty_title=N_("No tax invoice is asked for"),
            empty_text=N_(
                "Ask for one with Ctrl+N, or from an invoice; finance then writes down its number here."
            ),
        )
        self._add_chips(page, _REQUEST_CHIPS)
        read = self._add_reader(page, REQUESTS)
        new = page.add_button(
            Command("requests.new", N_("Request tax invoice"), self.request, "plus", "Ctrl+N"), "primary"
        )
        page.add_empty_button(new, "primary")
        page.add_empty_button(read)
        page.add_batch_button(
            Command("requests.printMany", N_("Print"), lambda: self._print_many(page, source), "printer",
                    "Ctrl+Shift+P")
        )  # fmt: skip
        self._enable_export(page, source, TITLES[REQUESTS])
        view = RequestView(self._ctx, page)
        page.current_changed.connect(view.show_document)
        page.set_detail(view, 55)
        page.opened.connect(lambda _record: view.open_now())
        choose_first(page)
        return page

    # Tax invoices

    def make_fapiao(self) -> ListPage:
        """What was issued, blue and red."""
        source = BookList(self._ctx, "fapiao")
        at_total, at_color, at_state = (source.place(name) for name in ("total", "color", "state"))

        def state_words(row: Row) -> tuple[str, str]:
            if row[at_state] != specs.VOID and row[at_color] == specs.RED:
                return _("Red-letter"), "danger"
            return words.state(specs.FAPIAO_STATES, str(row[at_state]))

        columns = source.columns(
            {
                "number": {"text": _grouped(source, "number"), "width": 24},
                "date": {"is_muted": True, "width": 10},
                "kind": {"is_muted": True, "text": _kind(source), "width": 14},
                "total": {
                    "is_strong": True,
                    "width": 12,
                    "tone": lambda row: "danger" if (row[at_total] or 0) < 0 else "",
                },
                "state": {
                    "text": lambda row: state_words(row)[0],
                    "tone": lambda row: state_words(row)[1],
                    "width": 11,
                },
                "delivered": {"is_muted": True, "width": 10},
            },
            order=_FAPIAO_ORDER,
            shown=_FAPIAO_ORDER,
        )
        page = ListPage(
            self._ctx,
            FAPIAO,
            TITLES[FAPIAO],
            source,
            columns,
            kind="fapiao",
            watch=WATCHED,
            icon="receipt",
            search_hint=N_("Number, customer, title or note"),
            count_words=N_("{count} tax invoices"),
            empty_title=N_("No tax invoices yet"),
            empty_text=N_("Issue a request, record one issued elsewhere with Ctrl+N, or drop its file on the window."),
        )  # fmt: skip
        self._add_chips(page, _FAPIAO_CHIPS)
        read = self._add_reader(page, FAPIAO)
        new = page.add_button(
            Command("fapiao.new", N_("Record tax invoice"), self.record, "plus", "Ctrl+N"), "primary"
        )
        page.add_empty_button(new, "primary")
        page.add_empty_button(read)
        self._enable_export(page, source, TITLES[FAPIAO])
        view = FapiaoView(self._ctx, page)
        page.current_changed.connect(view.show_document)
        page.set_detail(view, 55)
        page.opened.connect(lambda _record: view.links.setFocus())
        choose_first(page)
        return page

    # Red-letter confirmations

    def make_slips(self) -> ListPage:
        """What was opened with the other side; Enter goes to the tax invoice it is for."""
        source = BookList(self._ctx, "red_confirmations")
        at_state = source.place("state")
        columns = source.columns(
            {
                "number": {"width": 14},
                "opened": {"is_muted": True, "width": 15},
                "fapiao": {"text": _grouped(source, "fapiao"), "is_muted": True, "width": 22},
                "total": {"is_strong": True, "width": 12},
                "state": {"width": 11, "text": lambda row: _(_SLIP_STATES.get(str(row[at_state]), ""))},
            },
            order=_SLIP_ORDER,
            shown=_SLIP_ORDER[:-1],
        )
        page = ListPage(
            self._ctx,
            SLIPS,
            TITLES[SLIPS],
            source,
            columns,
            kind="red_confirmation",
            watch=WATCHED,
            icon="file-text",
            search_hint=N_("Number, tax invoice or customer"),
            count_words=N_("{count} confirmations"),
            empty_title=N_("No red-letter confirmations"),
            empty_text=N_(
                "They are opened at a tax invoice that the buyer has used or booked, before it is made red."
            ),
        )
        self._add_chips(page, _SLIP_CHIPS)
        self._enable_export(page, source, TITLES[SLIPS])
        view = SlipView(self._ctx, page)
        page.current_changed.connect(view.show_document)
        page.set_detail(view, 55)
        page.opened.connect(lambda _record: view.open_fapiao())
        choose_first(page)
        return page

    # What is not invoiced

    def make_uninvoiced(self) -> ListPage:
        """The report by customer; Enter asks for a tax invoice over everything of the customer."""
        from crmdesk.services.reports.declared import Options

        rows = ReportRows(self._ctx, UNINVOICED, _REPORT, Options(as_of=clock.today()))
        columns = [
            Column(_REPORT[0], is_muted=True),
            Column(_REPORT[1]),
            Column(_REPORT[2], is_hidden=True),
            Column(_REPORT[3], is_muted=True),
            Column(_REPORT[4]),
            Column(_REPORT[5]),
            Column(_REPORT[6], is_strong=True),
            Column(_REPORT[7]),
            Column(_REPORT[8]),
        ]
        page = ListPage(
            self._ctx,
            UNINVOICED,
            TITLES[UNINVOICED],
            rows,
            columns,
            watch=("invoice", "credit", "payment", "opening", *WATCHED),
            icon="list",
            search_hint=N_("Customer or code"),
            count_words=N_("{count} customers"),
            empty_title=N_("Everything is on tax invoices"),
            empty_text=N_(
                "What is billed and not invoiced, and what is received and not invoiced, appears here."
            ),
        )

        def ask() -> None:
            raw = rows.raw(page.table.current_id() or 0)
            if raw is not None:
                fapiao_request.open_request(self._ctx, page, customer=str(raw[_AT_CUSTOMER]))

        page.add_button(
            Command("uninvoiced.request", N_("Request tax invoice"), ask, "plus", "Ctrl+N"), "primary"
        )
        page.opened.connect(lambda _row: ask())
        page.enable_export()
        page.export_requested.connect(lambda _query, _shown: self._export_report(page, rows))
        choose_first(page)
        return page

    def _export_report(self, page: ListPage, rows: ReportRows) -> None:
        from crmdesk.ui.report_file import write_report

        papers.ask_file(
            self._ctx,
            page,
            _("Export"),
            f"{_(TITLES[UNINVOICED])} {clock.today().isoformat()}.xlsx",
            lambda path: write_report(self._ctx, page, UNINVOICED, rows.options, path),
        )

    # Acting

    def add_to_invoices(self, page: ListPage) -> None:
        """“Request tax invoice” over the invoices that are chosen in their list."""
        page.add_batch_button(
            Command(
                "invoices.requestFapiao",
                N_("Request tax invoice"),
                lambda: self._request_for(page),
                "receipt",
                "Ctrl+Shift+I",
            )
        )

    def _request_for(self, page: ListPage) -> None:
        wanted = page.table.selected_ids()
        current = page.table.current_id()
        ids = list(wanted) or ([current] if current is not None else [])

        def work(connection: Any) -> tuple[str, list[str]]:
            from crmdesk.services import fapiao_plan

            return fapiao_plan.of_bills(connection, ids)

        def done(found: tuple[str, list[str]]) -> None:
            customer, numbers = found
            if customer:
                fapiao_request.open_request(self._ctx, page, customer=customer, invoices=numbers)

        self._ctx.read(work, owner=page, on_done=done)

    def request(self) -> None:
        """Asks for a tax invoice of a customer who is chosen in the dialog."""
        fapiao_request.open_request(self._ctx, self._place)

    def record(self) -> None:
        """Records a tax invoice that was issued elsewhere."""
        fapiao_request.open_request(self._ctx, self._place, is_record=True)

    def read_file(self) -> None:
        """Asks for an electronic tax invoice and shows it beside its request."""
        dialog = QFileDialog(
            self._place.window(), _("Read a tax invoice"), str(papers.last_folder(self._ctx))
        )
        dialog.setObjectName("fapiao.file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(_("Tax invoices (*.xml *.ofd *.pdf)"))
        dialog.fileSelected.connect(lambda name: fapiao_file.open_dialog(self._ctx, self._place, Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _add_reader(self, page: ListPage, place: str) -> QAction:
        return page.add_button(
            Command(f"{place}.readFile", N_("Read a file …"), self.read_file, "upload", "Ctrl+Shift+O")
        )

    def _add_chips(self, page: ListPage, chips: tuple[tuple[str, str, str], ...]) -> None:
        for name, text, expression in chips:
            chip = filter_chip(_(text), f"{page.objectName()}.filter.{name}", _switch(page, name, expression))
            page.say(chip.setText, text)
            page.say(chip.setAccessibleName, text)
            page.add_filter(chip)

    def _enable_export(self, page: ListPage, source: BookList, title: str) -> None:
        page.enable_export()
        page.export_requested.connect(
            lambda query, shown: export_list(self._ctx, page, source, query, shown, _(title))
        )

    def _print_many(self, page: ListPage, source: BookList) -> None:
        wanted = page.table.selected_ids()
        at_number = source.place("number")

        def work(connection: Any) -> list[str]:
            del connection
            rows = source.fetch(wanted)
            return [str(rows[entry][at_number]) for entry in wanted if entry in rows]

        def done(numbers: list[str]) -> None:
            if numbers:
                open_print_options(self._ctx, page, "fapiao-request", numbers)

        self._ctx.read(work, owner=page, on_done=done)


def _switch(page: ListPage, name: str, expression: str) -> Callable[[bool], object]:
    return lambda is_on: page.set_filter(name, expression if is_on else None)


def _kind(source: BookList) -> Callable[[Row], str]:
    at_kind = source.place("kind")
    return lambda row: words.label(specs.KINDS, str(row[at_kind]))


def _grouped(source: BookList, name: str) -> Callable[[Row], str]:
    at = source.place(name)
    return lambda row: words.grouped(str(row[at] or ""))
