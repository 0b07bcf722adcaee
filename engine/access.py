"""Who may see and do what: pure functions over an actor, and the conditions that every list query carries."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select, true

from engine.errors import ForbiddenError
from engine.merge_models import Merge
from engine.models import Candidate, Case, CaseReader, Task
from engine.uow import Actor

#: role -> what it may do besides the work that is offered to the person's groups
RIGHTS: dict[str, frozenset[str]] = {
    "admin": frozenset(
        {
            "case.read",
            "task.read",
            "task.reassign",
            "failure.retry",
            "definition.deploy",
            "person.manage",
            "calendar.edit",
            "duty.publish",
            "contact.read",
        }
    ),
    "supervisor": frozenset({"case.read", "task.read", "task.reassign"}),
    "machine": frozenset(
        {"case.read", "task.read", "task.do"}
    ),  #: of the house itself and of replays: no person has it
    "auditor": frozenset({"case.read", "audit.read"}),
}
#: right -> what it lets somebody do
WORDS = {
    "task.reassign": "hand on the tasks of others",
    "failure.retry": "start stalled steps again",
    "definition.deploy": "deploy diagrams and tables",
    "person.manage": "manage people",
    "calendar.edit": "change calendars",
    "duty.publish": "publish lists of duties",
    "audit.read": "read the whole history",
}
#: role of who comes from outside, such as a third party that mediates: sees what is offered to the person, no more
GUEST = "guest"
#: what a person may be; liaisons and officers do what is offered to their groups
ROLES = (frozenset(RIGHTS) - {"machine"}) | {"liaison", "officer", GUEST}


def can(actor: Actor, action: str) -> bool:
    """Say whether one of the actor's roles has the right."""
    return any(action in RIGHTS.get(role, ()) for role in actor.roles)


def require(actor: Actor, action: str) -> None:
    """Raise ForbiddenError unless the actor has the right."""
    if not can(actor, action):
        raise ForbiddenError("your account may not {action}; ask somebody who may", action=WORDS.get(action, action))


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on cases that the actor may see: offered to a group of the actor, or opened by the actor."""
    if can(actor, "case.read"):
        return true()
    offered = _is_offered_case(sorted(actor.groups))
    return offered if GUEST in actor.roles else or_(offered, Case.opened_by == actor.name)


def _is_offered_case(groups: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition as a look-up for each case: a group may have read a million, which no list may collect."""
    mine = (CaseReader.group_key.in_(groups), CaseReader.case_id == Case.id)
    return select(literal(1)).where(*mine).limit(1).correlate(Case).scalar_subquery().is_not(None)


def visible_tasks(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on tasks that the actor may see: assigned, or offered to one of the actor's groups."""
    if can(actor, "task.read"):
        return true()
    mine = (Candidate.group_key.in_(sorted(actor.groups)), Candidate.task_id == Task.id)
    offered = select(literal(1)).where(*mine).limit(1).correlate(Task).scalar_subquery()
    return or_(Task.assignee == actor.name, offered.is_not(None))


#: processes of cases that belong to another one, which links to them: they are no matters of their own
BESIDE = ("compliance-check", "overdue-appeal", "return-visit")


def counted_cases() -> ColumnElement[bool]:
    """Return the condition on cases that figures and lists count: a report that was merged into another case is none,
    neither is a check, an appeal or a visit that belongs to another case."""
    merged = exists().where(Merge.case_id == Case.id, Merge.undone_at.is_(None)).correlate(Case)
    return and_(~merged, Case.process_key.not_in(BESIDE))
