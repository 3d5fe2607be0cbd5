"""Every section of the settings."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage

_SECTIONS = (
    "company", "documents", "numbering", "taxes", "accounts", "collecting", "look", "keyboard", "lock", "backup",
    "about",
)  # fmt: skip


def _section(name: str) -> Shot:
    def show(stage: Stage) -> None:
        stage.go("settings", section=name)

    return Shot(f"settings-{name}", show)


def _new_rate(stage: Stage) -> None:
    stage.go("settings", section="taxes")
    stage.click("settings.taxes.rates.new")


SHOTS = (*(_section(name) for name in _SECTIONS), Shot("settings-tax-rate", _new_rate))
