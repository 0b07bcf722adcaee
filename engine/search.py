"""Finding cases: by words of number, title and place, by tracking code, and by what narrows a list. With facets.

Words are looked for as they stand, so that two Chinese characters are enough. Not here: how lists look.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from engine import access
from engine.desk_models import CaseSubject, Slip
from engine.models import Case
from engine.uow import UnitOfWork

WORDS = 5
CODE = 8  #: shorter words are no tracking codes
FACETED = 1000  #: facets are counted over so many of the newest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of cases is narrowed to.

    ``state``: open, closed or all; ``unit``: its code, or ``-`` for those without one; ``is_late``: past the deadline
    and open; ``item``: a code of the catalogue or the beginning of one; ``place``: a grid by code, or a community.
    """

    text: str = ""
    state: str = "open"
    unit: str = ""
    is_late: bool = False
    opened_since: datetime | None = None
    closed_since: datetime | None = None
    item: str = ""
    place: str = ""


def matching(uow: UnitOfWork, wanted: Wanted) -> Select[Any]:
    """Return the query of the cases that are wanted and that the actor may see."""
    query = select(Case).where(access.visible_cases(uow.actor))
    if wanted.state in ("open", "closed"):
        query = query.where(Case.closed_at.is_(None) if wanted.state == "open" else Case.closed_at.is_not(None))
    if wanted.unit:
        query = query.where(Case.unit_code.is_(None) if wanted.unit == "-" else Case.unit_code == wanted.unit)
    if wanted.is_late:
        query = query.where(Case.closed_at.is_(None), Case.due_at < uow.now)
    if wanted.opened_since is not None:
        query = query.where(Case.opened_at >= wanted.opened_since)
    if wanted.closed_since is not None:
        query = query.where(Case.closed_at >= wanted.closed_since)
    if wanted.item:
        about = CaseSubject.item_code.startswith(wanted.item, autoescape=True)
        query = query.where(Case.id.in_(select(CaseSubject.case_id).where(about)))
    if wanted.place:
        place = or_(CaseSubject.grid_code == wanted.place, CaseSubject.community == wanted.place)
        query = query.where(Case.id.in_(select(CaseSubject.case_id).where(place)))
    for word in wanted.text.split()[:WORDS]:
        query = query.where(_has(word))
    return query


def _has(word: str) -> Any:
    found = Case.search.contains(word, autoescape=True) | Case.number.contains(word, autoescape=True)
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
