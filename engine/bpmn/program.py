"""What the machine executes: a process definition, compiled and frozen.

Nothing here is ever changed at run time; one program serves all cases of its definition.
Not here: how a drawing becomes a program (``compiler``), and how it moves (``machine``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

Json = Any
Variables = Mapping[str, Json]

#: compiled text: called with the visible variables; gives a JSON-like value or a FEEL value, may raise
Expression = Callable[[Variables], Any]
#: target name -> expression over the source
Mappings = tuple[tuple[str, Expression], ...]


class Kind(StrEnum):
    START = "start"
    END = "end"
    CATCH = "catch"
    THROW = "throw"
    BOUNDARY = "boundary"
    USER = "user"
    MANUAL = "manual"
    TASK = "task"
    SERVICE = "service"
    SEND = "send"
    RECEIVE = "receive"
    SCRIPT = "script"
    RULE = "rule"
    CALL = "call"
    SUB = "sub"
    TRANSACTION = "transaction"
    ADHOC = "adhoc"
    EVENT_SUB = "event_sub"
    EXCLUSIVE = "exclusive"
    PARALLEL = "parallel"
    INCLUSIVE = "inclusive"
    EVENT_BASED = "event_based"
    COMPLEX = "complex"


class Trigger(StrEnum):
    MESSAGE = "message"
    TIMER = "timer"
    ERROR = "error"
    ESCALATION = "escalation"
    SIGNAL = "signal"
    CONDITIONAL = "conditional"
    COMPENSATE = "compensate"
    CANCEL = "cancel"
    LINK = "link"  # the compiler makes flows of links; the machine never sees one
    TERMINATE = "terminate"


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; without a condition it is always taken."""

    id: str
    source: str
    target: str
    condition: Expression | None = None
    text: str | None = None  # of the condition, for the audit entry


@dataclass(frozen=True, slots=True)
class Event:
    """One event definition."""

    kind: Trigger
    name: str | None = None  # of the message or signal; the code of the error or escalation; None catches any
    when: Expression | None = None  # the timer's text, evaluated; the condition
    when_kind: str | None = None  # "date" | "duration" | "cycle"
    keys: tuple[Expression, ...] = ()  # correlation keys
    outputs: Mappings = ()  # payload -> variables (catching) or variables -> payload (throwing)
    activity: str | None = None  # what a compensation concerns; None: everything in the scope
    waits: bool = True  # for the end of the compensation


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Events that a multi-instance activity throws as instances complete; ``condition`` None: always."""

    kind: str  # "None" (each time) | "One" (the first time) | "Complex" (when the condition holds)
    events: tuple[Event, ...] = ()
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """Multi-instance: exactly one of ``count`` and ``items`` is set. Standard loop: ``repeats`` is set."""

    count: Expression | None = None
    items: Expression | None = None
    item: str | None = None  # name of the item variable
    output: str | None = None  # name of the result list in the enclosing scope
    element: Expression | None = None  # what one instance puts into it
    until: Expression | None = None  # completion condition
    sequential: bool = False
    behaviour: tuple[Behaviour, ...] = ()
    repeats: bool = False  # a standard loop
    again: Expression | None = None  # its condition; None: always
    maximum: int | None = None
    test_before: bool = False


@dataclass(frozen=True, slots=True)
class UserWork:
    """What a person is asked to do; every expression is evaluated when the task opens."""

    form: str | None = None
    candidates: Expression | None = None  # -> list of group keys, or text with commas
    people: Expression | None = None  # -> list of user names, or text with commas; each is the group ``user:NAME``
    assignee: Expression | None = None  # -> user name
    due: Expression | None = None  # -> moment
    follow_up: Expression | None = None
    priority: Expression | None = None


@dataclass(frozen=True, slots=True)
class JobWork:
    """Work that code of the house does, found by its topic."""

    topic: str


@dataclass(frozen=True, slots=True)
class Script:
    """An expression whose value goes to ``result``, or whose context's entries become variables."""

    code: Expression
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A decision to be made; its value goes to ``result``."""

    decision: str
    result: str | None = None
    binding: str = "deployment"
    version: int | str | None = None


@dataclass(frozen=True, slots=True)
class AdHoc:
    """How the activities of an ad-hoc sub-process are done; without ``until`` it ends when each was done once."""

    sequential: bool = False
    until: Expression | None = None
    cancels: bool = True  # what still runs when the condition becomes true


@dataclass(frozen=True, slots=True)
class Call:
    """A called process; ``inputs`` and ``outputs`` of the node map variables in and out."""

    process: str
    binding: str = "deployment"  # "deployment" | "latest" | "version" | "versionTag"
    version: int | str | None = None
    all_in: bool = False
    all_out: bool = False


Work = UserWork | JobWork | Script | Rule | Call | AdHoc


@dataclass(frozen=True, slots=True)
class Node:
    """One flow node with everything the machine needs to know of it."""

    id: str
    name: str
    kind: Kind
    scope: str  # id of the process or activity that contains it
    line: int = 0
    incoming: tuple[Flow, ...] = ()  # document order
    outgoing: tuple[Flow, ...] = ()
    default: Flow | None = None
    events: tuple[Event, ...] = ()
    all_of: bool = False  # several events: all must occur, not any
    interrupting: bool = True
    host: str | None = None  # of a boundary event
    boundary: tuple[str, ...] = ()  # ids of the boundary events of an activity
    loop: Loop | None = None
    inputs: Mappings = ()
    outputs: Mappings = ()
    writes: Mappings = ()  # output associations; LookupError: its source was never written
    own_outputs: tuple[str, ...] = ()  # the names of those sources: they stay inside
    required: tuple[str, ...] = ()  # inputs that may not be null
    work: Work | None = None
    quantities: tuple[int, int] = (1, 1)  # tokens needed to start, tokens made on completion
    undo: str | None = None  # its compensation handler
    undoes: bool = False  # it is one
    instantiates: bool = False  # an event-based gateway or receive task that starts cases
    upstream: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # of each flow into a join that waits for what can still come
    activation: Expression | None = None  # of a complex gateway
    lane: str | None = None
    documentation: str = ""
    properties: tuple[tuple[str, str], ...] = ()  # camunda:property pairs, such as ("stage", "dispatch")


@dataclass(frozen=True, slots=True)
class ScopeInfo:
    """What a process or sub-process holds."""

    id: str
    starts: tuple[str, ...] = ()  # none start, or the nodes to begin with when there is no start event
    event_subs: tuple[str, ...] = ()  # ids of its event sub-processes
    names: tuple[str, ...] = ()  # declared data
    undo_sub: str | None = None  # its compensation event sub-process


@dataclass(frozen=True, slots=True)
class Program:
    """A process definition, compiled."""

    key: str
    name: str
    digest: str
    nodes: Mapping[str, Node]
    scopes: Mapping[str, ScopeInfo]  # by the id of process or sub-process; the process' id is ``key``
    starts: tuple[str, ...] = ()  # ids of all nodes that can start a case (message and timer starts included)
    watches: bool = False  # whether it has conditional events
    tag: str | None = None  # camunda:versionTag
    documentation: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """The value of a decision and how it came about."""

    value: Any
    version: int
    rules: tuple[int, ...] = ()  # numbers, from 1, of the rules that matched


class Library(Protocol):
    """What the machine is handed; it holds no database."""

    zone: str
    budget: int

    def program(self, key: str, version: int) -> Program: ...

    def bind(self, key: str, binding: str, version: int | str | None) -> int:
        """Return the version that a called process or decision is bound to; raise LookupError if there is none."""
        ...

    def decide(self, key: str, version: int, values: Variables) -> Decided: ...
