"""Working time over a calendar with holidays and make-up days (调休): deadlines, elapsed time, slots used.

Units: ``hours`` are natural hours (紧急工作时), ``work_hours`` count inside working slots only (工作时), ``work_days``
(工作日) are as many working hours as one day's slots hold, so that a deadline lies at the same clock position N working
days later. A limit that is used up exactly at the end of a slot ends there. A slot opens when the clocks on the wall
first reach its beginning and closes when they then first reach its end, also in the nights when clocks are changed.
All sums are whole microseconds. Not here: pause and extension (``engine.deadlines``), reading CSV (``calendar_files``).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from engine.errors import InvalidError

UNITS = ("work_hours", "work_days", "hours")
Slots = tuple[tuple[time, time], ...]
SLOTS: Slots = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
WEEK: Mapping[int, Slots] = dict.fromkeys(range(5), SLOTS)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND, HOUR = 1_000_000, 3_600_000_000


@dataclass(frozen=True, slots=True)
class Calendar:
    """A version of a calendar; ``week`` gives the slots of each weekday (0 = Monday), in local time of ``zone``.

    A slot whose end is not after its beginning ends on the next day. ``years`` are those for which holidays are known;
    asking beyond them raises InvalidError, never guesses. ``to_close``: a limit in work_days lasts to the close of
    business of its last day.
    """

    zone: str = "Asia/Shanghai"
    week: Mapping[int, Slots] = field(default_factory=lambda: WEEK)
    holidays: frozenset[date] = frozenset()
    in_lieu: frozenset[date] = frozenset()
    years: range = range(0)
    version: int = 1
    name: str = "city"
    to_close: bool = False
    known: range = range(0)  #: the years that are no guess; all of them where it is empty
    _starts: list[int] = field(default_factory=list, compare=False, repr=False)
    _ends: list[int] = field(default_factory=list, compare=False, repr=False)
    _sums: list[int] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        zone, total = ZoneInfo(self.zone), 0
        day, last = date(self.years.start, 1, 1), date(self.years.stop, 1, 1)
        while day < last:
            for opens, closes in self.slots_of(day):
                start = _first(datetime.combine(day, opens), zone)
                end = _first(datetime.combine(day + timedelta(days=closes <= opens), closes), zone)
                start = max(start, self._ends[-1]) if self._ends else start
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
        known = self.known or self.years
        years = range(self.years.start, year + 1)
        return replace(self, years=years, known=known, _starts=[], _ends=[], _sums=[])

    def is_provisional(self, moment: datetime) -> bool:
        """Say whether what lies up to the moment is partly a guess: its year has no holidays in the calendar."""
        known = self.known or self.years
        return moment.astimezone(ZoneInfo(self.zone)).year >= known.stop

    def slots_of(self, day: date) -> Slots:
        """Return the working slots of the day, in local time; a make-up day has those of an ordinary day."""
        if day in self.in_lieu:
            return self.week.get(day.weekday()) or self._ordinary
        return () if day in self.holidays else self.week.get(day.weekday(), ())

    @property
    def _ordinary(self) -> Slots:
        return next((slots for _day, slots in sorted(self.week.items()) if slots), ())

    @property
    def day_seconds(self) -> int:
        """The working seconds of an ordinary day."""
        return sum((_seconds(closes) - _seconds(opens)) % 86400 or 86400 for opens, closes in self._ordinary)

    def amount(self, value: int | Decimal | float, unit: str) -> int:
        """Return the limit in microseconds of its own time, rounded up. Raises InvalidError for an unknown unit."""
        if unit not in UNITS:
            raise InvalidError(problems={"unit": f"{unit!r} is none of {', '.join(UNITS)}"})
        if value < 0:
            raise InvalidError(problems={"value": f"{value} is below 0"})
        each = self.day_seconds * SECOND if unit == "work_days" else HOUR
        return int((Decimal(str(value)) * each).to_integral_value(ROUND_CEILING))

    def after(self, start: datetime, value: int | Decimal | float, unit: str) -> datetime:
        """Return the moment at which the limit is used up: aware UTC. ``start`` is aware, ``value`` is not negative.

        Raises InvalidError for an unknown unit, and for a year without calendar data.
        """
        return self.closing(self.later(start, self.amount(value, unit), unit), unit)

    def closing(self, due: datetime, unit: str) -> datetime:
        """Return the close of business of the day of ``due`` where the calendar counts days so, else ``due``."""
        if not self.to_close or unit != "work_days":
            return due
        local = due.astimezone(ZoneInfo(self.zone))
        slots = self.slots_of(local.date())
        return (
            max(due, _moment(_first(datetime.combine(local.date(), slots[-1][1]), ZoneInfo(self.zone))))
            if slots
            else due
        )

    def later(self, start: datetime, micros: int, unit: str) -> datetime:
        """Return the moment at which so many microseconds of the unit's time have passed since ``start``."""
        if unit == "hours" or micros == 0:
            return start.astimezone(UTC) + timedelta(microseconds=micros)
        target = self._passed(start) + micros
        index = bisect_left(self._sums, target)
        if index == len(self._sums):
            raise self._unknown(self.years.stop)
        return _moment(self._ends[index] - (self._sums[index] - target))

    def after_seconds(self, start: datetime, seconds: float) -> datetime:
        """Return the moment at which so many working seconds have passed since ``start``: aware UTC."""
        return self.later(start, round(seconds * SECOND), "work_hours")

    def between(self, start: datetime, end: datetime, unit: str = "work_hours") -> timedelta:
        """Return the time of the unit between two aware moments; negative if ``end`` lies before ``start``."""
        if unit == "hours":
            return end - start
        return timedelta(microseconds=self._passed(end) - self._passed(start))

    def slots_used(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the stretches of working time between two aware moments, as aware moments in the calendar's zone."""
        zone = ZoneInfo(self.zone)
        first, last = _micros(start), _micros(end)
        used = []
        for index in range(bisect_right(self._ends, first), len(self._starts)):
            if self._starts[index] >= last or first >= last:
                break
            stretch = (max(first, self._starts[index]), min(last, self._ends[index]))
            used.append((_moment(stretch[0]).astimezone(zone), _moment(stretch[1]).astimezone(zone)))
        return used

    def _passed(self, moment: datetime) -> int:
        """Return the working microseconds from the beginning of the calendar to the moment."""
        year = moment.astimezone(ZoneInfo(self.zone)).year
        if year not in self.years:
            raise self._unknown(year)
        at = _micros(moment)
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return 0
        return self._sums[index] - max(0, self._ends[index] - at)

    def _unknown(self, year: int) -> InvalidError:
        known = f"{self.years.start} to {self.years.stop - 1}" if self.years else "no year"
        return InvalidError(problems={str(year): f"the calendar has no holidays for {year}; it knows {known}"})


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def _first(local: datetime, zone: ZoneInfo) -> int:
    """Return when the clocks on the wall first reach the local time: of two the first; if it is skipped, the change."""
    moment = local.replace(tzinfo=zone)
    found = moment.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return _micros(found)
    before, after = _micros(local.replace(tzinfo=zone, fold=1).astimezone(UTC)), _micros(found)
    offset = _moment(before).astimezone(zone).utcoffset()
    while after - before > SECOND:  # the change lies on a whole second in between
        middle = (before + after) // 2 // SECOND * SECOND
        if _moment(middle).astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
