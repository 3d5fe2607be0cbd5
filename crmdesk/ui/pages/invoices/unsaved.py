"""What is being written and not saved, kept in the window's own file: a crash loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmdesk.ui.context import Context

_KEY = "unsaved.invoice"


@dataclass(frozen=True, slots=True)
class Unsaved:
    """An invoice that was being written; `draft` is empty for one that was never saved."""

    draft: str
    values: dict[str, Any]


def keep(ctx: Context, draft: str, values: Mapping[str, Any]) -> None:
    """Writes what stands there now."""
    if ctx.book is not None:
        ctx.settings.put(_KEY, {"book": str(ctx.book.path), "draft": draft, "values": dict(values)})
        ctx.settings.save()


def forget(ctx: Context) -> None:
    """It was saved, or thrown away."""
    ctx.settings.put(_KEY, None)
    ctx.settings.save()


def left_behind(ctx: Context) -> Unsaved | None:
    """What was being written in this book when the program ended."""
    kept = ctx.settings.get(_KEY)
    if not isinstance(kept, dict) or ctx.book is None or kept.get("book") != str(ctx.book.path):
        return None
    values = kept.get("values")
    return Unsaved(str(kept.get("draft") or ""), dict(values)) if isinstance(values, dict) else None
