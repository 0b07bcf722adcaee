"""Moments that move while a case runs, such as its deadline: the variables, and every timer that was set by them.

BPMN 2.0.2, 10.5.5 evaluates a timer once, when it is armed; that a limit can be paused and extended is Muster's own.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.bpmn import due, events, scopes
from engine.bpmn.program import Event, Trigger
from engine.bpmn.values import plain

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine


def follow(machine: "Machine", moments: Mapping[str, datetime]) -> None:
    """Write the moments wherever they are kept, and move the timers whose date reads one of them.

    A timer start of an event sub-process that has occurred waits again if its date is now to come.
    """
    for scope, found in machine.state.scopes.items():
        outermost = "token" not in found and "up" not in found
        written = {name: plain(value) for name, value in moments.items() if outermost or name in found["vars"]}
        if written and written != {name: found["vars"].get(name) for name in written}:
            found["vars"].update(written)
            machine.touched = True
            machine.note("variables.set", None, scope, values=written)
    for token, mark in list(machine.state.tokens.items()):
        if mark["is"] != "timer":
            continue
        when = _when(machine, mark["in"], events.event_of(machine, mark), moments)
        if when is not None and when.isoformat() != mark["due"]:
            machine.set_due(token, when)
    for scope in list(machine.state.scopes):
        _wait_again(machine, scope, moments)


def _when(machine: "Machine", scope: str, event: Event, moments: Mapping[str, datetime]) -> datetime | None:
    """Return the timer's moment by the variables as they are now; None if it reads none of the moments."""
    names: frozenset[str] = getattr(event.when, "names", frozenset())
    if (
        event.kind != Trigger.TIMER
        or event.when_kind != "date"
        or event.when is None
        or not moments.keys() & set(names)
    ):
        return None
    return due.moment(event.when(machine.view(scope)), machine.library.zone, machine.now).astimezone(UTC)


def _wait_again(machine: "Machine", scope: str, moments: Mapping[str, datetime]) -> None:
    found, program = machine.state.scopes[scope], machine.program_of(scope)
    info = None if found["kind"] in scopes.INSTANCES else program.scopes.get(found["of"])
    for name in info.event_subs if info else ():
        start = program.nodes[program.scopes[name].starts[0]]
        if start.interrupting or any(machine.state.tokens[each]["at"] == start.id for each in _guests(machine, scope)):
            continue
        for index, event in enumerate(start.events):
            when = _when(machine, scope, event, moments)
            if when is not None and when > machine.now:
                events.wait(machine, scope, start, index, scope)


def _guests(machine: "Machine", scope: str) -> list[str]:
    return list(machine.guests.get(scope, ()))
