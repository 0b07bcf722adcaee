"""Throwing events: messages, signals, errors, escalations, ends. Source: BPMN 2.0.2, 10.5 and 13.5."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, compensation, events, scopes
from engine.bpmn.program import Event, Kind, Node, Trigger
from engine.bpmn.values import plain

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine


def throw(machine: "Machine", scope: str, node: Node) -> None:
    """Do what an end or throw event says, one definition after the other, then go on or end there."""
    go_on(machine, machine.stand(scope, node, "done"), node, 0)


def go_on(machine: "Machine", token: str, node: Node, index: int) -> None:
    """Throw the event's definitions from ``index`` on, and leave it."""
    scope = machine.state.tokens[token]["in"]
    for place in range(index, len(node.events)):
        event = node.events[place]
        match event.kind:
            case Trigger.MESSAGE:
                throw_message(machine, scope, node, event)
            case Trigger.SIGNAL:
                throw_signal(machine, scope, node, event)
            case Trigger.ESCALATION:
                throw_escalation(machine, scope, token, node, event.name, {})
            case Trigger.COMPENSATE:
                machine.state.tokens[token]["e"] = place + 1
                compensation.throw(machine, token, node, event)
                return
            case Trigger.ERROR:
                throw_error(machine, scope, token, node, event.name, {})
                return
            case Trigger.CANCEL:
                compensation.cancel(machine, scope, node)
                return
            case Trigger.TERMINATE:
                _terminate(machine, scope, node)
                return
        if token not in machine.state.tokens:
            return
    activities.leave(machine, token, node)


def is_signal(node: Node) -> bool:
    """Say whether the node throws a signal."""
    throws = node.kind in (Kind.THROW, Kind.END)
    return throws and any(event.kind == Trigger.SIGNAL for event in node.events)


def throw_signal(machine: "Machine", scope: str, node: Node, event: Event) -> None:
    """Let the signal occur at every token of this case that waits for it now, and send it out to all others."""
    view = machine.view(scope)
    payload = {name: plain(each(view)) for name, each in event.outputs}
    machine.note("signal.thrown", None, scope, activity=node.id, name=event.name, payload=payload)
    broadcast(machine, event.name, payload)


def broadcast(machine: "Machine", name: str | None, payload: Mapping[str, Any], but: str | None = None) -> None:
    """Let the signal occur at the tokens that wait for it at this moment, in the order of their numbers.

    The guests of ``but`` are left out.
    """
    for token in [key for key, mark in machine.state.tokens.items() if mark["is"] == "signal"]:
        mark = machine.state.tokens.get(token)
        if mark is None or mark["is"] != "signal" or (but is not None and mark.get("host") == but):
            continue
        if events.event_of(machine, mark).name == name:
            events.occur_message(machine, token, payload)


def throw_from_loop(machine: "Machine", body: str, node: Node, event: Event) -> None:
    """Throw what a multi-instance activity says of the completion of its instances.

    A boundary event of the activity itself may catch it, and does not interrupt (as the public cases expect).
    """
    scope = machine.state.tokens[body]["in"]
    nodes = machine.program_of(scope).nodes
    caught = [
        nodes[name]
        for name in node.boundary
        if any(own.kind == event.kind and own.name in (event.name, None) for own in nodes[name].events)
    ]
    for boundary in caught:
        events.trigger_boundary(machine, boundary, body, {}, gently=True)
    if event.kind == Trigger.SIGNAL:
        machine.note("signal.thrown", None, scope, activity=node.id, name=event.name, payload={})
        broadcast(machine, event.name, {}, but=body)
    elif event.kind == Trigger.MESSAGE:
        throw_message(machine, scope, node, event)
    elif event.kind == Trigger.ESCALATION and not caught:
        throw_escalation(machine, scope, body, node, event.name, {})
    elif event.kind == Trigger.ERROR and not caught:
        throw_error(machine, scope, body, node, event.name, {})


def throw_message(machine: "Machine", scope: str, node: Node, event: Event) -> None:
    """Send the message out; whoever waits for it is another case's affair."""
    view = machine.view(scope)
    payload = {name: plain(each(view)) for name, each in event.outputs}
    keys = [plain(each(view)) for each in event.keys]
    machine.note("message.thrown", None, scope, activity=node.id, name=event.name, keys=keys, payload=payload)


def _terminate(machine: "Machine", scope: str, node: Node) -> None:
    """Cancel everything else in the scope; the surrounding process or sub-process completes."""
    found = machine.state.scopes[scope]
    while found["kind"] == "handler":
        scope = found["up"]
        found = machine.state.scopes[scope]
    machine.note("case.terminated", None, scope, activity=node.id)
    scopes.clear(machine, scope, node.id)
    machine.emptied.append(scope)


def throw_error(
    machine: "Machine", scope: str, token: str, node: Node, code: str | None, values: Mapping[str, Any]
) -> None:
    """Look outwards for who catches the error; uncaught, the throwing token fails."""
    found = find_catcher(machine, scope, token, Trigger.ERROR, code)
    machine.note("error.thrown", token, scope, activity=node.id, code=code, caught=found[0].id if found else None)
    if found is None:
        why = f"nothing catches the error {code or 'without a code'}"
        machine.failed(token, machine.state.tokens[token], why, "enter")
        return
    catcher, where = found
    error = {"error": {"code": code, **values}}
    if catcher.kind == Kind.BOUNDARY:
        events.trigger_boundary(machine, catcher, where, error)
    else:
        events.trigger_handler(machine, where, catcher, error)


def throw_escalation(
    machine: "Machine", scope: str, token: str, node: Node, code: str | None, values: Mapping[str, Any]
) -> None:
    """Tell the first catcher outwards; nobody is stopped unless the catcher interrupts. Uncaught: only recorded."""
    found = find_catcher(machine, scope, token, Trigger.ESCALATION, code)
    caught = found[0].id if found else None
    machine.note("escalation.thrown", token, scope, activity=node.id, code=code, caught=caught)
    if found is None:
        return
    catcher, where = found
    escalation = {"escalation": {"code": code, **values}}
    if catcher.kind == Kind.BOUNDARY:
        events.trigger_boundary(machine, catcher, where, escalation)
    else:
        events.trigger_handler(machine, where, catcher, escalation)


def find_catcher(
    machine: "Machine", scope: str, token: str | None, kind: Trigger, code: str | None
) -> tuple[Node, str] | None:
    """Return the node that catches, with the token or scope that it belongs to; an exact code beats none."""
    key: str | None = scope
    while True:
        if token is not None:
            mark = machine.state.tokens[token]
            program = machine.program_of(mark["in"])
            thrower = program.nodes[mark["at"]]
            # the boundary events of a multi-instance are those of its body, not of one instance
            names = () if scopes.is_instance(machine, mark["in"], thrower) else thrower.boundary
            if best := _best([program.nodes[name] for name in names], kind, code):
                return best, token
        if key is None:
            return None
        found = machine.state.scopes[key]
        if found["kind"] == "handler":  # a handler does not catch for itself, nor does an interrupted scope again
            outer = machine.state.scopes[found["up"]]
            key = found["up"] if outer.get("handler") != key else None
            token = None if key else machine.state.scopes[found["up"]].get("token")
            if key is None:
                key = outer.get("up")
            continue
        if found["kind"] in ("process", "sub") and "handler" not in found:
            program = machine.program_of(key)
            subs = program.scopes[found["of"]].event_subs
            starts = [program.nodes[program.scopes[name].starts[0]] for name in subs]
            if best := _best(starts, kind, code):
                return best, key
        token = found.get("token")
        key = found.get("up")
        if token is None:
            return None


def _best(nodes: list[Node], kind: Trigger, code: str | None) -> Node | None:
    fitting = [
        (event.name is None, node)
        for node in nodes
        for event in node.events
        if event.kind == kind and event.name in (None, code)
    ]
    return min(fitting, key=lambda pair: pair[0])[1] if fitting else None
