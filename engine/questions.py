"""Questions between units inside a case (单位间提问): asking, answering, being late, withdrawing.

Who may ask whom say the tables ``question_rule`` and ``admission_rule``, what counts as an answer
``question_answer_rule``, the order of things the diagram ``question``. Who asks keeps the case. Not here: until when
(``question_due``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case as choose
from sqlalchemy import func, select

from engine import (
    access,
    admissions,
    calendars,
    cases,
    catalogue,
    choices,
    execution,
    heads,
    joint,
    news,
    notices,
    parts,
    privacy,
    question_due,
    rules,
)
from engine.bpmn import State
from engine.deadlines import Limit, Run
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.models import Case, Person, Subscription, Task
from engine.question_models import Question
from engine.uow import UnitOfWork

RULE = "question_rule"
ASKED = "question_asked"
#: the activities of the diagram at which people stand
ACTIVITIES = (question_due.ANSWER, "explain_late")
SHORTEST, LONGEST = 4, 1000  #: letters of a question
PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How often a unit was asked in the last 30 days, and how often it had not answered by the limit."""

    unit: str
    asked: int
    late: int
    in_time: int  #: answered before the limit; the others wait, or nobody wants to know any more

    @property
    def share(self) -> int | None:
        """Return how often it answered in time, in per cent; None as long as there is nothing to judge."""
        judged = self.late + self.in_time
        return round(100 * self.in_time / judged) if judged else None


def of_case(uow: UnitOfWork, case_id: UUID) -> list[Question]:
    """Return the questions of the case, those that are open first, then the newest."""
    if not parts.has(uow, Question.case_id, case_id):
        return []
    query = select(Question).where(Question.case_id == case_id)
    return list(uow.session.scalars(query.order_by(Question.ended_at.is_not(None), Question.asked_at.desc())))


def of_task(uow: UnitOfWork, task: Task) -> Question | None:
    """Return the question that the task is about; None if it is about none, or done."""
    state = State.load(task.case.state)
    scope = state.scopes.get(state.tokens.get(task.token, {}).get("in", ""), {})
    found = scope.get("vars", {}).get("question") if scope.get("of") == "question" else None
    return uow.session.get(Question, UUID(found)) if found else None


def about(uow: UnitOfWork, found: Sequence[Task]) -> dict[UUID, Question]:
    """Return the questions that those of the tasks are about which are to be answered or explained, by task."""
    named = {task.id: of_task(uow, task) for task in found if task.activity_id in ACTIVITIES}
    return {task_id: row for task_id, row in named.items() if row is not None}


def time_left(uow: UnitOfWork, found: Sequence[Task]) -> dict[UUID, timedelta | None]:
    """Return what is left for each of the tasks: of a question in the time and by the calendar of its own limit."""
    rows = about(uow, [task for task in found if task.activity_id == question_due.ANSWER])
    counted = {task_id: (row.unit, row.calendar) for task_id, row in rows.items()}
    return {task.id: cases.time_left(uow, task.case, task.due_at, counted.get(task.id)) for task in found}


# ---- asking


def may_ask(uow: UnitOfWork, case: Case) -> bool:
    """Say whether the page offers the actor to ask: who works on the case, while its process takes questions."""
    if case.closed_at or case.summary.get("paused_until"):
        return False
    if not parts.has(uow, Subscription.case_id, case.id):
        return False
    waits = select(Subscription.token).where(Subscription.case_id == case.id, Subscription.name == ASKED)
    return uow.session.scalar(waits.limit(1)) is not None and _standing(uow, case) != "none"


def _standing(uow: UnitOfWork, case: Case | LockedCase) -> str:
    """Return what the actor has to do with the case: holds, joint, task, dispatch, or none."""
    held = case.summary.get("holder") or {}
    if held.get("person") == uow.actor.name or _is_of(uow, held.get("unit") or case.unit_code):
        return "holds"
    called = joint.units_of(uow, case.id)
    if called and any(_is_of(uow, row.unit_code) for row in called if row.round == called[-1].round):
        return "joint"
    if privacy.is_at_work(uow, case.id):
        return "task"
    return "dispatch" if "dispatch" in uow.actor.groups else "none"


def _is_of(uow: UnitOfWork, unit: str | None) -> bool:
    return unit is not None and (unit == uow.actor.unit_code or f"unit:{unit}" in uow.actor.groups)


@dataclass(frozen=True, slots=True)
class Offered:
    """Whom the actor may ask now: units by code, and the limit; ``due`` by the city's calendar, ``own`` by a unit's."""

    units: dict[str, dict[str, str]]
    limit: Limit
    due: datetime
    own: dict[str, datetime]


def offered(uow: UnitOfWork, case: Case) -> Offered:
    """Return the units that can be asked in the case, those that have to do with it first, and until when each."""
    known = choices.LISTS["units"](uow, case.summary)
    inhabited = notices.inhabited(uow, known)
    units = {code: name for code, name in known.items() if code in inhabited and not _is_of(uow, code)}
    limit = question_due.limit_of(uow, case)
    dues = {code: question_due.due(uow, code, Run(limit, uow.now)) for code in (calendars.CITY, *calendars.names(uow))}
    own = {code: due for code, (name, _version, due) in dues.items() if name != calendars.CITY and code in units}
    return Offered(units, limit, dues[calendars.CITY][2], own)


def ask(uow: UnitOfWork, case_id: UUID, unit: str, text: str) -> Question:
    """Ask the unit a question in the case: it gets a task of its own with a limit; the asker keeps the case.

    Raises RefusedError naming the rule, NotFoundError for a unit that nobody knows, InvalidError for a text that is
    none.
    """
    cases.get_case(uow, case_id)
    case = execution.locked_case(uow, case_id)
    text = text.strip()
    is_known = bool(catalogue.unit_names(uow, [unit]))
    rules.judge(uow, case, "question", RULE, _facts(uow, case, unit, is_known), {"unit": unit, "text": text[:LONGEST]})
    if not is_known:
        raise NotFoundError("there is no unit {unit}", unit=unit)
    if not SHORTEST <= len(text) <= LONGEST:
        raise InvalidError(problems={"question": "must have 4 to 1,000 letters"})
    admissions.judge(uow, case, [unit], "ask")
    row = _new(uow, case, unit, text)
    told = {"question": str(row.id), "unit": unit, "asker_unit": row.asker_unit, "why": text}
    uow.record("question.asked", case, **told, **question_due.facts(row))
    asked = {"question": str(row.id), "unit": unit, "text": text, "asker": row.asked_by, "asker_unit": row.asker_unit}
    execution.tell(uow, case, ASKED, {**asked, question_due.ANSWER_BY: row.due_at.isoformat()})
    return row


def _facts(uow: UnitOfWork, case: LockedCase, unit: str, is_known: bool) -> dict[str, Any]:
    waiting = select(func.count()).where(Question.case_id == case.id, Question.unit_code == unit)
    return {
        "closed": case.closed_at is not None,
        "paused": bool(case.summary.get("paused_until")),
        "standing": _standing(uow, case),
        "own": _is_of(uow, unit),
        "people": len(notices.members(uow, f"unit:{unit}")) if is_known else None,
        "open": uow.session.scalar(waiting.where(Question.ended_at.is_(None))) or 0,
        **{name: case.summary.get(name) for name in ("item", "grade")},
    }


def _new(uow: UnitOfWork, case: LockedCase, unit: str, text: str) -> Question:
    limit = question_due.limit_of(uow, case)
    calendar, version, due = question_due.due(uow, unit, Run(limit, uow.now))
    row = Question(
        case_id=case.id,
        unit_code=unit,
        asker_unit=uow.actor.unit_code,
        asked_by=uow.actor.name,
        asked_at=uow.now,
        text=text,
        value=str(limit.value),
        unit=limit.unit,
        calendar=calendar,
        calendar_version=version,
        since_at=uow.now,
        due_at=due,
    )
    uow.session.add(row)
    uow.session.flush()
    return row


# ---- withdrawing


def may_withdraw(uow: UnitOfWork, row: Question) -> bool:
    """Say whether the actor may take the open question back: who asked, somebody of that unit, or the dispatcher."""
    ours = row.asked_by == uow.actor.name or _is_of(uow, row.asker_unit)
    return row.is_open and (ours or "dispatch" in uow.actor.groups)


def withdraw(uow: UnitOfWork, question_id: UUID) -> Question:
    """Take the question back: the task of the asked unit is withdrawn, the chain keeps both.

    Raises NotFoundError, ForbiddenError for whoever did not ask, ConflictError if it was answered meanwhile.
    """
    found = uow.session.get(Question, question_id)
    if found is None:
        raise NotFoundError("no such question")
    cases.get_case(uow, found.case_id)
    case = execution.locked_case(uow, found.case_id)
    row = uow.session.get_one(Question, question_id, populate_existing=True)
    if not row.is_open:
        raise ConflictError("the question is over already: read the answer on the page of the case")
    if not may_withdraw(uow, row):
        raise ForbiddenError("only the unit that asked, or the dispatcher, withdraws a question")
    waiting = question_due.tokens(case, row.id, "message")
    if not waiting:
        raise ConflictError("the question is over already: read the answer on the page of the case")
    late = _mark_if_due(uow, case, row)
    row.withdrawn_at, row.withdrawn_by, row.ended_at = uow.now, uow.actor.name, uow.now
    uow.session.flush()
    uow.record("question.withdrawn", case, question=str(row.id), unit=row.unit_code)
    execution.advance(uow, case, lambda machine: machine.deliver(waiting[0], {"late": late}))
    return row


# ---- what the diagram has the house do, by topic


def work_answered(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep the answer and tell who asked; the work of ``question.answered``.

    Returns as ``ask_why`` whether it came too late and nobody was asked why yet: the worker may have been down.
    """
    row = _row(uow, case, inputs)
    is_new = _mark_if_due(uow, case, row)
    row.answer, row.answered_at, row.answered_by = str(inputs.get("reply")).strip(), uow.now, uow.actor.name
    row.ended_at = uow.now
    uow.session.flush()
    told = {"question": str(row.id), "unit": row.unit_code, "late": row.late_at is not None}
    uow.record("question.answered", case, **told, why=row.answer)
    news.tell(uow, _concerned(uow, case, row), "answered", case.id, text=row.answer)
    return {"ask_why": is_new}


def _concerned(uow: UnitOfWork, case: LockedCase, row: Question) -> list[str]:
    """Return who wants the answer: who asked, the colleague who has the case now; their head if the asker left."""
    held = case.summary.get("holder") or {}
    mates = [held["person"]] if held.get("person") and held.get("unit") == row.asker_unit else []
    is_here = uow.session.scalar(select(Person.is_active).where(Person.name == row.asked_by))
    return [row.asked_by, *mates, *([] if is_here or not row.asker_unit else heads.of(uow, case, row.asker_unit))]


def work_late(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Mark the question as not answered in time; the work of ``question.late``. Returns ``ask_why``."""
    return {"ask_why": _mark_if_due(uow, case, _row(uow, case, inputs))}


def _mark_if_due(uow: UnitOfWork, case: LockedCase, row: Question) -> bool:
    """Mark the open question as late if its limit is used up; say whether it was marked now."""
    # The timer marks it. If the worker was down, an answer or a withdrawal comes before it.
    if row.late_at is not None or not row.is_open or uow.now < row.due_at:
        return False
    row.late_at = row.due_at
    uow.session.flush()
    told = {"question": str(row.id), "unit": row.unit_code, "people": heads.of(uow, case, row.unit_code)}
    uow.record("question.late", case, **told, since=row.due_at.isoformat())
    return True


def work_explained(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep why the unit did not answer in time; the work of ``question.explained``."""
    row = _row(uow, case, inputs)
    row.explanation, row.explained_at, row.explained_by = str(inputs.get("why")), uow.now, uow.actor.name
    uow.session.flush()
    uow.record("question.explained", case, question=str(row.id), unit=row.unit_code, why=row.explanation)
    return {}


def _row(uow: UnitOfWork, case: LockedCase, inputs: Mapping[str, Any]) -> Question:
    found = uow.session.get(Question, UUID(str(inputs.get("question"))))
    if found is None or found.case_id != case.id:
        raise NotFoundError("no such question")
    return found


# ---- what it counts for


def lately(uow: UnitOfWork) -> list[Punctuality]:
    """Return how units answered in the last 30 days, in cases that the actor may see, those late most often first."""
    late = Question.late_at.is_not(None)
    sums = [func.sum(choose((wanted, 1), else_=0)) for wanted in (late, ~late & Question.answered_at.is_not(None))]
    query = select(Question.unit_code, func.count(), *sums).join(Case, Case.id == Question.case_id)
    query = query.where(Question.asked_at >= uow.now - PERIOD, access.visible_cases(uow.actor))
    query = query.where(access.counted_cases()).group_by(Question.unit_code)
    rows = uow.session.execute(query)
    found = [Punctuality(unit, asked, *(int(each or 0) for each in figures)) for unit, asked, *figures in rows]
    return sorted(found, key=lambda each: (-each.late, -each.asked, each.unit))


def persons(rows: Sequence[Question]) -> set[str]:
    """Return the user names in them."""
    names = ("asked_by", "answered_by", "explained_by", "withdrawn_by")
    return {name for row in rows for name in (getattr(row, each) for each in names) if name}
