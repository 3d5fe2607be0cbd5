"""Products: the form of one (the list stands with the statements)."""

from __future__ import annotations

from crmdesk.ui.kit.table_view import TableView
from crmdesk.ui.shots import Shot, Stage


def _list(stage: Stage) -> None:
    stage.go("sales", part="products")


def _form(stage: Stage) -> None:
    _list(stage)
    table = stage.widget("products.table", TableView)
    table.select(table.table_model().ids[3])
    stage.settle()
    stage.press("Return", "products.table")


SHOTS = (Shot("products-form", _form),)
