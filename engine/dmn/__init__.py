"""Decisions: tables and literal expressions with the decisions that they require. Knows no BPMN and no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.dmn.reader import Decision, read
from engine.dmn.tables import DmnError, Table

__all__ = ["Decided", "Decision", "DmnError", "decide", "read"]


@dataclass(frozen=True, slots=True)
class Decided:
    """The value of a decision and the numbers, from 1, of the rules that matched."""

    value: Any
    rules: tuple[int, ...] = ()


def decide(decisions: Mapping[str, Decision], key: str, variables: Mapping[str, Any]) -> Decided:
    """Make the decision, and before it those that it requires, each once.

    ``variables``: name -> JSON or FEEL value. Raises DmnError when a hit policy is violated, or decisions require each
    other in a circle.
    """
    return _decide(decisions, key, dict(variables), ())


def _decide(decisions: Mapping[str, Decision], key: str, seen: dict[str, Any], above: tuple[str, ...]) -> Decided:
    if key in above:
        raise DmnError(f"decisions require each other: {' -> '.join((*above, key))}")
    decision = decisions[key]
    for required in decision.requires:
        name = decisions[required].variable
        if name not in seen:
            seen[name] = _decide(decisions, required, seen, (*above, key)).value
    if isinstance(decision.logic, Table):
        return Decided(*decision.logic.decide(seen))
    return Decided(decision.logic(seen))
