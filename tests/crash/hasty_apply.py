"""A program with a planted fault: `apply` that acknowledges a line before its transaction is committed.

The kill test must find it out; a test that lets this pass proves nothing.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from crmdesk.cli import apply
from crmdesk.cli.apply import Run, answer
from crmdesk.cli.main import main
from crmdesk.services import use_cases
from crmdesk.services.units import Unit
from crmdesk.services.use_cases import Outcome

_step = use_cases.step
_print = Run._print
_running: list[Run] = []
SLOW_DISK_S = 0.05
"""The commit is as slow as on a poor disk: the kill, up to 6 ms after an answer, falls before it and not by luck."""


def hasty_step(unit: Unit, *rest: Any) -> Outcome:
    """Says so at once; `Book.write` commits only after this returns."""
    outcome = _step(unit, *rest)
    run = _running[-1]
    run.given += 1
    _print(run, answer(run.given, outcome))
    time.sleep(SLOW_DISK_S)
    return outcome


def silent_when_done(run: Run, data: dict[str, Any]) -> None:
    """Acceptances were printed already; refusals keep their place in the count."""
    if not data["ok"]:
        run.given += 1
        _print(run, data)


def remember(run: Run, *rest: Any) -> None:
    """Notes the run whose answers are printed too early."""
    _init(run, *rest)
    run.given = 0
    _running.append(run)


_init = Run.__init__
Run.__init__ = remember
Run._print = silent_when_done
apply.use_cases.step = hasty_step

if __name__ == "__main__":
    sys.exit(main(["apply", *sys.argv[1:]]))
