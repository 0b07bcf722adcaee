"""Gateways: which flows a token takes, and which tokens a join waits for. Source: BPMN 2.0.2, 10.6 and 13.4."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, events
from engine.bpmn.program import Flow, Kind, Node
from engine.bpmn.values import FAULTS

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine


GATEWAYS = {Kind.EXCLUSIVE, Kind.PARALLEL, Kind.INCLUSIVE, Kind.EVENT_BASED, Kind.COMPLEX}


def enter(machine: "Machine", scope: str, node: Node, flow: Flow | None) -> None:
    """Take the flows that the gateway gives; at a join, wait until what it waits for is there."""
    match node.kind:
        case Kind.EXCLUSIVE:
            take(machine, scope, node, (_exclusive(machine, scope, node),) if node.outgoing else ())
        case Kind.PARALLEL:
            if _joined(machine, scope, node, flow):
                take(machine, scope, node, node.outgoing)
        case Kind.EVENT_BASED:
            _await_first(machine, scope, node)
        case Kind.INCLUSIVE if len(node.incoming) < 2:
            take(machine, scope, node, _inclusive(machine, scope, node))
        case Kind.COMPLEX if len(node.incoming) < 2 and node.activation is None:
            take(machine, scope, node, _inclusive(machine, scope, node))
        case Kind.INCLUSIVE | Kind.COMPLEX:
            _arrive(machine, scope, node, flow)
            if node.kind == Kind.COMPLEX and f"{scope}/{node.id}" not in machine.state.reset:
                try:
                    _activate(machine, scope, node)
                except FAULTS:
                    _consume(machine, scope, node, (flow.id if flow is not None else "",))
                    raise


def take(machine: "Machine", scope: str, node: Node, flows: tuple[Flow, ...]) -> None:
    """Send a token over each of the flows."""
    machine.note("gateway.taken", None, scope, activity=node.id, flows=[each.id for each in flows])
    nodes = machine.program_of(scope).nodes
    for each in flows:
        machine.arrive(scope, nodes[each.target], each)


def _exclusive(machine: "Machine", scope: str, node: Node) -> Flow:
    """Return the first flow in document order whose condition is exactly true, else the default."""
    if len(node.outgoing) == 1 and node.outgoing[0].condition is None:
        return node.outgoing[0]
    view = machine.view(scope)
    for flow in node.outgoing:
        if flow is node.default or (node.default and flow.id == node.default.id):
            continue
        if flow.condition is None or flow.condition(view) is True:
            return flow
    if node.default is None:
        raise ValueError(f"no condition of gateway {node.name or node.id} is true, and it has no default flow")
    return node.default


def _inclusive(machine: "Machine", scope: str, node: Node, counts: Mapping[str, Any] | None = None) -> tuple[Flow, ...]:
    """Return every flow whose condition is true (a flow without one always), else the default."""
    if all(flow.condition is None for flow in node.outgoing):
        return node.outgoing
    view, default = {**machine.view(scope), **(counts or {})}, node.default.id if node.default else None
    taken = [each for each in node.outgoing if each.id != default]
    taken = [each for each in taken if each.condition is None or each.condition(view) is True]
    if not taken and node.default is not None:
        taken = [node.default]
    if not taken:
        raise ValueError(f"no condition of gateway {node.name or node.id} is true, and it has no default flow")
    return tuple(taken)


# ---- event-based


def _await_first(machine: "Machine", scope: str, node: Node) -> None:
    token = machine.stand(scope, node, "event")
    machine.note("gateway.waiting", token, scope, activity=node.id)
    nodes = machine.program_of(scope).nodes
    for flow in node.outgoing:
        events.arm(machine, scope, nodes[flow.target], token)


def choose(machine: "Machine", holder: str, node: Node, values: Mapping[str, Any]) -> None:
    """Let the event ``node``, which occurred first, win: the other alternatives fall, its token goes on behind it.

    The holder stands at an event-based gateway, or at the node itself if that waits for several events.
    """
    mark = machine.state.tokens[holder]
    if mark["at"] != node.id:
        program = machine.program_of(mark["in"])
        flow = next(each for each in program.nodes[mark["at"]].outgoing if each.target == node.id)
        machine.drop_guests(holder)
        machine.note("gateway.taken", holder, mark["in"], activity=mark["at"], flows=[flow.id])
        machine.note("activity.entered", holder, mark["in"], activity=node.id, kind=str(node.kind))
        mark["at"] = node.id
    activities.finish(machine, holder, node, values)


# ---- joins


def _joined(machine: "Machine", scope: str, node: Node, flow: Flow | None) -> bool:
    """Count the arrival; when every incoming flow has one, take one from each and say so."""
    if len(node.incoming) < 2:
        return True
    key = f"{scope}/{node.id}"
    counts = machine.state.joins.setdefault(key, {})
    machine.joins.setdefault(scope, {})[key] = None
    if flow is not None:
        counts[flow.id] = counts.get(flow.id, 0) + 1
    machine.state.scopes[scope]["live"] += 1  # the arrival stays here until the join passes
    machine.changed[scope] = None
    if len(counts) < len(node.incoming):
        machine.note("join.waited", None, scope, activity=node.id, flow=flow.id if flow else None)
        return False
    for each in node.incoming:
        counts[each.id] -= 1
        if counts[each.id] == 0:
            del counts[each.id]
    machine.state.scopes[scope]["live"] -= len(node.incoming)
    if not counts:
        del machine.state.joins[key], machine.joins[scope][key]
    machine.note("join.passed", None, scope, activity=node.id)
    return True


def _arrive(machine: "Machine", scope: str, node: Node, flow: Flow | None) -> None:
    key = f"{scope}/{node.id}"
    counts = machine.state.joins.setdefault(key, {})
    machine.joins.setdefault(scope, {})[key] = None
    name = flow.id if flow is not None else ""
    counts[name] = counts.get(name, 0) + 1
    machine.state.scopes[scope]["live"] += 1
    machine.changed[scope] = None
    machine.note("join.waited", None, scope, activity=node.id, flow=name or None)


def gathered(machine: "Machine", scope: str, node: Node, flow: Flow | None) -> bool:
    """Count a token before an activity that needs several to start; say whether they are there, and take them."""
    _arrive(machine, scope, node, flow)
    key, needed = f"{scope}/{node.id}", node.quantities[0]
    counts = machine.state.joins[key]
    if sum(counts.values()) < needed:
        return False
    machine.state.scopes[scope]["live"] -= needed
    for name in list(counts):
        used = min(counts[name], needed)
        needed -= used
        counts[name] -= used
        if counts[name] == 0:
            del counts[name]
    if not counts:
        del machine.state.joins[key], machine.joins[scope][key]
    machine.note("join.passed", None, scope, activity=node.id)
    return True


def _consume(machine: "Machine", scope: str, node: Node, flows: Collection[str] = ()) -> list[str]:
    """Take one token from each of the flows (none named: each that has some) and return them."""
    key = f"{scope}/{node.id}"
    counts = machine.state.joins[key]
    filled = list(flows or counts)
    for name in filled:
        counts[name] -= 1
        if counts[name] == 0:
            del counts[name]
    machine.state.scopes[scope]["live"] -= len(filled)
    if not counts:
        del machine.state.joins[key], machine.joins[scope][key]
    machine.note("join.passed", None, scope, activity=node.id)
    return filled


def _activate(machine: "Machine", scope: str, node: Node) -> None:
    """Let a complex gateway pass if its activation condition holds; then it waits for the late."""
    key = f"{scope}/{node.id}"
    counts = machine.state.joins[key]
    if node.activation is not None:
        if node.activation({**machine.view(scope), **_counters(node, counts, True)}) is not True:
            return
    flows = _inclusive(machine, scope, node, _counters(node, counts, True))
    used = _consume(machine, scope, node)
    if len(node.incoming) > 1:
        machine.state.reset[key] = used
    take(machine, scope, node, flows)


def _counters(node: Node, counts: Mapping[str, int], starting: bool) -> dict[str, Any]:
    each = {flow.id: counts.get(flow.id, 0) for flow in node.incoming}
    return {**each, "activationCount": sum(counts.values()), "waitingForStart": starting}


def settle(machine: "Machine") -> bool:
    """Let one inclusive join pass, or one complex gateway start anew, for which nothing more can come; say whether.

    Only scopes in which something moved are looked at: whatever releases a join happens in its own scope.
    """
    while machine.changed:
        scope = next(iter(machine.changed))
        if scope in machine.state.scopes and _settle_scope(machine, scope):
            return True
        del machine.changed[scope]
        machine.suspects[scope] = None
    return False


def _settle_scope(machine: "Machine", scope: str) -> bool:
    state = machine.state
    late = [key for key in state.reset if key.startswith(f"{scope}/")] if state.reset else []
    for key in [*machine.joins.get(scope, ()), *late]:
        node = machine.program_of(scope).nodes[key.split("/", 1)[1]]
        if node.kind == Kind.INCLUSIVE and not _is_awaited(machine, scope, node, state.joins[key]):
            _pass_inclusive(machine, scope, node)
            return True
        if node.kind == Kind.COMPLEX and key in state.reset:
            arrived = {*state.reset[key], *state.joins.get(key, ())}
            if not _is_awaited(machine, scope, node, arrived):
                _reset(machine, scope, node, key)
                return True
    return False


def _pass_inclusive(machine: "Machine", scope: str, node: Node) -> None:
    try:
        flows = _inclusive(machine, scope, node)
    except FAULTS as error:
        why = str(error) or type(error).__name__
        counts = machine.state.joins.pop(f"{scope}/{node.id}")
        del machine.joins[scope][f"{scope}/{node.id}"]
        machine.fault(scope, node, None, why, phase="leave")
        machine.state.scopes[scope]["live"] -= sum(counts.values())
        return
    _consume(machine, scope, node)
    take(machine, scope, node, flows)


def _reset(machine: "Machine", scope: str, node: Node, key: str) -> None:
    """Swallow what came late; only conditions that speak of ``waitingForStart`` can send a token on now."""
    counts = machine.state.joins.pop(key, {})
    machine.joins.get(scope, {}).pop(key, None)
    del machine.state.reset[key]
    view = {**machine.view(scope), **_counters(node, counts, False)}
    late = [each for each in node.outgoing if each.condition is not None and "waitingForStart" in (each.text or "")]
    flows = tuple(each for each in late if each.condition is not None and each.condition(view) is True)
    machine.note("join.reset", None, scope, activity=node.id, late=sum(counts.values()))
    take(machine, scope, node, flows)
    found = machine.state.scopes[scope]
    found["live"] -= sum(counts.values())
    if found["live"] == 0:
        machine.emptied.append(scope)


def _is_awaited(machine: "Machine", scope: str, node: Node, arrived: Collection[str]) -> bool:
    """Say whether something that stands elsewhere in the scope may still fill an empty flow of the join.

    What can also reach a flow that is already filled is not waited for (BPMN 2.0.2, 13.4.3).
    """
    filled = [node.upstream[flow] for flow in arrived if flow in node.upstream]
    empty = [nodes for flow, nodes in node.upstream.items() if flow not in arrived]
    if not empty:
        return False
    standing = [machine.state.tokens[key] for key in machine.held.get(scope, ())]
    places = {mark["at"] for mark in standing if "host" not in mark}
    places |= {key.split("/", 1)[1] for key in machine.joins.get(scope, ()) if machine.state.joins[key]}
    places.discard(node.id)
    return any(any(at in nodes for nodes in empty) and not any(at in nodes for nodes in filled) for at in places)


def report_stuck(machine: "Machine") -> bool:
    """Make a failure of every join in scopes where only tokens at joins are left; nothing can reach them any more.

    The failed token stands for those that had arrived: a retry passes the join with them.
    """
    suspects, machine.suspects = machine.suspects, {}
    for scope in suspects:
        keys = list(machine.joins.get(scope, ())) if scope in machine.state.scopes else []
        standing = sum(sum(machine.state.joins[key].values()) for key in keys)
        if not keys or machine.state.scopes[scope]["live"] != standing:
            continue
        for key in keys:
            del machine.joins[scope][key]
            machine.state.scopes[scope]["live"] -= sum(machine.state.joins.pop(key).values())
            node = machine.program_of(scope).nodes[key.split("/", 1)[1]]
            token = machine.stand(scope, node, "failed")
            machine.note("case.stuck", token, scope, activity=node.id)
            why = "some branches ended before this join, so that it can never be passed"
            machine.failed(token, machine.state.tokens[token], why, "leave")
    return False
