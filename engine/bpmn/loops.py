"""Multi-instance activities. Source: BPMN 2.0.2, 13.3.7."""

from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, scopes
from engine.bpmn.program import Loop, Node
from engine.bpmn.values import FAULTS, plain
from engine.errors import ConflictError

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine

INSTANCES = 5_000


def begin(machine: "Machine", scope: str, node: Node, loop: Loop) -> None:
    """Make the body and its instances: all at once, or the first one of a sequential loop."""
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
        activities.work(machine, inner, node)
    except FAULTS as error:  # one instance fails; the others go on
        scopes.take_back(machine, *before)
        machine.fault(inner, node, None, str(error) or type(error).__name__)
    if inner not in machine.state.scopes:
        return
    machine.state.scopes[inner]["live"] -= 1
    if machine.state.scopes[inner]["live"] == 0:
        machine.emptied.append(inner)


def outcome(machine: "Machine", body: str, node: Node, scope: str) -> tuple[Any, bool]:
    """Return what the instance, which is done, puts into the results, and whether the completion condition holds."""
    mark, loop = machine.state.tokens[body], node.loop
    if loop is None or (loop.element is None and loop.until is None):
        return None, False
    view = machine.view(scope)
    value = plain(loop.element(view)) if loop.element is not None else None
    return value, _is_enough(machine, body, loop, view, mark["done"] + 1, 1)


def _is_enough(machine: "Machine", body: str, loop: Loop, view: dict[str, Any], done: int, leaving: int) -> bool:
    if loop.until is None:
        return False
    mark = machine.state.tokens[body]
    counts = {
        "nrOfInstances": mark["n"],
        "nrOfCompletedInstances": done,
        "nrOfTerminatedInstances": mark["ended"],
        "nrOfActiveInstances": len(machine.inner.get(body, ())) - leaving,
    }
    return loop.until({**view, **counts}) is True


def ended(machine: "Machine", body: str, node: Node, instance: dict[str, Any], result: tuple[Any, bool]) -> None:
    """Take in the outcome of an instance; go on with the next, or complete the body when all or enough are done."""
    mark, loop = machine.state.tokens[body], node.loop
    if loop is None:
        return
    mark["done"] += 1
    index = instance["vars"]["loopCounter"] - 1
    if loop.element is not None:
        mark["out"][index] = result[0]
    elif not loop.output:
        own = {k: v for k, v in instance["vars"].items() if k not in ("loopCounter", loop.item)}
        scopes.write(machine, mark["in"], own)
    machine.note("instance.ended", body, mark["in"], activity=node.id, index=index + 1)
    if result[1]:
        _end_all(machine, body, node)
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
    raise ConflictError(f"token {body} is no running parallel activity over a collection")


def add_instance(machine: "Machine", body: str, item: Any) -> None:
    """Start one more instance of a running parallel activity. Raises ConflictError if it runs no longer."""
    node, _loop = _running(machine, body)
    mark = machine.state.tokens[body]
    if mark["n"] >= INSTANCES:
        raise ConflictError(f"{node.name or node.id} has {INSTANCES} instances, more are not allowed")
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
        raise ConflictError(f"token {token} is in no instance")
    body = machine.state.scopes[scope]["token"]
    node, loop = _running(machine, body)
    _end(machine, scope, "ended by hand")
    mark = machine.state.tokens[body]
    try:
        enough = _is_enough(machine, body, loop, machine.view(mark["in"]), mark["done"], 0)
    except FAULTS:  # it may speak of what only an instance has; the next that completes asks again
        enough = False
    if enough:
        _end_all(machine, body, node)
    elif mark["done"] + mark["ended"] >= mark["n"]:
        _finish(machine, body, node)
