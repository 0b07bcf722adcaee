"""Exclusive and parallel gateways. Source: BPMN 2.0.2, 13.4."""

from typing import TYPE_CHECKING

from engine.bpmn.program import Flow, Kind, Node

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine


def enter(machine: "Machine", scope: str, node: Node, flow: Flow | None) -> None:
    """Take the flows that the gateway gives; at a join, wait until every incoming flow has a token."""
    if node.kind == Kind.EXCLUSIVE:
        taken: tuple[Flow, ...] = (_exclusive(machine, scope, node),) if node.outgoing else ()
    else:
        if not _joined(machine, scope, node, flow):
            return
        taken = node.outgoing
    machine.note("gateway.taken", None, scope, activity=node.id, flows=[each.id for each in taken])
    program = machine.program_of(scope)
    for each in taken:
        machine.arrive(scope, program.nodes[each.target], each)


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


def report_stuck(machine: "Machine") -> bool:
    """Make a failure of every join in scopes where only tokens at joins are left; nothing can reach them any more.

    The failed token stands for those that had arrived: a retry passes the join with them.
    """
    if not machine.state.joins:
        return False
    standing: dict[str, int] = {}
    for key, counts in machine.state.joins.items():
        scope = key.split("/", 1)[0]
        standing[scope] = standing.get(scope, 0) + sum(counts.values())
    for key in list(machine.state.joins):
        scope, name = key.split("/", 1)
        if machine.state.scopes[scope]["live"] == standing[scope]:
            del machine.joins[scope][key]
            arrived = sum(machine.state.joins.pop(key).values())
            machine.state.scopes[scope]["live"] -= arrived
            standing[scope] -= arrived - 1
            node = machine.program_of(scope).nodes[name]
            token = machine.stand(scope, node, "failed")
            machine.note("case.stuck", token, scope, activity=name)
            why = "some branches ended before this join, so that it can never be passed"
            machine.failed(token, machine.state.tokens[token], why, "leave")
    return False
