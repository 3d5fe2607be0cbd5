"""The one enumeration of error codes, and the exceptions that carry them.

Every error carries the finished sentence for the user: what is wrong, where, and the way out. One presenter
per outlet (window, command line) shows it; nobody formats a traceback for bad input.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, NamedTuple


class Code(StrEnum):
    """Stable names of everything that can be refused. Names are a contract: add, never rename."""

    # Arguments of a use case
    UNKNOWN_USE_CASE = "unknown_use_case"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_REF = "unknown_ref"
    MALFORMED_LINE = "malformed_line"
    REQUIRED = "required"
    INVALID_TYPE = "invalid_type"
    INVALID_CHOICE = "invalid_choice"
    OUT_OF_RANGE = "out_of_range"
    TEXT_TOO_LONG = "text_too_long"
    CONTROL_CHARS = "control_chars"
    KEY_REUSED = "key_reused"
    # Numbers, dates, currencies
    NUMBER_UNREADABLE = "number_unreadable"
    NUMBER_AMBIGUOUS = "number_ambiguous"
    TOO_MANY_DECIMALS = "too_many_decimals"
    AMOUNT_TOO_LARGE = "amount_too_large"
    RATE_AMBIGUOUS = "rate_ambiguous"
    DATE_INVALID = "date_invalid"
    DATE_AMBIGUOUS = "date_ambiguous"
    DATE_FUTURE = "date_future"
    DATE_ORDER = "date_order"
    CURRENCY_UNKNOWN = "currency_unknown"
    CURRENCY_MIXED = "currency_mixed"
    RATE_MISSING = "rate_missing"
    COUNTRY_UNKNOWN = "country_unknown"
    # Records
    NOT_FOUND = "not_found"
    CUSTOMER_MISSING = "customer_missing"
    DUPLICATE = "duplicate"
    DUPLICATE_DIFFERS = "duplicate_differs"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    IN_USE = "in_use"
    CANNOT_UNMERGE = "cannot_unmerge"
    INACTIVE = "inactive"
    CHANGED_BY = "changed_by"
    TREE_CYCLE = "tree_cycle"
    HAS_OPEN_ITEMS = "has_open_items"
    STILL_HELD = "still_held"
    CREDIT_LIMIT = "credit_limit"
    TAX_NUMBER_DOUBT = "tax_number_doubt"
    EMAIL_DOUBT = "email_doubt"
    PHONE_DOUBT = "phone_doubt"
    TEXT_DOUBT = "text_doubt"
    REGION_DOUBT = "region_doubt"
    REGION_DIFFERS = "region_differs"
    CODE_TWIN = "code_twin"
    NOT_IN_DICTIONARY = "not_in_dictionary"
    FILTER_INVALID = "filter_invalid"
    FORMULA_INVALID = "formula_invalid"
    LIST_UNKNOWN = "list_unknown"
    RATE_NOT_IN_TABLE = "rate_not_in_table"
    # Agreements
    WRONG_STATE = "wrong_state"
    EXPIRED = "expired"
    OTHER_CONTRACT = "other_contract"
    IS_BILLED = "is_billed"
    # Reminders
    ON_HOLD = "on_hold"
    REMINDER_LEVEL = "reminder_level"
    PLACEHOLDER_UNKNOWN = "placeholder_unknown"
    EMAIL_MISSING = "email_missing"
    NOTHING_OPEN = "nothing_open"
    # Ledger
    PERIOD_LOCKED = "period_locked"
    DISCOUNT_LATE = "discount_late"
    OVER_ALLOCATED = "over_allocated"
    OVER_RELEASED = "over_released"
    OVER_REFUNDED = "over_refunded"
    OVER_CREDITED = "over_credited"
    OVER_RECOVERED = "over_recovered"
    OTHER_CUSTOMER = "other_customer"
    REVERSED = "reversed"
    ALREADY_REVERSED = "already_reversed"
    IS_ALLOCATED = "is_allocated"
    IS_REFUNDED = "is_refunded"
    NO_MATCH = "no_match"
    AMBIGUOUS = "ambiguous"
    NO_ORIGINAL = "no_original"
    TOTAL_DIFFERS = "total_differs"
    NO_LINES = "no_lines"
    # Tax invoices
    TAX_NUMBER_MISSING = "tax_number_missing"
    PERSON_NOT_ALLOWED = "person_not_allowed"
    FAPIAO_NUMBER = "fapiao_number"
    OVER_INVOICED = "over_invoiced"
    OVER_REVERSED = "over_reversed"
    STATE_REFUSED = "state_refused"
    NOT_VOIDABLE = "not_voidable"
    CONFIRMATION_REQUIRED = "confirmation_required"
    IS_INVOICED = "is_invoiced"
    EINVOICE_INCOMPLETE = "einvoice_incomplete"
    EINVOICE_UNREADABLE = "einvoice_unreadable"
    # Files that come in
    FILE_MISSING = "file_missing"
    FILE_EMPTY = "file_empty"
    FILE_DAMAGED = "file_damaged"
    FILE_ENCRYPTED = "file_encrypted"
    FILE_HOSTILE = "file_hostile"
    FILE_TOO_LARGE = "file_too_large"
    FILE_TOO_COMPLEX = "file_too_complex"
    FILE_IN_USE = "file_in_use"
    FILE_GONE = "file_gone"
    TYPE_BLOCKED = "type_blocked"
    NAME_CHANGED = "name_changed"
    SCRIPT_INSIDE = "script_inside"
    ATTACHMENT_ALTERED = "attachment_altered"
    ATTACHMENT_MISSING = "attachment_missing"
    OWNER_FILE = "owner_file"
    NOT_A_FILE = "not_a_file"
    NOT_XLSX = "not_xlsx"
    XLS_OLD = "xls_old"
    IS_ARCHIVE = "is_archive"
    FORMAT_UNKNOWN = "format_unknown"
    EXT_MISMATCH = "ext_mismatch"
    MACROS_IGNORED = "macros_ignored"
    LEFT_OUT = "left_out"
    NO_TABLE = "no_table"
    NO_DATA = "no_data"
    SHEET_UNKNOWN = "sheet_unknown"
    SHEET_AMBIGUOUS = "sheet_ambiguous"
    SHEET_HIDDEN = "sheet_hidden"
    SHEET_TOO_WIDE = "sheet_too_wide"
    TOO_MANY_COLUMNS = "too_many_columns"
    ENCODING_UNKNOWN = "encoding_unknown"
    ENCODING_DOUBT = "encoding_doubt"
    QUOTE_OPEN = "quote_open"
    FIELD_TOO_LONG = "field_too_long"
    COLUMN_COUNT = "column_count"
    HEADER_BLANK = "header_blank"
    HEADER_DUPLICATE = "header_duplicate"
    HEADER_UNMAPPED = "header_unmapped"
    FORMULA_NO_VALUE = "formula_no_value"
    CELL_ERROR = "cell_error"
    ID_ROUNDED = "id_rounded"
    BOTH_SIDES = "both_sides"
    FOOTER_DIFFERS = "footer_differs"
    BALANCE_BROKEN = "balance_broken"
    ACCOUNT_DIFFERS = "account_differs"
    ACCOUNT_LEARNT = "account_learnt"
    TYPE_UNKNOWN = "type_unknown"
    ROWS_DIFFER = "rows_differ"
    READER_FAILED = "reader_failed"
    MAPPING_INVALID = "mapping_invalid"
    ROLLED_BACK = "rolled_back"
    BATCH_UNKNOWN = "batch_unknown"
    BATCH_UNDONE = "batch_undone"
    BATCH_IN_USE = "batch_in_use"
    # Files that go out
    TARGET_EXISTS = "target_exists"
    NO_ACCESS = "no_access"
    FOLDER_MISSING = "folder_missing"
    IMAGE_INVALID = "image_invalid"
    IMAGE_TOO_LARGE = "image_too_large"
    # The book
    BOOK_MISSING = "book_missing"
    NOT_OURS = "not_ours"
    FILE_NEWER = "file_newer"
    DATA_DAMAGED = "data_damaged"
    SCHEMA_ALTERED = "schema_altered"
    READ_ONLY = "read_only"
    IN_USE_BY = "in_use_by"
    BUSY = "busy"
    DISK_FULL = "disk_full"
    DISK_ERROR = "disk_error"
    WAL_FOREIGN = "wal_foreign"
    UNSAFE_FOLDER = "unsafe_folder"
    MIGRATION_FAILED = "migration_failed"
    BACKUP_DAMAGED = "backup_damaged"
    OTHER_COMPANY = "other_company"
    PRAGMA_REFUSED = "pragma_refused"
    SQLITE_TOO_OLD = "sqlite_too_old"
    # The program
    USAGE = "usage"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


# No dataclass here or in what the window needs for its first paint: making one takes half a millisecond.
class Problem(NamedTuple):
    """One refusal or warning about one place in one input; `row` is the row number the user sees in the file."""

    code: Code
    message: str
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    hint: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The problem as plain data in the form that cli.md promises."""
        return self._asdict() | {"code": str(self.code)}


class CrmdeskError(Exception):
    """Base of everything a user may be told. `message` is a finished sentence in the user's language."""

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        field: str | None = None,
        hint: str | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.hint = hint
        self.problems = problems

    def as_json(self) -> dict[str, Any]:
        """The error as plain data: code, field, message and its problems."""
        data: dict[str, Any] = {"code": str(self.code)}
        if self.field is not None:
            data["field"] = self.field
        data["message"] = self.message
        if self.hint is not None:
            data["hint"] = self.hint
        data["problems"] = [problem.as_json() for problem in self.problems]
        return data


class InvalidInput(CrmdeskError):
    """A value the user gave cannot be taken; `field` names it."""


class WrongUsage(CrmdeskError):
    """The command line itself is wrong: an argument is missing or not known (exit code 2)."""


class NeedsConfirmation(CrmdeskError):
    """Allowed, but only after the user says yes; `field` is the key of the confirmation."""


class NotFound(CrmdeskError):
    """A code or number that does not exist."""


class Conflict(CrmdeskError):
    """The state of the book does not allow it."""


class BookFault(CrmdeskError):
    """The book itself cannot be used (exit code 3)."""


class Cancelled(CrmdeskError):
    """The user cancelled a task; nothing was kept."""


def labelled(message: str, place: str, label: str) -> str:
    """A sentence of a service with a label where it names a field as the batch language does: “amount” or amount: …"""
    name = re.escape(place)
    return re.sub(
        f"“{name}”|^{name}(?=[:：])", lambda found: f"“{label}”" if found[0][0] == "“" else label, message
    )
