"""Completing tasks. Not here yet: the inbox, claiming, and checking values against the form."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete

from engine import execution
from engine.errors import ConflictError, NotFoundError
from engine.models import Candidate, Task, TaskState
from engine.uow import UnitOfWork


def complete_task(uow: UnitOfWork, task_id: UUID, values: dict[str, Any]) -> Task:
    """Mark the task as done by the actor and carry its case on to the next activities.

    values: field name -> JSON. Raises NotFoundError, or ConflictError if the task is no longer open.
    """
    task = uow.session.get(Task, task_id)
    if task is None:
        raise NotFoundError("no such task")
    case = execution.locked_case(uow, task.case_id)
    uow.session.refresh(task)
    if not task.is_open:
        by = f" by {task.completed_by}" if task.completed_by else ""
        raise ConflictError(f"task {task.name} is already {task.state}{by}")
    task.state = TaskState.COMPLETED
    task.completed_at, task.completed_by = uow.now, uow.actor.name
    uow.session.execute(delete(Candidate).where(Candidate.task_id == task.id))
    uow.session.flush()
    uow.record("task.completed", case, task=str(task.id), activity=task.activity_id, values=values)
    execution.advance(uow, case, lambda machine: machine.complete(task.token, values))
    return task
