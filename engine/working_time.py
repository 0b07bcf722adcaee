"""Working time over a calendar with holidays and make-up days (调休): deadlines, elapsed time, slots used.

Units: ``hours`` are natural hours (紧急工作时), ``work_hours`` count inside working slots only (工作时), ``work_days``
(工作日) are as many working hours as one day's slots hold, so that a deadline lies at the same clock position N working
days later. A limit that is used up exactly at the end of a slot ends there. Not here: pause and extension of a case.
"""

import csv
import io
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.errors import InvalidError

UNITS = ("work_hours", "work_days", "hours")
SLOTS = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
WEEK: Mapping[int, tuple[tuple[time, time], ...]] = dict.fromkeys(range(5), SLOTS)
KINDS = {"holiday", "workday_in_lieu"}


@dataclass(frozen=True, slots=True)
class Calendar:
    """A version of the calendar; ``week`` gives the slots of each weekday (0 = Monday), in local time of ``zone``.

    ``years`` are those for which holidays are known; asking beyond them raises InvalidError, never guesses.
    """

    zone: str = "Asia/Shanghai"
    week: Mapping[int, tuple[tuple[time, time], ...]] = field(default_factory=lambda: WEEK)
    holidays: frozenset[date] = frozenset()
    in_lieu: frozenset[date] = frozenset()
    years: range = range(0)
    version: int = 1
    _starts: list[int] = field(default_factory=list, compare=False, repr=False)
    _ends: list[int] = field(default_factory=list, compare=False, repr=False)
    _sums: list[int] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        zone, total = ZoneInfo(self.zone), 0
        day, last = date(self.years.start, 1, 1), date(self.years.stop, 1, 1)
        while day < last:
            for opens, closes in self.slots_of(day):
                start = int(datetime.combine(day, opens, zone).timestamp())
                end = int(datetime.combine(day, closes, zone).timestamp())
                if end > start:
                    self._starts.append(start)
                    self._ends.append(end)
                    total += end - start
                    self._sums.append(total)
            day += timedelta(days=1)

    def with_provisional(self, year: int) -> "Calendar":
        """Return the calendar with every year up to ``year``; those it has no holidays for count Monday to Friday.

        Such a year is a guess: whoever uses it says so, and deadlines are computed anew when the holidays are known.
        """
        if year in self.years or year < self.years.start:
            return self
        return replace(self, years=range(self.years.start, year + 1), _starts=[], _ends=[], _sums=[])

    def slots_of(self, day: date) -> tuple[tuple[time, time], ...]:
        """Return the working slots of the day, in local time; a make-up day has those of an ordinary day."""
        if day in self.in_lieu:
            return self.week.get(day.weekday()) or next(iter(self.week.values()))
        return () if day in self.holidays else self.week.get(day.weekday(), ())

    @property
    def day_seconds(self) -> int:
        """The working seconds of an ordinary day."""
        lengths = (_seconds(closes) - _seconds(opens) for opens, closes in next(iter(self.week.values())))
        return sum(lengths)

    def after(self, start: datetime, value: int | Decimal | float, unit: str) -> datetime:
        """Return the moment at which the limit is used up: aware UTC. ``start`` is aware, ``value`` is not negative.

        Raises InvalidError for an unknown unit, and for a year without calendar data.
        """
        if unit not in UNITS:
            raise InvalidError(problems={"unit": f"{unit!r} is none of {', '.join(UNITS)}"})
        if value < 0:
            raise InvalidError(problems={"value": f"{value} is below 0"})
        each = {"hours": 3600, "work_hours": 3600, "work_days": self.day_seconds}[unit]
        seconds = Decimal(str(value)) * each
        if unit == "hours":
            return start.astimezone(UTC) + timedelta(seconds=float(seconds))
        return self.after_seconds(start, float(seconds))

    def after_seconds(self, start: datetime, seconds: float) -> datetime:
        """Return the moment at which so many working seconds have passed since ``start``: aware UTC."""
        if seconds == 0:
            return start.astimezone(UTC)
        target = self._passed(start) + seconds
        index = bisect_left(self._sums, target)
        if index == len(self._sums):
            raise self._unknown(self.years.stop)
        before = self._sums[index - 1] if index else 0
        return datetime.fromtimestamp(self._starts[index], UTC) + timedelta(seconds=target - before)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two aware moments; negative if ``end`` lies before ``start``."""
        return timedelta(seconds=self._passed(end) - self._passed(start))

    def slots_used(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the stretches of working time between two aware moments, as aware moments in the calendar's zone."""
        zone = ZoneInfo(self.zone)
        first, last = start.timestamp(), end.timestamp()
        used = []
        for index in range(bisect_right(self._ends, first), len(self._starts)):
            if self._starts[index] >= last:
                break
            stretch = (max(first, self._starts[index]), min(last, self._ends[index]))
            used.append((datetime.fromtimestamp(stretch[0], zone), datetime.fromtimestamp(stretch[1], zone)))
        return used

    def _passed(self, moment: datetime) -> float:
        """Return the working seconds from the beginning of the calendar to the moment."""
        if moment.astimezone(ZoneInfo(self.zone)).year not in self.years:
            raise self._unknown(moment.astimezone(ZoneInfo(self.zone)).year)
        at = moment.timestamp()
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return 0
        return self._sums[index] - max(0, self._ends[index] - at)

    def _unknown(self, year: int) -> InvalidError:
        known = f"{self.years.start} to {self.years.stop - 1}" if self.years else "no year"
        return InvalidError(problems={str(year): f"the calendar has no holidays for {year}; it knows {known}"})


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def read_calendar(text: str, **more: Any) -> Calendar:
    """Return the calendar of a CSV text with the columns ``date`` and ``kind`` (holiday or workday_in_lieu).

    ``more``: zone, week, version. Raises InvalidError naming each wrong line.
    """
    found: dict[str, set[date]] = {kind: set() for kind in KINDS}
    problems = {}
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        kind = row.get("kind") or ""
        try:
            if kind not in KINDS:
                raise ValueError(f"kind {kind!r} is none of {', '.join(sorted(KINDS))}")
            found[kind].add(date.fromisoformat(row.get("date") or ""))
        except ValueError as error:
            problems[f"line {line}"] = str(error)
    if problems or not found["holiday"]:
        raise InvalidError(problems=problems or {"file": "no holidays in it"})
    years = {day.year for day in found["holiday"]}
    return Calendar(
        holidays=frozenset(found["holiday"]),
        in_lieu=frozenset(found["workday_in_lieu"]),
        years=range(min(years), max(years) + 1),
        **more,
    )
