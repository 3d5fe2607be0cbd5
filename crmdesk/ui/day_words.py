"""The facts of the day in words: what waits, what the program has to tell. For the Today page and the notices."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from crmdesk.models import clock
from crmdesk.services.today_shape import BackupFacts, Figure, Target, Today
from crmdesk.text import N_, _, counted
from crmdesk.ui.book_list import amounts_text
from crmdesk.ui.kit.entry_list import Entry

if TYPE_CHECKING:
    from crmdesk.ui.context import Context

BACKUP = Target("settings", {"section": "backup"})
_DAYS_UNTIL_NO_BACKUP_MATTERS = 1
_READ = "notices.read"
_READ_KEPT = 100


def go_to(ctx: Context, target: Target, words: str = "") -> None:
    """Shows what a figure is made of; `words` stand on the chip of a filtered list."""
    wanted = dict(target.wanted)
    if "filter" in wanted and words:
        wanted["words"] = words
    ctx.go(target.place, **wanted)


def day_words(on: date) -> str:
    """Saturday, 21 November, as the language in force writes it."""
    from babel.dates import format_date

    from crmdesk.text import current_language

    if current_language() == "en":
        return format_date(on, "EEEE, d MMMM", locale="en_GB")
    return format_date(on, "M月d日 EEEE", locale="zh_CN")


def month_words(first: date) -> str:
    """The month on an axis: Nov, 11月."""
    from babel.dates import format_date

    from crmdesk.text import current_language

    return format_date(first, "LLL", locale="en" if current_language() == "en" else "zh_CN")


def due_words(days_late: int) -> str:
    """How late, or when it is due."""
    if days_late > 1:
        return _("{days} days late").format(days=f"{days_late:,}")
    if days_late == 1:
        return _("1 day late")
    if days_late == 0:
        return _("due today")
    return _("due tomorrow") if days_late == -1 else _("due in {days} days").format(days=-days_late)


def _entry(
    icon: str, title: str, detail: str, figure: Figure | None, target: Target, tone: str = ""
) -> Entry:
    amount = (
        amounts_text({code: abs(minor) for code, minor in figure.minors.items()}, empty="") if figure else ""
    )
    return Entry(title, detail, figure=amount, icon=icon, tone=tone, data=target)


def credit_words(facts: Today) -> str:
    """What the unused credits are made of: money in advance is one thing, credit notes are another."""
    notes = {code: -minor for code, minor in facts.credit_notes.items()}
    free = {code: -minor - notes.get(code, 0) for code, minor in facts.credit.minors.items()}
    parts = (
        (_("unused payments {amount}"), amounts_text(free, empty="")),
        (_("unused credit notes {amount}"), amounts_text(notes, empty="")),
    )
    return _(", ").join(words.format(amount=amount) for words, amount in parts if amount)


def later_words(facts: Today) -> str:
    """What of the figures is dated after today; "" where nothing is."""
    if not facts.later.entry_count:
        return ""
    parts = (
        (_("receivable {amount}"), amounts_text(facts.later.owed, empty="")),
        (_("credits {amount}"), amounts_text({c: -m for c, m in facts.later.credit.items()}, empty="")),
    )
    told = _(", ").join(words.format(amount=amount) for words, amount in parts if amount)
    words = _("Lists and Today count them; reports as at today do not.")
    return f"{words} ({told})" if told else words


def todo(facts: Today, backup: BackupFacts | None) -> list[Entry]:
    """What waits for somebody, the most urgent first."""
    made: list[Entry] = []
    due, drafts, credit = facts.due_today, facts.drafts, facts.credit
    if due.count:
        words = _("Due today: {count}").format(count=f"{due.count:,}")
        made.append(_entry("clock", words, _("Remind them before it is late."), due, due.target))
    if facts.to_bill.count:
        words = _("Instalments to bill: {count}").format(count=f"{facts.to_bill.count:,}")
        detail = _("Due within 7 days or overdue, and not billed yet.")
        made.append(_entry("calendar", words, detail, facts.to_bill, facts.to_bill.target))
    if facts.ending.count:
        words = _("Contracts that end within 30 days: {count}").format(count=f"{facts.ending.count:,}")
        made.append(_entry("book", words, _("Renew or finish them."), None, facts.ending.target))
    if facts.reminders.count:
        words = _("Reminders to send: {count}").format(count=f"{facts.reminders.count:,}")
        detail = _("Letters and e-mails, ready to look at.")
        made.append(_entry("mail", words, detail, facts.reminders, facts.reminders.target))
    for figure, words in (
        (facts.promises_due, _("Promised for today: {count}")),
        (facts.promises_broken, _("Promises not kept: {count}")),
    ):
        if figure.count:
            made.append(
                _entry(
                    "calendar",
                    words.format(count=f"{figure.count:,}"),
                    _("Call before you write."),
                    figure,
                    figure.target,
                )
            )
    if facts.over_limit.count:
        words = _("Over the credit limit: {count}").format(count=f"{facts.over_limit.count:,}")
        detail = _("They owe more than was agreed.")
        made.append(_entry("alert-triangle", words, detail, None, facts.over_limit.target))
    if facts.bank_lines.count:
        made.append(_bank_entry(facts.bank_lines))
    if drafts.count:
        words = _("Drafts not issued: {count}").format(count=f"{drafts.count:,}")
        made.append(_entry("pencil", words, _("Nothing is owed on them yet."), drafts, drafts.target))
    if facts.recurring.count:
        made.append(_recurring_entry(facts.recurring))
    if credit.count:
        words = _("Payments and credit notes not used: {count}").format(count=f"{credit.count:,}")
        detail = _("{credits}. To allocate or refund.").format(credits=credit_words(facts))
        made.append(_entry("coins", words, detail, credit, credit.target))
    told = later_words(facts)
    if told:
        words = _("Dated after today: {count}").format(count=f"{facts.later.entry_count:,}")
        made.append(
            _entry("calendar", words, told, None, Target("invoices", {"part": "open_items", "filter": ""}))
        )
    for found in facts.refused_imports:
        made.append(_import_entry(found))
    for found in facts.refused_files:
        made.append(_file_entry(found))
    if backup is not None and backup.is_old:
        made.append(_backup_entry(backup))
    if facts.quiet.count:
        words = _("Not bought for 90 days: {count}").format(count=f"{facts.quiet.count:,}")
        made.append(
            _entry("phone", words, _("They bought in the half year before."), None, facts.quiet.target)
        )
    return made


def _bank_entry(found: Figure) -> Entry:
    words = _("Bank lines to book: {count}").format(count=f"{found.count:,}")
    detail = _("Each is matched with what is open; you only confirm.")
    return Entry(words, detail, icon="credit-card", data=found.target)


def _recurring_entry(figure: Figure) -> Entry:
    words = _("Recurring invoices to make: {count}").format(count=f"{figure.count:,}")
    return _entry(
        "refresh-cw", words, _("Their date has come; one key makes them all."), figure, figure.target
    )


def _import_entry(found: Any) -> Entry:
    words = counted(N_("Import “{file}”: {count} rows refused"), found.failed_count, file=found.file_name)
    detail = counted(N_("of {count} rows; correct them and import the file again"), found.read_count)
    return Entry(words, detail, icon="upload", data=found.target)


def _file_entry(found: Any) -> Entry:
    if found.failed_count:
        words = counted(
            N_("Watched folder: “{file}”, {count} rows refused"), found.failed_count, file=found.file_name
        )
    else:
        words = _("Watched folder: “{file}” was refused").format(file=found.file_name)
    return Entry(words, found.reason, icon="folder", data=found.target)


def _backup_entry(backup: BackupFacts) -> Entry:
    words = _("No backup for {days} days").format(days=backup.age_days)
    return Entry(words, _("Changes since then are in the book only."), icon="database", data=BACKUP)


def backup_words(backup: BackupFacts | None) -> tuple[str, str]:
    """(words, tone) of the backup's state."""
    if backup is None:
        return _("Backup"), ""
    if backup.verified_at is None:
        return _("No backup yet"), "warn"
    moment = backup.verified_at.astimezone()
    when = f"{moment:%H:%M}" if moment.date() == clock.today() else f"{moment:%Y-%m-%d}"
    return _("Backup verified {moment}").format(moment=when), "warn" if backup.is_old else "good"


def rail_counts(facts: Today | None) -> list[tuple[str, int, int, str]]:
    """(place, urgent count, quiet count, what they mean) for the left rail."""
    if facts is None:
        return [("today", 0, 0, ""), ("invoices", 0, 0, ""), ("payments", 0, 0, "")]
    due, late, drafts = facts.due_today.count, facts.overdue.count, facts.drafts.count
    told = []
    if late:
        told.append(_("Overdue: {count}").format(count=f"{late:,}"))
    if drafts:
        told.append(_("Drafts: {count}").format(count=f"{drafts:,}"))
    today = _("Due today: {count}").format(count=f"{due:,}") if due else ""
    lines = facts.bank_lines.count
    waiting = _("Bank lines to book: {count}").format(count=f"{lines:,}") if lines else ""
    return [
        ("today", 0, due, today),
        ("invoices", late, drafts, ", ".join(told)),
        ("payments", 0, lines, waiting),
    ]


# Notices


class Notice:
    """One thing the program has to tell. `key` tells it from others; `is_done` goes away once it was opened."""

    def __init__(self, key: str, entry: Entry, *, goes_when_read: bool = False) -> None:
        self.key = key
        self.entry = entry
        self.goes_when_read = goes_when_read


def notices(ctx: Context, facts: Today | None, backup: BackupFacts | None) -> list[Notice]:
    """What the program has to tell about the open book, the gravest first; what was read is left out."""
    book = ctx.book
    if book is None:
        return []
    made: list[Notice] = []
    if book.hindrance is not None:
        entry = Entry(_("This book is open for reading only"), book.hindrance.message, icon="lock")
        made.append(Notice("read-only", Entry(entry.title, entry.detail, icon="lock", data=BACKUP)))
    problem = ctx.settings.text("backup.problem")
    if problem and (backup is None or backup.is_due):
        made.append(
            Notice("backup", Entry(_("The last backup failed"), problem, icon="alert-circle", data=BACKUP))
        )
    elif backup is not None and backup.is_old:
        made.append(Notice("backup", _backup_entry(backup)))
    elif (
        backup is not None and backup.verified_at is None and facts is not None and facts.began_at is not None
    ):
        age = (clock.now_utc() - facts.began_at).days
        if facts.has_documents and age >= _DAYS_UNTIL_NO_BACKUP_MATTERS:
            entry = Entry(
                _("No backup yet"),
                _("The book exists only once. Back it up now."),
                icon="database",
                data=BACKUP,
            )
            made.append(Notice("backup", entry))
    if facts is not None:
        if facts.due_today.count:
            words = _("Due today: {count}").format(count=f"{facts.due_today.count:,}")
            amount = amounts_text(facts.due_today.minors)
            made.append(Notice("due", Entry(words, amount, icon="clock", data=facts.due_today.target)))
        if facts.bank_lines.count:
            made.append(Notice("bank", _bank_entry(facts.bank_lines)))
        if facts.recurring.count:
            made.append(Notice("recurring", _recurring_entry(facts.recurring)))
        for found in facts.refused_imports:
            made.append(Notice(f"import:{found.batch}", _import_entry(found), goes_when_read=True))
        for found in facts.refused_files:
            made.append(Notice(f"watch:{found.line}", _file_entry(found), goes_when_read=True))
    known = _read(ctx)
    return [notice for notice in made if _stamp(ctx, notice) not in known]


def mark_read(ctx: Context, notice: Notice) -> None:
    """A notice that has been dealt with by reading it does not come again."""
    if notice.goes_when_read:
        kept = [*_read(ctx), _stamp(ctx, notice)]
        ctx.settings.put(_READ, kept[-_READ_KEPT:])


def _stamp(ctx: Context, notice: Notice) -> str:
    return f"{ctx.book.path if ctx.book is not None else ''}|{notice.key}"


def _read(ctx: Context) -> list[str]:
    kept = ctx.settings.get(_READ)
    return [entry for entry in kept if isinstance(entry, str)] if isinstance(kept, list) else []
