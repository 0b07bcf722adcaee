"""Limits of single stages beside the total: accept, file, dispatch, handle, verify. The table ``stage_limit`` has them.

Tasks stay due with their case, so that inboxes are ordered by the total; a stage is judged by its own limit. ``accept``
begins with a task of the stage ``handle`` and is met by claiming or completing it. Not here: pauses (``duty_clock``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Table, bindparam, insert, select

from engine import audit, calendars, limits
from engine.deadlines import Run, due_at
from engine.duty_models import StageClock
from engine.locked import LockedCase
from engine.models import Task
from engine.statements import Statement
from engine.uow import UnitOfWork

_TABLE = cast(Table, StageClock.__table__)
ADD = Statement(insert(_TABLE).values({column.name: bindparam(column.name) for column in _TABLE.columns}))
RULE = "stage_limit"


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
    facts = {name: case.summary.get(name) for name in ("item", "grade")}
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
    query = (
        select(StageClock, Task)
        .join(Task, (Task.case_id == StageClock.case_id) & (Task.token == StageClock.token))
        .where(StageClock.case_id == case_id)
        .order_by(StageClock.started_at, StageClock.token, StageClock.stage)
    )
    first: dict[str, datetime] = {}
    for entry in audit.timeline(uow.session, case_id):
        if entry.action == "task.claimed":
            first.setdefault(orjson.loads(entry.body)["details"]["task"], entry.at)
    return [
        Stage(
            row.stage,
            row.value,
            row.unit,
            row.started_at,
            row.due_at,
            first.get(str(task.id), task.completed_at) if row.stage == "accept" else task.completed_at,
            task.activity_id,
        )
        for row, task in uow.session.execute(query)
    ]
