"""The list of duties (权责清单) as text: reading and checking it, who leads an item in a grid, gaps and overlaps.

Pure: no database. Not here: versions, choosing among equals, dispatch (``engine.duties``).
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from engine.errors import InvalidError

COLUMNS = ("item_code", "area_code", "unit_code", "role", "basis_zh", "basis_en", "from", "to")
#: one-of: equals, among which the load decides; owner and territory: read where nobody leads; fallback: the last
ROLES = ("lead", "one-of", "assist", "owner", "territory", "fallback")
LEADS = ("lead", "one-of")
#: digits of an area: district, street, community, grid
AREAS = (6, 9, 12, 15)


@dataclass(frozen=True, slots=True)
class Row:
    """One duty of one unit; ``item`` and ``area`` are ``*``, whole codes, or (an item) the beginning with ``*``."""

    item: str
    area: str
    unit: str
    role: str
    basis_zh: str
    basis_en: str
    since: date | None
    until: date | None  #: the last day

    def holds(self, item: str, grid: str, day: date) -> bool:
        """Say whether the row speaks of the item in the grid on that day."""
        return self.is_about(item) and (self.area == "*" or grid.startswith(self.area)) and self.is_in_force(day)

    def is_about(self, item: str) -> bool:
        """Say whether the row speaks of the item."""
        return item.startswith(self.item[:-1]) if self.item.endswith("*") else item == self.item

    def is_in_force(self, day: date) -> bool:
        """Say whether the row is in force on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    @property
    def rank(self) -> tuple[int, int]:
        """Return how special the row is: the smaller area wins, then the closer item."""
        exact = 0 if self.item.endswith("*") else 1
        return (len(self.area.rstrip("*")), 2 * len(self.item.rstrip("*")) + exact)


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is responsible: the rows that lead (several are equals or an overlap), assist, and stand in if none leads."""

    leads: tuple[Row, ...]
    assist: tuple[Row, ...]
    owner: Row | None
    territory: Row | None
    fallback: Row | None

    @property
    def is_gap(self) -> bool:
        """Say whether nobody leads."""
        return not self.leads

    @property
    def is_overlap(self) -> bool:
        """Say whether several lead who are not named as equals."""
        return len({row.unit for row in self.leads}) > 1 and any(row.role == "lead" for row in self.leads)


@dataclass(frozen=True, slots=True)
class Finding:
    """A gap or an overlap of the matrix: an item, the grids, from which day on, and which units."""

    kind: str  #: gap or overlap
    item: str
    grids: tuple[str, ...]
    day: date
    units: tuple[str, ...]  #: who leads; of a gap the fallback that is named, if one is

    @property
    def is_open(self) -> bool:
        """Say whether it is a gap for which no fallback is named."""
        return self.kind == "gap" and not self.units


def read(text: str, known: Mapping[str, Collection[str]] | None = None) -> tuple[Row, ...]:
    """Return the rows of the CSV text; ``known``: units, items and grids that there are.

    Raises InvalidError naming each wrong line; then nothing of it counts.
    """
    lines = csv.DictReader(io.StringIO(text))
    if missing := [name for name in COLUMNS if name not in (lines.fieldnames or ())]:
        raise InvalidError(problems={"line 1": f"no column {', '.join(missing)}"})
    rows: list[Row] = []
    problems: dict[str, str] = {}
    seen: dict[tuple[object, ...], int] = {}
    for number, line in enumerate(lines, 2):
        try:
            row = _row(line, known)
        except ValueError as error:
            problems[f"line {number}"] = str(error)
            continue
        same = (row.item, row.area, row.unit, row.role, row.since)
        if same in seen:
            problems[f"line {number}"] = f"says the same as line {seen[same]}"
        seen[same] = number
        rows.append(row)
    if not rows and not problems:
        problems["line 2"] = "is missing"
    if problems:
        raise InvalidError(problems=problems)
    return tuple(rows)


def _row(line: Mapping[str, str | None], known: Mapping[str, Collection[str]] | None) -> Row:
    said = {name: (line.get(name) or "").strip() for name in COLUMNS}
    row = Row(
        said["item_code"],
        said["area_code"],
        said["unit_code"],
        said["role"],
        said["basis_zh"],
        said["basis_en"],
        _day(said["from"]),
        _day(said["to"]),
    )
    if row.role not in ROLES:
        raise ValueError(f"{row.role or 'an empty role'} is none of {', '.join(ROLES)}")
    if not row.basis_zh:
        raise ValueError("the legal basis is missing")
    if row.since and row.until and row.until < row.since:
        raise ValueError("ends before it begins")
    if row.area != "*" and len(row.area) not in AREAS:
        raise ValueError(f"{row.area or 'an empty area'} is no street, community or grid")
    if known is not None:
        _check_known(row, known)
    return row


def _check_known(row: Row, known: Mapping[str, Collection[str]]) -> None:
    if row.unit not in known["units"]:
        raise ValueError(f"there is no unit {row.unit}")
    if not any(row.is_about(item) for item in known["items"]):
        raise ValueError(f"there is no item {row.item}")
    if row.area != "*" and not any(grid.startswith(row.area) for grid in known["grids"]):
        raise ValueError(f"there is no grid in {row.area}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"{text} is no day") from error


def ask(rows: Sequence[Row], item: str, grid: str, day: date) -> Answer:
    """Return who is responsible for the item in the grid on that day: of each role the most special rows."""
    found = [row for row in rows if row.holds(item, grid, day)]

    def best(*roles: str) -> tuple[Row, ...]:
        mine = [row for row in found if row.role in roles]
        top = max((row.rank for row in mine), default=None)
        return tuple(sorted((row for row in mine if row.rank == top), key=lambda row: row.unit))

    def only(role: str) -> Row | None:
        return next(iter(best(role)), None)

    # who assists is kept in the order of the list: it is the order of the signatures
    helping = best("assist")
    assist = tuple(row for row in found if row in helping)
    return Answer(best(*LEADS), assist, only("owner"), only("territory"), only("fallback"))


def written(rows: Sequence[Row]) -> str:
    """Return the rows as the CSV text that ``read`` reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        days = ("" if day is None else day.isoformat() for day in (row.since, row.until))
        writer.writerow([row.item, row.area, row.unit, row.role, row.basis_zh, row.basis_en, *days])
    return out.getvalue()


def with_rule(rows: Sequence[Row], rule: Sequence[Row], day: date) -> list[Row]:
    """Return the rows with those of the rule from the day on; what stood in its very place ends the day before."""
    places = {(row.item, row.area) for row in rule}
    return [*(left for row in rows if (left := _ended(row, day, places)) is not None), *rule]


def _ended(row: Row, day: date, places: Collection[tuple[str, str]]) -> Row | None:
    if (row.item, row.area) not in places or row.role not in (*LEADS, "assist") or (row.until and row.until < day):
        return row
    return None if row.since and row.since >= day else replace(row, until=day - timedelta(1))


def without_rule(rows: Sequence[Row], number: str, day: date) -> list[Row]:
    """Return the rows with those of the rule ending the day before, and what it had ended in force again."""
    rule = [row for row in rows if row.basis_zh.startswith(number)]
    starts = {(row.item, row.area, row.since - timedelta(1)) for row in rule if row.since}
    found: list[Row] = []
    for row in rows:
        if row in rule:
            found += [] if row.since and row.since >= day else [replace(row, until=day - timedelta(1))]
        elif row.until and (row.item, row.area, row.until) in starts:
            found += [replace(row, until=None)] if row.until >= day else [row, replace(row, since=day, until=None)]
        else:
            found.append(row)
    return found


def changes(rows: Sequence[Row], today: date) -> list[date]:
    """Return today and each later day on which something begins, or has ended the day before."""
    days = {row.since for row in rows if row.since} | {row.until + timedelta(1) for row in rows if row.until}
    return [today, *sorted(day for day in days if day > today)]


def report(rows: Sequence[Row], items: Sequence[str], grids: Sequence[str], today: date) -> list[Finding]:
    """Return the gaps and overlaps over all items and grids, today and on each later day on which it changes."""
    found = []
    before: set[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = set()
    for day in changes(rows, today):
        now = [each for item in items for each in _of_item(rows, item, grids, day)]
        found += [each for each in now if _key(each) not in before]
        before = {_key(each) for each in now}
    return found


def _key(found: Finding) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    return (found.kind, found.item, found.grids, found.units)


def _of_item(rows: Sequence[Row], item: str, grids: Sequence[str], day: date) -> list[Finding]:
    mine = [row for row in rows if row.is_about(item) and row.is_in_force(day)]
    places: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for grid in grids:
        answer = ask(mine, item, grid, day)
        if answer.is_gap:
            named = (answer.fallback.unit,) if answer.fallback else ()
            places.setdefault(("gap", named), []).append(grid)
        elif answer.is_overlap:
            units = tuple(dict.fromkeys(row.unit for row in answer.leads))
            places.setdefault(("overlap", units), []).append(grid)
    return [Finding(kind, item, tuple(where), day, units) for (kind, units), where in places.items()]
