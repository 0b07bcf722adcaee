"""A case of the demo city, what people do with it, and what the clock does."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine import audit, directory, jobs, ledger, reports, tasks, timers
from engine.duty_models import CaseClock
from engine.models import Case, Task
from engine.uow import PUBLIC, SYSTEM

ZONE = ZoneInfo("Asia/Shanghai")
GRID = "150102001007001"


def local(text):
    """Return the aware moment of a local time such as ``2026-11-16 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


class Story:
    """One case; every moment is local time of Hohhot."""

    def __init__(self, database, clock, item, start, grid=GRID, spot=(None, None)):
        self.database, self.clock = database, clock
        clock.rewind(local(start))
        with database.transaction(PUBLIC) as uow:
            where = {"latitude": spot[0], "longitude": spot[1]}
            report = reports.Report(item, grid, "现场有问题", "海东路 12 号", "13800001234", **where)
            case = reports.submit(uow, report)
            self.id, self.number = case.id, case.number

    def at(self, text):
        """Let the time come, and everything that falls due by then."""
        self.clock.set(local(text))
        while timers.fire_due_timers(self.database) + jobs.work_due_jobs(self.database):
            pass
        return self

    def actor(self, name):
        with self.database.reading(SYSTEM) as uow:
            return directory.actor_of(uow, name)

    def act(self, name, function, *given, **more):
        """Call an engine function as the person."""
        with self.database.transaction(self.actor(name)) as uow:
            return function(uow, *given, **more)

    def do(self, name, activity, **values):
        """Complete the person's task of the activity in this case."""
        with self.database.transaction(self.actor(name)) as uow:
            (task,) = (each for each in self._offered(uow) if each.activity_id == activity)
            tasks.complete_task(uow, task.id, values)
        jobs.work_due_jobs(self.database)

    def claim(self, name, activity):
        with self.database.transaction(self.actor(name)) as uow:
            (task,) = (each for each in self._offered(uow) if each.activity_id == activity)
            tasks.claim_task(uow, task.id)

    def _offered(self, uow):
        found = [*tasks.inbox(uow, "groups", limit=500), *tasks.inbox(uow, "mine", limit=500)]
        return [each for each in found if each.case_id == self.id]

    def inbox(self, name):
        """Return the activities of this case in the person's inbox, as it is ordered."""
        with self.database.reading(self.actor(name)) as uow:
            return [each.activity_id for each in self._offered(uow)]

    def case(self):
        with self.database.reading(SYSTEM) as uow:
            case = uow.session.get_one(Case, self.id)
            uow.session.expunge(case)
            return case

    def due(self):
        """Return the deadline as local text."""
        return f"{self.case().due_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"

    def clock_row(self):
        with self.database.reading(SYSTEM) as uow:
            return uow.session.get_one(CaseClock, self.id)

    def entries(self, action):
        """Return the details of the entries with this action in the case's chain."""
        with self.database.reading(SYSTEM) as uow:
            return [json.loads(e.body)["details"] for e in audit.timeline(uow, self.id) if e.action == action]

    def actors(self, action):
        with self.database.reading(SYSTEM) as uow:
            return [entry.actor for entry in audit.timeline(uow, self.id) if entry.action == action]

    def ledger(self):
        with self.database.reading(SYSTEM) as uow:
            return ledger.ledger(uow, uow.session.get_one(Case, self.id))

    def unbroken(self):
        with self.database.reading(SYSTEM) as uow:
            return list(audit.broken_links(uow.session)) == []

    def states(self):
        """Return the states of this case's tasks by activity."""
        with self.database.reading(SYSTEM) as uow:
            query = select(Task.activity_id, Task.state).where(Task.case_id == self.id)
            return {activity: str(state) for activity, state in uow.session.execute(query)}


def file(story, **more):
    """File the case: it is dispatched, and its clock runs."""
    story.do("zhaoli", "file", filed=True, **more)
    return story


def close(story, unit):
    """Handle, verify, answer."""
    story.do(unit, "handle", outcome="done", result="已处置完毕")
    story.do("chenjing", "verify", passed=True)
    story.do("zhaoli", "answer", answer="已于今日上午派员到场处置完毕")
