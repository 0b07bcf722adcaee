"""Merging reports of one matter (并案), and undoing it: suggested by rule, done by a person, never in silence.

``duplicate-rule.dmn`` says how near in space and time two reports of an item must be to be suggested,
``merge-rule.dmn`` what may be merged. A merged report keeps its number, its chain and its own times; its process is put
aside whole. Not here: what is one matter (``families``), what reporters are told (``reports``, ``closings``).

Locks: two roots in the order of their ids; a root before what is merged into it, as when it closes.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import access, cases, closings, duty_clock, execution, families, holders, news, parts, places, rules, shelf
from engine.desk_models import CaseSubject
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.locked import LockedCase
from engine.merge_models import Merge
from engine.models import Case, Task, TaskState
from engine.uow import Actor, UnitOfWork

NEAR, RULE = "duplicate_rule", "merge_rule"
#: the groups that decide what is one matter
MERGERS = frozenset({"acceptance", "dispatch"})
LONGEST = 500
MOST = 20
#: the step at which reports wait to be filed
FILE = "file"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be the same matter; ``metres`` is None if one has no spot, ``apart`` the time between both.

    ``leads``: it was reported first, or is in work already while the other is not, so that the other is merged into it.
    """

    case: Case
    metres: float | None
    same_address: bool
    apart: timedelta
    is_earlier: bool
    leads: bool


def may_merge(actor: Actor) -> bool:
    """Say whether the actor decides what is one matter: those who file and dispatch, and supervisors."""
    return bool(actor.groups & MERGERS) or access.can(actor, "task.reassign")


def candidates(uow: UnitOfWork, case: Case) -> list[Candidate]:
    """Return open cases that the rule holds for the same matter and that the actor may see, the nearest first."""
    own = uow.session.get(CaseSubject, case.id)
    if own is None or case.closed_at is not None:
        return []
    near, _version = rules.answer(uow, case.bound, NEAR, {"item": own.item_code})
    metres, hours = float(near["metres"]), timedelta(hours=float(near["hours"]))
    near_by = _around(own, metres)
    if near["by_address"] and own.address:
        near_by |= (CaseSubject.grid_code == own.grid_code) & (CaseSubject.address == own.address)
    query = select(CaseSubject).where(
        CaseSubject.item_code == own.item_code,
        CaseSubject.opened_at.between(own.opened_at - hours, own.opened_at + hours),
        near_by,
        CaseSubject.case_id != case.id,
    )
    subjects = {each.case_id: each for each in uow.session.scalars(query.limit(10 * MOST))}
    open_now = (Case.id.in_(subjects), Case.closed_at.is_(None), access.visible_cases(uow.actor))
    found = []
    for other in uow.session.scalars(select(Case).where(*open_now)) if subjects else ():
        subject = subjects[other.id]
        way = places.distance((own.latitude, own.longitude), (subject.latitude, subject.longitude))
        same = bool(near["by_address"]) and own.address == subject.address != ""
        if same or (way is not None and round(way, 1) <= metres):
            found.append(_candidate(case, other, way, same))
    return sorted(found, key=lambda each: (each.metres is None, each.metres or 0, each.case.opened_at))[:MOST]


def _candidate(case: Case, other: Case, metres: float | None, same_address: bool) -> Candidate:
    is_earlier = (other.opened_at, other.id) < (case.opened_at, case.id)
    in_work = [each.summary.get("filed") is True for each in (other, case)]
    leads = is_earlier if in_work[0] == in_work[1] else in_work[0]
    return Candidate(other, metres, same_address, abs(case.opened_at - other.opened_at), is_earlier, leads)


def _around(own: CaseSubject, metres: float) -> Any:
    """Return the condition on subjects in a box around the spot: what the index cannot do, a comparison does."""
    box = places.box((own.latitude, own.longitude), metres)
    if box is None:
        return CaseSubject.case_id.is_(None)
    return CaseSubject.latitude.between(*box[:2]) & CaseSubject.longitude.between(*box[2:])


def waiting(uow: UnitOfWork, limit: int = 20) -> list[tuple[Case, list[Candidate]]]:
    """Return reports that wait to be filed and may be the same matter as others, the oldest first.

    Of two that wait the later is shown with the earlier beside it, not the other way round as well.
    """
    open_state = (Task.activity_id == FILE, Task.state == TaskState.OPEN)
    query = select(Case).join(Task, Task.case_id == Case.id).where(*open_state, access.visible_cases(uow.actor))
    found = []
    for case in uow.session.scalars(query.order_by(Task.opened_at, Task.id).limit(5 * limit)):
        others = [each for each in candidates(uow, case) if each.leads]
        if others:
            found.append((case, others))
        if len(found) == limit:
            break
    return found


# ---- merging


def merge(uow: UnitOfWork, case_id: UUID, into_id: UUID, why: str = "") -> Merge:
    """Make the report one matter with the other case: it is handled there, and its reporter gets the answer from there.

    A case that is merged itself stands for the one in which it is handled. Without ``why`` the chain says how near the
    two are. Raises RefusedError if the rule refuses, ForbiddenError for who may not decide that.
    """
    _require_merger(uow, case_id, into_id)
    if len(why) > LONGEST:
        raise InvalidError(problems={"why": "is too long"})
    case, other = _locked(uow, case_id, families.root(uow, into_id))
    apart = _apart(uow, case, other)
    facts = _facts(uow, "merge", case, other) | apart
    rules.judge(uow, case, "merge", RULE, facts, {"into": other.number, "why": why})
    _tell(uow, case, other)
    before = {"merged_into": {"id": str(other.id), "number": other.number}}
    case.summary = {**case.summary, **before}
    said = why.strip() or _said(apart)
    uow.record("case.merged", case, into=other.number, why=said, **apart)
    kept = shelf.take_away(uow, case, f"merged into {other.number}")
    holders.charge(uow, case, uow.actor.name, "merge")
    decided = {"merged_at": uow.now, "merged_by": uow.actor.name}
    row = Merge(case_id=case.id, into_id=other.id, why=said, kept=kept, undone_why="", **decided)
    uow.session.add(row)
    uow.session.flush()
    uow.record("report.joined", other, number=case.number, why=said, reports=_count(uow, other), **apart)
    duty_clock.follow_first(uow, other, why=f"merged: {case.number}")
    return row


def unmerge(uow: UnitOfWork, case_id: UUID, why: str) -> LockedCase:
    """Make the report a case of its own again: its tasks, timers and deadline are those that it had.

    Raises ConflictError if it is not merged, InvalidError without a reason, RefusedError, ForbiddenError.
    """
    _require_merger(uow, case_id)
    if not 2 <= len(why.strip()) <= LONGEST:
        raise InvalidError(problems={"why": "is too long" if why.strip() else "is missing"})
    top = execution.locked_case(uow, families.root(uow, case_id))
    if families.root(uow, case_id) != top.id:  # looked at again, since only now nobody can move it
        raise ConflictError("case {case} was merged by someone else meanwhile", case=top.number)
    case = execution.locked_case(uow, case_id)
    query = select(Merge).where(Merge.case_id == case_id, Merge.undone_at.is_(None))
    row = uow.session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise ConflictError("case {case} is not merged", case=case.number)
    rules.judge(uow, case, "unmerge", RULE, _facts(uow, "unmerge", case, top), {"why": why})
    kept, row.kept = row.kept, {}
    row.undone_at, row.undone_by, row.undone_why = uow.now, uow.actor.name, why.strip()
    uow.session.flush()
    case.summary = {name: value for name, value in case.summary.items() if name != "merged_into"}
    uow.record("case.unmerged", case, out_of=top.number, why=why.strip())
    uow.record("report.parted", top, number=case.number, why=why.strip(), reports=_count(uow, top))
    shelf.put_back(uow, case, kept, f"taken out of {top.number}")
    _count(uow, case)
    closings.open_again(uow, case)
    duty_clock.ask_again(uow, case)
    duty_clock.follow_first(uow, case, why=f"unmerged: {case.number}")
    duty_clock.follow_first(uow, top, why=f"unmerged: {case.number}")
    return case


def of_case(uow: UnitOfWork, case_id: UUID) -> list[tuple[Merge, Case]]:
    """Return what was merged into the case and what that brought with it, the first report first."""
    if not parts.has(uow, Merge.into_id, case_id):
        return []
    below = families.members(uow, case_id)
    query = select(Merge, Case).join(Case, Case.id == Merge.case_id)
    query = query.where(Merge.case_id.in_(below), Merge.undone_at.is_(None)).order_by(Case.opened_at, Case.id)
    return [(row, case) for row, case in uow.session.execute(query)]


def merge_of(uow: UnitOfWork, case_id: UUID) -> tuple[Merge, Case] | None:
    """Return how the case was merged and the case in which it is handled; None if it is not merged."""
    if not parts.has(uow, Merge.case_id, case_id):
        return None
    row = uow.session.scalars(select(Merge).where(Merge.case_id == case_id, Merge.undone_at.is_(None))).first()
    if row is None:
        return None
    top = families.root(uow, case_id)
    return row, uow.session.get_one(Case, top)


def _require_merger(uow: UnitOfWork, *ids: UUID) -> None:
    for case_id in ids:
        cases.get_case(uow, case_id)
    if not may_merge(uow.actor):
        raise ForbiddenError("whether reports are one matter is decided by those who file and dispatch")


def _locked(uow: UnitOfWork, case_id: UUID, into_id: UUID) -> tuple[LockedCase, LockedCase]:
    """Return both cases, locked. Raises RefusedError if the first is merged, ConflictError if the second is by now.

    What turned out to be merged is not waited with: its root may be waiting for it.
    """
    found = {}
    for each in sorted({case_id, into_id}):
        found[each] = execution.locked_case(uow, each)
        above = families.parent(uow, each)
        if above is not None and each == case_id:
            facts = _facts(uow, "merge", found[each], None)
            given = {"into": uow.session.get_one(Case, into_id).number}
            rules.judge(uow, found[each], "merge", RULE, facts, given)
        if above is not None:
            raise ConflictError("case {case} was merged by someone else meanwhile", case=found[each].number)
    return found[case_id], found[into_id]


def _facts(uow: UnitOfWork, what: str, case: LockedCase, other: LockedCase | None) -> dict[str, Any]:
    """Return what the rule is asked."""
    items = [uow.session.get(CaseSubject, each.id) for each in (case, other) if each is not None]
    return {
        "what": what,
        "same_case": other is not None and other.id == case.id,
        "merged": families.parent(uow, case.id) is not None,
        "closed": case.closed_at is not None,
        "other_closed": other is not None and other.closed_at is not None,
        "paused": "paused_until" in case.summary,
        "same_item": len({each.item_code if each else None for each in items}) == 1 and None not in items,
        "metres": None,
        "hours": None,
    }


def _apart(uow: UnitOfWork, case: LockedCase, other: LockedCase) -> dict[str, Any]:
    """Return how far the two are from each other: whole metres, and hours to a hundredth."""
    subjects = [uow.session.get(CaseSubject, each.id) for each in (case, other)]
    spots = [(each.latitude, each.longitude) if each else (None, None) for each in subjects]
    way = places.distance(spots[0], spots[1])
    between = abs((case.opened_at - other.opened_at).total_seconds())
    return {"metres": None if way is None else round(way), "hours": round(between / 3600, 2)}


def _said(apart: dict[str, Any]) -> str:
    """Return the reason that stands in the chain when nobody typed one: how near they are."""
    minutes = round(apart["hours"] * 60)
    way = "" if apart["metres"] is None else f"{apart['metres']} m, "
    return f"{way}{minutes} min"


def _count(uow: UnitOfWork, case: LockedCase) -> int:
    """Keep how many reports the case is about in its row; return it."""
    reports = 1 + len(families.members(uow, case.id))
    case.summary = {name: value for name, value in case.summary.items() if name != "reports"}
    if reports > 1:
        case.summary = {**case.summary, "reports": reports}
    return reports


def _tell(uow: UnitOfWork, case: LockedCase, other: LockedCase) -> None:
    """Tell those who had claimed tasks of the case where it is handled now."""
    query = select(Task.assignee).where(Task.case_id == case.id, Task.state.in_(shelf.ASKED)).distinct()
    people = [name for name in uow.session.scalars(query) if name]
    news.tell(uow, people, "merged", case.id, text=f"→ {other.number}")
