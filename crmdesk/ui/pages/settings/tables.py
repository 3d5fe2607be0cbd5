"""The sections that are short tables: tax rates and money accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from crmdesk.models import money
from crmdesk.models.errors import CrmdeskError
from crmdesk.models.fields import Field
from crmdesk.models.specs.company import COMPANY
from crmdesk.models.specs.documents import METHODS
from crmdesk.models.specs.products import MONEY_ACCOUNT, TAX_RATE_ROW
from crmdesk.text import N_, _
from crmdesk.ui.book_list import amounts_text
from crmdesk.ui.context import Context
from crmdesk.ui.kit.dialogs import Dialog
from crmdesk.ui.kit.entry_list import Entry, EntryList
from crmdesk.ui.kit.form import Form
from crmdesk.ui.pages.settings.section import FormSection, Section

Save = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]


class RecordDialog(Dialog):
    """One form, saved by one use case."""

    def __init__(
        self,
        ctx: Context,
        parent: QWidget,
        title: str,
        fields: Sequence[Field],
        values: dict[str, Any],
        save: Save,
        name: str,
    ) -> None:
        super().__init__(parent, title, name=name, width=80)
        self._ctx, self._save = ctx, save
        self.form = Form(ctx, fields, values, name=f"{name}.form", columns_max=2, has_shortcuts=False)
        self.body.addWidget(self.form)
        self.add_cancel(f"{name}.cancel")
        self.add_action(_("Save"), f"{name}.save", self.submit, kind="primary", shortcut="Ctrl+S")
        self.form.focus_first()

    def submit(self) -> None:
        """Saves and closes; errors stand under their fields."""
        try:
            values = self.form.values()
        except CrmdeskError:
            return
        name, arguments = self._save(values)
        self._ctx.run_use_case(
            name,
            {key: value for key, value in arguments.items() if value is not None},
            owner=self,
            on_done=lambda _outcome: self.accept(),
            on_error=self.form.take_error,
        )


class _TableSection(Section):
    """A list of entries with Add, Edit and one more action."""

    def __init__(self, ctx: Context, name: str, title: str, text: str, kinds: tuple[str, ...]) -> None:
        super().__init__(ctx, name)
        card = self.add_card(title, text)
        self.entries = EntryList(f"settings.{name}.table")
        self.entries.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.say(self.entries.setAccessibleName, title)
        self.entries.chosen.connect(self.edit)
        card.body.addWidget(self.entries)
        self.buttons = QHBoxLayout()
        self.buttons.addWidget(self.make_button("new", N_("Add …"), self.add, "primary"))
        self.buttons.addWidget(
            self.make_button("edit", N_("Edit …"), lambda: self.edit(self.entries.current()))
        )
        card.body.addLayout(self.buttons)
        ctx.bus.watch(self, kinds, lambda _changes: self.refresh())
        ctx.book_changed.connect(self.refresh)
        self.refresh()

    def retranslate(self) -> None:
        """Entries in the new language."""
        super().retranslate()
        if hasattr(self, "buttons"):
            self.refresh()

    def refresh(self) -> None:
        """Reads the rows again."""
        if self.ctx.book is not None:
            self.ctx.read(self.load, owner=self, on_done=self._fill, replaces="rows")

    def _fill(self, entries: list[Entry]) -> None:
        """The list is as high as its rows: the section scrolls, not a list in it."""
        self.entries.set_entries(entries)
        self.entries.setFixedHeight(self.entries.height_of_all())

    def load(self, connection: Any) -> list[Entry]:
        """Entries of all rows."""
        raise NotImplementedError

    def add(self) -> None:
        """Opens an empty form."""
        raise NotImplementedError

    def edit(self, entry: Entry | None) -> None:
        """Opens the form of an entry."""
        raise NotImplementedError


class _TaxSection(_TableSection):
    """Rates with their validity."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(
            ctx,
            "taxes.rates",
            N_("Tax rates"),
            N_("Rates with the days they are valid. An invoice with another rate warns and is taken."),
            ("tax_rate",),
        )
        self.buttons.addWidget(self.make_button("delete", N_("Delete"), self.delete, "ghost"))
        self.buttons.addStretch(1)

    def load(self, connection: Any) -> list[Entry]:
        """One entry per rate."""
        from crmdesk.services import tax_rates

        kinds = {
            choice.value: choice.label
            for field in TAX_RATE_ROW
            if field.name == "kind"
            for choice in field.choices
        }
        entries = []
        for rate in tax_rates.all_rates(connection):
            start = rate.valid_from.isoformat() if rate.valid_from else "…"
            end = rate.valid_to.isoformat() if rate.valid_to else "…"
            entries.append(
                Entry(
                    rate.name,
                    f"{_(kinds[rate.kind])} · {start} – {end}",
                    figure=f"{(rate.rate * 100).normalize():f} %",
                    chip=_("Default") if rate.is_default else "",
                    chip_tone="good",
                    data=rate,
                )
            )
        return entries

    def _open(self, title: str, values: dict[str, Any], save: Save) -> None:
        RecordDialog(self.ctx, self, title, TAX_RATE_ROW, values, save, "taxRate").show_sheet()

    def add(self) -> None:
        """A new rate."""
        self._open(_("New tax rate"), {}, lambda values: ("tax_rate.create", _plain(values)))

    def edit(self, entry: Entry | None) -> None:
        """An existing rate."""
        if entry is None:
            return
        rate = entry.data
        values = {field.name: getattr(rate, field.name) for field in TAX_RATE_ROW}

        def save(new: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            clear = [name for name in ("valid_from", "valid_to") if new.get(name) is None]
            return "tax_rate.update", {
                "tax_rate": rate.id,
                **_plain(new),
                **({"clear": clear} if clear else {}),
            }

        self._open(_("Tax rate"), values, save)

    def delete(self) -> None:
        """Takes the chosen rate off the table; issued documents keep theirs."""
        entry = self.entries.current()
        if entry is not None:
            self.ctx.run_use_case("tax_rate.delete", {"tax_rate": entry.data.id}, owner=self)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: f"{value:f}" if hasattr(value, "as_tuple") else value
        for name, value in values.items()
        if value is not None
    }


class _Taxes(Section):
    """Rule and rates."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx, "taxes")
        fields = tuple(replace(field, section="") for field in COMPANY if field.section == "taxes")
        self.column.addWidget(
            FormSection(
                ctx,
                "taxes.rule",
                N_("Tax rule"),
                N_("Per line as a fapiao prints it, or per document and rate as EN 16931 does."),
                fields,
                lambda own: {field.name: getattr(own, field.name) for field in fields},
                lambda values: ("company.update", values),
            )
        )
        self.column.addWidget(_TaxSection(ctx))


class _AccountSection(_TableSection):
    """Cash boxes, bank accounts, wallets."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(
            ctx,
            "accounts",
            N_("Money accounts"),
            N_("Where payments arrive. Each method of payment has a default account."),
            ("money_account",),
        )
        self.buttons.addWidget(self.make_button("toggle", N_("Deactivate or activate"), self.toggle, "ghost"))
        self.buttons.addStretch(1)

    def load(self, connection: Any) -> list[Entry]:
        """One entry per account with its balance."""
        from crmdesk.services.reports import declared

        book = declared.find("cash-book").fill(connection, declared.Options())
        balances: dict[str, dict[str, int]] = {}
        for row in book.document["accounts"]:
            minor = money.to_minor(Decimal(row["balance"]), row["currency"])
            balances.setdefault(row["account"], {})[row["currency"]] = minor
        from crmdesk.services import money_accounts

        methods = {choice.value: choice.label for choice in METHODS}
        return [
            Entry(
                row.name,
                f"{row.code} · {_(methods.get(row.method, row.method))}",
                figure=amounts_text(balances.get(row.code, {})),
                chip="" if row.is_active else _("Inactive"),
                is_muted=not row.is_active,
                data=row,
            )
            for row in money_accounts.all_accounts(connection)
        ]

    def add(self) -> None:
        """A new account."""
        RecordDialog(
            self.ctx,
            self,
            _("New money account"),
            MONEY_ACCOUNT,
            {},
            lambda values: ("money_account.create", _plain(values)),
            "moneyAccount",
        ).show_sheet()

    def edit(self, entry: Entry | None) -> None:
        """An existing account; code and method stay."""
        if entry is None:
            return
        row = entry.data
        fields = [
            field
            for field in MONEY_ACCOUNT
            if field.name in ("name", "currency", "bank_account", "is_default")
        ]
        values = {field.name: getattr(row, field.name, None) for field in fields}
        RecordDialog(
            self.ctx,
            self,
            row.code,
            fields,
            values,
            lambda new: ("money_account.update", {"account": row.code, **_plain(new)}),
            "moneyAccount",
        ).show_sheet()

    def toggle(self) -> None:
        """Deactivates or activates the chosen account."""
        entry = self.entries.current()
        if entry is not None:
            name = "money_account.deactivate" if entry.data.is_active else "money_account.activate"
            self.ctx.run_use_case(name, {"account": entry.data.code}, owner=self)


def taxes(ctx: Context) -> QWidget:
    """Tax rule and rates."""
    return _Taxes(ctx)


def money_accounts(ctx: Context) -> QWidget:
    """Money accounts with balances."""
    return _AccountSection(ctx)
