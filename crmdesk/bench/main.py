"""Chooses and runs measurements, prints figures."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from crmdesk.bench.timing import Figure


def main(*, customer_count: int, invoice_count: int, only: tuple[str, ...], as_json: bool) -> int:
    """Runs the measurements (or those whose group is named in `only`) in a temporary folder."""
    from crmdesk.bench import archive, desk, files, groups, ledger, people, twins, window

    measured: dict[str, Callable[[Path, int, int], Iterator[Figure]]] = {
        "window": window.measure,
        "desk": desk.measure,
        "payment": ledger.measure_payment,
        "invoices": ledger.measure_invoices,
        "statement": ledger.measure_statement,
        "ageing": ledger.measure_ageing,
        "practice": ledger.measure_practice,
        "search": people.measure_search,
        "rules": groups.measure_rules,
        "measures": groups.measure_measures,
        "compare": groups.measure_side_by_side,
        "duplicates": twins.measure_twins,
        "page": archive.measure_page,
        "archive": archive.measure_archive,
        "import": files.measure_import,
        "export": files.measure_export,
    }
    unknown = set(only) - set(measured)
    if unknown:
        sys.stderr.write(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(measured)}\n")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="crmdesk-bench-"))
    figures: list[Figure] = []
    try:
        for name, measure in measured.items():
            if only and name not in only:
                continue
            for figure in measure(folder, customer_count, invoice_count):
                figures.append(figure)
                if not as_json:
                    sys.stdout.write(figure.line() + "\n")
                    sys.stdout.flush()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        sys.stdout.write(json.dumps({"figures": [figure.as_json() for figure in figures]}, indent=2) + "\n")
    return 0
