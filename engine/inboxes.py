"""Reading inboxes at any size: the rows of a view come out of indices in their order, and no more than are asked for.

A group with thousands of open tasks costs what the page shows. Counting stops at a thousand. Not here: doing the tasks.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, func, literal_column, or_, select, union

from engine import access
from engine.desk_models import CaseSubject, FollowUp, Notice
from engine.errors import NotFoundError
from engine.models import Candidate, Case, Task
from engine.uow import UnitOfWork

#: so many are counted, and looked through for the steps at which they wait
COUNTED = 1000
#: said to the databases as it stands, since a partial index serves no condition with a parameter
IS_OPEN = Task.state == literal_column("'open'")
IS_PAUSED = Task.state == literal_column("'paused'")

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an inbox is narrowed to: words of number, title or place; a step; a moment before which tasks are due; the
    unit that holds the case; an item of the catalogue, or a class of items by the beginning of their codes."""

    text: str = ""
    step: str = ""
    before: datetime | None = None
    unit: str = ""
    item: str = ""


def first(uow: UnitOfWork, which: str, wanted: Wanted, most: int, *more: Condition) -> CompoundSelect[Any]:
    """Return the query of the first so many tasks of a view, as ``task_id`` and ``due_at``, in no order.

    which: see ``tasks.inbox``; ``more``: further conditions on the task.
    """
    asked = (*_conditions(wanted), *more)
    streams: list[Select[Any, Any]]
    if which in ("groups", "overdue"):
        late = (Task.due_at < uow.now,) if which == "overdue" else ()
        streams = [_offered(group, most, *late, *asked) for group in sorted(uow.actor.groups) or [""]]
        if which == "overdue":
            streams.append(_mine(uow, most, *late, *asked))
    elif which == "mine":
        streams = [_mine(uow, most, *asked)]
    elif which == "handed":
        told = exists().where(Notice.task_id == Task.id, Notice.person == uow.actor.name, Notice.kind == "handed")
        streams = [_mine(uow, most, told, *asked)]
    elif which == "paused":
        own = _is_own(uow)
        streams = [_ordered(select(Task.id.label("task_id"), Task.due_at).where(IS_PAUSED, own, *asked), most)]
    elif which == "follow":
        query = select(Task.id.label("task_id"), FollowUp.due_at).join(FollowUp).where(IS_OPEN, *asked)
        mine = (FollowUp.person == uow.actor.name, access.visible_tasks(uow.actor))
        streams = [query.where(*mine).order_by(FollowUp.due_at, Task.id).limit(most)]
    else:
        raise NotFoundError("no inbox called {name}", name=which)
    parts = [each.subquery() for each in streams]
    return union(*(select(part.c.task_id, part.c.due_at) for part in parts))


def _offered(group: str, most: int, *asked: Condition) -> Select[Any, Any]:
    """Return the open tasks that are offered to the group and that nobody took, as the group's index has them."""
    query = select(Candidate.task_id, Candidate.due_at).join(Task, Task.id == Candidate.task_id)
    query = query.where(Candidate.group_key == group, IS_OPEN, Task.assignee.is_(None), *asked)
    return query.order_by(Candidate.due_at.nulls_last(), Candidate.task_id).limit(most)


def _mine(uow: UnitOfWork, most: int, *asked: Condition) -> Select[Any, Any]:
    query = select(Task.id.label("task_id"), Task.due_at).where(Task.assignee == uow.actor.name, IS_OPEN, *asked)
    return _ordered(query, most)


def _ordered(query: Select[Any, Any], most: int) -> Select[Any, Any]:
    return query.order_by(Task.due_at.nulls_last(), Task.id).limit(most)


def _is_own(uow: UnitOfWork) -> Condition:
    mine = (Candidate.task_id == Task.id, Candidate.group_key.in_(sorted(uow.actor.groups)))
    return or_(Task.assignee == uow.actor.name, Task.assignee.is_(None) & exists().where(*mine))


def _conditions(wanted: Wanted) -> list[Condition]:
    """Return what a task has to fulfil, each looked up by key from the task, so that the order of reading stays."""
    found: list[Condition] = []
    if wanted.step:
        found.append(Task.activity_id == wanted.step)
    if wanted.before is not None:
        found.append(Task.due_at < wanted.before)
    about: list[Condition] = [Case.unit_code == wanted.unit] if wanted.unit else []
    for word in wanted.text.split()[:5]:
        words = or_(*(Case.search.contains(each, autoescape=True) for each in sorted({word, word.lower()})))
        about.append(words | Case.number.contains(word, autoescape=True))
    if about:
        found.append(exists().where(Case.id == Task.case_id, *about))
    if wanted.item:
        is_about = CaseSubject.item_code.startswith(wanted.item, autoescape=True)
        found.append(exists().where(CaseSubject.case_id == Task.case_id, is_about))
    return found


def count(uow: UnitOfWork, which: str, wanted: Wanted | None = None) -> int:
    """Return how many tasks a view holds, narrowed to what is wanted; no more than ``COUNTED`` are counted."""
    some = first(uow, which, wanted or Wanted(), COUNTED).limit(COUNTED).subquery()
    return uow.session.scalar(select(func.count()).select_from(some)) or 0


def steps(uow: UnitOfWork, which: str) -> list[tuple[str, str, dict[str, Any], int]]:
    """Return the steps of the first ``COUNTED`` tasks of a view: id, name, what the diagram shows with it, how many;
    the most first."""
    some = first(uow, which, Wanted(), COUNTED).limit(COUNTED).subquery()
    columns = (Task.activity_id, func.min(Task.name), func.min(Task.shown), func.count())
    query = select(*columns).join(some, some.c.task_id == Task.id).group_by(Task.activity_id)
    rows = uow.session.execute(query.order_by(func.count().desc(), Task.activity_id).limit(20))
    return [(step, name, shown or {}, count) for step, name, shown, count in rows]
