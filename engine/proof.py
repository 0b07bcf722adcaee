"""Judging what completes a task by a table: an answer needs finding, action and date; a check its photos, and another
person than those who handled the case. A task names its table in the diagram (property ``rule``)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine import cases, enforcement, joint, mediations, rules
from engine.locked import LockedCase
from engine.models import Attachment, Task
from engine.uow import UnitOfWork

HANDLED = frozenset({"handle", "joint", "mediate"})


def judge(uow: UnitOfWork, case: LockedCase, activity: str, rule: str | None, values: Mapping[str, Any]) -> None:
    """Pass if the rule allows the values. Raises RefusedError, kept in the case's chain with the values."""
    if rule is None:
        return
    if rule == mediations.RULE:
        more = mediations.facts(uow, case.id, values)
    elif rule == enforcement.HEAVIER:
        more = enforcement.facts(uow, case.id)
    else:
        more = joint.facts(uow, case.id, values)
    rules.judge(uow, case, activity, rule, {**case.summary, **_photos(uow, case), **more, **values}, values)


def _photos(uow: UnitOfWork, case: LockedCase) -> dict[str, Any]:
    """Return whether the actor took part in handling, and how many photos there are from before and after it began; no
    comment, unless this check brings its own."""
    handling = _handling(uow, case.id)
    photos = select(func.count()).where(Attachment.case_id == case.id)
    before = after = 0
    if handling:  # ids are in the order of time
        before = uow.session.scalar(photos.where(Attachment.id < handling[0].id)) or 0
        after = uow.session.scalar(photos.where(Attachment.id > handling[-1].id)) or 0
    return {
        "comment": None,
        "took_part": any(task.completed_by == uow.actor.name for task in handling),
        "photos_before": before,
        "photos_after": after,
    }


def handled_from(uow: UnitOfWork, case_id: UUID) -> UUID | None:
    """Return the id of the task with which handling began: photos with a smaller one show how it was before; None while
    it has not begun, and all do."""
    handling = _handling(uow, case_id)
    return handling[0].id if handling else None


def _handling(uow: UnitOfWork, case_id: UUID) -> list[Task]:
    return [task for task in cases.all_tasks(uow, case_id) if _is_handling(task)]


def _is_handling(task: Task) -> bool:
    return task.shown.get("properties", {}).get("stage") in HANDLED


def took_part(uow: UnitOfWork, case_id: UUID) -> bool:
    """Say whether the actor handled the case, alone or jointly."""
    query = select(Task).where(Task.case_id == case_id, Task.completed_by == uow.actor.name)
    return any(_is_handling(task) for task in uow.session.scalars(query))
