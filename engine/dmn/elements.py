"""Reading XML elements of DMN, whatever the version of its namespace."""

from collections.abc import Iterator
from typing import Any

BOXED = {
    "literalExpression",
    "decisionTable",
    "context",
    "invocation",
    "relation",
    "list",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
}


def tag_of(node: Any) -> str:
    """Return the element's name without its namespace."""
    return str(node.tag).rpartition("}")[2]


def children(node: Any, *tags: str) -> list[Any]:
    """Return the child elements of these names, in order."""
    return [child for child in node if isinstance(child.tag, str) and tag_of(child) in tags]


def child(node: Any, *tags: str) -> Any | None:
    """Return the first child element of these names, or None."""
    return next(iter(children(node, *tags)), None)


def text_of(node: Any) -> str:
    """Return the text of the child ``text``, without blanks around it."""
    found = child(node, "text")
    return (found.text or "").strip() if found is not None else ""


def boxed_in(node: Any | None) -> Any | None:
    """Return the boxed expression that stands in the element, or None."""
    return child(node, *BOXED) if node is not None else None


def named(node: Any) -> str:
    """Return the element's name, blanks made single."""
    return " ".join((node.get("name") or "").split())


def type_ref(node: Any | None) -> str | None:
    """Return the type that the element refers to, as an attribute or a child."""
    if node is None:
        return None
    found = node.get("typeRef")
    inner = child(node, "typeRef")
    return found or ((inner.text or "").strip() if inner is not None else None) or None


def hrefs(node: Any, requirement: str, *tags: str) -> Iterator[str]:
    """Yield the addresses that the element's requirements of that kind name."""
    for each in children(node, requirement):
        for required in children(each, *tags):
            yield required.get("href", "")
