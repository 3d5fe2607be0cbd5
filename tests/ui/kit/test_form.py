"""The one form: Enter order, errors under fields, dirty check, editors by kind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from crmdesk.models.errors import Code, Conflict, InvalidInput
from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.ui.context import Context
from crmdesk.ui.kit.editors import plain
from crmdesk.ui.kit.form import Form

FIELDS = (
    Field("name", Kind.TEXT, "Name", required=True, length_max=10),
    Field("date", Kind.DATE, "Date"),
    Field("amount", Kind.MONEY, "Amount"),
    Field("rate", Kind.RATE, "Tax rate"),
    Field(
        "method",
        Kind.CHOICE,
        "Method",
        choices=(Choice("bank", "Bank"), Choice("cash", "Cash")),
        default="bank",
    ),
    Field("included", Kind.BOOLEAN, "Included"),
    Field("note", Kind.LONG_TEXT, "Note"),
    Field("tags", Kind.LIST, "Tags"),
)


@pytest.fixture
def form(host: Context, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Form:
    monkeypatch.setenv("CRMDESK_TODAY", "2026-11-21")
    made = Form(host, FIELDS, {"name": "Lin"})
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


def type_into(form: Form, name: str, text: str) -> None:
    editor = form.editor(name)
    form.focus_field(name)
    if hasattr(editor, "selectAll"):
        editor.selectAll()
    QTest.keyClicks(editor, text)


def test_every_editor_has_a_name_and_words(form: Form) -> None:
    for field in FIELDS:
        editor = form.editor(field.name)
        assert editor.objectName() == f"form.{field.name}"
        assert editor.accessibleName() == field.label


def test_values_are_typed(form: Form) -> None:
    type_into(form, "date", "3-15")
    type_into(form, "amount", "1200*3-50")
    type_into(form, "rate", "13")
    form.editor("tags").setText("A, B、C")
    form.editor("included").click()
    assert form.values() == {
        "name": "Lin",
        "date": date(2026, 3, 15),
        "amount": Decimal("3550"),
        "rate": Decimal("0.13"),
        "method": "bank",
        "included": True,
        "note": "",
        "tags": ["A", "B", "C"],
    }


def test_enter_goes_on_and_saves_at_the_end(form: Form, qtbot: QtBot) -> None:
    form.focus_field("name")
    visited = []
    saved: list[bool] = []
    form.submitted.connect(lambda: saved.append(True))
    for _step in range(5):
        editor = QApplication.focusWidget()
        visited.append(editor.objectName())
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert visited == ["form.name", "form.date", "form.amount", "form.rate", "form.method"]
    form.focus_field("tags")
    QTest.keyClick(form.editor("tags"), Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert saved == [True]


def test_enter_in_a_long_text_is_a_new_line(form: Form) -> None:
    form.focus_field("note")
    QTest.keyClicks(form.editor("note"), "a")
    QTest.keyClick(form.editor("note"), Qt.Key.Key_Return)
    QTest.keyClicks(form.editor("note"), "b")
    assert form.value("note") == "a\nb"


def test_leaving_an_amount_works_it_out(form: Form) -> None:
    type_into(form, "amount", "1200*3-50")
    form.editor("amount").set_currency("CNY")
    QTest.keyClick(form.editor("amount"), Qt.Key.Key_Return)
    assert form.editor("amount").text() == "3,550.00"


def test_a_worked_out_amount_is_rounded_and_a_typed_one_refused(form: Form) -> None:
    editor = form.editor("amount")
    editor.set_currency("CNY")
    editor.setText("100/3")
    assert form.value("amount") == Decimal("33.33")
    editor.setText("33.333")
    assert form.value("amount") == Decimal("33.333"), "left to the check, which says so"


def test_days_by_single_keys(form: Form) -> None:
    editor = form.editor("date")
    form.focus_field("date")
    QTest.keyClicks(editor, "t")
    assert form.value("date") == date(2026, 11, 21)
    QTest.keyClicks(editor, "+")
    assert form.value("date") == date(2026, 11, 22)
    QTest.keyClicks(editor, "--")
    assert form.value("date") == date(2026, 11, 20)
    QTest.keyClick(editor, Qt.Key.Key_PageUp)
    assert form.value("date") == date(2026, 12, 20)
    editor.clear()
    QTest.keyClicks(editor, "2025-3-5")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.text() == "2025-03-05", "a minus inside a day that is being typed is a minus"


@pytest.mark.parametrize(
    ("typed", "day"),
    [("today", "2026-11-21"), ("tomorrow", "2026-11-22"), ("yesterday", "2026-11-20"), ("eom", "2026-11-30")],
)
def test_days_in_words(form: Form, typed: str, day: str) -> None:
    """A single t is today; the t of a word is a letter."""
    editor = form.editor("date")
    editor.set_value(date(2026, 1, 1))
    form.focus_field("date")
    QTest.keyClicks(editor, typed)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.text() == day


@pytest.mark.parametrize(("currency", "shown"), [("CNY", "1,695.33"), ("JPY", "1,695"), ("KWD", "1,695.333")])
def test_a_sum_is_rounded_to_the_currency(form: Form, currency: str, shown: str) -> None:
    editor = form.editor("amount")
    editor.set_currency(currency)
    type_into(form, "amount", "(1500+3*65)+1/3")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.text() == shown


def test_f4_opens_a_calendar(form: Form, qtbot: QtBot) -> None:
    editor = form.editor("date")
    editor.set_value(date(2026, 3, 15))
    QTest.keyClick(editor, Qt.Key.Key_F4)
    calendar = editor.findChild(object, "calendar")
    assert calendar.isVisible()
    assert calendar._month.selectedDate().toPython() == date(2026, 3, 15)
    calendar._take(calendar._month.selectedDate().addDays(1))
    assert form.value("date") == date(2026, 3, 16)


def test_wrong_input_is_said_under_its_field(form: Form) -> None:
    type_into(form, "name", "")
    form.editor("name").clear()
    type_into(form, "amount", "12x")
    form.editor("date").setText("2026-02-31")
    with pytest.raises(InvalidInput) as caught:
        form.values()
    assert caught.value.field == "name"
    assert form.error("name") == "Please fill in Name."
    assert "is not a date" in form.error("date")
    assert "12x" in form.error("amount")
    assert QApplication.focusWidget() is form.editor("name")
    type_into(form, "name", "ok")
    assert form.error("name") == "", "typing takes the sentence back"


def test_too_long_is_refused_and_not_cut_in_silence(form: Form) -> None:
    form.editor("name").setText("x" * 50)
    with pytest.raises(InvalidInput) as caught:
        form.values()
    assert caught.value.code is Code.TEXT_TOO_LONG
    assert form.error("name").startswith("“Name” has")


def test_an_error_of_the_use_case_goes_to_its_field(form: Form) -> None:
    assert form.take_error(InvalidInput(Code.OUT_OF_RANGE, "“amount”: 5 is out of range.", field="amount"))
    assert form.error("amount") == "“Amount”: 5 is out of range."
    # without quotation marks, with the colon of either language, and about a part of the field
    for field, message, shown in (
        ("amount", "amount: 1000.505 has more decimals", "Amount: 1000.505 has more decimals"),
        ("amount", "amount：1000.505 的小数位", "Amount：1000.505 的小数位"),
        ("tags[1]", "“tags[1]” has 70 characters", "“Tags” has 70 characters"),
        ("rate", "generated amounts: a rate", "generated amounts: a rate"),
    ):
        assert form.take_error(InvalidInput(Code.OUT_OF_RANGE, message, field=field))
        assert form.error(field.partition("[")[0]) == shown
    assert not form.take_error(InvalidInput(Code.REQUIRED, "x", field="elsewhere"))
    assert not form.take_error(Conflict(Code.READ_ONLY, "read-only"))


def test_dirty_is_what_differs(form: Form) -> None:
    assert not form.is_dirty()
    type_into(form, "name", "Wang")
    assert form.is_dirty()
    assert form.changed_values() == {"name": "Wang"}
    type_into(form, "name", "Lin")
    assert not form.is_dirty(), "typed back: nothing is lost"
    form.editor("amount").setText("12x")
    assert form.is_dirty(), "also what cannot be read is work of the user"


def test_leaving_asks_only_when_something_is_lost(form: Form, qtbot: QtBot) -> None:
    gone: list[bool] = []
    form.cancelled.connect(lambda: gone.append(True))
    QTest.keyClick(form.editor("name"), Qt.Key.Key_Escape)
    assert gone == [True]
    type_into(form, "name", "Wang")
    QTest.keyClick(form.editor("name"), Qt.Key.Key_Escape)
    assert gone == [True]
    answer = form.window().findChild(QPushButton, "leave.discard")
    answer.click()
    assert gone == [True, True]


def test_shortcuts_of_the_form(form: Form, qtbot: QtBot) -> None:
    with qtbot.waitSignal(form.submitted):
        QTest.keyClick(form.editor("name"), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(form.print_submitted):
        QTest.keyClick(form.editor("name"), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_a_draft_can_be_shown_again(host: Context, form: Form, qtbot: QtBot) -> None:
    type_into(form, "date", "t")
    type_into(form, "amount", "12.50")
    draft = form.plain_values()
    import json

    again = Form(host, FIELDS, json.loads(json.dumps(draft)), name="again")
    qtbot.addWidget(again)
    assert again.values() == form.values()


def test_the_form_reflows(form: Form, qtbot: QtBot) -> None:
    form.resize(1200, 600)
    assert form._column_count == 3
    form.resize(300, 600)
    assert form._column_count == 1
    tops = [
        form.editor(name).mapTo(form, form.editor(name).rect().topLeft()).y() for name in ("name", "date")
    ]
    qtbot.waitUntil(
        lambda: form.editor("date").mapTo(form, form.editor("date").rect().topLeft()).y() > tops[0]
    )


def test_a_choice_that_is_not_declared_is_not_lost(form: Form) -> None:
    form.set_values({"method": "barter"})
    assert form.value("method") == "barter"


def test_words_follow_the_language(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmdesk.ui.kit import words

    monkeypatch.setattr("crmdesk.ui.kit.form_cell._", lambda source: f"<{source}>")
    words.switch_language("en")
    assert form.label("name").text() == "<Name> *"


def test_plain_values_are_what_json_holds() -> None:
    value: Any = {"day": date(2026, 1, 2), "amount": Decimal("1E+2"), "lines": [{"rate": Decimal("0.1")}]}
    assert plain(value) == {"day": "2026-01-02", "amount": "100", "lines": [{"rate": "0.1"}]}
