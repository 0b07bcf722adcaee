"""Reading dates, times and durations, and their properties. Source: DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8; ISO 8601."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel.values import YearsMonths

MONTHS = re.compile(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?")
DAYS = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
PROPERTIES = {"year", "month", "day", "hour", "minute", "second"}


def read_duration(text: str) -> timedelta | YearsMonths | None:
    """Return the duration that the ISO text says, or None."""
    if found := MONTHS.fullmatch(text):
        if found[2] or found[3]:
            months = int(found[2] or 0) * 12 + int(found[3] or 0)
            return YearsMonths(-months if found[1] else months)
    found = DAYS.fullmatch(text)
    if not found or not any(found.groups()[1:]):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups()[1:])
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
    return -length if found[1] else length


def read_date(text: str) -> date | None:
    """Return the date that the text says, or None."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    """Return the date and time that the text says, with its offset or ``@zone`` if it has one, or None."""
    plain, _, zone = text.partition("@")
    try:
        moment = datetime.fromisoformat(plain) if "T" in plain else None
        return moment.replace(tzinfo=ZoneInfo(zone)) if moment and zone else moment
    except (ValueError, KeyError, OSError):
        return None


def read_time(text: str) -> time | None:
    """Return the time that the text says, or None."""
    try:
        return time.fromisoformat(text) if re.match(r"\d\d:\d\d:\d\d", text) else None
    except ValueError:
        return None


def read_at(text: str) -> Any:
    """Return the value of an ``@"…"`` literal, or None."""
    return read_date(text) or read_moment(text) or read_time(text) or read_duration(text)


def property_of(value: Any, name: str) -> Any:
    """Return the property of a date, time or duration, or None if it has none of that name."""
    if isinstance(value, date | time):
        if name == "weekday" and isinstance(value, date):
            return value.isoweekday()
        if name == "timezone":
            return str(value.tzinfo) if isinstance(value, datetime | time) and value.tzinfo else None
        return getattr(value, name, None) if name in PROPERTIES else None
    if isinstance(value, timedelta):
        days, rest = divmod(abs(int(value.total_seconds())), 86400)
        parts = {"days": days, "hours": rest // 3600, "minutes": rest // 60 % 60, "seconds": rest % 60}
        found = parts.get(name)
        return -found if found and value < timedelta(0) else found
    if isinstance(value, YearsMonths) and name in ("years", "months"):
        years, months = divmod(abs(value.months), 12)
        return (years if name == "years" else months) * (-1 if value.months < 0 else 1)
    return None
