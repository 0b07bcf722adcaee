"""Entering, completing and cancelling scopes; where variables are read and written.

A *process* scope is closed: look-ups end there. *Sub* and *handler* scopes are open. An *item* scope (one instance of
a multi-instance) is open for reading and closed for writing. Writing goes to the innermost scope that has the name,
else to the process scope. Nothing is merged at a join, because nothing was split.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, adhoc, compensation, events, loops
from engine.bpmn.program import Kind, Node, Program, ScopeInfo
from engine.bpmn.values import FAULTS, plain

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine

DEPTH = 32
#: kinds of scopes that an activity makes around its own work
INSTANCES = {"item", "loop", "local"}


def open_scope(
    machine: "Machine",
    of: str,
    kind: str,
    process: str,
    token: str | None,
    variables: dict[str, Any],
    parent: str | None = None,
) -> str:
    """Make a scope and return its id; ``token`` stands for it outside, ``parent`` is the scope of that token."""
    if parent is not None and _depth(machine, parent) >= DEPTH:
        raise ValueError(f"more than {DEPTH} scopes inside each other")
    machine.state.seq += 1
    key = str(machine.state.seq)
    scope: dict[str, Any] = {"of": of, "kind": kind, "p": process, "live": 0, "vars": variables}
    if token is not None:
        scope["token"] = token
    if parent is not None:
        scope["up"] = parent
        machine.inner.setdefault(token or parent, {})[key] = None
    machine.state.scopes[key] = scope
    return key


def _depth(machine: "Machine", scope: str | None) -> int:
    depth = 0
    while scope is not None:
        depth += 1
        scope = machine.state.scopes[scope].get("up")
    return depth


def is_instance(machine: "Machine", scope: str, node: Node) -> bool:
    """Say whether the scope is that of one instance, turn or input of the activity ``node``."""
    found = machine.state.scopes[scope]
    return found["kind"] in INSTANCES and bool(found["of"] == node.id)


def outside_instance(machine: "Machine", scope: str, node: Node) -> str:
    """Return the scope in which the activity stands, be it given that scope or one of its instances'."""
    while is_instance(machine, scope, node):
        scope = machine.state.scopes[scope]["up"]
    return scope


def begin(machine: "Machine", scope: str, program: Program, at: str | None = None) -> None:
    """Arm the event sub-processes of the scope and put tokens at its start."""
    info = declare(machine, scope, program)
    for name in info.event_subs:
        start = program.nodes[program.scopes[name].starts[0]]
        events.arm(machine, scope, start, host=scope)
    if at is not None and program.nodes[at].kind != Kind.START:
        _begin_received(machine, scope, program, program.nodes[at])
    else:
        for name in (at,) if at else info.starts:
            machine.arrive(scope, program.nodes[name], None)
    if not (at or info.starts):
        machine.emptied.append(scope)


def _begin_received(machine: "Machine", scope: str, program: Program, node: Node) -> None:
    """Start behind a receive task or catching event whose message opened the case.

    Behind an instantiating gateway that needs all of its events, the others are waited for.
    """
    for flow in node.incoming:
        gateway = program.nodes[flow.source]
        for other in gateway.outgoing if gateway.all_of else ():
            if other.target != node.id:
                machine.arrive(scope, program.nodes[other.target], other)
    token = machine.stand(scope, node, "message")
    machine.note("activity.entered", token, scope, activity=node.id, kind=str(node.kind))
    activities.finish(machine, token, node, {})


def declare(machine: "Machine", scope: str, program: Program) -> ScopeInfo:
    """Let the data that the scope declares exist in it, null if it was not given; return what the scope holds."""
    info = program.scopes[machine.state.scopes[scope]["of"]]
    for name in info.names:
        machine.state.scopes[scope]["vars"].setdefault(name, None)
    return info


def visible(machine: "Machine", scope: str) -> dict[str, Any]:
    """Return what an expression in the scope sees, with the reserved names."""
    chain = []
    key: str | None = scope
    while key is not None:
        found = machine.state.scopes[key]
        chain.append(found["vars"])
        if found["kind"] == "process":
            break
        key = found.get("up")
    seen: dict[str, Any] = {}
    for variables in reversed(chain):
        seen.update(variables)
    seen["$now"], seen["$zone"] = machine.now, machine.library.zone
    seen.update(getattr(machine.library, "globals", {}))
    return seen


def write(machine: "Machine", scope: str, values: Mapping[str, Any]) -> None:
    """Write each value to the innermost scope that has its name, else to the process; never out of an item scope."""
    if not values:
        return
    written = {name: plain(value) for name, value in values.items()}
    for name, value in written.items():
        key = scope
        while True:
            found = machine.state.scopes[key]
            if name in found["vars"] or found["kind"] in ("process", "item"):
                break
            key = found["up"]
        found["vars"][name] = value
    machine.touched = True
    machine.note("variables.set", None, scope, values=written)


def complete(machine: "Machine", scope: str) -> None:
    """Leave the scope, in which nothing is left, and let the token that stands for it go on."""
    found = machine.state.scopes[scope]
    if "adhoc" in found and not adhoc.is_over(machine, scope, machine.node_at(machine.state.tokens[found["token"]])):
        machine.note("scope.waiting", found["token"], scope)
        return
    machine.drop_guests(scope)
    if found["kind"] == "process" and "token" not in found:
        machine.note("case.ended", None, scope, key=found["p"])
        machine.ended_with = found["vars"]
        close(machine, scope)
        return
    if found["kind"] == "handler":
        _end_handler(machine, scope)
        return
    token = found["token"]
    mark = machine.state.tokens[token]
    node = machine.node_at(mark)
    if found["kind"] == "undo":
        machine.note("scope.left", token, scope, kind="undo")
        close(machine, scope)
        compensation.advance(machine, token)
        return
    if found["kind"] in ("item", "loop"):
        try:
            outcome = loops.outcome(machine, token, node, scope)
        except FAULTS as error:
            failed = machine.stand(scope, node, "failed")
            machine.failed(failed, machine.state.tokens[failed], str(error) or type(error).__name__, "leave")
            return
        machine.note("scope.left", token, scope, kind=found["kind"])
        close(machine, scope)
        loops.ended(machine, token, node, found, outcome)
        return
    log = machine.state.undo.get(scope)
    machine.note("scope.left", token, scope, kind=found["kind"])
    close(machine, scope)
    if found["kind"] == "local":
        activities.leave(machine, token, node)
    else:
        inner = log or [] if node.kind != Kind.CALL else None
        activities.finish(machine, token, node, found["vars"], inner)


def _end_handler(machine: "Machine", scope: str) -> None:
    found = machine.state.scopes[scope]
    host = found["up"]
    machine.note("scope.left", None, scope, kind="handler")
    close(machine, scope)
    outer = machine.state.scopes[host]
    outer["live"] -= 1
    machine.changed[host] = None
    if outer["live"] == 0:
        machine.emptied.append(host)


def close(machine: "Machine", scope: str) -> None:
    """Forget the scope and what stands at its joins."""
    found = machine.state.scopes[scope]
    if "up" in found:
        del machine.inner[found.get("token") or found["up"]][scope]
    del machine.state.scopes[scope]
    machine.state.undo.pop(scope, None)
    _forget_joins(machine, scope)


def _forget_joins(machine: "Machine", scope: str) -> None:
    if machine.state.reset:
        for key in [each for each in machine.state.reset if each.split("/", 1)[0] == scope]:
            del machine.state.reset[key]
    if machine.state.joins:
        for key in machine.joins.pop(scope, ()):
            del machine.state.joins[key]


def take_back(machine: "Machine", seq: int, queued: int, noted: int) -> None:
    """Take away the tokens, scopes, arrivals and events that a failed attempt made since these counts were taken."""
    state = machine.state
    while len(machine.queue) > queued:
        scope, _node, _flow = machine.queue.pop()
        if scope in state.scopes:
            state.scopes[scope]["live"] -= 1
    while state.tokens and int(token := next(reversed(state.tokens))) > seq:
        machine.remove(token)
    while state.scopes and int(scope := next(reversed(state.scopes))) > seq:
        if state.scopes[scope]["kind"] == "handler":
            state.scopes[state.scopes[scope]["up"]]["live"] -= 1
        close(machine, scope)
    machine.events[noted:] = [each for each in machine.events[noted:] if not _since(each, seq)]


def _since(event: dict[str, Any], seq: int) -> bool:
    return event["action"] == "message.thrown" or any(int(event[part] or 0) > seq for part in ("token", "scope"))


def clear(machine: "Machine", scope: str, why: str, but: str | None = None) -> None:
    """Cancel everything inside the scope, deepest first, but the scope ``but``; the scope itself stays."""
    state = machine.state
    machine.drop_guests(scope)
    for token in list(machine.held.get(scope, ())):
        if token in state.tokens and "host" not in state.tokens[token]:
            cancel_token(machine, token, why)
    for inner in list(machine.inner.get(scope, ())):
        if inner != but:
            clear(machine, inner, why)
            close(machine, inner)
    _forget_joins(machine, scope)
    if machine.queue or machine.later:
        machine.queue = type(machine.queue)(each for each in machine.queue if each[0] != scope)
        machine.later = type(machine.later)(each for each in machine.later if each[0] != scope)
    state.scopes[scope]["live"] = 0 if but is None else 1


def cancel_token(machine: "Machine", token: str, why: str) -> None:
    """Cancel the activity at the token with everything inside it."""
    mark = machine.state.tokens[token]
    for inner in list(machine.inner.get(token, ())):
        clear(machine, inner, why)
        close(machine, inner)
    machine.drop_guests(token)
    machine.withdraw(token, mark)
    machine.note("activity.cancelled", token, mark["in"], activity=mark["at"], why=why)
    machine.remove(token)
