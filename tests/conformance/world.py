"""A small world for the cases: instances side by side, a virtual clock, messages and signals between instances."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import bpmn
from engine.bpmn.program import JobWork, Kind, Node, Program, Script, Trigger
from tests.conformance.language import Python

BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
WAITS = ("message", "signal", "timer", "condition")


class Refused(Exception):
    """The document cannot be deployed."""


class World:
    """Runs the programs of a case's files; it is the machine's library and everything around it."""

    zone, budget = "UTC", 10_000

    def __init__(self, documents: list[bytes]) -> None:
        self.now = BEGIN
        self.traces: list[str] = []
        self.visited: list[str] = []
        self.instances: list[bpmn.Machine] = []
        self.jobs: list[tuple[datetime, datetime, bpmn.Machine, str]] = []
        self.language = Python({name: getattr(self, f"_{name}") for name in FUNCTIONS})
        self.programs: dict[str, Program] = {}
        for document in documents:
            drawing = bpmn.read(document, self.language)
            errors = [str(each) for each in drawing.problems if each.level == "error"]
            if errors:
                raise Refused("; ".join(errors))
            self.programs |= {key: _with_long_scripts(each) for key, each in drawing.programs.items()}

    # ---- what scripts may call

    def _trace(self, _names: Any, _written: Any) -> Any:
        return self.traces.append

    def _marker(self, _names: Any, _written: Any) -> Any:
        return lambda: self.traces.append("MARKER_exists")

    def _log_data(self, _names: Any, _written: Any) -> Any:
        return lambda value: self.traces.append("DATA_correct" if value == "String" else "DATA_wrong")

    def _undo(self, names: Any, written: Any) -> Any:
        def undo(name: str) -> None:
            written[name] = (names.get(name) or 0) + 1

        return undo

    # ---- the machine's library

    def program(self, key: str, version: int) -> Program:
        return self.programs[key]

    def bind(self, key: str, binding: str, version: Any) -> int:
        if key not in self.programs:
            raise LookupError(f"nothing called {key} is deployed")
        return 1

    def decide(self, key: str, version: int, values: Any) -> Any:
        raise LookupError(f"no decision {key}")

    # ---- what the steps do

    def start(self, key: str, values: dict[str, Any], at: str | None = None) -> bpmn.Machine:
        """Open an instance and let everything automatic happen."""
        machine = bpmn.Machine(self, bpmn.State.new(), self.now)
        self.instances.append(machine)
        self.move(machine, lambda: machine.start(self.programs[key], values, at))
        return machine

    def move(self, machine: bpmn.Machine, operation: Any) -> None:
        """Do the operation on a machine loaded anew, and carry out what it sends to others."""
        machine.state = bpmn.State.load(machine.state.dump())
        fresh = bpmn.Machine(self, machine.state, self.now)
        machine.__dict__.update(fresh.__dict__)
        operation()
        events, machine.events = machine.events, []
        for event in events:
            self._follow(machine, event)

    def _follow(self, machine: bpmn.Machine, event: dict[str, Any]) -> None:
        match event["action"]:
            case "activity.entered":
                self.visited.append(event["activity"])
            case "error.thrown" if event["caught"] is None:
                self.traces.append("ERROR_thrownErrorEvent")
            case "message.thrown":
                self.message(event["name"])
            case "signal.thrown":
                self.signal(event["name"], but=machine)
            case "job.opened" if event["topic"] == "long script":
                self.jobs.append((self.now, self.now + timedelta(seconds=10), machine, event["token"]))

    def message(self, name: str) -> bool:
        """Hand the message to the first taker, or let it start an instance; say whether there was one."""
        for machine in self.instances:
            for token, mark in machine.state.tokens.items():
                if mark["is"] == "message" and _event(machine, mark).name == name:
                    self.move(machine, lambda machine=machine, token=token: machine.deliver(token, {}))
                    return True
        return self._start_by(Trigger.MESSAGE, name)

    def signal(self, name: str, but: bpmn.Machine | None = None) -> None:
        """Let the signal occur in all instances, and start those that it starts."""
        for machine in list(self.instances):
            if machine is not but:
                self.move(machine, lambda machine=machine: machine.signal(name, {}))
        self._start_by(Trigger.SIGNAL, name)

    def _start_by(self, kind: Trigger, name: str) -> bool:
        found = [
            (program.key, node)
            for program in self.programs.values()
            for node in program.starts
            if any(each.kind == kind and each.name == name for each in program.nodes[node].events)
        ]
        for key, node in found:
            self.start(key, {}, node)
        return bool(found)

    def advance(self, seconds: float) -> None:
        """Let time pass, stopping at every due moment on the way."""
        end = self.now + timedelta(seconds=seconds)
        while True:
            due = [
                (datetime.fromisoformat(mark["due"]), number, token)
                for number, machine in enumerate(self.instances)
                for token, mark in machine.state.tokens.items()
                if mark["is"] == "timer"
            ]
            jobs = [(job[1], job) for job in self.jobs]
            if jobs and min(jobs)[0] <= end and (not due or min(jobs)[0] <= min(due)[0]):
                self._finish_job(min(jobs, key=lambda pair: pair[0])[1])
            elif due and min(due)[0] <= end:
                self.now, number, token = min(due)
                machine = self.instances[number]
                self.move(machine, lambda machine=machine, token=token: machine.fire(token))
            else:
                self.now = end
                return

    def _finish_job(self, job: Any) -> None:
        _begun, self.now, machine, token = job
        self.jobs.remove(job)
        if any(other[0] < self.now for other in self.jobs) and "EXECUTION_parallel" not in self.traces:
            self.traces.append("EXECUTION_parallel")
        self.move(machine, lambda: machine.complete(token, {}))

    def set(self, values: dict[str, Any]) -> None:
        """Write the variables into the root of the last instance."""
        machine = self.instances[-1]
        root = next(key for key, scope in machine.state.scopes.items() if "token" not in scope)
        self.move(machine, lambda: machine.set_variables(root, values))

    # ---- what the steps look at

    def active(self) -> list[str]:
        """Return the open tasks of all instances, sorted."""
        return sorted(mark["at"] for machine in self.instances for _, mark in self._tasks(machine))

    def complete(self, name: str, values: dict[str, Any]) -> None:
        """Complete the first open task at the activity."""
        for machine in self.instances:
            for token, mark in self._tasks(machine):
                if mark["at"] == name:
                    self.move(machine, lambda machine=machine, token=token: machine.complete(token, values))
                    return
        raise AssertionError(f"no task {name} is open, but {self.active()}")

    @staticmethod
    def _tasks(machine: bpmn.Machine) -> list[tuple[str, dict[str, Any]]]:
        return [(token, mark) for token, mark in machine.state.tokens.items() if mark["is"] == "task"]

    def waiting(self) -> list[str]:
        """Return where tokens wait for an event, boundary events apart, sorted."""
        return sorted(
            mark["at"]
            for machine in self.instances
            for mark in machine.state.tokens.values()
            if mark["is"] in (*WAITS, "event") and "host" not in mark
        )

    def failures(self) -> list[str]:
        """Return why tokens of the instances stand as failed."""
        return [
            f"{mark['at']}: {mark['why']}"
            for machine in self.instances
            for mark in machine.state.tokens.values()
            if mark["is"] == "failed"
        ]

    def variable(self, name: str) -> Any:
        """Return the variable of the last instance's root."""
        scopes = self.instances[-1].state.scopes.values()
        return next((scope["vars"].get(name) for scope in scopes if "token" not in scope), None)


FUNCTIONS = ("trace", "marker", "log_data", "undo")


def _event(machine: bpmn.Machine, mark: dict[str, Any]) -> Any:
    return machine.node_at(mark).events[mark.get("e", 0)]


def _with_long_scripts(program: Program) -> Program:
    """Make jobs, which take time, of the scripts that log when they ran: only so can two of them run at once."""
    nodes: dict[str, Node] = {}
    for name, node in program.nodes.items():
        is_long = isinstance(node.work, Script) and "timestamp_log" in getattr(node.work.code, "text", "")
        nodes[name] = replace(node, kind=Kind.SERVICE, work=JobWork("long script")) if is_long else node
    return replace(program, nodes=nodes)
