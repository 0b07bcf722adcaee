"""By when a question to another unit is to be answered: the table ``question_limit`` over the asked unit's calendar.

A pause of the case stands still for its questions too, and a changed calendar moves them: tasks and timers follow. Not
here: asking and answering (``questions``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine import calendars, execution, rules
from engine.bpmn import Machine, State
from engine.deadlines import Limit, Run, Stretch, due_at
from engine.locked import LockedCase
from engine.models import Candidate, Case, Task, TaskState
from engine.question_models import OPEN, Question
from engine.uow import CLOCK, Database, UnitOfWork

RULE = "question_limit"
#: the activity of the diagram ``question`` that waits for the answer, and the variable that says until when
ANSWER, ANSWER_BY = "answer_question", "answer_by"


def limit_of(uow: UnitOfWork, case: Case | LockedCase) -> Limit:
    """Return how long a unit has that is asked in the case."""
    asked = {name: case.summary.get(name) for name in ("item", "grade")}
    found = rules.answer(uow, case.bound, RULE, asked)[0]
    return Limit(Decimal(str(found["value"])), str(found["unit"]))


def due(uow: UnitOfWork, unit: str, run: Run) -> tuple[str, int, datetime]:
    """Return the name and version of the unit's calendar, and when the limit is used up by it, aware UTC."""
    name = calendars.name_for(uow, unit)
    last = max([run.start, *(end for _begin, end in run.pauses)])
    version, moment = calendars.reaching(uow, name, last, lambda found: (found.version, due_at(found, run)))
    return name, version, moment


def tokens(case: Case | LockedCase, question_id: UUID, kind: str) -> list[str]:
    """Return the tokens of the kind (task, timer, message) that wait for something of the question."""
    state = State.load(case.state)
    scopes = {name for name, scope in state.scopes.items() if scope["vars"].get("question") == str(question_id)}
    called = {name for name in scopes if state.scopes[name]["of"] == "question"}
    return [token for token, mark in state.tokens.items() if mark["in"] in called and mark["is"] == kind]


def recount(uow: UnitOfWork, case: LockedCase, pauses: Sequence[Stretch]) -> None:
    """Compute anew until when the open questions of the case are to be answered; their tasks and timers follow."""
    for row in _open(uow, case):
        run = Run(Limit(Decimal(row.value), row.unit), row.since_at, 0, tuple(pauses))
        row.calendar, row.calendar_version, moment = due(uow, row.unit_code, run)
        before, row.due_at = row.due_at, moment
        uow.session.flush()
        _follow_tasks(uow, case, row)
        if before != moment:
            told = {"question": str(row.id), "unit": row.unit_code}
            uow.record("question.moved", case, before=before.isoformat(), due=moment.isoformat(), **told)
            _follow_timers(uow, case, row)


def begin_again(uow: UnitOfWork, case: LockedCase, pauses: Sequence[Stretch]) -> None:
    """Let the limits of the open questions run from now, but of those that are late already.

    A case that was merged and is parted again took their tasks away meanwhile.
    """
    for row in _open(uow, case):
        if row.late_at is None:
            row.since_at = uow.now
    recount(uow, case, pauses)


def _open(uow: UnitOfWork, case: LockedCase) -> list[Question]:
    ids = [found for (found,) in OPEN.all(uow, {"case": case.id})]
    return [uow.session.get_one(Question, each) for each in ids]


def stale(database: Database) -> UUID | None:
    """Return a case with an open question that was counted by an older version of its calendar."""
    with database.reading(CLOCK) as uow:
        for name, version in calendars.newest_versions(uow).items():
            old = (Question.calendar == name, Question.calendar_version < version, Question.ended_at.is_(None))
            found = uow.session.scalars(select(Question.case_id).where(*old).limit(1)).first()
            if found is not None:
                return found
    return None


def _follow_tasks(uow: UnitOfWork, case: LockedCase, row: Question) -> None:
    waiting = (Task.token.in_(tokens(case, row.id, "task")), Task.activity_id == ANSWER)
    movable = Task.state.in_((TaskState.OPEN, TaskState.PAUSED))
    ids = list(uow.session.scalars(select(Task.id).where(Task.case_id == case.id, *waiting, movable)))
    if ids:
        uow.session.execute(update(Task).where(Task.id.in_(ids)).values(due_at=row.due_at))
        uow.session.execute(update(Candidate).where(Candidate.task_id.in_(ids)).values(due_at=row.due_at))


def _follow_timers(uow: UnitOfWork, case: LockedCase, row: Question) -> None:
    waiting, moment = tokens(case, row.id, "timer"), row.due_at

    def move(machine: Machine) -> None:
        for token in waiting:
            machine.set_variables(machine.state.tokens[token]["in"], {ANSWER_BY: moment.isoformat()})
            machine.set_due(token, moment)

    if waiting:
        execution.advance(uow, case, move)


def facts(row: Question) -> Mapping[str, Any]:
    """Return what the chain says of the limit of a question."""
    names = ("value", "unit", "calendar", "calendar_version")
    found = {f"limit_{name}": getattr(row, name) for name in names}
    return {**found, "due": row.due_at.isoformat()}
