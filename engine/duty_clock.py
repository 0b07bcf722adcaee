"""The clock of a case (责任时钟): it starts at dispatch, can be paused and extended, and follows its calendar.

Whatever changes it goes through ``_turn``: the deadline is computed anew, tasks and timers follow, and the chain says
old value, new value and reason. Not here: who may ask for what (``clock_requests``), choosing a limit (``limits``).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select, text, update

from engine import calendars, catalogue, execution, families, limits, question_due
from engine.deadlines import Limit, Run, Stretch, due_at, ladder, slots_used, used
from engine.duty_models import CaseClock, StageClock
from engine.errors import ConflictError, RefusedError
from engine.limits import Choice
from engine.locked import LockedCase
from engine.models import Candidate, Task, TaskState
from engine.statements import Statement
from engine.uow import CLOCK, Database, UnitOfWork
from engine.working_time import Calendar

ZONE = "Asia/Shanghai"
#: priority of tasks that came back from a pause: before all others
RETURNED = 1000
MOVABLE = (TaskState.OPEN, TaskState.PAUSED)


BACK = Statement(
    select(cast(Table, Task.__table__).c.id).where(Task.state == TaskState.OPEN, text(f"priority = {RETURNED}"))
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run over a calendar comes to."""

    calendar: Calendar
    moments: dict[str, datetime]
    slots: list[list[str]]
    is_provisional: bool


def plan(uow: UnitOfWork, name: str, run: Run) -> Plan:
    """Return the moments of the run, and the stretches of time that lead to its deadline."""
    last = max([run.start, uow.now, *(end for _begin, end in run.pauses)])

    def count(calendar: Calendar) -> Plan:
        moments = ladder(calendar, run)
        zone, natural = ZoneInfo(calendar.zone), run.limit.unit == "hours"
        stretches = slots_used(calendar, run, moments["deadline"])
        slots = [[a.astimezone(zone).isoformat(), b.astimezone(zone).isoformat()] for a, b in stretches]
        return Plan(calendar, moments, slots, not natural and calendar.is_provisional(moments["deadline"]))

    return calendars.reaching(uow, name, last, count)


def run_of(clock: CaseClock) -> Run:
    """Return how the clock of the case runs."""
    pauses: tuple[Stretch, ...] = tuple(
        (datetime.fromisoformat(begins), datetime.fromisoformat(ends)) for begins, ends in clock.pauses
    )
    limit = Limit(Decimal(clock.value), clock.unit, Decimal(clock.factor))
    then = tuple(Limit(Decimal(each["value"]), each["unit"]) for each in clock.further)
    return Run(limit, clock.started_at, clock.extensions, pauses, then)


def _pauses(uow: UnitOfWork, case: LockedCase) -> tuple[Stretch, ...]:
    clock = clock_of(uow, case.id)
    return run_of(clock).pauses if clock else ()


def clock_of(uow: UnitOfWork, case_id: UUID) -> CaseClock | None:
    """Return the clock of the case, None if it has none."""
    return uow.session.get(CaseClock, case_id)


def begin(uow: UnitOfWork, case: LockedCase, choice: Choice, made: Plan) -> None:
    """Give the new case its clock, which runs from the report until it is dispatched, and then from there."""
    _keep(uow, case, None, choice, made, calendars.CITY, None)


def start(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Start the clock now, for the unit that the case is dispatched to; the work of the topic ``clock.start``.

    inputs: item, grid, unit, condition. A clock that was started stays as it is: a case that is passed on keeps its
    deadline. What was merged into the case after its own dispatch brings that moment with it. Returns the moments of
    the limit as variables.
    """
    clock = clock_of(uow, case.id)
    promised = clock is None and case.due_at is not None  # by whoever opened it, such as a replay of old records
    if promised or not inputs.get("item") or (clock is not None and clock.dispatched_at is not None):
        return {}
    entry = catalogue.get_item(uow, str(inputs["item"])).entry
    choice = limits.choose(uow, entry, inputs.get("condition"), inputs.get("grid"), case.bound)
    name = calendars.name_for(uow, inputs.get("unit"))
    running = [moment for _opened, moment in families.starts(uow, case.id) if moment is not None]
    since = min([uow.now, *running])
    made = plan(uow, name, Run(choice.limit, since))
    before = case.due_at
    _keep(uow, case, clock, choice, made, name, since)
    _follow(uow, case, before, made)
    limit = {"limit_value": str(choice.limit.value), "limit_unit": choice.limit.unit}
    return {**limit, "grade": choice.grade, "dispatched": True}


def run_again(uow: UnitOfWork, case: LockedCase) -> dict[str, datetime]:
    """Start the clock of a closed case anew, with the limit that it had; return its moments. Raises ConflictError."""
    clock = _running(uow, case)
    before = case.due_at
    clock.extensions, clock.pauses, clock.further, clock.paused_until, clock.ended_at = 0, [], [], None, None
    clock.started_at = clock.dispatched_at = uow.now
    made = plan(uow, clock.calendar, run_of(clock))
    again = {"value": clock.value, "unit": clock.unit, "factor": clock.factor, "condition": clock.condition}
    written = {"before": before.isoformat() if before else None, **_written(case, clock, made)}
    uow.record("clock.started", case, dispatched=True, again=True, **again, **written)
    return made.moments


def _keep(
    uow: UnitOfWork,
    case: LockedCase,
    clock: CaseClock | None,
    choice: Choice,
    made: Plan,
    name: str,
    dispatched: datetime | None,
) -> None:
    if clock is None:
        clock = CaseClock(case_id=case.id, extensions=0, pauses=[], further=[])
        uow.session.add(clock)
    clock.value, clock.unit, clock.factor = str(choice.limit.value), choice.limit.unit, str(choice.limit.factor)
    clock.condition, clock.grade, clock.calendar = choice.condition, choice.grade, name
    clock.started_at, clock.dispatched_at = dispatched or uow.now, dispatched
    details = {
        "value": clock.value,
        "unit": clock.unit,
        "factor": clock.factor,
        "condition": choice.condition,
        "dispatched": dispatched is not None,
        **_written(case, clock, made),
    }
    uow.record("clock.started", case, **details)


def _written(case: LockedCase, clock: CaseClock, made: Plan) -> dict[str, Any]:
    """Write the plan into the clock and the case's row; return what the chain says of it."""
    clock.calendar_version, clock.is_provisional = made.calendar.version, made.is_provisional
    clock.due_at, clock.slots = made.moments["deadline"], made.slots
    case.due_at, case.amber_at = made.moments["deadline"], made.moments["amber_at"]
    shown = {
        "limit_unit": clock.unit,
        "calendar": clock.calendar if clock.calendar != calendars.CITY else None,
        "paused_until": clock.paused_until.isoformat() if clock.paused_until else None,
        "extended": clock.extensions or None,
        "provisional": made.is_provisional or None,
    }
    kept = {**case.summary, **shown}
    case.summary = {name: value for name, value in kept.items() if value is not None}
    return {
        "due": clock.due_at.isoformat(),
        "calendar": clock.calendar,
        "version": clock.calendar_version,
        "slots": made.slots,
        "provisional": made.is_provisional,
    }


def _turn(uow: UnitOfWork, case: LockedCase, clock: CaseClock, action: str, **details: Any) -> Plan:
    """Compute the deadline of the changed clock anew; everything that depends on it follows."""
    before = case.due_at
    made = plan(uow, clock.calendar, run_of(clock))
    written = _written(case, clock, made)
    uow.record(action, case, before=before.isoformat() if before else None, **written, **details)
    _follow(uow, case, before, made)
    return made


def _follow(uow: UnitOfWork, case: LockedCase, before: datetime | None, made: Plan) -> None:
    """Let tasks and timers follow the deadline that was ``before``."""
    _follow_tasks(uow, case, before)
    if not case.closed_at:
        execution.advance(uow, case, lambda machine: machine.set_moments(made.moments))
        question_due.recount(uow, case, _pauses(uow, case))


def _follow_tasks(uow: UnitOfWork, case: LockedCase, before: datetime | None) -> None:
    same = Task.due_at.is_(None) if before is None else Task.due_at == before
    query = select(Task.id).where(Task.case_id == case.id, Task.state.in_(MOVABLE), same)
    ids = list(uow.session.scalars(query))
    if ids:
        uow.session.execute(update(Task).where(Task.id.in_(ids)).values(due_at=case.due_at))
        uow.session.execute(update(Candidate).where(Candidate.task_id.in_(ids)).values(due_at=case.due_at))
    for stage in uow.session.scalars(select(StageClock).where(StageClock.case_id == case.id)):
        _recount(uow, case, stage)


def _recount(uow: UnitOfWork, case: LockedCase, stage: StageClock) -> None:
    clock = clock_of(uow, case.id)
    run = Run(Limit(Decimal(stage.value), stage.unit), stage.started_at, 0, run_of(clock).pauses if clock else ())
    calendar, due = calendars.reaching(
        uow, stage.calendar, max(uow.now, stage.started_at), lambda found: (found, due_at(found, run))
    )
    stage.calendar_version, stage.due_at = calendar.version, due


# ---- pause, extension, another calendar, another start


def follow_first(uow: UnitOfWork, case: LockedCase, **details: Any) -> None:
    """Let the clock run from where that of the first report runs, of all that are merged into the case.

    A case to which nothing earlier belongs runs from its own dispatch. A closed case stays as it is counted.
    """
    clock = clock_of(uow, case.id)
    if clock is None or case.closed_at is not None:
        return
    own = clock.dispatched_at or case.opened_at
    earlier = [dispatched or opened for opened, dispatched in families.starts(uow, case.id) if opened < case.opened_at]
    start = min([own, *earlier])
    if start != clock.started_at:
        clock.started_at = start
        _turn(uow, case, clock, "clock.moved", start=start.isoformat(), **details)


def ask_again(uow: UnitOfWork, case: LockedCase) -> None:
    """Let the questions to other units that wait in the case have their whole limit from now."""
    question_due.begin_again(uow, case, _pauses(uow, case))


def extend(uow: UnitOfWork, case: LockedCase, **details: Any) -> None:
    """Add the original limit once more; ``details`` go to the chain: who decided, why."""
    clock = _running(uow, case)
    clock.extensions += 1
    _turn(uow, case, clock, "clock.extended", extensions=clock.extensions, **details)


def grant(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Grant a stage a limit of its own behind the case's; the work of the topic ``clock.grant``.

    inputs: stage, value, unit. It runs from where the limits before it are used up, whenever it is granted. A stage
    that has one already gets no second: a case that comes back to it keeps its deadline.
    """
    clock = clock_of(uow, case.id)
    stage = str(inputs["stage"])
    if clock is None or any(each["stage"] == stage for each in clock.further):
        return {}
    granted = {"stage": stage, "value": str(inputs["value"]), "unit": str(inputs["unit"])}
    late = clock.due_at < uow.now
    clock.further = [*clock.further, granted]
    _turn(uow, case, clock, "clock.granted", granted=granted, late=late)
    return {}


def pause(uow: UnitOfWork, case: LockedCase, until: datetime, **details: Any) -> None:
    """Let the clock stand still from now until the moment; the tasks of the case leave the inboxes."""
    clock = _running(uow, case)
    run = run_of(clock)
    calendar = calendars.far(uow, clock.calendar, max(until, uow.now))
    left = (calendar.between(uow.now, clock.due_at, clock.unit)).total_seconds()
    clock.pauses = [*clock.pauses, [uow.now.isoformat(), until.isoformat()]]
    clock.paused_until = until
    spent = used(calendar, run, uow.now).total_seconds()
    _set_tasks(uow, case, TaskState.OPEN, TaskState.PAUSED)
    _turn(uow, case, clock, "clock.paused", until=until.isoformat(), used=spent, left=left, **details)


def resume(uow: UnitOfWork, case: LockedCase) -> None:
    """Let the clock go on: from the stated end of the pause, or from now if that is still to come."""
    clock = _running(uow, case)
    if clock.paused_until is None:
        return
    begins = datetime.fromisoformat(clock.pauses[-1][0])
    ends = min(clock.paused_until, uow.now)
    clock.pauses = [*clock.pauses[:-1], [begins.isoformat(), ends.isoformat()]]
    clock.paused_until = None
    _set_tasks(uow, case, TaskState.PAUSED, TaskState.OPEN)
    calendar = calendars.far(uow, clock.calendar, ends)
    lasted = {
        "paused": (ends - begins).total_seconds(),
        "paused_working": calendar.between(begins, ends).total_seconds(),
    }
    _turn(uow, case, clock, "clock.resumed", since=begins.isoformat(), until=ends.isoformat(), **lasted)


def paused(case: LockedCase) -> RefusedError:
    """Return the error of whoever wants to work on the case while its clock stands still."""
    until = str(case.summary.get("paused_until", ""))
    shown = datetime.fromisoformat(until).astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M") if until else "?"
    words = {
        "zh": f"案件挂账中，不能办理或结案；{shown} 自动恢复，也可提前恢复",
        "en": f"the case is paused and cannot be worked on or closed; it comes back at {shown}, or end its pause early",
    }
    return RefusedError("work", "pause", case.bound.get("pause", 0), words, case.id)


def _running(uow: UnitOfWork, case: LockedCase) -> CaseClock:
    clock = clock_of(uow, case.id)
    if clock is None:
        raise ConflictError("case {case} has no clock", case=case.number)
    return clock


def _set_tasks(uow: UnitOfWork, case: LockedCase, before: TaskState, after: TaskState) -> None:
    """Take the case's tasks out of the inboxes, or put them back; what is asked of the clock itself stays open."""
    for task in uow.session.scalars(select(Task).where(Task.case_id == case.id, Task.state == before)):
        if task.shown.get("properties", {}).get("stage") != "clock":
            task.state = after
            if after == TaskState.OPEN:
                task.shown = {**task.shown, "returned": "pause"}
                task.priority = RETURNED
    uow.session.flush()


def returned(uow: UnitOfWork) -> list[UUID]:
    """Return the open tasks that came back from a pause and that nobody has done yet."""
    return [task_id for (task_id,) in BACK.all(uow, {})]


def recompute(database: Database) -> int:
    """Compute every open deadline anew whose calendar has changed, one transaction to a case; return how many cases.

    The chain of each case says old value, new value and the reason of the change.
    """
    done = 0
    while (found := _stale(database)) is not None:
        with database.transaction(CLOCK) as uow:
            case = execution.locked_case(uow, found)
            clock = clock_of(uow, found)
            if clock is None:
                continue
            rows = calendars.versions(uow, clock.calendar)
            before = clock.calendar_version
            _turn(uow, case, clock, "clock.recomputed", version_before=before, why=rows[0].reason)
            done += 1
    while (found := question_due.stale(database)) is not None:
        with database.transaction(CLOCK) as uow:
            case = execution.locked_case(uow, found)
            question_due.recount(uow, case, _pauses(uow, case))
            done += 1
    return done


def _stale(database: Database) -> UUID | None:
    with database.reading(CLOCK) as uow:
        for name, version in calendars.newest_versions(uow).items():
            old = (CaseClock.calendar == name, CaseClock.calendar_version < version)
            query = select(CaseClock.case_id).where(*old, CaseClock.ended_at.is_(None)).limit(1)
            found = uow.session.scalars(query).first()
            if found is not None:
                return found
    return None
