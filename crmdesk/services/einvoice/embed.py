"""The CII inside our own PDF (Factur-X, ZUGFeRD). The PDF makes no claim of PDF/A: nobody here can prove one.

(The library factur-x would write such a claim into the metadata; pikepdf writes what it is told.)
"""

from __future__ import annotations

import io

FILE_NAME = "factur-x.xml"
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_FACTS = {
    "DocumentType": "INVOICE",
    "DocumentFileName": FILE_NAME,
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}


def embed(pdf: bytes, xml: bytes) -> bytes:
    """The PDF with the XML attached as its alternative form. The same input gives the same bytes."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        attached = pikepdf.AttachedFileSpec(
            opened,
            xml,
            filename=FILE_NAME,
            mime_type="text/xml",
            description="Factur-X",
            creation_date="",
            mod_date="",
        )
        attached.relationship = pikepdf.Name.Alternative
        opened.attachments[FILE_NAME] = attached
        opened.Root.AF = opened.make_indirect(pikepdf.Array([attached.obj]))
        with opened.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata.register_xml_namespace(_NAMESPACE, "fx")
            for name, value in _FACTS.items():
                metadata[f"{{{_NAMESPACE}}}{name}"] = value
        out = io.BytesIO()
        opened.save(out, deterministic_id=True)
    return out.getvalue()
