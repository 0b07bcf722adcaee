"""What moves a state along a program: pure, without a database, a clock or ids of its own.

The same program, state, operation and moment give the same bytes. Order is fixed: arrivals first in first out, flows in
document order, tokens by number. Not here: people, permissions, matching messages to cases.
Source: BPMN 2.0.2, chapter 13.
"""

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.bpmn import activities, adhoc, conditions, events, gateways, loops, moments, scopes, throwing
from engine.bpmn.indices import Indices
from engine.bpmn.program import Flow, Kind, Library, Node, Program
from engine.bpmn.state import State, Token
from engine.bpmn.values import FAULTS, plain
from engine.errors import ConflictError, InvalidError

#: kinds of tokens that wait for an event
WAITS = {"timer", "message", "signal", "condition"}


class Machine(Indices):
    """One operation on one state; afterwards look at ``state``, ``events`` and ``is_finished``."""

    def __init__(self, library: Library, state: State, now: datetime) -> None:
        super().__init__(state)
        self.library = library
        self.now = now
        self.events: list[dict[str, Any]] = []
        self.ended_with: dict[str, Any] = {}  # the variables of the root scope when it closed
        self.queue: deque[tuple[str, Node, Flow | None]] = deque()
        self.later: deque[tuple[str, Node, Flow | None]] = deque()  # throws of signals: when all else is at rest
        self.emptied: list[str] = []
        self.steps = 0
        self.watching: tuple[int, bool] | None = None  # number of programs, and whether one has conditions
        self.changed: dict[str, None] = {}  # scopes in which something moved since their joins were looked at
        self.suspects: dict[str, None] = {}  # those whose joins may never be passed any more
        self.touched = False  # whether a variable changed, or a condition is new, since conditions were looked at

    # ---- what others ask

    @property
    def is_finished(self) -> bool:
        """Say whether nothing is left of a process that was started."""
        return self.state.seq > 0 and not self.state.scopes

    def view(self, scope: str) -> dict[str, Any]:
        """Return the variables that an expression in the scope sees, innermost first, and the reserved names."""
        return scopes.visible(self, scope)

    # ---- operations

    def start(
        self,
        program: Program,
        values: Mapping[str, Any],
        at: str | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        """Open the process: its root scope holds ``values``; tokens stand at the first activities that wait.

        ``payload`` is that of the message or signal which started it, received by the node ``at``.
        Raises InvalidError if ``at`` is not a start of the process.
        """
        if at is not None and at not in program.starts:
            raise InvalidError(f"process {program.key} has no start event {at}")
        version = self.library.bind(program.key, "deployment", None)
        self.state.programs[program.key] = version
        scope = scopes.open_scope(self, program.key, "process", program.key, None, plain(dict(values)))
        self.note("case.started", None, scope, key=program.key, version=version, start=at)
        scopes.begin(self, scope, program, at)
        if at is not None and payload:
            events.take_in(self, scope, program.nodes[at], payload)
        self.run()

    def complete(self, token: str, values: Mapping[str, Any]) -> None:
        """Finish the work at the token: ``values`` become variables, and everything automatic behind it is done.

        Raises ConflictError if the token waits no longer.
        """
        mark = self._waiting(token, "task", "job")
        node = self.node_at(mark)
        activities.finish(self, token, node, values)
        self.run()

    def fire(self, token: str) -> None:
        """Let the timer occur. Raises ConflictError if it waits no longer or is not due yet."""
        mark = self._waiting(token, "timer")
        if datetime.fromisoformat(mark["due"]) > self.now:
            raise ConflictError("timer {timer} is not due before {due}", timer=mark["at"], due=mark["due"])
        events.occur_timer(self, token)
        self.run()

    def deliver(self, token: str, payload: Mapping[str, Any]) -> None:
        """Hand the message or signal to the token that waits for it. Raises ConflictError if it waits no longer."""
        self._waiting(token, "message", "signal")
        events.occur_message(self, token, payload)
        self.run()

    def signal(self, name: str, payload: Mapping[str, Any]) -> None:
        """Let the signal occur at every token that waits for it now; nothing happens if none does."""
        throwing.broadcast(self, name, payload)
        self.run()

    def throw(self, token: str, code: str, values: Mapping[str, Any] | None = None, kind: str = "error") -> None:
        """Raise a BPMN error or escalation at the work of the token."""
        mark = self._waiting(token, "task", "job")
        if kind == "error":
            throwing.throw_error(self, mark["in"], token, self.node_at(mark), code, values or {})
        else:
            throwing.throw_escalation(self, mark["in"], token, self.node_at(mark), code, values or {})
        self.run()

    def fail(self, token: str, why: str) -> None:
        """Mark a job that is given up; an administrator retries it."""
        mark = self._waiting(token, "job")
        self.failed(token, mark, why, "enter")

    def retry(self, token: str) -> None:
        """Enter, or leave, the failed activity again, with a new budget."""
        mark = self._waiting(token, "failed")
        node = self.node_at(mark)
        self.note("activity.retried", token, mark["in"], activity=node.id)
        if "was" in mark:  # a condition that could not be evaluated is looked at again
            mark["is"], mark["was"] = "condition", False
            self.touched = True
        elif mark["phase"] == "leave":
            activities.leave_again(self, token, node)
        else:
            flow = next((each for each in node.incoming if each.id == mark.get("flow")), None)
            self.arrive(mark["in"], node, flow)
            self.drop_guests(token)
            self.remove(token)
        self.run()

    def skip(self, token: str, flow: str | None = None) -> None:
        """Leave the activity without doing it: over ``flow`` if one is named, else as if it had been done.

        Raises ConflictError if the token waits no longer, InvalidError if the flow is not its own.
        """
        mark = self._waiting(token, "failed", "task", "job", "event")
        node = self.node_at(mark)
        chosen = tuple(each for each in node.outgoing if each.id == flow)
        if flow is not None and (not chosen or scopes.is_instance(self, mark["in"], node)):
            raise InvalidError(f"{node.id} has no outgoing flow {flow}")
        if node.kind == Kind.EVENT_BASED:
            raise ConflictError("{activity} waits for an event", activity=node.name or node.id)
        self.note("activity.skipped", token, mark["in"], activity=node.id)
        self.withdraw(token, mark)
        mark["is"] = "done"
        if "host" in mark:  # a message that could not be read: the activity goes on without it
            self.remove(token)
        elif chosen:
            activities.go(self, token, node, chosen)
        elif node.kind == Kind.PARALLEL:
            activities.go(self, token, node, node.outgoing)
        else:
            activities.leave(self, token, node)
        self.run()

    def set_variables(self, scope: str, values: Mapping[str, Any]) -> None:
        """Write the values into the scope itself. Raises ConflictError if it is closed."""
        if scope not in self.state.scopes:
            raise ConflictError("scope {scope} is closed", scope=scope)
        written = plain(dict(values))
        self.state.scopes[scope]["vars"].update(written)
        self.touched = True
        self.note("variables.set", None, scope, values=written)
        self.run()

    def set_due(self, token: str, due: datetime) -> None:
        """Move the timer to another moment, which is aware. Raises ConflictError if it waits no longer."""
        mark = self._waiting(token, "timer")
        if due.tzinfo is None:
            raise InvalidError(f"{due.isoformat()} has no zone")
        due = due.astimezone(UTC)
        mark["due"] = due.isoformat()
        self.note("timer.armed", token, mark["in"], activity=mark["at"], due=due)

    def set_moments(self, values: Mapping[str, datetime]) -> None:
        """Write the aware moments wherever they are kept, and move the timers whose dates read one of them."""
        moments.follow(self, values)
        self.run()

    def add_instance(self, token: str, item: Any) -> None:
        """Start one more instance, for ``item``, of the running parallel activity whose body is ``token``.

        Raises ConflictError if it runs no longer, is sequential, counts its instances, or has too many.
        """
        loops.add_instance(self, token, item)
        self.run()

    def end_instance(self, token: str) -> None:
        """End the instance in which the token is, without a result; the activity completes if it was the last.

        Raises ConflictError if the token is in no instance of a parallel activity over a collection.
        """
        loops.end_instance(self, token)
        self.run()

    def begin(self, token: str, node: str) -> None:
        """Start an activity of the running ad-hoc sub-process. Raises ConflictError, InvalidError for another's."""
        adhoc.start_again(self, token, node)
        self.run()

    def finish(self, token: str) -> None:
        """End the running ad-hoc sub-process. Raises ConflictError if it runs no longer."""
        adhoc.finish(self, token)
        self.run()

    def cancel(self, why: str) -> None:
        """Take everything away; the case is finished."""
        for scope in self._roots():
            self.note("case.cancelled", None, scope, why=why)
            scopes.clear(self, scope, why)
            scopes.close(self, scope)

    def take_up(self, why: str) -> None:
        """Go on with a state that was put aside: tokens wait where they stood, and conditions are looked at again."""
        for scope in self._roots():
            self.note("case.taken-up", None, scope, why=why)
        self.touched = True
        self.run()

    # ---- the run loop

    def run(self) -> None:
        """Move until every token waits, within the budget of steps."""
        while True:
            while self.queue or self.later:
                if self.touched and conditions.settle(self):
                    continue
                scope, node, flow = self.queue.popleft() if self.queue else self.later.popleft()
                if self.queue and throwing.is_signal(node):  # so that a catch in a parallel branch hears it
                    self.later.append((scope, node, flow))
                    continue
                if scope not in self.state.scopes:
                    continue
                if self.steps == self.library.budget:
                    self.queue.appendleft((scope, node, flow))
                    self._stall()
                    break
                self.steps += 1
                self._enter(scope, node, flow)
            if not self._settle():
                return

    def _settle(self) -> bool:
        """Do the one next thing that may only happen when nothing else moves; say whether there was one.

        In this order: a join for which nothing more can come, a scope in which nothing is left, a condition that has
        become true. Last, scopes whose tokens all stand at joins are reported.
        """
        if self.state.joins or self.state.reset:
            if gateways.settle(self):
                return True
        else:
            self.changed.clear()
        while self.emptied:
            scope = self.emptied.pop()
            if scope in self.state.scopes and self.state.scopes[scope]["live"] == 0:
                scopes.complete(self, scope)
                return True
        return (self.touched and conditions.settle(self)) or gateways.report_stuck(self)

    def _stall(self) -> None:
        self.queue.extend(self.later)
        self.later.clear()
        while self.queue:
            scope, node, flow = self.queue.popleft()
            if scope in self.state.scopes:
                self.fault(scope, node, flow, "too many steps without a wait")
                self.state.scopes[scope]["live"] -= 1

    def _enter(self, scope: str, node: Node, flow: Flow | None) -> None:
        self.state.scopes[scope]["live"] -= 1
        before = (self.state.seq, len(self.queue), len(self.events))
        try:
            if node.kind in gateways.GATEWAYS:
                gateways.enter(self, scope, node, flow)
            elif node.quantities[0] < 2 or flow is None or gateways.gathered(self, scope, node, flow):
                activities.enter(self, scope, node)
        except FAULTS as error:
            scopes.take_back(self, *before)
            self.fault(scope, node, flow, str(error) or type(error).__name__)
        if scope in self.state.scopes and self.state.scopes[scope]["live"] == 0:
            self.emptied.append(scope)

    # ---- tokens

    def arrive(self, scope: str, node: Node, flow: Flow | None) -> None:
        """Put an arrival into the queue; it keeps its scope open."""
        self.state.scopes[scope]["live"] += 1
        self.queue.append((scope, node, flow))

    def stand(self, scope: str, node: Node, kind: str, host: str | None = None, **more: Any) -> str:
        """Make a token at the node and return its id; a token with a host is a guest and keeps no scope open."""
        self.state.seq += 1
        key = str(self.state.seq)
        token: Token = {"at": node.id, "in": scope, "is": kind, **more}
        if host is not None:
            token["host"] = host
            self.guests.setdefault(host, {})[key] = None
        else:
            self.state.scopes[scope]["live"] += 1
        self.state.tokens[key] = token
        if self._held is not None:
            self._held.setdefault(scope, {})[key] = None
        return key

    def remove(self, token: str) -> None:
        """Take the token away."""
        mark = self.state.tokens[token]
        if "host" in mark:
            del self.guests[mark["host"]][token]
        if self._held is not None:
            del self._held[mark["in"]][token]
        del self.state.tokens[token]
        if "host" not in mark:
            self.changed[mark["in"]] = None
            scope = self.state.scopes[mark["in"]]
            scope["live"] -= 1
            if scope["live"] == 0:
                self.emptied.append(mark["in"])

    def drop_guests(self, host: str) -> None:
        """Let the guests of a token or scope fall."""
        guests = self.guests.get(host)
        for guest in list(guests) if guests else ():
            mark = self.state.tokens[guest]
            if mark["is"] in WAITS:
                self.note(f"{mark['is']}.dropped", guest, mark["in"], activity=mark["at"])
            self.remove(guest)

    def withdraw(self, token: str, mark: Token) -> None:
        """Take away what people or workers see of the token."""
        if mark["is"] == "task":
            self.note("task.withdrawn", token, mark["in"], activity=mark["at"])
        elif mark["is"] == "job":
            self.note("job.withdrawn", token, mark["in"], activity=mark["at"])
        elif mark["is"] in WAITS:
            self.note(f"{mark['is']}.dropped", token, mark["in"], activity=mark["at"])

    def fault(self, scope: str, node: Node, flow: Flow | None, why: str, phase: str = "enter") -> None:
        """Leave a failed token where an arrival could not enter; it keeps the flow over which it came."""
        token = self.stand(scope, node, "failed", **({"flow": flow.id} if flow is not None else {}))
        self.failed(token, self.state.tokens[token], why, phase)

    def failed(self, token: str, mark: Token, why: str, phase: str) -> None:
        """Make the token wait for an administrator."""
        self.withdraw(token, mark)
        mark["is"], mark["why"], mark["phase"] = "failed", why, phase
        self.note("activity.failed", token, mark["in"], activity=mark["at"], why=why, phase=phase)

    def node_at(self, mark: Token) -> Node:
        """Return the node at which the token stands."""
        return self.program_of(mark["in"]).nodes[mark["at"]]

    def program_of(self, scope: str) -> Program:
        """Return the program in which the scope runs."""
        key = self.state.scopes[scope]["p"]
        return self.library.program(key, self.state.programs[key])

    def note(self, action: str, token: str | None, scope: str | None, **fields: Any) -> None:
        """Record an event for the audit chain."""
        self.events.append({"action": action, "token": token, "activity": None, "scope": scope, **fields})

    def _roots(self) -> list[str]:
        """Return the scopes of processes that nothing called; handlers of events lie inside another scope."""
        return [key for key, each in self.state.scopes.items() if "token" not in each and "up" not in each]

    def _waiting(self, token: str, *kinds: str) -> Token:
        mark = self.state.tokens.get(token)
        if mark is None or mark["is"] not in kinds:
            raise ConflictError("token {token} waits no longer", token=token)
        return mark
