"""Random programs, driven in random orders: the same bytes with and without a dump and a load after every step, nothing
lost, nothing doubled, and nothing left behind by what is cancelled."""

import itertools
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bpmn import scopes
from engine.bpmn.compiler import upstream
from engine.bpmn.machine import Machine
from engine.bpmn.program import Event, Kind, Loop, Program, Script, Trigger
from engine.bpmn.state import State
from tests.given import NOW, Drawing, Shelf, check

LEAVES = st.sampled_from(["task", "undoable", "script"])
BLOCKS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["seq", "xor", "and", "or", "any"]), inner, inner),
        st.tuples(st.sampled_from(["sub", "guarded", "loop", "each", "repeat"]), inner),
    ),
    max_leaves=7,
)


class Builder:
    """Turns a block into nodes and flows of a drawing, each block between one entry and one exit."""

    def __init__(self) -> None:
        self.drawing = Drawing()
        self.numbers = itertools.count(1)
        self.waiting: list[str] = []

    def program(self, block) -> Program:
        self.drawing.node("begin", Kind.START).node("end", Kind.END)
        undo = Event(Trigger.COMPENSATE)
        self.drawing.node("undo", Kind.THROW, events=(undo,))
        entry, leave = self.build(block, "p")
        self.drawing.flow(f"begin -> {entry}").flow(f"{leave} -> undo -> end")
        return self.drawing.program()

    def name(self, kind: str) -> str:
        return f"{kind}{next(self.numbers)}"

    def build(self, block, scope: str) -> tuple[str, str]:
        if isinstance(block, str):
            return self.leaf(block, scope)
        kind, *inner = block
        return getattr(self, f"_{kind}")(scope, *inner)

    def leaf(self, kind: str, scope: str) -> tuple[str, str]:
        name = self.name(kind)
        if kind == "script":
            self.drawing.node(name, Kind.SCRIPT, scope, work=Script(lambda v: (v.get("n") or 0) + 1, "n"))
        elif kind == "undoable":
            self.drawing.node(f"un{name}", Kind.USER, scope, undoes=True)
            self.drawing.node(name, Kind.USER, scope, undo=f"un{name}")
        else:
            self.drawing.node(name, Kind.USER, scope)
        return name, name

    def _seq(self, scope, first, second):
        (a, b), (c, d) = self.build(first, scope), self.build(second, scope)
        self.drawing.flow(f"{b} -> {c}")
        return a, d

    def _between(self, scope, opens, closes, blocks, conditions, **more):
        split, join = self.name("split"), self.name("join")
        self.drawing.node(split, opens, scope, **more).node(join, closes, scope)
        for block, condition in zip(blocks, conditions, strict=True):
            entry, leave = self.build(block, scope)
            self.drawing.flow(f"{split} -> {entry}", condition).flow(f"{leave} -> {join}")
        if closes in (Kind.INCLUSIVE, Kind.COMPLEX):
            self.waiting.append(join)
        return split, join

    def _xor(self, scope, *blocks):
        even = [lambda v: v.get("n", 0) % 2 == 0, lambda v: v.get("n", 0) % 2 == 1]
        return self._between(scope, Kind.EXCLUSIVE, Kind.EXCLUSIVE, blocks, even)

    def _and(self, scope, *blocks):
        return self._between(scope, Kind.PARALLEL, Kind.PARALLEL, blocks, [None, None])

    def _or(self, scope, *blocks):
        ways = [lambda v: v.get("n", 0) % 3 != 1, lambda v: v.get("n", 0) % 3 != 2]
        return self._between(scope, Kind.INCLUSIVE, Kind.INCLUSIVE, blocks, ways)

    def _any(self, scope, *blocks):
        one = {"activation": lambda v: v["activationCount"] >= 1}
        split, join = self._between(scope, Kind.PARALLEL, Kind.COMPLEX, blocks, [None, None])
        self.drawing.nodes[join].update(one)
        return split, join

    def _sub(self, scope, inner, **more):
        name = self.name("sub")
        self.drawing.node(name, Kind.SUB, scope, **more)
        self.drawing.node(f"b{name}", Kind.START, name).node(f"e{name}", Kind.END, name)
        entry, leave = self.build(inner, name)
        self.drawing.flow(f"b{name} -> {entry}").flow(f"{leave} -> e{name}")
        return name, name

    def _guarded(self, scope, inner):
        name, _ = self._sub(scope, inner)
        merge = self.name("merge")
        self.drawing.node(f"stop{name}", Kind.BOUNDARY, scope, host=name, events=(Event(Trigger.MESSAGE, "stop"),))
        self.drawing.node(f"note{name}", Kind.BOUNDARY, scope, host=name, interrupting=False)
        self.drawing.nodes[f"note{name}"]["events"] = (Event(Trigger.SIGNAL, "note"),)
        self.drawing.node(f"noted{name}", Kind.USER, scope).node(merge, Kind.EXCLUSIVE, scope)
        self.drawing.flow(f"note{name} -> noted{name}")
        self.drawing.flow(f"{name} -> {merge}").flow(f"stop{name} -> {merge}")
        return name, merge

    def _loop(self, scope, inner):
        again, done = self.name("again"), self.name("done")
        entry, leave = self.build(inner, scope)
        self.drawing.node(again, Kind.EXCLUSIVE, scope).node(done, Kind.EXCLUSIVE, scope)
        out = self.name("out")
        self.drawing.node(out, Kind.EXCLUSIVE, scope)
        ask = self.name("ask")  # a loop in which nobody is asked would only use up the budget
        self.drawing.node(ask, Kind.USER, scope)
        self.drawing.flow(f"{again} -> {entry}").flow(f"{leave} -> {ask} -> {done}")
        self.drawing.flow(f"{done} -> {again}", lambda v: v.get("more") is True)
        self.drawing.flow(f"{done} -> {out}", lambda v: v.get("more") is not True)
        return again, out

    def _each(self, scope, inner):
        return self._sub(scope, inner, loop=Loop(count=lambda v: 2))

    def _repeat(self, scope, inner):
        loop = Loop(repeats=True, again=lambda v: v.get("more") is True, maximum=3)
        return self._sub(scope, inner, loop=loop)


def built(block) -> Program:
    """Return the program of the block, with what the compiler would compute for joins that wait."""
    builder = Builder()
    program = builder.program(block)
    edges = [(flow.source, flow.target) for node in program.nodes.values() for flow in node.outgoing]
    edges += [(node.host, node.id) for node in program.nodes.values() if node.host]
    nodes = dict(program.nodes)
    for join in builder.waiting:
        node = nodes[join]
        nodes[join] = replace(node, upstream={f.id: upstream(edges, f.source, join) for f in node.incoming})
    return replace(program, nodes=nodes)


def choices(machine):
    """Return what could be done next: complete a task, or let a message or signal come."""
    return [(key, mark["is"]) for key, mark in machine.state.tokens.items() if mark["is"] in ACTS]


ACTS = ("task", "message", "signal")


def driven(program, seed, reload):
    """Drive the program to its end by the seed's choices; return every state and event on the way."""
    random, library = Random(seed), Shelf(program)
    machine = Machine(library, State.new(), NOW)
    machine.start(program, {"n": random.randrange(6), "more": True})
    seen = [machine.state.dump(), machine.events]
    for step in range(400):
        check(machine)
        if machine.is_finished:
            return machine, seen
        open_now = choices(machine)
        assert open_now, machine.state.dump()
        people = [each for each in open_now if each[1] == "task"]
        token, kind = random.choice(open_now if step < 60 or not people else people)
        if reload:
            machine = Machine(library, State.load(machine.state.dump()), NOW)
        machine.events, machine.steps = [], 0
        if kind == "task":
            machine.complete(token, {"n": random.randrange(6), "more": step < 20 and random.random() < 0.4})
        else:
            machine.deliver(token, {})
        seen += [machine.state.dump(), machine.events]
    raise AssertionError(f"no end: {machine.state.dump()}")


QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(BLOCKS, st.integers(0, 10_000))
def test_a_dump_and_a_load_after_every_step_change_no_byte(block, seed):
    program = built(block)
    _, kept = driven(program, seed, reload=False)
    _, reloaded = driven(program, seed, reload=True)
    assert kept == reloaded


@QUICK
@given(BLOCKS, st.integers(0, 10_000))
def test_every_order_comes_to_an_end_and_leaves_nothing_behind(block, seed):
    machine, _ = driven(built(block), seed, reload=False)
    state = machine.state
    assert not (state.tokens or state.scopes or state.joins or state.reset or state.undo)


@QUICK
@given(BLOCKS, st.integers(0, 10_000), st.integers(0, 6))
def test_cancelling_leaves_nothing_behind_wherever_it_stands(block, seed, steps):
    program, random = built(block), Random(seed)
    machine = Machine(Shelf(program), State.new(), NOW)
    machine.start(program, {"n": seed % 6, "more": True})
    for _ in range(steps):
        tasks = [key for key, kind in choices(machine) if kind == "task"]
        if tasks and not machine.is_finished:
            machine.complete(random.choice(tasks), {"n": random.randrange(6), "more": False})
    inside = [key for key, mark in machine.state.tokens.items() if mark["is"] in ("scope", "body", "task")]
    if inside:
        token = random.choice(inside)
        scope = machine.state.tokens[token]["in"]
        machine.state.scopes[scope]["live"] += 1  # as a boundary event that interrupts would do
        below = gathered(machine, token)
        scopes.cancel_token(machine, token, "test")
        machine.state.scopes[scope]["live"] -= 1
        assert not below & (machine.state.tokens.keys() | machine.state.scopes.keys())
        assert not {key.split("/")[0] for key in [*machine.state.joins, *machine.state.reset]} & below
        assert not machine.state.undo.keys() & below
    if not machine.is_finished:
        machine.cancel("test")
    state = machine.state
    assert not (state.tokens or state.scopes or state.joins or state.reset or state.undo)


def gathered(machine, token):
    """Return the ids of everything inside the activity at the token, the token included."""
    found, edge = set(), [token]
    while edge:
        key = edge.pop()
        found.add(key)
        edge += [each for each in machine.inner.get(key, ()) if each not in found]
        edge += [each for each in machine.held.get(key, ()) if each not in found]
    return found


@QUICK
@given(BLOCKS, st.integers(0, 10_000))
def test_no_task_is_opened_twice_by_one_token(block, seed):
    _, seen = driven(built(block), seed, reload=True)
    opened = [event["token"] for events in seen[1::2] for event in events if event["action"] == "task.opened"]
    assert len(opened) == len(set(opened))
