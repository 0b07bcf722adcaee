"""``advance``: the narrow waist through which every change of a running process goes.

Lock the case, load its state, move, bring tasks, timers, subscriptions, jobs and failures in line, save, record.
There is no second way to change a process.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine import closings, deployments, holders, limits, locked, stages
from engine.bpmn import Machine, State
from engine.columns import Base
from engine.duty_models import CaseClock
from engine.errors import ConflictError, NotFoundError
from engine.feedback_models import CaseEnd
from engine.ids import new_id
from engine.locked import LockedCase
from engine.models import Candidate, CaseReader, Failure, Job, Message, Subscription, Task, TaskState, Timer
from engine.statements import Statement
from engine.uow import UnitOfWork

Move = Callable[[Machine], None]

#: how long a message waits for somebody who wants it
MESSAGE_LIFE = timedelta(days=7)
#: variables that lists and pages show, also when the case is closed
SHOWN = (
    "grade",
    "limit_value",
    "limit_unit",
    "condition",
    "rework",
    "escalated",
    "stage",
    "unit",
    "item",
    "item_name",
    "item_name_en",
    "grid",
    "grid_name",
    "address",
    "channel",
    "household",
    "description",
    "contact",
    "result",
    "comment",
    "answer",
    "filed",
    "reason",
    "outcome",
    "assessment",
    "rounds",
    "shirked",
    "past_units",
    "suggested",
    "ruling",
    "precedent",
    "duty",
    "forum",
)


# Statements that every step needs are built once: building one costs as much as running it.


def _all_columns(insert_into: Any, model: type[Base]) -> Any:
    table = cast(Table, model.__table__)
    return insert_into(table).values({column.name: bindparam(column.name) for column in table.columns})


INSERTS: dict[type[Base], Statement] = {
    model: Statement(_all_columns(insert, model)) for model in (Task, Candidate, Timer, Subscription, Job, Failure)
}
END_CLOCK = Statement(
    update(cast(Table, CaseClock.__table__))
    .where(CaseClock.case_id == bindparam("case"))
    .values(ended_at=bindparam("at"))
)
#: the start event at which a closed case is opened again
AGAIN = "reopened"
KEEP_END = Statement(_all_columns(insert, CaseEnd))
READERS = Statement(
    _all_columns(sqlite.insert, CaseReader).on_conflict_do_nothing(),
    postgresql=_all_columns(postgresql.insert, CaseReader).on_conflict_do_nothing(),
)


def locked_case(uow: UnitOfWork, case_id: UUID) -> LockedCase:
    """Return the case, locked until the transaction ends. Raises NotFoundError."""
    case = uow.cases.get(case_id) or locked.lock(uow, case_id)
    if case is None:
        raise NotFoundError("no such case")
    uow.cases[case_id] = case
    return case


def locked_case_of(uow: UnitOfWork, task_id: UUID) -> LockedCase | None:
    """Return the case of the task, locked until the transaction ends; None if there is no such task."""
    case = locked.lock_of_task(uow, task_id)
    return None if case is None else uow.cases.setdefault(case.id, case)


def advance(uow: UnitOfWork, case: LockedCase, move: Move) -> bool:
    """Make one move in the case's process and bring its rows into line with it; say whether it opened jobs.

    The case must be locked. Raises ConflictError if it is closed, or if the token waits no longer.
    """
    if case.closed_at:
        raise ConflictError("case {case} is closed", case=case.number)
    machine = Machine(
        deployments.library(uow, case.bound, calendar=limits.CaseCalendar(uow)), State.load(case.state), uow.now
    )
    move(machine)
    keep(uow, case, machine)
    return any(event["action"] == "job.opened" for event in machine.events)


def tell(uow: UnitOfWork, case: LockedCase, message: str, payload: dict[str, Any]) -> None:
    """Hand the message to the case itself. Raises ConflictError if its diagram does not wait for it."""
    token = waits_for(uow, case, message)
    if token is None:
        raise ConflictError("the process of case {case} takes no {message}", case=case.number, message=message)
    advance(uow, case, lambda machine: machine.deliver(token, payload))


def waits_for(uow: UnitOfWork, case: LockedCase, message: str) -> str | None:
    """Return the token of the case that waits for the message; None if its diagram takes none now."""
    query = select(Subscription.token).where(Subscription.case_id == case.id, Subscription.name == message)
    return uow.session.scalars(query.limit(1)).first()


def keep(uow: UnitOfWork, case: LockedCase, machine: Machine) -> None:
    """Save the machine's state and everything derived from it; its events go to the case's chain."""
    opened: dict[str, list[dict[str, Any]]] = {}
    gone: dict[str, list[str]] = {}
    for event in machine.events:
        action, token = event["action"], event["token"]
        if action in OPENED and token in machine.state.tokens:
            opened.setdefault(action, []).append(event)
        elif action in GONE:
            gone.setdefault(action, []).append(token)
        elif action in ("message.thrown", "signal.thrown"):
            _send(uow, case, event, action.split(".")[0])
        details = {name: _text(value) for name, value in event.items() if name != "action" and value not in (None, {})}
        uow.record(action, case, **details)
    for action, tokens in gone.items():
        GONE[action](uow, case, tokens)
    tasks_opened = opened.get("task.opened", [])
    _summarise(case, machine)  # first: the limits of the stages that begin now read what the case knows now
    stages.note(uow, case, tasks_opened)
    for action, events in opened.items():
        OPENED[action](uow, case, events)
    case.state = machine.state.dump()
    ways = [event["properties"]["stage"] for event in tasks_opened if "stage" in event["properties"]]
    ways = [stage for stage in ways if stage not in holders.BESIDE]
    if ways and ways[-1] != case.summary.get("stage"):
        case.summary = {**case.summary, "stage": ways[-1]}
    if machine.is_finished:
        case.closed_at = uow.now
        END_CLOCK.run(uow, {"case": case.id, "at": uow.now})
        if AGAIN in machine.library.program(case.process_key, case.version).nodes:
            KEEP_END.run(uow, {"case_id": case.id, "variables": machine.ended_with})
        closings.note(uow, case)
    else:
        holders.note(uow, case, machine, tasks_opened)


def _summarise(case: LockedCase, machine: Machine) -> None:
    roots = (each["vars"] for each in machine.state.scopes.values() if "token" not in each and "up" not in each)
    variables = next(roots, machine.ended_with)
    found = {name: variables[name] for name in SHOWN if variables.get(name) is not None}
    if found != {name: case.summary.get(name) for name in found}:
        case.summary = {**case.summary, **found}
    if isinstance(variables.get("unit"), str) and variables["unit"] != case.unit_code:
        case.unit_code = variables["unit"]


def _insert(uow: UnitOfWork, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Write rows past the session: nobody needs them as objects, and that is four times as fast."""
    INSERTS[model].run_many(uow, rows)


# ---- what opens


def _open_tasks(uow: UnitOfWork, case: LockedCase, events: list[dict[str, Any]]) -> None:
    tasks, candidates, readers = [], [], set()
    for event in events:
        task_id, due = new_id(), event["due"] or case.due_at
        tasks.append(
            {
                "id": task_id,
                "case_id": case.id,
                "token": event["token"],
                "activity_id": event["activity"],
                "name": event["name"],
                "form": event["form"],
                "state": TaskState.OPEN,
                "assignee": event["assignee"],
                "priority": event["priority"] or 50,
                "due_at": due,
                "opened_at": uow.now,
                "draft": None,
                "accepted_at": None,
                "completed_at": None,
                "completed_by": None,
                "shown": {"properties": event["properties"], "instance": event["instance"]},
            }
        )
        for group in dict.fromkeys(event["candidates"]):
            candidates.append({"task_id": task_id, "group_key": group, "due_at": due})
            readers.add(group)
    _insert(uow, Task, tasks)
    if candidates:
        _insert(uow, Candidate, candidates)
        READERS.run_many(uow, [{"group_key": group, "case_id": case.id} for group in sorted(readers)])


def _arm_timers(uow: UnitOfWork, case: LockedCase, events: list[dict[str, Any]]) -> None:
    _drop(Timer)(uow, case, [event["token"] for event in events])
    last = {event["token"]: event for event in events}
    _insert(
        uow,
        Timer,
        [
            {"case_id": case.id, "token": token, "activity_id": event["activity"], "due_at": event["due"]}
            for token, event in last.items()
        ],
    )


def _subscribe(uow: UnitOfWork, case: LockedCase, events: list[dict[str, Any]]) -> None:
    _insert(
        uow,
        Subscription,
        [
            {
                "case_id": case.id,
                "token": event["token"],
                "kind": event["action"].split(".")[0],
                "name": event["name"],
                "keys": keys_text(event.get("keys", [])),
            }
            for event in events
        ],
    )


def _open_jobs(uow: UnitOfWork, case: LockedCase, events: list[dict[str, Any]]) -> None:
    _insert(
        uow,
        Job,
        [
            {
                "case_id": case.id,
                "token": event["token"],
                "topic": event["topic"],
                "inputs": event["inputs"],
                "due_at": uow.now,
            }
            for event in events
        ],
    )


def _fail(uow: UnitOfWork, case: LockedCase, events: list[dict[str, Any]]) -> None:
    _insert(
        uow,
        Failure,
        [
            {
                "id": new_id(),
                "case_id": case.id,
                "token": event["token"],
                "activity_id": event["activity"],
                "why": event["why"],
                "created_at": uow.now,
                "resolved_at": None,
                "resolved_by": None,
            }
            for event in events
        ],
    )


def _send(uow: UnitOfWork, case: LockedCase, event: dict[str, Any], kind: str) -> None:
    uow.session.add(
        Message(
            kind=kind,
            name=event["name"],
            keys=keys_text(event.get("keys", [])),
            payload=event["payload"],
            sender_case_id=case.id,
            created_at=uow.now,
            expires_at=uow.now + MESSAGE_LIFE,
        )
    )


# ---- what goes

DROPS: dict[type[Base], Statement] = {
    model: Statement(
        delete(cast(Table, model.__table__)).where(model.case_id == bindparam("case"), model.token == bindparam("gone"))
    )
    for model in (Timer, Subscription, Job)
}


def _withdraw_tasks(uow: UnitOfWork, case: LockedCase, tokens: list[str]) -> None:
    mine = (Task.case_id == case.id, Task.token.in_(tokens), Task.state.in_((TaskState.OPEN, TaskState.PAUSED)))
    ids = list(uow.session.scalars(select(Task.id).where(*mine)))
    if ids:
        uow.session.execute(delete(Candidate).where(Candidate.task_id.in_(ids)))
        uow.session.execute(
            update(Task).where(Task.id.in_(ids)).values(state=TaskState.CANCELLED, completed_at=uow.now)
        )


def _drop(model: type[Timer] | type[Subscription] | type[Job]) -> Callable[[UnitOfWork, LockedCase, list[str]], None]:
    def drop(uow: UnitOfWork, case: LockedCase, tokens: list[str]) -> None:
        rows = [{"case": case.id, "gone": token} for token in dict.fromkeys(tokens)]
        DROPS[model].run_many(uow, rows)

    return drop


def _resolve(uow: UnitOfWork, case: LockedCase, tokens: list[str]) -> None:
    query = update(Failure).where(Failure.case_id == case.id, Failure.token.in_(tokens), Failure.resolved_at.is_(None))
    uow.session.execute(query.values(resolved_at=uow.now, resolved_by=uow.actor.name))


OPENED: dict[str, Callable[[UnitOfWork, LockedCase, list[dict[str, Any]]], None]] = {
    "task.opened": _open_tasks,
    "timer.armed": _arm_timers,
    "message.awaited": _subscribe,
    "signal.awaited": _subscribe,
    "job.opened": _open_jobs,
    "activity.failed": _fail,
}
GONE: dict[str, Callable[[UnitOfWork, LockedCase, list[str]], None]] = {
    "task.withdrawn": _withdraw_tasks,
    "timer.fired": _drop(Timer),
    "timer.dropped": _drop(Timer),
    "message.received": _drop(Subscription),
    "message.dropped": _drop(Subscription),
    "signal.received": _drop(Subscription),
    "signal.dropped": _drop(Subscription),
    "job.withdrawn": _drop(Job),
    "activity.retried": _resolve,
    "activity.skipped": _resolve,
}


def keys_text(keys: list[Any]) -> str:
    """Return correlation keys as text that is equal exactly when they are."""
    return orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
