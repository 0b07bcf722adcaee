"""Bytes -> XML tree, within limits; nothing external is ever fetched, no entity is ever expanded."""

import re
from typing import Any

from lxml import etree

from engine.errors import InvalidError

SIZE, ELEMENTS, DEPTH, ATTRIBUTES = 2_000_000, 20_000, 64, 64


def parse(data: bytes) -> Any:
    """Return the root element of the document.

    Raises InvalidError naming the line and the reason: larger than 2 MB, not UTF-8, a document type, an entity, a
    processing instruction, more than 20,000 elements, nested deeper than 64, more than 64 attributes, not well-formed.
    """
    if len(data) > SIZE:
        raise InvalidError(problems={"file": f"{len(data)} bytes, at most {SIZE} are allowed"})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError(problems={f"byte {error.start}": "not UTF-8"}) from error
    if found := re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        line = text.count("\n", 0, found.start()) + 1
        raise InvalidError(problems={f"line {line}": "a document type or entity is not allowed"})
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise InvalidError(problems={f"line {error.lineno}": error.msg or "not well-formed"}) from error
    _limit(root)
    return root


def _limit(root: Any) -> None:
    count, edge = 0, [(root, 1)]
    while edge:
        node, depth = edge.pop()
        count += 1
        place = f"line {node.sourceline}"
        if not isinstance(node.tag, str):
            raise InvalidError(problems={place: "a processing instruction is not allowed"})
        if depth > DEPTH:
            raise InvalidError(problems={place: f"nested deeper than {DEPTH}"})
        if len(node.attrib) > ATTRIBUTES:
            raise InvalidError(problems={place: f"more than {ATTRIBUTES} attributes"})
        if count > ELEMENTS:
            raise InvalidError(problems={place: f"more than {ELEMENTS} elements"})
        edge.extend((child, depth + 1) for child in node)
