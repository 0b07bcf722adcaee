"""Who stands in for whom now, chains included, and what that lets them see. Not here: noting it (``absences``)."""

from collections.abc import Iterable

from sqlalchemy import select

from engine.hand_over_models import Absence
from engine.models import Membership, Person
from engine.uow import UnitOfWork


def stands_in_for(uow: UnitOfWork, name: str) -> set[str]:
    """Return for whom the person stands in now: a substitute who is away too passes it on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        now = (Absence.substitute == waiting.pop(), Absence.from_at <= uow.now, Absence.to_at > uow.now)
        new = set(uow.session.scalars(select(Absence.person).where(*now))) - found - {name}
        found |= new
        waiting += sorted(new)
    return found


def groups_for(uow: UnitOfWork, names: Iterable[str]) -> set[str]:
    """Return the groups of the people, and their own."""
    names = sorted(names)
    query = select(Membership.group_key).join(Person).where(Person.name.in_(names))
    return {*uow.session.scalars(query), *(f"user:{name}" for name in names)} if names else set()
