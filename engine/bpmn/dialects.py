"""Camunda 8's extensions said in the words of Camunda 7, which the compiler knows."""

from collections.abc import Callable

from engine.bpmn.element import Element

#: extension element -> its attribute -> the attribute of the activity that says the same
ATTRIBUTES = {
    "zeebe:assignmentDefinition": {
        "assignee": "camunda:assignee",
        "candidateGroups": "camunda:candidateGroups",
        "candidateUsers": "camunda:candidateUsers",
    },
    "zeebe:taskSchedule": {"dueDate": "camunda:dueDate", "followUpDate": "camunda:followUpDate"},
    "zeebe:priorityDefinition": {"priority": "camunda:priority"},
    "zeebe:formDefinition": {"formKey": "camunda:formKey", "formId": "camunda:formKey"},
    "zeebe:taskDefinition": {"type": "camunda:topic"},
    "zeebe:calledElement": {"processId": "calledElement", "versionTag": "camunda:calledElementVersionTag"},
    "zeebe:calledDecision": {"decisionId": "camunda:decisionRef", "resultVariable": "camunda:resultVariable"},
    "zeebe:versionTag": {"value": "camunda:versionTag"},
}
#: of loops
LOOPS = {
    "inputCollection": "camunda:collection",
    "inputElement": "camunda:elementVariable",
    "outputCollection": "muster:outputCollection",
    "outputElement": "muster:outputElement",
}


def translate(element: Element) -> None:
    """Turn the ``zeebe:`` extensions of the element and of everything in it into what Camunda 7 would say.

    What has no counterpart stays, so that the lint can name it.
    """
    for child in element.children:
        if child.tag != "extensionElements":
            translate(child)
    extensions = element.first("extensionElements")
    if extensions is None:
        return
    kept: list[Element] = []
    for found in extensions.children:
        kept += SPECIAL.get(found.tag, _attributes)(element, found)
    extensions.children = kept


def _attributes(element: Element, found: Element) -> list[Element]:
    names = ATTRIBUTES.get(found.tag)
    if names is None:
        return [found]
    for name, value in found.attributes.items():
        if name in names and value:
            element.attributes.setdefault(names[name], value)
    if found.tag == "zeebe:taskDefinition":
        element.attributes["camunda:type"] = "external"
    if found.tag == "zeebe:calledElement":
        everything = {"variables": "all"}
        kept = []
        if found.attributes.get("propagateAllParentVariables", "true") == "true":
            kept.append(Element("camunda:in", found.line, dict(everything)))
        if found.attributes.get("propagateAllChildVariables") == "true":
            kept.append(Element("camunda:out", found.line, dict(everything)))
        binding = {"versionTag": "versionTag", "deployment": "deployment"}.get(found.attributes.get("bindingType", ""))
        element.attributes["camunda:calledElementBinding"] = binding or "latest"
        return kept
    return []


def _mapping(element: Element, found: Element) -> list[Element]:
    parts = []
    for child in found.children:
        parameter = {"zeebe:input": "camunda:inputParameter", "zeebe:output": "camunda:outputParameter"}.get(child.tag)
        if parameter is None:
            return [found]
        source, target = child.attributes.get("source", ""), child.attributes.get("target", "")
        parts.append(Element(parameter, child.line, {"name": target}, source))
    return [Element("camunda:inputOutput", found.line, {}, children=parts)]


def _loop(element: Element, found: Element) -> list[Element]:
    for name, value in found.attributes.items():
        if name in LOOPS:
            element.attributes[LOOPS[name]] = value.removeprefix("=").strip() if name.startswith("input") else value
    return []


def _script(element: Element, found: Element) -> list[Element]:
    element.attributes["camunda:resultVariable"] = found.attributes.get("resultVariable", "")
    element.children.append(Element("script", found.line, {}, found.attributes.get("expression", "")))
    return []


def _subscription(element: Element, found: Element) -> list[Element]:
    if key := found.attributes.get("correlationKey"):
        element.attributes["muster:correlationKey"] = key
    return []


SPECIAL: dict[str, Callable[[Element, Element], list[Element]]] = {
    "zeebe:ioMapping": _mapping,
    "zeebe:loopCharacteristics": _loop,
    "zeebe:script": _script,
    "zeebe:subscription": _subscription,
    "zeebe:userTask": lambda _element, _found: [],
    "zeebe:modelerTemplate": lambda _element, _found: [],
}
