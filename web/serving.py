"""``muster serve``: the pages with the worker embedded."""

import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import waitress

from engine import schema
from engine import training as practice
from engine.config import Settings
from engine.uow import Database
from engine.worker import Worker
from web import create_app

#: Browsers keep their connections. Waitress answers no more than 100 unless told, and select() none beyond 1,024.
MANY: dict[str, Any] = {
    "threads": 8,
    "connection_limit": 1000,
    "backlog": 1024,
    "asyncore_use_poll": True,
    "ident": "Muster",
}


@click.command("serve")
@click.option("--no-worker", is_flag=True, help="Leave timers and jobs to `muster worker`.")
@click.option(
    "--training",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Practise: load this folder and its sample cases into a new database of their own.",
)
def serve(no_worker: bool, training: Path | None) -> None:
    """Serve the pages on MUSTER_HOST and MUSTER_PORT."""
    settings = Settings.read()
    if training is not None:
        database, settings = practice.prepare(training), replace(settings, mail="")
        click.echo(f"For practice: everybody's password is {practice.PASSWORD}; all of it is gone at the next start.")
    else:
        database = Database(settings.database)
        schema.require_current(database)
    app = create_app(database, secret(Path("var") / "secret"), is_training=training is not None)
    worker = None if no_worker else Worker(database, settings)
    if worker:
        worker.start()
    click.echo(f"Muster is on http://{settings.host}:{settings.port}")
    try:
        waitress.serve(app, host=settings.host, port=settings.port, **MANY)
    finally:
        if worker:
            worker.stop()


def secret(path: Path) -> str:
    """Return what signs the cookies: MUSTER_SECRET, else the content of the file, which is made if it is missing."""
    if given := os.environ.get("MUSTER_SECRET"):
        return given
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), "utf-8")
    return path.read_text("utf-8")
