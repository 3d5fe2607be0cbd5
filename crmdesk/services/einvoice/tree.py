"""Writing XML in the order a schema wants: elements by prefixed name, empty ones left out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from xml.etree import ElementTree as ET


class Writer:
    """Makes elements of prefixed names. Nothing foreign is parsed here, only written."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces

    def name(self, prefixed: str) -> str:
        """cbc:ID as {urn…}ID."""
        prefix, _colon, local = prefixed.partition(":")
        return f"{{{self._namespaces[prefix]}}}{local}"

    def root(self, prefixed: str) -> ET.Element:
        """The element of the whole document."""
        return ET.Element(self.name(prefixed))

    def group(self, parent: ET.Element, *path: str) -> ET.Element:
        """Elements one in the other; gives the innermost."""
        for part in path:
            parent = ET.SubElement(parent, self.name(part))
        return parent

    def text(self, parent: ET.Element, path: str, value: str, **attributes: str) -> None:
        """A text at the end of a path a/b/c, unless it is empty."""
        if value:
            element = self.group(parent, *path.split("/"))
            element.text = value
            element.attrib.update({name: text for name, text in attributes.items() if text})

    def bytes(self, root: ET.Element) -> bytes:
        """The file, with the prefixes people know."""
        for prefix, uri in self._namespaces.items():
            ET.register_namespace("" if prefix == "doc" else prefix, uri)
        return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def plain(value: Decimal) -> str:
    """A Decimal without exponent."""
    return f"{value:f}"


def shortest(value: Decimal) -> str:
    """A Decimal without trailing zeros and exponent."""
    return f"{value.normalize():f}"
