"""The undo log, compensation handlers, and the cancelling of transactions. Source: BPMN 2.0.2, 10.7 and 13.5.5.

``state.undo`` holds, scope by scope and oldest first, what was completed and has a handler. An entry keeps copies of
the variables that ended with the activity; those that live on are read as they are when the handler runs.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from engine.bpmn import activities, events, scopes, throwing
from engine.bpmn.program import Event, Node, Trigger

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine

Entry = dict[str, Any]


def remember(machine: "Machine", scope: str, node: Node, ended: Mapping[str, Any], inner: list[Entry] | None) -> None:
    """Append the completed activity to the log of its scope, if there is something that can undo it.

    ``ended``: the variables that end with it. ``inner``: the log of a sub-process, or None.
    """
    program = machine.program_of(scope)
    info = program.scopes.get(node.id)
    undo_sub = info.undo_sub if info is not None and inner is not None else None
    if node.undo is None and undo_sub is None and not inner:
        return
    outside = scopes.outside_instance(machine, scope, node)
    instance = machine.state.scopes[scope]["vars"] if outside != scope else {}
    entry: Entry = {"at": node.id, "vars": deepcopy({**instance, **ended})}
    if inner:
        entry["inner"] = inner
    machine.state.undo.setdefault(outside, []).append(entry)


def throw(machine: "Machine", token: str, node: Node, event: Event) -> None:
    """Compensate what the event names, newest first; the throwing token goes on when the last handler is done."""
    mark = machine.state.tokens[token]
    scope = mark["in"]
    where = _where(machine, scope, event.activity)
    todo = _take(machine, where, event.activity)
    if not event.waits:
        runner = machine.stand(scope, node, "undo", todo=todo, where=where, ends=True)
        machine.note("undo.started", runner, scope, activity=node.id, n=len(todo))
        advance(machine, runner)
        activities.leave(machine, token, node)
        return
    mark.update({"is": "undo", "todo": todo, "where": where})
    machine.note("undo.started", token, scope, activity=node.id, n=len(todo))
    advance(machine, token)


def cancel(machine: "Machine", scope: str, node: Node) -> None:
    """Cancel what runs in the transaction, compensate what is done, then leave it over its cancel boundary event."""
    key = scope
    while machine.state.scopes[key].get("kind") != "sub":
        key = machine.state.scopes[key]["up"]
    log = machine.state.undo.get(key, [])
    scopes.clear(machine, key, node.id)
    machine.note("transaction.cancelled", None, key, activity=node.id)
    todo = _expand(machine, key, log)
    machine.state.undo.pop(key, None)
    token = machine.stand(key, node, "undo", todo=todo, where=key, cancels=True)
    machine.note("undo.started", token, key, activity=node.id, n=len(todo))
    advance(machine, token)


def advance(machine: "Machine", token: str) -> None:
    """Run the next handler of the compensation, or end it."""
    mark = machine.state.tokens[token]
    if mark["todo"]:
        _run(machine, token, mark["todo"].pop(0), str(mark["where"]))
        return
    node = machine.node_at(mark)
    machine.note("undo.ended", token, mark["in"], activity=node.id)
    if mark.get("ends"):
        machine.remove(token)
    elif mark.get("cancels"):
        _leave_transaction(machine, token, mark["in"])
    else:
        del mark["todo"], mark["where"]
        mark["is"] = "done"
        throwing.go_on(machine, token, node, mark.pop("e"))


def _run(machine: "Machine", token: str, entry: Entry, where: str) -> None:
    mark = machine.state.tokens[token]
    home = mark["in"]
    program = machine.program_of(home)
    done = program.nodes[entry["at"]]
    process = machine.state.scopes[home]["p"]
    place = where if where in machine.state.scopes else home
    if done.undo is not None:
        target, of = program.nodes[done.undo], done.undo
    else:
        undo_sub = program.scopes[done.id].undo_sub
        if undo_sub is None:
            raise ValueError(f"nothing undoes {done.id}")
        target, of = program.nodes[program.scopes[undo_sub].starts[0]], undo_sub
    inner = scopes.open_scope(machine, of, "undo", process, token, deepcopy(entry["vars"]), parent=place)
    if done.undo is None:
        machine.state.undo[inner] = entry.get("inner", [])
    machine.note("activity.undone", token, inner, activity=done.id, by=of)
    machine.arrive(inner, target, None)


def _leave_transaction(machine: "Machine", token: str, scope: str) -> None:
    host = machine.state.scopes[scope]["token"]
    outside = machine.node_at(machine.state.tokens[host])
    program = machine.program_of(machine.state.tokens[host]["in"])
    machine.remove(token)
    for name in outside.boundary:
        if any(event.kind == Trigger.CANCEL for event in program.nodes[name].events):
            events.trigger_boundary(machine, program.nodes[name], host, {})
            return


def _where(machine: "Machine", scope: str, activity: str | None) -> str:
    """Return the scope whose log a throw in ``scope`` concerns: its own, and from a handler that of its host."""
    key = scope
    while True:
        found = machine.state.scopes[key]
        own = activity is not None and machine.program_of(key).nodes[activity].scope == found["of"]
        outwards = found["kind"] in ("handler", "item", "loop", "local") and not own
        if found["kind"] == "undo":
            outwards = key not in machine.state.undo
        elif found["kind"] == "sub" and activity is not None:
            outwards = not own
        if not outwards or "up" not in found:
            return key
        key = found["up"]


def _take(machine: "Machine", scope: str, activity: str | None) -> list[Entry]:
    """Take the entries out of the scope's log and return them, newest first, each with what undoes it."""
    log = machine.state.undo.get(scope, [])
    taken = [entry for entry in log if activity in (None, entry["at"])]
    rest = [entry for entry in log if activity not in (None, entry["at"])]
    if rest:
        machine.state.undo[scope] = rest
    else:
        machine.state.undo.pop(scope, None)
    return _expand(machine, scope, taken)


def _expand(machine: "Machine", scope: str, log: list[Entry], kept: dict[str, Any] | None = None) -> list[Entry]:
    """Return the entries newest first; one of a sub-process without handler of its own gives way to its inner ones."""
    program = machine.program_of(scope)
    found: list[Entry] = []
    for entry in reversed(log):
        variables = {**(kept or {}), **entry["vars"]}
        info = program.scopes.get(entry["at"])
        own = program.nodes[entry["at"]].undo is not None or (info is not None and info.undo_sub is not None)
        if own:
            found.append({**entry, "vars": variables})
        else:
            found += _expand(machine, scope, entry.get("inner", []), variables)
    return found
