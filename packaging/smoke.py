"""Tries the frozen program as a stranger would: python packaging/smoke.py build/dist/crmdesk

Runs it with a clean environment, so that nothing of the working copy can help it.
Standard library only. Exit code 0 when everything held.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LINES = [
    {"do": "customer.create", "code": "C001", "name": "上海鼎晟贸易有限公司"},
    {
        "do": "invoice.issue",
        "ref": "a",
        "customer": "C001",
        "date": "2026-01-05",
        "due": "2026-02-04",
        "lines": [{"description": "油漆", "quantity": "3", "unit_price": "100.00", "tax_rate": "0.13"}],
    },
    {
        "do": "payment.record",
        "customer": "C001",
        "date": "2026-01-20",
        "amount": "200.00",
        "allocate": "oldest",
    },
]
CUSTOMERS = "客户编号,客户名称,电话\nC001,上海鼎晟贸易有限公司,021-55512345\nC002,北京远山,010-66612345\n"
BALANCE = "139.00"  # 3 × 100.00 + 13 % − 200.00


class Failed(Exception):
    """One sentence on what did not hold."""


class Program:
    """The frozen program, run away from the working copy."""

    def __init__(self, folder: Path, home: Path) -> None:
        suffix = ".exe" if sys.platform == "win32" else ""
        self.launcher = folder / f"crmdesk{suffix}"
        if not self.launcher.is_file():
            raise Failed(f"there is no {self.launcher}")
        self.home = home
        kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "HOME", "USERPROFILE")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment |= {"CRMDESK_HOME": str(home / "home"), "QT_QPA_PLATFORM": "offscreen"}

    def run(self, *arguments: str, given: str = "", codes: tuple[int, ...] = (0,)) -> str:
        """The standard output; raises Failed for another exit code or a traceback."""
        done = subprocess.run(
            [str(self.launcher), *arguments],
            cwd=self.home,
            env=self.environment,
            input=given.encode(),
            capture_output=True,
            timeout=120,
            check=False,
        )
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace")
        if done.returncode not in codes or "Traceback" in err:
            raise Failed(f"{' '.join(arguments)} → exit code {done.returncode}\n{out}{err}")
        return out


def expect(holds: bool, sentence: str) -> None:
    if not holds:
        raise Failed(sentence)


def try_everything(program: Program) -> None:
    """The first working day, in a few commands."""
    expect("crmdesk" in program.run("--version"), "--version does not name the program")
    program.run("new", "shop.crmdesk", "--name", "商店")
    answers = program.run("apply", "shop.crmdesk", "-", given="\n".join(map(json.dumps, LINES)))
    results = [json.loads(line) for line in answers.splitlines()]
    expect(all(line["ok"] for line in results), f"apply refused: {answers}")

    (program.home / "customers.csv").write_text(CUSTOMERS, encoding="gb18030")
    counts = json.loads(
        program.run(
            "import", "customers", "customers.csv", "--book", "shop.crmdesk", "--mode", "upsert", "--json"
        )
    )
    expect(counts["read"] == 2 and counts["failed"] == 0, f"the import went wrong: {counts}")

    dated = ("--to", "2026-03-31")
    shown = json.loads(program.run("statement", "shop.crmdesk", "C001", *dated, "--format", "json", "--json"))
    expect(shown[0]["closing"] == BALANCE, f"the statement closes with {shown[0]['closing']}, not {BALANCE}")
    program.run("statement", "shop.crmdesk", "C001", *dated, "--language", "both", "--out", "statement.pdf")
    page = (program.home / "statement.pdf").read_bytes()
    expect(page.startswith(b"%PDF-") and len(page) > 5_000, "the statement is no PDF")
    program.run("statement", "shop.crmdesk", "C001", *dated, "--format", "xlsx", "--out", "statement.xlsx")

    clean = json.loads(program.run("check", "shop.crmdesk", "--json"))
    expect(clean["clean"] is True, f"the book is not clean: {clean}")
    program.run("backup", "shop.crmdesk", "--to", "copy.crmdesk")
    program.run("new", "shop.crmdesk", "--name", "again", codes=(1,))


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="crmdesk-smoke-") as home:
        try:
            try_everything(Program(folder, Path(home)))
        except Failed as failed:
            print(f"smoke test: FAILED: {failed}", file=sys.stderr)
            return 1
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    print(f"smoke test: the frozen program works ({size / 1e6:.0f} MB in {folder})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
