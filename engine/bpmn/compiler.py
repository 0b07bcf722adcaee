"""What the reader found -> programs, and every problem in it by element and line.

What would change the behaviour and is not carried out is an error here, never a silence. Expressions are compiled by
the language that is handed in. Not here: rules that need the directory, forms or other deployments.
"""

import hashlib
from collections.abc import Iterable

from engine.bpmn import data, definitions, document_rules, lint, rules, works
from engine.bpmn.compiling import Context, extensions
from engine.bpmn.drawing import GLOBAL, HARMLESS, KINDS, Drawing, Language, Problem
from engine.bpmn.element import Element
from engine.bpmn.program import Flow, Kind, Node, Program, ScopeInfo, Trigger
from engine.bpmn.reader import Sheet, read_sheet

SCOPES = ("subProcess", "transaction", "adHocSubProcess")
JOINS = (Kind.INCLUSIVE, Kind.COMPLEX)


def read(data: bytes, language: Language) -> Drawing:
    """Return the programs of the document and the problems in it.

    Raises InvalidError if it is no BPMN document at all.
    """
    sheet, digest = read_sheet(data), hashlib.sha256(data).hexdigest()
    programs: dict[str, Program] = {}
    problems: list[Problem] = []
    for process in [*sheet.processes, *_global_tasks(sheet)]:
        compiler = _Compiler(Context(sheet, language, process), digest)
        programs[process.id] = compiler.program()
        problems += compiler.context.problems
    document = Context(sheet, language, sheet.root)
    document_rules.check(document)
    problems += document.problems
    if not sheet.processes:
        problems.append(Problem("D04", "error", "definitions", 1, 'no process says isExecutable="true"'))
    if any(problem.level == "error" for problem in problems):
        programs = {}
    return Drawing(programs, tuple(problems), digest)


def _global_tasks(sheet: Sheet) -> list[Element]:
    """Return each task at the root of the document as a process of this one task."""
    found = []
    for each in sheet.root.all(*GLOBAL):
        if language := each.attributes.pop("scriptLanguage", None):
            each.attributes["scriptFormat"] = language
        task = Element(GLOBAL[each.tag], each.line, dict(each.attributes), each.text, each.children)
        found.append(
            Element("process", each.line, {"id": each.id, "name": each.attributes.get("name", "")}, "", [task])
        )
    return found


class _Compiler:
    def __init__(self, context: Context, digest: str) -> None:
        self.context, self.digest = context, digest
        self.process = context.process
        self.elements: dict[str, tuple[Element, str]] = {}
        self.flows: list[Flow] = []
        self.scopes: dict[str, ScopeInfo] = {}
        self.refused: set[str] = set()
        self.handlers: dict[str, str] = {}  # host -> its compensation handler
        self.undoers: set[str] = set()

    def program(self) -> Program:
        context = self.context
        self._scope(self.process)
        self._links()
        rules.flow_lists(context, self.elements, self.flows)
        lint.attributes(self.process, context.error)
        nodes = {name: self._node(each, scope) for name, (each, scope) in self.elements.items()}
        for flow in self.flows:
            for end in (flow.source, flow.target):
                if end not in nodes and end not in self.refused:
                    context.error("D03", self.process, f"flow {flow.id} ends at {end}, which is no node of the process")
        self._upstream(nodes)
        rules.check(context, nodes, {name: each for name, (each, _) in self.elements.items()}, self.scopes)
        name = self.process.attributes.get("name") or self.process.id
        watches = any(event.kind == Trigger.CONDITIONAL for node in nodes.values() for event in node.events)
        tag = self.process.attributes.get("camunda:versionTag")
        return Program(self.process.id, name, self.digest, nodes, self.scopes, self._starts(nodes), watches, tag)

    def _starts(self, nodes: dict[str, Node]) -> tuple[str, ...]:
        """Return all nodes that can begin a case."""
        found = [each.id for each in self.process.all("startEvent")]
        for node in nodes.values():
            if node.instantiates and node.scope == self.process.id:
                found += [flow.target for flow in node.outgoing] if node.kind == Kind.EVENT_BASED else [node.id]
        return tuple(found)

    # ---- scopes and flows

    def _scope(self, scope: Element) -> None:
        subs, targets, undo_sub = [], {each.attributes.get("targetRef") for each in scope.all("sequenceFlow")}, None
        for child in scope.all("sequenceFlow"):
            self._flow(child)
        inner = [child for child in scope.children if child.tag in KINDS]
        self._handlers(inner)
        for child in scope.children:
            if child.tag not in KINDS and child.tag not in HARMLESS and not child.tag.endswith("EventDefinition"):
                self.context.error("D05", child, f"{child.tag} is not carried out")
                self.refused.add(child.id)
        for child in inner:
            if (not child.id or child.id in self.elements) and child is not scope:
                self.context.error("D03", child, "has no id of its own")
                continue
            self.elements[child.id] = (child, scope.id)
            if child.tag in SCOPES:
                self._scope(child)
            if is_triggered(child):
                subs.append(child.id)
                if _triggers_of(self.context, child) == {"compensateEventDefinition"}:
                    undo_sub = child.id
        names = data.declared(scope)
        starts = self._begins(scope, inner, targets)
        self.scopes[scope.id] = ScopeInfo(scope.id, starts, tuple(subs), names, undo_sub)

    def _begins(self, scope: Element, inner: list[Element], targets: set[str | None]) -> tuple[str, ...]:
        """Return where the scope begins: its untriggered starts, or all nodes that no flow reaches, if it has none."""
        found = scope.all("startEvent")
        if found:
            triggered = scope is self.process
            return tuple(each.id for each in found if not (triggered and definitions.definitions(self.context, each)))
        return tuple(
            each.id
            for each in inner
            if each.id not in targets
            and each.tag != "boundaryEvent"
            and not is_triggered(each)
            and each.id not in self.undoers
            and each.attributes.get("instantiate") != "true"
            and not (each.tag == "intermediateCatchEvent" and each.first("linkEventDefinition") is not None)
        )

    def _handlers(self, inner: list[Element]) -> None:
        """Find out which activity undoes which: by the association from a compensation boundary event."""
        hosts = {
            each.id: each.attributes.get("attachedToRef", "")
            for each in inner
            if each.tag == "boundaryEvent" and _has(self.context, each, "compensateEventDefinition")
        }
        known = {each.id: each for each in inner}
        for link in (each for each in data.everything(self.process) if each.tag == "association"):
            source, target = (link.attributes.get(name, "").rpartition(":")[2] for name in ("sourceRef", "targetRef"))
            if source in hosts and target in known:
                self.handlers[hosts[source]] = target
        self.undoers |= set(self.handlers.values())
        self.undoers |= {
            each.id for each in inner if each.attributes.get("isForCompensation") == "true" and not is_triggered(each)
        }

    def _flow(self, element: Element) -> None:
        condition = element.first("conditionExpression")
        if condition is not None:
            lint.attributes(condition, self.context.error, getattr(self.context.language, "formats", ()))
            if not condition.text:
                self.context.error("X05", element, "its condition is empty")
        has_text = condition is not None and bool(condition.text)
        self.flows.append(
            Flow(
                element.id,
                element.attributes.get("sourceRef", "").rpartition(":")[2],
                element.attributes.get("targetRef", "").rpartition(":")[2],
                self.context.expression(element, condition.text) if condition is not None and has_text else None,
                condition.text if condition is not None and has_text else None,
            )
        )
        if not element.id:
            self.context.error("D03", element, "has no id")

    def _links(self) -> None:
        """Make flows of the links: from each throw to the catch of the same name in its scope."""
        catches: dict[tuple[str, str], str] = {}
        throws = []
        for name, (element, scope) in self.elements.items():
            for link in element.all("linkEventDefinition"):
                key = (scope, link.attributes.get("name", ""))
                if element.tag == "intermediateCatchEvent":
                    if key in catches:
                        self.context.error("E05", element, f"a second catch of the link {key[1]}")
                    catches[key] = name
                elif element.tag == "intermediateThrowEvent":
                    throws.append((element, key))
        for element, key in throws:
            if key not in catches:
                self.context.error("E05", element, f"nothing catches the link {key[1]}")
            else:
                self.flows.append(Flow(f"link:{element.id}", element.id, catches[key]))
        for key, name in catches.items():
            if key not in {other for _, other in throws}:
                self.context.error("E05", self.elements[name][0], f"nothing throws the link {key[1]}")

    def _upstream(self, nodes: dict[str, Node]) -> None:
        """Compute, for joins that wait for what can still come, from where each of their flows can be reached."""
        for node in nodes.values():
            if node.kind in JOINS and len(node.incoming) > 1:
                edges = [(flow.source, flow.target) for flow in self.flows]
                edges += [(each.host, each.id) for each in nodes.values() if each.host]
                found = {flow.id: upstream(edges, flow.source, node.id) for flow in node.incoming}
                object.__setattr__(node, "upstream", found)

    # ---- nodes

    def _node(self, element: Element, scope: str) -> Node:
        context, kind = self.context, lint.kind_of(element)
        outgoing = tuple(flow for flow in self.flows if flow.source == element.id)
        default = element.attributes.get("default")
        if default and default not in {flow.id for flow in outgoing}:
            context.error("D03", element, f"its default flow {default} does not leave it")
        host = element.attributes.get("attachedToRef")
        if kind == Kind.BOUNDARY and host not in self.elements:
            context.error("D03", element, f"is attached to {host}, which is no activity of the process")
        lint.attributes(element, context.error, getattr(context.language, "formats", ()))
        activation = element.first("activationCondition")
        return Node(
            id=element.id,
            name=element.attributes.get("name") or "",
            kind=kind,
            scope=scope,
            line=element.line,
            incoming=tuple(flow for flow in self.flows if flow.target == element.id),
            outgoing=outgoing,
            default=next((flow for flow in outgoing if flow.id == default), None),
            events=definitions.events(context, element, kind),
            all_of=element.attributes.get("parallelMultiple") == "true"
            or element.attributes.get("eventGatewayType") == "Parallel",
            interrupting=_is_interrupting(element),
            host=host,
            boundary=self._boundary(element),
            loop=definitions.loop(context, element),
            inputs=works.mappings(context, element, "in", "inputParameter") if kind not in EVENTS else (),
            outputs=works.mappings(context, element, "out", "outputParameter") if kind not in EVENTS else (),
            writes=data.outputs(context, element) if kind not in EVENTS else (),
            own_outputs=data.output_names(element),
            required=data.required(element),
            work=works.work(context, element, kind),
            quantities=(self._quantity(element, "startQuantity"), self._quantity(element, "completionQuantity")),
            undo=self.handlers.get(element.id),
            undoes=element.id in self.undoers,
            instantiates=element.attributes.get("instantiate") == "true",
            activation=context.expression(element, activation.text) if activation is not None else None,
            lane=context.sheet.lanes.get(element.id),
            documentation=" ".join(element.texts("documentation")),
            properties=self._properties(element),
        )

    def _quantity(self, element: Element, name: str) -> int:
        text = element.attributes.get(name, "1")
        if not text.isdigit() or int(text) < 1:
            self.context.error("S08", element, f"its {name} {text} is not at least 1")
            return 1
        return int(text)

    def _boundary(self, element: Element) -> tuple[str, ...]:
        hosts = {name: each.attributes.get("attachedToRef") for name, (each, _) in self.elements.items()}
        return tuple(name for name, host in hosts.items() if host == element.id)

    def _properties(self, element: Element) -> tuple[tuple[str, str], ...]:
        """Return the element's own properties, its English name as ``nameEn``, and ``notBy``: the activities whose
        people may not do this one."""
        lists = [child.children for child in extensions(element) if child.tag == "camunda:properties"]
        listed = [each.attributes for children in lists for each in children]
        found = [(each.get("name", ""), each.get("value", "")) for each in listed]
        if name_en := element.attributes.get("muster:nameEn"):
            found.append(("nameEn", name_en))
        if others := element.attributes.get("muster:notBy"):
            for name in others.split():
                if name not in self.elements:
                    self.context.error("D03", element, f"notBy names {name}, which is no activity of the process")
            found.append(("notBy", others))
        return tuple(found)


EVENTS = (Kind.START, Kind.END, Kind.CATCH, Kind.THROW, Kind.BOUNDARY)


def upstream(edges: Iterable[tuple[str, str]], start: str, gateway: str) -> frozenset[str]:
    """Return the nodes from which ``start`` can be reached without passing the gateway, ``start`` included."""
    into: dict[str, list[str]] = {}
    for source, target in edges:
        into.setdefault(target, []).append(source)
    found: set[str] = set()
    edge = [start]
    while edge:
        node = edge.pop()
        if node not in found and node != gateway:
            found.add(node)
            edge += into.get(node, ())
    return frozenset(found)


def is_triggered(element: Element) -> bool:
    """Say whether the element is an event sub-process."""
    return element.attributes.get("triggeredByEvent") == "true"


def _triggers_of(context: Context, sub: Element) -> set[str]:
    return {each.tag for start in sub.all("startEvent") for each in definitions.definitions(context, start)}


def _has(context: Context, element: Element, tag: str) -> bool:
    return any(each.tag == tag for each in definitions.definitions(context, element))


def _is_interrupting(element: Element) -> bool:
    return element.attributes.get("cancelActivity", element.attributes.get("isInterrupting", "true")) == "true"
