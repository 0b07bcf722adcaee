"""Real records, run through the deployed processes on a simulated clock by scripted people.

A mapping (data, ``processes/replay/*.json``) says which column holds what, and how the scripted people answer the
forms. Not here: any step of a process; a task is answered by the name of its form, whatever the diagram's order.
"""

import csv
import heapq
import io
import itertools
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from engine import audit, cases, jobs, limits, tasks, timers
from engine.clock import FrozenClock
from engine.errors import InvalidError
from engine.models import Case, Failure, Task, TaskState, Timer
from engine.statements import Statement
from engine.uow import Actor, Database, UnitOfWork

OPENER = Actor("replay", "Replay", roles=frozenset({"machine"}))
WORKER = Actor("replay-worker", "Replay", roles=frozenset({"machine"}))
CHECKER = Actor("replay-checker", "Replay", roles=frozenset({"machine"}))

MAPPINGS = Path(__file__).resolve().parent.parent / "processes" / "replay"
#: how often one case may ask the scripted people at one moment before it is left alone
PATIENCE = 40


ASKED = Statement(
    select(Task.id, Task.form)
    .where(Task.case_id == bindparam("case"), Task.state == TaskState.OPEN)
    .order_by(Task.opened_at, Task.id)
)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the file in our words; moments are aware UTC."""

    id: str
    title: str
    opened_at: datetime
    promised_at: datetime | None
    closed_at: datetime | None
    label: bool | None  #: on time, as the file says it
    group: str
    outcome: str
    values: dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What a replay counted."""

    opened: int = 0
    closed: int = 0
    on_time: int = 0
    late: int = 0
    completed: int = 0
    fired: int = 0
    agreed: int = 0
    disagreed: int = 0
    seconds: float = 0.0
    groups: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)


def read_records(path: Path, mapping: Mapping[str, Any]) -> Iterator[Record]:
    """Yield the records of a CSV file, or of the CSV in a zip, in the order of the file.

    Raises InvalidError naming the line of a record whose opening moment cannot be read, or a column that is missing.
    """
    zone = ZoneInfo(mapping.get("zone", "UTC"))
    columns = mapping["columns"]
    for line, row in enumerate(csv.DictReader(_text(path)), 2):
        if line == 2 and (missing := [name for name in columns.values() if name not in row]):
            raise InvalidError(problems={str(path): f"no column {', '.join(missing)}"})
        opened = _moment(row[columns["opened_at"]], zone)
        if opened is None:
            raise InvalidError(problems={f"{path}:{line}": "no opening moment"})
        found = {name: row.get(column, "") or "" for name, column in columns.items()}
        labels = mapping.get("on_time", {})
        yield Record(
            id=found["id"],
            title=found.get("title") or found["id"],
            opened_at=opened,
            promised_at=_moment(found.get("promised_at", ""), zone),
            closed_at=_moment(found.get("closed_at", ""), zone),
            label=labels.get(found.get("label", "")),
            group=found.get("group", ""),
            outcome=found.get("outcome", ""),
            values={name: found.get(column, column) for name, column in mapping.get("values", {}).items()},
        )


def _text(path: Path) -> Iterator[str]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as raw:
            yield from io.TextIOWrapper(raw, "utf-8", errors="replace", newline="")
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    if not text.strip():
        return None
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


CLOSED_AT = Statement(select(Case.closed_at).where(Case.id == bindparam("case")))
FIRST_TIMER = Statement(  # min() over the join would look at every timer there is
    select(Timer.due_at)
    .join(Case, Case.id == Timer.case_id)
    .where(Case.opened_by == bindparam("opener"))
    .order_by(Timer.due_at)
    .limit(1)
)


class Replay:
    """One run: a simulated clock, the records by moment, and people who answer by the mapping."""

    def __init__(self, database: Database, clock: FrozenClock, mapping: Mapping[str, Any], part: int = 0) -> None:
        self.opener = replace(OPENER, name=f"{OPENER.name}-{part}")
        self.database = database
        self.clock = clock
        self.mapping = mapping
        self.tally = Tally()
        self._closings: list[tuple[datetime, str, UUID, Record]] = []
        self._next_timer: datetime | None = None
        self._knows_timer = False
        self._closed: dict[UUID, datetime] = {}  #: cases whose end was seen and not yet counted
        self._left: dict[UUID, list[tuple[UUID, str]]] = {}  #: what was still asked when a case was opened

    def run(self, records: list[Record], progress: Callable[[int], None] = lambda n: None) -> Tally:
        """Open each record as a case at its moment, work it until all is closed or the records end; return the counts.

        A record that was opened by an earlier, interrupted run is not opened again.
        """
        started = time.perf_counter()
        known = self._known()
        for record in sorted(records, key=lambda each: (each.opened_at, each.id)):
            self._until(record.opened_at)
            case_id = known.get(record.id)
            if case_id is None:
                case_id = self._open(record)
            else:  # a run that was interrupted may have opened it and no more
                self._work(case_id, "opening")
            if record.closed_at or self.mapping.get("close_at_once"):
                closing = max(record.closed_at or record.opened_at, record.opened_at)
                heapq.heappush(self._closings, (closing, record.id, case_id, record))
            self.tally.groups[record.group] += 1
            self.tally.outcomes[record.outcome] += 1
            progress(1)
        while self._closings:
            self._until(self._closings[0][0])
        self.tally.seconds = time.perf_counter() - started
        return self.tally

    def _known(self) -> dict[str, UUID]:
        with self.database.reading(self.opener) as uow:
            rows = uow.session.execute(select(Case.search, Case.id).where(Case.opened_by == self.opener.name))
            return {text.split(" ", 1)[0]: case_id for text, case_id in rows}

    def _until(self, moment: datetime) -> None:
        """Let everything happen that falls due up to ``moment``, in order."""
        while True:
            timer = self._due_timer()
            closing = self._closings[0][0] if self._closings else None
            if timer is not None and timer <= moment and (closing is None or timer <= closing):
                self._stand(timer)
                self.tally.fired += timers.fire_due_timers(self.database, self.opener.name)
                self._knows_timer = False
            elif closing is not None and closing <= moment:
                self._close(*heapq.heappop(self._closings))
            else:
                break
        self._stand(moment)

    def _stand(self, moment: datetime) -> None:
        if moment > self.clock.now():
            self.clock.set(moment)

    def _due_timer(self) -> datetime | None:
        if not self._knows_timer:
            with self.database.reading(self.opener) as uow:
                found = FIRST_TIMER.first(uow, {"opener": self.opener.name})
                self._next_timer, self._knows_timer = found[0] if found else None, True
        return self._next_timer

    def _open(self, record: Record) -> UUID:
        values = {**self.mapping.get("constants", {}), **record.values, "description": record.title}
        moments = self._moments(record)
        with self.database.transaction(self.opener) as uow:
            case_id = cases.open_case(
                uow, self.mapping["process"], {**values, **moments}, record.title, due=moments, reference=record.id
            ).id
        self.tally.opened += 1
        self._work(case_id, "opening")
        self._knows_timer = False
        return case_id

    def _moments(self, record: Record) -> dict[str, datetime]:
        """Return the ladder of the record's promise, or of the mapping's own limit where nothing was promised."""
        limit = timedelta(hours=self.mapping["limit_hours_without_promise"])
        if record.promised_at and record.promised_at > record.opened_at:
            limit = record.promised_at - record.opened_at
        return {name: record.opened_at + limit * float(share) for name, share in limits.LADDER.items()}

    def _close(self, moment: datetime, _id: str, case_id: UUID, record: Record) -> None:
        self._stand(moment)
        self._work(case_id, "closing")
        closed_at = self._closed.pop(case_id, None) or self._closed_at(case_id)
        if closed_at is None:
            return
        self.tally.closed += 1
        verdict = record.promised_at is None or closed_at <= record.promised_at
        self.tally.on_time += verdict
        self.tally.late += not verdict
        if record.label is not None and record.promised_at is not None:
            self.tally.agreed += verdict == record.label
            self.tally.disagreed += verdict != record.label

    def _closed_at(self, case_id: UUID) -> datetime | None:
        with self.database.reading(self.opener) as uow:
            found = CLOSED_AT.first(uow, {"case": case_id})
        return found[0] if found else None

    def _work(self, case_id: UUID, phase: str) -> None:
        """Let the scripted people complete what the mapping has answers for, until nothing more is asked."""
        answers = self.mapping["answers"][phase]
        asked = self._left.pop(case_id, None)
        if asked is None:
            with self.database.reading(self.opener) as uow:
                asked = _asked(uow, case_id)
        for _ in range(PATIENCE):
            ready = [(task_id, form) for task_id, form in asked if form in answers]
            if ready:
                asked = self._complete(case_id, *ready[0], answers)
            elif phase == "closing" and self._work_jobs(case_id):
                with self.database.reading(self.opener) as uow:
                    asked = _asked(uow, case_id)
            else:
                if phase == "opening":
                    self._left[case_id] = asked
                return

    def _work_jobs(self, case_id: UUID) -> bool:
        """Do the jobs that wait, unless the case is closed already; say whether there were any."""
        return case_id not in self._closed and jobs.work_due_jobs(self.database, self.opener.name) > 0

    def _complete(self, case_id: UUID, task_id: UUID, form: str, answers: Mapping[str, Any]) -> list[tuple[UUID, str]]:
        """Complete the task by the mapping's answer; return what is asked then."""
        actor = CHECKER if answers[form].get("by") == "checker" else WORKER
        with self.database.transaction(actor) as uow:
            tasks.complete_task(uow, task_id, dict(answers[form]["values"]))
            closed_at = uow.cases[case_id].closed_at
            asked = [] if closed_at else _asked(uow, case_id)
        if closed_at:
            self._closed[case_id] = closed_at
        self.tally.completed += 1
        return asked


def _asked(uow: UnitOfWork, case_id: UUID) -> list[tuple[UUID, str]]:
    """Return id and form of the open tasks of the case, oldest first."""
    return [(task_id, form or "") for task_id, form in ASKED.all(uow, {"case": case_id})]


def run_part(url: str, file: Path, mapping: Mapping[str, Any], limit: int | None, part: int, parts: int) -> Tally:
    """Run every ``parts``-th record, from number ``part`` on, in a process of its own; return the counts."""
    records = list(itertools.islice(read_records(file, mapping), limit))[part::parts]
    clock = FrozenClock(min(record.opened_at for record in records))
    database = Database(url, clock)
    return Replay(database, clock, mapping, part).run(records)


def together(tallies: Sequence[Tally]) -> Tally:
    """Return the counts of several processes as one; the time is that of the slowest."""
    total = Tally()
    for each in tallies:
        for name in ("opened", "closed", "on_time", "late", "completed", "fired", "agreed", "disagreed"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
        total.groups += each.groups
        total.outcomes += each.outcomes
        total.seconds = max(total.seconds, each.seconds)
    return total


def report(database: Database, tally: Tally) -> dict[str, Any]:
    """Return what a replay prints: counts of this run, of the database, and the verdict of the chains."""
    with database.reading(OPENER) as uow:
        still_open = uow.session.scalar(select(func.count()).select_from(Case).where(Case.closed_at.is_(None)))
        failures = uow.session.scalar(select(func.count()).select_from(Failure).where(Failure.resolved_at.is_(None)))
        broken = list(audit.broken_links(uow.session))
    judged = tally.agreed + tally.disagreed
    return {
        "opened": tally.opened,
        "closed": tally.closed,
        "open": still_open,
        "on_time": tally.on_time,
        "late": tally.late,
        "timers_fired": tally.fired,
        "tasks_completed": tally.completed,
        "seconds": round(tally.seconds, 1),
        "tasks_per_second": round(tally.completed / tally.seconds, 1) if tally.seconds else 0,
        "label_agreement": f"{tally.agreed} of {judged} ({100 * tally.agreed / judged:.2f} %)" if judged else None,
        "groups": dict(tally.groups) if len(tally.groups) < 20 else {},
        "outcomes": dict(tally.outcomes) if len(tally.outcomes) < 20 else {},
        "failures": failures,
        "audit": "intact" if not broken else f"broken: {broken[0].owner} entry {broken[0].seq}: {broken[0].reason}",
    }


def text(found: dict[str, Any]) -> str:
    """Return the report as lines for a person; groups and outcomes with their shares of all records."""
    lines = []
    for name, value in found.items():
        if isinstance(value, dict):
            total = sum(value.values()) or 1
            lines += [f"{name}: {key or '-'} {count} ({100 * count / total:.1f} %)" for key, count in value.items()]
        elif value is not None:
            lines.append(f"{name}: {value}")
    return "\n".join(lines)
