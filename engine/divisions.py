"""Dividing grids anew (网格调整): one is split, or several become one, from a day on.

On that day the open work of the grids goes to whoever works there from then on, with a list to sign, and new reports
name the grids as they are then; records of households follow once no visit campaign runs. A case keeps the grid in
which it was reported, so that no figure of the past changes. Not here: the work of a person (``hand_overs``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from engine import access, catalogue, duties, hand_overs, places
from engine.campaign_models import Campaign
from engine.desk_models import CaseSubject
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.hand_over_models import GridDivision, GridWorker, HandOver
from engine.models import Case, Grid, Person
from engine.uow import CLOCK, Database, UnitOfWork
from engine.visit_models import Household

SPLIT, MERGE = "split", "merge"
LONGEST, MOST = 200, 200
COMMUNITY = 12  #: length of a community's code, with which those of its grids begin


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: to split ``grids``, one of them, or to merge them into ``into``, which is among them.

    ``name``: of the grid that comes out of it; ``addresses``: beginnings of the addresses that a split takes away;
    ``households``: how many of them; ``effective_at``: the midnight with which the day begins.
    """

    kind: str
    grids: tuple[str, ...]
    worker: str
    effective_at: datetime
    reason: str
    name: str = ""
    into: str = ""
    addresses: tuple[str, ...] = ()
    households: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A grid in force: who works there now, and how many cases that the actor may see are open in it."""

    grid: Grid
    worker: str | None
    open: int


# ---- looking


def listed(uow: UnitOfWork) -> list[Place]:
    """Return the grids in force by code."""
    query = select(CaseSubject.grid_code, func.count()).join(Case, Case.id == CaseSubject.case_id)
    query = query.where(Case.closed_at.is_(None), access.visible_cases(uow.actor)).group_by(CaseSubject.grid_code)
    held: dict[str, int] = {code: count for code, count in uow.session.execute(query)}
    at_work = (GridWorker.since_at <= uow.now, GridWorker.until_at.is_(None) | (GridWorker.until_at > uow.now))
    rows = uow.session.execute(select(GridWorker.grid_code, GridWorker.person).where(*at_work))
    workers: dict[str, str] = {code: person for code, person in rows}
    return [Place(each, workers.get(each.code), held.get(each.code, 0)) for each in catalogue.grids(uow)]


def divisions(uow: UnitOfWork) -> list[GridDivision]:
    """Return what was planned and done, those to come first, then the newest."""
    query = select(GridDivision).where(GridDivision.called_off_at.is_(None))
    done_last = (GridDivision.done_at.is_not(None), GridDivision.effective_at.desc(), GridDivision.id)
    return list(uow.session.scalars(query.order_by(*done_last).limit(100)))


def moving(uow: UnitOfWork, wish: Wish | GridDivision) -> list[Case]:
    """Return the open cases that would come, or come, into the grid, the oldest first: all those of merged grids, of a
    split one those at the addresses."""
    others = [code for code in wish.grids if code != wish.into]
    query = select(Case, CaseSubject.address).join(CaseSubject, CaseSubject.case_id == Case.id)
    query = query.where(CaseSubject.grid_code.in_(others), Case.closed_at.is_(None)).order_by(Case.opened_at, Case.id)
    found = [(case, address) for case, address in uow.session.execute(query)]
    return [case for case, address in found if wish.kind == MERGE or lies_at(address, wish.addresses)]


def lies_at(address: str, beginnings: Sequence[str]) -> bool:
    """Say whether the address begins as one of them does; 海东路 12 号 does not begin as 海东路 1 does."""
    plain = places.plain(address)
    for each in map(places.plain, beginnings):
        rest = plain.removeprefix(each)
        if plain.startswith(each) and not (each[-1:].isdigit() and rest[:1].isdigit()):
            return True
    return False


# ---- planning


def checked(uow: UnitOfWork, wish: Wish) -> Wish:
    """Return the wish if it can be planned.

    Raises ForbiddenError, InvalidError naming each wrong field, ConflictError if a grid is to be divided already.
    """
    access.require(uow.actor, "person.manage")
    problems = _problems(uow, wish)
    if problems:
        raise InvalidError(problems=problems)
    waiting = select(GridDivision).where(GridDivision.done_at.is_(None), GridDivision.called_off_at.is_(None))
    taken = {code for row in uow.session.scalars(waiting) for code in (*row.grids, row.into)}
    if both := sorted(taken & {*wish.grids, wish.into}):
        raise ConflictError("grid {grid} is to be divided already: call that off first", grid=both[0])
    return wish


def _problems(uow: UnitOfWork, wish: Wish) -> dict[str, str]:
    known = {grid.code: grid for grid in catalogue.grids(uow) if grid.code in wish.grids}
    found = {} if wish.kind in (SPLIT, MERGE) else {"kind": "is none of the choices"}
    least = 1 if wish.kind == SPLIT else 2
    if len(known) < least or set(known) != set(wish.grids) or (wish.kind == SPLIT and len(known) > 1):
        found["grids"] = "choose one grid" if wish.kind == SPLIT else "choose two grids or more"
    elif len({code[:COMMUNITY] for code in known}) > 1:
        found["grids"] = "belong to different communities"
    person = uow.session.scalars(select(Person).where(Person.name == wish.worker, Person.is_active)).first()
    if person is None or access.GUEST in person.roles:
        found["worker"] = "is nobody"
    if wish.effective_at + timedelta(days=1) <= uow.now:
        found["day"] = "lies in the past"
    if len(wish.reason.strip()) < 2:
        found["reason"] = "is missing"
    texts = (("name", wish.name, 100), ("reason", wish.reason, 500))
    found |= {field: "is too long" for field, text, most in texts if len(text) > most}
    return found | (_of_split(wish, known) if wish.kind == SPLIT else _of_merge(wish))


def _of_split(wish: Wish, known: dict[str, Grid]) -> dict[str, str]:
    found = {} if wish.name.strip() else {"name": "is missing"}
    if not wish.addresses or not all(each.strip() for each in wish.addresses):
        found["addresses"] = "is missing"
    elif len(wish.addresses) > MOST or max(map(len, wish.addresses)) > LONGEST:
        found["addresses"] = "is too long"
    if any(not 0 <= wish.households <= grid.households for grid in known.values()):
        found["households"] = "is more than the grid has"
    return found


def _of_merge(wish: Wish) -> dict[str, str]:
    return {} if wish.into in wish.grids else {"into": "is none of these grids"}


def plan(uow: UnitOfWork, wish: Wish) -> GridDivision:
    """Note that the grids are divided anew on the day. Raises as ``checked`` does."""
    wish = checked(uow, wish)
    into = wish.into if wish.kind == MERGE else _next_code(uow, wish.grids[0])
    row = GridDivision(
        kind=wish.kind,
        grids=list(wish.grids),
        into=into,
        name=wish.name.strip() or catalogue.get_grid(uow, into).name,
        worker=wish.worker,
        addresses=[each.strip() for each in wish.addresses] if wish.kind == SPLIT else [],
        households=wish.households,
        reason=wish.reason.strip(),
        effective_at=wish.effective_at,
        planned_at=uow.now,
        planned_by=uow.actor.name,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.record("division.planned", "directory", **_named(row), effective=row.effective_at.isoformat(), why=row.reason)
    return row


def _named(row: GridDivision) -> dict[str, object]:
    return {"division": str(row.id), "kind": row.kind, "grids": row.grids, "into": row.into, "worker": row.worker}


def _next_code(uow: UnitOfWork, code: str) -> str:
    """Return the first code after those that the community's grids have or had, planned ones included."""
    beginning = code[:COMMUNITY]
    codes = list(uow.session.scalars(select(Grid.code).where(Grid.code.startswith(beginning))))
    codes += list(uow.session.scalars(select(GridDivision.into).where(GridDivision.into.startswith(beginning))))
    digits = len(code) - COMMUNITY
    return f"{beginning}{max(int(each[COMMUNITY:] or 0) for each in codes) + 1:0{digits}}"


def call_off(uow: UnitOfWork, division_id: UUID) -> None:
    """Let a planned division not come. Raises NotFoundError, ForbiddenError, ConflictError if it took effect."""
    access.require(uow.actor, "person.manage")
    row = uow.session.get(GridDivision, division_id, with_for_update=True)
    if row is None or row.called_off_at is not None:
        raise NotFoundError("there is no such division of grids")
    if row.done_at is not None:
        raise ConflictError("the grids are divided already: plan another division instead")
    row.called_off_at, row.called_off_by = uow.now, uow.actor.name
    uow.session.flush()
    uow.record("division.called-off", "directory", **_named(row))


# ---- carrying out


def do_due(database: Database) -> int:
    """Carry out every division whose day has come, and let records of households follow; return how many steps."""
    done = 0
    while True:
        with database.reading(CLOCK) as uow:
            found = _next(uow)
        if found is None:
            return done
        with database.transaction(CLOCK) as uow:
            row = uow.session.get(GridDivision, found, with_for_update=True)
            if row is not None and row.called_off_at is None and row.homes_at is None:
                carry_out(uow, row) if row.done_at is None else _move_homes(uow, row)
                done += 1


def _next(uow: UnitOfWork) -> UUID | None:
    left = GridDivision.done_at if _is_visiting(uow) else GridDivision.homes_at
    query = select(GridDivision.id).where(GridDivision.called_off_at.is_(None), GridDivision.effective_at <= uow.now)
    return uow.session.scalars(query.where(left.is_(None)).order_by(GridDivision.effective_at, GridDivision.id)).first()


def _is_visiting(uow: UnitOfWork) -> bool:
    """Say whether a visit campaign runs: its lists and figures are by the grids with which it began."""
    return uow.session.scalar(select(Campaign.id).where(Campaign.closed_at.is_(None)).limit(1)) is not None


def carry_out(uow: UnitOfWork, row: GridDivision) -> int:
    """Divide the grids: their open work goes to who works there from now on; return how many tasks moved."""
    row.worker = _successor(uow, row.worker)
    cases = {case.id for case in moving(uow, row)}
    leavers = {code: hand_overs.worker_of(uow, code, row.effective_at) for code in row.grids}
    if row.kind == SPLIT:
        _split(uow, row)
    else:
        cases |= set(uow.session.scalars(_open_in([row.into])))
        _merge(uow, row)
    moved = 0
    for leaver in sorted({name for name in leavers.values() if name and name != row.worker}):
        codes = [code for code, name in leavers.items() if name == leaver]
        moved += hand_overs.hand_on(uow, _hand_over(row, leaver, codes), cases)
    row.done_at = uow.now
    uow.session.flush()
    uow.record("division.done", "directory", **_named(row), cases=len(cases), tasks=moved)
    return moved


def _successor(uow: UnitOfWork, name: str) -> str:
    """Return who has the work of the person now: somebody else if the person left since it was planned."""
    query = select(HandOver.successor).where(HandOver.kind == "leaving", HandOver.done_at.is_not(None))
    seen = {name}
    while uow.session.scalar(select(Person.is_active).where(Person.name == name)) is not True:
        newest = query.where(HandOver.leaver == name).order_by(HandOver.done_at.desc()).limit(1)
        following = uow.session.scalars(newest).first()
        if following is None or following in seen:
            break
        seen.add(name := following)
    return name


def named_in_duties(uow: UnitOfWork, wish: Wish) -> int:
    """Return how many rows of the list of duties name the split grid by its code: they do not reach the new one."""
    return sum(row.area in wish.grids for row in duties.rows_now(uow)) if wish.kind == SPLIT else 0


def count_open(uow: UnitOfWork, codes: Sequence[str]) -> int:
    """Return how many cases are open in the grids, whoever may see them."""
    query = _open_in(codes)
    return uow.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _open_in(codes: Sequence[str]) -> Select[UUID]:
    query = select(Case.id).join(CaseSubject, CaseSubject.case_id == Case.id)
    return query.where(CaseSubject.grid_code.in_(codes), Case.closed_at.is_(None))


def _hand_over(row: GridDivision, leaver: str, codes: list[str]) -> HandOver:
    return HandOver(
        kind="grids",
        leaver=leaver,
        successor=row.worker,
        grids=codes,
        groups=[],
        reason=row.reason,
        effective_at=row.effective_at,
        planned_at=row.planned_at,
        planned_by=row.planned_by,
    )


def _split(uow: UnitOfWork, row: GridDivision) -> None:
    old = catalogue.get_grid(uow, row.grids[0])
    fresh = Grid(code=row.into, name=row.name, community=old.community, households=row.households)
    fresh.divided_at = old.divided_at = row.effective_at
    old.households -= min(row.households, old.households)
    uow.session.add(fresh)
    uow.session.flush()
    hand_overs.set_worker(uow, row.into, row.worker, row.effective_at)


def _merge(uow: UnitOfWork, row: GridDivision) -> None:
    into = catalogue.get_grid(uow, row.into)
    for code in row.grids:
        grid = catalogue.get_grid(uow, code)
        if code != row.into:
            into.households += grid.households
            grid.until_at, grid.into_code = row.effective_at, row.into
        if hand_overs.worker_of(uow, code, row.effective_at) != row.worker:
            hand_overs.set_worker(uow, code, row.worker, row.effective_at)
        grid.divided_at = row.effective_at
    into.name = row.name
    uow.session.flush()


def _move_homes(uow: UnitOfWork, row: GridDivision) -> None:
    """Let the records of households belong to the grid in which they lie now."""
    query = select(Household).where(Household.grid_code.in_([code for code in row.grids if code != row.into]))
    moved = [each for each in uow.session.scalars(query) if row.kind == MERGE or lies_at(each.address, row.addresses)]
    for home in moved:
        home.grid_code = row.into
    row.homes_at = uow.now
    uow.session.flush()
    uow.record("division.followed", "directory", **_named(row), households=len(moved))
