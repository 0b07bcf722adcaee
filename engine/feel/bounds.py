"""Where the outcome of unary tests may change, for those that look for gaps and overlaps in tables."""

from typing import Any

from engine.feel.compiler import Compiler
from engine.feel.parser import Parser
from engine.feel.reading import Node, Scope
from engine.feel.values import FeelError, Range


def bounds(text: str, scope: Scope) -> list[Any] | None:
    """Return the values that the tests compare with; None if that depends on variables or cannot be told.

    Raises FeelError if the text is no unary tests.
    """
    parser = Parser(text, scope, lenient=False)
    tree = parser.unary_tests()
    if tree.kind == "literal":
        return []
    if parser.free:
        return None
    found: list[Any] = []
    for test in tree.parts:
        values = _values(test)
        if values is None:
            return None
        found += values
    return found


def _values(test: Node) -> list[Any] | None:
    node = test.parts[1] if test.kind == "sign_test" else test.parts
    try:
        value = Compiler().build(node)({})
    except FeelError:
        return None
    return _plain(value)


def _plain(value: Any) -> list[Any] | None:
    """Return the ends of a range, the items of a list, or the value itself."""
    if isinstance(value, Range):
        return [end for end in (value.start, value.end) if end is not None]
    if isinstance(value, list):
        found = []
        for item in value:
            inner = _plain(item)
            if inner is None:
                return None
            found += inner
        return found
    return None if isinstance(value, dict) else [value]
