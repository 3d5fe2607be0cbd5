"""The whole story by `crmdesk apply` and the other commands, as an accountant would script it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmdesk.cli.main import main

STORY = [
    {"do": "company.update", "interest_rate": "0.0365", "credit_policy": "refuse"},
    {"do": "customer.create", "code": "A", "name": "鼎晟", "credit_limit": "1000"},
    {"do": "opening.record_many", "date": "2026-01-01", "rows": [{"customer": "A", "amount": "500.00"}]},
    {"do": "opening.correct", "opening": "OB-2026-0001", "amount": "600.00", "reason": "typo"},
    {"do": "reminder_rule.create", "name": "first", "days": [7]},
    {"do": "promise.record", "ref": "p", "customer": "A", "amount": "600", "promised_on": "2026-07-01"},
    {"do": "promise.withdraw", "promise": "@p"},
    {"do": "dunning.hold", "customer": "A", "reason": "disputed"},
    {"do": "dunning.unhold", "customer": "A"},
    {"do": "reminder.record", "ref": "r", "customer": "A", "rule": "first"},
    {"do": "reminder.withdraw", "reminder": "@r"},
    {"do": "reminder.record", "customer": "A", "rule": "first"},
    {"do": "interest.bill", "customer": "A", "tax_kind": "out_of_scope"},
]


@pytest.mark.parametrize("mode", [[], ["--atomic"]])
def test_the_story_as_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mode: list[str]
) -> None:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-06-30")
    book, batch = str(tmp_path / "b.crmdesk"), tmp_path / "story.jsonl"
    batch.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in STORY), encoding="utf-8")
    assert main(["new", book, "--name", "Shop"]) == 0
    capsys.readouterr()
    assert main(["apply", book, str(batch), *mode]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers[-1]["result"]["total"] == "10.80", "180 days on 600.00"
    assert main(["list", "customers", book, "--filter", "not risk = A", "--json"]) == 0
    assert [row["risk"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["C"]
    assert main(["check", book, "--json"]) == 0
