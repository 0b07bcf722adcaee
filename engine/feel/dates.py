"""Built-in functions over dates, times and durations. Source: DMN 1.5, 10.3.4.1, 10.3.4.7 and 10.3.4.8."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engine.feel import times
from engine.feel.arithmetic import decimal
from engine.feel.calendar import (
    clock_part,
    date_of,
    date_part,
    day_number,
    fine_time,
    fixed_zone,
    moment_of,
    near_day,
    offset_of,
    zone_name,
)
from engine.feel.signatures import table
from engine.feel.values import YearsMonths, equal, kind, whole

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip
DAY, MOMENT = "date", "date and time"


def _date(year: Any, month: Any, day: Any) -> Any:
    parts = whole(year), whole(month), whole(day)
    if None in parts:
        return None
    return date_of(*parts)  # type: ignore[arg-type]


def _time_from(value: Any) -> Any:
    if isinstance(value, str):
        return times.read_time(value)
    return time(tzinfo=UTC) if kind(value) == DAY else clock_part(value)


def _time(hour: Any, minute: Any, second: Any, offset: timedelta | None = None) -> Any:
    hours, minutes, seconds = whole(hour), whole(minute), whole(second)
    if hours is None or minutes is None or seconds is None or not 0 <= seconds < 60:
        return None
    zone = None
    if offset is not None:
        if abs(offset) > timedelta(hours=18):
            return None
        zone = fixed_zone(round(offset.total_seconds()))
    digits = f"{abs(decimal(second)) % 1:f}".partition(".")[2].rstrip("0")
    clock = time(hours, minutes, seconds, int((digits + "000000")[:6]), zone)
    return fine_time(clock, digits) if len(digits) > 6 else clock


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        return times.read_moment(value)
    return moment_of(value, time(tzinfo=UTC)) if kind(value) == DAY else value


def _months_between(start: Any, end: Any) -> YearsMonths:
    first, last = date_part(start), date_part(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    if kind(start) == kind(end) == MOMENT:
        first_rest, last_rest = (
            (first.day, clock_part(start).replace(tzinfo=None)),
            (
                last.day,
                clock_part(end).replace(tzinfo=None),
            ),
        )
    else:
        first_rest, last_rest = (first.day, time()), (last.day, time())
    if months > 0 and last_rest < first_rest:
        months -= 1
    elif months < 0 and last_rest > first_rest:
        months += 1
    return YearsMonths(months)


def _is(left: Any, right: Any) -> bool:
    if kind(left) != kind(right):
        return False
    if kind(left) in ("time", MOMENT):
        same_zone = (left.tzinfo is None) == (right.tzinfo is None) and zone_name(left.tzinfo) == zone_name(
            right.tzinfo
        )
        if not same_zone or offset_of(left) != offset_of(right):
            return False
    return equal(left, right) is True


def _day_of_year(value: Any) -> int:
    return int(near_day(value).timetuple().tm_yday)


def now(variables: Any) -> datetime | None:
    """Return the moment of the evaluation in its zone; nothing here reads a clock."""
    moment = variables.get("$now")
    return moment.astimezone(times.named_zone(variables.get("$zone") or "UTC")) if moment else None


def today(variables: Any) -> date | None:
    """Return the date of the evaluation in its zone."""
    moment = now(variables)
    return moment.date() if moment else None


def working_time_after(variables: Any, start: Any, value: Any, unit: Any) -> Any:
    """Return the end of so much working time, by the calendar that surrounds the evaluation."""
    calendar = variables.get("$calendar")
    moment = times.read_moment(start) if isinstance(start, str) else start
    return calendar.after(moment, value, unit) if calendar is not None and moment else None


ANY_DAY = f"date: {DAY}|{MOMENT}"
TABLE = table(
    ("date(from: string)", times.read_date),
    (f"date(from: {DAY}|{MOMENT})", date_part),
    ("date(year: number, month: number, day: number)", _date),
    (f"time(from: string|time|{DAY}|{MOMENT})", _time_from),
    (
        "time(hour: number, minute: number, second: number, offset?: days and time duration|null)",
        _time,
    ),
    (f"date and time(from: string|{DAY}|{MOMENT})", _moment),
    (f"date and time(date: {DAY}|{MOMENT}, time: time)", lambda day, clock: moment_of(date_part(day), clock)),
    ("duration(from: string)", times.read_duration),
    (f"years and months duration(from: {DAY}|{MOMENT}, to: {DAY}|{MOMENT})", _months_between),
    (f"day of year({ANY_DAY})", _day_of_year),
    (f"day of week({ANY_DAY})", lambda value: DAY_NAMES[(day_number(value) - 1) % 7]),
    (f"month of year({ANY_DAY})", lambda value: MONTH_NAMES[date_part(value).month - 1]),
    (f"week of year({ANY_DAY})", lambda value: near_day(value).isocalendar().week),
    ("is(value1: any, value2: any)", _is),
)
