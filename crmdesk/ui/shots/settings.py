"""Every section of the settings."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage

_SECTIONS = (
    "company", "documents", "numbering", "taxes", "accounts", "currencies", "collecting", "look", "keyboard",
    "lock", "backup",
    "about",
)  # fmt: skip


def _section(name: str) -> Shot:
    def show(stage: Stage) -> None:
        stage.go("settings", section=name)

    return Shot(f"settings-{name}", show)


def _new_rate(stage: Stage) -> None:
    stage.go("settings", section="taxes")
    stage.click("settings.taxes.rates.new")


def _exchange_rate(stage: Stage) -> None:
    stage.go("settings", section="currencies")
    stage.click("settings.currencies.new")


def _paste_rates(stage: Stage) -> None:
    stage.go("settings", section="currencies")
    stage.click("settings.currencies.paste")
    stage.widget("pasteRates.text").setPlainText("USD 2026-06-15 7.0244\nEUR\t2026-06-15\t8.2177\n7,02 ?")
    stage.wait(200)


SHOTS = (
    *(_section(name) for name in _SECTIONS),
    Shot("settings-tax-rate", _new_rate),
    Shot("settings-exchange-rate", _exchange_rate),
    Shot("settings-paste-rates", _paste_rates),
)
