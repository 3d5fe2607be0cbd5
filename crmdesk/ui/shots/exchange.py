"""Out of the book and back: export, an archive that changes something, watched folders."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from crmdesk.ui.pages.customers.page import CustomersPage
from crmdesk.ui.shots import Shot, Stage

_PHONE = re.compile(r"<t>(0\d{2,3}-\d{7,8})</t>")
_HEAD = "客户编号,客户名称,联系人,电话\n"
_GOOD = (
    f"{_HEAD}L0001,湖州安吉竹艺有限公司,沈竹青,0572-5123888\nL0002,金华义乌小商品商行,骆宾,0579-85220011\n"
)
_BAD = f"{_HEAD}L0003,绍兴柯桥轻纺城布行,鲁镇,0575-84120033\nL0004,,孔乙,0575-84120044\n"
_STRANGE = "日期,天气\n2026-06-29,小雨\n"


def _export(form: str) -> Shot:
    def show(stage: Stage) -> None:
        stage.ctx.settings.put("export.customers", form)
        page = stage.go("customers")
        assert isinstance(page, CustomersPage)
        page.show_list()
        stage.click("customers.export")

    return Shot(f"customers-export-{form}", show)


def _archive(stage: Stage) -> Path:
    """The archive of the book, in which somebody changed cells and wrote another code: a new customer."""
    from crmdesk.services.exports import archive

    path, changed = stage.folder / "客户档案.xlsx", stage.folder / "客户档案 改.xlsx"
    with stage.ctx.need_book().read() as connection:
        archive.write(connection, path)
    phones = iter(("0571-88120000", "021-62881177", "0512-67228899"))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                cells = text.decode()
                cells = _PHONE.sub(lambda found: f"<t>{next(phones, found[1])}</t>", cells, count=3)
                text = re.sub("<t>C0*9</t>", "<t>N0901</t>", cells, count=1).encode()
            new.writestr(name, text)
    return changed


def _import_archive(stage: Stage) -> None:
    path = _archive(stage)
    stage.go("customers")
    stage.window.import_file(path)


def _import_same(stage: Stage) -> None:
    from crmdesk.services.exports import archive

    with stage.ctx.need_book().read() as connection:
        path = archive.write(connection, stage.folder / "客户档案 2.xlsx")
    stage.go("customers")
    stage.window.import_file(path)


def _came(stage: Stage) -> None:
    """A folder through which a good file, one with a refused row and a strange one have come, and one that is gone."""
    from crmdesk.services import use_cases, watching

    book = stage.ctx.need_book()
    folder = stage.folder / "客户线索"
    if not folder.is_dir():
        folder.mkdir()
        gone = stage.folder / "银行流水"
        gone.mkdir()
        use_cases.run(book, "watch.set", {"folder": str(folder), "kind": "customers"}, actor="shots")
        use_cases.run(
            book, "watch.set", {"folder": str(gone), "kind": "bank", "active": False}, actor="shots"
        )
        for name, content in (("展会名单.csv", _GOOD), ("柯桥来电.csv", _BAD), ("天气.csv", _STRANGE)):
            (folder / name).write_text(content, encoding="utf-8")
            outcome = watching.Watch(book, "shots", settle_s=0).look()
            stage.ctx.bus.publish(outcome.changes)
    stage.go("settings", section="watching")
    stage.settle()


def _watching(stage: Stage) -> None:
    _came(stage)
    stage.widget("settings.watching.log").select(0)
    stage.settle()


def _empty(stage: Stage) -> None:
    stage.go("settings", section="watching")


def _new_folder(stage: Stage) -> None:
    stage.go("settings", section="watching")
    stage.click("settings.watching.new")


SHOTS = (
    *(_export(form) for form in ("list", "archive", "cards")),
    Shot("import-archive", _import_archive),
    Shot("import-archive-same", _import_same),
    Shot("settings-watching-empty", _empty),
    Shot("settings-watching-new", _new_folder),
    Shot("settings-watching", _watching),
)
