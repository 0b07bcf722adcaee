"""The clock of a case in its first form: its deadline, its amber moment, and the moments of the escalation ladder."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import select

from engine.calendar_files import read_calendar
from engine.errors import InvalidError, NotFoundError
from engine.models import CalendarVersion
from engine.uow import UnitOfWork
from engine.working_time import Calendar

WARNING = timedelta(days=92)
#: name of the moment -> share of the limit at which it comes. Source: the ladder of the demo city
LADDER = {"amber_at": "0.8", "deadline": "1", "half_over_at": "1.5", "double_at": "2"}


@lru_cache(maxsize=8)
def _read(source: str, version: int) -> Calendar:
    return read_calendar(source, version=version)


def calendar(uow: UnitOfWork) -> Calendar:
    """Return the current version of the calendar. Raises NotFoundError if none was loaded."""
    found = _newest(uow)
    return _read(found.source, found.version)


def _newest(uow: UnitOfWork) -> CalendarVersion:
    found = uow.session.scalars(select(CalendarVersion).order_by(CalendarVersion.version.desc()).limit(1)).first()
    if found is None:
        raise NotFoundError("no calendar is loaded: run `muster load`")
    return found


@lru_cache(maxsize=8)
def _provisional(source: str, version: int, year: int) -> Calendar:
    return _read(source, version).with_provisional(year)


def moments(uow: UnitOfWork, start: datetime, value: Decimal, unit: str) -> dict[str, datetime]:
    """Return the moments of the limit, aware UTC, by the names that diagrams use.

    Where the limit reaches a year without holidays in the calendar, that year counts Monday to Friday for now:
    ``missing_year`` warns the administrator as long as that is so, and a resident's report is not refused for it.
    """
    current = calendar(uow)
    try:
        return _ladder(current, start, value, unit)
    except InvalidError:
        found = _newest(uow)
        return _ladder(_provisional(found.source, found.version, start.year + 2), start, value, unit)


def _ladder(found: Calendar, start: datetime, value: Decimal, unit: str) -> dict[str, datetime]:
    return {name: found.after(start, value * Decimal(share), unit) for name, share in LADDER.items()}


class CaseCalendar:
    """The calendar as expressions of a diagram see it: read when one asks, provisional beyond its years."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def after(self, start: datetime, value: Decimal, unit: str) -> datetime:
        """Return the moment at which the limit is used up, aware UTC."""
        try:
            return calendar(self._uow).after(start, value, unit)
        except InvalidError:
            found = _newest(self._uow)
            return _provisional(found.source, found.version, start.year + 2).after(start, value, unit)


def time_left(uow: UnitOfWork, due: datetime | None, unit: str) -> timedelta | None:
    """Return how much of the limit is left: working time where the limit is counted in it, else natural time.

    Negative when the deadline has passed; None without a deadline.
    """
    if due is None:
        return None
    if unit not in ("work_hours", "work_days"):
        return due - uow.now
    found = _newest(uow)
    return _provisional(found.source, found.version, due.year + 1).between(uow.now, due)


def missing_year(uow: UnitOfWork) -> int | None:
    """Return the year within the next three months for which the calendar has no holidays, if there is one."""
    years = calendar(uow).years
    for moment in (uow.now, uow.now + WARNING):
        if moment.year not in years:
            return moment.year
    return None
