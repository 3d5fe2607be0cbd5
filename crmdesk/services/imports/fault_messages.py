"""The sentence for each refusal of the reading child: what is wrong with the file, and the way out."""

from __future__ import annotations

from collections.abc import Mapping

from crmdesk.models.errors import Code, CrmdeskError, InvalidInput, NeedsConfirmation, NotFound, Problem
from crmdesk.services.imports.faults import ReadFault
from crmdesk.text import N_, _

_SAVE_AS_XLSX = N_("Open it in a spreadsheet program and save it as an Excel workbook (.xlsx).")
_ASK_SENDER = N_("Ask for the file again, or open it in a spreadsheet program and save it anew.")

# (code, reason) -> (sentence, hint); an empty reason stands for all others.
_SENTENCES: Mapping[tuple[Code, str], tuple[str, str]] = {
    (Code.FILE_EMPTY, ""): (N_("The file has no content."), N_("Choose another file.")),
    (Code.FILE_MISSING, ""): (N_("There is no file of this name."), N_("Check the name and the folder.")),
    (Code.FILE_GONE, ""): (N_("The file vanished while it was read."), N_("Choose it again.")),
    (Code.NOT_A_FILE, ""): (N_("This is not a file."), N_("Choose a file, not a folder or a device.")),
    (Code.NO_ACCESS, ""): (N_("You may not read this file."), N_("Ask its owner for access, or copy it.")),
    (Code.FILE_IN_USE, ""): (
        N_("Another program holds the file, or you may not read it."),
        N_("Close it there (Excel locks open files) and try again."),
    ),
    (Code.OWNER_FILE, ""): (
        N_("This is the small file by which Excel marks an open workbook, not the workbook."),
        N_("Choose the file of the same name without “~$”."),
    ),
    (Code.FILE_ENCRYPTED, ""): (
        N_("The workbook has a password."),
        N_("Remove the password in the spreadsheet program and try again."),
    ),
    (Code.FILE_DAMAGED, "zip"): (
        N_("The workbook is cut off or damaged: its directory cannot be read."),
        _ASK_SENDER,
    ),
    (Code.FILE_DAMAGED, "part"): (N_("The workbook is damaged: part {part} cannot be read."), _ASK_SENDER),
    (Code.FILE_DAMAGED, "sheet"): (
        N_("The workbook is damaged: sheet “{sheet}” cannot be read ({detail})."),
        _ASK_SENDER,
    ),
    (Code.FILE_DAMAGED, "ole"): (N_("The old Excel file is cut off or damaged."), _ASK_SENDER),
    (Code.FILE_DAMAGED, "workbook"): (N_("The workbook cannot be read ({detail})."), _ASK_SENDER),
    (Code.FILE_DAMAGED, "card"): (
        N_("The card that begins in line {line} is cut off: its END:VCARD is missing."),
        N_(
            "Ask for the file again, or complete the card and import it again; the other cards are not touched by it."
        ),
    ),
    (Code.FILE_DAMAGED, ""): (N_("The file cannot be read ({detail})."), _ASK_SENDER),
    (Code.FILE_HOSTILE, "entities"): (
        N_("Part {part} of the workbook defines entities; the file is not opened."),
        N_("No spreadsheet program writes such files. Do not use it."),
    ),
    (Code.FILE_HOSTILE, "duplicate"): (
        N_("Two parts of the workbook have one name ({part}); the file is not opened."),
        N_("No spreadsheet program writes such files. Do not use it."),
    ),
    (Code.FILE_HOSTILE, "ratio"): (
        N_("Part {part} unpacks to {ratio} times its size; the file is not opened."),
        N_("If you trust it, open it in a spreadsheet program and save only the table."),
    ),
    (Code.FILE_TOO_LARGE, "unpacked"): (
        N_("The workbook is too large: unpacked {size} MB, the limit is {limit} MB."),
        N_("Split it into several files."),
    ),
    (Code.FILE_TOO_LARGE, "size"): (
        N_("The file is too large: {size} MB, the limit is {limit} MB."),
        N_("Split it into several files."),
    ),
    (Code.FILE_TOO_LARGE, "memory"): (
        N_("Reading the file needs more than {limit} MB of memory."),
        N_("Split it into several files, or save only the table."),
    ),
    (Code.FILE_TOO_COMPLEX, "time"): (
        N_("Reading the file takes more than {limit} seconds."),
        N_("Copy the table into a new workbook, or split the file."),
    ),
    (Code.FILE_TOO_COMPLEX, "parts"): (
        N_("The workbook has {count} parts, the limit is {limit}."),
        N_("Copy the table into a new workbook."),
    ),
    (Code.FILE_TOO_COMPLEX, ""): (
        N_("The sheet holds more special cells than can be handled."),
        N_("Copy the values of the table into a new workbook."),
    ),
    (Code.NO_TABLE, "sheets"): (
        N_("An archive is a workbook with sheets, this file has none."),
        N_("Import it as customers or as contacts, or choose the workbook."),
    ),
    (Code.NOT_XLSX, ""): (
        N_("The name ends in {suffix}, but the content is no workbook (it begins with “{begins}”)."),
        N_("Give the file its right ending, or save it as an Excel workbook (.xlsx)."),
    ),
    (Code.XLS_OLD, ""): (N_("The file comes from an Excel before 1997."), _SAVE_AS_XLSX),
    (Code.IS_ARCHIVE, ""): (
        N_("This is an archive ({format})."),
        N_("Unpack it first, and choose the file inside."),
    ),
    (Code.FORMAT_UNKNOWN, "binary"): (N_("The file is neither a workbook nor text."), _SAVE_AS_XLSX),
    (Code.FORMAT_UNKNOWN, ""): (
        N_("The file holds {format}, not a table."),
        N_("Tables come as .xlsx, .xls, .ods, .csv or other delimited text."),
    ),
    (Code.EINVOICE_UNREADABLE, "sums"): (
        N_("The sums of this electronic invoice do not agree with each other ({detail})."),
        N_("Ask whoever issued it for a correct file."),
    ),
    (Code.EINVOICE_UNREADABLE, "missing"): (
        N_("This looks like an invoice, but {detail} cannot be read."),
        N_("Type in what it says."),
    ),
    (Code.EINVOICE_UNREADABLE, ""): (
        N_("This is no electronic invoice that can be read here."),
        N_("These can be read: fully digital XML, OFD, PDF with text, UBL and CII."),
    ),
    (Code.EXT_MISMATCH, "html"): (
        N_("The file holds a web page (HTML), whatever its name ends in."),
        _SAVE_AS_XLSX,
    ),
    (Code.EXT_MISMATCH, "xml_spreadsheet"): (
        N_("The file holds an XML spreadsheet of 2003, whatever its name ends in."),
        _SAVE_AS_XLSX,
    ),
    (Code.SHEET_UNKNOWN, ""): (
        N_("There is no sheet “{wanted}”. The sheets are: {sheets}."),
        N_("Name one of them."),
    ),
    (Code.SHEET_AMBIGUOUS, "hidden"): (
        N_("All sheets of the workbook are hidden: {hidden}."),
        N_("Say which one to read (--sheet)."),
    ),
    (Code.SHEET_AMBIGUOUS, "with_hidden"): (
        N_("Several sheets hold data: {sheets}. Hidden: {hidden}."),
        N_("Say which one to read (--sheet)."),
    ),
    (Code.SHEET_AMBIGUOUS, ""): (
        N_("Several sheets hold data: {sheets}."),
        N_("Say which one to read (--sheet)."),
    ),
    (Code.NO_DATA, "no_sheet"): (N_("The workbook has no sheet with cells."), N_("Choose another file.")),
    (Code.SHEET_TOO_WIDE, ""): (
        N_("The sheet has a value in cell {cell}, far away from the table."),
        N_("Delete that cell, or copy the table into a new sheet."),
    ),
    (Code.TOO_MANY_COLUMNS, ""): (
        N_("The table has {count} columns, the limit is {limit}."),
        N_("Delete the columns that are not needed."),
    ),
    (Code.ENCODING_UNKNOWN, "name"): (
        N_("“{encoding}” is no encoding that is known here."),
        N_("Use for example utf-8, gb18030, big5, cp1252, shift_jis or utf-16."),
    ),
    (Code.ENCODING_UNKNOWN, "content"): (
        N_("The text cannot be read as {encoding}: row {row} does not fit."),
        N_("Choose another encoding (--encoding), or save the file as UTF-8."),
    ),
    (Code.ENCODING_UNKNOWN, "damaged_utf8"): (
        N_("The text is UTF-8 but damaged; the first broken sign is in row {row}."),
        N_("Correct or delete that sign, or ask for the file again."),
    ),
    (Code.QUOTE_OPEN, ""): (
        N_("The quote opened in row {row} is never closed."),
        N_('Close it, or write it twice where the sign " itself is meant.'),
    ),
    (Code.FIELD_TOO_LONG, ""): (
        N_("A field in row {row} is longer than {limit} signs."),
        N_("Shorten it; perhaps a quote or a line end is missing there."),
    ),
    (Code.FILE_HOSTILE, "entities_text"): (
        N_("The file declares a document type or entities; it is not opened."),
        N_("No bank writes such files. Do not use it."),
    ),
    (Code.FILE_DAMAGED, "markup"): (
        N_("The file is no well-formed XML: row {row} cannot be read."),
        N_("Download the statement again."),
    ),
    (Code.FORMAT_UNKNOWN, "no_statement"): (
        N_("The file ({format}) holds no bank statement that is known here."),
        N_("Statements come as OFX, QFX, QIF, MT940, CAMT.053, or as a table (.csv, .xlsx)."),
    ),
    (Code.TYPE_UNKNOWN, ""): (
        N_("The file ({type}) holds no register of a bank, cash or card account."),
        N_("Export the account itself, not a list of categories or securities."),
    ),
    (Code.NO_DATA, "bank_error"): (
        N_("The bank put an error message in place of a statement: {message}."),
        N_("Download the statement again later."),
    ),
    (Code.READER_FAILED, ""): (
        N_("The program's file reader could not be started."),
        N_("Install the program again; your data are not touched."),
    ),
}


def row_refusal(code: str, reason: str, params: Mapping[str, str | int], file: str, row: int) -> Problem:
    """Why a row that the child could send cannot be taken as a record."""
    message, hint = _SENTENCES[Code(code), reason]
    return Problem(Code(code), _(message).format(**params), file=file, row=row, hint=_(hint))


def exception_for(fault: ReadFault, file: str) -> InvalidInput | NeedsConfirmation | NotFound:
    """The error to raise for a refusal of the child; one problem names the file."""
    reason = fault.reason
    if fault.code is Code.SHEET_AMBIGUOUS and not reason and fault.params.get("hidden"):
        reason = "with_hidden"
    entry = _SENTENCES.get((fault.code, reason)) or _SENTENCES[fault.code, ""]
    message, hint = _(entry[0]).format(**fault.params), _(entry[1])
    row = fault.params.get("row")
    problem = Problem(
        fault.code,
        message,
        file=file,
        row=row if isinstance(row, int) else None,
        hint=hint,
    )
    kind = {
        Code.SHEET_AMBIGUOUS: NeedsConfirmation,
        Code.FILE_MISSING: NotFound,
    }.get(fault.code, InvalidInput)
    return kind(fault.code, f"{file}: {message}", field="file", hint=hint, problems=(problem,))


_WAYS_OUT_OF_A_FOLDER: Mapping[Code, str] = {
    Code.FILE_EMPTY: N_("Put it into the folder again when it has content."),
    Code.NO_DATA: N_("Put it into the folder again when it has rows."),
    Code.IS_ARCHIVE: N_("Unpack it, and put the file inside into the folder."),
    Code.SHEET_AMBIGUOUS: N_("Name the sheet in the watched folder, then try the file again."),
}


def folder_reason(error: CrmdeskError) -> str:
    """Why a file of a watched folder was refused as a whole, and the way out: nobody stands there who could choose."""
    hint = _(_WAYS_OUT_OF_A_FOLDER[error.code]) if error.code in _WAYS_OUT_OF_A_FOLDER else error.hint
    return f"{error.message} {hint}" if hint else error.message


_NOTES: Mapping[tuple[str, str], str] = {
    (Code.MACROS_IGNORED, ""): N_("The workbook contains macros; they are neither read nor run."),
    (Code.EXT_MISMATCH, "workbook"): N_(
        "The name says {suffix}, the content is a workbook of type {format}."
    ),
    (Code.EXT_MISMATCH, "text"): N_("The name says {suffix}, the content is text ({encoding})."),
    (Code.TYPE_UNKNOWN, ""): N_("A part of the file is of the unknown type “{type}”; it was passed over."),
    (Code.CURRENCY_MIXED, "balance"): N_(
        "A balance of the statement is in {currency}, not in the currency of the account; it is not compared."
    ),
    (Code.NO_DATA, "pending"): N_(
        "{count} entries are announced but not booked by the bank; they were passed over."
    ),
    (Code.ROWS_DIFFER, ""): N_(
        "A second count found {counted} rows with content, {read} were read. Compare the last rows."
    ),
    (Code.LEFT_OUT.value, "photos"): N_("{count} photos and sounds of the cards were left out."),
    (Code.LEFT_OUT.value, "numbers"): N_(
        "{count} further phone numbers and e-mail addresses were left out; a contact has one phone, one mobile and one"
        " address."
    ),
    (Code.LEFT_OUT.value, "lines"): N_("{count} lines are no part of a visiting card and were left out."),
    (Code.LEFT_OUT.value, "birthday count"): N_(
        "Birthdays that are no whole date were left out: {count}; a contact’s birthday has its year."
    ),
    (Code.LEFT_OUT.value, "birthday"): N_(
        "The card of {name} in line {line}: the birthday {value} is no whole date and was left out. Add it with its"
        " year to the contact."
    ),
    (Code.LEFT_OUT.value, "address count"): N_(
        "Cards whose addresses were left out: {count}; addresses are the customer’s."
    ),
    (Code.LEFT_OUT.value, "address"): N_(
        "The card of {name} in line {line}: the address “{value}” was left out. Add it to the customer if it is his."
    ),
}


def note_for(
    code: str, reason: str, params: Mapping[str, str | int], file: str, sheet: str | None
) -> Problem:
    """The note to show for something the child noticed."""
    shown = {name: _encoding_name(str(text)) if name == "encoding" else text for name, text in params.items()}
    return Problem(Code(code), _(_NOTES[code, reason]).format(**shown), file=file, sheet=sheet)


_ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "gb18030": "GB18030",
    "cp950": "Big5",
    "cp932": "Shift-JIS",
    "cp949": "EUC-KR",
    "cp1252": "Windows-1252",
    "iso8859-1": "Latin-1",
}


def _encoding_name(name: str) -> str:
    return _ENCODING_NAMES.get(name, name)


def encoding_name(name: str) -> str:
    """An encoding as people call it: GB18030, Big5, Windows-1252."""
    return _encoding_name(name)
