"""Entering, completing and cancelling scopes; where variables are read and written.

A *process* scope is closed: look-ups end there. *Sub* and *handler* scopes are open. An *item* scope (one instance of
a multi-instance) is open for reading and closed for writing. Writing goes to the innermost scope that has the name,
else to the process scope. Nothing is merged at a join, because nothing was split.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, events, loops
from engine.bpmn.program import Kind, Program
from engine.bpmn.values import plain

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine

DEPTH = 32


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
    machine.state.seq += 1
    key = str(machine.state.seq)
    scope: dict[str, Any] = {"of": of, "kind": kind, "p": process, "live": 0, "vars": variables}
    if token is not None:
        scope["token"] = token
        machine.inner.setdefault(token, []).append(key)
    if parent is not None:
        scope["up"] = parent
        if _depth(machine, parent) >= DEPTH:
            raise ValueError(f"more than {DEPTH} scopes inside each other")
    machine.state.scopes[key] = scope
    return key


def _depth(machine: "Machine", scope: str | None) -> int:
    depth = 0
    while scope is not None:
        depth += 1
        scope = machine.state.scopes[scope].get("up")
    return depth


def begin(machine: "Machine", scope: str, program: Program, at: str | None = None) -> None:
    """Arm the event sub-processes of the scope and put tokens at its start."""
    info = program.scopes[machine.state.scopes[scope]["of"]]
    for name in info.names:
        machine.state.scopes[scope]["vars"].setdefault(name, None)
    for name in info.event_subs:
        start = program.nodes[program.scopes[name].starts[0]]
        events.arm(machine, scope, start, host=scope)
    for name in (at,) if at else info.starts:
        machine.arrive(scope, program.nodes[name], None)
    if not (at or info.starts):
        machine.emptied.append(scope)


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
    for name, value in values.items():
        key = scope
        while True:
            found = machine.state.scopes[key]
            if name in found["vars"] or found["kind"] in ("process", "item"):
                break
            key = found["up"]
        found["vars"][name] = plain(value)
    machine.note("variables.set", None, scope, values={name: plain(value) for name, value in values.items()})


def complete(machine: "Machine", scope: str) -> None:
    """Leave the scope, in which nothing is left, and let the token that stands for it go on."""
    found = machine.state.scopes[scope]
    machine.drop_guests(scope)
    variables = found["vars"]
    if found["kind"] == "process" and "token" not in found:
        machine.note("case.ended", None, scope, key=found["p"])
        close(machine, scope)
        return
    if found["kind"] == "handler":
        _end_handler(machine, scope)
        return
    token = found["token"]
    mark = machine.state.tokens[token]
    node = machine.node_at(mark)
    machine.note("scope.left", token, scope, kind=found["kind"])
    outer = visible(machine, scope)
    close(machine, scope)
    if found["kind"] == "item":
        loops.ended(machine, token, node, found, outer)
        return
    values: Mapping[str, Any] = {}
    if node.kind == Kind.CALL:
        work = node.work
        values = {name: expression(outer) for name, expression in node.outputs}
        if getattr(work, "all_out", False):
            values = {**variables, **values}
    activities.finish(machine, token, node, values, mapped=node.kind == Kind.CALL)


def _end_handler(machine: "Machine", scope: str) -> None:
    found = machine.state.scopes[scope]
    host = found["up"]
    machine.note("scope.left", None, scope, kind="handler")
    close(machine, scope)
    outer = machine.state.scopes[host]
    outer["live"] -= 1
    if outer["live"] == 0:
        machine.emptied.append(host)


def close(machine: "Machine", scope: str) -> None:
    """Forget the scope and what stands at its joins."""
    found = machine.state.scopes[scope]
    if "token" in found:
        machine.inner[found["token"]].remove(scope)
    del machine.state.scopes[scope]
    if machine.state.joins:
        for key in [key for key in machine.state.joins if key.split("/", 1)[0] == scope]:
            del machine.state.joins[key]


def clear(machine: "Machine", scope: str, why: str, but: str | None = None) -> None:
    """Cancel everything inside the scope, deepest first, but the scope ``but``; the scope itself stays."""
    state = machine.state
    machine.drop_guests(scope)
    for token in [key for key, mark in state.tokens.items() if mark["in"] == scope and "host" not in mark]:
        if token in state.tokens:
            cancel_token(machine, token, why)
    for inner in [key for key, each in state.scopes.items() if each.get("up") == scope and each["kind"] == "handler"]:
        if inner != but:
            clear(machine, inner, why)
            close(machine, inner)
    for key in [key for key in state.joins if key.split("/", 1)[0] == scope]:
        del state.joins[key]
    machine.queue = type(machine.queue)(each for each in machine.queue if each[0] != scope)
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
