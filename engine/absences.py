"""Being away for a while (代理): noting it, and taking over what the absent had claimed.

Not here: who stands in now (``substitutes``), leaving for good (``hand_overs``).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager

from engine import access, execution, holders, substitutes
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.hand_over_models import Absence
from engine.models import Person, Task, TaskState
from engine.uow import UnitOfWork


def note_absence(uow: UnitOfWork, person: str, substitute: str, start: datetime, end: datetime) -> Absence:
    """Note that the person is away from start to end, and who stands in.

    Raises InvalidError for a wrong period, for oneself, for an unknown or inactive person, and for a circle: nobody
    stands in, however indirectly, for somebody who stands in for them at the same time.
    """
    problems = {}
    if end <= start or end <= uow.now:
        problems["to"] = "is not after the beginning"
    if substitute == person:
        problems["substitute"] = "is the person who is away"
    active = set(
        uow.session.scalars(select(Person.name).where(Person.is_active, Person.name.in_((person, substitute))))
    )
    problems |= {
        place: "is nobody" for place, name in (("person", person), ("substitute", substitute)) if name not in active
    }
    if not problems and person in _chain(uow, substitute, start, end):
        problems["substitute"] = "is away at that time, with you as the substitute"
    if problems:
        raise InvalidError(problems=problems)
    row = Absence(
        person=person, substitute=substitute, from_at=start, to_at=end, noted_at=uow.now, noted_by=uow.actor.name
    )
    uow.session.add(row)
    uow.session.flush()
    moments = {"since": start.isoformat(), "until": end.isoformat()}
    uow.record("absence.noted", "directory", name=person, substitute=substitute, **moments)
    return row


def _chain(uow: UnitOfWork, name: str, start: datetime, end: datetime) -> set[str]:
    """Return who stands in for the person in the period, directly or for a substitute who is away too."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        away = (Absence.person == waiting.pop(), Absence.from_at < end, Absence.to_at > start)
        new = set(uow.session.scalars(select(Absence.substitute).where(*away))) - found
        found |= new
        waiting += sorted(new)
    return found


def end_absence(uow: UnitOfWork, absence_id: UUID) -> None:
    """Let the person be back: an absence that has begun ends now, one to come is forgotten.

    Raises NotFoundError, or ForbiddenError if it is somebody else's and the actor hands no tasks on.
    """
    row = uow.session.get(Absence, absence_id)
    if row is None or row.to_at <= uow.now:
        raise NotFoundError("no such absence")
    if row.person != uow.actor.name and not access.can(uow.actor, "task.reassign"):
        raise ForbiddenError("only {person} or a supervisor ends this absence", person=row.person)
    if row.from_at >= uow.now:
        uow.session.execute(delete(Absence).where(Absence.id == absence_id))
    else:
        row.to_at = uow.now
    uow.record("absence.ended", "directory", name=row.person, substitute=row.substitute)


def absences(uow: UnitOfWork) -> list[Absence]:
    """Return who is or will be away, the next first."""
    query = select(Absence).where(Absence.to_at > uow.now).order_by(Absence.from_at, Absence.person)
    return list(uow.session.scalars(query.limit(200)))


def waiting(uow: UnitOfWork) -> list[Task]:
    """Return the open tasks that people for whom the actor stands in had claimed, the nearest deadline first."""
    away = substitutes.stands_in_for(uow, uow.actor.name)
    query = select(Task).where(Task.state == TaskState.OPEN, Task.assignee.in_(sorted(away)))
    query = query.join(Task.case).options(contains_eager(Task.case))
    return list(uow.session.scalars(query.order_by(Task.due_at.is_(None), Task.due_at, Task.id).limit(200)))


def take_over(uow: UnitOfWork, task_id: UUID) -> None:
    """Make a claimed task of somebody who is away the actor's; nothing else of it changes.

    Raises NotFoundError if the actor does not stand in for its assignee.
    """
    case = execution.locked_case_of(uow, task_id)
    task = uow.session.get(Task, task_id, populate_existing=True)
    if case is None or task is None or task.assignee not in substitutes.stands_in_for(uow, uow.actor.name):
        raise NotFoundError("no such task")
    if task.state != TaskState.OPEN:
        raise ConflictError("task {task} was withdrawn: the case went on without it", task=task.name)
    before, task.assignee = task.assignee, uow.actor.name
    uow.session.flush()
    details = {"task": str(task.id), "activity": task.activity_id, "before": before, "after": uow.actor.name}
    uow.record("task.taken-over", case, **details)
    holders.claimed(uow, case, task.token, uow.actor.name)
