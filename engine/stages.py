"""Limits of single stages beside the total: accept, file, dispatch, handle, verify. The table ``stage_limit`` has them.

Tasks stay due with their case, so that inboxes are ordered by the total; a stage is judged by its own limit. ``accept``
begins with a task of the stage ``handle`` and is met by claiming or completing it. Not here: pauses (``duty_clock``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, insert, select
from sqlalchemy import case as choose

from engine import access, calendars, limits
from engine.deadlines import Run, due_at
from engine.duty_models import StageClock
from engine.locked import LockedCase
from engine.models import Case, Task, TaskState
from engine.statements import Statement
from engine.uow import UnitOfWork

_TABLE = cast(Table, StageClock.__table__)
ADD = Statement(insert(_TABLE).values({column.name: bindparam(column.name) for column in _TABLE.columns}))
RULE = "stage_limit"
PERIOD = timedelta(days=30)
_SAME = Task.token == StageClock.token
_COMPLETED = choose((Task.state == TaskState.COMPLETED, Task.completed_at))
#: when a stage was done; a task that was withdrawn was not
DONE = choose((StageClock.stage == "accept", func.coalesce(Task.accepted_at, _COMPLETED)), else_=_COMPLETED)


@dataclass(frozen=True, slots=True)
class Stage:
    """How one stage of a case went: what was allowed, and when it was done; None while it is not."""

    stage: str
    value: str
    unit: str
    started_at: datetime
    due_at: datetime
    done_at: datetime | None
    activity: str = ""  #: of the diagram, whose task it is


@dataclass(frozen=True, slots=True)
class Line:
    """How a stage kept its limits in the last 30 days; ``missed``: cases that did it late, or are late now."""

    stage: str
    done: int
    in_time: int
    missed: int

    @property
    def share(self) -> int | None:
        """Return how many of those done were in time, in per cent."""
        return round(100 * self.in_time / self.done) if self.done else None


def note(uow: UnitOfWork, case: LockedCase, opened: Iterable[dict[str, Any]]) -> None:
    """Start the clocks of the stages that begin with these ``task.opened`` events."""
    if RULE not in case.bound:
        return
    rows: list[dict[str, Any]] = []
    for event in opened:
        stage = event["properties"].get("stage")
        if stage is None:
            continue
        row = _row(uow, case, event["token"], stage)
        if row is not None:
            rows.append(row)
        if stage == "handle" and (row := _row(uow, case, event["token"], "accept")) is not None:
            rows.append(row)
    if rows:
        ADD.run_many(uow, rows)


def _row(uow: UnitOfWork, case: LockedCase, token: str, stage: str) -> dict[str, Any] | None:
    facts = {name: case.summary.get(name) for name in ("item", "grade", "limit_value", "limit_unit")}
    limit = limits.of_stage(uow, case.bound, stage, facts)
    if limit is None:
        return None
    name = str(case.summary.get("calendar") or calendars.CITY)
    run = Run(limit, uow.now)
    calendar, due = calendars.reaching(uow, name, uow.now, lambda found: (found, due_at(found, run)))
    return {
        "case_id": case.id,
        "token": token,
        "stage": stage,
        "value": str(limit.value),
        "unit": limit.unit,
        "calendar": name,
        "calendar_version": calendar.version,
        "started_at": uow.now,
        "due_at": due,
    }


def accept_due(uow: UnitOfWork, case_id: UUID, token: str) -> datetime | None:
    """Return until when the unit of the task may say that the case is not its own; None without such a limit."""
    found = uow.session.get(StageClock, (case_id, token, "accept"))
    return found.due_at if found else None


def of_case(uow: UnitOfWork, case_id: UUID) -> list[Stage]:
    """Return the stages of the case that had limits, in order; a task is accepted when it is first claimed, or done."""
    query = _judged().where(StageClock.case_id == case_id)
    query = query.order_by(StageClock.started_at, StageClock.token, StageClock.stage)
    return [_stage(*row) for row in uow.session.execute(query)]


def of_task(uow: UnitOfWork, task: Task) -> list[Stage]:
    """Return the limits of the task's own stage, those that it has met too, the nearest first."""
    query = _judged().where(StageClock.case_id == task.case_id, StageClock.token == task.token)
    return [_stage(*row) for row in uow.session.execute(query.order_by(StageClock.due_at, StageClock.stage))]


def _judged() -> Select[Any]:
    """Return the query of stages, activities and when they were done; tasks that were withdrawn are left out."""
    query = select(StageClock, Task.activity_id, DONE).join(Task, (Task.case_id == StageClock.case_id) & _SAME)
    return query.where(Task.state.in_((TaskState.OPEN, TaskState.PAUSED, TaskState.COMPLETED)))


def _stage(row: StageClock, activity: str, done: datetime | None) -> Stage:
    return Stage(row.stage, row.value, row.unit, row.started_at, row.due_at, done, activity)


def missed(stage: str, now: datetime) -> ColumnElement[bool]:
    """Return the condition on ``Case``: it missed a limit of the stage in the last 30 days, or is past one now."""
    judged = select(StageClock.case_id).join(Task, (Task.case_id == StageClock.case_id) & _SAME)
    return Case.id.in_(judged.where(StageClock.stage == stage, _since(now - PERIOD), _is_missed(now)))


def lately(uow: UnitOfWork) -> list[Line]:
    """Return a line for each stage with a limit, of the cases that the actor may see, the most missed first."""
    in_time = choose((DONE.is_not(None) & (DONE <= StageClock.due_at), 1), else_=0)
    late = choose((_is_missed(uow.now), StageClock.case_id))
    query = (
        select(StageClock.stage, func.count(DONE), func.sum(in_time), func.count(late.distinct()))
        .join(Task, (Task.case_id == StageClock.case_id) & _SAME)
        .join(Case, Case.id == StageClock.case_id)
        .where(_since(uow.now - PERIOD), access.visible_cases(uow.actor), access.counted_cases())
        .group_by(StageClock.stage)
    )
    lines = [Line(stage, done, int(kept or 0), over) for stage, done, kept, over in uow.session.execute(query)]
    return sorted(lines, key=lambda line: (-line.missed, line.stage))


def _since(moment: datetime) -> ColumnElement[bool]:
    return (Task.completed_at >= moment) | Task.state.in_((TaskState.OPEN, TaskState.PAUSED))


def _is_missed(now: datetime) -> ColumnElement[bool]:
    """Say that a stage was done late, or is late now; what was withdrawn undone is not judged."""
    waits = DONE.is_(None) & (Task.state == TaskState.OPEN) & (StageClock.due_at < now)
    return (DONE > StageClock.due_at) | waits
