"""Customers entered twice become one: field by field, with what moves and what comes out; and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from crmdesk.text import N_, _, counted
from crmdesk.ui.context import Context
from crmdesk.ui.dialogs.merge_sides import MergeSides, balance_words, clash_words, plain_moves, reason_chips
from crmdesk.ui.kit import dialogs, labels
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.labels import Paragraph
from crmdesk.ui.kit.layouts import FlowLayout
from crmdesk.ui.kit.tasks import Progress

if TYPE_CHECKING:
    from crmdesk.services.merge_preview import Preview
    from crmdesk.services.use_cases import Outcome

NAME = "merge"
_NAMED_MAX = 5
"""Documents that a message names."""
Read = tuple[list[str], dict[str, str], Any]


def names_in(preview: Preview) -> dict[str, str]:
    """Code -> name of each side."""
    choice = next(one for one in preview.fields if one.name == "name")
    return {code: str(value) for code, value in choice.values.items()}


class MergeDialog(Dialog):
    """Ctrl+Enter merges. `on_done(result)` comes after that."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        codes: Sequence[str],
        preview: Preview,
        on_done: Callable[[dict[str, Any]], object] | None = None,
    ) -> None:
        wide = 100 if len(codes) == 2 else 128
        super().__init__(parent, _("Merge customers"), name=NAME, subtitle=" + ".join(codes), width=wide)
        self._ctx = ctx
        self._codes = list(codes)
        self._on_done = on_done
        self._preview = preview
        self.banner = Banner(f"{NAME}.banner")
        self.body.addWidget(self.banner)
        holder = QWidget()
        holder.setObjectName(f"{NAME}.reasons")
        chips = FlowLayout(holder, gap=1.5)
        for chip in reason_chips(preview.score, preview.reasons):
            chips.addWidget(chip)
        self.body.addWidget(holder)
        self.sides = MergeSides(f"{NAME}.sides")
        self.sides.into_changed.connect(self._use_into)
        self.body.addWidget(self.sides)
        card = labels.Card("raised")
        card.setObjectName(f"{NAME}.outcome")
        self.moves = Paragraph("", "", "second")
        self.moves.setObjectName(f"{NAME}.moves")
        self.balance = Paragraph("", "", "second")
        self.balance.setObjectName(f"{NAME}.balance")
        self.twice = Paragraph("", "", "warn")
        self.twice.setObjectName(f"{NAME}.twice")
        self.pins = Paragraph("", "", "warn")
        self.pins.setObjectName(f"{NAME}.pins")
        card.body.addWidget(self.moves)
        card.body.addWidget(self.balance)
        card.body.addWidget(self.twice)
        card.body.addWidget(self.pins)
        self.body.addWidget(card)
        self.body.addWidget(
            Paragraph(
                _("Arrows lead through the fields, Space picks a value. The merge can be undone later."),
                "caption",
                "second",
            )
        )
        self.add_cancel(f"{NAME}.cancel")
        self.yes_button = self.add_action(
            _("Merge"), f"{NAME}.yes", self.submit, kind="primary", shortcut="Ctrl+Return", icon="users"
        )
        self._show(preview)

    def _show(self, preview: Preview) -> None:
        self._preview = preview
        names = names_in(preview)
        self.sides.show_sides(self._codes, names, preview)
        parts = [f"{label} {count:,}" for label, count in plain_moves(preview)]
        if preview.document_count:
            words = counted(N_("{count} documents (numbers and dates stay)"), preview.document_count)
            parts.insert(0, words)
        self.moves.setText(
            _("Moves to {code}: {parts}.").format(
                code=preview.into, parts=" · ".join(parts) or _("nothing else")
            )
        )
        each = " + ".join(f"{code} {balance_words(preview.balances.get(code, {}))}" for code in self._codes)
        self.balance.setText(
            _("Balance: {each} = {sum}.").format(each=each, sum=balance_words(preview.balances.get("", {})))
        )
        pairs = ", ".join(dict.fromkeys(one for one, _other in preview.contact_twins))
        self.twice.setText(_("These contacts will stand twice: {names}.").format(names=pairs))
        self.twice.setVisible(bool(pairs))
        self.pins.setText("\n".join(map(clash_words, preview.pin_clashes)))
        self.pins.setVisible(bool(preview.pin_clashes))

    def _use_into(self, code: str) -> None:
        """Another one stays: what is proposed and what moves is read again."""
        others = [one for one in self._codes if one != code]

        def work(connection: Any) -> Preview:
            from crmdesk.services import merge_preview

            return merge_preview.preview(connection, code, others)

        self._ctx.read(work, owner=self, on_done=self._show, on_error=self._failed, replaces="preview")

    def submit(self) -> None:
        """Merges as it is shown."""
        if not self.yes_button.isEnabled():
            return
        self.yes_button.setEnabled(False)
        into = self.sides.into
        arguments = {
            "into": into,
            "customers": [code for code in self._codes if code != into],
            "fields": self.sides.fields(),
        }
        self._ctx.run_use_case(
            "customer.merge", arguments, owner=self, on_done=self._done, on_error=self._failed
        )

    def _failed(self, error: Exception) -> bool:
        self.yes_button.setEnabled(True)
        self.banner.show_error(error)
        return True

    def _done(self, outcome: Outcome) -> None:
        result = dict(outcome.result)
        merges = [int(one["merge"]) for one in result["merges"]]
        window, ctx = self.parentWidget(), self._ctx
        self.accept()
        ctx.notices.toast(
            _("{codes} are one customer now: {code}.").format(
                codes=", ".join(str(one["customer"]) for one in result["merges"]) + f", {result['code']}",
                code=result["code"],
            ),
            "good",
            _("Undo"),
            lambda: undo(ctx, window, merges),
        )
        if self._on_done is not None:
            self._on_done(result)


def open_merge(
    ctx: Context,
    parent: QWidget,
    *,
    codes: Sequence[str] = (),
    ids: Sequence[int] = (),
    into: str = "",
    on_done: Callable[[dict[str, Any]], object] | None = None,
) -> None:
    """Reads customers (by codes or ids) and opens the dialog over them; `into` is who stays at first."""

    def work(connection: Any) -> tuple[list[str], Preview]:
        from crmdesk.services import duplicate_desk, merge_preview

        order = (
            duplicate_desk.stays_first(connection, codes)
            if codes
            else duplicate_desk.codes_of(connection, ids)
        )
        shown = [one for one in codes if one in order] or order
        first = into if into in order else order[0]
        return shown, merge_preview.preview(connection, first, [one for one in shown if one != first])

    def done(read: tuple[list[str], Preview]) -> None:
        dialog = MergeDialog(ctx, parent, read[0], read[1], on_done)
        dialog.show_sheet()
        dialog.sides.focus_first()

    ctx.read(work, owner=parent, on_done=done)


def merge_chosen(
    ctx: Context,
    parent: QWidget,
    ids: Sequence[int],
    on_done: Callable[[dict[str, Any]], object] | None = None,
) -> None:
    """Merges customers that were selected in a list; says how many fit side by side."""
    from crmdesk.services.duplicate_desk import TOGETHER_MAX

    if 2 <= len(ids) <= TOGETHER_MAX:
        open_merge(ctx, parent, ids=ids, on_done=on_done)
        return
    ctx.notices.toast(
        _(
            "Select two to {count} customers with Ctrl and the mouse, or Shift and the arrows, then merge them."
        ).format(count=TOGETHER_MAX),
        "info",
    )


def undo(
    ctx: Context,
    owner: QWidget | None,
    merges: Sequence[int],
    on_done: Callable[[], object] | None = None,
) -> None:
    """Undoes merges, the last one first, all or none."""
    book = ctx.need_book()

    def work(progress: Progress) -> Outcome:
        from crmdesk.services import several

        requests = [{"merge": one} for one in reversed(merges)]
        return several.run(book, "customer.unmerge", requests, actor=ctx.actor, step=progress.step)

    def done(outcome: Outcome) -> None:
        words = [_("The merge was undone: each customer has again what was his.")]
        for one in outcome.result["results"]:
            words += since_words(one)
        ctx.notices.toast(" ".join(words))
        if on_done is not None:
            on_done()

    ctx.write(work, owner=owner, on_done=done, label=_("Undoing the merge"))


def since_words(result: Mapping[str, Any]) -> list[str]:
    """What became of the documents that were posted between a merge and its undoing, as `customer.unmerge` tells it."""
    words: list[str] = []
    for numbers, code, source in (
        (result["went"], result["customer"], N_("{count} documents posted since went to {code}: {numbers}.")),
        (
            result["stayed"],
            result["code"],
            N_("{count} documents posted since stayed with {code}: {numbers}."),
        ),
    ):
        if numbers:
            shown = ", ".join(numbers[:_NAMED_MAX]) + (" …" if len(numbers) > _NAMED_MAX else "")
            words.append(counted(source, len(numbers), code=code, numbers=shown))
    return words


def ask_undo(ctx: Context, owner: QWidget, merge: int, code: str, name: str) -> None:
    """Asks before a merge of some time ago is undone."""
    dialogs.confirm(
        owner,
        _("Undo the merge?"),
        _(
            "{code} {name} is a customer of his own again, with all documents, contacts and tags that were his."
            " Documents posted since stay where they are, but for those that settle or take back only his; they are"
            " named afterwards."
        ).format(code=code, name=name),
        _("Undo the merge"),
        lambda: undo(ctx, owner, [merge]),
        name="unmerge",
        kind="primary",
    )
