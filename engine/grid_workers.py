"""Reading who works in which grid from a day on (网格员) out of a file. Not here: handing over (``hand_overs``)."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine import catalogue, hand_overs
from engine.errors import InvalidError
from engine.hand_over_models import GridWorker
from engine.models import Person
from engine.uow import UnitOfWork

COLUMNS = ("grid_code", "person", "from")
ZONE = ZoneInfo("Asia/Shanghai")


def load(uow: UnitOfWork, source: str) -> int:
    """Let the people of the CSV text work in their grids from their days on; return how many that changed.

    What is known of a grid since that day or a later one stays: a hand-over is not undone by loading again. Raises
    InvalidError naming line and column of everything wrong; then nothing is changed.
    """
    uow.session.flush()
    changed = 0
    for since, grid, person in sorted(read(uow, source)):
        later = (GridWorker.grid_code == grid, GridWorker.since_at >= since)
        if uow.session.scalar(select(GridWorker.id).where(*later).limit(1)) is None:
            hand_overs.set_worker(uow, grid, person, since)
            changed += 1
    return changed


def read(uow: UnitOfWork, source: str) -> list[tuple[datetime, str, str]]:
    """Return moment, grid and person of each line. Raises InvalidError naming lines and columns."""
    lines = csv.DictReader(io.StringIO(source.removeprefix("\ufeff")))
    if missing := [name for name in COLUMNS if name not in (lines.fieldnames or ())]:
        raise InvalidError(problems={f"line 1, column {name}": "is missing" for name in missing})
    grids = {grid.code for grid in catalogue.grids(uow)}
    people = set(uow.session.scalars(select(Person.name).where(Person.is_active)))
    today = uow.now.astimezone(ZONE).date()
    found: dict[tuple[str, str], str] = {}
    problems: dict[str, str] = {}
    for line in lines:
        row = {name: (line[name] or "").strip() for name in COLUMNS}
        wrong = _wrong(row, grids, people, today)
        if (row["grid_code"], row["from"]) in found:
            wrong["grid_code"] = "stands here twice with the same day"
        problems |= {f"line {lines.line_num}, column {name}": what for name, what in wrong.items()}
        found[row["grid_code"], row["from"]] = row["person"]
    if problems:
        raise InvalidError(problems=problems)
    return [(_moment(day), grid, person) for (grid, day), person in found.items()]


def _moment(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE)


def _wrong(row: Mapping[str, str], grids: set[str], people: set[str], today: date) -> dict[str, str]:
    """Return column -> what is wrong there."""
    wrong = {}
    if row["grid_code"] not in grids:
        wrong["grid_code"] = f"there is no grid {row['grid_code']}"
    if row["person"] not in people:
        wrong["person"] = f"there is nobody called {row['person']} who is active"
    try:
        if date.fromisoformat(row["from"]) > today:
            wrong["from"] = "lies ahead: plan a hand-over instead"
    except ValueError:
        wrong["from"] = f"{row['from'] or 'nothing'} is no date such as 2026-10-01"
    return wrong
