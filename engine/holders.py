"""Who is charged with a case: noted in its chain whenever it passes on, and in its row for lists.

Exactly one holder at a time: the unit of the task that carries the case on, and the person once it is claimed. Tasks
that only warn, ask or guard (property ``holds`` = ``no``) charge nobody. Between two tasks the last holder stays so.
Not here: adding up (``ledger``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from engine.bpmn import Machine
from engine.locked import LockedCase
from engine.models import Candidate, Membership, Person, Task, TaskState
from engine.statements import Statement
from engine.uow import UnitOfWork

MEMBERS = Statement(
    select(Person.unit_code)
    .join(Membership)
    .where(Membership.group_key == bindparam("group"), Person.is_active == bindparam("active", True))
)
HOME = Statement(select(Person.unit_code).where(Person.name == bindparam("person")))
#: stages whose tasks are beside the case's way
BESIDE = {"escalate", "clock"}


def is_beside(properties: Mapping[str, Any]) -> bool:
    """Say whether a task with these properties charges nobody with the case."""
    return properties.get("holds") == "no" or properties.get("stage") in BESIDE


def note(uow: UnitOfWork, case: LockedCase, machine: Machine, opened: Sequence[Mapping[str, Any]]) -> None:
    """Pass the case on to the holder of the task that carries it on, unless the one who holds it still works on his.

    opened: the ``task.opened`` events of this move.
    """
    held = case.summary.get("holder")
    if held is not None and machine.state.tokens.get(held["token"], {}).get("is") == "task":
        return
    asked: list[Mapping[str, Any]]
    asked = [event for event in opened if event["token"] in machine.state.tokens and not is_beside(event["properties"])]
    asked = asked or [*_still_open(uow, case, machine)]
    if not asked:
        return
    lead = [event for event in asked if f"unit:{case.unit_code}" in event["candidates"]]
    chosen = (lead or asked)[0]
    _pass(uow, case, chosen, _unit(uow, chosen["candidates"], chosen["assignee"]), chosen["assignee"])


def _still_open(uow: UnitOfWork, case: LockedCase, machine: Machine) -> list[dict[str, Any]]:
    """Return the open tasks of the case that carry it on, the oldest first, as their events were."""
    if not any(token["is"] == "task" for token in machine.state.tokens.values()):
        return []
    open_states = (TaskState.OPEN, TaskState.PAUSED)
    query = select(Task).where(Task.case_id == case.id, Task.state.in_(open_states)).order_by(Task.opened_at, Task.id)
    tasks = [task for task in uow.session.scalars(query) if task.token in machine.state.tokens]
    tasks = [task for task in tasks if not is_beside(task.shown.get("properties", {}))]
    groups: dict[Any, list[str]] = {task.id: [] for task in tasks}
    for row in uow.session.scalars(select(Candidate).where(Candidate.task_id.in_(groups))):
        groups[row.task_id].append(row.group_key)
    return [
        {
            "token": task.token,
            "activity": task.activity_id,
            "properties": task.shown.get("properties", {}),
            "candidates": groups[task.id],
            "assignee": task.assignee,
        }
        for task in tasks
    ]


def claimed(uow: UnitOfWork, case: LockedCase, token: str, person: str | None) -> None:
    """Charge the person, or nobody in person, if it is the task that carries the case on."""
    held = case.summary.get("holder")
    if held is not None and held["token"] == token and held.get("person") != person:
        details = {"token": token, "activity": held["activity"], "properties": {"stage": held.get("stage")}}
        unit = held["unit"] if person is None else _unit_of(uow, [person]) or held["unit"]
        _pass(uow, case, details, unit, person)


def charge(uow: UnitOfWork, case: LockedCase, person: str, stage: str) -> None:
    """Charge a person who has the case in hand without a task of it."""
    unit = _unit_of(uow, [person]) or "nobody"
    _pass(uow, case, {"token": "", "activity": "", "properties": {"stage": stage}}, unit, person)


def charge_again(uow: UnitOfWork, case: LockedCase) -> None:
    """Charge from now on whom the row of the case names: the case is back in the hands that held it."""
    held = case.summary.get("holder")
    if held is not None:
        case.summary = {**case.summary, "holder": {**held, "since": uow.now.isoformat()}}
        uow.record("duty.passed", case, **{name: value for name, value in held.items() if name != "since"})


def _pass(uow: UnitOfWork, case: LockedCase, task: Mapping[str, Any], unit: str, person: str | None) -> None:
    found = {
        "unit": unit,
        "person": person,
        "token": task["token"],
        "activity": task["activity"],
        "stage": task["properties"].get("stage"),
    }
    held = case.summary.get("holder") or {}
    same = (held.get("unit"), held.get("person")) == (unit, person)
    since = held["since"] if same else uow.now.isoformat()
    case.summary = {**case.summary, "holder": {**found, "since": since}}
    uow.record("duty.passed", case, **found)


def _unit(uow: UnitOfWork, candidates: Sequence[str], assignee: str | None) -> str:
    """Return the unit that a task is addressed to: of the first group that names one, else of the people in it."""
    for group in candidates:
        if group.startswith("unit:"):
            return group.split(":")[1]
    people = [group.removeprefix("user:") for group in candidates if group.startswith("user:")]
    found = _unit_of(uow, [assignee]) if assignee else None
    found = found or (_unit_of(uow, people) if people else None)
    if found is None and candidates:
        found = _commonest([unit for (unit,) in MEMBERS.all(uow, {"group": candidates[0]})])
    return found or (candidates[0] if candidates else "nobody")


def _unit_of(uow: UnitOfWork, people: Sequence[str]) -> str | None:
    return _commonest([unit for name in people for (unit,) in HOME.all(uow, {"person": name})])


def _commonest(units: Sequence[str | None]) -> str | None:
    counted = Counter(sorted(unit for unit in units if unit))
    return counted.most_common(1)[0][0] if counted else None
