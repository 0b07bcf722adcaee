"""What people are told inside the pages: a mention, a task handed to them, a case opened again or merged."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select, update

from engine import letters
from engine.desk_models import Notice
from engine.models import Case
from engine.uow import UnitOfWork

MOST = 100
#: what owners of shared resources are told; they need not see the case
LENT = frozenset({"booked", "unbooked"})


def tell(
    uow: UnitOfWork, people: Iterable[str], kind: str, case_id: UUID, task_id: UUID | None = None, text: str = ""
) -> None:
    """Leave each of the people, but not the actor, a notice, and a letter to those who want letters.

    kind: mention, handed, reopened, merged, rework, informed; answered (a question of the person), granted or
    turned-down (what the person asked for); booked or unbooked (a resource of the person's unit), booking-lost (what
    the person had booked).
    """
    number = None
    place = "/resources" if kind in LENT else f"/tasks/{task_id}" if task_id else f"/cases/{case_id}"
    for person in dict.fromkeys(people):
        if person != uow.actor.name:
            number = number or str(uow.session.scalar(select(Case.number).where(Case.id == case_id)))
            letters.write(uow, person, kind, number, place)
            uow.session.add(
                Notice(
                    person=person,
                    kind=kind,
                    case_id=case_id,
                    task_id=task_id,
                    text=text[:300],
                    told_at=uow.now,
                    told_by=uow.actor.name,
                )
            )


def unseen(uow: UnitOfWork) -> int:
    """Return how many notices the actor has not seen."""
    mine = (Notice.person == uow.actor.name, Notice.seen_at.is_(None))
    return uow.session.scalar(select(func.count()).select_from(Notice).where(*mine)) or 0


def notices(uow: UnitOfWork) -> list[tuple[Notice, Case]]:
    """Return the actor's notices with their cases, those not seen first, then the newest."""
    query = select(Notice, Case).join(Case, Case.id == Notice.case_id).where(Notice.person == uow.actor.name)
    ordered = query.order_by(Notice.seen_at.is_not(None), Notice.told_at.desc(), Notice.id).limit(MOST)
    return [(notice, case) for notice, case in uow.session.execute(ordered)]


def see_all(uow: UnitOfWork) -> None:
    """Note that the actor has seen all notices."""
    mine = (Notice.person == uow.actor.name, Notice.seen_at.is_(None))
    uow.session.execute(update(Notice).where(*mine).values(seen_at=uow.now))
