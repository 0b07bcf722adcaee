"""``muster``, the command line: the commands of the engine, and those that need pages."""

import sys

import click

from engine import commands, due, person_commands
from engine.errors import EngineError
from web import serving


@click.group()
def muster() -> None:
    """Incidents from report to assessment, as BPMN diagrams."""


for command in (
    commands.audit_group,
    commands.check,
    commands.deploy,
    commands.load,
    commands.migrate,
    commands.run_replay,
    commands.run_worker,
    commands.show_duties,
    due.command,
    person_commands.person_group,
    serving.serve,
):
    muster.add_command(command)


def main() -> None:
    """Run the command line; an error of the engine is one line, and the exit code is 1."""
    try:
        muster(standalone_mode=True)
    except EngineError as error:
        click.echo(f"muster: {error}", err=True)
        sys.exit(1)
