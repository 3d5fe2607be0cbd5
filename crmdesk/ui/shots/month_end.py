"""Currencies and month end: reports, the revaluation before it is posted, the checklist, closed periods, the codes."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage


def _currencies(stage: Stage, part: str = "open") -> None:
    stage.go("statements", view="currencies", part=part)


def _revaluation(stage: Stage) -> None:
    _currencies(stage)
    stage.choose("currencies.revalue")


def _undo(stage: Stage) -> None:
    _currencies(stage)
    stage.choose("currencies.undo")


def _closing(stage: Stage) -> None:
    stage.go("statements", view="closing")
    stage.wait(300)


def _accept_all(stage: Stage) -> None:
    """Everything that blocks is accepted."""
    checklist = stage.widget("closing.checklist")
    for row, entry in enumerate(checklist.entries()):
        if entry.data.is_blocking:
            checklist.select(row)
            stage.choose("closing.accept")


def _close(stage: Stage) -> None:
    _closing(stage)
    _accept_all(stage)
    stage.choose("closing.close")


def _closed(stage: Stage) -> None:
    """A closed period with its sheet; the book of the shots is opened again afterwards."""
    from crmdesk.services import closing, use_cases

    book = stage.ctx.need_book()
    with book.read() as connection:
        desk = closing.desk(connection, None)
    accepted = [item.code for item in desk.items if item.is_blocking]
    values = {"until": desk.until.isoformat(), "accepted": accepted, "reason": "已与会计核对"}
    use_cases.run(book, "period.close", values)
    _closing(stage)
    use_cases.run(book, "period.reopen", {"until": desk.until.isoformat(), "reason": "补录一张发票"})


def _codes(stage: Stage) -> None:
    _closing(stage)
    stage.choose("closing.codes")


def _code(stage: Stage) -> None:
    _codes(stage)
    stage.click("accountCodes.edit")


def _vouchers(stage: Stage) -> None:
    _closing(stage)
    stage.choose("closing.vouchers")


def _package(stage: Stage) -> None:
    _closing(stage)
    stage.choose("closing.package")


def _gaps(stage: Stage) -> None:
    stage.go("statements", view="closing-rows", item="recurring", list="recurring", filter="active")


def _journal(stage: Stage) -> None:
    """The entries of the first account of the trial balance."""
    _currencies(stage, "trial")
    stage.widget("currencies.trial").opened.emit(1)
    stage.settle()


SHOTS = (
    Shot("currencies", _currencies),
    Shot("currencies-differences", lambda stage: _currencies(stage, "differences")),
    Shot("currencies-trial", lambda stage: _currencies(stage, "trial")),
    Shot("currencies-journal", _journal),
    Shot("currencies-revaluation", _revaluation),
    Shot("currencies-undo", _undo),
    Shot("month-end", _closing),
    Shot("month-end-close", _close),
    Shot("month-end-codes", _codes),
    Shot("month-end-code", _code),
    Shot("month-end-vouchers", _vouchers),
    Shot("month-end-package", _package),
    Shot("month-end-rows", _gaps),
    Shot("month-end-closed", _closed),
)
