"""Invoices: the list with its page, the editor with lines, a credit note, the dialogs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmdesk.ui.shots import Shot, Stage
from crmdesk.ui.shots.payments import debtor


def lists(stage: Stage) -> None:
    """The lists, out of whatever editor a shot before has left open."""
    place: Any = stage.window.page("invoices") or stage.go("invoices")
    for kind in ("invoice", "credit", "reissue"):
        place.editor(kind).begin({})
    stage.settle()
    place.show_lists()
    stage.go("invoices", part="invoices")
    if stage.widget("invoices.filter.overdue").isChecked():
        stage.click("invoices.filter.overdue")


def _page(stage: Stage) -> None:
    """The list with the page of the chosen invoice."""
    lists(stage)
    view = stage.widget("invoices.detail")
    view.tabs.setCurrentIndex(1)
    stage.settle()


def _facts(stage: Stage) -> None:
    """The list of overdue invoices with the facts of the first one."""
    lists(stage)
    stage.click("invoices.filter.overdue")
    stage.widget("invoices.detail").tabs.setCurrentIndex(0)
    stage.settle()


def _writing(stage: Stage) -> None:
    """An invoice with two products and a line of words."""
    lists(stage)
    stage.go("invoices", new=True, customer=debtor(stage))
    lines = stage.widget("invoice.lines")
    from crmdesk.services import picking
    from crmdesk.ui.book_pickers import ProductPicker

    picker = ProductPicker(stage.ctx)
    with stage.ctx.need_book().read() as connection:
        codes = [pick.code for pick in picking.recent_products(connection, [], 2)]
    for row, code in enumerate(codes):
        item = picker.find(code)
        lines.line_model().put(row, "product", code)
        lines.on_pick(row, "product", item)
        lines.set_cell(row, "quantity", Decimal(12 * (row + 1)))
    lines.set_cell(len(codes), "description", "送货上门")
    lines.set_cell(len(codes), "quantity", Decimal(1))
    lines.set_cell(len(codes), "unit_price", Decimal(80))
    stage.type_into("invoice.totals.discount", "2%")
    stage.wait(500)


def _void(stage: Stage) -> None:
    _facts(stage)
    stage.choose("invoices.detail.void")


def _write_off(stage: Stage) -> None:
    _facts(stage)
    stage.choose("invoices.detail.writeoff")


def _credit(stage: Stage) -> None:
    _facts(stage)
    stage.choose("invoices.detail.credit")


def _reissue(stage: Stage) -> None:
    _facts(stage)
    stage.choose("invoices.detail.reissue")
    stage.wait(500)


def _print(stage: Stage) -> None:
    _facts(stage)
    stage.click("invoices.detail.print")


def _print_many(stage: Stage) -> None:
    """Two of the newest invoices on one paper each."""
    _facts(stage)
    table = stage.widget("invoices.table")
    flags = table.selectionModel().SelectionFlag
    for row in range(2):
        table.selectionModel().select(table.model().index(row, 0), flags.Select | flags.Rows)
    stage.choose("invoices.printMany")


def _leaving(stage: Stage) -> None:
    """The window is to be closed over an invoice that is being written."""
    _writing(stage)
    stage.window.close()


def _opening_many(stage: Stage) -> None:
    """Two rows of old books, one of a customer that nobody knows."""
    stage.go("invoices", part="openings")
    stage.choose("openings.many")
    stage.widget("openingMany").grid.paste("C00001\t12000\t2026-05-31\tA-101\nC00002\t-350.5\nX99\t80\n")
    stage.settle()
    stage.click("openingMany.save")


# The editor comes first: what follows leaves it, so that no shot after these is asked about unsaved words.
SHOTS = (
    Shot("invoices-editor", _writing),
    Shot("invoices-leaving", _leaving),
    Shot("invoices-credit", _credit),
    Shot("invoices-reissue", _reissue),
    Shot("invoices", _page),
    Shot("invoices-facts", _facts),
    Shot("invoices-void", _void),
    Shot("invoices-writeoff", _write_off),
    Shot("invoices-print", _print),
    Shot("invoices-print-many", _print_many),
    Shot("openings", lambda stage: stage.go("invoices", part="openings")),
    Shot("openings-many", _opening_many),
)
