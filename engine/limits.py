"""The clock of a case in its first form: its deadline, its amber moment, and the moments of the escalation ladder."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import select

from engine.errors import NotFoundError
from engine.models import CalendarVersion
from engine.uow import UnitOfWork
from engine.working_time import Calendar, read_calendar

#: name of the moment -> share of the limit at which it comes. Source: the ladder of the demo city
LADDER = {"amber_at": "0.8", "deadline": "1", "half_over_at": "1.5", "double_at": "2"}


@lru_cache(maxsize=8)
def _read(source: str, version: int) -> Calendar:
    return read_calendar(source, version=version)


def calendar(uow: UnitOfWork) -> Calendar:
    """Return the current version of the calendar. Raises NotFoundError if none was loaded."""
    found = uow.session.scalars(select(CalendarVersion).order_by(CalendarVersion.version.desc()).limit(1)).first()
    if found is None:
        raise NotFoundError("no calendar is loaded: run `muster load`")
    return _read(found.source, found.version)


def moments(uow: UnitOfWork, start: datetime, value: Decimal, unit: str) -> dict[str, datetime]:
    """Return the moments of the limit, aware UTC, by the names that diagrams use.

    Raises InvalidError if the calendar lacks a year that the limit reaches.
    """
    current = calendar(uow)
    return {name: current.after(start, value * Decimal(share), unit) for name, share in LADDER.items()}
