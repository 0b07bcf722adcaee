"""Catching and throwing; how errors and escalations travel outwards. Source: BPMN 2.0.2, 13.5."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, due, loops, scopes
from engine.bpmn.program import Event, Kind, Node, Trigger
from engine.bpmn.values import FAULTS, plain

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine

WAITING = (Trigger.TIMER, Trigger.MESSAGE)


def moment(machine: "Machine", value: Any) -> datetime | None:
    """Return the aware UTC moment that an expression gave, or None; local times are read in the library's zone."""
    return None if value is None else due.moment(value, machine.library.zone, machine.now)


def wait(machine: "Machine", scope: str, node: Node, event: Event, host: str | None = None) -> str:
    """Make a token that waits for the event and return its id."""
    view = machine.view(scope)
    if event.kind == Trigger.TIMER:
        text = event.when(view) if event.when else None
        when, left = due.first(text, event.when_kind or "duration", machine.library.zone, machine.now)
        more: dict[str, Any] = {"due": when.isoformat()}
        if event.when_kind == "cycle":
            more |= {"cycle": str(text), "left": left}
        token = machine.stand(scope, node, "timer", host, **more)
        machine.note("timer.armed", token, scope, activity=node.id, due=when)
        return token
    keys = [plain(each(view)) for each in event.keys]
    token = machine.stand(scope, node, "message", host, keys=keys)
    machine.note("message.awaited", token, scope, activity=node.id, name=event.name, keys=keys)
    return token


def arm(machine: "Machine", scope: str, node: Node, host: str) -> None:
    """Make a guest for a boundary event or the start of an event sub-process, if it waits for a timer or message."""
    for event in node.events:
        if event.kind in WAITING:
            wait(machine, scope, node, event, host)


def occur_timer(machine: "Machine", token: str) -> None:
    """Let the timer occur, and arm the next turn of a cycle; turns missed meanwhile are counted, not made up for."""
    mark = machine.state.tokens[token]
    late = int((machine.now - datetime.fromisoformat(mark["due"])).total_seconds())
    again, missed = None, 0
    if "cycle" in mark:
        previous = datetime.fromisoformat(mark["due"])
        again, mark["left"], missed = due.next_turn(
            mark["cycle"], mark["left"], previous, machine.now, machine.library.zone
        )
    machine.note("timer.fired", token, mark["in"], activity=mark["at"], late=late, missed=missed)
    if again is not None:
        mark["due"] = again.isoformat()
    _occur(machine, token, {}, stays=again is not None)
    if again is not None and token in machine.state.tokens:
        machine.note("timer.armed", token, mark["in"], activity=mark["at"], due=again)


def occur_message(machine: "Machine", token: str, payload: Mapping[str, Any]) -> None:
    """Let the message arrive: its payload is written by the event's mapping, else under the message's name."""
    mark = machine.state.tokens[token]
    node = machine.node_at(mark)
    event = next(each for each in node.events if each.kind == Trigger.MESSAGE)
    machine.note("message.received", token, mark["in"], activity=node.id, name=event.name)
    receive(machine, token, payload)
    mark = machine.state.tokens.get(token, mark)
    if token in machine.state.tokens and mark["is"] == "message":  # it goes on waiting, for the next one
        machine.note("message.awaited", token, mark["in"], activity=node.id, name=event.name, keys=mark["keys"])


def receive(machine: "Machine", token: str, payload: Mapping[str, Any]) -> None:
    """Map the payload and let the event occur. A fault leaves a ``failed`` token that keeps the payload."""
    mark = machine.state.tokens[token]
    node = machine.node_at(mark)
    event = next(each for each in node.events if each.kind == Trigger.MESSAGE)
    values: dict[str, Any] = {}
    try:
        if event.outputs:
            view = {**machine.view(mark["in"]), **payload}
            values = {name: plain(each(view)) for name, each in event.outputs}
        elif payload and event.name:
            values = {event.name: plain(dict(payload))}
    except FAULTS as error:
        mark["payload"] = dict(payload)
        machine.failed(token, mark, str(error) or type(error).__name__, "leave")
        return
    if mark["is"] == "failed":
        mark["is"] = "message"
    _occur(machine, token, values, stays=not node.interrupting)


def _occur(machine: "Machine", token: str, values: Mapping[str, Any], stays: bool) -> None:
    mark = machine.state.tokens[token]
    node = machine.node_at(mark)
    host = mark.get("host")
    if host is None:  # an intermediate event or a receive task
        activities.finish(machine, token, node, values)
        return
    if not stays:
        machine.remove(token)
    if node.kind == Kind.BOUNDARY:
        trigger_boundary(machine, node, host, values)
    else:
        trigger_handler(machine, mark["in"], node, values)


def trigger_boundary(machine: "Machine", node: Node, host: str, values: Mapping[str, Any]) -> None:
    """Leave over the flows of a boundary event; an interrupting one cancels its activity with everything inside."""
    mark = machine.state.tokens[host]
    scope = mark["in"]
    machine.state.scopes[scope]["live"] += 1  # the scope stays open while its activity goes
    if node.interrupting:
        if mark["is"] == "body":
            loops.keep_results(machine, host, machine.node_at(mark))
        scopes.cancel_token(machine, host, node.id)
    scopes.write(machine, scope, values)
    token = machine.stand(scope, node, "done")
    machine.state.scopes[scope]["live"] -= 1
    machine.note("activity.entered", token, scope, activity=node.id, kind="boundary")
    activities.leave(machine, token, node)


def trigger_handler(machine: "Machine", scope: str, start: Node, values: Mapping[str, Any]) -> None:
    """Run an event sub-process of the scope; an interrupting one cancels everything else in the scope."""
    program = machine.program_of(scope)
    found = machine.state.scopes[scope]
    inner = scopes.open_scope(machine, start.scope, "handler", program.key, None, {}, parent=scope)
    found["live"] += 1
    if start.interrupting:
        scopes.clear(machine, scope, start.id, but=inner)
        found["handler"] = inner
    scopes.write(machine, inner, values)
    machine.note("scope.entered", None, scope, activity=start.scope, kind="handler")
    machine.arrive(inner, start, None)


def throw(machine: "Machine", scope: str, node: Node) -> None:
    """Do what an end or throw event says, then go on or end there."""
    token = machine.stand(scope, node, "done")
    for event in node.events:
        match event.kind:
            case Trigger.MESSAGE:
                throw_message(machine, scope, node, event)
            case Trigger.ERROR:
                throw_error(machine, scope, token, node, event.name, {})
                return
            case Trigger.ESCALATION:
                throw_escalation(machine, scope, token, node, event.name, {})
            case Trigger.TERMINATE:
                _terminate(machine, scope, node)
                return
        if token not in machine.state.tokens:
            return
    activities.leave(machine, token, node)


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
    found = _catcher(machine, scope, token, Trigger.ERROR, code)
    machine.note("error.thrown", token, scope, activity=node.id, code=code, caught=found[0].id if found else None)
    if found is None:
        why = f"nothing catches the error {code or 'without a code'}"
        machine.failed(token, machine.state.tokens[token], why, "enter")
        return
    catcher, where = found
    error = {"error": {"code": code, **values}}
    if catcher.kind == Kind.BOUNDARY:
        trigger_boundary(machine, catcher, where, error)
    else:
        trigger_handler(machine, where, catcher, error)


def throw_escalation(
    machine: "Machine", scope: str, token: str, node: Node, code: str | None, values: Mapping[str, Any]
) -> None:
    """Tell the first catcher outwards; nobody is stopped unless the catcher interrupts. Uncaught: only recorded."""
    found = _catcher(machine, scope, token, Trigger.ESCALATION, code)
    caught = found[0].id if found else None
    machine.note("escalation.thrown", token, scope, activity=node.id, code=code, caught=caught)
    if found is None:
        return
    catcher, where = found
    escalation = {"escalation": {"code": code, **values}}
    if catcher.kind == Kind.BOUNDARY:
        trigger_boundary(machine, catcher, where, escalation)
    else:
        trigger_handler(machine, where, catcher, escalation)


def _catcher(
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
        if found["kind"] != "item" and "handler" not in found:
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
