"""A year of a shop as lines of the batch language, with what the second model says of each line.

Only lines are written whose outcome the texts decide: what a program may or may not refuse is left out.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tests.model.second_model import SecondModel
from tests.scenarios.agreement import demand, like
from tests.scenarios.moves import NAMES, Draw, Moves

START = date(2026, 1, 1)
TODAY = date(2026, 12, 31)
CUSTOMERS = 12
# Codes that other programs' formats do not take as they are.
_AWKWARD = {7: '客户 7 "b\\c"', 8: "a, b: c; d | =1+1"}
_NAMING = ("payment", "invoice", "credit", "refund", "writeoff", "draft")
_RARE = {"customer_deactivate": 0.1, "period_lock": 0.4, "customer_create": 0.1, "customer_update": 0.3}


@dataclass(frozen=True)
class Expected:
    """What the model says of one line: a result, or the codes one of which must come."""

    result: dict[str, Any]
    refused: frozenset[str] = frozenset()


class ShopYear:
    """The lines and the model that has lived through them."""

    def __init__(self, seed: int, count: int, rounding: str = "line", *, is_keyed: bool = False) -> None:
        """`is_keyed`: every line has a key and stands for itself, without references to other lines."""
        self.chance = random.Random(seed)
        self.model = SecondModel(TODAY, rounding=rounding)
        self.moves = Moves(self.model, START, most=CUSTOMERS)
        self.lines: list[dict[str, Any]] = []
        self.expected: list[Expected] = []
        self.is_keyed = is_keyed
        self.references: dict[str, str] = {}
        for number in range(CUSTOMERS):
            self._write(
                "customer.create",
                {
                    "code": _AWKWARD.get(number, f"C{number:03d}"),
                    "name": f"顾客 {number}",
                    "terms_days": 15 * (number % 4),
                    "currency": {5: "USD", 9: "JPY"}.get(number, "CNY"),
                },
            )
        weights = [_RARE.get(name, 4 if name in ("payment_record", "invoice_issue") else 1) for name in NAMES]
        while len(self.lines) < count:
            (name,) = self.chance.choices(NAMES, weights)
            self._move(name)

    def _move(self, name: str) -> None:
        chance = self.chance
        draw = Draw.of(chance.randrange(Draw.MANY), chance.randrange(1000))
        if draw.edge == "huge":
            draw = replace(draw, edge="some")
        move = self.moves.make(name, draw)
        if not move:
            return
        do, args = move
        if do in ("invoice.issue", "payment.record", "opening.record", "credit.issue") and "date" in args:
            # The year goes by: most documents are dated near the present day of the story.
            present = START + timedelta(days=300 * len(self.lines) // 2000 % 300)
            if chance.random() < 0.5 and present > self.model.locked_until:
                args["date"] = present.isoformat()
        self._write(do, args)

    def _write(self, do: str, args: dict[str, Any]) -> None:
        verdict = self.model.judge(do, args)
        if verdict.may or (self.is_keyed and do == "invoice.draft"):
            return
        line = {"do": do, **self._by_reference(args)}
        if not self.is_keyed and (self.chance.random() < 0.3 or do == "invoice.draft"):
            line["ref"] = f"r{len(self.lines)}"
        if self.is_keyed or self.chance.random() < 0.2:
            line["key"] = f"key-{len(self.lines)}"
        if verdict.must:
            self.expected.append(Expected({}, frozenset(verdict.must)))
        else:
            result = verdict.effect()
            if "draft" in result:
                self.model.keep_draft(f"@{line['ref']}", result.pop("draft"))
            elif "ref" in line and "number" in result:
                self.references[result["number"]] = f"@{line['ref']}"
            self.expected.append(Expected(result))
        self.lines.append(line)

    def _by_reference(self, args: dict[str, Any]) -> dict[str, Any]:
        """Half of the documents that have a reference are named by it."""
        named = {
            key: self.references[args[key]]
            for key in _NAMING
            if args.get(key) in self.references and self.chance.random() < 0.5
        }
        return {**args, **named}

    def as_text(self) -> str:
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self.lines)

    def compare_answers(self, answers: list[dict[str, Any]]) -> None:
        """Every line was answered as the model says."""
        for number, (line, expected, answer) in enumerate(
            zip(self.lines, self.expected, answers, strict=False), start=1
        ):
            what = f"line {number}: {json.dumps(line, ensure_ascii=False)}"
            demand(answer["line"], number, what)
            if expected.refused:
                refused = not answer["ok"] and answer["error"]["code"]
                if refused not in expected.refused and "*" not in expected.refused:
                    demand(answer, f"refused {sorted(expected.refused)}", what)
            else:
                demand(answer["ok"] or answer, True, what)
                demand(like(answer["result"], expected.result), expected.result, what)
        demand(len(answers), len(self.lines), "number of answers")

    def dates(self) -> list[date]:
        """The ends of the quarters, the last one after everything."""
        return [date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30), date(2027, 4, 30)]
