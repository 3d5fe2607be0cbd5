"""Commands that open the window: open and demo; and the benchmark."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from crmdesk.cli.output import DONE, REFUSED, show, show_json, tell
from crmdesk.models import clock
from crmdesk.text import _


def has_display() -> bool:
    """Whether somebody can see a window here."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_command(arguments: argparse.Namespace) -> int:
    """crmdesk [open BOOK]"""
    if not has_display() and not os.environ.get("QT_QPA_PLATFORM"):
        tell(
            _("There is no display here. The command line does everything without a window: crmdesk --help.")
        )
        return REFUSED
    return _run_window(Path(arguments.book) if arguments.book else None)


def _run_window(path: Path | None) -> int:
    # What is imported stays until the end: no search for cycles need look at it. The window soon does its own
    # collecting (ui/kit/collector); until then there is nothing to collect.
    gc.disable()
    from crmdesk import app

    return app.main(path)


def demo_command(arguments: argparse.Namespace) -> int:
    """crmdesk demo"""
    from crmdesk.services import demo

    folder = Path(tempfile.mkdtemp(prefix="crmdesk-demo-")) if arguments.book is None else None
    path = Path(arguments.book) if arguments.book else folder / "practice.crmdesk"  # type: ignore[operator]
    tell(_("Making the practice company …"))
    book = demo.create(
        path,
        customer_count=max(arguments.customers, 1),
        invoice_count=max(arguments.invoices, 0),
        until=arguments.until,
        seed=arguments.seed,
        progress=_progress(),
    )
    try:
        if not arguments.no_window and has_display():
            book.close()
            return _run_window(path)
        files = [] if arguments.no_window else _show_without_window(path)
    finally:
        book.close()
    if arguments.as_json:
        show_json({"book": str(path), "files": [str(file) for file in files]})
    else:
        show(_("The practice company is ready: {file}").format(file=path))
        for file in files:
            show(_("Written: {file}").format(file=file))
        show(_("Open it with: crmdesk open {file}").format(file=path))
    return DONE


def _progress() -> Callable[[float], None]:
    shown = [-1]

    def report(done: float) -> None:
        percent = int(done * 100)
        if percent >= shown[0] + 10:
            shown[0] = percent
            tell(f"{percent} %")

    return report


def _show_without_window(path: Path) -> list[Path]:
    """The main job where there is no display: a statement as PDF and a picture of the window."""
    from crmdesk.services import papers
    from crmdesk.services.book import Book
    from crmdesk.services.documents import printing
    from crmdesk.services.outgoing import write_bytes
    from crmdesk.services.reports import ageing

    with Book.open(path) as book, book.read() as connection:
        rows = [row for row in ageing.rows(connection) if row.total_minor > 0]
        code = max(rows, key=lambda row: row.total_minor).customer if rows else "C00001"
        start = clock.today().replace(month=1, day=1)
        rendered = printing.render([papers.statement(connection, code, date_from=start)], "A4", "both")
    statement = write_bytes(path.with_name(f"statement-{code}.pdf"), rendered.pdf)
    picture = path.with_name("window.png")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from crmdesk.ui import screenshots

    screenshots.picture_of(path, picture)
    return [statement, picture]


def bench_command(arguments: argparse.Namespace) -> int:
    """crmdesk bench"""
    from crmdesk import bench

    return bench.main(
        customer_count=arguments.customers,
        invoice_count=arguments.invoices,
        only=tuple(part for part in arguments.only.split(",") if part),
        as_json=arguments.as_json,
    )
