"""Human work: the inbox, claiming, putting back, handing on, drafts, completing. Not here: the forms' fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import contains_eager, joinedload

from engine import (
    access,
    admissions,
    choices,
    clock_requests,
    deployments,
    duty_clock,
    execution,
    forms,
    holders,
    inboxes,
    jobs,
    news,
    proof,
)
from engine.clock_requests import OWN
from engine.desk_models import FollowUp
from engine.errors import ConflictError, ForbiddenError, NotFoundError
from engine.inboxes import Wanted
from engine.locked import LockedCase
from engine.models import Answer, Candidate, Membership, Person, Task, TaskState
from engine.statements import Statement
from engine.uow import UnitOfWork

_TASKS = cast(Table, Task.__table__)
NEEDED = ("id", "case_id", "token", "activity_id", "name", "form", "state", "assignee", "completed_by", "shown")
LOAD = Statement(select(*(_TASKS.c[name] for name in NEEDED)).where(_TASKS.c.id == bindparam("task")))
GIVE = Statement(
    update(_TASKS)
    .where(_TASKS.c.id == bindparam("task"))
    .values(
        assignee=bindparam("to"),
        accepted_at=func.coalesce(_TASKS.c.accepted_at, bindparam("at", type_=_TASKS.c.accepted_at.type)),
    )
)
PUT_BACK = Statement(update(_TASKS).where(_TASKS.c.id == bindparam("task")).values(assignee=None))
BY = Statement(
    select(_TASKS.c.name)
    .where(
        _TASKS.c.case_id == bindparam("case"),
        _TASKS.c.activity_id == bindparam("activity"),
        _TASKS.c.completed_by == bindparam("person"),
    )
    .limit(1)
)
KEEP = Statement(update(_TASKS).where(_TASKS.c.id == bindparam("task")).values(draft=bindparam("draft")))
DONE = Statement(
    update(_TASKS)
    .where(_TASKS.c.id == bindparam("task"))
    .values({name: bindparam(name) for name in ("state", "draft", "completed_at", "completed_by")})
)
WITHDRAW = Statement(delete(cast(Table, Candidate.__table__)).where(Candidate.task_id == bindparam("task")))


@dataclass(slots=True)
class OpenTask:
    """What is needed of the row of an open task whose case is locked."""

    id: UUID
    case_id: UUID
    token: str
    activity_id: str
    name: str
    form: str | None
    state: str
    assignee: str | None
    completed_by: str | None
    shown: dict[str, Any]


#: how long a repeated command still gets its old answer
ANSWER_LIFE = timedelta(days=2)


def inbox(
    uow: UnitOfWork, which: str = "groups", wanted: Wanted | None = None, *, limit: int = 50, offset: int = 0
) -> list[Task]:
    """Return open tasks with their cases, nearest deadline first, those without one last; the first page begins with
    what came back from a pause.

    which: ``mine`` (claimed by the actor), ``handed`` (of those, what somebody else handed on),
    ``groups`` (offered to the actor's groups and claimed by nobody),
    ``overdue`` (either of them, past its deadline), ``follow`` (those that the actor wants to look at again, by that
    day), or ``paused`` (either of them, while the clock of the case stands still).
    """
    asked = wanted or Wanted()
    back = duty_clock.returned(uow) if which in ("groups", "mine", "overdue") else []
    if not back:
        return _read(uow, which, asked, limit, offset)
    first = _read(uow, which, asked, len(back), 0, Task.id.in_(back))
    left, skipped = max(0, limit - len(first[offset:])), max(0, offset - len(first))
    return first[offset : offset + limit] + _read(uow, which, asked, left, skipped, Task.id.not_in(back))


def _read(
    uow: UnitOfWork, which: str, wanted: Wanted, limit: int, offset: int, *more: ColumnElement[bool]
) -> list[Task]:
    """Return the tasks of a view from ``offset`` on, in its order, with their cases."""
    some = inboxes.first(uow, which, wanted, offset + limit, *more).subquery()
    order = (some.c.due_at.nulls_last(), some.c.task_id)
    page = select(some).order_by(*order).limit(limit).offset(offset).subquery()
    query = select(Task).join(page, page.c.task_id == Task.id).join(Task.case).options(contains_eager(Task.case))
    return list(uow.session.scalars(query.order_by(page.c.due_at.nulls_last(), page.c.task_id)))


def to_verify(uow: UnitOfWork, activities: Sequence[str] = ("verify",)) -> list[Task]:
    """Return the open tasks of looking on the spot that are the actor's or offered to the actor, nearest deadline
    first; at most 200."""
    offered = select(Candidate.task_id).where(Candidate.group_key.in_(sorted(uow.actor.groups)))
    own = (Task.assignee == uow.actor.name) | (Task.assignee.is_(None) & Task.id.in_(offered))
    query = select(Task).where(Task.state == TaskState.OPEN, Task.activity_id.in_(activities), own)
    query = query.join(Task.case).options(contains_eager(Task.case))
    return list(uow.session.scalars(query.order_by(Task.due_at.is_(None), Task.due_at, Task.id).limit(200)))


def follow_ups(uow: UnitOfWork, found: Sequence[Task]) -> dict[UUID, datetime]:
    """Return when the actor wants to look at which of the tasks again."""
    mine = (FollowUp.person == uow.actor.name, FollowUp.task_id.in_([task.id for task in found]))
    return {
        task_id: due for task_id, due in uow.session.execute(select(FollowUp.task_id, FollowUp.due_at).where(*mine))
    }


def get_task(uow: UnitOfWork, task_id: UUID) -> Task:
    """Return the task with its case. Raises NotFoundError if there is none that the actor may see."""
    query = select(Task).where(Task.id == task_id, access.visible_tasks(uow.actor)).options(joinedload(Task.case))
    task = uow.session.scalars(query).first()
    if task is None:
        raise NotFoundError("no such task")
    return task


def may_do(uow: UnitOfWork, task: Task) -> bool:
    """Say whether the task is the actor's or offered to the actor, and not one that another person must do."""
    return (access.can(uow.actor, "task.do") or _is_offered(uow, task)) and for_another(uow, task) is None


def form_of(uow: UnitOfWork, task: Task) -> dict[str, Any]:
    """Return the JSON Schema of the task's form; an empty one if it has none."""
    if task.form is None:
        return {"properties": {}}
    return choices.filled(uow, deployments.form(uow, task.case.bound, task.form), task.case)


def claim_task(uow: UnitOfWork, task_id: UUID) -> None:
    """Make the actor the assignee. Raises ConflictError if somebody else is, or the task is no longer open."""
    task, case = _locked(uow, task_id)
    if task.assignee not in (None, uow.actor.name):
        raise ConflictError("task {task} was claimed by {person}", task=task.name, person=task.assignee)
    _require_another(uow, task)
    _require_offered(uow, task)
    if task.assignee is None:
        GIVE.run(uow, {"task": task.id, "to": uow.actor.name, "at": uow.now})
        uow.record("task.claimed", case, task=str(task.id), activity=task.activity_id)
        holders.claimed(uow, case, task.token, uow.actor.name)


def release_task(uow: UnitOfWork, task_id: UUID) -> None:
    """Put the task back to its groups. Raises ForbiddenError if it is another person's."""
    task, case = _locked(uow, task_id)
    _require_own(uow, task)
    PUT_BACK.run(uow, {"task": task.id})
    uow.record("task.released", case, task=str(task.id), activity=task.activity_id)
    holders.claimed(uow, case, task.token, None)


def reassign_task(uow: UnitOfWork, task_id: UUID, name: str) -> None:
    """Hand the task to a named colleague: one of ``colleagues``, or anybody by who may hand on everybody's tasks.

    Raises NotFoundError if there is no such active person, ForbiddenError if he is no colleague.
    """
    task, case = _locked(uow, task_id)
    if not access.can(uow.actor, "task.reassign"):
        _require_own(uow, task)
    person = uow.session.scalars(select(Person).where(Person.name == name, Person.is_active)).first()
    if person is None:
        raise NotFoundError("there is nobody called {name}", name=name)
    admissions.judge_person(uow, case, task.id, person)
    if not access.can(uow.actor, "task.reassign") and person.name not in _near(uow, task.id):
        raise ForbiddenError(
            "{task} goes only to people of your unit, or to whom it is offered; ask the dispatcher for another unit",
            task=task.name,
        )
    GIVE.run(uow, {"task": task.id, "to": name, "at": uow.now})
    details = {"task": str(task.id), "activity": task.activity_id, "before": task.assignee, "after": name}
    uow.record("task.reassigned", case, **details)
    holders.claimed(uow, case, task.token, name)
    news.tell(uow, [name], "handed", case.id, task.id)


def colleagues(uow: UnitOfWork, task: Task) -> list[Person]:
    """Return to whom the actor may want to hand the task: people to whom it is offered, and those of the same unit."""
    query = select(Person).where(Person.is_active, _is_near(uow, task.id), Person.name != (task.assignee or ""))
    return list(uow.session.scalars(query.order_by(Person.full_name, Person.name).limit(200)))


def _is_near(uow: UnitOfWork, task_id: UUID) -> ColumnElement[bool]:
    """Return the condition on a person: the task is offered to him, or he belongs to the actor's unit."""
    groups = select(Candidate.group_key).where(Candidate.task_id == task_id)
    members = select(Membership.person_id).where(Membership.group_key.in_(groups))
    return or_(Person.id.in_(members), Person.unit_code == uow.actor.unit_code)


def _near(uow: UnitOfWork, task_id: UUID) -> set[str]:
    return set(uow.session.scalars(select(Person.name).where(Person.is_active, _is_near(uow, task_id))))


def save_draft(uow: UnitOfWork, task_id: UUID, values: dict[str, Any]) -> None:
    """Keep what the actor has typed so far; it is not checked and changes nothing else.

    Raises ConflictError if somebody else claimed the task, ForbiddenError if it is not offered to the actor.
    """
    task, _case = _locked(uow, task_id)
    if task.assignee not in (None, uow.actor.name):
        raise ConflictError("task {task} was claimed by {person}", task=task.name, person=task.assignee)
    _require_offered(uow, task)
    KEEP.run(uow, {"task": task.id, "draft": values})


def complete_task(uow: UnitOfWork, task_id: UUID, values: dict[str, Any], key: str | None = None) -> None:
    """Mark the task as done by the actor and carry its case on to the next activities.

    values: field name -> JSON, only fields of the task's form; ``key`` makes a repeated command have one effect.
    Raises ConflictError if the task is no longer open or another person's, InvalidError naming each wrong field.
    """
    answer = f"complete {task_id} {key}"
    if key is not None and uow.session.get(Answer, answer) is not None:
        return
    task, case = _locked(uow, task_id)
    if task.assignee not in (None, uow.actor.name):
        raise ConflictError("task {task} was claimed by {person}", task=task.name, person=task.assignee)
    _require_another(uow, task)
    _require_offered(uow, task)
    schema = {"properties": {}} if task.form is None else deployments.form(uow, case.bound, task.form)
    schema = choices.filled(uow, schema, case, values)
    forms.check_values(schema, values)
    admissions.judge_values(uow, case, schema, values)
    values = choices.collected(schema, values)
    proof.judge(uow, case, task.activity_id, task.shown.get("properties", {}).get("rule"), values)
    done = {"state": TaskState.COMPLETED, "draft": None, "completed_at": uow.now, "completed_by": uow.actor.name}
    DONE.run_many(uow, [{"task": task.id, **done}])
    WITHDRAW.run_many(uow, [{"task": task.id}])
    if key is not None:
        uow.session.add(Answer(key=answer, result={"task": str(task_id)}, at=uow.now))
    who = {"unit": uow.actor.unit_code, "roles": sorted(uow.actor.roles)}
    uow.record("task.completed", case, task=str(task.id), activity=task.activity_id, values=values, **who)
    if execution.advance(uow, case, lambda machine: machine.complete(task.token, values)):
        jobs.work_jobs_of(uow, case)


def _locked(uow: UnitOfWork, task_id: UUID) -> tuple[OpenTask, LockedCase]:
    """Return the open task and its case, locked. Raises NotFoundError or ConflictError."""
    case = execution.locked_case_of(uow, task_id)  # first, since somebody may be completing it now
    if case is None:
        raise NotFoundError("no such task")
    task = _row(uow, task_id)
    if task.state != TaskState.OPEN:
        if task.state == TaskState.PAUSED:
            raise duty_clock.paused(case)
        if task.completed_by:
            raise ConflictError(
                "task {task} is already completed by {person}", task=task.name, person=task.completed_by
            )
        raise ConflictError("task {task} was withdrawn: the case went on without it", task=task.name)
    if not _is_visible(uow, task):
        raise NotFoundError("no such task")
    return task, case


def _row(uow: UnitOfWork, task_id: UUID) -> OpenTask:
    found = LOAD.first(uow, {"task": task_id})
    if found is None:
        raise NotFoundError("no such task")
    return OpenTask(*found)


def _require_another(uow: UnitOfWork, task: OpenTask) -> None:
    if (error := for_another(uow, task)) is not None:
        raise error


def for_another(uow: UnitOfWork, task: OpenTask | Task) -> ForbiddenError | None:
    """Return why another person than the actor must do the task: who asked for what it decides on, or did an earlier
    activity of the case that the diagram names, does not; None if the actor may."""
    if "request" in task.shown.get("properties", {}) and clock_requests.is_own(uow, uow.session.get_one(Task, task.id)):
        return ForbiddenError(OWN)
    for activity in task.shown.get("properties", {}).get("notBy", "").split():
        done = BY.first(uow, {"case": task.case_id, "activity": activity, "person": uow.actor.name})
        if done is not None:
            return ForbiddenError(
                "{task} must be done by another person than {other}, which you did", task=task.name, other=done[0]
            )
    return None


def _is_visible(uow: UnitOfWork, task: OpenTask) -> bool:
    return access.can(uow.actor, "task.read") or _is_offered(uow, task)


def _is_offered(uow: UnitOfWork, task: OpenTask | Task) -> bool:
    if task.assignee == uow.actor.name:
        return True
    mine = (Candidate.task_id == task.id, Candidate.group_key.in_(sorted(uow.actor.groups)))
    return uow.session.scalar(select(Candidate.task_id).where(*mine).limit(1)) is not None


def _require_offered(uow: UnitOfWork, task: OpenTask) -> None:
    """Raise ForbiddenError if the actor may see the task and no more: who watches the work does not do it."""
    seen_by_right = access.can(uow.actor, "task.read") and not access.can(uow.actor, "task.do")
    if seen_by_right and not _is_offered(uow, task):
        raise ForbiddenError("task {task} is not offered to you: hand it to somebody of its unit", task=task.name)


def _require_own(uow: UnitOfWork, task: OpenTask) -> None:
    if task.assignee != uow.actor.name:
        raise ForbiddenError("task {task} is not yours", task=task.name)
