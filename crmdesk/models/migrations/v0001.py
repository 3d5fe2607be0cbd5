"""Schema version 1: the first tables. Written by `crmdesk.models.migrations.freeze`; not edited by hand."""
# ruff: noqa: E501 (SQL as SQLite is given it)

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE TABLE audit_entry (id INTEGER NOT NULL, posted_at TEXT NOT NULL, actor TEXT NOT NULL,
    seat TEXT NOT NULL, use_case TEXT NOT NULL, canonical BLOB NOT NULL, hash BLOB NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (id)) STRICT
    """,
    """
    CREATE INDEX ix_audit_entry_use_case ON audit_entry (use_case, id)
    """,
    """
    CREATE TABLE dimension (id INTEGER NOT NULL, name TEXT NOT NULL, applies_to TEXT NOT NULL,
    position INTEGER NOT NULL, CONSTRAINT pk_dimension PRIMARY KEY (id),
    CONSTRAINT uq_dimension_applies_to_name UNIQUE (applies_to, name)) STRICT
    """,
    """
    CREATE TABLE tag (id INTEGER NOT NULL, name TEXT NOT NULL, colour TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_tag PRIMARY KEY (id), CONSTRAINT uq_tag_name UNIQUE (name)) STRICT
    """,
    """
    CREATE TABLE customer (id INTEGER NOT NULL, code TEXT NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, short_name TEXT DEFAULT '' NOT NULL, phone TEXT DEFAULT '' NOT NULL,
    email TEXT DEFAULT '' NOT NULL, tax_number TEXT DEFAULT '' NOT NULL,
    industry TEXT DEFAULT '' NOT NULL, source TEXT DEFAULT '' NOT NULL,
    stage TEXT DEFAULT '' NOT NULL, level TEXT DEFAULT '' NOT NULL, owner TEXT DEFAULT '' NOT NULL,
    credit_limit_minor INTEGER, terms_days INTEGER, currency TEXT DEFAULT '' NOT NULL,
    gender TEXT DEFAULT '' NOT NULL, born_on INTEGER, occupation TEXT DEFAULT '' NOT NULL,
    note TEXT DEFAULT '' NOT NULL, is_active INTEGER NOT NULL, version INTEGER NOT NULL,
    name_key TEXT DEFAULT '' NOT NULL, phone_key TEXT DEFAULT '' NOT NULL,
    initials TEXT DEFAULT '' NOT NULL, created_at TEXT DEFAULT '' NOT NULL,
    updated_at TEXT DEFAULT '' NOT NULL, updated_by TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_customer PRIMARY KEY (id), CONSTRAINT kind_known CHECK (kind IN ('company',
    'person')), CONSTRAINT uq_customer_code UNIQUE (code)) STRICT
    """,
    """
    CREATE INDEX ix_customer_initials ON customer (initials)
    """,
    """
    CREATE INDEX ix_customer_name_key ON customer (name_key)
    """,
    """
    CREATE INDEX ix_customer_phone_key ON customer (phone_key)
    """,
    """
    CREATE INDEX ix_customer_tax_number ON customer (tax_number)
    """,
    """
    CREATE TABLE import_batch (id INTEGER NOT NULL, kind TEXT NOT NULL, file_name TEXT NOT NULL,
    file_digest BLOB NOT NULL, imported_at TEXT NOT NULL, read_count INTEGER NOT NULL,
    created_count INTEGER NOT NULL, updated_count INTEGER NOT NULL, skipped_count INTEGER NOT NULL,
    failed_count INTEGER NOT NULL, undone_at TEXT, mapping TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_import_batch PRIMARY KEY (id)) STRICT
    """,
    """
    CREATE TABLE account (id INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    role TEXT NOT NULL, kind TEXT NOT NULL, CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT uq_account_code UNIQUE (code), CONSTRAINT uq_account_role UNIQUE (role)) STRICT
    """,
    """
    CREATE TABLE tax_rate (id INTEGER NOT NULL, name TEXT NOT NULL, rate TEXT NOT NULL,
    kind TEXT NOT NULL, valid_from INTEGER, valid_to INTEGER, is_default INTEGER NOT NULL,
    CONSTRAINT pk_tax_rate PRIMARY KEY (id)) STRICT
    """,
    """
    CREATE VIRTUAL TABLE customer_search USING fts5(content, content='', contentless_delete=1,
    detail=none, prefix='1 2 3', tokenize='ascii')
    """,
    """
    INSERT INTO customer_search (customer_search, rank) VALUES ('hashsize', 16777216)
    """,
    """
    CREATE TABLE setting (name TEXT NOT NULL, value TEXT NOT NULL,
    CONSTRAINT pk_setting PRIMARY KEY (name)) STRICT
    """,
    """
    CREATE TABLE counter (name TEXT NOT NULL, value INTEGER NOT NULL,
    CONSTRAINT pk_counter PRIMARY KEY (name)) STRICT
    """,
    """
    CREATE TABLE series (kind TEXT NOT NULL, year INTEGER NOT NULL, last INTEGER NOT NULL,
    CONSTRAINT pk_series PRIMARY KEY (kind, year)) STRICT
    """,
    """
    CREATE TABLE taken_number (kind TEXT NOT NULL, year INTEGER NOT NULL, value INTEGER NOT NULL,
    CONSTRAINT pk_taken_number PRIMARY KEY (kind, year, value)) STRICT
    """,
    """
    CREATE TABLE picture (name TEXT NOT NULL, content BLOB NOT NULL,
    CONSTRAINT pk_picture PRIMARY KEY (name)) STRICT
    """,
    """
    CREATE TABLE audit_detail (audit_id INTEGER NOT NULL, salt BLOB NOT NULL, content TEXT NOT NULL,
    CONSTRAINT pk_audit_detail PRIMARY KEY (audit_id),
    CONSTRAINT fk_audit_detail_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE TABLE use_key ("key" TEXT NOT NULL, request_digest BLOB NOT NULL, result TEXT NOT NULL,
    audit_id INTEGER NOT NULL, CONSTRAINT pk_use_key PRIMARY KEY ("key"),
    CONSTRAINT fk_use_key_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE TABLE category (id INTEGER NOT NULL, dimension_id INTEGER NOT NULL, parent_id INTEGER,
    name TEXT NOT NULL, position INTEGER NOT NULL, note TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_category PRIMARY KEY (id),
    CONSTRAINT fk_category_dimension_id FOREIGN KEY(dimension_id) REFERENCES dimension (id),
    CONSTRAINT fk_category_parent_id FOREIGN KEY(parent_id) REFERENCES category (id)) STRICT
    """,
    """
    CREATE INDEX ix_category_dimension_id_parent_id ON category (dimension_id, parent_id)
    """,
    """
    CREATE TABLE customer_tag (tag_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    CONSTRAINT pk_customer_tag PRIMARY KEY (tag_id, customer_id),
    CONSTRAINT fk_customer_tag_tag_id FOREIGN KEY(tag_id) REFERENCES tag (id),
    CONSTRAINT fk_customer_tag_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_customer_tag_customer_id ON customer_tag (customer_id)
    """,
    """
    CREATE TABLE closing (id INTEGER NOT NULL, kind TEXT NOT NULL, until INTEGER NOT NULL,
    locked_before INTEGER, recorded_at TEXT NOT NULL, actor TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL, checklist TEXT NOT NULL, totals TEXT NOT NULL,
    head_id INTEGER NOT NULL, head_hash BLOB NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_closing PRIMARY KEY (id),
    CONSTRAINT fk_closing_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE TABLE contact (id INTEGER NOT NULL, customer_id INTEGER NOT NULL, name TEXT NOT NULL,
    role TEXT DEFAULT '' NOT NULL, phone TEXT DEFAULT '' NOT NULL, mobile TEXT DEFAULT '' NOT NULL,
    email TEXT DEFAULT '' NOT NULL, wechat TEXT DEFAULT '' NOT NULL, born_on INTEGER,
    channel TEXT DEFAULT '' NOT NULL, note TEXT DEFAULT '' NOT NULL, is_primary INTEGER NOT NULL,
    CONSTRAINT pk_contact PRIMARY KEY (id),
    CONSTRAINT fk_contact_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_contact_customer_id ON contact (customer_id)
    """,
    """
    CREATE TABLE address (id INTEGER NOT NULL, customer_id INTEGER NOT NULL, kind TEXT NOT NULL,
    country TEXT DEFAULT '' NOT NULL, province TEXT DEFAULT '' NOT NULL,
    city TEXT DEFAULT '' NOT NULL, district TEXT DEFAULT '' NOT NULL,
    street TEXT DEFAULT '' NOT NULL, postal_code TEXT DEFAULT '' NOT NULL,
    is_primary INTEGER NOT NULL, CONSTRAINT pk_address PRIMARY KEY (id),
    CONSTRAINT fk_address_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_address_customer_id ON address (customer_id)
    """,
    """
    CREATE TABLE billing_profile (id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    kind TEXT NOT NULL, title TEXT NOT NULL, tax_number TEXT DEFAULT '' NOT NULL,
    bank TEXT DEFAULT '' NOT NULL, bank_account TEXT DEFAULT '' NOT NULL,
    address TEXT DEFAULT '' NOT NULL, phone TEXT DEFAULT '' NOT NULL, email TEXT DEFAULT '' NOT NULL,
    recipient TEXT DEFAULT '' NOT NULL, is_primary INTEGER NOT NULL,
    CONSTRAINT pk_billing_profile PRIMARY KEY (id),
    CONSTRAINT fk_billing_profile_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_billing_profile_customer_id ON billing_profile (customer_id)
    """,
    """
    CREATE TABLE document (id INTEGER NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
    generation INTEGER NOT NULL, customer_id INTEGER NOT NULL, currency TEXT NOT NULL,
    dated_on INTEGER NOT NULL, due_on INTEGER, total_minor INTEGER NOT NULL,
    net_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL, discount_minor INTEGER NOT NULL,
    effect_minor INTEGER NOT NULL, origin_id INTEGER, reference TEXT DEFAULT '' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL, ground TEXT DEFAULT '' NOT NULL, note TEXT DEFAULT '' NOT NULL,
    terms TEXT, audit_id INTEGER NOT NULL, CONSTRAINT pk_document PRIMARY KEY (id),
    CONSTRAINT uq_document_kind_number_generation UNIQUE (kind, number, generation),
    CONSTRAINT total_limit CHECK (total_minor > -1000000000000000 AND total_minor < 1000000000000000),
    CONSTRAINT fk_document_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_document_origin_id FOREIGN KEY(origin_id) REFERENCES document (id),
    CONSTRAINT fk_document_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_document_customer ON document (customer_id, currency, dated_on, id,
    effect_minor)
    """,
    """
    CREATE INDEX ix_document_dated_on ON document (dated_on, effect_minor, customer_id, currency)
    """,
    """
    CREATE INDEX ix_document_kind_dated_on ON document (kind, dated_on)
    """,
    """
    CREATE INDEX ix_document_origin_id ON document (origin_id) WHERE origin_id IS NOT NULL
    """,
    """
    CREATE TABLE draft (id INTEGER NOT NULL, kind TEXT NOT NULL, customer_id INTEGER,
    content TEXT NOT NULL, total_minor INTEGER NOT NULL, currency TEXT NOT NULL, dated_on INTEGER,
    updated_at TEXT DEFAULT '' NOT NULL, CONSTRAINT pk_draft PRIMARY KEY (id),
    CONSTRAINT fk_draft_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE TABLE print_log (id INTEGER NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
    customer_id INTEGER, printed_at TEXT NOT NULL, actor TEXT NOT NULL, channel TEXT NOT NULL,
    detail TEXT DEFAULT '' NOT NULL, page_count INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_print_log PRIMARY KEY (id),
    CONSTRAINT fk_print_log_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_print_log_customer ON print_log (customer_id, id)
    """,
    """
    CREATE INDEX ix_print_log_kind_number ON print_log (kind, number)
    """,
    """
    CREATE TABLE confirmation (id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    currency TEXT NOT NULL, as_of INTEGER NOT NULL, balance_minor INTEGER NOT NULL,
    difference_minor INTEGER NOT NULL, confirmed_on INTEGER NOT NULL, note TEXT DEFAULT '' NOT NULL,
    actor TEXT NOT NULL, recorded_at TEXT NOT NULL, CONSTRAINT pk_confirmation PRIMARY KEY (id),
    CONSTRAINT fk_confirmation_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_confirmation_customer ON confirmation (customer_id, currency, as_of)
    """,
    """
    CREATE TABLE import_record (batch_id INTEGER NOT NULL, record_id INTEGER NOT NULL,
    record_kind TEXT NOT NULL, action TEXT NOT NULL, "before" TEXT,
    CONSTRAINT pk_import_record PRIMARY KEY (batch_id, record_kind, record_id),
    CONSTRAINT fk_import_record_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_import_record_record_id ON import_record (record_id)
    """,
    """
    CREATE TABLE money_account (id INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    method TEXT NOT NULL, account_id INTEGER NOT NULL, currency TEXT DEFAULT '' NOT NULL,
    bank_account TEXT DEFAULT '' NOT NULL, is_default INTEGER NOT NULL, is_active INTEGER NOT NULL,
    CONSTRAINT pk_money_account PRIMARY KEY (id), CONSTRAINT uq_money_account_code UNIQUE (code),
    CONSTRAINT fk_money_account_account_id FOREIGN KEY(account_id) REFERENCES account (id)) STRICT
    """,
    """
    CREATE TABLE recurring (id INTEGER NOT NULL, code TEXT NOT NULL, customer_id INTEGER NOT NULL,
    name TEXT DEFAULT '' NOT NULL, content TEXT NOT NULL, currency TEXT NOT NULL,
    total_minor INTEGER NOT NULL, unit TEXT NOT NULL, every INTEGER NOT NULL,
    starts_on INTEGER NOT NULL, ends_on INTEGER, times INTEGER, due_days INTEGER, mode TEXT NOT NULL,
    next_on INTEGER, done INTEGER NOT NULL, is_active INTEGER NOT NULL,
    CONSTRAINT pk_recurring PRIMARY KEY (id), CONSTRAINT unit_known CHECK (unit IN ('month',
    'week')), CONSTRAINT mode_known CHECK (mode IN ('draft', 'issue')),
    CONSTRAINT uq_recurring_code UNIQUE (code),
    CONSTRAINT fk_recurring_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE TABLE bill (document_id INTEGER NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL,
    drawer TEXT DEFAULT '' NOT NULL, bank TEXT DEFAULT '' NOT NULL, issued_on INTEGER,
    due_on INTEGER NOT NULL, CONSTRAINT pk_bill PRIMARY KEY (document_id),
    CONSTRAINT fk_bill_document_id FOREIGN KEY(document_id) REFERENCES document (id)) STRICT
    """,
    """
    CREATE INDEX ix_bill_due_on ON bill (due_on)
    """,
    """
    CREATE INDEX ix_bill_number ON bill (number)
    """,
    """
    CREATE TABLE customer_category (category_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    CONSTRAINT pk_customer_category PRIMARY KEY (category_id, customer_id),
    CONSTRAINT fk_customer_category_category_id FOREIGN KEY(category_id) REFERENCES category (id),
    CONSTRAINT fk_customer_category_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_customer_category_customer_id ON customer_category (customer_id)
    """,
    """
    CREATE TABLE payment (document_id INTEGER NOT NULL, method TEXT NOT NULL,
    money_account_id INTEGER NOT NULL, payer TEXT DEFAULT '' NOT NULL,
    received_minor INTEGER NOT NULL, fee_minor INTEGER NOT NULL,
    CONSTRAINT pk_payment PRIMARY KEY (document_id),
    CONSTRAINT fk_payment_document_id FOREIGN KEY(document_id) REFERENCES document (id),
    CONSTRAINT fk_payment_money_account_id FOREIGN KEY(money_account_id) REFERENCES money_account (id)) STRICT
    """,
    """
    CREATE TABLE allocation (id INTEGER NOT NULL, credit_id INTEGER NOT NULL,
    debit_id INTEGER NOT NULL, amount_minor INTEGER NOT NULL, dated_on INTEGER NOT NULL,
    customer_id INTEGER NOT NULL, currency TEXT NOT NULL, credit_on INTEGER NOT NULL,
    debit_on INTEGER NOT NULL, debit_due_on INTEGER NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_allocation PRIMARY KEY (id),
    CONSTRAINT fk_allocation_credit_id FOREIGN KEY(credit_id) REFERENCES document (id),
    CONSTRAINT fk_allocation_debit_id FOREIGN KEY(debit_id) REFERENCES document (id),
    CONSTRAINT fk_allocation_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_allocation_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_allocation_credit_id ON allocation (credit_id)
    """,
    """
    CREATE INDEX ix_allocation_customer ON allocation (customer_id, currency, dated_on, debit_on,
    debit_due_on, credit_on, amount_minor)
    """,
    """
    CREATE INDEX ix_allocation_dated_on ON allocation (dated_on)
    """,
    """
    CREATE INDEX ix_allocation_debit_id ON allocation (debit_id)
    """,
    """
    CREATE TABLE open_item (document_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    currency TEXT NOT NULL, side INTEGER NOT NULL, dated_on INTEGER NOT NULL, due_on INTEGER,
    open_minor INTEGER NOT NULL, last_event_on INTEGER NOT NULL,
    CONSTRAINT pk_open_item PRIMARY KEY (document_id),
    CONSTRAINT fk_open_item_document_id FOREIGN KEY(document_id) REFERENCES document (id)) STRICT
    """,
    """
    CREATE INDEX ix_open_item_customer ON open_item (customer_id, currency, side, due_on, dated_on,
    open_minor)
    """,
    """
    CREATE TABLE posting (source_id INTEGER NOT NULL, position INTEGER NOT NULL,
    dated_on INTEGER NOT NULL, account_id INTEGER NOT NULL, money_account_id INTEGER,
    customer_id INTEGER NOT NULL, currency TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    CONSTRAINT pk_posting PRIMARY KEY (source_id, position),
    CONSTRAINT not_zero CHECK (amount_minor <> 0),
    CONSTRAINT fk_posting_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_posting_money_account_id FOREIGN KEY(money_account_id) REFERENCES money_account (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE TABLE product (id INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    specification TEXT DEFAULT '' NOT NULL, unit TEXT DEFAULT '' NOT NULL, category_id INTEGER,
    price TEXT NOT NULL, tax_rate TEXT, tax_kind TEXT NOT NULL, is_tax_included INTEGER NOT NULL,
    is_on_sale INTEGER NOT NULL, note TEXT DEFAULT '' NOT NULL, version INTEGER NOT NULL,
    name_key TEXT DEFAULT '' NOT NULL, initials TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_product PRIMARY KEY (id), CONSTRAINT uq_product_code UNIQUE (code),
    CONSTRAINT fk_product_category_id FOREIGN KEY(category_id) REFERENCES category (id)) STRICT
    """,
    """
    CREATE INDEX ix_product_name_key ON product (name_key)
    """,
    """
    CREATE TABLE recurring_run (recurring_id INTEGER NOT NULL, dated_on INTEGER NOT NULL,
    number TEXT NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_recurring_run PRIMARY KEY (recurring_id, dated_on),
    CONSTRAINT fk_recurring_run_recurring_id FOREIGN KEY(recurring_id) REFERENCES recurring (id),
    CONSTRAINT fk_recurring_run_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE TABLE document_line (document_id INTEGER NOT NULL, position INTEGER NOT NULL,
    product_id INTEGER, description TEXT NOT NULL, unit TEXT DEFAULT '' NOT NULL,
    quantity TEXT NOT NULL, unit_price TEXT NOT NULL, discount_minor INTEGER NOT NULL,
    tax_kind TEXT NOT NULL, tax_rate TEXT NOT NULL, is_tax_included INTEGER NOT NULL,
    net_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL,
    CONSTRAINT pk_document_line PRIMARY KEY (document_id, position),
    CONSTRAINT fk_document_line_document_id FOREIGN KEY(document_id) REFERENCES document (id),
    CONSTRAINT fk_document_line_product_id FOREIGN KEY(product_id) REFERENCES product (id)) WITHOUT ROWID,
    STRICT
    """,
)


def upgrade(operations: Any) -> None:
    """Makes every table and index in an empty file."""
    for statement in STATEMENTS:
        operations.execute(statement)
