"""A host for parts of the kit: real tasks, bus, notices, commands and settings in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from crmdesk import text
from crmdesk.ui.context import Context
from crmdesk.ui.kit import theme
from crmdesk.ui.kit.view_state import ViewState


@pytest.fixture
def host(qapp: QApplication, tmp_path: Path) -> Iterator[Context]:
    """A context without a book, in English, light and comfortable."""
    text.use_language("en")
    theme.install(qapp).configure("light", "comfortable", 1.0)
    made = Context(ViewState(tmp_path / "window.json"))
    yield made
    assert made.end(10), "a task did not end"
    text.use_language("en")
