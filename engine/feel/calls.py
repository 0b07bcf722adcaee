"""Making and calling functions that are written in FEEL, or that a model provides.

Source: DMN 1.5, 10.3.2.13 (invocation), 10.3.2.15 (function definition).
"""

from collections.abc import Callable, Sequence
from typing import Any

from engine.feel.budget import CALL_LIMIT, FeelError, current, warn
from engine.feel.types import Type, coerced
from engine.feel.values import Function, kind

#: steps of a call, which takes as long as so many turns of a loop
CALL_COST = 10
Body = Callable[[dict[str, Any]], Any]


def function(
    name: str, parameters: Sequence[tuple[str, Type | None]], body: Body, result: Type | None = None
) -> Function:
    """Return a function whose body is given the arguments by name.

    A wrong number of arguments, an unknown name or an argument that does not conform to its type gives null.
    """
    names = tuple(each for each, _ in parameters)
    types = tuple(each for _, each in parameters)

    def run(given: dict[str, Any]) -> Any:
        for place, wanted in parameters:
            value = given.get(place)
            given[place] = coerced(value, wanted, f"{name}, parameter {place}: ")
            if given[place] is None and value is not None:
                return None
        steps = current()
        steps.spend(CALL_COST)
        steps.calls += 1
        try:
            if steps.calls > CALL_LIMIT:
                raise FeelError(f"more than {CALL_LIMIT} calls inside each other")
            return coerced(body(given), result, f"{name}, result: ")
        finally:
            steps.calls -= 1

    def call(given: list[Any]) -> Any:
        if len(given) != len(names):
            warn("{} takes {} arguments, not {}", name, len(names), len(given))
            return None
        return run(dict(zip(names, given, strict=True)))

    def call_named(given: dict[str, Any]) -> Any:
        if given.keys() != set(names):
            warn("{} takes {}, not {}", name, ", ".join(names), ", ".join(given))
            return None
        return run(dict(given))

    return Function(name, names, call, call_named, types, result)


def invoke(called: Any, given: list[Any]) -> Any:
    """Return what the function gives for arguments in order; null if it is no function."""
    if isinstance(called, Function):
        return called.call(given)
    warn("a {} cannot be called", kind(called))
    return None


def invoke_named(called: Any, given: dict[str, Any]) -> Any:
    """Return what the function gives for arguments by name; null if it is no function."""
    if isinstance(called, Function):
        return called.call_named(given)
    warn("a {} cannot be called", kind(called))
    return None
