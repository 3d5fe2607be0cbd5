"""Statement, its batch dialog, ageing; products; the welcome page."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage


def _statement(stage: Stage) -> None:
    stage.go("statements", view="statement")
    stage.wait(400)


def _batch(stage: Stage) -> None:
    _statement(stage)
    stage.choose("statement.batch")


def _ageing(stage: Stage) -> None:
    stage.go("statements", view="ageing")


def _ageing_items(stage: Stage) -> None:
    _ageing(stage)
    stage.click("ageing.overdue.CNY")


def _confirmations(stage: Stage) -> None:
    stage.go("statements", view="confirmations")


def _slip(stage: Stage) -> None:
    _statement(stage)
    stage.click("statement.confirm")


def _product(stage: Stage) -> None:
    stage.go("products")
    stage.click("products.new")


SHOTS = (
    Shot("statements", _statement),
    Shot("statements-batch", _batch),
    Shot("statements-slip", _slip),
    Shot("statements-confirmations", _confirmations),
    Shot("ageing", _ageing),
    Shot("ageing-items", _ageing_items),
    Shot("products", lambda stage: stage.go("products")),
    Shot("products-new", _product),
)
