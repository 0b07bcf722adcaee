"""Decisions: tables and boxed expressions with what they require. Knows no BPMN and no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.dmn.checks import Finding, check
from engine.dmn.evaluator import Evaluation, outputs, parameters_of
from engine.dmn.model import Decision, Knowledge, Model, Service
from engine.dmn.reader import namespace_of, read, read_leniently
from engine.dmn.tables import DmnError, Table

__all__ = [
    "Decided",
    "Decision",
    "DmnError",
    "Finding",
    "Model",
    "Table",
    "check",
    "decide",
    "evaluate",
    "invoke",
    "namespace_of",
    "read",
    "read_leniently",
]

#: steps of a decision with all that it requires
STEP_LIMIT = 500_000


@dataclass(frozen=True, slots=True)
class Decided:
    """The value of a decision, the numbers, from 1, of the rules that matched, and why something in it is null."""

    value: Any
    rules: tuple[int, ...] = ()
    warnings: tuple[str, ...] = field(default=(), compare=False)


def decide(decisions: Mapping[str, Decision], key: str, variables: Mapping[str, Any]) -> Decided:
    """Make the decision, and before it those that it requires, each once.

    ``variables``: name -> JSON or FEEL value. Raises DmnError when a hit policy is violated, decisions require each
    other in a circle, or a budget is used up.
    """
    model = decisions if isinstance(decisions, Model) else Model().with_all(decisions.values())
    try:
        with feel.allow(STEP_LIMIT):
            return Decided(*Evaluation(variables).decide(model, key))
    except feel.FeelError as error:
        raise DmnError(f"decision {model[key].name}: {error}") from error


def evaluate(model: Model, name: str, variables: Mapping[str, Any]) -> Decided:
    """Make the decision of that name, and say why its value, or a part of it, is null.

    Raises KeyError if there is none of that name, and DmnError as ``decide`` does.
    """
    found = model.named(name)
    if not isinstance(found, Decision):
        raise KeyError(name)
    with feel.listening() as warnings, feel.allow(STEP_LIMIT):
        made = decide(model, found.id, variables)
    return Decided(made.value, made.rules, tuple(warnings))


def invoke(model: Model, name: str, given: Mapping[str, Any], surroundings: Mapping[str, Any]) -> Decided:
    """Call the decision service or business knowledge of that name with arguments by name.

    What a service is not given is null; it gives the context of its output decisions. Raises KeyError if there is none
    of that name.
    """
    found = model.named(name)
    if not isinstance(found, Service | Knowledge):
        raise KeyError(name)
    with feel.listening() as warnings, feel.allow(STEP_LIMIT):
        if isinstance(found, Service):
            missing = dict.fromkeys(name for name, _ in parameters_of(model, found))
            value: Any = outputs(model, found, {**missing, **given}, surroundings)
        else:
            value = Evaluation(surroundings).function(model, found).call_named(dict(given))
    return Decided(value, (), tuple(warnings))
