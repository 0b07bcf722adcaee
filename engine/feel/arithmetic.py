"""Addition and the like over numbers, texts, dates and durations; what does not fit gives null.

Source: DMN 1.5, tables 52 to 55.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal, DecimalException
from typing import Any

from engine.feel.values import CONTEXT, YearsMonths, is_number, number, tidy


def _decimal(value: Any) -> Decimal:
    found = number(value)
    return found if isinstance(found, Decimal) else Decimal(found)


def add(left: Any, right: Any) -> Any:
    """Return left + right, or None."""
    if type(left) is int and type(right) is int:
        return left + right
    if is_number(left) and is_number(right):
        return _number(CONTEXT.add(_decimal(left), _decimal(right)))
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, timedelta | YearsMonths) and isinstance(right, date):
        return add(right, left)
    return _moved(left, right, 1)


def subtract(left: Any, right: Any) -> Any:
    """Return left - right, or None."""
    if type(left) is int and type(right) is int:
        return left - right
    if is_number(left) and is_number(right):
        return _number(CONTEXT.subtract(_decimal(left), _decimal(right)))
    if isinstance(left, date) and isinstance(right, date):
        if isinstance(left, datetime) != isinstance(right, datetime):
            return None
        if (
            isinstance(left, datetime)
            and isinstance(right, datetime)
            and (left.tzinfo is None) != (right.tzinfo is None)
        ):
            return None
        return left - right
    return _moved(left, right, -1)


def _moved(left: Any, right: Any, sign: int) -> Any:
    try:
        if isinstance(left, date | timedelta) and isinstance(right, timedelta):
            return left + sign * right
        if isinstance(left, YearsMonths) and isinstance(right, YearsMonths):
            return YearsMonths(left.months + sign * right.months)
        if isinstance(left, date) and isinstance(right, YearsMonths):
            year, month = divmod(left.year * 12 + left.month - 1 + sign * right.months, 12)
            return left.replace(year=year, month=month + 1, day=min(left.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return None
    return None


def multiply(left: Any, right: Any) -> Any:
    """Return left * right, or None."""
    if is_number(left) and is_number(right):
        if type(left) is int and type(right) is int and abs(left) < 1 << 50 and abs(right) < 1 << 50:
            return left * right
        return _number(CONTEXT.multiply(_decimal(left), _decimal(right)))
    if is_number(left):
        left, right = right, left
    if not is_number(right):
        return None
    if isinstance(left, timedelta):
        return left * float(right)
    if isinstance(left, YearsMonths):
        return YearsMonths(int(left.months * right))
    return None


def divide(left: Any, right: Any) -> Any:
    """Return left / right, or None; nothing is divided by zero."""
    if is_number(right) and right == 0:
        return None
    if is_number(left) and is_number(right):
        return _number(CONTEXT.divide(_decimal(left), _decimal(right)))
    if isinstance(left, timedelta):
        if isinstance(right, timedelta):
            return tidy(_decimal(left.total_seconds()) / _decimal(right.total_seconds())) if right else None
        return left / float(right) if is_number(right) else None
    if isinstance(left, YearsMonths) and is_number(right):
        return YearsMonths(int(left.months / right))
    return None


def power(left: Any, right: Any) -> Any:
    """Return left to the power of right, or None."""
    if not (is_number(left) and is_number(right)) or abs(right) > 9999:
        return None
    try:
        return _number(CONTEXT.power(_decimal(left), _decimal(right)))
    except DecimalException:
        return None


def negative(value: Any) -> Any:
    """Return the value with the other sign, or None."""
    if is_number(value) or isinstance(value, timedelta):
        return -number(value)
    return YearsMonths(-value.months) if isinstance(value, YearsMonths) else None


def _number(value: Decimal) -> Any:
    return tidy(value) if value.is_finite() else None
