"""Data objects, properties, inputs and outputs, associations, correlation. Source: BPMN 2.0.2, 10.4 and 8.3.2."""

from collections.abc import Callable, Iterator
from typing import Any

from engine.bpmn.compiling import Context, extensions, nothing, variable
from engine.bpmn.element import Element
from engine.bpmn.program import Expression, Mappings

STORED = ("dataObject", "property", "dataInput", "dataOutput")


def declared(scope: Element) -> tuple[str, ...]:
    """Return the names that a process or sub-process declares: of its data objects and properties."""
    names = []
    for each in scope.all("dataObject", "property"):
        names.append(each.id)
        if (name := each.attributes.get("name", "")).isidentifier():
            names.append(name)
    return tuple(dict.fromkeys(names))


def name_of(element: Element) -> str:
    """Return the variable name of something that holds data: its name if it can be one, else its id."""
    name = element.attributes.get("name", "")
    if element.tag == "dataObject" or not name.isidentifier():
        return element.id
    return name


def reader(name: str) -> Expression:
    """Return an expression that gives the variable. It raises LookupError if nothing of that name was written."""

    def read(variables: Any) -> Any:
        return variables[name]

    return read


def formal(context: Context, element: Element, expression: Element) -> None:
    """Say it if an expression that must be a formal one is not, or says nothing."""
    if not expression.text:
        context.error("X05", element, f"its {expression.tag} is empty")
    elif not expression.attributes.get("xsi:type", "").endswith("tFormalExpression"):
        context.strictly("X05", element, f"its {expression.tag} is no formal expression")


def everything(element: Element) -> Iterator[Element]:
    """Yield the element and all below it."""
    yield element
    for child in element.children:
        yield from everything(child)


class Store:
    """What holds data in a process, by id; references and states lead to their data object."""

    def __init__(self, process: Element) -> None:
        self.held = {each.id: each for each in everything(process) if each.tag in STORED and each.id}
        self.references = {
            each.id: each.attributes.get("dataObjectRef", "")
            for each in everything(process)
            if each.tag == "dataObjectReference"
        }
        self.stores = {each.id for each in everything(process) if each.tag == "dataStoreReference"}

    def find(self, reference: str) -> Element | None:
        """Return what the id names."""
        reference = reference.rpartition(":")[2]
        return self.held.get(self.references.get(reference, reference))


def store(context: Context) -> Store:
    """Return the process' data, looked up once."""
    found = getattr(context, "data_store", None)
    if found is None:
        found = Store(context.process)
        context.data_store = found  # type: ignore[attr-defined]
    return found


# ---- associations


def inputs(context: Context, element: Element) -> Mappings:
    """Return the input associations of an activity as mappings into it."""
    return tuple(_association(context, element, each) for each in element.all("dataInputAssociation"))


def outputs(context: Context, element: Element) -> Mappings:
    """Return the output associations of an activity as mappings out of it; each reads only what the activity wrote."""
    return tuple(_association(context, element, each, reader) for each in element.all("dataOutputAssociation"))


def output_names(element: Element) -> tuple[str, ...]:
    """Return the names of the activity's data outputs that associations carry elsewhere."""
    specification = element.first("ioSpecification")
    if specification is None:
        return ()
    carried = {text for each in element.all("dataOutputAssociation") for text in each.texts("sourceRef")}
    return tuple(name_of(each) for each in specification.all("dataOutput") if each.id in carried)


def required(element: Element) -> tuple[str, ...]:
    """Return the inputs without which the activity may not begin: those of its only input set that are not optional."""
    specification = element.first("ioSpecification")
    if specification is None:
        return ()
    sets = specification.all("inputSet")
    if len(sets) != 1:
        return ()
    optional = {*sets[0].texts("optionalInputRefs"), *sets[0].texts("whileExecutingInputRefs")}
    held = {each.id: each for each in specification.all("dataInput")}
    filled = {child.text for each in element.all("dataInputAssociation") for child in each.all("targetRef")}
    names = [each for each in sets[0].texts("dataInputRefs") if each not in optional and each in filled]
    return tuple(name_of(held[each]) for each in names if each in held)


def _association(
    context: Context, element: Element, found: Element, read: Callable[[str], Expression] = variable
) -> tuple[str, Expression]:
    target = next(iter(found.texts("targetRef")), "")
    place = store(context).find(target)
    if target.rpartition(":")[2] in store(context).stores:
        context.error("C03", element, "data stores are drawn, not executed: an association with one does nothing")
    elif place is None:
        context.error("D03", element, f"a data association leads to {target or 'nothing'}, which holds no data")
    name = name_of(place) if place is not None else target
    assignments = found.all("assignment")
    transformation = found.first("transformation")
    if transformation is not None:
        return name, context.expression(element, transformation.text)
    if assignments:
        start = assignments[0].first("from")
        return name, context.expression(element, start.text) if start is not None else nothing
    source = next(iter(found.texts("sourceRef")), "")
    origin = store(context).find(source)
    if source.rpartition(":")[2] in store(context).stores:
        context.error("C03", element, "data stores are drawn, not executed: an association with one does nothing")
    elif origin is None:
        context.error("D03", element, f"a data association comes from {source or 'nothing'}, which holds no data")
    return name, read(name_of(origin) if origin is not None else source)


def event_outputs(context: Context, element: Element) -> Mappings:
    """Return the associations of an event: payload -> variables where it catches, variables -> payload where it throws.

    The data output of a catching event stands for the whole payload; without associations the payload of a throwing
    one is what its ``camunda:inputOutput`` says.
    """
    found = [
        (name, _payload if each.first("transformation") is None and not each.all("assignment") else expression)
        for each in element.all("dataOutputAssociation")
        for name, expression in (_association(context, element, each),)
    ]
    found += [_association(context, element, each) for each in element.all("dataInputAssociation")]
    if element.tag in ("sendTask", "receiveTask"):
        return tuple(found)
    for child in extensions(element):
        if child.tag == "camunda:inputOutput":
            parameters = child.all("camunda:inputParameter", "camunda:outputParameter")
            found += [(each.attributes.get("name", ""), context.expression(element, each.text)) for each in parameters]
    return tuple(found)


def _payload(variables: Any) -> Any:
    return variables.get("$payload")


def source_of(context: Context, element: Element, reference: str) -> Expression:
    """Return the collection that a loop's data input stands for: the source of its association, or the data itself."""
    for each in element.all("dataInputAssociation"):
        if reference in each.texts("targetRef"):
            return _association(context, element, each)[1]
    found = store(context).find(reference)
    if found is None:
        context.strictly("D03", element, f"its loop reads {reference}, which holds no data")
    return variable(name_of(found) if found is not None else reference)


def target_of(context: Context, element: Element, reference: str) -> str:
    """Return the variable to which a loop's data output goes."""
    for each in element.all("dataOutputAssociation"):
        if reference in each.texts("sourceRef"):
            return _association(context, element, each)[0]
    found = store(context).find(reference)
    if found is None:
        context.strictly("D03", element, f"its loop writes {reference}, which holds no data")
    return name_of(found) if found is not None else reference


# ---- correlation


def correlation(context: Context, message: Element | None, throws: bool) -> tuple[Expression, ...]:
    """Return the keys by which a message finds its receiver: those of the first correlation key whose properties all
    say how they are read from it, or from the receiving process (BPMN 2.0.2, 8.3.2)."""
    if message is None:
        return ()
    for key in (each for each in everything(context.sheet.root) if each.tag == "correlationKey"):
        properties = [context.find(each, "correlationProperty") for each in key.texts("correlationPropertyRef")]
        paths = [_path(each, message.id) if each is not None else None for each in properties]
        if not paths or any(path is None for path in paths):
            continue
        own = None if throws else _subscribed(context, key)
        if own is not None:
            return tuple(context.expression(message, text) for text in own)
        return tuple(context.expression(message, path) for path in paths if path is not None)
    return ()


def _path(found: Element, message: str) -> str | None:
    for each in found.all("correlationPropertyRetrievalExpression"):
        path = each.first("messagePath")
        if each.attributes.get("messageRef", "").rpartition(":")[2] == message and path is not None:
            return path.text
    return None


def _subscribed(context: Context, key: Element) -> list[str] | None:
    for each in context.process.all("correlationSubscription"):
        if each.attributes.get("correlationKeyRef", "").rpartition(":")[2] == key.id:
            paths = [binding.first("dataPath") for binding in each.all("correlationPropertyBinding")]
            return [path.text for path in paths if path is not None]
    return None
