"""The project's own benchmark: every figure beside raw SQLite or the bare library on the same data in the same run."""

from __future__ import annotations

from crmdesk.bench.main import main

__all__ = ["main"]
