"""Short builders for tests: programs without a drawing, and a library that holds them."""

import itertools
import re
from datetime import UTC, datetime
from typing import Any

from engine import bpmn, feel
from engine.bpmn.machine import Machine
from engine.bpmn.program import Decided, Event, Flow, Kind, Node, Program, ScopeInfo
from engine.bpmn.state import State

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:muster="urn:muster:bpmn:1" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="urn:test">'
    '<error id="no" errorCode="refused"/><message id="m" name="answer"/><message id="n" name="note"/>'
    '<signal id="sig" name="alarm"/><signal id="sig2" name="all clear"/><escalation id="esc" escalationCode="up"/>'
    '<process id="p" isExecutable="true">'
)
FLOW = '<sequenceFlow id="{0}_{1}" sourceRef="{0}" targetRef="{1}"/>'


def drawing(inside: str, *flows: str, after: str = "") -> bytes:
    """Return a document with one process ``p``; a flow is "source target"; ``after`` stands behind the process."""
    drawn = "".join(FLOW.format(*each.split()) for each in flows)
    links = "".join(re.findall("<association .*?/>", inside))  # the schema wants them last
    inside = re.sub("<association .*?/>", "", inside)
    return (HEAD + inside + drawn + links + f"</process>{after}</definitions>").encode()


def choice(source: str, target: str, condition: str) -> str:
    """Return a flow with a condition."""
    return (
        f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">'
        f'<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression></sequenceFlow>'
    )


def drawn(inside: str, *flows: str, after: str = "", library: "Shelf | None" = None, **values: Any) -> Machine:
    """Return a machine on which the drawn process was started with the values."""
    found = bpmn.read(drawing(inside, *flows, after=after), feel)
    errors = [str(each) for each in found.problems if each.level == "error"]
    assert not errors, "; ".join(errors)
    machine = Machine(library or Shelf(*found.programs.values()), State.new(), NOW)
    machine.start(found.programs["p"], values)
    check(machine)
    return machine


NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


class Shelf:
    """A library of the programs given to it; decisions are functions."""

    zone, budget = "Asia/Shanghai", 10_000

    def __init__(self, *programs: Program, decisions: dict[str, Any] | None = None) -> None:
        self.programs = {program.key: program for program in programs}
        self.decisions = decisions or {}

    def program(self, key: str, version: int) -> Program:
        return self.programs[key]

    def bind(self, key: str, binding: str, version: int | None) -> int:
        if key not in self.programs and key not in self.decisions:
            raise LookupError(f"nothing called {key} is deployed")
        return version or 1

    def decide(self, key: str, version: int, values: Any) -> Decided:
        return Decided(self.decisions[key](values), version, (1,))


class Drawing:
    """Collects nodes and flows, scope by scope, and makes a program of them."""

    def __init__(self, key: str = "p") -> None:
        self.key = key
        self.nodes: dict[str, dict[str, Any]] = {}
        self.flows: list[Flow] = []

    def node(self, name: str, kind: Kind, scope: str | None = None, **more: Any) -> "Drawing":
        """Add a node."""
        self.nodes[name] = {"id": name, "name": name, "kind": kind, "scope": scope or self.key, **more}
        return self

    def flow(self, path: str, condition: Any = None) -> "Drawing":
        """Add flows along ``a -> b -> c``; the condition is that of the last."""
        names = [each.strip() for each in path.split("->")]
        for source, target in itertools.pairwise(names):
            last = condition if target == names[-1] else None
            self.flows.append(Flow(f"{source}-{target}", source, target, last, "condition" if last else None))
        return self

    def program(self) -> Program:
        """Return the finished program."""
        nodes = {}
        for name, each in self.nodes.items():
            boundary = tuple(n for n, other in self.nodes.items() if other.get("host") == name)
            default = next((flow for flow in self.flows if flow.id == each.get("default")), None)
            nodes[name] = Node(
                **{**each, "default": default},
                incoming=tuple(flow for flow in self.flows if flow.target == name),
                outgoing=tuple(flow for flow in self.flows if flow.source == name),
                boundary=boundary,
            )
        containers = [self.key, *(n for n, each in nodes.items() if each.kind in (Kind.SUB, Kind.EVENT_SUB))]
        scopes = {
            each: ScopeInfo(
                each,
                starts=tuple(n for n, node in nodes.items() if node.scope == each and node.kind == Kind.START),
                event_subs=tuple(n for n, node in nodes.items() if node.scope == each and node.kind == Kind.EVENT_SUB),
            )
            for each in containers
        }
        return Program(self.key, self.key, "digest", nodes, scopes, scopes[self.key].starts)


def a_line(*tasks: str) -> Program:
    """Return a process of user tasks in a row."""
    drawing = Drawing().node("begin", Kind.START).node("finish", Kind.END)
    for task in tasks:
        drawing.node(task, Kind.USER)
    return drawing.flow(" -> ".join(["begin", *tasks, "finish"])).program()


def started(program: Program, *others: Program, values: dict[str, Any] | None = None, **more: Any) -> Machine:
    """Return a machine on which the program was started."""
    machine = Machine(Shelf(program, *others, **more), State.new(), NOW)
    machine.start(program, values or {})
    check(machine)
    return machine


def standing(machine: Machine) -> list[str]:
    """Return where people are asked, in order of the tokens."""
    return [token["at"] for token in machine.state.tokens.values() if token["is"] == "task"]


def at(machine: Machine, name: str, kind: str = "task") -> str:
    """Return the first token of the kind that stands at the node."""
    return next(k for k, token in machine.state.tokens.items() if token["at"] == name and token["is"] == kind)


def complete(machine: Machine, name: str, **values: Any) -> None:
    """Complete the first task at the node, with a dump and a load before, and check the invariants after."""
    machine.state = State.load(machine.state.dump())
    machine._guests = machine._inner = machine._held = machine._joins = None
    machine.complete(at(machine, name), values)
    check(machine)


def check(machine: Machine) -> None:
    """Fail if a token, scope or count refers to what does not exist (the machine's invariants)."""
    state = machine.state
    for key, token in state.tokens.items():
        assert token["in"] in state.scopes, (key, token)
        assert machine.node_at(token)
        assert token["is"] != "done", (key, token)
        assert "host" not in token or token["host"] in state.tokens or token["host"] in state.scopes
        assert token["is"] != "timer" or token["due"]
        assert token["is"] != "failed" or (token["why"] and token["phase"] in ("enter", "leave"))
        repeats = token["is"] == "body" and machine.node_at(token).loop.repeats
        assert token["is"] != "body" or repeats or len(token["out"]) == token["n"] >= token["done"] + token["ended"]
    for key, scope in state.scopes.items():
        live = sum(1 for token in state.tokens.values() if token["in"] == key and "host" not in token)
        live += sum(sum(counts.values()) for join, counts in state.joins.items() if join.split("/")[0] == key)
        live += sum(1 for each in state.scopes.values() if each.get("up") == key and each["kind"] == "handler")
        assert scope["live"] == live, (key, scope, live)
        assert "token" not in scope or scope["token"] in state.tokens
        assert "up" not in scope or scope["up"] in state.scopes
        assert "handler" not in scope or scope["handler"] in state.scopes
        assert scope["live"] > 0 or "adhoc" in scope, (key, scope)
    for key, counts in state.joins.items():
        scope, name = key.split("/", 1)
        flows = {flow.id for flow in machine.program_of(scope).nodes[name].incoming}
        assert counts and set(counts) <= flows and min(counts.values()) > 0, (key, counts)
    assert all(key in state.scopes for key in state.undo)
    assert all(key.split("/")[0] in state.scopes for key in state.reset)
    assert not machine.queue and not machine.later
    _check_indices(machine)
    assert State.load(state.dump()) == state


def _check_indices(machine: Machine) -> None:
    fresh = Machine(machine.library, machine.state, machine.now)
    for kept, made in (
        (machine._guests, fresh.guests),
        (machine._inner, fresh.inner),
        (machine._held, fresh.held),
        (machine._joins, fresh.joins),
    ):
        if kept is not None:
            assert {key: list(ids) for key, ids in kept.items() if ids} == {key: list(ids) for key, ids in made.items()}


def reloaded(machine: Machine, now: datetime | None = None) -> Machine:
    """Return a machine on the same state after a dump and a load, at another moment if one is given."""
    return Machine(machine.library, State.load(machine.state.dump()), now or machine.now)


def whys(machine: Machine) -> list[tuple[str, str]]:
    """Return where tokens have failed, and in which phase."""
    return [(token["at"], token["phase"]) for token in machine.state.tokens.values() if token["is"] == "failed"]


def a_timer(text: str) -> tuple[Event, ...]:
    """Return the event of a timer with a fixed duration."""
    return (Event("timer", when=lambda _: text, when_kind="duration"),)  # type: ignore[arg-type]
