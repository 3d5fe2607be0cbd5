"""Runs the reading child: starts it bound, gathers its frames, and ends it on time-out, excess or cancel."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from crmdesk.models.errors import Cancelled, Code
from crmdesk.services.imports.faults import ReadFault
from crmdesk.services.imports.limits import Limits
from crmdesk.services.imports.wire import read_frame, unpack, write_frame
from crmdesk.text import _

CHILD_OPTION = "--read-table-child"
"""The hidden option by which a frozen program becomes the child (see `child.main`)."""
POLL_SECONDS = 0.1
WATCH_SECONDS = 0.25
STDERR_KEPT = 4_096
_MEMORY_WORDS = ("memory allocation of", "MemoryError", "out of memory", "capacity overflow")

Progress = Callable[[int], None]
Cancel = Callable[[], bool]


@dataclass(slots=True)
class RawTable:
    """What the child sent, as it came."""

    head: dict[str, Any]
    batches: list[bytes] = field(default_factory=list)
    """Bodies of frames of rows, still packed: (row numbers, rows of wire cells)."""
    notes: list[tuple[str, str, dict[str, str | int]]] = field(default_factory=list)


def child_command() -> list[str]:
    """How to start the child, from source or frozen."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_OPTION]
    return [sys.executable, "-P", "-m", "crmdesk.services.imports.child"]


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[3])
    names = (
        "PATH",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "HOME",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "VIRTUAL_ENV",
    )
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {
        "PYTHONPATH": root,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "RUST_BACKTRACE": "0",
    }


def run(
    path: Path,
    sheet: str | None,
    encoding: str | None,
    limits: Limits,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    task: str = "",
) -> RawTable:
    """Reads a file in a child: a table or (`task`) something else. Raises ReadFault, or Cancelled.

    The child never outlives the call.
    """
    process = subprocess.Popen(
        child_command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        # a Ctrl-C in the terminal is ours to handle: the child is ended by us
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    job = None
    if sys.platform == "win32":
        from crmdesk.services.imports import job_object

        job = job_object.bind(int(process._handle), limits.memory_bytes, limits.seconds)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        return _Gatherer(process, limits, progress, cancel).gather(
            {
                "path": str(path),
                "sheet": sheet,
                "encoding": encoding,
                "limits": limits.as_plain(),
                "is_bound": True,
                "task": task,
            }
        )
    finally:
        _end(process)
        if job is not None:
            from crmdesk.services.imports import job_object

            job_object.close(job)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                continue  # a request that never went through


class _Gatherer:
    def __init__(
        self,
        process: subprocess.Popen[bytes],
        limits: Limits,
        progress: Progress | None,
        cancel: Cancel | None,
    ) -> None:
        self._process = process
        self._limits = limits
        self._progress = progress
        self._cancel = cancel
        self._frames: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._stderr = b""
        self._received = 0

    def gather(self, request: dict[str, Any]) -> RawTable:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            write_frame(process.stdin, request)
            process.stdin.close()
        except OSError:
            pass  # it died already; its exit tells
        reader = threading.Thread(target=self._read_frames, args=(process.stdout,), daemon=True)
        listener = threading.Thread(target=self._read_stderr, args=(process.stderr,), daemon=True)
        reader.start()
        listener.start()
        try:
            return self._collect()
        finally:
            if process.poll() is None:
                process.kill()
            reader.join()
            listener.join()

    def _collect(self) -> RawTable:
        deadline = time.monotonic() + self._limits.seconds
        next_watch = time.monotonic() + WATCH_SECONDS
        table: RawTable | None = None
        rows_read = 0
        while True:
            if self._cancel is not None and self._cancel():
                raise Cancelled(Code.CANCELLED, _("Reading the file was cancelled; nothing was changed."))
            now = time.monotonic()
            if now > deadline:
                raise ReadFault(Code.FILE_TOO_COMPLEX, "time", limit=self._limits.seconds)
            if now > next_watch:
                next_watch = now + WATCH_SECONDS
                resident = resident_bytes(self._process.pid) if sys.platform == "darwin" else None
                if resident is not None and resident > self._limits.memory_bytes:
                    raise _memory_fault(self._limits)
            try:
                frame = self._frames.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if frame is None:
                raise self._death()
            row_count, body = frame
            if row_count and table is not None:
                table.batches.append(body)
                self._received += len(body)
                if self._received > 2 * self._limits.unpacked_bytes:
                    raise _memory_fault(self._limits)
                rows_read += row_count
                if self._progress is not None:
                    self._progress(rows_read)
                continue
            message = unpack(body)
            if message[0] == "head":
                table = RawTable(message[1])
            elif message[0] == "fault":
                raise ReadFault(Code(message[1]), message[2], **message[3])
            elif message[0] == "end" and table is not None:
                table.notes = message[1]
                return table

    def _read_frames(self, stream: IO[bytes]) -> None:
        try:
            while (frame := read_frame(stream)) is not None:
                self._frames.put(frame)
        except (OSError, ValueError):
            pass  # the pipe was closed under us
        self._frames.put(None)

    def _read_stderr(self, stream: IO[bytes]) -> None:
        try:
            while chunk := stream.read(1_024):
                self._stderr = (self._stderr + chunk)[-STDERR_KEPT:]
        except (OSError, ValueError):
            return

    def _death(self) -> ReadFault:
        """Why the child ended without an answer."""
        code = self._process.wait()
        time.sleep(0.01)
        words = self._stderr.decode("utf-8", "replace")
        if any(word in words for word in _MEMORY_WORDS):
            return _memory_fault(self._limits)
        if code < 0 and -code in (24, 9, 14):  # SIGXCPU, SIGKILL by the CPU limit, SIGALRM
            return ReadFault(Code.FILE_TOO_COMPLEX, "time", limit=self._limits.seconds)
        if "No module named" in words or "can't open file" in words:
            return ReadFault(Code.READER_FAILED, "start")
        return ReadFault(Code.FILE_DAMAGED, "reader", detail=f"exit {code}")


def _memory_fault(limits: Limits) -> ReadFault:
    return ReadFault(Code.FILE_TOO_LARGE, "memory", limit=limits.memory_bytes // 1_048_576)


def resident_bytes(pid: int) -> int | None:
    """Memory a process has in use: for systems whose limits do not hold (macOS)."""
    try:
        if sys.platform == "linux":
            fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
            return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
        answer = subprocess.run(
            ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False, timeout=2
        )
        return int(answer.stdout) * 1024 if answer.stdout.strip() else None
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None
