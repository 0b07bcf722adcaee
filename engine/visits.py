"""Visits (下去一把抓、回来再分家): one entry, several cases, one answer.

What is written down once serves every case: household, place and contact are copied from its record. Each case goes its
own way to its own unit. Not here: households (``households``), when a visit closes (``closings``).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from engine import access, cases, closings, households, notes, parts, reporters, reports
from engine.desk_models import Slip
from engine.errors import ForbiddenError, InvalidError, NotFoundError
from engine.ids import new_token
from engine.models import Answer, Case, Item
from engine.uow import PUBLIC, UnitOfWork
from engine.visit_models import Household, Visit, VisitCase

MOST = 20  #: matters of one visit
#: a paper may lie so long before it is entered
OLDEST = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Matter:
    """What was ticked: an item of the catalogue, what was seen, and a remark for its unit's eyes only."""

    item_code: str
    seen: str = ""
    private: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down of a visit, once: the household by its record or as it is met, and every matter.

    ``visited_at``: when it was, if that stands on paper; the clocks of the cases run from the entry.
    """

    household: UUID | households.Entry
    matters: tuple[Matter, ...]
    visited_at: datetime | None = None
    remark: str = ""


def open_visit(uow: UnitOfWork, entry: Entry) -> Visit:
    """Open a case for each matter, all of this visit to the household; all or none.

    Raises InvalidError naming each thing that is wrong, NotFoundError for a household that the actor may not read.
    """
    if uow.actor is PUBLIC:
        raise ForbiddenError("sign in first")
    problems = _problems(uow, entry)
    if isinstance(entry.household, households.Entry):
        problems |= households.problems(uow, entry.household)
    if problems:
        raise InvalidError(problems=problems)
    known = entry.household
    home = households.get(uow, known) if isinstance(known, UUID) else households.keep(uow, known)
    visit = Visit(
        number=f"V{uow.now.year}-{cases.count_on(uow, f'visits {uow.now.year}'):06}",
        token=new_token(),
        household_id=home.id,
        visited_at=entry.visited_at or uow.now,
        visited_by=uow.actor.name,
        entered_at=uow.now,
        remark=entry.remark.strip(),
    )
    uow.session.add(visit)
    uow.session.flush()
    items = [each.item_code for each in entry.matters]
    at = {"visited_at": visit.visited_at.isoformat(), "entered_at": visit.entered_at.isoformat()}
    uow.record("visit.opened", closings.stream(visit), household=str(home.id), matters=items, **at)
    for place, matter in enumerate(entry.matters, 1):
        _open_case(uow, visit, home, matter, place)
    return visit


def _problems(uow: UnitOfWork, entry: Entry) -> dict[str, str]:
    problems = {}
    codes = {each.item_code for each in entry.matters}
    if not codes:
        problems["matters"] = "is missing"
    elif len(entry.matters) > MOST:
        problems["matters"] = "is one too many: twenty matters a visit at most"
    elif len(codes) < len(entry.matters) or any(uow.session.get(Item, code) is None for code in codes):
        problems["matters"] = "is none of the choices"
    if entry.visited_at is not None and not uow.now - OLDEST <= entry.visited_at <= uow.now:
        problems["visited_at"] = "lies in the future, or more than 60 days back"
    if len(entry.remark) > notes.LONGEST:
        problems["remark"] = "is too long"
    if any(len(each.seen) > notes.LONGEST or len(each.private) > notes.LONGEST for each in entry.matters):
        problems["description"] = "is too long"
    return problems


def _open_case(uow: UnitOfWork, visit: Visit, home: Household, matter: Matter, place: int) -> None:
    seen = matter.seen.strip() or str(uow.session.get_one(Item, matter.item_code).entry["item_zh"])
    contact = " ".join(filter(None, (home.name, home.contact)))
    about = reports.Report(matter.item_code, home.grid_code, seen, home.address, contact)
    case = reports.submit(uow, replace(about, channel="visit", household=str(home.id)))
    uow.session.add(VisitCase(case_id=case.id, visit_id=visit.id, place=place))
    uow.record("case.visited", case, visit=visit.number, household=str(home.id), matter=place)
    uow.session.flush()
    if matter.private.strip():
        notes.add_note(uow, case.id, matter.private)


def open_once(uow: UnitOfWork, entry: Entry, key: str, slip: str = "") -> Visit:
    """Open the visit unless this key did so before; return it. ``slip``: code of the paper that is entered.

    Without a paper it gets a code as short, since somebody will copy it by hand. Raises as ``open_visit`` does.
    """
    answer = f"visit {key}"[:80]
    known = uow.session.get(Answer, answer)
    if known is not None:
        return uow.session.get_one(Visit, UUID(known.result["visit"]))
    visit = open_visit(uow, entry)
    uow.session.add(Answer(key=answer, result={"visit": str(visit.id)}, at=uow.now))
    if not slip:
        (slip,) = reporters.print_slips(uow, 1)
        uow.session.flush()
    taken = reporters.take_slip(uow, slip)
    taken.visit_id, taken.written_at = visit.id, entry.visited_at
    return visit


def code_of(uow: UnitOfWork, visit: Visit) -> str:
    """Return what the resident is given: the short code, in two halves, else the long one."""
    code = uow.session.scalar(select(Slip.code).where(Slip.visit_id == visit.id))
    return f"{code[:5]}-{code[5:]}" if code else visit.token


# ---- looking


def get(uow: UnitOfWork, visit_id: UUID) -> Visit:
    """Return the visit, for who made it or may read its household. Raises NotFoundError."""
    visit = uow.session.get(Visit, visit_id)
    if visit is None or not may_read(uow, visit):
        raise NotFoundError("no such visit")
    return visit


def may_read(uow: UnitOfWork, visit: Visit) -> bool:
    """Say whether the actor made the visit, or may read its household."""
    if visit.visited_by == uow.actor.name:
        return True
    return households.may_read(uow, uow.session.get_one(Household, visit.household_id))


def mine(uow: UnitOfWork, *, limit: int = 40, offset: int = 0) -> list[tuple[Visit, Household, int]]:
    """Return the actor's visits with their households and how many matters came out of each, the newest first."""
    count = select(func.count()).where(VisitCase.visit_id == Visit.id).scalar_subquery()
    query = select(Visit, Household, count).join(Household, Household.id == Visit.household_id)
    query = query.where(Visit.visited_by == uow.actor.name).order_by(Visit.entered_at.desc(), Visit.id)
    return [(visit, home, number) for visit, home, number in uow.session.execute(query.limit(limit).offset(offset))]


def household_of(uow: UnitOfWork, visit: Visit) -> dict[str, str]:
    """Return the household of the visit as the actor may read it."""
    return households.shown(uow, uow.session.get_one(Household, visit.household_id))


def cases_of(uow: UnitOfWork, visit: Visit) -> list[Case]:
    """Return the cases of the visit that the actor may see, in order; units see those that were offered to them."""
    query = select(Case).join(VisitCase, VisitCase.case_id == Case.id).where(VisitCase.visit_id == visit.id)
    return list(uow.session.scalars(query.where(access.visible_cases(uow.actor)).order_by(VisitCase.place)))


def of_case(uow: UnitOfWork, case_id: UUID) -> tuple[Visit, int, list[Case]] | None:
    """Return the visit of the case, how many matters it had, and those of its cases that the actor may see."""
    if not parts.has(uow, VisitCase.case_id, case_id):
        return None
    query = select(Visit).join(VisitCase, VisitCase.visit_id == Visit.id).where(VisitCase.case_id == case_id)
    visit = uow.session.scalars(query).first()
    if visit is None:
        return None
    count = uow.session.scalar(select(func.count()).where(VisitCase.visit_id == visit.id)) or 0
    return visit, count, cases_of(uow, visit)


def follow(uow: UnitOfWork, token: str) -> tuple[Visit, list[reports.Status]]:
    """Return the visit with the code and where each of its matters stands: the one combined answer.

    Raises NotFoundError.
    """
    visit = uow.session.scalars(select(Visit).where(Visit.token == token)).first()
    if visit is None:
        raise NotFoundError("there is no visit with this code")
    query = select(Case.token).join(VisitCase, VisitCase.case_id == Case.id).where(VisitCase.visit_id == visit.id)
    tokens = list(uow.session.scalars(query.order_by(VisitCase.place)))
    return visit, [reports.follow(uow, each) for each in tokens]


def token_of(uow: UnitOfWork, code: str) -> str | None:
    """Return the code of the visit for what somebody typed: that itself, or the code of a paper sheet; else None."""
    query = select(Visit.token).where(Visit.token == code.strip())
    slip = select(Slip.visit_id).where(Slip.code == reporters.normal(code))
    return uow.session.scalar(query) or uow.session.scalar(select(Visit.token).where(Visit.id.in_(slip)))
