"""Telling the duty desk of a unit at once, whatever the hour: whom to call, in the case's chain. Not here: calling."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from engine import calendars, news
from engine.locked import LockedCase
from engine.models import Membership, Person
from engine.uow import UnitOfWork
from engine.working_time import MICROSECOND


def work_inform(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Note that the people of a group were informed and are asked for nothing; the work of ``notice.inform``."""
    people = members(uow, str(inputs.get("group")))
    what = str(inputs.get("what") or "")
    is_rework = what.startswith("rework")
    news.tell(uow, people, "rework" if is_rework else "informed", case.id, text="" if is_rework else what)
    uow.record("notice.given", case, channel="inbox", group=inputs.get("group"), what=inputs.get("what"), people=people)
    return {}


def members(uow: UnitOfWork, group: str) -> list[str]:
    """Return the user names of the active people in the group."""
    query = select(Person.name).join(Membership).where(Membership.group_key == group, Person.is_active)
    return list(uow.session.scalars(query.order_by(Person.name)))


def inhabited(uow: UnitOfWork, units: Iterable[str]) -> set[str]:
    """Return the codes of those of the units that have active people."""
    groups = {f"unit:{code}": code for code in units}
    query = select(Membership.group_key).join(Person).where(Membership.group_key.in_(groups), Person.is_active)
    return {groups[key] for key in uow.session.scalars(query.distinct())}


def work_duty(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Note who of the unit is to be called, and whether its office is open now; the work of ``notice.duty``."""
    unit = inputs.get("unit")
    people = members(uow, f"unit:{unit}:head") or members(uow, f"unit:{unit}")
    calendar = calendars.far(uow, calendars.name_for(uow, unit), uow.now)
    is_open = bool(calendar.between(uow.now, uow.now + MICROSECOND))
    uow.record("notice.given", case, channel="duty phone", unit=unit, people=people, office_open=is_open)
    return {}
