"""What holds for every test: no display, no warning, no trace in the user's own folders."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Qt. Whoever sets another platform means it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import HealthCheck, settings

from crmdesk import text

EFFORT_VARIABLE = "CRMDESK_TEST_EFFORT"
EFFORT = os.environ.get(EFFORT_VARIABLE, "normal")

# Tests are never timed: the machine may be busy. `too_slow` is a timing in disguise.
# Under CI the examples are the same each time, so that a change answers for itself only; everywhere else
# they are new ones, and what they find is mended then.
_UNTIMED = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "print_blob": True,
    "derandomize": "CI" in os.environ,
}
settings.register_profile("quick", max_examples=25, **_UNTIMED)
settings.register_profile("normal", max_examples=100, **_UNTIMED)
settings.register_profile("long", max_examples=1500, **_UNTIMED)
settings.load_profile(EFFORT)

PROJECT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`slow` tests are left out of a quick run, `long` ones run only when asked for."""
    left_out = {"quick": ("slow", "long"), "normal": ("long",), "long": ()}[EFFORT]
    kept = [item for item in items if not any(item.get_closest_marker(name) for name in left_out)]
    if len(kept) != len(items):
        dropped = [item for item in items if any(item.get_closest_marker(name) for name in left_out)]
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, logs, drafts and backups of a test go to a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CRMDESK_HOME", str(home))
    monkeypatch.delenv("CRMDESK_TODAY", raising=False)
    text.use_language("en")  # whatever the test before spoke
    monkeypatch.delenv("CRMDESK_RESOURCES", raising=False)
    return home


@pytest.fixture
def shared_data() -> Path:
    """The folder of real-world files that may stand beside the project; the test is skipped without."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real-world files (../shared/data) are not on this machine")
    return folder


class _Listener(logging.Handler):
    """Collects what the program complains of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def no_complaint_in_the_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """A log line of WARNING or above fails the test.

    A test that provokes one asks for `caplog`, and by that takes over to judge the lines itself.
    """
    if "caplog" in request.fixturenames:
        yield
        return
    listener = _Listener()
    root = logging.getLogger()
    root.addHandler(listener)
    try:
        yield
    finally:
        root.removeHandler(listener)
    if listener.records:
        lines = [f"{r.levelname} {r.name}: {r.getMessage()}" for r in listener.records]
        pytest.fail("the log complains:\n" + "\n".join(lines), pytrace=False)
