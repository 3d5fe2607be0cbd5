"""Sales: its lists with what is beside them, the editors, the plan, the dialogs."""

from __future__ import annotations

from typing import Any

from crmdesk.ui.shots import Shot, Stage


def _rows(stage: Stage, kind: str, expression: str) -> list[dict[str, Any]]:
    from crmdesk.services.lists import Query, querying

    with stage.ctx.need_book().read() as connection:
        query = Query(kind, filter=expression, sort="number")
        return querying.rows(connection, query, querying.ids(connection, query))


def _lists(stage: Stage) -> Any:
    """The lists, out of whatever editor a shot before has left open."""
    place: Any = stage.window.page("sales") or stage.go("sales")
    for kind in ("requirement", "quote", "contract", "order"):
        place.editor(kind).begin({})
    stage.settle()
    place.show_lists()
    return place


def _contract(stage: Stage, tab: str = "plan", state: str = "running") -> None:
    place = _lists(stage)
    (row, *_rest) = _rows(stage, "contracts", f"state = {state}")
    stage.go("sales", kind="contract", number=row["number"])
    place.views["contract"].choose(tab)
    stage.settle()


def _part(part: str) -> Any:
    def show(stage: Stage) -> None:
        _lists(stage)
        stage.go("sales", part=part)

    return show


def _versions(stage: Stage) -> None:
    """An accepted quote with the version before it."""
    place = _lists(stage)
    (row, *_rest) = _rows(stage, "quotes", "state = accepted")
    stage.go("sales", kind="quote", number=row["number"])
    place.views["quote"].choose("details")
    stage.settle()


def _writing(stage: Stage) -> None:
    """A contract that is not signed yet, being written."""
    _contract(stage, state="draft")
    stage.choose("contracts.edit")
    stage.wait(500)


def _new_order(stage: Stage) -> None:
    _lists(stage)
    stage.go("sales", part="orders", new=True)


def _planning(stage: Stage) -> None:
    """Three equal parts of a contract, with the odd cent."""
    _contract(stage, state="draft")
    stage.choose("contracts.plan")
    stage.wait(200)


def _planning_again(stage: Stage) -> None:
    _contract(stage)
    stage.choose("contracts.plan")
    stage.click("plan.way.by_hand")
    stage.wait(200)


def _signing(stage: Stage) -> None:
    _contract(stage, state="draft")
    stage.choose("contracts.sign")


def _paying(stage: Stage) -> None:
    """Quick payment for a contract."""
    _contract(stage)
    stage.choose("contracts.receive")


# The editors come first: what follows leaves them.
SHOTS = (
    Shot("sales-editor", _writing),
    Shot("sales-order-editor", _new_order),
    Shot("sales-requirements", _part("requirements")),
    Shot("sales-quotes", _versions),
    Shot("sales-contracts", _contract),
    Shot("sales-contract-details", lambda stage: _contract(stage, "details")),
    Shot("sales-contract-page", lambda stage: _contract(stage, "paper")),
    Shot("sales-contract-files", lambda stage: _contract(stage, "files")),
    Shot("sales-orders", _part("orders")),
    Shot("sales-instalments", _part("instalments")),
    Shot("sales-plan", _planning),
    Shot("sales-replan", _planning_again),
    Shot("sales-sign", _signing),
    Shot("sales-receive", _paying),
)
