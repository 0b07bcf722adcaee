"""Reading and writing dates, times and durations, and their properties.

Source: DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8; ISO 8601; XML Schema 2, 3.3.7 to 3.3.9.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel.calendar import (
    FarDate,
    FarMoment,
    clock_part,
    date_of,
    date_part,
    day_number,
    fine_time,
    fixed_zone,
    moment_of,
    offset_of,
    zone_name,
)
from engine.feel.values import Range, YearsMonths, kind

MONTHS = re.compile(r"(-)?P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?")
DAYS = re.compile(r"(-)?P(?:(\d{1,18})D)?(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18}(?:\.\d{1,18})?)S)?)?")
DATE = re.compile(r"(-?(?:\d{4}|[1-9]\d{4,8}))-(\d\d)-(\d\d)", re.ASCII)
CLOCK = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?(?:([Zz])|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z][\w+/-]*))?", re.ASCII
)
OFFSET_LIMIT = 18 * 3600


def read_duration(text: str) -> timedelta | YearsMonths | None:
    """Return the duration that the ISO text says, or None."""
    if found := MONTHS.fullmatch(text):
        if found[2] or found[3]:
            months = int(found[2] or 0) * 12 + int(found[3] or 0)
            return YearsMonths(-months if found[1] else months)
    found = DAYS.fullmatch(text)
    if not found or not any(found.groups()[1:]) or text.endswith("T"):
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups()[1:4])
    whole, _, fraction = (found[5] or "0").partition(".")
    try:
        length = timedelta(days, int(whole), int((fraction + "000000")[:6]), 0, minutes, hours)
    except OverflowError:
        return None
    return -length if found[1] else length


def read_date(text: str) -> date | FarDate | None:
    """Return the date that the text says, or None."""
    found = DATE.fullmatch(text)
    try:
        return date_of(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def read_moment(text: str) -> datetime | FarMoment | None:
    """Return the date and time that the text says, with its offset or ``@zone`` if it has one, or None.

    A date alone is its midnight; 24:00:00 is the midnight after.
    """
    day_text, mark, clock_text = text.partition("T")
    day = read_date(day_text)
    if day is None or not mark:
        return moment_of(day, time()) if day is not None else None
    late = clock_text.startswith("24:00:00")
    clock = read_time("00" + clock_text[2:] if late else clock_text)
    if clock is None:
        return None
    found = moment_of(day, clock)
    return _next_day(found) if late else found


def _next_day(moment: Any) -> Any:
    try:
        day = date_part(moment)
        if isinstance(day, FarDate):
            return None
        return moment_of(day + timedelta(1), clock_part(moment))
    except OverflowError:
        return None


def read_time(text: str) -> time | None:
    """Return the time that the text says, or None."""
    found = CLOCK.fullmatch(text)
    if found is None:
        return None
    fraction = (found[4] or "").rstrip("0")
    try:
        hour = 0 if text.startswith("24:00:00") else int(found[1])
        clock = time(hour, int(found[2]), int(found[3]), int((fraction + "000000")[:6]), _zone(found))
    except (ValueError, KeyError, OSError):
        return None
    return fine_time(clock, fraction) if len(fraction) > 6 else clock


def _zone(found: re.Match[str]) -> tzinfo | None:
    if found[5]:
        return UTC
    if found[10]:
        return named_zone(found[10])
    if not found[6]:
        return None
    hours, minutes, seconds = int(found[7]), int(found[8]), int(found[9] or 0)
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > OFFSET_LIMIT:
        raise ValueError("offset")
    return fixed_zone(-total if found[6] == "-" else total)


@lru_cache(maxsize=1024)
def named_zone(name: str) -> ZoneInfo:
    """Return the zone of that name. Raises KeyError, OSError or ValueError if there is none."""
    return ZoneInfo(name)


def read_at(text: str) -> Any:
    """Return the value of an ``@"…"`` literal, or None."""
    for read in (read_date, read_time, read_duration):
        found: Any = read(text)
        if found is not None:
            return found
    return read_moment(text) if "T" in text else None


# ---- writing


def duration_text(value: timedelta) -> str:
    """Return ISO 8601 text, such as ``P1DT2H``."""
    sign = "-" if value < timedelta(0) else ""
    length = abs(value)
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{length.microseconds:06d}".rstrip("0") if length.microseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    text = (f"{length.days}D" if length.days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text or 'T0S'}"


def date_text(value: date | FarDate) -> str:
    """Return ISO 8601 text, the year with four digits at least."""
    sign = "-" if value.year < 0 else ""
    return f"{sign}{abs(value.year):04d}-{value.month:02d}-{value.day:02d}"


def clock_text(value: time) -> str:
    """Return ISO 8601 text with the offset, ``Z`` or ``@zone``."""
    fraction = getattr(value, "fraction", "") or f"{value.microsecond:06d}".rstrip("0")
    text = f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}" + (f".{fraction}" if fraction else "")
    if value.tzinfo is None:
        return text
    name = zone_name(value.tzinfo)
    if name is not None:
        return f"{text}@{name}"
    seconds = round((offset_of(value) or timedelta()).total_seconds())
    if not seconds:
        return text + "Z"
    hours, rest = divmod(abs(seconds), 3600)
    shown = f"{hours:02d}:{rest // 60:02d}" + (f":{rest % 60:02d}" if rest % 60 else "")
    return f"{text}{'-' if seconds < 0 else '+'}{shown}"


def temporal_text(value: Any) -> str | None:
    """Return a date, time, moment or duration as FEEL writes it; None for other values."""
    found = kind(value)
    if found == "date":
        return date_text(value)
    if found == "time":
        return clock_text(value)
    if found == "date and time":
        return f"{date_text(date_part(value))}T{clock_text(clock_part(value))}"
    if found == "days and time duration":
        return duration_text(value)
    return str(value.to_text()) if found == "years and months duration" else None


# ---- properties

DATES: dict[str, Callable[[Any], int]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: (day_number(value) - 1) % 7 + 1,
}
CLOCKS: dict[str, Callable[[time], int]] = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: value.second,
}
LENGTHS: dict[str, Callable[[int], int]] = {
    "days": lambda seconds: seconds // 86400,
    "hours": lambda seconds: seconds // 3600 % 24,
    "minutes": lambda seconds: seconds // 60 % 60,
    "seconds": lambda seconds: seconds % 60,
}
ENDS = {"start": "start", "end": "end", "start included": "start_included", "end included": "end_included"}


def property_of(value: Any, name: str) -> Any:
    """Return the property of a date, time, duration or range, or None if it has none of that name."""
    found = kind(value)
    if found in ("date", "date and time") and name in DATES:
        return DATES[name](date_part(value))
    if found in ("time", "date and time"):
        if name in CLOCKS:
            return CLOCKS[name](clock_part(value))
        if name == "time offset":
            return offset_of(value)
        return zone_name(value.tzinfo) if name == "timezone" else None
    if found == "days and time duration" and name in LENGTHS:
        amount = LENGTHS[name](int(abs(value).total_seconds()))
        return -amount if value < timedelta(0) else amount
    if found == "years and months duration" and name in ("years", "months"):
        years, months = divmod(abs(value.months), 12)
        return (years if name == "years" else months) * (-1 if value.months < 0 else 1)
    return getattr(value, ENDS[name]) if isinstance(value, Range) and name in ENDS else None


def length_of(seconds: Decimal) -> timedelta | None:
    """Return the duration of so many seconds, cut to a microsecond; None where there is none."""
    try:
        return timedelta(microseconds=int(seconds * 1_000_000))
    except (OverflowError, ArithmeticError, ValueError):
        return None
