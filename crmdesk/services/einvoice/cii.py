"""An electronic invoice as UN/CEFACT CII (D22B), as Factur-X and ZUGFeRD put it into a PDF."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

from crmdesk.services.einvoice.model import GUIDELINE, EInvoice, Line, Party
from crmdesk.services.einvoice.tree import Writer, plain, shortest
from crmdesk.text import _

_URN = "urn:un:unece:uncefact:data:standard:"
_DAY = "102"
"""The format yyyymmdd."""


def write(invoice: EInvoice) -> bytes:
    """The CII file."""
    xml = Writer(
        {
            "rsm": f"{_URN}CrossIndustryInvoice:100",
            "ram": f"{_URN}ReusableAggregateBusinessInformationEntity:100",
            "udt": f"{_URN}UnqualifiedDataType:100",
            "qdt": f"{_URN}QualifiedDataType:100",
        }
    )
    root = xml.root("rsm:CrossIndustryInvoice")
    xml.text(
        root,
        "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
        GUIDELINE,
    )
    head = xml.group(root, "rsm:ExchangedDocument")
    xml.text(head, "ram:ID", invoice.number)
    xml.text(head, "ram:TypeCode", invoice.type_code)
    _day(xml, head, "ram:IssueDateTime/udt:DateTimeString", invoice.issued_on)
    xml.text(head, "ram:IncludedNote/ram:Content", invoice.note)
    deal = xml.group(root, "rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _line(xml, deal, line)
    agreement = xml.group(deal, "ram:ApplicableHeaderTradeAgreement")
    xml.text(agreement, "ram:BuyerReference", invoice.buyer_reference)
    _party(xml, xml.group(agreement, "ram:SellerTradeParty"), invoice.seller, is_seller=True)
    _party(xml, xml.group(agreement, "ram:BuyerTradeParty"), invoice.buyer, is_seller=False)
    xml.group(deal, "ram:ApplicableHeaderTradeDelivery")
    _settlement(xml, xml.group(deal, "ram:ApplicableHeaderTradeSettlement"), invoice)
    return xml.bytes(root)


def _day(xml: Writer, node: ET.Element, path: str, day: date) -> None:
    xml.text(node, path, f"{day:%Y%m%d}", format=_DAY)


def _party(xml: Writer, node: ET.Element, party: Party, *, is_seller: bool) -> None:
    xml.text(node, "ram:Name", party.name)
    xml.text(node, "ram:SpecifiedLegalOrganization/ram:ID", party.registration)
    if is_seller and (party.phone or party.email):
        contact = xml.group(node, "ram:DefinedTradeContact")
        xml.text(contact, "ram:PersonName", party.contact)
        xml.text(contact, "ram:TelephoneUniversalCommunication/ram:CompleteNumber", party.phone)
        xml.text(contact, "ram:EmailURIUniversalCommunication/ram:URIID", party.email)
    place = xml.group(node, "ram:PostalTradeAddress")
    xml.text(place, "ram:PostcodeCode", party.postal_code)
    xml.text(place, "ram:LineOne", party.street)
    xml.text(place, "ram:CityName", party.city)
    xml.text(place, "ram:CountryID", party.country)
    if party.endpoint and party.endpoint_scheme:
        xml.text(
            node, "ram:URIUniversalCommunication/ram:URIID", party.endpoint, schemeID=party.endpoint_scheme
        )
    xml.text(node, "ram:SpecifiedTaxRegistration/ram:ID", party.vat_number, schemeID="VA")
    xml.text(node, "ram:SpecifiedTaxRegistration/ram:ID", party.tax_number, schemeID="FC")


def _line(xml: Writer, deal: ET.Element, line: Line) -> None:
    node = xml.group(deal, "ram:IncludedSupplyChainTradeLineItem")
    xml.text(node, "ram:AssociatedDocumentLineDocument/ram:LineID", line.number)
    product = xml.group(node, "ram:SpecifiedTradeProduct")
    xml.text(product, "ram:SellerAssignedID", line.code)
    xml.text(product, "ram:Name", line.name)
    xml.text(
        node,
        "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount",
        shortest(line.net_price),
    )
    xml.text(
        node,
        "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity",
        shortest(line.quantity),
        unitCode=line.unit_code,
    )
    settlement = xml.group(node, "ram:SpecifiedLineTradeSettlement")
    tax = xml.group(settlement, "ram:ApplicableTradeTax")
    xml.text(tax, "ram:TypeCode", "VAT")
    xml.text(tax, "ram:CategoryCode", line.category)
    if line.percent is not None:
        xml.text(tax, "ram:RateApplicablePercent", shortest(line.percent))
    if line.allowance:
        allowance = xml.group(settlement, "ram:SpecifiedTradeAllowanceCharge")
        xml.text(allowance, "ram:ChargeIndicator/udt:Indicator", "false")
        xml.text(allowance, "ram:ActualAmount", plain(line.allowance))
        xml.text(allowance, "ram:Reason", _("Discount"))
    xml.text(
        settlement,
        "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
        plain(line.net),
    )


def _settlement(xml: Writer, node: ET.Element, invoice: EInvoice) -> None:
    xml.text(node, "ram:InvoiceCurrencyCode", invoice.currency)
    if invoice.account:
        means = xml.group(node, "ram:SpecifiedTradeSettlementPaymentMeans")
        xml.text(means, "ram:TypeCode", "30")
        account = xml.group(means, "ram:PayeePartyCreditorFinancialAccount")
        if invoice.account_is_iban:
            xml.text(account, "ram:IBANID", invoice.account)
        xml.text(account, "ram:AccountName", invoice.account_name)
        if not invoice.account_is_iban:
            xml.text(account, "ram:ProprietaryID", invoice.account)
    for group in invoice.groups:
        tax = xml.group(node, "ram:ApplicableTradeTax")
        xml.text(tax, "ram:CalculatedAmount", plain(group.tax))
        xml.text(tax, "ram:TypeCode", "VAT")
        xml.text(tax, "ram:ExemptionReason", group.reason)
        xml.text(tax, "ram:BasisAmount", plain(group.net))
        xml.text(tax, "ram:CategoryCode", group.category)
        if group.percent is not None:
            xml.text(tax, "ram:RateApplicablePercent", shortest(group.percent))
    if invoice.due_on:
        _day(
            xml, node, "ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString", invoice.due_on
        )
    sums = xml.group(node, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    xml.text(sums, "ram:LineTotalAmount", plain(invoice.line_total))
    xml.text(sums, "ram:TaxBasisTotalAmount", plain(invoice.line_total))
    xml.text(sums, "ram:TaxTotalAmount", plain(invoice.tax_total), currencyID=invoice.currency)
    xml.text(sums, "ram:GrandTotalAmount", plain(invoice.total))
    xml.text(sums, "ram:DuePayableAmount", plain(invoice.total))
    if invoice.preceding_number:
        before = xml.group(node, "ram:InvoiceReferencedDocument")
        xml.text(before, "ram:IssuerAssignedID", invoice.preceding_number)
        if invoice.preceding_on:
            _day(xml, before, "ram:FormattedIssueDateTime/qdt:DateTimeString", invoice.preceding_on)
