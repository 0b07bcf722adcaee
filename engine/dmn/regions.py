"""A table's inputs cut into pieces within which no rule can tell two values apart; what each rule takes of them.

A piece is a single value that a cell names, or what lies between, below or above such values. Source: DMN 1.5, 8.2.8.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine import feel
from engine.dmn.tables import Table
from engine.feel.arithmetic import add, divide, subtract
from engine.feel.bounds import bounds
from engine.feel.texts import text_of
from engine.feel.values import compare, equal, kind

#: how far outside the last bound a piece is looked at
STEPS: Mapping[str, Any] = {
    "number": 1,
    "date": timedelta(days=1),
    "date and time": timedelta(seconds=1),
    "days and time duration": timedelta(seconds=1),
    "years and months duration": feel.YearsMonths(1),
}
OTHER = "\ufffdother"


@dataclass(frozen=True, slots=True)
class Piece:
    """A value that stands for all of the piece, and how people say it."""

    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """The pieces of an input. ``masks`` has for each rule the pieces it takes, as bits; None if that is unknown."""

    name: str
    pieces: tuple[Piece, ...]
    masks: tuple[int | None, ...]

    @property
    def all(self) -> int:
        """All pieces, as bits."""
        return (1 << len(self.pieces)) - 1


def columns_of(table: Table) -> list[Column]:
    """Return the columns of the table."""
    return [_column(table, number) for number in range(len(table.inputs))]


def _column(table: Table, number: int) -> Column:
    domain = table.domains[number] if table.domains else ""
    cells = [row.cells[number] for row in table.rows]
    found = [_bounds(cell) for cell in cells]
    limits = _bounds(domain) if domain not in ("", "-") else []
    values = [value for each in (*found, limits) for value in each or () if value is not None]
    if not _is_comparable(values):
        found = [[] if cell in ("", "-") else None for cell in cells]
        values, limits = [], None
    pieces = _pieces(values)
    if domain not in ("", "-") and limits is not None:
        allowed = feel.compile_unary(domain)
        pieces = [each for each in pieces if allowed(each.value, {})] or pieces
    masks = [
        _mask(row.tests[number], pieces) if known is not None else None
        for row, known in zip(table.rows, found, strict=True)
    ]
    return Column(table.inputs[number].text, tuple(pieces), tuple(masks))


def _bounds(cell: str) -> list[Any] | None:
    if cell in ("", "-"):
        return []
    try:
        return bounds(cell, feel.Scope())
    except feel.FeelError:
        return None


def _mask(test: Callable[[Any, Mapping[str, Any]], bool] | None, pieces: Sequence[Piece]) -> int:
    if test is None:
        return (1 << len(pieces)) - 1
    return sum(1 << n for n, piece in enumerate(pieces) if test(piece.value, {}))


def _is_comparable(values: list[Any]) -> bool:
    """Say whether the values are all of one kind that can be cut into pieces."""
    kinds = {kind(value) for value in values}
    return len(kinds) <= 1 and kinds <= {*STEPS, "boolean", "string"}


def _pieces(values: list[Any]) -> list[Piece]:
    """Return the pieces that the values cut their kind into."""
    found = kind(values[0]) if values else ""
    if found == "boolean":
        return [Piece(True, "true"), Piece(False, "false")]
    if found in STEPS:
        return _ordered(values, STEPS[found])
    texts = dict.fromkeys(values)
    return [*(Piece(text, text_of(text, True) or "") for text in texts), Piece(OTHER, "anything else")]


def _ordered(values: list[Any], step: Any) -> list[Piece]:
    ordered = sorted(values, key=cmp_to_key(lambda a, b: -1 if compare("<", a, b) else int(compare(">", a, b) is True)))
    distinct = [value for n, value in enumerate(ordered) if not n or not equal(value, ordered[n - 1])]
    shown = [text_of(value) or "" for value in distinct]
    pieces = [Piece(subtract(distinct[0], step), f"< {shown[0]}")]
    for n, value in enumerate(distinct):
        pieces.append(Piece(value, shown[n]))
        if n + 1 < len(distinct):
            middle = _middle(value, distinct[n + 1])
            if middle is not None:
                pieces.append(Piece(middle, f"between {shown[n]} and {shown[n + 1]}"))
    pieces.append(Piece(add(distinct[-1], step), f"> {shown[-1]}"))
    return [each for each in pieces if each.value is not None]


def _middle(low: Any, high: Any) -> Any:
    """Return a value that lies strictly between the two, or None."""
    if isinstance(low, int | Decimal | float):
        return divide(add(low, high), 2)
    found = add(low, divide(subtract(high, low), 2))
    return found if compare("<", low, found) and compare("<", found, high) else None
