"""Which reports are one matter: a case, and what was merged into it, and into that. Not here: merging (``merges``).

A row says into what a case was merged; whoever asks walks up to the root, so that merging a case that others were
merged into moves them all, and undoing it moves them back.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from engine.duty_models import CaseClock
from engine.merge_models import Merge
from engine.models import Case
from engine.statements import Statement
from engine.uow import UnitOfWork

UP = Statement(select(Merge.into_id).where(Merge.case_id == bindparam("case"), Merge.undone_at.is_(None)))
DOWN = Statement(
    select(Merge.case_id)
    .where(Merge.into_id == bindparam("case"), Merge.undone_at.is_(None))
    .order_by(Merge.merged_at, Merge.id)
)


def parent(uow: UnitOfWork, case_id: UUID) -> UUID | None:
    """Return into what the case is merged; None if it is not."""
    found = UP.first(uow, {"case": case_id})
    return None if found is None else found[0]


def root(uow: UnitOfWork, case_id: UUID) -> UUID:
    """Return the case in which the matter is handled: the case itself if it is not merged."""
    while (above := parent(uow, case_id)) is not None:
        case_id = above
    return case_id


def members(uow: UnitOfWork, case_id: UUID) -> list[UUID]:
    """Return all that is merged into the case, directly or through others; the first level first."""
    found: list[UUID] = []
    level = [case_id]
    while level:
        level = [below for each in level for (below,) in DOWN.all(uow, {"case": each})]
        found += level
    return found


def starts(uow: UnitOfWork, case_id: UUID) -> list[tuple[datetime, datetime | None]]:
    """Return when each member was reported, and when it was dispatched, the earliest report first."""
    found = members(uow, case_id)
    if not found:
        return []
    query = select(Case.opened_at, CaseClock.dispatched_at).join(CaseClock, CaseClock.case_id == Case.id)
    rows = uow.session.execute(query.where(Case.id.in_(found)).order_by(Case.opened_at, Case.id))
    return [(opened, dispatched) for opened, dispatched in rows]
