"""Cases that belong together, and how. Not here: one matter (``merges``), one visit (``visits``)."""

from uuid import UUID

from sqlalchemy import select

from engine import access
from engine.desk_models import CaseLink
from engine.models import Case
from engine.uow import UnitOfWork

#: how the earlier of two cases stands to the later one, where that is not the same both ways
BACK = {"checks": "checked by", "repeats": "repeated by", "reopens": "reopened by"}


def link(uow: UnitOfWork, case_id: UUID, other_id: UUID, kind: str) -> None:
    """Note that the later case belongs to the other one; ``kind``: checks, repeats, reopens or related.

    Nothing changes if that is noted already.
    """
    if uow.session.get(CaseLink, (case_id, other_id, kind)) is None:
        row = CaseLink(case_id=case_id, other_id=other_id, kind=kind, linked_at=uow.now, linked_by=uow.actor.name)
        uow.session.add(row)
        uow.session.flush()


def linked_cases(uow: UnitOfWork, case_id: UUID) -> list[tuple[str, Case]]:
    """Return the cases that belong to this one and that the actor may see, with how, as seen from this one."""
    found = []
    for here, there, is_back in (
        (CaseLink.case_id, CaseLink.other_id, False),
        (CaseLink.other_id, CaseLink.case_id, True),
    ):
        query = select(CaseLink.kind, Case).join(Case, Case.id == there).where(here == case_id)
        query = query.where(access.visible_cases(uow.actor)).order_by(Case.opened_at, Case.id)
        for kind, case in uow.session.execute(query):
            found.append((BACK.get(kind, kind) if is_back else kind, case))
    return found
