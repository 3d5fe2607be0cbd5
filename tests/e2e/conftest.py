"""The windows here are those of tests/ui, and leave the same garbage."""

from __future__ import annotations

from tests.ui.conftest import no_garbage_left

__all__ = ["no_garbage_left"]
