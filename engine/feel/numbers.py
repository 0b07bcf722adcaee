"""Built-in functions over numbers. Source: DMN 1.5, 10.3.4.5 and 10.3.4.4 (sums and the like)."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from functools import cmp_to_key
from typing import Any

from engine.feel import arithmetic
from engine.feel.arithmetic import decimal
from engine.feel.signatures import table
from engine.feel.values import CONTEXT, YearsMonths, compare, is_number, tidy, whole

SCALES = range(-6111, 6177)
NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def _finite(value: Decimal) -> Any:
    return tidy(value) if value.is_finite() else None


def _round(mode: str) -> Callable[..., Any]:
    def rounded(value: Any, scale: Any = 0) -> Any:
        digits = whole(scale)
        if digits is None or digits not in SCALES:
            return None
        found = decimal(value)
        exponent = found.as_tuple().exponent
        if isinstance(exponent, int) and -exponent <= digits:
            return tidy(found)
        return _finite(found.quantize(Decimal(1).scaleb(-digits), rounding=mode, context=CONTEXT))

    return rounded


def _all_numbers(items: list[Any]) -> list[Any]:
    if not items or not all(map(is_number, items)):
        raise ValueError("not a list of numbers")
    return items


def total(items: list[Any]) -> Any:
    """Return the sum of numbers, or of durations; null for an empty list."""
    if not items:
        return None
    found = items[0]
    if not (is_number(found) or isinstance(found, timedelta | YearsMonths)):
        return None
    for item in items[1:]:
        found = arithmetic.add(found, item)
    return found


def _product(items: list[Any]) -> Any:
    found: Any = 1
    for item in _all_numbers(items):
        found = arithmetic.multiply(found, item)
    return found


def _mean(items: list[Any]) -> Any:
    return arithmetic.divide(total(items), len(items)) if items else None


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(_all_numbers(items), key=decimal)


def _median(items: list[Any]) -> Any:
    ordered = _sorted(items)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return arithmetic.divide(arithmetic.add(ordered[middle - 1], ordered[middle]), 2)


def _stddev(items: list[Any]) -> Any:
    if len(items) < 2:
        return None
    mean = decimal(arithmetic.divide(total(_all_numbers(items)), len(items)))
    squares = sum((CONTEXT.power(CONTEXT.subtract(decimal(each), mean), 2) for each in items), Decimal(0))
    return _finite(CONTEXT.sqrt(CONTEXT.divide(squares, Decimal(len(items) - 1))))


def _mode(items: list[Any]) -> Any:
    if not items:
        return []
    counts: dict[Decimal, int] = {}
    for item in _all_numbers(items):
        counts[decimal(item)] = counts.get(decimal(item), 0) + 1
    most = max(counts.values())
    return sorted(tidy(value) for value, count in counts.items() if count == most)


def _extreme(sign: str) -> Callable[[list[Any]], Any]:
    def extreme(items: list[Any]) -> Any:
        if not items:
            return None
        if len(items) == 1:
            return items[0] if compare("<=", items[0], items[0]) else None
        best = items[0]
        for item in items[1:]:
            better = compare(sign, item, best)
            if better is None:
                return None
            best = item if better else best
        return best

    return extreme


def ordered(items: list[Any]) -> list[Any]:
    """Return the items in their own order. Raises ValueError if two of them cannot be compared."""

    def order(left: Any, right: Any) -> int:
        before, after = compare("<", left, right), compare(">", left, right)
        if before is None or after is None:
            raise ValueError("items that cannot be compared")
        return -1 if before else int(after)

    return sorted(items, key=cmp_to_key(order))


def _modulo(dividend: Any, divisor: Any) -> Any:
    if divisor == 0:
        return None
    one, other = decimal(dividend), decimal(divisor)
    times = CONTEXT.divide(one, other).to_integral_value(ROUND_FLOOR)
    return _finite(CONTEXT.subtract(one, CONTEXT.multiply(other, times)))


def _abs(value: Any) -> Any:
    if isinstance(value, YearsMonths):
        return YearsMonths(abs(value.months))
    return abs(value) if isinstance(value, timedelta) else abs(tidy(decimal(value)))


def _odd(value: Any) -> bool:
    return bool(decimal(value) % 2 in (1, -1)) if abs(value) < 10**34 else False


def _even(value: Any) -> bool:
    return bool(decimal(value) % 2 == 0) if abs(value) < 10**34 else True


def read_number(text: str, grouping: str | None = None, point: str | None = None) -> Any:
    """Return the number that the text says, with the separators that are named, or null."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        return None
    plain = text.strip()
    if grouping:
        plain = plain.replace(grouping, "")
    if point == ",":
        if "." in plain:
            return None
        plain = plain.replace(",", ".")
    return _finite(CONTEXT.create_decimal(plain)) if NUMBER.fullmatch(plain) else None


TABLE = table(
    ("number(from: string)", read_number),
    ("number(from: number)", lambda value: value),
    ("number(from: string, grouping separator: string|null, decimal separator: string|null)", read_number),
    ("decimal(n: number, scale: number)", _round(ROUND_HALF_EVEN)),
    ("floor(n: number, scale?: number)", _round(ROUND_FLOOR)),
    ("ceiling(n: number, scale?: number)", _round(ROUND_CEILING)),
    ("round up(n: number, scale: number)", _round(ROUND_UP)),
    ("round down(n: number, scale: number)", _round(ROUND_DOWN)),
    ("round half up(n: number, scale: number)", _round(ROUND_HALF_UP)),
    ("round half down(n: number, scale: number)", _round(ROUND_HALF_DOWN)),
    ("abs(n: number)", _abs),
    ("abs(n: duration)", _abs),
    ("modulo(dividend: number, divisor: number)", _modulo),
    ("sqrt(number: number)", lambda value: _finite(CONTEXT.sqrt(decimal(value)))),
    ("log(number: number)", lambda value: _finite(CONTEXT.ln(decimal(value)))),
    ("exp(number: number)", lambda value: _finite(CONTEXT.exp(decimal(value)))),
    ("odd(number: number)", _odd),
    ("even(number: number)", _even),
    ("sum(list...: list)", total),
    ("product(list...: list)", _product),
    ("mean(list...: list)", _mean),
    ("median(list...: list)", _median),
    ("stddev(list...: list)", _stddev),
    ("mode(list...: list)", _mode),
    ("min(list...: list)", _extreme("<")),
    ("max(list...: list)", _extreme(">")),
)
