"""Addition and the like over numbers, texts, dates and durations; what does not fit gives null and a warning.

Source: DMN 1.5, tables 52 to 55.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.feel.budget import checked_text, warn
from engine.feel.calendar import clock_key, day_number, moment_key, moved, moved_months
from engine.feel.times import length_of
from engine.feel.values import CONTEXT, SAFE, YearsMonths, is_number, kind, number, tidy

DAYS, MONTHS = "days and time duration", "years and months duration"
MOVABLE = {"date", "time", "date and time"}


def decimal(value: Any) -> Decimal:
    """Return a number as a decimal of at most 34 digits."""
    found = number(value)
    return CONTEXT.plus(found) if isinstance(found, Decimal) else CONTEXT.create_decimal(found)


def add(left: Any, right: Any) -> Any:
    """Return left + right, or None."""
    if type(left) is int and type(right) is int:
        return _whole(left + right)
    if is_number(left) and is_number(right):
        return _number(CONTEXT.add(decimal(left), decimal(right)))
    if isinstance(left, str) and isinstance(right, str):
        return checked_text(left + right)
    one, other = kind(left), kind(right)
    if one in (DAYS, MONTHS) and other in MOVABLE:
        return _moved(right, left, 1, "+")
    return _moved(left, right, 1, "+")


def subtract(left: Any, right: Any) -> Any:
    """Return left - right, or None."""
    if type(left) is int and type(right) is int:
        return _whole(left - right)
    if is_number(left) and is_number(right):
        return _number(CONTEXT.subtract(decimal(left), decimal(right)))
    one, other = kind(left), kind(right)
    if one in MOVABLE and other in MOVABLE:
        return _between(left, right, one, other)
    return _moved(left, right, -1, "-")


def _between(left: Any, right: Any, one: str, other: str) -> Any:
    """Return how long after the second value the first one is. A date counts as its midnight in UTC."""
    if (one == "time") != (other == "time"):
        return _nothing("-", left, right)
    if one == other == "date":
        return length_of(Decimal(day_number(left) - day_number(right)) * 86_400)
    if one == "time":
        (zoned, seconds), (also, others) = clock_key(left), clock_key(right)
    else:
        (zoned, seconds), (also, others) = _instant(left, one), _instant(right, other)
    if zoned != also:
        return _nothing("-", left, right)
    return length_of(seconds - others)


def _instant(value: Any, name: str) -> tuple[bool, Decimal]:
    return (True, Decimal(day_number(value) * 86_400)) if name == "date" else moment_key(value)


def _moved(left: Any, right: Any, sign: int, shown: str) -> Any:
    one, other = kind(left), kind(right)
    try:
        if one == other == DAYS:
            return left + sign * right
        if one == other == MONTHS:
            return YearsMonths(left.months + sign * right.months)
        if one in MOVABLE and other == DAYS:
            return moved(left, sign * right)
        if one in ("date", "date and time") and other == MONTHS:
            return moved_months(left, sign * right.months)
    except (OverflowError, ValueError):
        warn("{} {} {} lies beyond the calendar", left, shown, right)
        return None
    return _nothing(shown, left, right)


def multiply(left: Any, right: Any) -> Any:
    """Return left * right, or None."""
    if is_number(left) and is_number(right):
        if type(left) is int and type(right) is int:
            return _whole(left * right)
        return _number(CONTEXT.multiply(decimal(left), decimal(right)))
    if is_number(left):
        left, right = right, left
    if not is_number(right):
        return _nothing("*", left, right)
    if isinstance(left, timedelta):
        return length_of(CONTEXT.multiply(_seconds(left), decimal(right)))
    if isinstance(left, YearsMonths):
        return _months(CONTEXT.multiply(decimal(left.months), decimal(right)))
    return _nothing("*", left, right)


def divide(left: Any, right: Any) -> Any:
    """Return left / right, or None; nothing is divided by zero."""
    if is_number(right):
        return _divided(left, right)
    if isinstance(left, timedelta) and isinstance(right, timedelta) and right:
        return _number(CONTEXT.divide(_seconds(left), _seconds(right)))
    if isinstance(left, YearsMonths) and isinstance(right, YearsMonths) and right.months:
        return _number(CONTEXT.divide(decimal(left.months), decimal(right.months)))
    return _nothing("/", left, right)


def _divided(left: Any, right: Any) -> Any:
    if right == 0:
        warn("{} is divided by zero", left)
        return None
    if is_number(left):
        return _number(CONTEXT.divide(decimal(left), decimal(right)))
    if isinstance(left, timedelta):
        return length_of(CONTEXT.divide(_seconds(left), decimal(right)))
    if isinstance(left, YearsMonths):
        return _months(CONTEXT.divide(decimal(left.months), decimal(right)))
    return _nothing("/", left, right)


def power(left: Any, right: Any) -> Any:
    """Return left to the power of right, or None."""
    if not (is_number(left) and is_number(right)):
        return _nothing("**", left, right)
    return _number(CONTEXT.power(decimal(left), decimal(right)))


def negative(value: Any) -> Any:
    """Return the value with the other sign, or None."""
    if is_number(value) or isinstance(value, timedelta):
        return -number(value)
    if isinstance(value, YearsMonths):
        return YearsMonths(-value.months)
    warn("a {} has no negative", kind(value))
    return None


def _seconds(value: timedelta) -> Decimal:
    return Decimal(value.days * 86_400 + value.seconds) + Decimal(value.microseconds) / 1_000_000


def _months(value: Decimal) -> YearsMonths | None:
    return YearsMonths(int(value)) if value.is_finite() and abs(value) < SAFE else None


def _whole(value: int) -> Any:
    return value if -SAFE < value < SAFE else _number(CONTEXT.create_decimal(value))


def _number(value: Decimal) -> Any:
    if value.is_finite():
        return tidy(value)
    warn("the number is too large, or there is none")
    return None


def _nothing(sign: str, left: Any, right: Any) -> None:
    warn("{} {} {}: not defined for a {} and a {}", left, sign, right, kind(left), kind(right))
