"""The verbs of ``muster`` that need a database but no pages."""

import json
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import func, select

from engine import audit, bpmn, feel, schema
from engine.config import Settings
from engine.errors import InvalidError
from engine.models import AuditEntry, Case
from engine.uow import SYSTEM, Database, UnitOfWork


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
    """Say what is wrong with each diagram: element, line, rule; exit with 1 if there is an error."""
    failed = False
    for path in files:
        try:
            found = bpmn.read(path.read_bytes(), feel)
            rows = [asdict(problem) for problem in found.problems]
        except InvalidError as error:
            rows = [{"code": "D02", "level": "error", "element": place, "line": 0, "text": text}
                    for place, text in error.problems.items()]
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
