"""Cases that the engine really opened and moved, taken down as texts with gaps, so that a million can be written.

Each pattern is one life of a case: filed, handled, late, verified, closed … All rows are those that the engine wrote;
a copy has other ids, another place, other words, and lies so and so long before.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, text

from engine import directory, jobs, reports, tasks, timers
from engine.clock import FrozenClock
from engine.columns import Base, UtcDateTime
from engine.errors import InvalidError, RefusedError
from engine.models import Candidate, Item, Task, Timer, Unit
from engine.uow import PUBLIC, SYSTEM, Actor, Database
from tests.bench import durable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+]\d\d:\d\d")
#: what stands in the recorded cases where a copy has words of its own; no JSON and no database changes them
ADDRESS, WORDS, GRID = "〔地〕", "〔述〕", "150102001007001"
#: tables with rows of a case, in the order in which they are written
TABLES = (
    *("cases", "case_subjects", "case_readers", "tasks", "candidates", "timers", "subscriptions"),
    *("case_clocks", "stage_clocks", "assessments", "case_ends", "notices", "case_words"),
)
#: of a closed case that is kept thin
THIN = ("cases", "case_subjects", "case_readers", "tasks", "assessments", "case_words")
PEOPLE = 3  #: more of each unit
DESKS = {"acceptance": 20, "dispatch": 10, "verification": 20, "answer": 15}
CENTRE = "HDL-WGZX"


@dataclass(frozen=True)
class Pattern:
    """One life. ``rows``: table -> rows; ``chain``: bodies and actions of its entries; moments in them are those of
    the recording. A copy may lie ``after`` to ``before`` later (negative: earlier) and still be as it should be now."""

    kind: str
    item: str
    item_name: str
    rows: dict[str, list[tuple[Any, ...]]]
    chain: list[tuple[str, ...]]
    opened_at: datetime
    after: timedelta
    before: timedelta


def staff(database: Database, password: str) -> list[str]:
    """Add people to every unit and to the desks of the street centre; return their names. They share a password."""
    with database.transaction(SYSTEM) as uow:
        units = [unit.code for unit in uow.session.scalars(select(Unit).order_by(Unit.code))]
        wanted = [(f"{unit.lower()}-{n}", unit, [f"unit:{unit}"]) for unit in units for n in range(1, PEOPLE + 1)]
        wanted += [(f"{desk}-{n}", CENTRE, [desk]) for desk, count in DESKS.items() for n in range(1, count + 1)]
        for name, unit, groups in wanted:
            directory.add_person(uow, name, f"同事 {name}", unit_code=unit, groups=groups, roles=["liaison"])
        kept = {"hash": directory.hash_password(password)}
        uow.session.execute(text("UPDATE people SET password_hash = :hash WHERE password_hash IS NULL"), kept)
    return [name for name, _unit, _groups in wanted]


class Recorder:
    """A small city in which the patterns happen."""

    def __init__(self, folder: Path) -> None:
        self.database = durable.a_city(folder)
        self.clock: FrozenClock = self.database.clock  # type: ignore[assignment]
        staff(self.database, "bench password")
        self.start = self.clock.now()
        with self.database.reading(SYSTEM) as uow:
            self.units = [unit.code for unit in uow.session.scalars(select(Unit).order_by(Unit.code))]
            self.items = {item.code: item.entry for item in uow.session.scalars(select(Item))}
            grid = uow.session.execute(text(f"SELECT name, community FROM grids WHERE code = '{GRID}'")).one()
        self.grid_name, self.community = grid
        self.case_id = UUID(int=0)

    def open(self, item: str) -> None:
        """Report something; everything that was before no longer moves."""
        with self.database.engine.begin() as connection:
            for table in ("timers", "subscriptions", "jobs"):
                connection.execute(text(f"DELETE FROM {table}"))
        self.clock.rewind(self.start)
        with self.database.transaction(PUBLIC) as uow:
            self.case_id = reports.submit(uow, reports.Report(item, GRID, WORDS, ADDRESS, "13800001234")).id

    def later(self, **span: float) -> None:
        """Let time pass, and everything happen that falls due."""
        self.clock.set(self.clock.now() + timedelta(**span))
        while timers.fire_due_timers(self.database) + jobs.work_due_jobs(self.database):
            pass

    def waiting(self) -> dict[str, UUID]:
        """Return activity -> open task."""
        with self.database.reading(SYSTEM) as uow:
            query = select(Task.activity_id, Task.id).where(Task.case_id == self.case_id, Task.state == "open")
            return {activity: task_id for activity, task_id in uow.session.execute(query)}

    def do(self, name: str, activity: str, **values: Any) -> None:
        """Complete the task as the person."""
        with self.database.transaction(self.person(name)) as uow:
            tasks.complete_task(uow, self.waiting()[activity], values)
        jobs.work_due_jobs(self.database)

    def person(self, name: str) -> Actor:
        """Return the person with the right to touch every task."""
        with self.database.reading(SYSTEM) as uow:
            return replace(directory.actor_of(uow, name), roles=frozenset({"machine"}))

    def handler(self) -> tuple[str, str]:
        """Return at which activity the unit is asked, and somebody of it."""
        activity = next(each for each in self.waiting() if each in ("handle", "handle_in_street"))
        with self.database.reading(SYSTEM) as uow:
            query = select(Candidate.group_key).where(Candidate.task_id == self.waiting()[activity])
            unit = uow.session.scalars(query.where(Candidate.group_key.like("unit:%"))).first() or ""
        return activity, f"{unit.removeprefix('unit:').lower()}-1"

    def taken_down(self, kind: str, item: str) -> Pattern:
        """Return the case as it is now."""
        with self.database.engine.connect() as connection:
            case = self.case_id.hex
            owned = f"SELECT id FROM tasks WHERE case_id = '{case}' ORDER BY opened_at, id"
            works = [row[0] for row in connection.execute(text(owned))]
            rows: dict[str, list[tuple[Any, ...]]] = {}
            for table in TABLES:
                column = {"cases": "id", "candidates": "task_id"}.get(table, "case_id")
                inside = owned.removesuffix(" ORDER BY opened_at, id") if table == "candidates" else f"'{case}'"
                names = ", ".join(Base.metadata.tables[table].columns.keys())
                query = f"SELECT {names} FROM {table} WHERE {column} IN ({inside})"
                rows[table] = [tuple(row) for row in connection.execute(text(query))]
            query = f"SELECT body, at, actor, action FROM audit_entries WHERE owner = '{case}' ORDER BY seq"
            chain = [tuple(row) for row in connection.execute(text(query))]
            fires = connection.execute(text(f"SELECT min(due_at) FROM timers WHERE case_id = '{case}'")).scalar()
        gaps = self._gaps(rows["cases"][0], works)
        last = EPOCH + timedelta(microseconds=chain[-1][1])
        until = EPOCH + timedelta(microseconds=fires) if fires else last
        return Pattern(
            kind,
            item,
            str(self.items[item]["item_zh"]),
            {table: [tuple(gaps(cell) for cell in row) for row in rows[table]] for table in TABLES},
            [(gaps(body), at, actor, action) for body, at, actor, action in chain],
            self.start,
            self.start - until,
            self.start - last,
        )

    def _gaps(self, case: tuple[Any, ...], works: list[str]) -> Callable[[Any], Any]:
        """Return what puts gaps into a text of the case: ``%(c)s`` its id, ``%(t0)s`` a task, ``%(a)s`` the place …"""
        cases = Base.metadata.tables["cases"].columns.keys()
        row = dict(zip(cases, case, strict=True))
        given = {
            row["search"]: "%(s)s",
            row["audit_head"]: "%(head)s",
            ADDRESS: "%(a)s",
            WORDS: "%(w)s",
            GRID: "%(g)s",
            self.grid_name: "%(n)s",
            self.community: "%(m)s",
            row["number"]: "%(number)s",
            row["token"]: "%(token)s",
        }
        for name, key in (("c", row["id"]), *((f"t{n}", task) for n, task in enumerate(works))):
            given[key], given[str(UUID(key))] = f"%({name})s", f"%({name.upper()})s"
        any_of = re.compile("|".join(re.escape(each) for each in sorted(given, key=len, reverse=True)))

        def gaps(cell: Any) -> Any:
            if not isinstance(cell, str):
                return cell
            return any_of.sub(lambda found: given[found[0]], cell.replace("%", "%%"))

        return gaps


def record(folder: Path, units: int = 0) -> Iterator[Pattern]:
    """Yield the patterns: each unit's cases at each step (of so many units; 0 for all). Takes a minute for all."""
    scene = Recorder(folder)
    by_unit: dict[str, list[str]] = {unit: [] for unit in scene.units}
    for code, entry in sorted(scene.items.items()):
        if entry["own_function_of_street"] != "1":
            by_unit[entry["responsible_department_code"]].append(code)
    for n, unit in enumerate(list(by_unit)[: units or None]):
        # a unit that supervises others cannot be charged, a community is asked only for what is on its list
        with suppress(InvalidError, RefusedError):
            yield from _lives(scene, unit, by_unit[unit], n)
    scene.database.dispose()


def _filed(scene: Recorder, unit: str, item: str) -> None:
    """Open a case and file it; if another unit was found, it sends the case on to this one."""
    scene.open(item)
    scene.later(minutes=10)
    scene.do("acceptance-1", "file", filed=True)
    activity, person = scene.handler()
    if person != f"{unit.lower()}-1":
        scene.later(minutes=20)
        scene.do(person, activity, outcome="send_back", result="不属本单位职责", basis="《城市管理执法办法》第八条")
        scene.do("dispatch-1", "redispatch", unit=unit)


def _lives(scene: Recorder, unit: str, items: list[str], n: int) -> Iterator[Pattern]:
    usable = [each for each in items if _is_plain(scene, each)][:2] or ["050104"]
    for item in usable:
        _filed(scene, unit, item)
        yield scene.taken_down("handle", item)
        activity, person = scene.handler()
        with scene.database.transaction(scene.person(person)) as uow:
            tasks.claim_task(uow, scene.waiting()[activity])
        scene.later(minutes=15)
        yield scene.taken_down("claimed", item)
        scene.do(person, activity, outcome="done", result="已处置完毕")
        if n % 3 == 0:
            yield scene.taken_down("verify", item)
        scene.later(minutes=20)
        scene.do("verification-1", "verify", passed=True)
        if n % 4 == 0:
            yield scene.taken_down("answer", item)
        scene.do("answer-1", "answer", answer="已于今日上午派员到场处置完毕")
        yield scene.taken_down("closed", item)
    yield from _others(scene, unit, usable[0], n)


def _is_plain(scene: Recorder, item: str) -> bool:
    """Say whether one unit alone handles what is reported."""
    scene.open(item)
    scene.do("acceptance-1", "file", filed=True)
    return any(each in ("handle", "handle_in_street") for each in scene.waiting())


def _others(scene: Recorder, unit: str, item: str, n: int) -> Iterator[Pattern]:
    """Yield the lives that go otherwise: only reported, late, sent back, refused."""
    if n % 2 == 0:
        scene.open(item)
        yield scene.taken_down("file", item)
        scene.do("acceptance-1", "file", filed=False, reason="不在受理范围")
        yield scene.taken_down("refused", item)
    _filed(scene, unit, item)
    with scene.database.reading(SYSTEM) as uow:
        due = max(uow.session.scalars(select(Timer.due_at).where(Timer.case_id == scene.case_id)))
    scene.later(seconds=(due - scene.clock.now()).total_seconds() * 0.6)
    yield scene.taken_down("late", item)
    activity, person = scene.handler()
    if n % 3 == 0:
        scene.do(person, activity, outcome="done", result="已处置完毕")
        scene.do("verification-1", "verify", passed=True)
        scene.do("answer-1", "answer", answer="已于今日上午派员到场处置完毕")
        yield scene.taken_down("closed", item)
    elif n % 3 == 1:
        _filed(scene, unit, item)
        activity, person = scene.handler()
        scene.do(person, activity, outcome="send_back", result="不属本单位职责", basis="《城市管理执法办法》第八条")
        yield scene.taken_down("redispatch", item)


def moments(table: Table) -> list[bool]:
    """Return which columns of the table are moments, in order."""
    return [isinstance(column.type, UtcDateTime) for column in table.columns]
