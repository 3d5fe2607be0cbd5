"""A whole errand in a real window under X, with nothing but keys from outside the program.

Xvfb is the screen, openbox the window manager, xdotool the hands. Chinese words would need an input method; what is
typed here is Latin, in a window that is switched to Chinese at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from crmdesk import paths
from crmdesk.services import check
from crmdesk.services.book import Book
from crmdesk.services.documents.preview import count_pages
from crmdesk.services.lists import Query, querying

TOOLS = ("Xvfb", "openbox", "xdotool")
MISSING = [tool.lower() for tool in TOOLS if shutil.which(tool) is None]
"""Debian's packages have the names of their programs."""
INSTALL = f"sudo apt-get install -y --no-install-recommends {' '.join(MISSING)}"
SCREEN = (1366, 768)
PATIENCE_S = 60.0
PICTURES = os.environ.get("CRMDESK_PICTURES")
"""The folder for a picture of every station, when somebody wants them: docs/pictures holds those of the README."""

pytestmark = [
    pytest.mark.window,
    # Only in the long run: how soon a window manager and a busy machine answer is not ours to promise.
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(MISSING), reason=f"needs a screen, a window manager and hands: {INSTALL}"),
]


def wait_for(holds: Callable[[], Any], what: str) -> Any:
    """The first true answer; what other programs do is waited for, not timed."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        answer = holds()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"it never came: {what}")


class Desk:
    """The program on its own screen."""

    def __init__(self, environment: dict[str, str], book: Path) -> None:
        self.environment = environment
        self.book = book

    def xdo(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def key(self, *names: str) -> None:
        for name in names:
            self.xdo("key", "--clearmodifiers", name)
            time.sleep(0.25)  # as fast as a person; what follows waits for its effect

    def type(self, words: str) -> None:
        self.xdo("type", "--delay", "30", words)
        time.sleep(0.3)

    def find(self, words: str) -> None:
        """Goes somewhere by the palette, as places move and their numbers with them."""
        self.key("ctrl+k")
        wait_for(lambda: self.active().startswith("Search and commands"), "the palette")
        self.type(words)
        self.key("Return")
        wait_for(lambda: self.active().startswith("Northwind"), f"the window again, from {words}")

    def kept(self, form: str) -> dict[str, Any]:
        """What the window has kept of a form against a crash: the form as it stands, a second later."""
        for file in paths.drafts_dir().glob("*.json"):
            for entry in json.loads(file.read_text(encoding="utf-8"))["entries"]:
                if entry["form"] == form and entry["values"] is not None:
                    return {**entry["values"], **entry["about"], "title": entry["title"]}
        return {}

    def settings(self) -> str:
        """The window's own settings, written when it closes or when its language changes."""
        files = Path(self.environment["CRMDESK_HOME"]).rglob("window.json")
        return "".join(file.read_text(encoding="utf-8") for file in files)

    def titles(self) -> list[str]:
        found = self.xdo("search", "--onlyvisible", "--name", ".").split()
        return [self.xdo("getwindowname", one) for one in found]

    def active(self) -> str:
        return self.xdo("getactivewindow", "getwindowname")

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """The book as another process sees it."""
        with Book.open(self.book) as book, book.read() as connection:
            query = Query(kind)
            return querying.rows(connection, query, querying.ids(connection, query))

    def picture(self, station: str) -> None:
        """The window as it stands, with what lies over it: from the screen by Qt itself, so no other tool is needed."""
        if PICTURES is None:
            return
        time.sleep(7)  # what comes on by and by belongs into the picture, messages that go do not
        window = self.xdo("search", "--onlyvisible", "--name", "^Northwind").split()[0]
        place = dict(
            line.split("=", 1) for line in self.xdo("getwindowgeometry", "--shell", window).splitlines()
        )
        code = (
            "import sys; from PySide6.QtGui import QGuiApplication; app = QGuiApplication([]);"
            "picture = app.primaryScreen().grabWindow(0).copy(*map(int, sys.argv[2:])).toImage();"
            "sys.exit(not picture.convertToFormat(picture.Format.Format_RGB888).save(sys.argv[1], 'PNG', 0))"
        )
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        target = str(folder / f"keyboard-{station}.png")
        # xdotool counts the frame of a window twice. It fills the screen: its frame is the same at three sides.
        width, height = int(place["WIDTH"]), int(place["HEIGHT"])
        edge = (SCREEN[0] - width) // 2
        crop = [str(side) for side in (edge, SCREEN[1] - edge - height, width, height)]
        subprocess.run([sys.executable, "-c", code, target, *crop], env=self.environment, check=True)


def end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait(20)


@pytest.fixture
def desk(tmp_path: Path, own_home: Path) -> Iterator[Desk]:
    book = tmp_path / "northwind.crmdesk"
    Book.create(book, name="Northwind", country="CN", currency="CNY", language="en").close()
    with ExitStack() as stack:
        reader, writer = os.pipe()
        screen = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(writer),
                "-screen",
                "0",
                f"{SCREEN[0]}x{SCREEN[1]}x24",
                "-nolisten",
                "tcp",
            ],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        stack.callback(end, screen)
        os.close(writer)
        with os.fdopen(reader) as said:
            number = said.readline().strip()
        environment = {
            **os.environ,
            "DISPLAY": f":{number}",
            "QT_QPA_PLATFORM": "xcb",
            "CRMDESK_HOME": str(own_home),
            "CRMDESK_LANGUAGE": "en",
            "CRMDESK_FONT": "bundled",
            "CRMDESK_TODAY": "2026-06-30",
            "HOME": str(own_home),
            # Without a printer nobody is asked for one: whatever printers the machine has are none of ours.
            "CUPS_SERVER": "127.0.0.1:9",
        }
        manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
        stack.callback(end, manager)
        program = subprocess.Popen(
            [sys.executable, "-m", "crmdesk", "open", str(book)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert program.stderr is not None
        stack.enter_context(program.stderr)
        stack.callback(end, program)
        made = Desk(environment, book)
        wait_for(lambda: any("Northwind" in title for title in made.titles()), "the window")
        made.xdo("search", "--sync", "--name", "Northwind", "windowactivate", "--sync")
        yield made
        assert program.poll() is None, "the program ended by itself"
        made.xdo("search", "--name", "Northwind", "windowactivate", "--sync")
        made.key("alt+F4")
        assert program.wait(60) == 0
        assert "Traceback" not in program.stderr.read()


def test_import_invoice_payment_statement_and_chinese(desk: Desk, shared_data: Path, tmp_path: Path) -> None:
    # The customers of Northwind
    desk.key("ctrl+i")
    wait_for(lambda: desk.active().startswith("Import from a file"), "the import")
    before = len(desk.titles())
    desk.key("Tab", "space")
    wait_for(lambda: len(desk.titles()) > before, "the choice of a file")
    desk.type(str(shared_data / "northwind" / "customers.csv"))
    desk.key("Return")
    wait_for(lambda: len(desk.titles()) == before, "the file is chosen")
    desk.picture("1-import")
    # Not before the file was read: Import is grey until then.
    wait_for(lambda: desk.key("ctrl+s") or len(desk.rows("customers")) == 93, "the customers")
    desk.key("Escape")
    wait_for(lambda: desk.active().startswith("Northwind"), "the window again")
    desk.find("Customers")
    desk.picture("2-customers")

    # An invoice, without paper: there is no printer here
    desk.key("ctrl+alt+2")
    desk.type("ALFKI")
    desk.key("Return")  # picked
    wait_for(
        lambda: desk.kept("invoice").get("head", {}).get("customer") == "ALFKI", "the invoice's customer"
    )
    desk.key("Return", "Return", "Return", "Return")  # date, due, reference, currency
    desk.key("Return", "Return")  # no product: opened, left empty
    desk.type("Paint")
    desk.key("Return")
    desk.type("10")
    desk.key("Return", "Return")
    desk.type("100")
    desk.key("Return")
    wait_for(lambda: desk.kept("invoice").get("title", "").endswith("1,130.00"), "the invoice's total")
    desk.picture("3-invoice")
    desk.key("ctrl+shift+Return")
    (invoice,) = wait_for(lambda: desk.rows("invoices"), "the invoice")
    assert (invoice["customer"], invoice["total"]) == ("ALFKI", 113_000)

    # Its payment
    desk.find("Payments")
    desk.key("F6")
    wait_for(lambda: desk.active().startswith("Receive"), "quick payment")
    desk.type("ALFKI")
    desk.key("Return")
    wait_for(lambda: desk.kept("payment").get("customer") == "ALFKI", "the payment's customer")
    desk.type("1130")
    wait_for(lambda: desk.kept("payment").get("parts") == {invoice["number"]: 113_000}, "what it settles")
    desk.picture("4-payment")
    desk.key("ctrl+s")
    (payment,) = wait_for(lambda: desk.rows("payments"), "the payment")
    assert (payment["amount"], payment["free"]) == (113_000, 0)
    assert [row["open"] for row in desk.rows("invoices")] == [0]
    wait_for(lambda: desk.active().startswith("Northwind"), "the window again")

    # The statement as a PDF
    desk.find("statement ALFKI")
    desk.picture("5-statement")
    target = tmp_path / "statement.pdf"
    before = len(desk.titles())
    wait_for(lambda: desk.key("ctrl+s") or len(desk.titles()) > before, "where to save it")
    desk.key("ctrl+a")
    desk.type(str(target))
    desk.key("Return")
    wait_for(target.exists, "the PDF")
    assert count_pages(wait_for(target.read_bytes, "its pages")) == 1
    wait_for(lambda: desk.rows("prints"), "it is noted")

    # The other language, live
    desk.find("Language and look")
    desk.key("Tab", "Tab", "space")  # the sections, the languages
    wait_for(lambda: '"language": "zh_CN"' in desk.settings(), "Chinese")
    desk.key("ctrl+6")
    desk.picture("6-chinese")
    with Book.open(desk.book) as book:
        assert check.run(book)["violations"] == []
