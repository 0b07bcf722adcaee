"""Unary tests: whether a value equals, lies in, or satisfies what a cell or the right side of ``in`` says.

Source: DMN 1.5, 7.3.3 and 10.3.2.8 (table 55).
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.feel.values import Range, compare, equal

Values = Mapping[str, Any]
Run = Callable[[Values], Any]


def member_of(value: Any, rest: Any) -> bool | None:
    """Return whether the value equals the other one, or lies in that range or list."""
    if isinstance(rest, Range):
        return equal(value, rest) if isinstance(value, Range) else rest.holds(value)
    if isinstance(rest, list):
        if isinstance(value, list) and equal(value, rest) is True:
            return True
        nested = isinstance(value, list)
        return any(member_of(value, item) is True for item in rest if nested or not isinstance(item, list))
    return compare("=", value, rest)


def unary_test(part: Run, literal: bool, asks: bool) -> Callable[[Any, Values], bool | None]:
    """Return a test: equal to the value or inside it, or true by itself as ``? > 2`` may be; a literal only equals."""
    if asks:

        def asked(value: Any, seen: Values) -> bool | None:
            found = part({**seen, "?": value})
            return found if isinstance(found, bool) and not literal else member_of(value, found)

        return asked

    def test(value: Any, seen: Values) -> bool | None:
        found = part(seen)
        if type(found) is str and type(value) is str:
            return found == value
        if isinstance(found, bool) and not literal and not isinstance(value, bool):
            return found
        return member_of(value, found)

    return test
