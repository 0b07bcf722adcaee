"""Multi-instance activities and standard loops. Source: BPMN 2.0.2, 10.3.8, 13.3.6 and 13.3.7."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, scopes, throwing
from engine.bpmn.program import Event, Loop, Node
from engine.bpmn.values import FAULTS, plain
from engine.errors import ConflictError

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine

INSTANCES = 5_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from an instance that is done: its result, whether the rest is not needed, what it throws."""

    value: Any = None
    enough: bool = False
    thrown: tuple[Event, ...] = ()


def begin(machine: "Machine", scope: str, node: Node, loop: Loop) -> None:
    """Make the body and its instances: all at once, or the first one of a sequential loop."""
    if loop.repeats:
        _begin_turns(machine, scope, node, loop)
        return
    view = machine.view(scope)
    items = _items(loop, view)
    if len(items) > INSTANCES:
        raise ValueError(f"{len(items)} instances of {node.name or node.id}, at most {INSTANCES} are allowed")
    body = machine.stand(scope, node, "body", n=len(items), done=0, ended=0, out=[None] * len(items))
    mark = machine.state.tokens[body]
    activities.arm_boundary(machine, scope, node, body)
    machine.note("loop.started", body, scope, activity=node.id, n=len(items))
    if not items:
        _finish(machine, body, node)
    elif loop.sequential:
        mark["items"] = [plain(item) for item in items]
        _instance(machine, body, node, 0, items[0])
    else:
        for index, item in enumerate(items):
            _instance(machine, body, node, index, item)


def _begin_turns(machine: "Machine", scope: str, node: Node, loop: Loop) -> None:
    body = machine.stand(scope, node, "body", n=0, done=0, ended=0, out=[])
    activities.arm_boundary(machine, scope, node, body)
    machine.note("loop.started", body, scope, activity=node.id)
    if loop.test_before and not _goes_on(loop, {**machine.view(scope), "loopCounter": 0}, 0):
        _finish(machine, body, node)
    else:
        _turn(machine, body, node, 1)


def _goes_on(loop: Loop, view: dict[str, Any], done: int) -> bool:
    """Say whether a standard loop takes another turn after ``done`` of them."""
    if loop.maximum is not None and done >= loop.maximum:
        return False
    return loop.again is None or loop.again(view) is True


def _turn(machine: "Machine", body: str, node: Node, number: int) -> None:
    """Begin a turn of a standard loop; it counts as a step, so that an endless loop uses up the budget."""
    outside = machine.state.tokens[body]["in"]
    process = machine.state.scopes[outside]["p"]
    inner = scopes.open_scope(machine, node.id, "loop", process, body, {"loopCounter": number}, parent=outside)
    machine.arrive(inner, node, None)


def _items(loop: Loop, view: dict[str, Any]) -> list[Any]:
    if loop.count is not None:
        count = loop.count(view)
        if count is None or isinstance(count, bool) or int(count) != count or count < 0:
            raise ValueError(f"the number of instances is {count}")
        return list(range(1, int(count) + 1)) if loop.item else [None] * int(count)
    items = loop.items(view) if loop.items else None
    if not isinstance(items, list):
        raise ValueError("the collection of the instances is not a list")
    return items


def _instance(machine: "Machine", body: str, node: Node, index: int, item: Any) -> None:
    mark = machine.state.tokens[body]
    values = {"loopCounter": index + 1}
    if node.loop is not None and node.loop.item:
        values[node.loop.item] = plain(item)
    process = machine.state.scopes[mark["in"]]["p"]
    inner = scopes.open_scope(machine, node.id, "item", process, body, values, parent=mark["in"])
    machine.state.scopes[inner]["live"] += 1
    before = (machine.state.seq, len(machine.queue), len(machine.events))
    try:
        if node.kind not in activities.OWN_INPUTS:
            machine.state.scopes[inner]["vars"].update(activities.inputs(machine, inner, node))
        activities.work(machine, inner, node)
    except FAULTS as error:  # one instance fails; the others go on
        scopes.take_back(machine, *before)
        machine.fault(inner, node, None, str(error) or type(error).__name__)
    if inner not in machine.state.scopes:
        return
    machine.state.scopes[inner]["live"] -= 1
    if machine.state.scopes[inner]["live"] == 0:
        machine.emptied.append(inner)


def outcome(machine: "Machine", body: str, node: Node, scope: str) -> Outcome:
    """Return what follows from the instance, which is done."""
    mark, loop = machine.state.tokens[body], node.loop
    if loop is None or not (loop.element or loop.until or loop.repeats or loop.behaviour):
        return Outcome()
    view, done = machine.view(scope), mark["done"] + 1
    if loop.repeats:
        return Outcome(enough=not _goes_on(loop, view, done))
    value = plain(loop.element(view)) if loop.element is not None else None
    view |= _counts(machine, body, done, 1)
    enough = loop.until is not None and loop.until(view) is True
    thrown: list[Event] = []
    for each in loop.behaviour:
        if each.kind == "None" or (each.kind == "One" and done == 1):
            thrown += each.events
        elif each.kind == "Complex" and each.condition is not None and each.condition(view) is True:
            thrown += each.events
            enough = True
    return Outcome(value, enough, tuple(thrown))


def _counts(machine: "Machine", body: str, done: int, leaving: int) -> dict[str, int]:
    mark = machine.state.tokens[body]
    return {
        "nrOfInstances": mark["n"],
        "nrOfCompletedInstances": done,
        "nrOfTerminatedInstances": mark["ended"],
        "nrOfActiveInstances": len(machine.inner.get(body, ())) - leaving,
    }


def ended(machine: "Machine", body: str, node: Node, instance: dict[str, Any], result: Outcome) -> None:
    """Take in the outcome of an instance; go on with the next, or complete the body when all or enough are done."""
    mark, loop = machine.state.tokens[body], node.loop
    if loop is None:
        return
    mark["done"] += 1
    index = instance["vars"]["loopCounter"] - 1
    if loop.element is not None:
        mark["out"][index] = result.value
    elif not loop.output and not loop.repeats:
        own = {k: v for k, v in instance["vars"].items() if k not in ("loopCounter", loop.item)}
        scopes.write(machine, mark["in"], own)
    machine.note("instance.ended", body, mark["in"], activity=node.id, index=index + 1)
    for event in result.thrown:
        throwing.throw_from_loop(machine, body, node, event)
        if body not in machine.state.tokens:
            return
    if result.enough:
        _end_all(machine, body, node)
    elif loop.repeats:
        _turn(machine, body, node, index + 2)
    elif mark["done"] + mark["ended"] >= mark["n"]:
        _finish(machine, body, node)
    elif loop.sequential:
        _instance(machine, body, node, index + 1, mark["items"][index + 1])


def _end_all(machine: "Machine", body: str, node: Node) -> None:
    for inner in list(machine.inner.get(body, ())):
        _end(machine, inner, "completion condition")
    _finish(machine, body, node)


def _end(machine: "Machine", inner: str, why: str) -> None:
    body = machine.state.scopes[inner]["token"]
    scopes.clear(machine, inner, why)
    scopes.close(machine, inner)
    machine.state.tokens[body]["ended"] += 1


def keep_results(machine: "Machine", body: str, node: Node) -> None:
    """Write the results that are there to the output of the loop, in the order of the input."""
    mark = machine.state.tokens[body]
    if node.loop is not None and node.loop.output:
        scopes.write(machine, mark["in"], {node.loop.output: mark["out"]})


def _finish(machine: "Machine", body: str, node: Node) -> None:
    mark = machine.state.tokens[body]
    machine.note("loop.ended", body, mark["in"], activity=node.id, completed=mark["done"], ended=mark["ended"])
    keep_results(machine, body, node)
    activities.leave(machine, body, node)


def _running(machine: "Machine", body: str) -> tuple[Node, Loop]:
    """Return the node and loop of a body whose instances may change. Raises ConflictError."""
    mark = machine.state.tokens.get(body)
    if mark is not None and mark["is"] == "body" and "items" not in mark:
        node = machine.node_at(mark)
        if node.loop is not None and node.loop.items is not None:
            return node, node.loop
    raise ConflictError("token {token} is no running parallel activity over a collection", token=body)


def add_instance(machine: "Machine", body: str, item: Any) -> None:
    """Start one more instance of a running parallel activity. Raises ConflictError if it runs no longer."""
    node, _loop = _running(machine, body)
    mark = machine.state.tokens[body]
    if mark["n"] >= INSTANCES:
        raise ConflictError(
            "{activity} has {n} instances, more are not allowed", activity=node.name or node.id, n=INSTANCES
        )
    mark["n"] += 1
    mark["out"].append(None)
    _instance(machine, body, node, mark["n"] - 1, item)


def end_instance(machine: "Machine", token: str) -> None:
    """End the innermost instance around the token, without a result. Raises ConflictError if there is none."""
    mark = machine.state.tokens.get(token)
    scope = mark["in"] if mark is not None else None
    while scope is not None and machine.state.scopes[scope]["kind"] != "item":
        scope = machine.state.scopes[scope].get("up")
    if scope is None:
        raise ConflictError("token {token} is in no instance", token=token)
    body = machine.state.scopes[scope]["token"]
    node, loop = _running(machine, body)
    _end(machine, scope, "ended by hand")
    mark = machine.state.tokens[body]
    try:
        view = {**machine.view(mark["in"]), **_counts(machine, body, mark["done"], 0)}
        enough = loop.until is not None and loop.until(view) is True
    except FAULTS:  # it may speak of what only an instance has; the next that completes asks again
        enough = False
    if enough:
        _end_all(machine, body, node)
    elif mark["done"] + mark["ended"] >= mark["n"]:
        _finish(machine, body, node)
