"""Own fields and dictionaries: where they are made, and where they show."""

from __future__ import annotations

from typing import Any

from crmdesk.models.clauses import NOT_EMPTY, Clause
from crmdesk.ui.shots import Shot, Stage


def _fields(stage: Stage) -> None:
    stage.go("settings", section="fields")
    stage.widget("settings.fields").show_record("customer")
    stage.settle()


def _dictionary(stage: Stage) -> None:
    stage.go("settings", section="words")
    stage.widget("settings.words").show_dictionary("source")
    stage.settle()


def _fields_none(stage: Stage) -> None:
    stage.go("settings", section="fields")
    stage.widget("settings.fields").show_record("order")
    stage.settle()


def _words_none(stage: Stage) -> None:
    stage.go("settings", section="words")
    stage.widget("settings.words").show_dictionary("occupation")
    stage.settle()


def _new_choice(stage: Stage) -> None:
    _fields(stage)
    stage.click("fields.new")
    form = stage.widget("ownField.form")
    form.set_value("label", "门店类型")
    form.set_value("kind", "choice")
    form.set_value(
        "choices",
        [
            {"value": "直营", "label_en": "Own", "tone": "good"},
            {"value": "加盟", "label_en": "Franchise", "tone": "info"},
        ],
    )
    stage.settle()


def _new_formula(stage: Stage) -> None:
    _fields(stage)
    stage.click("fields.new")
    form = stage.widget("ownField.form")
    form.set_value("label", "预算使用率")
    form.set_value("kind", "formula")
    form.set_value("formula", "if(own.annual_budget > 0, round(balance / own.annual_budget, 2), 0)")
    stage.wait(400)


def _bad_formula(stage: Stage) -> None:
    _fields(stage)
    stage.click("fields.new")
    form = stage.widget("ownField.form")
    form.set_value("label", "预算使用率")
    form.set_value("kind", "formula")
    form.set_value("formula", "balance / own.budgte")
    stage.wait(400)


def _rename(stage: Stage) -> None:
    _dictionary(stage)
    stage.click("words.rename")


def _merge(stage: Stage) -> None:
    _dictionary(stage)
    stage.click("words.merge")


def _add_word(stage: Stage) -> None:
    _dictionary(stage)
    stage.click("words.new")


def _customer(stage: Stage) -> None:
    page: Any = stage.go("customers")
    page.list.conditions._use([Clause("own.annual_budget", NOT_EMPTY)])
    stage.settle()
    page.table.select_first()
    stage.settle()
    page.detail.tabs.choose("profile")
    stage.settle()


def _customer_form(stage: Stage) -> None:
    _customer(stage)
    stage.choose("customers.edit")
    stage.settle()


def _share(stage: Stage) -> None:
    page: Any = stage.go("customers")
    page.list.views.save_as()
    stage.settle()
    form = stage.widget("view.form")
    form.set_value("name", "大客户")
    form.set_value("shared", True)


def _payment(stage: Stage) -> None:
    stage.press("F6")
    stage.settle()
    stage.widget("payment").begin("C00004")
    stage.settle()


SHOTS = (
    Shot("views-share", _share),
    Shot("payment-own-fields", _payment),
    Shot("settings-fields", _fields),
    Shot("settings-fields-none", _fields_none),
    Shot("settings-fields-choice", _new_choice),
    Shot("settings-fields-formula", _new_formula),
    Shot("settings-fields-formula-wrong", _bad_formula),
    Shot("settings-words", _dictionary),
    Shot("settings-words-none", _words_none),
    Shot("settings-words-new", _add_word),
    Shot("settings-words-rename", _rename),
    Shot("settings-words-merge", _merge),
    Shot("customers-own-fields", _customer),
    Shot("customers-own-form", _customer_form),
)
