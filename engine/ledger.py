"""The responsibility ledger (责任台账): every moment from dispatch to closing is charged to exactly one holder.

It is added up from the chain of the case: ``duty.passed`` says who is charged from then on, ``clock.paused`` and
``clock.resumed`` when the clock stood still. Pauses stay charged and are shown apart. Not here: noting (``holders``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from engine import audit, calendars, duty_clock
from engine.models import Case
from engine.uow import UnitOfWork
from engine.working_time import Calendar


class Entry(Protocol):
    """What is read of an audit entry."""

    at: datetime
    action: str
    body: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a case now, and since when; ``person`` is None until somebody claims it."""

    unit: str
    person: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that is charged to one holder."""

    unit: str
    person: str | None
    start: datetime
    end: datetime
    working: timedelta  #: of the time that the case's limit counts
    stage: str | None = None
    is_paused: bool = False

    @property
    def natural(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Ledger:
    """The spans of a case without gap or overlap, and the whole that they add up to."""

    spans: tuple[Span, ...]
    start: datetime
    end: datetime
    working: timedelta

    @property
    def natural(self) -> timedelta:
        return self.end - self.start

    def by_holder(self) -> list[tuple[str, str | None, timedelta, timedelta]]:
        """Return unit, person, natural time and working time of each holder, in the order in which they came."""
        sums: dict[tuple[str, str | None], tuple[timedelta, timedelta]] = {}
        for span in self.spans:
            natural, working = sums.get((span.unit, span.person), (timedelta(), timedelta()))
            sums[span.unit, span.person] = (natural + span.natural, working + span.working)
        return [(unit, person, natural, working) for (unit, person), (natural, working) in sums.items()]

    def by_unit(self) -> dict[str, timedelta]:
        """Return unit -> natural time that was charged to it."""
        sums: dict[str, timedelta] = {}
        for span in self.spans:
            sums[span.unit] = sums.get(span.unit, timedelta()) + span.natural
        return sums

    @property
    def paused(self) -> timedelta:
        return sum((span.natural for span in self.spans if span.is_paused), timedelta())


def holder(case: Case) -> Holder | None:
    """Return who holds the case now and since when; None if it is closed or nobody was asked yet. For lists."""
    held = case.summary.get("holder")
    if held is None or case.closed_at is not None:
        return None
    return Holder(str(held["unit"]), held.get("person"), datetime.fromisoformat(held["since"]))


def ledger(uow: UnitOfWork, case: Case) -> Ledger | None:
    """Return the ledger of the case up to now, or to its closing; None before it is dispatched."""
    end = case.closed_at or uow.now
    clock = duty_clock.clock_of(uow, case.id)
    name, unit = (clock.calendar, clock.unit) if clock else (calendars.CITY, "hours")
    calendar = calendars.far(uow, name, max(end, uow.now))
    return added_up(audit.timeline(uow, case.id), end, calendar, unit)


def added_up(entries: Sequence[Entry], end: datetime, calendar: Calendar, unit: str) -> Ledger | None:
    """Return the ledger that the chain gives; None if it has neither a dispatch nor a holder.

    The spans begin at the dispatch, or with the first holder where the process has none, and leave nothing out.
    """
    marks = list(_marks(entries))
    start = next((at for at, kind, found in marks if kind == "clock.started" and found.get("dispatched")), None)
    if start is None:
        start = next((at for at, kind, _found in marks if kind == "duty.passed"), None)
    if start is None or start > end:
        return None
    spans: list[Span] = []
    for begins, ends, held, paused in _stretches(marks, start, end):
        working = calendar.between(begins, ends, unit)
        last = spans[-1] if spans else None
        who = (str(held.get("unit", "nobody")), held.get("person"))
        if last is not None and (last.unit, last.person, last.is_paused, last.stage) == (
            *who,
            paused,
            held.get("stage"),
        ):
            spans[-1] = Span(*who, last.start, ends, last.working + working, last.stage, paused)
        else:
            spans.append(Span(*who, begins, ends, working, held.get("stage"), paused))
    return Ledger(tuple(spans), start, end, calendar.between(start, end, unit))


def _marks(entries: Iterable[Entry]) -> Iterable[tuple[datetime, str, dict[str, Any]]]:
    """Yield moment, action and details of the entries that matter here; a pause ends where it was said to end."""
    for entry in entries:
        if entry.action in ("clock.started", "clock.paused", "clock.resumed", "duty.passed"):
            details = orjson.loads(entry.body)["details"]
            at = datetime.fromisoformat(details["until"]) if entry.action == "clock.resumed" else entry.at
            yield at, entry.action, details


def _stretches(
    marks: Sequence[tuple[datetime, str, dict[str, Any]]], start: datetime, end: datetime
) -> Iterable[tuple[datetime, datetime, dict[str, Any], bool]]:
    """Yield the stretches between two changes, with who held the case, and whether its clock stood still."""
    held: dict[str, Any] = {}
    paused, until, position = False, end, start
    for at, kind, found in sorted(marks, key=lambda mark: mark[0]):
        moment = min(max(at, start), end)
        yield from _split(position, moment, held, paused, until)
        position = max(position, moment)
        if kind == "duty.passed":
            held = found
        elif kind == "clock.paused":
            paused, until = True, datetime.fromisoformat(found["until"])
        elif kind == "clock.resumed":
            paused = False
    yield from _split(position, end, held, paused, until)


def _split(
    begins: datetime, ends: datetime, held: dict[str, Any], paused: bool, until: datetime
) -> Iterable[tuple[datetime, datetime, dict[str, Any], bool]]:
    """Yield the stretch; in two, if a pause ended in it that was not yet noted as over."""
    if ends <= begins:
        return
    if paused and begins < until < ends:
        yield begins, until, held, True
        yield until, ends, held, False
    else:
        yield begins, ends, held, paused and begins < until
