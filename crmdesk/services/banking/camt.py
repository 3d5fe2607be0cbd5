"""CAMT.053 of ISO 20022, any version: booked entries, batches taken apart where each part has its amount."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from crmdesk.models.errors import Code
from crmdesk.services.banking.markup import Node, xml_tree
from crmdesk.services.banking.raw import RawEntry, RawFile, RawStatement
from crmdesk.services.imports.faults import ReadFault

_FAMILIES = {"CHRG": "fee", "FEES": "fee", "INTR": "interest"}
_NOTHING = frozenset({"", "NOTPROVIDED", "NOTAVAILABLE"})


def read(content: bytes) -> RawFile:
    """Every statement. Another message, or one without statements, is `format_unknown`."""
    root = xml_tree(content)
    space = root.attributes.get("xmlns", "")
    message = root.find("BkToCstmrStmt")
    if "camt.053" not in space or message is None:
        raise ReadFault(Code.FORMAT_UNKNOWN, "no_statement", format=space.rpartition(":")[2][:40] or "XML")
    found = RawFile()
    for node in message.each("Stmt"):
        _take(found, node)
    if not found.statements:
        raise ReadFault(Code.FORMAT_UNKNOWN, "no_statement", format="CAMT.053")
    return found


def _signed(node: Node, amount: str) -> str:
    amount = amount.strip()
    return f"-{amount}" if node.value("CdtDbtInd") == "DBIT" else amount


def _take(found: RawFile, node: Node) -> None:
    index = len(found.statements)
    statement = RawStatement(
        account=node.value("Acct/Id/IBAN", "Acct/Id/Othr/Id"), currency=node.value("Acct/Ccy")
    )
    found.statements.append(statement)
    for balance in node.each("Bal"):
        code = balance.value("Tp/CdOrPrtry/Cd")
        amount = next(balance.each("Amt"), Node(""))
        if code not in ("OPBD", "PRCD", "CLBD"):
            continue
        currency = amount.attributes.get("Ccy", "")
        statement.currency = statement.currency or currency
        day = balance.value("Dt/Dt", "Dt/DtTm")[:10] or None
        if currency != statement.currency:
            found.notes.append((Code.CURRENCY_MIXED.value, "balance", {"currency": currency or "?"}))
        elif code == "CLBD":
            statement.closing, statement.to_on = _signed(balance, amount.text), day
        elif statement.opening is None or code == "OPBD":
            statement.opening, statement.from_on = _signed(balance, amount.text), day
    pending = 0
    for entry in node.each("Ntry"):
        if (entry.value("Sts/Cd", "Sts") or "BOOK") != "BOOK":
            pending += 1
            continue
        _entry(found, entry, index)
    if pending:
        found.notes.append((Code.NO_DATA.value, "pending", {"count": pending}))


def _entry(found: RawFile, entry: Node, index: int) -> None:
    amount = next(entry.each("Amt"), Node(""))
    currency = amount.attributes.get("Ccy", "")
    details = [part for batch in entry.each("NtryDtls") for part in batch.each("TxDtls")]
    parts = _parts(details, amount.text, currency)
    more = entry.value("AddtlNtryInf")
    domain = (entry.value("BkTxCd/Domn/Fmly/SubFmlyCd"), entry.value("BkTxCd/Domn/Fmly/Cd"))
    hint = next((_FAMILIES[code] for code in domain if code in _FAMILIES), "")
    reference = entry.value("AcctSvcrRef", "NtryRef")
    for part, text in parts:
        is_in = entry.value("CdtDbtInd") != "DBIT"
        side = "Dbtr" if is_in else "Cdtr"
        words = [node.text for node in part.all("Ustrd")]
        words += [node.value("Ref") for node in part.all("CdtrRefInf")]
        words += [part.value("AddtlTxInf"), more]
        end_to_end = part.value("Refs/EndToEndId")
        words += [end_to_end if end_to_end.upper() not in _NOTHING else ""]
        own = part.value("Refs/AcctSvcrRef")
        found.entries.append(
            RawEntry(
                row=len(found.entries) + 1,
                statement=index,
                date=entry.value("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")[:10],
                value_date=entry.value("ValDt/Dt", "ValDt/DtTm")[:10],
                amount=_signed(entry, text),
                currency=currency,
                payer=part.value(
                    f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm", f"RltdPties/Ultmt{side}/Nm"
                ),
                payer_account=part.value(f"RltdPties/{side}Acct/Id/IBAN", f"RltdPties/{side}Acct/Id/Othr/Id"),
                text=" ".join(dict.fromkeys(word.strip() for word in words if word.strip())),
                reference=own or (reference if len(parts) == 1 else ""),
                hint=hint,
            )
        )


def _parts(details: list[Node], total: str, currency: str) -> list[tuple[Node, str]]:
    """The transactions of a batch with their amounts; one part with the whole amount where they do not add up."""
    if len(details) < 2:
        return [(details[0] if details else Node(""), total)]
    amounts: list[str] = []
    for part in details:
        amount = part.find("Amt") or part.find("AmtDtls/TxAmt/Amt")
        if amount is None or amount.attributes.get("Ccy", currency) != currency:
            return [(details[0], total)]
        amounts.append(amount.text.strip())
    try:
        if sum(map(Decimal, amounts)) != Decimal(total.strip()):
            return [(details[0], total)]
    except InvalidOperation:
        return [(details[0], total)]
    return list(zip(details, amounts, strict=True))
