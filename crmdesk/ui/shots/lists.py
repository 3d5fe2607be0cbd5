"""What is done to a list: a condition, its columns, the name of a view, dates of one's own."""

from __future__ import annotations

from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.shots import Shot, Stage


def _list(stage: Stage) -> ListPage:
    stage.go("invoices", part="invoices")
    return stage.widget("invoices", ListPage)


def _condition(stage: Stage, column: str) -> None:
    _list(stage).conditions.add(column)


def _views(stage: Stage) -> None:
    _list(stage)
    stage.choose("invoices.openViews")


def _own_dates(stage: Stage) -> None:
    _list(stage)
    period = stage.widget("invoices.filter.period")
    own = period.findData("own")
    period.setCurrentIndex(own)
    period.activated.emit(own)


SHOTS = (
    Shot("lists-condition", lambda stage: _condition(stage, "total")),
    Shot("lists-condition-choices", lambda stage: _condition(stage, "state")),
    Shot("lists-condition-customer", lambda stage: _condition(stage, "customer")),
    Shot("lists-own-dates", _own_dates),
    Shot("lists-columns", lambda stage: _list(stage).choose_columns()),
    Shot("lists-views", _views),
    Shot("lists-view-name", lambda stage: _list(stage).views.save_as()),
)
