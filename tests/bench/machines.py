"""The pure parts: machine, SpiffWorkflow's own cycle on the same diagram, FEEL, decision tables."""

import io
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine import dmn, feel
from engine.bpmn import Machine, State, read
from tests.bench import figures

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:bench">'
)


def diagram(tasks: int = 22) -> bytes:
    """Return a process of ``tasks`` user tasks in a row between a start and an end, with a rework loop at the last."""
    parts = ['<startEvent id="begin"/>']
    names = ["begin", *(f"t{n}" for n in range(tasks)), "finish"]
    parts += [f'<userTask id="t{n}" name="t{n}"/>' for n in range(tasks)]
    parts.append('<endEvent id="finish"/>')
    parts += [
        f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>'
        for n, (a, b) in enumerate(itertools.pairwise(names))
    ]
    body = "".join(parts)
    return f'{HEAD}<process id="bench" isExecutable="true">{body}</process></definitions>'.encode()


class OneProgram:
    """A library that holds one program."""

    zone, budget = "Asia/Shanghai", 10_000

    def __init__(self, program: Any) -> None:
        self._program = program

    def program(self, key: str, version: int) -> Any:
        return self._program

    def bind(self, key: str, binding: str, version: int | None) -> int:
        return 1

    def decide(self, key: str, version: int, values: Any) -> Any:
        raise LookupError(key)


def step(_folder: Path) -> Iterator[dict[str, Any]]:
    """Reload, complete one task, dump; steps a second."""
    program = read(diagram(), feel).programs["bench"]
    library = OneProgram(program)
    samples = []
    for _ in range(200):
        machine = Machine(library, State.new(), NOW)
        machine.start(program, {"weight": 2, "departments": ["roads", "water"]})
        text, steps, began = machine.state.dump(), 0, time.perf_counter()
        while not machine.is_finished:
            machine = Machine(library, State.load(text), NOW)
            token = next(key for key, value in machine.state.tokens.items() if value["is"] == "task")
            machine.complete(token, {})
            text = machine.state.dump()
            steps += 1
        samples.append(steps / (time.perf_counter() - began))
    yield figures.summary("machine.step", samples, "steps/s")


def spiff_cycle(_folder: Path) -> Iterator[dict[str, Any]]:
    """SpiffWorkflow's full load-complete-dump on the same diagram."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(diagram())))
    workflow = BpmnWorkflow(parser.get_spec("bench"))
    serializer = BpmnWorkflowSerializer()
    workflow.do_engine_steps()
    text, samples = serializer.serialize_json(workflow), []
    for _ in range(20):
        began = time.perf_counter()
        workflow = serializer.deserialize_json(text)
        workflow.get_tasks(state=TaskState.READY, manual=True)[0].run()
        workflow.do_engine_steps()
        text = serializer.serialize_json(workflow)
        samples.append(1 / (time.perf_counter() - began))
    yield figures.summary("spiff.cycle", samples, "steps/s")


def feel_condition(_folder: Path) -> Iterator[dict[str, Any]]:
    """A compiled condition; microseconds."""
    expression = feel.compile('severity = "A" and count(units) > 1')
    values = {"severity": "A", "units": ["roads", "water"]}
    samples = []
    for _ in range(50):
        samples.append(figures.timed(lambda: [expression(values) for _ in range(2000)]) / 2000 * 1e6)
    yield figures.summary("feel.condition", samples, "us")


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
