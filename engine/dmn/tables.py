"""Decision tables: hit policies and aggregations over compiled rules. Source: DMN 1.5, clause 8.2.

Not here: XML, and the decisions that a decision requires.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.feel import Expression
from engine.feel.builtins import FUNCTIONS
from engine.feel.values import equal

Values = Mapping[str, Any]
Test = Callable[[Any, Values], bool]
AGGREGATIONS = {"SUM": FUNCTIONS["sum"], "MIN": FUNCTIONS["min"], "MAX": FUNCTIONS["max"], "COUNT": FUNCTIONS["count"]}
POLICIES = {"UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER"}


class DmnError(ValueError):
    """A decision cannot be made: the table, and the rules that contradict each other."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rule: a test for each input (None: always), an expression for each output."""

    tests: tuple[Test | None, ...]
    outputs: tuple[Expression, ...]
    texts: tuple[frozenset[str] | None, ...] = ()  #: of a cell that only lists texts, such as ``"a", "b"``


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
    """A decision table; rules are numbered from 1. ``names`` are those of its outputs."""

    name: str
    policy: str
    aggregation: str | None
    inputs: tuple[Expression, ...]
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    defaults: tuple[Expression | None, ...] = ()
    index: Index | None = None

    def decide(self, variables: Values) -> tuple[Any, tuple[int, ...]]:
        """Return the value and the numbers of the rules that matched.

        One output gives its value, several give a context; COLLECT and RULE ORDER give a list, or the aggregation.
        Raises DmnError when UNIQUE or ANY is violated.
        """
        values = [each(variables) for each in self.inputs]
        hits = []
        for number in self._candidates(values):
            row = self.rows[number - 1]
            if all(test is None or test(value, variables) for test, value in zip(row.tests, values, strict=True)):
                hits.append(number)
                if self.policy == "FIRST":
                    break
        if self.policy in ("COLLECT", "RULE ORDER"):
            return self._collected([self._value(number, variables) for number in hits]), tuple(hits)
        if not hits:
            return self._default(variables), ()
        if self.policy == "UNIQUE" and len(hits) > 1:
            raise DmnError(f"table {self.name}: rules {', '.join(map(str, hits))} overlap, the hit policy is UNIQUE")
        found = self._value(hits[0], variables)
        if self.policy == "ANY" and not all(equal(self._value(each, variables), found) for each in hits[1:]):
            raise DmnError(f"table {self.name}: rules {', '.join(map(str, hits))} disagree, the hit policy is ANY")
        return found, tuple(hits)

    def _candidates(self, values: list[Any]) -> Sequence[int]:
        """Return the numbers of the rules that may match, in order: all, or those that the index leaves."""
        if self.index is None:
            return range(1, len(self.rows) + 1)
        value = values[self.index.column]
        return self.index.rows.get(value, self.index.others) if isinstance(value, str) else self.index.others

    def _value(self, number: int, variables: Values) -> Any:
        outputs = [each(variables) for each in self.rows[number - 1].outputs]
        return outputs[0] if len(outputs) == 1 else dict(zip(self.names, outputs, strict=True))

    def _collected(self, found: list[Any]) -> Any:
        if self.aggregation is None:
            return found
        return AGGREGATIONS[self.aggregation](found)

    def _default(self, variables: Values) -> Any:
        found = [each(variables) if each else None for each in self.defaults]
        if all(each is None for each in found):
            return None
        return found[0] if len(found) == 1 else dict(zip(self.names, found, strict=True))
