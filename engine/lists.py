"""Lists behind numbers: the cases that a number on a board counts, by the name of the number and the unit it is of."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from engine.duty_models import ClockRequest
from engine.feedback_models import CallBack
from engine.joint_models import JointUnit
from engine.models import Candidate, Case, Task, TaskState
from engine.question_models import Question

PERIOD = timedelta(days=30)


def last_words() -> ColumnElement[bool]:
    """Return the condition on call-backs: it reached somebody, and is the last that was said of that handling."""
    later = aliased(CallBack)
    same = (later.case_id == CallBack.case_id, later.turn == CallBack.turn, later.reached, later.id > CallBack.id)
    return CallBack.reached & ~select(later.id).where(*same).exists()


def _heard(*more: ColumnElement[bool]) -> Callable[[str, datetime], Select[UUID]]:
    return lambda unit, _now: select(CallBack.case_id).where(CallBack.unit_code == unit, last_words(), *more)


def _offered(*more: ColumnElement[bool]) -> Callable[[str, datetime], Select[UUID]]:
    def query(unit: str, now: datetime) -> Select[UUID]:
        found = select(Task.case_id).join(Candidate, Candidate.task_id == Task.id)
        return found.where(Candidate.group_key == f"unit:{unit}", Task.state == TaskState.OPEN, *more)

    return query


def _overdue(unit: str, now: datetime) -> Select[UUID]:
    return _offered(Task.due_at < now)(unit, now)


def _called(unit: str, now: datetime) -> Select[UUID]:
    return select(JointUnit.case_id).where(JointUnit.unit_code == unit, JointUnit.called_at >= now - PERIOD)


def _absent(unit: str, now: datetime) -> Select[UUID]:
    return _called(unit, now).where(JointUnit.missed_at.is_not(None))


def _slow(unit: str, now: datetime) -> Select[UUID]:
    return _asked(unit, now).where(Question.late_at.is_not(None))


def _asked(unit: str, now: datetime) -> Select[UUID]:
    return select(Question.case_id).where(Question.unit_code == unit, Question.asked_at >= now - PERIOD)


def _excused(unit: str, now: datetime) -> Select[UUID]:
    upheld = (ClockRequest.kind == "appeal", ClockRequest.state == "approved", ClockRequest.decided_at >= now - PERIOD)
    query = select(ClockRequest.case_id).where(*upheld)
    return query.join(Case, Case.id == ClockRequest.case_id).where(Case.unit_code == unit) if unit else query


#: name of the number -> the ids of the cases that it counts, of a unit, at a moment
LISTS: dict[str, Callable[[str, datetime], Select[UUID]]] = {
    "heard": _heard(),
    "responded": _heard(CallBack.responded.is_(True)),
    "solved": _heard(CallBack.solved.is_(True)),
    "satisfied": _heard(CallBack.score == 3),
    "called": _called,
    "absent": _absent,
    "asked": _asked,
    "slow": _slow,
    "waiting": _offered(Task.assignee.is_(None)),
    "taken": _offered(Task.assignee.is_not(None)),
    "overdue": _overdue,
    "excused": _excused,
}


def holds(name: str, unit: str, now: datetime) -> ColumnElement[bool] | None:
    """Return the condition on cases that the number of the unit counts them; None for a number that nobody knows."""
    found = LISTS.get(name)
    return Case.id.in_(found(unit, now)) if found else None
