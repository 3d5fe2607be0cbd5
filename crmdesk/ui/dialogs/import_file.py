"""Import from a file: kind, file, columns, a trial run, then the import itself; former imports can be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from crmdesk.services.use_cases import Outcome
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import import_source
from crmdesk.ui.dialogs.import_archive import ArchiveChanges, ArchiveRefusals, nothing_changes
from crmdesk.ui.dialogs.import_bank import AccountCombo
from crmdesk.ui.dialogs.import_columns import ColumnMap
from crmdesk.ui.dialogs.import_kinds import ARCHIVE, BANK, KINDS, MODES, USUAL_MODE
from crmdesk.ui.dialogs.import_rows import RawRows, RefusedRows
from crmdesk.ui.dialogs.import_template import save_template
from crmdesk.ui.dialogs.import_undo import take_back, undone_words
from crmdesk.ui.dialogs.import_words import result_words
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.labels import Paragraph, caption
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.imports.mapping import Mapping
    from crmdesk.services.imports.preview import ImportPreview
    from crmdesk.services.imports.results import ImportOptions, ImportResult

_VIEWS = (
    ("columns", N_("Columns")),
    ("rows", N_("Rows of the file")),
    ("refused", N_("Refused rows")),
    ("changes", N_("What changes")),
)


def open_dialog(
    ctx: Context, parent: QWidget, kind: str = "customers", path: Path | None = None, *, account: str = ""
) -> ImportDialog:
    """Shows the dialog, with a file at once when one was dropped on the window; `account` is that of a statement."""
    dialog = ImportDialog(ctx, parent, kind, account)
    dialog.show_sheet()
    if path is not None:
        dialog.take_file(path)
    return dialog


class ImportDialog(Dialog):
    """One page: what stands in the file, what each column is, what would happen."""

    def __init__(self, ctx: Context, parent: QWidget, kind: str, account: str = "") -> None:
        super().__init__(parent, _("Import from a file"), name="import", width=150)
        self._ctx = ctx
        self._path: Path | None = None
        self._preview: ImportPreview | None = None
        self._result: ImportResult | None = None
        self._batches: list[str] = []
        self._is_new = False
        """Whether the file was not read before: then it may say itself that it is a bank's."""
        self._chosen_header: int | None = None
        self.setAcceptDrops(True)
        space = theme().metrics.space
        row = QHBoxLayout()
        row.setSpacing(space(2))
        self.kind: Any = import_source.choice(ctx, "kind", N_("What"), KINDS, kind)
        self.kind.edited.connect(self._kind_chosen)
        row.addWidget(self.kind)
        self.choose_button = QPushButton(_("Choose a file …"))
        self.choose_button.setObjectName("import.choose")
        self.choose_button.clicked.connect(lambda: import_source.ask_file(self, self.take_file))
        row.addWidget(self.choose_button)
        self.mode: Any = import_source.choice(
            ctx, "mode", N_("Which rows"), MODES, USUAL_MODE.get(kind, "create")
        )
        self.mode.edited.connect(self._mode_chosen)
        row.addWidget(self.mode)
        self.account = AccountCombo(ctx, self, account)
        row.addWidget(self.account)
        self.sheet = import_source.combo(self, "sheet", _("Sheet"), lambda: self._take_choice("sheet"))
        row.addWidget(self.sheet)
        self.header_row = import_source.combo(
            self, "headerRow", _("Header row"), lambda: self._take_choice("headerRow")
        )
        row.addWidget(self.header_row)
        self.encoding = import_source.combo(
            self, "encoding", _("Encoding"), lambda: self._take_choice("encoding")
        )
        row.addWidget(self.encoding)
        self.template = template = QPushButton(_("Save a template …"))
        template.setObjectName("import.template")
        template.clicked.connect(self._save_template)
        row.addStretch(1)
        row.addWidget(template)
        self.body.addLayout(row)
        import_source.in_order(
            (
                *(self.kind, self.choose_button, self.mode, self.account),
                *(self.sheet, self.header_row, self.encoding, template),
            )
        )
        self.said = Paragraph("", "", "second")
        self.said.setObjectName("import.said")
        self.body.addWidget(self.said)
        self.views = Segments("import.view", [(key, _(words)) for key, words in _VIEWS], _("View"))
        self.views.changed.connect(self._show_view)
        line = QHBoxLayout()
        line.addWidget(self.views)
        line.addStretch(1)
        self.body.addLayout(line)
        self.stack = QStackedWidget()
        self.stack.setMinimumHeight(self.at_most(theme().metrics.em(48)))
        self.columns = ColumnMap()
        self.raw = RawRows()
        self.raw.header_chosen.connect(self._use_header)
        self.stack.addWidget(self.columns)
        self.stack.addWidget(self.raw)
        self.body.addWidget(self.stack, 1)
        refused = QWidget()
        column = QVBoxLayout(refused)
        column.setContentsMargins(0, 0, 0, 0)
        self.errors = RefusedRows()
        self.errors.edited.connect(self._follow_corrections)
        column.addWidget(self.errors, 1)
        column.addWidget(caption(_("Correct the cells here and try again, or save the rows as a workbook.")))
        self.stack.addWidget(refused)
        self.changes = ArchiveChanges()
        self.stack.addWidget(self.changes)
        self.refusals = ArchiveRefusals()
        self.stack.addWidget(self.refusals)
        self.same = nothing_changes()
        self.stack.addWidget(self.same)
        self._pages: dict[str, QWidget] = {"columns": self.columns, "rows": self.raw, "changes": self.changes}
        self._refused_page = refused
        self.add_action(_("Close"), "import.cancel", self.reject, shortcut="Esc")
        self.undo_button = self.add_action(_("Take it back"), "import.undo", self._undo)
        self.undo_button.hide()
        self.save_errors_button = self.add_action(
            _("Save refused rows …"), "import.saveErrors", self._save_errors
        )
        self.save_errors_button.hide()
        self.again_button = self.add_action(
            _("Try again"), "import.again", self.try_again, shortcut="Ctrl+Shift+Return"
        )
        self.again_button.hide()
        self.try_button = self.add_action(_("Trial run"), "import.try", self.try_run, shortcut="Ctrl+T")
        self.run_button = self.add_action(
            _("Import"), "import.run", self.run_import, kind="primary", shortcut="Ctrl+S"
        )
        self._show_refused(None)
        self._enable(is_ready=False)
        self._follow_kind()

    # Building

    def _enable(self, *, is_ready: bool) -> None:
        self.try_button.setEnabled(is_ready)
        self.run_button.setEnabled(is_ready)

    # Reading

    def take_file(self, path: Path) -> None:
        """Reads a file and shows its columns; a bank's own format is taken as a statement whatever was chosen."""
        self._path = path
        self.template.hide()  # whoever has a file needs none, and the choices about the file need its room
        self._is_new = True
        self._chosen_header = None
        for combo in (self.sheet, self.encoding, self.header_row):
            combo.clear()
            combo.hide()
        self._read_again()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Another file may be dropped on the dialog."""
        if len(event.mimeData().urls()) == 1:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Reads the dropped file."""
        urls = event.mimeData().urls()
        if urls and urls[0].isLocalFile():
            event.acceptProposedAction()
            self.take_file(Path(urls[0].toLocalFile()))

    def _kind_chosen(self) -> None:
        self.mode.set_value(USUAL_MODE.get(str(self.kind.value()), "create"))
        self._follow_kind()
        self._read_again()

    def _mode_chosen(self) -> None:
        """What an archive changes depends on it."""
        if self.is_archive():
            self._read_again()

    def is_archive(self) -> bool:
        """Whether the file is read as an archive: several sheets, whose columns are known by their names."""
        return self.kind.value() == ARCHIVE

    def _follow_kind(self) -> None:
        """A statement has an account; which rows are taken and what a template would be only others have.

        An archive has no columns to choose: what it would change is shown at once.
        """
        is_bank, is_archive = self.kind.value() == BANK, self.is_archive()
        self.account.setVisible(is_bank)
        self.mode.setVisible(not is_bank)
        self.template.setVisible(not is_bank and not is_archive and self._path is None)
        self.try_button.setVisible(not is_archive)
        for view in ("columns", "rows"):
            self.views.show_option(view, not is_archive)
        self.views.show_option("changes", is_archive)
        self._show_view("changes" if is_archive else "columns")
        if self._path is None:
            self.said.setText(
                _(
                    "Export the archive from Customers (Ctrl+E), change cells in Excel, and bring it back here."
                )
                if is_archive
                else _("Excel, OpenDocument or text files. Nothing is written before you say so.")
            )

    def _take_choice(self, name: str) -> None:
        """Another sheet has another header; another header row keeps the rest."""
        self._chosen_header = self.header_row.currentData() if name == "headerRow" else None
        self._read_again()

    def _use_header(self, row: int) -> None:
        self._chosen_header = row
        self._read_again()

    def _show_view(self, which: str) -> None:
        self.views.set_value(which)
        refused = self.refusals if self.is_archive() else self._refused_page
        self.views.setVisible(not self.is_archive() or which == "refused" or self._is_refused())
        self.stack.setCurrentWidget(self._pages.get(which, refused))

    def _read_again(self) -> None:
        path = self._path
        if path is None:
            return
        book, kind = self._ctx.need_book(), str(self.kind.value())
        sheet = self.sheet.currentData() if self.sheet.count() else None
        encoding = self.encoding.currentData() if self.encoding.count() else None
        header = self._chosen_header
        is_new, self._is_new = self._is_new, False
        self._enable(is_ready=False)
        self._result = None
        self._batches.clear()
        self.undo_button.hide()
        self.errors.forget()
        self._show_refused(None)
        self.said.setText(_("Reading {file} …").format(file=path.name))
        self.changes.show_differences(())

        def work(progress: Progress) -> ImportPreview | None:
            from crmdesk.services.imports import preview
            from crmdesk.services.imports.mapping import Mapping

            found = preview.kind_of(path, kind, lambda: progress.is_cancelled) if is_new else kind
            if found == ARCHIVE:
                return None
            return preview.preview(
                book,
                found,
                path,
                given=Mapping({}, header_row=header) if header is not None else None,
                sheet=sheet,
                encoding=encoding,
                is_cancelled=lambda: progress.is_cancelled,
            )

        def done(found: ImportPreview | None) -> None:
            if found is None:
                self._show_archive()
            else:
                self._show(found, is_new=is_new)

        self._ctx.run_heavy(work, owner=self, on_done=done, on_error=self._refused, replaces="preview")

    def _refused(self, error: Exception) -> bool:
        self._preview = None
        self.columns.clear()
        self.raw.setRowCount(0)
        self._say_error(error)
        return True

    def _say_error(self, error: Exception) -> None:
        from crmdesk.ui.kit.faults import sentence

        self.said.setText(sentence(error))

    def _show_archive(self) -> None:
        """A trial says which cells differ: nothing else is to be chosen."""
        if not self.is_archive():
            self.kind.set_value(ARCHIVE)
            self.mode.set_value(USUAL_MODE[ARCHIVE])
            self._follow_kind()
        self._preview = None
        self.columns.clear()
        self.raw.setRowCount(0)
        for combo in (self.sheet, self.encoding, self.header_row):
            combo.clear()
            combo.hide()
        self.try_run()

    def _show(self, found: ImportPreview, *, is_new: bool = False) -> None:
        if found.kind != self.kind.value():
            self.kind.set_value(found.kind)
            self.mode.set_value(USUAL_MODE.get(found.kind, "create"))
            self._follow_kind()
        elif is_new and found.is_statement:
            # A wallet's sheet says above its table what it is; its columns are others.
            self.kind.set_value(BANK)
            self._kind_chosen()
            return
        self._preview = found
        import_source.fill(found, self.sheet, self.encoding, self.header_row)
        self.columns.show_file(found)
        self.raw.show_file(found)
        words = [counted(N_("{file}: {count} rows."), found.row_count, file=found.file)]
        words += [note.message for note in found.notes[:4]]
        if found.refusal is not None:
            words.append(found.refusal.message)
        self.said.setText(" ".join(words))
        self._enable(is_ready=True)

    def mapping(self) -> Mapping | None:
        """The columns as they are chosen."""
        found = self._preview
        if found is None:
            return None
        from crmdesk.services.imports.mapping import Mapping

        return Mapping(self.columns.chosen(), header_row=found.header_row)

    # Doing

    def _options(
        self, *, is_dry_run: bool = False, errors_path: Path | None = None, only_refused: bool = False
    ) -> ImportOptions:
        from crmdesk.services.imports.results import ImportOptions

        mode = str(self.mode.value())
        return ImportOptions(
            mode="update" if mode == "update" else "upsert" if mode == "upsert" else "create",
            mapping=self.mapping(),
            sheet=self.sheet.currentData() if self.sheet.count() else None,
            encoding=self.encoding.currentData() if self.encoding.count() else None,
            is_dry_run=is_dry_run,
            errors_path=errors_path,
            corrections={row: dict(cells) for row, cells in self.errors.corrections.items()},
            only_rows=self._refused_numbers() if only_refused else None,
            actor=self._ctx.actor,
            account=self.account.account() if self.kind.value() == BANK else "",
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
            self._enable(is_ready=self._preview is not None and not self._batches)
            self._say_error(error)
            return True

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

    def try_again(self) -> None:
        """The refused rows as they are corrected: tried with all others, or imported when those are in already."""
        if self._batches:
            self._run(self._options(only_refused=True), lambda result: self._tell(result, is_trial=False))
        else:
            self.try_run()

    def _refused_numbers(self) -> frozenset[int]:
        result = self._result
        return frozenset(one.row for one in result.errors if one.row) if result is not None else frozenset()

    def _tell(self, result: ImportResult, *, is_trial: bool) -> None:
        self.said.setText(result_words(result, is_trial=is_trial))
        self._result = result
        self._show_refused(result)
        self._enable(is_ready=True)
        if result.kind == ARCHIVE:
            self.changes.show_differences(result.differences)
            self.run_button.setEnabled(bool(result.difference_count))
            if result.difference_count:
                self._show_view("changes")
                self.changes.setFocus(Qt.FocusReason.OtherFocusReason)
            elif not result.errors:
                self.stack.setCurrentWidget(self.same)
        if not is_trial:
            if result.batch is not None:
                self._batches.append(result.batch)
            self.undo_button.setVisible(bool(self._batches))
            self.run_button.setEnabled(not self._batches)
            self.try_button.setEnabled(not self._batches)

    def _show_refused(self, result: ImportResult | None) -> None:
        is_any = result is not None and bool(result.errors)
        self.views.show_option("refused", is_any)
        self.save_errors_button.setVisible(is_any)
        self.again_button.setVisible(is_any and not self.is_archive())
        self.again_button.setEnabled(False)
        if result is not None and is_any and self.is_archive():
            self.refusals.show_problems(result.errors)
            self._show_view("refused")
        elif result is not None and is_any:
            found = self._preview
            header = [column.header for column in found.columns] if found is not None else []
            self.errors.show_result(result, header)
            self._show_view("refused")
            self.errors.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.views.value() == "refused":
            self._show_view("changes" if self.is_archive() else "columns")

    def _is_refused(self) -> bool:
        return self._result is not None and bool(self._result.errors)

    def _follow_corrections(self) -> None:
        self.again_button.setEnabled(bool(self.errors.corrections))

    def _save_errors(self) -> None:
        from crmdesk.ui import papers

        name = f"{_('Refused rows')}.xlsx"

        def write(path: Path) -> None:
            self._run(
                self._options(is_dry_run=True, errors_path=path, only_refused=not self.is_archive()),
                lambda _result: self._saved_refused(path),
            )

        papers.ask_file(self._ctx, self, _("Save refused rows"), name, write)

    def _saved_refused(self, path: Path) -> None:
        from crmdesk.ui import papers

        self._enable(is_ready=not self._batches)
        papers.say_saved(self._ctx, path)

    def _save_template(self) -> None:
        save_template(self._ctx, self, str(self.kind.value()))

    def _undo(self) -> None:
        book, actor = self._ctx.need_book(), self._ctx.actor
        # What was tried again stands on what came first, so it goes first.
        batches = tuple(reversed(self._batches))
        self.undo_button.setEnabled(False)

        def work(progress: Progress) -> Outcome:
            del progress
            return take_back(book, actor, batches)

        def done(outcome: Outcome) -> None:
            self._batches = [one for one in self._batches if one not in batches[: outcome.result["undone"]]]
            self.undo_button.setVisible(bool(self._batches))
            self.undo_button.setEnabled(True)
            self._show_refused(None)
            self._enable(is_ready=not self._batches)
            self.said.setText(undone_words(outcome, len(batches)))

        def failed(error: Exception) -> bool:
            self.undo_button.setEnabled(True)
            self._say_error(error)
            return True

        self._ctx.write(work, owner=self, on_done=done, on_error=failed, label=_("Taking the import back"))
