"""Trees of marked-up files: strict XML for CAMT, and the tolerant reading that OFX needs.

No entity is ever expanded or fetched: a document type is refused before anything else happens.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from crmdesk.models.errors import Code
from crmdesk.services.imports.faults import ReadFault

_TOKEN = re.compile(
    r"<(?P<close>/)?(?P<name>[A-Za-z][\w.:-]*)[^<>]*>|<!\[CDATA\[(?P<cdata>.*?)\]\]>", re.DOTALL
)
_DECLARES = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
DEPTH_MAX = 200


@dataclass(slots=True)
class Node:
    """An element: its name without namespace, its own text, its children."""

    name: str
    text: str = ""
    children: list[Node] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def each(self, name: str) -> Iterator[Node]:
        """Children of that name."""
        return (child for child in self.children if child.name == name)

    def find(self, path: str) -> Node | None:
        """The first element at a path of names: `Acct/Id/IBAN`."""
        node: Node | None = self
        for name in path.split("/"):
            node = next(node.each(name), None) if node is not None else None
        return node

    def value(self, *paths: str) -> str:
        """The text at the first of the paths that has any."""
        for path in paths:
            node = self.find(path)
            if node is not None and node.text.strip():
                return node.text.strip()
        return ""

    def all(self, name: str) -> Iterator[Node]:
        """Every element of that name at any depth, in the order of the file; not below one that was found."""
        for child in self.children:
            if child.name == name:
                yield child
            else:
                yield from child.all(name)


def _refuse_declarations(*_anything: object) -> None:
    raise ReadFault(Code.FILE_HOSTILE, "entities_text")


def xml_tree(content: bytes) -> Node:
    """The tree of an XML document; `file_damaged` when it is not well-formed, `file_hostile` with a document type."""
    root = Node("")
    stack = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > DEPTH_MAX:
            raise ReadFault(Code.FILE_TOO_COMPLEX)
        node = Node(name.rpartition("}")[2], attributes=attributes)
        if len(stack) == 1:
            node.attributes = {**attributes, "xmlns": name.rpartition("}")[0]}
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].text += data

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.EntityDeclHandler = _refuse_declarations
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ReadFault(Code.FILE_DAMAGED, "markup", row=error.lineno) from error
    return root.children[0]


def ofx_tree(content: str) -> Node:
    """The tree of OFX, SGML or XML: a value need not be closed, an empty element may be either.

    Entities are decoded once: what the bank escaped twice stays escaped once, and is text, never markup.
    """
    if _DECLARES.search(content):
        raise ReadFault(Code.FILE_HOSTILE, "entities_text")
    root = Node("")
    stack = [root]
    place = 0
    for token in _TOKEN.finditer(content):
        _add_text(stack, html.unescape(content[place : token.start()]))
        place = token.end()
        if token["cdata"] is not None:
            _add_text(stack, token["cdata"])
        elif token["close"]:
            _close(stack, token["name"].upper())
        else:
            if stack[-1].text.strip():
                stack.pop()  # a value ends where the next element begins
            if len(stack) > DEPTH_MAX:
                raise ReadFault(Code.FILE_TOO_COMPLEX)
            node = Node(token["name"].upper())
            stack[-1].children.append(node)
            stack.append(node)
    return root


def _add_text(stack: list[Node], text: str) -> None:
    if text.strip() and len(stack) > 1 and not stack[-1].children:
        stack[-1].text += text


def _close(stack: list[Node], name: str) -> None:
    if all(node.name != name for node in stack[1:]):
        return
    while len(stack) > 1:
        node = stack.pop()
        if node.name == name:
            return
        if not node.text and node.children:
            # an empty value that was not closed has swallowed what follows it
            stack[-1].children.extend(node.children)
            node.children = []
