"""The pure parts: machine, SpiffWorkflow's own cycle on the same diagram, FEEL, decision tables."""

import io
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine import dmn, feel
from engine.bpmn import Machine, State, read
from engine.bpmn.values import plain
from tests.bench import drawing, figures
from tests.unit import test_feel_attacks

try:
    from bkflow_feel.api import parse_expression as peer
except ImportError:  # it belongs to the test extra
    peer = None

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


class OneProgram:
    """A library that holds the programs of one document."""

    zone, budget = "Asia/Shanghai", 10_000

    def __init__(self, programs: Mapping[str, Any]) -> None:
        self._programs = programs

    def program(self, key: str, version: int) -> Any:
        return self._programs[key]

    def bind(self, key: str, binding: str, version: int | None) -> int:
        return 1

    def decide(self, key: str, version: int, values: Any) -> Any:
        raise LookupError(key)


def step(_folder: Path) -> Iterator[dict[str, Any]]:
    """Reload, complete one task, dump, through the whole process; steps a second."""
    programs = read(drawing.incident(), feel).programs
    library, samples, sizes = OneProgram(programs), [], []
    for _ in range(200):
        machine = Machine(library, State.new(), NOW)
        machine.start(programs["bench"], {"weight": 2, "rework": False})
        text, steps, began = machine.state.dump(), 0, time.perf_counter()
        while not machine.is_finished:
            machine = Machine(library, State.load(text), NOW)
            token = next(key for key, value in machine.state.tokens.items() if value["is"] == "task")
            machine.complete(token, {})
            text = machine.state.dump()
            steps += 1
            sizes.append(len(text))
        samples.append(steps / (time.perf_counter() - began))
    yield {**figures.summary("machine.step", samples, "steps/s"), "state_bytes": round(statistics.mean(sizes))}


class Feel(BasePythonScriptEngineEnvironment):
    """Lets SpiffWorkflow evaluate FEEL, so that both sides run the same text."""

    def evaluate(self, expression: str, context: dict[str, Any], external_context: Any = None) -> Any:
        return plain(_compiled(expression)({**context, **(external_context or {})}))

    def execute(self, script: str, context: dict[str, Any], external_context: Any = None) -> bool:
        context.update(plain(_compiled(script)(dict(context))))
        return True


@cache
def _compiled(text: str) -> Any:
    return feel.compile(text)


def spiff_cycle(_folder: Path) -> Iterator[dict[str, Any]]:
    """SpiffWorkflow's full load-complete-dump on the same diagram, through the whole process; steps a second."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(drawing.incident())))
    serializer, engine = BpmnWorkflowSerializer(), PythonScriptEngine(environment=Feel())
    samples = []
    for _ in range(8):
        workflow = BpmnWorkflow(parser.get_spec("bench"), parser.get_subprocess_specs("bench"), script_engine=engine)
        workflow.task_tree.data.update({"weight": 2, "rework": False})
        workflow.do_engine_steps()
        text, steps, began = serializer.serialize_json(workflow), 0, time.perf_counter()
        while not workflow.is_completed() and steps < 20:
            workflow = serializer.deserialize_json(text)
            workflow.script_engine = engine
            workflow.get_tasks(state=TaskState.READY, manual=True)[0].run()
            workflow.do_engine_steps()
            text = serializer.serialize_json(workflow)
            steps += 1
        samples.append(steps / (time.perf_counter() - began))
    yield {**figures.summary("spiff.cycle", samples, "steps/s"), "state_bytes": len(text)}


def feel_condition(_folder: Path) -> Iterator[dict[str, Any]]:
    """A compiled condition; microseconds."""
    expression = feel.compile('severity = "A" and count(units) > 1')
    values = {"severity": "A", "units": ["roads", "water"]}
    samples = []
    for _ in range(50):
        samples.append(figures.timed(lambda: [expression(values) for _ in range(2000)]) / 2000 * 1e6)
    yield figures.summary("feel.condition", samples, "us")


def feel_peer(_folder: Path) -> Iterator[dict[str, Any]]:
    """The same condition in the package ``bkflow-feel`` and in ours, in one run; it parses the text each time.

    Only what both know: the peer takes no variable as the argument of a function.
    """
    if peer is None:
        yield {"name": "feel.peer", "skipped": "the package bkflow-feel of the test extra is not installed"}
        return
    text, values = 'severity = "A" and weight > 1', {"severity": "A", "weight": 2}
    ours = feel.compile(text)
    theirs = [figures.timed(lambda: [peer(text, values) for _ in range(20)]) / 20 * 1e6 for _ in range(20)]
    own = [figures.timed(lambda: [ours(values) for _ in range(2000)]) / 2000 * 1e6 for _ in range(20)]
    line = figures.summary("feel.peer", theirs, "us")
    yield {**line, "ours_us": round(statistics.median(own), 3), "times": round(line["median"] / statistics.median(own))}


def feel_attacks(_folder: Path) -> Iterator[dict[str, Any]]:
    """How long the slowest expression of the attack list works, and the memory that the whole list takes."""
    slowest, megabytes = test_feel_attacks.slowest_and_largest()
    yield figures.summary("feel.attacks", [slowest], "ms") | {"megabytes": round(megabytes, 1)}


def dmn_table(_folder: Path) -> Iterator[dict[str, Any]]:
    """A decision table of 100 rules; microseconds."""
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>"item{n}"</text></inputEntry>'
        f'<inputEntry id="j{n}"><text>&lt; {n + 5}</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>"unit{n}"</text></outputEntry></rule>'
        for n in range(100)
    )
    source = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:bench">'
        '<decision id="route" name="route"><decisionTable id="t" hitPolicy="UNIQUE">'
        '<input id="a"><inputExpression id="ae" typeRef="string"><text>item</text></inputExpression></input>'
        '<input id="b"><inputExpression id="be" typeRef="number"><text>weight</text></inputExpression></input>'
        f'<output id="c" name="unit" typeRef="string"/>{rules}</decisionTable></decision></definitions>'
    )
    decision = dmn.read(source.encode())
    samples = []
    for n in range(100):
        values = {"item": f"item{n}", "weight": 3}
        samples.append(figures.timed(lambda v=values: [dmn.decide(decision, "route", v) for _ in range(20)]) / 20 * 1e6)
    yield figures.summary("dmn.table_100", samples, "us")
