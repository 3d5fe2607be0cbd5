"""Several processes open one book at the same moment, write once and close: run as a program.

`python -m tests.crash.racing BOOK RACES PROCESSES KILLS` prints one JSON object: what was refused, and how many
writes were acknowledged. With KILLS=1 one of the processes is killed in each race instead of closing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path

from crmdesk.services.book import Book
from tests.services import small_book


def _clerk(path: Path, gate: int, number: int, is_killed: bool) -> str:
    os.read(gate, 1)  # everybody starts when the gate is closed
    book = Book.open(path)
    told = " ".join(book.notices)
    small_book.do(book, "customer.update", customer=f"K{number % 3}", note=str(number))
    if is_killed:
        os.kill(os.getpid(), signal.SIGKILL)
    book.close()
    return told


def race(path: Path, processes: int, *, has_kill: bool) -> list[str]:
    """One race; what the processes complained of."""
    gate_read, gate_write = os.pipe()
    complaints: list[tuple[int, int]] = []
    for number in range(processes):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(gate_write)
            said = ""
            try:
                said = _clerk(path, gate_read, number, has_kill and number == 0)
            except BaseException:  # noqa: BLE001 (the parent hears of everything)
                said = traceback.format_exc()
            os.write(write, said.encode())
            os._exit(0)
        os.close(write)
        complaints.append((pid, read))
    os.close(gate_read)
    os.close(gate_write)
    found = []
    for pid, read in complaints:
        with os.fdopen(read) as pipe:
            said = pipe.read()
        os.waitpid(pid, 0)
        if said:
            found.append(said)
    return found


if __name__ == "__main__":
    target, races, count, kills = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    heard = [line for _number in range(races) for line in race(target, count, has_kill=bool(kills))]
    sys.stdout.write(json.dumps({"complaints": heard}))
