"""An electronic invoice as UBL 2.1 (Invoice or CreditNote)."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from crmdesk.services.einvoice.model import GUIDELINE, EInvoice, Line, Party
from crmdesk.services.einvoice.tree import Writer, plain, shortest
from crmdesk.text import _

_URN = "urn:oasis:names:specification:ubl:schema:xsd:"


def write(invoice: EInvoice) -> bytes:
    """The UBL file."""
    kind = "CreditNote" if invoice.is_credit else "Invoice"
    xml = Writer(
        {
            "doc": f"{_URN}{kind}-2",
            "cac": f"{_URN}CommonAggregateComponents-2",
            "cbc": f"{_URN}CommonBasicComponents-2",
        }
    )
    root = xml.root(f"doc:{kind}")
    xml.text(root, "cbc:CustomizationID", GUIDELINE)
    xml.text(root, "cbc:ID", invoice.number)
    xml.text(root, "cbc:IssueDate", invoice.issued_on.isoformat())
    if invoice.due_on and not invoice.is_credit:
        xml.text(root, "cbc:DueDate", invoice.due_on.isoformat())
    xml.text(root, f"cbc:{kind}TypeCode", invoice.type_code)
    xml.text(root, "cbc:Note", invoice.note)
    xml.text(root, "cbc:DocumentCurrencyCode", invoice.currency)
    xml.text(root, "cbc:BuyerReference", invoice.buyer_reference)
    if invoice.preceding_number:
        before = xml.group(root, "cac:BillingReference", "cac:InvoiceDocumentReference")
        xml.text(before, "cbc:ID", invoice.preceding_number)
        if invoice.preceding_on:
            xml.text(before, "cbc:IssueDate", invoice.preceding_on.isoformat())
    _party(xml, xml.group(root, "cac:AccountingSupplierParty", "cac:Party"), invoice.seller, is_seller=True)
    _party(xml, xml.group(root, "cac:AccountingCustomerParty", "cac:Party"), invoice.buyer, is_seller=False)
    if invoice.account:
        means = xml.group(root, "cac:PaymentMeans")
        xml.text(means, "cbc:PaymentMeansCode", "30")
        account = xml.group(means, "cac:PayeeFinancialAccount")
        xml.text(account, "cbc:ID", invoice.account)
        xml.text(account, "cbc:Name", invoice.account_name)
    _taxes(xml, root, invoice)
    sums = xml.group(root, "cac:LegalMonetaryTotal")
    for name, amount in (
        ("LineExtensionAmount", invoice.line_total),
        ("TaxExclusiveAmount", invoice.line_total),
        ("TaxInclusiveAmount", invoice.total),
        ("PayableAmount", invoice.total),
    ):
        xml.text(sums, f"cbc:{name}", plain(amount), currencyID=invoice.currency)
    for line in invoice.lines:
        _line(xml, root, invoice, line, kind)
    return xml.bytes(root)


def _party(xml: Writer, node: ET.Element, party: Party, *, is_seller: bool) -> None:
    if party.endpoint and party.endpoint_scheme:
        xml.text(node, "cbc:EndpointID", party.endpoint, schemeID=party.endpoint_scheme)
    place = xml.group(node, "cac:PostalAddress")
    xml.text(place, "cbc:StreetName", party.street)
    xml.text(place, "cbc:CityName", party.city)
    xml.text(place, "cbc:PostalZone", party.postal_code)
    xml.text(place, "cac:Country/cbc:IdentificationCode", party.country)
    for number, scheme in ((party.vat_number, "VAT"), (party.tax_number, "FC")):
        if number:
            tax = xml.group(node, "cac:PartyTaxScheme")
            xml.text(tax, "cbc:CompanyID", number)
            xml.text(tax, "cac:TaxScheme/cbc:ID", scheme)
    legal = xml.group(node, "cac:PartyLegalEntity")
    xml.text(legal, "cbc:RegistrationName", party.name)
    xml.text(legal, "cbc:CompanyID", party.registration)
    if is_seller and (party.phone or party.email):
        contact = xml.group(node, "cac:Contact")
        xml.text(contact, "cbc:Name", party.contact)
        xml.text(contact, "cbc:Telephone", party.phone)
        xml.text(contact, "cbc:ElectronicMail", party.email)


def _taxes(xml: Writer, root: ET.Element, invoice: EInvoice) -> None:
    total = xml.group(root, "cac:TaxTotal")
    xml.text(total, "cbc:TaxAmount", plain(invoice.tax_total), currencyID=invoice.currency)
    for group in invoice.groups:
        part = xml.group(total, "cac:TaxSubtotal")
        xml.text(part, "cbc:TaxableAmount", plain(group.net), currencyID=invoice.currency)
        xml.text(part, "cbc:TaxAmount", plain(group.tax), currencyID=invoice.currency)
        category = xml.group(part, "cac:TaxCategory")
        xml.text(category, "cbc:ID", group.category)
        if group.percent is not None:
            xml.text(category, "cbc:Percent", shortest(group.percent))
        xml.text(category, "cbc:TaxExemptionReason", group.reason)
        xml.text(category, "cac:TaxScheme/cbc:ID", "VAT")


def _line(xml: Writer, root: ET.Element, invoice: EInvoice, line: Line, kind: str) -> None:
    node = xml.group(root, f"cac:{kind}Line")
    xml.text(node, "cbc:ID", line.number)
    quantity = "CreditedQuantity" if invoice.is_credit else "InvoicedQuantity"
    xml.text(node, f"cbc:{quantity}", shortest(line.quantity), unitCode=line.unit_code)
    xml.text(node, "cbc:LineExtensionAmount", plain(line.net), currencyID=invoice.currency)
    if line.allowance:
        allowance = xml.group(node, "cac:AllowanceCharge")
        xml.text(allowance, "cbc:ChargeIndicator", "false")
        xml.text(allowance, "cbc:AllowanceChargeReason", _("Discount"))
        xml.text(allowance, "cbc:Amount", plain(line.allowance), currencyID=invoice.currency)
    item = xml.group(node, "cac:Item")
    xml.text(item, "cbc:Name", line.name)
    xml.text(item, "cac:SellersItemIdentification/cbc:ID", line.code)
    category = xml.group(item, "cac:ClassifiedTaxCategory")
    xml.text(category, "cbc:ID", line.category)
    if line.percent is not None:
        xml.text(category, "cbc:Percent", shortest(line.percent))
    xml.text(category, "cac:TaxScheme/cbc:ID", "VAT")
    xml.text(node, "cac:Price/cbc:PriceAmount", shortest(line.net_price), currencyID=invoice.currency)
