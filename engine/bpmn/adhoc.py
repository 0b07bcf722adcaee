"""Ad-hoc sub-processes: activities in an order that people choose. Source: BPMN 2.0.2, 10.3.5 and 13.3.5.

**Choice**: every activity without incoming flow starts at entry (the next one when one is done, if the ordering is
sequential); a person's work can be begun again while the sub-process lasts.
"""

from typing import TYPE_CHECKING

from engine.bpmn import scopes
from engine.bpmn.program import AdHoc, Node
from engine.bpmn.values import FAULTS
from engine.errors import ConflictError, InvalidError

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine


def begin(machine: "Machine", scope: str, node: Node, work: AdHoc) -> None:
    """Start what may start at once."""
    info = machine.program_of(scope).scopes[node.id]
    machine.state.scopes[scope]["adhoc"] = list(info.starts)
    _go_on(machine, scope, work, first=True)


def after(machine: "Machine", scope: str, done: Node) -> None:
    """Look at the completion condition, since the activity ``done`` in the scope has been done."""
    found = machine.state.scopes[scope]
    mark = machine.state.tokens[found["token"]]
    work = machine.node_at(mark).work
    if not isinstance(work, AdHoc):
        return
    try:
        enough = work.until is not None and work.until(machine.view(scope)) is True
    except FAULTS as error:
        machine.fault(scope, done, None, str(error) or type(error).__name__, phase="leave")
        return
    if enough:
        found["adhoc"] = []
        found["over"] = True
        if work.cancels:
            scopes.clear(machine, scope, "completion condition")
        if found["live"] == 0:
            machine.emptied.append(scope)
        return
    _go_on(machine, scope, work)


def _go_on(machine: "Machine", scope: str, work: AdHoc, first: bool = False) -> None:
    found = machine.state.scopes[scope]
    nodes = machine.program_of(scope).nodes
    if work.sequential:
        if found["adhoc"] and found["live"] == 0:
            machine.arrive(scope, nodes[found["adhoc"].pop(0)], None)
    elif first:
        while found["adhoc"]:
            machine.arrive(scope, nodes[found["adhoc"].pop(0)], None)
    if first and found["live"] == 0:
        machine.emptied.append(scope)


def is_over(machine: "Machine", scope: str, node: Node) -> bool:
    """Say whether the sub-process, in which nothing is left, is complete: its condition holds, or it has none."""
    found = machine.state.scopes[scope]
    return not isinstance(node.work, AdHoc) or node.work.until is None or bool(found.get("over"))


def start_again(machine: "Machine", token: str, name: str) -> None:
    """Start one of the activities of the running sub-process. Raises ConflictError, or InvalidError for another."""
    scope = _scope(machine, token)
    node = machine.node_at(machine.state.tokens[token])
    program = machine.program_of(scope)
    if name not in program.scopes[node.id].starts:
        raise InvalidError(f"{name} is no activity that {node.name or node.id} offers")
    machine.arrive(scope, program.nodes[name], None)


def finish(machine: "Machine", token: str) -> None:
    """End the sub-process; what still runs in it is cancelled. Raises ConflictError if it runs no longer."""
    scope = _scope(machine, token)
    machine.state.scopes[scope]["over"] = True
    scopes.clear(machine, scope, "finished by hand")
    machine.emptied.append(scope)


def _scope(machine: "Machine", token: str) -> str:
    mark = machine.state.tokens.get(token)
    if mark is None or mark["is"] != "scope" or not isinstance(machine.node_at(mark).work, AdHoc):
        raise ConflictError("token {token} is no running ad-hoc sub-process", token=token)
    return next(iter(machine.inner[token]))
