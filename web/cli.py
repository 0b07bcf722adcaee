"""``muster``, the command line: the commands of the engine, and those that need pages."""

import sys

import click

from engine import due
from engine.errors import EngineError


@click.group()
def muster() -> None:
    """Incidents from report to assessment, as BPMN diagrams."""


muster.add_command(due.command)


def main() -> None:
    """Run the command line; an error of the engine is one line, and the exit code is 1."""
    try:
        muster(standalone_mode=True)
    except EngineError as error:
        click.echo(f"muster: {error}", err=True)
        sys.exit(1)
