"""Rules of a table that overlap or are never reached, and inputs that no rule takes. Source: DMN 1.5, 8.2.8.

Nothing is said of a rule whose cells depend on variables, since nobody can know before they are there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.dmn.model import Decision, Model
from engine.dmn.regions import Column, columns_of
from engine.dmn.tables import Table

#: hit policies that need a rule for every input
SINGLE = {"UNIQUE", "ANY", "FIRST", "PRIORITY"}
GAPS = 5
SEARCH = 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a table that its author should look at.

    ``kind`` is overlap, unreachable or gap; ``rules`` are the numbers, from 1, of those concerned.
    """

    table: str
    kind: str
    rules: tuple[int, ...]
    text: str


def check(decisions: Mapping[str, Decision]) -> list[Finding]:
    """Return what ``muster check`` warns of in the tables of the decisions, table by table."""
    if isinstance(decisions, Model):
        tables = decisions.tables
    else:
        tables = [each.logic for each in decisions.values() if isinstance(each.logic, Table)]
    return [finding for table in tables for finding in check_table(table)]


def check_table(table: Table) -> list[Finding]:
    """Return the overlaps, the rules that are never reached, and the gaps of one table."""
    columns = columns_of(table)
    found: list[Finding] = []
    if table.policy in ("UNIQUE", "ANY"):
        found += _overlaps(table, columns)
    if table.policy == "FIRST":
        found += _unreachable(table, columns)
    if table.policy in SINGLE and not any(table.defaults):
        found += _gaps(table, columns)
    return found


def _overlaps(table: Table, columns: list[Column]) -> Iterator[Finding]:
    for second in range(len(table.rows)):
        for first in range(second):
            if table.policy == "ANY" and _outputs(table, first) == _outputs(table, second):
                continue
            shared = [_shared(each, first, second) for each in columns]
            if None not in shared and all(shared):
                where = _where(columns, [mask or 0 for mask in shared])
                text = f"table {table.name}: rules {first + 1} and {second + 1} both match {where}"
                yield Finding(table.name, "overlap", (first + 1, second + 1), text)


def _outputs(table: Table, row: int) -> list[str]:
    return [each.text for each in table.rows[row].outputs]


def _shared(column: Column, first: int, second: int) -> int | None:
    one, other = column.masks[first], column.masks[second]
    return None if one is None or other is None else one & other


def _unreachable(table: Table, columns: list[Column]) -> Iterator[Finding]:
    for second in range(len(table.rows)):
        for first in range(second):
            if all(_covers(each, first, second) for each in columns):
                text = f"table {table.name}: rule {second + 1} is never reached, rule {first + 1} takes all it matches"
                yield Finding(table.name, "unreachable", (first + 1, second + 1), text)
                break


def _covers(column: Column, first: int, second: int) -> bool:
    one, other = column.masks[first], column.masks[second]
    if one == column.all:
        return True
    return one is not None and other is not None and one & other == other


def _gaps(table: Table, columns: list[Column]) -> Iterator[Finding]:
    search = _Search(columns)
    everyone = tuple(range(len(table.rows)))
    for n, masks in enumerate(search.gaps(0, everyone, [])):
        if n == GAPS:
            return
        yield Finding(table.name, "gap", (), f"table {table.name}: no rule matches {_where(columns, masks)}")


class _Search:
    """Looks for combinations of pieces that no rule takes. An unknown cell counts as taking everything."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns, self.left = columns, SEARCH
        self.closed: set[tuple[int, tuple[int, ...]]] = set()

    def gaps(self, at: int, rules: tuple[int, ...], chosen: list[int]) -> Iterator[list[int]]:
        """Yield for each column the pieces of a gap, as bits."""
        if not rules:
            yield [*chosen, *(each.all for each in self.columns[at:])]
            return
        if at == len(self.columns) or (at, rules) in self.closed:
            return
        column, found = self.columns[at], False
        for pieces, taking in self._groups(column, rules).items():
            self.left -= 1
            if self.left < 0:
                return
            for gap in self.gaps(at + 1, pieces, [*chosen, taking]):
                found = True
                yield gap
        if not found:
            self.closed.add((at, rules))

    def _groups(self, column: Column, rules: tuple[int, ...]) -> dict[tuple[int, ...], int]:
        """Return rules -> the pieces that exactly these take, as bits."""
        groups: dict[tuple[int, ...], int] = {}
        for n in range(len(column.pieces)):
            taking = tuple(rule for rule in rules if _takes(column.masks[rule], n))
            groups[taking] = groups.get(taking, 0) | 1 << n
        return groups


def _takes(mask: int | None, piece: int) -> bool:
    return mask is None or bool(mask >> piece & 1)


def _where(columns: list[Column], masks: list[int]) -> str:
    """Return words for the pieces, inputs of which all pieces are meant left out."""
    parts = []
    for column, mask in zip(columns, masks, strict=True):
        if mask != column.all:
            shown = [piece.text for n, piece in enumerate(column.pieces) if mask >> n & 1]
            more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
            parts.append(f"{column.name}: {' or '.join(shown[:3])}{more}")
    return ", ".join(parts) or "any input"
