"""The year: a simulated clock, reports that come, and people who look at their tasks, late or early, and act.

Nothing here knows a step of a process: whatever task a diagram opens is offered to somebody of its groups, who claims
it and fills its form. All that happens goes through the calls that the pages make.
"""

import heapq
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from engine import absences, calendars, clock_requests, feedback, hand_overs, jobs, messages, reports, tasks, timers
from engine.clock import FrozenClock
from engine.errors import EngineError, RefusedError
from engine.models import Candidate, Case, Grid, Item, Task, TaskState, Timer
from engine.statements import Statement
from engine.uow import PUBLIC, SYSTEM, Actor, Database
from engine.working_time import Calendar
from tests.simulation.answers import fill
from tests.simulation.disputes import MEDIATIONS, agree_to_all
from tests.simulation.staff import Staff

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = 365
#: how long the district goes on after the last report, so that late cases end
AFTER = timedelta(days=150)
NEXT_TIMER = Statement(select(Timer.due_at).order_by(Timer.due_at).limit(1))
DUE = Statement(
    select(Timer.case_id)
    .join(Case, Case.id == Timer.case_id)
    .where(Timer.due_at <= bindparam("now"))
    .order_by(Timer.due_at, Case.number)
)
LOOKED_AT = Statement(
    select(Task.id, Task.activity_id, Task.due_at, Task.shown)
    .where(Task.case_id == bindparam("case"), Task.state == TaskState.OPEN)
    .order_by(Task.opened_at, Task.activity_id, Task.token)
)
#: how much of what comes to a unit it holds not to be its own; a rule may have another opinion
NOT_OURS = 0.12
#: how much is forgotten for days
FORGOTTEN = 0.03
#: the same person or the same moment will not do: another look later
PATIENCE = 12


@dataclass(slots=True)
class Tally:
    """What happened in the year; ``refused`` by rule, ``failed`` by the words of the error."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Year:
    """One district for one year of local time, from its first day on."""

    def __init__(self, database: Database, clock: FrozenClock, year: int, cases: int, seed: int) -> None:
        self.database, self.clock, self.chance = database, clock, random.Random(seed)
        self.staff = Staff(database, self.chance)
        self.tally = Tally()
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._not_ours: set[UUID] = set()  #: what those who are asked want to send back
        self._tried: dict[UUID, set[str]] = {}  #: task -> who may not do it
        self._waiting: dict[UUID, int] = {}  #: task -> how often somebody looked at it
        self._start = datetime(year, 1, 1, tzinfo=ZONE).astimezone(UTC)
        self._cases = cases

    def run(self, progress: Callable[[int], None] = lambda n: None) -> Tally:
        """Play the year to its end, and on until nothing is left to do or 150 days have passed."""
        started = time.perf_counter()
        self.staff.hire()
        self._read()
        self._plan(progress)
        end = self._start + timedelta(days=DAYS) + AFTER
        while self._heap and self._heap[0][0] < end:
            moment, _order, act = heapq.heappop(self._heap)
            self._until(moment)
            act()
        self._until(end)
        self.tally.seconds = time.perf_counter() - started
        return self.tally

    def _read(self) -> None:
        """Read what can be reported where, and the city's calendar."""
        with self.database.reading(SYSTEM) as uow:
            self.items = [*uow.session.scalars(select(Item.code).order_by(Item.code))]
            self.grids = [*uow.session.scalars(select(Grid.code).order_by(Grid.code))]
            self.calendar: Calendar = calendars.far(uow, calendars.CITY, self._start + timedelta(days=DAYS) + AFTER)
        order = self.items[:]
        self.chance.shuffle(order)  # few kinds of matter make most of the work, as in real records
        self.weights = {item: 1 / (rank + 3) for rank, item in enumerate(order)}
        self.units = sorted({group.split(":")[1] for group in self.staff.members if group.startswith("unit:")})

    # ---- what is to come

    def _at(self, moment: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (moment, next(self._order), act))

    def _plan(self, progress: Callable[[int], None]) -> None:
        """Put reports, absences and leavings into the year: three of four reports come in the day."""
        for _ in range(self._cases):
            day = self._start + timedelta(days=self.chance.randrange(DAYS))
            hour = self.chance.gauss(13, 4) % 24 if self.chance.random() < 0.75 else self.chance.random() * 24
            self._at(day + timedelta(seconds=round(hour * 3600)), lambda: (self._report(), progress(1))[0])
        for day in range(DAYS):
            noon = self._start + timedelta(days=day, hours=12)
            if self.chance.random() < 0.8:
                self._at(noon, self._go_away)
            if day % 30 == 17:
                self._at(noon + timedelta(hours=5, minutes=30), self._leave)

    def _until(self, moment: datetime) -> None:
        """Let the timers that are due by the moment fire, each at its own time."""
        while True:
            with self.database.reading(SYSTEM) as uow:
                found = NEXT_TIMER.first(uow, {})
            if found is None or found[0] > moment:
                break
            self._stand(found[0])
            with self.database.reading(SYSTEM) as uow:
                cases = dict.fromkeys(row[0] for row in DUE.all(uow, {"now": self.clock.now()}))
            self.tally.done["timers"] += timers.fire_due_timers(self.database)
            self._settle(cases)
        self._stand(moment)

    def _stand(self, moment: datetime) -> None:
        if moment > self.clock.now():
            self.clock.set(moment)

    def _settle(self, cases: Iterable[UUID]) -> None:
        """Do the jobs and messages that wait, and let people look at what is new in the cases."""
        while jobs.work_due_jobs(self.database) + messages.deliver_waiting(self.database):
            pass
        for case in cases:
            self._look_later(case)

    def _look_later(self, case: UUID) -> None:
        with self.database.reading(SYSTEM) as uow:
            rows = LOOKED_AT.all(uow, {"case": case})
        for task, activity, due, shown in rows:
            if task not in self._waiting:
                self._waiting[task] = 0
                if activity == "handle" and self.chance.random() < NOT_OURS:
                    self._not_ours.add(task)
                moment = self._when(task, due, shown or {})
                self._at(moment, partial(self._act, task, case, activity))

    def _when(self, task: UUID, due: datetime | None, shown: dict[str, Any]) -> datetime:
        """Return when somebody gets to the task: in working hours, but at once where the limit is short."""
        now = self.clock.now()
        stage = shown.get("properties", {}).get("stage")
        if stage == "handle" and task not in self._not_ours and due is not None and due > now:
            share = self.chance.lognormvariate(-1.0, 0.75)
            moment = now + (due - now) * share
        else:
            moment = now + timedelta(minutes=self.chance.lognormvariate(2.5, 1.0))
        if self.chance.random() < FORGOTTEN:
            moment += timedelta(days=self.chance.randint(1, 5))
        urgent = due is not None and due - now < timedelta(hours=3)
        return moment if urgent else max(moment, self.calendar.later(moment, 0, "work_hours"))

    # ---- what people do

    def _report(self) -> None:
        item = self.chance.choices(self.items, [self.weights[each] for each in self.items])[0]
        grid = self.chance.choice(self.grids)
        with self.database.transaction(PUBLIC) as uow:
            address = f"海东路 {self.chance.randint(1, 400)} 号"
            case = reports.submit(uow, reports.Report(item, grid, "现场有问题，请处置", address))
        self.tally.done["reports"] += 1
        self._settle([case.id])

    def _act(self, task: UUID, case: UUID, activity: str) -> None:
        """Let somebody of the task's groups claim it; whoever claimed it completes it later. A refusal means another
        look, by somebody else perhaps."""
        asked = self._asked(task)
        if asked is None:
            return
        groups, assignee = asked
        name = assignee or self.staff.one_of(groups, self.clock.now(), self._tried.get(task, set()))
        if name is None:
            self._again(task, case, activity, f"{activity}: nobody of {groups}")
            return
        try:
            if assignee is not None and self.staff.is_away(assignee, self.clock.now()):
                name = self._take_over(task, assignee)
            self._work(task, case, activity, name, claimed=assignee is not None)
        except RefusedError as error:
            self.tally.refused[str(error)[:90]] += 1
            self._not_ours.discard(task)
            self._again(task, case, activity, None)
        except EngineError as error:
            self._put_back(task, name)
            self._tried.setdefault(task, set()).add(name)
            self._again(task, case, activity, f"{activity}: {type(error).__name__}: {error}"[:120])

    def _take_over(self, task: UUID, absent: str) -> str:
        """Let the substitute take what somebody who is away had claimed."""
        name = self.staff.stands_in(absent, self.clock.now())
        with self.database.transaction(self.staff.actor(name)) as uow:
            absences.take_over(uow, task)
        self.tally.done["taken over"] += 1
        return name

    def _asked(self, task: UUID) -> tuple[list[str], str | None] | None:
        """Return the groups and the assignee of the task; None if it is open no longer. A paused one is looked at
        again when its timer has brought it back."""
        with self.database.reading(SYSTEM) as uow:
            row = uow.session.get(Task, task)
            if row is None or row.state != TaskState.OPEN:
                if row is not None and row.state == TaskState.PAUSED:
                    self._waiting.pop(task, None)
                return None
            groups = [*uow.session.scalars(select(Candidate.group_key).where(Candidate.task_id == task))]
            return groups, row.assignee

    def _work(self, task: UUID, case: UUID, activity: str, name: str, claimed: bool) -> None:
        actor = self.staff.actor(name)
        kind = self.chance.random()
        again = partial(self._act, task, case, activity)
        if not claimed and kind < 0.6:
            with self.database.transaction(actor) as uow:
                tasks.claim_task(uow, task)
            self.tally.done["claimed"] += 1
            self._at(self._soon(), again)
            return
        if activity.startswith("handle") and kind > 0.95 and self._ask_clock(actor, case):
            self._settle([case])
            self._at(self.clock.now() + timedelta(hours=self.chance.randint(4, 48)), again)
            return
        with self.database.transaction(actor) as uow:
            row = tasks.get_task(uow, task)
            form = tasks.form_of(uow, row)
            values = fill(form, self.chance, self.units)
            if activity in MEDIATIONS:
                agree_to_all(uow, case, form)
            if "done" in form.get("properties", {}).get("outcome", {}).get("enum", ()):
                values["outcome"] = "send_back" if task in self._not_ours else "done"
            tasks.complete_task(uow, task, values)
            closed = uow.cases[case].closed_at
        self.tally.done["completed"] += 1
        self.tally.done[f"{activity} completed"] += 1
        if closed and activity == "answer":
            self._after(case)
        self._settle([case])

    def _soon(self) -> datetime:
        return self.clock.now() + timedelta(minutes=self.chance.randint(1, 45))

    def _again(self, task: UUID, case: UUID, activity: str, why: str | None) -> None:
        """Let somebody look at the task again in the next working hours; one that nobody can do is counted."""
        if why is not None:
            self.tally.failed[why] += 1
        self._waiting[task] += 1
        if self._waiting[task] < PATIENCE:
            wait = min(timedelta(minutes=20) * 2 ** self._waiting[task], timedelta(days=2))
            moment = self.calendar.later(self.clock.now() + wait, 0, "work_hours")
            self._at(moment, partial(self._act, task, case, activity))
        else:
            self.tally.failed[f"given up: {activity}"] += 1

    def _put_back(self, task: UUID, name: str) -> None:
        """Let another person try: the one who had claimed it may not do it."""
        try:
            with self.database.transaction(self.staff.actor(name)) as uow:
                tasks.release_task(uow, task)
        except EngineError:
            self.tally.done["not put back"] += 1

    def _ask_clock(self, actor: Actor, case: UUID) -> bool:
        """Let the handler ask for more time or a pause, and say whether it was asked: a rule may say no."""
        pause = self.chance.random() < 0.4
        try:
            with self.database.transaction(actor) as uow:
                if pause:
                    until = self.clock.now() + timedelta(days=self.chance.randint(1, 20))
                    clock_requests.ask_pause(uow, case, until, "等待配件到货")
                else:
                    clock_requests.ask_extension(uow, case, "需要更多时间")
            self.tally.done["pause asked" if pause else "extension asked"] += 1
            return True
        except RefusedError as error:
            self.tally.refused[str(error)[:90]] += 1
        except EngineError as error:
            self.tally.failed[f"ask: {error}"[:120]] += 1
        return False

    def _after(self, case: UUID) -> None:
        """Let one closed case of twenty be called back about; three of ten are not content."""
        if self.chance.random() < 0.05:
            moment = self.calendar.later(self.clock.now() + timedelta(hours=20), 0, "work_hours")
            self._at(moment, lambda: self._call_back(case))

    def _call_back(self, case: UUID) -> None:
        settled = self.chance.random() < 0.7
        said = feedback.Said(True, True, settled, 3 if settled else 1, "" if settled else "问题没有解决")
        name = self.staff.one_of(["answer"], self.clock.now(), set())
        if name is None:
            return
        try:
            with self.database.transaction(self.staff.actor(name)) as uow:
                feedback.call_back(uow, case, said)
            self.tally.done["call-backs"] += 1
            self.tally.done["opened again"] += not settled
        except EngineError as error:
            self.tally.failed[f"call-back: {error}"[:120]] += 1
        self._settle([case])

    def _go_away(self) -> None:
        self.tally.done["absences"] += self.staff.go_away(self.clock.now())
        self.staff.refresh()

    def _leave(self) -> None:
        planned = self.staff.leave(self.clock.now())
        if planned is None:
            return
        row, successor = planned
        self.clock.set(self.clock.now() + timedelta(minutes=1))
        self.tally.done["hand-overs"] += hand_overs.do_due(self.database)
        self.staff.refresh()
        moment = self.calendar.later(self.clock.now() + timedelta(hours=1), 0, "work_hours")
        self._at(moment, lambda: self._sign(row, successor))

    def _sign(self, row: UUID, successor: str) -> None:
        try:
            with self.database.transaction(self.staff.actor(successor)) as uow:
                hand_overs.sign(uow, row)
        except EngineError as error:
            self.tally.failed[f"sign: {error}"[:120]] += 1
