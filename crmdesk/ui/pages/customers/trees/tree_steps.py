"""What is done to category trees as a whole, and the way back from the last step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.categories import CATEGORY_NAME
from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.delete_tree import ask_delete_tree
from crmdesk.ui.dialogs.one_field import ask_text
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.form import Form

if TYPE_CHECKING:
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.pages.customers.trees.page import TreesPage

OnDone = Callable[["Outcome"], object]
_MOVE = Field(
    "move",
    Kind.BOOLEAN,
    N_("Also those who have a place in this tree"),
    help=N_("They are taken out of it and follow their address."),
)


class Back(NamedTuple):
    """The way back from the last step: its words, use case and arguments."""

    words: str
    use_case: str
    arguments: dict[str, Any]


class TreeSteps:
    """The steps of one page; `page` says which tree is chosen, and is told what to show then."""

    def __init__(self, ctx: Context, page: TreesPage) -> None:
        self._ctx, self._page = ctx, page
        self._back: list[Back] = []

    def _run(
        self, use_case: str, arguments: dict[str, Any], on_done: OnDone | None = None, on_error: Any = None
    ) -> None:
        self._ctx.run_use_case(use_case, arguments, owner=self._page, on_done=on_done, on_error=on_error)

    def _told(self, words: str, back: Back) -> None:
        """Says what was done, with the way back."""
        self._back.append(back)
        self._ctx.notices.toast(words, "good", _("Undo"), lambda: self._go_back(back))

    def _go_back(self, back: Back) -> None:
        if back not in self._back:
            return  # taken back by its key already
        self._back.remove(back)
        self._run(back.use_case, back.arguments, lambda _outcome: self._ctx.notices.toast(back.words, "info"))

    @property
    def has_back(self) -> bool:
        """Whether a step of this window can be taken back."""
        return bool(self._back)

    def undo(self) -> None:
        """Takes the last step of this window back, else the last merge of the tree."""
        if self._back:
            self._go_back(self._back[-1])
            return
        tree = self._page.tree_name()
        if self._page.desk.undoable_id is None:
            self._ctx.notices.toast(_("There is nothing to take back in this tree."), "info")
            return
        dialogs.confirm(
            self._page,
            _("Undo the last merge?"),
            _(
                "The categories it took away come back, with who was in them; who was taken out since stays out."
            ),
            _("Undo the merge"),
            lambda: self._undo_merge(tree),
            name="trees.undoMerge",
            kind="primary",
        )

    def _undo_merge(self, tree: str) -> None:
        def done(outcome: Outcome) -> None:
            self._page.show_path(str(outcome.result["path"]))
            words = _("“{path}” is back.").format(path=outcome.result["path"])
            self._ctx.notices.toast(words, "good")

        self._run("category.undo_merge", {"dimension": tree}, done)

    # Trees

    def new_tree(self) -> None:
        """Asks for the name of a tree."""

        def given(text: str, form: Form, dialog: dialogs.Dialog) -> None:
            def done(outcome: Outcome) -> None:
                dialog.accept()
                self._page.use_tree(int(outcome.result["id"]))

            self._run("dimension.create", {"name": text}, done, form.take_error)

        ask_text(
            self._ctx, self._page, _("New category tree"), CATEGORY_NAME, given, name="trees.newTree",
            text=_("One question about customers, such as their trade, their size, or where they found you."),
        )  # fmt: skip

    def rename_tree(self, name: str = "") -> None:
        """Takes another name of the tree; without one, or where it is refused, asks for it."""
        before = self._page.tree_name()
        if not before:
            return
        if name:

            def refused(error: Exception) -> bool:
                self._ask_tree_name(before, name).take_error(error)
                return True

            arguments = {"dimension": before, "name": name}
            self._run(
                "dimension.rename", arguments, lambda _outcome: self._tree_renamed(before, name), refused
            )
        else:
            self._ask_tree_name(before, before)

    def _tree_renamed(self, before: str, name: str) -> None:
        self._told(
            _("The tree is called “{name}” now.").format(name=name),
            Back(
                _("The tree has its old name again."), "dimension.rename", {"dimension": name, "name": before}
            ),
        )

    def _ask_tree_name(self, before: str, value: str) -> Form:

        def given(text: str, form: Form, dialog: dialogs.Dialog) -> None:
            def done(_outcome: Outcome) -> None:
                dialog.accept()
                self._tree_renamed(before, text)

            self._run("dimension.rename", {"dimension": before, "name": text}, done, form.take_error)

        dialog = ask_text(
            self._ctx, self._page, _("Rename this tree"), CATEGORY_NAME, given, value=value,
            name="trees.renameTree",
        )  # fmt: skip
        return form_of(dialog)

    def put_tree(self, position: int) -> None:
        """Puts the tree at a place of the list."""
        self._run("dimension.reorder", {"dimension": self._page.tree_name(), "position": position})

    def shift_tree(self, by: int) -> None:
        """Another place in the list of trees."""
        names = [one.name for one in self._page.desk.trees]
        name = self._page.tree_name()
        if name not in names:
            return
        at = names.index(name) + by
        if 0 <= at < len(names):
            self._run("dimension.reorder", {"dimension": name, "position": at})

    def delete_tree(self) -> None:
        """Asks; one with categories is refused with the way out."""
        ask_delete_tree(self._ctx, self._page, self._page.tree_name(), name="trees.deleteTree")

    def make_starters(self, key: str = "") -> None:
        """Makes one of the usual trees, or all that are missing."""

        def done(outcome: Outcome) -> None:
            made, there = outcome.result["dimensions"], outcome.result["there"]
            self._page.show_tree_named(str((made or there)[0]))
            words = counted(N_("{count} trees made"), len(made))
            if not made:  # somebody else was quicker
                words = _("There already: {names}").format(names=", ".join(there))
            self._ctx.notices.toast(words, "good" if made else "info")

        self._run("dimension.starters", {"dimensions": [key]} if key else {}, done)

    def from_addresses(self) -> None:
        """Asks, then fills the tree from the customers' addresses."""
        tree = self._page.tree_name()
        if not tree:
            return
        from crmdesk.ui.dialogs.action_form import open_action

        def done(outcome: Outcome) -> None:
            result = outcome.result
            words = counted(N_("{count} customers put into their region"), result["placed"] + result["moved"])
            if result["without_region"]:
                words += " · " + counted(N_("{count} addresses without one"), result["without_region"])
            self._ctx.notices.toast(words, "good")

        open_action(
            self._ctx,
            self._page,
            _("Fill “{tree}” from addresses").format(tree=tree),
            "category.from_addresses",
            (_MOVE,),
            {},
            {"dimension": tree},
            name="trees.addresses",
            text=_(
                "Everybody with an address is put under its province, city and district; missing ones are made."
            ),
            yes=_("Fill the tree"),
            columns_max=1,
            width=64,
            on_done=done,
        )


def form_of(dialog: dialogs.Dialog) -> Form:
    """The form that `ask_text` has made."""
    form = dialog.findChild(Form)
    assert form is not None  # ask_text has made it
    return form
