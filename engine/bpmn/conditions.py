"""Conditional events: they occur when their condition becomes true. Source: BPMN 2.0.2, 10.5.5 and 13.5.

A token remembers whether the condition was true when it was last looked at. It is looked at when it is made and after
every operation; the clock alone never makes it occur.
"""

from typing import TYPE_CHECKING

from engine.bpmn import events
from engine.bpmn.values import FAULTS

if TYPE_CHECKING:
    from engine.bpmn.machine import Machine


def settle(machine: "Machine") -> bool:
    """Let the first conditional event occur whose condition has become true; say whether there was one."""
    machine.touched = False
    if not _watches(machine):
        return False
    for token, mark in machine.state.tokens.items():
        if mark["is"] != "condition":
            continue
        event = events.event_of(machine, mark)
        try:
            holds = event.when is not None and event.when(machine.view(mark["in"])) is True
        except FAULTS as error:
            machine.failed(token, mark, str(error) or type(error).__name__, "enter")
            machine.touched = True
            return True
        before, mark["was"] = mark["was"], holds
        if holds and not before:
            machine.touched = True
            machine.note("condition.met", token, mark["in"], activity=mark["at"])
            events.occur(machine, token, {}, stays=not machine.node_at(mark).interrupting)
            return True
    return False


def _watches(machine: "Machine") -> bool:
    """Say whether a program of the case has conditional events; asked anew only when one more was bound."""
    programs = machine.state.programs
    if machine.watching is None or machine.watching[0] != len(programs):
        found = any(machine.library.program(key, version).watches for key, version in programs.items())
        machine.watching = (len(programs), found)
    return machine.watching[1]
