"""Rules for a deployable drawing that need no expression: attributes and extensions.

An attribute or element that would change the behaviour and is not honoured is an error by its name; a harmless one is
listed here; what belongs to other namespaces is theirs. Codes as in the house's list of rules.
Not here: references and expressions, which the compiler finds on its way.
"""

from collections.abc import Callable, Collection, Mapping

from engine.bpmn.drawing import KINDS
from engine.bpmn.element import Element
from engine.bpmn.program import Kind

Say = Callable[[str, Element, str], None]

TASK = {"default", "isForCompensation", "startQuantity", "completionQuantity", "implementation"}
KNOWN: Mapping[str, set[str]] = {
    "startEvent": {"isInterrupting", "parallelMultiple"},
    "endEvent": set(),
    "intermediateCatchEvent": {"parallelMultiple"},
    "intermediateThrowEvent": set(),
    "boundaryEvent": {"attachedToRef", "cancelActivity", "parallelMultiple"},
    "userTask": TASK
    | {
        "camunda:assignee",
        "camunda:candidateGroups",
        "camunda:candidateUsers",
        "camunda:dueDate",
        "camunda:followUpDate",
        "camunda:priority",
        "camunda:formKey",
        "muster:notBy",
    },
    "manualTask": TASK,
    "task": TASK,
    "serviceTask": TASK | {"camunda:type", "camunda:topic", "operationRef"},
    "sendTask": TASK | {"camunda:type", "camunda:topic", "messageRef", "operationRef", "muster:correlationKey"},
    "receiveTask": TASK | {"messageRef", "operationRef", "instantiate", "muster:correlationKey"},
    "transaction": TASK | {"triggeredByEvent", "method"},
    "adHocSubProcess": TASK | {"triggeredByEvent", "ordering", "cancelRemainingInstances"},
    "scriptTask": TASK | {"scriptFormat", "camunda:resultVariable"},
    "businessRuleTask": TASK
    | {
        "camunda:decisionRef",
        "camunda:resultVariable",
        "camunda:decisionRefBinding",
        "camunda:decisionRefVersion",
        "camunda:decisionRefVersionTag",
    },
    "callActivity": TASK
    | {
        "calledElement",
        "camunda:calledElementBinding",
        "camunda:calledElementVersion",
        "camunda:calledElementVersionTag",
    },
    "subProcess": TASK | {"triggeredByEvent"},
    "exclusiveGateway": {"gatewayDirection", "default"},
    "parallelGateway": {"gatewayDirection"},
    "inclusiveGateway": {"gatewayDirection", "default"},
    "complexGateway": {"gatewayDirection", "default"},
    "eventBasedGateway": {"gatewayDirection", "instantiate", "eventGatewayType"},
    "multiInstanceLoopCharacteristics": {
        "isSequential",
        "behavior",
        "camunda:collection",
        "camunda:elementVariable",
        "muster:outputCollection",
        "muster:outputElement",
        "noneBehaviorEventRef",
        "oneBehaviorEventRef",
    },
    "standardLoopCharacteristics": {"testBefore", "loopMaximum"},
    "messageEventDefinition": {"messageRef", "muster:correlationKey"},
    "timerEventDefinition": set(),
    "errorEventDefinition": {"errorRef"},
    "escalationEventDefinition": {"escalationRef"},
    "signalEventDefinition": {"signalRef"},
    "conditionalEventDefinition": set(),
    "compensateEventDefinition": {"activityRef", "waitForCompletion"},
    "cancelEventDefinition": set(),
    "linkEventDefinition": set(),
    "terminateEventDefinition": set(),
    "conditionExpression": {"language"},
    "process": {"isExecutable", "isClosed", "processType", "camunda:versionTag"},
}
#: only this value is honoured
FIXED = {"camunda:type": "external"}
#: says how another engine schedules its work, or how an editor shows a thing
HARMLESS = {
    "camunda:asyncBefore",
    "camunda:asyncAfter",
    "camunda:async",
    "camunda:exclusive",
    "camunda:jobPriority",
    "camunda:taskPriority",
    "camunda:modelerTemplate",
    "camunda:modelerTemplateVersion",
    "camunda:modelerTemplateIcon",
    "camunda:historyTimeToLive",
    "camunda:isStartableInTasklist",
    "camunda:diagramRelationId",
    "muster:nameEn",
    "camunda:initiator",
    "triggeredByEvent",
}
#: ``camunda:field`` says something to Java code only, which would be refused by its own name
EXTENSIONS = {"camunda:field", "camunda:in", "camunda:out", "camunda:inputOutput", "camunda:properties"}
LANGUAGES = {"", "feel", "https://www.omg.org/spec/dmn/20191111/feel/", "http://www.omg.org/spec/feel/20140401"}


def attributes(element: Element, say: Say, formats: Collection[str] = ()) -> None:
    """Say every attribute and extension of the element that would change its behaviour and is not honoured."""
    known = KNOWN.get(element.tag)
    if known is None:
        return
    for name, value in element.attributes.items():
        if name in ("id", "name") or name in HARMLESS or name.startswith("xsi:") or "://" in name:
            continue
        if name not in known:
            java = " It names Java code." if name in ("camunda:class", "camunda:delegateExpression") else ""
            say("D06" if ":" in name else "D05", element, f"the attribute {name} is not carried out.{java}")
        elif FIXED.get(name, value) != value:
            say("D05", element, f'{name}="{value}" is not carried out, only {FIXED[name]}')
    if element.attributes.get("language", "").lower() not in {*LANGUAGES, *formats}:
        say("C05", element, f"expressions are FEEL, not {element.attributes['language']}")
    for child in element.children:
        if child.tag == "extensionElements":
            _extensions(element, child, say)
        elif child.tag.endswith("EventDefinition") or child.tag in ("multiInstanceLoopCharacteristics",):
            attributes(child, say, formats)


def _extensions(element: Element, extensions: Element, say: Say) -> None:
    for child in extensions.children:
        if child.tag.startswith(("camunda:", "muster:", "zeebe:")) and child.tag not in EXTENSIONS:
            say("D06", element, f"the extension {child.tag} is not carried out")
        if "businessKey" in child.attributes:
            say("D06", element, "a business key is not carried out")


def kind_of(element: Element) -> Kind:
    """Return the kind of a flow node."""
    is_event_sub = element.attributes.get("triggeredByEvent") == "true"
    return Kind.EVENT_SUB if element.tag == "subProcess" and is_event_sub else KINDS[element.tag]
