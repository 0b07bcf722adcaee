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
    "transaction": Kind.TRANSACTION,
    "adHocSubProcess": Kind.ADHOC,
    "exclusiveGateway": Kind.EXCLUSIVE,
    "parallelGateway": Kind.PARALLEL,
    "inclusiveGateway": Kind.INCLUSIVE,
    "eventBasedGateway": Kind.EVENT_BASED,
    "complexGateway": Kind.COMPLEX,
}
#: tasks at the root of a document, which a call activity may call
GLOBAL = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
#: children of processes and nodes that are read elsewhere, or only say something to people
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
    "standardLoopCharacteristics",
    "script",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "property",
    "ioSpecification",
    "ioBinding",
    "dataInput",
    "dataOutput",
    "inputSet",
    "outputSet",
    "dataInputAssociation",
    "dataOutputAssociation",
    "completionCondition",
    "activationCondition",
    "eventDefinitionRef",
    "correlationSubscription",
    "supportedInterfaceRef",
    "supports",
    "resourceRole",
    "performer",
    "humanPerformer",
    "potentialOwner",
    "rendering",
    "auditing",
    "monitoring",
    "categoryValueRef",
    "operationRef",
}
WAITING = {Trigger.MESSAGE, Trigger.TIMER, Trigger.SIGNAL, Trigger.CONDITIONAL}
ALLOWED = {
    Kind.START: {*WAITING, Trigger.ERROR, Trigger.ESCALATION, Trigger.COMPENSATE},
    Kind.END: {
        Trigger.MESSAGE,
        Trigger.SIGNAL,
        Trigger.ERROR,
        Trigger.ESCALATION,
        Trigger.COMPENSATE,
        Trigger.CANCEL,
        Trigger.TERMINATE,
    },
    Kind.CATCH: {*WAITING, Trigger.LINK},
    Kind.THROW: {Trigger.MESSAGE, Trigger.SIGNAL, Trigger.ESCALATION, Trigger.COMPENSATE, Trigger.LINK},
    Kind.BOUNDARY: {*WAITING, Trigger.ERROR, Trigger.ESCALATION, Trigger.COMPENSATE, Trigger.CANCEL},
}
TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


class Language(Protocol):
    """Compiles the texts of a drawing; FEEL in the product. It may have a ``script`` of its own, and ``formats``."""

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
