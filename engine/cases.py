"""Cases: opening, finding, listing, where one stands and what happened. Not here: moving a case (``execution``)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from engine import access, audit, deployments, execution, limits, locked, search, words
from engine.bpmn import Machine, State
from engine.bpmn.values import plain
from engine.errors import InvalidError, NotFoundError
from engine.ids import new_id, new_token
from engine.initials import initials
from engine.locked import LockedCase
from engine.models import ZERO, AuditEntry, Case, Counter, Task
from engine.snapshots import once
from engine.uow import UnitOfWork


def open_case(
    uow: UnitOfWork,
    process_key: str,
    values: Mapping[str, Any],
    title: str,
    due: Mapping[str, datetime] | None = None,
    at: str | None = None,
    payload: Mapping[str, Any] | None = None,
    reference: str = "",
) -> LockedCase:
    """Start the current version of the process; the case is bound to all versions current now.

    values: name -> JSON, date or duration; ``due``: the case's ``deadline`` and ``amber_at``, aware;
    ``at``: the start event, where it is not the one without a trigger, and ``payload`` what its message carried;
    ``reference``: an outer number by which the case can be found. Raises NotFoundError if no such process is deployed.
    """
    kind, bound = deployments.newest(uow, process_key)
    if kind != "process":
        raise InvalidError(problems={process_key: f"is a {kind}, not a process"})
    variables = {name: plain(value) for name, value in values.items()}
    library = deployments.library(uow, bound, calendar=limits.CaseCalendar(uow))
    program = library.program(process_key, bound[process_key])
    if at is None and not program.scopes[process_key].starts:
        raise InvalidError(problems={process_key: "starts by a message or timer only"})
    machine = Machine(library, State.new(), uow.now)
    machine.start(program, variables, at, payload)
    named = [variables.get(name) for name in ("address", "grid_name", "item_name_en")]
    said = " ".join(str(each) for each in (reference, title, *named) if each)
    letters = initials(said)
    case = LockedCase(
        id=new_id(),
        number=_number(uow),
        token=new_token(),
        title=title[:200],
        process_key=process_key,
        version=bound[process_key],
        state=State.new().dump(),
        bound=bound,
        summary={},
        search=f"{said} {letters}",
        unit_code=None,
        due_at=(due or {}).get("deadline"),
        amber_at=(due or {}).get("amber_at"),
        opened_at=uow.now,
        opened_by=uow.actor.name,
        closed_at=None,
        audit_seq=0,
        audit_head=ZERO,
        audit_at=None,
        revision=0,
    )
    locked.add(uow, case)
    words.note(uow, case.id, case.number, said, letters)
    uow.cases[case.id] = case
    uow.record("case.opened", case, title=case.title, number=case.number)
    execution.keep(uow, case, machine)
    return case


def get_case(uow: UnitOfWork, case_id: UUID) -> Case:
    """Return the case. Raises NotFoundError if there is none that the actor may see."""
    case = uow.session.scalars(select(Case).where(Case.id == case_id, access.visible_cases(uow.actor))).first()
    if case is None:
        raise NotFoundError("no such case")
    return case


def list_cases(uow: UnitOfWork, *, limit: int = 50, offset: int = 0, **narrowed: Any) -> list[Case]:
    """Return the cases that the actor may see, newest first, narrowed as ``search.Wanted`` says."""
    return search.find(uow, search.Wanted(**narrowed), limit=limit, offset=offset)


def timeline(uow: UnitOfWork, case: Case) -> Sequence[AuditEntry]:
    """Return the entries of the case's chain, oldest first."""
    return audit.timeline(uow, case.id)


def tasks_of(uow: UnitOfWork, case: Case) -> list[Task]:
    """Return the tasks of the case, open ones first, then the newest."""
    newest = sorted(all_tasks(uow, case.id), key=lambda task: task.opened_at, reverse=True)
    return sorted(newest, key=lambda task: task.state != "open")


@once
def all_tasks(uow: UnitOfWork, case_id: UUID) -> Sequence[Task]:
    """Return the tasks of the case, the oldest first."""
    query = select(Task).where(Task.case_id == case_id).order_by(Task.opened_at, Task.id)
    return tuple(uow.session.scalars(query))


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in a diagram: ids of activities with a token, done, failed; ids of the flows taken."""

    current: frozenset[str]
    done: frozenset[str]
    failed: frozenset[str]
    flows: frozenset[str]


def marks(uow: UnitOfWork, case: Case) -> Marks:
    """Return where the case stands in its diagram, and the way it took."""
    tokens = [token for token in State.load(case.state).tokens.values() if "host" not in token]
    done: set[str | None] = set()
    flows: set[str] = set()
    for entry in timeline(uow, case):
        details = orjson.loads(entry.body)["details"]
        if entry.action in ("activity.entered", "gateway.taken", "activity.completed", "timer.fired"):
            done.add(details.get("activity"))
        flows.update(details.get("flows") or ())
    return Marks(
        frozenset(token["at"] for token in tokens if token["is"] != "failed"),
        frozenset(filter(None, done)),
        frozenset(token["at"] for token in tokens if token["is"] == "failed"),
        frozenset(flows),
    )


def time_left(
    uow: UnitOfWork, case: Case, due: datetime | None = None, counted: tuple[str, str] | None = None
) -> timedelta | None:
    """Return what is left until the case's deadline, or until ``due``, in the time that the case's limit counts.

    ``counted``: the unit and the calendar of another limit, which ``due`` is of.

    In a pause it is what is left after it. Negative when it has passed; None without a deadline, or when the case is
    closed.
    """
    if case.closed_at:
        return None
    name = case.summary.get("calendar")
    paused = case.summary.get("paused_until")
    until = datetime.fromisoformat(paused) if paused else None
    unit, name = counted or (str(case.summary.get("limit_unit", "hours")), name)
    return limits.time_left(uow, due or case.due_at, unit, name, until)


def facts(case: Case) -> dict[str, str]:
    """Return what was reported and done, as far as it is known; the reason of a refusal. Contacts are among it."""
    known = case.summary
    names = ("grid_name", "address", "description", "contact", "result", "comment", "answer", "reason")
    found = {name: str(known[name]) for name in ("item_name", "item_name_en", *names) if known.get(name)}
    if not is_refused(case):
        found.pop("reason", None)
    if known.get("outcome") == "send_back":  # then it says why it was sent back, which ``transfers`` keeps
        found.pop("result", None)
    return found


def is_refused(case: Case) -> bool:
    """Return whether the report was not filed, so that nothing was done about it."""
    return case.summary.get("filed") is False


def is_guided_out(case: Case) -> bool:
    """Return whether the case ended by guiding the parties to arbitration or court (引导司法), which is not solved."""
    return (case.summary.get("assessment") or {}).get("class") == "guided_out"


def merged_into(case: Case | LockedCase) -> str:
    """Return the number of the case that this one was merged into; an empty text if it was not."""
    return str(case.summary.get("merged_into", {}).get("number", ""))


def standing(case: Case) -> str:
    """Return where the case stands: its stage (``reported`` before the first), or how it ended."""
    if merged_into(case):
        return "merged"
    if case.closed_at:
        return "not filed" if is_refused(case) else "guided out" if is_guided_out(case) else "closed"
    return str(case.summary.get("stage") or "reported")


NEXT_NUMBER = {
    name: dialect.insert(cast(Table, Counter.__table__))
    .values(name=bindparam("counter"), value=1)
    .on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + 1})
    .returning(Counter.value)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def _number(uow: UnitOfWork) -> str:
    """Return the next case number of the year, such as 2026-000001; two cases never get the same.

    The counter is locked until the transaction ends, so it is asked for after everything that takes time.
    """
    return f"{uow.now.year}-{count_on(uow, f'cases {uow.now.year}'):06}"


def count_on(uow: UnitOfWork, counter: str) -> int:
    """Return the next number of the counter; it is locked until the transaction ends."""
    connection = uow.session.connection()
    return int(connection.execute(NEXT_NUMBER[connection.dialect.name], {"counter": counter}).scalar_one())
