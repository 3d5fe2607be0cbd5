"""The sections that are one form: company, documents, numbering, period lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QWidget

from crmdesk.models import money
from crmdesk.models.fields import Field, Kind
from crmdesk.models.specs.company import COMPANY, PREFIXES
from crmdesk.text import N_, _
from crmdesk.ui.context import Context
from crmdesk.ui.kit import dialogs
from crmdesk.ui.kit.theme import theme
from crmdesk.ui.pages.settings.offsets import OffsetsCard
from crmdesk.ui.pages.settings.section import FormSection


def _fields(section: str) -> tuple[Field, ...]:
    return tuple(replace(field, section="") for field in COMPANY if field.section == section)


def _changed_texts(values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """company.update takes texts as they are; an emptied text is named in `clear`."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    empty = [
        name for name, value in values.items() if value in (None, "") and name not in ("name", "terms_days")
    ]
    arguments: dict[str, Any] = {
        name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in given.items()
    }
    clear = [
        name for name in empty if name not in ("writeoff_attachment", "paper", "letter_window", "language")
    ]
    return "company.update", arguments | ({"clear": clear} if clear else {})


class _CompanySection(FormSection):
    """The form and the logo."""

    def __init__(self, ctx: Context) -> None:
        fields = _fields("company")
        super().__init__(
            ctx,
            "company",
            N_("Company"),
            N_("Stands at the head of invoices, receipts and statements."),
            fields,
            lambda own: {field.name: getattr(own, field.name) for field in fields},
            _changed_texts,
        )
        card = self.add_card(N_("Logo"), N_("A PNG or JPEG, printed at the head of documents."))
        row = QHBoxLayout()
        row.setSpacing(theme().metrics.space(3))
        self.logo = QLabel()
        self.logo.setObjectName("settings.company.logo")
        self.say(self.logo.setAccessibleName, N_("Logo"))
        row.addWidget(self.logo)
        row.addWidget(self.make_button("chooseLogo", N_("Choose a picture …"), self.choose_logo))
        self.remove_button = self.make_button("removeLogo", N_("Remove"), self.remove_logo, "ghost")
        row.addWidget(self.remove_button)
        row.addStretch(1)
        card.body.addLayout(row)
        ctx.bus.watch(self, ("company",), lambda _changes: self.refresh_logo())
        self.refresh_logo()

    def refresh_logo(self) -> None:
        """The logo as the book has it."""
        if self.ctx.book is None:
            return
        from crmdesk.services import company

        self.ctx.read(company.picture_of, owner=self, on_done=self._show_logo, replaces="logo")

    def _show_logo(self, content: bytes | None) -> None:
        self.logo.setVisible(content is not None)
        self.remove_button.setVisible(content is not None)
        if content is not None:
            picture = QPixmap()
            picture.loadFromData(content)
            side = theme().metrics.em(16)
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            self.logo.setPixmap(picture.scaled(QSize(side * 2, side), keep, smooth))

    def choose_logo(self) -> None:
        """Asks for a picture and stores it in the book."""
        import base64

        path, _kind = QFileDialog.getOpenFileName(self, _("Logo"), "", _("Pictures (*.png *.jpg *.jpeg)"))
        if not path:
            return
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            self.ctx.notices.error(error)
            return
        arguments = {"content": base64.b64encode(content).decode()}
        self.ctx.run_use_case(
            "company.set_picture", arguments, owner=self, on_done=lambda _outcome: self.refresh_logo()
        )

    def remove_logo(self) -> None:
        """Takes the logo off."""
        self.ctx.run_use_case(
            "company.remove_picture", {}, owner=self, on_done=lambda _outcome: self.refresh_logo()
        )


def company(ctx: Context) -> QWidget:
    """Name, address, tax number, bank, logo."""
    return _CompanySection(ctx)


class _DocumentsSection(FormSection):
    """The form, and where the printer prints."""

    def __init__(self, ctx: Context) -> None:
        fields = _fields("documents")

        def load(own: Any) -> dict[str, Any]:
            values = {field.name: getattr(own, field.name, None) for field in fields}
            limit = money.to_decimal(own.writeoff_attachment_minor, own.currency)
            return values | {"writeoff_attachment": limit, "cash_rounding": own.cash_rounding or "none"}

        self.offsets: OffsetsCard | None = None
        super().__init__(
            ctx,
            "documents",
            N_("Documents"),
            N_("How invoices, receipts and statements look and when they are due."),
            fields,
            load,
            _changed_texts,
            columns_max=3,
        )
        self.offsets = OffsetsCard(ctx, self)

    def _fill(self, own: Any) -> None:
        super()._fill(own)
        if self.offsets is not None:
            self.offsets.take(own)


def documents(ctx: Context) -> QWidget:
    """Footer, paper, language, terms, cash rounding, where the printer prints."""
    return _DocumentsSection(ctx)


def numbering(ctx: Context) -> QWidget:
    """Prefixes of the number series."""

    def save(values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "company.update", {"prefixes": {name: value for name, value in values.items() if value}}

    return FormSection(
        ctx,
        "numbering",
        N_("Numbering"),
        N_(
            "A series per kind and year, without gaps: INV-2026-0001. A series that has begun keeps its prefix."
        ),
        PREFIXES,
        lambda own: {field.name: own.prefixes.get(field.name, "") for field in PREFIXES},
        save,
        columns_max=3,
    )


class _LockSection(FormSection):
    """Locking asks first: taking it back needs a reason, and a closing says more."""

    def submit(self) -> None:
        """Asks, then locks."""
        until = self.form.editor("until").value()
        if not isinstance(until, date):
            super().submit()
            return
        from crmdesk.services.periods import ahead_words

        words = _(
            "Nothing dated on or before {date} can be entered, reversed or allocated any more. "
            "Statements, “Month end”, “Open again” takes the lock back, with a reason."
        ).format(date=until.isoformat())
        warning = ahead_words(until)
        dialogs.confirm(
            self,
            _("Lock the period?"),
            f"{warning}\n{words}" if warning else words,
            _("Lock until {date}").format(date=until.isoformat()),
            super().submit,
            name="confirmLock",
            kind="primary",
        )


def period_lock(ctx: Context) -> QWidget:
    """The locked period."""
    field = Field("until", Kind.DATE, N_("Locked until"), required=True)
    return _LockSection(
        ctx,
        "lock",
        N_("Period lock"),
        N_("After the month is closed, lock it: reports of the locked period then stay as they are."),
        (field,),
        lambda own: {"until": own.lock_date},
        lambda values: ("period.lock", {"until": values["until"]}),
    )
