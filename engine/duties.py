"""The versions of the list of duties (权责清单), and dispatch by it: who leads, who assists, and why.

Not here: reading the list and its gaps (``duty_list``); precedents and the clerk's own choice, which go before it.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from engine import access, admissions, catalogue, duty_list, rules
from engine.duty_list import Answer, Finding, Row
from engine.duty_list_models import DutyList
from engine.errors import InvalidError, NotFoundError
from engine.hand_over_models import Absence
from engine.locked import LockedCase
from engine.models import Candidate, Membership, Person, Task, TaskState
from engine.uow import UnitOfWork

FALLBACK = "duty_fallback"
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Equal:
    """A unit that may lead as well as others: how many open tasks it has for how many people who are there."""

    unit: str
    tasks: int
    people: int

    @property
    def load(self) -> float:
        """Return the open tasks for each person; a unit where nobody is counts as one person."""
        return self.tasks / max(self.people, 1)


@lru_cache(maxsize=16)
def _read(source: str) -> tuple[Row, ...]:
    return duty_list.read(source)


def current(uow: UnitOfWork) -> DutyList | None:
    """Return the newest version; None if none was published."""
    return uow.session.scalars(select(DutyList).order_by(DutyList.version.desc()).limit(1)).first()


def versions(uow: UnitOfWork) -> list[DutyList]:
    """Return all versions, the newest first."""
    return list(uow.session.scalars(select(DutyList).order_by(DutyList.version.desc())))


def get_list(uow: UnitOfWork, version: int | None = None) -> DutyList:
    """Return the version, or the current one. Raises NotFoundError."""
    found = current(uow) if version is None else uow.session.get(DutyList, version)
    if found is None:
        raise NotFoundError("there is no such list of duties")
    return found


def rows_of(row: DutyList) -> tuple[Row, ...]:
    """Return what the version says."""
    return _read(row.source)


def today(uow: UnitOfWork) -> date:
    """Return the day in the city."""
    return uow.now.astimezone(ZONE).date()


def report(uow: UnitOfWork, rows: Collection[Row], day: date | None = None) -> list[Finding]:
    """Return the gaps and overlaps of the rows over all items and grids, on the day and as it changes later."""
    items = [item.code for item in catalogue.items(uow)]
    grids = [grid.code for grid in catalogue.grids(uow)]
    return duty_list.report(tuple(rows), items, grids, day or today(uow))


def checked(uow: UnitOfWork, source: str) -> tuple[Row, ...]:
    """Return the rows of the text, read against the city's units, items and grids. Raises InvalidError."""
    known = {
        "units": {unit.code for unit in catalogue.units(uow)},
        "items": {item.code for item in catalogue.items(uow)},
        "grids": {grid.code for grid in catalogue.all_grids(uow)},
    }
    rows = duty_list.read(source, known)
    if problems := admissions.problems(uow, rows):
        raise InvalidError(problems=problems)
    return rows


def publish(uow: UnitOfWork, source: str, reason: str) -> DutyList | None:
    """Make the CSV text the next version; None if it is what is current already.

    Raises ForbiddenError without the right, InvalidError for a missing reason, a wrong line, or a gap without fallback.
    """
    access.require(uow.actor, "duty.publish")
    if not reason.strip():
        raise InvalidError(problems={"reason": "is missing"})
    return add(uow, source, reason.strip())


def add(uow: UnitOfWork, source: str, reason: str, *, file: str | None = None) -> DutyList | None:
    """Make the text the next version unless it is current; a file that was loaded before is not loaded again.

    Raises InvalidError naming each wrong line, and each item with an area that nobody leads or is named for.
    """
    source = source.removeprefix("\ufeff").replace("\r\n", "\n")
    uow.session.flush()
    rows = checked(uow, source)
    gaps = [each for each in report(uow, rows) if each.is_open]
    if gaps:
        raise InvalidError(problems={f"item {each.item}": _said(each) for each in gaps})
    digest = hashlib.sha256(source.encode()).hexdigest()
    known = versions(uow)
    if known and (known[0].digest == digest or (file and any(each.digest == digest for each in known))):
        return None
    made = DutyList(
        version=known[0].version + 1 if known else 1,
        digest=digest,
        source=source,
        reason=reason,
        published_at=uow.now,
        published_by=uow.actor.name,
    )
    uow.session.add(made)
    uow.session.flush()
    uow.record("duty-list.published", "duties", version=made.version, digest=digest, reason=reason, file=file)
    return made


def _said(gap: Finding) -> str:
    more = f" and {len(gap.grids) - 1} more" if len(gap.grids) > 1 else ""
    return f"nobody leads from {gap.day.isoformat()} in {gap.grids[0]}{more}; name a unit with the role fallback"


def ask(uow: UnitOfWork, item: str, grid: str, version: int | None = None) -> tuple[Answer, DutyList]:
    """Return who is responsible today by that version, or the current one. Raises NotFoundError."""
    row = get_list(uow, version)
    return duty_list.ask(rows_of(row), item, grid, today(uow)), row


def in_force(uow: UnitOfWork, item: str, grid: str, version: int | None = None) -> Answer:
    """Return who is responsible today by that version, or the current one; nobody where no list was published."""
    return duty_list.ask(rows_now(uow, version), item, grid, today(uow))


def rows_now(uow: UnitOfWork, version: int | None = None) -> tuple[Row, ...]:
    """Return what that version says, or the current one; nothing where no list was published."""
    row = current(uow) if version is None else uow.session.get(DutyList, version)
    return rows_of(row) if row else ()


def of_case(uow: UnitOfWork, known: Mapping[str, Any]) -> Answer:
    """Return who is responsible for a case of which these variables are known: by the list of its dispatch, if any."""
    version = (known.get("duty") or {}).get("version")
    return in_force(uow, str(known.get("item") or ""), str(known.get("grid") or ""), version)


def stands_in(answer: Answer, unit: str) -> bool:
    """Say whether the unit acts only because nobody leads: it may pass the case on to an owner at any time."""
    return answer.is_gap and unit in {row.unit for row in (answer.territory, answer.fallback) if row is not None}


def work_find(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Find who leads and who assists by the list in force now, which the case keeps; the work of ``duty.find``.

    inputs: item, grid, lead. A ``lead`` that is given stays. Raises InvalidError if nobody can be found.
    """
    if inputs.get("lead") is not None:
        return {}
    item, grid = str(inputs.get("item")), str(inputs.get("grid"))
    answer, row = ask(uow, item, grid)
    known = catalogue.get_item(uow, item)
    entry = known.entry
    chosen, rule, equals, table = _chosen(uow, case, answer, str(entry["kind"]))
    # who leads by a rule of last resort is no help to those who may own it: they are named beside it all the same
    co = list(dict.fromkeys(each.unit for each in answer.assist if each.unit != chosen.unit))
    duty = {
        "version": row.version,
        "digest": row.digest,
        "rule": rule,
        "table": table,
        "area": chosen.area,
        "row_item": chosen.item,
        "basis_zh": chosen.basis_zh,
        "basis_en": chosen.basis_en,
        "equals": [{"unit": each.unit, "tasks": each.tasks, "people": each.people} for each in equals],
    }
    street_own = entry["own_function_of_street"] == "1"
    found = {"co": co, "street_own": street_own, "catalogue": catalogue.state_of(known)}
    uow.record("duty.found", case, unit=chosen.unit, **found, **duty)
    return {"lead": chosen.unit, "co": co, "street_own": street_own, "duty": {**duty, "unit": chosen.unit}}


def _chosen(uow: UnitOfWork, case: LockedCase, answer: Answer, kind: str) -> tuple[Row, str, list[Equal], int | None]:
    """Return the row by which a unit leads, by which rule, the equals with their loads, and the version of the table
    that was asked because nobody leads."""
    by_unit = {row.unit: row for row in answer.leads}
    if len(by_unit) > 1:
        equals = loads(uow, by_unit)
        first = lightest(equals)
        return by_unit[first.unit], "overlap" if answer.is_overlap else "one-of", equals, None
    if by_unit:
        return answer.leads[0], "lead", [], None
    row, by, version = last_resort(uow, case.bound, answer, kind)
    if row is None:
        raise InvalidError(problems={"duties": "no unit is responsible: publish a list that names one"})
    return row, by, [], version


def last_resort(uow: UnitOfWork, bound: Mapping[str, int], answer: Answer, kind: str) -> tuple[Row | None, str, int]:
    """Return the row by which a unit acts where nobody leads, by which rule, and the version of the table that says so.

    kind: of the item, component or event.
    """
    named = {"owner": answer.owner, "territory": answer.territory, "fallback": answer.fallback}
    units = {name: row.unit if row else None for name, row in named.items()}
    facts = {"kind": kind, "owner": units["owner"], "territory": units["territory"], "named": units["fallback"]}
    found, version = rules.answer(uow, bound, FALLBACK, facts)
    return named.get(str(found.get("by"))), str(found.get("by")), version


def lightest(equals: Sequence[Equal]) -> Equal:
    """Return the one with the fewest open tasks for each person; the first by code where they are the same."""
    return min(equals, key=lambda each: (each.load, each.unit))


def loads(uow: UnitOfWork, units: Collection[str]) -> list[Equal]:
    """Return for each unit its open tasks, and its people who are active and not away now; by code."""
    keys = {f"unit:{unit}": unit for unit in sorted(units)}
    open_tasks = (
        select(Candidate.group_key, func.count())
        .join(Task, Task.id == Candidate.task_id)
        .where(Candidate.group_key.in_(keys), Task.state == TaskState.OPEN)
    )
    tasks = {key: count for key, count in uow.session.execute(open_tasks.group_by(Candidate.group_key))}
    away = select(Absence.person).where(Absence.from_at <= uow.now, Absence.to_at > uow.now)
    present = select(Membership.group_key, func.count()).join(Person).where(Membership.group_key.in_(keys))
    present = present.where(Person.is_active, Person.name.not_in(away)).group_by(Membership.group_key)
    people = {key: count for key, count in uow.session.execute(present)}
    return [Equal(unit, tasks.get(key, 0), people.get(key, 0)) for key, unit in keys.items()]
