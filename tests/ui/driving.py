"""What tests of several pages ask of the window and its book while they drive them."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from crmdesk.services.lists import Query, querying
from crmdesk.ui.kit.filter_bar import FilterChip
from crmdesk.ui.shots import Stage


def rows(stage: Stage, kind: str, *, sort: str = "number", **options: Any) -> list[dict[str, Any]]:
    """The rows of a list as the book has them now, whatever the window shows."""
    with stage.ctx.need_book().read() as connection:
        query = Query(kind, sort=sort, **options)
        return querying.rows(connection, query, querying.ids(connection, query))


def press(stage: Stage, *keys: str) -> None:
    """Keys one after another, each in whatever has the focus by then."""
    for one in keys:
        stage.press(one)


def chips(page: QWidget) -> list[str]:
    """The words of the conditions that are seen over a list."""
    return [chip.words() for chip in page.findChildren(FilterChip) if chip.isVisible()]
