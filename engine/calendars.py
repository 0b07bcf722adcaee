"""The versions of the calendars: the city's, and a unit's own under its code. Not here: counting (``working_time``).

A changed calendar is a new version; the deadlines that run over it are computed anew by ``duty_clock.recompute``.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import func, select

from engine import access
from engine.calendar_files import read_calendar
from engine.errors import InvalidError, NotFoundError
from engine.models import CalendarVersion, Unit
from engine.uow import UnitOfWork
from engine.working_time import Calendar

CITY = "city"
WARNING = timedelta(days=92)
#: how many years beyond a moment a provisional calendar reaches
AHEAD = 2
T = TypeVar("T")


@lru_cache(maxsize=64)
def _read(source: str, name: str, version: int, to_close: bool) -> Calendar:
    return read_calendar(source, name=name, version=version, to_close=to_close)


@lru_cache(maxsize=64)
def _provisional(source: str, name: str, version: int, to_close: bool, year: int) -> Calendar:
    return _read(source, name, version, to_close).with_provisional(year)


def _newest(uow: UnitOfWork, name: str) -> CalendarVersion | None:
    known: dict[str, CalendarVersion | None] = uow.session.info.setdefault("calendars", {})
    if known.get(name) is None:
        query = select(CalendarVersion).where(CalendarVersion.name == name)
        known[name] = uow.session.scalars(query.order_by(CalendarVersion.version.desc()).limit(1)).first()
    return known[name]


def _row(uow: UnitOfWork, name: str) -> CalendarVersion:
    found = _newest(uow, name)
    if found is None:
        raise NotFoundError("no calendar is loaded: run `muster load`")
    return found


def current(uow: UnitOfWork, name: str = CITY) -> Calendar:
    """Return the current version of the calendar. Raises NotFoundError if none was loaded."""
    row = _row(uow, name)
    return _read(row.source, row.name, row.version, row.to_close)


def name_for(uow: UnitOfWork, unit: str | None) -> str:
    """Return the name of the unit's calendar: its code if it has one of its own, else that of the city."""
    return unit if unit and _newest(uow, unit) is not None else CITY


def far(uow: UnitOfWork, name: str, moment: datetime) -> Calendar:
    """Return the calendar, with the years around the moment counted Monday to Friday where no holidays are known."""
    row = _row(uow, name)
    return _provisional(row.source, row.name, row.version, row.to_close, moment.year + AHEAD)


def reaching(uow: UnitOfWork, name: str, last: datetime, count: Callable[[Calendar], T]) -> T:
    """Return what is counted over the calendar; with provisional years if it reaches beyond those that are known.

    ``last``: the latest moment that is known to matter. Nobody's report is refused because a year is not announced.
    """
    try:
        return count(current(uow, name))
    except InvalidError:
        return count(far(uow, name, last))


def missing_year(uow: UnitOfWork) -> int | None:
    """Return the year within the next three months for which the calendar has no holidays, if there is one."""
    years = current(uow).years
    return next((moment.year for moment in (uow.now, uow.now + WARNING) if moment.year not in years), None)


def names(uow: UnitOfWork) -> list[str]:
    """Return the names of the calendars, the city's first."""
    found = uow.session.scalars(select(CalendarVersion.name).distinct().order_by(CalendarVersion.name))
    return sorted(found, key=lambda name: (name != CITY, name))


def versions(uow: UnitOfWork, name: str) -> list[CalendarVersion]:
    """Return the versions of the calendar, the newest first."""
    query = select(CalendarVersion).where(CalendarVersion.name == name).order_by(CalendarVersion.version.desc())
    return list(uow.session.scalars(query))


def newest_versions(uow: UnitOfWork) -> dict[str, int]:
    """Return name -> number of the current version."""
    query = select(CalendarVersion.name, func.max(CalendarVersion.version)).group_by(CalendarVersion.name)
    return {name: version for name, version in uow.session.execute(query)}


def change(uow: UnitOfWork, name: str, source: str, reason: str, *, to_close: bool = False) -> CalendarVersion | None:
    """Make the CSV text the next version of the calendar; None if it is what is current already.

    Raises ForbiddenError without the right, InvalidError for a wrong line, an unknown unit, or a missing reason.
    """
    access.require(uow.actor, "calendar.edit")
    problems = {} if reason.strip() else {"reason": "is missing"}
    if name != CITY and uow.session.get(Unit, name) is None:
        problems["name"] = "is no unit"
    if problems:
        raise InvalidError(problems=problems)
    return add(uow, name, source, reason, to_close=to_close)


def add(
    uow: UnitOfWork, name: str, source: str, reason: str, *, to_close: bool = False, file: str | None = None
) -> CalendarVersion | None:
    """Make the text the next version unless it is current. Raises InvalidError naming each wrong line.

    A file that was loaded before is not loaded again: what was changed in the pages since then stays.
    """
    source = source.replace("\r\n", "\n")
    read_calendar(source)
    before = _newest(uow, name)
    if file is not None and any(each.source == source for each in versions(uow, name)):
        return None
    if before is not None and (before.source, before.to_close) == (source, to_close):
        return None
    made = CalendarVersion(
        name=name,
        version=before.version + 1 if before else 1,
        source=source,
        to_close=to_close,
        reason=reason,
        loaded_at=uow.now,
        loaded_by=uow.actor.name,
    )
    uow.session.add(made)
    uow.session.info["calendars"][name] = made
    details = {"name": name, "version": made.version, "reason": reason, "file": file}
    uow.record("calendar.changed" if before else "calendar.loaded", "calendar", **details)
    return made
