"""Rulings on ownership (划界裁定) and what becomes of them: precedents that route the next case, and rules.

A precedent holds from the ruling on for its item and area, until it is withdrawn. Units contest it beside the case;
when it is confirmed it becomes a rule with a day. Not here: passing on (``transfers``).
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select

from engine import access, cases, catalogue, news
from engine.errors import NotFoundError
from engine.locked import LockedCase
from engine.models import Case, Membership, Person
from engine.precedent_models import Citation, Contest, Precedent
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


STATES = ("precedent", "rule", "contested", "withdrawn")


def state(uow: UnitOfWork, found: Collection[Precedent]) -> dict[UUID, str]:
    """Return what each is now: precedent, rule (confirmed), contested (an objection is open), or withdrawn."""
    opened = select(Contest.precedent_id).where(
        Contest.precedent_id.in_([each.id for each in found]), Contest.decided_at.is_(None)
    )
    disputed = set(uow.session.scalars(opened))
    return {each.id: _state(each, each.id in disputed) for each in found}


def _state(precedent: Precedent, is_disputed: bool) -> str:
    if precedent.withdrawn_at is not None:
        return "withdrawn"
    if is_disputed:
        return "contested"
    return "rule" if precedent.confirmed_at is not None else "precedent"


def find(uow: UnitOfWork, text: str = "", which: str = "", *, limit: int = 50, offset: int = 0) -> list[Precedent]:
    """Return the precedents with these words in number, item, ruling or basis, in that state, the newest first."""
    query = select(Precedent).order_by(Precedent.ruled_at.desc(), Precedent.number.desc())
    for word in text.split()[:5]:
        named = [item.code for item in catalogue.items(uow) if word.lower() in _names(item.entry)]
        columns = (Precedent.number, Precedent.text, Precedent.basis, Precedent.lead, Precedent.item_code)
        query = query.where(
            or_(Precedent.item_code.in_(named), *(each.contains(word, autoescape=True) for each in columns))
        )
    if which in STATES:
        query = query.where(_is(which))
    return list(uow.session.scalars(query.limit(limit).offset(offset)))


def _names(entry: Mapping[str, Any]) -> str:
    return f"{entry['item_zh']} {entry['item_en']}".lower()


def _is(which: str) -> ColumnElement[bool]:
    opened = Precedent.id.in_(select(Contest.precedent_id).where(Contest.decided_at.is_(None)))
    holds = Precedent.withdrawn_at.is_(None)
    if which == "withdrawn":
        return Precedent.withdrawn_at.is_not(None)
    if which == "contested":
        return holds & opened
    confirmed = Precedent.confirmed_at.is_not(None) if which == "rule" else Precedent.confirmed_at.is_(None)
    return holds & confirmed & ~opened


def alike(uow: UnitOfWork, item: str, grid: str) -> list[Precedent]:
    """Return precedents that an adjudicator may want to read: of the item, or of its sub-class, the nearest first."""
    query = select(Precedent).where(Precedent.item_code.startswith(item[:4]), Precedent.withdrawn_at.is_(None))
    found = uow.session.scalars(query.order_by(Precedent.ruled_at.desc()).limit(50))
    near = sorted(found, key=lambda each: (each.item_code != item, -_shared(each.area_code, grid)))
    return near[:5]


def _shared(area: str, grid: str) -> int:
    return next((length for length in AREAS.values() if area[:length] == grid[:length]), 0)


def area_names(uow: UnitOfWork, codes: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return code -> how far it reaches (of ``AREAS``), and the name where there is one: of the grid, the community."""
    reaches = {length: name for name, length in AREAS.items()}
    grids = catalogue.all_grids(uow)
    found = {}
    for code in codes:
        inside = [grid for grid in grids if grid.code.startswith(code)]
        reach = reaches.get(len(code), "district")
        name = {"grid": lambda grid: grid.name, "community": lambda grid: grid.community}.get(reach)
        found[code] = (reach, name(inside[0]) if name and inside else "")
    return found


def cited_by(uow: UnitOfWork, precedent: Precedent) -> tuple[int, list[Case]]:
    """Return how many cases the precedent routed, and the newest of them that the actor may see."""
    mine = (Citation.precedent_id == precedent.id,)
    count = uow.session.scalar(select(func.count()).select_from(Citation).where(*mine)) or 0
    query = select(Case).join(Citation, Citation.case_id == Case.id).where(*mine, access.visible_cases(uow.actor))
    return count, list(uow.session.scalars(query.order_by(Citation.cited_at.desc(), Case.number.desc()).limit(20)))


def source(uow: UnitOfWork, precedent: Precedent) -> Case | None:
    """Return the case from which the precedent came, if the actor may see it."""
    query = select(Case).where(Case.id == precedent.case_id, access.visible_cases(uow.actor))
    return uow.session.scalars(query).first()


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
