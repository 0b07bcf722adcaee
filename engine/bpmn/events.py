"""Catching events: waiting for them, letting them occur, and what follows. Source: BPMN 2.0.2, 10.5 and 13.5.

An event with several definitions waits by a *holder*, a token of its own, with one guest for each; boundary events and
starts of event sub-processes have one guest of their host for each. Where all must occur, the guests that are left are
those that are still to come.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, due, gateways, loops, scopes
from engine.bpmn.program import Event, Kind, Node, Trigger
from engine.bpmn.state import Token
from engine.bpmn.values import FAULTS, plain

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine

WAITING = {Trigger.TIMER, Trigger.MESSAGE, Trigger.SIGNAL, Trigger.CONDITIONAL}


def moment(machine: "Machine", value: Any) -> datetime | None:
    """Return the aware UTC moment that an expression gave, or None; local times are read in the library's zone."""
    return None if value is None else due.moment(value, machine.library.zone, machine.now)


def event_of(machine: "Machine", mark: Token) -> Event:
    """Return the event definition that the token waits for."""
    return machine.node_at(mark).events[mark.get("e", 0)]


def await_all(machine: "Machine", scope: str, node: Node) -> str:
    """Make what waits for the events of an intermediate event or receive task; return the token that stands there."""
    if len(node.events) == 1:
        return wait(machine, scope, node, 0)
    holder = machine.stand(scope, node, "event")
    arm(machine, scope, node, holder)
    return holder


def arm(machine: "Machine", scope: str, node: Node, host: str) -> None:
    """Make a guest of the host for each definition of the event that somebody or something must bring about."""
    for index, event in enumerate(node.events):
        if event.kind in WAITING:
            wait(machine, scope, node, index, host)


def wait(machine: "Machine", scope: str, node: Node, index: int, host: str | None = None) -> str:
    """Make a token that waits for the event and return its id."""
    event, view = node.events[index], machine.view(scope)
    more: dict[str, Any] = {"e": index} if index else {}
    if event.kind == Trigger.TIMER:
        text = event.when(view) if event.when else None
        when, left = due.first(text, event.when_kind or "duration", machine.library.zone, machine.now)
        more["due"] = when.isoformat()
        if event.when_kind == "cycle":
            more |= {"cycle": str(text), "left": left}
        token = machine.stand(scope, node, "timer", host, **more)
        machine.note("timer.armed", token, scope, activity=node.id, due=when)
        return token
    if event.kind == Trigger.CONDITIONAL:
        token = machine.stand(scope, node, "condition", host, was=False, **more)
        machine.touched = True
        machine.note("condition.awaited", token, scope, activity=node.id)
        return token
    if event.kind == Trigger.SIGNAL:
        token = machine.stand(scope, node, "signal", host, **more)
        machine.note("signal.awaited", token, scope, activity=node.id, name=event.name)
        return token
    keys = [plain(each(view)) for each in event.keys]
    token = machine.stand(scope, node, "message", host, keys=keys, **more)
    machine.note("message.awaited", token, scope, activity=node.id, name=event.name, keys=keys)
    return token


def occur_timer(machine: "Machine", token: str) -> None:
    """Let the timer occur, and arm the next turn of a cycle; turns missed meanwhile are counted, not made up for."""
    mark = machine.state.tokens[token]
    planned = mark["due"]
    late = int((machine.now - datetime.fromisoformat(planned)).total_seconds())
    again, missed = None, 0
    if "cycle" in mark:
        previous = datetime.fromisoformat(mark["due"])
        again, mark["left"], missed = due.next_turn(
            mark["cycle"], mark["left"], previous, machine.now, machine.library.zone
        )
    machine.note("timer.fired", token, mark["in"], activity=mark["at"], due=planned, late=late, missed=missed)
    if again is not None:
        mark["due"] = again.isoformat()
    occur(machine, token, {}, stays=again is not None)
    if again is not None and token in machine.state.tokens:
        machine.note("timer.armed", token, mark["in"], activity=mark["at"], due=again)


def occur_message(machine: "Machine", token: str, payload: Mapping[str, Any]) -> None:
    """Let the message or signal arrive: its payload is written by the event's mapping, else under its name."""
    mark = machine.state.tokens[token]
    name, kind = event_of(machine, mark).name, mark["is"]
    machine.note(f"{kind}.received", token, mark["in"], activity=mark["at"], name=name)
    receive(machine, token, payload)
    mark = machine.state.tokens.get(token, mark)
    if token in machine.state.tokens and mark["is"] == kind:  # it goes on waiting, for the next one
        keys = {"keys": mark["keys"]} if kind == "message" else {}
        machine.note(f"{kind}.awaited", token, mark["in"], activity=mark["at"], name=name, **keys)


def receive(machine: "Machine", token: str, payload: Mapping[str, Any]) -> None:
    """Map the payload and let the event occur. A fault leaves a ``failed`` token that keeps the payload."""
    mark = machine.state.tokens[token]
    node, event = machine.node_at(mark), event_of(machine, mark)
    try:
        values = payload_values(machine, mark["in"], event, payload)
    except FAULTS as error:
        mark["payload"] = dict(payload)
        machine.failed(token, mark, str(error) or type(error).__name__, "leave")
        return
    if mark["is"] == "failed":
        mark["is"] = str(event.kind)
    occur(machine, token, values, stays=not node.interrupting)


def payload_values(machine: "Machine", scope: str, event: Event, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the payload writes: by the event's mapping, else all of it under the event's name."""
    if event.outputs:
        view = {**machine.view(scope), **payload, "$payload": dict(payload)}
        return {name: plain(each(view)) for name, each in event.outputs}
    return {event.name: plain(dict(payload))} if payload and event.name else {}


def take_in(machine: "Machine", scope: str, node: Node, payload: Mapping[str, Any]) -> None:
    """Write the payload of the message or signal that started the case at the node."""
    for event in node.events:
        if event.kind in (Trigger.MESSAGE, Trigger.SIGNAL):
            scopes.write(machine, scope, payload_values(machine, scope, event, payload))
            return


def occur(machine: "Machine", token: str, values: Mapping[str, Any], stays: bool) -> None:
    """Let the event occur at the token; a guest that does not stay falls."""
    mark = machine.state.tokens[token]
    node = machine.node_at(mark)
    host = mark.get("host")
    if host is None:  # an intermediate event or a receive task
        activities.finish(machine, token, node, values)
        return
    if not stays or node.all_of:
        machine.remove(token)
    if node.all_of and any(machine.state.tokens[each]["at"] == node.id for each in machine.guests.get(host, ())):
        scopes.write(machine, mark["in"], values)
        return
    standing = machine.state.tokens.get(host)
    if standing is not None and standing["is"] == "event":
        gateways.choose(machine, host, node, values)
        return
    if node.all_of and not node.interrupting:
        arm(machine, mark["in"], node, host)
    if node.kind == Kind.BOUNDARY:
        trigger_boundary(machine, node, host, values)
    else:
        trigger_handler(machine, mark["in"], node, values)


def trigger_boundary(
    machine: "Machine", node: Node, host: str, values: Mapping[str, Any], gently: bool = False
) -> None:
    """Leave over the flows of a boundary event; an interrupting one cancels its activity with everything inside.

    ``gently``: whatever the drawing says, the activity goes on.
    """
    mark = machine.state.tokens[host]
    scope = mark["in"]
    machine.state.scopes[scope]["live"] += 1  # the scope stays open while its activity goes
    if node.interrupting and not gently:
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
