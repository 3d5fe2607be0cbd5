"""Analysis of groups: matrix, comparison, overview."""

from __future__ import annotations

from typing import Any

from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Shot, Stage


def _part(stage: Stage, name: str, **more: Any) -> Any:
    stage.go("customers")
    page = stage.go("customers", part=name, **more)
    assert isinstance(page, CustomersPage)
    stage.wait(60)
    return page.parts.part(name)


def _first_tree(stage: Stage) -> str:
    from crmdesk.services import axes

    with stage.ctx.need_book().read() as connection:
        return axes.usual(connection)[0]


def _matrix(stage: Stage, figure: str = "customers", group: str = "") -> None:
    page = _part(stage, "matrix", rows=_first_tree(stage), columns="level", figure=figure, group=group)
    if not group:
        page.group.set_item(None)
        page._group_edited()
    stage.settle()


def _nobody(stage: Stage) -> None:
    from crmdesk.services import use_cases

    use_cases.run(stage.ctx.need_book(), "tag.create", {"tag": "尚无客户"})
    _matrix(stage, group="tag:尚无客户")


def _matrix_menu(stage: Stage) -> None:
    _matrix(stage, "revenue")
    stage.click("matrix.export")


def _compare(stage: Stage, against: str = "first") -> None:
    page = _part(stage, "compare")
    page.against.set_value(against)
    page.reload()
    stage.settle()


def _compare_nothing(stage: Stage) -> None:
    page = _part(stage, "compare")
    before = list(page._keys)
    page._use(before[:1])
    stage.settle()
    page._keys = before


def _compare_again(stage: Stage) -> None:
    from crmdesk.services import comparing

    with stage.ctx.need_book().read() as connection:
        found = [one.key for one in comparing.default_groups(connection)]
    _part(stage, "compare", groups=found[:3])


SHOTS = (
    Shot("matrix", _matrix),
    Shot("matrix-revenue", lambda stage: _matrix(stage, "revenue")),
    Shot("matrix-export", _matrix_menu),
    Shot("matrix-nobody", _nobody),
    Shot("compare", _compare),
    Shot("compare-all", lambda stage: _compare(stage, "all")),
    Shot("compare-nothing", _compare_nothing),
    Shot("compare-again", _compare_again),
    Shot("overview", lambda stage: _part(stage, "overview")),
)
