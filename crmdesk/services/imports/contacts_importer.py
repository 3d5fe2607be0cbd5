"""Rows of contacts: each goes to the customer that its key, code, company or phone means.

A blank cell leaves its field alone. Phones are compared by their digits, so that +86 138 0013 8000 is 13800138000.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from crmdesk.models import text_keys
from crmdesk.models.errors import Code, CrmdeskError
from crmdesk.models.specs import customers as specs
from crmdesk.models.tables.customers import contact, customer
from crmdesk.services.custom_fields import PREFIX
from crmdesk.services.imports import columns_archive
from crmdesk.services.imports.clearing import Cleared
from crmdesk.services.imports.columns import own_column_of, own_values
from crmdesk.services.imports.customer_records import Change, Known, KnownCustomers
from crmdesk.services.imports.importing import Importer, Running
from crmdesk.services.imports.plan import PlannedRow, Values
from crmdesk.text import _

_BLOCK = 1_000
_FIELDS = tuple(field.name for field in specs.CONTACT if field.name != "primary")
_PHONES = ("phone", "mobile")


class ContactsImporter(Importer):
    """Adds and changes contacts of customers that are in the book."""

    def __init__(self, running: Running) -> None:
        super().__init__(running)
        self._rows: list[PlannedRow] = []
        self._prefix = columns_archive.key_prefix(running.unit.connection)
        self._owner_of_contact: dict[int, str] = {}
        self._codes: set[str] = set()
        self._by_name: dict[str, set[str]] = {}
        self._by_name_key: dict[str, set[str]] = {}
        self._by_phone: dict[str, set[str]] = {}

    def take(self, rows: list[PlannedRow]) -> None:
        """Keeps the rows that could be read."""
        self._rows += [row for row in rows if row.is_good and row.is_wanted]

    def finish(self) -> None:
        """Finds every row's customer, then books customer by customer."""
        self._look_up()
        by_code: dict[str, list[tuple[PlannedRow, Values]]] = {}
        for row in self._rows:
            values = self._values(row)
            if values is None:
                continue
            code = self._customer_of(row, values)
            if code is not None:
                by_code.setdefault(code, []).append((row, values))
        known = KnownCustomers(self.unit)
        codes = list(by_code)
        for start in range(0, len(codes), _BLOCK):
            block = codes[start : start + _BLOCK]
            known.load_codes(block)
            for code in block:
                found = known.by_code(code)
                if found is not None:
                    self._book(known, found, by_code[code])
            self.running.step(sum(len(by_code[code]) for code in block))

    def _look_up(self) -> None:
        """Codes, names and phones of all customers: a list of contacts may be about any of them."""
        code_of: dict[int, str] = {}
        columns = (
            customer.c.id,
            customer.c.code,
            customer.c.name,
            customer.c.short_name,
            customer.c.name_key,
        )
        for row in self.unit.execute(select(*columns, customer.c.phone_key)):
            code_of[row.id] = row.code
            self._codes.add(row.code)
            for name in {text_keys.folded(row.name), text_keys.folded(row.short_name)} - {""}:
                self._by_name.setdefault(name, set()).add(row.code)
            self._by_name_key.setdefault(row.name_key, set()).add(row.code)
            self._note_phones(row.code, (row.phone_key,))
        for row in self.unit.execute(
            select(contact.c.id, contact.c.customer_id, contact.c.phone, contact.c.mobile)
        ):
            code = code_of[row.customer_id]
            self._owner_of_contact[row.id] = code
            self._note_phones(code, map(text_keys.phone_key, (row.phone, row.mobile)))

    def _note_phones(self, code: str, keys: Iterable[str]) -> None:
        for key in keys:
            if key:
                self._by_phone.setdefault(key, set()).add(code)

    def _values(self, row: PlannedRow) -> Values | None:
        """What the row says of the contact; a name in two parts is put together."""
        values = {
            name: str(value) if isinstance(value, Cleared) else value for name, value in row.values.items()
        }
        if "name" not in values:
            family, given = values.get("family", ""), values.get("given", "")
            is_chinese = any("\u4e00" <= sign <= "\u9fff" for sign in family + given)
            name = f"{family}{given}" if is_chinese else f"{given} {family}".strip()
            if not name:
                label = self.plan.column_label("name") or _("Name")
                self.running.fail(
                    row.number,
                    Code.REQUIRED,
                    _("“{field}” is required.").format(field=label),
                    name="name",
                    hint=_("Fill in the cell."),
                )
                return None
            values["name"] = name[:100]
        return values

    def _customer_of(self, row: PlannedRow, values: Values) -> str | None:
        record_id = columns_archive.id_in(self._prefix, values.get("key", ""))
        if record_id is not None and record_id in self._owner_of_contact:
            return self._owner_of_contact[record_id]
        code = values.get("customer")
        if code is not None and code in self._codes:
            return code
        company = values.get("company", "")
        found: set[str] = set()
        if company:
            found = self._by_name.get(text_keys.folded(company), set())
            found = found or self._by_name_key.get(text_keys.name_key(company), set())
        phones = {key for name in _PHONES if (key := text_keys.phone_key(values.get(name, "")))}
        by_phone = set().union(*(self._by_phone.get(key, set()) for key in phones)) if phones else set()
        if len(found) != 1 and by_phone:
            found = (found & by_phone) if found else (by_phone if not company else set())
        if len(found) == 1:
            return next(iter(found))
        self._fail_customer(row, code or company, found)
        return None

    def _fail_customer(self, row: PlannedRow, named: str, found: set[str]) -> None:
        if found:
            self.running.fail(
                row.number,
                Code.AMBIGUOUS,
                _("Several customers are meant by “{name}”: {codes}.").format(
                    name=named[:40], codes=", ".join(sorted(found)[:5])
                ),
                name="company",
                value=named,
                hint=_("Give the code of the customer."),
            )
            return
        message = (
            _("No customer is called “{name}”.").format(name=named[:40])
            if named
            else _("Nothing says whose contact this is: neither a company nor a phone that the book knows.")
        )
        self.running.fail(
            row.number,
            Code.CUSTOMER_MISSING,
            message,
            name="company" if "company" in row.values else "customer",
            value=named or None,
            hint=_("Create the customer first, or give the code of another one."),
        )

    def _book(self, known: KnownCustomers, found: Known, rows: list[tuple[PlannedRow, Values]]) -> None:
        change = Change()
        outcomes: list[str] = []
        claimed: set[int] = set()
        added: set[str] = set()
        warned = len(self.unit.warnings)
        for row, values in rows:
            try:
                outcome = self._compare(row, values, known, found, change, claimed, added)
            except CrmdeskError as error:
                self.running.fail_by(row, error, own_column_of(error.field or "name"))
                continue
            if outcome:
                outcomes.append(outcome)
        if change.names:
            self.batch.record_change("customer", found.id, known.apply(found, change))
        del self.unit.warnings[warned:]
        for outcome in outcomes:
            setattr(self.tally, outcome, getattr(self.tally, outcome) + 1)

    def _compare(
        self,
        row: PlannedRow,
        values: Values,
        known: KnownCustomers,
        found: Known,
        change: Change,
        claimed: set[int],
        added: set[str],
    ) -> str:
        """Notes what a row changes; gives its outcome, or nothing where it was refused."""
        given = {name: values[name] for name in _FIELDS if name in values}
        own = own_values(values)
        part = self._met(values, given, found.parts.get("contact", []), claimed)
        mode = self.running.options.mode
        if part is None:
            told = repr(sorted((name, str(value)) for name, value in (*given.items(), *own.items())))
            if told in added:
                return "skipped"  # the same card twice in one file
            if mode == "update":
                self.running.fail(
                    row.number,
                    Code.NOT_FOUND,
                    _("“{value}” is not in the book, so it cannot be updated.").format(
                        value=given["name"][:40]
                    ),
                    name="name",
                    value=given["name"],
                    hint=_("Check the name, or import with “upsert”."),
                )
                return ""
            new = given | {"fields": own} if own else given
            known.check_part("contact", new)
            added.add(told)
            change.new_parts.append(("contact", new))
            return "created"
        differing = {name: value for name, value in given.items() if not _is_alike(name, part[name], value)}
        own = known.own_differences(found, own, part["id"]) if own else {}
        if own:
            differing["fields"] = own
        if part["id"] in claimed:
            if not differing:
                return "skipped"
            self.fail_doubles([row], "name")
            return ""
        if differing:
            known.check_part("contact", differing, part)
        claimed.add(part["id"])
        if not differing:
            return "skipped"
        if mode == "create":
            names = [*(name for name in differing if name != "fields"), *(PREFIX + name for name in own)]
            labels = ", ".join(self.plan.column_label(name) or name for name in names)
            self.running.fail(
                row.number,
                Code.DUPLICATE_DIFFERS,
                _("“{value}” is in the book already, with other values: {fields}.").format(
                    value=given["name"][:40], fields=labels
                ),
                name="name",
                value=given["name"],
                hint=_("Import with “update” or “upsert” to take over what the file says."),
            )
            return ""
        change.changed_parts.append(("contact", part, differing))
        return "updated"

    def _met(
        self, values: Values, given: Values, present: list[dict[str, Any]], claimed: set[int]
    ) -> dict[str, Any] | None:
        """The contact that a row means: by its key, by name (of several the free one that fits best), or by a phone."""
        record_id = columns_archive.id_in(self._prefix, values.get("key", ""))
        for part in present:
            if part["id"] == record_id:
                return part
        named = [
            part for part in present if text_keys.folded(part["name"]) == text_keys.folded(given["name"])
        ]
        if named:
            free = [part for part in named if part["id"] not in claimed] or named
            return max(
                free,
                key=lambda part: sum(_is_alike(name, part[name], value) for name, value in given.items()),
            )
        keys = {key for name in _PHONES if (key := text_keys.phone_key(given.get(name, "")))}
        called = [
            part
            for part in present
            if keys & {text_keys.phone_key(part["phone"]), text_keys.phone_key(part["mobile"])}
        ]
        return called[0] if len(called) == 1 and not _shares_phone(called[0], given) else None


def _shares_phone(part: dict[str, Any], given: Values) -> bool:
    """Whether only the line of the office is the same: two people have it, and one name is not the other's."""
    mobile = text_keys.phone_key(given.get("mobile", ""))
    return not mobile or mobile != text_keys.phone_key(part["mobile"])


def _is_alike(name: str, held: Any, value: Any) -> bool:
    if held == value:
        return True
    if name in _PHONES:
        key = text_keys.phone_key(str(value))
        return bool(key) and key == text_keys.phone_key(held)
    return name == "email" and isinstance(value, str) and held.casefold() == value.casefold()
