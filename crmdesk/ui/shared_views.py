"""Views of a list that the book keeps for everybody, as the kit's button of views wants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmdesk.ui.own_fields import VIEW

if TYPE_CHECKING:
    from crmdesk.ui.context import Context

State = dict[str, Any]
Done = Callable[[], object]
Failed = Callable[[Exception], Any]


class BookViews:
    """The shared views of one list."""

    kinds = (VIEW,)

    def __init__(self, ctx: Context, kind: str) -> None:
        self._ctx, self._kind = ctx, kind

    def read(self, *, is_fresh: bool = False) -> dict[str, State]:
        """Every shared view by name."""
        return self._ctx.own.views(self._kind, is_fresh=is_fresh)

    @property
    def is_open(self) -> bool:
        """Whether there is a book that can be written."""
        return self._ctx.book is not None and not self._ctx.book.is_read_only

    def save(self, name: str, state: State, done: Done, failed: Failed | None = None) -> None:
        """Keeps a view for everybody; one of that name is replaced."""
        self._run("view.save", {"name": name, "state": state}, done, failed)

    def rename(self, name: str, to: str, done: Done, failed: Failed | None = None) -> None:
        """Gives a view another name."""
        self._run("view.rename", {"name": name, "to": to}, done, failed)

    def remove(self, name: str, done: Done, failed: Failed | None = None) -> None:
        """Forgets a view."""
        self._run("view.delete", {"name": name}, done, failed)

    def _run(self, use_case: str, arguments: State, done: Done, failed: Failed | None) -> None:
        self._ctx.run_use_case(
            use_case, {"list": self._kind, **arguments}, on_done=lambda _outcome: done(), on_error=failed
        )
