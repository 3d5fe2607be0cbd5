"""Recency, frequency and amount as scores from 1 to 5: by rank among all buyers, or by limits that somebody chose.

By rank: the score of a value is 1 + ⌊5 × (buyers with a lower value) ÷ (all buyers)⌋, so a fifth of the buyers has each
score where no two are equal, and equal values always have the same score: the lower one of those they span. The rank
is kept as four limits (the `cuts`), so that one customer can be scored without looking at all the others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BEST = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """The least values of the scores 2 to 5, rising; fewer where no value reaches the highest ones."""

    cuts: tuple[int, ...]

    def score(self, value: int) -> int:
        """1 (worst) to 5 (best) of a value, the larger the better. Recency is scored as minus its days."""
        return 1 + bisect_right(self.cuts, value)


def by_rank(values: Iterable[int]) -> Scale:
    """The scale that gives every fifth of the values its score; ties share the lower one."""
    counts = Counter(values)
    total = sum(counts.values())
    cuts: list[int] = []
    lower = 0
    for value in sorted(counts):
        # this value's score is known by how many are lower; every score up to it that nobody reached begins here
        while len(cuts) < min(BEST - 1, BEST * lower // total):
            cuts.append(value)
        lower += counts[value]
    return Scale(tuple(cuts))


def by_limits(limits: Sequence[int]) -> Scale:
    """The scale of four chosen limits: who reaches the first has score 2, who reaches the last has 5."""
    return Scale(tuple(sorted(limits)))


def share_cuts(values: Iterable[int], shares: Sequence[int]) -> tuple[int, ...]:
    """The least value of the best so many per cent of the values, for each share (rising). Ties belong to the better
    group. With no values everything is 0."""
    ordered = sorted(values, reverse=True)
    if not ordered:
        return (0,) * len(shares)
    return tuple(ordered[max(0, -(-len(ordered) * share // 100) - 1)] for share in shares)
