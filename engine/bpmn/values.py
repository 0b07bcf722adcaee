"""What may be kept in variables: JSON values; moments and durations become ISO text."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

#: what an expression may raise when it cannot give a value
FAULTS = (ArithmeticError, LookupError, TypeError, ValueError)


def plain(value: Any) -> Any:
    """Return the value as JSON. Raises TypeError for what has no JSON form.

    Whole numbers below 2^53 become integers, other decimals floats; dates, moments and durations ISO 8601 text.
    """
    if value is None or isinstance(value, bool | str | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 53 else str(value)
    if isinstance(value, Decimal):
        if value == value.to_integral_value() and abs(value) < 1 << 53:
            return int(value)
        return float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if hasattr(value, "to_text"):
        return value.to_text()
    raise TypeError(f"a {type(value).__name__} cannot be kept in a variable")


def duration_text(value: timedelta) -> str:
    """Return the duration as ISO 8601 text, such as ``P1DT2H``."""
    sign = "-" if value < timedelta(0) else ""
    seconds = abs(value).total_seconds()
    days, seconds = divmod(seconds, 86400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    clock = "".join(f"{amount:g}{unit}" for amount, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if amount)
    text = (f"{days:g}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text or 'T0S'}"
