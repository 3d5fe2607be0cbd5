"""The import dialog with a file of customers."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage

_ROWS = (
    "客户编号,客户名称,联系人,电话,账期",
    "N0001,上海鼎晟贸易有限公司,王建国,021-62345678,30",
    "N0002,苏州园林绿化养护服务部,陆小曼,0512-67228899,15",
    "N0003,,周海,0574-87654321,45",
)


def _trial(stage: Stage) -> None:
    path = stage.folder / "客户.csv"
    path.write_text("\n".join(_ROWS), encoding="utf-8")
    stage.go("customers")
    stage.window.import_file(path)
    stage.settle()
    stage.click("import.try")


SHOTS = (Shot("import-trial", _trial),)
