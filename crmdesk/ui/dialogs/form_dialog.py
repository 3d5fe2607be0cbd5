"""A dialog around a form: it scrolls when the window is low, survives a crash, and asks before words are lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from crmdesk.ui.form_journal import Keeper, Kept
from crmdesk.ui.kit.banner import Banner
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.hold import Hold
from crmdesk.ui.kit.layouts import scrolled
from crmdesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from crmdesk.services.draft_journal import Entry
    from crmdesk.services.use_cases import Outcome
    from crmdesk.ui.context import Context

_BASE = "base"


class FormDialog(Dialog):
    """`set_form` (a form without shortcuts of its own), `keep_safe` where it is worth it, then `show_sheet`.

    Esc, Cancel and the cross ask while the form is dirty.
    """

    form: Form | None = None
    keeper: Keeper | None = None
    _more_height = 0
    """What the form would take beyond the least that is shown of it (pixels)."""
    _hold: Hold | None = None
    """While what was sent is on its way."""

    def set_form(self, form: Form) -> None:
        """The form, in an area that scrolls when the window is low."""
        self.form = form
        area = scrolled(form, f"{self.objectName()}.scroll")
        margins = self.body.contentsMargins()
        width = self.width() - margins.left() - margins.right() - theme().metrics.space(4)
        wanted = form.height_for(width) + theme().metrics.space(2)
        room = self.at_most(wanted)
        area.setMinimumHeight(room)
        self._more_height = wanted - room
        self.body.addWidget(area, 1)
        form.cancelled.connect(super().reject)

    def keep_safe(
        self,
        ctx: Context,
        kind: str,
        *,
        record: str = "",
        title: Callable[[], str],
        about: Callable[[], dict[str, Any]] = dict,
        entry: Entry | None = None,
    ) -> Keeper:
        """Keeps what is typed in the draft journal as a form of this kind; `entry` was left behind and is shown again.

        `record` is what is changed, which other windows are told; `about` what `entry.about` shall hold besides.
        """
        form = self.form
        if form is None:
            raise ValueError("set_form comes first")
        if entry is not None and entry.values is not None:
            form.restore(entry.values, entry.about.get(_BASE))

        def read() -> Kept | None:
            if not form.is_dirty():
                return None
            return Kept(title(), form.typed_values(), {_BASE: form.clean_values(), **about()})

        keeper = Keeper(ctx, self, kind, read)
        elsewhere = Banner(f"{self.objectName()}.elsewhere")
        self.body.insertWidget(0, elsewhere)
        keeper.elsewhere_changed.connect(
            lambda words: elsewhere.show_message(words, "info") if words else elsewhere.hide()
        )
        form.changed.connect(lambda _name: keeper.touch())
        self.finished.connect(lambda _code: keeper.forget())
        keeper.begin(record, entry)
        self.keeper = keeper
        return keeper

    def send(
        self,
        ctx: Context,
        use_case: str,
        arguments: Mapping[str, Any],
        *,
        record: str = "",
        on_done: Callable[[Outcome], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Runs the use case that saves the form, unless it is on its way already.

        What is new (no `record`) has the journal entry's name as its key: going on after a crash that came right
        after the commit creates no second one. A changed record has its version for that.
        """
        if self._hold is not None or self.form is None:
            return
        hold = self._hold = Hold(self.form)

        def failed(error: Exception) -> object:
            self._hold = None
            hold.end()
            return on_error(error)

        key = self.keeper.key if self.keeper is not None and not record else None
        ctx.run_use_case(use_case, arguments, owner=self, on_done=on_done, on_error=failed, key=key)

    def wanted_height(self) -> int:
        """With the whole form in sight."""
        return self.sizeHint().height() + self._more_height

    def reject(self) -> None:
        """Asks before what was typed is lost."""
        if self.form is not None and self.form.is_dirty():
            self.form.leave(super().reject)
        else:
            super().reject()
