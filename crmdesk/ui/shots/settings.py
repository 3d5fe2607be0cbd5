"""Every section of the settings."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage

_SECTIONS = (
    "company", "documents", "numbering", "taxes", "accounts", "currencies", "collecting", "measures", "look",
    "keyboard", "lock", "backup",
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


def _measures(stage: Stage, setting: str) -> None:
    stage.go("settings", section="measures")
    stage.go("settings", setting=setting)
    stage.wait(400)


def _limits(stage: Stage) -> None:
    _measures(stage, "settings.measures.rfm.recency_limits")
    stage.click("settings.measures.fifths")
    stage.wait(400)


def _wrong_limits(stage: Stage) -> None:
    _measures(stage, "settings.measures.rfm.recency_limits")
    stage.widget("settings.measures.rfm.recency_limits").setText("30; 90; 180; 365")
    stage.widget("settings.measures.rfm.recency_limits").textEdited.emit("30; 90; 180; 365")
    stage.wait(400)


def _usual(stage: Stage) -> None:
    _measures(stage, "settings.measures.churn.churn_high")
    stage.click("settings.measures.usual")
    stage.wait(400)


SHOTS = (
    *(_section(name) for name in _SECTIONS),
    Shot("settings-measures-limits", _limits),
    Shot("settings-measures-wrong", _wrong_limits),
    Shot("settings-measures-usual", _usual),
    Shot("settings-tax-rate", _new_rate),
    Shot("settings-exchange-rate", _exchange_rate),
    Shot("settings-paste-rates", _paste_rates),
)
