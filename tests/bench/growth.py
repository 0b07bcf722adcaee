"""What a step costs as a case grows old, wide or long, and among many definitions: milliseconds and bytes.

Cost must not grow with history; a step costs what its moved tokens cost.
"""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine import feel
from engine.bpmn import Machine, State, read
from tests.bench import drawing
from tests.bench.machines import NOW, OneProgram

ROUNDS = (1, 10, 100, 1_000, 10_000)
WIDTHS = (10, 100, 1_000, 5_000)


def _task(state: State) -> str:
    return next(key for key, token in state.tokens.items() if token["is"] == "task")


def _stepped(library: Any, text: str, values: dict[str, Any]) -> str:
    machine = Machine(library, State.load(text), NOW)
    machine.complete(_task(machine.state), values)
    return machine.state.dump()


def loops(_folder: Path) -> Iterator[dict[str, Any]]:
    """Load, complete, dump, at the n-th round of a rework loop."""
    library = OneProgram(read(drawing.loop(), feel).programs)
    machine = Machine(library, State.new(), NOW)
    machine.start(library.program("bench", 1), {"rework": True})
    text, done = machine.state.dump(), 0
    for rounds in ROUNDS:
        while done < rounds:
            text, done = _stepped(library, _stepped(library, text, {}), {"rework": True}), done + 1
        samples = []
        for _ in range(20):
            began = time.perf_counter()
            for _ in range(50):
                _stepped(library, text, {})
            samples.append((time.perf_counter() - began) / 50 * 1000)
        found = round(statistics.median(samples), 4)
        yield {"name": "growth.loops", "rounds": rounds, "value": found, "unit": "ms/step", "state_bytes": len(text)}


def after_2000_loops(_folder: Path) -> Iterator[dict[str, Any]]:
    """Steps a second after 2,000 rounds, and in the first, in one run."""
    library = OneProgram(read(drawing.loop(), feel).programs)
    machine = Machine(library, State.new(), NOW)
    machine.start(library.program("bench", 1), {"rework": True})
    first = old = machine.state.dump()
    for _ in range(2_000):
        old = _stepped(library, _stepped(library, old, {}), {"rework": True})
    rates: dict[str, list[float]] = {"first": [], "old": []}
    for _ in range(40):
        for name, text in (("first", first), ("old", old)):
            began = time.perf_counter()
            for _ in range(100):
                _stepped(library, text, {})
            rates[name].append(100 / (time.perf_counter() - began))
    found = round(statistics.median(rates["old"]), 1)
    ratio = round(statistics.median(rates["first"]) / found, 3)
    line = {"name": "machine.step_after_2000_loops", "value": found, "unit": "steps/s", "n": 40, "median": found}
    yield {**line, "p95": round(sorted(rates["old"])[37], 1), "slower_than_first": ratio}


def widths(_folder: Path) -> Iterator[dict[str, Any]]:
    """All instances of a parallel activity, opened and completed one by one in one machine: linear or not."""
    library = OneProgram(read(drawing.instances(), feel).programs)
    for width in WIDTHS:
        machine = Machine(library, State.new(), NOW)
        began = time.perf_counter()
        machine.start(library.program("bench", 1), {"units": [f"u{n}" for n in range(width)]})
        size = len(machine.state.dump())
        for token in [key for key, each in machine.state.tokens.items() if each["is"] == "task"]:
            machine.complete(token, {})
        spent = time.perf_counter() - began
        line = {"name": "growth.instances", "instances": width, "value": round(spent, 4), "unit": "s"}
        yield {**line, "us_each": round(spent / width * 1e6, 1), "state_bytes": size}


def long_process(_folder: Path) -> Iterator[dict[str, Any]]:
    """A step in the middle of processes of 20 and of 500 nodes."""
    for nodes in (20, 500):
        library = OneProgram(read(drawing.row(nodes - 2), feel).programs)
        machine = Machine(library, State.new(), NOW)
        machine.start(library.program("bench", 1), {})
        text = machine.state.dump()
        for _ in range(nodes // 2):
            text = _stepped(library, text, {})
        samples = []
        for _ in range(20):
            began = time.perf_counter()
            for _ in range(100):
                _stepped(library, text, {})
            samples.append(100 / (time.perf_counter() - began))
        found = round(statistics.median(samples), 1)
        yield {"name": "growth.nodes", "nodes": nodes, "value": found, "unit": "steps/s", "state_bytes": len(text)}


def mixed(_folder: Path) -> Iterator[dict[str, Any]]:
    """A thousand cases of fifty definitions, a step of each in turn; and what a live case weighs."""
    source = drawing.incident()
    libraries = [OneProgram(read(source.replace(b"urn:bench", b"urn:%d" % n), feel).programs) for n in range(50)]
    texts = []
    for number in range(1_000):
        library = libraries[number % 50]
        machine = Machine(library, State.new(), NOW)
        machine.start(library.program("bench", 1), {"weight": 2, "number": number, "rework": False})
        texts.append(machine.state.dump())
    samples, sizes = [], [len(text) for text in texts]
    for _ in range(7):
        began = time.perf_counter()
        texts = [_stepped(libraries[number % 50], text, {}) for number, text in enumerate(texts)]
        samples.append(1_000 / (time.perf_counter() - began))
        sizes += [len(text) for text in texts]
    found = round(statistics.median(samples), 1)
    line = {"name": "growth.mixed", "cases": 1_000, "definitions": 50, "value": found, "unit": "steps/s"}
    yield {**line, "state_bytes": round(statistics.mean(sizes)), "state_bytes_most": max(sizes)}
