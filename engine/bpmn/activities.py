"""Entering, doing, finishing and leaving activities and events. Source: BPMN 2.0.2, 13.3."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn import adhoc, compensation, events, loops, scopes, throwing
from engine.bpmn.program import AdHoc, Call, Flow, JobWork, Kind, Node, Rule, Script, UserWork
from engine.bpmn.values import FAULTS, plain

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine


#: work of a manual task: nobody in particular is asked
NOBODY = UserWork()
#: kinds whose inputs are the business of what runs inside, or of who does the job
OWN_INPUTS = {Kind.SUB, Kind.TRANSACTION, Kind.ADHOC, Kind.CALL, Kind.SERVICE, Kind.END, Kind.THROW}


def enter(machine: "Machine", scope: str, node: Node) -> None:
    """Do what an arriving token sets off: the loop first, then the work."""
    if scopes.is_instance(machine, scope, node):  # the next turn of a loop
        work(machine, scope, node)
        return
    machine.note("activity.entered", None, scope, activity=node.id, kind=str(node.kind))
    if node.loop is not None:
        loops.begin(machine, scope, node, node.loop)
    elif (node.inputs or node.required) and node.kind not in OWN_INPUTS:
        _open_local(machine, scope, node)
    else:
        work(machine, scope, node)


def _open_local(machine: "Machine", scope: str, node: Node) -> None:
    """Do the work in a small open scope that holds the activity's inputs."""
    values = inputs(machine, scope, node)
    body = machine.stand(scope, node, "scope")
    arm_boundary(machine, scope, node, body)
    process = machine.state.scopes[scope]["p"]
    inner = scopes.open_scope(machine, node.id, "local", process, body, values, parent=scope)
    machine.arrive(inner, node, None)


def inputs(machine: "Machine", scope: str, node: Node) -> dict[str, Any]:
    """Return the activity's inputs. Raises ValueError naming the required one that is null."""
    view = machine.view(scope)
    values = {name: plain(each(view)) for name, each in node.inputs}
    for name in node.required:
        if values.get(name, view.get(name)) is None:
            raise ValueError(f"{node.name or node.id} needs the input {name}, which is null")
    return values


def work(machine: "Machine", scope: str, node: Node) -> None:
    """Do the work of one instance."""
    match node.kind:
        case Kind.USER | Kind.MANUAL:
            _open_task(machine, scope, node)
        case Kind.SUB | Kind.CALL | Kind.TRANSACTION | Kind.ADHOC:
            _open_inside(machine, scope, node)
        case Kind.SERVICE | Kind.SEND if isinstance(node.work, JobWork):
            given = inputs(machine, scope, node)
            token = machine.stand(scope, node, "job")
            arm_boundary(machine, scope, node, token)
            machine.note("job.opened", token, scope, activity=node.id, topic=node.work.topic, inputs=given)
        case Kind.RECEIVE | Kind.CATCH if node.events:
            token = events.await_all(machine, scope, node)
            arm_boundary(machine, scope, node, token)
        case Kind.RECEIVE:  # it names no message: only a person can let it go on
            token = machine.stand(scope, node, "event")
            arm_boundary(machine, scope, node, token)
        case Kind.END | Kind.THROW:
            throwing.throw(machine, scope, node)
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
        throwing.throw_message(machine, scope, node, node.events[0])
    token = machine.stand(scope, node, "done")
    finish(machine, token, node, values)


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
    asked = node.work if isinstance(node.work, UserWork) else NOBODY
    item = node.loop.item if node.loop is not None else None
    texts = asked.candidates or asked.people or asked.assignee or asked.due or asked.follow_up or asked.priority
    view = machine.view(scope) if texts or item else {}
    candidates = _listed(asked.candidates(view) if asked.candidates else None)
    candidates += [f"user:{each}" for each in _listed(asked.people(view) if asked.people else None)]
    shown = {
        "candidates": candidates,
        "assignee": asked.assignee(view) if asked.assignee else None,
        "due": events.moment(machine, asked.due(view)) if asked.due else None,
        "follow_up": events.moment(machine, asked.follow_up(view)) if asked.follow_up else None,
        "priority": asked.priority(view) if asked.priority else None,
    }
    token = machine.stand(scope, node, "task")
    arm_boundary(machine, scope, node, token)
    instance = {item: view.get(item)} if item else {}
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


def _listed(found: Any) -> list[str]:
    """Return a list of keys; text may hold several, with commas."""
    if isinstance(found, str):
        found = found.split(",")
    return [text for each in found or () if (text := str(each).strip())]


def _open_inside(machine: "Machine", scope: str, node: Node) -> None:
    """Open a sub-process or a called process."""
    program = machine.program_of(scope)
    view, given = machine.view(scope), inputs(machine, scope, node)
    token = machine.stand(scope, node, "scope")
    if node.kind != Kind.CALL:
        values = given
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
        values.update(given)
        inner = scopes.open_scope(machine, key, "process", key, token, values, parent=scope)
        program, at = machine.library.program(key, machine.state.programs[key]), key
    arm_boundary(machine, scope, node, token)
    machine.note("scope.entered", token, scope, activity=at, kind=str(node.kind))
    if isinstance(node.work, AdHoc):
        scopes.declare(machine, inner, program)
        adhoc.begin(machine, inner, node, node.work)
    else:
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


def finish(machine: "Machine", token: str, node: Node, values: Mapping[str, Any], log: list[Any] | None = None) -> None:
    """Write what the activity gives and leave it; ``values`` come from a person, a job, a message or the inside.

    ``log``: what can be compensated inside it. A fault leaves a ``failed`` token that keeps the values: a retry does
    not repeat the work.
    """
    mark = machine.state.tokens[token]
    scope = mark["in"]
    try:
        results = _results(machine, scope, node, values)
    except FAULTS as error:
        mark["values"] = plain(dict(values))
        machine.failed(token, mark, str(error) or type(error).__name__, "leave")
        return
    if mark["is"] != "done":  # what needed nobody is done as it is entered
        machine.note("activity.completed", token, scope, activity=node.id)
    if mark["is"] in ("task", "job"):
        mark["is"] = "done"
    found = machine.state.scopes[scope]
    mapped = node.outputs and found["kind"] == "local" and found["of"] == node.id
    scopes.write(machine, found["up"] if mapped else scope, results)
    if log is not None or node.undo is not None:
        compensation.remember(machine, scope, node, values if log is not None else {}, log)
    leave(machine, token, node)


def _results(machine: "Machine", scope: str, node: Node, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is written outside: all of it, or what the node maps out of it."""
    inside = node.kind in (Kind.CALL, Kind.SUB, Kind.TRANSACTION, Kind.ADHOC)
    if node.writes:
        stored = _associated(node, values)
        return stored if inside else {**{k: v for k, v in values.items() if k not in node.own_outputs}, **stored}
    if not node.outputs and not inside:
        return values
    view = {**machine.view(scope), **values}
    if isinstance(node.work, Call):  # a called process is closed: what is outside cannot be seen
        view = {name: value for name, value in view.items() if name in values or name.startswith("$")}
    mapped = {name: plain(each(view)) for name, each in node.outputs}
    if isinstance(node.work, Call) and node.work.all_out:
        return {**values, **mapped}
    return mapped


def _associated(node: Node, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the output associations write; one whose source was never written writes nothing."""
    written = {}
    for name, each in node.writes:
        try:
            written[name] = plain(each(values))
        except LookupError:
            continue
    return written


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
        for _ in range(node.quantities[1]):
            machine.arrive(scope, program.nodes[flow.target], flow)
    if flows:
        machine.note("flow.taken", token, scope, activity=node.id, flows=[flow.id for flow in flows])
    machine.remove(token)
    if "adhoc" in machine.state.scopes[scope]:
        adhoc.after(machine, scope, node)


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
