"""Decision tables: hit policies and aggregations over compiled rules. Source: DMN 1.5, clause 8.2.

Not here: XML, and the decisions that a decision requires.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.dmn.items import typed
from engine.feel import Expression, FeelError, Type
from engine.feel.budget import spend, warn, warnings_so_far
from engine.feel.builtins import FUNCTIONS
from engine.feel.values import equal

Values = Mapping[str, Any]
Test = Callable[[Any, Values], bool]
AGGREGATIONS = {"SUM": FUNCTIONS["sum"], "MIN": FUNCTIONS["min"], "MAX": FUNCTIONS["max"], "COUNT": FUNCTIONS["count"]}
POLICIES = {"UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"}
LISTS = {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}


class DmnError(ValueError):
    """A decision cannot be made: the table, and the rules that contradict each other."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rule: a test for each input (None: always), an expression for each output."""

    tests: tuple[Test | None, ...]
    outputs: tuple[Expression, ...]
    texts: tuple[frozenset[str] | None, ...] = ()  #: of a cell that only lists texts, such as ``"a", "b"``
    cells: tuple[str, ...] = ()  #: the texts of the input cells as they are written


@dataclass(frozen=True, slots=True)
class Index:
    """For an input whose cells list texts: text -> rules that may match; ``others`` for any other value."""

    column: int
    rows: Mapping[str, tuple[int, ...]]
    others: tuple[int, ...]


def index_of(rows: Sequence[Row]) -> Index | None:
    """Return an index over the input that tells the most rules apart; None where no input lists only texts."""
    best: Index | None = None
    for column in range(len(rows[0].tests) if rows else 0):
        cells = [(n, row.tests[column] is None, row.texts[column]) for n, row in enumerate(rows, 1)]
        if any(not empty and texts is None for _, empty, texts in cells):
            continue
        values = {text for _, _, texts in cells for text in texts or ()}
        found = {value: tuple(n for n, empty, texts in cells if empty or value in (texts or ())) for value in values}
        if found and (best is None or len(found) > len(best.rows)):
            best = Index(column, found, tuple(n for n, empty, _ in cells if empty))
    return best


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table; rules are numbered from 1. ``names`` are those of its outputs.

    ``orders`` lists for each output the values that the hit policies PRIORITY and OUTPUT ORDER prefer, best first.
    """

    name: str
    policy: str
    aggregation: str | None
    inputs: tuple[Expression, ...]
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    defaults: tuple[Expression | None, ...] = ()
    index: Index | None = None
    orders: tuple[tuple[Any, ...], ...] = ()
    temporal: tuple[tuple[int, Type], ...] = ()  #: inputs whose JSON text is a date, time or duration
    domains: tuple[str, ...] = ()  #: for each input the unary tests that its values pass; empty: any value

    def decide(self, variables: Values) -> tuple[Any, tuple[int, ...]]:
        """Return the value and the numbers of the rules that matched.

        One output gives its value, several give a context; COLLECT, RULE ORDER and OUTPUT ORDER give a list, or the
        aggregation. Raises DmnError when UNIQUE or ANY is violated, or a cell passes a budget.
        """
        values = self._inputs(variables)
        hits = self._hits(values, variables)
        if not hits and any(each is not None for each in self.defaults):
            return self._default(variables), ()
        if self.policy in LISTS:
            found = [self._value(number, variables) for number in hits]
            return self._collected(self._ranked(found) if self.policy == "OUTPUT ORDER" else found), tuple(hits)
        if not hits:
            warn("table {}: no rule matches", self.name)
            return None, ()
        if self.policy == "UNIQUE" and len(hits) > 1:
            raise DmnError(f"table {self.name}: rules {', '.join(map(str, hits))} overlap, the hit policy is UNIQUE")
        found = [self._value(number, variables) for number in hits]
        if self.policy == "ANY" and not all(equal(each, found[0]) for each in found[1:]):
            raise DmnError(f"table {self.name}: rules {', '.join(map(str, hits))} disagree, the hit policy is ANY")
        return (self._ranked(found) if self.policy == "PRIORITY" else found)[0], tuple(hits)

    def _inputs(self, variables: Values) -> list[Any]:
        values: list[Any] = []
        try:
            for each in self.inputs:
                values.append(each(variables))
        except FeelError as error:
            raise DmnError(f"table {self.name}, input {len(values) + 1}: {error}") from error
        for column, wanted in self.temporal:
            values[column] = typed(values[column], wanted)
        return values

    def _hits(self, values: list[Any], variables: Values) -> list[int]:
        hits = []
        candidates = self._candidates(values)
        spend(2 + 2 * len(candidates))
        number = column = 0
        try:
            for number in candidates:
                for column, test in enumerate(self.rows[number - 1].tests):
                    if test is not None and not test(values[column], variables):
                        break
                else:
                    hits.append(number)
                    if self.policy == "FIRST":
                        break
        except FeelError as error:
            raise self._error(number, f"input {column + 1}", error) from error
        return hits

    def _candidates(self, values: list[Any]) -> Sequence[int]:
        """Return the numbers of the rules that may match, in order: all, or those that the index leaves."""
        if self.index is None:
            return range(1, len(self.rows) + 1)
        value = values[self.index.column]
        if isinstance(value, list):
            return range(1, len(self.rows) + 1)
        return self.index.rows.get(value, self.index.others) if isinstance(value, str) else self.index.others

    def _value(self, number: int, variables: Values) -> Any:
        outputs = []
        for column, each in enumerate(self.rows[number - 1].outputs, 1):
            warned = warnings_so_far()
            count = len(warned) if warned is not None else 0
            try:
                outputs.append(each(variables))
            except FeelError as error:
                raise self._error(number, f"output {column}", error) from error
            if warned is not None:
                warned[count:] = [f"table {self.name}, rule {number}, output {column}: {w}" for w in warned[count:]]
        return outputs[0] if len(outputs) == 1 else dict(zip(self.names, outputs, strict=True))

    def _error(self, number: int, cell: str, error: FeelError) -> DmnError:
        return DmnError(f"table {self.name}, rule {number}, {cell}: {error}")

    def _ranked(self, found: list[Any]) -> list[Any]:
        """Return the values, the preferred first, by the first output, then the second, and so on."""

        def rank(value: Any) -> list[int]:
            parts = [value] if len(self.names) == 1 else [value[name] for name in self.names]
            return [
                next((n for n, each in enumerate(order) if equal(each, part) is True), len(order))
                for part, order in zip(parts, self.orders, strict=False)
            ]

        return sorted(found, key=rank)

    def _collected(self, found: list[Any]) -> Any:
        if self.aggregation is None:
            return found
        run = AGGREGATIONS[self.aggregation].call
        if len(self.names) == 1 or self.aggregation == "COUNT":
            return run([found])
        return {name: run([[each[name] for each in found]]) for name in self.names}

    def _default(self, variables: Values) -> Any:
        found = [each(variables) if each else None for each in self.defaults]
        if len(found) > 1:
            made = dict(zip(self.names, found, strict=True))
            return [made] if self.policy in LISTS else made
        return [found[0]] if self.policy in LISTS and not isinstance(found[0], list) else found[0]
