"""Loading what a city edits: catalogue, organisation, calendar, diagrams. Loading the same twice changes nothing."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import select

from engine import admissions, calendars, deployments, directory, duties, grid_workers, resources, wording
from engine.errors import InvalidError
from engine.models import Grid, Item, Person, Unit
from engine.uow import Actor, Database, UnitOfWork

ENDINGS = {".bpmn", ".dmn", ".json"}


def load(database: Database, folder: Path, actor: Actor, password: str | None = None) -> dict[str, int]:
    """Load everything in the folder in one transaction; return how many of each kind are new or changed.

    ``password`` is given to people who are new; without one they cannot sign in until an administrator gives them one.
    Raises InvalidError naming file and place, and then nothing is loaded.
    """
    if not folder.is_dir():
        raise InvalidError(problems={str(folder): "is no folder"})
    with database.transaction(actor) as uow:
        return {
            "units": _units(uow, folder / "organisation" / "departments.csv"),
            "people": _people(uow, folder / "organisation" / "people.csv", password),
            "grids": _grids(uow, folder / "organisation" / "grids.csv"),
            "grid_workers": load_file(uow, folder / "organisation" / "grid_workers.csv", grid_workers.load),
            "resources": load_file(uow, folder / "organisation" / "resources.csv", resources.load),
            "items": _items(uow, folder / "catalogue"),
            "admission_lists": load_admissions(uow, folder / "organisation" / "admissions.csv"),
            "duty_lists": load_duties(uow, folder / "organisation" / "duties.csv"),
            "words": wording.keep(uow, _rows(folder / "words.csv")),
            "calendars": load_calendar(uow, folder / "calendar"),
            "definitions": len(deployments.deploy(uow, _definitions(folder))),
        }


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def _units(uow: UnitOfWork, path: Path) -> int:
    changed = 0
    for row in _rows(path):
        fields = {"name_zh": row["name_zh"], "name_en": row["name_en"], "level": row["level"], "kind": row["type"]}
        changed += _put(uow, Unit, row["department_code"], fields)
    return changed


def _put(uow: UnitOfWork, model: type[Unit] | type[Grid] | type[Item], code: str, fields: Mapping[str, object]) -> int:
    """Make the row equal to the fields; return 1 if it was not."""
    found = uow.session.get(model, code)
    if found is None:
        uow.session.add(model(code=code, **fields))
        return 1
    changed = 0
    for name, value in fields.items():
        if getattr(found, name) != value:
            setattr(found, name, value)
            changed = 1
    return changed


def _people(uow: UnitOfWork, path: Path, password: str | None) -> int:
    uow.session.flush()
    known = set(uow.session.scalars(select(Person.name)))
    rows = _rows(path)
    new = [row for row in rows if row["name"] not in known]
    if password is not None:  # who has a password keeps it
        for name in uow.session.scalars(select(Person.name).where(Person.password_hash.is_(None))).all():
            directory.set_password(uow, name, password)
    for row in new:
        directory.add_person(
            uow,
            row["name"],
            row["full_name"],
            unit_code=row["unit"] or None,
            groups=[each for each in row["groups"].split(";") if each],
            roles=[each for each in row["roles"].split(";") if each],
            password=password,
        )
    return len(new)


def _grids(uow: UnitOfWork, path: Path) -> int:
    divided = set(uow.session.scalars(select(Grid.code).where(Grid.divided_at.is_not(None))))
    return sum(
        _put(
            uow,
            Grid,
            row["grid_code"],
            {"name": row["grid_zh"], "community": row["community_zh"], "households": int(row.get("households") or 0)},
        )
        for row in _rows(path)
        if row["grid_code"] not in divided
    )


def _items(uow: UnitOfWork, folder: Path) -> int:
    conditions = defaultdict(list)
    for row in _rows(folder / "catalogue_conditions.csv"):
        conditions[row["item_code"]].append(row)
    groups = {row["class_code"]: row["seed_group_zh"] for row in _rows(folder / "class_groups.csv")}
    changed = 0
    for row in _rows(folder / "catalogue.csv"):
        entry = {**row, "group_zh": groups.get(row["class_code"], ""), "conditions": conditions[row["item_code"]]}
        changed += _put(uow, Item, row["item_code"], {"entry": entry})
    return changed


def load_calendar(uow: UnitOfWork, folder: Path) -> int:
    """Make each calendar file that differs from its current calendar the next version; return how many did.

    A file whose name is the code of a unit is that unit's own calendar, any other the city's.
    """
    made = 0
    for path in sorted(folder.glob("*.csv")):
        name = path.stem if uow.session.get(Unit, path.stem) else calendars.CITY
        try:
            found = calendars.add(uow, name, path.read_text("utf-8-sig"), "muster load", file=path.name)
        except InvalidError as error:
            places = {f"{path.name}: {place}": what for place, what in error.problems.items()}
            raise InvalidError(problems=places) from error
        made += found is not None
    return made


def load_admissions(uow: UnitOfWork, path: Path) -> int:
    """Publish the community admission list unless it was loaded before. Raises InvalidError naming the lines."""
    if not path.exists():
        return 0
    try:
        return int(admissions.add(uow, path.read_text("utf-8-sig"), "muster load", file=path.name) is not None)
    except InvalidError as error:
        raise InvalidError(
            problems={f"{path.name}: {place}": what for place, what in error.problems.items()}
        ) from error


def load_file(uow: UnitOfWork, path: Path, load_text: Callable[[UnitOfWork, str], int]) -> int:
    """Load the text of the file, if there is one; return how many rows are new or changed.

    Raises InvalidError naming file, line and column of everything wrong.
    """
    if not path.exists():
        return 0
    try:
        return load_text(uow, path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidError(problems={path.name: "is no UTF-8 text"}) from error
    except InvalidError as error:
        places = {f"{path.name}: {place}": what for place, what in error.problems.items()}
        raise InvalidError(problems=places) from error


def load_duties(uow: UnitOfWork, path: Path) -> int:
    """Publish the list of duties unless it was loaded before; return how many versions that made.

    Raises InvalidError naming the lines, or the items that nobody leads.
    """
    if not path.exists():
        return 0
    try:
        return int(duties.add(uow, path.read_text("utf-8-sig"), "muster load", file=path.name) is not None)
    except InvalidError as error:
        places = {f"{path.name}: {place}": what for place, what in error.problems.items()}
        raise InvalidError(problems=places) from error


def _definitions(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS and "replay" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
