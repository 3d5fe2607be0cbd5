#!/usr/bin/env python3
"""One door to crmdesk: sets it up, shows it, runs it and judges it. Standard library only, any system.

    python3 dev.py demo          the practice company in the window (or, without a display, on paper)
    python3 dev.py test          lint, types, contracts and all tests: what must hold before a change lands

`python3 dev.py --help` lists the rest. Every command sets up what it needs first.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BUILD = ROOT / "build"
DEMO = BUILD / "demo"
DEMO_BOOK = "practice.crmdesk"
STAMP = VENV / "crmdesk-setup"
LOCKS = {"runtime": ROOT / "requirements" / "runtime.txt", "dev": ROOT / "requirements" / "dev.txt"}

OLDEST_PYTHON = (3, 11)
# Newest first: what to look for when dev.py itself was started by one too old.
PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
# Raise when the way of setting up changes, so that working copies set themselves up anew.
SETUP_FORM = 1


class Stop(Exception):
    """Ends dev.py with a sentence for the person at the keyboard."""


# ------------------------------------------------------------------ what the system must bring


class Need(NamedTuple):
    """Something of the operating system: the Debian package, what for, and what proves it is there."""

    package: str
    purpose: str
    proof: str


NEEDS = (
    # Debian splits this off Python itself.
    Need("python3-venv", "setup", "import ensurepip"),
    # Qt does not start without these, not even without a display.
    Need("libegl1", "program", "libEGL.so.1"),
    Need("libgl1", "program", "libGL.so.1"),
    Need("libx11-6", "program", "libX11.so.6"),
    Need("libdbus-1-3", "program", "libdbus-1.so.3"),
    Need("libfontconfig1", "program", "libfontconfig.so.1"),
    Need("libfreetype6", "program", "libfreetype.so.6"),
    Need("libglib2.0-0", "program", "libglib-2.0.so.0"),
    Need("libxkbcommon0", "program", "libxkbcommon.so.0"),
    # A real window under X.
    Need("libxcb-cursor0", "window", "libxcb-cursor.so.0"),
    Need("libxkbcommon-x11-0", "window", "libxkbcommon-x11.so.0"),
    Need("libxcb-icccm4", "window", "libxcb-icccm.so.4"),
    Need("libxcb-keysyms1", "window", "libxcb-keysyms.so.1"),
    Need("libxcb-shape0", "window", "libxcb-shape.so.0"),
    # Tests that drive a real window, look at PDF pages, or ask another accountant.
    Need("xvfb", "tests", "Xvfb"),
    Need("xauth", "tests", "xauth"),
    Need("openbox", "tests", "openbox"),
    Need("xdotool", "tests", "xdotool"),
    Need("poppler-utils", "tests", "pdftoppm"),
    Need("hledger", "tests", "hledger"),
)
PURPOSES = {
    "setup": "to make the virtual environment",
    "program": "crmdesk does not start without them",
    "window": "to open a window",
    "tests": "without them some tests are skipped",
}


def is_present(need: Need) -> bool:
    if need.proof.startswith("import "):
        return importlib.util.find_spec(need.proof.split()[1]) is not None
    if ".so" not in need.proof:
        return shutil.which(need.proof) is not None
    try:
        ctypes.CDLL(need.proof)
    except OSError:
        return False
    return True


def missing_needs(purposes: Iterable[str] = tuple(PURPOSES)) -> list[Need]:
    """What this machine lacks. Only Linux leaves anything to the system's own packages."""
    if not sys.platform.startswith("linux"):
        return []
    return [need for need in NEEDS if need.purpose in purposes and not is_present(need)]


def apt_command(packages: Iterable[str]) -> list[str]:
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def may_install() -> bool:
    """True on a Debian-like system where this process may install packages."""
    return shutil.which("apt-get") is not None and hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages: Sequence[str]) -> bool:
    """Installs Debian packages as root; False when that did not work."""
    say(f"Installing Debian packages: {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = subprocess.DEVNULL
    # The list of a bare machine is empty or old. An unreachable source need not matter.
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, stdin=log, stdout=log, check=False)
    done = subprocess.run(apt_command(packages), env=quiet, stdin=log, stdout=log, check=False)
    return done.returncode == 0


def ensure_system() -> None:
    """Installs what the system lacks where allowed, else prints the exact command.

    Stops only when the program itself could not start.
    """
    missing = missing_needs()
    if missing and may_install():
        # One purpose at a time: a test tool that is not to be had must not keep the program away.
        for purpose in PURPOSES:
            packages = [need.package for need in missing if need.purpose == purpose]
            if packages:
                apt_install(packages)
        missing = missing_needs()
    if not missing:
        return
    for purpose, meaning in PURPOSES.items():
        packages = [need.package for need in missing if need.purpose == purpose]
        if packages:
            say(f"Missing ({meaning}): {' '.join(packages)}")
    say("On Debian or Ubuntu they are installed by:")
    say("  sudo apt-get update && sudo " + " ".join(apt_command(need.package for need in missing)))
    if any(need.purpose == "program" for need in missing):
        raise Stop("Install them, then run this again.")


# ------------------------------------------------------------------ the virtual environment


def executable(name: str) -> Path:
    """A program of the virtual environment."""
    if sys.platform == "win32":
        return VENV / "Scripts" / f"{name}.exe"
    return VENV / "bin" / name


def wanted_stamp() -> str:
    """Changes whenever what is installed has to change."""
    digest = hashlib.sha256(f"{SETUP_FORM}\n{ROOT}\n".encode())
    for file in (ROOT / "pyproject.toml", LOCKS["dev"]):
        # Line ends differ between checkouts of the same text.
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def is_set_up() -> bool:
    try:
        stamp = STAMP.read_text(encoding="utf-8")
    except OSError:
        return False
    return stamp == wanted_stamp() and executable("crmdesk").exists() and executable("python").exists()


def works(python: Path) -> bool:
    """True if that interpreter starts and is new enough."""
    question = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        return subprocess.run([str(python), "-c", question], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_venv() -> list[str]:
    """Makes `.venv` where none works, and returns the command that is its pip."""
    python = executable("python")
    base = getattr(sys, "_base_executable", None) or sys.executable
    own_pip = [str(python), "-m", "pip"]
    if works(python):
        if subprocess.run([*own_pip, "--version"], capture_output=True, check=False).returncode == 0:
            return own_pip
    elif VENV.exists():
        say("The virtual environment does not work (any more); making it anew.")
        shutil.rmtree(VENV)
    if importlib.util.find_spec("ensurepip") is not None:
        run([base, "-m", "venv", str(VENV)])
        return own_pip
    if importlib.util.find_spec("pip") is not None:
        # Debian without python3-venv but with python3-pip: the outer pip fills the inner environment.
        run([base, "-m", "venv", "--without-pip", str(VENV)])
        return [base, "-m", "pip", "--python", str(python)]
    command = " ".join(apt_command(["python3-venv"]))
    raise Stop(f"This Python cannot make virtual environments. On Debian or Ubuntu:\n  sudo {command}")


def setup() -> None:
    """Makes `.venv` with everything in it; does nothing when nothing changed."""
    ensure_system()
    if is_set_up():
        return
    began = time.monotonic()
    pip = make_venv()
    STAMP.unlink(missing_ok=True)
    say("Installing the packages of requirements/dev.txt (a minute or two the first time) ...")
    install = [*pip, "install", "-qq", "--disable-pip-version-check"]
    run([*install, "--require-hashes", "-r", str(LOCKS["dev"])])
    run([*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    STAMP.write_text(wanted_stamp(), encoding="utf-8")
    say(f"Set up in {time.monotonic() - began:.0f} s: {executable('crmdesk')}")


# ------------------------------------------------------------------ running things


def say(text: str) -> None:
    print(text, flush=True)


def call(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> int:
    """Runs a command in the project's folder, with its output shown; returns its exit code."""
    full = {**os.environ, **(env or {})}
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=full, check=False).returncode


def call_within(seconds: float, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> int:
    """Like `call`, but ends the command and all it started after that time; the exit code is then 124."""
    full = {**os.environ, **(env or {})}
    process = subprocess.Popen(
        [str(part) for part in command], cwd=ROOT, env=full, start_new_session=os.name == "posix"
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        say(f"dev.py: ended after {seconds:.0f} s: it hangs.")
        return 124
    finally:
        if process.poll() is None:
            # Workers too: one that lives on holds the output open, and whoever reads that waits for ever.
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
    """Like `call`, and stops when the command fails."""
    code = call(command, env)
    if code:
        raise Stop(f"Failed with exit code {code}: {' '.join(str(part) for part in command)}")


def answer(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> str:
    """The standard output of a command that has to succeed."""
    full = {**os.environ, **(env or {})}
    texts = [str(part) for part in command]
    done = subprocess.run(texts, cwd=ROOT, env=full, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode:
        raise Stop(f"Failed with exit code {done.returncode}: {' '.join(texts)}\n{done.stdout}")
    return done.stdout


def has_display() -> bool:
    """True if a window could be seen here."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in ("offscreen", "minimal"):
        return False
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def qt_env() -> dict[str, str]:
    """What Qt has to be told where nobody can see a window."""
    return {} if has_display() else {"QT_QPA_PLATFORM": "offscreen"}


class Step(NamedTuple):
    """One judge of the code: its name and how it is called."""

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str] | None = None
    limit_s: float = 600


def judge(steps: Sequence[Step]) -> int:
    """Runs all steps, also after a failed one, and says at the end which failed."""
    failed = []
    began = time.monotonic()
    for step in steps:
        shown = " ".join(str(part) for part in step.command[1:])
        say(f"--- {step.name}: {Path(step.command[0]).stem} {shown}")
        if call_within(step.limit_s, step.command, step.env):
            failed.append(step.name)
    took = f"{time.monotonic() - began:.0f} s"
    say(f"dev.py: FAILED: {', '.join(failed)} ({took})" if failed else f"dev.py: all green ({took})")
    return 1 if failed else 0


# ------------------------------------------------------------------ commands


# Several times what they take on two cores: only what hangs is ended.
TESTS_LIMIT_S = {"quick": 900, "normal": 3300, "long": 6 * 3600}


def lint_steps() -> list[Step]:
    ruff = executable("ruff")
    return [
        Step("lint", [ruff, "check", "--quiet", "--output-format", "concise", "."]),
        Step("format", [ruff, "format", "--check", "--output-format", "concise", "."]),
        Step("contracts", [executable("lint-imports"), "--no-cache"]),
    ]


def types_steps() -> list[Step]:
    return [Step("types", [executable("basedpyright")])]


def tests_steps(effort: str, arguments: Sequence[str]) -> list[Step]:
    workers = max(1, min(4, os.cpu_count() or 1))
    # A test that kills its worker ends the run: xdist, with a worker replaced, can wait for ever.
    spread = ["-n", str(workers), "--max-worker-restart", "0"] if workers > 1 else []
    command = [executable("python"), "-m", "pytest", "-q", *spread, *arguments]
    return [Step("tests", command, {"CRMDESK_TEST_EFFORT": effort}, TESTS_LIMIT_S[effort])]


def command_setup(_options: argparse.Namespace, _rest: list[str]) -> int:
    return 0


def command_test(options: argparse.Namespace, rest: list[str]) -> int:
    effort = "long" if options.long else "normal"
    if rest and rest[0] == "quick":
        effort, rest = "quick", rest[1:]
    if rest:
        # Somebody asked for certain tests: only those.
        return judge(tests_steps(effort, rest))
    return judge([*lint_steps(), *types_steps(), *tests_steps(effort, rest)])


def command_lint(options: argparse.Namespace, _rest: list[str]) -> int:
    if options.fix:
        call([executable("ruff"), "check", "--fix", "--quiet", "."])
        call([executable("ruff"), "format", "."])
    return judge(lint_steps())


def command_types(_options: argparse.Namespace, _rest: list[str]) -> int:
    return judge(types_steps())


def command_run(_options: argparse.Namespace, rest: list[str]) -> int:
    return call([executable("crmdesk"), *rest])


def command_bench(_options: argparse.Namespace, rest: list[str]) -> int:
    return call([executable("crmdesk"), "bench", *rest], qt_env())


def command_screenshots(_options: argparse.Namespace, rest: list[str]) -> int:
    if rest == ["--accept"]:
        # The test itself takes them: there is one way to make a picture.
        test = "tests/ui/test_pictures.py::test_the_pictures_are_as_accepted"
        accept = {**qt_env(), "QT_QPA_PLATFORM": "offscreen", "CRMDESK_ACCEPT_PICTURES": "1"}
        accept["CRMDESK_TEST_EFFORT"] = "long"
        return call([executable("python"), "-m", "pytest", "-q", test], accept)
    where = [] if "--out" in rest else ["--out", BUILD / "screenshots"]
    return call([executable("python"), "-m", "crmdesk.ui.screenshots", *where, *rest], qt_env())


def command_demo(_options: argparse.Namespace, rest: list[str]) -> int:
    DEMO.mkdir(parents=True, exist_ok=True)
    book = DEMO / DEMO_BOOK
    crmdesk = executable("crmdesk")
    if has_display() and not missing_needs(["window"]):
        return call([crmdesk, "open", book] if book.exists() else [crmdesk, "demo", book, *rest])
    if book.exists():
        # What the program shows without a window belongs to a company it has just made, and somebody may have
        # worked in the one that is there: nothing of it is touched.
        book = Path(tempfile.mkdtemp(dir=BUILD, prefix="demo-"), DEMO_BOOK)
    say("No display here, so the practice company is made without opening its window.")
    return call([crmdesk, "demo", book, *rest], {"QT_QPA_PLATFORM": "offscreen"})


def command_package(_options: argparse.Namespace, rest: list[str]) -> int:
    spec = ROOT / "packaging" / "crmdesk.spec"
    places = ["--distpath", BUILD / "dist", "--workpath", BUILD / "pyinstaller"]
    freeze = [executable("python"), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    run([*freeze, *places, spec, *rest])
    return call([executable("python"), ROOT / "packaging" / "smoke.py", BUILD / "dist" / "crmdesk"])


def command_lock(_options: argparse.Namespace, _rest: list[str]) -> int:
    """Pins anew what pyproject.toml allows. uv is used once, from an environment of its own."""
    heads = {
        "runtime": "# Every package the program runs on.",
        "dev": "# Every package of a working copy: the program, its judges and its tests.",
    }
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-m", "venv", folder])
        bin_dir = Path(folder, "Scripts" if sys.platform == "win32" else "bin")
        run([bin_dir / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "uv"])
        for name, file in LOCKS.items():
            extras = ["--extra", "dev"] if name == "dev" else []
            options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"]
            bare = ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
            pinned = answer([bin_dir / "uv", "pip", "compile", "pyproject.toml", *extras, *options, *bare])
            origin = "# Linux, macOS and Windows, Python 3.11 to 3.14. Made by: python3 dev.py lock"
            file.write_text(f"{heads[name]}\n{origin}\n{pinned}", encoding="utf-8", newline="\n")
            say(f"{file.relative_to(ROOT)}: {pinned.count('==')} packages")
    return 0


class Command(NamedTuple):
    do: Callable[[argparse.Namespace, list[str]], int]
    meaning: str
    takes_more: bool = False


COMMANDS = {
    "setup": Command(command_setup, "make .venv with everything; instant when nothing changed"),
    "demo": Command(command_demo, "make and open the practice company", takes_more=True),
    "run": Command(command_run, "run crmdesk with the arguments given", takes_more=True),
    "test": Command(
        command_test,
        "lint, types, contracts, tests; `test quick` in a minute, `test --long` for hours of doubt, "
        "`test PATH -k NAME` for certain tests only",
        takes_more=True,
    ),
    "lint": Command(command_lint, "ruff and the import contracts; --fix repairs what it can"),
    "types": Command(command_types, "basedpyright"),
    "bench": Command(command_bench, "the benchmark against raw SQLite and bare libraries", takes_more=True),
    "screenshots": Command(
        command_screenshots,
        "every shot of crmdesk/ui/shots into build/screenshots; --accept renews tests/ui/pictures",
        takes_more=True,
    ),
    "package": Command(command_package, "freeze the program into build/dist and try it", takes_more=True),
    "lock": Command(command_lock, "pin requirements/*.txt anew"),
}


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="dev.py", description="One door to crmdesk.", allow_abbrev=False)
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=command.meaning,
            description=command.meaning,
            allow_abbrev=False,
            add_help=name not in ("run", "bench"),  # `dev.py run --help` asks crmdesk
        )
        if name == "test":
            sub.add_argument("--long", action="store_true", help="also the tests that take minutes")
        if name == "lint":
            sub.add_argument("--fix", action="store_true", help="repair and format first")
    return root


def use_new_enough_python() -> None:
    """Starts again with a newer Python where this one is too old and a newer one is at hand."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for name in PYTHONS:
        found = shutil.which(name)
        if found and works(Path(found)):
            sys.exit(subprocess.run([found, *sys.argv], check=False).returncode)
    raise Stop(
        f"crmdesk needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer; "
        f"this is {sys.version.split()[0]}. Debian 12 and Ubuntu 24.04 bring one as python3."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        use_new_enough_python()
        options, rest = parser().parse_known_args(arguments)
        command = COMMANDS[options.command]
        if rest and not command.takes_more:
            parser().error(f"{options.command} does not take {' '.join(rest)}")
        if options.command != "lock":
            setup()
        return command.do(options, rest)
    except Stop as stop:
        print(f"dev.py: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
