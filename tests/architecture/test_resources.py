"""What the project brings along: complete, licensed, and free of anybody's machine."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from crmdesk.paths import resource
from tests.architecture.source import PROJECT


def project() -> dict[str, object]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normalised(name: str) -> str:
    """PEP 503: case and separators do not tell packages apart."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(name: str) -> set[str]:
    text = (PROJECT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return {normalised(found) for found in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


@pytest.mark.parametrize("face", ["Regular", "Bold"])
def test_fonts_are_truetype(face: str) -> None:
    """ReportLab embeds TrueType outlines only (a `glyf` table, no `CFF `)."""
    data = resource("fonts", f"NotoSansSC-{face}.ttf").read_bytes()
    count = int.from_bytes(data[4:6], "big")
    tables = {data[12 + 16 * i : 16 + 16 * i] for i in range(count)}
    assert b"glyf" in tables
    assert b"CFF " not in tables


def test_icons_take_the_colour_of_the_theme() -> None:
    icons = sorted(resource("icons").glob("*.svg"))
    assert len(icons) >= 60
    for icon in icons:
        text = icon.read_text(encoding="utf-8")
        assert 'stroke="currentColor"' in text, icon.name
        assert "<script" not in text, icon.name


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("fonts", "OFL.txt"), "SIL Open Font License"),
        (("icons", "LICENSE.txt"), "ISC License"),
        (("regions", "LICENSE.txt"), "MIT License"),
    ],
)
def test_assets_carry_their_licence(parts: tuple[str, ...], words: str) -> None:
    assert words in resource(*parts).read_text(encoding="utf-8")


def test_every_library_of_the_program_is_listed_with_its_licence() -> None:
    listed = re.split(r"[^\w.-]+", (PROJECT / "THIRD_PARTY.md").read_text(encoding="utf-8"))
    assert pinned("runtime") <= {normalised(word) for word in listed}


def test_the_lock_covers_the_declaration() -> None:
    declared = {normalised(re.split(r"[=<>!~;\[ ]", d)[0]) for d in project()["dependencies"]}
    extra = {normalised(re.split(r"[=<>!~;\[ ]", d)[0]) for d in project()["optional-dependencies"]["dev"]}
    assert declared <= pinned("runtime") <= pinned("dev")
    assert extra <= pinned("dev")


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_the_lock_names_no_server_and_hashes_everything(name: str) -> None:
    text = (PROJECT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    blocks = re.split(r"\n(?=\S)", text)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)


def test_nothing_made_or_private_is_committed() -> None:
    if not (PROJECT / ".git").exists():
        pytest.skip("not a git checkout")
    files = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT, capture_output=True, encoding="utf-8", check=True
    ).stdout.splitlines()
    made = [f for f in files if re.match(r"(\.venv|build|dist)/|.*(__pycache__|\.crmdesk$|\.pyc$)", f)]
    assert not made
    home = re.compile(rb"/(?:home|Users|root)/\w+/")
    text_kinds = {".py", ".md", ".toml", ".txt", ".spec", ".json", ".po", ""}
    invented = {"tests/services/test_places.py"}  # mount tables and folders of people who do not exist
    naming = [
        f
        for f in files
        if f not in invented
        and Path(f).suffix in text_kinds
        and (PROJECT / f).is_file()
        and home.search((PROJECT / f).read_bytes())
    ]
    assert not naming, "these name somebody's machine"
