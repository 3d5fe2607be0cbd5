"""The least value of a smooth function of a few variables: BFGS with a backtracking line search, in plain Python.

Two models of five thousand cells are fitted with it; that needs no numerical library in the frozen program.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Function = Callable[[Sequence[float]], tuple[float, list[float]]]
"""A value and its gradient at a point."""

STEP_MAX = 2.0
"""No variable moves further in one step: the variables here are logarithms."""


def minimise(
    function: Function, start: Sequence[float], *, tolerance: float = 1e-9, step_count_max: int = 300
) -> list[float] | None:
    """The point of the least value near `start`, or None where none was found.

    `tolerance` is the relative gain below which a step counts as none.
    """
    size = len(start)
    point = list(start)
    value, slope = function(point)
    inverse = _unit(size)
    is_fresh = True
    for _step in range(step_count_max):
        move = [-sum(inverse[row][each] * slope[each] for each in range(size)) for row in range(size)]
        fall = sum(slope[each] * move[each] for each in range(size))
        if fall >= 0:
            inverse, is_fresh = _unit(size), True
            move = [-one for one in slope]
            fall = sum(slope[each] * move[each] for each in range(size))
        longest = max(map(abs, move))
        if longest > STEP_MAX:
            move = [one * STEP_MAX / longest for one in move]
            fall *= STEP_MAX / longest
        found = _search(function, point, value, move, fall)
        if found is None:
            if is_fresh:
                return point if _is_flat(slope, value) else None
            inverse, is_fresh = _unit(size), True
            continue
        new, new_value, new_slope = found
        gain = value - new_value
        _update(inverse, [b - a for a, b in zip(point, new, strict=True)],
                [b - a for a, b in zip(slope, new_slope, strict=True)])  # fmt: skip
        point, value, slope, is_fresh = new, new_value, new_slope, False
        if gain <= tolerance * (1 + abs(value)) and _is_flat(slope, value):
            return point
    return None


def _unit(size: int) -> list[list[float]]:
    return [[float(row == each) for each in range(size)] for row in range(size)]


def _is_flat(slope: Sequence[float], value: float) -> bool:
    return max(map(abs, slope)) <= 1e-5 * (1 + abs(value))


def _search(
    function: Function, point: list[float], value: float, move: list[float], fall: float
) -> tuple[list[float], float, list[float]] | None:
    """The first halved step that gains enough (Armijo); None where none does."""
    length = 1.0
    for _halving in range(40):
        new = [a + length * b for a, b in zip(point, move, strict=True)]
        try:
            new_value, slope = function(new)
        except (ValueError, OverflowError, ZeroDivisionError):
            new_value, slope = math.inf, []
        if math.isfinite(new_value) and new_value <= value + 1e-4 * length * fall:
            return new, new_value, slope
        length /= 2
    return None


def _update(inverse: list[list[float]], moved: list[float], turned: list[float]) -> None:
    """The BFGS update of the inverse Hessian, left out where the curvature is not positive."""
    size = len(moved)
    curvature = sum(a * b for a, b in zip(moved, turned, strict=True))
    if curvature <= 1e-12:
        return
    through = [sum(inverse[row][each] * turned[each] for each in range(size)) for row in range(size)]
    scale = (1 + sum(a * b for a, b in zip(turned, through, strict=True)) / curvature) / curvature
    for row in range(size):
        for each in range(size):
            inverse[row][each] += scale * moved[row] * moved[each] - (
                (through[row] * moved[each] + moved[row] * through[each]) / curvature
            )
