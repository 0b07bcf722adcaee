"""Opening a closed case again: the same case, number and chain, from the start event ``reopened`` of its diagram.

It goes on with the variables with which it ended and a fresh run of the same limit. What was counted for the original
handling stays and is marked; later turns are added to it. Not here: who says that it is not settled (``feedback``).
"""

import hashlib
from typing import Any

from sqlalchemy import select

from engine import closings, deployments, duty_clock, execution, limits, rules
from engine.bpmn import Machine, State
from engine.errors import ConflictError
from engine.feedback_models import CaseEnd, ReCheck
from engine.locked import LockedCase
from engine.models import Assessment, Task, TaskState
from engine.uow import UnitOfWork

SHARE = "recheck_share"


def turn(case: LockedCase) -> int:
    """Return which handling of the case it is: 1 until it was opened again."""
    return int(case.summary.get("reopened") or 0) + 1


def reopen(uow: UnitOfWork, case: LockedCase, why: str, through: str) -> None:
    """Let the closed case go on, one level higher; ``through``: reporter, call-back or re-check.

    Raises ConflictError if it is open, or its diagram cannot be started again.
    """
    if case.closed_at is None:
        raise ConflictError("case {case} is not closed yet", case=case.number)
    library = deployments.library(uow, case.bound, calendar=limits.CaseCalendar(uow))
    program = library.program(case.process_key, case.version)
    ended = uow.session.get(CaseEnd, case.id)
    if execution.AGAIN not in program.nodes or ended is None:
        raise ConflictError("the process of case {case} takes no {message}", case=case.number, message=execution.AGAIN)
    counted = count(uow, case, {"reopened": turn(case)})
    uow.record("case.reopened", case, why=why, through=through, turn=turn(case) + 1, level=_level(ended.variables))
    case.closed_at = None
    shown = {"reopened": turn(case), "reopened_why": why[:300], "co_owner": case.unit_code}
    case.summary = {name: value for name, value in case.summary.items() if name != "holder"} | shown
    moments = duty_clock.run_again(uow, case)
    values = {**ended.variables, "reopened_why": why, **moments, "assessment": counted}
    uow.session.delete(ended)
    uow.session.flush()
    machine = Machine(library, State.load(case.state), uow.now)
    machine.start(program, values, execution.AGAIN)
    execution.keep(uow, case, machine)
    _put_on_top(uow, case)
    closings.open_again(uow, case)


def _put_on_top(uow: UnitOfWork, case: LockedCase) -> None:
    query = select(Task).where(Task.case_id == case.id, Task.state == TaskState.OPEN)
    for task in uow.session.scalars(query):
        task.priority, task.shown = duty_clock.RETURNED, {**task.shown, "returned": "reopened"}
    uow.session.flush()


def _level(variables: dict[str, Any]) -> int:
    return min(int(variables.get("escalated") or 0) + 1, 3)


def count(uow: UnitOfWork, case: LockedCase, figures: dict[str, Any]) -> dict[str, Any]:
    """Add the figures to what was counted for the present turn of the case; those of earlier turns stay."""
    uow.session.flush()
    counted = uow.session.get(Assessment, case.id)
    if counted is None:
        return {}
    turns = counted.figures.get("turns", [])
    if turns:
        counted.figures = {**counted.figures, "turns": [*turns[:-1], {**turns[-1], **figures}]}
        if "reopened" in figures:
            counted.figures = {**counted.figures, "reopened": figures["reopened"]}
    else:
        counted.figures = {**counted.figures, **figures}
    uow.session.flush()
    return {name: value for name, value in counted.figures.items() if name != "turns"}


def add_turn(uow: UnitOfWork, case: LockedCase, on_time: bool, figures: dict[str, Any]) -> None:
    """Count another handling of a case that was opened again: the original one keeps what was counted for it."""
    counted = uow.session.get_one(Assessment, case.id)
    one = {**figures, "on_time": on_time, "at": uow.now.isoformat()}
    counted.figures = {**counted.figures, "turns": [*counted.figures.get("turns", []), one]}
    counted.ended_as = figures.get("class")
    uow.session.flush()


def draw(uow: UnitOfWork, case: LockedCase) -> None:
    """Draw the case for a re-check if the table's share and its id say so."""
    if SHARE not in case.bound:
        return
    facts = {name: case.summary.get(name) for name in ("item", "grade", "unit", "rework")}
    found, version = rules.answer(uow, case.bound, SHARE, facts)
    share = found["value"]
    if drawn(str(case.id), float(share), turn(case)):
        uow.session.add(ReCheck(case_id=case.id, turn=turn(case), share=int(share), drawn_at=uow.now, comment=""))
        uow.session.flush()
        uow.record("case.drawn", case, share=share, rule=SHARE, version=version)


def drawn(case_id: str, share: float, turn: int) -> bool:
    """Say whether a case is drawn when the share is so many per cent: computed from its id, the same for everybody."""
    seed = hashlib.sha256(f"{case_id} {turn}".encode()).digest()
    return int.from_bytes(seed[:4]) % 10_000 < share * 100
