"""What a use case changed, by kind and id: the window refreshes those rows and nothing else."""

from __future__ import annotations


class Changes:
    """Ids by kind of record. A bulk change names the kind with `everything` instead of a million ids."""

    __slots__ = ("everything", "ids")
    ID_COUNT_MAX = 2_000

    def __init__(self, ids: dict[str, set[int]] | None = None) -> None:
        self.ids: dict[str, set[int]] = ids or {}
        self.everything: set[str] = set()

    def add(self, kind: str, record_id: int) -> None:
        """Notes one record; past `ID_COUNT_MAX` of a kind the whole kind counts as changed."""
        if kind in self.everything:
            return
        known = self.ids.setdefault(kind, set())
        known.add(record_id)
        if len(known) > self.ID_COUNT_MAX:
            self.everything.add(kind)
            del self.ids[kind]

    def touches(self, *kinds: str) -> bool:
        """Whether any of these kinds changed."""
        return any(kind in self.everything or kind in self.ids for kind in kinds)

    def merge(self, other: Changes) -> None:
        """Adds what another use case changed."""
        for kind in other.everything:
            self.everything.add(kind)
            self.ids.pop(kind, None)
        for kind, known in other.ids.items():
            for record_id in known:
                self.add(kind, record_id)
