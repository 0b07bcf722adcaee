"""Firing the timers that are due: one transaction to a case, the longest overdue first; and timers that start cases."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, select

from engine import cases, deployments, execution
from engine.bpmn import due
from engine.errors import EngineError
from engine.locked import CASES, LockedCase
from engine.models import Failure, StartEvent, Timer
from engine.statements import Statement
from engine.uow import CLOCK, Database, UnitOfWork

NEXT = (
    select(CASES)
    .join(Timer, Timer.case_id == CASES.c.id)
    .where(Timer.due_at <= bindparam("now"))
    .order_by(Timer.due_at)
    .limit(1)
    .with_for_update(of=CASES, skip_locked=True)  # the case first: the timer's row first would deadlock
)


FIRST = Statement(select(Timer.token).where(Timer.due_at <= bindparam("now")).limit(1))
STILL = Statement(select(Timer.token).where(Timer.case_id == bindparam("case"), Timer.token == bindparam("waiting")))
#: what a broken state or program may raise while a timer fires
BROKEN = (EngineError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
PUT_OFF = timedelta(minutes=15)


ANY, OF = Statement(NEXT), Statement(NEXT.where(CASES.c.opened_by == bindparam("opener")))


def fire_due_timers(database: Database, opener: str | None = None) -> int:
    """Fire every timer that is due, one transaction to a case; return how many fired.

    ``opener``: only those of cases that this one opened, as a replay with a clock of its own needs.
    A case that cannot be moved does not keep the others from it: it gets a failure, its timers are put off.
    """
    fired = 0
    while _is_due(database):
        case_id: UUID | None = None
        try:
            with database.transaction(CLOCK) as uow:
                case = next_due_case(uow, opener)
                if case is None:
                    return fired
                case_id = case.id
                count = fire_timers(uow, case)
            fired += count
        except BROKEN as error:
            if case_id is None:
                raise
            put_off(database, case_id, error)
    return fired


def _is_due(database: Database) -> bool:
    """Look before taking the writer's place: mostly nothing is due."""
    with database.reading(CLOCK) as uow:
        return FIRST.first(uow, {"now": uow.now}) is not None


def put_off(database: Database, case_id: UUID, error: Exception) -> None:
    """Note why the case's timers could not fire, and let them wait for 15 minutes."""
    with database.transaction(CLOCK) as uow:
        case = execution.locked_case(uow, case_id)
        why = f"{type(error).__name__}: {error}"
        due_timers = list(uow.session.scalars(select(Timer).where(Timer.case_id == case.id, Timer.due_at <= uow.now)))
        for timer in due_timers:
            timer.due_at = uow.now + PUT_OFF
            uow.session.add(
                Failure(case_id=case.id, token=timer.token, activity_id=timer.activity_id, why=why, created_at=uow.now)
            )
        uow.record("timer.put-off", case, why=why, timers=[timer.activity_id for timer in due_timers])


def next_due_case(uow: UnitOfWork, opener: str | None = None) -> LockedCase | None:
    """Return the case whose timer is overdue longest, locked; pass over cases that others hold."""
    query, asked = (ANY, {"now": uow.now}) if opener is None else (OF, {"now": uow.now, "opener": opener})
    found = query.first(uow, asked)
    if found is None:
        return None
    case = LockedCase(*found)
    uow.cases[case.id] = case
    return case


def fire_timers(uow: UnitOfWork, case: LockedCase) -> int:
    """Fire the due timers of the locked case, in order; return how many fired."""
    query = select(Timer.token).where(Timer.case_id == case.id, Timer.due_at <= uow.now).order_by(Timer.due_at)
    fired = 0
    for token in list(uow.session.scalars(query)):
        if fired and STILL.first(uow, {"case": case.id, "waiting": token}) is None:
            continue  # an earlier one took it away
        if not case.closed_at:
            execution.advance(uow, case, lambda machine, due=token: machine.fire(due))  # type: ignore[misc]
            fired += 1
    return fired


def fire_due_starts(database: Database) -> int:
    """Open a case for every timer start event that is due, one transaction each; return how many were opened.

    Turns of a cycle that were missed meanwhile are not made up for; the rhythm stays.
    """
    opened = 0
    while True:
        with database.transaction(CLOCK) as uow:
            query = select(StartEvent).where(StartEvent.due_at <= uow.now).order_by(StartEvent.due_at).limit(1)
            start = uow.session.scalars(query.with_for_update(skip_locked=True)).first()
            if start is None or start.due_at is None:
                return opened
            definition = deployments.current(uow, start.key)
            cases.open_case(uow, start.key, {}, definition.name, at=start.activity_id)
            if start.cycle:
                start.due_at, start.left, _missed = due.next_turn(start.cycle, start.left, start.due_at, uow.now)
            else:
                start.due_at = None
            opened += 1
