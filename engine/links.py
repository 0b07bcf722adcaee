"""Cases that belong together, and how. Not here: one matter (``merges``), one visit (``visits``)."""

from uuid import UUID

from sqlalchemy import Select, or_, select

from engine import access, cases, execution, parts
from engine.desk_models import CaseLink
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import Case
from engine.uow import UnitOfWork

#: how the earlier of two cases stands to the later one, where that is not the same both ways
BACK = {
    "appeals": "appealed by",
    "checks": "checked by",
    "repeats": "repeated by",
    "visits": "visited by",
}
#: what people link by hand
RELATED = "related"


def link(uow: UnitOfWork, case_id: UUID, other_id: UUID, kind: str) -> None:
    """Note that the later case belongs to the other one; ``kind``: one of ``BACK``, or related.

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
        if not parts.has(uow, here, case_id):
            continue
        query = select(CaseLink.kind, Case).join(Case, Case.id == there).where(here == case_id)
        query = query.where(access.visible_cases(uow.actor)).order_by(Case.opened_at, Case.id)
        for kind, case in uow.session.execute(query):
            found.append((BACK.get(kind, kind) if is_back else kind, case))
    return found


def relate(uow: UnitOfWork, case_id: UUID, number: str) -> Case:
    """Note by hand that the case and the one of the number belong together; return the latter.

    Raises NotFoundError for a case that the actor may not see, InvalidError for a number that leads to none of those,
    ConflictError if the two are linked already.
    """
    seen = cases.get_case(uow, case_id)
    wanted = (Case.number == number.strip(), access.visible_cases(uow.actor))
    other = uow.session.scalars(select(Case).where(*wanted)).first()
    if other is None or other.id == seen.id:
        raise InvalidError(problems={"number": "is no other case that you may see"})
    case = execution.locked_case(uow, case_id)
    if uow.session.scalars(_between(case.id, other.id)).first() is not None:
        raise ConflictError("case {case} and case {other} are linked already", case=case.number, other=other.number)
    link(uow, case.id, other.id, RELATED)
    uow.record("case.linked", case, number=other.number)
    return other


def part(uow: UnitOfWork, case_id: UUID, other_id: UUID) -> None:
    """Take a link back that was made by hand. Raises NotFoundError if there is none that the actor may see."""
    cases.get_case(uow, case_id)
    other = cases.get_case(uow, other_id)
    found = uow.session.scalars(_between(case_id, other_id).where(CaseLink.kind == RELATED)).first()
    if found is None:
        raise NotFoundError("no such link")
    case = execution.locked_case(uow, case_id)
    uow.session.delete(found)
    uow.session.flush()
    uow.record("case.parted", case, number=other.number)


def _between(one: UUID, other: UUID) -> Select[CaseLink]:
    ways = (
        (CaseLink.case_id == one) & (CaseLink.other_id == other),
        (CaseLink.case_id == other) & (CaseLink.other_id == one),
    )
    return select(CaseLink).where(or_(*ways))
