"""What a dispatcher sorts: tasks that nobody took, cases that units sent back, and how much each unit has to do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case as choose
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from engine import access, catalogue, duties, precedents
from engine.desk_models import CaseSubject
from engine.errors import NotFoundError
from engine.models import Candidate, Case, Task, TaskState
from engine.uow import UnitOfWork

MOST = 50
#: cases of an item that are looked at for who closed them
NEWEST = 500


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A unit that may be right; ``why``: proposed, ruled, responsible, owner, helps, stands in, did it before."""

    unit: str
    why: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """What a unit has to do now."""

    unit: str
    waiting: int  #: offered and taken by nobody
    taken: int
    late: int
    oldest_at: datetime | None  #: when the oldest of the waiting was offered


def untaken(uow: UnitOfWork, before: datetime) -> list[Task]:
    """Return the open tasks that were offered before and that nobody took, the oldest first, of cases one may see."""
    query = select(Task).join(Task.case).where(Task.state == TaskState.OPEN, Task.assignee.is_(None))
    query = query.where(Task.opened_at < before, access.visible_cases(uow.actor)).options(contains_eager(Task.case))
    return list(uow.session.scalars(query.order_by(Task.opened_at, Task.id).limit(MOST)))


def unassigned(uow: UnitOfWork) -> list[Task]:
    """Return the open tasks of filing a report, whose case no unit has yet, the nearest deadline first."""
    return sent_back(uow, ("file",))


def sent_back(uow: UnitOfWork, activities: tuple[str, ...] = ("redispatch",)) -> list[Task]:
    """Return the open tasks of naming another unit, the nearest deadline first, of cases one may see."""
    query = select(Task).join(Task.case).where(Task.state == TaskState.OPEN, Task.activity_id.in_(activities))
    query = query.where(access.visible_cases(uow.actor)).options(contains_eager(Task.case))
    return list(uow.session.scalars(query.order_by(Task.due_at.is_(None), Task.due_at, Task.id).limit(MOST)))


def suggestions(uow: UnitOfWork, case: Case) -> list[Suggestion]:
    """Return units that may be right, and why: by a precedent, by the list of duties, and by who closed such cases."""
    item, grid = (str(case.summary.get(name) or "") for name in ("item", "grid"))
    try:
        entry = catalogue.get_item(uow, item).entry
    except NotFoundError:
        return []
    answer, precedent = duties.in_force(uow, item, grid), precedents.fitting(uow, item, grid)
    proposed = case.summary.get("suggested")
    found = [Suggestion(str(proposed), "proposed")] if proposed else []
    found += [Suggestion(precedent.lead, "ruled")] if precedent else []
    found += [Suggestion(row.unit, "responsible") for row in answer.leads]
    found += [Suggestion(answer.owner.unit, "owner")] if answer.owner else []
    found += [Suggestion(row.unit, "helps") for row in answer.assist]
    last = (answer.territory, answer.fallback) if answer.is_gap else ()
    found += [Suggestion(unit, "stands in") for unit in dict.fromkeys(row.unit for row in last if row)]
    found += [Suggestion(unit, "did it before", count) for unit, count in _before(uow, str(entry["item_code"]))]
    return [each for each in found if each.unit != case.unit_code]


def _before(uow: UnitOfWork, item: str) -> list[tuple[str, int]]:
    """Return the three units that closed most of the newest cases of the item, and how many."""
    newest = select(CaseSubject.case_id).where(CaseSubject.item_code == item)
    newest = newest.order_by(CaseSubject.opened_at.desc()).limit(NEWEST)
    closed = (Case.closed_at.is_not(None), Case.unit_code.is_not(None), access.counted_cases(), Case.id.in_(newest))
    query = select(Case.unit_code, func.count()).where(*closed).group_by(Case.unit_code)
    query = query.order_by(func.count().desc(), Case.unit_code).limit(3)
    return [(str(unit), count) for unit, count in uow.session.execute(query)]


def loads(uow: UnitOfWork) -> list[Load]:
    """Return in how many cases each unit has to do something now, the most late first; of cases one may see."""
    kinds = (Task.assignee.is_(None), Task.assignee.is_not(None), Task.due_at < uow.now)
    counts = [func.count(choose((which, Task.case_id)).distinct()) for which in kinds]
    query = (
        select(Candidate.group_key, func.min(choose((kinds[0], Task.opened_at))), *counts)
        .join(Task, Task.id == Candidate.task_id)
        .join(Case, Case.id == Task.case_id)
        .where(Task.state == TaskState.OPEN, Candidate.group_key.like("unit:%"), access.visible_cases(uow.actor))
        .where(access.counted_cases())
        .group_by(Candidate.group_key)
    )
    rows = [row for row in uow.session.execute(query) if row[0].count(":") == 1]
    found = [
        Load(key.removeprefix("unit:"), free, taken, late, oldest)
        for key, oldest, free, taken, late in map(tuple, rows)
    ]
    return sorted(found, key=lambda load: (-load.late, -load.waiting, load.unit))
