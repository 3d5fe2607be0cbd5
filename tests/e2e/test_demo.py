"""The demo where nobody can see a window shows the same on paper."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from crmdesk.services.book import Book
from crmdesk.services.documents.preview import count_pages
from crmdesk.services.lists import Query, querying


@pytest.mark.slow
def test_without_a_display_it_writes_a_statement_and_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "practice.crmdesk"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "crmdesk",
            "demo",
            str(path),
            "--json",
            "--customers",
            "20",
            "--invoices",
            "100",
        ],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "CRMDESK_LANGUAGE": "zh_CN"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    files = [Path(file) for file in json.loads(done.stdout)["files"]]
    statement, picture = files
    assert count_pages(statement.read_bytes()) >= 1
    with Image.open(picture) as image:
        assert image.width >= 1000
        assert len(image.convert("L").getcolors(256) or []) > 20, "an empty window"
    with Book.open(path) as book, book.read() as connection:
        debtors = querying.rows(
            connection, Query("customers"), querying.ids(connection, Query("customers", sort="-balance"))[:1]
        )
    assert debtors[0]["code"] in statement.name
