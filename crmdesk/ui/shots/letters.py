"""Group letters: the texts, writing one, sending one to a group, statements of a group, moves between stages."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Shot, Stage

_WAIT_MS = 500


def _place(stage: Stage, part: str = "letters") -> CustomersPage:
    page = stage.go("customers", part=part)
    assert isinstance(page, CustomersPage)
    stage.wait(_WAIT_MS)
    return page


def _edit(stage: Stage) -> None:
    _place(stage)
    stage.choose("letters.edit")
    stage.wait(_WAIT_MS)


def _placeholder(stage: Stage) -> None:
    _edit(stage)
    editor = stage.widget("letterText.form.body_zh")
    editor.setPlainText("尊敬的{contakt}：\n\n" + editor.toPlainText())
    stage.wait(_WAIT_MS)


def _menu(stage: Stage) -> None:
    _edit(stage)
    stage.click("letterText.insert")


def _new(stage: Stage) -> None:
    _place(stage)
    stage.choose("letters.new")
    stage.wait(_WAIT_MS)


def _write(stage: Stage) -> None:
    _place(stage)
    stage.choose("letters.write")
    stage.wait(_WAIT_MS)


def _by_mail(stage: Stage) -> None:
    _write(stage)
    stage.click("groupLetters.way.mail")
    stage.wait(_WAIT_MS)


def _delete(stage: Stage) -> None:
    _place(stage)
    stage.choose("letters.delete")


def _rename(stage: Stage) -> None:
    _place(stage)
    stage.choose("letters.rename")


def _selected(stage: Stage, command: str) -> None:
    page = _place(stage, "customers")
    page.show_list()
    stage.wait(60)
    page.table.selectAll()
    stage.choose(command)
    stage.wait(_WAIT_MS)


def _segment_menu(stage: Stage) -> None:
    _place(stage, "segments")
    stage.click("segments.more")
    assert stage.window.findChildren(QMenu, "segments.menu")


def _nothing(stage: Stage) -> None:
    page = _place(stage)
    shown = page.parts.part("letters")
    shown.search.setText("查无此信")  # type: ignore[union-attr]
    stage.wait(60)


def _after_nothing(stage: Stage) -> None:
    page = _place(stage)
    page.parts.part("letters").search.clear()  # type: ignore[union-attr]
    stage.wait(60)


SHOTS = (
    Shot("letters", _place),
    Shot("letters-edit", _edit),
    Shot("letters-placeholder", _placeholder),
    Shot("letters-menu", _menu),
    Shot("letters-new", _new),
    Shot("letters-write", _write),
    Shot("letters-mail", _by_mail),
    Shot("letters-delete", _delete),
    Shot("letters-rename", _rename),
    Shot("letters-selected", lambda stage: _selected(stage, "customers.letters")),
    Shot("statements-group", lambda stage: _selected(stage, "customers.statements")),
    Shot("segments-menu", _segment_menu),
    Shot("stage-moves", lambda stage: _place(stage, "stage_moves")),
    Shot("letters-nothing", _nothing),
    Shot("letters-again", _after_nothing),
)
