"""Rules for a document as a whole: ids, references, pools and message flows. Source: BPMN 2.0.2, chapters 8 and 9."""

from collections import Counter
from collections.abc import Mapping

from engine.bpmn import data, data_rules, definitions
from engine.bpmn.compiling import Context
from engine.bpmn.element import Element

Elements = Mapping[str, Element]
#: what refers -> what it may refer to
REFERENCES = {
    "itemRef": ("itemDefinition",),
    "itemSubjectRef": ("itemDefinition",),
    "processRef": ("process",),
    "definitionalCollaborationRef": ("collaboration",),
    "interfaceRef": ("interface",),
    "supportedInterfaceRef": ("interface",),
    "operationRef": ("operation",),
    "inMessageRef": ("message",),
    "outMessageRef": ("message",),
    "messageRef": ("message",),
    "errorRef": ("error",),
    "signalRef": ("signal",),
    "escalationRef": ("escalation",),
    "dataObjectRef": ("dataObject",),
    "dataStoreRef": ("dataStore",),
    "correlationKeyRef": ("correlationKey",),
    "correlationPropertyRef": ("correlationProperty",),
    "resourceRef": ("resource",),
    "categoryValueRef": ("categoryValue",),
    "participantRef": ("participant",),
    "dataInputRefs": ("dataInput",),
    "dataOutputRefs": ("dataOutput",),
    "inputSetRefs": ("inputSet",),
    "outputSetRefs": ("outputSet",),
}


def check(context: Context) -> None:
    """Say what is wrong with the document as a whole: references, pools and message flows, items, operations."""
    root = context.sheet.root
    known = {each.id: each for each in data.everything(root) if each.id}
    _unique(context, root)
    for each in data.everything(root):
        _references(context, each, known)
    for process in root.all("process"):
        if process.attributes.get("isExecutable") == "true" and process.attributes.get("processType") == "Public":
            context.error("D04", process, "a public process says what others see, it is not executable")
    for process in root.all("process"):
        executable = process.attributes.get("isExecutable") == "true"
        for each in data.everything(process):
            if executable and "isImmediate" in each.attributes:
                context.error("D05", each, "isImmediate belongs to processes that are not executable")
            if each.tag == "callActivity":
                _called(context, each, known)
    for collaboration in root.all("collaboration"):
        _pools(context, collaboration, known)
    data_rules.check(context, root, known)


def _called(context: Context, element: Element, known: Elements) -> None:
    """Say it if the called process stands in this document and cannot be started by a call."""
    process = known.get(element.attributes.get("calledElement", "").rpartition(":")[2])
    if process is None or process.tag != "process":
        return
    starts = process.all("startEvent")
    if starts and all(definitions.definitions(context, each) for each in starts):
        context.error("C01", element, f"the called process {process.id} has no start event without a trigger")


def _unique(context: Context, root: Element) -> None:
    own = [each for each in data.everything(root) if ":" not in each.tag]  # ids of extensions are their own affair
    counts = Counter(each.id for each in own if each.id)
    for each in own:
        if counts.get(each.id, 0) > 1:
            context.error("D03", each, f"the id {each.id} is given to several elements")
            counts[each.id] = 0


def _references(context: Context, element: Element, known: Elements) -> None:
    named = [(name, value) for name, value in element.attributes.items() if name in REFERENCES]
    named += [(child.tag, child.text) for child in element.children if child.tag in REFERENCES]
    for name, value in named:
        target = known.get(value) or known.get(value.rpartition(":")[2])
        if target is None:
            context.error("D03", element, f"its {name} {value or 'nothing'} leads to nothing")
        elif target.tag not in REFERENCES[name]:
            context.error("D03", element, f"its {name} {value} leads to a {target.tag}")


SENDS = {"sendTask", "endEvent", "intermediateThrowEvent", "participant", "userTask", "serviceTask", "subProcess"}
SENDS |= {"callActivity", "transaction", "adHocSubProcess", "task", "scriptTask", "businessRuleTask", "manualTask"}
RECEIVES = (SENDS - {"sendTask", "endEvent", "intermediateThrowEvent"}) | {"receiveTask", "startEvent"}
RECEIVES |= {"intermediateCatchEvent", "boundaryEvent"}


def _pools(context: Context, collaboration: Element, known: Elements) -> None:
    """Say what is wrong with participants and message flows."""
    pool_of: dict[str, str] = {}
    for participant in collaboration.all("participant"):
        process = known.get(participant.attributes.get("processRef", "").rpartition(":")[2])
        pool_of[participant.id] = participant.id
        for each in data.everything(process) if process is not None else ():
            pool_of[each.id] = participant.id
        for multiplicity in participant.all("participantMultiplicity"):
            least, most = (multiplicity.attributes.get(name) for name in ("minimum", "maximum"))
            if int(least or 0) > int(most or least or 0) or int(most or 1) < 1 or int(least or 0) < 0:
                context.error("M01", participant, f"its multiplicity is at least {least} and at most {most}")
    for flow in collaboration.all("messageFlow"):
        source, target = (
            known.get(flow.attributes.get(name, "").rpartition(":")[2]) for name in ("sourceRef", "targetRef")
        )
        if source is None or target is None:
            context.error("M01", flow, "a message flow needs a source and a target that are there")
            continue
        if source.tag not in SENDS or (source.tag in ("endEvent", "intermediateThrowEvent") and not _message(source)):
            context.error("M01", flow, f"{source.id} sends no message")
        if target.tag not in RECEIVES or (_is_event(target) and not _message(target)):
            context.error("M01", flow, f"{target.id} receives no message")
        if pool_of.get(source.id) == pool_of.get(target.id):
            context.error("M01", flow, "a message flow joins two pools, this one stays in one")


def _is_event(element: Element) -> bool:
    return element.tag.endswith("Event")


def _message(element: Element) -> bool:
    """Say whether the event is about a message, or may be (its definition stands elsewhere)."""
    return any(each.tag in ("messageEventDefinition", "eventDefinitionRef") for each in element.children)
