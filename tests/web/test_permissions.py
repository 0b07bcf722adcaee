"""Who may do what: every route, for each person, on a thing of HWZX, of CGJ, and on one that does not exist.

``permissions.csv`` names every cell; a route without a row fails. ``python -m tests.web.test_permissions`` prints the
table as it is now, to be read and compared (``git diff``) before it is kept.
"""

import csv
import os
import re
import shutil
import sys
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import (
    bookings,
    bulletins,
    campaigns,
    cases,
    directory,
    divisions,
    enforcement,
    execution,
    hand_overs,
    households,
    jobs,
    precedents,
    questions,
    visits,
)
from engine.clock import FrozenClock
from engine.hand_over_models import GridWorker
from engine.ids import new_id
from engine.models import Attachment, Case, Failure, Task
from engine.uow import CLOCK, SYSTEM, Database
from tests import conftest
from tests.web.test_pages import GRID, Visitor, a_photo, complete, report
from web import create_app

TABLE = Path(__file__).parent / "permissions.csv"
PEOPLE = ("public", "wangmin", "wanglin", "liuyang", "zhaoli", "yangjie", "admin", "auditor")
THINGS = {"HWZX": "050104", "CGJ": "080102"}
NOWHERE = "0190a5a0-0000-7000-8000-000000000000"
MISSING = {"token": "no-such-code", "number": "2026-999999", "name": "nothing", "kind": "nothing"}


class World:
    """A city with a case of HWZX and one of CGJ, and people who are signed in; it is as new before each cell."""

    def __init__(self, folder, city):
        self.path, self.kept = folder / "muster.db", folder / "kept.db"
        shutil.copy(city, self.path)
        self.database = Database(f"sqlite:///{self.path}", FrozenClock(conftest.MORNING))
        self.app = create_app(self.database, "secret")
        self.app.config["TESTING"] = True
        self.things = {thing: self._thing(thing, item) for thing, item in THINGS.items()}
        walk = self._campaign()
        self.things = {thing: {**found, **walk} for thing, found in self.things.items()}
        visitors = {name: Visitor(self.app, None if name == "public" else name) for name in PEOPLE}
        self.tokens = {name: self._token(each) for name, each in visitors.items()}
        self.cookies = {name: each.client.get_cookie("session").value for name, each in visitors.items()}
        self._keep()
        self.is_used = False

    def _token(self, visitor):
        return re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/report").text)[1]

    def _thing(self, unit, item):
        """Report and file a case that goes to the unit; return the arguments of routes that lead to it."""
        report(Visitor(self.app), item_code=item, grid_code=GRID, photos=(a_photo(), "a.jpg"))
        complete(self.app, "zhaoli", "file", filed="true")
        with self.database.transaction(SYSTEM) as uow:
            case = uow.session.scalars(select(Case).where(Case.unit_code == unit)).one()
            task = uow.session.scalars(select(Task.id).where(Task.case_id == case.id, Task.state == "open")).one()
            photo = uow.session.scalars(select(Attachment.id).where(Attachment.case_id == case.id)).one()
            failure = Failure(id=new_id(), case_id=case.id, token="9", activity_id="x", why="x", created_at=uow.now)
            uow.session.add(failure)
            head = {"HWZX": "wanglin", "CGJ": "liuyang"}[unit]
            found = {"case_id": case.id, "task_id": task, "photo_id": photo, "failure_id": failure.id}
            found |= {"token": case.token, "number": case.number, "name": "city", "kind": "pause"}
        with self.database.transaction(self._actor("zhaoli")) as uow:
            found["bulletin_id"] = bulletins.publish(uow, found["case_id"], "已派员到场处置").id
        with self.database.transaction(self._actor(head)) as uow:
            begins = uow.now + timedelta(hours=len(unit))
            booking = bookings.book(uow, found["case_id"], "GAJ-J1", begins, begins + timedelta(minutes=30))
            found["booking_id"] = booking.id
        with self.database.transaction(self._actor("batu")) as uow:
            ruling = {"lead": unit, "area": "grid", "grid": GRID, "item": item, "text": "由其牵头", "basis": "条例"}
            precedents.work_rule(uow, execution.locked_case(uow, found["case_id"]), ruling)
            found["precedent_id"] = precedents.find(uow, item)[0].id
        with self.database.transaction(self._actor(head)) as uow:
            found["question_id"] = questions.ask(uow, found["case_id"], "MZJ", "是否有困难家庭？").id
            found["outcome_id"] = enforcement.note(uow, task, {"kind": "warning"}).id
        with self.database.transaction(self._actor("admin")) as uow:
            later = uow.now + timedelta(days=9)
            found["hand_over_id"] = hand_overs.plan(uow, head, "songtao", later, "调离本岗位").id
            codes = {"HWZX": ("150102001001001",), "CGJ": ("150102001002001",)}[unit]
            wish = divisions.Wish("split", codes, head, later, "户数过多", name="新设网格", addresses=("海东路",))
            found["division_id"] = divisions.plan(uow, wish).id
        with self.database.transaction(self._actor("wangmin")) as uow:
            entry = visits.Entry(households.Entry(GRID, f"{len(unit)} 号楼 1 单元", "张三"), (visits.Matter("120304"),))
            found["visit_id"] = visits.open_visit(uow, entry).id
        return {name: str(value) for name, value in found.items()}

    def _campaign(self):
        """Begin a campaign in which wangmin works in the grid; return what leads to it."""
        with self.database.transaction(SYSTEM) as uow:
            uow.session.add(GridWorker(grid_code=GRID, person="wangmin", since_at=uow.now, until_at=None))
        with self.database.transaction(CLOCK) as uow:
            cases.open_case(uow, "campaign", {}, "季度走访", at="quarter")
        jobs.work_due_jobs(self.database)
        with self.database.reading(SYSTEM) as uow:
            return {"campaign_id": str(campaigns.campaigns(uow)[0].id), "code": GRID}

    def _actor(self, name):
        with self.database.reading(SYSTEM) as uow:
            return directory.actor_of(uow, name)

    def _keep(self):
        with self.database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.database.engine.dispose()
        shutil.copy(self.path, self.kept)

    def renew(self):
        """Put the database back as it was."""
        self.database.engine.dispose()
        for end in ("-wal", "-shm"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)
        shutil.copy(self.kept, self.path)

    def routes(self):
        """Return each method and rule with the things that it is tried on; ``-`` where the rule names none."""
        rules = sorted((rule for rule in self.app.url_map.iter_rules() if rule.endpoint != "static"), key=str)
        for rule in rules:
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                for thing in (*THINGS, "missing") if rule.arguments else ("-",):
                    yield method, rule, thing

    def answer(self, person, method, rule, thing):
        """Return what the person gets: the status, or ``sign-in`` where that is asked for first."""
        known = self.things.get(thing, {})
        values = {name: known.get(name) or MISSING.get(name, NOWHERE) for name in rule.arguments}
        url = rule.build(values, append_unknown=False)[1]
        if method != "GET" or self.is_used:
            self.renew()
        self.is_used = method != "GET"
        client = self.app.test_client()
        client.set_cookie("session", self.cookies[person])
        found = client.open(url, method=method, data={"csrf_token": self.tokens[person]} if method == "POST" else None)
        return "sign-in" if found.headers.get("Location", "").startswith("/sign-in") else str(found.status_code)

    def rows(self):
        for method, rule, thing in self.routes():
            yield [method, rule.rule, thing, *(self.answer(person, method, rule, thing) for person in PEOPLE)]


@pytest.fixture(scope="module")
def world(tmp_path_factory, sqlite_city):
    found = World(tmp_path_factory.mktemp("world"), sqlite_city)
    yield found
    found.database.dispose()


def known_rows():
    with TABLE.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == ("method", "rule", "thing", *PEOPLE)
    return {tuple(row[:3]): row[3:] for row in rows}


KNOWN = known_rows() if TABLE.exists() else {}


def test_every_route_has_a_row_for_every_thing_and_no_row_is_left_over(world):
    routes = {(method, rule.rule, thing) for method, rule, thing in world.routes()}
    assert routes - KNOWN.keys() == set()
    assert KNOWN.keys() - routes == set()
    assert {key for key, cells in KNOWN.items() if len(cells) != len(PEOPLE) or not all(cells)} == set()


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_the_table_says(world, person):
    place = PEOPLE.index(person)
    world.renew()
    found = {
        (method, rule.rule, thing): world.answer(person, method, rule, thing) for method, rule, thing in world.routes()
    }
    expected = {key: cells[place] for key, cells in KNOWN.items()}
    assert {key: cell for key, cell in found.items() if cell != expected.get(key)} == {}


def test_no_cell_is_a_fault_of_ours():
    assert {key: cells for key, cells in KNOWN.items() if any(cell.startswith("5") for cell in cells)} == {}


#: in rules of things that are not of one unit
FOR_ALL = ("name", "precedent_id", "campaign_id")


def test_a_thing_of_another_unit_is_as_if_it_did_not_exist():
    """CGJ's liaison gets for a thing of HWZX what he gets for one that is not there, except what is public, and
    precedents and campaigns, which all who are signed in read."""
    open_to_all = {key for key, cells in KNOWN.items() if cells[0] != "sign-in"}
    mine, theirs = PEOPLE.index("liuyang"), PEOPLE.index("wanglin")
    for (method, rule, thing), cells in KNOWN.items():
        if thing == "-" or (method, rule, thing) in open_to_all or any(each in rule for each in FOR_ALL):
            continue
        nothing = KNOWN[method, rule, "missing"]
        if thing == "HWZX":
            assert cells[mine] == nothing[mine], (method, rule)
        if thing == "CGJ":
            assert cells[theirs] == nothing[theirs], (method, rule)


def test_looking_changes_nothing(world):
    world.renew()
    before = _dump(world.database)
    for person in PEOPLE:
        for method, rule, thing in world.routes():
            if method == "GET" and rule.rule not in ("/cases.csv", "/cases.xlsx"):  # that somebody took them is noted
                world.answer(person, method, rule, thing)
    assert _dump(world.database) == before


def _dump(database):
    """Return how many rows each table has, and the ends of all chains."""
    with database.engine.connect() as connection:
        ask = partial(connection.exec_driver_sql)
        tables = [name for (name,) in ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        counts = {name: ask(f'SELECT count(*) FROM "{name}"').scalar() for name in tables}
        return counts, ask("SELECT number, audit_head, state FROM cases ORDER BY number").fetchall()


def main():
    """Print the table as it is."""
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city.db"
        database = Database(f"sqlite:///{city}", FrozenClock(conftest.MORNING))
        conftest.build_city(database)
        database.dispose()
        world = World(Path(folder), city)
        writer = csv.writer(sys.stdout, lineterminator=os.linesep)
        writer.writerow(["method", "rule", "thing", *PEOPLE])
        writer.writerows(world.rows())


if __name__ == "__main__":
    main()
