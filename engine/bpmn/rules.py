"""Rules for a deployable drawing: flows and scopes, gateways, events, references, pools.

Codes as in the house's list of rules. Not here: attributes and extensions (``lint``), data (``data_rules``), and what
the compiler finds on its way. Source: BPMN 2.0.2, chapters 7 to 10, and what the public suites collected from it.
"""

from collections.abc import Iterable, Mapping

from engine.bpmn import data, definitions
from engine.bpmn.compiling import Context
from engine.bpmn.element import Element
from engine.bpmn.program import Flow, Kind, Node, ScopeInfo, Trigger

Elements = Mapping[str, Element]
GATEWAYS = (Kind.EXCLUSIVE, Kind.PARALLEL, Kind.INCLUSIVE, Kind.EVENT_BASED, Kind.COMPLEX)
EVENTS = (Kind.START, Kind.END, Kind.CATCH, Kind.THROW, Kind.BOUNDARY)
SUBS = (Kind.SUB, Kind.TRANSACTION, Kind.ADHOC, Kind.EVENT_SUB)
# ---- flows and scopes


def flow_lists(context: Context, elements: Mapping[str, tuple[Element, str]], flows: Iterable[Flow]) -> None:
    """Say every flow that leaves its scope or touches what no flow may, and lists that do not agree with the flows."""
    into: dict[str, set[str]] = {}
    out: dict[str, set[str]] = {}
    for flow in flows:
        into.setdefault(flow.target, set()).add(flow.id)
        out.setdefault(flow.source, set()).add(flow.id)
        if flow.source not in elements or flow.target not in elements:
            continue
        (source, inside), (target, where) = elements[flow.source], elements[flow.target]
        if inside != where:
            context.error("S02", source, f"flow {flow.id} crosses the border of a sub-process")
        for element, tags, way in (
            (target, ("startEvent", "boundaryEvent"), "into"),
            (source, ("endEvent",), "out of"),
        ):
            if element.tag in tags or is_event_sub(element):
                context.error("S02", element, f"flow {flow.id} leads {way} it, which no flow may")
        lists = [flow.id in texts for texts in (source.texts("outgoing"), target.texts("incoming"))]
        if any(lists) and not all(lists) and not flow.id.startswith("link:"):
            context.strictly("S02", source, f"flow {flow.id} is listed at one of its ends and not at the other")
    for name, (element, _scope) in elements.items():
        for tag, found in (("incoming", into.get(name, set())), ("outgoing", out.get(name, set()))):
            listed = {text.rpartition(":")[2] for text in element.texts(tag)}
            own = {each for each in found if not each.startswith("link:")}
            if listed and listed != own:
                context.error("S02", element, f"it lists {tag} flows {_names(listed)}, the flows are {_names(own)}")


def _names(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids)) or "none"


def is_event_sub(element: Element) -> bool:
    """Say whether the element is an event sub-process."""
    return element.attributes.get("triggeredByEvent") == "true"


def check(context: Context, nodes: Mapping[str, Node], elements: Elements, scopes: Mapping[str, ScopeInfo]) -> None:
    """Say what is wrong with the nodes of a process, one by one and together."""
    for name, node in nodes.items():
        element = elements[name]
        _flows_of(context, node, element)
        if node.kind in GATEWAYS:
            _gateway(context, node, element, nodes, elements)
        elif node.kind in EVENTS:
            _event(context, node, element, nodes)
        elif node.kind in SUBS:
            _sub(context, node, element, nodes)
        if node.kind == Kind.RECEIVE and node.instantiates and node.incoming:
            context.error("S02", element, "starts cases, and a flow leads into it")
    for scope in scopes.values():
        _scope(context, scope.id, nodes, elements)


def _flows_of(context: Context, node: Node, element: Element) -> None:
    if node.kind in GATEWAYS:
        return
    conditional = [flow for flow in node.outgoing if flow.condition is not None]
    if conditional and len(node.outgoing) == 1:
        context.error("G07", element, f"its only outgoing flow {node.outgoing[0].id} has a condition")
    if conditional and node.kind in (Kind.START, Kind.CATCH, Kind.THROW, Kind.BOUNDARY):
        context.strictly(
            "G07", element, f"flow {conditional[0].id} has a condition, which no flow of an event may have"
        )
    if node.default is not None and node.default.condition is not None:
        context.error("G01", element, f"its default flow {node.default.id} has a condition")


def _scope(context: Context, scope: str, nodes: Mapping[str, Node], elements: Elements) -> None:
    """Say which nodes nothing reaches or leaves, though their scope has starts or ends."""
    inner = [node for node in nodes.values() if node.scope == scope]
    has_start = any(node.kind == Kind.START for node in inner)
    has_end = any(node.kind == Kind.END for node in inner)
    holder = elements.get(scope, context.process)
    if has_start and not has_end:
        context.strictly("S06", holder, "has a start event and no end event")
    elif has_end and not has_start and not any(node.instantiates for node in inner):
        context.strictly("S06", holder, "has an end event and no start event")
    for node in inner:
        element = elements[node.id]
        links = _has(context, element, "linkEventDefinition")
        free = node.kind == Kind.EVENT_SUB or node.undoes or links
        reached = free or node.incoming or node.kind in (Kind.START, Kind.BOUNDARY) or node.instantiates
        if has_start and not reached:
            context.error("S01", element, "nothing leads to it")
        if (has_start or has_end) and not free and not node.outgoing and node.kind not in (Kind.END, Kind.BOUNDARY):
            context.strictly("S01", element, "nothing leads out of it, though its scope has start or end events")
        if not has_start and not has_end and node.kind in (Kind.CATCH, Kind.THROW) and not links:
            for flows, way in ((node.incoming, "to"), (node.outgoing, "out of")):
                if not flows and not (way == "to" and node.instantiates):
                    context.strictly("S01", element, f"nothing leads {way} it, though it is an intermediate event")
        if node.undoes and (node.incoming or node.outgoing):
            context.error("E07", element, "undoes another activity, so that no flow may touch it")


def _sub(context: Context, node: Node, element: Element, nodes: Mapping[str, Node]) -> None:
    inner = [each for each in nodes.values() if each.scope == node.id]
    starts = [each for each in inner if each.kind == Kind.START]
    if node.kind == Kind.EVENT_SUB:
        if len(starts) != 1 or not starts[0].events:
            context.error("S03", element, "an event sub-process needs exactly one start event, with a trigger")
    elif node.kind == Kind.ADHOC:
        if any(each.kind in (Kind.START, Kind.END) for each in inner):
            context.error("S03", element, "an ad-hoc sub-process has neither start nor end events")
        if not any(each.kind not in EVENTS and each.kind not in GATEWAYS for each in inner):
            context.error("S03", element, "an ad-hoc sub-process has at least one activity")
    elif len(starts) > 1 or any(each.events for each in starts):
        context.error("S03", element, "a sub-process has at most one start event, and that without a trigger")
    if node.kind == Kind.TRANSACTION:
        cancels = _with(inner, Kind.END, Trigger.CANCEL)
        catches = [each for each in (nodes[name] for name in node.boundary) if _is(each, Trigger.CANCEL)]
        if len(catches) > 1 or (cancels and not catches):
            context.error("E06", element, "a transaction that is cancelled has exactly one cancel boundary event")


def _with(nodes: Iterable[Node], kind: Kind, trigger: Trigger) -> list[Node]:
    return [node for node in nodes if node.kind == kind and _is(node, trigger)]


def _is(node: Node, trigger: Trigger) -> bool:
    return any(event.kind == trigger for event in node.events)


def _has(context: Context, element: Element, tag: str) -> bool:
    return any(each.tag == tag for each in definitions.definitions(context, element))


# ---- gateways


def _gateway(context: Context, node: Node, element: Element, nodes: Mapping[str, Node], elements: Elements) -> None:
    into, out = len(node.incoming), len(node.outgoing)
    direction = element.attributes.get("gatewayDirection", "Unspecified")
    wrong = {
        "Converging": out > 1 or into < 2,
        "Diverging": into > 1 or out < 2,
        "Mixed": into < 2 or out < 2,
    }.get(direction, False)
    if wrong:
        context.error("G06", element, f"says {direction}, but has {into} incoming and {out} outgoing flows")
    elif into < 2 and out < 2:
        context.strictly("G06", element, "neither splits nor joins")
    _conditions(context, node, element)
    if node.kind == Kind.COMPLEX and into > 1 and node.activation is None:
        context.error("G04", element, "joins, and has no activation condition")
    for activation in element.all("activationCondition"):
        data.formal(context, element, activation)
    if node.kind == Kind.EVENT_BASED:
        _event_gateway(context, node, element, nodes, elements)


def _conditions(context: Context, node: Node, element: Element) -> None:
    if node.default is not None and node.default.condition is not None:
        context.error("G01", element, f"its default flow {node.default.id} has a condition")
    if node.kind in (Kind.EXCLUSIVE, Kind.INCLUSIVE) and len(node.outgoing) > 1:
        for flow in node.outgoing:
            if flow.condition is None and flow is not node.default:
                say = context.error if node.kind == Kind.EXCLUSIVE else context.warn
                say("G01", element, f"flow {flow.id} has no condition and is not the default flow")
        if node.default is None:
            context.warn("G02", element, "has no default flow, so that a case can get stuck here")
    if node.kind == Kind.PARALLEL and any(flow.condition is not None for flow in node.outgoing):
        context.warn("G01", element, "conditions behind a parallel gateway are ignored")


def _event_gateway(
    context: Context, node: Node, element: Element, nodes: Mapping[str, Node], elements: Elements
) -> None:
    targets = [nodes[flow.target] for flow in node.outgoing if flow.target in nodes]
    if len(targets) < 2:
        context.error("G03", element, "needs at least two events to wait for")
    if any(flow.condition is not None for flow in node.outgoing):
        context.error("G01", element, "a flow behind an event-based gateway has a condition")
    if node.all_of and not node.instantiates:
        context.error("G03", element, "only one that starts cases can be parallel")
    if node.instantiates and node.incoming:
        context.error("G03", element, "starts cases, and a flow leads into it")
    for target in targets:
        catches = target.kind == Kind.CATCH and target.events
        if not catches and target.kind != Kind.RECEIVE:
            context.error("G03", elements[target.id], "follows an event-based gateway and catches nothing")
        if target.boundary:
            context.error("G03", elements[target.id], "follows an event-based gateway and has a boundary event")
        if len(target.incoming) > 1:
            context.error("G03", elements[target.id], "follows an event-based gateway and has another incoming flow")
        if node.instantiates and not any(event.kind == Trigger.MESSAGE for event in target.events):
            context.error("G03", elements[target.id], "only a message can start a case behind a gateway")
    kinds = {target.kind for target in targets if target.kind == Kind.RECEIVE or _is(target, Trigger.MESSAGE)}
    if kinds == {Kind.CATCH, Kind.RECEIVE}:
        context.error("G03", element, "waits for message events and receive tasks, only one of both is allowed")


# ---- events


def _event(context: Context, node: Node, element: Element, nodes: Mapping[str, Node]) -> None:
    triggers = {event.kind for event in node.events}
    if node.kind == Kind.START and node.scope == context.process.id:
        _process_start(context, node, element, triggers)
    elif node.kind == Kind.START and nodes[node.scope].kind == Kind.EVENT_SUB and not node.interrupting:
        if triggers & {Trigger.ERROR, Trigger.COMPENSATE}:
            context.error("E01", element, f"a {min(triggers)} start always interrupts")
    if node.kind == Kind.BOUNDARY:
        _boundary(context, node, element, nodes, triggers)
    if node.kind == Kind.CATCH and not node.events and element.first("linkEventDefinition") is None:
        context.error("E01", element, "waits for nothing")
    if node.kind == Kind.END and Trigger.CANCEL in triggers and not _in_transaction(node, nodes):
        context.error("E06", element, "only a transaction can be cancelled")
    if element.first("linkEventDefinition") is not None:
        _link(context, node, element)
    for event in node.events:
        if event.kind == Trigger.COMPENSATE and node.kind in (Kind.END, Kind.THROW) and event.activity:
            _compensated(context, node, element, nodes, event.activity)


def _process_start(context: Context, node: Node, element: Element, triggers: set[Trigger]) -> None:
    if triggers & {Trigger.ERROR, Trigger.ESCALATION, Trigger.COMPENSATE}:
        context.error("E01", element, f"a {min(triggers)} event cannot start a process")
    if Trigger.CONDITIONAL in triggers:
        context.error("E01", element, "a condition cannot start a process, since there are no data to look at")
    if node.all_of and len(node.events) > 1:
        context.error("E01", element, "a process cannot start with several events that must all occur")


def _link(context: Context, node: Node, element: Element) -> None:
    if len(definitions.definitions(context, element)) > 1:
        context.error("E05", element, "a link event has no other definition")
    if node.kind == Kind.THROW and any(not flow.id.startswith("link:") for flow in node.outgoing):
        context.error("E05", element, "a flow leads out of a link's throw")
    if node.kind == Kind.CATCH and any(not flow.id.startswith("link:") for flow in node.incoming):
        context.error("E05", element, "a flow leads into a link's catch")


def _in_transaction(node: Node, nodes: Mapping[str, Node]) -> bool:
    scope = nodes.get(node.scope)
    while scope is not None and scope.kind == Kind.EVENT_SUB:
        scope = nodes.get(scope.scope)
    return scope is not None and scope.kind == Kind.TRANSACTION


def _boundary(
    context: Context, node: Node, element: Element, nodes: Mapping[str, Node], triggers: set[Trigger]
) -> None:
    host = nodes.get(node.host or "")
    if host is None:
        return
    if host.kind in EVENTS or host.kind in GATEWAYS or host.kind == Kind.EVENT_SUB:
        context.error("D03", element, f"is attached to {host.id}, which is no activity")
    if host.scope != node.scope:
        context.error("S02", element, f"is attached to {host.id}, which stands in another scope")
    if Trigger.CANCEL in triggers and host.kind != Kind.TRANSACTION:
        context.error("E06", element, "a cancel event is only allowed at a transaction")
    if not node.interrupting and triggers & {Trigger.ERROR, Trigger.CANCEL, Trigger.COMPENSATE}:
        context.error("E01", element, f"a {min(triggers)} event always interrupts")
    if Trigger.COMPENSATE in triggers:
        if node.outgoing:
            context.error("S02", element, "a flow leads out of a compensation event, an association should")
        if host.undo is None or host.undo not in nodes:
            context.error("E07", element, "no association leads to the activity that undoes its own")
        elif not _says_it_undoes(context, host.undo):
            context.error("E07", element, f'{host.undo} undoes {host.id} and does not say isForCompensation="true"')
    elif not node.outgoing:
        context.error("S02", element, "has no outgoing flow")


def _says_it_undoes(context: Context, name: str) -> bool:
    """Say whether the activity says that it is for compensation."""
    found = next((each for each in data.everything(context.process) if each.id == name), None)
    return found is not None and found.attributes.get("isForCompensation") == "true"


def _compensated(context: Context, node: Node, element: Element, nodes: Mapping[str, Node], activity: str) -> None:
    target = nodes.get(activity)
    if target is None or target.kind in EVENTS or target.kind in GATEWAYS:
        context.error("D03", element, f"compensates {activity}, which is no activity of the process")
        return
    scope = node.scope
    while scope in nodes and nodes[scope].kind == Kind.EVENT_SUB and target.scope != scope:
        scope = nodes[scope].scope
    if target.scope != scope:
        context.error("E07", element, f"compensates {activity}, which stands in another scope")
    elif target.undo is None and target.kind not in SUBS and target.kind != Kind.CALL:
        context.error("E07", element, f"compensates {activity}, which nothing undoes")
