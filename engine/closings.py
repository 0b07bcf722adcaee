"""What else happens in the transaction in which a case closes or opens again: answers to reporters, visits, bookings.

Called by ``execution`` for each case that closes, so nothing here may move a case. Locks: the case that closes, what
was merged into it, last the visits.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, select

from engine import families, locked, resources
from engine.errors import NotFoundError
from engine.locked import LockedCase
from engine.models import Case
from engine.question_models import OPEN, Question
from engine.statements import Statement
from engine.uow import UnitOfWork
from engine.visit_models import Visit, VisitCase

VISIT = Statement(select(VisitCase.visit_id).where(VisitCase.case_id == bindparam("case")))


def note(uow: UnitOfWork, case: LockedCase) -> None:
    """Tell every reporter of the closed case, and close the visits of which it was the last.

    A case that is merged itself is not answered but goes on elsewhere, and its visits with it. What the case had booked
    is free again.
    """
    resources.release(uow, case)
    if case.summary.get("merged_into"):
        return
    _end_questions(uow, case)
    others = sorted(families.members(uow, case.id))
    if others:
        _answer(uow, case, others)
    for visit in _visits(uow, [case.id, *others]):
        if visit.closed_at is None and not _still_open(uow, visit, case):
            visit.closed_at = uow.now
            uow.record("visit.closed", stream(visit), last=case.number)
            uow.session.flush()


def _end_questions(uow: UnitOfWork, case: LockedCase) -> None:
    """End the questions that units were asked in the case and did not answer; who was late by then is marked."""
    for (question_id,) in OPEN.all(uow, {"case": case.id}):
        row = uow.session.get_one(Question, question_id)
        told = {"question": str(row.id), "unit": row.unit_code}
        row.ended_at = uow.now
        if row.late_at is None and uow.now >= row.due_at:
            row.late_at = row.due_at
            uow.record("question.late", case, **told, people=[], since=row.due_at.isoformat())
        uow.session.flush()
        uow.record("question.ended", case, **told)


def open_again(uow: UnitOfWork, case: LockedCase) -> None:
    """Let the visits go on to which the case, or what was merged into it, belongs: it is open again."""
    for visit in _visits(uow, [case.id, *families.members(uow, case.id)]):
        if visit.closed_at is not None:
            visit.closed_at = None
            uow.record("visit.reopened", stream(visit), by=case.number)
            uow.session.flush()


def stream(visit: Visit) -> str:
    """Return the name of the chain in which the visit itself is written down."""
    return f"visit {visit.number}"


def _answer(uow: UnitOfWork, case: LockedCase, others: Iterable[UUID]) -> None:
    """Write into the chain of each report that its reporter is answered, once a closing.

    A case that nothing was merged into has its answer in its chain already.
    """
    refused = case.summary.get("filed") is False
    text = str(case.summary.get("reason" if refused else "answer") or "")
    for each in (case, *(_locked(uow, case_id) for case_id in others)):
        channel = each.summary.get("channel")
        uow.record("reporter.answered", each, channel=channel, by=case.number, filed=not refused, answer=text)


def _locked(uow: UnitOfWork, case_id: UUID) -> LockedCase:
    """Return a case that was merged into the one that closes, locked after it: see ``merges`` for the order."""
    found = uow.cases.get(case_id) or locked.lock(uow, case_id)
    if found is None:
        raise NotFoundError("no such case")
    uow.cases[case_id] = found
    return found


def _visits(uow: UnitOfWork, ids: Iterable[UUID]) -> list[Visit]:
    """Return the visits to which the cases belong, locked: who closes another case of one waits, then looks again."""
    found = {visit_id for each in ids for (visit_id,) in VISIT.all(uow, {"case": each})}
    if not found:
        return []
    query = select(Visit).where(Visit.id.in_(found)).order_by(Visit.id).with_for_update()
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def _still_open(uow: UnitOfWork, visit: Visit, case: LockedCase) -> bool:
    """Say whether a case of the visit, or the one it was merged into, is open besides the one that closes now."""
    ids = list(uow.session.scalars(select(VisitCase.case_id).where(VisitCase.visit_id == visit.id)))
    tops = {families.root(uow, each) for each in ids} - {case.id}
    query = select(Case.id).where(Case.id.in_(tops), Case.closed_at.is_(None)).limit(1)
    return uow.session.scalar(query) is not None
