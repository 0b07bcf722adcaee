"""Rulings on ownership (划界裁定) and what becomes of them: precedents that route the next case, and rules.

A precedent holds from the ruling on for its item and area, until it is withdrawn. Units contest it beside the case;
when it is confirmed it becomes a rule with a day. Not here: passing on (``transfers``).
"""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from engine import cases, news
from engine.errors import NotFoundError
from engine.locked import LockedCase
from engine.models import Membership, Person
from engine.precedent_models import Citation, Precedent
from engine.uow import UnitOfWork

ZONE = ZoneInfo("Asia/Shanghai")
LIMIT = "adjudication_limit"
#: how far a ruling reaches -> how many digits of a grid's code name that area
AREAS = {"grid": 15, "community": 12, "street": 9, "district": 6}


def work_rule(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep the ruling as a precedent with a number; the work of ``precedent.rule``.

    inputs: lead, co, text, basis, area (of ``AREAS``), item, grid. Returns the ``ruling`` and the ``units``.
    """
    lead = str(inputs["lead"])
    co = [unit for unit in dict.fromkeys(inputs.get("co") or ()) if unit != lead]
    made = Precedent(
        number=_number(uow),
        case_id=case.id,
        item_code=str(inputs["item"]),
        area_code=str(inputs["grid"])[: AREAS[str(inputs["area"])]],
        lead=lead,
        co=co,
        text=str(inputs["text"]),
        basis=str(inputs["basis"]),
        ruled_at=uow.now,
        ruled_by=uow.actor.name,
        why_withdrawn="",
    )
    uow.session.add(made)
    uow.session.flush()
    said = {**as_said(made), "basis": made.basis, "area": made.area_code}
    uow.record("precedent.ruled", case, **said)
    return {"ruling": as_said(made), "units": [lead, *co]}


def _number(uow: UnitOfWork) -> str:
    year = uow.now.astimezone(ZONE).year
    return f"划界-{year}-{cases.count_on(uow, f'precedents {year}'):04}"


def as_said(precedent: Precedent) -> dict[str, Any]:
    """Return the precedent as variables of a case hold it: number, units (the first leads), text, since when a rule."""
    since = precedent.in_force_from.isoformat() if precedent.in_force_from else None
    units = [precedent.lead, *precedent.co]
    return {"number": precedent.number, "units": units, "text": precedent.text, "rule_from": since}


def work_lapse(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Let the first receiver lead, since no ruling came in time (首接负责); the work of ``adjudication.lapse``.

    inputs: first (unit), past (units), committee (group), which is told. Returns the ``ruling`` and the ``units``.
    """
    units = list(dict.fromkeys([str(inputs["first"]), *(inputs.get("past") or ())]))
    people = members(uow, str(inputs["committee"]))
    uow.record("adjudication.lapsed", case, rule=LIMIT, version=case.bound.get(LIMIT), unit=units[0], units=units)
    told = {"group": inputs["committee"], "what": "no ruling in time", "people": people}
    uow.record("notice.given", case, channel="inbox", **told)
    news.tell(uow, people, "lapsed", case.id)
    return {"ruling": {"number": None, "units": units, "text": None, "rule_from": None}, "units": units}


def members(uow: UnitOfWork, group: str) -> list[str]:
    """Return the user names of the people in the group."""
    query = select(Person.name).join(Membership).where(Membership.group_key == group, Person.is_active)
    return list(uow.session.scalars(query.order_by(Person.name)))


def fitting(uow: UnitOfWork, item: str, grid: str) -> Precedent | None:
    """Return the precedent that holds for the item in the grid: that of the smallest area, then the newest."""
    areas = [grid[:length] for length in AREAS.values()]
    query = select(Precedent).where(
        Precedent.item_code == item, Precedent.area_code.in_(areas), Precedent.withdrawn_at.is_(None)
    )
    order = (func.length(Precedent.area_code).desc(), Precedent.ruled_at.desc(), Precedent.number.desc())
    return uow.session.scalars(query.order_by(*order).limit(1)).first()


def get_precedent(uow: UnitOfWork, precedent_id: UUID) -> Precedent:
    """Return the precedent; everybody who is signed in may read it. Raises NotFoundError."""
    found = uow.session.get(Precedent, precedent_id)
    if found is None:
        raise NotFoundError("no such precedent")
    return found


def by_number(uow: UnitOfWork, number: str) -> Precedent:
    """Return the precedent with the number. Raises NotFoundError."""
    found = uow.session.scalars(select(Precedent).where(Precedent.number == number)).first()
    if found is None:
        raise NotFoundError("no such precedent")
    return found


def today(uow: UnitOfWork) -> date:
    """Return the day in the city."""
    return uow.now.astimezone(ZONE).date()


def work_find(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Look for a precedent of the item and place, and cite it; the work of ``precedent.find``."""
    found = fitting(uow, str(inputs.get("item")), str(inputs.get("grid")))
    if found is None:
        return {}
    uow.session.add(Citation(precedent_id=found.id, case_id=case.id, cited_at=uow.now))
    uow.session.flush()
    uow.record("precedent.cited", case, **as_said(found))
    return {"precedent": as_said(found)}
