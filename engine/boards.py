"""What dispatchers and leaders look at: how many cases are open, late, closed, and by unit; each number has a list."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case as choose
from sqlalchemy import func, select

from engine import access, lists
from engine.models import Assessment, Case
from engine.uow import UnitOfWork

PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """A unit's figures; those of the closed cases are of the last 30 days. ``share``: on time, in per cent."""

    unit: str | None
    open: int
    late: int
    closed: int
    on_time: int

    @property
    def share(self) -> int | None:
        return round(100 * self.on_time / self.closed) if self.closed else None


def today(uow: UnitOfWork, midnight: datetime) -> dict[str, int]:
    """Return, of the cases that the actor may see: opened and closed since ``midnight``, open now, late now."""
    mine = access.visible_cases(uow.actor)
    is_open = Case.closed_at.is_(None)
    counts = {
        "opened": Case.opened_at >= midnight,
        "closed": Case.closed_at >= midnight,
        "open": is_open,
        "late": is_open & (Case.due_at < uow.now),
    }
    return {
        name: uow.session.scalar(select(func.count()).select_from(Case).where(mine, wanted, access.counted_cases()))
        or 0
        for name, wanted in counts.items()
    }


def by_class(uow: UnitOfWork) -> dict[str, int]:
    """Return how the cases ended that were closed in the last 30 days and that the actor may see, the most first."""
    query = select(Assessment.ended_as, func.count()).join(Case, Case.id == Assessment.case_id)
    query = query.where(Case.closed_at >= uow.now - PERIOD, Assessment.ended_as.is_not(None))
    query = query.where(access.visible_cases(uow.actor), access.counted_cases()).group_by(Assessment.ended_as)
    counts: dict[str, int] = {str(name): count for name, count in uow.session.execute(query)}
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def excused(uow: UnitOfWork) -> int:
    """Return in how many cases that the actor may see an appeal against "late" was upheld in the last 30 days."""
    wanted = (lists.holds("excused", "", uow.now), access.visible_cases(uow.actor), access.counted_cases())
    query = select(func.count()).select_from(Case).where(*(each for each in wanted if each is not None))
    return uow.session.scalar(query) or 0


def by_unit(uow: UnitOfWork) -> list[Line]:
    """Return a line for each unit that has open cases or closed some lately; the most late first."""
    is_open = Case.closed_at.is_(None)
    recent = Case.closed_at >= uow.now - PERIOD
    in_time = recent & (Case.due_at.is_(None) | (Case.closed_at <= Case.due_at))
    columns = [
        func.sum(choose((wanted, 1), else_=0))
        for wanted in (is_open, is_open & (Case.due_at < uow.now), recent, in_time)
    ]
    query = select(Case.unit_code, *columns).where(access.visible_cases(uow.actor), is_open | recent)
    query = query.where(access.counted_cases())
    rows = uow.session.execute(query.group_by(Case.unit_code))
    lines = [Line(unit, *(int(each or 0) for each in figures)) for unit, *figures in rows]
    return sorted(lines, key=lambda line: (-line.late, -line.open, line.unit or ""))
