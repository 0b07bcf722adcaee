"""Unary tests: whether a value equals, lies in, or satisfies what a cell or the right side of ``in`` says.

Source: DMN 1.5, 7.3.3 and 10.3.2.8 (table 55).
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from engine.feel.values import ORDER, Range, compare, equal

Values = Mapping[str, Any]
Run = Callable[[Values], Any]
NUMBERS = {int, Decimal}
PLAIN = {*NUMBERS, str, bool}


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


def unary_test(part: Run, asks: bool) -> Callable[[Any, Values], bool | None]:
    """Return a test: equal to the value or inside it, or true by itself as ``? > 2`` may be."""
    if asks:

        def asked(value: Any, seen: Values) -> bool | None:
            found = part({**seen, "?": value})
            return found if isinstance(found, bool) else member_of(value, found)

        return asked

    def test(value: Any, seen: Values) -> bool | None:
        found = part(seen)
        if type(found) is str and type(value) is str:
            return found == value
        if isinstance(found, bool) and not isinstance(value, bool):
            return found
        return member_of(value, found)

    return test


def constant_test(sign: str, constant: Any) -> Callable[[Any, Values], bool | None]:
    """Return a test against a value that is known when it is compiled: quick for numbers."""
    if sign and type(constant) in NUMBERS and sign in ORDER:
        order = ORDER[sign]

        def ordered(value: Any, seen: Values) -> bool | None:
            return bool(order(value, constant)) if type(value) in NUMBERS else compare(sign, value, constant)

        return ordered
    if sign:
        return lambda value, seen: compare(sign, value, constant)
    if isinstance(constant, Range) and type(constant.start) in NUMBERS and type(constant.end) in NUMBERS:
        return _number_range(constant)

    def same(value: Any, seen: Values) -> bool | None:
        if type(value) is type(constant) and type(value) in PLAIN:
            return bool(constant == value)
        return member_of(value, constant)

    return same


def _number_range(constant: Range) -> Callable[[Any, Values], bool | None]:
    low, high = constant.start, constant.end
    above = ORDER["<=" if constant.start_included else "<"]
    below = ORDER["<=" if constant.end_included else "<"]

    def inside(value: Any, seen: Values) -> bool | None:
        if type(value) in NUMBERS:
            return bool(above(low, value) and below(value, high))
        return member_of(value, constant)

    return inside
