"""Letters to a group: which text, who gets it and who is left out, the page of each, and how they leave the house."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.services.groups import Chosen, Group, parse
from crmdesk.text import N_, _, counted
from crmdesk.ui import letter_papers, papers, printer
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs import letter_text
from crmdesk.ui.kit import labels
from crmdesk.ui.kit.commands import icon_button, tip_of
from crmdesk.ui.kit.controls import Segments
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.preview import PagePreview
from crmdesk.ui.kit.tasks import Progress
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.tick_list import TickEntry, TickList

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmdesk.services.letter_recipients import Recipient
    from crmdesk.services.letters import Written

_WAIT_MS = 200
_PAPER, _MAIL = "paper", "mail"


class LettersDialog(Dialog):
    """Left what is sent to whom, right the page of the customer with the cursor."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        group: Group | Chosen | None,
        title: str,
        names: Sequence[str],
        text: str = "",
    ) -> None:
        super().__init__(parent, _("Letters to a group"), name="groupLetters", subtitle=title, width=158)
        self._ctx, self._page = ctx, parent
        self._given = group
        self.people: list[Recipient] = []
        self._soon = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._soon.timeout.connect(self.show_page)
        sizes = theme().metrics
        fields = [
            Field("text", Kind.CHOICE, N_("Letter"), required=True, default=text or names[0],
                  choices=tuple(Choice(one, one) for one in names)),
            Field("language", Kind.CHOICE, N_("Language"), default=letter_papers.OWN_LANGUAGE,
                  choices=tuple(Choice(*one) for one in letter_papers.LANGUAGES)),
            Field("offer", Kind.TEXT, N_("Another offer this time"), length_max=500,
                  sample=N_("as in the text")),
        ]  # fmt: skip
        if group is None:
            fields.insert(1, Field("group", Kind.LINK, N_("Group"), link="group"))
        self.form = Form(
            ctx, fields, name="groupLetters.form", columns_max=2, column_em=20, has_shortcuts=False,
            spans={"offer": 2} if group is not None else {}, pickers=ctx.pickers,
        )  # fmt: skip
        if group is None:
            self.form.editor("group").setPlaceholderText(_("All customers"))
        row = QHBoxLayout()
        row.setSpacing(sizes.space(5))
        left = QVBoxLayout()
        left.setSpacing(sizes.space(2.5))
        left.addWidget(self.form)
        head = QHBoxLayout()
        head.setSpacing(sizes.space(2))
        self.told = labels.strong()
        self.told.setObjectName("groupLetters.told")
        head.addWidget(self.told, 1)
        self.way = Segments(
            "groupLetters.way", [(_PAPER, _("On paper")), (_MAIL, _("By e-mail"))], _("How it is sent")
        )
        self.way.changed.connect(lambda _value: self._ask())
        head.addWidget(self.way)
        left.addLayout(head)
        self.reasons = labels.Paragraph("", "caption", "warn")
        self.reasons.setObjectName("groupLetters.reasons")
        left.addWidget(self.reasons)
        self.list = TickList("groupLetters.customers")
        self.list.setAccessibleName(_("Customers of the group"))
        self.list.setMinimumHeight(sizes.row * 4)
        self.list.ticks_changed.connect(self._count)
        self.list.current_changed.connect(lambda _entry: self._soon.start())
        left.addWidget(self.list, 1)
        row.addLayout(left, 9)
        right = QVBoxLayout()
        right.setSpacing(sizes.space(2))
        steps = QHBoxLayout()
        self.whose = labels.caption()
        self.whose.setObjectName("groupLetters.whose")
        steps.addWidget(self.whose, 1)
        for name, icon, words, keys, by in (
            ("before", "arrow-left", N_("The one before"), "Alt+Up", -1),
            ("next", "arrow-right", N_("The next one"), "Alt+Down", 1),
        ):
            step = icon_button(icon, tip_of(_(words), keys), f"groupLetters.{name}")
            step.setAccessibleName(_(words))
            step.setShortcut(keys)
            step.clicked.connect(lambda _checked=False, way=by: self.step(way))
            steps.addWidget(step)
        right.addLayout(steps)
        self.preview = PagePreview("groupLetters.preview")
        self.preview.setAccessibleName(_("Page preview"))
        self.preview.setMinimumSize(min(sizes.em(56), self.width() * 2 // 5), self.at_most(sizes.em(60)))
        self.preview.fit_width()
        right.addWidget(self.preview, 1)
        row.addLayout(right, 9)
        self.body.addLayout(row, 1)
        self._add_actions()
        self.form.changed.connect(self._changed)
        self._count()
        self._ask()

    def _add_actions(self) -> None:
        self.add_cancel("groupLetters.cancel")
        self.each_button = self.add_action(
            _("One PDF each …"), "groupLetters.each", self.write_each, shortcut="Ctrl+Shift+S"
        )
        self.pdf_button = self.add_action(
            _("One PDF …"), "groupLetters.pdf", self.save_pdf, icon="download", shortcut="Ctrl+S"
        )
        self.print_button = self.add_action(
            _("Print"), "groupLetters.print", self.print_all, kind="primary", icon="printer",
            shortcut="Ctrl+P",
        )  # fmt: skip
        self.mail_button = self.add_action(
            _("Write e-mail drafts …"), "groupLetters.mail", self.write_drafts, kind="primary", icon="mail",
            shortcut="Ctrl+Return",
        )  # fmt: skip

    # Who

    @property
    def group(self) -> Group | Chosen:
        """Whom it goes to: what the dialog was opened for, else what was chosen in it."""
        if self._given is not None:
            return self._given
        picker = self.form.editor("group")
        # a name that is no group yet is nobody, not everybody
        return Chosen(()) if picker.unpicked_text() else parse(picker.value() or "")

    def chosen(self) -> list[Recipient]:
        """Those who are ticked."""
        return list(self.list.ticked())

    def _changed(self, name: str) -> None:
        if name == "group":
            self._ask()
        else:
            self._soon.start()

    def _ask(self) -> None:
        group, way = self.group, self.way.value()

        def work(connection: Connection) -> list[Recipient]:
            from crmdesk.services import letter_recipients

            return letter_recipients.recipients(connection, group, way)

        self._ctx.read(work, owner=self, on_done=self._show, on_error=self.form.take_error, replaces="people")

    def _show(self, people: list[Recipient]) -> None:
        from crmdesk.services.letter_recipients import REASONS

        # who gets it stands before who does not, each by his code
        self.people = sorted(people, key=lambda one: bool(one.left_out))
        by_mail = self.way.value() == _MAIL
        self.list.set_entries(
            [
                TickEntry(
                    one.name,
                    one.code,
                    side=one.email if by_mail else "",
                    chip=_(REASONS[one.left_out]) if one.left_out else "",
                    chip_tone="warn",
                    data=one,
                    is_ticked=not one.left_out,
                )
                for one in self.people
            ]
        )
        if self.people:
            self.list.select(0)
        self._count()
        self._soon.start()

    def _count(self) -> None:
        chosen = len(self.list.ticked())
        out = len(self.people) - chosen
        words = counted(N_("{count} customers"), chosen)
        if out:
            words += " · " + _("left out: {count}").format(count=f"{out:,}")
        self.told.setText(words)
        self.reasons.setText(self._why_out())
        self.reasons.setVisible(bool(self.reasons.text()))
        by_mail = self.way.value() == _MAIL
        for button in (self.each_button, self.pdf_button, self.print_button):
            button.setVisible(not by_mail)
            button.setEnabled(bool(chosen))
        self.mail_button.setVisible(by_mail)
        self.mail_button.setEnabled(bool(chosen))
        (self.mail_button if by_mail else self.print_button).setDefault(True)

    def _why_out(self) -> str:
        """No address: 12 · by hand: 1."""
        from crmdesk.services.letter_recipients import REASONS

        out = [entry.data for entry in self.list.entries() if not entry.is_ticked]  # type: ignore[attr-defined]
        parts = [
            f"{_(words)}: {count:,}"
            for reason, words in (*REASONS.items(), ("", N_("By hand")))
            if (count := sum(1 for one in out if one.left_out == reason))
        ]
        return " · ".join(parts)

    def step(self, by: int) -> None:
        """The page of the next one who gets it, or of the one before."""
        entries = self.list.entries()
        rows = [at for at, entry in enumerate(entries) if entry.is_ticked]  # type: ignore[attr-defined]
        now = self.list.currentIndex().row()
        further = [at for at in rows if (at - now) * by > 0]
        if further:
            self.list.select(further[0] if by > 0 else further[-1])

    # The page

    def show_page(self) -> None:
        """The page of the customer with the cursor."""
        self._soon.stop()
        entry = self.list.current()
        if entry is None:
            self.whose.setText("")
            self.preview.set_message(_("Nobody is in this group today."))
            return
        one: Recipient = entry.data
        self.whose.setText(f"{one.name} · {self.list.currentIndex().row() + 1} / {len(self.people):,}")
        papers.show(self._ctx, self.preview, self._paper([one]), on_error=self._refused)

    def _refused(self, error: Exception) -> bool:
        """What has no text in the language is told under the language, and on the page as well."""
        if isinstance(error, CrmdeskError) and error.field == "language":
            self.form.set_error("language", str(error))
        return False

    def _paper(self, people: Sequence[Recipient]) -> papers.Paper:
        return letter_papers.stored(
            self._ctx,
            str(self.form.value("text")),
            [one.id for one in people],
            [one.code for one in people],
            str(self.form.value("language") or letter_papers.OWN_LANGUAGE),
            str(self.form.value("offer") or ""),
        )

    # Doing

    def print_all(self) -> None:
        """Prints them all."""
        paper = self._paper(self.chosen())
        self.accept()
        printer.print_paper(self._ctx, self._page, paper)

    def save_pdf(self) -> None:
        """One PDF of them all."""
        paper = self._paper(self.chosen())
        self.accept()
        papers.save_pdf(self._ctx, self._page, paper)

    def write_each(self) -> None:
        """A folder of PDFs."""
        self._write_into(_("Folder for the letters"), is_mail=False)

    def write_drafts(self) -> None:
        """A folder of drafts that the mail program opens."""
        missing = next((one for one in self.chosen() if not one.email), None)
        if missing is not None:
            words = _("{name} has no e-mail address. Leave him out, or add one to a contact.")
            self._ctx.notices.toast(words.format(name=missing.name), "warn")
            self.list.select(self.people.index(missing))
            return
        self._write_into(_("Folder for the drafts"), is_mail=True)

    def _write_into(self, title: str, *, is_mail: bool) -> None:
        ctx, page = self._ctx, self._page
        name, ids = str(self.form.value("text")), tuple(one.id for one in self.chosen())
        language = str(self.form.value("language") or letter_papers.OWN_LANGUAGE)
        options = letter_papers.options_of(ctx, language, str(self.form.value("offer") or ""))
        self.accept()

        def write(path: Path) -> None:
            book = ctx.need_book()

            def work(progress: Progress) -> Written:
                from crmdesk.services import groups, letters

                def step(done: int, total: int) -> None:
                    progress.check()
                    progress.step(done, total)

                return letters.write(
                    book, groups.Chosen(ids), name, path, options, is_mail=is_mail, step=step
                )

            def done(written: Written) -> None:
                ctx.bus.publish(written.changes)
                words = _("E-mail drafts written: {count}.") if is_mail else _("Letters written: {count}.")
                ctx.notices.toast(
                    words.format(count=len(written.files)),
                    "good",
                    _("Show in folder"),
                    lambda: papers.open_folder(path),
                )

            ctx.run_heavy(work, owner=page, on_done=done, label=_("Writing letters"))

        papers.ask_folder(ctx, page, title, write)


def open_letters(
    ctx: Context, parent: QWidget, group: Group | Chosen | None, title: str = "", text: str = ""
) -> None:
    """Opens the dialog; in a book without any text the first one is written before."""

    def work(connection: Connection) -> list[str]:
        from crmdesk.services import letters

        return letters.names(connection)

    def show(names: list[str]) -> None:
        if not names:
            ctx.notices.toast(_("First write the text; then choose who gets it."), "info")
            letter_text.open_text(
                ctx, parent, on_saved=lambda name: open_letters(ctx, parent, group, title, name)
            )
            return
        dialog = LettersDialog(ctx, parent, group, title, names, text)
        dialog.show_sheet()
        dialog.list.setFocus(Qt.FocusReason.OtherFocusReason)

    ctx.read(work, owner=parent, on_done=show)
