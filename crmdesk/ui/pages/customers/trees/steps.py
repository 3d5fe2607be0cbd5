"""What is done to the categories of a tree, each step with its way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmdesk.models.specs.categories import CATEGORY_NAME, CATEGORY_NOTE
from crmdesk.services import category_tree, merge_reach
from crmdesk.services.category_tree import Node
from crmdesk.services.groups import Group, expression
from crmdesk.text import N_, _, counted
from crmdesk.ui.dialogs.form_dialog import FormDialog
from crmdesk.ui.dialogs.one_field import ask_text
from crmdesk.ui.dialogs.target import TargetDialog
from crmdesk.ui.dialogs.whom import WhomDialog
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.entry_list import Entry
from crmdesk.ui.kit.form import Form
from crmdesk.ui.pages.customers.trees import CATEGORY_NOTE_FORM
from crmdesk.ui.pages.customers.trees.tree_steps import Back, TreeSteps, form_of

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry as LeftEntry
    from crmdesk.services.use_cases import Outcome


class Steps(TreeSteps):
    """The steps of one category, beside those of the tree."""

    # Categories

    def new(self) -> None:
        """Asks for a name below the chosen category, or at the top."""
        tree, above = self._page.tree_name(), self._page.current_node()
        if not tree:
            self.new_tree()
            return
        start = f"{above.path}/" if above is not None else ""

        def given(text: str, form: Form, dialog: dialogs.Dialog) -> None:
            def done(outcome: Outcome) -> None:
                dialog.accept()
                self._page.show_path(str(outcome.result["path"]))

            self._run("category.create", {"dimension": tree, "path": start + text}, done, form.take_error)

        title = (
            _("New category below “{name}”").format(name=above.name)
            if above is not None
            else _("New category at the top")
        )
        ask_text(
            self._ctx, self._page, title, CATEGORY_NAME, given, name="trees.newCategory",
            text=_("A “/” makes several levels at once: East/Shanghai."),
        )  # fmt: skip

    def rename(self, node: Node, name: str) -> None:
        """Takes a new name; a refusal opens a form with what was typed, and says why under the field."""
        tree = self._page.tree_name()
        arguments = {"dimension": tree, "path": node.path, "name": name}

        def refused(error: Exception) -> bool:
            self.ask_name(node, name).take_error(error)
            return True

        self._run("category.rename", arguments, lambda outcome: self._renamed(node, name, outcome), refused)

    def _renamed(self, node: Node, name: str, outcome: Outcome) -> None:
        back = {"dimension": self._page.tree_name(), "path": str(outcome.result["path"]), "name": node.name}
        self._told(
            _("“{before}” is called “{after}” now.").format(before=node.name, after=name),
            Back(_("It has its old name again."), "category.rename", back),
        )

    def ask_name(self, node: Node, value: str = "") -> Form:
        """The form of a name."""
        tree = self._page.tree_name()

        def given(text: str, form: Form, dialog: dialogs.Dialog) -> None:
            def done(outcome: Outcome) -> None:
                dialog.accept()
                self._renamed(node, text, outcome)

            arguments = {"dimension": tree, "path": node.path, "name": text}
            self._run("category.rename", arguments, done, form.take_error)

        title = _("Rename “{name}”").format(name=node.name)
        dialog = ask_text(
            self._ctx,
            self._page,
            title,
            CATEGORY_NAME,
            given,
            value=value or node.name,
            name="trees.renameCategory",
        )
        return form_of(dialog)

    def move(self, node: Node, parent: Node | None, position: int | None) -> None:
        """Moves a category with what is below it."""
        told = self._tell_moved(node)
        arguments: dict[str, Any] = {"dimension": self._page.tree_name(), "path": node.path}
        arguments |= {"parent": parent.path} if parent is not None else {}
        arguments |= {"position": position} if position is not None else {}
        self._run("category.move", arguments, lambda outcome: told(outcome, parent))

    def _tell_moved(self, node: Node) -> Callable[[Outcome, Node | None], None]:
        """What a move tells when it is done, with the way back to where the category stands now."""
        tree, before = self._page.tree_name(), self._page.parent_of(node)
        place = self._page.siblings_of(node).index(node)

        def told(outcome: Outcome, parent: Node | None) -> None:
            path = str(outcome.result["path"])
            self._page.show_path(path)
            back: dict[str, Any] = {"dimension": tree, "path": path, "position": place}
            back |= {"parent": before.path} if before is not None else {}
            if parent == before:
                words = _("“{name}” has another place now.").format(name=node.name)
            elif parent is None:
                words = _("“{name}” stands at the top now.").format(name=node.name)
            else:
                words = _("“{name}” stands under “{parent}” now.").format(name=node.name, parent=parent.path)
            self._told(words, Back(_("It stands where it stood."), "category.move", back))

        return told

    def shift(self, node: Node, by: int) -> None:
        """One place up or down among its siblings; at the end nothing happens."""
        siblings = self._page.siblings_of(node)
        seen = [one for one in siblings if one.is_retired == node.is_retired]  # the others stand apart
        at = seen.index(node) + by
        if 0 <= at < len(seen):
            parent = self._page.parent_of(node)
            arguments: dict[str, Any] = {
                "dimension": self._page.tree_name(),
                "path": node.path,
                "position": siblings.index(seen[at]),
            }
            self._run("category.move", arguments | ({"parent": parent.path} if parent is not None else {}))

    def ask_move(self, node: Node) -> None:
        """Asks under which category it goes."""
        tree = self._page.tree_name()
        above = self._page.parent_of(node)
        entries = (
            [Entry(_("The top of the tree"), tree, icon="folder", data=None)] if above is not None else []
        )
        entries += [
            Entry(other.path, icon="folder", data=other)
            for other in self._page.desk.nodes
            if other != above and not other.is_retired and not _is_within(other, node)
        ]

        def request(parent: Node | None) -> tuple[str, dict[str, Any]]:
            arguments = {"dimension": tree, "path": node.path}
            return "category.move", arguments | ({"parent": parent.path} if parent is not None else {})

        TargetDialog(
            self._ctx,
            self._page,
            _("Move “{name}” under …").format(name=node.name),
            entries,
            request,
            name="trees.moveTo",
            hint=_("Type a part of the category"),
            yes=_("Move it"),
            text=_("Everything below it comes along. Its customers stay in it."),
            on_done=self._tell_moved(node),
        ).begin()

    def ask_merge(self, node: Node, text: str = "") -> None:
        """Asks into which category it goes, and shows who and what that touches."""
        tree = self._page.tree_name()
        entries = [
            Entry(other.path, counted(N_("{count} customers"), other.count), icon="folder", data=other)
            for other in self._page.desk.nodes
            if not _is_within(other, node) and (node.is_retired or not other.is_retired)
        ]

        def done(outcome: Outcome, into: Node) -> None:
            self._page.show_path(str(outcome.result["path"]))
            count = counted(N_("{count} customers came new"), int(outcome.result["joined"]))
            self._told(
                _("“{before}” is part of “{after}” now: {count}.").format(
                    before=node.path, after=into.path, count=count
                ),
                Back(
                    _("“{path}” is back.").format(path=node.path), "category.undo_merge", {"dimension": tree}
                ),
            )

        TargetDialog(
            self._ctx,
            self._page,
            _("Merge “{name}” into …").format(name=node.name),
            entries,
            lambda into: ("category.merge", {"dimension": tree, "path": node.path, "into": into.path}),
            name="trees.mergeInto",
            hint=_("Type a part of the category"),
            yes=_("Merge"),
            text=text or _("Its customers go over and it is gone. The merge can be undone."),
            reach=lambda connection, into: merge_reach.of_categories(connection, node.id, into.id),
            on_done=done,
        ).begin()

    def delete(self, node: Node) -> None:
        """An empty one is deleted; one in use is merged into another one."""
        if node.own_count or any(one.parent_id == node.id for one in self._page.desk.nodes):
            self.ask_merge(
                node,
                _("“{name}” is in use, so it cannot just go: choose which category takes over.").format(
                    name=node.name
                ),
            )
            return
        tree = self._page.tree_name()
        arguments = {"dimension": tree, "path": node.path}

        def done(_outcome: Outcome) -> None:
            back = Back(_("“{path}” is back.").format(path=node.path), "category.undo_delete", arguments)
            self._told(_("“{path}” was deleted. Nobody was in it.").format(path=node.path), back)

        self._run("category.delete", arguments, done)

    def retire(self, node: Node) -> None:
        """Retires it, or brings it back; both can be taken back."""
        arguments = {"dimension": self._page.tree_name(), "path": node.path}
        use_case, back = ("category.restore", "category.retire")
        words = _("“{name}” takes customers again.").format(name=node.name)
        other = _("“{name}” is retired again.").format(name=node.name)
        if not node.is_retired:
            use_case, back = back, use_case
            stay = counted(N_("{count} customers stay in it and below it."), node.count)
            words, other = _("“{name}” is retired. {carried}").format(name=node.name, carried=stay), words

        def done(_outcome: Outcome) -> None:
            self._page.show_path(node.path)
            self._told(words, Back(other, back, arguments))

        self._run(use_case, arguments, done)

    def resume_note(self, entry: LeftEntry) -> None:
        """Goes on with a note that was left behind."""
        self.write_note(str(entry.about.get("path", "")), str(entry.about.get("before", "")), entry)

    def write_note(self, path: str, note: str, entry: LeftEntry | None = None) -> None:
        """What the category means, in a form that survives a crash."""
        tree = str(entry.about["dimension"]) if entry is not None else self._page.tree_name()
        dialog = FormDialog(self._page, _("What it means"), name="trees.noteForm", subtitle=path, width=66)
        form = Form(
            self._ctx, (CATEGORY_NOTE,), {"note": note}, name="trees.noteForm.form", columns_max=1,
            has_shortcuts=False,
        )  # fmt: skip
        dialog.set_form(form)
        dialog.keep_safe(
            self._ctx,
            CATEGORY_NOTE_FORM,
            record=f"{tree}/{path}",
            title=lambda: _("Note on “{path}”").format(path=path),
            about=lambda: {"dimension": tree, "path": path, "before": note},
            entry=entry,
        )

        def submit() -> None:
            text = str(form.value("note") or "").strip()
            dialog.send(
                self._ctx,
                "category.note",
                {"dimension": tree, "path": path, **({"note": text} if text else {})},
                record=path,
                on_done=lambda _outcome: dialog.accept(),
                on_error=form.take_error,
            )

        form.submitted.connect(submit)
        dialog.add_cancel("trees.noteForm.cancel")
        dialog.add_action(_("Save"), "trees.noteForm.save", form.submit, kind="primary", shortcut="Ctrl+S")
        dialog.show_sheet()
        form.focus_first()

    # Customers

    def put(self, node: Node) -> None:
        """Puts a group of customers, or whom a filter finds, into the category."""
        tree = self._page.tree_name()

        def done(outcome: Outcome, _whom: str) -> None:
            count = int(outcome.result["assigned"])
            words = counted(N_("{count} customers came new"), count)
            self._ctx.notices.toast(f"{node.name}: {words}", "good")

        WhomDialog(
            self._ctx,
            self._page,
            _("Put customers into “{name}”").format(name=node.name),
            lambda whom: ("category.assign", {"dimension": tree, "path": node.path, "filter": whom}),
            name="trees.whom",
            yes=_("Put in"),
            text=_("Single customers are put in from the list of customers: select them there."),
            on_done=done,
        ).begin()

    def show_customers(self, node: Node | None) -> None:
        """The customers of the category and of what is below it, in the list."""
        tree = self._page.tree_name()
        if tree:
            place = category_tree.place(tree, node.path if node is not None else "")
            self._ctx.go("customers", filter=expression(Group("category", place)), words=place)


def _is_within(other: Node, node: Node) -> bool:
    """Whether a category is the other one, or below it."""
    return other.id == node.id or other.path.startswith(f"{node.path}/")
