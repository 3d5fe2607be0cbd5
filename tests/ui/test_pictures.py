"""A few pictures of the window to the last pixel: what changes the look is seen, and meant.

`dev.py screenshots --accept` renews them; the small pictures beside the hashes are for the eye of who looks at the
change. They hold only where every machine draws alike: offscreen, with the bundled font, and where Qt paints a small
drawing of ours (texts, soft edges, translucent fills) as the machine did on which the pictures were accepted.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt, qVersion
from PySide6.QtGui import QColor, QFont, QFontInfo, QImage, QPainter
from PySide6.QtWidgets import QApplication

from crmdesk.services import demo
from crmdesk.ui import screenshots
from crmdesk.ui.kit import icons, theme, tokens
from crmdesk.ui.screenshots import Look, Studio

FOLDER = Path(__file__).parent / "pictures"
HASHES = FOLDER / "hashes.json"
SEEN = Path(__file__).resolve().parents[2] / "build" / "pictures"
CONTROL = "the machine's way of painting"
IS_ACCEPTING = os.environ.get("CRMDESK_ACCEPT_PICTURES") == "1"
SMALL_WIDTH = 455
# None of them shows when something was entered.
PICTURES = {
    Look("zh_CN", "light"): ("customers", "invoices-editor", "payment", "welcome"),
    Look("en", "dark"): ("ageing", "customers-new", "products", "settings-look"),
}


@contextmanager
def studio_for(look: Look, book: Path | None) -> Iterator[Studio]:
    studio = Studio(look, book)
    # The folder is another one on every machine.
    studio.stage.window.top_bar.book_place.setText("…")
    try:
        yield studio
    finally:
        studio.close()


@pytest.fixture
def still(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fixed day, and a text cursor that does not blink."""
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    if qapp.platformName() != "offscreen":
        pytest.skip("pictures are compared offscreen only")
    flash = qapp.cursorFlashTime()
    qapp.setCursorFlashTime(0)
    yield
    qapp.setCursorFlashTime(flash)


@pytest.fixture
def book(tmp_path: Path, still: None) -> Path:
    path = tmp_path / "practice.crmdesk"
    demo.create(path, customer_count=40, invoice_count=160).close()
    return path


def take(studio: Studio, name: str) -> QImage:
    shot = next(one for one in screenshots.all_shots() if one.name == name)
    shot.prepare(studio.stage)
    studio.stage.settle()
    return screenshots.picture(studio.stage.window).toImage().convertToFormat(QImage.Format.Format_RGB32)


def drawing() -> QImage:
    """What tells one way of painting from another: the processor's own code for blending, the version of Qt."""
    theme.theme().configure("light", "comfortable", 1.0)
    image = QImage(320, 120, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont("Noto Sans SC")
    font.setPixelSize(13)
    painter.setFont(font)
    painter.setPen(QColor(20, 60, 50))
    # No signs whose width is a matter of the features that a font was last used with.
    painter.drawText(8, 20, "对账单 Statement")
    painter.setPen(Qt.PenStyle.NoPen)
    for step in range(8):
        painter.setBrush(QColor(14, 124, 102, 30 * step + 10))
        painter.drawRoundedRect(QRectF(8.3 + 36.7 * step, 34.5, 30.2, 40.9), 7.5, 7.5)
    painter.drawPixmap(8, 84, icons.pixmap("users", "accent", 24))
    painter.end()
    return image


def digest(image: QImage) -> str:
    return hashlib.sha256(bytes(image.constBits())).hexdigest()


def keep_small(image: QImage, png: Path) -> None:
    png.parent.mkdir(parents=True, exist_ok=True)
    small = image.scaledToWidth(SMALL_WIDTH, Qt.TransformationMode.SmoothTransformation)
    assert small.save(str(png))


@pytest.mark.long  # a pixel may still depend on what was painted before in the same process
def test_the_pictures_are_as_accepted(book: Path) -> None:
    assert QFontInfo(theme.theme().metrics.font).family().startswith("Noto Sans SC")
    control = f"{qVersion()} {digest(drawing())}"
    seen: dict[str, str] = {}
    images: dict[str, QImage] = {}
    for look, names in PICTURES.items():
        for needs_book in (True, False):
            chosen = [name for name in names if (name != "welcome") is needs_book]
            if not chosen:
                continue
            with studio_for(look, book if needs_book else None) as studio:
                for name in chosen:
                    image = take(studio, name)
                    images[f"{name}-{look}"] = image
                    seen[f"{name}-{look}"] = digest(image)
                    studio.stage.close_dialogs()
    seen[CONTROL] = control
    if IS_ACCEPTING:
        for name, image in images.items():
            keep_small(image, FOLDER / f"{name}.png")
        HASHES.write_text(json.dumps(seen, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    accepted = json.loads(HASHES.read_text(encoding="utf-8"))
    if accepted.get(CONTROL) != control:
        pytest.skip(
            "this machine, or this Qt, paints otherwise than the one on which the pictures were accepted"
        )
    other = [name for name in seen if seen[name] != accepted.get(name)]
    for name in other:
        SEEN.mkdir(parents=True, exist_ok=True)
        images[name].save(str(SEEN / f"{name}.png"))
    assert sorted(accepted) == sorted(seen)
    assert other == [], f"look at {SEEN}; if that is meant: dev.py screenshots --accept"


def test_one_colour_a_shade_darker_is_seen(still: None, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Look("zh_CN", "light")
    with studio_for(look, None) as studio:
        before = digest(take(studio, "welcome"))
    monkeypatch.setattr(tokens, "LIGHT", tokens.LIGHT._replace(accent="#0E7C67"))
    with studio_for(look, None) as studio:
        assert digest(take(studio, "welcome")) != before
