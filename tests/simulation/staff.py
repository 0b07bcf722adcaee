"""The people of the simulated district: who works in which group, who is away when, who leaves for good."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from engine import absences, directory, hand_overs
from engine.errors import EngineError
from engine.models import Membership, Person, Unit
from engine.uow import SYSTEM, Actor, Database

#: groups of the centre that a year needs more people in than the demo city has
CENTRE = {"acceptance": 6, "dispatch": 4, "answer": 4, "verification": 8}
DAY = timedelta(days=1)


class Staff:
    """Members of the groups, and the actors that they are at the moment."""

    def __init__(self, database: Database, chance: random.Random) -> None:
        self.database, self.chance = database, chance
        self.members: dict[str, list[str]] = {}
        self.away: dict[str, tuple[datetime, datetime, str]] = {}
        self.hired = 0
        self._actors: dict[str, Actor] = {}

    def hire(self) -> None:
        """Give every unit two liaisons and a head, and the centre its desks."""
        with self.database.transaction(SYSTEM) as uow:
            units = [*uow.session.scalars(select(Unit.code).order_by(Unit.code))]
            for unit in units:
                for number, more in ((1, [f"unit:{unit}:head"]), (2, []), (3, [])):
                    name = f"{unit.lower()}-{number}"
                    roles = ["liaison"]
                    directory.add_person(
                        uow, name, f"{unit} {number}", unit_code=unit, groups=[f"unit:{unit}", *more], roles=roles
                    )
            for group, count in CENTRE.items():
                for number in range(count):
                    name = f"{group}-{number}"
                    directory.add_person(uow, name, name, unit_code="HDL-WGZX", groups=[group], roles=["liaison"])
        self.refresh()

    def refresh(self) -> None:
        """Read the groups again, and forget whom people stood in for."""
        self._actors.clear()
        found = defaultdict(list)
        with self.database.reading(SYSTEM) as uow:
            query = select(Membership.group_key, Person.name).join(Person).where(Person.is_active)
            for group, name in uow.session.execute(query.order_by(Person.name)):
                found[group].append(name)
        self.members = dict(found)

    def actor(self, name: str) -> Actor:
        """Return the actor that the person is, with the groups of those for whom he stands in now."""
        if name not in self._actors:
            with self.database.reading(SYSTEM) as uow:
                self._actors[name] = directory.actor_of(uow, name)
        return self._actors[name]

    def one_of(self, groups: list[str], now: datetime, but: set[str]) -> str | None:
        """Return somebody of the groups who is here; the substitute of one who is not, if nobody is."""
        names = sorted({name for group in groups for name in self._in(group)} - but)
        here = [name for name in names if not self.is_away(name, now)]
        if here:
            return self.chance.choice(here)
        return next((found for name in names if (found := self.stands_in(name, now)) not in but), None)

    def stands_in(self, name: str, now: datetime) -> str:
        """Return who stands in for the person, chains included: the engine refuses circles."""
        while self.is_away(name, now):
            name = self.away[name][2]
        return name

    def _in(self, group: str) -> list[str]:
        return [group.removeprefix("user:")] if group.startswith("user:") else self.members.get(group, [])

    def is_away(self, name: str, now: datetime) -> bool:
        found = self.away.get(name)
        return found is not None and found[0] <= now < found[1]

    def go_away(self, now: datetime) -> bool:
        """Let somebody be away for one to ten days from tomorrow on, and a colleague stand in."""
        group = self.chance.choice([group for group, names in sorted(self.members.items()) if len(names) > 1])
        person, substitute = self.chance.sample(self.members[group], 2)
        start, end = now + DAY, now + DAY * (1 + self.chance.randint(1, 10))
        if person in self.away and self.away[person][1] > now:
            return False
        try:
            with self.database.transaction(self.actor("admin")) as uow:
                absences.note_absence(uow, person, substitute, start, end)
        except EngineError:  # a circle of substitutes
            return False
        self.away[person] = (start, end, substitute)
        return True

    def leave(self, now: datetime) -> tuple[UUID, str] | None:
        """Let a liaison leave in a minute, with a colleague of the unit as successor and somebody new in the unit;
        return the hand-over and who signs it. None if no unit can spare anybody."""
        units = [
            group
            for group, names in sorted(self.members.items())
            if group.startswith("unit:") and not group.endswith(":head") and len(names) > 2
        ]
        if not units:
            return None
        group = self.chance.choice(units)
        person, successor = self.chance.sample(self.members[group], 2)
        unit, self.hired = group.removeprefix("unit:"), self.hired + 1
        with self.database.transaction(self.actor("admin")) as uow:
            row = hand_overs.plan(uow, person, successor, now + timedelta(minutes=1), "调离岗位")
            name = f"{unit.lower()}-new-{self.hired}"
            directory.add_person(uow, name, name, unit_code=unit, groups=[group], roles=["liaison"])
            return row.id, successor
