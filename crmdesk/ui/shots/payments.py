"""Payments: quick payment."""

from __future__ import annotations

from crmdesk.ui.shots import Shot, Stage


def _open(stage: Stage) -> None:
    """Quick payment with a customer who owes several invoices."""
    from crmdesk.ui.dialogs import quick_payment

    quick_payment.open_dialog(stage.ctx, stage.window, customer=debtor(stage))
    stage.settle()


def debtor(stage: Stage) -> str:
    """The code of a customer with at least three open documents, the first one overdue."""
    from crmdesk.services import payment_plan
    from crmdesk.services.reports import ageing

    book = stage.ctx.need_book()
    with book.read() as connection:
        owing = sorted(ageing.rows(connection), key=lambda row: -row.overdue_minor)
        for row in owing:
            plan = payment_plan.of_customer(connection, row.customer)
            if 3 <= len(plan.documents) <= 5:
                return row.customer
    return owing[0].customer


def _typed(stage: Stage) -> None:
    _open(stage)
    stage.type_into("payment.amount", "50000")


def _odd(stage: Stage) -> None:
    _open(stage)
    stage.press("F8")


def _allocating(stage: Stage) -> None:
    """A payment that is not used up, being allocated by hand."""
    from crmdesk.services import use_cases

    paid = {"customer": debtor(stage), "amount": "20000.00", "allocate": "none"}
    number = use_cases.run(stage.ctx.need_book(), "payment.record", paid)["number"]
    stage.go("payments", number=number)
    stage.click("payments.detail.allocate")


def _cash(stage: Stage) -> None:
    stage.go("payments", part="cash")


def _foreign(stage: Stage) -> None:
    """Dollars for an invoice in dollars: the rate of the day, what it is worth, what is gained."""
    from crmdesk.ui.dialogs import quick_payment

    quick_payment.open_dialog(stage.ctx, stage.window, customer=_abroad(stage))
    stage.settle()
    stage.type_into("payment.amount", "5000")


def _exchanged(stage: Stage) -> None:
    """The same, but the money came in the book's currency."""
    _foreign(stage)
    stage.widget("payment.foreign.currency").set_value("CNY")
    stage.widget("payment.foreign.currency").edited.emit()
    stage.type_into("payment.foreign.amount", "35200")


def _abroad(stage: Stage) -> str:
    from crmdesk.services.reports import ageing

    with stage.ctx.need_book().read() as connection:
        owing = [row.customer for row in ageing.rows(connection) if row.currency == "USD"]
    return owing[0] if owing else debtor(stage)


def _gained(stage: Stage) -> None:
    """A foreign payment with its exchange difference."""
    from crmdesk.services.lists import Query, querying

    with stage.ctx.need_book().read() as connection:
        query = Query("payments", filter="currency = USD", sort="number")
        rows = querying.rows(connection, query, querying.ids(connection, query))
    if rows:
        stage.go("payments", number=rows[0]["number"])


def _early(stage: Stage, days: int = 5) -> str:
    """The code of a customer with two invoices of so many days ago, who may keep 2 % of them for ten days."""
    from datetime import timedelta

    from crmdesk.models import clock
    from crmdesk.models.errors import CrmdeskError
    from crmdesk.services import use_cases

    book, code = stage.ctx.need_book(), f"SD{days:02d}"
    line = {"description": "丙烯颜料 Acrylic paint", "quantity": "10", "tax_rate": "0.13"}
    try:
        use_cases.run(
            book, "customer.create", {"code": code, "name": "早付颜料行", "discount_terms": "2/10 n/30"}
        )
    except CrmdeskError:
        return code  # a shot before this one made it
    for price in ("128.00", "45.50"):
        issued = {"customer": code, "date": (clock.today() - timedelta(days=days)).isoformat()}
        use_cases.run(book, "invoice.issue", issued | {"lines": [line | {"unit_price": price}]})
    return code


def _less(stage: Stage, days: int = 5, *, is_taken: bool = False) -> None:
    """Quick payment where a discount is offered: beside the documents, taken by F11, or too late."""
    from crmdesk.ui.dialogs import quick_payment

    quick_payment.open_dialog(stage.ctx, stage.window, customer=_early(stage, days))
    stage.settle()
    if is_taken:
        stage.press("F11")


def _taken(stage: Stage) -> None:
    """A payment with the discount that it earned, as it is shown beside the list."""
    from crmdesk.services import use_cases

    paid = {"customer": _early(stage), "amount": "1417.47", "allocate": "oldest", "take_discount": True}
    number = use_cases.run(stage.ctx.need_book(), "payment.record", paid)["number"]
    stage.go("payments", number=number)


SHOTS = (
    Shot("payment-less", _less),
    Shot("payment-less-taken", lambda stage: _less(stage, is_taken=True)),
    Shot("payment-less-late", lambda stage: _less(stage, 15)),
    Shot("payments-less", _taken),
    Shot("payments", lambda stage: stage.go("payments", part="payments")),
    Shot("payments-allocate", _allocating),
    Shot("payments-cash", _cash),
    Shot("payment", _typed),
    Shot("payment-odd", _odd),
    Shot("payment-foreign", _foreign),
    Shot("payment-exchanged", _exchanged),
    Shot("payments-foreign", _gained),
)
