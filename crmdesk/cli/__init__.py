"""The command line: thin; parses, calls use cases and reports, prints. Its names are a contract (see `--help`)."""

from __future__ import annotations

from crmdesk.cli.main import main

__all__ = ["main"]
