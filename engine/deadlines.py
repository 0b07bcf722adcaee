"""A limit that runs over a calendar, with pauses and extensions: pure functions, as cases and ``muster due`` need them.

In the time of the limit's own unit a pause changes nothing: what is left when it begins is left when it ends. An
extension adds the original limit once more. So a deadline depends on the pauses and extensions there were, and not on
the order in which they came. A further limit (that of a third party, say) runs from where the one before it is used
up, at whatever moment it was granted. Not here: who may pause and extend (the rules), what follows (``duty_clock``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from engine.errors import InvalidError
from engine.working_time import UNITS, Calendar

Stretch = tuple[datetime, datetime]
#: name of the moment -> share of the limit at which it comes. Source: the ladder of the demo city
LADDER = {"amber_at": "0.8", "deadline": "1", "half_over_at": "1.5", "double_at": "2"}


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take; ``factor`` shortens or lengthens it, as in a control area (重点区域)."""

    value: Decimal
    unit: str
    factor: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise InvalidError(problems={"unit": f"{self.unit!r} is none of {', '.join(UNITS)}"})
        if not (self.value.is_finite() and self.value >= 0 and self.factor.is_finite() and self.factor > 0):
            raise InvalidError(problems={"value": f"{self.value} x {self.factor} is no amount of time"})


@dataclass(frozen=True, slots=True)
class Run:
    """A limit that runs: since when, how often it was extended, when it stood still, and what was granted behind it."""

    limit: Limit
    start: datetime
    extensions: int = 0
    pauses: tuple[Stretch, ...] = ()
    then: tuple[Limit, ...] = ()  #: further limits, one after another

    def allowed(self, calendar: Calendar, share: Decimal = Decimal(1)) -> int:
        """Return the share of the limit, extensions included, in microseconds of its own time."""
        whole = self.limit.value * self.limit.factor * (1 + self.extensions)
        return calendar.amount(whole * share, self.limit.unit)


def merged(pauses: Sequence[Stretch]) -> list[Stretch]:
    """Return the pauses in order, those that overlap as one. Raises InvalidError if one ends before it begins."""
    found: list[Stretch] = []
    for begins, ends in sorted(pauses):
        if ends < begins:
            raise InvalidError(problems={"pause": f"ends at {ends.isoformat()}, before it begins"})
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(ends, found[-1][1]))
        else:
            found.append((begins, ends))
    return found


def legs(calendar: Calendar, run: Run) -> list[Run]:
    """Return the limits of the run one after another, each from where the one before it is used up."""
    found = [replace(run, then=())]
    for limit in run.then:
        found.append(Run(limit, _used_up(calendar, found[-1], Decimal(1)), 0, run.pauses))
    return found


def due_at(calendar: Calendar, run: Run, share: Decimal = Decimal(1)) -> datetime:
    """Return the moment at which the share of the limit is used up: aware UTC, never early, to the microsecond.

    Where further limits were granted it is the share of the last of them. Raises InvalidError for a year without
    calendar data.
    """
    return _used_up(calendar, legs(calendar, run)[-1] if run.then else run, share)


def _used_up(calendar: Calendar, run: Run, share: Decimal) -> datetime:
    unit, left, position = run.limit.unit, run.allowed(calendar, share), run.start
    for begins, ends in merged(run.pauses):
        if ends <= position:
            continue
        used = max(timedelta(0), calendar.between(position, begins, unit)) // timedelta(microseconds=1)
        if begins > position and used >= left:
            break
        left -= used
        position = ends
    found = calendar.later(position, left, unit)
    return calendar.closing(found, unit) if share == 1 else found


def ladder(calendar: Calendar, run: Run) -> dict[str, datetime]:
    """Return the moments of the limit by the names that diagrams use."""
    return {name: due_at(calendar, run, Decimal(share)) for name, share in LADDER.items()}


def running(run: Run, until: datetime) -> list[Stretch]:
    """Return the stretches from the start to the moment in which the clock was not paused."""
    stretches, position = [], run.start
    for begins, ends in merged(run.pauses):
        if begins >= until:
            break
        if begins > position:
            stretches.append((position, begins))
        position = max(position, ends)
    if position < until:
        stretches.append((position, until))
    return stretches


def slots_used(calendar: Calendar, run: Run, until: datetime) -> list[Stretch]:
    """Return the stretches of the limit's own time that were used from the start to the moment."""
    if run.then:
        return [slot for leg, end in _ended(calendar, run, until) for slot in slots_used(calendar, leg, end)]
    if run.limit.unit == "hours":
        return [(a.astimezone(UTC), b.astimezone(UTC)) for a, b in running(run, until)]
    return [slot for begins, ends in running(run, until) for slot in calendar.slots_used(begins, ends)]


def used(calendar: Calendar, run: Run, until: datetime) -> timedelta:
    """Return how much of the limit's own time was used from the start to the moment."""
    if run.then:
        return sum((used(calendar, leg, end) for leg, end in _ended(calendar, run, until)), timedelta())
    parts = (calendar.between(begins, ends, run.limit.unit) for begins, ends in running(run, until))
    return sum(parts, timedelta())


def _ended(calendar: Calendar, run: Run, until: datetime) -> list[tuple[Run, datetime]]:
    """Return the legs that have begun by the moment, each with its end: where the next begins, or the moment."""
    found = legs(calendar, run)
    ends = [*(leg.start for leg in found[1:]), until]
    return [(leg, min(end, until)) for leg, end in zip(found, ends, strict=True) if leg.start < until]
