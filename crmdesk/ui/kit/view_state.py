"""What the window remembers between runs: sizes, columns, theme, language, recent books. One JSON file, no registry."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from crmdesk.paths import settings_dir

FILE_NAME = "window.json"
RECENT_MAX = 8
PICKED_MAX = 5
OPENED_MAX = 12
_log = logging.getLogger(__name__)


class ViewState:
    """Plain data by dotted name. A file that cannot be read counts as empty; one that cannot be written is let go."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, Any] = self._load()
        self._is_dirty = False

    def get(self, name: str, default: Any = None) -> Any:
        """The value kept under a name."""
        return self._values.get(name, default)

    def text(self, name: str, default: str = "") -> str:
        """The value under a name when it is text, else the default."""
        value = self._values.get(name)
        return value if isinstance(value, str) else default

    def put(self, name: str, value: Any) -> None:
        """Keeps plain data (what JSON can hold) under a name; None forgets it. Written by `save`."""
        if self._values.get(name) == value:
            return
        if value is None:
            self._values.pop(name, None)
        else:
            self._values[name] = value
        self._is_dirty = True

    def save(self) -> None:
        """Writes the file in one step, so that a crash leaves the old or the new one."""
        if not self._is_dirty:
            return
        try:
            path = self._file()
            draft = path.with_name(path.name + ".new")
            draft.write_text(json.dumps(self._values, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")
            os.replace(draft, path)
        except OSError as error:
            # Only comfort is lost: the window works without.
            _log.info("the window's state was not kept: %s", error)
            return
        self._is_dirty = False

    # Lists that are kept newest first

    def recent_books(self) -> list[str]:
        """Paths of the books opened last, newest first."""
        return self._texts("books.recent")

    def remember_book(self, path: str) -> None:
        """Puts a book at the head of the recent ones."""
        self._remember("books.recent", path, RECENT_MAX)

    def forget_book(self, path: str) -> None:
        """Takes a book off the recent ones."""
        self.put("books.recent", [entry for entry in self.recent_books() if entry != path])

    def picked(self, link: str) -> list[str]:
        """Values picked last for a kind of link, newest first."""
        return self._texts(f"picked.{link}")

    def remember_picked(self, link: str, value: str) -> None:
        """Puts a value at the head of those picked last."""
        self._remember(f"picked.{link}", value, PICKED_MAX)

    def opened(self, book: str) -> list[tuple[str, int]]:
        """Kind and id of the records of a book that were opened last, newest first."""
        found = []
        for entry in self._opened().get(book, []):
            kind, _sign, record_id = str(entry).partition(":")
            if record_id.isdecimal():
                found.append((kind, int(record_id)))
        return found

    def remember_opened(self, book: str, kind: str, record_id: int) -> None:
        """Puts a record at the head of those opened last in a book; books no longer among the recent ones go."""
        others = [entry for entry in self.opened(book) if entry != (kind, record_id)]
        self._put_opened(book, [(kind, record_id), *others][:OPENED_MAX])

    def forget_opened(self, book: str, gone: Collection[tuple[str, int]]) -> None:
        """Takes records that are no longer in a book off the list."""
        self._put_opened(book, [entry for entry in self.opened(book) if entry not in gone])

    def _put_opened(self, book: str, entries: Sequence[tuple[str, int]]) -> None:
        others = {path: kept for path, kept in self._opened().items() if path in self.recent_books()}
        self.put("opened", {**others, book: [f"{kind}:{record_id}" for kind, record_id in entries]})

    def _opened(self) -> dict[str, list[Any]]:
        kept = self._values.get("opened")
        if not isinstance(kept, dict):
            return {}
        return {path: entries for path, entries in kept.items() if isinstance(entries, list)}

    def _remember(self, name: str, entry: str, count_max: int) -> None:
        others = [known for known in self._texts(name) if known != entry]
        self.put(name, [entry, *others][:count_max])

    def _texts(self, name: str) -> list[str]:
        kept = self._values.get(name)
        return [entry for entry in kept if isinstance(entry, str)] if isinstance(kept, list) else []

    def _file(self) -> Path:
        return self._path or settings_dir() / FILE_NAME

    def _load(self) -> dict[str, Any]:
        try:
            loaded = json.loads(self._file().read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _log.info("the window's state is unreadable and starts anew: %s", error)
            return {}
        return loaded if isinstance(loaded, dict) else {}
