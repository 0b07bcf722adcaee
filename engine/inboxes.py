"""Reading inboxes at any size: the rows of a view come out of indices in their order, and no more than are asked for.

A group with thousands of open tasks costs what the page shows. Counting stops at a thousand. Not here: doing the tasks.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
    union_all,
)

from engine import access, search
from engine.desk_models import CaseSubject, FollowUp, Notice
from engine.errors import NotFoundError
from engine.models import Candidate, Case, Task
from engine.uow import UnitOfWork

#: so many are counted, and looked through for the steps at which they wait
COUNTED = 1000
#: said to the databases as it stands, since a partial index serves no condition with a parameter
IS_OPEN = Task.state == literal_column("'open'")
SAID = "muster words of an inbox"  #: in the ``info`` of a unit of work: the open cases that have them
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
    asked, (words, ids) = (*_conditions(wanted), *more), _said(uow, wanted.text)
    if words and ids is None:
        return union(*(_gone_through(each, words, most) for each in _streams(uow, which, COUNTED, *asked)))
    about = () if ids is None else (Task.case_id.in_(ids),)
    parts = [each.subquery() for each in _streams(uow, which, most, *asked, *about)]
    return union(*(select(part.c.task_id, part.c.due_at) for part in parts))


def _gone_through(stream: Select[Any, Any], words: list[Condition], most: int) -> Select[Any, Any]:
    """Return those of the first ``COUNTED`` tasks of a stream whose cases have the words."""
    part = stream.subquery()
    has = exists().where(Task.id == part.c.task_id, Case.id == Task.case_id, *words)
    some = select(part.c.task_id, part.c.due_at).where(has).order_by(part.c.due_at.nulls_last(), part.c.task_id)
    found = some.limit(most).subquery()
    return select(found.c.task_id, found.c.due_at)


def _said(uow: UnitOfWork, text: str) -> tuple[list[Condition], list[UUID] | None]:
    """Return the conditions of the words on cases, and the open cases that have them; None if these are many or cannot
    be looked up."""
    if not text:
        return [], None
    if (SAID, text) not in uow.info:
        uow.info[SAID, text] = search.open_with(uow, text)
    conditions: list[Condition] = []
    for word in text.split()[: search.WORDS]:
        has = or_(*(Case.search.contains(each, autoescape=True) for each in sorted({word, word.lower()})))
        conditions.append(has | Case.number.contains(word, autoescape=True))
    return conditions, uow.info[SAID, text]


def is_cut(uow: UnitOfWork, which: str, wanted: Wanted, whole: int | None = None) -> bool:
    """Say whether tasks of the view were left out because its words cannot be looked up and it is longer than what is
    gone through for them; ``COUNTED`` tasks of each group are. ``whole``: the count of the view that nothing narrows,
    if it is known."""
    words, ids = _said(uow, wanted.text)
    if not words or ids is not None or (whole is not None and whole < COUNTED):
        return False
    other = replace(wanted, text="")
    known = whole if other == Wanted() else None
    return (count(uow, which, other) if known is None else known) >= COUNTED


def _streams(uow: UnitOfWork, which: str, most: int, *asked: Condition) -> list[Select[Any, Any]]:
    """Return the queries whose union are the first tasks of a view."""
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
    return streams


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
    if about:
        found.append(exists().where(Case.id == Task.case_id, *about))
    if wanted.item:
        is_about = CaseSubject.item_code.startswith(wanted.item, autoescape=True)
        found.append(exists().where(CaseSubject.case_id == Task.case_id, is_about))
    return found


def count(uow: UnitOfWork, which: str, wanted: Wanted | None = None) -> int:
    """Return how many tasks a view holds, narrowed to what is wanted; no more than ``COUNTED`` are counted."""
    return counts(uow, {which: (which, wanted or Wanted())})[which]


def counts(uow: UnitOfWork, views: Mapping[Hashable, tuple[str, Wanted]]) -> dict[Any, int]:
    """Return the same of several views, by whatever names them, in one look."""
    parts: list[Select[Any, Any]] = []
    for place, (which, wanted) in enumerate(views.values()):
        some = _some(uow, which, wanted)
        parts.append(select(literal_column(str(place)).label("place"), func.count().label("count")).select_from(some))
    found = {place: count for place, count in uow.session.execute(union_all(*parts))} if parts else {}
    return {name: found[place] for place, name in enumerate(views)}


def _some(uow: UnitOfWork, which: str, wanted: Wanted) -> Subquery:
    """Return the ids of the first ``COUNTED`` tasks of a view; as one query where it has one stream only."""
    if wanted.text:
        return first(uow, which, wanted, COUNTED).limit(COUNTED).subquery()
    streams = [
        each.with_only_columns(each.selected_columns.task_id)
        for each in _streams(uow, which, COUNTED, *_conditions(wanted))
    ]
    if len(streams) == 1:
        return streams[0].subquery()
    return union(*(select(each.subquery()) for each in streams)).limit(COUNTED).subquery()


def steps(uow: UnitOfWork, which: str) -> list[tuple[str, str, dict[str, Any], int]]:
    """Return the steps of the first ``COUNTED`` tasks of a view: id, name, what the diagram shows with it, how many;
    the most first."""
    some = _some(uow, which, Wanted())
    columns = (Task.activity_id, func.min(Task.name), func.min(Task.shown), func.count())
    query = select(*columns).join(some, some.c.task_id == Task.id).group_by(Task.activity_id)
    rows = uow.session.execute(query.order_by(func.count().desc(), Task.activity_id))
    return [(step, name, shown or {}, count) for step, name, shown, count in rows]
