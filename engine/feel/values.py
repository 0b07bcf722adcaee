"""Numbers, ranges and functions as FEEL has them; three-valued comparison; what kind a value is.

Numbers are ``int`` where whole and ``Decimal`` (34 digits) else. A fault of types is null, never an exception.
Source: DMN 1.5, clause 10.3.2.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from engine.feel.budget import FeelError, spend, warn
from engine.feel.calendar import FarDate, FarMoment, clock_key, day_number, is_same_clock, moment_key

#: FEEL's numbers: IEEE 754 decimal128; what overflows is infinite and becomes null
CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emax=6144, Emin=-6143, traps=[])
SAFE = 1 << 53

__all__ = ["CONTEXT", "FeelError", "Function", "Range", "YearsMonths", "compare", "equal", "is_number", "kind"]


@dataclass(frozen=True, slots=True)
class YearsMonths:
    """A years and months duration, in months."""

    months: int

    def to_text(self) -> str:
        """Return ISO 8601 text, such as ``P1Y2M``."""
        years, months = divmod(abs(self.months), 12)
        sign = "-" if self.months < 0 else ""
        shown = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return f"{sign}P{shown or '0M'}"


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends; an end of None is open. ``sign`` is that of ``(< 10)``, else empty."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    sign: str = ""

    def holds(self, value: Any) -> bool | None:
        """Say whether the value lies in the range; None if it cannot be compared."""
        if self.sign in ("=", "!="):
            return compare(self.sign, value, self.start)
        low: bool | None = True
        high: bool | None = True
        if not self.sign or self.start is not None:
            low = compare(">=" if self.start_included else ">", value, self.start)
        if not self.sign or self.end is not None:
            high = compare("<=" if self.end_included else "<", value, self.end)
        return None if low is None or high is None else low and high


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function: built in, written in FEEL, or a decision service or business knowledge of a model.

    ``types`` are those of the parameters, as ``engine.feel.types`` has them; None is any. ``call`` takes the arguments
    in order, or by name.
    """

    name: str
    parameters: tuple[str, ...]
    call: Callable[[list[Any]], Any]
    call_named: Callable[[dict[str, Any]], Any]
    types: tuple[Any, ...] = ()
    result: Any = field(default=None)


KINDS: dict[type, str] = {
    int: "number",
    Decimal: "number",
    float: "number",
    str: "string",
    bool: "boolean",
    list: "list",
    dict: "context",
    datetime: "date and time",
    FarMoment: "date and time",
    date: "date",
    FarDate: "date",
    time: "time",
    timedelta: "days and time duration",
    YearsMonths: "years and months duration",
    Range: "range",
    Function: "function",
    type(None): "null",
}


def kind(value: Any) -> str:
    """Return the name of the value's FEEL type."""
    found = KINDS.get(type(value))
    if found is not None:
        return found
    return next((name for each, name in KINDS.items() if isinstance(value, each)), "unknown")


def is_number(value: Any) -> bool:
    """Say whether the value is a FEEL number; booleans are none."""
    return KINDS.get(type(value)) == "number"


def equal(left: Any, right: Any) -> bool | None:
    """Return whether two values are equal; None when their kinds differ and neither is null."""
    if left is None or right is None:
        return left is right
    shared = kind(left)
    if shared != kind(right):
        warn("a {} and a {} cannot be equal", shared, kind(right))
        return None
    if shared == "list":
        spend(1 + 2 * len(left))
        return len(left) == len(right) and all(equal(a, b) is True for a, b in zip(left, right, strict=True))
    if shared == "context":
        spend(2 + 2 * len(left))
        return left.keys() == right.keys() and all(equal(left[name], right[name]) is True for name in left)
    if shared == "number":
        return bool(number(left) == number(right))
    if shared == "range":
        return _same_range(left, right)
    if shared == "date and time":
        return _same_moment(left, right)
    if shared == "time":
        return is_same_clock(left, right)
    if shared == "date":
        return day_number(left) == day_number(right)
    return bool(left == right)


def _same_range(left: Range, right: Range) -> bool:
    if (left.sign, left.start_included, left.end_included) != (right.sign, right.start_included, right.end_included):
        return False
    return equal(left.start, right.start) is True and equal(left.end, right.end) is True


def _same_moment(left: Any, right: Any) -> bool:
    spend(16)
    one, other = moment_key(left), moment_key(right)
    # fractions of a second are no part of equality: DMN 1.5, table 54 compares the properties, whole seconds
    return one[0] == other[0] and int(one[1] // 1) == int(other[1] // 1)


ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
KEYS: dict[str, Callable[[Any], Any]] = {
    "number": lambda value: Decimal(repr(value)) if isinstance(value, float) else value,
    "string": str,
    "date": day_number,
    "date and time": moment_key,
    "time": clock_key,
    "days and time duration": lambda value: value,
    "years and months duration": lambda value: value.months,
}


def compare(sign: str, left: Any, right: Any) -> bool | None:
    """Return the comparison, or None when the values cannot be compared."""
    if sign == "=":
        return equal(left, right)
    if sign == "!=":
        same = equal(left, right)
        return None if same is None else not same
    shared = kind(left)
    if shared != kind(right) or shared not in KEYS:
        warn("{} {} {} compares a {} with a {}", left, sign, right, shared, kind(right))
        return None
    one, other = KEYS[shared](left), KEYS[shared](right)
    if type(one) is tuple:
        spend(16)
        if one[0] is not other[0]:
            warn("a time without a zone cannot be compared with one that has a zone")
            return None
        one, other = one[1], other[1]
    return bool(ORDER[sign](one, other))


def number(value: Any) -> Any:
    """Return an ``int`` or ``Decimal``; a float of JSON is read by its shortest text."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def tidy(value: Decimal) -> int | Decimal:
    """Return a whole decimal as ``int``, so that later arithmetic is quick."""
    if value.is_finite() and abs(value) < SAFE and value == value.to_integral_value():
        return int(value)
    return value


def whole(value: Any) -> int | None:
    """Return the number cut to an integer below 10^18, as an index or a count; None for anything else."""
    if type(value) is int:
        return value if abs(value) < 10**18 else None
    found = number(value)
    if isinstance(found, Decimal) and found.is_finite() and abs(found) < 10**18:
        return int(found)
    return None
