"""Firing the timers that are due: one transaction to a case, the longest overdue first; and timers that start cases."""

from sqlalchemy import bindparam, select

from engine import cases, deployments, execution
from engine.bpmn import due
from engine.models import Case, StartEvent, Timer
from engine.uow import CLOCK, Database, UnitOfWork

NEXT = (
    select(Case)
    .join(Case.timers)
    .where(Timer.due_at <= bindparam("now"))
    .order_by(Timer.due_at)
    .limit(1)
    .with_for_update(of=Case, skip_locked=True)  # the case first: the timer's row first would deadlock
)


def fire_due_timers(database: Database) -> int:
    """Fire every timer that is due, one transaction to a case; return how many fired."""
    fired = 0
    while True:
        with database.transaction(CLOCK) as uow:
            case = next_due_case(uow)
            if case is None:
                return fired
            fired += fire_timers(uow, case)


def next_due_case(uow: UnitOfWork) -> Case | None:
    """Return the case whose timer is overdue longest, locked; pass over cases that others hold."""
    return uow.session.scalars(NEXT, {"now": uow.now}).first()


def fire_timers(uow: UnitOfWork, case: Case) -> int:
    """Fire the due timers of the locked case, in order; return how many fired."""
    query = select(Timer.token).where(Timer.case_id == case.id, Timer.due_at <= uow.now).order_by(Timer.due_at)
    fired = 0
    for token in list(uow.session.scalars(query)):
        still = uow.session.scalar(select(Timer.token).where(Timer.case_id == case.id, Timer.token == token))
        if still is not None and not case.closed_at:
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
