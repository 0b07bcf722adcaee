"""What leaders compare: weeks with weeks, grids with grids, and how long each step of a process takes.

All figures are of the cases that the actor may see. Not here: the board of today and the units (``boards``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, cast, extract, func, select, type_coerce
from sqlalchemy import case as choose

from engine import access
from engine.desk_models import CaseSubject
from engine.models import Case, Task, TaskState
from engine.uow import UnitOfWork

PERIOD = timedelta(days=90)
WEEKS = 12


@dataclass(frozen=True, slots=True)
class Week:
    """The cases of a week: reported in it; closed in it, and those of them in time."""

    start: datetime
    end: datetime
    opened: int
    closed: int
    on_time: int

    @property
    def share(self) -> int | None:
        """Return how many of the closed ones were in time, in per cent."""
        return round(100 * self.on_time / self.closed) if self.closed else None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a step takes in natural time, over the last 90 days, and what waits at it now."""

    activity: str
    name: str
    shown: dict[str, Any]
    done: int
    mean: timedelta | None
    waiting: int
    late: int  #: of the waiting


def weeks(uow: UnitOfWork, monday: datetime) -> list[Week]:
    """Return twelve weeks, the last one beginning with ``monday`` (an aware midnight), the oldest first."""
    starts = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    in_time = Case.due_at.is_(None) | (Case.closed_at <= Case.due_at)
    opened = _by_week(uow, Case.opened_at, starts)
    closed, kept = _by_week(uow, Case.closed_at, starts), _by_week(uow, Case.closed_at, starts, in_time)
    return [
        Week(at, at + timedelta(weeks=1), *figures) for at, *figures in zip(starts, opened, closed, kept, strict=True)
    ]


def _by_week(
    uow: UnitOfWork, column: Any, starts: list[datetime], wanted: ColumnElement[bool] | None = None
) -> list[int]:
    """Return how many cases lie in each of the weeks by that column."""
    counted = []
    for at in starts:
        inside = (column >= at) & (column < at + timedelta(weeks=1))
        counted.append(func.sum(choose((inside if wanted is None else inside & wanted, 1), else_=0)))
    query = select(*counted).where(access.visible_cases(uow.actor), access.counted_cases(), column >= starts[0])
    row = uow.session.execute(query).one()
    return [int(each or 0) for each in row]


def by_grid(uow: UnitOfWork) -> dict[str, tuple[int, int]]:
    """Return grid -> how many cases are open there, and how many of them late."""
    late = func.sum(choose((Case.due_at < uow.now, 1), else_=0))
    query = select(CaseSubject.grid_code, func.count(), late).join(Case, Case.id == CaseSubject.case_id)
    query = query.where(Case.closed_at.is_(None), access.visible_cases(uow.actor)).group_by(CaseSubject.grid_code)
    return {grid: (count, int(overdue or 0)) for grid, count, overdue in uow.session.execute(query)}


def paces(uow: UnitOfWork) -> list[Pace]:
    """Return each step at which people worked in the last 90 days or are asked to now, the slowest first."""
    done: dict[str, tuple[Any, ...]] = {}
    columns = (Task.activity_id, func.max(Task.name), func.max(Task.shown), func.count(), func.avg(_seconds(uow)))
    mine = (Task.case_id == Case.id, access.visible_cases(uow.actor))
    lately = (Task.state == TaskState.COMPLETED, Task.completed_at >= uow.now - PERIOD)
    for activity, *rest in uow.session.execute(select(*columns).where(*mine, *lately).group_by(Task.activity_id)):
        done[activity] = tuple(rest)
    late = func.sum(choose((Task.due_at < uow.now, 1), else_=0))
    columns = (Task.activity_id, func.max(Task.name), func.max(Task.shown), func.count(), late)
    now = (Task.state.in_((TaskState.OPEN, TaskState.PAUSED)),)
    waiting = {
        activity: rest
        for activity, *rest in uow.session.execute(select(*columns).where(*mine, *now).group_by(Task.activity_id))
    }
    found = [_pace(activity, done.get(activity), waiting.get(activity)) for activity in {**done, **waiting}]
    return sorted(found, key=lambda pace: (-(pace.mean or timedelta()), -pace.waiting, pace.activity))


def _pace(activity: str, done: Any, waiting: Any) -> Pace:
    name, shown = (done or waiting)[:2]
    mean = timedelta(seconds=round(float(done[3]))) if done else None
    asked, late = (int(waiting[2]), int(waiting[3] or 0)) if waiting else (0, 0)
    return Pace(activity, name, shown or {}, int(done[2]) if done else 0, mean, asked, late)


def _seconds(uow: UnitOfWork) -> ColumnElement[Any]:
    """Return how long a task was open, in seconds: moments are microseconds on SQLite, timestamps on PostgreSQL."""
    if uow.connection().dialect.name == "sqlite":
        micros = type_coerce(Task.completed_at, BigInteger) - type_coerce(Task.opened_at, BigInteger)
        return cast(micros, Float) / 1_000_000.0
    return cast(extract("epoch", Task.completed_at - Task.opened_at), Float)
