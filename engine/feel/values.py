"""Numbers, dates, durations and ranges as FEEL has them; three-valued comparison; values to and from JSON.

Numbers are ``int`` where whole and ``Decimal`` (34 digits) else. A fault of types is null, never an exception.
Source: DMN 1.5, clause 10.3.2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Any

#: FEEL's numbers: IEEE 754 decimal128
CONTEXT = Context(prec=34)
SAFE = 1 << 53


class FeelError(ValueError):
    """The text is no FEEL, or an evaluation passed its budget."""

    def __init__(self, message: str, text: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(f"{message}, in {text[:120]!r}, line {line}, column {column}" if text else message)
        self.message, self.text, self.line, self.column = message, text, line, column


@dataclass(frozen=True, slots=True)
class YearsMonths:
    """A years and months duration, in months."""

    months: int

    def to_text(self) -> str:
        """Return ISO 8601 text, such as ``P1Y2M``."""
        years, months = divmod(abs(self.months), 12)
        sign = "-" if self.months < 0 else ""
        return f"{sign}P" + ((f"{years}Y" if years else "") + (f"{months}M" if months else "") or "0M")


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends; an end of None is open."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True

    def holds(self, value: Any) -> bool | None:
        """Say whether the value lies in the range; None if it cannot be compared."""
        low = compare(">=" if self.start_included else ">", value, self.start)
        high = compare("<=" if self.end_included else "<", value, self.end)
        return None if low is None or high is None else low and high


def is_number(value: Any) -> bool:
    """Say whether the value is a FEEL number; booleans are none."""
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)


def kind(value: Any) -> type:
    """Return what two values must share to be compared."""
    if is_number(value):
        return int
    for each in (datetime, date, time, timedelta, str, bool, list, dict):
        if isinstance(value, each):
            return each
    return type(value)


def equal(left: Any, right: Any) -> bool | None:
    """Return whether two values are equal; None when their kinds differ and neither is null."""
    if left is None or right is None:
        return left is right
    if kind(left) is not kind(right):
        return None
    if isinstance(left, list):
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[name], right[name]) is True for name in left)
    if isinstance(left, float | Decimal) or isinstance(right, float | Decimal):
        return bool(number(left) == number(right))
    if isinstance(left, datetime) and (left.tzinfo is None) != (right.tzinfo is None):
        return None
    return bool(left == right)


ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
ORDERED = (int, str, datetime, date, time, timedelta)


def compare(operator: str, left: Any, right: Any) -> bool | None:
    """Return the comparison, or None when the values cannot be compared."""
    if operator == "=":
        return equal(left, right)
    if operator == "!=":
        same = equal(left, right)
        return None if same is None else not same
    if isinstance(left, YearsMonths) and isinstance(right, YearsMonths):
        return bool(ORDER[operator](left.months, right.months))
    shared = kind(left)
    if shared is not kind(right) or shared not in ORDERED:
        return None
    if isinstance(left, datetime | time) and (left.tzinfo is None) != (right.tzinfo is None):
        return None
    if isinstance(left, float) or isinstance(right, float):
        left, right = number(left), number(right)
    return bool(ORDER[operator](left, right))


def number(value: Any) -> Any:
    """Return an ``int`` or ``Decimal``; a float of JSON is read by its shortest text."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def tidy(value: Decimal) -> int | Decimal:
    """Return a whole decimal as ``int``, so that later arithmetic is quick."""
    if value.is_finite() and value == value.to_integral_value() and abs(value) < SAFE:
        return int(value)
    return value
