"""Days and moments beyond what Python's own hold: years up to 999,999,999 on both sides, fractions below a microsecond.

Inside years 1 to 9999 values are Python's ``date``, ``datetime`` and ``time``; outside they are ``FarDate`` and
``FarMoment``. A fraction with more than six digits is remembered as text by ``FineTime`` and ``FineMoment``.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

YEARS = 999_999_999
CYCLE = 400
CYCLE_DAYS = 146_097
#: the first day of a cycle that Python has whole
NEAR_DAYS = date(2000, 1, 1).toordinal()
#: where a time with the name of a zone, and no date, takes its offset from
SOME_DAY = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class FarDate:
    """A date in a year that Python's ``date`` does not have."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class FarMoment:
    """A date and time in a year that Python's ``datetime`` does not have."""

    day: FarDate
    clock: time

    @property
    def tzinfo(self) -> tzinfo | None:
        """The zone of the clock, None without one."""
        return self.clock.tzinfo


class FineTime(time):
    """A time whose fraction of a second has more digits than Python keeps."""

    fraction = ""


class FineMoment(datetime):
    """A date and time whose fraction of a second has more digits than Python keeps."""

    fraction = ""


def _shifted(year: int) -> tuple[int, int]:
    """Return a year between 2000 and 2399 with the same calendar, and the cycles of 400 years that it is away."""
    cycles, rest = divmod(year - 2000, CYCLE)
    return 2000 + rest, cycles


def date_of(year: int, month: int, day: int) -> date | FarDate:
    """Return the date. Raises ValueError if there is none, or its year has more than nine digits."""
    if 1 <= year <= 9999:
        return date(year, month, day)
    if abs(year) > YEARS:
        raise ValueError("year")
    date(_shifted(year)[0], month, day)
    return FarDate(year, month, day)


def moment_of(day: date | FarDate, clock: time) -> datetime | FarMoment:
    """Return the moment at which the clock shows that time on that day."""
    if isinstance(day, FarDate):
        return FarMoment(day, clock)
    found = FineMoment.combine(day, clock)
    if getattr(clock, "fraction", ""):
        found.fraction = clock.fraction  # type: ignore[attr-defined]
        return found
    return datetime.combine(day, clock)


def day_number(value: Any) -> int:
    """Return the number of the day of a date or moment; day 1 is the first of January of the year 1."""
    if isinstance(value, FarMoment):
        value = value.day
    if isinstance(value, FarDate):
        year, cycles = _shifted(value.year)
        return date(year, value.month, value.day).toordinal() + cycles * CYCLE_DAYS
    return int(value.toordinal())


def date_at(number: int) -> date | FarDate:
    """Return the date with the number of ``day_number``. Raises ValueError beyond nine digits of years."""
    if 1 <= number <= date.max.toordinal():
        return date.fromordinal(number)
    cycles, rest = divmod(number - NEAR_DAYS, CYCLE_DAYS)
    near = date.fromordinal(NEAR_DAYS + rest)
    year = near.year + cycles * CYCLE
    if abs(year) > YEARS:
        raise ValueError("year")
    return FarDate(year, near.month, near.day)


def date_part(value: Any) -> date | FarDate:
    """Return the day of a date or moment."""
    if isinstance(value, FarMoment):
        return value.day
    if isinstance(value, datetime):
        return value.date()
    found: date | FarDate = value
    return found


def clock_part(value: Any) -> time:
    """Return the time of a time or moment, with its zone."""
    if isinstance(value, FarMoment):
        return value.clock
    if isinstance(value, datetime):
        clock = value.timetz()
        fraction = getattr(value, "fraction", "")
        return fine_time(clock, fraction) if fraction else clock
    found: time = value
    return found


def fine_time(clock: time, fraction: str) -> time:
    """Return the time with a fraction of seven digits or more."""
    found = FineTime(clock.hour, clock.minute, clock.second, clock.microsecond, clock.tzinfo)
    found.fraction = fraction
    return found


def offset_of(value: Any) -> timedelta | None:
    """Return the offset from UTC of a time or moment, None without a zone."""
    zone = value.tzinfo
    if zone is None:
        return None
    if isinstance(value, datetime):
        return value.utcoffset()
    if isinstance(value, FarMoment):
        near = datetime.combine(date(_shifted(value.day.year)[0], value.day.month, value.day.day), value.clock)
        return near.utcoffset()
    return zone.utcoffset(SOME_DAY)  # type: ignore[no-any-return]


def zone_name(zone: tzinfo | None) -> str | None:
    """Return the name of a zone, None for a mere offset."""
    return zone.key if isinstance(zone, ZoneInfo) else None


def seconds_of(clock: time) -> Decimal:
    """Return the seconds since midnight, with the whole fraction."""
    whole = clock.hour * 3600 + clock.minute * 60 + clock.second
    fraction = getattr(clock, "fraction", "")
    return whole + (Decimal("0." + fraction) if fraction else Decimal(clock.microsecond) / 1_000_000)


def clock_key(value: time) -> tuple[bool, Decimal]:
    """Return what times are compared by: whether there is a zone, and the seconds since midnight in UTC."""
    offset = offset_of(value)
    seconds = seconds_of(value)
    return offset is not None, seconds - Decimal(offset.total_seconds()) if offset is not None else seconds


def moment_key(value: Any) -> tuple[bool, Decimal]:
    """Return what moments are compared by: whether there is a zone, and the seconds since the year 1, in UTC."""
    zoned, seconds = _own_seconds(value)
    return zoned, day_number(value) * 86_400 + seconds


def _own_seconds(value: Any) -> tuple[bool, Decimal]:
    offset, seconds = offset_of(value), seconds_of(clock_part(value))
    return offset is not None, seconds - Decimal(offset.total_seconds()) if offset is not None else seconds


def is_same_clock(left: time, right: time) -> bool:
    """Say whether two times are equal, in whole seconds."""
    one, other = clock_key(left), clock_key(right)
    return one[0] == other[0] and one[1] // 1 == other[1] // 1


def moved(value: Any, length: timedelta) -> Any:
    """Return a date, time or moment that much later. Raises ValueError or OverflowError where there is none."""
    if isinstance(value, datetime) and not getattr(value, "fraction", ""):
        try:
            # a zone's clock may jump: the duration counts from the instant, not from what the clock shows
            if zone_name(value.tzinfo):
                return (value.astimezone(UTC) + length).astimezone(value.tzinfo)
            return value + length
        except OverflowError:
            pass
    if isinstance(value, time):
        return (
            moved(datetime.combine(date(2000, 1, 3), value.replace(tzinfo=None)), _within(length))
            .time()
            .replace(tzinfo=value.tzinfo)
        )
    if not isinstance(value, datetime | FarMoment):
        midnight = moment_of(value, time())
        return date_part(moved(midnight, length))
    clock = clock_part(value)
    total = timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
    days, rest = divmod(total + length, timedelta(days=1))
    later = (datetime(2000, 1, 1) + rest).time().replace(tzinfo=clock.tzinfo)
    return moment_of(date_at(day_number(value) + days), later)


def _within(length: timedelta) -> timedelta:
    """Return the part of a duration that a clock shows: less than a day."""
    return length % timedelta(days=1)


def moved_months(value: Any, months: int) -> Any:
    """Return a date or moment that many months later, the day cut to the month's last. Raises ValueError."""
    day = date_part(value)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = 31
    while True:
        try:
            found = date_of(year, month + 1, min(day.day, last))
            break
        except ValueError:
            last -= 1
            if last < 28:
                raise
    return moment_of(found, clock_part(value)) if isinstance(value, datetime | FarMoment) else found


def fixed_zone(seconds: int) -> timezone:
    """Return the zone with that offset from UTC."""
    return timezone(timedelta(seconds=seconds)) if seconds else UTC


def near_day(value: Any) -> date:
    """Return the day of a date or moment, in a year of Python's range with the same calendar."""
    day = date_part(value)
    return date(_shifted(day.year)[0], day.month, day.day) if isinstance(day, FarDate) else day
