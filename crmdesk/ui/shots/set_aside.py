"""Bills of exchange, deposits, transfers: the lists and every dialog over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmdesk.ui.shots import Shot, Stage


def _part(stage: Stage, part: str, filter_by: str = "") -> Any:
    page: Any = stage.go("payments", part=part, filter=filter_by, words="1" if filter_by else "")
    page.part(part).table.select_first()
    stage.settle()
    return page


def _action(part: str, action: str, filter_by: str = "", *, is_more: bool = False) -> Callable[[Stage], None]:
    def show(stage: Stage) -> None:
        _part(stage, part, filter_by)
        name = f"{part}.detail.{action}"
        if is_more:
            stage.choose(name)
        else:
            stage.click(name)

    return show


def _receive(stage: Stage) -> None:
    _part(stage, "deposits")
    stage.click("deposits.new")


def _payment(stage: Stage, action: str) -> None:
    """A payment that settles something and is not used up."""
    page: Any = stage.go("payments", part="payments", filter="free > 0 and state != reversed", words="1")
    page.part("payments").table.select_first()
    stage.settle()
    stage.choose(f"payments.detail.{action}")


def _recurring(stage: Stage, *, is_due: bool = False) -> Any:
    from crmdesk.ui.shots.invoices import lists  # out of whatever editor was left open

    lists(stage)
    wanted = {"filter": "active and next <= today", "words": "1"} if is_due else {}
    place: Any = stage.go("invoices", part="recurring", **wanted)
    place.lists.part("recurring").table.select_first()
    stage.settle()
    return place


def _repeat(stage: Stage) -> None:
    _recurring(stage)
    place: Any = stage.go("invoices", part="invoices", filter="state != void and state != draft", words="1")
    place.lists.part("invoices").table.select_first()
    stage.settle()
    stage.choose("invoices.detail.repeat")


def _recurring_press(stage: Stage, name: str) -> None:
    _recurring(stage)
    stage.click(name)


def _written_off(stage: Stage) -> Any:
    """One write-off, half of it recovered."""
    from crmdesk.services import use_cases
    from crmdesk.services.lists import Query, ids, rows

    _recurring(stage)
    book = stage.ctx.need_book()
    with book.read() as connection:
        found = ids(connection, Query("writeoffs"))
        late = ids(connection, Query("invoices", filter="open > 100 and overdue", sort="date"))
        number = rows(connection, Query("invoices"), late[:1])[0]["number"]
    if not found:
        lost = {"invoice": number, "amount": "80.00", "ground": "overdue_3_years", "reason": "客户注销"}
        gone = use_cases.run(book, "writeoff.record", lost)["number"]
        use_cases.run(book, "writeoff.recover", {"writeoff": gone, "amount": "30.00"})
    place: Any = stage.go("invoices", part="writeoffs")
    place.lists.part("writeoffs").reload()
    stage.settle()
    place.lists.part("writeoffs").table.select_first()
    stage.settle()
    return place


def _writeoff_press(stage: Stage, name: str) -> None:
    _written_off(stage)
    stage.click(f"writeoffs.detail.{name}")


def _reallocate(stage: Stage) -> None:
    page: Any = stage.go("payments", part="payments", filter="free = 0 and state != reversed", words="1")
    page.part("payments").table.select_first()
    stage.settle()
    stage.choose("payments.detail.reallocate")


def _deliver(stage: Stage) -> None:
    _recurring(stage)
    place: Any = stage.go("invoices", part="invoices", filter="state != void and state != draft", words="1")
    place.lists.part("invoices").table.select_first()
    stage.settle()
    stage.choose("invoices.detail.deliver")


SHOTS = (
    Shot("invoices-deliver", _deliver),
    Shot("bills", lambda stage: _part(stage, "bills", "state = held")),
    Shot("bills-collect", _action("bills", "collect", "state = held")),
    Shot("bills-discount", _action("bills", "discount", "state = held")),
    Shot("bills-endorse", _action("bills", "endorse", "state = held")),
    Shot("bills-dishonour", _action("bills", "dishonour", "state = held", is_more=True)),
    Shot("bills-undo", _action("bills", "undo", "state = endorsed")),
    Shot("deposits", lambda stage: _part(stage, "deposits", "held > 0")),
    Shot("deposits-new", _receive),
    Shot("deposits-return", _action("deposits", "return", "held > 0")),
    Shot("deposits-keep", _action("deposits", "keep", "held > 0", is_more=True)),
    Shot("deposits-apply", _action("deposits", "apply", "held > 0")),
    Shot("transfers", lambda stage: _part(stage, "transfers")),
    Shot("transfers-reverse", _action("transfers", "reverse")),
    Shot("payments-reallocate", _reallocate),
    Shot("recurring", _recurring),
    Shot("recurring-run", lambda stage: _recurring_press(stage, "recurring.run")),
    Shot("recurring-stop", lambda stage: _recurring_press(stage, "recurring.stop")),
    Shot("recurring-new", lambda stage: _recurring_press(stage, "recurring.new")),
    Shot("recurring-edit", lambda stage: _recurring_press(stage, "recurring.edit")),
    Shot("recurring-repeat", _repeat),
    Shot("writeoffs", _written_off),
    Shot("writeoffs-recover", lambda stage: _writeoff_press(stage, "recover")),
    Shot("writeoffs-reverse", lambda stage: _writeoff_press(stage, "reverse")),
    Shot("payments-transfer", lambda stage: _payment(stage, "transfer")),
)
