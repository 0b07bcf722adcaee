"""The verbs of ``muster person``: adding somebody, and giving a password. Nothing that is typed is shown."""

import secrets

import click

from engine import access, directory, schema
from engine.config import Settings
from engine.errors import InvalidError
from engine.models import Unit
from engine.uow import SYSTEM, Database


@click.group("person")
def person_group() -> None:
    """Add people, and give them passwords."""


def _database() -> Database:
    database = Database(Settings.read().database)
    schema.require_current(database)
    return database


def _password(generate: bool) -> tuple[str, str]:
    """Return a password, and what is to be said of it: typed twice, or made and shown once."""
    if not generate:
        return click.prompt("Password", hide_input=True, confirmation_prompt=True), ""
    made = secrets.token_urlsafe(12)
    return made, f"password: {made}"


@person_group.command("add")
@click.argument("name")
@click.argument("full_name")
@click.option("--unit", help="Code of the unit.")
@click.option("--group", "groups", multiple=True, help="Such as acceptance or unit:SZGY; may be given several times.")
@click.option("--role", "roles", multiple=True, help="Such as liaison or officer; may be given several times.")
@click.option("--generate", is_flag=True, help="Make a password and print it, instead of asking for one.")
def add(
    name: str, full_name: str, unit: str | None, groups: tuple[str, ...], roles: tuple[str, ...], generate: bool
) -> None:
    """Add the person NAME, called FULL_NAME, who can sign in at once."""
    database = _database()
    if unknown := sorted(set(roles) - access.ROLES):
        known = ", ".join(sorted(access.ROLES))
        raise InvalidError(problems={"--role": f"{', '.join(unknown)} is none of {known}"})
    with database.reading(SYSTEM) as uow:
        if unit and uow.session.get(Unit, unit) is None:
            raise InvalidError(problems={"--unit": f"there is no unit {unit}"})
    password, shown = _password(generate)
    with database.transaction(SYSTEM) as uow:
        directory.add_person(uow, name, full_name, unit_code=unit, groups=groups, roles=roles, password=password)
    click.echo(f"{name} was added")
    if shown:
        click.echo(shown)


@person_group.command("password")
@click.argument("name")
@click.option("--generate", is_flag=True, help="Make a password and print it, instead of asking for one.")
def password(name: str, generate: bool) -> None:
    """Give the person NAME another password; all of their sessions end."""
    database = _database()
    with database.reading(SYSTEM) as uow:
        directory.actor_of(uow, name)
    given, shown = _password(generate)
    with database.transaction(SYSTEM) as uow:
        directory.set_password(uow, name, given)
    click.echo(f"{name} has another password")
    if shown:
        click.echo(shown)
