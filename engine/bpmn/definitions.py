"""Event definitions and loop characteristics -> what the program says of them. Source: BPMN 2.0.2, 10.5 and 10.3.8."""

from engine.bpmn import data, due
from engine.bpmn.compiling import Context, literal
from engine.bpmn.drawing import ALLOWED, TIMERS
from engine.bpmn.element import Element
from engine.bpmn.program import Behaviour, Event, Expression, Kind, Loop, Trigger

#: trigger -> the attribute that refers to what it is about, and the tag of that at the document's root
REFERENCES = {
    Trigger.MESSAGE: ("messageRef", "message"),
    Trigger.SIGNAL: ("signalRef", "signal"),
    Trigger.ERROR: ("errorRef", "error"),
    Trigger.ESCALATION: ("escalationRef", "escalation"),
}
THROWING = ("endEvent", "intermediateThrowEvent")


def events(context: Context, element: Element, kind: Kind) -> tuple[Event, ...]:
    """Return the event's definitions in document order; one that the position does not allow is a problem."""
    found = []
    for child in definitions(context, element):
        name = child.tag.removesuffix("EventDefinition")
        if name not in set(Trigger) or Trigger(name) not in ALLOWED.get(kind, set()):
            context.error("E01", element, f"a {name} event is not allowed at a {element.tag}")
        elif name != Trigger.LINK:
            found.append(_event(context, element, child, Trigger(name)))
    if kind in (Kind.RECEIVE, Kind.SEND) and (element.attributes.get("messageRef") or operation(context, element)):
        found.append(message(context, element, element))
    if kind == Kind.RECEIVE and not found:
        context.warn("E02", element, "names no message, so that only an administrator can let it go on")
    if kind == Kind.BOUNDARY and not found:
        context.error("E01", element, "waits for nothing")
    return tuple(found)


def definitions(context: Context, element: Element) -> list[Element]:
    """Return the event definitions at the element, those referred to included."""
    found = []
    for child in element.children:
        if child.tag == "eventDefinitionRef":
            target = context.sheet.named.get(child.text.rpartition(":")[2])
            if target is None or not target.tag.endswith("EventDefinition"):
                context.error("D03", element, f"refers to {child.text}, which is no event definition at the root")
            else:
                found.append(target)
        elif child.tag.endswith("EventDefinition"):
            found.append(child)
    return found


def _event(context: Context, element: Element, child: Element, trigger: Trigger) -> Event:
    match trigger:
        case Trigger.MESSAGE:
            return message(context, element, child)
        case Trigger.TIMER:
            return _timer(context, element, child)
        case Trigger.CONDITIONAL:
            condition = child.first("condition")
            if condition is None or not condition.text:
                context.error("X01", element, "has no condition")
                return Event(trigger)
            data.formal(context, element, condition)
            return Event(trigger, when=context.expression(element, condition.text))
        case Trigger.COMPENSATE:
            waits = child.attributes.get("waitForCompletion", "true") == "true"
            return Event(trigger, activity=child.attributes.get("activityRef"), waits=waits)
        case Trigger.CANCEL | Trigger.TERMINATE:
            return Event(trigger)
    return _named(context, element, child, trigger)


def _named(context: Context, element: Element, child: Element, trigger: Trigger) -> Event:
    """Return an event about a signal, error or escalation."""
    attribute, tag = REFERENCES[trigger]
    reference = child.attributes.get(attribute)
    found = context.find(reference, tag)
    if reference and found is None:
        context.error("D03", element, f"{reference} is no {tag} that is declared")
    if trigger == Trigger.SIGNAL:
        name = found.attributes.get("name") or found.id if found is not None else None
        if not name:
            context.error("E02", element, "names no signal")
    else:
        name = found.attributes.get(f"{tag}Code") if found is not None else None
        if element.tag in THROWING and not name:
            context.error("E02", element, f"throws an {trigger} without a code")
        if found is not None and not name:
            context.warn("E02", element, f"{reference} has no code, so that any {trigger} is caught")
    return Event(trigger, name, outputs=data.event_outputs(context, element))


def operation(context: Context, element: Element) -> Element | None:
    """Return the operation that the element names."""
    name = element.attributes.get("operationRef") or next(iter(element.texts("operationRef")), "")
    return context.find(name, "operation") if name else None


def message(context: Context, element: Element, child: Element) -> Event:
    """Return the event about the message that ``child`` names, directly or by its operation."""
    named = operation(context, child)
    reference = child.attributes.get("messageRef") or (next(iter(named.texts("inMessageRef")), "") if named else "")
    found = context.find(reference, "message")
    if found is None and reference:
        context.error("D03", element, f"{reference} is no message that is declared")
    elif found is None:
        context.error("E02", element, "names no message")
    elif not child.attributes.get("messageRef"):
        context.strictly("E02", element, f"names its message only by the operation {named.id if named else ''}")
    if named is None and not context.sheet.is_camunda and child.tag == "messageEventDefinition":
        context.strictly("E02", element, "names no operation")
    name = found.attributes.get("name") or found.id if found is not None else None
    key = next(
        (
            each.attributes["muster:correlationKey"]
            for each in (element, child, found)
            if each is not None and each.attributes.get("muster:correlationKey")
        ),
        None,
    )
    throws = element.tag in (*THROWING, "sendTask")
    keys = (context.expression(element, key),) if key else data.correlation(context, found, throws)
    return Event(Trigger.MESSAGE, name, keys=keys, outputs=data.event_outputs(context, element))


def _timer(context: Context, element: Element, child: Element) -> Event:
    timers = [each for each in child.children if each.tag in TIMERS]
    if len(timers) != 1 or not timers[0].text:
        context.error("T01", element, "needs exactly one of date, duration and cycle")
        return Event(Trigger.TIMER)
    data.formal(context, element, timers[0])
    text, kind = timers[0].text, TIMERS[timers[0].tag]
    quoted = text[1:-1] if text[:1] == text[-1:] == '"' and text.count('"') == 2 else text
    if quoted is text and not due.is_literal(text, kind):
        return Event(Trigger.TIMER, when=context.expression(element, text), when_kind=kind)
    if wrong := due.mistake(quoted, kind):
        context.error("T01", element, wrong)
    return Event(Trigger.TIMER, when=literal(quoted), when_kind=kind)


# ---- loops


def loop(context: Context, element: Element) -> Loop | None:
    """Return how often the activity is done, None if once."""
    found = element.all("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
    if len(found) > 1:
        context.error("L01", element, "has two kinds of loop")
    if not found:
        return None
    if found[0].tag == "standardLoopCharacteristics":
        return _standard(context, element, found[0])
    return _multi_instance(context, element, found[0])


def _standard(context: Context, element: Element, found: Element) -> Loop:
    condition, maximum = found.first("loopCondition"), found.attributes.get("loopMaximum")
    if condition is None and maximum is None:
        context.error("L03", element, "has neither a loop condition nor a maximum")
    if maximum is not None and not (maximum.isdigit() and int(maximum) > 0):
        context.error("S08", element, f"its loop maximum {maximum} is not at least 1")
        maximum = None
    if condition is not None:
        data.formal(context, element, condition)
    return Loop(
        repeats=True,
        again=context.expression(element, condition.text) if condition is not None else None,
        maximum=int(maximum) if maximum else None,
        test_before=found.attributes.get("testBefore") == "true",
    )


def _multi_instance(context: Context, element: Element, found: Element) -> Loop:
    count, until = found.first("loopCardinality"), found.first("completionCondition")
    items = _items(context, element, found)
    if (count is None) == (items is None):
        context.error("L01", element, "needs a cardinality or a collection, and not both")
    for each in (count, until):
        if each is not None:
            data.formal(context, element, each)
    result = found.attributes.get("muster:outputElement")
    drawn_item, drawn_result = found.first("inputDataItem"), found.first("outputDataItem")
    output = found.attributes.get("muster:outputCollection")
    if reference := next(iter(found.texts("loopDataOutputRef")), None):
        output = data.target_of(context, element, reference)
    item = found.attributes.get("camunda:elementVariable") or (data.name_of(drawn_item) if drawn_item else None)
    written = context.expression(element, result) if result else None
    if drawn_result is not None:
        written = data.reader(data.name_of(drawn_result))
    return Loop(
        count=context.expression(element, count.text) if count is not None else None,
        items=items,
        item=item,
        output=output,
        element=written,
        until=context.expression(element, until.text) if until is not None else None,
        sequential=found.attributes.get("isSequential") == "true",
        behaviour=_behaviour(context, element, found),
    )


def _items(context: Context, element: Element, found: Element) -> Expression | None:
    if text := found.attributes.get("camunda:collection"):
        return context.expression(element, text)
    if reference := next(iter(found.texts("loopDataInputRef")), None):
        return data.source_of(context, element, reference)
    return None


def _behaviour(context: Context, element: Element, found: Element) -> tuple[Behaviour, ...]:
    kind = found.attributes.get("behavior", "All")
    if kind in ("None", "One"):
        name = found.attributes.get(f"{kind.lower()}BehaviorEventRef", "")
        target = context.sheet.named.get(name.rpartition(":")[2])
        if target is None or not target.tag.endswith("EventDefinition"):
            context.error("L01", element, f"its behaviour {kind} names no event definition at the root")
            return ()
        return (Behaviour(kind, _thrown(context, element, [target])),)
    if kind == "Complex":
        parts = []
        for part in found.all("complexBehaviorDefinition"):
            condition, event = part.first("condition"), part.first("event")
            if condition is None:
                context.error("L01", element, "a part of its complex behaviour has no condition")
                continue
            thrown = definitions(context, event) if event is not None else []
            parts.append(
                Behaviour(kind, _thrown(context, element, thrown), context.expression(element, condition.text))
            )
        if not parts:
            context.error("L01", element, "its complex behaviour is defined nowhere")
        return tuple(parts)
    return ()


def _thrown(context: Context, element: Element, found: list[Element]) -> tuple[Event, ...]:
    kinds = [(each, Trigger(each.tag.removesuffix("EventDefinition"))) for each in found]
    for _each, kind in kinds:
        if kind not in REFERENCES:
            context.error("L01", element, f"a {kind} event cannot be thrown as an instance completes")
    return tuple(_event(context, element, each, kind) for each, kind in kinds if kind in REFERENCES)
