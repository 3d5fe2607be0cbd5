"""What is to be done for a customer, and what the team says about him: tasks and comments with mentions."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from crmdesk.models import clock
from crmdesk.models.errors import CrmdeskError
from crmdesk.models.specs import people as specs
from crmdesk.services.customer_people import Comment, People, Task
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.action_form import open_action
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.commands import Command, button, plain_button
from crmdesk.ui.kit.editors import mark_invalid
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.list_page import filter_chip
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.kit.words import Speaking
from crmdesk.ui.pages.customers.happenings import day_words

_AT = re.compile(r"[@＠](\w*)$")


class MentionLine(QLineEdit):
    """One line of text that offers names of the team behind an @."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMaxLength(specs.COMMENT_TEXT.length_max)
        self._names = QStringListModel(self)
        self.offers = QCompleter(self._names, self)
        self.offers.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.offers.setWidget(self)
        self.offers.activated.connect(self._take)
        self.textEdited.connect(lambda _text: self._offer())

    def set_names(self, names: tuple[str, ...]) -> None:
        """Whom one may mention."""
        if list(names) != self._names.stringList():
            self._names.setStringList(list(names))

    def _offer(self) -> None:
        found = _AT.search(self.text()[: self.cursorPosition()])
        popup: QAbstractItemView | None = self.offers.popup()
        if popup is None:
            return
        if found is None:
            popup.hide()
            return
        self.offers.setCompletionPrefix(found[1])
        if self.offers.completionCount():
            popup.setCurrentIndex(self.offers.completionModel().index(0, 0))
            self.offers.complete()
        else:
            popup.hide()

    def _take(self, name: str) -> None:
        place = self.cursorPosition()
        before, after = self.text()[:place], self.text()[place:]
        found = _AT.search(before)
        if found is not None:
            kept = before[: found.start()] + f"@{name} "
            self.setText(kept + after)
            self.setCursorPosition(len(kept))


class TaskList(EntryList):
    """Space ticks the task off."""

    def __init__(self, name: str, tick: Any) -> None:
        super().__init__(name)
        self._tick = tick

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space beside the keys of every list."""
        entry = self.current()
        if event.key() == Qt.Key.Key_Space and entry is not None:
            self._tick(entry.data)
            return
        super().keyPressEvent(event)


class TeamTab(Speaking, QWidget):
    """`show_people` fills it. The tab's commands belong to `page`."""

    def __init__(self, ctx: Context, place: str, page: QWidget) -> None:
        super().__init__()
        self._ctx = ctx
        self._place = place
        self._code = ""
        self._people: People | None = None
        space = theme().metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(theme().metrics.ring, space(2), 0, 0)
        column.setSpacing(space(2))
        row = QHBoxLayout()
        title = labels.strong()
        self.say(title.setText, N_("To do"))
        row.addWidget(title)
        row.addStretch(1)
        add = ctx.commands.add(
            Command("customers.addTask", N_("Add a task …"), self.add_task, "square-check", "Ctrl+J"), page
        )
        row.addWidget(button(add, "ghost", icon="plus"))
        column.addLayout(row)
        self.tasks = TaskList(f"{place}.tasks", self.tick)
        self.say(self.tasks.setAccessibleName, N_("To do"))
        self.say(self.tasks.setToolTip, N_("Space ticks a task off, Enter changes it, Delete removes it."))
        self.tasks.chosen.connect(lambda entry: self._edit_task(entry.data))
        self.tasks.delete_requested.connect(lambda entry: self._remove("task", entry.data.id, entry.title))
        column.addWidget(self.tasks, 2)
        self._no_task = labels.Paragraph("", "caption", "second")
        self.say(self._no_task.setText, N_("Nothing is to be done. Add what must not be forgotten (Ctrl+J)."))
        column.addWidget(self._no_task)
        column.addWidget(labels.rule())
        title = labels.strong()
        self.say(title.setText, N_("Comments"))
        column.addWidget(title)
        line = QHBoxLayout()
        line.setSpacing(space(2))
        self.text = MentionLine(f"{place}.comment")
        self.text.returnPressed.connect(self.comment)
        self.say(self.text.setAccessibleName, N_("Comment"))
        self.say(self.text.setPlaceholderText, N_("Say something to the team; @name mentions somebody"))
        line.addWidget(self.text, 1)
        self.handover = filter_chip("", f"{place}.handover", lambda _on: None)
        self.say(self.handover.setText, N_("Hand-over note"))
        self.say(self.handover.setAccessibleName, N_("Hand-over note"))
        self.say(self.handover.setToolTip, N_("What the next person in charge must know; shown first."))
        line.addWidget(self.handover)
        self.send = plain_button("", f"{place}.sendComment")
        self.say(self.send.setText, N_("Comment"))
        self.say(self.send.setAccessibleName, N_("Comment"))
        self.send.clicked.connect(lambda _checked=False: self.comment())
        line.addWidget(self.send)
        column.addLayout(line)
        self.error = labels.Paragraph("", "caption", "danger")
        self.error.setObjectName(f"{place}.comment.error")
        self.error.hide()
        self.text.textEdited.connect(lambda _text: self._show_error(""))
        column.addWidget(self.error)
        self.comments = EntryList(f"{place}.comments")
        self.say(self.comments.setAccessibleName, N_("Comments"))
        self.comments.chosen.connect(lambda entry: self._edit_comment(entry.data))
        self.comments.delete_requested.connect(
            lambda entry: self._remove("comment", entry.data.id, entry.detail)
        )
        column.addWidget(self.comments, 3)
        self._no_comment = labels.Paragraph("", "caption", "second")
        self.say(self._no_comment.setText, N_("No comments yet."))
        column.addWidget(self._no_comment)
        column.addStretch(0)

    def retranslate(self) -> None:
        """Entries hold words, too."""
        super().retranslate()
        if self._people is not None:
            self.show_people(self._code, self._people)

    def show_people(self, code: str, people: People) -> None:
        """Shows a customer's."""
        if code != self._code:
            self.text.clear()
            self._show_error("")
        self._code, self._people = code, people
        self.text.set_names(people.team)
        self.tasks.set_entries([_task_entry(one) for one in people.tasks])
        self.tasks.setVisible(bool(people.tasks))
        self._no_task.setVisible(not people.tasks)
        self.comments.set_entries([_comment_entry(one) for one in people.comments])
        self.comments.setVisible(bool(people.comments))
        self._no_comment.setVisible(not people.comments)

    # Tasks

    def add_task(self) -> None:
        """Asks for a new task of the customer that is shown."""
        if self._code:
            given = {"customer": self._code}
            open_action(
                self._ctx, self, _("Add a task"), "task.create", specs.TASK, {}, given, name="task", width=84
            )

    def _edit_task(self, task: Task) -> None:
        values = {"title": task.title, "due": task.due_on, "assignee": task.assignee, "note": task.note}

        def arguments(given: dict[str, Any]) -> dict[str, Any]:
            emptied = [name for name in ("due", "assignee", "note") if values[name] and name not in given]
            return {**given, "clear": emptied} if emptied else given

        open_action(
            self._ctx,
            self,
            _("Task"),
            "task.update",
            specs.TASK,
            values,
            {"task": task.id},
            name="task",
            width=84,
            to_arguments=arguments,
        )

    def tick(self, task: Task) -> None:
        """Ticks a task off; it may be opened again at once."""

        def done(_outcome: object) -> None:
            self._ctx.notices.toast(
                _("Done: {title}.").format(title=task.title),
                "good",
                _("Undo"),
                lambda: self._ctx.run_use_case("task.reopen", {"task": task.id}, owner=self),
            )

        self._ctx.run_use_case("task.done", {"task": task.id}, owner=self, on_done=done)

    # Comments

    def comment(self) -> None:
        """Says it."""
        text = self.text.text().strip()
        if not self._code:
            return
        if not text:
            self._show_error(_("Write what you want to say."))
            self.text.setFocus()
            return
        arguments = {"customer": self._code, "text": text, "handover": self.handover.isChecked()}

        def done(_outcome: object) -> None:
            self.text.clear()
            self.handover.setChecked(False)

        def failed(error: Exception) -> bool:
            if not isinstance(error, CrmdeskError):
                return False
            self._show_error(error.message)
            return True

        self._ctx.run_use_case("comment.add", arguments, owner=self, on_done=done, on_error=failed)

    def _show_error(self, words: str) -> None:
        self.error.setText(words)
        self.error.setVisible(bool(words))
        mark_invalid(self.text, bool(words))

    def _edit_comment(self, comment: Comment) -> None:
        open_action(
            self._ctx,
            self,
            _("Comment"),
            "comment.update",
            (specs.COMMENT_TEXT, specs.HANDOVER),
            {"text": comment.text, "handover": comment.is_handover},
            {"comment": comment.id},
            name="comment",
            width=76,
        )

    def _remove(self, kind: str, record_id: int, title: str) -> None:
        def yes() -> None:
            self._ctx.run_use_case(f"{kind}.remove", {kind: record_id}, owner=self)

        dialogs.confirm(
            self,
            _("Remove this entry?"),
            _("“{name}” is removed. What it was stays in the history.").format(name=title),
            _("Remove"),
            yes,
            name=f"{self._place}.removeEntry",
        )


def _task_entry(task: Task) -> Entry:
    is_late = task.due_on is not None and task.due_on < clock.today()
    due = _("due {date}").format(date=task.due_on.isoformat()) if task.due_on else ""
    return Entry(
        task.title,
        " · ".join(filter(None, (due, task.assignee, task.note))),
        icon="square",
        chip=_("Overdue") if is_late else "",
        chip_tone="danger",
        data=task,
    )


def _comment_entry(comment: Comment) -> Entry:
    changed = _("changed") if comment.is_changed else ""
    return Entry(
        comment.actor or _("Comment"),
        comment.text,
        side=" · ".join(filter(None, (changed, day_words(comment.said_on)))),
        icon="message-square",
        chip=_("Hand-over note") if comment.is_handover else "",
        chip_tone="warn",
        data=comment,
    )
