"""Statement, its batch dialog, ageing; products; the welcome page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from crmdesk import text
from crmdesk.ui.shots import Shot, Stage


def _statement(stage: Stage) -> None:
    stage.go("statements", view="statement")
    stage.wait(400)


def _batch(stage: Stage) -> None:
    _statement(stage)
    stage.choose("statement.batch")


def _ageing(stage: Stage) -> None:
    stage.go("statements", view="ageing")


def _ageing_items(stage: Stage) -> None:
    _ageing(stage)
    stage.click("ageing.overdue.CNY")


def _confirmations(stage: Stage) -> None:
    stage.go("statements", view="confirmations")


def _slip(stage: Stage) -> None:
    _statement(stage)
    stage.click("statement.confirm")


def _with_reminders(stage: Stage) -> None:
    """Rules for a practice company that has none, a customer held back and one who promised."""
    from crmdesk.models import clock
    from crmdesk.services import reminder_rules, reminders_due, use_cases

    book, today = stage.ctx.need_book(), clock.today()
    with book.read() as connection:
        if reminder_rules.all_rules(connection):
            return
    is_chinese = text.current_language() == "zh_CN"
    rules = (
        ("首次催款", "First reminder", [7, 14], 1, "letter"),
        ("二次催款", "Second reminder", [30], 2, "mail"),
    )
    for chinese, english, days, level, channel in rules:
        name = chinese if is_chinese else english
        use_cases.run(
            book, "reminder_rule.create", {"name": name, "days": days, "level": level, "channel": channel}
        )
    use_cases.run(book, "company.update", {"interest_rate": "0.06"})
    with book.read() as connection:
        due = list(reminders_due.load(connection, today).due)
    for one in due[1:2]:
        use_cases.run(book, "dunning.hold", {"customer": one.customer, "reason": "对账中"})
    for one, days in zip(due[2:4], (0, 5), strict=False):
        promised = (today + timedelta(days=days)).isoformat()
        use_cases.run(
            book,
            "promise.record",
            {"customer": one.customer, "amount": "500", "promised_on": promised, "by": "王经理"},
        )
    for one in due[4:5]:
        use_cases.run(book, "reminder.record", {"customer": one.customer, "rule": one.rule.name})


def _reminders(part: str) -> Callable[[Stage], None]:
    def show(stage: Stage) -> None:
        _with_reminders(stage)
        stage.go("statements", view="reminders", part=part)
        stage.wait(400)

    return show


def _after(part: str, command: str) -> Callable[[Stage], None]:
    def show(stage: Stage) -> None:
        _reminders(part)(stage)
        stage.choose(command)

    return show


def _product(stage: Stage) -> None:
    stage.go("sales", part="products")
    stage.click("products.new")


SHOTS = (
    Shot("statements", _statement),
    Shot("statements-batch", _batch),
    Shot("statements-slip", _slip),
    Shot("statements-confirmations", _confirmations),
    Shot("reminders", _reminders("reminders_due")),
    Shot("reminders-held", _reminders("reminders_held")),
    Shot("reminders-promises", _reminders("promises")),
    Shot("reminders-sent", _reminders("reminders")),
    Shot("reminders-rules", _reminders("reminder_rules")),
    Shot("reminders-rule", _after("reminder_rules", "rules.new")),
    Shot("reminders-words", _after("reminder_rules", "rules.letters")),
    Shot("reminders-many", _after("reminders_due", "reminders.sendAll")),
    Shot("reminders-hold", _after("reminders_due", "reminders.hold")),
    Shot("reminders-promise", _after("reminders_due", "reminders.promise")),
    Shot("reminders-interest", _after("reminders_due", "reminders.interest")),
    Shot("reminders-withdraw", _after("reminders", "sentReminders.withdraw")),
    Shot("ageing", _ageing),
    Shot("ageing-items", _ageing_items),
    Shot("products", lambda stage: stage.go("sales", part="products")),
    Shot("products-new", _product),
)
