"""``muster serve``: the pages with the worker embedded."""

import os
import secrets
from pathlib import Path

import click
import waitress

from engine import schema
from engine.config import Settings
from engine.uow import Database
from engine.worker import Worker
from web import create_app


@click.command("serve")
@click.option("--no-worker", is_flag=True, help="Leave timers and jobs to `muster worker`.")
def serve(no_worker: bool) -> None:
    """Serve the pages on MUSTER_HOST and MUSTER_PORT."""
    settings = Settings.read()
    database = Database(settings.database)
    schema.require_current(database)
    app = create_app(database, secret(Path("var") / "secret"))
    worker = None if no_worker else Worker(database, settings)
    if worker:
        worker.start()
    click.echo(f"Muster is on http://{settings.host}:{settings.port}")
    try:
        waitress.serve(app, host=settings.host, port=settings.port, threads=8, ident="Muster")
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
