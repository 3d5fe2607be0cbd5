"""Import from a file: kind, file, columns, a trial run, then the import itself; former imports can be taken back."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.services.use_cases import Outcome
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit.controls import Combo
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.editors import editor_for
from crmdesk.ui.kit.labels import Paragraph, caption
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.imports.mapping import Mapping
    from crmdesk.services.imports.preview import ImportPreview
    from crmdesk.services.imports.results import ImportOptions, ImportResult

KINDS = (
    Choice("customers", N_("Customers")),
    Choice("products", N_("Products")),
    Choice("opening-balances", N_("Opening balances")),
    Choice("invoices", N_("Invoices")),
    Choice("payments", N_("Payments")),
)
_MODES = (
    Choice("create", N_("Only new ones")),
    Choice("upsert", N_("New ones and changes")),
    Choice("update", N_("Only changes")),
)
_FILTER = "*.xlsx *.xlsm *.xls *.xlsb *.ods *.csv *.tsv *.txt"
_ERRORS_SHOWN = 200
SAMPLE_ROWS = 6


def open_dialog(
    ctx: Context, parent: QWidget, kind: str = "customers", path: Path | None = None
) -> ImportDialog:
    """Shows the dialog, with a file at once when one was dropped on the window."""
    dialog = ImportDialog(ctx, parent, kind)
    dialog.show_sheet()
    if path is not None:
        dialog.take_file(path)
    return dialog


class ImportDialog(Dialog):
    """One page: what stands in the file, what each column is, what would happen."""

    def __init__(self, ctx: Context, parent: QWidget, kind: str) -> None:
        super().__init__(parent, _("Import from a file"), name="import", width=150)
        self._ctx = ctx
        self._path: Path | None = None
        self._preview: ImportPreview | None = None
        self._batch: str | None = None
        space = theme().metrics.space
        row = QHBoxLayout()
        row.setSpacing(space(2))
        self.kind: Any = self._choice("kind", N_("What"), KINDS, kind)
        self.kind.edited.connect(self._read_again)
        row.addWidget(self.kind)
        self.choose_button = QPushButton(_("Choose a file …"))
        self.choose_button.setObjectName("import.choose")
        self.choose_button.clicked.connect(self._ask_file)
        row.addWidget(self.choose_button)
        self.mode: Any = self._choice("mode", N_("Which rows"), _MODES, "create")
        row.addWidget(self.mode)
        self.sheet = self._combo("sheet", _("Sheet"))
        row.addWidget(self.sheet)
        self.encoding = self._combo("encoding", _("Encoding"))
        row.addWidget(self.encoding)
        template = QPushButton(_("Save a template …"))
        template.setObjectName("import.template")
        template.clicked.connect(self._save_template)
        row.addStretch(1)
        row.addWidget(template)
        self.body.addLayout(row)
        # As the eye goes: the two choices that appear later were made before the row was placed.
        for first, second in itertools.pairwise(
            (self.kind, self.choose_button, self.mode, self.sheet, self.encoding, template)
        ):
            self.setTabOrder(first, second)
        self.said = Paragraph(
            _("Excel, OpenDocument or text files. Nothing is written before you say so."), "", "second"
        )
        self.said.setObjectName("import.said")
        self.body.addWidget(self.said)
        self.columns = QTableWidget(0, 0)
        self.columns.setObjectName("import.columns")
        self.columns.setAccessibleName(_("Columns of the file"))
        self.columns.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.columns.verticalHeader().hide()
        self.columns.setMinimumHeight(theme().metrics.row * 7)
        self.body.addWidget(self.columns, 1)
        self.errors = QTableWidget(0, 4)
        self.errors.setObjectName("import.errors")
        self.errors.setAccessibleName(_("Refused rows"))
        self.errors.setHorizontalHeaderLabels([_("Row"), _("Column"), _("Value"), _("Reason")])
        self.errors.verticalHeader().hide()
        self.errors.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.errors.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.errors.setFixedHeight(theme().metrics.row * 3)
        for table in (self.columns, self.errors):
            rows = table.verticalHeader()
            rows.setDefaultSectionSize(theme().metrics.field + theme().metrics.space(1))
            rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            table.horizontalHeader().setDefaultAlignment(
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            )
        self.errors.hide()
        self.body.addWidget(self.errors)
        self.body.addWidget(
            caption(_("Refused rows can be saved as a workbook, corrected and imported again."))
        )
        self.add_action(_("Close"), "import.cancel", self.reject, shortcut="Esc")
        self.undo_button = self.add_action(_("Take it back"), "import.undo", self._undo)
        self.undo_button.hide()
        self.save_errors_button = self.add_action(
            _("Save refused rows …"), "import.saveErrors", self._save_errors
        )
        self.save_errors_button.hide()
        self.try_button = self.add_action(_("Trial run"), "import.try", self.try_run, shortcut="Ctrl+T")
        self.run_button = self.add_action(
            _("Import"), "import.run", self.run_import, kind="primary", shortcut="Ctrl+S"
        )
        self._enable(is_ready=False)

    # Building

    def _choice(self, name: str, label: str, choices: tuple[Choice, ...], value: str) -> Any:
        editor = editor_for(Field(name, Kind.CHOICE, label, choices=choices, required=True), self._ctx)
        editor.setObjectName(f"import.{name}")
        editor.setAccessibleName(_(label))
        editor.set_value(value)
        editor.setMinimumWidth(theme().metrics.em(22))
        return editor

    def _combo(self, name: str, words: str) -> QComboBox:
        combo = Combo(self)
        combo.setObjectName(f"import.{name}")
        combo.setAccessibleName(words)
        combo.setToolTip(words)
        combo.setMinimumWidth(theme().metrics.em(16))
        combo.activated.connect(lambda _index: self._read_again())
        combo.hide()
        return combo

    def _enable(self, *, is_ready: bool) -> None:
        self.try_button.setEnabled(is_ready)
        self.run_button.setEnabled(is_ready)

    # Reading

    def _ask_file(self) -> None:
        dialog = QFileDialog(self.window(), _("Import from a file"), str(Path.home()))
        dialog.setObjectName("import.file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"{_('Tables')} ({_FILTER})", f"{_('All files')} (*)"])
        dialog.fileSelected.connect(lambda name: self.take_file(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_file(self, path: Path) -> None:
        """Reads a file and shows its columns."""
        self._path = path
        for combo in (self.sheet, self.encoding):
            combo.clear()
            combo.hide()
        self._read_again()

    def _read_again(self) -> None:
        path = self._path
        if path is None:
            return
        book, kind = self._ctx.need_book(), str(self.kind.value())
        sheet = self.sheet.currentData() if self.sheet.count() else None
        encoding = self.encoding.currentData() if self.encoding.count() else None
        self._enable(is_ready=False)
        self.said.setText(_("Reading {file} …").format(file=path.name))

        def work(progress: Progress) -> ImportPreview:
            from crmdesk.services.imports import preview

            return preview.preview(
                book, kind, path, sheet=sheet, encoding=encoding, is_cancelled=lambda: progress.is_cancelled
            )

        self._ctx.run_heavy(work, owner=self, on_done=self._show, on_error=self._refused, replaces="preview")

    def _refused(self, error: Exception) -> bool:
        from crmdesk.ui.kit.faults import sentence

        self._preview = None
        self.columns.setRowCount(0)
        self.columns.setColumnCount(0)
        hint = getattr(error, "hint", None)
        self.said.setText(f"{sentence(error)} {hint}" if hint else sentence(error))
        return True

    def _show(self, found: ImportPreview) -> None:
        self._preview = found
        self._fill_combos(found)
        labels = {choice.name: choice.label for choice in found.fields}
        self.columns.setColumnCount(2 + SAMPLE_ROWS)
        numbers = [str(number) for number, _cells in found.sample[:SAMPLE_ROWS]]
        heads = [
            _("Column in the file"),
            _("Becomes"),
            *(_("Row {row}").format(row=number) for number in numbers),
        ]
        self.columns.setColumnCount(len(heads))
        self.columns.setHorizontalHeaderLabels(heads)
        self.columns.setRowCount(len(found.columns))
        for at, column in enumerate(found.columns):
            self.columns.setItem(at, 0, QTableWidgetItem(column.header))
            combo = Combo()
            combo.setObjectName(f"import.column.{column.index}")
            combo.setAccessibleName(column.header)
            combo.addItem(_("— leave out —"), "")
            for name, label in labels.items():
                combo.addItem(label, name)
            combo.setCurrentIndex(max(combo.findData(column.field), 0))
            self.columns.setCellWidget(at, 1, combo)
            for offset, (_number, cells) in enumerate(found.sample[:SAMPLE_ROWS]):
                text = cells[column.index] if column.index < len(cells) else ""
                self.columns.setItem(at, 2 + offset, QTableWidgetItem(text))
        self.columns.setColumnWidth(0, theme().metrics.em(22))
        self.columns.setColumnWidth(1, theme().metrics.em(30))
        for column in range(2, len(heads)):
            self.columns.setColumnWidth(column, theme().metrics.em(20))
        words = [_("{file}: {count} rows.").format(file=found.file, count=found.row_count)]
        words += [note.message for note in found.notes[:4]]
        if found.refusal is not None:
            words.append(found.refusal.message)
        self.said.setText(" ".join(words))
        self._enable(is_ready=True)

    def _fill_combos(self, found: ImportPreview) -> None:
        if not self.sheet.count() and len(found.sheets) > 1:
            for sheet in found.sheets:
                self.sheet.addItem(sheet.name, sheet.name)
            self.sheet.setCurrentIndex(max(self.sheet.findData(found.sheet), 0))
            self.sheet.show()
        if not self.encoding.count() and found.encoding is not None:
            for name in dict.fromkeys((found.encoding.name, *found.encoding.alternatives)):
                self.encoding.addItem(str(name), str(name))
            self.encoding.show()

    def mapping(self) -> Mapping | None:
        """The columns as they are chosen."""
        found = self._preview
        if found is None:
            return None
        from crmdesk.services.imports.mapping import Mapping

        chosen: dict[str, str | None] = {}
        for at, column in enumerate(found.columns):
            combo = self.columns.cellWidget(at, 1)
            if isinstance(combo, QComboBox) and column.header:
                chosen[column.header] = combo.currentData() or None
        return Mapping(chosen, header_row=found.header_row)

    # Doing

    def _options(self, *, is_dry_run: bool = False, errors_path: Path | None = None) -> ImportOptions:
        from crmdesk.services.imports.results import ImportOptions

        mode = str(self.mode.value())
        return ImportOptions(
            mode="update" if mode == "update" else "upsert" if mode == "upsert" else "create",
            mapping=self.mapping(),
            sheet=self.sheet.currentData() if self.sheet.count() else None,
            encoding=self.encoding.currentData() if self.encoding.count() else None,
            is_dry_run=is_dry_run,
            errors_path=errors_path,
            actor=self._ctx.actor,
        )

    def _run(self, options: ImportOptions, on_done: Any) -> None:
        path, book, kind = self._path, self._ctx.need_book(), str(self.kind.value())
        if path is None:
            return
        self._enable(is_ready=False)
        results: list[ImportResult] = []

        def work(progress: Progress) -> Outcome:
            from crmdesk.services.imports import run

            result = run.run(book, kind, path, options, progress.step, lambda: progress.is_cancelled)
            results.append(result)
            return Outcome({}, result.changes)

        def failed(error: Exception) -> bool:
            self._enable(is_ready=self._preview is not None)
            return self._refused(error)

        self._ctx.write(
            work,
            owner=self,
            on_done=lambda _outcome: on_done(results[0]),
            on_error=failed,
            label=_("Importing {file}").format(file=path.name),
        )

    def try_run(self) -> None:
        """Does everything and keeps nothing."""
        self._run(self._options(is_dry_run=True), lambda result: self._tell(result, is_trial=True))

    def run_import(self) -> None:
        """Imports the good rows in one transaction."""
        self._run(self._options(), lambda result: self._tell(result, is_trial=False))

    def _tell(self, result: ImportResult, *, is_trial: bool) -> None:
        source = (
            N_(
                "Trial: {read} rows read, {created} new, {updated} changed, {skipped} skipped, {failed} refused."
            )
            if is_trial
            else N_(
                "Done: {read} rows read, {created} new, {updated} changed, {skipped} skipped, {failed} refused."
            )
        )
        self.said.setText(
            _(source).format(
                read=result.read_count,
                created=result.created_count,
                updated=result.updated_count,
                skipped=result.skipped_count,
                failed=result.failed_count,
            )
        )
        self._show_errors(result)
        self._enable(is_ready=True)
        if not is_trial:
            self._batch = result.batch
            self.undo_button.setVisible(result.batch is not None)
            self.run_button.setEnabled(False)

    def _show_errors(self, result: ImportResult) -> None:
        shown = result.errors[:_ERRORS_SHOWN]
        self.errors.setVisible(bool(shown))
        self.save_errors_button.setVisible(bool(shown))
        self.errors.setRowCount(len(shown))
        for at, problem in enumerate(shown):
            reason = f"{problem.message} {problem.hint}" if problem.hint else problem.message
            for column, words in enumerate((problem.row, problem.column, problem.value, reason)):
                self.errors.setItem(at, column, QTableWidgetItem("" if words is None else str(words)))

    def _save_errors(self) -> None:
        from crmdesk.ui import papers

        name = f"{_('Refused rows')}.xlsx"

        def write(path: Path) -> None:
            self._run(
                self._options(is_dry_run=True, errors_path=path),
                lambda _result: papers.say_saved(self._ctx, path),
            )

        papers.ask_file(self._ctx, self, _("Save refused rows"), name, write)

    def _save_template(self) -> None:
        from crmdesk import text
        from crmdesk.ui import papers

        kind = str(self.kind.value())

        def write(path: Path) -> None:
            def work(progress: Progress) -> Path:
                del progress
                from crmdesk.services.imports import template

                return template.write(path, kind, text.current_language())

            def done(written: Path) -> None:
                papers.say_saved(self._ctx, written)
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(written.parent)))

            self._ctx.run_heavy(work, owner=self, on_done=done)

        papers.ask_file(self._ctx, self, _("Save a template"), f"{_('Template')} {kind}.xlsx", write)

    def _undo(self) -> None:
        if self._batch is None:
            return

        def done(_outcome: Outcome) -> None:
            self._batch = None
            self.undo_button.hide()
            self.run_button.setEnabled(True)
            self.said.setText(_("The import was taken back."))

        self._ctx.run_use_case(
            "import.undo", {"batch": self._batch}, owner=self, on_done=done, label=_("Taking the import back")
        )
