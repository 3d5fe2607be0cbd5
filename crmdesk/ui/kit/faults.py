"""The sentence an error is told with. Every presenter of errors uses it."""

from __future__ import annotations

import logging

from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.paths import log_dir
from crmdesk.text import _

_log = logging.getLogger(__name__)


def sentence(error: Exception) -> str:
    """The sentence of an error for the user; a bug of ours gets a plain one and its trace goes to the log."""
    if isinstance(error, CrmdeskError):
        if error.code is Code.KEY_REUSED:
            # Keys are our own here: the commit came through before a crash, and something was changed since.
            return _(
                "This was saved already when the program ended. Look for it in the list and change it there."
            )
        return f"{error.message} {error.hint}" if error.hint else error.message
    _log.error("unexpected error", exc_info=error)
    return _("Something went wrong inside crmdesk. Nothing of this step was saved. Details: {folder}").format(
        folder=log_dir()
    )
