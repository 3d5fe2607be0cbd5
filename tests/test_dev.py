"""dev.py: what it decides, and that a second setup does nothing."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dev

ALL_THERE: list[dev.Need] = []


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working copy with nothing set up, in which no command is really run."""
    shutil.copy(dev.ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(dev.ROOT / "requirements", tmp_path / "requirements")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "STAMP", tmp_path / ".venv" / "crmdesk-setup")
    monkeypatch.setattr(dev, "LOCKS", {k: tmp_path / "requirements" / f"{k}.txt" for k in dev.LOCKS})
    monkeypatch.setattr(dev, "missing_needs", lambda purposes=(): ALL_THERE)
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every command that dev.py would have run."""
    seen: list[list[str]] = []

    def record(command: list[Any], env: object = None) -> int:
        seen.append([str(part) for part in command])
        return 0

    monkeypatch.setattr(dev, "call", record)
    return seen


def pretend_installed() -> None:
    for name in ("python", "crmdesk"):
        dev.executable(name).parent.mkdir(parents=True, exist_ok=True)
        dev.executable(name).touch()


def test_setup_installs_the_lock_with_hashes_and_then_does_nothing(
    checkout: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "make_venv", lambda: pretend_installed() or ["pip"])
    dev.setup()
    assert len(commands) == 2
    assert "--require-hashes" in commands[0]
    assert commands[0][-1] == str(checkout / "requirements" / "dev.txt")
    assert "--no-deps" in commands[1]
    assert commands[1][-1] == str(checkout)
    dev.setup()
    assert len(commands) == 2, "a second setup must do nothing"


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/dev.txt"])
def test_setup_notices_a_change(
    checkout: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    monkeypatch.setattr(dev, "make_venv", lambda: pretend_installed() or ["pip"])
    dev.setup()
    file = checkout / changed
    file.write_bytes(file.read_bytes() + b"\n# more\n")
    assert not dev.is_set_up()
    dev.setup()
    assert len(commands) == 4
    assert dev.is_set_up()


def test_line_ends_of_the_checkout_do_not_matter(checkout: Path) -> None:
    before = dev.wanted_stamp()
    file = checkout / "pyproject.toml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert dev.wanted_stamp() == before


def test_a_setup_that_failed_is_done_again(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "make_venv", lambda: pretend_installed() or ["pip"])
    monkeypatch.setattr(dev, "call", lambda command, env=None: 1)
    with pytest.raises(dev.Stop, match="exit code 1"):
        dev.setup()
    assert not dev.is_set_up()


def test_a_missing_launcher_means_not_set_up(
    checkout: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "make_venv", lambda: pretend_installed() or ["pip"])
    dev.setup()
    dev.executable("crmdesk").unlink()
    assert not dev.is_set_up()


def test_what_is_missing_is_named_with_the_exact_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = [need for need in dev.NEEDS if need.package in ("libegl1", "hledger")]
    monkeypatch.setattr(dev, "missing_needs", lambda purposes=(): gone)
    monkeypatch.setattr(dev, "may_install", lambda: False)
    with pytest.raises(dev.Stop):
        dev.ensure_system()
    assert "sudo apt-get install -y --no-install-recommends libegl1 hledger" in capsys.readouterr().out


def test_missing_test_tools_do_not_stop_the_setup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = [need for need in dev.NEEDS if need.package == "hledger"]
    monkeypatch.setattr(dev, "missing_needs", lambda purposes=(): gone)
    monkeypatch.setattr(dev, "may_install", lambda: False)
    dev.ensure_system()
    assert "some tests are skipped" in capsys.readouterr().out


def test_root_on_debian_installs_each_purpose_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[list[str]] = []
    answers = iter([list(dev.NEEDS), ALL_THERE])
    monkeypatch.setattr(dev, "missing_needs", lambda purposes=(): next(answers))
    monkeypatch.setattr(dev, "may_install", lambda: True)
    monkeypatch.setattr(dev, "apt_install", lambda packages: installed.append(list(packages)) or True)
    dev.ensure_system()
    assert [packages[0] for packages in installed] == ["python3-venv", "libegl1", "libxcb-cursor0", "xvfb"]
    assert sum(map(len, installed)) == len(dev.NEEDS)


def test_a_library_that_is_not_there_is_seen_to_be_missing() -> None:
    assert not dev.is_present(dev.Need("x", "program", "libcrmdesk-nowhere.so.9"))
    assert not dev.is_present(dev.Need("x", "tests", "crmdesk-no-such-program"))


def test_without_venv_and_pip_the_way_out_is_named(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "may_install", lambda: False)
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(dev.Stop, match=r"apt-get install -y --no-install-recommends python3-venv"):
        dev.make_venv()


def test_a_broken_environment_is_made_anew(
    checkout: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_installed()
    left_over = dev.VENV / "left-over"
    left_over.touch()
    pip = dev.make_venv()
    assert not left_over.exists()
    assert [command[1:3] for command in commands] == [["-m", "venv"]]
    assert pip == [str(dev.executable("python")), "-m", "pip"]


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_display_is_recognised(
    platform: str, variables: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert dev.has_display() is expected


def test_the_demo_without_a_display_is_made_anew_beside_the_one_there(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "BUILD", checkout / "build")
    monkeypatch.setattr(dev, "DEMO", checkout / "build" / "demo")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    calls: list[tuple[list[str], Any]] = []
    monkeypatch.setattr(
        dev, "call", lambda command, env=None: calls.append(([str(part) for part in command], env)) or 0
    )
    book = dev.DEMO / "practice.crmdesk"
    for _time in range(2):
        assert dev.command_demo(argparse.Namespace(), ["--customers", "9"]) == 0
        book.write_text("worked in")
    (first, env), (second, other_env) = calls
    assert first == [str(dev.executable("crmdesk")), "demo", str(book), "--customers", "9"]
    assert env == other_env == {"QT_QPA_PLATFORM": "offscreen"}
    fresh = Path(second[2])
    assert second == [*first[:2], str(fresh), *first[3:]]
    assert fresh.parent.parent == dev.BUILD
    assert fresh.parent != book.parent
    assert not fresh.exists()
    assert book.read_text() == "worked in"
    assert "No display" in capsys.readouterr().out


def test_judging_goes_on_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = iter([1, 0, 1])
    monkeypatch.setattr(dev, "call_within", lambda seconds, command, env=None: next(codes))
    steps = [dev.Step(name, ["true"]) for name in ("lint", "types", "tests")]
    assert dev.judge(steps) == 1
    assert "FAILED: lint, tests" in capsys.readouterr().out


@pytest.mark.slow  # two nested interpreters must have started before the limit, however busy the machine
@pytest.mark.skipif(os.name != "posix", reason="needs a named pipe")
def test_a_judge_that_hangs_is_ended_with_all_it_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ours = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    worker = f"import time; pipe = open({str(pipe)!r}, 'wb', 0); pipe.write(b'up'); time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {worker!r}])"
    hanging = dev.Step("tests", [sys.executable, "-c", parent], limit_s=15)
    try:
        assert dev.judge([hanging, dev.Step("lint", [sys.executable, "-c", ""])]) == 1
        assert "FAILED: tests (" in capsys.readouterr().out
        assert os.read(ours, 10) == b"up", "the worker never began: the check says nothing"
        os.set_blocking(ours, True)  # a worker that lives on would keep us waiting
        assert os.read(ours, 10) == b"", "the worker lives on and holds the pipe"
    finally:
        os.close(ours)


@pytest.mark.parametrize(
    ("arguments", "effort", "judges"),
    [
        ([], "normal", {"lint", "format", "contracts", "types", "tests"}),
        (["quick"], "quick", {"lint", "format", "contracts", "types", "tests"}),
        (["--long"], "long", {"lint", "format", "contracts", "types", "tests"}),
        (["tests/models", "-k", "money"], "normal", {"tests"}),
    ],
)
def test_test_chooses_its_judges(
    arguments: list[str], effort: str, judges: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dev.Step] = []
    monkeypatch.setattr(dev, "setup", lambda: None)
    monkeypatch.setattr(dev, "judge", lambda steps: seen.extend(steps) or 0)
    assert dev.main(["test", *arguments]) == 0
    assert {step.name for step in seen} == judges
    tests = seen[-1]
    assert tests.env == {"CRMDESK_TEST_EFFORT": effort}
    assert [str(part) for part in tests.command][-len(arguments) :] == arguments or judges != {"tests"}


def test_an_argument_that_nobody_takes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "setup", lambda: None)
    with pytest.raises(SystemExit) as refused:
        dev.main(["types", "everything"])
    assert refused.value.code == 2


def test_every_command_is_named_in_the_help() -> None:
    done = subprocess.run(
        [sys.executable, dev.ROOT / "dev.py", "--help"], capture_output=True, encoding="utf-8", check=True
    )
    for name in ("setup", "demo", "run", "test", "lint", "types", "bench", "screenshots", "package"):
        assert f"\n    {name}" in done.stdout


def test_dev_needs_nothing_but_the_standard_library() -> None:
    """It runs before anything is installed: -S hides site-packages, -I everything else."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", dev.ROOT / "dev.py", "--help"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
