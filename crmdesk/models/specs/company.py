"""Fields of the company whose book it is."""

from __future__ import annotations

from crmdesk.models.fields import Choice, Field, Kind
from crmdesk.text import N_

DAYS_MAX = 3650
"""Ten years: what is more was meant as a date."""

PREFIX_KINDS = {
    "invoice": N_("Invoices"),
    "credit": N_("Credit notes"),
    "payment": N_("Receipts"),
    "refund": N_("Refunds"),
    "writeoff": N_("Write-offs"),
    "opening": N_("Opening balances"),
    "recovery": N_("Recoveries"),
    "bank": N_("Bank entries"),
    "fapiao_request": N_("Tax invoice requests"),
    "red_confirmation": N_("Red-letter confirmations"),
    "customer": N_("Customer codes"),
    "product": N_("Product codes"),
    "transfer": N_("Transfers between customers"),
    "deposit": N_("Deposits"),
    "deposit_return": N_("Deposits returned"),
    "deposit_kept": N_("Deposits kept"),
    "deposit_applied": N_("Deposits applied"),
    "bill_endorsement": N_("Bills endorsed"),
    "bill_discount": N_("Bills discounted"),
    "bill_collection": N_("Bills collected"),
    "bill_recourse": N_("Bills dishonoured"),
    "recurring": N_("Recurring invoices"),
    "discount": N_("Settlement discounts"),
}

PREFIXES = tuple(
    Field(kind, Kind.CODE, label, length_max=10, width=8) for kind, label in PREFIX_KINDS.items()
)

COMPANY = (
    Field("name", Kind.TEXT, N_("Company name"), section="company", width=28),
    Field("address", Kind.TEXT, N_("Address"), length_max=300, section="company", width=30),
    Field("city", Kind.TEXT, N_("City"), length_max=100, section="company"),
    Field("postal_code", Kind.CODE, N_("Postal code"), length_max=20, section="company"),
    Field("phone", Kind.PHONE, N_("Phone"), length_max=60, section="company"),
    Field("email", Kind.EMAIL, N_("E-mail"), section="company"),
    Field("tax_number", Kind.TAX_NUMBER, N_("Tax number"), length_max=40, section="company"),
    Field(
        "registration_number",
        Kind.CODE,
        N_("Registration number"),
        length_max=60,
        section="company",
        help=N_("In the register of companies; for electronic invoices."),
    ),
    Field("electronic_address", Kind.TEXT, N_("Electronic address"), length_max=120, section="company"),
    Field(
        "electronic_address_scheme",
        Kind.CODE,
        N_("Scheme of the electronic address"),
        length_max=10,
        section="company",
        help=N_("Code of the list EAS, such as 0204 or 9930."),
    ),
    Field("bank", Kind.TEXT, N_("Bank"), section="company"),
    Field("bank_account", Kind.CODE, N_("Bank account"), length_max=60, section="company"),
    Field(
        "document_footer", Kind.LONG_TEXT, N_("Footer of documents"), length_max=1_000, section="documents"
    ),
    Field(
        "paper",
        Kind.CHOICE,
        N_("Paper"),
        choices=(
            Choice("A4", "A4"),
            Choice("A5", "A5"),
            Choice("Letter", "Letter"),
            Choice("241x140", N_("241 × 140 mm continuous form")),
        ),
        section="documents",
    ),
    Field(
        "letter_window",
        Kind.CHOICE,
        N_("Address of letters"),
        choices=(
            Choice("left", N_("Window at the left (DIN 5008)")),
            Choice("right", N_("Window at the right")),
            Choice("cn", N_("Chinese window envelope DL 220 × 110 mm (GB/T 22585)")),
        ),
        help=N_("Where the address of a letter stands, so that the window of the envelope shows it."),
        section="documents",
    ),
    Field(
        "language",
        Kind.CHOICE,
        N_("Language of documents"),
        choices=(Choice("zh_CN", "简体中文"), Choice("en", "English")),
        section="documents",
    ),
    Field(
        "taxpayer",
        Kind.CHOICE,
        N_("Taxpayer"),
        choices=(
            Choice("general", N_("General taxpayer (一般纳税人)")),
            Choice("small", N_("Small-scale taxpayer (小规模纳税人)")),
        ),
        help=N_("Chooses the default tax rate."),
        section="taxes",
    ),
    Field(
        "rounding",
        Kind.CHOICE,
        N_("Tax is rounded"),
        choices=(Choice("line", N_("Per line")), Choice("document", N_("Per document"))),
        help=N_("For new documents; issued ones keep their rule."),
        section="taxes",
    ),
    Field(
        "discount_tax",
        Kind.CHOICE,
        N_("A settlement discount taken"),
        choices=(
            Choice("unchanged", N_("Leaves the tax as it is")),
            Choice("adjust", N_("Corrects sales and tax")),
        ),
        help=N_("China: 财务费用, the tax stays. Elsewhere it usually reduces sales and tax."),
        section="taxes",
    ),
    Field(
        "terms_days",
        Kind.INTEGER,
        N_("Payment terms (days)"),
        sign="non_negative",
        help=N_("For customers without terms of their own."),
        section="documents",
    ),
    Field(
        "cash_rounding",
        Kind.CHOICE,
        N_("Cash is rounded to"),
        choices=(
            Choice("none", N_("Not at all")),
            *(Choice(step, step) for step in ("0.05", "0.10", "0.50", "1.00")),
        ),
        section="documents",
    ),
    Field(
        "writeoff_attachment",
        Kind.MONEY,
        N_("Write-offs need an attachment above"),
        sign="non_negative",
        help=N_("0: never."),
        section="documents",
    ),
    Field("prefixes", Kind.OBJECT, N_("Prefixes of numbers"), fields=PREFIXES, section="numbering"),
    Field("backup_folder", Kind.TEXT, N_("Second folder for backups"), length_max=1_000, section="backup"),
)

COLLECTING = (
    Field(
        "credit_policy",
        Kind.CHOICE,
        N_("An invoice beyond the credit limit"),
        choices=(Choice("warn", N_("Warn")), Choice("refuse", N_("Refuse"))),
        section="collecting",
    ),
    Field(
        "dunning_gap_days",
        Kind.INTEGER,
        N_("Days between two levels of reminders"),
        sign="non_negative",
        most=DAYS_MAX,
        section="collecting",
    ),
    Field(
        "dunning_pay_days",
        Kind.INTEGER,
        N_("Days a reminder gives to pay"),
        sign="non_negative",
        most=DAYS_MAX,
        section="collecting",
    ),
    Field(
        "interest_rate",
        Kind.RATE,
        N_("Late interest a year"),
        help=N_("0: none is charged."),
        section="collecting",
    ),
    Field(
        "interest_grace_days",
        Kind.INTEGER,
        N_("Days of grace before interest"),
        sign="non_negative",
        most=DAYS_MAX,
        help=N_("What is paid within them bears no interest; what is later bears it from the due date."),
        section="collecting",
    ),
    Field(
        "interest_basis",
        Kind.CHOICE,
        N_("Days of a year for interest"),
        choices=(
            Choice("360", "360"),
            Choice("365", "365"),
            Choice("actual", N_("365 or 366, by the calendar")),
        ),
        section="collecting",
    ),
)
"""Rules of credit, reminders and interest."""
