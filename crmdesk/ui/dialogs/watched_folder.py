"""The form of one watched folder: what comes in it, and how it is taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind, pick
from crmdesk.models.specs import watching as specs
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.labels import Paragraph

if TYPE_CHECKING:
    from crmdesk.services.picking import MoneyAccountPick
    from crmdesk.services.watching import WatchedFolder

_HEADER, _KEPT, _FILE = "header", "kept", "file"


class FolderDialog(Dialog):
    """The folder, what comes in it, what is done with known records, and where the columns are told."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        accounts: list[MoneyAccountPick],
        folder: WatchedFolder | None = None,
    ) -> None:
        super().__init__(
            parent,
            _("Watch a folder") if folder is None else _("Watched folder"),
            name="watchedFolder",
            subtitle="" if folder is None else folder.folder,
            width=96,
        )
        self._ctx = ctx
        self._before = folder
        self.form = Form(
            ctx, self._fields(folder), {}, name="watchedFolder.form", columns_max=2, has_shortcuts=False
        )
        choices = [
            Choice("", N_("As the file says")),
            *(Choice(one.code, f"{one.name} · {one.code}") for one in accounts),
        ]
        self.form.use_choices("account", choices)
        self.body.addWidget(self.form)
        self.hint = Paragraph("", "caption", "third")
        self.body.addWidget(self.hint)
        self.form.changed.connect(lambda _name: self._follow())
        self.form.submitted.connect(self.submit)
        self.form.cancelled.connect(super().reject)
        self.add_cancel("watchedFolder.cancel")
        self.add_action(_("Save"), "watchedFolder.save", self.submit, kind="primary", shortcut="Ctrl+S")

    def _fields(self, folder: WatchedFolder | None) -> list[Field]:
        columns = [Choice(_HEADER, N_("By the names over them"))]
        if folder is not None and folder.mapping:
            columns.append(Choice(_KEPT, N_("As it was said for this folder")))
        columns.append(Choice(_FILE, N_("As a mapping file says")))
        made = [] if folder is not None else [replace(specs.FOLDER, kind=Kind.FILE, link="folder", sample="")]
        made += pick(specs.WATCHED_FOLDER, "kind", "mode")
        made += [
            replace(field, kind=Kind.CHOICE, choices=(Choice("", N_("As the file says")),))
            for field in pick(specs.WATCHED_FOLDER, "account")
        ]
        made += [
            Field(
                "columns",
                Kind.CHOICE,
                N_("Columns"),
                choices=tuple(columns),
                default=_HEADER,
                help=N_("Where such a sheet was imported before: as you chose then."),
            ),
            Field(
                "mapping_file",
                Kind.FILE,
                N_("Mapping file"),
                help=N_("A JSON file: which header is which field. F4 chooses it."),
            ),
        ]
        made += [
            replace(field, help=N_("Empty: the only one that has rows.")) if field.name == "sheet" else field
            for field in pick(specs.WATCHED_FOLDER, "sheet")
        ]
        return [*made, specs.ACTIVE]

    def open_for(self, folder: WatchedFolder | None) -> None:
        """Shows the dialog for a folder, or for a new one."""
        if folder is not None:
            self.form.set_values(
                {
                    "kind": folder.kind,
                    "mode": folder.mode,
                    "account": folder.account,
                    "columns": _KEPT if folder.mapping else _HEADER,
                    "sheet": folder.sheet,
                    "active": folder.is_active,
                }
            )
        self._follow()
        self.form.mark_clean()
        self.show_sheet()
        self.form.focus_first()

    def _follow(self) -> None:
        """Only what matters for the kind is asked."""
        kind = self.form.value("kind")
        is_table = kind not in ("archive", "bank")
        self.form.show_field("account", kind == "bank")
        self.form.show_field("mode", kind != "bank")
        self.form.show_field("columns", is_table)
        self.form.show_field("mapping_file", is_table and self.form.value("columns") == _FILE)
        self.form.show_field("sheet", is_table)
        self.hint.setText(
            _("The file itself says which columns it has: nothing has to be chosen.")
            if not is_table
            else _(
                "Tip: import one such file through Ctrl+I first. The columns you choose there are used here, too."
            )
        )

    def submit(self) -> None:
        """Saves; what is wrong stands under its field."""
        try:
            values = self.form.values()
        except CrmdeskError:
            return
        arguments: dict[str, Any] = {
            name: values.get(name)
            for name in ("folder", "kind", "mode", "account", "sheet")
            if values.get(name)
        }
        arguments["active"] = bool(values.get("active"))
        if self._before is not None:
            arguments["folder"] = self._before.folder
            if self._before.encoding:
                arguments["encoding"] = self._before.encoding
        how = values.get("columns")
        if how == _FILE and arguments.get("kind") not in ("archive", "bank"):
            self._read_mapping(str(values.get("mapping_file") or ""), arguments)
            return
        if how == _KEPT and self._before is not None and self._before.mapping:
            arguments["mapping"] = self._before.mapping
        self._send(arguments)

    def _read_mapping(self, name: str, arguments: dict[str, Any]) -> None:
        if not name:
            self.form.set_error("mapping_file", _("Choose the mapping file (F4)."))
            return

        def work(_progress: Any) -> Any:
            from crmdesk.services.imports import mapping

            return mapping.read_file(Path(name)).as_plain()

        def failed(error: Exception) -> bool:
            from crmdesk.ui.kit.faults import sentence

            return self.form.set_error("mapping_file", sentence(error))

        self._ctx.run_heavy(
            work,
            owner=self,
            on_done=lambda found: self._send(arguments | {"mapping": found}),
            on_error=failed,
        )

    def _send(self, arguments: dict[str, Any]) -> None:
        self._ctx.run_use_case(
            "watch.set",
            arguments,
            owner=self,
            on_done=lambda _outcome: self.accept(),
            on_error=self.form.take_error,
        )
