"""Schema version 1: the first tables. Written by `crmdesk.models.migrations.freeze`; not edited by hand."""
# ruff: noqa: E501 (SQL as SQLite is given it)

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE TABLE blob (hash TEXT NOT NULL, content BLOB NOT NULL,
    CONSTRAINT pk_blob PRIMARY KEY (hash)) STRICT
    """,
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
    is_retired INTEGER DEFAULT '0' NOT NULL, CONSTRAINT pk_tag PRIMARY KEY (id),
    CONSTRAINT uq_tag_name UNIQUE (name)) STRICT
    """,
    """
    CREATE TABLE category_event (id INTEGER NOT NULL, applies_to TEXT NOT NULL,
    dimension_id INTEGER NOT NULL, dimension TEXT NOT NULL, category_id INTEGER,
    action TEXT NOT NULL, path_before TEXT DEFAULT '' NOT NULL, path_after TEXT DEFAULT '' NOT NULL,
    member_count INTEGER NOT NULL, happened_at TEXT NOT NULL, actor TEXT NOT NULL,
    content TEXT DEFAULT '' NOT NULL, undone_id INTEGER,
    CONSTRAINT pk_category_event PRIMARY KEY (id)) STRICT
    """,
    """
    CREATE INDEX ix_category_event_dimension_id ON category_event (dimension_id, id)
    """,
    """
    CREATE TABLE tag_event (id INTEGER NOT NULL, tag_id INTEGER NOT NULL, into_id INTEGER,
    action TEXT NOT NULL, name_before TEXT DEFAULT '' NOT NULL, name_after TEXT DEFAULT '' NOT NULL,
    customer_count INTEGER NOT NULL, happened_at TEXT NOT NULL, actor TEXT NOT NULL,
    content TEXT DEFAULT '' NOT NULL, undone_id INTEGER,
    CONSTRAINT pk_tag_event PRIMARY KEY (id)) STRICT
    """,
    """
    CREATE INDEX ix_tag_event_into_id ON tag_event (into_id, id)
    """,
    """
    CREATE INDEX ix_tag_event_tag_id ON tag_event (tag_id, id)
    """,
    """
    CREATE TABLE custom_field (id INTEGER NOT NULL, record TEXT NOT NULL, name TEXT NOT NULL,
    label TEXT NOT NULL, label_en TEXT DEFAULT '' NOT NULL, kind TEXT NOT NULL,
    detail_kind TEXT DEFAULT '' NOT NULL, choices TEXT DEFAULT '' NOT NULL,
    formula TEXT DEFAULT '' NOT NULL, default_value TEXT DEFAULT '' NOT NULL,
    help TEXT DEFAULT '' NOT NULL, section TEXT DEFAULT '' NOT NULL, position INTEGER NOT NULL,
    is_required INTEGER NOT NULL, is_unique INTEGER NOT NULL, is_shown INTEGER NOT NULL,
    is_printed INTEGER NOT NULL, is_searchable INTEGER NOT NULL, is_active INTEGER NOT NULL,
    CONSTRAINT pk_custom_field PRIMARY KEY (id),
    CONSTRAINT uq_custom_field_record_name UNIQUE (record, name)) STRICT
    """,
    """
    CREATE TABLE customer (id INTEGER NOT NULL, code TEXT NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, short_name TEXT DEFAULT '' NOT NULL, phone TEXT DEFAULT '' NOT NULL,
    phone2 TEXT DEFAULT '' NOT NULL, email TEXT DEFAULT '' NOT NULL, wechat TEXT DEFAULT '' NOT NULL,
    website TEXT DEFAULT '' NOT NULL, channel TEXT DEFAULT '' NOT NULL,
    tax_number TEXT DEFAULT '' NOT NULL, industry TEXT DEFAULT '' NOT NULL,
    source TEXT DEFAULT '' NOT NULL, stage TEXT DEFAULT '' NOT NULL, level TEXT DEFAULT '' NOT NULL,
    owner TEXT DEFAULT '' NOT NULL, credit_limit_minor INTEGER, terms_days INTEGER,
    discount_terms TEXT DEFAULT '' NOT NULL, currency TEXT DEFAULT '' NOT NULL,
    gender TEXT DEFAULT '' NOT NULL, born_on INTEGER, occupation TEXT DEFAULT '' NOT NULL,
    next_contact INTEGER, note TEXT DEFAULT '' NOT NULL, is_active INTEGER NOT NULL,
    anonymised_on INTEGER, version INTEGER NOT NULL, name_key TEXT DEFAULT '' NOT NULL,
    phone_key TEXT DEFAULT '' NOT NULL, initials TEXT DEFAULT '' NOT NULL,
    created_at TEXT DEFAULT '' NOT NULL, updated_at TEXT DEFAULT '' NOT NULL,
    updated_by TEXT DEFAULT '' NOT NULL, CONSTRAINT pk_customer PRIMARY KEY (id),
    CONSTRAINT kind_known CHECK (kind IN ('company', 'person')),
    CONSTRAINT uq_customer_code UNIQUE (code)) STRICT
    """,
    """
    CREATE INDEX ix_customer_initials ON customer (initials)
    """,
    """
    CREATE INDEX ix_customer_name_key ON customer (name_key)
    """,
    """
    CREATE INDEX ix_customer_next_contact ON customer (next_contact) WHERE next_contact IS NOT NULL
    """,
    """
    CREATE INDEX ix_customer_owner ON customer (owner)
    """,
    """
    CREATE INDEX ix_customer_phone_key ON customer (phone_key)
    """,
    """
    CREATE INDEX ix_customer_tax_number ON customer (tax_number)
    """,
    """
    CREATE TABLE dictionary (name TEXT NOT NULL, is_open INTEGER NOT NULL,
    CONSTRAINT pk_dictionary PRIMARY KEY (name)) STRICT
    """,
    """
    CREATE TABLE dictionary_entry (id INTEGER NOT NULL, dictionary TEXT NOT NULL, name TEXT NOT NULL,
    label_en TEXT DEFAULT '' NOT NULL, position INTEGER NOT NULL, is_active INTEGER NOT NULL,
    CONSTRAINT pk_dictionary_entry PRIMARY KEY (id),
    CONSTRAINT uq_dictionary_entry_dictionary_name UNIQUE (dictionary, name)) STRICT
    """,
    """
    CREATE INDEX ix_dictionary_entry_position ON dictionary_entry (dictionary, position)
    """,
    """
    CREATE TABLE saved_view (id INTEGER NOT NULL, list TEXT NOT NULL, name TEXT NOT NULL,
    state TEXT NOT NULL, updated_at TEXT DEFAULT '' NOT NULL, updated_by TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_saved_view PRIMARY KEY (id), CONSTRAINT uq_saved_view_list_name UNIQUE (list,
    name)) STRICT
    """,
    """
    CREATE TABLE exchange_rate (id INTEGER NOT NULL, currency TEXT NOT NULL,
    valid_on INTEGER NOT NULL, rate TEXT NOT NULL, CONSTRAINT pk_exchange_rate PRIMARY KEY (id),
    CONSTRAINT uq_exchange_rate_currency_valid_on UNIQUE (currency, valid_on)) STRICT
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
    CREATE TABLE letter_text (id INTEGER NOT NULL, name TEXT NOT NULL,
    subject_zh TEXT DEFAULT '' NOT NULL, body_zh TEXT DEFAULT '' NOT NULL,
    subject_en TEXT DEFAULT '' NOT NULL, body_en TEXT DEFAULT '' NOT NULL,
    offer TEXT DEFAULT '' NOT NULL, updated_at TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_letter_text PRIMARY KEY (id), CONSTRAINT uq_letter_text_name UNIQUE (name)) STRICT
    """,
    """
    CREATE TABLE customer_measure (customer_id INTEGER NOT NULL, reckoned_on INTEGER NOT NULL,
    is_current INTEGER NOT NULL, first_on INTEGER, last_on INTEGER, purchases INTEGER NOT NULL,
    window_count INTEGER NOT NULL, window_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL,
    rfm_r INTEGER, rfm_f INTEGER, rfm_m INTEGER, expected_minor INTEGER NOT NULL,
    clv_minor INTEGER NOT NULL, value_class TEXT NOT NULL, tier INTEGER, life_stage TEXT NOT NULL,
    risk_points INTEGER NOT NULL, churn_risk TEXT NOT NULL, alive_permille INTEGER,
    lead_score INTEGER, product_id INTEGER,
    CONSTRAINT pk_customer_measure PRIMARY KEY (customer_id)) STRICT
    """,
    """
    CREATE TABLE measure_state (id INTEGER NOT NULL, evaluated_on INTEGER NOT NULL,
    evaluated_at TEXT NOT NULL, model TEXT NOT NULL,
    CONSTRAINT pk_measure_state PRIMARY KEY (id)) STRICT
    """,
    """
    CREATE TABLE stage_pin (customer_id INTEGER NOT NULL, stage TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL, actor TEXT NOT NULL, pinned_at TEXT NOT NULL,
    CONSTRAINT pk_stage_pin PRIMARY KEY (customer_id)) STRICT
    """,
    """
    CREATE TABLE customer_merge (id INTEGER NOT NULL, into_id INTEGER NOT NULL,
    merged_id INTEGER NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, merged_at TEXT NOT NULL,
    actor TEXT NOT NULL, content TEXT DEFAULT '' NOT NULL, undone_at TEXT DEFAULT '' NOT NULL,
    undone_by TEXT DEFAULT '' NOT NULL, CONSTRAINT pk_customer_merge PRIMARY KEY (id)) STRICT
    """,
    """
    CREATE INDEX ix_customer_merge_code ON customer_merge (code)
    """,
    """
    CREATE INDEX ix_customer_merge_into_id ON customer_merge (into_id)
    """,
    """
    CREATE INDEX ix_customer_merge_merged_id ON customer_merge (merged_id)
    """,
    """
    CREATE TABLE moved_row (table_name TEXT NOT NULL, record_id INTEGER NOT NULL,
    position INTEGER NOT NULL, posted_for_id INTEGER NOT NULL, handed_by_id INTEGER,
    CONSTRAINT pk_moved_row PRIMARY KEY (table_name, record_id, position)) WITHOUT ROWID, STRICT
    """,
    """
    CREATE TABLE tax_rate (id INTEGER NOT NULL, name TEXT NOT NULL, rate TEXT NOT NULL,
    kind TEXT NOT NULL, valid_from INTEGER, valid_to INTEGER, is_default INTEGER NOT NULL,
    CONSTRAINT pk_tax_rate PRIMARY KEY (id)) STRICT
    """,
    """
    CREATE TABLE reminder_rule (id INTEGER NOT NULL, name TEXT NOT NULL, days TEXT NOT NULL,
    least_minor INTEGER NOT NULL, currency TEXT DEFAULT '' NOT NULL,
    group_kind TEXT DEFAULT '' NOT NULL, group_id INTEGER, group_level TEXT DEFAULT '' NOT NULL,
    channel TEXT NOT NULL, level INTEGER NOT NULL, text_zh TEXT DEFAULT '' NOT NULL,
    text_en TEXT DEFAULT '' NOT NULL, is_active INTEGER NOT NULL, version INTEGER NOT NULL,
    CONSTRAINT pk_reminder_rule PRIMARY KEY (id),
    CONSTRAINT level_known CHECK (level BETWEEN 1 AND 3),
    CONSTRAINT uq_reminder_rule_name UNIQUE (name)) STRICT
    """,
    """
    CREATE VIRTUAL TABLE customer_search USING fts5(content, content='', contentless_delete=1,
    detail=none, prefix='1 2 3', tokenize='ascii')
    """,
    """
    INSERT INTO customer_search (customer_search, rank) VALUES ('hashsize', 16777216)
    """,
    """
    CREATE TABLE segment_state (id INTEGER NOT NULL, evaluated_on INTEGER NOT NULL,
    evaluated_at TEXT NOT NULL, stamp INTEGER NOT NULL,
    CONSTRAINT pk_segment_state PRIMARY KEY (id)) STRICT
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
    CREATE TABLE watched_folder (id INTEGER NOT NULL, folder TEXT NOT NULL, kind TEXT NOT NULL,
    mode TEXT NOT NULL, sheet TEXT DEFAULT '' NOT NULL, encoding TEXT DEFAULT '' NOT NULL,
    account TEXT DEFAULT '' NOT NULL, mapping TEXT DEFAULT '' NOT NULL, is_active INTEGER NOT NULL,
    CONSTRAINT pk_watched_folder PRIMARY KEY (id),
    CONSTRAINT uq_watched_folder_folder UNIQUE (folder)) STRICT
    """,
    """
    CREATE TABLE agreement (id INTEGER NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
    revision INTEGER NOT NULL, customer_id INTEGER NOT NULL, currency TEXT NOT NULL,
    state TEXT NOT NULL, dated_on INTEGER NOT NULL, valid_until INTEGER, ends_on INTEGER,
    deliver_on INTEGER, signed_on INTEGER, closed_on INTEGER, net_minor INTEGER NOT NULL,
    tax_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL, title TEXT DEFAULT '' NOT NULL,
    signatories TEXT DEFAULT '' NOT NULL, customisation TEXT DEFAULT '' NOT NULL,
    discount_terms TEXT DEFAULT '' NOT NULL, reason TEXT DEFAULT '' NOT NULL,
    note TEXT DEFAULT '' NOT NULL, content TEXT NOT NULL, version INTEGER NOT NULL,
    created_at TEXT DEFAULT '' NOT NULL, updated_at TEXT DEFAULT '' NOT NULL,
    updated_by TEXT DEFAULT '' NOT NULL, CONSTRAINT pk_agreement PRIMARY KEY (id),
    CONSTRAINT uq_agreement_kind_number_revision UNIQUE (kind, number, revision),
    CONSTRAINT kind_known CHECK (kind IN ('requirement', 'quote', 'contract', 'order')),
    CONSTRAINT fk_agreement_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_agreement_customer_id ON agreement (customer_id)
    """,
    """
    CREATE INDEX ix_agreement_kind_dated_on ON agreement (kind, dated_on)
    """,
    """
    CREATE TABLE attachment (id INTEGER NOT NULL, record_kind TEXT NOT NULL,
    record_id INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, hash TEXT NOT NULL,
    added_at TEXT NOT NULL, actor TEXT NOT NULL, removed INTEGER NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (id),
    CONSTRAINT fk_attachment_hash FOREIGN KEY(hash) REFERENCES blob (hash)) STRICT
    """,
    """
    CREATE INDEX ix_attachment_hash ON attachment (hash)
    """,
    """
    CREATE INDEX ix_attachment_record ON attachment (record_kind, record_id)
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
    CREATE INDEX ix_use_key_audit_id ON use_key (audit_id)
    """,
    """
    CREATE TABLE payer_alias (id INTEGER NOT NULL, kind TEXT NOT NULL, "key" TEXT NOT NULL,
    shown TEXT NOT NULL, customer_id INTEGER NOT NULL, CONSTRAINT pk_payer_alias PRIMARY KEY (id),
    CONSTRAINT uq_payer_alias_kind_key_customer_id UNIQUE (kind, "key", customer_id),
    CONSTRAINT kind_known CHECK (kind IN ('name', 'account')),
    CONSTRAINT fk_payer_alias_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_payer_alias_customer_id ON payer_alias (customer_id)
    """,
    """
    CREATE TABLE category (id INTEGER NOT NULL, dimension_id INTEGER NOT NULL, parent_id INTEGER,
    name TEXT NOT NULL, position INTEGER NOT NULL, note TEXT DEFAULT '' NOT NULL,
    is_retired INTEGER DEFAULT '0' NOT NULL, CONSTRAINT pk_category PRIMARY KEY (id),
    CONSTRAINT fk_category_dimension_id FOREIGN KEY(dimension_id) REFERENCES dimension (id),
    CONSTRAINT fk_category_parent_id FOREIGN KEY(parent_id) REFERENCES category (id)) STRICT
    """,
    """
    CREATE INDEX ix_category_dimension_id_parent_id ON category (dimension_id, parent_id)
    """,
    """
    CREATE TABLE customer_tag (tag_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    segment_id INTEGER, CONSTRAINT pk_customer_tag PRIMARY KEY (tag_id, customer_id),
    CONSTRAINT fk_customer_tag_tag_id FOREIGN KEY(tag_id) REFERENCES tag (id),
    CONSTRAINT fk_customer_tag_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_customer_tag_customer_id ON customer_tag (customer_id)
    """,
    """
    CREATE TABLE customer_category_event (id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    category_id INTEGER NOT NULL, dimension TEXT NOT NULL, path TEXT NOT NULL,
    is_in INTEGER NOT NULL, cause TEXT NOT NULL, happened_at TEXT NOT NULL, actor TEXT NOT NULL,
    CONSTRAINT pk_customer_category_event PRIMARY KEY (id),
    CONSTRAINT fk_customer_category_event_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_customer_category_event_customer_id ON customer_category_event (customer_id)
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
    CREATE INDEX ix_closing_audit_id ON closing (audit_id)
    """,
    """
    CREATE TABLE custom_value (record_id INTEGER NOT NULL, field_id INTEGER NOT NULL,
    text_value TEXT, number_value INTEGER, CONSTRAINT pk_custom_value PRIMARY KEY (record_id,
    field_id),
    CONSTRAINT fk_custom_value_field_id FOREIGN KEY(field_id) REFERENCES custom_field (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_custom_value_number ON custom_value (field_id, number_value)
    """,
    """
    CREATE INDEX ix_custom_value_text ON custom_value (field_id, text_value)
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
    region TEXT DEFAULT '' NOT NULL, is_primary INTEGER NOT NULL,
    CONSTRAINT pk_address PRIMARY KEY (id),
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
    terms TEXT, rate TEXT, audit_id INTEGER NOT NULL, CONSTRAINT pk_document PRIMARY KEY (id),
    CONSTRAINT uq_document_kind_number_generation UNIQUE (kind, number, generation),
    CONSTRAINT total_limit CHECK (total_minor > -1000000000000000 AND total_minor < 1000000000000000),
    CONSTRAINT fk_document_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_document_origin_id FOREIGN KEY(origin_id) REFERENCES document (id),
    CONSTRAINT fk_document_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_document_audit_id ON document (audit_id)
    """,
    """
    CREATE INDEX ix_document_customer ON document (customer_id, currency, dated_on, id, effect_minor,
    kind, discount_minor, net_minor)
    """,
    """
    CREATE INDEX ix_document_dated_on ON document (dated_on, effect_minor, customer_id, currency)
    """,
    """
    CREATE INDEX ix_document_kind_dated_on ON document (kind, dated_on, currency, total_minor,
    discount_minor, customer_id)
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
    CREATE TABLE revaluation (id INTEGER NOT NULL, dated_on INTEGER NOT NULL, undoes_id INTEGER,
    audit_id INTEGER NOT NULL, CONSTRAINT pk_revaluation PRIMARY KEY (id),
    CONSTRAINT fk_revaluation_undoes_id FOREIGN KEY(undoes_id) REFERENCES revaluation (id),
    CONSTRAINT fk_revaluation_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_revaluation_audit_id ON revaluation (audit_id)
    """,
    """
    CREATE TABLE base_entry (id INTEGER NOT NULL, kind TEXT NOT NULL, source_id INTEGER NOT NULL,
    dated_on INTEGER NOT NULL, audit_id INTEGER NOT NULL, CONSTRAINT pk_base_entry PRIMARY KEY (id),
    CONSTRAINT fk_base_entry_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_base_entry_audit_id ON base_entry (audit_id)
    """,
    """
    CREATE INDEX ix_base_entry_source_id ON base_entry (source_id)
    """,
    """
    CREATE TABLE fapiao_request (id INTEGER NOT NULL, number TEXT NOT NULL,
    customer_id INTEGER NOT NULL, dated_on INTEGER NOT NULL, kind TEXT NOT NULL,
    medium TEXT NOT NULL, currency TEXT NOT NULL, profile TEXT NOT NULL, net_minor INTEGER NOT NULL,
    tax_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL, home_currency TEXT NOT NULL,
    home_net_minor INTEGER NOT NULL, home_tax_minor INTEGER NOT NULL,
    home_total_minor INTEGER NOT NULL, note TEXT DEFAULT '' NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_fapiao_request PRIMARY KEY (id),
    CONSTRAINT uq_fapiao_request_number UNIQUE (number),
    CONSTRAINT fk_fapiao_request_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_fapiao_request_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_fapiao_request_audit_id ON fapiao_request (audit_id)
    """,
    """
    CREATE INDEX ix_fapiao_request_customer_id ON fapiao_request (customer_id)
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
    CREATE TABLE stage_move (id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    moved_on INTEGER NOT NULL, "before" TEXT NOT NULL, "after" TEXT NOT NULL, way TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL, facts TEXT NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_stage_move PRIMARY KEY (id),
    CONSTRAINT fk_stage_move_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_stage_move_audit_id ON stage_move (audit_id)
    """,
    """
    CREATE INDEX ix_stage_move_customer_id ON stage_move (customer_id, id)
    """,
    """
    CREATE TABLE not_duplicate (customer_id INTEGER NOT NULL, other_id INTEGER NOT NULL,
    decided_at TEXT DEFAULT '' NOT NULL, actor TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_not_duplicate PRIMARY KEY (customer_id, other_id),
    CONSTRAINT in_order CHECK (customer_id < other_id),
    CONSTRAINT fk_not_duplicate_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_not_duplicate_other_id FOREIGN KEY(other_id) REFERENCES customer (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_not_duplicate_other_id ON not_duplicate (other_id)
    """,
    """
    CREATE TABLE activity (id INTEGER NOT NULL, customer_id INTEGER NOT NULL, kind TEXT NOT NULL,
    dated_on INTEGER NOT NULL, clock TEXT DEFAULT '' NOT NULL, direction TEXT DEFAULT '' NOT NULL,
    contact_id INTEGER, person TEXT DEFAULT '' NOT NULL, text TEXT DEFAULT '' NOT NULL,
    outcome TEXT DEFAULT '' NOT NULL, next_on INTEGER, duration INTEGER, actor TEXT NOT NULL,
    recorded_at TEXT NOT NULL, CONSTRAINT pk_activity PRIMARY KEY (id),
    CONSTRAINT fk_activity_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_activity_customer ON activity (customer_id, dated_on, id, kind)
    """,
    """
    CREATE INDEX ix_activity_dated_on ON activity (dated_on)
    """,
    """
    CREATE TABLE task (id INTEGER NOT NULL, title TEXT NOT NULL, record_kind TEXT, record_id INTEGER,
    customer_id INTEGER, due_on INTEGER, assignee TEXT DEFAULT '' NOT NULL,
    note TEXT DEFAULT '' NOT NULL, done_on INTEGER, done_by TEXT DEFAULT '' NOT NULL,
    outcome TEXT DEFAULT '' NOT NULL, actor TEXT NOT NULL, recorded_at TEXT NOT NULL,
    CONSTRAINT pk_task PRIMARY KEY (id),
    CONSTRAINT fk_task_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_task_assignee ON task (assignee)
    """,
    """
    CREATE INDEX ix_task_customer_id ON task (customer_id)
    """,
    """
    CREATE INDEX ix_task_due_on ON task (done_on, due_on)
    """,
    """
    CREATE TABLE comment (id INTEGER NOT NULL, record_kind TEXT NOT NULL, record_id INTEGER NOT NULL,
    customer_id INTEGER, is_handover INTEGER NOT NULL, text TEXT NOT NULL, said_on INTEGER NOT NULL,
    actor TEXT NOT NULL, recorded_at TEXT NOT NULL, changed_at TEXT,
    CONSTRAINT pk_comment PRIMARY KEY (id),
    CONSTRAINT fk_comment_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_comment_customer_id ON comment (customer_id)
    """,
    """
    CREATE INDEX ix_comment_record ON comment (record_kind, record_id)
    """,
    """
    CREATE TABLE customer_relation (id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    kind TEXT NOT NULL, other_id INTEGER NOT NULL, note TEXT DEFAULT '' NOT NULL, since_on INTEGER,
    actor TEXT NOT NULL, CONSTRAINT pk_customer_relation PRIMARY KEY (id),
    CONSTRAINT two_customers CHECK (customer_id <> other_id),
    CONSTRAINT fk_customer_relation_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_customer_relation_other_id FOREIGN KEY(other_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_customer_relation_other_id ON customer_relation (other_id)
    """,
    """
    CREATE UNIQUE INDEX uq_customer_relation_pair ON customer_relation (customer_id, kind, other_id)
    """,
    """
    CREATE UNIQUE INDEX uq_customer_relation_parent ON customer_relation (customer_id) WHERE kind = 'parent'
    """,
    """
    CREATE TABLE customer_collaborator (customer_id INTEGER NOT NULL, name TEXT NOT NULL,
    access TEXT NOT NULL, since_on INTEGER NOT NULL, actor TEXT NOT NULL,
    CONSTRAINT pk_customer_collaborator PRIMARY KEY (customer_id, name),
    CONSTRAINT fk_customer_collaborator_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_customer_collaborator_name ON customer_collaborator (name)
    """,
    """
    CREATE TABLE owner_change (id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    "before" TEXT DEFAULT '' NOT NULL, "after" TEXT DEFAULT '' NOT NULL, changed_on INTEGER NOT NULL,
    actor TEXT NOT NULL, CONSTRAINT pk_owner_change PRIMARY KEY (id),
    CONSTRAINT fk_owner_change_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) STRICT
    """,
    """
    CREATE INDEX ix_owner_change_customer_id ON owner_change (customer_id)
    """,
    """
    CREATE TABLE customer_change (customer_id INTEGER NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_customer_change PRIMARY KEY (customer_id, audit_id),
    CONSTRAINT fk_customer_change_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_customer_change_audit_id ON customer_change (audit_id)
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
    CREATE TABLE reminder (id INTEGER NOT NULL, customer_id INTEGER NOT NULL, rule_id INTEGER,
    currency TEXT NOT NULL, level INTEGER NOT NULL, channel TEXT NOT NULL,
    reminded_on INTEGER NOT NULL, total_minor INTEGER NOT NULL, digest TEXT DEFAULT '' NOT NULL,
    note TEXT DEFAULT '' NOT NULL, withdrawn_on INTEGER, withdrawn_for TEXT DEFAULT '' NOT NULL,
    actor TEXT NOT NULL, recorded_at TEXT NOT NULL, CONSTRAINT pk_reminder PRIMARY KEY (id),
    CONSTRAINT fk_reminder_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_reminder_rule_id FOREIGN KEY(rule_id) REFERENCES reminder_rule (id)) STRICT
    """,
    """
    CREATE INDEX ix_reminder_customer_id ON reminder (customer_id)
    """,
    """
    CREATE TABLE watch_log (id INTEGER NOT NULL, folder TEXT NOT NULL, file_name TEXT NOT NULL,
    hash TEXT NOT NULL, at TEXT NOT NULL, outcome TEXT NOT NULL, batch_id INTEGER,
    read_count INTEGER NOT NULL, created_count INTEGER NOT NULL, updated_count INTEGER NOT NULL,
    skipped_count INTEGER NOT NULL, failed_count INTEGER NOT NULL, message TEXT DEFAULT '' NOT NULL,
    moved_to TEXT DEFAULT '' NOT NULL, CONSTRAINT pk_watch_log PRIMARY KEY (id),
    CONSTRAINT fk_watch_log_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id)) STRICT
    """,
    """
    CREATE INDEX ix_watch_log_hash ON watch_log (hash)
    """,
    """
    CREATE TABLE agreement_link (from_id INTEGER NOT NULL, to_id INTEGER NOT NULL,
    CONSTRAINT pk_agreement_link PRIMARY KEY (from_id, to_id),
    CONSTRAINT fk_agreement_link_from_id FOREIGN KEY(from_id) REFERENCES agreement (id),
    CONSTRAINT fk_agreement_link_to_id FOREIGN KEY(to_id) REFERENCES agreement (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_agreement_link_to_id ON agreement_link (to_id)
    """,
    """
    CREATE TABLE agreement_bill (document_id INTEGER NOT NULL, agreement_id INTEGER NOT NULL,
    CONSTRAINT pk_agreement_bill PRIMARY KEY (document_id),
    CONSTRAINT fk_agreement_bill_document_id FOREIGN KEY(document_id) REFERENCES document (id),
    CONSTRAINT fk_agreement_bill_agreement_id FOREIGN KEY(agreement_id) REFERENCES agreement (id)) STRICT
    """,
    """
    CREATE INDEX ix_agreement_bill_agreement_id ON agreement_bill (agreement_id)
    """,
    """
    CREATE TABLE payment_contract (document_id INTEGER NOT NULL, contract_id INTEGER NOT NULL,
    CONSTRAINT pk_payment_contract PRIMARY KEY (document_id),
    CONSTRAINT fk_payment_contract_document_id FOREIGN KEY(document_id) REFERENCES document (id),
    CONSTRAINT fk_payment_contract_contract_id FOREIGN KEY(contract_id) REFERENCES agreement (id)) STRICT
    """,
    """
    CREATE INDEX ix_payment_contract_contract_id ON payment_contract (contract_id)
    """,
    """
    CREATE TABLE "plan" (id INTEGER NOT NULL, contract_id INTEGER NOT NULL, version INTEGER NOT NULL,
    way TEXT NOT NULL, dated_on INTEGER NOT NULL, reason TEXT DEFAULT '' NOT NULL,
    created_at TEXT NOT NULL, actor TEXT NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_plan PRIMARY KEY (id), CONSTRAINT uq_plan_contract_id_version UNIQUE (contract_id,
    version), CONSTRAINT fk_plan_contract_id FOREIGN KEY(contract_id) REFERENCES agreement (id),
    CONSTRAINT fk_plan_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_plan_audit_id ON "plan" (audit_id)
    """,
    """
    CREATE TABLE bank_file (id INTEGER NOT NULL, batch_id INTEGER NOT NULL, digest BLOB NOT NULL,
    name TEXT NOT NULL, format TEXT NOT NULL, money_account_id INTEGER NOT NULL,
    account TEXT DEFAULT '' NOT NULL, currency TEXT NOT NULL, from_on INTEGER NOT NULL,
    to_on INTEGER NOT NULL, opening_minor INTEGER, closing_minor INTEGER,
    line_count INTEGER NOT NULL, skipped_count INTEGER NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_bank_file PRIMARY KEY (id),
    CONSTRAINT fk_bank_file_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id),
    CONSTRAINT fk_bank_file_money_account_id FOREIGN KEY(money_account_id) REFERENCES money_account (id),
    CONSTRAINT fk_bank_file_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_bank_file_audit_id ON bank_file (audit_id)
    """,
    """
    CREATE INDEX ix_bank_file_batch_id ON bank_file (batch_id)
    """,
    """
    CREATE INDEX ix_bank_file_money_account ON bank_file (money_account_id, to_on)
    """,
    """
    CREATE TABLE bank_entry (id INTEGER NOT NULL, number TEXT NOT NULL,
    money_account_id INTEGER NOT NULL, currency TEXT NOT NULL, dated_on INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL, reference TEXT DEFAULT '' NOT NULL, note TEXT DEFAULT '' NOT NULL,
    origin_id INTEGER, audit_id INTEGER NOT NULL, CONSTRAINT pk_bank_entry PRIMARY KEY (id),
    CONSTRAINT not_zero CHECK (amount_minor <> 0),
    CONSTRAINT fk_bank_entry_money_account_id FOREIGN KEY(money_account_id) REFERENCES money_account (id),
    CONSTRAINT uq_bank_entry_origin_id UNIQUE (origin_id),
    CONSTRAINT fk_bank_entry_origin_id FOREIGN KEY(origin_id) REFERENCES bank_entry (id),
    CONSTRAINT fk_bank_entry_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_bank_entry_audit_id ON bank_entry (audit_id)
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
    segment_id INTEGER, CONSTRAINT pk_customer_category PRIMARY KEY (category_id, customer_id),
    CONSTRAINT fk_customer_category_category_id FOREIGN KEY(category_id) REFERENCES category (id),
    CONSTRAINT fk_customer_category_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_customer_category_customer_id ON customer_category (customer_id)
    """,
    """
    CREATE TABLE document_value (document_id INTEGER NOT NULL, field_id INTEGER NOT NULL,
    text_value TEXT, number_value INTEGER, CONSTRAINT pk_document_value PRIMARY KEY (document_id,
    field_id),
    CONSTRAINT fk_document_value_document_id FOREIGN KEY(document_id) REFERENCES document (id),
    CONSTRAINT fk_document_value_field_id FOREIGN KEY(field_id) REFERENCES custom_field (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_document_value_number ON document_value (field_id, number_value)
    """,
    """
    CREATE INDEX ix_document_value_text ON document_value (field_id, text_value)
    """,
    """
    CREATE TABLE payment (document_id INTEGER NOT NULL, method TEXT NOT NULL,
    money_account_id INTEGER NOT NULL, payer TEXT DEFAULT '' NOT NULL,
    received_minor INTEGER NOT NULL, fee_minor INTEGER NOT NULL, paid_currency TEXT,
    paid_minor INTEGER, CONSTRAINT pk_payment PRIMARY KEY (document_id),
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
    CREATE INDEX ix_allocation_audit_id ON allocation (audit_id)
    """,
    """
    CREATE INDEX ix_allocation_credit_id ON allocation (credit_id, amount_minor)
    """,
    """
    CREATE INDEX ix_allocation_customer ON allocation (customer_id, currency, dated_on, debit_on,
    debit_due_on, credit_on, amount_minor)
    """,
    """
    CREATE INDEX ix_allocation_dated_on ON allocation (dated_on)
    """,
    """
    CREATE INDEX ix_allocation_debit_id ON allocation (debit_id, amount_minor)
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
    CREATE TABLE late_rate (document_id INTEGER NOT NULL, rate TEXT NOT NULL,
    audit_id INTEGER NOT NULL, CONSTRAINT pk_late_rate PRIMARY KEY (document_id),
    CONSTRAINT fk_late_rate_document_id FOREIGN KEY(document_id) REFERENCES document (id),
    CONSTRAINT fk_late_rate_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_late_rate_audit_id ON late_rate (audit_id)
    """,
    """
    CREATE TABLE revaluation_line (revaluation_id INTEGER NOT NULL, position INTEGER NOT NULL,
    customer_id INTEGER NOT NULL, currency TEXT NOT NULL, rate TEXT NOT NULL,
    open_minor INTEGER NOT NULL, carrying_minor INTEGER NOT NULL, value_minor INTEGER NOT NULL,
    CONSTRAINT pk_revaluation_line PRIMARY KEY (revaluation_id, position),
    CONSTRAINT fk_revaluation_line_revaluation_id FOREIGN KEY(revaluation_id) REFERENCES revaluation (id),
    CONSTRAINT fk_revaluation_line_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE TABLE fapiao_request_part (request_id INTEGER NOT NULL, position INTEGER NOT NULL,
    document_id INTEGER NOT NULL, description TEXT NOT NULL, unit TEXT DEFAULT '' NOT NULL,
    quantity TEXT NOT NULL, tax_kind TEXT NOT NULL, tax_rate TEXT NOT NULL,
    net_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL, amount_minor INTEGER NOT NULL,
    rate TEXT NOT NULL, home_net_minor INTEGER NOT NULL, home_tax_minor INTEGER NOT NULL,
    CONSTRAINT pk_fapiao_request_part PRIMARY KEY (request_id, position),
    CONSTRAINT fk_fapiao_request_part_request_id FOREIGN KEY(request_id) REFERENCES fapiao_request (id),
    CONSTRAINT fk_fapiao_request_part_document_id FOREIGN KEY(document_id) REFERENCES document (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_fapiao_request_part_document_id ON fapiao_request_part (document_id)
    """,
    """
    CREATE TABLE fapiao_request_state (request_id INTEGER NOT NULL, state TEXT NOT NULL,
    changed_on INTEGER NOT NULL, reason TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_fapiao_request_state PRIMARY KEY (request_id),
    CONSTRAINT fk_fapiao_request_state_request_id FOREIGN KEY(request_id) REFERENCES fapiao_request (id)) STRICT
    """,
    """
    CREATE INDEX ix_fapiao_request_state_state ON fapiao_request_state (state)
    """,
    """
    CREATE TABLE fapiao (id INTEGER NOT NULL, code TEXT DEFAULT '' NOT NULL, number TEXT NOT NULL,
    color TEXT NOT NULL, kind TEXT NOT NULL, medium TEXT NOT NULL, customer_id INTEGER NOT NULL,
    dated_on INTEGER NOT NULL, currency TEXT NOT NULL, profile TEXT NOT NULL,
    net_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL,
    home_currency TEXT NOT NULL, home_net_minor INTEGER NOT NULL, home_tax_minor INTEGER NOT NULL,
    home_total_minor INTEGER NOT NULL, request_id INTEGER, origin_id INTEGER, replaces_id INTEGER,
    reason TEXT DEFAULT '' NOT NULL, note TEXT DEFAULT '' NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_fapiao PRIMARY KEY (id), CONSTRAINT uq_fapiao_code_number UNIQUE (code, number),
    CONSTRAINT fk_fapiao_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_fapiao_request_id FOREIGN KEY(request_id) REFERENCES fapiao_request (id),
    CONSTRAINT fk_fapiao_origin_id FOREIGN KEY(origin_id) REFERENCES fapiao (id),
    CONSTRAINT fk_fapiao_replaces_id FOREIGN KEY(replaces_id) REFERENCES fapiao (id),
    CONSTRAINT fk_fapiao_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_fapiao_audit_id ON fapiao (audit_id)
    """,
    """
    CREATE INDEX ix_fapiao_customer_id ON fapiao (customer_id)
    """,
    """
    CREATE INDEX ix_fapiao_number ON fapiao (number)
    """,
    """
    CREATE INDEX ix_fapiao_origin_id ON fapiao (origin_id)
    """,
    """
    CREATE INDEX ix_fapiao_replaces_id ON fapiao (replaces_id)
    """,
    """
    CREATE INDEX ix_fapiao_request_id ON fapiao (request_id)
    """,
    """
    CREATE TABLE posting (source_id INTEGER NOT NULL, position INTEGER NOT NULL,
    dated_on INTEGER NOT NULL, account_id INTEGER NOT NULL, money_account_id INTEGER,
    customer_id INTEGER NOT NULL, currency TEXT NOT NULL, amount_minor INTEGER NOT NULL,
    base_minor INTEGER, CONSTRAINT pk_posting PRIMARY KEY (source_id, position),
    CONSTRAINT not_zero CHECK (amount_minor <> 0 OR coalesce(base_minor, 0) <> 0),
    CONSTRAINT fk_posting_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_posting_money_account_id FOREIGN KEY(money_account_id) REFERENCES money_account (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE TABLE comment_mention (comment_id INTEGER NOT NULL, name TEXT NOT NULL,
    CONSTRAINT pk_comment_mention PRIMARY KEY (comment_id, name),
    CONSTRAINT fk_comment_mention_comment_id FOREIGN KEY(comment_id) REFERENCES comment (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_comment_mention_name ON comment_mention (name)
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
    CREATE INDEX ix_recurring_run_audit_id ON recurring_run (audit_id)
    """,
    """
    CREATE TABLE dunning_hold (id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    document_id INTEGER, held_on INTEGER NOT NULL, until_on INTEGER, reason TEXT DEFAULT '' NOT NULL,
    ended_on INTEGER, actor TEXT NOT NULL, CONSTRAINT pk_dunning_hold PRIMARY KEY (id),
    CONSTRAINT fk_dunning_hold_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_dunning_hold_document_id FOREIGN KEY(document_id) REFERENCES document (id)) STRICT
    """,
    """
    CREATE INDEX ix_dunning_hold_customer_id ON dunning_hold (customer_id)
    """,
    """
    CREATE TABLE promise (id INTEGER NOT NULL, customer_id INTEGER NOT NULL, document_id INTEGER,
    currency TEXT NOT NULL, amount_minor INTEGER NOT NULL, promised_on INTEGER NOT NULL,
    made_on INTEGER NOT NULL, promised_by TEXT DEFAULT '' NOT NULL, note TEXT DEFAULT '' NOT NULL,
    withdrawn_on INTEGER, actor TEXT NOT NULL, CONSTRAINT pk_promise PRIMARY KEY (id),
    CONSTRAINT fk_promise_customer_id FOREIGN KEY(customer_id) REFERENCES customer (id),
    CONSTRAINT fk_promise_document_id FOREIGN KEY(document_id) REFERENCES document (id)) STRICT
    """,
    """
    CREATE INDEX ix_promise_customer_id ON promise (customer_id)
    """,
    """
    CREATE TABLE reminder_item (reminder_id INTEGER NOT NULL, document_id INTEGER NOT NULL,
    threshold INTEGER, days_late INTEGER NOT NULL, open_minor INTEGER NOT NULL,
    CONSTRAINT pk_reminder_item PRIMARY KEY (reminder_id, document_id),
    CONSTRAINT fk_reminder_item_reminder_id FOREIGN KEY(reminder_id) REFERENCES reminder (id),
    CONSTRAINT fk_reminder_item_document_id FOREIGN KEY(document_id) REFERENCES document (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_reminder_item_document_id ON reminder_item (document_id)
    """,
    """
    CREATE TABLE interest_charge (invoice_id INTEGER NOT NULL, document_id INTEGER NOT NULL,
    from_on INTEGER NOT NULL, until_on INTEGER NOT NULL, interest_minor INTEGER NOT NULL,
    CONSTRAINT pk_interest_charge PRIMARY KEY (invoice_id, document_id, from_on),
    CONSTRAINT fk_interest_charge_invoice_id FOREIGN KEY(invoice_id) REFERENCES document (id),
    CONSTRAINT fk_interest_charge_document_id FOREIGN KEY(document_id) REFERENCES document (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_interest_charge_document_id ON interest_charge (document_id)
    """,
    """
    CREATE TABLE segment (id INTEGER NOT NULL, name TEXT NOT NULL, parent_id INTEGER,
    kind TEXT NOT NULL, rule TEXT DEFAULT '' NOT NULL, named TEXT DEFAULT '' NOT NULL,
    category_id INTEGER, tag_id INTEGER, note TEXT DEFAULT '' NOT NULL,
    offer TEXT DEFAULT '' NOT NULL, owner TEXT DEFAULT '' NOT NULL, budget_minor INTEGER,
    cost_minor INTEGER, colour TEXT DEFAULT '' NOT NULL, position INTEGER NOT NULL,
    is_active INTEGER NOT NULL, version INTEGER NOT NULL, deleted_at TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_segment PRIMARY KEY (id), CONSTRAINT kind_known CHECK (kind IN ('rule', 'static')),
    CONSTRAINT fk_segment_parent_id FOREIGN KEY(parent_id) REFERENCES segment (id),
    CONSTRAINT fk_segment_category_id FOREIGN KEY(category_id) REFERENCES category (id),
    CONSTRAINT fk_segment_tag_id FOREIGN KEY(tag_id) REFERENCES tag (id)) STRICT
    """,
    """
    CREATE UNIQUE INDEX ix_segment_name ON segment (name) WHERE deleted_at = ''
    """,
    """
    CREATE TABLE instalment (id INTEGER NOT NULL, plan_id INTEGER NOT NULL, root_id INTEGER NOT NULL,
    position INTEGER NOT NULL, label TEXT NOT NULL, due_on INTEGER NOT NULL, currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, CONSTRAINT pk_instalment PRIMARY KEY (id),
    CONSTRAINT uq_instalment_plan_id_position UNIQUE (plan_id, position),
    CONSTRAINT positive CHECK (amount_minor > 0),
    CONSTRAINT fk_instalment_plan_id FOREIGN KEY(plan_id) REFERENCES "plan" (id),
    CONSTRAINT fk_instalment_root_id FOREIGN KEY(root_id) REFERENCES instalment (id)) STRICT
    """,
    """
    CREATE INDEX ix_instalment_due_on ON instalment (due_on)
    """,
    """
    CREATE INDEX ix_instalment_root_id ON instalment (root_id)
    """,
    """
    CREATE TABLE bank_line (id INTEGER NOT NULL, file_id INTEGER NOT NULL,
    money_account_id INTEGER NOT NULL, row_number INTEGER NOT NULL, booked_on INTEGER NOT NULL,
    value_on INTEGER, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL,
    payer TEXT DEFAULT '' NOT NULL, payer_account TEXT DEFAULT '' NOT NULL,
    text TEXT DEFAULT '' NOT NULL, reference TEXT DEFAULT '' NOT NULL, hint TEXT DEFAULT '' NOT NULL,
    fingerprint TEXT NOT NULL, occurrence INTEGER NOT NULL, CONSTRAINT pk_bank_line PRIMARY KEY (id),
    CONSTRAINT uq_bank_line_money_account_id_fingerprint_occurrence UNIQUE (money_account_id,
    fingerprint, occurrence),
    CONSTRAINT fk_bank_line_file_id FOREIGN KEY(file_id) REFERENCES bank_file (id),
    CONSTRAINT fk_bank_line_money_account_id FOREIGN KEY(money_account_id) REFERENCES money_account (id)) STRICT
    """,
    """
    CREATE INDEX ix_bank_line_booked_on ON bank_line (money_account_id, booked_on)
    """,
    """
    CREATE INDEX ix_bank_line_file_id ON bank_line (file_id)
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
    """
    CREATE TABLE fapiao_part (fapiao_id INTEGER NOT NULL, position INTEGER NOT NULL,
    document_id INTEGER NOT NULL, description TEXT NOT NULL, unit TEXT DEFAULT '' NOT NULL,
    quantity TEXT NOT NULL, tax_kind TEXT NOT NULL, tax_rate TEXT NOT NULL,
    net_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL, amount_minor INTEGER NOT NULL,
    rate TEXT NOT NULL, home_net_minor INTEGER NOT NULL, home_tax_minor INTEGER NOT NULL,
    CONSTRAINT pk_fapiao_part PRIMARY KEY (fapiao_id, position),
    CONSTRAINT fk_fapiao_part_fapiao_id FOREIGN KEY(fapiao_id) REFERENCES fapiao (id),
    CONSTRAINT fk_fapiao_part_document_id FOREIGN KEY(document_id) REFERENCES document (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_fapiao_part_document_id ON fapiao_part (document_id)
    """,
    """
    CREATE TABLE fapiao_void (fapiao_id INTEGER NOT NULL, voided_on INTEGER NOT NULL,
    reason TEXT NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_fapiao_void PRIMARY KEY (fapiao_id),
    CONSTRAINT fk_fapiao_void_fapiao_id FOREIGN KEY(fapiao_id) REFERENCES fapiao (id),
    CONSTRAINT fk_fapiao_void_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_fapiao_void_audit_id ON fapiao_void (audit_id)
    """,
    """
    CREATE TABLE fapiao_delivery (id INTEGER NOT NULL, fapiao_id INTEGER NOT NULL,
    delivered_on INTEGER NOT NULL, channel TEXT NOT NULL, recipient TEXT DEFAULT '' NOT NULL,
    audit_id INTEGER NOT NULL, CONSTRAINT pk_fapiao_delivery PRIMARY KEY (id),
    CONSTRAINT fk_fapiao_delivery_fapiao_id FOREIGN KEY(fapiao_id) REFERENCES fapiao (id),
    CONSTRAINT fk_fapiao_delivery_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_fapiao_delivery_audit_id ON fapiao_delivery (audit_id)
    """,
    """
    CREATE INDEX ix_fapiao_delivery_fapiao_id ON fapiao_delivery (fapiao_id)
    """,
    """
    CREATE TABLE fapiao_credit (fapiao_id INTEGER NOT NULL, document_id INTEGER NOT NULL,
    CONSTRAINT pk_fapiao_credit PRIMARY KEY (fapiao_id, document_id),
    CONSTRAINT fk_fapiao_credit_fapiao_id FOREIGN KEY(fapiao_id) REFERENCES fapiao (id),
    CONSTRAINT fk_fapiao_credit_document_id FOREIGN KEY(document_id) REFERENCES document (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_fapiao_credit_document_id ON fapiao_credit (document_id)
    """,
    """
    CREATE TABLE red_confirmation (id INTEGER NOT NULL, number TEXT NOT NULL,
    fapiao_id INTEGER NOT NULL, opened_by TEXT NOT NULL, opened_at TEXT NOT NULL,
    reason TEXT NOT NULL, currency TEXT NOT NULL, total_minor INTEGER NOT NULL,
    home_currency TEXT NOT NULL, home_total_minor INTEGER NOT NULL, note TEXT DEFAULT '' NOT NULL,
    audit_id INTEGER NOT NULL, CONSTRAINT pk_red_confirmation PRIMARY KEY (id),
    CONSTRAINT uq_red_confirmation_number UNIQUE (number),
    CONSTRAINT fk_red_confirmation_fapiao_id FOREIGN KEY(fapiao_id) REFERENCES fapiao (id),
    CONSTRAINT fk_red_confirmation_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_red_confirmation_audit_id ON red_confirmation (audit_id)
    """,
    """
    CREATE INDEX ix_red_confirmation_fapiao_id ON red_confirmation (fapiao_id)
    """,
    """
    CREATE TABLE activity_product (activity_id INTEGER NOT NULL, product_id INTEGER NOT NULL,
    CONSTRAINT pk_activity_product PRIMARY KEY (activity_id, product_id),
    CONSTRAINT fk_activity_product_activity_id FOREIGN KEY(activity_id) REFERENCES activity (id),
    CONSTRAINT fk_activity_product_product_id FOREIGN KEY(product_id) REFERENCES product (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_activity_product_product_id ON activity_product (product_id)
    """,
    """
    CREATE TABLE product_price (product_id INTEGER NOT NULL, level TEXT NOT NULL,
    price TEXT NOT NULL, CONSTRAINT pk_product_price PRIMARY KEY (product_id, level),
    CONSTRAINT fk_product_price_product_id FOREIGN KEY(product_id) REFERENCES product (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE TABLE segment_version (segment_id INTEGER NOT NULL, version INTEGER NOT NULL,
    name TEXT NOT NULL, rule TEXT NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_segment_version PRIMARY KEY (segment_id, version),
    CONSTRAINT fk_segment_version_segment_id FOREIGN KEY(segment_id) REFERENCES segment (id),
    CONSTRAINT fk_segment_version_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_segment_version_audit_id ON segment_version (audit_id)
    """,
    """
    CREATE TABLE segment_member (segment_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    way TEXT NOT NULL, since_on INTEGER NOT NULL, event_id INTEGER NOT NULL,
    CONSTRAINT pk_segment_member PRIMARY KEY (segment_id, customer_id),
    CONSTRAINT way_known CHECK (way IN ('rule', 'pin', 'static')),
    CONSTRAINT fk_segment_member_segment_id FOREIGN KEY(segment_id) REFERENCES segment (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_segment_member_customer_id ON segment_member (customer_id)
    """,
    """
    CREATE UNIQUE INDEX ix_segment_member_event_id ON segment_member (event_id)
    """,
    """
    CREATE TABLE segment_pin (segment_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    is_in INTEGER NOT NULL, reason TEXT DEFAULT '' NOT NULL, actor TEXT NOT NULL,
    pinned_at TEXT NOT NULL, CONSTRAINT pk_segment_pin PRIMARY KEY (segment_id, customer_id),
    CONSTRAINT fk_segment_pin_segment_id FOREIGN KEY(segment_id) REFERENCES segment (id)) WITHOUT ROWID,
    STRICT
    """,
    """
    CREATE INDEX ix_segment_pin_customer_id ON segment_pin (customer_id)
    """,
    """
    CREATE TABLE segment_event (id INTEGER NOT NULL, segment_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL, is_joined INTEGER NOT NULL, way TEXT NOT NULL,
    dated_on INTEGER NOT NULL, happened_at TEXT NOT NULL, version INTEGER NOT NULL,
    facts TEXT DEFAULT '' NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_segment_event PRIMARY KEY (id),
    CONSTRAINT fk_segment_event_segment_id FOREIGN KEY(segment_id) REFERENCES segment (id),
    CONSTRAINT fk_segment_event_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_segment_event_audit_id ON segment_event (audit_id)
    """,
    """
    CREATE INDEX ix_segment_event_customer_id ON segment_event (customer_id, id)
    """,
    """
    CREATE INDEX ix_segment_event_segment_id ON segment_event (segment_id, dated_on)
    """,
    """
    CREATE TABLE instalment_bill (document_id INTEGER NOT NULL, instalment_id INTEGER NOT NULL,
    CONSTRAINT pk_instalment_bill PRIMARY KEY (document_id),
    CONSTRAINT fk_instalment_bill_document_id FOREIGN KEY(document_id) REFERENCES document (id),
    CONSTRAINT fk_instalment_bill_instalment_id FOREIGN KEY(instalment_id) REFERENCES instalment (id)) STRICT
    """,
    """
    CREATE INDEX ix_instalment_bill_instalment_id ON instalment_bill (instalment_id)
    """,
    """
    CREATE TABLE bank_match (id INTEGER NOT NULL, bank_line_id INTEGER NOT NULL, document_id INTEGER,
    entry_id INTEGER, how TEXT NOT NULL, audit_id INTEGER NOT NULL,
    CONSTRAINT pk_bank_match PRIMARY KEY (id), CONSTRAINT how_known CHECK (how IN ('booked',
    'linked')), CONSTRAINT one_target CHECK ((document_id IS NULL) <> (entry_id IS NULL)),
    CONSTRAINT fk_bank_match_bank_line_id FOREIGN KEY(bank_line_id) REFERENCES bank_line (id),
    CONSTRAINT fk_bank_match_document_id FOREIGN KEY(document_id) REFERENCES document (id),
    CONSTRAINT fk_bank_match_entry_id FOREIGN KEY(entry_id) REFERENCES bank_entry (id),
    CONSTRAINT fk_bank_match_audit_id FOREIGN KEY(audit_id) REFERENCES audit_entry (id) DEFERRABLE INITIALLY DEFERRED) STRICT
    """,
    """
    CREATE INDEX ix_bank_match_audit_id ON bank_match (audit_id)
    """,
    """
    CREATE INDEX ix_bank_match_bank_line_id ON bank_match (bank_line_id)
    """,
    """
    CREATE INDEX ix_bank_match_document_id ON bank_match (document_id)
    """,
    """
    CREATE INDEX ix_bank_match_entry_id ON bank_match (entry_id)
    """,
    """
    CREATE TABLE bank_ignored (bank_line_id INTEGER NOT NULL, reason TEXT NOT NULL,
    CONSTRAINT pk_bank_ignored PRIMARY KEY (bank_line_id),
    CONSTRAINT fk_bank_ignored_bank_line_id FOREIGN KEY(bank_line_id) REFERENCES bank_line (id)) STRICT
    """,
    """
    CREATE TABLE red_confirmation_state (confirmation_id INTEGER NOT NULL, state TEXT NOT NULL,
    changed_at TEXT NOT NULL, reason TEXT DEFAULT '' NOT NULL, red_id INTEGER,
    CONSTRAINT pk_red_confirmation_state PRIMARY KEY (confirmation_id),
    CONSTRAINT fk_red_confirmation_state_confirmation_id FOREIGN KEY(confirmation_id) REFERENCES red_confirmation (id),
    CONSTRAINT fk_red_confirmation_state_red_id FOREIGN KEY(red_id) REFERENCES fapiao (id)) STRICT
    """,
)


def upgrade(operations: Any) -> None:
    """Makes every table and index in an empty file."""
    for statement in STATEMENTS:
        operations.execute(statement)
