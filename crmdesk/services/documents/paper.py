"""The paper sizes, in points (1/72 inch), and how each wants to be filled."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crmdesk.models.errors import Code, InvalidInput
from crmdesk.text import _

_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Paper:
    """One sheet. Lengths are in points.

    `scale` multiplies the type sizes. `is_compact` asks for the low head that a short sheet needs.
    `is_impact` means a needle printer: black only, no tints, no fine type.
    """

    name: str
    width: float
    height: float
    margin_x: float
    margin_top: float
    margin_bottom: float
    scale: float = 1.0
    is_compact: bool = False
    is_impact: bool = False
    is_roll: bool = False
    """Paper from a roll: the page is as long as what stands on it, whatever `height` says."""

    def turned(self) -> Paper:
        """The same sheet with its long side across; it is short then, so the layout is compact."""
        if self.width >= self.height:
            return self
        return replace(self, width=self.height, height=self.width, is_compact=True)

    @property
    def inner_width(self) -> float:
        """What lies between the margins, in points."""
        return self.width - 2 * self.margin_x


def _sheet(name: str, width: float, height: float, margins: tuple[float, float, float]) -> Paper:
    across, top, bottom = (side * _MM for side in margins)
    return Paper(name, width * _MM, height * _MM, across, top, bottom)


A4 = _sheet("A4", 210, 297, (17, 15, 11))
LETTER = _sheet("Letter", 215.9, 279.4, (17, 14, 11))
A5 = replace(_sheet("A5", 148, 210, (11, 10, 8)), scale=0.9)
# Continuous form with two sprocket strips of 12.7 mm; printers lose some millimetres at the tear-off.
SLIP_241 = replace(_sheet("241x140", 241, 140, (15, 7, 6)), is_compact=True, is_impact=True)

PAPERS: dict[str, Paper] = {sheet.name: sheet for sheet in (A4, A5, LETTER, SLIP_241)}


# Printers of receipts print 72 of the 80 mm, in black only.
ROLL_80 = replace(_sheet("80mm", 80, 200, (4, 4, 8)), is_compact=True, is_impact=True, is_roll=True)

ROLLS: dict[str, Paper] = {ROLL_80.name: ROLL_80}
"""For slips: invoices, credit notes, delivery notes and receipts."""


def paper_named(name: str) -> Paper:
    """The sheet or roll of a name, upper or lower case, 241×140 with either cross; `invalid_choice` otherwise."""
    wanted = name.strip().replace("×", "x").lower().removesuffix("mm").strip()
    for known, sheet in (PAPERS | ROLLS).items():
        if known.removesuffix("mm").lower() == wanted:
            return sheet
    raise InvalidInput(
        Code.INVALID_CHOICE,
        _("There is no paper “{value}”. Choose one of: {choices}.").format(
            value=name[:40], choices=", ".join(PAPERS | ROLLS)
        ),
        field="paper",
    )
