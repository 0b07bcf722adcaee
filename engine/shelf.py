"""Taking a case out of everybody's hands whole, and putting it back as it was.

What is kept: the state, and the rows that its process had in inboxes and among timers, subscriptions, jobs and
failures. The machine's cancel takes these away; ``put_back`` writes them again, and the process goes on from there.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, insert, select, update

from engine import execution, holders
from engine.columns import Base
from engine.duty_models import CaseClock
from engine.feedback_models import CaseEnd
from engine.locked import LockedCase
from engine.models import Candidate, Failure, Job, Person, Subscription, Task, TaskState, Timer
from engine.uow import UnitOfWork

ASKED = (TaskState.OPEN, TaskState.PAUSED)
ROWS: dict[str, type[Base]] = {"timers": Timer, "subscriptions": Subscription, "jobs": Job, "candidates": Candidate}

#: how what is no text or number is read back
TYPES: dict[str, Callable[[Any], Any]] = {"case_id": UUID, "task_id": UUID, "due_at": datetime.fromisoformat}


def take_away(uow: UnitOfWork, case: LockedCase, why: str) -> dict[str, Any]:
    """End the case without any of its ends being reached; return as JSON what ``put_back`` needs."""
    uow.flush()
    asked = select(Task.id, Task.state).where(Task.case_id == case.id, Task.state.in_(ASKED))
    tasks = {str(task_id): str(state) for task_id, state in uow.session.execute(asked)}
    failed = (Failure.case_id == case.id, Failure.resolved_at.is_(None))
    failures = [str(each) for each in uow.session.scalars(select(Failure.id).where(*failed))]
    kept = {
        "state": case.state,
        "holder": case.summary.get("holder"),
        "tasks": tasks,
        "failures": failures,
        **{name: _rows(uow, model, case, [*tasks]) for name, model in ROWS.items()},
    }
    execution.advance(uow, case, lambda machine: machine.cancel(why))
    uow.session.execute(delete(CaseEnd).where(CaseEnd.case_id == case.id))
    done = {"resolved_at": uow.now, "resolved_by": uow.actor.name}
    uow.session.execute(update(Failure).where(Failure.id.in_([UUID(each) for each in failures])).values(done))
    return kept


def put_back(uow: UnitOfWork, case: LockedCase, kept: dict[str, Any], why: str) -> None:
    """Let the case go on where it was taken away; timers that fell due meanwhile fire next."""
    case.state, case.closed_at = kept["state"], None
    case.summary = {**case.summary, "holder": kept["holder"]}
    for task_id, state in kept["tasks"].items():
        values = {"state": TaskState(state), "completed_at": None}
        uow.session.execute(update(Task).where(Task.id == UUID(task_id)).values(values))
    _release_absent(uow, case)
    for name, model in ROWS.items():
        if kept[name]:
            uow.session.execute(insert(cast(Table, model.__table__)), [_typed(row) for row in kept[name]])
    again = {"resolved_at": None, "resolved_by": None}
    failures = [UUID(each) for each in kept["failures"]]
    uow.session.execute(update(Failure).where(Failure.id.in_(failures)).values(again))
    uow.session.execute(update(CaseClock).where(CaseClock.case_id == case.id).values(ended_at=None))
    execution.advance(uow, case, lambda machine: machine.take_up(why))
    holders.charge_again(uow, case)


def _release_absent(uow: UnitOfWork, case: LockedCase) -> None:
    """Put back to its groups what somebody had claimed who has left meanwhile."""
    gone = select(Person.name).where(~Person.is_active)
    query = select(Task).where(Task.case_id == case.id, Task.state.in_(ASKED), Task.assignee.in_(gone))
    for task in uow.session.scalars(query.execution_options(populate_existing=True)):
        held = case.summary["holder"]
        if held and held["person"] == task.assignee:
            case.summary = {**case.summary, "holder": {**held, "person": None}}
        task.assignee = None
        uow.record("task.released", case, task=str(task.id), activity=task.activity_id)
    uow.session.flush()


def _rows(uow: UnitOfWork, model: type[Base], case: LockedCase, tasks: list[str]) -> list[dict[str, Any]]:
    table = cast(Table, model.__table__)
    ids = [UUID(each) for each in tasks]
    mine = table.c.task_id.in_(ids) if model is Candidate else table.c.case_id == case.id
    rows = uow.session.execute(select(table).where(mine))
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with ids and moments in place of their texts."""
    found = {}
    for name, value in row.items():
        read = TYPES.get(name)
        found[name] = read(value) if read and value is not None else value
    return found
