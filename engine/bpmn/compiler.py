"""What the reader found -> programs, and every problem in it by element and line.

What would change the behaviour and is not carried out is an error here, never a silence. Expressions are compiled by
the language that is handed in. Not here: rules that need the directory, forms or other deployments.
"""

import hashlib
from typing import Any

from engine.bpmn import lint
from engine.bpmn.drawing import ALLOWED, HARMLESS, KINDS, TIMERS, Drawing, Language, Problem
from engine.bpmn.program import (
    Call,
    Event,
    Expression,
    Flow,
    JobWork,
    Kind,
    Loop,
    Node,
    Program,
    Rule,
    ScopeInfo,
    Script,
    Trigger,
    UserWork,
    Work,
)
from engine.bpmn.reader import Element, Sheet, read_sheet


def read(data: bytes, language: Language) -> Drawing:
    """Return the programs of the document and the problems in it.

    Raises InvalidError if it is no BPMN document at all.
    """
    sheet, digest = read_sheet(data), hashlib.sha256(data).hexdigest()
    programs, problems = {}, []
    for process in sheet.processes:
        compiler = _Compiler(sheet, language, process, digest)
        programs[process.id] = compiler.program()
        problems += compiler.problems
    if not sheet.processes:
        problems.append(Problem("D04", "error", "definitions", 1, 'no process says isExecutable="true"'))
    if any(problem.level == "error" for problem in problems):
        programs = {}
    return Drawing(programs, tuple(problems), digest)


class _Compiler:
    def __init__(self, sheet: Sheet, language: Language, process: Element, digest: str) -> None:
        self.sheet, self.language, self.process, self.digest = sheet, language, process, digest
        self.problems: list[Problem] = []
        self.elements: dict[str, tuple[Element, str]] = {}
        self.flows: list[Flow] = []
        self.scopes: dict[str, ScopeInfo] = {}
        self.refused: set[str] = set()

    def program(self) -> Program:
        self._scope(self.process)
        lint.attributes(self.process, self.error)
        lint.structure(self.flows, self.elements, self.error)
        nodes = {name: self._node(each, scope) for name, (each, scope) in self.elements.items()}
        for flow in self.flows:
            for end in (flow.source, flow.target):
                if end not in nodes and end not in self.refused:
                    self.error("D03", self.process, f"flow {flow.id} ends at {end}, which is no node of the process")
        name = self.process.attributes.get("name") or self.process.id
        starts = tuple(each.id for each in self.process.all("startEvent"))
        return Program(self.process.id, name, self.digest, nodes, self.scopes, starts)

    def error(self, code: str, element: Element, text: str) -> None:
        self.problems.append(Problem(code, "error", element.id or element.tag, element.line, text))

    # ---- scopes and flows

    def _scope(self, scope: Element) -> None:
        starts, subs, targets = [], [], set()
        for child in scope.children:
            if child.tag == "sequenceFlow":
                self._flow(child)
                targets.add(child.attributes.get("targetRef"))
        inner = [child for child in scope.children if child.tag in KINDS]
        for child in scope.children:
            if child.tag not in KINDS and child.tag not in HARMLESS:
                self.error("D05", child, f"{child.tag} is not carried out")
                self.refused.add(child.id)
        for child in inner:
            if not child.id or child.id in self.elements:
                self.error("D03", child, "has no id of its own")
                continue
            self.elements[child.id] = (child, scope.id)
            triggered = child.attributes.get("triggeredByEvent") == "true"
            if child.tag == "subProcess":
                self._scope(child)
                lint.starts(child, triggered, self.error)
                if triggered:
                    subs.append(child.id)
            if child.tag == "startEvent" and (scope is not self.process or not _triggers(child)):
                starts.append(child.id)
        if not scope.all("startEvent"):
            starts = [
                each.id
                for each in inner
                if each.id not in targets
                and each.tag != "boundaryEvent"
                and each.attributes.get("triggeredByEvent") != "true"
            ]
        self.scopes[scope.id] = ScopeInfo(scope.id, tuple(starts), tuple(subs), self._data(scope))

    @staticmethod
    def _data(scope: Element) -> tuple[str, ...]:
        return tuple(each.attributes.get("name") or each.id for each in scope.all("dataObject"))

    def _flow(self, element: Element) -> None:
        condition = element.first("conditionExpression")
        if condition is not None:
            lint.attributes(condition, self.error)
        compiled = self._expression(element, condition.text) if condition is not None else None
        self.flows.append(
            Flow(
                element.id,
                element.attributes.get("sourceRef", ""),
                element.attributes.get("targetRef", ""),
                compiled,
                condition.text if condition is not None else None,
            )
        )

    # ---- nodes

    def _node(self, element: Element, scope: str) -> Node:
        kind = lint.kind_of(element)
        outgoing = tuple(flow for flow in self.flows if flow.source == element.id)
        default = element.attributes.get("default")
        if default and default not in {flow.id for flow in outgoing}:
            self.error("D03", element, f"its default flow {default} does not leave it")
        host = element.attributes.get("attachedToRef")
        if kind == Kind.BOUNDARY and host not in self.elements:
            self.error("D03", element, f"is attached to {host}, which is no activity of the process")
        if kind == Kind.EXCLUSIVE and len(outgoing) > 1:
            for flow in outgoing:
                if flow.condition is None and flow.id != default:
                    self.error("G01", element, f"flow {flow.id} has no condition and is not the default flow")
        self._foreign(element, kind)
        interrupting = element.attributes.get("cancelActivity", element.attributes.get("isInterrupting", "true"))
        return Node(
            id=element.id,
            name=element.attributes.get("name") or "",
            kind=kind,
            scope=scope,
            line=element.line,
            incoming=tuple(flow for flow in self.flows if flow.target == element.id),
            outgoing=outgoing,
            default=next((flow for flow in outgoing if flow.id == default), None),
            events=self._events(element, kind),
            interrupting=interrupting == "true",
            host=host,
            boundary=self._boundary(element),
            loop=self._loop(element),
            inputs=self._mappings(element, "in", "inputParameter"),
            outputs=self._mappings(element, "out", "outputParameter"),
            work=self._work(element, kind),
            lane=self.sheet.lanes.get(element.id),
            documentation=" ".join(e.text for e in element.all("documentation")),
            properties=self._properties(element),
        )

    def _boundary(self, element: Element) -> tuple[str, ...]:
        hosts = {name: each.attributes.get("attachedToRef") for name, (each, _) in self.elements.items()}
        return tuple(name for name, host in hosts.items() if host == element.id)

    def _foreign(self, element: Element, kind: Kind) -> None:
        lint.attributes(element, self.error)
        if kind in (Kind.EVENT_SUB, Kind.SUB):
            return
        for child in element.children:
            if child.tag not in HARMLESS and not child.tag.endswith("EventDefinition"):
                self.error("D05", element, f"{child.tag} is not carried out")

    def _events(self, element: Element, kind: Kind) -> tuple[Event, ...]:
        found = []
        for child in element.children:
            if not child.tag.endswith("EventDefinition"):
                continue
            name = child.tag.removesuffix("EventDefinition")
            if name not in set(Trigger) or Trigger(name) not in ALLOWED.get(kind, set()):
                self.error("E01", element, f"a {name} event is not carried out at a {element.tag}")
                continue
            found.append(self._event(element, child, Trigger(name)))
        if element.tag == "receiveTask":
            found.append(self._message(element, element))
        elif element.tag == "sendTask" and element.attributes.get("messageRef"):
            found.append(self._message(element, element))
        if kind in (Kind.CATCH, Kind.BOUNDARY) and not found:
            self.error("E01", element, "waits for nothing")
        if len(found) > 1:
            self.error("E01", element, "several events at one element are not carried out")
        return tuple(found)

    def _event(self, element: Element, child: Element, trigger: Trigger) -> Event:
        if trigger == Trigger.MESSAGE:
            return self._message(element, child)
        if trigger == Trigger.TIMER:
            timers = [each for each in child.children if each.tag in TIMERS]
            if len(timers) != 1 or not timers[0].text:
                self.error("T01", element, "needs exactly one of date, duration and cycle")
                return Event(trigger)
            text = timers[0].text
            literal = text[:1].isdigit() or text[:1] in "PR"
            return Event(
                trigger,
                when=(lambda _: text) if literal else self._expression(element, text),
                when_kind=TIMERS[timers[0].tag],
            )
        reference = child.attributes.get("errorRef") or child.attributes.get("escalationRef")
        if reference and reference not in self.sheet.codes:
            self.error("D03", element, f"{reference} is declared nowhere")
        code = self.sheet.codes.get(reference or "")
        if trigger != Trigger.TERMINATE and element.tag in ("endEvent", "intermediateThrowEvent") and not code:
            self.error("E02", element, f"throws an {trigger} without a code")
        return Event(trigger, code)

    def _message(self, element: Element, child: Element) -> Event:
        reference = child.attributes.get("messageRef", "")
        if reference not in self.sheet.messages:
            self.error("E02", element, "names no message that is declared")
        keys = [
            attributes["muster:correlationKey"]
            for attributes in (element.attributes, child.attributes)
            if attributes.get("muster:correlationKey")
        ]
        return Event(
            Trigger.MESSAGE,
            self.sheet.messages.get(reference),
            keys=tuple(self._expression(element, key) for key in keys[:1]),
        )

    def _loop(self, element: Element) -> Loop | None:
        found = element.first("multiInstanceLoopCharacteristics")
        if found is None:
            return None
        count, until = found.first("loopCardinality"), found.first("completionCondition")
        items = found.attributes.get("camunda:collection")
        if (count is None) == (items is None):
            self.error("L01", element, "needs a cardinality or a collection, and not both")
        result = found.attributes.get("muster:outputElement")
        return Loop(
            count=self._expression(element, count.text) if count is not None else None,
            items=self._expression(element, items) if items else None,
            item=found.attributes.get("camunda:elementVariable"),
            output=found.attributes.get("muster:outputCollection"),
            element=self._expression(element, result) if result else None,
            until=self._expression(element, until.text) if until is not None else None,
            sequential=found.attributes.get("isSequential") == "true",
        )

    def _work(self, element: Element, kind: Kind) -> Work | None:
        attributes = element.attributes
        if kind == Kind.USER:
            return UserWork(
                form=attributes.get("camunda:formKey"),
                candidates=self._text(element, "camunda:candidateGroups"),
                assignee=self._text(element, "camunda:assignee"),
                due=self._text(element, "camunda:dueDate"),
                follow_up=self._text(element, "camunda:followUpDate"),
                priority=self._text(element, "camunda:priority"),
            )
        if kind in (Kind.SERVICE, Kind.SEND):
            topic = attributes.get("camunda:topic")
            if not topic and not attributes.get("messageRef"):
                self.error("C04", element, "has no topic, so that nobody knows what to do")
            return JobWork(topic) if topic else None
        if kind == Kind.SCRIPT:
            script = element.first("script")
            if attributes.get("scriptFormat", "feel").lower() != "feel":
                self.error("C05", element, f"scripts are FEEL, not {attributes['scriptFormat']}")
                return None
            code = self._expression(element, script.text if script is not None else "")
            return Script(code, attributes.get("camunda:resultVariable"))
        if kind == Kind.RULE:
            decision = attributes.get("camunda:decisionRef", "")
            if not decision:
                self.error("C01", element, "names no decision")
            return Rule(decision, attributes.get("camunda:resultVariable"))
        if kind == Kind.CALL:
            return self._call(element)
        return None

    def _call(self, element: Element) -> Call:
        attributes, passed = element.attributes, _extensions(element)
        if not attributes.get("calledElement"):
            self.error("C01", element, "calls no process")
        binding = attributes.get("camunda:calledElementBinding", "deployment")
        version = attributes.get("camunda:calledElementVersion", "")
        if binding not in ("deployment", "latest", "version") or (binding == "version" and not version.isdigit()):
            self.error("C01", element, f"binding {binding} {version} is not carried out")
        everything = {each.tag for each in passed if each.attributes.get("variables") == "all"}
        return Call(
            attributes.get("calledElement", ""),
            binding,
            int(version) if version.isdigit() else None,
            "camunda:in" in everything,
            "camunda:out" in everything,
        )

    def _mappings(self, element: Element, call: str, parameter: str) -> tuple[tuple[str, Expression], ...]:
        found = []
        for child in _extensions(element):
            target, source = child.attributes.get("target"), child.attributes.get("source")
            text = child.attributes.get("sourceExpression") or source
            if child.tag == f"camunda:{call}" and target and text:
                found.append((target, self._expression(element, text)))
            if child.tag == "camunda:inputOutput":
                found += [
                    (each.attributes.get("name", ""), self._expression(element, each.text))
                    for each in child.all(f"camunda:{parameter}")
                ]
        return tuple(found)

    def _properties(self, element: Element) -> tuple[tuple[str, str], ...]:
        """Return the element's own properties, and ``notBy``: the activities whose people may not do this one."""
        lists = [child.children for child in _extensions(element) if child.tag == "camunda:properties"]
        listed = [each.attributes for children in lists for each in children]
        found = [(each.get("name", ""), each.get("value", "")) for each in listed]
        if others := element.attributes.get("muster:notBy"):
            for name in others.split():
                if name not in self.elements:
                    self.error("D03", element, f"notBy names {name}, which is no activity of the process")
            found.append(("notBy", others))
        return tuple(found)

    # ---- texts

    def _text(self, element: Element, name: str) -> Expression | None:
        """Return an attribute that is literal text unless it begins with ``=`` or ``${``."""
        text = element.attributes.get(name)
        if not text:
            return None
        return self._expression(element, text) if text.startswith(("=", "${", "#{")) else lambda _: text

    def _expression(self, element: Element, text: str) -> Expression:
        plain = text.strip().removeprefix("=").strip()
        if plain.startswith(("${", "#{")):
            self.error("X02", element, f"{plain} is no FEEL: write {plain[2:].rstrip('}')} instead")
            return _nothing
        try:
            return self.language.compile(plain)
        except ValueError as error:
            self.error("X01", element, str(error))
            return _nothing


def _triggers(element: Element) -> list[Element]:
    return [child for child in element.children if child.tag.endswith("EventDefinition")]


def _nothing(_variables: Any) -> None:
    return None


def _extensions(element: Element) -> list[Element]:
    found = element.first("extensionElements")
    return found.children if found is not None else []
