"""Rules for a deployable drawing that need no expression: attributes, extensions, structure.

An attribute or element that would change the behaviour and is not honoured is an error by its name; a harmless one is
listed here; what belongs to other namespaces is theirs. Codes as in the house's list of rules.
Not here: references and expressions, which the compiler finds on its way.
"""

from collections.abc import Callable, Iterable, Mapping

from engine.bpmn.drawing import KINDS
from engine.bpmn.program import Flow, Kind
from engine.bpmn.reader import Element

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
        "camunda:dueDate",
        "camunda:followUpDate",
        "camunda:priority",
        "camunda:formKey",
        "muster:notBy",
    },
    "manualTask": TASK,
    "task": TASK,
    "serviceTask": TASK | {"camunda:type", "camunda:topic"},
    "sendTask": TASK | {"camunda:type", "camunda:topic", "messageRef", "muster:correlationKey"},
    "receiveTask": TASK | {"messageRef", "instantiate", "muster:correlationKey"},
    "scriptTask": TASK | {"scriptFormat", "camunda:resultVariable"},
    "businessRuleTask": TASK | {"camunda:decisionRef", "camunda:resultVariable"},
    "callActivity": TASK | {"calledElement", "camunda:calledElementBinding", "camunda:calledElementVersion"},
    "subProcess": TASK | {"triggeredByEvent"},
    "exclusiveGateway": {"gatewayDirection", "default"},
    "parallelGateway": {"gatewayDirection"},
    "multiInstanceLoopCharacteristics": {
        "isSequential",
        "behavior",
        "camunda:collection",
        "camunda:elementVariable",
        "muster:outputCollection",
        "muster:outputElement",
    },
    "messageEventDefinition": {"messageRef", "muster:correlationKey"},
    "timerEventDefinition": set(),
    "errorEventDefinition": {"errorRef"},
    "escalationEventDefinition": {"escalationRef"},
    "terminateEventDefinition": set(),
    "conditionExpression": {"language"},
    "process": {"isExecutable", "isClosed", "processType", "camunda:versionTag"},
}
#: only this value is honoured
FIXED = {
    "isForCompensation": "false",
    "startQuantity": "1",
    "completionQuantity": "1",
    "parallelMultiple": "false",
    "instantiate": "false",
    "behavior": "All",
    "camunda:type": "external",
}
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
}
EXTENSIONS = {"camunda:in", "camunda:out", "camunda:inputOutput", "camunda:properties"}
LANGUAGES = {"", "feel", "https://www.omg.org/spec/dmn/20191111/feel/", "http://www.omg.org/spec/feel/20140401"}


def attributes(element: Element, say: Say) -> None:
    """Say every attribute and extension of the element that would change its behaviour and is not honoured."""
    known = KNOWN.get(element.tag)
    if known is None:
        return
    for name, value in element.attributes.items():
        if name in ("id", "name") or name in HARMLESS or "://" in name:
            continue
        if name not in known:
            java = " It names Java code." if name in ("camunda:class", "camunda:delegateExpression") else ""
            say("D06" if ":" in name else "D05", element, f"the attribute {name} is not carried out.{java}")
        elif FIXED.get(name, value) != value:
            say("D05", element, f'{name}="{value}" is not carried out, only {FIXED[name]}')
    if element.attributes.get("language", "").lower() not in LANGUAGES:
        say("C05", element, f"expressions are FEEL, not {element.attributes['language']}")
    for child in element.children:
        if child.tag == "extensionElements":
            _extensions(element, child, say)
        elif child.tag.endswith("EventDefinition") or child.tag in ("multiInstanceLoopCharacteristics",):
            attributes(child, say)


def _extensions(element: Element, extensions: Element, say: Say) -> None:
    for child in extensions.children:
        if child.tag.startswith(("camunda:", "muster:")) and child.tag not in EXTENSIONS:
            say("D06", element, f"the extension {child.tag} is not carried out")
        if "businessKey" in child.attributes:
            say("D06", element, "a business key is not carried out")


def structure(flows: Iterable[Flow], elements: Mapping[str, tuple[Element, str]], say: Say) -> None:
    """Say every flow that leaves its scope or touches what no flow may touch, and every node that nothing reaches."""
    into: dict[str, int] = {}
    out: dict[str, int] = {}
    for flow in flows:
        if flow.source not in elements or flow.target not in elements:
            continue
        (source, inside), (target, where) = elements[flow.source], elements[flow.target]
        into[flow.target] = into.get(flow.target, 0) + 1
        out[flow.source] = out.get(flow.source, 0) + 1
        if inside != where:
            say("S02", source, f"flow {flow.id} crosses the border of a sub-process")
        if target.tag in ("startEvent", "boundaryEvent") or _triggered(target):
            say("S02", target, f"flow {flow.id} leads into it, which no flow may")
        if source.tag == "endEvent" or _triggered(source):
            say("S02", source, f"flow {flow.id} leads out of it, which no flow may")
    scopes_with_start = {scope for element, scope in elements.values() if element.tag == "startEvent"}
    for name, (element, scope) in elements.items():
        if element.tag == "boundaryEvent" and name not in out:
            say("S02", element, "has no outgoing flow")
        entry = element.tag in ("startEvent", "boundaryEvent") or _triggered(element)
        if scope in scopes_with_start and not entry and name not in into:
            say("S01", element, "nothing leads to it")


def starts(scope: Element, is_event_sub: bool, say: Say) -> None:
    """Say it when the starts of a sub-process are not as they must be."""
    found = scope.all("startEvent")
    triggers = [[child.tag for child in each.children if child.tag.endswith("EventDefinition")] for each in found]
    if is_event_sub and (len(found) != 1 or not triggers[0]):
        say("S03", scope, "an event sub-process needs exactly one start event, with a trigger")
    if scope.tag == "subProcess" and not is_event_sub and (len(found) > 1 or any(triggers)):
        say("S03", scope, "a sub-process has at most one start event, and that without a trigger")


def _triggered(element: Element) -> bool:
    return element.attributes.get("triggeredByEvent") == "true"


def kind_of(element: Element) -> Kind:
    """Return the kind of a flow node."""
    return Kind.EVENT_SUB if element.tag == "subProcess" and _triggered(element) else KINDS[element.tag]
