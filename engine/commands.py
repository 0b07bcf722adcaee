"""The verbs of ``muster`` that need a database but no pages."""

import itertools
import json
import multiprocessing
import secrets
import signal
import sys
import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy import func, select

from engine import audit, bpmn, content, deployments, directory, dmn, duties, feel, replay, schema
from engine.clock import FrozenClock
from engine.config import Settings
from engine.errors import InvalidError
from engine.models import AuditEntry, Case
from engine.uow import SYSTEM, Database, UnitOfWork
from engine.worker import Worker


@click.command("migrate")
def migrate() -> None:
    """Bring the database up to date."""
    settings = Settings.read()
    schema.upgrade(Database(settings.database))
    click.echo(f"{settings.database} is up to date")


@click.group("audit")
def audit_group() -> None:
    """Prove that nobody touched a history."""


@audit_group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify(as_json: bool) -> None:
    """Look for broken links in every chain; exit with 1 if there is one."""
    database = Database(Settings.read().database)
    schema.require_current(database)
    with database.reading(SYSTEM) as uow:
        entries = uow.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        broken = [
            {"chain": _chain_name(uow, found.owner), "entry": found.seq, "reason": found.reason}
            for found in audit.broken_links(uow.session)
        ]
    if as_json:
        click.echo(json.dumps({"entries": entries, "broken": broken}, ensure_ascii=False))
    else:
        for found in broken:
            click.echo(f"broken: {found['chain']}, entry {found['entry']}: {found['reason']}")
        click.echo(f"{entries} entries, {len(broken)} broken links")
    if broken:
        raise SystemExit(1)


def _chain_name(uow: UnitOfWork, owner: str) -> str:
    """Return the number of the case whose chain it is, else the name of the stream."""
    try:
        case = uow.session.get(Case, UUID(hex=owner))
    except ValueError:
        return f"stream {owner}"
    return f"case {case.number}" if case else f"case {owner}"


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a problem.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Say what is wrong with each diagram or decision table: place, line, rule; exit with 1 if there is an error."""
    failed = False
    for path in files:
        try:
            rows = _problems(path)
        except InvalidError as error:
            rows = [
                {"code": "D02", "level": "error", "element": place, "line": 0, "text": text}
                for place, text in error.problems.items()
            ]
        except OSError as error:
            rows = [{"code": "D01", "level": "error", "element": "file", "line": 0, "text": str(error)}]
        failed = failed or any(row["level"] == "error" for row in rows)
        for row in rows:
            text = f"{path}: {row['level']}: line {row['line']}, {row['element']}: {row['text']} [{row['code']}]"
            click.echo(json.dumps({"file": str(path), **row}, ensure_ascii=False) if as_json else text)
        if not rows and not as_json:
            click.echo(f"{path}: nothing to say")
    if failed:
        raise SystemExit(1)


def _problems(path: Path) -> list[dict[str, Any]]:
    """Return what is to be said of a diagram, or of the tables of a decision file. Raises InvalidError, OSError."""
    if path.suffix != ".dmn":
        return [asdict(problem) for problem in bpmn.read(path.read_bytes(), feel).problems]
    return [
        {
            "code": each.kind,
            "level": "warning",
            "element": each.table,
            "line": 0,
            "text": each.text,
            "rules": each.rules,
        }
        for each in dmn.check(dmn.read(path.read_bytes()))
    ]


@click.command("load")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--demo", is_flag=True, help="Give people without a password one that is new, and print it.")
def load(folder: Path, demo: bool) -> None:
    """Load catalogue, organisation, calendar, diagrams, tables and forms; what has not changed stays as it is."""
    database = Database(Settings.read().database)
    schema.require_current(database)
    password = secrets.token_hex(5) if demo else None
    with database.reading(SYSTEM) as uow:
        had = {each.name for each in directory.people(uow) if each.password_hash}
    counts = content.load(database, folder, SYSTEM, password)
    click.echo(", ".join(f"{count} {name}" for name, count in counts.items()) + " new or changed")
    with database.reading(SYSTEM) as uow:
        fresh = {each.name for each in directory.people(uow) if each.password_hash} - had
    if password and not fresh:
        click.echo("Everybody had a password already and keeps it; muster person password NAME gives a new one.")
    elif password:
        click.echo(f"Password of all demo accounts: {password}")
        with database.reading(SYSTEM) as uow:
            for person in (each for each in directory.people(uow) if each.name in fresh):
                click.echo(f"  {person.name:10} {person.full_name}  {person.unit_code or ''}  {' '.join(person.roles)}")


@click.command("deploy")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def deploy(files: tuple[Path, ...]) -> None:
    """Make a new version of each diagram, table or form current; identical content makes none."""
    database = Database(Settings.read().database)
    schema.require_current(database)
    with database.transaction(SYSTEM) as uow:
        made = deployments.deploy(uow, {str(path): path.read_bytes() for path in files})
        lines = [f"{each.kind} {each.key}, version {each.version}" for each in made]
    click.echo("\n".join(lines) or "nothing has changed")


@click.command("worker")
def run_worker() -> None:
    """Fire timers, do jobs, deliver messages, until it is told to stop."""
    database = Database(Settings.read().database)
    schema.require_current(database)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    alarm = Worker(database, Settings.read())
    alarm.start()
    stop.wait()
    alarm.stop()


@click.command("duties")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="The day; today if it is not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
def show_duties(at: datetime | None, as_json: bool) -> None:
    """Print the gaps and overlaps of the list of duties; exit with 1 if nobody leads and no fallback is named."""
    database = Database(Settings.read().database)
    schema.require_current(database)
    with database.reading(SYSTEM) as uow:
        row = duties.get_list(uow)
        found = duties.report(uow, duties.rows_of(row), at.date() if at else None)
    for each in found:
        shown = {**asdict(each), "day": each.day.isoformat()}
        units = ", ".join(each.units) or "nobody"
        text = f"{each.day}: {each.kind} of item {each.item} in {len(each.grids)} grids: {units}"
        click.echo(json.dumps(shown, ensure_ascii=False) if as_json else text)
    if not as_json:
        click.echo(f"list of duties, version {row.version}: {len(found)} findings")
    if any(each.is_open for each in found):
        raise SystemExit(1)


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--mapping", required=True, help="Name of a file of processes/replay, without .json.")
@click.option("--limit", type=int, help="Only the first so many records.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, help="Share the records among so many processes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def run_replay(file: Path, mapping: str, limit: int | None, processes: int, as_json: bool) -> None:
    """Run real records through the deployed processes on a simulated clock, in a database of their own.

    MUSTER_DATABASE should name a fresh database; an interrupted replay goes on where it stopped.
    """
    path = replay.MAPPINGS / f"{mapping}.json"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in replay.MAPPINGS.glob("*.json")))
        raise InvalidError(problems={"--mapping": f"{mapping} is none of {known}"})
    rules = json.loads(path.read_text("utf-8"))
    url = Settings.read().database
    records = list(itertools.islice(replay.read_records(file, rules), limit))
    clock = FrozenClock(min(record.opened_at for record in records))
    database = Database(url, clock)
    schema.require_current(database)
    if processes > 1:
        parts = [(url, file, rules, limit, part, processes) for part in range(processes)]
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            tally = replay.together(pool.starmap(replay.run_part, parts))
    else:
        with click.progressbar(length=len(records), label="records", file=sys.stderr) as bar:
            tally = replay.Replay(database, clock, rules).run(records, bar.update)
    found = replay.report(database, tally)
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else replay.text(found))
