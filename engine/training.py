"""A city to practise on: a database of its own with sample cases, made anew each time, so that no figure ever counts
them. Not here: the banner that its pages carry (``base.html``)."""

import csv
import io
from pathlib import Path

from sqlalchemy import select

from engine import content, jobs, reports, schema, tasks
from engine.models import Task, TaskState
from engine.uow import PUBLIC, SYSTEM, Database

#: of everybody in it; there is nothing to protect
PASSWORD = "practise here"
URL = "sqlite:///var/training.db"


def prepare(folder: Path, url: str = URL) -> Database:
    """Return a new database with the content of the folder and its sample cases; the one before is gone.

    Raises InvalidError naming what is wrong in the content.
    """
    path = Path(url.removeprefix("sqlite:///"))
    for each in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))):
        each.unlink(missing_ok=True)
    database = Database(url)
    schema.upgrade(database)
    content.load(database, folder, SYSTEM, PASSWORD)
    samples = (folder / "training" / "samples.csv").read_text("utf-8-sig")
    for row in csv.DictReader(io.StringIO(samples)):
        _open(database, row)
    return database


def _open(database: Database, row: dict[str, str]) -> None:
    """Report the sample; where its ``steps`` is 1, it is filed and waits for the unit."""
    with database.transaction(PUBLIC) as uow:
        report = reports.Report(row["item_code"], row["grid_code"], row["description"], row["address"])
        case_id = reports.submit(uow, report).id
    if row["steps"] == "1":
        with database.transaction(SYSTEM) as uow:
            query = select(Task.id).where(Task.case_id == case_id, Task.state == TaskState.OPEN)
            tasks.complete_task(uow, uow.session.scalars(query).one(), {"filed": True})
    jobs.work_due_jobs(database)
