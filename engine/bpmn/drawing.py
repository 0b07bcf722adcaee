"""What a compiled drawing is, which elements are carried out, and what a problem says. Not here: compiling."""

from dataclasses import dataclass
from typing import Protocol

from engine.bpmn.program import Expression, Kind, Program, Trigger

KINDS = {
    "startEvent": Kind.START,
    "endEvent": Kind.END,
    "intermediateCatchEvent": Kind.CATCH,
    "intermediateThrowEvent": Kind.THROW,
    "boundaryEvent": Kind.BOUNDARY,
    "userTask": Kind.USER,
    "manualTask": Kind.MANUAL,
    "task": Kind.TASK,
    "serviceTask": Kind.SERVICE,
    "sendTask": Kind.SEND,
    "receiveTask": Kind.RECEIVE,
    "scriptTask": Kind.SCRIPT,
    "businessRuleTask": Kind.RULE,
    "callActivity": Kind.CALL,
    "subProcess": Kind.SUB,
    "exclusiveGateway": Kind.EXCLUSIVE,
    "parallelGateway": Kind.PARALLEL,
}
HARMLESS = {
    "documentation",
    "extensionElements",
    "incoming",
    "outgoing",
    "sequenceFlow",
    "laneSet",
    "textAnnotation",
    "association",
    "group",
    "multiInstanceLoopCharacteristics",
    "script",
    "dataObject",
    "dataObjectReference",
}
ALLOWED = {
    Kind.START: {Trigger.MESSAGE, Trigger.TIMER, Trigger.ERROR, Trigger.ESCALATION},
    Kind.END: {Trigger.MESSAGE, Trigger.ERROR, Trigger.ESCALATION, Trigger.TERMINATE},
    Kind.CATCH: {Trigger.MESSAGE, Trigger.TIMER},
    Kind.THROW: {Trigger.MESSAGE, Trigger.ESCALATION},
    Kind.BOUNDARY: {Trigger.MESSAGE, Trigger.TIMER, Trigger.ERROR, Trigger.ESCALATION},
}
TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


class Language(Protocol):
    """Compiles the texts of a drawing; FEEL in the product."""

    def compile(self, text: str) -> Expression: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a drawing: ``level`` is error or warning; an error keeps it from being deployed."""

    code: str
    level: str
    element: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.element}: {self.text} [{self.code}]"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A document: its programs by key (none when there is an error), and what was found in it."""

    programs: dict[str, Program]
    problems: tuple[Problem, ...]
    digest: str
