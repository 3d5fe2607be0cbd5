"""A list beside the page of what is chosen in it: something is chosen as soon as there is anything."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from crmdesk.ui.kit.list_page import ListPage


def choose_first(page: ListPage, detail: QWidget | None = None) -> None:
    """Chooses the first row of what is loaded where none is chosen, so that its page is there at once; an empty list
    needs no page: `detail` is hidden while it is."""

    def settle(count: int) -> None:
        if detail is not None:
            detail.setVisible(count > 0)
        if count and page.table.current_id() is None:
            page.table.select_first()

    page.loaded.connect(settle)
