"""Bills of exchange, deposits, transfers: the lists and every dialog over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmdesk.ui.shots import Shot, Stage


def _part(stage: Stage, part: str, filter_by: str = "") -> Any:
    page: Any = stage.go("payments", part=part, filter=filter_by, words="…" if filter_by else "")
    page.part(part).table.select_first()
    stage.settle()
    return page


def _action(part: str, action: str, filter_by: str = "", *, is_more: bool = False) -> Callable[[Stage], None]:
    def show(stage: Stage) -> None:
        _part(stage, part, filter_by)
        name = f"{part}.detail.{action}"
        if is_more:
            stage.choose(name)
        else:
            stage.click(name)

    return show


def _receive(stage: Stage) -> None:
    _part(stage, "deposits")
    stage.click("deposits.new")


def _payment(stage: Stage, action: str) -> None:
    """A payment that settles something and is not used up."""
    page: Any = stage.go("payments", part="payments", filter="free > 0 and state != reversed", words="…")
    page.part("payments").table.select_first()
    stage.settle()
    stage.choose(f"payments.detail.{action}")


SHOTS = (
    Shot("bills", lambda stage: _part(stage, "bills", "state = held")),
    Shot("bills-collect", _action("bills", "collect", "state = held")),
    Shot("bills-discount", _action("bills", "discount", "state = held")),
    Shot("bills-endorse", _action("bills", "endorse", "state = held")),
    Shot("bills-dishonour", _action("bills", "dishonour", "state = held", is_more=True)),
    Shot("bills-undo", _action("bills", "undo", "state = endorsed")),
    Shot("deposits", lambda stage: _part(stage, "deposits", "held > 0")),
    Shot("deposits-new", _receive),
    Shot("deposits-return", _action("deposits", "return", "held > 0")),
    Shot("deposits-keep", _action("deposits", "keep", "held > 0", is_more=True)),
    Shot("deposits-apply", _action("deposits", "apply", "held > 0")),
    Shot("transfers", lambda stage: _part(stage, "transfers")),
    Shot("transfers-reverse", _action("transfers", "reverse")),
    Shot("payments-transfer", lambda stage: _payment(stage, "transfer")),
)
