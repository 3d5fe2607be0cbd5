"""Segments: the list with its detail, the builder in rows and as text, who came and went, pins, lists by hand."""

from __future__ import annotations

from crmdesk.ui.pages.customers.groups.editor import SOON_MS, SegmentEditor
from crmdesk.ui.pages.customers.groups.view import SegmentView
from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Shot, Stage

_RULE = (
    "spent(last 12m) >= 20000 and recency_days > 30 and category in (行业/零售, 行业/制造, 行业/批发)"
    " and (days_to_pay < 45 or tag in (大单))"
)
_NOBODY = "balance > 1000 and (stage in (loyal) or recency_days > 90) and balance < 500"
_QUOTED = "quoted(P001, last 12m) and not bought(P001) and quoted_unbought(this year)"


def _place(stage: Stage) -> CustomersPage:
    before = stage.window.page("customers")
    if isinstance(before, CustomersPage):
        before.editor.discard()  # of an earlier shot
    page = stage.go("customers", part="segments")
    assert isinstance(page, CustomersPage)
    return page


def _list(stage: Stage, tab: int = 0) -> SegmentView:
    page = _place(stage)
    stage.wait(60)
    assert page.segments is not None
    page.segments.tabs.setCurrentIndex(tab)
    return page.segments


def _named(stage: Stage, name: str) -> SegmentView:
    view = _list(stage)
    stage.go("customers", part="segments", segment=name)
    stage.wait(60)
    return view


def _editor(stage: Stage, name: str = "") -> SegmentEditor:
    page = _place(stage)
    target = {"edit": name} if name else {"new": True}
    stage.go("customers", part="segments", **target)
    stage.wait(SOON_MS + 60)
    return page.editor


def _new(stage: Stage) -> None:
    _editor(stage)


def _writing(stage: Stage, rule: str = _RULE) -> SegmentEditor:
    editor = _editor(stage)
    editor.head.set_values({"name": "高价值 · 久未联系"})
    editor.plan.set_values(
        {"note": "每季度上门一次；新品先试。", "offer": "满 5,000 减 200", "owner": "林悦", "budget": "3000"}
    )
    editor.builder.switch_view()
    editor.builder.text.setPlainText(rule)
    editor.builder.switch_view()
    editor.builder.changed.emit()
    stage.wait(SOON_MS + 100)
    return editor


def _text(stage: Stage) -> None:
    _writing(stage).builder.switch_view()


def _missing(stage: Stage) -> None:
    editor = _editor(stage)
    stage.type("大客户")
    editor.builder.focus_first()
    stage.type("overdue days")
    stage.press("Return")
    stage.press("Ctrl+S")


def _pin(stage: Stage) -> None:
    _named(stage, "逾期两个月")
    stage.choose("segments.pinOut")


def _add(stage: Stage) -> None:
    _named(stage, "春季展会")
    stage.choose("segments.pinIn")


def _new_list(stage: Stage) -> None:
    _list(stage)
    stage.choose("segments.newList")


def _delete(stage: Stage) -> None:
    _list(stage)
    stage.choose("segments.delete")


def _many(stage: Stage, command: str) -> None:
    _place(stage)
    page = stage.go("customers")
    assert isinstance(page, CustomersPage)
    page.show_list()
    page.list.search.clear()
    stage.wait(60)
    page.table.selectAll()
    stage.choose(command)


def _review(stage: Stage) -> None:
    _place(stage)
    page = stage.go("customers", part="movements")
    assert isinstance(page, CustomersPage)
    stage.wait(60)
    shown = page.parts.part("movements")
    shown.table.select_first()  # type: ignore[union-attr]
    stage.wait(60)


def _nothing(stage: Stage) -> None:
    page = _place(stage)
    shown = page.parts.part("segments")
    shown.search.setText("查无此组")  # type: ignore[union-attr]
    stage.wait(60)


def _after_nothing(stage: Stage) -> None:
    page = _place(stage)
    shown = page.parts.part("segments")
    shown.search.clear()  # type: ignore[union-attr]
    _list(stage)


SHOTS = (
    Shot("segments", _list),
    Shot("segments-history", lambda stage: _list(stage, 1)),
    Shot("segments-plan", lambda stage: _list(stage, 2)),
    Shot("segments-pinned", lambda stage: _named(stage, "逾期两个月")),
    Shot("segments-pin", _pin),
    Shot("segments-add", _add),
    Shot("segments-list", _new_list),
    Shot("segments-delete", _delete),
    Shot("segments-new", _new),
    Shot("segments-editor", _writing),
    Shot("segments-quoted", lambda stage: _writing(stage, _QUOTED)),
    Shot("segments-nobody", lambda stage: _writing(stage, _NOBODY)),
    Shot("segments-text", _text),
    Shot("segments-missing", _missing),
    Shot("segments-open", lambda stage: _editor(stage, "忠诚客户")),
    Shot("segments-review", _review),
    Shot("segments-to-group", lambda stage: _many(stage, "customers.toGroup")),
    Shot("segments-from-group", lambda stage: _many(stage, "customers.fromGroup")),
    Shot("segments-nothing", _nothing),
    Shot("segments-again", _after_nothing),
)
