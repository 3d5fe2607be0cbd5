"""The palette, what it finds, and the list of shortcuts."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage


def _open(stage: Stage) -> None:
    stage.go("customers")
    stage.choose("palette.open")


def _typed(words: str) -> Shot:
    def show(stage: Stage) -> None:
        _open(stage)
        stage.type_into("palette.input", words)

    return Shot(f"palette-{words}", show)


def _keys(stage: Stage) -> None:
    stage.go("customers")
    stage.choose("keys.show")


SHOTS = (Shot("palette", _open), _typed("xi"), Shot("keys", _keys))
