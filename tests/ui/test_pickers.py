"""The customer picker over a real book: every way of naming a customer, the last ones first, a new one in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QListWidget

from crmdesk.ui.kit.pickers import LinkPicker
from crmdesk.ui.shots import Stage
from tests.ui.driving import rows

Do = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def shop(do: Do) -> None:
    do("customer.create", code="K007", name="重庆火锅底料厂", phone="023-6688")
    for number in range(8):
        do("customer.create", code=f"C{number}", name=f"客户{number}号")
    do("customer.create", code="P1", name="张伟", contacts=[{"name": "李娜", "mobile": "13911112222"}])


def picker(stage: Stage) -> LinkPicker:
    stage.press("F6")
    return stage.widget("payment.customer", LinkPicker)


@pytest.mark.parametrize(
    "typed", ["K007", "k007", "重庆火锅", "火锅", "chongqing", "cqhg", "0236688", "023-6688"]
)
def test_every_way_of_naming_a_customer(stage: Stage, typed: str) -> None:
    field = picker(stage)
    stage.type_into("payment.customer", typed)
    stage.press("Return", "payment.customer")
    assert field.value() == "K007"


def test_the_mobile_of_a_contact_finds_the_customer(stage: Stage) -> None:
    field = picker(stage)
    stage.type_into("payment.customer", "13911112222")
    stage.press("Return", "payment.customer")
    assert field.value() == "P1"


def test_the_five_picked_last_come_first(stage: Stage) -> None:
    picked = ["C3", "C1", "K007", "C6", "C0", "C5"]
    for code in picked:
        stage.ctx.settings.remember_picked("customer", code)
    picker(stage)
    stage.press("Down", "payment.customer")
    shown = stage.widget("payment.customer.items", QListWidget)
    first = [shown.item(row).text().split()[-1] for row in range(5)]
    assert first == ["C5", "C0", "C6", "K007", "C1"]


def test_an_unknown_name_is_created_in_place(stage: Stage) -> None:
    field = picker(stage)
    stage.type_into("payment.customer", "全新客户")
    shown = stage.widget("payment.customer.items", QListWidget)
    assert "全新客户" in shown.item(shown.count() - 1).text()
    stage.press("Return", "payment.customer")
    stage.settle()
    assert field.text() == "全新客户"
    (created,) = rows(stage, "customers", sort="code", filter="name = '全新客户'")
    assert field.value() == created["code"]
