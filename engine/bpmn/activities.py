"""Entering, doing, finishing and leaving activities and events. Source: BPMN 2.0.2, 13.3."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn import events, loops, scopes
from engine.bpmn.program import Call, Flow, JobWork, Kind, Node, Rule, Script, UserWork
from engine.bpmn.values import FAULTS, plain

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine


def enter(machine: "Machine", scope: str, node: Node) -> None:
    """Do what an arriving token sets off: the loop first, then the work."""
    machine.note("activity.entered", None, scope, activity=node.id, kind=str(node.kind))
    if node.loop is not None and not scopes.is_instance(machine, scope, node):
        loops.begin(machine, scope, node, node.loop)
    else:
        work(machine, scope, node)


def work(machine: "Machine", scope: str, node: Node) -> None:
    """Do the work of one instance."""
    match node.kind:
        case Kind.USER | Kind.MANUAL:
            _open_task(machine, scope, node)
        case Kind.SUB | Kind.CALL:
            _open_inside(machine, scope, node)
        case Kind.SERVICE | Kind.SEND if isinstance(node.work, JobWork):
            inputs = {name: plain(each(machine.view(scope))) for name, each in node.inputs}
            token = machine.stand(scope, node, "job")
            arm_boundary(machine, scope, node, token)
            machine.note("job.opened", token, scope, activity=node.id, topic=node.work.topic, inputs=inputs)
        case Kind.RECEIVE:
            token = events.wait(machine, scope, node, node.events[0])
            arm_boundary(machine, scope, node, token)
        case Kind.CATCH:
            events.wait(machine, scope, node, node.events[0])
        case Kind.END | Kind.THROW:
            events.throw(machine, scope, node)
        case _:
            _run_through(machine, scope, node)


def _run_through(machine: "Machine", scope: str, node: Node) -> None:
    """Do work that needs nobody: scripts, rules, abstract tasks, send tasks, start events."""
    values: dict[str, Any] = {}
    if isinstance(node.work, Script):
        values = _script(machine, scope, node, node.work)
    elif isinstance(node.work, Rule):
        values = _decide(machine, scope, node, node.work)
    elif node.kind == Kind.SEND and node.events:
        events.throw_message(machine, scope, node, node.events[0])
    token = machine.stand(scope, node, "task")
    machine.state.tokens[token]["is"] = "done"
    scopes.write(machine, scope, values)
    leave(machine, token, node)


def _script(machine: "Machine", scope: str, node: Node, script: Script) -> dict[str, Any]:
    value = script.code(machine.view(scope))
    if script.result:
        return {script.result: value}
    if not isinstance(value, dict):
        raise ValueError(f"the script of {node.name or node.id} gives no context, and it names no result variable")
    return value


def _decide(machine: "Machine", scope: str, node: Node, rule: Rule) -> dict[str, Any]:
    version = machine.library.bind(rule.decision, rule.binding, rule.version)
    decided = machine.library.decide(rule.decision, version, machine.view(scope))
    value = plain(decided.value)
    machine.note(
        "decision.made",
        None,
        scope,
        activity=node.id,
        decision=rule.decision,
        version=decided.version,
        rules=list(decided.rules),
        value=value,
    )
    if rule.result:
        return {rule.result: value}
    return value if isinstance(value, dict) else {}


def _open_task(machine: "Machine", scope: str, node: Node) -> None:
    asked = node.work if isinstance(node.work, UserWork) else UserWork()
    view = machine.view(scope)
    candidates = asked.candidates(view) if asked.candidates else None
    if isinstance(candidates, str):
        candidates = [each.strip() for each in candidates.split(",") if each.strip()]
    shown = {
        "candidates": [str(each) for each in candidates or ()],
        "assignee": asked.assignee(view) if asked.assignee else None,
        "due": events.moment(machine, asked.due(view)) if asked.due else None,
        "follow_up": events.moment(machine, asked.follow_up(view)) if asked.follow_up else None,
        "priority": asked.priority(view) if asked.priority else None,
    }
    token = machine.stand(scope, node, "task")
    arm_boundary(machine, scope, node, token)
    instance = {}
    if node.loop is not None and node.loop.item:
        instance = {node.loop.item: view.get(node.loop.item)}
    machine.note(
        "task.opened",
        token,
        scope,
        activity=node.id,
        name=node.name or node.id,
        form=asked.form,
        instance=instance,
        properties=dict(node.properties),
        **shown,
    )


def _open_inside(machine: "Machine", scope: str, node: Node) -> None:
    """Open a sub-process or a called process."""
    program = machine.program_of(scope)
    view = machine.view(scope)
    token = machine.stand(scope, node, "scope")
    if node.kind == Kind.SUB:
        values = {name: plain(each(view)) for name, each in node.inputs}
        inner = scopes.open_scope(machine, node.id, "sub", program.key, token, values, parent=scope)
        at = node.id
    else:
        called = node.work
        if not isinstance(called, Call):
            raise ValueError(f"{node.id} calls nothing")
        key = called.process
        if key not in machine.state.programs:
            machine.state.programs[key] = machine.library.bind(key, called.binding, called.version)
        machine.note("call.bound", token, scope, activity=node.id, process=key, version=machine.state.programs[key])
        values = {name: value for name, value in view.items() if not name.startswith("$")} if called.all_in else {}
        values.update({name: plain(each(view)) for name, each in node.inputs})
        inner = scopes.open_scope(machine, key, "process", key, token, values, parent=scope)
        program, at = machine.library.program(key, machine.state.programs[key]), key
    arm_boundary(machine, scope, node, token)
    machine.note("scope.entered", token, scope, activity=at, kind=str(node.kind))
    scopes.begin(machine, inner, program)


def arm_boundary(machine: "Machine", scope: str, node: Node, token: str) -> None:
    """Make a guest of the token for each boundary event that waits for a timer or message.

    The instances of a loop have none of their own: the boundary events concern the body.
    """
    if not node.boundary or scopes.is_instance(machine, scope, node):
        return
    nodes = machine.program_of(scope).nodes
    for name in node.boundary:
        events.arm(machine, scope, nodes[name], host=token)


def finish(machine: "Machine", token: str, node: Node, values: Mapping[str, Any]) -> None:
    """Write what the activity gives and leave it; ``values`` come from a person, a job, a message or the inside.

    A fault leaves a ``failed`` token that keeps the values: a retry does not repeat the work.
    """
    mark = machine.state.tokens[token]
    scope = mark["in"]
    try:
        values = _results(machine, scope, node, values)
    except FAULTS as error:
        mark["values"] = plain(dict(values))
        machine.failed(token, mark, str(error) or type(error).__name__, "leave")
        return
    if mark["is"] in ("task", "job"):
        mark["is"] = "done"
    machine.note("activity.completed", token, scope, activity=node.id)
    scopes.write(machine, scope, values)
    leave(machine, token, node)


def _results(machine: "Machine", scope: str, node: Node, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is written outside: all of it, or what the node maps out of it."""
    if node.kind not in (Kind.CALL, Kind.SUB):
        if not node.outputs:
            return values
        view = {**machine.view(scope), **values}
        return {name: plain(each(view)) for name, each in node.outputs}
    view = {**machine.view(scope), **values}
    if isinstance(node.work, Call):  # a called process is closed: what is outside cannot be seen
        view = {name: value for name, value in view.items() if name in values or name.startswith("$")}
    mapped = {name: plain(each(view)) for name, each in node.outputs}
    return {**values, **mapped} if isinstance(node.work, Call) and node.work.all_out else mapped


def leave_again(machine: "Machine", token: str, node: Node) -> None:
    """Try again to leave, with the values or the message that the failed token kept."""
    mark = machine.state.tokens[token]
    if "payload" in mark:
        events.receive(machine, token, mark.pop("payload"))
    elif "values" in mark:
        finish(machine, token, node, mark.pop("values"))
    elif node.kind == Kind.PARALLEL:
        go(machine, token, node, node.outgoing)
    else:
        leave(machine, token, node)


def leave(machine: "Machine", token: str, node: Node) -> None:
    """Go on over the flows that the activity gives: all without a condition, all whose condition is true."""
    mark = machine.state.tokens[token]
    scope = mark["in"]
    if scopes.is_instance(machine, scope, node):
        machine.drop_guests(token)
        machine.remove(token)
        return
    try:
        taken = _flows(machine, scope, node)
    except FAULTS as error:
        machine.failed(token, mark, str(error) or type(error).__name__, "leave")
        return
    go(machine, token, node, taken)


def go(machine: "Machine", token: str, node: Node, flows: tuple[Flow, ...]) -> None:
    """Take the token away and send one over each of the flows."""
    mark = machine.state.tokens[token]
    scope = mark["in"]
    program = machine.program_of(scope)
    machine.drop_guests(token)
    for flow in flows:
        machine.arrive(scope, program.nodes[flow.target], flow)
    if flows:
        machine.note("flow.taken", token, scope, activity=node.id, flows=[flow.id for flow in flows])
    machine.remove(token)


def _flows(machine: "Machine", scope: str, node: Node) -> tuple[Flow, ...]:
    if all(flow.condition is None for flow in node.outgoing):
        return node.outgoing
    view = machine.view(scope)
    default = node.default.id if node.default else None
    plain_flows = [flow for flow in node.outgoing if flow.condition is None and flow.id != default]
    chosen = [flow for flow in node.outgoing if flow.condition is not None and flow.condition(view) is True]
    if not chosen and node.default is not None:
        chosen = [node.default]
    taken = {flow.id for flow in (*plain_flows, *chosen)}
    if not taken:
        raise ValueError(f"no condition behind {node.name or node.id} is true, and it has no default flow")
    return tuple(flow for flow in node.outgoing if flow.id in taken)
