"""Rules for data in a drawing: inputs, outputs, their sets, associations, items, operations, states.

Source: BPMN 2.0.2, 8.4.10, 10.4 and 10.5.
"""

from collections.abc import Callable, Iterable, Mapping

from engine.bpmn import data, definitions
from engine.bpmn.compiling import Context
from engine.bpmn.element import Element

Elements = Mapping[str, Element]
SUBS = ("subProcess", "transaction", "adHocSubProcess")
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
#: what an event is about -> where that says the type of its data
ITEMS = {"messageRef": "itemRef", "signalRef": "structureRef", "errorRef": "structureRef"}
ITEMS["escalationRef"] = "structureRef"


def check(context: Context, root: Element, known: Elements) -> None:
    """Say where inputs, outputs, their sets, associations, items, operations and states do not fit each other."""
    for element in data.everything(root):
        if element.tag == "ioSpecification":
            _sets(context, element)
        rule = RULES.get(element.tag)
        if rule is not None:
            rule(context, element, known)
    for holder in data.everything(root):
        specification = holder.first("ioSpecification")
        if specification is not None:
            _ends(context, holder, specification)
            if holder.tag in SUBS and holder.first("multiInstanceLoopCharacteristics") is None:
                context.error("C07", holder, "an embedded sub-process has no inputs and outputs of its own")


def _sets(context: Context, specification: Element) -> None:
    for kind, holds, refers in (
        ("inputSet", "dataInput", ("dataInputRefs", "optionalInputRefs", "whileExecutingInputRefs")),
        ("outputSet", "dataOutput", ("dataOutputRefs", "optionalOutputRefs", "whileExecutingOutputRefs")),
    ):
        sets, held = specification.all(kind), {each.id for each in specification.all(holds)}
        if not sets:
            context.error("C07", specification, f"has no {kind}")
        members = {text for each in sets for name in refers for text in each.texts(name)}
        for each in sets:
            required = set(each.texts(refers[0]))
            for name in refers[1:]:
                if extra := set(each.texts(name)) - required:
                    context.error("C07", each, f"{_names(extra)} is in {name} and not in {refers[0]}")
        if missing := held - members:
            context.error("C07", specification, f"{_names(missing)} belongs to no {kind}")
        if foreign := members - held:
            context.error("C07", specification, f"{_names(foreign)} is in an {kind} and is no {holds} of it")
    _pairs(context, specification)


def _pairs(context: Context, specification: Element) -> None:
    """Say where an input set names an output set that does not name it, and the other way round."""
    inputs = {each.id: set(each.texts("outputSetRefs")) for each in specification.all("inputSet")}
    outputs = {each.id: set(each.texts("inputSetRefs")) for each in specification.all("outputSet")}
    for name, others in inputs.items():
        for other in others:
            if name not in outputs.get(other, set()):
                context.error("C07", specification, f"{name} names {other}, which does not name it")
    for name, others in outputs.items():
        for other in others:
            if name not in inputs.get(other, set()):
                context.error("C07", specification, f"{name} names {other}, which does not name it")


def _association(context: Context, element: Element, known: Elements) -> None:
    sources = [known.get(text.rpartition(":")[2]) for text in element.texts("sourceRef")]
    targets = [known.get(text.rpartition(":")[2]) for text in element.texts("targetRef")]
    if not targets or targets[0] is None:
        context.error("C07", element, "a data association has no target that is there")
        return
    if any(each is None for each in sources):
        context.error("C07", element, "a data association has a source that is not there")
        return
    if len(sources) > 1 and element.first("transformation") is None:
        context.error("C07", element, "several sources need a transformation")
    source = sources[0] if sources else None
    if element.tag == "dataOutputAssociation" and targets[0].tag == "dataInput":
        context.error("C07", element, f"an output leads to the input {targets[0].id}")
    if source is not None and element.tag == "dataInputAssociation" and source.tag == "dataOutput":
        context.error("C07", element, f"an input comes from the output {source.id}")
    if source is not None and element.first("transformation") is None and not element.all("assignment"):
        ends = [_item(each, known) for each in (source, targets[0])]
        if None not in ends and ends[0] != ends[1]:
            context.error("C07", element, f"joins {source.id} and {targets[0].id}, whose items differ")
        if _is_list(source, known) != _is_list(targets[0], known):
            context.error("C07", element, f"joins {source.id} and {targets[0].id}, of which only one is a collection")


def _item(element: Element, known: Elements) -> str | None:
    reference = element.attributes.get("dataObjectRef")
    if reference and reference in known:
        element = known[reference]
    item = element.attributes.get("itemSubjectRef", "").rpartition(":")[2]
    found = known.get(item)
    return found.attributes.get("structureRef", item) if found is not None else None


def _is_list(element: Element, known: Elements) -> bool:
    reference = element.attributes.get("dataObjectRef")
    if reference and reference in known:
        element = known[reference]
    return element.attributes.get("isCollection", "false") == "true"


def _ends(context: Context, holder: Element, specification: Element) -> None:
    inputs = {each.id for each in specification.all("dataInput")}
    outputs = {each.id for each in specification.all("dataOutput")}
    for each in holder.all("dataInputAssociation"):
        if not set(each.texts("targetRef")) <= inputs:
            context.error("C07", holder, "an input association does not lead to one of its inputs")
    for each in holder.all("dataOutputAssociation"):
        if not set(each.texts("sourceRef")) <= outputs:
            context.error("C07", holder, "an output association does not come from one of its outputs")


def _names(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids)) or "none"


def _collection(context: Context, element: Element, known: Elements) -> None:
    item = known.get(element.attributes.get("itemSubjectRef", "").rpartition(":")[2])
    if item is not None and _says(item, "isCollection") != _says(element, "isCollection"):
        context.error("C07", element, f"it and its item {item.id} do not agree on being a collection")


def _says(element: Element, name: str) -> bool:
    return element.attributes.get(name, "false") == "true"


def _state(context: Context, element: Element, known: Elements) -> None:
    state, held = element.first("dataState"), known.get(element.attributes.get("dataObjectRef", ""))
    name = element.attributes.get("name")
    if state is None or held is None or not name or not held.attributes.get("name"):
        return
    expected = f"{held.attributes['name']} [{state.attributes.get('name', '')}]"
    if name != expected:
        context.strictly("C07", element, f"is called {name}, its data object and state make {expected}")


def _loop(context: Context, element: Element, known: Elements) -> None:
    """Say it if one item of a loop's collection is not what the collection consists of."""
    for reference, tag in (("loopDataInputRef", "inputDataItem"), ("loopDataOutputRef", "outputDataItem")):
        held = known.get(next(iter(element.texts(reference)), "").rpartition(":")[2])
        item = element.first(tag)
        if held is None or item is None:
            continue
        kinds = [_definition(each, known) for each in (held, item)]
        if kinds[0] is None or kinds[1] is None:
            continue
        if kinds[0].attributes.get("structureRef") != kinds[1].attributes.get("structureRef"):
            context.error("C07", element, f"{item.id} is no item of the collection {held.id}")
        if _says(kinds[1], "isCollection"):
            context.error("C07", element, f"{item.id} is one item, and its type is a collection")


def _definition(element: Element, known: Elements) -> Element | None:
    held = known.get(element.attributes.get("dataObjectRef", "")) or element
    return known.get(held.attributes.get("itemSubjectRef", "").rpartition(":")[2])


def _fits(held: Element, reference: str, known: Elements) -> bool:
    """Say whether what holds data has the type to which the reference leads: the same, or one of the same structure."""
    wanted = known.get(reference.rpartition(":")[2])
    own = _definition(held, known)
    if wanted is None:
        return True
    if own is None:
        return False
    structure = own.attributes.get("structureRef")
    return own is wanted or (structure is not None and structure == wanted.attributes.get("structureRef"))


def _message_task(context: Context, element: Element, known: Elements) -> None:
    specification = element.first("ioSpecification")
    if specification is None:
        return
    operation = known.get(element.attributes.get("operationRef", "").rpartition(":")[2])
    sends, receives = element.attributes.get("messageRef", ""), element.attributes.get("messageRef", "")
    if element.tag == "serviceTask" and operation is not None:
        sends, receives = (next(iter(operation.texts(tag)), "") for tag in ("inMessageRef", "outMessageRef"))
    for reference, holds, sets, tags in (
        (sends, "dataInput", "inputSet", ("sendTask", "serviceTask")),
        (receives, "dataOutput", "outputSet", ("receiveTask", "serviceTask")),
    ):
        message = known.get(reference.rpartition(":")[2])
        if element.tag not in tags or message is None:
            continue
        held = specification.all(holds)
        if len(specification.all(sets)) > 1 or len(held) > 1:
            context.error("C07", element, f"has more than one {sets} or {holds} for the message {message.id}")
        for each in held[:1]:
            if not _fits(each, message.attributes.get("itemRef", ""), known):
                context.error("C07", element, f"{each.id} and the message {message.id} have different items")


def _event(context: Context, element: Element, known: Elements) -> None:
    held = element.all("dataInput", "dataOutput")
    found = definitions.definitions(context, element)
    items = [_event_item(each, known) for each in found]
    carrying = [each for each in items if each]
    if not held:
        return
    if len(found) > 1 and len(held) != len(carrying):
        context.error("C07", element, f"has {len(held)} data for {len(carrying)} definitions that carry some")
    elif len(held) == len(carrying):
        for each, item in zip(held, carrying, strict=True):
            if not _fits(each, item, known):
                context.error("C07", element, f"{each.id} has not the type of what the event is about")


def _event_item(definition: Element, known: Elements) -> str | None:
    """Return the item that the message, signal, error or escalation of the definition carries."""
    for name, item in ITEMS.items():
        found = known.get(definition.attributes.get(name, "").rpartition(":")[2])
        if found is not None:
            return found.attributes.get(item)
    return None


def _call(context: Context, element: Element, known: Elements) -> None:
    """Say it if the inputs and outputs of a call are not those of what it calls, one by one."""
    called = known.get(element.attributes.get("calledElement", "").rpartition(":")[2])
    own = element.first("ioSpecification")
    other = called.first("ioSpecification") if called is not None else None
    if own is None or other is None or called is None:
        return
    for holds in ("dataInput", "dataOutput"):
        mine, theirs = own.all(holds), other.all(holds)
        if len(mine) != len(theirs):
            context.error("C07", element, f"has {len(mine)} {holds}, what it calls has {len(theirs)}")
            continue
        for each, counterpart in zip(mine, theirs, strict=True):
            if not _fits(each, counterpart.attributes.get("itemSubjectRef", ""), known):
                context.error("C07", element, f"{each.id} and {counterpart.id} of {called.id} have different items")


def _interface(context: Context, process: Element, known: Elements) -> None:
    """Say it if a process that is offered as a service does not say which data its operations carry."""
    for reference in process.texts("supportedInterfaceRef"):
        offered = known.get(reference.rpartition(":")[2])
        bindings = {
            each.attributes.get("operationRef", "").rpartition(":")[2]: each for each in process.all("ioBinding")
        }
        for operation in offered.all("operation") if offered is not None else ():
            binding = bindings.get(operation.id)
            if binding is None:
                context.error("C07", process, f"is offered as {reference} and binds no data to {operation.id}")
                continue
            for name, tag in (("inputDataRef", "inMessageRef"), ("outputDataRef", "outMessageRef")):
                held = known.get(binding.attributes.get(name, ""))
                message = known.get(next(iter(operation.texts(tag)), "").rpartition(":")[2])
                if held is not None and message is not None:
                    if not _fits(held, message.attributes.get("itemRef", ""), known):
                        context.error("C07", process, f"{held.id} and the message {message.id} have different items")


RULES: dict[str, Callable[[Context, Element, Elements], None]] = {
    **dict.fromkeys(("dataInputAssociation", "dataOutputAssociation"), _association),
    **dict.fromkeys(("dataObject", "dataInput", "dataOutput"), _collection),
    **dict.fromkeys(("sendTask", "receiveTask", "serviceTask"), _message_task),
    **dict.fromkeys(EVENTS, _event),
    "dataObjectReference": _state,
    "multiInstanceLoopCharacteristics": _loop,
    "callActivity": _call,
    "process": _interface,
}
