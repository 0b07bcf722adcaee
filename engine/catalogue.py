"""What can be reported, where, and who there is: items, grids, units. Loaded by ``content``, read by everybody."""

import hashlib
from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import func, select

from engine.errors import NotFoundError
from engine.models import Grid, Item, Unit
from engine.snapshots import once
from engine.uow import UnitOfWork


def items(uow: UnitOfWork) -> list[Item]:
    """Return all items by code."""
    return list(uow.session.scalars(select(Item).order_by(Item.code)))


def classes(uow: UnitOfWork) -> dict[str, dict[str, str]]:
    """Return code -> language -> name of the classes of items, by code."""
    one_of_each = select(func.min(Item.code)).group_by(func.substr(Item.code, 1, 2))
    entries = uow.session.scalars(select(Item.entry).where(Item.code.in_(one_of_each)).order_by(Item.code))
    return {each["class_code"]: {"zh": each["class_zh"], "en": each["class_en"]} for each in entries}


def get_item(uow: UnitOfWork, code: str) -> Item:
    """Return the item. Raises NotFoundError."""
    found = uow.session.get(Item, code)
    if found is None:
        raise NotFoundError("the catalogue has no item {code}", code=code)
    return found


def state_of(item: Item) -> str:
    """Return the digest of what the catalogue says of the item: cases keep by which state they were dispatched."""
    return hashlib.sha256(orjson.dumps(item.entry, option=orjson.OPT_SORT_KEYS)).hexdigest()


def grids(uow: UnitOfWork) -> list[Grid]:
    """Return the grids in force by code."""
    return [grid for grid in all_grids(uow) if grid.until_at is None]


@once
def all_grids(uow: UnitOfWork) -> Sequence[Grid]:
    """Return all grids by code, those that ended included: cases of the past name them."""
    return tuple(uow.session.scalars(select(Grid).order_by(Grid.code)))


def in_force(uow: UnitOfWork, code: str) -> Grid:
    """Return the grid, or the one that took its place when it ended. Raises NotFoundError."""
    grid = get_grid(uow, code)
    while grid.until_at is not None and grid.into_code is not None:
        grid = get_grid(uow, grid.into_code)
    return grid


def get_grid(uow: UnitOfWork, code: str) -> Grid:
    """Return the grid. Raises NotFoundError."""
    found = uow.session.get(Grid, code)
    if found is None:
        raise NotFoundError("there is no grid {code}", code=code)
    return found


def unit_names(uow: UnitOfWork, codes: Collection[str | None]) -> dict[str, dict[str, str]]:
    """Return code -> language -> name of the units that are known."""
    wanted = {code for code in codes if code}
    known = _unit_names(uow) if wanted else {}
    return {code: dict(known[code]) for code in sorted(wanted & known.keys())}


@once
def _unit_names(uow: UnitOfWork) -> dict[str, dict[str, str]]:
    rows = uow.session.execute(select(Unit.code, Unit.name_zh, Unit.name_en))
    return {code: {"zh": zh, "en": en} for code, zh, en in rows}


@once
def units(uow: UnitOfWork) -> Sequence[Unit]:
    """Return all units by code."""
    return tuple(uow.session.scalars(select(Unit).order_by(Unit.code)))
