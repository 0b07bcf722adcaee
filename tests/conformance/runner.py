"""Runs the steps of a case and compares what came about with what its suite expects."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from tests.conformance.world import Refused, World

EXCEPTIONS = Path(__file__).with_name("exceptions.md")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case; ``reason`` is empty when it passed."""

    case: str
    reason: str = ""


def excepted() -> dict[str, str]:
    """Return the cases whose expectation contradicts the standard, with the reason: rows of ``exceptions.md``."""
    rows = [line.split("|") for line in EXCEPTIONS.read_text().splitlines() if line.startswith("| `")]
    return {row[1].strip().strip("`"): row[2].strip() for row in rows}


def run(folder: Path) -> Iterator[Outcome]:
    """Yield the outcome of each case of ``cases.json``."""
    found = json.loads((folder / "cases.json").read_text())
    for case in found if isinstance(found, list) else found["cases"]:
        yield Outcome(case["id"], run_case(folder, case))


def run_case(folder: Path, case: dict[str, Any]) -> str:
    """Run one case and return why it failed, an empty text if it did not."""
    documents = [(folder / name).read_bytes() for name in case["files"]]
    try:
        world = World(documents)
    except (Refused, EngineError) as error:
        return _refused(case, error)
    if case["steps"] == [["deployError"]]:
        return "it was accepted"
    try:
        for step in case["steps"]:
            world = STEPS[step[0]](world, documents, *step[1:]) or world
    except AssertionError as error:
        failures = f"; failed: {world.failures()}" if world.failures() else ""
        return f"{json.dumps(step)}: {error}{failures}"
    except Exception as error:  # one case must not end the run
        return f"{json.dumps(step)}: {type(error).__name__}: {error}"
    return ""


def _refused(case: dict[str, Any], error: Exception) -> str:
    steps = case["steps"]
    expects_error = steps[-1][0] == "trace" and steps[-1][1] == ["ERROR"]
    if steps[0][0] in ("deployError", "startError") or expects_error:
        return ""
    if steps == [["parse"]]:  # it must be read; what cannot be executed is named by the lint
        return "" if isinstance(error, Refused) else f"it was not read: {error}"
    return f"it was refused: {str(error)[:400]}"


def _same(found: Any, expected: Any) -> None:
    assert found == expected, f"found {found}, expected {expected}"


def _start_error(world: World, key: str, values: dict[str, Any]) -> None:
    world.start(key, values)
    assert world.failures(), "nothing failed"


def _complete_all(world: World) -> None:
    for name in world.active():
        world.complete(name, {})


def _drain(world: World) -> None:
    for _ in range(1000):
        if not world.active():
            return
        _complete_all(world)
    raise AssertionError("there is no end of tasks")


def _message(world: World, name: str) -> None:
    assert world.message(name), f"nobody takes the message {name}"


def _refuse_message(world: World, name: str) -> None:
    assert not world.message(name), f"somebody took the message {name}"


def _trace(world: World, expected: list[str]) -> None:
    found = ["ERROR" if expected == ["ERROR"] and each.startswith("ERROR") else each for each in world.traces]
    if expected == ["ERROR"] and world.failures():
        return
    _same(sorted(Counter(found).items()), sorted(Counter(expected).items()))


def _order(world: World, first: str, second: str) -> None:
    assert first in world.visited and second in world.visited, f"visited only {world.visited}"
    assert world.visited.index(first) < world.visited.index(second), f"{second} came before {first}"


def _ended(world: World, _documents: Any) -> None:
    left = [each["at"] for machine in world.instances for each in machine.state.tokens.values()]
    assert world.instances and all(machine.is_finished for machine in world.instances), f"tokens stand at {left}"


def _not_ended(world: World, _documents: Any) -> None:
    assert any(not machine.is_finished for machine in world.instances), "all instances have ended"


STEPS: dict[str, Any] = {
    "start": lambda world, _, key, values: world.start(key, values) and None,
    "startError": lambda world, _, key, values: _start_error(world, key, values),
    "active": lambda world, _, ids: _same(world.active(), sorted(ids)),
    "complete": lambda world, _, name, values=None: world.complete(name, values or {}),
    "completeAll": lambda world, _: _complete_all(world),
    "drain": lambda world, _: _drain(world),
    "advance": lambda world, _, seconds: world.advance(seconds),
    "message": lambda world, _, name: _message(world, name),
    "messageOne": lambda world, _, name: _message(world, name),
    "messageRefused": lambda world, _, name: _refuse_message(world, name),
    "signal": lambda world, _, name: world.signal(name),
    "set": lambda world, _, values: world.set(values),
    "waitingAt": lambda world, _, ids: _same(world.waiting(), sorted(ids)),
    "visited": lambda world, _, name: _same(name in world.visited and name, name),
    "order": lambda world, _, first, second: _order(world, first, second),
    "var": lambda world, _, name, value: _same(world.variable(name), value),
    "ended": _ended,
    "notEnded": _not_ended,
    "reset": lambda world, documents: World(documents),
    "trace": lambda world, _, expected: _trace(world, expected),
    "parse": lambda world, _: None,
    "deployError": lambda world, _: None,
}
