"""Households (户档): keeping their records, finding them, and who reads what of them.

Whoever visits reads it all; others see the address, and names and numbers masked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from engine import access, cases, hand_overs, privacy
from engine.errors import InvalidError, NotFoundError
from engine.models import Grid, Person
from engine.uow import UnitOfWork
from engine.visit_models import Household

#: what is worth knowing before knocking
TAGS = ("elderly", "alone", "disabled", "child", "rented", "reluctant", "dog")
MOST = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down of a household."""

    grid_code: str
    address: str
    name: str
    contact: str = ""
    tags: tuple[str, ...] = ()


def problems(uow: UnitOfWork, entry: Entry) -> dict[str, str]:
    """Return what is wrong with the entry: field -> what."""
    named = {"address": entry.address, "name": entry.name, "grid_code": entry.grid_code}
    found = {field: "is missing" for field, text in named.items() if not text.strip()}
    limits = (("address", entry.address, 200), ("name", entry.name, 60), ("contact", entry.contact, 200))
    found |= {field: "is too long" for field, text, most in limits if len(text) > most}
    if set(entry.tags) - set(TAGS):
        found["tags"] = "is none of the choices"
    grid = uow.session.get(Grid, entry.grid_code)
    if entry.grid_code.strip() and (grid is None or grid.until_at is not None):
        found["grid_code"] = "is no grid of the district"
    return found


def keep(uow: UnitOfWork, entry: Entry) -> Household:
    """Keep a new record; one of the same address and name in the grid is brought up to date. Raises InvalidError."""
    wrong = problems(uow, entry)
    if wrong:
        raise InvalidError(problems=wrong)
    same = (Household.grid_code == entry.grid_code, Household.address == entry.address.strip())
    found = uow.session.scalars(select(Household).where(*same, Household.name == entry.name.strip())).first()
    if found is None:
        number = f"H{cases.count_on(uow, 'households'):06}"
        found = Household(number=number, grid_code=entry.grid_code, address=entry.address.strip(), contact="", tags=[])
        uow.session.add(found)
    found.name, found.tags = entry.name.strip(), list(entry.tags) or found.tags
    found.contact = entry.contact.strip() or found.contact
    found.kept_at, found.kept_by = uow.now, uow.actor.name
    uow.session.flush()
    uow.record("household.kept", f"household {found.number}", household=str(found.id), tags=found.tags)
    return found


def get(uow: UnitOfWork, household_id: UUID) -> Household:
    """Return the record, for who visits. Raises NotFoundError if there is none that the actor may read."""
    found = uow.session.get(Household, household_id)
    if found is None or not may_read(uow, found):
        raise NotFoundError("no such household")
    return found


def find(uow: UnitOfWork, text: str) -> Sequence[Household]:
    """Return records whose address, name or number has the text in it, for who may read them whole; at most ten."""
    wanted = text.strip()
    if len(wanted) < 2:
        return []
    columns = (Household.address, Household.name, Household.number)
    has = or_(*(column.contains(wanted, autoescape=True) for column in columns))
    found = uow.session.scalars(select(Household).where(has).order_by(Household.address, Household.id).limit(10 * MOST))
    return [each for each in found if may_read(uow, each)][:MOST]


def may_read(uow: UnitOfWork, household: Household) -> bool:
    """Say whether the actor reads the record whole: who wrote it, who works in its grid, officers of its street."""
    actor = uow.actor
    if access.can(actor, "contact.read") or household.kept_by == actor.name:
        return True
    if hand_overs.worker_of(uow, household.grid_code, uow.now) == actor.name:
        return True
    home = select(Person.unit_code).where(Person.name == household.kept_by)
    return "officer" in actor.roles and actor.unit_code is not None and uow.session.scalar(home) == actor.unit_code


def shown(uow: UnitOfWork, household: Household) -> dict[str, str]:
    """Return number, address, name and contact as the actor may read them."""
    whole = may_read(uow, household)
    name, contact = household.name, household.contact
    return {
        "number": household.number,
        "address": household.address,
        "name": name if whole else f"{name[:1]}**",
        "contact": contact if whole or not contact else privacy.masked(contact),
    }
