"""Finding cases: by words of number, title and place, by tracking code, and by what narrows a list. With facets.

Words are looked for as they stand, so that two Chinese characters are enough; so are their first letters in
pinyin. Not here: how lists look.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from engine import access
from engine.desk_models import CaseSubject, Slip
from engine.models import Case, Task, TaskState
from engine.precedent_models import Transfer
from engine.uow import UnitOfWork

WORDS = 5
CODE = 8  #: shorter words are no tracking codes
FACETED = 1000  #: facets are counted over so many of the newest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of cases is narrowed to.

    ``state``: open, closed or all; ``unit``: its code, or ``-`` for those without one; ``is_late``: past the deadline
    and open; ``item``: a code of the catalogue or the beginning of one; ``place``: a grid by code, or a community;
    ``step``: an activity at which the case waits now; ``did``: one that somebody completed for it since ``did_since``;
    ``sent_back_by``: a unit that sent it back since ``did_since``, with ``is_shirked`` into adjudication.
    """

    text: str = ""
    state: str = "open"
    unit: str = ""
    is_late: bool = False
    opened_since: datetime | None = None
    closed_since: datetime | None = None
    item: str = ""
    place: str = ""
    opened_before: datetime | None = None
    closed_before: datetime | None = None
    is_in_time: bool = False  #: closed, and before its deadline
    step: str = ""
    did: str = ""
    did_since: datetime | None = None
    sent_back_by: str = ""
    is_shirked: bool = False


def matching(uow: UnitOfWork, wanted: Wanted) -> Select[Any]:
    """Return the query of the cases that are wanted and that the actor may see."""
    query = select(Case).where(access.visible_cases(uow.actor))
    if not wanted.text:  # a merged report is found by its number, its words, or through the case that it belongs to
        query = query.where(access.counted_cases())
    if wanted.state in ("open", "closed"):
        query = query.where(Case.closed_at.is_(None) if wanted.state == "open" else Case.closed_at.is_not(None))
    if wanted.unit:
        query = query.where(Case.unit_code.is_(None) if wanted.unit == "-" else Case.unit_code == wanted.unit)
    if wanted.is_late:
        query = query.where(Case.closed_at.is_(None), Case.due_at < uow.now)
    query = _between(query, wanted)
    if wanted.is_in_time:
        query = query.where(Case.closed_at.is_not(None), Case.due_at.is_(None) | (Case.closed_at <= Case.due_at))
    query = _at_step(query, wanted)
    if wanted.item:
        about = CaseSubject.item_code.startswith(wanted.item, autoescape=True)
        query = query.where(Case.id.in_(select(CaseSubject.case_id).where(about)))
    if wanted.place:
        place = or_(CaseSubject.grid_code == wanted.place, CaseSubject.community == wanted.place)
        query = query.where(Case.id.in_(select(CaseSubject.case_id).where(place)))
    for word in wanted.text.split()[:WORDS]:
        query = query.where(_has(word))
    return query


def _at_step(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Return the query of those that wait at the wanted step, for which it was done, or that a unit sent back."""
    if wanted.step:
        waits = (Task.activity_id == wanted.step, Task.state.in_((TaskState.OPEN, TaskState.PAUSED)))
        query = query.where(Case.id.in_(select(Task.case_id).where(*waits)))
    if wanted.did:
        done = select(Task.case_id).where(Task.activity_id == wanted.did, Task.state == TaskState.COMPLETED)
        if wanted.did_since is not None:
            done = done.where(Task.completed_at >= wanted.did_since)
        query = query.where(Case.id.in_(done))
    if wanted.sent_back_by:
        query = query.where(Case.id.in_(_sent_back(wanted)))
    return query


def _sent_back(wanted: Wanted) -> Select[Any]:
    """Return the query of the ids of cases that the unit sent back."""
    query = select(Transfer.case_id).where(Transfer.from_unit == wanted.sent_back_by, Transfer.counts)
    if wanted.is_shirked:
        query = query.where(Transfer.refused)
    return query if wanted.did_since is None else query.where(Transfer.returned_at >= wanted.did_since)


def _between(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Return the query of those that were opened and closed when it is wanted."""
    for column, since, before in (
        (Case.opened_at, wanted.opened_since, wanted.opened_before),
        (Case.closed_at, wanted.closed_since, wanted.closed_before),
    ):
        if since is not None:
            query = query.where(column >= since)
        if before is not None:
            query = query.where(column < before)
    return query


def _has(word: str) -> Any:
    found = Case.search.contains(word, autoescape=True) | Case.number.contains(word, autoescape=True)
    if word != word.lower():  # the first letters of Chinese words are kept small
        found |= Case.search.contains(word.lower(), autoescape=True)
    if len(word) < CODE:
        return found
    slip = select(Slip.case_id).where(Slip.code == word.upper().replace("-", ""))
    return or_(found, Case.token == word, Case.id.in_(slip))


def find(uow: UnitOfWork, wanted: Wanted, *, limit: int = 50, offset: int = 0) -> list[Case]:
    """Return the cases that are wanted and that the actor may see, newest first."""
    query = matching(uow, wanted).order_by(Case.opened_at.desc(), Case.id)
    return list(uow.session.scalars(query.limit(limit).offset(offset)))


def facets(uow: UnitOfWork, wanted: Wanted) -> dict[str, list[tuple[str, int]]]:
    """Return how many of the newest thousand belong to each unit, class of items and community, the most first."""
    newest = matching(uow, wanted).with_only_columns(Case.id, Case.unit_code).order_by(Case.opened_at.desc())
    some = newest.limit(FACETED).subquery()
    found = {"unit": select(some.c.unit_code, func.count()).group_by(some.c.unit_code)}
    subjects = CaseSubject.case_id == some.c.id
    item = func.substr(CaseSubject.item_code, 1, 2)
    found["item"] = select(item, func.count()).join(some, subjects).group_by(item)
    found["place"] = select(CaseSubject.community, func.count()).join(some, subjects).group_by(CaseSubject.community)
    return {
        name: [(str(value or "-"), count) for value, count in uow.session.execute(query.order_by(func.count().desc()))]
        for name, query in found.items()
    }
