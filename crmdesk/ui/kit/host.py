"""What a part of the kit needs from the window around it; `crmdesk.ui.context.Context` has all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from crmdesk.ui.kit.bus import Bus
    from crmdesk.ui.kit.commands import Commands
    from crmdesk.ui.kit.notices import Notices
    from crmdesk.ui.kit.tasks import Tasks
    from crmdesk.ui.kit.view_state import ViewState


class Host(Protocol):
    """Tasks, changes, settings, notices and commands."""

    @property
    def tasks(self) -> Tasks:
        """Runs work off the window's thread."""
        ...

    @property
    def bus(self) -> Bus:
        """Says what changed."""
        ...

    @property
    def settings(self) -> ViewState:
        """What the window remembers."""
        ...

    @property
    def notices(self) -> Notices:
        """Shows errors and short messages."""
        ...

    @property
    def commands(self) -> Commands:
        """Every command with its shortcut."""
        ...
