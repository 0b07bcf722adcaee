"""The community admission list (社区准入清单): what communities may be asked for; whoever asks for more is refused.

The table ``admission_rule`` judges whatever gives a case to a community: dispatch, suggestion, ruling, hand-on, call to
a joint action. Not here: who leads (``duties``). Verifying for the residents is no administrative work and stays free.
"""

import csv
import hashlib
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine import access, catalogue, rules
from engine.admission_models import AdmissionList
from engine.duty_list import AREAS, Row
from engine.errors import InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.models import Candidate, Case, Person, Unit
from engine.uow import UnitOfWork

COLUMNS = ("item_code", "area_code", "work_zh", "work_en", "basis_zh", "basis_en", "from", "to")
COMMUNITY, RULE = "community", "admission_rule"
ZONE = ZoneInfo("Asia/Shanghai")
#: fields of forms that name units which get the case, or are proposed for it
FIELDS = ("units", "owners")


@dataclass(frozen=True, slots=True)
class Admission(Row):
    """What a community may be asked for: of an item, in an area, from a day to a day, and what its part is."""

    work_zh: str
    work_en: str

    def covers(self, duty: Row, day: date) -> bool:
        """Say whether everything that the duty is about is admitted on the day, or on its first day after it."""
        wide = self.item.endswith("*") and duty.item.startswith(self.item[:-1])
        place = self.area == "*" or duty.area.startswith(self.area)
        return (wide or self.item == duty.item) and place and self.is_in_force(max(day, duty.since or day))


def versions(uow: UnitOfWork) -> list[AdmissionList]:
    """Return all versions, the newest first."""
    return list(uow.session.scalars(select(AdmissionList).order_by(AdmissionList.version.desc())))


def get_list(uow: UnitOfWork, version: int | None = None) -> AdmissionList:
    """Return the version, or the one in force. Raises NotFoundError."""
    query = select(AdmissionList).order_by(AdmissionList.version.desc()).limit(1)
    if version is not None:
        query = query.where(AdmissionList.version == version)
    found = uow.session.scalars(query).first()
    if found is None:
        raise NotFoundError("there is no such list of admissions")
    return found


def rows_of(found: AdmissionList) -> tuple[Admission, ...]:
    """Return what the version says."""
    return _read(found.source)


@lru_cache(maxsize=16)
def _read(source: str) -> tuple[Admission, ...]:
    return read(source)


def rows_now(uow: UnitOfWork) -> tuple[Admission, ...]:
    """Return what the version in force says; nothing where there is none: communities are asked for nothing."""
    known = versions(uow)
    return rows_of(known[0]) if known else ()


def read(
    text: str, items: Collection[str] | None = None, grids: Collection[str] | None = None
) -> tuple[Admission, ...]:
    """Return the rows of the CSV text; ``items``, ``grids``: those that there are.

    Raises InvalidError naming each wrong line; then nothing of it counts.
    """
    lines = csv.DictReader(io.StringIO(text))
    if missing := [name for name in COLUMNS if name not in (lines.fieldnames or ())]:
        raise InvalidError(problems={"line 1": f"no column {', '.join(missing)}"})
    found, problems = [], {}
    for number, line in enumerate(lines, 2):
        try:
            found.append(_row(line, items, grids))
        except ValueError as error:
            problems[f"line {number}"] = str(error)
    if problems:
        raise InvalidError(problems=problems)
    return tuple(found)


def _row(line: Mapping[str, str | None], items: Collection[str] | None, grids: Collection[str] | None) -> Admission:
    said = {name: (line.get(name) or "").strip() for name in COLUMNS}
    since, until = (date.fromisoformat(said[name]) if said[name] else None for name in ("from", "to"))
    basis = (said["basis_zh"], said["basis_en"])
    place = (said["item_code"], said["area_code"])
    row = Admission(*place, "*", "admit", *basis, since, until, said["work_zh"], said["work_en"])
    if not row.basis_zh or not row.work_zh:
        raise ValueError("the work or its legal basis is missing")
    if row.since and row.until and row.until < row.since:
        raise ValueError("ends before it begins")
    if row.area != "*" and len(row.area) not in AREAS:
        raise ValueError(f"{row.area or 'an empty area'} is no street, community or grid")
    if items is not None and not any(row.is_about(item) for item in items):
        raise ValueError(f"there is no item {row.item}")
    if grids is not None and row.area != "*" and not any(grid.startswith(row.area) for grid in grids):
        raise ValueError(f"there is no grid in {row.area}")
    return row


def publish(uow: UnitOfWork, source: str, reason: str) -> AdmissionList | None:
    """Make the CSV text the list in force; None if it is already. Raises ForbiddenError without the right, InvalidError
    for a missing reason or a wrong line."""
    access.require(uow.actor, "duty.publish")
    if not reason.strip():
        raise InvalidError(problems={"reason": "is missing"})
    return add(uow, source, reason.strip())


def add(uow: UnitOfWork, source: str, reason: str, *, file: str | None = None) -> AdmissionList | None:
    """Make the text the next version unless it is in force; a file that was loaded before is not loaded again.

    Raises InvalidError naming each wrong line.
    """
    source = source.removeprefix("\ufeff").replace("\r\n", "\n")
    uow.session.flush()
    read(source, {item.code for item in catalogue.items(uow)}, {grid.code for grid in catalogue.all_grids(uow)})
    digest, known = hashlib.sha256(source.encode()).hexdigest(), versions(uow)
    if known and (known[0].digest == digest or (file and any(each.digest == digest for each in known))):
        return None
    number = known[0].version + 1 if known else 1
    made = AdmissionList(version=number, digest=digest, source=source, reason=reason)
    made.published_at, made.published_by = uow.now, uow.actor.name
    uow.session.add(made)
    uow.session.flush()
    uow.record("admission-list.published", "admissions", version=number, digest=digest, reason=reason, file=file)
    return made


def community(uow: UnitOfWork, grid: str) -> Unit | None:
    """Return the unit that is the community of the grid: the one that bears its name."""
    query = select(Unit).where(Unit.kind == COMMUNITY)
    try:
        return uow.session.scalars(query.where(Unit.name_zh == catalogue.get_grid(uow, grid).community)).first()
    except NotFoundError:
        return None


def today(uow: UnitOfWork) -> date:
    """Return the day in the city."""
    return uow.now.astimezone(ZONE).date()


def admitted(uow: UnitOfWork, item: str, grid: str) -> Admission | None:
    """Return the row by which the community of the grid may be asked for the item today."""
    day = today(uow)
    found = [row for row in rows_now(uow) if row.holds(item, grid, day)]
    return max(found, key=lambda row: row.rank, default=None)


def judge(uow: UnitOfWork, case: LockedCase | Case, units: Collection[str], what: str) -> None:
    """Do nothing if the communities among the units may be asked for the case. Raises RefusedError, which is kept.

    what: how it would get there: name (dispatch, suggestion, ruling), hand on, call, ask (a question).
    """
    query = select(Unit).where(Unit.code.in_(sorted(units)), Unit.kind == COMMUNITY).order_by(Unit.code)
    asked = list(uow.session.scalars(query)) if units else []
    if not asked:
        return
    item, grid = (str(case.summary.get(name) or "") for name in ("item", "grid"))
    home, row = community(uow, grid), admitted(uow, item, grid)
    lead = str((case.summary.get("duty") or {}).get("unit") or case.unit_code or "")
    names = catalogue.unit_names(uow, [lead]).get(lead, {"zh": "牵头单位", "en": "the unit that leads"})
    for unit in asked:
        facts = {"what": what, "admitted": row is not None, "own_area": home is not None and home.code == unit.code}
        facts |= {f"lead_{language}": names[language] for language in ("zh", "en")}
        rules.judge(uow, case, "admission", RULE, facts, {"unit": unit.code, "item": item, "what": what})


def judge_values(uow: UnitOfWork, case: LockedCase, schema: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Judge the units that fields of the form name. Raises RefusedError."""
    fields = schema.get("properties", {})
    named: set[str] = set()
    for name, value in values.items():
        if fields.get(name, {}).get("x-choices") in FIELDS and value:
            named.update(map(str, value if isinstance(value, list) else [value]))
    judge(uow, case, named, "name")


def judge_person(uow: UnitOfWork, case: LockedCase, task_id: Any, person: Person) -> None:
    """Judge that a task is handed to the person, unless it was offered to a group of theirs. Raises RefusedError."""
    groups = [each.group_key for each in person.memberships]
    mine = (Candidate.task_id == task_id, Candidate.group_key.in_(groups))
    if person.unit_code and uow.session.scalar(select(Candidate.task_id).where(*mine).limit(1)) is None:
        judge(uow, case, [person.unit_code], "hand on")


def problems(uow: UnitOfWork, duties: Sequence[Row]) -> dict[str, str]:
    """Return what is wrong with duties that name communities: outside their own grids, or not admitted."""
    names = {unit.code: unit.name_zh for unit in catalogue.units(uow) if unit.kind == COMMUNITY}
    rows, day, grids = rows_now(uow), today(uow), catalogue.grids(uow)
    found = {}
    for duty in duties:
        if duty.unit not in names:
            continue
        place = f"item {duty.item} {duty.unit}"
        if any(
            each.community != names[duty.unit] for each in grids if duty.area == "*" or each.code.startswith(duty.area)
        ):
            found[place] = "a community acts in its own grids only"
        elif not any(row.covers(duty, day) for row in rows):
            found[place] = "is not on the list of what communities may be asked for"
    return found
