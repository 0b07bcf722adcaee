"""Handing over (网格员流动): all open work of a person, or that of grids, moves to a successor in one step.

Nothing but who works on it changes: no deadline, no figure, nothing that was done. The successor signs the list.
Not here: being away for a while (``absences``).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, or_, select, update

from engine import access, execution, holders, news
from engine.desk_models import CaseSubject, FollowUp, Note
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.hand_over_models import GridWorker, HandOver, HandOverItem
from engine.models import Candidate, Case, Grid, Membership, Person, SignIn, Task, TaskState
from engine.uow import CLOCK, Database, UnitOfWork

LIVE = (TaskState.OPEN, TaskState.PAUSED)


def plan(
    uow: UnitOfWork, leaver: str, successor: str, effective_at: datetime, reason: str, grids: Sequence[str] = ()
) -> HandOver:
    """Note that the leaver's work goes to the successor at the moment; with grids, only that of these grids.

    Raises ForbiddenError unless the actor manages people, InvalidError naming each wrong field, ConflictError if a
    hand-over of the leaver is planned already.
    """
    access.require(uow.actor, "person.manage")
    known = set(uow.session.scalars(select(Person.name).where(Person.is_active, Person.name.in_((leaver, successor)))))
    problems = {place: "is nobody" for place, who in (("leaver", leaver), ("successor", successor)) if who not in known}
    if leaver == successor:
        problems["successor"] = "is the person who leaves"
    if len(reason.strip()) < 2:
        problems["reason"] = "is missing"
    if set(grids) - set(uow.session.scalars(select(Grid.code).where(Grid.code.in_(grids)))):
        problems["grids"] = "is no grid of the district"
    if problems:
        raise InvalidError(problems=problems)
    waiting = select(HandOver.id).where(HandOver.leaver == leaver, HandOver.done_at.is_(None))
    if not grids and uow.session.scalar(waiting.where(HandOver.kind == "leaving")) is not None:
        raise ConflictError("a hand-over of {name} is planned already", name=leaver)
    row = HandOver(
        kind="grids" if grids else "leaving",
        leaver=leaver,
        successor=successor,
        grids=list(grids),
        groups=[],
        reason=reason.strip(),
        effective_at=effective_at,
        planned_at=uow.now,
        planned_by=uow.actor.name,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.record("hand-over.planned", "directory", **_named(row), effective=effective_at.isoformat(), why=row.reason)
    return row


def _named(row: HandOver) -> dict[str, object]:
    return {"hand_over": str(row.id), "kind": row.kind, "name": row.leaver, "successor": row.successor}


def do_due(database: Database) -> int:
    """Carry out every hand-over whose moment has come, one transaction each; return how many."""
    done = 0
    while True:
        with database.reading(CLOCK) as uow:
            query = select(HandOver.id).where(HandOver.done_at.is_(None), HandOver.effective_at <= uow.now)
            found = uow.session.scalars(query.order_by(HandOver.effective_at).limit(1)).first()
        if found is None:
            return done
        with database.transaction(CLOCK) as uow:
            row = uow.session.get(HandOver, found, with_for_update=True)
            if row is not None and row.done_at is None:
                carry_out(uow, row)
                done += 1


def carry_out(uow: UnitOfWork, row: HandOver) -> int:
    """Move the open work, and with somebody who leaves also groups, roles and grids; return how many tasks moved."""
    if row.kind == "leaving":
        row.grids = list(uow.session.scalars(_working(row.leaver)))
    moved = [_move(uow, row, task) for task in _open_work(uow, row)]
    _move_grids(uow, row)
    if row.kind == "leaving":
        _leave(uow, row)
    row.done_at = uow.now
    uow.session.flush()
    moved_more = {"tasks": len(moved), "groups": row.groups, "grids": row.grids}
    uow.record("hand-over.done", "directory", **_named(row), **moved_more)
    return len(moved)


def hand_on(uow: UnitOfWork, row: HandOver, chosen: Collection[UUID]) -> int:
    """Carry out a hand-over of grids that nobody planned by itself, for these cases only; return how many tasks moved.

    One without any task is not kept: there is nothing to sign.
    """
    found = _open_work(uow, row, chosen)
    if not found:
        return 0
    row.done_at = uow.now
    uow.session.add(row)
    uow.session.flush()
    for task in found:
        _move(uow, row, task)
    uow.record("hand-over.done", "directory", **_named(row), tasks=len(found), groups=[], grids=row.grids)
    return len(found)


def _open_work(uow: UnitOfWork, row: HandOver, chosen: Collection[UUID] | None = None) -> list[Task]:
    """Return the tasks that the leaver claimed or that are offered to the leaver by name; their cases are locked.

    ``chosen``: only of these cases.
    """
    named = select(Candidate.task_id).where(Candidate.group_key == f"user:{row.leaver}")
    mine = or_(Task.assignee == row.leaver, Task.assignee.is_(None) & Task.id.in_(named))
    query = select(Task).where(Task.state.in_(LIVE), mine)
    if chosen is not None:
        query = query.where(Task.case_id.in_(chosen))
    elif row.kind == "grids":
        query = query.where(Task.case_id.in_(select(CaseSubject.case_id).where(CaseSubject.grid_code.in_(row.grids))))
    cases = sorted(set(uow.session.scalars(query.with_only_columns(Task.case_id))))
    for case_id in cases:
        execution.locked_case(uow, case_id)
    query = query.where(Task.case_id.in_(cases)).execution_options(populate_existing=True)  # as they are under the lock
    return list(uow.session.scalars(query.order_by(Task.due_at.is_(None), Task.due_at, Task.id)))


def _move(uow: UnitOfWork, row: HandOver, task: Task) -> Task:
    case = execution.locked_case(uow, task.case_id)
    left = select(Note.text).where(Note.case_id == case.id, Note.added_by == row.leaver).order_by(Note.added_at.desc())
    note = uow.session.scalar(left.limit(1)) or ""
    full_name = uow.session.scalar(select(Person.full_name).where(Person.name == row.leaver)) or row.leaver
    task.shown = {**task.shown, "taken_from": {"name": row.leaver, "full_name": full_name, "note": note[:300]}}
    if task.assignee == row.leaver:
        task.assignee = row.successor
    offered = (Candidate.task_id == task.id, Candidate.group_key == f"user:{row.leaver}")
    if uow.session.scalar(select(Candidate.task_id).where(*offered)) is not None:
        due = task.due_at
        uow.session.execute(delete(Candidate).where(*offered))
        if uow.session.get(Candidate, (task.id, f"user:{row.successor}")) is None:
            uow.session.add(Candidate(task_id=task.id, group_key=f"user:{row.successor}", due_at=due))
    uow.session.add(HandOverItem(hand_over_id=row.id, task_id=task.id, case_id=case.id, note=note))
    uow.session.flush()
    details = {"task": str(task.id), "activity": task.activity_id, "before": row.leaver, "after": row.successor}
    uow.record("task.handed-over", case, **details, hand_over=str(row.id))
    if task.assignee == row.successor:
        holders.claimed(uow, case, task.token, row.successor)
    news.tell(uow, [row.successor], "handed", case.id, task.id)
    follow = update(FollowUp).where(FollowUp.task_id == task.id, FollowUp.person == row.leaver)
    if uow.session.get(FollowUp, (task.id, row.successor)) is None:
        uow.session.execute(follow.values(person=row.successor))
    return task


def _leave(uow: UnitOfWork, row: HandOver) -> None:
    """Give the successor the leaver's groups and roles; the leaver is signed out everywhere and comes in no more."""
    leaver = uow.session.scalars(select(Person).where(Person.name == row.leaver)).one()
    successor = uow.session.scalars(select(Person).where(Person.name == row.successor)).one()
    has = {each.group_key for each in successor.memberships}
    row.groups = sorted(each.group_key for each in leaver.memberships)
    successor.memberships += [Membership(group_key=key) for key in row.groups if key not in has]
    successor.roles = [*successor.roles, *(role for role in leaver.roles if role not in successor.roles)]
    leaver.memberships, leaver.is_active = [], False
    open_ones = update(SignIn).where(SignIn.person_id == leaver.id, SignIn.ended_at.is_(None))
    uow.session.execute(open_ones.values(ended_at=uow.now))


# ---- grids


def _working(person: str) -> Select[str]:
    return select(GridWorker.grid_code).where(GridWorker.person == person, GridWorker.until_at.is_(None))


def _move_grids(uow: UnitOfWork, row: HandOver) -> None:
    for code in row.grids:
        set_worker(uow, code, row.successor, row.effective_at)


def set_worker(uow: UnitOfWork, grid: str, person: str, since: datetime) -> None:
    """Let the person work in the grid from the moment on; who did before stays in the past."""
    before = update(GridWorker).where(GridWorker.grid_code == grid, GridWorker.until_at.is_(None))
    uow.session.execute(before.values(until_at=since))
    uow.session.add(GridWorker(grid_code=grid, person=person, since_at=since))
    uow.session.flush()
    uow.record("grid.assigned", "directory", grid=grid, name=person, since=since.isoformat())


def worker_of(uow: UnitOfWork, grid: str, at: datetime) -> str | None:
    """Return who worked in the grid at the moment."""
    then = (GridWorker.since_at <= at, or_(GridWorker.until_at.is_(None), GridWorker.until_at > at))
    query = select(GridWorker.person).where(GridWorker.grid_code == grid, *then)
    return uow.session.scalars(query.order_by(GridWorker.since_at.desc()).limit(1)).first()


# ---- the list


def get(uow: UnitOfWork, hand_over_id: UUID) -> HandOver:
    """Return the hand-over. Raises NotFoundError for whoever has no part in it and oversees nobody."""
    row = uow.session.get(HandOver, hand_over_id)
    if row is None or not (uow.actor.name in (row.leaver, row.successor) or oversees(uow)):
        raise NotFoundError("no such hand-over")
    return row


def oversees(uow: UnitOfWork) -> bool:
    """Say whether the actor sees the hand-overs of others."""
    return access.can(uow.actor, "person.manage") or access.can(uow.actor, "task.reassign")


def listed(uow: UnitOfWork) -> list[tuple[HandOver, int, int]]:
    """Return the hand-overs that the actor may see, the newest first, with how many items each has and how many of
    them are not signed."""
    query = select(HandOver).order_by(HandOver.effective_at.desc(), HandOver.id).limit(100)
    if not oversees(uow):
        query = query.where(or_(HandOver.leaver == uow.actor.name, HandOver.successor == uow.actor.name))
    found = []
    for row in uow.session.scalars(query):
        signed = list(uow.session.scalars(select(HandOverItem.signed_at).where(HandOverItem.hand_over_id == row.id)))
        found.append((row, len(signed), signed.count(None)))
    return found


def items(uow: UnitOfWork, row: HandOver) -> list[tuple[HandOverItem, Task, Case]]:
    """Return the list of the hand-over, nearest deadline first."""
    query = select(HandOverItem, Task, Case).join(Task, Task.id == HandOverItem.task_id)
    query = query.join(Case, Case.id == HandOverItem.case_id).where(HandOverItem.hand_over_id == row.id)
    rows = uow.session.execute(query.order_by(Task.due_at.is_(None), Task.due_at, Task.id))
    return [(item, task, case) for item, task, case in rows]


def unsigned(uow: UnitOfWork) -> list[tuple[HandOver, HandOverItem, Case]]:
    """Return what nobody signed yet, the oldest first: the street leader's list. Empty for who oversees nobody."""
    if not oversees(uow):
        return []
    query = select(HandOver, HandOverItem, Case).join(HandOverItem, HandOverItem.hand_over_id == HandOver.id)
    query = query.join(Case, Case.id == HandOverItem.case_id).where(HandOverItem.signed_at.is_(None))
    rows = uow.session.execute(query.order_by(HandOver.done_at, Case.number).limit(200))
    return [(row, item, case) for row, item, case in rows]


def sign(uow: UnitOfWork, hand_over_id: UUID, tasks: Sequence[UUID] | None = None) -> int:
    """Let the successor sign for the tasks, or for the whole list; return how many were signed now.

    Raises ForbiddenError for anybody else, ConflictError before it took effect.
    """
    row = get(uow, hand_over_id)
    if uow.actor.name != row.successor:
        raise ForbiddenError("only {name} signs this list", name=row.successor)
    if row.done_at is None:
        raise ConflictError("the hand-over has not taken effect yet")
    query = select(HandOverItem).where(HandOverItem.hand_over_id == row.id, HandOverItem.signed_at.is_(None))
    found = list(uow.session.scalars(query if tasks is None else query.where(HandOverItem.task_id.in_(tasks))))
    for item in found:
        item.signed_at, item.signed_by = uow.now, uow.actor.name
    if found:
        signed = [str(item.task_id) for item in found]
        uow.record("hand-over.signed", "directory", **_named(row), tasks=signed)
    return len(found)
