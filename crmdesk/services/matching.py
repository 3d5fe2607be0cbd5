"""Which open items a payment is for: exactly one, the only subset of two to five, or the oldest first.

Amounts in minor units. cli.md, `allocate`.
"""

from __future__ import annotations

from collections.abc import Sequence

OLDEST_COUNT_MAX = 60
SUBSET_SIZE_MAX = 5


def exact(amounts: Sequence[int], target: int, *, hits_max: int = 2) -> list[tuple[int, ...]]:
    """Index sets that add up to the target: single items first; only where there is none, subsets of 2–5 among
    the 60 oldest. At most `hits_max` are returned: two mean that the match is ambiguous."""
    singles = [(index,) for index, amount in enumerate(amounts) if amount == target]
    if singles:
        return singles[:hits_max]
    return subsets(amounts[:OLDEST_COUNT_MAX], target, hits_max=hits_max)


def subsets(amounts: Sequence[int], target: int, *, hits_max: int = 2) -> list[tuple[int, ...]]:
    """Subsets of two to five positive amounts with the given sum, at most `hits_max` of them.

    Pairs to the right of the present index are kept by their sum, so that a subset of four is a pair plus a known
    pair and one of five a triple plus a known pair: some 36,000 look-ups for 60 items instead of five million.
    """
    hits: list[tuple[int, ...]] = []
    count = len(amounts)
    pairs: dict[int, list[tuple[int, int]]] = {}
    rest: dict[int, list[int]] = {}
    for middle in range(count - 1, -1, -1):
        own = amounts[middle]
        # sizes 4 and 5 end in a pair right of `middle`; 3 and 2 in a single one right of it
        for first in range(middle):
            two = amounts[first] + own
            for last in rest.get(target - two, ()):
                hits.append((first, middle, last))
            for left, right in pairs.get(target - two, ()):
                hits.append((first, middle, left, right))
            if two < target:
                for second in range(first + 1, middle):
                    for left, right in pairs.get(target - two - amounts[second], ()):
                        hits.append((first, second, middle, left, right))
            if len(hits) >= hits_max:
                return hits[:hits_max]
        for last in rest.get(target - own, ()):
            hits.append((middle, last))
        if len(hits) >= hits_max:
            return hits[:hits_max]
        for right in range(middle + 1, count):
            pairs.setdefault(own + amounts[right], []).append((middle, right))
        rest.setdefault(own, []).append(middle)
    return hits
